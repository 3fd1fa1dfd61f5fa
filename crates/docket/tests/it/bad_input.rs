//! Bad input over real sockets: each dialect's own error, nothing stored, and the hub goes on.

use super::process::{Demo, http};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Where each dialect takes writes, and how it looks when it refuses.
const TARGETS: &[(&str, &str)] = &[
    ("ppw", "/api/link/receiver.php"),
    ("pruvan", "/api/?apiKey=docket-demo-push-key"),
    ("pruvan", "/pruvan/getWorkOrders"),
    ("pruvan", "/pruvan/status"),
    ("pruvan", "/pruvan/uploadPictures"),
    ("wialon", "/wialon/ajax.html"),
    ("wialon", "/avl_evts"),
    ("mews", "/api/connector/v1/orders/add"),
    ("mews", "/api/connector/v1/serviceOrderNotes/add"),
    ("planviewer", "/product_api/v1/jobs/order"),
    ("planviewer", "/product_api/v1/search/structured"),
    ("planviewer", "/product_api/v1/intentions/list"),
    ("planviewer", "/product_api/v1/kik/select/9dee3afd-3079-47e0-91f1-ab6e1d58f11a"),
    ("planviewer", "/product_api/v1/documents/order"),
    ("native", "/v1/orders"),
    ("native", "/v1/orders/1/questions"),
    ("native", "/v1/orders/1/answers"),
];

/// Whether an answer is an error in the dialect's own words.
fn is_own_error(dialect: &str, status: u16, body: &str) -> bool {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    match dialect {
        "ppw" => {
            status == 200 && json["success"] == false && json["error"] == true && json["return_error_msg"].is_string()
        }
        "pruvan" => status == 200 && json["error"].as_str().is_some_and(|error| !error.is_empty()),
        "wialon" => status == 200 && json["error"].as_i64().is_some_and(|code| code != 0),
        "mews" => (400..500).contains(&status) && json["Message"].is_string() && json["RequestId"].is_string(),
        "planviewer" => (400..500).contains(&status) && json["error"]["code"] == status,
        _ => (400..500).contains(&status) && json["status"] == status && json["title"].is_string(),
    }
}

fn journal_head(demo: &Demo) -> i64 {
    let token = demo.printed["token"].as_str().expect("a token");
    let headers = format!("authorization: Bearer {token}\r\n");
    let mut after = 0;
    loop {
        let (status, body) =
            http(demo.address(), "GET", &format!("/v1/journal?after={after}&limit=1000"), &headers, "")
                .expect("an answer");
        assert_eq!(status, 200, "{body}");
        let page: Value = serde_json::from_str(&body).expect("JSON");
        match page["entries"].as_array().expect("entries").last() {
            Some(entry) => after = entry["seq"].as_i64().expect("a sequence"),
            None => return after,
        }
    }
}

/// Sends bytes as they are and gives the whole answer.
fn raw(demo: &Demo, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(demo.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    // The hub may cut us off before everything is sent; that is an answer too.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn deep(depth: usize) -> String {
    format!("{}1{}", r#"{"a":["#.repeat(depth), "]}".repeat(depth))
}

#[test]
fn bad_input_gets_the_dialects_own_error_and_stores_nothing() {
    let demo = Demo::start();
    let before = journal_head(&demo);
    let token = demo.printed["token"].as_str().expect("a token").to_owned();
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"[1,2".to_vec(),
        b"null".to_vec(),
        b"\"text\"".to_vec(),
        b"12345678901234567890123456789012345678901234567890".to_vec(),
        b"payload={\"username\":1}".to_vec(),
        b"workOrders={\"workOrders\":{}}".to_vec(),
        b"workOrders={\"workOrders\":[1,null,[],\"x\"]}".to_vec(),
        b"svc=order/update&params={\"itemId\":{}}&sid=none".to_vec(),
        b"svc=core/batch&params=[[[[&sid=none".to_vec(),
        b"{\"ClientToken\":[],\"AccessToken\":{}}".to_vec(),
        b"{\"uuids\":[1,2,{}]}".to_vec(),
        b"\xff\xfe\x00\x80payload=\xc3\x28".to_vec(),
        [b"payload=".as_slice(), deep(60_000).as_bytes()].concat(),
        [b"workOrders=".as_slice(), deep(60_000).as_bytes()].concat(),
        [b"svc=order/update&params=".as_slice(), deep(60_000).as_bytes()].concat(),
        deep(60_000).into_bytes(),
    ];
    for (dialect, target) in TARGETS {
        for content_type in ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"]
        {
            for body in &bodies {
                let auth = match *dialect {
                    "native" => format!("authorization: Bearer {token}\r\n"),
                    "planviewer" => "authorization: Basic ZGVtbzpkb2NrZXQtZGVtby1zZWNyZXQ=\r\n".to_owned(),
                    _ => String::new(),
                };
                let head = format!(
                    "POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{auth}content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let answer = raw(&demo, &[head.as_bytes(), body].concat());
                let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
                let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
                let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
                assert!(
                    is_own_error(dialect, status, text),
                    "{dialect} {target} {content_type} {shown:?}: {status} {}",
                    text.chars().take(300).collect::<String>()
                );
            }
        }
    }
    assert_eq!(journal_head(&demo), before, "nothing was stored");
}

#[test]
fn huge_bodies_and_slow_or_broken_requests_are_cut() {
    let demo = Demo::start();
    let before = journal_head(&demo);
    for (dialect, target) in TARGETS {
        let head =
            format!("POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 300000000\r\n\r\n");
        let answer = raw(&demo, &[head.as_bytes(), &vec![b'x'; 100_000]].concat());
        let (_, text) = answer.split_once("\r\n\r\n").unwrap_or(("", ""));
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let refused = is_own_error(dialect, status, text) || status == 413 || status == 401;
        assert!(refused, "{dialect} {target}: {}", answer.chars().take(300).collect::<String>());
    }
    let many_headers = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(2_000));
    assert!(raw(&demo, many_headers.as_bytes()).starts_with("HTTP/1.1 4"), "too many headers are refused");
    let long_header = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", "b".repeat(2_000_000));
    assert!(!raw(&demo, long_header.as_bytes()).starts_with("HTTP/1.1 2"), "a huge header is refused");
    assert!(!raw(&demo, b"\x00\x01\x02\x03 nonsense\r\n\r\n").starts_with("HTTP/1.1 2"), "no HTTP, no answer of ours");
    assert_eq!(journal_head(&demo), before, "nothing was stored");
    let (status, _) = http(demo.address(), "GET", "/healthz", "", "").expect("an answer");
    assert_eq!(status, 200, "the hub goes on");
}
