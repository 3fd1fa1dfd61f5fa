//! Searches beside requests: bounded, in turn, broken off.

use super::{PlanOptions, Planning};
use docket_dialects::planner::{Budget, Goal, PlanError};
use docket_planner::{Matrix, Problem, Stop, Vehicle, Weights, Window};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Many stops, so that a search goes on for as long as it may.
fn large() -> Problem {
    let size = 120;
    let matrix = Matrix::build(size, |from, to| {
        let way = ((from * 37 % 101).abs_diff(to * 37 % 101) + (from * 53 % 97).abs_diff(to * 53 % 97)) as u32;
        Some((way * 100, way * 10))
    });
    let mut problem = Problem::new(matrix.unwrap(), Weights::distance());
    problem.vehicles = vec![Vehicle::new(0, Window::new(0, 1_000_000)); 3];
    problem.stops = (1..size).map(Stop::at).collect();
    problem
}

fn planning(options: PlanOptions) -> (Arc<Planning>, watch::Sender<bool>) {
    let stopping = watch::Sender::new(false);
    (Arc::new(Planning::new(options, stopping.subscribe())), stopping)
}

fn budget(seconds: u64) -> Budget {
    Budget { time: Duration::from_secs(seconds), attempts: None, seed: 1 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_nobody_waits_for_gives_its_place_away() {
    let (planning, _stopping) = planning(PlanOptions { at_once: 1, ..PlanOptions::default() });
    let begun = Instant::now();
    let seen = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&seen);
    let watcher =
        Box::new(move |progress: &docket_planner::Progress| told.store(progress.iterations, Ordering::Relaxed));
    let first = Arc::clone(&planning);
    let first = tokio::spawn(async move { first.search(large(), Goal::Cheapest, budget(60), Some(watcher)).await });
    while seen.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    first.abort();
    let attempts = Budget { attempts: Some(100), ..budget(60) };
    let found = planning.search(large(), Goal::Cheapest, attempts, None).await.unwrap();
    assert!(found.unassigned.is_empty() && found.iterations == 100);
    assert!(begun.elapsed() < Duration::from_secs(30), "it had to wait for {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_hub_is_the_end_of_all_searches() {
    let (planning, stopping) = planning(PlanOptions { at_once: 1, ..PlanOptions::default() });
    let search = |planning: &Arc<Planning>| {
        let planning = Arc::clone(planning);
        tokio::spawn(async move { planning.search(large(), Goal::Soonest, budget(60), None).await })
    };
    let (running, waiting) = (search(&planning), search(&planning));
    tokio::time::sleep(Duration::from_millis(50)).await;
    stopping.send_replace(true);
    assert_eq!(running.await.unwrap(), Err(PlanError::Stopped));
    assert_eq!(waiting.await.unwrap(), Err(PlanError::Stopped));
    assert_eq!(planning.search(large(), Goal::Cheapest, budget(60), None).await, Err(PlanError::Stopped));
}

#[tokio::test]
async fn the_operator_bounds_every_search() {
    let options = PlanOptions { most_time: Duration::from_millis(50), ..PlanOptions::default() };
    let (bounded, _stopping) = planning(options);
    let begun = Instant::now();
    bounded.search(large(), Goal::Cheapest, budget(60), None).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let (counted, _stopping) = planning(PlanOptions { attempts: 64, ..PlanOptions::default() });
    let found = [
        counted.search(large(), Goal::Cheapest, budget(1), None).await.unwrap(),
        counted.search(large(), Goal::Cheapest, budget(2), None).await.unwrap(),
    ];
    assert_eq!((found[0].iterations, &found[0]), (64, &found[1]), "the same on every machine");
    let mut wrong = large();
    wrong.stops[0].location = 1_000;
    assert!(matches!(counted.search(wrong, Goal::Cheapest, budget(1), None).await, Err(PlanError::Invalid(_))));
}
