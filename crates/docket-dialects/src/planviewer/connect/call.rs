//! Calls: credentials, and what failures mean.

use crate::connect::{ConnectError, Incoming, Outgoing, Remote, SendError};
use crate::planviewer::map::amsterdam;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use docket_core::Timestamp;
use http::{HeaderName, StatusCode, header};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest answer that is read, but for results.
const ANSWER_LIMIT: usize = 8 << 20;
/// The largest result that is taken.
pub(super) const RESULT_LIMIT: usize = 256 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// The counterpart, as this dialect calls it.
pub(super) struct Client<'a> {
    pub(super) remote: &'a Remote<'a>,
    base: &'a str,
    authorization: String,
    calls: AtomicUsize,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) error: ConnectError,
    /// It may have been done all the same.
    pub(super) perhaps: bool,
    /// The status that was answered, if one was.
    pub(super) status: Option<StatusCode>,
    /// What the counterpart said.
    pub(super) said: String,
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> ConnectError {
        failure.error
    }
}

impl<'a> Client<'a> {
    pub(super) fn of(remote: &'a Remote<'a>) -> Result<Client<'a>, ConnectError> {
        let pair = format!("{}:{}", remote.secret("key")?, remote.secret("secret")?);
        let authorization = format!("Basic {}", STANDARD.encode(pair));
        Ok(Client { remote, base: remote.url()?, authorization, calls: AtomicUsize::new(0) })
    }

    /// A setting that says something.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        self.remote.connection.setting(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Asks for something.
    pub(super) async fn get(&self, operation: &'static str, path: &str) -> Result<Incoming, Failure> {
        let call = Outgoing::get(operation, self.url(path)).with_header(header::ACCEPT, "application/json");
        self.send(call).await
    }

    /// Asks for a file.
    pub(super) async fn download(&self, operation: &'static str, path: &str) -> Result<Incoming, Failure> {
        let mut call = Outgoing::get(operation, self.url(path));
        (call.timeout, call.answer_bytes) = (DOWNLOAD_TIMEOUT, RESULT_LIMIT);
        self.send(call).await
    }

    /// Says something.
    pub(super) async fn post(
        &self,
        operation: &'static str,
        path: &str,
        body: &Value,
        headers: &[(HeaderName, String)],
    ) -> Result<Incoming, Failure> {
        let body = Bytes::from(body.to_string());
        let mut call = Outgoing::post(operation, self.url(path), "application/json", body)
            .with_header(header::ACCEPT, "application/json");
        for (name, value) in headers {
            call = call.with_header(name.clone(), value);
        }
        self.send(call).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}/product_api/v1/{path}", self.base)
    }

    async fn send(&self, call: Outgoing) -> Result<Incoming, Failure> {
        let operation = call.operation;
        let mut call = call.with_header(header::AUTHORIZATION, &self.authorization);
        if call.answer_bytes != RESULT_LIMIT {
            (call.timeout, call.answer_bytes) = (TIMEOUT, ANSWER_LIMIT);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.remote.transport.send(call).await {
            Ok(answer) if answer.status.is_success() => Ok(answer),
            Ok(answer) => Err(refused(operation, &answer, self.remote.now)),
            Err(error) => Err(Failure {
                perhaps: matches!(error, SendError::Unknown(_)),
                error: ConnectError::later(format!("{operation}: {error}")),
                status: None,
                said: String::new(),
            }),
        }
    }
}

/// The body of an answer.
pub(super) fn read<T: DeserializeOwned>(operation: &'static str, answer: &Incoming) -> Result<T, Failure> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    serde_json::from_slice(body).map_err(|error| Failure {
        error: ConnectError::later(format!(
            "{operation}: the answer is not what is documented ({error}): {}",
            answer.excerpt()
        )),
        perhaps: true,
        status: Some(answer.status),
        said: String::new(),
    })
}

fn refused(operation: &'static str, answer: &Incoming, now: Timestamp) -> Failure {
    let status = answer.status;
    let said = words(answer);
    let why = match said.is_empty() {
        true => format!("{operation}: answered {status}"),
        false => format!("{operation}: answered {}: {said}", status.as_u16()),
    };
    let after = answer.retry_after();
    let (error, perhaps) = match status {
        StatusCode::UNAUTHORIZED => (ConnectError::Denied(why), false),
        // A rate is not documented; what is answered so is the cap of the day, unless it says for how long.
        StatusCode::TOO_MANY_REQUESTS => {
            (ConnectError::Later { why, after: after.or_else(|| until_midnight(now)) }, false)
        }
        StatusCode::PAYMENT_REQUIRED => {
            let why = format!("{why}. The account is not set up for payment on account, so nothing can be ordered");
            (ConnectError::Refused(why), false)
        }
        StatusCode::REQUEST_TIMEOUT => (ConnectError::Later { why, after }, true),
        status if status.is_server_error() => (ConnectError::Later { why, after }, true),
        _ => (ConnectError::Refused(why), false),
    };
    Failure { error, perhaps, status: Some(status), said }
}

/// What a failure says. Two shapes are documented: an object with an object, and an array with a text.
pub(super) fn words(answer: &Incoming) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = body.get(0).unwrap_or(&body);
    let said = [first.pointer("/error/message"), first.get("message"), first.get("error")];
    let said = said.into_iter().flatten().filter_map(Value::as_str).map(str::trim).find(|text| !text.is_empty());
    said.map_or_else(|| answer.excerpt(), str::to_owned)
}

/// How long the day lasts in Amsterdam, by which the cap is counted.
pub(super) fn until_midnight(now: Timestamp) -> Option<Duration> {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    let tomorrow = amsterdam(now).date().checked_add(1.day()).ok()?;
    let midnight = tomorrow.to_zoned(zone).ok()?.timestamp();
    Duration::try_from(midnight.duration_since(now)).ok()
}
