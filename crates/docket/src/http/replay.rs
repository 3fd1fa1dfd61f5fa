//! `POST /v1/exchanges/{id}/replay`.

use super::native::{Answered, json};
use super::problem::Problem;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::replay::{self, ReplayError};
use docket_core::connection::Caller;
use docket_core::ids::{ExchangeId, Uuid};
use http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

/// Replays an exchange, dry unless the body says `{"really": true}`.
pub(super) async fn replay(hub: &Arc<Hub>, caller: &Caller, name: &str, body: &Bytes) -> Answered {
    let none = || Problem::not_found("there is no such exchange");
    let id = Uuid::try_parse(name).map_err(|_| none())?;
    let told =
        replay::replay(hub, caller.account, ExchangeId(id), really(body)?).await.map_err(|error| match error {
            ReplayError::Unknown => none(),
            ReplayError::Cannot(_) => {
                Problem::new(StatusCode::CONFLICT, "replay", "Cannot be replayed", error.to_string())
            }
            ReplayError::Fault(fault) => fault.into(),
        })?;
    Ok(json(StatusCode::OK, told.to_string()))
}

fn really(body: &Bytes) -> Result<bool, Problem> {
    if body.is_empty() {
        return Ok(false);
    }
    let wrong = || {
        let detail = "really is true or false: whether it is done, not only tried".to_owned();
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid request", detail).at("/really".to_owned())
    };
    let json: Value = serde_json::from_slice(body).map_err(|_| wrong())?;
    match json.get("really").cloned() {
        None if json.is_object() => Ok(false),
        Some(Value::Bool(really)) => Ok(really),
        _ => Err(wrong()),
    }
}
