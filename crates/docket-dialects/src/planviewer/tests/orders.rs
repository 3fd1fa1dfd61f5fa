//! Ordering.

use super::*;

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
    assert_eq!((order.fields.progress_current, order.fields.progress_total), (Some(0), Some(STEPS)));
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
