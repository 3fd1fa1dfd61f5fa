//! Plans and units through the native API.

use super::native::{Answered, json};
use super::problem::Problem;
use docket_app::Hub;
use docket_app::plan::desk::{self, Asked};
use docket_app::plan::request::PlanRequest;
use docket_core::connection::Caller;
use http::{HeaderValue, StatusCode, header};
use serde_json::json as value;
use std::sync::Arc;

fn no_plan() -> Problem {
    Problem::not_found("there is no such plan; plans are kept for an hour")
}

fn shown(status: StatusCode, asked: &Asked) -> Answered {
    Ok(json(status, value!(asked).to_string()))
}

/// `POST /v1/plans`
pub(super) async fn ask(hub: &Arc<Hub>, caller: &Caller, body: &[u8]) -> Answered {
    let request = PlanRequest::from_json(body)?;
    let ask = request.resolve(hub, caller).await?;
    let asked = desk::begin(hub, caller, ask).await?;
    let mut response = shown(StatusCode::ACCEPTED, &asked)?;
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/plans/{}", asked.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /v1/plans/{id}`
pub(super) async fn show(hub: &Hub, caller: &Caller, id: &str) -> Answered {
    let asked = desk::find(hub, caller, id).await?.ok_or_else(no_plan)?;
    shown(StatusCode::OK, &asked)
}

/// `POST /v1/plans/{id}/accept`
pub(super) async fn accept(hub: &Hub, caller: &Caller, id: &str) -> Answered {
    let asked = desk::make(hub, caller, id).await?.ok_or_else(no_plan)?;
    shown(StatusCode::OK, &asked)
}

/// `DELETE /v1/plans/{id}`
pub(super) async fn cancel(hub: &Hub, caller: &Caller, id: &str) -> Answered {
    let asked = desk::cancel(hub, caller, id).await?.ok_or_else(no_plan)?;
    shown(StatusCode::OK, &asked)
}
