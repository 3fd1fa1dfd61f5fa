//! Units: who they are and where they were; made, changed and removed.

use super::native::{Answered, empty, json};
use super::problem::Problem;
use super::read::{ENTRIES_LIMIT, PAGE, limit, number, parameters};
use bytes::Bytes;
use docket_app::Hub;
use docket_app::native::units::{self, Removed, place, shown};
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::track::{Report, ReportQuery};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json as value};

/// The most positions of one answer.
const POSITIONS_LIMIT: usize = 10_000;

/// What can be asked of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    List,
    Add,
    Show(&'a str),
    Change(&'a str),
    Remove(&'a str),
    Track(&'a str),
}

impl<'a> Operation<'a> {
    /// The operation of a path below `/v1/`; `None` when it is another group's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let reads = method == Method::GET || method == Method::HEAD;
        let found = match *segments {
            ["units"] if reads => Operation::List,
            ["units"] if method == Method::POST => Operation::Add,
            ["units", unit] if reads => Operation::Show(unit),
            ["units", unit] if method == Method::PATCH => Operation::Change(unit),
            ["units", unit] if method == Method::DELETE => Operation::Remove(unit),
            ["units", unit, "positions"] if reads => Operation::Track(unit),
            ["units"] | ["units", _] | ["units", _, "positions"] => return Some(Err(Problem::method(method))),
            _ => return None,
        };
        Some(Ok(found))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::List => "units/list",
            Operation::Add => "units/add",
            Operation::Show(_) => "units/show",
            Operation::Change(_) => "units/change",
            Operation::Remove(_) => "units/remove",
            Operation::Track(_) => "units/positions",
        }
    }
}

/// Does it.
pub(super) async fn perform(
    hub: &Hub,
    caller: &Caller,
    operation: Operation<'_>,
    query: &str,
    body: &Bytes,
) -> Answered {
    match operation {
        Operation::List => list(hub, caller, query).await,
        Operation::Add => add(hub, caller, body).await,
        Operation::Show(unit) => Ok(json(StatusCode::OK, shown(&find(hub, caller, unit).await?).to_string())),
        Operation::Change(unit) => change(hub, caller, unit, body).await,
        Operation::Remove(unit) => remove(hub, caller, unit).await,
        Operation::Track(unit) => positions(hub, caller, unit, query).await,
    }
}

/// `GET /v1/units`: in order of their ids.
async fn list(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let (mut after, mut most, mut wanted) = (0, PAGE, None);
    for (name, text) in parameters(query, &["unique_id", "cursor", "limit"])? {
        match name.as_str() {
            "unique_id" => wanted = Some(text),
            "cursor" => after = number::<i64>("cursor", &text)?,
            _ => most = limit(&text, ENTRIES_LIMIT)?,
        }
    }
    let units = hub.units_of(caller.account).await?;
    let is_wanted =
        |unit: &&Unit| unit.id.0 > after && wanted.as_ref().is_none_or(|unique_id| *unique_id == unit.unique_id);
    let mut page: Vec<&Unit> = units.iter().filter(is_wanted).take(most + 1).collect();
    let next = (page.len() > most).then(|| page.get(most - 1).map(|unit| unit.id.0.to_string())).flatten();
    page.truncate(most);
    let shown: Vec<Value> = page.into_iter().map(shown).collect();
    Ok(json(StatusCode::OK, value!({"units": shown, "next_cursor": next}).to_string()))
}

fn no_unit() -> Problem {
    Problem::not_found("there is no such unit")
}

/// The unit of an id, unique id or name.
async fn find(hub: &Hub, caller: &Caller, name: &str) -> Result<Unit, Problem> {
    units::find(hub, caller, name).await?.ok_or_else(no_unit)
}

/// `POST /v1/units`
async fn add(hub: &Hub, caller: &Caller, body: &[u8]) -> Answered {
    let unit = units::create(hub, caller, body).await?;
    let mut response = json(StatusCode::CREATED, shown(&unit).to_string());
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/units/{}", unit.id.0)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// `DELETE /v1/units/{id}`
async fn remove(hub: &Hub, caller: &Caller, name: &str) -> Answered {
    match units::remove(hub, caller, name).await? {
        Removed::Gone => Ok(empty(StatusCode::NO_CONTENT)),
        Removed::Unknown => Err(no_unit()),
        Removed::InUse => {
            let detail =
                "open orders are assigned to this unit; assign them to another, or take the unit away from them";
            Err(Problem::new(StatusCode::CONFLICT, "in_use", "Still in use", detail))
        }
    }
}

/// `PATCH /v1/units/{id}`
async fn change(hub: &Hub, caller: &Caller, name: &str, body: &[u8]) -> Answered {
    let unit = units::change(hub, caller, name, body).await?.ok_or_else(no_unit)?;
    // As it stands now, with where it was last seen.
    let unit = find(hub, caller, &unit.id.0.to_string()).await?;
    Ok(json(StatusCode::OK, shown(&unit).to_string()))
}

/// A place in a row of reports: a moment, and how many of that moment were given already.
fn cursor(text: &str) -> Option<(Timestamp, usize)> {
    let (at, given) = text.split_once('~')?;
    Some((at.parse().ok()?, given.parse().ok().filter(|given| *given <= ReportQuery::LIMIT)?))
}

/// What is asked of a unit's past.
struct Asked {
    query: ReportQuery,
    given: usize,
    most: usize,
    /// Messages without a position, too.
    messages: bool,
}

impl Asked {
    fn read(unit: &Unit, query: &str) -> Result<Asked, Problem> {
        let query_of = |from, until| ReportQuery { unit: unit.id, from, until, newest: false, limit: 0 };
        let all = query_of(Timestamp::MIN, Timestamp::MAX);
        let mut asked = Asked { query: all, given: 0, most: PAGE, messages: false };
        let moment = |name: &str, text: &str| {
            text.parse::<Timestamp>().map_err(|_| Problem::query(name, "use a time such as 2026-01-15T10:00:00Z"))
        };
        let mut place = None;
        for (name, text) in parameters(query, &["from", "until", "messages", "cursor", "limit"])? {
            match name.as_str() {
                "from" => asked.query.from = moment("from", &text)?,
                "until" => asked.query.until = moment("until", &text)?,
                "messages" => {
                    asked.messages = match text.as_str() {
                        "true" => true,
                        "false" => false,
                        _ => return Err(Problem::query("messages", "use true or false")),
                    }
                }
                "cursor" => {
                    place = Some(cursor(&text).ok_or_else(|| Problem::query("cursor", "is no cursor"))?);
                }
                _ => asked.most = limit(&text, POSITIONS_LIMIT)?,
            }
        }
        if let Some((at, given)) = place.filter(|(at, _)| *at >= asked.query.from) {
            (asked.query.from, asked.given) = (at, given);
        }
        Ok(asked)
    }
}

/// `GET /v1/units/{id}/positions`: oldest first.
async fn positions(hub: &Hub, caller: &Caller, name: &str, query: &str) -> Answered {
    let unit = find(hub, caller, name).await?;
    let Asked { mut query, given, most, messages } = Asked::read(&unit, query)?;
    // One more than is shown tells whether there is more.
    query.limit = given + most + 1;
    let found = hub.reports(caller.account, query).await?;
    let page = found.get(given..).unwrap_or_default();
    let has_more = page.len() > most;
    let page = page.get(..most).unwrap_or(page);
    let next = page.last().filter(|_| has_more).map(|last| {
        let of_moment = page.iter().rev().take_while(|report| report.at == last.at).count();
        // Those before the page count when the whole page is of one moment.
        let before = if of_moment == page.len() && query.from == last.at { given } else { 0 };
        format!("{}~{}", last.at, before + of_moment)
    });
    let is_wanted = |report: &&Report| messages || report.position.is_some();
    let shown: Vec<Value> = page.iter().filter(is_wanted).map(report).collect();
    Ok(json(StatusCode::OK, value!({"positions": shown, "next_cursor": next}).to_string()))
}

fn report(report: &Report) -> Value {
    let mut members = match report.position.as_ref().map(place) {
        Some(Value::Object(members)) => members,
        _ => Map::from_iter([("at".to_owned(), report.at.to_string().into())]),
    };
    members.insert("received_at".to_owned(), report.received_at.to_string().into());
    let more = [("inputs", report.inputs), ("outputs", report.outputs)];
    members.extend(more.into_iter().filter_map(|(name, bits)| Some((name.to_owned(), bits?.into()))));
    if report.alarm {
        members.insert("alarm".to_owned(), true.into());
    }
    let parameters = report.parameters.as_deref().and_then(|text| serde_json::from_str(text).ok());
    members.extend(parameters.map(|parameters: Value| ("parameters".to_owned(), parameters)));
    Value::Object(members)
}
