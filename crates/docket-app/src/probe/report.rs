//! What came of a run: for people, as JUnit XML, as JSON.

use super::{Check, Plan, Planned};
use docket_core::Timestamp;
use docket_dialects::Dialect;
use docket_dialects::transcript::{Does, Finding, Verdict};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// What came of a run.
pub struct Report {
    /// In which order API.
    pub dialect: &'static Dialect,
    /// Where.
    pub url: String,
    /// When it began.
    pub at: Timestamp,
    /// What the run calls what it makes.
    pub nonce: String,
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// How long it took.
    pub took: Duration,
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// What is going to be done, before it is.
pub fn plan_text(dialect: &Dialect, url: &str, plan: &Plan) -> String {
    let played =
        |does: Does| plan.checks.iter().filter(move |check| check.left_out.is_none() && check.transcript.does == does);
    let mut out = format!("Probing {url} as {}\n", dialect.title);
    let reads = played(Does::Reads).count();
    let _ = write!(out, "\n  {}", counted(reads, "check only reads", "checks only read"));
    let writes: Vec<&Planned> = played(Does::Writes).collect();
    if !writes.is_empty() {
        let (what, away) = match writes.len() {
            1 => ("1 check makes what it needs".to_owned(), "takes it away again"),
            count => (format!("{count} checks make what they need"), "take it away again"),
        };
        let _ = write!(out, "\n  {what}, named with {}, and {away}", plan.nonce);
    }
    let costs: Vec<&Planned> = played(Does::Costs).collect();
    if !costs.is_empty() {
        let _ = write!(out, "\n  {}", counted(costs.len(), "check costs money", "checks cost money"));
    }
    let mut leaves: Vec<&str> = writes.iter().chain(&costs).map(|check| check.transcript.leaves.as_str()).collect();
    leaves.retain(|leaves| !leaves.is_empty());
    leaves.dedup();
    for leaves in leaves {
        let _ = write!(out, "\n    stays there: {leaves}");
    }
    let left_out = plan.checks.iter().filter(|check| check.left_out.is_some()).count();
    if left_out > 0 {
        let _ = write!(out, "\n  {}", counted(left_out, "check is left out", "checks are left out"));
    }
    out.push('\n');
    out
}

/// A check, as it ends: a line, and what was found below it.
pub fn line(check: &Check, widest: usize) -> String {
    let mark = match &check.verdict {
        Verdict::Conforms => "✓",
        Verdict::Differs => "✗",
        Verdict::Skipped(_) => "–",
    };
    let mut out = format!("  {mark} {:widest$}  {}", check.name, check.title);
    if let Verdict::Skipped(why) = &check.verdict {
        let _ = write!(out, "\n    {:widest$}  skipped: {why}", "");
    }
    let mut doing = None;
    for finding in &check.findings {
        if doing != Some((&finding.doing, &finding.request)) {
            let _ = write!(out, "\n    {:widest$}  {} ({})", "", finding.doing, finding.request);
            doing = Some((&finding.doing, &finding.request));
        }
        let remark = if finding.is_fault { "" } else { "remark: " };
        let _ = write!(out, "\n    {:widest$}    · {remark}{}", "", finding.words);
    }
    for left in &check.left {
        let _ = write!(out, "\n    {:widest$}  NOT CLEANED UP: {left} did not work; look for it there", "");
    }
    out
}

impl Report {
    /// Whether all that was played is as it must be.
    pub fn conforms(&self) -> bool {
        !self.checks.iter().any(|check| check.verdict == Verdict::Differs)
    }

    fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.checks.iter().filter(|check| is(&check.verdict)).count()
    }

    /// The last lines for people.
    pub fn summary(&self) -> String {
        let differ = self.count(|verdict| *verdict == Verdict::Differs);
        let skipped = self.count(|verdict| matches!(verdict, Verdict::Skipped(_)));
        let conform = self.count(|verdict| *verdict == Verdict::Conforms);
        let requests: usize = self.checks.iter().map(|check| check.requests).sum();
        let mut out = format!(
            "{}: {}, {}",
            counted(self.checks.len(), "check", "checks"),
            counted(conform, "conforms", "conform"),
            counted(differ, "differs", "differ")
        );
        if skipped > 0 {
            let _ = write!(out, ", {skipped} skipped");
        }
        let _ = write!(out, "; {} in {:.1} s", counted(requests, "request", "requests"), self.took.as_secs_f64());
        out
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let checks: Vec<Value> = self.checks.iter().map(check_json).collect();
        json!({
            "dialect": self.dialect.id,
            "url": self.url,
            "at": self.at.to_string(),
            "run": self.nonce,
            "conforms": self.conforms(),
            "conform": self.count(|verdict| *verdict == Verdict::Conforms),
            "differ": self.count(|verdict| *verdict == Verdict::Differs),
            "skipped": self.count(|verdict| matches!(verdict, Verdict::Skipped(_))),
            "took_ms": millis(self.took),
            "checks": checks,
        })
    }

    /// For continuous integration: a test case a check, a remark in its output.
    pub fn junit(&self) -> String {
        let differ = self.count(|verdict| *verdict == Verdict::Differs);
        let skipped = self.count(|verdict| matches!(verdict, Verdict::Skipped(_)));
        let (name, count) = (xml(&format!("docket probe {}", self.dialect.id)), self.checks.len());
        let (took, at) = (self.took.as_secs_f64(), self.at.strftime("%Y-%m-%dT%H:%M:%S"));
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{name}\" tests=\"{count}\" \
             failures=\"{differ}\" skipped=\"{skipped}\" errors=\"0\" time=\"{took:.3}\">\n  <testsuite \
             name=\"{name}\" tests=\"{count}\" failures=\"{differ}\" skipped=\"{skipped}\" errors=\"0\" \
             time=\"{took:.3}\" timestamp=\"{at}\" hostname=\"{}\">\n",
            xml(&self.url)
        );
        for check in &self.checks {
            let _ = write!(
                out,
                "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
                xml(&format!("{}.{}", self.dialect.id, check.name)),
                xml(&check.title),
                check.took.as_secs_f64()
            );
            out.push_str(&case_body(check));
        }
        out.push_str("  </testsuite>\n</testsuites>\n");
        out
    }
}

fn case_body(check: &Check) -> String {
    let told = |finding: &Finding| format!("{} ({}): {}", finding.doing, finding.request, finding.words);
    let faults: Vec<&Finding> = check.findings.iter().filter(|finding| finding.is_fault).collect();
    let mut inside = String::new();
    match (&check.verdict, faults.first()) {
        (Verdict::Skipped(why), _) => {
            let _ = writeln!(inside, "      <skipped message=\"{}\"/>", xml(why));
        }
        (Verdict::Differs, first) => {
            let message = first.map_or("", |finding| finding.words.as_str());
            let all: Vec<String> = faults.iter().map(|finding| told(finding)).collect();
            let _ = writeln!(
                inside,
                "      <failure message=\"{}\" type=\"differs\">{}</failure>",
                xml(message),
                xml(&all.join("\n"))
            );
        }
        (Verdict::Conforms, _) => {}
    }
    let mut besides: Vec<String> = check.findings.iter().filter(|finding| !finding.is_fault).map(told).collect();
    besides.extend(check.left.iter().map(|left| format!("not cleaned up: {left} did not work")));
    if !besides.is_empty() {
        let _ = writeln!(inside, "      <system-out>{}</system-out>", xml(&besides.join("\n")));
    }
    if inside.is_empty() { "/>\n".to_owned() } else { format!(">\n{inside}    </testcase>\n") }
}

fn check_json(check: &Check) -> Value {
    let findings: Vec<Value> = check
        .findings
        .iter()
        .map(|finding| {
            json!({
                "doing": finding.doing, "request": finding.request, "line": finding.line, "at": finding.at,
                "words": finding.words, "weight": if finding.is_fault { "fault" } else { "remark" },
            })
        })
        .collect();
    let (verdict, why) = match &check.verdict {
        Verdict::Conforms => ("conforms", None),
        Verdict::Differs => ("differs", None),
        Verdict::Skipped(why) => ("skipped", Some(why)),
    };
    json!({
        "name": check.name, "title": check.title, "page": check.page, "verdict": verdict, "why": why,
        "findings": findings, "not_cleaned_up": check.left, "requests": check.requests, "took_ms": millis(check.took),
    })
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Text in XML; what XML cannot hold shows as a mark.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push('\t'),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}
