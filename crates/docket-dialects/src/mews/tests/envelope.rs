//! Paths, envelope, tokens, limits of the whole request, and that no bytes do harm.

use super::*;
use proptest::prelude::*;

const PATH: &str = "/api/connector/v1/productServiceOrders/getAll";

fn raw(hub: &Hub, body: &[u8]) -> Answer {
    hub.send(Method::POST, PATH, &[], Bytes::copy_from_slice(body))
}

#[test]
fn paths_are_exact() {
    let hub = Hub::new();
    let body = || {
        let all = json!({"ClientToken": CLIENT, "AccessToken": ACCESS, "Client": "c", "ServiceIds": [SPA],
            "Limitation": {"Count": 1}});
        Bytes::from(all.to_string())
    };
    assert_eq!(hub.send(Method::POST, PATH, &[], body()).status, 200);
    for wrong in [
        "/api/connector/v1/productserviceorders/getAll",
        "/api/connector/v1/productServiceOrders/getall",
        "/api/connector/v1/productServiceOrders/getAll/",
        "/api/connector/v1//productServiceOrders/getAll",
        "/api/connector/v1/productServiceOrders/getAll/2023-06-06",
        "/api/connector/v1/productServiceOrders",
        "/api/connector/v1/",
        "/api/connector/v2/productServiceOrders/getAll",
        "/API/connector/v1/productServiceOrders/getAll",
        "/api/connector/v1/websocket",
        "",
        "/",
        "/äpi",
    ] {
        hub.send(Method::POST, wrong, &[], body()).fails(404, "There is no such operation");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        hub.send(method, PATH, &[], body()).fails(404, "There is no such operation");
    }
}

#[test]
fn paths_in_any_case_when_set() {
    let hub = Hub::with(&[("case_insensitive_paths", "true")]);
    for path in ["productserviceorders/getall", "PRODUCTSERVICEORDERS/GETALL"] {
        let answer = hub.post(path, json!({"ServiceIds": [SPA], "Limitation": {"Count": 1}}));
        answer.ok();
        assert_eq!(answer.operation, "productServiceOrders/getAll");
    }
    hub.post("productserviceorders/getall/", json!({})).fails(404, "There is no such operation");
    hub.post("productserviceorders/getall", json!({"AccessToken": "x"})).fails(404, "There is no such operation");
}

#[test]
fn what_is_not_served_says_so() {
    let hub = Hub::new();
    let answer = hub.post("accountingItems/getAll", json!({}));
    answer.fails(404, "accountingItems/getAll is not served here");
    assert_eq!(answer.operation, "accountingItems/getAll");
    hub.post("reservations/getAll", json!({})).fails(404, "reservations/getAll is not served here");
}

#[test]
fn json_is_strict() {
    let hub = Hub::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{{\"Limitation\":{}1{}}}", "{\"a\":".repeat(500), "}".repeat(500));
    for wrong in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\"x\"",
        b"{\"Client\":\"x\",}",
        b"{'Client':'x'}",
        b"{\"Client\":\"\xff\xfe\"}",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
        nested.as_bytes(),
    ] {
        raw(&hub, wrong).fails(400, "Invalid JSON");
    }
    let large = vec![b' '; (4 << 20) + 1];
    raw(&hub, &large).fails(413, "The request body is too large");
    hub.is_untouched();
}

#[test]
fn the_envelope_is_required() {
    let hub = Hub::new();
    for member in ["ClientToken", "AccessToken", "Client"] {
        for wrong in [json!(null), json!(""), json!(7), json!([CLIENT])] {
            hub.list(json!({member: wrong})).fails(400, &format!("Invalid {member}"));
        }
    }
    raw(&hub, b"{}").fails(400, "Invalid ClientToken");
    hub.list(json!({"AccessToken": "F00D"})).fails(401, "Invalid AccessToken");
    hub.list(json!({"ClientToken": "F00D"})).fails(401, "Invalid ClientToken");
    hub.list(json!({"ClientToken": "F00D", "AccessToken": "F00D"})).fails(401, "Invalid AccessToken");
    // Tokens come before the shape of the rest, and unknown members do not matter.
    hub.list(json!({"AccessToken": "F00D", "Limitation": 1})).fails(401, "Invalid AccessToken");
    hub.list(json!({"LanguageCode": "en-US", "CultureCode": "en-GB", "Extent": {"Inactive": true}, "X": 1})).ok();
}

#[test]
fn content_types_do_not_matter() {
    let hub = Hub::new();
    for kind in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"] {
        let body = json!({"ServiceIds": [SPA], "Limitation": {"Count": 1}});
        hub.post_with("productServiceOrders/getAll", &[("content-type", kind)], body).ok();
    }
}

#[test]
fn the_two_hundred_and_first_request_waits() {
    let hub = Hub::new();
    let start = at("2026-01-15T10:00:00.250Z");
    hub.ledger.set_now(start);
    for _ in 0..200 {
        hub.list(json!({})).ok();
    }
    let late = hub.list(json!({}));
    late.fails(429, "Too many requests");
    assert_eq!(late.headers["retry-after"], "30");
    hub.ledger.set_now(at("2026-01-15T10:00:30.200Z"));
    let late = hub.list(json!({"Limitation": null}));
    late.fails(429, "Too many requests");
    assert_eq!(late.headers["retry-after"], "1", "the limit comes before the shape");
    hub.ledger.set_now(at("2026-01-15T10:00:30.250Z"));
    hub.list(json!({})).ok();
    // Rejected requests did not count, and one token's requests are not another's.
    for _ in 0..199 {
        hub.list(json!({})).ok();
    }
    assert_eq!(hub.list(json!({})).status, 429);
    let other = connection(2, ACCOUNT, "mews", &[("rate_limit", "1")]);
    hub.ledger.connect(other, &[("access_token", "A2"), ("client_token", "C2")]);
    let tokens = json!({"AccessToken": "A2", "ClientToken": "C2"});
    hub.list(tokens.clone()).ok();
    assert_eq!(hub.list(tokens).status, 429);
}

#[test]
fn the_window_slides() {
    let hub = Hub::with(&[("rate_limit", "2")]);
    let moment = |second| at("2026-01-15T10:00:00Z") + jiff::SignedDuration::from_secs(second);
    for (second, status) in [(0, 200), (20, 200), (29, 429), (30, 200), (31, 429), (49, 429), (50, 200)] {
        hub.ledger.set_now(moment(second));
        assert_eq!(hub.list(json!({})).status, status, "at {second} s");
    }
}

#[test]
fn no_limit_when_it_is_off() {
    let hub = Hub::with(&[("rate_limit", "0")]);
    for _ in 0..300 {
        hub.list(json!({})).ok();
    }
}

#[test]
fn minimal_answers_when_preferred() {
    let hub = Hub::new();
    let body = || json!({"ServiceIds": [SPA], "Limitation": {"Count": 1}});
    for prefer in ["return=minimal", "respond-async, Return = \"minimal\"", "return=minimal; foo=1"] {
        let answer = hub.post_with("productServiceOrders/getAll", &[("prefer", prefer)], body());
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{prefer}");
        assert!(!answer.headers.contains_key("content-type"));
    }
    for prefer in ["return=representation", "minimal", ""] {
        let answer = hub.post_with("productServiceOrders/getAll", &[("prefer", prefer)], body());
        assert_eq!(answer.ok(), json!({"ProductServiceOrders": [], "Cursor": null}));
    }
    let configured = hub.post_with("configuration/get", &[("prefer", "return=minimal")], json!({}));
    configured.ok();
    hub.post("orders/add", smallest()).ok();
    hub.post_with("productServiceOrders/getAll", &[("prefer", "return=minimal")], body()).ok();
}

#[test]
fn what_the_hub_cuts_short_is_in_the_same_form() {
    for status in [413, 429, 500, 503] {
        let response = DIALECT.serve.refuse(http::StatusCode::from_u16(status).unwrap(), "no");
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body["Message"], "no");
        assert_eq!(body["RequestId"], response.headers["request-id"].to_str().unwrap());
        assert_eq!(response.headers.contains_key("retry-after"), status == 429 || status == 503);
    }
}

/// JSON of any shape, with the members that are read.
fn any_json() -> impl Strategy<Value = Value> {
    let member = prop::sample::select(vec![
        "ServiceIds",
        "Limitation",
        "Count",
        "Cursor",
        "UpdatedUtc",
        "StartUtc",
        "EndUtc",
        "States",
        "AccountIds",
        "ServiceId",
        "AccountId",
        "Items",
        "ProductOrders",
        "Name",
        "UnitCount",
        "UnitAmount",
        "Currency",
        "TaxCodes",
        "GrossValue",
        "ProductId",
        "ConsumptionUtc",
        "EnterpriseIds",
        "EnterpriseId",
        "LinkedReservationId",
        "OrderItemIds",
        "ServiceOrderIds",
        "CreatedUtc",
        "Types",
        "ServiceOrderNotes",
        "ServiceOrderId",
        "Text",
        "ServiceOrderNoteUpdates",
        "ServiceOrderNoteId",
        "ServiceOrderNoteIds",
        "ReservationId",
        "ReservationIds",
        "Extent",
        "LastName",
        "OverwriteExisting",
        "Options",
        "Address",
        "Email",
        "Emails",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            SPA,
            ANN,
            MASSAGE,
            STAY,
            "2023-04-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
            "EUR",
            "Confirmed",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((member.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

fn operations() -> Vec<&'static str> {
    DIALECT.operations.iter().map(|operation| operation.name).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(path in "\\PC{0,40}", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let hub = Hub::new();
        for path in [path.clone(), format!("/api/connector/v1/{path}"), PATH.to_owned()] {
            let answer = hub.send(Method::POST, &path, &[], body.clone().into());
            prop_assert!(answer.status >= 400);
        }
    }

    #[test]
    fn no_json_makes_it_panic(
        operation in prop::sample::select(operations()),
        members in prop::collection::vec(any_json(), 1..4),
    ) {
        let hub = Hub::with(&[("rate_limit", "0")]);
        hub.import("00000000-0000-4000-8000-000000000001", 7, SPA, members[0].clone());
        for body in members.iter().filter(|body| body.is_object()) {
            let answer = hub.post(operation, body.clone());
            prop_assert!(answer.status < 500, "{}", String::from_utf8_lossy(&answer.body));
        }
    }
}
