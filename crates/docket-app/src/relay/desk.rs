//! One account: how far its journal was followed, and a lane for each counterpart.

use super::health::RELAY;
use super::lane::Lane;
use super::rules::Rules;
use super::task::{Ended, Task};
use crate::hub::{Hub, fault};
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial};
use docket_core::ledger::{Fault, Ledger, Record};
use docket_core::order::{Entry, Order};
use docket_core::plan::Loaded;
use docket_dialects::connect::{Connect, settings::RELEASE_ABOVE};
use docket_store::{Append, Delivery, Lookup, Owed, Sent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How many entries are read at once.
const PAGE: usize = 500;
/// How many pages are read in one beat.
const PAGES: usize = 8;
/// How long an account is one process's to relay, and when that is made longer.
const LEASE_MS: i64 = 30_000;
const RENEW_MS: i64 = 10_000;
/// A place that nothing is owed for is written down at least so often.
const KEEP_MS: i64 = 10_000;
/// How often is looked whether somebody asked for something.
const LOOK_MS: i64 = 1_000;
const LOOK: Duration = Duration::from_millis(900);

pub(super) const PLACE: &str = "after";

/// When it was last looked whether somebody asked for something.
#[derive(Clone, Copy)]
struct Looked {
    at_ms: i64,
    begun: Instant,
    rings: u64,
}

impl Looked {
    /// By either clock: looking costs the same whatever the time is said to be.
    fn is_old(&self, hub: &Hub, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.at_ms).abs() >= LOOK_MS
            || self.begun.elapsed() >= LOOK
            || self.rings != hub.relay().rings()
    }
}

/// The account's desk. Empty until the lease is held.
pub(super) struct Desk {
    account: AccountId,
    after: Option<Sequence>,
    kept_at_ms: i64,
    moved: bool,
    held_until_ms: i64,
    looked: Option<Looked>,
    lanes: BTreeMap<ConnectionId, Lane>,
    rules: Rules,
    /// What became of deliveries and is not written down yet.
    unwritten: Vec<(Delivery, Sent)>,
    idle: bool,
}

impl Desk {
    pub(super) fn new(account: AccountId) -> Desk {
        Desk {
            account,
            after: None,
            kept_at_ms: 0,
            moved: false,
            held_until_ms: 0,
            looked: None,
            lanes: BTreeMap::new(),
            rules: Rules::default(),
            unwritten: Vec::new(),
            idle: false,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.lanes.values().any(Lane::is_busy)
    }

    /// Whether changes of the journal are of interest to it.
    pub(super) fn follows(&self) -> bool {
        self.after.is_some()
    }

    pub(super) async fn beat(
        &mut self,
        hub: &Arc<Hub>,
        connections: Vec<Arc<Connection>>,
        ended: Vec<Ended>,
        notify: &mpsc::Sender<Ended>,
    ) -> Result<bool, Fault> {
        let now_ms = hub.now().as_millisecond();
        self.note(hub, ended, now_ms).await?;
        let looks = self.looked.is_none_or(|looked| looked.is_old(hub, now_ms)) || (self.after.is_none() && !self.idle);
        if looks {
            self.looked = Some(Looked { at_ms: now_ms, begun: Instant::now(), rings: hub.relay().rings() });
            self.rules.refresh(hub, self.account).await?;
        }
        if connections.is_empty() && self.rules.is_empty() {
            self.rest(hub).await?;
            return Ok(false);
        }
        self.idle = false;
        if !self.hold(hub).await? {
            return Ok(false);
        }
        self.open_lanes(hub, &connections).await?;
        let behind = self.follow(hub, now_ms).await?;
        if looks {
            for lane in self.lanes.values_mut() {
                lane.look(hub).await?;
            }
        }
        for connection in hub.relay().take_nudged(self.lanes.keys().copied()) {
            self.lanes.get_mut(&connection).into_iter().for_each(Lane::nudge);
        }
        self.start(hub, now_ms, notify).await?;
        self.keep(hub, now_ms).await?;
        Ok(behind)
    }

    /// Nobody is called: who is from now on is told what happens then.
    async fn rest(&mut self, hub: &Hub) -> Result<(), Fault> {
        if self.idle {
            return Ok(());
        }
        if hub.record(self.account.into(), RELAY, PLACE).await?.is_some() {
            append(hub, self.account, vec![place(self.account, None)]).await?;
        }
        let looked = self.looked;
        self.reset();
        (self.idle, self.looked) = (true, looked);
        Ok(())
    }

    /// Stops what is under way and gives the lease back.
    pub(super) async fn leave(&mut self, hub: &Hub) {
        let held = self.held_until_ms > 0;
        self.reset();
        if held {
            let name = format!("relay/{}", self.account.0);
            if let Err(error) = hub.store().lease(&name, hub.holder(), hub.now(), 0).await {
                tracing::debug!(%error, "the lease runs out by itself");
            }
        }
    }

    /// As if nothing had been looked at, but for the rules.
    fn reset(&mut self) {
        let rules = std::mem::take(&mut self.rules);
        *self = Desk { rules, ..Desk::new(self.account) };
    }

    /// Whether this process is the one that relays.
    async fn hold(&mut self, hub: &Hub) -> Result<bool, Fault> {
        let now = hub.now();
        if self.held_until_ms - now.as_millisecond() > RENEW_MS {
            return Ok(true);
        }
        let was_over = self.held_until_ms <= now.as_millisecond();
        let name = format!("relay/{}", self.account.0);
        if !hub.store().lease(&name, hub.holder(), now, LEASE_MS).await.map_err(fault)? {
            hub.relay().pass_nudges_on(hub, self.account).await?;
            // What is under way here ends: whoever holds the lease does it again.
            self.reset();
            return Ok(false);
        }
        if was_over && self.after.is_some() {
            // Somebody else may have gone on meanwhile.
            self.reset();
        }
        self.held_until_ms = now.as_millisecond().saturating_add(LEASE_MS);
        Ok(true)
    }

    async fn open_lanes(&mut self, hub: &Hub, connections: &[Arc<Connection>]) -> Result<(), Fault> {
        let wanted: BTreeSet<ConnectionId> = connections.iter().map(|connection| connection.id).collect();
        self.lanes.retain(|id, _| wanted.contains(id));
        for connection in connections {
            match self.lanes.get_mut(&connection.id) {
                Some(lane) => lane.is(connection),
                None => {
                    let lane = Lane::open(hub, Arc::clone(connection)).await?;
                    self.lanes.insert(connection.id, lane);
                }
            }
        }
        Ok(())
    }

    /// Reads on in the journal: applies rules, and notes what is owed; `true` when there is more to read.
    async fn follow(&mut self, hub: &Arc<Hub>, now_ms: i64) -> Result<bool, Fault> {
        let mut after = match self.after {
            Some(after) => after,
            None => {
                let text = hub.record(self.account.into(), RELAY, PLACE).await?;
                match text.and_then(|text| text.parse().ok()) {
                    Some(after) => Sequence(after),
                    None => hub.head(self.account).await?,
                }
            }
        };
        self.after = Some(after);
        for _ in 0..PAGES {
            if hub.head(self.account).await? <= after {
                return Ok(false);
            }
            let entries = hub.journal(self.account, after, PAGE).await?;
            let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(false) };
            let loaded = load(hub, self.account, &entries).await?;
            let routed = self.rules.apply(hub, self.account, &entries, &loaded).await?;
            let owed = self.owed(hub, &entries, &loaded);
            if owed.is_empty() {
                self.moved = true;
            } else {
                let place = place(self.account, Some(last));
                hub.store().owe(self.account, &owed, now_ms, Some(&place)).await.map_err(fault)?;
                (self.moved, self.kept_at_ms) = (false, now_ms);
            }
            after = last;
            self.after = Some(last);
            if entries.len() < PAGE {
                // What the rules did stands behind what was read.
                return Ok(routed);
            }
        }
        Ok(true)
    }

    /// What the entries make owed: each order once to each connection, unless only that connection wrote it.
    fn owed(&self, hub: &Hub, entries: &[Arc<Entry>], loaded: &Loaded) -> Vec<Owed> {
        let mut owed = BTreeMap::new();
        for entry in entries.iter().filter(|entry| !entry.changes.is_empty()) {
            let Some(order) = loaded.orders.get(&entry.serial) else { continue };
            for lane in self.lanes.values() {
                let connection = &lane.connection;
                if entry.connection == Some(connection.id) || !concerns(connection, order) {
                    continue;
                }
                let Some((_, connect)) = hub.relay().connect_of(connection) else { continue };
                let one = Owed {
                    connection: connection.id,
                    serial: entry.serial,
                    wanted: entry.sequence,
                    needs_release: needs_release(connection, connect, order),
                };
                owed.insert((connection.id, entry.serial), one);
            }
        }
        owed.into_values().collect()
    }

    /// Starts what is due on each lane.
    async fn start(&mut self, hub: &Arc<Hub>, now_ms: i64, notify: &mpsc::Sender<Ended>) -> Result<(), Fault> {
        for lane in self.lanes.values_mut() {
            let Some(line) = lane.line(hub, now_ms).await else { continue };
            let room = lane.room(&line, now_ms);
            if room > 0 {
                let due = hub.store().due(lane.connection.id, now_ms, room).await.map_err(fault)?;
                let taken = hub.store().begin_sending(&due, now_ms).await.map_err(fault)?;
                let due = due.into_iter().zip(taken).filter_map(|(delivery, taken)| taken.then_some(delivery));
                for delivery in due {
                    lane.sending.insert(delivery.serial, Task::deliver(&line, delivery, notify.clone()));
                }
            }
            lane.pull(&line, now_ms, notify);
            lane.compare(&line, now_ms, notify);
        }
        Ok(())
    }

    /// Writes down what became of deliveries.
    async fn note(&mut self, hub: &Hub, ended: Vec<Ended>, now_ms: i64) -> Result<(), Fault> {
        for Ended { connection, line, what } in ended {
            // Without a lane it is somebody else's by now.
            let Some(lane) = self.lanes.get_mut(&connection) else { continue };
            self.unwritten.extend(lane.note(what, &line, now_ms));
        }
        if self.unwritten.is_empty() {
            return Ok(());
        }
        // When this fails it is tried again with the next beat.
        hub.store().sent(&self.unwritten, now_ms).await.map_err(fault)?;
        let done = std::mem::take(&mut self.unwritten);
        for lane in self.lanes.values().filter(|lane| lane.health.compared.is_some()) {
            let own = done.iter().filter(|(delivery, _)| delivery.connection == lane.connection.id);
            let settled = own.filter(|(_, sent)| matches!(sent, Sent::Synced { .. }));
            let settled: Vec<Serial> = settled.map(|(delivery, _)| delivery.serial).collect();
            hub.store().settle_differences(lane.connection.id, &settled).await.map_err(fault)?;
        }
        Ok(())
    }

    /// Writes down how far the journal was followed, and how it goes with the counterparts.
    async fn keep(&mut self, hub: &Hub, now_ms: i64) -> Result<(), Fault> {
        let mut records: Vec<Record> = self.lanes.values_mut().filter_map(Lane::unkept).collect();
        let is_first = self.kept_at_ms == 0;
        if (self.moved && now_ms.saturating_sub(self.kept_at_ms) >= KEEP_MS) || is_first {
            records.push(place(self.account, self.after));
            (self.moved, self.kept_at_ms) = (false, now_ms);
        }
        if records.is_empty() { Ok(()) } else { append(hub, self.account, records).await }
    }
}

/// Whether an order is a connection's business.
pub(super) fn concerns(connection: &Connection, order: &Order) -> bool {
    order.origin.connection == Some(connection.id) || order.routed_to.contains(&connection.id)
}

/// Whether handing an order over waits for a person.
pub(super) fn needs_release(connection: &Connection, connect: &dyn Connect, order: &Order) -> bool {
    let above = connection.integer(RELEASE_ABOVE, -1);
    if above < 0 || order.origin.connection == Some(connection.id) {
        return false;
    }
    order.fields.cost.map_or_else(|| connect.bills(), |cost| cost > above as f64)
}

pub(super) fn place(account: AccountId, after: Option<Sequence>) -> Record {
    let value = after.map(|after| after.0.to_string());
    Record { holder: account.into(), namespace: RELAY.to_owned(), key: PLACE.to_owned(), value, expected: None }
}

pub(super) async fn append(hub: &Hub, account: AccountId, records: Vec<Record>) -> Result<(), Fault> {
    let append = Append { account, records, ..Append::default() };
    hub.store().append(append).await.map(drop).map_err(fault)
}

/// The orders that entries are about, as they are now.
async fn load(hub: &Hub, account: AccountId, entries: &[Arc<Entry>]) -> Result<Loaded, Fault> {
    let serials: BTreeSet<Serial> =
        entries.iter().filter(|entry| !entry.changes.is_empty()).map(|entry| entry.serial).collect();
    let lookup = Lookup { serials: serials.into_iter().collect(), ..Lookup::default() };
    hub.store().load(account, lookup).await.map_err(fault)
}
