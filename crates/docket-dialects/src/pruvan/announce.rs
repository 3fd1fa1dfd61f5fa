//! The refresh ping: `GET` of the push key that `validate` left, upon which a Pruvan account asks for what changed.
//!
//! The vendor documents it as what its refresh button does: several pings before an import are one, and which orders
//! are meant is not said.

use super::connect::{Towards, towards};
use super::pushkey;
use crate::dialect::{Announce, Announcement, BoxFuture, News, ServeContext};
use docket_core::connection::{Connection, Role};
use docket_core::ledger::Fault;
use docket_core::order::{Change, ItemKind, Owner};
use std::time::Duration;

/// The ping.
pub struct Ping;

/// The setting that switches it off.
pub const SETTING: &str = "refresh_ping";
/// The pauses between attempts; who missed all of them gets everything with the next import.
const PAUSES: &[Duration] =
    &[Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(5 * 60), Duration::from_secs(15 * 60)];

impl Announce for Ping {
    fn listens<'a>(&'a self, cx: ServeContext<'a>, connection: &'a Connection) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move { Ok(url(cx, connection).await?.is_some()) })
    }

    fn announce<'a>(
        &'a self,
        cx: ServeContext<'a>,
        connection: &'a Connection,
        news: &'a [News],
    ) -> BoxFuture<'a, Result<Option<Announcement>, Fault>> {
        Box::pin(async move {
            if !news.iter().any(|news| news.entry.changes.iter().any(is_imported)) {
                return Ok(None);
            }
            Ok(url(cx, connection).await?.map(|url| Announcement::ping("refresh", url)))
        })
    }

    fn retries(&self) -> &'static [Duration] {
        PAUSES
    }
}

async fn url(cx: ServeContext<'_>, connection: &Connection) -> Result<Option<String>, Fault> {
    // Where orders are pushed they need not be asked for.
    let pushes = connection.role != Role::Serve && towards(connection) == Towards::Account;
    if pushes || !connection.flag(SETTING, true) {
        return Ok(None);
    }
    let kept = pushkey::kept(cx.ledger, connection).await?;
    Ok(kept.filter(|url| pushkey::is_callable(url)))
}

/// Whether a change is one that an import shows. Where a vehicle is, and what the field sent back, is none.
fn is_imported(change: &Change) -> bool {
    match change {
        Change::Created(_) | Change::Moved { .. } | Change::Routed(_) => true,
        Change::Set { field, .. } => field.owner() != Owner::Executor,
        Change::Put { to: item, .. } | Change::Removed(item) => matches!(item.kind(), ItemKind::Note | ItemKind::Form),
        Change::Wire { dialect, .. } => dialect == "pruvan",
        Change::Keyed(_) | Change::Unkeyed(_) | Change::Imported(_) | Change::Acknowledged(_) => false,
    }
}
