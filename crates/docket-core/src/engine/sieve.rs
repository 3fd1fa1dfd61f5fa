//! Which readings of a unit count: newer ones, no impossible jumps.

use crate::completion::Reading;
use crate::geo::distance_m;
use jiff::{SignedDuration, Timestamp};

/// A tracker's clock that is further ahead than this is not believed against later readings.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// Shorter leaps are measuring errors, however little time they took.
const LEAP_M: f64 = 2_000.0;
/// Degrees that are surely less than [`LEAP_M`], by latitude and by longitude.
const SMALL_LEAP: f64 = 0.01;
/// Two readings that far apart in time and nowhere apart in place show a unit standing still …
const STILL_S: i64 = 30;
/// … unless they are further apart than this.
const STILL_UNTIL_S: i64 = 3_600;
/// … where "nowhere apart" is slower than this.
const STILL_KMH: f64 = 1.0;

/// What a unit's last readings were, as far as the next one is judged by them.
///
/// * A reading that is not newer than the last does not count: black boxes come late.
/// * One that the unit could not have reached in time does not count until the next one confirms it: satellites err.
/// * One that does not say its speed shows standing still when it lies where the last one lay a while ago.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sieve {
    last: Option<Reading>,
    suspect: Option<Reading>,
}

/// The readings that count now: none, one, or one with the one before that it confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// The one that was in doubt.
    pub confirmed: Option<Reading>,
    /// The one at hand.
    pub reading: Option<Reading>,
}

impl Counted {
    /// In order of time.
    pub fn readings(self) -> impl Iterator<Item = Reading> {
        self.confirmed.into_iter().chain(self.reading)
    }
}

fn speed_kmh(from: &Reading, to: &Reading) -> f64 {
    let seconds = (to.at.as_millisecond() - from.at.as_millisecond()).max(1) as f64 / 1000.0;
    distance_m(from.place, to.place) / seconds * 3.6
}

/// Whether nothing on the ground goes from one to the other in time; a limit of 0 believes everything.
fn is_jump(from: &Reading, to: &Reading, limit_kmh: f64) -> bool {
    let is_near = |a: f64, b: f64| (a - b).abs() < SMALL_LEAP;
    if limit_kmh <= 0.0 || is_near(from.place.0, to.place.0) && is_near(from.place.1, to.place.1) {
        return false;
    }
    distance_m(from.place, to.place) > LEAP_M && speed_kmh(from, to) > limit_kmh
}

impl Sieve {
    /// The last reading that counted.
    pub fn last(&self) -> Option<Reading> {
        self.last
    }

    /// Takes what counted already, without counting it again.
    pub fn recall(&mut self, reading: Reading) {
        if self.last.is_none_or(|last| last.at < reading.at) {
            *self = Sieve { last: Some(reading), suspect: None };
        }
    }

    /// Looks at one more reading, which came in at a moment. Faster than `limit_kmh` nothing goes.
    pub fn take(&mut self, reading: Reading, received_at: Timestamp, limit_kmh: f64) -> Counted {
        let Some(last) = self.last else { return self.count(None, reading) };
        let newest = self.suspect.map_or(last.at, |suspect| suspect.at.max(last.at));
        if reading.at <= newest {
            let is_ahead = received_at.checked_add(AHEAD).is_ok_and(|latest| newest > latest && reading.at <= latest);
            return if is_ahead { self.count(None, reading) } else { Counted::default() };
        }
        if !is_jump(&last, &reading, limit_kmh) {
            return self.count(None, reading);
        }
        match self.suspect {
            Some(suspect) if !is_jump(&suspect, &reading, limit_kmh) => self.count(Some(suspect), reading),
            _ => {
                self.suspect = Some(reading);
                Counted::default()
            }
        }
    }

    fn count(&mut self, confirmed: Option<Reading>, mut reading: Reading) -> Counted {
        let before = confirmed.or(self.last);
        if reading.speed_kmh.is_none()
            && let Some(before) = before
        {
            let seconds = reading.at.as_second() - before.at.as_second();
            let stands = (STILL_S..=STILL_UNTIL_S).contains(&seconds) && speed_kmh(&before, &reading) < STILL_KMH;
            reading.speed_kmh = stands.then_some(0.0);
        }
        *self = Sieve { last: Some(reading), suspect: None };
        Counted { confirmed, reading: Some(reading) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: f64 = 400.0;

    fn at(second: i64, km: f64) -> Reading {
        let at = Timestamp::from_second(1_768_471_200 + second).expect("a time");
        Reading { at, place: (50.0 + km / 111.195, 10.0), speed_kmh: None }
    }

    /// Seconds of the readings that counted.
    fn counted(readings: &[Reading]) -> Vec<i64> {
        let mut sieve = Sieve::default();
        let take = |reading: &Reading| {
            let counted = sieve.take(*reading, at(0, 0.0).at, LIMIT);
            counted.readings().map(|reading| reading.at.as_second() - 1_768_471_200).collect::<Vec<_>>()
        };
        readings.iter().flat_map(take).collect()
    }

    #[test]
    fn only_newer_ones_count() {
        assert_eq!(counted(&[at(10, 0.0), at(10, 0.1), at(5, 0.0), at(11, 0.0)]), [10, 11]);
    }

    #[test]
    fn a_jump_and_back_never_was() {
        assert_eq!(counted(&[at(0, 0.0), at(10, 50.0), at(20, 0.1), at(30, 0.2)]), [0, 20, 30]);
        assert_eq!(counted(&[at(0, 0.0), at(10, 50.0), at(20, 90.0), at(30, 0.2)]), [0, 30], "nor did two");
        assert_eq!(counted(&[at(0, 0.0), at(1, 0.3)]), [0, 1], "measuring errors are no jumps");
        assert_eq!(counted(&[at(0, 0.0), at(3_600, 300.0)]), [0, 3_600], "there was time enough");
    }

    #[test]
    fn a_jump_that_is_confirmed_was() {
        assert_eq!(counted(&[at(0, 0.0), at(10, 50.0), at(20, 50.1), at(30, 50.2)]), [0, 10, 20, 30]);
    }

    #[test]
    fn a_clock_that_was_far_ahead_does_not_silence_a_unit() {
        assert_eq!(counted(&[at(7_200, 0.0), at(1, 0.0), at(2, 0.0)]), [7_200, 1, 2]);
    }

    #[test]
    fn who_does_not_say_how_fast_and_stays_stands() {
        let mut sieve = Sieve::default();
        let mut speed = |reading: Reading| {
            let counted = sieve.take(reading, reading.at, LIMIT);
            counted.reading.expect("it counts").speed_kmh
        };
        assert_eq!(speed(at(0, 0.0)), None);
        assert_eq!(speed(at(10, 0.001)), None, "too soon to tell");
        assert_eq!(speed(at(70, 0.005)), Some(0.0));
        assert_eq!(speed(at(130, 0.5)), None, "it moved");
        assert_eq!(speed(Reading { speed_kmh: Some(7.0), ..at(190, 0.5) }), Some(7.0), "what is said counts");
    }
}
