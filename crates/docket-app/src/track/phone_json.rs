//! What newer phone trackers post: JSON, one message or several.
//!
//! Two layouts are known. Traccar Client sends one nested message, or an array of locations:
//!
//! ```json
//! {"device_id": "48241179", "location": {"timestamp": "2026-01-15T10:00:00.862Z", "is_moving": true, "odometer": 0,
//!   "coords": {"latitude": 52.09, "longitude": 5.12, "accuracy": 5, "speed": 6.2, "heading": 90, "altitude": 5},
//!   "event": "motionchange", "battery": {"level": 0.81, "is_charging": false}, "activity": {"type": "in_vehicle"}}}
//! ```
//!
//! Its speed is in metres per second, its battery a share of 1, and -1 is not known. Apps built with Traccar's client
//! library send an array of objects whose members are those of the form: `[{"id": "48241179", "lat": 52.09, …}]`.
//! What the address's query says (`?password=…`) holds for all of them.

use super::phone::{Message, Reading};
use docket_core::Timestamp;
use docket_dialects::form;
use serde_json::{Map, Value};

/// The most messages of one request.
const MESSAGES_LIMIT: usize = 1000;
const KMH_PER_MPS: f64 = 3.6;

/// Reads the messages, and what is wrong with the first that is none.
pub(super) fn messages(query: &str, body: &[u8], now: Timestamp) -> Result<(Vec<Message>, Option<String>), String> {
    let json: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let mut base = Reading::default();
    for field in form::fields(query.as_bytes()) {
        base.put(&field.name, &field.text())?;
    }
    let objects = match json {
        Value::Array(objects) => objects,
        object => vec![object],
    };
    let (mut messages, mut wrong) = (Vec::new(), None);
    for object in objects {
        for read in read(&base, &object) {
            if messages.len() >= MESSAGES_LIMIT {
                return Err(format!("more than {MESSAGES_LIMIT} messages"));
            }
            match read.and_then(|reading| reading.finish(now)) {
                Ok(message) => messages.push(message),
                Err(why) => {
                    wrong.get_or_insert(why);
                }
            }
        }
    }
    if messages.is_empty() && wrong.is_none() {
        return Err("there is no message".to_owned());
    }
    Ok((messages, wrong))
}

/// The readings of one object: several where its location is an array.
fn read(base: &Reading, object: &Value) -> Vec<Result<Reading, String>> {
    let Some(members) = object.as_object() else { return vec![Err("a message is a JSON object".to_owned())] };
    let nested = |location: &Value| match location.as_object() {
        Some(location) => nested(base.clone(), members, location),
        None => Err("location: is no object".to_owned()),
    };
    match members.get("location") {
        Some(location @ Value::Object(_)) => vec![nested(location)],
        Some(Value::Array(locations)) => locations.iter().map(nested).collect(),
        _ => vec![flat(base.clone(), members)],
    }
}

/// A scalar as the form writes it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Members as those of the form.
fn flat(mut reading: Reading, members: &Map<String, Value>) -> Result<Reading, String> {
    for (name, value) in members {
        let name = if name == "device_id" { "id" } else { name };
        if let Some(text) = text(value) {
            reading.put(name, &text)?;
        }
    }
    Ok(reading)
}

fn nested(
    mut reading: Reading,
    members: &Map<String, Value>,
    location: &Map<String, Value>,
) -> Result<Reading, String> {
    for name in ["device_id", "id", "password"] {
        if let Some(text) = members.get(name).and_then(text) {
            reading.put(if name == "password" { name } else { "id" }, &text)?;
        }
    }
    if let Some(at) = location.get("timestamp").and_then(text) {
        reading.taken_at(&at)?;
    }
    let coords = location.get("coords");
    let coord = |name: &str| coords.and_then(|coords| coords.get(name)?.as_f64());
    // What is not known is -1.
    let known = |name: &str| coord(name).filter(|number| *number >= 0.0);
    reading.place = (coord("latitude"), coord("longitude"));
    reading.speed_kmh = known("speed").map(|speed| (speed * KMH_PER_MPS * 1000.0).round() / 1000.0);
    reading.course = known("heading").map(|heading| heading.rem_euclid(360.0));
    reading.altitude_m = coord("altitude");
    if let Some(accuracy) = known("accuracy") {
        reading.add("accuracy", accuracy.into());
    }
    let battery = |name: &str| location.get("battery").and_then(|battery| battery.get(name));
    if let Some(level) = battery("level").and_then(Value::as_f64).filter(|level| *level >= 0.0) {
        reading.add("batt", ((level * 1000.0).round() / 10.0).into());
    }
    if let Some(is_charging) = battery("is_charging").and_then(Value::as_bool) {
        reading.add("charge", is_charging.into());
    }
    if let Some(activity) = location.get("activity").and_then(|activity| activity.get("type")) {
        reading.add("activity", activity.clone());
    }
    for name in ["is_moving", "odometer", "event", "mock"] {
        if let Some(value) = location.get(name) {
            reading.add(name, value.clone());
        }
    }
    for (name, value) in location.get("extras").and_then(Value::as_object).into_iter().flatten() {
        if let Some(text) = text(value) {
            // An alarm among them is one.
            if name == "alarm" {
                reading.put(name, &text)?;
            } else {
                reading.add(name, value.clone());
            }
        }
    }
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-01-15T10:00:00Z".parse().unwrap()
    }

    fn read_all(query: &str, body: &Value) -> (Vec<Message>, Option<String>) {
        messages(query, body.to_string().as_bytes(), now()).unwrap()
    }

    #[test]
    fn the_nested_layout() {
        let body = json!({
            "location": {
                "timestamp": "2026-01-15T09:45:12.862Z",
                "coords": {"latitude": 37.4219983, "longitude": -122.084, "accuracy": 5, "speed": 18.67,
                           "speed_accuracy": 0.26, "heading": 63, "altitude": 35.7},
                "is_moving": true, "odometer": 12, "event": "motionchange", "uuid": "0e9a2473",
                "battery": {"level": 0.79, "is_charging": false}, "activity": {"type": "in_vehicle", "confidence": 90},
                "extras": {"job": "7"}, "_": "&id=48241179&lat=37.4219983&lon=-122.084&"
            },
            "device_id": "48241179"
        });
        let (messages, wrong) = read_all("password=secret", &body);
        let [message] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!((message.id.as_str(), message.password.as_str(), wrong), ("48241179", "secret", None));
        let position = message.report.position.unwrap();
        assert_eq!((position.latitude, position.longitude), (37.4219983, -122.084));
        assert_eq!((position.speed_kmh, position.course, position.altitude_m), (Some(67.212), Some(63.0), Some(35.7)));
        assert_eq!(position.at.as_millisecond(), 1_768_470_312_862);
        let more: Value = serde_json::from_str(message.report.parameters.as_deref().unwrap()).unwrap();
        assert_eq!(
            more,
            json!({"accuracy": 5.0, "batt": 79.0, "charge": false, "activity": "in_vehicle", "is_moving": true,
                   "odometer": 12, "event": "motionchange", "job": "7"})
        );
    }

    #[test]
    fn minus_one_is_not_known() {
        let location = json!({"coords": {"latitude": 1, "longitude": 2, "accuracy": -1, "speed": -1, "heading": -1},
            "battery": {"level": -1}});
        let (messages, _) = read_all("", &json!({"device_id": 7, "location": location}));
        let report = &messages[0].report;
        let position = report.position.unwrap();
        assert_eq!((messages[0].id.as_str(), position.speed_kmh, position.course), ("7", None, None));
        assert_eq!((report.at, report.parameters.as_deref()), (now(), None));
    }

    #[test]
    fn arrays_of_either() {
        let flat = json!([
            {"id": "7", "lat": 52.09, "lon": 5.12, "timestamp": 1_768_470_000, "speed": 10.0, "batt": 81, "charge": true},
            {"id": "7", "lat": 95, "lon": 5.12},
            {"id": "7", "lat": 52.1, "lon": 5.13, "timestamp": 1_768_470_060, "alarm": "sos"}
        ]);
        let (messages, wrong) = read_all("", &flat);
        assert_eq!((messages.len(), wrong.as_deref()), (2, Some("lat, lon: are no place")));
        assert_eq!(messages[0].report.position.unwrap().speed_kmh, Some(18.52));
        assert_eq!(messages[0].report.parameters.as_deref(), Some(r#"{"batt":81,"charge":"true"}"#));
        assert!(messages[1].report.alarm);
        let location = |latitude: f64| json!({"coords": {"latitude": latitude, "longitude": 2}});
        let (messages, wrong) = read_all("", &json!({"device_id": "7", "location": [location(1.0), location(2.0)]}));
        assert_eq!((messages.len(), wrong), (2, None));
    }

    #[test]
    fn what_is_none_says_so() {
        for body in ["{", "7", "[]", "{}", "[7]", r#"{"location":{"coords":{"latitude":1,"longitude":2}}}"#] {
            let read = messages("", body.as_bytes(), now());
            assert!(
                read.is_err() || read.as_ref().is_ok_and(|(kept, wrong)| kept.is_empty() && wrong.is_some()),
                "{body}"
            );
        }
        let many = Value::Array(vec![json!({"id": "7"}); 1001]);
        assert!(messages("", many.to_string().as_bytes(), now()).is_err());
    }
}
