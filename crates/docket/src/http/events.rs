//! `GET /v1/events`: the journal as server-sent events, resumable by `Last-Event-ID`.

use super::native::Answered;
use super::problem::Problem;
use super::read::parameters;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use docket_app::Hub;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Sequence};
use docket_core::ledger::Ledger;
use docket_store::record::entry_document;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How many entries are written at once.
const BATCH: usize = 200;
/// How long to wait for our own commits before looking for those of other nodes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After so many quiet looks a comment shows that the line is still up.
const QUIET_LOOKS: u32 = 15;

struct Follower {
    hub: Arc<Hub>,
    account: AccountId,
    after: Sequence,
    rings: watch::Receiver<Sequence>,
    quiet: u32,
}

pub(super) async fn stream(hub: &Arc<Hub>, caller: &Caller, parts: &Parts, query: &str) -> Answered {
    let given = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = parameters(query, &["after"])?.pop().map(|(_, text)| text);
    let after = match given.or(asked) {
        Some(text) => Sequence(text.parse().map_err(|_| Problem::query("after", "is no place in the journal"))?),
        None => hub.head(caller.account).await?,
    };
    let follower = Follower { hub: Arc::clone(hub), account: caller.account, after, rings: hub.follow(), quiet: 0 };
    let body = Body::from_stream(stream::unfold(follower, |mut follower| async move {
        let text = follower.next().await?;
        Some((Ok::<Bytes, Infallible>(text.into()), follower))
    }));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Follower {
    /// The next piece of text; `None` when the hub stops or fails, so that the client comes back with its last id.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.hub.is_stopping() {
                return None;
            }
            self.rings.mark_unchanged();
            let entries = self.hub.journal(self.account, self.after, BATCH).await.ok()?;
            if let Some(last) = entries.last() {
                self.after = last.sequence;
                self.quiet = 0;
                let event = |entry: &Arc<docket_core::order::Entry>| {
                    format!("id: {}\nevent: {}\ndata: {}\n\n", entry.sequence, entry.verb(), entry_document(entry))
                };
                return Some(entries.iter().map(event).collect());
            }
            self.quiet += 1;
            if self.quiet >= QUIET_LOOKS {
                self.quiet = 0;
                return Some(": nothing new\n\n".to_owned());
            }
            tokio::select! {
                _ = self.rings.changed() => {}
                going_on = self.hub.rest(LOOK_EVERY) => if !going_on { return None },
            }
        }
    }
}
