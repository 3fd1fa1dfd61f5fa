//! The planner as a dialect sees it: ways between places, and plans. The hub has it searched beside its requests; here
//! is also one that answers on the spot, for transcripts and tests.

use crate::dialect::BoxFuture;
use docket_core::Timestamp;
use docket_planner::{Invalid, Matrix, Measure, Plan, Problem, Reason, Search, SpeedProfile, plan, plan_soonest};
use std::fmt;
use std::time::Duration;

/// Latitude and longitude in degrees.
pub type Place = (f64, f64);

/// What a plan is to be good at. What a metre, a second, a vehicle cost is the problem's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// The least cost.
    #[default]
    Cheapest,
    /// That the last route is over soon, then the least cost.
    Soonest,
}

/// How long is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most time, where time counts; the hub may allow less.
    pub time: Duration,
    /// The most attempts.
    pub attempts: Option<u64>,
    /// Where chance begins: with the same seed and number of attempts the plan is the same.
    pub seed: u64,
}

impl Budget {
    /// Enough for a good plan of so many stops while somebody waits for it.
    pub fn of_stops(count: usize) -> Budget {
        let time = Duration::from_millis(200 + 40 * u64::try_from(count).unwrap_or(u64::MAX).min(250));
        Budget { time, attempts: None, seed: 1 }
    }
}

/// Ways and times between places.
#[derive(Clone, Debug, PartialEq)]
pub struct Travel {
    /// Between all of them, in the order they were named.
    pub matrix: Matrix,
    /// They are roads' rather than straight lines.
    pub by_road: bool,
    /// Why they are not roads', though roads were asked for and there is a service to ask.
    pub warning: Option<String>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The problem makes no sense.
    Invalid(Invalid),
    /// As much is being planned as can be; try again.
    Busy,
    /// It was broken off.
    Stopped,
    /// We failed.
    Fault(String),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Invalid(invalid) => write!(f, "this cannot be planned: {invalid}"),
            PlanError::Busy => f.write_str("as much is being planned as can be at once, try again"),
            PlanError::Stopped => f.write_str("planning was broken off"),
            PlanError::Fault(what) => write!(f, "planning failed: {what}"),
        }
    }
}

impl std::error::Error for PlanError {}

impl From<Invalid> for PlanError {
    fn from(invalid: Invalid) -> PlanError {
        PlanError::Invalid(invalid)
    }
}

/// Who plans.
pub trait Planner: Send + Sync {
    /// Ways between places: by road where that is asked for and can be had, otherwise straight at these speeds.
    fn travel<'a>(
        &'a self,
        places: &'a [Place],
        speeds: &'a SpeedProfile,
        by_road: bool,
    ) -> BoxFuture<'a, Result<Travel, PlanError>>;

    /// Plans. Who no longer waits for the answer breaks the search off.
    fn plan<'a>(&'a self, problem: Problem, goal: Goal, budget: Budget) -> BoxFuture<'a, Result<Plan, PlanError>>;
}

/// Loads are counted in thousandths of what orders and units say.
pub const PARTS: f64 = 1_000.0;
/// No load is larger, in thousandths.
const MOST_PARTS: f64 = 1e12;

/// A load in thousandths; never less than it is.
pub fn load(amount: f64) -> i64 {
    (amount * PARTS).clamp(0.0, MOST_PARTS).ceil() as i64
}

/// What a unit carries in thousandths; never more than it does.
pub fn capacity(amount: f64) -> i64 {
    (amount * PARTS).clamp(0.0, MOST_PARTS).floor() as i64
}

/// Why an order is on no route, for people: times of the problem are Unix seconds, loads as [`load`] counts them.
pub fn in_words(reason: &Reason) -> String {
    let at = |seconds: i64| Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string());
    match *reason {
        Reason::NoVehicle => "no unit may serve it".to_owned(),
        Reason::Tied => "the units that may serve it cannot keep their own appointments".to_owned(),
        Reason::TooLate { reached, closes } => {
            format!("its window closes at {}, no unit can be there before {}", at(closes), at(reached))
        }
        Reason::TooEarly { opens, shift_ends } => {
            format!("its window opens at {}, the last unit is done at {}", at(opens), at(shift_ends))
        }
        Reason::ShiftTooShort { back, shift_ends } => {
            format!("a unit serving it is back at {}, it has to be by {}", at(back), at(shift_ends))
        }
        Reason::Busy { reached, begins } => {
            format!("a unit serving it is at its own appointment at {}, which begins at {}", at(reached), at(begins))
        }
        Reason::Overloads { measure, needs, most } => {
            let whole = |parts: i64| parts as f64 / PARTS;
            format!("its {measure} of {} is above the {} the largest unit carries", whole(needs), whole(most))
        }
        Reason::Exceeds { measure: measure @ (Measure::Weight | Measure::Volume), needs } => {
            format!("serving it takes a {measure} of {}, above the limit", needs as f64 / PARTS)
        }
        Reason::Crowded => "it could be served alone, but not besides the other orders".to_owned(),
        ref other => other.to_string(),
    }
}

/// The same as a word for programs.
pub const fn word(reason: &Reason) -> &'static str {
    match reason {
        Reason::NoVehicle => "no_unit",
        Reason::Tied => "tied",
        Reason::Overloads { .. } => "overloads",
        Reason::NoWay => "no_way",
        Reason::TooLate { .. } => "too_late",
        Reason::TooEarly { .. } => "too_early",
        Reason::ShiftTooShort { .. } => "shift_too_short",
        Reason::Busy { .. } => "busy",
        Reason::Exceeds { .. } => "exceeds",
        Reason::Crowded => "crowded",
        Reason::NotWorth { .. } => "not_worth",
    }
}

/// Searches as the goal asks.
///
/// # Errors
/// When the problem makes no sense.
pub fn search(problem: &Problem, goal: Goal, search: &mut Search<'_>) -> Result<Plan, Invalid> {
    match goal {
        Goal::Cheapest => plan(problem, search),
        Goal::Soonest => plan_soonest(problem, search),
    }
}

/// Plans on the spot, over straight lines, with a number of attempts instead of a time: the same always.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnTheSpot;

impl OnTheSpot {
    /// How many attempts are made.
    const ATTEMPTS: u64 = 2_000;
}

impl Planner for OnTheSpot {
    fn travel<'a>(
        &'a self,
        places: &'a [Place],
        speeds: &'a SpeedProfile,
        _by_road: bool,
    ) -> BoxFuture<'a, Result<Travel, PlanError>> {
        let matrix = Matrix::straight(places, speeds).map_err(PlanError::from);
        let travel = matrix.map(|matrix| Travel { matrix, by_road: false, warning: None });
        Box::pin(async move { travel })
    }

    fn plan<'a>(&'a self, problem: Problem, goal: Goal, budget: Budget) -> BoxFuture<'a, Result<Plan, PlanError>> {
        let attempts = budget.attempts.unwrap_or(Self::ATTEMPTS).min(Self::ATTEMPTS);
        let mut how = Search { iterations: Some(attempts), ..Search::seeded(budget.seed) };
        let found = search(&problem, goal, &mut how).map_err(PlanError::from);
        Box::pin(async move { found })
    }
}
