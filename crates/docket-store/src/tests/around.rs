//! What lies around the ledger: places, people, things, who may call, the wire log, blobs.

use super::suite::{connection, hub};
use super::support::{ACCOUNT, World};
use crate::{Exchange, StoreError, Token};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Position, Service, ServiceKind, Unit, site_id};
use docket_core::connection::{Access, Connection, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial, UnitId, Uuid};
use docket_core::ledger::{CustomerQuery, Ledger as _, SiteQuery};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Field};
use std::sync::Arc;

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
        customers(&world).await;
        services_and_units(&world).await;
        store.close().await.unwrap();
    }
}

/// Listed newest first, persons and companies apart, by page, by id and by e-mail address, as the reference ledger does.
async fn customers(world: &World) {
    let store = &world.store;
    let model = MemoryLedger::new(world.tick());
    let known = store.customers(ACCOUNT, CustomerQuery { limit: 10, ..CustomerQuery::default() }).await.unwrap();
    assert_eq!(known.len(), 1, "Ann Lee");
    known.into_iter().for_each(|customer| model.add_customer(customer));
    let moment = world.tick();
    for number in 1..=9_u128 {
        let customer = Customer {
            id: Uuid::from_u128(number),
            is_company: number % 3 == 0,
            name: format!("Customer {number}"),
            email: (number % 2 == 0).then(|| format!("Guest{}@Example.com ", number % 4)),
            data: Some("{}".to_owned()),
            created_at: if number < 4 { moment } else { world.tick() },
            updated_at: world.tick(),
            ..Customer::default()
        };
        store.put_customer(ACCOUNT, customer.clone()).await.unwrap();
        model.add_customer(customer);
    }
    store.put_customer(AccountId(8), Customer { id: Uuid::from_u128(99), ..Customer::default() }).await.unwrap();
    let caller = hub();
    let mut queries = Vec::new();
    for companies in [false, true] {
        let all = CustomerQuery { companies, limit: 100, ..CustomerQuery::default() };
        queries.push(CustomerQuery { limit: 2, ..all.clone() });
        queries.push(CustomerQuery { ids: Some(vec![Uuid::from_u128(3), Uuid::from_u128(4)]), ..all.clone() });
        queries.push(CustomerQuery { ids: Some(Vec::new()), ..all.clone() });
        queries.push(CustomerQuery { after: Some((moment, Uuid::from_u128(2))), ..all.clone() });
        for email in ["guest2@example.com", "guest0@example.com", "", "nobody"] {
            queries.push(CustomerQuery { email: Some(email.to_owned()), ..all.clone() });
        }
        queries.push(all);
    }
    for query in queries {
        let expected = model.customers(&caller, query.clone()).await.unwrap();
        assert_eq!(store.customers(ACCOUNT, query.clone()).await.unwrap(), expected, "{query:?}");
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
        altitude_m: None,
        speed_kmh: Some(1e-300),
        course: Some(359.9),
        satellites: 9,
    };
    let unit = Unit {
        id: UnitId(store.next_item().await.unwrap()),
        name: "Van\0".to_owned(),
        unique_id: "355000000000001".to_owned(),
        phone: String::new(),
        hardware: 9,
        created_at: world.tick(),
        ..Unit::default()
    };
    store.put_unit(ACCOUNT, unit.clone()).await.unwrap();
    assert_eq!(store.units(ACCOUNT).await.unwrap(), std::slice::from_ref(&unit));
    store.put_positions(vec![(unit.id, position)]).await.unwrap();
    let seen = Unit { position: Some(position), ..unit };
    assert_eq!(store.units(ACCOUNT).await.unwrap(), std::slice::from_ref(&seen));
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
        let token = Token {
            account,
            name: "ci".to_owned(),
            hash: "dd".to_owned(),
            created_at: world.tick(),
            access: Access::Viewer,
            until_ms: Some(5),
        };
        store.add_token(token.clone()).await.unwrap();
        assert!(matches!(store.add_token(token.clone()).await, Err(StoreError::Conflict)));
        let directory = store.directory().await.unwrap();
        assert_eq!(*directory.connections[0], changed);
        assert_eq!(directory.tokens, [token]);
        let before = store.directory_version().await.unwrap();
        assert!(!store.remove_token(AccountId(account.0 + 1), "ci").await.unwrap(), "accounts are walls");
        assert!(store.remove_token(account, "ci").await.unwrap() && !store.remove_token(account, "ci").await.unwrap());
        assert!(store.directory().await.unwrap().tokens.is_empty());
        assert!(store.directory_version().await.unwrap() > before);
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
        // Who is gone holds nothing, however long its lease was.
        assert!(!world.store.lease("relay", me, later, 5000).await.unwrap());
        other.end_leases(you).await.unwrap();
        assert!(world.store.lease("relay", me, later, 5000).await.unwrap());
        other.end_leases(you).await.unwrap();
        assert!(!other.lease("relay", you, later, 5000).await.unwrap());
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
