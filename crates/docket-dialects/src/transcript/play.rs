//! Playing a transcript against a stage.

use super::compare::{Variables, compare, substitute};
use super::script::Script;
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
    let unbound = |message| error(request.line, message);
    let target = substitute(&request.target, variables).map_err(unbound)?;
    let body = substitute(&request.body, variables).map_err(unbound)?;
    let mut headers = Vec::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        headers.push((name.clone(), substitute(value, variables).map_err(unbound)?));
    }
    // The lines of a multipart body end as its standard wants them; the file has plain ones.
    let multipart = headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("multipart/"));
    let body = if multipart { body.replace('\n', "\r\n") } else { body };
    let wrong = |message: String| error(answer.line, message);
    let response = stage.send(&request.method, &target, &headers, &body).await.map_err(wrong)?;
    let text = String::from_utf8_lossy(&response.body).into_owned();
    if response.status.as_u16() != answer.status {
        let status = response.status.as_u16();
        return Err(wrong(format!("status is {status}, expected {}; body: {text}", answer.status)));
    }
    for (name, expected) in &answer.headers {
        let actual = response.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("(absent)");
        compare(expected, actual, false, variables).map_err(|message| wrong(format!("header {name}: {message}")))?;
    }
    if answer.body.is_empty() {
        return Ok(());
    }
    compare(&answer.body, &text, false, variables).map_err(wrong)
}
