//! One counterpart: what is on its way to it, when news are looked for, and how long it is left alone after failures.

use super::health::{COMPARE_NOW, Denied, HEALTH, Health, PULL_NOW, RELAY};
use super::task::{Ended, Task, What};
use super::{Line, NoLine, Purpose};
use crate::hub::{Hub, fault};
use docket_core::connection::Connection;
use docket_core::ids::Serial;
use docket_core::ledger::{Fault, Ledger};
use docket_dialects::connect::ConnectError;
use docket_store::{Delivery, Sent};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE_MS: i64 = 2_000;
/// The longest.
const LAST_PAUSE_MS: i64 = 300_000;
/// After so many failures in a row the counterpart is taken to be down: one attempt at a time.
const DOWN_AFTER: u32 = 3;
/// Credentials that were not accepted are tried again after so long.
const DENIED_MS: i64 = 3_600_000;
/// A setting that makes no sense is looked at again after so long.
const SETTING_MS: i64 = 60_000;
/// The longest pause that a counterpart can ask for.
const ASKED_MS: i64 = 3_600_000;

/// One counterpart.
pub(super) struct Lane {
    pub(super) connection: Arc<Connection>,
    pub(super) health: Health,
    /// The health as written down.
    kept: Health,
    pub(super) sending: BTreeMap<Serial, Task>,
    failures: u32,
    not_before_ms: i64,
    pulling: Option<Task>,
    pull_due_ms: i64,
    pull_failures: u32,
    pull_asked: Option<String>,
    comparing: Option<Task>,
    compare_due_ms: i64,
    compare_asked: Option<String>,
    compare_is_asked: bool,
}

/// A pause that grows with failures, with some randomness so that many do not come back at once.
pub(super) fn back_off(failures: u32) -> i64 {
    let doubled = FIRST_PAUSE_MS.saturating_mul(1_i64.checked_shl(failures.saturating_sub(1).min(20)).unwrap_or(1));
    let pause = doubled.min(LAST_PAUSE_MS);
    let part: i64 = i64::from(rand::random::<u16>()) * pause / i64::from(u16::MAX);
    // Between four and six fifths of it.
    pause * 4 / 5 + part * 2 / 5
}

fn millis(pause: Duration) -> i64 {
    i64::try_from(pause.as_millis()).unwrap_or(i64::MAX).min(ASKED_MS)
}

impl Lane {
    /// Goes on where an earlier process stopped.
    pub(super) async fn open(hub: &Hub, connection: Arc<Connection>) -> Result<Lane, Fault> {
        let recalled = hub.store().recall_sending(connection.id, hub.now().as_millisecond()).await.map_err(fault)?;
        if recalled > 0 {
            tracing::info!(connection = connection.name, recalled, "deliveries that were on their way go out again");
        }
        let records: BTreeMap<String, String> = hub.records(connection.id.into(), RELAY).await?.into_iter().collect();
        let health = records.get(HEALTH).and_then(|text| serde_json::from_str(text).ok());
        let health: Health = health.unwrap_or_default();
        let compared = health.compared.as_ref().map(|compared| compared.begun_ms);
        Ok(Lane {
            connection,
            kept: health.clone(),
            sending: BTreeMap::new(),
            failures: 0,
            not_before_ms: 0,
            pulling: None,
            pull_due_ms: 0,
            pull_failures: 0,
            pull_asked: records.get(PULL_NOW).cloned(),
            comparing: None,
            compare_due_ms: compared.unwrap_or(hub.now().as_millisecond()).saturating_add(super::compare::SETTLE_MS),
            compare_asked: records.get(COMPARE_NOW).cloned(),
            compare_is_asked: false,
            health,
        })
    }

    /// The connection as it is set now; new settings deserve a new try.
    pub(super) fn is(&mut self, connection: &Arc<Connection>) {
        if self.connection != *connection {
            (self.failures, self.not_before_ms, self.pull_failures, self.pull_due_ms) = (0, 0, 0, 0);
            self.health.not_before_ms = None;
            self.connection = Arc::clone(connection);
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.sending.is_empty() || self.pulling.is_some() || self.comparing.is_some()
    }

    /// Looks whether somebody wants something of it now.
    pub(super) async fn look(&mut self, hub: &Hub) -> Result<(), Fault> {
        let records: BTreeMap<String, String> =
            hub.records(self.connection.id.into(), RELAY).await?.into_iter().collect();
        let (pull, compare) = (records.get(PULL_NOW), records.get(COMPARE_NOW));
        if pull.is_some() && pull != self.pull_asked.as_ref() {
            self.pull_asked = pull.cloned();
            // A person who asks wants it tried, whatever went wrong before.
            (self.pull_due_ms, self.not_before_ms, self.failures, self.health.denied) = (0, 0, 0, None);
        }
        if compare.is_some() && compare != self.compare_asked.as_ref() {
            self.compare_asked = compare.cloned();
            self.compare_is_asked = true;
        }
        Ok(())
    }

    /// News are there.
    pub(super) fn nudge(&mut self) {
        self.pull_due_ms = 0;
    }

    /// The line to the counterpart, if it may be called at all just now.
    pub(super) async fn line(&mut self, hub: &Arc<Hub>, now_ms: i64) -> Option<Arc<Line>> {
        if self.connection.flag("paused", false) {
            return None;
        }
        let line = match Line::open(hub, &self.connection, Purpose::Deliver).await {
            Ok(line) => line,
            Err(error) => {
                self.note_no_line(&error, now_ms);
                return None;
            }
        };
        if let Some(denied) = &self.health.denied {
            if denied.credentials == line.credentials() && now_ms < denied.until_ms {
                return None;
            }
            self.health.denied = None;
        }
        Some(Arc::new(line))
    }

    fn note_no_line(&mut self, error: &NoLine, now_ms: i64) {
        let text = error.to_string();
        if self.health.last_error.as_ref().is_none_or(|known| known.text != text) {
            tracing::warn!(connection = self.connection.name, error = text, "a counterpart cannot be called");
            self.health.failed(now_ms, &text);
        }
    }

    /// How many more deliveries may be on their way.
    pub(super) fn room(&self, line: &Line, now_ms: i64) -> usize {
        if now_ms < self.not_before_ms {
            return 0;
        }
        let most = if self.failures >= DOWN_AFTER { 1 } else { line.governor().limits().at_once };
        most.saturating_sub(self.sending.len())
    }

    /// Looks for news, if it is time to.
    pub(super) fn pull(&mut self, line: &Arc<Line>, now_ms: i64, ended: &mpsc::Sender<Ended>) {
        if self.pulling.is_none() && now_ms >= self.pull_due_ms && line.connect().polls(&self.connection) {
            self.pulling = Some(Task::pull(line, ended.clone()));
        }
    }

    /// Compares both sides, if it is time to.
    pub(super) fn compare(&mut self, line: &Arc<Line>, now_ms: i64, ended: &mpsc::Sender<Ended>) {
        let every_ms = super::compare::every_ms(&self.connection);
        let is_asked = std::mem::take(&mut self.compare_is_asked);
        let is_due =
            every_ms.is_some() && now_ms >= self.compare_due_ms && self.failures == 0 && self.pull_failures == 0;
        if self.comparing.is_none() && (is_asked || is_due) {
            self.compare_due_ms = now_ms.saturating_add(every_ms.unwrap_or_default());
            self.comparing = Some(Task::compare(line, ended.clone()));
        }
    }

    /// What became of something that was under way; a delivery is to be written down.
    pub(super) fn note(&mut self, what: What, line: &Line, now_ms: i64) -> Option<(Delivery, Sent)> {
        match what {
            What::Delivered(delivery, result) => {
                self.sending.remove(&delivery.serial);
                let sent = match result {
                    Ok(delivered) => {
                        self.failures = 0;
                        self.worked(now_ms);
                        Sent::Synced { summary: line.hide(&delivered.summary) }
                    }
                    Err(error) => self.failed_delivery(&delivery, error, line, now_ms),
                };
                Some((delivery, sent))
            }
            What::Pulled(result) => {
                self.pulling = None;
                self.note_pull(result, line, now_ms);
                None
            }
            What::Compared(compared) => {
                self.comparing = None;
                self.health.compared = Some(compared);
                None
            }
        }
    }

    fn worked(&mut self, now_ms: i64) {
        self.not_before_ms = 0;
        self.health.worked(now_ms);
    }

    fn note_pull(&mut self, result: Result<docket_dialects::connect::Pulled, ConnectError>, line: &Line, now_ms: i64) {
        match result {
            Ok(pulled) => {
                self.pull_failures = 0;
                // The counterpart is there again: what is owed need not wait.
                self.failures = 0;
                self.worked(now_ms);
                let poll_ms = self.connection.integer("poll_s", 0).saturating_mul(1000);
                let poll_ms = if poll_ms > 0 { poll_ms } else { millis(line.connect().poll_every()).max(1000) };
                self.pull_due_ms = if pulled.more { 0 } else { now_ms.saturating_add(poll_ms) };
                self.health.pulled = Some(super::health::Round::new(now_ms, pulled, |text| line.hide(text)));
            }
            Err(error) => {
                self.pull_failures = self.pull_failures.saturating_add(1);
                let pause_ms = match &error {
                    ConnectError::Later { after: Some(after), .. } => millis(*after),
                    ConnectError::Denied(_) | ConnectError::Setting(_) => 0,
                    _ => back_off(self.pull_failures),
                };
                self.pull_due_ms = now_ms.saturating_add(pause_ms);
                self.failed(&error, line, now_ms);
            }
        }
    }

    fn failed_delivery(&mut self, delivery: &Delivery, error: ConnectError, line: &Line, now_ms: i64) -> Sent {
        let text = line.hide(&super::health::shortened(&error.to_string()));
        let attempts = u32::try_from(delivery.attempts + 1).unwrap_or(u32::MAX);
        match &error {
            ConnectError::Refused(_) => {
                // It was heard, so the counterpart is there.
                self.failures = 0;
                self.health.last_contact_ms = Some(now_ms);
                self.health.last_error = Some(super::health::Problem { at_ms: now_ms, text: text.clone() });
                let (connection, order) = (&self.connection.name, delivery.serial);
                tracing::warn!(connection, %order, error = text, "a counterpart does not take an order");
                Sent::Refused(text)
            }
            ConnectError::Unknown(_) => {
                self.failed(&error, line, now_ms);
                let (connection, order) = (&self.connection.name, delivery.serial);
                tracing::warn!(connection, %order, error = text, "nobody knows what became of a call; a person decides");
                Sent::Unknown(text)
            }
            ConnectError::Later { after, .. } => {
                self.failures = self.failures.saturating_add(1);
                let asked_ms = after.map(millis);
                if let Some(asked_ms) = asked_ms {
                    self.not_before_ms = self.not_before_ms.max(now_ms.saturating_add(asked_ms));
                } else if self.failures >= DOWN_AFTER {
                    self.not_before_ms = now_ms.saturating_add(back_off(self.failures - DOWN_AFTER + 1));
                }
                self.failed(&error, line, now_ms);
                let pause_ms = asked_ms.unwrap_or_else(|| back_off(attempts));
                Sent::Later { due_ms: now_ms.saturating_add(pause_ms), error: text, counts: true }
            }
            ConnectError::Waiting { after, .. } => {
                Sent::Later { due_ms: now_ms.saturating_add(millis(*after)), error: text, counts: false }
            }
            ConnectError::Denied(_) | ConnectError::Setting(_) | ConnectError::Fault(_) => {
                self.failed(&error, line, now_ms);
                let pause_ms = if matches!(error, ConnectError::Fault(_)) { FIRST_PAUSE_MS } else { 0 };
                Sent::Later { due_ms: now_ms.saturating_add(pause_ms), error: text, counts: false }
            }
        }
    }

    /// What a failure means for everything that is asked of the counterpart.
    fn failed(&mut self, error: &ConnectError, line: &Line, now_ms: i64) {
        let text = line.hide(&error.to_string());
        let name = &self.connection.name;
        match error {
            ConnectError::Denied(_) => {
                self.health.last_contact_ms = Some(now_ms);
                if self.health.denied.is_none() {
                    tracing::warn!(
                        connection = name,
                        error = text,
                        "nothing more is called until the credentials change, or for an hour"
                    );
                }
                let until_ms = now_ms.saturating_add(DENIED_MS);
                self.health.denied = Some(Denied { since_ms: now_ms, until_ms, credentials: line.credentials() });
            }
            ConnectError::Setting(_) => {
                self.not_before_ms = now_ms.saturating_add(SETTING_MS);
                self.pull_due_ms = self.pull_due_ms.max(self.not_before_ms);
            }
            ConnectError::Fault(fault) => {
                tracing::warn!(connection = name, %fault, "a counterpart is asked again soon")
            }
            ConnectError::Later { .. }
            | ConnectError::Waiting { .. }
            | ConnectError::Refused(_)
            | ConnectError::Unknown(_) => {
                if self.health.failures == 0 {
                    tracing::info!(connection = name, error = text, "a counterpart could not be served");
                }
            }
        }
        self.health.failed(now_ms, &text);
        self.health.not_before_ms = (self.not_before_ms > now_ms).then_some(self.not_before_ms);
    }

    /// The health, if it changed since it was written down.
    pub(super) fn unkept(&mut self) -> Option<docket_core::ledger::Record> {
        if self.kept == self.health {
            return None;
        }
        self.kept = self.health.clone();
        Some(self.health.record(&self.connection))
    }
}
