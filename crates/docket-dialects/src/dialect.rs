//! What a dialect is: its entry in the registry, and the served half's door to the hub.

use crate::connect::Connect;
use crate::planner::Planner;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{ConnectionId, ExchangeId};
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::{Entry, Order, State};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One order API.
pub struct Dialect {
    /// In configuration, URLs, metrics and folder names.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// The vendor's page this dialect starts from.
    pub page: &'static str,
    /// What a connection can be set to. `scope` is common to all and not listed.
    pub settings: &'static [Setting],
    /// What `connection add` issues, in the order it is printed.
    pub credentials: &'static [Credential],
    /// Every documented operation: served? why not?
    pub operations: &'static [Operation],
    /// The state table, one row per state: the crosswalk.
    pub statuses: &'static [StatusRow],
    /// Where each canonical field has its home in this dialect.
    pub fields: &'static [FieldRow],
    /// Names of members, parameters and headers whose values are secrets; the wire log masks them.
    pub secrets: &'static [&'static str],
    /// The served half.
    pub serve: &'static dyn Serve,
    /// What it tells its counterparts unasked when orders changed, if it does.
    pub announce: Option<&'static dyn Announce>,
    /// The connecting half, where there is one.
    pub connect: Option<&'static dyn Connect>,
    /// What somebody else's server is probed with, in the order it is played.
    pub probes: &'static [Probe],
}

/// A transcript that is fit for somebody else's server ([`crate::transcript::examine`]).
pub struct Probe {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// One setting of a connection.
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it can be.
    pub kind: SettingKind,
    /// What it is when not set.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
}

impl Setting {
    /// Whether it says how we call counterparts; the others say how we answer. Its help says so first.
    pub fn is_for_calling(&self) -> bool {
        ["As a client", "As an importer"].iter().any(|words| self.help.starts_with(words))
    }
}

/// What a setting can be.
pub enum SettingKind {
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
    /// An ISO 4217 code.
    Currency,
    /// The IANA name of a time zone.
    TimeZone,
    /// An address that calls go to, or nothing.
    Url,
}

/// Something `connection add` issues.
pub struct Credential {
    /// Its name in the printed object.
    pub name: &'static str,
    /// How it is made.
    pub issue: Issue,
    /// Under which kind callers claim it, if they do.
    pub claim: Option<&'static str>,
}

/// How a credential is made.
pub enum Issue {
    /// The connection's name.
    Name,
    /// Random letters and digits, this many.
    Secret(usize),
    /// Random lower-case hexadecimal digits, this many.
    Hex(usize),
    /// Random upper-case hexadecimal digits in two groups joined by `-`.
    HexPair(usize, usize),
    /// Random letters and digits; callers present the lower-case hexadecimal SHA-1 of it.
    Password(usize),
    /// A number from the hub-wide item counter, kept as the setting of the same name.
    Item,
    /// A UUID derived from the account, kept as the setting of the same name.
    AccountUuid,
    /// A URL below the served base, with `{name}` replaced by that credential.
    Url(&'static str),
}

/// One operation of the vendor's documentation.
pub struct Operation {
    /// As the vendor names it.
    pub name: &'static str,
    /// Whether we answer it.
    pub served: Served,
}

/// Whether an operation is served.
pub enum Served {
    /// It is.
    Yes,
    /// It is not, for this reason.
    No(&'static str),
}

/// One row of the crosswalk.
pub struct StatusRow {
    /// The canonical state.
    pub state: State,
    /// How this dialect shows it.
    pub shown: &'static str,
    /// Which of its words are read as this state.
    pub read: &'static [&'static str],
    /// What else there is to know.
    pub note: &'static str,
}

/// Where a canonical field has its home.
pub struct FieldRow {
    /// The canonical field.
    pub field: &'static str,
    /// The dialect's member.
    pub member: &'static str,
    /// Unit, format, what is lost and why.
    pub note: &'static str,
}

/// A path the served half answers at, for every method: `/a/b`, `/a/{name}`, `/a/{*rest}`.
pub struct Route(pub &'static str);

/// The served half of a dialect. Infallible: a failure is an answer in the dialect's own words, whatever the bytes.
pub trait Serve: Send + Sync {
    /// Where it answers.
    fn routes(&self) -> &'static [Route];

    /// Answers one request.
    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse>;

    /// The answer when the hub cut the request short (body too large, too many requests, a panic).
    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse;

    /// A request out of the wire log, where secrets are stars, as this caller would send it today: within a session of
    /// its own, if the dialect has sessions. The ledger in `cx` takes whoever calls for this caller.
    fn revive(&self, _cx: ServeContext<'_>, _caller: &Caller, request: WireRequest) -> WireRequest {
        request
    }

    /// The order as this dialect shows it to a connection with scope `account`: JSON text.
    fn face<'a>(&'a self, cx: ServeContext<'a>, caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String>;
}

/// What a dialect tells its counterparts unasked when orders changed: a bare ping, a webhook.
///
/// The hub follows the journal, gathers for about a second, and asks once per enabled connection of the dialect. It
/// makes the call, refuses addresses the operator has not allowed, tries again, and keeps each call in the wire log.
pub trait Announce: Send + Sync {
    /// Whether the counterpart gave an address to call. Asked first and often, so that the journal is only read for
    /// somebody: a look at a setting or at one record.
    fn listens<'a>(&'a self, cx: ServeContext<'a>, connection: &'a Connection) -> BoxFuture<'a, Result<bool, Fault>>;

    /// The call that announces some news to a connection; `None` when there is nothing to call or nothing to tell.
    ///
    /// `news` is never empty: entries in journal order, only of orders the connection may see, none that the connection
    /// wrote itself. `cx.exchange` is the exchange the call will be logged as. On a fault the hub asks again later.
    fn announce<'a>(
        &'a self,
        cx: ServeContext<'a>,
        connection: &'a Connection,
        news: &'a [News],
    ) -> BoxFuture<'a, Result<Option<Announcement>, Fault>>;

    /// The pauses before each further attempt at a call that failed; after the last one it is dropped.
    fn retries(&self) -> &'static [Duration];
}

/// Something that happened to an order.
#[derive(Clone, Debug)]
pub struct News {
    /// What happened.
    pub entry: Arc<Entry>,
    /// The order as it is by now (deleted ones too).
    pub order: Arc<Order>,
}

/// A call to a counterpart. Any 2xx means that it was heard; what is answered is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What it is called in the wire log.
    pub operation: &'static str,
    /// Method.
    pub method: Method,
    /// Where to: `http://…` or `https://…`.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// How long the counterpart may take to answer.
    pub timeout: Duration,
    /// Whether a 307 or 308 is followed (each address checked anew).
    pub follow_redirects: bool,
}

impl Announcement {
    /// A bare GET that says no more than that there is something to fetch. Who is called only notes that, so it may
    /// not take long.
    pub fn ping(operation: &'static str, url: String) -> Announcement {
        Announcement {
            operation,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(10),
            follow_redirects: true,
        }
    }
}

/// What an answer may draw on.
#[derive(Clone, Copy)]
pub struct ServeContext<'a> {
    /// The hub.
    pub ledger: &'a dyn Ledger,
    /// The time.
    pub now: Timestamp,
    /// The exchange being answered; goes into the journal through [`Caller::within`].
    pub exchange: ExchangeId,
    /// What the dialect keeps in memory: sessions, rate windows.
    pub memory: &'a HubMemory,
    /// Who plans routes.
    pub planner: &'a dyn Planner,
    /// Randomness, for session ids.
    pub random: &'a (dyn Fn() -> u128 + Send + Sync),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct WireRequest {
    /// Method.
    pub method: Method,
    /// Path, as sent.
    pub path: String,
    /// Query, as sent, without the question mark.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Scheme and host the client used: `http://127.0.0.1:8700`.
    pub origin: String,
    /// Who called.
    pub peer: Option<IpAddr>,
}

impl WireRequest {
    /// A header's text; empty when absent or no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct WireResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// The operation that was named, for logs, metrics and the wire log.
    pub operation: &'static str,
    /// Whom it was answered to, for the wire log.
    pub connection: Option<ConnectionId>,
}

impl WireResponse {
    /// An answer with a body of this type.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> WireResponse {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        WireResponse { status, headers, body: body.into(), operation: "", connection: None }
    }

    /// The same, with one more header. A value that is no header text is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> WireResponse {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same, with the operation named.
    #[must_use]
    pub fn of(mut self, operation: &'static str) -> WireResponse {
        self.operation = operation;
        self
    }

    /// The same, with the connection named.
    #[must_use]
    pub fn to(mut self, connection: Option<ConnectionId>) -> WireResponse {
        self.connection = connection;
        self
    }
}

/// What dialects keep in memory, one value per type: sessions, rate windows. Gone with the process.
#[derive(Default)]
pub struct HubMemory {
    slots: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl HubMemory {
    /// The value of a type, made on first use.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // The slot was made for exactly this type, so the cast holds; a fresh value is the harmless way out.
        Arc::clone(slot).downcast::<T>().unwrap_or_default()
    }
}
