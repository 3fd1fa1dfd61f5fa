//! `GET /v1/system/backup`: everything as one archive, sent while it is made.

use super::App;
use super::native::{Answered, empty};
use super::problem::Problem;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use docket_app::backup;
use docket_core::connection::Caller;
use futures_util::stream;
use http::{HeaderValue, Method, StatusCode, header};
use std::io::{self, Write};
use tokio::sync::mpsc;

/// It is sent in pieces of this …
const PIECE: usize = 256 << 10;
/// … of which so many may wait for the client.
const PIECES: usize = 8;

/// Writes to whoever takes the archive.
struct Sending {
    to: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Sending {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "whoever asked has gone");
        self.to.blocking_send(Ok(piece.into())).map_err(gone)
    }
}

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE.saturating_sub(self.piece.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.piece.extend_from_slice(taken);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

/// A copy holds every account's orders: only one account's administrators may take it.
fn may(app: &App, caller: &Caller) -> Result<(), Problem> {
    let directory = app.hub.directory();
    let own = directory.accounts().iter().find(|(id, _)| *id == caller.account).map(|(_, name)| name.as_str());
    if own.is_some_and(|own| own == app.backup_account) {
        return Ok(());
    }
    let detail = match app.backup_account.as_str() {
        "" => "backups over HTTP are off ([backup] account); `docket backup` makes one".to_owned(),
        _ => "a backup holds the orders of every account; it is for the account that [backup] account names".to_owned(),
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail))
}

/// Answers at once, and sends what there is as it is made: one that broke off has no end, which restoring notices.
pub(super) fn take(app: &App, caller: &Caller, method: &Method) -> Answered {
    may(app, caller)?;
    let hub = &app.hub;
    if !hub.store().is_embedded() {
        let detail = backup::BackupError::Elsewhere.to_string();
        return Err(Problem::new(StatusCode::CONFLICT, "backup_elsewhere", "The ledger is elsewhere", detail));
    }
    if method == Method::HEAD {
        // Whoever only wants the head would have all of it made.
        return Ok(empty(StatusCode::OK));
    }
    let Ok(turn) = app.backups.clone().try_acquire_owned() else {
        let detail = "another backup is being made; one at a time";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail));
    };
    let (to, pieces) = mpsc::channel(PIECES);
    let (store, beside, now) = (hub.store().clone(), app.data.clone(), hub.now());
    let by = caller.label.clone();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let out = Sending { to: to.clone(), piece: Vec::with_capacity(PIECE) };
        match backup::write(&store, out, &beside, now) {
            Ok(contents) => tracing::info!(bytes = contents.bytes, files = contents.files, by, "a backup was taken"),
            Err(error) => {
                tracing::error!(%error, by, "a backup broke off");
                // The stream breaks off, too, so that nobody takes it for whole.
                drop(to.blocking_send(Err(io::Error::other("the backup broke off; the log has why"))));
            }
        }
    });
    let body = stream::unfold(pieces, |mut pieces| async move { pieces.recv().await.map(|piece| (piece, pieces)) });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = now.strftime("attachment; filename=\"docket-%Y-%m-%d-%H%M%S.tar\"").to_string();
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
