//! A plan made the ledger's: orders get their unit, route and place, and each route is kept, all in one submission.

use super::day::{DayPlan, DayRoute};
use crate::hub::Hub;
use crate::native::NativeError;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Uuid};
use docket_core::ledger::{Fault, Ledger, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, Field, Order, Rejection, State, Transition, Value};
use docket_core::route::{Route, Stop};
use docket_dialects::routes::{self, Kept, Write};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How often it is tried anew because a route changed meanwhile.
const ATTEMPTS: i64 = 5;
/// New routes are numbered this far apart from those of the attempt before.
const APART: i64 = 1_000;

/// A route that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub route: i64,
    /// Its unit.
    pub unit: i64,
    /// How many orders it has.
    pub stops: usize,
}

/// Writes a plan: whole or not at all. `record` is kept with it, and given the routes to be.
///
/// Routes that lose all their orders to it are removed. An order that was begun, done or called off since it was
/// planned refuses the whole.
pub async fn accept(
    hub: &Hub,
    caller: &Caller,
    plan: &DayPlan,
    record: impl Fn(&[Made]) -> Option<Record>,
) -> Result<Vec<Made>, NativeError> {
    if plan.routes.iter().all(|route| route.stops.is_empty()) {
        let reason = "no order is on any route".to_owned();
        return Err(NativeError::Rejected(Rejection::Invalid { member: "routes".to_owned(), reason }));
    }
    for attempt in 0..ATTEMPTS {
        let mut draft = Draft { submission: Submission { atomic: true, ..Submission::default() }, made: Vec::new() };
        let leaving = leaving(hub, caller, plan).await?;
        let first = hub.now().as_millisecond() + attempt * APART;
        for (route, id) in plan.routes.iter().filter(|route| !route.stops.is_empty()).zip(first..) {
            draft.add(hub, caller, route, id)?;
        }
        draft.release(hub, caller, &leaving).await?;
        draft.submission.records.extend(record(&draft.made));
        let outcomes = hub.submit(caller, draft.submission).await?;
        if outcomes.contains(&Outcome::Outdated) {
            continue;
        }
        let refused = outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Rejected(Rejection::Withdrawn) | Outcome::Done(_) | Outcome::Outdated => None,
            Outcome::Rejected(rejection) => Some(rejection),
        });
        return refused.map_or(Ok(draft.made), |rejection| Err(NativeError::Rejected(rejection)));
    }
    Err(NativeError::Fault(Fault::Busy))
}

/// The orders of a plan, and which route each is in now.
async fn leaving(hub: &Hub, caller: &Caller, plan: &DayPlan) -> Result<BTreeMap<i64, BTreeSet<OrderId>>, NativeError> {
    let mut leaving: BTreeMap<i64, BTreeSet<OrderId>> = BTreeMap::new();
    for stop in plan.routes.iter().flat_map(|route| &route.stops) {
        let Some(id) = order_id(&stop.order) else { continue };
        let order = hub.order(caller, Target::Id(id)).await?;
        if let Some(route) = order.and_then(|order| order.fields.route_id) {
            leaving.entry(route).or_default().insert(id);
        }
    }
    Ok(leaving)
}

fn order_id(text: &str) -> Option<OrderId> {
    Uuid::try_parse(text).ok().map(OrderId)
}

struct Draft {
    submission: Submission,
    made: Vec<Made>,
}

impl Draft {
    fn add(&mut self, hub: &Hub, caller: &Caller, planned: &DayRoute, id: i64) -> Result<(), NativeError> {
        let mut stops = Vec::with_capacity(planned.stops.len());
        for (place, stop) in planned.stops.iter().enumerate() {
            let no_order = || NativeError::Rejected(Rejection::NotFound);
            let order = order_id(&stop.order).ok_or_else(no_order)?;
            stops.push(Stop {
                leg_m: Some(stop.leg_m as f64),
                leg_s: Some(stop.leg_s),
                visit_at: Some(stop.begins_at),
                ..Stop::at(order)
            });
            let (unit, place) = (planned.unit, i64::try_from(place).unwrap_or(i64::MAX));
            self.submission
                .requests
                .push(Request::change(Target::Id(order), move |order| command(order, unit, id, place)));
        }
        let now = hub.now();
        let route = Route {
            id,
            name: format!("{} {}", planned.unit_name, date_of(planned.departs_at)),
            origin: caller.connection_id(),
            distance_m: Some(planned.distance_m as f64),
            duration_s: Some(planned.duration_s),
            stops,
            created_at: now,
            updated_at: now,
            updated_by: caller.label.clone(),
            ..Route::default()
        };
        let token = rand::random::<u128>();
        routes::write(&mut self.submission, caller.account, (id, None), &Write::Keep(&route), token);
        self.made.push(Made { route: id, unit: planned.unit, stops: route.stops.len() });
        Ok(())
    }

    /// Takes the orders out of the routes they are in; one that is left without any goes.
    async fn release(
        &mut self,
        hub: &Hub,
        caller: &Caller,
        leaving: &BTreeMap<i64, BTreeSet<OrderId>>,
    ) -> Result<(), NativeError> {
        for (id, orders) in leaving {
            let Some(before) = routes::find(hub, caller.account, *id).await? else { continue };
            let seen = routes::with_orders(hub, caller.account, [before.route.clone()]).await?;
            let is_left = seen.iter().flat_map(|seen| &seen.orders).any(|order| !orders.contains(&order.id));
            let mut route = before.route.clone();
            route.stops.retain(|stop| !orders.contains(&stop.order));
            (route.updated_at, route.updated_by) = (hub.now(), caller.label.clone());
            let what = if is_left { Write::Keep(&route) } else { Write::Remove };
            let kept: Option<&Kept> = Some(&before);
            routes::write(&mut self.submission, caller.account, (*id, kept), &what, rand::random::<u128>());
        }
        Ok(())
    }
}

fn date_of(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

/// Whether an order can be planned: nobody has begun it, and it is still to be done.
pub const fn is_plannable(state: State) -> bool {
    matches!(state, State::Received | State::Assigned | State::Accepted)
}

/// The order becomes this unit's, at this place of this route.
fn command(order: &Order, unit: i64, route: i64, place: i64) -> Result<Command, Rejection> {
    if !is_plannable(order.state) {
        let reason = format!("order {} is {} by now; plan again", order.serial, order.state);
        return Err(Rejection::Invalid { member: "routes".to_owned(), reason });
    }
    let mut command = Command::default().with(Field::RouteId, route).with(Field::RoutePosition, place);
    if order.fields.unit != Some(unit) || order.state == State::Received {
        command = command.with(Field::Unit, unit);
        for (field, is_set) in [
            (Field::Eta, order.fields.eta.is_some()),
            (Field::DistanceLeftM, order.fields.distance_left_m.is_some()),
            (Field::NextAt, order.fields.next_at.is_some()),
        ] {
            if is_set {
                command = command.with(field, Value::Null);
            }
        }
        command = command.moving(Transition::Assign);
    }
    Ok(command)
}
