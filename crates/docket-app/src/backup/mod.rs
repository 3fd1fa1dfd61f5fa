//! Copies of everything while the hub works, and hubs made from them.
//!
//! A backup is one tar archive: what it is, the ledger of one moment, the files, and at its end what it should hold, so that
//! one that broke off is noticed. The ledger is copied first: files are named by their content, only ever added, and on
//! disk before an order names them, so that every file that the copied ledger names is there when files are read after it.
//! The key that counterparts' secrets are sealed with is not part of it (see [`crate::vault`]).
//!
//! ```text
//! backup.json   docket.db   blobs/ab/cdef…   …   end.json
//! ```

mod archive;

use archive::{Reader, Writer};
use docket_core::Timestamp;
use docket_store::{LedgerCopy, Store, StoreError, check_ledger};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const ABOUT: &str = "backup.json";
const LEDGER: &str = "docket.db";
const BLOBS: &str = "blobs/";
const END: &str = "end.json";
/// The form of the archive.
const FORM: u64 = 1;
/// What is said about a backup is not longer.
const WORDS_LIMIT: u64 = 64 << 10;

/// Why there is no backup, or no hub from it.
#[derive(Debug)]
pub enum BackupError {
    /// The ledger is not a file of ours.
    Elsewhere,
    /// The folder has something in it.
    NotEmpty(PathBuf),
    /// The archive is none of ours, damaged, or cut off.
    Archive(String),
    /// The disk, or whoever takes the archive.
    Disk(String),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BackupError::Elsewhere => f.write_str(
                "this ledger is in PostgreSQL: copy it with `pg_dump`, and then the folder `blobs` of the data directory; \
                 restore with `pg_restore` and by putting the folder back",
            ),
            BackupError::NotEmpty(path) => {
                write!(f, "{} is not empty: a backup is restored into an empty or new folder", path.display())
            }
            BackupError::Archive(what) => write!(f, "the backup cannot be used: {what}"),
            BackupError::Disk(what) => f.write_str(what),
            BackupError::Store(error) => write!(f, "the store failed: {error}"),
        }
    }
}

impl std::error::Error for BackupError {}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> BackupError {
        BackupError::Store(error)
    }
}

fn disk(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    move |error| BackupError::Disk(format!("{}: {error}", path.display()))
}

/// What was copied, or restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// What the ledger holds.
    pub ledger: LedgerCopy,
    /// Files.
    pub files: u64,
    /// Bytes of all of it.
    pub bytes: u64,
}

/// A file that goes when it is no longer needed.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            // It may never have been there.
            let _ = fs::remove_file(name);
        }
    }
}

/// Reads along and sums up.
struct Summed<R> {
    from: R,
    sum: Sha256,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.sum.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Writes along and sums up.
struct Summing<W> {
    out: W,
    sum: Sha256,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a backup; `beside` is where the copy of the ledger lies meanwhile. Works for a while, and waits for the disk: not
/// for threads that serve.
///
/// # Errors
/// When the ledger is elsewhere, or copying fails.
pub fn write(store: &Store, out: impl Write, beside: &Path, now: Timestamp) -> Result<Contents, BackupError> {
    if !store.is_embedded() {
        return Err(BackupError::Elsewhere);
    }
    let taken = |error: io::Error| BackupError::Disk(format!("the backup could not be written: {error}"));
    let mut archive = Writer::new(out, now.as_second());
    let about = json!({"docket": env!("CARGO_PKG_VERSION"), "form": FORM, "made_at": now.to_string()}).to_string();
    archive.add(ABOUT, about.len() as u64, about.as_bytes()).map_err(taken)?;

    let copy = Passing(beside.join(format!(".backup-{}.db", crate::hub::uuid_v7(now))));
    store.copy_ledger(&copy.0)?;
    let ledger = check_ledger(&copy.0)?;
    let file = File::open(&copy.0).map_err(disk(&copy.0))?;
    let mut bytes = file.metadata().map_err(disk(&copy.0))?.len();
    let mut summed = Summed { from: BufReader::new(file), sum: Sha256::new() };
    archive.add(LEDGER, bytes, &mut summed).map_err(taken)?;
    let sum = hex::encode(summed.sum.finalize());
    drop(copy);

    let mut files = 0_u64;
    for (address, path) in store.blob_files()? {
        let Some((first, rest)) = address.split_at_checked(2) else { continue };
        let file = File::open(&path).map_err(disk(&path))?;
        let size = file.metadata().map_err(disk(&path))?.len();
        archive.add(&format!("{BLOBS}{first}/{rest}"), size, file).map_err(taken)?;
        files += 1;
        bytes += size;
    }
    let end = json!({"ledger_sha256": sum, "files": files, "bytes": bytes}).to_string();
    archive.add(END, end.len() as u64, end.as_bytes()).map_err(taken)?;
    archive.end().map_err(taken)?;
    Ok(Contents { ledger, files, bytes })
}

/// Writes a backup into a new file: it has its name when it is whole and on disk.
///
/// # Errors
/// As [`write`], and when there is such a file.
pub fn to_file(store: &Store, path: &Path, now: Timestamp) -> Result<Contents, BackupError> {
    if path.exists() {
        return Err(BackupError::Disk(format!("{} is there already", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = Passing(PathBuf::from(name));
    let mut out = BufWriter::new(private(&part.0).map_err(disk(&part.0))?);
    let contents = write(store, &mut out, folder, now)?;
    let file = out.into_inner().map_err(|error| BackupError::Disk(error.to_string()))?;
    file.sync_all().and_then(|()| fs::rename(&part.0, path)).map_err(disk(path))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk(folder))?;
    Ok(contents)
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a data directory from a backup. What was written is taken away again when the backup turns out to be unusable.
///
/// # Errors
/// When the folder is not empty, or the backup is not whole.
pub fn restore(from: impl Read, data: &Path) -> Result<Contents, BackupError> {
    if data.exists() && fs::read_dir(data).map_err(disk(data))?.next().is_some() {
        return Err(BackupError::NotEmpty(data.to_owned()));
    }
    fs::create_dir_all(data).map_err(disk(data))?;
    let restored = unpack(from, data);
    if restored.is_err() {
        let _ = fs::remove_dir_all(data.join("blobs"));
        drop(Passing(data.join(LEDGER)));
    }
    restored
}

/// What a backup is found to hold while it is unpacked.
#[derive(Default)]
struct Seen {
    about: bool,
    ledger: Option<String>,
    files: u64,
    bytes: u64,
    end: Option<Value>,
}

fn unpack(from: impl Read, data: &Path) -> Result<Contents, BackupError> {
    let broken = |error: io::Error| BackupError::Archive(error.to_string());
    let mut reader = Reader::new(BufReader::new(from));
    let mut seen = Seen::default();
    while let Some((name, size)) = reader.next().map_err(broken)? {
        match name.as_str() {
            ABOUT => {
                let about = words(&mut reader, size)?;
                if about.get("form").and_then(Value::as_u64) != Some(FORM) {
                    return Err(BackupError::Archive("it was made by another version of docket".to_owned()));
                }
                seen.about = true;
            }
            END => seen.end = Some(words(&mut reader, size)?),
            LEDGER if seen.about => {
                seen.ledger = Some(file(&mut reader, size, &data.join(LEDGER))?);
                seen.bytes += size;
            }
            _ => {
                let address = address_of(&name).filter(|_| seen.about);
                let unknown = || BackupError::Archive(format!("`{name}` does not belong into a backup"));
                let (first, rest) = address.ok_or_else(unknown)?;
                let folder = data.join("blobs").join(first);
                fs::create_dir_all(&folder).map_err(disk(&folder))?;
                if file(&mut reader, size, &folder.join(rest))? != format!("{first}{rest}") {
                    return Err(BackupError::Archive(format!("`{name}` is damaged")));
                }
                seen.files += 1;
                seen.bytes += size;
            }
        }
    }
    fs::create_dir_all(data.join("blobs")).map_err(disk(data))?;
    let (Some(sum), Some(end)) = (&seen.ledger, &seen.end) else {
        return Err(BackupError::Archive("it is not whole".to_owned()));
    };
    let is_so = end.get("ledger_sha256").and_then(Value::as_str) == Some(sum)
        && end.get("files").and_then(Value::as_u64) == Some(seen.files);
    if !is_so {
        return Err(BackupError::Archive("it does not hold what its end says".to_owned()));
    }
    let ledger = check_ledger(&data.join(LEDGER))?;
    File::open(data).and_then(|folder| folder.sync_all()).map_err(disk(data))?;
    Ok(Contents { ledger, files: seen.files, bytes: seen.bytes })
}

/// The two parts of a file's place, if it is the place of one.
fn address_of(name: &str) -> Option<(&str, &str)> {
    let (first, rest) = name.strip_prefix(BLOBS)?.split_once('/')?;
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (first.len() == 2 && rest.len() == 62 && hex(first) && hex(rest)).then_some((first, rest))
}

fn words<R: Read>(reader: &mut Reader<R>, size: u64) -> Result<Value, BackupError> {
    if size > WORDS_LIMIT {
        return Err(BackupError::Archive("it says too much about itself".to_owned()));
    }
    let mut bytes = Vec::new();
    reader.content(size, &mut bytes).map_err(|error| BackupError::Archive(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| BackupError::Archive(error.to_string()))
}

/// Writes a file of the archive to disk; answers its SHA-256.
fn file<R: Read>(reader: &mut Reader<R>, size: u64, path: &Path) -> Result<String, BackupError> {
    let out = private(path).map_err(disk(path))?;
    let mut summing = Summing { out, sum: Sha256::new() };
    reader.content(size, &mut summing).map_err(|error| BackupError::Archive(error.to_string()))?;
    summing.out.sync_all().map_err(disk(path))?;
    Ok(hex::encode(summing.sum.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), 0);
        for (name, bytes) in files {
            writer.add(name, bytes.len() as u64, *bytes).unwrap();
        }
        writer.end().unwrap()
    }

    #[test]
    fn what_does_not_belong_into_a_backup_is_refused_and_nothing_stays() {
        let about: (&str, &[u8]) = (ABOUT, br#"{"form":1}"#);
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"no archive at all".to_vec(), "in the middle"),
            (archive(&[]), "not whole"),
            (archive(&[(ABOUT, br#"{"form":2}"#)]), "another version"),
            (archive(&[about, ("../evil", b"x")]), "does not belong"),
            (archive(&[about, ("blobs/ab/../../x", b"x")]), "does not belong"),
            (archive(&[(LEDGER, b"x"), about]), "does not belong"),
            (archive(&[about, (&format!("blobs/ab/{}", "0".repeat(62)), b"x")]), "damaged"),
            (archive(&[about, (LEDGER, b"x"), (END, br#"{"ledger_sha256":"0","files":0}"#)]), "what its end says"),
        ];
        for (bytes, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            let data = folder.path().join("data");
            let error = restore(bytes.as_slice(), &data).unwrap_err().to_string();
            assert!(error.contains(expected), "{error} instead of {expected}");
            assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "{expected}");
            assert!(!folder.path().join("evil").exists());
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine"), "x").unwrap();
        assert!(matches!(restore(archive(&[]).as_slice(), folder.path()), Err(BackupError::NotEmpty(_))));
        assert_eq!(fs::read_to_string(folder.path().join("mine")).unwrap(), "x");
    }
}
