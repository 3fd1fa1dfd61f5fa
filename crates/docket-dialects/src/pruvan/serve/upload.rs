//! `uploadPictures`: one item that the field publishes, its file beside it.

use super::aside::{self, Aside, Why};
use super::lookup::{self, Hints};
use super::services::{FORMAT, Service};
use crate::dialect::{ServeContext, WireRequest, WireResponse};
use crate::form::{self, Field};
use crate::pruvan::error::{self, json};
use crate::pruvan::map::forms::By;
use crate::pruvan::map::item::{self, Kept, Received};
use crate::pruvan::wire::item::{Upload, media_type};
use bytes::Bytes;
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Outcome, Request, Submission, Target};
use docket_core::order::{Body, ItemKind, Order, Origin, Rejection};
use http::StatusCode;
use sha1::{Digest as _, Sha1};

/// The longest id an item may have.
const ID_BYTES: usize = 200;
/// How much of a file's name is kept.
const NAME_LETTERS: usize = 255;

/// Takes an item in.
pub async fn serve(
    cx: ServeContext<'_>,
    caller: &Caller,
    request: &WireRequest,
    payload: &str,
) -> Result<WireResponse, Fault> {
    let refuse = |reason: &str| Service::UploadPictures.refuse(StatusCode::OK, reason);
    let upload = match Upload::read(payload) {
        Ok(upload) => upload,
        Err(reason) => return Ok(refuse(&reason)),
    };
    let file = file(request).await;
    let wanted = upload.survey.is_some() || upload.video_uri.is_some() || file.is_some();
    if !wanted && upload.promises_file() {
        // The photo itself was lost on the way: it has to come again.
        return Ok(refuse(FORMAT));
    }
    let id = id_of(&upload, file.as_ref());
    if id.len() > ID_BYTES {
        return Ok(refuse("uuId is too long"));
    }
    let hints = Hints {
        number: upload.number.as_deref(),
        ids: [upload.mark.as_deref(), upload.project.as_deref()],
        serial: None,
    };
    let order = lookup::find(cx, caller, &hints).await?;
    let kept = match &file {
        Some(file) => Some(keep(cx, &upload, file).await?),
        None => match &order {
            Some(order) => video(cx, caller, order, &upload, &id).await?,
            None => None,
        },
    };
    let order = match order {
        Some(order) if item::has_place(&upload, kept.is_some()) => order,
        other => {
            let why = if other.is_some() { Why::Nothing } else { Why::NoOrder };
            return set_aside(cx, caller, &upload, &id, kept.as_ref(), why).await;
        }
    };
    let by = By {
        origin: origin(caller),
        author: upload.author.clone().unwrap_or_else(|| caller.label.clone()),
        now: cx.now,
    };
    let received = Received { upload: upload.clone(), id: id.clone(), file: kept.clone(), by };
    let change = Request::change(Target::Serial(order.serial), move |order| item::propose(&received, order));
    match cx.ledger.submit(caller, Submission::one(change)).await?.pop() {
        Some(Outcome::Done(_)) => Ok(done()),
        Some(Outcome::Rejected(Rejection::NotFound)) => {
            set_aside(cx, caller, &upload, &id, kept.as_ref(), Why::NoOrder).await
        }
        Some(Outcome::Rejected(why)) => Ok(refuse(&error::reason(&why))),
        Some(Outcome::Outdated) | None => Err(Fault::Busy),
    }
}

fn done() -> WireResponse {
    json(StatusCode::OK, r#"{"status":true,"error":null}"#.to_owned())
}

async fn set_aside(
    cx: ServeContext<'_>,
    caller: &Caller,
    upload: &Upload,
    id: &str,
    file: Option<&Kept>,
    why: Why,
) -> Result<WireResponse, Fault> {
    aside::keep(cx, caller, &Aside { service: "uploadPictures", key: id, why, said: &upload.said, file }).await?;
    Ok(why.told(done()))
}

fn origin(caller: &Caller) -> Origin {
    Origin { connection: caller.connection_id(), dialect: "pruvan".to_owned() }
}

/// The part `file`, or the first that has a file's name; none where it is empty.
async fn file(request: &WireRequest) -> Option<Field> {
    let content_type = request.header("content-type");
    if !content_type.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let fields = form::body_fields(content_type, &request.body).await;
    let named = form::find(&fields, "file").or_else(|| fields.iter().find(|field| field.file_name.is_some()));
    named.filter(|field| !field.value.is_empty() && field.name != "payload").cloned()
}

/// The serial an item has; one that has none is known by what it is.
fn id_of(upload: &Upload, file: Option<&Field>) -> String {
    if let Some(id) = &upload.id {
        return id.clone();
    }
    let mut digest = Sha1::new();
    digest.update(upload.said.as_bytes());
    digest.update(file.map(|file| file.value.as_ref()).unwrap_or_default());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn keep(cx: ServeContext<'_>, upload: &Upload, file: &Field) -> Result<Kept, Fault> {
    let bytes: Bytes = file.value.clone();
    let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let media_type = media_type(file.content_type.as_deref(), &bytes, upload.file_ext.as_deref()).into_owned();
    let name = upload.file_name.clone().or_else(|| file.file_name.clone().filter(|name| !name.is_empty()));
    let name = plain_name(name.as_deref().unwrap_or("file"));
    Ok(Kept { blob: cx.ledger.keep_blob(bytes).await?, name, media_type, size_bytes })
}

/// A video that is named by its address: what was fetched the last time, or what is there now. `None` where it cannot be
/// had; the order keeps the address then.
async fn video(
    cx: ServeContext<'_>,
    caller: &Caller,
    order: &Order,
    upload: &Upload,
    id: &str,
) -> Result<Option<Kept>, Fault> {
    let Some(uri) = upload.video_uri.as_deref() else { return Ok(None) };
    let known = order.item(ItemKind::Attachment, caller.connection_id(), id);
    if let Some(item) = known.filter(|item| item.wire.as_ref() == Some(&upload.said))
        && let Body::Attachment(known) = &item.body
    {
        let (blob, name, media_type) = (known.blob.clone(), known.name.clone(), known.media_type.clone());
        return Ok(Some(Kept { blob, name, media_type, size_bytes: known.size_bytes }));
    }
    let Ok(fetched) = cx.ledger.fetch(uri).await? else { return Ok(None) };
    let last = uri.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let name = upload.file_name.clone().unwrap_or_else(|| if last.is_empty() { "video" } else { last }.to_owned());
    let name = plain_name(&name);
    let extension = upload.file_ext.as_deref().or_else(|| name.rsplit_once('.').map(|(_, extension)| extension));
    let media_type = media_type(Some(&fetched.media_type), &fetched.bytes, extension).into_owned();
    let size_bytes = i64::try_from(fetched.bytes.len()).unwrap_or(i64::MAX);
    Ok(Some(Kept { blob: cx.ledger.keep_blob(fetched.bytes).await?, name, media_type, size_bytes }))
}

/// A file name without its folders, for people and for saving under.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or("file");
    last.chars().filter(|letter| !letter.is_control()).take(NAME_LETTERS).collect()
}
