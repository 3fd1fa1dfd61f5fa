//! Which location there an order's address is. The search is loose (number 2 also finds 52), so what it finds is
//! compared, and where several may be meant the user is asked.

use super::call::{Client, read};
use crate::connect::ConnectError;
use crate::planviewer::address::{folded, properties, site_title, squashed};
use crate::planviewer::wire::Address;
use docket_core::catalogue::site_of;
use docket_core::order::Order;
use serde::Deserialize;
use serde_json::{Value, json};

/// A location that was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Location {
    pub(super) uuid: String,
    pub(super) title: String,
}

/// What a search came to.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// This one.
    One(Location),
    /// Any of these.
    Several(Vec<Location>),
}

/// How many places are offered.
const CHOICES_LIMIT: usize = 20;

#[derive(Deserialize)]
struct Hit {
    uuid: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    postcode: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    huisnummer: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    huisnummertoevoeging: Option<String>,
    huisletter: Option<String>,
    openbareruimtenaam: Option<String>,
    woonplaatsnaam: Option<String>,
}

/// A house number is documented as text; a number is read too.
fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Looks for the place of an order.
pub(super) async fn find(client: &Client<'_>, order: &Order) -> Result<Found, ConnectError> {
    let site = site_of(order.account, &order.fields)
        .ok_or_else(|| ConnectError::Refused("the order has no address to order a document for".to_owned()))?;
    let wanted = properties(&site);
    let title = site_title(&site);
    let body = json!({"entity": "adres", "query": {"bool": {"must": query(&wanted, &title)?}}});
    let answer = client.post("search/structured", "search/structured", &body, &[]).await?;
    let hits: Vec<Hit> = read("search/structured", &answer)?;
    let near: Vec<(Hit, bool)> =
        hits.into_iter().filter(|hit| is_near(&wanted, &hit.properties)).map(|hit| exact(&wanted, hit)).collect();
    let location = |hit: &Hit| Location {
        uuid: hit.uuid.clone(),
        title: hit.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| hit.uuid.clone()),
    };
    if let Some((hit, _)) = near.iter().find(|(_, is_exact)| *is_exact) {
        return Ok(Found::One(location(hit)));
    }
    let mut several: Vec<Location> = near.iter().map(|(hit, _)| location(hit)).collect();
    several.truncate(CHOICES_LIMIT);
    if several.is_empty() {
        return Err(ConnectError::Refused(format!("no place there is {title}")));
    }
    Ok(Found::Several(several))
}

/// What is asked: postal code and number pin a house; without a postal code street and town must.
fn query(wanted: &Address, title: &str) -> Result<Vec<Value>, ConnectError> {
    let field = |name: &str, text: &str| json!({"field": {"method": "match", "fields": [name], "query": text}});
    let missing = |what: &str| ConnectError::Refused(format!("{title} has no {what}, so it cannot be looked up"));
    if wanted.huisnummer.is_empty() {
        return Err(missing("house number"));
    }
    let mut must = Vec::new();
    if wanted.postcode.is_empty() {
        if wanted.openbareruimtenaam.is_empty() || wanted.woonplaatsnaam.trim().is_empty() {
            return Err(missing("postal code"));
        }
        must.push(field("openbareruimtenaam", &wanted.openbareruimtenaam));
        must.push(field("woonplaatsnaam", wanted.woonplaatsnaam.trim()));
    } else {
        must.push(field("postcode", &wanted.postcode));
    }
    must.push(field("huisnummer", &wanted.huisnummer));
    Ok(must)
}

/// Letters and digits, folded.
fn plain(text: &str) -> String {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a hit is the house that is wanted, or a part of it.
fn is_near(wanted: &Address, hit: &Properties) -> bool {
    let fits = |wanted: &str, found: &Option<String>| {
        let found = found.as_deref().map(plain).unwrap_or_default();
        wanted.is_empty() || found.is_empty() || plain(wanted) == found
    };
    let is_named = hit.huisnummer.as_deref().map(plain) == Some(plain(&wanted.huisnummer));
    let part = part(&wanted.huisletter, &wanted.huisnummertoevoeging);
    is_named
        && fits(&squashed(&wanted.postcode), &hit.postcode)
        && (!wanted.postcode.is_empty() || fits(&wanted.openbareruimtenaam, &hit.openbareruimtenaam))
        && (!wanted.postcode.is_empty() || fits(&wanted.woonplaatsnaam, &hit.woonplaatsnaam))
        && (part.is_empty() || part == self::part(&hit.huisletter, &hit.huisnummertoevoeging))
}

fn exact(wanted: &Address, hit: Hit) -> (Hit, bool) {
    let own = part(&wanted.huisletter, &wanted.huisnummertoevoeging);
    let is_exact = own == part(&hit.properties.huisletter, &hit.properties.huisnummertoevoeging);
    (hit, is_exact)
}

/// Letter and addition, however they are told apart.
fn part(letter: &Option<String>, addition: &Option<String>) -> String {
    plain(letter.as_deref().unwrap_or_default()) + &plain(addition.as_deref().unwrap_or_default())
}
