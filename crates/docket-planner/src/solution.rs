//! A plan under search: routes, who is left out, and the way back to what it was before the last attempt.

use crate::insert::{Insertion, Known, is_reload};
use crate::network::{Network, VehicleInfo};
use crate::route::Route;
use crate::walk::walk;

/// Not in any route.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Routes and who is in them.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub routes: Vec<Route>,
    /// The vehicle of each stop.
    pub of: Vec<u32>,
    /// Stops on no route.
    pub absent: Vec<u32>,
    pub cost: i64,
}

/// A solution being changed, with what it was before.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub network: &'a Network,
    pub now: Solution,
    pub known: Known,
    versions: u64,
    touched: Vec<u32>,
    kept: Vec<Route>,
    is_touched: Vec<bool>,
    kept_absent: Vec<u32>,
    kept_cost: i64,
    /// Vehicles worth asking: those in use and one unused of each class.
    candidates: Vec<u32>,
    candidates_hold: bool,
    /// A vehicle came into use or fell out of it since `begin`.
    flipped: bool,
    nodes: Vec<u32>,
}

impl<'a> Work<'a> {
    /// Nobody is served yet.
    pub fn new(network: &'a Network) -> Self {
        let count = network.vehicles.len();
        let mut work = Self {
            network,
            now: Solution {
                routes: vec![Route::default(); count],
                of: vec![NOBODY; network.stops.len()],
                absent: (0..network.stops.len() as u32).collect(),
                cost: network.stops.iter().map(|stop| stop.penalty).sum(),
            },
            known: Known::new(network),
            versions: 0,
            touched: Vec::new(),
            kept: vec![Route::default(); count],
            is_touched: vec![false; count],
            kept_absent: Vec::new(),
            kept_cost: 0,
            candidates: Vec::new(),
            candidates_hold: false,
            flipped: false,
            nodes: Vec::new(),
        };
        for vehicle in 0..count {
            let route = &mut work.now.routes[vehicle];
            work.versions += 1;
            route.version = work.versions;
            // A vehicle whose own appointments cannot be kept is no use to anybody.
            if !route.set(network, vehicle, &network.vehicles[vehicle].empty) {
                route.at.clear();
            }
        }
        work
    }

    /// From here on changes can be taken back.
    pub fn begin(&mut self) {
        for vehicle in self.touched.drain(..) {
            self.is_touched[vehicle as usize] = false;
        }
        self.kept_absent.clone_from(&self.now.absent);
        self.kept_cost = self.now.cost;
        self.flipped = false;
    }

    /// Takes back everything since `begin`.
    pub fn revert(&mut self) {
        for vehicle in self.touched.drain(..) {
            let index = vehicle as usize;
            self.is_touched[index] = false;
            std::mem::swap(&mut self.now.routes[index], &mut self.kept[index]);
            for (_, stop) in self.now.routes[index].stops(self.network) {
                self.now.of[stop as usize] = vehicle;
            }
        }
        std::mem::swap(&mut self.now.absent, &mut self.kept_absent);
        for stop in &self.now.absent {
            self.now.of[*stop as usize] = NOBODY;
        }
        self.now.cost = self.kept_cost;
        self.candidates_hold &= !self.flipped;
    }

    /// Whether what was changed is as it was.
    pub fn unchanged(&self) -> bool {
        self.now.cost == self.kept_cost
            && self.touched.iter().all(|vehicle| {
                let (now, kept) = (&self.now.routes[*vehicle as usize].at, &self.kept[*vehicle as usize].at);
                now.len() == kept.len() && now.iter().zip(kept).all(|(now, kept)| now.node == kept.node)
            })
    }

    /// Whether all limits hold in what was changed.
    pub fn holds(&self) -> bool {
        self.touched.iter().all(|vehicle| !self.now.routes[*vehicle as usize].broken)
    }

    fn touch(&mut self, vehicle: usize) {
        if !self.is_touched[vehicle] {
            self.is_touched[vehicle] = true;
            self.touched.push(vehicle as u32);
            self.kept[vehicle].clone_from(&self.now.routes[vehicle]);
        }
    }

    fn changed(&mut self, vehicle: usize, cost_before: i64, stops_before: i64) {
        self.versions += 1;
        let route = &mut self.now.routes[vehicle];
        route.version = self.versions;
        self.now.cost += route.cost - cost_before;
        if (stops_before == 0) != (route.stops == 0) {
            self.candidates_hold = false;
            self.flipped = true;
        }
    }

    /// Takes the stops at some positions (ascending) out of a route; they are absent then. False if what is left
    /// cannot be driven, which only ways longer than their detours cause.
    pub fn remove(&mut self, vehicle: usize, places: &[usize]) -> bool {
        self.touch(vehicle);
        let network = self.network;
        let route = &mut self.now.routes[vehicle];
        let (cost, stops) = (route.cost, route.stops);
        for place in places {
            let stop = network.stop_of(network.node(route.at[*place].node));
            self.now.of[stop as usize] = NOBODY;
            self.now.absent.push(stop);
            self.now.cost += network.stops[stop as usize].penalty;
        }
        let mut fine = route.remove(network, vehicle, places);
        if fine && route.trips.len() > 1 {
            fine = drop_reloads(network, vehicle, route, &mut self.nodes);
        }
        self.changed(vehicle, cost, stops);
        fine
    }

    /// Puts an absent stop (by its place in the list of absent ones) into a route. False, and nothing changed, if it
    /// does not fit after all.
    pub fn insert(&mut self, absent: usize, vehicle: usize, insertion: Insertion) -> bool {
        self.touch(vehicle);
        let network = self.network;
        let stop = self.now.absent[absent];
        let route = &mut self.now.routes[vehicle];
        let (cost, stops) = (route.cost, route.stops);
        let (nodes, count) = insertion.nodes(network, vehicle, stop);
        let after = usize::from(insertion.after);
        if !route.insert(network, vehicle, after, &nodes[..count]) {
            route.at.drain(after + 1..=after + count);
            route.refresh(network, vehicle);
            return false;
        }
        self.now.absent.swap_remove(absent);
        self.now.of[stop as usize] = vehicle as u32;
        self.now.cost -= network.stops[stop as usize].penalty;
        self.changed(vehicle, cost, stops);
        true
    }

    /// Gives a vehicle a sequence of absent stops, as far as it fits.
    pub fn follow(&mut self, vehicle: usize, stops: &[usize]) {
        for stop in stops {
            let stop = *stop as u32;
            let Some(absent) = self.now.absent.iter().position(|other| *other == stop) else { continue };
            let best = self.append(vehicle, stop);
            if best.fits() {
                self.insert(absent, vehicle, best);
            }
        }
    }

    /// The cheapest way to put a stop behind all others of a route.
    fn append(&mut self, vehicle: usize, stop: u32) -> Insertion {
        let network = self.network;
        let route = &self.now.routes[vehicle];
        let mut best = Insertion::NONE;
        if !network.allows(vehicle, stop) {
            return best;
        }
        let last = route.stops(network).last().map_or(0, |(place, _)| place);
        let codes = network.vehicles[vehicle].reloads.len().min(127) * 2;
        for after in last..route.at.len().saturating_sub(1) {
            for window in 0..network.stops[stop as usize].windows {
                for code in 0..=codes {
                    let way = Insertion { cost: 0, after: after as u16, window: window as u8, reload: code as u8 };
                    let (nodes, count) = way.nodes(network, vehicle, stop);
                    route.nodes_into(&mut self.nodes);
                    self.nodes.splice(after + 1..after + 1, nodes.into_iter().take(count));
                    let Ok(total) = walk(network, vehicle, &self.nodes) else { continue };
                    let fixed = network.vehicles[vehicle].fixed;
                    let cost = network.cost(fixed, total.distance, total.duration, total.stops, total.off);
                    if cost - route.cost < best.cost {
                        best = Insertion { cost: cost - route.cost, ..way };
                    }
                }
            }
        }
        best
    }

    /// Where an absent stop costs least.
    pub fn cheapest(&mut self, stop: u32) -> Option<(usize, Insertion)> {
        let mut vehicles = Vec::new();
        self.candidates(&mut vehicles);
        let mut chosen: Option<(usize, Insertion)> = None;
        for vehicle in vehicles {
            let vehicle = vehicle as usize;
            let way = self.known.best(self.network, vehicle, &self.now.routes[vehicle], stop).first;
            if way.cost < chosen.map_or(Insertion::NONE.cost, |(_, other)| other.cost) {
                chosen = Some((vehicle, way));
            }
        }
        chosen
    }

    /// Takes out reloads that no limit needs any more.
    pub fn trim(&mut self) {
        for vehicle in 0..self.now.routes.len() {
            let before = self.now.routes[vehicle].clone();
            if before.trips.len() < 2 {
                continue;
            }
            let route = &mut self.now.routes[vehicle];
            if !drop_reloads(self.network, vehicle, route, &mut self.nodes) || route.cost > before.cost {
                *route = before;
            } else {
                self.now.cost += self.now.routes[vehicle].cost - before.cost;
            }
        }
    }

    /// Of two directions that cost the same, a route takes the one that begins with the earlier stop of the problem.
    pub fn turn(&mut self) {
        let network = self.network;
        for (vehicle, info) in network.vehicles.iter().enumerate() {
            let route = &mut self.now.routes[vehicle];
            let mut stops = route.stops(network).map(|(_, stop)| stop);
            let first = stops.next();
            let turned = first.zip(stops.last()).is_some_and(|(first, last)| last < first);
            if !turned || info.empty.len() > 2 {
                continue;
            }
            route.nodes_into(&mut self.nodes);
            let before = self.nodes.clone();
            let inner = 1..self.nodes.len().saturating_sub(1);
            self.nodes[inner].reverse();
            let cost = route.cost;
            let fits = walk(network, vehicle, &self.nodes).is_ok() && route.set(network, vehicle, &self.nodes);
            if !fits || route.broken || route.cost > cost {
                route.set(network, vehicle, &before);
            }
        }
    }

    /// The routes were exchanged for others.
    pub fn reconsider(&mut self) {
        self.candidates_hold = false;
        self.begin();
    }

    /// Vehicles worth asking, into a list of the caller's.
    pub fn candidates(&mut self, list: &mut Vec<u32>) {
        if !self.candidates_hold {
            self.candidates_hold = true;
            self.candidates.clear();
            let mut seen = vec![false; self.network.classes];
            for (vehicle, route) in self.now.routes.iter().enumerate() {
                let VehicleInfo { class, .. } = self.network.vehicles[vehicle];
                if route.stops > 0 {
                    self.candidates.push(vehicle as u32);
                } else if !seen[class as usize] && !route.at.is_empty() {
                    seen[class as usize] = true;
                    self.candidates.push(vehicle as u32);
                }
            }
        }
        list.clone_from(&self.candidates);
    }
}

/// Takes out the reloads a route can do without.
fn drop_reloads(network: &Network, vehicle: usize, route: &mut Route, nodes: &mut Vec<u32>) -> bool {
    let mut place = 1;
    while place < route.at.len() {
        if is_reload(network, route.at[place].node) {
            route.nodes_into(nodes);
            nodes.remove(place);
            let shorter = walk(network, vehicle, nodes);
            if shorter.is_ok_and(|total| total.stops == 0 || total.distance <= route.distance) {
                if !route.set(network, vehicle, nodes) {
                    return false;
                }
                continue;
            }
        }
        place += 1;
    }
    true
}
