//! Two hours of the demo's day, on a clock that is steered: units drive, the ledger's rules complete their orders, the
//! office goes on, and nothing gets stuck.

use super::calls::{Call, FORM, encoded};
use super::samples::LAST_SERIAL;
use super::{DemoClock, Seeding, Simulation, World, seed};
use crate::clock::SteeredClock;
use crate::dispatch::{DispatchOptions, Dispatcher};
use crate::hub::{Hub, HubOptions};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::Sequence;
use docket_core::ledger::{Ledger, OrderQuery, StateSet};
use docket_core::order::{Change, Entry, Order, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TICK_S: i64 = 15;
const HOURS: i64 = 2;
const MINUTE_S: i64 = 60;

/// A program that looks at events as the vendor's own does.
struct Watcher<'a> {
    seeding: Seeding<'a>,
    session: String,
    orders: BTreeSet<i64>,
    routes: usize,
}

impl<'a> Watcher<'a> {
    async fn call(&self, target: &str, body: String) -> Value {
        let call = Call { dialect: "wialon", target, content_type: FORM, authorization: None, body };
        self.seeding.call(call).await.unwrap()
    }

    async fn new(seeding: Seeding<'a>, token: &str) -> Watcher<'a> {
        let mut watcher = Watcher { seeding, session: String::new(), orders: BTreeSet::new(), routes: 0 };
        let ask = |svc: &str, params: Value, sid: &str| {
            format!("svc={svc}&params={}&sid={sid}", encoded(&params.to_string()))
        };
        let login = watcher.call("/wialon/ajax.html", ask("token/login", json!({ "token": token }), "")).await;
        watcher.session = login["eid"].as_str().unwrap().to_owned();
        let connection = watcher.seeding.connection("all-wialon").unwrap();
        let resource = connection.integer("resource_id", 0);
        let spec = json!({"spec": [{"type": "id", "data": resource, "flags": 524_289, "mode": 0}]});
        watcher.call("/wialon/ajax.html", ask("core/update_data_flags", spec, &watcher.session)).await;
        watcher
    }

    async fn look(&mut self) {
        let said = self.call("/avl_evts", format!("sid={}", self.session)).await;
        for event in said["events"].as_array().unwrap() {
            self.orders.extend(event["d"]["ordersu"][0].as_i64());
            self.routes += usize::from(event["d"]["order_routesu"][0].is_i64());
        }
    }
}

async fn orders(hub: &Hub, world: &World) -> Vec<Arc<Order>> {
    let states = StateSet::of(State::ALL.iter().copied());
    let query = OrderQuery { states, newest_first: true, ..OrderQuery::default() };
    hub.orders(&Caller::hub(world.account), query).await.unwrap().orders
}

fn completes(entry: &Entry) -> bool {
    let is_completion = |change: &Change| matches!(change, Change::Moved { to: State::Completed, .. });
    entry.changes.iter().any(is_completion)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_goes_on_and_nothing_gets_stuck() {
    let folder = tempfile::tempdir().unwrap();
    let steered = Arc::new(SteeredClock::at("2027-03-03T14:00:00Z".parse().unwrap()));
    let clock = Arc::new(DemoClock::over(Arc::clone(&steered) as _));
    let hub = Hub::open(HubOptions::embedded(folder.path(), Arc::clone(&clock) as _)).await.unwrap();
    let world = seed(&hub, &clock, "http://127.0.0.1").await.unwrap();
    let samples: Vec<Arc<Order>> =
        orders(&hub, &world).await.into_iter().filter(|order| order.serial <= LAST_SERIAL).collect();
    let before = hub.journal(world.account, Sequence(0), 1_000_000).await.unwrap().len();
    let start = hub.now();
    let mut dispatcher = Dispatcher::new(Arc::clone(&hub), DispatchOptions::default());
    let mut day = Simulation::open(Arc::clone(&hub), world.account, "http://127.0.0.1".to_owned()).await.unwrap();
    let idle = DemoClock::default();
    let connections = world.connections.iter().map(|made| Arc::clone(&made.connection)).collect();
    let base_url = "http://127.0.0.1";
    let seeding = Seeding { hub: &hub, clock: &idle, account: world.account, connections, base_url };
    let token = "a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11";
    let mut watcher = Watcher::new(seeding, token).await;
    for tick in 1..=HOURS * 3600 / TICK_S {
        steered.set(Timestamp::from_second(start.as_second() + tick * TICK_S).unwrap());
        day.tick().await;
        dispatcher.beat().await;
        if tick % 8 == 0 {
            watcher.look().await;
        }
    }
    let now = hub.now();
    let all = orders(&hub, &world).await;
    let entries = hub.journal(world.account, Sequence(0), 1_000_000).await.unwrap().split_off(before);
    let ours: BTreeMap<_, _> = all.iter().map(|order| (order.serial, order)).collect();
    let visits: Vec<&Arc<Entry>> = entries.iter().filter(|entry| completes(entry)).collect();
    let seen: Vec<&Arc<Entry>> = visits.iter().copied().filter(|entry| entry.actor == "dispatch").collect();
    let done: Vec<&&Arc<Order>> = seen.iter().filter_map(|entry| ours.get(&entry.serial)).collect();
    let late = done.iter().filter(|order| order.fields.late).count();
    let units: BTreeSet<i64> = done.iter().filter_map(|order| order.fields.unit).collect();
    let origins: BTreeSet<&str> =
        visits.iter().filter_map(|entry| Some(ours.get(&entry.serial)?.origin.dialect.as_str())).collect();
    let figures = format!(
        "{} completed, {} of them by where units were, {late} late, {} units, {} entries, {} orders in events, {} routes",
        visits.len(),
        done.len(),
        units.len(),
        entries.len(),
        watcher.orders.len(),
        watcher.routes
    );
    println!("{figures}; origins {origins:?}");
    assert!(units.len() >= 7 && done.len() >= 20, "{figures}");
    assert!(late >= 1 && done.len() - late >= 12, "{figures}");
    assert!(
        done.len() * 10
            >= visits
                .iter()
                .filter(|entry| ours.get(&entry.serial).is_some_and(|order| order.fields.unit.is_some()))
                .count()
                * 8,
        "crews need not say it: {figures}"
    );
    assert!(["pruvan", "wialon", "ppw", "mews"].iter().all(|dialect| origins.contains(dialect)), "{origins:?}");
    assert!(watcher.orders.len() >= 30 && watcher.routes >= 3, "{figures}");
    assert!(entries.len() < 2500, "calm: {figures}");
    let came: BTreeSet<&str> =
        all.iter().filter(|order| order.created_at > start).map(|order| order.origin.dialect.as_str()).collect();
    assert_eq!(came.len(), 6, "all five origins, and the office's own: {came:?}");
    for order in &all {
        let minutes = (now.as_second() - order.state_since.as_second()) / MINUTE_S;
        let patience = match order.state {
            State::Started if order.fields.unit.is_some() => 60,
            State::Received if order.created_at > start && order.origin.dialect != "planviewer" => 70,
            _ => i64::MAX,
        };
        let is_near = super::office::place_of(order).is_some() || order.origin.dialect == "mews";
        assert!(
            minutes <= patience || !is_near,
            "{} of {} is {} for {minutes} min",
            order.serial,
            order.origin.dialect,
            order.state
        );
    }
    for sample in samples {
        assert_eq!(
            ours.get(&sample.serial).map(|order| order.revision),
            Some(sample.revision),
            "samples stay as they are"
        );
    }
    // Stopped, it stands still.
    let paused = hub.journal(world.account, Sequence(0), 1_000_000).await.unwrap().len();
    drop(day);
    steered.set(Timestamp::from_second(now.as_second() + 600).unwrap());
    dispatcher.beat().await;
    assert!(hub.journal(world.account, Sequence(0), 1_000_000).await.unwrap().len() <= paused + 20);
    hub.close().await.unwrap();
}
