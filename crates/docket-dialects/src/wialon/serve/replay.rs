//! `order/complete_from_history`: what a unit's stored messages say of orders that nobody followed at the time.

use super::super::error::Error;
use super::super::map::{ACTIVE, DAY_S, F_PERMANENT, IN_AREA, INACTIVE};
use super::super::map::{bag, in_history, is_fulfilled, is_late, shown, status};
use super::super::modes;
use super::super::wire::{Json, Object, integer};
use super::Scope;
use super::services::ids;
use docket_core::Timestamp;
use docket_core::completion::{Progress, Reading, Rule};
use docket_core::ids::{Serial, UnitId};
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Order, Rejection};
use docket_core::track::{Report, ReportQuery};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// At most this many orders in one call.
const MOST_ORDERS: usize = 1000;
/// `f`: the unit must have stood still.
const F_STOP: i64 = 0x1;
/// `f`: the unit must have left again.
const F_EXIT: i64 = 0x2;

/// Answers `order/complete_from_history`.
pub(super) async fn complete_from_history(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let serials =
        ids(params.get("orders")).filter(|ids| !ids.is_empty() && ids.len() <= MOST_ORDERS).ok_or(Error::Input)?;
    let mut waiting = BTreeMap::new();
    for serial in serials {
        let order = scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(serial))).await?.ok_or(Error::Input)?;
        if order.fields.unit.is_none() || status(&order) == INACTIVE || in_history(&order, &bag(&order)) {
            return Err(Error::Input);
        }
        // What is done or rejected is nothing to be completed.
        if matches!(status(&order), ACTIVE | IN_AREA) {
            waiting.insert(serial, order);
        }
    }
    let mut completed = false;
    // An order that waits for another gets its turn once that is completed.
    loop {
        let mut has_moved = false;
        for order in waiting.values().cloned().collect::<Vec<_>>() {
            let Some(free_since) = free_since(scope, &order).await? else { continue };
            waiting.remove(&order.serial.0);
            has_moved |= complete(scope, &order, free_since).await?;
        }
        completed |= has_moved;
        if !has_moved {
            return Ok(json!({ "completed": i64::from(completed) }));
        }
    }
}

/// Since when nothing that an order depends on is in its way; `None` while something is.
async fn free_since(scope: &Scope<'_>, order: &Order) -> Result<Option<Timestamp>, Error> {
    let mut since = Timestamp::MIN;
    for &id in &order.fields.dependencies {
        let Some(other) = scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(id))).await? else { continue };
        if !is_fulfilled(&other) {
            return Ok(None);
        }
        since = since.max(other.fields.completed_at.unwrap_or(Timestamp::MIN));
    }
    Ok(Some(since))
}

/// Replays one order; whether that completed it.
async fn complete(scope: &Scope<'_>, order: &Arc<Order>, free_since: Timestamp) -> Result<bool, Error> {
    let members = shown(order);
    let Some(unit) = order.fields.unit else { return Ok(false) };
    // Bounds of permanent orders are times of day and bound no replay.
    let is_moment = members.tf > 0 && (members.f & F_PERMANENT == 0 || members.tf >= DAY_S);
    let opens = Timestamp::from_second(members.tf.saturating_sub(members.trt)).ok().filter(|_| is_moment);
    let from = opens.unwrap_or(order.created_at).max(free_since);
    let rule = Rule {
        place: (members.y, members.x),
        radius_m: members.r as f64,
        needs_stop: members.f & F_STOP != 0,
        needs_exit: members.f & F_EXIT != 0,
        not_before: Some(from),
    };
    let progress = replay(scope, UnitId(unit), &rule, from).await?;
    let Some(at) = progress.completed_at else { return Ok(false) };
    let tz = bag(order).sent.get("tz").and_then(integer).unwrap_or(0);
    let late = is_late(&members, tz, at);
    let revision = order.revision;
    let change = Request::change(Target::Serial(order.serial), move |order| {
        if order.revision != revision {
            return Err(Rejection::Withdrawn);
        }
        modes::complete(order, at, late, progress)
    });
    let outcomes = scope.cx.ledger.submit(&scope.caller, Submission::one(change)).await?;
    match outcomes.into_iter().next() {
        Some(Outcome::Done(done)) => Ok(done.changed),
        // Somebody else changed it meanwhile; it is theirs.
        Some(Outcome::Rejected(_)) => Ok(false),
        Some(Outcome::Outdated) | None => Err(Error::Fault),
    }
}

/// What a unit's stored reports since a moment come to.
async fn replay(scope: &Scope<'_>, unit: UnitId, rule: &Rule, from: Timestamp) -> Result<Progress, Error> {
    let mut query = ReportQuery { unit, from, until: scope.cx.now, newest: false, limit: ReportQuery::LIMIT };
    let mut progress = Progress::default();
    loop {
        let reports = scope.cx.ledger.reports(&scope.caller, query).await?;
        let last = reports.last().map(|report| report.at).filter(|_| reports.len() >= query.limit);
        let readings = reports.iter().filter_map(reading);
        progress = readings.fold(progress, |progress, reading| rule.after(progress, &reading));
        let next = last.and_then(|last| last.checked_add(SignedDuration::from_nanos(1)).ok());
        let Some(next) = next.filter(|_| progress.completed_at.is_none()) else { return Ok(progress) };
        query.from = next;
    }
}

fn reading(report: &Report) -> Option<Reading> {
    let position = report.position?;
    let place = (position.latitude, position.longitude);
    Some(Reading { at: report.at, place, speed_kmh: position.speed_kmh })
}
