//! Small problems, solved by trying everything.

use crate::make::{Chance, DAY, places};
use crate::verify::verify;
use docket_planner::{Need, Problem, Search, Stop, Vehicle, Weights, Window, plan};
use std::collections::HashMap;

/// The least cost, by every order of the stops and every way to cut it into routes.
fn least(problem: &Problem) -> i64 {
    let mut order: Vec<usize> = (0..problem.stops.len()).collect();
    let mut least = i64::MAX;
    let mut costs: HashMap<Vec<usize>, Option<i64>> = HashMap::new();
    permute(&mut order, 0, &mut |order| {
        // Vehicles are alike: the last cut of a prefix decides, as in any shortest path over cuts.
        let count = order.len();
        let mut best = vec![vec![i64::MAX; count + 1]; problem.vehicles.len() + 1];
        best[0][0] = 0;
        for used in 0..problem.vehicles.len() {
            for from in 0..=count {
                let so_far = best[used][from];
                if so_far == i64::MAX {
                    continue;
                }
                for to in from..=count {
                    let stops = &order[from..to];
                    let cost = costs.entry(stops.to_vec()).or_insert_with(|| route_cost(problem, stops));
                    if let Some(cost) = *cost {
                        let cell = &mut best[used + 1][to];
                        *cell = (*cell).min(so_far + cost);
                    }
                }
            }
        }
        for row in &best {
            least = least.min(row[count]);
        }
    });
    least
}

fn permute(order: &mut Vec<usize>, from: usize, each: &mut impl FnMut(&[usize])) {
    if from == order.len() {
        return each(order);
    }
    for other in from..order.len() {
        order.swap(from, other);
        permute(order, from + 1, each);
        order.swap(from, other);
    }
}

/// One sequence in the first vehicle, with any of its optional stops left out, departing at any moment.
fn route_cost(problem: &Problem, stops: &[usize]) -> Option<i64> {
    let optional: Vec<usize> =
        stops.iter().copied().filter(|stop| matches!(problem.stops[*stop].need, Need::Optional { .. })).collect();
    let mut least = None;
    for choice in 0..1_u32 << optional.len() {
        let left = |stop: &usize| optional.iter().position(|o| o == stop).is_some_and(|bit| choice >> bit & 1 == 1);
        let penalty: i64 = stops
            .iter()
            .filter(|stop| left(stop))
            .map(|stop| match problem.stops[*stop].need {
                Need::Optional { penalty } => penalty,
                Need::Required { .. } => 0,
            })
            .sum();
        let kept: Vec<usize> = stops.iter().copied().filter(|stop| !left(stop)).collect();
        if let Some(cost) = driven_cost(problem, &kept) {
            least = Some(least.unwrap_or(i64::MAX).min(cost + penalty));
        }
    }
    least
}

fn driven_cost(problem: &Problem, stops: &[usize]) -> Option<i64> {
    if stops.is_empty() {
        return Some(0);
    }
    let vehicle = &problem.vehicles[0];
    let weights = &problem.weights;
    if stops.iter().map(|stop| problem.stops[*stop].weight).sum::<i64>() > vehicle.weight.unwrap_or(i64::MAX) {
        return None;
    }
    let departures: Vec<i64> = if weights.per_second == 0 {
        vec![vehicle.shift.open]
    } else {
        (vehicle.shift.open..vehicle.shift.close).step_by(STEP as usize).collect()
    };
    let mut least = None;
    for depart in departures {
        let (mut now, mut place, mut way) = (depart, 0, 0);
        let mut fine = true;
        for stop in stops.iter().map(|stop| &problem.stops[*stop]) {
            now += problem.matrix.duration_s(place, stop.location)?;
            way += problem.matrix.distance_m(place, stop.location)?;
            match stop.windows.iter().filter(|window| now <= window.close).map(|window| window.open.max(now)).min() {
                Some(begin) => now = begin + stop.service_s,
                None if stop.windows.is_empty() => now += stop.service_s,
                None => fine = false,
            }
            place = stop.location;
        }
        now += problem.matrix.duration_s(place, 0)?;
        way += problem.matrix.distance_m(place, 0)?;
        if fine && now <= vehicle.shift.close {
            let cost = weights.per_metre * way + weights.per_second * (now - depart) + weights.per_vehicle;
            least = Some(least.unwrap_or(i64::MAX).min(cost));
        }
    }
    least
}

/// All times are multiples of this, so that the best moment to depart is one.
const STEP: i64 = 100;

fn small(seed: u64, weights: Weights) -> Problem {
    let mut chance = Chance(seed);
    let count = 6;
    let crude = places(&mut chance, count + 1, false);
    let matrix = docket_planner::Matrix::build(count + 1, |from, to| {
        let way = crude.distance_m(from, to)? as u32;
        Some((way, way.div_ceil(STEP as u32) * STEP as u32))
    })
    .unwrap();
    let mut problem = Problem::new(matrix, weights);
    for _ in 0..3 {
        problem.vehicles.push(Vehicle { weight: Some(40), ..Vehicle::new(0, Window::new(DAY.open, DAY.open + 6_000)) });
    }
    for location in 1..=count {
        let mut stop = Stop { weight: 5 + chance.below(12), service_s: STEP * chance.below(3), ..Stop::at(location) };
        for _ in 0..chance.below(3) {
            let open = DAY.open + STEP * (8 + chance.below(30));
            stop.windows.push(Window::new(open, open + STEP * (6 + chance.below(12))));
        }
        if chance.one_in(4) {
            stop.need =
                Need::Optional { penalty: chance.below(if problem.weights.per_second > 0 { 300_000 } else { 2_000 }) };
        }
        problem.stops.push(stop);
    }
    problem
}

fn compare(weights: &Weights) {
    let mut solved = 0;
    for seed in 0..25 {
        let problem = small(seed * 7 + 1, weights.clone());
        let found = plan(&problem, &mut Search { iterations: Some(3_000), ..Search::seeded(seed) }).unwrap();
        verify(&problem, &found);
        let least = least(&problem);
        let left = |left: &docket_planner::Unassigned| matches!(problem.stops[left.stop].need, Need::Required { .. });
        if found.unassigned.iter().any(left) {
            assert_eq!(least, i64::MAX, "seed {seed}: there is a plan for all");
        } else {
            assert_eq!(found.cost, least, "seed {seed}");
            solved += 1;
        }
    }
    assert!(solved >= 15, "too few of the problems have a solution: {solved}");
}

#[test]
fn the_shortest_way_is_found() {
    compare(&Weights::distance());
}

#[test]
fn the_least_time_is_found() {
    compare(&Weights::duration());
}

#[test]
fn vehicles_are_spared() {
    compare(&Weights { per_metre: 1, per_second: 0, per_vehicle: 700, per_place: 0 });
}
