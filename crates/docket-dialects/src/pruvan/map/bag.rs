//! The bag: the order object as its originator sent it, merged over its updates.

use super::{Kind, member_of, tasks};
use crate::pruvan::wire::{self, MEMBERS_LIMIT, Members, Pairs, Scalar};
use docket_core::authority::Standing;
use docket_core::order::{Owner, Rejection};
use std::borrow::Cow;

/// Where the bag keeps the `status` that the field reported last.
pub const REPORTED_STATUS: &str = "docket.status";
/// Where the bag keeps the `fieldStatus` that the field reported last.
pub const REPORTED_FIELD: &str = "docket.fieldStatus";

/// Whether a bag is of an order that was pushed, not just reported on.
pub fn is_pushed(bag: &Members<'_>) -> bool {
    bag.get("workOrderNumber").is_some()
}

/// The bag after a report from the field; `None` when it is as before.
pub fn report(before: Option<&str>, status: Option<&str>, field: Option<&str>) -> Option<String> {
    let mut bag = before.map(Members::read).unwrap_or_default();
    let mut changed = false;
    for (name, said) in [(REPORTED_STATUS, status), (REPORTED_FIELD, field)] {
        if let Some(said) = said {
            changed |= bag.put(Cow::Borrowed(name), Cow::Borrowed(said));
        }
    }
    changed.then(|| bag.text())
}

/// The bag after an update; `None` when it is as before.
///
/// Only what the update may write goes in: a refused spelling would hide the one that still counts.
pub fn merge(before: Option<&str>, update: &str, standing: Standing) -> Result<Option<String>, Rejection> {
    let mut bag = before.map(Members::read).unwrap_or_default();
    let mut changed = false;
    for (name, value) in Pairs::read(update).map(|pairs| pairs.0).unwrap_or_default() {
        let member = member_of(&name);
        let owner = member.map_or(Owner::Open, super::Member::owner);
        if !is_said(member.map(|member| member.kind), value.get()) || standing.may_write(owner, false).is_err() {
            continue;
        }
        let merged = match (member.map(|member| member.kind), bag.get(&name)) {
            (Some(Kind::Services), Some(known)) => match tasks::merge_text(known, value.get()) {
                Some(text) => Cow::Owned(text),
                None => continue,
            },
            _ => Cow::Borrowed(value.get()),
        };
        changed |= bag.put(name, merged);
    }
    if bag.len() > MEMBERS_LIMIT {
        return Err(Rejection::Limit { limit: "1000 members in an order" });
    }
    Ok(changed.then(|| bag.text()))
}

/// Whether a value says anything: `null` does not, but for the assignee, nor does a blank in a required member.
fn is_said(kind: Option<Kind>, value: &str) -> bool {
    let blank = || matches!(wire::scalar(value), Scalar::Text(text) if text.trim().is_empty());
    match kind {
        Some(Kind::Assignee) => true,
        Some(Kind::Required | Kind::Status) => value != "null" && !blank(),
        Some(Kind::Text | Kind::Date | Kind::Degrees(_) | Kind::Json | Kind::Services) | None => value != "null",
    }
}
