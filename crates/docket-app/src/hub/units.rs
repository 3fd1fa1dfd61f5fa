//! Units: what they are comes from the store, where they are is in memory and written down in batches, with their past.

use super::{Hub, fault};
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use docket_core::track::{Report, ReportQuery};
use docket_store::StoreError;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a copy counts without asking the store; other processes write too.
const FRESH: Duration = Duration::from_secs(1);
/// No tracker calls itself longer than this, in bytes.
const LONGEST_ID: usize = 400;
/// At most this many trackers are remembered at once.
const MOST_TRACKERS: usize = 100_000;
/// At most this many reports wait to be written down; while the store fails, the oldest beyond are lost.
const MOST_WAITING: usize = 1_000_000;
/// How many reports are written down in one transaction.
const REPORTS_AT_ONCE: usize = 20_000;

#[derive(Default)]
pub(super) struct Units {
    state: Mutex<State>,
    /// Held while positions and reports are written down, so that who waits for it finds them in the store.
    writing: tokio::sync::Mutex<()>,
}

/// Who a tracker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// Whose unit it is in.
    pub account: AccountId,
    /// The unit.
    pub unit: UnitId,
    /// What it has to present; empty when nothing is asked for.
    pub password: String,
}

/// The units of an account as they were read.
struct Copy {
    read_at: Instant,
    units: Arc<Vec<Unit>>,
    /// Some of them moved since.
    has_moved: bool,
}

#[derive(Default)]
struct State {
    copies: FxHashMap<AccountId, Copy>,
    trackers: FxHashMap<String, (Instant, Option<Tracker>)>,
    positions: FxHashMap<UnitId, Position>,
    moved: FxHashSet<UnitId>,
    waiting: Vec<(AccountId, UnitId, Report)>,
    /// So many reports were given up.
    lost: usize,
}

impl State {
    /// A unit of the account is another now.
    fn forget(&mut self, account: AccountId) {
        self.copies.remove(&account);
        self.trackers.clear();
    }

    fn placed(&self, units: &mut [Unit]) {
        for unit in units {
            let here = self.positions.get(&unit.id);
            if here.is_some_and(|here| unit.position.is_none_or(|kept| kept.at <= here.at)) {
                unit.position = here.copied();
            }
        }
    }
}

impl Hub {
    /// The units of an account with their last positions.
    pub async fn units_of(&self, account: AccountId) -> Result<Arc<Vec<Unit>>, Fault> {
        {
            let mut state = self.units.state.lock();
            if let Some(mut copy) = state.copies.remove(&account)
                && copy.read_at.elapsed() < FRESH
            {
                if std::mem::take(&mut copy.has_moved) {
                    state.placed(Arc::<Vec<Unit>>::make_mut(&mut copy.units));
                }
                let units = Arc::clone(&copy.units);
                state.copies.insert(account, copy);
                return Ok(units);
            }
        }
        let mut units = self.store.units(account).await.map_err(fault)?;
        let mut state = self.units.state.lock();
        state.placed(&mut units);
        let units = Arc::new(units);
        let copy = Copy { read_at: Instant::now(), units: Arc::clone(&units), has_moved: false };
        state.copies.insert(account, copy);
        Ok(units)
    }

    /// Adds or replaces a unit. Where it is becomes part of its past.
    pub async fn put_unit(&self, account: AccountId, unit: Unit) -> Result<(), Fault> {
        let (id, position) = (unit.id, unit.position);
        self.store.put_unit(account, unit).await.map_err(fault)?;
        self.units.state.lock().forget(account);
        self.place_units(account, position.map(|position| (id, position)));
        Ok(())
    }

    /// What a dialect asks: a unit is added, or replaced but for where it is.
    pub(super) async fn change_unit(&self, caller: &Caller, unit: Unit) -> Result<Result<Unit, Rejection>, Fault> {
        let mut unit = Unit { position: None, ..unit };
        if unit.id.0 == 0 {
            unit.id = UnitId(self.store.next_item().await.map_err(fault)?);
        } else {
            let known = self.store.units(caller.account).await.map_err(fault)?;
            let Some(known) = known.into_iter().find(|known| known.id == unit.id) else {
                return Ok(Err(Rejection::NotFound));
            };
            unit.created_at = known.created_at;
        }
        match self.store.put_unit(caller.account, unit.clone()).await {
            Err(StoreError::Conflict) => return Ok(Err(Rejection::Taken { key: unit.unique_id, by: None })),
            other => other.map_err(fault)?,
        }
        self.units.state.lock().forget(caller.account);
        Ok(Ok(unit))
    }

    /// Removes a unit with its past.
    pub(super) async fn remove_unit(&self, account: AccountId, unit: UnitId) -> Result<bool, Fault> {
        let _writing = self.units.writing.lock().await;
        let is_gone = self.store.remove_unit(account, unit).await.map_err(fault)?;
        if is_gone {
            let mut state = self.units.state.lock();
            state.forget(account);
            state.positions.remove(&unit);
            state.moved.remove(&unit);
            state.waiting.retain(|(_, known, _)| *known != unit);
        }
        Ok(is_gone)
    }

    /// What a unit said, what this hub took in a moment ago included.
    pub async fn reports(&self, account: AccountId, query: ReportQuery) -> Result<Vec<Report>, Fault> {
        self.keep_positions().await;
        self.store.reports(account, query).await.map_err(fault)
    }

    /// Removes one report.
    pub(super) async fn remove_report(&self, account: AccountId, unit: UnitId, report: &Report) -> Result<bool, Fault> {
        self.keep_positions().await;
        let _writing = self.units.writing.lock().await;
        self.store.remove_report(account, unit, report).await.map_err(fault)
    }

    /// Takes positions in: seen by the next reader, written down soon after.
    pub fn place_units(&self, account: AccountId, positions: impl IntoIterator<Item = (UnitId, Position)>) {
        let now = self.now();
        self.take_reports(account, positions.into_iter().map(|(unit, position)| (unit, Report::of(position, now))));
    }

    /// Takes in what units say: seen by the next reader, written down soon after.
    pub fn take_reports(&self, account: AccountId, reports: impl IntoIterator<Item = (UnitId, Report)>) {
        let mut state = self.units.state.lock();
        for (unit, report) in reports {
            if let Some(position) = report.position
                && state.positions.get(&unit).is_none_or(|last| last.at <= position.at)
            {
                state.positions.insert(unit, position);
                state.moved.insert(unit);
            }
            state.waiting.push((account, unit, report));
        }
        if let Some(copy) = state.copies.get_mut(&account) {
            copy.has_moved = true;
        }
    }

    /// Who a tracker is that calls itself so, as known within the last second.
    pub async fn tracker(&self, unique_id: &str) -> Result<Option<Tracker>, Fault> {
        if unique_id.len() > LONGEST_ID {
            return Ok(None);
        }
        if let Some((read_at, tracker)) = self.units.state.lock().trackers.get(unique_id)
            && read_at.elapsed() < FRESH
        {
            return Ok(tracker.clone());
        }
        let read_at = Instant::now();
        let found = self.store.unit_of_tracker(unique_id).await.map_err(fault)?;
        let tracker = found.map(|(account, unit)| Tracker { account, unit: unit.id, password: unit.password });
        let mut state = self.units.state.lock();
        if state.trackers.len() >= MOST_TRACKERS {
            state.trackers.clear();
        }
        state.trackers.insert(unique_id.to_owned(), (read_at, tracker.clone()));
        Ok(tracker)
    }

    /// Takes in what units say; `true` when it is on disk. Who comes while others are being written is written with
    /// everybody else who came meanwhile.
    pub async fn keep_reports(&self, account: AccountId, reports: impl IntoIterator<Item = (UnitId, Report)>) -> bool {
        let lost = self.units.state.lock().lost;
        self.take_reports(account, reports);
        let is_kept = self.keep_positions().await && self.units.state.lock().lost == lost;
        self.readings.room().await;
        is_kept
    }

    /// Writes down where units are that moved since the last time, and what they said; `false` when it could not and
    /// will be tried again.
    pub(super) async fn keep_positions(&self) -> bool {
        let _writing = self.units.writing.lock().await;
        let (moved, waiting) = {
            let mut state = self.units.state.lock();
            let moved = std::mem::take(&mut state.moved);
            let moved: Vec<(UnitId, Position)> =
                moved.into_iter().filter_map(|unit| Some((unit, *state.positions.get(&unit)?))).collect();
            (moved, std::mem::take(&mut state.waiting))
        };
        if !moved.is_empty()
            && let Err(error) = self.store.put_positions(moved.clone()).await
        {
            tracing::warn!(%error, units = moved.len(), "positions could not be written down; trying again");
            self.units.state.lock().moved.extend(moved.into_iter().map(|(unit, _)| unit));
        }
        let mut rest = waiting;
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(REPORTS_AT_ONCE));
            if let Err(error) = self.store.add_reports(reports_of(&rest), || self.new_id()).await {
                rest.extend(next);
                self.wait_again(rest, &error);
                return false;
            }
            self.readings.hand_on(&rest);
            rest = next;
        }
        true
    }

    /// Puts reports that could not be written down back in front of those that came since.
    fn wait_again(&self, mut reports: Vec<(AccountId, UnitId, Report)>, error: &StoreError) {
        let mut state = self.units.state.lock();
        reports.append(&mut state.waiting);
        let lost = reports.len().saturating_sub(MOST_WAITING);
        tracing::warn!(%error, reports = reports.len(), lost, "reports of units could not be written down; trying again");
        state.lost += lost;
        state.waiting = reports.split_off(lost);
    }

    /// Forgets what units said longer ago than is kept.
    pub(super) async fn forget_reports(&self) {
        let Some(kept) = self.track_kept else { return };
        let Ok(before) = self.now().checked_sub(jiff::SignedDuration::try_from(kept).unwrap_or_default()) else {
            return;
        };
        if let Err(error) = self.store.forget_reports(before).await {
            tracing::warn!(%error, "old reports of units could not be forgotten; trying again");
        }
    }
}

fn reports_of(waiting: &[(AccountId, UnitId, Report)]) -> Vec<(UnitId, Report)> {
    waiting.iter().map(|(_, unit, report)| (*unit, report.clone())).collect()
}
