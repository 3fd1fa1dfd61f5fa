//! Submissions: load, plan, append; again when somebody else was faster.

use super::{Hub, fault, uuid_v7};
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Sequence, Serial};
use docket_core::ledger::{Counter, Fault, Outcome, Submission, Target};
use docket_core::order::{Change, Order, Rejection};
use docket_core::plan::{Loaded, Planned, Write, key_of, plan};
use docket_store::{Append, Lookup, StoreError};
use std::sync::Arc;

/// How often a submission is planned again before the caller is told to come back.
const ATTEMPTS: usize = 24;

fn lookup_of(caller: &Caller, submission: &Submission) -> Lookup {
    let mut lookup = Lookup::default();
    for request in &submission.requests {
        match &request.target {
            Target::New => {}
            Target::Id(id) => lookup.ids.push(*id),
            Target::Serial(serial) => lookup.serials.push(*serial),
            target @ (Target::Key { .. } | Target::KeyOf { .. }) => lookup.keys.extend(key_of(caller, target)),
        }
    }
    lookup
}

fn is_empty(lookup: &Lookup) -> bool {
    lookup.serials.is_empty() && lookup.ids.is_empty() && lookup.keys.is_empty()
}

/// After a conflict: whatever the writes would take must be looked at too, so that the next plan names who has it.
fn widen(lookup: &mut Lookup, writes: &[TakenNames]) {
    for taken in writes {
        if let Some((id, serial)) = taken.identity {
            lookup.ids.push(id);
            lookup.serials.push(serial);
        }
        lookup.keys.extend(taken.keys.iter().cloned());
    }
    lookup.serials.sort_unstable();
    lookup.serials.dedup();
    lookup.ids.sort_unstable();
    lookup.ids.dedup();
    lookup.keys.sort_unstable();
    lookup.keys.dedup();
}

/// What a write claims for its order.
struct TakenNames {
    identity: Option<(OrderId, Serial)>,
    keys: Vec<docket_core::plan::Key>,
}

fn taken_by(write: &Write) -> TakenNames {
    let mut taken = TakenNames { identity: None, keys: Vec::new() };
    for change in &write.entry.changes {
        match change {
            Change::Created(order) => {
                taken.identity = Some((order.id, order.serial));
                let keys = order.keys.iter();
                taken.keys.extend(keys.map(|key| (key.connection, key.namespace.clone(), key.key.clone())));
            }
            Change::Keyed(key) => taken.keys.push((key.connection, key.namespace.clone(), key.key.clone())),
            _ => {}
        }
    }
    taken
}

impl Hub {
    pub(super) async fn do_submit(&self, caller: &Caller, submission: Submission) -> Result<Vec<Outcome>, Fault> {
        let mut lookup = lookup_of(caller, &submission);
        let _held = self.stripes.hold(&lookup).await;
        let _on_the_way = self.in_flight.set_out();
        for _ in 0..ATTEMPTS {
            let loaded = match is_empty(&lookup) {
                true => Loaded::default(),
                false => self.store.load(caller.account, lookup.clone()).await.map_err(fault)?,
            };
            let Some(planned) = self.plan_once(loaded, &submission, caller) else {
                self.serials.fetch(&self.store, submission.requests.len()).await.map_err(fault)?;
                continue;
            };
            let Planned { writes, outcomes } = planned;
            let refused = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_)));
            let withdrawn = submission.atomic && refused;
            if withdrawn || (writes.is_empty() && submission.records.is_empty() && submission.mails.is_empty()) {
                return Ok(outcomes);
            }
            let names: Vec<TakenNames> = writes.iter().map(taken_by).collect();
            let all = |outcome: Outcome| Ok(vec![outcome; submission.requests.len()]);
            match self.append(caller, writes, &submission).await {
                Ok(()) => return Ok(outcomes),
                Err(StoreError::Conflict) => widen(&mut lookup, &names),
                Err(StoreError::Outdated) => return all(Outcome::Outdated),
                Err(StoreError::Limit) => return all(Outcome::Rejected(Rejection::Limit { limit: Counter::LIMIT })),
                Err(error) => return Err(fault(error)),
            }
        }
        tracing::warn!(attempts = ATTEMPTS, "a submission found no quiet moment");
        Err(Fault::Busy)
    }

    /// What a submission would come to, on top of orders as they are and of `ahead`, orders as they would be by then.
    /// Nothing is written, but numbers for new orders are used up.
    pub(crate) async fn rehearse(
        &self,
        caller: &Caller,
        submission: &Submission,
        ahead: &[Arc<Order>],
    ) -> Result<Planned, Fault> {
        let lookup = lookup_of(caller, submission);
        for _ in 0..ATTEMPTS {
            let mut loaded = match is_empty(&lookup) {
                true => Loaded::default(),
                false => self.store.load(caller.account, lookup.clone()).await.map_err(fault)?,
            };
            ahead.iter().for_each(|order| loaded.insert(Arc::clone(order)));
            if let Some(planned) = self.plan_once(loaded, submission, caller) {
                return Ok(planned);
            }
            self.serials.fetch(&self.store, submission.requests.len()).await.map_err(fault)?;
        }
        Err(Fault::Busy)
    }

    /// `None` when no serial was left to hand out.
    fn plan_once(&self, loaded: Loaded, submission: &Submission, caller: &Caller) -> Option<Planned> {
        let now = self.clock.now();
        let mut ran_out = false;
        let mut mint = || {
            let serial = self.serials.take().unwrap_or_else(|| {
                ran_out = true;
                0
            });
            (OrderId(uuid_v7(now)), Serial(serial))
        };
        let planned = plan(loaded, submission, caller, now, &mut mint);
        self.serials.look_ahead(&self.store);
        (!ran_out).then_some(planned)
    }

    async fn append(&self, caller: &Caller, mut writes: Vec<Write>, submission: &Submission) -> Result<(), StoreError> {
        // Whoever is told what was written is told in the trace that asked for it.
        let trace = caller.trace.or_else(|| caller.exchange.and_then(|exchange| self.traces().of(exchange)));
        writes.iter_mut().for_each(|write| write.entry.trace = trace);
        let counters = if writes.is_empty() { Vec::new() } else { submission.counters.clone() };
        let (records, mails) = (submission.records.clone(), submission.mails.clone());
        // Whoever sends them looks only when there may be one.
        let owes = !mails.is_empty() || counters.iter().any(|counter| counter.notice.is_some());
        let mailed_at = self.clock.now();
        let account = caller.account;
        let mut append = Append { account, writes, records, counters, mails, mailed_at, ..Append::default() };
        let concerns_jobs = self.documents.are_among(&append.writes);
        let fresh = self.names.collect(&mut append, self.clock.now());
        let names_service = !append.services.is_empty();
        let places = self.store.append(append).await?;
        self.names.remember(fresh);
        if names_service {
            self.catalogue.invalidate(caller.account);
        }
        if owes {
            self.ring_post();
        }
        if concerns_jobs {
            self.ring_for_jobs();
        }
        if let Some(last) = places.last() {
            self.appended.send_if_modified(|known: &mut Sequence| {
                *known = *last;
                true
            });
        }
        Ok(())
    }

    /// Makes sure that minted serials stay clear of those below this one, which are given by hand.
    pub async fn raise_serials(&self, beyond: Serial) -> Result<(), Fault> {
        self.store.raise_serials(beyond).await.map_err(fault)?;
        self.serials.forget();
        Ok(())
    }
}
