//! `order/optimize`: which unit visits which order when.
//!
//! The orders may be ids of orders that are there or orders in full. Distances are straight lines at the speed asked
//! for, whatever map provider is named. Nothing is written: callers take the plan to `order/route_update`.

use super::super::error::Error;
use super::super::map::shown;
use super::super::modes::Sent;
use super::super::wire::{Json, Members, Object, double, integer, truth, unsigned};
use super::{Scope, services};
use docket_core::catalogue::Unit;
use docket_core::geo::{Place, polyline};
use docket_core::ids::Serial;
use docket_core::ledger::Target;
use docket_core::planning::{self, Beyond, Busy, Limits, Plan, Problem, Stop, Vehicle, Visit};
use serde_json::json;

/// At most this many orders in one plan.
const MOST_ORDERS: usize = 400;
/// At most this many units in one plan.
const MOST_UNITS: usize = 100;
/// The speed where none is asked for.
const SPEED_KMH: f64 = 60.0;

/// Windows count.
const BY_SCHEDULE: i64 = 0x1;
/// Soon done counts for more than few metres.
const BY_DURATION: i64 = 0x2;
/// Orders whose time is over are left aside.
const ONLY_CURRENT: i64 = 0x80;
/// What happens beyond the criteria.
const BEYOND: i64 = 0x300;

/// First warehouse, of an order's flags.
const F_FIRST: i64 = 0x4;
/// Last warehouse.
const F_LAST: i64 = 0x8;
/// Warehouse on the way.
const F_RELOAD: i64 = 0x10;

/// An order to be planned.
struct Ordered {
    members: Members,
    /// Units whose warehouse it is; empty for all.
    of_units: Vec<i64>,
}

impl Ordered {
    fn is_warehouse(&self, kind: i64, listed: bool) -> bool {
        // Last warehouses and those on the way count only where they are listed.
        self.members.f & kind != 0 && (kind == F_FIRST || listed)
    }

    fn place(&self) -> Option<Place> {
        let place = (self.members.y, self.members.x);
        (place != (0.0, 0.0)).then_some(place)
    }
}

/// A call, read.
struct Call {
    orders: Vec<Ordered>,
    warehouses: Vec<usize>,
    units: Vec<Option<Unit>>,
    flags: i64,
    gis: Object,
}

fn wrong(what: &str) -> Error {
    Error::logic(what)
}

/// Answers `order/optimize`.
pub(super) async fn optimize(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let call = read(scope, params).await?;
    let problem = problem(scope, params, &call)?;
    let plan = planning::plan(&problem);
    let with_path = truth(params.get("addPoints")) || truth(call.gis.get("addPoints"));
    Ok(answer(&problem, &plan, with_path))
}

async fn read(scope: &Scope<'_>, params: &Object) -> Result<Call, Error> {
    let flags = params.get("flags").and_then(unsigned).ok_or_else(|| wrong("flags"))?;
    let Some(Json::Array(sent)) = params.get("orders") else { return Err(wrong("orders")) };
    if sent.is_empty() || sent.len() > MOST_ORDERS {
        return Err(wrong("orders: none, or too many"));
    }
    let mut orders = Vec::with_capacity(sent.len());
    for (index, order) in sent.iter().enumerate() {
        orders.push(ordered(scope, order).await?.ok_or_else(|| wrong(&format!("orders[{index}]")))?);
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
        None | Some(Json::Null | Json::Number(_)) => Object::new(),
        Some(_) => return Err(wrong("gis")),
    };
    Ok(Call { orders, warehouses, units: units(scope, params).await?, flags, gis })
}

fn index_of(value: &Json) -> Option<usize> {
    usize::try_from(unsigned(value)?).ok()
}

/// An order to be planned: one that is there by its id, or one in full.
async fn ordered(scope: &Scope<'_>, sent: &Json) -> Result<Option<Ordered>, Error> {
    let listed = |text: &str| text.split(',').filter_map(|id| id.trim().parse().ok()).collect::<Vec<i64>>();
    if let Json::Object(object) = sent {
        let of_units =
            object.get("p").and_then(|p| p.get("aff")).and_then(Json::as_str).map(listed).unwrap_or_default();
        let sent = Sent::read(object.clone()).ok();
        return Ok(sent.map(|sent| Ordered { members: sent.meant, of_units }));
    }
    let Some(serial) = integer(sent) else { return Ok(None) };
    let order = scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(serial))).await?;
    Ok(order.map(|order| {
        let bag = super::super::map::bag(&order);
        let aff = bag.sent.get("p").and_then(|p| p.get("aff")).and_then(Json::as_str).map(listed);
        Ordered { members: shown(&order), of_units: aff.unwrap_or_default() }
    }))
}

/// The units by id; a number of them where only that is said.
async fn units(scope: &Scope<'_>, params: &Object) -> Result<Vec<Option<Unit>>, Error> {
    let ids = match params.get("units") {
        Some(Json::Array(ids)) if !ids.is_empty() => ids.iter().map(integer).collect::<Option<Vec<i64>>>(),
        _ => {
            let count = params.get("unitCount").map_or(Some(1), index_of).filter(|&count| count > 0);
            let count = count.filter(|&count| count <= MOST_UNITS).ok_or_else(|| wrong("unitCount"))?;
            return Ok((0..count).map(|_| None).collect());
        }
    };
    let ids = ids.filter(|ids| ids.len() <= MOST_UNITS).ok_or_else(|| wrong("units"))?;
    let known = services::units(scope).await?;
    let find = |id: &i64| known.iter().find(|unit| unit.id.0 == *id).cloned();
    ids.iter().map(|id| find(id).map(Some).ok_or_else(|| wrong(&format!("no such unit: {id}")))).collect()
}

fn problem(scope: &Scope<'_>, params: &Object, call: &Call) -> Result<Problem, Error> {
    let now = scope.cx.now.as_second();
    let only_current = call.flags & ONLY_CURRENT != 0;
    let stop = |(index, order): (usize, &Ordered)| {
        let members = &order.members;
        let bound = |at: i64| Some(at).filter(|&at| at > 0);
        let earliest = bound(members.tf).map(|at| if only_current { at.max(now) } else { at });
        Ok(Stop {
            place: order.place().ok_or_else(|| wrong(&format!("orders[{index}]: no place")))?,
            // So much earlier is still good.
            earliest: earliest.map(|at| at.saturating_sub(members.trt).max(if only_current { now } else { 0 })),
            latest: bound(members.tt),
            service_s: members.p.ut,
            weight: members.p.w.unwrap_or(0.0),
            volume: members.p.v.unwrap_or(0.0),
        })
    };
    let stops = call.orders.iter().enumerate().map(stop).collect::<Result<Vec<Stop>, Error>>()?;
    let warehouse = |index: usize, kind: i64| {
        call.orders.get(index).is_some_and(|order| order.is_warehouse(kind, call.warehouses.contains(&index)))
    };
    let is_warehouse = |index: usize| [F_FIRST, F_LAST, F_RELOAD].iter().any(|&kind| warehouse(index, kind));
    let is_current = |index: usize| {
        !only_current || stops.get(index).is_some_and(|stop| stop.latest.is_none_or(|latest| latest > now))
    };
    let wanted = (0..stops.len()).filter(|&index| !is_warehouse(index) && is_current(index)).collect();
    let mut vehicles = Vec::with_capacity(call.units.len());
    for (number, unit) in call.units.iter().enumerate() {
        let id = unit.as_ref().map(|unit| unit.id.0);
        let of_it = |kind: i64| {
            (0..stops.len()).filter(move |&index| warehouse(index, kind)).filter(move |&index| {
                let of_units = call.orders.get(index).map(|order| order.of_units.as_slice()).unwrap_or_default();
                of_units.is_empty() || id.is_some_and(|id| of_units.contains(&id))
            })
        };
        let first = of_it(F_FIRST).next();
        let position = unit.as_ref().and_then(|unit| unit.position);
        vehicles.push(Vehicle {
            // It loads first, wherever it is; otherwise it sets out from where it was last seen.
            start: position.filter(|_| first.is_none()).map(|at| (at.latitude, at.longitude)),
            first,
            last: of_it(F_LAST).next(),
            reloads: of_it(F_RELOAD).collect(),
            busy: busy(params, call, number, id)?,
            pinned: pinned(params, number)?,
            ..Vehicle::default()
        });
    }
    let speed_kmh = call.gis.get("speed").map_or(Some(SPEED_KMH), double).ok_or_else(|| wrong("gis.speed"))?;
    let departure = call.gis.get("departure_time").and_then(unsigned).unwrap_or(0);
    Ok(Problem {
        stops,
        wanted,
        vehicles,
        speed_mps: if speed_kmh > 0.0 { speed_kmh } else { SPEED_KMH } / 3.6,
        starts_at: departure.max(now),
        by_window: call.flags & BY_SCHEDULE != 0,
        by_duration: call.flags & BY_DURATION != 0,
        limits: limits(params)?,
        beyond: match call.flags & BEYOND {
            0x200 => Beyond::Reload,
            0x300 => Beyond::Split,
            _ => Beyond::End,
        },
    })
}

fn limits(params: &Object) -> Result<Limits, Error> {
    let criterions = match params.get("criterions") {
        None | Some(Json::Null) => return Ok(Limits::default()),
        Some(Json::Object(criterions)) => criterions,
        Some(_) => return Err(wrong("criterions")),
    };
    let limit = |name: &str| match criterions.get(name) {
        None | Some(Json::Null) => Ok(None),
        // Nothing at all is no limit.
        Some(value) => unsigned(value).map(|most| Some(most).filter(|&most| most > 0)).ok_or_else(|| wrong(name)),
    };
    Ok(Limits {
        distance_m: limit("max_mileage")?.map(|metres| metres as f64),
        duration_s: limit("max_duration")?,
        stops: limit("max_order_count")?.and_then(|count| usize::try_from(count).ok()),
        idle_s: limit("max_idling")?,
    })
}

/// When a unit is taken. Units are named by their id or by their place in the list.
fn busy(params: &Object, call: &Call, number: usize, id: Option<i64>) -> Result<Vec<Busy>, Error> {
    let all = match params.get("busyRoutes") {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(all)) => all,
        Some(_) => return Err(wrong("busyRoutes")),
    };
    let of_it = id.and_then(|id| all.get(&id.to_string())).or_else(|| all.get(&number.to_string()));
    let Some(times) = of_it else { return Ok(Vec::new()) };
    let place = |value: Option<&Json>| match value {
        Some(Json::Object(order)) => {
            let degrees = |name: &str| order.get(name).and_then(double);
            degrees("y").zip(degrees("x"))
        }
        Some(index) => index_of(index).and_then(|index| call.orders.get(index)).and_then(Ordered::place),
        None => None,
    };
    let read = |time: &Json| {
        let bound = |name: &str| time.get(name).and_then(unsigned);
        Some(Busy { from: bound("tf")?, to: bound("tt")?, start: place(time.get("pf")), end: place(time.get("pt")) })
    };
    let times = times.as_array().ok_or_else(|| wrong("busyRoutes"))?;
    let mut times: Vec<Busy> = times.iter().map(read).collect::<Option<_>>().ok_or_else(|| wrong("busyRoutes"))?;
    times.sort_by_key(|busy| busy.from);
    Ok(times)
}

/// Which orders a unit must take, and where in its route.
fn pinned(params: &Object, number: usize) -> Result<Vec<(usize, Option<usize>)>, Error> {
    let all = match params.get("priority") {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(all)) => all,
        Some(_) => return Err(wrong("priority")),
    };
    let Some(of_it) = all.get(&number.to_string()) else { return Ok(Vec::new()) };
    let read = |(order, place): (&String, &Json)| {
        let place = integer(place)?;
        Some((order.parse().ok()?, if place == -1 { None } else { Some(usize::try_from(place).ok()?) }))
    };
    let of_it = of_it.as_object().ok_or_else(|| wrong("priority"))?;
    of_it.iter().map(read).collect::<Option<_>>().ok_or_else(|| wrong("priority"))
}

/// One member for each unit that goes anywhere, and whether everything is planned.
fn answer(problem: &Problem, plan: &Plan, with_path: bool) -> Json {
    let line = |visit: &Visit| {
        let mut line = json!({ "ml": visit.leg_m.round() as i64, "tm": visit.at, "id": visit.stop });
        if let (true, Some(members)) = (with_path, line.as_object_mut()) {
            let to = problem.stops.get(visit.stop).map(|stop| stop.place);
            let path: Vec<Place> = visit.from.into_iter().chain(to).collect();
            members.insert("p".to_owned(), polyline(&path).into());
        }
        line
    };
    let mut out = Object::new();
    for (number, routes) in plan.routes.iter().enumerate() {
        let is_sent_out = routes.iter().flatten().any(|visit| problem.wanted.contains(&visit.stop));
        if !is_sent_out {
            continue;
        }
        let orders: Vec<Json> = routes.iter().flatten().map(line).collect();
        let mut unit = json!({ "orders": orders });
        if let (Beyond::Split, 2.., Some(members)) = (problem.beyond, routes.len(), unit.as_object_mut()) {
            let route = |route: &Vec<Visit>| json!({ "orders": route.iter().map(line).collect::<Vec<Json>>() });
            members.insert("routes".to_owned(), routes.iter().map(route).collect());
        }
        out.insert((number + 1).to_string(), unit);
    }
    out.insert("success".to_owned(), i64::from(plan.left_out.is_empty()).into());
    Json::Object(out)
}
