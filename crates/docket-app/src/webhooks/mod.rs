//! Webhooks by the Standard Webhooks specification: programs are told what happens to orders, signed, until they took it.
//!
//! ```text
//! journal ─► lane (one per receiver: a place, messages that wait) ─► signed POST through Outside ─► attempt log
//!                 ▲ place, messages, attempts: one transaction, a few times a second
//! ```
//!
//! Each receiver has a lane of its own, with calls of its own: one that hangs delays nobody else. What may happen twice
//! is a call, with the same identity; never that one is lost.

mod lane;
mod manage;
mod schedule;
mod send;
mod settings;
pub mod show;
mod sign;
mod worker;

use crate::outside::{Outside, OutsideOptions};
use docket_core::Timestamp;
use docket_core::ids::{Sequence, Uuid};
use docket_store::WebhookAttempt;
pub use manage::{
    Given, KEEP_OLD_LIMIT_S, KEEP_OLD_S, WebhookError, add, enable, find, pause, replay, retry, rotate, secrets, set,
    settings, test,
};
pub use settings::{Settings, TEST, Wrong, type_of, types};
pub use sign::Secret;
use tokio::sync::Notify;
pub use worker::run;

/// How many calls are made at once in all. Each receiver has few of its own, so that none waits for another's.
const CALLS: usize = 2_048;

/// What the hub keeps in memory for webhooks.
pub struct Webhooks {
    outside: Outside,
    bell: Notify,
}

impl Webhooks {
    /// With a way out of their own.
    pub(crate) fn new(options: OutsideOptions) -> Webhooks {
        Webhooks { outside: Outside::new(options).with_room(CALLS), bell: Notify::new() }
    }

    /// The way out.
    pub fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Something about receivers changed: it is looked at now.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    async fn rung(&self) {
        self.bell.notified().await;
    }
}

fn attempt_of(
    id: Uuid,
    place: Option<Sequence>,
    attempt: i64,
    at: Timestamp,
    outcome: &send::Outcome,
) -> WebhookAttempt {
    WebhookAttempt {
        id,
        at_ms: at.as_millisecond(),
        place,
        attempt,
        took_ms: i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX),
        status: outcome.status.map(|status| status.as_u16()),
        error: outcome.error.clone(),
        answer: outcome.answer.clone(),
        traceparent: outcome.span.clone(),
    }
}
