//! What comes back from an importer besides its notes, files, forms and charges: where it was, and that it is done.

use super::charges::NOTHING_TO_SEND;
use super::{Error, Session};
use crate::ppw::ID;
use crate::ppw::map::{self, items, pcr};
use crate::ppw::wire::sent::SentCheckIn;
use crate::ppw::wire::{self, EventData, Members, Number, json, text_of};
use docket_core::connection::Connection;
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Body, ChargeKind, CheckIn, Command, Form, Item, Order, Rejection, State, Transition};
use serde_json::json;

/// Where somebody was. The vendor calls it a list and shows one object; both are read.
pub(super) async fn send_checkin(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let sent = data.list(&["checkin_data"])?;
    let put = sent.iter().map(|members| check_in(session, members)).collect::<Result<Vec<_>, _>>()?;
    session.change(serial, move |_| Ok(Command { put: put.clone(), ..Command::default() })).await?;
    Ok("null".to_owned())
}

fn check_in(session: &Session<'_>, members: &Members) -> Result<Item, Error> {
    const KNOWN: &[&str] = &["bg_check_id", "gps_lat", "gps_lng", "misc_data"];
    let sent = SentCheckIn::read(members)?;
    Ok(Item {
        id: sent.id,
        place: 0,
        origin: items::origin(session.id()),
        author: session.connection.name.clone(),
        at: sent.at,
        wire: wire::rest(members, KNOWN),
        body: Body::CheckIn(CheckIn { point: Some(sent.point), data: sent.data }),
    })
}

/// What an order lacks before it is ready for the office, in sentences for the people who sent it.
fn lacking(order: &Order, connection: &Connection) -> Vec<String> {
    let mut found = Vec::new();
    let demanded = connection.setting("ready_needs").unwrap_or(crate::ppw::READY_NEEDS);
    let demands = |what: &str| demanded.split([' ', ',']).any(|word| word.eq_ignore_ascii_case(what));
    if demands("forms") {
        found.extend(open_forms(order, connection));
    }
    let wanted = usize::try_from(connection.integer("ready_photos", 0)).unwrap_or_default();
    let photos = order.attachments().filter(|(_, file)| file.photo).count();
    if photos < wanted {
        found.push(format!("Photos required: {wanted}, sent: {photos}."));
    }
    if demands("tasks") {
        found.extend(open_tasks(order, connection));
    }
    found
}

/// Required forms without answers, and required questions without one. What somebody else answered, its own system
/// judged: not every question of a form is asked every time.
fn open_forms(order: &Order, connection: &Connection) -> Vec<String> {
    let mut found = Vec::new();
    for (item, form) in order.forms() {
        if form.required && form.submitted_at.is_none() {
            found.push(format!("The form {} is not answered.", pcr::name(form)));
        } else if form.submitted_at.is_some() && item.author == connection.name {
            let open = pcr::unanswered(form);
            found.extend(open.map(|question| {
                let asked = if question.text.is_empty() { &question.id } else { &question.text };
                format!("The form {} lacks an answer: {asked}.", pcr::name(form))
            }));
        }
    }
    let bag = wire::bag(order.wire(ID));
    for row in items::bag_forms(&bag).filter(|row| row.get("form_required").and_then(text_of).as_deref() == Some("1")) {
        let id = row.get("pcr_form_id").and_then(text_of).unwrap_or_default();
        let is_there = |item: &Item, form: &Form| form.submitted_at.is_some() && (item.id == id || form.template == id);
        if !order.forms().any(|(item, form)| is_there(item, form) || (form.required && item.id == id)) {
            found.push(format!("The form {id} is not answered."));
        }
    }
    found
}

/// Tasks that nobody reported done, unless a completion is for them or the importer said that there are none.
fn open_tasks(order: &Order, connection: &Connection) -> Vec<String> {
    let mut answers = order.acknowledgements.iter();
    if answers.any(|kept| kept.connection == connection.id && kept.transaction == NOTHING_TO_SEND) {
        return Vec::new();
    }
    let completed = |item: &str| {
        order
            .charges()
            .any(|(_, charge)| matches!(charge.kind, ChargeKind::Completion) && charge.item.as_deref() == Some(item))
    };
    let tasks = order.fields.tasks.iter().zip(items::task_items(order));
    let open = tasks.filter(|(task, listed)| !task.done && !completed(&listed.item));
    open.map(|(task, _)| format!("The task {} is not done.", task.name)).collect()
}

/// A refusal by the life cycle or by ownership, in words; anything else is an error.
fn refusal(outcome: Option<&Outcome>) -> Result<Option<String>, Error> {
    match outcome {
        Some(Outcome::Rejected(rejection @ Rejection::Transition { .. })) => {
            Ok(Some(Error::Refused(rejection.clone()).to_string()))
        }
        Some(Outcome::Rejected(rejection)) => Err(Error::Refused(rejection.clone())),
        Some(Outcome::Done(done)) if done.refused.iter().any(|refused| refused.field == "status") => {
            Ok(Some("The status of this order is not yours to change.".to_owned()))
        }
        Some(Outcome::Done(_) | Outcome::Outdated) | None => Ok(None),
    }
}

/// What is further along already was ready for the office before.
fn is_past(order: &Order) -> bool {
    matches!(order.state, State::Completed | State::Submitted | State::Invoiced | State::Closed)
}

/// The work is done. A refusal is no failure of the event: it is said within a successful answer.
pub(super) async fn send_ready_for_office(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let connection = session.connection.clone();
    let request = Request::change(Target::Serial(serial), move |order: &Order| {
        let stays = is_past(order) || (order.state.is_open() && !lacking(order, &connection).is_empty());
        Ok(if stays { Command::default() } else { Command::default().moving(Transition::Complete) })
    });
    let outcomes = session.cx.ledger.submit(&session.caller, Submission::one(request)).await?;
    let first = outcomes.first();
    if matches!(first, Some(Outcome::Rejected(Rejection::NotFound))) {
        return Err(Error::UnknownOrder(serial));
    }
    let mut errors: Vec<String> = refusal(first)?.into_iter().collect();
    let mut state = State::Completed;
    if let Some(Outcome::Done(done)) = first {
        state = done.order.state;
        // Nothing was done: this is the order that was judged.
        if !is_past(&done.order) && errors.is_empty() {
            errors = lacking(&done.order, &session.connection);
        }
    }
    let id = json!(Number::of(serial.0, session.numeric));
    let ready = errors.is_empty();
    let cell = json!({
        "report_id": id,
        "cell_id": "wo_status",
        "new_value": map::word(state, true),
        "class": "wo_status__ready",
    });
    let at = session.cx.now.strftime("%m-%d-%Y %I:%M %p");
    Ok(json(&json!({
        "error": errors,
        "cell_updates": if ready { json!([cell]) } else { json!([]) },
        "error_reportid": if ready { json!([]) } else { json!([id]) },
        "records_updated": if ready { "1" } else { "0" },
        "ready_update": if ready { format!("{at} by {}", session.connection.name) } else { String::new() },
        // Under this id the wire log has the call.
        "log_code": session.cx.exchange.to_string(),
    })))
}
