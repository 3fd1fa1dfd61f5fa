//! From degrees to points on paper: a plane that touches the earth at the place, and what part of it is shown.

use docket_core::geo::Place;

/// Metres of a degree along a meridian.
const DEGREE_M: f64 = 111_195.0;
/// The least and the most that is shown from the place to the upper edge, in metres.
const NEAREST_M: f64 = 90.0;
const FURTHEST_M: f64 = 6_000.0;
/// What is further outside than this is drawn as if it lay there.
const OUTSIDE: f32 = 4_000.0;

/// A part of the plane, on paper.
pub(super) struct Frame {
    /// Its box on paper.
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// The place in its middle.
    centre: Place,
    /// How much shorter a degree of longitude is than one of latitude.
    squeeze: f64,
    /// Points on paper of a metre.
    pub scale: f64,
}

impl Frame {
    /// Shows the place in the middle, and around it whatever must be seen.
    pub(super) fn fitting(boxed: (f32, f32, f32, f32), centre: Place, radius_m: f64, seen: &[Place]) -> Frame {
        let (x, y, width, height) = boxed;
        let squeeze = centre.0.to_radians().cos().max(0.01);
        let mut frame = Frame { x, y, width, height, centre, squeeze, scale: 1.0 };
        let aspect = f64::from(width) / f64::from(height);
        let mut half_m = (radius_m * 1.5).max(NEAREST_M);
        for &place in seen {
            let (east, north) = frame.metres(place);
            half_m = half_m.max(north.abs() / 0.80).max(east.abs() / (aspect * 0.84));
        }
        frame.scale = f64::from(height) / 2.0 / half_m.clamp(NEAREST_M, FURTHEST_M.max(radius_m * 1.5));
        frame
    }

    /// East and north of the middle, in metres.
    pub(super) fn metres(&self, (latitude, longitude): Place) -> (f64, f64) {
        let east = (longitude - self.centre.1 + 540.0).rem_euclid(360.0) - 180.0;
        (east * DEGREE_M * self.squeeze, (latitude - self.centre.0) * DEGREE_M)
    }

    /// Where it is on paper.
    pub(super) fn at(&self, place: Place) -> (f32, f32) {
        let (east, north) = self.metres(place);
        let (middle_x, middle_y) = (self.x + self.width / 2.0, self.y + self.height / 2.0);
        let away = |metres: f64| ((metres * self.scale) as f32).clamp(-OUTSIDE, OUTSIDE);
        (middle_x + away(east), middle_y - away(north))
    }

    /// Whether it is on paper, at least so far from the edge.
    pub(super) fn shows(&self, place: Place, margin: f32) -> bool {
        let (x, y) = self.at(place);
        let (right, bottom) = (self.x + self.width - margin, self.y + self.height - margin);
        x >= self.x + margin && x <= right && y >= self.y + margin && y <= bottom
    }

    /// The lines of latitude (`true`) or longitude that are on paper: degrees and place along the edge. Then how many
    /// digits behind the point tell them apart.
    pub(super) fn lines(&self, of_latitude: bool) -> (Vec<(f64, f32)>, usize) {
        let (centre, degree_m, length, least) = match of_latitude {
            true => (self.centre.0, DEGREE_M, self.height, 62.0),
            false => (self.centre.1, DEGREE_M * self.squeeze, self.width, 104.0),
        };
        let degree = degree_m * self.scale;
        let Some((step, digits)) = round_step(least / degree) else { return (Vec::new(), 0) };
        let half = f64::from(length) / 2.0 / degree;
        let (first, last) = (((centre - half) / step).ceil() as i64, ((centre + half) / step).floor() as i64);
        let lines = (first..=last).take(16).map(|number| {
            let degrees = number as f64 * step;
            let (x, y) = match of_latitude {
                true => self.at((degrees, self.centre.1)),
                false => self.at((self.centre.0, degrees)),
            };
            (degrees, if of_latitude { y } else { x })
        });
        (lines.collect(), digits)
    }
}

/// The next round number of degrees, and its digits behind the point.
fn round_step(least: f64) -> Option<(f64, usize)> {
    (0..=5_usize).rev().find_map(|digits| {
        let unit = 0.1_f64.powi(i32::try_from(digits).ok()?);
        [1.0, 2.0, 5.0].into_iter().map(|times| times * unit).find(|&step| step >= least).map(|step| (step, digits))
    })
}

/// A bar of round length: what is written on it and how long it is on paper, at most so much.
pub(super) fn bar(scale: f64, most: f64, lengths: &[(f64, &'static str)]) -> Option<(&'static str, f32)> {
    let fits = |(metres, _): &&(f64, &str)| metres * scale <= most;
    lengths.iter().rfind(fits).map(|(metres, label)| (*label, (metres * scale) as f32))
}

/// Round lengths, for most of the world.
pub(super) const METRIC: &[(f64, &str)] = &[
    (5.0, "5 m"),
    (10.0, "10 m"),
    (20.0, "20 m"),
    (50.0, "50 m"),
    (100.0, "100 m"),
    (200.0, "200 m"),
    (500.0, "500 m"),
    (1_000.0, "1 km"),
    (2_000.0, "2 km"),
    (5_000.0, "5 km"),
    (10_000.0, "10 km"),
    (20_000.0, "20 km"),
    (50_000.0, "50 km"),
];

/// Round lengths, where roads are measured in miles.
pub(super) const MILES: &[(f64, &str)] = &[
    (6.096, "20 ft"),
    (15.24, "50 ft"),
    (30.48, "100 ft"),
    (60.96, "200 ft"),
    (152.4, "500 ft"),
    (304.8, "1,000 ft"),
    (804.672, "½ mi"),
    (1_609.344, "1 mi"),
    (3_218.688, "2 mi"),
    (8_046.72, "5 mi"),
    (16_093.44, "10 mi"),
    (32_186.88, "20 mi"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: (f32, f32, f32, f32) = (50.0, 100.0, 500.0, 200.0);

    #[test]
    fn what_must_be_seen_is_seen() {
        let place = (30.27, -97.74);
        let seen = [(30.275, -97.745), (30.26, -97.70)];
        let frame = Frame::fitting(BOX, place, 100.0, &seen);
        assert_eq!(frame.at(place), (300.0, 200.0));
        assert!(seen.iter().all(|&place| frame.shows(place, 10.0)));
        let close = Frame::fitting(BOX, place, 0.0, &[]);
        assert!((close.scale * NEAREST_M - 100.0).abs() < 1e-9);
        let far = Frame::fitting(BOX, place, 0.0, &[(-80.0, 10.0)]);
        assert!((far.scale * FURTHEST_M - 100.0).abs() < 1e-9);
    }

    #[test]
    fn north_is_up_and_the_date_line_is_no_edge() {
        let frame = Frame::fitting(BOX, (10.0, 179.999), 500.0, &[]);
        let (x, y) = frame.at((10.001, -179.999));
        assert!(x > 300.0 && x < 400.0 && y < 200.0, "{x} {y}");
        for pole in [90.0, -90.0] {
            let frame = Frame::fitting(BOX, (pole, 0.0), 100.0, &[(pole, 90.0)]);
            assert!(frame.at((0.0, 77.0)).0.is_finite());
            assert!(frame.lines(false).0.len() <= 16);
        }
    }

    #[test]
    fn the_lines_are_round_and_neither_many_nor_none() {
        for radius in [50.0, 300.0, 2_000.0, 40_000.0] {
            let frame = Frame::fitting(BOX, (52.0907, 5.1214), radius, &[]);
            for of_latitude in [true, false] {
                let (lines, digits) = frame.lines(of_latitude);
                assert!((1..=6).contains(&lines.len()), "{radius}: {lines:?}");
                let unit = 10_f64.powi(digits as i32);
                assert!(lines.iter().all(|(degrees, _)| (degrees * unit - (degrees * unit).round()).abs() < 1e-6));
            }
        }
    }

    #[test]
    fn bars_are_as_long_as_they_say() {
        assert_eq!(bar(0.5, 110.0, METRIC), Some(("200 m", 100.0)));
        assert_eq!(bar(0.01, 110.0, METRIC), Some(("10 km", 100.0)));
        assert_eq!(bar(0.5, 110.0, MILES).map(|bar| bar.0), Some("500 ft"));
        assert_eq!(bar(1000.0, 110.0, METRIC), None);
    }
}
