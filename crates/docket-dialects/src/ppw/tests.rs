//! The served half over the reference ledger: envelope, credentials, codecs; the rest in the files below.

mod announce;
mod charges;
mod envelope;
mod faces;
mod field;
mod files;
mod forms;
mod notes;
mod orders;
mod results;
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
            planner: &crate::planner::OnTheSpot,
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
fn answers_have_an_end() {
    let mut elements = wire::Elements::new();
    for _ in 0..wire::ELEMENTS_LIMIT {
        assert!(elements.room().is_ok());
        elements.push_text("1");
    }
    let told = "timestamp asks for more than one answer holds; name a later one.";
    assert_eq!(elements.room().unwrap_err().to_string(), told);
}

#[test]
fn validating_keeps_the_push_url_sealed() {
    let world = World::new();
    let ledger = &world.ledger;
    let introduced = |site: &str| now(ledger.record(ConnectionId(1).into(), PUSH_URLS, site)).unwrap();
    let kept = || now(push_url::kept(ledger, &world.importer)).unwrap();
    assert_eq!(world.done("validate_user", json!({})), Value::Null);
    assert_eq!((introduced(SITE).as_deref(), kept()), (Some(""), None));
    world.done("validate_user", json!({"ppwlink_push": "https://a.example/push?key=1"}));
    world.done("validate_user", json!({"ppwlink_push": " "}));
    assert_eq!(kept().as_deref(), Some("https://a.example/push?key=1"));
    world.done("validate_user", json!({"ppwlink_push": "http://b.example/"}));
    assert_eq!(kept().as_deref(), Some("http://b.example/"));
    assert_eq!((introduced(SITE).as_deref(), introduced("another")), (Some(""), None));
    for url in [json!("file:///etc/passwd"), json!("https://"), json!(format!("https://a/{}", "x".repeat(3000)))] {
        assert_eq!(
            world.failed("validate_user", json!({"ppwlink_push": url})),
            "ppwlink_push is not an http or https URL."
        );
    }
    assert_eq!(world.failed("validate_user", json!({"ppwlink_push": {"a": 1}})), "ppwlink_push is not a text.");
    assert_eq!(kept().as_deref(), Some("http://b.example/"));
}

#[test]
fn a_push_url_that_lies_open_is_sealed() {
    let world = World::new();
    let holder = docket_core::ledger::Holder::from(ConnectionId(1));
    let record = |namespace: &str, key: &str| docket_core::ledger::Record {
        holder,
        namespace: namespace.to_owned(),
        key: key.to_owned(),
        value: Some("https://a.example/push?key=1".to_owned()),
        expected: None,
    };
    let records = vec![record(PING, ID), record(PUSH_URLS, SITE)];
    now(world.ledger.submit(&world.other(), Submission { records, ..Submission::default() })).unwrap();
    for _ in 0..2 {
        let kept = now(push_url::kept(&world.ledger, &world.importer)).unwrap();
        assert_eq!(kept.as_deref(), Some("https://a.example/push?key=1"));
        assert_eq!(now(world.ledger.record(holder, PING, ID)).unwrap(), None);
        assert_eq!(now(world.ledger.record(holder, PUSH_URLS, SITE)).unwrap().as_deref(), Some(""));
    }
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
        let is_list = docket_core::order::ItemKind::from_plural(name).is_some();
        assert!(is_identity || is_list || Field::from_name(name).is_some(), "{name}");
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
        let same = transaction == Transaction::of(&another, kind, slot);
        prop_assert_eq!(transaction.belongs_to(&another), same);
        prop_assert!(same || id != other);
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
        let names = prop::sample::select(vec![
            "report_id",
            "dst_report_id",
            "timestamp",
            "transaction_id",
            "success",
            "note",
            "note_id",
            "file_id",
            "s3_url",
            "module_type",
            "pcr_form_id",
            "pcr_form_rows",
            "pcr_question_id",
            "question_data",
            "qty_bid",
            "photo_flag_data",
            "invoice_lines",
            "line_id",
            "checkin_data",
            "gps_lat",
            "ppwlink_push",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())),
        ]
    })
}
