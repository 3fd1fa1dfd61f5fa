//! `docket explain`.

use super::{Ended, Failure, failed, say};
use crate::config::Config;
use clap::Args;
use docket_app::{Hub, SystemClock};
use docket_dialects::{Dialect, WireRequest};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Nothing of the request is done. A running hub does the same for requests with the header `Docket-Explain: 1`.
#[derive(Args)]
pub(super) struct Explain {
    /// Which order API: ppw, pruvan, wialon, mews or planviewer
    dialect: String,
    /// Path and query, as a client would send them
    target: String,
    /// Method [default: POST with a body, GET without]
    #[arg(long, short = 'X')]
    method: Option<Method>,
    /// A header, `Name: value`; a form is taken for granted where there is a body and no content type
    #[arg(long, short = 'H')]
    header: Vec<String>,
    /// The body
    #[arg(long, short = 'd', conflicts_with = "body_file")]
    body: Option<String>,
    /// The body, from a file
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
}

pub(super) async fn run(config: &Config, command: Explain, as_json: bool) -> Ended {
    let (dialect, request) = request(command)?;
    let options = config.hub(config.listen, Arc::new(SystemClock)).map_err(Failure::Usage)?;
    let hub = Hub::open(options).await.map_err(failed)?;
    let told = docket_app::explain::explain(&hub, dialect, hub.new_exchange(), request).await;
    hub.close().await.map_err(failed)?;
    if as_json { say(told) } else { say(card(&told)) }
}

fn request(command: Explain) -> Result<(&'static Dialect, WireRequest), Failure> {
    let dialect = docket_dialects::dialect(&command.dialect).ok_or_else(|| {
        let known: Vec<&str> = docket_dialects::DIALECTS.iter().map(|dialect| dialect.id).collect();
        Failure::Usage(format!("there is no dialect `{}`; there are {}", command.dialect, known.join(", ")))
    })?;
    let body = match (command.body, command.body_file) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(file)) => {
            std::fs::read(&file).map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?
        }
        (None, None) => Vec::new(),
    };
    let mut headers = HeaderMap::new();
    for line in &command.header {
        let read = line.split_once(':').and_then(|(name, value)| {
            Some((name.trim().parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
        });
        let (name, value) = read.ok_or_else(|| Failure::Usage(format!("--header `{line}`: use `Name: value`")))?;
        headers.append(name, value);
    }
    if !body.is_empty() && !headers.contains_key(http::header::CONTENT_TYPE) {
        let is_json = matches!(body.first(), Some(b'{' | b'['));
        let kind = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    // A whole URL is as good as its path.
    let local = command
        .target
        .split_once("://")
        .map_or(command.target.as_str(), |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let method = command.method.unwrap_or(if body.is_empty() { Method::GET } else { Method::POST });
    let (path, query) = (path.to_owned(), query.to_owned());
    let origin = "http://localhost".to_owned();
    Ok((dialect, WireRequest { method, path, query, headers, body: body.into(), origin, peer: None }))
}

fn text(json: &Json) -> String {
    match json {
        Json::Null => "nothing".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// For people.
fn card(told: &Json) -> String {
    let mut out = String::new();
    let operation = told["operation"].as_str().filter(|name| !name.is_empty()).unwrap_or("no known operation");
    let caller = told["caller"].as_str().unwrap_or("nobody this hub knows");
    let _ = write!(out, "{} {operation}, asked by {caller}", text(&told["dialect"]));
    let _ = write!(out, "\nwould be answered {}: {}", told["answer"]["status"], text(&told["answer"]["body"]));
    out.push_str(&changes(told));
    out.push_str("\n\nNothing of this was done.");
    out
}

/// What would change, and what else would happen.
pub(super) fn changes(told: &Json) -> String {
    let mut out = String::new();
    for order in told["orders"].as_array().into_iter().flatten() {
        let name = match (&order["number"], &order["serial"]) {
            (Json::String(number), _) => format!("order {number}"),
            (_, Json::Number(serial)) => format!("order {serial}"),
            _ => "an order".to_owned(),
        };
        let _ = write!(out, "\n\n{name} would {}", text(&order["would"]));
        if let Some(why) = order["why"].as_str() {
            let _ = write!(out, ": {why}");
        }
        for change in order["changes"].as_array().into_iter().flatten() {
            let _ = write!(out, "\n  {}: {} → {}", text(&change["field"]), text(&change["from"]), text(&change["to"]));
        }
        for refused in order["refused"].as_array().into_iter().flatten() {
            let (field, offered, rule) = (text(&refused["field"]), text(&refused["offered"]), text(&refused["rule"]));
            let _ = write!(out, "\n  refused: {field} = {offered} ({rule})");
        }
        for advisory in order["advisories"].as_array().into_iter().flatten() {
            let _ = write!(out, "\n  advisory: {}", text(advisory));
        }
    }
    for besides in told["besides"].as_array().into_iter().flatten() {
        let _ = write!(out, "\n\nbesides, {}", text(besides));
    }
    out
}
