//! PostgreSQL.

use crate::StoreError;
use crate::prepare::{Known, Submission};
use crate::value::{Done, Row, Stmt, Val};
use docket_core::ids::Sequence;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Postgres {}

fn absent<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("PostgreSQL is not built in yet".to_owned()))
}

impl Postgres {
    pub(crate) async fn open(_url: &str, _queue_limit: usize, _known: Arc<Known>) -> Result<Postgres, StoreError> {
        absent()
    }
    pub(crate) async fn query(&self, _sql: &str, _params: &[Val]) -> Result<Vec<Row>, StoreError> {
        absent()
    }
    pub(crate) async fn execute(&self, _statements: Vec<Stmt>) -> Result<Vec<Done>, StoreError> {
        absent()
    }
    pub(crate) async fn append(&self, _submission: Submission) -> Result<Vec<Sequence>, StoreError> {
        absent()
    }
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        absent()
    }
    pub(crate) fn name(&self) -> String {
        String::new()
    }
}
