//! Looking for news: orders by when they were updated, and what belongs to those that are new.

use super::call::{Client, Json, Kind, PAGE, Page, id, object, text};
use super::estate::Estate;
use super::marked;
use super::mirror::Mirror;
use super::notes::{self, SeenNote};
use super::place::{OVERLAP, Place};
use crate::connect::{ConnectError, Pulled, REMOTE_KEY};
use crate::mews::map::{
    Account, Seen, SeenLine, Word, change_from_remote, creation_from_remote, is_additional, order_id,
};
use crate::mews::wire::{MAX_ITEMS, Members, utc};
use docket_core::catalogue::Service;
use docket_core::ids::{ExchangeId, OrderId, Uuid};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many pages are read in one round.
const PAGES_AT_ONCE: usize = 10;
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
    if news.is_empty() {
        return Ok(());
    }
    let details = Details::of(client, estate, services, &news, pulled).await?;
    for listed in news {
        take(client, estate, &details, listed, page.exchange, pulled).await?;
    }
    Ok(())
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

/// A line that was listed.
struct ListedLine {
    /// Where it stands among those of its order.
    place: String,
    is_off: bool,
    line: SeenLine,
}

/// What belongs to the orders of a page.
struct Details {
    /// Lines by order; `None` when they may not be read.
    lines: Option<HashMap<Uuid, Vec<ListedLine>>>,
    /// The orders here that lines name, by order there.
    marks: HashMap<Uuid, OrderId>,
    /// Notes by order; `None` when they may not be read.
    notes: Option<HashMap<Uuid, Vec<SeenNote>>>,
    accounts: HashMap<Uuid, Account>,
    /// What services are called here.
    names: HashMap<Uuid, String>,
}

impl Details {
    async fn of(
        client: &Client<'_>,
        estate: &Estate,
        services: &[Service],
        news: &[Listed],
        pulled: &mut Pulled,
    ) -> Result<Details, ConnectError> {
        let ids: Vec<Uuid> = news.iter().map(|listed| listed.id).collect();
        let mut details = Details {
            lines: None,
            marks: HashMap::new(),
            notes: None,
            accounts: HashMap::new(),
            names: names(estate, services),
        };
        let body = object(json!({"ServiceOrderIds": ids}));
        match allowed(client.all("orderItems/getAll", &body, "OrderItems").await)? {
            Ok(items) => details.read_items(estate, &items),
            Err(why) => problem(pulled, format!("orders came without their lines: {why}")),
        }
        match notes::listed(client, &ids).await? {
            Ok(notes) => details.notes = Some(notes),
            Err(why) => problem(pulled, format!("orders came without their notes: {why}")),
        }
        for (kind, operation, filter, list) in [
            ("Customer", "customers/getAll", "CustomerIds", "Customers"),
            ("Company", "companies/getAll", "Ids", "Companies"),
        ] {
            let accounts = accounts_of(news, kind);
            if accounts.is_empty() {
                continue;
            }
            let mut body = object(json!({filter: accounts}));
            if kind == "Customer" {
                body.insert("Extent".to_owned(), json!({"Customers": true, "Documents": false, "Addresses": false}));
            }
            match allowed(client.all(operation, &body, list).await)? {
                Ok(people) => details.accounts.extend(people.iter().filter_map(account)),
                Err(why) => problem(pulled, format!("orders came without the names of their owners: {why}")),
            }
        }
        Ok(details)
    }

    fn read_items(&mut self, estate: &Estate, items: &[Json]) {
        let mut lines: HashMap<Uuid, Vec<ListedLine>> = HashMap::new();
        for item in items {
            let item = Members::from(item);
            let Some(order) = id(item, "ServiceOrderId") else { continue };
            if let Some(mark) = text(item, "ExternalIdentifier").and_then(marked) {
                self.marks.insert(order, mark);
            }
            let line = SeenLine::of(item, &estate.prices);
            // In the order they came to be; those of one moment as they name themselves.
            let place = format!(
                "{}\u{1f}{}\u{1f}{}",
                text(item, "CreatedUtc").unwrap_or_default(),
                line.key.as_deref().unwrap_or_default(),
                text(item, "Id").unwrap_or_default()
            );
            lines.entry(order).or_default().push(ListedLine { place, is_off: SeenLine::is_off(item), line });
        }
        lines.values_mut().for_each(|lines| lines.sort_by(|a, b| a.place.cmp(&b.place)));
        self.lines = Some(lines);
    }

    /// An order with what belongs to it.
    fn seen(&self, client: &Client<'_>, estate: &Estate, listed: &Listed) -> Seen {
        let members = Members::from(&listed.sent);
        let service = id(members, "ServiceId");
        // With an order its lines are called off: which there were is still to be seen.
        let is_off = text(members, "State") == Some(Word::Canceled.text());
        let lines = self.lines.as_ref().map(|lines| {
            let own = lines.get(&listed.id).map(Vec::as_slice).unwrap_or_default();
            own.iter().filter(|line| is_off || !line.is_off).map(|line| line.line.clone()).collect()
        });
        Seen {
            service: service.and_then(|service| self.names.get(&service).cloned()),
            title: service.and_then(|service| estate.name_of(service)).map(str::to_owned),
            account: id(members, "AccountId").and_then(|account| self.accounts.get(&account).cloned()),
            lines,
            at: Some(client.remote.now),
            order: listed.sent.clone(),
        }
    }
}

/// What services there are called here: the id of a catalogue entry where there is one, else their name.
fn names(estate: &Estate, services: &[Service]) -> HashMap<Uuid, String> {
    let mut names = HashMap::new();
    let by_name: HashMap<String, &Service> = services
        .iter()
        .filter(|entry| is_additional(entry.kind) && entry.active)
        .map(|entry| (entry.name.trim().to_lowercase(), entry))
        .collect();
    for sold in &estate.services {
        let same = services.iter().find(|entry| entry.id == sold.id);
        let known = same.or_else(|| by_name.get(&sold.name.to_lowercase()).copied());
        let name = match known {
            // Work types are named by name, as every dialect does.
            Some(entry) if entry.kind == docket_core::catalogue::ServiceKind::Work => entry.name.clone(),
            Some(entry) => entry.id.to_string(),
            None if sold.name.is_empty() => continue,
            None => sold.name.clone(),
        };
        names.insert(sold.id, name);
    }
    names
}

fn accounts_of(news: &[Listed], kind: &str) -> Vec<Uuid> {
    let of_kind = news
        .iter()
        .map(|listed| Members::from(&listed.sent))
        .filter(|sent| text(*sent, "AccountType").unwrap_or("Customer") == kind);
    let ids: HashSet<Uuid> = of_kind.filter_map(|sent| id(sent, "AccountId")).collect();
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.truncate(MAX_ITEMS);
    ids
}

/// Whom an account is.
fn account(sent: &Json) -> Option<(Uuid, Account)> {
    let members = Members::from(sent);
    let first_last = [text(members, "FirstName"), text(members, "LastName")];
    let person = first_last.into_iter().flatten().map(str::trim).collect::<Vec<_>>().join(" ");
    let owned = |name| text(members, name).map(str::to_owned);
    let account = Account {
        name: text(members, "Name").map(str::to_owned).filter(|_| person.is_empty()).unwrap_or(person),
        email: owned("Email").or_else(|| owned("InvoicingEmail")),
        phone: owned("Phone").or_else(|| owned("Telephone")),
    };
    Some((id(members, "Id")?, account))
}

/// What is read only where the tokens allow it: the inner error says why it may not be.
pub(super) fn allowed<T>(found: Result<T, super::call::Failure>) -> Result<Result<T, String>, ConnectError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(failure) if failure.kind == Kind::NotAllowed => Ok(Err(failure.error.to_string())),
        Err(failure) => Err(failure.into()),
    }
}

/// Takes over one order.
async fn take(
    client: &Client<'_>,
    estate: &Estate,
    details: &Details,
    mut listed: Listed,
    exchange: ExchangeId,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let seen = details.seen(client, estate, &listed);
    let mut keys = Vec::new();
    if listed.here.is_none()
        && let Some(mark) = details.marks.get(&listed.id)
        && let Some(order) = client.remote.ledger.order(&client.remote.caller(), Target::Id(*mark)).await?
    {
        let mirror = Mirror::of(client.remote, order.serial).await?;
        match mirror.id {
            // The answer of the call that added it was lost.
            None if mirror.intent.is_some() => {
                keys.push(client.remote.key(&listed.id.to_string()));
                (listed.here, listed.mirror) = (Some(order), mirror);
            }
            Some(known) if known != listed.id => {
                let number = seen.number();
                problem(pulled, format!("order {number} there is a second copy of our order {}", order.serial));
                return Ok(());
            }
            _ => {}
        }
    }
    let remote_notes = details.notes.as_ref().map(|notes| notes.get(&listed.id).map_or(&[][..], Vec::as_slice));
    match listed.here {
        Some(order) => {
            let mirror = Mirror { id: Some(listed.id), ..listed.mirror };
            let change = Change { seen, keys, notes: remote_notes, exchange };
            update(client, estate, &order, mirror, change, pulled).await
        }
        None => create(client, estate, (listed.id, seen), remote_notes, exchange, pulled).await,
    }
}

/// What became of an order there.
struct Change<'a> {
    seen: Seen,
    keys: Vec<docket_core::order::ExternalKey>,
    notes: Option<&'a [SeenNote]>,
    exchange: ExchangeId,
}

async fn update(
    client: &Client<'_>,
    estate: &Estate,
    order: &Order,
    mut mirror: Mirror,
    change: Change<'_>,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let is_theirs = remote.is_origin_of(order);
    if let Some(intent) = mirror.intent.take() {
        mirror.told = intent.told;
    }
    let told = match change.notes {
        Some(notes) => notes::compare(remote, order, &mut mirror, notes),
        None => Command::default(),
    };
    let before = mirror.seen.replace(change.seen.clone());
    let was_off = before.as_ref().and_then(Seen::word) == Some(Word::Canceled);
    if was_off && change.seen.word() != Some(Word::Canceled) {
        mirror.canceled = false;
    }
    let (seen, keys, prices) = (change.seen, change.keys, estate.prices.clone());
    let number = seen.number().to_owned();
    let request = Request::change(Target::Id(order.id), move |order| {
        let mut command = change_from_remote(order, before.as_ref(), &seen, &prices, is_theirs);
        command.keys.clone_from(&keys);
        command.put.clone_from(&told.put);
        command.remove.clone_from(&told.remove);
        Ok(command)
    });
    let outcome = remote.submit(Some(change.exchange), request, Some((order.serial, mirror.text()))).await?;
    settle(outcome, &number, pulled);
    Ok(())
}

async fn create(
    client: &Client<'_>,
    estate: &Estate,
    (id, seen): (Uuid, Seen),
    notes: Option<&[SeenNote]>,
    exchange: ExchangeId,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let key = remote.key(&id.to_string());
    let number = seen.number().to_owned();
    let mut mirror = Mirror { id: Some(id), ..Mirror::default() };
    let mut command = creation_from_remote(order_id(remote.connection.id, id), &seen, &estate.prices);
    command.put = notes::first(remote, &mut mirror, notes.unwrap_or_default());
    command.keys.push(key.clone());
    mirror.seen = Some(seen);
    let target = Target::Key { namespace: key.namespace, key: key.key };
    let request = Request::new(target, move |order| match order {
        // Somebody was faster; the next round compares.
        Some(_) => Ok(Command::default()),
        None => Ok(command.clone()),
    });
    let outcome = remote.submit(Some(exchange), request, None).await?;
    if let Some(Outcome::Done(done)) = &outcome
        && done.created
    {
        mirror.keep(remote, done.order.serial).await?;
    }
    settle(outcome, &number, pulled);
    Ok(())
}

fn settle(outcome: Option<Outcome>, number: &str, pulled: &mut Pulled) {
    match outcome {
        Some(Outcome::Done(done)) => pulled.changed += usize::from(done.changed),
        // It was deleted here, and stays so.
        Some(Outcome::Rejected(Rejection::Taken { .. })) | None => {}
        Some(Outcome::Rejected(rejection)) => problem(pulled, format!("order {number}: {rejection}")),
        Some(Outcome::Outdated) => problem(pulled, format!("order {number} changed meanwhile")),
    }
}

/// Whether an order here is gone or called off: it is not handed over any more.
pub(super) const fn is_off(state: State) -> bool {
    matches!(state, State::Canceled | State::Deleted)
}
