//! The worker of one process: a lane for each receiver of the accounts that it holds the lease of.

use super::lane::Lane;
use crate::hub::{Hub, fault};
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;
use docket_store::{Webhook, WebhookState};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often is looked what other processes changed.
const BEAT: Duration = Duration::from_secs(1);
/// How long an account is one process's, and when that is made longer.
const LEASE_MS: i64 = 10_000;
const RENEW_MS: i64 = 5_000;

struct Running {
    config: watch::Sender<Arc<Webhook>>,
    account: AccountId,
    task: JoinHandle<()>,
}

/// Sends until the hub stops; then what is under way is ended and noted.
pub async fn run(hub: Arc<Hub>) {
    let mut worker = Worker { lanes: BTreeMap::new(), held_until_ms: BTreeMap::new() };
    while !hub.is_stopping() {
        if let Err(fault) = worker.beat(&hub).await {
            tracing::warn!(%fault, "webhooks stopped for a beat");
        }
        tokio::select! {
            () = hub.webhooks().rung() => {}
            going_on = hub.rest(BEAT) => if !going_on { break },
        }
    }
    for (_, running) in std::mem::take(&mut worker.lanes) {
        drop(running.config);
        // A lane that broke off has said so.
        let _ = running.task.await;
    }
    for (account, _) in worker.held_until_ms {
        // Another process goes on at once.
        if let Err(error) = hub.store().lease(&lease_of(account), hub.holder(), hub.now(), 0).await {
            tracing::debug!(%error, "a lease is left to end by itself");
        }
    }
}

fn lease_of(account: AccountId) -> String {
    format!("webhooks/{account}")
}

struct Worker {
    lanes: BTreeMap<i64, Running>,
    held_until_ms: BTreeMap<AccountId, i64>,
}

impl Worker {
    async fn beat(&mut self, hub: &Arc<Hub>) -> Result<(), Fault> {
        let all = hub.store().webhooks(None).await.map_err(fault)?;
        let enabled: Vec<Webhook> = all.into_iter().filter(|one| one.state == WebhookState::Enabled).collect();
        let accounts: BTreeSet<AccountId> = enabled.iter().map(|one| one.account).collect();
        let mut ours = BTreeSet::new();
        for account in accounts {
            if self.hold(hub, account).await? {
                ours.insert(account);
            } else {
                // Somebody else sends: what is noted here is old.
                self.lanes.retain(|_, running| {
                    let stays = running.account != account;
                    if !stays {
                        running.task.abort();
                    }
                    stays
                });
            }
        }
        let wanted: BTreeSet<i64> = enabled.iter().map(|one| one.id).collect();
        self.lanes.retain(|id, running| wanted.contains(id) && !running.task.is_finished());
        for webhook in enabled.into_iter().filter(|one| ours.contains(&one.account)) {
            let webhook = Arc::new(webhook);
            match self.lanes.get(&webhook.id) {
                Some(running) => drop(running.config.send_if_modified(|known| {
                    let moved = known.generation != webhook.generation;
                    *known = Arc::clone(&webhook);
                    moved
                })),
                None => {
                    let (config, receiver) = watch::channel(Arc::clone(&webhook));
                    let lane = Lane::new(Arc::clone(hub), Arc::clone(&webhook), receiver);
                    let running = Running { config, account: webhook.account, task: tokio::spawn(lane.run()) };
                    self.lanes.insert(webhook.id, running);
                }
            }
        }
        Ok(())
    }

    /// Whether this process is the one that sends for an account.
    async fn hold(&mut self, hub: &Hub, account: AccountId) -> Result<bool, Fault> {
        let now = hub.now();
        let until_ms = self.held_until_ms.get(&account).copied().unwrap_or_default();
        if until_ms - now.as_millisecond() > RENEW_MS {
            return Ok(true);
        }
        let held = hub.store().lease(&lease_of(account), hub.holder(), now, LEASE_MS).await.map_err(fault)?;
        match held {
            true => drop(self.held_until_ms.insert(account, now.as_millisecond().saturating_add(LEASE_MS))),
            false => drop(self.held_until_ms.remove(&account)),
        }
        Ok(held)
    }
}
