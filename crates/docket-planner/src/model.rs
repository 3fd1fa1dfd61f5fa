//! What is asked: stops, vehicles, depots, weights.

use crate::matrix::Matrix;

/// A span of time in seconds, both ends included. Any origin will do (Unix time, seconds of the day), as long as it is
/// one for the whole problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first moment.
    pub open: i64,
    /// The last moment.
    pub close: i64,
}

impl Window {
    /// From one moment to another.
    #[must_use]
    pub const fn new(open: i64, close: i64) -> Self {
        Self { open, close }
    }
}

/// How much it matters that a stop is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Served whenever any vehicle can, whatever the way costs. Where not all can be, those of higher priority are
    /// (0 to 100).
    Required {
        /// From 0, the lowest, to 100.
        priority: u8,
    },
    /// Left out where serving it costs more than this.
    Optional {
        /// In the unit of the weights.
        penalty: i64,
    },
}

/// Where in a route a stop is wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// As the first (1), second (2), … stop.
    At(usize),
    /// As the last stop.
    Last,
}

/// A wished place, should this vehicle serve the stop. Every place off costs [`Weights::per_place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// The wished place.
    pub place: Place,
}

/// Somewhere to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Index into the matrix.
    pub location: usize,
    /// Service begins within one of these; none: at any time.
    pub windows: Vec<Window>,
    /// How long service takes.
    pub service_s: i64,
    /// What it adds to the load by weight, in any unit shared with the vehicles.
    pub weight: i64,
    /// What it adds to the load by volume, in any unit shared with the vehicles.
    pub volume: i64,
    /// How much it matters.
    pub need: Need,
    /// Indices of the vehicles that may serve it; `None`: any.
    pub vehicles: Option<Vec<usize>>,
    /// Wished places.
    pub wishes: Vec<Wish>,
}

impl Stop {
    /// A required stop without any further condition.
    #[must_use]
    pub const fn at(location: usize) -> Self {
        Self {
            location,
            windows: Vec::new(),
            service_s: 0,
            weight: 0,
            volume: 0,
            need: Need::Required { priority: 0 },
            vehicles: None,
            wishes: Vec::new(),
        }
    }
}

/// A time in which a vehicle serves nobody: a break, or something it does for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When it begins: equal ends for a fixed appointment.
    pub begin: Window,
    /// How long it lasts.
    pub duration_s: i64,
    /// Where the vehicle has to be when it begins; `None`: wherever it is.
    pub from: Option<usize>,
    /// Where the vehicle is afterwards; `None`: where it began.
    pub to: Option<usize>,
}

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Span {
    /// The vehicle's whole day.
    #[default]
    Route,
    /// Each trip from a depot to the next one.
    Trip,
}

/// Upper limits; `None`: without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Way driven.
    pub distance_m: Option<i64>,
    /// Time away.
    pub duration_s: Option<i64>,
    /// Stops served.
    pub stops: Option<usize>,
    /// Time spent waiting for windows to open.
    pub idle_s: Option<i64>,
    /// Time spent waiting for one window to open; the same whatever the others are counted over.
    pub wait_s: Option<i64>,
    /// What they are counted over.
    pub per: Span,
}

/// Who drives. There has to be a direct way from its start over its fixed appointments to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Where it starts; `None`: at its first stop.
    pub start: Option<usize>,
    /// Where it has to end; `None`: at its last stop.
    pub end: Option<usize>,
    /// It starts and ends within.
    pub shift: Window,
    /// It starts within this too: when a warehouse is open.
    pub departs: Option<Window>,
    /// How long loading takes before it goes; the route begins with it.
    pub loading_s: i64,
    /// It comes to its end within this too.
    pub arrives: Option<Window>,
    /// How long unloading takes there; the route ends with it.
    pub unloading_s: i64,
    /// The most it carries by weight; `None`: without limit.
    pub weight: Option<i64>,
    /// The most it carries by volume; `None`: without limit.
    pub volume: Option<i64>,
    /// When it serves nobody.
    pub busy: Vec<Busy>,
    /// Its limits.
    pub limits: Limits,
    /// What using it costs, besides [`Weights::per_vehicle`].
    pub fixed_cost: i64,
    /// Indices of the depots where it may load again on the way.
    pub depots: Vec<usize>,
}

impl Vehicle {
    /// A vehicle that starts and ends at one location, without any limit.
    #[must_use]
    pub fn new(location: usize, shift: Window) -> Self {
        Self {
            start: Some(location),
            end: Some(location),
            shift,
            departs: None,
            loading_s: 0,
            arrives: None,
            unloading_s: 0,
            weight: None,
            volume: None,
            busy: Vec::new(),
            limits: Limits::default(),
            fixed_cost: 0,
            depots: Vec::new(),
        }
    }
}

/// Where a vehicle loads again: its load is nothing afterwards, as at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    /// Index into the matrix; `None`: wherever the vehicle is, so that its limits only begin anew.
    pub location: Option<usize>,
    /// Where the vehicle goes on from, as an index into the matrix; `None`: where it came to. The time between the two
    /// is part of the service.
    pub leaves: Option<usize>,
    /// The way between the two.
    pub way_m: i64,
    /// Loading begins within; `None`: at any time.
    pub window: Option<Window>,
    /// How long loading takes.
    pub service_s: i64,
}

/// What a plan costs. Whole numbers, so that equal plans cost exactly the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// For each metre driven.
    pub per_metre: i64,
    /// For each second a vehicle is under way, from its start to its end.
    pub per_second: i64,
    /// For each vehicle used.
    pub per_vehicle: i64,
    /// For each place a stop is off its wished one.
    pub per_place: i64,
}

impl Weights {
    /// The shortest way.
    #[must_use]
    pub const fn distance() -> Self {
        Self { per_metre: 1, per_second: 0, per_vehicle: 0, per_place: 100_000 }
    }

    /// The least time; the way decides between equals.
    #[must_use]
    pub const fn duration() -> Self {
        Self { per_metre: 1, per_second: 100, per_vehicle: 0, per_place: 1_000_000 }
    }
}

/// Everything the planner is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Ways and times between locations.
    pub matrix: Matrix,
    /// Who is to be visited.
    pub stops: Vec<Stop>,
    /// Who drives. There has to be a direct way from its start over its fixed appointments to its end.
    pub vehicles: Vec<Vehicle>,
    /// Where they may load again.
    pub depots: Vec<Depot>,
    /// What it costs.
    pub weights: Weights,
}

impl Depot {
    /// One that is always open and takes no time.
    #[must_use]
    pub const fn at(location: usize) -> Self {
        Self { location: Some(location), leaves: None, way_m: 0, window: None, service_s: 0 }
    }
}

impl Problem {
    /// A problem without stops and vehicles yet.
    #[must_use]
    pub const fn new(matrix: Matrix, weights: Weights) -> Self {
        Self { matrix, stops: Vec::new(), vehicles: Vec::new(), depots: Vec::new(), weights }
    }
}
