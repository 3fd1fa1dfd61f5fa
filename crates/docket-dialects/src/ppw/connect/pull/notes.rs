//! Notes: those that a source tells of all orders, and those of one order.

use super::super::call::{self, rows, said};
use super::super::mirror::Mirror;
use super::import::{put, text};
use super::update::acknowledge;
use super::{Round, asked};
use crate::connect::ConnectError;
use crate::ppw::map::items;
use crate::ppw::wire::{Members, bag, json};
use docket_core::Timestamp;
use docket_core::ledger::OrderQuery;
use docket_core::order::{Item, ItemKind, Note, Order};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// The notes that are new, of whatever order.
pub(super) async fn new(round: &mut Round<'_>, since: Option<Timestamp>) -> Result<(), ConnectError> {
    const EVENT: &str = "get_all_notes";
    let came = round.client.event(EVENT, &asked(since)).await;
    let Some(answer) = round.tolerate(came)? else { return Ok(()) };
    let exchange = answer.exchange;
    let (told, _) = rows(EVENT, answer)?;
    for row in &told {
        let (number, transaction) = (text(row, "wo_number"), call::id(row, "transaction_id"));
        let Some(order) = numbered(round, &number).await? else {
            if let Some(transaction) = transaction {
                let why = "There is no work order of this number here.";
                acknowledge(round, &transaction, None, &number, Err(why)).await?;
            }
            continue;
        };
        let _turn = round.client.remote.turn(order.serial).await;
        let mut mirror = Mirror::of(round.client.remote, order.serial).await?;
        if transaction.as_deref().is_some_and(|known| mirror.has_answered(known)) {
            continue;
        }
        let item = read(round, &order, &mirror, row);
        put(round, order.id, item.into_iter().collect(), Some(exchange)).await?;
        if let Some(transaction) = transaction {
            acknowledge(round, &transaction, mirror.id, &number, Ok(())).await?;
            mirror.answer(transaction);
            mirror.keep(round.client.remote, order.serial).await?;
        }
    }
    Ok(())
}

/// The order of a number that came from this source: one that is open before all others, then the newest.
async fn numbered(round: &Round<'_>, number: &str) -> Result<Option<Arc<Order>>, ConnectError> {
    let remote = round.client.remote;
    let query = OrderQuery { number: Some(number.to_owned()), newest_first: true, ..OrderQuery::default() };
    let page = remote.ledger.orders(&remote.caller(), query).await?;
    let own: Vec<_> = page.orders.into_iter().filter(|order| remote.is_origin_of(order)).collect();
    Ok(own.iter().find(|order| order.state.is_open()).or(own.first()).cloned())
}

/// A note as an item, where it is news: neither one of ours, nor one that is here as it is.
pub(super) fn read(round: &Round<'_>, order: &Order, mirror: &Mirror, row: &Members) -> Option<Item> {
    let remote = round.client.remote;
    let id = call::id(row, "note_id").filter(|id| !mirror.is_ours(id))?;
    let text = text(row, "note_text");
    let known = order.item(ItemKind::Note, Some(remote.connection.id), &id);
    let was =
        known.map(|item| bag(item.wire.as_deref()).get("note_text").and_then(|text| text.as_str().map(str::to_owned)));
    if text.trim().is_empty() || was.flatten().is_some_and(|was| was == text) {
        return None;
    }
    let author = said(row, "note_from").or_else(|| said(row, "insert_by_name")).or_else(|| said(row, "insert_by"));
    let note = Note {
        site_wide: said(row, "note_type").is_some_and(|kind| kind.eq_ignore_ascii_case("prop")),
        text,
        revises: call::id(row, "note_rev").filter(|parent| parent != "0"),
    };
    let at = said(row, "insert_date").and_then(|date| moment(&date)).unwrap_or(remote.now);
    let kept: Members = row.iter().filter(|(name, _)| is_kept(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    let author =
        author.unwrap_or_else(|| known.map_or_else(|| remote.connection.name.clone(), |item| item.author.clone()));
    Some(Item::new(id, items::origin(remote.connection.id), at, note).by(author).with_wire(json(&kept)))
}

/// What of a note is kept as it was sent: the same whichever event told it.
fn is_kept(name: &str) -> bool {
    matches!(name, "note_text")
}

/// A moment with a zone, or a date and time without one, which is taken for UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let plain = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| plain().map(|zoned| zoned.timestamp()))
}
