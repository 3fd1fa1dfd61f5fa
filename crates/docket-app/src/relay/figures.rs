//! The relay in figures, in Prometheus' text format: calls, waits, budgets, deliveries, and the outbox beside them.

use super::{Line, Purpose, resolve, show};
use crate::hub::{Hub, fault};
use docket_core::connection::{Connection, Role};
use docket_core::ids::{AccountId, ConnectionId};
use docket_core::ledger::Fault;
use docket_store::MailStatus;
use http::StatusCode;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// How a call to a counterpart ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    Answered(u16),
    Unknown,
    NotSent,
    OverBudget,
}

impl Ended {
    pub(super) fn answered(status: StatusCode) -> Ended {
        Ended::Answered(status.as_u16() / 100)
    }

    fn word(self) -> String {
        match self {
            Ended::Answered(class) => format!("{class}xx"),
            Ended::Unknown => "unknown".to_owned(),
            Ended::NotSent => "not_sent".to_owned(),
            Ended::OverBudget => "over_budget".to_owned(),
        }
    }
}

#[derive(Default)]
struct Waits {
    count: u64,
    total: Duration,
}

#[derive(Default)]
struct Counted {
    calls: BTreeMap<(ConnectionId, Ended), u64>,
    waits: BTreeMap<ConnectionId, Waits>,
}

/// What is counted while counterparts are called; from zero with each start.
#[derive(Default)]
pub(super) struct Figures(Mutex<Counted>);

impl Figures {
    pub(super) fn called(&self, connection: ConnectionId, ended: Ended) {
        *self.0.lock().calls.entry((connection, ended)).or_default() += 1;
    }

    /// How many calls were made that went out.
    pub(super) fn made(&self) -> u64 {
        let counted = self.0.lock();
        let out = counted.calls.iter().filter(|((_, ended), _)| !matches!(ended, Ended::NotSent | Ended::OverBudget));
        out.map(|(_, count)| *count).sum()
    }

    pub(super) fn waited(&self, connection: ConnectionId, waited: Duration) {
        let mut counted = self.0.lock();
        let waits = counted.waits.entry(connection).or_default();
        waits.count += 1;
        waits.total = waits.total.saturating_add(waited);
    }
}

/// A family of metrics: its rows, under one head.
struct Family(String);

impl Family {
    fn new(name: &str, kind: &str, help: &str) -> Family {
        Family(format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"))
    }

    fn row(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }
}

/// A label's value as it must be written.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The labels of a connection.
fn labels(accounts: &BTreeMap<AccountId, String>, connection: &Connection) -> String {
    let account = accounts.get(&connection.account).map(String::as_str).unwrap_or_default();
    format!(
        "account=\"{}\",connection=\"{}\",dialect=\"{}\"",
        quoted(account),
        quoted(&connection.name),
        connection.dialect
    )
}

/// All of it. What is owed is read from the store, so every hub on one database says the same; what was called is this
/// process's own.
pub async fn text(hub: &Arc<Hub>) -> Result<String, Fault> {
    let directory = hub.directory();
    let accounts: BTreeMap<AccountId, String> =
        directory.accounts().iter().map(|(id, name)| (*id, name.clone())).collect();
    let calling: Vec<(Arc<Connection>, String)> = directory
        .connections()
        .filter(|connection| connection.role != Role::Serve)
        .map(|connection| (Arc::clone(connection), labels(&accounts, connection)))
        .collect();
    let mut out = String::new();
    if !calling.is_empty() {
        out.push_str(&owed(hub, &accounts, &calling).await?);
        out.push_str(&health(hub, &calling).await?);
        out.push_str(&calls(hub, &calling));
        out.push_str(&budgets(hub, &calling).await);
    }
    out.push_str(&outbox(hub, &accounts).await?);
    Ok(out)
}

async fn owed(
    hub: &Hub,
    accounts: &BTreeMap<AccountId, String>,
    calling: &[(Arc<Connection>, String)],
) -> Result<String, Fault> {
    let mut counts = show::Counts::new();
    for account in accounts.keys() {
        counts.extend(show::counts(hub.store(), *account).await?);
    }
    let name = "docket_relay_deliveries";
    let mut deliveries = Family::new(name, "gauge", "Deliveries by how they stand.");
    let oldest_name = "docket_relay_oldest_owed_seconds";
    let mut oldest = Family::new(oldest_name, "gauge", "For how long the oldest delivery has been owed.");
    let now_ms = hub.now().as_millisecond();
    for (connection, labels) in calling {
        let (known, since_ms) = counts.remove(&connection.id).unwrap_or_default();
        for status in docket_store::DeliveryStatus::ALL {
            let count = known.get(status.word()).copied().unwrap_or_default();
            deliveries.row(name, &format!("{labels},status=\"{}\"", status.word()), count);
        }
        let seconds = since_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms).max(0) / 1000);
        oldest.row(oldest_name, labels, seconds);
    }
    Ok(deliveries.0 + &oldest.0)
}

async fn health(hub: &Hub, calling: &[(Arc<Connection>, String)]) -> Result<String, Fault> {
    let contact_name = "docket_relay_last_contact_timestamp_seconds";
    let mut contact = Family::new(contact_name, "gauge", "When the counterpart last answered, as Unix time.");
    let success_name = "docket_relay_last_success_timestamp_seconds";
    let mut success = Family::new(success_name, "gauge", "When something last worked, as Unix time.");
    let failures_name = "docket_relay_failures";
    let mut failures = Family::new(failures_name, "gauge", "How often in a row something went wrong.");
    let denied_name = "docket_relay_denied";
    let mut denied = Family::new(denied_name, "gauge", "1 where the counterpart does not accept our credentials.");
    for (connection, labels) in calling {
        let health = resolve::health(hub.store(), connection.id).await?;
        if let Some(ms) = health.last_contact_ms {
            contact.row(contact_name, labels, ms as f64 / 1000.0);
        }
        if let Some(ms) = health.last_success_ms {
            success.row(success_name, labels, ms as f64 / 1000.0);
        }
        failures.row(failures_name, labels, health.failures);
        denied.row(denied_name, labels, u8::from(health.denied.is_some()));
    }
    Ok(contact.0 + &success.0 + &failures.0 + &denied.0)
}

fn calls(hub: &Hub, calling: &[(Arc<Connection>, String)]) -> String {
    let counted = hub.relay().figures.0.lock();
    let name = "docket_relay_calls_total";
    let help = "Calls by how they ended: a class of status, unknown, not_sent, over_budget.";
    let mut calls = Family::new(name, "counter", help);
    let wait_name = "docket_relay_wait_seconds";
    let mut waits = Family::new(wait_name, "summary", "How long calls waited for their turn.");
    for (connection, labels) in calling {
        for ((id, ended), count) in &counted.calls {
            if *id == connection.id {
                calls.row(name, &format!("{labels},result=\"{}\"", ended.word()), count);
            }
        }
        if let Some(waited) = counted.waits.get(&connection.id) {
            waits.row(&format!("{wait_name}_sum"), labels, waited.total.as_secs_f64());
            waits.row(&format!("{wait_name}_count"), labels, waited.count);
        }
    }
    calls.0 + &waits.0
}

async fn budgets(hub: &Arc<Hub>, calling: &[(Arc<Connection>, String)]) -> String {
    let used_name = "docket_relay_budget_used";
    let mut used = Family::new(used_name, "gauge", "Calls that count at present against a limit of the counterpart.");
    let limit_name = "docket_relay_budget_limit";
    let mut limits = Family::new(limit_name, "gauge", "The limit.");
    let running_name = "docket_relay_calls_running";
    let mut running = Family::new(running_name, "gauge", "Calls on their way.");
    for (connection, labels) in calling {
        // Without its secrets nothing is called, and nothing used.
        let Ok(line) = Line::open(hub, connection, Purpose::Reconcile).await else { continue };
        let (on_their_way, uses) = line.governor().uses();
        running.row(running_name, labels, on_their_way);
        for one in uses {
            let (operations, within_s) = (one.limit.operations.join(" "), one.limit.within_ms / 1000);
            let labels = format!("{labels},operations=\"{}\",within_s=\"{within_s}\"", quoted(&operations));
            used.row(used_name, &labels, one.used);
            limits.row(limit_name, &labels, one.limit.calls);
        }
    }
    running.0 + &used.0 + &limits.0
}

async fn outbox(hub: &Hub, accounts: &BTreeMap<AccountId, String>) -> Result<String, Fault> {
    let counts = hub.store().outbox_counts().await.map_err(fault)?;
    let name = "docket_outbox_messages";
    let help = "Messages to customers, drivers and operators by how they stand; ended ones are kept for a while.";
    let mut family = Family::new(name, "gauge", help);
    for (account, text) in accounts {
        for status in MailStatus::ALL {
            let count = counts.get(&(*account, status.word())).copied().unwrap_or_default();
            family.row(name, &format!("account=\"{}\",status=\"{}\"", quoted(text), status.word()), count);
        }
    }
    Ok(family.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted() {
        assert_eq!(quoted("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        let mut family = Family::new("x", "gauge", "y");
        family.row("x", "a=\"b\"", 3);
        assert_eq!(family.0, "# HELP x y\n# TYPE x gauge\nx{a=\"b\"} 3\n");
        assert_eq!(Ended::answered(StatusCode::TOO_MANY_REQUESTS).word(), "4xx");
    }
}
