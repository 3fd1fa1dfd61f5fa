//! When a unit's readings complete an order, and whether that is late: the rules that live tracking, replays and
//! completions by hand share.
//!
//! Pure: readings in, what they come to out. Readings are looked at in order of time; those without a position must
//! not be among them.

use crate::geo::{Place, distance_m};
use crate::order::{Command, Field, Order, Transition};
use crate::track::Report;
use jiff::Timestamp;

/// Seconds of a day; bounds of permanent orders below this are times of day.
const DAY_S: i64 = 86_400;

/// Bits of [`Field::ExecutionFlags`].
pub mod flag {
    /// The unit must have stood still at the place.
    pub const STOP: i64 = 0x1;
    /// The unit must have left the place again.
    pub const EXIT: i64 = 0x2;
    /// Done again and again: its bounds are times of day.
    pub const PERMANENT: i64 = 0x20;
    /// Keeps its status when its route ends by itself.
    pub const KEEP_STATUS: i64 = 0x80;
    /// Is made anew when its route ends by itself before it was done.
    pub const COPY: i64 = 0x100;
}

/// One reading of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// How fast; `None` is not said, which is not standing still.
    pub speed_kmh: Option<f64>,
}

impl Reading {
    /// Of a report, if it says a place.
    pub fn of(report: &Report) -> Option<Reading> {
        let position = report.position?;
        let place = (position.latitude, position.longitude);
        Some(Reading { at: report.at, place, speed_kmh: position.speed_kmh })
    }

    fn stands(&self) -> bool {
        self.speed_kmh == Some(0.0)
    }
}

/// From when to when an order is to be done, in Unix seconds; 0 is not said.
///
/// Bounds are moments; those of a permanent order that both lie below a day are times of day, `offset_s` east of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Lower bound.
    pub from_s: i64,
    /// Upper bound; itself in time.
    pub to_s: i64,
    /// So much before the lower bound is acceptable.
    pub early_s: i64,
    /// How far times of day are from UTC, in seconds eastward.
    pub offset_s: i64,
    /// Whether it is a permanent order's.
    pub is_permanent: bool,
}

impl Window {
    /// The window of an order. Where another dialect wrote its own word for a bound (start, due) later, that counts.
    pub fn of(order: &Order) -> Window {
        let fields = &order.fields;
        let seconds = |at: Option<Timestamp>| at.map_or(0, Timestamp::as_second).max(0);
        Window {
            from_s: seconds(newer(order, (Field::WindowFrom, fields.window_from), (Field::Start, fields.start))),
            to_s: seconds(newer(order, (Field::WindowTo, fields.window_to), (Field::Due, fields.due))),
            early_s: fields.early_tolerance_s.unwrap_or(0).max(0),
            offset_s: fields.window_offset_s.unwrap_or(0),
            is_permanent: fields.execution_flags.unwrap_or(0) & flag::PERMANENT != 0,
        }
    }

    /// The bounds are times of day.
    fn is_daily(&self) -> bool {
        self.is_permanent && self.from_s < DAY_S && self.to_s < DAY_S
    }

    fn time_of_day(&self, at: Timestamp) -> i64 {
        at.as_second().saturating_add(self.offset_s).rem_euclid(DAY_S)
    }

    /// It goes over midnight.
    fn is_overnight(&self) -> bool {
        self.to_s > 0 && self.from_s > self.to_s
    }

    /// From when on readings count, where that is one moment.
    pub fn opens_at(&self) -> Option<Timestamp> {
        let opens = self.from_s.saturating_sub(self.early_s);
        (self.from_s > 0 && !self.is_daily()).then(|| Timestamp::from_second(opens).ok()).flatten()
    }

    /// Whether a reading of this moment counts: it is not too early. After the upper bound it still counts.
    pub fn counts(&self, at: Timestamp) -> bool {
        if self.from_s <= 0 {
            return true;
        }
        let opens = self.from_s.saturating_sub(self.early_s);
        if self.is_daily() {
            return self.is_overnight() || self.time_of_day(at) >= opens;
        }
        // Whole seconds, as the bounds are.
        at.as_second() >= opens
    }

    /// Whether what is completed at this moment is late. Without an upper bound nothing is.
    pub fn is_late(&self, at: Timestamp) -> bool {
        if self.to_s <= 0 {
            return false;
        }
        if self.is_daily() {
            let time = self.time_of_day(at);
            let is_before_the_next = self.is_overnight() && time >= self.from_s.saturating_sub(self.early_s);
            return time > self.to_s && !is_before_the_next;
        }
        at.as_second() > self.to_s
    }
}

/// A bound of the window; the other dialects' word for it (start, due) when that was written later.
fn newer(
    order: &Order,
    (ours, mine): (Field, Option<Timestamp>),
    (theirs, other): (Field, Option<Timestamp>),
) -> Option<Timestamp> {
    if order.written.get(&theirs) > order.written.get(&ours) { other } else { mine.or(other) }
}

/// What holds of orders that do not say it themselves, because their dialect has no word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// How near counts, in metres; 0 is never.
    pub radius_m: i64,
    /// The unit must have stood still.
    pub needs_stop: bool,
    /// The unit must have left again.
    pub needs_exit: bool,
    /// Readings complete them at all; otherwise the unit only comes and goes.
    pub completes: bool,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults { radius_m: 100, needs_stop: true, needs_exit: false, completes: true }
    }
}

/// Wialon says radius and flags of every order: 0 is a word there.
const SAYS_ALL: &str = "wialon";

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
    /// Readings complete it; otherwise the unit only comes and goes.
    pub completes: bool,
    /// When it is to be done.
    pub window: Window,
    /// Readings before this do not count either.
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
    /// What completes an order; `None` where no reading does: it has no place, or no radius.
    pub fn of(order: &Order, defaults: &Defaults) -> Option<Rule> {
        let fields = &order.fields;
        let says_all = order.origin.dialect == SAYS_ALL;
        let place = fields.latitude.zip(fields.longitude)?;
        let radius_m = fields.radius_m.unwrap_or(if says_all { 0 } else { defaults.radius_m });
        let (needs_stop, needs_exit, completes) = match fields.execution_flags {
            Some(flags) => (flags & flag::STOP != 0, flags & flag::EXIT != 0, true),
            None if says_all => (false, false, true),
            None => (defaults.needs_stop, defaults.needs_exit, defaults.completes),
        };
        let window = Window::of(order);
        let radius_m = radius_m as f64;
        (radius_m > 0.0).then_some(Rule {
            place,
            radius_m,
            needs_stop,
            needs_exit,
            completes,
            window,
            not_before: None,
        })
    }

    /// Whether a place is within the radius.
    pub fn is_inside(&self, place: Place) -> bool {
        self.radius_m > 0.0 && distance_m(self.place, place) <= self.radius_m
    }

    /// What one more reading makes of the progress; what is complete stays as it is. While it may not be completed
    /// (others come first), the unit comes and goes.
    #[must_use]
    pub fn after(&self, mut progress: Progress, reading: &Reading, may_complete: bool) -> Progress {
        let may_complete = may_complete && self.completes;
        let too_early = self.not_before.is_some_and(|from| reading.at < from) || !self.window.counts(reading.at);
        // Who is in goes out whatever the time.
        if progress.completed_at.is_some() || too_early && !progress.is_inside {
            return progress;
        }
        if self.is_inside(reading.place) {
            progress.arrived_at.get_or_insert(reading.at);
            progress.is_inside = true;
            progress.departed_at = None;
            progress.has_stopped |= reading.stands();
            if may_complete && !self.needs_exit && (!self.needs_stop || progress.has_stopped) {
                progress.completed_at = Some(reading.at);
            }
        } else if progress.is_inside {
            progress.is_inside = false;
            progress.departed_at = Some(reading.at);
            if may_complete && self.needs_exit && (!self.needs_stop || progress.has_stopped) {
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
        readings.into_iter().fold(Progress::default(), |progress, reading| self.after(progress, reading, true))
    }
}

/// What a completion by a unit's readings writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// The reading that completed it.
    pub at: Timestamp,
    /// Whether that was late.
    pub late: bool,
    /// When the unit first came in.
    pub arrived_at: Option<Timestamp>,
    /// When it went out, if that is what completed it.
    pub departed_at: Option<Timestamp>,
    /// The unit's mileage counter then, if it has one.
    pub odometer_km: Option<f64>,
}

impl Completion {
    /// Of a progress that is complete.
    pub fn of(progress: &Progress, window: &Window, odometer_km: Option<f64>) -> Option<Completion> {
        let at = progress.completed_at?;
        let Progress { arrived_at, departed_at, .. } = *progress;
        Some(Completion { at, late: window.is_late(at), arrived_at, departed_at, odometer_km })
    }

    /// As a command.
    pub fn command(&self) -> Command {
        let command = Command::default()
            .with(Field::ArrivedAt, self.arrived_at)
            .with(Field::DepartedAt, self.departed_at)
            .with(Field::CompletedAt, self.at)
            .with(Field::Late, self.late);
        let command = match self.odometer_km {
            Some(odometer_km) => command.with(Field::OdometerKm, odometer_km),
            None => command,
        };
        command.moving(Transition::Complete)
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
        let window = Window::default();
        Rule { place: (50.0, 10.0), radius_m: 100.0, needs_stop, needs_exit, completes: true, window, not_before: None }
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
        let unsaid: Vec<Reading> = stopping.iter().map(|&reading| Reading { speed_kmh: None, ..reading }).collect();
        assert_eq!(completed(rule(true, false), &unsaid), None, "what is not said is not standing still");
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

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn bounds_are_in_time_and_early_is_as_early_as_allowed() {
        let window = Window { from_s: 1_000_000, to_s: 1_003_600, early_s: 600, ..Window::default() };
        let counts = [999_399, 999_400, 1_000_000, 2_000_000].map(|at| window.counts(moment(at)));
        assert_eq!(counts, [false, true, true, true], "there is no upper gate");
        assert_eq!([1_003_600, 1_003_601].map(|at| window.is_late(moment(at))), [false, true]);
        assert_eq!(window.opens_at(), Some(moment(999_400)));
        let open = Window { early_s: 600, ..Window::default() };
        assert!(open.counts(moment(5)) && !open.is_late(moment(5)) && open.opens_at().is_none());
    }

    #[test]
    fn permanent_orders_go_by_the_time_of_day() {
        // 08:00 to 17:00, three hours east.
        let window = Window { from_s: 28_800, to_s: 61_200, early_s: 1_800, offset_s: 10_800, is_permanent: true };
        let hour = |hour: i64| moment(20_000 * 86_400 + hour * 3_600);
        assert_eq!([4, 5, 14, 15].map(|at| window.counts(hour(at))), [false, true, true, true]);
        assert_eq!([5, 14, 15].map(|at| window.is_late(hour(at))), [false, false, true]);
        assert_eq!(window.opens_at(), None);
        let night = Window { from_s: 79_200, to_s: 7_200, offset_s: 0, is_permanent: true, early_s: 0 };
        assert_eq!([21, 22, 1, 3].map(|at| night.counts(hour(at))), [true; 4]);
        assert_eq!([21, 22, 1, 3].map(|at| night.is_late(hour(at))), [true, false, false, true]);
        let dated = Window { is_permanent: false, ..window };
        assert!(dated.is_late(hour(5)), "without the flag they are moments of 1970");
    }
}
