//! Sites, services and customers, for pickers and for the page of a site.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{ENTRIES_LIMIT, PAGE, limit, number, parameters};
use docket_app::Hub;
use docket_app::hub::{fault, visibility};
use docket_app::native::places::{self, CustomerPlace, Words};
use docket_core::connection::Caller;
use docket_core::ids::{Serial, SiteId, Uuid};
use docket_core::ledger::{Ledger, OrderQuery};
use http::StatusCode;
use serde_json::{Value, json as value};

/// The longest text that is searched for.
const TEXT_LIMIT: usize = 200;

fn words(text: &str) -> Result<Words, Problem> {
    match text.len() <= TEXT_LIMIT {
        true => Ok(Words::of(text)),
        false => Err(Problem::query("q", format!("use at most {TEXT_LIMIT} bytes"))),
    }
}

/// `GET /v1/sites`
pub(super) async fn sites(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let (mut wanted, mut after, mut most) = (Words::default(), None, PAGE);
    for (name, text) in parameters(query, &["q", "cursor", "limit"])? {
        match name.as_str() {
            "q" => wanted = words(&text)?,
            "cursor" => {
                let id = Uuid::try_parse(&text).map_err(|_| Problem::query("cursor", "is no cursor"))?;
                after = Some(SiteId(id));
            }
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let (found, next) = places::sites(hub, caller, &wanted, after, most).await?;
    let list: Vec<Value> = found.iter().map(places::site).collect();
    let body = value!({"sites": list, "next_cursor": next.map(|id| id.0.to_string())});
    Ok(json(StatusCode::OK, body.to_string()))
}

/// `GET /v1/sites/{id}`: with its orders, newest first.
pub(super) async fn site(hub: &Hub, caller: &Caller, name: &str, query: &str) -> Answered {
    let none = || Problem::not_found("there is no such site");
    let id = Uuid::try_parse(name).map(SiteId).map_err(|_| none())?;
    let site = hub.site(caller, id).await?.ok_or_else(none)?;
    let mut wanted = OrderQuery { site: Some(id), newest_first: true, limit: PAGE, ..OrderQuery::default() };
    for (name, text) in parameters(query, &["cursor", "limit"])? {
        match name.as_str() {
            "cursor" => wanted.after = Some(Serial(number("cursor", &text)?)),
            _ => wanted.limit = limit(&text, OrderQuery::LIMIT)?,
        }
    }
    let (documents, next) =
        hub.store().page_documents(caller.account, visibility(caller), wanted).await.map_err(fault)?;
    let shown = places::site(&site).to_string();
    let shown = shown.strip_suffix('}').unwrap_or(&shown);
    let next = value!(next.map(|serial| serial.to_string()));
    let text = format!("{shown},\"orders\":[{}],\"next_cursor\":{next}}}", documents.join(","));
    Ok(json(StatusCode::OK, text))
}

/// `GET /v1/services`
pub(super) async fn services(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let mut wanted = Words::default();
    for (_, text) in parameters(query, &["q"])? {
        wanted = words(&text)?;
    }
    let list = places::services(hub, caller, &wanted).await?;
    Ok(json(StatusCode::OK, value!({ "services": list }).to_string()))
}

/// `GET /v1/customers`
pub(super) async fn customers(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let (mut wanted, mut place, mut most) = (Words::default(), CustomerPlace::default(), PAGE);
    for (name, text) in parameters(query, &["q", "cursor", "limit"])? {
        match name.as_str() {
            "q" => wanted = words(&text)?,
            "cursor" => place = text.parse().map_err(|()| Problem::query("cursor", "is no cursor"))?,
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let (found, next) = places::customers(hub, caller, &wanted, place, most).await?;
    let list: Vec<Value> = found.iter().map(places::customer).collect();
    let body = value!({"customers": list, "next_cursor": next.map(|place| place.to_string())});
    Ok(json(StatusCode::OK, body.to_string()))
}
