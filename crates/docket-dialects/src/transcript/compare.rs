//! Comparing what was answered with what a transcript expects.

use super::pattern::{Variables, filled, placeholder, substitute};
use super::words::{alike, bare, shortened, value};
use serde_json::{Map, Value};

/// An answer that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `$.result_data[0].wo_number`, `header content-type`, `status`.
    pub at: String,
    /// What, in a person's words, naming the place.
    pub words: String,
    /// What sort it is.
    pub weight: Weight,
}

/// How much a difference matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A client may stumble over it.
    Fault,
    /// Means the same, and is spelled otherwise.
    Remark,
    /// There is nothing to compare.
    Nothing,
}

/// Compares an answer with the expected text: by value when both are JSON, otherwise as text. Binds placeholders.
///
/// With `subset`, the answer's objects may have more members. The error says where and what.
pub fn compare(expected: &str, actual: &str, subset: bool, variables: &mut Variables) -> Result<(), String> {
    let found = differences(expected, actual, subset, variables);
    match found.into_iter().find(|difference| difference.weight == Weight::Fault) {
        Some(difference) => Err(format!("{}: {}", difference.at, difference.words)),
        None => Ok(()),
    }
}

/// The same; everything that differs.
pub fn differences(expected: &str, actual: &str, subset: bool, variables: &mut Variables) -> Vec<Difference> {
    let mut comparing = Comparing { variables, subset, found: Vec::new() };
    match (serde_json::from_str::<Value>(expected), serde_json::from_str::<Value>(actual)) {
        (Ok(expected), Ok(actual)) => comparing.value("$", &expected, &actual),
        (Ok(_), Err(error)) => {
            comparing.fault("$", format!("the answer is no JSON ({error}): {}", shortened(actual, 300)));
        }
        (Err(_), _) => comparing.text("the body", expected, actual.trim_matches('\n')),
    }
    comparing.found
}

/// Compares a header, or another plain text.
pub(super) fn plain(at: &str, expected: &str, actual: &str, variables: &mut Variables) -> Vec<Difference> {
    let mut comparing = Comparing { variables, subset: false, found: Vec::new() };
    comparing.text(at, expected, actual);
    comparing.found
}

pub(super) struct Comparing<'v> {
    pub(super) variables: &'v mut Variables,
    pub(super) subset: bool,
    pub(super) found: Vec<Difference>,
}

/// The name of a place, for people.
pub(super) fn named(at: &str) -> String {
    match at.strip_prefix("$.").or_else(|| at.strip_prefix('$')) {
        Some("") => "the answer".to_owned(),
        Some(path) => format!("`{path}`"),
        None => at.to_owned(),
    }
}

impl Comparing<'_> {
    pub(super) fn fault(&mut self, at: &str, words: String) {
        self.found.push(Difference { at: at.to_owned(), words, weight: Weight::Fault });
    }

    /// Compares on the side; nothing found or bound is kept.
    pub(super) fn aside(&self, at: &str, expected: &Value, actual: &Value) -> (Vec<Difference>, Variables) {
        let mut variables = self.variables.clone();
        let mut aside = Comparing { variables: &mut variables, subset: self.subset, found: Vec::new() };
        aside.value(at, expected, actual);
        (aside.found, variables)
    }

    pub(super) fn value(&mut self, at: &str, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::String(pattern), _) if placeholder(pattern).is_some() => self.bind_value(at, pattern, actual),
            (Value::String(pattern), Value::String(text)) => match (nested(pattern), nested(text)) {
                (Some(pattern), Some(text)) => {
                    let subset = std::mem::replace(&mut self.subset, false);
                    self.value(at, &pattern, &text);
                    self.subset = subset;
                }
                _ => self.text(at, pattern, text),
            },
            (Value::Object(wanted), Value::Object(found)) => self.object(at, wanted, found),
            (Value::Array(wanted), Value::Array(found)) => self.list(at, wanted, found),
            (Value::Number(wanted), Value::Number(found)) if wanted.as_f64() == found.as_f64() => {}
            _ if expected == actual => {}
            _ => {
                let wanted = filled(&told(expected), self.variables);
                self.fault(at, format!("{} is {}; it must be {wanted}", named(at), value(actual)));
            }
        }
    }

    fn bind_value(&mut self, at: &str, pattern: &str, actual: &Value) {
        let Some((name, kind)) = placeholder(pattern) else { return };
        let text = actual.as_str().map_or_else(|| actual.to_string(), str::to_owned);
        if let Some(kind) = kind.filter(|kind| !kind.fits(actual)) {
            let words = format!("{} is {}; it must be {}", named(at), value(actual), kind.told());
            return self.fault(at, words);
        }
        self.bind(at, name, &text);
    }

    fn object(&mut self, at: &str, wanted: &Map<String, Value>, found: &Map<String, Value>) {
        let mut open = self.subset;
        let mut missing = Vec::new();
        let mut names = Vec::new();
        let mut each = None;
        for (name, like) in wanted {
            match name.as_str() {
                "{{*more}}" => open = true,
                "{{*each}}" => (open, each) = (true, Some(like)),
                _ => {
                    let (name, optional) =
                        name.strip_suffix("{{?}}").map_or((name.as_str(), false), |name| (name, true));
                    // Names of members may hold placeholders that are bound (Wialon keys its orders by id).
                    let name = substitute(name, self.variables).unwrap_or_else(|_| name.to_owned());
                    match found.get(&name) {
                        Some(value) => self.value(&format!("{at}.{name}"), like, value),
                        None if optional => {}
                        None => missing.push((name.clone(), like)),
                    }
                    names.push(name);
                }
            }
        }
        let mut extra: Vec<(&String, &Value)> = found.iter().filter(|(name, _)| !names.contains(name)).collect();
        for (name, like) in missing {
            self.missing(at, &name, like, &mut extra);
        }
        if let Some(like) = each {
            for (name, value) in extra.drain(..) {
                self.value(&format!("{at}.{name}"), like, value);
            }
        }
        if !open {
            for (name, extra) in extra {
                let place = format!("{at}.{name}");
                self.fault(&place, format!("{} must not be there; it is {}", named(&place), value(extra)));
            }
        }
        if !open {
            self.sequence(at, &names, found);
        }
    }

    /// A member that is missing: maybe it goes by another name.
    fn missing(&mut self, at: &str, name: &str, like: &Value, extra: &mut Vec<(&String, &Value)>) {
        let place = format!("{at}.{name}");
        if let Some(found) = extra.iter().position(|(other, _)| alike(name, other)) {
            let (other, _) = extra.remove(found);
            self.fault(&place, format!("{} is called `{other}`; its name is `{name}`", named(&place)));
        } else {
            let wanted = filled(&told(like), self.variables);
            self.fault(&place, format!("{} is missing; it must be there: {wanted}", named(&place)));
        }
    }

    /// Members in another order mean the same.
    fn sequence(&mut self, at: &str, names: &[String], found: &Map<String, Value>) {
        let there: Vec<&String> = names.iter().filter(|name| found.contains_key(*name)).collect();
        let theirs = found.keys().filter(|name| names.contains(name));
        if let Some((name, other)) = there.into_iter().zip(theirs).find(|(name, other)| name != other) {
            let words =
                format!("the members of {} come in another order: `{other}` where the vendor has `{name}`", named(at));
            self.found.push(Difference { at: at.to_owned(), words, weight: Weight::Remark });
        }
    }

    /// Matches a text with placeholders; each takes as little as it can.
    fn text(&mut self, at: &str, pattern: &str, text: &str) {
        let bound = self.variables.clone();
        let mut faults = Vec::new();
        if matches(pattern, text, &mut |name, value| {
            let before = faults.len();
            if let Err(words) = bind(name, value, self.variables) {
                faults.push(format!("{} is {:?}: {words}", named(at), shortened(text, 300)));
            }
            before == faults.len()
        }) {
            return;
        }
        let words = faults.pop().unwrap_or_else(|| {
            let wanted = filled(pattern, &bound);
            format!("{} is {:?}; it must be {:?}", named(at), shortened(text, 300), shortened(&wanted, 300))
        });
        self.fault(at, words);
    }

    fn bind(&mut self, at: &str, name: &str, text: &str) {
        if let Err(words) = bind(name, text, self.variables) {
            self.fault(at, format!("{} is {:?}: {words}", named(at), shortened(text, 300)));
        }
    }
}

/// What was expected, for people.
fn told(expected: &Value) -> String {
    match expected.as_str().and_then(placeholder) {
        Some((_, Some(kind))) => kind.told(),
        Some((_, None)) => "any value".to_owned(),
        None if expected.is_string() => format!("the text {}", bare(expected)),
        None if expected.is_number() => format!("the number {}", bare(expected)),
        None => bare(expected),
    }
}

/// JSON objects and arrays within strings compare as JSON.
fn nested(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn matches(pattern: &str, text: &str, bind: &mut dyn FnMut(&str, &str) -> bool) -> bool {
    let Some((before, rest)) = pattern.split_once("{{") else { return pattern == text };
    let Some((name, after)) = rest.split_once("}}") else { return pattern == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    // What follows the placeholder, up to the next one, tells where it ends; two that touch cannot be told apart.
    let until = after.split("{{").next().unwrap_or(after);
    let length = match (after.is_empty(), until.is_empty()) {
        (true, _) => Some(text.len()),
        (false, true) => None,
        (false, false) if until == after => text.strip_suffix(until).map(str::len),
        (false, false) => text.find(until),
    };
    let Some((value, tail)) = length.map(|length| text.split_at(length)) else { return false };
    bind(name, value) && matches(after, tail, bind)
}

fn bind(name: &str, value: &str, variables: &mut Variables) -> Result<(), String> {
    match name.split(':').next().unwrap_or(name) {
        "_" => Ok(()),
        "unix" if value.parse::<i64>().is_ok() => Ok(()),
        "uuid" if uuid::Uuid::try_parse(value).is_ok() => Ok(()),
        "unix" => Err("it must be a Unix time in seconds".to_owned()),
        "uuid" => Err("it must be a UUID".to_owned()),
        name => match variables.get(name) {
            Some(bound) if bound == value => Ok(()),
            Some(bound) => Err(format!("it must be {bound:?}, as it was said before ({name})")),
            None => {
                variables.insert(name.to_owned(), value.to_owned());
                Ok(())
            }
        },
    }
}
