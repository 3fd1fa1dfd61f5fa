//! The plain HTTP form in which phone trackers send positions (OsmAnd's): a query, a posted form, or JSON.
//!
//! ```text
//! GET /osmand?id=356307042441013&lat=52.0907&lon=5.1214&timestamp=1768471200&speed=12.5&bearing=90&batt=81
//! ```
//!
//! Speed is in knots, as phone trackers send it; none or a negative one is not known. A unit that has a password wants
//! it as `password`. The JSON of newer apps is read by [`super::phone_json`].

use super::{Heard, heard, phone_json};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::ids::AccountId;
use docket_core::track::Report;
use docket_dialects::form;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};
use std::net::IpAddr;

const KMH_PER_KNOT: f64 = 1.852;
/// How far ahead of the hub's clock a phone's may be.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Times at or above this are in milliseconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;
/// The most members that are kept beside the place.
const MEMBERS_LIMIT: usize = 50;
/// The longest text of one of them.
const TEXT_LIMIT: usize = 1000;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is on disk; of several, those that are messages, and what is wrong with the first of the others.
    Kept(Option<String>),
    /// It is not such a message; why.
    Bad(String),
    /// There is no such unit.
    Unknown,
    /// The unit's password is another.
    WrongPassword,
    /// Wrong too often; not looked at.
    TooOften,
    /// It could not be kept.
    Failed,
}

/// Takes in what was sent: the query of its address and, when it was posted, the form or JSON in its body. Whose
/// account it is about is said where that is known.
pub async fn take(hub: &Hub, peer: Option<IpAddr>, query: &str, body: &[u8]) -> (Taken, Option<AccountId>) {
    let is_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let read = match is_json {
        false => form_of(query, body, hub.now()).map(|message| (vec![message], None)),
        true => phone_json::messages(query, body, hub.now()),
    };
    let (messages, wrong) = read.unwrap_or_else(|why| (Vec::new(), Some(why)));
    hub.tracking.counts.refused_invalid.add(usize::from(wrong.is_some()));
    match wrong {
        Some(why) if messages.is_empty() => (Taken::Bad(why), None),
        wrong => {
            let mut account = None;
            let refused = keep(hub, peer, &messages, &mut account).await;
            (refused.unwrap_or(Taken::Kept(wrong)), account)
        }
    }
}

/// Keeps messages; says why not, if not.
async fn keep(hub: &Hub, peer: Option<IpAddr>, messages: &[Message], account: &mut Option<AccountId>) -> Option<Taken> {
    // A phone speaks for itself; a gateway for several.
    for of_one in messages.chunk_by(|a, b| a.id == b.id && a.password == b.password) {
        let Some(first) = of_one.first() else { continue };
        let tracker = match heard(hub, peer, &first.id, &first.password).await {
            Err(_) => return Some(Taken::Failed),
            Ok(Heard::Unknown) => return Some(Taken::Unknown),
            Ok(Heard::WrongPassword) => return Some(Taken::WrongPassword),
            Ok(Heard::TooOften) => return Some(Taken::TooOften),
            Ok(Heard::Welcome(tracker)) => tracker,
        };
        account.get_or_insert(tracker.account);
        let reports = of_one.iter().map(|message| (tracker.unit, message.report.clone()));
        if !hub.keep_reports(tracker.account, reports).await {
            hub.tracking.counts.failed.add(of_one.len());
            return Some(Taken::Failed);
        }
        hub.tracking.counts.reports_phone.add(of_one.len());
    }
    None
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) password: String,
    pub(super) report: Report,
}

/// A message while its members are read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) id: String,
    pub(super) password: String,
    at: Option<Timestamp>,
    pub(super) place: (Option<f64>, Option<f64>),
    pub(super) speed_kmh: Option<f64>,
    pub(super) course: Option<f64>,
    pub(super) altitude_m: Option<f64>,
    satellites: i64,
    is_alarm: bool,
    is_valid: bool,
    more: Map<String, Value>,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            id: String::new(),
            password: String::new(),
            at: None,
            place: (None, None),
            speed_kmh: None,
            course: None,
            altitude_m: None,
            satellites: 0,
            is_alarm: false,
            is_valid: true,
            more: Map::new(),
        }
    }
}

impl Reading {
    /// Reads a member of the form.
    pub(super) fn put(&mut self, name: &str, text: &str) -> Result<(), String> {
        let text = text.trim();
        let number = || number(name, text);
        match name {
            "id" | "deviceid" => text.clone_into(&mut self.id),
            "password" => text.clone_into(&mut self.password),
            _ if text.is_empty() => {}
            "lat" => self.place.0 = Some(number()?),
            "lon" => self.place.1 = Some(number()?),
            "location" => {
                let (latitude, longitude) = text.split_once(',').ok_or("location: use latitude,longitude")?;
                self.place = (Some(self::number(name, latitude)?), Some(self::number(name, longitude)?));
            }
            "timestamp" => self.taken_at(text)?,
            "speed" => self.speed_kmh = Some(number()?).filter(|knots| *knots >= 0.0).map(|knots| knots * KMH_PER_KNOT),
            "bearing" | "heading" => self.course = Some(number()?.rem_euclid(360.0)),
            "altitude" => self.altitude_m = Some(number()?),
            // What a phone counts, it may write with decimals.
            "sat" => self.satellites = number()?.clamp(0.0, 255.0) as i64,
            "valid" => self.is_valid = matches!(text.to_ascii_lowercase().as_str(), "true" | "1"),
            name => {
                self.is_alarm |= name == "alarm" && text.eq_ignore_ascii_case("sos");
                self.add(name, value(text));
            }
        }
        Ok(())
    }

    /// Reads when it was.
    pub(super) fn taken_at(&mut self, text: &str) -> Result<(), String> {
        self.at = Some(moment(text).ok_or_else(|| format!("timestamp: `{text}` is no time"))?);
        Ok(())
    }

    /// Keeps a member beside the place.
    pub(super) fn add(&mut self, name: &str, value: Value) {
        let fits = value.as_str().is_none_or(|text| text.len() <= TEXT_LIMIT);
        if self.more.len() < MEMBERS_LIMIT && fits && !value.is_null() {
            self.more.insert(name.to_owned(), value);
        }
    }

    pub(super) fn finish(self, now: Timestamp) -> Result<Message, String> {
        let at = self.at.unwrap_or(now);
        if self.id.is_empty() {
            return Err("id: is missing".to_owned());
        }
        if now.checked_add(AHEAD).is_ok_and(|latest| at > latest) {
            return Err("timestamp: lies in the future".to_owned());
        }
        let point = match self.place {
            (None, None) => None,
            (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
                self.is_valid.then_some((latitude, longitude))
            }
            _ => return Err("lat, lon: are no place".to_owned()),
        };
        let Reading { altitude_m, speed_kmh, course, satellites, .. } = self;
        let position = point.map(|(latitude, longitude)| Position {
            at,
            latitude,
            longitude,
            altitude_m,
            speed_kmh,
            course,
            satellites,
        });
        let parameters = (!self.more.is_empty()).then(|| Value::Object(self.more).to_string());
        let report =
            Report { at, received_at: now, position, inputs: None, outputs: None, alarm: self.is_alarm, parameters };
        Ok(Message { id: self.id, password: self.password, report })
    }
}

fn form_of(query: &str, body: &[u8], now: Timestamp) -> Result<Message, String> {
    let mut reading = Reading::default();
    for field in form::fields(query.as_bytes()).into_iter().chain(form::fields(body)) {
        reading.put(&field.name, &field.text())?;
    }
    reading.finish(now)
}

fn number(name: &str, text: &str) -> Result<f64, String> {
    let read = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    read.ok_or_else(|| format!("{name}: `{text}` is no number"))
}

/// A number where it is one, otherwise the text.
fn value(text: &str) -> Value {
    if let Ok(whole) = text.parse::<i64>() {
        return Value::from(whole);
    }
    match text.parse().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// Seconds or milliseconds since 1970, or a time as ISO 8601 writes it; without an offset it is UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(count) = text.parse::<i64>() {
        return match count.abs() < MILLISECONDS_FROM {
            true => Timestamp::from_second(count).ok(),
            false => Timestamp::from_millisecond(count).ok(),
        };
    }
    let moment = text.parse::<Timestamp>().ok();
    moment.or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-15T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_phone_says_where_it_is() {
        let query = "id=42&lat=52.0907&lon=5.1214&timestamp=1768471000&speed=10&bearing=450\
            &altitude=3.5&accuracy=8&batt=81.5&sat=7";
        let message = form_of(query, b"", now()).unwrap();
        let position = message.report.position.unwrap();
        assert_eq!((message.id.as_str(), message.password.as_str()), ("42", ""));
        assert_eq!((position.latitude, position.longitude, position.altitude_m), (52.0907, 5.1214, Some(3.5)));
        assert_eq!((position.speed_kmh, position.course, position.satellites), (Some(18.52), Some(90.0), 7));
        assert_eq!(position.at.as_second(), 1_768_471_000);
        assert_eq!(message.report.parameters.as_deref(), Some(r#"{"accuracy":8,"batt":81.5}"#));
        assert_eq!(form_of("", query.as_bytes(), now()).unwrap(), message, "posted is the same");
    }

    #[test]
    fn what_a_phone_does_not_know_stays_unknown() {
        for query in ["id=1&lat=1&lon=2", "id=1&lat=1&lon=2&speed=-1&bearing=&altitude="] {
            let position = form_of(query, b"", now()).unwrap().report.position.unwrap();
            assert_eq!((position.speed_kmh, position.course, position.altitude_m), (None, None, None), "{query}");
        }
    }

    #[test]
    fn times_come_in_several_forms() {
        for text in [
            "1768471000",
            "1768471000000",
            "2026-01-15T09:56:40Z",
            "2026-01-15T10:56:40%2B01:00",
            "2026-01-15+09:56:40",
        ] {
            let message = form_of(&format!("id=1&location=1,2&timestamp={text}"), b"", now()).unwrap();
            assert_eq!(message.report.at.as_second(), 1_768_471_000, "{text}");
        }
        assert_eq!(form_of("id=1&lat=1&lon=2", b"", now()).unwrap().report.at, now());
    }

    #[test]
    fn bad_messages_say_why() {
        for (query, why) in [
            ("lat=1&lon=2", "id"),
            ("id=1&lat=91&lon=2", "lat, lon"),
            ("id=1&lat=1", "lat, lon"),
            ("id=1&lat=x&lon=2", "lat"),
            ("id=1&lat=NaN&lon=2", "lat"),
            ("id=1&lat=1&lon=2&timestamp=soon", "timestamp"),
            ("id=1&lat=1&lon=2&timestamp=1868471000", "timestamp"),
            ("id=1&lat=1&lon=2&speed=fast", "speed"),
        ] {
            assert!(form_of(query, b"", now()).unwrap_err().starts_with(why), "{query}");
        }
        assert_eq!(form_of("id=1&alarm=sos", b"", now()).map(|message| message.report.alarm), Ok(true));
        assert_eq!(form_of("id=1&lat=1&lon=2&valid=false", b"", now()).unwrap().report.position, None);
    }
}
