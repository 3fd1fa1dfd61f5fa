//! The hub as a ledger: contention, keys, counts, names, authentication, on a real store.

mod track;

use super::{Hub, HubOptions};
use crate::clock::SteeredClock;
use crate::enroll::{self, Enrollment};
use docket_core::Timestamp;
use docket_core::connection::{Caller, Role};
use docket_core::ids::{AccountId, OrderId, Sequence, Serial, Uuid};
use docket_core::ledger::{Claim, Counter, Ledger, Mail, OrderQuery, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, ExternalKey, Field, Rejection, Transition, Value};
use docket_store::OutboxQuery;
use std::sync::Arc;

struct Fixture {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    account: AccountId,
    _data: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
    let options = HubOptions {
        track_kept: Some(std::time::Duration::from_secs(30 * 86_400)),
        ..HubOptions::embedded(data.path(), Arc::clone(&clock) as _)
    };
    let hub = Hub::open(options).await.unwrap();
    let account = hub.store().account("main", true).await.unwrap().unwrap();
    Fixture { hub, clock, account, _data: data }
}

fn named(number: &str) -> Command {
    Command::default().with(Field::Number, number).with(Field::City, "Austin").with(Field::Service, "Mow")
}

async fn submit(fixture: &Fixture, caller: &Caller, request: Request) -> Outcome {
    fixture.hub.submit(caller, Submission::one(request)).await.unwrap().pop().unwrap()
}

fn done(outcome: Outcome) -> docket_core::ledger::Done {
    match outcome {
        Outcome::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_writers_of_one_order_all_get_their_turn() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let serial = done(submit(&fixture, &caller, Request::create(named("1"))).await).order.serial;
    let writers = (0..60).map(|n| {
        let (hub, caller) = (Arc::clone(&fixture.hub), caller.clone());
        tokio::spawn(async move {
            let request = Request::change(Target::Serial(serial), move |order| {
                let mut tags = order.fields.tags.clone();
                tags.push(n.to_string());
                Ok(Command { set: vec![(Field::Tags, Value::Texts(tags))], ..Command::default() })
            });
            hub.submit(&caller, Submission::one(request)).await
        })
    });
    for written in futures_util::future::join_all(writers).await {
        assert!(matches!(written.unwrap().unwrap().pop(), Some(Outcome::Done(_))));
    }
    let order = fixture.hub.order(&caller, Target::Serial(serial)).await.unwrap().unwrap();
    assert_eq!((order.fields.tags.len(), order.revision.0), (60, 61), "no write was lost");
    fixture.hub.close().await.unwrap();
}

#[tokio::test]
async fn one_key_makes_one_order_whoever_is_first() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let creators = (0..40).map(|_| {
        let (hub, caller) = (Arc::clone(&fixture.hub), caller.clone());
        tokio::spawn(async move {
            let key = ExternalKey { connection: Default::default(), namespace: "number".into(), key: "K".into() };
            let target = Target::Key { namespace: "number".into(), key: "K".into() };
            let request = Request::new(target, move |order| match order {
                Some(_) => Ok(Command::default()),
                None => Ok(Command { keys: vec![key.clone()], ..named("K") }),
            });
            hub.submit(&caller, Submission::one(request)).await
        })
    });
    let made = futures_util::future::join_all(creators).await;
    let created = made.into_iter().filter(|made| match made.as_ref().unwrap().as_ref().unwrap().as_slice() {
        [Outcome::Done(done)] => done.created,
        other => panic!("{other:?}"),
    });
    assert_eq!(created.count(), 1);
}

#[tokio::test]
async fn what_is_taken_is_said_though_nobody_looked() {
    let fixture = fixture().await;
    let caller = Caller::hub(fixture.account);
    let id = OrderId(Uuid::from_u128(7));
    let key = || ExternalKey { connection: Default::default(), namespace: "number".into(), key: "K".into() };
    let first = Command { identity: Some((id, Some(Serial(5)))), keys: vec![key()], ..named("1") };
    fixture.hub.raise_serials(Serial(5)).await.unwrap();
    assert!(done(submit(&fixture, &caller, Request::create(first.clone())).await).created);
    let again = submit(&fixture, &caller, Request::create(first)).await;
    assert!(matches!(again, Outcome::Rejected(Rejection::Taken { .. })), "{again:?}");
    let same_key = submit(&fixture, &caller, Request::create(Command { keys: vec![key()], ..named("2") })).await;
    assert!(matches!(same_key, Outcome::Rejected(Rejection::Taken { by: Some(by), .. }) if by == id), "{same_key:?}");
    let minted = done(submit(&fixture, &caller, Request::create(named("3"))).await).order.serial;
    assert!(minted > Serial(5), "minted serials stay clear of given ones");
}

#[tokio::test]
async fn serials_grow_across_blocks() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let mut last = Serial(0);
    for _ in 0..3 {
        let requests = (0..900).map(|n| Request::create(named(&n.to_string()))).collect();
        let submission = Submission { requests, ..Submission::default() };
        for outcome in fixture.hub.submit(&caller, submission).await.unwrap() {
            let serial = done(outcome).order.serial;
            assert!(serial > last);
            last = serial;
        }
    }
    assert_eq!(fixture.hub.head(fixture.account).await.unwrap(), Sequence(2700));
}

#[tokio::test]
async fn counts_stop_at_their_limit_under_contention() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let connection = docket_core::ids::ConnectionId(9);
    let orders = (0..30).map(|_| {
        let (hub, caller) = (Arc::clone(&fixture.hub), caller.clone());
        tokio::spawn(async move {
            let counter = Counter {
                holder: connection.into(),
                namespace: "orders".into(),
                key: "2026-01-15".into(),
                add: 1,
                limit: 13,
                notice: Some((10, Mail { subject: "cap".into(), ..Mail::default() })),
            };
            let submission = Submission {
                requests: vec![Request::create(named("c"))],
                counters: vec![counter],
                ..Submission::default()
            };
            hub.submit(&caller, submission).await
        })
    });
    let mut placed = 0;
    for ordered in futures_util::future::join_all(orders).await {
        match ordered.unwrap().unwrap().as_slice() {
            [Outcome::Done(_)] => placed += 1,
            [Outcome::Rejected(Rejection::Limit { .. })] => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(placed, 13);
    assert_eq!(fixture.hub.record(connection.into(), "orders", "2026-01-15").await.unwrap().as_deref(), Some("13"));
    let mails = fixture.hub.store().outbox(OutboxQuery { limit: 10, ..OutboxQuery::default() }).await.unwrap();
    assert_eq!(mails.len(), 1, "one notice");
    let page = fixture.hub.orders(&caller, OrderQuery::default()).await.unwrap();
    assert_eq!(page.orders.len(), 13);
}

#[tokio::test]
async fn an_outdated_record_withdraws_everything() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let record = |expected| Record {
        holder: docket_core::ids::ConnectionId(1).into(),
        namespace: "n".into(),
        key: "k".into(),
        value: Some("v".into()),
        expected,
    };
    let submission = |expected| Submission {
        requests: vec![Request::create(named("r"))],
        records: vec![record(expected)],
        ..Submission::default()
    };
    let wrong = fixture.hub.submit(&caller, submission(Some(Some("else".into())))).await.unwrap();
    assert_eq!(wrong, [Outcome::Outdated]);
    assert!(fixture.hub.orders(&caller, OrderQuery::default()).await.unwrap().orders.is_empty());
    let right = fixture.hub.submit(&caller, submission(Some(None))).await.unwrap();
    assert!(matches!(right.as_slice(), [Outcome::Done(_)]));
}

#[tokio::test]
async fn names_are_kept_once_and_deleted_orders_are_gone() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let serial = done(submit(&fixture, &caller, Request::create(named("1"))).await).order.serial;
    done(submit(&fixture, &caller, Request::create(named("2"))).await);
    let services = fixture.hub.services(&caller).await.unwrap();
    assert_eq!(services.iter().filter(|service| service.name == "Mow").count(), 1);
    let sites = fixture.hub.sites(&caller, docket_core::ledger::SiteQuery { limit: 10, ..Default::default() }).await;
    assert_eq!(sites.unwrap().len(), 1);
    fixture.clock.advance_ms(1000);
    let delete = Request::change(Target::Serial(serial), |_| Ok(Command::default().moving(Transition::Delete)));
    done(submit(&fixture, &caller, delete).await);
    assert!(fixture.hub.order(&caller, Target::Serial(serial)).await.unwrap().is_none());
    let history = fixture.hub.history(&caller, serial).await.unwrap();
    assert_eq!(history.len(), 2, "the journal knows it");
    assert_eq!(history[1].at, "2026-01-15T10:00:01Z".parse::<Timestamp>().unwrap());
}

#[tokio::test]
async fn a_connection_sees_its_own_and_stops_when_disabled() {
    let fixture = fixture().await;
    let enrolled = |name: &'static str| {
        let hub = Arc::clone(&fixture.hub);
        async move {
            let request = Enrollment {
                dialect: "planviewer",
                name,
                account: "main",
                role: Role::Serve,
                set: &[],
                base_url: "http://x",
            };
            enroll::add(hub.store(), request, hub.now()).await.unwrap()
        }
    };
    let (ann, bob) = (enrolled("ann").await, enrolled("bob").await);
    fixture.hub.refresh_directory().await.unwrap();
    let value =
        |made: &enroll::Enrolled, name: &str| made.printed.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let (key, secret) = (value(&ann, "key"), value(&ann, "secret"));
    let claims = [Claim { kind: "key", value: &key }, Claim { kind: "secret", value: &secret }];
    let caller = fixture.hub.authenticate("planviewer", &claims).await.unwrap().expect("ann");
    let order = done(submit(&fixture, &caller, Request::create(named("1"))).await).order;
    let other = Caller::connection(Arc::clone(&bob.connection));
    assert!(fixture.hub.order(&caller, Target::Id(order.id)).await.unwrap().is_some());
    assert!(fixture.hub.order(&other, Target::Id(order.id)).await.unwrap().is_none());
    assert!(fixture.hub.orders(&other, OrderQuery::default()).await.unwrap().orders.is_empty());
    let foreign = Request::change(Target::Id(order.id), |_| Ok(Command::default().moving(Transition::Cancel)));
    assert_eq!(submit(&fixture, &other, foreign).await, Outcome::Rejected(Rejection::NotFound));
    let off = docket_core::connection::Connection { enabled: false, ..(*ann.connection).clone() };
    fixture.hub.store().put_connection(off).await.unwrap();
    fixture.hub.refresh_directory().await.unwrap();
    assert!(fixture.hub.authenticate("planviewer", &claims).await.unwrap().is_none());
}

#[tokio::test]
async fn counting_goes_on_when_clients_hang_up_or_fail() {
    let fixture = fixture().await;
    let caller = Caller::user(fixture.account, "token t");
    let counter = Counter {
        holder: docket_core::ids::ConnectionId(9).into(),
        namespace: "orders".into(),
        key: "day".into(),
        add: 1,
        limit: 1_000_000,
        notice: None,
    };
    let orders = (0..400).map(|n| {
        let (hub, caller, counter) = (Arc::clone(&fixture.hub), caller.clone(), counter.clone());
        tokio::spawn(async move {
            // Every seventh wants a key that is taken, every fifth client goes away at once.
            let key = if n % 7 == 0 { "same".to_owned() } else { n.to_string() };
            let key = ExternalKey { connection: Default::default(), namespace: "number".into(), key };
            let command = Command { keys: vec![key], ..named("c") };
            let submission = Submission {
                requests: vec![Request::create(command)],
                counters: vec![counter],
                ..Submission::default()
            };
            let asking = hub.submit(&caller, submission);
            if n % 5 == 0 {
                let _ = tokio::time::timeout(std::time::Duration::from_micros(200), asking).await;
                return;
            }
            asking.await.unwrap();
        })
    });
    for ordered in futures_util::future::join_all(orders).await {
        ordered.unwrap();
    }
    // What clients that went away left behind may still be on its way.
    let last =
        Submission { requests: vec![Request::create(named("last"))], counters: vec![counter], ..Submission::default() };
    fixture.hub.submit(&caller, last).await.unwrap();
    let kept = fixture.hub.head(fixture.account).await.unwrap();
    let count = fixture.hub.record(docket_core::ids::ConnectionId(9).into(), "orders", "day").await.unwrap();
    assert_eq!(count, Some(kept.0.to_string()), "as many were counted as were kept");
}
