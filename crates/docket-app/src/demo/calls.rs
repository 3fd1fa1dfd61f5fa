//! Calls to the dialects from within, as a counterpart would make them.

use super::{DemoError, Seeding};
use docket_dialects::{ServeContext, WireRequest, dialect};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

/// A request from a counterpart.
pub(super) struct Call<'a> {
    pub(super) dialect: &'a str,
    pub(super) target: &'a str,
    pub(super) content_type: &'static str,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

impl Seeding<'_> {
    /// Makes a call and reads the answer's JSON; anything but a success ends the seeding with the answer in hand.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Value, DemoError> {
        let unexpected = |what: String| DemoError::Unexpected(format!("{} {}: {what}", call.dialect, call.target));
        let dialect = dialect(call.dialect).ok_or_else(|| unexpected("no such dialect".to_owned()))?;
        let (path, query) = call.target.split_once('?').unwrap_or((call.target, ""));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(call.content_type));
        if let Some(value) = call.authorization.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(AUTHORIZATION, value);
        }
        let request = WireRequest {
            method: Method::POST,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: call.body.clone().into(),
            origin: self.base_url.to_owned(),
            peer: None,
        };
        let random = rand::random::<u128>;
        let (hub, exchange) = (self.hub, self.hub.new_exchange());
        let cx =
            ServeContext { ledger: hub, now: hub.now(), exchange, memory: &hub.memory, planner: hub, random: &random };
        let answer = dialect.serve.serve(cx, request).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if !answer.status.is_success() {
            return Err(unexpected(format!("{} {text}", answer.status)));
        }
        let json: Value = serde_json::from_str(&text).map_err(|error| unexpected(format!("{error}: {text}")))?;
        let failed = match json.get("error") {
            Some(Value::Null | Value::Bool(false)) | None => false,
            Some(_) => true,
        };
        if failed { Err(unexpected(text)) } else { Ok(json) }
    }
}

/// A form value, percent encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
