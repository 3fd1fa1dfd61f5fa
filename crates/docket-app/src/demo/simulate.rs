//! Units on their rounds.

use super::city::{along, course, distance_km, round};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::ids::{AccountId, UnitId};
use std::sync::Arc;
use std::time::Duration;

/// How often units report.
const EVERY: Duration = Duration::from_secs(1);

/// Moves the units of the demo world until the hub stops.
pub async fn run(hub: Arc<Hub>, account: AccountId) {
    while hub.rest(EVERY).await {
        let Ok(units) = hub.units_of(account).await else { continue };
        let now = hub.now();
        let positions: Vec<(UnitId, Position)> =
            units.iter().filter_map(|unit| Some((unit.id, position(number_of(unit)?, now)))).collect();
        hub.place_units(account, positions);
    }
}

/// The number of a demo unit: the last digits of what its tracker calls itself.
fn number_of(unit: &Unit) -> Option<usize> {
    let number: usize = unit.unique_id.strip_prefix("3550000000000")?.parse().ok()?;
    number.checked_sub(1)
}

/// Where a unit is at a moment: it goes its round at its own speed and rests a while at both ends.
pub(super) fn position(unit: usize, now: Timestamp) -> Position {
    let points = round(unit);
    let length: f64 = points.windows(2).map(|pair| distance_km(pair[0], pair[1])).sum();
    let speed_kmh = 24.0 + 2.0 * (unit % 7) as f64;
    let lap_s = length / speed_kmh * 3600.0;
    let rest_s = 40.0 + 10.0 * (unit % 4) as f64;
    let elapsed_s = now.as_millisecond() as f64 / 1000.0 + unit as f64 * 97.0;
    let within = elapsed_s.rem_euclid(lap_s + 2.0 * rest_s);
    // Out, a rest, back, a rest.
    let half = lap_s / 2.0;
    let (driven, moving) = match within {
        t if t < half => (t, true),
        t if t < half + rest_s => (half, false),
        t if t < lap_s + rest_s => (t - rest_s, true),
        _ => (lap_s, false),
    };
    let here = along(&points, driven / lap_s);
    let ahead = along(&points, (driven + 1.0) / lap_s);
    Position {
        at: now,
        latitude: here.0,
        longitude: here.1,
        altitude_m: Some(150.0),
        speed_kmh: Some(if moving { speed_kmh } else { 0.0 }),
        course: Some(course(here, ahead).round()),
        satellites: 9 + (unit % 5) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_drive_and_never_jump() {
        for unit in 0..10 {
            let mut moved = 0.0;
            for second in 0..3600 {
                let at = |s: i64| position(unit, Timestamp::from_second(1_800_000_000 + s).unwrap());
                let (a, b) = (at(second), at(second + 1));
                let step = distance_km((a.latitude, a.longitude), (b.latitude, b.longitude));
                assert!(step < 0.02, "unit {unit} jumped {step} km");
                moved += step;
            }
            assert!(moved > 5.0, "unit {unit} drove {moved} km in an hour");
        }
    }
}
