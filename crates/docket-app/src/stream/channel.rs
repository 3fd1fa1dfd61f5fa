//! What the readers of one account share: the last stretch of the journal, rendered, and the last words about
//! units, deliveries and jobs.

use super::chunk::Chunk;
use super::filter::{Filter, Live};
use super::live::Words;
use docket_core::ids::{AccountId, Sequence};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How much of the journal's end is kept rendered. Who is further behind reads the store.
const WINDOW_ENTRIES: usize = 4_096;
const WINDOW_BYTES: usize = 4 << 20;
/// How many chunks a reader takes at once.
const AT_ONCE: usize = 64;
/// What comes within this time per reader is told together, within these bounds.
const PER_READER: Duration = Duration::from_micros(40);
const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(100);

struct Window {
    chunks: VecDeque<Arc<Chunk>>,
    /// Everything behind this place is in it.
    from: Sequence,
    /// As far as the journal was read.
    upto: Sequence,
    entries: usize,
    bytes: usize,
}

/// What lies behind a place.
pub(super) enum Behind {
    /// Nothing yet.
    Nothing,
    /// These, and more when they are many.
    Chunks(Vec<Arc<Chunk>>),
    /// More than is kept here.
    Older,
}

/// One account's.
pub(super) struct Channel {
    pub(super) account: AccountId,
    /// Tells this channel's words from those of another one, on another hub or after a pause.
    pub(super) epoch: u32,
    window: Mutex<Window>,
    words: Mutex<Words>,
    bell: watch::Sender<u64>,
    readers: AtomicUsize,
    followers: [AtomicUsize; Live::ALL.len()],
}

impl Channel {
    /// One that begins at a place of the journal.
    pub(super) fn new(account: AccountId, head: Sequence, epoch: u32) -> Channel {
        let window = Window { chunks: VecDeque::new(), from: head, upto: head, entries: 0, bytes: 0 };
        Channel {
            account,
            epoch,
            window: Mutex::new(window),
            words: Mutex::default(),
            bell: watch::Sender::new(0),
            readers: AtomicUsize::new(0),
            followers: Default::default(),
        }
    }

    pub(super) fn readers(&self) -> usize {
        self.readers.load(Ordering::Relaxed)
    }

    pub(super) fn follows(&self, live: Live) -> bool {
        self.followers.get(live.at()).is_some_and(|count| count.load(Ordering::Relaxed) > 0)
    }

    pub(super) fn enter(&self, filter: &Filter) {
        self.readers.fetch_add(1, Ordering::Relaxed);
        for count in self.wanted(filter) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn leave(&self, filter: &Filter) {
        self.readers.fetch_sub(1, Ordering::Relaxed);
        for count in self.wanted(filter) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn wanted(&self, filter: &Filter) -> impl Iterator<Item = &AtomicUsize> {
        let wanted = Live::ALL.map(|live| filter.wants(live));
        self.followers.iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(count, _)| count)
    }

    /// How long what comes is gathered, so that many readers are not woken for each single event.
    pub(super) fn pace(&self) -> Duration {
        let readers = u32::try_from(self.readers()).unwrap_or(u32::MAX);
        PER_READER.saturating_mul(readers).clamp(SHORTEST, LONGEST)
    }

    /// Rings when there may be something new.
    pub(super) fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    pub(super) fn ring(&self) {
        self.bell.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// As far as the journal was read.
    pub(super) fn upto(&self) -> Sequence {
        self.window.lock().upto
    }

    /// Adds what follows.
    pub(super) fn extend(&self, chunk: Chunk) {
        let mut window = self.window.lock();
        window.upto = chunk.last;
        window.entries += chunk.len();
        window.bytes += chunk.size();
        window.chunks.push_back(Arc::new(chunk));
        while window.entries > WINDOW_ENTRIES || window.bytes > WINDOW_BYTES {
            // What was just added stays, however large: somebody waits for it.
            if window.chunks.len() < 2 {
                return;
            }
            let Some(oldest) = window.chunks.pop_front() else { return };
            window.entries -= oldest.len();
            window.bytes -= oldest.size();
            window.from = oldest.last;
        }
    }

    /// What lies behind a place.
    pub(super) fn behind(&self, after: Sequence) -> Behind {
        let window = self.window.lock();
        if after >= window.upto {
            return Behind::Nothing;
        }
        if after < window.from {
            return Behind::Older;
        }
        let first = window.chunks.partition_point(|chunk| chunk.last <= after);
        Behind::Chunks(window.chunks.iter().skip(first).take(AT_ONCE).cloned().collect())
    }

    /// The last words.
    pub(super) fn words(&self) -> parking_lot::MutexGuard<'_, Words> {
        self.words.lock()
    }
}
