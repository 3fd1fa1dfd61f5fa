//! [`TestHub`]: the real thing on port 0.
//!
//! ```text
//! let hub = TestHub::start().await;
//! let acme = hub.connect("pruvan", "acme", &[("scope", "account")]).await;
//! let answer = hub.post_form(&format!("/api/?apiKey={}", acme["api_key"]), "workOrders=…").await;
//! let made = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await;
//! hub.clock.advance_ms(60_000);
//! hub.stop().await;
//! ```

use docket::config::{Config, Overrides};
use docket::run::Running;
use docket_app::enroll::{self, Enrollment};
use docket_app::{Hub, SteeredClock};
use docket_core::connection::Role;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What `connection add` issued: `api_key`, `username`, … and `connection_id`.
pub type Credentials = BTreeMap<String, String>;

/// A running hub, its clock and its data. Everything is gone when it is dropped.
pub struct TestHub {
    /// The clock of the hub; stands at 2026-01-15T10:00:00Z until moved.
    pub clock: Arc<SteeredClock>,
    /// A bearer token of the native API.
    pub token: String,
    running: Option<Running>,
    address: SocketAddr,
    data: tempfile::TempDir,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header's value; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl TestHub {
    /// An empty hub with the default configuration, documents made without pauses.
    pub async fn start() -> TestHub {
        TestHub::start_with(|_| {}).await
    }

    /// The same, its configuration changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> TestHub {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::load(&Overrides { config: None, ..Overrides::default() }).unwrap();
        config.data = data.path().to_path_buf();
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.jobs.step_ms = 0;
        config.planning.attempts = 2_000;
        change(&mut config);
        let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
        let running = Running::start_with(&config, Arc::clone(&clock) as _).await.unwrap();
        let address = running.address;
        let mut hub = TestHub { clock, token: String::new(), running: Some(running), address, data };
        let token = async |name: &str| enroll::add_token(hub.app().store(), "main", name, hub.app().now()).await;
        hub.token = match token("test").await {
            Ok(token) => token,
            // Another hub on the same database has it.
            Err(_) => token(&format!("test-{}", address.port())).await.unwrap(),
        };
        hub.app().refresh_directory().await.unwrap();
        hub
    }

    /// The application.
    pub fn app(&self) -> &Arc<Hub> {
        &self.running.as_ref().unwrap().hub
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for trackers.
    pub fn ips_address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().ips_address.unwrap()
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Makes a connection in account `main`, in force at once.
    pub async fn connect(&self, dialect: &str, name: &str, set: &[(&str, &str)]) -> Credentials {
        self.connect_in("main", dialect, name, set).await
    }

    /// Makes a connection in an account, in force at once.
    pub async fn connect_in(&self, account: &str, dialect: &str, name: &str, set: &[(&str, &str)]) -> Credentials {
        let set: Vec<(String, String)> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let base_url = self.url();
        let request = Enrollment { dialect, name, account, role: Role::Serve, set: &set, base_url: &base_url };
        let enrolled = enroll::add(self.app().store(), request, self.app().now()).await.unwrap();
        self.app().refresh_directory().await.unwrap();
        let mut credentials: Credentials = enrolled.printed.into_iter().collect();
        credentials.insert("connection_id".to_owned(), enrolled.connection.id.to_string());
        credentials
    }

    /// Makes a connection in account `main` that calls a counterpart, in force at once.
    pub async fn connect_out(&self, dialect: &str, name: &str, set: &[(&str, &str)]) {
        let set: Vec<(String, String)> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let request =
            Enrollment { dialect, name, account: "main", role: Role::Connect, set: &set, base_url: &self.url() };
        let (app, vault) = (self.app(), self.app().relay().vault());
        enroll::add_with(app.store(), Some(vault), request, app.now()).await.unwrap();
        app.refresh_directory().await.unwrap();
    }

    /// Sends a request on a connection of its own.
    pub async fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        send(self.address, method, target, headers, body.as_ref()).await
    }

    /// Asks the native API.
    pub async fn native(&self, method: &str, target: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.request(method, target, &[("authorization", &bearer), ("content-type", "application/json")], body).await
    }

    /// Posts a form.
    pub async fn post_form(&self, target: &str, body: &str) -> Answer {
        self.request("POST", target, &[("content-type", "application/x-www-form-urlencoded")], body).await
    }

    /// Asks until the answer is as wished; gives up after ten seconds.
    pub async fn native_until(&self, target: &str, wished: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let answer = self.native("GET", target, "").await;
            if answer.status == 200 && wished(&answer.json()) {
                return answer.json();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{target} never became as wished: {}", self.native("GET", target, "").await.text());
    }

    /// Runs the real binary's command line on the same store.
    pub async fn cli(&self, args: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket"));
        command.args(args).arg("--data").arg(self.data.path());
        command.output().await.unwrap()
    }

    /// Stops it the polite way; the data stays until the value is dropped.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await.unwrap();
        }
    }
}

/// Sends one request over a connection of its own and reads the whole answer.
pub async fn send(address: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may close before the body is through; its answer counts.
    let _ = stream.write_all(body).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let answer = parse(&bytes);
    super::described::check(method, target, headers, body, &answer);
    answer
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = &bytes[end + 4..];
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    Answer { status, headers, body: if chunked { unchunked(body) } else { body.to_vec() } }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..at]).trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < at + 2 + size {
            break;
        }
        body.extend_from_slice(&rest[at + 2..at + 2 + size]);
        rest = &rest[(at + 4 + size).min(rest.len())..];
    }
    body
}
