//! Orders a line each (NDJSON): read as they come, done in groups, answered a line each while more come in.

use super::App;
use super::board;
use super::native::{self, Operation};
use super::problem::Problem;
use super::session;
use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use docket_app::exchange::RawExchange;
use docket_app::native::lines::{Became, Line, Lines, TOGETHER, Told, take};
use docket_app::stream::Permit;
use docket_core::connection::Caller;
use docket_core::ids::ExchangeId;
use docket_core::ledger::Fault;
use futures_util::{FutureExt, StreamExt, stream};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The longest line.
const LINE_LIMIT: usize = 8 << 20;
/// How many groups of new orders are under way at once. Changes are made one group after the other: the same order may be
/// in several.
const GROUPS_AT_ONCE: usize = 3;
/// How many groups that were read wait for their turn.
const GROUPS_READ: usize = 2;
/// How many answers of groups are held for a client that sends everything before it reads anything.
const ANSWERS_HELD: usize = 512;
/// How often a group is tried that the ledger was too busy for, and the pause between.
const ATTEMPTS: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);
const MEDIA_TYPE: &str = "application/x-ndjson";

/// Marks an answer that is not at hand as a whole: it is logged by whoever makes it.
#[derive(Clone, Copy)]
pub(super) struct Streamed;

/// What lines a request has, if it has lines.
pub(super) fn of(operation: Operation<'_>, parts: &Parts) -> Result<Option<Lines>, Problem> {
    let said = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has_lines = [MEDIA_TYPE, "application/ndjson", "application/jsonl"].contains(&kind.as_str());
    let lines = match operation {
        Operation::Create if has_lines => Lines::Orders { key: native::key(parts)?.map(str::to_owned) },
        Operation::Board(board::Operation::Bulk) => Lines::Changes,
        _ => return Ok(None),
    };
    match parts.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => Ok(Some(lines)),
        Some(_) => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            "Encoding not understood",
            "lines are taken as they are, without Content-Encoding",
        )),
    }
}

/// What was asked, and by whom.
pub(super) struct Asked {
    pub(super) id: ExchangeId,
    pub(super) operation: &'static str,
    pub(super) caller: Caller,
    pub(super) lines: Lines,
    /// Whether who asked is still let in.
    pub(super) permit: Permit,
}

/// Answers at once; what becomes of the lines follows.
pub(super) fn answer(app: &Arc<App>, asked: Asked, parts: &Parts, body: Body, is_logged: bool) -> Response {
    let (answers, held) = mpsc::channel::<Bytes>(ANSWERS_HELD);
    let (app, head) = (Arc::clone(app), (parts.method.clone(), parts.uri.clone(), parts.headers.clone()));
    tokio::spawn(async move {
        let begun = Instant::now();
        let at = app.hub.now();
        let done = work(&app, &asked, body, &answers).await;
        tracing::debug!(request = %asked.id, operation = asked.operation, lines = done.lines, "lines ended");
        if is_logged {
            log(&app, &asked, head, at, begun.elapsed(), &done).await;
        }
    });
    let held = stream::unfold(held, |mut held| async move { Some((Ok::<_, Infallible>(held.recv().await?), held)) });
    let mut response = Response::new(Body::from_stream(held));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response.extensions_mut().insert(Streamed);
    response
}

/// How it went.
#[derive(Default)]
struct Done {
    lines: u64,
    refused: u64,
}

async fn work(app: &Arc<App>, asked: &Asked, body: Body, answers: &mpsc::Sender<Bytes>) -> Done {
    let (groups, read) = mpsc::channel(GROUPS_READ);
    let reader = tokio::spawn(read_all(Arc::clone(app), body, groups));
    let read = stream::unfold(read, |mut read| async move { Some((read.recv().await?, read)) });
    let at_once = if asked.lines == Lines::Changes { 1 } else { GROUPS_AT_ONCE };
    let mut told = std::pin::pin!(read.map(|group| settle(app, asked, group)).buffered(at_once));
    let mut done = Done::default();
    while let Some(told) = told.next().await {
        let mut text = Vec::with_capacity(told.len() * 96);
        for line in &told {
            done.lines += 1;
            done.refused += u64::from(line.get("id").is_none());
            text.extend_from_slice(line.to_string().as_bytes());
            text.push(b'\n');
        }
        // Nobody listens any more: what is done is done, and no more is begun.
        if answers.send(text.into()).await.is_err() {
            break;
        }
    }
    reader.abort();
    done
}

/// What was read: lines, or what is wrong with one, or why there are no more.
enum Group {
    Lines(Vec<Line>),
    Refused { index: u64, problem: Problem },
}

async fn settle(app: &App, asked: &Asked, group: Group) -> Vec<Value> {
    let lines = match group {
        Group::Lines(lines) if !(asked.permit)(&app.hub) => {
            let problem = Problem::unauthorized();
            return lines.iter().map(|line| refused(line.index, &problem)).collect();
        }
        Group::Lines(lines) => lines,
        Group::Refused { index, problem } => return vec![refused(index, &problem)],
    };
    for attempt in 1.. {
        match take(&app.hub, &asked.caller, &asked.lines, lines.clone()).await {
            Ok(told) => return told.into_iter().map(outcome).collect(),
            // Nothing was done.
            Err(Fault::Busy) if attempt < ATTEMPTS => tokio::time::sleep(PAUSE).await,
            Err(fault) => {
                let problem = Problem::from(fault);
                return lines.iter().map(|line| refused(line.index, &problem)).collect();
            }
        }
    }
    Vec::new()
}

fn outcome(told: Told) -> Value {
    match told.result {
        Ok(Became { id, serial, created, refused }) => {
            let status = if created { StatusCode::CREATED } else { StatusCode::OK };
            let mut line =
                json!({"index": told.index, "status": status.as_u16(), "id": id.to_string(), "serial": serial.0});
            if let (false, Some(members)) = (refused.is_empty(), line.as_object_mut()) {
                members.insert("refused".to_owned(), refused.into());
            }
            line
        }
        Err(error) => refused(told.index, &Problem::from(error)),
    }
}

fn refused(index: u64, problem: &Problem) -> Value {
    let detail = match problem.code() {
        "outdated" => "the order has another revision by now; read it and decide anew",
        _ => problem.detail(),
    };
    let mut line = json!({
        "index": index,
        "status": problem.status().as_u16(),
        "code": problem.code(),
        "detail": detail,
    });
    if let (Some(pointer), Some(members)) = (problem.pointer(), line.as_object_mut()) {
        members.insert("pointer".to_owned(), pointer.into());
    }
    line
}

/// Lines of a body, as they come.
struct Reading {
    groups: mpsc::Sender<Group>,
    group: Vec<Line>,
    index: u64,
}

impl Reading {
    /// A line; blank ones do not count. `false` when nobody wants more.
    async fn line(&mut self, text: Bytes) -> bool {
        if text.iter().all(u8::is_ascii_whitespace) {
            return true;
        }
        self.group.push(Line { index: self.index, text });
        self.index += 1;
        self.group.len() < TOGETHER || self.hand_on().await
    }

    async fn hand_on(&mut self) -> bool {
        let group = std::mem::take(&mut self.group);
        group.is_empty() || self.groups.send(Group::Lines(group)).await.is_ok()
    }

    /// A line that is not read to its end. `false` when nobody wants more.
    async fn refuse(&mut self, problem: Problem) -> bool {
        let index = self.index;
        self.index += 1;
        self.hand_on().await && self.groups.send(Group::Refused { index, problem }).await.is_ok()
    }

    async fn end(mut self, problem: Problem) {
        // Whoever takes them may have gone.
        let _ = self.refuse(problem).await;
    }
}

/// The line that comes in just now.
struct Open {
    text: BytesMut,
    longest: usize,
    /// It was refused; what still comes of it is dropped.
    is_refused: bool,
}

impl Open {
    /// Puts more of it. `false` when nobody wants more.
    async fn put(&mut self, reading: &mut Reading, piece: &[u8]) -> bool {
        if self.is_refused {
            return true;
        }
        if self.text.len().saturating_add(piece.len()) <= self.longest {
            self.text.extend_from_slice(piece);
            return true;
        }
        self.is_refused = true;
        self.text = BytesMut::new();
        let detail = format!("this line is longer than {} bytes; those behind it are read", self.longest);
        reading.refuse(Problem::unread(StatusCode::PAYLOAD_TOO_LARGE, detail)).await
    }

    /// It is at its end.
    async fn end(&mut self, reading: &mut Reading) -> bool {
        if std::mem::take(&mut self.is_refused) {
            return true;
        }
        reading.line(self.text.split().freeze()).await
    }
}

async fn read_all(app: Arc<App>, mut body: Body, groups: mpsc::Sender<Group>) {
    let patience = Duration::from_millis(app.limits.body_timeout_ms);
    let mut reading = Reading { groups, group: Vec::new(), index: 0 };
    let longest = LINE_LIMIT.min(app.limits.body_bytes);
    let mut open = Open { text: BytesMut::new(), longest, is_refused: false };
    loop {
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => {
                // Nothing more is at hand: what there is need not wait.
                if !reading.hand_on().await {
                    return;
                }
                tokio::select! {
                    frame = tokio::time::timeout(patience, body.frame()) => match frame {
                        Ok(frame) => frame,
                        Err(_) => {
                            let detail = "no more lines came in time".to_owned();
                            return reading.end(Problem::unread(StatusCode::REQUEST_TIMEOUT, detail)).await;
                        }
                    },
                    () = app.hub.stopped() => {
                        let detail = "the hub is stopping; send this line and those behind it again";
                        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail);
                        return reading.end(problem).await;
                    }
                }
            }
        };
        let data = match frame {
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            // A line that broke off is none.
            Some(Err(_)) => {
                let problem = Problem::unread(StatusCode::BAD_REQUEST, "the body broke off".to_owned());
                return reading.end(problem).await;
            }
            None => {
                let _ = open.end(&mut reading).await && reading.hand_on().await;
                return;
            }
        };
        let mut rest = &data[..];
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, behind) = rest.split_at(end);
            rest = behind.get(1..).unwrap_or_default();
            if !(open.put(&mut reading, line).await && open.end(&mut reading).await) {
                return;
            }
        }
        if !open.put(&mut reading, rest).await {
            return;
        }
    }
}

type Head = (http::Method, http::Uri, HeaderMap);

/// The wire log keeps how it went; the lines themselves are in the journal.
async fn log(app: &App, asked: &Asked, head: Head, at: docket_core::Timestamp, took: Duration, done: &Done) {
    let (method, uri, headers) = head;
    let summary = json!({"lines": done.lines, "refused": done.refused}).to_string();
    let raw = RawExchange {
        id: asked.id,
        account: asked.caller.account,
        connection: None,
        dialect: "native",
        secrets: session::USUAL,
        operation: asked.operation,
        at,
        took_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
        method,
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: Bytes::new(),
        status: Some(StatusCode::OK),
        response_headers: HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
        response_body: summary.into(),
        delivery: None,
    };
    app.hub.exchanges().log(raw).await;
}
