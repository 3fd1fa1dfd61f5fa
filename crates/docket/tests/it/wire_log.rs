//! The wire log: exchanges are kept, masked, and tied to the entries they caused. And a job, end to end.

use crate::hub::TestHub;
use docket::config::Keep;
use serde_json::{Value, json};

const PUSH: &str = r#"workOrders={"workOrders":[{"workOrderNumber":"W-1","address1":"5 Elm Ct","city":"Austin","state":"TX",
    "zip":"78701","services":[{"serviceName":"Mow"}]}]}"#;

#[tokio::test]
async fn exchanges_are_kept_without_their_secrets() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    let answer = hub.post_form(&format!("/api/?apiKey={}", acme["api_key"]), PUSH).await;
    assert_eq!(answer.json()["response"]["created"], 1, "{}", answer.text());
    let payload = json!({"username": acme["username"], "token": acme["token"], "timestamp": null});
    hub.post_form("/pruvan/getWorkOrders", &format!("payload={payload}")).await;
    let kept = hub.native_until("/v1/exchanges", |body| body["exchanges"].as_array().unwrap().len() == 2).await;
    let listed = kept["exchanges"].as_array().unwrap();
    assert!(listed.iter().all(|exchange| exchange["connection"] == "acme" && exchange["dialect"] == "pruvan"));
    let push = listed.iter().find(|exchange| exchange["operation"] == "push").unwrap();
    assert_eq!(push["line"], "POST /api/?apiKey=***");
    let id = push["id"].as_str().unwrap();
    let whole = hub.native("GET", &format!("/v1/exchanges/{id}"), "").await.json();
    assert!(whole["request"]["body"].as_str().unwrap().contains("5 Elm Ct"));
    assert!(whole["response"]["body"].as_str().unwrap().contains("created"));
    let order = hub.native("GET", "/v1/orders?number=W-1", "").await.json()["orders"][0]["id"].clone();
    let history = hub.native("GET", &format!("/v1/orders/{}/history", order.as_str().unwrap()), "").await.json();
    assert_eq!(history["entries"][0]["exchange"], id, "the entry names the exchange it came in");
    for exchange in listed {
        let target = format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap());
        let text = hub.native("GET", &target, "").await.text();
        for secret in ["api_key", "token", "password"] {
            assert!(!text.contains(&acme[secret]), "{secret} is masked in {text}");
        }
    }
}

#[tokio::test]
async fn nobody_sees_another_accounts_exchanges() {
    let hub = TestHub::start_with(|config| config.wire_log.keep = Keep::All).await;
    let other = hub.connect_in("other", "pruvan", "acme", &[]).await;
    hub.post_form(&format!("/api/?apiKey={}", other["api_key"]), PUSH).await;
    hub.native("GET", "/v1/orders", "").await;
    let seen = hub.native_until("/v1/exchanges", |body| !body["exchanges"].as_array().unwrap().is_empty()).await;
    assert!(seen["exchanges"].as_array().unwrap().iter().all(|exchange| exchange["dialect"] == "native"), "{seen}");
    assert_eq!(hub.native("GET", "/v1/orders", "").await.json()["orders"], json!([]));
}

#[tokio::test]
async fn a_report_is_ordered_made_and_downloaded() {
    let hub = TestHub::start().await;
    let registry = hub.connect("planviewer", "registry", &[("scope", "account"), ("secret", "s3cret")]).await;
    assert_eq!(registry["secret"], "s3cret");
    let account = hub.app().accounts()[0];
    docket_app::enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
    hub.native("POST", "/v1/orders", r#"{"number":"R-1","site":{"address1":"5 Elm Ct","postal_code":"78701"}}"#).await;
    // registry:s3cret
    let auth = [("authorization", "Basic cmVnaXN0cnk6czNjcmV0"), ("content-type", "application/json")];
    let ask = |target: &'static str, body: Value| hub_ask(&hub, target, auth, body);
    let query = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "78701"}}});
    let site = ask("search/structured", query).await[0]["uuid"].clone();
    let listed = ask("intentions/list", json!({"uuids": [site], "products": ["site_report"]})).await;
    let intention = listed[0]["intentions"][0]["uuid"].clone();
    let job = ask("jobs/order", json!({"uuids": [intention]})).await[0]["job"]["uuid"].clone();
    let job = job.as_str().unwrap().to_owned();
    let order = hub.native_until(&format!("/v1/orders/{job}"), |order| order["status"] == "completed").await;
    assert_eq!(order["progress"], json!({"current": 6, "total": 6}));
    let report = hub.request("GET", &format!("/product_api/v1/jobs/retrieve/{job}"), &auth, "").await;
    assert_eq!((report.status, report.header("content-type")), (200, "application/pdf"));
    assert!(report.body.starts_with(b"%PDF-"));
    let history = hub.native("GET", &format!("/v1/orders/{job}/history"), "").await.json();
    let steps = history["entries"].as_array().unwrap().iter().filter(|entry| entry["actor"] == "hub").count();
    assert_eq!(steps, 7, "a start, five steps, an end: {history}");
}

async fn hub_ask(hub: &TestHub, target: &str, auth: [(&str, &str); 2], body: Value) -> Value {
    let answer = hub.request("POST", &format!("/product_api/v1/{target}"), &auth, body.to_string()).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}
