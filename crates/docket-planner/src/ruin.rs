//! Tears neighbouring strings of stops out of a few routes.

use crate::random::Random;
use crate::solution::{NOBODY, Work};

/// How often a string leaves out one more stop of its middle.
const DEEPER: f64 = 0.01;
/// How often more is torn out in longer strings: clusters of long routes come apart by nothing less.
const WIDE: f64 = 0.2;
/// How often a whole route is torn out, so that a vehicle can be spared.
const WHOLE: f64 = 0.02;
/// … if it has no more stops than this.
const MAX_WHOLE: i64 = 40;

/// How much is torn out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ruin {
    /// Stops on average.
    pub average: f64,
    /// The longest string.
    pub longest: f64,
}

impl Ruin {
    /// Tears strings out around a stop. False if what is left cannot be driven.
    pub fn tear(self, work: &mut Work<'_>, random: &mut Random, vehicles: &mut Vec<u32>) -> bool {
        let count = work.network.stops.len();
        work.candidates(vehicles);
        let used = vehicles.iter().filter(|vehicle| work.now.routes[**vehicle as usize].stops > 0).count();
        let served = count - work.now.absent.len();
        let each = if used == 0 { 1.0 } else { served as f64 / used as f64 };
        let (average, longest) =
            if random.unit() < WIDE { (self.average * 1.5, self.longest * 3.0) } else { (self.average, self.longest) };
        let longest = longest.min(each).max(1.0);
        let most = (4.0 * average / (1.0 + longest) - 1.0).max(1.0);
        let strings = (random.unit() * most) as usize + 1;

        let seed = random.below(count) as u32;
        let network = work.network;
        let mut torn: [u32; 64] = [NOBODY; 64];
        let mut done = 0;
        let whole = random.unit() < WHOLE;
        let mut around = std::iter::once(seed).chain(network.near[seed as usize].iter().copied());
        while done < strings.min(torn.len()) {
            let Some(stop) = around.next() else { break };
            let vehicle = work.now.of[stop as usize];
            if vehicle == NOBODY || torn[..done].contains(&vehicle) {
                continue;
            }
            torn[done] = vehicle;
            done += 1;
            let places = if whole && done == 1 && work.now.routes[vehicle as usize].stops <= MAX_WHOLE {
                work.now.routes[vehicle as usize].stops(network).map(|(place, _)| place).collect()
            } else {
                string(work, random, vehicle as usize, stop, longest)
            };
            if !work.remove(vehicle as usize, &places) {
                return false;
            }
        }
        true
    }
}

/// The places of a string of stops around one of them.
fn string(work: &Work<'_>, random: &mut Random, vehicle: usize, stop: u32, longest: f64) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::with_capacity(32);
    let mut middle = 0;
    for (place, other) in work.now.routes[vehicle].stops(work.network) {
        if other == stop {
            middle = places.len();
        }
        places.push(place);
    }
    let most = longest.min(places.len() as f64);
    let length = ((random.unit() * most) as usize + 1).min(places.len());
    let mut kept = 0;
    if length > 1 && length < places.len() && random.unit() < 0.5 {
        kept = 1;
        while length + kept < places.len() && random.unit() < DEEPER {
            kept += 1;
        }
    }
    let whole = length + kept;
    let first = (middle + 1).saturating_sub(whole);
    let last = middle.min(places.len() - whole);
    let begin = first + random.below(last - first + 1);
    places.truncate(begin + whole);
    places.drain(..begin);
    if kept > 0 {
        let gap = 1 + random.below(length - 1);
        places.drain(gap..gap + kept);
    }
    places
}
