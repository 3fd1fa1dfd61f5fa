//! What every backend must do.

use super::support::{ACCOUNT, World, blind, numbered, submit};
use crate::{Append, Exchange, StoreError, Token, Visibility};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Position, Service, ServiceKind, Unit, site_id};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Sequence, Serial, UnitId, Uuid};
use docket_core::ledger::{Mail, OrderQuery, Outcome, Record, Request, SiteQuery, StateSet, Submission, Target};
use docket_core::order::{Change, Command, ExternalKey, Field, Fields, Order, State, Transition, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

fn hub() -> Caller {
    Caller::hub(ACCOUNT)
}

fn key(connection: i64, key: &str) -> ExternalKey {
    ExternalKey { connection: ConnectionId(connection), namespace: "number".to_owned(), key: key.to_owned() }
}

fn connection(id: i64, scope: Scope) -> Connection {
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
        assert_eq!(document, crate::record::order_document(&made));
        assert_eq!(store.document(AccountId(8), made.id).await.unwrap(), None);
        let changed = world
            .change(&hub(), made.serial, Command::default().with(Field::Number, "B").moving(Transition::Start))
            .await;
        assert_eq!(store.order(ACCOUNT, made.serial).await.unwrap(), Some(changed));
        let history = store.history(ACCOUNT, made.serial).await.unwrap();
        assert_eq!(history.len(), 2);
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
                connection: ConnectionId(1),
                namespace: "count".to_owned(),
                key: "d\0".to_owned(),
                value: value.map(str::to_owned),
                expected: expected.map(|value| value.map(str::to_owned)),
            }],
            mails: vec![Mail {
                connection: None,
                to: "a@b".to_owned(),
                subject: "s\0".to_owned(),
                text: "t".to_owned(),
            }],
            ..Append::default()
        };
        let now = || store.record(ConnectionId(1), "count", "d\0");
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
        let mails = store.outbox(10).await.unwrap();
        assert_eq!(mails.len(), 3, "refused submissions owe no mail");
        assert_eq!(mails[0].mail.subject, "s\0");
        store.mail_tried(mails[0].id, world.tick(), Some("no server".to_owned())).await.unwrap();
        store.mail_tried(mails[1].id, world.tick(), None).await.unwrap();
        let mails = store.outbox(10).await.unwrap();
        assert_eq!(mails.len(), 2);
        assert_eq!((mails[0].attempts, mails[0].error.as_deref()), (1, Some("no server")));
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
async fn places_people_things() {
    for world in World::each().await {
        let store = &world.store;
        let address = |street: &str| {
            Command::default()
                .with(Field::Address1, street)
                .with(Field::PostalCode, "1011 AB")
                .with(Field::CustomerName, "Ann Lee")
                .with(Field::Service, "Mowing")
        };
        let first = world.create(&hub(), address("1 Elm Ct")).await;
        world.create(&hub(), address("2 Elm Ct")).await;
        let third = world.create(&hub(), address("1  elm ct")).await;
        let site = site_id(ACCOUNT, &first.fields).unwrap();
        let at = store.orders_at(ACCOUNT, site, 10).await.unwrap();
        assert_eq!(at, [Arc::clone(&third), Arc::clone(&first)]);
        assert_eq!(store.orders_at(ACCOUNT, site, 1).await.unwrap(), [third]);
        assert_eq!(store.site(ACCOUNT, site).await.unwrap().unwrap().address1, "1 Elm Ct", "the first to name it");
        assert_eq!(store.site(AccountId(8), site).await.unwrap(), None);
        let query = |postal: Option<&str>| SiteQuery { postal_code: postal.map(str::to_owned), after: None, limit: 10 };
        assert_eq!(store.sites(ACCOUNT, query(None)).await.unwrap().len(), 2);
        let found = store.sites(ACCOUNT, query(Some("1011ab"))).await.unwrap();
        assert_eq!(found.len(), 2);
        let after = SiteQuery { after: found[0].id, ..query(Some("1011 ab ")) };
        assert_eq!(store.sites(ACCOUNT, after).await.unwrap(), found[1..]);
        assert!(store.sites(ACCOUNT, query(Some(""))).await.unwrap().is_empty());
        // Moving an order moves it between sites.
        let street = Command::default().with(Field::Address1, "2 Elm Ct");
        world.change(&hub(), first.serial, street).await;
        assert_eq!(store.orders_at(ACCOUNT, site, 10).await.unwrap().len(), 1);
        assert_eq!(store.services(ACCOUNT).await.unwrap().len(), 1);
        let customer = docket_core::catalogue::customer_id(ACCOUNT, "Ann Lee");
        let ann = store.customer(ACCOUNT, customer).await.unwrap().unwrap();
        store.put_customer(ACCOUNT, Customer { phone: Some("1".to_owned()), ..ann }).await.unwrap();
        assert_eq!(store.customer(ACCOUNT, customer).await.unwrap().unwrap().phone.as_deref(), Some("1"));
        services_and_units(&world).await;
        store.close().await.unwrap();
    }
}

async fn services_and_units(world: &World) {
    let store = &world.store;
    let service = Service {
        id: Uuid::from_u128(5),
        slug: "spa".to_owned(),
        name: "Spa".to_owned(),
        kind: ServiceKind::Additional,
        parent: Some(Uuid::from_u128(6)),
        active: true,
        ordering: -4,
        data: Some("{}".to_owned()),
        created_at: world.tick(),
        updated_at: world.tick(),
    };
    store.put_service(ACCOUNT, service.clone()).await.unwrap();
    let renamed = Service { name: "Bath".to_owned(), ..service };
    store.put_service(ACCOUNT, renamed.clone()).await.unwrap();
    assert_eq!(store.services(ACCOUNT).await.unwrap()[0], renamed);
    assert!(store.services(AccountId(8)).await.unwrap().is_empty());
    let position = Position {
        at: world.tick(),
        latitude: 52.1,
        longitude: -0.1 - 0.2,
        altitude_m: 0.0,
        speed_kmh: 1e-300,
        course: 359.9,
        satellites: 9,
    };
    let unit = Unit {
        id: UnitId(store.next_item().await.unwrap()),
        name: "Van\0".to_owned(),
        unique_id: "355000000000001".to_owned(),
        phone: String::new(),
        position: None,
        created_at: world.tick(),
    };
    store.put_unit(ACCOUNT, unit.clone()).await.unwrap();
    assert_eq!(store.units(ACCOUNT).await.unwrap(), [unit.clone()]);
    store.put_positions(vec![(unit.id, position)]).await.unwrap();
    let seen = Unit { position: Some(position), ..unit };
    assert_eq!(store.units(ACCOUNT).await.unwrap(), [seen.clone()]);
    let twin = Unit { id: UnitId(store.next_item().await.unwrap()), ..seen };
    assert!(matches!(store.put_unit(ACCOUNT, twin).await, Err(StoreError::Conflict)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_call() {
    for world in World::each().await {
        let store = &world.store;
        assert_eq!(store.account("acme", false).await.unwrap(), None);
        let account = store.account("acme", true).await.unwrap().unwrap();
        assert_eq!(store.account("acme", true).await.unwrap(), Some(account));
        assert_ne!(store.account("other", true).await.unwrap(), Some(account));
        let other = world.another().await;
        let before = other.directory_version().await.unwrap();
        let wanted = Connection { account, ..connection(0, Scope::Routed) };
        let credentials = vec![("username".to_owned(), "aa".to_owned()), ("password".to_owned(), "bb".to_owned())];
        let made = store.add_connection(wanted.clone(), credentials.clone()).await.unwrap();
        assert!(made.id.0 > 0);
        assert!(other.directory_version().await.unwrap() > before);
        let again = store.add_connection(wanted, credentials).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
        let directory = other.directory().await.unwrap();
        assert_eq!(directory.connections, [Arc::clone(&made)]);
        assert_eq!(directory.credentials.len(), 2, "a refused connection leaves no credentials");
        let changed = Connection { enabled: false, ..(*made).clone() };
        store.put_connection(changed.clone()).await.unwrap();
        store.put_credentials(made.id, vec![("password".to_owned(), "cc".to_owned())]).await.unwrap();
        let token = Token { account, name: "ci".to_owned(), hash: "dd".to_owned(), created_at: world.tick() };
        store.add_token(token.clone()).await.unwrap();
        assert!(matches!(store.add_token(token.clone()).await, Err(StoreError::Conflict)));
        let directory = store.directory().await.unwrap();
        assert_eq!(*directory.connections[0], changed);
        assert_eq!(directory.tokens, [token]);
        assert!(directory.credentials.iter().any(|kept| kept.kind == "password" && kept.hash == "cc"));
        store.remove_connection(made.id).await.unwrap();
        let directory = store.directory().await.unwrap();
        assert!(directory.connections.is_empty() && directory.credentials.is_empty());
        assert!(store.put_connection(changed).await.is_err());
        other.close().await.unwrap();
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_never_handed_out_twice() {
    for world in World::each().await {
        let other = world.another().await;
        let mut seen = std::collections::BTreeSet::new();
        for turn in 0..10 {
            let store = if turn % 2 == 0 { &world.store } else { &other };
            for serial in store.reserve_serials(7).await.unwrap() {
                assert!(serial > 0 && seen.insert(serial));
            }
        }
        world.store.raise_serials(Serial(1000)).await.unwrap();
        world.store.raise_serials(Serial(500)).await.unwrap();
        assert!(other.reserve_serials(1).await.unwrap().start > 1000);
        assert_ne!(world.store.next_item().await.unwrap(), other.next_item().await.unwrap());
        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(10).unwrap());
        let (me, you) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(world.store.lease("relay", me, now, 5000).await.unwrap());
        assert!(world.store.lease("relay", me, now, 6000).await.unwrap());
        assert!(!other.lease("relay", you, now, 5000).await.unwrap());
        assert!(other.lease("relay", you, later, 5000).await.unwrap());
        other.close().await.unwrap();
        world.store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wire_log_and_blobs() {
    for world in World::each().await {
        let store = &world.store;
        let exchange = |number: u128, connection: Option<i64>| Exchange {
            id: Some(ExchangeId(Uuid::from_u128(number))),
            account: ACCOUNT,
            connection: connection.map(ConnectionId),
            dialect: "mews".to_owned(),
            operation: "getOrders".to_owned(),
            at: world.tick(),
            took_us: 17,
            request_line: "POST /\0".to_owned(),
            request_body: "{\"a\":\n1}".to_owned(),
            status: 200,
            ..Exchange::default()
        };
        for number in 1..=600 {
            let connection = (number % 10 == 0).then_some(4);
            store.log_exchange(exchange(number, connection));
        }
        store.inner.log.flush().await;
        assert_eq!(store.exchanges_dropped(), 0);
        let page = store.exchanges(ACCOUNT, None, None, 100).await.unwrap();
        let ids: Vec<u128> = page.iter().filter_map(|found| found.id).map(|id| id.0.as_u128()).collect();
        assert_eq!(ids, (501..=600).rev().collect::<Vec<u128>>());
        let page = store.exchanges(ACCOUNT, None, page[99].id, 1000).await.unwrap();
        assert_eq!(page.len(), 500);
        let page = store.exchanges(ACCOUNT, Some(ConnectionId(4)), None, 1000).await.unwrap();
        assert_eq!(page.len(), 60);
        assert!(store.exchanges(AccountId(8), None, None, 10).await.unwrap().is_empty());
        let found = store.exchange(ACCOUNT, ExchangeId(Uuid::from_u128(77))).await.unwrap().unwrap();
        assert_eq!((found.request_line.as_str(), found.request_body.as_str()), ("POST /\0", "{\"a\":\n1}"));
        assert_eq!(store.exchange(AccountId(8), ExchangeId(Uuid::from_u128(77))).await.unwrap(), None);
        assert_eq!(store.exchange(ACCOUNT, ExchangeId(Uuid::from_u128(7777))).await.unwrap(), None);
        let address = store.put_blob(b"a photo".to_vec()).await.unwrap();
        assert_eq!(store.put_blob(b"a photo".to_vec()).await.unwrap(), address);
        assert_eq!(store.blob(&address).await.unwrap().as_deref(), Some(&b"a photo"[..]));
        assert_eq!(store.blob(&"0".repeat(64)).await.unwrap(), None);
        assert_eq!(store.blob("../../docket.db").await.unwrap(), None);
        assert!(world.folder().join("blobs").join(&address[..2]).join(&address[2..]).is_file());
        store.close().await.unwrap();
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
        let _ = Fields::default();
        world.store.close().await.unwrap();
    }
}
