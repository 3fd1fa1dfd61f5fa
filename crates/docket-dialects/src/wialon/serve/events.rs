//! `avl_evts`: what happened to a session's items since it last asked.
//!
//! Several changes of one order between two calls come as one event with the order as it now stands, and of a unit's
//! messages only the last is told: clients treat both as the newest word.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{day_before, ended, is_listed};
use super::super::wire::Json;
use super::Scope;
use super::items::{FLAG_LAST_MESSAGE, FLAG_ORDERS, FLAG_PARAMETERS, FLAG_POSITION, Items, message, position};
use super::routes::route_events;
use super::session::lock;
use docket_core::Timestamp;
use docket_core::ids::{OrderId, Sequence};
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Change, Field, Order, State, Value};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Journal entries read at once.
const ENTRIES_AT_ONCE: usize = 1000;
/// Readings in one call; what is left comes with the next. So many that a session that asks every other second keeps
/// up with whatever the ledger can write.
const READINGS: usize = 20;
/// No further reading once this many orders are touched.
const ENOUGH_ORDERS: usize = 5000;
/// How often a session is told which orders left the listing by age, and how much of the past it is told about at once.
const AGING_S: i64 = 60;

/// Answers `avl_evts`.
pub(super) async fn avl_evts(scope: &Scope<'_>) -> Result<Json, Error> {
    let now = scope.cx.now.as_second();
    lock(&scope.session).count_call(now)?;
    let news = [order_events(scope).await?, unit_events(scope).await?];
    let mut events = std::mem::take(&mut lock(&scope.session).pending);
    events.extend(news.into_iter().flatten());
    Ok(json!({ "tm": now, "events": events }))
}

/// What became of an order: how it stands, or that it is no longer listed.
fn event(resource: i64, order: &Order, now: Timestamp) -> Json {
    let shown = if is_listed(order, now) { order_to_wire(order) } else { Json::Null };
    json!({ "i": resource, "t": "u", "d": { "ordersu": [order.serial.0, shown] } })
}

async fn order_events(scope: &Scope<'_>) -> Result<Vec<Json>, Error> {
    let (cx, caller) = (scope.cx, &scope.caller);
    let resource = Items::of(caller).resource;
    let (flags, start, aged) = {
        let open = lock(&scope.session);
        (open.watched.get(&resource).copied().unwrap_or(0), open.cursor, open.aged)
    };
    if flags & FLAG_ORDERS == 0 {
        return Ok(Vec::new());
    }
    let touched = touched_since(scope, start).await?;
    let ids: Vec<OrderId> = touched.orders.iter().map(|&(id, _)| id).collect();
    let mut found: HashMap<OrderId, Arc<Order>> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(OrderQuery::LIMIT) {
        let states = StateSet::of(State::ALL.iter().copied());
        let query = OrderQuery { states, ids: Some(ids.to_vec()), ..OrderQuery::default() };
        let page = cx.ledger.orders(caller, query).await?;
        found.extend(page.orders.into_iter().map(|order| (order.id, order)));
    }
    // Orders that were not found are not the caller's. What came and went unseen, or was born in the history, is no
    // news.
    let news = touched.orders.iter().filter_map(|(id, is_new)| {
        found.get(id).filter(|order| !is_new || is_listed(order, cx.now)).map(|order| event(resource, order, cx.now))
    });
    let mut events: Vec<Json> = news.collect();
    let until = aged.checked_add(SignedDuration::from_secs(AGING_S)).unwrap_or(Timestamp::MAX);
    let is_due = until <= cx.now;
    let mut routes = touched.routes;
    routes.extend(found.values().filter_map(|order| order.fields.route_id));
    if is_due {
        let aged = aged_between(scope, aged, until).await?;
        events.extend(aged.iter().map(|order| event(resource, order, cx.now)));
        routes.extend(aged.iter().filter_map(|order| order.fields.route_id));
    }
    events.extend(route_events(scope, resource, &routes).await?);
    let mut open = lock(&scope.session);
    if open.cursor == start {
        open.cursor = touched.until;
    }
    if is_due && open.aged == aged {
        open.aged = until;
    }
    Ok(events)
}

/// Orders that left the listing between two moments because a day had passed since they ended.
///
/// They are found by their last change; one that was changed after it ended is told of when that is a day ago.
async fn aged_between(scope: &Scope<'_>, from: Timestamp, until: Timestamp) -> Result<Vec<Arc<Order>>, Error> {
    let mut query = OrderQuery {
        states: ended(),
        updated_from: Some(day_before(from)),
        updated_before: Some(day_before(until)),
        ..OrderQuery::default()
    };
    let mut found = Vec::new();
    loop {
        let page = scope.cx.ledger.orders(&scope.caller, query.clone()).await?;
        found.extend(page.orders);
        query.after = page.next;
        if query.after.is_none() {
            return Ok(found);
        }
    }
}

/// Orders that journal entries are about, in order of their last one, and whether they came to be there.
struct Touched {
    orders: Vec<(OrderId, bool)>,
    /// Routes that orders left.
    routes: BTreeSet<i64>,
    until: Sequence,
}

async fn touched_since(scope: &Scope<'_>, start: Sequence) -> Result<Touched, Error> {
    let mut until = start;
    let mut last: HashMap<OrderId, (Sequence, bool)> = HashMap::new();
    let mut routes = BTreeSet::new();
    for _ in 0..READINGS {
        let entries = scope.cx.ledger.journal(scope.caller.account, until, ENTRIES_AT_ONCE).await?;
        for entry in entries.iter().filter(|entry| !entry.changes.is_empty()) {
            routes.extend(entry.changes.iter().filter_map(left_route));
            let is_new = entry.changes.iter().any(|change| matches!(change, Change::Created(_)));
            let known = last.entry(entry.order).or_insert((entry.sequence, false));
            *known = (entry.sequence, known.1 || is_new);
        }
        until = entries.last().map_or(until, |entry| entry.sequence);
        if entries.len() < ENTRIES_AT_ONCE || last.len() >= ENOUGH_ORDERS {
            break;
        }
    }
    let mut orders: Vec<(Sequence, OrderId, bool)> = last.into_iter().map(|(id, (at, new))| (at, id, new)).collect();
    orders.sort_unstable_by_key(|&(at, ..)| at);
    Ok(Touched { orders: orders.into_iter().map(|(_, id, is_new)| (id, is_new)).collect(), routes, until })
}

/// The route that an order left with a change.
fn left_route(change: &Change) -> Option<i64> {
    match change {
        Change::Set { field: Field::RouteId, from: Value::Integer(route), .. } => Some(*route),
        _ => None,
    }
}

async fn unit_events(scope: &Scope<'_>) -> Result<Vec<Json>, Error> {
    let interesting = FLAG_LAST_MESSAGE | FLAG_PARAMETERS | FLAG_POSITION;
    let is_watching = lock(&scope.session).watched.values().any(|flags| flags & interesting != 0);
    if !is_watching {
        return Ok(Vec::new());
    }
    let units = scope.cx.ledger.units(&scope.caller).await?;
    let mut events = Vec::new();
    let mut open = lock(&scope.session);
    for unit in units.iter() {
        let id = unit.id.0;
        let flags = open.watched.get(&id).copied().unwrap_or(0);
        let Some(at) = unit.position.filter(|at| flags & interesting != 0 && open.positions.get(&id) != Some(&at.at))
        else {
            continue;
        };
        open.positions.insert(id, at.at);
        let message = message(&at);
        if flags & (FLAG_LAST_MESSAGE | FLAG_POSITION) != 0 {
            let mut changed = json!({ "pos": position(&at) });
            if let Some(changed) = changed.as_object_mut().filter(|_| flags & FLAG_LAST_MESSAGE != 0) {
                changed.insert("lmsg".to_owned(), message.clone());
            }
            events.push(json!({ "i": id, "t": "u", "d": changed }));
        }
        if flags & (FLAG_LAST_MESSAGE | FLAG_PARAMETERS) != 0 {
            events.push(json!({ "i": id, "t": "m", "d": message }));
        }
    }
    Ok(events)
}
