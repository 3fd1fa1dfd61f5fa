//! The HTTP server: the dialects at their vendors' paths, the native API under `/v1`, health and metrics.

mod access;
mod backup;
mod board;
mod body;
mod conditional;
mod connections;
mod console;
mod dialects;
mod docs;
mod encoding;
mod enroll;
mod events;
mod exchanges;
mod files;
mod impatient;
mod items;
mod jobs;
mod lines;
mod map;
mod metrics;
mod native;
pub mod openapi;
mod operate;
mod outbox;
mod page;
mod phone;
mod places;
mod plans;
mod positions;
mod problem;
mod rate;
mod read;
mod relay;
mod replay;
mod report;
mod ring;
mod session;
mod system;
mod tokens;
mod units;
mod webhooks;
mod who;

use crate::config::{Config, Keep, Limits};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
pub use connections::Server;
use docket_app::Hub;
use docket_app::outside::Network;
use docket_app::system::Sizes;
use docket_core::Timestamp;
use docket_dialects::{DIALECTS, Dialect};
use metrics::Metrics;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// What every handler shares.
pub(crate) struct App {
    pub(crate) hub: Arc<Hub>,
    pub(crate) limits: Limits,
    pub(crate) room: body::Room,
    pub(crate) keep: Keep,
    pub(crate) trackers_logged: bool,
    pub(crate) public_url: String,
    /// Who is believed about where requests come from.
    pub(crate) proxies: Vec<Network>,
    pub(crate) metrics: Metrics,
    /// How many requests each caller of the native API may make.
    pub(crate) rates: rate::Rates,
    /// Room for reports that are made when they are asked for.
    pub(crate) reports: Arc<Semaphore>,
    /// What the map stands on, and whose work that is.
    ground: map::Ground,
    attribution: String,
    /// When it began, and where it listens.
    started: Timestamp,
    listening: Vec<(&'static str, SocketAddr)>,
    sizes: Sizes,
    ring: ring::Ring,
    /// Where everything is kept, whose administrators may copy it, and one at a time.
    data: PathBuf,
    backup_account: String,
    backups: Arc<Semaphore>,
}

/// Says what of the configuration cannot be served.
///
/// # Errors
/// When something cannot.
pub(crate) fn check(config: &Config) -> Result<(), String> {
    map::Ground::of(&config.console).map(drop)
}

/// How many reports are made at once for those who ask for one.
const REPORTS_AT_ONCE: usize = 2;

/// Who called, put into every request by the connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

pub(crate) type Shared = State<Arc<App>>;

pub(crate) fn router(hub: Arc<Hub>, config: &Config, listening: Vec<(&'static str, SocketAddr)>) -> Router {
    let started = hub.now();
    let app = Arc::new(App {
        hub,
        limits: config.limits,
        room: body::Room::new(&config.limits),
        keep: config.wire_log.keep,
        trackers_logged: config.wire_log.trackers,
        public_url: config.public_url.trim_end_matches('/').to_owned(),
        // Read once already, when the hub was prepared.
        proxies: config.proxies().unwrap_or_default(),
        metrics: Metrics::default(),
        rates: rate::Rates::new(config.limits.requests, config.limits.requests_within_s),
        reports: Arc::new(Semaphore::new(REPORTS_AT_ONCE)),
        // What is wrong with it was said before anything was opened.
        ground: map::Ground::of(&config.console).unwrap_or_default(),
        attribution: config.console.map_attribution.clone(),
        started,
        listening,
        sizes: Sizes::default(),
        ring: ring::Ring::default(),
        data: config.data.clone(),
        backup_account: config.backup.account.clone(),
        backups: Arc::new(Semaphore::new(1)),
    });
    tokio::spawn(ring::run(Arc::clone(&app)));
    let mut router = Router::new();
    for &dialect in DIALECTS {
        for route in dialect.serve.routes() {
            router = router.route(
                route.0,
                any(move |State(app): Shared, request: Request| to_the_end(dialects::answer(app, dialect, request))),
            );
        }
    }
    router
        .route("/", get(page::front))
        .route("/healthz", get(page::healthz))
        .route("/readyz", get(page::readyz))
        .route("/metrics", get(page::metrics))
        .route(map::ARCHIVE, any(map::archive))
        .route("/osmand", get(phone::answer).post(phone::answer))
        .route("/files/{*path}", get(files::answer))
        .route("/docs", get(docs::front))
        .route("/docs/{*path}", get(docs::page))
        .route("/v1", any(|state: Shared, request: Request| watched(state, request)))
        .route("/v1/", any(|state: Shared, request: Request| watched(state, request)))
        .route("/v1/{*path}", any(|state: Shared, request: Request| watched(state, request)))
        .fallback(unmatched)
        .with_state(app)
}

/// Answers on a task of its own: what was begun is ended, and logged, even when the client leaves meanwhile.
async fn to_the_end(answer: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(answer).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "an answer broke off");
            let mut response = Response::new(axum::body::Body::empty());
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// Told to an answer that waits for something: whoever asked has gone.
#[derive(Clone)]
pub(crate) struct Gone(watch::Receiver<()>);

impl Gone {
    /// Waits until the client has gone.
    pub(crate) async fn left(mut self) {
        // The sender says nothing; it is dropped with the connection, or with the answer.
        while self.0.changed().await.is_ok() {}
    }
}

/// Answers on a task of its own, which learns when the client leaves.
async fn watched(state: Shared, mut request: Request) -> Response {
    let (stays, gone) = watch::channel(());
    request.extensions_mut().insert(Gone(gone));
    let response = to_the_end(native::answer(state, request)).await;
    drop(stays);
    response
}

/// A path nobody mounted. Some dialects accept theirs in any case, so the dialect it would be decides.
async fn unmatched(State(app): Shared, request: Request) -> Response {
    let path = request.uri().path();
    if let Some(dialect) = by_prefix(path) {
        return to_the_end(dialects::answer(app, dialect, request)).await;
    }
    console::answer(request.method(), path, request.headers(), &app.ground.origin()).unwrap_or_else(page::not_found)
}

fn by_prefix(path: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|dialect| {
        dialect
            .serve
            .routes()
            .iter()
            .filter_map(|route| route.0.split_once('{'))
            .any(|(prefix, _)| path.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
    })
}
