//! Reading what a report draws on.

use super::picture::pictures;
use super::{Names, ORDERS_LIMIT, ReportInput, is_json};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, site_of};
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::Order;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the site, the histories of `orders` (those at the site, in the order to be shown) and the names.
pub async fn gather(
    ledger: &dyn Ledger,
    caller: &Caller,
    order: Arc<Order>,
    product: &Service,
    orders: Vec<Arc<Order>>,
    now: Timestamp,
) -> Result<ReportInput, Fault> {
    // An order that names no place is reported on with an empty site.
    let named = site_of(caller.account, &order.fields).unwrap_or_default();
    let known = match named.id {
        Some(id) => ledger.site(caller, id).await?,
        None => None,
    };
    let names = names(ledger, caller, orders.iter().chain([&order])).await?;
    let pictures = match is_json(&product.slug) {
        true => BTreeMap::new(),
        false => pictures(ledger, orders.iter().filter(|other| other.id != order.id).take(ORDERS_LIMIT)).await?,
    };
    let mut histories = Vec::with_capacity(orders.len());
    for order in orders {
        let history = ledger.history(caller, order.serial).await?;
        histories.push((order, history));
    }
    Ok(ReportInput {
        order,
        site: known.unwrap_or(named),
        product: product.name.clone(),
        slug: product.slug.clone(),
        orders: histories,
        names,
        pictures,
        at: now,
    })
}

async fn names(
    ledger: &dyn Ledger,
    caller: &Caller,
    orders: impl Iterator<Item = &Arc<Order>>,
) -> Result<Names, Fault> {
    let services = ledger.services(caller).await?;
    let units = ledger.units(caller).await?;
    let mut connections = BTreeMap::new();
    for id in orders.filter_map(|order| order.origin.connection) {
        if !connections.contains_key(&id.0)
            && let Some(connection) = ledger.connection(caller, id).await?
        {
            connections.insert(id.0, connection.name.clone());
        }
    }
    Ok(Names {
        services: services.iter().map(|service| (service.id.to_string(), service.name.clone())).collect(),
        units: units.iter().map(|unit| (unit.id.0, unit.name.clone())).collect(),
        connections,
    })
}
