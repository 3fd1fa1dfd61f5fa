//! Whether an order is one of our own that came back: handed to a system that handed it on to us again.
//!
//! Without looking, two hubs that relay to one another would pass an order round and round, each time as a new one. It is
//! recognised by our own id among what the sender calls it by, or by being the same number at the same address as an older
//! order that was handed to somebody.

use crate::hub::{Hub, fault};
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Uuid};
use docket_core::ledger::{Fault, Ledger, OrderQuery};
use docket_core::order::Order;
use std::collections::BTreeSet;

/// How many orders of the same number are looked at.
const SAME_NUMBER: usize = 20;
/// How many of its tasks are looked at.
const TASKS: usize = 20;

pub(super) async fn is_return(hub: &Hub, order: &Order) -> Result<bool, Fault> {
    if order.origin.connection.is_none() {
        return Ok(false);
    }
    for id in ids(order) {
        if hub.store().order_by_id(order.account, OrderId(id)).await.map_err(fault)?.is_some() {
            return Ok(true);
        }
    }
    let Some(number) = order.fields.number.clone() else { return Ok(false) };
    let Some(address) = order.fields.address1.as_deref().map(squashed).filter(|address| !address.is_empty()) else {
        return Ok(false);
    };
    let query = OrderQuery { number: Some(number), limit: SAME_NUMBER, ..OrderQuery::default() };
    let page = hub.orders(&Caller::hub(order.account), query).await?;
    let is_older_self = |other: &Order| {
        let same_place = other.fields.address1.as_deref().map(squashed).as_deref() == Some(&address);
        let elsewhere = other.origin.connection != order.origin.connection;
        other.serial < order.serial && same_place && elsewhere && !other.routed_to.is_empty()
    };
    Ok(page.orders.iter().any(|other| is_older_self(other)))
}

/// What the sender calls it by, where that could be an id of ours.
fn ids(order: &Order) -> BTreeSet<Uuid> {
    let keys = order.keys.iter().map(|key| key.key.as_str());
    let fields = [&order.fields.number, &order.fields.reference, &order.fields.title];
    let tasks = order.fields.tasks.iter().take(TASKS).filter_map(|task| task.key.as_deref());
    let texts = keys.chain(fields.into_iter().filter_map(|field| field.as_deref())).chain(tasks);
    texts.flat_map(uuids).filter(|id| *id != order.id.0).collect()
}

/// The UUIDs in a text, as they are usually written, also amid others.
fn uuids(text: &str) -> impl Iterator<Item = Uuid> {
    const LENGTH: usize = 36;
    let parts = text.split(|character: char| !character.is_ascii_hexdigit() && character != '-');
    parts.filter(|part| part.len() == LENGTH).filter_map(|part| Uuid::try_parse(part).ok())
}

fn squashed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
