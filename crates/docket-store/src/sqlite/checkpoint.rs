//! Carries the log over into the database file, off the commit path.
//!
//! A passive checkpoint never waits for the writer and never makes it wait, but under steady load it never ends
//! either: by the time it is through, the log has grown. So the carrier does nearly all of the copying, and when the
//! log has outgrown its bound the writer carries over the small rest between two groups and starts the log afresh.

use super::failed;
use crate::StoreError;
use crossbeam_channel::{Receiver, Sender, TrySendError};
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;

/// From this many pages (64 MB; in tests 4 MB) the log is carried over.
const CARRY_PAGES: i64 = if cfg!(test) { 500 } else { 8_000 };
/// From this many pages (192 MB; in tests 12 MB) the writer sees to it that the log starts afresh.
const BOUND_PAGES: i64 = 3 * CARRY_PAGES;

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Runs a checkpoint; answers how many pages of the log lie in the file now.
fn carry_over(connection: &Connection, how: &str) -> rusqlite::Result<i64> {
    connection.query_row(how, [], |row| row.get(2))
}

/// What the writer sees of the log.
pub(super) struct Log {
    state: Arc<State>,
    wake: Sender<()>,
}

#[derive(Default)]
struct State {
    /// Pages in the log after the last commit.
    pages: AtomicI64,
    /// Pages in the log when the carrier last finished; what lies behind is the rest.
    carried: AtomicI64,
    carrying: AtomicBool,
}

/// Starts the carrier. It ends when the [`Log`] is dropped.
pub(super) fn start(connection: Connection) -> Result<(JoinHandle<()>, Log), StoreError> {
    let state = Arc::new(State::default());
    let (wake, woken) = crossbeam_channel::bounded(1);
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(failed)?;
    let carrier = Carrier { connection, state: Arc::clone(&state), woken };
    let thread = std::thread::Builder::new()
        .name("docket-carrier".to_owned())
        .spawn(move || carrier.run())
        .map_err(|error| StoreError::Failed(format!("no thread for checkpoints: {error}")))?;
    Ok((thread, Log { state, wake }))
}

struct Carrier {
    connection: Connection,
    state: Arc<State>,
    woken: Receiver<()>,
}

impl Carrier {
    fn run(self) {
        while self.woken.recv().is_ok() {
            match carry_over(&self.connection, PASSIVE) {
                Ok(carried) => self.state.carried.store(carried, Ordering::Release),
                // Another process is at it, or the disk fails; the writer will notice the latter by itself.
                Err(error) => tracing::debug!(%error, "checkpoint put off"),
            }
            self.state.carrying.store(false, Ordering::Release);
        }
    }
}

impl Log {
    /// Lets the writer's connection count the log's pages.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let state = Arc::clone(&self.state);
        let hook = move |_: &mut Wal, pages: std::ffi::c_int| {
            state.pages.store(i64::from(pages), Ordering::Release);
            Ok(())
        };
        // The hook takes the place of SQLite's own automatic checkpoints.
        connection.wal_hook(Some(hook)).map_err(failed)
    }

    /// After a commit: sees to it that the log is carried over and stays bounded.
    pub(super) fn tend(&self, connection: &Connection) {
        let pages = self.state.pages.load(Ordering::Acquire);
        if pages < CARRY_PAGES || self.state.carrying.load(Ordering::Acquire) {
            return;
        }
        let carried = self.state.carried.load(Ordering::Acquire);
        let rest = pages - carried;
        // A carrier that cannot keep up is helped in the end: a stall is better than a log without bound.
        let overdue = pages >= 2 * BOUND_PAGES;
        if pages >= BOUND_PAGES && carried <= pages && (rest < CARRY_PAGES || overdue) {
            // The next commit starts the log afresh if nobody reads the old one any more.
            let done = carry_over(connection, PASSIVE);
            self.state.carried.store(0, Ordering::Release);
            if let Err(error) = done {
                tracing::debug!(%error, "checkpoint put off");
            }
            return;
        }
        if carried > pages || rest >= CARRY_PAGES {
            self.state.carrying.store(true, Ordering::Release);
            if let Err(TrySendError::Disconnected(())) = self.wake.try_send(()) {
                self.state.carrying.store(false, Ordering::Release);
            }
        }
    }

    /// At the end: the file is whole without its log.
    pub(super) fn finish(self, connection: &Connection) {
        let done = carry_over(connection, TRUNCATE);
        if let Err(error) = done {
            tracing::debug!(%error, "the log stays; the next start carries it over");
        }
    }
}
