//! How it goes with a counterpart, as people are shown it; kept with the connection's records.

use docket_core::connection::Connection;
use docket_core::ids::ConnectionId;
use docket_core::ledger::Record;
use serde::{Deserialize, Serialize};

/// Records of a connection in which the relay keeps what it knows of its counterpart.
pub const RELAY: &str = "relay";
/// The one that holds [`Health`].
pub const HEALTH: &str = "health";
/// Somebody wants news to be looked for now; the text is different each time.
pub const PULL_NOW: &str = "pull";
/// Somebody wants both sides to be compared now; the text is different each time.
pub const COMPARE_NOW: &str = "compare";

/// How many problems of a round of pulling are kept.
const PROBLEMS: usize = 20;
/// The longest text of one, in characters.
const LONGEST: usize = 500;

/// How it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// When it last answered.
    pub last_contact_ms: Option<i64>,
    /// When something last worked.
    pub last_success_ms: Option<i64>,
    /// The last thing that went wrong.
    pub last_error: Option<Problem>,
    /// How often in a row something went wrong.
    pub failures: u32,
    /// Nothing is called before this moment.
    pub not_before_ms: Option<i64>,
    /// It does not accept our credentials.
    pub denied: Option<Denied>,
    /// The last round of looking for news.
    pub pulled: Option<Round>,
    /// When both sides were last compared, and how far that got.
    pub compared: Option<Compared>,
}

/// Something that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// When.
    pub at_ms: i64,
    /// What, in the counterpart's words where it had any.
    pub text: String,
}

/// Credentials that are not accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Denied {
    /// Since when.
    pub since_ms: i64,
    /// When they are tried again unchanged.
    pub until_ms: i64,
    /// What stands for the credentials.
    pub credentials: String,
}

/// A round of looking for news.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Round {
    /// When it ended.
    pub at_ms: i64,
    /// Orders that were looked at.
    pub seen: usize,
    /// Orders that were created or changed here.
    pub changed: usize,
    /// What could not be taken over.
    pub problems: Vec<String>,
}

/// A comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Compared {
    /// When it began.
    pub begun_ms: i64,
    /// When it was complete.
    pub ended_ms: Option<i64>,
    /// Orders of the counterpart that were looked at.
    pub seen: usize,
    /// What kept it from being completed.
    pub error: Option<String>,
}

impl Health {
    /// Something worked.
    pub(super) fn worked(&mut self, now_ms: i64) {
        self.last_contact_ms = Some(now_ms);
        self.last_success_ms = Some(now_ms);
        (self.failures, self.not_before_ms, self.denied) = (0, None, None);
    }

    /// Something went wrong.
    pub(super) fn failed(&mut self, now_ms: i64, text: &str) {
        self.failures = self.failures.saturating_add(1);
        self.last_error = Some(Problem { at_ms: now_ms, text: shortened(text) });
    }

    /// As it is kept.
    pub(super) fn record(&self, connection: &Connection) -> Record {
        record(connection.id, HEALTH, serde_json::to_string(self).ok())
    }
}

impl Round {
    /// With no more problems than people can read.
    pub(super) fn new(at_ms: i64, pulled: docket_dialects::connect::Pulled, hide: impl Fn(&str) -> String) -> Round {
        let mut problems: Vec<String> =
            pulled.problems.iter().take(PROBLEMS).map(|problem| shortened(&hide(problem))).collect();
        let more = pulled.problems.len().saturating_sub(PROBLEMS);
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        Round { at_ms, seen: pulled.seen, changed: pulled.changed, problems }
    }
}

/// No longer than people read.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// A record of the relay's.
pub(super) fn record(connection: ConnectionId, key: &str, value: Option<String>) -> Record {
    Record { holder: connection.into(), namespace: RELAY.to_owned(), key: key.to_owned(), value, expected: None }
}
