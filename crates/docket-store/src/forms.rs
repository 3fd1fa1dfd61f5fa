//! The stored form of what orders refer to, of connections, mails and exchanges: JSON with short member names that
//! stay readable. Missing members have their defaults, so members can be added.

use crate::record::{micros, moment};
use crate::{Exchange, StoreError};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind, Site, Unit};
use docket_core::connection::{Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{Channel, Mail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

fn write<T: Serialize>(form: &T) -> String {
    // None of these forms refuses to be written.
    serde_json::to_string(form).unwrap_or_default()
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(format!("a stored row cannot be read: {error}")))
}

type At = (i64, i64);

fn at(at: At) -> Result<Timestamp, StoreError> {
    moment(at.0, at.1)
}

#[derive(Serialize, Deserialize)]
struct SiteForm {
    address1: String,
    address2: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
    point: Option<(f64, f64)>,
}

pub(crate) fn encode_site(site: &Site) -> String {
    let site = site.clone();
    write(&SiteForm {
        address1: site.address1,
        address2: site.address2,
        city: site.city,
        region: site.region,
        postal_code: site.postal_code,
        country: site.country,
        point: site.point.filter(|(latitude, longitude)| latitude.is_finite() && longitude.is_finite()),
    })
}

pub(crate) fn decode_site(id: Uuid, text: &str) -> Result<Site, StoreError> {
    let form: SiteForm = read(text)?;
    Ok(Site {
        id: Some(SiteId(id)),
        address1: form.address1,
        address2: form.address2,
        city: form.city,
        region: form.region,
        postal_code: form.postal_code,
        country: form.country,
        point: form.point,
    })
}

#[derive(Serialize, Deserialize)]
struct ServiceForm {
    slug: String,
    name: String,
    kind: String,
    parent: Option<Uuid>,
    active: bool,
    data: Option<String>,
    created: At,
    updated: At,
}

pub(crate) fn encode_service(service: &Service) -> String {
    let service = service.clone();
    write(&ServiceForm {
        slug: service.slug,
        name: service.name,
        kind: service.kind.word().to_owned(),
        parent: service.parent,
        active: service.active,
        data: service.data,
        created: micros(service.created_at),
        updated: micros(service.updated_at),
    })
}

pub(crate) fn decode_service(id: Uuid, ordering: i64, text: &str) -> Result<Service, StoreError> {
    let form: ServiceForm = read(text)?;
    Ok(Service {
        id,
        slug: form.slug,
        name: form.name,
        kind: ServiceKind::from_word(&form.kind).unwrap_or_default(),
        parent: form.parent,
        active: form.active,
        ordering,
        data: form.data,
        created_at: at(form.created)?,
        updated_at: at(form.updated)?,
    })
}

#[derive(Serialize, Deserialize)]
struct CustomerForm {
    is_company: bool,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default)]
    created: At,
    #[serde(default)]
    updated: At,
}

pub(crate) fn encode_customer(customer: &Customer) -> String {
    let customer = customer.clone();
    write(&CustomerForm {
        is_company: customer.is_company,
        name: customer.name,
        email: customer.email,
        phone: customer.phone,
        data: customer.data,
        created: micros(customer.created_at),
        updated: micros(customer.updated_at),
    })
}

pub(crate) fn decode_customer(id: Uuid, text: &str) -> Result<Customer, StoreError> {
    let form: CustomerForm = read(text)?;
    Ok(Customer {
        id,
        is_company: form.is_company,
        name: form.name,
        email: form.email,
        phone: form.phone,
        data: form.data,
        created_at: at(form.created)?,
        updated_at: at(form.updated)?,
    })
}

#[derive(Serialize, Deserialize)]
struct UnitForm {
    name: String,
    unique_id: String,
    phone: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    hardware: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capacity_kg: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capacity_volume: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    odometer_km: Option<f64>,
    created: At,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

pub(crate) fn encode_unit(unit: &Unit) -> String {
    let unit = unit.clone();
    write(&UnitForm {
        name: unit.name,
        unique_id: unit.unique_id,
        phone: unit.phone,
        hardware: unit.hardware,
        password: unit.password,
        capacity_kg: unit.capacity_kg,
        capacity_volume: unit.capacity_volume,
        odometer_km: unit.odometer_km,
        created: micros(unit.created_at),
    })
}

pub(crate) fn decode_unit(id: UnitId, text: &str) -> Result<Unit, StoreError> {
    let form: UnitForm = read(text)?;
    Ok(Unit {
        id,
        name: form.name,
        unique_id: form.unique_id,
        phone: form.phone,
        hardware: form.hardware,
        password: form.password,
        capacity_kg: form.capacity_kg,
        capacity_volume: form.capacity_volume,
        odometer_km: form.odometer_km,
        position: None,
        created_at: at(form.created)?,
    })
}

#[derive(Serialize, Deserialize)]
struct ConnectionForm {
    dialect: String,
    role: String,
    scope: String,
    enabled: bool,
    settings: BTreeMap<String, String>,
    created: At,
}

pub(crate) fn encode_connection(connection: &Connection) -> String {
    write(&ConnectionForm {
        dialect: connection.dialect.clone(),
        role: connection.role.word().to_owned(),
        scope: connection.scope.word().to_owned(),
        enabled: connection.enabled,
        settings: connection.settings.clone(),
        created: micros(connection.created_at),
    })
}

pub(crate) fn decode_connection(
    id: ConnectionId,
    account: AccountId,
    name: String,
    text: &str,
) -> Result<Connection, StoreError> {
    let form: ConnectionForm = read(text)?;
    Ok(Connection {
        id,
        account,
        name,
        dialect: form.dialect,
        role: Role::from_word(&form.role).unwrap_or_default(),
        scope: Scope::from_word(&form.scope).unwrap_or_default(),
        enabled: form.enabled,
        settings: form.settings,
        created_at: at(form.created)?,
    })
}

#[derive(Serialize, Deserialize)]
struct MailForm {
    connection: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    to: String,
    subject: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

pub(crate) fn encode_mail(mail: &Mail) -> String {
    let mail = mail.clone();
    write(&MailForm {
        connection: mail.connection.map(|id| id.0),
        order: mail.order.map(|serial| serial.0),
        channel: (mail.channel != Channel::Email).then(|| mail.channel.word().to_owned()),
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
    })
}

pub(crate) fn decode_mail(text: &str) -> Result<Mail, StoreError> {
    let form: MailForm = read(text)?;
    Ok(Mail {
        connection: form.connection.map(ConnectionId),
        order: form.order.map(Serial),
        channel: form.channel.as_deref().and_then(Channel::from_word).unwrap_or_default(),
        to: form.to,
        subject: form.subject,
        text: form.text,
        html: form.html,
        // It has a column of its own.
        until: None,
    })
}

#[derive(Serialize, Deserialize)]
struct ExchangeForm {
    id: Uuid,
    account: i64,
    connection: Option<i64>,
    dialect: String,
    operation: String,
    at: At,
    took_us: i64,
    request: [String; 3],
    status: i64,
    response: [String; 2],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<i64>,
}

/// Writes an exchange; one without an id cannot be found again and is not kept.
pub(crate) fn encode_exchange(exchange: Exchange) -> Option<(Uuid, String)> {
    let id = exchange.id?.0;
    let form = ExchangeForm {
        id,
        account: exchange.account.0,
        connection: exchange.connection.map(|id| id.0),
        dialect: exchange.dialect,
        operation: exchange.operation,
        at: micros(exchange.at),
        took_us: exchange.took_us,
        request: [exchange.request_line, exchange.request_headers, exchange.request_body],
        status: exchange.status,
        response: [exchange.response_headers, exchange.response_body],
        delivery: exchange.delivery.map(|serial| serial.0),
    };
    Some((id, write(&form)))
}

pub(crate) fn decode_exchange(text: &str) -> Result<Exchange, StoreError> {
    let form: ExchangeForm = read(text)?;
    let [request_line, request_headers, request_body] = form.request;
    let [response_headers, response_body] = form.response;
    Ok(Exchange {
        id: Some(ExchangeId(form.id)),
        account: AccountId(form.account),
        connection: form.connection.map(ConnectionId),
        dialect: form.dialect,
        operation: form.operation,
        at: at(form.at)?,
        took_us: form.took_us,
        request_line,
        request_headers,
        request_body,
        status: form.status,
        response_headers,
        response_body,
        delivery: form.delivery.map(Serial),
    })
}
