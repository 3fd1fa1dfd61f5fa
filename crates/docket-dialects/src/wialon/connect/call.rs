//! Calls: the session, the form, what error codes mean, several calls in one.

use super::session::{Session, Sessions};
use super::{REMOTE_RESOURCE, REMOTE_USER, TOKEN};
use crate::connect::{ConnectError, Incoming, Outgoing, Remote, SendError};
use crate::wialon::wire::{Json, Object, integer, text};
use bytes::Bytes;
use docket_core::ids::ExchangeId;
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest answer that is read: a resource with a hundred thousand orders.
const ANSWER_LIMIT: usize = 128 << 20;
/// What a limit that was reached is waited for.
const BUSY: Duration = Duration::from_secs(1);
/// What stands for itself in a form.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The right to see the orders of a resource.
const VIEW_ORDERS: i64 = 0x2_0000_0000;
/// How many resources are named in a message.
const NAMED: usize = 20;

/// The counterpart, as this dialect calls it.
pub(super) struct Client<'a> {
    pub(super) remote: &'a Remote<'a>,
    pub(super) session: Arc<Session>,
    base: &'a str,
    token: &'a str,
    calls: AtomicUsize,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) error: ConnectError,
    /// It may have been done all the same.
    pub(super) perhaps: bool,
    /// The error code, where one was answered.
    pub(super) code: Option<i64>,
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> ConnectError {
        failure.error
    }
}

impl Failure {
    /// An answer that is not what the vendor documents; what was asked may have been done.
    pub(super) fn odd(operation: &str, why: &str) -> Failure {
        Failure { error: ConnectError::later(format!("{operation}: {why}")), perhaps: true, code: None }
    }
}

/// An answer, and the exchange it came in.
pub(super) struct Answer {
    pub(super) json: Json,
    pub(super) exchange: ExchangeId,
}

/// One of several calls that are made in one.
pub(super) struct Step {
    /// The service.
    pub(super) svc: &'static str,
    /// Its parameters.
    pub(super) params: Json,
}

impl<'a> Client<'a> {
    pub(super) fn of(remote: &'a Remote<'a>) -> Result<Client<'a>, ConnectError> {
        let session = Sessions::of(remote)?;
        Ok(Client { remote, session, base: remote.url()?, token: remote.secret(TOKEN)?, calls: AtomicUsize::new(0) })
    }

    /// A setting that says something.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        self.remote.connection.setting(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls a service within the session; where that is over a new one is begun, once.
    pub(super) async fn call(&self, svc: &'static str, params: &Json) -> Result<Answer, Failure> {
        let form = |sid: &str| self.form(svc, svc, params, sid);
        understand(svc, &self.within(svc, form).await?)
    }

    /// What happened since the last time. Each event is told once: whoever loses an answer reads everything anew.
    pub(super) async fn events(&self) -> Result<Answer, Failure> {
        const OPERATION: &str = "avl_evts";
        let Some(sid) = self.session.lock().sid.clone() else {
            return Err(Failure::odd(OPERATION, "there is no session"));
        };
        let body = format!("sid={}", encoded(&sid));
        let call = Outgoing::post(OPERATION, format!("{}/avl_evts", self.base), FORM_TYPE, body);
        let answer = understand(OPERATION, &self.send(call).await?);
        if answer.as_ref().err().is_some_and(|failure| is_over(failure.code)) {
            self.session.forget(&sid);
        }
        answer
    }

    /// Several calls in one, all or up to the first that fails: what each came to, in their order.
    pub(super) async fn steps(
        &self,
        steps: Vec<Step>,
        is_stopped: bool,
    ) -> Result<Vec<Result<Json, Failure>>, Failure> {
        const OPERATION: &str = "core/batch";
        if let [only] = steps.as_slice() {
            return Ok(match self.call(only.svc, &only.params).await {
                Ok(answer) => vec![Ok(answer.json)],
                // What it came to is not known: that is true of all there is.
                Err(failure) if failure.code.is_none() => return Err(failure),
                Err(failure) => vec![Err(failure)],
            });
        }
        let calls: Vec<Json> = steps.iter().map(|step| json!({"svc": step.svc, "params": step.params})).collect();
        let answer = self.call(OPERATION, &json!({"params": calls, "flags": i64::from(is_stopped)})).await?;
        let Json::Array(answers) = answer.json else {
            return Err(Failure::odd(OPERATION, "the answer is no list"));
        };
        if answers.len() != steps.len() {
            return Err(Failure::odd(OPERATION, "the answer has not as many elements as there were calls"));
        }
        Ok(steps.iter().zip(answers).map(|(step, answer)| checked(step.svc, answer)).collect())
    }

    /// Attaches a file.
    pub(super) async fn attach(&self, params: &Json, file: &Upload<'_>) -> Result<Answer, Failure> {
        const SVC: &str = "order/attach";
        let boundary = format!("docket-{:032x}", (self.remote.random)());
        let body: Bytes = file.body(&boundary, params).into();
        let form = |sid: &str| {
            let url = format!("{}/wialon/ajax.html?svc={}&sid={}", self.base, encoded(SVC), encoded(sid));
            let mut call = Outgoing::post(SVC, url, FORM_TYPE, body.clone());
            call.headers.remove(http::header::CONTENT_TYPE);
            call.with_header(http::header::CONTENT_TYPE, &format!("multipart/form-data; boundary={boundary}"))
        };
        understand(SVC, &self.within(SVC, form).await?)
    }

    /// Fetches the bytes of a file, or the error in their place ([`failure_of`]).
    pub(super) async fn download(&self, params: &Json) -> Result<Incoming, Failure> {
        const SVC: &str = "order/get_attachment";
        let answer = self.within(SVC, |sid| self.form(SVC, SVC, params, sid)).await?;
        if answer.status == StatusCode::OK { Ok(answer) } else { Err(no_answer(SVC, &answer)) }
    }

    fn form(&self, operation: &'static str, svc: &str, params: &Json, sid: &str) -> Outgoing {
        let body = format!("svc={}&params={}&sid={}", encoded(svc), encoded(&params.to_string()), encoded(sid));
        Outgoing::post(operation, format!("{}/wialon/ajax.html", self.base), FORM_TYPE, body)
    }

    async fn within(&self, svc: &'static str, form: impl Fn(&str) -> Outgoing) -> Result<Incoming, Failure> {
        let sid = self.enter().await?;
        let answer = self.send(form(&sid)).await?;
        if !is_over(error_code(&answer)) {
            return Ok(answer);
        }
        // Nothing was done: the session is looked at before anything else is.
        self.session.forget(&sid);
        let sid = self.enter().await?;
        let answer = self.send(form(&sid)).await?;
        if is_over(error_code(&answer)) {
            self.session.forget(&sid);
            let error = ConnectError::later(format!("{svc}: the session ended as soon as it began"));
            return Err(Failure { error, perhaps: false, code: error_code(&answer) });
        }
        Ok(answer)
    }

    async fn send(&self, mut call: Outgoing) -> Result<Incoming, Failure> {
        call.answer_bytes = ANSWER_LIMIT;
        let operation = call.operation;
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.remote.transport.send(call).await.map_err(|error| {
            let perhaps = matches!(error, SendError::Unknown(_));
            Failure { error: ConnectError::later(format!("{operation}: {error}")), perhaps, code: None }
        })
    }

    /// The session; begun where there is none.
    pub(super) async fn enter(&self) -> Result<String, Failure> {
        const SVC: &str = "token/login";
        let known = || self.session.lock().sid.clone();
        if let Some(sid) = known() {
            return Ok(sid);
        }
        let _alone = self.session.entering.lock().await;
        if let Some(sid) = known() {
            return Ok(sid);
        }
        let mut params = Object::new();
        params.insert("token".to_owned(), self.token.into());
        if let Some(user) = self.setting(REMOTE_USER) {
            params.insert("operateAs".to_owned(), user.into());
        }
        params.insert("fl".to_owned(), 1.into());
        let answer = self.send(self.form(SVC, SVC, &Json::Object(params), "")).await?;
        let answer = understand(SVC, &answer).map_err(denied)?;
        let sid = answer.json.get("eid").and_then(text).filter(|sid| !sid.is_empty());
        let sid = sid.ok_or_else(|| Failure::odd(SVC, "the answer names no session"))?;
        let mut state = self.session.lock();
        (state.sid, state.followed_since) = (Some(sid.clone()), None);
        Ok(sid)
    }

    /// The resource whose orders are meant.
    pub(super) async fn resource(&self) -> Result<i64, ConnectError> {
        const SVC: &str = "core/search_items";
        if let Some(resource) = self.known_resource() {
            return Ok(resource);
        }
        let wanted = self.setting(REMOTE_RESOURCE);
        let resource = match wanted.and_then(|wanted| wanted.parse::<i64>().ok()) {
            Some(id) => id,
            None => {
                let spec = json!({
                    "itemsType": "avl_resource", "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name",
                });
                let params = json!({"spec": spec, "force": 1, "flags": 1, "from": 0, "to": 0});
                let answer = self.call(SVC, &params).await?;
                let items = answer.json.get("items").and_then(Json::as_array);
                let items = items.ok_or_else(|| Failure::odd(SVC, "the answer has no list `items`"))?;
                chosen(items, wanted)?
            }
        };
        self.session.lock().resource = Some(resource);
        Ok(resource)
    }
}

const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The resource that is meant: the one of that name, or the only one whose orders may be seen.
fn chosen(items: &[Json], wanted: Option<&str>) -> Result<i64, ConnectError> {
    let id = |item: &Json| item.get("id").and_then(integer);
    let name = |item: &Json| item.get("nm").and_then(text).unwrap_or_default();
    let rights = |item: &Json| item.get("uacl").and_then(integer).unwrap_or(-1);
    let mut fitting: Vec<&Json> = match wanted {
        Some(wanted) => items.iter().filter(|item| name(item) == wanted).collect(),
        None => items.iter().collect(),
    };
    if fitting.len() > 1 {
        fitting.retain(|item| rights(item) & VIEW_ORDERS != 0);
    }
    match (fitting.as_slice(), wanted) {
        ([only], _) => id(only).ok_or_else(|| ConnectError::later("core/search_items: a resource has no id")),
        ([], Some(wanted)) => Err(ConnectError::Setting(format!("there is no resource {wanted} there"))),
        ([], None) => Err(ConnectError::Setting("the token sees no resource there".to_owned())),
        (several, _) => {
            let names: Vec<String> =
                several.iter().take(NAMED).map(|one| format!("{} ({})", name(one), id(one).unwrap_or(0))).collect();
            let why = format!("there are several resources: set `{REMOTE_RESOURCE}` to one of {}", names.join(", "));
            Err(ConnectError::Setting(why))
        }
    }
}

/// A file to be attached.
pub(super) struct Upload<'a> {
    /// The name it goes by.
    pub(super) name: &'a str,
    /// Its media type.
    pub(super) media_type: &'a str,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
}

impl Upload<'_> {
    fn body(&self, boundary: &str, params: &Json) -> Vec<u8> {
        let hash = params.get("eventHash").and_then(Json::as_str).unwrap_or_default();
        let mut body = Vec::with_capacity(self.bytes.len() + 600);
        for (name, value) in [("params", params.to_string()), ("eventHash", hash.to_owned())] {
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        }
        // As browsers write names: what would end the header is escaped.
        let name = self.name.replace('"', "%22").replace(['\r', '\n'], " ");
        let media_type = if self.media_type.is_empty() { "application/octet-stream" } else { self.media_type };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file_upload\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(self.bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        body
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}

/// The error code of an answer that is one.
fn error_code(answer: &Incoming) -> Option<i64> {
    let json: Json = serde_json::from_slice(&answer.body).ok()?;
    code_of(&json)
}

fn code_of(json: &Json) -> Option<i64> {
    let error = json.as_object()?.get("error")?;
    integer(error).filter(|&code| code != 0)
}

/// What stands in the place of a file, where that is an error.
pub(super) fn failure_of(answer: &Incoming) -> Option<Failure> {
    error_code(answer)?;
    understand("order/get_attachment", answer).err()
}

/// Whether a code says that the session is over: 1, and 1011 where the address changed too.
fn is_over(code: Option<i64>) -> bool {
    matches!(code, Some(1 | 1011))
}

/// What an answer means.
fn understand(operation: &'static str, answer: &Incoming) -> Result<Answer, Failure> {
    if answer.status != StatusCode::OK {
        return Err(no_answer(operation, answer));
    }
    match serde_json::from_slice::<Json>(&answer.body) {
        Ok(json) => checked(operation, json).map(|json| Answer { json, exchange: answer.exchange }),
        Err(_) => Err(Failure::odd(operation, &format!("the answer is no JSON: {}", answer.excerpt()))),
    }
}

/// Every answer of the vendor's is 200: this came from something in between.
fn no_answer(operation: &str, answer: &Incoming) -> Failure {
    let why = format!("{operation}: answered {}: {}", answer.status, answer.excerpt());
    let later = ConnectError::Later { why: why.clone(), after: answer.retry_after() };
    let (error, perhaps) = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => (later, false),
        StatusCode::REQUEST_TIMEOUT => (later, true),
        status if status.is_client_error() => (ConnectError::Refused(why), false),
        _ => (later, true),
    };
    Failure { error, perhaps, code: None }
}

fn checked(operation: &str, json: Json) -> Result<Json, Failure> {
    let Some(code) = code_of(&json) else { return Ok(json) };
    let reason = json.get("reason").and_then(text).filter(|reason| !reason.trim().is_empty());
    let why = match reason {
        Some(reason) => format!("{operation}: error {code}, {}: {reason}", meaning(code)),
        None => format!("{operation}: error {code}, {}", meaning(code)),
    };
    // What may go otherwise the next time, and what was begun all the same.
    let (error, perhaps) = match code {
        1 | 9 | 10 | 1011 => (ConnectError::later(why), false),
        1003 => (ConnectError::Later { why, after: Some(BUSY) }, false),
        5 | 6 | 1005 | -100 | -101 => (ConnectError::later(why), true),
        8 => (ConnectError::Denied(why), false),
        _ => (ConnectError::Refused(why), false),
    };
    Err(Failure { error, perhaps, code: Some(code) })
}

/// A login that is not let in: the token is none, is not yet or no longer good, or its user is disabled.
fn denied(Failure { error, perhaps, code }: Failure) -> Failure {
    match (code, error) {
        (Some(4 | 7 | 8 | 1006), ConnectError::Refused(why) | ConnectError::Denied(why)) => {
            Failure { error: ConnectError::Denied(why), perhaps: false, code }
        }
        (_, error) => Failure { error, perhaps, code },
    }
}

/// The vendor's table of error codes, in a few words.
const fn meaning(code: i64) -> &'static str {
    match code {
        1 => "no such session",
        2 => "no such service",
        3 => "no valid result",
        4 => "the input is not accepted",
        5 => "it could not be performed",
        6 => "an unknown error",
        7 => "access is denied",
        8 => "no such user or password",
        9 => "the authorization server cannot be reached",
        10 => "too many calls at once",
        14 => "a matter of billing",
        1001 => "nothing in the interval",
        1002 => "it exists already, or the plan does not allow it",
        1003 => "a limit is reached",
        1004 => "too many messages",
        1005 => "it took too long",
        1006 => "too many tries",
        1011 => "the session is over, or the address changed",
        _ => "an error of a kind that is not known",
    }
}
