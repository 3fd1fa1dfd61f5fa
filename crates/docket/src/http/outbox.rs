//! The outbox through the native API: which messages are owed, sent or failed; sending again, giving up.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{limit, number, parameters};
use docket_app::Hub;
use docket_app::hub::fault;
use docket_app::mail::document;
use docket_core::connection::Caller;
use docket_store::{MailStatus, OutboxMail, OutboxQuery};
use http::StatusCode;
use serde_json::{Value, json as value};

/// How many messages a page has unless it says, and at most.
const PAGE: usize = 100;
const MOST: usize = 1_000;

/// `GET /v1/outbox`, newest first.
pub(super) async fn list(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let mut wanted = OutboxQuery { account: Some(caller.account), limit: PAGE, ..OutboxQuery::default() };
    for (name, text) in parameters(query, &["status", "cursor", "limit"])? {
        match name.as_str() {
            "status" => wanted.status = Some(status(&text)?),
            "cursor" => wanted.before = Some(number("cursor", &text)?),
            _ => wanted.limit = limit(&text, MOST)?,
        }
    }
    let messages = hub.store().outbox(wanted).await.map_err(fault)?;
    let next = messages.last().filter(|_| messages.len() == wanted.limit).map(|last| last.id.to_string());
    let messages: Vec<Value> = messages.iter().map(document).collect();
    Ok(json(StatusCode::OK, value!({ "messages": messages, "next_cursor": next }).to_string()))
}

fn status(text: &str) -> Result<MailStatus, Problem> {
    let known = || MailStatus::ALL.map(MailStatus::word).join(", ");
    MailStatus::from_word(text).ok_or_else(|| Problem::query("status", format!("`{text}` is none of {}", known())))
}

/// One message of the caller's account.
async fn message(hub: &Hub, caller: &Caller, name: &str) -> Result<OutboxMail, Problem> {
    let none = || Problem::not_found("there is no such message");
    let id: i64 = name.parse().ok().filter(|id| *id > 0).ok_or_else(none)?;
    let before = Some(id.saturating_add(1));
    let query = OutboxQuery { account: Some(caller.account), before, limit: 1, ..OutboxQuery::default() };
    let found = hub.store().outbox(query).await.map_err(fault)?;
    found.into_iter().find(|message| message.id == id).ok_or_else(none)
}

/// `GET /v1/outbox/{id}`
pub(super) async fn show(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    Ok(json(StatusCode::OK, document(&message(hub, caller, name).await?).to_string()))
}

/// `POST /v1/outbox/{id}/retry`: it is tried at once, however long ago it was owed.
pub(super) async fn retry(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let found = message(hub, caller, name).await?;
    let done = hub.store().retry_mail(caller.account, found.id, hub.now()).await.map_err(fault)?;
    if !done {
        return Err(ended(&found));
    }
    hub.ring_post();
    show(hub, caller, name).await
}

/// `POST /v1/outbox/{id}/drop`: it is not tried again.
pub(super) async fn give_up(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let found = message(hub, caller, name).await?;
    let done = hub.store().drop_mail(caller.account, found.id, hub.now()).await.map_err(fault)?;
    if done { show(hub, caller, name).await } else { Err(ended(&found)) }
}

fn ended(message: &OutboxMail) -> Problem {
    let detail = format!("the message is {}; what is sent cannot be taken back", message.status.word());
    Problem::new(StatusCode::CONFLICT, "transition", "Not possible from where it stands", detail)
}
