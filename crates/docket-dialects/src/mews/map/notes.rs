//! Notes of an order, whichever dialect they came through.

use super::part_id;
use crate::mews::wire::{Object, OrderNote, instant, utc};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::order::{Item, Note, Order, Origin};

/// The type of every note here: those of channel managers and special requests come from systems that are not connected.
pub(in crate::mews) const GENERAL_NOTE: &str = "General";

/// The id of a note.
pub(in crate::mews) fn note_id(order: &Order, item: &Item) -> Uuid {
    part_id(order, "note", &item.place.to_string())
}

/// When a note was first written. A note that this dialect rewrote remembers it.
pub(in crate::mews) fn note_created(item: &Item) -> Timestamp {
    let own = item.wire.as_deref().filter(|_| item.origin.dialect == super::ID);
    let bag = own.and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default();
    bag.members().text("CreatedUtc").ok().flatten().and_then(instant).unwrap_or(item.at)
}

/// A note as it is shown.
pub(in crate::mews) fn note_to_wire(order: &Order, item: &Item, note: &Note) -> OrderNote {
    OrderNote {
        id: note_id(order, item),
        order_id: order.id.0,
        text: Some(note.text.clone()).filter(|text| !text.is_empty()),
        r#type: GENERAL_NOTE,
        created_utc: utc(note_created(item)),
        updated_utc: utc(item.at),
    }
}

/// A note rewritten.
pub(in crate::mews) fn revised(item: &Item, note: &Note, text: &str, now: Timestamp) -> Item {
    let mut revised = Item { at: now, ..item.clone() };
    if item.origin.dialect == super::ID {
        // To the fraction of a second: the listing goes by it.
        let created = note_created(item).to_string();
        revised.wire = Some(format!("{{\"CreatedUtc\":\"{created}\"}}"));
    }
    revised.body = Note { text: text.to_owned(), ..note.clone() }.into();
    revised
}

/// A new note.
pub(in crate::mews) fn new_note(id: Uuid, origin: Origin, author: &str, text: &str, now: Timestamp) -> Item {
    let note = Note { text: text.to_owned(), ..Note::default() };
    Item::new(id.to_string(), origin, now, note).by(author)
}
