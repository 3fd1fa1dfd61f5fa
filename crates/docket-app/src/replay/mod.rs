//! Replaying: a logged exchange once more.
//!
//! What came in is served again, as the connection that it came through, dry unless it is really wanted: what it would
//! change now, and how its answer differs from the one that was logged. What went out is shown as it would be called,
//! and called when it is really wanted. Secrets are stars in the log; those of a call are put back from the connection.

mod again;
mod differs;
mod standing;

use crate::exchange::RawExchange;
use crate::explain;
use crate::hub::{Hub, fault};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ExchangeId};
use docket_core::ledger::Fault;
use docket_dialects::{Dialect, ServeContext, WireRequest, WireResponse};
use docket_store::Exchange;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value as Json, json};
use standing::Standing;
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// Stands for what was masked.
pub(crate) const MASK: &str = "***";
/// A replay is logged with this header, which names what it replays.
pub const HEADER: &str = "docket-replay-of";
/// Credentials of the right form that say nothing: who calls is known already.
const NOBODY: &str = "Basic eDp4";

/// Why an exchange cannot be replayed.
#[derive(Debug)]
pub enum ReplayError {
    /// There is none of this id.
    Unknown,
    /// It is there, and cannot be had again, for this reason.
    Cannot(String),
    /// The store failed.
    Fault(Fault),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Unknown => f.write_str("there is no such exchange; the wire log keeps the last 30 days"),
            ReplayError::Cannot(why) => write!(f, "this exchange cannot be replayed: {why}"),
            ReplayError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<Fault> for ReplayError {
    fn from(fault: Fault) -> ReplayError {
        ReplayError::Fault(fault)
    }
}

fn cannot(why: impl Into<String>) -> ReplayError {
    ReplayError::Cannot(why.into())
}

/// Replays an exchange of an account; what came of it as JSON: `exchange`, `direction`, `really`, `dialect`,
/// `operation`, `connection`, `was`, `answer`, `differs`, and for what came in and is not really done `orders` and
/// `besides`, as [`explain`] has them.
pub async fn replay(hub: &Arc<Hub>, account: AccountId, id: ExchangeId, really: bool) -> Result<Json, ReplayError> {
    let found = hub.store().exchange(account, id).await.map_err(fault)?;
    let exchange = found.ok_or(ReplayError::Unknown)?;
    let logged = Logged::of(hub, exchange)?;
    if logged.is_cut(hub) {
        return Err(cannot("its body is longer than what the wire log keeps of one ([wire_log] body_bytes)"));
    }
    if logged.is_outbound() { again::call(hub, logged, really).await } else { serve(hub, logged, really).await }
}

/// An exchange, and whose it is.
struct Logged {
    exchange: Exchange,
    dialect: &'static Dialect,
    connection: Arc<Connection>,
    method: Method,
    target: String,
}

impl Logged {
    fn of(hub: &Hub, exchange: Exchange) -> Result<Logged, ReplayError> {
        let dialect = docket_dialects::dialect(&exchange.dialect)
            .ok_or_else(|| cannot(format!("it is none of an order API but of `{}`", exchange.dialect)))?;
        let connection = exchange.connection.ok_or_else(|| cannot("nobody who called was known"))?;
        let connection = hub.directory().connection(connection).cloned();
        let connection = connection.ok_or_else(|| cannot("its connection is gone"))?;
        let (method, target) = exchange.request_line.split_once(' ').ok_or_else(|| cannot("it has no request line"))?;
        let method = method.parse().map_err(|_| cannot("its method is none"))?;
        let target = target.to_owned();
        Ok(Logged { dialect, connection, method, target, exchange })
    }

    /// Calls we made show the whole URL, requests we answered only what stood behind the host.
    fn is_outbound(&self) -> bool {
        self.target.starts_with("http://") || self.target.starts_with("https://")
    }

    /// Masking may make a body shorter, so its declared length counts as well.
    fn is_cut(&self, hub: &Hub) -> bool {
        let limit = hub.exchanges().body_limit();
        let lines = self.exchange.request_headers.lines();
        let declared =
            lines.filter_map(|line| line.strip_prefix("content-length: ")).find_map(|text| text.parse().ok());
        self.exchange.request_body.len() >= limit || declared.is_some_and(|length: usize| length > limit)
    }

    /// The headers, but those that belong to the connection between two machines.
    fn headers(&self) -> HeaderMap {
        const OF_THE_WIRE: [&str; 6] =
            ["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"];
        let mut headers = HeaderMap::new();
        for line in self.exchange.request_headers.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            let known = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            if let Some((name, value)) = known.filter(|(name, _)| !OF_THE_WIRE.contains(&name.as_str())) {
                headers.append(name, value);
            }
        }
        headers
    }

    fn told(&self, direction: &str, really: bool) -> Json {
        json!({
            "exchange": self.exchange.id.map(|id| id.to_string()),
            "direction": direction,
            "really": really,
            "dialect": self.dialect.id,
            "operation": self.exchange.operation,
            "connection": self.connection.name,
            "at": self.exchange.at.to_string(),
            "request": {"line": self.exchange.request_line, "body": self.exchange.request_body},
            "was": {"status": self.exchange.status, "body": self.exchange.response_body},
        })
    }

    /// What differs between the answer that was logged and another one.
    fn differs(&self, status: u16, body: &str) -> Vec<String> {
        let mut differs = Vec::new();
        if i64::from(status) != self.exchange.status {
            differs.push(format!("the status was {}, and is {status}", self.exchange.status));
        }
        differs.extend(differs::differs(&self.exchange.response_body, body));
        differs
    }
}

fn put(told: &mut Json, name: &str, value: Json) {
    if let Some(members) = told.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// What came in, served again.
async fn serve(hub: &Hub, logged: Logged, really: bool) -> Result<Json, ReplayError> {
    if logged.exchange.request_body.starts_with('(') && logged.exchange.request_body.contains(" bytes of ") {
        return Err(cannot("its body was no text, and the wire log keeps only its length"));
    }
    let id = hub.new_exchange();
    let caller = Caller::connection(Arc::clone(&logged.connection));
    let request = incoming(hub, &logged);
    let mut told = logged.told("in", really);
    let answer = if really {
        let (begun, at) = (Instant::now(), hub.now());
        let answer = serve_as(hub, logged.dialect, id, caller, request.clone()).await;
        log(hub, &logged, id, request, &answer, (at, begun)).await;
        put(&mut told, "replayed_as", id.to_string().into());
        let masker = crate::exchange::Masker::new(logged.dialect.secrets);
        json!({"status": answer.status.as_u16(), "body": masker.body(&answer.headers, &answer.body)})
    } else {
        let explained = explain::explain_as(hub, logged.dialect, id, request, Some(caller)).await;
        put(&mut told, "orders", explained["orders"].clone());
        put(&mut told, "besides", explained["besides"].clone());
        let masker = crate::exchange::Masker::new(logged.dialect.secrets);
        let body = explained["answer"]["body"].as_str().unwrap_or_default();
        json!({"status": explained["answer"]["status"], "body": masker.json(body)})
    };
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let differs = logged.differs(status, answer["body"].as_str().unwrap_or_default());
    put(&mut told, "answer", answer);
    put(&mut told, "differs", differs.into());
    Ok(told)
}

/// The request as it was; credentials that cannot be read any more are of the right form and say nothing.
fn incoming(hub: &Hub, logged: &Logged) -> WireRequest {
    let (path, query) = logged.target.split_once('?').unwrap_or((&logged.target, ""));
    let mut headers = logged.headers();
    let is_masked = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.ends_with(MASK));
    if headers.get(http::header::AUTHORIZATION).is_some_and(is_masked) {
        headers.insert(http::header::AUTHORIZATION, HeaderValue::from_static(NOBODY));
    }
    if let Ok(value) = HeaderValue::from_str(&logged.exchange.id.map(|id| id.to_string()).unwrap_or_default()) {
        headers.insert(HeaderName::from_static(HEADER), value);
    }
    WireRequest {
        method: logged.method.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: logged.exchange.request_body.clone().into(),
        origin: hub.relay().options().origin.clone(),
        peer: None,
    }
}

/// Lets a dialect answer, whoever calls being this caller.
pub(crate) async fn serve_as(
    hub: &Hub,
    dialect: &'static Dialect,
    exchange: ExchangeId,
    caller: Caller,
    request: WireRequest,
) -> WireResponse {
    let random = rand::random::<u128>;
    let standing = Standing { ledger: hub, caller: caller.clone() };
    let now = hub.now();
    let cx = ServeContext { ledger: &standing, now, exchange, memory: &hub.memory, planner: hub, random: &random };
    let request = dialect.serve.revive(cx, &caller, request);
    dialect.serve.serve(cx, request).await
}

async fn log(
    hub: &Hub,
    logged: &Logged,
    id: ExchangeId,
    request: WireRequest,
    answer: &WireResponse,
    (at, begun): (docket_core::Timestamp, Instant),
) {
    let raw = RawExchange {
        id,
        account: logged.connection.account,
        connection: Some(logged.connection.id),
        dialect: logged.dialect.id,
        secrets: logged.dialect.secrets,
        operation: answer.operation,
        at,
        took_us: i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX),
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
        status: Some(answer.status),
        response_headers: answer.headers.clone(),
        response_body: answer.body.clone(),
        delivery: None,
    };
    hub.exchanges().log(raw).await;
}

/// For [`explain`]: a ledger on which this caller calls.
pub(crate) fn standing<'l>(
    ledger: &'l dyn docket_core::ledger::Ledger,
    caller: Caller,
) -> impl docket_core::ledger::Ledger + 'l {
    Standing { ledger, caller }
}
