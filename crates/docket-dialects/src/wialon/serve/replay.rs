//! `order/complete_from_history`: what a unit's stored messages say of orders that nobody followed at the time.

use super::super::error::Error;
use super::super::map::{ACTIVE, IN_AREA, INACTIVE, bag, in_history, is_fulfilled, shown, status};
use super::super::modes;
use super::super::wire::{Json, Object};
use super::Scope;
use super::services::{self, ids};
use docket_core::Timestamp;
use docket_core::completion::{Completion, Progress, Reading, Rule, Window, flag};
use docket_core::engine::Sieve;
use docket_core::ids::{Serial, UnitId};
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Order, Rejection};
use docket_core::track::ReportQuery;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// At most this many orders in one call.
const MOST_ORDERS: usize = 1000;

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
    let window = Window::of(order);
    // Bounds of permanent orders are times of day and say nothing of when to begin.
    let from = window.opens_at().unwrap_or(order.created_at).max(free_since);
    let rule = Rule {
        place: (members.y, members.x),
        radius_m: members.r as f64,
        needs_stop: members.f & flag::STOP != 0,
        needs_exit: members.f & flag::EXIT != 0,
        completes: true,
        window,
        not_before: Some(from),
    };
    let progress = replay(scope, UnitId(unit), &rule, from).await?;
    let units = services::units(scope).await?;
    let odometer_km = units.iter().find(|known| known.id.0 == unit).and_then(|unit| unit.odometer_km);
    let Some(completion) = Completion::of(&progress, &window, odometer_km) else { return Ok(false) };
    let revision = order.revision;
    let change = Request::change(Target::Serial(order.serial), move |order| {
        if order.revision != revision {
            return Err(Rejection::Withdrawn);
        }
        modes::complete(order, &completion)
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
    let (mut progress, mut sieve) = (Progress::default(), Sieve::default());
    // What is kept by now is believed.
    let jump_kmh = 0.0;
    loop {
        let reports = scope.cx.ledger.reports(&scope.caller, query).await?;
        let last = reports.last().map(|report| report.at).filter(|_| reports.len() >= query.limit);
        for reading in reports.iter().filter_map(Reading::of) {
            let counted = sieve.take(reading, reading.at, jump_kmh).readings();
            progress = counted.fold(progress, |progress, reading| rule.after(progress, &reading, true));
        }
        let next = last.and_then(|last| last.checked_add(SignedDuration::from_nanos(1)).ok());
        let Some(next) = next.filter(|_| progress.completed_at.is_none()) else { return Ok(progress) };
        query.from = next;
    }
}
