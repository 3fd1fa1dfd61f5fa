//! What comes back from an importer: its notes, and the word that the work is done.

use super::{Error, Session};
use crate::ppw::map;
use crate::ppw::wire::{EventData, Members, Number, SentNote, json};
use docket_core::ids::Serial;
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Command, Item, Note, Order, Origin, Rejection, State, Transition};
use serde_json::json;

/// The most notes of one call.
const NOTE_LIMIT: usize = 1000;

/// Adds notes to an order. A note that was sent before is not added again.
///
/// The vendor's table calls the list `note` and its sample `notes`; a single note need not be in a list.
pub(super) async fn send_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let company = data.text("org_name")?;
    let list = data.get("note").or_else(|| data.get("notes")).ok_or(Error::Missing("note"))?;
    let sent = match list {
        serde_json::Value::Array(items) => items.iter().map(serde_json::Value::as_object).collect(),
        serde_json::Value::Object(item) => Some(vec![item]),
        _ => None,
    };
    let sent: Vec<&Members> = sent.ok_or(Error::invalid("note", "is not a list of notes"))?;
    if sent.len() > NOTE_LIMIT {
        return Err(Error::invalid("note", "holds more than 1000 notes"));
    }
    let notes = sent.iter().map(|members| note(session, members, company.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let request = Request::change(Target::Serial(serial), move |_: &Order| {
        Ok(Command { put: notes.clone(), ..Command::default() })
    });
    let outcomes = session.cx.ledger.submit(&session.caller, Submission::one(request)).await?;
    rejection_of(outcomes, serial)?;
    Ok("null".to_owned())
}

fn note(session: &Session<'_>, members: &Members, company: Option<&str>) -> Result<Item, Error> {
    let sent = SentNote::read(members)?;
    let author = sent.org_name.or_else(|| company.map(str::to_owned));
    let origin = Origin { connection: Some(session.id()), dialect: crate::ppw::ID.to_owned() };
    let at = sent.insert_date.unwrap_or(session.cx.now);
    let note = Note { site_wide: sent.is_for_property, text: sent.note_text, revises: None };
    Ok(Item::new(sent.note_id, origin, at, note).by(author.unwrap_or_else(|| session.connection.name.clone())))
}

/// A refusal by the life cycle is handed on to the caller to render; anything else is an error.
fn rejection_of(outcomes: Vec<Outcome>, serial: Serial) -> Result<Option<String>, Error> {
    match outcomes.into_iter().next() {
        Some(Outcome::Rejected(Rejection::NotFound)) => Err(Error::UnknownOrder(serial)),
        Some(Outcome::Rejected(rejection @ Rejection::Transition { .. })) => Ok(Some(rejection.to_string())),
        Some(Outcome::Rejected(rejection)) => Err(Error::Refused(rejection)),
        Some(Outcome::Done(done)) if done.refused.iter().any(|refused| refused.field == "status") => {
            Ok(Some("the status of this order is not yours to change".to_owned()))
        }
        Some(Outcome::Done(_) | Outcome::Outdated) | None => Ok(None),
    }
}

/// The work is done. A refusal is no failure of the event: it is said within a successful answer.
pub(super) async fn send_ready_for_office(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let request = Request::change(Target::Serial(serial), |order: &Order| {
        // What is further along already was ready for the office before.
        let is_past = matches!(order.state, State::Submitted | State::Invoiced | State::Closed);
        Ok(if is_past { Command::default() } else { Command::default().moving(Transition::Complete) })
    });
    let outcomes = session.cx.ledger.submit(&session.caller, Submission::one(request)).await?;
    let state = match outcomes.first() {
        Some(Outcome::Done(done)) => done.order.state,
        _ => State::Completed,
    };
    let refusal = rejection_of(outcomes, serial)?;
    let id = json!(Number::of(serial.0, session.numeric));
    let (errors, error_ids, cells, updated, ready) = match refusal {
        Some(reason) => (json!([reason]), json!([id]), json!([]), "0", String::new()),
        None => {
            let cell = json!({
                "report_id": id,
                "cell_id": "wo_status",
                "new_value": map::word(state, true),
                "class": "wo_status__ready",
            });
            let at = session.cx.now.strftime("%m-%d-%Y %I:%M %p").to_string();
            (json!([]), json!([]), json!([cell]), "1", format!("{at} by {}", session.connection.name))
        }
    };
    Ok(json(&json!({
        "error": errors,
        "cell_updates": cells,
        "error_reportid": error_ids,
        "records_updated": updated,
        "ready_update": ready,
        "log_code": "",
    })))
}
