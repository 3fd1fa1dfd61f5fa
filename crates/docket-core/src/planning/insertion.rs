//! Nearest insertion.

use super::way::{Map, Spot, Way};
use super::{Beyond, Plan, Problem, Vehicle, Visit};

/// Routes of one vehicle: of each the stops, without pinned ones and warehouses.
type Trips = Vec<Vec<usize>>;

/// What inserting costs; less is better, compared from the left.
type Cost = (u8, f64, f64);

/// A place in a vehicle's routes.
struct Candidate {
    /// How unwelcome it is, from 0.
    rank: u8,
    /// Which route; one that is not there yet begins.
    trip: usize,
    /// Before which of its stops.
    place: usize,
    /// How many metres it adds, where that is known.
    added_m: Option<f64>,
}

/// What the routes of a vehicle come to.
#[derive(Clone, Copy, Default)]
struct Totals {
    distance_m: f64,
    ends_at: f64,
    waited_s: f64,
}

/// How many places with few metres more are looked at for the one with the soonest end.
const ENOUGH: usize = 25;

/// Plans routes.
pub fn plan(problem: &Problem) -> Plan {
    let mut planner = Planner::new(problem);
    while let Some(stop) = planner.nearest() {
        planner.insert(stop);
    }
    planner.finish()
}

struct Planner<'a> {
    problem: &'a Problem,
    map: Map<'a>,
    /// Per vehicle, what it is committed to.
    pins: Vec<Vec<(usize, Option<usize>)>>,
    trips: Vec<Trips>,
    totals: Vec<Totals>,
    /// What is still to be planned, and how near it is to anything planned.
    open: Vec<(usize, f64)>,
    left_out: Vec<usize>,
}

impl<'a> Planner<'a> {
    fn new(problem: &'a Problem) -> Planner<'a> {
        let count = problem.vehicles.len();
        let mut planner = Planner {
            problem,
            map: Map::new(problem),
            pins: vec![Vec::new(); count],
            trips: vec![Vec::new(); count],
            totals: vec![Totals::default(); count],
            open: Vec::new(),
            left_out: Vec::new(),
        };
        let mut known = vec![false; problem.stops.len()];
        let mut take = |stop: usize| known.get_mut(stop).is_some_and(|known| !std::mem::replace(known, true));
        for (index, vehicle) in problem.vehicles.iter().enumerate() {
            for &(stop, place) in vehicle.pinned.iter().filter(|(stop, _)| problem.wanted.contains(stop)) {
                if take(stop) {
                    planner.pin(index, stop, place);
                }
            }
        }
        planner.open = problem.wanted.iter().filter(|&&stop| take(stop)).map(|&stop| (stop, f64::INFINITY)).collect();
        planner.look_around();
        planner
    }

    /// Commits a vehicle to a stop, unless that cannot be done.
    fn pin(&mut self, index: usize, stop: usize, place: Option<usize>) {
        let mut pins = self.pins[index].clone();
        pins.push((stop, place));
        // At the front first; those for the end behind all others.
        pins.sort_by_key(|&(_, place)| place.unwrap_or(usize::MAX));
        let before = std::mem::replace(&mut self.pins[index], pins);
        match self.walk(index, &[Vec::new()], |_, _| {}) {
            Some(totals) => {
                self.totals[index] = totals;
                self.trips[index] = vec![Vec::new()];
            }
            None => {
                self.pins[index] = before;
                self.left_out.push(stop);
            }
        }
    }

    /// How near the open stops are to where vehicles set out and to what they are committed to.
    fn look_around(&mut self) {
        let vehicles = &self.problem.vehicles;
        let warehouses = vehicles.iter().flat_map(|vehicle| vehicle.first.into_iter().chain(vehicle.last));
        let pinned = self.pins.iter().flatten().map(|&(stop, _)| stop);
        let starts = vehicles.iter().filter_map(|vehicle| vehicle.start).map(Spot::Place);
        let spots: Vec<Spot> = warehouses.chain(pinned).map(Spot::Stop).chain(starts).collect();
        for spot in spots {
            self.note(spot);
        }
    }

    /// A spot is part of the plan now.
    fn note(&mut self, spot: Spot) {
        for (stop, near) in &mut self.open {
            *near = near.min(self.map.leg_m(Spot::Stop(*stop), spot));
        }
    }

    /// Takes the open stop that is nearest to the plan; of equals the most pressing, then the first.
    fn nearest(&mut self) -> Option<usize> {
        let pressing = |stop: usize| match self.problem.by_window {
            true => self.problem.stops[stop].latest.unwrap_or(i64::MAX),
            false => 0,
        };
        let better = |a: &(usize, (usize, f64)), b: &(usize, (usize, f64))| {
            a.1.1.total_cmp(&b.1.1).then_with(|| pressing(a.1.0).cmp(&pressing(b.1.0))).then_with(|| a.0.cmp(&b.0))
        };
        let (index, _) = self.open.iter().copied().enumerate().min_by(better)?;
        Some(self.open.remove(index).0)
    }

    /// Puts a stop where it costs least, or leaves it out.
    fn insert(&mut self, stop: usize) {
        let mut best: Option<(Cost, usize, Trips, Totals)> = None;
        for index in 0..self.trips.len() {
            let others = self.totals.iter().enumerate().filter(|&(other, _)| other != index);
            let others_end = others.map(|(_, totals)| totals.ends_at).fold(0.0, f64::max);
            let before = self.totals[index];
            let mut possible = 0;
            for candidate in self.candidates(index, stop) {
                // Where the least metres come first, the soonest end is among the first.
                if self.problem.by_duration && candidate.added_m.is_some() && possible >= ENOUGH {
                    continue;
                }
                let cannot_win = |(least, ..): &(Cost, usize, Trips, Totals)| {
                    candidate.added_m.is_some_and(|added_m| !is_less((candidate.rank, added_m, f64::MIN), *least))
                };
                if !self.problem.by_duration && best.as_ref().is_some_and(cannot_win) {
                    break;
                }
                let trips = self.with(index, &candidate, stop);
                let Some(totals) = self.walk(index, &trips, |_, _| {}) else { continue };
                possible += 1;
                let added_m = totals.distance_m - before.distance_m;
                let cost = if self.problem.by_duration {
                    (candidate.rank / 2, totals.ends_at.max(others_end), added_m)
                } else {
                    (candidate.rank, added_m, totals.waited_s - before.waited_s)
                };
                if best.as_ref().is_none_or(|(least, ..)| is_less(cost, *least)) {
                    best = Some((cost, index, trips, totals));
                }
            }
        }
        match best {
            Some((_, index, trips, totals)) => {
                self.trips[index] = trips;
                self.totals[index] = totals;
                self.note(Spot::Stop(stop));
            }
            None => self.left_out.push(stop),
        }
    }

    /// Everywhere a stop could go in a vehicle's routes. Where it can be told beforehand what that adds, the least
    /// comes first.
    fn candidates(&self, index: usize, stop: usize) -> Vec<Candidate> {
        let (vehicle, trips) = (&self.problem.vehicles[index], &self.trips[index]);
        if trips.is_empty() {
            // A vehicle that stands nowhere costs nothing to begin with, so it comes in when no other can.
            let rank = u8::from(vehicle.start.is_none() && vehicle.first.is_none());
            return vec![Candidate { rank, trip: 0, place: 0, added_m: None }];
        }
        // Of equals the later place: what was first stays first.
        let places = |trip: usize| (0..=trips[trip].len()).rev().map(move |place| (trip, place));
        let is_plain = trips.len() == 1
            && self.pins[index].is_empty()
            && vehicle.busy.is_empty()
            && self.problem.beyond != Beyond::Split;
        let mut found: Vec<Candidate> = (0..trips.len())
            .flat_map(places)
            .map(|(trip, place)| {
                let added_m = is_plain.then(|| self.detour_m(vehicle, &trips[trip], place, stop));
                Candidate { rank: 0, trip, place, added_m }
            })
            .collect();
        if is_plain {
            let added_m = |candidate: &Candidate| candidate.added_m.unwrap_or(0.0);
            found.sort_by(|a, b| added_m(a).total_cmp(&added_m(b)));
        }
        let can_begin_anew = match self.problem.beyond {
            Beyond::End => false,
            Beyond::Reload => !vehicle.reloads.is_empty(),
            Beyond::Split => true,
        };
        if can_begin_anew {
            found.push(Candidate { rank: 2, trip: trips.len(), place: 0, added_m: None });
        }
        found
    }

    /// How many metres more it is to visit a stop before what is at a place of a vehicle's only route.
    fn detour_m(&self, vehicle: &Vehicle, trip: &[usize], place: usize, stop: usize) -> f64 {
        let at = |place: usize| trip.get(place).map(|&stop| Spot::Stop(stop));
        let begins = vehicle.first.map(Spot::Stop).or(vehicle.start.map(Spot::Place));
        let before = place.checked_sub(1).map_or(begins, at);
        let after = at(place).or(vehicle.last.map(Spot::Stop));
        let leg_m = |from: Option<Spot>, to: Option<Spot>| from.zip(to).map_or(0.0, |(a, b)| self.map.leg_m(a, b));
        let stop = Some(Spot::Stop(stop));
        leg_m(before, stop) + leg_m(stop, after) - leg_m(before, after)
    }

    /// A vehicle's routes with one more stop.
    fn with(&self, index: usize, candidate: &Candidate, stop: usize) -> Trips {
        let mut trips = self.trips[index].clone();
        match trips.get_mut(candidate.trip) {
            Some(trip) => trip.insert(candidate.place, stop),
            None => trips.push(vec![stop]),
        }
        trips
    }

    /// The stops of one route of several, warehouses and pinned ones in place.
    fn sequence(&self, index: usize, trips: &[Vec<usize>], number: usize, spot: Option<Spot>) -> Vec<(usize, bool)> {
        let vehicle = &self.problem.vehicles[index];
        let is_last = number + 1 == trips.len();
        let mut stops = trips[number].clone();
        if number == 0 {
            for &(stop, at) in self.pins[index].iter().filter(|(_, at)| at.is_some()) {
                stops.insert(at.unwrap_or(0).min(stops.len()), stop);
            }
        }
        if is_last {
            stops.extend(self.pins[index].iter().filter(|(_, at)| at.is_none()).map(|&(stop, _)| stop));
        }
        let begins = match self.problem.beyond {
            Beyond::Reload if number > 0 => self.nearest_of(&vehicle.reloads, spot),
            _ => vehicle.first,
        };
        let ends = vehicle.last.filter(|_| is_last || self.problem.beyond == Beyond::Split);
        let warehouse = |stop: Option<usize>| stop.into_iter().map(|stop| (stop, true));
        warehouse(begins).chain(stops.into_iter().map(|stop| (stop, false))).chain(warehouse(ends)).collect()
    }

    fn nearest_of(&self, stops: &[usize], spot: Option<Spot>) -> Option<usize> {
        let far = |stop: usize| spot.map_or(0.0, |spot| self.map.leg_m(spot, Spot::Stop(stop)));
        stops.iter().copied().min_by(|&a, &b| far(a).total_cmp(&far(b)))
    }

    /// Goes through a vehicle's routes; `None` when that breaks a window or a limit.
    fn walk(&self, index: usize, trips: &[Vec<usize>], mut see: impl FnMut(usize, Visit)) -> Option<Totals> {
        let mut way = Way::new(&self.map, &self.problem.vehicles[index]);
        for number in 0..trips.len() {
            way.begin();
            let sequence = self.sequence(index, trips, number, way.spot);
            for (place, &(stop, is_warehouse)) in sequence.iter().enumerate() {
                let next = sequence.get(place + 1).filter(|_| place == 0 && is_warehouse);
                let idle_until = next.and_then(|&(next, _)| way.idle_at(stop, next));
                see(number, way.visit(stop, is_warehouse, idle_until)?);
            }
            way.end()?;
        }
        Some(Totals { distance_m: way.distance_m, ends_at: way.clock.unwrap_or(0.0), waited_s: way.waited_s })
    }

    fn finish(self) -> Plan {
        let mut plan = Plan { routes: Vec::with_capacity(self.trips.len()), left_out: self.left_out.clone() };
        for (index, trips) in self.trips.iter().enumerate() {
            let mut routes = vec![Vec::new(); trips.len()];
            // It was walked before it was chosen, so it can be.
            let _ = self.walk(index, trips, |number, visit| routes[number].push(visit));
            plan.routes.push(routes);
        }
        plan.left_out.sort_unstable();
        plan
    }
}

fn is_less(a: Cost, b: Cost) -> bool {
    a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)).then_with(|| a.2.total_cmp(&b.2)).is_lt()
}
