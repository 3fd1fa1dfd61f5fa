//! What listings show and search of an order: some members of its document, read without the others.

use super::value::{Moment, Num};
use docket_core::Timestamp;
use docket_core::catalogue::site_id;
use docket_core::ids::{AccountId, ConnectionId, SiteId};
use docket_core::order::{ExternalKey, Fields, Origin, State};
use serde::{Deserialize, Deserializer};

/// An order as a listing sees it. Members are those of the document; `keys` and `routed_to` lie beside it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Identity, as text.
    pub id: String,
    /// Identity, as a number.
    pub serial: i64,
    /// The text people see.
    pub number: Option<String>,
    /// A short name.
    pub title: Option<String>,
    /// Where it stands.
    #[serde(rename = "status", deserialize_with = "read_state")]
    pub state: Option<State>,
    /// Where it came from.
    pub origin: Origin,
    /// What was ordered.
    pub service: Option<String>,
    /// The company the work is done for.
    pub client_company: Option<String>,
    /// Staff-only reference.
    pub reference: Option<String>,
    /// The originator's own status.
    pub client_status: Option<String>,
    /// Urgent.
    pub rush: bool,
    /// Sent back to be done again.
    pub rework: bool,
    /// Completed after the window.
    pub late: bool,
    /// Labels.
    pub tags: Vec<String>,
    /// How much it matters.
    pub priority: Option<i64>,
    /// The assigned unit.
    pub unit: Option<i64>,
    /// The assigned person.
    pub person: Option<String>,
    /// The assigned crew.
    pub crew: Option<String>,
    #[serde(deserialize_with = "read_moment")]
    /// When it must be done.
    pub due: Option<Timestamp>,
    /// When it is expected to be reached.
    #[serde(deserialize_with = "read_moment")]
    pub eta: Option<Timestamp>,
    /// When it came to be.
    #[serde(deserialize_with = "read_moment")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(deserialize_with = "read_moment")]
    pub updated_at: Option<Timestamp>,
    /// The window.
    #[serde(deserialize_with = "read_or_default")]
    pub window: CardWindow,
    /// The place.
    #[serde(deserialize_with = "read_or_default")]
    pub site: CardSite,
    /// Who it is for.
    #[serde(deserialize_with = "read_or_default")]
    pub customer: CardCustomer,
    /// How far it is.
    #[serde(deserialize_with = "read_or_default")]
    pub progress: CardProgress,
    /// Which route it is part of.
    #[serde(deserialize_with = "read_or_default")]
    pub route: CardRoute,
    /// Keys counterparts know it by.
    #[serde(skip)]
    pub keys: Vec<ExternalKey>,
    /// Connections it is routed to.
    #[serde(skip)]
    pub routed_to: Vec<ConnectionId>,
}

/// The window of a [`Card`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardWindow {
    /// Lower bound.
    #[serde(deserialize_with = "read_moment")]
    pub from: Option<Timestamp>,
    /// Upper bound.
    #[serde(deserialize_with = "read_moment")]
    pub to: Option<Timestamp>,
}

/// The place of a [`Card`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardSite {
    /// First address line.
    pub address1: Option<String>,
    /// Second address line.
    pub address2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Degrees.
    #[serde(deserialize_with = "read_number")]
    pub latitude: Option<f64>,
    /// Degrees.
    #[serde(deserialize_with = "read_number")]
    pub longitude: Option<f64>,
    /// Metres.
    pub radius_m: Option<i64>,
}

/// The customer of a [`Card`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardCustomer {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Second phone.
    pub phone2: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// The progress of a [`Card`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardProgress {
    /// Steps done.
    pub current: Option<i64>,
    /// Steps in all.
    pub total: Option<i64>,
}

/// The route of a [`Card`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardRoute {
    /// Its id.
    pub id: Option<i64>,
    /// The order's position in it, from 0.
    pub position: Option<i64>,
}

fn read_or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

fn read_moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<Moment>::deserialize(from)?.map(|moment| moment.0))
}

fn read_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::<Num>::deserialize(from)?.map(|number| number.0).filter(|number| number.is_finite()))
}

fn read_state<'de, D: Deserializer<'de>>(from: D) -> Result<Option<State>, D::Error> {
    let word = String::deserialize(from)?;
    State::from_word(&word).map(Some).ok_or_else(|| serde::de::Error::custom("an unknown status"))
}

/// Windows of permanent orders hold a time of day: nothing is late by it.
const FIRST_DAY_S: i64 = 86_400;

impl Card {
    pub(super) fn read(document: &str) -> Result<Card, serde_json::Error> {
        serde_json::from_str(document)
    }

    /// When it should be done at last: what is said first of when it is due and when its window ends.
    pub fn deadline(&self) -> Option<Timestamp> {
        let window = self.window.to.filter(|to| to.as_second() >= FIRST_DAY_S);
        [self.due, window].into_iter().flatten().min()
    }

    /// Whether it was late, or is by now.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.late
            || (self.state.is_some_and(State::is_open)
                && self.deadline().is_some_and(|deadline| deadline.as_microsecond() < now.as_microsecond()))
    }

    /// The site of its address, if it has one.
    pub fn site_id(&self, account: AccountId) -> Option<SiteId> {
        let site = self.site.clone();
        let fields = Fields {
            address1: site.address1,
            address2: site.address2,
            city: site.city,
            region: site.region,
            postal_code: site.postal_code,
            country: site.country,
            ..Fields::default()
        };
        site_id(account, &fields)
    }
}
