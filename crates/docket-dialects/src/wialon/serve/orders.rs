//! `order/update` in every call mode.

use super::super::connect::MARK;
use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{DIALECT_ID, is_fulfilled};
use super::super::modes::{self, CallMode, Confirmation, Sent};
use super::super::wire::{Flaw, Json, Object, integer, member, text, truth};
use super::attachments;
use super::services::check_resource;
use super::stops::stop_of;
use crate::dialect::ServeContext;
use crate::routes::{self, Write};
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial, UnitId};
use docket_core::ledger::{Done, OrderQuery, Outcome, Request, StateSet, Submission, Target};
use docket_core::order::{Command, ExternalKey, Item, Order, Origin, Rejection};
use docket_core::route::Stop;
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

/// A new order's id, where it must be known before the order is there.
pub(super) fn new_id(cx: ServeContext<'_>) -> OrderId {
    let millis = u64::try_from(cx.now.as_millisecond()).unwrap_or(0);
    let drawn = (cx.random)().to_be_bytes();
    let [head @ .., _, _, _, _, _, _, _, _, _, _] = drawn;
    let [_, _, _, _, _, _, mut random @ ..] = drawn;
    // Every bit drawn counts.
    random.iter_mut().zip(head).for_each(|(byte, more)| *byte ^= more);
    OrderId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// What moving an order to the history comes to.
pub(super) struct Registering {
    /// What happens to the order.
    pub change: Request,
    /// For a permanent order: what goes to the history in its place.
    pub copy: Option<(OrderId, Request)>,
}

/// The requests of a registration; `None` for an order that is in the history.
///
/// An order that changed after it was read withdraws its request.
pub(super) fn register_requests(cx: ServeContext<'_>, order: &Arc<Order>) -> Result<Option<Registering>, Error> {
    let (now, revision) = (cx.now, order.revision);
    let copy = match modes::register(order, now) {
        Ok(registration) => registration.copy,
        Err(Rejection::NotFound) => return Ok(None),
        Err(rejection) => return Err(rejection.into()),
    };
    let is_copied = copy.is_some();
    let change = Request::change(Target::Serial(order.serial), move |order| {
        let registration = modes::register(order, now)?;
        // The copy must be of the order as it was, and whether there is one can have changed.
        let is_as_read = if is_copied { order.revision == revision } else { registration.copy.is_none() };
        if is_as_read { Ok(registration.command) } else { Err(Rejection::Withdrawn) }
    });
    let copy = copy.map(|mut copy| {
        let id = new_id(cx);
        copy.identity = Some((id, None));
        (id, Request::create(copy))
    });
    Ok(Some(Registering { change, copy }))
}

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
    check_resource(&params, caller)?;
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
        propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
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
        let files = self.files_of_another(&params).await?;
        let sent = Sent::read(params)?;
        let units = self.units(sent.meant.u != 0).await?;
        let mut command = modes::create(&sent, &units)?;
        command.put = files;
        let done = match sent.meant.p.r {
            None => self.submit(self.creation(&sent, command)).await?,
            Some((route, _)) => {
                let id = new_id(self.cx);
                command.identity = Some((id, None));
                self.submit_with_route(route, stop_of(&sent, id), || Request::create(command.clone())).await?
            }
        };
        Ok(json!([done.order.serial.0, order_to_wire(&done.order)]))
    }

    /// A creation. One that carries the mark of another Docket is done once, however often it arrives.
    fn creation(&self, sent: &Sent, mut command: Command) -> Request {
        let mark =
            sent.raw.get("ej").and_then(|ej| ej.get(MARK)).and_then(Json::as_str).filter(|mark| !mark.is_empty());
        let (Some(mark), Some(connection)) = (mark, self.caller.connection_id()) else {
            return Request::create(command);
        };
        let (namespace, key) = (MARK.to_owned(), mark.to_owned());
        command.keys.push(ExternalKey { connection, namespace: namespace.clone(), key: key.clone() });
        Request::new(Target::Key { namespace, key }, move |order| match order {
            Some(_) => Ok(Command::default()),
            None => Ok(command.clone()),
        })
    }

    /// The files of another order that the new one is to have: `oldOrderFiles` of `oldOrderId`.
    async fn files_of_another(&self, params: &Object) -> Result<Vec<Item>, Error> {
        let old = member(params, "oldOrderId", integer)?;
        let names = match params.get("oldOrderFiles") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(names)) => {
                let name = |name: &Json| name.as_str().map(str::to_owned).ok_or(Error::Input);
                names.iter().map(name).collect::<Result<Vec<String>, Error>>()?
            }
            Some(_) => return Err(Error::Input),
        };
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let old = self.cx.ledger.order(self.caller, Target::Serial(Serial(old))).await?.ok_or(Error::Input)?;
        let origin = Origin { connection: self.caller.connection_id(), dialect: DIALECT_ID.to_owned() };
        attachments::taken_over(&old, &names, &origin, &self.caller.label, self.cx.now).ok_or(Error::Input)
    }

    async fn update(&self, params: Object) -> Result<Json, Error> {
        let sent = Arc::new(Sent::read(params)?);
        let units = self.units(sent.meant.u != 0).await?;
        let request = || {
            let (sent, units) = (Arc::clone(&sent), Arc::clone(&units));
            Request::change(self.target(), move |order| modes::update(order, &sent, &units))
        };
        match sent.meant.p.r {
            None => self.submit(request()).await?,
            Some((route, _)) => {
                let id = self.order().await?.id;
                self.submit_with_route(route, stop_of(&sent, id), request).await?
            }
        };
        Ok(json!([self.serial]))
    }

    /// Submits what makes an order a stop of a route, and notes it in the route if somebody made that.
    async fn submit_with_route(&self, id: i64, stop: Stop, request: impl Fn() -> Request) -> Result<Done, Error> {
        let (ledger, account) = (self.cx.ledger, self.caller.account);
        for _ in 0..ATTEMPTS {
            let Some(kept) = routes::find(ledger, account, id).await? else { return self.submit(request()).await };
            let seen = routes::with_orders(ledger, account, [kept.route.clone()]).await?.pop();
            if !seen.is_some_and(|seen| kept.route.is_seen_by(self.caller, &seen.visits())) {
                return Err(Error::Route);
            }
            let mut route = kept.route.clone();
            match route.stops.iter_mut().find(|known| known.order == stop.order) {
                Some(known) => *known = stop.clone(),
                None => route.stops.push(stop.clone()),
            }
            let mut submission = Submission::one(request());
            if route != kept.route {
                (route.updated_at, route.updated_by) = (self.cx.now, self.caller.label.clone());
                // Without the order the route stays as it is.
                submission.atomic = true;
                let token = (self.cx.random)();
                routes::write(&mut submission, account, (id, Some(&kept)), &Write::Keep(&route), token);
            }
            match ledger.submit(self.caller, submission).await?.into_iter().next() {
                Some(Outcome::Done(done)) => return Ok(done),
                Some(Outcome::Rejected(rejection)) => return Err(rejection.into()),
                Some(Outcome::Outdated) => {}
                None => return Err(Error::Fault),
            }
        }
        Err(Error::Limit("LOCKER_ERROR"))
    }

    async fn give(
        &self,
        params: &Object,
        mode: fn(&Order, i64, &[Unit]) -> Result<Command, Rejection>,
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

    /// Whether an order of the same route is under way or done.
    async fn is_route_started(&self, order: &Order) -> Result<bool, Error> {
        let Some(route) = order.fields.route_id else { return Ok(false) };
        let (ledger, account) = (self.cx.ledger, self.caller.account);
        if let Some(kept) = routes::find(ledger, account, route).await? {
            let seen = routes::with_orders(ledger, account, [kept.route]).await?;
            return Ok(seen.iter().flat_map(|seen| &seen.orders).any(|other| modes::starts_route(other)));
        }
        // Nobody made the route: then it is the orders of this unit that name it.
        let Some(unit) = order.fields.unit else { return Ok(false) };
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
            let registering = register_requests(self.cx, &order)?.ok_or(Error::Input)?;
            let copy = registering.copy.map(|(_, copy)| copy);
            let requests = [registering.change].into_iter().chain(copy).collect();
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
