//! `companies/getAll` and `companies/add`: the companies that orders are for.
//!
//! A company that is only known by name has an id derived from it, so that the same name is the same company in every
//! dialect; adding a company whose name is known says more about that one.

use super::customers::{address, data_of, number_of, wants_active};
use super::pages::OnePage;
use super::{Answer, Session};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{derived, is_email, is_listed};
use crate::mews::wire::{
    Companies, Company, CompanyOptions, CreditRating, Interval, MAX_ITEMS, Members, Object, PostalAddress, utc,
};
use docket_core::catalogue::{Customer, customer_id};
use docket_core::ids::Uuid;
use docket_core::ledger::CustomerQuery;
use serde_json::{Map, Value};

const RATINGS: &[&str] = &["CreditOk", "PaymentRequiredUpfront", "LocalDecisionRequired"];
/// Texts that are kept as they are sent.
const TEXTS: &[&str] = &[
    "InvoiceDueInterval",
    "Department",
    "DunsNumber",
    "ReferenceIdentifier",
    "AccountingCode",
    "AdditionalTaxIdentifier",
    "BillingCode",
    "Contact",
    "ContactPerson",
    "Identifier",
    "Iata",
    "Notes",
    "TaxIdentifier",
    "Telephone",
];
/// Members that say how, not what.
const NOT_KEPT: &[&str] = &["Client", "LanguageCode", "CultureCode", "ChainId"];

struct Filter {
    ids: Option<Vec<Uuid>>,
    mothers: Option<Vec<Uuid>>,
    identifiers: Option<Vec<String>>,
    names: Option<Vec<String>>,
    created: Option<Interval>,
    updated: Option<Interval>,
    nobody: bool,
}

impl Filter {
    fn read(members: Members<'_>) -> Result<Filter, Error> {
        let texts = |name| members.kept_texts(name, MAX_ITEMS);
        let mut filter = Filter {
            ids: members.uuids("Ids")?,
            mothers: members.uuids("MotherCompanyIds")?,
            identifiers: texts("ExternalIdentifiers")?,
            names: texts("Names")?,
            created: members.interval("CreatedUtc")?,
            updated: members.interval("UpdatedUtc")?,
            nobody: !wants_active(members)?,
        };
        // The older spelling of the two intervals.
        let older = members.own_interval("StartUtc", "EndUtc")?;
        match members.text("TimeFilter")? {
            Some("Created") => filter.created = filter.created.or(older),
            Some("Updated") => filter.updated = filter.updated.or(older),
            None => {}
            Some(_) => return Err(Error::invalid("TimeFilter")),
        }
        Ok(filter)
    }

    fn admits(&self, company: &Customer) -> bool {
        let data = data_of(company);
        let data = data.members();
        let id = |name| data.uuid(name).ok().flatten();
        let text = |name| data.text(name).ok().flatten();
        let said = |texts: &Option<Vec<String>>, text: Option<&str>| {
            texts.as_ref().is_none_or(|texts| text.is_some_and(|text| texts.iter().any(|known| known == text)))
        };
        !self.nobody
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&company.id))
            && self.mothers.as_ref().is_none_or(|ids| id("MotherCompanyId").is_some_and(|id| ids.contains(&id)))
            && said(&self.identifiers, text("ExternalIdentifier"))
            && said(&self.names, Some(&company.name))
            && self.created.is_none_or(|interval| interval.contains(company.created_at))
            && self.updated.is_none_or(|interval| interval.contains(company.updated_at))
    }
}

/// Answers a page of companies.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let chains = members.uuids("ChainIds")?;
    let filter = Filter::read(members)?;
    let limitation = members.limitation()?;
    session.check_chains(chains.as_deref())?;
    let query = CustomerQuery { companies: true, ids: filter.ids.clone(), ..CustomerQuery::default() };
    let mut pages = OnePage::of(query, limitation.count);
    if let Some(cursor) = limitation.cursor {
        let known = cx.ledger.customer(&session.caller, cursor).await?;
        pages.start_behind(&known.filter(|known| known.is_company).ok_or(Error::invalid("Cursor"))?);
    }
    let found = pages.fill(cx, session, |company| filter.admits(company)).await?;
    show(&found, session, true)
}

/// The answer; a listing has a cursor.
fn show(found: &[Customer], session: &Session, is_page: bool) -> Result<Answer, Error> {
    let data: Vec<Object> = found.iter().map(data_of).collect();
    let companies = found.iter().zip(&data).map(|(company, data)| to_wire(company, data.members(), session)).collect();
    let cursor = found.last().map(|company| company.id).filter(|_| is_page);
    Answer::page(&Companies { companies, cursor }, found.is_empty())
}

fn to_wire<'a>(company: &'a Customer, data: Members<'a>, session: &Session) -> Company<'a> {
    let text = |name| data.text(name).ok().flatten();
    let address_id = derived(session.caller.account, "address", &company.id.to_string());
    let address = data.object("Address").ok().flatten().map(|members| PostalAddress::read(address_id, members));
    let options = data.object("Options").ok().flatten();
    let flag = |name| options.and_then(|options| options.flag(name).ok()?).unwrap_or(false);
    let rating = data.object("CreditRating").ok().flatten().and_then(|rating| rating.text("Basic").ok()?);
    Company {
        id: company.id,
        chain_id: session.chain_id(),
        name: &company.name,
        mother_company_id: data.uuid("MotherCompanyId").ok().flatten(),
        invoicing_email: company.email.as_deref().filter(|email| is_email(email)),
        website_url: text("WebsiteUrl").filter(|url| is_url(url)),
        invoice_due_interval: text("InvoiceDueInterval"),
        options: CompanyOptions {
            invoiceable: flag("Invoiceable"),
            add_fees_to_invoices: flag("AddFeesToInvoices"),
            add_tax_deducted_payment_to_invoices: flag("AddTaxDeductedPaymentToInvoices"),
        },
        credit_rating: CreditRating { basic: rating.filter(|word| RATINGS.contains(word)) },
        department: text("Department"),
        duns_number: text("DunsNumber"),
        reference_identifier: text("ReferenceIdentifier"),
        accounting_code: text("AccountingCode"),
        additional_tax_identifier: text("AdditionalTaxIdentifier"),
        billing_code: text("BillingCode"),
        contact: text("Contact"),
        contact_person: text("ContactPerson"),
        electronic_invoice_identifier: None,
        identifier: text("Identifier"),
        iata: text("Iata"),
        is_active: true,
        notes: text("Notes"),
        number: number_of(company.id),
        tax_identifier: text("TaxIdentifier"),
        telephone: company.phone.as_deref(),
        created_utc: utc(company.created_at),
        updated_utc: utc(company.updated_at),
        address_id: address.is_some().then_some(address_id),
        address,
        merge_target_id: None,
        tax_identification_number: text("TaxIdentifier"),
        external_identifier: text("ExternalIdentifier"),
    }
}

/// Adds a company, or says more about the one of that name.
pub(super) async fn add(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let sent = read(members, session)?;
    if let Some(id) = members.uuid("MotherCompanyId")? {
        let mother = cx.ledger.customer(&session.caller, id).await?;
        mother.filter(|mother| mother.is_company).ok_or(Error::invalid("MotherCompanyId"))?;
    }
    let name = members.required_text("Name")?.trim();
    let id = customer_id(session.caller.account, name);
    let known = cx.ledger.customer(&session.caller, id).await?;
    let mut data: Map<String, Value> = known.as_ref().map(|known| data_of(known).into_map()).unwrap_or_default();
    data.extend(sent.into_iter().filter(|(_, value)| !value.is_null()));
    let text = |name: &str| data.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned());
    let company = Customer {
        id,
        is_company: true,
        name: name.to_owned(),
        email: text("InvoicingEmail").or_else(|| known.as_ref()?.email.clone()),
        phone: text("Telephone").or_else(|| known.as_ref()?.phone.clone()),
        data: serde_json::to_string(&data).ok(),
        created_at: known.as_ref().map_or(cx.now, |known| known.created_at),
        updated_at: cx.now,
    };
    cx.ledger.put_customer(&session.caller, company.clone()).await?;
    show(&[company], session, false)
}

/// Checks what is sent, and leaves out what is not kept.
fn read(members: Members<'_>, session: &Session) -> Result<Map<String, Value>, Error> {
    members.text("Name")?.filter(|name| !name.trim().is_empty()).ok_or(Error::invalid("Name"))?;
    let options = members.object("Options")?.ok_or(Error::invalid("Options"))?;
    for flag in ["Invoiceable", "AddFeesToInvoices", "AddTaxDeductedPaymentToInvoices"] {
        options.flag(flag)?;
    }
    if let Some(rating) = members.object("CreditRating")? {
        is_listed(rating, "Basic", RATINGS)?;
    }
    for name in TEXTS {
        members.text(name)?;
    }
    if members.text("ExternalIdentifier")?.is_some_and(|text| text.chars().count() > 255) {
        return Err(Error::invalid("ExternalIdentifier"));
    }
    if members.text("InvoicingEmail")?.is_some_and(|text| !is_email(text.trim())) {
        return Err(Error::invalid("InvoicingEmail"));
    }
    if members.text("WebsiteUrl")?.is_some_and(|text| !is_url(text)) {
        return Err(Error::invalid("WebsiteUrl"));
    }
    if members.uuid("ChainId")?.is_some_and(|id| id != session.chain_id()) {
        return Err(Error::invalid("ChainId"));
    }
    address(members)?;
    Ok(members.without(NOT_KEPT))
}

/// An address on the web, by its looks.
fn is_url(text: &str) -> bool {
    let uri = text.parse::<http::Uri>();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        && text.bytes().all(|byte| {
            byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        })
}
