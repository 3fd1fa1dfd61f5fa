//! What belongs to the orders of a page: lines, notes, owners, and what their services are called here.

use super::super::call::{Client, Failure, Json, Kind, id, object, text};
use super::super::estate::Estate;
use super::super::marked;
use super::super::notes::{self, SeenNote};
use super::{Listed, problem};
use crate::connect::{ConnectError, Pulled};
use crate::mews::map::{Account, Seen, SeenLine, Word, is_additional};
use crate::mews::wire::{MAX_ITEMS, Members};
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::ids::{OrderId, Uuid};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// A line that was listed.
struct ListedLine {
    /// Where it stands among those of its order.
    place: String,
    is_off: bool,
    line: SeenLine,
}

/// What belongs to the orders of a page.
pub(super) struct Details {
    /// Lines by order; `None` when they may not be read.
    lines: Option<HashMap<Uuid, Vec<ListedLine>>>,
    /// The orders here that lines name, by order there.
    pub(super) marks: HashMap<Uuid, OrderId>,
    /// Notes by order; `None` when they may not be read.
    pub(super) notes: Option<HashMap<Uuid, Vec<SeenNote>>>,
    accounts: HashMap<Uuid, Account>,
    /// What services are called here.
    names: HashMap<Uuid, String>,
}

impl Details {
    pub(super) async fn of(
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
    pub(super) fn seen(&self, client: &Client<'_>, estate: &Estate, listed: &Listed) -> Seen {
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
            Some(entry) if entry.kind == ServiceKind::Work => entry.name.clone(),
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
pub(in crate::mews::connect) fn allowed<T>(found: Result<T, Failure>) -> Result<Result<T, String>, ConnectError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(failure) if failure.kind == Kind::NotAllowed => Ok(Err(failure.error.to_string())),
        Err(failure) => Err(failure.into()),
    }
}
