//! The running hub: the application and the HTTP server in front of it, started and stopped as one.

use crate::config::{Config, Keep};
use crate::http;
use crate::seat::Seat;
use docket_app::announce::AnnounceOptions;
use docket_app::dispatch::DispatchOptions;
use docket_app::mail::Post;
use docket_app::track::ips;
use docket_app::{Clock, Hub, SystemClock};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A hub that serves.
pub struct Running {
    /// The application.
    pub hub: Arc<Hub>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for trackers.
    pub ips_address: Option<SocketAddr>,
    server: http::Server,
    trackers: Option<ips::Serving>,
    post: JoinHandle<()>,
    webhooks: JoinHandle<()>,
    beside: Vec<JoinHandle<()>>,
    drain: Duration,
    _seat: Option<Seat>,
}

/// A hub whose store is open and whose address is taken, before it serves: clients that connect wait.
pub struct Prepared {
    /// The application.
    pub hub: Arc<Hub>,
    /// Where it will serve.
    pub address: SocketAddr,
    /// Where it will listen for trackers.
    pub ips_address: Option<SocketAddr>,
    listener: TcpListener,
    trackers: Option<ips::Listener>,
    post: Post,
    dispatch: Option<DispatchOptions>,
    seat: Option<Seat>,
}

impl Prepared {
    /// Takes the address and opens the store.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Prepared, String> {
        if let Some(rules) = config.rules_file() {
            docket_app::relay::rules::read_file(&rules)?;
        }
        http::check(config)?;
        // Whoever is listening there already should be found before the store is touched.
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            format!("{} cannot be listened on: {error}; choose another with --listen", config.listen)
        })?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let trackers = match config.ips_listen()? {
            None => None,
            Some(wanted) => Some(ips::Listener::bind(wanted).await.map_err(|error| {
                format!("{wanted} cannot be listened on for trackers: {error}; choose another with [wialon] ips_listen")
            })?),
        };
        let ips_address =
            trackers.as_ref().map(ips::Listener::address).transpose().map_err(|error| error.to_string())?;
        docket_app::producer::use_folders(config.reports.fonts.clone());
        config.proxies()?;
        let options = config.hub(address, clock)?;
        let post = Post::new(config.post()?)?;
        let dispatch = config.dispatch()?;
        let hub = Hub::open(options).await.map_err(|error| {
            let place = match config.database_url.as_str() {
                "" => config.data.display().to_string(),
                _ => "the database of --database-url".to_owned(),
            };
            format!("the store in {place} cannot be opened: {error}")
        })?;
        let seat = take_seat(config, &hub).await;
        Ok(Prepared { hub, address, ips_address, listener, trackers, post, dispatch, seat })
    }

    /// Starts what runs beside requests, and serves.
    pub fn serve(self, config: &Config) -> Running {
        let Prepared { hub, address, ips_address, listener, trackers, post, dispatch, seat } = self;
        let mut beside = Vec::new();
        beside.push(tokio::spawn(docket_app::jobs::run(Arc::clone(&hub), config.jobs())));
        if let Some(options) = dispatch {
            beside.push(tokio::spawn(docket_app::dispatch::run(Arc::clone(&hub), options)));
        }
        let post = tokio::spawn(post.run(Arc::clone(&hub)));
        let webhooks = tokio::spawn(docket_app::webhooks::run(Arc::clone(&hub)));
        let options = AnnounceOptions { log: config.wire_log.keep != Keep::Off };
        beside.push(tokio::spawn(docket_app::announce::run(Arc::clone(&hub), options)));
        beside.push(tokio::spawn(docket_app::relay::run(Arc::clone(&hub))));
        let trackers_at = ips_address.into_iter().map(|address| ("wialon_ips", address));
        let listening = [("http", address)].into_iter().chain(trackers_at).collect();
        let server = http::Server::start(listener, Arc::clone(&hub), config, listening);
        if config.board.index > 0 {
            beside.push(tokio::spawn(docket_app::board::run(Arc::clone(&hub))));
        }
        let trackers = trackers.map(|trackers| trackers.serve(Arc::clone(&hub), config.ips()));
        let drain = Duration::from_millis(config.limits.drain_timeout_ms);
        Running { hub, address, ips_address, server, trackers, post, webhooks, beside, drain, _seat: seat }
    }
}

/// Takes the seat of the data directory, and what its last holder left behind when it was killed. Where that cannot be
/// done, leases run out by themselves.
async fn take_seat(config: &Config, hub: &Hub) -> Option<Seat> {
    let taken = Seat::take(&config.data, hub.holder());
    let (seat, last) = match taken {
        Ok(taken) => taken?,
        Err(error) => {
            tracing::debug!(%error, "the data directory has no seat");
            return None;
        }
    };
    if let Some(last) = last
        && let Err(error) = hub.store().end_leases(last).await
    {
        tracing::warn!(%error, "what this hub held when it ended is free in half a minute");
    }
    Some(seat)
}

impl Running {
    /// Opens the store, starts what runs beside requests, and listens.
    pub async fn start(config: &Config) -> Result<Running, String> {
        Running::start_with(config, Arc::new(SystemClock)).await
    }

    /// The same with a clock of one's own.
    pub async fn start_with(config: &Config, clock: Arc<dyn Clock>) -> Result<Running, String> {
        Ok(Prepared::open(config, clock).await?.serve(config))
    }

    /// Stops taking requests, finishes those in progress, and closes the store.
    pub async fn stop(self) -> Result<(), String> {
        self.hub.begin_stop();
        let heard = async {
            match self.trackers {
                Some(trackers) => trackers.stop(self.drain).await,
                None => true,
            }
        };
        let (drained, heard) = tokio::join!(self.server.stop(self.drain), heard);
        // What is being sent is noted before the store closes; otherwise it would be sent again.
        if let Err(error) = self.post.await {
            tracing::warn!(%error, "the sender of messages broke off");
        }
        if let Err(error) = self.webhooks.await {
            tracing::warn!(%error, "the sender of webhooks broke off");
        }
        let closed = self.hub.close().await.map_err(|error| format!("the store could not be closed: {error}"));
        for task in self.beside {
            task.abort();
        }
        if !drained || !heard {
            tracing::warn!("some requests did not finish in time and were cut");
        }
        closed
    }
}

/// A runtime that suits the machine: beside the writer's thread, one worker serves two cores best.
pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = if cores <= 2 { 1 } else { cores - 1 };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        // Long pages are read on these; more of them than this only hold more pages in memory at once.
        .max_blocking_threads(cores.saturating_mul(4).clamp(8, 64))
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime could not be started: {error}"))
}

/// Waits until somebody wants the process to end.
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
