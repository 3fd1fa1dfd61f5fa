//! One published item: the `payload` of `uploadPictures`, and the `file` beside it.

use super::{MEMBERS_LIMIT, Members, Object, inspect, is_sound, scalar, survey};
use crate::json::Scalar;
use crate::pruvan::wire::survey::Survey;
use docket_core::Timestamp;
use docket_core::order::{Point, Stage};
use std::borrow::Cow;

/// Members that are credentials and never kept with an item.
const CREDENTIALS: &[&str] = &["username", "password", "token", "pushkey"];
/// Members that name an item, the most telling first.
const IDS: &[&str] = &["uuId", "uuid", "pictureId"];
/// Members that tell when something was captured, the most telling first.
const TIMES: &[&str] = &["creationDate", "timestamp", "gpsTimestamp"];
/// Members that tell who captured it, the most telling first.
const AUTHORS: &[&str] = &["createdBySubUser", "createdBy", "lastUpdatedBy"];

/// A published item, read once.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// `uuId`: the same for the same item, however often it is published.
    pub id: Option<String>,
    /// `key2`: the number of the order.
    pub number: Option<String>,
    /// `key1`: the project's id at the caller; ours where the caller took it over.
    pub project: Option<String>,
    /// `attribute30`: the order's id, where we handed it out.
    pub mark: Option<String>,
    /// `key4`: the name of the service.
    pub service: Option<String>,
    /// `fileName`.
    pub file_name: Option<String>,
    /// `fileExt`.
    pub file_ext: Option<String>,
    /// `fileType`: `picture`, …
    pub file_type: Option<String>,
    /// `videoUri`.
    pub video_uri: Option<String>,
    /// `evidenceType`: `Before`, `During`, `After`, `Survey`, whatever an account adds.
    pub evidence: Option<String>,
    /// `notes`.
    pub notes: Option<String>,
    /// `survey`, with its template.
    pub survey: Option<Survey>,
    /// When it was captured.
    pub taken_at: Option<Timestamp>,
    /// Where it was captured.
    pub point: Option<Point>,
    /// Who captured it.
    pub author: Option<String>,
    /// Everything it says but the credentials, JSON text.
    pub said: String,
}

impl Upload {
    /// Reads the payload. The error is for the caller to read.
    pub fn read(text: &str) -> Result<Upload, String> {
        if inspect(text)? && !is_sound(text) {
            return Err("payload holds text that is no Unicode or numbers beyond all bounds".to_owned());
        }
        let members = Members::read(text);
        if members.len() > MEMBERS_LIMIT {
            return Err(format!("payload has more than {MEMBERS_LIMIT} members"));
        }
        let said = |name: &str| text_of(&members, name);
        let first = |names: &[&str]| names.iter().find_map(|name| said(name));
        let template = said("template");
        let survey = members.get("survey").and_then(|value| survey::read(value, template.as_deref()));
        Ok(Upload {
            id: first(IDS),
            number: first(&["key2", "workOrderNumber"]),
            project: said("key1"),
            mark: said("attribute30"),
            service: said("key4"),
            file_name: said("fileName"),
            file_ext: said("fileExt"),
            file_type: said("fileType"),
            video_uri: said("videoUri"),
            evidence: said("evidenceType"),
            notes: said("notes"),
            survey,
            taken_at: TIMES.iter().find_map(|name| moment(&said(name)?)),
            point: point(&members),
            author: first(AUTHORS),
            said: without_credentials(&members),
        })
    }

    /// Whether it is a photo, by what it calls itself or by its media type.
    pub fn is_photo(&self, media_type: &str) -> bool {
        let called = self.file_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        media_type.starts_with("image/") || ["pict", "photo", "image"].iter().any(|word| called.contains(word))
    }

    /// Whether it says that somebody was there.
    pub fn is_check_in(&self) -> bool {
        let words = [&self.evidence, &self.file_type];
        words.into_iter().flatten().any(|word| {
            let letters: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
            let letters = letters.to_ascii_lowercase();
            letters.starts_with("checkin") || letters.starts_with("checkout")
        })
    }

    /// When the photo was taken, as against the work. No other evidence has a stage.
    pub fn stage(&self) -> Option<Stage> {
        let evidence = self.evidence.as_deref()?.trim();
        let stages = [("before", Stage::Before), ("during", Stage::During), ("after", Stage::After)];
        stages.into_iter().find(|(word, _)| evidence.eq_ignore_ascii_case(word)).map(|(_, stage)| stage)
    }

    /// Whether it speaks of a file that should have come along.
    pub fn promises_file(&self) -> bool {
        self.file_name.is_some() || self.is_photo("")
    }
}

fn text_of(members: &Members<'_>, name: &str) -> Option<String> {
    match scalar(members.get(name)?) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
        Scalar::Null | Scalar::Text(_) | Scalar::Other => None,
    }
}

fn without_credentials(members: &Members<'_>) -> String {
    let mut object = Object::default();
    for (name, value) in members.iter().filter(|(name, _)| !CREDENTIALS.contains(name)) {
        object.raw(name, value);
    }
    object.finish()
}

fn point(members: &Members<'_>) -> Option<Point> {
    let number = |name: &str| text_of(members, name).and_then(|text| text.trim().parse::<f64>().ok());
    let (latitude, longitude) = (number("gpsLatitude")?, number("gpsLongitude")?);
    // Phones without a fix say 0, 0.
    let somewhere = latitude != 0.0 || longitude != 0.0;
    let accuracy_m = number("gpsAccuracy").filter(|metres| metres.is_finite() && *metres >= 0.0);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && somewhere).then_some(Point {
        latitude,
        longitude,
        accuracy_m,
    })
}

/// A moment in one of the ways items tell it: seconds or milliseconds of Unix time, ISO 8601, a plain date and time
/// (read as UTC), the United States' way, or Pruvan's own dates.
pub fn moment(text: &str) -> Option<Timestamp> {
    const ZONED: &[&str] = &["%Y-%m-%d %H:%M:%S %z", "%m/%d/%Y %I:%M:%S %p %z"];
    const PLAIN: &[&str] = &["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S"];
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // Milliseconds have passed ten digits since 1970, seconds will in 2286.
        let seconds = if number.abs() >= 1e11 { number / 1000.0 } else { number };
        return Timestamp::from_millisecond((seconds * 1000.0) as i64).ok().filter(|_| number >= 1e8);
    }
    let at_utc = |plain: jiff::civil::DateTime| jiff::tz::Offset::UTC.to_timestamp(plain).ok();
    let zoned = |format: &&str| Timestamp::strptime(format, text).ok();
    let plain = |format: &&str| jiff::civil::DateTime::strptime(format, text).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| ZONED.iter().find_map(zoned))
        .or_else(|| crate::pruvan::map::date::read(text))
        .or_else(|| {
            text.parse::<jiff::civil::DateTime>().ok().or_else(|| PLAIN.iter().find_map(plain)).and_then(at_utc)
        })
}

/// The media type of bytes: what the part says, what they start with, what the name says.
pub fn media_type(part: Option<&str>, bytes: &[u8], extension: Option<&str>) -> Cow<'static, str> {
    const GENERIC: &[&str] = &["", "application/octet-stream", "binary/octet-stream", "multipart/form-data"];
    let named = part.map(|part| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let sound = |text: &String| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte);
        text.len() <= 100 && text.matches('/').count() == 1 && text.bytes().all(allowed)
    };
    if let Some(named) = named.filter(|named| !GENERIC.contains(&named.as_str()) && sound(named)) {
        return Cow::Owned(named);
    }
    const MAGIC: &[(usize, &[u8], &str)] = &[
        (0, b"\xff\xd8\xff", "image/jpeg"),
        (0, b"\x89PNG\r\n\x1a\n", "image/png"),
        (0, b"GIF8", "image/gif"),
        (8, b"WEBP", "image/webp"),
        (4, b"ftypheic", "image/heic"),
        (4, b"ftyp", "video/mp4"),
        (0, b"%PDF-", "application/pdf"),
    ];
    let starts =
        |(at, magic, _): &&(usize, &[u8], &'static str)| bytes.get(*at..).is_some_and(|bytes| bytes.starts_with(magic));
    if let Some((.., known)) = MAGIC.iter().find(starts) {
        return Cow::Borrowed(known);
    }
    let extension = extension.unwrap_or_default().trim_start_matches('.').to_ascii_lowercase();
    Cow::Borrowed(match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "csv" => "text/csv",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    })
}
