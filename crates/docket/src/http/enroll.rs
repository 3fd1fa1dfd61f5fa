//! Connections through the native API: made, changed, given new credentials, removed. As the command line does it.

use super::App;
use super::dialects::origin;
use super::native::{Answered, json};
use super::problem::Problem;
use super::relay::{named, shown};
use bytes::Bytes;
use docket_app::Hub;
use docket_app::enroll::{self, EnrollError, Enrolled, Enrollment};
use docket_app::hub::fault;
use docket_app::native::connections::{self as read, Given};
use docket_core::connection::{Caller, Connection, Role};
use docket_dialects::connect::settings;
use docket_dialects::dialect::Issue;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Why a connection was not made or changed, with a pointer to what is wrong.
fn problem(error: EnrollError, given: &Given) -> Problem {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let detail = error.to_string();
    let invalid = |detail: String, at: &str| {
        Problem::new(unprocessable, "invalid", "A member makes no sense", detail).at(at.to_owned())
    };
    match error {
        EnrollError::Dialect(_) => invalid(detail, "/dialect"),
        EnrollError::NotFound(_) => Problem::not_found("there is no such connection"),
        EnrollError::Taken(_) => {
            Problem::new(StatusCode::CONFLICT, "taken", "Already taken", detail).at("/name".to_owned())
        }
        EnrollError::Invalid(_) => invalid(detail, "/name"),
        EnrollError::Role(_) => invalid(detail, "/role"),
        EnrollError::Setting { name, what } => invalid(what, &given.pointer(&name)),
        EnrollError::Missing { title, settings } => {
            let wanted: Vec<String> = settings.iter().map(|(name, help)| format!("`{name}` ({help})")).collect();
            let detail = format!("a {title} connection that calls needs {}", wanted.join(", "));
            let first = settings.first().map_or("", |(name, _)| *name);
            Problem::new(unprocessable, "missing", "A member is missing", detail).at(given.pointer(first))
        }
        EnrollError::Vault(error) => {
            tracing::error!(%error, "what a connection is called with cannot be kept");
            let detail =
                "what is called with cannot be kept: the key it is sealed with is not at hand; the log has why";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", detail)
        }
        EnrollError::Store(error) => fault(error).into(),
    }
}

/// Whoever changes who may call is in the log, by name.
fn noted(caller: &Caller, connection: &Connection, what: &'static str) {
    let (name, dialect) = (connection.name.as_str(), connection.dialect.as_str());
    tracing::info!(connection = name, dialect, account = %caller.account, by = %caller.label, what, "a connection changed");
}

/// In force from now on: who may call, and whom we call.
async fn in_force(hub: &Hub) -> Result<(), Problem> {
    hub.refresh_directory().await?;
    hub.relay().ring();
    Ok(())
}

/// What was issued, with the served base in front, as the command line prints it.
fn issued(enrolled: &Enrolled, base_url: &str) -> Value {
    let connection = &enrolled.connection;
    let mut credentials = Map::new();
    if connection.role == Role::Connect {
        return credentials.into();
    }
    credentials.insert("url".to_owned(), base_url.into());
    let known = docket_dialects::dialect(&connection.dialect).map_or(&[] as &[_], |dialect| dialect.credentials);
    for (name, value) in &enrolled.printed {
        let is_item = known.iter().any(|one| one.name == name && matches!(one.issue, Issue::Item));
        let number = value.parse::<i64>().ok().filter(|_| is_item);
        credentials.insert(name.clone(), number.map_or_else(|| Value::from(value.as_str()), Value::from));
    }
    credentials.into()
}

/// The connection with its credentials: shown once, kept nowhere on the way.
async fn once(
    hub: &Arc<Hub>,
    caller: &Caller,
    status: StatusCode,
    (enrolled, base_url): (&Enrolled, &str),
) -> Answered {
    let connection = named(hub, caller, &enrolled.connection.name)?;
    let mut body = shown(hub, caller, &connection).await?;
    if let Some(members) = body.as_object_mut() {
        members.insert("credentials".to_owned(), issued(enrolled, base_url));
    }
    let mut response = json(status, body.to_string());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/v1/connections/{}", connection.name))
    {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}

fn account_name(hub: &Hub, caller: &Caller) -> Result<String, Problem> {
    let directory = hub.directory();
    let found = directory.accounts().iter().find(|(id, _)| *id == caller.account);
    found.map(|(_, name)| name.clone()).ok_or_else(|| Problem::not_found("there is no such account"))
}

/// `POST /v1/connections`
pub(super) async fn add(app: &App, caller: &Caller, parts: &Parts, body: &Bytes) -> Answered {
    let hub = &app.hub;
    let asked = read::added(body)?;
    let (account, base_url) = (account_name(hub, caller)?, origin(app, &parts.headers));
    let request = Enrollment {
        dialect: &asked.dialect,
        name: &asked.name,
        account: &account,
        role: asked.role,
        set: &asked.given.set,
        base_url: &base_url,
    };
    let (store, now) = (hub.store(), hub.now());
    let made = enroll::add_with(store, Some(hub.relay().vault()), request, now).await;
    let enrolled = made.map_err(|error| problem(error, &asked.given))?;
    let connection = &enrolled.connection;
    if connection.dialect == "planviewer" {
        // Who only orders documents should find some.
        let made = enroll::ensure_products(store, connection.account, now).await;
        made.map_err(|error| problem(error, &asked.given))?;
        hub.forget_catalogue(connection.account);
    }
    if !asked.enabled {
        let changed = Connection { enabled: false, ..(**connection).clone() };
        store.put_connection(changed).await.map_err(fault)?;
    }
    noted(caller, connection, "added");
    in_force(hub).await?;
    once(hub, caller, StatusCode::CREATED, (&enrolled, &base_url)).await
}

/// `PATCH /v1/connections/{name}`
pub(super) async fn change(hub: &Arc<Hub>, caller: &Caller, name: &str, body: &Bytes) -> Answered {
    let asked = read::changed(body)?;
    let connection = named(hub, caller, name)?;
    let enabled = asked.enabled.unwrap_or(connection.enabled);
    let mut set = asked.given.set.clone();
    // A secret that is taken back is one that is empty; whether it can be is the dialect's to say.
    let own = docket_dialects::dialect(&connection.dialect).map_or(&[] as &[_], |dialect| dialect.settings);
    let is_setting = |name: &str| own.iter().any(|known| known.name == name) || settings::setting(name).is_some();
    let taken = asked.given.unset.iter().filter(|name| !is_setting(name)).map(|name| (name.clone(), String::new()));
    set.extend(taken);
    let plain = Connection { enabled, ..enroll::without(&connection, &asked.given.unset) };
    let done = enroll::set_with(hub.store(), Some(hub.relay().vault()), &plain, &set).await;
    let changed = done.map_err(|error| problem(error, &asked.given))?;
    let what = match (connection.enabled, changed.enabled) {
        (true, false) => "disabled",
        (false, true) => "enabled",
        _ => "set",
    };
    noted(caller, &changed, what);
    in_force(hub).await?;
    let connection = named(hub, caller, &changed.name)?;
    Ok(json(StatusCode::OK, shown(hub, caller, &connection).await?.to_string()))
}

/// `POST /v1/connections/{name}/rotate`
pub(super) async fn rotate(app: &App, caller: &Caller, name: &str, parts: &Parts, body: &Bytes) -> Answered {
    let hub = &app.hub;
    let given = read::rotated(body)?;
    let connection = named(hub, caller, name)?;
    if connection.role == Role::Connect {
        let detail = format!(
            "`{}` only calls, nobody calls it; what it calls with is the counterpart's to renew, and then set here",
            connection.name
        );
        return Err(Problem::new(StatusCode::CONFLICT, "not_serving", "The connection does not serve", detail));
    }
    let base_url = origin(app, &parts.headers);
    let done = enroll::rotate(hub.store(), &connection, &given.set, &base_url).await;
    let enrolled = done.map_err(|error| problem(error, &given))?;
    noted(caller, &connection, "given new credentials");
    in_force(hub).await?;
    once(hub, caller, StatusCode::OK, (&enrolled, &base_url)).await
}

/// `DELETE /v1/connections/{name}`: its orders stay.
pub(super) async fn remove(hub: &Arc<Hub>, caller: &Caller, name: &str) -> Answered {
    let connection = named(hub, caller, name)?;
    hub.store().remove_connection(connection.id).await.map_err(fault)?;
    noted(caller, &connection, "removed");
    in_force(hub).await?;
    Ok(json(StatusCode::NO_CONTENT, ""))
}
