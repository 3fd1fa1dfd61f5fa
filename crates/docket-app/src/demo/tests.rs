//! The demo's day, two hours of it, on a steered clock.

use super::{DemoClock, Simulation, seed};
use crate::hub::{Hub, HubOptions};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::Sequence;
use docket_core::ledger::{Ledger, OrderQuery, StateSet};
use docket_core::order::State;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TICK_S: i64 = 10;
const HOURS: i64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_goes_on_and_nothing_gets_stuck() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(DemoClock::default());
    let hub = Hub::open(HubOptions::embedded(folder.path(), Arc::clone(&clock) as _)).await.unwrap();
    let start: Timestamp = "2026-03-04T14:00:00Z".parse().unwrap();
    let world = seed(&hub, &clock, "http://127.0.0.1").await.unwrap();
    let now = hub.now();
    let _ = start;
    let mut day = Simulation::open(Arc::clone(&hub), world.account, "http://127.0.0.1".to_owned()).await.unwrap();
    let before = hub.journal(world.account, Sequence(0), 100_000).await.unwrap().len();
    let begun = std::time::Instant::now();
    for tick in 1..=HOURS * 3600 / TICK_S {
        clock.hold(Timestamp::from_second(now.as_second() + tick * TICK_S).unwrap());
        day.tick().await;
    }
    eprintln!("{:?}", begun.elapsed());
    let caller = Caller::hub(world.account);
    let all = hub
        .orders(
            &caller,
            OrderQuery {
                states: StateSet::of(State::ALL.iter().copied()),
                newest_first: true,
                ..OrderQuery::default()
            },
        )
        .await
        .unwrap()
        .orders;
    let mut states: BTreeMap<(String, State), usize> = BTreeMap::new();
    for order in &all {
        *states.entry((order.origin.dialect.clone(), order.state)).or_default() += 1;
    }
    eprintln!("{states:#?}");
    let since = |order: &&Arc<docket_core::order::Order>| order.state_since > now;
    let done: Vec<_> = all.iter().filter(|order| order.state.is_done()).filter(since).collect();
    let late = done.iter().filter(|order| order.fields.late).count();
    let units: BTreeSet<i64> = done.iter().filter_map(|order| order.fields.unit).collect();
    let entries = hub.journal(world.account, Sequence(0), 100_000).await.unwrap().len() - before;
    eprintln!("done {} late {late} by {} units, {entries} entries", done.len(), units.len());
    hub.close().await.unwrap();
}
