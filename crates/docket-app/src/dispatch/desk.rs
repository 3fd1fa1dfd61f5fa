//! One account's engine, kept in step with the account's journal.

use super::{DispatchOptions, carry};
use crate::hub::{Hub, Taken, fault};
use docket_core::Timestamp;
use docket_core::completion::Reading;
use docket_core::connection::Caller;
use docket_core::engine::{Decision, Engine};
use docket_core::ids::{AccountId, Sequence, Serial, UnitId};
use docket_core::ledger::{Fault, Holder, Ledger, OrderQuery, Record, StateSet};
use docket_core::order::{Change, Entry, Field, Order};
use docket_core::route::Route;
use docket_core::track::ReportQuery;
use docket_dialects::{routes, wialon};
use docket_store::{Append, Lookup, Visibility};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many journal entries are read at once.
const PAGE: usize = 500;
/// How many orders are loaded at once.
const AT_ONCE: usize = 500;
/// How often, at least, it is written down how far readings were looked at.
const KEEP_MS: i64 = 10_000;
/// Readings that came in longer ago than this are not looked at after a restart.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);
/// Of readings that came in at the same time some get to the disk later than others: so much before the last one that
/// was looked at, some may not have been.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// Trackers may report so much later than they read.
const BELATED: SignedDuration = SignedDuration::from_hours(1);

/// Under this an account keeps how far each process looked at its units' readings.
const NAMESPACE: &str = "dispatch.evaluated";

pub(super) struct Desk {
    pub(super) account: AccountId,
    pub(super) engine: Engine,
    after: Sequence,
    /// What stood where every change of a route leaves a mark.
    routes_mark: Option<String>,
    /// Readings that came in up to then were looked at, and what they decided is on disk …
    evaluated: Option<Timestamp>,
    /// … which was written down.
    kept: Option<Timestamp>,
    kept_at_ms: i64,
}

impl Desk {
    /// Builds it from what is stored, and looks at the readings that nobody looked at when last a process ended.
    pub(super) async fn open(hub: &Hub, account: AccountId, options: &DispatchOptions) -> Result<Desk, Fault> {
        let engine = Engine::new(options.engine);
        let begun_at = hub.now();
        let after = hub.head(account).await?;
        let mut desk = Desk { account, engine, after, routes_mark: None, evaluated: None, kept: None, kept_at_ms: 0 };
        desk.look_at_routes(hub).await?;
        let all = routes::all(hub, account).await?;
        let strict: Vec<Route> = all.into_iter().filter(|route| route.flags & Route::STRICT != 0).collect();
        for seen in routes::with_orders(hub, account, strict).await? {
            seen.orders.iter().for_each(|order| desk.watch(order));
        }
        let units = hub.store().units(account).await.map_err(fault)?;
        for unit in &units {
            let states = StateSet::open();
            let mut query = OrderQuery { states, unit: Some(unit.id), ..OrderQuery::default() };
            loop {
                let page = hub.store().page(account, Visibility::Account, query.clone()).await.map_err(fault)?;
                page.orders.iter().for_each(|order| desk.watch(order));
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
        let looked_at = looked_at(hub, account).await?;
        let last = looked_at.iter().map(|(_, at)| *at).min();
        let last = last.map(|at| at.checked_sub(MARGIN).unwrap_or(Timestamp::MIN));
        desk.settle_until(hub, last.unwrap_or(Timestamp::MAX)).await?;
        if let Some(until) = last {
            let positions = units.iter().filter_map(|unit| Some((unit.id, unit.position?.at)));
            desk.catch_up(hub, positions.collect(), until).await?;
        }
        desk.evaluated = Some(begun_at);
        let mut gone = Vec::new();
        for (key, _) in looked_at {
            // Who is there still holds this.
            if hub.store().lease(&presence(&key), hub.holder(), hub.now(), 1).await.map_err(fault)? {
                gone.push(key);
            }
        }
        desk.write_down(hub, gone).await?;
        tracing::info!(%account, orders = desk.engine.len(), "units are followed");
        Ok(desk)
    }

    pub(super) fn watch(&mut self, order: &Order) {
        self.engine.watch(order, wialon::is_fulfilled(order));
    }

    /// Follows the journal up to its end.
    pub(super) async fn follow(&mut self, hub: &Hub) -> Result<(), Fault> {
        while hub.head(self.account).await? > self.after {
            let entries = hub.journal(self.account, self.after, PAGE).await?;
            let Some(last) = entries.last().map(|entry| entry.sequence) else { break };
            let serials: BTreeSet<Serial> =
                entries.iter().filter(|entry| self.concerns(entry)).map(|entry| entry.serial).collect();
            self.load(hub, serials).await?;
            self.after = last;
        }
        if self.engine.has_routes() {
            self.look_at_routes(hub).await?;
        }
        self.settle(hub).await
    }

    /// Whether an entry may change what is watched.
    fn concerns(&self, entry: &Entry) -> bool {
        let is_ours = |change: &Change| match change {
            Change::Created(order) => order.fields.unit.is_some() || order.fields.route_id.is_some(),
            Change::Set { field, .. } => matches!(field, Field::Unit | Field::RouteId),
            Change::Moved { to, .. } => to.is_open(),
            _ => false,
        };
        self.engine.is_about(entry.serial) || entry.changes.iter().any(is_ours)
    }

    async fn load(&mut self, hub: &Hub, serials: BTreeSet<Serial>) -> Result<(), Fault> {
        let serials: Vec<Serial> = serials.into_iter().collect();
        for serials in serials.chunks(AT_ONCE) {
            let lookup = Lookup { serials: serials.to_vec(), ..Lookup::default() };
            let loaded = hub.store().load(self.account, lookup).await.map_err(fault)?;
            loaded.orders.values().for_each(|order| self.watch(order));
        }
        Ok(())
    }

    /// Reads again which routes are strict, if any route changed.
    async fn look_at_routes(&mut self, hub: &Hub) -> Result<(), Fault> {
        let mark = routes::mark(hub, self.account).await?;
        if mark != self.routes_mark {
            let all = routes::all(hub, self.account).await?;
            let strict = all.into_iter().filter(|route| route.flags & Route::STRICT != 0);
            self.engine.set_all_strict(strict.map(|route| route.id));
            self.routes_mark = mark;
        }
        Ok(())
    }

    /// Tells the engine what it wants to know.
    async fn settle(&mut self, hub: &Hub) -> Result<(), Fault> {
        self.settle_until(hub, Timestamp::MAX).await
    }

    async fn settle_until(&mut self, hub: &Hub, until: Timestamp) -> Result<(), Fault> {
        loop {
            let asked = self.engine.asked();
            if asked.is_empty() {
                break;
            }
            self.load(hub, asked.into_iter().collect()).await?;
        }
        for serial in self.engine.unknown() {
            let Some(order) = hub.store().order(self.account, serial).await.map_err(fault)? else { continue };
            let (Some(unit), Some(from)) = (order.fields.unit, order.fields.arrived_at) else { continue };
            let reports = self.reports(hub, UnitId(unit), from).await?;
            // The reading that shows the arrival was looked at, however late it came in.
            let readings =
                reports.into_iter().filter(|(reading, received_at)| *received_at < until || reading.at <= from);
            let readings: Vec<Reading> = readings.map(|(reading, _)| reading).collect();
            self.engine.recall(serial, &readings);
        }
        Ok(())
    }

    /// What a unit read since a moment, and when it came in. Straight from the store: who hands readings on may be
    /// waiting for us.
    async fn reports(&self, hub: &Hub, unit: UnitId, from: Timestamp) -> Result<Vec<(Reading, Timestamp)>, Fault> {
        let query = ReportQuery { unit, from, until: Timestamp::MAX, newest: true, limit: ReportQuery::LIMIT };
        let reports = hub.store().reports(self.account, query).await.map_err(fault)?;
        Ok(reports.iter().filter_map(|report| Some((Reading::of(report)?, report.received_at))).collect())
    }

    /// Looks at what came in after the last process had looked.
    async fn catch_up(&mut self, hub: &Hub, positions: Vec<(UnitId, Timestamp)>, last: Timestamp) -> Result<(), Fault> {
        let earliest = hub.now().checked_sub(OLDEST).unwrap_or(Timestamp::MIN);
        let last = last.max(earliest);
        let from = last.checked_sub(BELATED).unwrap_or(Timestamp::MIN);
        let working: BTreeSet<UnitId> = self.engine.units().collect();
        let mut decisions = Vec::new();
        for (unit, at) in positions {
            // A unit that said nothing since has nothing to be looked at.
            if !working.contains(&unit) || at < from {
                continue;
            }
            for (reading, received_at) in self.reports(hub, unit, from).await? {
                if received_at < last {
                    self.engine.remember(unit, reading);
                } else {
                    self.engine.take_again(unit, reading, received_at, &mut decisions);
                }
            }
        }
        if !decisions.is_empty() {
            tracing::info!(decisions = decisions.len(), "units were somewhere while nobody looked");
        }
        self.carry_out(hub, decisions).await
    }

    /// Looks at readings.
    pub(super) async fn take(&mut self, hub: &Hub, taken: &[Taken]) -> Result<(), Fault> {
        let mut decisions = Vec::new();
        for one in taken {
            self.engine.take(one.unit, one.reading, one.received_at, &mut decisions);
        }
        self.carry_out(hub, decisions).await?;
        self.evaluated = taken.iter().map(|one| one.received_at).max().max(self.evaluated);
        Ok(())
    }

    async fn carry_out(&mut self, hub: &Hub, decisions: Vec<Decision>) -> Result<(), Fault> {
        if decisions.is_empty() {
            return Ok(());
        }
        let orders = carry::carry_out(hub, self, decisions).await?;
        orders.iter().for_each(|order| self.watch(order));
        self.settle(hub).await
    }

    /// Writes down how far readings were looked at, now and then.
    pub(super) async fn keep(&mut self, hub: &Hub) -> Result<(), Fault> {
        let is_due = hub.now().as_millisecond() - self.kept_at_ms >= KEEP_MS;
        if self.kept != self.evaluated && is_due { self.write_down(hub, Vec::new()).await } else { Ok(()) }
    }

    /// Writes it down; what other processes that are gone had written goes.
    async fn write_down(&mut self, hub: &Hub, gone: Vec<String>) -> Result<(), Fault> {
        let ours = hub.holder().to_string();
        let value = self.evaluated.map(|at| at.to_string());
        let gone = gone.into_iter().filter(|key| *key != ours).map(|key| (key, None));
        let records = gone.chain([(ours.clone(), value)]).map(|(key, value)| Record {
            holder: Holder::Account(self.account),
            namespace: NAMESPACE.to_owned(),
            key,
            value,
            expected: None,
        });
        let append = Append { account: self.account, records: records.collect(), ..Append::default() };
        hub.store().append(append).await.map_err(fault)?;
        (self.kept, self.kept_at_ms) = (self.evaluated, hub.now().as_millisecond());
        Ok(())
    }
}

/// The lease by which a process is known to be there.
pub(super) fn presence(holder: &str) -> String {
    format!("dispatch/{holder}")
}

/// How far each process looked.
async fn looked_at(hub: &Hub, account: AccountId) -> Result<Vec<(String, Timestamp)>, Fault> {
    let kept = hub.records(Holder::Account(account), NAMESPACE).await?;
    Ok(kept.into_iter().filter_map(|(key, at)| Some((key, at.parse().ok()?))).collect())
}

/// In whose name orders are moved.
pub(super) fn caller(account: AccountId) -> Caller {
    Caller { label: "dispatch".to_owned(), ..Caller::hub(account) }
}

/// Orders of an account by their serials.
pub(super) async fn orders_of(hub: &Hub, account: AccountId, serials: &[Serial]) -> Result<Vec<Arc<Order>>, Fault> {
    let mut found = Vec::with_capacity(serials.len());
    for serials in serials.chunks(AT_ONCE) {
        let lookup = Lookup { serials: serials.to_vec(), ..Lookup::default() };
        let loaded = hub.store().load(account, lookup).await.map_err(fault)?;
        found.extend(loaded.orders.into_values());
    }
    Ok(found)
}
