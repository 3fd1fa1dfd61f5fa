//! JSON as it was written: objects as lists of names and the exact text of their values.
//!
//! For callers whose free members come back unchanged, and for reading a few members of a text that nobody has vouched
//! for yet: nothing here builds a tree, so a small body cannot become a large one in memory.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// How deep the JSON of a request may nest.
pub const DEPTH_LIMIT: usize = 64;

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
