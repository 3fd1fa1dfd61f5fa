//! The push ping: a bare call of the URL that an importer left with `validate_user`, upon which it asks for orders.
//!
//! The vendor documents neither method nor body nor retries of it: we send `GET` with nothing in it and try again with
//! growing pauses. What happened is not said; the importer fetches it.

use super::serve::{head, listing_transaction};
use super::{map, push_url};
use crate::dialect::{Announce, Announcement, BoxFuture, News, ServeContext};
use docket_core::connection::Connection;
use docket_core::ids::ConnectionId;
use docket_core::ledger::Fault;
use docket_core::order::{Body, Change, Field, Order, State};
use std::time::Duration;

/// The ping.
pub(super) struct Ping;

/// The pauses between attempts, an hour in all; importers poll as well.
const PAUSES: &[Duration] = &[
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(40 * 60),
];

impl Announce for Ping {
    fn listens<'a>(&'a self, cx: ServeContext<'a>, connection: &'a Connection) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move { Ok(push_url::kept(cx.ledger, connection).await?.is_some()) })
    }

    fn announce<'a>(
        &'a self,
        cx: ServeContext<'a>,
        connection: &'a Connection,
        news: &'a [News],
    ) -> BoxFuture<'a, Result<Option<Announcement>, Fault>> {
        Box::pin(async move {
            if !news.iter().any(|news| is_due(news, connection.id)) {
                return Ok(None);
            }
            Ok(push_url::kept(cx.ledger, connection).await?.map(|url| Announcement::ping("ping", url)))
        })
    }

    fn retries(&self) -> &'static [Duration] {
        PAUSES
    }
}

/// Whether an importer that asks now is told something it was not told before: a new order, a member it can take over,
/// a word about where the order stands, a note.
fn is_due(news: &News, importer: ConnectionId) -> bool {
    let order = &news.order;
    let imported = order.imported_by.contains(&importer);
    if declined(order, importer) || (order.state == State::Deleted && !imported) {
        return false;
    }
    news.entry.changes.iter().any(|change| match change {
        Change::Created(order) => order.state.is_open(),
        Change::Moved { .. } => true,
        Change::Routed(connection) => *connection == importer && order.state.is_open(),
        Change::Set { field: Field::Rework, .. } => true,
        Change::Set { field: Field::Tasks, from, to } => !map::same_line_items(from, to),
        Change::Set { field: Field::Description, .. } => map::is_described(order),
        Change::Set { field, .. } => map::UPDATABLE.iter().any(|updatable| updatable.fields.contains(field)),
        Change::Put { from: None, to } => matches!(to.body, Body::Note(_)),
        Change::Put { .. }
        | Change::Removed(_)
        | Change::Wire { .. }
        | Change::Keyed(_)
        | Change::Unkeyed(_)
        | Change::Imported(_)
        | Change::Acknowledged(_) => false,
    })
}

/// The importer refused the order and does not have it: it is told nothing more of it.
pub(super) fn declined(order: &Order, importer: ConnectionId) -> bool {
    if order.imported_by.contains(&importer) || order.acknowledgements.is_empty() {
        return false;
    }
    let transaction = listing_transaction(order, Some(importer), &head(order));
    let mut answers = order.acknowledgements.iter();
    answers.any(|kept| kept.connection == importer && kept.transaction == transaction && !kept.success)
}
