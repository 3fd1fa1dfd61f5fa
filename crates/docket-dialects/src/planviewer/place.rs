//! Which place a document is about. An address that names a house may mean any of its parts: `Voorbeeldstraat 7` is
//! also where `7 a` and `7 b` are. Where the ledger knows several, the user is asked, as the vendor asks which lot of an
//! address is meant; spellings of one and the same place are taken together.

use super::address::{self, House, folded, site_title, squashed};
use super::search::SITES_LIMIT;
use docket_core::Timestamp;
use docket_core::catalogue::{ServiceKind, Site};
use docket_core::connection::Caller;
use docket_core::ids::{SiteId, Uuid};
use docket_core::ledger::{Fault, Ledger, OrderQuery, SiteQuery};
use docket_core::order::{Choice, Item, Order, Origin, Question};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The id of the question among a job's items.
const QUESTION: &str = "place";
/// How many places are offered.
const CHOICES_LIMIT: usize = 20;
/// How many sites are read at a time.
const SITES_PAGE: usize = 1000;

/// One place an address may mean: the sites that are spellings of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What it is called.
    pub label: String,
    /// Its sites, at least one.
    pub sites: Vec<SiteId>,
}

/// What the hub keeps with its question: which sites each choice means.
#[derive(Deserialize, Serialize)]
struct Meant {
    sites: BTreeMap<String, Vec<Uuid>>,
}

/// The places an address may mean: one when it is plain, and then its sites in all their spellings.
pub async fn places(ledger: &dyn Ledger, caller: &Caller, ordered: &Site) -> Result<Vec<Place>, Fault> {
    let Some(own) = ordered.id else { return Ok(Vec::new()) };
    let alone = || vec![Place { label: site_title(ordered), sites: vec![own] }];
    let Some(house) = address::house(ordered) else { return Ok(alone()) };
    let mut parts: BTreeMap<(u64, String), Vec<Site>> = BTreeMap::new();
    parts.entry(in_order(&house.part)).or_default().push(ordered.clone());
    let postal_code = Some(squashed(&ordered.postal_code)).filter(|code| !code.is_empty());
    let mut query = SiteQuery { postal_code, after: None, limit: SITES_PAGE };
    for _ in 0..SITES_LIMIT / SITES_PAGE {
        let sites = ledger.sites(caller, query.clone()).await?;
        for site in sites.iter().filter(|site| site.id != Some(own)) {
            if let Some(part) = part_of(ordered, &house, site) {
                parts.entry(in_order(&part)).or_default().push(site.clone());
            }
        }
        query.after = sites.last().and_then(|site| site.id);
        if sites.len() < SITES_PAGE || query.after.is_none() {
            break;
        }
    }
    // The house as a whole is a choice of its own where something was ordered for it, or where it is one of two.
    let whole = in_order(&house.part);
    if parts.len() > 2 && !has_work(ledger, caller, parts.get(&whole).map_or(&[], Vec::as_slice)).await? {
        parts.remove(&whole);
    }
    let place = |sites: Vec<Site>| Place {
        label: sites.first().map(site_title).unwrap_or_default(),
        sites: sites.iter().filter_map(|site| site.id).collect(),
    };
    Ok(parts.into_values().take(CHOICES_LIMIT).map(place).collect())
}

/// Parts in the order people count them.
fn in_order(part: &str) -> (u64, String) {
    let digits: String = part.chars().filter(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(0), part.to_owned())
}

/// Which part of the ordered house a known site is, if it is one.
fn part_of(ordered: &Site, house: &House, known: &Site) -> Option<String> {
    let fits = |a: &str, b: &str| {
        let (a, b) = (squashed(&folded(a)), squashed(&folded(b)));
        a.is_empty() || b.is_empty() || a == b
    };
    let other = address::house(known)?;
    let same = other.street == house.street
        && other.number == house.number
        && (house.part.is_empty() || other.part == house.part)
        && fits(&ordered.city, &known.city)
        && fits(&ordered.postal_code, &known.postal_code)
        && fits(&ordered.region, &known.region);
    same.then_some(other.part)
}

/// Whether anything but documents was ordered there.
async fn has_work(ledger: &dyn Ledger, caller: &Caller, sites: &[Site]) -> Result<bool, Fault> {
    let services = ledger.services(caller).await?;
    let is_document = |order: &Order| {
        let service = order.fields.service.as_deref();
        services.iter().any(|known| {
            known.kind == ServiceKind::Document && service.is_some_and(|service| service == known.id.to_string())
        })
    };
    for site in sites.iter().filter_map(|site| site.id) {
        let page = ledger.orders(caller, OrderQuery { site: Some(site), ..OrderQuery::default() }).await?;
        if page.orders.iter().any(|order| !is_document(order)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The question which of several places is meant; the last choice is all of them, the ordered site among them.
pub fn question(ordered: &Site, places: &[Place], now: Timestamp) -> Item {
    let mut choices = Vec::with_capacity(places.len() + 1);
    let mut sites = BTreeMap::new();
    let mut offer = |label: String, meant: Vec<SiteId>| {
        let key = (choices.len() + 1).to_string();
        sites.insert(key.clone(), meant.iter().map(|site| site.0).collect());
        choices.push(Choice { key, label });
    };
    for place in places {
        offer(place.label.clone(), place.sites.clone());
    }
    let mut all: Vec<SiteId> = ordered.id.into_iter().collect();
    all.extend(places.iter().flat_map(|place| place.sites.iter().copied()).filter(|&site| Some(site) != ordered.id));
    offer("All of them".to_owned(), all);
    let message = "This address has several places. Which one is the document to be about?".to_owned();
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let asked = Item::new(QUESTION, origin, now, Question { message, choices, answer: None }).by("hub");
    Item { wire: serde_json::to_string(&Meant { sites }).ok(), ..asked }
}

/// The sites the user chose, if that was asked and answered.
pub fn chosen(order: &Order) -> Option<Vec<SiteId>> {
    let (item, question) =
        order.questions().find(|(item, _)| item.id == QUESTION && item.origin.connection.is_none())?;
    let mut meant: Meant = serde_json::from_str(item.wire.as_deref()?).ok()?;
    let sites = meant.sites.remove(&question.answer.as_ref()?.choice)?;
    Some(sites.into_iter().map(SiteId).collect())
}
