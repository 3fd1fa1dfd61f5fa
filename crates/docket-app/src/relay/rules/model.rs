//! What a rule says, how it is kept, and what can be wrong with it.

use super::Expression;
use docket_core::ids::AccountId;
use docket_core::ledger::Record;
use docket_core::order::{Field, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Records of an account that hold its rules, by name.
pub(super) const RULES: &str = "rule";
/// The most fields a rule writes.
const FIELDS: usize = 40;
/// The longest name.
const NAME: usize = 64;

/// Where a rule is edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// By command or through the native API.
    #[default]
    Here,
    /// In the file that the configuration names.
    File,
}

/// From whom, when, to whom, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique within the account; what the journal shows.
    pub name: String,
    /// Only orders that came through this connection; of any, without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The condition.
    #[serde(default = "always")]
    pub when: String,
    /// The connection it is handed to.
    pub to: String,
    /// What is written on it: fields by their canonical names, each an expression.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// Whether it is looked at.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Rules are looked at in this order, and then by name.
    #[serde(default)]
    pub order: i64,
    /// Where it is edited.
    #[serde(default)]
    pub source: Source,
}

fn always() -> String {
    "true".to_owned()
}

const fn yes() -> bool {
    true
}

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The rule.
    pub rule: String,
    /// The member: `when`, `with.priority`; empty for all of it.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl RuleError {
    pub(super) fn new(rule: &Rule, place: &str, what: impl Into<String>) -> RuleError {
        RuleError { rule: rule.name.clone(), place: place.to_owned(), what: what.into() }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RuleError { rule, place, what } = self;
        if place.is_empty() { write!(f, "rule `{rule}`: {what}") } else { write!(f, "rule `{rule}`, {place}: {what}") }
    }
}

impl std::error::Error for RuleError {}

/// The first member that is not there, of the wrong kind or not a rule's, and what is wrong with it.
fn misshapen(members: &serde_json::Map<String, serde_json::Value>) -> Option<(String, String)> {
    let wrong = |name: &str, what: &str| Some((name.to_owned(), what.to_owned()));
    for (name, value) in members {
        let (fits, wanted) = match name.as_str() {
            "name" | "when" | "to" => (value.is_string(), "must be a text"),
            "from" => (value.is_string() || value.is_null(), "must be a text"),
            "with" => (value.is_object(), "must be an object"),
            "enabled" => (value.is_boolean(), "must be true or false"),
            "order" => (value.is_i64(), "must be a whole number"),
            _ => (false, "is not a member of a rule; there are name, from, when, to, with, enabled and order"),
        };
        if !fits {
            return wrong(name, wanted);
        }
    }
    let absent = ["name", "to"].into_iter().find(|name| !members.contains_key(*name))?;
    wrong(absent, "is missing")
}

impl Rule {
    /// From JSON as the native API takes it. The name may be given beside it.
    pub fn from_json(name: Option<&str>, text: &[u8]) -> Result<Rule, RuleError> {
        let wrong = |what: String| RuleError { rule: name.unwrap_or_default().to_owned(), place: String::new(), what };
        let mut value: serde_json::Value =
            serde_json::from_slice(text).map_err(|error| wrong(format!("is no JSON: {error}")))?;
        let members = value.as_object_mut().ok_or_else(|| wrong("must be a JSON object".to_owned()))?;
        if let Some(name) = name {
            if members.get("name").is_some_and(|known| known != name) {
                return Err(wrong("its name is another one".to_owned()));
            }
            members.insert("name".to_owned(), name.into());
        }
        members.remove("source");
        if let Some((place, what)) = misshapen(members) {
            return Err(RuleError { rule: name.unwrap_or_default().to_owned(), place, what });
        }
        if let Some(with) = members.get_mut("with").and_then(serde_json::Value::as_object_mut) {
            // A number or a truth value is an expression that says itself.
            for value in with.values_mut().filter(|value| !value.is_string()) {
                *value = value.to_string().into();
            }
        }
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
    }

    pub(super) fn decode(name: &str, text: &str) -> Result<Rule, RuleError> {
        let wrong = |error: serde_json::Error| RuleError {
            rule: name.to_owned(),
            place: String::new(),
            what: error.to_string(),
        };
        serde_json::from_str(text).map_err(wrong)
    }

    pub(super) fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads its expressions, and checks everything that can be checked without a store.
    pub(super) fn expressions(&self) -> Result<(Expression, Vec<(Field, Expression)>), RuleError> {
        let wrong = |place: &str, what: String| RuleError::new(self, place, what);
        let plain = |name: &str| {
            !name.is_empty()
                && name.len() <= NAME
                && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
        };
        if !plain(&self.name) {
            return Err(wrong("name", format!("use 1 to {NAME} letters, digits, `-`, `_` and `.`")));
        }
        if self.from.as_ref() == Some(&self.to) {
            return Err(wrong("to", "an order never goes back to where it came from".to_owned()));
        }
        let when = Expression::read(&self.when).map_err(|error| wrong("when", error))?;
        if self.with.len() > FIELDS {
            return Err(wrong("with", format!("writes more than {FIELDS} fields")));
        }
        let mut with = Vec::with_capacity(self.with.len());
        for (name, text) in &self.with {
            let place = format!("with.{name}");
            let field = Field::from_name(name).ok_or_else(|| wrong(&place, "there is no such field".to_owned()))?;
            if field.kind() == Kind::Tasks {
                return Err(wrong(&place, "tasks cannot be written by a rule".to_owned()));
            }
            let expression = Expression::read(text).map_err(|error| wrong(&place, error))?;
            with.push((field, expression));
        }
        Ok((when, with))
    }

    /// Checks everything that can be checked without a store.
    pub fn check(&self) -> Result<(), RuleError> {
        self.expressions().map(drop)
    }
}

pub(super) fn record(account: AccountId, name: String, value: Option<String>) -> Record {
    Record { holder: account.into(), namespace: RULES.to_owned(), key: name, value, expected: None }
}
