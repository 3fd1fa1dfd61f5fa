//! Webhooks through the native API: receivers, what waits for them, attempts.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{ENTRIES_LIMIT, PAGE, limit, number, parameters};
use axum::response::Response;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::hub::fault;
use docket_app::native::webhooks as read;
use docket_app::webhooks::{self, WebhookError, show};
use docket_core::connection::Caller;
use docket_core::ids::{Sequence, Uuid};
use docket_store::Webhook;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json as value};

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    List,
    Types,
    Add,
    Show(&'a str),
    Change(&'a str),
    Remove(&'a str),
    Rotate(&'a str),
    Enable(&'a str),
    Pause(&'a str),
    Replay(&'a str),
    Test(&'a str),
    Messages(&'a str),
    Retry(&'a str, &'a str),
    Attempts(&'a str),
}

impl<'a> Operation<'a> {
    /// The operation of a method and path; `None` when the path is somebody else's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let reads = method == Method::GET || method == Method::HEAD;
        let posts = method == Method::POST;
        let found = match *segments {
            ["webhooks"] if reads => Operation::List,
            ["webhooks"] if posts => Operation::Add,
            ["webhook-types"] if reads => Operation::Types,
            ["webhooks", name] if reads => Operation::Show(name),
            ["webhooks", name] if method == Method::PATCH => Operation::Change(name),
            ["webhooks", name] if method == Method::DELETE => Operation::Remove(name),
            ["webhooks", name, "rotate"] if posts => Operation::Rotate(name),
            ["webhooks", name, "enable"] if posts => Operation::Enable(name),
            ["webhooks", name, "pause"] if posts => Operation::Pause(name),
            ["webhooks", name, "replay"] if posts => Operation::Replay(name),
            ["webhooks", name, "test"] if posts => Operation::Test(name),
            ["webhooks", name, "messages"] if reads => Operation::Messages(name),
            ["webhooks", name, "messages", place, "retry"] if posts => Operation::Retry(name, place),
            ["webhooks", name, "attempts"] if reads => Operation::Attempts(name),
            ["webhooks" | "webhook-types"]
            | ["webhooks", _]
            | ["webhooks", _, "rotate" | "enable" | "pause" | "replay" | "test" | "messages" | "attempts"]
            | ["webhooks", _, "messages", _, "retry"] => return Some(Err(Problem::method(method))),
            _ => return None,
        };
        Some(Ok(found))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::List => "webhooks/list",
            Operation::Types => "webhooks/types",
            Operation::Add => "webhooks/add",
            Operation::Show(_) => "webhooks/show",
            Operation::Change(_) => "webhooks/change",
            Operation::Remove(_) => "webhooks/remove",
            Operation::Rotate(_) => "webhooks/rotate",
            Operation::Enable(_) => "webhooks/enable",
            Operation::Pause(_) => "webhooks/pause",
            Operation::Replay(_) => "webhooks/replay",
            Operation::Test(_) => "webhooks/test",
            Operation::Messages(_) => "webhooks/messages",
            Operation::Retry(..) => "webhooks/retry",
            Operation::Attempts(_) => "webhooks/attempts",
        }
    }
}

fn problem(error: WebhookError) -> Problem {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let detail = error.to_string();
    match error {
        WebhookError::NotFound => Problem::not_found("there is no such webhook"),
        WebhookError::Taken(_) => Problem::new(StatusCode::CONFLICT, "taken", "Already taken", detail),
        WebhookError::TooMany => Problem::new(StatusCode::TOO_MANY_REQUESTS, "limit", "Over a limit", detail),
        WebhookError::Wrong(wrong) => {
            let pointer = format!("/{}", wrong.member);
            Problem::new(unprocessable, "invalid", "A member makes no sense", detail).at(pointer)
        }
        WebhookError::Vault(_) => {
            tracing::error!(error = detail, "the secret of a webhook cannot be kept or read");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", detail)
        }
        WebhookError::Store(error) => fault(error).into(),
    }
}

async fn find(hub: &Hub, caller: &Caller, name: &str) -> Result<Webhook, Problem> {
    webhooks::find(hub.store(), caller.account, name).await.map_err(problem)
}

async fn shown(hub: &Hub, webhook: &Webhook) -> Result<Value, Problem> {
    let counts = hub.store().webhook_counts(webhook.id).await.map_err(fault)?;
    Ok(show::webhook(webhook, counts, hub.now()))
}

async fn answer(hub: &Hub, webhook: &Webhook) -> Answered {
    Ok(json(StatusCode::OK, shown(hub, webhook).await?.to_string()))
}

/// A secret is kept nowhere on its way.
async fn with_secret(hub: &Hub, status: StatusCode, webhook: &Webhook, secret: String) -> Result<Response, Problem> {
    let mut body = shown(hub, webhook).await?;
    if let Some(members) = body.as_object_mut() {
        members.insert("secret".to_owned(), secret.into());
    }
    let mut response = json(status, body.to_string());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Does it.
pub(super) async fn perform(
    hub: &Hub,
    caller: &Caller,
    operation: Operation<'_>,
    query: &str,
    body: &Bytes,
) -> Answered {
    let (store, now) = (hub.store(), hub.now());
    let changed = match operation {
        Operation::List => return list(hub, caller).await,
        Operation::Types => return Ok(json(StatusCode::OK, value!({"types": webhooks::types()}).to_string())),
        Operation::Add => return add(hub, caller, body).await,
        Operation::Show(name) => return answer(hub, &find(hub, caller, name).await?).await,
        Operation::Remove(name) => {
            store.remove_webhook(find(hub, caller, name).await?.id).await.map_err(fault)?;
            hub.webhooks().ring();
            return Ok(json(StatusCode::NO_CONTENT, ""));
        }
        Operation::Rotate(name) => return rotate(hub, caller, name, body).await,
        Operation::Test(name) => {
            let webhook = find(hub, caller, name).await?;
            let (vault, outside) = (hub.relay().vault(), hub.webhooks().outside());
            let attempt = webhooks::test(store, vault, outside, &webhook, now).await.map_err(problem)?;
            return Ok(json(StatusCode::OK, show::attempt(caller.account, &attempt).to_string()));
        }
        Operation::Messages(name) => return messages(hub, caller, name, query).await,
        Operation::Attempts(name) => return attempts(hub, caller, name, query).await,
        Operation::Change(name) => {
            let webhook = find(hub, caller, name).await?;
            let settings = read::changed(webhooks::settings(&webhook), body)?;
            webhooks::set(store, &webhook, settings, now).await
        }
        Operation::Enable(name) => {
            let webhook = find(hub, caller, name).await?;
            webhooks::enable(store, &webhook, read::skips(body)?, now).await
        }
        Operation::Pause(name) => webhooks::pause(store, &find(hub, caller, name).await?, now).await,
        Operation::Replay(name) => {
            let webhook = find(hub, caller, name).await?;
            match read::replay(body)? {
                Some(since) => webhooks::replay(store, &webhook, since, now).await,
                None => webhooks::retry(store, &webhook, None, now).await,
            }
        }
        Operation::Retry(name, place) => {
            let webhook = find(hub, caller, name).await?;
            let none = || Problem::not_found("no such message waits or was given up");
            let place: i64 = place.parse().ok().filter(|place| *place > 0).ok_or_else(none)?;
            let kept = store.webhook_messages(webhook.id, None, Sequence(place - 1), 1).await.map_err(fault)?;
            kept.first().filter(|message| message.place.0 == place).ok_or_else(none)?;
            webhooks::retry(store, &webhook, Some(Sequence(place)), now).await
        }
    };
    let changed = changed.map_err(problem)?;
    hub.webhooks().ring();
    answer(hub, &changed).await
}

async fn list(hub: &Hub, caller: &Caller) -> Answered {
    let mut list = Vec::new();
    for webhook in hub.store().webhooks(Some(caller.account)).await.map_err(fault)? {
        list.push(shown(hub, &webhook).await?);
    }
    Ok(json(StatusCode::OK, value!({ "webhooks": list }).to_string()))
}

async fn add(hub: &Hub, caller: &Caller, body: &Bytes) -> Answered {
    let given = read::given(body, hub.now())?;
    let added = webhooks::add(hub.store(), hub.relay().vault(), caller.account, given, hub.now()).await;
    let (webhook, secret) = added.map_err(problem)?;
    hub.webhooks().ring();
    let mut response = with_secret(hub, StatusCode::CREATED, &webhook, secret).await?;
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/webhooks/{}", webhook.name)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn rotate(hub: &Hub, caller: &Caller, name: &str, body: &Bytes) -> Answered {
    let webhook = find(hub, caller, name).await?;
    let (given, keep_old_s) = read::rotation(body)?;
    let vault = hub.relay().vault();
    let rotated = webhooks::rotate(hub.store(), vault, &webhook, given.as_deref(), keep_old_s, hub.now()).await;
    let (webhook, secret) = rotated.map_err(problem)?;
    hub.webhooks().ring();
    with_secret(hub, StatusCode::OK, &webhook, secret).await
}

async fn messages(hub: &Hub, caller: &Caller, name: &str, query: &str) -> Answered {
    let webhook = find(hub, caller, name).await?;
    let (mut failed, mut after, mut most) = (None, 0, PAGE);
    for (name, text) in parameters(query, &["status", "cursor", "limit"])? {
        match name.as_str() {
            "status" => {
                failed = match text.as_str() {
                    "waiting" => Some(false),
                    "failed" => Some(true),
                    _ => return Err(Problem::query("status", "use waiting or failed")),
                }
            }
            "cursor" => after = number("cursor", &text)?,
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let found = hub.store().webhook_messages(webhook.id, failed, Sequence(after), most).await.map_err(fault)?;
    let next = found.last().filter(|_| found.len() == most).map(|last| last.place.0.to_string());
    let list: Vec<Value> = found.iter().map(|message| show::message(caller.account, message)).collect();
    Ok(json(StatusCode::OK, value!({"messages": list, "next_cursor": next}).to_string()))
}

async fn attempts(hub: &Hub, caller: &Caller, name: &str, query: &str) -> Answered {
    let webhook = find(hub, caller, name).await?;
    let (mut of, mut only_failed, mut before, mut most) = (None, false, None, PAGE);
    for (name, text) in parameters(query, &["seq", "failed", "cursor", "limit"])? {
        match name.as_str() {
            "seq" => of = Some(Sequence(number("seq", &text)?)),
            "failed" => only_failed = text == "true",
            "cursor" => before = Some(Uuid::try_parse(&text).map_err(|_| Problem::query("cursor", "is no cursor"))?),
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let found = hub.store().webhook_attempts(webhook.id, of, only_failed, before, most).await.map_err(fault)?;
    let next = found.last().filter(|_| found.len() == most).map(|last| last.id.to_string());
    let list: Vec<Value> = found.iter().map(|attempt| show::attempt(caller.account, attempt)).collect();
    Ok(json(StatusCode::OK, value!({"attempts": list, "next_cursor": next}).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named() {
        let of = |method: Method, path: &'static str| {
            Operation::of(&method, &path.split('/').collect::<Vec<_>>()).map(|found| found.map_err(|p| p.status()))
        };
        assert_eq!(of(Method::POST, "webhooks/a/test"), Some(Ok(Operation::Test("a"))));
        assert_eq!(of(Method::POST, "webhooks/a/messages/7/retry"), Some(Ok(Operation::Retry("a", "7"))));
        assert_eq!(of(Method::GET, "webhooks/a/test"), Some(Err(StatusCode::METHOD_NOT_ALLOWED)));
        assert_eq!(of(Method::GET, "webhooks/a/b"), None);
    }
}
