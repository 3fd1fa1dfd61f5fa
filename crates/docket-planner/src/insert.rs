//! Where a stop fits best into a route, and what was found out about it before.

use crate::network::{Kind, Network, UNLIMITED};
use crate::route::{Position, Route};
use crate::walk::{Stretch, walk};

/// One way to put a stop into a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// What it adds to the cost.
    pub cost: i64,
    /// After this position.
    pub after: u16,
    /// In this of the stop's windows.
    pub window: u8,
    /// With a reload: 0 without, 2k + 1 before the stop and 2k + 2 after it, at the vehicle's depot k.
    pub reload: u8,
}

impl Insertion {
    pub const NONE: Self = Self { cost: UNLIMITED, after: 0, window: 0, reload: 0 };

    pub const fn fits(&self) -> bool {
        self.cost < UNLIMITED
    }

    /// The nodes it puts between two positions.
    pub fn nodes(&self, network: &Network, vehicle: usize, stop: u32) -> ([u32; 2], usize) {
        let node = network.stops[stop as usize].first + u32::from(self.window);
        match self.reload {
            0 => ([node, node], 1),
            code => {
                let depot = network.vehicles[vehicle].reloads[usize::from(code - 1) / 2];
                (if code % 2 == 1 { [depot, node] } else { [node, depot] }, 2)
            }
        }
    }
}

/// The best two ways to put a stop into one version of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Best {
    version: u64,
    pub first: Insertion,
    pub second: Insertion,
}

impl Best {
    const UNKNOWN: Self = Self { version: u64::MAX, first: Insertion::NONE, second: Insertion::NONE };

    const fn offer(&mut self, insertion: Insertion) {
        if insertion.cost < self.first.cost {
            self.second = self.first;
            self.first = insertion;
        } else if insertion.cost < self.second.cost {
            self.second = insertion;
        }
    }
}

/// What is known about every stop in every route.
#[derive(Debug)]
pub(crate) struct Known {
    vehicles: usize,
    table: Vec<Best>,
    /// Room for a sequence to be walked.
    nodes: Vec<u32>,
}

impl Known {
    pub fn new(network: &Network) -> Self {
        let vehicles = network.vehicles.len();
        Self { vehicles, table: vec![Best::UNKNOWN; vehicles * network.stops.len()], nodes: Vec::new() }
    }

    /// The best two ways to put a stop into a route as it is now.
    pub fn best(&mut self, network: &Network, vehicle: usize, route: &Route, stop: u32) -> Best {
        let slot = stop as usize * self.vehicles + vehicle;
        if self.table[slot].version == route.version {
            return self.table[slot];
        }
        let mut scan = Scan {
            network,
            vehicle,
            route,
            stop,
            best: Best { version: route.version, ..Best::UNKNOWN },
            nodes: &mut self.nodes,
        };
        if network.allows(vehicle, stop) && !route.at.is_empty() {
            scan.all();
        }
        let best = scan.best;
        self.table[slot] = best;
        best
    }
}

struct Scan<'a> {
    network: &'a Network,
    vehicle: usize,
    route: &'a Route,
    stop: u32,
    best: Best,
    nodes: &'a mut Vec<u32>,
}

impl Scan<'_> {
    fn all(&mut self) {
        let (network, route) = (self.network, self.route);
        let info = &network.vehicles[self.vehicle];
        let stop = &network.stops[self.stop as usize];
        if !info.per_trip && route.stops >= info.stops {
            return;
        }
        let node = network.node(stop.first);
        let full = |position: &Position| {
            let load = route.trips[position.trip as usize];
            load.weight + node.weight > info.weight || load.volume + node.volume > info.volume
        };
        let reloads = !info.reloads.is_empty();
        if route.trips.len() == 1 && !reloads && full(&route.at[0]) {
            return;
        }
        let loads = route.trips.len() > 1 || reloads;
        let walked = route.walked || network.wish(self.stop, self.vehicle).is_some();
        for window in 0..stop.windows {
            let plain = !walked && !loads && !info.timed && !info.floats && route.stops > 0;
            if plain {
                self.plain(window);
            } else {
                self.careful(window, walked, loads, &full);
            }
        }
    }

    /// Distance is all that counts, and every position is in the one trip, which has room.
    fn plain(&mut self, window: u32) {
        let (network, route) = (self.network, self.route);
        let id = network.stops[self.stop as usize].first + window;
        let node = network.node(id);
        let (to, from) = (network.into(node.arrive), network.out_of(node.leave));
        let spare = self.most(network.vehicles[self.vehicle].distance, route.distance) - route.distance;
        let ready = node.open + node.service;
        for (after, pair) in route.at.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            if a.done > node.close {
                break;
            }
            if ready > b.due {
                continue;
            }
            let (there, on) = (to[a.leave as usize], from[b.arrive as usize]);
            let more = i64::from(there.distance_m) + i64::from(on.distance_m) - i64::from(b.leg_m);
            let cost = more * network.per_metre;
            if cost >= self.best.second.cost || more > spare {
                continue;
            }
            let begin = (a.done + i64::from(there.duration_s)).max(node.open);
            if begin > node.close || begin + node.service + i64::from(on.duration_s) > b.due {
                continue;
            }
            self.best.offer(Insertion { cost, after: after as u16, window: window as u8, reload: 0 });
        }
    }

    /// Everything that may count.
    fn careful(&mut self, window: u32, walked: bool, loads: bool, full: &dyn Fn(&Position) -> bool) {
        let (network, route) = (self.network, self.route);
        let id = network.stops[self.stop as usize].first + window;
        let node = network.node(id);
        for (after, pair) in route.at.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            if a.done > node.close {
                break;
            }
            let overfull = loads && full(a);
            let floats = network.node(b.node).floats();
            if !overfull {
                if walked || floats {
                    self.walk(after, window, 0);
                } else {
                    self.reckon(after, window);
                }
            }
            let info = &network.vehicles[self.vehicle];
            if overfull || info.per_trip {
                for code in 1..=(info.reloads.len() * 2).min(254) {
                    self.walk(after, window, code as u8);
                }
            }
        }
    }

    /// The most a route may come to: its limit, or no more than now where that is broken already.
    fn most(&self, limit: i64, now: i64) -> i64 {
        if self.route.broken { limit.max(now) } else { limit }
    }

    /// Judges one position from the stretches before and after it.
    fn reckon(&mut self, after: usize, window: u32) {
        let (network, route) = (self.network, self.route);
        let info = &network.vehicles[self.vehicle];
        let (a, b) = (&route.at[after], &route.at[after + 1]);
        let node = network.node(network.stops[self.stop as usize].first + window);
        let (there, on) = (network.leg(a.leave, node.arrive), network.leg(node.leave, b.arrive));
        let distance = route.distance + i64::from(there.distance_m) + i64::from(on.distance_m) - i64::from(b.leg_m);
        if distance > self.most(info.distance, route.distance) {
            return;
        }
        let (before, behind) = (route.around[after].before, route.around[after + 1].after);
        let (there_s, on_s) = (i64::from(there.duration_s), i64::from(on.duration_s));
        let Some(joined) = before.then(there_s, Stretch::of(node)).and_then(|until| until.then(on_s, behind)) else {
            return;
        };
        if info.timed {
            let between = i64::from(network.leg(a.leave, b.arrive).duration_s);
            let idle = joined.duration - (route.moving + there_s + on_s + node.service - between);
            let idle_now = route.duration - route.moving;
            if joined.duration > self.most(info.duration, route.duration) || idle > self.most(info.idle, idle_now) {
                return;
            }
        }
        let cost = network.cost(info.fixed, distance, joined.duration, route.stops + 1, 0) - route.cost;
        self.best.offer(Insertion { cost, after: after as u16, window: window as u8, reload: 0 });
    }

    /// Whether the way alone costs more than what is known already, or the first node comes too late.
    fn hopeless(&self, after: usize, nodes: &[u32]) -> bool {
        let (network, route) = (self.network, self.route);
        let (a, b) = (&route.at[after], &route.at[after + 1]);
        if !network.vehicles[self.vehicle].wished.is_empty() || network.node(b.node).floats() {
            return false;
        }
        let (mut place, mut now, mut more) = (a.leave, a.done, -i64::from(b.leg_m));
        for node in nodes.iter().map(|node| network.node(*node)) {
            if node.floats() {
                continue;
            }
            let leg = network.leg(place, node.arrive);
            more += i64::from(leg.distance_m);
            now = (now + i64::from(leg.duration_s)).max(node.open);
            if now > node.close {
                return true;
            }
            now += node.service;
            place = node.leave;
        }
        let last = network.leg(place, b.arrive);
        more += i64::from(last.distance_m);
        let used = route.stops > 0 && !route.broken;
        now + i64::from(last.duration_s) > b.due || (used && more * network.per_metre >= self.best.second.cost)
    }

    /// Judges one position by walking the whole route.
    fn walk(&mut self, after: usize, window: u32, reload: u8) {
        let (network, route) = (self.network, self.route);
        let mut insertion = Insertion { cost: 0, after: after as u16, window: window as u8, reload };
        let (nodes, count) = insertion.nodes(network, self.vehicle, self.stop);
        if self.hopeless(after, &nodes[..count]) {
            return;
        }
        route.nodes_into(self.nodes);
        self.nodes.splice(after + 1..after + 1, nodes.into_iter().take(count));
        let Ok(total) = walk(network, self.vehicle, self.nodes) else { return };
        let fixed = network.vehicles[self.vehicle].fixed;
        let cost = network.cost(fixed, total.distance, total.duration, total.stops, total.off);
        insertion.cost = cost - route.cost;
        self.best.offer(insertion);
    }
}

/// Whether a node is a reload.
pub(crate) fn is_reload(network: &Network, node: u32) -> bool {
    matches!(network.node(node).kind, Kind::Reload(_))
}
