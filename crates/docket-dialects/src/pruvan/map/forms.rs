//! Surveys and the forms of an order.
//!
//! A template on a service is a form of the order; what the field answers fills it. Of several submissions the latest
//! counts, whenever it arrives. A survey knows its photos by their serials, which are the ids of the attachments; they
//! may come before or after it.

use super::tasks::Asked;
use crate::pruvan::wire::item::{Upload, moment};
use crate::pruvan::wire::survey::{self, Question, Survey};
use crate::pruvan::wire::{Members, Object, Scalar, elements, quoted, scalar};
use docket_core::Timestamp;
use docket_core::order::{Answer, Body, Form, Item, Order, Origin, Task};
use std::borrow::Cow;

/// The member of a form's bag that lists the submissions that no longer count.
const SUPERSEDED: &str = "docket.superseded";
/// How many of them are remembered.
const SUPERSEDED_LIMIT: usize = 100;

/// In whose name items are written.
pub struct By {
    /// From where.
    pub origin: Origin,
    /// Who.
    pub author: String,
    /// When.
    pub now: Timestamp,
}

/// The id of a form that a template makes on a task.
pub fn form_id(template: &str, task: Option<&str>) -> String {
    match task {
        Some(task) => format!("{template}@{task}"),
        None => template.to_owned(),
    }
}

/// The template id of a form, without the blanks and hyphens that Pruvan does not take.
pub fn template_of<'a>(item: &'a Item, form: &'a Form) -> Cow<'a, str> {
    let named = [&form.template, &form.name].into_iter().find(|name| !name.trim().is_empty());
    sanitized(named.unwrap_or(&item.id))
}

fn sanitized(template: &str) -> Cow<'_, str> {
    let unfit = |letter: char| letter.is_whitespace() || letter == '-';
    match template.contains(unfit) {
        true => Cow::Owned(template.replace(unfit, "_")),
        false => Cow::Borrowed(template),
    }
}

/// The form that a survey of this template on this task fills, whoever asked for it.
pub fn find<'a>(order: &'a Order, template: &str, task: Option<&str>) -> Option<(&'a Item, &'a Form)> {
    let template = sanitized(template);
    let same = |(item, form): &(&Item, &Form)| {
        let here = form.task.is_none() || task.is_none() || form.task.as_deref() == task;
        here && template_of(item, form) == template
    };
    let nearer = |(item, form): &(&Item, &Form)| (form.task.as_deref() == task, item.origin.dialect == "pruvan");
    order.forms().filter(same).max_by_key(nearer)
}

/// The form as a published survey leaves it; `None` when the survey no longer counts.
pub fn received(order: &Order, upload: &Upload, survey: &Survey, id: &str, by: &By) -> Option<Item> {
    let task = upload.service.as_deref();
    let Some((item, known)) = find(order, &survey.template, task) else {
        let name = [&survey.name, &survey.template].into_iter().find(|name| !name.is_empty());
        let form = Form {
            name: name.map_or("Survey", String::as_str).to_owned(),
            template: survey.template.clone(),
            version: survey.version.clone(),
            task: task.map(str::to_owned),
            required: false,
            definition: None,
            submitted_at: Some(upload.taken_at.unwrap_or(by.now)),
            answers: survey.answers.clone(),
        };
        // A survey without a template is known by its own serial only.
        let id = if survey.template.is_empty() { id.to_owned() } else { form_id(&survey.template, task) };
        return Some(Item { wire: Some(upload.said.clone()), ..new_item(id, form, by) });
    };
    // Only a form that came in through this dialect keeps this dialect's words.
    let bag = Some(item.wire.as_deref()).filter(|_| item.origin.dialect == "pruvan");
    let last = Last::of(bag.flatten(), known);
    if last.outdates(upload, id) {
        return None;
    }
    let mut form = known.clone();
    form.answers = survey.answers.iter().map(|answer| completed(answer, &known.answers)).collect();
    if !survey.version.is_empty() {
        form.version.clone_from(&survey.version);
    }
    let again = form.answers == known.answers && (upload.taken_at.is_none() || last.id.as_deref() == Some(id));
    if !again || form.submitted_at.is_none() {
        form.submitted_at = Some(upload.taken_at.unwrap_or(by.now));
    }
    let wire = match bag {
        Some(_) => Some(last.followed_by(upload, id)),
        None => item.wire.clone(),
    };
    let author = by.author.clone();
    Some(Item { author, at: by.now, wire, body: Body::Form(form), ..item.clone() })
}

/// What is known of the last submission of a form.
struct Last {
    id: Option<String>,
    taken_at: Option<Timestamp>,
    superseded: Vec<String>,
}

impl Last {
    fn of(bag: Option<&str>, form: &Form) -> Last {
        let Some(bag) = bag else {
            return Last { id: None, taken_at: form.submitted_at, superseded: Vec::new() };
        };
        let members = Members::read(bag);
        let said = |name: &str| match members.get(name).map(scalar) {
            Some(Scalar::Text(text)) if !text.trim().is_empty() => Some(text.into_owned()),
            _ => None,
        };
        let listed = members.get(SUPERSEDED).and_then(elements).unwrap_or_default();
        let listed = listed.into_iter().filter_map(|id| match scalar(id.get()) {
            Scalar::Text(text) => Some(text.into_owned()),
            Scalar::Null | Scalar::Other => None,
        });
        Last {
            id: ["uuId", "uuid", "pictureId"].iter().find_map(|name| said(name)),
            taken_at: ["creationDate", "timestamp", "gpsTimestamp"].iter().find_map(|name| moment(&said(name)?)),
            superseded: listed.collect(),
        }
    }

    /// Whether a submission is older than this one, by its serial or by its time.
    fn outdates(&self, upload: &Upload, id: &str) -> bool {
        if self.id.as_deref() == Some(id) {
            return false;
        }
        let earlier = upload.taken_at.zip(self.taken_at).is_some_and(|(new, last)| new < last);
        earlier || self.superseded.iter().any(|known| known == id)
    }

    /// The bag after the next submission.
    fn followed_by(mut self, upload: &Upload, id: &str) -> String {
        if let Some(last) = self.id.take().filter(|last| last != id) {
            self.superseded.push(last);
        }
        if self.superseded.is_empty() {
            return upload.said.clone();
        }
        let from = self.superseded.len().saturating_sub(SUPERSEDED_LIMIT);
        let listed: Vec<String> = self.superseded.iter().skip(from).map(|id| quoted(id)).collect();
        let mut object = Object::default();
        for (name, value) in Members::read(&upload.said).iter() {
            object.raw(name, value);
        }
        object.raw(SUPERSEDED, &format!("[{}]", listed.join(",")));
        object.finish()
    }
}

/// What a form's bag holds of the item as it was published.
pub fn published(bag: &str) -> String {
    Members::read(bag).without(SUPERSEDED)
}

/// An answer with what the form knew of its question.
fn completed(answer: &Answer, known: &[Answer]) -> Answer {
    let mut answer = answer.clone();
    if let Some(known) = known.iter().find(|known| known.question == answer.question) {
        for (said, before) in [(&mut answer.text, &known.text), (&mut answer.kind, &known.kind)] {
            if said.is_empty() {
                said.clone_from(before);
            }
        }
    }
    answer
}

fn new_item(id: String, form: Form, by: &By) -> Item {
    let (origin, author) = (by.origin.clone(), by.author.clone());
    Item { id, place: 0, origin, author, at: by.now, wire: None, body: Body::Form(form) }
}

/// The forms that pushed services ask for, as against those the order has.
pub fn pushed(order: Option<&Order>, services: &[Asked], tasks: &[Task], by: &By) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for asked in services {
        let task = asked.task_name(tasks);
        if let Some(survey) = asked.dynamic() {
            items.extend(dynamic(order, survey, task, by));
        }
        let template = asked.survey().filter(|template| {
            let named = asked.dynamic().is_some_and(|survey| survey.template == *template);
            !named && order.is_none_or(|order| find(order, template, task).is_none())
        });
        if let Some(template) = template {
            let form = Form {
                name: template.to_owned(),
                template: template.to_owned(),
                version: String::new(),
                task: task.map(str::to_owned),
                required: true,
                definition: None,
                submitted_at: None,
                answers: Vec::new(),
            };
            items.push(new_item(form_id(template, task), form, by));
        }
    }
    items
}

/// A template embedded in a service. One that comes with answers is a survey sent back to be done again: its answers
/// are where the field goes on from.
fn dynamic(order: Option<&Order>, survey: &Survey, task: Option<&str>, by: &By) -> Option<Item> {
    let known = order.and_then(|order| find(order, &survey.template, task));
    if known.is_some_and(|(_, form)| form.definition.as_deref() == Some(survey.text.as_str())) {
        return None;
    }
    let name = [&survey.name, &survey.template].into_iter().find(|name| !name.is_empty());
    let mut form = known.map(|(_, form)| form.clone()).unwrap_or_default();
    form.name = name.map_or("Survey", String::as_str).to_owned();
    form.version.clone_from(&survey.version);
    form.required = true;
    form.definition = Some(survey.text.clone());
    if !survey.answers.is_empty() {
        form.answers.clone_from(&survey.answers);
        form.submitted_at = None;
    }
    Some(match known {
        Some((item, _)) => {
            let author = by.author.clone();
            Item { author, at: by.now, body: Body::Form(form), ..item.clone() }
        }
        None => {
            form.template.clone_from(&survey.template);
            form.task = task.map(str::to_owned);
            let template = if survey.template.is_empty() { "survey" } else { survey.template.as_str() };
            new_item(form_id(template, task), form, by)
        }
    })
}

/// The survey that goes onto a service so that the field can fill a form, or go on filling it: JSON text.
///
/// What was sent for the purpose is sent on while it still says what the form says; a form that the field answered
/// through Pruvan goes back only as rework, its survey unchanged.
pub fn to_be_filled(order: &Order, item: &Item, form: &Form, serial: &dyn Fn(&str) -> String) -> Option<String> {
    if form.submitted_at.is_some() && !order.fields.rework {
        return None;
    }
    if let Some(sent) = form.definition.as_deref().and_then(|text| survey::read(text, None)) {
        let asks = !sent.questions.is_empty() || !sent.answers.is_empty();
        // What comes back is known by its template.
        let is_named = !sent.template.is_empty() || form.template.is_empty();
        if asks && is_named && (sent.answers == form.answers || form.answers.is_empty()) {
            return Some(sent.text);
        }
    }
    if let Some(published) = as_published(item, form) {
        return Some(published);
    }
    let mut questions = form.definition.as_deref().map(survey::questions).unwrap_or_default();
    if questions.is_empty() {
        questions.extend(form.answers.iter().map(asked));
    }
    if questions.is_empty() {
        return None;
    }
    let questions: Vec<String> = questions.iter().map(question_of).collect();
    let mut survey = Object::default();
    survey.raw("meta", &meta_of(item, form));
    survey.raw("questions", &format!("[{}]", questions.join(",")));
    let given = |answer: &&Answer| !answer.values.is_empty() || !answer.photos.is_empty();
    let answers: Vec<String> = form.answers.iter().filter(given).map(|answer| answer_of(answer, serial)).collect();
    if !answers.is_empty() {
        survey.raw("answers", &format!("[{}]", answers.join(",")));
    }
    Some(survey.finish())
}

fn asked(answer: &Answer) -> Question {
    let (id, text, kind) = (answer.question.clone(), answer.text.clone(), answer.kind.clone());
    Question { id, text, kind, options: Vec::new() }
}

/// The survey as it was published, while the form still says the same.
fn as_published(item: &Item, form: &Form) -> Option<String> {
    let bag = item.wire.as_deref().filter(|_| item.origin.dialect == "pruvan")?;
    let sent = survey::read(Members::read(bag).get("survey")?, None)?;
    (sent.answers == form.answers).then_some(sent.text)
}

fn meta_of(item: &Item, form: &Form) -> String {
    let mut meta = Object::default();
    meta.text("surveyTemplateId", &template_of(item, form));
    meta.text("version", &form.version);
    meta.text("name", &form.name);
    meta.finish()
}

/// A form as a survey, JSON text: as it was published while that still says the same.
pub fn survey_of(item: &Item, form: &Form, serial: &dyn Fn(&str) -> String) -> String {
    if let Some(published) = as_published(item, form) {
        return published;
    }
    let answers: Vec<String> = form.answers.iter().map(|answer| answer_of(answer, serial)).collect();
    let mut survey = Object::default();
    survey.raw("meta", &meta_of(item, form));
    survey.raw("answers", &format!("[{}]", answers.join(",")));
    survey.finish()
}

/// How a question is put, and so how its answer is told.
fn put_question(id: &str, text: &str, kind: &str) -> Object {
    let mut object = Object::default();
    object.text("id", id);
    object.text("question", if text.is_empty() { id } else { text });
    object.text("answerType", if kind.is_empty() { "text" } else { kind });
    object
}

fn question_of(question: &Question) -> String {
    let mut object = put_question(&question.id, &question.text, &question.kind);
    if !question.options.is_empty() {
        let options: Vec<String> = question.options.iter().map(|option| quoted(option)).collect();
        object.raw("answerOptions", &format!("[{}]", options.join(",")));
    }
    object.finish()
}

fn answer_of(answer: &Answer, serial: &dyn Fn(&str) -> String) -> String {
    let mut object = put_question(&answer.question, &answer.text, &answer.kind);
    match answer.values.as_slice() {
        [] => object.text("answer", ""),
        [one] => object.text("answer", one),
        several => {
            let several: Vec<String> = several.iter().map(|value| quoted(value)).collect();
            object.raw("answer", &format!("[{}]", several.join(",")));
        }
    }
    if !answer.photos.is_empty() {
        let photos: Vec<String> = answer.photos.iter().map(|photo| quoted(&serial(photo))).collect();
        object.raw("pictures", &format!("[{}]", photos.join(",")));
    }
    object.finish()
}
