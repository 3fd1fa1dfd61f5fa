//! `customers/getAll` and `customers/add`: the persons that orders are for.
//!
//! Like services and sites they belong to the account, so every connection of it sees them. Whoever an order named is
//! there too. Identity documents are not kept.

use super::pages::OnePage;
use super::{Answer, Session};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{GENERAL, derived, is_email, is_listed, profile_id};
use crate::mews::wire::{
    Customer as Shown, Customers, Interval, Limitation, MAX_ITEMS, Members, Object, PostalAddress, utc,
};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, customer_id};
use docket_core::ids::Uuid;
use docket_core::ledger::CustomerQuery;
use serde_json::{Map, Value};
use std::collections::HashSet;

const TITLES: &[&str] = &["Mister", "Miss", "Misses"];
const SEXES: &[&str] = &["Male", "Female"];
const CLASSIFICATIONS: &[&str] = &[
    "PaymasterAccount",
    "Blacklist",
    "Media",
    "LoyaltyProgram",
    "PreviousComplaint",
    "Returning",
    "Staff",
    "FriendOrFamily",
    "TopManagement",
    "Important",
    "VeryImportant",
    "Problematic",
    "Cashlist",
    "DisabledPerson",
    "Military",
    "Airline",
    "HealthCompliant",
    "InRoom",
    "WaitingForRoom",
    "Student",
    "Blocklist",
];
const OPTIONS: &[&str] = &[
    "SendMarketingEmails",
    "Invoiceable",
    "BillAddressObjection",
    "SendMarketingPostalMail",
    "SendPartnerMarketingEmails",
    "SendPartnerMarketingPostalMail",
    "WithdrawCardConsent",
    "GuestPhotoConsent",
    "IdPhotosConsent",
];
/// Texts that are kept as they are sent, and how long they may be at most.
const TEXTS: &[(&str, usize)] = &[
    ("FirstName", usize::MAX),
    ("SecondLastName", usize::MAX),
    ("NationalityCode", usize::MAX),
    ("PreferredLanguageCode", usize::MAX),
    ("BirthCountryCode", usize::MAX),
    ("BirthCountrySubdivisionCode", usize::MAX),
    ("BirthPlace", usize::MAX),
    ("Occupation", usize::MAX),
    ("Phone", usize::MAX),
    ("LoyaltyCode", usize::MAX),
    ("Notes", usize::MAX),
    ("CarRegistrationNumber", 255),
    ("DietaryRequirements", 255),
    ("TaxIdentificationNumber", usize::MAX),
    ("ItalianDestinationCode", usize::MAX),
    ("ItalianFiscalCode", usize::MAX),
    ("ItalianLotteryCode", 15),
];
/// Members that say how, not what, and documents, which are not kept.
const NOT_KEPT: &[&str] = &[
    "Client",
    "LanguageCode",
    "CultureCode",
    "OverwriteExisting",
    "ChainId",
    "IdentityCard",
    "Passport",
    "Visa",
    "DriversLicense",
];

/// Which accounts are still there: here all of them.
pub(super) fn wants_active(members: Members<'_>) -> Result<bool, Error> {
    let states = members.words("ActivityStates", |text| match text {
        "Active" => Some(true),
        "Deleted" => Some(false),
        _ => None,
    })?;
    Ok(states.is_none_or(|states| states.contains(&true)))
}

struct Filter {
    ids: Option<Vec<Uuid>>,
    companies: Option<Vec<Uuid>>,
    emails: Option<HashSet<String>>,
    first_names: Option<Vec<String>>,
    last_names: Option<Vec<String>>,
    loyalty_codes: Option<Vec<String>>,
    created: Option<Interval>,
    updated: Option<Interval>,
    nobody: bool,
}

impl Filter {
    fn read(members: Members<'_>) -> Result<Filter, Error> {
        let texts = |name| members.kept_texts(name, MAX_ITEMS);
        let deleted = members.interval("DeletedUtc")?.is_some();
        Ok(Filter {
            ids: members.uuids("CustomerIds")?,
            companies: members.some_uuids("CompanyIds", 1)?,
            emails: texts("Emails")?.map(|all| all.iter().map(|email| squash(email)).collect()),
            first_names: texts("FirstNames")?,
            last_names: texts("LastNames")?,
            loyalty_codes: texts("LoyaltyCodes")?,
            created: members.interval("CreatedUtc")?,
            updated: members.interval("UpdatedUtc")?,
            nobody: deleted | !wants_active(members)?,
        })
    }

    fn query(&self) -> CustomerQuery {
        let email = self.emails.as_ref().filter(|emails| emails.len() == 1).and_then(|emails| emails.iter().next());
        CustomerQuery { ids: self.ids.clone(), email: email.cloned(), ..CustomerQuery::default() }
    }

    fn admits(&self, customer: &Customer) -> bool {
        let data = data_of(customer);
        let data = data.members();
        let (first, last) = names(customer, data);
        let among = |texts: &Option<Vec<String>>, text: Option<&str>| {
            texts.as_ref().is_none_or(|texts| text.is_some_and(|text| texts.iter().any(|known| known == text)))
        };
        let within = |interval: Option<Interval>, at: Timestamp| interval.is_none_or(|interval| interval.contains(at));
        !self.nobody
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&customer.id))
            && self
                .emails
                .as_ref()
                .is_none_or(|emails| customer.email.as_deref().is_some_and(|email| emails.contains(&squash(email))))
            && self
                .companies
                .as_ref()
                .is_none_or(|ids| data.uuid("CompanyId").ok().flatten().is_some_and(|id| ids.contains(&id)))
            && among(&self.first_names, first)
            && among(&self.last_names, Some(last))
            && among(&self.loyalty_codes, data.text("LoyaltyCode").ok().flatten())
            && within(self.created, customer.created_at)
            && within(self.updated, customer.updated_at)
    }
}

fn squash(email: &str) -> String {
    email.split_whitespace().collect::<String>().to_lowercase()
}

/// The owner of orders that name nobody.
pub(super) fn general(session: &Session) -> Customer {
    let since = session.connection.created_at;
    Customer {
        id: customer_id(session.caller.account, GENERAL),
        name: GENERAL.to_owned(),
        created_at: since,
        updated_at: since,
        ..Customer::default()
    }
}

/// Answers a page of customers.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let chains = members.uuids("ChainIds")?;
    let extent = members.object("Extent")?.ok_or(Error::invalid("Extent"))?;
    let wanted = extent.flag("Customers")?.unwrap_or(true);
    extent.flag("Documents")?;
    extent.flag("Addresses")?;
    let filter = Filter::read(members)?;
    let limitation = members.limitation()?;
    session.check_chains(chains.as_deref())?;
    let found = find(cx, session, &filter, limitation).await?;
    let cursor = found.last().map(|customer| customer.id);
    let data: Vec<Object> = found.iter().map(data_of).collect();
    let shown = found.iter().zip(&data).filter(|_| wanted);
    let customers = shown.map(|(customer, data)| to_wire(customer, data.members(), session)).collect();
    Answer::page(&Customers { customers, documents: None, cursor }, found.is_empty())
}

async fn find(
    cx: ServeContext<'_>,
    session: &Session,
    filter: &Filter,
    limitation: Limitation,
) -> Result<Vec<Customer>, Error> {
    let general = general(session);
    let mut pages = OnePage::of(filter.query(), limitation.count);
    if let Some(cursor) = limitation.cursor {
        let known = if cursor == general.id { None } else { cx.ledger.customer(&session.caller, cursor).await? };
        let known = match known {
            Some(known) if !known.is_company => known,
            None if cursor == general.id => general.clone(),
            _ => return Err(Error::invalid("Cursor")),
        };
        pages.start_behind(&known);
    }
    if pages.is_behind(&general) {
        pages.include(general);
    }
    pages.fill(cx, session, |customer| filter.admits(customer)).await
}

/// What is kept of a customer beyond what every dialect knows.
pub(super) fn data_of(customer: &Customer) -> Object {
    customer.data.as_deref().and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default()
}

/// First and last name: as they were sent while they still make the name, otherwise the last word is the last name.
fn names<'a>(customer: &'a Customer, data: Members<'a>) -> (Option<&'a str>, &'a str) {
    let text = |name| data.text(name).ok().flatten();
    if let Some(last) = text("LastName").filter(|last| full_name(text("FirstName"), last) == customer.name) {
        return (text("FirstName"), last);
    }
    let name = customer.name.trim();
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (Some(first.trim_end()), last),
        None if name.is_empty() => (None, GENERAL),
        None => (None, name),
    }
}

fn full_name(first: Option<&str>, last: &str) -> String {
    match first.map(str::trim).filter(|first| !first.is_empty()) {
        Some(first) => format!("{first} {}", last.trim()),
        None => last.trim().to_owned(),
    }
}

/// A number for people, derived from the id.
pub(super) fn number_of(id: Uuid) -> i64 {
    // 53 bits, which every JSON reader keeps exact.
    (id.as_u64_pair().1 & ((1 << 53) - 1)) as i64
}

fn to_wire<'a>(customer: &'a Customer, data: Members<'a>, session: &Session) -> Shown<'a> {
    let account = session.caller.account;
    let text = |name| data.text(name).ok().flatten();
    let (first_name, last_name) = names(customer, data);
    let address_id = derived(account, "address", &customer.id.to_string());
    let address = data.object("Address").ok().flatten().map(|members| PostalAddress::read(address_id, members));
    let listed = |name, words: &'static [&'static str]| {
        let kept = data.texts(name).ok().flatten().unwrap_or_default();
        kept.into_iter().filter(|word| words.contains(word)).collect()
    };
    let by = text("By").unwrap_or("hub");
    Shown {
        id: customer.id,
        chain_id: session.chain_id(),
        number: number_of(customer.id).to_string(),
        title: text("Title").filter(|word| TITLES.contains(word)),
        sex: text("Sex").filter(|word| SEXES.contains(word)),
        first_name,
        last_name,
        second_last_name: text("SecondLastName"),
        nationality_code: text("NationalityCode"),
        preferred_language_code: text("PreferredLanguageCode"),
        language_code: text("PreferredLanguageCode"),
        birth_date: text("BirthDate"),
        birth_country_code: text("BirthCountryCode"),
        birth_country_subdivision_code: text("BirthCountrySubdivisionCode"),
        birth_place: text("BirthPlace"),
        occupation: text("Occupation"),
        email: customer.email.as_deref(),
        has_ota_email: false,
        phone: customer.phone.as_deref(),
        tax_identification_number: text("TaxIdentificationNumber"),
        loyalty_code: text("LoyaltyCode"),
        accounting_code: None,
        billing_code: None,
        notes: text("Notes"),
        car_registration_number: text("CarRegistrationNumber"),
        dietary_requirements: text("DietaryRequirements"),
        created_utc: utc(customer.created_at),
        updated_utc: utc(customer.updated_at),
        passport: None,
        identity_card: None,
        visa: None,
        drivers_license: None,
        address_id: address.is_some().then_some(address_id),
        address,
        classifications: listed("Classifications", CLASSIFICATIONS),
        options: listed("Options", OPTIONS),
        italian_destination_code: text("ItalianDestinationCode"),
        italian_fiscal_code: text("ItalianFiscalCode"),
        italian_lottery_code: text("ItalianLotteryCode"),
        company_id: data.uuid("CompanyId").ok().flatten(),
        merge_target_id: None,
        activity_state: "Active",
        is_active: true,
        preferred_space_features: [],
        creator_profile_id: profile_id(account, by),
        updater_profile_id: profile_id(account, by),
    }
}

/// Adds a customer, or overwrites the one with the same e-mail address where the client allows it.
pub(super) async fn add(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let sent = read(members, session)?;
    let overwrite = members.flag("OverwriteExisting")?.ok_or(Error::invalid("OverwriteExisting"))?;
    if let Some(id) = members.uuid("CompanyId")? {
        let company = cx.ledger.customer(&session.caller, id).await?;
        company.filter(|company| company.is_company).ok_or(Error::invalid("CompanyId"))?;
    }
    let email = members.text("Email")?.map(str::trim).filter(|email| !email.is_empty());
    let known = match email {
        None => None,
        Some(email) => {
            let query = CustomerQuery { email: Some(email.to_owned()), limit: 1, ..CustomerQuery::default() };
            cx.ledger.customers(&session.caller, query).await?.pop()
        }
    };
    if known.is_some() && !overwrite {
        return Err(Error::Refused("A customer with this e-mail address already exists".to_owned()));
    }
    // The same address at the same time is one customer, whoever is faster.
    let fresh = match email {
        Some(email) => derived(session.caller.account, "customer", &squash(email)),
        None => uuid::Builder::from_random_bytes((cx.random)().to_be_bytes()).into_uuid(),
    };
    let mut data: Map<String, Value> = known.as_ref().map(|known| data_of(known).into_map()).unwrap_or_default();
    // What is not sent, or is sent as nothing, stays.
    data.extend(sent.into_iter().filter(|(_, value)| !value.is_null()));
    data.insert("By".to_owned(), session.caller.label.clone().into());
    let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
    let customer = Customer {
        id: known.as_ref().map_or(fresh, |known| known.id),
        is_company: false,
        name: full_name(text("FirstName").as_deref(), text("LastName").unwrap_or_default().as_str()),
        email: email.map(str::to_owned),
        phone: text("Phone").or_else(|| known.as_ref()?.phone.clone()),
        data: serde_json::to_string(&data).ok(),
        created_at: known.as_ref().map_or(cx.now, |known| known.created_at),
        updated_at: cx.now,
    };
    cx.ledger.put_customer(&session.caller, customer.clone()).await?;
    Answer::of(&to_wire(&customer, data_of(&customer).members(), session))
}

/// Checks what is sent, and leaves out what is not kept.
fn read(members: Members<'_>, session: &Session) -> Result<Map<String, Value>, Error> {
    members.text("LastName")?.filter(|name| !name.trim().is_empty()).ok_or(Error::invalid("LastName"))?;
    for (name, most) in TEXTS {
        if members.text(name)?.is_some_and(|text| text.chars().count() > *most) {
            return Err(Error::invalid(name));
        }
    }
    if members.text("ItalianLotteryCode")?.is_some_and(|code| code.chars().count() < 2) {
        return Err(Error::invalid("ItalianLotteryCode"));
    }
    is_listed(members, "Title", TITLES)?;
    is_listed(members, "Sex", SEXES)?;
    for (name, words) in [("Classifications", CLASSIFICATIONS), ("Options", OPTIONS)] {
        let texts = members.texts(name)?.unwrap_or_default();
        let distinct: HashSet<&str> = texts.iter().copied().collect();
        if distinct.len() < texts.len() || !texts.iter().all(|text| words.contains(text)) {
            return Err(Error::invalid(name));
        }
    }
    if members.text("BirthDate")?.is_some_and(|text| text.parse::<jiff::civil::Date>().is_err() || text.len() != 10) {
        return Err(Error::invalid("BirthDate"));
    }
    if members.text("Email")?.is_some_and(|text| !is_email(text.trim())) {
        return Err(Error::invalid("Email"));
    }
    if members.uuid("ChainId")?.is_some_and(|id| id != session.chain_id()) {
        return Err(Error::invalid("ChainId"));
    }
    address(members)?;
    for document in ["IdentityCard", "Passport", "Visa", "DriversLicense"] {
        members.object(document)?;
    }
    Ok(members.without(NOT_KEPT))
}

/// Checks an address.
pub(super) fn address(members: Members<'_>) -> Result<(), Error> {
    const LINES: &[&str] = &["Line1", "Line2", "City", "PostalCode", "CountryCode", "CountrySubdivisionCode"];
    let Some(address) = members.object("Address")? else { return Ok(()) };
    LINES.iter().try_for_each(|line| address.text(line).map(drop))
}
