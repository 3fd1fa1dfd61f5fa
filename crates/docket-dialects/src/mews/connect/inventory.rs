//! What the counterpart has, for reconciling.

use super::call::{Client, PAGE, id, object};
use super::estate::Estate;
use super::mirror::Mirror;
use super::place::since;
use super::pull::known;
use crate::connect::{ConnectError, Held, Inventory};
use crate::mews::map::{Seen, expected_word};
use crate::mews::wire::{MAX_ITEMS, Members};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::order::Order;
use serde_json::json;
use std::collections::BTreeMap;

/// A page of its orders; `after` is the thousand of services and the cursor.
pub(super) async fn inventory(client: &Client<'_>, after: Option<String>) -> Result<Inventory, ConnectError> {
    let estate = Estate::of(client).await?;
    let since = since(client)?;
    let (batch, cursor) = read_after(after.as_deref());
    let services: Vec<Uuid> = estate.services.iter().map(|service| service.id).collect();
    let Some(asked) = services.chunks(MAX_ITEMS).nth(batch) else { return Ok(Inventory::default()) };
    let body = object(json!({"ServiceIds": asked}));
    let page = client.page("productServiceOrders/getAll", &body, "ProductServiceOrders", PAGE, cursor).await?;
    let is_last = page.cursor.is_none() || page.cursor == cursor || page.objects.len() + page.odd < PAGE;
    let mut inventory = Inventory::default();
    for sent in page.objects {
        let Some(there) = id(Members::from(&sent), "Id") else { continue };
        let seen = Seen { order: sent, ..Seen::default() };
        let here = known(client, there).await?;
        let is_older = seen.updated().is_some_and(|updated| updated < since);
        if here.is_none() && is_older {
            // From before orders are taken over.
            continue;
        }
        let mirror = match &here {
            Some(order) => Mirror::of(client.remote, order.serial).await?,
            None => Mirror::default(),
        };
        let is_theirs = here.as_ref().is_none_or(|order| client.remote.is_origin_of(order));
        inventory.orders.push(Held {
            remote: there.to_string(),
            number: seen.number().to_owned(),
            says: says(&estate, &seen, &mirror, is_theirs),
            expected: here.as_ref().map(|order| expected(&estate, order, &mirror, is_theirs)),
            serial: here.as_ref().map(|order| order.serial),
            updated_at: seen.updated(),
        });
    }
    let more_services = services.len() > (batch + 1) * MAX_ITEMS;
    inventory.next = match page.cursor {
        Some(cursor) if !is_last => Some(format!("{batch}/{cursor}")),
        _ if more_services => Some(format!("{}/", batch + 1)),
        _ => None,
    };
    Ok(inventory)
}

fn read_after(after: Option<&str>) -> (usize, Option<Uuid>) {
    let Some((batch, cursor)) = after.and_then(|after| after.split_once('/')) else { return (0, None) };
    (batch.parse().unwrap_or(0), Uuid::try_parse(cursor).ok())
}

/// What the counterpart says. What was handed over is said here: of that only the state is compared.
fn says(estate: &Estate, seen: &Seen, mirror: &Mirror, is_theirs: bool) -> BTreeMap<String, String> {
    let fields = seen.fields(&estate.prices);
    let service = Uuid::try_parse(fields.service.as_deref().unwrap_or_default()).ok();
    let word = seen.members().text("State").ok().flatten().unwrap_or_default();
    let mut says = BTreeMap::from([("status".to_owned(), word.to_owned())]);
    if is_theirs {
        let name = service.and_then(|service| estate.name_of(service)).unwrap_or_default();
        says.insert("number".to_owned(), seen.number().to_owned());
        says.insert("service".to_owned(), name.to_owned());
        says.insert("customer.id".to_owned(), fields.customer_id.unwrap_or_default());
    }
    if mirror.seen.is_some() {
        says.insert("updated".to_owned(), shown(seen.updated()));
    }
    says
}

/// What the ledger holds for the same members. When it was updated there is what was read the last time.
fn expected(estate: &Estate, order: &Order, mirror: &Mirror, is_theirs: bool) -> BTreeMap<String, String> {
    let seen = mirror.seen.as_ref();
    let mut expected = BTreeMap::from([("status".to_owned(), expected_word(order, seen, is_theirs))]);
    if is_theirs {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = &order.fields;
        let named = fields.service.as_deref().and_then(|word| estate.service(word)).map(|service| service.name.clone());
        expected.insert("number".to_owned(), text(&fields.number));
        expected.insert("service".to_owned(), fields.title.clone().or(named).unwrap_or_default());
        expected.insert("customer.id".to_owned(), text(&fields.customer_id));
    }
    if let Some(seen) = seen {
        expected.insert("updated".to_owned(), shown(seen.updated()));
    }
    expected
}

fn shown(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}
