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

/// The places of a path that Google's way of writing gives; what cannot be read ends it.
pub fn path_of(polyline: &str) -> Vec<Place> {
    let mut numbers = Numbers(polyline.bytes());
    let (mut y, mut x) = (0_i64, 0_i64);
    let mut path = Vec::new();
    while let (Some(north), Some(east)) = (numbers.next(), numbers.next()) {
        (y, x) = (y.saturating_add(north), x.saturating_add(east));
        let place = (y as f64 / 1e5, x as f64 / 1e5);
        if place.0.abs() > 90.0 || place.1.abs() > 180.0 {
            break;
        }
        path.push(place);
    }
    path
}

/// The numbers of a written path.
struct Numbers<'a>(std::str::Bytes<'a>);

impl Iterator for Numbers<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let (mut bits, mut shift) = (0_u64, 0_u32);
        loop {
            let five = u64::from(self.0.next()?.checked_sub(63).filter(|byte| *byte < 64)?);
            // More than any difference on earth takes.
            bits |= (five & 0x1f).checked_shl(shift).filter(|_| shift <= 50)?;
            shift += 5;
            if five & 0x20 == 0 {
                let number = (bits >> 1) as i64;
                return Some(if bits & 1 == 1 { !number } else { number });
            }
        }
    }
}

/// Metres from a place to the nearest point of a path; `None` when the path has none. Exact where the path's pieces
/// are short against the earth.
pub fn distance_to_path_m(place: Place, path: &[Place]) -> Option<f64> {
    let pieces = path.windows(2).filter_map(|piece| match piece {
        [from, to] => Some((*from, *to)),
        _ => None,
    });
    let to_pieces = pieces.map(|(from, to)| distance_m(place, nearest(place, from, to)));
    let to_points = path.first().map(|first| distance_m(place, *first));
    to_pieces.chain(to_points).reduce(f64::min)
}

/// The point of a straight piece that is nearest to a place, on a map that is true around the place.
fn nearest((y, x): Place, from: Place, to: Place) -> Place {
    let shrink = y.to_radians().cos();
    let flat = |(other_y, other_x): Place| (other_y - y, (other_x - x) * shrink);
    let ((y1, x1), (y2, x2)) = (flat(from), flat(to));
    let (dy, dx) = (y2 - y1, x2 - x1);
    let length = dy * dy + dx * dx;
    let along = if length > 0.0 { (-(y1 * dy + x1 * dx) / length).clamp(0.0, 1.0) } else { 0.0 };
    (from.0 + along * (to.0 - from.0), from.1 + along * (to.1 - from.1))
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

    #[test]
    fn what_is_written_is_read() {
        let path = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)];
        assert_eq!(path_of(&polyline(&path)), path);
        assert_eq!(path_of("_p~iF~ps|U_ulL"), path[..1], "half a place is none");
        for nonsense in ["", "\u{1}\u{2}", "~~~~~~~~~~~~~~~~~~~~~~~~~~", "é"] {
            assert_eq!(path_of(nonsense), [], "{nonsense}");
        }
    }

    #[test]
    fn how_far_a_place_is_from_a_path() {
        let path = [(50.0, 10.0), (50.0, 10.1), (50.1, 10.1)];
        let off = |place| distance_to_path_m(place, &path).expect("a path").round();
        assert!((off((50.01, 10.05)) - 1112.0).abs() < 1.0, "{}", off((50.01, 10.05)));
        assert!((off((50.0, 9.9)) - distance_m((50.0, 9.9), path[0])).abs() < 1.0);
        assert_eq!(off((50.05, 10.1)), 0.0);
        assert_eq!(distance_to_path_m((1.0, 1.0), &[]), None);
        assert_eq!(distance_to_path_m((50.0, 10.0), &path[..1]), Some(0.0));
    }
}
