//! Distances and times between locations.

use crate::check::{Invalid, MAX_LOCATIONS};

/// Mean radius of the earth.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// Distances (metres) and times (seconds) from every location to every other, either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    size: usize,
    legs: Vec<Leg>,
}

/// One way, from a location to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leg {
    pub distance_m: i32,
    pub duration_s: i32,
}

impl Leg {
    /// There is no way: longer than any window allows for.
    pub const NONE: Self = Self { distance_m: 1 << 30, duration_s: 1 << 30 };
    /// Anything longer counts as no way.
    const LONGEST: u32 = 1 << 29;
}

impl Matrix {
    /// From rows of distances and rows of durations, as a table service answers them: `None` where there is no way.
    ///
    /// # Errors
    /// When the rows are not `size` times `size`, or there are too many locations.
    pub fn from_rows(distances_m: &[Vec<Option<f64>>], durations_s: &[Vec<Option<f64>>]) -> Result<Self, Invalid> {
        let size = durations_s.len();
        let square = |rows: &[Vec<Option<f64>>]| rows.len() == size && rows.iter().all(|row| row.len() == size);
        if !square(distances_m) || !square(durations_s) {
            return Err(Invalid::MatrixShape);
        }
        let whole = |value: f64| if value.is_finite() && value >= 0.0 { value.round() as u32 } else { u32::MAX };
        Self::build(size, |from, to| {
            let distance = distances_m.get(from).and_then(|row| row.get(to)).copied().flatten();
            let duration = durations_s.get(from).and_then(|row| row.get(to)).copied().flatten();
            Some((whole(distance?), whole(duration?)))
        })
    }

    /// From a function giving metres and seconds from one location to another, `None` where there is no way.
    ///
    /// # Errors
    /// When there are too many locations.
    pub fn build(size: usize, mut way: impl FnMut(usize, usize) -> Option<(u32, u32)>) -> Result<Self, Invalid> {
        if size > MAX_LOCATIONS {
            return Err(Invalid::TooMany { what: "locations", most: MAX_LOCATIONS });
        }
        let mut legs = Vec::with_capacity(size * size);
        for from in 0..size {
            for to in 0..size {
                legs.push(match way(from, to) {
                    _ if from == to => Leg::default(),
                    Some((metres, seconds)) if metres <= Leg::LONGEST && seconds <= Leg::LONGEST => {
                        Leg { distance_m: metres as i32, duration_s: seconds as i32 }
                    }
                    _ => Leg::NONE,
                });
            }
        }
        Ok(Self { size, legs })
    }

    /// Straight lines between points (latitude, longitude in degrees), driven with a profile of speeds.
    ///
    /// # Errors
    /// When there are too many points, one is no number, or a speed is not above zero.
    pub fn straight(points: &[(f64, f64)], speeds: &SpeedProfile) -> Result<Self, Invalid> {
        if points.iter().any(|(latitude, longitude)| !latitude.is_finite() || !longitude.is_finite()) {
            return Err(Invalid::Point);
        }
        speeds.check()?;
        Self::build(points.len(), |from, to| {
            let metres = great_circle_m(*points.get(from)?, *points.get(to)?) * speeds.detour;
            Some((metres.round() as u32, speeds.duration_s(metres).round() as u32))
        })
    }

    /// How many locations there are.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Metres from one location to another; `None` where there is no way.
    #[must_use]
    pub fn distance_m(&self, from: usize, to: usize) -> Option<i64> {
        self.leg(from, to).map(|leg| i64::from(leg.distance_m))
    }

    /// Seconds from one location to another; `None` where there is no way.
    #[must_use]
    pub fn duration_s(&self, from: usize, to: usize) -> Option<i64> {
        self.leg(from, to).map(|leg| i64::from(leg.duration_s))
    }

    fn leg(&self, from: usize, to: usize) -> Option<Leg> {
        if to >= self.size {
            return None;
        }
        self.legs.get(from * self.size + to).copied().filter(|leg| *leg != Leg::NONE)
    }

    /// The row of legs out of a location.
    pub(crate) fn row(&self, from: usize) -> &[Leg] {
        self.legs.get(from * self.size..(from + 1) * self.size).unwrap_or_default()
    }
}

/// How fast straight-line ways are driven: slow in town, faster on long ways, and longer than the crow flies.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedProfile {
    /// Way driven for each metre of straight line; 1 for the line itself.
    pub detour: f64,
    /// Metres and km/h: the first so many metres of a way at the first speed, the next ones at the second, …; the
    /// last speed holds for all the rest.
    pub bands: Vec<(f64, f64)>,
}

impl SpeedProfile {
    /// One speed for all, straight lines.
    #[must_use]
    pub fn flat(speed_kmh: f64) -> Self {
        Self { detour: 1.0, bands: vec![(0.0, speed_kmh)] }
    }

    /// A car's or van's day: streets first, roads for longer ways, a third longer than straight.
    #[must_use]
    pub fn road() -> Self {
        Self { detour: 1.3, bands: vec![(3_000.0, 28.0), (20_000.0, 52.0), (0.0, 85.0)] }
    }

    /// How long a way of so many metres takes.
    #[must_use]
    pub fn duration_s(&self, metres: f64) -> f64 {
        let mut left = metres;
        let mut seconds = 0.0;
        for (index, (length, speed_kmh)) in self.bands.iter().enumerate() {
            let part = if index + 1 == self.bands.len() { left } else { left.min(*length) };
            seconds += part * 3.6 / speed_kmh;
            left -= part;
        }
        seconds
    }

    fn check(&self) -> Result<(), Invalid> {
        let fine = |value: f64| value.is_finite() && value > 0.0;
        let bands = self.bands.iter().all(|(length, speed)| fine(*speed) && length.is_finite() && *length >= 0.0);
        if self.bands.is_empty() || !bands || !fine(self.detour) { Err(Invalid::Speed) } else { Ok(()) }
    }
}

fn great_circle_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (latitude_a, latitude_b) = (from.0.to_radians(), to.0.to_radians());
    let across = (latitude_b - latitude_a) / 2.0;
    let along = (to.1 - from.1).to_radians() / 2.0;
    let chord = across.sin().powi(2) + latitude_a.cos() * latitude_b.cos() * along.sin().powi(2);
    2.0 * EARTH_RADIUS_M * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_are_great_circles() {
        let points = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)];
        let matrix = Matrix::straight(&points, &SpeedProfile::flat(60.0)).unwrap();
        assert_eq!(matrix.distance_m(0, 1), Some(111_195));
        assert_eq!(matrix.distance_m(0, 2), Some(111_195));
        assert_eq!(matrix.duration_s(0, 1), Some(6_672));
        assert_eq!(matrix.distance_m(1, 1), Some(0));
        assert_eq!(matrix.distance_m(0, 3), None);
    }

    #[test]
    fn a_profile_drives_the_first_part_slowly() {
        let profile = SpeedProfile { detour: 1.0, bands: vec![(1_000.0, 36.0), (0.0, 72.0)] };
        assert!((profile.duration_s(500.0) - 50.0).abs() < 1e-9);
        assert!((profile.duration_s(3_000.0) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn a_table_keeps_its_gaps() {
        let rows = vec![vec![Some(0.0), Some(10.4)], vec![None, Some(0.0)]];
        let matrix = Matrix::from_rows(&rows, &rows).unwrap();
        assert_eq!(matrix.distance_m(0, 1), Some(10));
        assert_eq!(matrix.duration_s(1, 0), None);
        assert_eq!(Matrix::from_rows(&rows, &rows[..1]), Err(Invalid::MatrixShape));
        assert_eq!(Matrix::straight(&[(0.0, 0.0)], &SpeedProfile::flat(0.0)), Err(Invalid::Speed));
        assert_eq!(Matrix::straight(&[(f64::NAN, 0.0)], &SpeedProfile::flat(1.0)), Err(Invalid::Point));
    }
}
