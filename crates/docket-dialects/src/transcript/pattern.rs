//! Placeholders: what they stand for, what they are bound to.

use serde_json::Value;
use std::collections::HashMap;

/// What placeholders stand for.
pub type Variables = HashMap<String, String>;

/// What a placeholder stands for, after a colon: `{{id:uuid}}`. A JSON type is part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `any`
    Any,
    /// `text`: any text.
    Text,
    /// `filled`: a text that is not empty.
    Filled,
    /// `digits`: a text of digits.
    Digits,
    /// `int`: a whole number.
    Int,
    /// `whole`: a whole number, or a text of digits.
    Whole,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `unix`: seconds, a whole number that is a moment of our days.
    Unix,
    /// `uuid`: a text.
    Uuid,
    /// `utc`: `2026-01-15T10:00:00Z`, fractions of a second allowed.
    Utc,
    /// `day`: `20260115`, or an empty text.
    Day,
    /// `moment`: `2026-01-15 10:00:00`.
    Moment,
    /// `object`
    Object,
    /// `list`
    List,
    /// `=a|b`: one of these texts.
    Words(Vec<String>),
    /// `KIND?`: that, or null.
    OrNull(Box<Kind>),
}

impl Kind {
    /// Reads what stands after the colon.
    pub fn from_word(word: &str) -> Option<Kind> {
        if let Some(words) = word.strip_prefix('=') {
            return Some(Kind::Words(words.split('|').map(str::to_owned).collect()));
        }
        if let Some(kind) = word.strip_suffix('?') {
            return Kind::from_word(kind).map(|kind| Kind::OrNull(Box::new(kind)));
        }
        Some(match word {
            "any" => Kind::Any,
            "text" => Kind::Text,
            "filled" => Kind::Filled,
            "digits" => Kind::Digits,
            "int" => Kind::Int,
            "whole" => Kind::Whole,
            "number" => Kind::Number,
            "bool" => Kind::Bool,
            "unix" => Kind::Unix,
            "uuid" => Kind::Uuid,
            "utc" => Kind::Utc,
            "day" => Kind::Day,
            "moment" => Kind::Moment,
            "object" => Kind::Object,
            "list" => Kind::List,
            _ => return None,
        })
    }

    /// Whether a value is of this kind.
    pub fn fits(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Kind::Any => true,
            Kind::Text => text.is_some(),
            Kind::Filled => text.is_some_and(|text| !text.is_empty()),
            Kind::Digits => text.is_some_and(digits),
            Kind::Int => value.is_i64() || value.is_u64(),
            Kind::Whole => value.is_i64() || value.is_u64() || text.is_some_and(digits),
            Kind::Number => value.is_number(),
            Kind::Bool => value.is_boolean(),
            // From 2001 to 2286: neither milliseconds nor something else altogether.
            Kind::Unix => value.as_i64().is_some_and(|seconds| (1_000_000_000..10_000_000_000).contains(&seconds)),
            Kind::Uuid => text.is_some_and(|text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()),
            Kind::Utc => text.is_some_and(|text| utc(text).unwrap_or(false)),
            Kind::Day => text.is_some_and(|text| text.is_empty() || pattern("dddddddd", text)),
            Kind::Moment => text.is_some_and(|text| pattern("dddd-dd-dd dd:dd:dd", text)),
            Kind::Object => value.is_object(),
            Kind::List => value.is_array(),
            Kind::Words(words) => text.is_some_and(|text| words.iter().any(|word| word == text)),
            Kind::OrNull(kind) => value.is_null() || kind.fits(value),
        }
    }

    /// What must be there, for people.
    pub fn told(&self) -> String {
        match self {
            Kind::Any => "any value".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::Filled => "a text that is not empty".to_owned(),
            Kind::Digits => "a text of digits, such as \"17\"".to_owned(),
            Kind::Int => "a whole number".to_owned(),
            Kind::Whole => "a whole number, or a text of digits".to_owned(),
            Kind::Number => "a number".to_owned(),
            Kind::Bool => "true or false".to_owned(),
            Kind::Unix => "a Unix time in seconds, as a number".to_owned(),
            Kind::Uuid => "a UUID, as text".to_owned(),
            Kind::Utc => "a time in UTC such as \"2026-01-15T10:00:00Z\"".to_owned(),
            Kind::Day => "a day such as \"20260115\", or empty".to_owned(),
            Kind::Moment => "a time such as \"2026-01-15 10:00:00\"".to_owned(),
            Kind::Object => "an object".to_owned(),
            Kind::List => "a list".to_owned(),
            Kind::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                words.join(" or ")
            }
            Kind::OrNull(kind) => format!("{}, or null", kind.told()),
        }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `d` is a digit, everything else itself.
fn pattern(wanted: &str, text: &str) -> bool {
    let fits = |(wanted, byte): (u8, u8)| if wanted == b'd' { byte.is_ascii_digit() } else { wanted == byte };
    wanted.len() == text.len() && wanted.bytes().zip(text.bytes()).all(fits)
}

fn utc(text: &str) -> Option<bool> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let rest = rest.strip_suffix('Z')?;
    Some(pattern("dddd-dd-ddTdd:dd:dd", seconds) && (rest.is_empty() || rest.strip_prefix('.').is_some_and(digits)))
}

/// The name and the kind of a text that is a placeholder and nothing else.
pub(super) fn placeholder(text: &str) -> Option<(&str, Option<Kind>)> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    if inner.is_empty() || inner.contains("}}") {
        return None;
    }
    match inner.split_once(':') {
        Some((name, kind)) => Some((name, Some(Kind::from_word(kind)?))),
        None => Some((inner, None)),
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

/// The text with what is bound put in, for people.
pub(super) fn filled(text: &str, variables: &Variables) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    text
}

/// JSON is full of braces; only plain names are placeholders.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' '))
}
