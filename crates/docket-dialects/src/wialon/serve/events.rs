//! `avl_evts`: what happened to a session's items since it last asked.
//!
//! Several changes of one order between two calls come as one event with the order as it now stands, and of a unit's
//! messages only the last is told: clients treat both as the newest word.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{bag, in_history};
use super::super::wire::Json;
use super::items::{FLAG_LAST_MESSAGE, FLAG_ORDERS, FLAG_PARAMETERS, FLAG_POSITION, Items, message, position};
use super::session::{Shared, lock};
use crate::dialect::ServeContext;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Sequence};
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Change, Order, State};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// Journal entries read at once.
const ENTRIES_AT_ONCE: usize = 1000;
/// Readings in one call; what is left comes with the next.
const READINGS: usize = 5;

/// Answers `avl_evts`.
pub(super) async fn avl_evts(cx: ServeContext<'_>, caller: &Caller, session: &Shared) -> Result<Json, Error> {
    lock(session).count_call(cx.now.as_second())?;
    let mut events = order_events(cx, caller, session).await?;
    events.extend(unit_events(cx, caller, session).await?);
    Ok(json!({ "tm": cx.now.as_second(), "events": events }))
}

async fn order_events(cx: ServeContext<'_>, caller: &Caller, session: &Shared) -> Result<Vec<Json>, Error> {
    let resource = Items::of(caller).resource;
    let (flags, start) = {
        let open = lock(session);
        (open.watched.get(&resource).copied().unwrap_or(0), open.cursor)
    };
    if flags & FLAG_ORDERS == 0 {
        return Ok(Vec::new());
    }
    let touched = touched_since(cx, caller, start).await?;
    let ids: Vec<OrderId> = touched.orders.iter().map(|&(id, _)| id).collect();
    let mut found: HashMap<OrderId, Arc<Order>> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(OrderQuery::LIMIT) {
        let states = StateSet::of(State::ALL.iter().copied());
        let query = OrderQuery { states, ids: Some(ids.to_vec()), ..OrderQuery::default() };
        let page = cx.ledger.orders(caller, query).await?;
        found.extend(page.orders.into_iter().map(|order| (order.id, order)));
    }
    let mut open = lock(session);
    if open.cursor == start {
        open.cursor = touched.until;
    }
    drop(open);
    let event = |order: &Order, is_new: bool| {
        let is_gone = in_history(order, &bag(order));
        // What came and went unseen, or was born in the history, is no news.
        (!(is_gone && is_new)).then(|| {
            let shown = if is_gone { Json::Null } else { order_to_wire(order) };
            json!({ "i": resource, "t": "u", "d": { "ordersu": [order.serial.0, shown] } })
        })
    };
    // Orders that were not found are not the caller's.
    Ok(touched.orders.iter().filter_map(|(id, is_new)| event(found.get(id)?, *is_new)).collect())
}

/// Orders that journal entries are about, in order of their last one, and whether they came to be there.
struct Touched {
    orders: Vec<(OrderId, bool)>,
    until: Sequence,
}

async fn touched_since(cx: ServeContext<'_>, caller: &Caller, start: Sequence) -> Result<Touched, Error> {
    let mut until = start;
    let mut last: HashMap<OrderId, (Sequence, bool)> = HashMap::new();
    for _ in 0..READINGS {
        let entries = cx.ledger.journal(caller.account, until, ENTRIES_AT_ONCE).await?;
        for entry in entries.iter().filter(|entry| !entry.changes.is_empty()) {
            let is_new = entry.changes.iter().any(|change| matches!(change, Change::Created(_)));
            let known = last.entry(entry.order).or_insert((entry.sequence, false));
            *known = (entry.sequence, known.1 || is_new);
        }
        until = entries.last().map_or(until, |entry| entry.sequence);
        if entries.len() < ENTRIES_AT_ONCE {
            break;
        }
    }
    let mut orders: Vec<(Sequence, OrderId, bool)> = last.into_iter().map(|(id, (at, new))| (at, id, new)).collect();
    orders.sort_unstable_by_key(|&(at, ..)| at);
    Ok(Touched { orders: orders.into_iter().map(|(_, id, is_new)| (id, is_new)).collect(), until })
}

async fn unit_events(cx: ServeContext<'_>, caller: &Caller, session: &Shared) -> Result<Vec<Json>, Error> {
    let interesting = FLAG_LAST_MESSAGE | FLAG_PARAMETERS | FLAG_POSITION;
    let is_watching = lock(session).watched.values().any(|flags| flags & interesting != 0);
    if !is_watching {
        return Ok(Vec::new());
    }
    let units = cx.ledger.units(caller).await?;
    let mut events = Vec::new();
    let mut open = lock(session);
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
