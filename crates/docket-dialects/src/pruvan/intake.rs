//! By which settings order objects are taken in, whether they are pushed here or asked for there.

use super::map::face::Units;
use super::map::propose::Link;
use super::map::{Assignee, Pushed, work_type};
use docket_core::Timestamp;
use docket_core::connection::{Caller, Mode};
use docket_core::ids::ConnectionId;
use docket_core::ledger::{Fault, Ledger};

/// Who hands orders over, and by which settings they are taken in.
pub async fn link<'a>(
    ledger: &dyn Ledger,
    now: Timestamp,
    caller: Caller,
    connection: ConnectionId,
    mut orders: impl Iterator<Item = &'a Pushed>,
) -> Result<Link, Fault> {
    let setting = |name: &str| caller.connection.as_ref().and_then(|connection| connection.setting(name));
    let default_assign_to = setting("default_assign_to").filter(|name| !name.trim().is_empty()).map(str::to_owned);
    let mode = setting("mode").and_then(Mode::from_word).unwrap_or_default();
    let asked = setting("default_work_type").map(str::trim).filter(|text| !text.is_empty());
    let (work_type, no_work_type) = match asked.map(|text| work_type::read(text, now)).transpose() {
        Ok(work_type) => (work_type, None),
        Err(why) => (None, Some(format!("default_work_type is not applied: {why}"))),
    };
    let given = default_assign_to.is_some() || work_type.as_ref().is_some_and(|work| work.assignee.is_some());
    let units = match given || orders.any(|pushed| matches!(pushed.assignee, Assignee::Named(_))) {
        true => Units::of(&ledger.units(&caller).await?),
        false => Units::default(),
    };
    Ok(Link { caller, connection, mode, default_assign_to, work_type, no_work_type, units, now })
}
