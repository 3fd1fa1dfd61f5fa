//! Playing a transcript against a stage.

use super::compare::{Difference, Weight, compare, differences, plain};
use super::pattern::{Variables, substitute};
use super::script::Script;
use super::words::shortened;
use super::{Answer, Request, Step, Transcript, TranscriptError, error};
use crate::connect::Transport;
use crate::dialect::{BoxFuture, WireResponse};
use std::collections::VecDeque;

/// Something given before or between exchanges: its kind (`connection`, `order`, `clock`, `service`, `unit`,
/// `report`, `customer`, `site`) and the rest of the line, placeholders replaced.
pub struct Given {
    /// The first word.
    pub kind: String,
    /// The rest.
    pub rest: String,
}

/// What a given binds: names of placeholders and their values; `None` when the stage cannot bring it about.
pub type Binding = Result<Option<Vec<(String, String)>>, String>;

/// What a transcript is played against.
pub trait Stage: Send {
    /// Brings about what is given and says which placeholders it binds; `None` when this stage cannot, so that the
    /// transcript is not for it.
    fn give<'a>(&'a mut self, given: Given) -> BoxFuture<'a, Binding>;

    /// Sends a request.
    fn send<'a>(
        &'a mut self,
        method: &'a str,
        target: &'a str,
        headers: &'a [(String, String)],
        body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>>;

    /// Tells the connecting half something: `pull`, or `deliver` and a number. The calls it makes go to `way`. Answers
    /// what it came to, in words, failures too; `None` when this stage has no connecting half.
    fn tell<'a>(
        &'a mut self,
        _what: &'a str,
        _way: &'a dyn Transport,
    ) -> BoxFuture<'a, Result<Option<String>, String>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The native JSON of the order with this number (or id); `None` when this stage has no native face.
    fn document<'a>(&'a mut self, number: &'a str) -> BoxFuture<'a, Option<String>>;
}

/// Plays a transcript. `Ok(false)`: the stage cannot give what it needs.
pub async fn play(transcript: &Transcript, stage: &mut dyn Stage) -> Result<bool, TranscriptError> {
    let mut variables = Variables::new();
    let mut steps = transcript.steps.iter().peekable();
    while let Some(step) = steps.next() {
        match step {
            Step::Told(what, words) => {
                let mut script = VecDeque::new();
                while let Some(Step::Exchange(request, answer)) = steps.peek() {
                    script.push_back((request.clone(), answer.clone()));
                    steps.next();
                }
                let told = Told { what, words: words.as_deref(), script };
                if !tell(told, stage, &mut variables).await? {
                    return Ok(false);
                }
            }
            Step::Given(kind, rest) => {
                let rest = substitute(rest, &variables).map_err(|message| error(0, message))?;
                let given = Given { kind: kind.clone(), rest };
                match stage.give(given).await.map_err(|message| error(0, format!("+ {kind}: {message}")))? {
                    Some(bound) => variables.extend(bound),
                    None => return Ok(false),
                }
            }
            Step::Exchange(request, answer) => exchange(request, answer, stage, &mut variables).await?,
            Step::Holds(number, expected) => {
                let number = substitute(number, &variables).map_err(|message| error(0, message))?;
                if let Some(document) = stage.document(&number).await {
                    compare(expected, &document, true, &mut variables)
                        .map_err(|message| error(0, format!("= order {number}: {message}")))?;
                }
            }
        }
    }
    Ok(true)
}

/// What a connecting half is told, what it answers, and the calls it makes.
struct Told<'a> {
    what: &'a str,
    words: Option<&'a str>,
    script: VecDeque<(Request, Answer)>,
}

async fn tell(told: Told<'_>, stage: &mut dyn Stage, variables: &mut Variables) -> Result<bool, TranscriptError> {
    let wrong = |message: String| error(0, format!("! {}: {message}", told.what));
    let what = substitute(told.what, variables).map_err(wrong)?;
    let script = Script::new(told.script, std::mem::take(variables));
    let came = stage.tell(&what, &script).await.map_err(wrong)?;
    let Some(came) = came else { return Ok(false) };
    *variables = script.end().map_err(|(line, message)| error(line, message))?;
    if let Some(words) = told.words {
        compare(words, &came, false, variables).map_err(wrong)?;
    }
    Ok(true)
}

async fn exchange(
    request: &Request,
    answer: &Answer,
    stage: &mut dyn Stage,
    variables: &mut Variables,
) -> Result<(), TranscriptError> {
    let asked = Asked::of(request, variables).map_err(|message| error(request.line, message))?;
    let response = asked.ask(stage).await.map_err(|message| error(answer.line, message))?;
    let differences = judge(answer, &response, variables);
    match differences.into_iter().find(|difference| difference.weight == Weight::Fault) {
        Some(difference) => Err(error(answer.line, format!("{}: {}", difference.at, difference.words))),
        None => Ok(()),
    }
}

/// A request, its placeholders replaced.
pub(super) struct Asked<'r> {
    pub(super) method: &'r str,
    pub(super) target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl<'r> Asked<'r> {
    pub(super) fn of(request: &'r Request, variables: &Variables) -> Result<Asked<'r>, String> {
        let target = substitute(&request.target, variables)?;
        let body = substitute(&request.body, variables)?;
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, value) in &request.headers {
            headers.push((name.clone(), substitute(value, variables)?));
        }
        // The lines of a multipart body end as its standard wants them; the file has plain ones.
        let multipart = headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("multipart/"));
        let body = if multipart { body.replace('\n', "\r\n") } else { body };
        Ok(Asked { method: &request.method, target, headers, body })
    }

    pub(super) async fn ask(&self, stage: &mut dyn Stage) -> Result<WireResponse, String> {
        stage.send(self.method, &self.target, &self.headers, &self.body).await
    }
}

/// What of an answer is not as expected. Of one with another status, nothing else is looked at.
pub(super) fn judge(answer: &Answer, response: &WireResponse, variables: &mut Variables) -> Vec<Difference> {
    let text = String::from_utf8_lossy(&response.body);
    let fault = |at: &str, words: String| Difference { at: at.to_owned(), words, weight: Weight::Fault };
    if response.status.as_u16() != answer.status {
        let (status, body) = (response.status.as_u16(), shortened(&text, 600));
        let words = format!("the status is {status}; it must be {}; what is answered: {body}", answer.status);
        return vec![fault("status", words)];
    }
    let mut found = Vec::new();
    for (name, expected) in &answer.headers {
        match response.headers.get(name).and_then(|value| value.to_str().ok()) {
            Some(actual) => found.extend(plain(&format!("header {name}"), expected, actual, variables)),
            None => found.push(fault(&format!("header {name}"), format!("the header `{name}` is missing"))),
        }
    }
    for (must, spelled) in &answer.spelled {
        match (must, text.contains(spelled.as_str())) {
            (true, false) => {
                found.push(fault("spelling", format!("`{spelled}` is nowhere in the answer as it is spelled")))
            }
            (false, true) => {
                found.push(fault("spelling", format!("the answer is spelled with `{spelled}`; the vendor's is not")))
            }
            _ => {}
        }
    }
    if !answer.body.is_empty() {
        found.extend(differences(&answer.body, &text, false, variables));
    }
    found
}
