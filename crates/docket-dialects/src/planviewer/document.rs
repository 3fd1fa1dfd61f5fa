//! Source documents: the files and photos of a place's orders. `documents/list` names those a finished document draws
//! on, the product `brondocument` has an intention for each, and its job delivers the file itself.

use super::map::amsterdam;
use super::place::{chosen, places};
use super::wire;
use docket_core::Timestamp;
use docket_core::catalogue::{ServiceKind, site_of};
use docket_core::connection::Caller;
use docket_core::ids::{Serial, SiteId};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Target};
use docket_core::order::{Attachment, Item, Order};
use std::sync::Arc;

/// The product whose results are files as they were sent in: the vendor's slug.
pub const SOURCE_DOCUMENT: &str = "brondocument";

/// How many documents are listed for one place.
const DOCUMENTS_LIMIT: usize = 1000;
/// Of how many orders of one site a report can be ordered.
const REPORTABLE_LIMIT: usize = 100;
/// How many orders of one site are looked at.
const ORDERS_LIMIT: usize = 1000;

const PREFIX: &str = "DOCKET.Stuk.";
const ORDER_PREFIX: &str = "DOCKET.Order.";

/// Whether a product is the report of one order, in whatever format: then there is an intention for each order at a
/// place, and a job is about that one.
pub(super) fn is_order_report(slug: &str) -> bool {
    slug.replace('-', "_").starts_with("order_report")
}

/// How an order is named among the properties of an intention.
pub(super) fn order_identification(order: &Order) -> String {
    format!("{ORDER_PREFIX}{}", order.serial)
}

/// The order that the properties of an intention name.
pub(super) fn order_named(properties: &str) -> Option<Serial> {
    let known: wire::KnownProperties = serde_json::from_str(properties).ok()?;
    Some(Serial(known.identificatie?.strip_prefix(ORDER_PREFIX)?.parse().ok()?))
}

/// The order that a job for a report of one order is about, if it was ordered here.
pub fn reported_on(job: &Order) -> Option<Serial> {
    order_named(super::map::bag(job)?.properties.get())
}

/// The orders at a site that a report can be ordered of, newest first: all but those for documents.
pub(super) async fn reportable(ledger: &dyn Ledger, caller: &Caller, site: SiteId) -> Result<Vec<Arc<Order>>, Fault> {
    let services = ledger.services(caller).await?;
    let documents = services.iter().filter(|service| service.kind == ServiceKind::Document);
    let documents: Vec<String> = documents.map(|service| service.id.to_string()).collect();
    let query = OrderQuery { site: Some(site), newest_first: true, limit: REPORTABLE_LIMIT, ..OrderQuery::default() };
    let mut orders = ledger.orders(caller, query).await?.orders;
    orders.retain(|order| !order.fields.service.as_ref().is_some_and(|service| documents.contains(service)));
    Ok(orders)
}

/// A file of an order.
pub struct Document {
    /// The order.
    pub order: Arc<Order>,
    /// The item that is the file.
    pub item: Item,
    /// The same, taken out.
    pub file: Attachment,
}

impl Document {
    /// How the document is named on the wire: unique in the hub, the same for good.
    pub fn identification(&self) -> String {
        format!("{PREFIX}{}.{}", self.order.serial, self.item.place)
    }

    /// What it is called, for people.
    pub fn title(&self) -> String {
        let of = self.order.fields.number.clone().unwrap_or_else(|| self.order.serial.to_string());
        let caption = Some(self.file.caption.trim()).filter(|caption| !caption.is_empty());
        format!("{}, {of}", caption.unwrap_or(&self.file.name))
    }

    pub(super) fn shown(&self) -> wire::LinkedDocument {
        let registered = amsterdam(self.item.at);
        let code = |code: &str, waarde: &str| wire::Code { code: code.to_owned(), waarde: waarde.to_owned() };
        let origin = &self.item.origin.dialect;
        let title = crate::dialect(origin).map_or("Docket", |dialect| dialect.title);
        let (kind, register) = if self.file.photo { ("Foto", "Foto's") } else { ("Bestand", "Bestanden") };
        wire::LinkedDocument {
            identificatie: self.identification(),
            aard: kind.to_owned(),
            ingeschreven_op: wire::Registered {
                datum: registered.date().to_string(),
                tijd: registered.strftime("%H:%M:%S").to_string(),
            },
            documentwaardes: wire::DocumentValues {
                deel: self.order.fields.number.clone().unwrap_or_else(|| self.order.serial.to_string()),
                nummer: self.item.place.to_string(),
                reeks: code(origin, title),
                registercode: code(if self.file.photo { "1" } else { "2" }, register),
                soortregister: code(&self.file.media_type, &self.file.name),
            },
        }
    }
}

/// The serial and place an identification names.
fn parse(identification: &str) -> Option<(Serial, i64)> {
    let (serial, place) = identification.strip_prefix(PREFIX)?.split_once('.')?;
    Some((Serial(serial.parse().ok()?), place.parse().ok()?))
}

/// The files of the orders at some sites, oldest first, as far as they were there at a moment.
pub(super) async fn at_sites(
    ledger: &dyn Ledger,
    caller: &Caller,
    sites: &[SiteId],
    until: Option<Timestamp>,
) -> Result<Vec<Document>, Fault> {
    let mut found = Vec::new();
    for &site in sites {
        let query = OrderQuery { site: Some(site), limit: ORDERS_LIMIT, ..OrderQuery::default() };
        for order in ledger.orders(caller, query).await?.orders {
            let in_time = |item: &Item| until.is_none_or(|until| item.at <= until);
            let files = order.attachments().filter(|(item, _)| in_time(item));
            found.extend(files.map(|(item, file)| Document {
                order: Arc::clone(&order),
                item: item.clone(),
                file: file.clone(),
            }));
        }
    }
    found.sort_by_key(|document| (document.item.at, document.order.serial, document.item.place));
    found.dedup_by_key(|document| (document.order.serial, document.item.place));
    found.truncate(DOCUMENTS_LIMIT);
    Ok(found)
}

/// The sites a document order is about: those that were chosen, else those its address means.
pub(super) async fn sites_of(ledger: &dyn Ledger, caller: &Caller, job: &Order) -> Result<Vec<SiteId>, Fault> {
    if let Some(sites) = chosen(job) {
        return Ok(sites);
    }
    let Some(site) = site_of(caller.account, &job.fields) else { return Ok(Vec::new()) };
    match places(ledger, caller, &site).await?.as_slice() {
        [place] => Ok(place.sites.clone()),
        _ => Ok(site.id.into_iter().collect()),
    }
}

/// The document a job of the product [`SOURCE_DOCUMENT`] was ordered for, if it is still there.
pub async fn ordered(ledger: &dyn Ledger, caller: &Caller, job: &Order) -> Result<Option<Document>, Fault> {
    let named = super::map::bag(job).and_then(|bag| {
        let known: wire::KnownProperties = serde_json::from_str(bag.properties.get()).ok()?;
        parse(&known.identificatie?)
    });
    let Some((serial, place)) = named else { return Ok(None) };
    let Some(order) = ledger.order(caller, Target::Serial(serial)).await? else { return Ok(None) };
    let found = order.attachments().find(|(item, _)| item.place == place);
    let found = found.map(|(item, file)| (item.clone(), file.clone()));
    Ok(found.map(|(item, file)| Document { order, item, file }))
}
