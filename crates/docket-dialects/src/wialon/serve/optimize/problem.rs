//! The call as the planner is asked it.

use super::super::super::error::Error;
use super::super::super::map::zone_offset_s;
use super::super::super::wire::{Json, Object, double, integer, unsigned};
use super::{
    BY_DURATION, BY_SCHEDULE, BY_VOLUME, BY_WEIGHT, Beyond, Call, Driver, F_FIRST, F_LAST, F_RELOAD, ONLY_CURRENT,
    Ordered, index_of, wrong,
};
use crate::planner::{Place, capacity, load};
use docket_core::Timestamp;
use docket_planner::{
    Busy, Depot, Limits, Matrix, Need, Place as Position, Problem, Span, SpeedProfile, Stop, Vehicle, Weights, Window,
    Wish,
};

/// The speed where none is asked for.
const SPEED_KMH: f64 = 60.0;
/// A permanent order, whose times below a day are times of day.
const F_PERMANENT: i64 = 0x20;
const DAY_S: i64 = 86_400;
/// Nobody is out longer than this after the last window closed.
const LONGEST_DAY_S: i64 = 31 * DAY_S;

/// Where a unit loads again, or where one of its routes ends and another begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// At a warehouse on the way.
    Reload(usize),
    /// At its last warehouse and then its first, where it has them.
    Route { last: Option<usize>, first: Option<usize> },
}

/// A unit's warehouses.
#[derive(Clone, Debug, Default)]
struct Warehouses {
    first: Option<usize>,
    last: Option<usize>,
    reloads: Vec<usize>,
}

/// What is known before the ways are: who and where.
pub(super) struct Sketch {
    /// Every place: first those of the orders, in their order.
    pub places: Vec<Place>,
    /// How straight lines are driven.
    pub speeds: SpeedProfile,
    /// Ways should be by road.
    pub by_road: bool,
    starts_at: i64,
    now: i64,
    warehouses: Vec<Warehouses>,
    starts: Vec<Option<usize>>,
    busy: Vec<Vec<Busy>>,
}

/// The problem, and what its parts are in the call.
pub(super) struct Asked {
    pub problem: Problem,
    pub places: Vec<Place>,
    /// Of each stop the order.
    pub stops: Vec<usize>,
    /// Of each vehicle its first warehouse.
    pub firsts: Vec<Option<usize>>,
    /// … and its last one.
    pub lasts: Vec<Option<usize>>,
    /// What each depot is.
    pub depots: Vec<Again>,
}

impl Sketch {
    /// Reads who drives, from where, and when not.
    pub(super) fn read(call: &Call, params: &Object, now: Timestamp) -> Result<Sketch, Error> {
        let speed_kmh = call.gis.get("speed").map_or(Some(SPEED_KMH), double).ok_or_else(|| wrong("gis.speed"))?;
        let provider = call.gis.get("provider").map_or(Some(1), unsigned).ok_or_else(|| wrong("gis.provider"))?;
        let departure = call.gis.get("departure_time").and_then(unsigned).unwrap_or(0);
        let mut sketch = Sketch {
            places: call.orders.iter().map(|order| order.place).collect(),
            speeds: SpeedProfile::flat(if speed_kmh > 0.0 { speed_kmh } else { SPEED_KMH }),
            by_road: provider != 0,
            starts_at: departure.max(now.as_second()),
            now: now.as_second(),
            warehouses: Vec::new(),
            starts: Vec::new(),
            busy: Vec::new(),
        };
        for (number, driver) in call.drivers.iter().enumerate() {
            let warehouses = warehouses(call, driver);
            // It loads first, wherever it is; otherwise it sets out from where it was last seen.
            let seen = driver.unit.as_ref().and_then(|unit| unit.position).map(|at| (at.latitude, at.longitude));
            let start = warehouses.first.or_else(|| seen.map(|place| sketch.locate(place)));
            let busy = sketch.busy(params, call, number, driver)?;
            sketch.starts.push(start);
            sketch.warehouses.push(warehouses);
            sketch.busy.push(busy);
        }
        Ok(sketch)
    }

    fn locate(&mut self, place: Place) -> usize {
        let known = self.places.iter().position(|known| *known == place);
        known.unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        })
    }

    /// When a unit is taken. Units are named by their id or by their place in the list.
    fn busy(&mut self, params: &Object, call: &Call, number: usize, driver: &Driver) -> Result<Vec<Busy>, Error> {
        let all = match params.get("busyRoutes") {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Object(all)) => all,
            Some(_) => return Err(wrong("busyRoutes")),
        };
        let id = driver.unit.as_ref().map(|unit| unit.id.0.to_string());
        let of_it = id.and_then(|id| all.get(&id)).or_else(|| all.get(&number.to_string()));
        let Some(times) = of_it else { return Ok(Vec::new()) };
        let times = times.as_array().ok_or_else(|| wrong("busyRoutes"))?;
        let mut busy = Vec::with_capacity(times.len());
        for time in times {
            let bound = |name: &str| time.get(name).and_then(unsigned).ok_or_else(|| wrong("busyRoutes"));
            let (from, to) = (bound("tf")?, bound("tt")?);
            let mut place = |name: &str| place_of(call, time.get(name)).map(|place| self.locate(place));
            busy.push(Busy {
                begin: Window::new(from, from),
                duration_s: (to - from).max(0),
                from: place("pf"),
                to: place("pt"),
            });
        }
        Ok(busy)
    }

    /// The problem, now that the ways are known.
    pub(super) fn finish(self, call: &Call, params: &Object, matrix: Matrix) -> Result<Asked, Error> {
        let weights = if call.flags & BY_DURATION != 0 { Weights::duration() } else { Weights::distance() };
        let mut asked = Asked {
            problem: Problem::new(matrix, weights),
            places: Vec::new(),
            stops: Vec::new(),
            firsts: self.warehouses.iter().map(|of_it| of_it.first).collect(),
            lasts: self.warehouses.iter().map(|of_it| of_it.last).collect(),
            depots: Vec::new(),
        };
        let ends = call.orders.iter().map(|order| order.members.tf.max(order.members.tt)).max().unwrap_or(0);
        let shift = Window::new(self.starts_at, self.starts_at.max(ends).saturating_add(LONGEST_DAY_S));
        let limits = limits(params)?;
        for (number, driver) in call.drivers.iter().enumerate() {
            let vehicle = self.vehicle(call, (number, driver), shift, &limits, &mut asked);
            asked.problem.vehicles.push(vehicle);
        }
        for (index, order) in call.orders.iter().enumerate() {
            let is_warehouse = [F_FIRST, F_LAST, F_RELOAD].iter().any(|kind| is_warehouse(call, index, *kind));
            let is_over = call.flags & ONLY_CURRENT != 0
                && order.members.tt > 0
                && order.members.tt <= self.now
                && !is_time_of_day(order);
            if !is_warehouse && !is_over {
                asked.problem.stops.push(self.stop(call, index, order));
                asked.stops.push(index);
            }
        }
        priorities(params, call.drivers.len(), &mut asked)?;
        asked.places = self.places;
        Ok(asked)
    }

    fn stop(&self, call: &Call, index: usize, order: &Ordered) -> Stop {
        let members = &order.members;
        let loads = |flag: i64, amount: Option<f64>| match amount {
            Some(amount) if call.flags & flag != 0 => load(amount),
            _ => 0,
        };
        let fits = |driver: &Driver| {
            let (asked, has) = (&order.vehicle_type, &driver.vehicle_type);
            asked.is_empty() || has.is_empty() || asked == has
        };
        let fitting = || (0..call.drivers.len()).filter(|number| call.drivers.get(*number).is_some_and(fits)).collect();
        Stop {
            windows: self.windows(call, order),
            service_s: members.p.ut,
            weight: loads(BY_WEIGHT, members.p.w),
            volume: loads(BY_VOLUME, members.p.v),
            need: Need::Required { priority: u8::try_from(members.p.pr.clamp(0, 100)).unwrap_or(0) },
            vehicles: (!call.drivers.iter().all(fits)).then(fitting),
            ..Stop::at(index)
        }
    }

    /// When an order may be served, where that counts. So many seconds before its window are good too.
    fn windows(&self, call: &Call, order: &Ordered) -> Vec<Window> {
        let members = &order.members;
        if call.flags & BY_SCHEDULE == 0 || (members.tf <= 0 && members.tt <= 0) {
            return Vec::new();
        }
        let only_current = call.flags & ONLY_CURRENT != 0;
        let window = |shift_s: i64| {
            let close = if members.tt > 0 { members.tt.saturating_add(shift_s) } else { i64::MAX };
            let open = match members.tf {
                1.. => members.tf.saturating_add(shift_s).saturating_sub(members.trt),
                _ => shift_s,
            };
            let open = if only_current { open.max(self.now) } else { open };
            Window::new(open.min(close), close)
        };
        if !is_time_of_day(order) {
            return vec![window(0)];
        }
        // Today's and tomorrow's, where the order is.
        let midnight = (self.now + zone_offset_s(order.tz)).div_euclid(DAY_S) * DAY_S - zone_offset_s(order.tz);
        let mut windows: Vec<Window> = [midnight, midnight + DAY_S].map(window).to_vec();
        if members.tt == 0 {
            // Until the end of its day.
            windows.iter_mut().zip([1, 2]).for_each(|(window, day)| window.close = midnight + day * DAY_S - 1);
        }
        windows.retain(|window| window.close >= self.now);
        windows
    }

    fn vehicle(
        &self,
        call: &Call,
        (number, driver): (usize, &Driver),
        shift: Window,
        limits: &Limits,
        asked: &mut Asked,
    ) -> Vehicle {
        let warehouses = self.warehouses.get(number).cloned().unwrap_or_default();
        let order = |index: Option<usize>| index.and_then(|index| call.orders.get(index));
        let (first, last) = (order(warehouses.first), order(warehouses.last));
        let window = |order: &Ordered| self.windows(call, order).into_iter().next();
        let service = |order: Option<&Ordered>| order.map_or(0, |order| order.members.p.ut);
        let unit = driver.unit.as_ref();
        let carries = |flag: i64, most: Option<f64>| most.filter(|_| call.flags & flag != 0).map(capacity);
        let mut vehicle = Vehicle {
            start: self.starts.get(number).copied().flatten(),
            end: warehouses.last,
            departs: first.and_then(window),
            loading_s: service(first),
            arrives: last.and_then(window),
            unloading_s: service(last),
            shift,
            weight: carries(BY_WEIGHT, unit.and_then(|unit| unit.capacity_kg)),
            volume: carries(BY_VOLUME, unit.and_then(|unit| unit.capacity_volume)),
            busy: self.busy.get(number).cloned().unwrap_or_default(),
            limits: limits.clone(),
            fixed_cost: 0,
            depots: Vec::new(),
        };
        if vehicle.start.is_none() && call.flags & BY_DURATION == 0 {
            // One that stands nowhere sets out for nothing, so it is taken when the others cannot.
            vehicle.fixed_cost = 2 * longest(&asked.problem.matrix) + 1;
        }
        let is_limited = *limits != Limits::default() || vehicle.weight.is_some() || vehicle.volume.is_some();
        if is_limited {
            self.begin_again(call, &warehouses, &mut vehicle, asked);
        }
        vehicle
    }

    /// Gives a vehicle what it can do beyond the criteria.
    fn begin_again(&self, call: &Call, warehouses: &Warehouses, vehicle: &mut Vehicle, asked: &mut Asked) {
        let ut = |index: usize| call.orders.get(index).map_or(0, |order| order.members.p.ut);
        let window =
            |index: usize| call.orders.get(index).and_then(|order| self.windows(call, order).into_iter().next());
        let again: Vec<(Again, Depot)> = match Beyond::of(call.flags) {
            Beyond::End => return,
            Beyond::Reload => {
                let depot =
                    |index: &usize| Depot { window: window(*index), service_s: ut(*index), ..Depot::at(*index) };
                warehouses.reloads.iter().map(|index| (Again::Reload(*index), depot(index))).collect()
            }
            Beyond::Split => {
                let (last, first) = (warehouses.last, warehouses.first);
                let service_s = last.map_or(0, ut) + first.map_or(0, ut);
                let mut depot = Depot {
                    location: last.or(first),
                    service_s,
                    window: last.or(first).and_then(window),
                    ..Depot::at(0)
                };
                if let Some((last, first)) = last.zip(first) {
                    let matrix = &asked.problem.matrix;
                    depot.leaves = Some(first);
                    depot.way_m = matrix.distance_m(last, first).unwrap_or(0);
                    depot.service_s += matrix.duration_s(last, first).unwrap_or(0);
                }
                vec![(Again::Route { last, first }, depot)]
            }
        };
        vehicle.limits.per = Span::Trip;
        for (again, depot) in again {
            let known = asked.depots.iter().position(|known| *known == again);
            let index = known.unwrap_or_else(|| {
                asked.depots.push(again);
                asked.problem.depots.push(depot);
                asked.depots.len() - 1
            });
            vehicle.depots.push(index);
        }
    }
}

/// Last warehouses and those on the way count only where they are listed.
fn is_warehouse(call: &Call, index: usize, kind: i64) -> bool {
    let has = call.orders.get(index).is_some_and(|order| order.members.f & kind != 0);
    has && (kind == F_FIRST || call.warehouses.contains(&index))
}

fn warehouses(call: &Call, driver: &Driver) -> Warehouses {
    let id = driver.unit.as_ref().map(|unit| unit.id.0);
    let of_it = |kind: i64| {
        let is_its =
            move |order: &Ordered| order.of_units.is_empty() || id.is_some_and(|id| order.of_units.contains(&id));
        (0..call.orders.len())
            .filter(move |index| is_warehouse(call, *index, kind) && call.orders.get(*index).is_some_and(is_its))
    };
    Warehouses { first: of_it(F_FIRST).next(), last: of_it(F_LAST).next(), reloads: of_it(F_RELOAD).collect() }
}

fn is_time_of_day(order: &Ordered) -> bool {
    let members = &order.members;
    members.f & F_PERMANENT != 0 && members.tf < DAY_S && members.tt < DAY_S
}

/// The longest way there is.
fn longest(matrix: &Matrix) -> i64 {
    let all = (0..matrix.size()).flat_map(|from| (0..matrix.size()).map(move |to| (from, to)));
    all.filter_map(|(from, to)| matrix.distance_m(from, to)).max().unwrap_or(0)
}

/// A place of a busy time: an order in full, the id of one of those to be planned, or its index.
fn place_of(call: &Call, value: Option<&Json>) -> Option<Place> {
    match value? {
        Json::Object(order) => {
            let degrees = |name: &str| order.get(name).and_then(double);
            degrees("y").zip(degrees("x"))
        }
        number => {
            let by_id = call.orders.iter().find(|order| order.serial.is_some() && order.serial == integer(number));
            by_id.or_else(|| call.orders.get(index_of(number)?)).map(|order| order.place)
        }
    }
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
        distance_m: limit("max_mileage")?,
        duration_s: limit("max_duration")?,
        stops: limit("max_order_count")?.and_then(|count| usize::try_from(count).ok()),
        // Between two orders.
        wait_s: limit("max_idling")?,
        ..Limits::default()
    })
}

/// Which orders a unit must take, and where in its route: −1 is last.
fn priorities(params: &Object, drivers: usize, asked: &mut Asked) -> Result<(), Error> {
    let all = match params.get("priority") {
        None | Some(Json::Null) => return Ok(()),
        Some(Json::Object(all)) => all,
        Some(_) => return Err(wrong("priority")),
    };
    for (number, of_it) in all {
        let of_it = of_it.as_object().ok_or_else(|| wrong("priority"))?;
        let number: usize = number.trim().parse().map_err(|_| wrong("priority"))?;
        for (order, place) in of_it {
            let order: usize = order.trim().parse().map_err(|_| wrong("priority"))?;
            let place = match integer(place).ok_or_else(|| wrong("priority"))? {
                -1 => Position::Last,
                place => Position::At(usize::try_from(place).map_err(|_| wrong("priority"))?.saturating_add(1)),
            };
            let stop = asked.stops.iter().position(|index| *index == order);
            let Some(stop) = stop.and_then(|stop| asked.problem.stops.get_mut(stop)).filter(|_| number < drivers)
            else {
                continue;
            };
            let pinned: Vec<usize> = stop.wishes.iter().map(|wish| wish.vehicle).chain([number]).collect();
            stop.vehicles = Some(pinned);
            stop.wishes.push(Wish { vehicle: number, place });
        }
    }
    Ok(())
}
