//! The native API's own commands: orders from native JSON, strictly.
//!
//! Members are the canonical field names of the core, dots nested: `{"number":"7","site":{"city":"Austin"}}`. What is
//! not understood is refused with a pointer to it, never dropped.

mod blame;
mod change;
pub mod connections;
mod items;
pub mod jobs;
pub mod lines;
mod members;
pub mod places;
pub mod products;
mod put;
mod question;
mod read;
pub mod routes;
pub mod tokens;
pub mod units;
pub mod users;
pub mod webhooks;

use crate::hub::Hub;
pub use blame::{Blamed, blame};
use bytes::Bytes;
pub use change::{Revised, change, remove, transition};
use docket_core::connection::Caller;
use docket_core::ids::Serial;
use docket_core::ledger::{Done, Fault, Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, ExternalKey, Order, Rejection};
pub use put::{Put, Upload, describe, put};
pub use question::{answer, answer_at, ask};
pub(crate) use read::escape;
pub use read::{commands_from_json, range_of};
use sha2::{Digest, Sha256};

/// The most orders one request may create.
pub const BATCH_LIMIT: usize = 1_000;
/// The longest idempotency key.
pub const KEY_LIMIT: usize = 255;

/// Why an order was not created.
#[derive(Debug)]
pub enum NativeError {
    /// The body is no JSON.
    Syntax(String),
    /// A member is not understood or makes no sense.
    Invalid {
        /// JSON pointer to it.
        pointer: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The idempotency key was used with another body.
    KeyReused,
    /// The order is another by now than the one that was to be changed.
    Outdated,
    /// A claim that a producer had holds no longer.
    ClaimLost(String),
    /// A plan that is not there, or not yet, cannot be made real: why.
    NotReady(&'static str),
    /// The ledger refused it.
    Rejected(Rejection),
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for NativeError {
    fn from(fault: Fault) -> NativeError {
        NativeError::Fault(fault)
    }
}

pub(crate) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> NativeError {
    NativeError::Invalid { pointer: pointer.into(), detail: detail.into() }
}

/// What was asked for.
pub struct Creation {
    /// One per order, in order.
    pub commands: Vec<Command>,
    /// Files that came with them, to be kept before anything names them.
    pub files: Vec<Bytes>,
    /// The body was a list.
    pub is_batch: bool,
}

/// Creates the orders of a native JSON body: one object, or a list of them that is done whole or not at all.
pub async fn create(
    hub: &Hub,
    caller: &Caller,
    body: &[u8],
    key: Option<&str>,
) -> Result<(Vec<Done>, bool), NativeError> {
    let Creation { mut commands, files, is_batch } = commands_from_json(body, hub.now())?;
    check_units(hub, caller, &commands, is_batch).await?;
    for item in commands.iter_mut().flat_map(|command| &mut command.put).filter(|item| item.author.is_empty()) {
        item.author.clone_from(&caller.label);
    }
    for file in files {
        Ledger::keep_blob(hub, file).await?;
    }
    let requests = match key {
        None => commands.into_iter().map(once).collect(),
        Some(_) if is_batch => return Err(invalid("", "an Idempotency-Key goes with one order, not with a list")),
        Some(key) => commands.into_iter().map(|command| keyed(command, key, body)).collect(),
    };
    let submission = Submission { requests, atomic: true, ..Submission::default() };
    let outcomes = hub.submit(caller, submission).await?;
    let mut done = Vec::with_capacity(outcomes.len());
    let mut rejection = None;
    for outcome in outcomes {
        match outcome {
            Outcome::Done(made) => done.push(made),
            Outcome::Rejected(Rejection::Withdrawn) | Outcome::Outdated => {}
            Outcome::Rejected(first) => rejection = rejection.or(Some(first)),
        }
    }
    match rejection {
        Some(Rejection::Forbidden { what }) if what == KEY_REUSED => Err(NativeError::KeyReused),
        Some(rejection) => Err(NativeError::Rejected(rejection)),
        None => Ok((done, is_batch)),
    }
}

fn once(command: Command) -> Request {
    // Nothing to look at and, unless somebody else takes what it names, nothing to do twice.
    Request::new(Target::New, move |_| Ok(command.clone()))
}

const KEY_REUSED: &str = "an idempotency key belongs to one body";

/// Once per key: the order that has the key already is the answer, if it was made by the same body.
fn keyed(mut command: Command, key: &str, body: &[u8]) -> Request {
    let print = format!("{{\"request_sha256\":\"{}\"}}", hex::encode(Sha256::digest(body)));
    let namespace = "idempotency".to_owned();
    let target = Target::Key { namespace: namespace.clone(), key: key.to_owned() };
    command.keys.push(ExternalKey { connection: Default::default(), namespace, key: key.to_owned() });
    command.wire = Some(("native".to_owned(), Some(print.clone())));
    Request::new(target, move |order| match order {
        None => Ok(command.clone()),
        Some(order) if order.wire("native") == Some(print.as_str()) => Ok(Command::default()),
        Some(_) => Err(Rejection::Forbidden { what: KEY_REUSED.to_owned() }),
    })
}

/// Changes an order by what is decided of it as it is by then.
async fn decide(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
) -> Result<Done, NativeError> {
    let target = target_of(order).ok_or(NativeError::Rejected(Rejection::NotFound))?;
    let submission = Submission::one(Request::change(target, propose));
    match hub.submit(caller, submission).await?.pop() {
        Some(Outcome::Done(done)) => Ok(done),
        Some(Outcome::Rejected(rejection)) => Err(NativeError::Rejected(rejection)),
        Some(Outcome::Outdated) | None => Err(NativeError::Rejected(Rejection::Withdrawn)),
    }
}

async fn check_units(hub: &Hub, caller: &Caller, commands: &[Command], is_batch: bool) -> Result<(), NativeError> {
    use docket_core::order::{Field, Value};
    for (index, command) in commands.iter().enumerate() {
        let Some(Value::Integer(unit)) =
            command.set.iter().find(|(field, _)| *field == Field::Unit).map(|(_, value)| value)
        else {
            continue;
        };
        if !hub.units_of(caller.account).await?.iter().any(|known| known.id.0 == *unit) {
            let pointer = if is_batch { format!("/{index}/unit") } else { "/unit".to_owned() };
            return Err(invalid(pointer, format!("there is no unit {unit}")));
        }
    }
    Ok(())
}

/// The target a path segment names: an id or a serial.
pub fn target_of(text: &str) -> Option<Target> {
    if let Ok(serial) = text.parse::<i64>() {
        return (0..Serial::LIMIT).contains(&serial).then_some(Target::Serial(Serial(serial)));
    }
    let id = docket_core::ids::Uuid::try_parse(text).ok()?;
    Some(Target::Id(docket_core::ids::OrderId(id)))
}
