//! The native API and the command line of the relay.

use crate::hub::TestHub;
use serde_json::{Value, json};

async fn world() -> TestHub {
    let hub = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    hub.connect("pruvan", "crew", &[]).await;
    hub.connect("ppw", "source", &[]).await;
    hub
}

async fn cli(hub: &TestHub, args: &[&str]) -> (i32, String, String) {
    let output = hub.cli(args).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_edited_tried_and_followed() {
    let mut hub = world().await;
    let rule = json!({"name": "texas", "to": "crew", "when": "order.site.region == 'TX'", "with": {"priority": 5}});
    assert_eq!(hub.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    assert_eq!(hub.native("POST", "/v1/rules", &rule.to_string()).await.status, 409);
    let wrong = json!({"to": "crew", "when": "order.site.regoin == 'TX'"});
    let answer = hub.native("PUT", "/v1/rules/typo", &wrong.to_string()).await;
    assert_eq!((answer.status, answer.json()["pointer"].as_str()), (422, Some("/when")), "{}", answer.text());
    assert!(answer.text().contains("order.site.region"), "{}", answer.text());
    for region in ["TX", "NY"] {
        let order = json!({"number": region, "site": {"region": region}});
        assert_eq!(hub.native("POST", "/v1/orders", &order.to_string()).await.status, 201);
    }
    let orders = hub.native_until("/v1/orders", |orders| orders["orders"].to_string().contains("\"priority\":5")).await;
    let texan = orders["orders"].as_array().unwrap().iter().find(|order| order["number"] == "TX").unwrap().clone();
    assert_eq!(texan["priority"], 5);
    let history = hub.native("GET", &format!("/v1/orders/{}/history", texan["id"].as_str().unwrap()), "").await;
    assert_eq!(history.json()["entries"][1]["actor"], "rule texas");
    let run = hub.native("POST", "/v1/rules/texas/dry-run?limit=5", "").await.json();
    assert_eq!((&run["looked_at"], &run["would_go"]), (&json!(2), &json!(0)), "{run}");
    let any = json!({"name": "x", "to": "crew", "when": "order.site.region == 'NY'"});
    let run = hub.native("POST", "/v1/rules/dry-run", &any.to_string()).await.json();
    assert_eq!((&run["would_go"], &run["orders"][0]["number"]), (&json!(1), &json!("NY")));
    assert_eq!(hub.native("POST", "/v1/rules/texas/disable", "").await.json()["enabled"], false);
    assert_eq!(hub.native("GET", "/v1/rules/texas", "").await.json()["enabled"], false);
    let variables = hub.native("GET", "/v1/rules/variables", "").await.json();
    let region =
        variables["variables"].as_array().unwrap().iter().find(|one| one["name"] == "order.site.region").unwrap();
    assert_eq!((&region["kind"], &region["example"]), (&json!("text"), &json!("order.site.region == \"TX\"")));
    assert!(variables["functions"].as_array().unwrap().contains(&json!("startsWith")));
    let taken = json!({"name": "variables", "to": "crew"}).to_string();
    let refused = hub.native("POST", "/v1/rules", &taken).await;
    assert_eq!((refused.status, refused.json()["pointer"].as_str()), (422, Some("/name")), "{}", refused.text());
    assert_eq!(hub.native("PUT", "/v1/rules/variables", &taken).await.status, 405);
    let (status, out, err) =
        cli(&hub, &["rule", "add", "york", "--to", "crew", "--when", "order.rush", "--json"]).await;
    assert_eq!(status, 0, "{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["when"], "order.rush");
    let (status, _, err) = cli(&hub, &["rule", "add", "bad", "--to", "crew", "--when", "order.rsh"]).await;
    assert!(status == 2 && err.contains("rule `bad`, when: an order has no `rsh`"), "{err}");
    let (status, out, _) = cli(&hub, &["rule", "list"]).await;
    assert!(status == 0 && out.contains("texas") && out.contains("york"), "{out}");
    let (status, out, err) = cli(&hub, &["rule", "test", "york"]).await;
    assert!(status == 0 && out.contains("Of 2 orders 0 would go to crew."), "{out}{err}");
    assert_eq!(hub.native("DELETE", "/v1/rules/york", "").await.status, 204);
    assert_eq!(cli(&hub, &["rule", "show", "york"]).await.0, 1);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_call_are_made_shown_and_say_what_is_missing() {
    let mut hub = world().await;
    let (status, _, err) = cli(&hub, &["connection", "add", "mews", "hotel", "--role", "connect"]).await;
    assert_eq!(status, 2, "{err}");
    for missing in ["url=", "client_token=", "access_token="] {
        assert!(err.contains(missing), "{err}");
    }
    let (status, _, err) = cli(&hub, &["connection", "add", "mews", "hotel", "--set", "url=https://x.example"]).await;
    assert!(status == 2 && err.contains("role connect or both"), "{err}");
    let add = [
        "connection",
        "add",
        "mews",
        "hotel",
        "--role",
        "connect",
        "--set",
        "url=http://127.0.0.1:9",
        "--set",
        "client_token=CLIENT-9f2c",
        "--set",
        "access_token=ACCESS-9f2c",
        "--set",
        "paused=true",
        "--json",
    ];
    let (status, out, err) = cli(&hub, &add).await;
    assert_eq!(status, 0, "{err}");
    assert!(!out.contains("9f2c"), "secrets are not shown: {out}");
    let (_, out, _) = cli(&hub, &["connection", "show", "hotel"]).await;
    assert!(out.contains("client_token") && out.contains("kept") && !out.contains("9f2c"), "{out}");
    let (_, out, _) = cli(&hub, &["connection", "add", "--help"]).await;
    assert!(out.contains("release_above") && out.contains("access_token"), "{out}");
    let shown = hub.native_until("/v1/connections", |all| all.to_string().contains("hotel")).await;
    let hotel = shown["connections"].as_array().unwrap().iter().find(|one| one["name"] == "hotel").unwrap().clone();
    assert_eq!(hotel["role"], "connect");
    assert_eq!(hotel["budget"]["windows"][0], json!({"operations": [], "calls": 200, "within_s": 30, "used": 0}));
    assert!(!hotel.to_string().contains("9f2c"), "{hotel}");
    // No copy of the database has the secret.
    let database = std::fs::read(hub.data().join("docket.db")).unwrap();
    let log = std::fs::read(hub.data().join("docket.db-wal")).unwrap_or_default();
    for bytes in [database, log] {
        assert!(!bytes.windows(11).any(|window| window == b"ACCESS-9f2c"));
    }
    let (status, out, _) = cli(&hub, &["relay", "status"]).await;
    assert!(status == 0 && out.contains("hotel") && out.contains("paused"), "{out}");
    let (status, _, err) = cli(&hub, &["connection", "set", "hotel", "--secret", "access_token="]).await;
    assert!(status == 2 && err.contains("access_token"), "{err}");
    let (status, _, err) = cli(&hub, &["connection", "rotate", "hotel"]).await;
    assert!(status == 2 && err.contains("connection set hotel"), "{err}");
    assert_eq!(hub.native("POST", "/v1/connections/crew/pull", "").await.status, 409);
    assert_eq!(hub.native("POST", "/v1/connections/hotel/pull", "").await.status, 202);
    assert_eq!(hub.native("GET", "/v1/reconcile/hotel", "").await.json()["differences"], json!([]));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_listed_and_resolved() {
    let mut hub = world().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    hub.connect_out("mews", "hotel", &[("url", &url), ("client_token", "C"), ("access_token", "A")]).await;
    let rule = json!({"name": "all", "to": "hotel"});
    assert_eq!(hub.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    assert_eq!(hub.native("POST", "/v1/orders", r#"{"number":"R-1"}"#).await.status, 201);
    let owed = |list: &Value| list["deliveries"][0]["attempts"].as_i64().is_some_and(|attempts| attempts > 0);
    let list = hub.native_until("/v1/deliveries?connection=hotel&status=queued", owed).await;
    let one = list["deliveries"][0].clone();
    assert_eq!((one["connection"].as_str(), one["order"]["number"].as_str()), (Some("hotel"), Some("R-1")));
    assert!(one["error"].as_str().unwrap().contains("could not be sent"), "{one}");
    let id = one["id"].as_str().unwrap();
    // The wire log has its calls, and it names the last of them.
    let of = format!("/v1/exchanges?delivery={id}");
    let calls = hub.native_until(&of, |calls| !calls["exchanges"].as_array().unwrap().is_empty()).await;
    let calls = calls["exchanges"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["delivery"] == id && call["connection"] == "hotel"), "{calls:?}");
    assert!(calls.iter().all(|call| call["direction"] == "out" && call["status"] == Value::Null), "{calls:?}");
    let named = hub.native("GET", &format!("/v1/exchanges/{}", one["exchange"].as_str().unwrap()), "").await;
    assert_eq!((named.status, &named.json()["delivery"]), (200, &one["id"]));
    let pulls = hub.native_until("/v1/exchanges?connection=hotel", |all| {
        all["exchanges"].as_array().unwrap().iter().any(|call| call["delivery"] == Value::Null)
    });
    pulls.await;
    assert_eq!(hub.native("GET", &format!("{of}&connection=crew"), "").await.json()["exchanges"], json!([]));
    assert_eq!(hub.native("GET", "/v1/exchanges?delivery=999-1", "").await.json()["exchanges"], json!([]));
    let wrong = hub.native("GET", "/v1/exchanges?delivery=hotel", "").await;
    assert!(wrong.status == 400 && wrong.text().contains("delivery"), "{}", wrong.text());
    let (status, out, err) = cli(&hub, &["relay", "list", "--status", "queued"]).await;
    assert!(status == 0 && out.contains(id) && out.contains("R-1"), "{out}{err}");
    assert_eq!(hub.native("POST", &format!("/v1/deliveries/{id}/release"), "").await.status, 409);
    assert_eq!(cli(&hub, &["relay", "retry", id]).await.0, 0);
    assert_eq!(hub.native("POST", &format!("/v1/deliveries/{id}/drop"), "").await.json()["status"], "dropped");
    assert_eq!(hub.native("GET", &format!("/v1/deliveries/{id}"), "").await.json()["status"], "dropped");
    assert_eq!(hub.native("POST", "/v1/deliveries/999-1/retry", "").await.status, 404);
    assert_eq!(hub.native("GET", "/v1/deliveries?status=lost", "").await.status, 400);
    let (status, _, err) = cli(&hub, &["relay", "settle", id, "--not-done"]).await;
    assert!(status == 1 && err.contains("dropped"), "{err}");
    let health = hub.native("GET", "/v1/connections/hotel", "").await.json();
    assert!(health["health"]["failures"].as_i64().unwrap() > 0, "{health}");
    hub.stop().await;
}
