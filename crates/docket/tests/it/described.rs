//! The description of the native API is true: every request that these tests make is held against it. Path and method
//! are known, parameters are known, a body that was taken fits, and every answer is one that is described, with no member
//! that is not.

use super::hub::{Answer, TestHub};
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// The document with every object closed: what is not described may not be there.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = docket::http::openapi::document().expect("a document").clone();
    close(&mut document["components"]["schemas"]);
    document
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(|properties| {
                properties.as_object().is_some_and(|them| !them.contains_key("type") || them["type"].is_object())
            }) && !members.contains_key("additionalProperties")
                && members.get("type").is_some_and(Value::is_string)
            {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// What does not fit a schema of the document; the schema is named by its place there.
fn errors(place: &str, schema: &Value, value: &Value) -> Vec<String> {
    let known = VALIDATORS.lock().get(place).cloned();
    let validator = known.unwrap_or_else(|| {
        let mut whole = schema.clone();
        whole["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
        let made = jsonschema::options().should_validate_formats(true).build(&whole);
        let made = Arc::new(made.unwrap_or_else(|error| panic!("{place}: {error}")));
        VALIDATORS.lock().insert(place.to_owned(), Arc::clone(&made));
        made
    });
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The path of the document that a path is, and what can be done there: the one with the fewest placeholders.
fn operations(path: &str) -> Option<(&'static str, &'static Value)> {
    let given: Vec<&str> = path.split('/').collect();
    let fits = |known: &str| {
        let known: Vec<&str> = known.split('/').collect();
        known.len() == given.len()
            && known.iter().zip(&given).all(|(known, given)| known.starts_with('{') || known == given)
    };
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let found = paths.filter(|(known, _)| fits(known)).min_by_key(|(known, _)| known.matches('{').count());
    found.map(|(known, operations)| (known.as_str(), operations))
}

/// `text/html` of `text/html; charset=utf-8`.
fn media(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Holds a request and its answer against the document.
pub fn check(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8], answer: &Answer) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !path.starts_with("/v1/") {
        return;
    }
    let said = format!("{method} {target} → {}", answer.status);
    let header =
        |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, text)| *text);
    let verb = if method == "HEAD" { "get".to_owned() } else { method.to_ascii_lowercase() };
    let Some((known, operation)) = operations(path).and_then(|(known, them)| Some((known, them.get(&verb)?))) else {
        assert!(matches!(answer.status, 404 | 405), "{said}: is not described");
        return;
    };
    let place = format!("{verb} {known}");
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{said}: {place} is not said to answer that: {}", answer.text());
    if answer.status < 400 {
        let parameters: Vec<&str> = operation["parameters"]
            .as_array()
            .expect("parameters")
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        for name in query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty()) {
            assert!(parameters.contains(&name), "{said}: the parameter `{name}` is not described");
        }
        if header("content-encoding").is_none() {
            taken(&said, &place, operation, &media(header("content-type").unwrap_or("application/json")), body);
        }
    }
    let is_bare = method == "HEAD" || answer.body.is_empty();
    let kind = media(answer.header("content-type"));
    let content = if is_bare { &Value::Null } else { &response["content"] };
    let described = content.get(&kind).or_else(|| content.get("*/*"));
    if !is_bare {
        let described = described.unwrap_or_else(|| panic!("{said}: {place} is not said to answer {kind}"));
        given(&said, &format!("{place} {} {kind}", answer.status), described, &kind, response, answer);
    }
}

/// A body that was taken fits.
fn taken(said: &str, place: &str, operation: &Value, kind: &str, body: &[u8]) {
    let content = &operation["requestBody"]["content"];
    if body.is_empty() || body == b"{}" && content.is_null() {
        return;
    }
    let described = content.get(kind).or_else(|| content.get("*/*"));
    let described = described.unwrap_or_else(|| panic!("{said}: {place} is not said to take {kind}"));
    if kind == "application/json" && described["schema"]["format"] != "binary" {
        let Ok(value) = serde_json::from_slice(body) else { return };
        let errors = errors(&format!("{place} takes"), &described["schema"], &value);
        assert!(errors.is_empty(), "{said}: took what is not described: {errors:#?}\n{value:#}");
    }
}

/// What was given is described.
fn given(said: &str, place: &str, described: &Value, kind: &str, response: &Value, answer: &Answer) {
    if kind == "application/x-ndjson" {
        for line in answer.text().lines() {
            let schema = json!({"$ref": "#/components/schemas/LineOutcome"});
            let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{said}: {error}: {line}"));
            let errors = errors("LineOutcome", &schema, &value);
            assert!(errors.is_empty(), "{said}: a line is not described: {errors:#?}\n{value:#}");
        }
        return;
    }
    if !kind.ends_with("json") || described["schema"]["format"] == "binary" {
        return;
    }
    let value = answer.json();
    let errors = errors(place, &described["schema"], &value);
    assert!(errors.is_empty(), "{said}: answers what is not described: {errors:#?}\n{value:#}");
    if kind == "application/problem+json" {
        let codes = response["x-docket-codes"].as_array().expect("codes");
        assert!(codes.contains(&value["code"]), "{said}: the problem {} is not described: {codes:?}", value["code"]);
        assert_eq!(value["type"], format!("/docs/errors/{}", value["code"].as_str().unwrap()));
    }
    for event in value["events"].as_array().into_iter().flatten().filter(|event| event.get("kind").is_some()) {
        let component = match event["kind"].as_str().unwrap_or_default() {
            "position" => "UnitMoved",
            "delivery" => "Delivery",
            "job" => "JobListed",
            "missed" => "Missed",
            "exchange" => "ExchangeListed",
            _ => "Entry",
        };
        let schema = json!({"$ref": format!("#/components/schemas/{component}")});
        let errors = self::errors(component, &schema, &event["data"]);
        assert!(errors.is_empty(), "{said}: an event is not described: {errors:#?}\n{event:#}");
    }
}

/// What this file promises: a lie in either direction is found.
#[test]
fn lies_are_found() {
    let answer = |status: u16, body: &str| Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    let tells = |method: &'static str, target: &'static str, sent: &'static str, answer: Answer| {
        std::panic::catch_unwind(move || check(method, target, &[], sent.as_bytes(), &answer)).is_err()
    };
    let token = r#"{"name":"a","role":"viewer","created_at":"2026-01-15T10:00:00Z","expires_at":null,"expired":false"#;
    let tokens = |more: &str| format!("{{\"tokens\":[{token}{more}}}]}}");
    assert!(!tells("GET", "/v1/tokens", "", answer(200, &tokens(""))));
    assert!(tells("GET", "/v1/tokens", "", answer(200, &tokens(r#","hash":"x""#))), "a member too many");
    assert!(tells("GET", "/v1/tokens", "", answer(200, r#"{"tokens":[{}]}"#)), "a member too few");
    assert!(tells("GET", "/v1/tokens", "", answer(200, &tokens("").replace("viewer", "king"))), "a word too many");
    assert!(tells("GET", "/v1/tokens", "", answer(200, &tokens("").replace("T10", " at 10"))), "no time");
    assert!(tells("GET", "/v1/tokens", "", answer(418, "{}")), "a status");
    assert!(tells("GET", "/v1/tokens?colour=red", "", answer(200, &tokens(""))), "a parameter");
    assert!(tells("GET", "/v1/secrets", "", answer(200, "{}")), "a path");
    let made = format!("{token},\"token\":\"t\"}}");
    assert!(!tells("POST", "/v1/tokens", r#"{"name":"a","role":"viewer"}"#, answer(201, &made)));
    assert!(tells("POST", "/v1/tokens", r#"{"name":"a","role":"viewer","x":1}"#, answer(201, &made)), "a body");
}

/// The document is served to anybody, and says it when it is known already.
#[tokio::test]
async fn the_document_is_served() {
    let mut hub = TestHub::start().await;
    let answer = hub.request("GET", "/v1/openapi.json", &[], "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.json(), *docket::http::openapi::document().unwrap());
    let tag = answer.header("etag").to_owned();
    assert_eq!(hub.request("GET", "/v1/openapi.json", &[("if-none-match", &tag)], "").await.status, 304);
    hub.stop().await;
}
