//! An order as it is pushed to a Pruvan account, and how far it has come as it is reported to the system it came from.
//!
//! | pushed | is |
//! |---|---|
//! | `clientStatus` | the order's own, else what the vendor suggests for where it stands here; in every push |
//! | `status` | left out, but for what the vendor advises: rush, rework, canceled, closed |
//! | `assignedTo` | left out, unless the account is one that we assign in |
//! | `clientDueDate` | the order's own, else the due date: an account may not let us write that |
//! | `clientInstructions` | the order's own, else its notes, but for those of the account itself |
//! | the rest | as `getWorkOrders` shows it |

use super::face::{self, MARK, Names};
use super::progress::rank;
use super::status::{self, FieldStatus, Word};
use super::{MEMBERS, bag, read_status, tasks};
use crate::pruvan::wire::{Members, Object, Scalar, elements, quoted, scalar};
use docket_core::connection::{Connection, Mode};
use docket_core::order::{Order, State};
use std::borrow::Cow;

/// The member that says which status an order shall have.
pub const STATUS: &str = "status";
/// The member that says what the remote system makes of it.
pub const CLIENT_STATUS: &str = "clientStatus";
/// The member that names an order.
pub const NUMBER: &str = "workOrderNumber";
/// The member that says who does it.
pub const ASSIGNED_TO: &str = "assignedTo";
/// Members that are ours to show, not to push.
const SHOWN_ONLY: &[&str] = &["key1", "fieldStatus", face::ITEMS];

/// What is pushed of an order: every member that says something, as JSON text, in the order of the vendor's reference.
pub fn members(order: &Order, names: &Names, number: &str, to: &Connection, assigns: bool) -> Vec<(String, String)> {
    let shown = face::order_to_wire(order, names, Some(to));
    let shown = Members::read(&shown);
    let mut pushed: Vec<(String, String)> = Vec::with_capacity(shown.len());
    let mut say = |name: &str, value: &str| {
        if !matches!(value, "null" | r#""""#) {
            pushed.push((name.to_owned(), value.to_owned()));
        }
    };
    for member in MEMBERS {
        let value = shown.get(member.name);
        match member.name {
            NUMBER => say(NUMBER, &quoted(number)),
            STATUS => {}
            CLIENT_STATUS => say(CLIENT_STATUS, &quoted(&client_status(order))),
            ASSIGNED_TO if !assigns => {}
            "clientDueDate" => say(member.name, value.or_else(|| shown.get("dueDate")).unwrap_or("null")),
            name => say(name, value.unwrap_or("null")),
        }
    }
    let is_member = |name: &str| MEMBERS.iter().any(|member| member.name == name);
    for (name, value) in shown.iter().filter(|(name, _)| !is_member(name) && !SHOWN_ONLY.contains(name)) {
        say(name, value);
    }
    if shown.get(MARK).is_none() {
        // Published items bring it back.
        say(MARK, &quoted(&order.id.to_string()));
    }
    pushed
}

/// What the remote system makes of an order, in its own words or those that the vendor suggests.
pub fn client_status(order: &Order) -> String {
    match order.state {
        State::Deleted => return "Order Deleted".to_owned(),
        State::Canceled => return "Order Canceled".to_owned(),
        _ => {}
    }
    if let Some(own) = order.fields.client_status.as_ref().filter(|own| !own.trim().is_empty()) {
        return own.clone();
    }
    let said = match order.state {
        State::Closed => "Order Closed",
        // How far the account has come it knows itself: nothing of this changes when it is done.
        _ if order.fields.rework => "Rework Required",
        _ if order.fields.rush => "Rush Order",
        _ => "Order Created",
    };
    said.to_owned()
}

/// The status that is to be pushed, by what was pushed last; `None` leaves it to the account. The error is for people.
pub fn wanted_status(order: &Order, last: Option<Word>, mode: Mode) -> Result<Option<Word>, String> {
    let is_off_there = matches!(last, Some(Word::Canceled | Word::Closed | Word::Deleted));
    match order.state {
        State::Canceled | State::Deleted => Ok(Some(Word::Canceled)),
        State::Closed => Ok(Some(Word::Closed)),
        state if status::is_active(state) && order.fields.rework => Ok(Some(Word::Rework)),
        state if status::is_active(state) && order.fields.rush => Ok(Some(Word::Rush)),
        state if status::is_active(state) && is_off_there => match mode {
            Mode::Internal => Ok(Some(Word::Unassigned)),
            Mode::External => Err("it was called off there, and an external integration has no status to bring it \
                                   back with but rush and rework"
                .to_owned()),
        },
        _ => Ok(None),
    }
}

/// Whether the account said last that it is done with an order: then what was pushed before does not hold any more.
pub fn is_reported_done(order: &Order) -> bool {
    let bag = order.wire("pruvan").map(Members::read).unwrap_or_default();
    let field = match bag.get(bag::REPORTED_FIELD).map(scalar) {
        Some(Scalar::Text(text)) => FieldStatus::read(&text),
        _ => None,
    };
    let word = bag.get(bag::REPORTED_STATUS).and_then(|value| read_status(value).ok().flatten());
    let is_over = word.and_then(Word::state).is_some_and(|state| !state.is_open());
    field == Some(FieldStatus::Complete) || is_over
}

/// Whether the account reported on an order.
pub fn has_report(order: &Order) -> bool {
    unreported(order).is_some()
}

/// Whether the account itself brought an order to where it stands.
pub fn is_reported(order: &Order) -> bool {
    let bag = order.wire("pruvan").map(Members::read).unwrap_or_default();
    let word = bag.get(bag::REPORTED_STATUS).and_then(|value| read_status(value).ok().flatten());
    word.is_some_and(|word| word.shows(order))
}

/// The bag without what the account reported: it was told something else since. `None` when it reported nothing.
pub fn unreported(order: &Order) -> Option<Option<String>> {
    let bag = order.wire("pruvan")?;
    let members = Members::read(bag);
    let is_report = |name: &str| matches!(name, bag::REPORTED_STATUS | bag::REPORTED_FIELD);
    members.iter().find(|(name, _)| is_report(name))?;
    let mut object = Object::default();
    let mut left = 0;
    for (name, value) in members.iter().filter(|(name, _)| !is_report(name)) {
        object.raw(name, value);
        left += 1;
    }
    Some((left > 0).then(|| object.finish()))
}

/// How far an order has come: what a report says of it besides what the remote system said itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The order object with its services' `fieldStatus`, JSON text.
    pub object: String,
    /// What of it is progress, JSON text: the same again is no news.
    pub news: String,
    /// Who does it, by name.
    pub assignee: Option<String>,
}

/// What is reported of an order; `None` while there is nothing that the remote system does not know of itself.
pub fn progress(order: &Order, names: &Names, to: &Connection) -> Option<Progress> {
    let shown = face::order_to_wire(order, names, Some(to));
    let shown = Members::read(&shown);
    let bag = order.wire("pruvan").map(Members::read).unwrap_or_default();
    let own = bag.get(STATUS).and_then(|value| read_status(value).ok().flatten());
    let is_theirs = matches!(own, Some(Word::Canceled | Word::Closed | Word::Deleted));
    if is_theirs && own.is_some_and(|own| own.shows(order)) {
        return None;
    }
    let done = order.fields.tasks.iter().any(|task| task.done);
    let assignee = shown.get(ASSIGNED_TO).filter(|value| *value != "null");
    let is_named_there = bag.get(ASSIGNED_TO).is_some_and(|said| Some(said) == assignee);
    let has_begun = rank(order.state) > 1 || !matches!(order.state, State::Received | State::Assigned);
    if !has_begun && !done && (assignee.is_none() || is_named_there) {
        return None;
    }
    let services = match done {
        true => Cow::Owned(with_progress(order, shown.get("services").unwrap_or("[]"))),
        false => Cow::Borrowed(shown.get("services").unwrap_or("[]")),
    };
    let mut object = Object::default();
    for (name, value) in shown.iter() {
        object.raw(name, if name == "services" { &services } else { value });
    }
    let mut news = Object::default();
    for name in [STATUS, "fieldStatus", ASSIGNED_TO] {
        news.raw(name, shown.get(name).unwrap_or("null"));
    }
    // Done again, or turned down again, is news.
    let since = match order.state {
        state if state.is_done() => order.fields.completed_at,
        state if status::is_active(state) => None,
        _ => Some(order.state_since),
    };
    news.text("since", &since.map(|since| since.to_string()).unwrap_or_default());
    let flags: Vec<&str> = order.fields.tasks.iter().map(|task| if task.done { "1" } else { "0" }).collect();
    news.text("done", &flags.concat());
    let assignee = assignee.and_then(|value| match scalar(value) {
        Scalar::Text(name) => Some(name.into_owned()),
        Scalar::Null | Scalar::Other => None,
    });
    Some(Progress { object: object.finish(), news: news.finish(), assignee })
}

/// The services, each with how far it is. They stand in the order of the tasks.
fn with_progress(order: &Order, services: &str) -> String {
    let listed = elements(services).unwrap_or_default();
    let flagged = order.fields.tasks.iter().map(|task| task.done).chain(std::iter::repeat(false));
    let each = listed.iter().zip(flagged).map(|(service, done)| {
        let mut members = Members::read(service.get());
        members.put(Cow::Borrowed("fieldStatus"), Cow::Borrowed(if done { r#""complete""# } else { r#""new""# }));
        members.text()
    });
    tasks::array(each)
}

/// Whether services say nothing but what was pushed before. A survey that is filled by now is not taken back.
pub fn same_services(before: &str, now: &str) -> bool {
    let known = elements(before).unwrap_or_default();
    let known: Vec<&str> = known.iter().map(|service| service.get()).collect();
    elements(now).unwrap_or_default().iter().all(|service| {
        let text = service.get();
        let unsurveyed = |known: &&str| Members::read(known).without("surveyDynamic") == Members::read(text).text();
        known.contains(&text) || known.iter().any(unsurveyed)
    })
}
