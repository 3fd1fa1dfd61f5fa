//! Comparing what both sides have: the standing report of a connection.
//!
//! Goes through what the counterpart says it has, at the lowest urgency, page by page, and notes what differs; then
//! through the orders here that should be there. What is on its way just now is no difference. A round that could not be
//! completed forgets nothing.

use super::Line;
use super::desk::concerns;
use super::health::{Compared, shortened};
use crate::hub::fault;
use docket_core::connection::Connection;
use docket_core::ids::Serial;
use docket_core::ledger::{Fault, OrderQuery};
use docket_core::order::Order;
use docket_dialects::connect::{ConnectError, Held, REMOTE_KEY};
use docket_store::{Delivery, DeliveryQuery, DeliveryStatus, DifferenceKind, Visibility};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// After a start both sides come to rest first.
pub(super) const SETTLE_MS: i64 = 60_000;
/// What has been owed for so long is stale.
const STALE_MS: i64 = 3_600_000;
/// More pages than this are a counterpart that goes round in circles.
const PAGES: usize = 100_000;
/// How many deliveries are read at once.
const DELIVERIES: usize = 1_000;

/// A difference as it is noted.
type Found = (DifferenceKind, String, Option<Serial>, String);

/// How often is compared, if not only when asked.
pub(super) fn every_ms(connection: &Connection) -> Option<i64> {
    let every = connection.integer("reconcile_s", 21_600).saturating_mul(1000);
    (every > 0).then_some(every)
}

/// One round.
pub(super) async fn round(line: &Line) -> Compared {
    let hub = line.hub();
    let begun_ms = hub.now().as_millisecond();
    let mut compared = Compared { begun_ms, ..Compared::default() };
    match whole_round(line, begun_ms, &mut compared).await {
        Ok(()) => compared.ended_ms = Some(hub.now().as_millisecond()),
        Err(error) => compared.error = Some(line.hide(&shortened(&error.to_string()))),
    }
    compared
}

async fn whole_round(line: &Line, begun_ms: i64, compared: &mut Compared) -> Result<(), ConnectError> {
    let (hub, connection) = (line.hub(), line.connection());
    let mut there = BTreeSet::new();
    let mut after = None;
    for _ in 0..PAGES {
        let remote = line.remote();
        let page = line.connect().inventory(&remote, after.take()).await?;
        compared.seen += page.orders.len();
        there.extend(page.orders.iter().filter_map(|held| held.serial));
        let mut found = Vec::new();
        for held in &page.orders {
            found.extend(difference(line, held).await?);
        }
        note(line, &found, begun_ms).await?;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if after.is_some() {
        return Err(ConnectError::later("the counterpart's list has no end"));
    }
    let owed = owed(line, begun_ms).await?;
    missing_there(line, &there, &owed, begun_ms).await?;
    hub.store().forget_differences(connection.id, begun_ms).await.map_err(fault)?;
    Ok(())
}

async fn note(line: &Line, found: &[Found], begun_ms: i64) -> Result<(), Fault> {
    line.hub().store().note_differences(line.connection().id, found, begun_ms).await.map_err(fault)
}

async fn delivery_of(line: &Line, serial: Serial) -> Result<Option<Delivery>, Fault> {
    let connection = line.connection();
    line.hub().store().delivery(connection.account, connection.id, serial).await.map_err(fault)
}

fn is_under_way(delivery: &Delivery) -> bool {
    delivery.status != DeliveryStatus::Synced && delivery.status != DeliveryStatus::Dropped
}

/// What an order of the counterpart's differs in.
async fn difference(line: &Line, held: &Held) -> Result<Option<Found>, Fault> {
    let (Some(serial), Some(expected)) = (held.serial, &held.expected) else {
        let document = json!({"number": held.number, "remote": held.remote, "there": held.says});
        let updated = held.updated_at.map(|at| at.to_string());
        let document = with(document, "updated_there_at", json!(updated));
        return Ok(Some((DifferenceKind::MissingHere, held.remote.clone(), None, document)));
    };
    let members: BTreeSet<&String> = held.says.keys().chain(expected.keys()).collect();
    let unlike = members.into_iter().filter(|name| held.says.get(*name) != expected.get(*name));
    let fields: Vec<_> =
        unlike.map(|name| json!({"field": name, "there": held.says.get(name), "here": expected.get(name)})).collect();
    if fields.is_empty() || delivery_of(line, serial).await?.is_some_and(|delivery| is_under_way(&delivery)) {
        return Ok(None);
    }
    let document = json!({"number": held.number, "remote": held.remote, "fields": fields}).to_string();
    Ok(Some((DifferenceKind::Differs, serial.to_string(), Some(serial), document)))
}

fn with(mut document: serde_json::Value, name: &str, value: serde_json::Value) -> String {
    if let Some(members) = document.as_object_mut().filter(|_| !value.is_null()) {
        members.insert(name.to_owned(), value);
    }
    document.to_string()
}

/// What is owed to the counterpart and not there yet: stale when it is for long, undelivered when the work is done.
async fn owed(line: &Line, begun_ms: i64) -> Result<BTreeMap<Serial, Delivery>, ConnectError> {
    let (hub, connection) = (line.hub(), line.connection());
    let mut all = BTreeMap::new();
    let mut query = DeliveryQuery {
        connection: Some(connection.id),
        statuses: vec![
            DeliveryStatus::Queued,
            DeliveryStatus::Sending,
            DeliveryStatus::Error,
            DeliveryStatus::Held,
            DeliveryStatus::Dropped,
        ],
        limit: DELIVERIES,
        ..DeliveryQuery::default()
    };
    loop {
        let page = hub.store().deliveries(connection.account, &query).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(all) };
        query.after = Some((last.since_ms, last.connection, last.serial));
        let mut found = Vec::new();
        for delivery in page {
            let order = hub.store().order(connection.account, delivery.serial).await.map_err(fault)?;
            if let Some(order) = order {
                found.extend(overdue(&delivery, &order, begun_ms));
            }
            all.insert(delivery.serial, delivery);
        }
        note(line, &found, begun_ms).await?;
    }
}

fn overdue(delivery: &Delivery, order: &Order, now_ms: i64) -> Option<Found> {
    let has_stood = now_ms.saturating_sub(delivery.since_ms) >= STALE_MS;
    let waits_for_somebody = matches!(delivery.status, DeliveryStatus::Error | DeliveryStatus::Held);
    let kind = match () {
        () if delivery.status == DeliveryStatus::Dropped => return None,
        () if order.state.is_done() && (has_stood || waits_for_somebody) => DifferenceKind::Undelivered,
        () if has_stood => DifferenceKind::Stale,
        () => return None,
    };
    let document = json!({
        "number": order.fields.number,
        "delivery": delivery.status.word(),
        "since": docket_core::Timestamp::from_millisecond(delivery.since_ms).ok().map(|at| at.to_string()),
        "error": delivery.error,
    });
    Some((kind, delivery.serial.to_string(), Some(delivery.serial), document.to_string()))
}

/// Open orders that should be there and are not.
async fn missing_there(
    line: &Line,
    there: &BTreeSet<Serial>,
    owed: &BTreeMap<Serial, Delivery>,
    begun_ms: i64,
) -> Result<(), ConnectError> {
    let (hub, connection) = (line.hub(), line.connection());
    let mut query = OrderQuery { states: docket_core::ledger::StateSet::open(), ..OrderQuery::default() };
    loop {
        let seen = Visibility::Routed(connection.id);
        let page = hub.store().page(connection.account, seen, query.clone()).await.map_err(fault)?;
        let mut found = Vec::new();
        for order in &page.orders {
            // What came from there is only missed where it is known by an id of theirs.
            let is_known = order.keys.iter().any(|key| key.connection == connection.id && key.namespace == REMOTE_KEY);
            let is_theirs = order.origin.connection == Some(connection.id) && !is_known;
            let is_new = order.updated_at.as_millisecond() >= begun_ms;
            let waits = owed.contains_key(&order.serial);
            if there.contains(&order.serial) || is_theirs || is_new || waits || !concerns(connection, order) {
                continue;
            }
            let document = json!({"number": order.fields.number, "status": order.state.word()}).to_string();
            found.push((DifferenceKind::MissingThere, order.serial.to_string(), Some(order.serial), document));
        }
        note(line, &found, begun_ms).await?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}
