//! Calls: the session, the form, several calls in one.

pub(super) use super::answer::{Answer, Failure, failure_of};
use super::answer::{checked, denied, error_code, is_over, no_answer, understand};
use super::session::{Session, Sessions};
use super::{REMOTE_RESOURCE, REMOTE_USER, TOKEN};
use crate::connect::{ConnectError, Incoming, Outgoing, Remote, SendError};
use crate::wialon::wire::{Json, Object, integer, text};
use bytes::Bytes;
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest answer that is read: a resource with a hundred thousand orders.
const ANSWER_LIMIT: usize = 128 << 20;
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
