//! Every way a request can be written, and every way it can be wrong.

use super::*;
use proptest::prelude::*;

const KEY: &str = "/api/?apiKey=key-main";

fn sample() -> String {
    json!({"workOrders": [new_order("A+B & C", json!({"dueDate": "2020-05-28 1200 +0", "reference": "50% & é+"}))]})
        .to_string()
}

#[test]
fn one_push_in_every_encoding() {
    let text = sample();
    let array = json!([new_order("A+B & C", json!({"dueDate": "2020-05-28 1200 +0", "reference": "50% & é+"}))]);
    let multipart = format!(
        "--b\r\ncontent-disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b\r\n\
         content-disposition: form-data; name=\"workOrders\"\r\n\r\n{text}\r\n--b--\r\n"
    );
    let plus = text.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('"', "%22").replace(' ', "+");
    let encoded = |text: &str| format!("other=1&workOrders={}&more=2", percent(text));
    let cases: Vec<(&str, &str, String)> = vec![
        ("percent encoded", FORM, encoded(&text)),
        ("no content type", "", encoded(&text)),
        ("blanks as plus", FORM, format!("workOrders={}", plus.replace('{', "%7B"))),
        ("raw", FORM, format!("workOrders={text}")),
        ("raw after another", FORM, format!("a=b&workOrders={text}")),
        ("bare array as field", FORM, format!("workOrders={}", percent(&array.to_string()))),
        ("raw array as field", FORM, format!("workOrders={array}")),
        ("multipart", "multipart/form-data; boundary=b", multipart),
        ("json", "application/json; charset=utf-8", text.clone()),
        ("json array", "application/json", array.to_string()),
        ("json as text", "text/plain", format!("\u{feff} {text}")),
    ];
    for (name, content_type, body) in cases {
        for path in ["/api/?apiKey=key-main", "/api?apiKey=key%2Dmain&x=y"] {
            let hub = Hub::new(&[]);
            let response = hub.send("POST", path, content_type, body.clone());
            assert_eq!(hub.answer(&response), counts(1, 0, 0), "{name}");
            assert_eq!((response.operation, response.connection), ("push", Some(ConnectionId(1))));
            let face = hub.face(&hub.order("A+B & C"));
            assert_eq!(face["dueDate"], "2020-05-28 1200 +0", "{name}");
            assert_eq!(face["reference"], "50% & é+", "{name}");
        }
    }
}

/// A caller that escapes its quotes but not its pluses sends blanks; the date survives, as what arrived.
#[test]
fn unescaped_plus_in_a_date() {
    let hub = Hub::new(&[]);
    let text = sample().replace("A+B & C", "A").replace("50% & é+", "");
    let body = format!("workOrders={}", text.replace('"', "%22").replace('{', "%7B"));
    assert_eq!(hub.answer(&hub.send("POST", KEY, FORM, body)), counts(1, 0, 0));
    assert_eq!(hub.order("A").fields.due, time("2020-05-28T12:00:00Z"));
}

#[test]
fn unreadable_pushes_store_nothing() {
    let hub = Hub::new(&[]);
    let deep = format!(r#"{{"workOrders":[{{"workOrderNumber":"A","x":{}1{}}}]}}"#, "[".repeat(5000), "]".repeat(5000));
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("nothing", FORM, Vec::new()),
        ("no field", FORM, b"orders=1".to_vec()),
        ("empty field", FORM, b"workOrders=".to_vec()),
        ("no JSON", FORM, b"workOrders=hello".to_vec()),
        ("broken JSON", FORM, br#"workOrders={"workOrders":[{"workOrderNumber":"A""#.to_vec()),
        ("broken raw JSON", "application/json", br#"{"workOrders":[{]}"#.to_vec()),
        ("no member", "application/json", b"{}".to_vec()),
        ("null member", "application/json", br#"{"workOrders":null}"#.to_vec()),
        ("wrong type", "application/json", br#"{"workOrders":"x"}"#.to_vec()),
        ("number", FORM, b"workOrders=12".to_vec()),
        ("deep", "application/json", deep.into_bytes()),
        ("no UTF-8", "application/json", b"[{\"workOrderNumber\":\"\xff\xfe\"}]".to_vec()),
        ("no UTF-8 escaped", FORM, b"workOrders=%5B%22%ff%22%5D".to_vec()),
        ("multipart without it", "multipart/form-data; boundary=b", b"--b--\r\n".to_vec()),
        ("multipart broken", "multipart/form-data; boundary=b", b"--b\r\ncontent".to_vec()),
    ];
    for (name, content_type, body) in cases {
        let response = hub.send("POST", KEY, content_type, body);
        assert_eq!(response.status, StatusCode::OK, "{name}");
        let answer = hub.answer(&response);
        assert_eq!(answer["response"], false, "{name}");
        assert!(!answer["error"].as_str().unwrap().is_empty(), "{name}");
    }
    assert!(hub.ledger.all_orders().is_empty());
    assert_eq!(hub.answer(&hub.send("POST", KEY, "application/json", "[]")), counts(0, 0, 0));
}

#[test]
fn wrong_types_refuse_their_order_only() {
    let hub = Hub::new(&[]);
    let wrong = [
        json!({"address1": {}}),
        json!({"status": 5}),
        json!({"status": ["rush"]}),
        json!({"assignedTo": {}}),
        json!({"dueDate": 20200528}),
        json!({"services": {}}),
        json!({"services": ["mow"]}),
        json!({"services": [{"serviceName": []}]}),
        json!({"gpsLongitude": "NaN"}),
        json!({"gpsLatitude": "north"}),
    ];
    for more in wrong {
        let name = more.as_object().unwrap().keys().next().unwrap().clone();
        let answer = hub.push(json!([new_order("A", more), new_order("B", json!({}))]));
        let error = answer["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("A: {name}")), "{error}");
        assert!(hub.find("A").is_none());
    }
    let number = hub.push(json!([{"workOrderNumber": {"x": 1}}]));
    assert_eq!(number["error"], "workOrders[0]: workOrderNumber: must be a text or a number");
    for unsound in [r#""\ud800""#, "1e999", &"9".repeat(400)] {
        let body = format!(r#"[{{"workOrderNumber":"A","attribute7":[{unsound}]}}]"#);
        let answer = hub.answer(&hub.send("POST", KEY, "application/json", body));
        assert!(answer["error"].as_str().unwrap().starts_with("A: holds text that is no"), "{answer}");
    }
    let emoji = r#"[{"workOrderNumber":"E","address1":"\ud83c\udfe0 1","city":"a","state":"b","zip":1E2,
        "services":[{"serviceName":"\u00e9"}]}]"#;
    assert_eq!(hub.answer(&hub.send("POST", KEY, "application/json", emoji)), counts(1, 0, 0));
    assert_eq!(hub.order("E").fields.address1.as_deref(), Some("🏠 1"));
    let mut wide = new_order("A", json!({}));
    wide.as_object_mut().unwrap().extend((0..1000).map(|n| (format!("x{n}"), json!(n))));
    assert_eq!(hub.push(json!([wide]))["error"], "A: over the limit of 1000 members in an order");
}

#[test]
fn keys_and_methods() {
    let hub = Hub::new(&[]);
    let refused = r#"{"response":false,"error":"invalid clientCode"}"#;
    for target in ["/api/", "/api/?apiKey=", "/api/?apiKey=nope", "/api/?apikey=key-main", "/api/?apiKey=key-mai"] {
        for method in ["GET", "POST"] {
            let response = hub.send(method, target, "application/json", sample());
            assert_eq!((response.status, &response.body[..]), (StatusCode::OK, refused.as_bytes()), "{target}");
        }
    }
    assert!(hub.ledger.all_orders().is_empty());
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW"] {
        let response = hub.send(method, KEY, "", "");
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.headers["allow"], "GET, POST");
        assert_eq!(hub.answer(&response)["response"], false);
    }
}

#[test]
fn pings_are_noted_once() {
    let hub = Hub::new(&[]);
    for target in [KEY, "/api?apiKey=key-main", "/api/?apiKey=key-main&workOrders=[]"] {
        let response = hub.send("GET", target, "", "");
        assert_eq!(response.body, r#"{"response":true,"error":"success"}"#);
        assert_eq!(response.operation, "refresh");
    }
    let noted = hub.ledger.record(ConnectionId(1).into(), "pruvan", "refresh").now_or_never().unwrap().unwrap();
    assert_eq!(noted.as_deref(), Some("1768471200"));
    assert!(hub.ledger.all_orders().is_empty());
}

#[test]
fn validate_knows_password_and_token_and_keeps_the_push_key() {
    let hub = Hub::new(&[]);
    let good = [
        json!({"username": "main", "password": PASSWORD}),
        json!({"username": "main", "password": PASSWORD.to_uppercase(), "token": "whatever"}),
        json!({"username": "main", "password": "wrong", "token": "token-main"}),
        json!({"username": "main", "token": "secret", "pushkey": "https://direct.example/api/?apiKey=k"}),
    ];
    for payload in &good {
        for service in ["validate", "validate.php", "validate.json"] {
            let response = call(&hub, service, payload);
            assert_eq!(response.body, r#"{"error":"","validated":true}"#, "{payload}");
            assert_eq!((response.operation, response.connection), ("validate", Some(ConnectionId(1))));
        }
    }
    let kept = hub.ledger.secret(ConnectionId(1), "push_key").now_or_never().unwrap().unwrap();
    assert_eq!(kept.as_deref(), Some("https://direct.example/api/?apiKey=k"));
    call(&hub, "getWorkOrders", &json!({"username": "main", "token": "secret", "pushkey": "https://b.example/"}));
    let kept = hub.ledger.secret(ConnectionId(1), "push_key").now_or_never().unwrap().unwrap();
    assert_eq!(kept.as_deref(), Some("https://b.example/"), "any call may bring one");
    for useless in [json!("direct"), json!(5), json!("")] {
        call(&hub, "validate", &json!({"username": "main", "token": "secret", "pushkey": useless}));
        let kept = hub.ledger.secret(ConnectionId(1), "push_key").now_or_never().unwrap().unwrap();
        assert_eq!(kept.as_deref(), Some("https://b.example/"), "{useless} is no URL");
    }
    let long = json!({"username": "main", "token": "secret", "pushkey": "x".repeat(3000)});
    let response = call(&hub, "validate", &long);
    assert_eq!(response.body, r#"{"error":"pushkey is longer than 2048 bytes","validated":false}"#);
    let bad = [
        json!({}),
        json!({"username": "main"}),
        json!({"username": "main", "password": "", "token": ""}),
        json!({"username": "main", "password": "secret"}),
        json!({"username": "nobody", "password": PASSWORD}),
        json!({"username": {"a": 1}, "password": [PASSWORD]}),
    ];
    for payload in &bad {
        let response = call(&hub, "validate", payload);
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.body, r#"{"error":"invalid username or password","validated":false}"#, "{payload}");
    }
}

#[test]
fn one_payload_in_every_encoding() {
    let text = json!({"username": "main", "token": "token-main", "pushkey": "https://x/?a=1&b=2+3"}).to_string();
    let multipart = format!("--b\r\ncontent-disposition: form-data; name=\"payload\"\r\n\r\n{text}\r\n--b--\r\n");
    let cases = [
        (FORM, format!("payload={}", percent(&text))),
        (FORM, format!("payload={text}")),
        ("multipart/form-data; boundary=b", multipart),
        ("application/json", text.clone()),
    ];
    for (content_type, body) in cases {
        let hub = Hub::new(&[]);
        let response = hub.send("POST", "/pruvan/validate", content_type, body.clone());
        assert_eq!(response.body, r#"{"error":"","validated":true}"#, "{body}");
        let kept = hub.ledger.secret(ConnectionId(1), "push_key").now_or_never().unwrap().unwrap();
        assert_eq!(kept.as_deref(), Some("https://x/?a=1&b=2+3"), "{body}");
    }
}

#[test]
fn services_refuse_in_their_own_form() {
    let hub = Hub::new(&[]);
    let bad = json!({"username": "main", "password": "x"});
    let good = json!({"username": "main", "password": PASSWORD});
    let refused = r#"{"workOrders":[],"error":"invalid username, password, or token"}"#;
    assert_eq!(call(&hub, "getWorkOrders.php", &bad).body, refused);
    for service in ["status", "uploadPictures"] {
        let expected = r#"{"status":false,"error":"invalid username, password, or token"}"#;
        assert_eq!(call(&hub, service, &bad).body, expected);
    }
    assert_eq!(call(&hub, "publish", &good).status, StatusCode::NOT_FOUND);
    let response = hub.send("GET", "/pruvan/getWorkOrders", "", "");
    assert_eq!((response.status, response.headers["allow"].as_bytes()), (StatusCode::METHOD_NOT_ALLOWED, &b"POST"[..]));
    for body in ["", "payload=", "payload=5", "payload={", "payload=%ff", "x=1"] {
        let answer = hub.answer(&hub.send("POST", "/pruvan/validate", FORM, body));
        assert_eq!(answer["validated"], false, "{body}");
        assert!(!answer["error"].as_str().unwrap().is_empty(), "{body}");
    }
    for timestamp in [json!("soon"), json!(99_999_999_999_999_i64)] {
        let mut payload = good.clone();
        payload["timestamp"] = timestamp;
        let answer = hub.answer(&call(&hub, "getWorkOrders", &payload));
        assert_eq!(answer["workOrders"], json!([]));
        assert!(answer["error"].as_str().unwrap().starts_with("timestamp"), "{answer}");
    }
}

#[test]
fn get_work_orders_full_and_incremental() {
    let hub = Hub::new(&[]);
    let list = |timestamp: Value| {
        let payload = json!({"username": "main", "password": PASSWORD, "timestamp": timestamp});
        let answer = hub.answer(&call(&hub, "getWorkOrders", &payload));
        assert_eq!(answer["error"], "");
        let numbers: Vec<String> = answer["workOrders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| {
                format!("{} {}", order["workOrderNumber"].as_str().unwrap(), order["status"].as_str().unwrap())
            })
            .collect();
        numbers
    };
    assert!(list(Value::Null).is_empty());
    hub.take(new_order("A", json!({})));
    hub.ledger.set_now("2026-01-15T11:00:00Z".parse().unwrap());
    hub.take(new_order("B", json!({"status": "rush"})));
    hub.take(new_order("C", json!({})));
    hub.push(json!([change("C", json!({"status": "deleted"}))]));
    assert_eq!(list(Value::Null), ["A unassigned", "B rush"]);
    assert_eq!(list(json!(1_768_471_200)), ["A unassigned", "B rush", "C deleted"]);
    assert_eq!(list(json!(1_768_471_201)), ["B rush", "C deleted"]);
    assert_eq!(list(json!("1768474800")), ["B rush", "C deleted"]);
    assert_eq!(list(json!(1_768_474_801)), Vec::<String>::new());
}

#[test]
fn get_work_orders_goes_past_one_page() {
    let hub = Hub::new(&[]);
    let orders: Vec<Value> = (0..2100).map(|n| new_order(&format!("N{n}"), json!({}))).collect();
    assert_eq!(hub.push(json!(orders)), counts(2100, 0, 0));
    let payload = json!({"username": "main", "token": "token-main"});
    let answer = hub.answer(&call(&hub, "getWorkOrders", &payload));
    assert_eq!(answer["workOrders"].as_array().unwrap().len(), 2100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the bytes, there is an answer.
    #[test]
    fn no_bytes_panic(
        method in prop::sample::select(vec!["GET", "POST", "PUT"]),
        target in prop::sample::select(vec![
            KEY, "/api/?apiKey=key-main&%=&&", "/pruvan/validate", "/pruvan/getWorkOrders.x", "/pruvan/", "/api",
        ]),
        content_type in prop::sample::select(vec![FORM, "application/json", "multipart/form-data; boundary=b", ""]),
        prefix in prop::sample::select(vec![
            "", "workOrders=", "payload=", "workOrders={\"workOrders\":[{\"workOrderNumber\":\"A\",", "--b\r\n", "[{",
        ]),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let hub = Hub::new(&[]);
        let body: Vec<u8> = prefix.bytes().chain(body).collect();
        let response = hub.send(method, target, content_type, body);
        prop_assert!(serde_json::from_slice::<Value>(&response.body).is_ok());
    }

    /// Whatever is in an order object, in whatever order it comes: an answer, and a face that is JSON.
    #[test]
    fn no_order_panics(
        members in prop::collection::vec((
            prop::sample::select(vec![
                "workOrderNumber", "address1", "zip", "assignedTo", "status", "dueDate", "gpsLatitude", "options",
                "services", "clientStatus", "attribute9", "key1", "fieldStatus",
            ]),
            prop::sample::select(vec![
                "null", "\"\"", "\"A\"", "1e999", "-0", "true", "[]", "{}", "[{}]", "[[]]", "\"rush\"", "\"\\ud800\"",
                "[{\"serviceName\":\"x\"},{\"serviceName\":\"x\",\"source_service_id\":1}]", "\"2020-05-28 1200 +0\"",
                "[{\"serviceName\":\"x\",\"serviceName\":null}]",
            ]),
        ), 0..20),
    ) {
        let hub = Hub::new(&[]);
        hub.take(new_order("A", json!({})));
        let order: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let body = format!("[{{\"workOrderNumber\":\"A\",{0}}},{{{0}}}]", order.join(",")).replace(",}", "}");
        let response = hub.send("POST", KEY, "application/json", body);
        prop_assert!(serde_json::from_slice::<Value>(&response.body).is_ok());
        for order in hub.ledger.all_orders() {
            hub.face(&order);
        }
    }

    /// Every readable date means the same after being written.
    #[test]
    fn dates_there_and_back(seconds in 0_i64..4_000_000_000) {
        use super::super::map::date;
        let minute = date::to_minute(Timestamp::from_second(seconds).unwrap());
        prop_assert_eq!(date::read(&date::write(minute)), Some(minute));
    }

    #[test]
    fn no_date_panics(text in ".{0,30}") {
        let _ = super::super::map::date::read(&text);
    }
}
