//! Units: what they are comes from the store, where they are is in memory and written down now and then.

use super::reports::Desk;
use super::{Hub, fault};
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use docket_core::track::Report;
use docket_store::StoreError;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a copy counts without asking the store; other processes write too.
const FRESH: Duration = Duration::from_secs(1);
/// The same of trackers that are let in already.
const FRESH_WITHIN: Duration = Duration::from_secs(10);
/// No tracker calls itself longer than this, in bytes.
const LONGEST_ID: usize = 400;
/// At most this many trackers are remembered at once.
const MOST_TRACKERS: usize = 100_000;
#[derive(Default)]
pub(super) struct Units {
    state: Mutex<State>,
    /// What units said, until it is written down.
    pub(super) desk: Desk,
}

impl Units {
    /// Where units are that moved since the last time.
    pub(super) fn take_moved(&self) -> Vec<(UnitId, Position)> {
        let mut state = self.state.lock();
        let moved = std::mem::take(&mut state.moved);
        moved.into_iter().filter_map(|unit| Some((unit, *state.positions.get(&unit)?))).collect()
    }

    /// Where these are could not be written down.
    pub(super) fn moved_still(&self, units: impl IntoIterator<Item = UnitId>) {
        self.state.lock().moved.extend(units);
    }

    /// Whose units these are, in their order; `None` for one that is gone.
    pub(super) fn owners<'a>(&self, units: impl IntoIterator<Item = &'a UnitId>) -> Vec<Option<AccountId>> {
        let state = self.state.lock();
        units.into_iter().map(|unit| state.owners.get(unit).copied()).collect()
    }

    /// Takes over where units were before this hub was there.
    pub(super) fn remember(&self, positions: Vec<(UnitId, Position)>) {
        let mut state = self.state.lock();
        state.moved.extend(positions.iter().map(|(unit, _)| *unit));
        state.positions.extend(positions);
    }
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
    /// Made when first asked for.
    names: Option<Arc<UnitNames>>,
}

/// Which units an account has.
#[derive(Debug, Default)]
pub struct UnitNames {
    ids: FxHashSet<UnitId>,
    by_unique_id: FxHashMap<String, UnitId>,
}

impl UnitNames {
    pub(crate) fn of(units: &[Unit]) -> UnitNames {
        let named = units.iter().filter(|unit| !unit.unique_id.is_empty());
        UnitNames {
            ids: units.iter().map(|unit| unit.id).collect(),
            by_unique_id: named.map(|unit| (unit.unique_id.clone(), unit.id)).collect(),
        }
    }

    /// The unit of this id.
    pub fn id(&self, id: i64) -> Option<UnitId> {
        self.ids.get(&UnitId(id)).copied()
    }

    /// The unit whose tracker calls itself so.
    pub fn unique_id(&self, unique_id: &str) -> Option<UnitId> {
        self.by_unique_id.get(unique_id).copied()
    }
}

#[derive(Default)]
struct State {
    copies: FxHashMap<AccountId, Copy>,
    trackers: FxHashMap<String, (Instant, Option<Tracker>)>,
    positions: FxHashMap<UnitId, Position>,
    moved: FxHashSet<UnitId>,
    /// Whose units are that said something.
    owners: FxHashMap<UnitId, AccountId>,
    /// How often units were changed: what was read before the last time is not kept.
    changes: u64,
}

impl State {
    /// A unit of the account is another now.
    fn forget(&mut self, account: AccountId) {
        self.copies.remove(&account);
        self.trackers.clear();
        self.changes += 1;
    }

    /// The same, when it is known which and how: a copy stays, so that a thousand new units are not a thousand readings
    /// of all of them.
    fn changed(&mut self, account: AccountId, unit: Unit) {
        self.trackers.clear();
        self.changes += 1;
        let Some(copy) = self.copies.get_mut(&account) else { return };
        let units = Arc::<Vec<Unit>>::make_mut(&mut copy.units);
        match units.binary_search_by_key(&unit.id, |known| known.id) {
            Ok(place) => {
                if let Some(known) = units.get_mut(place) {
                    *known = Unit { position: unit.position.or(known.position), ..unit };
                }
            }
            Err(place) => units.insert(place, unit),
        }
        (copy.has_moved, copy.names) = (true, None);
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
        let changes = self.units.state.lock().changes;
        let mut units = self.store.units(account).await.map_err(fault)?;
        let mut state = self.units.state.lock();
        state.placed(&mut units);
        let units = Arc::new(units);
        let copy = Copy { read_at: Instant::now(), units: Arc::clone(&units), has_moved: false, names: None };
        // Somebody who changed a unit meanwhile must find it changed.
        if state.changes == changes {
            state.copies.insert(account, copy);
        }
        Ok(units)
    }

    /// Which units an account has, as known within the last second.
    pub async fn unit_names(&self, account: AccountId) -> Result<Arc<UnitNames>, Fault> {
        {
            let mut state = self.units.state.lock();
            if let Some(copy) = state.copies.get_mut(&account)
                && copy.read_at.elapsed() < FRESH
            {
                let units = &copy.units;
                return Ok(Arc::clone(copy.names.get_or_insert_with(|| Arc::new(UnitNames::of(units)))));
            }
        }
        let names = Arc::new(UnitNames::of(&self.units_of(account).await?));
        if let Some(copy) = self.units.state.lock().copies.get_mut(&account) {
            copy.names = Some(Arc::clone(&names));
        }
        Ok(names)
    }

    /// Adds or replaces a unit. Where it is becomes part of its past.
    pub async fn put_unit(&self, account: AccountId, unit: Unit) -> Result<(), Fault> {
        let (id, position) = (unit.id, unit.position);
        self.store.put_unit(account, unit.clone()).await.map_err(fault)?;
        self.units.state.lock().changed(account, unit);
        self.place_units(account, position.map(|position| (id, position)));
        Ok(())
    }

    /// What a dialect asks: a unit is added, or replaced but for where it is.
    pub(super) async fn change_unit(&self, caller: &Caller, unit: Unit) -> Result<Result<Unit, Rejection>, Fault> {
        let mut unit = Unit { position: None, ..unit };
        if unit.id.0 == 0 {
            unit.id = UnitId(self.store.next_item().await.map_err(fault)?);
        } else {
            let Some(known) = self.store.unit(caller.account, unit.id).await.map_err(fault)? else {
                return Ok(Err(Rejection::NotFound));
            };
            unit.created_at = known.created_at;
        }
        match self.store.put_unit(caller.account, unit.clone()).await {
            Err(StoreError::Conflict) => return Ok(Err(Rejection::Taken { key: unit.unique_id, by: None })),
            other => other.map_err(fault)?,
        }
        self.units.state.lock().changed(caller.account, unit.clone());
        Ok(Ok(unit))
    }

    /// Removes a unit with its past.
    pub(super) async fn remove_unit(&self, account: AccountId, unit: UnitId) -> Result<bool, Fault> {
        let _writing = self.units.desk.hold().await;
        let is_gone = self.store.remove_unit(account, unit).await.map_err(fault)?;
        if is_gone {
            let mut state = self.units.state.lock();
            state.forget(account);
            state.positions.remove(&unit);
            state.moved.remove(&unit);
            state.owners.remove(&unit);
            self.units.desk.forget(unit);
        }
        Ok(is_gone)
    }

    /// Takes positions in: seen by the next reader, written down soon after.
    pub fn place_units(&self, account: AccountId, positions: impl IntoIterator<Item = (UnitId, Position)>) {
        let now = self.now();
        self.take_reports(account, positions.into_iter().map(|(unit, position)| (unit, Report::of(position, now))));
    }

    /// Takes in what units say: seen by the next reader, written down soon after.
    pub fn take_reports(&self, account: AccountId, reports: impl IntoIterator<Item = (UnitId, Report)>) {
        drop(self.take(account, reports));
    }

    /// The same, and says when it is written down.
    pub(super) fn take(
        &self,
        account: AccountId,
        reports: impl IntoIterator<Item = (UnitId, Report)>,
    ) -> watch::Receiver<Option<bool>> {
        let mut state = self.units.state.lock();
        let state = &mut *state;
        let seen = reports.into_iter().inspect(|(unit, report)| {
            state.owners.insert(*unit, account);
            if let Some(position) = report.position
                && state.positions.get(unit).is_none_or(|last| last.at <= position.at)
            {
                state.positions.insert(*unit, position);
                state.moved.insert(*unit);
            }
        });
        let written = self.units.desk.put(seen);
        if let Some(copy) = state.copies.get_mut(&account) {
            copy.has_moved = true;
        }
        written
    }

    /// Who a tracker is that calls itself so, as known within the last second.
    pub async fn tracker(&self, unique_id: &str) -> Result<Option<Tracker>, Fault> {
        self.tracker_within(unique_id, FRESH).await
    }

    /// Whether a tracker that was let in is still who it was. What this process changes counts at once, what others
    /// change within ten seconds: ten thousand trackers are not asked after every second.
    pub async fn is_still(&self, unique_id: &str, known: &Tracker) -> Result<bool, Fault> {
        Ok(self.tracker_within(unique_id, FRESH_WITHIN).await?.as_ref() == Some(known))
    }

    async fn tracker_within(&self, unique_id: &str, fresh: Duration) -> Result<Option<Tracker>, Fault> {
        if unique_id.len() > LONGEST_ID {
            return Ok(None);
        }
        if let Some((read_at, tracker)) = self.units.state.lock().trackers.get(unique_id)
            && read_at.elapsed() < fresh
        {
            return Ok(tracker.clone());
        }
        let (read_at, changes) = (Instant::now(), self.units.state.lock().changes);
        let found = self.store.unit_of_tracker(unique_id).await.map_err(fault)?;
        let tracker = found.map(|(account, unit)| Tracker { account, unit: unit.id, password: unit.password });
        let mut state = self.units.state.lock();
        if state.trackers.len() >= MOST_TRACKERS {
            state.trackers.clear();
        }
        if state.changes == changes {
            state.trackers.insert(unique_id.to_owned(), (read_at, tracker.clone()));
        }
        Ok(tracker)
    }
}
