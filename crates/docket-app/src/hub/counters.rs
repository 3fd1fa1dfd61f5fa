//! Counts with limits: kept as records that are compared and set with the submission they count.
//!
//! Submissions that count the same thing queue up in one lane: each is handed to the store in turn, expecting the
//! count of the one before it, without waiting for that one to be on disk. So a count costs no more than any write,
//! and when one of them fails, those behind it fail the comparison and count again.

use super::{Hub, fault};
use docket_core::ids::ConnectionId;
use docket_core::ledger::{Counter, Fault, Mail, Record, Submission};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tokio::sync::{Notify, OwnedMutexGuard};

/// Beyond this many, idle lanes are forgotten.
const MOST_LANES: usize = 1_000;

type Key = (ConnectionId, String, String);

/// What is on its way to the store of one count.
#[derive(Default)]
struct Lane {
    turn: Arc<tokio::sync::Mutex<()>>,
    flight: Mutex<Flight>,
    landed: Notify,
}

#[derive(Default)]
struct Flight {
    /// The count of the last one handed to the store.
    latest: Option<String>,
    /// How many are on their way.
    under_way: usize,
    /// One of them failed, so that `latest` may never come to be.
    broken: bool,
}

#[derive(Default)]
pub(super) struct Lanes {
    lanes: Mutex<FxHashMap<Key, Arc<Lane>>>,
}

impl Lanes {
    fn of(&self, counter: &Counter) -> Arc<Lane> {
        let mut lanes = self.lanes.lock();
        if lanes.len() > MOST_LANES {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let key = (counter.connection, counter.namespace.clone(), counter.key.clone());
        Arc::clone(lanes.entry(key).or_default())
    }
}

/// A count on its way. Whoever goes away without a word (a client that hung up) leaves the lane in doubt.
struct UnderWay {
    lane: Arc<Lane>,
    arrived: bool,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut flight = self.lane.flight.lock();
        flight.under_way = flight.under_way.saturating_sub(1);
        flight.broken |= !self.arrived;
        if flight.under_way == 0 {
            *flight = Flight::default();
            self.lane.landed.notify_waiters();
        }
    }
}

/// What counting adds to an append, and the turns it holds until the append is handed to the store.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) records: Vec<Record>,
    pub(super) mails: Vec<Mail>,
    turns: Vec<OwnedMutexGuard<()>>,
    under_way: Vec<UnderWay>,
    /// Nobody else counts before this one is on disk.
    alone: bool,
}

impl Counted {
    /// The append is in the store's queue: the next may count.
    pub(super) fn handed_over(&mut self) {
        if !self.alone {
            self.turns.clear();
        }
    }

    /// The append is on disk.
    pub(super) fn arrived(mut self) {
        self.under_way.iter_mut().for_each(|count| count.arrived = true);
    }
}

impl Hub {
    /// Counts a submission that writes; `None` when a count would pass its limit. One that was unlucky before asks
    /// to be `alone`: it waits until nothing is under way, and whoever comes after it waits for it.
    pub(super) async fn count(&self, submission: &Submission, alone: bool) -> Result<Option<Counted>, Fault> {
        let mut counted = Counted { alone, ..Counted::default() };
        if submission.counters.is_empty() {
            return Ok(Some(counted));
        }
        let mut counters: Vec<&Counter> = submission.counters.iter().collect();
        // Always in the same order, so that nobody waits in a circle.
        counters.sort_by_key(|counter| (counter.connection, &counter.namespace, &counter.key));
        for counter in counters {
            let lane = self.lanes.of(counter);
            // Whoever counts one thing twice has the turn already, and is not to wait for itself.
            let again = counted.under_way.iter().any(|count| Arc::ptr_eq(&count.lane, &lane));
            if !again {
                counted.turns.push(Arc::clone(&lane.turn).lock_owned().await);
            }
            let kept = self.last_count(&lane, counter, alone && !again).await?;
            let before = kept.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            let Some((after, mail)) = counter.count(before) else { return Ok(None) };
            {
                let mut flight = lane.flight.lock();
                flight.latest = Some(after.to_string());
                flight.under_way += 1;
            }
            counted.under_way.push(UnderWay { lane, arrived: false });
            counted.mails.extend(mail.cloned());
            counted.records.push(Record {
                connection: counter.connection,
                namespace: counter.namespace.clone(),
                key: counter.key.clone(),
                value: Some(after.to_string()),
                expected: Some(kept),
            });
        }
        Ok(Some(counted))
    }

    /// The count that the next one goes on from. Called by whoever has the turn.
    async fn last_count(&self, lane: &Lane, counter: &Counter, alone: bool) -> Result<Option<String>, Fault> {
        loop {
            let landed = lane.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            {
                let flight = lane.flight.lock();
                if flight.under_way > 0 && !flight.broken && !alone {
                    return Ok(flight.latest.clone());
                }
                if flight.under_way == 0 {
                    break;
                }
            }
            landed.await;
        }
        self.store.record(counter.connection, &counter.namespace, &counter.key).await.map_err(fault)
    }

    /// After an outdated record: whether it was only that somebody else counted, so that counting again helps.
    pub(super) async fn only_counts_moved(&self, submission: &Submission) -> Result<bool, Fault> {
        if submission.counters.is_empty() {
            return Ok(false);
        }
        for record in &submission.records {
            let Some(expected) = &record.expected else { continue };
            let kept = self.store.record(record.connection, &record.namespace, &record.key).await.map_err(fault)?;
            if kept != *expected {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
