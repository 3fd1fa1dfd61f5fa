//! Planviewer Product API.

mod serve;

use crate::dialect::Dialect;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "planviewer",
    title: "Planviewer Product API",
    page: "",
    settings: &[],
    credentials: &[],
    operations: &[],
    statuses: &[],
    fields: &[],
    secrets: &[],
    serve: &serve::Planviewer,
};
