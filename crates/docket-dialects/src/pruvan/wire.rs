//! Pruvan's JSON, read leniently and kept as it was written.
//!
//! Orders carry free members that come back unchanged (`attribute7` … `attribute30`, `source_wo_*`, whatever else a
//! remote system adds), so nothing here turns JSON into a tree and back: objects are lists of names and the exact
//! text of their values.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// How deep the JSON of a request may nest.
pub const DEPTH_LIMIT: usize = 64;
/// How many members one order may have, those it collected over updates included.
pub const MEMBERS_LIMIT: usize = 1000;
/// How many services one order may have.
pub const SERVICES_LIMIT: usize = 1000;

/// A name and the exact text of its value.
pub type Pair<'a> = (Cow<'a, str>, &'a RawValue);

/// The members of an object, in the order sent, a name sent twice included twice.
pub struct Pairs<'a>(pub Vec<Pair<'a>>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'a> Pairs<'a> {
    /// The members of an object's text; `None` when it is no object.
    pub fn read(text: &'a str) -> Option<Pairs<'a>> {
        serde_json::from_str(text).ok()
    }

    /// The value of a name: the last one, should it be there twice.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// The members of an object, each name once: at its first place, with its last value.
#[derive(Default)]
pub struct Members<'a> {
    list: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    index: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Members<'a> {
    /// The members of an object's text; none when it is no object.
    pub fn read(text: &'a str) -> Members<'a> {
        let mut members = Members::default();
        for (name, value) in Pairs::read(text).map(|pairs| pairs.0).unwrap_or_default() {
            members.put(name, Cow::Borrowed(value.get()));
        }
        members
    }

    /// Writes a member; whether that made a difference.
    pub fn put(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) -> bool {
        match self.index.get(&name).and_then(|&at| self.list.get_mut(at)) {
            Some((_, known)) if *known == value => false,
            Some((_, known)) => {
                *known = value;
                true
            }
            None => {
                self.index.insert(name.clone(), self.list.len());
                self.list.push((name, value));
                true
            }
        }
    }

    /// The text of a member's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.index.get(name).and_then(|&at| self.list.get(at)).map(|(_, value)| value.as_ref())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The object's text.
    pub fn text(&self) -> String {
        let mut object = Object::default();
        for (name, value) in self.iter() {
            object.raw(name, value);
        }
        object.finish()
    }
}

/// The elements of an array's text; `None` when it is no array.
pub fn elements(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text).ok()
}

/// The orders of a push.
pub struct Envelope<'a> {
    /// One text each.
    pub orders: Vec<&'a RawValue>,
    /// They hold what JSON allows and not every reader understands: see [`is_sound`].
    pub delicate: bool,
}

/// Reads `{"workOrders":[…]}`, or the bare array. The error is for the caller to read.
pub fn envelope(text: &str) -> Result<Envelope<'_>, String> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow, rename = "workOrders")]
        work_orders: Option<Vec<&'a RawValue>>,
    }
    let text = text.trim_start_matches('\u{feff}');
    let delicate = inspect(text)?;
    let unreadable = |error: serde_json::Error| format!("workOrders cannot be read: {error}");
    let orders = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(unreadable)?
    } else {
        let wrapped: Wrapped<'_> = serde_json::from_str(text).map_err(unreadable)?;
        wrapped.work_orders.ok_or("workOrders is missing")?
    };
    Ok(Envelope { orders, delicate })
}

/// Looks at every byte once: refuses text that nests deeper than [`DEPTH_LIMIT`], and tells whether it is delicate,
/// that is, has escapes of surrogates or numbers that may be beyond all bounds.
pub fn inspect(text: &str) -> Result<bool, String> {
    let (mut depth, mut quoted, mut escaped, mut delicate, mut digits) = (0_usize, false, false, false, 0_usize);
    for byte in text.bytes() {
        if quoted {
            match byte {
                _ if escaped => {
                    delicate |= byte == b'u';
                    escaped = false;
                }
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_LIMIT {
                    return Err(format!("the JSON nests deeper than {DEPTH_LIMIT} levels"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let numeric = byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E');
        delicate |= digits > 0 && (matches!(byte, b'e' | b'E') || digits > 300);
        digits = if numeric { digits + usize::from(byte.is_ascii_digit() || digits > 0) } else { 0 };
    }
    Ok(delicate)
}

/// Whether every reader will understand the text: half a surrogate pair or `1e999` is valid JSON that most refuse.
pub fn is_sound(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// What a value says where a text is expected. Numbers and booleans count as their own spelling.
#[derive(Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// An object, an array, or a string that cannot be decoded.
    Other,
}

/// Reads a value where a text is expected.
pub fn scalar(value: &str) -> Scalar<'_> {
    match value.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<Name<'_>>(value) {
            Ok(Name(text)) => Scalar::Text(text),
            Err(_) => Scalar::Other,
        },
        Some(b'n') => Scalar::Null,
        Some(b'{' | b'[') | None => Scalar::Other,
        Some(_) => Scalar::Text(Cow::Borrowed(value)),
    }
}

/// The text of a value where it is one and not blank.
pub fn some_text(value: Option<&RawValue>) -> Option<Cow<'_, str>> {
    match scalar(value?.get()) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text),
        Scalar::Null | Scalar::Text(_) | Scalar::Other => None,
    }
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    // Writing a str into a String has no way to fail.
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// An object being written.
#[derive(Default)]
pub struct Object {
    out: String,
}

impl Object {
    /// One more member whose value is JSON text already.
    pub fn raw(&mut self, name: &str, value: &str) {
        self.out.push(if self.out.is_empty() { '{' } else { ',' });
        self.out.push_str(&quoted(name));
        self.out.push(':');
        self.out.push_str(value);
    }

    /// One more member.
    pub fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quoted(value));
    }

    /// The object's text.
    pub fn finish(mut self) -> String {
        if self.out.is_empty() {
            self.out.push('{');
        }
        self.out.push('}');
        self.out
    }
}

/// Credentials and parameters of a web service call (`payload`).
#[derive(Default)]
pub struct Payload {
    /// The remote-system user.
    pub username: String,
    /// Lower-case hexadecimal SHA-1 of the password.
    pub password: String,
    /// The second credential, in clear.
    pub token: String,
    /// Where to push to from now on.
    pub pushkey: Option<String>,
    /// Only what changed since: seconds.
    pub timestamp: Option<i64>,
}

impl Payload {
    /// Reads a payload. The error is for the caller to read.
    pub fn read(text: &str) -> Result<Payload, String> {
        inspect(text)?;
        let pairs = Pairs::read(text).ok_or("payload is no JSON object")?;
        let text_of = |name: &str| some_text(pairs.get(name)).map(Cow::into_owned);
        let timestamp = match text_of("timestamp") {
            None => None,
            Some(text) => Some(seconds(text.trim()).ok_or("timestamp is no number of seconds")?),
        };
        Ok(Payload {
            username: text_of("username").unwrap_or_default(),
            password: text_of("password").unwrap_or_default(),
            token: text_of("token").unwrap_or_default(),
            pushkey: text_of("pushkey"),
            timestamp,
        })
    }
}

fn seconds(text: &str) -> Option<i64> {
    // Some callers count fractions of a second.
    text.parse().ok().or_else(|| text.split_once('.').and_then(|(whole, _)| whole.parse().ok()))
}
