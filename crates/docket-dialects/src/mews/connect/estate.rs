//! What can be ordered at the counterpart: its services, how it prices, the products of a service. Read once in a
//! while and kept.

use super::call::{Client, Json, Kind, id, object, text};
use crate::connect::ConnectError;
use crate::mews::map::Prices;
use crate::mews::wire::{Members, Object};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// For how long what is known of the counterpart is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// Under which name it is kept.
const PLACE: &str = "estate";

/// What can be ordered there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Estate {
    /// When this was read.
    pub(super) at: Timestamp,
    /// Its additional services, in the order of their ids.
    pub(super) services: Vec<Sold>,
    /// How it prices.
    pub(super) prices: Prices,
}

/// A service or a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sold {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) active: bool,
    /// The id that a product was given by whoever made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) external: Option<String>,
}

impl Estate {
    /// What was read last, if it was.
    pub(super) async fn known(client: &Client<'_>) -> Result<Option<Estate>, ConnectError> {
        let kept = client.remote.place(PLACE).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What is known of the counterpart, read anew when that is not fresh.
    pub(super) async fn of(client: &Client<'_>) -> Result<Estate, ConnectError> {
        let known = Estate::known(client).await?;
        let now = client.remote.now;
        if let Some(known) = known.filter(|known| now.duration_since(known.at).abs() < GOOD_FOR) {
            return Ok(known);
        }
        let body = object(json!({"ServiceType": "Additional"}));
        let services = client.all("services/getAll", &body, "Services").await?;
        let mut services: Vec<Sold> = services.iter().filter_map(service).collect();
        services.sort_by_key(|service| service.id);
        services.dedup_by_key(|service| service.id);
        let estate = Estate { at: now, services, prices: prices(client).await? };
        let text = serde_json::to_string(&estate).unwrap_or_default();
        client.remote.keep_place(PLACE, Some(text)).await?;
        Ok(estate)
    }

    /// Lets it be read anew the next time.
    pub(super) async fn forget(client: &Client<'_>) -> Result<(), ConnectError> {
        Ok(client.remote.keep_place(PLACE, None).await?)
    }

    /// The name of a service.
    pub(super) fn name_of(&self, service: Uuid) -> Option<&str> {
        let place = self.services.binary_search_by_key(&service, |known| known.id).ok()?;
        self.services.get(place).map(|service| service.name.as_str()).filter(|name| !name.is_empty())
    }

    /// The service of an id or a name.
    pub(super) fn service(&self, word: &str) -> Option<&Sold> {
        find(&self.services, word)
    }
}

/// An entry by id, by external id, or by name in whatever case.
pub(super) fn find<'s>(sold: &'s [Sold], word: &str) -> Option<&'s Sold> {
    let word = word.trim();
    let by_id = || crate::mews::wire::uuid(word).and_then(|id| sold.iter().find(|known| known.id == id));
    let by_key = || sold.iter().find(|known| known.external.as_deref() == Some(word));
    let folded = word.to_lowercase();
    let by_name = || sold.iter().find(|known| known.name.trim().to_lowercase() == folded);
    by_id().or_else(by_key).or_else(by_name).filter(|known| known.active && !word.is_empty())
}

/// The products that can be ordered of a service.
pub(super) async fn products(client: &Client<'_>, service: Uuid) -> Result<Vec<Sold>, ConnectError> {
    let body = object(json!({"ServiceIds": [service], "IncludeDefault": true}));
    match client.all("products/getAll", &body, "Products").await {
        Ok(products) => Ok(products.iter().filter_map(service_or_product).collect()),
        // Without permission to read them lines go as they are.
        Err(failure) if failure.kind == Kind::NotAllowed => Ok(Vec::new()),
        Err(failure) => Err(failure.into()),
    }
}

fn service_or_product(sent: &Json) -> Option<Sold> {
    let sent = Members::from(sent);
    let names = sent.object("Names").ok().flatten();
    let name = names.and_then(|names| names.first_text()).or_else(|| text(sent, "Name")).unwrap_or_default();
    Some(Sold {
        id: id(sent, "Id")?,
        name: name.trim().to_owned(),
        active: sent.flag("IsActive").ok().flatten().unwrap_or(true),
        external: text(sent, "ExternalIdentifier").map(str::to_owned),
    })
}

/// A service that product service orders are made against.
fn service(sent: &Json) -> Option<Sold> {
    let members = Members::from(sent);
    let kind = members.object("Data").ok().flatten().and_then(|data| text(data, "Discriminator"));
    // Who does not heed the filter lists stays as well.
    let is_stay = kind == Some("Bookable") || text(members, "Type") == Some("Reservable");
    service_or_product(sent).filter(|_| !is_stay)
}

/// How the counterpart prices: as its configuration says, or, where that may not be read, as the connection is set.
async fn prices(client: &Client<'_>) -> Result<Prices, ConnectError> {
    let mut prices = Prices {
        gross: client.setting("pricing") != Some("Net"),
        currency: client.setting("currency").unwrap_or("EUR").to_owned(),
    };
    let configured = match client.write("configuration/get", Json::new()).await {
        Ok(answer) => answer.object,
        Err(failure) if failure.kind == Kind::NotAllowed => Object::default(),
        Err(failure) => return Err(failure.into()),
    };
    let Some(enterprise) = configured.members().object("Enterprise").ok().flatten() else { return Ok(prices) };
    match text(enterprise, "Pricing") {
        Some("Gross") => prices.gross = true,
        Some("Net") => prices.gross = false,
        _ => {}
    }
    let currencies = enterprise.list("Currencies").iter().filter_map(Value::as_object).map(Members::from);
    let default = currencies.into_iter().find(|known| known.flag("IsDefault") == Ok(Some(true)));
    if let Some(code) = default.and_then(|currency| text(currency, "Currency")) {
        code.clone_into(&mut prices.currency);
    }
    Ok(prices)
}
