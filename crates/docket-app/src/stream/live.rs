//! What is said beside the journal: where units are, how deliveries and jobs stand, what is exchanged.
//!
//! Not a queue but the last word about each thing, in the order of the last words. A reader that comes late, or slowly,
//! gets each thing once, as it is by then.

use super::chunk::{Form, Picked};
use super::filter::{Filter, Live};
use bytes::Bytes;
use docket_core::ids::{ConnectionId, Serial};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// How many deliveries and jobs are remembered; a reader that is further behind is told to read the lists again.
const REMEMBERED: usize = 10_000;
/// How many exchanges are.
const EXCHANGES: usize = 2_000;
/// The event that tells it.
pub(super) const MISSED: &str = "missed";

/// What something is said about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Thing {
    pub(super) kind: Live,
    /// A unit, an order's serial, the end of an exchange's identity.
    pub(super) id: i64,
    /// To whom, of a delivery.
    pub(super) connection: Option<ConnectionId>,
}

struct Word {
    thing: Thing,
    data: Bytes,
}

/// The last words.
#[derive(Default)]
pub(super) struct Words {
    version: u64,
    by_version: BTreeMap<u64, Word>,
    versions: FxHashMap<Thing, u64>,
    counts: [usize; Live::ALL.len()],
    /// Per kind: who read up to before this missed something.
    missed: [u64; Live::ALL.len()],
}

impl Words {
    /// Grows with every word.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Says something; `false` when it was said already.
    pub(super) fn say(&mut self, thing: Thing, data: String) -> bool {
        let at = self.versions.get(&thing).copied();
        if at.and_then(|at| self.by_version.get(&at)).is_some_and(|word| word.data == data) {
            return false;
        }
        match at {
            Some(at) => drop(self.by_version.remove(&at)),
            None => self.count(thing.kind, 1),
        }
        self.version += 1;
        self.by_version.insert(self.version, Word { thing, data: data.into() });
        self.versions.insert(thing, self.version);
        let most = match thing.kind {
            Live::Position => usize::MAX,
            Live::Delivery | Live::Job => REMEMBERED,
            Live::Exchange => EXCHANGES,
        };
        if self.counts.get(thing.kind.at()).is_some_and(|count| *count > most) {
            self.forget_oldest(thing.kind);
        }
        true
    }

    fn count(&mut self, kind: Live, by: isize) {
        if let Some(count) = self.counts.get_mut(kind.at()) {
            *count = count.saturating_add_signed(by);
        }
    }

    fn forget_oldest(&mut self, kind: Live) {
        let oldest =
            self.by_version.iter().find(|(_, word)| word.thing.kind == kind).map(|(at, word)| (*at, word.thing));
        if let Some((at, thing)) = oldest {
            self.by_version.remove(&at);
            self.versions.remove(&thing);
            self.count(kind, -1);
            self.note_missed(kind, at);
        }
    }

    fn note_missed(&mut self, kind: Live, at: u64) {
        if let Some(missed) = self.missed.get_mut(kind.at()) {
            *missed = (*missed).max(at);
        }
    }

    /// Something of this kind was said that is not known here.
    pub(super) fn miss(&mut self, kind: Live) {
        self.version += 1;
        self.note_missed(kind, self.version);
    }

    /// Nobody wants to hear of this kind any more.
    pub(super) fn forget(&mut self, kind: Live) {
        if self.counts.get(kind.at()).is_some_and(|count| *count > 0) {
            self.by_version.retain(|_, word| word.thing.kind != kind);
            self.versions.retain(|thing, _| thing.kind != kind);
            if let Some(count) = self.counts.get_mut(kind.at()) {
                *count = 0;
            }
        }
    }

    /// Adds what was said behind a version and passes the filter.
    pub(super) fn select(&self, behind: u64, filter: &Filter, form: Form, picked: &mut Picked) {
        let mut add = |kind: &str, data: &Bytes| match form {
            Form::Blocks => {
                let data = String::from_utf8_lossy(data);
                picked.add(format!("event: {kind}\ndata: {data}\n\n").into(), 1);
            }
            Form::Objects => picked.object(&format!("{{\"kind\":\"{kind}\",\"data\":"), data),
        };
        // Who begins anew gets what is known, and reads the rest where it lies.
        let missed = |kind: &Live| behind > 0 && self.missed.get(kind.at()).is_some_and(|at| *at > behind);
        let missed: Vec<String> = Live::ALL
            .iter()
            .filter(|kind| filter.wants(**kind) && missed(kind))
            .map(|kind| format!("\"{}\"", kind.word()))
            .collect();
        if !missed.is_empty() {
            add(MISSED, &format!("{{\"kinds\":[{}]}}", missed.join(",")).into());
        }
        for word in self.by_version.range(behind.saturating_add(1)..).map(|(_, word)| word) {
            let of_order = matches!(word.thing.kind, Live::Delivery | Live::Job);
            let order = of_order.then_some(Serial(word.thing.id));
            if filter.takes_live(word.thing.kind, order, word.thing.connection) {
                add(word.thing.kind.word(), &word.data);
            }
        }
    }

    /// Where all units are, for who begins.
    pub(super) fn positions(&self, filter: &Filter, form: Form, picked: &mut Picked) {
        let only = Filter::of_kinds(Live::Position.word()).unwrap_or_default();
        if filter.wants(Live::Position) {
            self.select(0, &only, form, picked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: i64) -> Thing {
        Thing { kind: Live::Job, id, connection: None }
    }

    fn heard(words: &Words, behind: u64, kinds: &str) -> String {
        let mut picked = Picked::default();
        words.select(behind, &Filter::of_kinds(kinds).unwrap(), Form::Objects, &mut picked);
        String::from_utf8(picked.text().to_vec()).unwrap()
    }

    #[test]
    fn only_the_last_word_counts_and_the_same_is_not_said_twice() {
        let mut words = Words::default();
        assert!(words.say(job(1), "1".to_owned()) && words.say(job(2), "2".to_owned()));
        let read = words.version();
        assert!(!words.say(job(2), "2".to_owned()));
        assert!(words.say(job(1), "3".to_owned()) && words.say(job(1), "4".to_owned()));
        assert_eq!(heard(&words, read, "job"), r#"{"kind":"job","data":4}"#);
        assert_eq!(heard(&words, 0, "job"), r#"{"kind":"job","data":2},{"kind":"job","data":4}"#);
        assert_eq!(heard(&words, 0, "position,delivery"), "");
        words.forget(Live::Job);
        assert_eq!(heard(&words, 0, "job"), "");
    }

    #[test]
    fn who_is_too_far_behind_is_told() {
        let mut words = Words::default();
        words.say(job(-1), "0".to_owned());
        let read = words.version();
        assert!((0..20_000).all(|id| words.say(job(id), id.to_string())));
        assert_eq!(words.by_version.len(), REMEMBERED);
        assert!(heard(&words, read, "job").starts_with(r#"{"kind":"missed","data":{"kinds":["job"]}},{"#));
        assert!(!heard(&words, words.version() - 1, "job").contains("missed"));
        words.miss(Live::Delivery);
        assert_eq!(
            heard(&words, words.version() - 1, "delivery"),
            r#"{"kind":"missed","data":{"kinds":["delivery"]}}"#
        );
    }
}
