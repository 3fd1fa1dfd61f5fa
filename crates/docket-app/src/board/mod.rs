//! The board as the native API shows it: rows, counts, points.

mod row;

use crate::hub::{Hub, fault, visibility};
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use docket_store::board::{BoardQuery, Counts, Listed, Part, Place, PointOf};
pub use row::Rows;

/// The most orders of one answer with points.
pub const POINTS_LIMIT: usize = 100_000;

/// A page of the board.
pub async fn page(hub: &Hub, caller: &Caller, query: &BoardQuery, part: Part) -> Result<Listed, Fault> {
    let (account, seen) = (caller.account, visibility(caller));
    if let Some(query) = query.as_ledger_query(part) {
        let (cards, next) = hub.store().page_cards(account, seen, &query).await.map_err(fault)?;
        return Ok(Listed { cards, next: next.map(|serial| Place { at_us: None, serial: serial.0 }) });
    }
    hub.store().board(caller.account, visibility(caller), query, part, hub.now()).await.map_err(fault)
}

/// The same as whole documents, and where to go on.
pub async fn documents(
    hub: &Hub,
    caller: &Caller,
    query: &BoardQuery,
    part: Part,
) -> Result<(Vec<String>, Option<Place>), Fault> {
    let (account, seen) = (caller.account, visibility(caller));
    if let Some(query) = query.as_ledger_query(part) {
        let (documents, next) = hub.store().page_documents(account, seen, query).await.map_err(fault)?;
        return Ok((documents, next.map(|serial| Place { at_us: None, serial: serial.0 })));
    }
    let listed = page(hub, caller, query, part).await?;
    let serials: Vec<i64> = listed.cards.iter().map(|card| card.serial).collect();
    Ok((hub.store().documents(account, &serials).await.map_err(fault)?, listed.next))
}

/// How many orders there are in each state.
pub async fn counts(hub: &Hub, caller: &Caller, query: &BoardQuery) -> Result<Counts, Fault> {
    hub.store().board_counts(caller.account, visibility(caller), query, hub.now()).await.map_err(fault)
}

/// Where orders are, and whether there are more than that.
pub async fn points(hub: &Hub, caller: &Caller, query: &BoardQuery) -> Result<(Vec<PointOf>, bool), Fault> {
    let store = hub.store();
    store.board_points(caller.account, visibility(caller), query, hub.now(), POINTS_LIMIT).await.map_err(fault)
}
