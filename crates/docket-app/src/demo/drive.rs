//! Drivers: they drive to their stops at the speed of the traffic, work there, and go on.

use super::city::{course, distance_km};
use super::roads::Roads;
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::ids::{Serial, UnitId};
use docket_core::track::Report;
use std::collections::BTreeMap;

/// The longest stretch that is driven in one go, in seconds: places are not driven past unseen.
const STRIDE_S: i64 = 5;
/// How often somebody who stands reports.
const STANDING_S: i64 = 15;
/// How long a driver without work waits before moving on.
const PATIENCE_S: i64 = 240;
/// A stop that opens later than this can wait.
const AHEAD_S: i64 = 600;
/// Longer stretches are highways.
const HIGHWAY_KM: f64 = 1.5;
const HIGHWAY_KMH: f64 = 88.0;
/// How long a driver remembers what was done: by then the ledger knows.
const MEMORY_S: i64 = 900;

type Point = (f64, f64);

/// A number from 0 to below `of` that looks like chance and is always the same for the same things.
pub(super) fn dice(what: &[i64], of: i64) -> i64 {
    let mixed = what.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |mixed, part| {
        let mut mixed = mixed ^ (*part as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    });
    i64::try_from(mixed % of.max(1).unsigned_abs()).unwrap_or_default()
}

/// Where a driver has to go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop {
    pub(super) serial: Serial,
    pub(super) place: Point,
    pub(super) service_s: i64,
    /// Work may not begin before this.
    pub(super) opens_s: i64,
}

/// What a driver does that others hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Is on the way there.
    SetsOff,
    /// Is there.
    Arrives,
    /// Is done there.
    Leaves,
}

#[derive(Clone, Debug, PartialEq)]
enum Doing {
    Standing { since_s: i64 },
    Driving { to: Option<Stop>, way: Vec<Point>, next: usize },
    Working { at: Stop, until_s: i64 },
}

/// A driver and the unit.
pub(super) struct Driver {
    pub(super) unit: UnitId,
    number: i64,
    pub(super) here: Point,
    course: f64,
    doing: Doing,
    reported_s: i64,
    /// What was done, and when.
    done: BTreeMap<Serial, i64>,
}

impl Driver {
    pub(super) fn new(unit: UnitId, number: i64, here: Point) -> Driver {
        let doing = Doing::Standing { since_s: 0 };
        Driver { unit, number, here, course: 0.0, doing, reported_s: 0, done: BTreeMap::new() }
    }

    /// Drives, works and waits from one second to another. `stops` come in the order they are to be done.
    pub(super) fn go_on(
        &mut self,
        roads: &Roads,
        stops: &[Stop],
        (from_s, to_s): (i64, i64),
        acts: &mut Vec<(Serial, Act)>,
    ) -> Vec<Report> {
        self.done.retain(|_, at_s| to_s - *at_s < MEMORY_S);
        let (mut now_s, mut reports) = (from_s, Vec::new());
        while now_s < to_s {
            let seconds = STRIDE_S.min(to_s - now_s);
            now_s += seconds;
            let speed_kmh = self.step(roads, stops, now_s, seconds, acts);
            if speed_kmh > 0.0 || now_s - self.reported_s >= STANDING_S {
                self.reported_s = now_s;
                reports.extend(self.report(now_s, speed_kmh));
            }
        }
        reports
    }

    /// One stretch; gives how fast it went.
    fn step(&mut self, roads: &Roads, stops: &[Stop], now_s: i64, seconds: i64, acts: &mut Vec<(Serial, Act)>) -> f64 {
        let is_due = |stop: &&Stop| !self.done.contains_key(&stop.serial) && stop.opens_s - now_s < AHEAD_S;
        let next = stops.iter().find(is_due);
        match &mut self.doing {
            Doing::Working { at, until_s } => {
                if now_s < (*until_s).max(at.opens_s) {
                    return 0.0;
                }
                acts.push((at.serial, Act::Leaves));
                self.done.insert(at.serial, now_s);
                // Nobody stays at a place that is done.
                self.doing = Doing::Standing { since_s: 0 };
                0.0
            }
            Doing::Standing { since_s } => {
                if next.is_none() && now_s - *since_s < PATIENCE_S {
                    return 0.0;
                }
                self.set_off(roads, next.cloned(), now_s, acts);
                0.0
            }
            Doing::Driving { to, .. } => {
                let is_wanted = match (&*to, next) {
                    (Some(to), _) => stops.iter().any(|stop| stop.serial == to.serial),
                    (None, next) => next.is_none(),
                };
                if !is_wanted {
                    self.set_off(roads, next.cloned(), now_s, acts);
                }
                self.drive(now_s, seconds, acts)
            }
        }
    }

    fn set_off(&mut self, roads: &Roads, to: Option<Stop>, now_s: i64, acts: &mut Vec<(Serial, Act)>) {
        let place = match &to {
            Some(stop) => {
                acts.push((stop.serial, Act::SetsOff));
                stop.place
            }
            // To wherever the next order may come from.
            None => super::city::corner(dice(&[self.number, now_s], i64::MAX)),
        };
        self.doing = Doing::Driving { to, way: roads.way(self.here, place), next: 1 };
    }

    /// How fast the traffic is on this stretch.
    fn speed_kmh(&self, now_s: i64, length_km: f64) -> f64 {
        let dense = match dice(&[self.number, now_s / 900], 6) {
            0 => 0.55,
            1 => 0.8,
            _ => 1.0,
        };
        let free = if length_km > HIGHWAY_KM { HIGHWAY_KMH } else { 33.0 + 3.0 * (self.number % 5) as f64 };
        (free * dense).round()
    }

    fn drive(&mut self, now_s: i64, seconds: i64, acts: &mut Vec<(Serial, Act)>) -> f64 {
        let Doing::Driving { to, way, next } = &self.doing else { return 0.0 };
        let (mut next, mut left_s, mut speed_kmh) = (*next, seconds as f64, 0.0);
        let mut here = self.here;
        let mut heading = self.course;
        while let Some(&point) = way.get(next) {
            let length = distance_km(here, point);
            let stretch =
                next.checked_sub(1).and_then(|before| way.get(before)).map_or(0.0, |a| distance_km(*a, point));
            speed_kmh = self.speed_kmh(now_s, stretch);
            let reach = speed_kmh / 3600.0 * left_s;
            if length > 0.0 {
                heading = course(here, point);
            }
            if reach < length {
                let share = reach / length;
                here = (here.0 + (point.0 - here.0) * share, here.1 + (point.1 - here.1) * share);
                break;
            }
            left_s -= length / speed_kmh * 3600.0;
            (here, next) = (point, next + 1);
        }
        let has_arrived = next >= way.len();
        let to = to.clone();
        (self.here, self.course) = (here, heading);
        if let (false, Doing::Driving { next: known, .. }) = (has_arrived, &mut self.doing) {
            *known = next;
            return speed_kmh;
        }
        self.doing = match to {
            Some(at) => {
                acts.push((at.serial, Act::Arrives));
                let until_s = now_s.max(at.opens_s) + at.service_s;
                Doing::Working { at, until_s }
            }
            None => Doing::Standing { since_s: now_s },
        };
        // Seen standing at once.
        self.reported_s = 0;
        0.0
    }

    fn report(&self, now_s: i64, speed_kmh: f64) -> Option<Report> {
        let at = Timestamp::from_second(now_s).ok()?;
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        let position = Position {
            at,
            latitude: round(self.here.0),
            longitude: round(self.here.1),
            altitude_m: Some(150.0),
            speed_kmh: Some(speed_kmh),
            course: Some(self.course.round().rem_euclid(360.0)),
            satellites: 9 + dice(&[self.number, now_s / 60], 4),
        };
        Some(Report::of(position, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_S: i64 = 1_800_000_000;

    fn stop(serial: i64, place: Point, opens_s: i64) -> Stop {
        Stop { serial: Serial(serial), place, service_s: 300, opens_s }
    }

    #[test]
    fn drivers_do_their_stops_one_after_another_and_never_jump() {
        let roads = Roads::new();
        let mut driver = Driver::new(UnitId(1), 1, (30.2632, -97.7446));
        let mut stops = vec![stop(1, (30.2914, -97.7416), 0), stop(2, (30.2528, -97.7104), START_S + 3000)];
        let (mut acts, mut last): (Vec<(Serial, Act)>, Option<Position>) = (Vec::new(), None);
        for tick in 0..1800 {
            let span = (START_S + tick * 3, START_S + tick * 3 + 3);
            for report in driver.go_on(&roads, &stops, span, &mut acts) {
                let here = report.position.unwrap();
                if let Some(last) = last {
                    let hours = (here.at.as_second() - last.at.as_second()) as f64 / 3600.0;
                    let km = distance_km((last.latitude, last.longitude), (here.latitude, here.longitude));
                    assert!(km <= hours * 90.0 + 0.001, "{km} km in {hours} h");
                }
                last = Some(here);
            }
            stops.retain(|stop| !acts.contains(&(stop.serial, Act::Leaves)));
        }
        use Act::*;
        let one_two: Vec<(i64, Act)> = acts.iter().map(|(serial, act)| (serial.0, *act)).collect();
        assert_eq!(one_two, [(1, SetsOff), (1, Arrives), (1, Leaves), (2, SetsOff), (2, Arrives), (2, Leaves)]);
    }

    #[test]
    fn whoever_has_no_work_moves_about_and_takes_what_comes() {
        let roads = Roads::new();
        let mut driver = Driver::new(UnitId(1), 3, (30.2632, -97.7446));
        let mut acts = Vec::new();
        let reports = driver.go_on(&roads, &[], (START_S, START_S + 3600), &mut acts);
        assert!(acts.is_empty() && reports.iter().any(|report| report.position.unwrap().speed_kmh > Some(20.0)));
        assert!(reports.iter().any(|report| report.position.unwrap().speed_kmh == Some(0.0)));
        let there = [stop(7, (30.3360, -97.7395), 0)];
        driver.go_on(&roads, &there, (START_S + 3600, START_S + 7200), &mut acts);
        assert_eq!(acts.last(), Some(&(Serial(7), Act::Leaves)));
        let called_off = driver.go_on(&roads, &[], (START_S + 7200, START_S + 7300), &mut acts);
        assert!(!called_off.is_empty());
    }

    #[test]
    fn chance_is_the_same_every_time_and_spread() {
        assert_eq!(dice(&[7, 8], 1000), dice(&[7, 8], 1000));
        let mut counts = [0; 6];
        for number in 0..6000 {
            counts[usize::try_from(dice(&[number, 3], 6)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
