//! Between a Pruvan order object and an order.
//!
//! [`MEMBERS`] names every member with a canonical home; all others live in the bag (`wire["pruvan"]`), which holds
//! the order object as sent, merged over updates. Nothing is lost but what the page says is ignored: `null` (no
//! change), blanks in required members of an update, and writes that ownership refuses.

pub mod bag;
pub mod date;
pub mod face;
pub mod status;
pub mod tasks;

use super::wire::{self, MEMBERS_LIMIT, Pairs, Scalar};
use docket_core::Timestamp;
use docket_core::authority::Standing;
use docket_core::catalogue::Unit;
use docket_core::connection::{Caller, Mode};
use docket_core::ids::ConnectionId;
use docket_core::order::state::Transition;
use docket_core::order::{Command, ExternalKey, Field, Move, Order, Owner, Rejection, State, Value};
use serde_json::value::RawValue;
use status::{Action, Word};
use std::sync::Arc;
use tasks::Asked;

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text without which no order is made.
    Required,
    /// A date, see [`date`].
    Date,
    /// Degrees, at most this far from zero.
    Degrees(f64),
    /// Anything.
    Json,
    /// A status, see [`status`].
    Status,
    /// A user's name; `null` takes the order away from whoever has it.
    Assignee,
    /// Services, see [`tasks`].
    Services,
}

/// A member with a canonical home.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Its home. The status has none: it is the order's state.
    pub field: Option<Field>,
    /// What it holds.
    pub kind: Kind,
}

const fn member(name: &'static str, field: Field, kind: Kind) -> Member {
    Member { name, field: Some(field), kind }
}

/// Every member with a canonical home, in the order of the vendor's reference.
pub const MEMBERS: &[Member] = &[
    member("workOrderNumber", Field::Number, Kind::Required),
    member("workOrderInfo", Field::WorkInfo, Kind::Text),
    member("address1", Field::Address1, Kind::Required),
    member("address2", Field::Address2, Kind::Text),
    member("city", Field::City, Kind::Required),
    member("state", Field::Region, Kind::Required),
    member("zip", Field::PostalCode, Kind::Required),
    member("country", Field::Country, Kind::Text),
    member("assignedTo", Field::Person, Kind::Assignee),
    Member { name: "status", field: None, kind: Kind::Status },
    member("dueDate", Field::Due, Kind::Date),
    member("instructions", Field::Instructions, Kind::Text),
    member("clientStatus", Field::ClientStatus, Kind::Text),
    member("clientDueDate", Field::ClientDue, Kind::Date),
    member("clientInstructions", Field::ClientInstructions, Kind::Text),
    member("description", Field::Description, Kind::Text),
    member("reference", Field::Reference, Kind::Text),
    member("gpsLatitude", Field::Latitude, Kind::Degrees(90.0)),
    member("gpsLongitude", Field::Longitude, Kind::Degrees(180.0)),
    member("options", Field::Options, Kind::Json),
    member("startDate", Field::Start, Kind::Date),
    member("services", Field::Tasks, Kind::Services),
];

/// The member of a name.
pub fn member_of(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}

impl Member {
    /// Who may write it.
    pub fn owner(&self) -> Owner {
        match self.kind {
            Kind::Status => Owner::Shared,
            _ => self.field.map_or(Owner::Open, Field::owner),
        }
    }
}

/// What an order object says about its assignee.
#[derive(Clone, Debug, PartialEq)]
pub enum Assignee {
    /// Nothing.
    Unsaid,
    /// There shall be none.
    Nobody,
    /// This one.
    Named(String),
}

/// An order object, read once.
#[derive(Debug)]
pub struct Pushed {
    /// `workOrderNumber`.
    pub number: String,
    /// What it says about the assignee.
    pub assignee: Assignee,
    text: Box<str>,
    set: Vec<(Field, Value)>,
    word: Option<Word>,
    services: Vec<Asked>,
}

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
    /// The units, where names have to be looked up among them.
    pub units: Arc<Vec<Unit>>,
    /// The time.
    pub now: Timestamp,
}

/// An order object that cannot be understood: what to call it, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// Its number, if it has one.
    pub number: Option<String>,
    /// Why.
    pub why: Rejection,
}

fn invalid(member: &str, reason: impl Into<String>) -> Rejection {
    Rejection::Invalid { member: member.to_owned(), reason: reason.into() }
}

/// Reads one element of `workOrders`; a delicate one is looked at twice, see [`wire::Envelope`].
pub fn order_from_wire(raw: &RawValue, delicate: bool) -> Result<Pushed, Unreadable> {
    let text = raw.get();
    let Some(pairs) = Pairs::read(text) else {
        let why = invalid("workOrders", "each order must be an object");
        return Err(Unreadable { number: None, why });
    };
    let Some(number) = wire::some_text(pairs.get("workOrderNumber")) else {
        let why = match pairs.get("workOrderNumber").map(|value| wire::scalar(value.get())) {
            Some(Scalar::Other) => invalid("workOrderNumber", "must be a text or a number"),
            _ => Rejection::Missing { member: "workOrderNumber".to_owned() },
        };
        return Err(Unreadable { number: None, why });
    };
    let number = number.into_owned();
    if delicate && !wire::is_sound(text) {
        let why = invalid("workOrders", "holds text that is no Unicode or numbers beyond all bounds");
        return Err(Unreadable { number: Some(number), why });
    }
    match read_members(&pairs, &number, text) {
        Ok(pushed) => Ok(pushed),
        Err(why) => Err(Unreadable { number: Some(number), why }),
    }
}

fn read_members(pairs: &Pairs<'_>, number: &str, text: &str) -> Result<Pushed, Rejection> {
    if pairs.0.len() > MEMBERS_LIMIT {
        return Err(Rejection::Limit { limit: "1000 members in an order" });
    }
    let mut pushed = Pushed {
        number: number.to_owned(),
        assignee: Assignee::Unsaid,
        text: text.into(),
        set: Vec::with_capacity(pairs.0.len() + 2),
        word: None,
        services: Vec::new(),
    };
    for (name, value) in &pairs.0 {
        let Some(member) = member_of(name) else { continue };
        match member.kind {
            Kind::Status => pushed.word = read_status(value.get())?.or(pushed.word),
            Kind::Assignee => pushed.assignee = read_assignee(value.get())?,
            Kind::Services => pushed.services = tasks::read(value.get())?.unwrap_or(pushed.services),
            Kind::Text | Kind::Required | Kind::Date | Kind::Degrees(_) | Kind::Json => {
                if let (Some(field), Some(value)) = (member.field, read_value(member, value.get())?) {
                    pushed.set.push((field, value));
                }
            }
        }
    }
    Ok(pushed)
}

/// Reads a status; blank is none.
pub fn read_status(value: &str) -> Result<Option<Word>, Rejection> {
    match wire::scalar(value) {
        Scalar::Null => Ok(None),
        Scalar::Text(text) if text.trim().is_empty() => Ok(None),
        Scalar::Text(text) => match Word::read(text.trim()) {
            Some(word) => Ok(Some(word)),
            None => Err(invalid("status", format!("{} is no status known here", wire::quoted(&text)))),
        },
        Scalar::Other => Err(invalid("status", "must be a text")),
    }
}

fn read_assignee(value: &str) -> Result<Assignee, Rejection> {
    match wire::scalar(value) {
        Scalar::Null => Ok(Assignee::Nobody),
        Scalar::Text(name) if name.trim().is_empty() => Ok(Assignee::Nobody),
        Scalar::Text(name) => Ok(Assignee::Named(name.into_owned())),
        Scalar::Other => Err(invalid("assignedTo", "must be a text")),
    }
}

/// Reads a member that is one field; `None` says nothing, `Value::Null` clears.
pub fn read_value(member: &Member, value: &str) -> Result<Option<Value>, Rejection> {
    if member.kind == Kind::Json {
        return Ok(match value {
            "null" => None,
            r#""""# => Some(Value::Null),
            json => Some(Value::Text(json.to_owned())),
        });
    }
    let text = match wire::scalar(value) {
        Scalar::Null => return Ok(None),
        Scalar::Text(text) => text,
        Scalar::Other => return Err(invalid(member.name, "must be a text")),
    };
    if text.trim().is_empty() {
        // A required member cannot be cleared; its blank says nothing.
        return Ok((member.kind != Kind::Required).then_some(Value::Null));
    }
    match member.kind {
        Kind::Date => match date::read(&text) {
            Some(time) => Ok(Some(Value::Time(time))),
            None => {
                let reason = format!("{} is no date like 2020-05-28 1200 +0", wire::quoted(&text));
                Err(invalid(member.name, reason))
            }
        },
        Kind::Degrees(limit) => match text.trim().parse::<f64>() {
            Ok(degrees) if degrees.abs() <= limit => Ok(Some(Value::Number(degrees))),
            _ => Err(invalid(member.name, format!("{} is no angle within {limit} degrees", wire::quoted(&text)))),
        },
        Kind::Text | Kind::Required | Kind::Json | Kind::Status | Kind::Assignee | Kind::Services => {
            Ok(Some(Value::Text(text.into_owned())))
        }
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
    let mut missing: Vec<&str> = MEMBERS
        .iter()
        .filter(|member| member.kind == Kind::Required && !member.field.is_some_and(said))
        .map(|member| member.name)
        .collect();
    if pushed.services.is_empty() {
        missing.push("services");
    }
    if !missing.is_empty() {
        return Err(Rejection::Missing { member: missing.join(", ") });
    }
    let mut command = Command { set: Vec::with_capacity(pushed.set.len() + 4), ..Command::default() };
    command.set.extend_from_slice(&pushed.set);
    command.set.push((Field::Tasks, Value::Tasks(tasks::create(&pushed.services)?)));
    if !said(Field::Due) {
        command.set.push((Field::Due, Value::Time(date::noon(link.now))));
    }
    let named = match &pushed.assignee {
        Assignee::Named(name) if pushed.word != Some(Word::Unassigned) => Some(name),
        Assignee::Named(_) | Assignee::Nobody | Assignee::Unsaid => None,
    };
    if let Some(name) = named {
        command.set.push(assignment(name, &link.units));
    }
    let defaulted = link.default_assign_to.as_ref().filter(|_| pushed.word != Some(Word::Unassigned));
    if let (Some(name), true) = (defaulted, named.is_none() || link.mode == Mode::External) {
        command.granted.push(assignment(name, &link.units));
    }
    match pushed.word {
        Some(Word::Rush) => command.set.push((Field::Rush, Value::Flag(true))),
        Some(Word::Rework) => command.set.push((Field::Rework, Value::Flag(true))),
        other => command.to = other.and_then(Word::state).map(Move::Become),
    }
    // A number is taken only while its order lives.
    if pushed.word != Some(Word::Deleted) {
        let (namespace, key) = (NAMESPACE.to_owned(), pushed.number.clone());
        command.keys.push(ExternalKey { connection: link.connection, namespace, key });
    }
    command.wire = Some(("pruvan".to_owned(), Some(pushed.text.to_string())));
    command.advisories = advisories(pushed, link, Action::Create);
    Ok(command)
}

/// The namespace of work order numbers among a connection's keys.
pub const NAMESPACE: &str = "number";

fn update(pushed: &Pushed, link: &Link, order: &Order) -> Result<Command, Rejection> {
    let standing = Standing::of(&link.caller, order);
    let mut command = Command { set: Vec::with_capacity(pushed.set.len() + 4), ..Command::default() };
    command.set.extend(pushed.set.iter().filter(|(field, value)| !says_no_more(order, *field, value)).cloned());
    if !pushed.services.is_empty() {
        command.set.push((Field::Tasks, Value::Tasks(tasks::merge(&order.fields.tasks, &pushed.services)?)));
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
fn assignment(name: &str, units: &[Unit]) -> (Field, Value) {
    match units.iter().find(|unit| unit.name == name) {
        Some(unit) => (Field::Unit, Value::Integer(unit.id.0)),
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

/// Whether an order is gone.
pub fn is_deleted(order: &Order) -> bool {
    order.state == State::Deleted
}
