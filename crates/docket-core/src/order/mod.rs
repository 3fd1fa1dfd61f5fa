//! The canonical order and its journal.

pub mod decide;
pub mod fields;
pub mod item;
pub mod state;
pub mod value;

pub use decide::{Command, Decision, Identity, Move, Rejection, decide};
pub use fields::{Field, Fields, Owner};
pub use item::{
    Answer, Attachment, Body, Charge, ChargeKind, CheckIn, Choice, ChoiceAnswer, Form, Item, ItemKind, ItemRef, Note,
    Point, Question, Stage,
};
pub use state::{State, Transition};
pub use value::{Kind, Task, Value};

use crate::authority::Refused;
use crate::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Revision, Sequence, Serial};
use crate::trace::Trace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A key a counterpart knows the order by: unique per connection and namespace among active orders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalKey {
    /// Whose key it is.
    pub connection: ConnectionId,
    /// What kind of key: `number`, `idempotency`, `transaction` …
    pub namespace: String,
    /// The key, compared byte for byte.
    pub key: String,
}

/// Where an order came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The connection that created it; `None` for the native API and the CLI.
    pub connection: Option<ConnectionId>,
    /// The dialect it came in: `pruvan`, …, or `native`.
    pub dialect: String,
}

/// What an importer said about something it was handed (PPW `ack_transaction`).
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledgement {
    /// Who said it.
    pub connection: ConnectionId,
    /// About which transaction.
    pub transaction: String,
    /// Taken over, or refused.
    pub success: bool,
    /// The reason given, if any.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// One order, as one ledger entry after another made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Identity (UUIDv7).
    pub id: OrderId,
    /// Identity, as a number.
    pub serial: Serial,
    /// The tenant.
    pub account: AccountId,
    /// Where it came from.
    pub origin: Origin,
    /// How many entries it has had.
    pub revision: Revision,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: Timestamp,
    /// Time of the first entry (or what the originator said, for imported history).
    pub created_at: Timestamp,
    /// Time of the last entry that changed anything.
    pub updated_at: Timestamp,
    /// Who made the last entry that changed anything.
    pub updated_by: String,
    /// What it says.
    pub fields: Fields,
    /// What a dialect keeps with it, as that dialect's own JSON text: unknown members and original spellings.
    /// A spelling counts only while it still means the canonical value.
    pub wire: BTreeMap<String, String>,
    /// The revision that last wrote a field; absent means the first.
    pub written: BTreeMap<Field, Revision>,
    /// Keys counterparts know it by.
    pub keys: Vec<ExternalKey>,
    /// Connections it is routed to.
    pub routed_to: Vec<ConnectionId>,
    /// Importers that said they have it.
    pub imported_by: Vec<ConnectionId>,
    /// What importers answered.
    pub acknowledgements: Vec<Acknowledgement>,
    /// What the field sent back and what was said about it, in the order it came.
    pub items: Vec<Item>,
    /// The last place given to an item.
    pub item_places: i64,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It came to be, like this.
    Created(Box<Order>),
    /// A field was written.
    Set {
        /// Which.
        field: Field,
        /// What it was.
        from: Value,
        /// What it is.
        to: Value,
    },
    /// It moved through its life cycle.
    Moved {
        /// From where.
        from: State,
        /// To where.
        to: State,
    },
    /// A dialect's own bag was replaced.
    Wire {
        /// Whose.
        dialect: String,
        /// The JSON text that was there.
        from: Option<String>,
        /// The JSON text that is there.
        to: Option<String>,
    },
    /// A counterpart knows it by this key.
    Keyed(ExternalKey),
    /// The key is free again.
    Unkeyed(ExternalKey),
    /// It is routed to a connection.
    Routed(ConnectionId),
    /// An importer has it.
    Imported(ConnectionId),
    /// An importer answered.
    Acknowledged(Acknowledgement),
    /// An item was added, or replaced.
    Put {
        /// What was there.
        from: Option<Box<Item>>,
        /// What is there.
        to: Box<Item>,
    },
    /// An item was taken away.
    Removed(Box<Item>),
}

/// One entry of the journal: what one command did, or tried to do, to one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Place in the account's journal; 0 until the store assigned it.
    pub sequence: Sequence,
    /// The order.
    pub order: OrderId,
    /// The order's number.
    pub serial: Serial,
    /// Which entry of this order it is.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
    /// The connection behind it, if one is.
    pub connection: Option<ConnectionId>,
    /// Who did it, for people: `pruvan acme`, `token ci`, `hub`.
    pub actor: String,
    /// The wire exchange it came in.
    pub exchange: Option<ExchangeId>,
    /// The trace it is part of, where that is not the exchange's own.
    pub trace: Option<Trace>,
    /// What happened.
    pub changes: Vec<Change>,
    /// Which writes were refused, and by which rule.
    pub refused: Vec<Refused>,
    /// What was accepted though not advised.
    pub advisories: Vec<String>,
}

impl Entry {
    /// One word for what happened.
    pub fn verb(&self) -> &'static str {
        let mut verb = if self.refused.is_empty() { "updated" } else { "refused" };
        for change in &self.changes {
            match change {
                Change::Created(_) => return "created",
                Change::Moved { to, .. } => return to.word(),
                Change::Set { .. } => verb = "updated",
                Change::Put { from: None, to } => verb = added(to.kind()),
                Change::Put { .. } => verb = "updated",
                Change::Removed(_) => verb = "removed",
                Change::Acknowledged(_) => verb = "acknowledged",
                Change::Imported(_) => verb = "imported",
                Change::Routed(_) => verb = "routed",
                Change::Wire { .. } | Change::Keyed(_) | Change::Unkeyed(_) => verb = "updated",
            }
        }
        verb
    }
}

/// One word for an item that came.
fn added(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Note => "noted",
        ItemKind::Attachment => "attached",
        ItemKind::Form => "filled in",
        ItemKind::CheckIn => "checked in",
        ItemKind::Charge => "charged",
        ItemKind::Question => "asked",
    }
}

impl Order {
    /// The state of an order is the fold of its entries.
    ///
    /// `None` when the first entry is no creation.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<Order> {
        let mut entries = entries.into_iter();
        let mut order = match entries.next()?.changes.first()? {
            Change::Created(order) => (**order).clone(),
            _ => return None,
        };
        for entry in entries {
            order.apply(entry);
        }
        Some(order)
    }

    /// What one more entry makes of the order. Plain bookkeeping: all judgement was [`decide`]'s.
    pub fn apply(&mut self, entry: &Entry) {
        self.revision = entry.revision;
        if !entry.changes.is_empty() {
            self.updated_at = entry.at;
            self.updated_by.clone_from(&entry.actor);
        }
        for change in &entry.changes {
            match change {
                Change::Created(order) => *self = (**order).clone(),
                Change::Set { field, to, .. } => {
                    self.fields.set(*field, to.clone());
                    self.written.insert(*field, entry.revision);
                }
                Change::Moved { to, .. } => {
                    self.state = *to;
                    self.state_since = entry.at;
                }
                Change::Wire { dialect, to, .. } => match to {
                    Some(text) => {
                        self.wire.insert(dialect.clone(), text.clone());
                    }
                    None => {
                        self.wire.remove(dialect);
                    }
                },
                Change::Keyed(key) => self.keys.push(key.clone()),
                Change::Unkeyed(key) => self.keys.retain(|kept| kept != key),
                Change::Routed(connection) => self.routed_to.push(*connection),
                Change::Imported(connection) => self.imported_by.push(*connection),
                Change::Acknowledged(acknowledgement) => self.acknowledgements.push(acknowledgement.clone()),
                Change::Put { to, .. } => self.put((**to).clone()),
                Change::Removed(item) => self.items.retain(|known| !known.is_same(item)),
            }
        }
    }

    /// Somebody is on it.
    pub fn is_assigned(&self) -> bool {
        self.fields.unit.is_some() || self.fields.person.is_some() || self.fields.crew.is_some()
    }

    /// The field that names who is on it: of those set, the one written last. Dialects assign in their own terms and
    /// leave the others' alone, so an older word may still stand beside a newer one.
    pub fn assignee(&self) -> Option<Field> {
        let written = |field: &Field| self.written.get(field).copied().unwrap_or(Revision(1));
        // Of several written at once the last of this list counts.
        let fields = [Field::Crew, Field::Unit, Field::Person];
        fields.into_iter().filter(|&field| self.fields.get(field) != Value::Null).max_by_key(written)
    }

    /// The dialect's own bag, as JSON text.
    pub fn wire(&self, dialect: &str) -> Option<&str> {
        self.wire.get(dialect).map(String::as_str)
    }
}
