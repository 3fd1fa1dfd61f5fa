//! `configuration/get` and `enterprises/getAll`: the account as an enterprise.

use super::services::{LANGUAGE, page};
use super::{Answer, Session};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::derived;
use crate::mews::wire::{Members, utc};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use serde::Serialize;

/// The enterprise behind an access token, or the stand-in of a portfolio.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Enterprise<'a> {
    id: Uuid,
    external_identifier: Option<&'a str>,
    holding_key: Option<&'a str>,
    chain_id: Uuid,
    chain_name: &'a str,
    created_utc: String,
    updated_utc: String,
    name: &'a str,
    short_name: Option<&'a str>,
    time_zone_identifier: &'a str,
    legal_environment_code: &'a str,
    accommodation_environment_code: &'a str,
    accounting_environment_code: &'a str,
    tax_environment_code: &'a str,
    default_language_code: &'a str,
    editable_history_interval: String,
    accounting_editable_history_interval: String,
    operational_editable_history_interval: String,
    business_day_closing_offset: Option<&'a str>,
    website_url: Option<&'a str>,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    logo_image_id: Option<Uuid>,
    cover_image_id: Option<Uuid>,
    pricing: &'a str,
    tax_precision: Option<i32>,
    address_id: Uuid,
    address: Address,
    group_names: [&'a str; 0],
    subscription: Subscription,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    id: Uuid,
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    country_code: Option<String>,
    country_subdivision_code: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Subscription {
    tax_identifier: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Currency<'a> {
    currency: &'a str,
    is_default: bool,
    is_enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Configured<'a> {
    #[serde(flatten)]
    enterprise: Enterprise<'a>,
    currencies: [Currency<'a>; 1],
    accounting_configuration: Option<()>,
    is_portfolio: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration<'a> {
    now_utc: String,
    enterprise: Configured<'a>,
    service: Option<()>,
    payment_card_storage: Option<()>,
    is_identity_document_number_required: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Linked<'a> {
    #[serde(flatten)]
    enterprise: Enterprise<'a>,
    linked_utc: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Enterprises<'a> {
    enterprises: Vec<Linked<'a>>,
    cursor: Option<Uuid>,
}

/// Answers what the token is for.
pub(super) fn configuration(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let own = session.enterprise_id();
    let id = match members.uuid("EnterpriseId")? {
        Some(id) if id == own => id,
        Some(_) => return Err(Error::invalid("EnterpriseId")),
        None if session.is_portfolio() => derived(session.connection.account, "portfolio", ""),
        None => own,
    };
    let currency = Currency { currency: session.currency(), is_default: true, is_enabled: true };
    Answer::of(&Configuration {
        now_utc: utc(cx.now),
        enterprise: Configured {
            enterprise: enterprise(session, id),
            currencies: [currency],
            accounting_configuration: None,
            is_portfolio: id != own,
        },
        service: None,
        payment_card_storage: None,
        is_identity_document_number_required: false,
    })
}

/// Answers a page of the enterprises within the token's scope: there is one.
pub(super) fn get_all(session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let identifiers = members.texts("ExternalIdentifiers")?;
    if identifiers.as_ref().is_some_and(|texts| texts.is_empty() || texts.len() > crate::mews::wire::MAX_ITEMS) {
        return Err(Error::invalid("ExternalIdentifiers"));
    }
    let intervals = [members.interval("LinkedUtc")?, members.interval("UpdatedUtc")?];
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let own = (session.connection.created_at, session.enterprise_id());
    let wanted = |(since, _): &(Timestamp, Uuid)| {
        // The enterprise has no external identifier, so none that is asked for is its.
        identifiers.is_none() && intervals.iter().flatten().all(|interval| interval.contains(*since))
    };
    let found = page(vec![&own], limitation, |own| *own, wanted)?;
    let body = Enterprises {
        enterprises: found
            .iter()
            .map(|(since, id)| Linked { enterprise: enterprise(session, *id), linked_utc: utc(*since) })
            .collect(),
        cursor: found.last().map(|own| own.1),
    };
    Answer::page(&body, found.is_empty())
}

fn enterprise(session: &Session, id: Uuid) -> Enterprise<'_> {
    let connection = &session.connection;
    let given = |setting| connection.setting(setting).filter(|text| !text.is_empty());
    let name = given("enterprise_name").unwrap_or(&connection.name);
    let since = utc(connection.created_at);
    let history = format!("P0M{}DT0H0M0S", session.editable_history_days());
    let address_id = derived(connection.account, "address", "");
    Enterprise {
        id,
        external_identifier: None,
        holding_key: None,
        chain_id: derived(connection.account, "chain", ""),
        chain_name: name,
        created_utc: since.clone(),
        updated_utc: since,
        name,
        short_name: None,
        time_zone_identifier: given("time_zone").unwrap_or("Etc/UTC"),
        legal_environment_code: "EU",
        accommodation_environment_code: "EU",
        accounting_environment_code: "EU",
        tax_environment_code: "EU",
        default_language_code: LANGUAGE,
        editable_history_interval: history.clone(),
        accounting_editable_history_interval: history.clone(),
        operational_editable_history_interval: history,
        business_day_closing_offset: None,
        website_url: None,
        email: None,
        phone: None,
        logo_image_id: None,
        cover_image_id: None,
        pricing: if session.is_gross() { "Gross" } else { "Net" },
        tax_precision: None,
        address_id,
        address: Address {
            id: address_id,
            line1: None,
            line2: None,
            city: None,
            postal_code: None,
            country_code: None,
            country_subdivision_code: None,
            latitude: None,
            longitude: None,
        },
        group_names: [],
        subscription: Subscription { tax_identifier: None },
    }
}
