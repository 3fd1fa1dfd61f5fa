//! Where in a body the JSON is: callers do not agree on how to put JSON into a form.

use crate::dialect::WireRequest;
use crate::form;
use bytes::Bytes;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The bytes that may be the JSON of the form field `name`, the likeliest first; none when the field is not there.
pub async fn candidates(request: &WireRequest, name: &str) -> Vec<Bytes> {
    let content_type = request.header("content-type");
    let body = &request.body;
    if multer::parse_boundary(content_type).is_ok() {
        let fields = form::body_fields(content_type, body).await;
        return form::find(&fields, name).map(|field| field.value.clone()).into_iter().collect();
    }
    if is_json(body) {
        return vec![body.clone()];
    }
    let fields = form::fields(body);
    let Some(field) = form::find(&fields, name) else { return Vec::new() };
    if !is_json(&field.raw) {
        return vec![field.value.clone()];
    }
    // The caller did not escape its braces, so it did not escape its pluses and ampersands either.
    let tail = form::tail(body, name).unwrap_or_default();
    let mut found = vec![unescaped(tail)];
    if tail.len() != field.raw.len() {
        found.push(unescaped(&field.raw));
    }
    if tail.contains(&b'%') {
        found.push(Bytes::copy_from_slice(tail));
    }
    found
}

fn unescaped(bytes: &[u8]) -> Bytes {
    match Cow::from(percent_decode(bytes)) {
        Cow::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

/// Whether bytes start as a JSON object or array, a byte order mark aside.
fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}
