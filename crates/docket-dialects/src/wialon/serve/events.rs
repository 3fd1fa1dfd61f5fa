//! `avl_evts`: what happened to a session's items since it last asked.
//!
//! Several changes of one order between two calls come as one event with the order as it now stands, and of a unit's
//! messages only the last is told: clients treat both as the newest word.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{day_before, ended, is_listed};
use super::super::wire::{Json, Object};
use super::Scope;
use super::items::{
    Catalogue, FLAG_ADVANCED, FLAG_BASE, FLAG_LAST_MESSAGE, FLAG_ORDERS, FLAG_PARAMETERS, FLAG_POSITION,
    FLAGS_OF_PLACE, Items, advanced, message, position,
};
use super::routes::route_events;
use super::session::{Session, lock};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::ids::{OrderId, Sequence};
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Change, Field, Order, State, Value};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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
/// The event that says which items came within reach, and which are no longer.
const ACCESS: i64 = -5;

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
    if flags & FLAG_ORDERS == 0 || !scope.rights.views() || !scope.rights.sees(resource) {
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

/// A number that changes with what a session is told of a unit's properties.
fn fingerprint(unit: &Unit) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&unit.name, &unit.unique_id, &unit.phone, unit.hardware, &unit.password).hash(&mut hasher);
    hasher.finish()
}

/// What a session is told first of a watched unit comes with the answer; from then on, changes.
pub(super) fn note_unit(session: &mut Session, unit: &Unit) {
    session.properties.insert(unit.id.0, fingerprint(unit));
    if let Some(position) = unit.position {
        session.positions.insert(unit.id.0, position.at);
    }
}

async fn unit_events(scope: &Scope<'_>) -> Result<Vec<Json>, Error> {
    let (is_watching, is_counting) = {
        let open = lock(&scope.session);
        let items = Items::of(&scope.caller);
        (open.watched.keys().any(|&id| id != items.resource && id != items.user), open.known.is_some())
    };
    if !is_watching && !is_counting {
        return Ok(Vec::new());
    }
    let catalogue = Catalogue::load(scope).await?;
    let mut events = Vec::new();
    let mut open = lock(&scope.session);
    gone_and_come(&catalogue, &mut open, &mut events);
    for unit in catalogue.units() {
        let id = unit.id.0;
        let flags = scope.rights.shown(open.watched.get(&id).copied().unwrap_or(0));
        if flags == 0 {
            continue;
        }
        let now = fingerprint(unit);
        let changed = open.properties.insert(id, now).is_some_and(|told| told != now);
        if changed && flags & (FLAG_BASE | FLAG_ADVANCED) != 0 {
            let mut told =
                if flags & FLAG_ADVANCED != 0 { advanced(unit, scope.rights.manages()) } else { Object::new() };
            if flags & FLAG_BASE != 0 {
                told.insert("nm".to_owned(), unit.name.as_str().into());
            }
            events.push(json!({ "i": id, "t": "u", "d": told }));
        }
        let last = open.positions.get(&id).copied();
        let Some(at) = unit.position.filter(|at| flags & FLAGS_OF_PLACE != 0 && last != Some(at.at)) else { continue };
        open.positions.insert(id, at.at);
        moved(id, flags, &at, &mut events);
    }
    Ok(events)
}

/// A unit is somewhere else.
fn moved(id: i64, flags: u64, at: &Position, events: &mut Vec<Json>) {
    let message = message(at);
    if flags & (FLAG_LAST_MESSAGE | FLAG_POSITION) != 0 {
        let mut changed = json!({ "pos": position(at) });
        if let Some(changed) = changed.as_object_mut().filter(|_| flags & FLAG_LAST_MESSAGE != 0) {
            changed.insert("lmsg".to_owned(), message.clone());
        }
        events.push(json!({ "i": id, "t": "u", "d": changed }));
    }
    if flags & (FLAG_LAST_MESSAGE | FLAG_PARAMETERS) != 0 {
        events.push(json!({ "i": id, "t": "m", "d": message }));
    }
}

/// Watched items that were removed, and, where the session wants to know, which units came and went.
fn gone_and_come(catalogue: &Catalogue<'_>, open: &mut Session, events: &mut Vec<Json>) {
    let gone: Vec<i64> = open.watched.keys().copied().filter(|&id| catalogue.find(id).is_none()).collect();
    for id in gone {
        open.watched.remove(&id);
        open.positions.remove(&id);
        open.properties.remove(&id);
        events.push(json!({ "i": id, "t": "d" }));
    }
    let Some(before) = &mut open.known else { return };
    let now: BTreeSet<i64> = catalogue.units().iter().map(|unit| unit.id.0).collect();
    let (come, left): (Vec<i64>, Vec<i64>) =
        (now.difference(before).copied().collect(), before.difference(&now).copied().collect());
    if !come.is_empty() || !left.is_empty() {
        let gained: Vec<Json> = if come.is_empty() { Vec::new() } else { vec![json!({ "ids": come })] };
        events.push(json!({ "i": ACCESS, "t": "u", "d": { "a": gained, "r": left } }));
    }
    *before = now;
}
