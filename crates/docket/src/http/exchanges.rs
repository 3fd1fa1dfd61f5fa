//! The wire log through the native API.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{ENTRIES_LIMIT, PAGE, connection, limit, order, parameters};
use docket_app::Hub;
use docket_app::exchange::outline;
use docket_app::hub::fault;
use docket_app::relay::resolve::DeliveryId;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{ExchangeId, Uuid};
use docket_core::ledger::Ledger;
use docket_store::record::entry_document;
use docket_store::{ExchangeQuery, StatusFilter};
use http::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};

/// What a page can be asked for by.
const PARAMETERS: &[&str] = &[
    "connection",
    "delivery",
    "dialect",
    "direction",
    "operation",
    "status",
    "order",
    "q",
    "from",
    "until",
    "cursor",
    "limit",
];
/// A cursor that goes on to newer ones begins so.
const NEWER: &str = "newer.";
/// The longest text that is searched for.
const TEXT_LIMIT: usize = 200;
/// How many of the entries that an exchange caused are shown.
const CAUSED: usize = 200;

fn moment(name: &str, text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| Problem::query(name, format!("`{text}` is no moment like 2026-03-01T08:00:00Z")))
}

fn no_delivery(text: &str) -> Problem {
    Problem::query("delivery", format!("`{text}` is no delivery like 3-1042"))
}

fn statuses(text: &str) -> Result<Vec<StatusFilter>, Problem> {
    let read = |word: &str| {
        let none = || Problem::query("status", format!("`{word}` is no status; use 200, 4xx or none, commas between"));
        StatusFilter::from_word(word.trim()).ok_or_else(none)
    };
    text.split(',').map(read).collect()
}

fn cursor(wanted: &mut ExchangeQuery, text: &str) -> Result<(), Problem> {
    let id = |text: &str| Uuid::try_parse(text).map(ExchangeId).map_err(|_| Problem::query("cursor", "is no cursor"));
    match text.strip_prefix(NEWER) {
        Some(after) => wanted.after = Some(id(after)?),
        None => wanted.before = Some(id(text)?),
    }
    Ok(())
}

async fn asked(hub: &Hub, caller: &Caller, query: &str) -> Result<ExchangeQuery, Problem> {
    let mut wanted = ExchangeQuery { limit: PAGE, ..ExchangeQuery::default() };
    for (name, text) in parameters(query, PARAMETERS)? {
        match name.as_str() {
            "connection" => wanted.connection = Some(connection(hub, caller, &text)?),
            "delivery" => {
                let DeliveryId(connection, serial) = text.parse().map_err(|()| no_delivery(&text))?;
                wanted.delivery = Some((connection, serial));
            }
            "dialect" => wanted.dialect = Some(text),
            "direction" => {
                wanted.outbound = Some(match text.as_str() {
                    "in" => false,
                    "out" => true,
                    _ => return Err(Problem::query("direction", "use in or out")),
                });
            }
            "operation" => wanted.operation = Some(text),
            "status" => wanted.statuses = statuses(&text)?,
            "order" => {
                // What touched it is in its history.
                let serial = order(hub, caller, &text).await?.serial;
                let history = hub.history(caller, serial).await?;
                wanted.ids = Some(history.iter().filter_map(|entry| entry.exchange).collect());
            }
            "q" if text.len() > TEXT_LIMIT => {
                return Err(Problem::query("q", format!("use at most {TEXT_LIMIT} bytes")));
            }
            "q" => wanted.words = ExchangeQuery::words_of(&text),
            "from" => wanted.from = Some(moment("from", &text)?),
            "until" => wanted.until = Some(moment("until", &text)?),
            "cursor" => cursor(&mut wanted, &text)?,
            _ => wanted.limit = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    Ok(wanted)
}

/// `GET /v1/exchanges`: newest first.
pub(super) async fn list(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let wanted = asked(hub, caller, query).await?;
    let page = hub.store().search_exchanges(caller.account, wanted).await.map_err(fault)?;
    let directory = hub.directory();
    let listed: Vec<Value> = page.exchanges.iter().map(|exchange| outline(&directory, exchange)).collect();
    let body = value!({
        "exchanges": listed,
        "next_cursor": page.older.map(|id| id.to_string()),
        "previous_cursor": page.newer.map(|id| format!("{NEWER}{id}")),
    });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// `GET /v1/exchanges/{id}`: with the entries of the journal that it caused.
pub(super) async fn show(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let none = || Problem::not_found("there is no such exchange");
    let id = Uuid::try_parse(name).map(ExchangeId).map_err(|_| none())?;
    let found = hub.store().exchange(caller.account, id).await.map_err(fault)?;
    let exchange = found.ok_or_else(none)?;
    let mut caused = hub.store().caused(caller.account, id, CAUSED + 1).await.map_err(fault)?;
    let more = caused.len() > CAUSED;
    caused.truncate(CAUSED);
    // Entries are documents already.
    let entries: Vec<Box<RawValue>> =
        caused.iter().filter_map(|entry| RawValue::from_string(entry_document(entry)).ok()).collect();
    let entries = serde_json::to_string(&entries).unwrap_or_else(|_| "[]".to_owned());
    let mut shown = outline(&hub.directory(), &exchange);
    if let Some(members) = shown.as_object_mut() {
        let request = value!({"headers": exchange.request_headers, "body": exchange.request_body});
        let response = value!({"headers": exchange.response_headers, "body": exchange.response_body});
        members.insert("request".to_owned(), request);
        members.insert("response".to_owned(), response);
        members.insert("more_entries".to_owned(), more.into());
    }
    let text = shown.to_string();
    let text = text.strip_suffix('}').unwrap_or(&text);
    Ok(json(StatusCode::OK, format!("{text},\"entries\":{entries}}}")))
}
