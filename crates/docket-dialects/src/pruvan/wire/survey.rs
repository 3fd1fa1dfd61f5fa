//! Surveys: templates (`meta` and `questions`) and what was answered (`meta` and `answers`).
//!
//! No readable page lists the members of an answer, so what is not understood is left alone: the text is kept whole, and
//! only what a form needs is read from it.

use super::{inspect, is_sound};
use crate::json::{Scalar, scalar};
use docket_core::order::Answer;
use serde_json::Value;

/// How deep sections may stand in one another.
const SECTIONS_LIMIT: usize = 16;
/// The shortest text taken for a photo's serial; `yes` and `2` are none.
const SERIAL_BYTES: usize = 8;

/// A survey, read once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// `meta.surveyTemplateId`, else what the item's `template` names behind its prefix.
    pub template: String,
    /// `meta.version`.
    pub version: String,
    /// `meta.name`.
    pub name: String,
    /// What was answered, sections flattened.
    pub answers: Vec<Answer>,
    /// What is asked, sections flattened: questions without an answer.
    pub questions: Vec<Answer>,
    /// As it was sent, JSON text.
    pub text: String,
}

/// Reads a member that holds a survey: an object, or the JSON text of one. `None` when it holds none.
pub fn read(value: &str, template: Option<&str>) -> Option<Survey> {
    let text = match scalar(value) {
        Scalar::Text(text) => text.into_owned(),
        Scalar::Other => value.to_owned(),
        Scalar::Null => return None,
    };
    if !text.trim_start().starts_with('{') || inspect(&text).is_err() || !is_sound(&text) {
        return None;
    }
    let json: Value = serde_json::from_str(&text).ok()?;
    if json.as_object()?.is_empty() {
        return None;
    }
    let meta = |name: &str| plain(&json["meta"][name]).filter(|said| !said.trim().is_empty());
    let named = template.map(|template| template.rsplit("::").next().unwrap_or_default().to_owned());
    let mut survey = Survey {
        template: meta("surveyTemplateId").or(named).unwrap_or_default(),
        version: meta("version").unwrap_or_default(),
        name: meta("name").unwrap_or_default(),
        ..Survey::default()
    };
    collect(&json["answers"], 0, &mut survey.answers);
    collect(&json["questions"], 0, &mut survey.questions);
    survey.text = text;
    Some(survey)
}

/// The questions of a list and of the sections in it.
fn collect(list: &Value, depth: usize, found: &mut Vec<Answer>) {
    for element in list.as_array().into_iter().flatten() {
        if element["type"] == "section" && depth < SECTIONS_LIMIT {
            collect(&element["questions"], depth + 1, found);
            collect(&element["answers"], depth + 1, found);
            continue;
        }
        let text = |name: &str| plain(&element[name]).unwrap_or_default();
        if !text("id").is_empty() || !text("question").is_empty() {
            let question = if text("id").is_empty() { text("question") } else { text("id") };
            let (text, kind) = (text("question"), text("answerType"));
            found.push(Answer { question, text, kind, values: values(&element["answer"]), photos: photos(element) });
        }
    }
}

/// A question, as some dialect asks it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// What kind of answer, in the asker's word.
    pub kind: String,
    /// What can be chosen from.
    pub options: Vec<String>,
}

/// The questions of another dialect's definition, as far as they can be made out; none where they cannot.
pub fn questions(definition: &str) -> Vec<Question> {
    let mut found = Vec::new();
    if inspect(definition).is_ok()
        && let Ok(definition) = serde_json::from_str::<Value>(definition)
    {
        seek(&definition, 0, &mut found);
    }
    found
}

/// Looks into lists, sections, and objects that only wrap others (PPW puts a form under its own id).
fn seek(definition: &Value, depth: usize, found: &mut Vec<Question>) {
    const LISTS: &[&str] = &["questions", "pcr_questions", "sections", "fields"];
    if depth >= SECTIONS_LIMIT {
        return;
    }
    match definition {
        Value::Array(entries) => entries.iter().for_each(|entry| seek(entry, depth + 1, found)),
        Value::Object(members) => {
            let lists: Vec<&Value> = LISTS.iter().filter_map(|list| members.get(*list)).collect();
            match (lists.is_empty(), question(definition)) {
                (false, _) => lists.into_iter().for_each(|list| seek(list, depth + 1, found)),
                (true, Some(question)) => found.push(question),
                (true, None) if depth == 0 => members.values().for_each(|inner| seek(inner, depth + 1, found)),
                (true, None) => {}
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn question(members: &Value) -> Option<Question> {
    let first = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| plain(&members[*name]));
        texts.into_iter().find(|text| !text.trim().is_empty())
    };
    let options = ["answerOptions", "options", "choices"].iter().find_map(|name| members[*name].as_array());
    let option = |entry: &Value| match entry {
        Value::Object(_) => {
            ["option_text", "label", "text", "name", "value"].iter().find_map(|name| plain(&entry[*name]))
        }
        other => plain(other),
    };
    Some(Question {
        id: first(&["id", "pcr_question_id", "question_id", "key"])?,
        text: first(&["question", "question_text", "text", "label", "title", "name"]).unwrap_or_default(),
        kind: first(&["answerType", "question_data_type", "kind", "type"]).unwrap_or_default(),
        options: options.into_iter().flatten().filter_map(option).collect(),
    })
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn values(answer: &Value) -> Vec<String> {
    match answer {
        Value::Array(several) => several.iter().flat_map(values).collect(),
        Value::Object(_) => vec![answer.to_string()],
        one => plain(one).into_iter().filter(|text| !text.is_empty()).collect(),
    }
}

/// The serials of the photos of an answer. Their member is not documented: whatever speaks of pictures and holds texts.
fn photos(element: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (name, value) in element.as_object().into_iter().flatten() {
        let name = name.to_ascii_lowercase();
        if ["pic", "photo", "uuid", "image"].iter().any(|word| name.contains(word)) {
            serials(value, &mut found);
        }
    }
    found
}

fn serials(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let serial = |text: &&str| text.len() >= SERIAL_BYTES && !text.contains(char::is_whitespace);
            for serial in text.split(',').map(str::trim).filter(serial) {
                if !found.iter().any(|known| known == serial) {
                    found.push(serial.to_owned());
                }
            }
        }
        Value::Array(several) => several.iter().for_each(|one| serials(one, found)),
        Value::Object(one) => {
            ["uuId", "uuid"].iter().filter_map(|name| one.get(*name)).for_each(|named| serials(named, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
