//! What belongs to an order: its forms, its notes, its files, the photo of its front.

use super::super::call::{self, Answer, Failure, object, rows, said};
use super::super::mirror::Mirror;
use super::import::{now_of, put, text};
use super::{Round, about, notes};
use crate::connect::ConnectError;
use crate::ppw::ID;
use crate::ppw::map::items;
use crate::ppw::wire::{Members, bag, json, truth_of};
use docket_core::ids::{OrderId, Serial};
use docket_core::order::{Attachment, Form, Item, ItemKind, Order};
use serde_json::{Map, Value};

/// Under which id the front-of-house photo is kept.
const FRONT: &str = "foh";
/// Events that read what belongs to an order; of a source of another make not all are known.
const NOTES: &str = "get_notes";
const UPLOADS: &str = "get_file uploads";
const ON_NOTES: &str = "get_file job_notes";
const FORMS: &str = "get_pcr_json";
const FRONT_PHOTO: &str = "get_foh";

/// The forms that an order comes with, as items; what they ask is read later.
pub(super) fn forms(round: &Round<'_>, sent: &Members) -> Vec<Item> {
    let remote = round.client.remote;
    let item = |row: &Members| {
        let id = call::id(row, "pcr_form_id")?;
        let form = Form {
            name: format!("PCR form {id}"),
            template: id.clone(),
            version: text(row, "form_ver_id"),
            required: said(row, "form_required").as_deref() == Some("1"),
            ..Form::default()
        };
        let item = Item::new(id, items::origin(remote.connection.id), remote.now, form);
        Some(item.by(remote.caller().label).with_wire(json(row)))
    };
    items::bag_forms(sent).filter_map(item).collect()
}

/// Reads what the forms of an order ask, where that is not known.
async fn definitions(round: &mut Round<'_>, order: &Order) -> Result<(), ConnectError> {
    let connection = Some(round.client.remote.connection.id);
    let open = order.forms().filter(|(item, form)| item.origin.connection == connection && form.definition.is_none());
    for (item, form) in open {
        let asked = Map::from_iter([
            ("pcr_form_id".to_owned(), Value::String(item.id.clone())),
            ("form_ver_id".to_owned(), Value::String(form.version.clone())),
        ]);
        let came = round.client.event("get_pcr_json", &asked).await;
        let Some(Answer { data, exchange }) = round.tolerate(came)? else { continue };
        let Some(definition) = object(data).filter(|definition| !definition.is_empty()) else { continue };
        let inner = definition.get(&item.id).or_else(|| definition.values().next());
        let name = inner.and_then(|inner| inner.pointer("/options_pcr_forms/pcr_form_name")).and_then(Value::as_str);
        let form =
            Form { name: name.unwrap_or(&form.name).to_owned(), definition: Some(json(&definition)), ..form.clone() };
        put(round, order.id, vec![Item { body: form.into(), ..item.clone() }], Some(exchange)).await?;
    }
    Ok(())
}

/// What of an order that is new is still to be read.
pub(super) fn all() -> Vec<String> {
    [FORMS, NOTES, UPLOADS, ON_NOTES, FRONT_PHOTO].map(str::to_owned).into()
}

/// Reads what belongs to an order, in its turn; whether all could be had. Of one that is known only what a source may
/// have added, and what could not be had before. What was read is noted at once.
pub(super) async fn read(round: &mut Round<'_>, serial: Serial, is_new: bool) -> Result<bool, ConnectError> {
    let remote = round.client.remote;
    for what in [FORMS, NOTES, UPLOADS, ON_NOTES, FRONT_PHOTO] {
        let mut mirror = Mirror::of(remote, serial).await?;
        let (Some(order), Some(report)) = (now_of(round, serial).await?, mirror.id) else { return Ok(true) };
        let is_lacking = mirror.lacks.iter().any(|lacking| lacking == what);
        let may_be_more = match what {
            UPLOADS | ON_NOTES => true,
            // A source that tells notes of all orders told those already.
            NOTES => !round.flagged.1,
            _ => false,
        };
        if !is_lacking && (is_new || !may_be_more) {
            continue;
        }
        let is_whole = one(round, what, &order, &mirror, report).await?;
        let before = mirror.lacks.len();
        mirror.lacks.retain(|lacking| lacking != what);
        if !is_whole {
            mirror.lacks.push(what.to_owned());
        }
        if before != mirror.lacks.len() {
            mirror.keep(remote, serial).await?;
        }
    }
    Ok(Mirror::of(remote, serial).await?.lacks.is_empty())
}

/// Reads one of what belongs to an order; whether all of it could be had.
async fn one(
    round: &mut Round<'_>,
    what: &str,
    order: &Order,
    mirror: &Mirror,
    report: i64,
) -> Result<bool, ConnectError> {
    let ours = ("remote_report_id", Value::String(order.serial.to_string()));
    match what {
        FORMS => definitions(round, order).await.map(|()| true),
        FRONT_PHOTO => front(round, (order.id, order.serial), report).await,
        NOTES => {
            let Some(answer) = optional(round.client.event(NOTES, &about(report, &[ours])).await)? else {
                return Ok(need_not_know(round));
            };
            let exchange = answer.exchange;
            let (told, _) = rows(NOTES, answer)?;
            let new = told.iter().filter_map(|row| notes::read(round, order, mirror, row)).collect();
            put(round, order.id, new, Some(exchange)).await.map(|()| true)
        }
        _ => {
            let module = if what == UPLOADS { "uploads" } else { "job_notes" };
            let data = about(report, &[ours, ("module_type", module.into())]);
            let Some(answer) = optional(round.client.event("get_file", &data).await)? else {
                return Ok(need_not_know(round));
            };
            files(round, (order.id, order.serial), mirror, answer).await
        }
    }
}

/// What PPW said no to is asked for again; a source of another make need not know it at all.
fn need_not_know(round: &Round<'_>) -> bool {
    round.is_other
}

/// A source need not know every event: its no is none of our concern.
fn optional(came: Result<Answer, Failure>) -> Result<Option<Answer>, ConnectError> {
    match came {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.said_no => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Fetches the files of an answer that are not here yet; whether all could be had.
async fn files(
    round: &mut Round<'_>,
    (id, serial): (OrderId, Serial),
    mirror: &Mirror,
    answer: Answer,
) -> Result<bool, ConnectError> {
    let exchange = answer.exchange;
    let (listed, _) = rows("get_file", answer)?;
    let mut all = true;
    for row in &listed {
        let Some(file_id) = call::id(row, "file_id").filter(|file_id| !mirror.is_ours(file_id)) else { continue };
        let Some(order) = now_of(round, serial).await? else { return Ok(true) };
        let connection = round.client.remote.connection.id;
        if order.item(ItemKind::Attachment, Some(connection), &file_id).is_some() {
            continue;
        }
        let note = call::id(row, "note_id").filter(|note| !mirror.is_ours(note));
        match fetch(round, &order, row).await? {
            Ok(mut file) => {
                file.note = note;
                put(round, id, vec![item(round, file_id, file)], Some(exchange)).await?;
            }
            Err(why) => {
                all = false;
                round.problem(format!("a file of order {}: {why}", named(&order)));
            }
        }
    }
    Ok(all)
}

fn named(order: &Order) -> String {
    order.fields.number.clone().unwrap_or_else(|| order.serial.to_string())
}

fn item(round: &Round<'_>, id: String, file: Attachment) -> Item {
    let remote = round.client.remote;
    Item::new(id, items::origin(remote.connection.id), remote.now, file).by(remote.caller().label)
}

/// Fetches a file, whose URL leads there for a short while only; the inner error says why it could not be had.
async fn fetch(round: &Round<'_>, order: &Order, row: &Members) -> Result<Result<Attachment, String>, ConnectError> {
    let Some(url) = said(row, "s3_url") else { return Ok(Err("it has no s3_url".to_owned())) };
    let ledger = round.client.remote.ledger;
    let fetched = match ledger.fetch(&url).await? {
        Ok(fetched) if fetched.bytes.is_empty() => return Ok(Err("it is empty".to_owned())),
        Ok(fetched) => fetched,
        Err(why) => return Ok(Err(why)),
    };
    let name = said(row, "file_name").or_else(|| items::name_of_url(&url)).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let said_type = said(row, "file_type").filter(|kind| kind.contains('/'));
    let media_type = said_type.or_else(|| items::media_type(&name).map(str::to_owned));
    let media_type = media_type.or_else(|| Some(fetched.media_type.clone()).filter(|kind| !kind.is_empty()));
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    let size_bytes = i64::try_from(fetched.bytes.len()).unwrap_or(i64::MAX);
    let blob = ledger.keep_blob(fetched.bytes).await?;
    let name = if name.is_empty() { format!("{}-{}", order.serial, blob.get(..8).unwrap_or_default()) } else { name };
    Ok(Ok(Attachment {
        photo: media_type.starts_with("image/"),
        name,
        media_type,
        size_bytes,
        blob,
        caption: said(row, "file_desc").unwrap_or_default(),
        ..Attachment::default()
    }))
}

/// Fetches the photo by which the place is recognised, once, where the order says that there is one; whether it is
/// done.
async fn front(round: &mut Round<'_>, (id, serial): (OrderId, Serial), report: i64) -> Result<bool, ConnectError> {
    let Some(order) = now_of(round, serial).await? else { return Ok(true) };
    let connection = round.client.remote.connection.id;
    let has_front = bag(order.wire(ID)).get("has_foh").and_then(truth_of) == Some(true);
    if !has_front || order.item(ItemKind::Attachment, Some(connection), FRONT).is_some() {
        return Ok(true);
    }
    // To the source it is the importer that is remote; here the vendor names the order so all the same.
    let asked = Map::from_iter([("remote_report_id".to_owned(), Value::String(report.to_string()))]);
    let Some(Answer { data, exchange }) = optional(round.client.event(FRONT_PHOTO, &asked).await)? else {
        return Ok(need_not_know(round));
    };
    let Some(row) = object(data) else { return Ok(true) };
    match fetch(round, &order, &row).await? {
        // It may be among the uploads.
        Ok(file) if order.attachments().any(|(_, known)| known.blob == file.blob) => Ok(true),
        Ok(file) => {
            let file = Attachment { caption: "Front of house".to_owned(), photo: true, ..file };
            put(round, id, vec![item(round, FRONT.to_owned(), file)], Some(exchange)).await?;
            Ok(true)
        }
        Err(why) => {
            round.problem(format!("the front-of-house photo of order {}: {why}", named(&order)));
            Ok(false)
        }
    }
}
