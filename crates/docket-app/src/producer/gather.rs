//! Reading what a report draws on.

use super::picture::pictures;
use super::sketch::{Neighbour, Surroundings, Track, Way, place_of};
use super::{Format, Kind, Names, ORDERS_LIMIT, ReportInput, words};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, Site, site_of};
use docket_core::connection::Caller;
use docket_core::geo::{Place, distance_m};
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::{Fault, Holder, Ledger, SiteQuery};
use docket_core::order::Order;
use docket_core::track::ReportQuery;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Other places further away than this are not shown.
const NEIGHBOURS_WITHIN_M: f64 = 4_000.0;
/// How many other places are shown.
const NEIGHBOURS: usize = 60;
/// How many sites of the same postal code, and how many of the whole account, are looked at for them.
const SITES_LOOKED_AT: usize = 1_000;
/// How many tracks are shown: those of the orders shown first.
const TRACKS: usize = 3;
/// How long before the arrival and after the departure a track begins and ends.
const BEFORE: SignedDuration = SignedDuration::from_mins(30);
const AFTER: SignedDuration = SignedDuration::from_mins(10);
/// The longest stay that is followed.
const STAY: SignedDuration = SignedDuration::from_hours(8);
/// How many reports a track is made of, and how many points it is drawn with.
const REPORTS: usize = 5_000;
const POINTS: usize = 800;
/// Points closer together than this are one.
const APART_M: f64 = 6.0;

/// Where an account keeps the streets of its maps: a JSON array of `{"name":…,"course":[[latitude,longitude],…]}`.
pub const WAYS: (&str, &str) = ("map", "ways");

/// Reads the site, the histories of `orders` (those at the site, in the order to be shown) and the names.
pub async fn gather(
    ledger: &dyn Ledger,
    caller: &Caller,
    order: Arc<Order>,
    product: &Service,
    orders: Vec<Arc<Order>>,
    now: Timestamp,
) -> Result<ReportInput, Fault> {
    // An order that names no place is reported on with an empty site; an order's report is about the place of that.
    let about = match Kind::of_product(product).subject {
        super::Subject::Order => orders.first().unwrap_or(&order),
        super::Subject::Site => &order,
    };
    let named = site_of(caller.account, &about.fields).unwrap_or_default();
    let known = match named.id {
        Some(id) => ledger.site(caller, id).await?,
        None => None,
    };
    let title = (product.slug.clone(), product.name.clone());
    read(ledger, caller, title, (Some(order), known.unwrap_or(named)), orders, now).await
}

/// Reads all that a report of a slug and a name draws on, beyond its site and its orders.
pub(super) async fn read(
    ledger: &dyn Ledger,
    caller: &Caller,
    (slug, product): (String, String),
    (order, site): (Option<Arc<Order>>, Site),
    orders: Vec<Arc<Order>>,
    now: Timestamp,
) -> Result<ReportInput, Fault> {
    let names = names(ledger, caller, orders.iter().chain(&order)).await?;
    let job = order.as_ref().map(|order| order.id);
    let shown: Vec<Arc<Order>> = orders.iter().filter(|other| Some(other.id) != job).cloned().collect();
    let format = Kind::of(&slug).format;
    let pictures = match format {
        Format::Pdf => pictures(ledger, shown.iter().take(ORDERS_LIMIT)).await?,
        Format::Json | Format::Csv => BTreeMap::new(),
    };
    let mut histories = Vec::with_capacity(orders.len());
    for order in orders {
        let history = ledger.history(caller, order.serial).await?;
        histories.push((order, history));
    }
    let surroundings = Surroundings::default();
    let mut input =
        ReportInput { order, site, product, slug, orders: histories, names, surroundings, pictures, at: now };
    if let (Some(place), true) = (place_of(&input), format != Format::Csv) {
        input.surroundings = Surroundings {
            neighbours: neighbours(ledger, caller, &input.site, place).await?,
            ways: ways(ledger, caller.account).await?,
            tracks: tracks(ledger, caller, &shown, &input.names).await?,
        };
    }
    Ok(input)
}

async fn names(
    ledger: &dyn Ledger,
    caller: &Caller,
    orders: impl Iterator<Item = &Arc<Order>>,
) -> Result<Names, Fault> {
    let services = ledger.services(caller).await?;
    let units = ledger.units(caller).await?;
    let mut connections = BTreeMap::new();
    for id in orders.filter_map(|order| order.origin.connection) {
        if !connections.contains_key(&id.0)
            && let Some(connection) = ledger.connection(caller, id).await?
        {
            connections.insert(id.0, connection.name.clone());
        }
    }
    Ok(Names {
        services: services.iter().map(|service| (service.id.to_string(), service.name.clone())).collect(),
        units: units.iter().map(|unit| (unit.id.0, unit.name.clone())).collect(),
        connections,
    })
}

/// Other sites near a place: those of its postal code, and of the account's as many as are looked at.
async fn neighbours(ledger: &dyn Ledger, caller: &Caller, site: &Site, place: Place) -> Result<Vec<Neighbour>, Fault> {
    let postal_code = Some(site.postal_code.clone()).filter(|code| !code.trim().is_empty());
    let mut found: Vec<(f64, Neighbour)> = Vec::new();
    let looks = [postal_code.clone(), None];
    // Without a postal code both would be the same.
    for postal_code in looks.into_iter().skip(usize::from(postal_code.is_none())) {
        let query = SiteQuery { postal_code, after: None, limit: SITES_LOOKED_AT };
        for other in ledger.sites(caller, query).await? {
            let Some(at) = other.point.filter(|_| other.id != site.id) else { continue };
            let away = distance_m(place, at);
            if (1.0..=NEIGHBOURS_WITHIN_M).contains(&away) && !found.iter().any(|(_, known)| known.place == at) {
                found.push((away, Neighbour { label: words::site_title(&other), place: at }));
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.label.cmp(&b.1.label)));
    found.truncate(NEIGHBOURS);
    Ok(found.into_iter().map(|(_, neighbour)| neighbour).collect())
}

/// The streets that the account keeps.
async fn ways(ledger: &dyn Ledger, account: AccountId) -> Result<Vec<Way>, Fault> {
    let kept = ledger.record(Holder::Account(account), WAYS.0, WAYS.1).await?;
    Ok(kept.as_deref().map(ways_from).unwrap_or_default())
}

fn ways_from(text: &str) -> Vec<Way> {
    let Ok(serde_json::Value::Array(list)) = serde_json::from_str(text) else { return Vec::new() };
    let way = |one: &serde_json::Value| {
        let points = one.get("course")?.as_array()?.iter();
        let course: Option<Vec<Place>> = points.map(|at| Some((at.get(0)?.as_f64()?, at.get(1)?.as_f64()?))).collect();
        let name = one.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
        Some(Way { name: name.to_owned(), course: course? })
    };
    list.iter().filter_map(way).collect()
}

/// The streets as they are kept.
pub fn ways_text(ways: &[Way]) -> String {
    let one = |way: &Way| {
        let course: Vec<[f64; 2]> = way.course.iter().map(|&(latitude, longitude)| [latitude, longitude]).collect();
        serde_json::json!({"name": way.name, "course": course})
    };
    serde_json::Value::Array(ways.iter().map(one).collect()).to_string()
}

/// How units came to some orders.
async fn tracks(
    ledger: &dyn Ledger,
    caller: &Caller,
    orders: &[Arc<Order>],
    names: &Names,
) -> Result<Vec<Track>, Fault> {
    let mut tracks: Vec<Track> = Vec::new();
    for order in orders {
        let fields = &order.fields;
        let (Some(unit), Some(arrived)) = (fields.unit, fields.arrived_at) else { continue };
        let left = fields.departed_at.or(fields.completed_at).unwrap_or(arrived);
        let left = left.clamp(arrived, arrived.checked_add(STAY).unwrap_or(arrived));
        let query = ReportQuery {
            unit: UnitId(unit),
            from: arrived.checked_sub(BEFORE).unwrap_or(arrived),
            until: left.checked_add(AFTER).unwrap_or(left),
            newest: false,
            limit: REPORTS,
        };
        let reports = ledger.reports(caller, query).await?;
        let course = reports.iter().filter_map(|report| Some((report.at, report.position?)));
        let course = thinned(course.map(|(at, position)| (at, (position.latitude, position.longitude))));
        if course.len() >= 2 {
            let unit = names.units.get(&unit).cloned().unwrap_or_default();
            tracks.push(Track { unit, course });
        }
        if tracks.len() == TRACKS {
            break;
        }
    }
    Ok(tracks)
}

/// A course without the points that say nothing new.
fn thinned(course: impl Iterator<Item = (Timestamp, Place)>) -> Vec<(Timestamp, Place)> {
    let mut thin: Vec<(Timestamp, Place)> = Vec::new();
    for (at, place) in course {
        if thin.last().is_none_or(|(_, last)| distance_m(*last, place) >= APART_M) {
            thin.push((at, place));
        }
    }
    let every = thin.len().div_ceil(POINTS).max(1);
    thin.into_iter().step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_are_read_as_they_are_written() {
        let ways = vec![Way { name: "Manor \"Rd\"".to_owned(), course: vec![(30.28, -97.72), (30.29, -97.70)] }];
        assert_eq!(ways_from(&ways_text(&ways)), ways);
        for odd in ["", "{}", "[1]", r#"[{"name":"x"}]"#, r#"[{"course":[[1]]}]"#, r#"[{"course":["a"]}]"#] {
            assert_eq!(ways_from(odd), Vec::new(), "{odd}");
        }
    }

    #[test]
    fn a_long_track_is_thinned() {
        let at = Timestamp::UNIX_EPOCH;
        let course = (0..20_000).map(|step| (at, (30.0 + f64::from(step) * 0.0001, -97.0)));
        assert!((POINTS / 2..=POINTS).contains(&thinned(course).len()));
        let still = (0..500).map(|_| (at, (30.0, -97.0)));
        assert_eq!(thinned(still).len(), 1);
    }
}
