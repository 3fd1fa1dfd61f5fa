//! The plain HTTP form in which phone trackers send positions (OsmAnd's): a query or a posted form.
//!
//! ```text
//! GET /osmand?id=356307042441013&lat=52.0907&lon=5.1214&timestamp=1768471200&speed=12.5&bearing=90&batt=81
//! ```
//!
//! Speed is in knots, as phone trackers send it; none or a negative one is not known. A unit that has a password wants it as `password`.

use super::is_welcome;
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::track::Report;
use docket_dialects::form;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};

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
    /// It is on disk.
    Kept,
    /// It is not such a message; why.
    Bad(String),
    /// There is no such unit.
    Unknown,
    /// The unit's password is another.
    WrongPassword,
    /// It could not be kept.
    Failed,
}

/// Takes a message in: the query of its address and, when it was posted, the form in its body.
pub async fn take(hub: &Hub, query: &str, body: &[u8]) -> Taken {
    let message = match read(query, body, hub.now()) {
        Ok(message) => message,
        Err(why) => return Taken::Bad(why),
    };
    let tracker = match hub.tracker(&message.id).await {
        Err(_) => return Taken::Failed,
        Ok(None) => return Taken::Unknown,
        Ok(Some(tracker)) if !is_welcome(&tracker, &message.password) => return Taken::WrongPassword,
        Ok(Some(tracker)) => tracker,
    };
    match hub.keep_reports(tracker.account, [(tracker.unit, message.report)]).await {
        true => Taken::Kept,
        false => Taken::Failed,
    }
}

#[derive(Debug, PartialEq)]
struct Message {
    id: String,
    password: String,
    report: Report,
}

fn read(query: &str, body: &[u8], now: Timestamp) -> Result<Message, String> {
    let fields = form::fields(query.as_bytes()).into_iter().chain(form::fields(body));
    let (mut id, mut password, mut at) = (String::new(), String::new(), now);
    let mut place: (Option<f64>, Option<f64>) = (None, None);
    let (mut speed_kmh, mut course, mut altitude_m, mut satellites) = (None, None, None, 0);
    let (mut is_alarm, mut is_valid, mut more) = (false, true, Map::new());
    for field in fields {
        let text = field.text().trim().to_owned();
        let number = || number(&field.name, &text);
        match field.name.as_str() {
            "id" | "deviceid" => id = text,
            "password" => password = text,
            _ if text.is_empty() => {}
            "lat" => place.0 = Some(number()?),
            "lon" => place.1 = Some(number()?),
            "location" => {
                let (latitude, longitude) = text.split_once(',').ok_or("location: use latitude,longitude")?;
                place = (Some(self::number("location", latitude)?), Some(self::number("location", longitude)?));
            }
            "timestamp" => at = moment(&text).ok_or_else(|| format!("timestamp: `{text}` is no time"))?,
            "speed" => speed_kmh = Some(number()?).filter(|knots| *knots >= 0.0).map(|knots| knots * KMH_PER_KNOT),
            "bearing" | "heading" => course = Some(number()?.rem_euclid(360.0)),
            "altitude" => altitude_m = Some(number()?),
            // What a phone counts, it may write with decimals.
            "sat" => satellites = number()?.clamp(0.0, 255.0) as i64,
            "valid" => is_valid = matches!(text.to_ascii_lowercase().as_str(), "true" | "1"),
            name => {
                is_alarm |= name == "alarm" && text.eq_ignore_ascii_case("sos");
                if more.len() < MEMBERS_LIMIT && text.len() <= TEXT_LIMIT {
                    more.insert(name.to_owned(), value(text));
                }
            }
        }
    }
    if id.is_empty() {
        return Err("id: is missing".to_owned());
    }
    if now.checked_add(AHEAD).is_ok_and(|latest| at > latest) {
        return Err("timestamp: lies in the future".to_owned());
    }
    let point = match place {
        (None, None) => None,
        (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
            is_valid.then_some((latitude, longitude))
        }
        _ => return Err("lat, lon: are no place".to_owned()),
    };
    let position = point.map(|(latitude, longitude)| Position {
        at,
        latitude,
        longitude,
        altitude_m,
        speed_kmh,
        course,
        satellites,
    });
    let parameters = (!more.is_empty()).then(|| Value::Object(more).to_string());
    let report = Report { at, received_at: now, position, inputs: None, outputs: None, alarm: is_alarm, parameters };
    Ok(Message { id, password, report })
}

fn number(name: &str, text: &str) -> Result<f64, String> {
    let read = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    read.ok_or_else(|| format!("{name}: `{text}` is no number"))
}

/// A number where it is one, otherwise the text.
fn value(text: String) -> Value {
    if let Ok(whole) = text.parse::<i64>() {
        return Value::from(whole);
    }
    match text.parse().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text),
    }
}

/// Seconds or milliseconds since 1970, or a time as ISO 8601 writes it; without an offset it is UTC.
fn moment(text: &str) -> Option<Timestamp> {
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
        let message = read(query, b"", now()).unwrap();
        let position = message.report.position.unwrap();
        assert_eq!((message.id.as_str(), message.password.as_str()), ("42", ""));
        assert_eq!((position.latitude, position.longitude, position.altitude_m), (52.0907, 5.1214, Some(3.5)));
        assert_eq!((position.speed_kmh, position.course, position.satellites), (Some(18.52), Some(90.0), 7));
        assert_eq!(position.at.as_second(), 1_768_471_000);
        assert_eq!(message.report.parameters.as_deref(), Some(r#"{"accuracy":8,"batt":81.5}"#));
        assert_eq!(read("", query.as_bytes(), now()).unwrap(), message, "posted is the same");
    }

    #[test]
    fn what_a_phone_does_not_know_stays_unknown() {
        for query in ["id=1&lat=1&lon=2", "id=1&lat=1&lon=2&speed=-1&bearing=&altitude="] {
            let position = read(query, b"", now()).unwrap().report.position.unwrap();
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
            let message = read(&format!("id=1&location=1,2&timestamp={text}"), b"", now()).unwrap();
            assert_eq!(message.report.at.as_second(), 1_768_471_000, "{text}");
        }
        assert_eq!(read("id=1&lat=1&lon=2", b"", now()).unwrap().report.at, now());
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
            assert!(read(query, b"", now()).unwrap_err().starts_with(why), "{query}");
        }
        assert_eq!(read("id=1&alarm=sos", b"", now()).map(|message| message.report.alarm), Ok(true));
        assert_eq!(read("id=1&lat=1&lon=2&valid=false", b"", now()).unwrap().report.position, None);
    }
}
