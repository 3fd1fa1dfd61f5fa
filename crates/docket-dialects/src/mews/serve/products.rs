//! `products/getAll`: the lines that can be ordered of a service.

use super::services::{data_of, localized, page};
use super::{Answer, Session};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::Catalogue;
use crate::mews::wire::{Amount, Localized, Members, Promotions, round, utc};
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::ids::Uuid;
use serde::Serialize;

/// A price as products show it: with the older members beside the newer.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Price {
    #[serde(flatten)]
    amount: Amount,
    value: Option<f64>,
    net: Option<f64>,
    tax: Option<f64>,
    tax_rate: Option<f64>,
}

#[derive(Serialize)]
#[serde(tag = "Discriminator", content = "Value")]
enum Pricing {
    Absolute(Price),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProductOptions {
    bill_as_package: bool,
    exclude_price_from_offer: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Classifications {
    food: bool,
    beverage: bool,
    wellness: bool,
    city_tax: bool,
    fee: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Product<'a> {
    id: Uuid,
    service_id: Uuid,
    category_id: Option<Uuid>,
    accounting_category_id: Option<Uuid>,
    is_active: bool,
    is_default: bool,
    name: &'a str,
    names: Localized<'a>,
    external_name: &'a str,
    external_names: Localized<'a>,
    short_name: &'a str,
    short_names: Localized<'a>,
    description: Option<&'a str>,
    descriptions: Option<Localized<'a>>,
    charging: &'static str,
    charging_mode: &'static str,
    posting: &'static str,
    posting_mode: &'static str,
    options: ProductOptions,
    promotions: Promotions,
    classifications: Classifications,
    price: Price,
    pricing: Pricing,
    image_ids: Option<[Uuid; 0]>,
    ordering: i32,
    external_identifier: Option<String>,
    tax_exemption_reason: Option<&'static str>,
    tax_exemption_legal_reference: Option<&'static str>,
    created_utc: String,
    updated_utc: String,
    consumption_moment: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Products<'a> {
    products: Vec<Product<'a>>,
    customer_products: [(); 0],
    cursor: Option<Uuid>,
}

/// Answers a page of products.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let ids = members.uuids("ProductIds")?;
    let services = members.uuids("ServiceIds")?.ok_or(Error::invalid("ServiceIds"))?;
    let updated = members.interval("UpdatedUtc")?;
    // There are no default products here, so it makes no difference.
    members.flag("IncludeDefault")?;
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let entries = cx.ledger.services(&session.caller).await?;
    let catalogue = Catalogue::of(session.caller.account, entries);
    let is_known = |id: Uuid| {
        catalogue.is_additional(id) || catalogue.get(id).is_some_and(|entry| entry.kind == ServiceKind::Bookable)
    };
    if !services.iter().all(|&id| is_known(id)) {
        return Err(Error::invalid("ServiceIds"));
    }
    let listed = catalogue.all().iter().filter(|entry| entry.kind == ServiceKind::Product).collect();
    let wanted = |entry: &Service| {
        entry.parent.is_some_and(|parent| services.contains(&parent))
            && ids.as_ref().is_none_or(|ids| ids.contains(&entry.id))
            && updated.is_none_or(|interval| interval.contains(entry.updated_at))
    };
    let page = page(listed, limitation, |entry| (entry.created_at, entry.id), wanted)?;
    let body = Products {
        products: page.iter().filter_map(|entry| product_to_wire(entry, session)).collect(),
        customer_products: [],
        cursor: page.last().map(|entry| entry.id),
    };
    Answer::page(&body, page.is_empty())
}

fn price(data: Members<'_>, currency: &str) -> Price {
    let given = data.object("Price").ok().flatten();
    let number = |name| given.and_then(|price| price.number(name).ok()?);
    let gross = number("GrossValue").or_else(|| number("NetValue")).unwrap_or(0.0);
    let net = number("NetValue").unwrap_or(gross);
    let text = |name| given.and_then(|price| price.text(name).ok()?).map(str::to_owned);
    let codes: Vec<String> = text("TaxCode").into_iter().collect();
    let amount = Amount::of(text("Currency").as_deref().unwrap_or(currency), gross, net, &codes);
    Price {
        value: Some(amount.gross_value),
        net: Some(amount.net_value),
        tax: Some(round(amount.gross_value - amount.net_value)),
        tax_rate: None,
        amount,
    }
}

/// A product as it is shown; `None` for one without a service, which the catalogue does not make.
fn product_to_wire<'a>(entry: &'a Service, session: &Session) -> Option<Product<'a>> {
    let data = data_of(entry);
    let data = data.members();
    let part = |name| data.object(name).ok().flatten();
    let flag = |part: Option<Members<'_>>, name| part.and_then(|part| part.flag(name).ok()?).unwrap_or(false);
    let (options, classes) = (part("Options"), part("Classifications"));
    let price = price(data, session.currency());
    Some(Product {
        id: entry.id,
        service_id: entry.parent?,
        category_id: data.uuid("CategoryId").ok().flatten(),
        accounting_category_id: data.uuid("AccountingCategoryId").ok().flatten(),
        is_active: entry.active,
        is_default: false,
        name: &entry.name,
        names: localized(&entry.name),
        external_name: &entry.name,
        external_names: localized(&entry.name),
        short_name: &entry.name,
        short_names: localized(&entry.name),
        description: None,
        descriptions: None,
        charging: "Once",
        charging_mode: "Once",
        posting: "Once",
        posting_mode: "Once",
        options: ProductOptions {
            bill_as_package: flag(options, "BillAsPackage"),
            exclude_price_from_offer: flag(options, "ExcludePriceFromOffer"),
        },
        promotions: Promotions::read(part("Promotions")),
        classifications: Classifications {
            food: flag(classes, "Food"),
            beverage: flag(classes, "Beverage"),
            wellness: flag(classes, "Wellness"),
            city_tax: flag(classes, "CityTax"),
            fee: flag(classes, "Fee"),
        },
        pricing: Pricing::Absolute(price.clone()),
        price,
        image_ids: None,
        ordering: i32::try_from(entry.ordering).unwrap_or(i32::MAX),
        external_identifier: data.text("ExternalIdentifier").ok().flatten().map(str::to_owned),
        tax_exemption_reason: None,
        tax_exemption_legal_reference: None,
        created_utc: utc(entry.created_at),
        updated_utc: utc(entry.updated_at),
        consumption_moment: "ServiceOrderStart",
    })
}
