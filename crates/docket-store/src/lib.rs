//! Everything Docket keeps, on SQLite (embedded default) or PostgreSQL, behind one small interface.
//!
//! SQL is nowhere else. Readers never wait for the writer. Writes of many callers are committed in groups: whatever
//! is queued while one sync runs shares the next one; nobody is answered before its group is on disk.
//!
//! ```text
//! append(Append) ─► encode (caller's thread) ─► bounded queue ─► writer: one transaction per group ─► sync ─► answers
//! ```

//! * [`record`]: the stored form of orders and entries.
//! * `prepare`: rows of a submission, on the caller's thread; `group`: what holds of a group, for both writers.
//! * `sqlite`, `postgres`: connections, the writer, and the few statements that differ; `db` is the seam.
//! * `ledger`, `select`, `catalogue`, `directory`, `people`, `small`, `exchanges`, `blobs`: what the store can be asked.

mod backup;
mod blobs;
pub mod board;
mod catalogue;
mod db;
mod deliveries;
mod differences;
mod directory;
mod exchanges;
mod forms;
mod group;
mod keys;
mod ledger;
mod migrations;
mod outbox;
mod people;
mod postgres;
mod prepare;
pub mod record;
mod select;
mod size;
mod small;
mod sqlite;
mod statements;
#[cfg(test)]
mod tests;
mod track;
mod value;
mod webhooks;

pub use backup::{LedgerCopy, check_ledger};
pub use deliveries::{Delivery, DeliveryQuery, DeliveryStatus, Hold, Owed, Resolve, Sent};
pub use differences::{Difference, DifferenceKind};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site};
use docket_core::connection::{Access, Connection};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Serial};
use docket_core::ledger::{Counter, Grant, Mail, Record};
use docket_core::plan::{Key, Write};
pub use exchanges::{ExchangePage, ExchangeQuery, StatusFilter};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use outbox::{MailStatus, OutboxMail, OutboxQuery, Tried};
pub use people::{Known, Member, MemberChange, NewPerson, Offered, People, Person, Removed, Session, Touched};
pub use size::{StorePace, StoreSize};
pub use webhooks::{
    ATTEMPTS_KEPT, Webhook, WebhookAttempt, WebhookChange, WebhookHealth, WebhookMessage, WebhookProgress, WebhookState,
};

/// Where everything is kept.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The data directory: the embedded database (unless `database_url` is set), blobs, keys.
    pub data: PathBuf,
    /// `postgres://…` for PostgreSQL; `None` for SQLite in `data`.
    pub database_url: Option<String>,
    /// How many submissions may wait for the writer before callers are told to try again.
    pub queue_limit: usize,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub enum StoreError {
    /// What was loaded is no longer current (a revision moved, a key or id was taken): load again, plan again.
    Conflict,
    /// A record was not as expected.
    Outdated,
    /// A count would pass its limit; nothing was done.
    Limit,
    /// The queue is full; nothing was done.
    Busy,
    /// The database or disk failed. Whether a write was done is unknown.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Conflict => f.write_str("somebody else changed it meanwhile"),
            StoreError::Outdated => f.write_str("a record is not as expected"),
            StoreError::Limit => f.write_str("a count would pass its limit"),
            StoreError::Busy => f.write_str("too many writes are waiting"),
            StoreError::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}

/// One submission, planned: whole or absent.
#[derive(Default)]
pub struct Append {
    /// The tenant.
    pub account: AccountId,
    /// Orders written, with their entries.
    pub writes: Vec<Write>,
    /// Records, compared and set.
    pub records: Vec<Record>,
    /// Counts that go up; past a limit nothing is done.
    pub counters: Vec<Counter>,
    /// Mails owed.
    pub mails: Vec<Mail>,
    /// When they are owed, where nothing is written that says so.
    pub mailed_at: Timestamp,
    /// Catalogue entries, sites and customers named for the first time; kept where not yet known.
    pub services: Vec<Service>,
    /// Sites; see `services`.
    pub sites: Vec<Site>,
    /// Customers; see `services`.
    pub customers: Vec<Customer>,
}

/// Which orders to load for a submission. Everything is within one account.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// By serial.
    pub serials: Vec<Serial>,
    /// By id.
    pub ids: Vec<OrderId>,
    /// By key.
    pub keys: Vec<Key>,
}

/// Whose orders a listing may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The whole account's.
    Account,
    /// Those a connection created.
    Origin(ConnectionId),
    /// Those a connection created or is routed.
    Routed(ConnectionId),
}

/// A connection's or token's stored credential: the SHA-256 (hex) of what callers present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialHash {
    /// Whose.
    pub connection: ConnectionId,
    /// Which: `username`, `password`, `api_key`, …
    pub kind: String,
    /// Lower-case hexadecimal SHA-256.
    pub hash: String,
}

/// A bearer token of the native API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The tenant.
    pub account: AccountId,
    /// Unique within the account.
    pub name: String,
    /// Lower-case hexadecimal SHA-256.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it may do.
    pub access: Access,
    /// From then on it is worth nothing.
    pub until_ms: Option<i64>,
}

/// Everything needed to tell who calls; small, read whole, kept in memory by the app.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Accounts: id and name.
    pub accounts: Vec<(AccountId, String)>,
    /// Connections of all accounts.
    pub connections: Vec<Arc<Connection>>,
    /// Their credentials.
    pub credentials: Vec<CredentialHash>,
    /// What they gave out themselves beside those.
    pub grants: Vec<(ConnectionId, Grant)>,
    /// Native tokens.
    pub tokens: Vec<Token>,
}

/// One wire exchange, secrets masked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// Identity.
    pub id: Option<ExchangeId>,
    /// The tenant, once known.
    pub account: AccountId,
    /// The connection, once known.
    pub connection: Option<ConnectionId>,
    /// `ppw`, …, `native`.
    pub dialect: String,
    /// The operation that was named.
    pub operation: String,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// Method and target, masked: `POST /api/?apiKey=***`.
    pub request_line: String,
    /// Request headers, one per line, masked.
    pub request_headers: String,
    /// Request body, masked; cut at a limit.
    pub request_body: String,
    /// Status code.
    pub status: i64,
    /// Response headers, one per line.
    pub response_headers: String,
    /// Response body, masked; cut at a limit.
    pub response_body: String,
    /// The order that the call was to deliver through its connection.
    pub delivery: Option<Serial>,
}

/// The store. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: db::Db,
    known: Arc<prepare::Known>,
    log: exchanges::Log,
    blobs: PathBuf,
}

type Answer<T> = Result<T, StoreError>;

impl Store {
    /// Opens the store, making and migrating it as needed.
    pub async fn open(options: StoreOptions) -> Answer<Store> {
        let blobs = options.data.join("blobs");
        std::fs::create_dir_all(&blobs).map_err(|error| StoreError::Failed(format!("{}: {error}", blobs.display())))?;
        let known = Arc::new(prepare::Known::default());
        let db = match &options.database_url {
            Some(url) => {
                db::Db::Postgres(postgres::Postgres::open(url, options.queue_limit, Arc::clone(&known)).await?)
            }
            None => {
                let known = Arc::clone(&known);
                let opened = tokio::task::spawn_blocking(move || sqlite::Sqlite::open(&options, known));
                let opened = opened.await.map_err(|error| StoreError::Failed(format!("opening failed: {error}")))?;
                db::Db::Sqlite(opened?)
            }
        };
        let log = exchanges::Log::start(db.clone());
        Ok(Store { inner: Arc::new(Inner { db, known, log, blobs }) })
    }

    /// Waits until everything queued is on disk, then stops the writer.
    pub async fn close(&self) -> Answer<()> {
        self.inner.log.flush().await;
        self.inner.db.close().await
    }

    /// A word for people: `SQLite 3.51 in /data/docket.db`, `PostgreSQL 15.18`.
    pub fn backend(&self) -> String {
        self.inner.db.name()
    }

    fn db(&self) -> &db::Db {
        &self.inner.db
    }

    fn known(&self) -> &prepare::Known {
        &self.inner.known
    }

    fn log(&self) -> &exchanges::Log {
        &self.inner.log
    }

    fn blobs_folder(&self) -> &Path {
        &self.inner.blobs
    }
}
