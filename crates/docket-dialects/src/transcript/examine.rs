//! Playing a transcript against somebody else's server: everything that differs is told, and what was made is taken
//! away again.

use super::compare::Weight;
use super::pattern::Variables;
use super::play::{Asked, Stage, judge};
use super::{Answer, Request, Step, Transcript};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as it must be.
    Conforms,
    /// Something is not: the findings say what.
    Differs,
    /// It was not played to its end, for this reason.
    Skipped(String),
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was being done, for people.
    pub doing: String,
    /// The request: method and path.
    pub request: String,
    /// Line of the expected answer in the transcript.
    pub line: usize,
    /// Where in the answer.
    pub at: String,
    /// What, in a person's words.
    pub words: String,
    /// Whether a client may stumble over it; otherwise it only is spelled otherwise.
    pub is_fault: bool,
}

/// What came of a transcript.
#[derive(Clone, Debug)]
pub struct Examined {
    /// In short.
    pub verdict: Verdict,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How many requests were made.
    pub requests: usize,
    /// What could not be taken away again, in words.
    pub left: Vec<String>,
}

/// Plays a transcript; `variables` are what is given: credentials, names, the time.
pub async fn examine(transcript: &Transcript, stage: &mut dyn Stage, variables: Variables) -> Examined {
    let mut course =
        Course { variables, findings: Vec::new(), requests: 0, left: Vec::new(), ended: None, after: false };
    for step in &transcript.steps {
        match step {
            Step::Given(kind, rest) => {
                if let Some(why) = course.given(kind, rest) {
                    return course.end(Some(why));
                }
            }
            Step::Exchange(request, answer) => course.exchange(request, answer, stage).await,
            Step::Told(..) | Step::Holds(..) => {
                return course.end(Some("it is not made for somebody else's server".to_owned()));
            }
        }
    }
    course.end(None)
}

struct Course {
    variables: Variables,
    findings: Vec<Finding>,
    requests: usize,
    left: Vec<String>,
    /// Why nothing more is asked, until the time to clean up.
    ended: Option<String>,
    /// It is the time to clean up.
    after: bool,
}

impl Course {
    fn end(self, skipped: Option<String>) -> Examined {
        let Course { findings, requests, left, ended, .. } = self;
        let verdict = match skipped.or(ended) {
            _ if findings.iter().any(|finding| finding.is_fault) => Verdict::Differs,
            Some(why) => Verdict::Skipped(why),
            None => Verdict::Conforms,
        };
        Examined { verdict, findings, requests, left }
    }

    /// What is given before or between requests; the reason if it cannot be.
    fn given(&mut self, kind: &str, rest: &str) -> Option<String> {
        match kind {
            "needs" => {
                let (name, what) = rest.split_once(':').unwrap_or((rest, ""));
                let is_there = self.variables.get(name.trim()).is_some_and(|value| !value.is_empty());
                (!is_there).then(|| format!("needs --set {}=…: {}", name.trim(), what.trim()))
            }
            "default" => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                self.variables.entry(name.to_owned()).or_insert_with(|| value.trim().to_owned());
                None
            }
            "may" => None,
            "afterwards" => {
                self.after = true;
                None
            }
            other => Some(format!("nobody can give `{other}` to somebody else's server")),
        }
    }

    async fn exchange(&mut self, request: &Request, answer: &Answer, stage: &mut dyn Stage) {
        if self.ended.is_some() && !self.after {
            return;
        }
        let asked = match Asked::of(request, &self.variables) {
            Ok(asked) => asked,
            // What was never made need not be taken away.
            Err(_) if self.after => return,
            Err(unbound) => {
                self.ended = Some(format!("an earlier answer did not say what is needed to go on: {unbound}"));
                return;
            }
        };
        self.requests += 1;
        let path = asked.target.split('?').next().unwrap_or_default().to_owned();
        let doing = match request.says.as_str() {
            "" => path.clone(),
            says => says.to_owned(),
        };
        let faults_before = self.faults();
        let found = match asked.ask(stage).await {
            Ok(response) => judge(answer, &response, &mut self.variables),
            Err(error) => {
                self.ended = Some("there was no answer".to_owned());
                let words = format!("there is no answer: {error}");
                vec![super::Difference { at: "answer".to_owned(), words, weight: Weight::Fault }]
            }
        };
        for difference in found {
            match difference.weight {
                Weight::Nothing => self.ended = Some(difference.words),
                weight => self.findings.push(Finding {
                    doing: doing.clone(),
                    request: format!("{} {path}", asked.method),
                    line: answer.line,
                    at: difference.at.clone(),
                    words: difference.words,
                    is_fault: weight == Weight::Fault,
                }),
            }
            if difference.at == "status" {
                // What comes next would most likely only fail for it.
                self.ended.get_or_insert_with(|| "a status was another".to_owned());
            }
        }
        if self.after && self.faults() > faults_before {
            self.left.push(doing);
        }
    }

    fn faults(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_fault).count()
    }
}
