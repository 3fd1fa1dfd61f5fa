//! The worker of one process: a desk for each account that it holds the lease of.

use super::desk::Desk;
use super::rules::FileWatch;
use super::task::Ended;
use crate::hub::Hub;
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, Sequence};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// The beat when nothing happens.
const BEAT: Duration = Duration::from_secs(1);
/// What happens at once is done at once.
const GATHER: Duration = Duration::from_millis(20);
/// How much may have ended and not been noted.
const ENDED: usize = 1_024;

/// Relays until the hub stops.
pub async fn run(hub: Arc<Hub>) {
    let mut relayer = Relayer::new(Arc::clone(&hub));
    let mut rules = hub.relay().options().rules.clone().map(FileWatch::new);
    while !hub.is_stopping() {
        if let Some(rules) = &mut rules {
            rules.look(&hub).await;
        }
        let behind = relayer.beat().await;
        if !behind && !relayer.pause().await {
            break;
        }
    }
    relayer.leave().await;
}

/// The worker of one process.
pub struct Relayer {
    hub: Arc<Hub>,
    desks: BTreeMap<AccountId, Desk>,
    ended: (mpsc::Sender<Ended>, mpsc::Receiver<Ended>),
    /// What ended while nobody looked.
    early: Vec<Ended>,
    /// Rings when the journal grew.
    appended: watch::Receiver<Sequence>,
}

impl Relayer {
    /// A worker that has looked at nothing yet.
    pub fn new(hub: Arc<Hub>) -> Relayer {
        let appended = hub.follow();
        Relayer { hub, desks: BTreeMap::new(), ended: mpsc::channel(ENDED), early: Vec::new(), appended }
    }

    /// Waits for something to do; `false` when the hub stops.
    async fn pause(&mut self) -> bool {
        let Relayer { hub, desks, ended, early, appended } = self;
        let follows = desks.values().any(Desk::follows);
        tokio::select! {
            going_on = hub.rest(BEAT) => return going_on,
            one = ended.1.recv() => early.extend(one),
            () = hub.relay().rung() => {}
            _ = appended.changed(), if follows => {}
        }
        hub.rest(GATHER).await
    }

    /// One beat: notes what ended, reads on in each account's journal, starts what is due. `true` when there is more to
    /// do at once.
    pub async fn beat(&mut self) -> bool {
        // What comes from here on rings again.
        self.appended.mark_unchanged();
        let mut ended: BTreeMap<AccountId, Vec<Ended>> = BTreeMap::new();
        let mut all = std::mem::take(&mut self.early);
        while let Ok(more) = self.ended.1.try_recv() {
            all.push(more);
        }
        for one in all {
            ended.entry(one.line.connection().account).or_default().push(one);
        }
        let directory = self.hub.directory();
        let mut calling: BTreeMap<AccountId, Vec<Arc<Connection>>> = BTreeMap::new();
        for connection in directory.connections().filter(|connection| connection.enabled) {
            if self.hub.relay().connect_of(connection).is_some() {
                calling.entry(connection.account).or_default().push(Arc::clone(connection));
            }
        }
        let mut behind = false;
        for (account, _) in directory.accounts() {
            let desk = self.desks.entry(*account).or_insert_with(|| Desk::new(*account));
            let ended = ended.remove(account).unwrap_or_default();
            let connections = calling.remove(account).unwrap_or_default();
            match desk.beat(&self.hub, connections, ended, &self.ended.0).await {
                Ok(more) => behind |= more,
                Err(fault) => tracing::warn!(%fault, %account, "the relay stopped for a beat"),
            }
        }
        behind
    }

    /// Stops what is under way, and lets another process go on at once.
    async fn leave(&mut self) {
        for desk in self.desks.values_mut() {
            desk.leave(&self.hub).await;
        }
    }

    /// Waits until everything that was started has ended and is noted.
    pub async fn settle(&mut self) {
        loop {
            while self.desks.values().any(Desk::is_busy) {
                let Some(ended) = self.ended.1.recv().await else { return };
                self.early.push(ended);
                self.beat().await;
            }
            if !self.beat().await && !self.desks.values().any(Desk::is_busy) {
                return;
            }
        }
    }
}
