//! Austin, Texas, as far as the demo needs it: a few streets with their course, their numbers and their postal codes.

use crate::producer::Way;
use rand::Rng;
use rand::rngs::StdRng;

/// A stretch of a street: numbers grow evenly from its first point to its last.
pub(super) struct Street {
    pub(super) name: &'static str,
    pub(super) city: &'static str,
    pub(super) zip: &'static str,
    numbers: (u32, u32),
    pub(super) course: &'static [(f64, f64)],
}

const fn street(
    name: &'static str,
    city: &'static str,
    zip: &'static str,
    numbers: (u32, u32),
    course: &'static [(f64, f64)],
) -> Street {
    Street { name, city, zip, numbers, course }
}

/// The streets.
pub(super) const STREETS: &[Street] = &[
    street("Congress Ave", "Austin", "78701", (100, 1100), &[(30.2632, -97.7446), (30.2747, -97.7404)]),
    street(
        "S Congress Ave",
        "Austin",
        "78704",
        (1000, 3200),
        &[(30.2527, -97.7487), (30.2398, -97.7535), (30.2331, -97.7590)],
    ),
    street(
        "Guadalupe St",
        "Austin",
        "78705",
        (1900, 3000),
        &[(30.2810, -97.7425), (30.2914, -97.7415), (30.2990, -97.7390)],
    ),
    street(
        "N Lamar Blvd",
        "Austin",
        "78703",
        (500, 3400),
        &[(30.2706, -97.7538), (30.2853, -97.7500), (30.3031, -97.7453)],
    ),
    street(
        "S Lamar Blvd",
        "Austin",
        "78704",
        (700, 3600),
        &[(30.2600, -97.7590), (30.2489, -97.7703), (30.2378, -97.7838)],
    ),
    street("E 6th St", "Austin", "78702", (1000, 2500), &[(30.2647, -97.7301), (30.2622, -97.7178)]),
    street(
        "E Cesar Chavez St",
        "Austin",
        "78702",
        (900, 3000),
        &[(30.2590, -97.7352), (30.2552, -97.7205), (30.2527, -97.7105)],
    ),
    street("Burnet Rd", "Austin", "78756", (4500, 6400), &[(30.3152, -97.7421), (30.3340, -97.7402)]),
    street(
        "Burnet Rd",
        "Austin",
        "78757",
        (6500, 8900),
        &[(30.3349, -97.7401), (30.3583, -97.7316), (30.3660, -97.7283)],
    ),
    street("W Anderson Ln", "Austin", "78757", (1800, 2900), &[(30.3568, -97.7268), (30.3586, -97.7417)]),
    street(
        "Manor Rd",
        "Austin",
        "78722",
        (1900, 3600),
        &[(30.2829, -97.7222), (30.2843, -97.7095), (30.2870, -97.6960)],
    ),
    street("Airport Blvd", "Austin", "78751", (4500, 5700), &[(30.3045, -97.7137), (30.3190, -97.7160)]),
    street(
        "E Riverside Dr",
        "Austin",
        "78741",
        (1100, 2700),
        &[(30.2472, -97.7345), (30.2385, -97.7212), (30.2350, -97.7120)],
    ),
    street("E Oltorf St", "Austin", "78741", (1200, 2600), &[(30.2331, -97.7448), (30.2286, -97.7280)]),
    street(
        "Exposition Blvd",
        "Austin",
        "78703",
        (1200, 3200),
        &[(30.2835, -97.7690), (30.2960, -97.7667), (30.3055, -97.7640)],
    ),
    street("Berkman Dr", "Austin", "78723", (5000, 7000), &[(30.3020, -97.7005), (30.3155, -97.6920)]),
    street("E Main St", "Round Rock", "78664", (100, 1000), &[(30.5085, -97.6788), (30.5075, -97.6690)]),
    street("W Pecan St", "Pflugerville", "78660", (100, 1200), &[(30.4396, -97.6200), (30.4410, -97.6320)]),
];

/// The streets, for maps.
pub(super) fn ways() -> Vec<Way> {
    STREETS.iter().map(|street| Way { name: street.name.to_owned(), course: street.course.to_vec() }).collect()
}

/// A place on a street.
pub(super) struct Place {
    pub(super) address: String,
    pub(super) city: &'static str,
    pub(super) zip: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// A place somewhere.
pub(super) fn place(rng: &mut StdRng) -> Place {
    let street = &STREETS[rng.random_range(0..STREETS.len())];
    let (from, to) = street.numbers;
    let number = rng.random_range(from..=to);
    let share = f64::from(number - from) / f64::from(to - from);
    let (latitude, longitude) = along(street.course, share);
    // Even numbers on one side, odd ones on the other.
    let side = if number % 2 == 0 { 0.00008 } else { -0.00008 };
    Place {
        address: format!("{number} {}", street.name),
        city: street.city,
        zip: street.zip,
        latitude: rounded(latitude + side),
        longitude: rounded(longitude + side),
    }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// Kilometres between two points, near enough for a city.
pub(super) fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let north = (b.0 - a.0) * 111.2;
    let east = (b.1 - a.1) * 111.2 * a.0.to_radians().cos();
    north.hypot(east)
}

/// Degrees from north.
pub(super) fn course(a: (f64, f64), b: (f64, f64)) -> f64 {
    let east = (b.1 - a.1) * a.0.to_radians().cos();
    east.atan2(b.0 - a.0).to_degrees().rem_euclid(360.0)
}

/// The point at a share, 0 to 1, of the way along a course.
pub(super) fn along(points: &[(f64, f64)], share: f64) -> (f64, f64) {
    let lengths: Vec<f64> = points.windows(2).map(|pair| distance_km(pair[0], pair[1])).collect();
    let mut left = share.clamp(0.0, 1.0) * lengths.iter().sum::<f64>();
    for (pair, length) in points.windows(2).zip(lengths) {
        if left <= length && length > 0.0 {
            let part = left / length;
            return (pair[0].0 + (pair[1].0 - pair[0].0) * part, pair[0].1 + (pair[1].1 - pair[0].1) * part);
        }
        left -= length;
    }
    points.last().copied().unwrap_or_default()
}

/// A corner of the city, another for each number. The towns farther out have none: who waits, waits downtown.
pub(super) fn corner(number: i64) -> (f64, f64) {
    let streets = STREETS.iter().filter(|street| street.city == "Austin");
    let corners: Vec<(f64, f64)> = streets.flat_map(|street| street.course.iter().copied()).collect();
    let count = i64::try_from(corners.len()).unwrap_or(1).max(1);
    let at = usize::try_from(number.rem_euclid(count)).unwrap_or_default();
    corners.get(at).copied().unwrap_or_default()
}

/// The round of a unit: along some streets and back. Neighbouring streets of the table lie near each other.
pub(super) fn round(unit: usize) -> Vec<(f64, f64)> {
    const ROUNDS: &[&[usize]] =
        &[&[0, 1], &[2, 3], &[4, 1], &[5, 6], &[7, 8, 9], &[10, 15], &[11, 2], &[12, 13], &[14, 3], &[16], &[17]];
    let streets = ROUNDS[unit % ROUNDS.len()];
    let mut points: Vec<(f64, f64)> =
        streets.iter().flat_map(|&street| STREETS[street].course.iter().copied()).collect();
    let back: Vec<(f64, f64)> = points.iter().rev().skip(1).copied().collect();
    points.extend(back);
    points
}
