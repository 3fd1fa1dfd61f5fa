//! The call modes of `order/update` as pure functions: an order as it stands in, a command or a rejection out.
//!
//! The guards follow the page's statuses. What is refused is refused whole; what is allowed goes through the
//! canonical machine, which may still refuse (a canceled order cannot be confirmed, only assigned anew).

use super::error::ROUTE_MEMBER;
use super::map::{
    ACTIVE, DIALECT_ID, F_CONFIRM_INSIDE, F_PERMANENT, IN_AREA, INACTIVE, LATE, ON_TIME, SF_CONFIRMED, bag, distance_m,
    in_history, order_from_wire, shown, status, status_since,
};
use super::wire::{Bag, Flaw, Json, Members, Object, Registered};
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::completion::{Completion, Window};
use docket_core::order::{Command, Field, Move, Order, Rejection, State, Transition, Value};

/// What a call mode of `order/update` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallMode {
    /// A new order.
    Create,
    /// New values for some members.
    Update,
    /// Remove it.
    Delete,
    /// Give it to a unit, or to none.
    Assign,
    /// Move it to the history.
    Register,
    /// Say no.
    Reject,
    /// Say it is done.
    Confirm,
    /// Give it to another unit, from the start.
    Reassign,
}

impl CallMode {
    /// From the word.
    pub(super) fn read(word: &str) -> Option<CallMode> {
        Some(match word {
            "create" => CallMode::Create,
            "update" => CallMode::Update,
            "delete" => CallMode::Delete,
            "assign" => CallMode::Assign,
            "register" => CallMode::Register,
            "reject" => CallMode::Reject,
            "confirm" => CallMode::Confirm,
            "reassign" => CallMode::Reassign,
            _ => return None,
        })
    }

    /// The word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            CallMode::Create => "create",
            CallMode::Update => "update",
            CallMode::Delete => "delete",
            CallMode::Assign => "assign",
            CallMode::Register => "register",
            CallMode::Reject => "reject",
            CallMode::Confirm => "confirm",
            CallMode::Reassign => "reassign",
        }
    }
}

/// An order as sent: raw, and as meant.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// Members as sent, without those that steer the call and those that only the server writes.
    pub raw: Object,
    /// What they mean.
    pub meant: Members,
}

/// Members that are not part of an order, or that only the server writes.
const NOT_KEPT: &[&str] = &[
    "itemId",
    "id",
    "callMode",
    "oldOrderId",
    "oldOrderFiles",
    "force",
    "uid",
    "s",
    "sf",
    "st",
    "eta",
    "rd",
    "cnm",
    "nt",
    "ds",
    "stt",
    "dtt",
    "if",
];

impl Sent {
    /// Reads the members of a call.
    pub(super) fn read(mut params: Object) -> Result<Sent, Flaw> {
        params.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
        Ok(Sent { meant: Members::read(&params)?, raw: params })
    }

    fn has(&self, name: &str) -> bool {
        self.raw.contains_key(name)
    }
}

fn refused(order: &Order, asked: Transition) -> Rejection {
    Rejection::Transition { from: order.state, asked: Move::Take(asked) }
}

/// Writes what this dialect keeps with the order.
pub(super) fn with_bag(mut command: Command, bag: &Bag) -> Command {
    command.wire = Some((DIALECT_ID.to_owned(), bag.write()));
    command
}

/// The bag of an order that is among a resource's orders; one in the history is not found.
fn listed(order: &Order) -> Result<Bag, Rejection> {
    let bag = bag(order);
    if in_history(order, &bag) { Err(Rejection::NotFound) } else { Ok(bag) }
}

/// A unit that is named must be one the caller sees.
fn check_unit(unit: i64, units: &[Unit]) -> Result<(), Rejection> {
    if unit == 0 || units.iter().any(|known| known.id.0 == unit) {
        Ok(())
    } else {
        Err(Rejection::Forbidden { what: format!("unit {unit}") })
    }
}

/// `create`.
pub(super) fn create(sent: &Sent, units: &[Unit]) -> Result<Command, Rejection> {
    check_unit(sent.meant.u, units)?;
    let mut command = Command { set: order_from_wire(&sent.meant, &|name| sent.has(name), None), ..Command::default() };
    if sent.meant.u != 0 {
        command = command.with(Field::Unit, sent.meant.u);
    }
    Ok(with_bag(command, &Bag { sent: sent.raw.clone(), ..Bag::default() }))
}

/// `update`: members that were sent replace what is there, each whole.
pub(super) fn update(order: &Order, sent: &Sent, units: &[Unit]) -> Result<Command, Rejection> {
    let mut bag = listed(order)?;
    let mut command =
        Command { set: order_from_wire(&sent.meant, &|name| sent.has(name), Some(order)), ..Command::default() };
    if sent.has("u") && sent.meant.u != order.fields.unit.unwrap_or(0) {
        command = give(order, sent.meant.u, units, command)?;
    }
    for (name, value) in &sent.raw {
        bag.sent.insert(name.clone(), value.clone());
    }
    Ok(with_bag(command, &bag))
}

/// Nothing is asked of the order but to be there.
pub(super) fn keep(order: &Order) -> Result<Command, Rejection> {
    listed(order).map(|_| Command::default())
}

/// It is no stop of a route any more.
pub(super) fn leave_route() -> Command {
    Command::default().with(Field::RouteId, Value::Null).with(Field::RoutePosition, Value::Null)
}

/// `assign`: to a unit, or with 0 to none.
pub(super) fn assign(order: &Order, unit: i64, units: &[Unit]) -> Result<Command, Rejection> {
    listed(order)?;
    give(order, unit, units, Command::default())
}

/// `reassign`: an order that has a unit goes to another, with nothing of its execution left.
pub(super) fn reassign(order: &Order, unit: i64, units: &[Unit]) -> Result<Command, Rejection> {
    let mut bag = listed(order)?;
    if order.fields.unit.is_none() || unit == 0 {
        check_unit(unit, units)?;
        return Err(Rejection::Missing { member: "u".to_owned() });
    }
    let command = forget_execution(give(order, unit, units, Command::default())?);
    bag.sf = 0;
    Ok(with_bag(command, &bag))
}

fn forget_execution(command: Command) -> Command {
    let fields = [
        Field::ArrivedAt,
        Field::DepartedAt,
        Field::Eta,
        Field::DistanceLeftM,
        Field::NextAt,
        Field::Notified,
        Field::OdometerKm,
    ];
    fields.into_iter().fold(command, |command, field| command.with(field, Value::Null))
}

/// Gives an order to a unit, or takes it from all (0).
fn give(order: &Order, unit: i64, units: &[Unit], mut command: Command) -> Result<Command, Rejection> {
    check_unit(unit, units)?;
    let s = status(order);
    if unit == 0 {
        if matches!(s, ON_TIME | LATE) {
            return Err(refused(order, Transition::Unassign));
        }
        command = forget_execution(command).with(Field::Unit, Value::Null);
        command.to = match order.state {
            State::Received => None,
            // The machine does not reopen what was called off by itself; naming a state does.
            State::Canceled => Some(Move::Become(State::Received)),
            _ => Some(Move::Take(Transition::Unassign)),
        };
        return Ok(command);
    }
    if matches!(s, ON_TIME | LATE) {
        return Err(refused(order, Transition::Assign));
    }
    if s == ACTIVE && order.fields.unit == Some(unit) {
        return Ok(command);
    }
    command = forget_execution(command).with(Field::Unit, unit);
    let transition = if order.state == State::Canceled { Transition::Reopen } else { Transition::Assign };
    Ok(command.moving(transition))
}

/// `reject`, with a comment if one was left.
pub(super) fn reject(order: &Order, comment: Option<&str>) -> Result<Command, Rejection> {
    let mut bag = listed(order)?;
    let s = status(order);
    if order.fields.unit.is_none() || matches!(s, INACTIVE | ON_TIME | LATE) {
        return Err(refused(order, Transition::Reject));
    }
    bag.sf &= !SF_CONFIRMED;
    Ok(commented(with_bag(Command::default(), &bag), &mut bag, comment).moving(Transition::Reject))
}

/// What `confirm` was called with.
#[derive(Clone, Debug)]
pub(super) struct Confirmation {
    /// How complete it is.
    pub percent: i64,
    /// The comment left.
    pub comment: Option<String>,
    /// When.
    pub now: Timestamp,
    /// Orders that are known to be fulfilled or unknown, of those this one depends on.
    pub free: Vec<i64>,
}

/// `confirm`: the order is done, whatever its unit's messages say.
pub(super) fn confirm(order: &Order, asked: &Confirmation, units: &[Unit]) -> Result<Command, Rejection> {
    let mut bag = listed(order)?;
    let s = status(order);
    bag.sf |= SF_CONFIRMED;
    let command = Command::default().with(Field::CompletionPercent, asked.percent);
    let command = commented(command, &mut bag, asked.comment.as_deref());
    let command = with_bag(command, &bag);
    if matches!(s, ON_TIME | LATE) {
        return Ok(command);
    }
    let unit = order.fields.unit.filter(|_| s != INACTIVE);
    let unit = unit.ok_or_else(|| refused(order, Transition::Complete))?;
    let members = shown(order);
    if members.f & F_CONFIRM_INSIDE != 0 && !is_inside(&members, unit, units) {
        return Err(Rejection::Invalid { member: "f".to_owned(), reason: "the unit is outside the radius".to_owned() });
    }
    if members.dp.iter().any(|id| !asked.free.contains(id)) {
        return Err(Rejection::Invalid {
            member: "dp".to_owned(),
            reason: "others must be completed first".to_owned(),
        });
    }
    let odometer_km = units.iter().find(|known| known.id.0 == unit).and_then(|unit| unit.odometer_km);
    let command = match odometer_km {
        Some(odometer_km) => command.with(Field::OdometerKm, odometer_km),
        None => command,
    };
    Ok(command.with(Field::Late, Window::of(order).is_late(asked.now)).moving(Transition::Complete))
}

/// What a unit's messages come to: the order was done then.
pub(super) fn complete(order: &Order, completion: &Completion) -> Result<Command, Rejection> {
    listed(order)?;
    Ok(completion.command())
}

/// Whether the unit's last position is within the radius; without a position or a radius it is not.
fn is_inside(members: &Members, unit: i64, units: &[Unit]) -> bool {
    let position = units.iter().find(|known| known.id.0 == unit).and_then(|unit| unit.position);
    position.is_some_and(|at| {
        members.r > 0 && distance_m((members.y, members.x), (at.latitude, at.longitude)) <= members.r as f64
    })
}

/// Leaves a comment: in the order, and in the bag so that `p` stays as it was sent otherwise.
fn commented(command: Command, bag: &mut Bag, comment: Option<&str>) -> Command {
    let Some(comment) = comment else { return command };
    if let Some(Json::Object(parameters)) = bag.sent.get_mut("p") {
        parameters.insert("cm".to_owned(), comment.into());
    }
    let command = command.with(Field::Outcome, Some(comment.to_owned()).filter(|comment| !comment.is_empty()));
    if command.wire.is_some() { with_bag(command, bag) } else { command }
}

/// What `register` comes to.
pub(super) struct Registration {
    /// For a permanent order: the copy that goes to the history in its place.
    pub copy: Option<Command>,
    /// What happens to the order.
    pub command: Command,
}

/// `register`: moves an order to the history, whatever its status.
///
/// The canonical order is closed, except where it already ended without being done (rejected, canceled, failed): then
/// it keeps that state and only leaves the listing. The status it had stays with it. A permanent order
/// stays, reset, and a closed copy of it goes to the history.
pub(super) fn register(order: &Order, now: Timestamp) -> Result<Registration, Rejection> {
    let mut bag = listed(order)?;
    let state = match order.state {
        State::Rejected | State::Canceled | State::Failed => order.state,
        _ => State::Closed,
    };
    let (s, st) = (status(order), status_since(order, &bag).as_second());
    let mark = Registered { at: now.as_second(), s, st, state: state.word().to_owned() };
    if shown(order).f & F_PERMANENT != 0 {
        let history = Bag { registered: Some(mark), ..bag.clone() };
        let copy = Command { to: Some(Move::Become(state)), ..Command::default() }.with_fields(&order.fields);
        bag.sf = 0;
        return Ok(Registration { copy: Some(with_bag(copy, &history)), command: with_bag(reset(order), &bag) });
    }
    bag.registered = Some(mark);
    let mut command = with_bag(Command::default(), &bag);
    if state != order.state {
        command = command.moving(Transition::Close);
    }
    Ok(Registration { copy: None, command })
}

/// A permanent order, ready to be done again.
fn reset(order: &Order) -> Command {
    let fields = [
        Field::Unit,
        Field::Late,
        Field::CompletionPercent,
        Field::Outcome,
        Field::RouteId,
        Field::RoutePosition,
        Field::ProgressCurrent,
        Field::ProgressTotal,
    ];
    let command = fields.into_iter().fold(Command::default(), |command, field| command.with(field, Value::Null));
    let mut command = forget_execution(command);
    command.to = (order.state != State::Received).then_some(Move::Become(State::Received));
    command
}

/// `delete`. `is_route_started`: another order of its route is under way or done, and force was not asked for.
pub(super) fn delete(order: &Order, is_route_started: bool) -> Result<Command, Rejection> {
    listed(order)?;
    if is_route_started && order.fields.route_id.is_some() {
        let reason = "the route has started".to_owned();
        return Err(Rejection::Invalid { member: ROUTE_MEMBER.to_owned(), reason });
    }
    Ok(Command::default().moving(Transition::Delete))
}

/// Whether an order makes its route a started one.
pub(super) fn starts_route(order: &Order) -> bool {
    matches!(status(order), IN_AREA | ON_TIME | LATE)
}
