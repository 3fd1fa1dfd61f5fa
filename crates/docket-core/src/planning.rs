//! Routes from stops and vehicles: nearest insertion over straight lines.
//!
//! The stop nearest to anything planned goes next, to where it costs least. It is quick, never loses or repeats a stop,
//! and keeps every window and limit; it does not go back on what it decided. Pure: the same problem has the same plan.

mod insertion;
mod way;

pub use insertion::plan;

use crate::geo::Place;

/// Something to visit. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Where.
    pub place: Place,
    /// Not before this; who comes earlier waits.
    pub earliest: Option<i64>,
    /// Not after this.
    pub latest: Option<i64>,
    /// How long it takes.
    pub service_s: i64,
    /// What it adds to the load.
    pub weight: f64,
    /// What it adds to the load.
    pub volume: f64,
}

/// A time in which a vehicle does something else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busy {
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// Where it must be at the beginning.
    pub start: Option<Place>,
    /// Where it is at the end.
    pub end: Option<Place>,
}

/// A vehicle. Stops are named by their index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vehicle {
    /// Where it sets out; without a place its first stop is where it begins.
    pub start: Option<Place>,
    /// The warehouse it visits first.
    pub first: Option<usize>,
    /// The warehouse it visits last.
    pub last: Option<usize>,
    /// Warehouses where it can load again.
    pub reloads: Vec<usize>,
    /// How much weight it carries.
    pub weight_limit: Option<f64>,
    /// How much volume it carries.
    pub volume_limit: Option<f64>,
    /// When it is taken, in order of time.
    pub busy: Vec<Busy>,
    /// Stops it must take, and where in its route (`None`: at the end).
    pub pinned: Vec<(usize, Option<usize>)>,
}

/// What happens to a route that a further stop would push over a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beyond {
    /// It takes no more stops.
    #[default]
    End,
    /// The vehicle loads again on its way, and the limits begin anew.
    Reload,
    /// The vehicle begins another route.
    Split,
}

/// What one route may come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Metres.
    pub distance_m: Option<f64>,
    /// Seconds from setting out to the end of the last stop.
    pub duration_s: Option<i64>,
    /// Stops, warehouses aside.
    pub stops: Option<usize>,
    /// Seconds of waiting before a stop.
    pub idle_s: Option<i64>,
}

/// What is to be planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// All stops, warehouses included.
    pub stops: Vec<Stop>,
    /// Those to be distributed.
    pub wanted: Vec<usize>,
    /// Who can take them.
    pub vehicles: Vec<Vehicle>,
    /// Metres per second.
    pub speed_mps: f64,
    /// Nobody sets out before this.
    pub starts_at: i64,
    /// Windows count.
    pub by_window: bool,
    /// Everything should be over soon, rather than with few metres.
    pub by_duration: bool,
    /// What one route may come to.
    pub limits: Limits,
    /// And what if it would come to more.
    pub beyond: Beyond,
}

/// One visit of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Index of the stop.
    pub stop: usize,
    /// When it begins.
    pub at: i64,
    /// Metres from where the vehicle was before.
    pub leg_m: f64,
    /// Where it was before.
    pub from: Option<Place>,
}

/// What comes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Of each vehicle its routes, of each route its visits; empty for a vehicle that stays where it is.
    pub routes: Vec<Vec<Vec<Visit>>>,
    /// Stops nobody can take.
    pub left_out: Vec<usize>,
}
