//! A copy of the ledger while it is written to, and what is in the folder beside it.
//!
//! The embedded database is copied through its own online backup, a little at a time, from within one read transaction: so
//! the copy is the ledger of one moment, however long copying takes and whatever is committed meanwhile. (Without that
//! transaction each commit would begin it anew.) While it lasts the log is not carried over into the file and grows.

use crate::db::Db;
use crate::sqlite::{failed, open_readable};
use crate::{Answer, Store, StoreError};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many pages are copied at once.
const STEP: i32 = 256;
/// After each step the disk is others' for as long as it took, within these bounds.
const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_millis(100);

/// What a copy of a ledger holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerCopy {
    /// Orders of all accounts, deleted ones too.
    pub orders: u64,
    /// Entries of all journals.
    pub entries: u64,
}

fn copy(from: &Path, to: &Path) -> Answer<()> {
    let source = open_readable(from)?;
    // What is read first fixes the moment that everything is of.
    source.execute_batch("BEGIN").map_err(failed)?;
    source.query_row("SELECT COUNT(*) FROM migration", [], |row| row.get::<_, i64>(0)).map_err(failed)?;
    let mut copied = Connection::open(to).map_err(failed)?;
    {
        let backup = Backup::new(&source, &mut copied).map_err(failed)?;
        loop {
            let begun = Instant::now();
            match backup.step(STEP).map_err(failed)? {
                StepResult::Done => break,
                _ => std::thread::sleep(begun.elapsed().clamp(LEAST, MOST)),
            }
        }
    }
    copied.close().map_err(|(_, error)| failed(error))?;
    let file = fs::File::open(to).and_then(|file| file.sync_all());
    file.map_err(|error| StoreError::Failed(format!("{}: {error}", to.display())))
}

/// Whether a copy of a ledger is whole, and what it holds.
///
/// # Errors
/// When it is not, or is none.
pub fn check_ledger(path: &Path) -> Answer<LedgerCopy> {
    let connection = Connection::open(path).map_err(failed)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(failed)?;
    if verdict != "ok" {
        return Err(StoreError::Failed(format!("the ledger is damaged: {verdict}")));
    }
    let count = |text: &str| connection.query_row(text, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let positive = |count: i64| u64::try_from(count).unwrap_or_default();
    let orders = positive(count("SELECT COUNT(*) FROM orders")?);
    let entries = positive(count("SELECT COUNT(*) FROM journal")?);
    connection.close().map_err(|(_, error)| failed(error))?;
    Ok(LedgerCopy { orders, entries })
}

impl Store {
    /// Whether the ledger is a file of ours.
    pub fn is_embedded(&self) -> bool {
        matches!(self.db(), Db::Sqlite(_))
    }

    /// Copies the embedded ledger as it is at one moment into a file that is not there yet. Waits for the disk again and
    /// again: not for threads that serve.
    ///
    /// # Errors
    /// When it is not embedded, or copying fails.
    pub fn copy_ledger(&self, to: &Path) -> Answer<()> {
        match self.db() {
            Db::Sqlite(db) => copy(db.path(), to),
            Db::Postgres(_) => Err(StoreError::Failed("the ledger is in PostgreSQL".to_owned())),
        }
    }

    /// The files that are kept: their addresses and where they are. Those that are just being written are not among them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn blob_files(&self) -> Answer<Vec<(String, PathBuf)>> {
        let blobs = self.blobs_folder();
        let wrong = |error: std::io::Error| StoreError::Failed(format!("{}: {error}", blobs.display()));
        let mut files = Vec::new();
        for folder in fs::read_dir(blobs).map_err(wrong)? {
            let folder = folder.map_err(wrong)?;
            let first = folder.file_name().to_string_lossy().into_owned();
            if !folder.file_type().map_err(wrong)?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path()).map_err(wrong)? {
                let file = file.map_err(wrong)?;
                let rest = file.file_name().to_string_lossy().into_owned();
                if !rest.starts_with('.') {
                    files.push((format!("{first}{rest}"), file.path()));
                }
            }
        }
        files.sort();
        Ok(files)
    }
}
