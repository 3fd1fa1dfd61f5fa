//! The board as the native API shows it: rows, counts, points; and its index, kept current.

mod index;
mod row;

use crate::hub::{Hub, fault, visibility};
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use docket_store::board::{BoardQuery, Counts, Part, Place, PointOf};
use docket_store::record::Card;
pub(crate) use index::Indexing;
pub use index::run;
pub use row::Rows;

/// The most orders of one answer with points.
pub const POINTS_LIMIT: usize = 100_000;

/// A page, and how far it can be relied on.
pub struct Paged<T> {
    /// The orders.
    pub orders: Vec<T>,
    /// Where to go on.
    pub next: Option<Place>,
    /// All that had happened before it was asked for is in it.
    pub is_current: bool,
}

/// Waits until what was on its way is in the index.
async fn ready(hub: &Hub, caller: &Caller, query: &BoardQuery) -> Result<bool, Fault> {
    if !query.updated.is_open() {
        hub.settled().await;
    }
    index::catch_up(hub, caller.account).await
}

/// A page of the board.
pub async fn page(hub: &Hub, caller: &Caller, query: &BoardQuery, part: Part) -> Result<Paged<Card>, Fault> {
    let (account, seen) = (caller.account, visibility(caller));
    if let Some(query) = query.as_ledger_query(part) {
        let (orders, next) = hub.store().page_cards(account, seen, &query).await.map_err(fault)?;
        let next = next.map(|serial| Place { at_us: None, serial: serial.0 });
        return Ok(Paged { orders, next, is_current: true });
    }
    let is_current = ready(hub, caller, query).await?;
    let listed = hub.store().board(account, seen, query, part, hub.now()).await.map_err(fault)?;
    Ok(Paged { orders: listed.cards, next: listed.next, is_current })
}

/// The same as whole documents.
pub async fn documents(hub: &Hub, caller: &Caller, query: &BoardQuery, part: Part) -> Result<Paged<String>, Fault> {
    let (account, seen) = (caller.account, visibility(caller));
    if let Some(query) = query.as_ledger_query(part) {
        let (orders, next) = hub.store().page_documents(account, seen, query).await.map_err(fault)?;
        let next = next.map(|serial| Place { at_us: None, serial: serial.0 });
        return Ok(Paged { orders, next, is_current: true });
    }
    let Paged { orders, next, is_current } = page(hub, caller, query, part).await?;
    let serials: Vec<i64> = orders.iter().map(|card| card.serial).collect();
    let orders = hub.store().documents(account, &serials).await.map_err(fault)?;
    Ok(Paged { orders, next, is_current })
}

/// How many orders there are in each state.
pub async fn counts(hub: &Hub, caller: &Caller, query: &BoardQuery) -> Result<Counts, Fault> {
    let is_current = ready(hub, caller, query).await?;
    let counts = hub.store().board_counts(caller.account, visibility(caller), query, hub.now()).await.map_err(fault)?;
    Ok(Counts { is_exact: counts.is_exact && is_current, ..counts })
}

/// Where orders are, and whether there are more than that.
pub async fn points(hub: &Hub, caller: &Caller, query: &BoardQuery) -> Result<(Vec<PointOf>, bool), Fault> {
    let is_current = ready(hub, caller, query).await?;
    let (store, seen) = (hub.store(), visibility(caller));
    let points = store.board_points(caller.account, seen, query, hub.now(), POINTS_LIMIT).await;
    points.map(|(points, more)| (points, more || !is_current)).map_err(fault)
}
