//! Jobs are orders for a document. Whoever waits for one is woken when such an order comes in or moves.

use super::Hub;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::order::Change;
use docket_core::plan::Write;
use parking_lot::RwLock;
use rustc_hash::FxHashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Mutex, MutexGuard, watch};

/// How many attempts a job has, where nothing else is said.
const ATTEMPTS: u32 = 5;

pub(super) struct Documents {
    /// What orders for a document hold as their service.
    known: RwLock<FxHashSet<String>>,
    bell: watch::Sender<u64>,
    turn: Mutex<()>,
    attempts: AtomicU32,
}

impl Default for Documents {
    fn default() -> Documents {
        Documents {
            known: RwLock::default(),
            bell: watch::Sender::new(0),
            turn: Mutex::default(),
            attempts: AtomicU32::new(ATTEMPTS),
        }
    }
}

impl Documents {
    pub(super) fn learn(&self, services: &[Service]) {
        let fresh: Vec<String> = {
            let known = self.known.read();
            let documents = services.iter().filter(|service| service.kind == ServiceKind::Document);
            documents.map(|service| service.id.to_string()).filter(|id| !known.contains(id)).collect()
        };
        if !fresh.is_empty() {
            self.known.write().extend(fresh);
        }
    }

    /// Whether a job came in or moved with some writes.
    pub(super) fn are_among(&self, writes: &[Write]) -> bool {
        let known = self.known.read();
        if known.is_empty() {
            return false;
        }
        let moves = |change: &Change| matches!(change, Change::Created(_) | Change::Moved { .. });
        writes.iter().any(|write| {
            write.order.fields.service.as_ref().is_some_and(|service| known.contains(service))
                && write.entry.changes.iter().any(moves)
        })
    }
}

impl Hub {
    /// Rings when a job may have come in, moved, or become free.
    pub fn job_bell(&self) -> watch::Receiver<u64> {
        self.documents.bell.subscribe()
    }

    /// Wakes whoever waits for a job, or for news of one.
    pub fn ring_for_jobs(&self) {
        self.documents.bell.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// The turn to claim.
    pub(crate) async fn job_turn(&self) -> MutexGuard<'_, ()> {
        self.documents.turn.lock().await
    }

    /// After how many attempts that came to nothing a job fails.
    pub fn job_attempts(&self) -> u32 {
        self.documents.attempts.load(Ordering::Relaxed)
    }

    /// Sets after how many attempts that came to nothing a job fails.
    pub fn limit_job_attempts(&self, attempts: u32) {
        self.documents.attempts.store(attempts.max(1), Ordering::Relaxed);
    }
}
