//! What a problem must be like before anything is computed.

use crate::model::{Need, Problem, Vehicle, Window};
use std::fmt;

/// The most locations a matrix may have: its legs are kept three times, eight bytes each.
pub const MAX_LOCATIONS: usize = 4_000;
/// The most stops in one problem.
pub const MAX_STOPS: usize = 3_000;
/// The most vehicles in one problem.
pub const MAX_VEHICLES: usize = 500;
/// The most depots to reload at.
pub const MAX_DEPOTS: usize = 100;
/// The most windows of one stop.
pub const MAX_WINDOWS: usize = 64;
/// The most busy times of one vehicle.
const MAX_BUSY: usize = 64;
/// The largest amount, cost or weight: sums over a whole plan stay far from overflowing.
const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The largest weight in a cost.
const MAX_WEIGHT: i64 = 10_000;
/// The furthest from zero that a shift begins, either way.
const MAX_TIME: i64 = 1 << 50;
/// The longest way within a depot.
const MAX_WAY_M: i64 = 1 << 29;
/// The longest service or absence.
const MAX_DURATION_S: i64 = 1 << 28;

/// Why a problem cannot be planned at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// A matrix's rows are not as many and as long as its locations.
    MatrixShape,
    /// A coordinate is no number.
    Point,
    /// A speed or detour is not above zero.
    Speed,
    /// There are too many of something.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
    /// Something names a location the matrix does not have.
    Location {
        /// What names it.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// Something names a vehicle or depot that does not exist.
    Unknown {
        /// What names it.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// A window closes before it opens.
    Window {
        /// Whose.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// A number is negative or larger than can be reckoned with.
    Number {
        /// Whose.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// A given sequence names a stop twice.
    Twice {
        /// The stop.
        stop: usize,
    },
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MatrixShape => write!(f, "the matrix is not square"),
            Self::Point => write!(f, "a coordinate is not a number"),
            Self::Speed => write!(f, "a speed is not above zero"),
            Self::TooMany { what, most } => write!(f, "more than {most} {what}"),
            Self::Location { what, index } => write!(f, "{what} {index} is at a location the matrix does not have"),
            Self::Unknown { what, index } => write!(f, "{what} {index} names something that does not exist"),
            Self::Window { what, index } => write!(f, "{what} {index} has a window that closes before it opens"),
            Self::Number { what, index } => write!(f, "{what} {index} has a number out of range"),
            Self::Twice { stop } => write!(f, "stop {stop} is named twice"),
        }
    }
}

impl std::error::Error for Invalid {}

impl Problem {
    /// Whether the problem can be planned; what is wrong with it otherwise.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        most("stops", self.stops.len(), MAX_STOPS)?;
        most("vehicles", self.vehicles.len(), MAX_VEHICLES)?;
        most("depots", self.depots.len(), MAX_DEPOTS)?;
        let weights = &self.weights;
        for weight in [weights.per_metre, weights.per_second] {
            within("weight", 0, weight, MAX_WEIGHT)?;
        }
        within("weight", 0, weights.per_vehicle, MAX_AMOUNT)?;
        within("weight", 0, weights.per_place, MAX_AMOUNT / 1_000)?;
        for (index, depot) in self.depots.iter().enumerate() {
            for location in [depot.location, depot.leaves].into_iter().flatten() {
                self.located("depot", index, location)?;
            }
            depot.window.map_or(Ok(()), |window| ordered("depot", index, window))?;
            within("depot", index, depot.service_s, MAX_DURATION_S)?;
            within("depot", index, depot.way_m, MAX_WAY_M)?;
        }
        for (index, vehicle) in self.vehicles.iter().enumerate() {
            self.check_vehicle(index, vehicle)?;
        }
        for index in 0..self.stops.len() {
            self.check_stop(index)?;
        }
        Ok(())
    }

    fn located(&self, what: &'static str, index: usize, location: usize) -> Result<(), Invalid> {
        if location < self.matrix.size() { Ok(()) } else { Err(Invalid::Location { what, index }) }
    }

    fn check_vehicle(&self, index: usize, vehicle: &Vehicle) -> Result<(), Invalid> {
        const WHAT: &str = "vehicle";
        for location in [vehicle.start, vehicle.end].into_iter().flatten() {
            self.located(WHAT, index, location)?;
        }
        ordered(WHAT, index, vehicle.shift)?;
        for window in [vehicle.departs, vehicle.arrives].into_iter().flatten() {
            ordered(WHAT, index, window)?;
        }
        within(WHAT, index, vehicle.loading_s, MAX_DURATION_S)?;
        within(WHAT, index, vehicle.unloading_s, MAX_DURATION_S)?;
        within(WHAT, index, vehicle.shift.open.saturating_abs(), MAX_TIME)?;
        most("busy times of a vehicle", vehicle.busy.len(), MAX_BUSY)?;
        for busy in &vehicle.busy {
            ordered(WHAT, index, busy.begin)?;
            within(WHAT, index, busy.duration_s, MAX_DURATION_S)?;
            for location in [busy.from, busy.to].into_iter().flatten() {
                self.located(WHAT, index, location)?;
            }
        }
        let limits = &vehicle.limits;
        for number in
            [vehicle.weight, vehicle.volume, limits.distance_m, limits.duration_s, limits.idle_s, limits.wait_s]
        {
            within(WHAT, index, number.unwrap_or(0), i64::MAX)?;
        }
        within(WHAT, index, vehicle.fixed_cost, MAX_AMOUNT)?;
        most("depots of a vehicle", vehicle.depots.len(), MAX_DEPOTS)?;
        if vehicle.depots.iter().any(|depot| *depot >= self.depots.len()) {
            return Err(Invalid::Unknown { what: WHAT, index });
        }
        Ok(())
    }

    fn check_stop(&self, index: usize) -> Result<(), Invalid> {
        const WHAT: &str = "stop";
        let Some(stop) = self.stops.get(index) else { return Ok(()) };
        self.located(WHAT, index, stop.location)?;
        most("windows of a stop", stop.windows.len(), MAX_WINDOWS)?;
        for window in &stop.windows {
            ordered(WHAT, index, *window)?;
        }
        within(WHAT, index, stop.service_s, MAX_DURATION_S)?;
        within(WHAT, index, stop.weight, MAX_AMOUNT)?;
        within(WHAT, index, stop.volume, MAX_AMOUNT)?;
        match stop.need {
            Need::Required { priority } => within(WHAT, index, i64::from(priority), 100)?,
            Need::Optional { penalty } => within(WHAT, index, penalty, MAX_AMOUNT)?,
        }
        let named = stop.vehicles.iter().flatten().copied().chain(stop.wishes.iter().map(|wish| wish.vehicle));
        if named.into_iter().any(|vehicle| vehicle >= self.vehicles.len()) {
            return Err(Invalid::Unknown { what: WHAT, index });
        }
        Ok(())
    }
}

fn most(what: &'static str, count: usize, most: usize) -> Result<(), Invalid> {
    if count <= most { Ok(()) } else { Err(Invalid::TooMany { what, most }) }
}

fn ordered(what: &'static str, index: usize, window: Window) -> Result<(), Invalid> {
    if window.open <= window.close { Ok(()) } else { Err(Invalid::Window { what, index }) }
}

fn within(what: &'static str, index: usize, number: i64, most: i64) -> Result<(), Invalid> {
    if (0..=most).contains(&number) { Ok(()) } else { Err(Invalid::Number { what, index }) }
}
