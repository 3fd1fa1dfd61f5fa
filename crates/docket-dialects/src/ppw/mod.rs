//! PPW Link.

mod serve;

use crate::dialect::Dialect;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "ppw",
    title: "PPW Link",
    page: "",
    settings: &[],
    credentials: &[],
    operations: &[],
    statuses: &[],
    fields: &[],
    secrets: &[],
    serve: &serve::Ppw,
};
