//! Public client libraries of the Wialon Remote API, unmodified, against the real binary's demo: each logs in, creates
//! an order, assigns it, reads it back, receives the events and deletes it.
//!
//! Every library has a folder of its own below `target/tools/clients`, for several of them have the same module name.
//! A test that cannot install its library fails. With `DOCKET_RECORD_CLIENTS=1` the same programs talk to an empty
//! hub through a proxy that writes what it saw as transcripts into `conformance/wialon/clients`.

mod record;

use super::process::{Demo, folder as scratch, free_port};
use record::Recorder;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The demo's token.
const TOKEN: &str = "d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7";
/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The folder of the client programs.
pub(crate) fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients")
}

/// Runs an installer; what it says is shown when it fails.
fn install(what: &str, command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    assert!(output.status.success(), "{what} failed: {command:?}\n{said}");
}

/// The folder of a library with these packages in it; made by `make` when it is not there or has others.
fn library(name: &str, packages: &[&str], make: impl FnOnce(&Path)) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the build folder");
    let folder = target.join("tools/clients").join(name);
    let (mark, wanted) = (folder.join("installed"), packages.join("\n"));
    if std::fs::read_to_string(&mark).ok().as_deref() != Some(&wanted) {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the library");
        make(&folder);
        std::fs::write(&mark, wanted).expect("the mark");
    }
    folder
}

/// A virtual environment with these packages.
pub(crate) fn python(name: &str, packages: &[&str]) -> PathBuf {
    let folder = library(name, packages, |folder| {
        install("a virtual environment", Command::new("python3").args(["-m", "venv"]).arg(folder));
        let mut pip = Command::new(folder.join("bin/pip"));
        install(name, pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"]).args(packages));
    });
    folder.join("bin/python")
}

/// A folder with these packages below `node_modules`.
fn node(name: &str, packages: &[&str]) -> PathBuf {
    library(name, packages, |folder| {
        std::fs::write(folder.join("package.json"), "{\"private\":true}").expect("a package of our own");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--save-exact"]).args(packages);
        install(name, npm.current_dir(folder));
    })
}

/// Where a client goes: the demo, or an empty hub through the recorder.
enum Hub {
    Demo(Demo),
    Recorded(Box<Recorder>),
}

impl Hub {
    fn start(client: &str) -> Hub {
        match std::env::var_os("DOCKET_RECORD_CLIENTS") {
            Some(_) => Hub::Recorded(Box::new(Recorder::start(client))),
            None => Hub::Demo(Demo::start()),
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Hub::Demo(demo) => demo.address(),
            Hub::Recorded(recorder) => recorder.address,
        }
    }

    fn token(&self) -> String {
        match self {
            Hub::Demo(demo) => {
                let token = demo.credential("demo-wialon", "token");
                assert_eq!(token, TOKEN, "the demo's token is the documented one");
                token
            }
            Hub::Recorded(recorder) => recorder.token.clone(),
        }
    }

    fn finish(self) {
        match self {
            Hub::Demo(_) => {}
            Hub::Recorded(recorder) => recorder.write(),
        }
    }
}

/// Waits for a program, but not for ever.
fn wait(mut child: Child) -> String {
    let started = Instant::now();
    loop {
        if child.try_wait().expect("it was started here").is_some() {
            let output = child.wait_with_output().expect("piped");
            let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
            assert!(output.status.success(), "the client failed:\n{said}");
            return said;
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the client did not finish");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a client program; its last word must be that it is done.
fn run(client: &str, mut command: Command) {
    let hub = Hub::start(client);
    let address = hub.address();
    let arguments = [address.ip().to_string(), address.port().to_string(), hub.token()];
    // Nothing of the machine's may redirect what goes to this machine.
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    let child = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let said = wait(child.unwrap_or_else(|error| panic!("{client}: {error}")));
    assert!(said.lines().any(|line| line.starts_with("done ")), "{client}: {said}");
    hub.finish();
}

fn run_python(client: &str, packages: &[&str]) {
    let mut command = Command::new(python(client, packages));
    command.arg(programs().join(format!("pypi-{client}.py")));
    run(client, command);
}

const REQUESTS: &[&str] =
    &["requests==2.34.2", "certifi==2026.10.18", "charset-normalizer==3.5.2", "idna==3.20", "urllib3==2.8.0"];

#[test]
fn python_wialon() {
    run_python("python-wialon", &["python-wialon==1.2.4", "future==1.0.0", "simplejson==4.3.0"]);
}

#[test]
fn py_aiowialon() {
    let packages = [
        "py-aiowialon==2.0.0",
        "aiohappyeyeballs==2.7.1",
        "aiohttp==3.14.5",
        "aiolimiter==1.3.0",
        "aiosignal==1.4.0",
        "attrs==26.1.0",
        "frozenlist==1.8.0",
        "idna==3.20",
        "multidict==7.2.1",
        "propcache==0.5.4",
        "typing_extensions==4.16.0",
        "yarl==1.25.1",
    ];
    run_python("py-aiowialon", &packages);
}

#[test]
fn wialon() {
    run_python("wialon", &[&["wialon==1.1.5"], REQUESTS].concat());
}

#[test]
fn wialon_sdk() {
    // It imports loguru without naming it as a dependency.
    run_python("wialon-sdk", &[&["wialon-sdk==0.5.2", "loguru==0.7.3"], REQUESTS].concat());
}

#[test]
fn wialonpy() {
    run_python("wialonpy", &[&["wialonpy==0.1.11"], REQUESTS].concat());
}

#[test]
fn npm_wialon() {
    let folder = node("npm-wialon", &["wialon@2.0.2"]);
    let mut command = Command::new("node");
    command.arg(programs().join("npm-wialon.js")).env("NODE_PATH", folder.join("node_modules"));
    run("npm-wialon", command);
}

#[test]
fn npm_wialonjs_api() {
    let folder = node("npm-wialonjs-api", &["wialonjs-api@0.0.11"]);
    let library = std::fs::read(folder.join("node_modules/wialonjs-api/dist/wialon-src.js")).expect("the library");
    let hub = Hub::start("npm-wialonjs-api");
    let page = Page::serve(library);
    let url = format!("http://127.0.0.1:{}/#http://{}%20{}", page.address.port(), hub.address(), hub.token());
    let profile = scratch(&format!("chromium-{}", free_port()));
    let browser = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--no-proxy-server"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut browser = browser.unwrap_or_else(|error| panic!("chromium: {error}"));
    let said = page.wait();
    let _ = browser.kill();
    let _ = browser.wait();
    let _ = std::fs::remove_dir_all(profile);
    assert!(said.starts_with("done "), "the page says: {said}");
    hub.finish();
}

/// A web page of another origin than the hub's.
struct Page {
    address: SocketAddr,
    said: std::sync::mpsc::Receiver<String>,
}

impl Page {
    fn serve(library: Vec<u8>) -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let page = std::fs::read(programs().join("npm-wialonjs-api.html")).expect("the page");
        let (say, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(text) = answer(&stream, &page, &library)
                    && say.send(text).is_err()
                {
                    return;
                }
            }
        });
        Page { address, said }
    }

    /// What the page says in the end.
    fn wait(&self) -> String {
        self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| "nothing".to_owned())
    }
}

/// Answers one request; gives what the page says, when it does.
fn answer(stream: &TcpStream, page: &[u8], library: &[u8]) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut said = vec![0; length];
    reader.read_exact(&mut said).ok()?;
    let (kind, body): (&str, &[u8]) = match line.split(' ').nth(1)? {
        "/" => ("text/html; charset=utf-8", page),
        "/wialon.js" => ("text/javascript", library),
        _ => ("text/plain", b"ok"),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    line.starts_with("POST /result").then(|| String::from_utf8_lossy(&said).into_owned())
}
