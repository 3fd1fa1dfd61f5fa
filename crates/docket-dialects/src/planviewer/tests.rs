//! The served half against the reference ledger.

use super::address::{self, Line};
use super::map::{file_part, header_name, status_of};
use super::{DIALECT, intention, result_name};
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
fn products_are_the_active_documents() {
    let expected = json!([
        { "slug": "percelenrapport", "name": "Percelenrapport" },
        { "slug": "test-example-product", "name": "Test example product" },
    ]);
    assert_eq!(body(&Hub::new().get("products/list")), expected);
}

fn field(fields: &[&str], query: &str) -> Json {
    json!({ "field": { "fields": fields, "query": query } })
}

fn titles(hub: &Hub, query: &Json) -> Vec<String> {
    let answer = hub.post("search/structured", &json!({ "entity": "adres", "query": query }));
    assert_eq!(answer.status, StatusCode::OK, "{query}");
    let list = body(&answer);
    list.as_array().expect("a list").iter().map(|hit| hit["title"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn search_finds_by_code_and_number_loosely_best_first() {
    let hub = Hub::new();
    let query = json!({ "entity": "adres", "query": { "bool": { "must": [
        field(&["postcode"], "3511AB"),
        { "field": { "method": "match", "fields": ["huisnummer"], "query": "2" } } ] } } });
    let answer = body(&hub.post("search/structured", &query));
    let hits = answer.as_array().expect("a list");
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[0]["title"], "Voorbeeldstraat 2, 3511AB Utrecht");
    assert_eq!(hits[1]["title"], "Voorbeeldstraat 52, 3511AB Utrecht");
    assert!(hits[0]["score"].as_f64() > hits[1]["score"].as_f64());
    let expected = json!({ "type": "adres", "postcode": "3511AB", "huisnummer": "2", "huisnummertoevoeging": null,
        "huisletter": null, "openbareruimtenaam": "Voorbeeldstraat", "woonplaatsnaam": "Utrecht" });
    assert_eq!(hits[0]["properties"], expected);
    let id = site("Voorbeeldstraat 2", "3511 AB", "Utrecht").id.expect("an id");
    assert_eq!(hits[0]["uuid"], id.to_string());
}

#[test]
fn search_forms() {
    let hub = Hub::new();
    let arnhem = ["Utrechtsestraat 61, 6811LW Arnhem"];
    assert_eq!(titles(&hub, &field(&["postcode"], "6811 lw")), arnhem);
    assert_eq!(titles(&hub, &field(&["openbareruimtenaam", "huisnummer"], "utrechtsestraat 61")), arnhem);
    assert_eq!(titles(&hub, &field(&["openbareruimtenaam"], "East Main")), ["111 East Main, 78664 Round Rock"]);
    assert_eq!(titles(&hub, &field(&["huisnummer"], "111")), ["111 East Main, 78664 Round Rock"]);
    assert!(titles(&hub, &field(&["postcode"], "9999ZZ")).is_empty());
    assert!(titles(&hub, &field(&["huisletter"], "a")).is_empty());
    let best =
        json!({ "dis-max": { "queries": [field(&["woonplaatsnaam"], "arnhem"), field(&["postcode"], "78664")] } });
    assert_eq!(titles(&hub, &best).len(), 2);
    let not =
        json!({ "bool": { "must": [field(&["type"], "adres")], "must_not": [field(&["woonplaatsnaam"], "utrecht")] } });
    assert_eq!(titles(&hub, &not).len(), 2);
    let should =
        json!({ "bool": { "should": [field(&["woonplaatsnaam"], "Arnhem"), field(&["woonplaatsnaam"], "x")] } });
    assert_eq!(titles(&hub, &should), arnhem);
    let lots = hub.post("search/structured", &json!({ "entity": "perceel", "query": field(&["sectie"], "B") }));
    assert_eq!((lots.status, body(&lots)), (StatusCode::OK, json!([])));
}

#[test]
fn bad_searches_answer_400() {
    let hub = Hub::new();
    let mut deep = field(&["postcode"], "1");
    for _ in 0..30 {
        deep = json!({ "bool": { "must": [deep] } });
    }
    let good = field(&["postcode"], "1");
    for bad in [
        json!({}),
        json!({ "entity": "adres" }),
        json!({ "entity": "straat", "query": good }),
        json!({ "entity": 1, "query": good }),
        json!({ "entity": "adres", "query": {} }),
        json!({ "entity": "adres", "query": { "term": {} } }),
        json!({ "entity": "adres", "query": { "bool": {} } }),
        json!({ "entity": "adres", "query": { "bool": { "must": [] } } }),
        json!({ "entity": "adres", "query": { "dis-max": { "queries": [] } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["sectie"], "query": "1" } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": [], "query": "1" } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": " " } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": 6811 } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": "1", "method": "fuzzy" } } }),
        json!({ "entity": "adres", "query": deep }),
        json!([]),
    ] {
        let answer = hub.post("search/structured", &bad);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(!message(&answer).is_empty());
    }
}

#[test]
fn addresses_come_apart() {
    let line = |street: &str, number: &str, letter: &str, addition: &str| Line {
        street: street.to_owned(),
        number: number.to_owned(),
        letter: Some(letter.to_owned()).filter(|text| !text.is_empty()),
        addition: Some(addition.to_owned()).filter(|text| !text.is_empty()),
    };
    for (text, expected) in [
        ("Utrechtsestraat 61", line("Utrechtsestraat", "61", "", "")),
        ("111 East Main", line("East Main", "111", "", "")),
        ("12B Main St", line("Main St", "12", "B", "")),
        ("123 1/2 Oak", line("Oak", "123", "", "1/2")),
        ("5th Avenue 10", line("5th Avenue", "10", "", "")),
        ("1e Jan Steenstraat 5", line("1e Jan Steenstraat", "5", "", "")),
        ("Plein 1944 12", line("Plein 1944", "12", "", "")),
        ("Voorbeeldstraat 7a", line("Voorbeeldstraat", "7", "a", "")),
        ("Voorbeeldstraat 7 a", line("Voorbeeldstraat", "7", "a", "")),
        ("Voorbeeldstraat 7-2", line("Voorbeeldstraat", "7", "", "2")),
        ("Voorbeeldstraat 7a-2", line("Voorbeeldstraat", "7", "a", "2")),
        ("Voorbeeldstraat 7 bis", line("Voorbeeldstraat", "7", "", "bis")),
        ("Voorbeeldstraat 7 a 2", line("Voorbeeldstraat", "7", "a", "2")),
        ("Voorbeeldstraat 7-hs", line("Voorbeeldstraat", "7", "", "hs")),
        ("  Dam   1 ", line("Dam", "1", "", "")),
        ("Landgoed Zypendaal", line("Landgoed Zypendaal", "", "", "")),
        ("61", line("61", "", "", "")),
        ("", line("", "", "", "")),
    ] {
        assert_eq!(address::split(text), expected, "{text}");
    }
}

#[test]
fn intentions_are_listed_stay_the_same_and_expire() {
    let hub = Hub::new();
    let wanted = json!({ "uuids": [arnhem_id().to_string()], "products": ["test-example-product", "percelenrapport"] });
    let first = body(&hub.post("intentions/list", &wanted));
    assert_eq!(first[0]["uuid"], arnhem_id().to_string());
    let intentions = first[0]["intentions"].as_array().expect("a list");
    assert_eq!(intentions.len(), 2);
    assert_eq!(intentions[0]["product"], "test-example-product");
    assert_eq!(intentions[0]["properties"]["title"], "Test example product, Utrechtsestraat 61, 6811LW Arnhem");
    assert_eq!(first, body(&hub.post("intentions/list", &wanted)));
    let uuid = intentions[0]["uuid"].as_str().expect("a uuid");
    hub.ledger.set_now(moment("2026-01-16T09:59:59Z"));
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
    hub.ledger.set_now(moment("2026-01-16T10:00:00Z"));
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::BAD_REQUEST);
    hub.post("intentions/list", &wanted);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
}

#[test]
fn bad_intention_requests_answer_400() {
    let hub = Hub::new();
    let id = arnhem_id().to_string();
    for bad in [
        json!({}),
        json!({ "uuids": [id] }),
        json!({ "products": ["percelenrapport"] }),
        json!({ "uuids": [], "products": ["percelenrapport"] }),
        json!({ "uuids": [id], "products": [] }),
        json!({ "uuids": [id], "products": ["gone"] }),
        json!({ "uuids": [id], "products": ["mow"] }),
        json!({ "uuids": [JOB], "products": ["percelenrapport"] }),
        json!({ "uuids": ["x"], "products": ["percelenrapport"] }),
        json!({ "uuids": [1], "products": ["percelenrapport"] }),
        json!({ "uuids": id, "products": "percelenrapport" }),
    ] {
        assert_eq!(hub.post("intentions/list", &bad).status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[test]
fn the_sample_order_makes_a_job() {
    let hub = Hub::new();
    hub.keep_intention(r#"{"plan_id":"NL.IMRO.0268.FBPparkeren-VG01"}"#);
    hub.ledger.set_now(moment("2031-01-01T00:00:00Z"));
    let answer = hub.post("jobs/order", &json!({ "uuids": [INTENTION] }));
    assert_eq!(answer.status, StatusCode::OK);
    let list = body(&answer);
    assert_eq!(list[0]["uuid"], INTENTION);
    let orders = hub.ledger.all_orders();
    assert_eq!(list, json!([{ "uuid": INTENTION, "job": { "uuid": orders[0].id.to_string() } }]));
    let order = &orders[0];
    assert_eq!(order.state, State::Received);
    assert_eq!(order.fields.service, Some(product("test-example-product", "", 0).id.to_string()));
    assert_eq!(docket_core::catalogue::site_id(ACCOUNT, &order.fields), Some(arnhem_id()));
    assert_eq!((order.fields.progress_current, order.fields.progress_total), (Some(0), Some(super::STEPS)));
    let bag: Json = serde_json::from_str(order.wire("planviewer").expect("a bag")).expect("JSON");
    assert_eq!(bag["intention"], INTENTION);
    assert_eq!(
        result_name(order, "test-example-product", "pdf"),
        "20310101_test_example_product_utrechtsestraat_61_6811lw_arnhem_nl_imro_0268_fbpparkeren_vg01.pdf"
    );
}

#[test]
fn an_order_is_whole_or_not_at_all() {
    let hub = Hub::new();
    hub.keep_intention("{}");
    let list = json!({ "uuids": [arnhem_id().to_string()], "products": ["percelenrapport"] });
    let second = body(&hub.post("intentions/list", &list))[0]["intentions"][0]["uuid"].clone();
    let too_many: Vec<String> = (0..101).map(|n| Uuid::from_u128(n).to_string()).collect();
    for bad in [
        json!({}),
        json!([{ "uuid": INTENTION }]),
        json!({ "uuids": [] }),
        json!({ "uuids": INTENTION }),
        json!({ "uuids": [1] }),
        json!({ "uuids": [INTENTION, JOB] }),
        json!({ "uuids": [INTENTION, "x"] }),
        json!({ "uuids": [INTENTION, INTENTION] }),
        json!({ "uuids": [INTENTION, INTENTION.to_uppercase()] }),
        json!({ "uuids": [INTENTION.replace('-', "")] }),
        json!({ "uuids": too_many }),
    ] {
        let answer = hub.post("jobs/order", &bad);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(body(&answer)["error"]["code"], 400);
    }
    for raw in [&b""[..], b"{", b"\xff\xfe", b"null", b"{\"uuids\":[\"\\ud800\"]}", "[".repeat(5000).as_bytes()] {
        let answer = hub.as_key("demo", "s3cret:with colon", Method::POST, "jobs/order", raw);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let foreign =
        hub.as_key("other", "x", Method::POST, "jobs/order", json!({ "uuids": [INTENTION] }).to_string().as_bytes());
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.jobs(), 0);
    let answer = body(&hub.post("jobs/order", &json!({ "uuids": [second, INTENTION] })));
    assert_eq!(answer.as_array().map(Vec::len), Some(2));
    assert_eq!((&answer[0]["uuid"], &answer[1]["uuid"]), (&second, &json!(INTENTION)));
    assert_eq!(hub.jobs(), 2);
}

#[test]
fn without_payment_on_account_nothing_is_ordered() {
    let hub = Hub::with(&[("payment_on_account", "false")]);
    hub.keep_intention("{}");
    for uuids in [json!([INTENTION]), json!([JOB]), json!(["x"])] {
        let answer = hub.post("jobs/order", &json!({ "uuids": uuids }));
        assert_eq!(answer.status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(body(&answer)["error"]["code"], 402);
    }
    assert_eq!(hub.post("jobs/order", &json!({})).status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.get("products/list").status, StatusCode::OK);
    assert_eq!(hub.jobs(), 0);
}

#[test]
fn the_cap_warns_once_a_day_and_stops_behind_its_grace() {
    let hub = Hub::with(&[("soft_cap", "3"), ("grace", "2"), ("email", "ops@example.com")]);
    hub.keep_intention("{}");
    let order = || hub.post("jobs/order", &json!({ "uuids": [INTENTION] }));
    for placed in 1..=5 {
        assert_eq!(order().status, StatusCode::OK, "{placed}");
        assert_eq!(hub.ledger.mails().len(), usize::from(placed >= 3), "{placed}");
    }
    let refused = order();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        refused.body,
        r#"[{"error":"true","message":"You are trying to order more products than your daily limit allows"}]"#
    );
    assert!(refused.headers.get("retry-after").is_none());
    assert_eq!((hub.jobs(), hub.ledger.mails().len()), (5, 1));
    let mail = hub.ledger.mails().remove(0);
    assert_eq!((mail.connection, mail.to.as_str()), (Some(ConnectionId(1)), "ops@example.com"));
    assert!(mail.subject.contains("demo") && mail.text.contains("3 products") && mail.text.contains("up to 5 today"));
    // 23:00 UTC is the next day in Amsterdam.
    hub.ledger.set_now(moment("2026-01-15T22:59:59Z"));
    assert_eq!(order().status, StatusCode::TOO_MANY_REQUESTS);
    hub.ledger.set_now(moment("2026-01-15T23:00:00Z"));
    assert_eq!(order().status, StatusCode::OK);
}

#[test]
fn an_order_of_several_counts_each_and_is_refused_whole() {
    let hub = Hub::with(&[("soft_cap", "2"), ("grace", "0")]);
    let list = json!({ "uuids": [arnhem_id().to_string()], "products": ["percelenrapport", "test-example-product"] });
    let listed = body(&hub.post("intentions/list", &list));
    let pair = json!({ "uuids": [listed[0]["intentions"][0]["uuid"], listed[0]["intentions"][1]["uuid"]] });
    hub.keep_intention("{}");
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [INTENTION] })).status, StatusCode::OK);
    assert_eq!(hub.post("jobs/order", &pair).status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(hub.jobs(), 1);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [INTENTION] })).status, StatusCode::OK);
    assert_eq!(hub.ledger.mails().remove(0).to, "");
}

#[test]
fn raising_the_cap_is_in_force_at_once() {
    let hub = Hub::with(&[("soft_cap", "1"), ("grace", "0")]);
    hub.order();
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [INTENTION] })).status, StatusCode::TOO_MANY_REQUESTS);
    hub.ledger.connect(connection(1, "demo", &[("soft_cap", "10"), ("grace", "0")]), &[]);
    for _ in 0..8 {
        assert_eq!(hub.post("jobs/order", &json!({ "uuids": [INTENTION] })).status, StatusCode::OK);
    }
    assert_eq!(hub.ledger.mails().len(), 1);
    hub.ledger.connect(connection(1, "demo", &[("soft_cap", "0"), ("grace", "0")]), &[]);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [INTENTION] })).status, StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn status_takes_every_form_of_the_parameter() {
    let hub = Hub::new();
    let (first, second) = (hub.order(), hub.order());
    let one = json!([{ "uuid": first.to_string(), "status": "initial", "progress": { "current": 0, "total": 6 } }]);
    for name in ["uuids%5B%5D", "uuids[]", "uuids%5b0%5d", "uuids[7]", "uuids"] {
        let answer = hub.get(&format!("jobs/status?{name}={first}"));
        assert_eq!((answer.status, body(&answer)), (StatusCode::OK, one.clone()), "{name}");
    }
    let upper = first.to_string().to_uppercase();
    assert_eq!(body(&hub.get(&format!("jobs/status?uuids[]={upper}"))), one);
    let answer = body(&hub.get(&format!("jobs/status?uuids[1]={second}&uuids[0]={first}&other=1&uuids[]={second}")));
    let order: Vec<_> = answer.as_array().expect("a list").iter().map(|entry| entry["uuid"].clone()).collect();
    assert_eq!(order, [json!(second.to_string()), json!(first.to_string()), json!(second.to_string())]);
}

#[test]
fn status_of_anything_unknown_answers_400() {
    let hub = Hub::new();
    let job = hub.order();
    for query in ["", "?", "?uuids[]", "?uuids[]=", "?uuids[]=x", "?uuids[x]=1", "?uuid=1", "?uuids[]=%ff%fe"] {
        assert_eq!(hub.get(&format!("jobs/status{query}")).status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={JOB}")).status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={job}&uuids[]={JOB}")).status, StatusCode::BAD_REQUEST);
    let foreign = hub.as_key("other", "x", Method::GET, &format!("jobs/status?uuids[]={job}"), b"");
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    hub.command(job, Command::default().moving(Transition::Delete));
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={job}")).status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.get(&format!("jobs/retrieve/{job}")).status, StatusCode::NOT_FOUND);
}

#[test]
fn progress_follows_the_state() {
    let hub = Hub::new();
    for &state in State::ALL.iter().filter(|&&state| state != State::Deleted) {
        let job = hub.order();
        let step = Command { to: Some(Move::Become(state)), ..Command::default() };
        hub.command(job, step.with(Field::ProgressCurrent, 2).with(Field::ProgressTotal, 5));
        let entry = &body(&hub.get(&format!("jobs/status?uuids[]={job}")))[0];
        let current = match status_of(state).word() {
            "initial" => 0,
            "finished" => 5,
            _ => 2,
        };
        assert_eq!(entry["status"], status_of(state).word());
        assert_eq!(entry["progress"], json!({ "current": current, "total": 5 }), "{state}");
        hub.ledger.set_now(hub.ledger.now() + jiff::SignedDuration::from_hours(48));
    }
}

#[test]
fn orders_of_other_origins_are_jobs_for_who_sees_the_account() {
    let hub = Hub::new();
    let task = |done| Task { name: "Mow".to_owned(), done, ..Task::default() };
    let command = Command::default()
        .with(Field::Tasks, Value::Tasks(vec![task(true), task(false), task(false)]))
        .moving(Transition::Start);
    let Outcome::Done(done) = hub.submit(Submission::one(Request::create(command))).remove(0) else { panic!() };
    let id = done.order.id;
    let path = format!("jobs/status?uuids[]={id}");
    assert_eq!(hub.get(&path).status, StatusCode::BAD_REQUEST);
    let all = || body(&hub.as_key("all", "y", Method::GET, &path, b""))[0].clone();
    assert_eq!(all()["progress"], json!({ "current": 1, "total": 3 }));
    hub.command(id, Command::default().moving(Transition::Complete));
    assert_eq!(
        all(),
        json!({ "uuid": id.to_string(), "status": "finished", "progress": { "current": 3, "total": 3 } })
    );
    let retrieve = hub.as_key("all", "y", Method::GET, &format!("jobs/retrieve/{id}"), b"");
    assert_eq!(retrieve.status, StatusCode::NOT_FOUND);
    assert_eq!(hub.get(&format!("jobs/retrieve/{id}")).status, StatusCode::FORBIDDEN);
}

#[test]
fn a_finished_job_downloads_with_the_documented_headers() {
    let hub = Hub::new();
    let job = hub.order();
    let path = format!("jobs/retrieve/{job}");
    for state in [State::Received, State::Started, State::Waiting, State::Failed, State::Canceled] {
        hub.command(job, Command { to: Some(Move::Become(state)), ..Command::default() });
        assert_eq!(hub.get(&path).status, StatusCode::NOT_FOUND, "{state}");
    }
    hub.command(job, Command { to: Some(Move::Become(State::Started)), ..Command::default() });
    hub.finish(job);
    let answer = hub.get(&path);
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, &b"%PDF-1.7 bytes"[..]);
    assert_eq!(header(&answer, "content-type"), "application/pdf");
    assert_eq!(header(&answer, "content-length"), "14");
    assert_eq!(header(&answer, "content-transfer-encoding"), "binary");
    assert_eq!(
        header(&answer, "content-disposition"),
        "attachment; filename=\"20260115_test_example_product_utrechtsestraat_61_6811lw_arnhem.pdf\""
    );
    let named = Command::default().with(Field::ResultName, "../a/bé\"c\r\n.pdf");
    hub.command(job, named);
    assert_eq!(header(&hub.get(&path), "content-disposition"), "attachment; filename=\"b__c__.pdf\"");
    assert_eq!(hub.as_key("other", "x", Method::GET, &path, b"").status, StatusCode::FORBIDDEN);
    assert_eq!(body(&hub.get(&format!("documents/list/{job}"))), json!([]));
    for unknown in [JOB, "x", "%00", "a/b"] {
        assert_eq!(hub.get(&format!("jobs/retrieve/{unknown}")).status, StatusCode::NOT_FOUND, "{unknown}");
        assert_eq!(hub.get(&format!("documents/list/{unknown}")).status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[test]
fn a_question_is_shown_answered_once_and_kept() {
    let hub = Hub::new();
    let job = hub.order();
    let (waiting, select) = (format!("kik/waiting/{job}"), format!("kik/select/{job}"));
    assert_eq!(hub.get(&waiting).status, StatusCode::NOT_FOUND);
    assert_eq!(hub.post(&select, &json!({ "select": [1] })).status, StatusCode::NOT_FOUND);
    let choices = json!({ "1": "Utrecht B 210", "2": "Utrecht B 211" });
    for answer in [json!({ "select": [2] }), json!({ "select": 2 }), json!({ "select": "2" })] {
        let question = json!({ "message": "Which location is meant?", "choices": choices }).to_string();
        hub.command(job, Command::default().with(Field::Question, question).moving(Transition::Ask));
        let expected = json!({ "locaties": choices, "message": "Which location is meant?" });
        assert_eq!(body(&hub.get(&waiting)), expected);
        assert_eq!(hub.as_key("other", "x", Method::GET, &waiting, b"").status, StatusCode::FORBIDDEN);
        for bad in [json!({}), json!({ "select": [] }), json!({ "select": [1, 2] }), json!({ "select": 3 }), json!(2)] {
            assert_eq!(hub.post(&select, &bad).status, StatusCode::BAD_REQUEST, "{bad}");
        }
        let done = hub.post(&select, &answer);
        assert_eq!((done.status, &body(&done)[0]["status"]), (StatusCode::OK, &json!("in_progress")));
        assert_eq!(hub.post(&select, &answer).status, StatusCode::NOT_FOUND);
    }
    let order = hub.ledger.all_orders().remove(0);
    let kept: Json = serde_json::from_str(order.fields.question.as_deref().expect("a question")).expect("JSON");
    assert_eq!(kept["answer"], "2");
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
