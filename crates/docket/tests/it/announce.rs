//! The hub calls out: push pings, webhooks, files by URL, with real sockets at both ends.

use crate::hub::{Credentials, TestHub};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SITE: &str = "0c5f4f0e-6f0e-4c57-9f2d-1f6d1f4f8a11";

/// A counterpart that keeps what it is sent and answers everything with the same bytes.
struct Counterpart {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Counterpart {
    async fn start(kind: &'static str, body: &'static [u8]) -> Counterpart {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut text = String::new();
                let mut buffer = [0; 8192];
                while let Ok(read) = stream.read(&mut buffer).await {
                    text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                        break;
                    }
                }
                kept.lock().unwrap().push(text);
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body).await;
            }
        });
        Counterpart { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until it was called so often.
    async fn called(&self, times: usize) -> Vec<String> {
        for _ in 0..600 {
            if self.seen().len() >= times {
                return self.seen();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("called {} times, not {times}", self.seen().len());
    }
}

async fn hub(allow: &[&str]) -> TestHub {
    TestHub::start_with(|config| config.outside.allow = allow.iter().map(|text| (*text).to_owned()).collect()).await
}

async fn ppw(hub: &TestHub, credentials: &Credentials, event: &str, data: Value) -> Value {
    let payload = json!({
        "username": credentials["username"], "password": hex(&Sha1::digest(credentials["password"].as_bytes())),
        "site_id": SITE, "event_name": event, "event_data": data.to_string(),
    });
    let encoded: String = payload.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    hub.post_form("/api/link/receiver.php", &format!("payload={encoded}")).await.json()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_importer_is_pinged_when_orders_change_and_the_call_is_in_the_wire_log() {
    let hub = hub(&["127.0.0.1"]).await;
    let importer = Counterpart::start("text/plain", b"ok").await;
    let credentials = hub.connect("ppw", "importer", &[("scope", "account")]).await;
    let push = json!({"ppwlink_push": format!("http://{}/push?key=opaque", importer.address)});
    assert_eq!(ppw(&hub, &credentials, "validate_user", push).await["success"], true);
    // The first beat finds somebody who listens; what happens from then on is told.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for number in ["A-1", "A-2", "A-3"] {
        hub.native("POST", "/v1/orders", &json!({"number": number}).to_string()).await;
    }
    let seen = importer.called(1).await;
    assert!(seen[0].starts_with("GET /push?key=opaque HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].contains("user-agent: docket/"), "{}", seen[0]);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(importer.seen().len() <= 2, "a burst is told in a call or two");
    let logged = hub
        .native_until("/v1/exchanges?connection=importer", |logged| {
            logged["exchanges"].as_array().unwrap().iter().any(|exchange| exchange["direction"] == "out")
        })
        .await;
    let call = logged["exchanges"].as_array().unwrap().iter().find(|exchange| exchange["direction"] == "out").unwrap();
    assert_eq!((&call["status"], &call["operation"], &call["dialect"]), (&json!(200), &json!("ping"), &json!("ppw")));
    assert_eq!(call["line"], format!("GET http://{}/***?key=***", importer.address));
}

#[tokio::test]
async fn a_webhook_tells_of_what_another_system_did() {
    let hub = hub(&["127.0.0.1"]).await;
    let receiver = Counterpart::start("text/plain", b"").await;
    let url = format!("http://{}/hook", receiver.address);
    hub.connect("mews", "m", &[("scope", "account"), ("webhook_url", &url), ("webhook_product_orders", "true")]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let made = hub.native("POST", "/v1/orders", r#"{"number":"A-1"}"#).await.json();
    let seen = receiver.called(1).await;
    let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n") && head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let event = json!({"Discriminator": "ServiceOrderUpdated", "Value": {"Id": made["id"]}});
    assert_eq!(body["Events"], json!([event]));
    // Where a receiver is known by its path alone, the path is its secret.
    let logged = hub
        .native_until("/v1/exchanges?connection=m", |logged| {
            logged["exchanges"].as_array().unwrap().iter().any(|exchange| exchange["direction"] == "out")
        })
        .await;
    let call = logged["exchanges"].as_array().unwrap().iter().find(|exchange| exchange["direction"] == "out").unwrap();
    assert_eq!(call["line"], format!("POST http://{}/***", receiver.address));
    assert!(!logged.to_string().contains("/hook"), "{logged}");
}

#[tokio::test]
async fn a_file_is_fetched_from_where_the_sender_says_unless_that_is_inside() {
    let photo = b"\x89PNG\r\n\x1a\nnot much of a picture";
    let store = Counterpart::start("image/png", photo).await;
    let url = format!("http://{}/a.png", store.address);
    for (allow, works) in [(&["127.0.0.1"][..], true), (&[][..], false)] {
        let hub = hub(allow).await;
        let credentials = hub.connect("ppw", "importer", &[("scope", "account")]).await;
        let order = hub.native("POST", "/v1/orders", r#"{"number":"A-1"}"#).await.json();
        let data = json!({
            "dst_report_id": order["serial"].to_string(), "file_id": "7", "file_name": "a.png", "file_area": "0",
            "s3_url": url, "s3_url_thumb": url,
        });
        let answer = ppw(&hub, &credentials, "send_file", data).await;
        assert_eq!(answer["success"], works, "{answer}");
        let shown = hub.native("GET", &format!("/v1/orders/{}", order["serial"]), "").await.json();
        assert_eq!(shown["attachments"].as_array().unwrap().len(), usize::from(works));
        if works {
            let content =
                format!("/v1/orders/{}/attachments/{}/content", order["serial"], shown["attachments"][0]["place"]);
            assert_eq!(hub.native("GET", &content, "").await.body, photo);
        } else {
            assert!(answer["return_error_msg"].as_str().unwrap().contains("loopback"), "{answer}");
        }
    }
}
