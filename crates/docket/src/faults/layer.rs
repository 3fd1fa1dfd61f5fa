//! The server in front of the server.

use super::{Fault, Faults};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long what is there of an answer has to get away before it breaks off.
const FLUSH: Duration = Duration::from_millis(30);
/// How long requests in progress may take when it stops.
const DRAIN: Duration = Duration::from_secs(3);
/// Headers that belong to one connection, and are not passed on.
const OF_THE_CONNECTION: [header::HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::UPGRADE];

type Body = BoxBody<Bytes, io::Error>;

/// The bad network.
pub struct Layer {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

struct State {
    to: SocketAddr,
    faults: Faults,
    is_bad: AtomicBool,
    requests: AtomicU64,
    met: AtomicU64,
}

impl Layer {
    /// In front of an address.
    pub fn start(listener: TcpListener, to: SocketAddr, faults: Faults) -> io::Result<Layer> {
        let address = listener.local_addr()?;
        let (requests, met) = (AtomicU64::new(0), AtomicU64::new(0));
        let state = Arc::new(State { to, faults, is_bad: AtomicBool::new(true), requests, met });
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state), stopped));
        Ok(Layer { address, state, stop: Some(stop), accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on everything is passed on.
    pub fn heal(&self) {
        self.state.is_bad.store(false, Ordering::SeqCst);
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// How often something went wrong.
    pub fn met(&self) -> u64 {
        self.state.met.load(Ordering::SeqCst)
    }

    /// Takes no more connections, and ends those there are.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // Already gone is as good as told.
            let _ = stop.send(());
        }
        let _ = tokio::time::timeout(DRAIN, &mut self.accepting).await;
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(FLUSH).await;
            continue;
        };
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Broken off on purpose, most of the time.
            let _ = connection.await;
        });
    }
    graceful.shutdown().await;
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let number = state.requests.fetch_add(1, Ordering::SeqCst);
    let fault = if state.is_bad.load(Ordering::SeqCst) { state.faults.befalls(number) } else { None };
    let (parts, body) = request.into_parts();
    if let Some(fault) = fault {
        state.met.fetch_add(1, Ordering::SeqCst);
        if let Some(told) = &state.faults.told {
            told(fault, &format!("{} {}", parts.method, parts.uri.path()));
        }
    }
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let pass = || async {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = passed_on(&parts.headers);
        forward(state.to, request).await
    };
    match fault {
        None => pass().await.map(whole),
        Some(Fault::Status(status)) => Ok(refused(&state.faults, status)),
        Some(Fault::Html) => Ok(page()),
        Some(Fault::Drop) => Err(broken("nobody there")),
        Some(Fault::Cut) => {
            pass().await?;
            Err(broken("the answer is lost"))
        }
        Some(Fault::Truncate) => pass().await.map(truncated),
        Some(Fault::Duplicate) => {
            pass().await?;
            pass().await.map(whole)
        }
        Some(Fault::Late) => {
            tokio::time::sleep(state.faults.late).await;
            pass().await.map(whole)
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, what.to_owned())
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers
}

async fn forward(to: SocketAddr, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, io::Error> {
    let stream = TcpStream::connect(to).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let driving = tokio::spawn(connection);
    let answer = async {
        let (mut parts, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        parts.headers = passed_on(&parts.headers);
        Ok(Response::from_parts(parts, body))
    };
    let answer = answer.await;
    driving.abort();
    answer
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

fn whole(answer: Response<Bytes>) -> Response<Body> {
    answer.map(full)
}

/// Two thirds of an answer that says how long it would be.
fn truncated(answer: Response<Bytes>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    let length = body.len().max(1);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let there = body.slice(..body.len() * 2 / 3);
    let frames = stream::unfold(Some(there), |there| async move {
        match there {
            Some(bytes) if !bytes.is_empty() => Some((Ok(Frame::data(bytes)), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(FLUSH).await;
                Some((Err(broken("the answer breaks off")), None))
            }
            None => None,
        }
    });
    Response::from_parts(parts, BodyExt::boxed(StreamBody::new(frames)))
}

fn refused(faults: &Faults, status: StatusCode) -> Response<Body> {
    let worded = faults.refuse.as_ref().map(|refuse| refuse(status));
    let (headers, body) = worded.unwrap_or_else(|| (HeaderMap::new(), Bytes::from_static(b"oops")));
    let mut answer = Response::new(full(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = passed_on(&headers);
    if [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status) {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

fn page() -> Response<Body> {
    let mut answer = Response::new(full(Bytes::from_static(
        b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n",
    )));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer
}
