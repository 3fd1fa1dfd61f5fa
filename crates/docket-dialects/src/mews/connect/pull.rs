//! Looking for news: orders by when they were updated, and what belongs to those that are new.

mod details;
mod take;

pub(super) use details::allowed;

use super::call::{Client, Json, Kind, PAGE, Page, id, object};
use super::estate::Estate;
use super::mirror::Mirror;
use super::place::{OVERLAP, Place};
use crate::connect::{ConnectError, Pulled, REMOTE_KEY};
use crate::mews::map::Seen;
use crate::mews::wire::{MAX_ITEMS, Members, utc};
use details::Details;
use docket_core::catalogue::Service;
use docket_core::ids::Uuid;
use docket_core::ledger::Target;
use docket_core::order::{Order, State};
use serde_json::json;
use std::sync::Arc;
use take::take;

/// How many pages are read in one round.
const PAGES_AT_ONCE: usize = 10;
/// How often the details of an order are read while deliveries change what is kept of it.
const ATTEMPTS: usize = 4;
/// How many problems are told of one round.
const PROBLEMS_LIMIT: usize = 50;

/// One round of looking for news.
pub(super) async fn pull(client: &Client<'_>) -> Result<Pulled, ConnectError> {
    let estate = Estate::of(client).await?;
    let mut pulled = Pulled::default();
    if estate.services.is_empty() {
        pulled.problems.push("there is no additional service, so there are no product service orders".to_owned());
        return Ok(pulled);
    }
    let services = client.remote.ledger.services(&client.remote.caller()).await?;
    let mut place = Place::of(client, &estate).await?;
    for _ in 0..PAGES_AT_ONCE {
        let Some(page) = next_page(client, &mut place).await? else { return Ok(pulled) };
        take_over(client, &estate, &services, page, &mut pulled).await?;
        place.keep(client).await?;
        if place.reading.is_none() && place.until >= client.remote.now {
            return Ok(pulled);
        }
    }
    pulled.more = true;
    Ok(pulled)
}

/// The next page, with the place behind it; `None` when everything was read. Nothing is kept yet.
async fn next_page(client: &Client<'_>, place: &mut Place) -> Result<Option<Page>, ConnectError> {
    let services: Vec<Vec<Uuid>> = place.services.chunks(MAX_ITEMS).map(<[Uuid]>::to_vec).collect();
    let count = place.count.clamp(1, PAGE);
    let now = client.remote.now;
    let Some(reading) = place.next(now) else { return Ok(None) };
    let mut body = object(json!({"UpdatedUtc": {"StartUtc": utc(reading.from), "EndUtc": utc(reading.to)}}));
    if let Some(services) = services.get(reading.batch) {
        body.insert("ServiceIds".to_owned(), json!(services));
    }
    let page = client.page("productServiceOrders/getAll", &body, "ProductServiceOrders", count, reading.cursor).await;
    let page = match page {
        Ok(page) => page,
        Err(failure) => {
            match failure.kind {
                // Less is asked for from now on.
                Kind::TooHeavy if count > 1 => {
                    place.count = (count / 2).max(1);
                    place.keep(client).await?;
                }
                // A service or a cursor is not known any more: what can be ordered is read anew, and the interval too.
                Kind::Invalid => {
                    place.reading = None;
                    place.keep(client).await?;
                    Estate::forget(client).await?;
                    return Err(ConnectError::later(failure.error.to_string()));
                }
                _ => {}
            }
            return Err(match (failure.kind, failure.error) {
                (Kind::TooHeavy, ConnectError::Refused(why)) if count > 1 => ConnectError::later(why),
                (_, error) => error,
            });
        }
    };
    let is_last = page.cursor.is_none() || page.cursor == reading.cursor || page.objects.len() + page.odd < count;
    if !is_last {
        reading.cursor = page.cursor;
    } else if reading.batch + 1 < services.len() {
        (reading.batch, reading.cursor) = (reading.batch + 1, None);
    } else {
        let to = reading.to;
        place.until = place.until.max(to);
        place.reading = None;
        // Less is asked for only as long as it must be.
        place.count = (count * 2).min(PAGE);
    }
    Ok(Some(page))
}

/// An order that was listed.
struct Listed {
    id: Uuid,
    sent: Json,
    here: Option<Arc<Order>>,
    mirror: Mirror,
}

/// Takes over what a page says.
async fn take_over(
    client: &Client<'_>,
    estate: &Estate,
    services: &[Service],
    page: Page,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    pulled.seen += page.objects.len();
    if page.odd > 0 {
        problem(pulled, format!("{} entries of the listing are no orders", page.odd));
    }
    let mut news = Vec::new();
    for sent in page.objects {
        let Some(id) = id(Members::from(&sent), "Id") else {
            problem(pulled, "an order without an id was left out".to_owned());
            continue;
        };
        let here = known(client, id).await?;
        let mirror = match &here {
            Some(order) => Mirror::of(client.remote, order.serial).await?,
            None => Mirror::default(),
        };
        if !mirror.seen.as_ref().is_some_and(|seen| is_settled(seen, &sent)) {
            news.push(Listed { id, sent, here, mirror });
        }
    }
    // The oldest first: that is how they came to be.
    news.reverse();
    for _ in 0..ATTEMPTS {
        if news.is_empty() {
            return Ok(());
        }
        let details = Details::of(client, estate, services, &news, pulled).await?;
        let mut again = Vec::new();
        for listed in news {
            again.extend(take(client, estate, &details, listed, page.exchange, pulled).await?);
        }
        news = again;
    }
    Err(ConnectError::later("orders are being delivered while they are read"))
}

/// The order here that is known by an id there.
pub(super) async fn known(client: &Client<'_>, id: Uuid) -> Result<Option<Arc<Order>>, ConnectError> {
    let target = Target::Key { namespace: REMOTE_KEY.to_owned(), key: id.to_string() };
    Ok(client.remote.ledger.order(&client.remote.caller(), target).await?)
}

/// Whether an order was read when it was as it is now, and so long after its last change that nothing of the same
/// moment can have been missed.
fn is_settled(seen: &Seen, sent: &Json) -> bool {
    let quiet = seen.updated().zip(seen.at).is_some_and(|(updated, at)| at.duration_since(updated) > OVERLAP);
    quiet && seen.order == *sent
}

fn problem(pulled: &mut Pulled, what: String) {
    if pulled.problems.len() < PROBLEMS_LIMIT && !pulled.problems.contains(&what) {
        pulled.problems.push(what);
    }
}

/// Whether an order here is gone or called off: it is not handed over any more.
pub(super) const fn is_off(state: State) -> bool {
    matches!(state, State::Canceled | State::Deleted)
}
