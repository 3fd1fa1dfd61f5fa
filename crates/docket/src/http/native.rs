//! The native API under `/v1`: name the operation, authenticate, do it, answer.

use super::problem::Problem;
use super::who::Asker;
use super::{
    App, Shared, board, body, encoding, events, exchanges, items, jobs, lines, openapi, operate, outbox, plans,
    positions, read, relay, replay, report, session, tokens, units, webhooks, who,
};
use crate::config::Keep;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use docket_app::exchange::RawExchange;
use docket_app::native::jobs::Verb;
use docket_app::native::{self, KEY_LIMIT, Revised};
use docket_app::registry;
use docket_app::trace::{self, Trace};
use docket_core::connection::{Access, Caller};
use docket_core::ids::{ExchangeId, Revision};
use docket_core::ledger::Done;
use docket_core::order::{ItemKind, Order, Rejection};
use docket_store::record::whole_document;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

pub(super) type Answered = Result<Response, Problem>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Members that were not taken, because somebody else has the say in them.
const REFUSED: HeaderName = HeaderName::from_static("docket-refused");
/// The largest body of somebody who is nobody yet.
const STRANGERS_BODY: usize = 64 << 10;
const IF_MATCH: &str = "If-Match must be *, or tags as ETag gives them: \"3\"";

/// What the wire log hides of requests and answers about connections: whatever any dialect calls a secret, too.
static OF_CONNECTIONS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = registry::secret_names();
    names.extend(session::USUAL);
    names
});

/// Answers that have no end to wait for, or are too large to: they are not kept.
const STREAMED: [&str; 2] = ["events", "system/backup"];

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    List,
    Create,
    Show(&'a str),
    Change(&'a str),
    Move(&'a str),
    Remove(&'a str),
    History(&'a str),
    Faces(&'a str),
    Report(&'a str),
    SiteReport(&'a str),
    Ask(&'a str),
    Answer(&'a str),
    AnswerAt(&'a str, &'a str),
    Items(&'a str, ItemKind),
    Put(&'a str, ItemKind),
    Attachment(&'a str, &'a str),
    Describe(&'a str, &'a str),
    Content(&'a str, &'a str),
    Routes,
    Route(&'a str),
    AskPlan,
    Plan(&'a str),
    AcceptPlan(&'a str),
    CancelPlan(&'a str),
    Journal,
    Exchanges,
    Exchange(&'a str),
    Replay(&'a str),
    Outbox,
    Message(&'a str),
    RetryMessage(&'a str),
    DropMessage(&'a str),
    Board(board::Operation<'a>),
    Relay(relay::Operation<'a>),
    Webhooks(webhooks::Operation<'a>),
    Session(session::Operation<'a>),
    Operate(operate::Operation<'a>),
    Tokens,
    AddToken,
    RemoveToken(&'a str),
    Events,
    Jobs,
    Job(&'a str),
    Claim,
    Say(&'a str, Verb),
    Finish(&'a str),
    PutResult(&'a str),
    Result(&'a str),
    Products,
    Product(&'a str),
    PutProduct(&'a str),
    Units(units::Operation<'a>),
    Positions,
    OpenApi,
}

impl<'a> Operation<'a> {
    fn of(method: &Method, path: &'a str) -> Result<Operation<'a>, Problem> {
        let path = path.strip_prefix("/v1/").unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        // Before the relay's: they share paths.
        if let Some(found) = operate::Operation::of(method, &segments) {
            return found.map(Operation::Operate);
        }
        if let Some(found) = board::Operation::of(method, &segments) {
            return found.map(Operation::Board);
        }
        if let Some(found) = relay::Operation::of(method, &segments) {
            return found.map(Operation::Relay);
        }
        if let Some(found) = units::Operation::of(method, &segments) {
            return found.map(Operation::Units);
        }
        if let Some(found) = webhooks::Operation::of(method, &segments) {
            return found.map(Operation::Webhooks);
        }
        if let Some(found) = session::Operation::of(method, &segments) {
            return found.map(Operation::Session);
        }
        let reads = match segments.as_slice() {
            ["orders"] if method == Method::POST => return Ok(Operation::Create),
            ["tokens"] if method == Method::POST => return Ok(Operation::AddToken),
            ["tokens", name] if method == Method::DELETE => return Ok(Operation::RemoveToken(name)),
            ["orders", order] if method == Method::PATCH => return Ok(Operation::Change(order)),
            ["orders", order] if method == Method::DELETE => return Ok(Operation::Remove(order)),
            ["orders", order, "transitions"] if method == Method::POST => return Ok(Operation::Move(order)),
            ["plans"] if method == Method::POST => return Ok(Operation::AskPlan),
            ["plans", plan] if method == Method::DELETE => return Ok(Operation::CancelPlan(plan)),
            ["plans", plan, "accept"] if method == Method::POST => return Ok(Operation::AcceptPlan(plan)),
            ["positions"] if method == Method::POST => return Ok(Operation::Positions),
            ["orders", order, "questions"] if method == Method::POST => return Ok(Operation::Ask(order)),
            ["orders", order, "answers"] if method == Method::POST => return Ok(Operation::Answer(order)),
            ["orders", order, "questions", place, "answer"] if method == Method::POST => {
                return Ok(Operation::AnswerAt(order, place));
            }
            ["outbox", message, "retry"] if method == Method::POST => return Ok(Operation::RetryMessage(message)),
            ["outbox", message, "drop"] if method == Method::POST => return Ok(Operation::DropMessage(message)),
            ["orders", order, list] if let Some(kind) = ItemKind::from_plural(list) => match *method {
                Method::POST => return Ok(Operation::Put(order, kind)),
                _ => Operation::Items(order, kind),
            },
            ["orders", order, "attachments", place] if method == Method::PATCH => {
                return Ok(Operation::Describe(order, place));
            }
            ["orders", order, "attachments", place] => Operation::Attachment(order, place),
            ["orders", order, "attachments", place, "content"] => Operation::Content(order, place),
            ["jobs", "claim"] if method == Method::POST => return Ok(Operation::Claim),
            ["jobs", job, "finish"] if method == Method::POST => return Ok(Operation::Finish(job)),
            ["jobs", job, "result"] if method == Method::PUT => return Ok(Operation::PutResult(job)),
            ["jobs", job, word] if let (&Method::POST, Some(verb)) = (method, Verb::from_word(word)) => {
                return Ok(Operation::Say(job, verb));
            }
            ["products", slug] if method == Method::PUT => return Ok(Operation::PutProduct(slug)),
            ["tokens"] => Operation::Tokens,
            ["jobs"] => Operation::Jobs,
            ["jobs", job] => Operation::Job(job),
            ["jobs", job, "result"] => Operation::Result(job),
            ["products"] => Operation::Products,
            ["products", slug] => Operation::Product(slug),
            ["orders"] => Operation::List,
            ["orders", order] => Operation::Show(order),
            ["orders", order, "history"] => Operation::History(order),
            ["orders", order, "faces"] => Operation::Faces(order),
            ["orders", order, "report"] => Operation::Report(order),
            ["sites", site, "report"] => Operation::SiteReport(site),
            ["routes"] => Operation::Routes,
            ["routes", route] => Operation::Route(route),
            ["plans", plan] => Operation::Plan(plan),
            ["journal"] => Operation::Journal,
            ["exchanges", exchange, "replay"] if method == Method::POST => return Ok(Operation::Replay(exchange)),
            ["exchanges"] => Operation::Exchanges,
            ["exchanges", exchange] => Operation::Exchange(exchange),
            ["outbox"] => Operation::Outbox,
            ["outbox", message] => Operation::Message(message),
            ["events"] => Operation::Events,
            ["openapi.json"] => Operation::OpenApi,
            // There is nothing to read here, and the answer to who tries says so.
            ["positions"] => Operation::Positions,
            _ => {
                return Err(Problem::not_found(
                    "nothing is served at this path; GET /v1/openapi.json says what is where",
                ));
            }
        };
        match *method {
            Method::GET | Method::HEAD if reads != Operation::Positions => Ok(reads),
            _ => Err(Problem::method(method)),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Operation::List => "orders/list",
            Operation::Create => "orders/create",
            Operation::Show(_) => "orders/show",
            Operation::Change(_) => "orders/change",
            Operation::Move(_) => "orders/move",
            Operation::Remove(_) => "orders/remove",
            Operation::History(_) => "orders/history",
            Operation::Faces(_) => "orders/faces",
            Operation::Report(_) => "orders/report",
            Operation::SiteReport(_) => "sites/report",
            Operation::Ask(_) => "orders/ask",
            Operation::Answer(_) | Operation::AnswerAt(..) => "orders/answer",
            Operation::Items(..) => "items/list",
            Operation::Put(..) => "items/put",
            Operation::Attachment(..) => "attachments/show",
            Operation::Describe(..) => "attachments/change",
            Operation::Content(..) => "attachments/content",
            Operation::Routes => "routes/list",
            Operation::Route(_) => "routes/show",
            Operation::AskPlan => "plans/ask",
            Operation::Plan(_) => "plans/show",
            Operation::AcceptPlan(_) => "plans/accept",
            Operation::CancelPlan(_) => "plans/cancel",
            Operation::Journal => "journal",
            Operation::Exchanges => "exchanges/list",
            Operation::Exchange(_) => "exchanges/show",
            Operation::Replay(_) => "exchanges/replay",
            Operation::Outbox => "outbox/list",
            Operation::Message(_) => "outbox/show",
            Operation::RetryMessage(_) => "outbox/retry",
            Operation::DropMessage(_) => "outbox/drop",
            Operation::Board(operation) => operation.name(),
            Operation::Relay(operation) => operation.name(),
            Operation::Units(operation) => operation.name(),
            Operation::Webhooks(operation) => operation.name(),
            Operation::Session(operation) => operation.name(),
            Operation::Operate(operation) => operation.name(),
            Operation::Tokens => "tokens/list",
            Operation::AddToken => "tokens/add",
            Operation::RemoveToken(_) => "tokens/remove",
            Operation::Events => "events",
            Operation::Jobs => "jobs/list",
            Operation::Job(_) => "jobs/show",
            Operation::Claim => "jobs/claim",
            Operation::Say(_, Verb::Heartbeat) => "jobs/heartbeat",
            Operation::Say(_, Verb::Progress) => "jobs/progress",
            Operation::Say(_, Verb::Ask) => "jobs/ask",
            Operation::Say(_, Verb::Fail) => "jobs/fail",
            Operation::Say(_, Verb::Release) => "jobs/release",
            Operation::Finish(_) | Operation::PutResult(_) => "jobs/finish",
            Operation::Result(_) => "jobs/result",
            Operation::Products => "products/list",
            Operation::Product(_) => "products/show",
            Operation::PutProduct(_) => "products/put",
            Operation::Positions => "positions/add",
            Operation::OpenApi => "openapi",
        }
    }
}

/// What is done at a path, by whom at least: what the description of the API asks.
pub(super) fn routed(method: &Method, path: &str) -> Result<Routed, Problem> {
    let operation = Operation::of(method, path)?;
    Ok(Routed { name: operation.name(), role: operation.needs(), is_open: operation.is_open() })
}

/// What a method and path come to.
pub(super) struct Routed {
    pub(super) name: &'static str,
    pub(super) role: Access,
    pub(super) is_open: bool,
}

impl Operation<'_> {
    /// What the wire log hides.
    fn secrets(self) -> &'static [&'static str] {
        match self {
            Operation::Session(operation) => operation.secrets(),
            _ if self.name().starts_with("connections/") => &OF_CONNECTIONS,
            _ => session::USUAL,
        }
    }
}

pub(super) async fn answer(State(app): Shared, request: Request) -> Response {
    let begun = Instant::now();
    let id = app.hub.new_exchange();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let named = Operation::of(&parts.method, &path);
    let operation = named.as_ref().map_or("", |operation| operation.name());
    let secrets = named.as_ref().map_or(session::USUAL, |operation| operation.secrets());
    let span = trace::answering(&parts.headers, id, rand::random());
    let (mut response, kept) = match named {
        Ok(operation) => limited(&app, (id, span.trace), operation, &parts, body).await,
        Err(problem) => (unnamed(problem, &path), Kept::default()),
    };
    let kept = Kept { secrets, ..kept };
    let took = begun.elapsed();
    app.metrics.count("native", operation, response.status(), took);
    let took_us = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    tracing::debug!(
        request = %id, operation, method = %parts.method, status = response.status().as_u16(), took_us,
        trace = %span.trace.id.simple(), span = format_args!("{:016x}", span.id),
        parent = span.parent.map(|parent| format!("{parent:016x}")), "answered"
    );
    trace::put(span, response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let is_whole = !STREAMED.contains(&operation) && response.extensions().get::<lines::Streamed>().is_none();
    if app.keep == Keep::All && is_whole {
        response = log(&app, id, operation, took_us, parts, kept, response).await;
    }
    response
}

/// The answer to a path or method that names no operation: which methods there are.
fn unnamed(problem: Problem, path: &str) -> Response {
    let is_method = problem.status() == StatusCode::METHOD_NOT_ALLOWED;
    let mut response = problem.into_response();
    if let Some(allowed) = is_method.then(|| HeaderValue::from_str(&openapi::allowed(path)).ok()).flatten() {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// What the wire log needs beyond the response.
#[derive(Default)]
struct Kept {
    secrets: &'static [&'static str],
    body: Bytes,
    caller: Option<Caller>,
}

async fn limited(
    app: &Arc<App>,
    id: (ExchangeId, Trace),
    operation: Operation<'_>,
    parts: &Parts,
    body: Body,
) -> (Response, Kept) {
    let asker = match who::admit(app, operation, parts) {
        Ok(asker) => asker,
        Err(refusal) => {
            let (problem, caller) = *refusal;
            return (problem.into_response(), Kept { caller, ..Kept::default() });
        }
    };
    if operation.is_open() {
        return known(app, id, operation, parts, body, asker).await;
    }
    let left = app.rates.take((asker.caller.account.0, asker.caller.label.as_str()), app.hub.now());
    if let Some(left) = left.filter(|left| !left.allowed) {
        let mut response = Problem::too_often(left.retry_after_s()).into_response();
        app.rates.tell(left, response.headers_mut());
        return (response, Kept { caller: Some(asker.caller), ..Kept::default() });
    }
    let (mut response, kept) = known(app, id, operation, parts, body, asker).await;
    if let Some(left) = left {
        app.rates.tell(left, response.headers_mut());
    }
    (response, kept)
}

/// An operation of somebody who may do it.
async fn known(
    app: &Arc<App>,
    (id, trace): (ExchangeId, Trace),
    operation: Operation<'_>,
    parts: &Parts,
    body: Body,
    mut asker: Asker,
) -> (Response, Kept) {
    let exchange = (app.keep == Keep::All).then_some(id);
    asker.caller = asker.caller.within(exchange).tracing(trace);
    match lines::of(operation, parts) {
        Ok(None) => {}
        Ok(Some(lines)) => {
            let (operation, caller, permit) = (operation.name(), asker.caller.clone(), asker.permit(parts));
            let asked = lines::Asked { id, operation, caller, lines, permit };
            let response = lines::answer(app, asked, parts, body, exchange.is_some());
            return (response, Kept { caller: Some(asker.caller), ..Kept::default() });
        }
        Err(problem) => return (problem.into_response(), Kept { caller: Some(asker.caller), ..Kept::default() }),
    }
    let mut limits = app.limits;
    if operation.is_open() {
        limits.body_bytes = limits.body_bytes.min(STRANGERS_BODY);
    }
    let caller = || Some(asker.caller.clone());
    let held = match body::read(&parts.headers, body, &limits, &app.room).await {
        Ok(held) => held,
        Err((status, detail)) => {
            return (Problem::unread(status, detail).into_response(), Kept { caller: caller(), ..Kept::default() });
        }
    };
    let said = match encoding::plain(&parts.headers, &held, &limits, &app.room).await {
        Ok(said) => said,
        Err(problem) => return (problem.into_response(), Kept { caller: caller(), ..Kept::default() }),
    };
    let doing = AssertUnwindSafe(perform(app, &asker, operation, parts, &said.bytes)).catch_unwind();
    let done = tokio::time::timeout(Duration::from_millis(app.limits.request_timeout_ms), doing).await;
    let answered = match done {
        Ok(Ok(answered)) => answered,
        Ok(Err(_)) => {
            tracing::error!(request = %id, operation = operation.name(), "a request broke its handler");
            let detail = format!("the log has the reason under {id}");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", detail))
        }
        Err(_) => {
            tracing::error!(request = %id, operation = operation.name(), "an answer took too long");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "Too slow", "the answer took too long"))
        }
    };
    let mut response = answered.unwrap_or_else(Problem::into_response);
    if asker.session.is_some() && !response.headers().contains_key(header::CACHE_CONTROL) {
        // What a browser was shown is not for whoever uses it next, or the same proxy.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    let signed_in = response.extensions_mut().remove::<session::SignedIn>().map(|signed_in| signed_in.0);
    (response, Kept { body: said.bytes, caller: signed_in.or(Some(asker.caller)), ..Kept::default() })
}

async fn perform(app: &Arc<App>, asker: &Asker, operation: Operation<'_>, parts: &Parts, body: &Bytes) -> Answered {
    let (hub, caller) = (&app.hub, &asker.caller);
    let query = parts.uri.query().unwrap_or_default();
    if !query.is_empty() && openapi::takes_none(&parts.method, parts.uri.path()) {
        let name = query.split(['=', '&']).next().unwrap_or_default();
        return Err(Problem::query(name, "there is no such parameter; this request takes none"));
    }
    match operation {
        Operation::List => board::list(hub, caller, query).await,
        Operation::Create => create(app, caller, parts, body).await,
        Operation::Show(order) => read::show(hub, caller, order, parts).await,
        Operation::Change(order) => changed(native::change(hub, caller, order, body, revised(parts)?).await?),
        Operation::Move(order) => changed(native::transition(hub, caller, order, body, revised(parts)?).await?),
        Operation::Remove(order) => {
            native::remove(hub, caller, order, revised(parts)?).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Operation::History(order) => read::history(hub, caller, order).await,
        Operation::Faces(order) => read::faces(hub, caller, order).await,
        Operation::Report(order) => report::of_order(app, caller, order, parts).await,
        Operation::SiteReport(site) => report::of_site(app, caller, site, parts).await,
        Operation::Ask(order) => asked(native::ask(hub, caller, order, body).await?),
        Operation::Answer(order) => asked(native::answer(hub, caller, order, body).await.map_err(no_question)?),
        Operation::AnswerAt(order, place) => {
            asked(native::answer_at(hub, caller, order, place, body).await.map_err(no_question)?)
        }
        Operation::Items(order, kind) => read::items(hub, caller, order, kind).await,
        Operation::Put(order, kind) => items::put(hub, caller, (order, kind), parts, body, key(parts)?).await,
        Operation::Attachment(order, place) => items::attachment(hub, caller, order, place).await,
        Operation::Describe(order, place) => items::describe(hub, caller, order, place, body).await,
        Operation::Content(order, place) => items::content(hub, caller, order, place, parts).await,
        Operation::Routes => read::routes(hub, caller, query).await,
        Operation::Route(route) => read::route(hub, caller, route).await,
        Operation::Units(operation) => units::perform(hub, caller, operation, query, body).await,
        Operation::AskPlan => plans::ask(hub, caller, body).await,
        Operation::Plan(plan) => plans::show(hub, caller, plan).await,
        Operation::AcceptPlan(plan) => plans::accept(hub, caller, plan).await,
        Operation::CancelPlan(plan) => plans::cancel(hub, caller, plan).await,
        Operation::Journal => read::journal(hub, caller, query).await,
        Operation::Exchanges => exchanges::list(hub, caller, query).await,
        Operation::Exchange(exchange) => exchanges::show(hub, caller, exchange).await,
        Operation::Replay(exchange) => replay::replay(hub, caller, exchange, body).await,
        Operation::Outbox => outbox::list(hub, caller, query).await,
        Operation::Message(message) => outbox::show(hub, caller, message).await,
        Operation::RetryMessage(message) => outbox::retry(hub, caller, message).await,
        Operation::DropMessage(message) => outbox::give_up(hub, caller, message).await,
        Operation::Board(operation) => board::perform(hub, caller, operation, query).await,
        Operation::Relay(operation) => relay::perform(hub, caller, operation, query, body).await,
        Operation::Webhooks(operation) => webhooks::perform(hub, caller, operation, query, body).await,
        Operation::Session(operation) => session::perform(app, asker, operation, parts, body).await,
        Operation::Operate(operation) => operate::perform(app, caller, operation, parts, body).await,
        Operation::Tokens => tokens::list(hub, caller),
        Operation::AddToken => tokens::add(hub, caller, body).await,
        Operation::RemoveToken(name) => tokens::remove(hub, caller, name).await,
        Operation::Events => events::answer(app, caller, parts, query, asker.permit(parts)).await,
        Operation::Jobs => jobs::list(hub, caller, query).await,
        Operation::Job(job) => jobs::show(app, caller, job, query).await,
        Operation::Claim => jobs::claim(app, caller, parts, body, key(parts)?).await,
        Operation::Say(job, verb) => jobs::say(hub, caller, job, verb, parts, body).await,
        Operation::Finish(job) => jobs::finish(hub, caller, job, parts, body).await,
        Operation::PutResult(job) => jobs::put_result(hub, caller, job, parts, body).await,
        Operation::Result(job) => jobs::result(hub, caller, job, parts).await,
        Operation::Products => jobs::products(hub, caller).await,
        Operation::Product(slug) => jobs::product(hub, caller, slug).await,
        Operation::PutProduct(slug) => jobs::put_product(hub, caller, slug, body).await,
        Operation::Positions => positions::add(app, caller, body).await,
        Operation::OpenApi => openapi::answer(&parts.headers),
    }
}

async fn create(app: &App, caller: &Caller, parts: &Parts, body: &Bytes) -> Answered {
    let (made, is_batch) = native::create(&app.hub, caller, body, key(parts)?).await?;
    if is_batch {
        let documents: Vec<String> = made.iter().map(|done| whole_document(&done.order)).collect();
        return Ok(json(StatusCode::CREATED, format!("{{\"orders\":[{}]}}", documents.join(","))));
    }
    let Some(done) = made.first() else {
        return Err(Problem::not_found("nothing was made"));
    };
    let mut response = json(StatusCode::CREATED, whole_document(&done.order));
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&tag_of(&done.order)).ok().map(|tag| (header::ETAG, tag)));
    let location = HeaderValue::from_str(&format!("/v1/orders/{}", done.order.id));
    headers.extend(location.ok().map(|location| (header::LOCATION, location)));
    if !done.created {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The idempotency key, if there is one.
pub(super) fn key(parts: &Parts) -> Result<Option<&str>, Problem> {
    let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=KEY_LIMIT).contains(&text.len()));
    let detail = format!("Idempotency-Key must be 1 to {KEY_LIMIT} visible characters");
    let wrong = || Problem::new(StatusCode::BAD_REQUEST, "idempotency_key", "Key not understood", detail);
    text.map(Some).ok_or_else(wrong)
}

/// The tag of an order as it is.
fn tag_of(order: &Order) -> String {
    format!("\"{}\"", order.revision.0)
}

/// Which revisions may be changed: all, unless `If-Match` names some.
fn revised(parts: &Parts) -> Result<Revised, Problem> {
    let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Revised::Any) };
    let wrong = || Problem::new(StatusCode::BAD_REQUEST, "if_match", "If-Match not understood", IF_MATCH);
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text == "*" {
        return Ok(Revised::Any);
    }
    let tag = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok().map(Revision);
    text.split(',').map(tag).collect::<Option<_>>().map(Revised::To).ok_or_else(wrong)
}

/// The order as it is now. What somebody else's authority kept as it was is named in a header.
fn changed(done: Done) -> Answered {
    if !done.changed && !done.refused.is_empty() {
        let kept: Vec<String> = done.refused.iter().map(ToString::to_string).collect();
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", kept.join("; ")));
    }
    let mut response = json(StatusCode::OK, whole_document(&done.order));
    let mut put = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::ETAG, tag_of(&done.order));
    if !done.refused.is_empty() {
        let fields: Vec<&str> = done.refused.iter().map(|refused| refused.field.as_str()).collect();
        put(REFUSED, fields.join(", "));
    }
    Ok(response)
}

pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn no_question(error: native::NativeError) -> Problem {
    match error {
        native::NativeError::Rejected(Rejection::NotFound) => {
            Problem::not_found("there is no such order, or it has no such question, or none that is open")
        }
        error => error.into(),
    }
}

/// The order with its question; 201 when something was added to it, 200 when it was there already.
fn asked(done: Done) -> Answered {
    let status = if done.changed { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, whole_document(&done.order));
    let tag = HeaderValue::from_str(&tag_of(&done.order));
    response.headers_mut().extend(tag.ok().map(|tag| (header::ETAG, tag)));
    Ok(response)
}

pub(super) fn json(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Hands the exchange to the wire log. The response's body is at hand already, so reading it waits for nothing.
async fn log(
    app: &App,
    id: ExchangeId,
    operation: &'static str,
    took_us: i64,
    parts: Parts,
    kept: Kept,
    response: Response,
) -> Response {
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let raw = RawExchange {
        id,
        account: kept.caller.as_ref().map(|caller| caller.account).unwrap_or_default(),
        connection: None,
        dialect: "native",
        secrets: kept.secrets,
        operation,
        at: app.hub.now(),
        took_us,
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: kept.body,
        status: Some(head.status),
        response_headers: head.headers.clone(),
        response_body: bytes.clone(),
        delivery: None,
    };
    app.hub.exchanges().log(raw).await;
    Response::from_parts(head, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named() {
        assert!(matches!(Operation::of(&Method::GET, "/v1/orders"), Ok(Operation::List)));
        assert!(matches!(Operation::of(&Method::POST, "/v1/orders"), Ok(Operation::Create)));
        assert!(matches!(Operation::of(&Method::GET, "/v1/orders/7/faces"), Ok(Operation::Faces("7"))));
        let problem = Operation::of(&Method::PUT, "/v1/orders/7").expect_err("not possible");
        assert_eq!(problem.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert!(Operation::of(&Method::GET, "/v1/nothing").is_err());
    }
}
