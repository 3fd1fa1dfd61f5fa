//! `GET /files/{blob}/{name}?…`: files by signed link.

use super::{Shared, conditional};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use docket_app::files::{Refusal, disposition};
use docket_core::ledger::FileLink;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use std::ops::Range;

const NO_SNIFFING: HeaderName = HeaderName::from_static("x-content-type-options");
/// Browsers show a file and run nothing of it.
pub(super) const POLICY_TEXT: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const POLICY: HeaderName = HeaderName::from_static("content-security-policy");

/// Answers a signed link.
pub(super) async fn answer(State(app): Shared, uri: Uri, headers: HeaderMap) -> Response {
    match app.hub.linked_file(uri.path(), uri.query().unwrap_or_default()).await {
        Ok(Ok((file, bytes))) => {
            let mut response = file_response(&headers, &file, bytes);
            let cached = HeaderValue::from_static("private, max-age=300");
            response.headers_mut().insert(header::CACHE_CONTROL, cached);
            response
        }
        Ok(Err(refusal)) => refused(refusal),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "The file cannot be read just now; try again.\n"),
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Unknown => plain(StatusCode::NOT_FOUND, "There is no such file.\n"),
        Refusal::Forged => {
            plain(StatusCode::FORBIDDEN, "This link was not made here, or was changed; ask for a new one.\n")
        }
        Refusal::Over => plain(StatusCode::GONE, "This link is no longer good; ask for a new one.\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A file as it is sent: whole, or the range that is asked for; never guessed at by the browser, never run.
pub(super) fn file_response(asked: &HeaderMap, file: &FileLink, bytes: Vec<u8>) -> Response {
    let total = bytes.len();
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, &file.media_type);
    put(header::CONTENT_DISPOSITION, &disposition(file));
    let tag = format!("\"{}\"", file.blob);
    put(header::ETAG, &tag);
    put(header::ACCEPT_RANGES, "bytes");
    put(NO_SNIFFING, "nosniff");
    put(POLICY, POLICY_TEXT);
    if conditional::is_known(asked, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let range = asked.get(header::RANGE).filter(|_| conditional::is_same(asked, &tag));
    let range = range.and_then(|value| value.to_str().ok());
    match range.and_then(|text| range_of(text, total)) {
        None => *response.body_mut() = Body::from(bytes),
        Some(Ok(range)) => {
            put(header::CONTENT_RANGE, &format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1)));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            *response.body_mut() = Body::from(bytes::Bytes::from(bytes).slice(range));
        }
        Some(Err(())) => {
            put(header::CONTENT_RANGE, &format!("bytes */{total}"));
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        }
    }
    response
}

/// What a `Range` header asks for; `None` where the whole is as good an answer (several ranges, other units).
fn range_of(text: &str, total: usize) -> Option<Result<Range<usize>, ()>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (from.trim(), to.trim()) {
        ("", last) => total.saturating_sub(last.parse().ok()?)..total,
        (from, "") => from.parse().ok()?..total,
        (from, to) => from.parse().ok()?..to.parse::<usize>().ok()?.saturating_add(1).min(total),
    };
    Some(if range.start < range.end { Ok(range) } else { Err(()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(range_of("bytes=0-4", 10), Some(Ok(0..5)));
        assert_eq!(range_of("bytes=5-", 10), Some(Ok(5..10)));
        assert_eq!(range_of("bytes=-3", 10), Some(Ok(7..10)));
        assert_eq!(range_of("bytes=-30", 10), Some(Ok(0..10)));
        assert_eq!(range_of("bytes=8-99", 10), Some(Ok(8..10)));
        assert_eq!(range_of("bytes=10-", 10), Some(Err(())));
        assert_eq!(range_of("bytes=5-4", 10), Some(Err(())));
        assert_eq!(range_of("bytes=-0", 10), Some(Err(())));
        for text in ["bytes=0-1,3-4", "lines=0-1", "bytes=x-y", "bytes=", "bytes=--1", "bytes=99999999999999999999-"] {
            assert_eq!(range_of(text, 10), None, "{text}");
        }
    }
}
