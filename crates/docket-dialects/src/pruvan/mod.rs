//! Pruvan.

mod serve;

use crate::dialect::Dialect;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "pruvan",
    title: "Pruvan",
    page: "",
    settings: &[],
    credentials: &[],
    operations: &[],
    statuses: &[],
    fields: &[],
    secrets: &[],
    serve: &serve::Pruvan,
};
