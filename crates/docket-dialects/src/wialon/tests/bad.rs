//! Bad input: answered in the dialect's words, nothing stored, no panic from any bytes.

use super::*;
use docket_core::ledger::Fault;
use http::StatusCode;
use proptest::prelude::*;

#[test]
fn bytes_that_are_no_json() {
    let desk = Desk::new();
    let sid = desk.login();
    let head = format!("svc=order/update&sid={sid}&params=");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for params in [
        &b"{"[..],
        b"{\"itemId\":",
        b"%FF%FE",
        b"\xff\xfe",
        b"{\"itemId\":2101,\"callMode\":\"create\",\"n\":\"\xff\"}",
        b"null",
        b"\"text\"",
        b"5",
        b"1e999",
        deep.as_bytes(),
    ] {
        let body = [head.as_bytes(), params].concat();
        assert_eq!(body_of(&desk.send(Method::POST, "/wialon/ajax.html", TYPE, body)), error(4));
    }
    let nested = format!("{{\"itemId\":2101,\"callMode\":\"create\",\"ej\":{deep}}}");
    assert_eq!(desk.call_text(&sid, "order/update", &nested), error(4));
    assert!(desk.ledger.all_orders().is_empty());
}

#[test]
fn broken_requests() {
    let desk = Desk::new();
    for (target, content_type, body) in [
        ("/wialon/ajax.html", "", ""),
        ("/wialon/ajax.html?", TYPE, "&&&==&=&"),
        ("/wialon/ajax.html?svc", TYPE, "%%%"),
        ("/wialon/ajax.html", "multipart/form-data; boundary=X", "--X\r\nbroken"),
        ("/wialon/ajax.html", "multipart/form-data", "no boundary"),
    ] {
        assert_eq!(body_of(&desk.send(Method::POST, target, content_type, body)), error(2), "{target} {body}");
    }
    assert_eq!(body_of(&desk.send(Method::GET, "/avl_evts", "", "")), error(1));
}

#[test]
fn requests_that_are_cut_short_get_our_words() {
    for (status, body) in [
        (StatusCode::PAYLOAD_TOO_LARGE, error(4)),
        (StatusCode::TOO_MANY_REQUESTS, json!({"error": 1003, "reason": "LIMIT api_concurrent"})),
        (StatusCode::INTERNAL_SERVER_ERROR, error(5)),
    ] {
        assert_eq!(body_of(&super::super::serve::Wialon.refuse(status, "why")), body);
    }
}

#[test]
fn faults_have_codes() {
    use super::super::error::Error;
    assert_eq!(Error::from(Fault::Busy).to_json(), json!({"error": 1003, "reason": "LIMIT api_concurrent"}));
    assert_eq!(Error::from(Fault::Store("disk".to_owned())).to_json(), error(5));
}

#[test]
fn a_bag_that_is_damaged_counts_as_none() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"n": "A"}));
    for text in ["", "[]", "{\"sent\":5}", "{\"sent\":{\"f\":[]}}"] {
        let wire = Some(("wialon".to_owned(), Some(text.to_owned())));
        desk.elsewhere(id, Command { wire, ..Command::default() });
        assert_eq!(desk.listed(&sid, id).unwrap()["n"], "A", "{text}");
    }
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (0_i64..5).prop_map(Json::from),
        Just(json!(VAN)),
        "[-0-9x.a-f ]{0,8}".prop_map(Json::from),
        ".{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "n", "p", "rp", "f", "tf", "tt", "trt", "r", "y", "x", "u", "tz", "dp", "ej", "cf", "id", "confirm", "force",
        "cm",
    ];
    prop_oneof![prop::sample::select(NAMES).prop_map(str::to_owned), "[a-z]{1,4}"]
}

fn parameters() -> impl Strategy<Value = Json> {
    const NAMES: &[&str] = &["n", "a", "v", "w", "c", "ut", "d", "pr", "tags", "r", "ntf", "cid", "cm", "q"];
    let members = prop::collection::vec((prop::sample::select(NAMES), values()), 0..5);
    members
        .prop_map(|members| Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(
        path in prop::sample::select(&["/wialon/ajax.html", "/avl_evts", "/wialon/avl_evts", "/other"][..]),
        query in ".{0,60}",
        kind in prop::sample::select(&["", TYPE, "multipart/form-data; boundary=X", "application/json"][..]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let desk = Desk::new();
        body_or_script(&desk.send(Method::POST, &format!("{path}?{query}"), kind, body));
    }

    #[test]
    fn no_members_make_it_panic_and_what_is_taken_is_shown(
        calls in prop::collection::vec(
            (
                prop::sample::select(&["create", "update", "assign", "reassign", "reject", "confirm", "register", "delete"][..]),
                prop::collection::vec((name(), values()), 0..6),
                prop::option::of(parameters()),
                1_i64..4,
            ),
            1..12,
        ),
    ) {
        let desk = Desk::new();
        let sid = desk.login();
        desk.watch(&sid, RESOURCE, 0x80001);
        for (mode, members, parameters, id) in calls {
            let mut sent = Json::Object(members.into_iter().collect());
            if let Some(parameters) = parameters {
                sent["p"] = parameters;
            }
            if mode != "create" {
                sent["id"] = id.into();
            }
            let answer = desk.update(&sid, mode, sent);
            if let Some(code) = answer.get("error") {
                prop_assert!([4, 6, 7].iter().any(|known| code == known), "{}", answer);
            } else if mode == "create" || mode == "update" {
                let id = answer[0].as_i64().unwrap();
                prop_assert!(desk.listed(&sid, id).is_some());
            }
        }
        let events = desk.events(&sid);
        for event in &events {
            let [id, order] = event["d"]["ordersu"].as_array().unwrap().as_slice() else { panic!("two elements") };
            prop_assert_eq!(&desk.listed(&sid, id.as_i64().unwrap()).unwrap_or(Json::Null), order);
        }
    }

    #[test]
    fn what_is_read_back_can_be_sent_again(members in prop::collection::vec((name(), values()), 0..8), p in parameters()) {
        let desk = Desk::new();
        let sid = desk.login();
        let mut sent = Json::Object(members.into_iter().collect());
        sent["p"] = p;
        let answer = desk.update(&sid, "create", sent);
        if let Some(id) = answer[0].as_i64() {
            let before = (desk.listed(&sid, id).unwrap(), desk.order(id).fields.clone());
            prop_assert_eq!(desk.update(&sid, "update", before.0.clone()), json!([id]));
            prop_assert_eq!(&desk.listed(&sid, id).unwrap(), &before.0);
            prop_assert_eq!(&desk.order(id).fields, &before.1);
        }
    }
}

fn body_or_script(response: &WireResponse) {
    assert_eq!(response.status, 200);
    if response.headers["content-type"] == "application/json" {
        serde_json::from_slice::<Json>(&response.body).expect("JSON");
    }
}
