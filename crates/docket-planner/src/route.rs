//! One vehicle's route while it is searched: every position knows the stretch up to it and the stretch from it on.

use crate::network::{Kind, Network};
use crate::walk::{Stretch, walk};

/// A position of a route, as far as looking for a place asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub node: u32,
    /// Where the vehicle comes to and goes on from; known here also for busy times spent anywhere.
    pub arrive: u32,
    pub leave: u32,
    /// Which trip from depot to depot this is in; a reload begins the next.
    pub trip: u32,
    /// Way from the position before.
    pub leg_m: i32,
    pub leg_s: i32,
    /// The earliest moment the vehicle can go on from here.
    pub done: i64,
    /// The latest moment it may come here, so that everything after still fits.
    pub due: i64,
}

/// The stretches around a position, itself included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    own: Stretch,
    pub before: Stretch,
    pub after: Stretch,
}

/// What one trip carries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub weight: i64,
    pub volume: i64,
}

/// A route of one vehicle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    /// Changes with the content: what was found out about a route holds for its version.
    pub version: u64,
    pub at: Vec<Position>,
    /// For each position.
    pub around: Vec<Around>,
    pub trips: Vec<Load>,
    pub stops: i64,
    pub distance: i64,
    pub duration: i64,
    /// Driving and serving, without waiting.
    pub moving: i64,
    pub cost: i64,
    /// A stop of it wishes for a place, or limits are counted over trips: only a whole walk tells.
    pub walked: bool,
    /// Some limit does not hold: possible after stops were taken out, never in a plan that is kept.
    pub broken: bool,
}

impl Route {
    /// Gives a route its nodes; false if the windows cannot be met.
    pub fn set(&mut self, network: &Network, vehicle: usize, nodes: &[u32]) -> bool {
        self.at.clear();
        self.at.extend(nodes.iter().map(|node| Position { node: *node, ..Position::default() }));
        self.refresh(network, vehicle)
    }

    pub fn nodes_into(&self, nodes: &mut Vec<u32>) {
        nodes.clear();
        nodes.extend(self.at.iter().map(|position| position.node));
    }

    /// The stops in order, with their places among the positions.
    pub fn stops<'a>(&'a self, network: &'a Network) -> impl Iterator<Item = (usize, u32)> + 'a {
        self.at.iter().enumerate().filter_map(|(place, position)| match network.node(position.node).kind {
            Kind::Stop(stop) => Some((place, stop)),
            _ => None,
        })
    }

    /// Puts nodes behind a position; false, with the route in disorder, if the windows cannot be met.
    pub fn insert(&mut self, network: &Network, vehicle: usize, after: usize, nodes: &[u32]) -> bool {
        let place = after + 1;
        let part = nodes.len() == 1 && self.simple(network, vehicle);
        for node in nodes.iter().rev() {
            self.at.insert(place, Position { node: *node, ..Position::default() });
        }
        if !part {
            return self.refresh(network, vehicle);
        }
        self.around.insert(place, Around::default());
        self.count(network, vehicle, place, 1);
        self.moving += i64::from(self.at[place].leg_s) - i64::from(self.at[place + 1].leg_s);
        self.distance += i64::from(self.at[place].leg_m) - i64::from(self.at[place + 1].leg_m);
        self.link(network, place + 1);
        self.moving += i64::from(self.at[place + 1].leg_s);
        self.distance += i64::from(self.at[place + 1].leg_m);
        self.settle(network, vehicle, place, place)
    }

    /// Takes out stops at some places, ascending; false, with the route in disorder, if the windows cannot be met.
    pub fn remove(&mut self, network: &Network, vehicle: usize, places: &[usize]) -> bool {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return true };
        let part = self.simple(network, vehicle);
        if !part {
            for place in places.iter().rev() {
                self.at.remove(*place);
            }
            return self.refresh(network, vehicle);
        }
        for place in places.iter().rev() {
            self.count(network, vehicle, *place, -1);
            self.at.remove(*place);
            self.around.remove(*place);
            let next = self.at[*place];
            self.moving -= i64::from(next.leg_s);
            self.distance -= i64::from(next.leg_m);
            self.link(network, *place);
            self.moving += i64::from(self.at[*place].leg_s);
            self.distance += i64::from(self.at[*place].leg_m);
        }
        self.settle(network, vehicle, *first, last - places.len())
    }

    /// One trip, no walks: a change can be worked out around where it happened.
    fn simple(&self, network: &Network, vehicle: usize) -> bool {
        let info = &network.vehicles[vehicle];
        !self.walked && !info.floats && info.reloads.is_empty() && info.wished.is_empty()
    }

    /// Counts the stop at a place in (1) or out (-1), with the way to it.
    fn count(&mut self, network: &Network, vehicle: usize, place: usize, sign: i64) {
        let node = network.node(self.at[place].node);
        if sign > 0 {
            let position = &mut self.at[place];
            (position.arrive, position.leave) = (node.arrive, node.leave);
            self.around[place].own = Stretch::of(node);
            self.link(network, place);
        } else {
            self.moving -= i64::from(self.at[place].leg_s);
            self.distance -= i64::from(self.at[place].leg_m);
        }
        debug_assert!(network.allows(vehicle, network.stop_of(node)));
        self.stops += sign;
        self.moving += sign * node.service;
        if let Some(load) = self.trips.first_mut() {
            load.weight += sign * node.weight;
            load.volume += sign * node.volume;
        }
    }

    /// The way to a position.
    fn link(&mut self, network: &Network, place: usize) {
        let leg = network.leg(self.at[place - 1].leave, self.at[place].arrive);
        (self.at[place].leg_m, self.at[place].leg_s) = (leg.distance_m, leg.duration_s);
    }

    /// Works out everything from the nodes; false if the windows cannot be met.
    pub fn refresh(&mut self, network: &Network, vehicle: usize) -> bool {
        self.around.clear();
        self.around.resize(self.at.len(), Around::default());
        self.trips.clear();
        self.trips.push(Load::default());
        (self.stops, self.distance, self.moving) = (0, 0, 0);
        self.walked = network.vehicles[vehicle].walked();
        let mut place = None;
        for (position, around) in self.at.iter_mut().zip(&mut self.around) {
            let node = network.node(position.node);
            around.own = Stretch::of(node);
            (position.arrive, position.leave) = match place {
                Some(place) if node.floats() => (place, place),
                _ => (node.arrive, node.leave),
            };
            let leg = place.map_or_else(Default::default, |place| network.leg(place, position.arrive));
            (position.leg_m, position.leg_s) = (leg.distance_m, leg.duration_s);
            self.distance += i64::from(leg.distance_m) + node.way;
            self.moving += i64::from(leg.duration_s) + node.service;
            place = Some(position.leave);
            match node.kind {
                Kind::Reload(_) => self.trips.push(Load::default()),
                Kind::Stop(stop) => {
                    self.stops += 1;
                    self.walked |= network.wish(stop, vehicle).is_some();
                }
                _ => {}
            }
            position.trip = self.trips.len() as u32 - 1;
            if let Some(load) = self.trips.last_mut() {
                load.weight += node.weight;
                load.volume += node.volume;
            }
        }
        self.settle(network, vehicle, 0, self.at.len().saturating_sub(1))
    }

    /// Works out the stretches up to every position from `first` on, and those from every position up to `last`.
    fn settle(&mut self, network: &Network, vehicle: usize, first: usize, last: usize) -> bool {
        let mut before = first.checked_sub(1).map(|place| self.around[place].before);
        for (position, around) in self.at[first..].iter_mut().zip(&mut self.around[first..]) {
            let joined = match before {
                Some(before) => before.then(i64::from(position.leg_s), around.own),
                None => (around.own.earliest <= around.own.latest).then_some(around.own),
            };
            let Some(joined) = joined else { return false };
            around.before = joined;
            position.done = joined.done();
            before = Some(joined);
        }
        self.duration = before.map_or(0, |whole| whole.duration);
        let behind = (self.at.get(last + 1), self.around.get(last + 1));
        let mut after = if let (Some(at), Some(around)) = behind { Some((at.leg_s, around.after)) } else { None };
        for (position, around) in self.at[..=last].iter_mut().zip(&mut self.around[..=last]).rev() {
            let joined = match after {
                Some((leg_s, after)) => around.own.then(i64::from(leg_s), after),
                None => Some(around.own),
            };
            let Some(joined) = joined else { return false };
            around.after = joined;
            position.due = joined.latest;
            after = Some((position.leg_s, joined));
        }
        self.judge(network, vehicle);
        true
    }

    fn judge(&mut self, network: &Network, vehicle: usize) {
        let info = &network.vehicles[vehicle];
        let mut off = 0;
        self.broken = if self.walked {
            let mut nodes = Vec::with_capacity(self.at.len());
            self.nodes_into(&mut nodes);
            let walked = walk(network, vehicle, &nodes);
            off = walked.map_or(0, |total| total.off);
            walked.is_err()
        } else {
            self.distance > info.distance
                || self.duration > info.duration
                || self.duration - self.moving > info.idle
                || self.stops > info.stops
        };
        self.broken &= self.stops > 0;
        self.cost = network.cost(info.fixed, self.distance, self.duration, self.stops, off);
    }
}
