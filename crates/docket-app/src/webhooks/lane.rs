//! What one receiver is sent: a cursor over the journal, and messages that failed and wait.
//!
//! What is taken at once leaves no row behind but its attempt. What fails becomes a message that is tried again by itself,
//! while others go on. A receiver that takes nothing at all is left alone for growing pauses, and its place in the
//! journal waits with it. The place that is kept never passes an entry that is neither taken nor a message.

use super::manage::{secrets, settings};
use super::schedule::{BREAK, DISABLE_MS, again, later, wait};
use super::send::{self, Message, Outcome};
use super::settings::Settings;
use super::sign::Secret;
use super::{attempt_of, manage::WebhookError};
use crate::hub::{Hub, fault};
use crate::trace::Trace;
use docket_core::connection::Connection;
use docket_core::ids::{ConnectionId, Sequence};
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::Entry;
use docket_store::{Webhook, WebhookMessage, WebhookProgress, WebhookState};
use http::StatusCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many entries are read at once.
const PAGE: usize = 200;
/// How many attempts are made at once, at most.
const AT_ONCE: usize = 16;
/// How many messages may wait; while so many do, nothing new is sent.
const WAITING: usize = 1_000;
/// How long a receiver whose secret cannot be read is left alone.
const NO_KEYS_MS: i64 = 60_000;
/// What came of attempts is noted at least so often.
const NOTE_EVERY: Duration = Duration::from_millis(250);
/// How often is looked whether something is due, and for what other hubs wrote.
const LOOK: Duration = Duration::from_millis(250);
/// How long what is under way may take when the lane ends.
const GRACE: Duration = Duration::from_secs(2);

/// An attempt that ended.
struct Called {
    place: i64,
    attempts: i64,
    at: docket_core::Timestamp,
    outcome: Outcome,
}

pub(super) struct Lane {
    hub: Arc<Hub>,
    webhook: Webhook,
    settings: Settings,
    through: Option<ConnectionId>,
    config: watch::Receiver<Arc<Webhook>>,
    /// Rings when the journal grew.
    rings: watch::Receiver<Sequence>,
    /// Entries that were read and not looked at.
    ahead: VecDeque<Arc<Entry>>,
    /// Entries up to here were looked at.
    seen: i64,
    /// Of those, what is neither taken nor a message.
    unsettled: BTreeSet<i64>,
    /// What waits, by place.
    waiting: BTreeMap<i64, WebhookMessage>,
    /// More waits than was read.
    more_waits: bool,
    calls: JoinSet<Called>,
    calling: BTreeSet<i64>,
    /// How many attempts are made at once now: few while it fails, more with each success.
    width: usize,
    progress: WebhookProgress,
    is_dirty: bool,
    noted: Instant,
}

/// Whether a lane goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    /// It is not to be sent to any more.
    Out,
}

impl Lane {
    pub(super) fn new(hub: Arc<Hub>, webhook: Arc<Webhook>, config: watch::Receiver<Arc<Webhook>>) -> Lane {
        let webhook = Webhook::clone(&webhook);
        Lane {
            settings: settings(&webhook),
            webhook,
            rings: hub.follow(),
            hub,
            through: None,
            config,
            ahead: VecDeque::new(),
            seen: 0,
            unsettled: BTreeSet::new(),
            waiting: BTreeMap::new(),
            more_waits: false,
            calls: JoinSet::new(),
            calling: BTreeSet::new(),
            width: 1,
            progress: WebhookProgress::default(),
            is_dirty: false,
            noted: Instant::now(),
        }
    }

    /// Sends until the receiver is taken away, or the hub stops.
    pub(super) async fn run(mut self) {
        let mut begun = false;
        loop {
            let turned = match begun {
                true => self.turn().await,
                false => self.load().await,
            };
            match turned {
                Ok(Goes::Out) => return,
                Ok(Goes::On) => begun = true,
                Err(fault) => tracing::warn!(webhook = self.webhook.name, %fault, "sending stopped for a moment"),
            }
            if !self.pause().await {
                break;
            }
        }
        let ended = tokio::time::timeout(GRACE, async {
            while let Some(called) = self.calls.join_next().await {
                self.note(called.ok());
            }
        });
        // What takes longer is sent again by whoever goes on here.
        let _ = ended.await;
        let kept = match self.keep().await {
            Ok(false) => self.refresh().await.map(drop),
            other => other.map(drop),
        };
        if let Err(fault) = kept {
            tracing::warn!(webhook = self.webhook.name, %fault, "what was sent could not be noted; it is sent again");
        }
    }

    /// Waits for something to do; `false` when it is time to end.
    async fn pause(&mut self) -> bool {
        let room = self.calls.len() < self.width && self.ahead.is_empty() && !self.waits();
        let Lane { hub, calls, config, rings, .. } = self;
        let called = tokio::select! {
            called = calls.join_next(), if !calls.is_empty() => called,
            _ = rings.changed(), if room => None,
            changed = config.changed() => return changed.is_ok(),
            going_on = hub.rest(LOOK) => return going_on,
        };
        if let Some(called) = called {
            self.note(called.ok());
        }
        true
    }

    /// Reads everything anew.
    async fn load(&mut self) -> Result<Goes, Fault> {
        self.calls.abort_all();
        while self.calls.join_next().await.is_some() {}
        self.calling.clear();
        self.ahead.clear();
        self.unsettled.clear();
        self.progress = WebhookProgress::default();
        self.is_dirty = false;
        let store = self.hub.store();
        let Some(webhook) = store.webhook(self.webhook.id).await.map_err(fault)? else { return Ok(Goes::Out) };
        if webhook.state != WebhookState::Enabled {
            return Ok(Goes::Out);
        }
        self.seen = webhook.place.0;
        self.progress.health = webhook.health.clone();
        self.adopt(webhook);
        self.read_waiting().await?;
        Ok(Goes::On)
    }

    fn adopt(&mut self, webhook: Webhook) {
        self.settings = settings(&webhook);
        self.through = self.connection(&webhook).map(|connection| connection.id);
        self.webhook = webhook;
    }

    async fn read_waiting(&mut self) -> Result<(), Fault> {
        let store = self.hub.store();
        let waiting =
            store.webhook_messages(self.webhook.id, Some(false), Sequence(0), WAITING).await.map_err(fault)?;
        self.more_waits = waiting.len() == WAITING;
        self.waiting = waiting.into_iter().map(|message| (message.place.0, message)).collect();
        Ok(())
    }

    /// A person changed something. Unless it is the place, what was sent counts.
    async fn refresh(&mut self) -> Result<Goes, Fault> {
        let Some(webhook) = self.hub.store().webhook(self.webhook.id).await.map_err(fault)? else {
            return Ok(Goes::Out);
        };
        if webhook.place != self.webhook.place {
            return self.load().await;
        }
        if webhook.state_ms != self.webhook.state_ms {
            (self.progress.health, self.progress.state) = (webhook.health.clone(), None);
        }
        let goes = if webhook.state == WebhookState::Enabled { Goes::On } else { Goes::Out };
        self.adopt(webhook);
        self.is_dirty = true;
        if self.keep().await? {
            self.read_waiting().await?;
            return Ok(goes);
        }
        // Somebody changed it again: looked at again soon.
        Ok(Goes::On)
    }

    fn connection(&self, webhook: &Webhook) -> Option<Arc<Connection>> {
        let (directory, name) = (self.hub.directory(), self.settings.connection.as_ref()?);
        let mut own = directory.connections().filter(|known| known.account == webhook.account);
        own.find(|known| known.name == *name).cloned()
    }

    /// Notes what ended, reads on, starts what is due.
    async fn turn(&mut self) -> Result<Goes, Fault> {
        while let Some(called) = self.calls.try_join_next() {
            self.note(called.ok());
        }
        let moved = self.config.borrow().generation > self.webhook.generation;
        let ends = self.progress.state.is_some();
        let is_current = match moved || ends || self.noted.elapsed() >= NOTE_EVERY {
            true => self.keep().await?,
            false => true,
        };
        if moved || !is_current || (self.more_waits && self.waiting.is_empty()) {
            return self.refresh().await;
        }
        if ends {
            return Ok(Goes::Out);
        }
        self.rings.mark_unchanged();
        self.read_on().await?;
        self.start().await?;
        Ok(Goes::On)
    }

    /// Whether the receiver is left alone now.
    fn waits(&self) -> bool {
        self.progress.health.wait_until_ms > self.hub.now().as_millisecond()
    }

    fn is_broken(&self) -> bool {
        self.progress.health.failures >= BREAK
    }

    async fn read_on(&mut self) -> Result<(), Fault> {
        if !self.ahead.is_empty() || self.waits() {
            return Ok(());
        }
        let after = Sequence(self.seen);
        if self.hub.head(self.webhook.account).await? > after {
            self.ahead = self.hub.journal(self.webhook.account, after, PAGE).await?.into();
        }
        // What is of no interest is passed by at once.
        while let Some(entry) = self.ahead.pop_front_if(|entry| !takes(&self.settings, self.through, entry)) {
            self.seen = entry.sequence.0;
            self.is_dirty = true;
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<(), Fault> {
        let mut keys = None;
        while self.calls.len() < self.width && !self.waits() {
            let now_ms = self.hub.now().as_millisecond();
            let is_due = |message: &&WebhookMessage| {
                message.due_ms <= now_ms && !message.failed && !self.calling.contains(&message.place.0)
            };
            let due = self.waiting.values().find(is_due).map(|message| (message.place, message.attempts));
            if due.is_none() && self.ahead.is_empty() {
                return Ok(());
            }
            let keys = match &mut keys {
                Some(keys) => keys,
                none => match self.keys().await? {
                    Some(read) => none.insert(read),
                    None => return Ok(()),
                },
            };
            let (entry, attempts) = match due {
                Some((place, attempts)) => (self.entry(place).await?, attempts),
                None => (self.next_entry(), 0),
            };
            if let Some(entry) = entry {
                self.call(&entry, attempts, keys.clone());
            } else if due.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The secrets that are valid; without any, nothing is sent for a while.
    async fn keys(&mut self) -> Result<Option<Vec<Secret>>, Fault> {
        let now = self.hub.now();
        match secrets(self.hub.store(), self.hub.relay().vault(), &self.webhook, now).await {
            Ok(keys) => Ok(Some(keys)),
            Err(WebhookError::Store(error)) => Err(fault(error)),
            Err(error) => {
                tracing::error!(webhook = self.webhook.name, %error, "a webhook has no secret to sign with");
                let health = &mut self.progress.health;
                health.wait_until_ms = now.as_millisecond().saturating_add(NO_KEYS_MS);
                health.error = Some(error.to_string());
                self.is_dirty = true;
                Ok(None)
            }
        }
    }

    fn next_entry(&mut self) -> Option<Arc<Entry>> {
        while self.waiting.len() < WAITING
            && let Some(entry) = self.ahead.pop_front()
        {
            self.seen = entry.sequence.0;
            self.is_dirty = true;
            // One that is a message already is sent as such: after a replay, or when the place could not be kept.
            if takes(&self.settings, self.through, &entry) && !self.waiting.contains_key(&entry.sequence.0) {
                self.unsettled.insert(entry.sequence.0);
                return Some(entry);
            }
        }
        None
    }

    async fn entry(&mut self, place: Sequence) -> Result<Option<Arc<Entry>>, Fault> {
        let found = self.hub.journal(self.webhook.account, Sequence(place.0 - 1), 1).await?.into_iter().next();
        let found = found.filter(|entry| entry.sequence == place);
        if found.is_none() {
            self.waiting.remove(&place.0);
            self.progress.done.push(place);
            self.is_dirty = true;
        }
        Ok(found)
    }

    fn call(&mut self, entry: &Entry, attempts: i64, keys: Vec<Secret>) {
        let (hub, now, place) = (Arc::clone(&self.hub), self.hub.now(), entry.sequence.0);
        let (settings, message) = (self.settings.clone(), Message::about(self.webhook.account, entry));
        let trace = Trace::of(entry);
        self.calling.insert(place);
        self.calls.spawn(async move {
            let outcome = send::attempt(hub.webhooks().outside(), &settings, &keys, &message, trace, now).await;
            Called { place, attempts: attempts + 1, at: now, outcome }
        });
    }

    fn note(&mut self, called: Option<Called>) {
        let Some(called) = called else { return };
        let Called { place, attempts, at, outcome } = called;
        self.calling.remove(&place);
        self.is_dirty = true;
        let attempt = attempt_of(self.hub.new_id(), Some(Sequence(place)), attempts, at, &outcome);
        self.progress.attempts.push(attempt);
        match &outcome.error {
            None => self.taken(place),
            Some(error) => self.failed(place, attempts, error.clone(), &outcome),
        }
        self.unsettled.remove(&place);
    }

    fn taken(&mut self, place: i64) {
        let now_ms = self.hub.now().as_millisecond();
        let was_broken = self.is_broken();
        let health = &mut self.progress.health;
        (health.failing_ms, health.failures, health.wait_until_ms) = (None, 0, 0);
        (health.succeeded_ms, health.error) = (Some(now_ms), None);
        self.width = (self.width * 2).min(AT_ONCE);
        if self.waiting.remove(&place).is_some() {
            self.progress.done.push(Sequence(place));
            self.progress.put.retain(|message| message.place.0 != place);
        }
        if was_broken {
            // What failed did so because of the receiver: it is well again.
            for message in self.waiting.values_mut().filter(|message| message.due_ms > now_ms) {
                message.due_ms = now_ms;
                self.progress.put.push(message.clone());
            }
        }
    }

    fn failed(&mut self, place: i64, attempts: i64, error: String, outcome: &Outcome) {
        let (now_ms, random) = (self.hub.now().as_millisecond(), rand::random::<u64>());
        self.width = 1;
        let health = &mut self.progress.health;
        health.failures = health.failures.saturating_add(1);
        let since_ms = *health.failing_ms.get_or_insert(now_ms);
        let pause_ms = wait(health.failures, outcome.asked, random);
        health.wait_until_ms = if pause_ms > 0 { now_ms.saturating_add(pause_ms) } else { 0 };
        health.error = Some(error.clone());
        if outcome.status == Some(StatusCode::GONE) {
            self.progress.state = Some(WebhookState::Gone);
        } else if now_ms.saturating_sub(since_ms) >= DISABLE_MS {
            tracing::warn!(webhook = self.webhook.name, error, "a webhook took nothing for days and is disabled");
            self.progress.state = Some(WebhookState::Disabled);
        }
        let pause_ms = match again(attempts, random) {
            Some(pause_ms) => Some(pause_ms),
            None => self.is_broken().then(|| later(random)),
        };
        let first_ms = self.waiting.get(&place).map_or(now_ms, |known| known.first_ms);
        let message = WebhookMessage {
            webhook: self.webhook.id,
            place: Sequence(place),
            failed: pause_ms.is_none(),
            attempts,
            first_ms,
            due_ms: now_ms.saturating_add(pause_ms.unwrap_or_default()),
            error,
        };
        self.progress.put.push(message.clone());
        match message.failed {
            true => drop(self.waiting.remove(&place)),
            false => drop(self.waiting.insert(place, message)),
        }
    }

    /// Notes how far sending came; `false` when a person changed the receiver meanwhile.
    async fn keep(&mut self) -> Result<bool, Fault> {
        self.noted = Instant::now();
        if !self.is_dirty {
            return Ok(true);
        }
        let place = self.unsettled.first().map_or(self.seen, |first| first - 1);
        self.progress.place = Sequence(place);
        let now_ms = self.hub.now().as_millisecond();
        let kept = self.hub.store().webhook_progress(&self.webhook, &self.progress, now_ms).await.map_err(fault)?;
        self.is_dirty = !kept;
        if kept {
            self.webhook.place = Sequence(place);
        }
        let WebhookProgress { health, state, .. } = std::mem::take(&mut self.progress);
        self.progress = WebhookProgress { health, state, ..WebhookProgress::default() };
        Ok(kept)
    }
}

fn takes(settings: &Settings, through: Option<ConnectionId>, entry: &Entry) -> bool {
    // A connection that is gone let nothing through.
    (settings.connection.is_none() || (through.is_some() && entry.connection == through))
        && settings.takes(entry.verb())
}
