//! Positions in batches: JSON, many units in one request.
//!
//! ```json
//! [{"unit": "355000000000017", "at": "2026-01-15T10:00:00Z", "latitude": 53.9, "longitude": 27.5, "speed_kmh": 40}]
//! ```
//!
//! An array, or an object a line. A unit is its id (a number) or its unique id (a text). Each position stands for itself:
//! what makes no sense is said, place by place, and the others are kept.

use crate::hub::{Hub, UnitNames};
use crate::track::phone;
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::connection::Caller;
use docket_core::ids::UnitId;
use docket_core::ledger::Fault;
use docket_core::track::Report;
use jiff::SignedDuration;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The most positions of one batch.
pub const LIMIT: usize = 100_000;
/// The longest text of members that are kept as they are.
const MORE_LIMIT: usize = 4096;
/// How far ahead of the hub's clock a position may be.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Why one position was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// `syntax`, `unknown_unit` or `invalid`.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// So many are on disk.
    pub kept: usize,
    /// The others.
    pub refused: Vec<Refused>,
}

/// Why nothing of a batch was kept.
#[derive(Debug, PartialEq)]
pub enum Wrong {
    /// It is no batch.
    Syntax(String),
    /// It is more than [`LIMIT`].
    TooMany,
    /// Our failure; send it again.
    Fault(Fault),
}

/// Takes a batch in; what is kept is on disk.
pub async fn take(hub: &Hub, caller: &Caller, body: &[u8]) -> Result<Taken, Wrong> {
    let names = hub.unit_names(caller.account).await.map_err(Wrong::Fault)?;
    let (reports, refused) = read(body, &names, hub.now())?;
    let kept = reports.len();
    let counts = &hub.tracking.counts;
    counts.refused_invalid.add(refused.len());
    if kept > 0 && !hub.keep_reports(caller.account, reports).await {
        counts.failed.add(kept);
        return Err(Wrong::Fault(Fault::Busy));
    }
    counts.reports_batch.add(kept);
    Ok(Taken { kept, refused })
}

type Read = (Vec<(UnitId, Report)>, Vec<Refused>);

fn read(body: &[u8], names: &UnitNames, now: Timestamp) -> Result<Read, Wrong> {
    let text = std::str::from_utf8(body).map_err(|error| Wrong::Syntax(error.to_string()))?.trim();
    let (mut reports, mut refused) = (Vec::new(), Vec::new());
    let mut take = |index: usize, text: &str| {
        if index >= LIMIT {
            return Err(Wrong::TooMany);
        }
        match one(text, names, now) {
            Ok(report) => reports.push(report),
            Err((code, detail)) => refused.push(Refused { index, code, detail }),
        }
        Ok(())
    };
    if text.starts_with('[') {
        let all: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| Wrong::Syntax(error.to_string()))?;
        for (index, raw) in all.into_iter().enumerate() {
            take(index, raw.get())?;
        }
    } else {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        for (index, line) in lines.enumerate() {
            take(index, line)?;
        }
    }
    match reports.is_empty() && refused.is_empty() {
        true => Err(Wrong::Syntax("there are no positions: send an array, or an object a line".to_owned())),
        false => Ok((reports, refused)),
    }
}

fn one(text: &str, names: &UnitNames, now: Timestamp) -> Result<(UnitId, Report), (&'static str, String)> {
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| {
        let code = if error.is_data() { "invalid" } else { "syntax" };
        (code, error.to_string())
    })?;
    let unit = match &line.unit {
        Name::Id(id) => names.id(*id),
        Name::UniqueId(unique_id) => names.unique_id(unique_id),
    };
    let unit = unit.ok_or_else(|| ("unknown_unit", format!("there is no unit {}", line.unit)))?;
    line.report(now).map(|report| (unit, report)).map_err(|detail| ("invalid", detail))
}

/// Whose a position is.
enum Name<'a> {
    Id(i64),
    UniqueId(Cow<'a, str>),
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Id(id) => write!(f, "{id}"),
            Name::UniqueId(unique_id) => write!(f, "`{unique_id}`"),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a unit's id, or its unique id as a text")
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Name<'de>, E> {
                Ok(Name::Id(id))
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Name<'de>, E> {
                i64::try_from(id).map(Name::Id).map_err(E::custom)
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name::UniqueId(text.into()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name::UniqueId(text.to_owned().into()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// When: a time as ISO 8601 writes it, or seconds or milliseconds since 1970.
struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time: ISO 8601, or seconds or milliseconds since 1970")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Moment, E> {
                self.visit_str(&count.to_string())
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Moment, E> {
                self.visit_str(&count.to_string())
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Moment, E> {
                let nanos = i128::from((seconds * 1e6).round() as i64) * 1000;
                Timestamp::from_nanosecond(nanos).map(Moment).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                let wrong = || E::custom(format_args!("`{text}` is no time"));
                phone::moment(text).map(Moment).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Line<'a> {
    #[serde(borrow)]
    unit: Name<'a>,
    at: Option<Moment>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    altitude_m: Option<f64>,
    speed_kmh: Option<f64>,
    course: Option<f64>,
    accuracy_m: Option<f64>,
    satellites: Option<u8>,
    inputs: Option<i64>,
    outputs: Option<i64>,
    #[serde(default)]
    alarm: bool,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

impl Line<'_> {
    fn report(&self, now: Timestamp) -> Result<Report, String> {
        let at = self.at.as_ref().map_or(now, |at| at.0);
        if now.checked_add(AHEAD).is_ok_and(|latest| at > latest) {
            return Err("at: lies more than a day ahead".to_owned());
        }
        let point = match (self.latitude, self.longitude) {
            (None, None) => None,
            (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
                Some((latitude, longitude))
            }
            _ => return Err("latitude, longitude: are no place".to_owned()),
        };
        if self.speed_kmh.is_some_and(|speed| speed < 0.0) {
            return Err("speed_kmh: is negative; leave it out when it is not known".to_owned());
        }
        let parameters = self.more()?;
        if point.is_none() && parameters.is_none() && !self.alarm && self.inputs.is_none() && self.outputs.is_none() {
            return Err("latitude, longitude: are missing, and nothing else is said".to_owned());
        }
        let position = point.map(|(latitude, longitude)| Position {
            at,
            latitude,
            longitude,
            altitude_m: self.altitude_m,
            speed_kmh: self.speed_kmh,
            course: self.course.map(|course| course.rem_euclid(360.0)),
            satellites: i64::from(self.satellites.unwrap_or_default()),
        });
        let (inputs, outputs, alarm) = (self.inputs, self.outputs, self.alarm);
        Ok(Report { at, received_at: now, position, inputs, outputs, alarm, parameters })
    }

    /// What else it says: the members of `parameters`, and how accurate the place is.
    fn more(&self) -> Result<Option<String>, String> {
        let given = self.parameters.map(RawValue::get).filter(|text| *text != "null");
        if given.is_some_and(|text| !text.starts_with('{') || text.len() > MORE_LIMIT) {
            return Err(format!("parameters: is no object of at most {MORE_LIMIT} bytes"));
        }
        let Some(accuracy_m) = self.accuracy_m else { return Ok(given.map(str::to_owned)) };
        let mut members: Map<String, Value> = match given {
            None => Map::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| format!("parameters: {error}"))?,
        };
        members.insert("accuracy".to_owned(), accuracy_m.into());
        Ok(Some(Value::Object(members).to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::catalogue::Unit;

    fn now() -> Timestamp {
        "2026-01-15T10:00:00Z".parse().unwrap()
    }

    fn names() -> UnitNames {
        let unit =
            |id: i64, unique_id: &str| Unit { id: UnitId(id), unique_id: unique_id.to_owned(), ..Unit::default() };
        UnitNames::of(&[unit(7, "355"), unit(8, "")])
    }

    fn refusal(line: &str) -> (&'static str, String) {
        one(line, &names(), now()).unwrap_err()
    }

    #[test]
    fn arrays_and_lines_are_the_same() {
        let lines = [
            r#"{"unit":"355","at":"2026-01-15T09:59:00Z","latitude":53.9,"longitude":27.5,"speed_kmh":40,"course":450}"#,
            r#"{"unit":8,"at":1768471140,"latitude":1,"longitude":2,"accuracy_m":8.5,"parameters":{"batt":81}}"#,
            r#"{"unit":7,"at":1768471140123,"alarm":true}"#,
            r#"{"unit":7,"latitude":1,"longitude":2}"#,
        ];
        let (reports, refused) = read(lines.join("\r\n").as_bytes(), &names(), now()).unwrap();
        assert_eq!(refused, []);
        let array = format!(" [{}]\n", lines.join(","));
        assert_eq!(read(array.as_bytes(), &names(), now()).unwrap().0, reports);
        let units: Vec<i64> = reports.iter().map(|(unit, _)| unit.0).collect();
        assert_eq!(units, [7, 8, 7, 7]);
        let first = reports[0].1.position.unwrap();
        assert_eq!((first.speed_kmh, first.course, first.altitude_m), (Some(40.0), Some(90.0), None));
        assert_eq!(reports[1].1.at.as_second(), 1_768_471_140);
        assert_eq!(reports[1].1.parameters.as_deref(), Some(r#"{"batt":81,"accuracy":8.5}"#));
        assert_eq!((reports[2].1.position, reports[2].1.alarm), (None, true));
        assert_eq!(reports[2].1.at.as_millisecond(), 1_768_471_140_123);
        assert_eq!(reports[3].1.at, now());
    }

    #[test]
    fn each_position_stands_for_itself() {
        let body = "{\"unit\":9,\"latitude\":1,\"longitude\":2}\n{\"unit\":7,\"latitude\":1,\"longitude\":2}\nwhat";
        let (reports, refused) = read(body.as_bytes(), &names(), now()).unwrap();
        assert_eq!(reports.len(), 1);
        let said: Vec<(usize, &str)> = refused.iter().map(|refused| (refused.index, refused.code)).collect();
        assert_eq!(said, [(0, "unknown_unit"), (2, "syntax")]);
        for (line, code, about) in [
            (r#"{"unit":"9","latitude":1,"longitude":2}"#, "unknown_unit", "`9`"),
            (r#"{"unit":"","latitude":1,"longitude":2}"#, "unknown_unit", "``"),
            (r#"{"latitude":1,"longitude":2}"#, "invalid", "unit"),
            (r#"{"unit":7,"latitude":91,"longitude":2}"#, "invalid", "latitude"),
            (r#"{"unit":7,"latitude":1}"#, "invalid", "latitude"),
            (r#"{"unit":7}"#, "invalid", "missing"),
            (r#"{"unit":7,"latitude":1,"longitude":2,"speed_kmh":-1}"#, "invalid", "speed_kmh"),
            (r#"{"unit":7,"latitude":1,"longitude":2,"at":"soon"}"#, "invalid", "soon"),
            (r#"{"unit":7,"latitude":1,"longitude":2,"at":1868471200}"#, "invalid", "ahead"),
            (r#"{"unit":7,"latitude":1,"longitude":2,"parameters":[]}"#, "invalid", "parameters"),
            (r#"{"unit":7,"lat":1,"lon":2}"#, "invalid", "lat"),
        ] {
            let (said, detail) = refusal(line);
            assert!(said == code && detail.contains(about), "{line}: {said} {detail}");
        }
    }

    #[test]
    fn what_is_no_batch_says_so() {
        for body in ["", " \n", "[]", "[{]", "\u{feff}"] {
            let read = read(body.as_bytes(), &names(), now());
            assert!(matches!(read, Err(Wrong::Syntax(_))) || read.is_ok_and(|(kept, _)| kept.is_empty()), "{body}");
        }
        assert!(matches!(read(&[0xff, 0xfe], &names(), now()), Err(Wrong::Syntax(_))));
        assert!(matches!(read("7\n".repeat(LIMIT + 1).as_bytes(), &names(), now()), Err(Wrong::TooMany)));
    }
}
