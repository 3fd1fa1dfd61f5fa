//! One vehicle's route while it is searched: every position knows the stretch up to it and the stretch from it on.

use crate::network::{Kind, Network};
use crate::walk::{Stretch, walk};

/// A position of a route.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub node: u32,
    /// Where the vehicle comes to and goes on from; known here also for busy times spent anywhere.
    pub arrive: u32,
    pub leave: u32,
    /// Which trip from depot to depot this is in; a reload begins the next.
    pub trip: u32,
    /// Way from the position before.
    pub leg_m: i64,
    /// The earliest moment the vehicle can go on from here.
    pub done: i64,
    /// The latest moment it may come here, so that everything after still fits.
    pub due: i64,
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
    /// Puts nodes into a route.
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

    /// Works out everything from the nodes; false if the windows cannot be met.
    pub fn refresh(&mut self, network: &Network, vehicle: usize) -> bool {
        self.forward(network, vehicle) && self.backward(network) && self.judge(network, vehicle)
    }

    fn forward(&mut self, network: &Network, vehicle: usize) -> bool {
        self.trips.clear();
        self.trips.push(Load::default());
        (self.stops, self.distance, self.moving) = (0, 0, 0);
        self.walked = network.vehicles[vehicle].per_trip;
        let mut place = 0;
        let mut stretch: Option<Stretch> = None;
        for position in &mut self.at {
            let node = network.node(position.node);
            let own = Stretch::of(node);
            if node.floats() {
                (position.arrive, position.leave) = (place, place);
            } else {
                (position.arrive, position.leave) = (node.arrive, node.leave);
            }
            let joined = if let Some(before) = stretch {
                let leg = network.leg(place, position.arrive);
                position.leg_m = i64::from(leg.distance_m);
                self.distance += position.leg_m;
                self.moving += i64::from(leg.duration_s) + node.service;
                before.then(i64::from(leg.duration_s), own)
            } else {
                position.leg_m = 0;
                (own.earliest <= own.latest).then_some(own)
            };
            let Some(joined) = joined else { return false };
            stretch = Some(joined);
            position.before = joined;
            position.done = joined.done();
            place = position.leave;
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
        self.duration = stretch.map_or(0, |whole| whole.duration);
        true
    }

    fn backward(&mut self, network: &Network) -> bool {
        let mut next: Option<(u32, Stretch)> = None;
        for position in self.at.iter_mut().rev() {
            let own = Stretch::of(network.node(position.node));
            let joined = match next {
                Some((arrive, after)) => own.then(i64::from(network.leg(position.leave, arrive).duration_s), after),
                None => Some(own),
            };
            let Some(joined) = joined else { return false };
            position.after = joined;
            position.due = joined.latest;
            next = Some((position.arrive, joined));
        }
        true
    }

    fn judge(&mut self, network: &Network, vehicle: usize) -> bool {
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
        true
    }
}
