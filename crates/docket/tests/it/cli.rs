//! The real command line against a running hub's store.

use crate::hub::TestHub;
use serde_json::Value;
use std::process::Output;
use std::time::{Duration, Instant};

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_connection_is_in_force_within_a_second() {
    let hub = TestHub::start().await;
    let token = json(&hub.cli(&["token", "create", "late", "--json"]).await);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let added = Instant::now();
    while hub.request("GET", "/v1/orders", &[("authorization", &bearer)], "").await.status != 200 {
        assert!(added.elapsed() < Duration::from_secs(1), "the token is not in force");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let acme = json(&hub.cli(&["connection", "add", "ppw", "acme", "--set", "scope=account", "--json"]).await);
    for (member, value) in [("name", "acme"), ("dialect", "ppw"), ("account", "main")] {
        assert_eq!(acme[member], value);
    }
    let listed = json(&hub.cli(&["connection", "list", "--json"]).await);
    assert_eq!(listed["connections"][0]["scope"], "account");
    for command in [["connection", "disable", "acme"], ["connection", "show", "acme"], ["connection", "rotate", "acme"]]
    {
        assert!(hub.cli(&command).await.status.success(), "{command:?}");
    }
    assert!(hub.cli(&["connection", "remove", "acme"]).await.status.success());
    assert_eq!(json(&hub.cli(&["connection", "list", "--json"]).await)["connections"], serde_json::json!([]));
}

#[tokio::test]
async fn orders_and_the_journal_are_shown() {
    let hub = TestHub::start().await;
    let made = hub.native("POST", "/v1/orders", r#"{"number":"C-1","site":{"city":"Austin"}}"#).await.json();
    let shown = json(&hub.cli(&["order", "show", "C-1", "--json"]).await);
    assert_eq!(shown, made);
    let listed = hub.cli(&["order", "list"]).await;
    assert!(String::from_utf8_lossy(&listed.stdout).contains("C-1"));
    let history = json(&hub.cli(&["order", "history", made["id"].as_str().unwrap(), "--json"]).await);
    assert_eq!(history["entries"][0]["verb"], "created");
    let journal = hub.cli(&["journal"]).await;
    assert!(String::from_utf8_lossy(&journal.stdout).contains("by token test"));
}

#[tokio::test]
async fn wrong_use_and_failure_have_their_own_status() {
    let hub = TestHub::start().await;
    for (args, status) in [
        (&["connection", "add", "fax", "x"][..], 2),
        (&["connection", "add", "ppw", "x", "--set", "scope=world"], 2),
        (&["connection", "add", "ppw", "x", "--set", "nonsense=1"], 2),
        (&["connection", "add"], 2),
        (&["order", "list", "--status", "lost"], 2),
        (&["order", "show", "nowhere"], 1),
        (&["connection", "show", "nobody"], 1),
        (&["crosswalk", "fax"], 2),
        (&["crosswalk"], 0),
        (&["config"], 0),
    ] {
        let output = hub.cli(args).await;
        assert_eq!(output.status.code(), Some(status), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr.is_empty(), status == 0, "{args:?} says why on standard error");
    }
}

#[tokio::test]
async fn units_come_and_go() {
    let hub = TestHub::start().await;
    let made =
        json(&hub.cli(&["unit", "add", "Van 3", "unique_id=861230043907627", "capacity_kg=500", "--json"]).await);
    assert_eq!((&made["name"], &made["capacity_kg"]), (&Value::from("Van 3"), &Value::from(500.0)));
    assert_eq!(hub.cli(&["unit", "add", "van 3"]).await.status.code(), Some(1), "there is one already");
    assert_eq!(json(&hub.cli(&["unit", "list", "--json"]).await)["units"].as_array().unwrap().len(), 1);
    let order = serde_json::json!({"number": "C-2", "unit": made["id"]}).to_string();
    assert_eq!(hub.native("POST", "/v1/orders", &order).await.status, 201);
    let kept = hub.cli(&["unit", "remove", "Van 3"]).await;
    assert_eq!(kept.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&kept.stderr).contains("open orders"), "{kept:?}");
    let order = hub.native("GET", "/v1/orders?number=C-2", "").await.json()["orders"][0]["id"].clone();
    hub.native("PATCH", &format!("/v1/orders/{}", order.as_str().unwrap()), r#"{"unit":null}"#).await;
    assert_eq!(json(&hub.cli(&["unit", "remove", "Van 3", "--json"]).await)["removed"], "Van 3");
    assert_eq!(json(&hub.cli(&["unit", "list", "--json"]).await)["units"], serde_json::json!([]));
}
