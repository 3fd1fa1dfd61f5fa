//! Inspection forms as PCR forms. The vendor documents that a definition is an object under the form's id with a
//! header `options_pcr_forms`; what else is in it could not be read, so the names beyond the header are ours.

use crate::ppw::ID;
use crate::ppw::wire::{json, text_of};
use docket_core::order::{Answer, Form, Item};
use serde_json::{Map, Value, json};

/// The version of a form that names none.
const FIRST_VERSION: &str = "1";
/// How deep sections of questions are followed.
const SECTIONS: usize = 8;

/// A question as far as PPW has a place for it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ppw) struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// `varchar`, `int`, `date` or `longtext`.
    pub kind: &'static str,
    /// Several options may be ticked.
    pub multiple: bool,
    /// It must be answered.
    pub required: bool,
    /// What can be chosen from: id and text.
    pub options: Vec<(String, String)>,
}

/// The version under which a form is shown.
pub(in crate::ppw) fn version(form: &Form) -> &str {
    if form.version.trim().is_empty() { FIRST_VERSION } else { &form.version }
}

/// The name under which a form is shown.
pub(in crate::ppw) fn name(form: &Form) -> &str {
    [&form.name, &form.template].into_iter().find(|name| !name.trim().is_empty()).map_or("Form", String::as_str)
}

/// The questions of a form: those of its definition in whatever dialect, else those that were answered.
pub(in crate::ppw) fn questions(form: &Form) -> Vec<Question> {
    let mut found = Vec::new();
    if let Some(definition) = form.definition.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
        collect(&definition, SECTIONS, &mut found);
    }
    if found.is_empty() {
        found.extend(form.answers.iter().map(answered));
    }
    found
}

fn answered(answer: &Answer) -> Question {
    let kind = kind_of(&answer.kind);
    Question {
        id: answer.question.clone(),
        text: answer.text.clone(),
        kind,
        multiple: answer.values.len() > 1,
        required: false,
        options: Vec::new(),
    }
}

/// Looks for questions: in a list, under a name for lists of them, in sections, in what only wraps a form.
fn collect(definition: &Value, depth: usize, found: &mut Vec<Question>) {
    const LISTS: &[&str] = &["questions", "pcr_questions", "sections", "fields"];
    let is_top = depth == SECTIONS;
    let Some(depth) = depth.checked_sub(1) else { return };
    match definition {
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, depth, found)),
        Value::Object(members) => {
            let list = |name: &&str| members.get(*name).filter(|list| list.is_array());
            let lists: Vec<&Value> = LISTS.iter().filter_map(list).collect();
            match question(members) {
                _ if !lists.is_empty() => lists.into_iter().for_each(|list| collect(list, depth, found)),
                // Answers are questions only where nothing else is; within a question they are its options.
                _ if is_top && list(&"answers").is_some() => {
                    members.get("answers").into_iter().for_each(|list| collect(list, depth, found));
                }
                Some(question) if !found.iter().any(|known| known.id == question.id) => found.push(question),
                None if is_top => members.values().for_each(|inner| collect(inner, depth, found)),
                Some(_) | None => {}
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn first(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let texts = names.iter().filter_map(|name| members.get(*name).and_then(text_of));
    texts.into_iter().find(|text| !text.trim().is_empty())
}

fn question(members: &Map<String, Value>) -> Option<Question> {
    let id = first(members, &["pcr_question_id", "id", "question_id", "key"])?;
    let text = first(members, &["question", "question_text", "text", "label", "title", "name"]).unwrap_or_default();
    let word = first(members, &["answerType", "question_data_type", "kind", "type"]).unwrap_or_default();
    let word = word.to_lowercase();
    let listed = ["answerOptions", "options", "choices"].iter().find_map(|name| members.get(*name)?.as_array());
    let mut options: Vec<(String, String)> =
        (1..).zip(listed.into_iter().flatten()).filter_map(|(number, entry)| option(number, entry)).collect();
    if options.is_empty() && matches!(word.as_str(), "yesno" | "yes_no" | "boolean" | "bool") {
        options = vec![("1".to_owned(), "Yes".to_owned()), ("2".to_owned(), "No".to_owned())];
    }
    let multiple = ["multi", "check"].iter().any(|part| word.contains(part))
        || members.get("multiple").and_then(Value::as_bool).unwrap_or_default();
    let required =
        ["required", "isRequired"].iter().any(|name| members.get(*name).and_then(Value::as_bool) == Some(true));
    let kind = if options.is_empty() { kind_of(&word) } else { "int" };
    Some(Question { id, text, kind, multiple, required, options })
}

/// Options are numbered, because PPW answers a choice by a whole number; those with a number of PPW's keep it.
fn option(number: usize, entry: &Value) -> Option<(String, String)> {
    let Value::Object(members) = entry else { return Some((number.to_string(), text_of(entry)?)) };
    let text = first(members, &["option_text", "label", "text", "option", "name", "value", "key", "id"])?;
    Some((first(members, &["option_id"]).unwrap_or_else(|| number.to_string()), text))
}

/// The data type for a word of any dialect.
fn kind_of(word: &str) -> &'static str {
    let word: String = word.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    match word.as_str() {
        "int" | "integer" | "number" | "numeric" | "count" | "counter" => "int",
        "longtext" | "longanswer" | "textarea" | "multiline" | "memo" | "paragraph" => "longtext",
        date if date.starts_with("date") => "date",
        _ => "varchar",
    }
}

/// What an answer means: the number of a known option is that option, anything else what it says.
pub(in crate::ppw) fn meaning(questions: &[Question], id: &str, value: String) -> String {
    let options = questions.iter().find(|question| question.id == id).map(|question| &question.options);
    let chosen = options.and_then(|options| options.iter().find(|(number, _)| *number == value));
    chosen.map_or(value, |(_, text)| text.clone())
}

/// Which required questions have no answer.
pub(in crate::ppw) fn unanswered(form: &Form) -> impl Iterator<Item = Question> {
    let is_answered = |question: &Question| {
        form.answers
            .iter()
            .any(|answer| answer.question == question.id && !(answer.values.is_empty() && answer.photos.is_empty()))
    };
    questions(form).into_iter().filter(move |question| question.required && !is_answered(question))
}

/// What `get_pcr_json` answers for a form: its only member is named by the form's id.
///
/// A definition that came in this dialect goes out as it came.
pub(in crate::ppw) fn document(id: &str, item: &Item, form: &Form, account: &str) -> String {
    let definition: Option<Value> = form.definition.as_deref().and_then(|text| serde_json::from_str(text).ok());
    if let Some(Value::Object(members)) = definition.as_ref().filter(|_| item.origin.dialect == ID) {
        let wrapped = members.get(id).is_some_and(Value::is_object);
        return if wrapped { json(members) } else { json(&json!({ id: members })) };
    }
    let questions: Vec<Value> = questions(form).iter().map(question_to_wire).collect();
    let mut document = json!({
        "options_pcr_forms": {
            "pcr_form_id": id,
            "form_ver_id": version(form),
            "org_id": account,
            "pcr_form_name": name(form),
        },
        "pcr_questions": questions,
    });
    if let (Some(definition), Some(members)) = (definition, document.as_object_mut()) {
        members.insert("definition".to_owned(), definition);
    }
    json(&json!({ id: document }))
}

fn question_to_wire(question: &Question) -> Value {
    let options: Vec<Value> =
        question.options.iter().map(|(id, text)| json!({"option_id": id, "option_text": text})).collect();
    json!({
        "pcr_question_id": question.id,
        "question_text": question.text,
        "question_data_type": question.kind,
        "multiple": question.multiple,
        "required": question.required,
        "options": options,
    })
}
