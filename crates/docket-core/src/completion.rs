//! When a unit's readings complete an order: the rule that live tracking and replays share.
//!
//! Pure: readings in, what they come to out. Readings are looked at in order of time; those without a position must
//! not be among them.

use crate::geo::{Place, distance_m};
use jiff::Timestamp;

/// One reading of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// How fast; `None` is not known, and not standing still.
    pub speed_kmh: Option<f64>,
}

/// What completes an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Its place.
    pub place: Place,
    /// How near counts; 0 or less is never.
    pub radius_m: f64,
    /// The unit must have stood still within the radius.
    pub needs_stop: bool,
    /// The unit must have left again.
    pub needs_exit: bool,
    /// Readings before this do not count.
    pub not_before: Option<Timestamp>,
}

/// What a row of readings comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The unit first came in.
    pub arrived_at: Option<Timestamp>,
    /// It was seen standing still there.
    pub has_stopped: bool,
    /// It is there as far as the last reading says.
    pub is_inside: bool,
    /// It last went out.
    pub departed_at: Option<Timestamp>,
    /// The reading that completes the order.
    pub completed_at: Option<Timestamp>,
}

impl Rule {
    /// Whether a place is within the radius.
    pub fn is_inside(&self, place: Place) -> bool {
        self.radius_m > 0.0 && distance_m(self.place, place) <= self.radius_m
    }

    /// What one more reading makes of the progress; what is complete stays as it is.
    #[must_use]
    pub fn after(&self, mut progress: Progress, reading: &Reading) -> Progress {
        let too_early = self.not_before.is_some_and(|from| reading.at < from);
        if progress.completed_at.is_some() || too_early {
            return progress;
        }
        if self.is_inside(reading.place) {
            progress.arrived_at.get_or_insert(reading.at);
            progress.is_inside = true;
            progress.departed_at = None;
            progress.has_stopped |= reading.speed_kmh == Some(0.0);
            if !self.needs_exit && (!self.needs_stop || progress.has_stopped) {
                progress.completed_at = Some(reading.at);
            }
        } else if progress.is_inside {
            progress.is_inside = false;
            progress.departed_at = Some(reading.at);
            if self.needs_exit && (!self.needs_stop || progress.has_stopped) {
                progress.completed_at = Some(reading.at);
            } else {
                // It went away without having done what counts: the next visit begins anew.
                progress.has_stopped = false;
            }
        }
        progress
    }

    /// What a row of readings comes to.
    pub fn replay<'a>(&self, readings: impl IntoIterator<Item = &'a Reading>) -> Progress {
        readings.into_iter().fold(Progress::default(), |progress, reading| self.after(progress, reading))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, north_m: f64, speed_kmh: f64) -> Reading {
        let at = Timestamp::from_second(second).expect("a time");
        Reading { at, place: (50.0 + north_m / 111_195.0, 10.0), speed_kmh: Some(speed_kmh) }
    }

    fn rule(needs_stop: bool, needs_exit: bool) -> Rule {
        Rule { place: (50.0, 10.0), radius_m: 100.0, needs_stop, needs_exit, not_before: None }
    }

    fn completed(rule: Rule, readings: &[Reading]) -> Option<i64> {
        rule.replay(readings).completed_at.map(Timestamp::as_second)
    }

    const PASSING: [(i64, f64, f64); 3] = [(10, 500.0, 40.0), (20, 50.0, 40.0), (30, -500.0, 40.0)];
    const STOPPING: [(i64, f64, f64); 4] = [(10, 500.0, 40.0), (20, 50.0, 10.0), (25, 10.0, 0.0), (30, -500.0, 40.0)];

    fn readings(of: &[(i64, f64, f64)]) -> Vec<Reading> {
        of.iter().map(|&(second, north_m, speed)| at(second, north_m, speed)).collect()
    }

    #[test]
    fn each_rule_takes_the_reading_that_fulfils_it() {
        let (passing, stopping) = (readings(&PASSING), readings(&STOPPING));
        assert_eq!(completed(rule(false, false), &passing), Some(20), "coming in is enough");
        assert_eq!(completed(rule(true, false), &passing), None, "it never stood");
        assert_eq!(completed(rule(false, true), &passing), Some(30), "it left");
        assert_eq!(completed(rule(true, true), &passing), None);
        assert_eq!(completed(rule(true, false), &stopping), Some(25));
        assert_eq!(completed(rule(true, true), &stopping), Some(30));
        let unknown: Vec<Reading> =
            stopping.into_iter().map(|reading| Reading { speed_kmh: None, ..reading }).collect();
        assert_eq!(completed(rule(true, false), &unknown), None, "nobody knows whether it stood");
        assert_eq!(completed(rule(false, false), &unknown), Some(20));
    }

    #[test]
    fn arrival_and_departure_are_told() {
        let progress = rule(true, true).replay(&readings(&STOPPING));
        assert_eq!(progress.arrived_at.map(Timestamp::as_second), Some(20));
        assert_eq!(progress.departed_at.map(Timestamp::as_second), Some(30));
        let progress = rule(true, false).replay(&readings(&PASSING));
        assert_eq!((progress.is_inside, progress.departed_at.map(Timestamp::as_second)), (false, Some(30)));
    }

    #[test]
    fn a_stop_counts_for_its_own_visit_only() {
        let twice = readings(&[(10, 0.0, 0.0), (20, 500.0, 40.0), (30, 0.0, 40.0), (40, 500.0, 40.0)]);
        assert_eq!(completed(rule(true, true), &twice), Some(20));
        let rule = Rule { not_before: Timestamp::from_second(15).ok(), ..rule(true, true) };
        assert_eq!(completed(rule, &twice), None, "the first visit was too early, the second without a stop");
    }

    #[test]
    fn no_radius_is_never_inside_and_the_edge_is() {
        let nowhere = Rule { radius_m: 0.0, ..rule(false, false) };
        assert_eq!(completed(nowhere, &readings(&STOPPING)), None);
        assert!(rule(false, false).is_inside(at(0, 99.9, 0.0).place));
        assert!(!rule(false, false).is_inside(at(0, 100.1, 0.0).place));
    }
}
