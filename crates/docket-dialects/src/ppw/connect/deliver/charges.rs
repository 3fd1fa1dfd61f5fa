//! Bids, completions and contractor invoices.

use super::super::call::object;
use super::super::mirror::Thing;
use super::super::{COMPLETE_TASKS, CONFIRM_EMPTY};
use super::{Delivery, digest, figure, files};
use crate::connect::ConnectError;
use crate::ppw::map::items;
use crate::ppw::wire::{Members, json, text_of};
use docket_core::order::{Attachment, Charge, ChargeKind, Item, Order, Stage, Task};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How the vendor's sample marks an item that is on no list.
const FREE: &str = "***other***";

/// `send_bid_comp`: one item per call.
#[derive(Clone, Serialize)]
struct SendBidComp {
    dst_report_id: String,
    dest_invoice_item_id: String,
    src_invoice_item_id: String,
    invoice_item_desc: String,
    qty_bid: String,
    client_price_bid: String,
    bid_note: String,
    qty_comp: String,
    comp_note: String,
    photo_flag_data: Vec<WorkPhoto>,
    remote_id: String,
    total_items: usize,
    cur_index: usize,
}

#[derive(Clone, Serialize)]
struct WorkPhoto {
    file_id: String,
    work_type: &'static str,
    stage: &'static str,
}

/// Something bid for or done, before it is said.
struct Work {
    thing: Thing,
    item: String,
    sent: SendBidComp,
}

/// Sends bids and completions; tasks that are done count as completed.
pub(super) async fn work(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let all = all_work(delivery);
    if all.is_empty() {
        return confirm(delivery).await;
    }
    let (total, mut count) = (all.len(), 0);
    let mut list: Option<Vec<(String, String)>> = None;
    for (index, Work { thing, item, sent }) in all.into_iter().enumerate() {
        let said = digest(&[&json(&sent)]);
        let place = delivery.mirror.place(delivery.order.serial, thing.clone());
        if delivery.has(place, &said) {
            continue;
        }
        let known = match list.take() {
            Some(list) => list,
            None => match invoice_items(delivery).await? {
                Some(list) => list,
                None => break,
            },
        };
        let dest_invoice_item_id = on_list(&known, &[&item, &sent.invoice_item_desc]).unwrap_or_default();
        list = Some(known);
        let data = |id: &str| SendBidComp {
            dest_invoice_item_id,
            src_invoice_item_id: id.to_owned(),
            remote_id: id.to_owned(),
            total_items: total,
            cur_index: index,
            ..sent
        };
        count += usize::from(delivery.say_once(thing, said, "send_bid_comp", data).await?);
    }
    delivery.count(count, "bid or completion", "bids and completions");
    Ok(())
}

fn all_work(delivery: &Delivery<'_>) -> Vec<Work> {
    let order = delivery.order;
    let charges = order.charges().filter(|(item, charge)| {
        item.origin.connection != order.origin.connection && !matches!(charge.kind, ChargeKind::Invoice)
    });
    let mut all: Vec<Work> = charges.map(|(item, charge)| of_charge(delivery, item, charge)).collect();
    if !delivery.client.remote.connection.flag(COMPLETE_TASKS, true) {
        return all;
    }
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for task in &order.fields.tasks {
        let place = met.entry(&task.name).or_default();
        *place += 1;
        if task.done && !is_charged(order, task) {
            all.push(of_task(delivery, task, *place));
        }
    }
    all
}

/// Whether somebody reported a task as completed otherwise.
fn is_charged(order: &Order, task: &Task) -> bool {
    let names = [task.key.as_deref(), Some(task.name.as_str())];
    order.charges().any(|(_, charge)| {
        let said = [charge.item.as_deref(), Some(charge.description.as_str())];
        let is_it = said.iter().flatten().any(|said| !said.is_empty() && names.contains(&Some(said)));
        matches!(charge.kind, ChargeKind::Completion) && is_it
    })
}

fn empty(delivery: &Delivery<'_>) -> SendBidComp {
    SendBidComp {
        dst_report_id: delivery.report(),
        dest_invoice_item_id: String::new(),
        src_invoice_item_id: String::new(),
        invoice_item_desc: String::new(),
        qty_bid: String::new(),
        client_price_bid: String::new(),
        bid_note: String::new(),
        qty_comp: String::new(),
        comp_note: String::new(),
        photo_flag_data: Vec::new(),
        remote_id: String::new(),
        total_items: 0,
        cur_index: 0,
    }
}

fn of_charge(delivery: &Delivery<'_>, item: &Item, charge: &Charge) -> Work {
    let is_bid = matches!(charge.kind, ChargeKind::Bid);
    let quantity = figure(charge.quantity.unwrap_or(1.0));
    let photos = charge.photos.iter().filter_map(|id| files::photo(delivery, item.origin.connection, id));
    let photos = photos.map(|(file_id, file)| work_photo(file_id, file, is_bid)).collect();
    let task = delivery.order.fields.tasks.iter().find(|task| {
        let item = charge.item.as_deref();
        item.is_some() && (task.key.as_deref() == item || Some(task.name.as_str()) == item)
    });
    let called = task.map_or_else(|| charge.item.clone().unwrap_or_default(), |task| task.name.clone());
    let mut sent = empty(delivery);
    sent.invoice_item_desc = if charge.description.is_empty() { called.clone() } else { charge.description.clone() };
    sent.photo_flag_data = photos;
    if is_bid {
        sent.qty_bid = quantity;
        sent.client_price_bid = charge.unit_price.map(figure).unwrap_or_default();
        sent.bid_note.clone_from(&charge.comment);
    } else {
        sent.qty_comp = quantity;
        sent.comp_note.clone_from(&charge.comment);
    }
    Work { thing: Thing::of(item), item: called, sent }
}

/// A task that is done; `place` tells apart several of one name.
fn of_task(delivery: &Delivery<'_>, task: &Task, place: usize) -> Work {
    let own = delivery.order.attachments().filter(|(_, file)| file.photo && file.task.as_deref() == Some(&task.name));
    let photos = own.filter_map(|(item, file)| Some(work_photo(files::id_there(delivery, item)?, file, false)));
    let mut sent = empty(delivery);
    sent.invoice_item_desc.clone_from(&task.name);
    sent.qty_comp = figure(task.quantity.unwrap_or(1.0));
    sent.photo_flag_data = photos.collect();
    Work { thing: Thing::named("task", &format!("{}\u{1f}{place}", task.name)), item: task.name.clone(), sent }
}

fn work_photo(file_id: String, file: &Attachment, is_bid: bool) -> WorkPhoto {
    let stage = match file.stage {
        Some(Stage::Before) => "b",
        Some(Stage::During) => "i",
        Some(Stage::After) => "a",
        None if is_bid => "b",
        None => "a",
    };
    WorkPhoto { file_id, work_type: if is_bid { "b" } else { "c" }, stage }
}

/// What bids, completions and invoice lines of the order can be for: id and description.
///
/// `None` when they could not be had just now.
async fn invoice_items(delivery: &mut Delivery<'_>) -> Result<Option<Vec<(String, String)>>, ConnectError> {
    let mut data = Members::new();
    data.insert("report_id".to_owned(), Value::String(delivery.report()));
    let answer = match delivery.client.event("get_invoice_items_order", &data).await {
        Ok(answer) => answer,
        Err(failure) if failure.said_no => return Ok(Some(Vec::new())),
        Err(failure) => return delivery.miss(failure).map(|()| None),
    };
    let list = object(answer.data).unwrap_or_default();
    Ok(Some(list.into_iter().filter_map(|(id, name)| Some((id, text_of(&name)?))).collect()))
}

/// The entry of the list that is called so.
fn on_list(list: &[(String, String)], names: &[&str]) -> Option<String> {
    let named = |name: &&str| {
        let name = name.trim();
        let same = |(id, known): &&(String, String)| !items_free(id) && known.trim().eq_ignore_ascii_case(name);
        if name.is_empty() { None } else { list.iter().find(same).map(|(id, _)| id.clone()) }
    };
    names.iter().find_map(named)
}

fn items_free(id: &str) -> bool {
    id == "0" || id == items::OTHER
}

/// Says that there is nothing, where that is wanted, before the order is ready for the office.
async fn confirm(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let wanted = delivery.client.remote.connection.flag(CONFIRM_EMPTY, false);
    if !wanted || delivery.mirror.confirmed || !delivery.order.state.is_done() || delivery.mirror.ended.is_some() {
        return Ok(());
    }
    let data = BTreeMap::from([("dst_report_id", delivery.report())]);
    if delivery.say("bid_comp_confirm", &data, &[]).await? {
        delivery.mirror.confirmed = true;
        delivery.keep().await?;
        delivery.said.push("no bids and completions".to_owned());
    }
    Ok(())
}

/// `send_contractor_invoice`.
#[derive(Serialize)]
struct SendContractorInvoice {
    dst_report_id: String,
    dst_invoice_item_ids: Members,
    comment: String,
    invoice_lines: Vec<InvoiceLine>,
}

#[derive(Clone, Serialize)]
struct InvoiceLine {
    line_id: String,
    invoice_item_id: String,
    quantity: String,
    price: String,
    item_desc: String,
    flat_fee: &'static str,
}

/// Sends the lines of contractors' invoices that are not there as they are; those of one comment together.
pub(super) async fn invoices(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let order = delivery.order;
    let own = order.charges().filter(|(item, charge)| {
        item.origin.connection != order.origin.connection && matches!(charge.kind, ChargeKind::Invoice)
    });
    let mut due: BTreeMap<&str, Vec<(usize, String, &Charge)>> = BTreeMap::new();
    for (item, charge) in own {
        let place = delivery.mirror.place(order.serial, Thing::of(item));
        let said = digest(&[&json(charge)]);
        if !delivery.has(place, &said) {
            due.entry(charge.comment.as_str()).or_default().push((place, said, charge));
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    let Some(list) = invoice_items(delivery).await? else { return Ok(()) };
    let mut count = 0;
    for (comment, lines) in due {
        let places: Vec<usize> = lines.iter().map(|(place, _, _)| *place).collect();
        let digests: Vec<String> = lines.iter().map(|(_, said, _)| said.clone()).collect();
        delivery.begin(&places, &digests).await?;
        let mut data = SendContractorInvoice {
            dst_report_id: delivery.report(),
            dst_invoice_item_ids: Members::new(),
            comment: comment.to_owned(),
            invoice_lines: Vec::new(),
        };
        for (place, _, charge) in lines {
            let line_id = delivery.id_at(place);
            let item = charge.item.as_deref().unwrap_or_default();
            let known = on_list(&list, &[item, &charge.description]);
            let item_desc = if known.is_none() { charge.description.clone() } else { String::new() };
            let meant = known.unwrap_or_else(|| FREE.to_owned());
            data.dst_invoice_item_ids.insert(line_id.clone(), Value::String(meant));
            data.invoice_lines.push(InvoiceLine {
                invoice_item_id: line_id.clone(),
                line_id,
                quantity: figure(charge.quantity.unwrap_or(1.0)),
                price: figure(charge.unit_price.unwrap_or(0.0)),
                item_desc,
                flat_fee: if charge.flat_fee { "1" } else { "0" },
            });
        }
        if delivery.say("send_contractor_invoice", &data, &places).await? {
            count += places.len();
        }
    }
    delivery.count(count, "invoice line", "invoice lines");
    Ok(())
}
