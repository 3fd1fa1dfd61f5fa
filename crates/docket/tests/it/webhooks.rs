//! Webhooks over real sockets: signed as the reference library wants it, tried again over days, never lost, never in
//! each other's way.

use super::clients::python;
use super::process::{Process, cli, folder, free_port, http};
use crate::hub::{Answer, TestHub};
use docket_app::{Clock as _, SystemClock};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver does instead of answering.
const HANGS: u16 = 0;

/// Takes it, and then does not stop talking.
const TALKS: u16 = 1;
/// Takes it, and then says two words a second.
const MUMBLES: u16 = 2;

/// What came in.
#[derive(Clone, Debug)]
struct Received {
    headers: BTreeMap<String, String>,
    body: String,
    at: Instant,
}

impl Received {
    fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    fn seq(&self) -> i64 {
        serde_json::from_str::<Value>(&self.body).unwrap()["data"]["seq"].as_i64().unwrap()
    }
}

/// A program that receives webhooks.
struct Receiver {
    address: SocketAddr,
    /// What it answers; 0 hangs.
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<Received>>>,
    open: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    async fn start(status: u16) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let status = Arc::new(AtomicU16::new(status));
        let (received, open) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (answers, log, count) = (Arc::clone(&status), Arc::clone(&received), Arc::clone(&open));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answers, log, count) = (Arc::clone(&answers), Arc::clone(&log), Arc::clone(&count));
                tokio::spawn(async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    serve(stream, &answers, &log).await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Receiver { address, status, received, open, task }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    fn seqs(&self) -> BTreeSet<i64> {
        self.received().iter().map(Received::seq).collect()
    }

    async fn until(&self, count: usize) -> Vec<Received> {
        for _ in 0..1_500 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} messages were due: {:?}", self.received());
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answers: &AtomicU16, log: &Mutex<Vec<Received>>) {
    let mut bytes = Vec::new();
    let (end, length, headers) = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or_default() == 0 {
            return;
        }
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers: BTreeMap<String, String> =
            lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        break (end + 4, headers.get("content-length").map_or(0, |length| length.parse().unwrap()), headers);
    };
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.unwrap_or_default() == 0 {
            return;
        }
    }
    let body = String::from_utf8(bytes[end..end + length].to_vec()).unwrap();
    log.lock().unwrap().push(Received { headers, body, at: Instant::now() });
    let status = answers.load(Ordering::SeqCst);
    if status == TALKS || status == MUMBLES {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nTaken.").await;
        let piece = vec![b'x'; if status == TALKS { 1 << 20 } else { 1 }];
        while stream.write_all(&piece).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(if status == TALKS { 0 } else { 500 })).await;
        }
        return;
    }
    if status == HANGS {
        // Until the hub gives up.
        let _ = stream.read_buf(&mut bytes).await;
        return;
    }
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn hub() -> TestHub {
    TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await
}

async fn add(hub: &TestHub, name: &str, url: &str, more: Value) -> Value {
    let mut body = json!({"name": name, "url": url});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = hub.native("POST", "/v1/webhooks", &body.to_string()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"), "{}", answer.text());
    answer.json()
}

async fn create(hub: &TestHub, count: usize) {
    let list: Vec<Value> = (0..count).map(|number| json!({"number": format!("W-{number}")})).collect();
    assert_eq!(hub.native("POST", "/v1/orders", &json!(list).to_string()).await.status, 201);
}

async fn post(hub: &TestHub, target: &str, body: Value) -> Answer {
    hub.native("POST", &format!("/v1/webhooks/{target}"), &body.to_string()).await
}

/// What the reference library says of messages.
fn verdicts(messages: &[(String, Received)]) -> Vec<String> {
    let python = python("standardwebhooks", &["standardwebhooks==1.1.0"]);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/webhooks.py");
    let mut child =
        Command::new(python).arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python starts");
    let mut input = child.stdin.take().unwrap();
    for (secret, message) in messages {
        let line = json!({"secret": secret, "headers": message.headers, "body": message.body});
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_library_accepts_our_signatures() {
    let mut hub = hub().await;
    hub.clock.set(SystemClock.now());
    let receiver = Receiver::start(204).await;
    let added = add(&hub, "erp", &receiver.url(), json!({"description": "ERP"})).await;
    let first = added["secret"].as_str().unwrap().to_owned();
    assert!(first.starts_with("whsec_"), "{added}");
    assert!(!hub.native("GET", "/v1/webhooks/erp", "").await.text().contains("secret\":\"whsec"), "shown once");
    create(&hub, 3).await;
    let received = receiver.until(3).await;
    assert_eq!(receiver.seqs(), BTreeSet::from([1, 2, 3]));
    let body: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(
        (&body["type"], received[0].headers["content-type"].as_str()),
        (&json!("order.created"), "application/json")
    );
    let journal = hub.native("GET", "/v1/journal?after=0", "").await.json();
    let entry = journal["entries"].as_array().unwrap().iter().find(|one| one["seq"] == body["data"]["seq"]).unwrap();
    assert_eq!((&body["data"], &body["timestamp"]), (entry, &entry["at"]));
    // A new secret: while the old one is valid, messages carry both signatures.
    let rotated = post(&hub, "erp/rotate", json!({"keep_old_s": 600})).await.json();
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert!(rotated["old_secret_until"].is_string(), "{rotated}");
    create(&hub, 1).await;
    let both = receiver.until(4).await[3].clone();
    assert_eq!(both.headers["webhook-signature"].split(' ').count(), 2);
    let mut bent = received[0].clone();
    bent.body = bent.body.replace("created", "canceled");
    let tested = post(&hub, "erp/test", json!({})).await.json();
    assert_eq!((&tested["status"], &tested["test"], &tested["error"]), (&json!(204), &json!(true), &Value::Null));
    let test = receiver.until(5).await[4].clone();
    let messages = [
        (first.clone(), received[0].clone()),
        (first.clone(), received[2].clone()),
        (first.clone(), both.clone()),
        (second.clone(), both),
        (second.clone(), received[0].clone()),
        (first, bent),
        (second, test),
    ];
    let said = tokio::task::spawn_blocking(move || verdicts(&messages)).await.unwrap();
    let verified = "verified order.created";
    let wanted = [verified, verified, verified, verified, "refused", "refused", "verified webhook.test"];
    assert_eq!(said.len(), wanted.len(), "{said:?}");
    assert!(said.iter().zip(wanted).all(|(said, wanted)| said.starts_with(wanted)), "{said:?}");
    // At the end of its time the old secret signs nothing more.
    hub.clock.advance_ms(601_000);
    create(&hub, 1).await;
    assert_eq!(receiver.until(6).await[5].headers["webhook-signature"].split(' ').count(), 1);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_tried_again_and_what_was_sent_can_be_sent_again() {
    let mut hub = hub().await;
    let receiver = Receiver::start(500).await;
    add(&hub, "erp", &receiver.url(), json!({"events": ["order.created"]})).await;
    create(&hub, 1).await;
    receiver.until(1).await;
    let target = "/v1/webhooks/erp/messages?status=waiting";
    let waiting = hub.native_until(target, |found| found["messages"].as_array().unwrap().len() == 1).await;
    let message = &waiting["messages"][0];
    assert_eq!(
        (&message["attempts"], &message["error"]),
        (&json!(1), &json!("the answer is 500 Internal Server Error"))
    );
    assert_eq!(receiver.received().len(), 1, "not before its time");
    // Seconds, minutes, hours: the same message each time, with a moment and a signature of its own.
    for (attempt, pause_ms) in [(2, 6_000), (3, 6 * 60_000), (4, 34 * 60_000)] {
        hub.clock.advance_ms(pause_ms);
        receiver.until(attempt).await;
        let noted = |found: &Value| found["messages"][0]["attempts"] == json!(attempt);
        hub.native_until(target, noted).await;
    }
    let received = receiver.received();
    assert!(received.iter().all(|one| one.id() == received[0].id() && one.body == received[0].body));
    let times: BTreeSet<&str> = received.iter().map(|one| one.headers["webhook-timestamp"].as_str()).collect();
    assert_eq!(times.len(), 4);
    receiver.answer(200);
    hub.clock.advance_ms(3 * 3_600_000);
    receiver.until(5).await;
    let well = hub.native_until("/v1/webhooks/erp", |found| found["waiting"] == 0 && found["failures"] == 0).await;
    assert_eq!(
        (&well["status"], &well["last_error"], &well["failing_since"]),
        (&json!("enabled"), &Value::Null, &Value::Null)
    );
    let attempts = hub.native("GET", "/v1/webhooks/erp/attempts", "").await.json();
    let list = attempts["attempts"].as_array().unwrap();
    let shown: Vec<(i64, i64)> =
        list.iter().map(|one| (one["attempt"].as_i64().unwrap(), one["status"].as_i64().unwrap())).collect();
    assert_eq!(shown, [(5, 200), (4, 500), (3, 500), (2, 500), (1, 500)]);
    assert_eq!(list[0]["answer"], "ok");
    // Everything since a moment, once more, under the same identities.
    create(&hub, 3).await;
    receiver.until(8).await;
    hub.native_until("/v1/webhooks/erp", |found| found["after"] == 4).await;
    let replayed = post(&hub, "erp/replay", json!({"since": "2026-01-15T00:00:00Z"})).await;
    assert_eq!((replayed.status, &replayed.json()["after"]), (200, &json!(0)), "{}", replayed.text());
    let all = receiver.until(12).await;
    let ids: BTreeSet<&str> = all[8..].iter().map(Received::id).collect();
    assert_eq!(ids, all[..8].iter().map(Received::id).collect());
    let nothing = post(&hub, "erp/replay", json!({})).await;
    assert_eq!((nothing.status, nothing.json()["code"].as_str()), (422, Some("invalid")));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_is_left_alone_and_loses_nothing() {
    let mut hub = hub().await;
    let receiver = Receiver::start(503).await;
    add(&hub, "erp", &receiver.url(), json!({})).await;
    create(&hub, 400).await;
    let left = hub.native_until("/v1/webhooks/erp", |found| found["failures"].as_i64() >= Some(5)).await;
    assert!(left["not_before"].is_string(), "{left}");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(receiver.received().len(), 5, "its place waits, and with it the other messages");
    // Days pass.
    for _ in 0..30 {
        let before = receiver.received().len();
        hub.clock.advance_ms(6 * 3_600_000);
        for _ in 0..100 {
            if receiver.received().len() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let status = hub.native("GET", "/v1/webhooks/erp", "").await.json()["status"].clone();
        if status == "disabled" {
            break;
        }
    }
    let disabled = hub.native_until("/v1/webhooks/erp", |found| found["status"] == "disabled").await;
    assert!(disabled["last_error"].as_str().unwrap().contains("503"), "{disabled}");
    let tried = receiver.received().len();
    assert!((20..30).contains(&tried), "{tried} attempts in five days of six hours each");
    receiver.answer(200);
    hub.clock.advance_ms(86_400_000);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(receiver.received().len(), tried, "disabled is disabled");
    // A person enables it: everything comes.
    assert_eq!(post(&hub, "erp/enable", json!({})).await.status, 200);
    let done = |found: &Value| found["after"] == 400 && found["waiting"] == 0 && found["failed"] == 0;
    for _ in 0..40 {
        hub.clock.advance_ms(60_000);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    hub.native_until("/v1/webhooks/erp", done).await;
    assert_eq!(receiver.seqs(), (1..=400).collect());
    // One that says it is gone is believed.
    receiver.answer(410);
    create(&hub, 1).await;
    hub.native_until("/v1/webhooks/erp", |found| found["status"] == "gone").await;
    let skipped = post(&hub, "erp/enable", json!({"from": "now"})).await.json();
    assert_eq!((&skipped["status"], &skipped["after"]), (&json!("enabled"), &json!(401)));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_delays_nobody() {
    let mut hub = hub().await;
    let hanging = Receiver::start(HANGS).await;
    for number in 0..20 {
        add(&hub, &format!("hanging-{number}"), &hanging.url(), json!({})).await;
    }
    let quick = Receiver::start(200).await;
    add(&hub, "quick", &quick.url(), json!({})).await;
    create(&hub, 1).await;
    quick.until(1).await;
    for _ in 0..200 {
        if hanging.open.load(Ordering::SeqCst) == 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(hanging.open.load(Ordering::SeqCst), 20, "one call each, all hang");
    for round in 1..=10 {
        let begun = Instant::now();
        create(&hub, 10).await;
        let received = quick.until(1 + round * 10).await;
        let took = received.iter().map(|one| one.at).max().unwrap().duration_since(begun);
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
    assert_eq!(hanging.open.load(Ordering::SeqCst), 20, "and still do");
    let begun = Instant::now();
    hub.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_and_accounts_are_walls() {
    let mut hub = hub().await;
    hub.connect("pruvan", "acme", &[]).await;
    hub.connect_in("other", "pruvan", "theirs", &[]).await;
    let other = docket_app::enroll::add_token(hub.app().store(), "other", "test", hub.app().now()).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    let receiver = Receiver::start(200).await;
    add(&hub, "erp", &receiver.url(), json!({"connection": "acme"})).await;
    for (body, status, code, pointer) in [
        ("{", 400, "syntax", None),
        (r#"{"url":"http://a.example"}"#, 422, "invalid", Some("/name")),
        (r#"{"name":"a b","url":"http://a.example"}"#, 422, "invalid", Some("/name")),
        (r#"{"name":"b","url":"ftp://a.example"}"#, 422, "invalid", Some("/url")),
        (r#"{"name":"b","url":"http://a.example","events":["x"]}"#, 422, "invalid", Some("/events")),
        (r#"{"name":"b","url":"http://a.example","connection":"theirs"}"#, 422, "invalid", Some("/connection")),
        (r#"{"name":"b","url":"http://a.example","secret":"short"}"#, 422, "invalid", Some("/secret")),
        (r#"{"name":"b","url":"http://a.example","more":1}"#, 422, "invalid", Some("/more")),
        (r#"{"name":"erp","url":"http://a.example"}"#, 409, "taken", None),
    ] {
        let answer = hub.native("POST", "/v1/webhooks", body).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, problem["code"].as_str(), problem["pointer"].as_str()),
            (status, Some(code), pointer),
            "{body}"
        );
    }
    let headers = [("authorization", &*format!("Bearer {other}"))];
    for (method, target) in [("GET", ""), ("POST", "/test"), ("POST", "/rotate"), ("DELETE", ""), ("GET", "/attempts")]
    {
        let answer = hub.request(method, &format!("/v1/webhooks/erp{target}"), &headers, "").await;
        assert_eq!(answer.status, 404, "{method} {target}");
    }
    assert_eq!(hub.request("POST", "/v1/orders", &headers, r#"{"number":"theirs"}"#).await.status, 201);
    // Only what came through its connection.
    create(&hub, 2).await;
    hub.native_until("/v1/webhooks/erp", |found| found["after"] == 2).await;
    assert!(receiver.received().is_empty());
    let changed =
        hub.native("PATCH", "/v1/webhooks/erp", r#"{"connection":null,"events":["order.noted"]}"#).await.json();
    assert_eq!((&changed["connection"], &changed["events"]), (&Value::Null, &json!(["order.noted"])));
    let noted = hub.native("POST", "/v1/orders/1/notes", r#"{"text":"Dog"}"#).await;
    let serial = hub.native("GET", "/v1/orders?limit=1", "").await.json()["orders"][0]["serial"].clone();
    if noted.status != 201 {
        let target = format!("/v1/orders/{serial}/notes");
        assert_eq!(hub.native("POST", &target, r#"{"text":"Dog"}"#).await.status, 201);
    }
    assert_eq!(receiver.until(1).await[0].seq(), 3);
    // Private networks are only called where the operator says so.
    hub.stop().await;
    let mut careful = TestHub::start().await;
    add(&careful, "inside", "http://10.0.0.1/hook", json!({})).await;
    let tested = post(&careful, "inside/test", json!({})).await.json();
    assert!(tested["error"].as_str().unwrap().contains("leads to an address that is"), "{tested}");
    // By hand, on the same store: paused, listed, removed.
    let cli = async |args: &[&str]| {
        let output = careful.cli(&[&["webhook"], args, &["--json"]].concat()).await;
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert!(cli(&["add", "cli", "https://a.example/x", "--event", "order.completed"]).await["secret"].is_string());
    assert_eq!(cli(&["set", "cli", "--event", "all"]).await["events"], json!([]));
    assert_eq!(cli(&["pause", "cli"]).await["status"], "paused");
    assert_eq!(cli(&["list"]).await["webhooks"].as_array().unwrap().len(), 2);
    assert_eq!(cli(&["attempts", "inside", "--failed"]).await["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(cli(&["enable", "cli", "--skip"]).await["status"], "enabled");
    assert_eq!(cli(&["remove", "cli"]).await["removed"], true);
    let output = careful.cli(&["webhook", "test", "inside"]).await;
    assert_eq!(output.status.code(), Some(1));
    careful.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_was_not_sent_when_a_hub_was_killed_is_sent_by_the_next() {
    let receiver = Receiver::start(200).await;
    let data = folder("webhooks-killed");
    let storage = vec!["--data".to_owned(), data.display().to_string()];
    let token = cli(&storage, &["token", "create", "test"])["token"].as_str().unwrap().to_owned();
    let added = cli(&storage, &["webhook", "add", "erp", &receiver.url()]);
    assert!(added["secret"].is_string(), "{added}");
    let bearer = format!("authorization: Bearer {token}\r\n");
    let environment = [("DOCKET_OUTSIDE_ALLOW", "127.0.0.1")];
    let port = free_port();
    let mut acknowledged = 0;
    for round in 0..3 {
        let (storage, bearer, count) = (storage.clone(), bearer.clone(), Arc::clone(&receiver.received));
        let working = tokio::task::spawn_blocking(move || {
            let process = Process::serve(&storage, port, &environment);
            let before = count.lock().unwrap().len();
            let (begun, mut made) = (Instant::now(), 0);
            // Killed while messages are on their way.
            while made < 50 || count.lock().unwrap().len() < before + 20 {
                let body = json!({"number": format!("K-{round}-{made}")}).to_string();
                made += usize::from(
                    http(process.address, "POST", "/v1/orders", &bearer, &body).is_some_and(|a| a.0 == 201),
                );
                assert!(begun.elapsed() < Duration::from_secs(60), "nothing is sent");
            }
            process.kill();
            made
        });
        acknowledged += working.await.unwrap();
    }
    let (again, head) = (storage.clone(), bearer.clone());
    let process = tokio::task::spawn_blocking(move || Process::serve(&again, port, &environment)).await.unwrap();
    let polled =
        http(process.address, "GET", "/v1/events", &format!("{head}accept: application/json\r\n"), "").unwrap();
    let polled: Value = serde_json::from_str(&polled.1).unwrap();
    let wanted: BTreeSet<i64> = (1..=polled["after"].as_str().unwrap().parse().unwrap()).collect();
    assert!(wanted.len() >= acknowledged, "{} of {acknowledged}", wanted.len());
    for _ in 0..2_000 {
        if receiver.seqs().is_superset(&wanted) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(receiver.seqs(), wanted, "all of them, and nothing else");
    let (sent, needed) = (receiver.received().len(), wanted.len());
    println!("{needed} entries, {sent} messages: {} came again after a kill", sent - needed);
    assert!(tokio::task::spawn_blocking(move || process.terminate()).await.unwrap());
    let _ = std::fs::remove_dir_all(data);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hubs_one_sends_and_the_other_goes_on() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server");
        return;
    };
    let database = super::postgres::fresh_database(&server);
    let start = async |key: Option<std::path::PathBuf>| {
        TestHub::start_with(|config| {
            config.database_url = database.clone();
            config.outside.allow = vec!["127.0.0.1".to_owned()];
            config.secrets.key_file = key.unwrap_or_default();
        })
        .await
    };
    let mut here = start(None).await;
    let receiver = Receiver::start(200).await;
    add(&here, "erp", &receiver.url(), json!({})).await;
    create(&here, 5).await;
    receiver.until(5).await;
    let mut there = start(Some(here.data().join("secret.key"))).await;
    create(&there, 5).await;
    receiver.until(10).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!((receiver.received().len(), receiver.seqs().len()), (10, 10), "each once, although two hubs run");
    here.stop().await;
    create(&there, 5).await;
    receiver.until(15).await;
    assert_eq!(receiver.seqs(), (1..=15).collect());
    there.stop().await;
}

#[tokio::test]
async fn whoever_takes_a_message_may_say_what_it_likes() {
    let hub = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    for (name, status) in [("talks", TALKS), ("mumbles", MUMBLES)] {
        let receiver = Receiver::start(status).await;
        let body = json!({"name": name, "url": receiver.url()}).to_string();
        assert_eq!(hub.native("POST", "/v1/webhooks", &body).await.status, 201);
        let attempt = hub.native("POST", &format!("/v1/webhooks/{name}/test"), "").await.json();
        assert_eq!((&attempt["status"], &attempt["error"]), (&json!(200), &Value::Null), "{attempt}");
        assert!(attempt["answer"].as_str().unwrap().starts_with("Taken."), "{attempt}");
    }
}
