//! Items of an order through the native API: put one, get a file.

use super::files::file_response;
use super::native::{Answered, REPLAYED, json};
use super::problem::Problem;
use super::read::order;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::native::{self, Put, Upload};
use docket_core::connection::Caller;
use docket_core::ledger::FileLink;
use docket_core::order::{Attachment, Body, Item, ItemKind};
use docket_dialects::form;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

/// `POST /v1/orders/{id}/notes`, `…/attachments`, `…/forms`, `…/check_ins`, `…/charges`
pub(super) async fn put(
    hub: &Hub,
    caller: &Caller,
    (order, kind): (&str, ItemKind),
    parts: &Parts,
    body: &Bytes,
    key: Option<&str>,
) -> Answered {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_multipart = content_type.is_some_and(|text| text.to_ascii_lowercase().starts_with("multipart/"));
    let put = match kind == ItemKind::Attachment && is_multipart {
        true => {
            let (described, upload) = parts_of(content_type.unwrap_or_default(), "attachment", body).await?;
            native::put(hub, caller, order, kind, &described, Some(upload), key).await?
        }
        false => native::put(hub, caller, order, kind, body, None, key).await?,
    };
    let Put { item, order, changed } = put;
    let text = serde_json::to_string(&item);
    let failed = |error: serde_json::Error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", error.to_string())
    };
    let status = if changed { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, text.map_err(failed)?);
    if !changed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    let place = match kind {
        ItemKind::Attachment => format!("/v1/orders/{}/attachments/{}/content", order.id, item.place),
        _ => format!("/v1/orders/{}/{}", order.id, kind.plural()),
    };
    if let Ok(location) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The file and what is said about it, in the part of that name.
pub(super) async fn parts_of(content_type: &str, about: &str, body: &Bytes) -> Result<(Bytes, Upload), Problem> {
    let mut described = Bytes::new();
    let mut upload = None;
    let wrong = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "multipart", "Parts not understood", detail);
    if !form::is_multipart(content_type) {
        return Err(wrong("the content type is not multipart/form-data with a boundary".to_owned()));
    }
    for field in form::body_fields(content_type, body).await {
        match field.name.as_str() {
            name if name == about => described = field.value,
            "file" if upload.is_none() => {
                upload = Some(Upload { bytes: field.value, name: field.file_name, media_type: field.content_type });
            }
            "file" => return Err(wrong("one file a request".to_owned())),
            other => return Err(wrong(format!("there is a part `{other}`; there may be `file` and `{about}`"))),
        }
    }
    let upload = upload.ok_or_else(|| wrong("the part `file` is missing, or the body broke off".to_owned()))?;
    Ok((described, upload))
}

/// `PATCH /v1/orders/{id}/attachments/{place}`
pub(super) async fn describe(hub: &Hub, caller: &Caller, order: &str, place: &str, body: &Bytes) -> Answered {
    shown(&native::describe(hub, caller, order, place, body).await?)
}

/// `GET /v1/orders/{id}/attachments/{place}`
pub(super) async fn attachment(hub: &Hub, caller: &Caller, name: &str, place: &str) -> Answered {
    let order = order(hub, caller, name).await?;
    let item = place.parse().ok().and_then(|place| order.item_at(place));
    let item = item.filter(|item| item.kind() == ItemKind::Attachment);
    shown(item.ok_or_else(|| Problem::not_found("there is no file at this place of the order"))?)
}

fn shown(item: &Item) -> Answered {
    let failed = |error: serde_json::Error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", error.to_string())
    };
    Ok(json(StatusCode::OK, serde_json::to_string(item).map_err(failed)?))
}

/// `GET /v1/orders/{id}/attachments/{place}/content`
pub(super) async fn content(hub: &Hub, caller: &Caller, name: &str, place: &str, parts: &Parts) -> Answered {
    let order = order(hub, caller, name).await?;
    let item = place.parse().ok().and_then(|place| order.item_at(place)).map(|item| &item.body);
    let Some(Body::Attachment(Attachment { name, media_type, blob, .. })) = item else {
        return Err(Problem::not_found("there is no file at this place of the order"));
    };
    let bytes = hub.known_blob(blob).await?;
    let file = FileLink {
        blob: blob.clone(),
        name: docket_app::files::safe_name(name),
        media_type: docket_app::files::safe_type(media_type),
    };
    Ok(file_response(&parts.headers, &file, bytes))
}
