//! Reading the transcript format.

use super::{Answer, Does, Request, Source, Step, Transcript, TranscriptError, error};

/// Reads a transcript.
pub(super) fn parse(text: &str) -> Result<Transcript, TranscriptError> {
    let lines: Vec<&str> = text.lines().collect();
    let split = lines.iter().position(|line| *line == "---").ok_or_else(|| error(1, "no `---` after the head"))?;
    let head = &lines[..split];
    let source = match head_value(head, "source").as_deref() {
        Some("documented") => Source::Documented,
        Some("observed") => Source::Observed,
        Some("inferred") => Source::Inferred,
        other => return Err(error(1, format!("source is {other:?}: documented, observed or inferred"))),
    };
    let roles = head_value(head, "roles").unwrap_or_default();
    let does = match head_value(head, "does").as_deref() {
        None => Does::default(),
        Some("reads") => Does::Reads,
        Some("writes") => Does::Writes,
        Some("costs") => Does::Costs,
        Some(other) => return Err(error(1, format!("does is {other:?}: reads, writes or costs"))),
    };
    let mut steps = Vec::new();
    let mut at = split + 1;
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() || line.starts_with('#') {
            at += 1;
        } else if let Some(given) = line.strip_prefix("+ ") {
            let (kind, rest) = given.trim().split_once(' ').unwrap_or((given.trim(), ""));
            steps.push(Step::Given(kind.to_owned(), rest.trim().to_owned()));
            at += 1;
        } else if let Some(told) = line.strip_prefix("! ") {
            let (what, words) = told.split_once(": ").map_or((told, None), |(what, words)| (what, Some(words)));
            steps.push(Step::Told(what.trim().to_owned(), words.map(|words| words.trim().to_owned())));
            at += 1;
        } else if line.starts_with("> ") {
            let (request, next) = parse_request(&lines, at)?;
            let next = skip_blank(&lines, next);
            let (answer, next) = parse_answer(&lines, next)?;
            steps.push(Step::Exchange(request, answer));
            at = next;
        } else if let Some(what) = line.strip_prefix("= order ") {
            let (body, next) = body(&lines, at + 1);
            steps.push(Step::Holds(what.trim().to_owned(), body));
            at = next;
        } else {
            return Err(error(at + 1, format!("not understood: {line}")));
        }
    }
    Ok(Transcript {
        title: head_value(head, "title").ok_or_else(|| error(1, "no title"))?,
        source,
        page: head_value(head, "page").ok_or_else(|| error(1, "no page"))?,
        roles: roles.trim_matches(['[', ']']).split(',').map(unquote).filter(|role| !role.is_empty()).collect(),
        does,
        leaves: head_value(head, "leaves").unwrap_or_default(),
        steps,
    })
}

fn head_value(head: &[&str], name: &str) -> Option<String> {
    head.iter().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| unquote(value.split(" #").next().unwrap_or(value)))
    })
}

fn unquote(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

fn skip_blank(lines: &[&str], mut at: usize) -> usize {
    while lines.get(at).is_some_and(|line| line.trim().is_empty()) {
        at += 1;
    }
    at
}

fn starts_block(line: &str) -> bool {
    ["+ ", "! ", "> ", "< ", "= ", "## "].iter().any(|mark| line.starts_with(mark))
}

/// The lines up to the next block, blank lines around them trimmed.
fn body(lines: &[&str], start: usize) -> (String, usize) {
    let end = lines[start..].iter().position(|line| starts_block(line)).map_or(lines.len(), |found| start + found);
    (lines[start..end].join("\n").trim_matches('\n').to_owned(), end)
}

fn headers(lines: &[&str], mut at: usize, mark: &str) -> (Vec<(String, String)>, usize) {
    let mut headers = Vec::new();
    while let Some((name, value)) =
        lines.get(at).and_then(|line| line.strip_prefix(mark)).and_then(|line| line.split_once(':'))
    {
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        at += 1;
    }
    (headers, at)
}

fn parse_request(lines: &[&str], at: usize) -> Result<(Request, usize), TranscriptError> {
    let (method, target) =
        lines[at][2..].trim().split_once(' ').ok_or_else(|| error(at + 1, "a request line is `> METHOD /path`"))?;
    let (headers, next) = headers(lines, at + 1, "> ");
    let (body, next) = body(lines, next);
    let says = at.checked_sub(1).and_then(|above| lines.get(above)).and_then(|line| line.strip_prefix("## "));
    let says = says.unwrap_or_default().trim().to_owned();
    let (method, target) = (method.to_owned(), target.trim().to_owned());
    Ok((Request { line: at + 1, says, method, target, headers, body }, next))
}

fn parse_answer(lines: &[&str], at: usize) -> Result<(Answer, usize), TranscriptError> {
    let status = lines
        .get(at)
        .and_then(|line| line.strip_prefix("< "))
        .and_then(|status| status.trim().parse().ok())
        .ok_or_else(|| error(at + 1, "an answer starts with `< STATUS`"))?;
    let (headers, mut next) = headers(lines, at + 1, "< ");
    let mut spelled = Vec::new();
    while let Some((must, text)) = lines.get(next).and_then(|line| spelling(line)) {
        spelled.push((must, text.to_owned()));
        next += 1;
    }
    let (body, next) = body(lines, next);
    Ok((Answer { line: at + 1, status, headers, spelled, body }, next))
}

/// `<~ TEXT` or `<!~ TEXT`.
fn spelling(line: &str) -> Option<(bool, &str)> {
    let must = line.strip_prefix("<~ ").map(|text| (true, text));
    must.or_else(|| line.strip_prefix("<!~ ").map(|text| (false, text)))
}
