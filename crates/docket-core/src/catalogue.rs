//! What orders refer to: services, sites, customers, units.
//!
//! Sites, customers and work-type services come to be by being named in an order: their identity is derived from
//! what names them, so the same address is the same site in every dialect.

use crate::ids::{AccountId, SiteId, UnitId, Uuid};
use crate::order::Fields;
use jiff::Timestamp;

/// What kind of thing can be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    /// Field work: a PPW work type, a Pruvan service.
    #[default]
    Work,
    /// A Mews additional service.
    Additional,
    /// A Mews bookable service (stays).
    Bookable,
    /// A line within an additional service (Mews product); has a parent.
    Product,
    /// A document that a producer makes (Planviewer product).
    Document,
}

impl ServiceKind {
    /// All kinds.
    pub const ALL: &'static [ServiceKind] = &[
        ServiceKind::Work,
        ServiceKind::Additional,
        ServiceKind::Bookable,
        ServiceKind::Product,
        ServiceKind::Document,
    ];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            ServiceKind::Work => "work",
            ServiceKind::Additional => "additional",
            ServiceKind::Bookable => "bookable",
            ServiceKind::Product => "product",
            ServiceKind::Document => "document",
        }
    }

    /// From the stored word.
    pub fn from_word(word: &str) -> Option<ServiceKind> {
        ServiceKind::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// A catalogue entry: something that can be ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Identity; what [`Fields::service`] holds as text.
    pub id: Uuid,
    /// Stable machine name, unique in the account per kind.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// What kind of thing it is.
    pub kind: ServiceKind,
    /// The service a product belongs to.
    pub parent: Option<Uuid>,
    /// Can be ordered now.
    pub active: bool,
    /// Presentation order.
    pub ordering: i64,
    /// More, as JSON text, for the dialects that define more (prices of a Mews product).
    pub data: Option<String>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A place. Orders of one property share it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// Identity, derived (see [`site_id`]). `None` only in a site that was not derived yet.
    pub id: Option<SiteId>,
    /// First address line: street and number.
    pub address1: String,
    /// Second address line.
    pub address2: String,
    /// City.
    pub city: String,
    /// State, province or region.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country.
    pub country: String,
    /// Latitude and longitude, degrees WGS-84, if known.
    pub point: Option<(f64, f64)>,
}

/// A person or company that orders are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customer {
    /// Identity; what [`Fields::customer_id`] holds as text.
    pub id: Uuid,
    /// A company rather than a person.
    pub is_company: bool,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// More, as JSON text, for the dialects that define more (a Mews customer's address).
    pub data: Option<String>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a unit was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// When.
    pub at: Timestamp,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Metres; `None` is not said.
    pub altitude_m: Option<f64>,
    /// km/h; `None` is not said, which is not standing still.
    pub speed_kmh: Option<f64>,
    /// Degrees from north; `None` is not said.
    pub course: Option<f64>,
    /// Satellites.
    pub satellites: i64,
}

/// A vehicle, crew or phone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// Identity.
    pub id: UnitId,
    /// Display name.
    pub name: String,
    /// What its tracker calls itself (IMEI), unique hub-wide; empty for a unit without a tracker.
    pub unique_id: String,
    /// Phone number of the tracker.
    pub phone: String,
    /// Kind of tracker, a number of the dialect that says it; 0 is not said.
    pub hardware: i64,
    /// What its tracker presents beside its unique id; empty when nothing is asked for. Kept as it is, for the faces
    /// that show units show it.
    pub password: String,
    /// How much weight it carries, in kilograms; `None` is not said.
    pub capacity_kg: Option<f64>,
    /// How much volume it carries, in the unit orders say theirs in; `None` is not said.
    pub capacity_volume: Option<f64>,
    /// What its mileage counter shows, in kilometres.
    pub odometer_km: Option<f64>,
    /// Last known position.
    pub position: Option<Position>,
    /// When it came to be.
    pub created_at: Timestamp,
}

const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_3d52_7b1e_4c7a_9d60_d0c0_e7d0_c0e7);

fn derived(account: AccountId, kind: &str, parts: &[&str]) -> Uuid {
    let mut name = format!("{account}\u{1f}{kind}");
    for part in parts {
        name.push('\u{1f}');
        for word in part.split_whitespace() {
            name.extend(word.chars().flat_map(char::to_lowercase));
            name.push(' ');
        }
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// The site of an order's address, if it has one. Case and white space do not make another site.
pub fn site_id(account: AccountId, fields: &Fields) -> Option<SiteId> {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let parts = [
        part(&fields.address1),
        part(&fields.address2),
        part(&fields.city),
        part(&fields.region),
        part(&fields.postal_code),
        part(&fields.country),
    ];
    if parts.iter().all(|part| part.trim().is_empty()) {
        return None;
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Some(SiteId(derived(account, "site", &parts)))
}

/// The site of an order, if it has an address.
pub fn site_of(account: AccountId, fields: &Fields) -> Option<Site> {
    let id = site_id(account, fields)?;
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(Site {
        id: Some(id),
        address1: part(&fields.address1),
        address2: part(&fields.address2),
        city: part(&fields.city),
        region: part(&fields.region),
        postal_code: part(&fields.postal_code),
        country: part(&fields.country),
        point: fields.latitude.zip(fields.longitude),
    })
}

/// The id of a work-type service that is only known by its name.
pub fn service_id(account: AccountId, name: &str) -> Uuid {
    derived(account, "service", &[name])
}

/// The id of a customer that is only known by name.
pub fn customer_id(account: AccountId, name: &str) -> Uuid {
    derived(account, "customer", &[name])
}

/// A machine name for a display name: lower case, everything that is no letter or digit turned into one `_`.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.trim_end_matches('_').to_owned()
}

/// The service an order names by word rather than by catalogue id, if it does: the first to name one makes it.
pub fn service_of(account: AccountId, fields: &Fields, now: Timestamp) -> Option<Service> {
    let name = fields.service.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
    if Uuid::try_parse(name).is_ok() {
        return None;
    }
    Some(Service {
        id: service_id(account, name),
        slug: slug(name),
        name: name.to_owned(),
        kind: ServiceKind::Work,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: now,
        updated_at: now,
    })
}

/// The customer an order names, if it does; without one, the company that the work is done for.
pub fn customer_of(account: AccountId, fields: &Fields, now: Timestamp) -> Option<Customer> {
    fn said(text: &Option<String>) -> Option<&str> {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
    let (created_at, updated_at) = (now, now);
    let Some(name) = said(&fields.customer_name) else {
        let name = said(&fields.client_company).filter(|_| said(&fields.customer_id).is_none())?.to_owned();
        let id = customer_id(account, &name);
        return Some(Customer { id, is_company: true, name, created_at, updated_at, ..Customer::default() });
    };
    let given = fields.customer_id.as_deref().and_then(|id| Uuid::try_parse(id).ok());
    Some(Customer {
        id: given.unwrap_or_else(|| customer_id(account, name)),
        is_company: fields.customer_kind.as_deref() == Some("company"),
        name: name.to_owned(),
        email: fields.customer_email.clone(),
        phone: fields.customer_phone.clone(),
        data: None,
        created_at,
        updated_at,
    })
}
