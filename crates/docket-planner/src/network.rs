//! The problem as the search sees it: times from a common zero, one table of nodes, rows of legs in both directions.

use crate::day::Day;
use crate::matrix::Leg;
use crate::model::{Need, Place, Problem, Span, Vehicle, Window};

/// No window reaches further than this from the beginning (17 years); a missing way takes longer.
const HORIZON_S: i64 = 1 << 29;
/// Stands for "without limit": sums with it do not overflow.
pub(crate) const UNLIMITED: i64 = i64::MAX / 8;
/// The location of a busy time that is spent wherever the vehicle is.
pub(crate) const ANYWHERE: u32 = u32::MAX;
/// Nothing makes up for leaving out a required stop; still, the sum of all of them stays far from overflowing.
const MAX_DUTY: i64 = 1_000_000_000_000;
/// How many of a stop's neighbours are known.
const NEIGHBOURS: usize = 250;

/// What a node of a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    End,
    /// A stop in one of its windows.
    Stop(u32),
    /// The vehicle's busy time of this index.
    Busy(u32),
    /// A depot to reload at.
    Reload(u32),
}

/// Something in a route: where, when, how long, how much.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub kind: Kind,
    /// Where the vehicle has to come to.
    pub arrive: u32,
    /// Where it goes on from.
    pub leave: u32,
    pub open: i64,
    pub close: i64,
    pub service: i64,
    /// The way from where it is come to to where it is left.
    pub way: i64,
    pub weight: i64,
    pub volume: i64,
}

impl VehicleInfo {
    /// Some of its limits only a whole walk tells.
    pub const fn walked(&self) -> bool {
        self.per_trip || self.jumps || self.wait < UNLIMITED
    }
}

impl Node {
    pub const fn floats(&self) -> bool {
        self.arrive == ANYWHERE
    }
}

/// A stop's place among the nodes, and what leaving it out costs.
#[derive(Clone, Debug)]
pub(crate) struct StopInfo {
    /// Its nodes, one for each window that can be met at all.
    pub first: u32,
    pub windows: u32,
    pub required: bool,
    pub penalty: i64,
    pub location: u32,
    pub wishes: Vec<(u32, Place)>,
}

/// A vehicle with its limits as plain numbers.
#[derive(Clone, Debug)]
pub(crate) struct VehicleInfo {
    /// Its route without any stop: start, fixed busy times, end.
    pub empty: Vec<u32>,
    pub reloads: Vec<u32>,
    pub weight: i64,
    pub volume: i64,
    pub distance: i64,
    pub duration: i64,
    pub stops: i64,
    pub idle: i64,
    /// The longest single wait.
    pub wait: i64,
    /// A depot of it is left elsewhere than it is come to.
    pub jumps: bool,
    /// Limits are counted over each trip.
    pub per_trip: bool,
    /// What using it costs.
    pub fixed: i64,
    /// Vehicles of one class cannot be told apart.
    pub class: u32,
    /// The route's duration has to be known, for its cost or its limits.
    pub timed: bool,
    /// It has a busy time that is spent wherever it is.
    pub floats: bool,
    /// Stops that wish for a place in its route.
    pub wished: Vec<u32>,
}

/// Everything the search reads and never changes.
#[derive(Debug)]
pub(crate) struct Network {
    /// Times count from here.
    pub zero: i64,
    size: usize,
    from: Vec<Leg>,
    into: Vec<Leg>,
    pub nodes: Vec<Node>,
    pub stops: Vec<StopInfo>,
    pub vehicles: Vec<VehicleInfo>,
    /// Whether a vehicle may serve a stop at all: `[stop * vehicles + vehicle]`.
    allowed: Vec<bool>,
    /// A stop's nearest others, nearest first.
    pub near: Vec<Vec<u32>>,
    pub per_metre: i64,
    pub per_second: i64,
    pub per_place: i64,
    pub classes: usize,
}

impl Network {
    /// Reads a problem that has been checked.
    pub fn new(problem: &Problem) -> Self {
        let zero = problem.vehicles.iter().map(|vehicle| vehicle.shift.open).min().unwrap_or(0);
        let (size, from, into) = legs(problem);
        let mut network = Self {
            zero,
            size,
            from,
            into,
            nodes: Vec::new(),
            stops: Vec::with_capacity(problem.stops.len()),
            vehicles: Vec::with_capacity(problem.vehicles.len()),
            allowed: Vec::new(),
            near: Vec::new(),
            per_metre: problem.weights.per_metre,
            per_second: problem.weights.per_second,
            per_place: problem.weights.per_place,
            classes: 0,
        };
        for index in 0..problem.stops.len() {
            network.add_stop(problem, index);
        }
        for vehicle in &problem.vehicles {
            network.add_vehicle(problem, vehicle);
        }
        network.set_penalties(problem);
        network.set_allowed(problem);
        network.set_classes(problem);
        network.near = network.neighbours();
        network
    }

    pub fn leg(&self, from: u32, to: u32) -> Leg {
        self.from[from as usize * self.size + to as usize]
    }

    /// Legs out of a location, by where they go.
    pub fn out_of(&self, from: u32) -> &[Leg] {
        &self.from[from as usize * self.size..(from as usize + 1) * self.size]
    }

    /// Legs to a location, by where they come from.
    pub fn into(&self, to: u32) -> &[Leg] {
        &self.into[to as usize * self.size..(to as usize + 1) * self.size]
    }

    pub fn node(&self, id: u32) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn allows(&self, vehicle: usize, stop: u32) -> bool {
        self.allowed[stop as usize * self.vehicles.len() + vehicle]
    }

    /// The stop a node is of; no node but a stop's is asked.
    pub const fn stop_of(&self, node: &Node) -> u32 {
        match node.kind {
            Kind::Stop(stop) => stop,
            _ => 0,
        }
    }

    /// What a leg costs.
    pub const fn leg_cost(&self, leg: Leg) -> i64 {
        self.per_metre * leg.distance_m as i64 + self.per_second * leg.duration_s as i64
    }

    /// The wish a stop has for this vehicle.
    pub fn wish(&self, stop: u32, vehicle: usize) -> Option<Place> {
        let wishes = &self.stops[stop as usize].wishes;
        wishes.iter().find(|(of, _)| *of as usize == vehicle).map(|(_, place)| *place)
    }

    fn nowhere(&self) -> u32 {
        self.size as u32 - 1
    }

    /// A window counted from the common zero; `None` when it closes before anything begins.
    fn span(&self, window: Window) -> Option<(i64, i64)> {
        let close = window.close.saturating_sub(self.zero).min(HORIZON_S);
        let open = window.open.saturating_sub(self.zero).clamp(0, HORIZON_S);
        (close >= open).then_some((open, close))
    }

    fn add_node(&mut self, kind: Kind, way: (u32, u32), span: (i64, i64), service: i64) -> u32 {
        let (arrive, leave) = way;
        let (open, close) = span;
        self.nodes.push(Node { kind, arrive, leave, open, close, service, way: 0, weight: 0, volume: 0 });
        self.nodes.len() as u32 - 1
    }

    fn add_stop(&mut self, problem: &Problem, index: usize) {
        let stop = &problem.stops[index];
        let location = stop.location as u32;
        let first = self.nodes.len() as u32;
        let mut spans: Vec<(i64, i64)> = stop.windows.iter().filter_map(|window| self.span(*window)).collect();
        if stop.windows.is_empty() {
            spans.push((0, HORIZON_S));
        }
        for span in spans {
            let id = self.add_node(Kind::Stop(index as u32), (location, location), span, stop.service_s);
            let node = &mut self.nodes[id as usize];
            (node.weight, node.volume) = (stop.weight, stop.volume);
        }
        self.stops.push(StopInfo {
            first,
            windows: self.nodes.len() as u32 - first,
            required: matches!(stop.need, Need::Required { .. }),
            penalty: 0,
            location,
            wishes: stop.wishes.iter().map(|wish| (wish.vehicle as u32, wish.place)).collect(),
        });
    }

    fn add_vehicle(&mut self, problem: &Problem, vehicle: &Vehicle) {
        let nowhere = self.nowhere();
        let known = |location: Option<usize>| location.map_or(nowhere, |location| location as u32);
        let day = Day::of(vehicle);
        let shift = |window: Option<Window>| {
            let window = window.unwrap_or(day.shift);
            let both = Window::new(day.shift.open.max(window.open), day.shift.close.min(window.close));
            self.span(both).unwrap_or((0, -1))
        };
        let (departs, arrives) = (shift(vehicle.departs), shift(vehicle.arrives));
        let (start, end) = (known(day.start), known(day.end));
        let mut empty = vec![self.add_node(Kind::Start, (start, start), departs, vehicle.loading_s)];
        for (index, busy) in day.busy {
            let arrive = busy.from.map_or(ANYWHERE, |location| location as u32);
            let leave = busy.to.map_or(arrive, |location| location as u32);
            let span = self.span(busy.begin).unwrap_or((0, -1));
            // One that ends somewhere else than it began begins at a place nobody has to drive to.
            let arrive = if arrive == ANYWHERE && leave != ANYWHERE { nowhere } else { arrive };
            empty.push(self.add_node(Kind::Busy(index as u32), (arrive, leave), span, busy.duration_s));
        }
        empty.push(self.add_node(Kind::End, (end, end), arrives, vehicle.unloading_s));
        let mut reloads = Vec::new();
        for depot_index in &vehicle.depots {
            let depot = &problem.depots[*depot_index];
            let Some(span) = depot.window.map_or(Some((0, HORIZON_S)), |window| self.span(window)) else { continue };
            let arrive = depot.location.map_or(ANYWHERE, |location| location as u32);
            // What happens anywhere ends there.
            let leave = depot.leaves.filter(|_| arrive != ANYWHERE).map_or(arrive, |location| location as u32);
            let kind = Kind::Reload(*depot_index as u32);
            let reload = self.add_node(kind, (arrive, leave), span, depot.service_s);
            self.nodes[reload as usize].way = depot.way_m;
            reloads.push(reload);
        }
        let floats = empty.iter().any(|node| self.node(*node).floats());
        let jumps = reloads.iter().any(|node| self.node(*node).arrive != self.node(*node).leave);
        let limits = &vehicle.limits;
        let limit = |value: Option<i64>| value.unwrap_or(UNLIMITED).min(UNLIMITED);
        self.vehicles.push(VehicleInfo {
            empty,
            reloads,
            weight: limit(vehicle.weight),
            volume: limit(vehicle.volume),
            distance: limit(limits.distance_m),
            duration: limit(limits.duration_s),
            stops: limits.stops.map_or(UNLIMITED, |stops| stops as i64),
            idle: limit(limits.idle_s),
            wait: limit(limits.wait_s),
            jumps,
            per_trip: limits.per == Span::Trip && *limits != Default::default(),
            fixed: vehicle.fixed_cost + problem.weights.per_vehicle,
            class: 0,
            floats,
            wished: Vec::new(),
            timed: self.per_second > 0 || limits.duration_s.is_some() || limits.idle_s.is_some(),
        });
    }

    /// Leaving out a required stop costs more than whatever else a plan could come to.
    fn set_penalties(&mut self, problem: &Problem) {
        let real = |leg: &&Leg| **leg != Leg::NONE;
        let leg = self.from.iter().filter(real).map(|leg| self.leg_cost(*leg)).max().unwrap_or(0);
        let fixed = self.vehicles.iter().map(|vehicle| vehicle.fixed).max().unwrap_or(0);
        let day = problem.vehicles.iter().map(|vehicle| vehicle.shift.close.saturating_sub(vehicle.shift.open));
        let time = day.max().unwrap_or(0).min(HORIZON_S).saturating_mul(self.per_second);
        let (stops, vehicles) = (problem.stops.len() as i64, problem.vehicles.len() as i64);
        let places = self.per_place.saturating_mul(stops * stops);
        let optional = problem.stops.iter().map(|stop| match stop.need {
            Need::Optional { penalty } => penalty,
            Need::Required { .. } => 0,
        });
        let duty = leg
            .saturating_mul(2 * stops + 8)
            .saturating_add(fixed.saturating_add(time).saturating_mul(vehicles))
            .saturating_add(places)
            .saturating_add(optional.fold(0, i64::saturating_add))
            .clamp(1_000, MAX_DUTY);
        for (info, stop) in self.stops.iter_mut().zip(&problem.stops) {
            info.penalty = match stop.need {
                Need::Required { priority } => duty * (100 + i64::from(priority)),
                Need::Optional { penalty } => penalty,
            };
        }
    }

    fn set_allowed(&mut self, problem: &Problem) {
        let count = self.vehicles.len();
        self.allowed = vec![true; count * self.stops.len()];
        for (index, stop) in problem.stops.iter().enumerate() {
            let row = &mut self.allowed[index * count..(index + 1) * count];
            for (vehicle, (allowed, info)) in row.iter_mut().zip(&self.vehicles).enumerate() {
                *allowed = stop.vehicles.as_ref().is_none_or(|only| only.contains(&vehicle))
                    && stop.weight <= info.weight
                    && stop.volume <= info.volume;
            }
        }
    }

    fn set_classes(&mut self, problem: &Problem) {
        let count = self.vehicles.len();
        for (index, stop) in problem.stops.iter().enumerate() {
            for wish in &stop.wishes {
                self.vehicles[wish.vehicle].wished.push(index as u32);
            }
        }
        let wished = |vehicle: usize| !self.vehicles[vehicle].wished.is_empty();
        let mut classes = Vec::with_capacity(count);
        let mut leaders: Vec<usize> = Vec::new();
        for vehicle in 0..count {
            let same = |leader: &usize| {
                problem.vehicles[*leader] == problem.vehicles[vehicle]
                    && (0..self.stops.len() as u32).all(|stop| self.allows(*leader, stop) == self.allows(vehicle, stop))
                    && !wished(*leader)
                    && !wished(vehicle)
            };
            let class = leaders.iter().position(same).unwrap_or_else(|| {
                leaders.push(vehicle);
                leaders.len() - 1
            });
            classes.push(class as u32);
        }
        for (info, class) in self.vehicles.iter_mut().zip(classes) {
            info.class = class;
        }
        self.classes = leaders.len();
    }

    fn neighbours(&self) -> Vec<Vec<u32>> {
        let count = self.stops.len();
        let cost = |a: u32, b: u32| {
            let (a, b) = (self.stops[a as usize].location, self.stops[b as usize].location);
            // Where only time differs (or nothing is weighed) time counts too.
            self.leg_cost(self.leg(a, b)) + self.leg_cost(self.leg(b, a)) + i64::from(self.leg(a, b).duration_s.min(1))
        };
        let mut lists = Vec::with_capacity(count);
        for stop in 0..count as u32 {
            let mut others: Vec<(i64, u32)> =
                (0..count as u32).filter(|other| *other != stop).map(|other| (cost(stop, other), other)).collect();
            if others.len() > NEIGHBOURS {
                others.select_nth_unstable(NEIGHBOURS);
                others.truncate(NEIGHBOURS);
            }
            others.sort_unstable();
            lists.push(others.into_iter().map(|(_, other)| other).collect());
        }
        lists
    }
}

/// All legs out of and into every location, with one more location that is nowhere: no way to or from it.
fn legs(problem: &Problem) -> (usize, Vec<Leg>, Vec<Leg>) {
    let known = problem.matrix.size();
    let size = known + 1;
    let mut from = vec![Leg::default(); size * size];
    let mut into = vec![Leg::default(); size * size];
    for a in 0..known {
        for (b, leg) in problem.matrix.row(a).iter().enumerate() {
            from[a * size + b] = *leg;
            into[b * size + a] = *leg;
        }
    }
    (size, from, into)
}
