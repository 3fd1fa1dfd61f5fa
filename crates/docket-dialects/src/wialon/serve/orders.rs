//! `order/update` in every call mode.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::is_fulfilled;
use super::super::modes::{self, CallMode, Confirmation, Sent};
use super::super::wire::{Flaw, Json, Object, integer, member, text, truth};
use super::items::Items;
use crate::dialect::ServeContext;
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{Serial, UnitId};
use docket_core::ledger::{Done, OrderQuery, Outcome, Request, StateSet, Submission, Target};
use docket_core::order::{Order, Rejection};
use serde_json::json;
use std::sync::Arc;

/// How complete an order is that was confirmed without a word about it.
const FULLY: i64 = 100;
/// At most this many dependencies of one order are looked at; an order with more is not confirmed by hand.
const MOST_DEPENDENCIES: usize = 1000;
/// At most this many pages are read to see whether a route has started.
const ROUTE_PAGES: usize = 5;
/// How often a registration is planned anew because the order changed under it.
const ATTEMPTS: usize = 5;

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Error {
        match flaw {
            Flaw::Input => Error::Input,
            Flaw::Route => Error::Route,
        }
    }
}

/// One call: who asks, about which order.
struct Asked<'a> {
    cx: ServeContext<'a>,
    caller: &'a Caller,
    serial: i64,
}

/// Answers `order/update`.
pub(super) async fn order_update(cx: ServeContext<'_>, caller: &Caller, params: Object) -> Result<Json, Error> {
    let resource = params.get("itemId").and_then(integer).filter(|&id| id != 0).ok_or(Error::Input)?;
    if resource != Items::of(caller).resource {
        return Err(Error::Resource);
    }
    let mode = params.get("callMode").and_then(Json::as_str).and_then(CallMode::read).ok_or(Error::Input)?;
    let serial = member(&params, "id", integer)?;
    let asked = Asked { cx, caller, serial };
    match mode {
        CallMode::Create => asked.create(params).await,
        CallMode::Update => asked.update(params).await,
        CallMode::Delete => asked.delete(&params).await,
        CallMode::Assign => asked.give(&params, modes::assign).await,
        CallMode::Reassign => asked.give(&params, modes::reassign).await,
        CallMode::Reject => {
            let comment = comment(&params)?;
            asked.change(move |order| modes::reject(order, comment.as_deref())).await?;
            Ok(json!({}))
        }
        CallMode::Confirm => asked.confirm(&params).await,
        CallMode::Register => asked.register().await,
    }
}

/// The comment of who confirms or rejects: in `p`, as in an order, or beside it.
fn comment(params: &Object) -> Result<Option<String>, Error> {
    let given = match params.get("p") {
        Some(Json::Object(parameters)) => parameters.get("cm").or_else(|| params.get("cm")),
        None | Some(Json::Null) => params.get("cm"),
        Some(_) => return Err(Error::Input),
    };
    given.map(|given| text(given).ok_or(Error::Input)).transpose()
}

impl Asked<'_> {
    fn target(&self) -> Target {
        Target::Serial(Serial(self.serial))
    }

    async fn submit(&self, request: Request) -> Result<Done, Error> {
        let outcomes = self.cx.ledger.submit(self.caller, Submission::one(request)).await?;
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => Ok(done),
            Some(Outcome::Rejected(rejection)) => Err(rejection.into()),
            Some(Outcome::Outdated) | None => Err(Error::Fault),
        }
    }

    async fn change(
        &self,
        propose: impl Fn(&Order) -> Result<docket_core::order::Command, Rejection> + Send + Sync + 'static,
    ) -> Result<Done, Error> {
        self.submit(Request::change(self.target(), propose)).await
    }

    /// The units, where one is named.
    async fn units(&self, is_needed: bool) -> Result<Arc<Vec<Unit>>, Error> {
        if is_needed { Ok(self.cx.ledger.units(self.caller).await?) } else { Ok(Arc::default()) }
    }

    /// The order; one that is not there or not the caller's is wrong input.
    async fn order(&self) -> Result<Arc<Order>, Error> {
        self.cx.ledger.order(self.caller, self.target()).await?.ok_or(Error::Input)
    }

    async fn create(&self, params: Object) -> Result<Json, Error> {
        // Files of another order would be taken over here; the names are checked, and there are no files yet.
        member(&params, "oldOrderId", integer)?;
        match params.get("oldOrderFiles") {
            None | Some(Json::Null) => {}
            Some(Json::Array(names)) if names.iter().all(Json::is_string) => {}
            Some(_) => return Err(Error::Input),
        }
        let sent = Sent::read(params)?;
        let units = self.units(sent.meant.u != 0).await?;
        let command = modes::create(&sent, &units)?;
        let done = self.submit(Request::create(command)).await?;
        Ok(json!([done.order.serial.0, order_to_wire(&done.order)]))
    }

    async fn update(&self, params: Object) -> Result<Json, Error> {
        let sent = Sent::read(params)?;
        let units = self.units(sent.meant.u != 0).await?;
        self.change(move |order| modes::update(order, &sent, &units)).await?;
        Ok(json!([self.serial]))
    }

    async fn give(
        &self,
        params: &Object,
        mode: fn(&Order, i64, &[Unit]) -> Result<docket_core::order::Command, Rejection>,
    ) -> Result<Json, Error> {
        let unit = params.get("u").filter(|unit| !unit.is_null()).and_then(integer).ok_or(Error::Input)?;
        let units = self.units(unit != 0).await?;
        self.change(move |order| mode(order, unit, &units)).await?;
        Ok(json!({}))
    }

    async fn delete(&self, params: &Object) -> Result<Json, Error> {
        let is_forced = truth(params.get("force"));
        let is_route_started = !is_forced && self.is_route_started(&*self.order().await?).await?;
        self.change(move |order| modes::delete(order, is_route_started)).await?;
        Ok(json!([self.serial, null]))
    }

    /// Whether an order of the same route and unit is under way or done.
    async fn is_route_started(&self, order: &Order) -> Result<bool, Error> {
        let (Some(route), Some(unit)) = (order.fields.route_id, order.fields.unit) else { return Ok(false) };
        let mut after = None;
        for _ in 0..ROUTE_PAGES {
            let query = OrderQuery {
                states: StateSet::living(),
                unit: Some(UnitId(unit)),
                newest_first: true,
                after,
                ..OrderQuery::default()
            };
            let page = self.cx.ledger.orders(self.caller, query).await?;
            if page.orders.iter().any(|other| other.fields.route_id == Some(route) && modes::starts_route(other)) {
                return Ok(true);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(false)
    }

    async fn confirm(&self, params: &Object) -> Result<Json, Error> {
        let percent = match params.get("confirm") {
            None | Some(Json::Null) => FULLY,
            Some(given) => integer(given).filter(|&percent| percent >= 0).ok_or(Error::Input)?,
        };
        let comment = comment(params)?;
        let order = self.order().await?;
        let mut free = Vec::new();
        for &id in order.fields.dependencies.iter().take(MOST_DEPENDENCIES) {
            let other = self.cx.ledger.order(self.caller, Target::Serial(Serial(id))).await?;
            if other.is_none_or(|other| is_fulfilled(&other)) {
                free.push(id);
            }
        }
        let units = self.units(true).await?;
        let confirmation = Confirmation { percent, comment, now: self.cx.now, free };
        self.change(move |order| modes::confirm(order, &confirmation, &units)).await?;
        Ok(json!({}))
    }

    async fn register(&self) -> Result<Json, Error> {
        for _ in 0..ATTEMPTS {
            let order = self.order().await?;
            let (now, revision) = (self.cx.now, order.revision);
            let copy = modes::register(&order, now)?.copy;
            let is_copied = copy.is_some();
            let change = Request::change(self.target(), move |order| {
                let registration = modes::register(order, now)?;
                // The copy must be of the order as it was, and whether there is one can have changed.
                let is_as_read = if is_copied { order.revision == revision } else { registration.copy.is_none() };
                if is_as_read { Ok(registration.command) } else { Err(Rejection::Withdrawn) }
            });
            let requests = [change].into_iter().chain(copy.map(Request::create)).collect();
            let submission = Submission { requests, atomic: true, ..Submission::default() };
            let outcomes = self.cx.ledger.submit(self.caller, submission).await?;
            match outcomes.into_iter().next() {
                Some(Outcome::Done(_)) => return Ok(json!({})),
                Some(Outcome::Rejected(Rejection::Withdrawn)) => {}
                Some(Outcome::Rejected(rejection)) => return Err(rejection.into()),
                Some(Outcome::Outdated) | None => return Err(Error::Fault),
            }
        }
        Err(Error::Limit("LOCKER_ERROR"))
    }
}
