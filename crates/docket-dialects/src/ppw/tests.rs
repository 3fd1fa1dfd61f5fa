//! The served half over the reference ledger: envelope, credentials, codecs; the rest in the files below.

mod notes;
mod orders;
mod updates;

use super::transaction::Transaction;
use super::*;
use crate::dialect::{HubMemory, ServeContext, WireRequest, WireResponse};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Revision, Serial, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, ExternalKey, Field, Move, Order, Origin, Task, Transition, Value as Held};
use futures_util::FutureExt;
use http::{HeaderMap, Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNT: AccountId = AccountId(1);
/// SHA-1 of the empty text, as in the vendor's samples.
const PASSWORD: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const SITE: &str = "dcc363d0-8ed1-48a2ba2e-f638275db4f";
const FORM: &str = "application/x-www-form-urlencoded";

/// A hub with one importer.
struct World {
    ledger: MemoryLedger,
    memory: HubMemory,
    importer: Arc<Connection>,
}

fn connection(id: i64, account: AccountId, name: &str, dialect: &str, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(id),
        account,
        name: name.to_owned(),
        dialect: dialect.to_owned(),
        role: Role::Serve,
        scope: Scope::Account,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("the reference ledger answers at once")
}

impl World {
    fn new() -> World {
        World::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> World {
        let ledger = MemoryLedger::new("2026-01-15T10:00:00Z".parse().unwrap());
        let importer = connection(1, ACCOUNT, "demo", "ppw", settings);
        let importer = ledger.connect(importer, &[("username", "demo"), ("password", PASSWORD)]);
        World { ledger, memory: HubMemory::default(), importer }
    }

    /// Another system of the same account.
    fn other(&self) -> Caller {
        Caller::connection(self.ledger.connect(connection(9, ACCOUNT, "acme", "pruvan", &[]), &[]))
    }

    fn submit(&self, caller: &Caller, target: Target, command: Command) -> Arc<Order> {
        let request = Request::new(target, move |_| Ok(command.clone()));
        let outcomes = now(self.ledger.submit(caller, Submission::one(request))).unwrap();
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => done.order,
            outcome => panic!("{outcome:?}"),
        }
    }

    fn create(&self, number: &str) -> Arc<Order> {
        self.submit(&self.other(), Target::New, Command::default().with(Field::Number, number))
    }

    fn change(&self, order: &Order, command: Command) -> Arc<Order> {
        self.submit(&Caller::user(ACCOUNT, "ann"), Target::Serial(order.serial), command)
    }

    fn at(&self, time: &str) -> i64 {
        let time: Timestamp = time.parse().unwrap();
        self.ledger.set_now(time);
        time.as_second()
    }

    fn order(&self, serial: Serial) -> Arc<Order> {
        self.ledger.all_orders().into_iter().find(|order| order.serial == serial).unwrap()
    }

    fn send(&self, method: Method, content_type: &str, body: impl Into<Bytes>) -> WireResponse {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        let request = WireRequest {
            method,
            path: "/api/link/receiver.php".to_owned(),
            query: String::new(),
            headers,
            body: body.into(),
            origin: "http://127.0.0.1:8700".to_owned(),
            peer: None,
        };
        let random = || 7;
        let cx = ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::from_u128(1)),
            memory: &self.memory,
            random: &random,
        };
        now(DIALECT.serve.serve(cx, request))
    }

    fn post(&self, body: impl Into<Bytes>) -> Value {
        let response = self.send(Method::POST, FORM, body);
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.headers["content-type"], "application/json; charset=utf-8");
        serde_json::from_slice(&response.body).unwrap()
    }

    fn answer(&self, event: &str, data: &Value) -> Value {
        let payload = payload(event, &json!(data.to_string())).to_string();
        self.post(format!("payload={}", encoded(&payload)))
    }

    /// `result_data` of an event that succeeds.
    fn done(&self, event: &str, data: Value) -> Value {
        let answer = self.answer(event, &data);
        assert_eq!((&answer["success"], &answer["error"]), (&json!(true), &json!(false)), "{event}: {answer}");
        assert_eq!(answer["return_error_msg"], Value::Null);
        answer["result_data"].clone()
    }

    /// The message of an event that fails.
    fn failed(&self, event: &str, data: Value) -> String {
        failure(&self.answer(event, &data))
    }

    /// The words a listing shows.
    fn words(&self, data: Value) -> Vec<String> {
        let listing = self.done("get_all_orders", data);
        listing.as_array().unwrap().iter().map(|e| e["wo_status"].as_str().unwrap().to_owned()).collect()
    }
}

fn failure(answer: &Value) -> String {
    assert_eq!((&answer["success"], &answer["error"]), (&json!(false), &json!(true)), "{answer}");
    answer["return_error_msg"].as_str().unwrap().to_owned()
}

fn payload(event: &str, data: &Value) -> Value {
    json!({"username": "demo", "password": PASSWORD, "site_id": SITE, "event_name": event, "event_data": data})
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn every_documented_event_is_listed_and_answered() {
    let world = World::new();
    assert_eq!(OPERATIONS.iter().filter(|operation| operation.name != "get_job_notes").count(), 23);
    for operation in OPERATIONS {
        let data = json!({"report_id": 1, "timestamp": 1_768_400_000, "transaction_id": "x"});
        let answer = world.answer(operation.name, &data);
        let said = answer["return_error_msg"].as_str().unwrap_or_default();
        match operation.served {
            Served::Yes => assert!(!said.contains("supported") && !said.contains("Unknown event"), "{said}"),
            Served::No(reason) => {
                assert_eq!(said, format!("The event {} is not supported here: {reason}.", operation.name));
            }
        }
    }
}

#[test]
fn every_encoding_of_the_payload_is_read() {
    let world = World::new();
    let order = world.create("a+b & c%20d");
    let asked = json!(json!({"report_id": order.serial.0, "note": "50% & 1+1 = 2 €"}).to_string());
    let bare = serde_json::to_string_pretty(&payload("get_order", &asked)).unwrap();
    let boundary = "X-BOUNDARY";
    let part =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{bare}\r\n--{boundary}--\r\n");
    let plus = encoded(&bare).replace("%20", "+");
    let bodies = [
        (FORM, format!("payload={}", encoded(&bare))),
        (FORM, format!("payload={plus}")),
        (FORM, format!("payload={bare}")),
        (FORM, format!("payload=\n {bare}\n")),
        (FORM, format!("x=1&payload={}&y=2", encoded(&bare))),
        ("", format!("payload={bare}")),
        ("text/plain", format!("payload={}", encoded(&bare))),
        ("application/json", bare.clone()),
        ("multipart/form-data; boundary=X-BOUNDARY", part),
    ];
    for (content_type, body) in bodies {
        let response = world.send(Method::POST, content_type, body.clone());
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(answer["result_data"]["wo_number"], "a+b & c%20d", "{content_type} {body}: {answer}");
        assert_eq!((response.operation, response.connection), ("get_order", Some(ConnectionId(1))));
    }
}

#[test]
fn bare_json_keeps_plus_signs_and_ampersands() {
    let world = World::new();
    for url in ["https://importer.example/p?key=a+b%20c", "https://importer.example/p?key=a&x=%2B"] {
        let data = json!({"ppwlink_push": url}).to_string();
        world.post(format!("payload={}", payload("validate_user", &json!(data))));
        let kept = now(world.ledger.record(ConnectionId(1), PUSH_URLS, SITE)).unwrap();
        assert_eq!(kept.as_deref(), Some(url));
    }
}

#[test]
fn every_form_of_event_data_is_read() {
    let world = World::new();
    world.create("N-1");
    for data in [
        json!({}),
        json!("{}"),
        json!(""),
        json!(" "),
        json!("null"),
        json!([]),
        json!("[]"),
        Value::Null,
        json!({"timestamp": ""}),
        json!({"timestamp": null}),
        json!({"timestamp": "0"}),
        json!({"timestamp": 0}),
        json!(" {\"timestamp\": \"1700000000\"} "),
        json!({"timestamp": 1_700_000_000}),
        json!({"timestamp": "1700000000", "unknown": [{"x": 1}]}),
    ] {
        let answer = world.post(format!("payload={}", payload("get_all_orders", &data)));
        assert_eq!(answer["result_data"][0]["wo_number"], "N-1", "{data}: {answer}");
    }
    let mut absent = payload("get_all_orders", &Value::Null);
    absent.as_object_mut().unwrap().remove("event_data");
    assert_eq!(world.post(format!("payload={absent}"))["success"], true);
}

#[test]
fn wrong_credentials_get_the_documented_failure() {
    let world = World::new();
    world.ledger.connect(connection(2, ACCOUNT, "unset", "ppw", &[]), &[("username", "unset")]);
    for (username, password) in [
        (json!("demo"), json!("0000000000000000000000000000000000000000")),
        (json!("nobody"), json!(PASSWORD)),
        (json!("unset"), json!(PASSWORD)),
        (json!("unset"), json!("")),
        (json!("demo"), Value::Null),
        (json!(""), json!("")),
        (json!({"a": 1}), json!(PASSWORD)),
        (json!("demo"), json!([PASSWORD])),
    ] {
        for event in ["validate_user", "get_all_orders", "no_such_event"] {
            let mut payload = payload(event, &json!({"ppwlink_push": "https://importer.example/p"}));
            payload["username"] = username.clone();
            payload["password"] = password.clone();
            let answer = world.post(format!("payload={payload}"));
            assert_eq!(failure(&answer), "Could not validate username and password.");
            assert_eq!(answer["result_data"], "");
        }
    }
    assert_eq!(now(world.ledger.record(ConnectionId(1), PUSH_URLS, SITE)).unwrap(), None);
    let mut upper = payload("get_all_orders", &json!({}));
    upper["password"] = json!(PASSWORD.to_uppercase());
    assert_eq!(world.post(format!("payload={upper}"))["success"], true);
}

#[test]
fn what_cannot_be_read_is_a_failure_and_stores_nothing() {
    let world = World::new();
    world.create("N-1");
    let deep = format!("payload={{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let missing = "The form variable payload is missing.";
    let invalid = "The form variable payload is not a valid JSON object.";
    for (body, said) in [
        (Bytes::new(), missing),
        (Bytes::from_static(b"data=1"), missing),
        (Bytes::from_static(b"{\"username\":"), "The form variable payload is not valid JSON."),
        (Bytes::from_static(b"payload="), invalid),
        (Bytes::from_static(b"payload={\"username\":"), invalid),
        (Bytes::from_static(b"payload=[1]"), invalid),
        (Bytes::from_static(b"payload={\"username\":\"\xff\xfe\"}"), invalid),
        (Bytes::from_static(b"payload=%7B%22a%22%3A%22%FF%22%7D"), invalid),
        (Bytes::from(deep), invalid),
    ] {
        let answer = world.post(body);
        assert_eq!(failure(&answer), said);
        assert_eq!(answer["result_data"], Value::Null);
    }
    let deep = json!(format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000)));
    for (data, said) in [
        (json!("{"), "event_data is not valid JSON."),
        (deep, "event_data is not valid JSON."),
        (json!("7"), "event_data is not a JSON object."),
        (json!(true), "event_data is not a JSON object."),
        (json!([1]), "event_data is not a JSON object."),
        (json!({"timestamp": "soon"}), "timestamp is not a Unix time in seconds."),
        (json!({"timestamp": "1700000000.5"}), "timestamp is not a Unix time in seconds."),
        (json!({"timestamp": -5}), "timestamp is not a Unix time in seconds."),
        (json!({"timestamp": [1]}), "timestamp is not a Unix time in seconds."),
        (json!({"timestamp": "99999999999999999"}), "timestamp is not a Unix time in seconds."),
    ] {
        assert_eq!(failure(&world.post(format!("payload={}", payload("get_all_orders", &data)))), said);
    }
    for (data, said) in [
        (json!({}), "report_id is missing."),
        (json!({"report_id": " "}), "report_id is missing."),
        (json!({"report_id": "x"}), "report_id is not an unsigned integer."),
        (json!({"report_id": 1.5}), "report_id is not an unsigned integer."),
        (json!({"report_id": -1}), "report_id is not an unsigned integer."),
        (json!({"report_id": {"a": 1}}), "report_id is not an unsigned integer."),
        (json!({"report_id": "4711"}), "There is no work order with report_id 4711."),
    ] {
        for event in ["get_order", "mark_order_imported", "get_notes", "get_job_notes"] {
            assert_eq!(world.failed(event, data.clone()), said, "{event}");
        }
    }
    assert_eq!(world.failed("", json!({})), "event_name is missing.");
    assert_eq!(world.failed("get_all_the_orders", json!({})), "Unknown event: get_all_the_orders.");
    assert_eq!(world.order(Serial(1)).revision, Revision(1));
    assert_eq!(world.ledger.all_orders().len(), 1);
}

#[test]
fn other_methods_are_told_what_is_missing() {
    let response = World::new().send(Method::GET, "", Bytes::new());
    let answer: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((response.status, response.operation), (StatusCode::OK, "malformed"));
    assert_eq!(failure(&answer), "The form variable payload is missing.");
    let cut = DIALECT.serve.refuse(StatusCode::PAYLOAD_TOO_LARGE, "too large");
    assert_eq!(cut.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(failure(&serde_json::from_slice(&cut.body).unwrap()), "too large");
}

#[test]
fn the_site_id_is_fixed_and_can_be_set() {
    let world = World::new();
    let first = world.answer("get_all_orders", &json!({}))["remote_site_id"].clone();
    assert!(Uuid::try_parse(first.as_str().unwrap()).is_ok());
    assert_eq!(world.answer("nonsense", &json!({}))["remote_site_id"], first);
    assert_eq!(world.post("x=1")["remote_site_id"], first);
    let set = World::with(&[("remote_site_id", "1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4")]);
    let answer = set.answer("get_all_orders", &json!({}));
    assert_eq!(answer["remote_site_id"], "1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4");
}

#[test]
fn validating_keeps_the_push_url_per_installation() {
    let world = World::new();
    let kept = |site: &str| now(world.ledger.record(ConnectionId(1), PUSH_URLS, site)).unwrap();
    assert_eq!(world.done("validate_user", json!({})), Value::Null);
    assert_eq!(kept(SITE).as_deref(), Some(""));
    world.done("validate_user", json!({"ppwlink_push": "https://a.example/push?key=1"}));
    world.done("validate_user", json!({"ppwlink_push": " "}));
    assert_eq!(kept(SITE).as_deref(), Some("https://a.example/push?key=1"));
    world.done("validate_user", json!({"ppwlink_push": "http://b.example/"}));
    assert_eq!(kept(SITE).as_deref(), Some("http://b.example/"));
    assert_eq!(kept("another"), None);
    for url in [json!("file:///etc/passwd"), json!("https://"), json!(format!("https://a/{}", "x".repeat(3000)))] {
        assert_eq!(
            world.failed("validate_user", json!({"ppwlink_push": url})),
            "ppwlink_push is not an http or https URL."
        );
    }
    assert_eq!(world.failed("validate_user", json!({"ppwlink_push": {"a": 1}})), "ppwlink_push is not a text.");
    assert_eq!(kept(SITE).as_deref(), Some("http://b.example/"));
}

#[test]
fn the_crosswalk_is_what_the_code_does() {
    assert_eq!(STATUSES.iter().map(|row| row.state).collect::<Vec<_>>(), State::ALL);
    for row in STATUSES {
        assert_eq!(map::word(row.state, false), row.shown, "{}", row.state);
        for word in row.read {
            assert_eq!(map::state_of(word), Some(row.state), "{word}");
            assert_eq!(map::state_of(&format!(" {} ", word.to_lowercase())), Some(row.state), "{word}");
        }
        let back = map::state_of(map::word(row.state, false)).unwrap();
        assert_eq!(map::word(back, false), row.shown);
    }
    assert_eq!(map::word(State::Assigned, true), "In Field");
    assert_eq!(map::state_of("On Hold"), None);
    for name in FIELDS.iter().map(|row| row.field) {
        let is_identity = ["serial", "created_at", "status"].contains(&name);
        assert!(is_identity || Field::from_name(name).is_some(), "{name}");
    }
}

proptest! {
    #[test]
    fn transaction_ids_read_back(serial in 0i64..1 << 53, slot: u32, kind in 0u8..64, id: u128, other: u128) {
        let world = World::new();
        let mut order = (*world.create("N")).clone();
        (order.serial, order.id) = (Serial(serial), OrderId(Uuid::from_u128(id)));
        let transaction = Transaction::of(&order, kind, slot);
        let text = transaction.text();
        let parsed = Uuid::try_parse(&text).unwrap();
        prop_assert_eq!((parsed.get_version_num(), parsed.get_variant()), (8, uuid::Variant::RFC4122));
        prop_assert_eq!(Transaction::read(&text), Some(transaction));
        prop_assert_eq!(Transaction::read(&text.to_uppercase()), Some(transaction));
        prop_assert!(transaction.belongs_to(&order));
        let mut another = order.clone();
        another.id = OrderId(Uuid::from_u128(other));
        prop_assert!(id == other || !transaction.belongs_to(&another) || transaction == Transaction::of(&another, kind, slot));
    }

    #[test]
    fn no_text_breaks_transaction_reading(text in ".{0,60}") {
        let _ = Transaction::read(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), multipart: bool) {
        let world = World::new();
        let content_type = if multipart { "multipart/form-data; boundary=b" } else { FORM };
        world.send(Method::POST, content_type, body.clone());
        let whole = [b"payload=".as_slice(), &body].concat();
        world.send(Method::POST, content_type, whole);
    }

    #[test]
    fn no_event_data_makes_it_panic(event in 0..OPERATIONS.len(), data in any_json()) {
        let world = World::new();
        world.create("N");
        let body = format!("payload={}", payload(OPERATIONS[event].name, &data));
        let response = world.send(Method::POST, FORM, body);
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        prop_assert!(answer["success"].is_boolean());
    }
}

/// Event data of any shape, often with the members events look for.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(1)),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let names =
            prop::sample::select(vec!["report_id", "timestamp", "transaction_id", "success", "ppwlink_push", "x"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())),
        ]
    })
}
