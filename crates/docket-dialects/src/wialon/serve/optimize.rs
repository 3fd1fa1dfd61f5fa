//! `order/optimize`: which unit visits which order when.
//!
//! The orders may be ids of orders that are there or orders in full. Nothing is written: callers take the plan to
//! `order/route_update`. With `gis.provider` 0 ways are straight lines at the speed asked for; with any other they are
//! by road where the hub has a service to ask, and straight lines where it has none.
//!
//! `reasons` is ours: a caller that sends it is told why orders are on no unit's list, by their index, and in `warning`
//! when ways are not by road although they should be. Callers that go through all members of the answer as if they
//! were units' need not fear it unless they ask.

mod answer;
mod problem;

use super::super::error::Error;
use super::super::map::shown;
use super::super::modes::Sent;
use super::super::wire::{Json, Members, Object, integer, truth, unsigned};
use super::{Scope, profile, services};
use crate::planner::{Budget, Goal, Place, PlanError};
use docket_core::catalogue::Unit;
use docket_core::ids::Serial;
use docket_core::ledger::Target;
use std::collections::HashMap;

/// At most this many orders in one plan.
const MOST_ORDERS: usize = 1_000;
/// At most this many units in one plan.
const MOST_UNITS: usize = 100;

/// Windows count.
const BY_SCHEDULE: i64 = 0x1;
/// Soon done counts for more than few metres.
const BY_DURATION: i64 = 0x2;
/// What units carry counts, by weight.
const BY_WEIGHT: i64 = 0x20;
/// … and by volume.
const BY_VOLUME: i64 = 0x40;
/// Orders whose time is over are left aside.
const ONLY_CURRENT: i64 = 0x80;

/// First warehouse, of an order's flags.
const F_FIRST: i64 = 0x4;
/// Last warehouse.
const F_LAST: i64 = 0x8;
/// Warehouse on the way.
const F_RELOAD: i64 = 0x10;

/// What happens beyond the criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    /// The route takes no more orders.
    End,
    /// The unit loads again on its way, and the criteria begin anew.
    Reload,
    /// The unit begins another route.
    Split,
}

impl Beyond {
    const fn of(flags: i64) -> Beyond {
        match flags & 0x300 {
            0x200 => Beyond::Reload,
            0x300 => Beyond::Split,
            _ => Beyond::End,
        }
    }
}

/// An order to be planned.
struct Ordered {
    members: Members,
    /// Its id, if it is there.
    serial: Option<i64>,
    /// Its place; every order has one.
    place: Place,
    /// Units whose warehouse it is; empty for all.
    of_units: Vec<i64>,
    /// The type of vehicle it asks for; empty for any.
    vehicle_type: String,
    /// Its time zone.
    tz: i64,
}

impl Ordered {
    fn new(members: Members, sent: &Object, serial: Option<i64>) -> Option<Ordered> {
        let place = (members.y, members.x);
        let parameter = |name: &str| sent.get("p").and_then(|p| p.get(name)).and_then(Json::as_str).unwrap_or_default();
        Some(Ordered {
            serial,
            place: Some(place).filter(|place| *place != (0.0, 0.0))?,
            of_units: parameter("aff").split(',').filter_map(|id| id.trim().parse().ok()).collect(),
            vehicle_type: parameter("t").trim().to_lowercase(),
            tz: sent.get("tz").and_then(integer).unwrap_or(0),
            members,
        })
    }
}

/// A unit to be planned for.
#[derive(Default)]
struct Driver {
    /// Which, where that was said.
    unit: Option<Unit>,
    /// Its type of vehicle; empty where nobody said.
    vehicle_type: String,
}

/// A call, read.
struct Call {
    orders: Vec<Ordered>,
    warehouses: Vec<usize>,
    drivers: Vec<Driver>,
    flags: i64,
    gis: Object,
}

fn wrong(what: &str) -> Error {
    Error::logic(what)
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Error {
        match error {
            PlanError::Invalid(invalid) => Error::logic(invalid.to_string()),
            PlanError::Busy => Error::Limit("LIMIT api_concurrent"),
            PlanError::Stopped | PlanError::Fault(_) => Error::Fault,
        }
    }
}

/// Answers `order/optimize`.
pub(super) async fn optimize(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let call = read(scope, params).await?;
    let sketch = problem::Sketch::read(&call, params, scope.cx.now)?;
    let planner = scope.cx.planner;
    let travel = planner.travel(&sketch.places, &sketch.speeds, sketch.by_road).await?;
    let asked = sketch.finish(&call, params, travel.matrix)?;
    let goal = if call.flags & BY_DURATION != 0 { Goal::Soonest } else { Goal::Cheapest };
    let budget = Budget::of_stops(asked.problem.stops.len());
    let plan = planner.plan(asked.problem.clone(), goal, budget).await?;
    let mut out =
        answer::answer(&call, &asked, &plan, truth(params.get("addPoints")) || truth(call.gis.get("addPoints")));
    if truth(params.get("reasons")) {
        out.insert("reasons".to_owned(), answer::reasons(&asked, &plan));
        if let Some(warning) = travel.warning {
            out.insert("warning".to_owned(), warning.into());
        }
    }
    Ok(Json::Object(out))
}

async fn read(scope: &Scope<'_>, params: &Object) -> Result<Call, Error> {
    let flags = params.get("flags").and_then(unsigned).ok_or_else(|| wrong("flags"))?;
    let Some(Json::Array(sent)) = params.get("orders") else { return Err(wrong("orders")) };
    if sent.is_empty() || sent.len() > MOST_ORDERS {
        return Err(wrong("orders: none, or too many"));
    }
    let mut orders = Vec::with_capacity(sent.len());
    for (index, order) in sent.iter().enumerate() {
        orders.push(ordered(scope, &format!("orders[{index}]"), order).await?);
    }
    let warehouses = match params.get("warehouses") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(indexes)) => {
            indexes.iter().map(index_of).collect::<Option<_>>().ok_or_else(|| wrong("warehouses"))?
        }
        Some(_) => return Err(wrong("warehouses")),
    };
    if warehouses.iter().any(|&index| index >= orders.len()) {
        return Err(wrong("warehouses"));
    }
    let gis = match params.get("gis") {
        Some(Json::Object(gis)) => gis.clone(),
        // The vendor's own library may send the provider alone.
        Some(provider @ Json::Number(_)) => [("provider".to_owned(), provider.clone())].into_iter().collect(),
        None | Some(Json::Null) => Object::new(),
        Some(_) => return Err(wrong("gis")),
    };
    Ok(Call { orders, warehouses, drivers: drivers(scope, params).await?, flags, gis })
}

fn index_of(value: &Json) -> Option<usize> {
    usize::try_from(unsigned(value)?).ok()
}

/// An order to be planned: one that is there by its id, or one in full.
async fn ordered(scope: &Scope<'_>, what: &str, sent: &Json) -> Result<Ordered, Error> {
    let nowhere = || wrong(&format!("{what}: no place"));
    if let Json::Object(object) = sent {
        let sent = Sent::read(object.clone()).map_err(|_| wrong(what))?;
        return Ordered::new(sent.meant, &sent.raw, None).ok_or_else(nowhere);
    }
    let Some(serial) = integer(sent).filter(|_| !sent.is_boolean()) else { return Err(wrong(what)) };
    let order = scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(serial))).await?;
    let order = order.ok_or_else(|| wrong(what))?;
    Ordered::new(shown(&order), &super::super::map::bag(&order).sent, Some(serial)).ok_or_else(nowhere)
}

/// The units by id; a number of them where only that is said.
async fn drivers(scope: &Scope<'_>, params: &Object) -> Result<Vec<Driver>, Error> {
    let ids = match params.get("units") {
        Some(Json::Array(ids)) if !ids.is_empty() => ids.iter().map(integer).collect::<Option<Vec<i64>>>(),
        _ => {
            let count = params.get("unitCount").map_or(Some(1), index_of).filter(|&count| count > 0);
            let count = count.filter(|&count| count <= MOST_UNITS).ok_or_else(|| wrong("unitCount"))?;
            return Ok((0..count).map(|_| Driver::default()).collect());
        }
    };
    let ids = ids.filter(|ids| ids.len() <= MOST_UNITS).ok_or_else(|| wrong("units"))?;
    let known = services::units(scope).await?;
    let profiles: HashMap<i64, profile::Profile> = profile::all(scope.cx.ledger, scope.caller.account).await?;
    let find = |id: &i64| {
        let unit = known.iter().find(|unit| unit.id.0 == *id).cloned();
        let unit = unit.ok_or_else(|| wrong(&format!("no such unit: {id}")))?;
        let vehicle_type = profiles.get(id).map(|profile| profile.vehicle_type().to_lowercase()).unwrap_or_default();
        Ok(Driver { unit: Some(unit), vehicle_type })
    };
    ids.iter().map(find).collect()
}
