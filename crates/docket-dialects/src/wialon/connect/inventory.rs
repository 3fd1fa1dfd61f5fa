//! What the counterpart has, for reconciling.

use super::TAKE_ORDERS;
use super::call::Client;
use super::members::{PARTS, as_said, meant, wanted};
use super::mirror::Mirror;
use super::pull::listing;
use super::take::{known, uid_of};
use crate::connect::{ConnectError, Held, Inventory};
use crate::wialon::map::{LATE, ON_TIME, REJECTED};
use crate::wialon::wire::{Json, Members, Object, integer, text};
use docket_core::Timestamp;
use docket_core::order::{Order, State};
use std::collections::BTreeMap;

/// The orders of the resource: all in one page, for that is how they are shown.
pub(super) async fn inventory(client: &Client<'_>) -> Result<Inventory, ConnectError> {
    let mut inventory = Inventory::default();
    for sent in listing(client).await?.orders {
        let Some(uid) = uid_of(&sent) else { continue };
        let here = known(client, uid).await?;
        if here.is_none() && !is_missed(client, &sent) {
            continue;
        }
        let expected = match &here {
            Some(order) => {
                let mirror = Mirror::of(client.remote, order.serial).await?;
                // Of several that one order was, only the last is compared.
                if mirror.uid != Some(uid) {
                    continue;
                }
                Some(expected(order, &mirror, is_theirs(client, order)))
            }
            None => None,
        };
        inventory.orders.push(Held {
            remote: uid.to_string(),
            number: sent.get("n").and_then(text).unwrap_or_default(),
            says: says(&meant(&sent), number(&sent, "s")),
            expected,
            serial: here.as_ref().map(|order| order.serial),
            updated_at: Timestamp::from_second(number(&sent, "st")).ok(),
        });
    }
    Ok(inventory)
}

fn number(sent: &Object, name: &str) -> i64 {
    sent.get(name).and_then(integer).unwrap_or(0)
}

fn is_theirs(client: &Client<'_>, order: &Order) -> bool {
    client.remote.is_origin_of(order)
}

/// Whether an order that is not here should be: one that was over before the connection was made should not.
fn is_missed(client: &Client<'_>, sent: &Object) -> bool {
    let connection = client.remote.connection;
    let is_over = matches!(number(sent, "s"), ON_TIME | LATE | REJECTED);
    let is_of_before = is_over && number(sent, "st") < connection.created_at.as_second();
    connection.flag(TAKE_ORDERS, true) && !is_of_before
}

/// The status as both sides can know it: what a unit did since is only known there.
const fn status(s: i64) -> &'static str {
    match s {
        ON_TIME | LATE => "done",
        REJECTED => "rejected",
        _ => "open",
    }
}

fn says(members: &Members, s: i64) -> BTreeMap<String, String> {
    let parts = as_said(members);
    let said = PARTS.iter().filter_map(|part| Some((part.field.to_owned(), shown(parts.get(part.name)?)?)));
    said.chain([("status".to_owned(), status(s).to_owned())]).collect()
}

/// A value as people see it; nothing where nothing is said.
fn shown(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Json::Array(values) if values.is_empty() => None,
        Json::Number(number) if number.as_f64() == Some(0.0) => None,
        other => Some(other.to_string()),
    }
}

fn expected(order: &Order, mirror: &Mirror, is_theirs: bool) -> BTreeMap<String, String> {
    let mut expected = says(&wanted(order), mirror.s());
    let status = match order.state {
        State::Received | State::Assigned | State::Accepted | State::Started | State::Waiting => "open",
        State::Completed | State::Submitted | State::Invoiced | State::Closed => "done",
        // Nobody there has it who could say so.
        State::Rejected | State::Failed | State::Canceled if mirror.u() == 0 => status(mirror.s()),
        State::Canceled if !is_theirs && !mirror.is_rejected() => "deleted",
        State::Rejected | State::Failed | State::Canceled => "rejected",
        State::Deleted => status(mirror.s()),
    };
    expected.insert("status".to_owned(), status.to_owned());
    expected
}
