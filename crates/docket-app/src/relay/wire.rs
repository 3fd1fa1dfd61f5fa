//! The way to a counterpart: its turn, the call, the wire log.

use super::figures::Ended;
use super::governor::{Governor, Purpose};
use crate::exchange::RawExchange;
use crate::hub::Hub;
use crate::outside::{Answer, Call, OutsideError, Redirects, Sent};
use crate::trace::{self, Span, Trace};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_core::ids::{ExchangeId, Serial};
use docket_core::ledger::{Fault, Record};
use docket_dialects::Dialect;
use docket_dialects::connect::{Incoming, Outgoing, SendError, Transport};
use docket_dialects::dialect::BoxFuture;
use docket_store::Append;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Records of a connection in which calls that count for long are kept, so that a restart does not forget them.
const BUDGET: &str = "budget";
/// Windows from this length on are kept.
const KEPT_FROM_MS: i64 = 600_000;
/// In so many parts a kept window is counted.
const PARTS: i64 = 240;
/// Shorter secrets are masked by their names only: everything would be stars.
const SHORTEST_HIDDEN: usize = 6;
/// How long a counterpart that is busy and does not say for how long is left alone.
const BUSY: Duration = Duration::from_secs(1);

/// Calls a counterpart.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) hub: Arc<Hub>,
    pub(super) connection: Arc<Connection>,
    pub(super) dialect: &'static Dialect,
    pub(super) governor: Arc<Governor>,
    pub(super) purpose: Purpose,
    pub(super) hidden: Hidden,
    /// What calls are part of; without one, each begins a trace.
    pub(super) trace: Option<Trace>,
    /// What calls are made for.
    pub(super) sending: Option<Arc<Sending>>,
}

/// A delivery on its way: its order, and the last call that was made for it.
pub(super) struct Sending {
    serial: Serial,
    last: Mutex<Option<ExchangeId>>,
}

impl Sending {
    pub(super) fn of(serial: Serial) -> Sending {
        Sending { serial, last: Mutex::default() }
    }

    /// The last call, if any was made and kept.
    pub(super) fn last(&self) -> Option<ExchangeId> {
        *self.last.lock()
    }
}

impl Transport for Wire {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        Box::pin(self.make(call))
    }
}

impl Wire {
    async fn make(&self, mut call: Outgoing) -> Result<Incoming, SendError> {
        let (figures, connection, asked) = (&self.hub.relay().figures, self.connection.id, Instant::now());
        let turn = self.governor.turn(self.purpose, call.operation).await;
        figures.waited(connection, asked.elapsed());
        let turn = turn.map_err(|wait_ms| {
            figures.called(connection, Ended::OverBudget);
            let seconds = wait_ms.div_euclid(1000) + 1;
            SendError::NotSent(format!(
                "what the counterpart allows is used up; the next call can be made in {seconds} s"
            ))
        })?;
        self.count(call.operation).await.map_err(|fault| SendError::NotSent(fault.to_string()))?;
        let exchange = self.hub.new_exchange();
        self.trace(exchange, &mut call.headers);
        let (at, begun, sent) = (self.hub.now(), Instant::now(), Sent::default());
        let answer = self.hub.outside().call_watched(self.call_of(&call), &sent).await;
        drop(turn);
        if let Ok(answer) = &answer {
            self.heed(answer);
        }
        if self.hub.relay().options().log {
            let took_us = i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX);
            self.log(call, exchange, (at, took_us), &answer).await;
            self.sending.iter().for_each(|sending| *sending.last.lock() = Some(exchange));
        }
        figures.called(
            connection,
            match &answer {
                Ok(answer) => Ended::answered(answer.status),
                Err(_) if sent.is_sent() => Ended::Unknown,
                Err(_) => Ended::NotSent,
            },
        );
        match answer {
            Ok(Answer { status, headers, body }) => Ok(Incoming { status, headers, body, exchange }),
            Err(error) if sent.is_sent() => Err(SendError::Unknown(error.to_string())),
            Err(error) => Err(SendError::NotSent(error.to_string())),
        }
    }

    /// A call is a span of its own, and what comes of its answer is part of the same trace.
    fn trace(&self, exchange: ExchangeId, headers: &mut HeaderMap) {
        if let Some(trace) = self.trace {
            self.hub.traces().note(exchange, trace);
        }
        let trace = self.trace.unwrap_or_else(|| Trace::begun_by(exchange));
        trace::put(Span::within(trace, rand::random()), headers);
    }

    fn call_of(&self, call: &Outgoing) -> Call {
        let given = self.connection.integer("timeout_ms", 0);
        let given = u64::try_from(given).ok().filter(|given| *given > 0).map(Duration::from_millis);
        Call {
            method: call.method.clone(),
            url: call.url.clone(),
            headers: call.headers.clone(),
            body: call.body.clone(),
            timeout: given.unwrap_or(call.timeout),
            // Only what changes nothing may be asked of somebody else.
            redirects: if call.method == Method::GET { Redirects::All } else { Redirects::None },
            answer_bytes: call.answer_bytes,
        }
    }

    /// Leaves a counterpart alone that says it is called too often.
    fn heed(&self, answer: &Answer) {
        let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&answer.status);
        let said = answer.headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let said = said.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        match (busy, answer.status) {
            (true, StatusCode::TOO_MANY_REQUESTS) => self.governor.pause(said.unwrap_or(BUSY)),
            (true, _) => said.into_iter().for_each(|pause| self.governor.pause(pause)),
            _ => {}
        }
    }

    /// Notes a call that counts for long before it is made.
    async fn count(&self, operation: &str) -> Result<(), Fault> {
        let mut records = Vec::new();
        for (index, limit) in self.governor.limits().windows.iter().enumerate() {
            let counts = limit.operations.is_empty() || limit.operations.contains(&operation);
            if counts && limit.within_ms >= KEPT_FROM_MS {
                let value = Some(written(&self.governor.recorded(index), limit.within_ms / PARTS));
                let (holder, namespace) = (self.connection.id.into(), BUDGET.to_owned());
                records.push(Record { holder, namespace, key: key_of(limit.operations), value, expected: None });
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        let append = Append { account: self.connection.account, records, ..Append::default() };
        self.hub.store().append(append).await.map(drop).map_err(crate::hub::fault)
    }

    async fn log(
        &self,
        call: Outgoing,
        id: ExchangeId,
        (at, took_us): (Timestamp, i64),
        answer: &Result<Answer, OutsideError>,
    ) {
        let longest = self.hub.exchanges().body_limit();
        let body = |bytes: &Bytes| self.hidden.bytes(bytes, longest);
        let (status, response_headers, response_body) = match answer {
            Ok(answer) => (Some(answer.status), self.hidden.headers(&answer.headers), body(&answer.body)),
            Err(error) => (None, HeaderMap::new(), self.hidden.text(&error.to_string()).into()),
        };
        let (path, query) = bare(&call.url);
        let raw = RawExchange {
            id,
            account: self.connection.account,
            connection: Some(self.connection.id),
            dialect: self.dialect.id,
            secrets: self.dialect.secrets,
            operation: call.operation,
            at,
            took_us,
            method: call.method,
            path: self.hidden.text(&path),
            query: self.hidden.text(&query),
            headers: self.hidden.headers(&call.headers),
            body: body(&call.body),
            status,
            response_headers,
            response_body,
            delivery: self.sending.as_ref().map(|sending| sending.serial),
        };
        self.hub.exchanges().log(raw).await;
    }
}

/// Reads back the calls that an earlier process made and that count still.
pub(super) async fn recall(hub: &Hub, connection: &Connection, governor: &Governor) -> Result<(), Fault> {
    use docket_core::ledger::Ledger;
    for (index, limit) in governor.limits().windows.iter().enumerate() {
        if limit.within_ms < KEPT_FROM_MS {
            continue;
        }
        let text = hub.record(connection.id.into(), BUDGET, &key_of(limit.operations)).await?;
        governor.recall(index, &read(&text.unwrap_or_default(), limit.within_ms / PARTS));
    }
    Ok(())
}

fn key_of(operations: &[&str]) -> String {
    if operations.is_empty() { "*".to_owned() } else { operations.join(" ") }
}

/// `part:count part:count …`
fn written(calls: &[i64], part_ms: i64) -> String {
    let part_ms = part_ms.max(1);
    let mut parts: BTreeMap<i64, usize> = BTreeMap::new();
    for at in calls {
        *parts.entry(at.div_euclid(part_ms)).or_default() += 1;
    }
    parts.iter().map(|(part, count)| format!("{part}:{count}")).collect::<Vec<_>>().join(" ")
}

/// Each call as if it had been made at the end of its part: rather a little late than too often.
fn read(text: &str, part_ms: i64) -> Vec<i64> {
    let part_ms = part_ms.max(1);
    let part = |text: &str| {
        let (part, count) = text.split_once(':')?;
        Some((part.parse::<i64>().ok()?, count.parse::<usize>().ok()?))
    };
    let parts = text.split(' ').filter_map(part);
    parts.flat_map(|(part, count)| std::iter::repeat_n(part * part_ms, count)).collect()
}

/// A URL without what stands before the host, and its query apart.
fn bare(url: &str) -> (String, String) {
    let Ok(mut url) = Url::parse(url.trim()) else { return (url.to_owned(), String::new()) };
    // Both only fail where there is nothing to take away.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let query = url.query().unwrap_or_default().to_owned();
    url.set_query(None);
    url.set_fragment(None);
    (url.to_string(), query)
}

/// Secrets as they may stand in what is logged, beside those that are known by the names of their members.
#[derive(Clone, Default)]
pub(super) struct Hidden {
    spellings: Vec<String>,
}

const MASK: &str = "***";

impl Hidden {
    pub(super) fn of(secrets: &BTreeMap<String, String>) -> Hidden {
        let mut spellings = Vec::new();
        for secret in secrets.values().filter(|secret| secret.len() >= SHORTEST_HIDDEN) {
            let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let json = serde_json::to_string(secret).unwrap_or_default();
            let digest = hex::encode(Sha1::digest(secret.as_bytes()));
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            spellings.extend([secret.clone(), encoded, form, json.trim_matches('"').to_owned()]);
            spellings.extend([digest.to_ascii_uppercase(), digest]);
        }
        // A longer one may hold a shorter one.
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Hidden { spellings }
    }

    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for spelling in &self.spellings {
            if text.contains(spelling.as_str()) {
                text = text.replace(spelling.as_str(), MASK);
            }
        }
        text
    }

    fn headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut headers = headers.clone();
        for value in headers.values_mut() {
            let hidden = value.to_str().ok().map(|text| self.text(text));
            if let Some(hidden) = hidden.and_then(|text| HeaderValue::from_str(&text).ok()) {
                *value = hidden;
            }
        }
        headers
    }

    /// What of a body is logged. What is no text is left as it is: it is shown as a number of bytes.
    fn bytes(&self, bytes: &Bytes, longest: usize) -> Bytes {
        let margin = self.spellings.first().map_or(0, String::len);
        let seen = bytes.slice(..bytes.len().min(longest.saturating_add(margin)));
        match std::str::from_utf8(&seen) {
            Ok(text) if self.spellings.iter().any(|spelling| text.contains(spelling.as_str())) => {
                self.text(text).into()
            }
            Ok(_) => seen,
            // A cut within a character, or a file among the parts of a form.
            Err(_) => {
                let text = String::from_utf8_lossy(&seen);
                if self.spellings.iter().any(|spelling| text.contains(spelling.as_str())) {
                    self.text(&text).into()
                } else {
                    seen
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_however_they_are_spelled() {
        let secrets =
            BTreeMap::from([("token".to_owned(), "s/e c+r\"et".to_owned()), ("id".to_owned(), "ab".to_owned())]);
        let hidden = Hidden::of(&secrets);
        let digest = hex::encode(Sha1::digest(b"s/e c+r\"et"));
        for text in ["s/e c+r\"et", "s%2Fe%20c%2Br%22et", "s%2Fe+c%2Br%22et", "s/e c+r\\\"et", &digest] {
            assert_eq!(hidden.text(&format!("/a/{text}/b")), "/a/***/b");
        }
        assert_eq!(hidden.text("about"), "about", "short ones are known by name only");
        let body = Bytes::from(format!("{}s/e c+r\"et and more", "x".repeat(10)));
        let shown = hidden.bytes(&body, 14);
        assert!(!String::from_utf8_lossy(&shown).contains("s/e"), "{shown:?}");
    }

    #[test]
    fn kept_windows_come_back_a_little_late_at_most() {
        let part = 86_400_000 / PARTS;
        let calls = [10 * part, 10 * part + 1, 12 * part + 5];
        let back = read(&written(&calls, part), part);
        assert_eq!(back, [10 * part, 10 * part, 12 * part]);
        assert_eq!(read("", part), Vec::<i64>::new());
    }

    #[test]
    fn urls_are_shown_without_who_calls() {
        assert_eq!(bare("https://a:b@h.example/x?y=1#z"), ("https://h.example/x".to_owned(), "y=1".to_owned()));
    }
}
