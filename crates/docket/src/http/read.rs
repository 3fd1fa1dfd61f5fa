//! Reading through the native API: stored documents are joined, not parsed.

use super::conditional;
use super::native::{Answered, empty, json};
use super::problem::Problem;
use docket_app::Hub;
use docket_app::faces as app_faces;
use docket_app::hub::fault;
use docket_app::native::{routes as app_routes, target_of};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{ConnectionId, Sequence, Serial};
use docket_core::ledger::{Ledger, StateSet, Target};
use docket_core::order::{Entry, ItemKind, Order, State};
use docket_core::route::Status;
use docket_dialects::form;
use docket_store::record::{entry_document, whole_document};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde_json::json as value;
use std::sync::Arc;

/// How many orders a page has unless it says.
pub(super) const PAGE: usize = 100;
/// More than a journal ever has.
const PLACES: i64 = 1 << 39;
/// The most entries or exchanges of one answer.
pub(super) const ENTRIES_LIMIT: usize = 1_000;

/// The one parameter that may be given several times.
const SEVERAL: &str = "tag";

/// A query's parameters, each known.
pub(super) fn parameters(query: &str, known: &[&str]) -> Result<Vec<(String, String)>, Problem> {
    let mut parameters = Vec::new();
    for field in form::fields(query.as_bytes()) {
        if !known.contains(&field.name.as_str()) {
            return Err(Problem::query(
                &field.name,
                format!("there is no such parameter; there are {}", known.join(", ")),
            ));
        }
        let text = field.text().into_owned();
        if text.contains('\0') {
            return Err(Problem::query(&field.name, "must not have a NUL in it"));
        }
        if field.name != SEVERAL && parameters.iter().any(|(name, _)| *name == field.name) {
            return Err(Problem::query(&field.name, "is given twice"));
        }
        parameters.push((field.name, text));
    }
    Ok(parameters)
}

pub(super) fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::query(name, format!("`{text}` is no number that fits")))
}

pub(super) fn limit(text: &str, most: usize) -> Result<usize, Problem> {
    let limit: usize = number("limit", text)?;
    match (1..=most).contains(&limit) {
        true => Ok(limit),
        false => Err(Problem::query("limit", format!("use 1 to {most}"))),
    }
}

pub(super) fn states(text: &str) -> Result<StateSet, Problem> {
    let mut states = Vec::new();
    for word in text.split(',') {
        let state = State::from_word(word.trim());
        let known = || State::ALL.iter().map(|state| state.word()).collect::<Vec<_>>().join(", ");
        states.push(state.ok_or_else(|| Problem::query("status", format!("`{word}` is none of {}", known())))?);
    }
    Ok(StateSet::of(states))
}

fn no_order() -> Problem {
    Problem::not_found("there is no such order")
}

pub(super) async fn order(hub: &Hub, caller: &Caller, name: &str) -> Result<Arc<Order>, Problem> {
    let target = target_of(name).ok_or_else(no_order)?;
    hub.order(caller, target).await?.ok_or_else(no_order)
}

/// `GET /v1/orders/{id}`
pub(super) async fn show(hub: &Hub, caller: &Caller, name: &str, parts: &Parts) -> Answered {
    let given = parameters(parts.uri.query().unwrap_or_default(), &["at"])?;
    if let Some((_, at)) = given.first() {
        return show_at(hub, caller, name, at).await;
    }
    let document = whole(hub, caller, name).await?;
    // A key cannot be within a text: there its quotation marks are escaped.
    let revision = document.split_once("\"revision\":").and_then(|(_, rest)| rest.split([',', '}']).next());
    let tag = revision.and_then(|revision| HeaderValue::from_str(&format!("\"{revision}\"")).ok());
    let is_known =
        tag.as_ref().is_some_and(|tag| conditional::is_known(&parts.headers, tag.to_str().unwrap_or_default()));
    let mut response = match is_known {
        true => empty(StatusCode::NOT_MODIFIED),
        false => json(StatusCode::OK, document),
    };
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `GET /v1/orders/{id}?at=`: as it stood behind an entry of the journal, or at a moment. Of deleted orders too, before
/// they were.
async fn show_at(hub: &Hub, caller: &Caller, name: &str, at: &str) -> Answered {
    let (sequence, moment) = (at.parse::<i64>().ok(), at.parse::<Timestamp>().ok());
    if sequence.is_none() && moment.is_none() {
        let reason = "use a place in the journal, or a moment like 2026-03-01T08:00:00Z";
        return Err(Problem::query("at", reason));
    }
    let entries = hub.history(caller, serial(hub, caller, name).await?).await?;
    let is_past = |entry: &&Arc<Entry>| {
        sequence.is_none_or(|sequence| entry.sequence.0 <= sequence) && moment.is_none_or(|moment| entry.at <= moment)
    };
    let order = Order::fold(entries.iter().take_while(is_past).map(|entry| &**entry));
    let order = order.filter(|order| order.state != State::Deleted && caller.sees(order));
    let order = order.ok_or_else(|| Problem::not_found("there was no such order then"))?;
    Ok(json(StatusCode::OK, whole_document(&order)))
}

async fn whole(hub: &Hub, caller: &Caller, name: &str) -> Result<String, Problem> {
    if let Some(Target::Id(id)) = target_of(name) {
        let document = hub.store().document(caller.account, id).await.map_err(fault)?.ok_or_else(no_order)?;
        // Whoever might be deleted is looked at more closely below.
        if !document.contains("\"status\":\"deleted\"") {
            return Ok(document);
        }
    }
    Ok(whole_document(&*order(hub, caller, name).await?))
}

/// `GET /v1/orders/{id}/notes`, `…/attachments`, …
pub(super) async fn items(hub: &Hub, caller: &Caller, name: &str, kind: ItemKind) -> Answered {
    let order = order(hub, caller, name).await?;
    let items: Vec<_> = order.items.iter().filter(|item| item.kind() == kind).collect();
    Ok(json(StatusCode::OK, value!({ (kind.plural()): items }).to_string()))
}

/// The serial of an order, of a deleted one too.
async fn serial(hub: &Hub, caller: &Caller, name: &str) -> Result<Serial, Problem> {
    match target_of(name).ok_or_else(no_order)? {
        Target::Serial(serial) => Ok(serial),
        Target::Id(id) => {
            let found = hub.store().order_by_id(caller.account, id).await.map_err(fault)?;
            Ok(found.ok_or_else(no_order)?.serial)
        }
        _ => Err(no_order()),
    }
}

/// `GET /v1/orders/{id}/history`: of deleted orders too, which nothing else shows.
pub(super) async fn history(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let serial = serial(hub, caller, name).await?;
    let entries = hub.history(caller, serial).await?;
    if entries.is_empty() {
        return Err(no_order());
    }
    let documents: Vec<String> = entries.iter().map(|entry| entry_document(entry)).collect();
    Ok(json(StatusCode::OK, format!("{{\"entries\":[{}]}}", documents.join(","))))
}

/// `GET /v1/orders/{id}/faces`
pub(super) async fn faces(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let order = order(hub, caller, name).await?;
    let faces = app_faces::faces(hub, caller, &order).await;
    let members: Vec<String> = faces.iter().map(|(dialect, face)| format!("\"{dialect}\":{face}")).collect();
    Ok(json(StatusCode::OK, format!("{{{}}}", members.join(","))))
}

/// `GET /v1/routes`: those being worked on.
pub(super) async fn routes(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let (mut statuses, mut after, mut most) = (Vec::new(), None, PAGE);
    for (name, text) in parameters(query, &["status", "cursor", "limit"])? {
        match name.as_str() {
            "status" => {
                let read = |word: &str| Status::from_word(word.trim());
                let none = || Problem::query("status", "use planned, started, completed or canceled");
                statuses = text.split(',').map(read).collect::<Option<_>>().ok_or_else(none)?;
            }
            "cursor" => after = Some(number("cursor", &text)?),
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let page = app_routes::list(hub, caller, &statuses, after, most).await?;
    let next = page.next.map(|id| id.to_string());
    Ok(json(StatusCode::OK, value!({"routes": page.routes, "next_cursor": next}).to_string()))
}

/// `GET /v1/routes/{id}`: of the history too.
pub(super) async fn route(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let none = || Problem::not_found("there is no such route");
    let id = name.parse().map_err(|_| none())?;
    let found = app_routes::find(hub, caller, id).await?.ok_or_else(none)?;
    Ok(json(StatusCode::OK, found.to_string()))
}

/// `GET /v1/journal`
pub(super) async fn journal(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let (mut after, mut most) = (0, PAGE);
    for (name, text) in parameters(query, &["after", "limit"])? {
        match name.as_str() {
            "after" => {
                after = number("after", &text)?;
                if !(0..PLACES).contains(&after) {
                    return Err(Problem::query("after", "is no place in the journal"));
                }
            }
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let entries = hub.journal(caller.account, Sequence(after), most).await?;
    let last = entries.last().map_or(after, |entry| entry.sequence.0);
    let documents: Vec<String> = entries.iter().map(|entry| entry_document(entry)).collect();
    Ok(json(StatusCode::OK, format!("{{\"entries\":[{}],\"after\":{last}}}", documents.join(","))))
}

/// The connection of a name, for a filter.
pub(super) fn connection(hub: &Hub, caller: &Caller, name: &str) -> Result<ConnectionId, Problem> {
    let directory = hub.directory();
    let mut known = directory.connections().filter(|known| known.account == caller.account);
    let found = known.find(|known| known.name == name).map(|known| known.id);
    found.ok_or_else(|| Problem::query("connection", "there is no such connection"))
}
