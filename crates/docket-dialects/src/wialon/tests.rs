//! The dialect against the reference ledger.

mod attachments;
mod bad;
mod events;
mod history;
mod items;
mod layouts;
mod limits;
mod members;
mod messages;
mod modes;
mod optimize;
mod replay;
mod rights;
mod routes;
mod sessions;
mod tokens;
mod units;

use super::wire::Json;
use crate::dialect::{HubMemory, Serve, ServeContext, WireRequest, WireResponse};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial, UnitId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Order, Rejection};
use futures_util::future::FutureExt;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const RESOURCE: i64 = 2101;
const VAN: i64 = 3007;
const CART: i64 = 3008;
const START: i64 = 1_768_471_200;
const TYPE: &str = "application/x-www-form-urlencoded";

/// A token made of six characters.
fn token(of: &str) -> String {
    of.repeat(12)
}

/// A hub with one or more connections, and the served half in front of it.
struct Desk {
    ledger: MemoryLedger,
    memory: HubMemory,
    counter: AtomicU64,
    peer: std::cell::Cell<Option<std::net::IpAddr>>,
}

fn connection(id: i64, dialect: &str, scope: Scope, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(id),
        account: AccountId(1),
        name: format!("{dialect}-{id}"),
        dialect: dialect.to_owned(),
        role: Role::Serve,
        scope,
        enabled: true,
        settings: settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        created_at: at(START - 1000),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn unit(id: i64, name: &str, position: Option<(f64, f64)>, seconds: i64) -> Unit {
    Unit {
        id: UnitId(id),
        name: name.to_owned(),
        unique_id: format!("35500000000{id}"),
        phone: String::new(),
        hardware: 9,
        position: position.map(|(latitude, longitude)| Position {
            at: at(seconds),
            latitude,
            longitude,
            altitude_m: Some(200.0),
            speed_kmh: Some(0.0),
            course: Some(0.0),
            satellites: 9,
        }),
        created_at: at(START - 1000),
        ..Unit::default()
    }
}

impl Desk {
    fn new() -> Desk {
        Desk::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Desk {
        let ledger = MemoryLedger::new(at(START));
        let mut all = vec![("resource_id", "2101"), ("resource_name", "Depot North")];
        all.extend_from_slice(settings);
        ledger.connect(connection(1, "wialon", Scope::Account, &all), &[("token", &token("d0c0e7"))]);
        ledger.connect(connection(2, "wialon", Scope::Own, &[("resource_id", "2102")]), &[("token", &token("abcdef"))]);
        ledger.connect(connection(3, "pruvan", Scope::Own, &[]), &[]);
        ledger.put_unit(unit(VAN, "Van 12", Some((53.9, 27.5)), START - 5));
        ledger.put_unit(unit(CART, "Cart 1", None, 0));
        Desk { ledger, memory: HubMemory::default(), counter: AtomicU64::new(1), peer: std::cell::Cell::new(None) }
    }

    fn send(&self, method: Method, target: &str, content_type: &str, body: impl Into<Bytes>) -> WireResponse {
        let counter = &self.counter;
        let random = || u128::from(counter.fetch_add(1, Ordering::Relaxed)) << 64 | 0xABCD;
        let cx = ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::from_u128(7)),
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &random,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
        }
        let request = WireRequest {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.into(),
            origin: "http://127.0.0.1:8700".to_owned(),
            peer: self.peer.get(),
        };
        super::serve::Wialon.serve(cx, request).now_or_never().expect("the reference ledger answers at once")
    }

    /// A call in the layout of the vendor's Python library.
    fn call(&self, sid: &str, svc: &str, params: &Json) -> Json {
        self.call_text(sid, svc, &params.to_string())
    }

    fn call_text(&self, sid: &str, svc: &str, params: &str) -> Json {
        let escape =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let body = format!("svc={}&params={}&sid={}", escape(svc), escape(params), escape(sid));
        body_of(&self.send(Method::POST, "/wialon/ajax.html", TYPE, body))
    }

    fn login(&self) -> String {
        self.login_as("d0c0e7")
    }

    fn login_as(&self, of: &str) -> String {
        let answer = self.call("None", "token/login", &json!({"token": token(of)}));
        answer["eid"].as_str().expect("a session").to_owned()
    }

    /// `order/update` with these members.
    fn update(&self, sid: &str, mode: &str, mut members: Json) -> Json {
        members["itemId"] = RESOURCE.into();
        members["callMode"] = mode.into();
        self.call(sid, "order/update", &members)
    }

    /// Creates an order and gives its id.
    fn create(&self, sid: &str, members: Json) -> i64 {
        let answer = self.update(sid, "create", members);
        answer[0].as_i64().unwrap_or_else(|| panic!("not created: {answer}"))
    }

    /// The order as Wialon lists it.
    fn listed(&self, sid: &str, id: i64) -> Option<Json> {
        let answer = self.call(sid, "core/search_item", &json!({"id": RESOURCE, "flags": 0x80000}));
        answer["item"]["orders"].get(id.to_string()).cloned()
    }

    fn events(&self, sid: &str) -> Vec<Json> {
        let answer = body_of(&self.send(Method::GET, &format!("/avl_evts?sid={sid}"), "", ""));
        answer["events"].as_array().unwrap_or_else(|| panic!("no events: {answer}")).clone()
    }

    fn watch(&self, sid: &str, id: i64, flags: i64) -> Json {
        let spec = json!({"spec": [{"type": "id", "data": id, "flags": flags, "mode": 0}]});
        self.call(sid, "core/update_data_flags", &spec)
    }

    /// The canonical order.
    fn order(&self, id: i64) -> Arc<Order> {
        let caller = Caller::hub(AccountId(1));
        let order = self.ledger.order(&caller, Target::Serial(Serial(id)));
        order.now_or_never().unwrap().unwrap().expect("the order is there")
    }

    /// What another system does to an order.
    fn elsewhere(&self, id: i64, command: Command) {
        let request = Request::change(Target::Serial(Serial(id)), move |_| Ok::<_, Rejection>(command.clone()));
        self.submit(&Caller::hub(AccountId(1)), request);
    }

    /// An order that came in through another dialect.
    fn foreign(&self, command: Command) -> i64 {
        let pruvan = Caller::connection(Arc::new(connection(3, "pruvan", Scope::Own, &[])));
        self.submit(&pruvan, Request::create(command)).serial.0
    }

    /// Many orders at once.
    fn fill(&self, count: usize) {
        let caller = Caller::connection(Arc::new(connection(3, "pruvan", Scope::Own, &[])));
        let requests = (0..count).map(|_| Request::create(Command::default())).collect();
        let submission = Submission { requests, ..Submission::default() };
        self.ledger.submit(&caller, submission).now_or_never().unwrap().unwrap();
    }

    fn submit(&self, caller: &Caller, request: Request) -> Arc<Order> {
        let outcomes = self.ledger.submit(caller, Submission::one(request)).now_or_never().unwrap().unwrap();
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("not done: {other:?}"),
        }
    }
}

fn body_of(response: &WireResponse) -> Json {
    assert_eq!(response.status, 200, "every answer is 200");
    assert_eq!(response.headers["content-type"], "application/json", "exactly this type");
    serde_json::from_slice(&response.body).expect("every answer is JSON")
}

fn error(code: i64) -> Json {
    json!({ "error": code })
}

#[test]
fn registry_entry_is_whole() {
    let dialect = &super::DIALECT;
    assert_eq!(dialect.statuses.len(), docket_core::order::State::ALL.len());
    for (row, state) in dialect.statuses.iter().zip(docket_core::order::State::ALL) {
        assert_eq!(row.state, *state);
    }
    for row in dialect.fields {
        let is_item = docket_core::order::ItemKind::from_plural(row.field).is_some();
        assert!(is_item || docket_core::order::Field::from_name(row.field).is_some(), "{}", row.field);
    }
}
