//! Signing in and out: what is told, what is not, and what a browser may be made to do.

use super::{Browser, PASSWORD, code, person, sign_in, try_sign_in};
use crate::hub::TestHub;
use docket::config::Keep;
use docket_core::connection::Access;
use docket_core::ids::AccountId;
use serde_json::json;
use std::time::{Duration, Instant};

const ORDER: &str = r#"{"title":"Mow"}"#;

#[tokio::test]
async fn a_session_does_what_a_token_does() {
    for hub in super::each().await {
        person(&hub, "ann", "main", Access::Dispatcher).await;
        let (answer, mut ann) = try_sign_in(&hub, json!({"name": "Ann", "password": PASSWORD})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let cookie = answer.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "not over http");
        assert!(ann.cookie.len() >= 43, "256 bits");
        assert_eq!(answer.header("cache-control"), "no-store");
        let shown = answer.json();
        assert_eq!(shown["user"], json!({"name": "ann", "totp": false, "recovery_codes_left": 0}));
        assert_eq!((&shown["account"], &shown["role"]), (&json!("main"), &json!("dispatcher")));
        assert_eq!(shown["accounts"], json!([{"name": "main", "role": "dispatcher"}]));
        assert_eq!(shown["expires_at"], "2026-01-15T22:00:00Z");
        assert_eq!(ann.get(&hub, "/v1/session").await.json(), shown);

        let made = ann.ask(&hub, "POST", "/v1/orders", r#"{"number":"S-1"}"#).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let order = made.json()["id"].as_str().unwrap().to_owned();
        let listed = ann.get(&hub, "/v1/orders").await;
        assert_eq!((listed.status, listed.header("cache-control")), (200, "private, no-cache"));
        assert_eq!(listed.json()["orders"][0]["number"], "S-1");
        let history = ann.get(&hub, &format!("/v1/orders/{order}/history")).await.json();
        assert_eq!(history["entries"][0]["actor"], "ann", "{history}");

        let mut before = ann.clone();
        let answer = ann.ask(&hub, "DELETE", "/v1/session", "").await;
        assert_eq!((answer.status, ann.cookie.as_str()), (204, ""));
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(code(&before.get(&hub, "/v1/session").await), (401, "unauthorized".to_owned()));
        assert_eq!(before.get(&hub, "/v1/orders").await.status, 401);
    }
}

#[tokio::test]
async fn nobody_learns_which_names_there_are() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Viewer).await;
    person(&hub, "off", "main", Access::Viewer).await;
    let changed = hub.native("PATCH", "/v1/users/off", r#"{"disabled":true}"#).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    // The quickest of a few, for the machine may have had something else to do.
    let answer = async |name: &str, password: &str| {
        let (mut quickest, mut last) = (Duration::MAX, None);
        for _ in 0..4 {
            let begun = Instant::now();
            let (answer, browser) = try_sign_in(&hub, json!({"name": name, "password": password})).await;
            quickest = quickest.min(begun.elapsed());
            assert_eq!(browser.cookie, "");
            last = Some(answer);
        }
        let answer = last.unwrap();
        (answer.status, answer.text(), quickest)
    };
    let wrong = answer("ann", "wrong horse").await;
    let unknown = answer("nobody-at-all", "wrong horse").await;
    let disabled = answer("off", PASSWORD).await;
    assert_eq!((wrong.0, &wrong.1), (401, &unknown.1));
    assert_eq!((disabled.0, &disabled.1), (401, &unknown.1));
    assert!(wrong.1.contains("\"credentials\""));
    // An unknown name costs a hash, too: without one it would be answered in a hundredth of the time.
    assert!(unknown.2 > wrong.2 / 5, "{:?} {:?}", unknown.2, wrong.2);
    let (large, _) = try_sign_in(&hub, json!({"name": "ann", "password": "x".repeat(70_000)})).await;
    assert_eq!(code(&large), (413, "body".to_owned()), "strangers say little");
    let (empty, _) = try_sign_in(&hub, json!({"name": "ann"})).await;
    assert_eq!((empty.status, &empty.json()["pointer"]), (422, &json!("/password")));
}

#[tokio::test]
async fn a_session_that_was_planted_is_not_gone_on_with() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Admin).await;
    // What somebody else chose is nobody's session, before and after.
    let mut planted = Browser { cookie: "A".repeat(43), csrf: String::new() };
    let body = json!({"name": "ann", "password": PASSWORD}).to_string();
    let mut ann = planted.clone();
    assert_eq!(ann.ask(&hub, "POST", "/v1/session", &body).await.status, 201);
    assert_ne!(ann.cookie, planted.cookie);
    assert_eq!(planted.get(&hub, "/v1/session").await.status, 401);
    // Signing in again makes another one, and the old one is worth nothing.
    let mut old = ann.clone();
    assert_eq!(ann.ask(&hub, "POST", "/v1/session", &body).await.status, 201);
    assert_ne!((ann.cookie.as_str(), ann.csrf.as_str()), (old.cookie.as_str(), old.csrf.as_str()));
    assert_eq!(old.get(&hub, "/v1/session").await.status, 401);
    assert_eq!(ann.get(&hub, "/v1/session").await.status, 200);
    // Two at once are not to be told apart: a neighbouring site may have put one there.
    let mut both = ann.clone();
    both.cookie = format!("{}; docket_session={}", ann.cookie, "B".repeat(43));
    assert_eq!(both.get(&hub, "/v1/session").await.status, 401);
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_change_anything() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Admin).await;
    let mut ann = sign_in(&hub, "ann").await;
    let mut bob = sign_in(&hub, "ann").await;
    let own = hub.url();
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, bool);
    let cases: [Case<'_>; 10] = [
        ("no token", vec![("docket-csrf", "")], false),
        ("a wrong token", vec![("docket-csrf", "00")], false),
        ("another session's", vec![("docket-csrf", bob.csrf.as_str())], false),
        ("another origin", vec![("origin", "https://evil.example")], false),
        ("a page without an origin", vec![("origin", "null")], false),
        ("another port", vec![("origin", "http://127.0.0.1:1")], false),
        ("another site", vec![("sec-fetch-site", "cross-site")], false),
        ("a neighbouring site", vec![("sec-fetch-site", "same-site")], false),
        ("a program that says nothing", vec![], true),
        ("our own page", vec![("origin", own.as_str()), ("sec-fetch-site", "same-origin")], true),
    ];
    for (what, headers, is_let) in &cases {
        let answer = ann.ask_with(&hub, ("POST", "/v1/orders"), headers, ORDER).await;
        match is_let {
            true => assert_eq!(answer.status, 201, "{what}: {}", answer.text()),
            false => assert_eq!(code(&answer), (403, "csrf".to_owned()), "{what}"),
        }
    }
    assert_eq!(ann.get(&hub, "/v1/orders").await.json()["orders"].as_array().unwrap().len(), 2);
    // Reading needs none, and is not what another site can do: it does not get to see the answer.
    let read = ann.ask_with(&hub, ("GET", "/v1/orders"), &[("docket-csrf", "")], "").await;
    assert_eq!(read.status, 200);
    // Nor does another site sign somebody in as somebody else.
    let body = json!({"name": "ann", "password": PASSWORD}).to_string();
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let mut fresh = Browser::default();
        let answer = fresh.ask_with(&hub, ("POST", "/v1/session"), &[header], &body).await;
        assert_eq!((code(&answer), fresh.cookie.as_str()), ((403, "csrf".to_owned()), ""));
    }
    // A token is not sent by a browser on its own, and needs none of that.
    assert_eq!(hub.native("POST", "/v1/orders", ORDER).await.status, 201);
    bob.ask(&hub, "DELETE", "/v1/session", "").await;
}

#[tokio::test]
async fn behind_a_proxy_the_public_url_counts() {
    let hub = TestHub::start_with(|config| config.public_url = "https://orders.example/".to_owned()).await;
    person(&hub, "ann", "main", Access::Admin).await;
    let mut ann = Browser::default();
    let body = json!({"name": "ann", "password": PASSWORD}).to_string();
    let from = [("origin", "https://orders.example"), ("sec-fetch-site", "same-origin")];
    let answer = ann.ask_with(&hub, ("POST", "/v1/session"), &from, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.header("set-cookie").contains("; Secure"));
    let answer = ann.ask_with(&hub, ("POST", "/v1/orders"), &from, ORDER).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = ann.ask_with(&hub, ("POST", "/v1/orders"), &[("origin", "http://orders.example")], ORDER).await;
    assert_eq!(answer.status, 403, "not over https");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Viewer).await;
    person(&hub, "bob", "main", Access::Viewer).await;
    let attempt =
        async |name: &str, password: &str| try_sign_in(&hub, json!({"name": name, "password": password})).await.0;
    for name in ["ann", "no-such-name"] {
        // Many at once are as many as one after the other.
        let tries = (0..16).map(|_| attempt(name, "wrong horse"));
        let answers = futures_util::future::join_all(tries).await;
        let refused = answers.iter().filter(|answer| answer.status == 401).count();
        let throttled: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert_eq!((refused, throttled.len()), (10, 6), "{name}");
        assert_eq!(code(throttled[0]).1, "throttled");
        assert_eq!(throttled[0].header("retry-after"), "600");
    }
    hub.clock.advance_ms(60_000);
    let answer = attempt("ann", PASSWORD).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "540"), "the right one, too");
    assert_eq!(attempt("bob", PASSWORD).await.status, 201, "others go on");
    hub.clock.advance_ms(540_000);
    assert_eq!(attempt("ann", PASSWORD).await.status, 201);
    for _ in 0..30 {
        assert_eq!(attempt("bob", PASSWORD).await.status, 201, "right ones do not count");
    }
}

#[tokio::test]
async fn secrets_are_in_no_log() {
    let hub = TestHub::start_with(|config| config.wire_log.keep = Keep::All).await;
    person(&hub, "ann", "main", Access::Admin).await;
    let (answer, mut ann) = try_sign_in(&hub, json!({"name": "ann", "password": PASSWORD})).await;
    assert_eq!(answer.status, 201);
    try_sign_in(&hub, json!({"name": "eve", "password": "a guess of eve's"})).await;
    let offer = ann.ask(&hub, "POST", "/v1/session/totp", "").await.json();
    let secret = offer["secret"].as_str().unwrap().to_owned();
    let typed = super::codes::app_code(&secret, hub.app().now());
    let confirmed = ann.ask(&hub, "PUT", "/v1/session/totp", &json!({"code": typed}).to_string()).await.json();
    let recovery = confirmed["recovery_codes"][3].as_str().unwrap().to_owned();
    let new = "another horse";
    ann.ask(&hub, "PUT", "/v1/session/password", &json!({"old": PASSWORD, "new": new}).to_string()).await;
    let body = json!({"name": "bob", "password": "bobs password", "role": "viewer"}).to_string();
    assert_eq!(ann.ask(&hub, "POST", "/v1/users", &body).await.status, 201);
    let referer = format!("{}/setup?code=5ec2e7", hub.url());
    ann.ask_with(&hub, ("GET", "/v1/session"), &[("referer", &referer)], "").await;
    let listed = hub
        .native_until("/v1/exchanges?limit=100", |body| {
            body["exchanges"].as_array().unwrap().iter().any(|one| one["operation"] == "users/add")
        })
        .await;
    let mut seen = Vec::new();
    for exchange in listed["exchanges"].as_array().unwrap() {
        let target = format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap());
        let text = hub.native("GET", &target, "").await.text();
        for secret in
            [PASSWORD, new, "bobs password", &secret, &typed, &recovery, &ann.cookie, &ann.csrf, "5ec2e7", "otpauth"]
        {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        seen.push(exchange["operation"].as_str().unwrap().to_owned());
    }
    for operation in [
        "session/sign_in",
        "session/offer_totp",
        "session/confirm_totp",
        "session/password",
        "users/add",
        "session/show",
    ] {
        assert!(seen.iter().any(|one| one == operation), "{operation} is kept: {seen:?}");
    }
    // What was refused is nobody's, and is kept without its secrets, too.
    let refused = hub.app().store().exchanges(AccountId::default(), None, None, 100).await.unwrap();
    assert!(refused.iter().any(|exchange| exchange.operation == "session/sign_in" && exchange.status == 401));
    for exchange in refused {
        assert!(!format!("{exchange:?}").contains("a guess of eve's"), "{exchange:?}");
    }
    // Nor in what is stored beside it.
    let kept = std::fs::read(hub.data().join("docket.db")).unwrap_or_default();
    for secret in [PASSWORD, new, &secret, &recovery, &ann.cookie] {
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
}
