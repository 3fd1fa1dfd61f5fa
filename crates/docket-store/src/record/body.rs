//! The body of an entry: what happened, what was refused, what was not advised.

use super::extra::{AcknowledgementForm, ItemForm, KeyForm};
use super::value::{TellRef, Told, text_of, write_json};
use docket_core::authority::{Refused, Rule};
use docket_core::ids::ConnectionId;
use docket_core::order::{Acknowledgement, Change, Entry, ExternalKey, Field, Item, Order, State};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct BodyForm<'a> {
    changes: Vec<ChangeForm<'a, Told>>,
    refused: Vec<RefusedForm<'a, Told>>,
    advisories: Vec<String>,
}

#[derive(Serialize)]
struct BodyRef<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeForm<'a, TellRef<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedForm<'a, TellRef<'a>>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    advisories: &'a [String],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a, V: Deserialize<'de>"))]
enum ChangeForm<'a, V> {
    Set { field: Cow<'a, str>, from: V, to: V },
    Moved { from: Cow<'a, str>, to: Cow<'a, str> },
    Wire { dialect: Cow<'a, str>, from: Option<Cow<'a, str>>, to: Option<Cow<'a, str>> },
    Keyed(KeyForm<'a>),
    Unkeyed(KeyForm<'a>),
    Routed(i64),
    Imported(i64),
    Acknowledged(AcknowledgementForm<'a>),
    Put { from: Option<Box<ItemForm<'a>>>, to: Box<ItemForm<'a>> },
    Removed(Box<ItemForm<'a>>),
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, V: Deserialize<'de>"))]
struct RefusedForm<'a, V> {
    field: Cow<'a, str>,
    offered: V,
    rule: Cow<'a, str>,
}

fn item_form(item: &Item) -> Box<ItemForm<'_>> {
    Box::new(item.into())
}

fn item_from(form: Box<ItemForm<'_>>) -> Box<Item> {
    Box::new(Item::from(*form))
}

fn change_form(change: &Change) -> Option<ChangeForm<'_, TellRef<'_>>> {
    Some(match change {
        Change::Created(_) => return None,
        Change::Set { field, from, to } => {
            ChangeForm::Set { field: field.name().into(), from: TellRef(from), to: TellRef(to) }
        }
        Change::Moved { from, to } => ChangeForm::Moved { from: from.word().into(), to: to.word().into() },
        Change::Wire { dialect, from, to } => ChangeForm::Wire {
            dialect: dialect.as_str().into(),
            from: from.as_deref().map(Cow::Borrowed),
            to: to.as_deref().map(Cow::Borrowed),
        },
        Change::Keyed(key) => ChangeForm::Keyed(key.into()),
        Change::Unkeyed(key) => ChangeForm::Unkeyed(key.into()),
        Change::Routed(connection) => ChangeForm::Routed(connection.0),
        Change::Imported(connection) => ChangeForm::Imported(connection.0),
        Change::Acknowledged(acknowledgement) => ChangeForm::Acknowledged(acknowledgement.into()),
        Change::Put { from, to } => ChangeForm::Put { from: from.as_deref().map(item_form), to: item_form(to) },
        Change::Removed(item) => ChangeForm::Removed(item_form(item)),
    })
}

pub(super) fn encode(entry: &Entry) -> Option<String> {
    let body = BodyRef {
        changes: entry.changes.iter().filter_map(change_form).collect(),
        refused: entry
            .refused
            .iter()
            .map(|refused| RefusedForm {
                field: refused.field.as_str().into(),
                offered: TellRef(&refused.offered),
                rule: refused.rule.word().into(),
            })
            .collect(),
        advisories: &entry.advisories,
    };
    if body.changes.is_empty() && body.refused.is_empty() && body.advisories.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(256);
    write_json(&mut out, &body);
    Some(text_of(out))
}

pub(super) fn decode_into(
    entry: &mut Entry,
    created: Option<Order>,
    text: Option<&str>,
) -> Result<(), serde_json::Error> {
    entry.changes.extend(created.map(|order| Change::Created(Box::new(order))));
    let Some(text) = text else { return Ok(()) };
    let body: BodyForm<'_> = serde_json::from_str(text)?;
    for form in body.changes {
        entry.changes.push(change_from(form)?);
    }
    for form in body.refused {
        entry.refused.push(Refused {
            field: form.field.into_owned(),
            offered: form.offered.0,
            rule: Rule::from_word(&form.rule).ok_or_else(|| unknown("rule", &form.rule))?,
        });
    }
    entry.advisories = body.advisories;
    Ok(())
}

fn unknown(what: &str, word: &str) -> serde_json::Error {
    serde_json::Error::custom(format_args!("an unknown {what} {word}"))
}

fn change_from(form: ChangeForm<'_, Told>) -> Result<Change, serde_json::Error> {
    let state = |word: &str| State::from_word(word).ok_or_else(|| unknown("status", word));
    Ok(match form {
        ChangeForm::Set { field, from, to } => Change::Set {
            field: Field::from_name(&field).ok_or_else(|| unknown("field", &field))?,
            from: from.0,
            to: to.0,
        },
        ChangeForm::Moved { from, to } => Change::Moved { from: state(&from)?, to: state(&to)? },
        ChangeForm::Wire { dialect, from, to } => {
            Change::Wire { dialect: dialect.into_owned(), from: from.map(Cow::into_owned), to: to.map(Cow::into_owned) }
        }
        ChangeForm::Keyed(key) => Change::Keyed(ExternalKey::from(key)),
        ChangeForm::Unkeyed(key) => Change::Unkeyed(ExternalKey::from(key)),
        ChangeForm::Routed(connection) => Change::Routed(ConnectionId(connection)),
        ChangeForm::Imported(connection) => Change::Imported(ConnectionId(connection)),
        ChangeForm::Acknowledged(form) => Change::Acknowledged(Acknowledgement::from(form)),
        ChangeForm::Put { from, to } => Change::Put { from: from.map(item_from), to: item_from(to) },
        ChangeForm::Removed(form) => Change::Removed(item_from(form)),
    })
}
