//! The map's ground: which one there is, and the archive of tiles itself, in the pieces that maps ask for.

use super::native::{Answered, empty, json};
use super::{App, Shared, conditional};
use crate::config::Console;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use docket_app::demo;
use docket_core::connection::Caller;
use docket_core::ledger::{Ledger, OrderQuery};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json as value};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Where the archive is served.
pub(super) const ARCHIVE: &str = "/map/base.pmtiles";
/// The head of an archive (PMTiles version 3 specification, "Header").
const HEAD: usize = 127;
/// A large piece is sent in steps of this.
const STEP: u64 = 256 << 10;
/// So many orders say where an account works.
const LOOKED_AT: usize = 300;

/// What the map stands on.
#[derive(Clone, Debug, Default)]
pub(super) enum Ground {
    /// Nothing of ours.
    #[default]
    None,
    /// Tiles of somebody's server, by the template of their addresses.
    Tiles(String),
    /// An archive.
    Archive(Box<Archive>),
}

/// An archive of tiles.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    path: PathBuf,
    tiles: &'static str,
    zooms: (u8, u8),
    /// West, south, east, north.
    bounds: [f64; 4],
    centre: [f64; 2],
    zoom: u8,
}

impl Ground {
    /// Where else than here a browser fetches the map from; empty where nowhere.
    pub(super) fn origin(&self) -> String {
        let Ground::Tiles(template) = self else { return String::new() };
        let Some((scheme, rest)) = template.split_once("://") else { return String::new() };
        let host = rest.split('/').next().unwrap_or_default();
        // It becomes part of a header that says what a browser may do.
        let is_plain = host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
        if is_plain && !host.is_empty() { format!("{scheme}://{host}") } else { String::new() }
    }

    /// What the configuration says.
    ///
    /// # Errors
    /// When it cannot be.
    pub(super) fn of(console: &Console) -> Result<Ground, String> {
        let Console { map_file, map_tiles, .. } = console;
        let has_file = !map_file.as_os_str().is_empty();
        if has_file && !map_tiles.is_empty() {
            return Err("[console] has map_file and map_tiles: the map stands on one of them".to_owned());
        }
        if has_file {
            let archive = Archive::open(map_file).map_err(|error| format!("[console] map_file: {error}"))?;
            return Ok(Ground::Archive(Box::new(archive)));
        }
        if map_tiles.is_empty() {
            return Ok(Ground::None);
        }
        let is_address = ["https://", "http://", "/"].iter().any(|start| map_tiles.starts_with(start));
        match is_address && ["{z}", "{x}", "{y}"].iter().all(|part| map_tiles.contains(part)) {
            true => Ok(Ground::Tiles(map_tiles.clone())),
            false => Err(format!("[console] map_tiles: `{map_tiles}` is no address with {{z}}, {{x}} and {{y}} in it")),
        }
    }
}

impl Archive {
    fn open(path: &Path) -> Result<Archive, String> {
        let mut head = [0; HEAD];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
        Archive::read(path, &head).ok_or_else(|| format!("{} is no PMTiles archive of version 3", path.display()))
    }

    fn read(path: &Path, head: &[u8]) -> Option<Archive> {
        let byte = |at: usize| head.get(at).copied();
        let degrees = |at: usize| Some(f64::from(i32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?)) / 1e7);
        if head.get(..7)? != b"PMTiles" || byte(7)? != 3 {
            return None;
        }
        let tiles = match byte(99)? {
            1 => "mvt",
            2 => "png",
            3 => "jpeg",
            4 => "webp",
            5 => "avif",
            _ => "unknown",
        };
        Some(Archive {
            path: path.to_owned(),
            tiles,
            zooms: (byte(100)?, byte(101)?),
            bounds: [degrees(102)?, degrees(106)?, degrees(110)?, degrees(114)?],
            zoom: byte(118)?,
            centre: [degrees(119)?, degrees(123)?],
        })
    }
}

/// `GET /v1/map`
pub(super) async fn show(app: &App, caller: &Caller) -> Answered {
    let view = work_of(app, caller).await?;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    let (mut fallback, mut geometry) = (([0.0, 20.0], 2.0), Value::Null);
    match &app.ground {
        Ground::Archive(archive) => {
            put("kind", "pmtiles".into());
            put("url", ARCHIVE.into());
            put("tiles", archive.tiles.into());
            put("min_zoom", archive.zooms.0.into());
            put("max_zoom", archive.zooms.1.into());
            put("bounds", value!(archive.bounds));
            fallback = (archive.centre, f64::from(archive.zoom));
        }
        Ground::Tiles(template) => {
            put("kind", "tiles".into());
            put("url", template.as_str().into());
        }
        Ground::None => {
            put("kind", "none".into());
            put("url", Value::Null);
            if demo::is_world(&app.hub, caller.account) {
                geometry = demo::geometry();
            }
        }
    }
    let attribution = Some(app.attribution.as_str()).filter(|text| !text.is_empty());
    put("attribution", value!(attribution));
    let (centre, zoom) = view.unwrap_or(fallback);
    put("center", value!(centre));
    put("zoom", value!(zoom));
    put("geometry", geometry);
    Ok(json(StatusCode::OK, Value::Object(object).to_string()))
}

/// Where the account works: the middle of its units and newest orders, and how far in to look to see most of them.
async fn work_of(app: &App, caller: &Caller) -> Result<Option<([f64; 2], f64)>, super::problem::Problem> {
    let units = app.hub.units_of(caller.account).await?;
    let positions = units.iter().filter_map(|unit| unit.position.as_ref());
    let mut places: Vec<(f64, f64)> = positions.map(|position| (position.longitude, position.latitude)).collect();
    let query = OrderQuery { newest_first: true, limit: LOOKED_AT, ..OrderQuery::default() };
    let page = app.hub.orders(caller, query).await?;
    let of_orders = page.orders.iter().map(|order| &order.fields);
    places.extend(of_orders.filter_map(|fields| Some((fields.longitude?, fields.latitude?))));
    Ok(view(&places))
}

/// The middle of places and a zoom that shows most of them; one far off does not count.
fn view(places: &[(f64, f64)]) -> Option<([f64; 2], f64)> {
    let spread = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((values.len().saturating_sub(1) as f64 * share) as usize).copied();
        Some((at(0.5)?, at(0.9)? - at(0.1)?))
    };
    let (longitude, wide) = spread(places.iter().map(|place| place.0).collect())?;
    let (latitude, high) = spread(places.iter().map(|place| place.1).collect())?;
    // At zoom 0 the world is 360 degrees wide, and each further one halves it; some air around.
    let zoom = (360.0 / (wide.max(high * 2.0) * 1.6).max(1e-6)).log2();
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Some(([rounded(longitude), rounded(latitude)], (zoom * 10.0).round().clamp(20.0, 140.0) / 10.0))
}

/// `GET /map/base.pmtiles`: whole or a piece of it.
pub(super) async fn archive(State(app): Shared, request: Request) -> Response {
    let Ground::Archive(archive) = &app.ground else { return super::page::not_found() };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let path = archive.path.clone();
    let opened = tokio::task::spawn_blocking(move || open(&path)).await;
    match opened {
        Ok(Ok((file, length, tag))) => piece(request.method(), request.headers(), file, length, &tag),
        Ok(Err(error)) => {
            tracing::error!(%error, "the map's archive cannot be read");
            empty(StatusCode::NOT_FOUND)
        }
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn open(path: &Path) -> io::Result<(File, u64, String)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let tag = format!("\"{:x}-{:x}\"", changed.map_or(0, |since| since.as_nanos()), about.len());
    Ok((file, about.len(), tag))
}

/// What of a file a `Range` asks for: first and last byte. `Ok(None)` is all of it; what is no range of bytes, or several,
/// is as good as none (RFC 9110, section 14.2).
fn range(headers: &HeaderMap, length: u64, tag: &str) -> Result<Option<(u64, u64)>, ()> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(wanted) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else { return Ok(None) };
    if !conditional::is_same(headers, tag) || wanted.contains(',') {
        return Ok(None);
    }
    let Some((first, last)) = wanted.split_once('-') else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, last) = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(0) => return Err(()),
            Some(count) => (length.saturating_sub(count), length.saturating_sub(1)),
            None => return Ok(None),
        },
        (first, "") => match number(first) {
            Some(first) => (first, length.saturating_sub(1)),
            None => return Ok(None),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
            _ => return Ok(None),
        },
    };
    if first >= length { Err(()) } else { Ok(Some((first, last))) }
}

fn piece(method: &Method, asked: &HeaderMap, file: File, length: u64, tag: &str) -> Response {
    let mut response = match (conditional::is_known(asked, tag), range(asked, length, tag)) {
        (true, _) => empty(StatusCode::NOT_MODIFIED),
        (false, Err(())) => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            set(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{length}"));
            return response;
        }
        (false, Ok(wanted)) => {
            let (first, count) = wanted.map_or((0, length), |(first, last)| (first, last - first + 1));
            let mut response = match *method {
                Method::HEAD => empty(StatusCode::OK),
                _ => Response::new(Body::from_stream(stream::unfold((Arc::new(file), first, count), step))),
            };
            let headers = response.headers_mut();
            set(headers, header::CONTENT_LENGTH, &count.to_string());
            if let Some((first, last)) = wanted {
                set(headers, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            response
        }
    };
    let headers = response.headers_mut();
    set(headers, header::ETAG, tag);
    set(headers, header::ACCEPT_RANGES, "bytes");
    set(headers, header::CONTENT_TYPE, "application/vnd.pmtiles");
    set(headers, header::CACHE_CONTROL, "public, max-age=3600");
    response
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// What is left to read: the file, from where, how much.
type Left = (Arc<File>, u64, u64);

async fn step((file, at, left): Left) -> Option<(io::Result<Bytes>, Left)> {
    if left == 0 {
        return None;
    }
    let size = left.min(STEP);
    let source = Arc::clone(&file);
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        source.read_exact_at(&mut bytes, at).map(|()| Bytes::from(bytes))
    });
    let read = read.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    let left = if read.is_ok() { left - size } else { 0 };
    Some((read, (file, at + size, left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(range).unwrap())])
    }

    #[test]
    fn ranges() {
        let of = |text: &str| range(&asked(text), 1_000, "\"a\"");
        assert_eq!(of("bytes=0-126"), Ok(Some((0, 126))));
        assert_eq!(of("bytes=990-2000"), Ok(Some((990, 999))));
        assert_eq!(of("bytes=990-"), Ok(Some((990, 999))));
        assert_eq!(of("bytes=-10"), Ok(Some((990, 999))));
        assert_eq!(of("bytes=-5000"), Ok(Some((0, 999))));
        assert_eq!([of("bytes=1000-"), of("bytes=-0")], [Err(()), Err(())]);
        for odd in ["bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=1-2,4-5", "bytes=", "bytes=-"] {
            assert_eq!(of(odd), Ok(None), "{odd}");
        }
        let mut headers = asked("bytes=0-1");
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(range(&headers, 1_000, "\"a\""), Ok(None));
        assert_eq!(range(&asked("bytes=0-"), 0, ""), Err(()));
    }

    #[test]
    fn most_of_the_work_is_seen() {
        assert_eq!(view(&[]), None);
        let (centre, zoom) = view(&[(-97.74, 30.27)]).unwrap();
        assert_eq!((centre, zoom), ([-97.74, 30.27], 14.0));
        let mut places: Vec<(f64, f64)> =
            (0..20).map(|step| (-97.8 + f64::from(step) * 0.01, 30.2 + f64::from(step) * 0.005)).collect();
        places.push((5.0, 52.0));
        let (centre, zoom) = view(&places).unwrap();
        assert!((centre[0] + 97.7).abs() < 0.02 && (9.0..13.0).contains(&zoom), "{centre:?} {zoom}");
    }

    #[test]
    fn a_browser_may_fetch_from_where_the_tiles_are_and_nowhere_else() {
        let of = |template: &str| Ground::Tiles(template.to_owned()).origin();
        assert_eq!(of("https://tiles.example:8443/{z}/{x}/{y}.pbf?key=a"), "https://tiles.example:8443");
        assert_eq!(of("/tiles/{z}/{x}/{y}.png"), "");
        assert_eq!(of("https://a.example; script-src */{z}/{x}/{y}.png"), "");
        assert_eq!(Ground::None.origin(), "");
    }

    #[test]
    fn what_the_map_stands_on_is_checked() {
        let console = |tiles: &str| Console { map_tiles: tiles.to_owned(), ..Console::default() };
        assert!(matches!(Ground::of(&console("")), Ok(Ground::None)));
        assert!(matches!(Ground::of(&console("https://t.example/{z}/{x}/{y}.png")), Ok(Ground::Tiles(_))));
        assert!(Ground::of(&console("https://t.example/{z}")).is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.pmtiles");
        let file = || Console { map_file: path.clone(), ..Console::default() };
        assert!(Ground::of(&file()).is_err(), "there is none");
        let mut head = vec![0; 200];
        std::fs::write(&path, &head).unwrap();
        assert!(Ground::of(&file()).unwrap_err().contains("no PMTiles"));
        head[..8].copy_from_slice(b"PMTiles\x03");
        head[99..102].copy_from_slice(&[1, 0, 14]);
        head[102..106].copy_from_slice(&(-979_000_000_i32).to_le_bytes());
        head[118] = 11;
        std::fs::write(&path, &head).unwrap();
        let Ok(Ground::Archive(archive)) = Ground::of(&file()) else { panic!("an archive") };
        assert_eq!((archive.tiles, archive.zooms, archive.zoom, archive.bounds[0]), ("mvt", (0, 14), 11, -97.9));
    }
}
