//! A day of orders between two hubs through each of the five dialects, both ways, over bad networks, with either hub
//! killed in the middle of whatever it does. In the end both agree on every order, and nothing is there twice.

use super::proxy::Proxy;
use super::pruvan::{account, behind_at, connect, order as pruvan_order};
use super::two_hubs::{ANN, furnish};
use crate::hub::TestHub;
use crate::process::{Process, http};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_app::enroll;
use docket_core::connection::Role;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Orders of each dialect, each way: one is done, one is done again, one is called off.
const ORDERS: usize = 3;
const DIALECTS: [&str; 5] = ["mews", "planviewer", "ppw", "pruvan", "wialon"];
/// What a side calls the other by.
const CALLING: [&str; 6] = ["hotel", "land", "source", "crew", "acme", "partner"];
/// Each hub is killed so often, at least.
const KILLS: usize = 3;
/// Nothing takes longer, or it never comes.
const PATIENCE: Duration = Duration::from_secs(240);

/// A hub as a process.
struct Side {
    name: &'static str,
    bearer: String,
    storage: Vec<String>,
    environment: Vec<(&'static str, String)>,
    process: Mutex<Option<Process>>,
    seed: TestHub,
    way: Proxy,
    kills: AtomicUsize,
}

impl Side {
    async fn new(name: &'static str, seed: u64) -> Side {
        let (hub, way) = behind_at(0.12, seed).await;
        furnish(&hub).await;
        let store = hub.app().store();
        let account = store.account("main", false).await.unwrap().unwrap();
        enroll::ensure_products(store, account, hub.app().now()).await.unwrap();
        let storage = vec!["--data".to_owned(), hub.data().display().to_string()];
        let bearer = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", hub.token);
        let environment = vec![
            ("DOCKET_PUBLIC_URL", way.url()),
            ("DOCKET_OUTSIDE_ALLOW", "127.0.0.1".to_owned()),
            ("DOCKET_LOG", "off".to_owned()),
        ];
        let (process, kills) = (Mutex::new(None), AtomicUsize::new(0));
        Side { name, bearer, storage, environment, process, seed: hub, way, kills }
    }

    /// From here on it is a process.
    async fn begin(&mut self) {
        self.seed.stop().await;
        *self.process.lock() = Some(self.serve());
    }

    fn serve(&self) -> Process {
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Process::serve(&self.storage, self.seed.address().port(), &environment)
    }

    fn kill(&self) {
        let mut process = self.process.lock();
        process.take().expect("it runs").kill();
        *process = Some(self.serve());
        self.kills.fetch_add(1, Ordering::SeqCst);
    }

    /// Asks until there is an answer: whoever asks a hub that is killed asks again.
    fn ask(&self, method: &str, target: &str, key: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let key = if key.is_empty() { String::new() } else { format!("idempotency-key: {key}\r\n") };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match http(self.seed.address(), method, target, &format!("{}{key}", self.bearer), &text) {
                Some((status, body)) if status < 500 => {
                    return (status, serde_json::from_str(&body).unwrap_or_default());
                }
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        panic!("{} does not answer {method} {target}", self.name);
    }

    fn get(&self, target: &str) -> Value {
        self.ask("GET", target, "", &Value::Null).1
    }

    fn orders(&self) -> Vec<Value> {
        self.get("/v1/orders?limit=1000")["orders"].as_array().cloned().unwrap_or_default()
    }

    /// What came from the other side through a dialect, oldest first. What a network doubled, and whoever called took back
    /// when it saw that, does not count: Wialon closes what is removed.
    fn received(&self, dialect: &str) -> Vec<Value> {
        let is_twin = |order: &Value| dialect == "wialon" && order["status"] == "closed";
        let all = self.orders().into_iter();
        all.filter(|order| order["origin"]["dialect"] == dialect && !is_twin(order)).collect()
    }

    /// What was handed over through a dialect, in the order it was made.
    fn handed(&self, dialect: &str) -> Vec<Value> {
        let is_it = |order: &Value| order["title"] == dialect && order["origin"]["dialect"] == "native";
        self.orders().into_iter().filter(is_it).collect()
    }

    fn moved(&self, order: &Value, transition: &str) {
        let target = format!("/v1/orders/{}/transitions", order["id"].as_str().unwrap());
        let (status, answer) = self.ask("POST", &target, "", &json!({"transition": transition}));
        // An answer that a kill swallowed is asked for again: then it is there already.
        assert!(matches!(status, 200 | 409), "{} {transition} {}: {answer}", self.name, order["number"]);
    }

    fn put(&self, order: &Value, list: &str, item: &Value) {
        let target = format!("/v1/orders/{}/{list}", order["id"].as_str().unwrap());
        let (status, answer) = self.ask("POST", &target, "", item);
        assert!(matches!(status, 200 | 201), "{} {list} of {}: {answer}", self.name, order["number"]);
    }

    fn set(&self, order: &Value, members: &Value) {
        let (status, answer) = self.ask("PATCH", &format!("/v1/orders/{}", order["id"].as_str().unwrap()), "", members);
        assert_eq!(status, 200, "{} {}: {answer}", self.name, order["number"]);
    }

    /// Deliveries that are not done, and what to be seen of them.
    fn open_deliveries(&self) -> Vec<Value> {
        let list = self.get("/v1/deliveries?limit=1000");
        let all = list["deliveries"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|one| one["status"] != "synced" && one["status"] != "dropped").collect()
    }

    /// As a person who does not want to wait: what waits is tried, and news are looked for.
    fn hurry(&self) {
        for one in self.open_deliveries() {
            let target = format!("/v1/deliveries/{}/retry", one["id"].as_str().unwrap());
            self.ask("POST", &target, "", &Value::Null);
        }
        for connection in CALLING {
            self.ask("POST", &format!("/v1/connections/{connection}/pull"), "", &Value::Null);
        }
    }
}

/// Lets `from` hand orders to `to` in every dialect.
async fn link(from: &Side, to: &Side) {
    let (hub, other) = (&from.seed, &to.seed);
    let (url, back) = (to.way.url(), &from.way);
    let guest = other.connect("mews", "guest", &[("scope", "own"), ("rate_limit", "0")]).await;
    let set = [
        ("url", url.as_str()),
        ("client_token", &guest["client_token"]),
        ("access_token", &guest["access_token"]),
        ("account_id", ANN),
        ("poll_s", "2"),
    ];
    hub.connect_out("mews", "hotel", &set).await;
    let desk = other.connect("planviewer", "land-desk", &[("soft_cap", "1000")]).await;
    let set = [
        ("url", url.as_str()),
        ("key", &desk["key"]),
        ("secret", &desk["secret"]),
        ("product", "site_report"),
        ("daily_cap", "0"),
        ("poll_s", "2"),
    ];
    hub.connect_out("planviewer", "land", &set).await;
    let importer = hub.connect("ppw", "importer", &[("scope", "routed")]).await;
    let own = back.url();
    let set = [
        ("url", own.as_str()),
        ("username", &importer["username"]),
        ("password", &importer["password"]),
        ("poll_s", "2"),
    ];
    other.connect_out("ppw", "source", &set).await;
    let set = [("towards", "account"), ("url", url.as_str()), ("poll_s", "2"), ("scope", "routed")];
    let given = connect(hub, Role::Both, "crew", &set).await;
    account(other, back, &given).await;
    let fleet = other.connect("wialon", "fleet", &[("scope", "own")]).await;
    let set = [
        ("url", url.as_str()),
        ("token", &fleet["token"]),
        ("poll_s", "2"),
        ("reread_s", "10"),
        ("remote_resource", "fleet"),
    ];
    hub.connect_out("wialon", "partner", &set).await;
    for (dialect, connection) in DIALECTS.into_iter().zip(["hotel", "land", "importer", "crew", "partner"]) {
        let when = format!("order.origin.dialect == 'native' && order.title == '{dialect}'");
        let rule = json!({"name": dialect, "to": connection, "when": when});
        assert_eq!(hub.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    }
}

fn order(side: &str, dialect: &str, number: usize) -> Value {
    let name = format!("{side} {dialect} {number}");
    let street = format!("{number} {side} Street");
    let site = json!({"address1": street, "city": "Austin", "region": "TX", "postal_code": "78701"});
    let mut order = match dialect {
        "mews" => json!({"service": "Spa", "tasks": [{"name": "Massage"}]}),
        "pruvan" => pruvan_order(number),
        "wialon" => json!({"reference": "partner", "priority": number}),
        _ => json!({
            "service": "Grass cut", "due": "2027-01-20T00:00:00Z", "client_company": "Alder",
            "tasks": [{"name": "Mow", "quantity": 1, "unit_price": 25}],
        }),
    };
    (order["number"], order["title"], order["site"]) = (json!(name), json!(dialect), site);
    if dialect == "wialon" {
        order["site"]["latitude"] = json!(53.9);
        order["site"]["longitude"] = json!(27.5);
    }
    order
}

/// What the desk of a side does with its own orders.
fn office(side: &Side, other: &Side) {
    for number in 1..=ORDERS {
        for dialect in DIALECTS {
            let made = order(side.name, dialect, number);
            if dialect == "planviewer" {
                // A place is asked for before it is ordered about: the other side has worked there.
                let known = json!({"number": format!("known {number}"), "title": "known", "site": made["site"]});
                other.ask("POST", "/v1/orders", &format!("known {} {number}", side.name), &known);
            }
            let (status, answer) = side.ask("POST", "/v1/orders", &format!("{dialect} {number}"), &made);
            assert_eq!(status, 201, "{answer}");
        }
    }
    for dialect in DIALECTS.into_iter().filter(|dialect| *dialect != "planviewer") {
        let handed = side.handed(dialect);
        for (index, order) in handed.iter().enumerate() {
            let text = format!("from the desk about {}", order["number"].as_str().unwrap());
            side.put(order, "notes", &json!({"id": "desk", "text": text}));
            if index == 2 {
                // What is called off before it was handed over never is.
                let is_there = || other.received(dialect).len() == ORDERS;
                until("all is handed over", &[side, other], is_there);
                side.moved(order, "cancel");
            } else if dialect != "mews" {
                side.set(order, &json!({"instructions": "Ring first, then knock"}));
            }
        }
    }
}

/// What the field of a side does with the orders of the other.
fn field(side: &Side, done: &AtomicBool) {
    let begun = Instant::now();
    let mut left: Vec<&str> = vec!["ppw", "pruvan", "wialon"];
    while !left.is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{} has no {left:?} to work on", side.name);
        left.retain(|dialect| {
            let open = |order: &Value| order["status"] != "canceled" && order["status"] != "deleted";
            let received: Vec<Value> = side.received(dialect).into_iter().filter(open).collect();
            // The third is called off: its street says which that is.
            let work: Vec<&Value> = received.iter().filter(|order| !order.to_string().contains("\"3 ")).collect();
            if work.len() < 2 {
                return true;
            }
            for order in work {
                let photo = json!({"id": "photo", "photo": true, "name": "after.jpg", "media_type": "image/jpeg",
                    "stage": "after", "content": STANDARD.encode(format!("a photo of {}", order["id"]))});
                side.put(order, "notes", &json!({"id": "field", "text": "from the field"}));
                side.put(order, "attachments", &photo);
                side.moved(order, "complete");
            }
            false
        });
        std::thread::sleep(Duration::from_millis(200));
    }
    done.store(true, Ordering::SeqCst);
}

/// Everything that happened to a side's orders, for whoever has to find out why they do not agree.
fn tell(side: &Side) {
    eprintln!("{}: {:#?}", side.name, side.open_deliveries());
    for order in side.orders() {
        eprintln!("  {} {} {} {}", order["serial"], order["origin"], order["title"], order["status"]);
        let history = side.get(&format!("/v1/orders/{}/history", order["serial"]));
        for entry in history["entries"].as_array().into_iter().flatten() {
            eprintln!("      {} {} {}", entry["at"], entry["actor"], entry["verb"]);
        }
    }
}

fn until(what: &str, sides: &[&Side], wished: impl Fn() -> bool) {
    let begun = Instant::now();
    while !wished() {
        if begun.elapsed() > PATIENCE {
            sides.iter().for_each(|side| tell(side));
            panic!("it never came to this: {what}");
        }
        sides.iter().for_each(|side| side.hurry());
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Compares, and gives what differs.
fn differences(side: &Side) -> Vec<Value> {
    let mut all = Vec::new();
    for connection in CALLING {
        let target = format!("/v1/reconcile/{connection}");
        let before = side.get(&target)["compared"].clone();
        side.ask("POST", &target, "", &Value::Null);
        let begun = Instant::now();
        loop {
            let report = side.get(&target);
            if report["compared"] != before && report["compared"]["ended"].is_string() {
                all.extend(report["differences"].as_array().cloned().unwrap_or_default());
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{connection} is never compared: {report}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    all
}

fn count(side: &Side, order: &Value, list: &str, has: &str) -> usize {
    let items = side.get(&format!("/v1/orders/{}/{list}", order["id"].as_str().unwrap()));
    items[list].as_array().unwrap().iter().filter(|item| item.to_string().contains(has)).count()
}

/// What one side handed over is what the other received.
fn assert_agreed(side: &Side, other: &Side) {
    for dialect in DIALECTS {
        let (handed, received) = (side.handed(dialect), other.received(dialect));
        let what = format!("{dialect} from {}", side.name);
        // In Wialon what is called off is removed.
        let left = if dialect == "wialon" { ORDERS - 1 } else { ORDERS };
        if (handed.len(), received.len()) != (ORDERS, left) {
            tell(side);
            tell(other);
            panic!("{what}: {} were handed over, {} are there", handed.len(), received.len());
        }
        let canceled = |orders: &[Value]| orders.iter().filter(|order| order["status"] == "canceled").count();
        // PPW closes what it has done with.
        let is_done = |order: &&Value| match order["status"].as_str() {
            Some("completed" | "submitted") => true,
            Some("closed") => dialect == "ppw",
            _ => false,
        };
        let done = |orders: &[Value]| orders.iter().filter(is_done).count();
        match dialect {
            "planviewer" => {
                assert_eq!((done(&handed), done(&received)), (ORDERS, ORDERS), "{what}");
                assert!(handed.iter().all(|order| order["result"]["blob"].is_string()), "{what}: with its document");
                continue;
            }
            "mews" => assert_eq!((canceled(&handed), canceled(&received)), (1, 1), "{what}: called off on both sides"),
            _ => {
                assert_eq!((canceled(&handed), canceled(&received)), (1, left - 2), "{what}: called off on both sides");
                if (done(&handed), done(&received)) != (2, 2) {
                    tell(side);
                    tell(other);
                    panic!("{what}: {} done, {} there", done(&handed), done(&received));
                }
                for order in handed.iter().filter(is_done) {
                    assert_eq!(count(side, order, "attachments", "after.jpg"), 1, "{what}: the photo came back, once");
                }
            }
        }
        for order in handed.iter().filter(|order| order["status"] != "canceled") {
            assert_eq!(count(side, order, "notes", "from the desk"), 1, "{what}: no note comes back");
            if matches!(dialect, "ppw" | "pruvan") {
                assert_eq!(count(side, order, "notes", "from the field"), 1, "{what}: each note came, once");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_through_every_dialect_with_hubs_that_are_killed() {
    let (mut north, mut south) = (Side::new("north", 71).await, Side::new("south", 73).await);
    link(&north, &south).await;
    link(&south, &north).await;
    north.begin().await;
    south.begin().await;
    let sides = Arc::new([north, south]);
    let is_over = Arc::new(AtomicBool::new(false));
    let killer = std::thread::spawn({
        let (sides, is_over) = (Arc::clone(&sides), Arc::clone(&is_over));
        move || {
            let mut random: u64 = 5;
            while !is_over.load(Ordering::SeqCst) {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                std::thread::sleep(Duration::from_millis(300 + (random >> 33) % 1_200));
                sides[usize::from(random >> 40 & 1 == 1)].kill();
            }
        }
    });
    let [north, south] = &*sides;
    let done = [AtomicBool::new(false), AtomicBool::new(false)];
    std::thread::scope(|scope| {
        scope.spawn(|| office(north, south));
        scope.spawn(|| office(south, north));
        scope.spawn(|| field(north, &done[0]));
        scope.spawn(|| field(south, &done[1]));
    });
    assert!(done.iter().all(|done| done.load(Ordering::SeqCst)));
    // The desk is not content with one: it goes back, and is done again.
    for (side, other) in [(north, south), (south, north)] {
        let first = |side: &Side| side.handed("pruvan").into_iter().next().unwrap();
        until("the crew's work is back", &[side, other], || first(side)["status"] == "completed");
        side.set(&first(side), &json!({"rework": true, "instructions": "Edges too"}));
        side.moved(&first(side), "reopen");
        let again = || other.received("pruvan").into_iter().find(|order| order["rework"] == true);
        until("the crew is to do it again", &[side, other], || {
            again().is_some_and(|order| order["status"] != "completed")
        });
        other.moved(&again().unwrap(), "complete");
    }
    // The desk has something to say until everybody was killed a few times.
    let mut late = 0;
    while sides.iter().any(|side| side.kills.load(Ordering::SeqCst) < KILLS) {
        late += 1;
        for (side, dialect) in [(north, "pruvan"), (south, "ppw"), (north, "ppw"), (south, "pruvan")] {
            let order = side.handed(dialect).swap_remove(1);
            side.put(&order, "notes", &json!({"id": format!("late {late}"), "text": format!("late word {late}")}));
        }
    }
    is_over.store(true, Ordering::SeqCst);
    killer.join().unwrap();
    let (kills, faults) = (
        sides.each_ref().map(|side| side.kills.load(Ordering::SeqCst)),
        sides.each_ref().map(|side| side.way.faults()),
    );
    sides.iter().for_each(|side| side.way.heal());
    println!("killed {kills:?} times, {faults:?} calls went wrong");
    let is_made = || {
        let is_done = |order: &Value| order["status"] == "completed";
        sides.iter().all(|side| side.handed("planviewer").iter().all(is_done))
    };
    until("documents are made", &[north, south], is_made);
    let is_quiet = || sides.iter().all(|side| side.open_deliveries().is_empty());
    until("everything owed is told", &[north, south], is_quiet);
    let mut left = Vec::new();
    let agree = || {
        left.clear();
        sides.iter().for_each(|side| left.extend(differences(side)));
        left.is_empty()
    };
    let agree = std::cell::RefCell::new(agree);
    until("nothing differs", &[north, south], || (agree.borrow_mut())());
    assert_agreed(north, south);
    assert_agreed(south, north);
    assert!(
        kills.iter().all(|kills| *kills >= KILLS) && faults.iter().all(|faults| *faults > 5),
        "{kills:?} {faults:?}"
    );
}
