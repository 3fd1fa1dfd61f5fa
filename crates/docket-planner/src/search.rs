//! The search: tear out, put back, keep or not, until the budget is spent.

use crate::check::Invalid;
use crate::construct::construct;
use crate::model::Problem;
use crate::network::Network;
use crate::outcome::{Plan, Route, plan_of, route_of};
use crate::random::Random;
use crate::reason::{Reason, reason_of};
use crate::recreate::Recreate;
use crate::ruin::Ruin;
use crate::solution::{Solution, Work};
use crate::walk::walk;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

/// So many attempts for each stop are enough, whatever time is left.
const ENOUGH: u64 = 20_000;
/// Attempts between two looks at the clock.
const BETWEEN_LOOKS: u64 = 64;
/// Attempts between two reports, unless something better was found.
const BETWEEN_REPORTS: u64 = 4_096;

/// Told how a search goes; breaks it off by its answer.
pub type Listener<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// How a plan is searched for. Plans are the same for the same seed and number of iterations; with a time, the machine
/// has its say.
pub struct Search<'a> {
    /// Where the random choices begin.
    pub seed: u64,
    /// The most time, by the clock below.
    pub time: Option<Duration>,
    /// The most attempts; 0 for the first plan without any search.
    pub iterations: Option<u64>,
    /// Time that has gone by since some moment before.
    pub clock: &'a dyn Fn() -> Duration,
    /// Told how it goes; may stop the search, which then answers with the best plan so far.
    pub progress: Option<Listener<'a>>,
    /// Sequences of stops to begin with, by vehicle; the search may change them. Missing ones are empty.
    pub start: Vec<Vec<usize>>,
    /// How the search behaves.
    pub tuning: Tuning,
}

impl Search<'_> {
    /// A search without a clock.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            time: None,
            iterations: None,
            clock: &|| Duration::ZERO,
            progress: None,
            start: Vec::new(),
            tuning: Tuning::default(),
        }
    }
}

impl fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("seed", &self.seed)
            .field("time", &self.time)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// How the search behaves; the defaults are good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// How much worse a plan is kept at first, in ways between neighbouring stops.
    pub hot: f64,
    /// … and at last.
    pub cold: f64,
    /// How many stops are torn out at a time, on average.
    pub torn: f64,
    /// The longest string of them.
    pub longest: f64,
    /// How often the best place is overlooked.
    pub blink: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { hot: 2.0, cold: 0.01, torn: 10.0, longest: 10.0, blink: 0.01 }
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Of its budget, 0 to 1.
    pub fraction: f64,
    /// Attempts made.
    pub iterations: u64,
    /// What the best plan costs, without what cannot be served.
    pub cost: i64,
    /// Stops the best plan leaves out.
    pub unassigned: usize,
}

/// Plans routes.
///
/// # Errors
/// When the problem is not well-formed. A stop that cannot be served is not an error: the plan names it and why.
pub fn plan(problem: &Problem, search: &mut Search<'_>) -> Result<Plan, Invalid> {
    problem.check()?;
    check_start(problem, &search.start)?;
    let begun = (search.clock)();
    let network = Network::new(problem);
    let mut work = Work::new(&network);
    for (vehicle, stops) in search.start.iter().enumerate().take(network.vehicles.len()) {
        work.follow(vehicle, stops);
    }
    construct(&mut work);
    let mut anneal = Anneal::new(work, search);
    anneal.mend_all();
    anneal.run(search, begun);
    anneal.finish();
    Ok(plan_of(problem, &mut anneal.work, anneal.iterations))
}

/// Times one vehicle's stops in a given order, without searching for a better one.
///
/// # Errors
/// When the problem is not well-formed; the inner result says why the sequence cannot be driven.
pub fn schedule(problem: &Problem, vehicle: usize, stops: &[usize]) -> Result<Result<Route, Reason>, Invalid> {
    problem.check()?;
    if vehicle >= problem.vehicles.len() {
        return Err(Invalid::Unknown { what: "vehicle", index: vehicle });
    }
    check_start(problem, &[stops.to_vec()])?;
    let network = Network::new(problem);
    let mut work = Work::new(&network);
    for (place, stop) in stops.iter().enumerate() {
        work.follow(vehicle, &[*stop]);
        if work.now.absent.contains(&(*stop as u32)) {
            return Ok(Err(reason_of(problem, &mut work, *stop, Some((vehicle, place)))));
        }
    }
    let mut nodes = Vec::new();
    work.now.routes[vehicle].nodes_into(&mut nodes);
    Ok(Ok(route_of(problem, &network, vehicle, &nodes)))
}

fn check_start(problem: &Problem, start: &[Vec<usize>]) -> Result<(), Invalid> {
    if start.len() > problem.vehicles.len() {
        return Err(Invalid::Unknown { what: "vehicle", index: problem.vehicles.len() });
    }
    let mut seen = vec![false; problem.stops.len()];
    for stop in start.iter().flatten() {
        match seen.get_mut(*stop) {
            None => return Err(Invalid::Unknown { what: "start", index: *stop }),
            Some(true) => return Err(Invalid::Twice { stop: *stop }),
            Some(seen) => *seen = true,
        }
    }
    Ok(())
}

struct Anneal<'a> {
    work: Work<'a>,
    best: Solution,
    random: Random,
    ruin: Ruin,
    recreate: Recreate,
    iterations: u64,
    temperature: f64,
    vehicles: Vec<u32>,
}

impl<'a> Anneal<'a> {
    fn new(work: Work<'a>, search: &Search<'_>) -> Self {
        let tuning = &search.tuning;
        Self {
            best: work.now.clone(),
            random: Random::new(search.seed),
            ruin: Ruin { average: tuning.torn, longest: tuning.longest },
            recreate: Recreate::new(work.network, tuning.blink),
            iterations: 0,
            temperature: 0.0,
            vehicles: Vec::new(),
            work,
        }
    }

    /// Places whoever still fits, so that nobody is left out for want of trying.
    fn mend_all(&mut self) {
        self.work.begin();
        self.recreate.mend(&mut self.work, &mut self.random, 0, 0.0, f64::INFINITY);
        if !self.work.holds() {
            self.work.revert();
        }
        self.place_all();
        self.keep_best();
    }

    /// Places the absent as long as one fits somewhere for less than leaving it out costs.
    fn place_all(&mut self) {
        let mut placed = true;
        while placed {
            placed = false;
            for absent in (0..self.work.now.absent.len()).rev() {
                let stop = self.work.now.absent[absent];
                let penalty = self.work.network.stops[stop as usize].penalty;
                let Some((vehicle, way)) = self.work.cheapest(stop) else { continue };
                placed |= way.cost < penalty && self.work.insert(absent, vehicle, way);
            }
        }
    }

    fn run(&mut self, search: &mut Search<'_>, begun: Duration) {
        let stops = self.work.network.stops.len() as u64;
        let most = search.iterations.unwrap_or(u64::MAX).min(ENOUGH.saturating_mul(stops));
        let (dear, plain) = self.units();
        let mut reported = (0, self.best.cost);
        while self.iterations < most {
            let spent = (search.clock)().saturating_sub(begun);
            let by_time = search.time.map_or(0.0, |time| spent.as_secs_f64() / time.as_secs_f64().max(1e-9));
            let fraction = by_time.max(self.iterations as f64 / most as f64);
            let better = self.best.cost < reported.1;
            if better || self.iterations >= reported.0 + BETWEEN_REPORTS {
                reported = (self.iterations, self.best.cost);
                if self.report(search, fraction).is_break() {
                    return;
                }
            }
            if fraction >= 1.0 {
                break;
            }
            let tuning = &search.tuning;
            let (hot, cold) = (dear * tuning.hot, plain * tuning.cold);
            self.temperature = hot * (cold / hot).powf(fraction);
            for _ in 0..BETWEEN_LOOKS.min(most - self.iterations) {
                self.iterations += 1;
                self.attempt();
            }
        }
        let _ = self.report(search, 1.0);
    }

    /// What a plan costs for each way between neighbouring stops: in all, and for the way alone.
    fn units(&self) -> (f64, f64) {
        let network = self.work.network;
        let (mut cost, mut ways, mut legs) = (0, 0, 0);
        for route in self.work.now.routes.iter().filter(|route| route.stops > 0) {
            cost += route.cost;
            ways += network.per_metre * route.distance + network.per_second * route.duration;
            legs += route.stops + 1;
        }
        let each = |sum: i64| (sum as f64 / legs.max(1) as f64).max(1.0);
        (each(cost), each(ways))
    }

    fn report(&self, search: &mut Search<'_>, fraction: f64) -> ControlFlow<()> {
        let Some(progress) = search.progress.as_deref_mut() else { return ControlFlow::Continue(()) };
        progress(&Progress {
            fraction: fraction.min(1.0),
            iterations: self.iterations,
            cost: self.best.routes.iter().map(|route| route.cost).sum(),
            unassigned: self.best.absent.len(),
        })
    }

    fn attempt(&mut self) {
        let before = self.work.now.cost;
        let others = self.work.now.absent.len();
        self.work.begin();
        if !self.ruin.tear(&mut self.work, &mut self.random, &mut self.vehicles) {
            self.work.revert();
            return;
        }
        let most = before as f64 - self.temperature * self.random.unit().max(1e-12).ln();
        let margin = -self.temperature * self.random.unit().max(1e-12).ln();
        self.recreate.mend(&mut self.work, &mut self.random, others, margin, most);
        if self.work.now.cost as f64 >= most || self.work.unchanged() || !self.work.holds() {
            self.work.revert();
            return;
        }
        if self.work.now.cost < self.best.cost {
            self.keep_best();
        }
    }

    fn keep_best(&mut self) {
        let now = &self.work.now;
        for (best, route) in self.best.routes.iter_mut().zip(&now.routes) {
            if best.version != route.version {
                best.clone_from(route);
            }
        }
        self.best.of.clone_from(&now.of);
        self.best.absent.clone_from(&now.absent);
        self.best.cost = now.cost;
    }

    /// Goes back to the best plan, and tries once more to place whom it leaves out.
    fn finish(&mut self) {
        self.work.now.clone_from(&self.best);
        self.work.reconsider();
        self.place_all();
        self.work.trim();
        self.work.turn();
        debug_assert!(self.work.now.routes.iter().enumerate().all(|(vehicle, route)| {
            let mut nodes = Vec::new();
            route.nodes_into(&mut nodes);
            route.stops == 0 || walk(self.work.network, vehicle, &nodes).is_ok()
        }));
    }
}
