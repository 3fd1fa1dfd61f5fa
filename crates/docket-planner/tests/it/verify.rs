//! Judges a plan from the problem alone, step by step, the slow and obvious way. Shares nothing with the planner.

use docket_planner::{Mark, Need, Place, Plan, Problem, Route, Span, Vehicle};

/// Panics with what is wrong.
pub fn verify(problem: &Problem, plan: &Plan) {
    let mut seen = vec![0; problem.stops.len()];
    let mut cost = 0;
    let mut drivers = Vec::new();
    for route in &plan.routes {
        assert!(route.stops().count() > 0, "an empty route is listed");
        assert!(!drivers.contains(&route.vehicle), "vehicle {} twice", route.vehicle);
        drivers.push(route.vehicle);
        route.stops().for_each(|stop| seen[stop] += 1);
        cost += verify_route(problem, route);
    }
    for left in &plan.unassigned {
        seen[left.stop] += 1;
        if let Need::Optional { penalty } = problem.stops[left.stop].need {
            cost += penalty;
        }
    }
    assert!(seen.iter().all(|times| *times == 1), "stops lost or repeated: {seen:?}");
    assert_eq!(plan.cost, cost, "the plan's cost");
}

/// Sums of one stretch that limits are counted over.
#[derive(Default)]
struct Sums {
    distance: i64,
    idle: i64,
    stops: usize,
    begun: i64,
}

pub fn verify_route(problem: &Problem, route: &Route) -> i64 {
    let vehicle = &problem.vehicles[route.vehicle];
    let (first, last) = (route.visits.first().unwrap(), route.visits.last().unwrap());
    assert_eq!((first.mark, last.mark), (Mark::Start, Mark::End));
    assert!(first.begin >= vehicle.shift.open, "starts before the shift");
    assert!(last.begin <= vehicle.shift.close, "ends after the shift: {} > {}", last.begin, vehicle.shift.close);
    let mut place = first.location;
    let mut now = first.leave;
    assert_eq!(first.leave, first.begin + vehicle.loading_s, "loading");
    let within = |window: Option<docket_planner::Window>, at: i64| {
        window.is_none_or(|window| (window.open..=window.close).contains(&at))
    };
    assert!(within(vehicle.departs, first.begin), "departs outside its window");
    assert!(within(vehicle.arrives, last.begin), "arrives outside its window");
    let mut all = Sums { begun: first.begin, ..Sums::default() };
    let mut trip = Sums { begun: first.begin, ..Sums::default() };
    let (mut weight, mut volume) = (0, 0);
    for visit in &route.visits[1..] {
        let (way, time) = match (place, visit.location) {
            (Some(from), Some(to)) => {
                let way = problem.matrix.distance_m(from, to).expect("there is a way");
                (way, problem.matrix.duration_s(from, to).expect("there is a way"))
            }
            _ => (0, 0),
        };
        assert_eq!((visit.distance_m, visit.duration_s), (way, time), "leg to {:?}", visit.mark);
        assert_eq!(visit.arrive, now + time, "arrival at {:?}", visit.mark);
        assert!(visit.begin >= visit.arrive);
        let service = judge_visit(problem, route, vehicle, visit);
        assert_eq!(visit.leave, visit.begin + service, "departure from {:?}", visit.mark);
        let waits = visit.begin - visit.arrive;
        assert!(vehicle.limits.wait_s.is_none_or(|most| waits <= most), "waits too long at {:?}", visit.mark);
        let inside = if let Mark::Depot(depot) = visit.mark { problem.depots[depot].way_m } else { 0 };
        for sums in [&mut all, &mut trip] {
            sums.distance += way + inside;
            sums.idle += visit.begin - visit.arrive;
            sums.stops += usize::from(matches!(visit.mark, Mark::Stop(_)));
        }
        match visit.mark {
            Mark::Stop(stop) => {
                weight += problem.stops[stop].weight;
                volume += problem.stops[stop].volume;
            }
            Mark::Depot(_) | Mark::End => {
                if vehicle.limits.per == Span::Trip {
                    limits(vehicle, &trip, if visit.mark == Mark::End { visit.leave } else { visit.begin });
                }
                trip = Sums { begun: visit.begin, ..Sums::default() };
                (weight, volume) = (0, 0);
            }
            _ => {}
        }
        assert!(vehicle.weight.is_none_or(|most| weight <= most), "overloaded by weight");
        assert!(vehicle.volume.is_none_or(|most| volume <= most), "overloaded by volume");
        place = match visit.mark {
            Mark::Busy(busy) => vehicle.busy[busy].to.or(visit.location),
            Mark::Depot(depot) => problem.depots[depot].leaves.or(visit.location),
            _ => visit.location,
        };
        now = visit.leave;
    }
    if vehicle.limits.per == Span::Route {
        limits(vehicle, &all, last.leave);
    }
    let duration = last.leave - first.begin;
    assert_eq!((route.distance_m, route.duration_s, route.idle_s), (all.distance, duration, all.idle));
    let weights = &problem.weights;
    let cost = weights.per_metre * all.distance
        + weights.per_second * duration
        + weights.per_vehicle
        + vehicle.fixed_cost
        + weights.per_place * places_off(problem, route);
    assert_eq!(route.cost, cost, "cost of the route of vehicle {}", route.vehicle);
    cost
}

fn judge_visit(problem: &Problem, route: &Route, vehicle: &Vehicle, visit: &docket_planner::Visit) -> i64 {
    match visit.mark {
        Mark::Stop(index) => {
            let stop = &problem.stops[index];
            assert_eq!(visit.location, Some(stop.location));
            let open = |window: &docket_planner::Window| (window.open..=window.close).contains(&visit.begin);
            assert!(stop.windows.is_empty() || stop.windows.iter().any(open), "stop {index} outside its windows");
            assert!(stop.vehicles.as_ref().is_none_or(|only| only.contains(&route.vehicle)), "stop {index}'s vehicle");
            stop.service_s
        }
        Mark::Depot(index) => {
            let depot = &problem.depots[index];
            assert!(vehicle.depots.contains(&index), "depot {index} is not the vehicle's");
            assert!(depot.location.is_none() || visit.location == depot.location);
            assert!(depot.window.is_none_or(|window| (window.open..=window.close).contains(&visit.begin)));
            depot.service_s
        }
        Mark::Busy(index) => {
            let busy = &vehicle.busy[index];
            assert!((busy.begin.open..=busy.begin.close).contains(&visit.begin), "busy time {index} moved");
            busy.duration_s
        }
        Mark::Start => 0,
        Mark::End => vehicle.unloading_s,
    }
}

fn limits(vehicle: &Vehicle, sums: &Sums, end: i64) {
    let limits = &vehicle.limits;
    assert!(limits.distance_m.is_none_or(|most| sums.distance <= most), "too far: {}", sums.distance);
    assert!(limits.duration_s.is_none_or(|most| end - sums.begun <= most), "too long: {}", end - sums.begun);
    assert!(limits.idle_s.is_none_or(|most| sums.idle <= most), "too much waiting: {}", sums.idle);
    assert!(limits.stops.is_none_or(|most| sums.stops <= most), "too many stops: {}", sums.stops);
}

fn places_off(problem: &Problem, route: &Route) -> i64 {
    let stops: Vec<usize> = route.stops().collect();
    let mut off = 0;
    for (place, stop) in stops.iter().enumerate() {
        for wish in problem.stops[*stop].wishes.iter().filter(|wish| wish.vehicle == route.vehicle).take(1) {
            let wished = match wish.place {
                Place::At(wished) => wished.min(stops.len()) as i64,
                Place::Last => stops.len() as i64,
            };
            off += (wished - place as i64 - 1).abs();
        }
    }
    off
}
