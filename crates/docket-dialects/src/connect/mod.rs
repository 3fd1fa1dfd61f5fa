//! The connecting half of a dialect: Docket as the client of a vendor's own system, or of anything that serves it.
//!
//! A counterpart is seen through a [`Remote`]: calls go out through [`Transport`], which waits for its turn within the
//! counterpart's budget, checks addresses, masks secrets and keeps the wire log; what is learned goes into the ledger
//! with [`Remote::caller`], so that ownership, journal and blame are those of any other write.
//!
//! Two things are asked of a dialect, both safe to ask again:
//!
//! * [`Connect::pull`]: learn what changed over there and bring the ledger in line.
//! * [`Connect::deliver`]: bring the counterpart in line with one order as it is now.
//!
//! Delivering is by state, not by event: the dialect keeps what the counterpart has of an order (its id there, what was
//! last said, which items were handed over) in a text of its own, the *mirror* ([`Remote::mirror`], [`Remote::keep`]),
//! compares, and makes the calls that are missing. So a delivery that was cut in the middle goes on where it stopped, ten
//! changes in a row are one call, and what a pull brought in is never sent back to where it came from: pulling writes the
//! mirror too.
//!
//! ```text
//! journal ─► relay worker ─► deliver(order) ─► mirror, calls ─► mirror
//! clock or ping ──────────► pull() ─► calls ─► Ledger::submit + mirror
//! ```
//!
//! A delivery and a round of pulling may run beside each other, and so may deliveries of different orders: whoever reads and
//! writes the mirror of an order does so in its turn ([`Remote::turn`]).
//!
//! A call that must not be made twice (an order that is billed) is written into the mirror as an intent before it is made.
//! When its outcome is unknown the dialect looks it up at the counterpart where that can be done, and otherwise raises
//! [`ConnectError::Unknown`]: a person decides. It is never blindly repeated.

mod loopback;
pub mod settings;
mod turn;
mod wait;

pub use loopback::{Dawdling, Fault as LoopbackFault, Loopback};
pub use turn::Turn;
pub use wait::{ON_ITS_WAY, wait};

use crate::dialect::{BoxFuture, HubMemory};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{ConnectionId, ExchangeId, Serial};
use docket_core::ledger::{Fault, Ledger, Outcome, Record, Request, Submission};
use docket_core::order::{ExternalKey, Order};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The namespace of the key under which an order is known to a counterpart: its id over there.
pub const REMOTE_KEY: &str = "remote";
/// Records of a connection in which its mirrors lie, by serial.
pub const MIRROR: &str = "mirror";
/// Records of a connection in which pulling keeps how far it got.
pub const PULL: &str = "pull";

/// The connecting half of a dialect.
pub trait Connect: Send + Sync {
    /// What must be given to call the counterpart: kept encrypted, never shown again.
    fn secrets(&self) -> &'static [SecretSpec];

    /// Which of the vendor's operations are called, as [`crate::Dialect::operations`] names them.
    fn operations(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the vendor allows a client, as defaults of the settings every connecting connection has.
    fn budget(&self) -> Budget;

    /// How often is looked for news when nobody pings; the default of the setting `poll_s`.
    fn poll_every(&self) -> Duration;

    /// Whether orders that came from elsewhere can be handed to such a counterpart (a PPW host only gives).
    fn takes_orders(&self) -> bool;

    /// Whether there is anything to look for through a connection: some counterparts bring everything themselves.
    fn polls(&self, _connection: &Connection) -> bool {
        true
    }

    /// Whether handing an order over costs money at once: then an order whose cost is not known may need a person's
    /// release, and `release_above` says from which amount on.
    fn bills(&self) -> bool {
        false
    }

    /// One round of looking for news. What was learned is in the ledger when this answers; how far it got is kept with
    /// [`Remote::keep_place`], so that the next round goes on from there.
    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>>;

    /// Brings the counterpart in line with an order that is routed to it or came from it, as the order is now (deleted
    /// ones too). Nothing to say is `Ok` without a call.
    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>>;

    /// A person found that the counterpart does not have what the mirror says, and wants the order said anew: the mirror
    /// with which the next delivery says everything again that can be said twice without harm. An identity over there,
    /// and what must not be repeated, stay. `None` by default: then only what changed is said.
    fn renew(&self, _mirror: &str) -> Option<String> {
        None
    }

    /// A page of what the counterpart has, for reconciling; `after` is what the page before said.
    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>>;

    /// A person says what became of a call whose outcome was not known ([`ConnectError::Unknown`]): the mirror as it is
    /// then, to be kept before the order is delivered again. `None` when nothing in it is open, or the id is none.
    fn settle(&self, _mirror: &str, _outcome: &Settled) -> Option<String> {
        None
    }
}

/// What became of a call whose outcome was not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was done; the order's id over there.
    Done(String),
    /// It was not: it may be made again.
    NotDone,
}

/// A secret that calls are made with.
#[derive(Clone, Copy, Debug)]
pub struct SecretSpec {
    /// Its name, as given to `connection add --set`.
    pub name: &'static str,
    /// What it is, for people.
    pub help: &'static str,
    /// Calling makes no sense without.
    pub required: bool,
}

/// What a counterpart allows.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Calls on their way at once.
    pub at_once: usize,
    /// At most so many calls within so long, each.
    pub windows: &'static [Window],
}

/// A number of calls within a time.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The calls that count: the names of operations; empty counts all.
    pub operations: &'static [&'static str],
    /// How many.
    pub calls: u32,
    /// Within how long.
    pub within: Duration,
}

/// What a round of pulling came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Orders that were looked at.
    pub seen: usize,
    /// Orders that were created or changed here.
    pub changed: usize,
    /// There is more to fetch at once.
    pub more: bool,
    /// What could not be taken over, for people: one line each. The rest was.
    pub problems: Vec<String>,
}

/// What a delivery came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Calls that were made.
    pub calls: usize,
    /// For people: `created as 14`, `2 photos`, `nothing to say`.
    pub summary: String,
}

impl Delivered {
    /// Nothing had to be said.
    pub fn nothing() -> Delivered {
        Delivered { calls: 0, summary: "nothing to say".to_owned() }
    }
}

/// A page of what a counterpart has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Its orders.
    pub orders: Vec<Held>,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

/// One order as a counterpart has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// Its id over there: what [`REMOTE_KEY`] holds here.
    pub remote: String,
    /// The number people see.
    pub number: String,
    /// What it says, as members a person recognises: canonical field names with their text. Compared with
    /// [`Held::expected`] member by member.
    pub says: BTreeMap<String, String>,
    /// What the ledger holds for the same members, by the same map; `None` when the ledger has no such order.
    pub expected: Option<BTreeMap<String, String>>,
    /// The order here, if there is one.
    pub serial: Option<Serial>,
    /// When it last changed over there, where that is said.
    pub updated_at: Option<Timestamp>,
}

/// Why a round or a delivery came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectError {
    /// It may work later: no connection, a 5xx, over the rate. After so long, if the counterpart said.
    Later {
        /// What happened, for people, in the counterpart's words where it had any.
        why: String,
        /// When to try again.
        after: Option<Duration>,
    },
    /// This order waits for so long, and nothing else does: a call whose answer was lost may still be on its way.
    Waiting {
        /// For what, for people.
        why: String,
        /// How long.
        after: Duration,
    },
    /// The counterpart does not know us: nothing is tried until somebody changes the credentials, or for long.
    Denied(String),
    /// The counterpart will not take this, however often it is asked; its words.
    Refused(String),
    /// A call that must not be repeated may have been done, and the counterpart cannot be asked. A person decides.
    Unknown(String),
    /// A setting makes no sense.
    Setting(String),
    /// Ours.
    Fault(Fault),
}

impl ConnectError {
    /// To be tried again soon.
    pub fn later(why: impl Into<String>) -> ConnectError {
        ConnectError::Later { why: why.into(), after: None }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Later { why, .. }
            | ConnectError::Waiting { why, .. }
            | ConnectError::Refused(why)
            | ConnectError::Setting(why) => f.write_str(why),
            ConnectError::Denied(why) => write!(f, "the counterpart does not accept our credentials: {why}"),
            ConnectError::Unknown(why) => write!(f, "it is not known whether this was done: {why}"),
            ConnectError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<Fault> for ConnectError {
    fn from(fault: Fault) -> ConnectError {
        ConnectError::Fault(fault)
    }
}

impl From<SendError> for ConnectError {
    fn from(error: SendError) -> ConnectError {
        ConnectError::later(error.to_string())
    }
}

/// A call to a counterpart.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// As the vendor names the operation; what budgets count and the wire log shows.
    pub operation: &'static str,
    /// Method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// How long everything may take.
    pub timeout: Duration,
    /// The largest answer that is read.
    pub answer_bytes: usize,
}

impl Outgoing {
    /// A GET.
    pub fn get(operation: &'static str, url: impl Into<String>) -> Outgoing {
        Outgoing {
            operation,
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            answer_bytes: 32 << 20,
        }
    }

    /// A POST with a body of this type.
    pub fn post(
        operation: &'static str,
        url: impl Into<String>,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Outgoing {
        let call = Outgoing { method: Method::POST, body: body.into(), ..Outgoing::get(operation, url) };
        call.with_header(http::header::CONTENT_TYPE, content_type)
    }

    /// The same, with one more header. A value that is no header text is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Outgoing {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// What a counterpart answered.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// The exchange in the wire log: goes into the journal with what was learned from it.
    pub exchange: ExchangeId,
}

impl Incoming {
    /// The body as text, whatever its bytes.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Some words of the body for people, one line, cut short.
    pub fn excerpt(&self) -> String {
        const LONGEST: usize = 300;
        let text = self.text();
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(LONGEST).collect()
    }

    /// How long to wait, as `Retry-After` says in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Surely nothing arrived: no connection, an address that may not be called.
    NotSent(String),
    /// It may have arrived and been done: the line broke, no answer in time.
    Unknown(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::NotSent(why) => write!(f, "could not be sent: {why}"),
            SendError::Unknown(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for SendError {}

/// The way to a counterpart: waits for its turn within the counterpart's budget, checks the address, keeps the wire log.
/// Never repeats a call by itself.
pub trait Transport: Send + Sync {
    /// Makes a call.
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>>;
}

/// A counterpart, as the connecting half of its dialect sees it.
#[derive(Clone, Copy)]
pub struct Remote<'a> {
    /// The connection.
    pub connection: &'a Arc<Connection>,
    /// What calls are made with, by name.
    pub secrets: &'a BTreeMap<String, String>,
    /// The way there.
    pub transport: &'a dyn Transport,
    /// The hub.
    pub ledger: &'a dyn Ledger,
    /// How this hub is reached from outside, without a slash at the end: for push URLs and links to files.
    pub origin: &'a str,
    /// The time.
    pub now: Timestamp,
    /// What the dialect keeps in memory: sessions.
    pub memory: &'a HubMemory,
    /// Randomness.
    pub random: &'a (dyn Fn() -> u128 + Send + Sync),
}

impl Remote<'_> {
    /// Who writes what the counterpart said.
    pub fn caller(&self) -> Caller {
        Caller::connection(Arc::clone(self.connection))
    }

    /// The base URL of the counterpart, without a slash at the end.
    pub fn url(&self) -> Result<&str, ConnectError> {
        let url = self.connection.setting("url").map(|url| url.trim_end_matches('/')).filter(|url| !url.is_empty());
        url.ok_or_else(|| ConnectError::Setting("the connection has no `url`: set where the counterpart is".to_owned()))
    }

    /// A secret.
    pub fn secret(&self, name: &str) -> Result<&str, ConnectError> {
        let missing = || ConnectError::Setting(format!("the connection has no `{name}`: give it with --set {name}=…"));
        self.secrets.get(name).map(String::as_str).filter(|text| !text.is_empty()).ok_or_else(missing)
    }

    /// What the dialect keeps about an order at this counterpart: its own text.
    pub async fn mirror(&self, order: Serial) -> Result<Option<String>, Fault> {
        self.ledger.record(self.connection.id.into(), MIRROR, &mirror_key(order)).await
    }

    /// Keeps it; on disk when this answers.
    pub async fn keep(&self, order: Serial, text: Option<String>) -> Result<(), Fault> {
        self.record(MIRROR, mirror_key(order), text).await
    }

    /// How far pulling got, under a name of the dialect's own.
    pub async fn place(&self, name: &str) -> Result<Option<String>, Fault> {
        self.ledger.record(self.connection.id.into(), PULL, name).await
    }

    /// Keeps how far pulling got.
    pub async fn keep_place(&self, name: &str, text: Option<String>) -> Result<(), Fault> {
        self.record(PULL, name.to_owned(), text).await
    }

    async fn record(&self, namespace: &str, key: String, value: Option<String>) -> Result<(), Fault> {
        let record = record(self.connection.id, namespace, key, value);
        let submission = Submission { records: vec![record], ..Submission::default() };
        self.ledger.submit(&self.caller(), submission).await.map(drop)
    }

    /// The key under which an order is known over there.
    pub fn key(&self, remote: &str) -> ExternalKey {
        ExternalKey { connection: self.connection.id, namespace: REMOTE_KEY.to_owned(), key: remote.to_owned() }
    }

    /// Whether an order came from this counterpart, rather than being routed to it.
    pub fn is_origin_of(&self, order: &Order) -> bool {
        order.origin.connection == Some(self.connection.id)
    }

    /// The id an order has over there, if it is known.
    pub fn remote_id<'o>(&self, order: &'o Order) -> Option<&'o str> {
        let mut keys = order.keys.iter();
        let key = keys.find(|key| key.connection == self.connection.id && key.namespace == REMOTE_KEY);
        key.map(|key| key.key.as_str())
    }

    /// Submits one request in the counterpart's name, tied to the exchange it was learned from, with the mirror that goes
    /// with it.
    pub async fn submit(
        &self,
        exchange: Option<ExchangeId>,
        request: Request,
        mirror: Option<(Serial, String)>,
    ) -> Result<Option<Outcome>, Fault> {
        let records = mirror
            .map(|(order, text)| record(self.connection.id, MIRROR, mirror_key(order), Some(text)))
            .into_iter()
            .collect();
        let submission = Submission { requests: vec![request], records, ..Submission::default() };
        Ok(self.ledger.submit(&self.caller().within(exchange), submission).await?.pop())
    }
}

/// The key of the mirror of an order: mirrors lie in order of serials.
pub fn mirror_key(order: Serial) -> String {
    format!("{:020}", order.0)
}

fn record(connection: ConnectionId, namespace: &str, key: String, value: Option<String>) -> Record {
    Record { holder: connection.into(), namespace: namespace.to_owned(), key, value, expected: None }
}
