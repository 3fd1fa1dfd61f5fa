//! Probing: whether another implementation of an order API answers as its vendor documents it.
//!
//! The transcripts of a dialect that are fit for somebody else's server ([`docket_dialects::dialect::Probe`]) are played
//! against a URL with the credentials that are given. What is made there is named after the run and taken away again;
//! what costs money is left out unless asked for.

mod given;
mod report;
mod stage;
#[cfg(test)]
mod tests;

use crate::outside::Outside;
use docket_core::Timestamp;
use docket_dialects::Dialect;
use docket_dialects::dialect::Probe;
use docket_dialects::transcript::{
    Does, Examined, Finding, Step, Transcript, TranscriptError, Variables, Verdict, examine,
};
pub use given::Given;
pub use report::{Report, line, plan_text};
use stage::Server;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// What is to be probed, and how far.
pub struct Aim {
    /// In which order API.
    pub dialect: &'static Dialect,
    /// Where it is, without the vendor's own path.
    pub url: String,
    /// Credentials, and what else the probes need to be told.
    pub given: Given,
    /// How far it may go.
    pub reach: Does,
    /// Only these checks, by name; empty for all.
    pub only: Vec<String>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// One check that is planned.
pub struct Planned {
    /// Its name.
    pub name: &'static str,
    /// What is played.
    pub transcript: Transcript,
    /// Why it is not played, if it is not.
    pub left_out: Option<String>,
}

/// What is going to be done.
pub struct Plan {
    /// The checks, in their order.
    pub checks: Vec<Planned>,
    /// What the run calls what it makes.
    pub nonce: String,
    variables: Variables,
}

/// What came of one check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The vendor's page, by name.
    pub page: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How many requests were made.
    pub requests: usize,
    /// What could not be taken away again.
    pub left: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Plans a run. `random` names it.
pub fn plan(aim: &Aim, now: Timestamp, random: u64) -> Result<Plan, String> {
    let nonce = format!("{:08x}", random & 0xffff_ffff);
    let variables = aim.given.variables(aim.dialect, now, &nonce)?;
    let unknown = aim.only.iter().find(|name| !aim.dialect.probes.iter().any(|probe| probe.name == **name));
    if let Some(name) = unknown {
        let known: Vec<&str> = aim.dialect.probes.iter().map(|probe| probe.name).collect();
        return Err(format!("there is no check `{name}`; there are {}", known.join(", ")));
    }
    let wanted = |probe: &&Probe| aim.only.is_empty() || aim.only.iter().any(|name| name == probe.name);
    let mut checks = Vec::new();
    for probe in aim.dialect.probes.iter().filter(wanted) {
        let transcript = Transcript::parse(probe.text)
            .map_err(|TranscriptError { line, message }| format!("{}, line {line}: {message}", probe.name))?;
        let left_out = left_out(&transcript, aim.reach, &variables);
        checks.push(Planned { name: probe.name, transcript, left_out });
    }
    Ok(Plan { checks, nonce, variables })
}

fn left_out(transcript: &Transcript, reach: Does, variables: &Variables) -> Option<String> {
    if transcript.does > reach {
        return Some(match transcript.does {
            Does::Costs => "costs money, which needs --allow-costs".to_owned(),
            _ => "writes, and only reading is allowed".to_owned(),
        });
    }
    let mut taken_for_granted = Vec::new();
    for step in &transcript.steps {
        let Step::Given(kind, rest) = step else { continue };
        match (kind.as_str(), rest.split_once(':').unwrap_or((rest.split(' ').next().unwrap_or(rest), ""))) {
            ("default", (name, _)) => taken_for_granted.push(name.split(' ').next().unwrap_or(name)),
            ("needs", (name, what)) => {
                let name = name.trim();
                let is_there = variables.get(name).is_some_and(|value| !value.is_empty());
                if !is_there && !taken_for_granted.contains(&name) {
                    return Some(format!("needs --set {name}=…: {}", what.trim()));
                }
            }
            _ => {}
        }
    }
    None
}

/// Probes; tells each check as it ends.
pub async fn run(aim: &Aim, plan: Plan, outside: &Outside, at: Timestamp, mut told: impl FnMut(&Check)) -> Report {
    let begun = Instant::now();
    let mut server = Server::new(outside, &aim.url, aim.timeout);
    let mut checks = Vec::new();
    for planned in plan.checks {
        let Planned { name, transcript, left_out } = planned;
        let check_begun = Instant::now();
        let examined = match left_out {
            Some(why) => {
                Examined { verdict: Verdict::Skipped(why), findings: Vec::new(), requests: 0, left: Vec::new() }
            }
            None => examine(&transcript, &mut server, plan.variables.clone()).await,
        };
        let Examined { verdict, mut findings, requests, left } = examined;
        for finding in &mut findings {
            finding.words = aim.given.without_secrets(&finding.words);
        }
        let Transcript { title, page, .. } = transcript;
        let check = Check { name, title, page, verdict, findings, requests, left, took: check_begun.elapsed() };
        told(&check);
        checks.push(check);
    }
    Report { dialect: aim.dialect, url: aim.url.clone(), at, checks, nonce: plan.nonce, took: begun.elapsed() }
}

/// What the probes of a dialect can be told beside its credentials: names, and what they are for or by default are.
pub fn knobs(dialect: &Dialect) -> BTreeMap<String, String> {
    let mut knobs = BTreeMap::new();
    let steps = dialect.probes.iter().filter_map(|probe| Transcript::parse(probe.text).ok());
    for step in steps.flat_map(|transcript| transcript.steps) {
        let Step::Given(kind, rest) = step else { continue };
        match kind.as_str() {
            "needs" | "may" => {
                let (name, what) = rest.split_once(':').unwrap_or((&rest, ""));
                knobs.insert(name.trim().to_owned(), what.trim().to_owned());
            }
            "default" => {
                let (name, value) = rest.split_once(' ').unwrap_or((&rest, ""));
                let value = if value.trim().is_empty() { "empty" } else { value.trim() };
                knobs.entry(name.to_owned()).or_insert_with(|| format!("[default: {value}]"));
            }
            _ => {}
        }
    }
    knobs
}
