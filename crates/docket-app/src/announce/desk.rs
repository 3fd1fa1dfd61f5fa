//! What is owed within one account: how far its journal was followed, and the calls to each connection.

use super::call::{self, Ended};
use super::{AnnounceOptions, Listener, within};
use crate::hub::{Hub, fault};
use crate::trace::Trace;
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Sequence, Serial};
use docket_core::ledger::{Fault, Holder, Ledger, Record};
use docket_core::order::Entry;
use docket_dialects::{Announcement, News};
use docket_store::{Append, Lookup};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How many entries are read at once, and told in one call at most.
const PAGE: usize = 500;
/// How many pages are read in one beat.
const PAGES: usize = 8;
/// How many calls may be owed to one connection; the oldest give way.
const OWED: usize = 64;
/// How long an account is one process's to announce, and when that is made longer.
const LEASE_MS: i64 = 30_000;
const RENEW_MS: i64 = 10_000;
/// The place in the journal is written down at least so often while nothing is owed: so much may be told again.
const KEEP_MS: i64 = 10_000;

pub(crate) const NAMESPACE: &str = "announce";
pub(crate) const PLACE: &str = "after";
const CALLS: &str = "owed";

/// A call that is owed: about the entries behind `after` up to `upto`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) after: i64,
    pub(super) upto: i64,
    pub(super) attempts: usize,
    pub(super) due_ms: i64,
    /// What it is part of, as it is kept.
    #[serde(default)]
    pub(super) trace: Option<String>,
    /// What the dialect said a moment ago, so that it need not be asked again at once.
    #[serde(skip)]
    pub(super) fresh: Option<(ExchangeId, Announcement)>,
}

#[derive(Default)]
struct Queue {
    owed: Vec<Owed>,
    /// One call at a time per connection; the others wait.
    calling: bool,
    changed: bool,
    /// The pauses of its dialect, for when a call fails.
    retries: &'static [Duration],
}

/// The account's desk. Empty until the lease is held.
pub(super) struct Desk {
    account: AccountId,
    after: Option<Sequence>,
    /// The place as written down by this process.
    kept: Option<Sequence>,
    kept_at_ms: i64,
    held_until_ms: i64,
    queues: BTreeMap<ConnectionId, Queue>,
    /// Who listened when last looked.
    listeners: Vec<Listener>,
    /// Nobody did.
    idle: bool,
}

impl Desk {
    pub(super) fn new(account: AccountId) -> Desk {
        let (queues, listeners, idle) = (BTreeMap::new(), Vec::new(), false);
        Desk { account, after: None, kept: None, kept_at_ms: 0, held_until_ms: 0, queues, listeners, idle }
    }

    pub(super) fn is_calling(&self) -> bool {
        self.queues.values().any(|queue| queue.calling)
    }

    pub(super) fn listeners(&self) -> Vec<Listener> {
        self.listeners.clone()
    }

    /// Reads on in the journal and notes which calls are owed for it; `true` when there is more to read.
    pub(super) async fn follow(&mut self, hub: &Hub, listeners: &[Listener]) -> Result<bool, Fault> {
        if listeners.is_empty() {
            return self.rest(hub).await.map(|()| false);
        }
        self.idle = false;
        if !self.hold(hub).await? {
            return Ok(false);
        }
        let mut behind = true;
        let mut after = match self.after {
            Some(after) => after,
            None => self.open(hub, listeners).await?,
        };
        for _ in 0..PAGES {
            if hub.head(self.account).await? <= after {
                behind = false;
                break;
            }
            let entries = hub.journal(self.account, after, PAGE).await?;
            let Some(last) = entries.last().map(|entry| entry.sequence) else {
                behind = false;
                break;
            };
            let full = entries.len() == PAGE;
            let news = news_of(hub, self.account, entries).await?;
            for listener in listeners {
                self.owe(hub, listener, &news, (after, last)).await?;
            }
            after = last;
            self.after = Some(last);
            if !full {
                behind = false;
                break;
            }
        }
        self.keep(hub).await.map(|()| behind)
    }

    /// Nobody listens: who does later is told what happens then, not what happened meanwhile.
    async fn rest(&mut self, hub: &Hub) -> Result<(), Fault> {
        if self.idle {
            return Ok(());
        }
        if hub.record(self.account.into(), NAMESPACE, PLACE).await?.is_some() {
            append(hub, self.account, vec![record(self.account.into(), PLACE, None)]).await?;
        }
        *self = Desk { idle: true, ..Desk::new(self.account) };
        Ok(())
    }

    /// Whether this process is the one that announces.
    async fn hold(&mut self, hub: &Hub) -> Result<bool, Fault> {
        let now = hub.now();
        let left = self.held_until_ms - now.as_millisecond();
        if left > RENEW_MS {
            return Ok(true);
        }
        let name = format!("announce/{}", self.account.0);
        if !hub.store().lease(&name, hub.holder(), now, LEASE_MS).await.map_err(fault)? {
            // Whoever holds it writes down how far it got; what is in memory here is old.
            *self = Desk::new(self.account);
            return Ok(false);
        }
        if left <= 0 && self.after.is_some() && place(hub, self.account).await?.is_none_or(|place| !place.ours) {
            // It was somebody else's meanwhile.
            *self = Desk::new(self.account);
        }
        self.held_until_ms = now.as_millisecond().saturating_add(LEASE_MS);
        Ok(true)
    }

    /// Goes on where somebody left off, or begins with what comes next.
    async fn open(&mut self, hub: &Hub, listeners: &[Listener]) -> Result<Sequence, Fault> {
        let after = match place(hub, self.account).await? {
            Some(place) => place.after,
            None => hub.head(self.account).await?,
        };
        for listener in listeners {
            let id = listener.connection.id;
            let owed = hub.record(id.into(), NAMESPACE, CALLS).await?;
            let owed: Vec<Owed> = owed.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            self.queues.insert(id, Queue { owed, retries: listener.announce.retries(), ..Queue::default() });
        }
        self.after = Some(after);
        Ok(after)
    }

    async fn owe(
        &mut self,
        hub: &Hub,
        listener: &Listener,
        news: &[News],
        (after, upto): (Sequence, Sequence),
    ) -> Result<(), Fault> {
        let told = told_to(listener, news);
        if told.is_empty() {
            return Ok(());
        }
        let exchange = hub.new_exchange();
        let asked = within(hub, exchange, |cx| listener.announce.announce(cx, &listener.connection, &told)).await?;
        let Some(announcement) = asked else { return Ok(()) };
        // What tells of several changes is in the trace of the last request among them.
        let asked = told.iter().rev().find(|news| is_asked(&news.entry)).or(told.last());
        let trace = asked.map(|news| Trace::of(&news.entry).to_string());
        let queue = self.queues.entry(listener.connection.id).or_default();
        queue.retries = listener.announce.retries();
        queue.changed = true;
        queue.owed.push(Owed {
            after: after.0,
            upto: upto.0,
            attempts: 0,
            due_ms: hub.now().as_millisecond(),
            trace,
            fresh: Some((exchange, announcement)),
        });
        if queue.owed.len() > OWED {
            // The first may be on its way just now.
            queue.owed.remove(usize::from(queue.calling));
            let connection = &listener.connection.name;
            tracing::warn!(connection, "too many calls are owed; the oldest is dropped");
        }
        Ok(())
    }

    /// Writes down what changed.
    async fn keep(&mut self, hub: &Hub) -> Result<(), Fault> {
        let now_ms = hub.now().as_millisecond();
        let owes = self.queues.values().any(|queue| queue.changed);
        let moved = self.after != self.kept && (self.kept.is_none() || now_ms - self.kept_at_ms >= KEEP_MS);
        if !owes && !moved {
            return Ok(());
        }
        let place = self.after.map(|after| format!("{} {}", after.0, hub.holder()));
        let mut records = vec![record(self.account.into(), PLACE, place)];
        for (id, queue) in self.queues.iter().filter(|(_, queue)| queue.changed) {
            let owed = match queue.owed.is_empty() {
                true => None,
                false => serde_json::to_string(&queue.owed).ok(),
            };
            records.push(record((*id).into(), CALLS, owed));
        }
        append(hub, self.account, records).await?;
        self.queues.values_mut().for_each(|queue| queue.changed = false);
        (self.kept, self.kept_at_ms) = (self.after, now_ms);
        Ok(())
    }

    /// Starts the calls that are due: one per connection, beside one another.
    pub(super) fn start(
        &mut self,
        hub: &Arc<Hub>,
        options: AnnounceOptions,
        listeners: Vec<Listener>,
        ended: &mpsc::Sender<Ended>,
    ) {
        self.listeners = listeners;
        let now_ms = hub.now().as_millisecond();
        for listener in &self.listeners {
            let Some(queue) = self.queues.get_mut(&listener.connection.id).filter(|queue| !queue.calling) else {
                continue;
            };
            let Some(at) = queue.owed.iter().position(|owed| owed.due_ms <= now_ms) else { continue };
            // The one on its way stands first.
            let mut owed = queue.owed.remove(at);
            let fresh = owed.fresh.take();
            queue.owed.insert(0, owed.clone());
            owed.fresh = fresh;
            queue.calling = true;
            let (hub, listener, ended) = (Arc::clone(hub), listener.clone(), ended.clone());
            tokio::spawn(async move { call::make(hub, options, listener, owed, ended).await });
        }
    }

    /// What became of a call.
    pub(super) fn note(&mut self, ended: Ended, now: Timestamp) {
        let Some(queue) = self.queues.get_mut(&ended.connection).filter(|queue| queue.calling) else { return };
        queue.calling = false;
        queue.changed = true;
        let Some(mut owed) = (!queue.owed.is_empty()).then(|| queue.owed.remove(0)) else { return };
        let Some(problem) = ended.problem else { return };
        match queue.retries.get(owed.attempts) {
            Some(pause) => {
                owed.attempts += 1;
                let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
                owed.due_ms = now.as_millisecond().saturating_add(pause_ms);
                tracing::info!(connection = ended.name, problem, pause_ms, "an announcement failed; trying again");
                queue.owed.push(owed);
            }
            None => {
                tracing::warn!(connection = ended.name, problem, "an announcement failed and is dropped");
            }
        }
    }
}

/// How far the journal was followed, as written down.
struct Place {
    after: Sequence,
    /// By this process.
    ours: bool,
}

async fn place(hub: &Hub, account: AccountId) -> Result<Option<Place>, Fault> {
    let text = hub.record(account.into(), NAMESPACE, PLACE).await?;
    Ok(text.and_then(|text| {
        let (after, holder) = text.split_once(' ')?;
        Some(Place { after: Sequence(after.parse().ok()?), ours: holder == hub.holder().to_string() })
    }))
}

fn record(holder: Holder, key: &str, value: Option<String>) -> Record {
    Record { holder, namespace: NAMESPACE.to_owned(), key: key.to_owned(), value, expected: None }
}

async fn append(hub: &Hub, account: AccountId, records: Vec<Record>) -> Result<(), Fault> {
    let append = Append { account, records, ..Append::default() };
    hub.store().append(append).await.map(drop).map_err(fault)
}

/// What happened, each with its order as it is now. Entries that changed nothing are no news.
async fn news_of(
    hub: &Hub,
    account: AccountId,
    entries: Vec<Arc<docket_core::order::Entry>>,
) -> Result<Vec<News>, Fault> {
    let entries: Vec<_> = entries.into_iter().filter(|entry| !entry.changes.is_empty()).collect();
    let serials: BTreeSet<Serial> = entries.iter().map(|entry| entry.serial).collect();
    let lookup = Lookup { serials: serials.into_iter().collect(), ..Lookup::default() };
    let loaded = hub.store().load(account, lookup).await.map_err(fault)?;
    let news = entries.into_iter().filter_map(|entry| {
        let order = Arc::clone(loaded.orders.get(&entry.serial)?);
        Some(News { entry, order })
    });
    Ok(news.collect())
}

/// Of the news what a connection is told: what it may see and did not do itself.
fn told_to(listener: &Listener, news: &[News]) -> Vec<News> {
    let connection = &listener.connection;
    let told = news.iter().filter(|news| news.entry.connection != Some(connection.id) && connection.sees(&news.order));
    told.cloned().collect()
}

/// Whether a request is behind an entry.
fn is_asked(entry: &Entry) -> bool {
    entry.trace.is_some() || entry.exchange.is_some()
}

/// The news of some stretch of the journal again, for a call that is tried again.
pub(super) async fn news_again(hub: &Hub, listener: &Listener, owed: &Owed) -> Result<Vec<News>, Fault> {
    let limit = usize::try_from(owed.upto - owed.after).unwrap_or_default().min(PAGE);
    let account = listener.connection.account;
    let entries = hub.journal(account, Sequence(owed.after), limit).await?;
    Ok(told_to(listener, &news_of(hub, account, entries).await?))
}
