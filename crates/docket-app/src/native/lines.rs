//! Many orders, one a line: created, or changed, moved and removed. Each line stands for itself; lines that come together
//! are written together.

use super::change::{OUTDATED, changes};
use super::read::command_of_line;
use super::{KEY_REUSED, NativeError, check_units, invalid, keyed, once, target_of};
use crate::hub::Hub;
use bytes::Bytes;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Revision, Serial};
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission};
use docket_core::order::{Command, Order, Rejection, Transition};
use serde_json::{Map, Value as Json};

/// How many lines are written together at most.
pub const TOGETHER: usize = 512;

/// What lines say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Each is an order, as in `POST /v1/orders`. With a key the same line again makes no other.
    Orders {
        /// The request's idempotency key.
        key: Option<String>,
    },
    /// Each names an order and says what is to become of it.
    Changes,
}

/// A line, with its place among all of them.
#[derive(Clone, Debug)]
pub struct Line {
    /// From 0.
    pub index: u64,
    /// Its text.
    pub text: Bytes,
}

/// What became of a line.
#[derive(Debug)]
pub struct Told {
    /// Which.
    pub index: u64,
    /// What.
    pub result: Result<Became, NativeError>,
}

/// What became of the order of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Became {
    /// Its id.
    pub id: OrderId,
    /// Its serial.
    pub serial: Serial,
    /// It was made.
    pub created: bool,
    /// Members that stay as they were, because somebody else has the say in them.
    pub refused: Vec<String>,
}

/// Reads lines and does what they say, in order. Lines that are not understood are told so and leave no trace.
pub async fn take(hub: &Hub, caller: &Caller, kind: &Lines, lines: Vec<Line>) -> Result<Vec<Told>, Fault> {
    let (mut requests, mut places) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
    let mut told = Vec::with_capacity(lines.len());
    for line in lines {
        let request = match kind {
            Lines::Orders { key } => creation(hub, caller, key.as_deref(), &line).await,
            Lines::Changes => change(hub, caller, &line).await,
        };
        match request {
            Ok(request) => {
                requests.push(request);
                places.push(line.index);
            }
            Err(NativeError::Fault(fault)) => return Err(fault),
            Err(error) => told.push(Told { index: line.index, result: Err(error) }),
        }
    }
    if !requests.is_empty() {
        let outcomes = hub.submit(caller, Submission { requests, ..Submission::default() }).await?;
        told.extend(places.into_iter().zip(outcomes).map(|(index, outcome)| Told { index, result: became(outcome) }));
    }
    told.sort_unstable_by_key(|told| told.index);
    Ok(told)
}

fn became(outcome: Outcome) -> Result<Became, NativeError> {
    match outcome {
        // As with one order alone: nothing of what was asked for was taken.
        Outcome::Done(done) if !done.changed && !done.refused.is_empty() => {
            let what = done.refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            Err(NativeError::Rejected(Rejection::Forbidden { what }))
        }
        Outcome::Done(done) => Ok(Became {
            id: done.order.id,
            serial: done.order.serial,
            created: done.created,
            refused: done.refused.into_iter().map(|refused| refused.field).collect(),
        }),
        Outcome::Rejected(Rejection::Forbidden { what }) if what == KEY_REUSED => Err(NativeError::KeyReused),
        Outcome::Rejected(Rejection::Forbidden { what }) if what == OUTDATED => Err(NativeError::Outdated),
        Outcome::Rejected(rejection) => Err(NativeError::Rejected(rejection)),
        Outcome::Outdated => Err(NativeError::Rejected(Rejection::Withdrawn)),
    }
}

fn object(line: &Line) -> Result<Map<String, Json>, NativeError> {
    match serde_json::from_slice(&line.text).map_err(|error| NativeError::Syntax(error.to_string()))? {
        Json::Object(members) => Ok(members),
        _ => Err(invalid("", "a line must be an object")),
    }
}

async fn creation(hub: &Hub, caller: &Caller, key: Option<&str>, line: &Line) -> Result<Request, NativeError> {
    let (mut command, files) = command_of_line(object(line)?, hub.now())?;
    check_units(hub, caller, std::slice::from_ref(&command), false).await?;
    for item in command.put.iter_mut().filter(|item| item.author.is_empty()) {
        item.author.clone_from(&caller.label);
    }
    for file in files {
        Ledger::keep_blob(hub, file).await?;
    }
    Ok(match key {
        Some(key) => keyed(command, &format!("{key}/{}", line.index), &line.text),
        None => once(command),
    })
}

/// `{"order":…,"set":{…}}`, `{"order":…,"transition":…,…}` or `{"order":…,"remove":true}`; with `"revision"` only to the
/// order as it was read.
async fn change(hub: &Hub, caller: &Caller, line: &Line) -> Result<Request, NativeError> {
    let mut members = object(line)?;
    let named = match members.shift_remove("order") {
        Some(Json::String(text)) => target_of(&text),
        Some(Json::Number(number)) => target_of(&number.to_string()),
        _ => None,
    };
    let target = named.ok_or_else(|| invalid("/order", "must be the id or serial of an order"))?;
    let revision = match members.shift_remove("revision") {
        None | Some(Json::Null) => None,
        Some(given) => {
            let number = given.as_i64().ok_or_else(|| invalid("/revision", "must be a whole number"))?;
            Some(Revision(number))
        }
    };
    let is_in_set = members.get("set").is_some_and(|set| set.get("unit").is_some());
    let command = asked(members)?;
    check_units(hub, caller, std::slice::from_ref(&command), false).await.map_err(|error| match error {
        NativeError::Invalid { pointer, detail } if is_in_set => invalid(format!("/set{pointer}"), detail),
        error => error,
    })?;
    Ok(Request::change(target, move |order: &Order| match revision.is_none_or(|wanted| order.revision == wanted) {
        true => Ok(command.clone()),
        false => Err(Rejection::Forbidden { what: OUTDATED.to_owned() }),
    }))
}

fn asked(mut members: Map<String, Json>) -> Result<Command, NativeError> {
    if let Some(said) = members.shift_remove("remove") {
        return match said {
            Json::Bool(true) if members.is_empty() => Ok(Command::default().moving(Transition::Delete)),
            Json::Bool(true) => Err(invalid("/remove", "goes with nothing else")),
            _ => Err(invalid("/remove", "must be true")),
        };
    }
    let set = match members.shift_remove("set") {
        None => Map::new(),
        Some(Json::Object(set)) => set,
        Some(_) => return Err(invalid("/set", "must be an object")),
    };
    let mut command = changes("/set", set)?;
    if let Some(word) = members.shift_remove("transition") {
        let transition = super::change::transition_of(&word)?;
        // What is to be set besides stands beside it, as in its own request.
        let beside = changes("", std::mem::take(&mut members))?;
        command.set.extend(beside.set);
        command = command.moving(transition);
    }
    if let Some((name, _)) = members.into_iter().next() {
        return Err(invalid(
            format!("/{}", super::read::escape(&name)),
            "is none of order, set, transition, remove, revision",
        ));
    }
    if command.set.is_empty() && command.to.is_none() {
        return Err(invalid("", "asks for nothing: give set, transition or remove"));
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::order::{Field, Move, Value};

    fn read(text: &str) -> Result<Command, String> {
        let line = Line { index: 0, text: Bytes::copy_from_slice(text.as_bytes()) };
        object(&line).and_then(asked).map_err(|error| match error {
            NativeError::Invalid { pointer, .. } => pointer,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn lines_say_what_is_to_become_of_an_order() {
        let set = read(r#"{"set":{"rush":true,"site":{"city":null}}}"#).unwrap();
        assert_eq!(set.set, [(Field::Rush, Value::Flag(true)), (Field::City, Value::Null)]);
        let moved = read(r#"{"transition":"fail","outcome":"Nobody at home"}"#).unwrap();
        assert_eq!(moved.to, Some(Move::Take(Transition::Fail)));
        assert_eq!(moved.set, [(Field::Outcome, Value::Text("Nobody at home".to_owned()))]);
        let removed = read(r#"{"remove":true}"#).unwrap();
        assert_eq!(removed.to, Some(Move::Take(Transition::Delete)));
        for (text, pointer) in [
            ("{}", ""),
            (r#"{"set":{}}"#, ""),
            (r#"{"set":{"status":"x"}}"#, "/set/status"),
            (r#"{"set":[]}"#, "/set"),
            (r#"{"remove":false}"#, "/remove"),
            (r#"{"remove":true,"set":{"rush":true}}"#, "/remove"),
            (r#"{"transition":"delete"}"#, "/transition"),
            (r#"{"set":{"rush":true},"more":1}"#, "/more"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(pointer), "{text}");
        }
    }
}
