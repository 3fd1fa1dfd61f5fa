//! An order changed, moved or removed through the native API.

use super::read::{Nulls, check_window, escape, read_member};
use super::{NativeError, check_units, decide, invalid};
use crate::hub::Hub;
use docket_core::connection::Caller;
use docket_core::ids::Revision;
use docket_core::ledger::Done;
use docket_core::order::{Command, ItemKind, Rejection, Transition};
use serde_json::{Map, Value as Json};

/// Which revisions of an order may be changed (`If-Match`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Revised {
    /// Whatever it is by then.
    #[default]
    Any,
    /// Only one of these.
    To(Vec<Revision>),
}

impl Revised {
    fn allows(&self, revision: Revision) -> bool {
        match self {
            Revised::Any => true,
            Revised::To(known) => known.contains(&revision),
        }
    }
}

pub(super) const OUTDATED: &str = "the order is another by now";

/// `PATCH /v1/orders/{id}`: sets members; `null` takes one back. Saying what is so already changes nothing.
pub async fn change(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    body: &[u8],
    revised: Revised,
) -> Result<Done, NativeError> {
    let command = changes("", object(body)?)?;
    if command.set.is_empty() {
        return Err(invalid("", "changes nothing; give the members that are to be set"));
    }
    submit(hub, caller, order, command, revised).await
}

/// `POST /v1/orders/{id}/transitions`: moves the order on, with what is to be set besides:
/// `{"transition":"fail","outcome":"Nobody at home"}`. A transition to where it stands already changes nothing.
pub async fn transition(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    body: &[u8],
    revised: Revised,
) -> Result<Done, NativeError> {
    let mut members = object(body)?;
    let transition = transition_of(&members.shift_remove("transition").unwrap_or_default())?;
    submit(hub, caller, order, changes("", members)?.moving(transition), revised).await
}

/// A transition that can be asked for; orders are removed in another way.
pub(super) fn transition_of(word: &Json) -> Result<Transition, NativeError> {
    let named = word.as_str().and_then(Transition::from_word).filter(|&known| known != Transition::Delete);
    named.ok_or_else(|| {
        let words = Transition::ALL.iter().filter(|&&known| known != Transition::Delete).map(|known| known.word());
        invalid("/transition", format!("must be one of {}", words.collect::<Vec<_>>().join(", ")))
    })
}

/// `DELETE /v1/orders/{id}`: the order is seen no more; its past stays in the journal.
pub async fn remove(hub: &Hub, caller: &Caller, order: &str, revised: Revised) -> Result<Done, NativeError> {
    submit(hub, caller, order, Command::default().moving(Transition::Delete), revised).await
}

fn object(body: &[u8]) -> Result<Map<String, Json>, NativeError> {
    match serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))? {
        Json::Object(members) => Ok(members),
        _ => Err(invalid("", "must be an object")),
    }
}

pub(super) fn changes(at: &str, members: Map<String, Json>) -> Result<Command, NativeError> {
    let mut command = Command::default();
    for (name, value) in members {
        let pointer = format!("{at}/{}", escape(&name));
        match name.as_str() {
            "status" => return Err(invalid(pointer, "is moved with POST /v1/orders/{id}/transitions")),
            "result" => return Err(invalid(pointer, "is made by producers")),
            list if ItemKind::from_plural(list).is_some() => {
                return Err(invalid(pointer, format!("is put with POST /v1/orders/{{id}}/{list}")));
            }
            _ => read_member(&mut command, &pointer, &name, value, Nulls::TakeBack)?,
        }
    }
    check_window(at, &command)?;
    Ok(command)
}

async fn submit(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    command: Command,
    revised: Revised,
) -> Result<Done, NativeError> {
    check_units(hub, caller, std::slice::from_ref(&command), false).await?;
    let done = decide(hub, caller, order, move |order| match revised.allows(order.revision) {
        true => Ok(command.clone()),
        false => Err(Rejection::Forbidden { what: OUTDATED.to_owned() }),
    })
    .await;
    match done {
        Err(NativeError::Rejected(Rejection::Forbidden { what })) if what == OUTDATED => Err(NativeError::Outdated),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::order::{Field, Value};

    fn read(text: &str) -> Result<Command, String> {
        object(text.as_bytes()).and_then(|members| changes("", members)).map_err(|error| match error {
            NativeError::Invalid { pointer, .. } => pointer,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn members_are_set_and_taken_back() {
        let command = read(r#"{"due":null,"rush":true,"site":{"city":"Austin","postal_code":null}}"#).unwrap();
        let mut set = command.set;
        set.sort_by_key(|(field, _)| field.name());
        assert_eq!(
            set,
            [
                (Field::Due, Value::Null),
                (Field::Rush, Value::Flag(true)),
                (Field::City, Value::Text("Austin".to_owned())),
                (Field::PostalCode, Value::Null),
            ]
        );
    }

    #[test]
    fn what_cannot_be_set_is_pointed_at() {
        for (text, pointer) in [
            (r#"{"status":"completed"}"#, "/status"),
            (r#"{"notes":[]}"#, "/notes"),
            (r#"{"site":null}"#, "/site"),
            (r#"{"site":{"town":"x"}}"#, "/site/town"),
            (r#"{"result":{"blob":"x"}}"#, "/result"),
            ("[]", ""),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(pointer), "{text}");
        }
    }
}
