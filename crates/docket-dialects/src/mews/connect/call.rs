//! Calls: the envelope, what failures mean, pages.

use crate::connect::{ConnectError, Incoming, Outgoing, Remote, SendError};
use crate::mews::wire::{Members, Object, uuid};
use docket_core::Timestamp;
use docket_core::ids::{ExchangeId, Uuid};
use http::{StatusCode, header};
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest page.
pub(super) const PAGE: usize = 1000;
/// How many pages of one listing are read at most.
const PAGES_LIMIT: usize = 200;
/// The largest answer that is read.
const ANSWER_LIMIT: usize = 16 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON object that is sent, or was.
pub(super) type Json = Map<String, Value>;

/// The counterpart, as this dialect calls it.
pub(super) struct Client<'a> {
    pub(super) remote: &'a Remote<'a>,
    base: &'a str,
    client_token: &'a str,
    access_token: &'a str,
    enterprise: Option<Uuid>,
    calls: AtomicUsize,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) error: ConnectError,
    /// It may have been done all the same.
    pub(super) perhaps: bool,
    /// What can be made of it.
    pub(super) kind: Kind,
}

/// What can be made of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Asking for less may help (408, 413).
    TooHeavy,
    /// The tokens are not allowed to do this (401, 403, 404).
    NotAllowed,
    /// Something named in it is not known there, or not as it should be (400).
    Invalid,
    /// Nothing but trying again, or not.
    Other,
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> ConnectError {
        failure.error
    }
}

/// An answer: the object, and the exchange it came in.
pub(super) struct Answer {
    pub(super) object: Object,
    pub(super) exchange: ExchangeId,
}

impl<'a> Client<'a> {
    pub(super) fn of(remote: &'a Remote<'a>) -> Result<Client<'a>, ConnectError> {
        let enterprise = setting(remote, super::REMOTE_ENTERPRISE);
        let no_id = || ConnectError::Setting(format!("`{}` is no id", super::REMOTE_ENTERPRISE));
        Ok(Client {
            remote,
            base: remote.url()?,
            client_token: remote.secret("client_token")?,
            access_token: remote.secret("access_token")?,
            enterprise: enterprise.map(|text| uuid(text).ok_or_else(no_id)).transpose()?,
            calls: AtomicUsize::new(0),
        })
    }

    /// A setting that says something.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        setting(self.remote, name)
    }

    /// A setting that is an id.
    pub(super) fn id_setting(&self, name: &str) -> Result<Option<Uuid>, ConnectError> {
        let no_id = || ConnectError::Setting(format!("`{name}` is no id: it is 36 characters long"));
        self.setting(name).map(|text| uuid(text).ok_or_else(no_id)).transpose()
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls an operation that reads.
    pub(super) async fn read(&self, operation: &'static str, mut body: Json) -> Result<Answer, Failure> {
        if let Some(enterprise) = self.enterprise {
            body.insert("EnterpriseIds".to_owned(), json!([enterprise]));
        }
        self.call(operation, body).await
    }

    /// Calls an operation that writes, or that is about one enterprise.
    pub(super) async fn write(&self, operation: &'static str, mut body: Json) -> Result<Answer, Failure> {
        if let Some(enterprise) = self.enterprise {
            body.insert("EnterpriseId".to_owned(), json!(enterprise));
        }
        self.call(operation, body).await
    }

    /// Calls an operation.
    pub(super) async fn call(&self, operation: &'static str, body: Json) -> Result<Answer, Failure> {
        let mut whole = Json::new();
        whole.insert("ClientToken".to_owned(), self.client_token.into());
        whole.insert("AccessToken".to_owned(), self.access_token.into());
        let name = self.setting("client").unwrap_or(concat!("Docket ", env!("CARGO_PKG_VERSION")));
        whole.insert("Client".to_owned(), name.into());
        whole.extend(body);
        let url = format!("{}/api/connector/v1/{operation}", self.base);
        let body = Value::Object(whole).to_string();
        let mut call =
            Outgoing::post(operation, url, "application/json", body).with_header(header::ACCEPT, "application/json");
        (call.timeout, call.answer_bytes) = (TIMEOUT, ANSWER_LIMIT);
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.remote.transport.send(call).await {
            Ok(answer) => understand(operation, &answer, self.remote.now),
            Err(error) => {
                let perhaps = matches!(error, SendError::Unknown(_));
                let error = ConnectError::later(format!("{operation}: {error}"));
                Err(Failure { error, perhaps, kind: Kind::Other })
            }
        }
    }

    /// Everything a listing has: the objects of a member, page after page.
    pub(super) async fn all(
        &self,
        operation: &'static str,
        body: &Json,
        member: &'static str,
    ) -> Result<Vec<Json>, Failure> {
        let (mut found, mut cursor, mut known) = (Vec::new(), None, HashSet::new());
        let mut count = PAGE;
        for _ in 0..PAGES_LIMIT {
            let page = match self.page(operation, body, member, count, cursor).await {
                Err(failure) if failure.kind == Kind::TooHeavy && count > 1 => {
                    count = (count / 2).max(1);
                    continue;
                }
                page => page?,
            };
            let is_last = page.cursor.is_none() || page.objects.len() < count;
            found.extend(page.objects);
            cursor = page.cursor;
            // A cursor that was there before leads nowhere.
            if is_last || cursor.is_some_and(|cursor| !known.insert(cursor)) {
                break;
            }
        }
        Ok(found)
    }

    /// One page of a listing.
    pub(super) async fn page(
        &self,
        operation: &'static str,
        body: &Json,
        member: &'static str,
        count: usize,
        cursor: Option<Uuid>,
    ) -> Result<Page, Failure> {
        let mut body = body.clone();
        body.insert("Limitation".to_owned(), json!({"Count": count, "Cursor": cursor}));
        let answer = self.read(operation, body).await?;
        let (next, exchange) = (answer.object.members().uuid("Cursor").ok().flatten(), answer.exchange);
        let mut members = answer.object.into_map();
        match members.shift_remove(member) {
            Some(Value::Array(items)) => {
                let mut odd = 0;
                let mut objects = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::Object(object) => objects.push(object),
                        _ => odd += 1,
                    }
                }
                Ok(Page { objects, cursor: next, exchange, odd })
            }
            // An empty page may come without a body (204).
            None if members.is_empty() => Ok(Page { objects: Vec::new(), cursor: None, exchange, odd: 0 }),
            _ => Err(Failure {
                error: ConnectError::later(format!("{operation}: the answer has no list `{member}`")),
                perhaps: true,
                kind: Kind::Other,
            }),
        }
    }
}

/// A page of a listing.
pub(super) struct Page {
    pub(super) objects: Vec<Json>,
    pub(super) cursor: Option<Uuid>,
    pub(super) exchange: ExchangeId,
    /// How many entries were no objects.
    pub(super) odd: usize,
}

fn setting<'a>(remote: &'a Remote<'_>, name: &str) -> Option<&'a str> {
    remote.connection.setting(name).map(str::trim).filter(|text| !text.is_empty())
}

/// What an answer means.
fn understand(operation: &'static str, answer: &Incoming, now: Timestamp) -> Result<Answer, Failure> {
    let exchange = answer.exchange;
    match answer.status {
        StatusCode::NO_CONTENT => Ok(Answer { object: Object::default(), exchange }),
        StatusCode::OK => match Object::read(&answer.body) {
            Ok(object) => Ok(Answer { object, exchange }),
            Err(_) => Err(Failure {
                error: ConnectError::later(format!("{operation}: the answer is no JSON object: {}", answer.excerpt())),
                perhaps: true,
                kind: Kind::Other,
            }),
        },
        status => Err(refused(operation, status, answer, now)),
    }
}

fn refused(operation: &'static str, status: StatusCode, answer: &Incoming, now: Timestamp) -> Failure {
    let why = format!("{operation}: {}", words(status, answer));
    let after = || retry_after(answer, now);
    let (error, perhaps, kind) = match status {
        StatusCode::UNAUTHORIZED => (ConnectError::Denied(why), false, Kind::NotAllowed),
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => (ConnectError::Refused(why), false, Kind::NotAllowed),
        StatusCode::TOO_MANY_REQUESTS => (ConnectError::Later { why, after: after() }, false, Kind::Other),
        StatusCode::PAYLOAD_TOO_LARGE => (ConnectError::Refused(why), false, Kind::TooHeavy),
        // The vendor answers so when its own work took too long: it may have been done.
        StatusCode::REQUEST_TIMEOUT => (ConnectError::Later { why, after: after() }, true, Kind::TooHeavy),
        StatusCode::CONFLICT => (ConnectError::later(why), false, Kind::Other),
        status if status.is_server_error() => (ConnectError::Later { why, after: after() }, true, Kind::Other),
        status if status.is_success() => (ConnectError::later(why), true, Kind::Other),
        StatusCode::BAD_REQUEST => (ConnectError::Refused(why), false, Kind::Invalid),
        _ => (ConnectError::Refused(why), false, Kind::Other),
    };
    Failure { error, perhaps, kind }
}

/// What a failure says, in the counterpart's words, with the id its support asks for.
fn words(status: StatusCode, answer: &Incoming) -> String {
    let body = Object::read(&answer.body).unwrap_or_default();
    let text = |name| body.members().text(name).ok().flatten().map(str::trim).filter(|text| !text.is_empty());
    let message = text("Message").map_or_else(|| answer.excerpt(), str::to_owned);
    let id = text("RequestId").or_else(|| answer.headers.get("request-id")?.to_str().ok());
    match (message.is_empty(), id) {
        (true, _) => format!("answered {status}"),
        (false, None) => format!("answered {}: {message}", status.as_u16()),
        (false, Some(id)) => format!("answered {}: {message} (request {id})", status.as_u16()),
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(answer: &Incoming, now: Timestamp) -> Option<Duration> {
    const PARSER: DateTimeParser = DateTimeParser::new();
    if let Some(seconds) = answer.retry_after() {
        return Some(seconds);
    }
    let text = answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let at = PARSER.parse_timestamp(text.trim()).ok()?;
    let wait: SignedDuration = at.duration_since(now);
    Duration::try_from(wait).ok()
}

/// The text of a member, where it is one that says something.
pub(super) fn text<'a>(members: Members<'a>, name: &'static str) -> Option<&'a str> {
    members.text(name).ok().flatten().filter(|text| !text.trim().is_empty())
}

/// The id of a member.
pub(super) fn id(members: Members<'_>, name: &'static str) -> Option<Uuid> {
    members.uuid(name).ok().flatten()
}

/// A JSON object from `json!({…})`.
pub(super) fn object(value: Value) -> Json {
    match value {
        Value::Object(object) => object,
        _ => Json::new(),
    }
}
