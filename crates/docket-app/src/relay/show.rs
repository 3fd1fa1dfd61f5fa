//! Deliveries, rules, connections and differences as every face shows them: JSON.

use super::resolve::{self, DeliveryId};
use super::rules::{DryRun, Rule, Variable};
use super::{Health, Line, Purpose};
use crate::exchange::Masker;
use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::connection::{Connection, Role};
use docket_core::ids::{AccountId, ConnectionId, Serial};
use docket_core::ledger::Fault;
use docket_core::order::Value as FieldValue;
use docket_dialects::connect::settings;
use docket_store::{Delivery, DeliveryStatus, Difference, DifferenceKind, Lookup, Store};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn time(ms: i64) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |at| at.to_string().into())
}

fn maybe_time(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, time)
}

/// The connections of an account.
pub async fn connections(store: &Store, account: AccountId) -> Result<Vec<Arc<Connection>>, Fault> {
    let directory = store.directory().await.map_err(fault)?;
    Ok(directory.connections.into_iter().filter(|connection| connection.account == account).collect())
}

/// Deliveries, with the names of their connections and the numbers of their orders.
pub async fn deliveries(store: &Store, account: AccountId, list: &[Delivery]) -> Result<Vec<Value>, Fault> {
    let known = connections(store, account).await?;
    let mut serials: Vec<Serial> = list.iter().map(|delivery| delivery.serial).collect();
    serials.sort_unstable();
    serials.dedup();
    let mut shown = Vec::with_capacity(list.len());
    let loaded = store.load(account, Lookup { serials, ..Lookup::default() }).await.map_err(fault)?;
    for delivery in list {
        let connection = known.iter().find(|known| known.id == delivery.connection).map(|known| known.name.as_str());
        let order = loaded.orders.get(&delivery.serial);
        let owed = matches!(delivery.status, DeliveryStatus::Queued | DeliveryStatus::Sending);
        shown.push(json!({
            "id": DeliveryId::of(delivery).to_string(),
            "connection": connection,
            "order": {
                "id": order.map(|order| order.id.to_string()),
                "serial": delivery.serial.0,
                "number": order.and_then(|order| order.fields.number.clone()),
            },
            "status": delivery.status.word(),
            "held_for": delivery.hold.map(|hold| hold.word()),
            "since": time(delivery.since_ms),
            "due": owed.then(|| time(delivery.due_ms.max(delivery.since_ms))),
            "attempts": delivery.attempts,
            "wanted": delivery.wanted.0,
            "covered": delivery.covered.0,
            "tried_at": maybe_time(delivery.tried_ms),
            "error": delivery.error,
            "summary": delivery.summary,
            "exchange": delivery.exchange.map(|id| id.to_string()),
        }));
    }
    Ok(shown)
}

/// How it goes with a counterpart.
pub fn health(health: &Health, now: Timestamp) -> Value {
    let waits = health.not_before_ms.filter(|at| *at > now.as_millisecond());
    json!({
        "last_contact": maybe_time(health.last_contact_ms),
        "last_success": maybe_time(health.last_success_ms),
        "last_error": health.last_error.as_ref().map(|error| json!({"at": time(error.at_ms), "text": error.text})),
        "failures": health.failures,
        "not_before": maybe_time(waits),
        "denied": health.denied.as_ref().map(|denied| {
            json!({"since": time(denied.since_ms), "until": time(denied.until_ms)})
        }),
        "pulled": health.pulled.as_ref().map(|round| {
            json!({"at": time(round.at_ms), "seen": round.seen, "changed": round.changed, "problems": round.problems})
        }),
        "compared": health.compared.as_ref().map(|compared| {
            json!({
                "begun": time(compared.begun_ms),
                "ended": maybe_time(compared.ended_ms),
                "seen": compared.seen,
                "error": compared.error,
            })
        }),
    })
}

/// How many deliveries to a connection stand how.
pub type Counts = BTreeMap<ConnectionId, (BTreeMap<&'static str, i64>, Option<i64>)>;

/// Of all connections of an account.
pub async fn counts(store: &Store, account: AccountId) -> Result<Counts, Fault> {
    let mut counts = Counts::new();
    for (connection, status, count, since_ms) in store.delivery_counts(account).await.map_err(fault)? {
        let (known, oldest) = counts.entry(connection).or_default();
        known.insert(status.word(), count);
        if matches!(status, DeliveryStatus::Queued | DeliveryStatus::Sending) {
            *oldest = Some(oldest.map_or(since_ms, |known| known.min(since_ms)));
        }
    }
    Ok(counts)
}

/// A setting's text; an address without the secrets in it.
fn address(masker: &Masker, value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (host, path) = place.split_once('/').map_or((place, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or_else(|| host.to_owned(), |(_, host)| format!("***@{host}"));
    let path = path.map_or_else(String::new, |path| format!("/{path}"));
    let query = query.map_or_else(String::new, |query| format!("?{}", masker.query(query)));
    format!("{scheme}://{host}{path}{query}")
}

/// A connection: how it is set, and how it goes with its counterpart where it calls one.
pub async fn connection(
    store: &Store,
    connection: &Connection,
    counts: &Counts,
    now: Timestamp,
) -> Result<Map<String, Value>, Fault> {
    let dialect = docket_dialects::dialect(&connection.dialect);
    let is_secret = |name: &str| {
        dialect.is_some_and(|dialect| dialect.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name)))
    };
    let masker = Masker::new(dialect.map_or(&[], |dialect| dialect.secrets));
    let shown = |(name, value): (&String, &String)| {
        let value = if is_secret(name) { "***".to_owned() } else { address(&masker, value) };
        (name.clone(), Value::from(value))
    };
    let settings: Map<String, Value> = connection.settings.iter().map(shown).collect();
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("id", connection.id.0.into());
    put("name", connection.name.as_str().into());
    put("dialect", connection.dialect.as_str().into());
    put("role", connection.role.word().into());
    put("scope", connection.scope.word().into());
    put("enabled", connection.enabled.into());
    put("settings", settings.into());
    put("created_at", connection.created_at.to_string().into());
    if connection.role != Role::Connect {
        let last = crate::calls::written(store, connection).await?;
        put("last_call_at", last.map_or(Value::Null, |at| at.to_string().into()));
    }
    if connection.role != Role::Serve {
        let secrets = crate::vault::names(store, connection.id).await.map_err(fault)?;
        put("secrets", secrets.into());
        put("health", health(&resolve::health(store, connection.id).await?, now));
        let (known, oldest) = counts.get(&connection.id).cloned().unwrap_or_default();
        put("deliveries", json!({"counts": known, "oldest": maybe_time(oldest)}));
    }
    Ok(object)
}

/// What a connection's counterpart allows, and how much of it is used; `None` when it cannot be called.
pub async fn budget(hub: &Arc<Hub>, connection: &Arc<Connection>) -> Option<Value> {
    let line = Line::open(hub, connection, Purpose::Reconcile).await.ok()?;
    let governor = line.governor();
    let (running, uses) = governor.uses();
    let windows: Vec<Value> = uses
        .iter()
        .map(|one| {
            json!({
                "operations": one.limit.operations,
                "calls": one.limit.calls,
                "within_s": one.limit.within_ms / 1000,
                "used": one.used,
            })
        })
        .collect();
    let poll = settings::setting("poll_s").map(|setting| settings::default_of(setting, line.connect()));
    let poll_s = connection.setting("poll_s").map(str::to_owned).or(poll).and_then(|text| text.parse::<i64>().ok());
    Some(json!({
        "at_once": governor.limits().at_once,
        "on_their_way": running,
        "windows": windows,
        "paused_until": governor.paused_until().map(|at| at.to_string()),
        "poll_s": poll_s,
    }))
}

/// A rule.
pub fn rule(rule: &Rule) -> Value {
    json!({
        "name": rule.name,
        "from": rule.from,
        "when": rule.when,
        "to": rule.to,
        "with": rule.with,
        "enabled": rule.enabled,
        "order": rule.order,
        "source": rule.source,
    })
}

/// A name that an expression may use.
pub fn variable(variable: &Variable) -> Value {
    json!({"name": variable.name, "kind": variable.kind, "about": variable.about, "example": variable.example})
}

fn field(value: &FieldValue) -> Value {
    match value {
        FieldValue::Null | FieldValue::Tasks(_) => Value::Null,
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Integer(number) => (*number).into(),
        FieldValue::Number(number) => (*number).into(),
        FieldValue::Flag(flag) => (*flag).into(),
        FieldValue::Time(at) => at.to_string().into(),
        FieldValue::Texts(texts) => texts.clone().into(),
        FieldValue::Integers(numbers) => numbers.clone().into(),
    }
}

/// What a dry run found.
pub fn dry_run(run: &DryRun) -> Value {
    let orders: Vec<Value> = run
        .orders
        .iter()
        .map(|(order, set)| {
            let with: Map<String, Value> =
                set.iter().map(|(name, value)| (name.name().to_owned(), field(value))).collect();
            json!({
                "id": order.id.to_string(),
                "serial": order.serial.0,
                "number": order.fields.number,
                "status": order.state.word(),
                "with": with,
            })
        })
        .collect();
    let never: Vec<Value> = run.never.iter().map(|(why, count)| json!({"why": why, "orders": count})).collect();
    let errors: Vec<Value> = run.errors.iter().map(|(what, count)| json!({"error": what, "orders": count})).collect();
    json!({
        "looked_at": run.looked_at,
        "would_go": run.would_go,
        "orders": orders,
        "never": never,
        "errors": errors,
    })
}

/// A difference.
pub fn difference(difference: &Difference) -> Value {
    let mut object = Map::new();
    object.insert("kind".to_owned(), difference.kind.word().into());
    object.insert("order".to_owned(), difference.serial.map_or(Value::Null, |serial| serial.0.into()));
    object.insert("since".to_owned(), time(difference.since_ms));
    object.insert("seen".to_owned(), time(difference.seen_ms));
    if let Ok(Value::Object(members)) = serde_json::from_str(&difference.document) {
        object.extend(members);
    }
    Value::Object(object)
}

/// The standing report of a connection: a page of it.
pub async fn report(
    store: &Store,
    connection: &Connection,
    after: Option<(DifferenceKind, String)>,
    limit: usize,
    now: Timestamp,
) -> Result<Value, Fault> {
    let known = resolve::health(store, connection.id).await?;
    let counts = store.difference_counts(connection.id).await.map_err(fault)?;
    let counts: Map<String, Value> =
        counts.into_iter().map(|(kind, count)| (kind.word().to_owned(), count.into())).collect();
    let page = store.differences(connection.id, after, limit).await.map_err(fault)?;
    let next = page.last().filter(|_| page.len() == limit);
    let next = next.map(|last| format!("{}:{}", last.kind.word(), last.subject));
    let list: Vec<Value> = page.iter().map(difference).collect();
    Ok(json!({
        "connection": connection.name,
        "compared": health(&known, now).get("compared"),
        "counts": counts,
        "differences": list,
        "next_cursor": next,
    }))
}

/// The place in a report that its cursor names.
pub fn place(cursor: &str) -> Option<(DifferenceKind, String)> {
    let (kind, subject) = cursor.split_once(':')?;
    Some((DifferenceKind::from_word(kind)?, subject.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_secrets_only() {
        let masker = Masker::new(&["key"]);
        let cases = [
            ("https://a.example/x?key=1&b=2", "https://a.example/x?key=***&b=2"),
            ("https://me:secret@a.example:8443/x", "https://***@a.example:8443/x"),
            ("https://a.example", "https://a.example"),
            ("a@b.example", "a@b.example"),
            ("", ""),
        ];
        for (value, expected) in cases {
            assert_eq!(address(&masker, value), expected);
        }
    }
}
