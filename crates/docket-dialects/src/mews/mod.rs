//! Mews Connector API.

mod serve;

use crate::dialect::Dialect;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "mews",
    title: "Mews Connector API",
    page: "",
    settings: &[],
    credentials: &[],
    operations: &[],
    statuses: &[],
    fields: &[],
    secrets: &[],
    serve: &serve::Mews,
};
