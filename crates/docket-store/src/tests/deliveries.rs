//! What is owed to counterparts, and what comparing with them found.

use super::support::{ACCOUNT, World};
use crate::{Delivery, DeliveryQuery, DeliveryStatus, DifferenceKind, Hold, Owed, Resolve, Sent, Store};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial};
use docket_core::ledger::Record;

const TO: ConnectionId = ConnectionId(3);
const OTHER: ConnectionId = ConnectionId(4);

fn owed(serial: i64, wanted: i64) -> Owed {
    Owed { connection: TO, serial: Serial(serial), wanted: Sequence(wanted), needs_release: false }
}

async fn owe(store: &Store, owed: &[Owed], now_ms: i64) {
    store.owe(ACCOUNT, owed, now_ms, None).await.unwrap();
}

async fn one(store: &Store, serial: i64) -> Delivery {
    store.delivery(ACCOUNT, TO, Serial(serial)).await.unwrap().unwrap()
}

async fn stands(store: &Store, serial: i64) -> (DeliveryStatus, i64) {
    let delivery = one(store, serial).await;
    (delivery.status, delivery.attempts)
}

/// Takes what is due on its way.
async fn take(store: &Store, now_ms: i64) -> Vec<Delivery> {
    let due = store.due(TO, now_ms, 10).await.unwrap();
    let taken = store.begin_sending(&due, now_ms).await.unwrap();
    assert!(taken.iter().all(|taken| *taken));
    due
}

fn synced() -> Sent {
    Sent::Synced { summary: "created as 14".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_is_sent_once() {
    for world in World::each().await {
        let store = &world.store;
        let place = Record {
            holder: ACCOUNT.into(),
            namespace: "relay".to_owned(),
            key: "after".to_owned(),
            value: Some("12".to_owned()),
            expected: None,
        };
        store.owe(ACCOUNT, &[owed(1, 10), owed(2, 11), owed(1, 12)], 100, Some(&place)).await.unwrap();
        assert_eq!(store.record(ACCOUNT.into(), "relay", "after").await.unwrap().as_deref(), Some("12"));
        assert_eq!(one(store, 1).await.wanted, Sequence(12), "one row, the last place");
        owe(store, &[owed(1, 9)], 150).await;
        assert_eq!(one(store, 1).await.wanted, Sequence(12), "what was read before is not owed again");
        assert!(store.due(TO, 99, 10).await.unwrap().is_empty() && store.due(OTHER, 999, 10).await.unwrap().is_empty());
        let due = take(store, 200).await;
        assert_eq!(due.iter().map(|delivery| delivery.serial.0).collect::<Vec<_>>(), [1, 2]);
        assert!(store.due(TO, 999, 10).await.unwrap().is_empty(), "it is on its way");
        // While it is, there is more: it waits again afterwards.
        owe(store, &[owed(1, 13)], 210).await;
        let ended: Vec<_> = due.into_iter().map(|delivery| (delivery, synced())).collect();
        store.sent(&ended, 220).await.unwrap();
        assert_eq!(stands(store, 1).await, (DeliveryStatus::Queued, 0));
        assert_eq!(one(store, 1).await.covered, Sequence(12));
        assert_eq!(stands(store, 2).await, (DeliveryStatus::Synced, 0));
        assert_eq!(one(store, 2).await.summary.as_deref(), Some("created as 14"));
        // Said twice, counted once.
        store.sent(&ended, 230).await.unwrap();
        assert_eq!(stands(store, 1).await, (DeliveryStatus::Queued, 0));
        assert_eq!(store.delivery(AccountId(8), TO, Serial(1)).await.unwrap(), None, "accounts are walls");
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_waits_or_waits_for_a_person() {
    for world in World::each().await {
        let store = &world.store;
        owe(store, &[owed(1, 1), owed(2, 2), owed(3, 3), owed(4, 4)], 100).await;
        let taken = take(store, 100).await;
        let later = Sent::Later { due_ms: 500, error: "nobody\u{0}there".to_owned(), counts: true };
        let whats = [later, Sent::Refused("no".to_owned()), Sent::Unknown("?".to_owned()), synced()];
        let ended: Vec<_> = taken.clone().into_iter().zip(whats).collect();
        store.sent(&ended, 110).await.unwrap();
        assert_eq!(stands(store, 1).await, (DeliveryStatus::Queued, 1));
        assert_eq!(one(store, 1).await.error.as_deref(), Some("nobody\u{0}there"));
        assert!(store.due(TO, 499, 10).await.unwrap().is_empty());
        assert_eq!(store.due(TO, 500, 10).await.unwrap().len(), 1);
        assert_eq!(stands(store, 2).await.0, DeliveryStatus::Error);
        assert_eq!(one(store, 3).await.hold, Some(Hold::Unknown));
        // News make another try of what was refused, never of what nobody knows about.
        owe(store, &[owed(2, 20), owed(3, 21), owed(4, 22)], 600).await;
        assert_eq!(stands(store, 2).await, (DeliveryStatus::Queued, 0));
        assert_eq!(stands(store, 3).await.0, DeliveryStatus::Held);
        assert_eq!(one(store, 3).await.wanted, Sequence(21));
        assert_eq!(stands(store, 4).await.0, DeliveryStatus::Queued);
        let resolve = async |serial: i64, resolve: Resolve| {
            store.resolve_delivery(TO, Serial(serial), resolve, 700).await.unwrap()
        };
        assert!(!resolve(3, Resolve::Release).await, "it is not held for that");
        assert!(resolve(3, Resolve::Retry).await);
        assert_eq!(stands(store, 3).await.0, DeliveryStatus::Queued);
        assert!(resolve(1, Resolve::Drop).await);
        assert_eq!(stands(store, 1).await.0, DeliveryStatus::Dropped);
        assert!(!resolve(99, Resolve::Retry).await);
        assert!(!resolve(99, Resolve::Anew).await && resolve(4, Resolve::Anew).await);
        assert!(one(store, 4).await.anew);
        // A process ends while something is on its way: the next one sends it again.
        let taken = take(store, 800).await;
        assert_eq!(taken.len(), 3);
        assert!(resolve(2, Resolve::Drop).await && !resolve(3, Resolve::Retry).await);
        let again = world.another().await;
        assert_eq!(again.recall_sending(TO, 9_000).await.unwrap(), 2);
        again.close().await.unwrap();
        let ended: Vec<_> = taken.into_iter().map(|delivery| (delivery, synced())).collect();
        store.sent(&ended, 810).await.unwrap();
        assert_eq!(stands(store, 2).await.0, DeliveryStatus::Dropped, "what a person gave up stays so");
        assert_eq!(stands(store, 3).await.0, DeliveryStatus::Queued, "who was late says nothing");
        let taken = take(store, 900).await;
        let ended: Vec<_> = taken.into_iter().map(|delivery| (delivery, synced())).collect();
        store.sent(&ended, 910).await.unwrap();
        assert!(!one(store, 4).await.anew);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_of_a_delivery_shows_in_what_changed() {
    for world in World::each().await {
        let store = &world.store;
        let changed = async |since_ms: i64| {
            let found = store.deliveries_changed(ACCOUNT, since_ms, 10).await.unwrap();
            found.iter().map(|delivery| delivery.serial.0).collect::<Vec<_>>()
        };
        owe(store, &[owed(1, 1), owed(2, 2)], 100).await;
        assert_eq!((changed(100).await, changed(101).await), (vec![1, 2], vec![]));
        let taken = take(store, 200).await;
        assert_eq!(changed(200).await, [1, 2]);
        let later = Sent::Later { due_ms: 900, error: "busy".to_owned(), counts: true };
        store.sent(&[(taken[0].clone(), later)], 300).await.unwrap();
        assert_eq!(changed(300).await, [1]);
        store.sent(&[(taken[1].clone(), Sent::Refused("no".to_owned()))], 400).await.unwrap();
        assert_eq!((changed(300).await, changed(400).await), (vec![2, 1], vec![2]));
        for (resolve, now_ms) in [(Resolve::Retry, 500), (Resolve::Anew, 600), (Resolve::Drop, 700)] {
            assert!(store.resolve_delivery(TO, Serial(2), resolve, now_ms).await.unwrap());
            assert_eq!(changed(now_ms).await, [2]);
        }
        assert_eq!(take(store, 900).await.len(), 1);
        store.recall_sending(TO, 1_000).await.unwrap();
        assert_eq!(changed(1_000).await, [1]);
        assert!(store.deliveries_changed(AccountId(8), 0, 10).await.unwrap().is_empty(), "accounts are walls");
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_costs_waits_for_a_release_once() {
    for world in World::each().await {
        let store = &world.store;
        let costly = Owed { needs_release: true, ..owed(1, 1) };
        owe(store, &[costly], 100).await;
        assert_eq!(one(store, 1).await.hold, Some(Hold::Release));
        assert!(!store.resolve_delivery(TO, Serial(1), Resolve::Retry, 110).await.unwrap(), "it takes a release");
        assert!(store.resolve_delivery(TO, Serial(1), Resolve::Release, 110).await.unwrap());
        assert_eq!(take(store, 120).await.len(), 1);
        let delivery = one(store, 1).await;
        store.sent(&[(delivery, synced())], 130).await.unwrap();
        owe(store, &[Owed { wanted: Sequence(5), ..costly }], 140).await;
        assert_eq!(stands(store, 1).await.0, DeliveryStatus::Queued, "what was let go once goes on");
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_listed_and_counted() {
    for world in World::each().await {
        let store = &world.store;
        for serial in 1..=7 {
            owe(store, &[owed(serial, serial), Owed { connection: OTHER, ..owed(serial, serial) }], serial / 2).await;
        }
        let taken = take(store, 50).await;
        store.sent(&[(taken[0].clone(), synced())], 60).await.unwrap();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = DeliveryQuery { after, limit: 4, ..DeliveryQuery::default() };
            let page = store.deliveries(ACCOUNT, &query).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.since_ms, last.connection, last.serial));
            seen.extend(page.iter().map(|delivery| (delivery.connection.0, delivery.serial.0)));
        }
        assert_eq!(seen.len(), 14);
        assert_eq!(seen[0], (3, 1), "what changed last comes first");
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), 14);
        let query = DeliveryQuery {
            connection: Some(TO),
            statuses: vec![DeliveryStatus::Synced, DeliveryStatus::Error],
            limit: 10,
            ..DeliveryQuery::default()
        };
        assert_eq!(store.deliveries(ACCOUNT, &query).await.unwrap().len(), 1);
        let query = DeliveryQuery { serial: Some(Serial(4)), limit: 10, ..DeliveryQuery::default() };
        assert_eq!(store.deliveries(ACCOUNT, &query).await.unwrap().len(), 2);
        let counts = store.delivery_counts(ACCOUNT).await.unwrap();
        assert!(counts.contains(&(TO, DeliveryStatus::Sending, 6, 1)), "{counts:?}");
        assert!(counts.contains(&(TO, DeliveryStatus::Synced, 1, 60)) && counts.len() == 3, "{counts:?}");
        assert!(store.delivery_counts(AccountId(8)).await.unwrap().is_empty());
        store.remove_connection(TO).await.unwrap();
        assert_eq!(store.delivery_counts(ACCOUNT).await.unwrap().len(), 1);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_come_stay_and_go() {
    for world in World::each().await {
        let store = &world.store;
        let found = |kind: DifferenceKind, subject: &str, serial: Option<i64>| {
            (kind, subject.to_owned(), serial.map(Serial), "{}".to_owned())
        };
        let both = [found(DifferenceKind::Differs, "7", Some(7)), found(DifferenceKind::MissingHere, "x\u{0}", None)];
        store.note_differences(TO, &both, 100).await.unwrap();
        store.note_differences(TO, &both[..1], 200).await.unwrap();
        let all = store.differences(TO, None, 10).await.unwrap();
        assert_eq!((all[0].since_ms, all[0].seen_ms, all[0].serial), (100, 200, Some(Serial(7))));
        assert_eq!(all[1].subject, "x\u{0}");
        let after = Some((all[0].kind, all[0].subject.clone()));
        assert_eq!(store.differences(TO, after, 10).await.unwrap(), all[1..]);
        let counts = store.difference_counts(TO).await.unwrap();
        assert_eq!(counts, [(DifferenceKind::Differs, 1), (DifferenceKind::MissingHere, 1)]);
        assert_eq!(store.forget_differences(TO, 200).await.unwrap(), 1);
        store.settle_differences(TO, &[Serial(7)]).await.unwrap();
        assert!(store.differences(TO, None, 10).await.unwrap().is_empty());
        store.close().await.unwrap();
    }
}
