//! Listings agree with the model: whatever is asked, the store answers what [`OrderQuery::matches`] picks.

use super::support::{ACCOUNT, World, submit};
use crate::{Visibility, select};
use docket_core::Timestamp;
use docket_core::catalogue::site_id;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, OrderId, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{Ledger, OrderQuery, Request, StateSet, Submission};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Field, Fields, Move, State};
use docket_core::plan::{Loaded, plan};
use futures_util::FutureExt;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::sync::Arc;

fn caller(scope: Scope, id: i64) -> Caller {
    Caller::connection(Arc::new(Connection {
        id: ConnectionId(id),
        account: ACCOUNT,
        name: format!("c{id}"),
        dialect: "pruvan".to_owned(),
        role: Role::Serve,
        scope,
        enabled: true,
        settings: BTreeMap::new(),
        created_at: Timestamp::UNIX_EPOCH,
    }))
}

const NUMBERS: &[&str] = &["1", "1\0", "\u{1a}0", "A"];
const PRODUCTS: &[&str] = &["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];
const SERVICES: &[&str] = &["mow", "trim", "x\0", PRODUCTS[0], PRODUCTS[1]];
const CITIES: &[&str] = &["Austin", "Round Rock"];

fn moment(tick: i64) -> Timestamp {
    // Ticks of a third of a microsecond, before and after the epoch.
    Timestamp::from_nanosecond(i128::from(tick) * 333 - 10_000).unwrap()
}

/// One order to make: by whom, when, where it stands, and what it says.
#[derive(Clone, Debug)]
struct Made {
    origin: Option<i64>,
    tick: i64,
    command: Command,
}

fn made() -> impl Strategy<Value = Made> {
    (
        of(1..4_i64),
        0..60_i64,
        proptest::sample::select(State::ALL),
        of(proptest::sample::select(NUMBERS)),
        of(proptest::sample::select(SERVICES)),
        of(1..4_i64),
        vec(1..4_i64, 0..2),
        of(proptest::sample::select(CITIES)),
    )
        .prop_map(|(origin, tick, state, number, service, unit, routes, city)| {
            let mut command = Command {
                to: Some(Move::Become(state)),
                route_to: routes.into_iter().map(ConnectionId).collect(),
                ..Command::default()
            };
            command.set.extend(number.map(|number| (Field::Number, number.into())));
            command.set.extend(service.map(|service| (Field::Service, service.into())));
            command.set.extend(unit.map(|unit| (Field::Unit, unit.into())));
            command.set.extend(city.map(|city| (Field::City, city.into())));
            Made { origin, tick, command }
        })
}

fn queries(ids: Vec<OrderId>) -> impl Strategy<Value = OrderQuery> {
    let texts = |all: &'static [&'static str]| proptest::sample::select(all).prop_map(str::to_owned);
    (
        prop_oneof![Just(StateSet::living()), Just(StateSet::open()), (0_u32..1 << 13).prop_map(StateSet),],
        (of(0..60_i64), of(0..60_i64)),
        of(texts(NUMBERS)),
        of(vec(proptest::sample::select(ids), 0..12)),
        of(prop_oneof![vec(texts(SERVICES), 0..3), vec(texts(PRODUCTS), 1..4)]),
        of((1..5_i64).prop_map(UnitId)),
        of(texts(CITIES)),
        any::<bool>(),
        (of(0..70_i64), 1..12_usize),
    )
        .prop_map(|(states, (from, before), number, ids, services, unit, city, newest_first, (after, limit))| {
            OrderQuery {
                states,
                updated_from: from.map(moment),
                updated_before: before.map(moment),
                // Each of the narrow ones now and then, so that the wide ways are walked too.
                number: number.filter(|_| limit % 3 == 0),
                ids: ids.filter(|_| limit % 4 == 0),
                services,
                unit: unit.filter(|_| limit % 2 == 0),
                site: city
                    .filter(|_| limit % 5 == 0)
                    .and_then(|city| site_id(ACCOUNT, &Fields { city: Some(city), ..Fields::default() })),
                newest_first,
                after: after.map(Serial),
                limit,
            }
        })
}

const ORDERS: usize = 60;
const QUERIES: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_agree_with_the_model() {
    let mut runner = TestRunner::deterministic();
    for world in World::each().await {
        let model = MemoryLedger::new(Timestamp::UNIX_EPOCH);
        let mut ids = Vec::new();
        for turn in 0..ORDERS {
            let made = made().new_tree(&mut runner).unwrap().current();
            let by = made.origin.map_or(Caller::hub(ACCOUNT), |id| caller(Scope::Account, id));
            let (id, serial) = (OrderId(Uuid::from_u128(turn as u128 * 77 % 61)), Serial(turn as i64 + 1));
            let command = Command { identity: Some((id, Some(serial))), ..made.command };
            model.set_now(moment(made.tick));
            let create = || Submission::one(Request::create(command.clone()));
            model.submit(&by, create()).now_or_never().unwrap().unwrap();
            submit(&world.store, &by, create(), moment(made.tick)).await;
            ids.push(id);
        }
        // Another account's orders are nobody's business.
        let stranger = Caller::hub(AccountId(8));
        let foreign =
            Command { identity: Some((OrderId(Uuid::from_u128(99)), Some(Serial(30_000)))), ..Command::default() };
        submit(&world.store, &stranger, Submission::one(Request::create(foreign)), moment(1)).await;
        ids.push(OrderId(Uuid::from_u128(99)));
        for turn in 0..QUERIES {
            let query = queries(ids.clone()).new_tree(&mut runner).unwrap().current();
            let id = turn as i64 % 4 + 1;
            let (scope, seen) = match turn % 3 {
                0 => (Scope::Account, Visibility::Account),
                1 => (Scope::Own, Visibility::Origin(ConnectionId(id))),
                _ => (Scope::Routed, Visibility::Routed(ConnectionId(id))),
            };
            let expected = model.orders(&caller(scope, id), query.clone()).now_or_never().unwrap().unwrap();
            let page = world.store.page(ACCOUNT, seen, query.clone()).await.unwrap();
            assert_eq!(page.orders, expected.orders, "{query:?} {seen:?}");
            assert_eq!(page.next, expected.next, "{query:?} {seen:?}");
            let (documents, next) = world.store.page_documents(ACCOUNT, seen, query).await.unwrap();
            let expected_documents: Vec<String> =
                expected.orders.iter().map(|order| crate::record::order_document(order)).collect();
            assert_eq!((documents, next), (expected_documents, expected.next));
        }
        wide_ways_agree(&world, &model, &mut runner).await;
        world.store.close().await.unwrap();
    }
}

/// Time ranges with many orders in them go along the serials: asked for here although there are few.
async fn wide_ways_agree(world: &World, model: &MemoryLedger, runner: &mut TestRunner) {
    for turn in 0..QUERIES / 4 {
        let mut query = queries(vec![OrderId(Uuid::nil())]).new_tree(runner).unwrap().current();
        (query.number, query.ids) = (None, None);
        let id = turn as i64 % 4 + 1;
        let (scope, seen) = match turn % 3 {
            0 => (Scope::Account, Visibility::Account),
            1 => (Scope::Own, Visibility::Origin(ConnectionId(id))),
            _ => (Scope::Routed, Visibility::Routed(ConnectionId(id))),
        };
        let expected = model.orders(&caller(scope, id), query.clone()).now_or_never().unwrap().unwrap();
        let Some(page) = select::page(world.store.db().dialect(), ACCOUNT, seen, &query, false, "o.serial, o.document")
        else {
            assert!(expected.orders.is_empty());
            continue;
        };
        let rows = world.store.db().query(crate::db::Weight::Page, page.sql, page.params).await.unwrap();
        let serials: Vec<i64> = rows.iter().map(|row| row.int(0).unwrap()).take(query.limit).collect();
        let expected: Vec<i64> = expected.orders.iter().map(|order| order.serial.0).collect();
        assert_eq!(serials, expected, "{query:?} {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wide_pages_are_merged_rather_than_sorted() {
    let world = World::embedded().await;
    for seen in [Visibility::Account, Visibility::Origin(ConnectionId(1)), Visibility::Routed(ConnectionId(1))] {
        for newest_first in [false, true] {
            let query = OrderQuery { newest_first, after: Some(Serial(5)), ..OrderQuery::default() };
            let page =
                select::page(world.store.db().dialect(), ACCOUNT, seen, &query, false, "o.serial, o.document").unwrap();
            let sql = format!("EXPLAIN QUERY PLAN {}", page.sql);
            let rows = world.store.db().query(crate::db::Weight::Page, sql, page.params).await.unwrap();
            let plan: Vec<String> = rows.into_iter().map(|mut row| row.text(3).unwrap()).collect();
            let plan = plan.join("\n");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN o"), "{plan}");
        }
    }
    let of_products = OrderQuery {
        states: StateSet::open(),
        services: Some(PRODUCTS.iter().map(|&product| product.to_owned()).collect()),
        after: Some(Serial(5)),
        ..OrderQuery::default()
    };
    let page = select::page(
        world.store.db().dialect(),
        ACCOUNT,
        Visibility::Account,
        &of_products,
        false,
        "o.serial, o.document",
    );
    let page = page.unwrap();
    let rows = world.store.db().query(crate::db::Weight::Page, format!("EXPLAIN QUERY PLAN {}", page.sql), page.params);
    let plan: Vec<String> = rows.await.unwrap().into_iter().map(|mut row| row.text(3).unwrap()).collect();
    let plan = plan.join("\n");
    let arms = plan.matches("orders_product (account=? AND state=? AND service=? AND rowid>?)").count();
    assert!(arms == 14 && !plan.contains("TEMP B-TREE") && !plan.contains("orders_state"), "{arms} {plan}");
    let one = |query: OrderQuery, few, index: &'static str| (query, few, index);
    let ways = [
        one(OrderQuery { unit: Some(UnitId(1)), ..OrderQuery::default() }, false, "orders_unit"),
        one(OrderQuery { site: Some(SiteId(Uuid::nil())), ..OrderQuery::default() }, false, "orders_site"),
        one(OrderQuery { updated_from: Some(moment(1)), ..OrderQuery::default() }, true, "orders_updated"),
        one(OrderQuery { number: Some("1".to_owned()), ..OrderQuery::default() }, false, "PRIMARY KEY (hash=?)"),
        one(OrderQuery { ids: Some(vec![OrderId(Uuid::nil())]), ..OrderQuery::default() }, false, "orders_id"),
    ];
    for (query, few, index) in ways {
        let page =
            select::page(world.store.db().dialect(), ACCOUNT, Visibility::Account, &query, few, "o.serial, o.document")
                .unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", page.sql);
        let rows = world.store.db().query(crate::db::Weight::Page, sql, page.params).await.unwrap();
        let plan: Vec<String> = rows.into_iter().map(|mut row| row.text(3).unwrap()).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(index), "{query:?}: {plan}");
    }
    world.store.close().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What was planned and appended is what is read: orders, histories, and their fold.
    #[test]
    fn any_order_survives_the_database(orders in vec(crate::record::tests::orders(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for world in World::each().await {
                for (turn, order) in orders.iter().enumerate() {
                    let (id, serial) = (OrderId(Uuid::from_u128(turn as u128)), Serial(turn as i64 + 1));
                    let command = Command {
                        identity: Some((id, Some(serial))),
                        keys: Vec::new(),
                        to: Some(Move::Become(order.state)),
                        put: order.items.clone(),
                        wire: order.wire.iter().next().map(|(dialect, text)| (dialect.clone(), Some(text.clone()))),
                        ..Command::default().with_fields(&order.fields)
                    };
                    let submission = Submission::one(Request::create(command));
                    let mut mint = || (id, serial);
                    let planned =
                        plan(Loaded::default(), &submission, &Caller::hub(ACCOUNT), order.updated_at, &mut mint);
                    let expected = Arc::clone(&planned.writes[0].order);
                    let append = crate::Append { account: ACCOUNT, writes: planned.writes, ..crate::Append::default() };
                    world.store.append(append).await.unwrap();
                    let read = world.store.order(ACCOUNT, serial).await.unwrap().unwrap();
                    assert_eq!(read, expected);
                    let history = world.store.history(ACCOUNT, serial).await.unwrap();
                    assert_eq!(docket_core::order::Order::fold(history.iter().map(|entry| &**entry)), Some((*read).clone()));
                }
                world.store.close().await.unwrap();
            }
        });
    }
}
