//! Tokens: what each may do, until when, and that a token that was taken back is worth nothing at once.

use crate::hub::TestHub;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn token(hub: &TestHub, name: &str, role: &str, more: Value) -> String {
    let mut body = json!({"name": name, "role": role});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = hub.native("POST", "/v1/tokens", &body.to_string()).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.text());
    made.json()["token"].as_str().unwrap().to_owned()
}

async fn status(hub: &TestHub, token: &str, method: &str, target: &str, body: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let answer = hub.request(method, target, &[("authorization", &bearer)], body).await;
    if answer.status == 403 {
        assert_eq!(answer.json()["code"], "forbidden", "{}", answer.text());
    }
    answer.status
}

#[tokio::test]
async fn each_role_may_do_what_those_before_it_may_and_more() {
    let hub = TestHub::start().await;
    let mut tokens = Vec::new();
    for role in ["viewer", "dispatcher", "integrator", "admin"] {
        tokens.push(token(&hub, role, role, json!({})).await);
    }
    let order = hub.native("POST", "/v1/orders", r#"{"number":"T-1"}"#).await.json()["serial"].clone();
    let note = format!("/v1/orders/{order}/notes");
    // Method, path, body, and the first role that is let in.
    let cases = [
        ("GET", "/v1/orders", "", 0),
        ("GET", "/v1/journal", "", 0),
        ("GET", "/v1/units", "", 0),
        ("GET", "/v1/connections", "", 0),
        ("GET", "/v1/rules", "", 0),
        ("GET", "/v1/webhook-types", "", 0),
        ("POST", "/v1/orders", r#"{"number":"T-2"}"#, 1),
        ("POST", note.as_str(), r#"{"text":"Dog"}"#, 1),
        ("PATCH", "/v1/orders/1", "{}", 1),
        ("DELETE", "/v1/orders/999999", "", 1),
        ("PATCH", "/v1/units/1", "{}", 1),
        ("POST", "/v1/positions", "[]", 1),
        ("POST", "/v1/plans", "{", 1),
        ("POST", "/v1/jobs/claim", r#"{"producer":"x"}"#, 1),
        ("GET", "/v1/outbox", "", 1),
        ("POST", "/v1/deliveries/1-1/retry", "", 1),
        ("GET", "/v1/exchanges", "", 2),
        ("POST", "/v1/rules", "{", 2),
        ("PUT", "/v1/products/x", "{", 2),
        ("GET", "/v1/webhooks", "", 2),
        ("POST", "/v1/webhooks", "{", 2),
        ("GET", "/v1/tokens", "", 3),
        ("POST", "/v1/tokens", "{", 3),
        ("DELETE", "/v1/tokens/nobody", "", 3),
    ];
    for (method, target, body, first) in cases {
        for (at, token) in tokens.iter().enumerate() {
            let status = status(&hub, token, method, target, body).await;
            assert_eq!(status == 403, at < first, "{method} {target} as {at}: {status}");
            assert_ne!(status, 401);
        }
    }
    let refused = hub.native("GET", "/v1/orders", "").await.json()["orders"].as_array().unwrap().len();
    assert_eq!(refused, 1 + 3, "who was refused did nothing");
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_when_it_is_taken_back() {
    let hub = TestHub::start().await;
    for (body, status, code) in [
        (r#"{"name":"a"}"#, 422, "invalid"),
        (r#"{"name":"a","role":"king"}"#, 422, "invalid"),
        (r#"{"name":"a b","role":"viewer"}"#, 422, "invalid"),
        (r#"{"name":"a","role":"viewer","expires_at":"2026-01-15T10:00:00Z"}"#, 422, "invalid"),
        (r#"{"name":"test","role":"viewer"}"#, 409, "taken"),
    ] {
        let answer = hub.native("POST", "/v1/tokens", body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{body}");
    }
    let brief = token(&hub, "brief", "viewer", json!({"expires_at": "2026-01-15T10:01:00Z"})).await;
    let stays = token(&hub, "stays", "viewer", json!({})).await;
    assert_eq!(status(&hub, &brief, "GET", "/v1/orders", "").await, 200);
    hub.clock.advance_ms(60_000);
    assert_eq!(status(&hub, &brief, "GET", "/v1/orders", "").await, 401);
    let listed = hub.native("GET", "/v1/tokens", "").await;
    assert!(!listed.text().contains(&brief) && !listed.text().contains("docket_"), "shown once");
    let shown = &listed.json()["tokens"][0];
    assert_eq!((&shown["name"], &shown["role"], &shown["expired"]), (&json!("brief"), &json!("viewer"), &json!(true)));
    // A stream that is open ends with its token.
    let mut stream = tokio::net::TcpStream::connect(hub.address()).await.unwrap();
    let head = format!("GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {stays}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 64];
    assert!(stream.read(&mut first).await.unwrap() > 0);
    let output = hub.cli(&["token", "revoke", "stays", "--json"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while !rest.ends_with(b"0\r\n\r\n") {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).await.unwrap();
            if read == 0 {
                return;
            }
            rest.extend_from_slice(&part[..read]);
        }
    });
    ended.await.expect("the stream ends");
    assert_eq!(status(&hub, &stays, "GET", "/v1/orders", "").await, 401);
    assert_eq!(hub.native("DELETE", "/v1/tokens/stays", "").await.status, 404);
    assert_eq!(hub.native("DELETE", "/v1/tokens/brief", "").await.status, 204);
    let made = hub.cli(&["token", "create", "cli", "--role", "dispatcher", "--expires-in-days", "30", "--json"]).await;
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(made["role"], "dispatcher");
    let listed = hub.cli(&["token", "list", "--json"]).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(
        (listed["tokens"].as_array().unwrap().len(), &listed["tokens"][0]["expires_at"]),
        (2, &made["expires_at"])
    );
    assert_eq!(hub.cli(&["token", "create", "x", "--role", "king"]).await.status.code(), Some(2));
    // Nobody takes back another account's.
    let other = docket_app::enroll::add_token(hub.app().store(), "other", "theirs", hub.app().now()).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    assert_eq!(status(&hub, &other, "DELETE", "/v1/tokens/test", "").await, 404);
    assert_eq!(hub.native("DELETE", "/v1/tokens/theirs", "").await.status, 404);
}
