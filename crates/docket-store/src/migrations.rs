//! The schema: numbered steps, forward only, each in a transaction of its own and noted in `migration`.
//!
//! One text serves both databases. `{rowid}` and `{clustered}` are what differs: SQLite keeps rows where their
//! INTEGER PRIMARY KEY puts them, tables of nothing but a key without a second copy of it, and that key at the end
//! of every index, where PostgreSQL wants it said (`{then_serial}`).

use crate::db::Dialect;

/// One step.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    text: &'static str,
}

pub(crate) const ALL: &[Migration] = &[
    Migration { version: 1, name: "ledger", text: include_str!("migrations/0001_ledger.sql") },
    Migration { version: 2, name: "reports", text: include_str!("migrations/0002_reports.sql") },
    Migration { version: 3, name: "customers", text: include_str!("migrations/0003_customers.sql") },
    Migration { version: 4, name: "outbox", text: include_str!("migrations/0004_outbox.sql") },
    Migration { version: 5, name: "jobs", text: include_str!("migrations/0005_jobs.sql") },
    Migration { version: 6, name: "relay", text: include_str!("migrations/0006_relay.sql") },
    Migration { version: 7, name: "tracker", text: include_str!("migrations/0007_tracker.sql") },
    Migration { version: 8, name: "native", text: include_str!("migrations/0008_native.sql") },
    Migration { version: 9, name: "users", text: include_str!("migrations/0009_users.sql") },
    Migration { version: 10, name: "search", text: include_str!("migrations/0010_search.sql") },
    Migration { version: 11, name: "operate", text: include_str!("migrations/0011_operate.sql") },
    Migration { version: 12, name: "traces", text: include_str!("migrations/0012_traces.sql") },
];

/// The table that remembers the steps done.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL)";
/// Makes the migrations one process's alone until the end of the transaction, where writing does not.
pub(crate) const LOCK: &str = "INSERT INTO migration (version, name) VALUES (0, 'start') ON CONFLICT DO NOTHING; \
     UPDATE migration SET name = name WHERE version = 0";
pub(crate) const DONE: &str = "SELECT COALESCE(MAX(version), 0) FROM migration";
pub(crate) const NOTE: &str = "INSERT INTO migration (version, name) VALUES ($1, $2)";

impl Migration {
    /// The statements for one database.
    pub(crate) fn text(&self, dialect: Dialect) -> String {
        let (rowid, clustered, then_serial) = match dialect {
            Dialect::Sqlite => ("INTEGER PRIMARY KEY", "WITHOUT ROWID", ""),
            Dialect::Postgres => ("BIGINT PRIMARY KEY", "", ", serial"),
        };
        self.text.replace("{rowid}", rowid).replace("{clustered}", clustered).replace("{then_serial}", then_serial)
    }
}

/// Refuses a database that a newer program has migrated.
pub(crate) fn check(done: i64) -> Result<(), crate::StoreError> {
    let known = ALL.last().map_or(0, |last| last.version);
    if done <= known {
        return Ok(());
    }
    Err(crate::StoreError::Failed(format!(
        "the database was migrated to step {done} by a newer docket; this one knows {known}"
    )))
}
