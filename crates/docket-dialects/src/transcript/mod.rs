//! Transcripts: recorded or documented exchanges, one file a case, and their player.
//!
//! ```text
//! title  = "create with the fewest fields"
//! source = "documented"
//! page   = "Pruvan, setting order fields remotely"
//! roles  = ["serve"]
//! ---
//! + connection main mode=external
//! > POST /api/?apiKey={{api_key}}
//! > content-type: application/x-www-form-urlencoded
//!
//! workOrders={"workOrders":[…]}
//!
//! < 200
//!
//! {"response":{"created":1,"updated":0,"deleted":0},"error":null}
//!
//! = order TESTPOST
//! {"status":"received"}
//! ```
//!
//! `+` is given, `>` and `<` are the exchange, `=` is what the ledger then holds. Where the connecting half is shown,
//! `!` is what it is told (`! pull`, `! deliver NUMBER`, with `: WORDS` what it answers); the exchanges behind it are the
//! calls it must make, in their order, and what is answered to them. Bodies compare by value
//! ([`compare`]); `{{name}}` binds on first sight and must match afterwards. The player ([`play`]) drives a
//! [`Stage`]: the running hub over a socket, or a dialect over the reference ledger.
//!
//! A *probe* is a transcript that is fit for somebody else's server ([`examine`]). It names what it needs to be given
//! (`+ needs account_id: a customer who may be charged`) and what it may be (`+ may …`), what it takes for granted (`+ default services /pruvan`), and
//! what is asked at the end whatever happened before (`+ afterwards`, then exchanges). Where the vendor leaves something
//! free, it has shapes instead of values:
//!
//! | written | stands for |
//! |---|---|
//! | `"{{id:uuid}}"`, `"{{_:utc?}}"` | a value of a [kind](Kind), bound or not; with `?`, or null |
//! | `["{{*each}}", …]` | a list of any length, each element like this (or like one of these) |
//! | `["{{*first}}", …]` | the same, and what the first element binds is kept; an empty list ends the probe early |
//! | `["{{*has}}", …, …]` | a list that holds these, each once and in this order, and maybe others |
//! | `{"a{{?}}": …}` | a member that may be absent |
//! | `{"{{*more}}": 1}` | an object that may have other members |
//! | `{"{{*each}}": …}` | an object with any members, each like this |
//!
//! `<~ TEXT` and `<!~ TEXT` say how an answer is, and is not, spelled. A line `## WORDS` directly above a
//! request says what it is for.

mod compare;
mod examine;
pub mod given;
mod lists;
mod pattern;
mod play;
mod script;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use compare::{Difference, Weight, compare, differences};
pub use examine::{Examined, Finding, Verdict, examine};
pub use pattern::{Kind, Variables};
pub use play::{Binding, Given, Stage, play};

use std::fmt;
use std::path::{Path, PathBuf};

/// Where the knowledge in a transcript comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The vendor's page says so.
    Documented,
    /// Seen in public client code or on the wire.
    Observed,
    /// Our conclusion where nobody says.
    Inferred,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// What it shows.
    pub title: String,
    /// Where it is from.
    pub source: Source,
    /// The vendor's page, by name.
    pub page: String,
    /// `serve`, `connect`.
    pub roles: Vec<String>,
    /// What playing it does to whoever is asked.
    pub does: Does,
    /// What is left there afterwards, for people; empty where nothing is.
    pub leaves: String,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What playing a transcript does to whoever is asked: `does` in its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Does {
    /// `reads`: nothing is changed.
    Reads,
    /// `writes`: something is made, and taken away again.
    #[default]
    Writes,
    /// `costs`: something is ordered that is paid for.
    Costs,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `+ …`: something is given. Kind and the rest of the line.
    Given(String, String),
    /// `> … < …`: a request and the answer expected.
    Exchange(Request, Answer),
    /// `! …`: the connecting half is told something: what, and the words it answers, if they are said.
    Told(String, Option<String>),
    /// `= order KEY`: what the ledger holds; the expected members as JSON text.
    Holds(String, String),
}

/// A request, with its placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Line in the file, for messages.
    pub line: usize,
    /// What it is for, for people: the `##` line above it.
    pub says: String,
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// An expected answer. Headers named must be there; an empty body is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Line in the file, for messages.
    pub line: usize,
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Texts that must be in the body as it is spelled (`true`), and that must not.
    pub spelled: Vec<(bool, String)>,
    /// Body.
    pub body: String,
}

/// What is wrong with a transcript, or with what was answered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptError {
    /// Line in the file; 0 where there is none.
    pub line: usize,
    /// What.
    pub message: String,
}

impl fmt::Display for TranscriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for TranscriptError {}

fn error(line: usize, message: impl Into<String>) -> TranscriptError {
    TranscriptError { line, message: message.into() }
}

impl Transcript {
    /// The transcripts below a folder, in order of their paths.
    pub fn files(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                found.extend(Transcript::files(&path));
            } else if path.extension().is_some_and(|extension| extension == "transcript") {
                found.push(path);
            }
        }
        found.sort();
        found
    }

    /// Reads a transcript.
    pub fn parse(text: &str) -> Result<Transcript, TranscriptError> {
        text::parse(text)
    }
}
