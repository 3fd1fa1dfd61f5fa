//! `GET /v1/events`: what happens, as server-sent events that can be resumed, or by long polling.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{number, parameters};
use super::{App, jobs, read};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::native::jobs::WAIT_LIMIT_S;
use docket_app::stream::{Filter, Form, Live, Next, NoReader, Permit, Place, Reader, Streams, kinds};
use docket_core::connection::{Access, Caller};
use docket_core::ids::Sequence;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// After so long without news a comment shows that the line is still up.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client that was cut off waits before it comes back, in milliseconds.
const RETRY_MS: u32 = 1_000;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What is asked for.
struct Asked {
    filter: Filter,
    place: Option<Place>,
    wait: Duration,
}

async fn asked(app: &App, caller: &Caller, parts: &Parts, query: &str) -> Result<Asked, Problem> {
    let hub = &app.hub;
    let (mut filter, mut place, mut wait_s) = (Filter::default(), None, 0);
    let given = parameters(query, &["after", "kind", "order", "connection", "wait_s", "wait"])?;
    let value = |wanted: &str| given.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
    if let Some(text) = value("kind") {
        let none = |word: String| Problem::query("kind", format!("`{word}` is none of {}", kinds().join(", ")));
        filter = Filter::of_kinds(text).map_err(none)?;
    }
    if let Some(text) = value("order") {
        filter.order = Some(read::order(hub, caller, text).await?.serial);
    }
    if let Some(text) = value("connection") {
        filter.connection = Some(read::connection(hub, caller, text)?);
    }
    if let Some(text) = value("wait_s").or(value("wait")) {
        wait_s = number::<i64>("wait_s", text)?;
        if !(0..=WAIT_LIMIT_S).contains(&wait_s) {
            return Err(Problem::query("wait_s", format!("use 0 to {WAIT_LIMIT_S}")));
        }
    }
    let last = parts.headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    if let Some(text) = last.or(value("after")) {
        place = Some(text.parse().map_err(|_| Problem::query("after", "is no place in the journal"))?);
    }
    let wait = Duration::from_secs(u64::try_from(wait_s).unwrap_or_default()).min(jobs::longest_wait(app));
    Ok(Asked { filter, place, wait })
}

/// Who may look on while something is exchanged: who may read the wire log.
pub(super) const EXCHANGES: Access = Access::Integrator;

/// Whether exchanges are asked for, which not everybody may see.
pub(super) fn wants_exchanges(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    let fields = docket_dialects::form::fields(query.as_bytes());
    let kinds = fields.into_iter().filter(|field| field.name == "kind");
    kinds.into_iter().any(|field| Filter::of_kinds(&field.text()).is_ok_and(|filter| filter.wants(Live::Exchange)))
}

/// Whether the answer is wanted once, as JSON, rather than as a stream.
fn wants_json(parts: &Parts) -> bool {
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kinds: Vec<&str> = accepted.split(',').filter_map(|part| part.split(';').next()).map(str::trim).collect();
    kinds.contains(&"application/json") && !kinds.contains(&"text/event-stream")
}

/// `GET /v1/events`
pub(super) async fn answer(app: &App, caller: &Caller, parts: &Parts, query: &str, permit: Permit) -> Answered {
    let Asked { filter, place, wait } = asked(app, caller, parts, query).await?;
    let hub = &app.hub;
    if !wants_json(parts) && hub.streams().readers() >= app.limits.streams {
        let detail = format!("{} streams are open, and no more are allowed", app.limits.streams);
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail));
    }
    let reader = Streams::reader(hub, caller.account, filter, place, permit).await.map_err(no_reader)?;
    match wants_json(parts) {
        true => poll(reader, wait).await,
        false => Ok(follow(Arc::clone(hub), reader)),
    }
}

fn no_reader(error: NoReader) -> Problem {
    match error {
        NoReader::Ahead(Sequence(head)) => {
            Problem::query("after", format!("is ahead of the journal, which ends at {head}"))
        }
        NoReader::Fault(fault) => fault.into(),
    }
}

/// `{"events":[…],"after":…}`: at once when there is something, otherwise when there is or the wait is over.
async fn poll(mut reader: Reader, wait: Duration) -> Answered {
    let text = match reader.next(Form::Objects, wait).await? {
        Next::Events(picked) => picked.text(),
        Next::Nothing | Next::End => Bytes::new(),
    };
    let mut body = Vec::with_capacity(text.len() + 64);
    body.extend_from_slice(b"{\"events\":[");
    body.extend_from_slice(&text);
    body.extend_from_slice(format!("],\"after\":\"{}\"}}", reader.place()).as_bytes());
    let mut response = json(StatusCode::OK, body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A stream that is open.
struct Open {
    reader: Reader,
    /// The last place the client was told.
    told: Sequence,
    begun: bool,
}

fn follow(hub: Arc<Hub>, reader: Reader) -> Response {
    let open = Open { told: reader.place().after, reader, begun: false };
    let body = stream::unfold((hub, open), |(hub, mut open)| async move {
        let text = open.next(&hub).await?;
        Some((Ok::<Bytes, Infallible>(text), (hub, open)))
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers would keep events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

impl Open {
    /// The next piece of text; `None` when the hub stops or fails, so that the client comes back with its last id.
    async fn next(&mut self, hub: &Hub) -> Option<Bytes> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(format!(": follows from {}\nretry: {RETRY_MS}\n\n", self.told).into());
        }
        let next = self.reader.next(Form::Blocks, HEARTBEAT).await;
        let after = self.reader.place().after;
        match next {
            Ok(Next::Events(picked)) => {
                if !self.reader.is_filtered() {
                    self.told = after;
                }
                Some(picked.text())
            }
            Ok(Next::Nothing) => {
                // Who is not shown some events still learns how far it is, and need not go through them again.
                let place = match self.reader.is_filtered() && after != self.told {
                    true => format!("id: {after}\n"),
                    false => String::new(),
                };
                self.told = after;
                Some(format!(": still here\n{place}\n").into())
            }
            Ok(Next::End) => None,
            Err(fault) => {
                tracing::warn!(%fault, "a stream of events broke off");
                // The client comes back by itself; not all of them at once.
                hub.rest(Duration::from_millis(u64::from(RETRY_MS))).await;
                None
            }
        }
    }
}
