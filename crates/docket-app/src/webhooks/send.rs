//! One message: its text, its signatures, one attempt.

use super::settings::{Settings, TEST, type_of};
use super::sign::{Secret, signatures};
use crate::outside::{Call, Outside, Redirects};
use crate::trace::{self, Span, TRACEPARENT, Trace};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Uuid};
use docket_core::order::Entry;
use docket_store::record::entry_document;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;
use std::time::Duration;

/// How long a receiver may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// The largest answer, and how much of it is kept.
const ANSWER: usize = 1 << 20;
const KEPT: usize = 512;

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The same for every attempt, so that a receiver knows what it has.
    pub(super) id: String,
    pub(super) body: Bytes,
}

impl Message {
    /// About an entry of the journal.
    pub(super) fn about(account: AccountId, entry: &Entry) -> Message {
        let data = entry_document(entry);
        let kind = type_of(entry.verb());
        let body = format!("{{\"type\":\"{kind}\",\"timestamp\":\"{}\",\"data\":{data}}}", entry.at);
        Message { id: format!("msg_{account}_{}", entry.sequence), body: body.into() }
    }

    /// To try a receiver.
    pub(super) fn test(name: &str, id: Uuid, now: Timestamp) -> Message {
        let data = json!({"webhook": name, "message": "This is a test: nothing happened."});
        let body = json!({"type": TEST, "timestamp": now.to_string(), "data": data}).to_string();
        Message { id: format!("msg_test_{}", id.simple()), body: body.into() }
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) status: Option<StatusCode>,
    /// Why it failed; `None` when it was taken.
    pub(super) error: Option<String>,
    pub(super) answer: String,
    /// The receiver asks to be left alone for so long.
    pub(super) asked: Option<Duration>,
    pub(super) took: Duration,
    /// The `traceparent` it was sent with.
    pub(super) span: Option<String>,
}

fn headers(message: &Message, secrets: &[Secret], trace: Trace, now: Timestamp) -> HeaderMap {
    let timestamp = now.as_second();
    let signed = signatures(secrets, &message.id, timestamp, &message.body);
    let own = [
        ("webhook-id", message.id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signed),
    ];
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in own {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    trace::put(Span::within(trace, rand::random()), &mut headers);
    headers
}

/// Sends a message once.
pub(super) async fn attempt(
    outside: &Outside,
    settings: &Settings,
    secrets: &[Secret],
    message: &Message,
    trace: Trace,
    now: Timestamp,
) -> Outcome {
    let headers = headers(message, secrets, trace, now);
    let span = headers.get(TRACEPARENT).and_then(|value| Some(value.to_str().ok()?.to_owned()));
    let call = Call {
        method: Method::POST,
        url: settings.url.clone(),
        headers,
        body: message.body.clone(),
        timeout: PATIENCE,
        // What is signed is meant for this address; a receiver that moved says so to its people.
        redirects: Redirects::None,
        answer_bytes: ANSWER,
    };
    let begun = tokio::time::Instant::now();
    let answered = outside.call_briefly(call).await;
    let took = begun.elapsed();
    match answered {
        Ok(answer) => {
            let error = (!answer.status.is_success()).then(|| format!("the answer is {}", answer.status));
            let text = String::from_utf8_lossy(answer.body.get(..KEPT).unwrap_or(&answer.body)).into_owned();
            let asked = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            let asked = asked.map(Duration::from_secs).filter(|_| error.is_some());
            Outcome { status: Some(answer.status), error, answer: text, asked, took, span }
        }
        Err(error) => {
            Outcome { status: None, error: Some(error.to_string()), answer: String::new(), asked: None, took, span }
        }
    }
}
