//! The built-in producer: what a document order gets, a report of its site and of the orders there.
//!
//! [`render`] is pure: everything it draws on is in [`ReportInput`], and the same input gives the same bytes. Whoever
//! runs it claims the order, gathers ([`gather`] reads all but the orders through the ledger), journals each of
//! [`STEPS`] as progress, and stores what comes out. Products whose slug ends in `-json` get the same content as JSON.
//!
//! Text is set in Inter, with DejaVu Sans where Inter lacks a character; what neither has is shown as □. A run in
//! one script is shaped properly; right-to-left text within left-to-right text is not reordered.

mod field;
mod flow;
mod gather;
mod json;
mod pdf;
mod photos;
mod picture;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod words;

use docket_core::Timestamp;
use docket_core::catalogue::Site;
use docket_core::order::{Entry, Order};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use gather::gather;
pub use picture::Picture;

/// What is done for a document, in order: the steps of a job's progress.
pub const STEPS: &[&str] = &["gather site", "gather orders", "gather history", "lay out", "render", "store"];

/// How many orders a report goes into; all are counted and the first this many listed.
pub const ORDERS_LIMIT: usize = 250;

/// How many entries of an order's history a report shows: the latest.
pub const HISTORY_LIMIT: usize = 100;

/// Names for what orders only have ids of.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Catalogue services, by id as text.
    pub services: BTreeMap<String, String>,
    /// Units, by id.
    pub units: BTreeMap<i64, String>,
    /// Connections, by id.
    pub connections: BTreeMap<i64, String>,
}

/// Everything a report is made of.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// The document order itself.
    pub order: Arc<Order>,
    /// The site it is about.
    pub site: Site,
    /// The name of the product.
    pub product: String,
    /// Its slug, which decides the format and goes into the file's name.
    pub slug: String,
    /// The orders at this site with their histories, in the order to be shown. The document order may be among
    /// them; it is left out.
    pub orders: Vec<(Arc<Order>, Vec<Arc<Entry>>)>,
    /// Names.
    pub names: Names,
    /// The photos that can be shown, by content address.
    pub pictures: BTreeMap<String, Picture>,
    /// The time printed on it.
    pub at: Timestamp,
}

impl ReportInput {
    /// The orders that are shown.
    fn shown(&self) -> impl Iterator<Item = &(Arc<Order>, Vec<Arc<Entry>>)> {
        self.orders.iter().filter(|(order, _)| order.id != self.order.id)
    }
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// An embedded font cannot be read.
    Font(&'static str),
    /// The document cannot be written.
    Write(String),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::Font(name) => write!(f, "the embedded font {name} cannot be read"),
            ReportError::Write(what) => write!(f, "the report cannot be written: {what}"),
        }
    }
}

impl std::error::Error for ReportError {}

/// A report whose pages are laid out and not yet written.
pub struct Laid {
    fonts: text::Fonts,
    pages: flow::Pages,
    pictures: BTreeMap<String, Picture>,
    title: String,
    id: String,
    at: Timestamp,
}

/// Lays a report out.
pub fn lay_out(input: &ReportInput) -> Result<Laid, ReportError> {
    let fonts = text::Fonts::load()?;
    let pages = report::compose(input, &fonts);
    let title = format!("{} – {}", input.product, words::site_title(&input.site));
    Ok(Laid { fonts, pages, pictures: input.pictures.clone(), title, id: input.order.id.to_string(), at: input.at })
}

impl Laid {
    /// Writes the PDF.
    pub fn render(&self) -> Result<Vec<u8>, ReportError> {
        pdf::write(self)
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.pages.sheets.len()
    }
}

/// A finished document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

/// Makes what the product promises: PDF, or JSON when its slug says so.
pub fn render(input: &ReportInput) -> Result<Rendered, ReportError> {
    let (bytes, media_type, extension) = if is_json(&input.slug) {
        (json::write(input)?, "application/json", "json")
    } else {
        (lay_out(input)?.render()?, "application/pdf", "pdf")
    };
    let name = docket_dialects::planviewer::result_name(&input.order, &input.slug, extension);
    Ok(Rendered { bytes, name, media_type: media_type.to_owned() })
}

/// Whether a product is delivered as JSON rather than as PDF.
pub fn is_json(slug: &str) -> bool {
    slug.ends_with("-json") || slug.ends_with("_json")
}
