//! Pruvan's JSON, read leniently and kept as it was written.
//!
//! Orders carry free members that come back unchanged (`attribute7` … `attribute30`, `source_wo_*`, whatever else a
//! remote system adds), so nothing here turns JSON into a tree and back: see [`crate::json`].

pub mod item;
pub mod survey;

pub use crate::json::{Pairs, Scalar, inspect, is_sound, quoted, scalar, some_text};
use docket_core::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// How many members one order may have, those it collected over updates included.
pub const MEMBERS_LIMIT: usize = 1000;
/// The longest push key kept: a URL.
const PUSHKEY_BYTES: usize = 2048;
/// How many services one order may have.
pub const SERVICES_LIMIT: usize = 1000;

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

    /// Without a member.
    pub fn without(&self, name: &str) -> String {
        let mut object = Object::default();
        for (name, value) in self.iter().filter(|(known, _)| *known != name) {
            object.raw(name, value);
        }
        object.finish()
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
    #[serde(expecting = "an object with workOrders, or an array of orders")]
    struct Wrapped<'a> {
        #[serde(borrow, rename = "workOrders")]
        work_orders: Option<Vec<&'a RawValue>>,
    }
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
    /// Of `getWorkOrders`: only what changed since. An item's `timestamp` is something else.
    pub timestamp: Option<String>,
}

impl Payload {
    /// Reads a payload. The error is for the caller to read.
    pub fn read(text: &str) -> Result<Payload, String> {
        inspect(text)?;
        let pairs = Pairs::read(text).ok_or("payload is no JSON object")?;
        let text_of = |name: &str| some_text(pairs.get(name)).map(Cow::into_owned);
        let pushkey = text_of("pushkey");
        if pushkey.as_ref().is_some_and(|pushkey| pushkey.len() > PUSHKEY_BYTES) {
            return Err(format!("pushkey is longer than {PUSHKEY_BYTES} bytes"));
        }
        Ok(Payload {
            username: text_of("username").unwrap_or_default(),
            password: text_of("password").unwrap_or_default(),
            token: text_of("token").unwrap_or_default(),
            pushkey,
            timestamp: text_of("timestamp"),
        })
    }

    /// The moment since which changes are wanted; none wants everything. The error is for the caller to read.
    pub fn since(&self) -> Result<Option<Timestamp>, String> {
        let Some(text) = &self.timestamp else { return Ok(None) };
        let seconds = seconds(text.trim()).ok_or("timestamp is no number of seconds")?;
        Timestamp::from_second(seconds).map(Some).map_err(|_| "timestamp is out of range".to_owned())
    }
}

fn seconds(text: &str) -> Option<i64> {
    // Some callers count fractions of a second.
    text.parse().ok().or_else(|| text.split_once('.').and_then(|(whole, _)| whole.parse().ok()))
}
