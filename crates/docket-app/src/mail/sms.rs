//! Text messages, by a gateway that is called over HTTP.
//!
//! What is called is written by the operator, with `{to}`, `{text}` and others in it, so any gateway will do. The
//! operator may also mean one within the house: every address may be called.

use super::{Refusal, identity};
use crate::outside::{Answer, Authority, Call, Outside, OutsideOptions, Redirects};
use base64::Engine as _;
use bytes::Bytes;
use docket_store::OutboxMail;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// The largest answer.
const ANSWER: usize = 64 << 10;
/// How much of an answer is kept as the gateway's words.
const WORDS: usize = 300;
/// What need not be escaped in an address (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The gateway.
#[derive(Clone)]
pub struct SmsOptions {
    /// Where it is called.
    pub url: String,
    /// How.
    pub method: String,
    /// With what headers.
    pub headers: BTreeMap<String, String>,
    /// With what body.
    pub body: String,
    /// What its answer holds when it took the message; empty is anything.
    pub success_contains: String,
    /// How long it may take.
    pub timeout: Duration,
    /// `{from}`.
    pub from: String,
    /// `{username}`.
    pub username: String,
    /// `{password}`.
    pub password: String,
    /// `{token}`.
    pub token: String,
    /// Certificate authorities that are trusted beside the public ones.
    pub authorities: Vec<Authority>,
}

impl std::fmt::Debug for SmsOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsOptions").field("method", &self.method).finish_non_exhaustive()
    }
}

/// How values are put into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Percent,
    Json,
    Xml,
}

pub(super) struct Gateway {
    options: SmsOptions,
    method: Method,
    headers: Vec<(HeaderName, String)>,
    body: Escape,
    kind: Option<HeaderValue>,
    outside: Outside,
}

impl Gateway {
    pub(super) fn new(options: SmsOptions) -> Result<Gateway, String> {
        let method = options.method.trim().to_ascii_uppercase();
        let method: Method = method.parse().map_err(|_| format!("[sms] method: `{method}` is none"))?;
        let mut headers = Vec::with_capacity(options.headers.len());
        for (name, value) in &options.headers {
            let known: HeaderName = name.parse().map_err(|_| format!("[sms.headers] `{name}` is no header's name"))?;
            headers.push((known, value.clone()));
        }
        let said = headers.iter().find(|(name, _)| *name == header::CONTENT_TYPE).map(|(_, value)| value.as_str());
        let (body, kind) = kind_of(said, &options.body);
        let outside = Outside::new(OutsideOptions::anywhere(options.authorities.clone()));
        let gateway = Gateway { options, method, headers, body, kind, outside };
        let url = fill(&gateway.options.url, &gateway.values("", "", ""), Escape::Percent);
        match Url::parse(url.trim()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(gateway),
            Ok(_) => Err("[sms] url: it is neither http:// nor https:// and a host".to_owned()),
            Err(error) => Err(format!("[sms] url: {error}")),
        }
    }

    fn values<'a>(&'a self, to: &'a str, text: &'a str, id: &'a str) -> [(&'static str, Cow<'a, str>); 8] {
        let SmsOptions { from, username, password, token, .. } = &self.options;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
        [
            ("to", to.into()),
            ("text", text.into()),
            ("id", id.into()),
            ("from", from.into()),
            ("username", username.into()),
            ("password", password.into()),
            ("token", token.into()),
            ("basic", basic.into()),
        ]
    }

    /// Hands a message over; done when the gateway has said that it took it.
    pub(super) async fn send(&self, owed: &OutboxMail) -> Result<(), Refusal> {
        let id = identity(owed).to_string();
        let call = self.call(&owed.mail.to, &owed.mail.text, &id).map_err(Refusal::Never)?;
        let answer = self.outside.call(call).await.map_err(|error| Refusal::Later(error.to_string(), None))?;
        self.judged(&answer)
    }

    fn call(&self, to: &str, text: &str, id: &str) -> Result<Call, String> {
        let values = self.values(to, text, id);
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(id).map_err(|error| error.to_string())?);
        for (name, template) in &self.headers {
            let value = fill(template, &values, Escape::None).replace(|c: char| c.is_control(), " ");
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
            headers.insert(name.clone(), value);
        }
        let has_body = self.method != Method::GET && self.method != Method::HEAD;
        if let Some(kind) = self.kind.as_ref().filter(|_| has_body) {
            headers.insert(header::CONTENT_TYPE, kind.clone());
        }
        let body = if has_body { fill(&self.options.body, &values, self.body) } else { String::new() };
        Ok(Call {
            method: self.method.clone(),
            url: fill(&self.options.url, &values, Escape::Percent),
            headers,
            body: Bytes::from(body),
            timeout: self.options.timeout,
            redirects: Redirects::None,
            answer_bytes: ANSWER,
        })
    }

    fn judged(&self, answer: &Answer) -> Result<(), Refusal> {
        let body = String::from_utf8_lossy(&answer.body);
        let words: String = body.trim().chars().take(WORDS).collect();
        let words = format!("the gateway answered {}: {words}", answer.status);
        if answer.status.is_success() {
            let wanted = self.options.success_contains.as_str();
            return if body.contains(wanted) { Ok(()) } else { Err(Refusal::Later(words, None)) };
        }
        // What is about us or about now is no word on the message.
        let may_pass = [
            StatusCode::UNAUTHORIZED,
            StatusCode::PAYMENT_REQUIRED,
            StatusCode::FORBIDDEN,
            StatusCode::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED,
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::CONFLICT,
            StatusCode::TOO_EARLY,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if answer.status.is_client_error() && !may_pass.contains(&answer.status) {
            return Err(Refusal::Never(words));
        }
        let after = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Err(Refusal::Later(words, after.map(Duration::from_secs)))
    }
}

/// How values stand in the body, and what kind of body it is where no header says so.
fn kind_of(said: Option<&str>, body: &str) -> (Escape, Option<HeaderValue>) {
    match said.map(str::to_ascii_lowercase) {
        Some(kind) if kind.contains("json") => (Escape::Json, None),
        Some(kind) if kind.contains("x-www-form-urlencoded") => (Escape::Percent, None),
        Some(kind) if kind.contains("xml") => (Escape::Xml, None),
        Some(_) => (Escape::None, None),
        None if body.trim_start().starts_with(['{', '[']) => (Escape::Json, Some(JSON)),
        None => (Escape::Percent, Some(FORM)),
    }
}

/// Puts values where `{name}` stands; other braces are text.
fn fill(template: &str, values: &[(&str, Cow<'_, str>)], escape: Escape) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        let known = values.iter().find_map(|(name, value)| {
            let behind = inner.strip_prefix(name)?.strip_prefix('}')?;
            Some((value, behind))
        });
        match known {
            Some((value, behind)) => {
                out.push_str(&escaped(value, escape));
                rest = behind;
            }
            None => {
                out.push('{');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

fn escaped(value: &str, escape: Escape) -> Cow<'_, str> {
    match escape {
        Escape::None => Cow::Borrowed(value),
        Escape::Percent => utf8_percent_encode(value, RESERVED).into(),
        Escape::Json => {
            let quoted = serde_json::to_string(value).unwrap_or_default();
            Cow::Owned(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned())
        }
        Escape::Xml => {
            let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            Cow::Owned(value.replace('"', "&quot;").replace('\'', "&apos;"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: &str, body: &str) -> SmsOptions {
        SmsOptions {
            url: url.to_owned(),
            method: "post".to_owned(),
            headers: BTreeMap::new(),
            body: body.to_owned(),
            success_contains: String::new(),
            timeout: Duration::from_secs(1),
            from: "Docket & Co".to_owned(),
            username: "u".to_owned(),
            password: "p/w".to_owned(),
            token: "t".to_owned(),
            authorities: Vec::new(),
        }
    }

    fn call(options: SmsOptions) -> Call {
        Gateway::new(options).unwrap().call("+31 6", "Zeg \"hoi\" & <dag>\n{to}", "id-1").unwrap()
    }

    #[test]
    fn values_are_escaped_as_their_place_wants_it() {
        let sent = call(options("http://g.example/send?to={to}&key={password}", r#"{"a":{"to":"{to}","t":"{text}"}}"#));
        assert_eq!(sent.url, "http://g.example/send?to=%2B31%206&key=p%2Fw");
        assert_eq!(sent.body, r#"{"a":{"to":"+31 6","t":"Zeg \"hoi\" & <dag>\n{to}"}}"#);
        assert_eq!(
            (&sent.headers[header::CONTENT_TYPE], sent.headers["idempotency-key"].as_bytes()),
            (&JSON, &b"id-1"[..])
        );
        let sent = call(options("http://g.example", "to={to}&text={text}&from={from}&other={other}"));
        let form =
            "to=%2B31%206&text=Zeg%20%22hoi%22%20%26%20%3Cdag%3E%0A%7Bto%7D&from=Docket%20%26%20Co&other={other}";
        assert_eq!((sent.body.as_ref(), &sent.headers[header::CONTENT_TYPE]), (form.as_bytes(), &FORM));
        let mut xml = options("http://g.example", "<m to=\"{to}\">{text}</m>");
        xml.headers.insert("Content-Type".to_owned(), "text/xml; charset=utf-8".to_owned());
        xml.headers.insert("authorization".to_owned(), "Basic {basic}".to_owned());
        let sent = call(xml);
        assert_eq!(sent.body, "<m to=\"+31 6\">Zeg &quot;hoi&quot; &amp; &lt;dag&gt;\n{to}</m>");
        assert_eq!(sent.headers[header::AUTHORIZATION], "Basic dTpwL3c=");
        let get = SmsOptions { method: "GET".to_owned(), ..options("http://g.example/?t={text}", "x") };
        assert!(call(get).body.is_empty());
    }

    #[test]
    fn answers_are_judged() {
        let gateway =
            Gateway::new(SmsOptions { success_contains: "OK".to_owned(), ..options("http://g", "") }).unwrap();
        let judged = |status: u16, body: &'static str| {
            let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
            gateway.judged(&Answer { status, headers, body: Bytes::from_static(body.as_bytes()) })
        };
        assert_eq!(judged(202, "OK: 17"), Ok(()));
        assert!(matches!(judged(200, "ERR 5"), Err(Refusal::Later(words, None)) if words.contains("ERR 5")));
        assert!(
            matches!(judged(422, "no such number"), Err(Refusal::Never(words)) if words.contains("no such number"))
        );
        for status in [401, 404, 429, 500, 503, 302] {
            assert!(matches!(judged(status, ""), Err(Refusal::Later(..))), "{status}");
        }
    }

    #[test]
    fn nonsense_is_said_at_once() {
        let refused = |options: SmsOptions| Gateway::new(options).err().unwrap();
        assert!(refused(options("ftp://g", "")).contains("[sms] url"));
        assert!(refused(options("{to}", "")).contains("[sms] url"));
        assert!(refused(SmsOptions { method: "P OST".to_owned(), ..options("http://g", "") }).contains("[sms] method"));
        let mut odd = options("http://g", "");
        odd.headers.insert("a b".to_owned(), String::new());
        assert!(refused(odd).contains("[sms.headers]"));
    }
}
