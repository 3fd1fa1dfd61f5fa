//! Comparing what was answered with what a transcript expects.

use serde_json::Value;
use std::collections::HashMap;

/// What placeholders stand for.
pub type Variables = HashMap<String, String>;

/// Compares an answer with the expected text: by value when both are JSON, otherwise as text. Binds placeholders.
///
/// With `subset`, the answer's objects may have more members at the top level. The error says where and what.
pub fn compare(expected: &str, actual: &str, subset: bool, variables: &mut Variables) -> Result<(), String> {
    match (serde_json::from_str::<Value>(expected), serde_json::from_str::<Value>(actual)) {
        (Ok(expected), Ok(actual)) => compare_json("$", &expected, &actual, subset, variables),
        (Ok(_), Err(error)) => Err(format!("JSON was expected ({error}), the answer is: {}", shortened(actual))),
        (Err(_), _) => compare_text("body", expected, actual.trim_matches('\n'), variables),
    }
}

fn compare_json(
    at: &str,
    expected: &Value,
    actual: &Value,
    subset: bool,
    variables: &mut Variables,
) -> Result<(), String> {
    match (expected, actual) {
        (Value::String(pattern), _) if is_placeholder(pattern) => {
            let text = actual.as_str().map_or_else(|| actual.to_string(), str::to_owned);
            compare_text(at, pattern, &text, variables)
        }
        (Value::String(pattern), Value::String(text)) => match (nested(pattern), nested(text)) {
            (Some(pattern), Some(text)) => compare_json(at, &pattern, &text, false, variables),
            _ => compare_text(at, pattern, text, variables),
        },
        (Value::Object(wanted), Value::Object(found)) => {
            // Names of members may hold placeholders that are bound (Wialon keys its orders by id).
            let named = |name: &String| substitute(name, variables).unwrap_or_else(|_| name.clone());
            let wanted: Vec<(String, &Value)> = wanted.iter().map(|(name, value)| (named(name), value)).collect();
            for (name, wanted) in &wanted {
                let found = found.get(name).ok_or_else(|| format!("{at}.{name} is missing"))?;
                compare_json(&format!("{at}.{name}"), wanted, found, subset, variables)?;
            }
            match found.keys().find(|name| !wanted.iter().any(|(known, _)| known == *name)) {
                Some(extra) if !subset => Err(format!("{at}.{extra} was not expected: {}", found[extra])),
                _ => Ok(()),
            }
        }
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() != found.len() {
                return Err(format!(
                    "{at} has {} elements, expected {}: {}",
                    found.len(),
                    wanted.len(),
                    shortened(&actual.to_string())
                ));
            }
            wanted.iter().zip(found).enumerate().try_for_each(|(index, (wanted, found))| {
                compare_json(&format!("{at}[{index}]"), wanted, found, subset, variables)
            })
        }
        (Value::Number(wanted), Value::Number(found)) if wanted.as_f64() == found.as_f64() => Ok(()),
        _ if expected == actual => Ok(()),
        _ => Err(format!("{at} is {}, expected {expected}", shortened(&actual.to_string()))),
    }
}

/// JSON objects and arrays within strings compare as JSON.
fn nested(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn is_placeholder(text: &str) -> bool {
    text.len() > 4 && text.starts_with("{{") && text.ends_with("}}") && !text[2..text.len() - 2].contains("}}")
}

/// Matches a text with placeholders; each takes as little as it can.
fn compare_text(at: &str, pattern: &str, text: &str, variables: &mut Variables) -> Result<(), String> {
    let wrong = || format!("{at} is {:?}, expected {pattern:?}", shortened(text));
    let Some((before, rest)) = pattern.split_once("{{") else {
        return if pattern == text { Ok(()) } else { Err(wrong()) };
    };
    let Some((name, after)) = rest.split_once("}}") else {
        return if pattern == text { Ok(()) } else { Err(wrong()) };
    };
    let text_rest = text.strip_prefix(before).ok_or_else(wrong)?;
    // What follows the placeholder, up to the next one, tells where it ends.
    let until = after.split("{{").next().unwrap_or(after);
    let length = match (after.is_empty(), until.is_empty()) {
        (true, _) => text_rest.len(),
        (false, true) => return Err(format!("{at}: two placeholders touch in {pattern:?}")),
        (false, false) if until == after => text_rest.strip_suffix(until).map(str::len).ok_or_else(wrong)?,
        (false, false) => text_rest.find(until).ok_or_else(wrong)?,
    };
    let (value, tail) = text_rest.split_at(length);
    bind(at, name, value, variables)?;
    compare_text(at, after, tail, variables)
}

fn bind(at: &str, name: &str, value: &str, variables: &mut Variables) -> Result<(), String> {
    match name {
        "_" => Ok(()),
        "unix" if value.parse::<i64>().is_ok() => Ok(()),
        "uuid" if uuid::Uuid::try_parse(value).is_ok() => Ok(()),
        "unix" | "uuid" => Err(format!("{at} is {value:?}, expected a {name}")),
        _ => match variables.get(name) {
            Some(bound) if bound == value => Ok(()),
            Some(bound) => Err(format!("{at} is {value:?}, but {{{{{name}}}}} is {bound:?}")),
            None => {
                variables.insert(name.to_owned(), value.to_owned());
                Ok(())
            }
        },
    }
}

/// Replaces the placeholders of a request.
pub(super) fn substitute(text: &str, variables: &Variables) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        match tail.split_once("}}").filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                let value = variables.get(name).ok_or_else(|| format!("{{{{{name}}}}} is not bound"))?;
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// JSON is full of braces; only plain names are placeholders.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' '))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
