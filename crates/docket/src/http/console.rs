//! The console: files that are part of the binary, compressed as they are sent.

use super::{conditional, page};
use axum::body::Body;
use axum::response::Response;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::io::Read as _;

/// What `cargo xtask console` built: text as `NAME.gz`, anything else as it is. Empty in a hub that was built without.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
struct Built;

/// Nothing is run, loaded or called that is not the hub's own. The map makes its worker and its images itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// The reference sets its styles while it runs.
const REFERENCE: &str = "reference.html";
/// Names of these files change with what is in them.
const ASSETS: &str = "assets/";

fn file(name: &str) -> Option<(EmbeddedFile, bool)> {
    let packed = Built::get(&format!("{name}.gz")).map(|file| (file, true));
    packed.or_else(|| Built::get(name).map(|file| (file, false)))
}

/// A file of the console, or its page for the paths that are its own; `None` where it has nothing.
pub(super) fn answer(method: &Method, path: &str, asked: &HeaderMap, map_hosts: &str) -> Option<Response> {
    if *method != Method::GET && *method != Method::HEAD {
        return None;
    }
    let name = path.trim_start_matches('/');
    if let (false, Some((file, packed))) = (name.is_empty(), file(name)) {
        return Some(sent(name, &file, packed, asked, map_hosts));
    }
    // What a person looks at is the console's to show, or to say that there is no such page.
    let wants_page = asked
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kinds| kinds.contains("text/html"));
    let (page, packed) = file("index.html").filter(|_| wants_page && !name.starts_with(ASSETS))?;
    Some(sent("index.html", &page, packed, asked, map_hosts))
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        _ => "application/octet-stream",
    }
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let (coding, quality) = one.split_once(";q=").unwrap_or((one, "1"));
        coding.trim() == "gzip" && quality.trim().parse().is_ok_and(|quality: f32| quality > 0.0)
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sent(name: &str, file: &EmbeddedFile, packed: bool, asked: &HeaderMap, map_hosts: &str) -> Response {
    let hash = hexadecimal(file.metadata.sha256_hash().get(..16).unwrap_or_default());
    let tag = format!("\"{hash}\"");
    let is_known = conditional::is_known(asked, &tag);
    let mut response = Response::new(Body::empty());
    let as_packed = packed && accepts_gzip(asked);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if packed && !as_packed {
        let mut text = Vec::new();
        if GzDecoder::new(file.data.as_ref()).read_to_end(&mut text).is_err() {
            return page::not_found();
        }
        *response.body_mut() = Body::from(text);
    } else {
        *response.body_mut() = Body::from(file.data.to_vec());
    }
    let policy = match name {
        REFERENCE => POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
        _ if map_hosts.is_empty() => POLICY.to_owned(),
        _ => POLICY
            .replace("connect-src 'self'", &format!("connect-src 'self' {map_hosts}"))
            .replace("img-src 'self'", &format!("img-src 'self' {map_hosts}")),
    };
    let cache = if name.starts_with(ASSETS) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    let mut put = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, kind(name));
    put(header::CACHE_CONTROL, cache);
    put(header::ETAG, &tag);
    put(header::VARY, "Accept-Encoding");
    put(header::CONTENT_SECURITY_POLICY, &policy);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "same-origin");
    put(header::X_FRAME_OPTIONS, "DENY");
    if as_packed && !is_known {
        put(header::CONTENT_ENCODING, "gzip");
    }
    response
}
