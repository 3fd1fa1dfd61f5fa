//! The board's index answers what looking at one order after the other would.

use super::suite::{connection, hub};
use super::support::{ACCOUNT, World};
use crate::board::{BoardQuery, By, OnIt, Part, Place, Sought, Span};
use crate::record::Card;
use crate::{Store, StoreError, Visibility};
use docket_core::Timestamp;
use docket_core::catalogue::site_id;
use docket_core::connection::{Caller, Scope};
use docket_core::ids::{AccountId, ConnectionId, Serial, UnitId};
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Command, ExternalKey, Field, Fields, Move, State, Value};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::sync::Arc;

const CITIES: &[&str] = &["Austin", "Łódź", "Saint-Étienne", "Round Rock"];
const NAMES: &[&str] = &["Zoë O'Brien", "Anna Maria de la Cruz", "ACME Corp.", "Otto"];
const NUMBERS: &[&str] = &["WO-2024-0001", "WO-2024-0002", "wo20240003", "7", "x\0y"];
const LONG: &str = "a service whose name is so very long that nobody would ever want to look at all of it";
const SERVICES: &[&str] = &["Mow", "Trim", "x\0", LONG];
const TAGS: &[&str] = &["vip", "a,b", ""];
const SEARCHES: &[&str] = &[
    "",
    "a",
    "au",
    "austin",
    "rock round",
    "lod",
    "ETIENNE",
    "saint-et",
    "o'b",
    "obrien zoe",
    "cruz an",
    "wo-2024",
    "wo2024",
    "wo20240003",
    "0002",
    "81",
    "820",
    "7",
    "nothing",
    "acme mow",
    "k-1",
    "k17",
    "k-1 austin",
    "--",
];

fn moment(day: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
}

fn given() -> impl Strategy<Value = Command> {
    let texts = (of(select(NUMBERS)), of(select(SERVICES)), of(select(CITIES)), of(select(NAMES)));
    let who = (of(1..4_i64), proptest::collection::vec(1..4_i64, 0..2), select(State::ALL));
    let times = (of(-3..3_i64), of(-3..3_i64));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::collection::vec(select(TAGS), 0..3));
    (texts, who, times, flags, of(-80.0..80.0_f64), of(0..40_u8)).prop_map(
        |((number, service, city, name), (unit, routes, state), (due, window), (rush, rework, late, tags), at, key)| {
            let mut command = Command {
                to: Some(Move::Become(state)),
                route_to: routes.into_iter().map(ConnectionId).collect(),
                ..Command::default()
            };
            let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned()));
            let time = |day: Option<i64>| day.map_or(Value::Null, |day| Value::Time(moment(day)));
            let flag = |flag: bool| if flag { Value::Flag(true) } else { Value::Null };
            command.set.extend([
                (Field::Number, text(number)),
                (Field::Service, text(service)),
                (Field::City, text(city)),
                (Field::CustomerName, text(name)),
                (Field::Unit, unit.map_or(Value::Null, Value::Integer)),
                (Field::Due, time(due)),
                (Field::WindowTo, time(window)),
                (Field::Rush, flag(rush)),
                (Field::Rework, flag(rework)),
                (Field::Late, flag(late)),
                (Field::Latitude, at.map_or(Value::Null, Value::Number)),
                (Field::Longitude, at.map_or(Value::Null, |at| Value::Number(at * 2.0))),
                (Field::RadiusM, at.map_or(Value::Null, |at| Value::Integer(at as i64 + 100))),
            ]);
            let tags: Vec<String> = tags.into_iter().map(str::to_owned).collect();
            command.set.push((Field::Tags, if tags.is_empty() { Value::Null } else { Value::Texts(tags) }));
            command.keys.extend(key.map(|key| ExternalKey {
                connection: ConnectionId(9),
                namespace: if key % 8 == 0 { "idempotency" } else { "number" }.to_owned(),
                key: format!("K-{key}"),
            }));
            command
        },
    )
}

fn query() -> impl Strategy<Value = BoardQuery> {
    let states = prop_oneof![Just(StateSet::living()), Just(StateSet::open()), (0_u32..1 << 13).prop_map(StateSet)];
    let on_it = prop_oneof![Just(OnIt::Nobody), Just(OnIt::Somebody), (1..4_i64).prop_map(|id| OnIt::Unit(UnitId(id)))];
    let span = || (of(-4..4_i64), of(-4..4_i64));
    let rarely = |chance: f64| prop::bool::weighted(chance);
    (
        (states, select(SEARCHES), rarely(0.6)),
        (of(select(NUMBERS)), of(select(SERVICES)), of(on_it), of(select(CITIES))),
        (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), of(select(TAGS))),
        (span(), span()),
        (rarely(0.2), rarely(0.3), rarely(0.3), rarely(0.2), rarely(0.15)),
        (of(1..4_i64), rarely(0.2), of(any::<bool>()), proptest::collection::vec(1..60_i64, 0..40)),
    )
        .prop_map(
            |(
                (states, search, with_words),
                (number, service, unit, city),
                (rush, rework, late, tag),
                spans,
                chance,
                origin,
            )| {
                let (due, updated) = spans;
                let span = |(from, until): (Option<i64>, Option<i64>), wanted: bool| match wanted {
                    true => Span { from: from.map(moment), until: until.map(moment) },
                    false => Span::default(),
                };
                let site = |city: &str| Fields { city: Some(city.to_owned()), ..Fields::default() };
                BoardQuery {
                    states,
                    words: if with_words { Sought::of(search) } else { Vec::new() },
                    number: number.filter(|_| chance.0).map(str::to_owned),
                    services: service.filter(|_| chance.1).map(|service| vec![service.to_owned(), "Mow".to_owned()]),
                    unit: unit.filter(|_| chance.1),
                    site: city.filter(|_| chance.3).and_then(|city| site_id(ACCOUNT, &site(city))),
                    dialect: chance.4.then(|| "pruvan".to_owned()),
                    connection: origin.0.filter(|_| origin.1).map(ConnectionId),
                    rush: rush.filter(|_| chance.2),
                    rework: rework.filter(|_| chance.3),
                    late: late.filter(|_| chance.2),
                    tags: tag.filter(|_| chance.4).map(str::to_owned).into_iter().collect(),
                    serials: chance.1.then_some(origin.3),
                    has_due: origin.2.filter(|_| chance.3),
                    due: span(due, chance.2),
                    created: Span::default(),
                    updated: span(updated, chance.0),
                }
            },
        )
}

/// All orders of the account, however they stand.
async fn all(store: &Store) -> Vec<Card> {
    let every = StateSet::of(State::ALL.iter().copied());
    let (mut cards, mut after) = (Vec::new(), None);
    loop {
        let query = OrderQuery { states: every, after, ..OrderQuery::default() };
        let (some, next) = store.page_cards(ACCOUNT, Visibility::Account, &query).await.unwrap();
        cards.extend(some);
        match next {
            Some(next) => after = Some(Serial(next.0)),
            None => return cards,
        }
    }
}

async fn catch_up(store: &Store, most: usize) {
    while store.index_board(ACCOUNT, most).await.unwrap().is_behind {}
    assert_eq!(store.board_reached(ACCOUNT).await.unwrap(), store.head(ACCOUNT).await.unwrap());
}

fn sees(seen: Visibility, card: &Card) -> bool {
    match seen {
        Visibility::Account => true,
        Visibility::Origin(connection) => card.origin.connection == Some(connection),
        Visibility::Routed(connection) => {
            card.origin.connection == Some(connection) || card.routed_to.contains(&connection)
        }
    }
}

fn place(by: By, card: &Card) -> Place {
    let at = match by {
        By::Serial => None,
        By::Due => card.due,
        By::Updated => card.updated_at,
    };
    Place { at_us: at.map(Timestamp::as_microsecond), serial: card.serial }
}

/// Every page of a question, one after the other.
async fn paged(store: &Store, seen: Visibility, query: &BoardQuery, mut part: Part, now: Timestamp) -> Vec<i64> {
    let mut serials = Vec::new();
    loop {
        let listed = store.board(ACCOUNT, seen, query, part, now).await.unwrap();
        assert!(listed.cards.len() <= part.limit);
        serials.extend(listed.cards.iter().map(|card| card.serial));
        match listed.next {
            Some(next) => part.after = Some(next),
            None => return serials,
        }
    }
}

async fn compare(store: &Store, runner: &mut TestRunner, questions: usize) {
    let (cards, now) = (all(store).await, moment(0));
    let seens = [Visibility::Account, Visibility::Origin(ConnectionId(1)), Visibility::Routed(ConnectionId(2))];
    let mut found_any = 0;
    for number in 0..questions {
        let query = query().new_tree(runner).unwrap().current();
        let seen = seens[number % seens.len()];
        let mut expected: Vec<&Card> =
            cards.iter().filter(|card| sees(seen, card) && query.matches(ACCOUNT, card, now)).collect();
        found_any += usize::from(!expected.is_empty());
        let by = [By::Serial, By::Due, By::Updated][number / 3 % 3];
        let part = Part { by, is_down: number % 2 == 0, after: None, limit: 1 + number % 40 };
        expected.sort_by_key(|card| {
            let (sign, place) = (if part.is_down { -1 } else { 1 }, place(by, card));
            (by != By::Serial && place.at_us.is_none(), sign * place.at_us.unwrap_or(0), sign * place.serial)
        });
        let serials: Vec<i64> = expected.iter().map(|card| card.serial).collect();
        assert_eq!(paged(store, seen, &query, part, now).await, serials, "{seen:?} {part:?} {query:?}");
        let counts = store.board_counts(ACCOUNT, seen, &query, now).await.unwrap();
        assert!(counts.is_exact);
        for (state, count) in counts.states {
            let wanted = expected.iter().filter(|card| card.state == Some(state)).count();
            assert_eq!(count, wanted as u64, "{state} {seen:?} {query:?}");
        }
        let (points, more) = store.board_points(ACCOUNT, seen, &query, now, 1000).await.unwrap();
        let mut placed: Vec<&&Card> = expected.iter().filter(|card| card.site.latitude.is_some()).collect();
        placed.sort_by_key(|card| -card.serial);
        assert_eq!((points.len(), more), (placed.len(), false));
        for (point, card) in points.iter().zip(placed) {
            assert_eq!((point.serial, point.unit, Some(point.state)), (card.serial, card.unit, card.state));
            assert_eq!((point.radius_m, point.is_late), (card.site.radius_m, card.is_late(now)));
            assert!((point.latitude - card.site.latitude.unwrap()).abs() < 1e-7);
            assert!((point.longitude - card.site.longitude.unwrap()).abs() < 1e-7);
        }
    }
    assert!(found_any > questions / 5, "{found_any} of {questions} questions found something");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_agrees_with_looking() {
    for world in World::each().await {
        let mut runner = TestRunner::deterministic();
        let store = &world.store;
        // Across the border of two blocks.
        store.raise_serials(Serial(8_040)).await.unwrap();
        let callers: Vec<Caller> = std::iter::once(hub())
            .chain((1..4).map(|id| Caller::connection(Arc::new(connection(id, Scope::Account)))))
            .collect();
        for number in 0..320 {
            let command = given().new_tree(&mut runner).unwrap().current();
            let keys = command.keys.iter().filter(|_| number < 40).cloned().collect();
            let command = Command { keys, ..command };
            let submission = docket_core::ledger::Submission::one(docket_core::ledger::Request::create(command));
            super::support::submit(store, &callers[number % callers.len()], submission, world.tick()).await;
        }
        catch_up(store, 37).await;
        compare(store, &mut runner, 240).await;
        // Many change, some several times.
        let serials: Vec<i64> = all(store).await.iter().map(|card| card.serial).collect();
        for number in 0..200 {
            let Command { set, route_to, .. } = given().new_tree(&mut runner).unwrap().current();
            let state = State::ALL[number % State::ALL.len()];
            let command = Command { set, route_to, to: Some(Move::Become(state)), ..Command::default() };
            let target = docket_core::ledger::Target::Serial(Serial(serials[number * 7 % serials.len()]));
            let request = docket_core::ledger::Request::change(target, move |_| Ok(command.clone()));
            super::support::submit(store, &hub(), docket_core::ledger::Submission::one(request), world.tick()).await;
        }
        catch_up(store, 64).await;
        compare(store, &mut runner, 240).await;
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_index_at_once_do_it_once() {
    for world in World::each().await {
        let other = world.another().await;
        for number in 0..30 {
            world.create(&hub(), Command::default().with(Field::Title, format!("both {number}").as_str())).await;
        }
        let mut conflicts = 0;
        loop {
            let (left, right) = tokio::join!(world.store.index_board(ACCOUNT, 4), other.index_board(ACCOUNT, 4));
            for step in [&left, &right] {
                assert!(matches!(step, Ok(_) | Err(StoreError::Conflict)), "{step:?}");
                conflicts += usize::from(step.is_err());
            }
            if world.store.board_reached(ACCOUNT).await.unwrap() == world.store.head(ACCOUNT).await.unwrap() {
                break;
            }
        }
        assert!(conflicts > 0, "they met");
        let query = BoardQuery { words: Sought::of("both"), ..BoardQuery::default() };
        let count = |account| {
            let (store, query) = (&other, &query);
            async move {
                let counts = store.board_counts(account, Visibility::Account, query, moment(0)).await.unwrap();
                counts.states.into_iter().collect::<BTreeMap<State, u64>>()[&State::Received]
            }
        };
        assert_eq!((count(ACCOUNT).await, count(AccountId(8)).await), (30, 0), "accounts are walls");
        // A word that only orders with it have, then none any more.
        let all = all(&world.store).await;
        for card in &all {
            world.change(&hub(), Serial(card.serial), Command::default().with(Field::Title, "gone")).await;
        }
        catch_up(&world.store, 1000).await;
        assert_eq!(count(ACCOUNT).await, 0);
        world.store.close().await.unwrap();
        other.close().await.unwrap();
    }
}
