//! Serials: reserved in blocks ahead of need, handed out in order.

use docket_store::{Store, StoreError};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const BLOCK: i64 = 1_000;

#[derive(Default)]
pub(super) struct Serials {
    blocks: Arc<Mutex<VecDeque<Range<i64>>>>,
    fetching: Arc<AtomicBool>,
}

impl Serials {
    /// The next serial, if one is in reserve.
    pub(super) fn take(&self) -> Option<i64> {
        let mut blocks = self.blocks.lock();
        loop {
            let block = blocks.front_mut()?;
            if let Some(serial) = block.next() {
                return Some(serial);
            }
            blocks.pop_front();
        }
    }

    fn reserve(&self) -> i64 {
        self.blocks.lock().iter().map(|block| block.end - block.start).sum()
    }

    /// Fetches a block now, for at least this many.
    pub(super) async fn fetch(&self, store: &Store, at_least: usize) -> Result<(), StoreError> {
        let count = BLOCK.max(i64::try_from(at_least).unwrap_or(i64::MAX));
        let block = store.reserve_serials(count).await?;
        self.blocks.lock().push_back(block);
        Ok(())
    }

    /// Has the next block fetched in the background once half of one is left.
    pub(super) fn look_ahead(&self, store: &Store) {
        if self.reserve() > BLOCK / 2 || self.fetching.swap(true, Ordering::AcqRel) {
            return;
        }
        let (store, blocks, fetching) = (store.clone(), Arc::clone(&self.blocks), Arc::clone(&self.fetching));
        tokio::spawn(async move {
            match store.reserve_serials(BLOCK).await {
                Ok(block) => blocks.lock().push_back(block),
                Err(error) => tracing::warn!(%error, "no serials could be reserved ahead"),
            }
            fetching.store(false, Ordering::Release);
        });
    }

    /// Forgets what is in reserve; the gap is harmless.
    pub(super) fn forget(&self) {
        self.blocks.lock().clear();
    }
}
