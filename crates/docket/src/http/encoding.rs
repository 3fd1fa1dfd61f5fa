//! Bodies that come compressed.

use super::problem::Problem;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use std::io::Read;

/// What a body says: as it came, or unpacked where `Content-Encoding` says so. It may be as large as a plain one.
pub(super) async fn plain(headers: &HeaderMap, body: Bytes, most: usize) -> Result<Bytes, Problem> {
    if body.is_empty() || !is_gzip(headers)? {
        return Ok(body);
    }
    let unpacking = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let read = MultiGzDecoder::new(body.as_ref()).take(limit).read_to_end(&mut out);
        read.map(|_| out)
    });
    match unpacking.await {
        Ok(Ok(out)) if out.len() <= most => Ok(out.into()),
        Ok(Ok(_)) => {
            let detail = format!("the body is larger than {most} bytes");
            Err(Problem::unread(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
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
