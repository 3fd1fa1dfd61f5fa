//! Somebody else's server as the stage of a transcript.

use crate::outside::{Call, Outside, Redirects};
use docket_dialects::dialect::{BoxFuture, WireResponse};
use docket_dialects::transcript::{self, Stage};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;

/// The largest answer that is read.
const ANSWER_BYTES: usize = 16 << 20;

pub(super) struct Server<'o> {
    outside: &'o Outside,
    url: String,
    timeout: Duration,
}

impl<'o> Server<'o> {
    pub(super) fn new(outside: &'o Outside, url: &str, timeout: Duration) -> Server<'o> {
        Server { outside, url: url.trim_end_matches('/').to_owned(), timeout }
    }

    async fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> Result<WireResponse, String> {
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
            let value = HeaderValue::from_str(value).map_err(|_| format!("the header `{name}` cannot be sent"))?;
            sent.append(name, value);
        }
        let is_form = headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("application/x-www-form-urlencoded"));
        let call = Call {
            method: method.parse().map_err(|_| format!("`{method}` is no method"))?,
            // Blanks and brackets of a query stand as they are in the transcript.
            url: format!("{}{}", self.url, target.replace(' ', "%20")),
            headers: sent,
            body: if is_form { encoded(body).into() } else { body.to_owned().into() },
            timeout: self.timeout,
            redirects: Redirects::None,
            answer_bytes: ANSWER_BYTES,
        };
        let answer = self.outside.call(call).await.map_err(|error| error.to_string())?;
        let (status, headers, body) = (answer.status, answer.headers, answer.body);
        Ok(WireResponse { status, headers, body, operation: "", connection: None })
    }
}

impl Stage for Server<'_> {
    fn give<'a>(&'a mut self, _: transcript::Given) -> BoxFuture<'a, transcript::Binding> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn send<'a>(
        &'a mut self,
        method: &'a str,
        target: &'a str,
        headers: &'a [(String, String)],
        body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>> {
        Box::pin(self.ask(method, target, headers, body))
    }

    fn document<'a>(&'a mut self, _: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(std::future::ready(None))
    }
}

/// A form as a careful client sends it. In the transcript its values stand as they are, and JSON may hold a `&`.
fn encoded(form: &str) -> String {
    let mut out = String::with_capacity(form.len() * 2);
    let mut rest = form;
    while let Some((name, after)) = rest.split_once('=') {
        let json = after.starts_with(['{', '[']).then(|| json_length(after)).flatten();
        let end = json.unwrap_or_else(|| after.find('&').unwrap_or(after.len()));
        let (value, tail) = after.split_at(end);
        out.push_str(name);
        out.push('=');
        out.push_str(&utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
        match tail.find('&') {
            Some(at) => {
                out.push('&');
                rest = tail.get(at + 1..).unwrap_or_default();
            }
            None => return out,
        }
    }
    out.push_str(rest);
    out
}

/// How long the JSON is that a text begins with.
fn json_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let first = values.next()?;
    first.is_ok().then(|| values.byte_offset())
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn forms_are_encoded_value_by_value() {
        assert_eq!(
            encoded("svc=a/b&params={\"n\":\"x & y\"}&sid=1"),
            "svc=a%2Fb&params=%7B%22n%22%3A%22x%20%26%20y%22%7D&sid=1"
        );
        assert_eq!(encoded("a={broken&b=c"), "a=%7Bbroken&b=c");
        assert_eq!(encoded(""), "");
    }
}
