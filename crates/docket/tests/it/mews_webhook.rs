//! The general webhook of the Mews face: a receiver is told which reservations changed, and fetches them.

use super::hub::{Credentials, TestHub};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const STAY: &str = "bd26d8db-86da-4f96-9efc-e5a4654a4a94";

/// Says 204 to everything, and gives path and body of what it is sent.
async fn receiver() -> (String, UnboundedReceiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks?secret=s", listener.local_addr().unwrap());
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = String::new();
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let Ok(body) = serde_json::from_str(body) else { continue };
                let line = head.lines().next().unwrap_or_default().to_owned();
                assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
                let _ = tell.send((line, body));
                break;
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
        }
    });
    (url, told)
}

async fn post(hub: &TestHub, of: &Credentials, operation: &str, mut body: Value) -> Value {
    body["ClientToken"] = json!(of["client_token"]);
    body["AccessToken"] = json!(of["access_token"]);
    body["Client"] = json!("webhook receiver 1.0");
    let target = format!("/api/connector/v1/{operation}");
    let answer = hub.request("POST", &target, &[("content-type", "application/json")], body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_changed_reservation_is_told_of_and_fetched() {
    let (url, mut told) = receiver().await;
    let hub = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    let stay = docket_core::catalogue::Service {
        id: STAY.parse().unwrap(),
        slug: "stay".to_owned(),
        name: "Stay".to_owned(),
        kind: docket_core::catalogue::ServiceKind::Bookable,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: hub.app().now(),
        updated_at: hub.app().now(),
    };
    hub.app().put_service(account, stay).await.unwrap();
    let tokens = hub.connect("mews", "hotel", &[("scope", "account"), ("webhook_url", &url)]).await;
    let mut heard = None;
    // What changed before the hub noticed that somebody listens is no news; so it changes until it is.
    for number in 0..20 {
        // A product service order is not told of unless the connection is set to.
        hub.native("POST", "/v1/orders", &json!({"number": format!("P-{number}"), "service": "Spa"}).to_string()).await;
        let order = json!({"number": format!("S-{number}"), "service": STAY, "customer": {"name": "Ann Lee"}});
        hub.native("POST", "/v1/orders", &order.to_string()).await;
        if let Ok(call) = tokio::time::timeout(Duration::from_millis(1500), told.recv()).await {
            heard = call;
            break;
        }
    }
    let (line, body) = heard.expect("the receiver is called");
    assert_eq!(line, "POST /hooks?secret=s HTTP/1.1");
    assert_eq!(body["EnterpriseId"], json!(tokens["enterprise_id"]));
    let events = body["Events"].as_array().unwrap();
    assert!(!events.is_empty());
    for event in events {
        assert_eq!(event["Discriminator"], "ServiceOrderUpdated");
        let one = json!({"ReservationIds": [event["Value"]["Id"]], "Limitation": {"Count": 1}});
        let found = post(&hub, &tokens, "reservations/getAll/2023-06-06", one).await;
        assert_eq!(found["Reservations"][0]["Id"], event["Value"]["Id"], "told of what is no reservation");
    }
}
