//! Products through the native API: what can be ordered as a document, and who makes it.

use super::members::Members;
use super::{NativeError, invalid};
use crate::hub::{Hub, fault};
use crate::jobs::product::{self, Put, Said};
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use serde_json::{Value as Json, json};

/// `GET /v1/products`
pub async fn list(hub: &Hub, caller: &Caller) -> Result<Json, Fault> {
    let catalogue = hub.catalogue(caller.account).await?;
    let products: Vec<Json> = product::all(&catalogue).into_iter().map(product::shown).collect();
    Ok(json!({ "products": products }))
}

/// `GET /v1/products/{slug}`
pub async fn show(hub: &Hub, caller: &Caller, slug: &str) -> Result<Option<Json>, Fault> {
    let catalogue = hub.catalogue(caller.account).await?;
    Ok(product::all(&catalogue).into_iter().find(|known| known.slug == slug).map(product::shown))
}

/// `PUT /v1/products/{slug}`
pub async fn put(hub: &Hub, caller: &Caller, slug: &str, body: &[u8]) -> Result<Put, NativeError> {
    let json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    let mut members = Members::of("", json)?;
    let said = Said {
        name: members.text("name")?,
        producer: members.text("producer")?,
        active: members.flag("active")?,
        ordering: members.whole("ordering", -1_000_000, 1_000_000)?,
    };
    members.end("a product")?;
    let put = product::put(hub.store(), caller.account, slug, &said, hub.now()).await.map_err(fault)?;
    let put = put.map_err(|(member, reason)| invalid(format!("/{member}"), reason))?;
    hub.forget_catalogue(caller.account);
    hub.ring_for_jobs();
    Ok(put)
}
