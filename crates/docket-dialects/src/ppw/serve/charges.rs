//! Bids, completions and invoice lines: what they can be for, and what importers send.

use super::{Error, Session, order_asked_for};
use crate::ppw::map::items;
use crate::ppw::wire::sent::{SentItem, SentLine, SentWork};
use crate::ppw::wire::{self, EventData, Members, json};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind, service_id};
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::ledger::Fault;
use docket_core::order::{
    Acknowledgement, Body, Charge, ChargeKind, Command, Field, Item, ItemKind, Order, Task, Value as Held,
};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// The most entries of the catalogue in one list.
const CATALOGUE_LIMIT: usize = 500;
/// What a confirmed emptiness is kept under, among the importer's answers.
pub(super) const NOTHING_TO_SEND: &str = "bid_comp_confirm";

/// What bids, completions and invoice lines of an order can be for: its tasks, what its work type is made of, or
/// anything else. The first entry says nothing, as the vendor has it.
pub(super) async fn get_invoice_items_order(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let services = session.cx.ledger.services(&session.caller).await?;
    let mut list = Map::new();
    list.insert("0".to_owned(), Value::String(String::new()));
    for item in items::task_items(&order) {
        list.insert(item.id, Value::String(item.description));
    }
    for (id, name) in catalogue(&order, &services) {
        list.insert(id.to_string(), Value::String(name));
    }
    list.insert(items::OTHER.to_owned(), Value::String("Other".to_owned()));
    Ok(json(&list))
}

/// The catalogue's entries that belong to an order: the products of what was ordered, and that itself where the order
/// has no tasks.
fn catalogue(order: &Order, services: &Arc<Vec<Service>>) -> Vec<(Uuid, String)> {
    let ordered = order.fields.service.as_deref().map(str::trim).filter(|service| !service.is_empty());
    let Some(ordered) = ordered else { return Vec::new() };
    let ordered = Uuid::try_parse(ordered).unwrap_or_else(|_| service_id(order.account, ordered));
    let is_part = |service: &&Service| {
        service.active
            && match service.kind {
                ServiceKind::Product => service.parent == Some(ordered),
                _ => service.id == ordered && order.fields.tasks.is_empty(),
            }
    };
    let mut found: Vec<&Service> = services.iter().filter(is_part).take(CATALOGUE_LIMIT).collect();
    found.sort_by_key(|service| service.ordering);
    found.into_iter().map(|service| (service.id, service.name.clone())).collect()
}

/// Names of the catalogue entries that ids of the caller may stand for.
async fn names(session: &Session<'_>, ids: impl Iterator<Item = &str>) -> Result<Vec<(Uuid, String)>, Fault> {
    let wanted: HashSet<Uuid> = ids.filter_map(|id| Uuid::try_parse(id).ok()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let services = session.cx.ledger.services(&session.caller).await?;
    let named = services.iter().filter(|service| wanted.contains(&service.id));
    Ok(named.map(|service| (service.id, service.name.clone())).collect())
}

/// Who sends charges, when, and what they said besides.
#[derive(Clone)]
struct Sender {
    connection: ConnectionId,
    name: String,
    at: Timestamp,
}

impl Sender {
    fn of(session: &Session<'_>) -> Sender {
        Sender { connection: session.id(), name: session.connection.name.clone(), at: session.cx.now }
    }

    fn item(&self, id: String, charge: Charge, wire: Option<String>) -> Item {
        Item {
            id,
            place: 0,
            origin: items::origin(self.connection),
            author: self.name.clone(),
            at: self.at,
            wire,
            body: Body::Charge(charge),
        }
    }
}

/// A charge's id: the sender's bids, completions and lines are numbered apart.
fn charge_id(kind: ChargeKind, key: &str) -> String {
    let word = match kind {
        ChargeKind::Bid => "bid",
        ChargeKind::Completion => "completion",
        ChargeKind::Invoice => "line",
    };
    format!("{word}:{key}")
}

/// One item, bid for or completed or both. Photos are tied to it and get their stage; a task it completes is done.
pub(super) async fn send_bid_comp(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    const KNOWN: &[&str] = &["dst_report_id"];
    let serial = data.serial("dst_report_id")?;
    let sent = SentItem::read(data)?;
    let named = names(session, sent.item.as_deref().into_iter()).await?;
    let (sender, kept) = (Sender::of(session), wire::rest(data.members(), KNOWN));
    let propose = move |order: &Order| {
        let mut command = Command::default();
        for (kind, work) in [(ChargeKind::Bid, &sent.bid), (ChargeKind::Completion, &sent.completion)] {
            let Some(work) = work else { continue };
            let charge = charge(order, &sent, kind, work, &named, sender.connection);
            command.put.push(sender.item(charge_id(kind, &sent.key), charge, kept.clone()));
        }
        command.put.extend(staged(order, &sent, sender.connection));
        if let (Some(_), Some(tasks)) = (&sent.completion, done(order, sent.item.as_deref())) {
            command = command.with(Field::Tasks, Held::Tasks(tasks));
        }
        Ok(command)
    };
    session.change(serial, propose).await?;
    Ok("null".to_owned())
}

fn charge(
    order: &Order,
    sent: &SentItem,
    kind: ChargeKind,
    work: &SentWork,
    named: &[(Uuid, String)],
    connection: ConnectionId,
) -> Charge {
    let (item, description) = items::item_of(order, sent.item.as_deref(), named);
    let own = sent.photos.iter().filter(|photo| photo.is_bid == matches!(kind, ChargeKind::Bid));
    // A photo that has not come yet is known by the id it will come under.
    let photo = |id: &String| {
        items::find(order, ItemKind::Attachment, id, connection).map_or_else(|| id.clone(), |item| item.id.clone())
    };
    let mut photos: Vec<String> = Vec::new();
    for id in own.map(|flag| photo(&flag.file_id)) {
        if !photos.contains(&id) {
            photos.push(id);
        }
    }
    Charge {
        kind,
        item,
        description: if sent.description.is_empty() { description } else { sent.description.clone() },
        quantity: work.quantity,
        unit_price: work.unit_price,
        comment: work.comment.clone(),
        flat_fee: false,
        photos,
    }
}

/// The photos that are there, with the stage and the task they were said to show.
fn staged(order: &Order, sent: &SentItem, connection: ConnectionId) -> Vec<Item> {
    let place = sent.item.as_deref().and_then(|item| items::task_of(order, item));
    let task = place.and_then(|place| order.fields.tasks.get(place)).map(|task| &task.name);
    let staged = sent.photos.iter().filter_map(|flag| {
        let item = items::find(order, ItemKind::Attachment, &flag.file_id, connection)?;
        let Body::Attachment(file) = &item.body else { return None };
        let mut file = file.clone();
        file.stage = flag.stage.or(file.stage);
        file.task = file.task.or_else(|| task.cloned());
        Some(Item { body: Body::Attachment(file), ..item.clone() })
    });
    staged.collect()
}

/// The tasks with the one done that an item stands for; `None` when nothing changes.
fn done(order: &Order, item: Option<&str>) -> Option<Vec<Task>> {
    let place = items::task_of(order, item?)?;
    let mut tasks = order.fields.tasks.clone();
    let task = tasks.get_mut(place).filter(|task| !task.done)?;
    task.done = true;
    Some(tasks)
}

/// There are no bids and completions: kept with the importer's answers about the order, once.
pub(super) async fn bid_comp_confirm(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let acknowledgement = Acknowledgement {
        connection: session.id(),
        transaction: NOTHING_TO_SEND.to_owned(),
        success: true,
        reason: Some("There are no bids and completions.".to_owned()),
        at: session.cx.now,
    };
    let propose = move |_: &Order| Ok(Command { acknowledge: Some(acknowledgement.clone()), ..Command::default() });
    session.change(serial, propose).await?;
    Ok("null".to_owned())
}

/// The lines of a contractor's invoice. A line sent again is that line anew; others stay. The order does not move:
/// the contractor asks to be paid, which is not to say that the client was billed.
pub(super) async fn send_contractor_invoice(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    const KNOWN: &[&str] = &["line_id", "quantity", "price", "item_desc", "flat_fee"];
    let serial = data.serial("dst_report_id")?;
    let ours = data.get("dst_invoice_item_ids").or_else(|| data.get("dst_invoice_item_id"));
    let ours = ours.filter(|ours| ours.is_object() || ours.is_array()).cloned();
    let comment = data.text("comment")?.unwrap_or_default();
    let rows = data.list(&["invoice_lines"])?;
    let read = |row: &&Members| Ok((SentLine::read(row, ours.as_ref())?, wire::rest(row, KNOWN)));
    let lines = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    let named = names(session, lines.iter().filter_map(|(line, _)| line.item.as_deref())).await?;
    let sender = Sender::of(session);
    let propose = move |order: &Order| {
        let put = lines.iter().map(|(line, kept)| {
            let (item, description) = items::item_of(order, line.item.as_deref(), &named);
            let charge = Charge {
                kind: ChargeKind::Invoice,
                description: line.item_desc.clone().filter(|_| description.is_empty()).unwrap_or(description),
                item,
                quantity: line.quantity,
                unit_price: line.price,
                comment: comment.clone(),
                flat_fee: line.flat_fee,
                photos: Vec::new(),
            };
            sender.item(charge_id(ChargeKind::Invoice, &line.line_id), charge, kept.clone())
        });
        Ok(Command { put: put.collect(), ..Command::default() })
    };
    session.change(serial, propose).await?;
    Ok("null".to_owned())
}
