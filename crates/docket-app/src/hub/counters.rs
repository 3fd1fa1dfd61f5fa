//! Counts with limits: kept as records that are compared and set with the submission they count.

use super::{Hub, fault};
use docket_core::ledger::{Fault, Mail, Record, Submission};

/// What counting adds to an append.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) records: Vec<Record>,
    pub(super) mails: Vec<Mail>,
}

impl Hub {
    /// Counts a submission that writes; `None` when a count would pass its limit.
    pub(super) async fn count(&self, submission: &Submission, writes: bool) -> Result<Option<Counted>, Fault> {
        let mut counted = Counted::default();
        if !writes {
            return Ok(Some(counted));
        }
        for counter in &submission.counters {
            let kept = self.store.record(counter.connection, &counter.namespace, &counter.key).await.map_err(fault)?;
            let before = kept.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            let Some((after, mail)) = counter.count(before) else { return Ok(None) };
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
