//! Everything Docket keeps, on SQLite (embedded default) or PostgreSQL, behind one small interface.
//!
//! SQL is nowhere else. Readers never wait for the writer. Writes of many callers are committed in groups: whatever
//! is queued while one sync runs shares the next one; nobody is answered before its group is on disk.
//!
//! ```text
//! append(Append) ─► encode (caller's thread) ─► bounded queue ─► writer: one transaction per group ─► sync ─► answers
//! ```

pub mod record;

use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Position, Service, Site, Unit};
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Sequence, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{Mail, OrderQuery, Page, Record, SiteQuery};
use docket_core::order::{Entry, Order};
use docket_core::plan::{Key, Loaded, Write};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Mails owed.
    pub mails: Vec<Mail>,
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
}

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMail {
    /// Its number.
    pub id: i64,
    /// The tenant.
    pub account: AccountId,
    /// The mail.
    pub mail: Mail,
    /// When it was owed.
    pub at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Attempts so far.
    pub attempts: i64,
    /// The last error.
    pub error: Option<String>,
}

/// The store.
#[derive(Clone)]
pub struct Store {}

type Answer<T> = Result<T, StoreError>;

fn pending<T>() -> Answer<T> {
    Err(StoreError::Failed("not built yet".to_owned()))
}

impl Store {
    /// Opens the store, making and migrating it as needed.
    pub async fn open(_options: StoreOptions) -> Answer<Store> {
        pending()
    }
    /// Waits until everything queued is on disk, then stops the writer.
    pub async fn close(&self) -> Answer<()> {
        pending()
    }
    /// A word for people: `SQLite 3.51 in /data/docket.db`, `PostgreSQL 15.18`.
    pub fn backend(&self) -> String {
        String::new()
    }

    // --- numbers
    /// Reserves serials; gaps are fine, repeats are not, on any number of nodes.
    pub async fn reserve_serials(&self, _count: i64) -> Answer<Range<i64>> {
        pending()
    }
    /// Makes sure that serials below this one are never handed out again (imports, the demo).
    pub async fn raise_serials(&self, _beyond: Serial) -> Answer<()> {
        pending()
    }
    /// A number from the hub-wide item counter (units, Wialon resources).
    pub async fn next_item(&self) -> Answer<i64> {
        pending()
    }

    // --- the ledger
    /// Commits a planned submission; answers when it is on disk, with the places of its entries.
    pub async fn append(&self, _append: Append) -> Answer<Vec<Sequence>> {
        pending()
    }
    /// Loads what a submission is about. Missing ones are simply absent.
    pub async fn load(&self, _account: AccountId, _lookup: Lookup) -> Answer<Loaded> {
        pending()
    }
    /// One order (deleted ones too).
    pub async fn order(&self, _account: AccountId, _serial: Serial) -> Answer<Option<Arc<Order>>> {
        pending()
    }
    /// One order by id (deleted ones too).
    pub async fn order_by_id(&self, _account: AccountId, _id: OrderId) -> Answer<Option<Arc<Order>>> {
        pending()
    }
    /// One order's stored native JSON document.
    pub async fn document(&self, _account: AccountId, _id: OrderId) -> Answer<Option<String>> {
        pending()
    }
    /// A page of orders; agrees with [`OrderQuery::matches`].
    pub async fn page(&self, _account: AccountId, _seen: Visibility, _query: OrderQuery) -> Answer<Page> {
        pending()
    }
    /// A page of stored native JSON documents, as they are, and where to go on.
    pub async fn page_documents(
        &self,
        _account: AccountId,
        _seen: Visibility,
        _query: OrderQuery,
    ) -> Answer<(Vec<String>, Option<Serial>)> {
        pending()
    }
    /// All entries of one order, oldest first.
    pub async fn history(&self, _account: AccountId, _serial: Serial) -> Answer<Vec<Arc<Entry>>> {
        pending()
    }
    /// The journal behind a place, oldest first. Never skips, never shows what could roll back.
    pub async fn journal(&self, _account: AccountId, _after: Sequence, _limit: usize) -> Answer<Vec<Arc<Entry>>> {
        pending()
    }
    /// The last place in the journal.
    pub async fn head(&self, _account: AccountId) -> Answer<Sequence> {
        pending()
    }

    // --- what orders refer to
    /// The catalogue.
    pub async fn services(&self, _account: AccountId) -> Answer<Vec<Service>> {
        pending()
    }
    /// Adds or replaces a catalogue entry.
    pub async fn put_service(&self, _account: AccountId, _service: Service) -> Answer<()> {
        pending()
    }
    /// Units with their last positions.
    pub async fn units(&self, _account: AccountId) -> Answer<Vec<Unit>> {
        pending()
    }
    /// Adds or replaces a unit.
    pub async fn put_unit(&self, _account: AccountId, _unit: Unit) -> Answer<()> {
        pending()
    }
    /// Keeps the last positions of units (one transaction).
    pub async fn put_positions(&self, _positions: Vec<(UnitId, Position)>) -> Answer<()> {
        pending()
    }
    /// Sites in order of id.
    pub async fn sites(&self, _account: AccountId, _query: SiteQuery) -> Answer<Vec<Site>> {
        pending()
    }
    /// One site.
    pub async fn site(&self, _account: AccountId, _id: SiteId) -> Answer<Option<Site>> {
        pending()
    }
    /// Orders at a site, newest first, at most `limit`.
    pub async fn orders_at(&self, _account: AccountId, _site: SiteId, _limit: usize) -> Answer<Vec<Arc<Order>>> {
        pending()
    }
    /// One customer.
    pub async fn customer(&self, _account: AccountId, _id: Uuid) -> Answer<Option<Customer>> {
        pending()
    }
    /// Adds or replaces a customer.
    pub async fn put_customer(&self, _account: AccountId, _customer: Customer) -> Answer<()> {
        pending()
    }

    // --- who may call
    /// The account of a name; made when `create`.
    pub async fn account(&self, _name: &str, _create: bool) -> Answer<Option<AccountId>> {
        pending()
    }
    /// Everything about who may call.
    pub async fn directory(&self) -> Answer<Directory> {
        pending()
    }
    /// Grows with every change of the directory, also by other processes. Cheap.
    pub async fn directory_version(&self) -> Answer<i64> {
        pending()
    }
    /// Adds a connection (its id is assigned here) with its credentials; `Conflict` when the name is taken.
    pub async fn add_connection(
        &self,
        _connection: Connection,
        _credentials: Vec<(String, String)>,
    ) -> Answer<Arc<Connection>> {
        pending()
    }
    /// Replaces a connection's role, scope, enabled and settings.
    pub async fn put_connection(&self, _connection: Connection) -> Answer<()> {
        pending()
    }
    /// Replaces the named credentials of a connection: (kind, hash).
    pub async fn put_credentials(&self, _connection: ConnectionId, _credentials: Vec<(String, String)>) -> Answer<()> {
        pending()
    }
    /// Removes a connection, its credentials and records. Orders and journal keep its id.
    pub async fn remove_connection(&self, _connection: ConnectionId) -> Answer<()> {
        pending()
    }
    /// Adds a token; `Conflict` when the name is taken.
    pub async fn add_token(&self, _token: Token) -> Answer<()> {
        pending()
    }

    // --- small texts, mails, the wire log, blobs, leases
    /// A record.
    pub async fn record(&self, _connection: ConnectionId, _namespace: &str, _key: &str) -> Answer<Option<String>> {
        pending()
    }
    /// Mails not yet sent, oldest first.
    pub async fn outbox(&self, _limit: usize) -> Answer<Vec<OutboxMail>> {
        pending()
    }
    /// Notes what became of a mail.
    pub async fn mail_tried(&self, _id: i64, _at: Timestamp, _error: Option<String>) -> Answer<()> {
        pending()
    }
    /// Queues exchanges for the wire log; written in compressed chunks soon after. Never waits for the disk.
    pub fn log_exchange(&self, _exchange: Exchange) {}
    /// The wire log, newest first, optionally of one connection, before an exchange.
    pub async fn exchanges(
        &self,
        _account: AccountId,
        _connection: Option<ConnectionId>,
        _before: Option<ExchangeId>,
        _limit: usize,
    ) -> Answer<Vec<Exchange>> {
        pending()
    }
    /// One exchange.
    pub async fn exchange(&self, _account: AccountId, _id: ExchangeId) -> Answer<Option<Exchange>> {
        pending()
    }
    /// Keeps a blob; answers its content address (hex SHA-256) when it is on disk.
    pub async fn put_blob(&self, _bytes: Vec<u8>) -> Answer<String> {
        pending()
    }
    /// The bytes of a blob.
    pub async fn blob(&self, _address: &str) -> Answer<Option<Vec<u8>>> {
        pending()
    }
    /// Takes or renews a lease; `false` when somebody else holds it. `now` is the caller's clock.
    pub async fn lease(&self, _name: &str, _holder: Uuid, _now: Timestamp, _for_ms: i64) -> Answer<bool> {
        pending()
    }
}
