//! Wialon Remote API.

mod serve;

use crate::dialect::Dialect;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "wialon",
    title: "Wialon Remote API",
    page: "",
    settings: &[],
    credentials: &[],
    operations: &[],
    statuses: &[],
    fields: &[],
    secrets: &[],
    serve: &serve::Wialon,
};
