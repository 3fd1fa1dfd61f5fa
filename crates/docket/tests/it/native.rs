//! The native API.

use crate::hub::TestHub;
use serde_json::json;

const ORDER: &str = r#"{"number":"N-1","rush":true,"site":{"address1":"5 Elm Ct","city":"Austin"},
    "tasks":[{"name":"Mow","instructions":"short"}],"due":"2026-02-01T12:00:00Z","notes":[{"text":"Dog"}]}"#;

#[tokio::test]
async fn an_order_is_created_and_read_back() {
    let hub = TestHub::start().await;
    let made = hub.native("POST", "/v1/orders", ORDER).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let order = made.json();
    assert_eq!(order["number"], "N-1");
    assert_eq!(order["status"], "received");
    assert_eq!(order["site"]["city"], "Austin");
    assert_eq!(order["tasks"][0]["name"], "Mow");
    assert_eq!(order["created_at"], "2026-01-15T10:00:00Z");
    let id = order["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/v1/orders/{id}"));
    assert!(!made.header("x-request-id").is_empty());

    let by_id = hub.native("GET", &format!("/v1/orders/{id}"), "").await;
    assert_eq!((by_id.status, by_id.json()), (200, order.clone()));
    let by_serial = hub.native("GET", &format!("/v1/orders/{}", order["serial"]), "").await;
    assert_eq!((by_serial.status, by_serial.json()), (200, order.clone()));
    // A listing shows the orders without what was sent back for them.
    let mut brief = order.clone();
    for list in ["notes", "attachments", "forms", "check_ins", "charges", "questions"] {
        let items = brief.as_object_mut().unwrap().remove(list).unwrap();
        assert_eq!(items.as_array().unwrap().len(), usize::from(list == "notes"), "{list}");
    }
    let listed = hub.native("GET", "/v1/orders?number=N-1&status=received,assigned", "").await.json();
    assert_eq!(listed, json!({"orders": [brief], "next_cursor": null}));

    let history = hub.native("GET", &format!("/v1/orders/{id}/history"), "").await.json();
    assert_eq!(history["entries"].as_array().unwrap().len(), 1);
    assert_eq!(history["entries"][0]["verb"], "created");
    assert_eq!(history["entries"][0]["actor"], "token test");
    let journal = hub.native("GET", "/v1/journal?after=0", "").await.json();
    assert_eq!(journal["entries"][0]["seq"], history["entries"][0]["seq"]);
}

#[tokio::test]
async fn pages_follow_cursors() {
    let hub = TestHub::start().await;
    let list: Vec<_> = (0..25).map(|n| json!({"number": format!("B-{n:02}")})).collect();
    let made = hub.native("POST", "/v1/orders", &json!(list).to_string()).await;
    assert_eq!((made.status, made.json()["orders"].as_array().unwrap().len()), (201, 25));
    let mut numbers = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = hub.native("GET", &format!("/v1/orders?limit=10{cursor}"), "").await.json();
        numbers.extend(page["orders"].as_array().unwrap().iter().map(|o| o["number"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(numbers, (0..25).map(|n| format!("B-{n:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_idempotency_key_makes_one_order() {
    let hub = TestHub::start().await;
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let first = hub.request("POST", "/v1/orders", &headers, ORDER).await;
    let again = hub.request("POST", "/v1/orders", &headers, ORDER).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = hub.request("POST", "/v1/orders", &headers, r#"{"number":"else"}"#).await;
    assert_eq!((other.status, other.json()["code"].clone()), (422, json!("idempotency_key_reused")));
    let all = hub.native("GET", "/v1/orders", "").await.json();
    assert_eq!(all["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_stored() {
    let hub = TestHub::start().await;
    let cases = [
        ("{", 400, "syntax", None),
        (r#"{"nummer":"1"}"#, 422, "invalid", Some("/nummer")),
        (r#"{"number":"1","due":"soon"}"#, 422, "invalid", Some("/due")),
        (r#"{"number":"1","unit":99}"#, 422, "invalid", Some("/unit")),
        (r#"[{"number":"1"},{"tasks":[{}]}]"#, 422, "invalid", Some("/1/tasks/0/name")),
        ("\"x\"", 422, "invalid", Some("")),
    ];
    for (body, status, code, pointer) in cases {
        let answer = hub.native("POST", "/v1/orders", body).await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(
            (answer.status, problem["code"].as_str(), problem["pointer"].as_str()),
            (status, Some(code), pointer)
        );
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(hub.native("POST", "/v1/orders", &deep).await.status, 400);
    let bearer = format!("Bearer {}", hub.token);
    let answer = hub.request("POST", "/v1/orders", &[("authorization", &bearer)], [0xff, 0xfe, b'{']).await;
    assert_eq!(answer.status, 400);
    for (target, status) in [
        ("/v1/orders?limit=0", 400),
        ("/v1/orders?status=lost", 400),
        ("/v1/orders?colour=red", 400),
        ("/v1/orders/7", 404),
        ("/v1/orders/0190b5a4-0000-7000-8000-000000000000", 404),
        ("/v1/orders/what", 404),
        ("/v1/orders/7/history", 404),
        ("/v1/exchanges/7", 404),
        ("/v1/nothing", 404),
    ] {
        assert_eq!(hub.native("GET", target, "").await.status, status, "{target}");
    }
    assert_eq!(hub.native("GET", "/v1/orders", "").await.json()["orders"], json!([]));
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let hub = TestHub::start().await;
    let answer = hub.request("GET", "/v1/orders", &[], "").await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let wrong = [("authorization", "Bearer docket_wrong")];
    assert_eq!(hub.request("GET", "/v1/orders", &wrong, "").await.status, 401);
}

#[tokio::test]
async fn the_faces_of_an_order() {
    let hub = TestHub::start().await;
    let order = hub.native("POST", "/v1/orders", ORDER).await.json();
    let faces = hub.native("GET", &format!("/v1/orders/{}/faces", order["serial"]), "").await;
    assert_eq!(faces.status, 200);
    let faces = faces.json();
    let dialects: Vec<&str> = faces.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(dialects.len(), docket_dialects::DIALECTS.len(), "{faces}");
}

#[tokio::test]
async fn events_follow_the_journal() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut hub = TestHub::start().await;
    let mut stream = tokio::net::TcpStream::connect(hub.address()).await.unwrap();
    let head = format!("GET /v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", hub.token);
    stream.write_all(head.as_bytes()).await.unwrap();
    hub.native("POST", "/v1/orders", ORDER).await;
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    while !seen.contains("event: created") {
        let read = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read(&mut buffer)).await;
        let read = read.expect("an event in time").unwrap();
        assert!(read > 0, "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(seen.contains("id: 1\n"), "{seen}");
    hub.stop().await;
}

#[tokio::test]
async fn orders_are_changed_moved_and_removed() {
    let hub = TestHub::start().await;
    let made = hub.native("POST", "/v1/orders", ORDER).await;
    let target = format!("/v1/orders/{}", made.json()["id"].as_str().unwrap());
    let change = r#"{"due":null,"site":{"city":"Dallas"},"priority":7}"#;
    let changed = hub.native("PATCH", &target, change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let order = changed.json();
    assert_eq!(
        (&order["due"], &order["site"]["city"], &order["priority"]),
        (&json!(null), &json!("Dallas"), &json!(7))
    );
    assert_eq!(order["site"]["address1"], "5 Elm Ct", "what was not named stays");
    let again = hub.native("PATCH", &target, change).await;
    assert_eq!((again.status, again.json()), (200, order.clone()), "the same again changes nothing");

    let read = hub.native("GET", &target, "").await;
    let tag = read.header("etag").to_owned();
    assert_eq!((tag.as_str(), changed.header("etag")), (format!("\"{}\"", order["revision"]).as_str(), tag.as_str()));
    let bearer = format!("Bearer {}", hub.token);
    let known = [("authorization", bearer.as_str()), ("if-none-match", tag.as_str())];
    assert_eq!(hub.request("GET", &target, &known, "").await.status, 304);

    let step = async |body: &str| hub.native("POST", &format!("{target}/transitions"), body).await;
    let done = step(r#"{"transition":"complete","completed_at":"2026-01-15T09:00:00Z"}"#).await;
    assert_eq!((done.status, &done.json()["status"]), (200, &json!("completed")), "{}", done.text());
    assert_eq!(done.json()["completed_at"], "2026-01-15T09:00:00Z");
    let stale = [("authorization", bearer.as_str()), ("if-match", tag.as_str())];
    let refused = hub.request("PATCH", &target, &stale, r#"{"priority":1}"#).await;
    assert_eq!((refused.status, &refused.json()["code"]), (412, &json!("outdated")), "{}", refused.text());
    let fresh = [("authorization", bearer.as_str()), ("if-match", done.header("etag"))];
    assert_eq!(hub.request("PATCH", &target, &fresh, r#"{"priority":1}"#).await.json()["priority"], 1);
    let nonsense = [("authorization", bearer.as_str()), ("if-match", "3")];
    assert_eq!(hub.request("PATCH", &target, &nonsense, r#"{"priority":2}"#).await.json()["code"], "if_match");

    assert_eq!(step(r#"{"transition":"reject"}"#).await.status, 409, "what is done is not rejected");
    for (body, pointer) in [(r#"{"transition":"delete"}"#, "/transition"), (r#"{"transition":"start","x":1}"#, "/x")] {
        let wrong = step(body).await;
        assert_eq!((wrong.status, &wrong.json()["pointer"]), (422, &json!(pointer)), "{}", wrong.text());
    }
    let wrong = hub.native("PATCH", &target, r#"{"status":"closed"}"#).await;
    assert!(wrong.status == 422 && wrong.text().contains("transitions"), "{}", wrong.text());
    assert_eq!(hub.native("PATCH", &target, r#"{"unit":77}"#).await.json()["pointer"], "/unit");
    assert_eq!(hub.native("PATCH", "/v1/orders/999", change).await.status, 404);

    assert_eq!(hub.native("DELETE", &target, "").await.status, 204);
    assert_eq!(hub.native("GET", &target, "").await.status, 404);
    let history = hub.native("GET", &format!("{target}/history"), "").await.json();
    let verbs: Vec<&str> = history["entries"].as_array().unwrap().iter().filter_map(|e| e["verb"].as_str()).collect();
    assert_eq!(verbs.len(), 5, "nothing that changed nothing is in the journal: {verbs:?}");
}
