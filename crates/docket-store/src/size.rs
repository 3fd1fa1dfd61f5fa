//! How much is kept, for whoever operates the hub.

use crate::db::{Db, Weight};
use crate::{Answer, Store, StoreError};
use docket_core::ids::AccountId;
use docket_core::order::State;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const ORDERS: &str = "SELECT COUNT(*) FROM orders WHERE account = $1 AND state <> $2";
const DATABASE: &str = "SELECT pg_database_size(current_database())";

/// How large the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSize {
    /// `SQLite` or `PostgreSQL`.
    pub backend: &'static str,
    /// Its version.
    pub version: String,
    /// The database.
    pub bytes: u64,
    /// What was written and is not carried over into it yet, where there is such a thing.
    pub wal_bytes: Option<u64>,
    /// Files: how many, and their bytes.
    pub blobs: (u64, u64),
}

/// What the writer of this process did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorePace {
    /// Transactions.
    pub commits: u64,
    /// How long they took together, in microseconds, waiting for the disk included.
    pub commit_us: u64,
    /// Entries of journals in them.
    pub entries: u64,
    /// What waits for the next one.
    pub queued: usize,
}

/// What the writer did so far.
#[derive(Default)]
pub(crate) struct Pace {
    commits: AtomicU64,
    micros: AtomicU64,
    entries: AtomicU64,
}

impl Pace {
    /// A group was on disk after so long, with so many entries in it.
    pub(crate) fn add(&self, took: Duration, entries: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, queued: usize) -> StorePace {
        StorePace {
            commits: self.commits.load(Ordering::Relaxed),
            commit_us: self.micros.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            queued,
        }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

/// How many files there are in `blobs/ab/`, and their bytes. Those that are just being written do not count.
fn count(blobs: &Path) -> (u64, u64) {
    let folders = fs::read_dir(blobs).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let whole = files.filter(|file| !file.file_name().as_encoded_bytes().starts_with(b"."));
    whole.filter_map(|file| file.metadata().ok()).fold((0, 0), |(files, bytes), about| (files + 1, bytes + about.len()))
}

impl Store {
    /// How large it is. Reads a folder of files through: not to be asked all the time.
    pub async fn size(&self) -> Answer<StoreSize> {
        let mut size = StoreSize { version: self.version(), ..StoreSize::default() };
        match self.db() {
            Db::Sqlite(db) => {
                let path = db.path();
                size.backend = "SQLite";
                size.bytes = length(path);
                size.wal_bytes = Some(length(&path.with_extension("db-wal")));
            }
            Db::Postgres(_) => {
                size.backend = "PostgreSQL";
                let rows = self.db().query(Weight::Page, DATABASE.to_owned(), Vec::new()).await?;
                let bytes = rows.first().map(|row| row.int(0)).transpose()?;
                size.bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
            }
        }
        let blobs = self.blobs_folder().to_owned();
        let counted = tokio::task::spawn_blocking(move || count(&blobs)).await;
        size.blobs = counted.map_err(|error| StoreError::Failed(format!("counting was cut short: {error}")))?;
        Ok(size)
    }

    /// What the writer of this process did so far.
    pub fn pace(&self) -> StorePace {
        self.known().pace.read(self.db().queued())
    }

    /// The version of the database, as it names itself.
    fn version(&self) -> String {
        let name = self.backend();
        name.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// How many orders an account has, deleted ones aside.
    pub async fn count_orders(&self, account: AccountId) -> Answer<u64> {
        let params = vec![account.0.into(), (State::Deleted as i64).into()];
        let rows = self.db().query(Weight::Page, ORDERS.to_owned(), params).await?;
        let count = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
