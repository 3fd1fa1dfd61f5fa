//! The board: orders by filters and words, how many there are, and where they are.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::{self, PAGE, limit, number};
use axum::body::Body;
use axum::response::Response;
use docket_app::Hub;
use docket_app::board::{self, Rows};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{SiteId, UnitId, Uuid};
use docket_core::ledger::OrderQuery;
use docket_dialects::DIALECTS;
use docket_store::board::{BoardQuery, By, OnIt, Part, Place, Sought, Span};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json as value;

/// The longest text that is searched for, in bytes.
const SEARCH_LIMIT: usize = 500;
/// The most serials that are asked for at once.
const SERIALS_LIMIT: usize = 1_000;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Counts,
    Points,
    Blame(&'a str),
    /// Answered by [`super::lines`].
    Bulk,
}

impl<'a> Operation<'a> {
    /// The operation of a path below `/v1/`; `None` when it is another group's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let found = match segments {
            ["orders", "counts"] => Operation::Counts,
            ["orders", "points"] => Operation::Points,
            ["orders", "bulk"] => Operation::Bulk,
            ["orders", order, "blame"] => Operation::Blame(order),
            _ => return None,
        };
        Some(match (method, found) {
            (&Method::POST, Operation::Bulk) => Ok(found),
            (&Method::GET | &Method::HEAD, Operation::Counts | Operation::Points | Operation::Blame(_)) => Ok(found),
            _ => Err(Problem::method(method)),
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::Counts => "orders/counts",
            Operation::Points => "orders/points",
            Operation::Blame(_) => "orders/blame",
            Operation::Bulk => "orders/bulk",
        }
    }
}

pub(super) async fn perform(hub: &Hub, caller: &Caller, operation: Operation<'_>, query: &str) -> Answered {
    match operation {
        Operation::Counts => counts(hub, caller, query).await,
        Operation::Points => points(hub, caller, query).await,
        Operation::Blame(order) => blame(hub, caller, order).await,
        Operation::Bulk => Err(Problem::not_found("lines are answered as they come")),
    }
}

/// `GET /v1/orders/{id}/blame`
async fn blame(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    let order = read::order(hub, caller, name).await?;
    let fields = docket_app::native::blame(hub, caller, &order).await?;
    Ok(json(StatusCode::OK, value!({ "fields": fields }).to_string()))
}

/// Parameters that say which orders.
const FILTERS: &[&str] = &[
    "q",
    "status",
    "number",
    "service",
    "unit",
    "site",
    "origin",
    "connection",
    "rush",
    "rework",
    "late",
    "tag",
    "orders",
    "due",
    "due_from",
    "due_until",
    "created_from",
    "created_until",
    "updated_from",
    "updated_until",
];

/// What a listing was asked for.
struct Asked {
    query: BoardQuery,
    part: Part,
    is_rows: bool,
}

fn flag(name: &str, text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Problem::query(name, "use true or false")),
    }
}

/// A moment, or the beginning of a day (UTC).
fn moment(name: &str, text: &str) -> Result<Timestamp, Problem> {
    let day = || format!("{text}T00:00:00Z").parse().ok().filter(|_| text.len() == 10);
    let wrong = || Problem::query(name, "use a moment like 2026-03-01T08:00:00Z, or a day like 2026-03-01");
    text.parse().ok().or_else(day).ok_or_else(wrong)
}

fn span<'a>(query: &'a mut BoardQuery, name: &str) -> &'a mut Span {
    match name.split('_').next() {
        Some("due") => &mut query.due,
        Some("created") => &mut query.created,
        _ => &mut query.updated,
    }
}

async fn filter(hub: &Hub, caller: &Caller, query: &mut BoardQuery, name: &str, text: String) -> Result<(), Problem> {
    match name {
        "q" if text.len() > SEARCH_LIMIT => return Err(Problem::query("q", format!("at most {SEARCH_LIMIT} bytes"))),
        "q" => query.words = Sought::of(&text),
        "status" => query.states = read::states(&text)?,
        "number" => query.number = Some(text),
        "service" => query.services = Some(services(hub, caller, text).await?),
        "unit" => {
            query.unit = Some(match text.as_str() {
                "none" => OnIt::Nobody,
                "any" => OnIt::Somebody,
                id => OnIt::Unit(UnitId(number("unit", id)?)),
            });
        }
        "site" => {
            let id = Uuid::try_parse(&text).map_err(|_| Problem::query("site", "is the id of no site"))?;
            query.site = Some(SiteId(id));
        }
        "origin" => query.dialect = Some(dialect(text)?),
        "connection" => query.connection = Some(read::connection(hub, caller, &text)?),
        "rush" => query.rush = Some(flag(name, &text)?),
        "rework" => query.rework = Some(flag(name, &text)?),
        "late" => query.late = Some(flag(name, &text)?),
        "tag" => query.tags.push(text),
        "orders" => query.serials = Some(serials(&text)?),
        "due" => {
            query.has_due = Some(match text.as_str() {
                "none" => false,
                "any" => true,
                _ => return Err(Problem::query("due", "use none or any; due_from and due_until say when")),
            });
        }
        from if from.ends_with("_from") => span(query, name).from = Some(moment(name, &text)?),
        _ => span(query, name).until = Some(moment(name, &text)?),
    }
    Ok(())
}

/// The serials of orders that are asked for.
fn serials(text: &str) -> Result<Vec<i64>, Problem> {
    let words: Vec<&str> = text.split(',').take(SERIALS_LIMIT + 1).collect();
    if words.len() > SERIALS_LIMIT {
        return Err(Problem::query("orders", format!("at most {SERIALS_LIMIT} at once")));
    }
    let serial = |word: &str| number("orders", word.trim()).and_then(known_serial);
    words.into_iter().map(serial).collect()
}

/// What can be a serial.
fn known_serial(serial: i64) -> Result<i64, Problem> {
    match (1..1 << 53).contains(&serial) {
        true => Ok(serial),
        false => Err(Problem::query("orders", format!("`{serial}` is no serial"))),
    }
}

/// A service by its word or id, or by the name it has in the catalogue.
async fn services(hub: &Hub, caller: &Caller, text: String) -> Result<Vec<String>, Problem> {
    let catalogue = hub.catalogue(caller.account).await?;
    let same = |name: &str| name.eq_ignore_ascii_case(&text);
    let mut services: Vec<String> = catalogue
        .iter()
        .filter(|service| same(&service.name) || same(&service.slug))
        .flat_map(|service| [service.id.to_string(), service.name.clone()])
        .collect();
    services.push(text);
    services.sort_unstable();
    services.dedup();
    Ok(services)
}

fn sort(text: &str) -> Result<(By, bool), Problem> {
    let (name, is_down) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let by = match name {
        "serial" => By::Serial,
        "due" => By::Due,
        "updated" => By::Updated,
        _ => return Err(Problem::query("sort", "use serial, due or updated, with a - before it for the other way")),
    };
    Ok((by, is_down))
}

fn place(text: &str) -> Result<Place, Problem> {
    let wrong = || Problem::query("cursor", "is no cursor");
    let (at, serial) = text.split_once('~').map_or((None, text), |(at, serial)| (Some(at), serial));
    let at_us = at.filter(|at| !at.is_empty()).map(str::parse).transpose().map_err(|_| wrong())?;
    Ok(Place { at_us, serial: serial.parse().map_err(|_| wrong())? })
}

fn cursor(by: By, place: Place) -> String {
    match by {
        By::Serial => place.serial.to_string(),
        By::Due | By::Updated => {
            format!("{}~{}", place.at_us.map(|at| at.to_string()).unwrap_or_default(), place.serial)
        }
    }
}

/// The name of an order API, or `native`.
fn dialect(text: String) -> Result<String, Problem> {
    let ids = || DIALECTS.iter().map(|dialect| dialect.id).chain(["native"]);
    match ids().any(|id| id == text) {
        true => Ok(text),
        false => Err(Problem::query("origin", format!("use one of {}", ids().collect::<Vec<_>>().join(", ")))),
    }
}

/// What `GET /v1/orders` is asked for.
async fn asked(hub: &Hub, caller: &Caller, query: &str) -> Result<Asked, Problem> {
    let part = Part { by: By::Serial, is_down: false, after: None, limit: PAGE };
    let mut asked = Asked { query: BoardQuery::default(), part, is_rows: false };
    let known: Vec<&str> = FILTERS.iter().copied().chain(["sort", "cursor", "limit", "view"]).collect();
    for (name, text) in read::parameters(query, &known)? {
        match name.as_str() {
            "sort" => (asked.part.by, asked.part.is_down) = sort(&text)?,
            "cursor" => asked.part.after = Some(place(&text)?),
            "limit" => asked.part.limit = limit(&text, OrderQuery::LIMIT)?,
            "view" => {
                asked.is_rows = match text.as_str() {
                    "row" => true,
                    "full" => false,
                    _ => return Err(Problem::query("view", "use row or full")),
                }
            }
            _ => filter(hub, caller, &mut asked.query, &name, text).await?,
        }
    }
    Ok(asked)
}

async fn filters(hub: &Hub, caller: &Caller, query: &str) -> Result<BoardQuery, Problem> {
    let mut wanted = BoardQuery::default();
    for (name, text) in read::parameters(query, FILTERS)? {
        filter(hub, caller, &mut wanted, &name, text).await?;
    }
    Ok(wanted)
}

/// What is answered is a little old: the index could not be brought further in time.
const BEHIND: HeaderName = HeaderName::from_static("docket-behind");

fn marked(mut response: Response, is_current: bool) -> Response {
    if !is_current {
        response.headers_mut().insert(BEHIND, HeaderValue::from_static("true"));
    }
    response
}

/// `GET /v1/orders`
pub(super) async fn list(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let asked = asked(hub, caller, query).await?;
    let mut out = Vec::new();
    out.extend_from_slice(b"{\"orders\":");
    out.push(b'[');
    let (next, is_current) = match asked.is_rows {
        true => {
            let page = board::page(hub, caller, &asked.query, asked.part).await?;
            let rows = Rows::of(hub, caller).await?;
            out.reserve(page.orders.len() * 700 + 64);
            joined(&mut out, &page.orders, |out, card| rows.write(out, card));
            (page.next, page.is_current)
        }
        false => {
            let page = board::documents(hub, caller, &asked.query, asked.part).await?;
            out.reserve(page.orders.iter().map(|document| document.len() + 1).sum::<usize>() + 64);
            joined(&mut out, &page.orders, |out, document| out.extend_from_slice(document.as_bytes()));
            (page.next, page.is_current)
        }
    };
    let next = next.map_or_else(|| "null".to_owned(), |place| format!("\"{}\"", cursor(asked.part.by, place)));
    out.extend_from_slice(format!("],\"next_cursor\":{next}}}").as_bytes());
    Ok(marked(json(StatusCode::OK, out), is_current))
}

fn joined<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
}

/// `GET /v1/orders/counts`
async fn counts(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let counts = board::counts(hub, caller, &filters(hub, caller, query).await?).await?;
    let total: u64 = counts.states.iter().map(|(_, count)| count).sum();
    let states: Vec<String> =
        counts.states.iter().map(|(state, count)| format!("\"{}\":{count}", state.word())).collect();
    let text = format!("{{\"statuses\":{{{}}},\"total\":{total},\"exact\":{}}}", states.join(","), counts.is_exact);
    Ok(json(StatusCode::OK, text))
}

/// `GET /v1/orders/points`
async fn points(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    use std::fmt::Write as _;
    let (points, more) = board::points(hub, caller, &filters(hub, caller, query).await?).await?;
    let mut text = String::with_capacity(points.len() * 56 + 32);
    text.push_str("{\"points\":");
    text.push('[');
    for (index, point) in points.iter().enumerate() {
        let separator = if index > 0 { "," } else { "" };
        let number = |number: Option<i64>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
        // Writing to memory does not fail.
        let _ = write!(
            text,
            "{separator}[{},{},{},\"{}\",{},{},{}]",
            point.serial,
            point.latitude,
            point.longitude,
            point.state.word(),
            number(point.unit),
            number(point.radius_m),
            i32::from(point.is_late)
        );
    }
    let _ = write!(text, "],\"more\":{more}}}");
    Ok(json(StatusCode::OK, Body::from(text)))
}
