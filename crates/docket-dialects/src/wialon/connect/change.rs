//! What an order there says, what of it is news, and what an order here becomes of that.

use super::call::Client;
use super::deliver::{dependencies_here, is_part};
use super::members::{DEPENDENCIES, UNIT, as_said, differing, meant, parts, take_over};
use super::mirror::Mirror;
use super::pull::Round;
use crate::connect::ConnectError;
use crate::wialon::map::{
    ACTIVE, DIALECT_ID, IN_AREA, INACTIVE, LATE, ON_TIME, REJECTED, SF_REJECTED, bag, order_from_wire, shown, status,
};
use crate::wialon::modes::Sent;
use crate::wialon::wire::{Bag, Json, Members, Object, double, integer};
use docket_core::Timestamp;
use docket_core::order::{Command, Field, Move, Order, State, Transition, Value};

/// What an order there says, with what of it has other numbers here.
pub(super) struct Seen {
    sent: Object,
    meant: Members,
    unit: Option<i64>,
    dependencies: Vec<i64>,
}

impl Seen {
    pub(super) async fn of(client: &Client<'_>, round: &Round, sent: &Object) -> Result<Seen, ConnectError> {
        let meant = meant(sent);
        let dependencies = dependencies_here(client, &meant.dp).await?;
        let unit = Some(meant.u).filter(|unit| *unit != 0).and_then(|unit| round.units.here(unit));
        Ok(Seen { sent: sent.clone(), meant, unit, dependencies })
    }

    fn number(&self, name: &str) -> i64 {
        self.sent.get(name).and_then(integer).unwrap_or(0)
    }

    fn s(&self) -> i64 {
        self.number("s")
    }

    fn is_done(&self) -> bool {
        matches!(self.s(), ON_TIME | LATE)
    }

    /// It was over before the connection was made.
    pub(super) fn is_of_before(&self, client: &Client<'_>) -> bool {
        let is_over = self.is_done() || self.s() == REJECTED;
        is_over && self.number("st") < client.remote.connection.created_at.as_second()
    }
}

/// What changed there since it was last seen.
#[derive(Clone)]
pub(super) struct Change {
    is_theirs: bool,
    /// Parts that are news here.
    news: Vec<&'static str>,
    /// Parts that are other than they were, our own words among them.
    differing: Vec<&'static str>,
    /// As it was.
    before: Object,
}

/// Members that the counterpart alone writes, and where they have their home here.
const RUNTIME: &[(&str, Field)] = &[
    ("stt", Field::ArrivedAt),
    ("dtt", Field::DepartedAt),
    ("eta", Field::Eta),
    ("nt", Field::NextAt),
    ("rd", Field::DistanceLeftM),
    ("cnm", Field::OdometerKm),
    ("ds", Field::CompletionPercent),
    ("if", Field::Notified),
];

impl Change {
    pub(super) fn between(mirror: &Mirror, seen: &Seen, is_theirs: bool) -> Change {
        let now = parts(&seen.meant);
        let before = parts(&meant(&mirror.there));
        let is_new = mirror.there.is_empty();
        let differing = if is_new { differing(&now, &Object::new()) } else { differing(&now, &before) };
        // Our own words, coming back.
        let said = as_said(&seen.meant);
        let is_echo = |name: &&&str| mirror.saying.get(**name).is_some_and(|saying| said.get(**name) == Some(saying));
        let news = differing.iter().filter(|name| !is_echo(name)).copied().collect();
        Change { is_theirs, news, differing, before: mirror.there.clone() }
    }

    /// What is kept of it.
    pub(super) fn keep(&self, mirror: &mut Mirror, seen: &Seen) {
        let said = as_said(&seen.meant);
        for name in self.differing.iter().filter(|name| is_part(name)) {
            if let Some(value) = said.get(*name) {
                mirror.said.insert((*name).to_owned(), value.clone());
            }
        }
        if self.differing.contains(&UNIT) {
            // One that is none here is nobody here.
            let unit = if seen.unit.is_some() { seen.meant.u } else { 0 };
            mirror.said.insert(UNIT.to_owned(), unit.into());
        }
        mirror.id = seen.sent.get("id").and_then(integer).or(mirror.id);
        mirror.there.clone_from(&seen.sent);
        mirror.gone = false;
    }

    /// What an order here becomes.
    pub(super) fn command(&self, order: &Order, seen: &Seen) -> Command {
        let mut wanted = shown(order);
        take_over(&mut wanted, &seen.meant, &self.news);
        let mut command = Command { set: order_from_wire(&wanted, &|_| true, Some(order)), ..Command::default() };
        self.others(&mut command, seen);
        if self.is_theirs {
            command.wire = Some((DIALECT_ID.to_owned(), kept(bag(order), &seen.sent).write()));
        }
        command.to = move_of(order, &self.before, seen, self.is_theirs);
        if let Some(Move::Become(to)) = command.to
            && to.is_done()
        {
            command = finished(command, seen);
        } else if order.state.is_done() && seen.is_done() && order.fields.late != (seen.s() == LATE) {
            command = command.with(Field::Late, seen.s() == LATE);
        }
        command
    }

    /// What becomes an order here.
    pub(super) fn creation(&self, seen: &Seen) -> Command {
        let mut command = Command { set: order_from_wire(&seen.meant, &|_| true, None), ..Command::default() };
        command.set.retain(|(field, _)| {
            !matches!(field, Field::RouteId | Field::RoutePosition | Field::NoticeLeadS | Field::Dependencies)
        });
        self.others(&mut command, seen);
        command.wire = Some((DIALECT_ID.to_owned(), kept(Bag::default(), &seen.sent).write()));
        let state = state_of(seen);
        command.to = Some(state).filter(|state| *state != State::Received).map(Move::Become);
        if state.is_done() { finished(command, seen) } else { command }
    }

    /// What has other numbers here, and what the counterpart alone writes.
    fn others(&self, command: &mut Command, seen: &Seen) {
        if self.news.contains(&UNIT) {
            command.set.push((Field::Unit, seen.unit.into()));
        }
        if self.news.contains(&DEPENDENCIES) {
            let serials = seen.dependencies.clone();
            let value = if serials.is_empty() { Value::Null } else { Value::Integers(serials) };
            command.set.push((Field::Dependencies, value));
        }
        for (name, field) in RUNTIME {
            let said = |of: &Object| of.get(*name).and_then(double).unwrap_or(0.0);
            let (was, is) = (said(&self.before), said(&seen.sent));
            if was != is {
                command.set.push((*field, runtime(*field, is)));
            }
        }
    }
}

/// A value that the counterpart alone writes; 0 is none.
fn runtime(field: Field, value: f64) -> Value {
    if value <= 0.0 {
        return Value::Null;
    }
    match field {
        Field::DistanceLeftM | Field::OdometerKm => Value::Number(value),
        Field::CompletionPercent | Field::Notified => Value::Integer(value as i64),
        _ => Timestamp::from_second(value as i64).ok().into(),
    }
}

/// When it was done, and whether that was late.
fn finished(command: Command, seen: &Seen) -> Command {
    let at = Some(seen.number("st")).filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok());
    let command = match at {
        Some(at) => command.with(Field::CompletedAt, at),
        None => command,
    };
    command.with(Field::Late, seen.s() == LATE)
}

/// What this dialect keeps with an order that came from there: its members as they were sent, but for those that have
/// other numbers here.
fn kept(mut bag: Bag, sent: &Object) -> Bag {
    let mut sent = sent.clone();
    for name in [UNIT, DEPENDENCIES, "rt"] {
        sent.remove(name);
    }
    if let Some(Json::Object(p)) = sent.get_mut("p") {
        p.remove("r");
    }
    let flags = sent.get("sf").and_then(integer).unwrap_or(0);
    bag.sf = flags & !SF_REJECTED;
    if let Ok(read) = Sent::read(sent) {
        bag.sent.extend(read.raw);
    }
    bag
}

/// The state of an order that is new.
fn state_of(seen: &Seen) -> State {
    match seen.s() {
        ACTIVE => State::Assigned,
        IN_AREA => State::Started,
        ON_TIME | LATE => State::Completed,
        REJECTED if seen.number("sf") & SF_REJECTED != 0 => State::Rejected,
        REJECTED => State::Canceled,
        _ => State::Received,
    }
}

/// Where an order moves: when its status there is another than it was, and not the one it is shown with anyway.
fn move_of(order: &Order, before: &Object, seen: &Seen, is_theirs: bool) -> Option<Move> {
    let number = |name: &str| before.get(name).and_then(integer);
    let (s, to) = (seen.s(), state_of(seen));
    // One of ours was created without anything having been done about it.
    let was = number("s").or_else(|| (!is_theirs).then_some(if seen.meant.u == 0 { INACTIVE } else { ACTIVE }));
    let was_rejected = number("sf").unwrap_or(0) & SF_REJECTED != 0;
    let is_same = was == Some(s) && (s != REJECTED || was_rejected == (to == State::Rejected));
    let is_shown = status(order) == s && (s != REJECTED || (order.state == State::Rejected) == (to == State::Rejected));
    if is_same || is_shown || order.state.is_done() && seen.is_done() {
        return None;
    }
    let was_done = matches!(was, Some(ON_TIME | LATE));
    let was_off = was == Some(REJECTED);
    match order.state {
        State::Deleted => None,
        // What was called off here, and what was refused, is not brought back by what happened there meanwhile.
        State::Canceled if !was_off => None,
        State::Rejected | State::Failed if !was_off && !seen.is_done() && to != State::Canceled => None,
        // What is done here, and not known there yet, is done.
        state if state.is_done() && !was_done => None,
        state if state.is_done() && matches!(to, State::Assigned | State::Received) => {
            Some(Move::Take(Transition::Reopen))
        }
        _ => Some(Move::Become(to)),
    }
}
