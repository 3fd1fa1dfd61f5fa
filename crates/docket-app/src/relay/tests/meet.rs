//! Looking for news, comparing, and what a call that did not work says.

use super::super::Line;
use super::super::governor::Purpose;
use super::*;
use docket_dialects::connect::{Outgoing, SendError};
use docket_store::DifferenceKind;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_are_looked_for_at_the_start_by_the_clock_and_when_somebody_says_so() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[("poll_s", "30")]).await;
    world.settle().await;
    assert_eq!(counterpart.asked("/news"), 1);
    world.pass(29, 29).await;
    assert_eq!(counterpart.asked("/news"), 0);
    world.pass(1, 1).await;
    assert_eq!(counterpart.asked("/news"), 1);
    world.hub.nudge(carrier.id);
    world.settle().await;
    assert_eq!(counterpart.asked("/news"), 1);
    counterpart.answer("news", json!({"more": true, "problem": format!("7 is strange: {SECRET}")}));
    world.hub.nudge(carrier.id);
    // Each round says that there is more; the third does not.
    while counterpart.asked("/news") < 1 {
        world.relayer.beat().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    counterpart.answer("news", json!({"orders": [{"number": "n"}], "problem": format!("7 is strange: {SECRET}")}));
    world.settle().await;
    assert!(counterpart.asked("/news") >= 1);
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    let round = health.pulled.unwrap();
    assert_eq!((round.seen, round.changed), (1, 1));
    assert_eq!(round.problems, ["\"7 is strange: ***\""]);
    // What fails is looked for again soon, and then less and less often.
    counterpart.status(500);
    world.hub.nudge(carrier.id);
    world.settle().await;
    counterpart.asked("/");
    world.pass(1200, 1).await;
    let tries = counterpart.asked("/news");
    assert!((5..20).contains(&tries), "{tries}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_are_reported_until_they_are_gone() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    let mut orders = Vec::new();
    for number in ["same", "unlike", "missing"] {
        let command = Command { route_to: vec![carrier.id], ..Command::default() };
        orders.push(world.create(command.with(Field::Number, number).with(Field::City, "Austin")).await);
    }
    world.pass(2, 1).await;
    let there = |index: usize, city: &str| json!({"serial": orders[index].serial.0, "number": "x", "city": city});
    let stranger = json!({"remote": "r9", "number": "stranger", "city": "Waco"});
    counterpart.answer("inventory", json!([there(0, "Austin"), there(1, "Dallas"), stranger]));
    let compare = async |world: &mut World| {
        resolve::compare(world.hub.store(), &carrier, world.hub.now()).await.unwrap();
        world.pass(3, 1).await;
        let found = world.hub.store().differences(carrier.id, None, 100).await.unwrap();
        found.into_iter().map(|one| (one.kind, one.serial, one.document)).collect::<Vec<_>>()
    };
    let found = compare(&mut world).await;
    let kinds: Vec<_> = found.iter().map(|(kind, serial, _)| (*kind, *serial)).collect();
    assert_eq!(
        kinds,
        [
            (DifferenceKind::Differs, Some(orders[1].serial)),
            (DifferenceKind::MissingHere, None),
            (DifferenceKind::MissingThere, Some(orders[2].serial)),
        ],
        "{found:?}"
    );
    assert!(found[0].2.contains(r#"[{"field":"site.city","there":"Dallas","here":"Austin"}]"#), "{}", found[0].2);
    // Said anew, they are in line; what is still wrong stays in the report.
    counterpart.told();
    let wanted = [orders[1].serial, orders[2].serial];
    assert_eq!(resolve::repush(world.hub.store(), &carrier, &wanted, world.hub.now()).await.unwrap(), 2);
    world.pass(2, 1).await;
    let mut told = counterpart.told();
    told.sort();
    assert_eq!(told, ["missing", "unlike"]);
    let left = world.hub.store().differences(carrier.id, None, 100).await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    counterpart.answer("inventory", json!([there(0, "Austin"), there(1, "Austin"), there(2, "Austin")]));
    assert_eq!(compare(&mut world).await, []);
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    assert_eq!(health.compared.unwrap().seen, 3);
    // A round that cannot be completed forgets nothing.
    counterpart.answer("inventory", json!([there(0, "Waco"), there(1, "Austin"), there(2, "Austin")]));
    assert_eq!(compare(&mut world).await.len(), 1);
    counterpart.status(500);
    assert_eq!(compare(&mut world).await.len(), 1);
    let health = resolve::health(world.hub.store(), carrier.id).await.unwrap();
    assert!(health.compared.unwrap().error.is_some());
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_for_long_is_in_the_report() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    world.settle().await;
    let open = world.routed("open", &carrier).await;
    let done = Command {
        to: Some(docket_core::order::Move::Become(docket_core::order::State::Completed)),
        ..Command::default()
    };
    let done = Command { route_to: vec![carrier.id], ..done };
    let done = world.create(done.with(Field::Number, "done")).await;
    counterpart.status(503);
    world.pass(7200, 600).await;
    counterpart.status(200);
    counterpart.answer("inventory", json!([]));
    // Compared before they can go out: their pauses are not over.
    resolve::compare(world.hub.store(), &carrier, world.hub.now()).await.unwrap();
    world.pass(1, 1).await;
    let found = world.hub.store().differences(carrier.id, None, 100).await.unwrap();
    let kinds: Vec<_> = found.iter().map(|one| (one.kind, one.serial)).collect();
    let late = |kind: DifferenceKind, order: &Order| kinds.contains(&(kind, Some(order.serial)));
    let synced = world.deliveries().await.iter().all(|delivery| delivery.status == DeliveryStatus::Synced);
    assert!(
        synced || (late(DifferenceKind::Stale, &open) && late(DifferenceKind::Undelivered, &done)),
        "{kinds:?} {:?}",
        world.deliveries().await
    );
    world.pass(600, 60).await;
    assert!(world.hub.store().differences(carrier.id, None, 100).await.unwrap().is_empty(), "told, and so settled");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_did_not_work_says_whether_it_may_have_been_done() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
    let world = World::open_allowing(data.path(), clock, &["127.0.0.1"]).await;
    let connection = world.connection("c", Role::Connect, &[("timeout_ms", "500")]).await;
    let line = Line::open(&world.hub, &connection, Purpose::Deliver).await.unwrap();
    let send = async |url: String| line.remote().transport.send(Outgoing::get("x", url)).await.unwrap_err();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let not_sent = [format!("http://{free}/"), "no url".to_owned(), "http://nobody.invalid/".to_owned()];
    for url in not_sent {
        let error = send(url.clone()).await;
        assert!(matches!(error, SendError::NotSent(_)), "{url}: {error}");
    }
    let error = send("http://10.0.0.1/".to_owned()).await;
    assert!(matches!(&error, SendError::NotSent(why) if why.contains("`[outside] allow`")), "{error}");
    // Somebody who speaks no TLS, somebody who says nothing, somebody who hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for turn in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                if turn == 1 {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    });
    let error = send(format!("https://{address}/")).await;
    assert!(matches!(error, SendError::NotSent(_)), "no request went out: {error}");
    let error = send(format!("http://{address}/")).await;
    assert!(matches!(error, SendError::Unknown(_)), "too late: {error}");
    let error = send(format!("http://{address}/")).await;
    assert!(matches!(error, SendError::Unknown(_)), "cut: {error}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_cap_outlives_a_restart() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let world = World::open(data.path()).await;
    let settings = [("url", counterpart.url()), ("calls", "2".to_owned()), ("within_s", "86400".to_owned())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let connection = world.connection("c", Role::Connect, &settings).await;
    let call = async |world: &World| {
        let line = Line::open(&world.hub, &connection, Purpose::Deliver).await.unwrap();
        line.remote().transport.send(Outgoing::get("x", counterpart.url())).await
    };
    call(&world).await.unwrap();
    let clock = Arc::clone(&world.clock);
    world.close().await;
    let world = World::open_at(data.path(), Arc::clone(&clock)).await;
    call(&world).await.unwrap();
    let error = call(&world).await.unwrap_err();
    assert!(matches!(&error, SendError::NotSent(why) if why.contains("used up")), "{error}");
    clock.advance_ms(86_400_000);
    call(&world).await.unwrap();
    world.close().await;
}
