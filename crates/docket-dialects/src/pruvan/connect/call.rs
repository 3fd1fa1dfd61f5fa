//! Calls: the two forms, and what answers mean.

use super::{EXTENSION, REMOTE_PASSWORD, REMOTE_TOKEN, REMOTE_USERNAME};
use crate::connect::{ConnectError, Incoming, Outgoing, Remote};
use crate::pruvan::pushkey::{PUSH_KEY, is_callable};
use crate::pruvan::wire::{Object, Pairs, Scalar, elements, scalar};
use bytes::Bytes;
use docket_core::ids::ExchangeId;
use http::{StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest as _, Sha1};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest answer that is read, but for listings.
const ANSWER_LIMIT: usize = 1 << 20;
/// The largest listing that is read.
const LISTING_LIMIT: usize = 128 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
/// A photo over a thin line takes its time, and so does a listing of everything.
const LONG_TIMEOUT: Duration = Duration::from_secs(300);
const URLENCODED: &str = "application/x-www-form-urlencoded";
/// What stays as it is in a form's value.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// The counterpart, as this dialect calls it.
pub(super) struct Client<'a> {
    pub(super) remote: &'a Remote<'a>,
    calls: AtomicUsize,
}

/// What a push came to.
#[derive(Debug, PartialEq)]
pub(super) struct Taken {
    /// Orders that are new there.
    pub(super) created: i64,
}

/// Why a push came to nothing.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// The account was there, and does not take this order; its words.
    Refused(String),
    /// Anything else.
    Failed(ConnectError),
}

/// A file beside a payload.
pub(super) struct File {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

/// What a service answered: the object, and the exchange it came in.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) exchange: ExchangeId,
    /// The counterpart took it and has no use for it; its words.
    pub(super) aside: Option<String>,
}

impl<'a> Client<'a> {
    pub(super) fn of(remote: &'a Remote<'a>) -> Client<'a> {
        Client { remote, calls: AtomicUsize::new(0) }
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Where orders are pushed to.
    fn push_url(&self) -> Result<String, ConnectError> {
        let key = self.remote.secrets.get(PUSH_KEY).map(|key| key.trim()).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| {
            let what = "there is no push key yet: give it with `--secret push_key=…`, or let the account validate \
                        (its integration needs a connection with the role both)";
            ConnectError::Setting(what.to_owned())
        })?;
        if is_callable(key) {
            return Ok(key.to_owned());
        }
        Ok(format!("{}/api/?apiKey={}", self.remote.url()?, utf8_percent_encode(key, FORM)))
    }

    /// Pushes one order.
    pub(super) async fn push(&self, order: &str) -> Result<Taken, NotTaken> {
        const OPERATION: &str = "push";
        let url = self.push_url().map_err(NotTaken::Failed)?;
        let list = format!(r#"{{"workOrders":[{order}]}}"#);
        let body = format!("workOrders={}", utf8_percent_encode(&list, FORM));
        let mut call = Outgoing::post(OPERATION, url, URLENCODED, body);
        (call.timeout, call.answer_bytes) = (TIMEOUT, ANSWER_LIMIT);
        let (text, _) = self.send(call).await.map_err(NotTaken::Failed)?;
        let pairs = Pairs::read(&text).ok_or_else(|| NotTaken::Failed(odd(OPERATION, &text)))?;
        let said = words(pairs.get("error").map(|value| value.get()));
        let counts = pairs.get("response").and_then(|value| Pairs::read(value.get()));
        let count = |name: &str| counts.as_ref().and_then(|counts| number(counts.get(name)?.get()));
        match (said, count("created"), count("updated").unwrap_or(0) + count("deleted").unwrap_or(0)) {
            (None, Some(created), others) if created + others > 0 => Ok(Taken { created }),
            (Some(said), ..) if said.to_ascii_lowercase().contains("invalid clientcode") => {
                Err(NotTaken::Failed(ConnectError::Denied(format!("{OPERATION}: {said}"))))
            }
            (Some(said), ..) => Err(NotTaken::Refused(format!("{OPERATION}: {said}"))),
            (None, Some(_), _) => Err(NotTaken::Refused(format!("{OPERATION}: the answer counts no order: {text}"))),
            (None, None, _) => Err(NotTaken::Failed(odd(OPERATION, &text))),
        }
    }

    /// The credentials that open every payload.
    pub(super) fn payload(&self) -> Result<Object, ConnectError> {
        let secret = |name: &str| self.remote.secrets.get(name).map(String::as_str).unwrap_or_default();
        let mut payload = Object::default();
        payload.text("username", self.remote.secret(REMOTE_USERNAME)?);
        if secret(REMOTE_PASSWORD).is_empty() && secret(REMOTE_TOKEN).is_empty() {
            let what = format!("the connection has neither `{REMOTE_PASSWORD}` nor `{REMOTE_TOKEN}`");
            return Err(ConnectError::Setting(what));
        }
        let password = match secret(REMOTE_PASSWORD) {
            "" => String::new(),
            password => Sha1::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        payload.text("password", &password);
        payload.text("token", secret(REMOTE_TOKEN));
        Ok(payload)
    }

    fn service_url(&self, service: &str) -> Result<String, ConnectError> {
        let extension = self.remote.connection.setting(EXTENSION).unwrap_or_default().trim().trim_start_matches('.');
        let dot = if extension.is_empty() { "" } else { "." };
        Ok(format!("{}/{service}{dot}{extension}", self.remote.url()?))
    }

    /// Calls a service with a form.
    pub(super) async fn call(&self, service: &'static str, payload: Object) -> Result<Answer, ConnectError> {
        let body = format!("payload={}", utf8_percent_encode(&payload.finish(), FORM));
        let mut call = Outgoing::post(service, self.service_url(service)?, URLENCODED, body);
        (call.timeout, call.answer_bytes) = match service {
            "getWorkOrders" => (LONG_TIMEOUT, LISTING_LIMIT),
            _ => (TIMEOUT, ANSWER_LIMIT),
        };
        self.service(call).await
    }

    /// Calls a service with a form in parts, and a file among them where there is one.
    pub(super) async fn upload(
        &self,
        service: &'static str,
        payload: Object,
        file: Option<&File>,
    ) -> Result<Answer, ConnectError> {
        let boundary = format!("docket{:032x}", (self.remote.random)());
        let body = parts(&boundary, &payload.finish(), file);
        let mut call = Outgoing::post(service, self.service_url(service)?, "multipart/form-data", body)
            .with_header(header::CONTENT_TYPE, &format!("multipart/form-data; boundary={boundary}"));
        (call.timeout, call.answer_bytes) = (LONG_TIMEOUT, ANSWER_LIMIT);
        self.service(call).await
    }

    async fn service(&self, call: Outgoing) -> Result<Answer, ConnectError> {
        let operation = call.operation;
        let (text, incoming) = self.send(call).await?;
        let pairs = Pairs::read(&text).ok_or_else(|| odd(operation, &text))?;
        let said = words(pairs.get("error").map(|value| value.get()));
        if let Some(said) = said.filter(|said| said.to_ascii_lowercase().starts_with("invalid username")) {
            return Err(ConnectError::Denied(format!("{operation}: {said}")));
        }
        let aside = incoming.headers.get("docket-set-aside").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer { text, exchange: incoming.exchange, aside })
    }

    /// Makes a call; the answer's JSON text. Integrations in the wild refuse with a status and a body, so the body counts
    /// whatever the status, as long as it is JSON and the counterpart did not fail.
    async fn send(&self, call: Outgoing) -> Result<(String, Incoming), ConnectError> {
        let operation = call.operation;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let incoming = match self.remote.transport.send(call).await {
            Ok(incoming) => incoming,
            Err(error) => return Err(ConnectError::later(format!("{operation}: {error}"))),
        };
        let text = incoming.text();
        let text = text.trim_start_matches('\u{feff}').trim();
        let is_object = text.starts_with('{') && Pairs::read(text).is_some();
        let after = incoming.retry_after();
        let why = || format!("{operation}: answered {}: {}", incoming.status, incoming.excerpt());
        match incoming.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(ConnectError::Later { why: why(), after })
            }
            status if status.is_server_error() => Err(ConnectError::Later { why: why(), after }),
            _ if is_object => {
                let text = text.to_owned();
                Ok((text, incoming))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ConnectError::Denied(why())),
            status if status.is_client_error() => Err(ConnectError::Refused(why())),
            _ => Err(odd(operation, text)),
        }
    }
}

/// An answer that is none: it broke off, or somebody else gave it.
fn odd(operation: &str, text: &str) -> ConnectError {
    let seen: String = text.chars().take(200).collect();
    ConnectError::later(format!("{operation}: the answer is not what is documented: {seen}"))
}

/// What an answer's `error` says: a text, an object with an order and a text, or several of those. Empty, null and
/// `success` say nothing.
pub(super) fn words(error: Option<&str>) -> Option<String> {
    let error = error?;
    let one = |text: &str| {
        let pairs = Pairs::read(text)?;
        let said = |name: &str| match scalar(pairs.get(name)?.get()) {
            Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
            _ => None,
        };
        let (number, why) = (said("workOrderNumber"), said("error").or_else(|| said("message")));
        Some([number, why].into_iter().flatten().collect::<Vec<_>>().join(": "))
    };
    let text = match scalar(error) {
        Scalar::Null => return None,
        Scalar::Text(text) => text.into_owned(),
        Scalar::Other => match elements(error) {
            Some(several) => {
                let each = several.iter().map(|each| one(each.get()).unwrap_or_else(|| each.get().to_owned()));
                each.collect::<Vec<_>>().join("; ")
            }
            None => one(error).filter(|text| !text.is_empty()).unwrap_or_else(|| error.to_owned()),
        },
    };
    let said = text.trim();
    let says_nothing = matches!(said, "" | "{}" | "false") || said.eq_ignore_ascii_case("success");
    (!says_nothing).then(|| said.to_owned())
}

/// A yes, however it is spelled.
pub(super) fn is_yes(value: Option<&str>) -> bool {
    matches!(value.map(scalar), Some(Scalar::Text(text)) if text == "1" || text.eq_ignore_ascii_case("true"))
}

fn number(value: &str) -> Option<i64> {
    match scalar(value) {
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Null | Scalar::Other => None,
    }
}

/// A form in parts: the payload, and the file.
fn parts(boundary: &str, payload: &str, file: Option<&File>) -> Bytes {
    let mut body = Vec::with_capacity(payload.len() + 512 + file.map_or(0, |file| file.bytes.len()));
    let mut say = |text: &str| body.extend_from_slice(text.as_bytes());
    say(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n"));
    if let Some(file) = file {
        let (name, media_type) = (quoted_name(&file.name), &file.media_type);
        say(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: \
             {media_type}\r\n\r\n"
        ));
        body.extend_from_slice(&file.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body.into()
}

/// A file's name as browsers put it into a form.
fn quoted_name(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
