//! What units say on its way to the disk: who comes while others are being written is written with everybody else who
//! came meanwhile, in one transaction however many units there are.

use super::{Hub, fault};
use docket_core::catalogue::Position;
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::Fault;
use docket_core::track::{Report, ReportQuery};
use docket_store::StoreError;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

/// At most this many reports wait to be written down; while the store fails, the oldest beyond are lost.
const MOST_WAITING: usize = 1_000_000;
/// How many reports are written down in one transaction.
const REPORTS_AT_ONCE: usize = 20_000;
/// How many positions are written down in one transaction.
const POSITIONS_AT_ONCE: usize = 1000;

/// What became of a batch, once it is known.
type Written = Option<bool>;

/// Those that are written together.
struct Batch {
    reports: Vec<(UnitId, Report)>,
    written: watch::Sender<Written>,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch { reports: Vec::new(), written: watch::Sender::new(None) }
    }
}

#[derive(Default)]
struct Waiting {
    batch: Batch,
    /// Nobody will write any more.
    is_closed: bool,
}

/// Where reports wait.
#[derive(Default)]
pub(super) struct Desk {
    waiting: Mutex<Waiting>,
    /// Rings when somebody waits for what was put there.
    ring: Notify,
    /// Held while reports are written down, so that who waits for it finds them in the store.
    writing: tokio::sync::Mutex<()>,
}

impl Desk {
    /// Puts reports there; says when they are written.
    pub(super) fn put(&self, reports: impl IntoIterator<Item = (UnitId, Report)>) -> watch::Receiver<Written> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return watch::Sender::new(Some(false)).subscribe();
        }
        waiting.batch.reports.extend(reports);
        waiting.batch.written.subscribe()
    }

    /// Waits until nothing is being written, and nothing is until what comes back is dropped.
    pub(super) async fn hold(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// Forgets what a unit said that was not written yet.
    pub(super) fn forget(&self, unit: UnitId) {
        self.waiting.lock().batch.reports.retain(|(known, _)| *known != unit);
    }
}

impl Hub {
    /// Takes in what units say; `true` when it is on disk.
    pub async fn keep_reports(&self, account: AccountId, reports: impl IntoIterator<Item = (UnitId, Report)>) -> bool {
        let mut written = self.take(account, reports);
        self.units.desk.ring.notify_one();
        let is_written = written.wait_for(Option::is_some).await.is_ok_and(|written| *written == Some(true));
        // Whoever follows units may not keep up: then who brings more waits.
        self.readings.room().await;
        is_written
    }

    /// Takes in what units of an account are said to have said; those that are not its own are left out.
    pub(super) async fn put_reports_of(&self, account: AccountId, reports: Vec<(UnitId, Report)>) -> Result<(), Fault> {
        let names = self.unit_names(account).await?;
        let own: Vec<_> = reports.into_iter().filter(|(unit, _)| names.id(unit.0).is_some()).collect();
        if own.is_empty() || self.keep_reports(account, own).await {
            return Ok(());
        }
        Err(Fault::Store("what units said could not be written down".to_owned()))
    }

    /// Writes down what is asked to be, until the hub is closed.
    pub(super) async fn write_reports(&self) {
        loop {
            self.units.desk.ring.notified().await;
            self.keep_waiting().await;
            if self.units.desk.waiting.lock().is_closed {
                return;
            }
        }
    }

    /// Writes down everything for the last time: what comes after is not kept.
    pub(super) async fn close_reports(&self) {
        self.units.desk.waiting.lock().is_closed = true;
        self.keep_waiting().await;
        self.keep_positions().await;
        self.units.desk.ring.notify_one();
    }

    /// Writes down what waits; `false` when it could not and will be tried again.
    async fn keep_waiting(&self) -> bool {
        let _writing = self.units.desk.hold().await;
        let Batch { reports, written } = std::mem::take(&mut self.units.desk.waiting.lock().batch);
        let mut done = 0;
        for part in reports.chunks(REPORTS_AT_ONCE) {
            if let Err(error) = self.store.add_reports(part, self.now(), || self.new_id()).await {
                written.send_replace(Some(false));
                self.wait_again(reports, done, &error);
                return false;
            }
            self.hand_on(part);
            done += part.len();
        }
        written.send_replace(Some(true));
        true
    }

    /// Puts reports that could not be written down back in front of those that came since.
    fn wait_again(&self, mut reports: Vec<(UnitId, Report)>, done: usize, error: &StoreError) {
        reports.drain(..done);
        let mut waiting = self.units.desk.waiting.lock();
        reports.append(&mut waiting.batch.reports);
        let lost = reports.len().saturating_sub(MOST_WAITING);
        tracing::warn!(%error, reports = reports.len(), lost, "reports of units could not be written down; trying again");
        waiting.batch.reports = reports.split_off(lost);
        if lost > 0 {
            // Somebody's are among them: all are told that theirs are not kept.
            std::mem::take(&mut waiting.batch.written).send_replace(Some(false));
        }
    }

    /// Writes down where units are that moved since the last time, and what they said that nobody waits for; folds what
    /// they said a while ago.
    pub(super) async fn tend_reports(&self) {
        self.keep_waiting().await;
        self.keep_positions().await;
        if let Err(error) = self.store.fold_reports(self.now(), || self.new_id()).await {
            tracing::warn!(%error, "reports of units could not be folded; trying again");
        }
    }

    async fn keep_positions(&self) {
        let moved: Vec<(UnitId, Position)> = self.units.take_moved();
        for part in moved.chunks(POSITIONS_AT_ONCE) {
            if let Err(error) = self.store.put_positions(part.to_vec()).await {
                tracing::warn!(%error, units = part.len(), "positions could not be written down; trying again");
                self.units.moved_still(part.iter().map(|(unit, _)| *unit));
            }
        }
    }

    /// What a unit said, what this hub took in a moment ago included.
    pub async fn reports(&self, account: AccountId, query: ReportQuery) -> Result<Vec<Report>, Fault> {
        self.keep_waiting().await;
        self.store.reports(account, query).await.map_err(fault)
    }

    /// Removes one report.
    pub(super) async fn remove_report(&self, account: AccountId, unit: UnitId, report: &Report) -> Result<bool, Fault> {
        self.keep_waiting().await;
        let _writing = self.units.desk.hold().await;
        self.store.remove_report(account, unit, report, || self.new_id()).await.map_err(fault)
    }

    /// Forgets what units said longer ago than is kept.
    pub(super) async fn forget_reports(&self) {
        let Some(kept) = self.track_kept else { return };
        let Ok(before) = self.now().checked_sub(jiff::SignedDuration::try_from(kept).unwrap_or_default()) else {
            return;
        };
        let done = async {
            self.store.fold_reports(self.now(), || self.new_id()).await?;
            self.store.forget_reports(before).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "old reports of units could not be forgotten; trying again");
        }
    }
}
