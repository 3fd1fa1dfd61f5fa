//! Sessions: who is logged in, what they watch, how far they have seen.

use super::super::error::Error;
use super::super::wire::Json;
use super::messages::Loader;
use super::rights::Rights;
use super::routes::Told;
use super::token::{Holder, Token};
use crate::dialect::ServeContext;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{ConnectionId, Sequence};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A session without requests lives this long.
const IDLE_S: i64 = 300;
/// A hash that hands a session over lives this long.
const HASH_S: i64 = 120;
/// At most this many sessions; beyond, the one idle longest ends.
const MOST_SESSIONS: usize = 20_000;
/// At most this many of one connection, so that nobody ends the sessions of others.
const MOST_OF_ONE: usize = 1000;
/// At most this many hashes of one connection.
const MOST_HASHES: usize = 1000;
/// At most this many events wait for one session.
const MOST_PENDING: usize = 100;
/// `avl_evts` calls in [`EVENT_WINDOW_S`], where the connection's setting `limits` is on.
const EVENT_CALLS: usize = 10;
/// The window they are counted in.
const EVENT_WINDOW_S: i64 = 10;
/// Calls of a session at once, where the connection's setting `limits` is on.
const CALLS_AT_ONCE: usize = 10;
/// Calls for messages among them.
const HEAVY_AT_ONCE: usize = 3;

/// What a session is.
pub(super) struct Session {
    /// Whose.
    pub caller: Caller,
    /// By which token.
    pub token: Token,
    /// When it was last used.
    used: i64,
    /// The items in it, with their data flags.
    pub watched: BTreeMap<i64, u64>,
    /// How much of the journal it was told.
    pub cursor: Sequence,
    /// Up to when it was told which orders left the listing by age.
    pub aged: Timestamp,
    /// What it was told of routes.
    pub routes: Told,
    /// What it is to be told besides: how uploads went.
    pub pending: Vec<Json>,
    /// When the last position it was told of each watched unit was taken.
    pub positions: HashMap<i64, Timestamp>,
    /// What it was last told of the properties of each watched unit, in short.
    pub properties: HashMap<i64, u64>,
    /// The units there were when it last asked, where it is told which come and go.
    pub known: Option<BTreeSet<i64>>,
    /// The messages it loaded.
    pub loader: Option<Loader>,
    /// It wants integers that do not fit a double as texts.
    pub long_texts: bool,
    /// How many of its calls are under way, and how many of those for messages.
    running: [Arc<AtomicUsize>; 2],
    /// Its latest `avl_evts` calls.
    calls: VecDeque<i64>,
}

/// A session that can be locked.
pub(super) type Shared = Arc<Mutex<Session>>;

/// Locks a session; what a panic left behind is still whole, for every write is one assignment.
pub(super) fn lock(session: &Shared) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All sessions, in memory.
#[derive(Default)]
pub(super) struct Sessions {
    inner: Mutex<Inner>,
}

/// A hash that hands a session over.
struct Hash {
    token: Token,
    whose: Option<ConnectionId>,
    made: i64,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<String, Shared>,
    hashes: HashMap<String, Hash>,
    swept: i64,
}

impl Inner {
    /// Forgets what is over, and makes room for one more session of a connection.
    fn sweep(&mut self, now: i64, whose: Option<ConnectionId>) {
        if now != self.swept {
            self.swept = now;
            self.sessions.retain(|_, session| lock(session).used + IDLE_S > now);
            self.hashes.retain(|_, hash| hash.made + HASH_S > now);
        }
        if self.sessions.len() >= MOST_OF_ONE && self.sessions_of(whose).count() >= MOST_OF_ONE {
            let idlest = self.sessions_of(whose).min_by_key(|(_, session)| lock(session).used);
            let idlest = idlest.map(|(sid, _)| sid.clone());
            idlest.and_then(|sid| self.sessions.remove(&sid));
        }
        if self.sessions.len() >= MOST_SESSIONS {
            let idlest = self.sessions.iter().min_by_key(|(_, session)| lock(session).used).map(|(sid, _)| sid.clone());
            idlest.and_then(|sid| self.sessions.remove(&sid));
        }
    }

    fn sessions_of(&self, whose: Option<ConnectionId>) -> impl Iterator<Item = (&String, &Shared)> {
        self.sessions.iter().filter(move |(_, session)| lock(session).caller.connection_id() == whose)
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session and gives its id.
    pub(super) fn begin(&self, cx: ServeContext<'_>, caller: Caller, token: Token) -> String {
        let now = cx.now.as_second();
        let sid = format!("{:032x}", (cx.random)());
        let whose = caller.connection_id();
        let session = Session::new(caller, token, cx.now);
        let mut inner = self.lock();
        inner.sweep(now, whose);
        inner.sessions.insert(sid.clone(), Arc::new(Mutex::new(session)));
        sid
    }

    /// The living session of an id; using it keeps it alive. Its token must still be good.
    pub(super) async fn resume(&self, cx: ServeContext<'_>, sid: &str) -> Result<(Shared, Caller, Rights), Error> {
        let now = cx.now.as_second();
        let session = {
            let mut inner = self.lock();
            let session = inner.sessions.get(sid).cloned().ok_or(Error::Session)?;
            if lock(&session).used + IDLE_S <= now {
                inner.sessions.remove(sid);
                return Err(Error::Session);
            }
            session
        };
        let token = lock(&session).token.clone();
        let holder = match token.holder(cx).await {
            // It was put off since.
            Err(Error::Access) => None,
            other => other?,
        };
        let Some(Holder { caller, rights, .. }) = holder else {
            self.end(sid);
            return Err(Error::Session);
        };
        let mut open = lock(&session);
        open.used = now.max(open.used);
        open.caller = caller.clone();
        drop(open);
        Ok((session, caller.within(Some(cx.exchange)), rights))
    }

    /// Ends a session.
    pub(super) fn end(&self, sid: &str) {
        self.lock().sessions.remove(sid);
    }

    /// A hash that begins one more session like this one.
    pub(super) fn hand_over(&self, cx: ServeContext<'_>, session: &Shared) -> Result<String, Error> {
        let made = cx.now.as_second();
        let hash = format!("{:032x}", (cx.random)());
        let (whose, token) = {
            let open = lock(session);
            (open.caller.connection_id(), open.token.clone())
        };
        let mut inner = self.lock();
        inner.hashes.retain(|_, hash| hash.made + HASH_S > made);
        if inner.hashes.values().filter(|hash| hash.whose == whose).count() >= MOST_HASHES {
            return Err(Error::Limit("LIMIT auth_hash"));
        }
        inner.hashes.insert(hash.clone(), Hash { token, whose, made });
        Ok(hash)
    }

    /// By which token this hash was made; once, within two minutes.
    pub(super) fn take_over(&self, cx: ServeContext<'_>, hash: &str) -> Option<Token> {
        let hash = self.lock().hashes.remove(hash)?;
        (hash.made + HASH_S > cx.now.as_second()).then_some(hash.token)
    }
}

/// A call under way; counted until it is dropped.
pub(super) struct Running(Vec<Arc<AtomicUsize>>);

impl Drop for Running {
    fn drop(&mut self) {
        for count in &self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Session {
    fn new(caller: Caller, token: Token, now: Timestamp) -> Session {
        Session {
            caller,
            token,
            used: now.as_second(),
            watched: BTreeMap::new(),
            cursor: Sequence(0),
            aged: now,
            positions: HashMap::new(),
            properties: HashMap::new(),
            routes: Told::default(),
            pending: Vec::new(),
            known: None,
            loader: None,
            long_texts: false,
            running: [Arc::default(), Arc::default()],
            calls: VecDeque::new(),
        }
    }

    /// Whether its connection keeps the vendor's limits.
    pub(super) fn is_limited(&self) -> bool {
        self.caller.connection.as_ref().is_some_and(|connection| connection.flag("limits", false))
    }

    /// Counts a call for as long as it takes; an error when there are too many at once.
    pub(super) fn start_call(&self, is_heavy: bool) -> Result<Running, Error> {
        let mut running = Running(Vec::new());
        for (count, most) in self.running.iter().zip([CALLS_AT_ONCE, HEAVY_AT_ONCE]).take(1 + usize::from(is_heavy)) {
            count.fetch_add(1, Ordering::Relaxed);
            running.0.push(Arc::clone(count));
            if self.is_limited() && count.load(Ordering::Relaxed) > most {
                return Err(Error::Limit("LIMIT api_concurrent"));
            }
        }
        Ok(running)
    }

    /// Tells it something with its next events; the oldest is forgotten where nobody asks for them.
    pub(super) fn tell(&mut self, event: Json) {
        if self.pending.len() >= MOST_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(event);
    }

    /// Counts an `avl_evts` call; an error when there were too many lately.
    pub(super) fn count_call(&mut self, now: i64) -> Result<(), Error> {
        if !self.is_limited() {
            return Ok(());
        }
        while self.calls.front().is_some_and(|&at| at + EVENT_WINDOW_S <= now) {
            self.calls.pop_front();
        }
        if self.calls.len() >= EVENT_CALLS {
            return Err(Error::Limit("LIMIT avl_evts"));
        }
        self.calls.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::connection::{Connection, Role, Scope};
    use docket_core::ids::AccountId;

    fn session(limits: &str) -> Session {
        let connection = Connection {
            id: ConnectionId(1),
            account: AccountId(1),
            name: "main".to_owned(),
            dialect: "wialon".to_owned(),
            role: Role::Serve,
            scope: Scope::Own,
            enabled: true,
            settings: BTreeMap::from([("limits".to_owned(), limits.to_owned())]),
            created_at: Timestamp::UNIX_EPOCH,
        };
        Session::new(Caller::connection(Arc::new(connection)), Token::of("t"), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn calls_at_once_are_counted_where_limits_are_on() {
        let limited = session("true");
        let heavy: Vec<_> = (0..3).map(|_| limited.start_call(true).unwrap()).collect();
        assert!(limited.start_call(true).is_err(), "a fourth for messages");
        let light: Vec<_> = (0..7).map(|_| limited.start_call(false).unwrap()).collect();
        assert!(limited.start_call(false).is_err(), "an eleventh of any kind");
        drop(heavy);
        assert!(limited.start_call(true).is_ok(), "those refused do not count");
        drop(light);
        let free = session("false");
        assert!((0..100).map(|_| free.start_call(true)).collect::<Vec<_>>().iter().all(Result::is_ok));
    }
}
