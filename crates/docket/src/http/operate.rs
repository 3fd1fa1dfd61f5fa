//! Operating the hub through the native API: what it speaks, who is connected, how it does, and what pickers list.

use super::native::{Answered, json};
use super::problem::Problem;
use super::read::parameters;
use super::{App, backup, enroll, map, places, ring, system};
use bytes::Bytes;
use docket_app::registry;
use docket_core::connection::Caller;
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::json as value;
use std::sync::Arc;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Dialects,
    Crosswalk,
    CrosswalkOf(&'a str),
    AddConnection,
    ChangeConnection(&'a str),
    RotateConnection(&'a str),
    RemoveConnection(&'a str),
    Map,
    System,
    Metrics,
    Backup,
    Sites,
    Site(&'a str),
    Services,
    Customers,
}

impl<'a> Operation<'a> {
    /// The operation of a method and path; `None` when the path is somebody else's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let reads = method == Method::GET || method == Method::HEAD;
        let posts = method == Method::POST;
        let found = match *segments {
            ["dialects"] if reads => Operation::Dialects,
            ["crosswalk"] if reads => Operation::Crosswalk,
            ["crosswalk", dialect] if reads => Operation::CrosswalkOf(dialect),
            ["connections"] if posts => Operation::AddConnection,
            ["connections", name] if method == Method::PATCH => Operation::ChangeConnection(name),
            ["connections", name] if method == Method::DELETE => Operation::RemoveConnection(name),
            ["connections", name, "rotate"] if posts => Operation::RotateConnection(name),
            ["map"] if reads => Operation::Map,
            ["system"] if reads => Operation::System,
            ["system", "metrics"] if reads => Operation::Metrics,
            ["system", "backup"] if reads => Operation::Backup,
            ["sites"] if reads => Operation::Sites,
            ["sites", site] if reads => Operation::Site(site),
            ["services"] if reads => Operation::Services,
            ["customers"] if reads => Operation::Customers,
            ["dialects" | "crosswalk" | "map" | "system" | "sites" | "services" | "customers"]
            | ["crosswalk" | "sites", _]
            | ["system", "metrics" | "backup"]
            | ["connections", _, "rotate"] => return Some(Err(Problem::method(method))),
            _ => return None,
        };
        Some(Ok(found))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::Dialects => "dialects",
            Operation::Crosswalk | Operation::CrosswalkOf(_) => "crosswalk",
            Operation::AddConnection => "connections/add",
            Operation::ChangeConnection(_) => "connections/change",
            Operation::RotateConnection(_) => "connections/rotate",
            Operation::RemoveConnection(_) => "connections/remove",
            Operation::Map => "map",
            Operation::System => "system",
            Operation::Metrics => "system/metrics",
            Operation::Backup => "system/backup",
            Operation::Sites => "sites/list",
            Operation::Site(_) => "sites/show",
            Operation::Services => "services/list",
            Operation::Customers => "customers/list",
        }
    }
}

/// Does it.
pub(super) async fn perform(
    app: &Arc<App>,
    caller: &Caller,
    operation: Operation<'_>,
    parts: &Parts,
    body: &Bytes,
) -> Answered {
    let hub = &app.hub;
    let query = parts.uri.query().unwrap_or_default();
    match operation {
        Operation::Dialects => {
            parameters(query, &[])?;
            Ok(json(StatusCode::OK, registry::dialects().to_string()))
        }
        Operation::Crosswalk => {
            parameters(query, &[])?;
            let all: Vec<_> = docket_dialects::DIALECTS.iter().map(|dialect| registry::crosswalk(dialect)).collect();
            Ok(json(StatusCode::OK, value!({ "dialects": all }).to_string()))
        }
        Operation::CrosswalkOf(id) => {
            parameters(query, &[])?;
            let none = || Problem::not_found("there is no such dialect");
            let dialect = docket_dialects::dialect(id).ok_or_else(none)?;
            Ok(json(StatusCode::OK, registry::crosswalk(dialect).to_string()))
        }
        Operation::AddConnection => enroll::add(app, caller, parts, body).await,
        Operation::ChangeConnection(name) => enroll::change(hub, caller, name, body).await,
        Operation::RotateConnection(name) => enroll::rotate(app, caller, name, parts, body).await,
        Operation::RemoveConnection(name) => enroll::remove(hub, caller, name).await,
        Operation::Map => map::show(app, caller).await,
        Operation::System => system::show(app, caller).await,
        Operation::Metrics => ring::show(app, query),
        Operation::Backup => backup::take(app, caller, &parts.method),
        Operation::Sites => places::sites(hub, caller, query).await,
        Operation::Site(site) => places::site(hub, caller, site, query).await,
        Operation::Services => places::services(hub, caller, query).await,
        Operation::Customers => places::customers(hub, caller, query).await,
    }
}
