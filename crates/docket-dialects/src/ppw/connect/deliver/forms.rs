//! Answers of forms, and the photos that answer questions.

use super::super::mirror::Thing;
use super::{Delivery, digest, files};
use crate::connect::ConnectError;
use crate::ppw::map::pcr;
use crate::ppw::wire::{Members, json};
use docket_core::order::{Answer, Form, Item};
use serde::Serialize;
use serde_json::Value;

/// `send_pcr_answers`.
#[derive(Serialize)]
struct SendPcrAnswers {
    dst_report_id: String,
    pcr_form_id: String,
    pcr_form_rows: Vec<Members>,
}

/// `send_photo_flag`.
#[derive(Serialize)]
struct SendPhotoFlag {
    dst_report_id: String,
    pcr_form_id: String,
    question_data: Vec<PhotoFlag>,
}

#[derive(Serialize)]
struct PhotoFlag {
    file_id: String,
    pcr_question_id: String,
    work_type: &'static str,
}

/// Sends the answers of forms that the source asked for. A form it did not ask for stays here.
pub(super) async fn forms(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let mut count = 0;
    for (id, item, form) in answered(delivery) {
        let asked = asked(delivery, &id).unwrap_or(form);
        let rows: Vec<Members> = rows(asked, form);
        let flags = flags(delivery, item, form);
        let mut is_new = false;
        if !rows.is_empty() {
            let said = digest(&[&json(&rows)]);
            let (report, id) = (delivery.report(), id.clone());
            let thing = Thing::named("form", &id);
            let data = |_: &str| SendPcrAnswers { dst_report_id: report, pcr_form_id: id, pcr_form_rows: rows };
            is_new |= delivery.say_once(thing, said, "send_pcr_answers", data).await?;
        }
        if !flags.is_empty() {
            let said = digest(&[&json(&flags)]);
            let (report, id) = (delivery.report(), id.clone());
            let thing = Thing::named("photo_flag", &id);
            let data = |_: &str| SendPhotoFlag { dst_report_id: report, pcr_form_id: id, question_data: flags };
            is_new |= delivery.say_once(thing, said, "send_photo_flag", data).await?;
        }
        count += usize::from(is_new);
    }
    delivery.count(count, "form", "forms");
    Ok(())
}

/// The forms of the source that are answered, under its ids: the form itself, else one of the same name or template
/// that another system answered.
fn answered<'o>(delivery: &Delivery<'o>) -> Vec<(String, &'o Item, &'o Form)> {
    let is_answered = |form: &Form| form.submitted_at.is_some();
    let theirs = || delivery.order.forms().filter(|(item, _)| delivery.is_theirs(item));
    let others = || delivery.order.forms().filter(|(item, form)| !delivery.is_theirs(item) && is_answered(form));
    let same = |asked: &Form, form: &Form| {
        let names = [&form.name, &form.template];
        names.iter().any(|name| {
            let name = name.trim();
            !name.is_empty() && (name.eq_ignore_ascii_case(asked.name.trim()) || name == asked.template)
        })
    };
    let own = theirs().filter_map(|(item, asked)| {
        if is_answered(asked) {
            return Some((item.id.clone(), item, asked));
        }
        let other = others().find(|(_, form)| same(asked, form));
        other.map(|(answer, form)| (item.id.clone(), answer, form))
    });
    own.collect()
}

/// The form as the source asks it.
fn asked<'o>(delivery: &Delivery<'o>, id: &str) -> Option<&'o Form> {
    let mut theirs = delivery.order.forms().filter(|(item, _)| delivery.is_theirs(item));
    theirs.find(|(item, _)| item.id == id).map(|(_, form)| form)
}

/// One row per answer; of a question that several options answer, one per option.
fn rows(asked: &Form, form: &Form) -> Vec<Members> {
    let questions = pcr::questions(asked);
    let mut rows = Vec::new();
    for answer in &form.answers {
        // Another system has its own ids of questions; what is asked is the same.
        let question = questions.iter().find(|known| known.id == answer.question).or_else(|| {
            let text = answer.text.trim();
            questions.iter().find(|known| !text.is_empty() && known.text.trim().eq_ignore_ascii_case(text))
        });
        let id = question.map_or(&answer.question, |question| &question.id);
        rows.extend(answer.values.iter().map(|value| row(id, question, answer, value)));
    }
    rows
}

fn row(id: &str, question: Option<&pcr::Question>, answer: &Answer, value: &str) -> Members {
    let options = question.map(|question| question.options.as_slice()).unwrap_or_default();
    let option = options.iter().find(|(_, text)| text == value).map(|(number, _)| number.clone());
    let value = option.unwrap_or_else(|| value.to_owned());
    let given = answer.kind.as_str();
    let kind = match question {
        Some(question) => question.kind,
        None if ["int", "date", "longtext", "varchar"].contains(&given) => given,
        None => "varchar",
    };
    // What is no such value is sent as the text it is.
    let fits = match kind {
        "int" => value.trim().parse::<i64>().is_ok(),
        "date" => jiff::civil::Date::strptime("%Y-%m-%d", value.trim()).is_ok(),
        _ => true,
    };
    let kind = if fits { kind } else { "varchar" };
    let mut row = Members::new();
    row.insert("pcr_question_id".to_owned(), id.into());
    row.insert("question_data_type".to_owned(), kind.into());
    row.insert(format!("{kind}_value"), Value::String(value));
    row
}

/// The photos of answers that the source has.
fn flags(delivery: &Delivery<'_>, item: &Item, form: &Form) -> Vec<PhotoFlag> {
    let photos = form.answers.iter().flat_map(|answer| answer.photos.iter().map(move |photo| (answer, photo)));
    let flag = |(answer, photo): (&Answer, &String)| {
        let (file_id, _) = files::photo(delivery, item.origin.connection, photo)?;
        Some(PhotoFlag { file_id, pcr_question_id: answer.question.clone(), work_type: "pc" })
    };
    photos.filter_map(flag).collect()
}
