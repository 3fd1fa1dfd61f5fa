//! Puts absent stops back, one after the other, each where it costs least, sometimes looking away.

use crate::insert::Insertion;
use crate::network::Network;
use crate::random::Random;
use crate::solution::Work;

/// Of those absent before, so many are tried again besides those just torn out.
const MAX_OTHERS: usize = 40;

/// By what absent stops are put in order, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Random,
    Demand,
    Far,
    Close,
    Narrow,
    Opens,
    Closes,
    Precious,
}

/// Puts stops back.
#[derive(Debug)]
pub(crate) struct Recreate {
    orders: Vec<Order>,
    demand: Vec<i64>,
    far: Vec<i64>,
    narrow: Vec<i64>,
    opens: Vec<i64>,
    closes: Vec<i64>,
    penalty: Vec<i64>,
    blink: f64,
    list: Vec<u32>,
    vehicles: Vec<u32>,
}

impl Recreate {
    /// Learns the stops' keys; `blink` is how often a best place is overlooked.
    pub fn new(network: &Network, blink: f64) -> Self {
        let mut keys = Self {
            orders: Vec::new(),
            demand: Vec::new(),
            far: Vec::new(),
            narrow: Vec::new(),
            opens: Vec::new(),
            closes: Vec::new(),
            penalty: Vec::new(),
            blink,
            list: Vec::new(),
            vehicles: Vec::new(),
        };
        let scale = |limit: fn(&crate::network::VehicleInfo) -> i64| {
            network.vehicles.iter().map(limit).max().unwrap_or(1).max(1) as f64
        };
        let (weights, volumes) = (scale(|vehicle| vehicle.weight), scale(|vehicle| vehicle.volume));
        for stop in &network.stops {
            let nodes = &network.nodes[stop.first as usize..(stop.first + stop.windows) as usize];
            let any = nodes.first();
            let share = any.map_or(0.0, |node| (node.weight as f64 / weights).max(node.volume as f64 / volumes));
            keys.demand.push((share * 1e9) as i64);
            keys.far.push(far(network, stop.location));
            keys.narrow.push(nodes.iter().map(|node| node.close - node.open).sum());
            keys.opens.push(nodes.iter().map(|node| node.open).min().unwrap_or(0));
            keys.closes.push(nodes.iter().map(|node| node.close).max().unwrap_or(0));
            keys.penalty.push(stop.penalty);
        }
        keys.choose_orders();
        keys
    }

    fn choose_orders(&mut self) {
        let differ = |list: &[i64]| list.windows(2).any(|pair| pair[0] != pair[1]);
        let mut often = vec![(Order::Random, 4), (Order::Far, 2), (Order::Close, 1)];
        if differ(&self.demand) {
            often.push((Order::Demand, 4));
        }
        if differ(&self.narrow) || differ(&self.opens) || differ(&self.closes) {
            often.extend([(Order::Narrow, 2), (Order::Opens, 2), (Order::Closes, 2)]);
        }
        if differ(&self.penalty) {
            often.push((Order::Precious, 4));
        }
        self.orders = often.into_iter().flat_map(|(order, times)| std::iter::repeat_n(order, times)).collect();
    }

    /// Puts back what is absent, where that is worth it; `others` of the list were absent before. A stop that may be
    /// left out is placed for up to `margin` more than leaving it out costs.
    pub fn mend(&mut self, work: &mut Work<'_>, random: &mut Random, others: usize, margin: f64) {
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        let absent = &work.now.absent;
        list.extend(&absent[others.min(absent.len())..]);
        if others <= MAX_OTHERS {
            list.extend(&absent[..others.min(absent.len())]);
        } else {
            // A run of the list, from a random place: who comes to the end of it comes to the beginning again.
            let begin = random.below(others);
            list.extend((0..MAX_OTHERS).map(|step| absent[(begin + step) % others]));
        }
        self.sort(&mut list, random);
        for stop in &list {
            self.place(work, random, *stop, margin);
        }
        self.list = list;
    }

    fn sort(&self, list: &mut [u32], random: &mut Random) {
        let order = self.orders[random.below(self.orders.len())];
        random.shuffle(list);
        match order {
            Order::Random => {}
            Order::Demand => list.sort_by_key(|stop| -self.demand[*stop as usize]),
            Order::Far => list.sort_by_key(|stop| -self.far[*stop as usize]),
            Order::Close => list.sort_by_key(|stop| self.far[*stop as usize]),
            Order::Narrow => list.sort_by_key(|stop| self.narrow[*stop as usize]),
            Order::Opens => list.sort_by_key(|stop| self.opens[*stop as usize]),
            Order::Closes => list.sort_by_key(|stop| self.closes[*stop as usize]),
            Order::Precious => list.sort_by_key(|stop| -self.penalty[*stop as usize]),
        }
    }

    fn place(&mut self, work: &mut Work<'_>, random: &mut Random, stop: u32, margin: f64) {
        work.candidates(&mut self.vehicles);
        let (mut chosen, mut at) = (Insertion::NONE, 0);
        for vehicle in &self.vehicles {
            let vehicle = *vehicle as usize;
            let best = work.known.best(work.network, vehicle, &work.now.routes[vehicle], stop);
            let mut way = best.first;
            if way.cost < chosen.cost && random.unit() < self.blink {
                way = if random.unit() < self.blink { Insertion::NONE } else { best.second };
            }
            if way.cost < chosen.cost {
                (chosen, at) = (way, vehicle);
            }
        }
        let info = &work.network.stops[stop as usize];
        if !chosen.fits() || (chosen.cost - info.penalty) as f64 > margin {
            return;
        }
        // Those just torn out are at the end of the list.
        if let Some(absent) = work.now.absent.iter().rposition(|other| *other == stop) {
            work.insert(absent, at, chosen);
        }
    }
}

/// How far a location is from where the nearest vehicle starts.
fn far(network: &Network, location: u32) -> i64 {
    let starts = network.vehicles.iter().filter_map(|vehicle| vehicle.empty.first());
    starts.map(|start| network.leg_cost(network.leg(network.node(*start).leave, location))).min().unwrap_or(0)
}
