//! Real sockets on this machine, which tests allow; names by a resolver of their own.

use super::*;
use docket_dialects::dialect::BoxFuture;
use parking_lot::Mutex;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers each connection with the next of these texts (the last one again and again); keeps what it was sent.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn serve(answers: Vec<String>) -> Server {
    serve_slowly(answers, Duration::ZERO).await
}

async fn serve_slowly(answers: Vec<String>, pause: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        for turn in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let answer = answers.get(turn).or(answers.last()).cloned().unwrap_or_default();
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 << 10];
                let mut read = 0;
                while let Ok(more) = stream.read(&mut buffer[read..]).await {
                    read += more;
                    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.to_ascii_lowercase();
                    let length = length.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if more == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                        kept.lock().push(text);
                        break;
                    }
                }
                tokio::time::sleep(pause).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    Server { address, seen }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: image/png; x=y\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

fn options() -> OutsideOptions {
    OutsideOptions {
        allow: vec!["127.0.0.1".parse().unwrap()],
        body_bytes: 1000,
        timeout: Duration::from_millis(700),
        authorities: Vec::new(),
    }
}

fn post(url: String, redirects: Redirects) -> Call {
    let headers = [("content-type", "application/json"), ("x-secret", "s")];
    Call {
        method: Method::POST,
        url,
        headers: headers.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect(),
        body: Bytes::from_static(b"{\"a\":1}"),
        timeout: Duration::from_secs(5),
        redirects,
        answer_bytes: 100,
    }
}

/// Knows some names, each with its addresses.
struct Names(Vec<(&'static str, Vec<&'static str>)>);

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let found = self.0.iter().find(|(name, _)| *name == host);
        let found = found.map(|(_, addresses)| addresses.iter().map(|text| text.parse().unwrap()).collect());
        Box::pin(std::future::ready(found.ok_or_else(|| io::Error::other("no such name"))))
    }
}

#[tokio::test]
async fn a_file_is_fetched() {
    let server = serve(vec![ok("bytes")]).await;
    let url = format!("http://us%65r:p%40ss@{}/a%20b?x=1&y=%2B#top", server.address);
    let (bytes, media_type) = Outside::new(options()).fetch(&url).await.unwrap();
    assert_eq!((&bytes[..], media_type.as_str()), (&b"bytes"[..], "image/png"));
    let seen = server.seen.lock().remove(0);
    assert!(seen.starts_with("GET /a%20b?x=1&y=%2B HTTP/1.1\r\n"), "{seen}");
    let seen = seen.to_ascii_lowercase();
    assert!(seen.contains(&format!("user-agent: {USER_AGENT}\r\n")), "{seen}");
    assert!(seen.contains(&format!("host: {}\r\n", server.address)), "{seen}");
    // user:p@ss
    assert!(seen.contains("authorization: basic dxnlcjpwqhnz\r\n"), "{seen}");
}

#[tokio::test]
async fn inner_addresses_are_not_called() {
    let server = serve(vec![ok("secret")]).await;
    let strict = Outside::new(OutsideOptions { allow: Vec::new(), ..options() });
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0", "127.1"] {
        let error = strict.fetch(&format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(error, OutsideError::Refused { .. }), "{host}: {error}");
    }
    assert!(server.seen.lock().is_empty());
}

#[tokio::test]
async fn only_http_urls_are_called() {
    let outside = Outside::new(options());
    for url in ["", "file:///etc/passwd", "ftp://a/b", "gopher://a", "//a/b", "a", "http://", "data:text/plain,x"] {
        let error = outside.fetch(url).await.unwrap_err();
        assert!(matches!(error, OutsideError::Url(_)), "{url}: {error}");
    }
    let error = outside.fetch(&format!("http://a/{}", "x".repeat(URL_LIMIT))).await.unwrap_err();
    assert!(matches!(error, OutsideError::Url(_)), "{error}");
}

#[tokio::test]
async fn a_name_is_judged_by_where_it_leads() {
    let server = serve(vec![ok("x")]).await;
    let names = Names(vec![
        ("inner.example", vec!["10.0.0.7", "169.254.169.254"]),
        ("mixed.example", vec!["192.168.0.1", "127.0.0.1"]),
        ("empty.example", vec![]),
    ]);
    let outside = Outside::resolving(options(), Arc::new(names));
    let port = server.address.port();
    let fetched = async |host: &str| outside.fetch(&format!("http://{host}:{port}/")).await;
    let refused = fetched("inner.example").await.unwrap_err();
    assert!(refused.to_string().contains("`inner.example` leads to an address that is"), "{refused}");
    assert!(fetched("mixed.example").await.is_ok(), "the address that is allowed is called, not the other");
    assert_eq!(fetched("empty.example").await.unwrap_err(), OutsideError::Unknown("empty.example".to_owned()));
    assert_eq!(fetched("gone.example").await.unwrap_err(), OutsideError::Unknown("gone.example".to_owned()));
    assert!(server.seen.lock()[0].contains(&format!("host: mixed.example:{port}")));
}

#[tokio::test]
async fn every_redirect_is_checked_again() {
    let inner = serve(vec![ok("secret")]).await;
    let names = Names(vec![("inner.example", vec!["10.0.0.7"]), ("outer.example", vec!["127.0.0.1"])]);
    let outside = Outside::resolving(options(), Arc::new(names));
    let port = inner.address.port();
    for location in [format!("http://inner.example:{port}/"), format!("http://[::1]:{port}/"), "//127.0.0.2/".into()] {
        let server = serve(vec![to(302, &location)]).await;
        let error = outside.fetch(&format!("http://{}/", server.address)).await.unwrap_err();
        assert!(matches!(error, OutsideError::Refused { .. }), "{location}: {error}");
    }
    let server = serve(vec![to(302, "file:///etc/passwd")]).await;
    let error = outside.fetch(&format!("http://{}/", server.address)).await.unwrap_err();
    assert!(matches!(error, OutsideError::Url(_)), "{error}");
    let server = serve(vec![to(302, "/again")]).await;
    let error = outside.fetch(&format!("http://{}/", server.address)).await.unwrap_err();
    assert!(matches!(error, OutsideError::Redirect(_)), "{error}");
    assert_eq!(server.seen.lock().len(), HOPS + 1);
    assert!(inner.seen.lock().is_empty());
}

#[tokio::test]
async fn a_kept_redirect_keeps_method_and_body_and_not_the_secrets() {
    let last = serve(vec![ok("x")]).await;
    let first = serve(vec![to(307, "/here"), to(308, &format!("http://{}/there", last.address))]).await;
    let outside = Outside::new(options());
    let answer = outside.call(post(format!("http://{}/", first.address), Redirects::Kept)).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let seen = first.seen.lock().clone();
    assert!(seen[1].starts_with("POST /here ") && seen[1].contains("x-secret: s"), "{}", seen[1]);
    let seen = last.seen.lock().clone();
    assert!(seen[0].starts_with("POST /there ") && seen[0].ends_with("{\"a\":1}"), "{}", seen[0]);
    assert!(seen[0].contains("content-type: application/json") && !seen[0].contains("x-secret"), "{}", seen[0]);
    let server = serve(vec![to(302, "/x")]).await;
    let answer = outside.call(post(format!("http://{}/", server.address), Redirects::Kept)).await.unwrap();
    assert_eq!(answer.status, StatusCode::FOUND, "only 307 and 308 keep the method");
    let server = serve(vec![to(307, "/x")]).await;
    let answer = outside.call(post(format!("http://{}/", server.address), Redirects::None)).await.unwrap();
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
}

#[tokio::test]
async fn size_and_time_are_limited() {
    let outside = Outside::new(options());
    let fetched = async |server: &Server| outside.fetch(&format!("http://{}/", server.address)).await.unwrap_err();
    assert_eq!(fetched(&serve(vec![ok(&"x".repeat(1001))]).await).await, OutsideError::TooLarge(1000));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(100_000));
    assert_eq!(fetched(&serve(vec![endless]).await).await, OutsideError::TooLarge(1000));
    let slow = serve_slowly(vec![ok("x")], Duration::from_secs(30)).await;
    assert_eq!(fetched(&slow).await, OutsideError::Late(Duration::from_millis(700)));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    assert!(matches!(fetched(&serve(vec![cut]).await).await, OutsideError::Broken(_)));
    assert!(matches!(fetched(&serve(vec!["SSH-2.0-x\r\n".to_owned()]).await).await, OutsideError::Broken(_)));
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned();
    let error = fetched(&serve(vec![missing]).await).await.to_string();
    assert!(error.contains("404"), "{error}");
}

#[tokio::test]
async fn nobody_there_and_no_tls_there() {
    let outside = Outside::new(options());
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = outside.fetch(&format!("http://{free}/")).await.unwrap_err();
    assert!(matches!(error, OutsideError::Unreachable(_)), "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let error = outside.fetch(&format!("https://{plain}/")).await.unwrap_err();
    assert!(matches!(&error, OutsideError::Unreachable(what) if what.starts_with("TLS")), "{error}");
}

/// Speaks TLS as `files.example` with a certificate of an authority of its own; gives that authority.
async fn secured() -> (SocketAddr, Authority) {
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    let made = rcgen::generate_simple_self_signed(["files.example".to_owned()]).unwrap();
    let authority = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![authority.clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us goes away here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(ok("over TLS").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, authority)
}

#[tokio::test]
async fn tls_is_for_the_named_host_and_by_a_trusted_authority() {
    let (address, authority) = secured().await;
    let names = || Arc::new(Names(vec![("files.example", vec!["127.0.0.1"]), ("other.example", vec!["127.0.0.1"])]));
    let timeout = Duration::from_secs(5);
    let trusting = OutsideOptions { authorities: vec![authority], timeout, ..options() };
    let trusting = Outside::resolving(trusting, names());
    let url = |host: &str| format!("https://{host}:{}/a", address.port());
    let (bytes, _) = trusting.fetch(&url("files.example")).await.unwrap();
    assert_eq!(bytes, "over TLS");
    let error = trusting.fetch(&url("other.example")).await.unwrap_err();
    assert!(matches!(&error, OutsideError::Unreachable(what) if what.starts_with("TLS")), "{error}");
    let strict = Outside::resolving(OutsideOptions { timeout, ..options() }, names());
    let error = strict.fetch(&url("files.example")).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer") || error.to_string().contains("certificate"), "{error}");
}

#[test]
fn authorities_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let made = rcgen::generate_simple_self_signed(["ca.example".to_owned()]).unwrap();
    std::fs::write(&path, format!("{}{}", made.cert.pem(), made.cert.pem())).unwrap();
    assert_eq!(authorities(&path).map(|found| found.len()), Ok(2));
    for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        assert!(authorities(&path).unwrap_err().contains("ca.pem"), "{text}");
    }
    assert!(authorities(&folder.path().join("gone.pem")).is_err());
}
