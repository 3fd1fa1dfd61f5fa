//! Producers outside the hub: claimed, worked on, asked, finished over HTTP; killed in the middle and finished by
//! another, while a Planviewer client watches.

use super::hub::TestHub;
use super::process::{Process, cli, folder, free_port, http, http_with_headers};
use base64::Engine as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;

/// A product of a producer outside, and a job for it with its id.
struct Shop {
    hub: TestHub,
    service: String,
}

impl Shop {
    async fn open() -> Shop {
        Shop::of(TestHub::start().await).await
    }

    async fn of(hub: TestHub) -> Shop {
        let said = json!({"name": "Valuation", "producer": "acme"});
        let made = hub.native("PUT", "/v1/products/valuation", &said.to_string()).await;
        assert_eq!((made.status, made.header("location")), (201, "/v1/products/valuation"), "{}", made.text());
        let service = made.json()["service"].as_str().unwrap().to_owned();
        Shop { hub, service }
    }

    async fn order(&self) -> String {
        let body = json!({"service": self.service, "site": {"address1": "5 Elm Ct", "city": "Austin"}});
        let made = self.hub.native("POST", "/v1/orders", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Status and body of what was said.
    async fn post(&self, target: &str, body: &Value) -> (u16, Value) {
        let answer = self.hub.native("POST", target, &body.to_string()).await;
        (answer.status, answer.json())
    }

    async fn claim(&self, wanted: Value) -> Vec<Value> {
        let mut body = json!({"producer": "acme"});
        for (name, value) in wanted.as_object().unwrap() {
            body[name] = value.clone();
        }
        let (status, given) = self.post("/v1/jobs/claim", &body).await;
        assert_eq!(status, 200, "{given}");
        given["jobs"].as_array().unwrap().clone()
    }

    async fn say(&self, job: &Value, verb: &str, mut said: Value) -> (u16, Value) {
        said["claim"] = job["claim"].clone();
        self.post(&format!("/v1/jobs/{}/{verb}", job["id"].as_str().unwrap()), &said).await
    }

    async fn job(&self, job: &Value) -> Value {
        self.hub.native("GET", &format!("/v1/jobs/{}", job["id"].as_str().unwrap()), "").await.json()
    }
}

#[tokio::test]
async fn a_job_from_claim_to_file() {
    let shop = Shop::open().await;
    assert!(shop.claim(json!({})).await.is_empty());
    let id = shop.order().await;
    let given = shop.claim(json!({"lease_s": 30, "products": ["valuation"], "limit": 5})).await;
    let [job] = given.as_slice() else { panic!("{given:?}") };
    assert_eq!((&job["id"], &job["state"], &job["status"]), (&json!(id), &json!("claimed"), &json!("started")));
    assert_eq!((&job["order"]["site"]["city"], &job["product"]), (&json!("Austin"), &json!("valuation")));
    assert_eq!(job["lease_until"], "2026-01-15T10:00:30Z");
    shop.hub.clock.advance_ms(10_000);
    let (status, told) = shop.say(job, "progress", json!({"current": 1, "total": 4, "message": "measured"})).await;
    assert_eq!((status, &told["lease_until"]), (200, &json!("2026-01-15T10:00:40Z")));
    assert_eq!(
        (&told["progress"], &told["reported"]["message"]),
        (&json!({"current": 1, "total": 4}), &json!("measured"))
    );
    assert_eq!(shop.say(job, "heartbeat", json!({})).await.0, 200);

    // The file as it is, its claim in a header.
    let (bearer, claim) = (format!("Bearer {}", shop.hub.token), job["claim"].as_str().unwrap());
    let headers = [
        ("authorization", bearer.as_str()),
        ("docket-claim", claim),
        ("content-type", "application/json"),
        ("content-disposition", "attachment; filename=\"value.json\""),
    ];
    let target = format!("/v1/jobs/{id}/result");
    assert_eq!(shop.hub.native("GET", &target, "").await.status, 404);
    for again in ["", "true"] {
        let answer = shop.hub.request("PUT", &target, &headers, b"{\"value\":1}").await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (200, again), "{}", answer.text());
        assert_eq!((&answer.json()["state"], &answer.json()["progress"]["current"]), (&json!("finished"), &json!(4)));
    }
    let other = shop.hub.request("PUT", &target, &headers, b"{\"value\":2}").await;
    assert_eq!((other.status, &other.json()["code"]), (409, &json!("taken")));
    let file = shop.hub.native("GET", &target, "").await;
    assert_eq!((file.text().as_str(), file.header("content-type")), ("{\"value\":1}", "application/json"));
    assert!(file.header("content-disposition").contains("value.json"));
    let shown = shop.job(job).await;
    assert_eq!((&shown["attempts"][0]["end"], &shown["result"]["url"]), (&json!("finished"), &json!(target)));
    assert!(!shown.to_string().contains(claim), "the claim is told only to its holder");
}

#[tokio::test]
async fn a_claim_that_was_lost_is_refused() {
    let shop = Shop::open().await;
    shop.order().await;
    let first = shop.claim(json!({"lease_s": 5})).await.remove(0);
    shop.hub.clock.advance_ms(5_000);
    let second = shop.claim(json!({})).await.remove(0);
    let before = shop.hub.native("GET", "/v1/journal?limit=1000", "").await.text();
    for (verb, said) in [
        ("heartbeat", json!({})),
        ("progress", json!({"current": 5, "total": 6})),
        ("ask", json!({"message": "Which?", "choices": ["A", "B"]})),
        ("finish", json!({"content": "SGVsbG8="})),
        ("fail", json!({"reason": "no"})),
        ("release", json!({})),
    ] {
        let (status, problem) = shop.say(&first, verb, said).await;
        assert_eq!((status, &problem["code"]), (409, &json!("claim_lost")), "{verb}: {problem}");
    }
    assert_eq!(shop.hub.native("GET", "/v1/journal?limit=1000", "").await.text(), before);
    let shown = shop.job(&second).await;
    assert_eq!((&shown["attempts_spent"], &shown["last_failure"]["end"]), (&json!(1), &json!("lost")));
    // Called off, the holder learns of it.
    let id = second["id"].as_str().unwrap();
    let account = shop.hub.app().store().account("main", false).await.unwrap().unwrap();
    use docket_core::ledger::Ledger as _;
    let target = docket_app::native::target_of(id).unwrap();
    let cancel = docket_core::ledger::Request::change(target, |_| {
        Ok(docket_core::order::Command::default().moving(docket_core::order::Transition::Cancel))
    });
    let caller = docket_core::connection::Caller::user(account, "desk");
    shop.hub.app().submit(&caller, docket_core::ledger::Submission::one(cancel)).await.unwrap();
    let (status, problem) = shop.say(&second, "progress", json!({"current": 1, "total": 2})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("claim_lost")));
    assert!(problem["detail"].as_str().unwrap().contains("called off"), "{problem}");
}

#[tokio::test]
async fn a_question_is_asked_and_answered() {
    let shop = Shop::open().await;
    shop.order().await;
    let job = shop.claim(json!({})).await.remove(0);
    let question = json!({"message": "Which lot?", "choices": ["B 210", "B 211"]});
    let (status, asked) = shop.say(&job, "ask", question.clone()).await;
    assert_eq!((status, &asked["state"]), (200, &json!("waiting")));
    assert_eq!(asked["question"]["choices"][1], json!({"key": "2", "label": "B 211"}));
    let target = format!("/v1/jobs/{}?wait_s=20", job["id"].as_str().unwrap());
    let begun = Instant::now();
    let (waited, answered) = tokio::join!(shop.hub.native("GET", &target, ""), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let target = format!("/v1/orders/{}/answers", job["id"].as_str().unwrap());
        shop.post(&target, &json!({"choice": "2"})).await
    });
    assert!(answered.0 == 201 && begun.elapsed() < Duration::from_secs(10));
    assert_eq!(waited.json()["questions"][0]["answer"]["choice"], "2");
    assert_eq!(shop.say(&job, "progress", json!({"current": 1, "total": 2})).await.0, 200, "its holder goes on");
    // The same words are the same question, answered already.
    let (_, again) = shop.say(&job, "ask", question).await;
    assert_eq!((again["state"].as_str(), again["questions"].as_array().unwrap().len()), (Some("claimed"), 1));
    let (status, given_back) = shop
        .say(&job, "ask", json!({"id": "floor", "message": "Floor?", "choices": [{"key": "g", "label": "Ground"}, {"key": "1", "label": "First"}], "release": true}))
        .await;
    assert_eq!((status, &given_back["held_by"]), (200, &Value::Null));
    assert!(shop.claim(json!({})).await.is_empty());
    shop.post(&format!("/v1/orders/{}/answers", job["id"].as_str().unwrap()), &json!({"choice": "g"})).await;
    let next = shop.claim(json!({})).await.remove(0);
    assert_eq!((&next["questions"][1]["answer"]["choice"], &next["attempts_spent"]), (&json!("g"), &json!(0)));
}

#[tokio::test]
async fn what_makes_no_sense_is_pointed_at() {
    let shop = Shop::open().await;
    shop.order().await;
    for (body, pointer) in [
        (json!({}), "/producer"),
        (json!({"producer": "built-in"}), "/producer"),
        (json!({"producer": "A b"}), "/producer"),
        (json!({"producer": "acme", "products": ["site_report"]}), "/products/0"),
        (json!({"producer": "acme", "lease_s": 0}), "/lease_s"),
        (json!({"producer": "acme", "limit": 101}), "/limit"),
        (json!({"producer": "acme", "wait_s": 1.5}), "/wait_s"),
        (json!({"producer": "acme", "lease": 5}), "/lease"),
    ] {
        let (status, problem) = shop.post("/v1/jobs/claim", &body).await;
        assert_eq!((status, &problem["pointer"]), (422, &json!(pointer)), "{problem}");
    }
    let job = shop.claim(json!({})).await.remove(0);
    for (verb, body, pointer) in [
        ("progress", json!({"current": 3, "total": 2}), "/current"),
        ("progress", json!({"total": 2}), "/current"),
        ("progress", json!({"current": 0, "total": 0}), "/total"),
        ("fail", json!({}), "/reason"),
        ("finish", json!({}), "/content"),
        ("finish", json!({"content": ""}), "/content"),
        ("finish", json!({"content": "?"}), "/content"),
        ("heartbeat", json!({"x": 1}), "/x"),
        ("ask", json!({"message": "Which?"}), "/choices"),
    ] {
        let (status, problem) = shop.say(&job, verb, body).await;
        assert_eq!((status, &problem["pointer"]), (422, &json!(pointer)), "{verb}: {problem}");
    }
    let target = format!("/v1/jobs/{}/heartbeat", job["id"].as_str().unwrap());
    assert_eq!(shop.post(&target, &json!({})).await.1["pointer"], "/claim");
    let (status, problem) = shop.post("/v1/jobs/7777777/heartbeat", &json!({"claim": "x"})).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    for query in ["state=busy", "limit=0", "cursor=x", "sort=x", "what=1"] {
        assert_eq!(shop.hub.native("GET", &format!("/v1/jobs?{query}"), "").await.status, 400, "{query}");
    }
    let wrong = shop.hub.native("PUT", "/v1/products/Big%20one", r#"{"name":"x"}"#).await;
    assert_eq!((wrong.status, &wrong.json()["pointer"]), (422, &json!("/slug")));
}

#[tokio::test]
async fn jobs_are_listed() {
    let shop = Shop::open().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(shop.order().await);
    }
    let mut claimed = shop.claim(json!({"limit": 4, "lease_s": 3600})).await;
    shop.say(&claimed[0], "finish", json!({"content": "SGVsbG8="})).await;
    shop.say(&claimed[1], "fail", json!({"reason": "no such lot"})).await;
    shop.say(&claimed[2], "fail", json!({"reason": "later", "retry": true})).await;
    let of = async |query: &str| {
        let page = shop.hub.native("GET", &format!("/v1/jobs?{query}"), "").await.json();
        let jobs = page["jobs"].as_array().unwrap().clone();
        let ids: Vec<String> = jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        (ids, page["next_cursor"].clone())
    };
    for (index, state) in ["finished", "failed", "delayed", "claimed", "open"].iter().enumerate() {
        assert_eq!(of(&format!("state={state}")).await, (vec![ids[index].clone()], Value::Null), "{state}");
    }
    assert_eq!(of("state=open,delayed&sort=-serial").await.0, [ids[4].clone(), ids[2].clone()]);
    assert_eq!(of("producer=acme&product=valuation").await.0, ids);
    assert!(of("producer=built-in").await.0.is_empty() && of("product=none").await.0.is_empty());
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (page, next) = of(&format!("limit=2{cursor}")).await;
        assert!(page.len() <= 2);
        seen.extend(page);
        match next.as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let failed = shop.job(&claimed.remove(1)).await;
    assert_eq!((&failed["reason"], &failed["attempts"][0]["reason"]), (&json!("no such lot"), &json!("no such lot")));
}

/// Whoever waited and is gone is given nothing: the job goes to one that is there.
#[tokio::test]
async fn who_hangs_up_while_waiting_is_given_nothing() {
    let shop = Shop::open().await;
    let body = json!({"producer": "acme", "wait_s": 20}).to_string();
    for _ in 0..3 {
        let mut stream = tokio::net::TcpStream::connect(shop.hub.address()).await.unwrap();
        let head = format!(
            "POST /v1/jobs/claim HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            shop.hub.token,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(stream);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let waiting = shop.claim(json!({"wait_s": 20}));
    let (given, id) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        shop.order().await
    });
    assert_eq!(given[0]["id"], json!(id));
}

#[tokio::test]
async fn the_jobs_about_an_order_are_found_by_it() {
    let shop = Shop::open().await;
    let order = async |body: Value| shop.post("/v1/orders", &body).await.1;
    let (field, other) = (order(json!({"number": "F-1"})).await, order(json!({"number": "F-2"})).await);
    let mut about = Vec::new();
    for serial in [&field["serial"], &other["serial"], &field["serial"]] {
        about.push(order(json!({"service": shop.service, "dependencies": [serial]})).await["id"].clone());
    }
    shop.order().await;
    let found = async |query: &str| {
        let page = shop.hub.native("GET", &format!("/v1/jobs?{query}"), "").await.json();
        let ids: Vec<Value> = page["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect();
        (ids, page["next_cursor"].clone())
    };
    let by_id = format!("follows={}", field["id"].as_str().unwrap());
    assert_eq!(found(&by_id).await, (vec![about[0].clone(), about[2].clone()], Value::Null));
    assert_eq!(found(&format!("follows={}", other["serial"])).await, (vec![about[1].clone()], Value::Null));
    let (first, next) = found(&format!("{by_id}&sort=-serial&limit=1")).await;
    assert_eq!(first, [about[2].clone()]);
    let rest = found(&format!("{by_id}&sort=-serial&limit=1&cursor={}", next.as_str().unwrap())).await;
    assert_eq!(rest, (vec![about[0].clone()], Value::Null));
    assert_eq!(found(&format!("{by_id}&state=finished")).await.0, Vec::<Value>::new());
    assert_eq!(shop.hub.native("GET", "/v1/jobs?follows=99999", "").await.status, 404);
}

#[tokio::test]
async fn the_wire_log_hides_claims() {
    let hub = TestHub::start_with(|config| config.wire_log.keep = docket::config::Keep::All).await;
    let shop = Shop::of(hub).await;
    shop.order().await;
    let job = shop.claim(json!({})).await.remove(0);
    shop.say(&job, "heartbeat", json!({})).await;
    let list =
        shop.hub.native_until("/v1/exchanges?limit=100", |page| page.to_string().contains("jobs/heartbeat")).await;
    let exchanges = list["exchanges"].as_array().unwrap();
    let named = exchanges.iter().filter(|one| one["operation"].as_str().unwrap().starts_with("jobs/"));
    for exchange in named {
        let kept = shop.hub.native("GET", &format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap()), "").await;
        assert!(kept.text().contains("claim") && !kept.text().contains(job["claim"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn products_by_the_command_line_are_made_at_once() {
    let shop = Shop::open().await;
    let added = shop.hub.cli(&["product", "add", "survey", "--name", "Survey", "--producer", "beta", "--json"]).await;
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let again = shop.hub.cli(&["product", "add", "survey", "--name", "Survey"]).await;
    assert_eq!(again.status.code(), Some(1));
    let set = shop.hub.cli(&["product", "set", "survey", "--producer", "acme", "--active", "false"]).await;
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    assert_eq!(shop.hub.cli(&["product", "set", "none", "--name", "x"]).await.status.code(), Some(1));
    assert_eq!(shop.hub.cli(&["product", "add", "Big One", "--name", "x"]).await.status.code(), Some(2));
    let listed = shop.hub.cli(&["product", "list"]).await;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("valuation  acme      yes     Valuation") || listed.contains("valuation"), "{listed}");
    let wished = |page: &Value| {
        let products = page["products"].as_array().unwrap();
        products
            .iter()
            .any(|known| known["slug"] == "survey" && known["producer"] == "acme" && known["active"] == false)
    };
    shop.hub.native_until("/v1/products", wished).await;
}

/// Two hubs on one database: each job to one producer, a key to one claim, and who waits at one hub is woken by the other.
#[tokio::test]
async fn two_hubs_give_each_job_out_once() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server (cargo xtask test starts one)");
        return;
    };
    let database = super::postgres::fresh_database(&server);
    let one = Shop::of(TestHub::start_with(|config| config.database_url.clone_from(&database)).await).await;
    let mut other = TestHub::start_with(|config| config.database_url.clone_from(&database)).await;
    other.token.clone_from(&one.hub.token);
    other.app().refresh_directory().await.unwrap();
    for _ in 0..20 {
        one.order().await;
    }
    let claim = |hub: &TestHub, key: Option<String>, limit: usize| {
        let (address, bearer) = (hub.address(), format!("Bearer {}", hub.token));
        let body = json!({"producer": "acme", "limit": limit}).to_string();
        tokio::spawn(async move {
            let key = key.unwrap_or_else(|| rand::random::<u64>().to_string());
            let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
            let answer = super::hub::send(address, "POST", "/v1/jobs/claim", &headers, body.as_bytes()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()["jobs"].as_array().unwrap().clone()
        })
    };
    let name = |job: &Value| (job["id"].as_str().unwrap().to_owned(), job["claim"].as_str().unwrap().to_owned());
    let same: Vec<_> =
        (0..8).map(|n| claim(if n % 2 == 0 { &one.hub } else { &other }, Some("same".to_owned()), 4)).collect();
    let same: Vec<Vec<Value>> = futures_util::future::join_all(same).await.into_iter().map(Result::unwrap).collect();
    let first: Vec<_> = same[0].iter().map(name).collect();
    assert!(first.len() == 4 && same.iter().all(|given| given.iter().map(name).collect::<Vec<_>>() == first));
    let rest: Vec<_> = (0..12).map(|n| claim(if n % 2 == 0 { &one.hub } else { &other }, None, 3)).collect();
    let rest: Vec<Value> = futures_util::future::join_all(rest).await.into_iter().flat_map(Result::unwrap).collect();
    let mut ids: Vec<String> = rest.iter().map(|job| name(job).0).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), rest.len()), (16, 16), "each job went to one");
    assert!(first.iter().all(|(id, _)| !ids.contains(id)));
    // Made at one, waited for at the other.
    let body = json!({"producer": "acme", "wait_s": 20}).to_string();
    let begun = Instant::now();
    let (given, id) = tokio::join!(other.native("POST", "/v1/jobs/claim", &body), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        one.order().await
    });
    assert_eq!(given.json()["jobs"][0]["id"], json!(id));
    assert!(begun.elapsed() < Duration::from_secs(10), "woken, not timed out");
    // Claimed at one, finished at the other.
    let (job, mut said) = (given.json()["jobs"][0].clone(), json!({"content": "SGVsbG8="}));
    said["claim"] = job["claim"].clone();
    let (status, done) = one.post(&format!("/v1/jobs/{id}/finish"), &said).await;
    assert_eq!((status, &done["state"]), (200, &json!("finished")));
    other.stop().await;
}

/// The producer of the documentation, as a process of its own.
struct Producer(Child);

impl Producer {
    fn start(program: &Path, address: SocketAddr, token: &str) -> Producer {
        let mut command = Command::new("python3");
        command.arg(program).env("DOCKET_URL", format!("http://{address}")).env("DOCKET_TOKEN", token);
        command.env("PACE_S", "0.25").env("LEASE_S", "2").env("no_proxy", "*");
        Producer(command.spawn().expect("python3 starts"))
    }

    /// `kill -9`.
    fn kill(mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it was started here");
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The last block of Python in the documentation.
fn documented_producer() -> String {
    let page = include_str!("../../../../docs/native-api.md");
    let (_, program) = page.rsplit_once("```python\n").expect("a program");
    program.split("```").next().expect("its end").to_owned()
}

/// A Planviewer client that knows nothing but its vendor's API.
struct Client {
    basic: String,
}

impl Client {
    fn of(credentials: &Value) -> Client {
        let text = |name: &str| credentials[name].as_str().expect("a credential").to_owned();
        let pair = format!("{}:{}", text("key"), text("secret"));
        Client { basic: base64::engine::general_purpose::STANDARD.encode(pair) }
    }

    fn ask(&self, address: SocketAddr, method: &str, target: &str, body: &str) -> Option<Value> {
        let headers = format!("authorization: Basic {}\r\ncontent-type: application/json\r\n", self.basic);
        let (status, body) = http(address, method, &format!("/product_api/v1/{target}"), &headers, body)?;
        assert!(status == 200 || status == 503, "{target}: {status} {body}");
        (status == 200).then(|| serde_json::from_str(&body).expect("JSON"))
    }

    /// Finds the location, lists what can be ordered there, orders it.
    fn order(&self, address: SocketAddr) -> String {
        let query = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "3511AB"}}});
        let found = self.ask(address, "POST", "search/structured", &query.to_string()).expect("an answer");
        let wanted = json!({"uuids": [found[0]["uuid"]], "products": ["valuation"]});
        let listed = self.ask(address, "POST", "intentions/list", &wanted.to_string()).expect("an answer");
        let wanted = json!({"uuids": [listed[0]["intentions"][0]["uuid"]]});
        let ordered = self.ask(address, "POST", "jobs/order", &wanted.to_string()).expect("an answer");
        ordered[0]["job"]["uuid"].as_str().expect("a job").to_owned()
    }

    fn status(&self, address: SocketAddr, job: &str) -> Option<Value> {
        Some(self.ask(address, "GET", &format!("jobs/status?uuids%5B%5D={job}"), "")?[0].clone())
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} never came to be");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a client may see after what it saw.
fn goes_on(seen: &[Value]) {
    const WORDS: &[&str] = &["initial", "in_progress", "waiting for user", "finished"];
    for pair in seen.windows(2) {
        let step = |value: &Value, name: &str| value["progress"][name].as_i64().expect("a number");
        let (before, after) = (&pair[0], &pair[1]);
        let (was, is) =
            ((step(before, "current"), step(before, "total")), (step(after, "current"), step(after, "total")));
        assert!(is.0 >= was.0, "went back: {before} {after}");
        assert!(is.0 * was.1 >= was.0 * is.1, "less far than before: {before} {after}");
        assert!(is.0 <= is.1 && is.1 >= 1, "{after}");
        assert!(WORDS.iter().any(|word| after["status"] == *word), "{after}");
        assert!(before["status"] == "initial" || after["status"] != "initial", "never begun again: {before} {after}");
        assert!(before["status"] != "finished" || after == before, "what is finished stays so");
    }
}

#[test]
fn a_killed_producer_and_a_killed_hub() {
    let data = folder("producers");
    let program = data.join("producer.py");
    std::fs::write(&program, documented_producer()).expect("the program is written");
    let storage = vec!["--data".to_owned(), data.display().to_string()];
    let port = free_port();
    let token = cli(&storage, &["token", "create", "acme"])["token"].as_str().expect("a token").to_owned();
    cli(&storage, &["product", "add", "valuation", "--name", "Valuation", "--producer", "acme"]);
    let client = Client::of(&cli(&storage, &["connection", "add", "planviewer", "desk"]));
    let mut hub = Some(Process::serve(&storage, port, &[]));
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let bearer = format!("authorization: Bearer {token}\r\n");
    let site = json!({"site": {"address1": "Voorbeeldstraat 7", "city": "Utrecht", "postal_code": "3511 AB"}});
    http(address, "POST", "/v1/orders", &bearer, &json!({"number": "1", "site": site["site"]}).to_string())
        .filter(|made| made.0 == 201)
        .expect("field work at a place");
    let job = client.order(address);
    let native = |target: &str| -> Option<Value> {
        let (status, body) = http(address, "GET", target, &bearer, "")?;
        (status == 200).then(|| serde_json::from_str(&body).expect("JSON"))
    };
    let (watching, seen) = (AtomicBool::new(true), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        // Whatever happens below, the watcher ends.
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Relaxed);
            }
        }
        let _stop = Stop(&watching);
        scope.spawn(|| {
            while watching.load(Ordering::Relaxed) {
                if let Some(status) = client.status(address, &job) {
                    seen.lock().expect("whole").push(status);
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let target = format!("/v1/jobs/{job}");
        let first = Producer::start(&program, address, &token);
        // The producer asks, and the client chooses in its vendor's words.
        let asked = until("the question", || {
            let status = client.status(address, &job)?;
            (status["status"] == "waiting for user")
                .then(|| client.ask(address, "GET", &format!("kik/waiting/{job}"), ""))?
        });
        assert_eq!(asked["locaties"]["2"], "Utrecht B 211");
        client.ask(address, "POST", &format!("kik/select/{job}"), r#"{"select":[2]}"#).expect("an answer");
        until("the third step", || (native(&target)?["progress"]["current"].as_i64()? >= 3).then_some(()));
        first.kill();
        let second = Producer::start(&program, address, &token);
        until("the second producer", || {
            let shown = native(&target)?;
            (shown["attempts_spent"] == 1 && shown["reported"]["current"].as_i64()? >= 1).then_some(())
        });
        hub.take().expect("it runs").kill();
        std::thread::sleep(Duration::from_millis(300));
        hub = Some(Process::serve(&storage, port, &[]));
        until("the end", || (client.status(address, &job)?["status"] == "finished").then_some(()));
        drop(second);
    });
    let seen = seen.into_inner().expect("whole");
    goes_on(&seen);
    let shares = |value: &Value| (value["progress"]["current"].as_i64(), value["progress"]["total"].as_i64());
    assert_eq!(seen.last().map(shares), Some((Some(8), Some(8))), "{seen:?}");
    let basic = format!("authorization: Basic {}\r\n", client.basic);
    let retrieve = format!("/product_api/v1/jobs/retrieve/{job}");
    let (status, head, file) = http_with_headers(address, "GET", &retrieve, &basic, "").expect("the file");
    assert_eq!((status, file.as_str()), (200, "The value of lot 2 at Voorbeeldstraat 7 is 1.\n"));
    assert!(head.contains("filename=\"valuation.txt\"") && head.to_lowercase().contains("text/plain"), "{head}");
    let shown = native(&format!("/v1/jobs/{job}")).expect("the job");
    let ends: Vec<&str> =
        shown["attempts"].as_array().expect("attempts").iter().filter_map(|one| one["end"].as_str()).collect();
    assert_eq!(ends, ["released", "lost", "finished"], "{shown}");
    let history = native(&format!("/v1/orders/{job}/history")).expect("its history").to_string();
    assert_eq!(history.matches("\"verb\":\"completed\"").count(), 1, "finished once");
    println!("{} looks, none back: {}", seen.len(), shown["attempts"]);
    assert!(hub.expect("it runs").terminate());
    let _ = std::fs::remove_dir_all(data);
}
