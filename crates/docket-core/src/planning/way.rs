//! A vehicle's way through its stops: what arrives when, and whether windows and limits are kept.

use super::{Problem, Stop, Vehicle, Visit};
use crate::geo::{Place, distance_m};

/// Times are told in whole seconds; less than half of one is not worth a refusal.
const SLACK_S: f64 = 0.5;

/// Where a vehicle is: at a stop, whose distances are known, or anywhere.
#[derive(Clone, Copy)]
pub(super) enum Spot {
    Stop(usize),
    Place(Place),
}

/// The problem, with the distances between its stops.
pub(super) struct Map<'a> {
    pub problem: &'a Problem,
    legs_m: Vec<f64>,
}

impl<'a> Map<'a> {
    pub(super) fn new(problem: &'a Problem) -> Map<'a> {
        let places: Vec<Place> = problem.stops.iter().map(|stop| stop.place).collect();
        let from = |&a: &Place| places.iter().map(move |&b| distance_m(a, b)).collect::<Vec<f64>>();
        Map { problem, legs_m: places.iter().flat_map(from).collect() }
    }

    fn place(&self, spot: Spot) -> Option<Place> {
        match spot {
            Spot::Stop(stop) => self.problem.stops.get(stop).map(|stop| stop.place),
            Spot::Place(place) => Some(place),
        }
    }

    /// Metres between two spots.
    pub(super) fn leg_m(&self, from: Spot, to: Spot) -> f64 {
        if let (Spot::Stop(from), Spot::Stop(to)) = (from, to) {
            return self.legs_m.get(from * self.problem.stops.len() + to).copied().unwrap_or(0.0);
        }
        self.place(from).zip(self.place(to)).map_or(0.0, |(from, to)| distance_m(from, to))
    }
}

/// A vehicle on its way.
pub(super) struct Way<'a> {
    map: &'a Map<'a>,
    vehicle: &'a Vehicle,
    /// Where it is, if anywhere.
    pub spot: Option<Spot>,
    /// When it is free; `None` before it set out.
    pub clock: Option<f64>,
    next_busy: usize,
    /// Metres so far.
    pub distance_m: f64,
    /// Seconds it waited so far.
    pub waited_s: f64,
    /// Of the present route: setting out, metres, stops, load.
    set_out: Option<f64>,
    trip_m: f64,
    stops: usize,
    weight: f64,
    volume: f64,
}

impl<'a> Way<'a> {
    pub(super) fn new(map: &'a Map<'a>, vehicle: &'a Vehicle) -> Way<'a> {
        Way {
            map,
            vehicle,
            spot: vehicle.start.map(Spot::Place),
            clock: None,
            next_busy: 0,
            distance_m: 0.0,
            waited_s: 0.0,
            set_out: None,
            trip_m: 0.0,
            stops: 0,
            weight: 0.0,
            volume: 0.0,
        }
    }

    /// Another route begins.
    pub(super) fn begin(&mut self) {
        (self.set_out, self.trip_m, self.stops, self.weight, self.volume) = (None, 0.0, 0, 0.0, 0.0);
    }

    fn travel_s(&self, metres: f64) -> f64 {
        metres / self.map.problem.speed_mps.max(0.1)
    }

    /// How far a stop is, when the vehicle leaves for it, and when the visit begins.
    /// Who has no reason to be there before `idle_until` leaves for it later.
    fn arrival(&self, index: usize, stop: &Stop, idle_until: Option<f64>) -> (f64, f64, f64) {
        let problem = self.map.problem;
        let leg_m = self.spot.map_or(0.0, |spot| self.map.leg_m(spot, Spot::Stop(index)));
        let travel_s = self.travel_s(leg_m);
        let earliest = stop.earliest.filter(|_| problem.by_window).map(|earliest| earliest as f64);
        // Whoever has not set out yet does so in time rather than waiting at the door.
        let leaves = match self.clock {
            Some(clock) => clock.max(idle_until.unwrap_or(f64::MIN) - travel_s),
            None => {
                let wanted = earliest.unwrap_or(f64::MIN).max(idle_until.unwrap_or(f64::MIN));
                (problem.starts_at as f64).max(wanted - travel_s)
            }
        };
        let arrives = leaves + travel_s;
        (leg_m, leaves, earliest.map_or(arrives, |earliest| earliest.max(arrives)))
    }

    /// Until when there is nothing to do at a warehouse, if the next stop opens late.
    pub(super) fn idle_at(&self, warehouse: usize, next: usize) -> Option<f64> {
        let problem = self.map.problem;
        let opens = problem.stops.get(next)?.earliest.filter(|_| problem.by_window)?;
        let warehouse_s = problem.stops.get(warehouse)?.service_s.max(0) as f64;
        let travel_s = self.travel_s(self.map.leg_m(Spot::Stop(warehouse), Spot::Stop(next)));
        Some(opens as f64 - travel_s - warehouse_s)
    }

    /// Goes on to a stop; `None` when that breaks its window or the limit on waiting.
    pub(super) fn visit(&mut self, index: usize, is_warehouse: bool, idle_until: Option<f64>) -> Option<Visit> {
        let problem = self.map.problem;
        let stop = problem.stops.get(index)?;
        let service_s = stop.service_s.max(0) as f64;
        while let Some(busy) = self.vehicle.busy.get(self.next_busy) {
            let (_, _, begins) = self.arrival(index, stop, idle_until);
            let back_m = busy.start.map_or(0.0, |place| distance_m(stop.place, place));
            if begins + service_s + self.travel_s(back_m) <= busy.from as f64 {
                break;
            }
            let free = self.clock.unwrap_or(problem.starts_at as f64).max(busy.to as f64);
            (self.clock, self.spot) = (Some(free), busy.end.map(Spot::Place).or(self.spot));
            self.next_busy += 1;
        }
        let from = self.spot.and_then(|spot| self.map.place(spot));
        let (leg_m, leaves, begins) = self.arrival(index, stop, idle_until);
        let waits_s = begins - leaves - self.travel_s(leg_m);
        let limits = &problem.limits;
        let is_late = stop.latest.is_some_and(|latest| problem.by_window && begins.floor() > latest as f64);
        if is_late || limits.idle_s.is_some_and(|most| waits_s > most as f64 + SLACK_S) {
            return None;
        }
        self.set_out.get_or_insert(leaves);
        self.waited_s += waits_s;
        self.distance_m += leg_m;
        self.trip_m += leg_m;
        if !is_warehouse {
            self.stops += 1;
            self.weight += stop.weight;
            self.volume += stop.volume;
        }
        (self.clock, self.spot) = (Some(begins + service_s), Some(Spot::Stop(index)));
        Some(Visit { stop: index, at: begins.floor() as i64, leg_m, from })
    }

    /// Whether the route that ends here keeps its limits.
    pub(super) fn end(&self) -> Option<()> {
        let limits = &self.map.problem.limits;
        let took_s = self.clock.zip(self.set_out).map_or(0.0, |(clock, set_out)| clock - set_out);
        let is_kept = limits.distance_m.is_none_or(|most| self.trip_m <= most)
            && limits.duration_s.is_none_or(|most| took_s <= most as f64 + SLACK_S)
            && limits.stops.is_none_or(|most| self.stops <= most)
            && self.vehicle.weight_limit.is_none_or(|most| self.weight <= most)
            && self.vehicle.volume_limit.is_none_or(|most| self.volume <= most);
        is_kept.then_some(())
    }
}
