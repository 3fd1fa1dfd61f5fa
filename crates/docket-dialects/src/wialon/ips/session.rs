//! The stream of a TCP connection cut into packets, and the one packet of a datagram.

use super::packet::{Outcome, Unpacked, Version, cut, login, take, unpack, version_of};
use docket_core::Timestamp;
use docket_core::track::Report;

/// The longest line of a device that is logged in.
pub const LINE_LIMIT: usize = 1 << 20;
/// The longest line, and the longest container, of one that is not.
pub const LOGIN_LIMIT: usize = 1024;
/// What a container begins with.
const CONTAINER: u8 = 0xFF;
/// Mark and length of a container.
const CONTAINER_HEAD: usize = 3;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A device says who it is: answer with [`Session::resolve`]. Nothing else comes before.
    Login {
        /// Its unique id.
        id: String,
        /// Its password; empty when it says none.
        password: String,
    },
    /// A packet: keep the reports, then send the answer.
    Packet {
        /// What it reports; empty when it reports nothing.
        reports: Vec<Report>,
        /// The whole answer with the end of its line; empty when nothing is answered.
        answer: Vec<u8>,
    },
    /// Send this and close the connection. Nothing else comes after.
    Close {
        /// The whole answer; empty when nothing is answered.
        answer: Vec<u8>,
    },
}

/// What is said of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The device is known.
    Welcome,
    /// It is not.
    Unknown,
    /// It is, but its password is another.
    WrongPassword,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Nobody,
    /// A login waits for its verdict.
    Asked(Version),
    Device(Version),
    Closed,
}

/// The state of one connection.
///
/// ```text
/// session.push(bytes);
/// while let Some(event) = session.next(now) { … }
/// ```
#[derive(Debug)]
pub struct Session {
    stage: Stage,
    bytes: Vec<u8>,
    /// So many of `bytes` are done with.
    done: usize,
    /// So many after these were searched for the end of a line.
    searched: usize,
    /// So many bytes to come belong to a file that is refused.
    skip: usize,
    /// The last packet came in a container, and all that belongs to it.
    is_contained: bool,
}

impl Default for Session {
    fn default() -> Session {
        Session { stage: Stage::Nobody, bytes: Vec::new(), done: 0, searched: 0, skip: 0, is_contained: false }
    }
}

enum Found {
    /// A packet, cut out of the stream.
    Packet(Vec<u8>),
    /// Nothing that means anything.
    Nothing,
    /// More must be read.
    Half,
    /// It is longer than it may be.
    TooLong,
}

impl Session {
    /// Takes what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.stage != Stage::Closed {
            self.bytes.drain(..self.done);
            self.done = 0;
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Whether a device is logged in.
    pub fn is_known(&self) -> bool {
        matches!(self.stage, Stage::Device(_))
    }

    /// What is to be done next, if anything before more is read.
    pub fn next(&mut self, now: Timestamp) -> Option<Event> {
        while !matches!(self.stage, Stage::Asked(_) | Stage::Closed) {
            match self.find() {
                Found::Packet(line) => {
                    if let Some(event) = self.take(&line, now) {
                        return Some(event);
                    }
                }
                Found::Nothing => {}
                Found::Half => return None,
                Found::TooLong => return Some(self.close("")),
            }
        }
        None
    }

    /// Says what is thought of the login that was asked about: the answer to send, and whether to go on.
    pub fn resolve(&mut self, verdict: Verdict) -> (Vec<u8>, bool) {
        let Stage::Asked(version) = self.stage else { return (Vec::new(), self.stage != Stage::Closed) };
        self.stage = if verdict == Verdict::Welcome { Stage::Device(version) } else { Stage::Closed };
        let answer = match verdict {
            Verdict::Welcome => "#AL#1",
            Verdict::Unknown => "#AL#0",
            Verdict::WrongPassword => "#AL#01",
        };
        (line(answer), verdict == Verdict::Welcome)
    }

    fn close(&mut self, answer: &str) -> Event {
        self.stage = Stage::Closed;
        self.bytes = Vec::new();
        self.done = 0;
        Event::Close { answer: if answer.is_empty() { Vec::new() } else { line(answer) } }
    }

    /// Cuts the next packet out of what was read.
    fn find(&mut self) -> Found {
        let skipped = self.skip.min(self.bytes.len() - self.done);
        self.skip -= skipped;
        self.done += skipped;
        let rest = self.bytes.get(self.done..).unwrap_or_default();
        let Some(first) = rest.first() else { return Found::Half };
        let limit = if self.is_known() { LINE_LIMIT } else { LOGIN_LIMIT };
        if *first == CONTAINER {
            let Some(&[low, high]) = rest.get(1..CONTAINER_HEAD) else { return Found::Half };
            let length = usize::from(u16::from_le_bytes([low, high]));
            if length > limit {
                return Found::TooLong;
            }
            let Some(packed) = rest.get(CONTAINER_HEAD..CONTAINER_HEAD + length) else { return Found::Half };
            let packet = unpack(packed);
            self.done += CONTAINER_HEAD + length;
            self.is_contained = true;
            return match packet {
                Ok(packet) if packet.len() > limit => Found::TooLong,
                Ok(packet) => Found::Packet(packet),
                Err(Unpacked::TooMuch) => Found::TooLong,
                Err(Unpacked::Broken) => Found::Packet(Vec::new()),
            };
        }
        let searched = self.searched.min(rest.len());
        let end = rest.iter().skip(searched).position(|byte| *byte == b'\n').map(|end| searched + end);
        let length = end.unwrap_or(rest.len());
        if length > limit {
            return Found::TooLong;
        }
        let Some(end) = end else {
            self.searched = rest.len();
            return Found::Half;
        };
        self.searched = 0;
        self.is_contained = false;
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let found = if line.is_empty() { Found::Nothing } else { Found::Packet(line.to_vec()) };
        self.done += end + 1;
        found
    }

    fn take(&mut self, line: &[u8], now: Timestamp) -> Option<Event> {
        match (self.stage, cut(line)) {
            (Stage::Nobody | Stage::Device(_), Some((b"L", body))) => match login(body) {
                Ok(login) => {
                    self.stage = Stage::Asked(login.version);
                    Some(Event::Login { id: login.id, password: login.password })
                }
                Err(code) => Some(self.close(&format!("#AL#{code}"))),
            },
            (Stage::Nobody, Some((b"P", _))) => {
                Some(event(Outcome { answer: Some("#AP#".to_owned()), ..Outcome::default() }))
            }
            (Stage::Nobody, _) => Some(self.close("#AL#0")),
            (Stage::Device(version), Some((kind, body))) => {
                let outcome = take(version, kind, body, now);
                if outcome.is_lost && !self.is_contained {
                    return Some(self.close(&outcome.answer.unwrap_or_default()));
                }
                self.skip = if self.is_contained { 0 } else { outcome.skip };
                (outcome.answer.is_some()).then(|| event(outcome))
            }
            _ => None,
        }
    }
}

fn line(answer: &str) -> Vec<u8> {
    format!("{answer}\r\n").into_bytes()
}

fn event(outcome: Outcome) -> Event {
    Event::Packet { reports: outcome.reports, answer: outcome.answer.map(|answer| line(&answer)).unwrap_or_default() }
}

/// A datagram: whose it is, what it reports, and what is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Datagram {
    /// The unique id of the device.
    pub id: String,
    /// What it reports; keep it before the answer is sent.
    pub reports: Vec<Report>,
    /// The whole answer.
    pub answer: Vec<u8>,
}

/// Reads a datagram: `id#PT#body`, of version 2 `2.0;id#PT#body`, or a container with such. Nothing comes of others.
pub fn datagram(bytes: &[u8], now: Timestamp) -> Option<Datagram> {
    let unpacked;
    let bytes = match bytes.split_first() {
        Some((&CONTAINER, _)) => {
            let (low, high) = (*bytes.get(1)?, *bytes.get(2)?);
            let end = CONTAINER_HEAD + usize::from(u16::from_le_bytes([low, high]));
            unpacked = unpack(bytes.get(CONTAINER_HEAD..end)?).ok()?;
            unpacked.as_slice()
        }
        _ => bytes,
    };
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let packet = bytes.get(..end)?;
    let packet = packet.strip_suffix(b"\r").unwrap_or(packet);
    let start = packet.iter().position(|byte| *byte == b'#')?;
    let device = std::str::from_utf8(packet.get(..start)?).ok()?;
    let (version, id) = match device.split_once(';') {
        Some((version, id)) => (version_of(version)?, id.trim()),
        None => (Version::One, device.trim()),
    };
    let (kind, body) = cut(packet.get(start..)?)?;
    let outcome = take(version, kind, body, now);
    match outcome.answer {
        Some(answer) if !id.is_empty() => {
            Some(Datagram { id: id.to_owned(), reports: outcome.reports, answer: line(&answer) })
        }
        _ => None,
    }
}
