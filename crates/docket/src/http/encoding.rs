//! Bodies that come compressed.

use super::body::{Held, Room, UPFRONT};
use super::problem::Problem;
use crate::config::Limits;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use std::io::Read;
use std::time::Duration;

/// What a body says: as it came, or unpacked where `Content-Encoding` says so. It may be as large as a plain one, and what
/// is more than a few kilobytes takes room like one: a small body that unpacks to much is no way around that.
pub(super) async fn plain(headers: &HeaderMap, held: &Held, limits: &Limits, room: &Room) -> Result<Held, Problem> {
    if held.bytes.is_empty() || !is_gzip(headers)? {
        return Ok(Held::of(held.bytes.clone()));
    }
    let most = limits.body_bytes;
    if let Some(short) = unpack(held.bytes.clone(), UPFRONT.min(most)).await? {
        return Ok(Held::of(short));
    }
    let taken = room.held(most, Duration::from_millis(limits.body_timeout_ms)).await;
    let taken = taken.map_err(|(status, detail)| Problem::unread(status, detail))?;
    match unpack(held.bytes.clone(), most).await? {
        Some(bytes) => Ok(taken.with(bytes)),
        None => {
            let detail = format!("the body is larger than {most} bytes");
            Err(Problem::unread(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
    }
}

/// What was packed; `None` when it is larger than `most`.
async fn unpack(packed: Bytes, most: usize) -> Result<Option<Bytes>, Problem> {
    let unpacking = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        MultiGzDecoder::new(packed.as_ref()).take(limit).read_to_end(&mut out).map(|_| out)
    });
    match unpacking.await {
        Ok(Ok(out)) => Ok((out.len() <= most).then(|| out.into())),
        _ => Err(Problem::unread(StatusCode::BAD_REQUEST, "the body is no gzip".to_owned())),
    }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            "Encoding not understood",
            format!("Content-Encoding `{other}`: use gzip, or none"),
        )),
    }
}
