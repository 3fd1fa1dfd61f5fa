//! Receivers of webhooks.

use super::support::{ACCOUNT, World};
use crate::{
    StoreError, Webhook, WebhookAttempt, WebhookChange, WebhookHealth, WebhookMessage, WebhookProgress, WebhookState,
};
use docket_core::ids::{AccountId, Sequence, Uuid};

fn receiver(name: &str) -> Webhook {
    Webhook {
        id: 0,
        account: ACCOUNT,
        name: name.to_owned(),
        document: "{\"url\":\"http://a\u{0}\"}".to_owned(),
        secret: "sealed".to_owned(),
        old_secret: None,
        old_until_ms: 0,
        state: WebhookState::Enabled,
        state_ms: 5,
        place: Sequence(7),
        generation: 1,
        health: WebhookHealth::default(),
    }
}

fn message(webhook: i64, place: i64, failed: bool) -> WebhookMessage {
    WebhookMessage {
        webhook,
        place: Sequence(place),
        failed,
        attempts: 1,
        first_ms: 10,
        due_ms: 20,
        error: "no\u{0}".to_owned(),
    }
}

fn attempt(number: u128, place: Option<i64>, error: Option<&str>) -> WebhookAttempt {
    WebhookAttempt {
        id: Uuid::from_u128(number),
        at_ms: 10,
        place: place.map(Sequence),
        attempt: 1,
        took_ms: 3,
        status: error.is_none().then_some(204),
        error: error.map(str::to_owned),
        answer: String::new(),
        traceparent: place.map(|_| format!("00-{number:032x}-0000000000000001-00")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_are_kept_and_changed() {
    for world in World::each().await {
        let store = &world.store;
        let added = store.add_webhook(receiver("a")).await.unwrap();
        assert!(matches!(store.add_webhook(receiver("a")).await, Err(StoreError::Conflict)));
        let other = store.add_webhook(Webhook { account: AccountId(8), ..receiver("a") }).await.unwrap();
        assert_ne!(added.id, other.id);
        assert_eq!(store.webhook(added.id).await.unwrap(), Some(added.clone()));
        assert_eq!(store.webhooks(Some(ACCOUNT)).await.unwrap(), std::slice::from_ref(&added));
        assert_eq!(store.webhooks(None).await.unwrap().len(), 2);
        let change = WebhookChange {
            document: Some("{}".to_owned()),
            secret: Some(("other".to_owned(), 99)),
            state: Some(WebhookState::Paused),
            place: Some(Sequence(3)),
            ..WebhookChange::default()
        };
        assert!(store.change_webhook(added.id, change, 50).await.unwrap());
        let changed = store.webhook(added.id).await.unwrap().unwrap();
        assert_eq!(
            (changed.secret.as_str(), changed.old_secret.as_deref(), changed.old_until_ms),
            ("other", Some("sealed"), 99)
        );
        assert_eq!(
            (changed.state, changed.state_ms, changed.place, changed.generation),
            (WebhookState::Paused, 50, Sequence(3), 2)
        );
        assert!(!store.change_webhook(999, WebhookChange::default(), 50).await.unwrap());
        store.remove_webhook(added.id).await.unwrap();
        assert_eq!(store.webhook(added.id).await.unwrap(), None);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_noted_unless_a_person_was_faster() {
    for world in World::each().await {
        let store = &world.store;
        let known = store.add_webhook(receiver("a")).await.unwrap();
        let health = WebhookHealth {
            failing_ms: Some(10),
            failures: 2,
            wait_until_ms: 30,
            succeeded_ms: None,
            error: Some("no".to_owned()),
        };
        let progress = WebhookProgress {
            place: Sequence(9),
            health: health.clone(),
            state: Some(WebhookState::Disabled),
            put: vec![message(known.id, 8, false), message(known.id, 9, true)],
            done: Vec::new(),
            attempts: vec![attempt(1, Some(8), Some("no")), attempt(2, Some(9), None)],
        };
        assert!(store.webhook_progress(&known, &progress, 60).await.unwrap());
        let now = store.webhook(known.id).await.unwrap().unwrap();
        assert_eq!(
            (now.place, now.state, now.state_ms, &now.health),
            (Sequence(9), WebhookState::Disabled, 60, &health)
        );
        let of = async |failed| store.webhook_messages(known.id, failed, Sequence(0), 10).await.unwrap();
        assert_eq!(of(None).await, progress.put);
        assert_eq!(of(Some(true)).await, progress.put[1..]);
        assert_eq!(store.webhook_counts(known.id).await.unwrap(), (1, 1));
        let attempts = store.webhook_attempts(known.id, None, false, None, 10).await.unwrap();
        assert_eq!(attempts, [attempt(2, Some(9), None), attempt(1, Some(8), Some("no"))]);
        assert_eq!(store.webhook_attempts(known.id, Some(Sequence(8)), false, None, 10).await.unwrap().len(), 1);
        assert_eq!(
            store.webhook_attempts(known.id, None, true, Some(attempts[0].id), 10).await.unwrap(),
            attempts[1..]
        );
        // A person changes it: whoever sends must read again, and messages are where the person wants them.
        let change =
            WebhookChange { retry_failed: true, state: Some(WebhookState::Enabled), ..WebhookChange::default() };
        store.change_webhook(known.id, change, 70).await.unwrap();
        let later = WebhookProgress { place: Sequence(20), done: vec![Sequence(8)], ..WebhookProgress::default() };
        assert!(!store.webhook_progress(&known, &later, 80).await.unwrap());
        let now = store.webhook(known.id).await.unwrap().unwrap();
        assert_eq!((now.place, now.state, now.health.failures), (Sequence(9), WebhookState::Enabled, 0));
        let waiting = of(Some(false)).await;
        assert_eq!((waiting.len(), waiting[0].place, waiting[0].due_ms), (1, Sequence(9), 70));
        store.webhook_tested(known.id, &attempt(9, None, None)).await.unwrap();
        assert_eq!(store.webhook_attempts(known.id, None, false, None, 1).await.unwrap()[0].place, None);
        // Only the last thousand attempts are kept.
        let attempts: Vec<WebhookAttempt> = (10..3_010).map(|number| attempt(number, Some(1), None)).collect();
        store.webhook_progress(&now, &WebhookProgress { attempts, ..WebhookProgress::default() }, 90).await.unwrap();
        let kept = store.webhook_attempts(known.id, None, false, None, 5_000).await.unwrap();
        assert_eq!((kept.len(), kept[999].id), (1_000, Uuid::from_u128(2_010)));
        store.close().await.unwrap();
    }
}
