//! Limits, stopping, and starting again.

use crate::hub::{TestHub, send};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn health_readiness_metrics_and_a_front_page() {
    let hub = TestHub::start().await;
    assert_eq!(hub.request("GET", "/healthz", &[], "").await.text(), "ok\n");
    assert_eq!(hub.request("GET", "/readyz", &[], "").await.text(), "ready\n");
    hub.native("GET", "/v1/orders", "").await;
    let metrics = hub.request("GET", "/metrics", &[], "").await.text();
    assert!(metrics.contains(r#"docket_requests_total{dialect="native",operation="orders/list",status="2xx"} 1"#));
    assert!(hub.request("GET", "/", &[], "").await.text().contains("docket connection add"));
    assert_eq!(hub.request("GET", "/nothing/here", &[], "").await.status, 404);
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let hub = TestHub::start_with(|config| config.limits.body_bytes = 1000).await;
    let answer = hub.native("POST", "/v1/orders", &format!(r#"{{"title":"{}"}}"#, "x".repeat(2000))).await;
    assert_eq!(answer.status, 413);
    for dialect in docket_dialects::DIALECTS {
        for route in dialect.serve.routes() {
            let path = route.0.replace("{*path}", "x").replace("{service}", "x").replace("{*rest}", "x");
            let answer = hub.request("POST", &path, &[], "x".repeat(5000)).await;
            assert!(answer.status == 413 || answer.status == 200, "{path}: {}", answer.status);
            assert!(!answer.body.is_empty(), "{path} refuses in its own words");
        }
    }
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let hub = TestHub::start_with(|config| {
        config.limits.header_timeout_ms = 100;
        config.limits.body_timeout_ms = 100;
    })
    .await;
    let mut stream = tokio::net::TcpStream::connect(hub.address()).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nx: ").await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(!bytes.starts_with(b"HTTP/1.1 200"));
    let mut stream = tokio::net::TcpStream::connect(hub.address()).await.unwrap();
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 10\r\n\r\n{{",
        hub.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    bytes.clear();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn requests_in_progress_are_finished_when_stopping() {
    let mut hub = TestHub::start().await;
    let bearer = format!("Bearer {}", hub.token);
    let mut waiting = Vec::new();
    for n in 0..20 {
        let (address, bearer) = (hub.address(), bearer.clone());
        waiting.push(tokio::spawn(async move {
            let body = format!(r#"{{"number":"D-{n}"}}"#);
            // Whoever connects after the hub stopped listening gets nothing, which is fine.
            let stream = tokio::net::TcpStream::connect(address).await.ok()?;
            drop(stream);
            Some(send(address, "POST", "/v1/orders", &[("authorization", &bearer)], body.as_bytes()).await.status)
        }));
    }
    let first = waiting.remove(0).await.unwrap();
    assert_eq!(first, Some(201));
    hub.stop().await;
    let acknowledged = 1 + futures_util::future::join_all(waiting)
        .await
        .into_iter()
        .filter(|status| matches!(status, Ok(Some(201))))
        .count();
    let config = docket::config::Config::load(&docket::config::Overrides {
        data: Some(hub.data().to_path_buf()),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Default::default()
    })
    .unwrap();
    let again = docket::run::Running::start(&config).await.unwrap();
    let listed = send(again.address, "GET", "/v1/orders", &[("authorization", &bearer)], b"").await.json();
    assert_eq!(listed["orders"].as_array().unwrap().len(), acknowledged);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn what_a_client_began_is_ended_and_logged_when_it_leaves() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    let orders: Vec<String> = (0..50)
        .map(|n| {
            format!(
                r#"{{"workOrderNumber":"GONE-{n}","address1":"1 Main","city":"Austin","state":"TX","zip":"78701","services":[{{"serviceName":"Mow"}}]}}"#
            )
        })
        .collect();
    let body = format!(r#"{{"workOrders":[{}]}}"#, orders.join(","));
    let head = format!(
        "POST /api/?apiKey={} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        acme["api_key"],
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(hub.address()).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    drop(stream);
    let logged = hub.native_until("/v1/exchanges", |page| page["exchanges"][0]["operation"] == "push").await;
    assert_eq!(logged["exchanges"][0]["status"], 200);
    let orders = hub.native("GET", "/v1/orders?limit=100", "").await.json();
    assert_eq!(orders["orders"].as_array().map(Vec::len), Some(50));
}
