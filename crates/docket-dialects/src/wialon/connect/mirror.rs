//! What is kept of an order at this counterpart.

use crate::connect::{ConnectError, Remote, Settled};
use crate::wialon::map::{LATE, ON_TIME, REJECTED};
use crate::wialon::wire::{Json, Object, integer};
use docket_core::Timestamp;
use docket_core::ids::Serial;
use docket_core::ledger::Fault;
use docket_core::order::Item;
use serde::{Deserialize, Serialize};

/// What is kept of an order at this counterpart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mirror {
    /// Its id there, within the resource; given again once the order is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<i64>,
    /// Its unique id there: what it is known by here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<i64>,
    /// It is being created, or was and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<Intent>,
    /// How often it was created: one that was done there and is to be done again is another order there.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) made: u32,
    /// As it was when it was last seen there, or last said.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub(super) there: Object,
    /// Its parts, as both sides had them last.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub(super) said: Object,
    /// Parts that are being said, or were and the answer was not had: seen there they are no news.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub(super) saying: Object,
    /// It is no longer listed there: in the history, or deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) gone: bool,
    /// Which file there is which file here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<Link>,
    /// Everything is to be said again that can be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) anew: bool,
}

/// A `create` that is about to be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Intent {
    /// When.
    pub(super) at: Timestamp,
    /// With which custom id and name: what it is recognised by where our mark does not come back.
    pub(super) cid: String,
    pub(super) name: String,
    /// A person found it there under this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<i64>,
}

/// A file there and the file here that it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    /// The name it goes by there.
    pub(super) name: String,
    /// The connection it came through here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<i64>,
    /// Its id here.
    pub(super) item: String,
    /// The content it had here when it was attached.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) blob: String,
    /// Its size there, and when it was last written.
    pub(super) size: i64,
    pub(super) at: i64,
    /// It is being attached since then, or was and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sending: Option<Timestamp>,
    /// It was there before: what is listed may be what it was then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) again: bool,
    /// It was taken away there: it is not attached again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) gone: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Link {
    /// Whether it is that file here.
    pub(super) fn is(&self, item: &Item) -> bool {
        self.item == item.id && self.connection == item.origin.connection.map(|id| id.0)
    }
}

impl Mirror {
    /// What is kept of an order. A text that cannot be read may hold an intent, so it is a fault rather than nothing.
    pub(super) async fn of(remote: &Remote<'_>, order: Serial) -> Result<Mirror, ConnectError> {
        let Some(text) = remote.mirror(order).await? else { return Ok(Mirror::default()) };
        let unreadable = |error| Fault::Store(format!("the mirror of order {order} cannot be read: {error}"));
        serde_json::from_str(&text).map_err(|error| unreadable(error).into())
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        // Maps have text keys: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Keeps it; on disk when this answers.
    pub(super) async fn keep(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        Ok(remote.keep(order, Some(self.text())).await?)
    }

    /// The mirror after a person said what became of an order: the id, or the unique id, is looked up the next time.
    pub(super) fn settled(text: &str, outcome: &Settled) -> Option<String> {
        let mut mirror: Mirror = serde_json::from_str(text).ok()?;
        let intent = mirror.intent.take()?;
        if let Settled::Done(id) = outcome {
            let found = Some(id.trim().parse::<i64>().ok().filter(|id| *id > 0)?);
            mirror.intent = Some(Intent { found, ..intent });
        }
        Some(mirror.text())
    }

    /// The mirror after which everything is said again that can be; `None` when nothing was said yet.
    pub(super) fn anew(text: &str) -> Option<String> {
        let mirror: Mirror = serde_json::from_str(text).ok()?;
        mirror.uid?;
        Some(Mirror { anew: true, ..mirror }.text())
    }

    fn number(&self, name: &str) -> i64 {
        self.there.get(name).and_then(integer).unwrap_or(0)
    }

    /// Its status there.
    pub(super) fn s(&self) -> i64 {
        self.number("s")
    }

    /// The unit there that has it.
    pub(super) fn u(&self) -> i64 {
        self.number("u")
    }

    /// It is done there.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.s(), ON_TIME | LATE)
    }

    /// It is rejected or called off there.
    pub(super) fn is_rejected(&self) -> bool {
        self.s() == REJECTED
    }

    /// What was said and is there now.
    pub(super) fn note(&mut self, members: impl IntoIterator<Item = (&'static str, Json)>) {
        self.there.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
}
