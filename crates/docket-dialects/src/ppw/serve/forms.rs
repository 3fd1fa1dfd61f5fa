//! PCR forms: their definitions out, their answers and photos in.

use super::{Error, Session};
use crate::ppw::map::{items, pcr};
use crate::ppw::wire::sent::{PhotoFlag, SentAnswer};
use crate::ppw::wire::{self, EventData, text_of};
use crate::ppw::{FORMS, ID};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Record, Submission, Target};
use docket_core::order::{Answer, Body, Command, Form, Item, ItemKind, Order, Rejection};
use std::sync::Arc;

/// The definition of a form. The event names no order: a number of ours leads to one, and of the caller's own ids the
/// order that last came with answers is kept.
pub(super) async fn get_pcr_json(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let id = data.text("pcr_form_id")?.ok_or(Error::Missing("pcr_form_id"))?;
    let id = id.trim();
    let version = data.text("form_ver_id")?;
    let (order, place) = holder(session, id).await?.ok_or_else(|| Error::UnknownForm(id.to_owned()))?;
    let found = match place {
        Some(place) => order.items.iter().find(|item| item.place == place),
        None => items::find(&order, ItemKind::Form, id, session.id()),
    };
    let Some((item, Body::Form(form))) = found.map(|item| (item, &item.body)) else {
        return Err(Error::UnknownForm(id.to_owned()));
    };
    if version.is_some_and(|version| version.trim() != pcr::version(form)) {
        return Err(Error::invalid("form_ver_id", "is not the version of this form"));
    }
    Ok(pcr::document(id, item, form, &session.caller.account.to_string()))
}

/// The order that a form id leads to, and the form's place in it where the id says that.
async fn holder(session: &Session<'_>, id: &str) -> Result<Option<(Arc<Order>, Option<i64>)>, Error> {
    let ledger = session.cx.ledger;
    if let Some(kept) = ledger.record(session.id().into(), FORMS, id).await? {
        let serial = kept.parse().map(Serial).unwrap_or_default();
        let order = ledger.order(&session.caller, Target::Serial(serial)).await?;
        return Ok(order.map(|order| (order, None)));
    }
    let Some((serial, place)) = items::place_of(id) else { return Ok(None) };
    let order = ledger.order(&session.caller, Target::Serial(serial)).await?;
    Ok(order.map(|order| (order, Some(place))))
}

/// The form of an order that an id means, ready to be written: one that is there, or one more of the caller's.
fn form_of(order: &Order, id: &str, caller: &Author) -> (Item, Form) {
    if let Some(item) = items::find(order, ItemKind::Form, id, caller.connection)
        && let Body::Form(form) = &item.body
    {
        return (Item { author: caller.name.clone(), at: caller.at, ..item.clone() }, form.clone());
    }
    // What the order came with says more about the form, where it names it.
    let bag = wire::bag(order.wire(ID));
    let row = items::bag_forms(&bag).find(|row| row.get("pcr_form_id").and_then(text_of).as_deref() == Some(id));
    let text = |name: &str| row.and_then(|row| row.get(name)).and_then(text_of).unwrap_or_default();
    let form = Form {
        name: format!("PCR form {id}"),
        template: id.to_owned(),
        version: text("form_ver_id"),
        required: text("form_required") == "1",
        ..Form::default()
    };
    let item = Item {
        id: id.to_owned(),
        place: 0,
        origin: items::origin(caller.connection),
        author: caller.name.clone(),
        at: caller.at,
        wire: None,
        body: Body::Form(form.clone()),
    };
    (item, form)
}

/// Who sends something, and when.
#[derive(Clone)]
struct Author {
    connection: ConnectionId,
    name: String,
    at: Timestamp,
}

impl Author {
    fn of(session: &Session<'_>) -> Author {
        Author { connection: session.id(), name: session.connection.name.clone(), at: session.cx.now }
    }
}

fn form_id(data: &EventData) -> Result<String, Error> {
    let id = data.text("pcr_form_id")?.ok_or(Error::Missing("pcr_form_id"))?.trim().to_owned();
    if id.len() > super::ID_BYTES { Err(Error::invalid("pcr_form_id", "is too long")) } else { Ok(id) }
}

/// Keeps the answers of a form, in place of those it had; photos tied to its questions stay.
pub(super) async fn send_pcr_answers(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let id = form_id(data)?;
    let rows: Vec<_> = data.list(&["pcr_form_rows"])?.into_iter().map(wire::without_blank_names).collect();
    let sent = SentAnswer::read_all(&rows.iter().collect::<Vec<_>>())?;
    let (author, given) = (Author::of(session), id.clone());
    let propose = move |order: &Order| {
        let (item, form) = form_of(order, &given, &author);
        Ok(put(item, answered(&form, &sent, author.at)))
    };
    submit(session, serial, &id, propose).await
}

fn put(item: Item, form: Form) -> Command {
    Command { put: vec![Item { body: Body::Form(form), ..item }], ..Command::default() }
}

/// A form with these answers.
fn answered(form: &Form, sent: &[SentAnswer], now: Timestamp) -> Form {
    let questions = pcr::questions(form);
    let known = |question: &str| form.answers.iter().find(|answer| answer.question == question);
    let asked = |question: &str| questions.iter().find(|known| known.id == question).map(|known| known.text.clone());
    let mut answers: Vec<Answer> = Vec::with_capacity(sent.len());
    for sent in sent {
        let meaning = |value: &String| pcr::meaning(&questions, &sent.question, value.clone());
        answers.push(Answer {
            question: sent.question.clone(),
            text: asked(&sent.question).unwrap_or_default(),
            kind: sent.kind.clone(),
            values: sent.values.iter().map(meaning).collect(),
            photos: known(&sent.question).map(|answer| answer.photos.clone()).unwrap_or_default(),
        });
    }
    // A question that only photos answer is not among the rows.
    let is_sent = |answer: &Answer| sent.iter().any(|sent| sent.question == answer.question);
    let photographed = form.answers.iter().filter(|answer| !answer.photos.is_empty() && !is_sent(answer));
    answers.extend(photographed.map(|answer| Answer { values: Vec::new(), ..answer.clone() }));
    // The same answers again are no second submission, and rows that answer nothing are none at all.
    let again = form.submitted_at.filter(|_| form.answers == answers);
    let is_answered = answers.iter().any(|answer| !(answer.values.is_empty() && answer.photos.is_empty()));
    Form { answers, submitted_at: is_answered.then(|| again.unwrap_or(now)), ..form.clone() }
}

/// Ties photos to questions of a form, before or after its answers.
pub(super) async fn send_photo_flag(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let id = form_id(data)?;
    let flags = data.list(&["question_data"])?.into_iter().map(PhotoFlag::read).collect::<Result<Vec<_>, _>>()?;
    let (author, given) = (Author::of(session), id.clone());
    let propose = move |order: &Order| {
        let (item, mut form) = form_of(order, &given, &author);
        let questions = pcr::questions(&form);
        for flag in &flags {
            let photo = items::find(order, ItemKind::Attachment, &flag.file_id, author.connection);
            let photo = photo.ok_or_else(|| Rejection::Invalid {
                member: "file_id".to_owned(),
                reason: format!("{} was not sent before", flag.file_id),
            })?;
            flag_photo(&mut form, &questions, flag, &photo.id);
        }
        Ok(put(item, form))
    };
    submit(session, serial, &id, propose).await
}

fn flag_photo(form: &mut Form, questions: &[pcr::Question], flag: &PhotoFlag, photo: &str) {
    match form.answers.iter_mut().find(|answer| answer.question == flag.question) {
        Some(answer) if answer.photos.iter().any(|known| known == photo) => {}
        Some(answer) => answer.photos.push(photo.to_owned()),
        None => {
            let asked = questions.iter().find(|known| known.id == flag.question);
            form.answers.push(Answer {
                question: flag.question.clone(),
                text: asked.map(|asked| asked.text.clone()).unwrap_or_default(),
                photos: vec![photo.to_owned()],
                ..Answer::default()
            });
        }
    }
}

/// Does it, and keeps which order the caller's own form ids lead to.
async fn submit(
    session: &Session<'_>,
    serial: Serial,
    id: &str,
    propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
) -> Result<String, Error> {
    let order = session.change(serial, propose).await?;
    let own = items::find(&order, ItemKind::Form, id, session.id());
    if own.is_some_and(|item| items::is_own(item, Some(session.id()))) {
        let known = session.cx.ledger.record(session.id().into(), FORMS, id).await?;
        let value = serial.to_string();
        if known.as_ref() != Some(&value) {
            let record = Record {
                holder: session.id().into(),
                namespace: FORMS.to_owned(),
                key: id.to_owned(),
                value: Some(value),
                expected: None,
            };
            let submission = Submission { records: vec![record], ..Submission::default() };
            session.cx.ledger.submit(&session.caller, submission).await?;
        }
    }
    Ok("null".to_owned())
}
