//! Connections: accepted up to a limit, cut when slow, drained when stopping.

use super::impatient::Impatient;
use super::{Peer, router};
use crate::config::{Config, Limits};
use axum::Router;
use axum::body::Body;
use docket_app::Hub;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tower::Service;

/// How long to wait after an accept that failed for want of something (file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The server.
pub struct Server {
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<GracefulShutdown>,
}

impl Server {
    /// Starts accepting.
    pub fn start(
        listener: TcpListener,
        hub: Arc<Hub>,
        config: &Config,
        listening: Vec<(&'static str, SocketAddr)>,
    ) -> Server {
        let router = router(hub, config, listening);
        let limits = config.limits;
        let (stop, stopped) = oneshot::channel();
        Server { stop, accepting: tokio::spawn(accept(listener, router, limits, stopped)) }
    }

    /// Stops accepting and waits for requests in progress; `false` when they took longer than that.
    pub async fn stop(self, drain: Duration) -> bool {
        // Already gone is as good as told.
        let _ = self.stop.send(());
        let Ok(graceful) = self.accepting.await else { return false };
        tokio::time::timeout(drain, graceful.shutdown()).await.is_ok()
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stopped: oneshot::Receiver<()>,
) -> GracefulShutdown {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections.max(1)));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_timeout_ms))
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes.max(8192));
    loop {
        let next = async {
            // The slot comes first: while there is none, connections wait with the operating system.
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = next => accepted,
            _ = &mut stopped => return graceful,
        };
        match accepted {
            Ok((stream, peer)) => {
                let watcher = graceful.watcher();
                let stream = Impatient::new(prepared(stream), Duration::from_millis(limits.write_timeout_ms));
                let connection = builder.serve_connection(TokioIo::new(stream), service(&router, peer));
                tokio::spawn(async move {
                    if let Err(error) = watcher.watch(connection).await {
                        tracing::debug!(%peer, %error, "connection ended early");
                    }
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn prepared(stream: TcpStream) -> TcpStream {
    // Answers are written whole; waiting for more to send would only add delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    stream
}

fn service(
    router: &Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + use<> {
    let router = router.clone();
    service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        let mut router = router.clone();
        router.call(request.map(Body::new))
    })
}
