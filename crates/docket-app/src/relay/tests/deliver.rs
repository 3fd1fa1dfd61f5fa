//! What is owed is told, once, in order, and survives what can happen.

use super::*;
use docket_core::order::{Move, State};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_told_to_whom_they_concern() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    let order = world.routed("A", &carrier).await;
    world.create(Command::default().with(Field::Number, "nobody's")).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    let delivery = world.delivery(&carrier, order.serial).await;
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Synced, 0));
    assert_eq!(delivery.summary.as_deref(), Some("told, not ***"), "no secret is shown");
    // Ten changes in a row are one call.
    for city in 0..10 {
        let command = Command::default().with(Field::City, format!("City {city}"));
        world.change(&Caller::user(world.account, "test"), order.serial, command).await;
    }
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    // What a counterpart says itself is not told to it.
    let own = Caller::connection(Arc::clone(&carrier));
    world.change(&own, order.serial, Command::default().with(Field::City, "Theirs")).await;
    world.settle().await;
    assert!(counterpart.told().is_empty());
    assert_eq!(world.deliveries().await.len(), 1);
    // What is gone is told too.
    let gone = Command { to: Some(Move::Become(State::Deleted)), ..Command::default() };
    world.change(&Caller::user(world.account, "test"), order.serial, gone).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    world.hub.exchanges().close().await;
    world.hub.store().close().await.unwrap();
    let world = World::open_at(data.path(), Arc::clone(&world.clock)).await;
    let log = world.hub.store().exchanges(world.account, Some(carrier.id), None, 100).await.unwrap();
    assert!(log.len() >= 3, "{log:?}");
    let whole = format!("{log:?}");
    assert!(!whole.contains(SECRET), "{whole}");
    assert!(whole.contains("x-token: ***") && whole.contains("news?token=***"), "{whole}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_go_back_to_where_an_order_came_from() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    counterpart.answer("news", serde_json::json!({"orders": [{"number": "theirs"}]}));
    resolve::pull(world.hub.store(), &carrier, world.hub.now()).await.unwrap();
    world.pass(2, 1).await;
    let found = world.hub.orders(&Caller::hub(world.account), Default::default()).await.unwrap().orders;
    assert_eq!(found.len(), 1);
    assert!(counterpart.told().is_empty() && world.deliveries().await.is_empty());
    let done = Command { to: Some(Move::Become(State::Completed)), ..Command::default() };
    world.change(&Caller::user(world.account, "test"), found[0].serial, done).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["theirs"]);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counterpart_that_is_down_for_a_day_catches_up() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[("calls", "20"), ("within_s", "10")]).await;
    world.settle().await;
    counterpart.status(503);
    counterpart.asked("/");
    for number in 0..100 {
        world.routed(&format!("{number:03}"), &carrier).await;
    }
    world.pass(24 * 3600, 600).await;
    let tries = counterpart.told().len();
    assert!((100..600).contains(&tries), "it is looked whether it is back, and not pestered: {tries}");
    assert!(world.deliveries().await.iter().all(|delivery| delivery.status == DeliveryStatus::Queued));
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    assert!(health.failures > 10 && health.last_error.is_some(), "{health:?}");
    counterpart.status(200);
    counterpart.most_at_once();
    world.clock.advance_ms(600_000);
    let begun = world.hub.now();
    while world.deliveries().await.iter().any(|delivery| delivery.status != DeliveryStatus::Synced) {
        // Each beat starts what the counterpart allows now.
        world.relayer.beat().await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        world.clock.advance_ms(100);
    }
    let took = world.hub.now().duration_since(begun).as_secs();
    assert!((40..300).contains(&took), "100 calls at 20 in 10 s: {took} s");
    let told = counterpart.told();
    assert_eq!(told.len(), 100, "each once");
    let places = told.iter().enumerate().map(|(place, number)| place.abs_diff(number.parse().unwrap()));
    let far = places.filter(|off| *off > 6).count();
    assert!(far <= 3, "oldest first, but for what was tried a moment ago: {told:?}");
    assert!(counterpart.most_at_once() <= 3);
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    assert_eq!(health.failures, 0);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_let_in_waits_for_other_credentials() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    counterpart.status(401);
    let order = world.routed("A", &carrier).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    world.routed("B", &carrier).await;
    world.pass(600, 60).await;
    assert!(counterpart.told().is_empty(), "nothing more is called");
    assert_eq!(world.stands(&carrier, &order).await, DeliveryStatus::Queued);
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    assert!(health.denied.is_some());
    counterpart.status(200);
    let secrets = BTreeMap::from([("token".to_owned(), Some("another-token".to_owned()))]);
    world.hub.relay().vault().keep(world.hub.store(), &carrier, &secrets).await.unwrap();
    world.pass(2, 1).await;
    let mut told = counterpart.told();
    told.sort();
    assert_eq!(told, ["A", "B"]);
    assert!(resolve::health(world.hub.store(), carrier.id).await.unwrap().denied.is_none());
    // Unchanged ones are tried again after an hour.
    counterpart.status(401);
    world.routed("C", &carrier).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["C"]);
    world.pass(3500, 500).await;
    assert!(counterpart.told().is_empty());
    counterpart.status(200);
    world.pass(200, 100).await;
    assert_eq!(counterpart.told(), ["C"]);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_or_unknown_waits_for_a_person() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    counterpart.status(422);
    counterpart.answer("orders/1", serde_json::json!("no such street"));
    let refused = world.routed("A", &carrier).await;
    world.settle().await;
    assert_eq!(world.stands(&carrier, &refused).await, DeliveryStatus::Error);
    let billed = Command { route_to: vec![carrier.id], ..Command::default() };
    let billed = world.create(billed.with(Field::Number, "B").with(Field::Title, "billed")).await;
    counterpart.status(0);
    world.settle().await;
    let delivery = world.delivery(&carrier, billed.serial).await;
    assert_eq!((delivery.status, delivery.hold), (DeliveryStatus::Held, Some(docket_store::Hold::Unknown)));
    assert!(delivery.error.unwrap().contains("it is not known whether this was done"));
    counterpart.status(200);
    counterpart.told();
    world.change(&Caller::user(world.account, "t"), billed.serial, Command::default().with(Field::City, "X")).await;
    world.pass(3600, 600).await;
    assert!(counterpart.told().is_empty(), "never blindly repeated");
    assert!(matches!(world.resolve(&carrier, &refused, Resolve::Retry).await, resolve::Resolved::Done(_)));
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    assert!(matches!(world.resolve(&carrier, &refused, Resolve::Drop).await, resolve::Resolved::Not(_)));
    assert!(matches!(world.resolve(&carrier, &billed, Resolve::Drop).await, resolve::Resolved::Done(_)));
    world.settle().await;
    assert!(counterpart.told().is_empty());
    assert_eq!(world.stands(&carrier, &billed).await, DeliveryStatus::Dropped);
    let nobodys = DeliveryId(carrier::NOBODY, billed.serial);
    let found = resolve::delivery(world.hub.store(), world.account, nobodys, Resolve::Retry, world.hub.now()).await;
    assert_eq!(found, Ok(resolve::Resolved::NotFound));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_when_a_process_died_is_told_by_the_next() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    // The first process reads the journal, takes the delivery on its way, and is gone.
    let order = world.routed("A", &carrier).await;
    counterpart.status(0);
    world.relayer.beat().await;
    assert_eq!(world.stands(&carrier, &order).await, DeliveryStatus::Sending);
    // It ends when its call is made and nothing was noted.
    while counterpart.told().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let (clock, hub) = (Arc::clone(&world.clock), Arc::clone(&world.hub));
    drop(world);
    counterpart.status(200);
    // As long as its lease lasts nobody else relays.
    let mut next = World::open_at(data.path(), Arc::clone(&clock)).await;
    next.settle().await;
    assert!(counterpart.told().is_empty());
    clock.advance_ms(31_000);
    next.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    assert_eq!(next.stands(&carrier, &order).await, DeliveryStatus::Synced);
    // And the first one, if it lives after all, does nothing.
    let mut late = Relayer::new(hub);
    next.routed("B", &carrier).await;
    late.settle().await;
    assert!(counterpart.told().is_empty());
    next.settle().await;
    assert_eq!(counterpart.told(), ["B"]);
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_costs_waits_for_its_release() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[("release_above", "100")]).await;
    world.settle().await;
    let costing = |cost: f64| {
        let command = Command { route_to: vec![carrier.id], ..Command::default() };
        command.with(Field::Number, format!("{cost}")).with(Field::Cost, cost)
    };
    let cheap = world.create(costing(100.0)).await;
    let dear = world.create(costing(100.5)).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["100"]);
    assert_eq!(world.stands(&carrier, &cheap).await, DeliveryStatus::Synced);
    assert_eq!(world.stands(&carrier, &dear).await, DeliveryStatus::Held);
    assert!(matches!(world.resolve(&carrier, &dear, Resolve::Retry).await, resolve::Resolved::Not(_)));
    assert!(matches!(world.resolve(&carrier, &dear, Resolve::Release).await, resolve::Resolved::Done(_)));
    world.settle().await;
    assert_eq!(counterpart.told(), ["100.5"]);
    world.change(&Caller::user(world.account, "t"), dear.serial, Command::default().with(Field::City, "X")).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["100.5"], "once released it goes on");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_and_disabled_connections_are_left_alone() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[("paused", "true")]).await;
    world.settle().await;
    let order = world.routed("A", &carrier).await;
    world.pass(10, 1).await;
    assert_eq!(counterpart.asked("/"), 0);
    assert_eq!(world.stands(&carrier, &order).await, DeliveryStatus::Queued, "what is owed waits");
    let mut settings = carrier.settings.clone();
    settings.remove("paused");
    let going = Connection { settings, ..(*carrier).clone() };
    world.hub.store().put_connection(going.clone()).await.unwrap();
    world.hub.refresh_directory().await.unwrap();
    world.settle().await;
    assert_eq!(counterpart.told(), ["A"]);
    world.hub.store().put_connection(Connection { enabled: false, ..going }).await.unwrap();
    world.hub.refresh_directory().await.unwrap();
    world.routed("B", &carrier).await;
    world.pass(10, 1).await;
    assert!(counterpart.told().is_empty());
    world.close().await;
}
