//! How the hub does, for whoever operates it: how large it is, how far the journal's readers are, what it takes.

use crate::announce;
use crate::hub::{Hub, fault};
use crate::relay::resolve;
use docket_core::ids::{AccountId, Sequence};
use docket_core::ledger::{Fault, Ledger};
use docket_store::{Store, StoreSize};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What is dear to count is counted again after so many times as long as that took.
const REST: u32 = 30;

/// Somebody who follows an account's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub name: String,
    /// As far as it came, or wrote down that it came.
    pub position: Sequence,
}

impl Reader {
    /// How many entries it still has before it.
    pub fn lag(&self, head: Sequence) -> i64 {
        head.0.saturating_sub(self.position.0).max(0)
    }
}

/// Who follows an account's journal by a kept place. Who has nobody to tell anything follows nothing and is not among them.
pub async fn readers(hub: &Hub, account: AccountId, head: Sequence) -> Result<Vec<Reader>, Fault> {
    let mut readers = Vec::new();
    for (name, namespace, key) in [("announce", announce::NAMESPACE, announce::PLACE), resolve::KEPT] {
        let kept = hub.record(account.into(), namespace, key).await?;
        // Beside its place there may be who wrote it down.
        let place = |text: String| text.split(' ').next()?.parse().ok().map(Sequence);
        if let Some(position) = kept.and_then(place).map(|position| position.min(head)) {
            readers.push(Reader { name: name.to_owned(), position });
        }
    }
    // Where the index is switched off it never came anywhere.
    let indexed = hub.store().board_reached(account).await.map_err(fault)?;
    if indexed.0 > 0 {
        readers.push(Reader { name: "board index".to_owned(), position: indexed.min(head) });
    }
    for webhook in hub.store().webhooks(Some(account)).await.map_err(fault)? {
        readers.push(Reader { name: format!("webhook {}", webhook.name), position: webhook.place.min(head) });
    }
    Ok(readers)
}

/// How much memory this process takes, where the system says it.
pub fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Something that was counted, when, and how long that took.
#[derive(Clone)]
struct Counted<T> {
    value: T,
    at: Instant,
    took: Duration,
}

impl<T> Counted<T> {
    fn since(begun: Instant, value: T) -> Counted<T> {
        Counted { value, at: Instant::now(), took: begun.elapsed() }
    }

    fn is_fresh(&self) -> bool {
        self.at.elapsed() < self.took.saturating_mul(REST)
    }
}

/// Sizes, counted so seldom that counting costs next to nothing, however large they become.
#[derive(Default)]
pub struct Sizes {
    store: Mutex<Option<Counted<StoreSize>>>,
    orders: Mutex<HashMap<AccountId, Counted<u64>>>,
}

impl Sizes {
    /// How large the store is.
    pub async fn store(&self, store: &Store) -> Result<StoreSize, Fault> {
        if let Some(known) = self.store.lock().as_ref().filter(|known| known.is_fresh()) {
            return Ok(known.value.clone());
        }
        let begun = Instant::now();
        let size = store.size().await.map_err(fault)?;
        *self.store.lock() = Some(Counted::since(begun, size.clone()));
        Ok(size)
    }

    /// How many orders an account has.
    pub async fn orders(&self, store: &Store, account: AccountId) -> Result<u64, Fault> {
        if let Some(known) = self.orders.lock().get(&account).filter(|known| known.is_fresh()) {
            return Ok(known.value);
        }
        let begun = Instant::now();
        let count = store.count_orders(account).await.map_err(fault)?;
        self.orders.lock().insert(account, Counted::since(begun, count));
        Ok(count)
    }
}
