//! A counterpart made of the served half of the same dialect: two hubs facing each other without a socket.
//!
//! Tests of connecting halves talk to it, and so does whoever simulates a counterpart. Faults can be planned: the call
//! never arrives, the answer is lost, the answer is another.

use super::{Incoming, Outgoing, SendError, Transport};
use crate::dialect::{BoxFuture, Dialect, HubMemory, ServeContext, WireRequest};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::ids::{ExchangeId, Uuid};
use docket_core::ledger::Ledger;
use http::{HeaderMap, StatusCode, Uri};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing does.
    None,
    /// It never arrives.
    NotSent,
    /// It is done over there, but the answer is lost.
    AnswerLost,
    /// It arrives twice.
    Twice,
    /// It is not looked at; this is the answer.
    Answer(StatusCode, Bytes),
    /// It is done over there, but the answer breaks off after so many bytes.
    Cut(usize),
}

/// A way on which every call takes so many turns, drawn anew for each: what runs beside it gets ahead of it, or falls behind.
pub struct Dawdling<'a, F> {
    way: &'a dyn Transport,
    turns: F,
}

impl<'a, F: Fn() -> usize + Send + Sync> Dawdling<'a, F> {
    /// The same way, slower.
    pub fn on(way: &'a dyn Transport, turns: F) -> Dawdling<'a, F> {
        Dawdling { way, turns }
    }

    async fn wait(&self) {
        for _ in 0..(self.turns)() {
            let mut waited = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }
}

impl<F: Fn() -> usize + Send + Sync> Transport for Dawdling<'_, F> {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        Box::pin(async move {
            self.wait().await;
            let answer = self.way.send(call).await;
            self.wait().await;
            answer
        })
    }
}

/// The way to a served half in the same process.
pub struct Loopback<'a> {
    dialect: &'static Dialect,
    ledger: &'a dyn Ledger,
    memory: HubMemory,
    now: Box<dyn Fn() -> Timestamp + Send + Sync + 'a>,
    faults: Mutex<VecDeque<Fault>>,
    calls: Mutex<Vec<Outgoing>>,
    count: AtomicU64,
}

impl<'a> Loopback<'a> {
    /// To a ledger that a dialect serves, whatever host is called.
    pub fn to(
        dialect: &'static Dialect,
        ledger: &'a dyn Ledger,
        now: impl Fn() -> Timestamp + Send + Sync + 'a,
    ) -> Loopback<'a> {
        Loopback {
            dialect,
            ledger,
            memory: HubMemory::default(),
            now: Box::new(now),
            faults: Mutex::default(),
            calls: Mutex::default(),
            count: AtomicU64::new(0),
        }
    }

    /// What happens to the next calls, one after another; then nothing does again.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Nothing more happens to calls.
    pub fn calm(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The calls since this was last asked.
    pub fn take_calls(&self) -> Vec<Outgoing> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn serve(&self, call: &Outgoing, exchange: ExchangeId) -> Result<Incoming, SendError> {
        let uri: Uri = call.url.parse().map_err(|error| SendError::NotSent(format!("{}: {error}", call.url)))?;
        let origin = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(host)) => format!("{scheme}://{host}"),
            _ => return Err(SendError::NotSent(format!("{}: is no whole URL", call.url))),
        };
        let count = &self.count;
        let random = move || u128::from(count.fetch_add(1, Ordering::Relaxed)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c);
        let cx = ServeContext {
            ledger: self.ledger,
            now: (self.now)(),
            exchange,
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &random,
        };
        let request = WireRequest {
            method: call.method.clone(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: call.headers.clone(),
            body: call.body.clone(),
            origin,
            peer: None,
        };
        let answer = self.dialect.serve.serve(cx, request).await;
        Ok(Incoming { status: answer.status, headers: answer.headers, body: answer.body, exchange })
    }
}

impl Transport for Loopback<'_> {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        Box::pin(async move {
            let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(Fault::None);
            let number = self.count.fetch_add(1, Ordering::Relaxed);
            let exchange = ExchangeId(Uuid::from_u128(u128::from(number) + 1));
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
            match fault {
                Fault::None => self.serve(&call, exchange).await,
                Fault::NotSent => Err(SendError::NotSent("no connection".to_owned())),
                Fault::AnswerLost => {
                    self.serve(&call, exchange).await?;
                    Err(SendError::Unknown("the connection broke off".to_owned()))
                }
                Fault::Twice => {
                    self.serve(&call, exchange).await?;
                    self.serve(&call, exchange).await
                }
                Fault::Answer(status, body) => Ok(Incoming { status, headers: HeaderMap::new(), body, exchange }),
                Fault::Cut(length) => {
                    let mut answer = self.serve(&call, exchange).await?;
                    answer.body.truncate(length);
                    Ok(answer)
                }
            }
        })
    }
}
