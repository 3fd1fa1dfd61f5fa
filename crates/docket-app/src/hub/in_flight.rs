//! Submissions on their way to the disk, so that a listing by time waits for those that began before it.
//!
//! An order's time is taken when it is planned, a moment before it is on disk. A client that lists what changed up to
//! now, and next time what changed since, would otherwise never see an order that was in between.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, Notify};

/// Who is on the way: new ones count in one slot while the other empties.
#[derive(Default)]
pub(super) struct InFlight {
    epoch: AtomicUsize,
    slots: [AtomicUsize; 2],
    turn: Mutex<()>,
    emptied: Notify,
}

/// A submission on its way, until dropped.
pub(super) struct OnTheWay<'a> {
    all: &'a InFlight,
    slot: usize,
}

impl InFlight {
    /// A submission sets out. To be called before its time is taken.
    pub(super) fn set_out(&self) -> OnTheWay<'_> {
        loop {
            let epoch = self.epoch.load(Ordering::SeqCst);
            let on_the_way = OnTheWay { all: self, slot: epoch % 2 };
            self.slots[epoch % 2].fetch_add(1, Ordering::SeqCst);
            // Whoever turned the epoch meanwhile may not have counted us.
            if self.epoch.load(Ordering::SeqCst) == epoch {
                return on_the_way;
            }
        }
    }

    /// Whether there is any.
    pub(super) fn is_any(&self) -> bool {
        self.slots.iter().any(|slot| slot.load(Ordering::SeqCst) > 0)
    }

    /// Waits until every submission that set out before this call has arrived, or failed.
    pub(super) async fn settle(&self) {
        let _turn = self.turn.lock().await;
        let slot = self.epoch.fetch_add(1, Ordering::SeqCst) % 2;
        loop {
            let emptied = self.emptied.notified();
            if self.slots[slot].load(Ordering::SeqCst) == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        if self.all.slots[self.slot].fetch_sub(1, Ordering::SeqCst) == 1 {
            self.all.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::InFlight;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn settling_waits_for_those_before_and_for_nobody_after() {
        let all = Arc::new(InFlight::default());
        let before = all.set_out();
        let settling = tokio::spawn({
            let all = Arc::clone(&all);
            async move { all.settle().await }
        });
        tokio::task::yield_now().await;
        let _after = all.set_out();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!settling.is_finished(), "one is still on its way");
        drop(before);
        tokio::time::timeout(Duration::from_secs(5), settling).await.expect("nobody else is waited for").unwrap();
    }
}
