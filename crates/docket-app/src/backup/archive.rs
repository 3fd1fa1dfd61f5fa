//! Tar archives (POSIX ustar), as far as backups need them: files by short names, one after the other.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;
/// Sizes up to here fit into the header's octal digits; larger ones are written in base 256, as GNU tar does.
const OCTAL: u64 = 1 << 33;

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn put(head: &mut [u8; BLOCK], at: usize, text: &[u8]) {
    for (slot, byte) in head.iter_mut().skip(at).zip(text) {
        *slot = *byte;
    }
}

/// The header's bytes, those of its own checksum counted as blanks.
fn checksum(head: &[u8; BLOCK]) -> u64 {
    let blank = |at: usize| (148..156).contains(&at);
    head.iter().enumerate().map(|(at, byte)| if blank(at) { 32 } else { u64::from(*byte) }).sum()
}

fn header(name: &str, size: u64, at_s: i64) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    put(&mut head, 0, name.as_bytes());
    put(&mut head, 100, b"0000600\0");
    put(&mut head, 108, b"0000000\0");
    put(&mut head, 116, b"0000000\0");
    if size < OCTAL {
        put(&mut head, 124, format!("{size:011o}\0").as_bytes());
    } else {
        put(&mut head, 124, &[0x80, 0, 0, 0]);
        put(&mut head, 128, &size.to_be_bytes());
    }
    put(&mut head, 136, format!("{:011o}\0", at_s.max(0)).as_bytes());
    put(&mut head, 156, b"0");
    put(&mut head, 257, b"ustar\x0000");
    let sum = checksum(&head);
    put(&mut head, 148, format!("{sum:06o}\0 ").as_bytes());
    head
}

/// Writes an archive.
pub(super) struct Writer<W> {
    out: W,
    at_s: i64,
}

impl<W: Write> Writer<W> {
    /// Files are said to be of a moment.
    pub(super) fn new(out: W, at_s: i64) -> Writer<W> {
        Writer { out, at_s }
    }

    /// Adds a file. What it is read from must have as many bytes as was said.
    pub(super) fn add(&mut self, name: &str, size: u64, mut from: impl Read) -> io::Result<()> {
        self.out.write_all(&header(name, size, self.at_s))?;
        let copied = io::copy(&mut from.by_ref().take(size), &mut self.out)?;
        if copied != size {
            return Err(wrong(format!("{name} has {copied} bytes instead of {size}")));
        }
        let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
        if over > 0 {
            self.out.write_all([0; BLOCK].get(over..).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads an archive.
pub(super) struct Reader<R> {
    from: R,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Reader<R> {
        Reader { from }
    }

    /// The next file's name and size; `None` at the end. It must be read before the next one.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, u64)>> {
        let mut head = [0; BLOCK];
        self.from.read_exact(&mut head).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => wrong("it ends in the middle"),
            _ => error,
        })?;
        if head.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let part = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
        let octal = |text: &[u8]| {
            let text = String::from_utf8_lossy(text);
            u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).map_err(|_| wrong("it is no tar archive"))
        };
        if part(257, 262) != b"ustar" || octal(part(148, 156))? != checksum(&head) {
            return Err(wrong("it is no tar archive, or damaged"));
        }
        let name = part(0, 100).split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8(name.to_vec()).map_err(|_| wrong("a name in it is no text"))?;
        let size = match part(124, 125) {
            [0x80] => part(128, 136).iter().fold(0, |size, byte| (size << 8) | u64::from(*byte)),
            _ => octal(part(124, 136))?,
        };
        Ok(Some((name, size)))
    }

    /// Reads the file that was just named.
    pub(super) fn content(&mut self, size: u64, to: &mut impl Write) -> io::Result<()> {
        let copied = io::copy(&mut self.from.by_ref().take(size), to)?;
        let over = size.next_multiple_of(BLOCK as u64) - size;
        let skipped = io::copy(&mut self.from.by_ref().take(over), &mut io::sink())?;
        if copied == size && skipped == over { Ok(()) } else { Err(wrong("it ends in the middle")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let files: Vec<(String, Vec<u8>)> =
            [0, 1, 511, 512, 513, 5_000].map(|size| (format!("blobs/ab/{size}"), vec![7; size])).to_vec();
        let mut writer = Writer::new(Vec::new(), 1_700_000_000);
        for (name, bytes) in &files {
            writer.add(name, bytes.len() as u64, bytes.as_slice()).unwrap();
        }
        let archive = writer.end().unwrap();
        assert_eq!(archive.len() % BLOCK, 0);
        let mut reader = Reader::new(archive.as_slice());
        let mut read = Vec::new();
        while let Some((name, size)) = reader.next().unwrap() {
            let mut bytes = Vec::new();
            reader.content(size, &mut bytes).unwrap();
            read.push((name, bytes));
        }
        assert_eq!(read, files);
        let mut cut = Reader::new(&archive[..BLOCK * 2]);
        while let Ok(Some((_, size))) = cut.next() {
            if cut.content(size, &mut io::sink()).is_err() {
                return;
            }
        }
        assert!(cut.next().is_err(), "a cut archive is noticed");
    }

    #[test]
    fn large_files_and_damage() {
        let size = 3 << 34;
        let head = header("docket.db", size, 0);
        assert_eq!(Reader::new(head.as_slice()).next().unwrap(), Some(("docket.db".to_owned(), size)));
        let mut damaged = head;
        damaged[3] ^= 1;
        assert!(Reader::new(damaged.as_slice()).next().is_err());
        assert!(Writer::new(Vec::new(), 0).add("x", 5, &b"four"[..]).is_err());
    }
}
