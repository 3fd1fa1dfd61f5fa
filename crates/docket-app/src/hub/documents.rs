//! The feed of jobs: orders for a document, handed to the runner as they are committed.

use super::Hub;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::ids::{AccountId, Serial};
use docket_core::order::Change;
use docket_core::plan::Write;
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashSet;
use tokio::sync::mpsc;

/// How many new jobs may wait for the runner. What is beyond is found when open orders are looked through.
const QUEUE: usize = 4_096;

/// A job: account and order.
pub type Job = (AccountId, Serial);

#[derive(Default)]
pub(super) struct Documents {
    /// What orders for a document hold as their service.
    known: RwLock<FxHashSet<String>>,
    runner: Mutex<Option<mpsc::Sender<Job>>>,
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

    /// The jobs among some writes.
    pub(super) fn among(&self, writes: &[Write]) -> Vec<Serial> {
        let known = self.known.read();
        if known.is_empty() {
            return Vec::new();
        }
        let is_job = |write: &&Write| {
            let born =
                write.entry.changes.iter().any(|change| matches!(change, Change::Created(_) | Change::Moved { .. }));
            born && write.order.state.is_open()
                && write.order.fields.service.as_ref().is_some_and(|service| known.contains(service))
        };
        writes.iter().filter(is_job).map(|write| write.order.serial).collect()
    }

    pub(super) fn hand_over(&self, account: AccountId, jobs: Vec<Serial>) {
        if jobs.is_empty() {
            return;
        }
        if let Some(runner) = self.runner.lock().as_ref() {
            for serial in jobs {
                if runner.try_send((account, serial)).is_err() {
                    tracing::debug!(%serial, "the job runner is behind; the job is found later");
                }
            }
        }
    }
}

impl Hub {
    /// Jobs as they are committed by this process, for the one runner.
    pub fn follow_documents(&self) -> mpsc::Receiver<Job> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        *self.documents.runner.lock() = Some(sender);
        receiver
    }
}
