//! Calls: the envelope around events, and what failures mean.

use crate::connect::{ConnectError, Incoming, Outgoing, Remote};
use crate::ppw::wire::{Members, json, text_of, truth_of};
use docket_core::ids::{ExchangeId, Uuid};
use http::{StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Where the vendor's own receiver is; a URL that names a script itself is taken as it is.
const RECEIVER: &str = "/api/link/receiver.php";
/// The largest answer that is read: listings have no pages.
const ANSWER_LIMIT: usize = 64 << 20;
const TIMEOUT: Duration = Duration::from_secs(60);
/// What need not be escaped in a form value.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Under which name is kept what this installation goes by.
const SITE: &str = "site";
/// Literal of the vendor's page on `validate_user`.
const NOT_KNOWN: &str = "Could not validate username and password";

/// The source, as this dialect calls it.
pub(super) struct Client<'a> {
    pub(super) remote: &'a Remote<'a>,
    url: String,
    username: &'a str,
    password: String,
    site_id: String,
    calls: AtomicUsize,
}

/// What an event came to: its `result_data`, and the exchange it came in.
pub(super) struct Answer {
    pub(super) data: Value,
    pub(super) exchange: ExchangeId,
}

/// Why an event came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) error: ConnectError,
    /// The source said no to this very event, in the envelope; others may succeed.
    pub(super) said_no: bool,
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> ConnectError {
        failure.error
    }
}

/// The members of a request, in the order of the vendor's samples.
#[derive(Serialize)]
struct Payload<'a> {
    username: &'a str,
    password: &'a str,
    site_id: &'a str,
    event_name: &'a str,
    event_data: &'a str,
}

impl<'a> Client<'a> {
    pub(super) async fn of(remote: &'a Remote<'a>) -> Result<Client<'a>, ConnectError> {
        Ok(Client {
            url: receiver(remote.url()?),
            username: remote.secret("username")?,
            password: hex(&Sha1::digest(remote.secret("password")?)),
            site_id: site_id(remote).await?,
            remote,
            calls: AtomicUsize::new(0),
        })
    }

    /// A setting that says something.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        self.remote.connection.setting(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What tells this account at this source from others.
    pub(super) fn account(&self) -> String {
        let whole = [self.url.as_str(), self.username, &self.password, &self.site_id].join("\u{1f}");
        hex(&Sha1::digest(whole))
    }

    /// Sends an event.
    pub(super) async fn event<T: Serialize>(&self, name: &'static str, data: &T) -> Result<Answer, Failure> {
        let data = json(data);
        let payload = Payload {
            username: self.username,
            password: &self.password,
            site_id: &self.site_id,
            event_name: name,
            event_data: &data,
        };
        let body = format!("payload={}", utf8_percent_encode(&json(&payload), PLAIN));
        let mut call = Outgoing::post(name, self.url.clone(), "application/x-www-form-urlencoded", body)
            .with_header(header::ACCEPT, "application/json");
        (call.timeout, call.answer_bytes) = (TIMEOUT, ANSWER_LIMIT);
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.remote.transport.send(call).await {
            Ok(answer) => understand(name, &answer),
            Err(error) => Err(Failure { error: ConnectError::later(format!("{name}: {error}")), said_no: false }),
        }
    }
}

/// The URL of the receiver script.
fn receiver(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    if path.to_ascii_lowercase().ends_with(".php") { url.to_owned() } else { format!("{url}{RECEIVER}") }
}

/// What this installation goes by: the setting, else an id that was made once.
async fn site_id(remote: &Remote<'_>) -> Result<String, ConnectError> {
    let given = remote.connection.setting("remote_site_id").map(str::trim).filter(|given| !given.is_empty());
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    if let Some(known) = remote.place(SITE).await? {
        return Ok(known);
    }
    let made = uuid::Builder::from_random_bytes((remote.random)().to_be_bytes()).into_uuid();
    let made = Uuid::hyphenated(made).to_string();
    remote.keep_place(SITE, Some(made.clone())).await?;
    Ok(made)
}

/// What an answer means. The vendor answers 200 whatever happened, and says in the envelope what did.
fn understand(name: &'static str, answer: &Incoming) -> Result<Answer, Failure> {
    let fails = |error: ConnectError, said_no: bool| Err(Failure { error, said_no });
    if !answer.status.is_success() {
        return fails(refused(name, answer), false);
    }
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    let Ok(Value::Object(mut envelope)) = serde_json::from_slice::<Value>(body.trim_ascii()) else {
        let why = format!("{name}: the answer is no JSON object: {}", answer.excerpt());
        return fails(ConnectError::later(why), false);
    };
    let says = |member: &str| envelope.get(member).and_then(truth_of);
    let (success, error) = (says("success"), says("error"));
    let denied = says("auth_error") == Some(true);
    if success.is_none() && error.is_none() && !denied {
        return fails(ConnectError::later(format!("{name}: the answer says neither success nor error")), false);
    }
    let message = envelope.get("return_error_msg").and_then(text_of).unwrap_or_default();
    let why = match message.trim() {
        "" => format!("{name}: the source says no, and not why"),
        message => format!("{name}: {message}"),
    };
    if denied || (success != Some(true) && message.trim().starts_with(NOT_KNOWN)) {
        return fails(ConnectError::Denied(why), false);
    }
    if success == Some(false) || error == Some(true) {
        return fails(ConnectError::Refused(why), true);
    }
    let data = envelope.remove("result_data").unwrap_or_default();
    Ok(Answer { data, exchange: answer.exchange })
}

fn refused(name: &'static str, answer: &Incoming) -> ConnectError {
    let said = serde_json::from_slice::<Members>(&answer.body).ok();
    let said = said.and_then(|envelope| envelope.get("return_error_msg").and_then(text_of));
    let said = said.filter(|said| !said.trim().is_empty()).unwrap_or_else(|| answer.excerpt());
    let why = match said.is_empty() {
        true => format!("{name}: answered {}", answer.status),
        false => format!("{name}: answered {}: {said}", answer.status.as_u16()),
    };
    match answer.status {
        StatusCode::UNAUTHORIZED => ConnectError::Denied(why),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            ConnectError::Later { why, after: answer.retry_after() }
        }
        status if status.is_server_error() => ConnectError::Later { why, after: answer.retry_after() },
        _ => ConnectError::Refused(why),
    }
}

/// The rows of an answer that is a list: the objects, and how many entries were none. Nothing is an empty list.
pub(super) fn rows(name: &'static str, answer: Answer) -> Result<(Vec<Members>, usize), ConnectError> {
    match answer.data {
        Value::Array(entries) => {
            let all = entries.len();
            let rows: Vec<Members> = entries.into_iter().filter_map(object).collect();
            let odd = all - rows.len();
            Ok((rows, odd))
        }
        Value::Null => Ok((Vec::new(), 0)),
        Value::String(text) if text.trim().is_empty() => Ok((Vec::new(), 0)),
        _ => Err(ConnectError::later(format!("{name}: the answer has no list"))),
    }
}

/// The object of a value.
pub(super) fn object(value: Value) -> Option<Members> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text of a member, where it says something.
pub(super) fn said(members: &Members, name: &str) -> Option<String> {
    members.get(name).and_then(text_of).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A counterpart's id; one that is longer than any real one is none.
pub(super) fn id(members: &Members, name: &str) -> Option<String> {
    const LONGEST: usize = 255;
    said(members, name).filter(|id| id.len() <= LONGEST)
}
