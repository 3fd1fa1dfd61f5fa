//! The real binary as a process of its own, and a plain blocking HTTP client to talk to it.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub fn binary() -> PathBuf {
    std::env::var_os("DOCKET_TORTURE_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_docket").into(), PathBuf::from)
}

/// A port nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Runs a CLI command with `--json` and gives what it printed.
pub fn cli(storage: &[String], args: &[&str]) -> Value {
    let output = Command::new(binary()).args(args).args(storage).arg("--json").output().expect("the binary starts");
    assert!(output.status.success(), "docket {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("docket {args:?}: {error}: {}", String::from_utf8_lossy(&output.stdout)))
}

/// A running `docket serve`.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub fn serve(storage: &[String], port: u16, environment: &[(&str, &str)]) -> Process {
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let child = Command::new(binary())
            .args(["serve", "--listen", &address.to_string()])
            .args(storage)
            .env("DOCKET_LOG", "error")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let process = Process { child, address };
        let started = Instant::now();
        while http(address, "GET", "/readyz", "", "").map(|answer| answer.0).unwrap_or(0) != 200 {
            assert!(started.elapsed() < Duration::from_secs(30), "docket serve did not become ready");
            std::thread::sleep(Duration::from_millis(10));
        }
        process
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it was started here");
    }

    /// SIGTERM; waits and gives whether it ended well.
    pub fn terminate(mut self) -> bool {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill starts");
        self.child.wait().expect("it was started here").success()
    }
}

/// A running `docket demo --paused`.
pub struct Demo {
    process: Process,
    data: PathBuf,
    /// What it printed: where things are and every credential.
    pub printed: Value,
}

impl Demo {
    /// Starts it in a fresh folder and reads the line it prints when it is ready.
    pub fn start() -> Demo {
        Demo::start_with(&[])
    }

    /// The same, with more arguments.
    pub fn start_with(arguments: &[&str]) -> Demo {
        let data = folder(&format!("demo-{}", free_port()));
        let address: SocketAddr = ([127, 0, 0, 1], free_port()).into();
        let mut child = Command::new(binary())
            .args(["demo", "--paused", "--json", "--listen", &address.to_string(), "--data"])
            .arg(&data)
            .args(arguments)
            .env("DOCKET_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let printed = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Demo { process: Process { child, address }, data, printed }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// Where its data is, for the CLI.
    pub fn storage(&self) -> Vec<String> {
        vec!["--data".to_owned(), self.data.display().to_string()]
    }

    /// A credential of a connection.
    pub fn credential(&self, connection: &str, name: &str) -> String {
        let connections = self.printed["connections"].as_array().expect("connections");
        let found = connections.iter().find(|known| known["name"] == connection).expect("the connection");
        found[name].as_str().map_or_else(|| found[name].to_string(), str::to_owned)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.child.kill();
        let _ = self.process.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own; `None` when it broke off anywhere.
pub fn http(address: SocketAddr, method: &str, target: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    http_with_headers(address, method, target, headers, body).map(|(status, _, body)| (status, body))
}

/// The same, with the answer's head. Bytes that are no UTF-8 are replaced.
pub fn http_with_headers(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let body = &answer[split + 4..];
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())?;
    (body.len() == length).then(|| (status, head, String::from_utf8_lossy(body).into_owned()))
}

/// A fresh folder below the build's temporary folder.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}
