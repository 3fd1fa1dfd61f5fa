//! When somebody last called us through a connection, and how often within the last hour.
//!
//! Counted in memory with every call that was let in; when the last one was is written down once a minute, so that it is
//! known after a restart and to other hubs.

use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, ConnectionId};
use docket_core::ledger::{Fault, Record};
use docket_store::{Append, Store};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Records of a connection.
const NAMESPACE: &str = "calls";
const LAST: &str = "last_ms";
/// Calls are counted by the minute.
const MINUTE_S: i64 = 60;
const MINUTES: usize = 60;

/// One connection.
struct Called {
    last: Option<Timestamp>,
    /// Since it was written down.
    is_new: bool,
    /// The minute of the last call, and how many calls each minute up to it had.
    minute: i64,
    counts: [u32; MINUTES],
}

impl Default for Called {
    fn default() -> Called {
        Called { last: None, is_new: false, minute: 0, counts: [0; MINUTES] }
    }
}

impl Called {
    /// Leaves behind what is more than an hour ago.
    fn go_on(&mut self, minute: i64) {
        let passed = usize::try_from(minute.saturating_sub(self.minute)).unwrap_or_default().min(MINUTES);
        for step in 1..=passed {
            let at = place(minute - i64::try_from(passed - step).unwrap_or_default());
            self.counts.iter_mut().skip(at).take(1).for_each(|count| *count = 0);
        }
        self.minute = self.minute.max(minute);
    }
}

fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(MINUTES as i64)).unwrap_or_default()
}

/// Who called.
#[derive(Default)]
pub struct Calls {
    known: Mutex<FxHashMap<ConnectionId, Called>>,
}

impl Calls {
    /// Somebody called through a connection.
    pub fn note(&self, connection: ConnectionId, now: Timestamp) {
        let mut known = self.known.lock();
        let called = known.entry(connection).or_default();
        let minute = now.as_second().div_euclid(MINUTE_S);
        called.go_on(minute);
        if let Some(count) = called.counts.get_mut(place(minute)) {
            *count = count.saturating_add(1);
        }
        called.last = called.last.max(Some(now));
        called.is_new = true;
    }

    /// The last call since this hub began, and how many there were within the last hour.
    fn of(&self, connection: ConnectionId, now: Timestamp) -> (Option<Timestamp>, u64) {
        let mut known = self.known.lock();
        let Some(called) = known.get_mut(&connection) else { return (None, 0) };
        called.go_on(now.as_second().div_euclid(MINUTE_S));
        (called.last, called.counts.iter().map(|count| u64::from(*count)).sum())
    }

    /// What is not written down yet.
    fn take_new(&self) -> Vec<(ConnectionId, Timestamp)> {
        let mut known = self.known.lock();
        let new = |(connection, called): (&ConnectionId, &mut Called)| {
            let last = called.last.filter(|_| std::mem::take(&mut called.is_new))?;
            Some((*connection, last))
        };
        known.iter_mut().filter_map(new).collect()
    }
}

/// The last call through a connection that was written down.
pub async fn written(store: &Store, connection: &Connection) -> Result<Option<Timestamp>, Fault> {
    let text = store.record(connection.id.into(), NAMESPACE, LAST).await.map_err(fault)?;
    Ok(text.and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok()))
}

impl Hub {
    /// Who called.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// When somebody last called through a connection, and how many calls this hub had of it within the last hour.
    pub async fn called(&self, connection: &Connection) -> Result<(Option<Timestamp>, u64), Fault> {
        let (last, within_hour) = self.calls.of(connection.id, self.now());
        let written = written(self.store(), connection).await?;
        Ok((last.max(written), within_hour))
    }

    /// Writes down who called since this was last done.
    pub async fn tend_calls(&self) {
        let directory = self.directory();
        let mut records: BTreeMap<AccountId, Vec<Record>> = BTreeMap::new();
        for (id, last) in self.calls.take_new() {
            let Some(connection) = directory.connection(id) else { continue };
            records.entry(connection.account).or_default().push(Record {
                holder: id.into(),
                namespace: NAMESPACE.to_owned(),
                key: LAST.to_owned(),
                value: Some(last.as_millisecond().to_string()),
                expected: None,
            });
        }
        for (account, records) in records {
            let append = Append { account, records, ..Append::default() };
            if let Err(error) = self.store().append(append).await {
                tracing::warn!(%error, "when connections were last called through could not be written down");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_counted_and_the_last_call_stays() {
        let (calls, connection) = (Calls::default(), ConnectionId(3));
        let at = |second: i64| Timestamp::from_second(1_768_471_200 + second).unwrap();
        assert_eq!(calls.of(connection, at(0)), (None, 0));
        for second in [0, 1, 59, 60, 1_800] {
            calls.note(connection, at(second));
        }
        assert_eq!(calls.of(connection, at(1_800)), (Some(at(1_800)), 5));
        assert_eq!(calls.of(connection, at(3_599)), (Some(at(1_800)), 5));
        assert_eq!(calls.of(connection, at(3_600)), (Some(at(1_800)), 2), "the first minute is an hour ago");
        assert_eq!(calls.of(connection, at(3_660)), (Some(at(1_800)), 1));
        calls.note(connection, at(90_000));
        assert_eq!(calls.of(connection, at(90_001)), (Some(at(90_000)), 1), "whatever happened a day ago");
        assert_eq!(calls.of(ConnectionId(4), at(0)), (None, 0));
        assert_eq!(calls.take_new(), [(connection, at(90_000))]);
        assert!(calls.take_new().is_empty(), "once");
    }
}
