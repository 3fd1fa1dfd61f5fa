//! The stream of a TCP connection cut into packets, and the one packet of a datagram.

use super::packet::{Login, Outcome, Unpacked, Version, cut, login, shown, take, unpack, version_of};
use docket_core::Timestamp;
use docket_core::track::Report;
use std::ops::Range;

/// The longest line of a device that is logged in.
pub const LINE_LIMIT: usize = 1 << 20;
/// The longest line, and the longest container, of one that is not.
pub const LOGIN_LIMIT: usize = 1024;
/// The most bytes of lines that are kept to be shown.
const SHOWN_LIMIT: usize = 64 << 10;
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

/// What a packet means.
enum Meant {
    Login(Result<Login, &'static str>),
    Ping,
    Stranger,
    Said(Outcome),
    Nothing,
}

fn meant(stage: Stage, line: &[u8], now: Timestamp) -> Meant {
    match (stage, cut(line)) {
        (Stage::Nobody | Stage::Device(_), Some((b"L", body))) => Meant::Login(login(body)),
        (Stage::Nobody, Some((b"P", _))) => Meant::Ping,
        (Stage::Nobody, _) => Meant::Stranger,
        (Stage::Device(version), Some((kind, body))) => Meant::Said(take(version, kind, body, now)),
        _ => Meant::Nothing,
    }
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
    /// The packets so far, where they are to be shown.
    shown: Option<String>,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            stage: Stage::Nobody,
            bytes: Vec::new(),
            done: 0,
            searched: 0,
            skip: 0,
            is_contained: false,
            shown: None,
        }
    }
}

enum Found {
    /// A packet: where it is in what was read.
    Line(Range<usize>),
    /// A packet out of a container.
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

    /// Keeps the packets from now on for [`Session::take_shown`].
    pub fn show(&mut self) {
        self.shown.get_or_insert_default();
    }

    /// The packets since the last time, a line each, passwords masked.
    pub fn take_shown(&mut self) -> String {
        self.shown.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What is to be done next, if anything before more is read.
    pub fn next(&mut self, now: Timestamp) -> Option<Event> {
        while !matches!(self.stage, Stage::Asked(_) | Stage::Closed) {
            let found = self.find();
            let line = match &found {
                Found::Line(range) => self.bytes.get(range.clone()).unwrap_or_default(),
                Found::Packet(line) => line.as_slice(),
                Found::Nothing => continue,
                Found::Half => return None,
                Found::TooLong => return Some(self.close("")),
            };
            if let Some(said) = self.shown.as_mut().filter(|said| said.len() < SHOWN_LIMIT) {
                said.push_str(&shown(line));
                said.push('\n');
            }
            let meant = meant(self.stage, line, now);
            if let Some(event) = self.take(meant) {
                return Some(event);
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
        let length = line.strip_suffix(b"\r").unwrap_or(line).len();
        let start = self.done;
        self.done += end + 1;
        if length == 0 { Found::Nothing } else { Found::Line(start..start + length) }
    }

    fn take(&mut self, meant: Meant) -> Option<Event> {
        match meant {
            Meant::Login(Ok(login)) => {
                self.stage = Stage::Asked(login.version);
                Some(Event::Login { id: login.id, password: login.password })
            }
            Meant::Login(Err(code)) => Some(self.close(&format!("#AL#{code}"))),
            Meant::Ping => Some(Event::Packet { reports: Vec::new(), answer: line("#AP#") }),
            Meant::Stranger => Some(self.close("#AL#0")),
            Meant::Said(outcome) => {
                if outcome.is_lost && !self.is_contained {
                    return Some(self.close(&outcome.answer.unwrap_or_default()));
                }
                self.skip = if self.is_contained { 0 } else { outcome.skip };
                let answer = line(&outcome.answer?);
                Some(Event::Packet { reports: outcome.reports, answer })
            }
            Meant::Nothing => None,
        }
    }
}

fn line(answer: &str) -> Vec<u8> {
    let mut line = Vec::with_capacity(answer.len() + 2);
    line.extend_from_slice(answer.as_bytes());
    line.extend_from_slice(b"\r\n");
    line
}

/// A datagram: whose it is, what it reports, and what is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Datagram {
    /// The unique id of the device.
    pub id: String,
    /// Its password; empty when it says none.
    pub password: String,
    /// What it reports; keep it before the answer is sent.
    pub reports: Vec<Report>,
    /// The whole answer.
    pub answer: Vec<u8>,
    /// The packet as it may be shown: without the password.
    pub shown: String,
}

/// Reads a datagram: `id#PT#body`, of version 2 `2.0;id#PT#body`, or a container with such; a password may follow the
/// id. Nothing comes of others.
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
    let (version, device) = match device.split_once(';') {
        Some((version, device)) if version.contains('.') => (version_of(version)?, device),
        _ => (Version::One, device),
    };
    let (id, password) = device.split_once(';').unwrap_or((device, ""));
    let password = if password.trim().eq_ignore_ascii_case("NA") { "" } else { password.trim() };
    let id = id.trim();
    let (kind, body) = cut(packet.get(start..)?)?;
    let outcome = take(version, kind, body, now);
    match outcome.answer {
        Some(answer) if !id.is_empty() => {
            let rest = String::from_utf8_lossy(packet.get(start..)?);
            let shown = format!("{id}{}{rest}", if password.is_empty() { "" } else { ";***" });
            let (id, password) = (id.to_owned(), password.to_owned());
            Some(Datagram { id, password, reports: outcome.reports, answer: line(&answer), shown })
        }
        _ => None,
    }
}
