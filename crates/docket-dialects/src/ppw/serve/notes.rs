//! Notes, for importers that ask for all new ones and for clients that ask for those of one order.

use super::orders::{next_page, query};
use super::{Error, Session};
use crate::ppw::map;
use crate::ppw::transaction::{self, Transaction};
use crate::ppw::wire::{Elements, EventData, JobNote, NewNote, PlainNote, integer_of};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::Target;
use docket_core::order::{Change, Entry, Item, ItemKind, Order};
use std::sync::Arc;

/// How many notes of an order get a number of their own.
const NUMBERED_NOTES: i64 = 10_000;

/// New notes of all orders the importer knows.
pub(super) async fn get_all_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let since = data.timestamp()?;
    let mut elements = Elements::new();
    let mut pages = Some(query(since));
    while let Some(page) = next_page(session, &mut pages, &elements).await? {
        for order in page.orders.iter().filter(|order| order.notes().next().is_some() && !session.declined(order)) {
            let history = session.cx.ledger.history(&session.caller, order.serial).await?;
            for (item, note) in order.notes() {
                let place = u32::try_from(item.place).unwrap_or_default();
                let transaction = Transaction::of(order, transaction::NOTE, place).text();
                // A note that was refused, because its order was not there yet, is told again.
                let is_taken = session.answered(order, &transaction) == Some(true);
                if !is_taken && is_news(&history, item, since, session.id()) {
                    elements.push(&NewNote {
                        wo_number: map::wo_number(order),
                        note_id: map::note_id(order.serial, item),
                        note_type: map::note_type(note),
                        note_text: note.text.clone(),
                        note_from: item.author.clone(),
                        transaction_id: transaction,
                    });
                }
            }
        }
    }
    Ok(elements.finish())
}

/// Whether a note came in since (authors date their notes as they like), and not from the asker.
fn is_news(history: &[Arc<Entry>], note: &Item, since: Option<Timestamp>, asker: ConnectionId) -> bool {
    let adds = |change: &Change| match change {
        Change::Put { to, .. } => to.is_same(note),
        Change::Created(order) => order.items.iter().any(|added| added.is_same(note)),
        _ => false,
    };
    let added = history.iter().find(|entry| entry.changes.iter().any(adds));
    added.is_none_or(|entry| {
        let is_note = |change: &Change| matches!(change, Change::Put { to, .. } if to.kind() == ItemKind::Note);
        let is_own = entry.connection == Some(asker) && entry.changes.iter().any(is_note);
        !is_own && since.is_none_or(|since| entry.at >= since)
    })
}

/// A number for a note whose id is a text: stable, because places are.
fn number_of(serial: Serial, note: &Item) -> i64 {
    let derived = serial.0.saturating_mul(NUMBERED_NOTES).saturating_add(note.place);
    note.id.parse().ok().filter(|id| *id > 0).unwrap_or(derived)
}

async fn order_asked_for(session: &Session<'_>, data: &EventData) -> Result<Arc<Order>, Error> {
    let serial = data.serial("report_id")?;
    let found = session.cx.ledger.order(&session.caller, Target::Serial(serial)).await?;
    found.ok_or(Error::UnknownOrder(serial))
}

/// All notes of one order, as documented.
pub(super) async fn get_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let remote = match data.get("remote_report_id") {
        Some(value) => integer_of(value).ok_or(Error::invalid("remote_report_id", "is not an unsigned integer"))?,
        None => 0,
    };
    let company = match (&order.fields.client_company, order.origin.connection) {
        (Some(company), _) => company.clone(),
        (None, Some(origin)) => {
            let origin = session.cx.ledger.connection(&session.caller, origin).await?;
            origin.map(|origin| origin.name.clone()).unwrap_or_default()
        }
        (None, None) => String::new(),
    };
    let mut elements = Elements::new();
    for (item, note) in order.notes() {
        elements.push(&JobNote {
            note_id: number_of(order.serial, item),
            note_rev: 0,
            report_id: order.serial.0,
            remote_report_id: remote,
            note_type: map::note_type(note),
            note_text: note.text.clone(),
            insert_by: item.author.clone(),
            insert_date: map::date_time(item.at),
            org_name: company.clone(),
            has_attachments: "False",
        });
    }
    Ok(elements.finish())
}

/// All notes of one order, as a shipped client asks for and reads them.
pub(super) async fn get_job_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let mut elements = Elements::new();
    for (item, note) in order.notes() {
        elements.push(&PlainNote {
            report_id: order.serial.0,
            note_id: number_of(order.serial, item),
            note_text: note.text.clone(),
            insert_date: map::date_time(item.at),
            insert_email: None,
            insert_by_name: item.author.clone(),
            insert_by: item.author.clone(),
        });
    }
    Ok(elements.finish())
}
