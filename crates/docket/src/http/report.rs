//! Reports through the native API: made when they are asked for.

use super::native::Answered;
use super::problem::Problem;
use super::read::{order, parameters};
use super::{App, conditional, files};
use axum::body::Body;
use axum::response::Response;
use docket_app::files::disposition;
use docket_app::producer::direct::{self, DirectError};
use docket_app::producer::{Format, ReportInput};
use docket_core::connection::Caller;
use docket_core::ids::{SiteId, Uuid};
use docket_core::ledger::{FileLink, Ledger};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::sync::Arc;

const NO_SNIFFING: HeaderName = HeaderName::from_static("x-content-type-options");

/// `GET /v1/orders/{id}/report?format=pdf|json|csv`
pub(super) async fn of_order(app: &Arc<App>, caller: &Caller, name: &str, parts: &Parts) -> Answered {
    let format = format(parts)?;
    let found = order(&app.hub, caller, name).await?;
    let tag = tag(app, caller, format).await?;
    if is_known(parts, &tag) {
        return Ok(unchanged(&tag));
    }
    let input = direct::of_order(app.hub.as_ref(), caller, found, format, app.hub.now()).await?;
    made(app, input, &tag).await
}

/// `GET /v1/sites/{id}/report?format=pdf|json|csv`
pub(super) async fn of_site(app: &Arc<App>, caller: &Caller, name: &str, parts: &Parts) -> Answered {
    let format = format(parts)?;
    let none = || Problem::not_found("there is no such site");
    let id = Uuid::try_parse(name).map_err(|_| none())?;
    let site = app.hub.site(caller, SiteId(id)).await?.ok_or_else(none)?;
    let tag = tag(app, caller, format).await?;
    if is_known(parts, &tag) {
        return Ok(unchanged(&tag));
    }
    let input = direct::of_site(app.hub.as_ref(), caller, site, format, app.hub.now()).await?;
    made(app, input, &tag).await
}

fn format(parts: &Parts) -> Result<Format, Problem> {
    let asked = parameters(parts.uri.query().unwrap_or_default(), &["format"])?;
    let Some((_, word)) = asked.last() else { return Ok(Format::Pdf) };
    Format::from_word(word).ok_or_else(|| Problem::query("format", "use pdf, json or csv"))
}

/// As long as nothing happens in the account, a report stays what it is, but for the time printed on it.
async fn tag(app: &App, caller: &Caller, format: Format) -> Result<String, Problem> {
    let head = app.hub.head(caller.account).await?;
    Ok(format!("W/\"{}-{}\"", head.0, format.extension()))
}

fn is_known(parts: &Parts, tag: &str) -> bool {
    conditional::is_known(&parts.headers, tag)
}

fn unchanged(tag: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    put(&mut response, header::ETAG, tag);
    response
}

fn put(response: &mut Response, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

async fn made(app: &Arc<App>, input: ReportInput, tag: &str) -> Answered {
    // So many are made at once; the place is kept until the work is done, also when nobody waits for it any more.
    let Ok(place) = Arc::clone(&app.reports).acquire_owned().await else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", "the hub is stopping"));
    };
    let rendered = direct::make(input, place).await.map_err(|error| match error {
        DirectError::Fault(fault) => Problem::from(fault),
        other => {
            tracing::error!(error = %other, "a report could not be made");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", other.to_string())
        }
    })?;
    let file = FileLink { blob: String::new(), name: rendered.name, media_type: rendered.media_type };
    let mut response = Response::new(Body::from(rendered.bytes));
    put(&mut response, header::CONTENT_TYPE, &file.media_type);
    put(&mut response, header::CONTENT_DISPOSITION, &disposition(&file));
    put(&mut response, header::CACHE_CONTROL, "private, no-cache");
    put(&mut response, header::ETAG, tag);
    put(&mut response, NO_SNIFFING, "nosniff");
    put(&mut response, HeaderName::from_static("content-security-policy"), files::POLICY_TEXT);
    if !rendered.missing.is_empty() {
        put(&mut response, HeaderName::from_static("docket-missing-scripts"), &rendered.missing.join(", "));
    }
    Ok(response)
}
