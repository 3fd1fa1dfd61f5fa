//! Before the order: products, locations, intentions.

use super::super::address::{properties, site_title};
use super::super::document::{self, Document, SOURCE_DOCUMENT};
use super::super::error::Error;
use super::super::map::amsterdam_date;
use super::super::search::{self, Clause, Entity, Folded, RESULTS_LIMIT, SITES_LIMIT};
use super::super::{intention, wire};
use super::{Answer, Asker, UUIDS_LIMIT, parse_uuids};
use docket_core::catalogue::{Service, ServiceKind, Site};
use docket_core::connection::Caller;
use docket_core::ids::SiteId;
use docket_core::ledger::{SiteQuery, Submission};
use docket_core::order::Order;
use http::StatusCode;
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

/// How many intentions one request may make: each is kept.
const INTENTIONS_LIMIT: usize = 2000;
/// How many sites are read at a time.
const SITES_PAGE: usize = 1000;

/// The products that can be ordered now, in presentation order.
pub(super) async fn catalogue(asker: &Asker<'_>) -> Result<Vec<Service>, Error> {
    let services = asker.cx.ledger.services(asker.caller).await?;
    let documents = services.iter().filter(|service| service.kind == ServiceKind::Document && service.active);
    let mut products: Vec<Service> = documents.cloned().collect();
    products.sort_by(|a, b| (a.ordering, &a.slug).cmp(&(b.ordering, &b.slug)));
    Ok(products)
}

pub(super) async fn products(asker: &Asker<'_>) -> Answer {
    let products = catalogue(asker).await?;
    let list: Vec<_> =
        products.iter().map(|service| wire::Product { slug: &service.slug, name: &service.name }).collect();
    Ok(wire::json(StatusCode::OK, &list))
}

pub(super) async fn search(asker: &Asker<'_>, body: &[u8]) -> Answer {
    let request: wire::SearchRequest = wire::parse(body).map_err(Error::Invalid)?;
    let entity = Entity::of(&request.entity)?;
    let clause = search::compile(entity, &request.query)?;
    let found = match entity {
        Entity::Adres => find(asker, &clause).await?,
        Entity::Perceel => Vec::new(),
    };
    Ok(wire::json(StatusCode::OK, &found))
}

async fn find(asker: &Asker<'_>, clause: &Clause) -> Result<Vec<wire::Location>, Error> {
    let postal_code = clause.postal_code().map(str::to_owned);
    let mut found: Vec<wire::Location> = Vec::new();
    let mut query = SiteQuery { postal_code, after: None, limit: SITES_PAGE };
    for _ in 0..SITES_LIMIT / SITES_PAGE {
        let sites = asker.cx.ledger.sites(asker.caller, query.clone()).await?;
        found.extend(sites.iter().filter_map(|site| location(site, clause)));
        if found.len() > SITES_PAGE {
            keep_best(&mut found);
        }
        query.after = sites.last().and_then(|site| site.id);
        if sites.len() < SITES_PAGE || query.after.is_none() {
            break;
        }
    }
    keep_best(&mut found);
    Ok(found)
}

fn keep_best(found: &mut Vec<wire::Location>) {
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.title.cmp(&b.title)));
    found.truncate(RESULTS_LIMIT);
}

fn location(site: &Site, clause: &Clause) -> Option<wire::Location> {
    let properties = properties(site);
    let score = clause.score(&Folded::of(&properties))?;
    Some(wire::Location { score, uuid: site.id?.to_string(), title: site_title(site), properties })
}

pub(super) async fn intentions(asker: &Asker<'_>, body: &[u8]) -> Answer {
    let request: wire::IntentionsRequest = wire::parse(body).map_err(Error::Invalid)?;
    let uuids = parse_uuids(request.uuids.iter().map(String::as_str))?;
    let products = wanted_products(asker, &request.products).await?;
    if uuids.len() * products.len() > INTENTIONS_LIMIT {
        return Err(too_many());
    }
    let mut records = Vec::new();
    let mut answer = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        let site = asker.cx.ledger.site(asker.caller, SiteId(uuid)).await?;
        let site = site.ok_or_else(|| Error::invalid(format!("uuids: there is no location {uuid}")))?;
        let mut intentions = Vec::with_capacity(products.len());
        for product in &products {
            for (detail, properties) in orderable(asker, product, &site).await? {
                let subject = (SiteId(uuid), product.slug.as_str());
                let key = intention::uuid(asker.connection.id, subject, &detail);
                let record =
                    intention::record(asker.connection.id, key, subject, properties.get(), asker.cx.now, false);
                records.push(record.ok_or(Error::Failed)?);
                let (uuid, product) = (key.to_string(), product.slug.clone());
                intentions.push(wire::IntentionEntry { uuid, product, properties });
            }
        }
        if records.len() > INTENTIONS_LIMIT {
            return Err(too_many());
        }
        answer.push(wire::LocationIntentions { uuid: uuid.to_string(), intentions });
    }
    // The same location twice in one request means the same records.
    records.sort_by(|a, b| a.key.cmp(&b.key));
    records.dedup_by(|a, b| a.key == b.key);
    asker.cx.ledger.submit(asker.caller, Submission { records, ..Submission::default() }).await?;
    Ok(wire::json(StatusCode::OK, &answer))
}

fn too_many() -> Error {
    Error::invalid(format!("uuids, products: at most {INTENTIONS_LIMIT} intentions are listed at once"))
}

async fn wanted_products(asker: &Asker<'_>, slugs: &[String]) -> Result<Vec<Service>, Error> {
    if slugs.is_empty() || slugs.len() > UUIDS_LIMIT {
        return Err(Error::invalid(format!("products: give 1 to {UUIDS_LIMIT}")));
    }
    let catalogue = catalogue(asker).await?;
    let mut products: Vec<Service> = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let product = catalogue.iter().find(|service| service.slug == *slug);
        let product = product.ok_or_else(|| Error::invalid(format!("products: there is no product \"{slug}\"")))?;
        if !products.iter().any(|known| known.id == product.id) {
            products.push(product.clone());
        }
    }
    Ok(products)
}

/// The report of an order: one for each order at the site.
async fn of_orders(asker: &Asker<'_>, product: &Service, site: &Site) -> Result<Vec<(String, Box<RawValue>)>, Error> {
    let hub = Caller::hub(asker.caller.account);
    let Some(id) = site.id else { return Ok(Vec::new()) };
    let orders = document::reportable(asker.cx.ledger, &hub, id).await?;
    let one = |order: &Arc<Order>| {
        let identificatie = document::order_identification(order);
        let number = order.fields.number.clone().unwrap_or_else(|| order.serial.to_string());
        let properties = wire::DocumentProperties {
            title: &format!("{} {number}, {}", product.name, site_title(site)),
            datum: amsterdam_date(order.created_at).to_string(),
            identificatie: &identificatie,
        };
        Ok((identificatie.clone(), to_raw_value(&properties).map_err(|_| Error::Failed)?))
    };
    orders.iter().map(one).collect()
}

/// What can be ordered of a product at a site: what tells the intentions apart, and their properties. A report is one
/// thing; of [`SOURCE_DOCUMENT`] there is one for each file of the orders there.
async fn orderable(asker: &Asker<'_>, product: &Service, site: &Site) -> Result<Vec<(String, Box<RawValue>)>, Error> {
    let raw = |properties: Result<Box<RawValue>, _>| properties.map_err(|_: serde_json::Error| Error::Failed);
    if document::is_order_report(&product.slug) {
        return of_orders(asker, product, site).await;
    }
    if product.slug != SOURCE_DOCUMENT {
        let title = format!("{}, {}", product.name, site_title(site));
        let properties = wire::IntentionProperties { title: &title, datum: amsterdam_date(asker.cx.now).to_string() };
        return Ok(vec![(String::new(), raw(to_raw_value(&properties))?)]);
    }
    let hub = Caller::hub(asker.caller.account);
    let sites: Vec<SiteId> = site.id.into_iter().collect();
    let documents = document::at_sites(asker.cx.ledger, &hub, &sites, None).await?;
    let one = |document: &Document| {
        let identificatie = document.identification();
        let properties = wire::DocumentProperties {
            title: &document.title(),
            datum: amsterdam_date(document.item.at).to_string(),
            identificatie: &identificatie,
        };
        Ok((identificatie.clone(), raw(to_raw_value(&properties))?))
    };
    documents.iter().map(one).collect()
}
