//! Between a Pruvan order object and an order.
//!
//! [`MEMBERS`] names every member with a canonical home; all others live in the bag (`wire["pruvan"]`), which holds
//! the order object as sent, merged over updates. Nothing is lost but what the page says is ignored: `null` (no
//! change), blanks in required members of an update, and writes that ownership refuses.

pub mod bag;
pub mod date;
pub mod face;
pub mod forms;
pub mod item;
pub mod outbound;
pub mod progress;
pub mod propose;
pub mod published;
pub mod status;
pub mod tasks;
pub mod work_type;

use super::wire::{self, MEMBERS_LIMIT, Pairs, Scalar};
use docket_core::order::{Field, Owner, Rejection, Value};
use serde_json::value::RawValue;
use status::Word;
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
        let why = invalid("", "must be an object");
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
        let why = invalid("", "holds text that is no Unicode or numbers beyond all bounds");
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
