//! Units, their past, and ways in that connections gave out, on a real store.

use super::{Fixture, fixture};
use crate::directory::credential_hash;
use crate::enroll::{self, Enrollment};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::{Caller, Role};
use docket_core::ids::{ConnectionId, UnitId};
use docket_core::ledger::{Claim, Grant, Ledger};
use docket_core::order::Rejection;
use docket_core::track::{Report, ReportQuery};
use jiff::ToSpan as _;

fn position(at: Timestamp, latitude: f64) -> Position {
    Position { at, latitude, longitude: 27.5, altitude_m: None, speed_kmh: Some(0.0), course: None, satellites: 5 }
}

fn ledger(fixture: &Fixture) -> (&dyn Ledger, Caller) {
    (&*fixture.hub, Caller::user(fixture.account, "token t"))
}

#[tokio::test]
async fn units_are_made_changed_and_removed() {
    let fixture = fixture().await;
    let (hub, caller) = ledger(&fixture);
    let unit = |name: &str, unique_id: &str| Unit {
        name: name.to_owned(),
        unique_id: unique_id.to_owned(),
        created_at: fixture.hub.now(),
        ..Unit::default()
    };
    let van = hub.put_unit(&caller, unit("Van", "355")).await.unwrap().unwrap();
    assert!(van.id.0 > 0);
    let twin = hub.put_unit(&caller, unit("Twin", "355")).await.unwrap();
    assert!(matches!(twin, Err(Rejection::Taken { .. })), "{twin:?}");
    let other = fixture.hub.store().account("other", true).await.unwrap().unwrap();
    let theirs = Caller::user(other, "token u");
    let twin = hub.put_unit(&theirs, unit("Twin", "355")).await.unwrap();
    assert!(matches!(twin, Err(Rejection::Taken { .. })), "in whatever account");
    assert_eq!(hub.put_unit(&theirs, van.clone()).await.unwrap(), Err(Rejection::NotFound), "accounts are walls");
    assert!(!hub.remove_unit(&theirs, van.id).await.unwrap());
    fixture.hub.place_units(fixture.account, [(van.id, position(fixture.hub.now(), 53.9))]);
    let renamed = Unit { name: "Van 2".to_owned(), password: "pw".to_owned(), ..van.clone() };
    hub.put_unit(&caller, renamed.clone()).await.unwrap().unwrap();
    let seen = hub.units(&caller).await.unwrap();
    assert_eq!(
        (seen[0].name.as_str(), seen[0].position.map(|at| at.latitude)),
        ("Van 2", Some(53.9)),
        "it stays there"
    );
    assert!(hub.remove_unit(&caller, van.id).await.unwrap());
    assert!(hub.units(&caller).await.unwrap().is_empty());
    assert_eq!(hub.put_unit(&caller, renamed).await.unwrap(), Err(Rejection::NotFound));
    let query = ReportQuery { unit: van.id, from: Timestamp::MIN, until: Timestamp::MAX, newest: false, limit: 9 };
    assert!(hub.reports(&caller, query).await.unwrap().is_empty());
    fixture.hub.close().await.unwrap();
}

#[tokio::test]
async fn what_units_said_is_there_at_once_and_for_as_long_as_it_is_kept() {
    let fixture = fixture().await;
    let (hub, caller) = ledger(&fixture);
    let van = hub.put_unit(&caller, Unit { name: "Van".to_owned(), ..Unit::default() }).await.unwrap().unwrap().id;
    let now = fixture.hub.now();
    let at = move |minutes: i64| now.checked_add(minutes.minutes()).unwrap();
    let all = ReportQuery { unit: van, from: at(-100_000), until: at(100_000), newest: false, limit: 100 };
    fixture.hub.place_units(fixture.account, [(van, position(at(0), 1.0)), (van, position(at(-5), 2.0))]);
    let found = hub.reports(&caller, all).await.unwrap();
    assert_eq!(found, [Report::of(position(at(-5), 2.0), now), Report::of(position(at(0), 1.0), now)]);
    assert_eq!(hub.units(&caller).await.unwrap()[0].position.map(|at| at.latitude), Some(1.0), "the newest counts");
    let silent = Report { position: None, alarm: true, ..Report::of(position(at(1), 0.0), now) };
    fixture.hub.take_reports(fixture.account, [(van, silent.clone())]);
    assert!(hub.remove_report(&caller, van, silent.clone()).await.unwrap(), "though it was not written down yet");
    assert!(!hub.remove_report(&caller, van, silent).await.unwrap());
    assert_eq!(hub.reports(&caller, all).await.unwrap().len(), 2);
    // Asked by many at once while more comes in, nobody misses what was there before they asked.
    let askers = (0..20).map(|turn| {
        let (hub, caller) = (std::sync::Arc::clone(&fixture.hub), caller.clone());
        let account = fixture.account;
        tokio::spawn(async move {
            let report = Report::of(position(at(10 + turn), 3.0), now);
            hub.take_reports(account, [(van, report.clone())]);
            Ledger::reports(&*hub, &caller, all).await.unwrap().contains(&report)
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        assert!(asker.await.unwrap());
    }
    fixture.clock.set(at(60 * 24 * 40));
    fixture.hub.forget_reports().await;
    assert!(hub.reports(&caller, all).await.unwrap().is_empty(), "kept for thirty days");
    fixture.hub.close().await.unwrap();
}

#[tokio::test]
async fn what_a_connection_gives_out_lets_in_until_it_is_taken_back() {
    let fixture = fixture().await;
    let request = Enrollment {
        dialect: "wialon",
        name: "main",
        account: "main",
        role: Role::Serve,
        set: &[],
        base_url: "http://127.0.0.1",
    };
    let enrolled = enroll::add(fixture.hub.store(), request, fixture.hub.now()).await.unwrap();
    fixture.hub.refresh_directory().await.unwrap();
    let (hub, id) = (ledger(&fixture).0, enrolled.connection.id);
    let claims = [Claim { kind: Grant::KIND, value: "given out" }];
    let who = async || {
        let found = hub.authenticate("wialon", &claims).await.unwrap();
        found.and_then(|caller| caller.connection_id())
    };
    assert_eq!(who().await, None);
    let grant = Grant { hash: credential_hash("given out"), data: "{}".to_owned() };
    hub.put_grant(id, grant.clone()).await.unwrap();
    assert_eq!(who().await, Some(id), "at once");
    assert_eq!(hub.grants(id).await.unwrap(), std::slice::from_ref(&grant));
    assert_eq!(hub.grant(id, &grant.hash).await.unwrap(), Some(grant.clone()));
    assert_eq!(hub.grant(ConnectionId(id.0 + 1), &grant.hash).await.unwrap(), None);
    assert_eq!(hub.connections("wialon").await.unwrap().len(), 1);
    assert!(hub.remove_grant(id, &grant.hash).await.unwrap());
    assert!(!hub.remove_grant(id, &grant.hash).await.unwrap());
    assert_eq!(who().await, None);
    hub.put_grant(id, grant).await.unwrap();
    enroll::rotate(fixture.hub.store(), &enrolled.connection, &[], "http://127.0.0.1").await.unwrap();
    fixture.hub.refresh_directory().await.unwrap();
    assert_eq!(who().await, None, "new credentials end it");
    fixture.hub.close().await.unwrap();
}

#[tokio::test]
async fn a_unit_nobody_knows_says_nothing() {
    let fixture = fixture().await;
    let (hub, caller) = ledger(&fixture);
    let query =
        ReportQuery { unit: UnitId(77), from: Timestamp::MIN, until: Timestamp::MAX, newest: true, limit: usize::MAX };
    assert!(hub.reports(&caller, query).await.unwrap().is_empty());
    fixture.hub.close().await.unwrap();
}
