//! The whole dialect against the reference ledger.

mod announce;
mod faces;
mod forms;
mod items;
mod orders;
mod published;
mod reports;
mod surveys;
mod tables;
mod work_type;

use super::DIALECT;
use crate::dialect::{HubMemory, ServeContext, WireRequest, WireResponse};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, UnitId, Uuid};
use docket_core::ledger::{Ledger, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Entry, Order};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// SHA-1 of `secret`.
const PASSWORD: &str = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4";
const FORM: &str = "application/x-www-form-urlencoded";

struct Hub {
    ledger: MemoryLedger,
    memory: HubMemory,
    connection: Arc<Connection>,
}

impl Hub {
    fn new(settings: &[(&str, &str)]) -> Hub {
        let ledger = MemoryLedger::new("2026-01-15T10:00:00Z".parse().unwrap());
        let connection = connect(&ledger, 1, "main", settings);
        Hub { ledger, memory: HubMemory::default(), connection }
    }

    fn send(&self, method: &str, target: &str, content_type: &str, body: impl Into<Bytes>) -> WireResponse {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            let name = HeaderName::from_static("content-type");
            headers.insert(name, HeaderValue::from_str(content_type).unwrap());
        }
        let request = WireRequest {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.into(),
            origin: "http://hub".to_owned(),
            peer: None,
        };
        DIALECT.serve.serve(self.context(), request).now_or_never().unwrap()
    }

    fn context(&self) -> ServeContext<'_> {
        ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::nil()),
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &|| 4,
        }
    }

    /// Pushes orders as JSON and gives the answer.
    fn push(&self, orders: Value) -> Value {
        let body = json!({ "workOrders": orders }).to_string();
        self.answer(&self.send("POST", "/api/?apiKey=key-main", "application/json", body))
    }

    /// Pushes one order; it must be taken.
    fn take(&self, order: Value) -> Arc<Order> {
        let number = order["workOrderNumber"].as_str().unwrap().to_owned();
        let answer = self.push(json!([order]));
        assert_eq!(answer["error"], Value::Null, "{answer}");
        self.order(&number)
    }

    fn answer(&self, response: &WireResponse) -> Value {
        assert_eq!(response.headers["content-type"], "application/json");
        serde_json::from_slice(&response.body).unwrap()
    }

    fn caller(&self) -> Caller {
        Caller::connection(Arc::clone(&self.connection))
    }

    fn find(&self, number: &str) -> Option<Arc<Order>> {
        let target = Target::Key { namespace: "number".to_owned(), key: number.to_owned() };
        self.ledger.order(&self.caller(), target).now_or_never().unwrap().unwrap()
    }

    fn order(&self, number: &str) -> Arc<Order> {
        self.find(number).unwrap()
    }

    fn last_entry(&self, order: &Order) -> Arc<Entry> {
        let caller = self.caller();
        let history = self.ledger.history(&caller, order.serial).now_or_never().unwrap().unwrap();
        Arc::clone(history.last().unwrap())
    }

    fn face(&self, order: &Order) -> Value {
        let caller = self.caller();
        let face = DIALECT.serve.face(self.context(), &caller, order).now_or_never().unwrap();
        serde_json::from_str(&face).unwrap()
    }
}

fn call(hub: &Hub, service: &str, payload: &Value) -> WireResponse {
    hub.send("POST", &format!("/pruvan/{service}"), FORM, format!("payload={}", percent(&payload.to_string())))
}

/// A payload with the credentials of `main`.
fn signed(more: Value) -> Value {
    let mut payload = json!({"username": "main", "password": PASSWORD, "token": "token-main"});
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payload
}

fn unit(id: i64, name: &str) -> Unit {
    Unit {
        id: UnitId(id),
        name: name.to_owned(),
        unique_id: id.to_string(),
        phone: String::new(),
        hardware: 9,
        created_at: Timestamp::UNIX_EPOCH,
        ..Unit::default()
    }
}

fn connect(ledger: &MemoryLedger, id: i64, name: &str, settings: &[(&str, &str)]) -> Arc<Connection> {
    let connection = Connection {
        id: ConnectionId(id),
        account: AccountId(1),
        name: name.to_owned(),
        dialect: "pruvan".to_owned(),
        role: Role::Serve,
        scope: Scope::Account,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let (key, token) = (format!("key-{name}"), format!("token-{name}"));
    let claims = [("api_key", key.as_str()), ("username", name), ("password", PASSWORD), ("token", token.as_str())];
    ledger.connect(connection, &claims)
}

/// A new order with what it needs, and more members.
fn new_order(number: &str, more: Value) -> Value {
    let mut order = json!({
        "workOrderNumber": number, "address1": "5 Elm Ct", "city": "Austin", "state": "TX", "zip": "78701",
        "services": [{"serviceName": "Trim Hedges"}],
    });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

/// An update.
fn change(number: &str, more: Value) -> Value {
    let mut order = json!({ "workOrderNumber": number });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

fn counts(created: u32, updated: u32, deleted: u32) -> Value {
    json!({"response": {"created": created, "updated": updated, "deleted": deleted}, "error": null})
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
