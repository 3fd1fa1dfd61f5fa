//! The envelope in all its encodings, credentials, and what cannot be read.

use super::*;

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
        let kept = now(push_url::kept(&world.ledger, &world.importer)).unwrap();
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
    assert_eq!(now(world.ledger.record(ConnectionId(1).into(), PUSH_URLS, SITE)).unwrap(), None);
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
        (Bytes::from_static(b"{\"username\":"), invalid),
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
fn our_own_faults_have_a_status_and_no_details() {
    use crate::ppw::error::Error;
    use docket_core::ledger::Fault;
    for (fault, status) in [
        (Fault::Busy, StatusCode::SERVICE_UNAVAILABLE),
        (Fault::Store("disk /dev/sda is full".to_owned()), StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let response = Error::Fault(fault).response("site");
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!((response.status, &answer["remote_site_id"]), (status, &json!("site")));
        assert!(!failure(&answer).contains("disk"));
    }
}

#[test]
fn site_ids_have_a_limit() {
    let world = World::new();
    let mut long = payload("validate_user", &json!({}));
    long["site_id"] = json!("x".repeat(256));
    assert_eq!(failure(&world.post(format!("payload={long}"))), "site_id is too long.");
}
