//! Units: what they are comes from the store, where they are is in memory and written down in batches.

use super::{Hub, fault};
use docket_core::catalogue::{Position, Unit};
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::Fault;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a copy counts without asking the store; other processes write too.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Units {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    copies: FxHashMap<AccountId, (Instant, Arc<Vec<Unit>>)>,
    positions: FxHashMap<UnitId, Position>,
    moved: FxHashSet<UnitId>,
}

impl State {
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
        if let Some((read_at, units)) = self.units.state.lock().copies.get(&account)
            && read_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(units));
        }
        let mut units = self.store.units(account).await.map_err(fault)?;
        let mut state = self.units.state.lock();
        state.placed(&mut units);
        let units = Arc::new(units);
        state.copies.insert(account, (Instant::now(), Arc::clone(&units)));
        Ok(units)
    }

    /// Adds or replaces a unit.
    pub async fn put_unit(&self, account: AccountId, unit: Unit) -> Result<(), Fault> {
        self.store.put_unit(account, unit).await.map_err(fault)?;
        self.units.state.lock().copies.remove(&account);
        Ok(())
    }

    /// Takes positions in: seen by the next reader, written down soon after.
    pub fn place_units(&self, account: AccountId, positions: impl IntoIterator<Item = (UnitId, Position)>) {
        let mut state = self.units.state.lock();
        for (unit, position) in positions {
            if state.positions.get(&unit).is_none_or(|last| last.at <= position.at) {
                state.positions.insert(unit, position);
                state.moved.insert(unit);
            }
        }
        if let Some((read_at, units)) = state.copies.get(&account).cloned() {
            let mut units = (*units).clone();
            state.placed(&mut units);
            state.copies.insert(account, (read_at, Arc::new(units)));
        }
    }

    /// Writes down where units are that moved since the last time.
    pub(super) async fn keep_positions(&self) {
        let moved: Vec<(UnitId, Position)> = {
            let mut state = self.units.state.lock();
            let moved = std::mem::take(&mut state.moved);
            moved.into_iter().filter_map(|unit| Some((unit, *state.positions.get(&unit)?))).collect()
        };
        if moved.is_empty() {
            return;
        }
        if let Err(error) = self.store.put_positions(moved.clone()).await {
            tracing::warn!(%error, units = moved.len(), "positions could not be written down; trying again");
            self.units.state.lock().moved.extend(moved.into_iter().map(|(unit, _)| unit));
        }
    }
}
