//! Reading request bodies: bounded in size and time.

use crate::config::Limits;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use std::time::Duration;

/// How much more of an oversized body is read and dropped, so that the client gets to see the refusal.
const DRAIN: usize = 64 << 20;
/// When an oversized body pauses for so long, its sender waits for the refusal.
const DRAIN_PAUSE: Duration = Duration::from_millis(300);
/// What is set aside for a body at most before its bytes arrive.
const UPFRONT: usize = 64 << 10;

/// Why there is no body: status and words.
pub(super) type Unread = (StatusCode, String);

pub(super) async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Unread> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse::<usize>().ok());
    if announced == Some(0) {
        return Ok(Bytes::new());
    }
    let reading = collect(body, announced.unwrap_or_default(), limits.body_bytes);
    match tokio::time::timeout(Duration::from_millis(limits.body_timeout_ms), reading).await {
        Ok(read) => read,
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned())),
    }
}

async fn collect(mut body: Body, announced: usize, limit: usize) -> Result<Bytes, Unread> {
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    let mut length = 0_usize;
    let mut kept = announced <= limit;
    loop {
        let frame = match kept {
            true => body.frame().await,
            false => tokio::time::timeout(DRAIN_PAUSE, body.frame()).await.ok().flatten(),
        };
        let Some(frame) = frame else { break };
        let Ok(frame) = frame else {
            return Err((StatusCode::BAD_REQUEST, "the body broke off".to_owned()));
        };
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        kept &= length <= limit;
        match (&first, kept) {
            (_, false) => {
                (first, rest) = (None, BytesMut::new());
                if length > limit.saturating_add(DRAIN) {
                    break;
                }
            }
            (None, true) => first = Some(data),
            (Some(start), true) => {
                if rest.is_empty() {
                    rest.reserve(announced.min(limit).min(UPFRONT).max(start.len() + data.len()));
                    rest.extend_from_slice(start);
                }
                rest.extend_from_slice(&data);
            }
        }
    }
    match kept {
        true if rest.is_empty() => Ok(first.unwrap_or_default()),
        true => Ok(rest.freeze()),
        false => Err((StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes"))),
    }
}
