//! The plan as it is handed out: routes with times.

use crate::model::Problem;
use crate::network::{Kind, Network};
use crate::reason::{Reason, reason_of};
use crate::solution::Work;
use crate::walk::walk;

/// What the planner found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Routes of the vehicles in use, by vehicle.
    pub routes: Vec<Route>,
    /// Who is on no route.
    pub unassigned: Vec<Unassigned>,
    /// What the routes cost, and the penalties of optional stops left out.
    pub cost: i64,
    /// Attempts made.
    pub iterations: u64,
}

/// A stop on no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unassigned {
    /// Its index.
    pub stop: usize,
    /// Why.
    pub reason: Reason,
}

/// What a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The vehicle's start.
    Start,
    /// A stop, by index.
    Stop(usize),
    /// A depot to reload at, by index.
    Depot(usize),
    /// A busy time of the vehicle, by index. One that only shortens the shift is not shown.
    Busy(usize),
    /// The vehicle's end.
    End,
}

/// Something on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// What.
    pub mark: Mark,
    /// Where the vehicle comes to; `None`: wherever it is.
    pub location: Option<usize>,
    /// When it comes.
    pub arrive: i64,
    /// When service begins.
    pub begin: i64,
    /// When it goes on.
    pub leave: i64,
    /// Way from the visit before.
    pub distance_m: i64,
    /// Time of that way.
    pub duration_s: i64,
}

/// A vehicle's route. It departs so that it is under way no longer than need be, and as early as that allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// From start to end.
    pub visits: Vec<Visit>,
    /// The whole way.
    pub distance_m: i64,
    /// From departure to end.
    pub duration_s: i64,
    /// Waiting for windows to open.
    pub idle_s: i64,
    /// What it costs.
    pub cost: i64,
}

impl Route {
    /// Its stops in order.
    pub fn stops(&self) -> impl Iterator<Item = usize> + '_ {
        self.visits.iter().filter_map(|visit| match visit.mark {
            Mark::Stop(stop) => Some(stop),
            _ => None,
        })
    }
}

pub(crate) fn plan_of(problem: &Problem, work: &mut Work<'_>, iterations: u64) -> Plan {
    let network = work.network;
    let mut nodes = Vec::new();
    let mut routes = Vec::new();
    for (vehicle, route) in work.now.routes.iter().enumerate().filter(|(_, route)| route.stops > 0) {
        route.nodes_into(&mut nodes);
        routes.push(route_of(problem, network, vehicle, &nodes));
    }
    let mut absent = work.now.absent.clone();
    absent.sort_unstable();
    let optional = absent.iter().map(|stop| &network.stops[*stop as usize]).filter(|stop| !stop.required);
    let cost = routes.iter().map(|route| route.cost).sum::<i64>() + optional.map(|stop| stop.penalty).sum::<i64>();
    let unassigned = absent
        .into_iter()
        .map(|stop| Unassigned { stop: stop as usize, reason: reason_of(problem, work, stop as usize, None) })
        .collect();
    Plan { routes, unassigned, cost, iterations }
}

/// A route that can be driven, with times.
pub(crate) fn route_of(problem: &Problem, network: &Network, vehicle: usize, nodes: &[u32]) -> Route {
    let total = walk(network, vehicle, nodes).unwrap_or_default();
    let mut now = total.depart;
    let mut place = nodes.first().map_or(0, |first| network.node(*first).leave);
    let known = |location: u32| Some(location as usize).filter(|location| *location < problem.matrix.size());
    let mut visits = Vec::with_capacity(nodes.len());
    for id in nodes {
        let node = network.node(*id);
        let floats = node.floats();
        let leg = network.leg(place, if floats { place } else { node.arrive });
        let arrive = now + i64::from(leg.duration_s);
        let begin = arrive.max(node.open);
        now = begin + node.service;
        visits.push(Visit {
            mark: match node.kind {
                Kind::Start => Mark::Start,
                Kind::End => Mark::End,
                Kind::Stop(stop) => Mark::Stop(stop as usize),
                Kind::Busy(busy) => Mark::Busy(busy as usize),
                Kind::Reload(depot) => Mark::Depot(depot as usize),
            },
            location: if floats { known(place) } else { known(node.arrive) },
            arrive: arrive + network.zero,
            begin: begin + network.zero,
            leave: now + network.zero,
            distance_m: i64::from(leg.distance_m),
            duration_s: i64::from(leg.duration_s),
        });
        place = if floats { place } else { node.leave };
    }
    Route {
        vehicle,
        visits,
        distance_m: total.distance,
        duration_s: total.duration,
        idle_s: total.idle,
        cost: network.cost(network.vehicles[vehicle].fixed, total.distance, total.duration, total.stops, total.off),
    }
}
