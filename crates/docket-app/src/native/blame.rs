//! Who said what of an order, and who has the say: for every field the entry that wrote it last, and what was refused.

use crate::hub::{Hub, fault};
use docket_core::authority::{Rule, Standing};
use docket_core::connection::{Caller, Connection};
use docket_core::ledger::Fault;
use docket_core::order::{Change, Entry, Field, Order, Owner, State, Value};
use docket_store::record::value_json;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// One field.
#[derive(Debug, Serialize)]
pub struct Blamed {
    /// Its canonical name, or `status`.
    pub field: &'static str,
    /// What it is.
    pub value: Box<RawValue>,
    /// Who has the say: `originator`, `shared`, `executor`, `hub`.
    pub owner: &'static str,
    /// Whether who asks may write it.
    pub writable: bool,
    /// Why, for people.
    pub why: String,
    /// Who wrote it last; nobody did where it was never set.
    pub last: Option<Said>,
    /// What was offered and not taken, the oldest first.
    pub refused: Vec<Offered>,
}

/// An entry of the journal, in short.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    seq: i64,
    at: String,
    actor: String,
    connection: Option<String>,
    exchange: Option<String>,
}

/// What was not taken.
#[derive(Debug, Serialize)]
pub struct Offered {
    #[serde(flatten)]
    said: Said,
    offered: Box<RawValue>,
    why: &'static str,
}

/// Fields that only the hub writes: what producers made, and whom it told.
const OF_THE_HUB: &[Field] = &[Field::ResultBlob, Field::ResultName, Field::ResultType, Field::Notified];

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value_json(value)).unwrap_or_default()
}

fn owner(field: Field) -> &'static str {
    match field.owner() {
        _ if OF_THE_HUB.contains(&field) => "hub",
        Owner::Originator => "originator",
        Owner::Shared | Owner::Assignment | Owner::Open => "shared",
        Owner::Executor => "executor",
    }
}

const fn reason(rule: Rule) -> &'static str {
    match rule {
        Rule::OriginatorOwned => "it belongs to the system the order came from",
        Rule::AutoAdminOff => "auto admin is off: the system the order came from no longer writes it",
        Rule::ExternalMode => "an external integration does not assign",
        Rule::ExecutorOwned => "it belongs to whoever does the work",
    }
}

/// What who asks may do, and what the system that the order came from would do.
struct Say<'a> {
    standing: Standing,
    origin: Option<&'a Connection>,
}

impl Say<'_> {
    fn on(&self, owner: Owner) -> (bool, String) {
        let allowed = self.standing.may_write(owner, false);
        let Some(origin) = self.origin else {
            return (
                allowed.is_ok(),
                allowed.map_or_else(reason, |()| "everybody who sees the order may write it").to_owned(),
            );
        };
        let name = &origin.name;
        let theirs = origin.as_originator();
        let why = match (owner, theirs, allowed) {
            (_, _, Err(Rule::OriginatorOwned)) => format!("it belongs to {name}, where the order came from"),
            (_, _, Err(rule)) => reason(rule).to_owned(),
            (Owner::Originator, ..) => format!("it belongs to {name}, where the order came from"),
            (Owner::Shared, Standing::Originator { auto_admin: true, .. }, _) => {
                format!("it is shared: auto admin is on, so {name} replaces what is written here when it sends another")
            }
            (Owner::Shared, ..) => {
                format!("it is shared: auto admin is off, so what {name} sends is not taken any more")
            }
            (Owner::Assignment, Standing::Originator { mode, .. }, _) => {
                let may = theirs.may_write(Owner::Assignment, false).is_ok();
                let says = if may { "assigns too, and the last word counts" } else { "does not assign" };
                format!("whoever assigns; {name} is {} and {says}", mode.word())
            }
            (Owner::Executor, Standing::Originator { executes: false, .. }, _) => {
                format!("it is said by whoever does the work; {name} does not write it")
            }
            (Owner::Executor, ..) => format!("it is said by whoever does the work, {name} among them"),
            (Owner::Assignment | Owner::Open, ..) => "everybody who sees the order may write it".to_owned(),
        };
        (allowed.is_ok(), why)
    }
}

/// The order's fields, those first that it has. `None` when nothing is known of it.
pub async fn blame(hub: &Hub, caller: &Caller, order: &Order) -> Result<Vec<Blamed>, Fault> {
    let entries = hub.store().history(order.account, order.serial).await.map_err(fault)?;
    let directory = hub.directory();
    let name = |entry: &Entry| entry.connection.and_then(|id| directory.connection(id)).map(|known| known.name.clone());
    let said = |entry: &Entry| Said {
        seq: entry.sequence.0,
        at: entry.at.to_string(),
        actor: entry.actor.clone(),
        connection: name(entry),
        exchange: entry.exchange.map(|id| id.to_string()),
    };
    let origin = order.origin.connection.and_then(|id| directory.connection(id));
    let say = Say { standing: Standing::of(caller, order), origin: origin.map(Arc::as_ref) };
    let refused = |name: &str| -> Vec<Offered> {
        let of = |entry: &Arc<Entry>| {
            let said = said(entry);
            let refused = entry.refused.iter().filter(|refused| refused.field == name);
            refused
                .map(|refused| Offered {
                    said: said.clone(),
                    offered: raw(&refused.offered),
                    why: reason(refused.rule),
                })
                .collect::<Vec<_>>()
        };
        entries.iter().flat_map(of).collect()
    };
    let (writable, why) = say.on(Owner::Shared);
    let mut blamed = vec![Blamed {
        field: "status",
        value: raw(&Value::Text(order.state.word().to_owned())),
        owner: "shared",
        writable: writable && order.state != State::Deleted,
        why,
        last: entries.iter().rev().find(|entry| moves(entry)).map(|entry| said(entry)),
        refused: refused("status"),
    }];
    for &field in Field::ALL {
        let value = order.fields.get(field);
        let last = entries.iter().rev().find(|entry| writes(entry, field)).map(|entry| said(entry));
        let refused = refused(field.name());
        if value == Value::Null && last.is_none() && refused.is_empty() {
            continue;
        }
        let (writable, why) = match OF_THE_HUB.contains(&field) {
            true => (false, "it is written by the hub and its producers".to_owned()),
            false => say.on(field.owner()),
        };
        let (field, owner) = (field.name(), owner(field));
        blamed.push(Blamed { field, value: raw(&value), owner, writable, why, last, refused });
    }
    Ok(blamed)
}

fn moves(entry: &Entry) -> bool {
    entry.changes.iter().any(|change| matches!(change, Change::Created(_) | Change::Moved { .. }))
}

fn writes(entry: &Entry, field: Field) -> bool {
    entry.changes.iter().any(|change| match change {
        Change::Created(order) => order.fields.get(field) != Value::Null,
        Change::Set { field: written, .. } => *written == field,
        _ => false,
    })
}
