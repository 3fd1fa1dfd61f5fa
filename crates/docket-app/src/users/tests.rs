//! Sessions as the hub keeps them, without HTTP.

use super::{Origin, Proof, grant, sign_in};
use crate::clock::SteeredClock;
use crate::hub::{Hub, HubOptions};
use docket_core::connection::Access;
use std::sync::Arc;

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn what_is_over_is_forgotten_and_then_nothing_is_written_any_more() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
    let hub = Hub::open(HubOptions::embedded(data.path(), Arc::clone(&clock) as _)).await.unwrap();
    grant(hub.store(), ("ann", "main"), Access::Viewer, Some("correct horse"), 0).await.unwrap();
    let enter = async || {
        let proof = Proof { name: "ann".to_owned(), password: "correct horse".to_owned(), code: None };
        let origin = Origin { peer: [192, 0, 2, 1].into(), agent: "Test", instead_of: None };
        sign_in(&hub, proof, origin).await.unwrap()
    };
    let (used, idle) = (enter().await, enter().await);
    clock.advance_ms(11 * 60 * MINUTE_MS);
    assert!(hub.signed(&used.token).is_some());
    hub.tend_sessions().await;
    let seen = hub.store().sessions_seen(hub.now().as_millisecond()).await.unwrap();
    assert_eq!(seen.len(), 1, "its use is written down");
    clock.advance_ms(61 * MINUTE_MS);
    assert!(hub.signed(&idle.token).is_none() && hub.still_signed(&used.signed));
    // Not at once, for another hub may know better.
    hub.tend_sessions().await;
    assert_eq!(hub.store().people().await.unwrap().sessions.len(), 2);
    clock.advance_ms(2 * MINUTE_MS);
    hub.tend_sessions().await;
    assert_eq!(hub.store().people().await.unwrap().sessions.len(), 1);
    hub.refresh_people().await.unwrap();
    let version = hub.store().people_version().await.unwrap();
    hub.tend_sessions().await;
    assert_eq!(hub.store().people_version().await.unwrap(), version);
    assert!(hub.still_signed(&used.signed));
    hub.close().await.unwrap();
}
