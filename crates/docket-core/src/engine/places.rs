//! The places of one unit's orders: which of them a reading may be at.

use crate::completion::Rule;
use crate::geo::Place;

/// Metres of a degree of latitude, a little less so that nothing near is missed.
const DEGREE_M: f64 = 111_000.0;

/// A place and how far it reaches, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    y: f64,
    x: f64,
    reach_y: f32,
    reach_x: f32,
    order: u32,
}

/// Places by latitude.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    spots: Vec<Spot>,
    /// The farthest any of them reaches north and south.
    reach_y: f64,
}

impl Places {
    /// Adds the place of an order.
    pub(super) fn insert(&mut self, order: u32, rule: &Rule) {
        let (y, x) = rule.place;
        let reach = rule.radius_m / DEGREE_M + 1e-6;
        // Meridians come together towards the poles.
        let shrink = (y.abs() + reach).min(90.0).to_radians().cos();
        let reach_x = if shrink > 1e-3 { (reach / shrink).min(360.0) } else { 360.0 };
        let spot = Spot { y, x, reach_y: up(reach), reach_x: up(reach_x), order };
        let at = self.spots.partition_point(|known| known.y < y);
        self.spots.insert(at, spot);
        self.reach_y = self.reach_y.max(f64::from(spot.reach_y));
    }

    /// Removes the place of an order.
    pub(super) fn remove(&mut self, order: u32) {
        self.spots.retain(|spot| spot.order != order);
        let reaches = self.spots.iter().map(|spot| f64::from(spot.reach_y));
        self.reach_y = reaches.fold(0.0, f64::max);
    }

    /// Adds the orders whose place may be here; all that are are among them.
    pub(super) fn near(&self, (y, x): Place, found: &mut Vec<u32>) {
        let from = self.spots.partition_point(|spot| spot.y < y - self.reach_y);
        let rest = self.spots.get(from..).unwrap_or_default();
        for spot in rest.iter().take_while(|spot| spot.y <= y + self.reach_y) {
            let across = (spot.x - x).abs();
            // The other way round the earth may be shorter.
            let across = across.min(360.0 - across);
            if (spot.y - y).abs() <= f64::from(spot.reach_y) && across <= f64::from(spot.reach_x) {
                found.push(spot.order);
            }
        }
    }
}

/// The next larger number that fits.
fn up(number: f64) -> f32 {
    let rough = number as f32;
    if f64::from(rough) < number { rough.next_up() } else { rough }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::Window;
    use proptest::prelude::*;

    fn rule(place: Place, radius_m: f64) -> Rule {
        let window = Window::default();
        Rule { place, radius_m, needs_stop: false, needs_exit: false, completes: true, window, not_before: None }
    }

    proptest! {
        #[test]
        fn whatever_is_inside_is_found(
            places in proptest::collection::vec(((-89.9_f64..89.9), (-180.0_f64..180.0), 1.0_f64..50_000.0), 1..40),
            pick in any::<prop::sample::Index>(),
            (north, east) in (-1.0_f64..1.0, -1.0_f64..1.0),
        ) {
            let rules: Vec<Rule> = places.iter().map(|&(y, x, radius)| rule((y, x), radius)).collect();
            let mut index = Places::default();
            for (slot, rule) in rules.iter().enumerate() {
                index.insert(slot as u32, rule);
            }
            let near = rules[pick.index(rules.len())];
            let reach = near.radius_m / 111_000.0;
            let y = (near.place.0 + north * reach).clamp(-90.0, 90.0);
            let x = near.place.1 + east * reach / y.to_radians().cos().max(0.01);
            let here = (y, if x > 180.0 { x - 360.0 } else if x < -180.0 { x + 360.0 } else { x });
            let mut found = Vec::new();
            index.near(here, &mut found);
            for (slot, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.is_inside(here)) {
                prop_assert!(found.contains(&(slot as u32)), "{:?} is at {:?}", here, rule.place);
            }
            for slot in 0..rules.len() {
                index.remove(slot as u32);
            }
            prop_assert!(index.spots.is_empty());
        }
    }
}
