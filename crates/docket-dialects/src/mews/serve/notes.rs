//! `serviceOrderNotes/*`: texts about product service orders and reservations, whichever dialect they came through.

use super::pages::everything;
use super::{Answer, Session, all_done};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{GENERAL_NOTE, new_note, note_created, note_id, note_to_wire, revised, serial_of};
use crate::mews::wire::{MAX_ITEMS, Members, NotesWritten, OrderNote, OrderNotes, Unit};
use docket_core::Timestamp;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{OrderQuery, Request, Submission, Target};
use docket_core::order::{Body, Change, Command, Item, Note, Order, Origin, Rejection};
use std::collections::{HashMap, HashSet};

const TYPES: &[&str] = &[GENERAL_NOTE, "ChannelManager", "SpecialRequest"];

/// Where a note stands in a listing: newest first, those of one moment by order and place.
type Place = (Timestamp, Serial, i64);

/// Answers a page of notes.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const ORDERS: &str = "ServiceOrderIds";
    let enterprises = members.uuids("EnterpriseIds")?;
    let orders = members.uuids(ORDERS)?.ok_or(Error::invalid(ORDERS))?;
    let ids: Option<HashSet<Uuid>> = members.uuids("ServiceOrderNoteIds")?.map(HashSet::from_iter);
    let updated = members.interval("UpdatedUtc")?;
    let types = members.words("Types", |text| TYPES.iter().find(|word| **word == text))?;
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let query = OrderQuery {
        states: everything(),
        ids: Some(orders.into_iter().map(OrderId).collect()),
        ..OrderQuery::default()
    };
    let orders = cx.ledger.orders(&session.caller, query).await?.orders;
    let mut notes: Vec<(Place, OrderNote, Timestamp)> = Vec::new();
    for order in &orders {
        notes.extend(order.notes().map(|(item, note)| (place(order, item), note_to_wire(order, item, note), item.at)));
    }
    let after = match limitation.cursor {
        None => None,
        Some(cursor) => match notes.iter().find(|(_, note, _)| note.id == cursor) {
            Some((place, ..)) => Some(*place),
            None => Some(position(cx, session, cursor).await?),
        },
    };
    notes.sort_unstable_by_key(|(place, ..)| std::cmp::Reverse(*place));
    let wanted = |(place, note, at): &(Place, OrderNote, Timestamp)| {
        after.is_none_or(|after| *place < after)
            && ids.as_ref().is_none_or(|ids| ids.contains(&note.id))
            && updated.is_none_or(|interval| interval.contains(*at))
            && types.as_ref().is_none_or(|types| types.contains(&&note.r#type))
    };
    let found = notes.into_iter().filter(wanted).take(limitation.count).map(|(_, note, _)| note);
    let service_order_notes: Vec<OrderNote> = found.collect();
    let (is_empty, cursor) = (service_order_notes.is_empty(), service_order_notes.last().map(|note| note.id));
    Answer::page(&OrderNotes { service_order_notes, cursor }, is_empty)
}

fn place(order: &Order, item: &Item) -> Place {
    (note_created(item), order.serial, item.place)
}

/// Where a cursor's note stands that is not of the orders asked for, or was deleted since: the journal knows.
async fn position(cx: ServeContext<'_>, session: &Session, cursor: Uuid) -> Result<Place, Error> {
    const CURSOR: Error = Error::invalid("Cursor");
    let serial = serial_of(cursor).ok_or(CURSOR)?;
    let order = cx.ledger.order(&session.caller, Target::Serial(serial)).await?.ok_or(CURSOR)?;
    if let Some((item, _)) = order.notes().find(|(item, _)| note_id(&order, item) == cursor) {
        return Ok(place(&order, item));
    }
    let history = cx.ledger.history(&session.caller, serial).await?;
    let removed = history.iter().flat_map(|entry| &entry.changes).find_map(|change| match change {
        Change::Removed(item) if note_id(&order, item) == cursor => Some(place(&order, item)),
        _ => None,
    });
    removed.ok_or(CURSOR)
}

/// Adds notes. One that the connection left on the order before, word for word, is that note: a call that is repeated
/// after a cut connection leaves nothing twice.
pub(super) async fn add(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const ORDER: &str = "ServiceOrderId";
    let mut orders: Vec<OrderId> = Vec::new();
    let mut texts: HashMap<OrderId, Vec<(Uuid, String)>> = HashMap::new();
    let mut asked: Vec<(OrderId, String)> = Vec::new();
    for addition in members.some_objects("ServiceOrderNotes")? {
        let id = OrderId(addition.uuid(ORDER)?.ok_or(Error::invalid(ORDER))?);
        let text = addition.required_text("Text")?.to_owned();
        let own = uuid::Builder::from_random_bytes((cx.random)().to_be_bytes()).into_uuid();
        if !texts.contains_key(&id) {
            orders.push(id);
        }
        texts.entry(id).or_default().push((own, text.clone()));
        asked.push((id, text));
    }
    let origin = Origin { connection: session.caller.connection_id(), dialect: crate::mews::map::ID.to_owned() };
    let (author, now) = (session.caller.label.clone(), cx.now);
    let requests = orders.iter().map(|id| {
        let (texts, origin, author) = (texts.remove(id).unwrap_or_default(), origin.clone(), author.clone());
        Request::change(Target::Id(*id), move |order| {
            let mut put: Vec<Item> = Vec::new();
            for (own, text) in &texts {
                let known = left(order, &origin, text).is_some() || put.iter().any(|item| is_text(item, text));
                if !known {
                    put.push(new_note(*own, origin.clone(), &author, text, now));
                }
            }
            Ok(Command { put, ..Command::default() })
        })
    });
    let submission = Submission { requests: requests.collect(), atomic: true, ..Submission::default() };
    let mut written = HashMap::new();
    for order in all_done(cx.ledger.submit(&session.caller, submission).await?, ORDER)? {
        written.insert(order.id, order);
    }
    let show = |(id, text): &(OrderId, String)| {
        let order = written.get(id)?;
        let (item, note) = left(order, &origin, text)?;
        Some(note_to_wire(order, item, note))
    };
    Answer::of(&NotesWritten { service_order_notes: asked.iter().filter_map(show).collect() })
}

fn is_text(item: &Item, text: &str) -> bool {
    matches!(&item.body, Body::Note(note) if note.text == text)
}

/// The note that was left on an order with these words.
fn left<'a>(order: &'a Order, origin: &Origin, text: &str) -> Option<(&'a Item, &'a Note)> {
    order.notes().find(|(item, note)| item.origin == *origin && note.text == text)
}

/// One change to a note.
struct Update {
    note: Uuid,
    text: Option<String>,
}

/// Rewrites notes, of any origin.
pub(super) async fn update(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const NOTE: &str = "ServiceOrderNoteId";
    let mut updates = Vec::new();
    for update in members.some_objects("ServiceOrderNoteUpdates")? {
        let note = update.uuid(NOTE)?.ok_or(Error::invalid(NOTE))?;
        let text = update.patch("Text")?.map(|text| text.unwrap_or_default().to_owned());
        updates.push(Update { note, text });
    }
    let now = cx.now;
    let asked: Vec<Uuid> = updates.iter().map(|update| update.note).collect();
    let mut requests = Vec::with_capacity(updates.len());
    for update in updates {
        let serial = serial_of(update.note).ok_or(Error::invalid(NOTE))?;
        requests.push(Request::change(Target::Serial(serial), move |order| {
            let (item, note) = find(order, update.note).ok_or_else(|| unknown(NOTE))?;
            let text = update.text.as_ref().filter(|text| **text != note.text);
            let put = text.map(|text| revised(item, note, text, now)).into_iter().collect();
            Ok(Command { put, ..Command::default() })
        }));
    }
    let submission = Submission { requests, atomic: true, ..Submission::default() };
    let mut written = Vec::with_capacity(asked.len());
    let orders = all_done(cx.ledger.submit(&session.caller, submission).await?, NOTE)?;
    for (order, id) in orders.into_iter().zip(asked) {
        written.extend(find(&order, id).map(|(item, note)| note_to_wire(&order, item, note)));
    }
    Answer::of(&NotesWritten { service_order_notes: written })
}

/// Takes notes away, of any origin.
pub(super) async fn delete(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const NOTES: &str = "ServiceOrderNoteIds";
    let ids = members.some_uuids(NOTES, MAX_ITEMS)?.ok_or(Error::invalid(NOTES))?;
    let ids: HashSet<Uuid> = ids.into_iter().collect();
    let mut by_order: HashMap<Serial, Vec<Uuid>> = HashMap::new();
    for id in ids {
        by_order.entry(serial_of(id).ok_or(Error::invalid(NOTES))?).or_default().push(id);
    }
    let requests = by_order.into_iter().map(|(serial, ids)| {
        Request::change(Target::Serial(serial), move |order| {
            let references = ids.iter().map(|id| find(order, *id).map(|(item, _)| item.reference()));
            let remove = references.collect::<Option<Vec<_>>>().ok_or_else(|| unknown(NOTES))?;
            Ok(Command { remove, ..Command::default() })
        })
    });
    let submission = Submission { requests: requests.collect(), atomic: true, ..Submission::default() };
    all_done(cx.ledger.submit(&session.caller, submission).await?, NOTES)?;
    Answer::nothing(&Unit {})
}

fn find(order: &Order, id: Uuid) -> Option<(&Item, &Note)> {
    order.notes().find(|(item, _)| note_id(order, item) == id)
}

fn unknown(member: &str) -> Rejection {
    Rejection::Invalid { member: member.to_owned(), reason: "no such note".to_owned() }
}
