//! What an order object asks of the ledger: a command, once it is known whether its number is taken.

use super::face::Units;
use super::forms::{self, By};
use super::status::{self, Action, Word};
use super::work_type::WorkType;
use super::{Assignee, Kind, MEMBERS, Pushed, bag, date, face, tasks};
use docket_core::Timestamp;
use docket_core::authority::Standing;
use docket_core::connection::{Caller, Mode};
use docket_core::ids::ConnectionId;
use docket_core::order::state::Transition;
use docket_core::order::{Command, ExternalKey, Field, Move, Order, Origin, Owner, Rejection, Value};
use std::borrow::Cow;

/// The namespace of work order numbers among a connection's keys.
pub const NAMESPACE: &str = "number";

/// Who pushes, and by which settings.
pub struct Link {
    /// Who.
    pub caller: Caller,
    /// Through which connection.
    pub connection: ConnectionId,
    /// In which mode.
    pub mode: Mode,
    /// Who gets orders that name nobody.
    pub default_assign_to: Option<String>,
    /// What new orders get besides.
    pub work_type: Option<WorkType>,
    /// Why there is none although one is set.
    pub no_work_type: Option<String>,
    /// The units, where names have to be looked up among them.
    pub units: Units,
    /// The time.
    pub now: Timestamp,
}

impl Link {
    fn by(&self) -> By {
        let origin = Origin { connection: Some(self.connection), dialect: "pruvan".to_owned() };
        By { origin, author: self.caller.label.clone(), now: self.now }
    }
}

/// What an order object asks of the order with its number, or of a new one.
pub fn propose(pushed: &Pushed, link: &Link, order: Option<&Order>) -> Result<Command, Rejection> {
    match order {
        None => create(pushed, link),
        Some(order) => update(pushed, link, order),
    }
}

fn create(pushed: &Pushed, link: &Link) -> Result<Command, Rejection> {
    let said = |field: Field| pushed.set.iter().any(|(known, value)| *known == field && *value != Value::Null);
    let filled = |field: Field| said(field) || link.work_type.as_ref().is_some_and(|work| work.fills(field));
    let services = match &link.work_type {
        Some(work) => Cow::Owned(work.services(&pushed.services)),
        None => Cow::Borrowed(pushed.services.as_slice()),
    };
    let mut missing: Vec<&str> = MEMBERS
        .iter()
        .filter(|member| member.kind == Kind::Required && !member.field.is_some_and(filled))
        .map(|member| member.name)
        .collect();
    if services.is_empty() {
        missing.push("services");
    }
    if !missing.is_empty() {
        return Err(Rejection::Missing { member: missing.join(", ") });
    }
    let mut command = Command { set: Vec::with_capacity(pushed.set.len() + 5), ..Command::default() };
    command.set.extend_from_slice(&pushed.set);
    let tasks = tasks::create(&services)?;
    command.put = forms::pushed(None, &services, &tasks, &link.by());
    // Other dialects ask for one thing that was ordered.
    command.set.extend(tasks.first().map(|task| (Field::Service, Value::Text(task.name.clone()))));
    command.set.push((Field::Tasks, Value::Tasks(tasks)));
    if !filled(Field::Due) {
        command.set.push((Field::Due, Value::Time(date::noon(link.now))));
    }
    if let Some(work) = &link.work_type {
        command.granted.extend(work.fills.iter().filter(|(field, _)| !said(*field)).cloned());
        command.granted.extend(work.overwrites.iter().cloned());
    }
    let word = pushed.word.or(link.work_type.as_ref().and_then(|work| work.word));
    create_assignee(pushed, link, word, &mut command);
    match word {
        Some(Word::Rush) => command.set.push((Field::Rush, Value::Flag(true))),
        Some(Word::Rework) => command.set.push((Field::Rework, Value::Flag(true))),
        other => command.to = other.and_then(Word::state).map(Move::Become),
    }
    // A number is taken only while its order lives.
    if word != Some(Word::Deleted) {
        let (namespace, key) = (NAMESPACE.to_owned(), pushed.number.clone());
        command.keys.push(ExternalKey { connection: link.connection, namespace, key });
    }
    command.wire = Some(("pruvan".to_owned(), Some(pushed.text.to_string())));
    command.advisories = advisories(pushed, link, Action::Create);
    command.advisories.extend(link.no_work_type.clone());
    Ok(command)
}

/// Who a new order goes to: whom the remote system names, else whom the work type does, else whom the setting does.
fn create_assignee(pushed: &Pushed, link: &Link, word: Option<Word>, command: &mut Command) {
    if word == Some(Word::Unassigned) {
        return;
    }
    let named = match &pushed.assignee {
        Assignee::Named(name) => Some(name),
        Assignee::Nobody | Assignee::Unsaid => None,
    };
    if let Some(name) = named {
        command.set.push(assignment(name, &link.units));
    }
    let work = link.work_type.as_ref().and_then(|work| work.assignee.as_ref());
    let defaulted = work.or(link.default_assign_to.as_ref());
    if let (Some(name), true) = (defaulted, named.is_none() || link.mode == Mode::External) {
        command.granted.push(assignment(name, &link.units));
    }
}

fn update(pushed: &Pushed, link: &Link, order: &Order) -> Result<Command, Rejection> {
    let standing = Standing::of(&link.caller, order);
    let mut command = Command { set: Vec::with_capacity(pushed.set.len() + 4), ..Command::default() };
    command.set.extend(pushed.set.iter().filter(|(field, value)| !says_no_more(order, *field, value)).cloned());
    if !pushed.services.is_empty() {
        let tasks = tasks::merge(&order.fields.tasks, &pushed.services)?;
        // Surveys are part of the services, and as little to be written where those are not.
        if standing.may_write(Owner::Shared, false).is_ok() {
            command.put = forms::pushed(Some(order), &pushed.services, &tasks, &link.by());
        }
        command.set.push((Field::Tasks, Value::Tasks(tasks)));
    }
    update_assignee(pushed, link, order, &mut command);
    update_status(pushed, order, &mut command);
    if let Some(text) = bag::merge(order.wire("pruvan"), &pushed.text, standing)? {
        command.wire = Some(("pruvan".to_owned(), Some(text)));
    }
    command.advisories = advisories(pushed, link, Action::Update);
    Ok(command)
}

/// A date says minutes: one that agrees with the order's to the minute does not cut off its seconds.
fn says_no_more(order: &Order, field: Field, value: &Value) -> bool {
    match (value, order.fields.get(field)) {
        (Value::Time(said), Value::Time(known)) => date::to_minute(known) == *said,
        _ => false,
    }
}

fn update_assignee(pushed: &Pushed, link: &Link, order: &Order, command: &mut Command) {
    let nobody = [(Field::Unit, Value::Null), (Field::Person, Value::Null), (Field::Crew, Value::Null)];
    match &pushed.assignee {
        Assignee::Unsaid => {}
        Assignee::Nobody => command.set.extend(nobody),
        Assignee::Named(_) if pushed.word == Some(Word::Unassigned) => {}
        Assignee::Named(name) if face::assignee(order, &link.units).as_ref() == Some(name) => {}
        Assignee::Named(name) => {
            let assigned = assignment(name, &link.units);
            command.set.extend(nobody.into_iter().filter(|(field, _)| *field != assigned.0));
            command.set.push(assigned);
        }
    }
}

/// A name that is a unit's means that unit; any other is a person's.
fn assignment(name: &str, units: &Units) -> (Field, Value) {
    match units.id(name) {
        Some(id) => (Field::Unit, Value::Integer(id)),
        None => (Field::Person, Value::Text(name.to_owned())),
    }
}

fn update_status(pushed: &Pushed, order: &Order, command: &mut Command) {
    let Some(word) = pushed.word else { return };
    let Some(state) = word.state() else {
        let flag = if word == Word::Rush { Field::Rush } else { Field::Rework };
        command.set.push((flag, Value::Flag(true)));
        if !status::is_active(order.state) {
            command.to = Some(Move::Take(Transition::Reopen));
        }
        return;
    };
    if word.clears_flags() {
        command.set.extend([(Field::Rush, Value::Null), (Field::Rework, Value::Null)]);
    }
    // A word that says what is shown anyway leaves finer states alone: work that has begun stays begun.
    if word != status::of_state(order.state) {
        command.to = Some(Move::Become(state));
    }
}

fn advisories(pushed: &Pushed, link: &Link, action: Action) -> Vec<String> {
    let mut advisories: Vec<String> = status::advisory(action, link.mode, pushed.word).into_iter().collect();
    if pushed.word == Some(Word::Unassigned) && matches!(pushed.assignee, Assignee::Named(_)) {
        advisories.push("assignedTo beside status unassigned is ignored".to_owned());
    }
    advisories
}
