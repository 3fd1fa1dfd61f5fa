//! The served half against the reference ledger.

mod jobs;
mod locations;
mod orders;
mod places;

use super::address::{self, Line};
use super::map::{file_part, header_name, status_of};
use super::{DIALECT, STEPS, intention, result_name};
use crate::dialect::{HubMemory, ServeContext, WireRequest, WireResponse};
use base64::Engine;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind, Site, site_of};
use docket_core::connection::{Caller, Connection, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, SiteId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Field, Fields, Move, Order, State, Task, Transition, Value};
use futures_util::FutureExt;
use http::{HeaderMap, Method, StatusCode};
use locations::field;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const INTENTION: &str = "0fe30323-a86e-4048-a7e7-6d60c3365dcb";
const JOB: &str = "9dee3afd-3079-47e0-91f1-ab6e1d58f11a";
const ACCOUNT: AccountId = AccountId(1);

struct Hub {
    ledger: MemoryLedger,
    memory: HubMemory,
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn connection(id: i64, name: &str, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(id),
        account: ACCOUNT,
        name: name.to_owned(),
        dialect: "planviewer".to_owned(),
        role: Default::default(),
        scope: Scope::Own,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: moment("2026-01-01T00:00:00Z"),
    }
}

fn product(slug: &str, name: &str, ordering: i64) -> Service {
    let at = moment("2026-01-01T00:00:00Z");
    Service {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes()),
        slug: slug.to_owned(),
        name: name.to_owned(),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering,
        data: None,
        created_at: at,
        updated_at: at,
    }
}

fn site(address1: &str, postal_code: &str, city: &str) -> Site {
    let fields = Fields {
        address1: Some(address1.to_owned()),
        postal_code: Some(postal_code.to_owned()),
        city: Some(city.to_owned()),
        ..Fields::default()
    };
    site_of(ACCOUNT, &fields).expect("a site")
}

fn arnhem() -> Site {
    site("Utrechtsestraat 61", "6811 LW", "Arnhem")
}

fn arnhem_id() -> SiteId {
    arnhem().id.expect("an id")
}

impl Hub {
    fn with(settings: &[(&str, &str)]) -> Hub {
        let ledger = MemoryLedger::new(moment("2026-01-15T10:00:00Z"));
        ledger.connect(connection(1, "demo", settings), &[("key", "demo"), ("secret", "s3cret:with colon")]);
        ledger.connect(connection(2, "other", &[]), &[("key", "other"), ("secret", "x")]);
        let mut all = connection(3, "all", &[]);
        all.scope = Scope::Account;
        ledger.connect(all, &[("key", "all"), ("secret", "y")]);
        ledger.add_service(product("percelenrapport", "Percelenrapport", 1));
        ledger.add_service(product("test-example-product", "Test example product", 2));
        ledger.add_service(Service { active: false, ..product("gone", "Gone", 0) });
        ledger.add_service(Service { kind: ServiceKind::Work, ..product("mow", "Mow", 0) });
        for site in [
            arnhem(),
            site("Voorbeeldstraat 2", "3511 AB", "Utrecht"),
            site("Voorbeeldstraat 52", "3511AB", "Utrecht"),
            site("111 East Main", "78664", "Round Rock"),
        ] {
            ledger.add_site(site);
        }
        Hub { ledger, memory: HubMemory::default() }
    }

    fn new() -> Hub {
        Hub::with(&[])
    }

    fn send(&self, request: WireRequest) -> WireResponse {
        let cx = ServeContext {
            ledger: &self.ledger,
            now: self.ledger.now(),
            exchange: ExchangeId(Uuid::nil()),
            memory: &self.memory,
            planner: &crate::planner::OnTheSpot,
            random: &|| 4,
        };
        DIALECT.serve.serve(cx, request).now_or_never().expect("an answer at once")
    }

    fn as_key(&self, key: &str, secret: &str, method: Method, path: &str, body: &[u8]) -> WireResponse {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
        self.send(request(method, path, Some(&format!("Basic {basic}")), body))
    }

    fn get(&self, path: &str) -> WireResponse {
        self.as_key("demo", "s3cret:with colon", Method::GET, path, b"")
    }

    fn post(&self, path: &str, body: &Json) -> WireResponse {
        self.as_key("demo", "s3cret:with colon", Method::POST, path, body.to_string().as_bytes())
    }

    /// The page's intention, for good.
    fn keep_intention(&self, properties: &str) {
        let subject = (arnhem_id(), "test-example-product");
        let uuid = Uuid::try_parse(INTENTION).expect("a uuid");
        let record = intention::record(ConnectionId(1), uuid, subject, properties, self.ledger.now(), true);
        self.submit(Submission { records: vec![record.expect("a record")], ..Submission::default() });
    }

    fn submit(&self, submission: Submission) -> Vec<Outcome> {
        let hub = Caller::hub(ACCOUNT);
        self.ledger.submit(&hub, submission).now_or_never().expect("at once").expect("no fault")
    }

    fn command(&self, id: OrderId, command: Command) -> Arc<Order> {
        let request = Request::change(Target::Id(id), move |_| Ok(command.clone()));
        match self.submit(Submission::one(request)).remove(0) {
            Outcome::Done(done) => done.order,
            other => panic!("{other:?}"),
        }
    }

    /// Orders the kept intention and gives the job's id.
    fn order(&self) -> OrderId {
        self.keep_intention("{}");
        let answer = self.post("jobs/order", &json!({ "uuids": [INTENTION] }));
        assert_eq!(answer.status, StatusCode::OK);
        let uuid = body(&answer)[0]["job"]["uuid"].as_str().map(str::to_owned).expect("a job");
        OrderId(Uuid::try_parse(&uuid).expect("a uuid"))
    }

    fn finish(&self, id: OrderId) {
        let command = Command::default()
            .with(Field::ResultBlob, "abc")
            .with(Field::ResultType, "application/pdf")
            .with(Field::ProgressCurrent, 6)
            .moving(Transition::Complete);
        self.command(id, command);
        self.ledger.add_blob("abc", b"%PDF-1.7 bytes".to_vec());
    }

    fn jobs(&self) -> usize {
        self.ledger.all_orders().len()
    }
}

fn request(method: Method, path: &str, authorization: Option<&str>, body: &[u8]) -> WireRequest {
    let mut headers = HeaderMap::new();
    if let Some(text) = authorization {
        headers.insert("authorization", text.parse().expect("a header"));
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    WireRequest {
        method,
        path: format!("/product_api/v1/{path}"),
        query: query.to_owned(),
        headers,
        body: Bytes::copy_from_slice(body),
        origin: "http://127.0.0.1:8700".to_owned(),
        peer: None,
    }
}

fn body(response: &WireResponse) -> Json {
    serde_json::from_slice(&response.body).expect("JSON")
}

fn message(response: &WireResponse) -> String {
    body(response)["error"]["message"].as_str().unwrap_or_default().to_owned()
}

fn header<'a>(response: &'a WireResponse, name: &str) -> &'a str {
    response.headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

#[test]
fn every_state_has_its_row_and_every_word_reads_back() {
    assert_eq!(DIALECT.statuses.len(), State::ALL.len());
    for (row, &state) in DIALECT.statuses.iter().zip(State::ALL) {
        assert_eq!(row.state, state);
        if state != State::Deleted {
            assert_eq!(row.shown, status_of(state).word());
        }
        for word in row.read {
            assert_eq!(status_of(state).word(), *word);
        }
    }
    let read: Vec<&str> = DIALECT.statuses.iter().flat_map(|row| row.read.iter().copied()).collect();
    assert_eq!(read, ["initial", "in_progress", "waiting for user", "finished", "error"]);
}

#[test]
fn the_fields_table_names_canonical_fields() {
    for row in DIALECT.fields {
        let is_item = docket_core::order::ItemKind::from_plural(row.field).is_some();
        assert!(row.field == "id" || is_item || Field::from_name(row.field).is_some(), "{}", row.field);
    }
}

#[test]
fn only_the_right_key_and_secret_pass() {
    let hub = Hub::new();
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let right = encode("demo:s3cret:with colon");
    for authorization in [
        None,
        Some(String::new()),
        Some("Basic".to_owned()),
        Some("Basic !!!".to_owned()),
        Some(format!("Bearer {right}")),
        Some(format!("Basic {}", encode("demo"))),
        Some(format!("Basic {}", encode("demo:"))),
        Some(format!("Basic {}", encode("demo:x"))),
        Some(format!("Basic {}", encode("nobody:s3cret:with colon"))),
        Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(b"\xff\xfe:\xff"))),
    ] {
        for path in ["products/list", "jobs/status?uuids=x", "nowhere"] {
            let answer = hub.send(request(Method::GET, path, authorization.as_deref(), b""));
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
            assert_eq!(body(&answer), json!({ "error": { "code": 401, "message": "Unauthorized" } }));
            assert_eq!(header(&answer, "www-authenticate"), "Basic realm=\"Planviewer\"");
        }
    }
    for scheme in ["Basic", "basic", "BASIC"] {
        let text = format!("{scheme} {}", right.trim_end_matches('='));
        let answer = hub.send(request(Method::GET, "products/list", Some(&text), b""));
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!((answer.operation, answer.connection), ("products/list", Some(ConnectionId(1))));
    }
}

#[test]
fn paths_and_methods_are_checked() {
    let hub = Hub::new();
    assert_eq!(hub.get("nowhere").status, StatusCode::NOT_FOUND);
    assert_eq!(hub.get("jobs/retrieve").status, StatusCode::NOT_FOUND);
    assert_eq!(hub.get("products/list/").status, StatusCode::OK);
    let answer = hub.post("jobs/status", &json!({ "uuids": [JOB] }));
    assert_eq!((answer.status, header(&answer, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET"));
    let answer = hub.get("jobs/order");
    assert_eq!((answer.status, header(&answer, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let answer = hub.as_key("demo", "s3cret:with colon", Method::HEAD, &format!("jobs/retrieve/{JOB}"), b"");
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(hub.post("documents/order", &json!({})).status, StatusCode::BAD_REQUEST);
}

#[test]
fn names_are_plain() {
    assert_eq!(file_part("Café 't Hoekje – 1ᵉ, Straße №5"), "cafe_t_hoekje_1_strasse_5");
    assert_eq!(file_part("--"), "");
    assert_eq!(header_name("C:\\x\\rapport 1.pdf"), "rapport 1.pdf");
    let mut order = (*Hub::new().submitted_order()).clone();
    order.fields.city = Some("x".repeat(500));
    assert!(result_name(&order, "slug", "pdf").len() < 200);
}

impl Hub {
    fn submitted_order(&self) -> Arc<Order> {
        self.order();
        self.ledger.all_orders().remove(0)
    }
}

#[test]
fn the_face_is_the_status_entry() {
    let hub = Hub::new();
    let order = hub.submitted_order();
    let cx = ServeContext {
        ledger: &hub.ledger,
        now: hub.ledger.now(),
        exchange: ExchangeId(Uuid::nil()),
        memory: &hub.memory,
        planner: &crate::planner::OnTheSpot,
        random: &|| 4,
    };
    let caller = Caller::hub(ACCOUNT);
    let face: Json =
        serde_json::from_str(&DIALECT.serve.face(cx, &caller, &order).now_or_never().expect("at once")).expect("JSON");
    assert_eq!(face, body(&hub.get(&format!("jobs/status?uuids={}", order.id)))[0]);
}

fn any_path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "products/list",
        "search/structured",
        "intentions/list",
        "jobs/order",
        "jobs/status",
        "jobs/retrieve/",
        "kik/waiting/",
        "kik/select/",
        "documents/list/",
        "documents/order",
        "",
    ]);
    (known, ".{0,40}").prop_map(|(path, tail)| format!("{path}{tail}"))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        path in any_path(),
        post in any::<bool>(),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let hub = Hub::new();
        let method = if post { Method::POST } else { Method::GET };
        let answer = hub.as_key("demo", "s3cret:with colon", method, &path, &body);
        prop_assert!(!answer.status.is_server_error());
        prop_assert_eq!(hub.jobs(), 0);
    }

    #[test]
    fn no_query_text_makes_search_panic(text in ".{0,60}", name in "[a-z]{1,10}") {
        let hub = Hub::new();
        for fields in [vec!["postcode", "huisnummer"], vec![name.as_str()]] {
            let query = json!({ "entity": "adres", "query": field(&fields, &text) });
            prop_assert!(!hub.post("search/structured", &query).status.is_server_error());
        }
    }

    #[test]
    fn no_address_makes_splitting_panic(line in ".{0,60}") {
        let _ = address::split(&line);
        prop_assert!(file_part(&line).is_ascii());
    }
}
