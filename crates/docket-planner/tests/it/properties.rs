//! What holds for every problem.

use crate::make::anything;
use crate::verify::{verify, verify_route};
use docket_planner::{Need, Plan, Problem, Reason, Search, plan, schedule};
use proptest::prelude::*;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

fn search(problem: &Problem, seed: u64, iterations: u64) -> Plan {
    plan(problem, &mut Search { iterations: Some(iterations), ..Search::seeded(seed) }).unwrap()
}

fn required_left(problem: &Problem, plan: &Plan) -> i64 {
    let priority = |stop: usize| match problem.stops[stop].need {
        Need::Required { priority } => 100 + i64::from(priority),
        Need::Optional { .. } => 0,
    };
    plan.unassigned.iter().map(|left| priority(left.stop)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn plans_are_what_they_say(seed in any::<u64>(), stops in 0_usize..30) {
        let problem = anything(seed, stops);
        let first = search(&problem, seed, 0);
        verify(&problem, &first);
        let found = search(&problem, seed, 200);
        verify(&problem, &found);
        // Never worse than what it began with.
        let (before, after) = (required_left(&problem, &first), required_left(&problem, &found));
        prop_assert!((after, found.cost) <= (before, first.cost) || after < before);
        // The same again.
        prop_assert_eq!(&found, &search(&problem, seed, 200));
    }

    #[test]
    fn a_plan_begun_from_a_plan_is_no_worse(seed in any::<u64>(), stops in 1_usize..25) {
        let mut problem = anything(seed, stops);
        // Windows are chosen anew, one after the other: with several the same sequence may cost more.
        problem.stops.iter_mut().for_each(|stop| stop.windows.truncate(1));
        let found = search(&problem, seed, 200);
        let mut start = vec![Vec::new(); problem.vehicles.len()];
        for route in &found.routes {
            start[route.vehicle] = route.stops().collect();
            // A sequence with reloads may be loaded at other places; otherwise it is timed the same.
            if problem.vehicles[route.vehicle].depots.is_empty()
                && problem.vehicles[route.vehicle].busy.is_empty()
                && problem.vehicles[route.vehicle].limits.idle_s.is_none()
                && let Ok(timed) = schedule(&problem, route.vehicle, &start[route.vehicle]).unwrap()
            {
                verify_route(&problem, &timed);
                prop_assert_eq!(timed.distance_m, route.distance_m);
            }
        }
        let again = plan(&problem, &mut Search { iterations: Some(50), start, ..Search::seeded(1) }).unwrap();
        verify(&problem, &again);
    }

    #[test]
    fn a_stop_left_out_has_a_reason_that_holds(seed in any::<u64>(), stops in 1_usize..25) {
        let problem = anything(seed, stops);
        let found = search(&problem, seed, 100);
        for left in &found.unassigned {
            let mut alone = problem.clone();
            alone.stops = vec![problem.stops[left.stop].clone()];
            alone.stops[0].wishes.clear();
            alone.stops[0].need = Need::Required { priority: 0 };
            let served = search(&alone, 1, 10).unassigned.is_empty();
            match left.reason {
                Reason::Crowded | Reason::NotWorth { .. } => prop_assert!(served, "{left:?} is not servable alone"),
                _ => prop_assert!(!served, "{left:?} is servable alone"),
            }
        }
    }
}

#[test]
fn time_and_progress_end_a_search() {
    let problem = anything(11, 25);
    let ticks = Cell::new(0);
    let clock = || {
        ticks.set(ticks.get() + 1);
        Duration::from_millis(ticks.get() * 10)
    };
    let mut last = 0.0;
    let mut told = |progress: &docket_planner::Progress| {
        assert!(progress.fraction >= last);
        last = progress.fraction;
        ControlFlow::Continue(())
    };
    let mut timed =
        Search { time: Some(Duration::from_secs(1)), clock: &clock, progress: Some(&mut told), ..Search::seeded(5) };
    let found = plan(&problem, &mut timed).unwrap();
    verify(&problem, &found);
    assert!(ticks.get() <= 103, "{} looks at the clock", ticks.get());

    let mut stop = |_: &docket_planner::Progress| ControlFlow::Break(());
    let mut cut = Search { iterations: Some(1_000_000), progress: Some(&mut stop), ..Search::seeded(5) };
    let found = plan(&problem, &mut cut).unwrap();
    verify(&problem, &found);
    assert!(found.iterations < 10_000);
}
