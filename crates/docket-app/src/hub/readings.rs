//! Readings on their way to whoever follows units: those that are on disk, in the order they got there.
//!
//! Nothing is queued while nobody follows. Who brings readings while too many wait, waits too; none is dropped.

use super::Hub;
use docket_core::Timestamp;
use docket_core::completion::Reading;
use docket_core::ids::{AccountId, UnitId};
use docket_core::track::Report;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// So many readings may wait before who brings more has to.
const MOST: usize = 200_000;

/// A reading that is on disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    /// Whose unit it is.
    pub account: AccountId,
    /// The unit.
    pub unit: UnitId,
    /// What it read.
    pub reading: Reading,
    /// When it came in.
    pub received_at: Timestamp,
}

#[derive(Default)]
struct Queue {
    is_followed: bool,
    waiting: Vec<Taken>,
}

#[derive(Default)]
pub(super) struct Readings {
    queue: Mutex<Queue>,
    came: Notify,
    left: Notify,
}

impl Readings {
    /// Hands on what is on disk now.
    pub(super) fn hand_on(&self, accounts: &FxHashMap<UnitId, AccountId>, reports: &[(UnitId, Report)]) {
        let mut queue = self.queue.lock();
        if !queue.is_followed {
            return;
        }
        queue.waiting.extend(reports.iter().filter_map(|(unit, report)| {
            let (account, unit, received_at) = (*accounts.get(unit)?, *unit, report.received_at);
            Some(Taken { account, unit, reading: Reading::of(report)?, received_at })
        }));
        drop(queue);
        self.came.notify_one();
    }

    /// Waits until there is room for more.
    pub(super) async fn room(&self) {
        loop {
            let left = self.left.notified();
            if self.queue.lock().waiting.len() < MOST {
                return;
            }
            left.await;
        }
    }
}

/// Who follows units. One at a time; readings that come while there is none are not queued.
pub struct Following(Arc<Hub>);

impl Hub {
    /// Follows units from now on.
    pub fn follow_units(self: &Arc<Hub>) -> Following {
        self.readings.queue.lock().is_followed = true;
        Following(Arc::clone(self))
    }
}

impl Following {
    /// What came in since the last time.
    pub fn take(&self) -> Vec<Taken> {
        let taken = std::mem::take(&mut self.0.readings.queue.lock().waiting);
        self.0.readings.left.notify_waiters();
        taken
    }

    /// Waits until something came in.
    pub async fn came(&self) {
        self.0.readings.came.notified().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        *self.0.readings.queue.lock() = Queue::default();
        self.0.readings.left.notify_waiters();
    }
}
