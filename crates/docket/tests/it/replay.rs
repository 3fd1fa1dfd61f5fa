//! Logged exchanges once more: what came in through each dialect, and what went out.

use super::hub::{Answer, TestHub};
use serde_json::{Value, json};

/// The last exchange of a connection, once it is in the log.
async fn last(hub: &TestHub, connection: &str, operation: &str) -> Value {
    let target = format!("/v1/exchanges?connection={connection}&limit=20");
    let is_there = |list: &Value| list["exchanges"].to_string().contains(operation);
    let list = hub.native_until(&target, is_there).await;
    let found = list["exchanges"].as_array().unwrap().iter().find(|one| one["operation"] == operation);
    found.unwrap_or_else(|| panic!("{list}")).clone()
}

async fn replayed(hub: &TestHub, exchange: &Value, really: bool) -> Value {
    let target = format!("/v1/exchanges/{}/replay", exchange["id"].as_str().unwrap());
    let answer = hub.native("POST", &target, &json!({"really": really}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn numbers(hub: &TestHub) -> usize {
    hub.native("GET", "/v1/orders?limit=1000", "").await.json()["orders"].as_array().unwrap().len()
}

async fn posted(hub: &TestHub, target: &str, body: &str) -> Answer {
    let answer = hub.post_form(target, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_in_is_tried_and_then_done_again() {
    let mut hub = TestHub::start().await;
    let crew = hub.connect("pruvan", "crew", &[]).await;
    let body = r#"workOrders={"workOrders":[{"workOrderNumber":"A","address1":"5 Elm Ct","city":"Austin","state":"TX","zip":"78701","services":[{"serviceName":"Mow"}]}]}"#;
    let target = format!("/api/?apiKey={}", crew["api_key"]);
    posted(&hub, &target, body).await;
    let pushed = last(&hub, "crew", "push").await;
    let id = hub.native("GET", "/v1/orders?number=A", "").await.json()["orders"][0]["id"].as_str().unwrap().to_owned();

    // The order is there by now: it would be updated, and nothing is done.
    let told = replayed(&hub, &pushed, false).await;
    assert_eq!((&told["direction"], &told["really"]), (&json!("in"), &json!(false)), "{told}");
    assert_eq!(told["orders"][0]["would"], "stay as it is", "{told}");
    let differs = told["differs"].to_string();
    assert!(differs.contains("`response.created` was 1, and is 0"), "{told}");
    assert!(differs.contains("`response.updated` was 0, and is 1"), "{told}");

    // It is gone: it would be created, and is when it is really wanted.
    posted(&hub, &target, r#"workOrders={"workOrders":[{"workOrderNumber":"A","status":"deleted"}]}"#).await;
    let told = replayed(&hub, &pushed, false).await;
    assert_eq!((&told["orders"][0]["would"], &told["differs"]), (&json!("be created"), &json!([])), "{told}");
    assert_eq!(numbers(&hub).await, 0);
    let told = replayed(&hub, &pushed, true).await;
    assert_eq!(told["answer"]["status"], 200, "{told}");
    assert_eq!(numbers(&hub).await, 1);
    let again = told["replayed_as"].as_str().unwrap().to_owned();
    let made = hub.native("GET", "/v1/orders?number=A", "").await.json()["orders"][0].clone();
    assert_ne!(made["id"].as_str().unwrap(), id);
    let history = hub.native("GET", &format!("/v1/orders/{}/history", made["id"].as_str().unwrap()), "").await.json();
    assert_eq!(history["entries"][0]["exchange"], json!(again), "tied to the exchange that did it: {history}");
    assert_eq!(history["entries"][0]["actor"], "pruvan crew");
    let target = format!("/v1/exchanges/{again}");
    let logged = hub.native_until(&target, |one| one["id"] == json!(again)).await;
    let header = format!("docket-replay-of: {}", pushed["id"].as_str().unwrap());
    assert!(logged["request"]["headers"].as_str().unwrap().contains(&header), "{logged}");
    assert!(!logged.to_string().contains(crew["api_key"].as_str()));

    let id = pushed["id"].as_str().unwrap();
    let output = hub.cli(&["exchange", "replay", id]).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("pruvan push through crew") && text.contains("--really does it"), "{text}");
    let output = hub.cli(&["exchange", "list", "--connection", "crew"]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains(id));
    let output = hub.cli(&["exchange", "show", id]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("apiKey=***"));
    let unknown = "/v1/exchanges/019bc119-0100-7812-b236-ff51f8420f7c/replay";
    assert_eq!(hub.native("POST", unknown, "").await.status, 404);
    let target = format!("/v1/exchanges/{id}/replay");
    assert_eq!(hub.native("POST", &target, r#"{"really":1}"#).await.status, 422);
    hub.stop().await;
}

/// Whatever hides the caller in the log: a hash in a form, a session, tokens in JSON, a header.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_dialect_knows_who_it_was() {
    let mut hub = TestHub::start().await;
    let ppw = hub.connect("ppw", "source", &[("scope", "account"), ("password", "secret-word")]).await;
    hub.native("POST", "/v1/orders", r#"{"number":"N-1"}"#).await;
    let digest: String = {
        use sha1::{Digest as _, Sha1};
        Sha1::digest(b"secret-word").iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let payload = json!({"username": ppw["username"], "password": digest, "site_id": "s", "event_name": "get_all_orders", "event_data": "{}"});
    posted(&hub, "/api/link/receiver.php", &format!("payload={payload}")).await;
    let told = replayed(&hub, &last(&hub, "source", "get_all_orders").await, false).await;
    assert_eq!((&told["answer"]["status"], &told["differs"]), (&json!(200), &json!([])), "{told}");

    let tracks = hub.connect("wialon", "tracks", &[]).await;
    let login = format!(r#"svc=token/login&params={{"token":"{}"}}"#, tracks["token"]);
    let sid = posted(&hub, "/wialon/ajax.html", &login).await.json()["eid"].as_str().unwrap().to_owned();
    let create = format!(
        r#"svc=order/update&params={{"itemId":{},"id":0,"n":"Crate","callMode":"create"}}"#,
        tracks["resource_id"]
    );
    posted(&hub, &format!("/wialon/ajax.html?sid={sid}"), &create).await;
    let created = last(&hub, "tracks", "order/update").await;
    let told = replayed(&hub, &created, false).await;
    assert_eq!(told["orders"][0]["would"], "be created", "{told}");
    let before = numbers(&hub).await;
    let told = replayed(&hub, &created, true).await;
    assert!(told["answer"]["body"].as_str().unwrap().contains("Crate"), "{told}");
    assert_eq!(numbers(&hub).await, before + 1);

    let land = hub.connect("planviewer", "land", &[]).await;
    let basic = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", land["key"], land["secret"]))
    };
    let authorization = format!("Basic {basic}");
    hub.request("GET", "/product_api/v1/products/list", &[("authorization", &authorization)], "").await;
    let told = replayed(&hub, &last(&hub, "land", "products/list").await, false).await;
    assert_eq!((&told["answer"]["status"], &told["differs"]), (&json!(200), &json!([])), "{told}");

    let hotel = hub.connect("mews", "hotel", &[]).await;
    let asked = json!({"ClientToken": hotel["client_token"], "AccessToken": hotel["access_token"], "Client": "c"});
    let json_type = [("content-type", "application/json")];
    hub.request("POST", "/api/connector/v1/configuration/get", &json_type, asked.to_string()).await;
    hub.clock.advance_ms(60_000);
    let told = replayed(&hub, &last(&hub, "hotel", "configuration/get").await, false).await;
    assert_eq!(told["answer"]["status"], 200, "{told}");
    assert!(told["differs"].to_string().contains("`NowUtc` was"), "only the time differs: {told}");
    assert_eq!(told["differs"].as_array().unwrap().len(), 1, "{told}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_out_is_called_again_with_the_credentials_of_the_connection() {
    let mut there = TestHub::start().await;
    let given = there.connect("mews", "docket", &[("scope", "account")]).await;
    let mut here = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let url = there.url();
    let set = [
        ("url", url.as_str()),
        ("client_token", given["client_token"].as_str()),
        ("access_token", given["access_token"].as_str()),
        ("poll_s", "5"),
    ];
    here.connect_out("mews", "hotel", &set).await;
    here.clock.advance_ms(10_000);
    let called = last(&here, "hotel", "services/getAll").await;
    assert_eq!(called["direction"], "out", "{called}");
    let count = async || {
        let list = there.native("GET", "/v1/exchanges?connection=docket&limit=1000", "").await.json();
        let all = list["exchanges"].as_array().unwrap().clone();
        all.iter().filter(|one| one["operation"] == "services/getAll").count()
    };
    let told = replayed(&here, &called, false).await;
    assert!(told["would_call"]["line"].as_str().unwrap().starts_with("POST http://127.0.0.1"), "{told}");
    assert!(!told.to_string().contains(given["access_token"].as_str()), "{told}");
    let before = count().await;
    let told = replayed(&here, &called, true).await;
    assert_eq!((&told["answer"]["status"], &told["differs"]), (&json!(200), &json!([])), "{told}");
    for _ in 0..100 {
        if count().await > before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(count().await > before, "it was called");
    let again = here.native_until(&format!("/v1/exchanges/{}", told["replayed_as"].as_str().unwrap()), |_| true).await;
    assert!(!again.to_string().contains(given["access_token"].as_str()), "{again}");
    here.stop().await;
    there.stop().await;
}
