//! The dialect against the reference ledger.

mod adding;
mod announce;
mod catalogue;
mod envelope;
mod items;
mod listing;
mod notes;
mod people;
mod states;
mod stays;

use super::DIALECT;
use crate::dialect::{HubMemory, ServeContext, WireRequest};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind, slug};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Serial, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Move, Order, State};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const ACCOUNT: AccountId = AccountId(1);
const CLIENT: &str = "E0D439EE522F44368DC78E1BFB03710C-D24FB11DBE31D4621C4817E028D9E1D";
const ACCESS: &str = "C66EF7B239D24632943D115EDE9CB810-EA00F8FD8294692C940F6B5A8F9453D";
const ENTERPRISE: &str = "e0e0e0e0-0000-4000-8000-000000000001";
const SPA: &str = "ae8da28c-e8a4-4141-9df0-8c998976c691";
const BAR: &str = "6b02d015-47ac-4c41-8e9f-5b4db61d4284";
const STAY: &str = "bd26d8db-86da-4f96-9efc-e5a4654a4a94";
const MASSAGE: &str = "198bc308-c5f2-4a1c-a827-34d99d52f333";
const ANN: &str = "fadd5bb6-b428-45d5-94f8-fd0d89fece6d";

/// An answer, taken apart.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    operation: &'static str,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// It is this failure, in the documented form.
    #[track_caller]
    fn fails(&self, status: u16, message: &str) {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status, status, "{body}");
        let id = self.headers["request-id"].to_str().unwrap();
        assert_eq!(self.json(), json!({"Message": message, "RequestId": id, "Details": null}));
        assert_eq!(self.headers["content-type"], "application/json");
    }
}

/// A hub with one account, its catalogue and one connection of this dialect.
struct Hub {
    ledger: MemoryLedger,
    memory: HubMemory,
    exchanges: std::cell::Cell<u128>,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap()
}

fn connection(number: i64, account: AccountId, dialect: &str, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account,
        name: "main".to_owned(),
        dialect: dialect.to_owned(),
        role: Role::Serve,
        scope: Scope::Account,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: at("2023-01-01T00:00:00Z"),
    }
}

fn service(text: &str, name: &str, kind: ServiceKind, parent: Option<&str>) -> Service {
    Service {
        id: id(text),
        slug: slug(name),
        name: name.to_owned(),
        kind,
        parent: parent.map(id),
        active: true,
        ordering: 0,
        data: None,
        created_at: at("2023-01-02T00:00:00Z"),
        updated_at: at("2023-01-02T00:00:00Z"),
    }
}

impl Hub {
    fn new() -> Hub {
        Hub::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Hub {
        let ledger = MemoryLedger::new(at("2026-01-15T10:00:00Z"));
        let mut all = vec![("enterprise_id", ENTERPRISE)];
        all.extend_from_slice(settings);
        ledger.connect(connection(1, ACCOUNT, "mews", &all), &[("access_token", ACCESS), ("client_token", CLIENT)]);
        ledger.add_service(service(SPA, "Spa", ServiceKind::Additional, None));
        ledger.add_service(service(BAR, "Bar", ServiceKind::Additional, None));
        ledger.add_service(service(STAY, "Stay", ServiceKind::Bookable, None));
        let price = r#"{"Price":{"Currency":"EUR","GrossValue":121,"NetValue":100,"TaxCode":"NL-S"}}"#.to_owned();
        ledger
            .add_service(Service { data: Some(price), ..service(MASSAGE, "Massage", ServiceKind::Product, Some(SPA)) });
        let name = "Ann Lee".to_owned();
        let since = at("2023-01-03T00:00:00Z");
        let ann = Customer { id: id(ANN), name, created_at: since, updated_at: since, ..Customer::default() };
        ledger.add_customer(ann);
        Hub { ledger, memory: HubMemory::default(), exchanges: std::cell::Cell::new(1) }
    }

    fn send(&self, method: Method, path: &str, headers: &[(&'static str, &'static str)], body: Bytes) -> Answer {
        let number = self.exchanges.get();
        self.exchanges.set(number + 1);
        let random = move || number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
        let cx = ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::from_u128(number)),
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &random,
        };
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        let request = WireRequest {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: headers.collect(),
            body,
            origin: "http://127.0.0.1:8700".to_owned(),
            peer: None,
        };
        let response = DIALECT.serve.serve(cx, request).now_or_never().unwrap();
        assert!(response.headers.contains_key("request-id"));
        Answer {
            status: response.status.as_u16(),
            headers: response.headers,
            body: response.body,
            operation: response.operation,
        }
    }

    /// Posts a body to an operation, with the envelope added.
    fn post(&self, operation: &str, body: Value) -> Answer {
        self.post_with(operation, &[], body)
    }

    fn post_with(&self, operation: &str, headers: &[(&'static str, &'static str)], body: Value) -> Answer {
        let mut whole = json!({"ClientToken": CLIENT, "AccessToken": ACCESS, "Client": "Sample Client 1.0.0"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let path = format!("/api/connector/v1/{operation}");
        self.send(Method::POST, &path, headers, whole.to_string().into())
    }

    /// Lists orders of the spa and the bar, and what else is asked for.
    fn list(&self, body: Value) -> Answer {
        let mut whole = json!({"ServiceIds": [SPA, BAR], "Limitation": {"Count": 1000}});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        self.post("productServiceOrders/getAll", whole)
    }

    /// The ids listed.
    #[track_caller]
    fn ids(&self, body: Value) -> Vec<Uuid> {
        let listed = self.list(body).ok();
        listed["ProductServiceOrders"].as_array().unwrap().iter().map(|o| id(o["Id"].as_str().unwrap())).collect()
    }

    fn submit(&self, caller: &Caller, request: Request) -> Arc<Order> {
        let outcome = self.ledger.submit(caller, Submission::one(request)).now_or_never().unwrap().unwrap();
        match outcome.into_iter().next().unwrap() {
            Outcome::Done(done) => done.order,
            other => panic!("{other:?}"),
        }
    }

    fn create(&self, command: Command) -> Arc<Order> {
        self.submit(&Caller::hub(ACCOUNT), Request::create(command))
    }

    fn change(&self, order: OrderId, command: Command) -> Arc<Order> {
        self.submit(&Caller::hub(ACCOUNT), Request::change(Target::Id(order), move |_| Ok(command.clone())))
    }

    fn become_state(&self, order: OrderId, state: State) -> Arc<Order> {
        self.change(order, Command { to: Some(Move::Become(state)), ..Command::default() })
    }

    /// An order against a service, with a bag.
    fn import(&self, order: &str, serial: i64, service: &str, bag: Value) -> Arc<Order> {
        use docket_core::order::Field;
        let command = Command {
            identity: Some((OrderId(id(order)), Some(Serial(serial)))),
            wire: Some(("mews".to_owned(), Some(bag.to_string()))),
            ..Command::default()
        };
        self.create(command.with(Field::Service, service).with(Field::CustomerId, ANN))
    }

    /// Nothing was ever written.
    #[track_caller]
    fn is_untouched(&self) {
        assert_eq!(self.ledger.all_orders().len(), 0);
    }

    fn face(&self, order: &Order) -> Value {
        let random = || 7;
        let cx = ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::nil()),
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &random,
        };
        let text = DIALECT.serve.face(cx, &Caller::hub(order.account), order).now_or_never().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// What `orders/add` needs at least.
fn smallest() -> Value {
    json!({
        "ServiceId": SPA,
        "AccountId": ANN,
        "ProductOrders": [{"ProductId": MASSAGE}],
    })
}

/// The body with one member replaced; `null` stays a member.
fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn settings(connection: &Connection) -> &BTreeMap<String, String> {
    &connection.settings
}
