//! The event stream: the journal as it grows, and what is not in it: where units are, how deliveries and jobs stand.
//!
//! ```text
//! commits ─► bell ─► tail (one per account) ─► window: chunks rendered once ─┬─► reader: place + filter ─► SSE, long poll
//!                       └─► last words: units, deliveries, jobs ────────────┤
//! store ─────────────────────────────────────────── who is further behind ─┘
//! ```
//!
//! A reader is a cursor, never a queue: it gets what lies behind its place whenever it is ready for more. The window is
//! bounded; who fell out of it reads the store, a few at a time.

mod channel;
mod chunk;
mod filter;
mod live;
mod reader;
mod tail;
#[cfg(test)]
mod tests;

use crate::hub::Hub;
use channel::Channel;
pub use chunk::{Form, Picked};
use docket_core::ids::{AccountId, Sequence};
use docket_core::ledger::{Fault, Ledger};
pub use filter::{ENTRIES, Filter, Live, kinds};
use parking_lot::Mutex;
pub use reader::{Next, Permit, Reader};
use rustc_hash::FxHashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many readers may read the store at once.
const TURNS: usize = 4;

/// Where a reader stands: `1207`, or `1207~1a2b3c4d.55` when it wants more than the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last place of the journal it knows.
    pub after: Sequence,
    /// The last words it knows: whose, and which.
    words: Option<(u32, u64)>,
}

impl Place {
    /// Behind an entry of the journal.
    pub fn behind(after: Sequence) -> Place {
        Place { after, words: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words {
            None => write!(f, "{}", self.after),
            Some((epoch, version)) => write!(f, "{}~{epoch:08x}.{version}", self.after),
        }
    }
}

/// Not a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Place, NoPlace> {
        let (after, words) = match text.split_once('~') {
            None => (text, None),
            Some((after, words)) => {
                let (epoch, version) = words.split_once('.').ok_or(NoPlace)?;
                let epoch = u32::from_str_radix(epoch, 16).map_err(|_| NoPlace)?;
                (after, Some((epoch, version.parse().map_err(|_| NoPlace)?)))
            }
        };
        let after: i64 = after.parse().ok().filter(|after| *after >= 0).ok_or(NoPlace)?;
        Ok(Place { after: Sequence(after), words })
    }
}

/// Why nobody reads.
#[derive(Debug)]
pub enum NoReader {
    /// The place lies ahead of the journal, which ends here.
    Ahead(Sequence),
    /// Ours.
    Fault(Fault),
}

impl From<Fault> for NoReader {
    fn from(fault: Fault) -> NoReader {
        NoReader::Fault(fault)
    }
}

/// All streams of this process.
pub struct Streams {
    channels: Mutex<FxHashMap<AccountId, Arc<Channel>>>,
    turns: Semaphore,
}

impl Default for Streams {
    fn default() -> Streams {
        Streams { channels: Mutex::default(), turns: Semaphore::new(TURNS) }
    }
}

impl Streams {
    /// How many read.
    pub fn readers(&self) -> usize {
        self.channels.lock().values().map(|channel| channel.readers()).sum()
    }

    /// In Prometheus' text format.
    pub fn text(&self) -> String {
        let readers = self.readers();
        format!(
            "# HELP docket_event_readers Event streams and long polls that are open.\n\
             # TYPE docket_event_readers gauge\ndocket_event_readers {readers}\n"
        )
    }

    /// Closes a channel that nobody reads; `false` when somebody does.
    fn close_idle(&self, channel: &Arc<Channel>) -> bool {
        let mut channels = self.channels.lock();
        // Who comes does so under this lock.
        let idle = channel.readers() == 0;
        if idle {
            channels.remove(&channel.account);
        }
        idle
    }

    /// A reader of an account's events behind a place; without one, of what is to come.
    ///
    /// # Errors
    /// When the place is none, or the store fails.
    pub async fn reader(
        hub: &Arc<Hub>,
        account: AccountId,
        filter: Filter,
        place: Option<Place>,
        permit: Permit,
    ) -> Result<Reader, NoReader> {
        let head = hub.head(account).await?;
        let place = place.unwrap_or(Place::behind(head));
        if place.after > head {
            return Err(NoReader::Ahead(head));
        }
        let mut channels = hub.streams().channels.lock();
        let known = channels.get(&account).cloned();
        let channel = known.unwrap_or_else(|| {
            let channel = Arc::new(Channel::new(account, head, rand::random()));
            channels.insert(account, Arc::clone(&channel));
            tokio::spawn(tail::run(Arc::clone(hub), Arc::clone(&channel)));
            channel
        });
        // Entered before the lock is given back: a channel that somebody reads is not closed.
        Ok(Reader::new(Arc::clone(hub), channel, filter, place, permit))
    }
}
