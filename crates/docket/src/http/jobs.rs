//! Jobs and products through the native API.

use super::files::file_response;
use super::items::parts_of;
use super::native::{Answered, REPLAYED, json};
use super::problem::Problem;
use super::read::{limit, number, order, parameters};
use super::{App, Gone};
use axum::response::Response;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::jobs::product;
use docket_app::native::jobs::{self as native, Listed, Verb, WAIT_LIMIT_S};
use docket_app::native::{Upload, products};
use docket_core::connection::Caller;
use docket_core::ids::Serial;
use docket_core::ledger::{FileLink, OrderQuery};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::time::Duration;

/// Carries the claim where the body has no place for it.
pub(super) const CLAIM: HeaderName = HeaderName::from_static("docket-claim");

/// How many jobs a page has unless it says.
const PAGE: usize = 100;

fn no_job() -> Problem {
    Problem::not_found("there is no such job")
}

/// How long an answer may be waited for: so that it still comes in time.
pub(super) fn longest_wait(app: &App) -> Duration {
    Duration::from_millis(app.limits.request_timeout_ms / 5 * 4)
}

fn claim_header(parts: &Parts) -> Option<&str> {
    parts.headers.get(CLAIM).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
}

/// `POST /v1/jobs/claim`
pub(super) async fn claim(app: &App, caller: &Caller, parts: &Parts, body: &[u8], key: Option<&str>) -> Answered {
    let gone = parts.extensions.get::<Gone>().cloned();
    let left = async move {
        match gone {
            Some(gone) => gone.left().await,
            None => std::future::pending().await,
        }
    };
    let jobs = native::claim(&app.hub, caller, body, key, longest_wait(app), left).await?;
    Ok(secret(json(StatusCode::OK, jobs.to_string())))
}

/// What holds a secret is kept nowhere on its way.
fn secret(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn told((job, again): native::Answered) -> Answered {
    let mut response = json(StatusCode::OK, job.to_string());
    if again {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// `POST /v1/jobs/{id}/heartbeat`, …
pub(super) async fn say(hub: &Hub, caller: &Caller, job: &str, verb: Verb, parts: &Parts, body: &[u8]) -> Answered {
    told(native::say(hub, caller, (job, verb), claim_header(parts), body).await?)
}

/// `POST /v1/jobs/{id}/finish`: JSON with the file in it, or the parts `job` (JSON) and `file`.
pub(super) async fn finish(hub: &Hub, caller: &Caller, job: &str, parts: &Parts, body: &Bytes) -> Answered {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_multipart = content_type.is_some_and(|text| text.to_ascii_lowercase().starts_with("multipart/"));
    let header = claim_header(parts);
    told(match is_multipart {
        true => {
            let (described, upload) = parts_of(content_type.unwrap_or_default(), "job", body).await?;
            native::finish(hub, caller, job, header, &described, Some(upload)).await?
        }
        false => native::finish(hub, caller, job, header, body, None).await?,
    })
}

/// `PUT /v1/jobs/{id}/result`: the body is the file, the claim a header.
pub(super) async fn put_result(hub: &Hub, caller: &Caller, job: &str, parts: &Parts, body: &Bytes) -> Answered {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let upload = Upload {
        bytes: body.clone(),
        name: text(header::CONTENT_DISPOSITION).and_then(docket_app::files::name_of),
        media_type: text(header::CONTENT_TYPE).map(str::to_owned),
    };
    told(native::finish(hub, caller, job, claim_header(parts), b"", Some(upload)).await?)
}

/// `GET /v1/jobs/{id}/result`
pub(super) async fn result(hub: &Hub, caller: &Caller, job: &str, parts: &Parts) -> Answered {
    let none = || Problem::not_found("there is no such job, or it has no file");
    let made = native::result(hub, caller, job).await?.ok_or_else(none)?;
    let bytes = hub.known_blob(&made.blob).await?;
    let name = if made.name.is_empty() { "result" } else { &made.name };
    let file = FileLink {
        blob: made.blob.clone(),
        name: docket_app::files::safe_name(name),
        media_type: docket_app::files::safe_type(&made.media_type),
    };
    Ok(file_response(&parts.headers, &file, bytes))
}

/// `GET /v1/jobs/{id}`
pub(super) async fn show(app: &App, caller: &Caller, job: &str, query: &str) -> Answered {
    let mut wait_s: i64 = 0;
    for (name, text) in parameters(query, &["wait_s"])? {
        wait_s = number(&name, &text)?;
        if !(0..=WAIT_LIMIT_S).contains(&wait_s) {
            return Err(Problem::query(&name, format!("use 0 to {WAIT_LIMIT_S}")));
        }
    }
    let wait = Duration::from_secs(u64::try_from(wait_s).unwrap_or_default()).min(longest_wait(app));
    let shown = native::show(&app.hub, caller, job, wait).await?.ok_or_else(no_job)?;
    Ok(json(StatusCode::OK, shown.to_string()))
}

/// `GET /v1/jobs`
pub(super) async fn list(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let mut wanted = Listed { limit: PAGE, ..Listed::default() };
    for (name, text) in parameters(query, &["state", "product", "producer", "follows", "cursor", "limit", "sort"])? {
        match name.as_str() {
            "state" => {
                wanted.states = text.split(',').map(|word| word.trim().to_owned()).collect();
                if let Some(word) = wanted.states.iter().find(|word| !native::is_state(word)) {
                    return Err(Problem::query("state", format!("`{word}` is none of {}", native::states())));
                }
            }
            "product" => wanted.product = Some(text),
            "producer" => wanted.producer = Some(text),
            "follows" => wanted.follows = Some(order(hub, caller, &text).await?.serial),
            "cursor" => wanted.after = Some(Serial(number("cursor", &text)?)),
            "sort" => {
                wanted.newest_first = match text.as_str() {
                    "serial" => false,
                    "-serial" => true,
                    _ => return Err(Problem::query("sort", "use serial or -serial")),
                }
            }
            _ => wanted.limit = limit(&text, OrderQuery::LIMIT)?,
        }
    }
    Ok(json(StatusCode::OK, native::list(hub, caller, &wanted).await?.to_string()))
}

/// `GET /v1/products`
pub(super) async fn products(hub: &Hub, caller: &Caller) -> Answered {
    Ok(json(StatusCode::OK, products::list(hub, caller).await?.to_string()))
}

/// `GET /v1/products/{slug}`
pub(super) async fn product(hub: &Hub, caller: &Caller, slug: &str) -> Answered {
    let found = products::show(hub, caller, slug).await?;
    let found = found.ok_or_else(|| Problem::not_found("there is no such product"))?;
    Ok(json(StatusCode::OK, found.to_string()))
}

/// `PUT /v1/products/{slug}`
pub(super) async fn put_product(hub: &Hub, caller: &Caller, slug: &str, body: &[u8]) -> Answered {
    let put = products::put(hub, caller, slug, body).await?;
    let status = if put.created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, product::shown(&put.service).to_string());
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/products/{slug}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
