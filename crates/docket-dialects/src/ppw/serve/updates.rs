//! What changed about orders that an importer has.
//!
//! The vendor lets the source choose between updates within `get_all_orders` and `get_all_updates`. We give both
//! the same objects with the same transaction ids: whichever an importer reads first, it applies and acknowledges
//! once, and after that neither shows it.

use super::orders::{next_page, query};
use super::{Error, Session, head};
use crate::ppw::map::{self, Names, UPDATABLE};
use crate::ppw::transaction::{self, Transaction};
use crate::ppw::wire::{BagHead, Elements, EventData, Listed};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Revision};
use docket_core::order::{Change, Entry, Field, Order, State};
use serde_json::Value;
use std::sync::Arc;

/// From where changes are told.
#[derive(Clone, Copy)]
pub(super) enum Since {
    /// From this moment on, that second included.
    Moment(Timestamp),
    /// From when the importer took the order over.
    Import,
}

impl Since {
    pub(super) fn of(moment: Option<Timestamp>) -> Since {
        moment.map_or(Since::Import, Since::Moment)
    }
}

/// One object per changed member, and one per order that was sent back, completed or called off.
pub(super) async fn get_all_updates(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let since = data.timestamp()?;
    let mut elements = Elements::new();
    let mut pages = Some(query(since));
    while let Some(page) = next_page(session, &mut pages, &elements).await? {
        for order in page.orders {
            // Importers that never say what they imported still hear of changes to what they were once shown; those
            // that refused an order do not, because they might know another by its number.
            let is_known = session.imported(&order) || (since.is_some() && order.state.is_open());
            if !is_known || session.declined(&order) {
                continue;
            }
            for listed in &commands(session, &order, &head(&order), Since::of(since)).await? {
                elements.push(listed);
            }
        }
    }
    Ok(elements.finish())
}

/// What the importer must be told to do about an order, apart from importing it, and has not answered yet.
pub(super) async fn commands(
    session: &Session<'_>,
    order: &Order,
    head: &BagHead,
    since: Since,
) -> Result<Vec<Listed>, Error> {
    let imported = session.imported(order);
    match order.state {
        State::Deleted if !imported => Ok(Vec::new()),
        State::Canceled | State::Deleted => moved(session, order, head, since, transaction::CANCEL).await,
        State::Completed | State::Submitted | State::Invoiced | State::Closed => {
            moved(session, order, head, since, transaction::COMPLETE).await
        }
        State::Received
        | State::Assigned
        | State::Accepted
        | State::Rejected
        | State::Started
        | State::Waiting
        | State::Failed => written(session, order, head, since).await,
    }
}

/// An order that is over. An importer that ended it itself is not told to.
async fn moved(
    session: &Session<'_>,
    order: &Order,
    head: &BagHead,
    since: Since,
    kind: u8,
) -> Result<Vec<Listed>, Error> {
    let second = order.state_since.as_second();
    let transaction = Transaction::of(order, kind, u32::try_from(second).unwrap_or_default()).text();
    let is_recent = match since {
        Since::Moment(moment) => order.state_since >= moment,
        Since::Import => true,
    };
    if !is_recent || session.declined(order) || session.answered(order, &transaction).is_some() {
        return Ok(Vec::new());
    }
    // Only who has an order ends it, and histories of all that ever ended are many.
    let history = match session.imported(order) {
        true => session.cx.ledger.history(&session.caller, order.serial).await?,
        false => Vec::new(),
    };
    let moves = |entry: &&Arc<Entry>| entry.changes.iter().any(|change| matches!(change, Change::Moved { .. }));
    if history.iter().rev().find(moves).is_some_and(|entry| entry.connection == Some(session.id())) {
        return Ok(Vec::new());
    }
    let word = if kind == transaction::CANCEL { map::CANCEL } else { map::COMPLETE };
    Ok(vec![session.listed(order, head, word, transaction)])
}

/// A member that was written, or the mark that the order was sent back (`member` is none then).
struct Written {
    member: Option<&'static str>,
    revision: Revision,
    kind: u8,
    transaction: String,
}

impl Written {
    fn new(order: &Order, member: Option<&'static str>, revision: Revision, kind: u8) -> Written {
        let slot = u32::try_from(revision.0).unwrap_or_default();
        Written { member, revision, kind, transaction: Transaction::of(order, kind, slot).text() }
    }
}

/// An open order: was it sent back, which members changed?
async fn written(session: &Session<'_>, order: &Order, head: &BagHead, since: Since) -> Result<Vec<Listed>, Error> {
    // The mark of rework stays up while the work is done again; the history tells which time this is.
    let read = || session.cx.ledger.history(&session.caller, order.serial);
    let history = if order.fields.rework { Some(read().await?) } else { None };
    let mut candidates = candidates(order, history.as_deref().map(sent_back_at));
    candidates.retain(|written| session.answered(order, &written.transaction).is_none());
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    if !is_news_throughout(session, order, since) {
        let history = match history {
            Some(history) => history,
            None => read().await?,
        };
        let imported = imported_at(&history, session.id());
        for written in candidates.iter_mut().filter(|written| written.member == Some(map::LINE_ITEMS)) {
            *written = Written::new(order, written.member, itemized_at(&history, written.revision), written.kind);
        }
        candidates.retain(|written| session.answered(order, &written.transaction).is_none());
        candidates.retain(|written| is_news(written, &history, imported, since, session.id()));
    }
    candidates.retain(|written| written.revision > Revision(1));
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let mut shown = map::order_to_wire(order, &Names::default(), session.view(order), "");
    let listed = candidates.into_iter().map(|written| match written.member {
        None => {
            let reason = order.fields.outcome.clone().map(Value::String);
            Listed { update_value: reason, ..session.listed(order, head, map::RTV, written.transaction) }
        }
        Some(member) => Listed {
            update_field: Some(member),
            update_value: shown.remove(member),
            ..session.listed(order, head, map::UPDATE, written.transaction)
        },
    });
    Ok(listed.collect())
}

/// An order of somebody else that came after the moment asked for, and that the asker does not have: whatever was
/// written to it is news, and its history need not be read. Polls from far back meet many of these.
fn is_news_throughout(session: &Session<'_>, order: &Order, since: Since) -> bool {
    let is_foreign = !session.imported(order) && order.origin.connection != Some(session.id());
    is_foreign && matches!(since, Since::Moment(moment) if order.created_at >= moment)
}

/// The revision by which the order was last sent back: marked, or opened again with the mark still up.
fn sent_back_at(history: &[Arc<Entry>]) -> Revision {
    let sends_back = |change: &Change| match change {
        Change::Set { field: Field::Rework, to, .. } => *to == docket_core::order::Value::Flag(true),
        Change::Moved { from, to } => !from.is_open() && to.is_open(),
        _ => false,
    };
    let found = history.iter().rev().find(|entry| entry.changes.iter().any(sends_back));
    found.map_or(Revision(1), |entry| entry.revision)
}

fn candidates(order: &Order, sent_back: Option<Revision>) -> Vec<Written> {
    let mut found = Vec::new();
    if let Some(revision) = sent_back {
        found.push(Written::new(order, None, revision, transaction::REWORK));
    }
    let is_shown = |field: &&Field| **field != Field::Description || map::is_described(order);
    for (place, updatable) in (0u8..).zip(UPDATABLE) {
        let shown = updatable.fields.iter().filter(is_shown);
        if let Some(revision) = shown.filter_map(|field| order.written.get(field)).max() {
            found.push(Written::new(order, Some(updatable.member), *revision, transaction::MEMBER + place));
        }
    }
    found
}

/// The revision by which the tasks were last written so that readers of line items see it: what is done of them, and
/// what else tasks hold, those do not.
fn itemized_at(history: &[Arc<Entry>], written: Revision) -> Revision {
    let is_seen = |change: &Change| match change {
        Change::Set { field: Field::Tasks, from, to } => !map::same_line_items(from, to),
        _ => false,
    };
    let mut entries = history.iter().rev().filter(|entry| entry.revision <= written);
    let found = entries.find(|entry| entry.changes.iter().any(is_seen));
    found.map_or(Revision(1), |entry| entry.revision)
}

fn entry(history: &[Arc<Entry>], revision: Revision) -> Option<&Entry> {
    let place = history.binary_search_by_key(&revision, |entry| entry.revision).ok()?;
    history.get(place).map(Arc::as_ref)
}

/// The revision by which the importer had the order.
fn imported_at(history: &[Arc<Entry>], connection: ConnectionId) -> Revision {
    let is_import = |change: &Change| matches!(change, Change::Imported(id) if *id == connection);
    let found = history.iter().find(|entry| entry.changes.iter().any(is_import));
    found.map_or(Revision(1), |entry| entry.revision)
}

fn is_news(
    written: &Written,
    history: &[Arc<Entry>],
    imported: Revision,
    since: Since,
    connection: ConnectionId,
) -> bool {
    let Some(entry) = entry(history, written.revision) else { return false };
    // What the importer wrote itself is no news to it.
    entry.connection != Some(connection)
        && match since {
            Since::Moment(moment) => entry.at >= moment,
            Since::Import => written.revision > imported,
        }
}
