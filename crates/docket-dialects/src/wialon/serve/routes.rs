//! Routes as they are shown: in the resource, in events, in the history.
//!
//! The page of `order/route_update` does not show a route. Its members are those seen in answers of the vendor's own
//! service: `uid`, `n`, `f`, `exp`, the orders' uids in `ord`, and the state in `st`.

use super::super::error::Error;
use super::super::map::{DIALECT_ID, day_before, is_listed as is_order_listed, shown};
use super::super::wire::{Json, Object};
use super::Scope;
use super::items::each_order;
use super::session::lock;
use crate::routes::{self, Seen};
use docket_core::Timestamp;
use docket_core::ids::OrderId;
use docket_core::order::Order;
use docket_core::route::{Route, Status, Stop};
use serde_json::json;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

/// `sf`: it should be over by now.
const EXPIRED: i64 = 0x100;
/// Members that have their place.
const MEMBERS: &[&str] = &["id", "n", "uid", "f", "exp", "ord", "fu", "st", "orders", "summary", "rt"];

/// The number of a status.
const fn status_number(status: Status) -> i64 {
    match status {
        Status::Planned => 0,
        Status::Started => 1,
        Status::Completed => 2,
        Status::Canceled => 3,
    }
}

/// A route as it is shown everywhere.
pub(super) fn route_to_wire(seen: &Seen, now: Timestamp) -> Object {
    let (route, visits) = (&seen.route, seen.visits());
    let kept: Object = route.wire.get(DIALECT_ID).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let uids: Vec<i64> = visits.iter().map(|order| order.serial.0).collect();
    let mut out = Object::new();
    let mut put = |name: &str, value: Json| out.insert(name.to_owned(), value);
    put("id", route.id.into());
    put("n", route.name.as_str().into());
    put("uid", route.id.into());
    put("f", route.flags.into());
    put("exp", route.expires_after_s.into());
    put("ord", uids.clone().into());
    put("fu", json!([]));
    put("st", state_to_wire(route, &visits, now));
    put("orders", uids.into());
    put("summary", kept.get("summary").cloned().unwrap_or_else(|| summary(route, &visits)));
    if let Some(registered) = route.registered {
        put("rt", registered.at.as_second().into());
    }
    let rest = kept.into_iter().filter(|(name, _)| !MEMBERS.contains(&name.as_str()));
    out.extend(rest);
    out
}

/// `st`: next and last order, unit, status with its flags, since when, and the time it is planned for.
fn state_to_wire(route: &Route, visits: &[&Order], now: Timestamp) -> Json {
    let status = route.status(visits);
    let id = |order: Option<&&Order>| order.map_or(0, |order| order.serial.0);
    let next = visits.iter().find(|order| order.state.is_open());
    let last = visits.iter().rev().find(|order| order.state.is_done());
    let (from, to) = span(route, visits);
    let is_expired = !status.is_over() && route.expires_at().is_some_and(|at| at < now);
    let done =
        |order: &&Order| order.fields.completed_at.filter(|_| order.state.is_done()).unwrap_or(order.state_since);
    let since = match status {
        Status::Planned => None,
        Status::Started => visits.iter().filter_map(|order| order.fields.arrived_at).min(),
        Status::Completed | Status::Canceled => visits.iter().map(done).max(),
    };
    json!({
        "nid": id(next),
        "lid": id(last),
        "u": unit(visits),
        "s": status_number(status),
        "sf": if is_expired { EXPIRED } else { 0 },
        "st": since.map_or(0, Timestamp::as_second),
        "mint": from,
        "maxt": to,
    })
}

/// The unit of a route: its first order's that has one.
pub(super) fn unit(visits: &[&Order]) -> i64 {
    visits.iter().find_map(|order| order.fields.unit).unwrap_or(0)
}

/// From when to when it is planned: by its visits, otherwise by its orders' windows; 0 is not said.
pub(super) fn span(route: &Route, visits: &[&Order]) -> (i64, i64) {
    let planned = route.stops.iter().filter_map(|stop| stop.visit_at).map(Timestamp::as_second);
    let (first, last) = planned.fold((i64::MAX, 0), |(first, last), at| (first.min(at), last.max(at)));
    if last > 0 {
        return (first, last);
    }
    let windows = visits.iter().map(|order| shown(order));
    let (first, last) = windows.fold((i64::MAX, 0), |(first, last), members| {
        (if members.tf > 0 { first.min(members.tf) } else { first }, last.max(members.tt))
    });
    (if first == i64::MAX { 0 } else { first }, last)
}

/// What the route comes to, where nobody said: counted from its orders.
fn summary(route: &Route, visits: &[&Order]) -> Json {
    let sum = |amount: fn(&Order) -> Option<f64>| visits.iter().filter_map(|order| amount(order)).sum::<f64>();
    let legs_m = || route.stops.iter().filter_map(|stop| stop.leg_m).sum::<f64>();
    let legs_s = || route.stops.iter().filter_map(|stop| stop.leg_s).sum::<i64>();
    let cost = whole(sum(|order| order.fields.cost));
    json!({
        "countOrders": visits.len(),
        "mileage": whole(route.distance_m.unwrap_or_else(legs_m)),
        "duration": route.duration_s.unwrap_or_else(legs_s),
        "priceMileage": 0,
        "priceTotal": cost,
        "weight": whole(sum(|order| order.fields.weight_kg)),
        "cost": cost,
    })
}

fn whole(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

/// Whether a route is among a resource's: not in the history, and not over for more than a day.
pub(super) fn is_listed(seen: &Seen, now: Timestamp) -> bool {
    let over = seen.route.over_since(&seen.visits());
    seen.route.registered.is_none() && over.is_none_or(|over| over >= day_before(now))
}

/// The routes of a resource.
async fn listed(scope: &Scope<'_>) -> Result<Vec<Seen>, Error> {
    let (ledger, account) = (scope.cx.ledger, scope.caller.account);
    let all = routes::all(ledger, account).await?;
    let mut seen = routes::with_orders(ledger, account, all).await?;
    seen.retain(|seen| is_shown(scope, seen));
    Ok(seen)
}

fn is_shown(scope: &Scope<'_>, seen: &Seen) -> bool {
    is_listed(seen, scope.cx.now) && seen.route.is_seen_by(&scope.caller, &seen.visits())
}

/// The routes of a resource by id, as JSON text.
pub(super) async fn order_routes(scope: &Scope<'_>) -> Result<String, Error> {
    let routes = listed(scope).await?;
    let members = routes.iter().map(|seen| (seen.route.id.to_string(), route_to_wire(seen, scope.cx.now).into()));
    Ok(Json::Object(members.collect()).to_string())
}

/// What a session was told of routes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// What stood where every change of a route leaves a mark.
    mark: Option<String>,
    /// A digest of each route as it was told.
    routes: BTreeMap<i64, u64>,
}

fn digest(route: &Object) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(route).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

impl Told {
    /// As the routes stand.
    pub(super) async fn now(scope: &Scope<'_>) -> Result<Told, Error> {
        let mark = routes::mark(scope.cx.ledger, scope.caller.account).await?;
        let routes = listed(scope).await?;
        let told = |seen: &Seen| (seen.route.id, digest(&route_to_wire(seen, scope.cx.now)));
        Ok(Told { mark, routes: routes.iter().map(told).collect() })
    }
}

/// What became of routes since a session was last told: those that were written, and those whose orders were touched.
pub(super) async fn route_events(
    scope: &Scope<'_>,
    resource: i64,
    touched: &BTreeSet<i64>,
) -> Result<Vec<Json>, Error> {
    let (ledger, account) = (scope.cx.ledger, scope.caller.account);
    let before = lock(&scope.session).routes.clone();
    let mark = routes::mark(ledger, account).await?;
    let (routes, asked) = if mark == before.mark {
        let mut found = Vec::new();
        for &id in touched {
            found.extend(routes::find(ledger, account, id).await?.map(|kept| kept.route));
        }
        (found, touched.clone())
    } else {
        (routes::all(ledger, account).await?, before.routes.keys().copied().collect())
    };
    if routes.is_empty() && asked.is_empty() {
        lock(&scope.session).routes.mark = mark;
        return Ok(Vec::new());
    }
    let mut after = Told { mark, ..before.clone() };
    let mut events = Vec::new();
    let event = |id: i64, route: Json| json!({ "i": resource, "t": "u", "d": { "order_routesu": [id, route] } });
    let mut there = BTreeSet::new();
    for seen in routes::with_orders(ledger, account, routes).await? {
        if !is_shown(scope, &seen) {
            continue;
        }
        let (id, route) = (seen.route.id, route_to_wire(&seen, scope.cx.now));
        there.insert(id);
        let digest = digest(&route);
        if after.routes.insert(id, digest) != Some(digest) {
            events.push(event(id, route.into()));
        }
    }
    for id in asked.difference(&there) {
        if after.routes.remove(id).is_some() {
            events.push(event(*id, Json::Null));
        }
    }
    let mut open = lock(&scope.session);
    if open.routes == before {
        open.routes = after;
    }
    Ok(events)
}

/// `order/list_virtual_order_routes`: routes that orders name though nobody made them.
pub(super) async fn virtual_routes(scope: &Scope<'_>) -> Result<Json, Error> {
    let made = routes::all(scope.cx.ledger, scope.caller.account).await?;
    let made: BTreeSet<i64> = made.iter().map(|route| route.id).collect();
    let mut named: BTreeMap<i64, Vec<OrderId>> = BTreeMap::new();
    each_order(scope, |order| {
        if let Some(id) = order.fields.route_id.filter(|id| !made.contains(id) && is_order_listed(order, scope.cx.now))
        {
            named.entry(id).or_default().push(order.id);
        }
        Ok(())
    })
    .await?;
    let routes = named.into_iter().map(|(id, orders)| Route {
        id,
        stops: orders.into_iter().map(Stop::at).collect(),
        ..Route::default()
    });
    let seen = routes::with_orders(scope.cx.ledger, scope.caller.account, routes).await?;
    let members = seen.iter().map(|seen| (seen.route.id.to_string(), route_to_wire(seen, scope.cx.now).into()));
    Ok(Json::Object(members.collect()))
}
