//! Planning: what a plan keeps, and that it never loses or repeats a stop.

use docket_core::planning::{Beyond, Busy, Limits, Plan, Problem, Stop, Vehicle, plan};
use proptest::prelude::*;

const KMH_60: f64 = 60.0 / 3.6;

/// A stop so many kilometres north of the equator's beginning.
fn north(km: f64) -> Stop {
    let place = (km / 111.195, 0.0);
    Stop { place, earliest: None, latest: None, service_s: 0, weight: 0.0, volume: 0.0 }
}

fn problem(km: &[f64], vehicles: Vec<Vehicle>) -> Problem {
    Problem {
        stops: km.iter().copied().map(north).collect(),
        wanted: (0..km.len()).collect(),
        vehicles,
        speed_mps: KMH_60,
        starts_at: 1_000,
        ..Problem::default()
    }
}

fn from_start() -> Vehicle {
    Vehicle { start: Some((0.0, 0.0)), ..Vehicle::default() }
}

fn stops(plan: &Plan) -> Vec<Vec<Vec<usize>>> {
    let trip = |trip: &Vec<docket_core::planning::Visit>| trip.iter().map(|visit| visit.stop).collect();
    plan.routes.iter().map(|trips| trips.iter().map(trip).collect()).collect()
}

#[test]
fn stops_on_a_line_are_visited_along_it() {
    let plan = plan(&problem(&[30.0, 10.0, 20.0], vec![from_start()]));
    assert_eq!(stops(&plan), [[[1, 2, 0]]]);
    let visits = &plan.routes[0][0];
    assert!(visits.iter().all(|visit| (visit.leg_m - 10_000.0).abs() < 5.0), "{visits:?}");
    let times: Vec<i64> = visits.iter().map(|visit| visit.at).collect();
    assert!(times.iter().zip([1_600, 2_200, 2_800]).all(|(at, wanted)| (at - wanted).abs() <= 1), "{times:?}");
    assert!(plan.left_out.is_empty());
}

#[test]
fn service_takes_its_time() {
    let mut problem = problem(&[10.0, 20.0], vec![from_start()]);
    problem.stops[0].service_s = 300;
    let plan = plan(&problem);
    assert!((plan.routes[0][0][1].at - 2_500).abs() <= 1);
}

#[test]
fn windows_count_only_when_asked_for() {
    let mut problem = problem(&[10.0, 20.0], vec![from_start()]);
    (problem.stops[1].earliest, problem.stops[1].latest) = (Some(2_000), Some(2_250));
    (problem.stops[0].earliest, problem.stops[0].latest) = (Some(3_000), Some(9_000));
    assert_eq!(stops(&plan(&problem)), [[[0, 1]]]);
    problem.by_window = true;
    let visits = &plan(&problem).routes[0][0];
    assert_eq!(visits.iter().map(|visit| visit.stop).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(visits[1].at, 3_000, "it waits");
}

#[test]
fn what_cannot_be_reached_in_time_is_left_out() {
    let mut problem = problem(&[10.0, 500.0], vec![from_start()]);
    problem.by_window = true;
    problem.stops[1].latest = Some(2_000);
    let plan = plan(&problem);
    assert_eq!((stops(&plan), plan.left_out.clone()), (vec![vec![vec![0]]], vec![1]));
}

#[test]
fn who_has_not_set_out_does_not_wait_at_the_door() {
    let mut problem = problem(&[10.0], vec![from_start()]);
    problem.by_window = true;
    problem.stops[0].earliest = Some(90_000);
    problem.limits = Limits { idle_s: Some(0), duration_s: Some(601), ..Limits::default() };
    assert_eq!(plan(&problem).routes[0][0][0].at, 90_000);
}

#[test]
fn who_loads_first_leaves_the_warehouse_in_time() {
    let mut problem = problem(&[10.0, 0.0], vec![Vehicle { first: Some(1), ..Vehicle::default() }]);
    problem.wanted = vec![0];
    problem.by_window = true;
    problem.stops[0].earliest = Some(90_000);
    problem.limits = Limits { idle_s: Some(0), duration_s: Some(601), ..Limits::default() };
    let times: Vec<i64> = plan(&problem).routes[0][0].iter().map(|visit| visit.at).collect();
    assert!((times[0] - 89_400).abs() <= 1 && times[1] == 90_000, "{times:?}");
}

#[test]
fn a_limit_ends_a_route_and_the_next_vehicle_goes_on() {
    let mut problem = problem(&[1.0, 2.0, 3.0, 4.0], vec![Vehicle::default(), Vehicle::default()]);
    problem.limits.stops = Some(2);
    let plan = plan(&problem);
    assert_eq!(stops(&plan), [[[0, 1]], [[2, 3]]]);
    problem.vehicles.truncate(1);
    assert_eq!(left_out(&problem), [2, 3]);
}

fn left_out(problem: &Problem) -> Vec<usize> {
    plan(problem).left_out
}

#[test]
fn a_limit_on_metres_and_one_on_time_are_kept() {
    let mut of_metres = problem(&[10.0, 20.0, 30.0], vec![from_start()]);
    of_metres.limits.distance_m = Some(25_000.0);
    assert_eq!(left_out(&of_metres), [2]);
    let mut of_time = problem(&[10.0, 20.0, 30.0], vec![from_start()]);
    of_time.limits.duration_s = Some(1_300);
    assert_eq!(left_out(&of_time), [2]);
}

#[test]
fn loads_are_kept() {
    let mut problem = problem(&[1.0, 2.0, 3.0], vec![Vehicle { weight_limit: Some(20.0), ..from_start() }]);
    problem.stops.iter_mut().for_each(|stop| stop.weight = 10.0);
    assert_eq!(left_out(&problem), [2]);
    problem.vehicles[0] = Vehicle { volume_limit: Some(0.5), ..from_start() };
    problem.stops[0].volume = 1.0;
    assert_eq!(left_out(&problem), [0]);
}

#[test]
fn warehouses_come_first_last_and_in_between() {
    let mut problem = problem(&[1.0, 2.0, 3.0, 0.0, 10.0, 2.5], vec![Vehicle::default()]);
    problem.wanted = vec![0, 1, 2];
    let vehicle = Vehicle { first: Some(3), last: Some(4), reloads: vec![5], ..Vehicle::default() };
    problem.vehicles = vec![vehicle];
    assert_eq!(stops(&plan(&problem)), [[[3, 0, 1, 2, 4]]]);
    problem.limits.stops = Some(2);
    problem.beyond = Beyond::Reload;
    assert_eq!(stops(&plan(&problem)), [[vec![3, 0, 1], vec![5, 2, 4]]]);
    problem.beyond = Beyond::Split;
    assert_eq!(stops(&plan(&problem)), [[vec![3, 0, 1, 4], vec![3, 2, 4]]]);
}

#[test]
fn a_busy_vehicle_goes_on_from_where_it_was_busy() {
    let busy = Busy { from: 1_700, to: 5_000, start: Some((0.0, 0.0)), end: Some((50.0 / 111.195, 0.0)) };
    let problem = problem(&[40.0], vec![Vehicle { busy: vec![busy], ..from_start() }]);
    let visit = plan(&problem).routes[0][0][0];
    assert!((visit.at - 5_600).abs() <= 1, "{visit:?}");
    assert!((visit.leg_m - 10_000.0).abs() < 5.0);
}

#[test]
fn pinned_stops_are_where_they_were_pinned() {
    let mut problem = problem(&[10.0, 20.0, 30.0, 40.0], vec![from_start(), from_start()]);
    problem.vehicles[1].pinned = vec![(0, None), (3, Some(0))];
    problem.limits.stops = Some(3);
    let plan = plan(&problem);
    let second: Vec<usize> = plan.routes[1][0].iter().map(|visit| visit.stop).collect();
    assert_eq!((second.first(), second.last()), (Some(&3), Some(&0)));
}

#[test]
fn for_speed_the_work_is_shared() {
    let mut problem = problem(&[10.0, 10.0, 10.1, 10.1], vec![from_start(), from_start()]);
    problem.stops.iter_mut().for_each(|stop| stop.service_s = 3_600);
    assert_eq!(plan(&problem).routes[1].len(), 0, "fewest metres: one goes");
    problem.by_duration = true;
    let lengths: Vec<usize> = plan(&problem).routes.iter().flatten().map(Vec::len).collect();
    assert_eq!(lengths, [2, 2]);
}

#[test]
fn nothing_to_do_and_nobody_to_do_it() {
    assert_eq!(plan(&problem(&[], vec![from_start()])), Plan { routes: vec![vec![]], left_out: vec![] });
    assert_eq!(plan(&problem(&[1.0], vec![])), Plan { routes: vec![], left_out: vec![0] });
}

fn any_problem() -> impl Strategy<Value = Problem> {
    let stop = (0.0..0.5, 0.0..0.5, prop::option::of(0_i64..40_000), prop::option::of(0_i64..60_000), 0_i64..2_000)
        .prop_map(|(y, x, earliest, latest, service_s)| Stop {
            place: (y, x),
            earliest,
            latest,
            service_s,
            weight: 1.0,
            volume: 1.0,
        });
    let vehicle = (any::<bool>(), prop::option::of(0_usize..30), prop::option::of(1.0..9.0), any::<[bool; 3]>())
        .prop_map(|(starts, pin, weight_limit, [first, last, reload])| Vehicle {
            start: starts.then_some((0.2, 0.2)),
            first: first.then_some(0),
            last: last.then_some(1),
            reloads: if reload { vec![2] } else { Vec::new() },
            weight_limit,
            busy: vec![Busy { from: 10_000, to: 12_000, start: None, end: Some((0.1, 0.1)) }],
            pinned: pin.into_iter().map(|stop| (stop, if stop % 2 == 0 { None } else { Some(stop % 5) })).collect(),
            ..Vehicle::default()
        });
    let limits = (prop::option::of(1.0..200_000.0), prop::option::of(1_i64..50_000), prop::option::of(1_usize..8))
        .prop_map(|(distance_m, duration_s, stops)| Limits { distance_m, duration_s, stops, idle_s: Some(20_000) });
    let beyond = prop_oneof![Just(Beyond::End), Just(Beyond::Reload), Just(Beyond::Split)];
    (
        prop::collection::vec(stop, 3..25),
        prop::collection::vec(vehicle, 0..4),
        limits,
        beyond,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(stops, vehicles, limits, beyond, by_window, by_duration)| Problem {
            // The first three are warehouses.
            wanted: (3..stops.len()).collect(),
            stops,
            vehicles,
            speed_mps: KMH_60,
            starts_at: 0,
            by_window,
            by_duration,
            limits,
            beyond,
        })
}

proptest! {
    #[test]
    fn every_stop_is_planned_once_or_left_out(problem in any_problem()) {
        let plan = plan(&problem);
        let visits = plan.routes.iter().flatten().flatten().map(|visit| visit.stop).filter(|&stop| stop >= 3);
        let mut seen: Vec<usize> = visits.chain(plan.left_out.iter().copied()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, problem.wanted.clone());
    }

    #[test]
    fn windows_and_limits_are_kept(problem in any_problem()) {
        for (vehicle, trips) in problem.vehicles.iter().zip(&plan(&problem).routes) {
            let mut free = problem.starts_at;
            for trip in trips {
                let stops = trip.iter().filter(|visit| visit.stop >= 3).count();
                prop_assert!(problem.limits.stops.is_none_or(|most| stops <= most));
                prop_assert!(vehicle.weight_limit.is_none_or(|most| stops as f64 <= most));
                let metres: f64 = trip.iter().map(|visit| visit.leg_m).sum();
                prop_assert!(problem.limits.distance_m.is_none_or(|most| metres <= most + 1e-6));
                for visit in trip {
                    let stop = &problem.stops[visit.stop];
                    prop_assert!(visit.at >= free, "in order of time");
                    if problem.by_window {
                        prop_assert!(stop.latest.is_none_or(|latest| visit.at <= latest));
                        prop_assert!(stop.earliest.is_none_or(|earliest| visit.at >= earliest));
                    }
                    free = visit.at + stop.service_s;
                }
            }
        }
    }
}
