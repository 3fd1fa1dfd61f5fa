//! Bearer tokens through the native API: made, listed, taken back.

use super::native::{Answered, json};
use super::problem::Problem;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::enroll::{self, EnrollError};
use docket_app::hub::fault;
use docket_app::native::tokens as read;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_store::Token;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json as value};

fn shown(token: &Token, now: Timestamp) -> Value {
    let until = token.until_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    value!({
        "name": token.name,
        "role": token.access.word(),
        "created_at": token.created_at.to_string(),
        "expires_at": until.map(|until| until.to_string()),
        "expired": until.is_some_and(|until| until <= now),
    })
}

/// `GET /v1/tokens`
pub(super) fn list(hub: &Hub, caller: &Caller) -> Answered {
    let directory = hub.directory();
    let mut own: Vec<&Token> = directory.tokens().filter(|token| token.account == caller.account).collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    let list: Vec<Value> = own.into_iter().map(|token| shown(token, hub.now())).collect();
    Ok(json(StatusCode::OK, value!({ "tokens": list }).to_string()))
}

/// `POST /v1/tokens`: the token is shown once.
pub(super) async fn add(hub: &Hub, caller: &Caller, body: &Bytes) -> Answered {
    let asked = read::given(body)?;
    let now = hub.now();
    let added = enroll::add_limited_token(hub.store(), caller.account, &asked.name, asked.access, asked.until, now);
    let is_over = asked.until.is_some_and(|until| until <= now);
    let pointer = if is_over { "/expires_at" } else { "/name" };
    let text = added.await.map_err(|error| problem(error).at(pointer.to_owned()))?;
    hub.refresh_directory().await?;
    let directory = hub.directory();
    let mut own = directory.tokens().filter(|token| token.account == caller.account);
    let token = own.find(|token| token.name == asked.name).ok_or_else(|| Problem::not_found("it is gone already"))?;
    let mut body = shown(token, now);
    if let Some(members) = body.as_object_mut() {
        members.insert("token".to_owned(), text.into());
    }
    let mut response = json(StatusCode::CREATED, body.to_string());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `DELETE /v1/tokens/{name}`: worth nothing from now on.
pub(super) async fn remove(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    if !hub.store().remove_token(caller.account, name).await.map_err(fault)? {
        return Err(Problem::not_found("there is no such token"));
    }
    hub.refresh_directory().await?;
    Ok(json(StatusCode::NO_CONTENT, ""))
}

fn problem(error: EnrollError) -> Problem {
    let detail = error.to_string();
    match error {
        EnrollError::Taken(_) => Problem::new(StatusCode::CONFLICT, "taken", "Already taken", detail),
        EnrollError::Store(error) => fault(error).into(),
        _ => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A member makes no sense", detail),
    }
}
