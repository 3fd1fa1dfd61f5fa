//! What whoever builds on the native API stumbles over: conditions, encodings, lines, misspelt members, names that no path
//! can end with.

use super::hub::{Answer, TestHub};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write as _;

/// Status, code and pointer.
fn told(answer: &Answer) -> (u16, String, String) {
    let said = answer.json();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("pointer"))
}

fn invalid(pointer: &str) -> (u16, String, String) {
    (422, "invalid".to_owned(), pointer.to_owned())
}

async fn with(hub: &TestHub, method: &str, target: &str, header: (&str, &str), body: impl AsRef<[u8]>) -> Answer {
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), header];
    hub.request(method, target, &headers, body).await
}

#[tokio::test]
async fn a_tag_is_known_however_it_comes_back() {
    let mut hub = TestHub::start().await;
    let made = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await;
    let tag = made.header("etag").to_owned();
    assert_eq!(tag, "\"1\"", "who makes an order need not read it to change it");
    let order = made.header("location").to_owned();
    let again = with(&hub, "PATCH", &order, ("if-match", &tag), r#"{"title":"Mow"}"#).await;
    assert_eq!((again.status, again.header("etag")), (200, "\"2\""));
    for known in ["\"2\"", "W/\"2\"", "\"9\", W/\"2\"", "*"] {
        let answer = with(&hub, "GET", &order, ("if-none-match", known), "").await;
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, "\"2\""), "{known}");
    }
    assert_eq!(with(&hub, "GET", &order, ("if-none-match", "W/\"1\""), "").await.status, 200);
    hub.stop().await;
}

#[tokio::test]
async fn a_part_of_a_file_is_a_part_of_what_was_begun() {
    let mut hub = TestHub::start().await;
    let order = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await.header("location").to_owned();
    let put = async |content: &str| {
        let body = json!({"id": "a", "name": "a.txt", "content": content}).to_string();
        let place = hub.native("POST", &format!("{order}/attachments"), &body).await.json()["place"].to_string();
        format!("{order}/attachments/{place}/content")
    };
    let file = put("QUFBQQ==").await;
    let tag = hub.native("GET", &file, "").await.header("etag").to_owned();
    let bearer = format!("Bearer {}", hub.token);
    let rest = async || {
        let headers = [("authorization", bearer.as_str()), ("range", "bytes=2-"), ("if-range", tag.as_str())];
        let answer = hub.request("GET", &file, &headers, "").await;
        (answer.status, answer.text())
    };
    assert_eq!(rest().await, (206, "AA".to_owned()));
    assert_eq!(put("QkJCQg==").await, file, "another file at the same place");
    assert_eq!(rest().await, (200, "BBBB".to_owned()), "no mixture of both");
    let weak = format!("W/{}", hub.native("GET", &file, "").await.header("etag"));
    assert_eq!(with(&hub, "GET", &file, ("if-none-match", &weak), "").await.status, 304);
    hub.stop().await;
}

#[tokio::test]
async fn bodies_may_come_compressed() {
    let mut hub = TestHub::start_with(|config| config.limits.body_bytes = 100_000).await;
    let packed = |text: &str| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let made = with(&hub, "POST", "/v1/orders", ("content-encoding", "gzip"), packed(r#"{"number":"7"}"#)).await;
    assert_eq!((made.status, &made.json()["number"]), (201, &json!("7")), "{}", made.text());
    // More than goes without asking for room.
    let wide = packed(&format!("{{\"number\":\"8\"}}{}", " ".repeat(90_000)));
    assert_eq!(with(&hub, "POST", "/v1/orders", ("content-encoding", "gzip"), wide).await.status, 201);
    let large = packed(&json!({"title": "x".repeat(200_000)}).to_string());
    assert_eq!(told(&with(&hub, "POST", "/v1/orders", ("content-encoding", "gzip"), large).await).1, "body");
    assert_eq!(told(&with(&hub, "POST", "/v1/orders", ("content-encoding", "gzip"), "{}").await).1, "body");
    let other = with(&hub, "POST", "/v1/orders", ("content-encoding", "br"), "{}").await;
    assert_eq!((other.status, told(&other).1.as_str()), (415, "encoding"));
    assert_eq!(hub.native("GET", "/v1/orders/counts", "").await.json()["total"], 2);
    hub.stop().await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_one_line() {
    let mut hub = TestHub::start_with(|config| config.limits.body_bytes = 20_000).await;
    let long = |number: &str| json!({"number": number, "title": "x".repeat(50_000)}).to_string();
    let lines =
        format!("{{\"number\":\"1\"}}\r\n{}\n\n{{\"number\":\"2\"}}\n{}\n{{\"number\":\"3\"}}", long("a"), long("b"));
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    let answer = hub.request("POST", "/v1/orders", &headers, lines).await;
    let told: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let short: Vec<(i64, i64)> =
        told.iter().map(|line| (line["index"].as_i64().unwrap(), line["status"].as_i64().unwrap())).collect();
    assert_eq!(short, [(0, 201), (1, 413), (2, 201), (3, 413), (4, 201)], "{}", answer.text());
    assert_eq!(told[1]["code"], "body");
    assert_eq!(hub.native("GET", "/v1/orders/counts", "").await.json()["total"], 3);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_pointed_to() {
    let mut hub = TestHub::start().await;
    for (target, body, pointer) in [
        ("/v1/orders", r#"{"number":""}"#, "/number"),
        ("/v1/orders", r#"{"number":"  ","title":"Mow"}"#, "/number"),
        ("/v1/orders", r#"[{"title":"Mow"},{"number":" "}]"#, "/1/number"),
        ("/v1/orders", r#"{"site":{"latitude":52.1}}"#, "/site/longitude"),
        ("/v1/orders", r#"{"title":"Mow","site":{"city":"Ede","longitude":5.1,"latitude":null}}"#, "/site/latitude"),
        ("/v1/orders", r#"{"title":"Mow","progress":{"current":-1,"total":3}}"#, "/progress/current"),
        (
            "/v1/orders",
            r#"{"title":"Mow","window":{"from":"2026-01-15T12:00:00Z","to":"2026-01-15T11:00:00Z"}}"#,
            "/window/to",
        ),
        ("/v1/plans", "[]", ""),
        ("/v1/plans", r#"{"orders":[]}"#, "/orders"),
        ("/v1/plans", r#"{"units":[]}"#, "/units"),
        ("/v1/plans", r#"{"orders":"all"}"#, "/orders"),
        ("/v1/plans", r#"{"objective":"cheap"}"#, "/objective"),
        ("/v1/plans", r#"{"budget_ms":-1}"#, "/budget_ms"),
        ("/v1/plans", r#"{"attempts":0}"#, "/attempts"),
        ("/v1/plans", r#"{"from":"tomorrow"}"#, "/from"),
        ("/v1/plans", r#"{"start":{"latitude":5}}"#, "/start"),
        ("/v1/plans", r#"{"order":["7"]}"#, "/order"),
        ("/v1/tokens", r#"{"name":"..","role":"viewer"}"#, "/name"),
        ("/v1/tokens", r#"{"name":"ci","role":"viewer","expires_at":"2020-01-01T00:00:00Z"}"#, "/expires_at"),
        ("/v1/users", r#"{"name":".","role":"viewer","password":"correct horse"}"#, "/name"),
        ("/v1/webhooks", r#"{"name":"..","url":"https://erp.example/"}"#, "/name"),
    ] {
        let answer = hub.native("POST", target, body).await;
        assert_eq!(told(&answer), invalid(pointer), "{target} {body}: {}", answer.text());
    }
    for (body, pointer) in [
        ("{}", "/name"),
        (r#"{"name":"r"}"#, "/to"),
        (r#"{"name":"r","to":"x","whenn":"true"}"#, "/whenn"),
        (r#"{"name":"r","to":7}"#, "/to"),
        (r#"{"name":"r","to":"x","enabled":"yes"}"#, "/enabled"),
    ] {
        let answer = hub.native("POST", "/v1/rules", body).await;
        assert_eq!(told(&answer), (422, "rule".to_owned(), pointer.to_owned()), "{body}: {}", answer.text());
    }
    assert_eq!(hub.native("GET", "/v1/orders/counts", "").await.json()["total"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn parts_without_a_boundary_are_none() {
    let mut hub = TestHub::start().await;
    let order = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await.header("location").to_owned();
    let bearer = format!("Bearer {}", hub.token);
    for kind in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x"] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let answer = hub.request("POST", &format!("{order}/attachments"), &headers, "--x--").await;
        assert!(answer.status == 400 && answer.text().contains("boundary"), "{kind}: {}", answer.text());
    }
    hub.stop().await;
}

#[tokio::test]
async fn answers_to_questions_say_what_is_missing() {
    let mut hub = TestHub::start().await;
    let order = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await.header("location").to_owned();
    let question = r#"{"id":"lot","message":"Which?","choices":[{"key":"1","label":"A"},{"key":"2","label":"B"}]}"#;
    let asked = hub.native("POST", &format!("{order}/questions"), question).await;
    assert_eq!((asked.status, asked.header("etag")), (201, "\"2\""));
    let place = asked.json()["questions"][0]["place"].to_string();
    let (answers, at) = (format!("{order}/answers"), format!("{order}/questions/{place}/answer"));
    for (target, body, pointer) in [
        (&answers, "{}", "/choice"),
        (&answers, r#"["lot","1"]"#, ""),
        (&answers, r#"{"choice":1}"#, "/choice"),
        (&answers, r#"{"choice":"3"}"#, "/choice"),
        (&answers, r#"{"choice":"1","quesion":"lot"}"#, "/quesion"),
        (&at, "{}", "/choice"),
        (&at, r#"{"choice":"1","question":"lot"}"#, "/question"),
    ] {
        let answer = hub.native("POST", target, body).await;
        assert_eq!(told(&answer), invalid(pointer), "{target} {body}: {}", answer.text());
    }
    let other = hub.native("POST", &answers, r#"{"question":"plot","choice":"1"}"#).await;
    assert_eq!(other.status, 404);
    assert!(other.text().contains("no such question"), "{}", other.text());
    assert_eq!(hub.native("POST", &answers, r#"{"question":null,"choice":"1"}"#).await.status, 201);
    hub.stop().await;
}

#[tokio::test]
async fn what_takes_no_parameters_says_so() {
    let mut hub = TestHub::start().await;
    for target in ["/v1/connections?dialect=ppw", "/v1/rules?limit=3", "/v1/users?role=admin", "/v1/map?zoom=3"] {
        let answer = hub.native("GET", target, "").await;
        assert_eq!(told(&answer).1, "invalid_parameter", "{target}");
    }
    let order = hub.native("POST", "/v1/orders", r#"{"number":"7"}"#).await.header("location").to_owned();
    let answer = hub.native("DELETE", &format!("{order}?dry=true"), "").await;
    assert_eq!(told(&answer).1, "invalid_parameter", "nothing is done that was meant otherwise");
    assert_eq!(hub.native("GET", &order, "").await.status, 200);
    let origin = hub.native("GET", "/v1/orders?origin=prvan", "").await;
    assert!(origin.status == 400 && origin.text().contains("pruvan"), "{}", origin.text());
    for strange in ["operation=%00", "dialect=%00", "q=a%00b", "limit=5&limit=6"] {
        let answer = hub.native("GET", &format!("/v1/exchanges?{strange}"), "").await;
        assert_eq!(told(&answer).1, "invalid_parameter", "{strange}: {}", answer.text());
    }
    assert_eq!(hub.native("GET", "/v1/orders?tag=a&tag=b", "").await.status, 200);
    for nowhere in ["/v1", "/v1/", "/v1/ordres"] {
        let answer = hub.native("GET", nowhere, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{nowhere}");
        assert!(answer.text().contains("/v1/openapi.json"), "{nowhere}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn the_rate_limit_is_what_is_promised() {
    let mut hub = TestHub::start().await;
    let answer = hub.native("GET", "/v1/units", "").await;
    assert_eq!(answer.header("ratelimit-policy"), "\"caller\";q=600000;w=10");
    let left: i64 = answer.header("ratelimit").split(['=', ';']).nth(2).unwrap().parse().unwrap();
    assert_eq!(left, 599_999, "{}", answer.header("ratelimit"));
    hub.stop().await;
}

#[tokio::test]
async fn the_command_line_counts_lines_as_people_do_and_says_where_it_looks() {
    let mut hub = TestHub::start().await;
    let file = hub.data().join("orders.ndjson");
    std::fs::write(&file, "{\"number\":\"1\"}\n\n\r\n{\"numbr\":\"2\"}\n\nno JSON\n{\"number\":\"3\"}\n").unwrap();
    let output = hub.cli(&["order", "import", file.to_str().unwrap()]).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("line 4: numbr is not") && told.contains("line 6: ") && !told.contains("line 1"), "{told}");
    hub.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let list = async || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket"));
        command.args(["token", "list", "--data"]).arg(elsewhere.path()).env_remove("DOCKET_DATA");
        String::from_utf8(command.output().await.unwrap().stderr).unwrap()
    };
    let first = list().await;
    assert!(first.contains("there was no ledger in") && first.contains("--data"), "{first}");
    let second = list().await;
    assert!(!second.contains("there was no ledger"), "{second}");
}
