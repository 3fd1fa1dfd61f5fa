//! Shapes of the sketch, on paper.

use crate::producer::ops::Step;

type Point = (f32, f32);

/// How far a cubic's handles reach to draw a quarter of a circle.
const QUARTER: f32 = 0.5523;

/// An open line.
pub(super) fn line(points: impl IntoIterator<Item = Point>) -> Vec<Step> {
    let points = points.into_iter().enumerate();
    points.map(|(index, (x, y))| if index == 0 { Step::Move(x, y) } else { Step::Line(x, y) }).collect()
}

pub(super) fn closed(points: &[Point]) -> Vec<Step> {
    let mut steps = line(points.iter().copied());
    steps.push(Step::Close);
    steps
}

pub(super) fn rectangle((x, y): Point, (width, height): Point) -> Vec<Step> {
    closed(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
}

pub(super) fn square((x, y): Point, reach: f32) -> Vec<Step> {
    rectangle((x - reach, y - reach), (2.0 * reach, 2.0 * reach))
}

pub(super) fn diamond((x, y): Point, reach: f32) -> Vec<Step> {
    closed(&[(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)])
}

pub(super) fn circle((x, y): Point, r: f32) -> Vec<Step> {
    let k = r * QUARTER;
    vec![
        Step::Move(x + r, y),
        Step::Curve([x + r, y + k, x + k, y + r, x, y + r]),
        Step::Curve([x - k, y + r, x - r, y + k, x - r, y]),
        Step::Curve([x - r, y - k, x - k, y - r, x, y - r]),
        Step::Curve([x + k, y - r, x + r, y - k, x + r, y]),
        Step::Close,
    ]
}

/// A pin whose point is here.
pub(super) fn pin((x, y): Point) -> Vec<Step> {
    let (r, top) = (7.6, y - 13.5);
    let k = r * QUARTER;
    vec![
        Step::Move(x, y),
        Step::Curve([x - 1.4, y - 4.2, x - r, top + 5.4, x - r, top]),
        Step::Curve([x - r, top - k, x - k, top - r, x, top - r]),
        Step::Curve([x + k, top - r, x + r, top - k, x + r, top]),
        Step::Curve([x + r, top + 5.4, x + 1.4, y - 4.2, x, y]),
        Step::Close,
    ]
}

/// An arrow head that points right.
pub(super) fn arrow((x, y): Point) -> Vec<Step> {
    closed(&[(x + 4.2, y), (x - 2.8, y - 3.0), (x - 1.4, y), (x - 2.8, y + 3.0)])
}

/// Points along a line, at most so far from each other: each with the direction there, in degrees clockwise from the
/// right, and the length of the straight piece it lies on. Text is never upside down: see [`upright`].
pub(super) fn along(points: impl IntoIterator<Item = Point>, every: f32) -> Vec<(Point, f32, f32)> {
    const MOST: usize = 600;
    let points: Vec<Point> = points.into_iter().collect();
    let mut found = Vec::new();
    let mut left = every / 2.0;
    for pair in points.windows(2) {
        let &[(x1, y1), (x2, y2)] = pair else { continue };
        let length = (x2 - x1).hypot(y2 - y1);
        if length <= 0.0 {
            continue;
        }
        let degrees = (y2 - y1).atan2(x2 - x1).to_degrees();
        let mut at = left;
        while at < length && found.len() < MOST {
            let share = at / length;
            found.push(((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), degrees, length));
            at += every;
        }
        left = at - length;
    }
    found
}

/// The same direction, so that text along it can be read.
pub(super) fn upright(degrees: f32) -> f32 {
    if (-90.0..=90.0).contains(&degrees) { degrees } else { degrees - 180.0 * degrees.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_on_their_line() {
        let found = along([(0.0, 0.0), (100.0, 0.0), (100.0, 50.0)], 40.0);
        let places: Vec<Point> = found.iter().map(|found| found.0).collect();
        let expected = [(20.0, 0.0), (60.0, 0.0), (100.0, 0.0), (100.0, 40.0)];
        assert_eq!(places.len(), expected.len());
        for ((x, y), (wanted_x, wanted_y)) in places.into_iter().zip(expected) {
            assert!((x - wanted_x).abs() < 0.01 && (y - wanted_y).abs() < 0.01, "{x} {y}");
        }
        assert_eq!(found[0].1, 0.0);
        assert!(along([(0.0, 0.0), (0.0, 0.0)], 10.0).is_empty());
        assert!(along([(0.0, 0.0), (1e6, 0.0)], 1.0).len() <= 600);
    }

    #[test]
    fn text_is_not_upside_down() {
        assert_eq!(upright(170.0), -10.0);
        assert_eq!(upright(-170.0), 10.0);
        assert_eq!(upright(45.0), 45.0);
    }
}
