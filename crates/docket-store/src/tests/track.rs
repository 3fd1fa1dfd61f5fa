//! What units said, and ways in that connections gave out.

use super::suite::connection;
use super::support::{ACCOUNT, World};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Scope;
use docket_core::ids::{AccountId, UnitId, Uuid};
use docket_core::ledger::Grant;
use docket_core::track::{Report, ReportQuery};

const START: i64 = 1_768_471_200;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

fn report(second: i64, latitude: f64) -> Report {
    let position = Position {
        at: at(second),
        latitude,
        longitude: 27.5,
        altitude_m: Some(200.0),
        speed_kmh: Some(0.5),
        course: Some(90.0),
        satellites: 9,
    };
    Report::of(position, at(second + 1))
}

fn ids() -> impl FnMut() -> Uuid {
    let mut last = 0_u128;
    move || {
        last += 1;
        Uuid::from_u128(last)
    }
}

async fn unit(world: &World, account: AccountId) -> UnitId {
    let id = UnitId(world.store.next_item().await.unwrap());
    let unit = Unit { id, name: format!("Van {id}"), hardware: 9, password: "pw".to_owned(), ..Unit::default() };
    world.store.put_unit(account, unit.clone()).await.unwrap();
    assert!(world.store.units(account).await.unwrap().contains(&unit));
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_come_back_in_order_of_their_time() {
    for world in World::each().await {
        let store = &world.store;
        let (van, cart) = (unit(&world, ACCOUNT).await, unit(&world, ACCOUNT).await);
        let mut id = ids();
        let mut all: Vec<Report> = (0..1300).map(|second| report(second * 7, second as f64)).collect();
        // Late ones, from a tracker that was out of reach: in between, and two of one moment.
        let late = vec![report(30, 1.0), report(30, 2.0), report(4000, 3.0), report(-90, 4.0)];
        for (turn, batch) in all.chunks(300).enumerate() {
            let batch: Vec<_> =
                batch.iter().flat_map(|report| [(van, report.clone()), (cart, report.clone())]).collect();
            store.add_reports(&batch, at(0), &mut id).await.unwrap();
            if turn == 2 {
                assert_eq!(store.fold_reports(at(59), &mut id).await.unwrap(), 0, "not yet");
                assert_eq!(store.fold_reports(at(60), &mut id).await.unwrap(), 1800);
            }
        }
        let said: Vec<_> = late.iter().map(|report| (van, report.clone())).collect();
        store.add_reports(&said, at(0), &mut id).await.unwrap();
        all.extend(late);
        let last = store.recent_positions().await.unwrap();
        assert_eq!(last, [(van, all[1299].position.unwrap()), (cart, all[1299].position.unwrap())]);
        let spans = [(-1000, 100_000), (0, 0), (30, 30), (29, 31), (700, 4200), (4200, 700), (9093, 9093), (-90, -90)];
        for (from, until) in spans {
            for newest in [false, true] {
                for limit in [0, 1, 2, 5, 600, 9999] {
                    let query = ReportQuery { unit: van, from: at(from), until: at(until), newest, limit };
                    let found = store.reports(ACCOUNT, query).await.unwrap();
                    assert_eq!(found, query.pick(all.clone()), "{query:?}");
                }
            }
        }
        let whole = ReportQuery { unit: van, from: at(-1000), until: at(100_000), newest: false, limit: 9999 };
        assert!(store.reports(AccountId(8), whole).await.unwrap().is_empty(), "accounts are walls");
        assert!(!store.remove_report(AccountId(8), van, &all[3], &mut id).await.unwrap());
        for gone in [3, 1300, 1301, 1302] {
            assert!(store.remove_report(ACCOUNT, van, &all[gone], &mut id).await.unwrap());
            assert!(!store.remove_report(ACCOUNT, van, &all[gone], &mut id).await.unwrap(), "only once");
        }
        assert_eq!(store.reports(ACCOUNT, whole).await.unwrap().len(), 1300);
        // What is over is forgotten, of every unit.
        assert!(store.forget_reports(at(5000)).await.unwrap() > 0);
        let left = store.reports(ACCOUNT, whole).await.unwrap();
        assert!(left.iter().all(|report| report.at >= at(5000 - 120)));
        assert_eq!(left.iter().filter(|report| report.at >= at(5000)).count(), 1300 - 5000 / 7 - 1);
        assert!(store.remove_unit(ACCOUNT, van).await.unwrap());
        assert!(!store.remove_unit(ACCOUNT, van).await.unwrap());
        assert!(!store.remove_unit(AccountId(8), cart).await.unwrap());
        assert!(store.reports(ACCOUNT, whole).await.unwrap().is_empty());
        assert!(!store.reports(ACCOUNT, ReportQuery { unit: cart, ..whole }).await.unwrap().is_empty());
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missing_or_twice_while_it_is_folded() {
    for world in World::each().await {
        let store = &world.store;
        let mut units = Vec::new();
        for _ in 0..40 {
            units.push(unit(&world, ACCOUNT).await);
        }
        let folding = |who: u128| {
            let store = store.clone();
            async move {
                let mut last = who << 64;
                let mut folded = 0;
                for _ in 0..30 {
                    let id = || {
                        last += 1;
                        Uuid::from_u128(last)
                    };
                    folded += store.fold_reports(at(100_000), id).await.unwrap();
                    tokio::task::yield_now().await;
                }
                folded
            }
        };
        let folders = [tokio::spawn(folding(1)), tokio::spawn(folding(2))];
        let mut id = ids();
        for second in 0..60 {
            let said: Vec<_> = units.iter().map(|unit| (*unit, report(second, unit.0 as f64))).collect();
            store.add_reports(&said, at(second), &mut id).await.unwrap();
            let unit = units[second as usize % units.len()];
            let query = ReportQuery { unit, from: at(0), until: at(100), newest: second % 2 == 0, limit: 999 };
            let found = store.reports(ACCOUNT, query).await.unwrap();
            let said: Vec<Report> = (0..=second).map(|second| report(second, unit.0 as f64)).collect();
            assert_eq!(found, said);
        }
        for folder in folders {
            folder.await.unwrap();
        }
        store.fold_reports(at(100_000), &mut id).await.unwrap();
        assert!(store.recent_positions().await.unwrap().is_empty());
        for unit in units {
            let query = ReportQuery { unit, from: at(0), until: at(100), newest: false, limit: 999 };
            assert_eq!(store.reports(ACCOUNT, query).await.unwrap().len(), 60);
        }
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_without_a_tracker_do_not_collide() {
    for world in World::each().await {
        unit(&world, ACCOUNT).await;
        unit(&world, ACCOUNT).await;
        unit(&world, AccountId(8)).await;
        world.store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_are_the_connections_and_go_with_its_credentials() {
    for world in World::each().await {
        let store = &world.store;
        let credentials = vec![("token".to_owned(), "aa".to_owned())];
        let made = store.add_connection(connection(0, Scope::Own), credentials).await.unwrap();
        let grant = |hash: &str, data: &str| Grant { hash: hash.to_owned(), data: data.to_owned() };
        let before = store.directory_version().await.unwrap();
        store.put_grant(made.id, &grant("bb", "{}")).await.unwrap();
        store.put_grant(made.id, &grant("cc", "{\"a\":1}")).await.unwrap();
        store.put_grant(made.id, &grant("bb", "{\"b\":2}")).await.unwrap();
        assert!(store.directory_version().await.unwrap() > before);
        let directory = store.directory().await.unwrap();
        assert_eq!(directory.grants, [(made.id, grant("bb", "{\"b\":2}")), (made.id, grant("cc", "{\"a\":1}"))]);
        assert!(store.remove_grant(made.id, "cc").await.unwrap());
        assert!(!store.remove_grant(made.id, "cc").await.unwrap());
        store.put_credentials(made.id, vec![("token".to_owned(), "dd".to_owned())]).await.unwrap();
        assert!(store.directory().await.unwrap().grants.is_empty(), "new credentials end what was given out");
        store.put_grant(made.id, &grant("bb", "{}")).await.unwrap();
        store.remove_connection(made.id).await.unwrap();
        assert!(store.directory().await.unwrap().grants.is_empty());
        store.close().await.unwrap();
    }
}
