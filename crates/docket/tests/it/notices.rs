//! Notices to customers and drivers: a real mail server (aiosmtpd, from the Python registry) and a real HTTP server for
//! text messages get exactly what is due, once each, also when the hub is killed in between.

use super::clients::python;
use super::hub::{Answer, TestHub};
use super::process::{Process, cli, folder, free_port, http};
use base64::Engine as _;
use docket::config::{Config, Overrides};
use docket::run::Prepared;
use docket_app::notify::{Occasion, owe};
use docket_app::{Clock as _, Hub, SystemClock};
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial, UnitId};
use docket_core::ledger::{Ledger, Request, Submission, Target};
use docket_core::order::{Command, Field};
use docket_store::{OutboxQuery, Store, StoreOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn interpreter() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| python("aiosmtpd", &["aiosmtpd==1.4.6", "atpublic==6.0.2", "attrs==25.3.0"]))
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mailserver.py")
}

/// The mail server, on a port and with a Maildir of its own.
struct MailServer {
    child: Option<Child>,
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl MailServer {
    /// One that is not started yet.
    fn at(name: &str, arguments: &[&str]) -> MailServer {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        MailServer { child: None, port: free_port(), folder: folder(name), arguments }
    }

    fn start(&mut self) {
        let mut command = std::process::Command::new(interpreter());
        command.arg(program()).arg("serve").arg(&self.folder).arg(self.port.to_string()).args(&self.arguments);
        let log = std::fs::File::create(self.folder.join("log")).expect("a log");
        self.child = Some(command.stdin(Stdio::null()).stderr(log).spawn().expect("python starts"));
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the mail server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn started(name: &str, arguments: &[&str]) -> MailServer {
        let mut server = MailServer::at(name, arguments);
        server.start();
        server
    }

    fn url(&self) -> String {
        format!("smtp://localhost:{}", self.port)
    }

    /// Whether it keeps its answers to mails to itself.
    fn hold(&self, held: bool) {
        let mark = self.folder.join("hold");
        match held {
            true => std::fs::write(mark, "").expect("a mark"),
            false => std::fs::remove_file(mark).expect("it was there"),
        }
    }

    fn count(&self, what: &str) -> usize {
        std::fs::read(self.folder.join(what)).map_or(0, |bytes| bytes.len())
    }

    /// The mails it has taken.
    fn mails(&self) -> Vec<Value> {
        let output = std::process::Command::new(interpreter()).arg(program()).arg("read").arg(&self.folder).output();
        let output = output.expect("python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// How many mails it has taken for each recipient.
    fn by_recipient(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for mail in self.mails() {
            *counts.entry(mail["rcpt"].as_str().expect("a recipient").to_owned()).or_default() += 1;
        }
        counts
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn soon(hub: &Hub) -> Occasion {
    Occasion::ArrivalNear { eta: hub.now() + jiff::SignedDuration::from_mins(10), left_m: 4_200.0 }
}

fn order_body(name: &str, email: &str) -> Value {
    json!({"title": name, "customer": {"name": "Наталья Ёлкина", "email": email, "language": "ru"},
        "notice": {"channels": 16}})
}

/// Asks until the answer is as wished.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} never came to be");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The hub's own decision, made on the store that the binary works on.
fn decide(data: &Path, serials: &[i64]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut config = Config::load(&Overrides { data: Some(data.to_owned()), ..Overrides::default() }).unwrap();
        config.listen = "127.0.0.1:0".parse().unwrap();
        let hub = Prepared::open(&config, Arc::new(SystemClock)).await.unwrap().hub;
        let account = hub.store().account("main", false).await.unwrap().unwrap();
        for &serial in serials {
            assert!(owe(&hub, account, Serial(serial), soon(&hub)).await.unwrap());
            assert!(!owe(&hub, account, Serial(serial), soon(&hub)).await.unwrap(), "once");
        }
        hub.close().await.unwrap();
    });
}

/// The binary is killed while the mail server is away, and again while the mail server has a mail in its hands and has
/// not said yes: everybody is told once.
#[test]
fn a_killed_hub_tells_everybody_once() {
    let data = folder("notices-killed");
    let storage = vec!["--data".to_owned(), data.display().to_string()];
    let token = cli(&storage, &["token", "create", "notices"]);
    let bearer = format!("authorization: Bearer {}\r\n", token["token"].as_str().expect("a token"));
    let mut server = MailServer::at("notices-killed-mails", &[]);
    let url = server.url();
    let environment = [("DOCKET_MAIL_SERVER", url.as_str()), ("DOCKET_MAIL_FROM", "Docket <docket@hub.example>")];
    let mut process = Process::serve(&storage, free_port(), &environment);
    let address = process.address;
    let recipients: Vec<String> = (0..12).map(|turn| format!("customer{turn}@example.org")).collect();
    let mut serials = Vec::new();
    for recipient in &recipients {
        let body = order_body("Ящик № 7", recipient).to_string();
        let (status, made) = http(address, "POST", "/v1/orders", &bearer, &body).expect("an answer");
        assert_eq!(status, 201, "{made}");
        serials.push(serde_json::from_str::<Value>(&made).expect("JSON")["serial"].as_i64().expect("a serial"));
    }
    decide(&data, &serials);
    let listed =
        |query: &str| cli(&storage, &["outbox", "list", "--status", query])["messages"].as_array().unwrap().len();
    until("an attempt", || {
        let queued = cli(&storage, &["outbox", "list", "--status", "queued"]);
        queued["messages"].as_array().unwrap().iter().any(|message| !message["error"].is_null()).then_some(())
    });
    process.kill();
    assert_eq!(listed("queued"), recipients.len(), "nothing is sent while there is no server");

    server.start();
    server.hold(true);
    for message in cli(&storage, &["outbox", "list"])["messages"].as_array().unwrap() {
        // A person is in a hurry; the pauses would only make the test long.
        cli(&storage, &["outbox", "retry", &message["id"].to_string()]);
    }
    process = Process::serve(&storage, free_port(), &environment);
    until("mails in the server's hands", || (server.count("handed") >= 8).then_some(()));
    process.kill();
    server.hold(false);
    assert_eq!(server.mails().len(), 0, "what was not acknowledged was not taken");

    let process = Process::serve(&storage, free_port(), &environment);
    until("all mails", || (listed("sent") == recipients.len()).then_some(()));
    let counts = server.by_recipient();
    let expected: BTreeMap<String, usize> = recipients.iter().map(|recipient| (recipient.clone(), 1)).collect();
    assert_eq!(counts, expected);
    for mail in server.mails() {
        assert_eq!(mail["defects"], json!([]));
        assert_eq!((&mail["ascii"], &mail["auto"]), (&json!(true), &json!("auto-generated")));
        assert_eq!(mail["from"], "Docket <docket@hub.example>");
        let subject = mail["subject"].as_str().unwrap();
        assert!(subject.starts_with("Ваш заказ Ящик № 7: ожидаемое время прибытия "), "{subject}");
        let text = mail["parts"]["text/plain"].as_str().unwrap();
        assert!(text.starts_with("Здравствуйте, Наталья Ёлкина!\n\nВаш заказ Ящик № 7 в пути."), "{text}");
        assert!(mail["id"].as_str().unwrap().ends_with("@hub.example>"), "{mail}");
    }
    let (status, body) =
        http(process.address, "GET", "/v1/outbox?status=sent&limit=5", &bearer, "").expect("an answer");
    let page: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, page["messages"].as_array().unwrap().len()), (200, 5));
    assert!(page["messages"][0]["attempts"].as_i64().unwrap() >= 1 && page["messages"][0]["error"].is_null());
    assert!(process.terminate());
    let _ = std::fs::remove_dir_all(data);
}

/// Sends where a unit is, as a phone does.
fn at(address: SocketAddr, phone: &str, latitude: f64) {
    let now = SystemClock.now().as_second();
    let target = format!("/osmand?id={phone}&lat={latitude}&lon=27.5&speed=20&timestamp={now}");
    let (status, body) = http(address, "GET", &target, "", "").expect("an answer");
    assert_eq!(status, 200, "{body}");
}

/// From a phone's position to the mail, all in the real binary, which is killed when it has decided and the mail server
/// has not said yes.
#[test]
fn a_unit_that_comes_near_is_announced_once_though_the_hub_is_killed() {
    let data = folder("notices-near");
    let (storage, runtime) = (vec!["--data".to_owned(), data.display().to_string()], tokio::runtime::Runtime::new());
    let units: Vec<i64> = runtime.expect("a runtime").block_on(async {
        let options = StoreOptions { data: data.clone(), database_url: None, queue_limit: 16 };
        let store = Store::open(options).await.unwrap();
        let account = store.account("main", true).await.unwrap().unwrap();
        let mut units = Vec::new();
        for turn in 0..3 {
            let id = store.next_item().await.unwrap();
            let (name, unique_id) = (format!("Van {turn}"), format!("phone{turn}"));
            store.put_unit(account, Unit { id: UnitId(id), name, unique_id, ..Unit::default() }).await.unwrap();
            units.push(id);
        }
        store.close().await.unwrap();
        units
    });
    let config = data.join("docket.toml");
    std::fs::write(&config, "[tracking]\nestimate_every_s = 1\n").expect("a configuration");
    let token = cli(&storage, &["token", "create", "notices"]);
    let bearer = format!("authorization: Bearer {}\r\n", token["token"].as_str().expect("a token"));
    let server = MailServer::started("notices-near-mails", &[]);
    server.hold(true);
    let (url, config) = (server.url(), config.display().to_string());
    let environment = [("DOCKET_MAIL_SERVER", url.as_str()), ("DOCKET_CONFIG", config.as_str())];
    let process = Process::serve(&storage, free_port(), &environment);
    for (turn, unit) in units.iter().enumerate() {
        let mut body = order_body(&format!("Order {turn}"), &format!("customer{turn}@example.org"));
        body["notice"]["lead_s"] = json!(3600);
        body["site"] = json!({"latitude": 53.9, "longitude": 27.5, "radius_m": 100});
        (body["unit"], body["status"]) = (json!(unit), json!("assigned"));
        let (status, made) =
            http(process.address, "POST", "/v1/orders", &bearer, &body.to_string()).expect("an answer");
        assert_eq!(status, 201, "{made}");
    }
    let begun = Instant::now();
    while server.count("handed") < units.len() {
        assert!(begun.elapsed() < PATIENCE, "nobody was told: {}", cli(&storage, &["outbox", "list"]));
        (0..3).for_each(|turn| at(process.address, &format!("phone{turn}"), 53.95));
        std::thread::sleep(Duration::from_millis(200));
    }
    process.kill();
    server.hold(false);
    assert_eq!(server.mails().len(), 0);
    let process = Process::serve(&storage, free_port(), &environment);
    until("all mails", || {
        // It goes on coming nearer.
        (0..3).for_each(|turn| at(process.address, &format!("phone{turn}"), 53.94));
        let sent = cli(&storage, &["outbox", "list", "--status", "sent"])["messages"].as_array().unwrap().len();
        (sent >= units.len()).then_some(())
    });
    let handed = server.count("handed");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        (0..3).for_each(|turn| at(process.address, &format!("phone{turn}"), 53.93));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(server.count("handed"), handed, "nothing more is told");
    assert_eq!(server.by_recipient().into_values().collect::<Vec<_>>(), [1, 1, 1]);
    let (_, orders) = http(process.address, "GET", "/v1/orders", &bearer, "").expect("an answer");
    let orders: Value = serde_json::from_str(&orders).expect("JSON");
    for order in orders["orders"].as_array().unwrap() {
        assert_eq!(order["notice"]["sent"], 16, "{order}");
    }
    assert!(process.terminate());
    let _ = std::fs::remove_dir_all(data);
}

/// A hub whose mails go to a server.
async fn mailing(server: &MailServer, change: impl FnOnce(&mut Config)) -> (TestHub, AccountId) {
    let url = server.url();
    let hub = TestHub::start_with(|config| {
        config.mail.server = url;
        config.mail.from = "docket@hub.example".to_owned();
        config.notify.time_zone = "Europe/Amsterdam".to_owned();
        change(config);
    })
    .await;
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    (hub, account)
}

async fn made(hub: &TestHub, body: &Value) -> Serial {
    let answer = hub.native("POST", "/v1/orders", &body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Serial(answer.json()["serial"].as_i64().unwrap())
}

/// Everything in the outbox by recipient: how it stands and the last error.
async fn outbox(hub: &TestHub) -> BTreeMap<String, (String, String)> {
    let query = OutboxQuery { limit: 1_000, ..OutboxQuery::default() };
    let messages = hub.app().store().outbox(query).await.unwrap();
    let stand = |error: Option<String>| error.unwrap_or_default();
    messages.into_iter().map(|owed| (owed.mail.to, (owed.status.word().to_owned(), stand(owed.error)))).collect()
}

async fn settled(hub: &TestHub, wished: impl Fn(&BTreeMap<String, (String, String)>) -> bool) {
    let begun = Instant::now();
    loop {
        let now = outbox(hub).await;
        if wished(&now) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "it never became as wished: {now:#?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_recipient_holds_up_nobody() {
    let server = MailServer::started("notices-bad", &[]);
    let (mut hub, account) = mailing(&server, |_| {}).await;
    let mut recipients = vec!["refused@example.org", "hangs@example.org", "busy@example.org", "no address"];
    let good: Vec<String> = (0..40).map(|turn| format!("good{turn}@example.org")).collect();
    recipients.extend(good.iter().map(String::as_str));
    for recipient in &recipients {
        let serial = made(&hub, &order_body("7", recipient)).await;
        assert!(owe(hub.app(), account, serial, soon(hub.app())).await.unwrap());
    }
    settled(&hub, |now| {
        good.iter().all(|to| now[to].0 == "sent")
            && now["refused@example.org"].0 == "failed"
            && now["no address"].0 == "failed"
            && now["busy@example.org"].1.contains("451")
    })
    .await;
    let now = outbox(&hub).await;
    assert!(now["refused@example.org"].1.contains("Nobody of that name lives here"), "{now:#?}");
    assert!(now["no address"].1.contains("recipient"), "{now:#?}");
    assert_eq!(now["busy@example.org"].0, "queued");
    assert!(server.count("greeted") <= 14, "connections are used again: {} for 40 mails", server.count("greeted"));

    hub.clock.advance_ms(10_000);
    settled(&hub, |now| now["busy@example.org"].0 == "sent").await;
    let failed = hub.native("GET", "/v1/outbox?status=failed", "").await.json();
    let refused = failed["messages"].as_array().unwrap().iter().find(|message| message["to"] == "refused@example.org");
    let refused = format!("/v1/outbox/{}", refused.unwrap()["id"]);
    let retried = hub.native("POST", &format!("{refused}/retry"), "").await;
    assert_eq!((retried.status, &retried.json()["to"]), (200, &json!("refused@example.org")));
    settled(&hub, |now| now["refused@example.org"].0 == "failed").await;
    let dropped = hub.native("POST", &format!("{refused}/drop"), "").await;
    assert_eq!((dropped.status, &dropped.json()["status"]), (200, &json!("dropped")));
    assert_eq!(hub.native("POST", &format!("{refused}/drop"), "").await.status, 409);
    assert_eq!(hub.native("GET", "/v1/outbox/999999", "").await.status, 404);
    assert_eq!(hub.native("GET", "/v1/outbox?status=lost", "").await.status, 400);
    assert_eq!(hub.native("GET", &refused, "").await.json()["status"], "dropped");
    let listed = hub.cli(&["outbox", "list"]).await;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("refused@example.org") && listed.contains("dropped"), "{listed}");
    let counts = server.by_recipient();
    assert_eq!((counts.len(), counts.values().max()), (41, Some(&1)), "{counts:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_may_want_tls_and_a_password() {
    let keys = folder("notices-keys");
    std::fs::create_dir_all(&keys).unwrap();
    let made_key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (keys.join("cert.pem"), keys.join("key.pem"));
    std::fs::write(&cert, made_key.cert.pem()).unwrap();
    std::fs::write(&key, made_key.signing_key.serialize_pem()).unwrap();
    let (cert_text, key_text) = (cert.display().to_string(), key.display().to_string());
    let server = MailServer::started("notices-tls", &["--tls", &cert_text, &key_text, "--auth", "hub", "s3cret ü"]);
    for (password, ca_file, tls, expected) in [
        ("s3cret ü", cert.clone(), "required", None),
        ("s3cret ü", cert.clone(), "opportunistic", None),
        ("wrong", cert.clone(), "required", Some("535")),
        ("s3cret ü", PathBuf::new(), "required", Some("certificate")),
        ("s3cret ü", cert.clone(), "none", Some("530")),
    ] {
        let (mut hub, account) = mailing(&server, |config| {
            config.mail.server = format!("{}?tls={tls}", server.url());
            config.mail.username = if tls == "none" { String::new() } else { "hub".to_owned() };
            config.mail.password = password.to_owned();
            config.mail.ca_file = ca_file;
        })
        .await;
        let serial = made(&hub, &order_body("7", "ann@example.org")).await;
        assert!(owe(hub.app(), account, serial, soon(hub.app())).await.unwrap());
        settled(&hub, |now| match expected {
            None => now["ann@example.org"].0 == "sent",
            // About us, not about the mail: it waits until somebody has put it right.
            Some(words) => now["ann@example.org"].0 == "queued" && now["ann@example.org"].1.contains(words),
        })
        .await;
        hub.stop().await;
    }
    assert_eq!(server.mails().len(), 2);
    let _ = std::fs::remove_dir_all(keys);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wialon_resources_own_texts_are_sent() {
    let server = MailServer::started("notices-wialon", &[]);
    let (mut hub, account) = mailing(&server, |_| {}).await;
    let wialon = hub.connect("wialon", "w", &[("scope", "account")]).await;
    let call = |svc: &str, params: Value, sid: String| {
        let params: String = params.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("svc={svc}&params={params}&sid={sid}")
    };
    let ask = async |svc: &str, params: Value, sid: &str| -> Value {
        let answer: Answer = hub.post_form("/wialon/ajax.html", &call(svc, params, sid.to_owned())).await;
        answer.json()
    };
    let login = ask("token/login", json!({"token": wialon["token"]}), "").await;
    let sid = login["eid"].as_str().unwrap();
    let resource: i64 = wialon["resource_id"].parse().unwrap();
    let template = json!({"sms": "", "subj": "%ORDER_NAME%: %ORDER_ARRIVAL_TIME%", "html": 1, "currency": "EUR",
        "text": "<html><body><p>Geachte %CLIENT_NAME%,</p><p>%ORDER_NAME% &mdash; %ORDER_COST%</p></body></html>",
        "driverPushMsg": {"stO": {"t": "Bevestig %ORDER_NAME%"}}});
    let kept = json!({"resourceId": resource, "ordersNotification": template});
    assert_eq!(ask("resource/update_orders_notification", kept, sid).await, json!({}));
    let order = json!({"itemId": resource, "id": 0, "callMode": "create", "n": "Kist <7>", "f": 0, "tf": 0, "tt": 0,
        "trt": 0, "r": 100, "y": 52.37, "x": 4.9, "u": 0, "tz": 0, "dp": [],
        "p": {"n": "Ann & Bob", "e": "ann@example.org", "ntf": 16, "c": 12}});
    let made = ask("order/update", order, sid).await;
    let serial = Serial(made[0].as_i64().unwrap_or_else(|| panic!("{made}")));
    let wants = Request::change(Target::Serial(serial), |_| Ok(Command::default().with(Field::NoticeChannels, 16)));
    hub.app().submit(&Caller::hub(account), Submission::one(wants)).await.unwrap();
    assert!(owe(hub.app(), account, serial, soon(hub.app())).await.unwrap());
    settled(&hub, |now| now["ann@example.org"].0 == "sent").await;
    let mail = server.mails().pop().unwrap();
    assert_eq!((&mail["subject"], &mail["type"]), (&json!("Kist <7>: 11:10"), &json!("multipart/alternative")));
    let html = mail["parts"]["text/html"].as_str().unwrap();
    assert!(html.contains("<p>Geachte Ann &amp; Bob,</p><p>Kist &lt;7&gt; &mdash; 12\u{a0}EUR</p>"), "{html}");
    let text = mail["parts"]["text/plain"].as_str().unwrap();
    assert_eq!(text.trim(), "Geachte Ann & Bob,\n\nKist <7> — 12\u{a0}EUR");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reaches_the_soft_cap_is_told_once() {
    let server = MailServer::started("notices-cap", &[]);
    let (mut hub, account) = mailing(&server, |_| {}).await;
    docket_app::enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
    let set = [("scope", "account"), ("soft_cap", "2"), ("grace", "2"), ("email", "ops@example.org")];
    let planviewer = hub.connect("planviewer", "j", &set).await;
    let body = json!({"title": "x", "site": {"address1": "Utrechtsestraat 61", "postal_code": "6811 LW",
        "city": "Arnhem"}});
    made(&hub, &body).await;
    let pair = format!("{}:{}", planviewer["key"], planviewer["secret"]);
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let ask = async |target: &str, body: Value| {
        let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
        hub.request("POST", &format!("/product_api/v1/{target}"), &headers, body.to_string()).await
    };
    let found = ask(
        "search/structured",
        json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "6811LW"}}}),
    )
    .await
    .json();
    let site = found[0]["uuid"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    let listed = ask("intentions/list", json!({"uuids": [site], "products": ["site_report"]})).await.json();
    let intention = listed[0]["intentions"][0]["uuid"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(ask("jobs/order", json!({"uuids": [intention]})).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    settled(&hub, |now| now.get("ops@example.org").is_some_and(|stand| stand.0 == "sent")).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["subject"], "j has reached its daily order cap of 2");
    hub.stop().await;
}

/// A gateway of text messages: answers what it is told to, one answer after the other, and then always yes.
struct Gateway {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    async fn start(answers: &'static [(u16, &'static str)]) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let mut buffer = [0; 4096];
                loop {
                    let read = stream.read(&mut buffer).await.unwrap_or(0);
                    bytes.extend_from_slice(&buffer[..read]);
                    let text = String::from_utf8_lossy(&bytes);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                        break;
                    }
                }
                let turn = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(String::from_utf8_lossy(&bytes).into_owned());
                    kept.len() - 1
                };
                let (status, body) = answers.get(turn).copied().unwrap_or((202, "queued: 1"));
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Gateway { port, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_messages_go_through_a_gateway() {
    let gateway = Gateway::start(&[(500, "out of order"), (200, "rejected: no credit")]).await;
    let port = gateway.port;
    let mut hub = TestHub::start_with(|config| {
        config.sms.url = format!("http://127.0.0.1:{port}/send?from={{from}}");
        config.sms.from = "Docket & Co".to_owned();
        config.sms.token = "t0ken".to_owned();
        config.sms.headers.insert("authorization".to_owned(), "Bearer {token}".to_owned());
        config.sms.success_contains = "queued".to_owned();
    })
    .await;
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    let body = json!({"title": "Kist \"7\"", "customer": {"phone": "+31 6-1234 5678", "language": "de"},
        "notice": {"channels": 1}});
    let serial = made(&hub, &body).await;
    assert!(owe(hub.app(), account, serial, soon(hub.app())).await.unwrap());
    let to = "+31612345678";
    settled(&hub, |now| now[to].1.contains("out of order")).await;
    hub.clock.advance_ms(6_000);
    settled(&hub, |now| now[to].1.contains("no credit")).await;
    hub.clock.advance_ms(11_000);
    settled(&hub, |now| now[to].0 == "sent").await;
    let seen = gateway.seen();
    assert_eq!(seen.len(), 3);
    let key = |text: &str| text.lines().find(|line| line.starts_with("idempotency-key: ")).unwrap().to_owned();
    assert!(seen.iter().all(|text| key(text) == key(&seen[0])), "one message, one key: {seen:#?}");
    let (head, body) = seen[2].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /send?from=Docket%20%26%20Co HTTP/1.1"), "{head}");
    assert!(head.contains("authorization: Bearer t0ken") && head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let text = "Ihr Auftrag Kist \"7\" ist unterwegs. Voraussichtliche Ankunft: 10:10\u{a0}Uhr.";
    assert_eq!(body, json!({"to": to, "from": "Docket & Co", "text": text}));

    let unit = Unit { id: UnitId(77), name: "Van".to_owned(), phone: "06 1".to_owned(), ..Unit::default() };
    let unit = Unit { phone: "0612".to_owned(), created_at: hub.app().now(), ..unit };
    hub.app().put_unit(account, unit).await.unwrap();
    let assign = Request::change(Target::Serial(serial), |_| Ok(Command::default().with(Field::Unit, 77_i64)));
    hub.app().submit(&Caller::hub(account), Submission::one(assign)).await.unwrap();
    assert!(owe(hub.app(), account, serial, Occasion::Deviation { off_m: 300.0 }).await.unwrap());
    settled(&hub, |now| now.get("0612").is_some_and(|stand| stand.0 == "sent")).await;
    assert!(gateway.seen()[3].contains("300\u{a0}m off the planned route"), "{:?}", gateway.seen()[3]);
    hub.stop().await;
}

/// What makes no sense is said before anything is served.
#[tokio::test]
async fn wrong_settings_are_refused_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let start = async |change: fn(&mut Config)| {
        let overrides = Overrides { data: Some(data.path().to_path_buf()), ..Overrides::default() };
        let mut config = Config::load(&overrides).unwrap();
        config.listen = "127.0.0.1:0".parse().unwrap();
        change(&mut config);
        Prepared::open(&config, Arc::new(SystemClock)).await.err().unwrap_or_default()
    };
    assert!(start(|config| config.mail.server = "localhost".to_owned()).await.contains("[mail] server"));
    assert!(start(|config| config.sms.url = "gateway".to_owned()).await.contains("[sms] url"));
    assert!(start(|config| config.notify.language = "xx".to_owned()).await.contains("[notify] language"));
    assert!(start(|config| config.notify.time_zone = "Mars/Base".to_owned()).await.contains("[notify] time_zone"));
}
