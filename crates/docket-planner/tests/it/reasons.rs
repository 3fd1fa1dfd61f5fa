//! Each reason by its plainest case.

use docket_planner::{
    Busy, Invalid, Limits, Matrix, Measure, Need, Problem, Reason, Search, Stop, Vehicle, Weights, Window, plan,
};

/// Places 1,000 metres and 100 seconds from one to the next, on a line; no way to or from the last.
fn line() -> Problem {
    let matrix = Matrix::build(6, |from, to| {
        let steps = from.abs_diff(to) as u32;
        (from < 5 && to < 5).then_some((steps * 1_000, steps * 100))
    });
    let mut problem = Problem::new(matrix.unwrap(), Weights::distance());
    problem.vehicles.push(Vehicle::new(0, Window::new(1_000, 2_000)));
    problem
}

fn reason(problem: &Problem) -> Reason {
    let found = plan(problem, &mut Search { iterations: Some(50), ..Search::seeded(1) }).unwrap();
    assert_eq!(found.unassigned.len(), 1, "{found:?}");
    assert!(!found.unassigned[0].reason.to_string().is_empty());
    found.unassigned[0].reason
}

fn with(change: impl FnOnce(&mut Problem, &mut Stop)) -> Reason {
    let mut problem = line();
    let mut stop = Stop::at(2);
    change(&mut problem, &mut stop);
    problem.stops.push(stop);
    reason(&problem)
}

#[test]
fn nobody_may() {
    assert_eq!(with(|problem, _| problem.vehicles.clear()), Reason::NoVehicle);
    assert_eq!(with(|_, stop| stop.vehicles = Some(Vec::new())), Reason::NoVehicle);
}

#[test]
fn too_much_of_it() {
    let weight = with(|problem, stop| {
        problem.vehicles[0].weight = Some(10);
        problem.vehicles.push(Vehicle { weight: Some(12), ..problem.vehicles[0].clone() });
        stop.weight = 15;
    });
    assert_eq!(weight, Reason::Overloads { measure: Measure::Weight, needs: 15, most: 12 });
    let volume = with(|problem, stop| {
        problem.vehicles[0].volume = Some(3);
        stop.volume = 4;
    });
    assert_eq!(volume, Reason::Overloads { measure: Measure::Volume, needs: 4, most: 3 });
}

#[test]
fn out_of_reach_or_time() {
    assert_eq!(with(|_, stop| stop.location = 5), Reason::NoWay);
    let late = Reason::TooLate { reached: 1_200, closes: 1_150 };
    assert_eq!(with(|_, stop| stop.windows = vec![Window::new(0, 10), Window::new(1_100, 1_150)]), late);
    let long_ago = Reason::TooLate { reached: 1_200, closes: 900 };
    assert_eq!(with(|_, stop| stop.windows = vec![Window::new(800, 900)]), long_ago);
    let early = Reason::TooEarly { opens: 2_500, shift_ends: 2_000 };
    assert_eq!(with(|_, stop| stop.windows = vec![Window::new(2_500, 2_600)]), early);
    let back = Reason::ShiftTooShort { back: 2_150, shift_ends: 2_000 };
    assert_eq!(with(|_, stop| stop.service_s = 750), back);
}

#[test]
fn in_the_way_of_something_else() {
    let busy = Busy { begin: Window::new(1_300, 1_300), duration_s: 600, from: Some(0), to: None };
    let torn = with(|problem, _| problem.vehicles[0].busy = vec![busy.clone()]);
    assert_eq!(torn, Reason::Busy { reached: 1_400, begins: 1_300 });
    let tied = with(|problem, _| {
        let far = Busy { begin: Window::new(1_100, 1_100), duration_s: 10, from: Some(4), to: None };
        problem.vehicles[0].busy = vec![far];
    });
    assert_eq!(tied, Reason::Tied);
}

#[test]
fn limits() {
    let limited = |limits: Limits| with(|problem, _| problem.vehicles[0].limits = limits);
    let far = Limits { distance_m: Some(3_999), ..Limits::default() };
    assert_eq!(limited(far), Reason::Exceeds { measure: Measure::Distance, needs: 4_000 });
    let long = Limits { duration_s: Some(399), ..Limits::default() };
    assert_eq!(limited(long), Reason::Exceeds { measure: Measure::Duration, needs: 400 });
    let none = Limits { stops: Some(0), ..Limits::default() };
    assert_eq!(limited(none), Reason::Exceeds { measure: Measure::Stops, needs: 1 });
}

#[test]
fn no_room_or_no_worth() {
    let mut problem = line();
    problem.vehicles[0].weight = Some(10);
    problem.stops.push(Stop { weight: 6, need: Need::Required { priority: 3 }, ..Stop::at(1) });
    problem.stops.push(Stop { weight: 6, ..Stop::at(1) });
    assert_eq!(reason(&problem), Reason::Crowded);
    assert_eq!(with(|_, stop| stop.need = Need::Optional { penalty: 3_999 }), Reason::NotWorth { cost: 4_000 });
}

#[test]
fn what_is_wrong_with_a_problem() {
    let broken = |change: &dyn Fn(&mut Problem)| {
        let mut problem = line();
        problem.stops.push(Stop::at(1));
        change(&mut problem);
        plan(&problem, &mut Search::seeded(1)).unwrap_err()
    };
    assert_eq!(broken(&|problem| problem.stops[0].location = 6), Invalid::Location { what: "stop", index: 0 });
    assert_eq!(broken(&|problem| problem.stops[0].weight = -1), Invalid::Number { what: "stop", index: 0 });
    assert_eq!(
        broken(&|problem| problem.stops[0].vehicles = Some(vec![1])),
        Invalid::Unknown { what: "stop", index: 0 }
    );
    let reversed = Invalid::Window { what: "vehicle", index: 0 };
    assert_eq!(broken(&|problem| problem.vehicles[0].shift = Window::new(1, 0)), reversed);
    assert_eq!(broken(&|problem| problem.vehicles[0].depots = vec![0]), Invalid::Unknown { what: "vehicle", index: 0 });
    let mut twice = Search { start: vec![vec![0, 0]], ..Search::seeded(1) };
    let mut problem = line();
    problem.stops.push(Stop::at(1));
    assert_eq!(plan(&problem, &mut twice), Err(Invalid::Twice { stop: 0 }));
}

#[test]
fn the_ends_of_time() {
    let mut problem = line();
    problem.vehicles[0].shift.close = i64::MAX;
    let always = Window::new(i64::MIN, i64::MAX);
    problem.vehicles[0].busy = vec![
        Busy { begin: Window::new(i64::MIN, i64::MIN), duration_s: 5, from: None, to: None },
        Busy { begin: Window::new(i64::MAX, i64::MAX), duration_s: 5, from: None, to: None },
        Busy { begin: always, duration_s: 5, from: None, to: None },
    ];
    problem.stops.push(Stop { windows: vec![always], ..Stop::at(2) });
    let found = plan(&problem, &mut Search { iterations: Some(20), ..Search::seeded(1) }).unwrap();
    assert!(found.unassigned.is_empty());
    problem.stops.push(Stop { windows: vec![Window::new(i64::MIN, i64::MIN)], ..Stop::at(2) });
    let late = Reason::TooLate { reached: 1_200, closes: i64::MIN };
    assert_eq!(reason(&problem), late);
    problem.vehicles[0].shift = always;
    assert_eq!(plan(&problem, &mut Search::seeded(1)), Err(Invalid::Number { what: "vehicle", index: 0 }));
}
