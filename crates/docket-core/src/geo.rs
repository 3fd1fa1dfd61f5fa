//! Distances, and paths as text.

/// The earth as a sphere: its mean radius, in metres.
const EARTH_M: f64 = 6_371_000.0;

/// A place: latitude and longitude in degrees, WGS-84.
pub type Place = (f64, f64);

/// Metres between two places along the sphere.
pub fn distance_m((y1, x1): Place, (y2, x2): Place) -> f64 {
    let (a, b) = (y1.to_radians(), y2.to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let chord = half(a, b) + a.cos() * b.cos() * half(x1.to_radians(), x2.to_radians());
    2.0 * EARTH_M * chord.sqrt().min(1.0).asin()
}

/// A path as Google writes it: differences in units of 10⁻⁵ degrees, five bits per character.
pub fn polyline(path: &[Place]) -> String {
    let mut out = String::with_capacity(path.len() * 8);
    let (mut last_y, mut last_x) = (0, 0);
    for &(y, x) in path {
        let (y, x) = (scaled(y), scaled(x));
        write_number(&mut out, y - last_y);
        write_number(&mut out, x - last_x);
        (last_y, last_x) = (y, x);
    }
    out
}

fn scaled(degrees: f64) -> i64 {
    (degrees * 1e5).round() as i64
}

fn write_number(out: &mut String, number: i64) {
    let mut rest = if number < 0 { !(number << 1) } else { number << 1 } as u64;
    loop {
        let bits = (rest & 0x1f) as u8;
        rest >>= 5;
        let more = if rest > 0 { 0x20 } else { 0 };
        out.push(char::from((bits | more) + 63));
        if rest == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_as_long_as_it_should_be() {
        assert!((distance_m((0.0, 0.0), (1.0, 0.0)) - 111_195.0).abs() < 1.0);
        assert!(distance_m((52.0, 13.0), (52.0, 13.0)) < 1e-6);
        assert!((distance_m((0.0, 0.0), (0.0, 180.0)) - 20_015_087.0).abs() < 1.0);
    }

    #[test]
    fn a_path_is_written_as_its_inventor_shows() {
        assert_eq!(polyline(&[(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]), "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
        assert_eq!(polyline(&[]), "");
        assert_eq!(polyline(&[(0.0, 0.0)]), "??");
    }
}
