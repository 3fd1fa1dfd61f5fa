use super::*;
use crate::clock::SteeredClock;
use crate::hub::HubOptions;
use docket_core::connection::Caller;
use docket_core::ids::UnitId;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{Command, Field, Value};
use std::time::Duration;

async fn hub() -> (Arc<Hub>, AccountId, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
    let hub = Hub::open(HubOptions::embedded(folder.path(), clock)).await.unwrap();
    let account = hub.store().account("main", true).await.unwrap().unwrap();
    (hub, account, folder)
}

async fn create(hub: &Hub, account: AccountId, count: usize) {
    let caller = Caller::user(account, "test");
    for part in (0..count).collect::<Vec<_>>().chunks(250) {
        let order = |number: &usize| {
            let set = vec![(Field::Number, Value::Text(number.to_string()))];
            Request::create(Command { set, ..Command::default() })
        };
        let submission = Submission { requests: part.iter().map(order).collect(), ..Submission::default() };
        hub.submit(&caller, submission).await.unwrap();
    }
}

async fn reader(hub: &Arc<Hub>, account: AccountId, kinds: &str, after: Option<i64>) -> Reader {
    let filter = Filter::of_kinds(kinds).unwrap();
    let place = after.map(|after| Place::behind(Sequence(after)));
    Streams::reader(hub, account, filter, place, Box::new(|_| true)).await.unwrap()
}

/// The ids of what a reader is given until it has seen this place.
async fn ids(reader: &mut Reader, upto: i64) -> Vec<i64> {
    let mut ids = Vec::new();
    while reader.place().after.0 < upto {
        if let Next::Events(picked) = reader.next(Form::Blocks, Duration::from_secs(20)).await.unwrap() {
            assert!(picked.bytes() < 4 << 20);
            let text = String::from_utf8(picked.text().to_vec()).unwrap();
            ids.extend(text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse::<i64>().ok()));
        }
    }
    ids
}

#[tokio::test]
async fn every_reader_gets_every_entry_once_wherever_it_begins() {
    let (hub, account, _folder) = hub().await;
    create(&hub, account, 3_000).await;
    let mut readers = Vec::new();
    for after in [0, 1, 999, 2_999, 3_000] {
        readers.push((after, reader(&hub, account, "", Some(after)).await));
    }
    let mut late = reader(&hub, account, "entry", None).await;
    let (writing, account_of) = (Arc::clone(&hub), account);
    let writer = tokio::spawn(async move {
        for _ in 0..20 {
            create(&writing, account_of, 100).await;
        }
    });
    for (after, reader) in &mut readers {
        assert_eq!(ids(reader, 5_000).await, (*after + 1..=5_000).collect::<Vec<_>>());
    }
    writer.await.unwrap();
    assert_eq!(ids(&mut late, 5_000).await, (3_001..=5_000).collect::<Vec<_>>());
    // Far more than the window holds, while nobody reads on.
    create(&hub, account, 6_000).await;
    for (_, reader) in &mut readers {
        assert_eq!(ids(reader, 11_000).await, (5_001..=11_000).collect::<Vec<_>>());
    }
    assert_eq!(hub.streams().readers(), 6);
    drop(readers);
    assert_eq!(hub.streams().readers(), 1);
    hub.close().await.unwrap();
    assert!(matches!(late.next(Form::Blocks, Duration::from_secs(20)).await, Ok(Next::End)));
}

#[tokio::test]
async fn filters_let_places_move_on() {
    let (hub, account, _folder) = hub().await;
    create(&hub, account, 50).await;
    let serial = hub.journal(account, Sequence(7), 1).await.unwrap()[0].serial;
    let mut filter = Filter::of_kinds("created").unwrap();
    filter.order = Some(serial);
    let mut reader =
        Streams::reader(&hub, account, filter, Some(Place::behind(Sequence(0))), Box::new(|_| true)).await.unwrap();
    assert_eq!(ids(&mut reader, 50).await, [8]);
    let mut nothing = self::reader(&hub, account, "completed", Some(0)).await;
    assert!(matches!(nothing.next(Form::Blocks, Duration::from_millis(300)).await, Ok(Next::Nothing)));
    assert_eq!(nothing.place(), Place::behind(Sequence(50)));
    assert_eq!(Filter::of_kinds("created,gone"), Err("gone".to_owned()));
    let ahead =
        Streams::reader(&hub, account, Filter::default(), Some(Place::behind(Sequence(51))), Box::new(|_| true));
    assert!(matches!(ahead.await, Err(NoReader::Ahead(Sequence(50)))));
    hub.close().await.unwrap();
}

#[tokio::test]
async fn accounts_are_walls_and_permits_end() {
    let (hub, account, _folder) = hub().await;
    let other = hub.store().account("other", true).await.unwrap().unwrap();
    hub.refresh_directory().await.unwrap();
    let mut theirs = reader(&hub, other, "", Some(0)).await;
    create(&hub, account, 5).await;
    assert!(matches!(theirs.next(Form::Blocks, Duration::from_millis(300)).await, Ok(Next::Nothing)));
    create(&hub, other, 2).await;
    assert_eq!(ids(&mut theirs, 2).await, [1, 2]);
    let allowed = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let known = Arc::clone(&allowed);
    let permit: Permit = Box::new(move |_| known.load(std::sync::atomic::Ordering::SeqCst));
    let mut reader = Streams::reader(&hub, account, Filter::default(), None, permit).await.unwrap();
    let waiting = tokio::spawn(async move { reader.next(Form::Blocks, Duration::from_secs(20)).await });
    allowed.store(false, std::sync::atomic::Ordering::SeqCst);
    // Anything that changes about who may call has the permit looked at again.
    hub.store().account("third", true).await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Ok(Next::End)));
    hub.close().await.unwrap();
}

#[tokio::test]
async fn units_are_followed_as_they_move() {
    use docket_core::catalogue::{Position, Unit};
    let (hub, account, _folder) = hub().await;
    let unit = |id: i64| Unit {
        id: UnitId(id),
        name: format!("Van {id}"),
        unique_id: id.to_string(),
        created_at: hub.now(),
        ..Unit::default()
    };
    hub.put_unit(account, unit(1)).await.unwrap();
    hub.put_unit(account, unit(2)).await.unwrap();
    let position = |seconds: i64| Position {
        at: docket_core::Timestamp::from_second(1_768_000_000 + seconds).unwrap(),
        latitude: 53.9,
        longitude: 27.5 + seconds as f64 / 1e3,
        altitude_m: None,
        speed_kmh: None,
        course: None,
        satellites: 0,
    };
    hub.place_units(account, [(UnitId(1), position(0))]);
    let mut reader = reader(&hub, account, "position", None).await;
    let heard = async |reader: &mut Reader| loop {
        if let Next::Events(picked) = reader.next(Form::Objects, Duration::from_secs(20)).await.unwrap() {
            let list = format!("[{}]", String::from_utf8(picked.text().to_vec()).unwrap());
            return serde_json::from_str::<serde_json::Value>(&list).unwrap();
        }
    };
    let first = heard(&mut reader).await;
    assert_eq!(first.as_array().unwrap().len(), 2, "{first}");
    assert_eq!(first[0]["kind"], "position");
    (1..=5).for_each(|seconds| hub.place_units(account, [(UnitId(2), position(seconds))]));
    let moved = heard(&mut reader).await;
    assert_eq!(moved.as_array().unwrap().len(), 1, "only the last word: {moved}");
    let data = &moved[0]["data"];
    assert_eq!((data["unit"].as_i64(), data["position"]["longitude"].as_f64()), (Some(2), Some(27.505)));
    let place: Place = reader.place().to_string().parse().unwrap();
    assert_eq!(place, reader.place());
    // Who comes back with its place is told what is new only; who does not, where all are.
    let again = Streams::reader(&hub, account, Filter::of_kinds("position").unwrap(), Some(place), Box::new(|_| true));
    let mut again = again.await.unwrap();
    assert!(matches!(again.next(Form::Objects, Duration::from_millis(20)).await, Ok(Next::Nothing)));
    hub.close().await.unwrap();
}
