//! Files of orders: `order/attach`, `order/detach`, `order/list_attachments`, `order/get_attachment`.
//!
//! A file is an attachment of the canonical order, whatever system it came from; here it goes by its name, which is
//! unique within an order. Where others attached files of one name, the later ones get a number.

use super::super::error::Error;
use super::super::map::{DIALECT_ID, bag, in_history};
use super::super::wire::{Json, Object, integer, member, text};
use super::Scope;
use super::services::check_resource;
use super::session::lock;
use crate::dialect::WireResponse;
use crate::form::Field;
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Attachment, Command, Item, Order, Origin, Rejection};
use http::{StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;

/// At most this many files of one order.
const MOST_FILES: usize = 1000;
/// The longest file name, in bytes.
const LONGEST_NAME: usize = 255;
/// What a file is, by the end of its name, where its sender does not say.
const TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("mp4", "video/mp4"),
];
/// A file nobody knows anything about.
const UNKNOWN: &str = "application/octet-stream";

/// A file of an order.
pub(super) struct File<'a> {
    /// The name it goes by.
    pub name: String,
    /// The item.
    pub item: &'a Item,
    /// The attachment.
    pub attachment: &'a Attachment,
}

impl File<'_> {
    /// When a file of this name first came.
    fn created_at(&self) -> i64 {
        let kept: Option<Object> = self.item.wire.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let said = kept.and_then(|kept| kept.get("ct").and_then(integer));
        said.unwrap_or_else(|| self.item.at.as_second())
    }
}

/// The files of an order by the names a connection knows them by: its own as it named them, then those of others.
pub(super) fn files(order: &Order, own: Option<ConnectionId>) -> Vec<File<'_>> {
    let is_own = |item: &Item| item.origin.connection == own && item.origin.dialect == DIALECT_ID;
    let mut all: Vec<(&Item, &Attachment)> = order.attachments().collect();
    all.sort_by_key(|(item, _)| (!is_own(item), item.place));
    let mut taken = HashSet::new();
    all.into_iter()
        .map(|(item, attachment)| {
            let name = if is_own(item) { item.id.clone() } else { clean(&attachment.name, item.place) };
            let name = if taken.contains(&name) { numbered(&name, item.place) } else { name };
            taken.insert(name.clone());
            File { name, item, attachment }
        })
        .collect()
}

/// A name from elsewhere as a bare file name.
fn clean(name: &str, place: i64) -> String {
    let name: String =
        name.trim().chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).collect();
    if is_file_name(&name) { name } else { format!("file-{place}") }
}

fn numbered(name: &str, place: i64) -> String {
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem} ({place}).{end}"),
        _ => format!("{name} ({place})"),
    }
}

/// Whether a text is the bare name of a file.
fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\');
    !name.trim().is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain) && !matches!(name, "." | "..")
}

fn media_type(part: &Field, name: &str) -> String {
    let said = part.content_type.as_deref().filter(|said| *said != UNKNOWN && !said.is_empty());
    let by_name = || {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
        TYPES.iter().find(|(known, _)| *known == end).map_or(UNKNOWN, |(_, media_type)| media_type)
    };
    said.unwrap_or_else(by_name).to_owned()
}

async fn find(scope: &Scope<'_>, params: &Object) -> Result<Option<Arc<Order>>, Error> {
    let serial = member(params, "id", integer)?;
    Ok(scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(serial))).await?)
}

/// `order/list_attachments`.
pub(super) async fn list(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let order = find(scope, params).await?.ok_or(Error::Files)?;
    let line = |file: &File<'_>| {
        json!({
            "n": file.name, "s": file.attachment.size_bytes, "ct": file.created_at(), "mt": file.item.at.as_second(),
        })
    };
    Ok(files(&order, scope.caller.connection_id()).iter().map(line).collect())
}

/// `order/get_attachment`: the bytes. Whatever goes wrong is one and the same error.
pub(super) async fn get(scope: &Scope<'_>, params: &Object) -> Result<WireResponse, Error> {
    check_resource(params, &scope.caller).map_err(|_| Error::File)?;
    let path = params.get("path").and_then(text).filter(|path| is_file_name(path)).ok_or(Error::File)?;
    let order = find(scope, params).await.map_err(|error| if error == Error::Input { Error::File } else { error })?;
    let order = order.ok_or(Error::File)?;
    let files = files(&order, scope.caller.connection_id());
    let file = files.iter().find(|file| file.name == path).ok_or(Error::File)?;
    let bytes = scope.cx.ledger.blob(&file.attachment.blob).await?.ok_or(Error::File)?;
    Ok(response(&file.name, &file.attachment.media_type, bytes))
}

/// The bytes of a file, never to be shown as a page of ours.
fn response(name: &str, media_type: &str, bytes: Vec<u8>) -> WireResponse {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { '_' }).collect();
    let disposition =
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
    WireResponse::new(StatusCode::OK, UNKNOWN, bytes)
        .with_header(header::CONTENT_TYPE, if media_type.is_empty() { UNKNOWN } else { media_type })
        .with_header(header::CONTENT_DISPOSITION, &disposition)
        .with_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// `order/attach`, with the event that tells how it went: browsers cannot read the answer.
pub(super) async fn attach(scope: &Scope<'_>, params: &Object, form: &[Field]) -> Result<Json, Error> {
    let field = |name: &str| crate::form::find(form, name).map(|field| field.text().into_owned());
    let hash = params.get("eventHash").and_then(text).filter(|hash| !hash.is_empty()).or_else(|| field("eventHash"));
    let done = put_files(scope, params, form).await;
    if let Some(hash) = hash.filter(|hash| !hash.is_empty()) {
        let result = done.as_ref().map_or_else(Error::to_json, |()| json!({ "error": 0 }));
        let code = done.as_ref().map_or_else(Error::code, |()| 0);
        let event = json!({ "i": -1, "t": "u", "d": { "hash": hash, "svc_error": code, "svc_result": result } });
        lock(&scope.session).tell(event);
    }
    done.map(|()| json!({ "error": 0 }))
}

async fn put_files(scope: &Scope<'_>, params: &Object, form: &[Field]) -> Result<(), Error> {
    check_resource(params, &scope.caller)?;
    let parts: Vec<(&Field, &str)> = form.iter().filter_map(|part| Some((part, part.file_name.as_deref()?))).collect();
    let is_bad = |(part, name): &(&Field, &str)| part.value.is_empty() || !is_file_name(name);
    if parts.is_empty() || parts.len() > MOST_FILES || parts.iter().any(is_bad) {
        return Err(Error::Input);
    }
    let order = find(scope, params).await?.filter(|order| !in_history(order, &bag(order))).ok_or(Error::Files)?;
    let origin = Origin { connection: scope.caller.connection_id(), dialect: DIALECT_ID.to_owned() };
    let mut items: Vec<Item> = Vec::with_capacity(parts.len());
    for (part, name) in parts {
        let media_type = media_type(part, name);
        let attachment = Attachment {
            photo: media_type.starts_with("image/"),
            name: name.to_owned(),
            media_type,
            size_bytes: i64::try_from(part.value.len()).unwrap_or(i64::MAX),
            blob: scope.cx.ledger.keep_blob(part.value.clone()).await?,
            ..Attachment::default()
        };
        items.retain(|item| item.id != name);
        items.push(Item::new(name, origin.clone(), scope.cx.now, attachment).by(scope.caller.label.clone()));
    }
    change(scope, order.serial, move |order| put(order, &items)).await
}

/// Puts files; one that goes by the name of another takes its place.
fn put(order: &Order, items: &[Item]) -> Result<Command, Rejection> {
    if order.attachments().count() + items.len() > MOST_FILES {
        return Err(Rejection::Limit { limit: "files" });
    }
    let mut command = Command::default();
    let own = items.first().and_then(|item| item.origin.connection);
    let known = files(order, own);
    for item in items {
        let mut item = item.clone();
        if let Some(before) = known.iter().find(|file| file.name == item.id) {
            if before.item.is_same(&item) {
                let is_again = before.item.body == item.body;
                let created = json!({ "ct": before.created_at() }).to_string();
                item.wire = if is_again { before.item.wire.clone() } else { Some(created) };
            } else {
                command.remove.push(before.item.reference());
            }
        }
        command.put.push(item);
    }
    Ok(command)
}

/// `order/detach`.
pub(super) async fn detach(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let path = params.get("path").and_then(text).filter(|path| is_file_name(path)).ok_or(Error::Input)?;
    let order = find(scope, params).await?.filter(|order| !in_history(order, &bag(order))).ok_or(Error::Files)?;
    let own = scope.caller.connection_id();
    let take = move |order: &Order| {
        let files = files(order, own);
        let file = files.iter().find(|file| file.name == path).ok_or(Rejection::NotFound)?;
        Ok(Command { remove: vec![file.item.reference()], ..Command::default() })
    };
    change(scope, order.serial, take).await?;
    Ok(json!({}))
}

async fn change(
    scope: &Scope<'_>,
    serial: Serial,
    propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
) -> Result<(), Error> {
    let request = Request::change(Target::Serial(serial), propose);
    let outcomes = scope.cx.ledger.submit(&scope.caller, Submission::one(request)).await?;
    match outcomes.into_iter().next() {
        Some(Outcome::Done(_)) => Ok(()),
        // Whatever the order has against it, the file is not written, or not deleted.
        Some(Outcome::Rejected(_)) => Err(Error::Files),
        Some(Outcome::Outdated) | None => Err(Error::Fault),
    }
}

/// The files of another order that a new one takes over, as items of the new one.
pub(super) fn taken_over(
    old: &Order,
    names: &[String],
    origin: &Origin,
    author: &str,
    now: Timestamp,
) -> Option<Vec<Item>> {
    let files = files(old, origin.connection);
    let take = |name: &String| {
        let file = files.iter().find(|file| file.name == *name)?;
        let attachment = Attachment { name: name.clone(), note: None, task: None, ..file.attachment.clone() };
        Some(Item::new(name.clone(), origin.clone(), now, attachment).by(author))
    };
    names.iter().map(take).collect()
}
