//! The orders of an `order/route_update`: what is asked of each, and what was planned for it.

use super::super::error::Error;
use super::super::modes::{self, CallMode, Sent};
use super::super::wire::{Json, Object, double, integer, member};
use super::Scope;
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::ids::{OrderId, Serial};
use docket_core::ledger::{Request, Target};
use docket_core::order::{Command, Field, Order};
use docket_core::route::Stop;
use std::sync::Arc;

/// What is asked of one order of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing but to be there.
    Keep,
    /// What `order/update` would do.
    Order(CallMode),
}

/// One order as it was sent.
pub(super) struct Element {
    place: usize,
    serial: i64,
    /// What is asked of it.
    pub mode: Part,
    sent: Sent,
}

impl Element {
    /// Reads one.
    pub(super) fn read(place: usize, element: Json) -> Result<Element, Error> {
        let wrong = |what: &str| Error::logic(format!("orders[{place}]: {what}"));
        let object: Object = match element {
            Json::Object(object) => object,
            // An id alone.
            id @ (Json::Number(_) | Json::String(_)) => [("id".to_owned(), id)].into_iter().collect(),
            _ => return Err(wrong("no order")),
        };
        let mode = match object.get("callMode") {
            None | Some(Json::Null) => Part::Keep,
            Some(word) => match word.as_str().and_then(CallMode::read) {
                Some(CallMode::Confirm | CallMode::Reject) | None => return Err(wrong("callMode")),
                Some(mode) => Part::Order(mode),
            },
        };
        let serial = member(&object, "id", integer).map_err(|_| wrong("id"))?;
        let unit_missing = matches!(mode, Part::Order(CallMode::Assign | CallMode::Reassign))
            && object.get("u").is_none_or(Json::is_null);
        if unit_missing {
            return Err(wrong("u"));
        }
        let sent = Sent::read(object).map_err(|_| wrong("a member says nothing that can be understood"))?;
        Ok(Element { place, serial, mode, sent })
    }

    /// What is wrong with it.
    pub(super) fn wrong(&self, what: &str) -> Error {
        Error::logic(format!("orders[{}]: {what}", self.place))
    }

    /// Nothing may be asked of an order on its way to the history but to go there.
    pub(super) fn is_only_named(&self) -> Result<(), Error> {
        match self.mode {
            Part::Keep | Part::Order(CallMode::Register) => Ok(()),
            Part::Order(_) => Err(self.wrong("callMode")),
        }
    }

    /// Whether a unit is named.
    pub(super) fn names_unit(&self) -> bool {
        self.sent.meant.u != 0
    }

    /// As it is answered.
    pub(super) const fn word(&self) -> &'static str {
        match self.mode {
            Part::Keep => "keep",
            Part::Order(mode) => mode.word(),
        }
    }

    /// Whether an existing order is to leave the route.
    pub(super) fn leaves(&self) -> bool {
        self.mode != Part::Order(CallMode::Create) && sent_route(&self.sent).is_some_and(Json::is_null)
    }

    /// The order it is about.
    pub(super) async fn find(&self, scope: &Scope<'_>) -> Result<Arc<Order>, Error> {
        let order = scope.cx.ledger.order(&scope.caller, Target::Serial(Serial(self.serial))).await?;
        order.ok_or_else(|| self.wrong("no such order"))
    }

    /// Whether it says where in the route the order is.
    pub(super) fn says_plan(&self) -> bool {
        sent_route(&self.sent).is_some_and(Json::is_object)
    }

    /// The stop, with what was planned for it.
    pub(super) fn stop(&self, order: OrderId) -> Stop {
        stop_of(&self.sent, order)
    }

    /// What it comes to: with a place, the order is that stop of the route afterwards.
    pub(super) fn request(
        &self,
        route: i64,
        id: OrderId,
        place: Option<(i64, i64)>,
        units: &Arc<Vec<Unit>>,
    ) -> Result<Request, Error> {
        if self.sent.meant.p.r.is_some_and(|(named, _)| named != route) {
            return Err(self.wrong("p.r.id is another route's"));
        }
        let sent_place =
            sent_route(&self.sent).and_then(Json::as_object).and_then(|plan| plan.get("i")).and_then(integer);
        let place = place.map(|(route, position)| (route, sent_place.unwrap_or(position), sent_place.is_some()));
        let (sent, units) = (self.sent.clone(), Arc::clone(units));
        let target = Target::Serial(Serial(self.serial));
        Ok(match self.mode {
            Part::Order(CallMode::Create) => {
                let mut command =
                    modes::create(&sent, &units).map_err(|rejection| self.wrong(&rejection.to_string()))?;
                command.identity = Some((id, None));
                Request::create(join(command, None, place))
            }
            Part::Order(CallMode::Delete) => Request::change(target, |order| modes::delete(order, false)),
            Part::Order(CallMode::Update) => {
                Request::change(target, move |order| Ok(join(modes::update(order, &sent, &units)?, Some(order), place)))
            }
            Part::Order(CallMode::Assign) => Request::change(target, move |order| {
                Ok(join(modes::assign(order, sent.meant.u, &units)?, Some(order), place))
            }),
            Part::Order(CallMode::Reassign) => Request::change(target, move |order| {
                Ok(join(modes::reassign(order, sent.meant.u, &units)?, Some(order), place))
            }),
            Part::Order(CallMode::Register | CallMode::Confirm | CallMode::Reject) => {
                return Err(self.wrong("callMode"));
            }
            Part::Keep => Request::change(target, move |order| Ok(join(modes::keep(order)?, Some(order), place))),
        })
    }
}

/// Makes the order a stop, where it is to be one and is not yet.
fn join(command: Command, order: Option<&Order>, place: Option<(i64, i64, bool)>) -> Command {
    let Some((route, position, is_said)) = place else { return command };
    let is_there =
        order.is_some_and(|order| order.fields.route_id == Some(route) && order.fields.route_position.is_some());
    if is_there && !is_said && !command.set.iter().any(|(field, _)| *field == Field::RouteId) {
        return command;
    }
    command.with(Field::RouteId, route).with(Field::RoutePosition, position)
}

/// What an order that was sent says about its place in a route.
fn sent_route(sent: &Sent) -> Option<&Json> {
    sent.raw.get("p").and_then(Json::as_object).and_then(|parameters| parameters.get("r"))
}

/// The stop that an order says it is, with what was planned for it.
pub(super) fn stop_of(sent: &Sent, order: OrderId) -> Stop {
    let plan = sent_route(sent).and_then(Json::as_object);
    let number = |name: &str| plan.and_then(|plan| plan.get(name)).and_then(double);
    let visit = number("vt").map(|seconds| seconds as i64).filter(|&seconds| seconds != 0);
    Stop {
        leg_m: number("m"),
        leg_s: number("t").map(|seconds| seconds as i64),
        visit_at: visit.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        ..Stop::at(order)
    }
}
