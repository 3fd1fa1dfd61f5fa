//! A trace that a request is part of goes on in every call that the hub makes because of it.

use super::hub::TestHub;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A call that came in: its path, and what it is part of.
#[derive(Clone, Debug)]
struct Call {
    path: String,
    traceparent: String,
}

impl Call {
    fn trace(&self) -> &str {
        self.traceparent.split('-').nth(1).unwrap_or_default()
    }

    fn span(&self) -> &str {
        self.traceparent.split('-').nth(2).unwrap_or_default()
    }
}

/// Hears everything, and refuses what has a path that begins with one of these.
struct Receiver {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    async fn start(refused: &'static [&'static str]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let kept = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let (mut bytes, mut text) = (Vec::new(), String::new());
                    while stream.read_buf(&mut bytes).await.unwrap_or_default() > 0 {
                        text = String::from_utf8_lossy(&bytes).into_owned();
                        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                            break;
                        }
                    }
                    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                    let traceparent = text.lines().find_map(|line| line.strip_prefix("traceparent: "));
                    let call = Call { path, traceparent: traceparent.unwrap_or_default().to_owned() };
                    let is_refused = refused.iter().any(|path| call.path.starts_with(path));
                    kept.lock().unwrap().push(call);
                    let status = if is_refused { "503 Not now" } else { "200 OK" };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Receiver { address, calls }
    }

    fn all(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Calls of a path within a trace. Looking for news is in traces of its own.
    fn of(&self, path: &str, trace: &str) -> Vec<Call> {
        let wanted = |call: &Call| call.path.starts_with(path) && call.trace() == trace;
        self.all().into_iter().filter(wanted).collect()
    }

    /// Waits until a path was called so often within a trace.
    async fn called(&self, path: &str, trace: &str, times: usize) -> Vec<Call> {
        for _ in 0..600 {
            if self.of(path, trace).len() >= times {
                return self.of(path, trace);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} was not called {times} times within {trace}: {:?}", self.all());
    }
}

const HOTEL: &str = "/api/connector";

/// A hub that tells by webhook, pings, and owes everything to a counterpart that takes nothing.
async fn world(receiver: &Receiver) -> TestHub {
    let hub = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let url = format!("http://{}", receiver.address);
    let ping = format!("{url}/ping");
    hub.connect("mews", "told", &[("scope", "account"), ("webhook_url", &ping), ("webhook_product_orders", "true")])
        .await;
    hub.connect_out("mews", "hotel", &[("url", &url), ("client_token", "C"), ("access_token", "A")]).await;
    let webhook = json!({"name": "erp", "url": format!("{url}/hook"), "events": ["order.created"]});
    assert_eq!(hub.native("POST", "/v1/webhooks", &webhook.to_string()).await.status, 201);
    assert_eq!(hub.native("POST", "/v1/rules", r#"{"name":"all","to":"hotel"}"#).await.status, 201);
    // The first beat finds who listens; what happens from then on is told.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    hub
}

fn spans(calls: &[Call]) -> BTreeSet<&str> {
    calls.iter().map(Call::span).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_on_in_the_trace_of_the_request_that_caused_them() {
    let receiver = Receiver::start(&[HOTEL, "/hook"]).await;
    let mut hub = world(&receiver).await;
    let bearer = format!("Bearer {}", hub.token);
    let given = format!("00-{TRACE}-b7ad6b7169203331-01");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("traceparent", &given)];
    let made = hub.request("POST", "/v1/orders", &headers, r#"{"number":"T-1"}"#).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let calls = receiver.called(HOTEL, TRACE, 1).await;
    for call in [&receiver.called("/ping", TRACE, 1).await[0], &receiver.called("/hook", TRACE, 1).await[0], &calls[0]]
    {
        assert!(call.traceparent.ends_with("-01"), "{call:?}");
        assert_ne!(call.span(), "b7ad6b7169203331", "a span is its caller's alone");
    }
    // What is tried again stays in the trace, as a span of its own.
    hub.native_until("/v1/webhooks/erp/messages", |found| found["messages"][0]["attempts"] == 1).await;
    let owed = |list: &Value| list["deliveries"][0]["attempts"].as_i64().is_some_and(|attempts| attempts > 0);
    hub.native_until("/v1/deliveries?connection=hotel&status=queued", owed).await;
    hub.clock.advance_ms(10_000);
    let hooks = receiver.called("/hook", TRACE, 2).await;
    receiver.called(HOTEL, TRACE, calls.len() + 1).await;
    let all = receiver.all();
    assert_eq!(spans(&all).len(), all.len(), "{all:?}");
    // The wire log and the attempts show it.
    let target = format!("/v1/exchanges?connection=hotel&direction=out&q={TRACE}");
    let logged = hub.native_until(&target, |logged| !logged["exchanges"].as_array().unwrap().is_empty()).await;
    let id = logged["exchanges"][0]["id"].as_str().unwrap();
    let exchange = hub.native("GET", &format!("/v1/exchanges/{id}"), "").await.json();
    assert!(exchange["request"]["headers"].as_str().unwrap().contains(&format!("traceparent: 00-{TRACE}-")));
    let attempts =
        hub.native_until("/v1/webhooks/erp/attempts", |found| found["attempts"].as_array().unwrap().len() == 2).await;
    let shown: BTreeSet<&str> =
        attempts["attempts"].as_array().unwrap().iter().filter_map(|one| one["traceparent"].as_str()).collect();
    assert_eq!(shown, hooks.iter().map(|call| call.traceparent.as_str()).collect());
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_trace_begins_one_that_is_named_like_it() {
    let receiver = Receiver::start(&[HOTEL]).await;
    let mut hub = world(&receiver).await;
    let made = hub.native("POST", "/v1/orders", r#"{"number":"T-1"}"#).await;
    let trace = made.header("x-request-id").replace('-', "");
    assert_eq!(made.header("traceparent").split('-').nth(1), Some(trace.as_str()));
    for path in ["/ping", "/hook", HOTEL] {
        receiver.called(path, &trace, 1).await;
    }
    // What comes in through a dialect is no different.
    let crew = hub.connect("pruvan", "crew", &[]).await;
    let order = json!({"workOrders": [{"workOrderNumber": "T-2", "address1": "1 Elm Ct", "city": "Austin",
        "state": "TX", "zip": "78701", "services": [{"serviceName": "Mow"}]}]});
    let given = format!("00-{TRACE}-b7ad6b7169203331-00");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("traceparent", given.as_str())];
    let body = format!("workOrders={order}");
    let pushed = hub.request("POST", &format!("/api/?apiKey={}", crew["api_key"]), &headers, body).await;
    assert_eq!(pushed.status, 200, "{}", pushed.text());
    assert_eq!(pushed.header("traceparent"), "", "answers of dialects are as their vendors document them");
    receiver.called("/hook", TRACE, 1).await;
    hub.stop().await;
}
