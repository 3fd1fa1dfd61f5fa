//! Adding to an order: what the field sends back, one item a request, safe to send again.

use super::items::{self, Given, fill, item_of};
use super::members::Members;
use super::{KEY_REUSED, NativeError, invalid, target_of};
use crate::hub::Hub;
use bytes::Bytes;
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission};
use docket_core::order::{Attachment, Body, Command, Item, ItemKind, Order, Rejection, Stage};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A file as it came beside its description.
pub struct Upload {
    /// Its bytes.
    pub bytes: Bytes,
    /// What it was called on the way.
    pub name: Option<String>,
    /// What it was said to be.
    pub media_type: Option<String>,
}

/// What became of it.
pub struct Put {
    /// The item, as the order has it.
    pub item: Item,
    /// The order.
    pub order: Arc<Order>,
    /// Something was added or replaced; otherwise it was there already.
    pub changed: bool,
}

/// Puts an item. One with an `id` replaces what has that id; the same again changes nothing. Without one, an idempotency
/// key makes it safe to send again; without either every request adds an item.
pub async fn put(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    kind: ItemKind,
    body: &[u8],
    upload: Option<Upload>,
    key: Option<&str>,
) -> Result<Put, NativeError> {
    let json: Json = match body.is_empty() && upload.is_some() {
        true => Json::Object(serde_json::Map::new()),
        false => serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?,
    };
    let said_photo = json.get("photo").and_then(Json::as_bool);
    let mut given = item_of(kind, "", json, hub.now())?;
    if let (Body::Attachment(attachment), Some(upload)) = (&mut given.item.body, upload) {
        if given.file.is_some() {
            return Err(invalid("/content", "comes twice: here and as the file"));
        }
        if attachment.name.is_empty() {
            attachment.name = upload.name.unwrap_or_default();
        }
        if attachment.media_type.is_empty() {
            attachment.media_type = upload.media_type.unwrap_or_default();
        }
        fill(attachment, &upload.bytes, said_photo);
        given.file = Some(upload.bytes);
    }
    if kind == ItemKind::Attachment && given.file.is_none() {
        return Err(invalid("/content", "is missing; send the file as the part `file`, or here in base64"));
    }
    submit(hub, caller, order, given, key).await
}

async fn submit(hub: &Hub, caller: &Caller, order: &str, given: Given, key: Option<&str>) -> Result<Put, NativeError> {
    let not_found = || NativeError::Rejected(Rejection::NotFound);
    let target = target_of(order).ok_or_else(not_found)?;
    let Given { mut item, file } = given;
    let once = item.id.is_empty() && key.is_some();
    if item.id.is_empty() {
        item.id = match key {
            Some(key) => key_id(key),
            None => hub.new_id().to_string(),
        };
    }
    if item.author.is_empty() {
        item.author.clone_from(&caller.label);
    }
    if let Some(bytes) = file {
        // A file for an order that is not there is not kept.
        hub.order(caller, target.clone()).await?.ok_or_else(not_found)?;
        Ledger::keep_blob(hub, bytes).await?;
    }
    let wanted = item.clone();
    let request = Request::change(target, move |order| propose(order, &wanted, once));
    match hub.submit(caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(done)) => {
            let kept = done.order.item(item.kind(), None, &item.id).cloned();
            let lost = || Fault::Store("an item that was put is not there".to_owned());
            Ok(Put { item: kept.ok_or_else(lost)?, order: done.order, changed: done.changed })
        }
        Some(Outcome::Rejected(Rejection::Forbidden { what })) if what == KEY_REUSED => Err(NativeError::KeyReused),
        Some(Outcome::Rejected(rejection)) => Err(NativeError::Rejected(rejection)),
        Some(Outcome::Outdated) | None => Err(NativeError::Rejected(Rejection::Withdrawn)),
    }
}

fn propose(order: &Order, item: &Item, once: bool) -> Result<Command, Rejection> {
    match order.item(item.kind(), None, &item.id) {
        Some(known) if once && !known.says_the_same(item) => Err(Rejection::Forbidden { what: KEY_REUSED.to_owned() }),
        _ => Ok(Command { put: vec![item.clone()], ..Command::default() }),
    }
}

/// What is to be said of a file. The outer `None` leaves it as it is.
#[derive(Clone, Default)]
struct Said {
    name: Option<String>,
    caption: Option<Option<String>>,
    stage: Option<Option<Stage>>,
    task: Option<Option<String>>,
}

impl Said {
    fn read(body: &[u8]) -> Result<Said, NativeError> {
        let json: Json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
        let is_there = |name: &str| json.get(name).is_some();
        let there = ["name", "caption", "stage", "task"].map(is_there);
        let mut members = Members::of("", json)?;
        let [has_name, has_caption, has_stage, has_task] = there;
        let name = members.short("name", items::SHORT_LIMIT)?;
        if has_name && name.is_none() {
            return Err(invalid("/name", "must be a text that says something"));
        }
        let said = Said {
            name: name.map(|name| crate::files::safe_name(&name)),
            caption: has_caption.then_some(members.text("caption")?),
            stage: has_stage.then_some(members.word("stage", items::STAGES)?),
            task: has_task.then_some(members.short("task", items::SHORT_LIMIT)?),
        };
        members.end("what can be changed about a file")?;
        match there.contains(&true) {
            true => Ok(said),
            false => Err(invalid("", "changes nothing; give the members that are to be set")),
        }
    }

    fn about(self, attachment: &mut Attachment) {
        if let Some(name) = self.name {
            attachment.name = name;
        }
        if let Some(caption) = self.caption {
            attachment.caption = caption.unwrap_or_default();
        }
        attachment.stage = self.stage.unwrap_or(attachment.stage);
        if let Some(task) = self.task {
            attachment.task = task;
        }
    }
}

/// `PATCH /v1/orders/{id}/attachments/{place}`: says something else of a file, whoever sent it; `null` takes back what was
/// said. The file stays. Saying what is so already changes nothing.
pub async fn describe(hub: &Hub, caller: &Caller, order: &str, place: &str, body: &[u8]) -> Result<Item, NativeError> {
    let said = Said::read(body)?;
    let place: i64 = place.parse().map_err(|_| NativeError::Rejected(Rejection::NotFound))?;
    let done = super::decide(hub, caller, order, move |order| {
        let mut item = order.item_at(place).cloned().ok_or(Rejection::NotFound)?;
        let Body::Attachment(attachment) = &mut item.body else { return Err(Rejection::NotFound) };
        said.clone().about(attachment);
        Ok(Command { put: vec![item], ..Command::default() })
    });
    let lost = || Fault::Store("a file that was described is not there".to_owned());
    Ok(done.await?.order.item_at(place).cloned().ok_or_else(lost)?)
}

/// The id of an item that was sent with a key instead.
fn key_id(key: &str) -> String {
    let digest = hex::encode(Sha256::digest(key.as_bytes()));
    format!("key-{}", digest.get(..32).unwrap_or_default())
}

/// The items of an order that came with its creation: their ids where they have none, the files kept.
pub(super) fn given_with_order(kind: ItemKind, at: &str, list: Json, now: docket_core::Timestamp) -> GivenItems {
    let Json::Array(list) = list else { return Err(invalid(at, "must be a list")) };
    if list.len() > super::read::LIST_LIMIT {
        return Err(invalid(at, format!("at most {}", super::read::LIST_LIMIT)));
    }
    let one = |(index, json): (usize, Json)| {
        let pointer = format!("{at}/{index}");
        let mut given = items::item_of(kind, &pointer, json, now)?;
        if given.item.id.is_empty() {
            given.item.id = (index + 1).to_string();
        }
        match kind == ItemKind::Attachment && given.file.is_none() {
            true => Err(invalid(format!("{pointer}/content"), "is missing; give the file in base64")),
            false => Ok(given),
        }
    };
    list.into_iter().enumerate().map(one).collect()
}

pub(super) type GivenItems = Result<Vec<Given>, NativeError>;
