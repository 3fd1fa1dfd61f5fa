//! The built-in producer.

use docket_core::Timestamp;
use docket_core::catalogue::Service;
use docket_core::order::Order;
use std::sync::Arc;

/// The steps of making a report.
pub const STEPS: &[&str] = &["site", "orders", "history", "map", "layout", "file"];

/// What a report is made of.
pub struct ReportInput {
    /// The order for the report.
    pub job: Arc<Order>,
    /// What was ordered.
    pub product: Service,
    /// The orders it is about.
    pub orders: Vec<Arc<Order>>,
    /// When it is made.
    pub now: Timestamp,
}

/// A finished file.
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

/// Makes the report.
pub fn render(input: &ReportInput) -> Result<Rendered, String> {
    let text = format!("{}: {} orders, {}\n", input.product.name, input.orders.len(), input.now);
    Ok(Rendered { bytes: text.into_bytes(), name: "report.txt".to_owned(), media_type: "text/plain".to_owned() })
}
