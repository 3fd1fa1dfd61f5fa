//! Connections, deliveries, rules and reconciling through the native API.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::parameters;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::hub::fault;
use docket_app::native::target_of;
use docket_app::relay::resolve::{self, DeliveryId, Resolved, SettleOutcome};
use docket_app::relay::rules::{self, PutError, Rule, RuleError, Source};
use docket_app::relay::show;
use docket_core::connection::{Caller, Connection, Role};
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Ledger, Target};
use docket_dialects::connect::Settled;
use docket_store::{DeliveryQuery, DeliveryStatus, Resolve};
use http::{Method, StatusCode};
use serde_json::{Value, json as value};
use std::sync::Arc;

/// How many a page has unless it says.
const PAGE: usize = 100;
/// The largest page.
const LIMIT: usize = 1_000;

/// What can be asked of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Connections,
    Connection(&'a str),
    Pull(&'a str),
    Deliveries,
    Delivery(&'a str),
    Resolve(&'a str, Resolve),
    Settle(&'a str),
    Rules,
    RuleVariables,
    Rule(&'a str),
    AddRule,
    PutRule(&'a str),
    RemoveRule(&'a str),
    EnableRule(&'a str, bool),
    TryRule(&'a str),
    TryAny,
    Report(&'a str),
    Compare(&'a str),
    Repush(&'a str),
}

impl<'a> Operation<'a> {
    /// The operation of a method and path; `None` when the path is somebody else's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let reads = method == Method::GET || method == Method::HEAD;
        let posts = method == Method::POST;
        let found = match *segments {
            ["connections"] if reads => Operation::Connections,
            ["connections", name] if reads => Operation::Connection(name),
            ["connections", name, "pull"] if posts => Operation::Pull(name),
            ["deliveries"] if reads => Operation::Deliveries,
            ["deliveries", id] if reads => Operation::Delivery(id),
            ["deliveries", id, "retry"] if posts => Operation::Resolve(id, Resolve::Retry),
            ["deliveries", id, "drop"] if posts => Operation::Resolve(id, Resolve::Drop),
            ["deliveries", id, "release"] if posts => Operation::Resolve(id, Resolve::Release),
            ["deliveries", id, "settle"] if posts => Operation::Settle(id),
            ["rules"] if reads => Operation::Rules,
            ["rules"] if posts => Operation::AddRule,
            ["rules", "dry-run"] if posts => Operation::TryAny,
            ["rules", "variables"] if reads => Operation::RuleVariables,
            ["rules", name] if reads => Operation::Rule(name),
            ["rules", name] if method == Method::PUT && name != "variables" => Operation::PutRule(name),
            ["rules", name] if method == Method::DELETE && name != "variables" => Operation::RemoveRule(name),
            ["rules", name, "enable"] if posts => Operation::EnableRule(name, true),
            ["rules", name, "disable"] if posts => Operation::EnableRule(name, false),
            ["rules", name, "dry-run"] if posts => Operation::TryRule(name),
            ["reconcile", name] if reads => Operation::Report(name),
            ["reconcile", name] if posts => Operation::Compare(name),
            ["reconcile", name, "repush"] if posts => Operation::Repush(name),
            ["connections" | "deliveries" | "rules"]
            | ["connections" | "deliveries" | "rules" | "reconcile", _]
            | ["connections", _, "pull"]
            | ["deliveries", _, "retry" | "drop" | "release" | "settle"]
            | ["rules", _, "enable" | "disable" | "dry-run"]
            | ["reconcile", _, "repush"] => return Some(Err(Problem::method(method))),
            _ => return None,
        };
        Some(Ok(found))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::Connections => "connections/list",
            Operation::Connection(_) => "connections/show",
            Operation::Pull(_) => "connections/pull",
            Operation::Deliveries => "deliveries/list",
            Operation::Delivery(_) => "deliveries/show",
            Operation::Resolve(..) | Operation::Settle(_) => "deliveries/resolve",
            Operation::Rules => "rules/list",
            Operation::RuleVariables => "rules/variables",
            Operation::Rule(_) => "rules/show",
            Operation::AddRule | Operation::PutRule(_) => "rules/put",
            Operation::RemoveRule(_) => "rules/remove",
            Operation::EnableRule(..) => "rules/enable",
            Operation::TryRule(_) | Operation::TryAny => "rules/dry-run",
            Operation::Report(_) => "reconcile/show",
            Operation::Compare(_) => "reconcile/compare",
            Operation::Repush(_) => "reconcile/repush",
        }
    }
}

/// Does it.
pub(super) async fn perform(
    hub: &Arc<Hub>,
    caller: &Caller,
    operation: Operation<'_>,
    query: &str,
    body: &Bytes,
) -> Answered {
    match operation {
        Operation::Connections => connections(hub, caller).await,
        Operation::Connection(name) => {
            let connection = named(hub, caller, name)?;
            ok(shown(hub, caller, &connection).await?)
        }
        Operation::Pull(name) => {
            let connection = calling(hub, caller, name)?;
            resolve::pull(hub.store(), &connection, hub.now()).await?;
            hub.relay().ring();
            accepted(value!({"connection": connection.name, "asked": "pull"}))
        }
        Operation::Deliveries => deliveries(hub, caller, query).await,
        Operation::Delivery(id) => {
            let DeliveryId(connection, serial) = delivery_id(id)?;
            let found = hub.store().delivery(caller.account, connection, serial).await.map_err(fault)?;
            let found = found.ok_or_else(no_delivery)?;
            ok(show::deliveries(hub.store(), caller.account, &[found]).await?.remove(0))
        }
        Operation::Resolve(id, what) => resolve_one(hub, caller, id, what).await,
        Operation::Settle(id) => settle(hub, caller, id, body).await,
        Operation::Rules => {
            let list: Vec<Value> = rules::list(hub, caller.account).await?.iter().map(show::rule).collect();
            ok(value!({ "rules": list }))
        }
        Operation::RuleVariables => {
            let variables: Vec<Value> = rules::described().iter().map(show::variable).collect();
            ok(value!({"variables": variables, "functions": rules::functions()}))
        }
        Operation::Rule(name) => ok(show::rule(&rule(hub, caller, name).await?)),
        Operation::AddRule => put_rule(hub, caller, None, body).await,
        Operation::PutRule(name) => put_rule(hub, caller, Some(name), body).await,
        Operation::RemoveRule(name) => {
            editable(&rule(hub, caller, name).await?)?;
            rules::remove(hub.store(), caller.account, name).await?;
            Ok(json(StatusCode::NO_CONTENT, ""))
        }
        Operation::EnableRule(name, enabled) => {
            let rule = rule(hub, caller, name).await?;
            editable(&rule)?;
            let rule = Rule { enabled, ..rule };
            rules::put(hub.store(), caller.account, &rule).await.map_err(refused)?;
            hub.relay().ring();
            ok(show::rule(&rule))
        }
        Operation::TryRule(name) => try_rule(hub, caller, &rule(hub, caller, name).await?, query).await,
        Operation::TryAny => {
            let rule = Rule::from_json(None, body).map_err(|error| refused(PutError::Rule(error)))?;
            try_rule(hub, caller, &rule, query).await
        }
        Operation::Report(name) => report(hub, caller, name, query).await,
        Operation::Compare(name) => {
            let connection = calling(hub, caller, name)?;
            resolve::compare(hub.store(), &connection, hub.now()).await?;
            hub.relay().ring();
            accepted(value!({"connection": connection.name, "asked": "compare"}))
        }
        Operation::Repush(name) => repush(hub, caller, name, body).await,
    }
}

fn ok(body: Value) -> Answered {
    Ok(json(StatusCode::OK, body.to_string()))
}

fn accepted(body: Value) -> Answered {
    Ok(json(StatusCode::ACCEPTED, body.to_string()))
}

fn no_delivery() -> Problem {
    Problem::not_found("there is no such delivery")
}

fn delivery_id(text: &str) -> Result<DeliveryId, Problem> {
    text.parse().map_err(|()| no_delivery())
}

pub(super) fn named(hub: &Hub, caller: &Caller, name: &str) -> Result<Arc<Connection>, Problem> {
    let directory = hub.directory();
    let mut own = directory.connections().filter(|known| known.account == caller.account);
    let id = name.parse().ok().map(ConnectionId);
    let found = own.find(|known| known.name == name || Some(known.id) == id);
    found.cloned().ok_or_else(|| Problem::not_found("there is no such connection"))
}

fn calling(hub: &Hub, caller: &Caller, name: &str) -> Result<Arc<Connection>, Problem> {
    let connection = named(hub, caller, name)?;
    if hub.relay().connect_of(&connection).is_some() {
        return Ok(connection);
    }
    let detail = match connection.role {
        Role::Serve => format!("`{name}` only serves: it calls nobody"),
        Role::Connect | Role::Both => format!("the dialect {} calls no counterparts yet", connection.dialect),
    };
    Err(Problem::new(StatusCode::CONFLICT, "not_connecting", "The connection does not call", detail))
}

pub(super) async fn shown(hub: &Arc<Hub>, caller: &Caller, connection: &Arc<Connection>) -> Result<Value, Problem> {
    let counts = show::counts(hub.store(), caller.account).await?;
    let mut object = show::connection(hub.store(), connection, &counts, hub.now()).await?;
    if connection.role != Role::Connect {
        let (last, within_hour) = hub.called(connection).await?;
        object.insert("last_call_at".to_owned(), last.map(|at| at.to_string()).into());
        object.insert("calls_last_hour".to_owned(), within_hour.into());
    }
    if connection.role != Role::Serve {
        let budget = show::budget(hub, connection).await;
        object.insert("budget".to_owned(), budget.unwrap_or(Value::Null));
    }
    Ok(Value::Object(object))
}

async fn connections(hub: &Arc<Hub>, caller: &Caller) -> Answered {
    let directory = hub.directory();
    let mut own: Vec<_> = directory.connections().filter(|known| known.account == caller.account).collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    let mut list = Vec::with_capacity(own.len());
    for connection in own {
        list.push(shown(hub, caller, connection).await?);
    }
    ok(value!({ "connections": list }))
}

fn limit_of(text: &str) -> Result<usize, Problem> {
    let wrong = || Problem::query("limit", format!("use 1 to {LIMIT}"));
    text.parse().ok().filter(|limit| (1..=LIMIT).contains(limit)).ok_or_else(wrong)
}

async fn deliveries(hub: &Hub, caller: &Caller, query: &str) -> Answered {
    let mut wanted = DeliveryQuery { limit: PAGE, ..DeliveryQuery::default() };
    for (name, text) in parameters(query, &["connection", "order", "status", "cursor", "limit"])? {
        match name.as_str() {
            "connection" => wanted.connection = Some(named(hub, caller, &text)?.id),
            "order" => wanted.serial = Some(serial_of(hub, caller, &text).await?),
            "status" => {
                let words = || DeliveryStatus::ALL.iter().map(|status| status.word()).collect::<Vec<_>>().join(", ");
                let read = |word: &str| DeliveryStatus::from_word(word.trim());
                let read: Option<Vec<DeliveryStatus>> = text.split(',').map(read).collect();
                wanted.statuses =
                    read.ok_or_else(|| Problem::query("status", format!("`{text}` is none of {}", words())))?;
            }
            "cursor" => {
                let place = || {
                    let (since_ms, id) = text.split_once('.')?;
                    let DeliveryId(connection, serial) = id.parse().ok()?;
                    Some((since_ms.parse().ok()?, connection, serial))
                };
                wanted.after = Some(place().ok_or_else(|| Problem::query("cursor", "is no cursor"))?);
            }
            _ => wanted.limit = limit_of(&text)?,
        }
    }
    let page = hub.store().deliveries(caller.account, &wanted).await.map_err(fault)?;
    let next = page.last().filter(|_| page.len() == wanted.limit);
    let next = next.map(|last| format!("{}.{}", last.since_ms, DeliveryId::of(last)));
    let list = show::deliveries(hub.store(), caller.account, &page).await?;
    ok(value!({"deliveries": list, "next_cursor": next}))
}

async fn serial_of(hub: &Hub, caller: &Caller, name: &str) -> Result<Serial, Problem> {
    match target_of(name) {
        Some(Target::Serial(serial)) => Ok(serial),
        Some(target) => {
            let found = hub.order(caller, target).await?;
            Ok(found.ok_or_else(|| Problem::not_found("there is no such order"))?.serial)
        }
        None => Err(Problem::not_found("there is no such order")),
    }
}

async fn resolve_one(hub: &Hub, caller: &Caller, id: &str, what: Resolve) -> Answered {
    let id = delivery_id(id)?;
    match resolve::delivery(hub.store(), caller.account, id, what, hub.now()).await? {
        Resolved::NotFound => Err(no_delivery()),
        Resolved::Done(delivery) => {
            hub.relay().ring();
            ok(show::deliveries(hub.store(), caller.account, &[*delivery]).await?.remove(0))
        }
        Resolved::Not(delivery) => {
            let held = delivery.hold.map_or_else(String::new, |hold| format!(" for {}", hold.word()));
            let detail = format!("it is {}{held}: that cannot be done with it now", delivery.status.word());
            Err(Problem::new(StatusCode::CONFLICT, "delivery_status", "Not possible from where it stands", detail))
        }
    }
}

/// `{"done": "the id over there"}` or `{"done": false}`.
async fn settle(hub: &Hub, caller: &Caller, id: &str, body: &Bytes) -> Answered {
    let DeliveryId(connection, serial) = delivery_id(id)?;
    let said: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "syntax", "The body is no JSON", error.to_string()))?;
    let outcome = match said.get("done") {
        Some(Value::String(id)) if !id.is_empty() => Settled::Done(id.clone()),
        Some(Value::Bool(false)) => Settled::NotDone,
        _ => {
            let detail = "say the order's id over there, or false";
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A member makes no sense", detail);
            return Err(problem.at("/done".to_owned()));
        }
    };
    let connection = hub.directory().connection(connection).cloned();
    let connection = connection.filter(|known| known.account == caller.account).ok_or_else(no_delivery)?;
    let speaks = hub.relay().options().speaks;
    match resolve::settle(hub.store(), speaks, &connection, serial, &outcome, hub.now()).await? {
        SettleOutcome::NotFound => Err(no_delivery()),
        SettleOutcome::Done(delivery) => {
            hub.relay().ring();
            ok(show::deliveries(hub.store(), caller.account, &[*delivery]).await?.remove(0))
        }
        SettleOutcome::Not(why) => {
            Err(Problem::new(StatusCode::CONFLICT, "delivery_status", "Not possible from where it stands", why))
        }
    }
}

async fn rule(hub: &Hub, caller: &Caller, name: &str) -> Result<Rule, Problem> {
    let found = rules::list(hub, caller.account).await?.into_iter().find(|rule| rule.name == name);
    found.ok_or_else(|| Problem::not_found("there is no such rule"))
}

fn editable(rule: &Rule) -> Result<(), Problem> {
    match rule.source {
        Source::Here => Ok(()),
        Source::File => {
            let detail = format!("`{}` is edited in the file that [relay] rules names", rule.name);
            Err(Problem::new(StatusCode::CONFLICT, "rule_of_file", "The rule is a file's", detail))
        }
    }
}

fn refused(error: PutError) -> Problem {
    match error {
        PutError::Fault(fault) => fault.into(),
        PutError::Rule(RuleError { place, what, .. }) => {
            let detail = if place.is_empty() { what } else { format!("{place}: {what}") };
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "rule", "The rule makes no sense", detail);
            let pointer = if place.is_empty() { String::new() } else { format!("/{}", place.replacen('.', "/", 1)) };
            problem.at(pointer)
        }
    }
}

async fn put_rule(hub: &Hub, caller: &Caller, name: Option<&str>, body: &Bytes) -> Answered {
    let rule = Rule::from_json(name, body).map_err(|error| refused(PutError::Rule(error)))?;
    let known = rules::list(hub, caller.account).await?.into_iter().find(|known| known.name == rule.name);
    match (&known, name) {
        (Some(known), Some(_)) => editable(known)?,
        (Some(_), None) => {
            let detail = format!("there is a rule `{}` already; PUT /v1/rules/{0} replaces it", rule.name);
            return Err(Problem::new(StatusCode::CONFLICT, "taken", "Already taken", detail));
        }
        (None, _) => {}
    }
    rules::put(hub.store(), caller.account, &rule).await.map_err(refused)?;
    hub.relay().ring();
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok(json(status, show::rule(&rule).to_string()))
}

async fn try_rule(hub: &Hub, caller: &Caller, rule: &Rule, query: &str) -> Answered {
    let mut limit = PAGE;
    for (_, text) in parameters(query, &["limit"])? {
        limit = limit_of(&text)?;
    }
    let run = rules::dry_run(hub, caller.account, rule, limit).await.map_err(refused)?;
    ok(show::dry_run(&run))
}

async fn report(hub: &Hub, caller: &Caller, name: &str, query: &str) -> Answered {
    let connection = calling(hub, caller, name)?;
    let (mut after, mut limit) = (None, PAGE);
    for (name, text) in parameters(query, &["cursor", "limit"])? {
        match name.as_str() {
            "cursor" => after = Some(show::place(&text).ok_or_else(|| Problem::query("cursor", "is no cursor"))?),
            _ => limit = limit_of(&text)?,
        }
    }
    ok(show::report(hub.store(), &connection, after, limit, hub.now()).await?)
}

/// `{"orders": "all"}` or `{"orders": [17, "0198…"]}`.
async fn repush(hub: &Hub, caller: &Caller, name: &str, body: &Bytes) -> Answered {
    let connection = calling(hub, caller, name)?;
    let wrong = |detail: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A member makes no sense", detail)
            .at("/orders".to_owned())
    };
    let wanted: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "syntax", "The body is no JSON", error.to_string()))?;
    let owed = match wanted.get("orders") {
        Some(Value::String(all)) if all == "all" => resolve::repush_all(hub.store(), &connection, hub.now()).await?,
        Some(Value::Array(list)) if list.len() <= LIMIT => {
            let mut serials = Vec::with_capacity(list.len());
            for one in list {
                let name = one.as_str().map_or_else(|| one.to_string(), str::to_owned);
                serials.push(serial_of(hub, caller, &name).await?);
            }
            resolve::repush(hub.store(), &connection, &serials, hub.now()).await?
        }
        _ => return Err(wrong("say \"all\", or a list of at most 1000 orders by serial or id")),
    };
    hub.relay().ring();
    accepted(value!({"connection": connection.name, "owed": owed}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named() {
        let of = |method: Method, path: &'static str| {
            Operation::of(&method, &path.split('/').collect::<Vec<_>>()).map(|found| found.map_err(|p| p.status()))
        };
        assert_eq!(of(Method::GET, "deliveries"), Some(Ok(Operation::Deliveries)));
        let release = Operation::Resolve("3-17", Resolve::Release);
        assert_eq!(of(Method::POST, "deliveries/3-17/release"), Some(Ok(release)));
        assert_eq!(of(Method::DELETE, "rules/a"), Some(Ok(Operation::RemoveRule("a"))));
        assert_eq!(of(Method::POST, "rules/a/dry-run"), Some(Ok(Operation::TryRule("a"))));
        assert_eq!(of(Method::GET, "deliveries/3-17/retry"), Some(Err(StatusCode::METHOD_NOT_ALLOWED)));
        assert_eq!(of(Method::GET, "orders"), None);
        assert_eq!(of(Method::GET, "rules/a/b"), None);
    }
}
