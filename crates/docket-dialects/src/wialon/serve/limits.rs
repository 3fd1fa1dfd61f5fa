//! How often one address may log in: the vendor's limits, kept where any connection's setting `limits` is on.

use super::super::error::Error;
use super::super::map::DIALECT_ID;
use crate::dialect::ServeContext;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Failed logins of an address in [`WINDOW_S`].
const MOST_FAILED: u32 = 10;
/// Logins of an address in [`WINDOW_S`].
const MOST_DONE: u32 = 120;
/// The window they are counted in; an address with too many is shut out for as long.
const WINDOW_S: i64 = 60;
/// At most this many addresses are remembered.
const MOST_ADDRESSES: usize = 100_000;

#[derive(Default)]
struct Counted {
    since: i64,
    failed: u32,
    done: u32,
    shut_until: i64,
}

/// The logins of the last minute, by address.
#[derive(Default)]
pub(super) struct Logins {
    addresses: Mutex<HashMap<String, Counted>>,
}

impl Logins {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Counted>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an address may log in now.
    pub(super) async fn check(&self, cx: ServeContext<'_>, host: &str) -> Result<(), Error> {
        let shut_until = self.lock().get(host).map_or(0, |counted| counted.shut_until);
        if shut_until <= cx.now.as_second() {
            return Ok(());
        }
        let connections = cx.ledger.connections(DIALECT_ID).await?;
        let is_limited = connections.iter().any(|connection| connection.flag("limits", false));
        if is_limited { Err(Error::Limit("LIMIT login")) } else { Ok(()) }
    }

    /// Notes a login, or that it failed.
    pub(super) fn note(&self, cx: ServeContext<'_>, host: &str, is_done: bool) {
        if host.is_empty() {
            return;
        }
        let now = cx.now.as_second();
        let mut addresses = self.lock();
        if addresses.len() >= MOST_ADDRESSES {
            addresses.retain(|_, counted| counted.since + WINDOW_S > now || counted.shut_until > now);
            if addresses.len() >= MOST_ADDRESSES {
                return;
            }
        }
        let counted = addresses.entry(host.to_owned()).or_default();
        if counted.since + WINDOW_S <= now {
            (counted.since, counted.failed, counted.done) = (now, 0, 0);
        }
        if is_done {
            counted.done += 1;
        } else {
            counted.failed += 1;
        }
        if counted.failed >= MOST_FAILED || counted.done >= MOST_DONE {
            counted.shut_until = now + WINDOW_S;
        }
    }
}
