//! `order/route_update`: a route and its orders in one go, all of it or nothing.
//!
//! The route itself is a text of the account; that an order is one of its stops, and which, is said by the order. Both
//! are written in one submission, and only if the route still is as it was read.

use super::super::error::Error;
use super::super::map::{DIALECT_ID, shown};
use super::super::modes::{self, CallMode};
use super::super::wire::{Json, Object, double, integer, member, text, unsigned};
use super::orders::{new_id, register_requests};
use super::routes::is_listed;
use super::stops::{Element, Part};
use super::{Scope, services};
use crate::routes::{self, Kept, Write};
use docket_core::catalogue::Unit;
use docket_core::ids::OrderId;
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Order, Rejection};
use docket_core::route::{Registered, Route, Stop};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;

/// How often a change is planned anew because the route changed under it.
const ATTEMPTS: usize = 5;
/// At most this many orders in one call.
pub(super) const MOST_STOPS: usize = 1000;
/// From so many routes on, old ones are put away; so many are looked at then.
const CROWDED: usize = 100;
/// The longest text of a route that is kept.
const LONGEST: usize = 256 << 10;
/// Members of the call that are not part of the route.
const NOT_KEPT: &[&str] = &["itemId", "orders", "routeId", "uid", "id", "callMode", "ord", "st", "fu"];

/// What is asked of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Register,
    /// Away with it and all its orders.
    Purge,
}

/// A call, read.
struct Call {
    id: i64,
    mode: Mode,
    header: Object,
    elements: Vec<Element>,
}

impl Call {
    fn read(mut params: Object) -> Result<Call, Error> {
        let mode = match params.get("callMode").and_then(Json::as_str) {
            Some("create") => Mode::Create,
            Some("update") => Mode::Update,
            Some("delete") => Mode::Delete,
            Some("register") => Mode::Register,
            Some("purge") => Mode::Purge,
            _ => return Err(Error::logic("callMode")),
        };
        // Callers choose the id, and may say it as `uid` or `id`.
        let said = |name: &str| params.get(name).and_then(unsigned).filter(|&id| id != 0);
        let id =
            said("routeId").or_else(|| said("uid")).or_else(|| said("id")).ok_or_else(|| Error::logic("routeId"))?;
        let elements = match params.remove("orders") {
            // The route knows its orders.
            _ if mode == Mode::Purge => Vec::new(),
            Some(Json::Array(elements)) if elements.len() <= MOST_STOPS => elements,
            None if matches!(mode, Mode::Delete | Mode::Register) => Vec::new(),
            _ => return Err(Error::logic("orders")),
        };
        let elements = elements.into_iter().enumerate().map(|(place, element)| Element::read(place, element));
        let elements = elements.collect::<Result<Vec<_>, Error>>()?;
        params.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
        Ok(Call { id, mode, header: params, elements })
    }
}

/// A submission in the making, and what will be answered about each of its requests (`None`: nothing).
struct Draft {
    submission: Submission,
    words: Vec<Option<&'static str>>,
    stops: Vec<Stop>,
}

impl Draft {
    fn add(&mut self, word: Option<&'static str>, request: Request) {
        self.submission.requests.push(request);
        self.words.push(word);
    }

    /// Notes that an order is a stop, with what was planned for it; of a stop that was, the plan stays unless another
    /// is said.
    fn join(&mut self, stop: Stop, is_planned: bool) {
        match self.stops.iter_mut().find(|known| known.order == stop.order) {
            Some(_) if !is_planned => {}
            Some(known) => *known = stop,
            None => self.stops.push(stop),
        }
    }
}

/// Answers `order/route_update`.
pub(super) async fn route_update(scope: &Scope<'_>, params: Object) -> Result<Json, Error> {
    let call = Call::read(params)?;
    let units = match call.elements.iter().any(Element::names_unit) {
        true => services::units(scope).await?,
        false => Arc::default(),
    };
    for _ in 0..ATTEMPTS {
        if let Some(answer) = attempt(scope, &call, &units).await? {
            if call.mode == Mode::Create {
                put_away(scope).await?;
            }
            return Ok(answer);
        }
    }
    Err(Error::Limit("LOCKER_ERROR"))
}

/// One attempt; `None` when the route changed meanwhile.
async fn attempt(scope: &Scope<'_>, call: &Call, units: &Arc<Vec<Unit>>) -> Result<Option<Json>, Error> {
    let (ledger, account, now) = (scope.cx.ledger, scope.caller.account, scope.cx.now);
    let before = routes::find(ledger, account, call.id).await?;
    let seen = match &before {
        Some(kept) => routes::with_orders(ledger, account, [kept.route.clone()]).await?.pop(),
        None => None,
    };
    match (call.mode, &seen) {
        (Mode::Create, None) => {}
        (Mode::Create, Some(_)) => return Err(Error::logic("there is a route of this id")),
        // Of this mode the page says that a route that is not there is no error.
        (Mode::Purge, None) => return Ok(Some(json!({ "orders": [] }))),
        (_, None) => return Err(Error::logic("there is no route of this id")),
        (_, Some(seen)) if !seen.route.is_seen_by(&scope.caller, &seen.visits()) => {
            return Err(Error::logic("there is no route of this id"));
        }
        (_, Some(_)) => {}
    }
    let stops = before.as_ref().map(|kept| kept.route.stops.clone()).unwrap_or_default();
    let mut draft =
        Draft { submission: Submission { atomic: true, ..Submission::default() }, words: Vec::new(), stops };
    let orders = seen.as_ref().map(|seen| seen.orders.as_slice()).unwrap_or_default();
    let named = match call.mode {
        Mode::Register => add_registrations(scope, call, orders, &mut draft).await?,
        Mode::Create | Mode::Update | Mode::Delete | Mode::Purge => {
            add_elements(scope, call, units, &mut draft).await?
        }
    };
    let rest = orders.iter().filter(|order| !named.contains(&order.id));
    let mut route = before.as_ref().map(|kept| kept.route.clone()).unwrap_or_default();
    match call.mode {
        Mode::Create | Mode::Update => {}
        Mode::Delete => rest.for_each(|order| add_end(order, &mut draft)),
        Mode::Purge => rest.filter(|order| scope.caller.sees(order)).for_each(|order| add_removal(order, &mut draft)),
        Mode::Register => {
            let status = seen.as_ref().map(|seen| seen.route.status(&seen.visits()));
            route.registered = status.map(|status| Registered { at: now, status });
            for order in rest {
                add_registration(scope, order, &mut draft)?;
            }
        }
    }
    if matches!(call.mode, Mode::Create) {
        (route.id, route.created_at) = (call.id, now);
        route.origin = scope.caller.connection_id();
    }
    describe(&mut route, &call.header)?;
    route.stops.clone_from(&draft.stops);
    (route.updated_at, route.updated_by) = (now, scope.caller.label.clone());
    let what = match call.mode {
        Mode::Create | Mode::Update => Write::Keep(&route),
        Mode::Delete | Mode::Purge => Write::Remove,
        Mode::Register => Write::Register(&route),
    };
    let kept = (call.id, before.as_ref());
    routes::write(&mut draft.submission, account, kept, &what, (scope.cx.random)());
    let expected = matches!(call.mode, Mode::Create | Mode::Update).then_some(&route);
    submit(scope, draft, call.id, expected).await
}

/// Moves the oldest routes that have been over for a day to the history, once there are many: they are not listed any
/// more, and nobody should have to read past them. One that changes meanwhile stays for the next time.
async fn put_away(scope: &Scope<'_>) -> Result<(), Error> {
    let (ledger, account, now) = (scope.cx.ledger, scope.caller.account, scope.cx.now);
    let mut all = routes::all(ledger, account).await?;
    if all.len() < CROWDED {
        return Ok(());
    }
    all.sort_by_key(|route| route.updated_at);
    all.truncate(CROWDED);
    let mut submission = Submission::default();
    for seen in routes::with_orders(ledger, account, all).await? {
        let visits = seen.visits();
        let day = SignedDuration::from_hours(24);
        let over = seen.route.over_since(&visits).filter(|_| !is_listed(&seen, now));
        let Some(at) = over.and_then(|over| over.checked_add(day).ok()) else { continue };
        let text = routes::to_text(&seen.route);
        let before = Kept { route: seen.route.clone(), text };
        let registered = Some(Registered { at, status: seen.route.status(&visits) });
        let route = Route { registered, ..seen.route.clone() };
        let token = (scope.cx.random)();
        routes::write(&mut submission, account, (route.id, Some(&before)), &Write::Register(&route), token);
    }
    if !submission.records.is_empty() {
        ledger.submit(&scope.caller, submission).await?;
    }
    Ok(())
}

/// Submits; `None` when the route is no longer as it was read. `expected` is the route as it is to be.
async fn submit(scope: &Scope<'_>, draft: Draft, id: i64, expected: Option<&Route>) -> Result<Option<Json>, Error> {
    let ledger = scope.cx.ledger;
    let is_alone = draft.submission.requests.is_empty();
    let outcomes = ledger.submit(&scope.caller, draft.submission).await?;
    if is_alone {
        // Without a request there is no outcome to tell whether the texts were written.
        let after = routes::find(ledger, scope.caller.account, id).await?;
        let is_written = after.as_ref().map(|kept| &kept.route) == expected;
        return Ok(is_written.then(|| json!({ "orders": [] })));
    }
    let mut answers = Vec::with_capacity(outcomes.len());
    let mut is_outdated = false;
    for (place, (outcome, word)) in outcomes.into_iter().zip(draft.words).enumerate() {
        match outcome {
            Outcome::Done(done) => answers.extend(word.map(|word| line(&done.order, word))),
            // Of another's rejection, or because an order changed after it was read.
            Outcome::Outdated | Outcome::Rejected(Rejection::Withdrawn) => is_outdated = true,
            Outcome::Rejected(rejection) => return Err(Error::logic(format!("orders[{place}]: {rejection}"))),
        }
    }
    Ok((!is_outdated).then(|| json!({ "orders": answers })))
}

fn line(order: &Order, word: &str) -> Json {
    let members = shown(order);
    json!({ "id": order.serial.0, "f": members.f, "u": members.u, "uid": order.serial.0, "callMode": word })
}

/// Adds the registration of each order that was sent, and gives the orders that are named.
async fn add_registrations(
    scope: &Scope<'_>,
    call: &Call,
    orders: &[Arc<Order>],
    draft: &mut Draft,
) -> Result<HashSet<OrderId>, Error> {
    let mut named = HashSet::new();
    for element in &call.elements {
        element.is_only_named()?;
        let id = element.find(scope).await?.id;
        let order = orders.iter().find(|order| order.id == id).ok_or_else(|| element.wrong("not of this route"))?;
        if named.insert(id) {
            add_registration(scope, order, draft)?;
        }
    }
    Ok(named)
}

/// Adds what is asked of each order that was sent, and gives the orders that are named.
async fn add_elements(
    scope: &Scope<'_>,
    call: &Call,
    units: &Arc<Vec<Unit>>,
    draft: &mut Draft,
) -> Result<HashSet<OrderId>, Error> {
    let mut named = HashSet::new();
    let mut position = 0;
    for element in &call.elements {
        let id = match element.mode {
            Part::Order(CallMode::Create) if call.mode == Mode::Delete => return Err(element.wrong("callMode")),
            Part::Order(CallMode::Create) => new_id(scope.cx),
            _ => element.find(scope).await?.id,
        };
        named.insert(id);
        let is_stop = match (element.mode, call.mode) {
            (Part::Order(CallMode::Delete), _) => false,
            // Where the route goes, its orders are only looked after.
            (_, Mode::Delete) => false,
            _ => !element.leaves(),
        };
        if is_stop {
            draft.join(element.stop(id), element.says_plan());
        } else {
            draft.stops.retain(|stop| stop.order != id);
        }
        let place = is_stop.then_some((call.id, position));
        draft.add(Some(element.word()), element.request(call.id, id, place, units)?);
        position += i64::from(is_stop);
    }
    Ok(named)
}

/// What becomes of an order whose route goes: it is on its own again. Done, it stays what it was.
fn add_end(order: &Arc<Order>, draft: &mut Draft) {
    if !order.state.is_done() {
        draft.add(Some("update"), Request::change(Target::Serial(order.serial), |_| Ok(modes::leave_route())));
    }
}

/// An order goes with its route, however it stands; one in the history stays there.
fn add_removal(order: &Arc<Order>, draft: &mut Draft) {
    if modes::keep(order).is_ok() {
        draft.add(Some("delete"), Request::change(Target::Serial(order.serial), |order| modes::delete(order, false)));
    }
}

/// Moves an order of a registered route to the history, unless it is there.
fn add_registration(scope: &Scope<'_>, order: &Arc<Order>, draft: &mut Draft) -> Result<(), Error> {
    let Some(registration) = register_requests(scope.cx, order)? else { return Ok(()) };
    draft.add(Some("register"), registration.change);
    if let Some((id, copy)) = registration.copy {
        // The copy takes the place of the permanent order, which stays outside.
        draft.add(None, copy);
        for stop in draft.stops.iter_mut().filter(|stop| stop.order == order.id) {
            stop.order = id;
        }
    }
    Ok(())
}

/// Takes over what was sent about the route itself.
fn describe(route: &mut Route, header: &Object) -> Result<(), Error> {
    let mut kept: Object =
        route.wire.get(DIALECT_ID).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    kept.extend(header.iter().map(|(name, value)| (name.clone(), value.clone())));
    let flaw = |_| Error::logic("a member of the route says nothing that can be understood");
    route.name = member(&kept, "n", text).map_err(flaw)?;
    route.flags = member(&kept, "f", unsigned).map_err(flaw)?;
    route.expires_after_s = member(&kept, "exp", unsigned).map_err(flaw)?;
    let summary = match kept.get("summary") {
        None | Some(Json::Null) => Object::new(),
        Some(Json::Object(summary)) => summary.clone(),
        Some(_) => return Err(Error::logic("summary")),
    };
    let amount =
        |name: &str| summary.get(name).map(|value| double(value).ok_or_else(|| Error::logic(name))).transpose();
    route.distance_m = amount("mileage")?;
    route.duration_s = summary.get("duration").and_then(integer);
    if kept.is_empty() {
        route.wire.remove(DIALECT_ID);
    } else {
        let text = Json::Object(kept).to_string();
        if text.len() > LONGEST {
            return Err(Error::logic("the route says too much"));
        }
        route.wire.insert(DIALECT_ID.to_owned(), text);
    }
    Ok(())
}
