//! The rate limit: so many requests per access token within a sliding window of 30 seconds.

use crate::dialect::ServeContext;
use crate::mews::error::Error;
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_core::ids::ConnectionId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

const WINDOW_MS: i64 = 30_000;
const DEFAULT_LIMIT: i64 = 200;
/// The most that a connection can be set to.
const MAX_LIMIT: i64 = 1_000_000;

/// When each connection's requests of the last 30 seconds were admitted; an access token is a connection's.
#[derive(Default)]
struct Windows(Mutex<HashMap<ConnectionId, VecDeque<Timestamp>>>);

/// Admits a request, or says how long to wait. Requests that are not admitted do not count.
pub(super) fn admit(cx: ServeContext<'_>, connection: &Connection) -> Result<(), Error> {
    let limit = connection.integer("rate_limit", DEFAULT_LIMIT).clamp(0, MAX_LIMIT);
    let Ok(limit @ 1..) = usize::try_from(limit) else { return Ok(()) };
    let windows = cx.memory.get::<Windows>();
    let mut windows = windows.0.lock().unwrap_or_else(PoisonError::into_inner);
    let window = windows.entry(connection.id).or_default();
    let now = cx.now.as_millisecond();
    while window.front().is_some_and(|at| now - at.as_millisecond() >= WINDOW_MS) {
        window.pop_front();
    }
    if window.len() < limit {
        window.push_back(cx.now);
        return Ok(());
    }
    // The limit may have been lowered meanwhile: then more than one has to leave first.
    let leaving = window.get(window.len() - limit).map_or(now, |at| at.as_millisecond());
    let wait_ms = leaving + WINDOW_MS - now;
    Err(Error::TooMany(((wait_ms + 999) / 1000).max(1)))
}
