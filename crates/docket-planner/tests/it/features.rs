//! What a problem can say, each by a case whose answer is plain.

use crate::verify::{verify, verify_route};
use docket_planner::{
    Busy, Depot, Limits, Mark, Matrix, Need, Place, Plan, Problem, Search, Span, Stop, Vehicle, Weights, Window, Wish,
    plan, plan_soonest, schedule,
};

/// Places 1,000 metres and 100 seconds from one to the next, on a line.
fn line(count: usize) -> Problem {
    let matrix = Matrix::build(count, |from, to| {
        let steps = from.abs_diff(to) as u32;
        Some((steps * 1_000, steps * 100))
    });
    let mut problem = Problem::new(matrix.unwrap(), Weights::distance());
    problem.vehicles.push(Vehicle::new(0, Window::new(0, 20_000)));
    problem.stops.extend((1..count).map(Stop::at));
    problem
}

fn solve(problem: &Problem) -> Plan {
    let found = plan(problem, &mut Search { iterations: Some(2_000), ..Search::seeded(3) }).unwrap();
    verify(problem, &found);
    found
}

fn order(found: &Plan, vehicle: usize) -> Vec<usize> {
    found.routes.iter().filter(|route| route.vehicle == vehicle).flat_map(|route| route.stops()).collect()
}

#[test]
fn windows_decide_the_order() {
    let mut problem = line(4);
    problem.stops[2].windows = vec![Window::new(0, 300)];
    problem.stops[0].windows = vec![Window::new(100, 150), Window::new(400, 450)];
    problem.stops[1].windows = vec![Window::new(5_000, 6_000)];
    let found = solve(&problem);
    assert_eq!(found.routes[0].stops().last(), Some(1));
    assert_eq!(found.cost, 6_000);
}

#[test]
fn a_full_vehicle_loads_again() {
    let mut problem = line(7);
    problem.stops.iter_mut().for_each(|stop| stop.volume = 4);
    problem.vehicles[0].volume = Some(9);
    problem.depots.push(Depot { service_s: 30, ..Depot::at(0) });
    assert_eq!(solve(&problem).unassigned.len(), 4);
    problem.vehicles[0].depots = vec![0];
    let found = solve(&problem);
    assert!(found.unassigned.is_empty());
    let loads = found.routes[0].visits.iter().filter(|visit| visit.mark == Mark::Depot(0)).count();
    assert_eq!(loads, 2);
    assert_eq!(found.cost, 12_000 + 8_000 + 4_000);
}

#[test]
fn limits_of_trips_are_met_by_more_trips() {
    let mut problem = line(5);
    problem.depots.push(Depot::at(0));
    problem.vehicles[0].depots = vec![0];
    problem.vehicles[0].limits = Limits { stops: Some(2), per: Span::Trip, ..Limits::default() };
    let found = solve(&problem);
    assert!(found.unassigned.is_empty());
    assert_eq!(found.cost, 8_000 + 4_000);
    problem.vehicles[0].limits.per = Span::Route;
    assert_eq!(solve(&problem).unassigned.len(), 2);
    problem.vehicles[0].limits = Limits { distance_m: Some(8_500), per: Span::Trip, ..Limits::default() };
    assert!(solve(&problem).unassigned.is_empty());
}

#[test]
fn affinities_and_wishes() {
    let mut problem = line(6);
    problem.vehicles.push(problem.vehicles[0].clone());
    problem.stops[4].vehicles = Some(vec![1]);
    problem.stops[0].wishes = vec![Wish { vehicle: 1, place: Place::At(4) }];
    problem.stops[1].wishes = vec![Wish { vehicle: 1, place: Place::Last }];
    problem.stops[2].wishes = vec![Wish { vehicle: 1, place: Place::At(1) }];
    for stop in &mut problem.stops {
        stop.vehicles = Some(vec![1]);
    }
    let found = solve(&problem);
    let order = order(&found, 1);
    assert_eq!((order[0], order[3], order[4]), (2, 0, 1), "{order:?}");
}

#[test]
fn busy_times_are_kept() {
    let mut problem = line(6);
    let meeting = Busy { begin: Window::new(250, 250), duration_s: 500, from: Some(3), to: Some(5) };
    let lunch = Busy { begin: Window::new(700, 1_300), duration_s: 1_000, from: None, to: None };
    problem.vehicles[0].busy = vec![meeting.clone(), lunch];
    // At place 3 by 250 is not possible from place 0.
    assert_eq!(solve(&problem).unassigned.len(), 5);
    problem.vehicles[0].busy[0].begin = Window::new(350, 350);
    let found = solve(&problem);
    assert!(found.unassigned.is_empty());
    let marks: Vec<Mark> = found.routes[0].visits.iter().map(|visit| visit.mark).collect();
    assert!(marks.contains(&Mark::Busy(0)) && marks.contains(&Mark::Busy(1)), "{marks:?}");
    assert_eq!(found.routes[0].distance_m, 3_000 + 5_000, "the way from 3 to 5 is not driven for the stops");

    // An absence over the shift's beginning moves it.
    problem.vehicles[0].busy = vec![Busy { begin: Window::new(-50, -50), duration_s: 100, from: None, to: Some(5) }];
    let found = solve(&problem);
    assert_eq!(found.routes[0].visits[0].begin, 50);
    assert_eq!(found.routes[0].visits[0].location, Some(5));
    assert_eq!(found.routes[0].distance_m, 5_000);
}

#[test]
fn routes_may_start_and_end_anywhere() {
    let mut problem = line(6);
    problem.vehicles[0].start = None;
    problem.vehicles[0].end = None;
    let found = solve(&problem);
    assert_eq!(found.cost, 4_000);
    assert_eq!(found.routes[0].visits[0].location, None);
}

#[test]
fn priorities_decide_who_is_left_out() {
    let mut problem = line(6);
    problem.vehicles[0].limits.stops = Some(2);
    problem.stops[3].need = Need::Required { priority: 90 };
    problem.stops[4].need = Need::Required { priority: 80 };
    problem.stops[0].need = Need::Optional { penalty: 50_000 };
    let found = solve(&problem);
    let mut served = order(&found, 0);
    served.sort_unstable();
    assert_eq!(served, [3, 4]);
}

#[test]
fn time_rather_than_way() {
    // The way by place 1 is short and slow.
    let matrix = Matrix::build(3, |from, to| Some(if from + to == 1 { (10, 900) } else { (1_000, 100) })).unwrap();
    let mut problem = Problem::new(matrix, Weights::duration());
    problem.vehicles.push(Vehicle::new(0, Window::new(0, 5_000)));
    problem.stops = vec![Stop::at(1), Stop::at(2)];
    let found = solve(&problem);
    assert_eq!(found.routes[0].duration_s, 1_100);
    // No earlier departure than the window needs.
    problem.stops = vec![Stop { windows: vec![Window::new(3_000, 3_500)], ..Stop::at(2) }];
    let found = solve(&problem);
    assert_eq!((found.routes[0].visits[0].leave, found.routes[0].idle_s), (2_900, 0));
}

#[test]
fn waiting_can_be_limited() {
    let mut problem = line(3);
    problem.stops[0].windows = vec![Window::new(100, 200)];
    problem.stops[1].windows = vec![Window::new(5_000, 5_100)];
    assert_eq!(solve(&problem).routes.len(), 1);
    problem.vehicles[0].limits.idle_s = Some(600);
    assert_eq!(solve(&problem).unassigned.len(), 1);
    problem.vehicles.push(problem.vehicles[0].clone());
    assert_eq!(solve(&problem).routes.len(), 2);
}

#[test]
fn a_given_sequence_is_timed_or_refused() {
    let mut problem = line(4);
    problem.stops[0].service_s = 50;
    let route = schedule(&problem, 0, &[2, 0, 1]).unwrap().unwrap();
    verify_route(&problem, &route);
    assert_eq!(route.distance_m, 3_000 + 2_000 + 1_000 + 2_000);
    assert_eq!(route.stops().collect::<Vec<_>>(), [2, 0, 1]);
    problem.stops[1].windows = vec![Window::new(0, 300)];
    assert!(schedule(&problem, 0, &[2, 0, 1]).unwrap().is_err());
    assert!(schedule(&problem, 1, &[2]).is_err());
    assert!(schedule(&problem, 0, &[3]).is_err());
}

#[test]
fn fewer_vehicles_when_they_are_dear() {
    let mut problem = line(9);
    problem.vehicles = vec![problem.vehicles[0].clone(); 4];
    for (index, stop) in problem.stops.iter_mut().enumerate() {
        let open = 1_000 * (index as i64 % 4);
        stop.windows = vec![Window::new(open, open + 900)];
    }
    let many = solve(&problem);
    problem.weights.per_vehicle = 1_000_000;
    let few = solve(&problem);
    assert!(few.routes.len() <= many.routes.len());
    assert_eq!(few.routes.len(), 1);
}

#[test]
fn loading_and_unloading_take_their_time_within_their_windows() {
    let mut problem = line(3);
    let vehicle = &mut problem.vehicles[0];
    (vehicle.loading_s, vehicle.unloading_s) = (600, 300);
    vehicle.departs = Some(Window::new(1_000, 2_000));
    let found = solve(&problem);
    let visits = &found.routes[0].visits;
    assert_eq!((visits[0].begin, visits[0].leave, visits[1].begin), (1_000, 1_600, 1_700));
    assert_eq!(found.routes[0].duration_s, 600 + 400 + 300);
    problem.vehicles[0].arrives = Some(Window::new(0, 1_500));
    let found = solve(&problem);
    assert_eq!(found.unassigned.len(), 2, "it cannot be back by then");
}

#[test]
fn limits_begin_anew_anywhere() {
    let mut problem = line(7);
    problem.vehicles[0].end = None;
    problem.depots.push(Depot { location: None, ..Depot::at(0) });
    problem.vehicles[0].depots = vec![0];
    problem.vehicles[0].limits = Limits { stops: Some(2), per: Span::Trip, ..Limits::default() };
    let found = solve(&problem);
    assert!(found.unassigned.is_empty());
    assert_eq!(found.cost, 6_000, "it goes on from where it is");
    let marks: Vec<Mark> = found.routes[0].visits.iter().map(|visit| visit.mark).collect();
    assert_eq!(marks.iter().filter(|mark| **mark == Mark::Depot(0)).count(), 2, "{marks:?}");
}

#[test]
fn a_depot_may_be_left_elsewhere() {
    let mut problem = line(5);
    problem.vehicles[0].limits = Limits { stops: Some(2), per: Span::Trip, ..Limits::default() };
    problem.depots.push(Depot { leaves: Some(0), way_m: 4_000, service_s: 400, ..Depot::at(4) });
    problem.vehicles[0].depots = vec![0];
    let found = solve(&problem);
    assert!(found.unassigned.is_empty());
    assert_eq!(found.cost, 4_000 + 4_000 + 4_000, "out, back as the depot's own way, half way and back: {found:?}");
}

#[test]
fn no_single_wait_is_too_long() {
    let mut problem = line(4);
    for (stop, open) in problem.stops.iter_mut().zip([1_000, 1_700, 2_400]) {
        stop.windows = vec![Window::new(open, open + 10)];
    }
    problem.vehicles[0].limits.idle_s = Some(600);
    assert_eq!(solve(&problem).unassigned.len(), 1, "1,200 s in all");
    problem.vehicles[0].limits = Limits { wait_s: Some(600), ..Limits::default() };
    assert!(solve(&problem).unassigned.is_empty());
    problem.vehicles[0].limits.wait_s = Some(500);
    assert!(!solve(&problem).unassigned.is_empty());
}

#[test]
fn of_equal_directions_the_first_stop_first() {
    let mut problem = line(6);
    (problem.vehicles[0].start, problem.vehicles[0].end) = (None, None);
    assert_eq!(order(&solve(&problem), 0), [0, 1, 2, 3, 4]);
}

#[test]
fn soon_done_shares_the_work() {
    let mut problem = line(5);
    problem.vehicles = vec![problem.vehicles[0].clone(); 4];
    problem.stops.iter_mut().for_each(|stop| stop.service_s = 3_000);
    assert_eq!(solve(&problem).routes.len(), 1);
    let found = plan_soonest(&problem, &mut Search { iterations: Some(4_000), ..Search::seeded(3) }).unwrap();
    verify(&problem, &found);
    assert_eq!((found.routes.len(), found.unassigned.len()), (4, 0));
    let end = found.routes.iter().map(|route| route.visits.last().unwrap().leave).max();
    assert_eq!(end, Some(3_800), "the farthest there and back");
}
