//! Announcing: tells counterparts that want to be called that orders changed.
//!
//! Follows each account's journal in beats of about a second, asks the dialect of every connection that listens what to
//! send about the beat's entries, makes the calls, and tries again by the dialect's own schedule. How far the journal
//! was followed and which calls are owed is kept with the store, so a call that is owed survives a restart; a lease
//! makes one process of several the one that calls. What may happen twice is a call, never that one is lost, until its
//! attempts are used up.
//!
//! ```text
//! journal ─► beat ─► listens? ─► news the connection may see ─► Announce ─► owed calls ─► Outside ─► wire log
//! ```

mod call;
mod desk;
#[cfg(test)]
mod tests;

use crate::hub::Hub;
use call::Ended;
use desk::Desk;
pub(crate) use desk::{NAMESPACE, PLACE};
use docket_core::connection::{Connection, Role};
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;
use docket_dialects::{Announce, Dialect, ServeContext, dialect};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The beat: entries that fall into one are told together.
const BEAT: Duration = Duration::from_secs(1);
/// How many calls may have ended and not been noted.
const ENDED: usize = 1_024;

/// How announcing is done.
#[derive(Clone, Copy, Debug)]
pub struct AnnounceOptions {
    /// Whether calls are kept in the wire log.
    pub log: bool,
}

/// Announces until the hub stops.
pub async fn run(hub: Arc<Hub>, options: AnnounceOptions) {
    let mut announcer = Announcer::new(Arc::clone(&hub), options);
    while !hub.is_stopping() {
        let behind = announcer.beat().await;
        let pause = if behind { Duration::ZERO } else { BEAT };
        if !announcer.pause(pause).await {
            return;
        }
    }
}

/// A connection that wants to be called.
#[derive(Clone)]
struct Listener {
    connection: Arc<Connection>,
    dialect: &'static Dialect,
    announce: &'static dyn Announce,
}

/// How a dialect announces, if it does.
type Speaks = fn(&str) -> Option<(&'static Dialect, &'static dyn Announce)>;

/// The worker of one process.
pub struct Announcer {
    hub: Arc<Hub>,
    options: AnnounceOptions,
    speaks: Speaks,
    desks: BTreeMap<AccountId, Desk>,
    ended: (mpsc::Sender<Ended>, mpsc::Receiver<Ended>),
}

impl Announcer {
    /// A worker that has looked at nothing yet.
    pub fn new(hub: Arc<Hub>, options: AnnounceOptions) -> Announcer {
        Announcer::speaking(hub, options, |id| {
            let dialect = dialect(id)?;
            Some((dialect, dialect.announce?))
        })
    }

    fn speaking(hub: Arc<Hub>, options: AnnounceOptions, speaks: Speaks) -> Announcer {
        Announcer { hub, options, speaks, desks: BTreeMap::new(), ended: mpsc::channel(ENDED) }
    }

    /// Waits for the next beat and meanwhile lets one call follow the other; `false` when the hub stops.
    async fn pause(&mut self, pause: Duration) -> bool {
        let hub = Arc::clone(&self.hub);
        let rest = hub.rest(pause);
        tokio::pin!(rest);
        loop {
            tokio::select! {
                going_on = &mut rest => return going_on,
                Some(ended) = self.ended.1.recv() => self.note(ended),
            }
        }
    }

    /// One beat: notes the calls that ended, reads on in each account's journal, starts the calls that are due. `true`
    /// when there is more to read at once.
    pub async fn beat(&mut self) -> bool {
        while let Ok(ended) = self.ended.1.try_recv() {
            self.note(ended);
        }
        let mut listeners: BTreeMap<AccountId, Vec<Listener>> = BTreeMap::new();
        for connection in self.hub.directory().connections().filter(|connection| may_listen(connection)) {
            let Some((dialect, announce)) = (self.speaks)(&connection.dialect) else { continue };
            let listener = Listener { connection: Arc::clone(connection), dialect, announce };
            listeners.entry(connection.account).or_default().push(listener);
        }
        let mut behind = false;
        for account in self.hub.accounts() {
            let may = listeners.remove(&account).unwrap_or_default();
            match self.serve(account, may).await {
                Ok(more) => behind |= more,
                Err(fault) => tracing::warn!(%fault, %account, "announcing stopped for a beat"),
            }
        }
        behind
    }

    async fn serve(&mut self, account: AccountId, may: Vec<Listener>) -> Result<bool, Fault> {
        if may.is_empty() && !self.desks.contains_key(&account) {
            return Ok(false);
        }
        let listeners = listening(&self.hub, may).await?;
        let desk = self.desks.entry(account).or_insert_with(|| Desk::new(account));
        let behind = desk.follow(&self.hub, &listeners).await?;
        desk.start(&self.hub, self.options, listeners, &self.ended.0);
        Ok(behind)
    }

    fn note(&mut self, ended: Ended) {
        if let Some(desk) = self.desks.get_mut(&ended.account) {
            desk.note(ended, self.hub.now());
            // What is owed besides need not wait for the next beat.
            let listeners = desk.listeners();
            desk.start(&self.hub, self.options, listeners, &self.ended.0);
        }
    }

    /// Waits until every call that was started has ended, and notes it.
    pub async fn settle(&mut self) {
        while self.desks.values().any(Desk::is_calling) {
            let Some(ended) = self.ended.1.recv().await else { return };
            self.note(ended);
        }
    }
}

fn may_listen(connection: &Connection) -> bool {
    connection.enabled && connection.role != Role::Connect
}

async fn listening(hub: &Hub, may: Vec<Listener>) -> Result<Vec<Listener>, Fault> {
    let mut listeners = Vec::with_capacity(may.len());
    for listener in may {
        if with_context(hub, |cx| listener.announce.listens(cx, &listener.connection)).await? {
            listeners.push(listener);
        }
    }
    Ok(listeners)
}

/// Lends a dialect the hub, within a new exchange.
fn with_context<'a, T>(hub: &'a Hub, ask: impl FnOnce(ServeContext<'a>) -> T) -> T {
    let exchange = hub.new_exchange();
    within(hub, exchange, ask)
}

fn within<'a, T>(hub: &'a Hub, exchange: docket_core::ids::ExchangeId, ask: impl FnOnce(ServeContext<'a>) -> T) -> T {
    ask(ServeContext {
        ledger: hub,
        now: hub.now(),
        exchange,
        memory: &hub.memory,
        planner: hub,
        random: &rand::random::<u128>,
    })
}
