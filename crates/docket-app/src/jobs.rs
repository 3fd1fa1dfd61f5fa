//! Jobs: orders for a document. The built-in producer makes it step by step and the order carries the result.
//!
//! A job is found when its order is committed by this process, and by a look through open orders at start and now
//! and then (jobs of a process that died). A lease keeps two processes from making the same document.

use crate::hub::Hub;
use docket_core::catalogue::{Service, ServiceKind, site_id};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Request, StateSet, Submission, Target};
use docket_core::order::{Command, Field, Order, Rejection, State, Transition, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many documents are made at once.
const AT_ONCE: usize = 4;
/// How often open orders are looked through.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long a lease lasts; renewed with every step.
const LEASE_MS: i64 = 60_000;
/// How many journal entries are read in one go.
const BATCH: usize = 500;
/// The most orders a report shows.
const REPORT_ORDERS: usize = 50;

/// How jobs are done.
#[derive(Clone, Copy, Debug)]
pub struct JobOptions {
    /// The pause before each step, so that progress can be watched.
    pub step: Duration,
}

/// What a document is made of.
struct Material {
    product: Service,
    job: Arc<Order>,
    orders: Vec<Arc<Order>>,
}

/// Makes documents until the hub stops.
pub async fn run(hub: Arc<Hub>, options: JobOptions) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut commits = hub.follow_documents();
    loop {
        for account in hub.accounts() {
            match open_jobs(&hub, account).await {
                Ok(jobs) => jobs.into_iter().for_each(|job| begin(&hub, &slots, options, account, job)),
                Err(fault) => tracing::warn!(%fault, "open jobs could not be looked through"),
            }
        }
        let look_again = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(look_again);
        loop {
            tokio::select! {
                () = &mut look_again => break,
                job = commits.recv() => match job {
                    Some((account, serial)) => begin(&hub, &slots, options, account, serial),
                    None => return,
                },
                going_on = hub.rest(LOOK_EVERY) => if !going_on { return },
            }
        }
    }
}
