//! What is kept in memory of a counterpart: the session there, and what it has told since it began. Gone with the
//! process; then everything is read anew.

use super::call::Client;
use crate::connect::{ConnectError, Remote};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Serial};
use futures_util::lock::Mutex as Turns;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many deliveries are remembered as being recent.
const RECENT: usize = 4096;

/// The sessions of this process, by connection.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<ConnectionId, Arc<Session>>>);

/// One counterpart.
#[derive(Default)]
pub(super) struct Session {
    state: Mutex<State>,
    /// Who logs in does so alone: sessions are few.
    pub(super) entering: Turns<()>,
    /// Who reads what happened does so alone: each event is told once.
    pub(super) reading: Turns<()>,
}

/// What is known of a counterpart.
#[derive(Default)]
pub(super) struct State {
    /// Where and as whom we called: with another address or token everything begins anew.
    whom: Vec<String>,
    /// The session.
    pub(super) sid: Option<String>,
    /// The resource whose orders are meant.
    pub(super) resource: Option<i64>,
    /// When everything was last read, and followed by events since; `None` while something may have been missed.
    pub(super) followed_since: Option<Timestamp>,
    /// Until when what happened was heard.
    pub(super) heard_until: Option<Timestamp>,
    /// The orders that are listed there, by their ids: which order an event means that says its id alone.
    pub(super) listed: HashMap<i64, i64>,
    /// Orders here of which is not known whether they came to be there.
    pub(super) intents: BTreeSet<Serial>,
    /// Counts what was said; when something about an order last was.
    said: u64,
    recent: HashMap<Serial, u64>,
}

impl Sessions {
    /// The session of a connection.
    pub(super) fn of(remote: &Remote<'_>) -> Result<Arc<Session>, ConnectError> {
        let setting = |name| remote.connection.setting(name).unwrap_or_default().to_owned();
        let whom = vec![
            remote.url()?.to_owned(),
            remote.secret(super::TOKEN)?.to_owned(),
            setting(super::REMOTE_USER),
            setting(super::REMOTE_RESOURCE),
        ];
        let known = remote.memory.get::<Sessions>();
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = Arc::clone(known.entry(remote.connection.id).or_default());
        let mut state = session.lock();
        if state.whom != whom {
            *state = State { whom, ..State::default() };
        }
        drop(state);
        Ok(session)
    }
}

impl Session {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session is over, if it is still this one: what it watched is watched no more.
    pub(super) fn forget(&self, sid: &str) {
        let mut state = self.lock();
        if state.sid.as_deref() == Some(sid) {
            (state.sid, state.followed_since) = (None, None);
        }
    }

    /// How much was said so far.
    pub(super) fn said(&self) -> u64 {
        self.lock().said
    }

    /// Something was said about an order, or was tried to.
    pub(super) fn say(&self, order: Serial) {
        let mut state = self.lock();
        state.said += 1;
        let now = state.said;
        if state.recent.len() >= RECENT {
            state.recent.retain(|_, at| *at + (RECENT as u64) / 2 > now);
        }
        state.recent.insert(order, now);
    }

    /// Whether something was said about an order after so much had been said: what was read then may be older.
    pub(super) fn has_said_since(&self, order: Serial, said: u64) -> bool {
        self.lock().recent.get(&order).is_some_and(|at| *at > said)
    }

    /// Whether it is still open if an order came to be there.
    pub(super) fn intend(&self, order: Serial, is_open: bool) {
        let mut state = self.lock();
        if is_open {
            state.intents.insert(order);
        } else {
            state.intents.remove(&order);
        }
    }
}

impl Client<'_> {
    /// The resource whose orders are meant, if that is known.
    pub(super) fn known_resource(&self) -> Option<i64> {
        self.session.lock().resource
    }
}
