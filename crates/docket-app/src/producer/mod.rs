//! The built-in producer: what a document order gets, a report of a site and the orders there, or of one order.
//!
//! [`render`] is pure: everything it draws on is in [`ReportInput`], and the same input gives the same bytes. Whoever
//! runs it claims the order, gathers ([`gather`] reads all but the orders through the ledger), journals each of
//! [`STEPS`] as progress, and stores what comes out. [`direct`] makes a report that nobody ordered.
//!
//! What a product is about and which format it has is in its slug: `order_report`, `site_report_csv` (see [`Kind::of`]).
//!
//! Text of any script is set as long as a font has it: those in the binary, and those of the machine ([`use_folders`]).
//! What none has is shown as □, and [`Rendered::missing`] names the scripts.

mod cover;
mod csv;
pub mod direct;
mod field;
mod flow;
pub mod follow;
mod gather;
mod json;
mod kind;
mod ops;
mod pdf;
mod photos;
mod picture;
mod report;
mod sketch;
mod table;
mod tags;
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
pub use gather::{WAYS, ways_text};
pub use kind::{Format, Kind, Subject, is_document};
pub use picture::Picture;
pub use sketch::{Neighbour, Surroundings, Track, Way};
pub use text::system::use_folders;

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
    /// The document order; `None` where nobody ordered it.
    pub order: Option<Arc<Order>>,
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
    /// What is around the site.
    pub surroundings: Surroundings,
    /// The photos that can be shown, by content address.
    pub pictures: BTreeMap<String, Picture>,
    /// The time printed on it.
    pub at: Timestamp,
}

impl ReportInput {
    /// The orders that are shown.
    fn shown(&self) -> impl Iterator<Item = &(Arc<Order>, Vec<Arc<Entry>>)> {
        let job = self.order.as_ref().map(|order| order.id);
        self.orders.iter().filter(move |(order, _)| Some(order.id) != job)
    }

    /// The order it is about, if it is about one.
    fn one(&self) -> Option<&(Arc<Order>, Vec<Arc<Entry>>)> {
        (self.kind().subject == Subject::Order).then(|| self.shown().next()).flatten()
    }

    /// What it is about, and its format.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.slug)
    }

    /// What it is called.
    fn title(&self) -> String {
        match self.one() {
            Some((order, _)) => format!("{} – {}", self.product, words::number(order)),
            None => format!("{} – {}", self.product, words::site_title(&self.site)),
        }
    }
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// A font cannot be read.
    Font(String),
    /// The document cannot be written.
    Write(String),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::Font(name) => write!(f, "the font {name} cannot be read"),
            ReportError::Write(what) => write!(f, "the report cannot be written: {what}"),
        }
    }
}

impl std::error::Error for ReportError {}

/// A report whose pages are laid out and not yet written.
pub struct Laid {
    library: text::Library,
    pages: ops::Pages,
    /// Scripts that no font has.
    missing: Vec<String>,
    pictures: BTreeMap<String, Picture>,
    title: String,
    /// What it was made for: the job, the order or the site.
    id: String,
    at: Timestamp,
}

/// Lays a report out. Fonts of the machine are read when it turns out that it needs them.
pub fn lay_out(input: &ReportInput) -> Result<Laid, ReportError> {
    let embedded = text::Library::embedded()?.for_country(&input.site.country);
    let fonts = text::Fonts::new(&embedded)?;
    let pages = report::compose(input, &fonts);
    let mut missing = fonts.missing();
    drop(fonts);
    let more = if missing.is_empty() { Vec::new() } else { text::system::with(&missing) };
    let (library, pages) = if more.is_empty() {
        (embedded, pages)
    } else {
        let library = embedded.with(more);
        let fonts = text::Fonts::new(&library)?;
        let pages = report::compose(input, &fonts);
        missing = fonts.missing();
        drop(fonts);
        (library, pages)
    };
    let id = input.order.as_ref().map(|order| format!("job {}", order.id));
    let id = id.or_else(|| input.one().map(|(order, _)| format!("order {}", order.id)));
    let id = id.or_else(|| input.site.id.map(|site| format!("site {site}"))).unwrap_or_default();
    let (pictures, title) = (input.pictures.clone(), input.title());
    Ok(Laid { library, pages, missing: text::scripts(&missing), pictures, title, id, at: input.at })
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

    /// The scripts that no font has: their characters are boxes.
    pub fn missing(&self) -> &[String] {
        &self.missing
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
    /// Scripts that no font had: what is written in them shows as boxes.
    pub missing: Vec<String>,
}

/// Makes what the product promises: PDF, or JSON or CSV when its slug says so.
pub fn render(input: &ReportInput) -> Result<Rendered, ReportError> {
    let format = input.kind().format;
    let mut missing = Vec::new();
    let bytes = match format {
        Format::Pdf => {
            let laid = lay_out(input)?;
            missing.extend_from_slice(laid.missing());
            laid.render()?
        }
        Format::Json => json::write(input)?,
        Format::Csv => csv::write(input),
    };
    let name = match &input.order {
        Some(order) => docket_dialects::planviewer::result_name(order, &input.slug, format.extension()),
        None => direct::name(input),
    };
    if !missing.is_empty() {
        let scripts = missing.join(", ");
        tracing::warn!(%scripts, file = %name, "no font has some scripts of a report; see `fonts` under [reports]");
    }
    Ok(Rendered { bytes, name, media_type: format.media_type().to_owned(), missing })
}
