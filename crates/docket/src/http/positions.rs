//! `POST /v1/positions`: many positions of many units in one request.

use super::App;
use super::native::{Answered, json};
use super::problem::Problem;
use bytes::Bytes;
use docket_app::track::batch::{self, LIMIT, Wrong};
use docket_core::connection::Caller;
use flate2::read::MultiGzDecoder;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::json as value;
use std::io::Read;

/// So many of those that were refused are named; the others are only counted.
const NAMED: usize = 1000;

/// Takes a batch in. Answered when what is kept is on disk: 200, with what was not kept, or 422 when nothing was.
pub(super) async fn add(app: &App, caller: &Caller, parts: &Parts, body: &Bytes) -> Answered {
    let unpacked = match is_gzip(parts)? {
        true => Some(unpack(body.clone(), app.limits.body_bytes).await?),
        false => None,
    };
    let taken = batch::take(&app.hub, caller, unpacked.as_deref().unwrap_or(body)).await.map_err(problem)?;
    let named = taken
        .refused
        .iter()
        .take(NAMED)
        .map(|refused| value!({"index": refused.index, "code": refused.code, "detail": refused.detail}));
    let body = value!({
        "kept": taken.kept,
        "refused": taken.refused.len(),
        "outcomes": named.collect::<Vec<_>>(),
    });
    let status = if taken.kept > 0 { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(json(status, body.to_string()))
}

fn problem(wrong: Wrong) -> Problem {
    match wrong {
        Wrong::Syntax(detail) => Problem::new(StatusCode::BAD_REQUEST, "syntax", "The body is no JSON", detail),
        Wrong::TooMany => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many",
            "Too many at once",
            format!("send at most {LIMIT} positions in one request"),
        ),
        Wrong::Fault(fault) => fault.into(),
    }
}

fn is_gzip(parts: &Parts) -> Result<bool, Problem> {
    let Some(encoding) = parts.headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            "Encoding not understood",
            format!("Content-Encoding `{other}`: use gzip, or none"),
        )),
    }
}

/// What a compressed body holds, which may be as large as a plain one.
async fn unpack(body: Bytes, most: usize) -> Result<Vec<u8>, Problem> {
    let unpacking = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let read = MultiGzDecoder::new(body.as_ref()).take(limit).read_to_end(&mut out);
        read.map(|_| out)
    });
    match unpacking.await {
        Ok(Ok(out)) if out.len() <= most => Ok(out),
        Ok(Ok(_)) => {
            let detail = format!("the body is larger than {most} bytes");
            Err(Problem::unread(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
        _ => Err(Problem::unread(StatusCode::BAD_REQUEST, "the body is no gzip".to_owned())),
    }
}
