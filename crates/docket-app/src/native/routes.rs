//! Routes as the native API shows them.

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use docket_core::order::Order;
use docket_core::route::{Route, Status};
use docket_dialects::routes::{self, Seen};
use serde_json::{Value, json};

/// A page of routes.
pub struct RoutePage {
    /// The routes.
    pub routes: Vec<Value>,
    /// Behind which id the next page begins.
    pub next: Option<i64>,
}

/// The routes being worked on, in order of their ids; those in `statuses` only, where any is named.
pub async fn list(
    hub: &Hub,
    caller: &Caller,
    statuses: &[Status],
    after: Option<i64>,
    limit: usize,
) -> Result<RoutePage, Fault> {
    let mut all = routes::all(hub, caller.account).await?;
    all.retain(|route| after.is_none_or(|after| route.id > after));
    let seen = routes::with_orders(hub, caller.account, all).await?;
    let is_wanted = |seen: &&Seen| {
        let visits = seen.visits();
        let is_asked_for = statuses.is_empty() || statuses.contains(&seen.route.status(&visits));
        is_asked_for && seen.route.is_seen_by(caller, &visits)
    };
    let mut wanted: Vec<&Seen> = seen.iter().filter(is_wanted).collect();
    let more = wanted.len() > limit;
    wanted.truncate(limit);
    let next = wanted.last().filter(|_| more).map(|seen| seen.route.id);
    Ok(RoutePage { routes: wanted.into_iter().map(route_json).collect(), next })
}

/// One route; in the history the last one of that id.
pub async fn find(hub: &Hub, caller: &Caller, id: i64) -> Result<Option<Value>, Fault> {
    let current = routes::find(hub, caller.account, id).await?.map(|kept| kept.route);
    let route = match current {
        Some(route) => Some(route),
        None => {
            let past = routes::history(hub, caller.account, Timestamp::UNIX_EPOCH, Timestamp::MAX).await?;
            let of_id = past.into_iter().filter(|route| route.id == id);
            of_id.max_by_key(|route| route.registered.map(|registered| registered.at))
        }
    };
    let seen = routes::with_orders(hub, caller.account, route).await?;
    Ok(seen.iter().find(|seen| seen.route.is_seen_by(caller, &seen.visits())).map(route_json))
}

fn route_json(seen: &Seen) -> Value {
    let (route, visits) = (&seen.route, seen.visits());
    json!({
        "id": route.id,
        "name": route.name,
        "status": route.status(&visits).word(),
        "unit": visits.iter().find_map(|order| order.fields.unit),
        "strict": route.flags & Route::STRICT != 0,
        "fixed": route.flags & Route::FIXED != 0,
        "distance_m": route.distance_m,
        "duration_s": route.duration_s,
        "expires_at": route.expires_at().map(|at| at.to_string()),
        "stops": visits.iter().map(|order| stop_json(route, order)).collect::<Vec<Value>>(),
        "created_at": route.created_at.to_string(),
        "updated_at": route.updated_at.to_string(),
        "updated_by": route.updated_by,
        "registered_at": route.registered.map(|registered| registered.at.to_string()),
    })
}

fn stop_json(route: &Route, order: &Order) -> Value {
    let plan = route.stops.iter().find(|stop| stop.order == order.id);
    let fields = &order.fields;
    json!({
        "order": order.id.to_string(),
        "serial": order.serial.0,
        "number": fields.number,
        "title": fields.title,
        "status": order.state.word(),
        "position": fields.route_position,
        "latitude": fields.latitude,
        "longitude": fields.longitude,
        "leg_m": plan.and_then(|stop| stop.leg_m),
        "leg_s": plan.and_then(|stop| stop.leg_s),
        "visit_at": plan.and_then(|stop| stop.visit_at).map(|at| at.to_string()),
        "arrived_at": fields.arrived_at.map(|at| at.to_string()),
        "departed_at": fields.departed_at.map(|at| at.to_string()),
    })
}
