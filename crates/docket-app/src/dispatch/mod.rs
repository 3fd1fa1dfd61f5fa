//! Dispatch: follows units, and moves the orders they work on.
//!
//! Each process follows the readings it took in itself, once they are on disk, and every account's journal, whoever
//! wrote it. The [`Engine`](docket_core::engine::Engine) of an account decides; what it decides is submitted in the
//! hub's name, with proposals that judge the order as it is by then. How far readings were looked at is kept with the
//! store: those that were on disk and not looked at when a process ended are looked at when it starts again, and what
//! was done already is not done twice.
//!
//! ```text
//! tracker ─► on disk ─► Following ─► engine ─► submission ─► journal ─► avl_evts, webhooks, …
//!                                      ▲                        │
//!                                      └────── every account's ◄┘
//! ```
//!
//! What happens by the clock (times of arrival, notices, routes that end) is one process's of several: see [`ahead`]
//! and [`ending`].

mod ahead;
mod carry;
mod desk;
mod ending;
mod road;
#[cfg(test)]
mod tests;

use crate::hub::{Following, Hub, Taken};
use desk::Desk;
use docket_core::engine::Options;
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;
pub use road::RoadOptions;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often journals are followed while no readings come.
const POLL: Duration = Duration::from_millis(250);
/// How long to wait after the store failed.
const PAUSE: Duration = Duration::from_millis(500);

/// How units are followed.
#[derive(Clone, Debug)]
pub struct DispatchOptions {
    /// How readings are judged.
    pub engine: Options,
    /// How often times of arrival are estimated.
    pub estimate_every: Duration,
    /// So far off the planned way a driver is told, in metres; 0 is never.
    pub deviation_m: f64,
    /// Where ways by road are asked for.
    pub road: Option<RoadOptions>,
}

impl Default for DispatchOptions {
    fn default() -> DispatchOptions {
        DispatchOptions {
            engine: Options::default(),
            estimate_every: Duration::from_secs(180),
            deviation_m: 2_000.0,
            road: None,
        }
    }
}

/// Follows units until the hub stops.
pub async fn run(hub: Arc<Hub>, options: DispatchOptions) {
    let mut dispatcher = Dispatcher::new(hub, options);
    while dispatcher.wait().await {
        dispatcher.beat().await;
    }
}

/// The worker of one process.
pub struct Dispatcher {
    hub: Arc<Hub>,
    options: Arc<DispatchOptions>,
    following: Following,
    desks: BTreeMap<AccountId, Desk>,
    polled_at: Option<Instant>,
    timers: ahead::Timers,
    /// A failure is waited out.
    has_failed: bool,
}

impl Dispatcher {
    /// A worker that has looked at nothing yet; readings are queued for it from now on.
    pub fn new(hub: Arc<Hub>, options: DispatchOptions) -> Dispatcher {
        let following = hub.follow_units();
        let timers = ahead::Timers::new(&options);
        Dispatcher {
            hub,
            options: Arc::new(options),
            following,
            desks: BTreeMap::new(),
            polled_at: None,
            timers,
            has_failed: false,
        }
    }

    /// Waits until there is something to do; `false` when the hub stops.
    async fn wait(&self) -> bool {
        let pause = if self.has_failed { PAUSE } else { POLL };
        let woken = async {
            match self.has_failed {
                true => std::future::pending().await,
                false => self.following.came().await,
            }
        };
        tokio::select! {
            going_on = self.hub.rest(pause) => going_on,
            () = woken => !self.hub.is_stopping(),
        }
    }

    /// One beat: looks at the readings that came, after following the journals, and at the clock.
    pub async fn beat(&mut self) {
        self.has_failed = self.timers.stay(&self.hub).await.is_err();
        if self.has_failed {
            return;
        }
        let is_poll = self.polled_at.is_none_or(|at| at.elapsed() >= POLL);
        let mut waiting: BTreeMap<AccountId, Vec<Taken>> = BTreeMap::new();
        for taken in self.following.take() {
            waiting.entry(taken.account).or_default().push(taken);
        }
        if is_poll {
            self.polled_at = Some(Instant::now());
            for account in self.hub.accounts() {
                waiting.entry(account).or_default();
            }
        }
        for (account, taken) in waiting {
            if let Err(fault) = self.serve(account, &taken).await {
                tracing::warn!(%fault, %account, "units could not be followed for a moment; trying again");
                self.has_failed = true;
                // What was decided may not have been done: everything is built anew from what is on disk, and the
                // readings since it was last written down are looked at again.
                self.desks.remove(&account);
            }
        }
        if is_poll && let Err(fault) = self.timers.look(&self.hub, &self.options, &mut self.desks).await {
            tracing::warn!(%fault, "what happens by the clock was put off for a moment");
        }
    }

    async fn serve(&mut self, account: AccountId, taken: &[Taken]) -> Result<(), Fault> {
        let desk = match self.desks.entry(account) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                if taken.is_empty() && self.hub.units_of(account).await?.is_empty() {
                    return Ok(());
                }
                free.insert(Desk::open(&self.hub, account, &self.options).await?)
            }
        };
        desk.follow(&self.hub).await?;
        desk.take(&self.hub, taken).await?;
        desk.keep(&self.hub).await
    }
}
