//! The envelope, read leniently, and the objects inside it, written as documented.

use super::error::Error;
use crate::dialect::WireRequest;
use crate::form;
use crate::json::{Pairs, inspect, some_text};
use docket_core::Timestamp;
use docket_core::ids::Serial;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

pub(super) mod rows;
pub(super) mod sent;

pub(super) use rows::{
    Cancelled, FileRow, FormRow, FrontPhoto, JobNote, Listed, NewNote, Number, PhotoMetadata, PlainNote,
};

/// A JSON object, members in the order they came.
pub(super) type Members = Map<String, Value>;

/// A request: who calls, which event, with which data.
pub(super) struct Envelope {
    /// Account user name.
    pub username: String,
    /// Hexadecimal SHA-1 of the password, in lower case whatever the caller sent.
    pub password: String,
    /// The calling installation; opaque, because the vendor's own samples are no UUIDs.
    pub site_id: String,
    /// Which event.
    pub event_name: String,
    event_data: String,
}

impl Envelope {
    /// Reads the form variable `payload` in whatever encoding it came.
    pub(super) async fn read(request: &WireRequest) -> Result<Envelope, Error> {
        let found = form::json_candidates(request.header("content-type"), &request.body, "payload").await;
        if found.is_empty() {
            return Err(Error::Payload("is missing"));
        }
        found.iter().find_map(|text| Envelope::of(text)).ok_or(Error::Payload("is not a valid JSON object"))
    }

    /// From the object's text. Whoever sends it is a stranger yet, so no tree is built of it.
    fn of(text: &[u8]) -> Option<Envelope> {
        let text = std::str::from_utf8(text).ok()?;
        inspect(text).ok()?;
        let members = Pairs::read(text)?;
        // A credential of the wrong type is a wrong credential, and must be answered like one.
        let text = |name: &str| some_text(members.get(name)).map(Cow::into_owned).unwrap_or_default();
        Some(Envelope {
            username: text("username"),
            password: text("password").to_ascii_lowercase(),
            site_id: text("site_id"),
            event_name: text("event_name"),
            event_data: members.get("event_data").map_or("null", |data| data.get()).to_owned(),
        })
    }

    /// The event's own arguments.
    pub(super) fn data(&self) -> Result<EventData, Error> {
        EventData::read(&self.event_data)
    }
}

fn object(text: &[u8]) -> Option<Members> {
    match serde_json::from_slice(text.trim_ascii()) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// The text of a scalar; numbers are texts to some callers.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The whole number of a scalar, sent as a number or as a text.
pub(super) fn integer_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number of a scalar, sent as a number or as a text.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().replace(',', "").parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// Whether a scalar says yes; `None` when it says nothing.
pub(super) fn truth_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "" => None,
            "0" | "false" | "no" | "off" => Some(false),
            _ => Some(true),
        },
        Value::Null => None,
        Value::Array(items) => Some(!items.is_empty()),
        Value::Object(members) => Some(!members.is_empty()),
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The arguments of an event.
pub(super) struct EventData(Members);

impl EventData {
    /// From a JSON text, an object, or one of the ways to say nothing (a PHP caller's empty array among them).
    fn read(data: &str) -> Result<EventData, Error> {
        let parse =
            |text: &str| serde_json::from_str(text).map_err(|_| Error::invalid("event_data", "is not valid JSON"));
        let parsed = match parse(data)? {
            Value::String(text) if text.trim().is_empty() => Value::Null,
            Value::String(text) => parse(text.trim())?,
            other => other,
        };
        match parsed {
            Value::Object(members) => Ok(EventData(members)),
            Value::Null => Ok(EventData(Members::new())),
            Value::Array(items) if items.is_empty() => Ok(EventData(Members::new())),
            _ => Err(Error::invalid("event_data", "is not a JSON object")),
        }
    }

    /// A member that says something.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !is_blank(value))
    }

    /// All of them.
    pub(super) fn members(&self) -> &Members {
        &self.0
    }

    /// A list of objects under the first of these names that says something; a single object need not be in a list.
    pub(super) fn list(&self, names: &[&'static str]) -> Result<Vec<&Members>, Error> {
        let first = names.first().copied().unwrap_or_default();
        let list = match names.iter().find_map(|name| self.get(name)).ok_or(Error::Missing(first))? {
            Value::Array(items) => items.iter().map(Value::as_object).collect(),
            Value::Object(item) => Some(vec![item]),
            _ => None,
        };
        let list: Vec<&Members> = list.ok_or(Error::invalid(first, "is not a list of objects"))?;
        if list.len() > LIST_LIMIT {
            return Err(Error::invalid(first, "holds more than 1000 entries"));
        }
        Ok(list)
    }

    /// The same, where there need not be one.
    pub(super) fn list_or_none(&self, name: &'static str) -> Result<Vec<&Members>, Error> {
        if self.get(name).is_some() { self.list(&[name]) } else { Ok(Vec::new()) }
    }

    /// A text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        self.get(name).map(|value| text_of(value).ok_or(Error::invalid(name, "is not a text"))).transpose()
    }

    /// An order's number in this hub, required.
    pub(super) fn serial(&self, name: &'static str) -> Result<Serial, Error> {
        let value = self.get(name).ok_or(Error::Missing(name))?;
        let number = integer_of(value).filter(|number| *number >= 0);
        number.map(Serial).ok_or(Error::invalid(name, "is not an unsigned integer"))
    }

    /// The moment from which changes are asked for; absent, blank and 0 ask for everything.
    pub(super) fn timestamp(&self) -> Result<Option<Timestamp>, Error> {
        let Some(value) = self.get("timestamp") else { return Ok(None) };
        let seconds = integer_of(value).filter(|seconds| *seconds >= 0);
        let moment = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let moment = moment.ok_or(Error::invalid("timestamp", "is not a Unix time in seconds"))?;
        Ok(Some(moment).filter(|moment| *moment != Timestamp::UNIX_EPOCH))
    }
}

/// An answer's body. `result_data` is finished JSON text.
pub(super) fn envelope(site: &str, failure: Option<&str>, result_data: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(result_data.len() + 160);
    out.extend_from_slice(b"{\"remote_site_id\":");
    out.extend_from_slice(json(&site).as_bytes());
    let (error, success) = if failure.is_some() { ("true", "false") } else { ("false", "true") };
    for part in [",\"error\":", error, ",\"success\":", success, ",\"return_error_msg\":"] {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(json(&failure).as_bytes());
    out.extend_from_slice(b",\"result_data\":");
    out.extend_from_slice(result_data.as_bytes());
    out.push(b'}');
    out
}

/// JSON text of something that always has one (no map with keys that are no texts, no failing serializer).
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The most entries of a list within one event.
const LIST_LIMIT: usize = 1000;

/// The most elements of one answer. The vendor knows no pages: more than this is asked for by a later timestamp.
pub(super) const ELEMENTS_LIMIT: usize = 250_000;

/// A JSON array that grows element by element.
pub(super) struct Elements {
    text: String,
    count: usize,
}

impl Elements {
    /// None yet.
    pub(super) fn new() -> Elements {
        Elements { text: "[".to_owned(), count: 0 }
    }

    /// One more.
    pub(super) fn push<T: Serialize>(&mut self, element: &T) {
        self.push_text(&json(element));
    }

    /// One more, as JSON text.
    pub(super) fn push_text(&mut self, text: &str) {
        if self.count > 0 {
            self.text.push(',');
        }
        self.count += 1;
        self.text.push_str(text);
    }

    /// Whether there is room for more.
    pub(super) fn room(&self) -> Result<(), Error> {
        match self.count {
            0..ELEMENTS_LIMIT => Ok(()),
            _ => Err(Error::invalid("timestamp", "asks for more than one answer holds; name a later one")),
        }
    }

    /// The array as JSON text.
    pub(super) fn finish(mut self) -> String {
        self.text.push(']');
        self.text
    }
}

/// The members of an order's bag that listings need; the rest is skipped, not built.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct BagHead {
    /// The number at the other PPW.
    pub org_wo_num: Value,
    /// The transaction id this order was seeded with.
    pub transaction_id: Value,
}

impl BagHead {
    /// From the bag's JSON text; a bag that is none is as good as empty.
    pub(super) fn read(bag: Option<&str>) -> BagHead {
        bag.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The members of an object that have no other home, as JSON text; `None` when there are none.
pub(super) fn rest(members: &Members, known: &[&str]) -> Option<String> {
    let is_rest = |(name, _): &(&String, &Value)| !known.contains(&name.as_str());
    let rest: Members = members.iter().filter(is_rest).map(|(name, value)| (name.clone(), value.clone())).collect();
    (!rest.is_empty()).then(|| json(&rest))
}

/// The same members under names without blanks: one sample of the vendor's has some within them.
pub(super) fn without_blank_names(members: &Members) -> Members {
    let squeezed = |name: &String| name.split_whitespace().collect::<String>();
    members.iter().map(|(name, value)| (squeezed(name), value.clone())).collect()
}

/// The whole bag; empty when there is none.
pub(super) fn bag(text: Option<&str>) -> Members {
    text.and_then(|text| object(text.as_bytes())).unwrap_or_default()
}
