//! Readings on their way to whoever follows units: those that are on disk, in the order they got there.
//!
//! Nothing is queued while nobody follows. Who brings readings while too many wait, waits too; none is dropped.

use super::Hub;
use docket_core::Timestamp;
use docket_core::completion::Reading;
use docket_core::ids::{AccountId, UnitId};
use docket_core::track::Report;
use parking_lot::Mutex;
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
    /// Hands on what is on disk now.
    pub(super) fn hand_on(&self, reports: &[(UnitId, Report)]) {
        if !self.readings.queue.lock().is_followed {
            return;
        }
        let owners = self.units.owners(reports.iter().map(|(unit, _)| unit));
        let taken = reports.iter().zip(owners).filter_map(|((unit, report), account)| {
            let (account, unit, received_at) = (account?, *unit, report.received_at);
            Some(Taken { account, unit, reading: Reading::of(report)?, received_at })
        });
        self.readings.queue.lock().waiting.extend(taken);
        self.readings.came.notify_one();
    }

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
