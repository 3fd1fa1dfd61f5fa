//! `kill -9` at random moments under load: what was acknowledged is there, once, whole.
//!
//! The clients keep their own record of what they asked and what they were told. After every kill the hub is started
//! again on the same data and its ledger is held against that record. `DOCKET_TORTURE_ROUNDS` makes it long.

use super::process::{Process, cli, folder, free_port, http};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLIENTS: usize = 8;
const BATCH: usize = 5;
/// The ledger is held against the record every so many rounds, and after the last.
const CHECK_EVERY: usize = 5;

/// What the clients know.
#[derive(Default)]
struct Record {
    /// Numbers whose creation was acknowledged.
    acknowledged: Vec<String>,
    /// Pushed batches: their numbers, and whether they were acknowledged.
    batches: Vec<(Vec<String>, bool)>,
    /// The last acknowledged value of an updated field, by number, and the last one asked for.
    updates: HashMap<String, (u64, u64)>,
    /// Creations that got no answer: the number and the body, to be sent again with the same key.
    unanswered: Vec<(String, String)>,
}

struct Hub {
    storage: Vec<String>,
    bearer: String,
    push: String,
}

impl Hub {
    fn make(storage: Vec<String>) -> Hub {
        let token = cli(&storage, &["token", "create", "torture"]);
        let pruvan = cli(&storage, &["connection", "add", "pruvan", "torture"]);
        Hub {
            bearer: format!("authorization: Bearer {}\r\n", token["token"].as_str().expect("a token")),
            push: format!("/api/?apiKey={}", pruvan["api_key"].as_str().expect("an api key")),
            storage,
        }
    }

    fn create(&self, address: SocketAddr, number: &str, body: &str) -> Option<(u16, String)> {
        let headers = format!("{}content-type: application/json\r\nidempotency-key: key-{number}\r\n", self.bearer);
        http(address, "POST", "/v1/orders", &headers, body)
    }

    fn push(&self, address: SocketAddr, orders: &[Value]) -> Option<(u16, String)> {
        let body = format!("workOrders={}", json!({ "workOrders": orders }));
        http(address, "POST", &self.push, "content-type: application/x-www-form-urlencoded\r\n", &body)
    }

    fn get(&self, address: SocketAddr, target: &str) -> Value {
        let (status, body) = http(address, "GET", target, &self.bearer, "").expect("an answer");
        assert_eq!(status, 200, "GET {target}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Every order, by number.
    fn orders(&self, address: SocketAddr) -> BTreeMap<String, Vec<Value>> {
        let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(address, &format!("/v1/orders?limit=1000{cursor}"));
            for order in page["orders"].as_array().expect("orders") {
                found.entry(order["number"].as_str().unwrap_or_default().to_owned()).or_default().push(order.clone());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

fn native_order(number: &str) -> String {
    json!({"number": number, "title": "Torture", "site": {"address1": "111 East Main", "city": "Round Rock"},
           "tasks": [{"name": "Mow"}]})
    .to_string()
}

fn pruvan_order(number: &str) -> Value {
    json!({"workOrderNumber": number, "address1": "111 East Main", "city": "Round Rock", "state": "TX", "zip": "78664",
           "clientStatus": "0", "services": [{"serviceName": "Mow"}]})
}

/// One client: creates, pushes and updates until told to stop, and writes down what it was told.
fn client(hub: &Hub, address: SocketAddr, record: &Mutex<Record>, next: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let n = next.fetch_add(1, Ordering::Relaxed);
        match n % 3 {
            0 => {
                let number = format!("N-{n}");
                let body = native_order(&number);
                let answer = hub.create(address, &number, &body);
                let mut record = record.lock().expect("no client panics");
                match answer {
                    Some((201, _)) => record.acknowledged.push(number),
                    Some((status, body)) if status < 500 => panic!("create answered {status}: {body}"),
                    _ => record.unanswered.push((number, body)),
                }
            }
            1 => {
                let numbers: Vec<String> = (0..BATCH).map(|i| format!("B-{n}-{i}")).collect();
                let orders: Vec<Value> = numbers.iter().map(|number| pruvan_order(number)).collect();
                let answer = hub.push(address, &orders);
                let done = answer.is_some_and(|(_, body)| body.contains("\"created\":5"));
                record.lock().expect("no client panics").batches.push((numbers, done));
            }
            _ => {
                let Some(number) = pick(record, n) else { continue };
                let order = json!({"workOrderNumber": number, "clientStatus": n.to_string()});
                let answer = hub.push(address, &[order]);
                if answer.is_some_and(|(_, body)| body.contains("\"updated\":1")) {
                    let mut record = record.lock().expect("no client panics");
                    let entry = record.updates.entry(number).or_default();
                    entry.0 = entry.0.max(n);
                }
            }
        }
    }
}

/// An acknowledged order that is updated this once, so that no other update of it is on its way.
fn pick(record: &Mutex<Record>, n: u64) -> Option<String> {
    let mut record = record.lock().expect("no client panics");
    let fresh =
        |(numbers, done): &&(Vec<String>, bool)| *done && !record.updates.contains_key(&numbers[n as usize % BATCH]);
    let (numbers, _) = record.batches.iter().rev().find(fresh)?;
    let number = numbers[n as usize % BATCH].clone();
    record.updates.insert(number.clone(), (0, n));
    Some(number)
}

/// Holds the ledger against the record.
fn check(hub: &Hub, address: SocketAddr, record: &Record, round: usize) {
    let orders = hub.orders(address);
    for (number, found) in &orders {
        assert_eq!(found.len(), 1, "round {round}: {number} is there {} times", found.len());
    }
    for number in &record.acknowledged {
        assert!(orders.contains_key(number), "round {round}: {number} was acknowledged and is lost");
    }
    for (numbers, acknowledged) in &record.batches {
        let there = numbers.iter().filter(|number| orders.contains_key(*number)).count();
        assert!(there == 0 || there == BATCH, "round {round}: half a submission: {there} of {numbers:?}");
        assert!(!acknowledged || there == BATCH, "round {round}: acknowledged and lost: {numbers:?}");
    }
    for (number, (acknowledged, asked)) in &record.updates {
        let status = orders[number][0]["client_status"].as_str().and_then(|text| text.parse::<u64>().ok());
        let status = status.expect("a client status");
        assert!(
            status == *acknowledged || status == *asked,
            "round {round}: {number} says {status}, acknowledged {acknowledged}, asked {asked}"
        );
    }
    check_journal(hub, address, &orders, round);
}

/// The journal has no gaps and tells of exactly the orders there are.
fn check_journal(hub: &Hub, address: SocketAddr, orders: &BTreeMap<String, Vec<Value>>, round: usize) {
    let (mut after, mut created) = (0, 0);
    loop {
        let page = hub.get(address, &format!("/v1/journal?after={after}"));
        let entries = page["entries"].as_array().expect("entries");
        for entry in entries {
            assert_eq!(entry["seq"].as_i64(), Some(after + 1), "round {round}: the journal skips");
            after += 1;
            created += usize::from(entry["verb"] == "created");
        }
        if entries.is_empty() {
            break;
        }
    }
    assert_eq!(created, orders.len(), "round {round}: as many creations as orders");
}

fn rounds() -> usize {
    std::env::var("DOCKET_TORTURE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

fn torture(storage: Vec<String>) {
    let hub = Arc::new(Hub::make(storage));
    let port = free_port();
    let (record, next) = (Arc::new(Mutex::new(Record::default())), Arc::new(AtomicU64::new(0)));
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    let rounds = rounds();
    for round in 0..rounds {
        let process = Process::serve(&hub.storage, port, &[]);
        let address = process.address;
        // What is lost stays lost and what is double stays double, so a long run need not look after every kill.
        if round % CHECK_EVERY == 0 {
            check(&hub, address, &record.lock().expect("no client panics"), round);
        }
        retry(&hub, address, &record);
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (hub, record, next, stop) =
                    (Arc::clone(&hub), Arc::clone(&record), Arc::clone(&next), Arc::clone(&stop));
                std::thread::spawn(move || client(&hub, address, &record, &next, &stop))
            })
            .collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let begun = Instant::now();
        std::thread::sleep(Duration::from_millis(100 + (seed >> 33) % 900));
        process.kill();
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().expect("a client"));
        let record = record.lock().expect("no client panics");
        println!(
            "round {round}: killed after {} ms; {} creates, {} batches, {} updates acknowledged so far",
            begun.elapsed().as_millis(),
            record.acknowledged.len(),
            record.batches.iter().filter(|(_, done)| *done).count(),
            record.updates.values().filter(|(acknowledged, _)| *acknowledged > 0).count()
        );
    }
    let process = Process::serve(&hub.storage, port, &[]);
    check(&hub, process.address, &record.lock().expect("no client panics"), rounds);
    let acknowledged = record.lock().expect("no client panics").acknowledged.len();
    assert!(acknowledged > rounds, "the load was no load: {acknowledged} creates acknowledged");
    assert!(process.terminate(), "a polite stop ends well");
}

/// What got no answer is sent again with the same key: there once, whether it had been stored or not.
fn retry(hub: &Hub, address: SocketAddr, record: &Mutex<Record>) {
    let unanswered = std::mem::take(&mut record.lock().expect("no client panics").unanswered);
    for (number, body) in unanswered {
        let (status, answer) = hub.create(address, &number, &body).expect("an answer");
        assert!(matches!(status, 200 | 201), "retry of {number}: {status} {answer}");
        record.lock().expect("no client panics").acknowledged.push(number);
    }
}

#[test]
fn torture_sqlite() {
    let data = folder("torture-sqlite");
    torture(vec!["--data".to_owned(), data.display().to_string()]);
    std::fs::remove_dir_all(data).expect("the folder can go");
}

#[test]
fn torture_postgres() {
    let Some(server) = std::env::var("DOCKET_TEST_POSTGRES").ok() else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server (cargo xtask test starts one)");
        return;
    };
    let data = folder("torture-postgres");
    let url = super::postgres::fresh_database(&server);
    torture(vec!["--data".to_owned(), data.display().to_string(), "--database-url".to_owned(), url]);
    std::fs::remove_dir_all(data).expect("the folder can go");
}
