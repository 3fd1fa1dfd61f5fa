//! The backend: one enum, and what every other file asks of it.

use crate::StoreError;
use crate::postgres::Postgres;
use crate::prepare::Submission;
use crate::sqlite::Sqlite;
use crate::value::{Done, Row, Stmt, Val};
use docket_core::ids::Sequence;

/// Which SQL is spoken, where one text does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// How long a read may be expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Microseconds: done where it is asked.
    Point,
    /// More: kept off the threads that serve requests.
    Page,
}

/// SQLite or PostgreSQL.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Which SQL it speaks.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Reads.
    pub(crate) async fn query(&self, weight: Weight, sql: String, params: Vec<Val>) -> Result<Vec<Row>, StoreError> {
        match self {
            Db::Sqlite(db) => db.query(weight, sql, params).await,
            Db::Postgres(db) => db.query(weight, &sql, &params).await,
        }
    }

    /// Reads one row by a fixed statement.
    pub(crate) async fn point(&self, sql: &str, params: Vec<Val>) -> Result<Option<Row>, StoreError> {
        let rows = match self {
            Db::Sqlite(db) => db.point(sql, &params)?,
            Db::Postgres(db) => db.query(Weight::Point, sql, &params).await?,
        };
        Ok(rows.into_iter().next())
    }

    /// Does statements in one transaction; answers when it is on disk.
    pub(crate) async fn execute(&self, statements: Vec<Stmt>) -> Result<Vec<Done>, StoreError> {
        match self {
            Db::Sqlite(db) => db.execute(statements).await,
            Db::Postgres(db) => db.execute(statements).await,
        }
    }

    /// Commits a submission; answers when it is on disk.
    pub(crate) async fn append(&self, submission: Submission) -> Result<Vec<Sequence>, StoreError> {
        match self {
            Db::Sqlite(db) => db.append(submission).await,
            Db::Postgres(db) => db.append(submission).await,
        }
    }

    /// Waits for what is queued and stops the writer.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(db) => db.close().await,
            Db::Postgres(db) => db.close().await,
        }
    }

    /// How much waits for the writer.
    pub(crate) fn queued(&self) -> usize {
        match self {
            Db::Sqlite(db) => db.queued(),
            Db::Postgres(db) => db.queued(),
        }
    }

    /// A word for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Db::Sqlite(db) => db.name(),
            Db::Postgres(db) => db.name(),
        }
    }
}

/// Question marks for a list, as `$from, $from+1, …`.
pub(crate) fn placeholders(from: usize, count: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(count * 5);
    for number in from..from + count {
        let separator = if number == from { "" } else { "," };
        // Writing to memory does not fail.
        let _ = write!(text, "{separator}${number}");
    }
    text
}

/// A list padded to one of a few lengths, so that few different statements are prepared.
pub(crate) fn pad<T: Clone>(items: &mut Vec<T>) {
    let length = [1, 8, 64, 256, 1000].into_iter().find(|&length| length >= items.len()).unwrap_or(items.len());
    if let Some(last) = items.last().cloned() {
        items.resize(length, last);
    }
}
