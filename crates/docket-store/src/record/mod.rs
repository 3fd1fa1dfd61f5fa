//! The stored form of orders and entries, versioned.
//!
//! The stored document of an order *is* its native JSON: the native API answers with it as it lies there. What the
//! document does not say (wire bags, keys, routes, who wrote what) lies beside it as `extra`; both together decode
//! to exactly the order that was encoded. An entry keeps its changes in `body`; a creation keeps the order itself,
//! as the same two texts.
//!
//! Every row carries [`VERSION`]; a row of a newer hub is refused rather than misread.

mod body;
mod card;
mod document;
mod extra;
mod history;
mod value;

pub use card::Card;
pub use history::entry_document;

use crate::StoreError;
use docket_core::Timestamp;
use docket_core::ids::AccountId;
use docket_core::order::{Entry, ExternalKey, Order};

/// The version of the stored form that this program writes.
pub(crate) const VERSION: i64 = 1;

/// The native JSON of an order.
pub fn order_document(order: &Order) -> String {
    document::encode(order)
}

/// What the document does not say.
pub(crate) fn order_extra(order: &Order) -> String {
    extra::encode(order)
}

/// The order that was encoded as these two texts.
pub(crate) fn decode_order(version: i64, account: AccountId, document: &str, extra: &str) -> Result<Order, StoreError> {
    check(version)?;
    let mut order = document::decode(account, document).map_err(damaged)?;
    extra::decode_into(&mut order, extra).map_err(damaged)?;
    Ok(order)
}

/// The native JSON of an order with the lists of its items: `notes`, `attachments`, `forms`, `check_ins`, `charges`,
/// `questions`.
pub fn whole_document(order: &Order) -> String {
    join(document::encode(order), &extra::lists_of(order))
}

/// The same, from the two texts as they lie there.
pub(crate) fn join_stored(version: i64, document: String, extra: &str) -> Result<String, StoreError> {
    check(version)?;
    Ok(join(document, &extra::lists(extra).map_err(damaged)?))
}

/// One object of two.
fn join(mut document: String, lists: &str) -> String {
    document.pop();
    document.push(',');
    document.push_str(lists.strip_prefix('{').unwrap_or(lists));
    document
}

/// The keys among what the document does not say.
pub(crate) fn decode_keys(version: i64, extra: &str) -> Result<Vec<ExternalKey>, StoreError> {
    check(version)?;
    extra::keys(extra).map_err(damaged)
}

/// What listings show and search of an order, from the two texts as they lie there.
pub(crate) fn decode_card(version: i64, document: &str, extra: &str) -> Result<Card, StoreError> {
    check(version)?;
    let mut card = Card::read(document).map_err(damaged)?;
    if extra.contains("\"keys\":") || extra.contains("\"routed_to\":") {
        let (keys, routed_to) = extra::keys_and_routes(extra).map_err(damaged)?;
        card.keys = keys;
        card.routed_to = routed_to;
    }
    Ok(card)
}

/// What an entry says besides its columns; `None` when there is nothing to say.
///
/// A creation at the first place is left out: it is stored as the order's own texts.
pub(crate) fn entry_body(entry: &Entry) -> Option<String> {
    body::encode(entry)
}

/// Fills an entry with what was stored of it. `created` is the order of a creation.
pub(crate) fn decode_body(
    version: i64,
    entry: &mut Entry,
    created: Option<Order>,
    text: Option<&str>,
) -> Result<(), StoreError> {
    check(version)?;
    body::decode_into(entry, created, text).map_err(damaged)
}

fn check(version: i64) -> Result<(), StoreError> {
    if version == VERSION {
        return Ok(());
    }
    Err(StoreError::Failed(format!("stored by another version of docket (form {version}, known is {VERSION})")))
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("a stored row cannot be read: {error}"))
}

/// A moment as columns: whole microseconds, and nanoseconds beyond them.
pub(crate) fn micros(at: Timestamp) -> (i64, i64) {
    let nanos = at.as_nanosecond();
    // The range of a timestamp in microseconds is far inside i64.
    (nanos.div_euclid(1000) as i64, nanos.rem_euclid(1000) as i64)
}

/// Back from columns.
pub(crate) fn moment(us: i64, ns: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(i128::from(us) * 1000 + i128::from(ns)).map_err(damaged)
}

#[cfg(test)]
pub(crate) mod tests;
