//! One packet: `#PT#body`, whole or out of a container, and what it is answered with.

use super::checksum;
use super::fields::{Form, Wrong, report};
use docket_core::Timestamp;
use docket_core::track::Report;
use flate2::read::ZlibDecoder;
use serde_json::json;
use std::borrow::Cow;
use std::io::Read;

/// The most bytes a container may hold.
pub const INFLATED_LIMIT: usize = 1 << 20;
/// The most records of a black box; further ones are left out.
const RECORDS_LIMIT: usize = 5000;
/// The most bytes of a file's block that are passed over.
const BLOCK_LIMIT: usize = 1 << 20;

/// How a device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 1.1: no checksums.
    One,
    /// 2.0 and 2.1.
    Two,
}

/// Which version a field in front of the id says; `None` is none we speak.
pub(super) fn version_of(text: &str) -> Option<Version> {
    matches!(text.trim(), "2.0" | "2.1").then_some(Version::Two)
}

/// `#PT#body` cut into type and body.
pub(super) fn cut(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"#")?;
    let end = rest.iter().position(|byte| *byte == b'#')?;
    Some((rest.get(..end)?, rest.get(end + 1..)?))
}

/// The body without its checksum and the separator before it, where the version has one and it fits.
fn sealed(version: Version, body: &[u8], separator: u8) -> Option<&[u8]> {
    if version == Version::One {
        return Some(body);
    }
    let end = body.iter().rposition(|byte| *byte == separator)?;
    let said = std::str::from_utf8(body.get(end + 1..)?).ok()?.trim();
    let said = said.strip_prefix("0x").or_else(|| said.strip_prefix("0X")).unwrap_or(said);
    if said.is_empty() || !said.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let said = u32::from_str_radix(said, 16).ok()?;
    (u32::from(checksum(body.get(..=end)?)) == said).then(|| body.get(..end)).flatten()
}

/// What a login says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) version: Version,
    pub(super) id: String,
    /// Empty where it says none.
    pub(super) password: String,
}

/// Reads the body of a login, or says the code it is refused with.
pub(super) fn login(body: &[u8]) -> Result<Login, &'static str> {
    let is_versioned = body.split(|byte| *byte == b';').next().is_some_and(|first| first.contains(&b'.'));
    let (version, body) = match is_versioned {
        false => (Version::One, body),
        true => (Version::Two, sealed(Version::Two, body, b';').ok_or("10")?),
    };
    let text = String::from_utf8_lossy(body);
    let mut fields: Vec<&str> = text.split(';').map(str::trim).collect();
    if is_versioned {
        version_of(fields.remove(0)).ok_or("0")?;
    }
    match fields.as_slice() {
        [id, password] if !id.is_empty() => {
            let password = if password.eq_ignore_ascii_case("NA") { "" } else { *password };
            Ok(Login { version, id: (*id).to_owned(), password: password.to_owned() })
        }
        _ => Err("0"),
    }
}

/// A packet as it may be shown: a login without its password, the inside of a file not at all.
pub(super) fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let Some(body) = text.strip_prefix("#L#") else { return text.into_owned() };
    let mut fields: Vec<&str> = body.split(';').collect();
    let password = if fields.first().is_some_and(|first| first.contains('.')) { 2 } else { 1 };
    if let Some(field) = fields.get_mut(password).filter(|field| !field.trim().eq_ignore_ascii_case("NA")) {
        *field = "***";
    }
    format!("#L#{}", fields.join(";"))
}

/// What a packet of a known device comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) reports: Vec<Report>,
    /// Nothing for what is not answered.
    pub(super) answer: Option<Cow<'static, str>>,
    /// So many bytes after the packet belong to it.
    pub(super) skip: usize,
    /// What follows cannot be told apart: no further packet can be read.
    pub(super) is_lost: bool,
}

impl Outcome {
    fn said(answer: impl Into<Cow<'static, str>>) -> Outcome {
        Outcome { answer: Some(answer.into()), ..Outcome::default() }
    }
}

/// Answers a packet other than a login.
pub(super) fn take(version: Version, kind: &[u8], body: &[u8], now: Timestamp) -> Outcome {
    match kind {
        b"P" => Outcome::said("#AP#"),
        b"SD" => record(version, ["#ASD#", "#ASD#1", "#ASD#13"], Form::Short, body, now),
        b"D" => record(version, ["#AD#", "#AD#1", "#AD#16"], Form::Whole, body, now),
        b"B" => black_box(version, body, now),
        b"M" => message(version, body, now),
        b"I" => file("#AI#NA;0", body, 0),
        b"IT" => Outcome::said("#AIT#0"),
        b"T" => {
            let block = String::from_utf8_lossy(body).split(';').nth(2).unwrap_or("NA").trim().to_owned();
            let block = if block.bytes().all(|byte| byte.is_ascii_alphanumeric()) { block } else { "NA".to_owned() };
            file(format!("#AT#{block};0"), body, 1)
        }
        _ => Outcome::default(),
    }
}

/// `words`: an answer without its code, that of success, that of a wrong checksum.
fn record(version: Version, words: [&'static str; 3], form: Form, body: &[u8], now: Timestamp) -> Outcome {
    let [word, done, unsealed] = words;
    let Some(body) = sealed(version, body, b';') else { return Outcome::said(unsealed) };
    match report(&String::from_utf8_lossy(body), form, now) {
        Ok(report) => Outcome { reports: vec![report], ..Outcome::said(done) },
        Err(wrong) => Outcome::said(format!("{word}{}", Wrong::code(wrong))),
    }
}

fn black_box(version: Version, body: &[u8], now: Timestamp) -> Outcome {
    let Some(body) = sealed(version, body, b'|') else { return Outcome::said("#AB#") };
    let text = String::from_utf8_lossy(body);
    let records = text.split('|').filter(|record| !record.trim().is_empty()).take(RECORDS_LIMIT);
    let reports: Vec<Report> = records.filter_map(|record| report(record, Form::Either, now).ok()).collect();
    Outcome { answer: Some(format!("#AB#{}", reports.len()).into()), reports, ..Outcome::default() }
}

/// A driver's message is kept as parameter `text`.
fn message(version: Version, body: &[u8], now: Timestamp) -> Outcome {
    let Some(body) = sealed(version, body, b';') else { return Outcome::said("#AM#01") };
    let text = String::from_utf8_lossy(body);
    if text.trim().is_empty() {
        return Outcome::said("#AM#0");
    }
    let report = Report {
        at: now,
        received_at: now,
        position: None,
        inputs: None,
        outputs: None,
        alarm: false,
        parameters: Some(json!({ "text": text }).to_string()),
    };
    Outcome { reports: vec![report], ..Outcome::said("#AM#1") }
}

/// A block of a file, which is refused: its size is one of the fields, its bytes follow the line.
fn file(answer: impl Into<Cow<'static, str>>, body: &[u8], size: usize) -> Outcome {
    let size = body.split(|byte| *byte == b';').nth(size).and_then(|size| std::str::from_utf8(size).ok());
    match size.and_then(|size| size.trim().parse::<usize>().ok()) {
        Some(size) if size <= BLOCK_LIMIT => Outcome { skip: size, ..Outcome::said(answer) },
        _ => Outcome { is_lost: true, ..Outcome::said(answer) },
    }
}

/// Why a container cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpacked {
    /// It is not compressed data.
    Broken,
    /// It holds more than it may.
    TooMuch,
}

/// The packet in a container, without the end of its line. A file's bytes stay behind with it.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Unpacked> {
    let mut packet = Vec::new();
    let limit = u64::try_from(INFLATED_LIMIT).unwrap_or(u64::MAX);
    ZlibDecoder::new(bytes).take(limit + 1).read_to_end(&mut packet).map_err(|_| Unpacked::Broken)?;
    if packet.len() > INFLATED_LIMIT {
        return Err(Unpacked::TooMuch);
    }
    if let Some(end) = packet.iter().position(|byte| *byte == b'\n') {
        packet.truncate(end);
    }
    if packet.last() == Some(&b'\r') {
        packet.pop();
    }
    Ok(packet)
}
