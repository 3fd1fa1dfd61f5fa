//! Stretches of a route joined in constant time, and whole sequences walked node by node.

use crate::model::Place;
use crate::network::{Kind, Network, Node};

/// What is known of a stretch of a route that can be driven within its windows: how long it takes at least, and
/// between which moments it may begin to take no longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub duration: i64,
    pub earliest: i64,
    pub latest: i64,
}

impl Stretch {
    pub const fn of(node: &Node) -> Self {
        Self { duration: node.service, earliest: node.open, latest: node.close }
    }

    /// This stretch, a way of so many seconds, and the next one; `None` if that comes too late.
    pub fn then(self, way: i64, next: Self) -> Option<Self> {
        let reach = self.duration + way;
        if self.earliest + reach > next.latest {
            return None;
        }
        let wait = (next.earliest - self.latest - reach).max(0);
        Some(Self {
            duration: reach + next.duration + wait,
            earliest: (next.earliest - reach).max(self.earliest) - wait,
            latest: (next.latest - reach).min(self.latest),
        })
    }

    /// The earliest moment it is done.
    pub const fn done(self) -> i64 {
        self.earliest + self.duration
    }
}

/// What a whole route comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub distance: i64,
    pub duration: i64,
    pub idle: i64,
    pub stops: i64,
    /// How many places its stops are off the wished ones.
    pub off: i64,
    /// The earliest departure that takes no longer than need be.
    pub depart: i64,
}

/// Why a sequence cannot be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A node is reached after its window: which, when, and when it closes.
    Late {
        node: u32,
        reached: i64,
        closes: i64,
    },
    /// There is no way to a node.
    NoWay {
        node: u32,
    },
    Weight(i64),
    Volume(i64),
    Distance(i64),
    Duration(i64),
    Stops(i64),
    Idle(i64),
}

/// Walks a sequence from start to end, checking everything.
pub(crate) fn walk(network: &Network, vehicle: usize, sequence: &[u32]) -> Result<Total, Broken> {
    let mut total = Total::default();
    let Some((first, rest)) = sequence.split_first() else { return Ok(total) };
    let first = network.node(*first);
    let mut place = first.leave;
    let mut stretch = Stretch::of(first);
    let mut moving = first.service;
    for id in rest {
        let node = network.node(*id);
        let leg = network.leg(place, if node.floats() { place } else { node.arrive });
        let next = Stretch::of(node);
        let way = i64::from(leg.duration_s);
        let Some(joined) = stretch.then(way, next) else {
            if leg == crate::matrix::Leg::NONE {
                return Err(Broken::NoWay { node: *id });
            }
            return Err(Broken::Late { node: *id, reached: stretch.done() + way, closes: node.close });
        };
        stretch = joined;
        total.distance += i64::from(leg.distance_m) + node.way;
        moving += way + node.service;
        total.stops += i64::from(matches!(node.kind, Kind::Stop(_)));
        place = if node.floats() { place } else { node.leave };
    }
    total.duration = stretch.duration;
    total.idle = stretch.duration - moving;
    total.depart = stretch.earliest;
    total.off = places_off(network, vehicle, sequence, total.stops);
    loads(network, vehicle, sequence)?;
    let info = &network.vehicles[vehicle];
    if !info.per_trip {
        within(network, vehicle, &total)?;
    }
    if info.walked() {
        trips(network, vehicle, sequence, total.depart)?;
    }
    Ok(total)
}

fn within(network: &Network, vehicle: usize, total: &Total) -> Result<(), Broken> {
    let info = &network.vehicles[vehicle];
    if total.distance > info.distance {
        return Err(Broken::Distance(total.distance));
    }
    if total.stops > info.stops {
        return Err(Broken::Stops(total.stops));
    }
    if total.duration > info.duration {
        return Err(Broken::Duration(total.duration));
    }
    if total.idle > info.idle {
        return Err(Broken::Idle(total.idle));
    }
    Ok(())
}

fn loads(network: &Network, vehicle: usize, sequence: &[u32]) -> Result<(), Broken> {
    let info = &network.vehicles[vehicle];
    let (mut weight, mut volume) = (0, 0);
    for id in sequence {
        let node = network.node(*id);
        if matches!(node.kind, Kind::Reload(_)) {
            (weight, volume) = (0, 0);
        }
        weight += node.weight;
        volume += node.volume;
        if weight > info.weight {
            return Err(Broken::Weight(weight));
        }
        if volume > info.volume {
            return Err(Broken::Volume(volume));
        }
    }
    Ok(())
}

/// Limits counted over every trip and every wait, as the vehicle drives when it departs at this moment.
fn trips(network: &Network, vehicle: usize, sequence: &[u32], depart: i64) -> Result<(), Broken> {
    let mut trip = Total::default();
    let Some((first, rest)) = sequence.split_first() else { return Ok(()) };
    let info = &network.vehicles[vehicle];
    let first = network.node(*first);
    let (mut now, mut begun) = (depart + first.service, depart);
    let mut place = first.leave;
    for id in rest {
        let node = network.node(*id);
        let leg = network.leg(place, if node.floats() { place } else { node.arrive });
        now += i64::from(leg.duration_s);
        trip.distance += i64::from(leg.distance_m) + node.way;
        trip.stops += i64::from(matches!(node.kind, Kind::Stop(_)));
        let wait = (node.open - now).max(0);
        if wait > info.wait {
            return Err(Broken::Idle(wait));
        }
        trip.idle += wait;
        now = now.max(node.open);
        if info.per_trip && matches!(node.kind, Kind::Reload(_) | Kind::End) {
            trip.duration = now - begun + if node.kind == Kind::End { node.service } else { 0 };
            within(network, vehicle, &trip)?;
            trip = Total::default();
            begun = now;
        }
        now += node.service;
        place = if node.floats() { place } else { node.leave };
    }
    Ok(())
}

/// How many places the stops of a sequence are off their wishes, all together.
fn places_off(network: &Network, vehicle: usize, sequence: &[u32], stops: i64) -> i64 {
    let mut place = 0;
    let mut off = 0;
    for id in sequence {
        let Kind::Stop(stop) = network.node(*id).kind else { continue };
        place += 1;
        off += match network.wish(stop, vehicle) {
            Some(Place::At(wished)) => (i64::try_from(wished).unwrap_or(stops).min(stops.max(1)) - place).abs(),
            Some(Place::Last) => stops - place,
            None => 0,
        };
    }
    off
}

impl Network {
    /// What a route of so much costs; nothing when it has no stops.
    pub const fn cost(&self, fixed: i64, distance: i64, duration: i64, stops: i64, off: i64) -> i64 {
        if stops == 0 {
            return 0;
        }
        self.per_metre * distance + self.per_second * duration + self.per_place * off + fixed
    }
}
