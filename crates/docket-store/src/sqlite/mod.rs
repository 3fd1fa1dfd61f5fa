//! The embedded database: one file, written by one thread, read by many connections.
//!
//! The log (WAL) is synced at every commit and carried over into the file by a thread of its own, off the commit
//! path. Other processes (the command line) may write to the same file: the writer takes the write lock first and
//! reads everything it relies on inside its transaction.

mod checkpoint;
mod readers;
mod rows;
mod writer;

use crate::db::{Dialect, Weight};
use crate::migrations;
use crate::prepare::{Known, Submission};
use crate::value::{Done, Row, Stmt, Val};
use crate::{StoreError, StoreOptions};
use crossbeam_channel::{Sender, TrySendError};
use docket_core::ids::Sequence;
use parking_lot::Mutex;
use readers::Readers;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use writer::{Job, Writer};

/// How long the writer waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Large pages: rows are texts of a kilobyte or two.
const PAGE_BYTES: i64 = 8192;

/// The handle everybody has.
#[derive(Clone)]
pub(crate) struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    queue: Sender<Job>,
    readers: Readers,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Failed(format!("SQLite: {error}")),
    }
}

fn gone<T>(_: T) -> StoreError {
    StoreError::Failed("the store is closed".to_owned())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::Failed(format!("{}: {error}", path.display())))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn open_writable(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES).map_err(failed)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(failed)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Failed(format!("{}: no write-ahead log here ({mode})", path.display())));
    }
    for (name, value) in [("synchronous", "FULL"), ("temp_store", "MEMORY"), ("foreign_keys", "OFF")] {
        connection.pragma_update(None, name, value).map_err(failed)?;
    }
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn open_readable(path: &Path) -> Result<Connection, StoreError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(migrations::TABLE).map_err(failed)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    let done: i64 = transaction.query_row(migrations::DONE, [], |row| row.get(0)).map_err(failed)?;
    migrations::check(done)?;
    for step in migrations::ALL.iter().filter(|step| step.version > done) {
        transaction.execute_batch(&step.text(Dialect::Sqlite)).map_err(failed)?;
        transaction.execute(migrations::NOTE, (step.version, step.name)).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

impl Sqlite {
    /// Opens or makes the database and starts its writer.
    pub(crate) fn open(options: &StoreOptions, known: Arc<Known>) -> Result<Sqlite, StoreError> {
        let path = options.data.join("docket.db");
        let mut connection = open_writable(&path)?;
        migrate(&mut connection)?;
        let (queue, jobs) = crossbeam_channel::bounded(options.queue_limit.max(1));
        let (carrier, log) = checkpoint::start(open_writable(&path)?)?;
        let writer = Writer::new(connection, jobs, known, log)?;
        let thread = std::thread::Builder::new()
            .name("docket-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Failed(format!("no thread for the writer: {error}")))?;
        let readers = Readers::new(path.clone());
        let threads = Mutex::new(vec![thread, carrier]);
        Ok(Sqlite { inner: Arc::new(Inner { path, queue, readers, threads }) })
    }

    pub(crate) fn name(&self) -> String {
        format!("SQLite {} in {}", rusqlite::version(), self.inner.path.display())
    }

    pub(crate) fn queued(&self) -> usize {
        self.inner.queue.len()
    }

    /// The file it is in.
    pub(crate) fn path(&self) -> &Path {
        &self.inner.path
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.inner.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => gone(()),
        })
    }

    pub(crate) async fn append(&self, submission: Submission) -> Result<Vec<Sequence>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Append(Box::new(submission), answer))?;
        answered.await.map_err(gone)?
    }

    pub(crate) async fn execute(&self, statements: Vec<Stmt>) -> Result<Vec<Done>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Statements(statements, answer))?;
        answered.await.map_err(gone)?
    }

    pub(crate) fn point(&self, sql: &str, params: &[Val]) -> Result<Vec<Row>, StoreError> {
        self.inner.readers.with(|connection| fetch(connection, sql, params))
    }

    pub(crate) async fn query(&self, weight: Weight, sql: String, params: Vec<Val>) -> Result<Vec<Row>, StoreError> {
        if weight == Weight::Point {
            return self.point(&sql, &params);
        }
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.point(&sql, &params)).await.map_err(gone)?
    }

    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        // Waits for room in the queue: closing is never told to try again.
        let queue = self.inner.queue.clone();
        let sent = tokio::task::spawn_blocking(move || queue.send(Job::Close(answer)).is_ok()).await.map_err(gone)?;
        if sent {
            answered.await.map_err(gone)??;
        }
        let threads = std::mem::take(&mut *self.inner.threads.lock());
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
        if joined.await.map_err(gone)? { Ok(()) } else { Err(StoreError::Failed("the writer broke down".to_owned())) }
    }
}

impl ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Val::Null => ValueRef::Null,
            Val::Int(number) => ValueRef::Integer(*number),
            Val::Real(number) => ValueRef::Real(*number),
            Val::Text(text) => ValueRef::Text(text.as_bytes()),
            Val::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Result<Val, StoreError> {
    Ok(match value {
        ValueRef::Null => Val::Null,
        ValueRef::Integer(number) => Val::Int(number),
        ValueRef::Real(number) => Val::Real(number),
        ValueRef::Text(bytes) => Val::Text(
            std::str::from_utf8(bytes)
                .map_err(|_| StoreError::Failed("a stored text is no UTF-8".to_owned()))?
                .to_owned(),
        ),
        ValueRef::Blob(bytes) => Val::Blob(bytes.to_vec()),
    })
}

/// SQLite counts `$2` as a name and numbers names as they appear; `?2` is the second parameter. No statement has the
/// sign in a literal.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

/// Runs a statement that answers rows.
fn fetch(connection: &Connection, sql: &str, params: &[Val]) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(&numbered(sql)).map_err(failed)?;
    let columns = statement.column_count();
    let mut answer = statement.query(rusqlite::params_from_iter(params)).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = answer.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(value_of(row.get_ref(column).map_err(failed)?)?);
        }
        rows.push(Row(values));
    }
    Ok(rows)
}

/// Runs a statement of a transaction.
fn perform(connection: &Connection, statement: &Stmt) -> Result<Done, StoreError> {
    let rows = fetch(connection, statement.sql, &statement.params)?;
    Ok(Done { touched: connection.changes(), rows })
}
