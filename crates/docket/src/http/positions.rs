//! `POST /v1/positions`: many positions of many units in one request.

use super::App;
use super::native::{Answered, json};
use super::problem::Problem;
use docket_app::track::batch::{self, LIMIT, Wrong};
use docket_core::connection::Caller;
use http::StatusCode;
use serde_json::json as value;

/// So many of those that were refused are named; the others are only counted.
const NAMED: usize = 1000;

/// Takes a batch in. Answered when what is kept is on disk: 200, with what was not kept, or 422 when nothing was.
pub(super) async fn add(app: &App, caller: &Caller, body: &[u8]) -> Answered {
    let taken = batch::take(&app.hub, caller, body).await.map_err(problem)?;
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
