//! The one who reads an account's journal for all its readers, and looks around for what is not in it.

use super::channel::Channel;
use super::chunk::Chunk;
use super::filter::Live;
use super::live::Thing;
use crate::exchange::{Since, outline};
use crate::hub::{Hub, fault};
use crate::native::units::place;
use crate::{native, relay};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{Serial, UnitId};
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::Entry;
use docket_store::Delivery;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How many entries are read at once.
const PAGE: usize = 500;
/// How long to wait for our own commits before looking for those of other hubs.
const LOOK: Duration = Duration::from_millis(250);
/// How long the store is left alone after it failed.
const RECOVER: Duration = Duration::from_secs(1);
/// How long a channel stays when nobody reads any more.
const LINGER: Duration = Duration::from_secs(30);
/// How often units and deliveries are looked at.
const LIVE_EVERY: Duration = Duration::from_millis(300);
/// How many changed deliveries are read at once.
const DELIVERIES: usize = 1_000;
/// Clocks of several hubs differ, and what is written a moment before is seen a moment later.
const OVERLAP_MS: i64 = 5_000;
/// The most jobs that wait to be looked at; there is always a next change.
const JOBS: usize = 2_000;

/// Reads until nobody listens any more, or the hub stops.
pub(super) async fn run(hub: Arc<Hub>, channel: Arc<Channel>) {
    let mut rings = hub.follow();
    let mut around = Around::default();
    let (mut idle_since, mut directory) = (None, hub.permits_version());
    while !hub.is_stopping() {
        if channel.readers() > 0 {
            idle_since = None;
        } else if idle_since.get_or_insert_with(Instant::now).elapsed() > LINGER && hub.streams().close_idle(&channel) {
            return;
        }
        rings.mark_unchanged();
        let behind = match step(&hub, &channel, &mut around).await {
            Ok(behind) => behind,
            Err(fault) => {
                tracing::warn!(%fault, account = %channel.account, "events could not be read; trying again");
                if !hub.rest(RECOVER).await {
                    return;
                }
                continue;
            }
        };
        // Readers look whether they still may.
        let version = hub.permits_version();
        if std::mem::replace(&mut directory, version) != version {
            channel.ring();
        }
        if behind {
            tokio::task::yield_now().await;
            continue;
        }
        if !hub.rest(channel.pace()).await {
            return;
        }
        tokio::select! {
            _ = rings.changed() => {}
            going_on = hub.rest(LOOK) => if !going_on { return },
        }
    }
}

/// Reads on; `true` when there is more to read at once.
async fn step(hub: &Arc<Hub>, channel: &Channel, around: &mut Around) -> Result<bool, Fault> {
    let after = channel.upto();
    let entries = match hub.head(channel.account).await? > after {
        true => hub.journal(channel.account, after, PAGE).await?,
        false => Vec::new(),
    };
    if let Some(chunk) = Chunk::of(after, &entries) {
        channel.extend(chunk);
        channel.ring();
    }
    around.note(channel, &entries);
    if around.look(hub, channel).await? {
        channel.ring();
    }
    Ok(entries.len() == PAGE)
}

/// What is not in the journal, as it was last seen.
#[derive(Default)]
struct Around {
    looked: Option<Instant>,
    units: FxHashMap<UnitId, Option<Timestamp>>,
    /// Deliveries that changed before were looked at.
    deliveries_ms: Option<i64>,
    jobs: BTreeSet<Serial>,
    /// Exchanges before this number were looked at.
    exchanges: Option<u64>,
}

impl Around {
    /// Orders that changed may be jobs.
    fn note(&mut self, channel: &Channel, entries: &[Arc<Entry>]) {
        if channel.follows(Live::Job) {
            self.jobs.extend(entries.iter().map(|entry| entry.serial));
            while self.jobs.len() > JOBS {
                self.jobs.pop_first();
                channel.words().miss(Live::Job);
            }
        }
    }

    /// Looks around when it is time to; `true` when there is something new.
    async fn look(&mut self, hub: &Arc<Hub>, channel: &Channel) -> Result<bool, Fault> {
        if self.looked.is_some_and(|at| at.elapsed() < LIVE_EVERY) {
            return Ok(false);
        }
        self.looked = Some(Instant::now());
        let mut news = false;
        match channel.follows(Live::Position) {
            true => news |= self.positions(hub, channel).await?,
            false => self.forget(channel, Live::Position),
        }
        match channel.follows(Live::Delivery) {
            true => news |= self.deliveries(hub, channel).await?,
            false => self.forget(channel, Live::Delivery),
        }
        match channel.follows(Live::Job) {
            true => news |= self.jobs(hub, channel).await?,
            false => self.forget(channel, Live::Job),
        }
        let since = hub.exchanges().since(channel.account, self.exchanges);
        self.exchanges = Some(since.number);
        match channel.follows(Live::Exchange) {
            true => news |= exchanges(hub, channel, since),
            false => self.forget(channel, Live::Exchange),
        }
        Ok(news)
    }

    fn forget(&mut self, channel: &Channel, kind: Live) {
        match kind {
            Live::Position => self.units.clear(),
            Live::Delivery => self.deliveries_ms = None,
            Live::Job => self.jobs.clear(),
            // Where it is goes on, so that who begins to listen misses nothing.
            Live::Exchange => {}
        }
        channel.words().forget(kind);
    }

    async fn positions(&mut self, hub: &Hub, channel: &Channel) -> Result<bool, Fault> {
        let units = hub.units_of(channel.account).await?;
        let mut words = channel.words();
        let mut news = false;
        for unit in units.iter() {
            let at = unit.position.map(|position| position.at);
            if self.units.insert(unit.id, at) == Some(at) {
                continue;
            }
            let position = unit.position.as_ref().map_or(Value::Null, place);
            let data = json!({"unit": unit.id.0, "name": unit.name, "position": position}).to_string();
            news |= words.say(Thing { kind: Live::Position, id: unit.id.0, connection: None }, data);
        }
        if self.units.len() > units.len() {
            let there: FxHashSet<UnitId> = units.iter().map(|unit| unit.id).collect();
            for gone in self.units.extract_if(|unit, _| !there.contains(unit)) {
                let data = json!({"unit": gone.0.0, "name": null, "position": null, "removed": true}).to_string();
                news |= words.say(Thing { kind: Live::Position, id: gone.0.0, connection: None }, data);
            }
        }
        Ok(news)
    }

    async fn deliveries(&mut self, hub: &Hub, channel: &Channel) -> Result<bool, Fault> {
        let now_ms = hub.now().as_millisecond();
        let since_ms = self.deliveries_ms.unwrap_or(now_ms).saturating_sub(OVERLAP_MS);
        let changed = hub.store().deliveries_changed(channel.account, since_ms, DELIVERIES).await.map_err(fault)?;
        self.deliveries_ms = Some(now_ms);
        if changed.is_empty() {
            return Ok(false);
        }
        let shown = relay::show::deliveries(hub.store(), channel.account, &changed).await?;
        let mut words = channel.words();
        let mut news = false;
        if changed.len() == DELIVERIES {
            words.miss(Live::Delivery);
            news = true;
        }
        // Oldest first, so that the last word is the last.
        for (delivery, shown) in changed.iter().zip(shown).rev() {
            news |= words.say(thing(delivery), shown.to_string());
        }
        Ok(news)
    }

    async fn jobs(&mut self, hub: &Hub, channel: &Channel) -> Result<bool, Fault> {
        let caller = Caller::hub(channel.account);
        let mut news = false;
        while let Some(serial) = self.jobs.first().copied() {
            let shown = native::jobs::show(hub, &caller, &serial.to_string(), Duration::ZERO).await?;
            self.jobs.remove(&serial);
            if let Some(shown) = shown {
                let thing = Thing { kind: Live::Job, id: serial.0, connection: None };
                news |= channel.words().say(thing, shown.to_string());
            }
        }
        Ok(news)
    }
}

fn exchanges(hub: &Hub, channel: &Channel, since: Since) -> bool {
    let directory = hub.directory();
    let mut words = channel.words();
    let mut news = since.missed;
    if since.missed {
        words.miss(Live::Exchange);
    }
    for exchange in since.exchanges {
        let Some(id) = exchange.id else { continue };
        let (_, end) = id.0.as_u64_pair();
        let thing = Thing { kind: Live::Exchange, id: end.cast_signed(), connection: exchange.connection };
        news |= words.say(thing, outline(&directory, &exchange).to_string());
    }
    news
}

fn thing(delivery: &Delivery) -> Thing {
    Thing { kind: Live::Delivery, id: delivery.serial.0, connection: Some(delivery.connection) }
}
