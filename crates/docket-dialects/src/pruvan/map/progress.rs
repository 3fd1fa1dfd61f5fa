//! What the `status` service reports: how far the field has come with an order.
//!
//! The project's `status` and the phone's `fieldStatus` arrive together and again and again, also late, so a report only
//! takes an order forward: complete completes it, in process starts it, rework opens it again. What the phone's owner
//! may not decide for everybody (removing the order) is noted, not done. Other members are the order's own, echoed.

use super::status::{FieldStatus, Word};
use super::{bag, invalid, read_status};
use crate::pruvan::wire::{self, MEMBERS_LIMIT, Members, Pairs, Scalar};
use docket_core::authority::Standing;
use docket_core::connection::Caller;
use docket_core::order::{Command, Field, Move, Order, Owner, Rejection, State, Task, Transition, Value};

/// One element of a report.
#[derive(Debug, Default)]
pub struct Report {
    /// `workOrderNumber`.
    pub number: String,
    /// `key1`.
    pub project: Option<String>,
    /// `attribute30`.
    pub mark: Option<String>,
    /// `source_wo_id`.
    pub source: Option<String>,
    word: Option<Word>,
    field: Option<FieldStatus>,
    /// As they were written, JSON text.
    said: [Option<String>; 2],
    assignee: Option<String>,
    /// Id, name and whether it is done.
    services: Vec<(Option<String>, Option<String>, bool)>,
}

/// Reads an element of `workOrders`. An error comes with the number, where there is one.
pub fn read(text: &str) -> Result<Report, (String, Rejection)> {
    let Some(pairs) = Pairs::read(text) else {
        return Err((String::new(), invalid("", "must be an object")));
    };
    let said = |name: &str| wire::some_text(pairs.get(name)).map(|text| text.into_owned());
    let Some(number) = said("workOrderNumber").or_else(|| said("key2")) else {
        return Err((String::new(), Rejection::Missing { member: "workOrderNumber".to_owned() }));
    };
    if pairs.0.len() > MEMBERS_LIMIT {
        return Err((number, Rejection::Limit { limit: "1000 members in an order" }));
    }
    // Texts only, and only those that every reader understands.
    let text = |value: &&serde_json::value::RawValue| {
        value.get().starts_with('"') && matches!(wire::scalar(value.get()), Scalar::Text(_))
    };
    let raw = |name: &str| pairs.get(name).filter(text).map(|value| value.get().to_owned());
    Ok(Report {
        project: said("key1"),
        mark: said("attribute30"),
        source: said("source_wo_id"),
        // An account may have words of its own; they are kept, and mean nothing here.
        word: pairs.get("status").and_then(|value| read_status(value.get()).ok().flatten()),
        field: said("fieldStatus").and_then(|text| FieldStatus::read(&text)),
        said: [raw("status"), raw("fieldStatus")],
        assignee: said("assignedTo").filter(|name| name != "~all~"),
        services: pairs.get("services").map(|list| services(list.get())).unwrap_or_default(),
        number,
    })
}

fn services(text: &str) -> Vec<(Option<String>, Option<String>, bool)> {
    let elements = wire::elements(text).unwrap_or_default();
    let read = |element: &&serde_json::value::RawValue| {
        let members = Members::read(element.get());
        let said = |name: &str| match members.get(name).map(wire::scalar) {
            Some(Scalar::Text(text)) if !text.trim().is_empty() => Some(text.into_owned()),
            _ => None,
        };
        let status = said("fieldStatus").or_else(|| said("status"))?;
        let done = FieldStatus::read(&status) == Some(FieldStatus::Complete);
        Some((said("source_service_id"), said("serviceName"), done))
    };
    elements.iter().filter_map(read).collect()
}

/// What a report does to its order.
pub fn propose(report: &Report, caller: &Caller, order: &Order) -> Result<Command, Rejection> {
    let mut command = Command::default();
    let complete = report.field == Some(FieldStatus::Complete) || report.word == Some(Word::Complete);
    move_order(report, complete, order, &mut command);
    assign(report, order, &mut command);
    tasks(report, complete, caller, order, &mut command);
    let [status, field] = &report.said;
    command.wire = bag::report(order.wire("pruvan"), status.as_deref(), field.as_deref())
        .map(|text| ("pruvan".to_owned(), Some(text)));
    Ok(command)
}

fn move_order(report: &Report, complete: bool, order: &Order, command: &mut Command) {
    let flag = match report.word {
        Some(Word::Rush) => Some(Field::Rush),
        Some(Word::Rework) => Some(Field::Rework),
        _ => None,
    };
    if let Some(flag) = flag.filter(|_| !complete) {
        command.set.push((flag, Value::Flag(true)));
    }
    if report.word == Some(Word::Deleted) {
        command.advisories.push("the field system deleted its project: noted, the order stays".to_owned());
    }
    let Some(transition) = asked(report, complete, order.state) else { return };
    let assigned = order.is_assigned() || report.assignee.is_some();
    match order.state.after(transition, assigned) {
        Some(_) => command.to = Some(Move::Take(transition)),
        None => {
            let state = order.state;
            command.advisories.push(format!("the field reports {transition} for an order that is {state}: noted only"));
        }
    }
}

/// The furthest that a report asks for, if that is further than where the order is.
fn asked(report: &Report, complete: bool, state: State) -> Option<Transition> {
    let forward = |to: State| (rank(to) > rank(state)).then(|| to.reached_by());
    let word = match report.word {
        Some(Word::Canceled) if state != State::Canceled => return Some(Transition::Cancel),
        Some(Word::Rejected) if !complete && state.is_open() => {
            return Some(Transition::Reject).filter(|_| !matches!(state, State::Rejected | State::Failed));
        }
        Some(Word::Rework) if !complete && (state.is_done() || state == State::Rejected) => {
            return Some(Transition::Reopen);
        }
        Some(word) => word.state().filter(|to| !matches!(to, State::Rejected | State::Canceled | State::Deleted)),
        None => None,
    };
    let field = match report.field {
        Some(FieldStatus::Complete) => Some(State::Completed),
        Some(FieldStatus::InProcess) => Some(State::Started),
        Some(FieldStatus::New | FieldStatus::Viewed | FieldStatus::Updated) | None => None,
    };
    word.into_iter().chain(field).max_by_key(|to| rank(*to)).and_then(forward)
}

/// How far along a state is.
pub const fn rank(state: State) -> u8 {
    match state {
        State::Received => 0,
        State::Assigned | State::Rejected | State::Failed => 1,
        State::Accepted => 2,
        State::Started | State::Waiting => 3,
        State::Completed => 4,
        State::Submitted => 5,
        State::Invoiced => 6,
        State::Closed => 7,
        // Only reported on, not brought back by being worked on.
        State::Canceled | State::Deleted => 3,
    }
}

/// Who does it, where nobody here has said so.
fn assign(report: &Report, order: &Order, command: &mut Command) {
    if let Some(name) = report.assignee.as_ref().filter(|_| !order.is_assigned()) {
        command.set.push((Field::Person, Value::Text(name.clone())));
    }
}

/// Which services are done, and so how far the order has come.
fn tasks(report: &Report, complete: bool, caller: &Caller, order: &Order, command: &mut Command) {
    let standing = Standing::of(caller, order);
    let may = |owner: Owner| standing.may_write(owner, false).is_ok();
    let mut tasks: Vec<Task> = order.fields.tasks.clone();
    if complete && report.services.is_empty() {
        // A project is complete when all its tasks are.
        tasks.iter_mut().for_each(|task| task.done = true);
    }
    for (key, name, done) in &report.services {
        let keyed = tasks.iter().position(|task| key.is_some() && task.key == *key);
        let named = || tasks.iter().position(|task| name.as_ref() == Some(&task.name));
        if let Some(task) = keyed.or_else(named).and_then(|at| tasks.get_mut(at)) {
            task.done = *done;
        }
    }
    let (done, total) = (tasks.iter().filter(|task| task.done).count(), tasks.len());
    if tasks != order.fields.tasks && may(Owner::Shared) {
        command.set.push((Field::Tasks, Value::Tasks(tasks)));
    }
    if !may(Owner::Executor) {
        return;
    }
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let current = match (complete, report.services.is_empty(), order.fields.progress_total) {
        (true, _, Some(total)) => Some((total, total)),
        (true, false, None) if total > 0 => Some((total, total)),
        (false, false, _) if total > 0 => Some((i64::try_from(done).unwrap_or(i64::MAX), total)),
        _ => None,
    };
    if let Some((current, total)) = current {
        command.set.push((Field::ProgressCurrent, Value::Integer(current)));
        command.set.push((Field::ProgressTotal, Value::Integer(total)));
    }
}
