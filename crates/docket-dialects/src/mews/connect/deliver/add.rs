//! `orders/add`: what an order becomes there, and making it once.

use super::super::call::{Client, Json, Kind, id, object};
use super::super::estate::{Sold, find, products};
use super::super::mirror::{Intent, Mirror};
use super::super::{ACCOUNT, ADD_CUSTOMERS, PRODUCT, SERVICE, TAX_CODE, marker};
use crate::connect::ConnectError;
use crate::mews::map::Prices;
use crate::mews::wire::{Members, round, utc};
use docket_core::ids::Uuid;
use docket_core::order::{Order, Task};
use serde_json::{Value, json};

/// The longest note that goes with an order.
const NOTE_LIMIT: usize = 4000;

/// Adds an order, and answers its id there. What is missing to add it is said before anything is sent.
pub(super) async fn add(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<Uuid, ConnectError> {
    let remote = client.remote;
    let estate = super::estate(client).await?;
    let service = service(client, order, &estate.services)?;
    let mut body = object(json!({"ServiceId": service, "AccountId": account(client, order).await?}));
    body.extend(lines(client, order, service, &estate.prices).await?);
    let consumed = order.fields.due.or(order.fields.window_from).or(order.fields.start);
    // What lies in the past may only be said within the enterprise's own limits; without a word it is now.
    if let Some(at) = consumed.filter(|at| *at >= remote.now) {
        body.insert("ConsumptionUtc".to_owned(), utc(at).into());
    }
    let told = note(order);
    if let Some(told) = &told {
        body.insert("Notes".to_owned(), told.as_str().into());
    }
    mirror.intent = Some(Intent { at: remote.now, service, told: told.clone() });
    mirror.keep(remote, order.serial).await?;
    let answer = match client.write("orders/add", body).await {
        Ok(answer) => answer,
        Err(failure) => {
            if !failure.perhaps {
                mirror.intent = None;
                mirror.keep(remote, order.serial).await?;
            }
            return Err(failure.into());
        }
    };
    // Without an id it was added, and is looked for the next time.
    let id = id(answer.object.members(), "OrderId")
        .ok_or_else(|| ConnectError::later("orders/add: the answer does not say as which order it was added"))?;
    (mirror.id, mirror.intent, mirror.told) = (Some(id), None, told);
    mirror.keep(remote, order.serial).await?;
    Ok(id)
}

/// The service an order goes against: the one it names, if it is sold there, else the one that is set.
fn service(client: &Client<'_>, order: &Order, sold: &[Sold]) -> Result<Uuid, ConnectError> {
    let named = order.fields.service.as_deref().into_iter().chain(order.fields.title.as_deref());
    if let Some(service) = named.into_iter().find_map(|word| find(sold, word)) {
        return Ok(service.id);
    }
    client.id_setting(SERVICE)?.ok_or_else(|| {
        let what = order.fields.service.as_deref().unwrap_or("no service");
        ConnectError::Refused(format!("the order is for {what}, which is not sold there: set `{SERVICE}`"))
    })
}

/// Whom it is for: a person known there by e-mail address, a company known by name, or whoever is set.
async fn account(client: &Client<'_>, order: &Order) -> Result<Uuid, ConnectError> {
    fn said(text: &Option<String>) -> Option<&str> {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
    let fields = &order.fields;
    let is_company = said(&fields.customer_kind) == Some("company");
    if let Some(email) = said(&fields.customer_email).filter(|_| !is_company) {
        let extent = json!({"Customers": true, "Documents": false, "Addresses": false});
        let body = object(json!({"Emails": [email], "Extent": extent}));
        if let Some(id) = first(client, "customers/getAll", &body, "Customers").await? {
            return Ok(id);
        }
        if client.remote.connection.flag(ADD_CUSTOMERS, false) {
            return add_customer(client, order, email).await;
        }
    }
    let company = said(&fields.customer_name).filter(|_| is_company).or(said(&fields.client_company));
    if let Some(name) = company {
        let body = object(json!({"Names": [name]}));
        if let Some(id) = first(client, "companies/getAll", &body, "Companies").await? {
            return Ok(id);
        }
    }
    client.id_setting(ACCOUNT)?.ok_or_else(|| {
        let who = said(&fields.customer_name).or(company).unwrap_or("nobody");
        ConnectError::Refused(format!("the order is for {who}, whom nobody there is known to be: set `{ACCOUNT}`"))
    })
}

async fn first(
    client: &Client<'_>,
    operation: &'static str,
    body: &Json,
    list: &'static str,
) -> Result<Option<Uuid>, ConnectError> {
    match client.page(operation, body, list, 10, None).await {
        Ok(page) => Ok(page.objects.iter().find_map(|sent| id(Members::from(sent), "Id"))),
        Err(failure) if failure.kind == Kind::NotAllowed => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Adds a customer. A repeated call finds the one that is there by the e-mail address.
async fn add_customer(client: &Client<'_>, order: &Order, email: &str) -> Result<Uuid, ConnectError> {
    let name = order.fields.customer_name.as_deref().unwrap_or(email).trim();
    let (first, last) = name.rsplit_once(' ').map_or((None, name), |(first, last)| (Some(first.trim()), last));
    let body = json!({
        "FirstName": first,
        "LastName": last,
        "Email": email,
        "Phone": order.fields.customer_phone,
        "OverwriteExisting": false,
    });
    let answer = client.call("customers/add", object(body)).await?;
    id(answer.object.members(), "Id").ok_or_else(|| ConnectError::later("customers/add: the answer names no customer"))
}

/// The lines: products that are sold there under that name, others ad hoc at their price.
async fn lines(client: &Client<'_>, order: &Order, service: Uuid, prices: &Prices) -> Result<Json, ConnectError> {
    let sold = products(client, service).await?;
    let usual = client.id_setting(PRODUCT)?;
    let price = |value: f64| {
        let codes: Vec<&str> = client.setting(TAX_CODE).into_iter().collect();
        let mut amount = object(json!({"Currency": prices.currency, "TaxCodes": codes}));
        amount.insert(if prices.gross { "GrossValue" } else { "NetValue" }.to_owned(), json!(round(value)));
        Value::Object(amount)
    };
    let whole = Task {
        name: order.fields.title.clone().or_else(|| order.fields.number.clone()).unwrap_or_default(),
        unit_price: order.fields.cost,
        ..Task::default()
    };
    let tasks = if order.fields.tasks.is_empty() { std::slice::from_ref(&whole) } else { &order.fields.tasks };
    let (mut of_products, mut items) = (Vec::new(), Vec::new());
    for (line, task) in tasks.iter().enumerate() {
        let mark = marker(order.id, line + 1);
        let known = task.key.as_deref().and_then(|key| find(&sold, key)).or_else(|| find(&sold, &task.name));
        let product = known.map(|known| known.id).or(usual.filter(|_| task.unit_price.is_none()));
        let (count, unit) = count(task);
        if let Some(product) = product {
            let mut sent = json!({"ProductId": product, "Count": count, "ExternalIdentifier": mark});
            if let (Some(unit), Value::Object(sent)) = (unit, &mut sent) {
                sent.insert("UnitAmount".to_owned(), price(unit));
            }
            of_products.push(sent);
            continue;
        }
        let name = Some(task.name.trim()).filter(|name| !name.is_empty()).unwrap_or("Service");
        let unit = unit.ok_or_else(|| {
            let why = format!("{name} is no product there and has no price: set `{PRODUCT}` to what it is sold as");
            ConnectError::Refused(why)
        })?;
        items.push(json!({"Name": name, "UnitCount": count, "UnitAmount": price(unit), "ExternalIdentifier": mark}));
    }
    let mut lines = Json::new();
    for (member, sent) in [("ProductOrders", of_products), ("Items", items)] {
        if !sent.is_empty() {
            lines.insert(member.to_owned(), Value::Array(sent));
        }
    }
    Ok(lines)
}

/// How many, and what one costs. A count there is a whole number; what is none is one piece of everything.
fn count(task: &Task) -> (i32, Option<f64>) {
    let quantity = task.quantity.filter(|quantity| *quantity > 0.0).unwrap_or(1.0);
    let is_whole = quantity.fract() == 0.0 && quantity <= f64::from(i32::MAX);
    if is_whole { (quantity as i32, task.unit_price) } else { (1, task.unit_price.map(|price| price * quantity)) }
}

/// What people there need to know, in the one text that goes with an order.
fn note(order: &Order) -> Option<String> {
    let fields = &order.fields;
    let address = [&fields.address1, &fields.address2, &fields.postal_code, &fields.city];
    let address: Vec<&str> = address.into_iter().filter_map(|part| part.as_deref()).map(str::trim).collect();
    let address = address.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let texts = [&fields.number, &fields.client_instructions, &fields.description, &fields.instructions];
    let texts = texts.into_iter().filter_map(|text| text.as_deref());
    let said: Vec<&str> = texts.chain([address.as_str()]).map(str::trim).filter(|text| !text.is_empty()).collect();
    let said: String = said.join("\n").chars().take(NOTE_LIMIT).collect();
    Some(said).filter(|said| !said.trim().is_empty())
}
