//! One request over one connection to an address that was checked.

use super::{Answer, Filter, OutsideError, Resolve};
use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// How long one address may take to be connected before the next is tried.
const CONNECT: Duration = Duration::from_secs(5);
/// How many addresses of a host are tried.
const ADDRESSES: usize = 4;

pub(super) struct Connector {
    filter: Filter,
    resolver: Arc<dyn Resolve>,
    tls: Option<TlsConnector>,
}

/// A certificate authority.
pub type Authority = CertificateDer<'static>;

/// The authorities in a PEM file.
pub fn authorities(path: &Path) -> Result<Vec<Authority>, String> {
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))?;
    let found: Vec<Authority> = found.collect::<Result<_, _>>().map_err(|error| wrong(&error))?;
    let mut roots = RootCertStore::empty();
    for authority in &found {
        roots.add(authority.clone()).map_err(|error| wrong(&error))?;
    }
    if found.is_empty() { Err(wrong(&"there is no certificate in it")) } else { Ok(found) }
}

fn tls(authorities: &[Authority]) -> Option<TlsConnector> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // Those that cannot be used were refused when they were read.
    roots.add_parsable_certificates(authorities.iter().cloned());
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(TlsConnector::from(Arc::new(config)))
}

impl Connector {
    pub(super) fn new(filter: Filter, resolver: Arc<dyn Resolve>, authorities: &[Authority]) -> Connector {
        Connector { filter, resolver, tls: tls(authorities) }
    }

    /// The addresses of a URL's host that may be called.
    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, OutsideError> {
        let (name, found) = match url.host() {
            Some(Host::Ipv4(address)) => (address.to_string(), vec![IpAddr::V4(address)]),
            Some(Host::Ipv6(address)) => (address.to_string(), vec![IpAddr::V6(address)]),
            Some(Host::Domain(name)) => {
                let found = self.resolver.resolve(name).await;
                (name.to_owned(), found.map_err(|_| OutsideError::Unknown(name.to_owned()))?)
            }
            None => return Err(OutsideError::Url("it names no host".to_owned())),
        };
        let mut refused = None;
        let mut may = Vec::new();
        for address in found {
            match self.filter.check(address) {
                Ok(()) => may.push(address),
                Err(kind) => refused = Some(kind),
            }
        }
        may.truncate(ADDRESSES);
        match (may.is_empty(), refused) {
            (false, _) => Ok(may),
            (true, Some(kind)) => Err(OutsideError::Refused { host: name, kind }),
            (true, None) => Err(OutsideError::Unknown(name)),
        }
    }

    async fn connect(&self, url: &Url) -> Result<TcpStream, OutsideError> {
        let port = url.port_or_known_default().unwrap_or(80);
        let mut last = "no address answered".to_owned();
        for address in self.addresses(url).await? {
            match tokio::time::timeout(CONNECT, TcpStream::connect(SocketAddr::new(address, port))).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = "it took too long".to_owned(),
            }
        }
        Err(OutsideError::Unreachable(last))
    }

    /// One request and its answer; the connection is not kept.
    pub(super) async fn exchange(
        &self,
        url: &Url,
        request: Request<Bytes>,
        limit: (usize, Reading),
        sent: &Sent,
    ) -> Result<Answer, OutsideError> {
        let stream = self.connect(url).await?;
        if url.scheme() != "https" {
            return speak(Watched { stream, sent: sent.clone() }, request, limit).await;
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|error| OutsideError::Url(error.to_string()))?;
        let tls = self.tls.as_ref().ok_or_else(|| OutsideError::Unreachable("TLS is not available".to_owned()))?;
        let secured = tls.connect(name, stream).await;
        let secured = secured.map_err(|error| OutsideError::Unreachable(format!("TLS: {error}")))?;
        speak(Watched { stream: secured, sent: sent.clone() }, request, limit).await
    }
}

/// How much of an answer's body is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it, or there is no answer.
    Whole,
    /// What comes soon, and fits.
    Beginning,
}

/// How long the beginning of a body is waited for.
const BEGINNING: Duration = Duration::from_secs(1);

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Bytes>,
    (limit, reading): (usize, Reading),
) -> Result<Answer, OutsideError> {
    let broken = |error: hyper::Error| OutsideError::Broken(error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = Abort(tokio::spawn(connection));
    let answer = sender.send_request(request.map(Full::new)).await.map_err(broken)?;
    let (head, mut body) = answer.into_parts();
    let mut bytes = BytesMut::new();
    let whole = async {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            let room = limit.saturating_sub(bytes.len());
            bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
            if data.len() > room {
                return Err(OutsideError::TooLarge(limit));
            }
        }
        Ok(())
    };
    match reading {
        Reading::Whole => whole.await?,
        // It is known how it went; what is said besides is a courtesy.
        Reading::Beginning => drop(tokio::time::timeout(BEGINNING, whole).await),
    }
    drop(driver);
    Ok(Answer { status: head.status, headers: head.headers, body: bytes.freeze() })
}

/// Whether the first byte of a request went out.
#[derive(Clone, Debug, Default)]
pub struct Sent(Arc<AtomicBool>);

impl Sent {
    /// It did.
    pub fn is_sent(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A stream whose first byte out is noted, before anybody can see it.
struct Watched<S> {
    stream: S,
    sent: Sent,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        // A write that fails may have sent something all the same.
        self.sent.0.store(true, Ordering::SeqCst);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Ends the connection when the call is over or given up.
struct Abort<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
