//! What the source has, for reconciling: its open orders, and what each of them says.

use super::call::{Client, object, rows};
use super::mirror::Mirror;
use super::pull::{Row, is_over, known};
use crate::connect::{ConnectError, Held, Inventory};
use crate::ppw::ID;
use crate::ppw::map;
use crate::ppw::wire::{Members, bag, json, text_of};
use docket_core::order::{Order, State};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many orders are read for one page.
const AT_ONCE: usize = 50;

/// A page of its open orders; `after` is the last one of the page before.
pub(super) async fn inventory(client: &Client<'_>, after: Option<String>) -> Result<Inventory, ConnectError> {
    const EVENT: &str = "get_all_orders";
    let after: Option<i64> = after.and_then(|after| after.parse().ok());
    let (listed, _) = rows(EVENT, client.event(EVENT, &Members::new()).await?)?;
    let mut open = BTreeMap::new();
    for row in &listed {
        if let Row::Order(listed) = Row::read(row)
            && !is_over(&listed.word)
            && after.is_none_or(|after| listed.report > after)
        {
            // Several entries may tell what is to be done about one order.
            open.entry(listed.report).or_insert_with(|| listed.number.clone());
        }
    }
    let mut inventory = Inventory::default();
    for (report, number) in open.iter().take(AT_ONCE) {
        let here = known(client, *report).await?;
        let held = Held { remote: report.to_string(), number: number.clone(), ..Held::default() };
        let Some(order) = here else {
            inventory.orders.push(held);
            continue;
        };
        let data = Members::from_iter([("report_id".to_owned(), Value::String(report.to_string()))]);
        let Some(sent) = object(client.event("get_order", &data).await?.data) else {
            return Err(ConnectError::later("get_order: the answer is no order"));
        };
        let mirror = Mirror::of(client.remote, order.serial).await?;
        let (says, expected) = compared(&order, &mirror, &sent, number);
        inventory.orders.push(Held { says, expected: Some(expected), serial: Some(order.serial), ..held });
    }
    let last = AT_ONCE.checked_sub(1).and_then(|place| open.keys().nth(place));
    inventory.next = last.filter(|_| open.len() > AT_ONCE).map(i64::to_string);
    Ok(inventory)
}

/// What an order says there, and what was last heard of it; whether it is open there, and should be.
///
/// What people changed here is theirs to change, and no difference; what the source changed and nobody heard is one.
fn compared(
    order: &Order,
    mirror: &Mirror,
    sent: &Members,
    number: &str,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let heard = bag(order.wire(ID));
    let mut says = BTreeMap::from([("number".to_owned(), number.trim().to_owned())]);
    let mut expected = BTreeMap::from([("number".to_owned(), text(&heard, "wo_number"))]);
    let members: BTreeSet<&str> = map::UPDATABLE.iter().map(|known| known.member).collect();
    for member in members {
        says.insert(member.to_owned(), text(sent, member));
        expected.insert(member.to_owned(), text(&heard, member));
    }
    let word = text(sent, "wo_status");
    let stands = stands(order, mirror).map_or_else(|| word.clone(), str::to_owned);
    says.insert("status".to_owned(), word);
    expected.insert("status".to_owned(), stands);
    (says, expected)
}

/// How an order that is open there should stand; `None` when it is open here too.
fn stands(order: &Order, mirror: &Mirror) -> Option<&'static str> {
    match order.state {
        State::Canceled | State::Deleted => Some(map::CANCELLED),
        state if state.is_done() && mirror.ended.is_some() => Some(map::COMPLETE),
        state if state.is_done() => Some(map::word(State::Completed, true)),
        _ => None,
    }
}

/// A member as text.
fn text(members: &Members, name: &str) -> String {
    match members.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(entries)) if entries.is_empty() => String::new(),
        Some(value) => text_of(value).map_or_else(|| json(value), |text| text.trim().to_owned()),
    }
}
