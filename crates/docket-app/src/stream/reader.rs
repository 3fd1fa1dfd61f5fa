//! A reader: a place in the journal, a version of the last words, and a filter. It holds nothing else, so however slow it
//! is, it costs no memory; what it has not read yet lies in the window all share, or in the store.

use super::channel::{Behind, Channel};
use super::chunk::{Chunk, Form, Picked};
use super::filter::Filter;
use super::{Place, Streams};
use crate::hub::Hub;
use docket_core::ids::Sequence;
use docket_core::ledger::{Fault, Ledger};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How many entries of the past are read from the store at once.
const PAGE: usize = 200;
/// How many such pages are looked through before somebody else has a turn.
const PAGES: usize = 8;
/// A permit may end with time, too.
const PERMIT_LASTS: Duration = Duration::from_secs(5);
/// So much is given at once, or a little more.
const PICKED_BYTES: usize = 256 * 1024;

/// Whether a reader still may read; asked again whenever something about who may call has changed.
pub type Permit = Box<dyn Fn(&Hub) -> bool + Send + Sync>;

/// What a reader is given.
#[derive(Debug)]
pub enum Next {
    /// Something new.
    Events(Picked),
    /// Nothing that passes the filter came within the time, or much was looked through without finding any; the
    /// reader's place may have moved.
    Nothing,
    /// There will be no more: the hub stops, or the reader may not read any longer.
    End,
}

/// Who reads.
pub struct Reader {
    hub: Arc<Hub>,
    channel: Arc<Channel>,
    filter: Filter,
    after: Sequence,
    /// What was said before is known; `None` while nothing was given yet.
    words: Option<u64>,
    /// Where units are is given first.
    begins: bool,
    bell: watch::Receiver<u64>,
    permit: Permit,
    /// The version of who may call when the permit was last looked at, and when that was.
    looked: ((i64, i64), Instant),
}

impl Reader {
    pub(super) fn new(hub: Arc<Hub>, channel: Arc<Channel>, filter: Filter, place: Place, permit: Permit) -> Reader {
        channel.enter(&filter);
        let known = place.words.filter(|(epoch, _)| *epoch == channel.epoch).map(|(_, version)| version);
        let begins = known.is_none();
        let words = known.unwrap_or_else(|| channel.words().version());
        let (bell, looked) = (channel.bell(), (hub.permits_version(), Instant::now()));
        Reader { hub, channel, filter, after: place.after, words: Some(words), begins, bell, permit, looked }
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        let words = self.words.filter(|_| self.filter.wants_live()).map(|version| (self.channel.epoch, version));
        Place { after: self.after, words }
    }

    /// Whether places that no event showed may lie behind it.
    pub fn is_filtered(&self) -> bool {
        !self.filter.takes_all_entries()
    }

    /// Waits for what is new.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self, form: Form, patience: Duration) -> Result<Next, Fault> {
        let until = Instant::now() + patience;
        loop {
            self.bell.mark_unchanged();
            if self.hub.is_stopping() || !self.still_may() {
                return Ok(Next::End);
            }
            let (picked, more) = self.collect(form).await?;
            if !picked.is_empty() {
                return Ok(Next::Events(picked));
            }
            if more || Instant::now() >= until {
                return Ok(Next::Nothing);
            }
            tokio::select! {
                rung = self.bell.changed() => if rung.is_err() { return Ok(Next::End) },
                () = tokio::time::sleep_until(until) => {}
                () = self.hub.stopped() => {}
            }
        }
    }

    fn still_may(&mut self) -> bool {
        let version = self.hub.permits_version();
        let (known, looked) = self.looked;
        if version == known && looked.elapsed() < PERMIT_LASTS {
            return true;
        }
        self.looked = (version, Instant::now());
        (self.permit)(&self.hub)
    }

    /// What is new now; `true` when there is more to look through.
    async fn collect(&mut self, form: Form) -> Result<(Picked, bool), Fault> {
        let mut picked = Picked::default();
        let mut pages = 0;
        if !self.filter.wants_entries() {
            self.after = self.after.max(self.channel.upto());
        }
        loop {
            match self.channel.behind(self.after) {
                Behind::Nothing => break,
                Behind::Chunks(chunks) => {
                    for chunk in chunks {
                        chunk.select(self.after, &self.filter, form, &mut picked);
                        self.after = chunk.last;
                        if picked.bytes() >= PICKED_BYTES {
                            return Ok((picked, true));
                        }
                    }
                }
                Behind::Older => {
                    if !picked.is_empty() || pages == PAGES {
                        return Ok((picked, true));
                    }
                    pages += 1;
                    if !self.read_on(form, &mut picked).await? {
                        break;
                    }
                }
            }
        }
        self.listen(form, &mut picked);
        Ok((picked, false))
    }

    /// Reads what lies further back; few do so at once.
    async fn read_on(&mut self, form: Form, picked: &mut Picked) -> Result<bool, Fault> {
        let _turn = self.hub.streams().turn().await;
        let entries = self.hub.journal(self.channel.account, self.after, PAGE).await?;
        let Some(chunk) = Chunk::of(self.after, &entries) else { return Ok(false) };
        chunk.select(self.after, &self.filter, form, picked);
        self.after = chunk.last;
        Ok(true)
    }

    fn listen(&mut self, form: Form, picked: &mut Picked) {
        if !self.filter.wants_live() {
            return;
        }
        let words = self.channel.words();
        let known = self.words.unwrap_or_default();
        if std::mem::take(&mut self.begins) {
            words.positions(&self.filter, form, picked);
        } else if words.version() > known {
            words.select(known, &self.filter, form, picked);
        }
        self.words = Some(words.version());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.channel.leave(&self.filter);
    }
}

impl Streams {
    async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // Never closed, so there is always a turn to come.
        self.turns.acquire().await.ok()
    }
}
