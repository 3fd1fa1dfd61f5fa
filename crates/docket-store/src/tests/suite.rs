//! What every backend must do.

use super::support::{ACCOUNT, World, blind, numbered, submit};
use crate::{Append, OutboxQuery, StoreError, Visibility};
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial, Uuid};
use docket_core::ledger::{Mail, OrderQuery, Outcome, Record, Request, StateSet, Submission, Target};
use docket_core::order::{Change, Command, ExternalKey, Field, Order, State, Transition, Value};
use docket_core::trace::Trace;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn hub() -> Caller {
    Caller::hub(ACCOUNT)
}

fn key(connection: i64, key: &str) -> ExternalKey {
    ExternalKey { connection: ConnectionId(connection), namespace: "number".to_owned(), key: key.to_owned() }
}

pub(super) fn connection(id: i64, scope: Scope) -> Connection {
    Connection {
        id: ConnectionId(id),
        account: ACCOUNT,
        name: format!("c{id}"),
        dialect: "pruvan".to_owned(),
        role: Role::Serve,
        scope,
        enabled: true,
        settings: BTreeMap::from([("mode".to_owned(), "internal".to_owned())]),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_come_back_as_they_were() {
    for world in World::each().await {
        let command = Command {
            wire: Some(("pruvan".to_owned(), Some("{\"a\": \"\\u0000\"}".to_owned()))),
            keys: vec![key(3, "A-1\0")],
            route_to: vec![ConnectionId(4), ConnectionId(5)],
            ..numbered("A-1\0").with(Field::Address1, "1 Elm Ct").with(Field::Latitude, 0.1 + 0.2)
        };
        let made = world.create(&hub(), command).await;
        let store = &world.store;
        assert_eq!(store.order(ACCOUNT, made.serial).await.unwrap(), Some(Arc::clone(&made)));
        assert_eq!(store.order_by_id(ACCOUNT, made.id).await.unwrap(), Some(Arc::clone(&made)));
        assert_eq!(store.order(AccountId(8), made.serial).await.unwrap(), None, "accounts are walls");
        assert_eq!(store.order_by_id(AccountId(8), made.id).await.unwrap(), None);
        let document = store.document(ACCOUNT, made.id).await.unwrap().unwrap();
        assert_eq!(document, crate::record::whole_document(&made));
        assert_eq!(store.document(AccountId(8), made.id).await.unwrap(), None);
        let within = hub().tracing(Trace { id: Uuid::from_u128(7), sampled: true });
        let changed = world
            .change(&within, made.serial, Command::default().with(Field::Number, "B").moving(Transition::Start))
            .await;
        assert_eq!(store.order(ACCOUNT, made.serial).await.unwrap(), Some(changed));
        let history = store.history(ACCOUNT, made.serial).await.unwrap();
        assert_eq!(history.len(), 2);
        assert_eq!((history[0].trace, history[1].trace), (None, within.trace));
        assert_eq!(
            Order::fold(history.iter().map(|entry| &**entry)),
            store.order(ACCOUNT, made.serial).await.unwrap().map(|order| (*order).clone())
        );
        assert!(store.history(AccountId(8), made.serial).await.unwrap().is_empty());
        let journal = store.journal(ACCOUNT, Sequence(0), 10).await.unwrap();
        assert_eq!(journal, history);
        assert_eq!(store.head(ACCOUNT).await.unwrap(), Sequence(2));
        assert_eq!(store.head(AccountId(8)).await.unwrap(), Sequence(0));
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_current_conflicts_and_leaves_no_trace() {
    for world in World::each().await {
        let store = &world.store;
        let made = world.create(&hub(), numbered("1")).await;
        let entry = store.history(ACCOUNT, made.serial).await.unwrap().remove(0);
        // The same order again, alone and beside a good one.
        let write = |order: &Order| docket_core::plan::Write {
            before: None,
            entry: docket_core::order::Entry {
                changes: vec![Change::Created(Box::new(order.clone()))],
                serial: order.serial,
                order: order.id,
                ..(*entry).clone()
            },
            order: Arc::new(order.clone()),
        };
        let append = |writes| Append { account: ACCOUNT, writes, ..Append::default() };
        let again = store.append(append(vec![write(&made)])).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
        let other = Order { serial: Serial(9000), id: docket_core::ids::OrderId(Uuid::now_v7()), ..(*made).clone() };
        let both = store.append(append(vec![write(&other), write(&made)])).await;
        assert!(matches!(both, Err(StoreError::Conflict)), "{both:?}");
        assert_eq!(store.order(ACCOUNT, Serial(9000)).await.unwrap(), None);
        assert_eq!(store.head(ACCOUNT).await.unwrap(), Sequence(1));
        // An old revision.
        let changed = world.change(&hub(), made.serial, Command::default().with(Field::Title, "t")).await;
        let stale = docket_core::plan::Write {
            before: Some(made.revision),
            entry: docket_core::order::Entry { revision: changed.revision, changes: vec![], ..(*entry).clone() },
            order: changed,
        };
        let late = store.append(append(vec![stale])).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
        assert_eq!(store.append(append(vec![write(&other)])).await.unwrap(), [Sequence(3)]);
        store.close().await.unwrap();
        assert!(store.append(append(vec![])).await.is_err(), "closed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_one_order_at_a_time() {
    for world in World::each().await {
        let store = &world.store;
        let keyed = |text: &str| Command { keys: vec![key(3, text)], ..numbered("7") };
        let first = world.create(&hub(), keyed("K")).await;
        let submission = Submission::one(Request::create(keyed("K")));
        let outcomes = submit(store, &hub(), submission, world.tick()).await;
        assert!(matches!(outcomes[0], Outcome::Rejected(_)), "{outcomes:?}");
        // Without looking first, the store refuses.
        let mut blind = plan_blind(&world, keyed("K")).await;
        let refused = store.append(std::mem::take(&mut blind)).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        // The same text for another connection, or as a number, is another matter.
        world.create(&hub(), Command { keys: vec![key(4, "K")], ..Command::default() }).await;
        world.create(&hub(), numbered("K")).await;
        // Two at once: one wins.
        let (left, right) = (plan_blind(&world, keyed("L")).await, plan_blind(&world, keyed("L")).await);
        let (left, right) = tokio::join!(store.append(left), store.append(right));
        assert!(left.is_ok() ^ right.is_ok(), "{left:?} {right:?}");
        // A deleted order gives its key back.
        world.change(&hub(), first.serial, Command::default().moving(Transition::Delete)).await;
        let second = world.create(&hub(), keyed("K")).await;
        let lookup = crate::Lookup {
            keys: vec![(ConnectionId(3), "number".to_owned(), "K".to_owned())],
            ..crate::Lookup::default()
        };
        let loaded = store.load(ACCOUNT, lookup).await.unwrap();
        assert_eq!(loaded.keys.values().copied().collect::<Vec<Serial>>(), [second.serial]);
        store.close().await.unwrap();
    }
}

async fn plan_blind(world: &World, command: Command) -> Append {
    let serial = world.store.reserve_serials(1).await.unwrap().start;
    blind(command, serial, world.tick())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_compare_and_set() {
    for world in World::each().await {
        let store = &world.store;
        let record = |value: Option<&str>, expected: Option<Option<&str>>| Append {
            account: ACCOUNT,
            records: vec![Record {
                holder: ConnectionId(1).into(),
                namespace: "count".to_owned(),
                key: "d\0".to_owned(),
                value: value.map(str::to_owned),
                expected: expected.map(|value| value.map(str::to_owned)),
            }],
            mails: vec![Mail { to: "a@b".to_owned(), subject: "s\0".to_owned(), ..Mail::default() }],
            ..Append::default()
        };
        let now = || store.record(ConnectionId(1).into(), "count", "d\0");
        assert!(matches!(store.append(record(Some("1"), Some(Some("0")))).await, Err(StoreError::Outdated)));
        assert_eq!(store.append(record(Some("1"), Some(None))).await.unwrap(), []);
        assert_eq!(now().await.unwrap().as_deref(), Some("1"));
        assert!(matches!(store.append(record(Some("2"), Some(None))).await, Err(StoreError::Outdated)));
        // Many at once: each expects what it saw, one of them is right.
        let attempts = (0..20).map(|turn| store.append(record(Some(&format!("n{turn}")), Some(Some("1")))));
        let results = futures_util::future::join_all(attempts).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        store.append(record(None, None)).await.unwrap();
        assert_eq!(now().await.unwrap(), None);
        let mails = store.outbox(OutboxQuery { limit: 10, ..OutboxQuery::default() }).await.unwrap();
        assert_eq!(mails.len(), 3, "refused submissions owe no mail");
        assert_eq!(mails[0].mail.subject, "s\0");
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_submission_is_whole_and_sees_itself() {
    for world in World::each().await {
        let store = &world.store;
        let made = world.create(&hub(), numbered("0")).await;
        let mut requests: Vec<Request> = (1..30).map(|turn| Request::create(numbered(&turn.to_string()))).collect();
        for title in ["a", "b", "c"] {
            requests.push(Request::change(Target::Serial(made.serial), move |_| {
                Ok(Command::default().with(Field::Title, title))
            }));
        }
        let outcomes = submit(store, &hub(), Submission { requests, ..Submission::default() }, world.tick()).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_))));
        assert_eq!(store.head(ACCOUNT).await.unwrap(), Sequence(33));
        let history = store.history(ACCOUNT, made.serial).await.unwrap();
        assert_eq!(history.iter().map(|entry| entry.revision.0).collect::<Vec<i64>>(), [1, 2, 3, 4]);
        let now = store.order(ACCOUNT, made.serial).await.unwrap().unwrap();
        assert_eq!(now.fields.title.as_deref(), Some("c"));
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_leave_no_gap_and_followers_skip_nothing() {
    for world in World::each().await {
        let other = world.another().await;
        let made = world.create(&hub(), numbered("shared")).await;
        let follower = {
            let store = other.clone();
            tokio::spawn(async move {
                let mut seen: Vec<i64> = Vec::new();
                while seen.len() < 201 {
                    let after = Sequence(seen.last().copied().unwrap_or(0));
                    for entry in store.journal(ACCOUNT, after, 7).await.unwrap() {
                        seen.push(entry.sequence.0);
                    }
                    tokio::task::yield_now().await;
                }
                seen
            })
        };
        let mut tasks = Vec::new();
        for turn in 0..20 {
            let store = if turn % 2 == 0 { world.store.clone() } else { other.clone() };
            let (now, serial) = (world.tick(), made.serial);
            tasks.push(tokio::spawn(async move {
                for step in 0..5 {
                    let create = Request::create(numbered(&format!("{turn}-{step}")));
                    submit(&store, &hub(), Submission::one(create), now).await;
                    let change = Request::change(Target::Serial(serial), move |order| {
                        let count = order.fields.priority.unwrap_or(0) + 1;
                        Ok(Command::default().with(Field::Priority, count))
                    });
                    submit(&store, &hub(), Submission::one(change), now).await;
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(follower.await.unwrap(), (1..=201).collect::<Vec<i64>>());
        let shared = other.order(ACCOUNT, made.serial).await.unwrap().unwrap();
        assert_eq!(shared.fields.priority, Some(100), "no change was lost");
        other.close().await.unwrap();
        world.store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visibility_and_routes() {
    for world in World::each().await {
        let own = Caller::connection(Arc::new(connection(3, Scope::Own)));
        let other = Caller::connection(Arc::new(connection(4, Scope::Routed)));
        for turn in 0..6 {
            let route_to = if turn % 3 == 0 { vec![ConnectionId(4)] } else { vec![] };
            world.create(&own, Command { route_to, ..numbered(&format!("own {turn}")) }).await;
            let route_to = if turn == 5 { vec![ConnectionId(4)] } else { vec![] };
            world.create(&other, Command { route_to, ..numbered(&format!("other {turn}")) }).await;
        }
        let count = async |seen, query| world.store.page(ACCOUNT, seen, query).await.unwrap().orders.len();
        let all = OrderQuery::default;
        assert_eq!(count(Visibility::Account, all()).await, 12);
        assert_eq!(count(Visibility::Origin(ConnectionId(3)), all()).await, 6);
        assert_eq!(count(Visibility::Origin(ConnectionId(4)), all()).await, 6);
        assert_eq!(count(Visibility::Routed(ConnectionId(4)), all()).await, 8);
        assert_eq!(count(Visibility::Routed(ConnectionId(9)), all()).await, 0);
        let number = OrderQuery { number: Some("own 0".to_owned()), ..all() };
        assert_eq!(count(Visibility::Routed(ConnectionId(4)), number.clone()).await, 1);
        assert_eq!(count(Visibility::Origin(ConnectionId(4)), number).await, 0);
        world.store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there_after_opening_again() {
    for world in World::each().await {
        let made = world.create(&hub(), numbered("1").with(Field::Address1, "1 Elm Ct")).await;
        world.change(&hub(), made.serial, Command::default().with(Field::Due, world.tick())).await;
        world.store.close().await.unwrap();
        let store = world.another().await;
        let order = store.order(ACCOUNT, made.serial).await.unwrap().unwrap();
        let history = store.history(ACCOUNT, made.serial).await.unwrap();
        assert_eq!(Order::fold(history.iter().map(|entry| &**entry)).as_ref(), Some(&*order));
        assert!(store.reserve_serials(1).await.unwrap().start > made.serial.0);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_writes_and_advice_are_kept() {
    for world in World::each().await {
        let own = Caller::connection(Arc::new(connection(3, Scope::Own)));
        let made = world.create(&own, numbered("1").with(Field::ClientStatus, "new")).await;
        let user = Caller::user(ACCOUNT, "token ci");
        let offered = Command {
            advisories: vec!["ask first".to_owned()],
            ..Command::default().with(Field::ClientStatus, "mine").with(Field::Title, "x")
        };
        world.change(&user, made.serial, offered).await;
        let history = world.store.history(ACCOUNT, made.serial).await.unwrap();
        let last = history.last().unwrap();
        assert_eq!(last.refused[0].offered, Value::Text("mine".to_owned()));
        assert_eq!(last.advisories, ["ask first"]);
        assert_eq!(last.actor, "token ci");
        let states = OrderQuery { states: StateSet::of([State::Received]), ..OrderQuery::default() };
        assert_eq!(world.store.page(ACCOUNT, Visibility::Account, states).await.unwrap().orders.len(), 1);
        world.store.close().await.unwrap();
    }
}
