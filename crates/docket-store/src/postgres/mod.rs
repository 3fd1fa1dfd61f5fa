//! PostgreSQL: several hubs may share one database.
//!
//! Each hub has one writer on one connection; reads go through a pool. The head of an account's journal is locked
//! from before its place is taken until the commit, so entries become visible in the order of their places, whoever
//! wrote them: a reader that follows them skips nothing.

mod rows;
mod value;
mod writer;

use crate::StoreError;
use crate::db::{Dialect, Weight};
use crate::migrations;
use crate::prepare::{Known, Submission};
use crate::value::{Done, Row, Stmt, Val};
use deadpool_postgres::{Hook, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use docket_core::ids::Sequence;
use futures_util::TryStreamExt;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, Statement};
use value::{Bind, row_of};
use writer::{Job, Writer};

/// How many connections read.
const POOL_SIZE: usize = 16;
/// How long a read waits for one of them.
const POOL_WAIT: Duration = Duration::from_secs(10);
/// How many statements of changing text are kept prepared on a connection.
const PREPARED_LIMIT: usize = 256;
/// How often a transaction is tried that the database gave up in favour of another.
const ATTEMPTS: usize = 5;

/// The handle everybody has.
#[derive(Clone)]
pub(crate) struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    queue: mpsc::Sender<Job>,
    writer: Mutex<Option<JoinHandle<()>>>,
    name: String,
}

fn failed(error: &tokio_postgres::Error) -> StoreError {
    // Whatever a rule of a table forbids, as on SQLite: class 23 of the codes.
    if error.code().is_some_and(|code| code.code().starts_with("23")) {
        return StoreError::Conflict;
    }
    let detail = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    StoreError::Failed(format!("PostgreSQL: {detail}"))
}

/// The database gave this transaction up in favour of another; it may be tried again.
fn may_retry(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}

fn no_pool(error: deadpool_postgres::PoolError) -> StoreError {
    StoreError::Failed(format!("PostgreSQL: {error}"))
}

/// Every statement here goes along an index and answers little. Left alone, the planner prepares for much: scans,
/// bitmaps, parallel workers, compiled expressions. Engines that know no such setting have no such plans.
const SETTINGS: &[&str] = &[
    "SET enable_seqscan = off",
    "SET enable_bitmapscan = off",
    "SET max_parallel_workers_per_gather = 0",
    "SET jit = off",
];

async fn settle_in(client: &Client) {
    for setting in SETTINGS {
        if let Err(error) = client.batch_execute(setting).await {
            tracing::debug!(%error, setting, "not known here");
        }
    }
}

/// A connection of its own; the driver ends with it.
async fn connect(config: &Config) -> Result<Client, StoreError> {
    let (client, connection) = config.connect(NoTls).await.map_err(|error| failed(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to PostgreSQL broke");
        }
    });
    settle_in(&client).await;
    Ok(client)
}

async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let failed = |error| failed(&error);
    // Two hubs that make the table at the same moment: the other one made it.
    if let Err(error) = client.batch_execute(migrations::TABLE).await
        && !matches!(error.code(), Some(&SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_TABLE))
    {
        return Err(failed(error));
    }
    let transaction = client.transaction().await.map_err(failed)?;
    // One hub migrates at a time: they all want this row.
    transaction.batch_execute(migrations::LOCK).await.map_err(failed)?;
    let done: i64 = transaction.query_one(migrations::DONE, &[]).await.map_err(failed)?.get(0);
    migrations::check(done)?;
    for step in migrations::ALL.iter().filter(|step| step.version > done) {
        transaction.batch_execute(&step.text(Dialect::Postgres)).await.map_err(failed)?;
        transaction.execute(migrations::NOTE, &[&step.version, &step.name]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

async fn version(client: &Client) -> Result<String, StoreError> {
    let row = client.query_one("SHOW server_version", &[]).await.map_err(|error| failed(&error))?;
    let text: String = row.get(0);
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

/// Runs one statement; many may be under way on one connection, and run in the order in which they were begun.
async fn perform(client: &Client, statement: &Statement, params: &[Bind<'_>]) -> Result<Done, tokio_postgres::Error> {
    let stream = client.query_raw(statement, params.iter()).await?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    let touched = stream.rows_affected().unwrap_or(0);
    // A column of a kind the store does not know is a mistake in the store; it shows as a missing value.
    let rows = rows.iter().map(|row| row_of(row).unwrap_or(Row(Vec::new()))).collect();
    Ok(Done { touched, rows })
}

impl Postgres {
    /// Connects, migrates and starts the writer.
    pub(crate) async fn open(url: &str, queue_limit: usize, known: Arc<Known>) -> Result<Postgres, StoreError> {
        let mut config: Config =
            url.parse().map_err(|error| StoreError::Failed(format!("the database's address: {error}")))?;
        config.application_name("docket");
        let mut client = connect(&config).await?;
        migrate(&mut client).await?;
        let name = format!("PostgreSQL {}", version(&client).await?);
        drop(client);
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, manager))
            .max_size(POOL_SIZE)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    settle_in(client).await;
                    Ok(())
                })
            }))
            .build()
            .map_err(|error| StoreError::Failed(format!("PostgreSQL: {error}")))?;
        let (queue, jobs) = mpsc::channel(queue_limit.max(1));
        let writer = tokio::spawn(Writer::new(config, jobs, known).run());
        let writer = Mutex::new(Some(writer));
        Ok(Postgres { inner: Arc::new(Inner { pool, queue, writer, name }) })
    }

    pub(crate) fn queued(&self) -> usize {
        self.inner.queue.max_capacity().saturating_sub(self.inner.queue.capacity())
    }

    pub(crate) fn name(&self) -> String {
        self.inner.name.clone()
    }

    pub(crate) async fn query(&self, weight: Weight, sql: &str, params: &[Val]) -> Result<Vec<Row>, StoreError> {
        let client = self.inner.pool.get().await.map_err(no_pool)?;
        if weight == Weight::Page && client.statement_cache.size() > PREPARED_LIMIT {
            client.statement_cache.clear();
        }
        let statement = client.prepare_cached(sql).await.map_err(|error| failed(&error))?;
        let params: Vec<Bind<'_>> = params.iter().map(Bind::from).collect();
        perform(&client, &statement, &params).await.map(|done| done.rows).map_err(|error| failed(&error))
    }

    pub(crate) async fn execute(&self, statements: Vec<Stmt>) -> Result<Vec<Done>, StoreError> {
        let mut attempt = 1;
        loop {
            match self.transact(&statements).await {
                Ok(done) => return Ok(done),
                Err(Trouble::Database(error)) if may_retry(&error) && attempt < ATTEMPTS => attempt += 1,
                Err(Trouble::Database(error)) => return Err(failed(&error)),
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
    }

    async fn transact(&self, statements: &[Stmt]) -> Result<Vec<Done>, Trouble> {
        let mut client = self.inner.pool.get().await.map_err(|error| Trouble::Store(no_pool(error)))?;
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(client.prepare_cached(statement.sql).await?);
        }
        let transaction = client.transaction().await?;
        let params: Vec<Vec<Bind<'_>>> =
            statements.iter().map(|statement| statement.params.iter().map(Bind::from).collect()).collect();
        let running =
            prepared.iter().zip(&params).map(|(statement, params)| perform(transaction.client(), statement, params));
        let done = futures_util::future::try_join_all(running).await?;
        transaction.commit().await?;
        Ok(done)
    }

    pub(crate) async fn append(&self, submission: Submission) -> Result<Vec<Sequence>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.inner.queue.try_send(Job::Append(Box::new(submission), answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(()),
        })?;
        answered.await.map_err(closed)?
    }

    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.inner.queue.send(Job::Close(answer)).await.is_ok() {
            answered.await.map_err(closed)?;
        }
        let writer = self.inner.writer.lock().take();
        if let Some(writer) = writer {
            writer.await.map_err(|_| StoreError::Failed("the writer broke down".to_owned()))?;
        }
        self.inner.pool.close();
        Ok(())
    }
}

fn closed<T>(_: T) -> StoreError {
    StoreError::Failed("the store is closed".to_owned())
}

/// What ended a transaction.
enum Trouble {
    Database(tokio_postgres::Error),
    Store(StoreError),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Trouble {
        Trouble::Database(error)
    }
}
