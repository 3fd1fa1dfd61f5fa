//! What is kept of an order at its source.

use crate::connect::{ConnectError, Remote};
use crate::ppw::map::items;
use docket_core::Timestamp;
use docket_core::ids::Serial;
use docket_core::ledger::Fault;
use docket_core::order::Item;
use serde::{Deserialize, Serialize};

/// How many answered transactions are remembered of an order.
const ANSWERED: usize = 200;
/// From here on downwards our own ids of what is sent lie; places of items lie far below.
const TOP: i64 = 99_999;

/// What is kept of an order at its source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mirror {
    /// Its `report_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<i64>,
    /// It was taken over with everything, and the source knows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) imported: bool,
    /// What of it could not be had yet, by event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lacks: Vec<String>,
    /// Transactions that were answered, the last ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) answered: Vec<String>,
    /// Transactions that were done here, and whose answer the source is not known to have: they are answered, not done
    /// again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) heeded: Vec<Heeded>,
    /// The source ended it: by which word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<String>,
    /// Which cancellation was heeded, by its `cancel_timestamp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) canceled: Option<String>,
    /// How it was last sent back by a source that names no transactions, and when that was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<(String, Timestamp)>,
    /// The source may have changed it while that was not heeded: once it is open it is read anew.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stale: bool,
    /// Ids of ours given so far.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) given: i64,
    /// What was sent, or is being.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) told: Vec<Told>,
    /// That there are no bids and completions was said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) confirmed: bool,
    /// Since when ready for office is being said, or was and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) readying: Option<Timestamp>,
    /// Ready for office was said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) ready: bool,
    /// Everything is to be said again that can be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) anew: bool,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A transaction that was done here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Heeded {
    /// Its id.
    pub(super) transaction: String,
    /// Why it could not be done, for the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// Something that was sent, or is being.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Which thing here.
    #[serde(flatten)]
    pub(super) thing: Thing,
    /// Under which id of ours.
    pub(super) id: i64,
    /// What is said, digested; empty while nothing is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) said: String,
    /// The source has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) done: bool,
    /// How often the source said no to it.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub(super) refused: u32,
}

fn is_none_yet(count: &u32) -> bool {
    *count == 0
}

/// A thing here that is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Thing {
    /// The word of its kind.
    pub(super) kind: String,
    /// The connection it came through here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<i64>,
    /// Its id here.
    pub(super) item: String,
}

impl Thing {
    /// An item.
    pub(super) fn of(item: &Item) -> Thing {
        let by = item.origin.connection.map(|id| id.0);
        Thing { kind: item.kind().word().to_owned(), by, item: item.id.clone() }
    }

    /// Something that is no item.
    pub(super) fn named(kind: &str, name: &str) -> Thing {
        Thing { kind: kind.to_owned(), by: None, item: name.to_owned() }
    }
}

impl Mirror {
    /// What is kept of an order.
    pub(super) async fn of(remote: &Remote<'_>, order: Serial) -> Result<Mirror, ConnectError> {
        let Some(text) = remote.mirror(order).await? else { return Ok(Mirror::default()) };
        let unreadable = |error| Fault::Store(format!("the mirror of order {order} cannot be read: {error}"));
        serde_json::from_str(&text).map_err(|error| unreadable(error).into())
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        // There is nothing in it that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Keeps it; on disk when this answers.
    pub(super) async fn keep(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        Ok(remote.keep(order, Some(self.text())).await?)
    }

    /// The mirror after which everything is said again; `None` when the order is not taken over yet.
    pub(super) fn anew(text: &str) -> Option<String> {
        let mirror: Mirror = serde_json::from_str(text).ok()?;
        mirror.id?;
        Some(Mirror { anew: true, ..mirror }.text())
    }

    /// Whether a transaction was answered.
    pub(super) fn has_answered(&self, transaction: &str) -> bool {
        self.answered.iter().any(|known| known == transaction)
    }

    /// What came of a transaction that was done and not answered.
    pub(super) fn heeded(&self, transaction: &str) -> Option<Result<(), String>> {
        let heeded = self.heeded.iter().find(|heeded| heeded.transaction == transaction)?;
        Some(heeded.why.clone().map_or(Ok(()), Err))
    }

    /// Notes that a transaction was done, and what came of it.
    pub(super) fn heed(&mut self, transaction: &str, verdict: &Result<(), String>) {
        self.heeded.retain(|heeded| heeded.transaction != transaction);
        let why = verdict.as_ref().err().cloned();
        self.heeded.push(Heeded { transaction: transaction.to_owned(), why });
    }

    /// Notes that a transaction was answered.
    pub(super) fn answer(&mut self, transaction: String) {
        self.heeded.retain(|heeded| heeded.transaction != transaction);
        self.answered.push(transaction);
        let over = self.answered.len().saturating_sub(ANSWERED);
        self.answered.drain(..over);
    }

    /// The place of a thing among what was told, given an id when it has none; of several the last.
    pub(super) fn place(&mut self, order: Serial, thing: Thing) -> usize {
        match self.told.iter().rposition(|told| told.thing == thing) {
            Some(place) => place,
            None => self.another(order, thing),
        }
    }

    /// The same, always under a new id: what was said before is revised.
    pub(super) fn another(&mut self, order: Serial, thing: Thing) -> usize {
        let id = items::number(order, TOP - self.given);
        self.given += 1;
        self.told.push(Told { thing, id, said: String::new(), done: false, refused: 0 });
        self.told.len() - 1
    }

    /// Whether an id at the source is one that we gave.
    pub(super) fn is_ours(&self, id: &str) -> bool {
        id.trim().parse().is_ok_and(|id: i64| self.told.iter().any(|told| told.id == id))
    }

    /// What was last said of a thing.
    pub(super) fn last(&self, thing: &Thing) -> Option<&Told> {
        self.told.iter().rfind(|told| told.thing == *thing)
    }

    /// The id under which a thing was first sent.
    pub(super) fn first_id(&self, thing: &Thing) -> Option<i64> {
        self.told.iter().find(|told| told.thing == *thing).map(|told| told.id)
    }
}
