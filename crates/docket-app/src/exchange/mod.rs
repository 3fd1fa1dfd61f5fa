//! The wire log: each exchange, its secrets masked, kept beside the journal entries it caused.
//!
//! Requests only hand over what they have (cheap, reference-counted bytes); a thread of its own masks and passes it
//! on to the store. When that thread falls behind, requests wait for it rather than lose exchanges.

mod mask;
mod recent;

use crate::directory::DirectoryIndex;
use crate::relay::resolve::DeliveryId;
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial};
use docket_store::{Exchange, Store};
use http::{HeaderMap, Method, StatusCode};
pub use mask::Masker;
use parking_lot::Mutex;
use recent::Recent;
pub use recent::Since;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many exchanges may wait to be masked.
const QUEUE: usize = 2_048;

/// An exchange as it was, before masking.
pub struct RawExchange {
    /// Identity.
    pub id: ExchangeId,
    /// The tenant, once known.
    pub account: AccountId,
    /// The connection, once known.
    pub connection: Option<ConnectionId>,
    /// `ppw`, …, `native`.
    pub dialect: &'static str,
    /// Names whose values are masked.
    pub secrets: &'static [&'static str],
    /// The operation that was named.
    pub operation: &'static str,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// Method.
    pub method: Method,
    /// Path as sent.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// Request headers.
    pub headers: HeaderMap,
    /// Request body.
    pub body: bytes::Bytes,
    /// Status; none when no answer came.
    pub status: Option<StatusCode>,
    /// Response headers.
    pub response_headers: HeaderMap,
    /// Response body.
    pub response_body: bytes::Bytes,
    /// The order that the call was to deliver.
    pub delivery: Option<Serial>,
}

enum Message {
    Exchange(Box<RawExchange>),
    Close(oneshot::Sender<()>),
}

/// The way into the wire log.
pub struct ExchangeLog {
    queue: mpsc::Sender<Message>,
    body_limit: usize,
    recent: Arc<Mutex<Recent>>,
}

/// An exchange as lists and events show it, without heads and bodies.
pub fn outline(directory: &DirectoryIndex, exchange: &Exchange) -> Value {
    let connection = exchange.connection.and_then(|id| directory.connection(id)).map(|known| known.name.clone());
    let delivery = exchange.connection.zip(exchange.delivery).map(|(id, serial)| DeliveryId(id, serial));
    json!({
        "id": exchange.id.map(|id| id.to_string()),
        "at": exchange.at.to_string(),
        "took_us": exchange.took_us,
        "dialect": exchange.dialect,
        "operation": exchange.operation,
        "connection": connection,
        "direction": if exchange.is_outbound() { "out" } else { "in" },
        "line": exchange.request_line,
        "delivery": delivery.map(|delivery| delivery.to_string()),
        // No answer came: no status.
        "status": (exchange.status > 0).then_some(exchange.status),
    })
}

impl ExchangeLog {
    /// Starts the thread that masks.
    pub fn start(store: Store, body_limit: usize) -> ExchangeLog {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let recent = Arc::new(Mutex::new(Recent::default()));
        let heard = Arc::clone(&recent);
        let run = move || run(&store, waiting, &heard);
        let spawned = std::thread::Builder::new().name("wire-log".to_owned()).spawn(run);
        if let Err(error) = spawned {
            tracing::error!(%error, "the wire log could not be started; exchanges are not kept");
        }
        ExchangeLog { queue, body_limit, recent }
    }

    /// How much of a body is kept.
    pub fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// What an account exchanged since a number was given; without one, only the number to go on from.
    pub fn since(&self, account: AccountId, number: Option<u64>) -> Since {
        self.recent.lock().since(account, number)
    }

    /// Hands an exchange over.
    pub async fn log(&self, mut raw: RawExchange) {
        raw.body = cut(raw.body, self.body_limit);
        raw.response_body = cut(raw.response_body, self.body_limit);
        // Nobody to hand it to means that the thread could not be started, which was said then.
        let _ = self.queue.send(Message::Exchange(Box::new(raw))).await;
    }

    /// Waits until everything handed over so far is with the store.
    pub async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

/// A long body is copied, so that waiting exchanges do not hold on to all of it.
fn cut(body: bytes::Bytes, limit: usize) -> bytes::Bytes {
    match body.get(..limit) {
        Some(start) if start.len() < body.len() => bytes::Bytes::copy_from_slice(start),
        _ => body,
    }
}

fn run(store: &Store, mut waiting: mpsc::Receiver<Message>, recent: &Mutex<Recent>) {
    while let Some(message) = waiting.blocking_recv() {
        match message {
            Message::Exchange(raw) => {
                let exchange = masked(*raw);
                recent.lock().add(&exchange);
                store.log_exchange(exchange);
            }
            Message::Close(done) => {
                let _ = done.send(());
            }
        }
    }
}

fn masked(raw: RawExchange) -> Exchange {
    let masker = Masker::new(raw.secrets);
    let query = masker.query(&raw.query);
    let target = if query.is_empty() { raw.path } else { format!("{}?{query}", raw.path) };
    Exchange {
        id: Some(raw.id),
        account: raw.account,
        connection: raw.connection,
        dialect: raw.dialect.to_owned(),
        operation: raw.operation.to_owned(),
        at: raw.at,
        took_us: raw.took_us,
        request_line: format!("{} {target}", raw.method),
        request_body: masker.body(&raw.headers, &raw.body),
        request_headers: masker.headers(&raw.headers),
        status: raw.status.map_or(0, |status| i64::from(status.as_u16())),
        response_body: masker.body(&raw.response_headers, &raw.response_body),
        response_headers: masker.headers(&raw.response_headers),
        delivery: raw.delivery,
    }
}
