//! Every operation of the native API that is described, asked by everybody: each role with a token and with a session,
//! nobody at all, another site, and somebody of another account.

use super::hub::{Answer, TestHub};
use super::users::{Browser, person, sign_in};
use docket_app::enroll;
use docket_core::connection::Access;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An operation of the document.
struct Operation {
    method: String,
    path: String,
    role: usize,
    is_open: bool,
    /// The media type of its body, if it takes one.
    takes: Option<String>,
}

fn operations() -> Vec<Operation> {
    let document = docket::http::openapi::document().expect("a document");
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(role) = operation["x-docket-role"].as_str() else { continue };
            let content = operation["requestBody"]["content"].as_object();
            found.push(Operation {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                role: Access::ALL.iter().position(|access| access.word() == role).unwrap(),
                is_open: operation["security"] == json!([]),
                takes: content.and_then(|content| content.keys().next().cloned()),
            });
        }
    }
    assert!(found.len() > 130, "{}", found.len());
    found
}

impl Operation {
    /// Asks it; a path that is a stream is asked for what there is.
    async fn ask(&self, hub: &TestHub, target: &str, who: &[(&str, &str)], body: &str) -> Answer {
        let mut headers = who.to_vec();
        if let Some(takes) = &self.takes {
            headers.push(("content-type", takes));
        }
        if self.path == "/v1/events" {
            headers.push(("accept", "application/json"));
        }
        hub.request(&self.method, target, &headers, if self.takes.is_some() { body } else { "" }).await
    }

    /// Its path with these names in it.
    fn target(&self, names: &BTreeMap<&str, String>) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => names.get(name).unwrap_or_else(|| panic!("{name} of {}", self.path)).clone(),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

fn is_code(answer: &Answer, status: u16, code: &str) -> bool {
    answer.status == status && answer.json()["code"] == code
}

/// Names of things that are nowhere.
fn nothing() -> BTreeMap<&'static str, String> {
    let id = "00000000-0000-7000-8000-000000000000".to_owned();
    let number = "999999".to_owned();
    let named = |name: &'static str| (name, "nobody-at-all".to_owned());
    let mut names: BTreeMap<&'static str, String> =
        ["slug", "connection", "rule", "webhook", "token", "user", "dialect"].map(named).into();
    names.extend(["order", "job", "plan", "exchange", "session", "site"].map(|name| (name, id.clone())));
    names.extend(["unit", "route", "place", "seq", "message"].map(|name| (name, number.clone())));
    names.insert("delivery", "999999-999999".to_owned());
    names
}

#[tokio::test]
async fn every_operation_is_for_its_role_and_those_above() {
    let mut hub = TestHub::start().await;
    let mut who = Vec::new();
    for access in Access::ALL {
        let body = json!({"name": access.word(), "role": access.word()}).to_string();
        let token = hub.native("POST", "/v1/tokens", &body).await.json()["token"].as_str().unwrap().to_owned();
        person(&hub, access.word(), "main", access).await;
        let Browser { cookie, csrf } = sign_in(&hub, access.word()).await;
        who.push((format!("Bearer {token}"), format!("docket_session={cookie}"), csrf));
    }
    let nothing = nothing();
    let mut asked = 0;
    for operation in operations() {
        // It would end the session that is needed below.
        let ends = operation.method == "DELETE" && operation.path == "/v1/session";
        let (target, name) = (operation.target(&nothing), format!("{} {}", operation.method, operation.path));
        let stranger = operation.ask(&hub, &target, &[], "{").await;
        assert_eq!(is_code(&stranger, 401, "unauthorized"), !operation.is_open, "{name}: {}", stranger.text());
        for (rank, (bearer, cookie, csrf)) in who.iter().enumerate().filter(|_| !ends) {
            let token = operation.ask(&hub, &target, &[("authorization", bearer)], "{").await;
            let page = [("cookie", cookie.as_str()), ("docket-csrf", csrf.as_str())];
            let session = operation.ask(&hub, &target, &page, "{").await;
            let is_let_in = operation.is_open || rank >= operation.role;
            for answer in [&token, &session] {
                assert_eq!(is_code(answer, 403, "forbidden"), !is_let_in, "{name} as {rank}: {}", answer.text());
                assert!(answer.status < 500, "{name} as {rank}: {}", answer.text());
            }
            asked += 2;
            if operation.method != "GET" && is_let_in && !operation.is_open {
                let elsewhere = [page[0], ("docket-csrf", "another"), ("origin", "https://evil.example")];
                for headers in [&page[..1], &elsewhere[..2], &[page[0], page[1], elsewhere[2]]] {
                    let forged = operation.ask(&hub, &target, headers, "{").await;
                    assert!(is_code(&forged, 403, "csrf"), "{name}: {}", forged.text());
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 1_500, "{asked}");
    hub.stop().await;
}

/// What somebody makes in an account, by name.
async fn things(hub: &TestHub) -> BTreeMap<&'static str, String> {
    let made = async |target: &str, body: Value| {
        let answer = hub.native("POST", target, &body.to_string()).await;
        assert!((200..300).contains(&answer.status), "{target}: {}", answer.text());
        answer.json()
    };
    let order = made("/v1/orders", json!({"number": "A-1", "site": {"address1": "Secret 1", "city": "Ede"}})).await;
    let order = order["id"].as_str().unwrap().to_owned();
    let file = made(&format!("/v1/orders/{order}/attachments"), json!({"name": "a.txt", "content": "QQ=="})).await;
    let choices = json!([{"key": "1", "label": "A"}, {"key": "2", "label": "B"}]);
    made(&format!("/v1/orders/{order}/questions"), json!({"id": "q", "message": "?", "choices": choices})).await;
    let acme = hub.connect("pruvan", "acme", &[("scope", "account")]).await;
    hub.post_form(&format!("/api/?apiKey={}", acme["api_key"]), "workOrders=%7B%22workOrders%22%3A%5B%5D%7D").await;
    let exchange = hub.native_until("/v1/exchanges", |page| page["exchanges"][0].is_object()).await;
    made("/v1/rules", json!({"name": "rule", "to": "acme"})).await;
    made("/v1/webhooks", json!({"name": "hook", "url": "https://erp.example/"})).await;
    let product = json!({"name": "P", "producer": "us"}).to_string();
    let product = hub.native("PUT", "/v1/products/product", &product).await.json();
    let job = made("/v1/orders", json!({"service": product["service"]})).await;
    let site = hub.native("GET", "/v1/sites", "").await.json()["sites"][0]["id"].as_str().unwrap().to_owned();
    let unit = made("/v1/units", json!({"name": "Van"})).await;
    let plan = made("/v1/plans", json!({"budget_ms": 60_000})).await;
    person(hub, "ann", "main", Access::Admin).await;
    let session = sign_in(hub, "ann").await.get(hub, "/v1/sessions").await.json();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut names = nothing();
    names.extend([
        ("order", order),
        ("place", text(&file["place"])),
        ("connection", "acme".to_owned()),
        ("exchange", text(&exchange["exchanges"][0]["id"])),
        ("rule", "rule".to_owned()),
        ("webhook", "hook".to_owned()),
        ("slug", "product".to_owned()),
        ("job", text(&job["id"])),
        ("site", site),
        ("unit", text(&unit["id"])),
        ("plan", text(&plan["id"])),
        ("token", "test".to_owned()),
        ("user", "ann".to_owned()),
        ("session", text(&session["sessions"][0]["id"])),
    ]);
    names
}

/// A body that would do something, did it meet what it names.
fn body(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or_default() {
        "{order}" => r#"{"title":"Taken"}"#,
        "{unit}" => r#"{"name":"Taken"}"#,
        "{connection}" => r#"{"enabled":false}"#,
        "{webhook}" => r#"{"description":"Taken"}"#,
        "{user}" => r#"{"role":"viewer"}"#,
        "transitions" => r#"{"transition":"cancel"}"#,
        "notes" => r#"{"id":"n","text":"Taken"}"#,
        "attachments" => r#"{"content":"QQ=="}"#,
        "check_ins" => r#"{"data":"{}"}"#,
        "forms" => r#"{"name":"F"}"#,
        "charges" => r#"{"charge":"bid","description":"C","quantity":1,"unit_price":1}"#,
        "questions" => r#"{"id":"x","message":"?","choices":[{"key":"1","label":"A"},{"key":"2","label":"B"}]}"#,
        "answers" | "answer" => r#"{"choice":"1"}"#,
        "repush" => r#"{"orders":"all"}"#,
        "replay" => r#"{"really":true}"#,
        _ => "{}",
    }
}

#[tokio::test]
async fn what_is_of_another_account_is_as_if_it_were_not_there() {
    let mut hub = TestHub::start().await;
    let (theirs, nothing) = (things(&hub).await, nothing());
    let token = enroll::add_token(hub.app().store(), "other", "other", hub.app().now()).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    let bearer = format!("Bearer {token}");
    let own = format!("Bearer {}", hub.token);
    let order = format!("/v1/orders/{}", theirs["order"]);
    let before = hub.native("GET", &order, "").await.text();
    let (mut tried, mut readable) = (0, 0);
    for operation in operations().iter().filter(|operation| operation.path.contains('{')) {
        let (there, nowhere) = (operation.target(&theirs), operation.target(&nothing));
        if there == nowhere || operation.path.contains("{dialect}") {
            continue;
        }
        let text = body(&operation.path);
        // Products and rules are made by their names, each account its own.
        let makes = operation.method == "PUT" && text == "{}";
        let seen = operation.ask(&hub, &there, &[("authorization", &bearer)], text).await;
        let missing = operation.ask(&hub, &nowhere, &[("authorization", &bearer)], text).await;
        let name = format!("{} {there}", operation.method);
        assert_eq!((seen.status, seen.text()), (missing.status, missing.text()), "{name}");
        assert!(seen.status == 404 || seen.status == 401 || seen.status == 422 || makes, "{name}: {}", seen.text());
        tried += 1;
        if operation.method == "GET" {
            let shown = operation.ask(&hub, &there, &[("authorization", &own)], "").await;
            readable += usize::from(shown.status == 200);
        }
    }
    assert!(tried > 70 && readable > 20, "{tried} tried, {readable} could be read by whom they belong to");
    assert_eq!(hub.native("GET", &order, "").await.text(), before);
    hub.stop().await;
}
