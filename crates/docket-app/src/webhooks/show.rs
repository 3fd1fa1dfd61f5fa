//! Receivers, messages and attempts as every face shows them: JSON.

use super::manage::settings;
use docket_core::Timestamp;
use docket_core::ids::AccountId;
use docket_store::{Webhook, WebhookAttempt, WebhookMessage};
use serde_json::{Value, json};

fn time(ms: i64) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |at| at.to_string().into())
}

/// A receiver; with how many messages wait and were given up.
pub fn webhook(webhook: &Webhook, (waiting, failed): (i64, i64), now: Timestamp) -> Value {
    let (settings, health, now_ms) = (settings(webhook), &webhook.health, now.as_millisecond());
    let old_until = (webhook.old_secret.is_some() && webhook.old_until_ms > now_ms).then(|| time(webhook.old_until_ms));
    json!({
        "id": webhook.id,
        "name": webhook.name,
        "url": settings.url,
        "events": settings.events,
        "connection": settings.connection,
        "description": settings.description,
        "status": webhook.state.word(),
        "since": time(webhook.state_ms),
        "after": webhook.place.0,
        "waiting": waiting,
        "failed": failed,
        "failing_since": health.failing_ms.map(time),
        "failures": health.failures,
        "not_before": Some(health.wait_until_ms).filter(|ms| *ms > now_ms).map(time),
        "last_success": health.succeeded_ms.map(time),
        "last_error": health.error,
        "old_secret_until": old_until,
        "created_at": settings.created_at.to_string(),
    })
}

/// The identity of a message, as receivers see it.
pub fn message_id(account: AccountId, place: i64) -> String {
    format!("msg_{account}_{place}")
}

/// A message that was not taken at once.
pub fn message(account: AccountId, message: &WebhookMessage) -> Value {
    json!({
        "id": message_id(account, message.place.0),
        "seq": message.place.0,
        "status": if message.failed { "failed" } else { "waiting" },
        "attempts": message.attempts,
        "first_attempt": time(message.first_ms),
        "next_attempt": (!message.failed).then(|| time(message.due_ms)),
        "error": message.error,
    })
}

/// An attempt.
pub fn attempt(account: AccountId, attempt: &WebhookAttempt) -> Value {
    json!({
        "id": attempt.id.to_string(),
        "at": time(attempt.at_ms),
        "message": attempt.place.map(|place| message_id(account, place.0)),
        "seq": attempt.place.map(|place| place.0),
        "test": attempt.place.is_none(),
        "attempt": attempt.attempt,
        "took_ms": attempt.took_ms,
        "status": attempt.status,
        "error": attempt.error,
        "answer": attempt.answer,
        "traceparent": attempt.traceparent,
    })
}
