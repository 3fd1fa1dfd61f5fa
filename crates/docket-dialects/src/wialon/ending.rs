//! What ends by itself: routes whose time is over, and permanent orders that were done a day ago.
//!
//! Pure: orders and the time in, a submission out, which is done whole or not at all. Who looks at the clock is the
//! hub's business.

use super::map::{REJECTED, SF_CONFIRMED, bag, day_before, in_history, shown};
use super::modes::{self, Registration};
use super::wire::{Bag, Json, Registered};
use crate::routes::{self, Kept, Seen, Write};
use docket_core::Timestamp;
use docket_core::completion::flag;
use docket_core::ids::{AccountId, OrderId};
use docket_core::ledger::{Request, Submission, Target};
use docket_core::order::{Command, Field, Fields, Move, Order, Rejection, State, Transition, Value};
use docket_core::route::{Registered as RouteRegistered, Route, Status};
use std::sync::Arc;

/// What belongs to one execution of an order, and not to a copy of it.
const EXECUTION: &[Field] = &[
    Field::Unit,
    Field::Person,
    Field::Crew,
    Field::RouteId,
    Field::RoutePosition,
    Field::ProgressCurrent,
    Field::ProgressTotal,
    Field::ResultBlob,
    Field::ResultName,
    Field::ResultType,
    Field::Outcome,
    Field::Late,
    Field::CompletionPercent,
    Field::ArrivedAt,
    Field::DepartedAt,
    Field::Eta,
    Field::DistanceLeftM,
    Field::CompletedAt,
    Field::CanceledAt,
    Field::Notified,
    Field::NextAt,
    Field::OdometerKm,
];

/// Where a submission's new identities and its mark come from.
pub struct Minting<'a> {
    /// A new order's id.
    pub id: &'a dyn Fn() -> OrderId,
    /// A number that was not used before.
    pub token: u128,
}

/// Whether a route is to end now.
pub fn is_over(route: &Route, now: Timestamp) -> bool {
    route.registered.is_none() && route.expires_at().is_some_and(|at| at <= now)
}

/// Ends a route: it goes to the history, and so do its orders that were not done.
///
/// By an order's flags (Wialon's page of `order/update`): with 0x80 it keeps its status, otherwise it goes there as
/// rejected; with 0x100 a copy of it is made anew, for nobody and of no route. A permanent order is reset, and a copy of
/// it goes to the history. What was done stays where it is, and what another system ordered is no stop any more,
/// and otherwise as it was: that a route ended is nothing its client said no to.
pub fn end_route(account: AccountId, before: &Kept, seen: &Seen, now: Timestamp, minting: &Minting<'_>) -> Submission {
    let mut submission = Submission { atomic: true, ..Submission::default() };
    let mut route = seen.route.clone();
    for order in seen.orders.iter().filter(|order| order.state.is_open() && !in_history(order, &bag(order))) {
        if let Some(history) = end_order(&mut submission, order, now, minting) {
            // The copy takes the place of the permanent order, which stays outside.
            route.stops.iter_mut().filter(|stop| stop.order == order.id).for_each(|stop| stop.order = history);
        }
    }
    let was_done = seen.orders.iter().any(|order| order.state.is_done());
    let status = if was_done { Status::Completed } else { Status::Canceled };
    route.registered = Some(RouteRegistered { at: now, status });
    routes::write(&mut submission, account, (route.id, Some(before)), &Write::Register(&route), minting.token);
    submission
}

/// Ends one order of a route; gives the id of what goes to the history in its place, if something does.
fn end_order(
    submission: &mut Submission,
    order: &Arc<Order>,
    now: Timestamp,
    minting: &Minting<'_>,
) -> Option<OrderId> {
    if order.origin.dialect != super::map::DIALECT_ID {
        submission.requests.push(as_read(order, |_| Ok(modes::leave_route())));
        return None;
    }
    let flags = shown(order).f;
    let is_permanent = flags & flag::PERMANENT != 0;
    let registration = registration(order, now).ok()?;
    submission.requests.push(as_read(order, move |order| Ok(self::registration(order, now)?.command)));
    if flags & flag::COPY != 0 && !is_permanent {
        submission.requests.push(Request::create(Command { identity: Some(((minting.id)(), None)), ..anew(order) }));
    }
    registration.copy.map(|copy| {
        let id = (minting.id)();
        let on_behalf_of = Some(order.origin.clone());
        submission.requests.push(Request::create(Command { identity: Some((id, None)), on_behalf_of, ..copy }));
        id
    })
}

/// A change of an order as it was read; one that changed since withdraws everything.
fn as_read(order: &Order, propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static) -> Request {
    let revision = order.revision;
    Request::change(Target::Serial(order.serial), move |order| {
        if order.revision == revision { propose(order) } else { Err(Rejection::Withdrawn) }
    })
}

/// How an order that was not done goes to the history.
fn registration(order: &Order, now: Timestamp) -> Result<Registration, Rejection> {
    let is_refused = matches!(order.state, State::Rejected | State::Canceled | State::Failed);
    if shown(order).f & flag::KEEP_STATUS != 0 || is_refused {
        return modes::register(order, now);
    }
    let Registration { copy, command } = modes::register(order, now)?;
    let mut kept = bag(order);
    kept.sf &= !SF_CONFIRMED;
    let (at, state) = (now.as_second(), State::Rejected.word().to_owned());
    let history = Bag { registered: Some(Registered { at, s: REJECTED, st: at, state }), ..kept };
    let rejected = |command: Command| modes::with_bag(command, &history);
    Ok(match copy {
        Some(copy) => {
            let copy = Command { to: Some(Move::Become(State::Rejected)), ..rejected(copy) };
            Registration { copy: Some(copy), command }
        }
        None => Registration { copy: None, command: rejected(Command::default()).moving(Transition::Reject) },
    })
}

/// A copy of an order, for nobody and of no route.
fn anew(order: &Order) -> Command {
    let mut fields: Fields = order.fields.clone();
    for &field in EXECUTION {
        fields.set(field, Value::Null);
    }
    let mut sent = bag(order).sent;
    sent.remove("u");
    if let Some(Json::Object(parameters)) = sent.get_mut("p") {
        parameters.insert("r".to_owned(), Json::Null);
    }
    let on_behalf_of = Some(order.origin.clone());
    let command = Command { on_behalf_of, ..Command::default() }.with_fields(&fields);
    modes::with_bag(command, &Bag { sent, ..Bag::default() })
}

/// Whether an order is permanent and was done a day ago: then it is ready to be done again.
pub fn is_due_again(order: &Order, now: Timestamp) -> bool {
    let is_done = matches!(order.state, State::Completed | State::Submitted | State::Invoiced);
    let is_permanent = order.fields.execution_flags.unwrap_or(0) & flag::PERMANENT != 0;
    is_done && is_permanent && order.state_since < day_before(now)
}

/// Makes a permanent order ready to be done again; what was done goes to the history as a copy.
pub fn again(order: &Arc<Order>, now: Timestamp, minting: &Minting<'_>) -> Submission {
    let mut submission = Submission { atomic: true, ..Submission::default() };
    let Ok(Registration { copy: Some(copy), .. }) = modes::register(order, now) else { return submission };
    submission.requests.push(as_read(order, move |order| Ok(modes::register(order, now)?.command)));
    let on_behalf_of = Some(order.origin.clone());
    let identity = Some(((minting.id)(), None));
    submission.requests.push(Request::create(Command { identity, on_behalf_of, ..copy }));
    submission
}
