//! Keeping the board's index current: in the background, giving way to whoever writes, and at once for whoever asks.
//!
//! While orders come in the index takes a small share of the time ([`SHARE`]) and falls behind; in the first quiet moment
//! it catches up. Who searches does not wait for that: what was in the journal when it asked is looked at first, within
//! reason ([`PATIENCE`]).

use crate::hub::{Hub, fault};
use docket_core::ids::{AccountId, Sequence};
use docket_core::ledger::{Fault, Ledger};
use docket_store::{StoreError, board::Indexed};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a search waits for the index at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many entries are looked at in one step, while others write, while somebody waits, and when it is quiet.
const BUSY_STEP: usize = 200;
const ASKED_STEP: usize = 500;
const QUIET_STEP: usize = 1_000;
/// While others write, a step is followed by a pause of so many times its own length.
const SHARE: u32 = 32;
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// What comes within so long is looked at together.
const GATHER: Duration = Duration::from_millis(150);
/// How often it is looked whether another process wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to leave it to another hub that does the same.
const LEAVE_IT: Duration = Duration::from_millis(500);

/// Whose turn it is: one step at a time in this process.
#[derive(Default)]
pub(crate) struct Indexing {
    turn: Mutex<()>,
}

/// Brings the index of an account to where its journal is now. `false` when that was not possible in a short while: then
/// what is answered is a little old.
pub(super) async fn catch_up(hub: &Hub, account: AccountId) -> Result<bool, Fault> {
    let wanted = hub.head(account).await?;
    let until = Instant::now() + PATIENCE;
    while reached(hub, account).await? < wanted {
        let Ok(_turn) = tokio::time::timeout_at(until, hub.indexing().turn.lock()).await else { return Ok(false) };
        if reached(hub, account).await? >= wanted {
            break;
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        match hub.store().index_board(account, ASKED_STEP).await {
            Ok(_) => {}
            // Another hub is at it.
            Err(StoreError::Conflict | StoreError::Busy) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => return Err(fault(error)),
        }
    }
    Ok(true)
}

async fn reached(hub: &Hub, account: AccountId) -> Result<Sequence, Fault> {
    hub.store().board_reached(account).await.map_err(fault)
}

/// Keeps the index current until the hub stops.
pub async fn run(hub: Arc<Hub>) {
    let mut rung = hub.follow();
    let mut current = BTreeMap::new();
    while !hub.is_stopping() {
        let mut pause = None;
        for account in hub.accounts() {
            let wanted = match round(&hub, account, &mut current).await {
                Ok(wanted) => wanted,
                Err(error) => {
                    tracing::warn!(%error, %account, "the board's index stopped for a moment");
                    Some(LOOK_EVERY)
                }
            };
            pause = pause.max(wanted);
        }
        match pause {
            Some(pause) => {
                if !hub.rest(pause).await {
                    return;
                }
            }
            None => {
                let woken = tokio::select! {
                    rung = rung.changed() => rung.is_ok(),
                    () = hub.stopped() => return,
                    () = tokio::time::sleep(LOOK_EVERY) => false,
                };
                if woken && !hub.rest(GATHER).await {
                    return;
                }
            }
        }
    }
}

/// One step for an account. The answer is how long to wait before the next; `None` when there is nothing to do.
async fn round(
    hub: &Hub,
    account: AccountId,
    current: &mut BTreeMap<AccountId, Sequence>,
) -> Result<Option<Duration>, StoreError> {
    let before = hub.store().head(account).await?;
    if current.get(&account) == Some(&before) {
        return Ok(None);
    }
    let begun = Instant::now();
    let step = {
        let _turn = hub.indexing().turn.lock().await;
        // Somebody wrote while we waited for our turn, or did just before: they go first.
        let is_busy = hub.is_writing();
        match hub.store().index_board(account, if is_busy { BUSY_STEP } else { QUIET_STEP }).await {
            Ok(step) => step,
            Err(StoreError::Conflict | StoreError::Busy) => return Ok(Some(LEAVE_IT)),
            Err(error) => return Err(error),
        }
    };
    if step == Indexed::default() {
        current.insert(account, before);
        return Ok(None);
    }
    let is_busy = hub.store().head(account).await? != before;
    Ok(Some(match is_busy {
        true => (begun.elapsed() * SHARE).min(LONGEST_PAUSE),
        false => Duration::ZERO,
    }))
}
