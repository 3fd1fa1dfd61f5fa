//! Masking: finds secrets by name in JSON, forms, multipart bodies, queries and headers.
//!
//! It works on the text and parses nothing, so that broken and cut-off bodies are masked as well, and JSON inside
//! JSON strings inside forms is.

use docket_dialects::form;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName, REFERER};
use std::borrow::Cow;

const MASK: &str = "***";

/// Headers whose values are always secrets.
const SECRET_HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Masks the values of some names.
#[derive(Clone, Copy)]
pub struct Masker {
    secrets: &'static [&'static str],
}

impl Masker {
    /// For these names; case does not matter.
    pub fn new(secrets: &'static [&'static str]) -> Masker {
        Masker { secrets }
    }

    fn is_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name))
    }

    /// The secret name that the text starts with, if so many backslashes and a quote end it.
    fn secret_at(&self, rest: &[u8], level: usize) -> Option<usize> {
        let first = rest.first()?.to_ascii_lowercase();
        self.secrets.iter().map(|secret| secret.as_bytes()).find_map(|secret| {
            let length = secret.len();
            let starts =
                secret.first()?.eq_ignore_ascii_case(&first) && rest.get(..length)?.eq_ignore_ascii_case(secret);
            let ending = starts.then(|| rest.get(length..length + level + 1)).flatten()?;
            let (quote, slashes) = ending.split_last()?;
            (*quote == b'"' && slashes.iter().all(|&byte| byte == b'\\')).then_some(length)
        })
    }

    /// One line per header.
    pub fn headers(&self, headers: &HeaderMap) -> String {
        let mut out = String::with_capacity(headers.len() * 32);
        for (name, value) in headers {
            out.push_str(name.as_str());
            out.push_str(": ");
            let text = String::from_utf8_lossy(value.as_bytes());
            if self.hides(name) {
                // The scheme of an authorization is no secret and often the reason why it failed.
                if let Some((scheme, _)) = text.split_once(' ').filter(|_| name.as_str() == "authorization") {
                    out.push_str(scheme);
                    out.push(' ');
                }
                out.push_str(MASK);
            } else if let Some((page, query)) = text.split_once('?').filter(|_| name == REFERER) {
                // The page that asks may have been opened with a secret.
                out.push_str(page);
                out.push('?');
                out.push_str(&self.query(query));
            } else {
                out.push_str(&text);
            }
            out.push('\n');
        }
        out
    }

    fn hides(&self, name: &HeaderName) -> bool {
        SECRET_HEADERS.contains(&name.as_str()) || self.is_secret(name.as_str())
    }

    /// A query string.
    pub fn query(&self, query: &str) -> String {
        if query.is_empty() { String::new() } else { self.form(query) }
    }

    /// A body, by its content type.
    pub fn body(&self, headers: &HeaderMap, body: &[u8]) -> String {
        if body.is_empty() {
            return String::new();
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        if ["application/pdf", "application/octet-stream", "image/", "application/zip"]
            .iter()
            .any(|b| kind.starts_with(b))
        {
            return format!("({} bytes of {kind})", body.len());
        }
        let text = String::from_utf8_lossy(body);
        if kind.starts_with("multipart/") {
            return self.json(&self.parts(&text)).into_owned();
        }
        if text.trim_start().starts_with(['{', '[']) || kind.contains("html") {
            return self.json(&text).into_owned();
        }
        self.form(&text)
    }

    /// JSON members at any depth, those of JSON inside strings included.
    pub fn json<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'"')) {
            let quote = at + found;
            at = quote + 1;
            let level = slashes_before(bytes, quote);
            let Some(length) = bytes.get(at..).and_then(|rest| self.secret_at(rest, level)) else { continue };
            let after_name = at + length + level + 1;
            let Some(value) = value_after_colon(bytes, after_name) else { continue };
            let (start, end) = value_span(bytes, value, level);
            if let (Some(before), true) = (text.get(copied..start), text.is_char_boundary(end)) {
                out.push_str(before);
                out.push_str(MASK);
                copied = end;
                at = end;
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// A form or query. Values may hold JSON, percent encoded or raw.
    fn form(&self, text: &str) -> String {
        let raw = self.json(text);
        let mut out = String::with_capacity(raw.len());
        for (index, part) in raw.split('&').enumerate() {
            if index > 0 {
                out.push('&');
            }
            let Some((name, value)) = part.split_once('=') else {
                out.push_str(part);
                continue;
            };
            let decoded_name = form::decode(name.as_bytes());
            out.push_str(name);
            out.push('=');
            if self.is_secret(String::from_utf8_lossy(&decoded_name).trim()) {
                out.push_str(MASK);
                continue;
            }
            let (value, glued) = self.glued(value);
            if value.contains("%22") {
                let decoded = form::decode(value.as_bytes());
                let decoded = String::from_utf8_lossy(&decoded);
                match self.json(&decoded) {
                    Cow::Borrowed(_) => out.push_str(value),
                    Cow::Owned(masked) => encode(&masked, &mut out),
                }
            } else {
                out.push_str(value);
            }
            if let Some(name) = glued {
                out.push_str(name);
                out.push('=');
                out.push_str(MASK);
            }
        }
        out
    }

    /// A value, and the name of the secret that follows it where the client left the `&` out: `params={…}sid=…`.
    fn glued<'v>(&self, value: &'v str) -> (&'v str, Option<&'v str>) {
        const CLOSERS: [&str; 6] = ["}", "]", "%7D", "%7d", "%5D", "%5d"];
        let ends = CLOSERS.iter().filter_map(|closer| value.rfind(closer).map(|at| at + closer.len()));
        let found = ends.max().and_then(|end| value.split_at_checked(end));
        match found.and_then(|(before, after)| Some((before, after.split_once('=')?.0))) {
            Some((before, name)) if self.is_secret(name) => (before, Some(name)),
            _ => (value, None),
        }
    }

    /// The fields of a multipart body.
    fn parts(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("name=\"") {
            let name_at = at + "name=\"".len();
            let (before, after) = rest.split_at(name_at);
            out.push_str(before);
            rest = after;
            let is_secret = rest.split('"').next().is_some_and(|name| self.is_secret(name));
            if let (true, Some(body)) = (is_secret, rest.find("\r\n\r\n")) {
                let (head, value) = rest.split_at(body + 4);
                out.push_str(head);
                out.push_str(MASK);
                rest = value.find("\r\n--").map_or("", |end| value.split_at(end).1);
            }
        }
        out.push_str(rest);
        out
    }
}

fn slashes_before(bytes: &[u8], at: usize) -> usize {
    bytes.get(..at).unwrap_or_default().iter().rev().take_while(|&&byte| byte == b'\\').count()
}

fn value_after_colon(bytes: &[u8], from: usize) -> Option<usize> {
    let skip = |from: usize| {
        let blanks = bytes.get(from..)?.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        Some(from + blanks)
    };
    let colon = skip(from)?;
    (bytes.get(colon) == Some(&b':')).then(|| skip(colon + 1)).flatten()
}

/// Where a value begins and ends that stands within `level` backslashes of quoting. Quotes are kept.
fn value_span(bytes: &[u8], value: usize, level: usize) -> (usize, usize) {
    let rest = bytes.get(value..).unwrap_or_default();
    let opening = level + 1;
    let quoted =
        rest.len() >= opening && rest.iter().take(level).all(|&byte| byte == b'\\') && rest.get(level) == Some(&b'"');
    if !quoted && rest.first().is_some_and(|byte| b"{[".contains(byte)) {
        return (value, value + nested(rest, level));
    }
    if !quoted {
        let ends = |byte: &u8| b",}]\\\"&".contains(byte) || byte.is_ascii_whitespace();
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        return (value, value + length);
    }
    let start = value + opening;
    let mut at = start;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'"')) {
        let quote = at + found;
        let slashes = slashes_before(bytes, quote).min(quote - start);
        if slashes >= level && (slashes - level).is_multiple_of(2 * (level + 1)) {
            return (start, quote - level);
        }
        at = quote + 1;
    }
    (start, bytes.len())
}

/// How long an object or list is, whatever is in it; one that does not end goes on to the end.
fn nested(rest: &[u8], level: usize) -> usize {
    let (mut depth, mut within) = (0_usize, false);
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            // A quotation mark that a text holds has more backslashes than those around it.
            b'"' => {
                let slashes = slashes_before(rest, at);
                within ^= slashes >= level && (slashes - level).is_multiple_of(2 * (level + 1));
            }
            b'{' | b'[' if !within => depth += 1,
            b'}' | b']' if !within => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    rest.len()
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const MASKER: Masker = Masker { secrets: &["password", "token", "apiKey"] };

    #[test]
    fn members_are_masked_at_any_depth() {
        let text = r#"{"a":{"password":"p\"x","n":1},"Token" : 12,"list":[{"token":null}]}"#;
        assert_eq!(MASKER.json(text), r#"{"a":{"password":"***","n":1},"Token" : ***,"list":[{"token":***}]}"#);
        assert_eq!(MASKER.json(r#"{"passwords":"kept"}"#), r#"{"passwords":"kept"}"#);
    }

    #[test]
    fn lists_and_objects_are_masked_whole() {
        for (text, masked) in [
            (r#"{"token":["a","b"],"n":1}"#, r#"{"token":***,"n":1}"#),
            (r#"{"token":{"a":["]",{"b":"}\""}]},"n":1}"#, r#"{"token":***,"n":1}"#),
            (r#"{"token":[],"n":1}"#, r#"{"token":***,"n":1}"#),
            (r#"{"token":["a","b"#, r#"{"token":***"#),
            (r#"{"data":"{\"token\":[\"a]\",\"b\"],\"n\":1}"}"#, r#"{"data":"{\"token\":***,\"n\":1}"}"#),
        ] {
            assert_eq!(MASKER.json(text), masked);
        }
    }

    #[test]
    fn pages_that_ask_may_have_secrets_in_their_address() {
        let mut headers = HeaderMap::new();
        headers.insert("referer", HeaderValue::from_static("http://a/x?apiKey=abc&y=1"));
        assert_eq!(MASKER.headers(&headers), "referer: http://a/x?apiKey=***&y=1\n");
    }

    #[test]
    fn json_within_strings_is_masked() {
        let text = r#"{"event_data":"{\"token\":\"s\\\"ecret\\\\\",\"x\":1}"}"#;
        assert_eq!(MASKER.json(text), r#"{"event_data":"{\"token\":\"***\",\"x\":1}"}"#);
    }

    #[test]
    fn objects_and_lists_are_masked_whole() {
        let text = r#"{"token":{"a":"}\"]","b":[1,{"c":"d"}]},"n":1,"password":["x","y"]}"#;
        assert_eq!(MASKER.json(text), r#"{"token":***,"n":1,"password":***}"#);
        let within = r#"{"data":"{\"token\":{\"a\":\"}\\\"]\",\"b\":[1]},\"n\":1}"}"#;
        assert_eq!(MASKER.json(within), r#"{"data":"{\"token\":***,\"n\":1}"}"#);
        assert_eq!(MASKER.json(r#"{"token":{"a":"never clos"#), r#"{"token":***"#);
    }

    #[test]
    fn cut_off_values_are_masked_to_the_end() {
        assert_eq!(MASKER.json(r#"{"password":"never clos"#), r#"{"password":"***"#);
    }

    #[test]
    fn forms_and_queries() {
        assert_eq!(MASKER.query("apiKey=abc&x=1"), "apiKey=***&x=1");
        assert_eq!(MASKER.query("a=%7B%22token%22%3A%22s%22%7D"), "a=%7B%22token%22%3A%22***%22%7D");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        assert_eq!(
            MASKER.body(&headers, br#"payload={"password":"a&b","n":"x"}"#),
            r#"payload={"password":"***","n":"x"}"#
        );
    }

    #[test]
    fn a_secret_behind_json_without_a_separator() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let masked = |body: &str| MASKER.body(&headers, body.as_bytes());
        assert_eq!(masked("params=%7B%22id%22%3A1%7Dtoken=5ec"), "params=%7B%22id%22%3A1%7Dtoken=***");
        assert_eq!(masked("params={\"id\":[1]}token=5ec&x=1"), "params={\"id\":[1]}token=***&x=1");
        assert_eq!(masked("params=%7B%22token%22%3A1%7Dtoken=5ec"), "params=%7B%22token%22%3A***%7Dtoken=***");
        assert_eq!(masked("params={\"n\":\"}a=b\"}"), "params={\"n\":\"}a=b\"}");
    }

    #[test]
    fn multipart_fields() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=b"));
        let body = "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nsecret\r\n--b\r\n\
                    Content-Disposition: form-data; name=\"x\"\r\n\r\nkept\r\n--b--";
        let masked = MASKER.body(&headers, body.as_bytes());
        assert!(!masked.contains("secret") && masked.contains("kept"), "{masked}");
    }

    #[test]
    fn headers_keep_the_scheme() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Basic abc"));
        headers.insert("cookie", HeaderValue::from_static("sid=1"));
        headers.insert("accept", HeaderValue::from_static("*/*"));
        assert_eq!(MASKER.headers(&headers), "authorization: Basic ***\ncookie: ***\naccept: */*\n");
    }
}
