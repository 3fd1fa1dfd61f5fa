//! Reports that nobody ordered: made at once, for whoever asks through the native API or the command line.

use super::gather::read;
use super::kind::is_document;
use super::{Format, Kind, ORDERS_LIMIT, Rendered, ReportError, ReportInput, Subject, words};
use docket_core::Timestamp;
use docket_core::catalogue::{Site, site_of};
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Ledger, OrderQuery};
use docket_core::order::Order;
use docket_dialects::planviewer::file_part;
use std::fmt;
use std::sync::Arc;

/// The longest name of a file, without its extension.
const NAME_LIMIT: usize = 120;

/// Why there is no report.
#[derive(Debug)]
pub enum DirectError {
    /// The ledger failed.
    Fault(Fault),
    /// The report cannot be made.
    Report(ReportError),
    /// The producer broke down.
    Broken(String),
}

impl fmt::Display for DirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectError::Fault(fault) => fault.fmt(f),
            DirectError::Report(error) => error.fmt(f),
            DirectError::Broken(what) => write!(f, "the producer broke down: {what}"),
        }
    }
}

impl std::error::Error for DirectError {}

impl From<Fault> for DirectError {
    fn from(fault: Fault) -> DirectError {
        DirectError::Fault(fault)
    }
}

/// What a report of one order draws on.
pub async fn of_order(
    ledger: &dyn Ledger,
    caller: &Caller,
    order: Arc<Order>,
    format: Format,
    now: Timestamp,
) -> Result<ReportInput, Fault> {
    let named = site_of(caller.account, &order.fields).unwrap_or_default();
    let known = match named.id {
        Some(id) => ledger.site(caller, id).await?,
        None => None,
    };
    let kind = Kind { subject: Subject::Order, format };
    let titles = (kind.slug().to_owned(), kind.name().to_owned());
    read(ledger, caller, titles, (None, known.unwrap_or(named)), vec![order], now).await
}

/// What a report of a site draws on: the newest orders there.
pub async fn of_site(
    ledger: &dyn Ledger,
    caller: &Caller,
    site: Site,
    format: Format,
    now: Timestamp,
) -> Result<ReportInput, Fault> {
    let query = OrderQuery { site: site.id, newest_first: true, limit: ORDERS_LIMIT, ..OrderQuery::default() };
    let services = ledger.services(caller).await?;
    let mut orders = ledger.orders(caller, query).await?.orders;
    // Documents about the place are not what happened there.
    orders.retain(|order| !is_document(&services, order));
    let kind = Kind { subject: Subject::Site, format };
    let titles = (kind.slug().to_owned(), kind.name().to_owned());
    read(ledger, caller, titles, (None, site), orders, now).await
}

/// Makes a report beside what serves requests. What is held, is held until it is made.
pub async fn make(input: ReportInput, held: impl Send + 'static) -> Result<Rendered, DirectError> {
    let made = tokio::task::spawn_blocking(move || {
        let made = super::render(&input);
        drop(held);
        made
    })
    .await;
    made.map_err(|error| DirectError::Broken(error.to_string()))?.map_err(DirectError::Report)
}

/// The name of the file: what it is, of what, and the day.
pub(super) fn name(input: &ReportInput) -> String {
    let Kind { format, .. } = input.kind();
    let of = match input.one() {
        Some((order, _)) => words::number(order),
        None => words::site_title(&input.site),
    };
    let day = input.at.strftime("%Y%m%d").to_string();
    let parts = [day, file_part(input.kind().name()), file_part(&of)];
    let mut name = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("_");
    name.truncate(NAME_LIMIT);
    format!("{}.{}", name.trim_end_matches('_'), format.extension())
}
