//! What was done: `order/get_orders_history`, `order/get_routes_history`, `order/get_route_from_history`.
//!
//! An order is in the history when it was registered, closed by another system, or done for more than a day. It is
//! shown as it was when it went there, with `rt`, the time it did.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{DAY_S, bag, in_history, is_listed as is_order_listed, name, shown, status_since};
use super::super::wire::{Json, Object, integer, text, unsigned};
use super::Scope;
use super::routes::{is_listed as is_route_listed, route_to_wire, span, unit};
use super::search::fits_one;
use crate::routes::{self, Seen};
use docket_core::Timestamp;
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Order, State};
use jiff::SignedDuration;
use serde_json::json;

/// The latest time that callers know to say.
const LATEST: i64 = 4_294_967_295;
/// At most this many orders are looked through in one call; a shorter interval finds the rest.
const MOST_LOOKED_AT: usize = 500_000;
/// The longest list of name masks.
const LONGEST_MASK: usize = 4096;

/// Which time of an order or route an interval is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    /// When it went to the history.
    Registration,
    /// When it got its last status.
    Status,
    /// The lower bound of its time.
    From,
    /// The upper bound of its time.
    To,
}

/// What is looked for.
struct Filter {
    interval: Interval,
    from: i64,
    to: i64,
    masks: Vec<String>,
    unit: Option<i64>,
    order: Option<i64>,
    route: Option<i64>,
}

/// The times of something in the history.
struct Times {
    registration: i64,
    status: i64,
    from: i64,
    to: i64,
}

impl Filter {
    fn read(params: &Object) -> Result<Filter, Error> {
        let number = |name: &str, default: i64| match params.get(name) {
            None | Some(Json::Null) => Ok(default),
            Some(value) => unsigned(value).ok_or(Error::Input),
        };
        let interval = match number("ivalType", 1)? {
            1 => Interval::Registration,
            2 => Interval::Status,
            3 => Interval::From,
            4 => Interval::To,
            _ => return Err(Error::Input),
        };
        let masks = params.get("name").map_or(Some(String::new()), text).filter(|text| text.len() <= LONGEST_MASK);
        let masks = masks.ok_or(Error::Input)?.to_lowercase();
        let masks = masks.split(',').map(str::trim).filter(|mask| !mask.is_empty()).map(str::to_owned).collect();
        let id = |name: &str| number(name, 0).map(|id| Some(id).filter(|&id| id != 0));
        let (order, uid) = (id("orderId")?, id("orderUid")?);
        // An order's id is its uid here, so two different ones are no order.
        let order = if order.is_some() && uid.is_some() && order != uid { Some(-1) } else { order.or(uid) };
        let (from, to) = (number("ivalFrom", 0)?, number("ivalTo", LATEST)?);
        Ok(Filter { interval, from, to, masks, unit: id("unitId")?, order, route: id("routeId")? })
    }

    fn is_within(&self, times: &Times) -> bool {
        let at = match self.interval {
            Interval::Registration => times.registration,
            Interval::Status => times.status,
            Interval::From => times.from,
            Interval::To => times.to,
        };
        (self.from..=self.to).contains(&at)
    }

    fn names(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.masks.is_empty() || self.masks.iter().any(|mask| fits_one(&name, mask))
    }

    fn takes_order(&self, order: &Order) -> bool {
        self.names(name(order))
            && self.unit.is_none_or(|unit| order.fields.unit == Some(unit))
            && self.order.is_none_or(|id| order.serial.0 == id)
            && self.route.is_none_or(|route| order.fields.route_id == Some(route))
    }

    fn takes_route(&self, seen: &Seen) -> bool {
        self.names(&seen.route.name)
            && self.unit.is_none_or(|wanted| unit(&seen.visits()) == wanted)
            && self.route.is_none_or(|route| seen.route.id == route)
    }
}

/// When an order went to the history; `None` while it did not.
fn registered_at(order: &Order, now: Timestamp) -> Option<i64> {
    let bag = bag(order);
    if in_history(order, &bag) {
        let said = bag.registered.filter(|mark| mark.state == order.state.word()).map(|mark| mark.at);
        return Some(said.unwrap_or(order.state_since.as_second()));
    }
    (!is_order_listed(order, now)).then(|| order.state_since.as_second().saturating_add(DAY_S))
}

fn times_of_order(order: &Order, registration: i64) -> Times {
    let members = shown(order);
    let status = status_since(order, &bag(order)).as_second();
    Times { registration, status, from: members.tf, to: members.tt }
}

/// An order of the history.
fn order_of_history(order: &Order, registration: i64) -> Json {
    let mut shown = order_to_wire(order);
    if let Some(members) = shown.as_object_mut() {
        members.insert("rt".to_owned(), registration.into());
    }
    shown
}

fn over() -> StateSet {
    StateSet::of(
        State::ALL
            .iter()
            .copied()
            .filter(|state| state.is_done() || matches!(state, State::Canceled | State::Rejected | State::Failed)),
    )
}

/// `order/get_orders_history`.
pub(super) async fn orders(scope: &Scope<'_>, params: &Object) -> Result<String, Error> {
    let filter = Filter::read(params)?;
    // Going to the history is a change, or a day after one: what last changed before is not in the interval.
    let since = match filter.interval {
        Interval::Registration => Timestamp::from_second(filter.from.saturating_sub(DAY_S)).ok(),
        Interval::Status | Interval::From | Interval::To => None,
    };
    let mut query = OrderQuery { states: over(), updated_from: since, ..OrderQuery::default() };
    let (mut text, mut count, mut total, mut seen) = (String::new(), 0_usize, 0_usize, 0_usize);
    loop {
        let page = scope.cx.ledger.orders(&scope.caller, query.clone()).await?;
        seen += page.orders.len();
        for order in &page.orders {
            let Some(registration) = registered_at(order, scope.cx.now) else { continue };
            if !filter.is_within(&times_of_order(order, registration)) {
                continue;
            }
            total += 1;
            if filter.takes_order(order) {
                if count > 0 {
                    text.push(',');
                }
                count += 1;
                text.push_str(&order_of_history(order, registration).to_string());
                scope.room.has(text.len())?;
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
        if seen >= MOST_LOOKED_AT {
            return Err(Error::TooLarge);
        }
    }
    scope.room.take(text.len())?;
    Ok(format!(r#"{{"orders":[{text}],"count":{count},"total":{total}}}"#))
}

/// A route of the history, and when it went there.
struct Past {
    seen: Seen,
    registration: i64,
}

/// All routes of the history that went there within a time and that the caller may see.
async fn past(scope: &Scope<'_>, from: Timestamp, to: Timestamp) -> Result<Vec<Past>, Error> {
    let (ledger, account, now) = (scope.cx.ledger, scope.caller.account, scope.cx.now);
    let registered = routes::history(ledger, account, from, to).await?;
    let current = routes::all(ledger, account).await?;
    let seen = routes::with_orders(ledger, account, registered.into_iter().chain(current)).await?;
    let past = seen.into_iter().filter_map(|seen| {
        let visits = seen.visits();
        let day = SignedDuration::from_secs(DAY_S);
        let over = seen.route.over_since(&visits).filter(|_| !is_route_listed(&seen, now));
        let at = match seen.route.registered {
            Some(registered) => registered.at,
            None => over?.checked_add(day).ok()?,
        };
        let is_seen = seen.route.is_seen_by(&scope.caller, &visits) && (from..=to).contains(&at);
        is_seen.then_some(Past { registration: at.as_second(), seen })
    });
    let mut past: Vec<Past> = past.collect();
    past.sort_by_key(|past| (past.registration, past.seen.route.id));
    Ok(past)
}

fn route_of_history(past: &Past, now: Timestamp) -> Object {
    let mut shown = route_to_wire(&past.seen, now);
    shown.insert("rt".to_owned(), past.registration.into());
    shown
}

fn end_of_second(second: i64) -> Timestamp {
    let second = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    second.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(second)
}

/// `order/get_routes_history`.
pub(super) async fn routes(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let filter = Filter::read(params)?;
    let (from, to) = match filter.interval {
        Interval::Registration => (filter.from, filter.to),
        Interval::Status | Interval::From | Interval::To => (0, i64::MAX),
    };
    let first = Timestamp::from_second(from).map_err(|_| Error::Input)?;
    let mut past = past(scope, first, end_of_second(to)).await?;
    past.retain(|past| {
        let visits = past.seen.visits();
        let (from, to) = span(&past.seen.route, &visits);
        let done = visits.iter().filter_map(|order| order.fields.completed_at).max();
        let status = done.map_or(past.registration, Timestamp::as_second);
        filter.is_within(&Times { registration: past.registration, status, from, to })
    });
    let total = past.len();
    past.retain(|past| filter.takes_route(&past.seen));
    let routes: Vec<Json> = past.iter().map(|past| route_of_history(past, scope.cx.now).into()).collect();
    Ok(json!({ "count": routes.len(), "routes": routes, "total": total }))
}

/// `order/get_route_from_history`: a route with its orders, and its points unless they are not wanted.
pub(super) async fn route(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let needed = |name: &str| params.get(name).and_then(unsigned).ok_or(Error::Input);
    let (id, from, to) = (needed("routeId")?, needed("timeFrom")?, needed("timeTo")?);
    let with_points = params.get("addPoints").map_or(Some(1), integer).ok_or(Error::Input)? != 0;
    let first = Timestamp::from_second(from).map_err(|_| Error::Input)?;
    let past = past(scope, first, end_of_second(to)).await?;
    let total = past.len();
    let wanted: Vec<&Past> = past.iter().filter(|past| past.seen.route.id == id).collect();
    let whole = |past: &&Past| {
        let now = scope.cx.now;
        let mut route = route_of_history(past, now);
        let orders = past.seen.orders.iter();
        let orders: Vec<Json> = orders
            .map(|order| order_of_history(order, registered_at(order, now).unwrap_or(past.registration)))
            .collect();
        route.insert("orders".to_owned(), orders.into());
        if with_points {
            route.insert("points".to_owned(), points(&past.seen));
        }
        Json::Object(route)
    };
    let routes: Vec<Json> = wanted.iter().map(whole).collect();
    Ok(json!({ "count": routes.len(), "routes": routes, "total": total }))
}

/// Where a route went: the places of its orders, with when its unit came there and left.
fn points(seen: &Seen) -> Json {
    let moment = |at: Option<Timestamp>| at.map_or(0, Timestamp::as_second);
    let point = |order: &&Order| {
        let (y, x) = order.fields.latitude.zip(order.fields.longitude)?;
        let (stt, dtt) = (moment(order.fields.arrived_at), moment(order.fields.departed_at));
        Some(json!({ "uid": order.serial.0, "y": y, "x": x, "stt": stt, "dtt": dtt }))
    };
    seen.visits().iter().filter_map(point).collect()
}
