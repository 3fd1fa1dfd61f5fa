//! What operations have in common: parameters of paths, headers, words.

use super::super::who::COOKIE;
use super::notation::{self, Wrong};
use serde_json::{Map, Value, json};

/// What stands at the head of the document.
pub(super) const ABOUT: &str = "Programs see and steer everything here that people do. Requests carry a bearer token \
    (`docket token create NAME`), whose role says what it may do. Errors are `application/problem+json` with a stable \
    `code` and a `type` that is the address of its page. Times are RFC 3339 in UTC. Objects may get more members with \
    time: leave alone those you do not know.";

/// Parameters of paths: name, example, what it is.
const PATHS: &[(&str, &str, &str)] = &[
    ("order", "1042", "The order's id (a UUID) or serial."),
    ("place", "1", "Its place in the order: 1, 2, 3 …"),
    ("site", "019bc0de-7a00-7000-8000-000000000001", "The site's id."),
    ("route", "1", "The route's id."),
    ("unit", "1", "The unit's id, its tracker's unique id, or its name."),
    ("plan", "019bc0de-7a00-7000-8000-000000000001", "The plan's id."),
    ("job", "1042", "The job's id or serial, which are its order's."),
    ("slug", "valuation", "The product's slug."),
    ("exchange", "019bc0de-7a00-7000-8000-000000000001", "The exchange's id."),
    ("message", "1", "The message's id."),
    ("connection", "acme", "The connection's name or id."),
    ("delivery", "3-1042", "The delivery's id."),
    ("rule", "texas", "The rule's name."),
    ("webhook", "erp", "The webhook's name."),
    ("seq", "1207", "The place in the journal that the message is about."),
    ("token", "producer", "The token's name."),
    ("session", "019bc0de-7a00-7000-8000-000000000001", "The session's id."),
    ("user", "ann", "The user's name."),
    ("dialect", "pruvan", "The order API's id."),
];

/// Query parameters that are the same everywhere.
const QUERIES: &[(&str, &str)] = &[
    ("cursor", "The `next_cursor` of the page before."),
    ("limit", "The most that one answer has."),
    ("wait_s", "How long to wait for something to happen, in seconds. The answer may come sooner."),
    ("connection", "Only of the connection of this name."),
    ("order", "Only of this order, by id or serial."),
];

/// Headers of requests: name, type, what it does.
const REQUEST_HEADERS: &[(&str, &str, &str)] = &[
    (
        "Idempotency-Key",
        "text(1,255)",
        "Makes it safe to send again: the same key with the same request does nothing twice.",
    ),
    ("If-Match", "text", "The order's `ETag` as you read it: to another revision nothing is done."),
    ("If-None-Match", "text", "What you have already, by its `ETag`."),
    (
        "If-Range",
        "text",
        "What you have a part of, by its `ETag`: when there is something else now, all of that is given.",
    ),
    ("Range", "text", "Only these bytes: `bytes=0-1023`."),
    ("Docket-Claim", "text(1,255)", "The claim, where the body has no place for it."),
    ("Content-Disposition", "text", "What the file is called: `attachment; filename=\"report.pdf\"`."),
    ("Last-Event-ID", "text", "The id of the last event that was seen; wins over `after`."),
    ("Docket-CSRF", "text", "With a session: what `GET /v1/session` says. A token needs none."),
    ("Content-Encoding", "'gzip'|'identity'", "The body is compressed."),
];

/// Headers of answers: name, type, what it says.
const RESPONSE_HEADERS: &[(&str, &str, &str)] = &[
    ("ETag", "text", "What `If-Match` and `If-None-Match` are given."),
    ("Location", "text", "Where it can be read."),
    ("Idempotency-Replayed", "'true'", "It was so before: nothing was done now."),
    ("Docket-Refused", "text", "Members that were not taken, because somebody else has the say in them."),
    ("Docket-Missing-Scripts", "text", "Scripts of the text for which this hub has no font."),
    ("Content-Disposition", "text", "What the file is called."),
    ("Content-Range", "text", "Which bytes these are."),
    ("Set-Cookie", "text", "The session, for the browser to keep."),
    ("Docket-Behind", "'true'", "What is answered is a little old."),
    ("Cache-Control", "text", "How long it may be kept."),
    ("X-Request-Id", "uuid", "The id of this exchange, also in the log."),
    ("traceparent", "text", "The span that answered, as W3C Trace Context writes it, in the trace that was given."),
    ("RateLimit-Policy", "text", "How many requests in which time: `\"token\";q=30000;w=30`."),
    ("RateLimit", "text", "How many are left, and in how many seconds all are again: `\"token\";r=29999;t=1`."),
    ("Retry-After", "whole", "In how many seconds to come back."),
];

/// What every answer carries.
pub(super) const ALWAYS_GIVEN: &[&str] = &["X-Request-Id", "traceparent"];
/// What the answer to a caller whose requests are counted carries.
pub(super) const COUNTED: &[&str] = &["RateLimit", "RateLimit-Policy"];

/// A parameter of a path.
pub(super) fn path(name: &str) -> Result<Value, Wrong> {
    let found = PATHS.iter().find(|(known, ..)| *known == name);
    let (_, example, about) = found.ok_or_else(|| format!("there is no parameter {{{name}}} of paths"))?;
    Ok(json!({"name": name, "in": "path", "required": true, "description": about,
        "schema": {"type": "string", "minLength": 1}, "example": example}))
}

/// What a query parameter of this name does.
pub(super) fn about(name: &str) -> Option<&'static str> {
    QUERIES.iter().find(|(known, _)| *known == name).map(|(_, about)| *about)
}

/// Headers of requests, as parameters.
pub(super) fn parameters() -> Result<Map<String, Value>, Wrong> {
    let one = |(name, kind, about): &(&str, &str, &str)| {
        let schema = notation::kind(kind)?;
        let header = json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
        Ok(((*name).to_owned(), header))
    };
    REQUEST_HEADERS.iter().map(one).collect()
}

/// Headers of answers.
pub(super) fn headers() -> Result<Map<String, Value>, Wrong> {
    let one = |(name, kind, about): &(&str, &str, &str)| {
        Ok(((*name).to_owned(), json!({"description": about, "schema": notation::kind(kind)?})))
    };
    RESPONSE_HEADERS.iter().map(one).collect()
}

/// How requests say who they are from.
pub(super) fn security() -> Value {
    json!({
        "token": {"type": "http", "scheme": "bearer", "description": "A bearer token."},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A session."},
    })
}

/// What a status means where nothing else is said.
pub(super) fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done, or here it is",
        "201" => "Made",
        "202" => "Begun",
        "204" => "Done; there is nothing to say",
        "206" => "The bytes that were asked for",
        "304" => "You have it already",
        "416" => "There are no such bytes",
        "422" => "Nothing of it was kept",
        _ => "Answered",
    }
}
