//! Photos and documents, in and out.

use super::{Error, Session, company, order_asked_for, remote_report_id};
use crate::form;
use crate::ppw::map::items;
use crate::ppw::wire::sent::{SentFile, WorkPhoto};
use crate::ppw::wire::{self, Elements, EventData, FileRow, FrontPhoto, PhotoMetadata, json};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Fault, FileLink, Target};
use docket_core::order::{Attachment, Body, Command, Item, ItemKind, Order, Stage};
use jiff::SignedDuration;
use serde_json::json;

/// How long the URLs handed out lead to their files.
const URL_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// The longest file name kept.
const NAME_CHARS: usize = 255;
/// A megabyte of the vendor's.
const MEGABYTE: i64 = 1024 * 1024;

/// Keeps a file: the part `file` of a multipart body, else what the URL leads to. The file that came first under an
/// id stays; sent again it is not even fetched.
pub(super) async fn send_file(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let sent = SentFile::read(data)?;
    let order = session.cx.ledger.order(&session.caller, Target::Serial(serial)).await?;
    let order = order.ok_or(Error::UnknownOrder(serial))?;
    let connection = session.id();
    if own_file(&order, &sent.file_id, connection).is_some() {
        return Ok("null".to_owned());
    }
    let (name, bytes) = content(session, &sent).await?;
    let media_type = items::media_type(&name).ok_or_else(|| Error::FileType(name.clone()))?;
    if bytes.is_empty() {
        return Err(Error::invalid("file", "is empty"));
    }
    let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let blob = session.cx.ledger.keep_blob(bytes).await?;
    let is_image = media_type.starts_with("image/");
    let attachment = Attachment {
        photo: is_image && sent.is_photo.unwrap_or(true),
        name,
        media_type: media_type.to_owned(),
        size_bytes,
        blob,
        note: sent.note_id,
        ..Attachment::default()
    };
    let item = Item {
        id: sent.file_id,
        place: 0,
        origin: items::origin(connection),
        author: session.connection.name.clone(),
        at: session.cx.now,
        wire: kept(data),
        body: Body::Attachment(attachment),
    };
    let request = move |order: &Order| {
        if own_file(order, &item.id, connection).is_some() {
            return Ok(Command::default());
        }
        let mut item = item.clone();
        if let Body::Attachment(file) = &mut item.body {
            file.stage = flagged_stage(order, &item.id, connection);
        }
        Ok(Command { put: vec![item], ..Command::default() })
    };
    session.change(serial, request).await?;
    Ok("null".to_owned())
}

fn own_file<'a>(order: &'a Order, id: &str, connection: ConnectionId) -> Option<&'a Item> {
    let found = items::find(order, ItemKind::Attachment, id, connection);
    found.filter(|item| items::is_own(item, Some(connection)))
}

/// Members without a home, as JSON text; nothing that opens a door, and nothing that the item says itself.
fn kept(data: &EventData) -> Option<String> {
    const KNOWN: &[&str] = &["dst_report_id", "file_id", "file_name", "s3_url", "s3_url_thumb", "note_id"];
    wire::rest(data.members(), KNOWN)
}

/// Name and bytes of what was sent.
async fn content(session: &Session<'_>, sent: &SentFile) -> Result<(String, Bytes), Error> {
    let content_type = session.request.header("content-type");
    let is_multipart = content_type.trim_start().to_ascii_lowercase().starts_with("multipart/");
    let fields = if is_multipart { form::body_fields(content_type, &session.request.body).await } else { Vec::new() };
    if let Some(part) = form::find(&fields, "file").filter(|part| part.file_name.is_some() || !part.value.is_empty()) {
        let name = sent.file_name.clone().or_else(|| part.file_name.clone());
        return Ok((checked_name(name)?, part.value.clone()));
    }
    let url = sent.url.as_deref().ok_or(Error::NoFile)?;
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(Error::invalid("s3_url", "is not an http or https URL"));
    }
    let name = checked_name(sent.file_name.clone().or_else(|| items::name_of_url(url)))?;
    let fetched = session.cx.ledger.fetch(url).await?.map_err(Error::Fetch)?;
    Ok((name, fetched.bytes))
}

/// A name without folders, of a kind that is taken: told before anything is fetched.
fn checked_name(name: Option<String>) -> Result<String, Error> {
    let name = name.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.is_empty() {
        return Err(Error::Missing("file_name"));
    }
    if items::media_type(name).is_none() {
        return Err(Error::FileType(name.to_owned()));
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Error::invalid("file_name", "is too long"));
    }
    Ok(name.to_owned())
}

/// What a bid or completion that came before its photo said about when the photo was taken.
fn flagged_stage(order: &Order, file_id: &str, connection: ConnectionId) -> Option<Stage> {
    let flagging = order.charges().filter(|(item, charge)| {
        items::is_own(item, Some(connection)) && charge.photos.iter().any(|photo| photo == file_id)
    });
    flagging
        .filter_map(|(item, _)| {
            let members = wire::bag(item.wire.as_deref());
            let rows = members.get("photo_flag_data")?.as_array()?;
            let flags = rows.iter().filter_map(|row| WorkPhoto::read(row.as_object()?).ok());
            flags.filter(|flag| flag.file_id == file_id).find_map(|flag| flag.stage)
        })
        .next()
}

/// The files of one order, or those that hang on its notes.
pub(super) async fn get_file(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let remote_report_id = remote_report_id(data)?;
    let module = data.text("module_type")?.ok_or(Error::Missing("module_type"))?;
    let module = match module.trim().to_ascii_lowercase().as_str() {
        "uploads" => "uploads",
        "job_notes" => "job_notes",
        _ => return Err(Error::invalid("module_type", "is neither uploads nor job_notes")),
    };
    let org_name = company(session, &order).await?;
    let thumb = |file: &Attachment| match file.media_type.starts_with("image/") {
        true => url(session, file, order.serial),
        false => String::new(),
    };
    let row = |file_id: serde_json::Value, file: &Attachment, note_id: Option<i64>| FileRow {
        remote_report_id,
        report_id: order.serial.0,
        file_id,
        file_name: items::named(file, order.serial),
        file_type: file.media_type.clone(),
        file_size: file.size_bytes.to_string(),
        file_desc: items::described(file),
        s3_url: url(session, file, order.serial),
        s3_url_thumb: thumb(file),
        module_type: module,
        org_name: org_name.clone(),
        imported: 1,
        note_id,
    };
    let asker = Some(session.id());
    let mut elements = Elements::new();
    if module == "uploads" {
        for (item, file) in order.attachments().filter(|(_, file)| file.note.is_none()) {
            elements.push(&row(items::shown_number(&order, item, asker), file, None));
        }
        if let Some(result) = result_file(session, &order).await? {
            elements.push(&row(json!(items::number(order.serial, items::RESULT_PLACE)), &result, None));
        }
        return Ok(elements.finish());
    }
    for noted in super::notes::noted(session, &order).await? {
        for (note, _) in noted.notes() {
            for (item, file) in noted.order.attachments().filter(|(item, file)| hangs_on(item, file, note)) {
                let number = items::whole_number(&noted.order, note, asker);
                elements.push(&row(items::shown_number(&noted.order, item, asker), file, Some(number)));
            }
        }
    }
    Ok(elements.finish())
}

/// Whether a file hangs on a note: the one of that id, of the same sender.
pub(super) fn hangs_on(item: &Item, file: &Attachment, note: &Item) -> bool {
    file.note.as_deref() == Some(&note.id) && item.origin.connection == note.origin.connection
}

/// Where a file can be fetched for the next half hour.
fn url(session: &Session<'_>, file: &Attachment, serial: Serial) -> String {
    let link =
        FileLink { blob: file.blob.clone(), name: items::named(file, serial), media_type: file.media_type.clone() };
    let until = session.cx.now.checked_add(URL_LIFETIME).unwrap_or(Timestamp::MAX);
    format!("{}{}", session.request.origin, session.cx.ledger.file_url(&link, until))
}

/// The result of an order that produces a document, as a file.
async fn result_file(session: &Session<'_>, order: &Order) -> Result<Option<Attachment>, Fault> {
    let Some(blob) = order.fields.result_blob.clone() else { return Ok(None) };
    let Some(bytes) = session.cx.ledger.blob(&blob).await? else { return Ok(None) };
    let media_type = order.fields.result_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(Some(Attachment {
        name: order.fields.result_name.clone().unwrap_or_default(),
        media_type,
        size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        blob,
        ..Attachment::default()
    }))
}

/// The photo by which the place is recognised. The vendor names the order `remote_report_id` here, because to an
/// importer this side is the remote one; an importer that names it as everywhere else is understood as well.
pub(super) async fn get_foh(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial(if data.get("report_id").is_some() { "report_id" } else { "remote_report_id" })?;
    let order = session.cx.ledger.order(&session.caller, Target::Serial(serial)).await?;
    let order = order.ok_or(Error::UnknownOrder(serial))?;
    let (_, file) = items::front(&order, Some(session.id())).ok_or(Error::NoFront(serial))?;
    // Rounded, but never to 0, which would say that there is nothing.
    let megabytes = ((file.size_bytes + MEGABYTE / 2) / MEGABYTE).max(1);
    let file_metadata = PhotoMetadata { file_size: megabytes.to_string() };
    Ok(json(&FrontPhoto { s3_url: url(session, file, serial), file_metadata }))
}
