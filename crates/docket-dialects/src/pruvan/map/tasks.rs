//! Services of an order object and tasks of an order.
//!
//! On update, services find their tasks by `source_service_id`, else by `serviceName`. Found ones are changed, new
//! ones added, and those not mentioned stay: work already done hangs on them.

use super::invalid;
use crate::pruvan::wire::survey::{self, Survey};
use crate::pruvan::wire::{self, Members, Object, Pairs, SERVICES_LIMIT, Scalar};
use docket_core::order::{Rejection, Task};
use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

/// What one element of `services` says: the outer `None` is nothing, the inner one clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    key: Option<String>,
    name: Option<String>,
    instructions: Option<Option<String>>,
    options: Option<Option<String>>,
    survey: Option<String>,
    dynamic: Option<Survey>,
}

impl Asked {
    /// `serviceName`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// `survey`: the id of a template.
    pub fn survey(&self) -> Option<&str> {
        self.survey.as_deref()
    }

    /// `surveyDynamic`: a template, or a survey to be done again.
    pub fn dynamic(&self) -> Option<&Survey> {
        self.dynamic.as_ref()
    }

    /// The name of its task among these.
    pub fn task_name<'a>(&'a self, tasks: &'a [Task]) -> Option<&'a str> {
        let keyed = self.key.as_ref().and_then(|key| tasks.iter().find(|task| task.key.as_ref() == Some(key)));
        self.name.as_deref().or(keyed.map(|task| task.name.as_str()))
    }
}

/// Reads `services`; `None` says nothing.
pub fn read(value: &str) -> Result<Option<Vec<Asked>>, Rejection> {
    if value == "null" {
        return Ok(None);
    }
    let elements = wire::elements(value).ok_or_else(|| invalid("services", "must be an array"))?;
    if elements.len() > SERVICES_LIMIT {
        return Err(Rejection::Limit { limit: "1000 services in an order" });
    }
    elements.iter().enumerate().map(|(at, element)| read_service(at, element.get())).collect::<Result<_, _>>().map(Some)
}

fn read_service(at: usize, text: &str) -> Result<Asked, Rejection> {
    let Some(pairs) = Pairs::read(text) else {
        return Err(invalid(&format!("services[{at}]"), "must be an object"));
    };
    let mut asked = Asked::default();
    for (name, value) in &pairs.0 {
        let text = |value: &str| match wire::scalar(value) {
            Scalar::Null => Ok(None),
            Scalar::Text(text) => Ok(Some(text.into_owned())),
            Scalar::Other => Err(invalid(&format!("services[{at}].{name}"), "must be a text")),
        };
        let given = |text: &String| !text.trim().is_empty();
        match name.as_ref() {
            "serviceName" => asked.name = text(value.get())?.filter(given),
            "source_service_id" => asked.key = text(value.get())?.filter(given),
            "instructions" => asked.instructions = text(value.get())?.map(|text| Some(text).filter(given)),
            "options" => asked.options = read_options(value.get()),
            // What is no survey is kept with the order as it was sent, and means nothing to us.
            "surveyDynamic" => asked.dynamic = survey::read(value.get(), None),
            "survey" => match wire::scalar(value.get()) {
                Scalar::Text(template) if given(&template.clone().into_owned()) && !template.starts_with('{') => {
                    asked.survey = Some(template.into_owned());
                }
                _ => asked.dynamic = survey::read(value.get(), None).or(asked.dynamic),
            },
            _ => {}
        }
    }
    Ok(asked)
}

fn read_options(value: &str) -> Option<Option<String>> {
    match value {
        "null" => None,
        r#""""# => Some(None),
        json => Some(Some(json.to_owned())),
    }
}

fn new_task(at: usize, asked: &Asked) -> Result<Task, Rejection> {
    let Some(name) = &asked.name else {
        return Err(Rejection::Missing { member: format!("services[{at}].serviceName") });
    };
    Ok(Task {
        key: asked.key.clone(),
        name: name.clone(),
        instructions: asked.instructions.clone().flatten(),
        options: asked.options.clone().flatten(),
        ..Task::default()
    })
}

/// The tasks of a new order.
pub fn create(services: &[Asked]) -> Result<Vec<Task>, Rejection> {
    services.iter().enumerate().map(|(at, asked)| new_task(at, asked)).collect()
}

/// The tasks of an order after an update.
pub fn merge(tasks: &[Task], services: &[Asked]) -> Result<Vec<Task>, Rejection> {
    let known: Vec<Named<'_>> = tasks.iter().map(|task| (task.key.as_deref(), Some(task.name.as_str()))).collect();
    let wanted: Vec<Named<'_>> = services.iter().map(|asked| (asked.key.as_deref(), asked.name.as_deref())).collect();
    let mut merged = tasks.to_vec();
    for (at, (asked, found)) in services.iter().zip(pair(&known, &wanted)).enumerate() {
        match found.and_then(|found| merged.get_mut(found)) {
            Some(task) => change(task, asked),
            None => merged.push(new_task(at, asked)?),
        }
    }
    if merged.len() > SERVICES_LIMIT {
        return Err(Rejection::Limit { limit: "1000 services in an order" });
    }
    Ok(merged)
}

fn change(task: &mut Task, asked: &Asked) {
    if let Some(key) = &asked.key {
        task.key = Some(key.clone());
    }
    if let Some(name) = &asked.name {
        task.name.clone_from(name);
    }
    if let Some(instructions) = &asked.instructions {
        task.instructions.clone_from(instructions);
    }
    if let Some(options) = &asked.options {
        task.options.clone_from(options);
    }
}

/// Id and name of a service.
type Named<'a> = (Option<&'a str>, Option<&'a str>);
/// The same, decoded from JSON.
type Decoded<'a> = (Option<Cow<'a, str>>, Option<Cow<'a, str>>);

/// For each wanted service the known one it means, each meant at most once: first by id, then by name. Two
/// services with different ids are different, whatever their names.
fn pair(known: &[Named<'_>], wanted: &[Named<'_>]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut taken = vec![false; known.len()];
    let mut by_key: HashMap<&str, VecDeque<usize>> = HashMap::new();
    let mut by_name: HashMap<(bool, &str), VecDeque<usize>> = HashMap::new();
    for (at, (key, name)) in known.iter().enumerate() {
        if let Some(key) = key {
            by_key.entry(key).or_default().push_back(at);
        }
        if let Some(name) = name {
            by_name.entry((key.is_some(), name)).or_default().push_back(at);
        }
    }
    for (slot, (key, _)) in found.iter_mut().zip(wanted) {
        *slot = key.and_then(|key| by_key.get_mut(key)).and_then(VecDeque::pop_front);
        if let Some(taken) = slot.and_then(|at| taken.get_mut(at)) {
            *taken = true;
        }
    }
    for (slot, (key, name)) in found.iter_mut().zip(wanted).filter(|(slot, _)| slot.is_none()) {
        let Some(name) = name else { continue };
        // An id that is not known yet may belong to a task that has none, but not to one that has another.
        for keyed in if key.is_some() { &[false][..] } else { &[false, true][..] } {
            let Some(queue) = by_name.get_mut(&(*keyed, *name)).filter(|_| slot.is_none()) else { continue };
            *slot = std::iter::from_fn(|| queue.pop_front()).find(|at| taken.get(*at) == Some(&false));
        }
        if let Some(taken) = slot.and_then(|at| taken.get_mut(at)) {
            *taken = true;
        }
    }
    found
}

fn named<'a>(members: &'a [Members<'_>]) -> Vec<Decoded<'a>> {
    let text = |members: &'a Members<'_>, name: &str| match wire::scalar(members.get(name)?) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text),
        Scalar::Null | Scalar::Text(_) | Scalar::Other => None,
    };
    members.iter().map(|members| (text(members, "source_service_id"), text(members, "serviceName"))).collect()
}

fn read_all(text: &str) -> Vec<Members<'_>> {
    wire::elements(text).unwrap_or_default().into_iter().map(|element| Members::read(element.get())).collect()
}

fn borrowed<'a>(named: &'a [Decoded<'a>]) -> Vec<Named<'a>> {
    named.iter().map(|(key, name)| (key.as_deref(), name.as_deref())).collect()
}

/// A JSON array of these.
pub fn array(items: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// The text of `services` after an update; `None` when it is as before.
pub fn merge_text(before: &str, update: &str) -> Option<String> {
    let mut known = read_all(before);
    let wanted = read_all(update);
    let found = pair(&borrowed(&named(&known)), &borrowed(&named(&wanted)));
    let mut changed = false;
    for (members, found) in wanted.into_iter().zip(found) {
        match found.and_then(|found| known.get_mut(found)) {
            Some(service) => {
                for (name, value) in members.iter().filter(|(name, value)| is_said(name, value)) {
                    changed |= service.put(Cow::Owned(name.to_owned()), Cow::Owned(value.to_owned()));
                }
            }
            None => {
                known.push(members);
                changed = true;
            }
        }
    }
    changed.then(|| array(known.iter().map(Members::text)))
}

fn is_said(name: &str, value: &str) -> bool {
    let blank = matches!(wire::scalar(value), Scalar::Text(text) if text.trim().is_empty());
    value != "null" && !(blank && matches!(name, "serviceName" | "source_service_id"))
}

/// The tasks of an order as `services`: those sent through Pruvan as they were sent, where they still say the same.
pub fn write(tasks: &[Task], sent: Option<&str>, fallback: &str) -> String {
    let sent = sent.map(read_all).unwrap_or_default();
    if tasks.is_empty() {
        // Pruvan knows no order without a service.
        let mut only = Object::default();
        only.text("serviceName", fallback);
        return array([only.finish()]);
    }
    let wanted: Vec<Named<'_>> = tasks.iter().map(|task| (task.key.as_deref(), Some(task.name.as_str()))).collect();
    let found = pair(&borrowed(&named(&sent)), &wanted);
    array(tasks.iter().zip(found).map(|(task, found)| write_task(task, found.and_then(|found| sent.get(found)))))
}

fn write_task(task: &Task, sent: Option<&Members<'_>>) -> String {
    let mut object = Object::default();
    let current = [
        ("serviceName", Some(wire::quoted(&task.name))),
        ("source_service_id", task.key.as_deref().map(wire::quoted)),
        ("instructions", task.instructions.as_deref().map(wire::quoted)),
        ("options", task.options.as_deref().map(json)),
    ];
    for (name, value) in sent.into_iter().flat_map(Members::iter) {
        let shown = match current.iter().find(|(known, _)| *known == name) {
            Some((_, now)) if !says(name, value, task) => now.as_deref().unwrap_or("\"\""),
            _ => value,
        };
        object.raw(name, shown);
    }
    for (name, value) in current {
        if let (Some(value), true) = (value, sent.is_none_or(|sent| sent.get(name).is_none())) {
            object.raw(name, &value);
        }
    }
    object.finish()
}

/// `services` with surveys to be filled: each on the service of its name, one without on the first. A service holds one.
pub fn with_surveys(services: &str, surveys: &[(Option<&str>, String)]) -> String {
    let mut known = read_all(services);
    let mut taken = vec![false; known.len()];
    for (task, survey) in surveys {
        let named = |members: &Members<'_>| match members.get("serviceName").map(wire::scalar) {
            Some(Scalar::Text(name)) => task.is_none_or(|task| task == name),
            _ => false,
        };
        let at = known.iter().zip(&taken).position(|(members, taken)| !taken && named(members));
        let Some(at) = at else { continue };
        if let (Some(members), Some(taken)) = (known.get_mut(at), taken.get_mut(at)) {
            members.put(Cow::Borrowed("surveyDynamic"), Cow::Owned(survey.clone()));
            *taken = true;
        }
    }
    array(known.iter().map(Members::text))
}

/// Whether a member of a service still says what the task is.
fn says(name: &str, value: &str, task: &Task) -> bool {
    if name == "options" {
        return read_options(value).flatten() == task.options;
    }
    let text = match wire::scalar(value) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text),
        Scalar::Null | Scalar::Text(_) => None,
        Scalar::Other => return false,
    };
    match name {
        "serviceName" => text.as_deref() == Some(task.name.as_str()),
        "source_service_id" => text.as_deref() == task.key.as_deref(),
        _ => text.as_deref() == task.instructions.as_deref(),
    }
}

/// Text that is JSON as it is, any other as a JSON string.
pub fn json(text: &str) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => text.to_owned(),
        Err(_) => wire::quoted(text),
    }
}
