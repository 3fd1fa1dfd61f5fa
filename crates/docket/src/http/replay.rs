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
    let wrong = |pointer: String, detail: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A member makes no sense", detail).at(pointer)
    };
    let json: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "syntax", "The body is no JSON", error.to_string()))?;
    let members = json.as_object().ok_or_else(|| wrong(String::new(), "must be an object"))?;
    if let Some(strange) = members.keys().find(|name| *name != "really") {
        return Err(wrong(format!("/{strange}"), "is not a member of a replay; there is `really`"));
    }
    match members.get("really") {
        None => Ok(false),
        Some(Value::Bool(really)) => Ok(*really),
        Some(_) => Err(wrong("/really".to_owned(), "is true or false: whether it is done, not only tried")),
    }
}
