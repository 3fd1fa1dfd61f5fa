//! What a person sets of a receiver, and which events there are.

use crate::stream::{ENTRIES, Live, kinds};
use docket_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// The longest URL, description and name.
const URL_LIMIT: usize = 4 * 1024;
const TEXT_LIMIT: usize = 1_000;
const NAME_LIMIT: usize = 64;
/// The most receivers of an account.
pub(super) const RECEIVERS: usize = 100;
/// The type of a message that is sent to try a receiver.
pub const TEST: &str = "webhook.test";

/// The type of the messages about entries of a verb.
pub fn type_of(verb: &str) -> String {
    format!("order.{}", verb.replace(' ', "_"))
}

/// Every type of message.
pub fn types() -> Vec<String> {
    let verbs =
        kinds().into_iter().filter(|kind| *kind != ENTRIES && Live::ALL.iter().all(|live| live.word() != *kind));
    verbs.map(type_of).collect()
}

/// What a person sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Where messages are sent.
    pub url: String,
    /// Only messages of these types; none is all of them.
    #[serde(default)]
    pub events: Vec<String>,
    /// Only about what came through the connection of this name.
    #[serde(default)]
    pub connection: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What is wrong with which member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The member.
    pub member: &'static str,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.member, self.what)
    }
}

pub(super) fn wrong<T>(member: &'static str, what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { member, what: what.into() })
}

/// A name as receivers have them.
pub(super) fn check_name(name: &str) -> Result<(), Wrong> {
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    match !name.is_empty() && name.len() <= NAME_LIMIT && plain && !crate::enroll::is_dots(name) {
        true => Ok(()),
        false => wrong("name", format!("must be 1 to {NAME_LIMIT} letters, digits, `-`, `_` and `.`")),
    }
}

impl Settings {
    /// Whether they make sense; `knows` says whether there is a connection of a name.
    pub(super) fn check(&self, knows: impl Fn(&str) -> bool) -> Result<(), Wrong> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() || self.url.len() > URL_LIMIT {
            return wrong("url", "must be an address that begins with https:// or http://");
        }
        let known = types();
        if let Some(strange) = self.events.iter().find(|event| !known.contains(event)) {
            return wrong("events", format!("names `{strange}`, which is none of {}", known.join(", ")));
        }
        if self.description.as_ref().is_some_and(|text| text.len() > TEXT_LIMIT) {
            return wrong("description", format!("is longer than {TEXT_LIMIT} bytes"));
        }
        match &self.connection {
            Some(name) if !knows(name) => wrong("connection", format!("names `{name}`, which is no connection")),
            _ => Ok(()),
        }
    }

    pub(super) fn read(document: &str) -> Option<Settings> {
        serde_json::from_str(document).ok()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn takes(&self, verb: &str) -> bool {
        self.events.is_empty() || self.events.contains(&type_of(verb))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_settings_make_sense() {
        let known = types();
        for name in ["order.created", "order.completed", "order.checked_in", "order.refused"] {
            assert!(known.iter().any(|one| one == name), "{name}");
        }
        assert!(!known.iter().any(|one| one.contains("position") || one.contains(' ') || one == "order.entry"));
        let settings = |url: &str, event: &str| Settings {
            url: url.to_owned(),
            events: vec![event.to_owned()],
            connection: None,
            description: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let fine = settings("https://a.example/hook?x=1", "order.created");
        assert_eq!(fine.check(|_| false), Ok(()));
        assert!(fine.takes("created") && !fine.takes("updated"));
        assert_eq!(Settings::read(&fine.text()), Some(fine.clone()));
        for url in ["", "a.example", "ftp://a.example", "javascript:alert(1)"] {
            assert_eq!(settings(url, "order.created").check(|_| true).unwrap_err().member, "url");
        }
        assert_eq!(settings("http://a.example", "created").check(|_| true).unwrap_err().member, "events");
        let through = Settings { connection: Some("acme".to_owned()), ..fine };
        assert_eq!(through.check(|_| false).unwrap_err().member, "connection");
        assert!(check_name("a-b_c.1").is_ok() && check_name("a b").is_err() && check_name("").is_err());
    }
}
