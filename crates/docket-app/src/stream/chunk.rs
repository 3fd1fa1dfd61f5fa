//! A stretch of the journal, rendered once for all who read it.

use super::filter::Filter;
use bytes::{Bytes, BytesMut};
use docket_core::ids::{ConnectionId, Sequence, Serial};
use docket_core::order::Entry;
use docket_store::record::entry_document;
use std::sync::Arc;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As `text/event-stream` wants them, one block after the other.
    Blocks,
    /// As JSON objects with `kind` and `data`, commas between them.
    Objects,
}

/// Where one entry lies in the text of its chunk, and what filters ask of it.
struct Mark {
    sequence: Sequence,
    serial: Serial,
    connection: Option<ConnectionId>,
    verb: &'static str,
    block: (usize, usize),
    data: (usize, usize),
}

/// Entries that lie together.
pub(super) struct Chunk {
    /// It begins behind this place.
    pub(super) after: Sequence,
    /// It ends with this place.
    pub(super) last: Sequence,
    text: Bytes,
    marks: Vec<Mark>,
}

impl Chunk {
    /// Entries behind a place, which must be in order; `None` when there are none.
    pub(super) fn of(after: Sequence, entries: &[Arc<Entry>]) -> Option<Chunk> {
        let last = entries.last()?.sequence;
        let mut text = String::with_capacity(entries.len() * 640);
        let mut marks = Vec::with_capacity(entries.len());
        for entry in entries {
            let (begins, verb) = (text.len(), entry.verb());
            text.push_str(&format!("id: {}\nevent: {verb}\ndata: ", entry.sequence));
            let data = text.len();
            text.push_str(&entry_document(entry));
            let data = (data, text.len());
            text.push_str("\n\n");
            marks.push(Mark {
                sequence: entry.sequence,
                serial: entry.serial,
                connection: entry.connection,
                verb,
                block: (begins, text.len()),
                data,
            });
        }
        Some(Chunk { after, last, text: text.into(), marks })
    }

    /// How much it takes.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.marks.len() * size_of::<Mark>()
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }

    /// Adds what lies behind a place and passes the filter. Neighbours stay together, and nothing is copied.
    pub(super) fn select(&self, after: Sequence, filter: &Filter, form: Form, picked: &mut Picked) {
        if form == Form::Blocks && after <= self.after && filter.takes_all_entries() {
            return picked.add(self.text.clone(), self.marks.len());
        }
        let wanted =
            |mark: &&Mark| mark.sequence > after && filter.takes_entry(mark.serial, mark.connection, mark.verb);
        match form {
            Form::Blocks => self.stretches(wanted, picked),
            Form::Objects => {
                for mark in self.marks.iter().filter(wanted) {
                    let head = format!("{{\"kind\":\"{}\",\"id\":\"{}\",\"data\":", mark.verb, mark.sequence);
                    picked.object(&head, &self.text.slice(mark.data.0..mark.data.1));
                }
            }
        }
    }

    fn stretches(&self, wanted: impl Fn(&&Mark) -> bool, picked: &mut Picked) {
        let mut open: Option<(usize, usize, usize)> = None;
        for mark in self.marks.iter().filter(wanted) {
            open = Some(match open {
                Some((begins, ends, count)) if ends == mark.block.0 => (begins, mark.block.1, count + 1),
                other => {
                    if let Some((begins, ends, count)) = other {
                        picked.add(self.text.slice(begins..ends), count);
                    }
                    (mark.block.0, mark.block.1, 1)
                }
            });
        }
        if let Some((begins, ends, count)) = open {
            picked.add(self.text.slice(begins..ends), count);
        }
    }
}

/// What a reader is given at once.
#[derive(Debug, Default)]
pub struct Picked {
    pieces: Vec<Bytes>,
    bytes: usize,
    events: usize,
}

impl Picked {
    pub(super) fn add(&mut self, text: Bytes, events: usize) {
        self.bytes += text.len();
        self.events += events;
        self.pieces.push(text);
    }

    pub(super) fn object(&mut self, head: &str, data: &Bytes) {
        let comma = if self.pieces.is_empty() { "" } else { "," };
        let mut text = BytesMut::with_capacity(comma.len() + head.len() + data.len() + 1);
        for part in [comma.as_bytes(), head.as_bytes(), data, b"}"] {
            text.extend_from_slice(part);
        }
        self.add(text.freeze(), 1);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many events are in it.
    pub fn events(&self) -> usize {
        self.events
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of it. What lies together already is not copied.
    pub fn text(mut self) -> Bytes {
        if self.pieces.len() == 1 {
            return self.pieces.pop().unwrap_or_default();
        }
        let mut text = BytesMut::with_capacity(self.bytes);
        self.pieces.iter().for_each(|piece| text.extend_from_slice(piece));
        text.freeze()
    }
}
