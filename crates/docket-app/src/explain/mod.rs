//! Explaining: any request of a dialect run dry. What it would be answered, what it would change, which of its writes
//! would be refused and by which rule; and nothing happens.
//!
//! The dialect answers as ever, over a ledger that plans and writes nothing ([`rehearsal`]). Only what a dialect keeps in
//! memory is real: a session that a login opens, a call that counts against a rate.

mod rehearsal;
#[cfg(test)]
mod tests;

use crate::hub::Hub;
use docket_core::connection::Caller;
use docket_core::ids::ExchangeId;
use docket_core::ledger::Outcome;
use docket_core::plan::Write;
use docket_dialects::{Dialect, ServeContext, WireRequest, WireResponse};
use docket_store::record::{entry_document, whole_document};
use rehearsal::{Outcomes, Rehearsal, Rehearsed};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;

/// A request with this header (any value but `0`) is explained instead of done.
pub const HEADER: &str = "docket-explain";

/// Whether a request asks to be explained.
pub fn is_asked(headers: &http::HeaderMap) -> bool {
    headers.get(HEADER).is_some_and(|value| value.as_bytes() != b"0")
}

/// Runs a request dry; what came of it as JSON: `operation`, `caller`, `answer{status, headers, body}`, `orders` (one for
/// each that the request is about), `besides`.
pub async fn explain(hub: &Hub, dialect: &'static Dialect, exchange: ExchangeId, request: WireRequest) -> Json {
    explain_as(hub, dialect, exchange, request, None).await
}

/// The same, whoever asks being this caller, if one is named.
pub(crate) async fn explain_as(
    hub: &Hub,
    dialect: &'static Dialect,
    exchange: ExchangeId,
    request: WireRequest,
    caller: Option<Caller>,
) -> Json {
    let rehearsal = Rehearsal::of(hub);
    let random = rand::random::<u128>;
    let (now, memory) = (hub.now(), &hub.memory);
    let answer = match caller {
        None => {
            let cx = ServeContext { ledger: &rehearsal, now, exchange, memory, planner: hub, random: &random };
            dialect.serve.serve(cx, request).await
        }
        Some(caller) => {
            let standing = crate::replay::standing(&rehearsal, caller.clone());
            let cx = ServeContext { ledger: &standing, now, exchange, memory, planner: hub, random: &random };
            let request = dialect.serve.revive(cx, &caller, request);
            dialect.serve.serve(cx, request).await
        }
    };
    told(dialect, &answer, rehearsal.end())
}

fn told(dialect: &Dialect, answer: &WireResponse, outcomes: Outcomes) -> Json {
    let Outcomes { caller, submissions, mut besides } = outcomes;
    let records: usize = submissions.iter().map(|done| done.records).sum();
    let mails: usize = submissions.iter().map(|done| done.mails).sum();
    if records > 0 {
        besides.push(format!("{records} of the connection's own notes would be kept"));
    }
    if mails > 0 {
        besides.push(format!("{mails} messages would be owed"));
    }
    json!({
        "dialect": dialect.id,
        "operation": answer.operation,
        "caller": caller.map(|caller| caller.label),
        "answer": {
            "status": answer.status.as_u16(),
            "headers": headers(answer),
            "body": String::from_utf8_lossy(&answer.body),
        },
        "orders": submissions.into_iter().flat_map(orders).collect::<Vec<Json>>(),
        "besides": besides,
    })
}

fn headers(answer: &WireResponse) -> Json {
    let text = |value: &http::HeaderValue| Json::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
    Json::Object(answer.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
}

/// One line for each request of a submission.
fn orders(done: Rehearsed) -> Vec<Json> {
    let mut writes: VecDeque<Write> = done.planned.writes.into();
    let line = |outcome: Outcome| match outcome {
        Outcome::Rejected(rejection) => json!({ "would": "be refused", "why": rejection.to_string() }),
        Outcome::Outdated => json!({ "would": "be tried again", "why": "somebody else was faster" }),
        Outcome::Done(done) => {
            let is_its = |write: &Write| write.order.serial == done.order.serial;
            let write = if writes.front().is_some_and(is_its) { writes.pop_front() } else { None };
            let would = match (&write, done.created, done.changed) {
                (_, true, _) => "be created",
                (_, _, true) => "be changed",
                (Some(_), ..) => "stay as it is; what was refused would be noted",
                _ => "stay as it is",
            };
            let parsed = |text: String| serde_json::from_str::<Json>(&text).unwrap_or(Json::Null);
            let entry = write.map(|write| parsed(entry_document(&write.entry)));
            let member = |name: &str| entry.as_ref().and_then(|entry| entry.get(name)).cloned().unwrap_or(json!([]));
            json!({
                "would": would,
                "serial": done.order.serial.0,
                "number": done.order.fields.number,
                "status": done.order.state.word(),
                "changes": member("changes"),
                "refused": member("refused"),
                "advisories": member("advisories"),
                "order": parsed(whole_document(&done.order)),
            })
        }
    };
    done.planned.outcomes.into_iter().map(line).collect()
}
