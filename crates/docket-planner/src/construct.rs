//! The first plan: whoever would lose most by waiting is placed next.

use crate::insert::Insertion;
use crate::network::UNLIMITED;
use crate::solution::Work;

/// With more stops than this, looking at every stop before each step takes too long.
const MAX_REGRET: usize = 1_500;

/// Places absent stops by regret, as long as one fits.
pub(crate) fn construct(work: &mut Work<'_>) {
    if work.now.absent.len() > MAX_REGRET {
        return;
    }
    let mut vehicles = Vec::new();
    while let Some((absent, vehicle, insertion)) = most_regretted(work, &mut vehicles) {
        if !work.insert(absent, vehicle, insertion) {
            return;
        }
    }
}

fn most_regretted(work: &mut Work<'_>, vehicles: &mut Vec<u32>) -> Option<(usize, usize, Insertion)> {
    work.candidates(vehicles);
    let mut chosen = None;
    let mut most = i64::MIN;
    for (absent, stop) in work.now.absent.iter().enumerate() {
        let penalty = work.network.stops[*stop as usize].penalty;
        let (mut first, mut at, mut second) = (Insertion::NONE, 0, UNLIMITED);
        for vehicle in vehicles.iter() {
            let route = &work.now.routes[*vehicle as usize];
            let best = work.known.best(work.network, *vehicle as usize, route, *stop);
            if best.first.cost < first.cost {
                second = first.cost;
                (first, at) = (best.first, *vehicle as usize);
            } else {
                second = second.min(best.first.cost);
            }
        }
        if !first.fits() || first.cost >= penalty {
            continue;
        }
        let regret = second.min(penalty) - first.cost;
        if regret > most {
            most = regret;
            chosen = Some((absent, at, first));
        }
    }
    chosen
}
