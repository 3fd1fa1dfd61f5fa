//! The stored form of orders and entries, versioned.
//!
//! The stored document of an order *is* its native JSON: the native API answers with it as it lies there.

use docket_core::order::{Entry, Order};

/// The native JSON of an order.
pub fn order_document(_order: &Order) -> String {
    String::new()
}

/// The native JSON of an entry: `seq`, `at`, `actor`, `verb`, `changes[{field,from,to}]`, `refused[…]`, `exchange`.
pub fn entry_document(_entry: &Entry) -> String {
    String::new()
}
