//! The wire log is searched: by tags, by words, in both directions, across chunks that overlap.

use super::support::{ACCOUNT, World};
use crate::{Exchange, ExchangeQuery, StatusFilter, Store};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial, Uuid};

/// The moment that an identity of the test is of.
fn at(second: u128) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

/// UUIDv7 of a second, so that bounds by time hold.
fn id(second: u128) -> ExchangeId {
    ExchangeId(Uuid::from_u128(((second * 1_000) << 80) | second))
}

fn exchange(second: u128) -> Exchange {
    let dialect = ["pruvan", "mews"][usize::from(second.is_multiple_of(5))];
    let status = if second.is_multiple_of(7) { 404 } else { 200 };
    Exchange {
        id: Some(id(second)),
        account: AccountId(if second.is_multiple_of(11) { 8 } else { ACCOUNT.0 }),
        connection: (second.is_multiple_of(10)).then_some(ConnectionId(4)),
        delivery: (second.is_multiple_of(30)).then_some(Serial(i64::try_from(second % 4).unwrap())),
        dialect: dialect.to_owned(),
        operation: if second.is_multiple_of(2) { "push" } else { "status" }.to_owned(),
        at: at(second),
        took_us: 1,
        request_line: if second.is_multiple_of(3) {
            format!("POST https://x.example/{second}")
        } else {
            format!("POST /{second}")
        },
        request_body: format!("order WO-{second} Süd"),
        status: if second.is_multiple_of(13) { 0 } else { status },
        ..Exchange::default()
    }
}

fn seconds(list: &[Exchange]) -> Vec<u128> {
    list.iter().filter_map(|one| one.id).map(|id| (id.0.as_u128() >> 80) / 1_000).collect()
}

/// All pages of a query, older ones after newer ones.
async fn all(store: &Store, query: ExchangeQuery) -> Vec<u128> {
    let (mut found, mut before) = (Vec::new(), None);
    for _ in 0..1_000 {
        let page = store.search_exchanges(ACCOUNT, ExchangeQuery { before, ..query.clone() }).await.unwrap();
        found.extend(seconds(&page.exchanges));
        before = page.older;
        if before.is_none() {
            return found;
        }
    }
    panic!("there was no end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_find_what_a_look_at_everything_finds() {
    for world in World::each().await {
        let store = &world.store;
        // Neighbours lie in different chunks: each third, then the rest.
        for third in 0..3_u128 {
            for second in (1..=900).filter(|second| second % 3 == third) {
                store.log_exchange(exchange(second));
            }
            store.inner.log.flush().await;
        }
        let every: Vec<Exchange> = (1..=900).rev().map(exchange).filter(|one| one.account == ACCOUNT).collect();
        let plain = ExchangeQuery { limit: 37, ..ExchangeQuery::default() };
        type Wanted = Box<dyn Fn(&Exchange) -> bool>;
        let cases: Vec<(ExchangeQuery, Wanted)> = vec![
            (plain.clone(), Box::new(|_| true)),
            (
                ExchangeQuery { connection: Some(ConnectionId(4)), ..plain.clone() },
                Box::new(|one| one.connection == Some(ConnectionId(4))),
            ),
            (
                ExchangeQuery { delivery: Some((ConnectionId(4), Serial(2))), ..plain.clone() },
                Box::new(|one| one.delivery == Some(Serial(2))),
            ),
            (ExchangeQuery { delivery: Some((ConnectionId(5), Serial(2))), ..plain.clone() }, Box::new(|_| false)),
            (
                ExchangeQuery { dialect: Some("mews".to_owned()), outbound: Some(true), ..plain.clone() },
                Box::new(|one| one.dialect == "mews" && one.is_outbound()),
            ),
            (
                ExchangeQuery {
                    statuses: vec![StatusFilter::Class(4), StatusFilter::Nothing],
                    operation: Some("push".to_owned()),
                    ..plain.clone()
                },
                Box::new(|one| (one.status == 404 || one.status == 0) && one.operation == "push"),
            ),
            (
                ExchangeQuery { from: Some(at(200)), until: Some(at(300)), ..plain.clone() },
                Box::new(|one| one.at >= at(200) && one.at < at(300)),
            ),
            (
                ExchangeQuery { words: ExchangeQuery::words_of("wo-77 SÜD"), ..plain.clone() },
                Box::new(|one| one.request_body.contains("WO-77")),
            ),
            (ExchangeQuery { dialect: Some("wialon".to_owned()), ..plain.clone() }, Box::new(|_| false)),
            (
                ExchangeQuery {
                    ids: Some((100..400).map(id).collect()),
                    statuses: vec![StatusFilter::Exactly(200)],
                    ..plain.clone()
                },
                Box::new(|one| one.status == 200 && one.at >= at(100) && one.at < at(400)),
            ),
        ];
        for (query, wanted) in cases {
            let expected: Vec<Exchange> = every.iter().filter(|one| wanted(one)).cloned().collect();
            assert_eq!(all(store, query.clone()).await, seconds(&expected), "{query:?}");
        }
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_go_back_the_way_they_came() {
    for world in World::each().await {
        let store = &world.store;
        for half in [1, 0] {
            (1..=100).filter(|second| second % 2 == half).for_each(|second| store.log_exchange(exchange(second)));
            store.inner.log.flush().await;
        }
        let ask = |before, after| ExchangeQuery { before, after, limit: 20, ..ExchangeQuery::default() };
        let first = store.search_exchanges(ACCOUNT, ask(None, None)).await.unwrap();
        let second = store.search_exchanges(ACCOUNT, ask(first.older, None)).await.unwrap();
        let third = store.search_exchanges(ACCOUNT, ask(second.older, None)).await.unwrap();
        let back = store.search_exchanges(ACCOUNT, ask(None, third.newer)).await.unwrap();
        assert_eq!(seconds(&back.exchanges), seconds(&second.exchanges), "newest first, too");
        let again = store.search_exchanges(ACCOUNT, ask(None, back.newer)).await.unwrap();
        assert_eq!(seconds(&again.exchanges), seconds(&first.exchanges));
        let on = store.search_exchanges(ACCOUNT, ask(again.older, None)).await.unwrap();
        assert_eq!(seconds(&on.exchanges), seconds(&second.exchanges));
        // Nothing newer yet, and then there is.
        let none = store.search_exchanges(ACCOUNT, ask(None, again.newer)).await.unwrap();
        assert_eq!((none.exchanges.len(), none.newer), (0, again.newer));
        store.log_exchange(exchange(101));
        store.inner.log.flush().await;
        let news = store.search_exchanges(ACCOUNT, ask(None, none.newer)).await.unwrap();
        assert_eq!(seconds(&news.exchanges), [101]);
        store.close().await.unwrap();
    }
}
