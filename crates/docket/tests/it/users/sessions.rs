//! When sessions end, and who ends them.

use super::{Browser, PASSWORD, code, each, each_with, granted, person, sign_in, try_sign_in};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn status(hub: &TestHub, browser: &Browser) -> u16 {
    browser.clone().get(hub, "/v1/session").await.status
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_when_its_time_is_over() {
    let settings = |config: &mut docket::config::Config| {
        config.users.session_idle_minutes = 30;
        config.users.session_hours = 2;
    };
    for mut hub in each_with(settings).await {
        person(&hub, "ann", "main", Access::Viewer).await;
        let used = sign_in(&hub, "ann").await;
        let idle = sign_in(&hub, "ann").await;
        assert_eq!(used.clone().get(&hub, "/v1/session").await.json()["expires_at"], "2026-01-15T10:30:00Z");
        hub.clock.advance_ms(29 * 60_000);
        assert_eq!(used.clone().get(&hub, "/v1/session").await.json()["expires_at"], "2026-01-15T10:59:00Z");
        hub.clock.advance_ms(60_000);
        assert_eq!((status(&hub, &used).await, status(&hub, &idle).await), (200, 401), "half an hour unused");
        for _ in 0..3 {
            hub.clock.advance_ms(29 * 60_000);
            assert_eq!(status(&hub, &used).await, 200);
        }
        assert_eq!(used.clone().get(&hub, "/v1/session").await.json()["expires_at"], "2026-01-15T12:00:00Z");
        hub.clock.advance_ms(3 * 60_000);
        assert_eq!(status(&hub, &used).await, 401, "two hours, however much it is used");
        hub.stop().await;
    }
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Viewer).await;
        let mut ann = sign_in(&hub, "ann").await;
        let other = sign_in(&hub, "ann").await;
        let new = "another horse";
        for (old, new, status, pointer) in
            [("wrong horse", new, 403, "/old"), (PASSWORD, "short", 422, "/new"), (PASSWORD, "ann", 422, "/new")]
        {
            let body = json!({"old": old, "new": new}).to_string();
            let answer = ann.ask(&hub, "PUT", "/v1/session/password", &body).await;
            assert_eq!((answer.status, &answer.json()["pointer"]), (status, &json!(pointer)), "{}", answer.text());
        }
        let body = json!({"old": PASSWORD, "new": new}).to_string();
        let answer = ann.ask(&hub, "PUT", "/v1/session/password", &body).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        assert_eq!((status(&hub, &ann).await, status(&hub, &other).await), (200, 401));
        let old = try_sign_in(&hub, json!({"name": "ann", "password": PASSWORD})).await.0;
        assert_eq!(code(&old), (401, "credentials".to_owned()));
        assert_eq!(try_sign_in(&hub, json!({"name": "ann", "password": new})).await.0.status, 201);
    }
}

#[tokio::test]
async fn the_old_password_is_not_guessed_with_an_open_session() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Viewer).await;
    let mut ann = sign_in(&hub, "ann").await;
    let body = json!({"old": "wrong horse", "new": "another horse"}).to_string();
    for _ in 0..10 {
        let answer = ann.ask(&hub, "PUT", "/v1/session/password", &body).await;
        assert_eq!(code(&answer), (403, "credentials".to_owned()));
    }
    assert_eq!(code(&ann.ask(&hub, "PUT", "/v1/session/password", &body).await), (429, "throttled".to_owned()));
}

#[tokio::test]
async fn sessions_are_shown_to_their_owner_and_ended_one_by_one() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Viewer).await;
    person(&hub, "bob", "main", Access::Admin).await;
    let mut ann = sign_in(&hub, "ann").await;
    hub.clock.advance_ms(60_000);
    let elsewhere = sign_in(&hub, "ann").await;
    let mut bob = sign_in(&hub, "bob").await;
    let listed = ann.get(&hub, "/v1/sessions").await.json();
    let listed = listed["sessions"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    let of = |current: bool| listed.iter().find(|one| one["current"] == current).unwrap();
    let (own, other) = (of(true), of(false));
    assert_eq!((&own["address"], &own["agent"]), (&json!("127.0.0.1"), &json!("Test/1.0")));
    assert_eq!(own["created_at"], "2026-01-15T10:00:00Z");
    assert_eq!(own["last_seen_at"], "2026-01-15T10:01:00Z");
    assert!(!ann.get(&hub, "/v1/sessions").await.text().contains(&elsewhere.cookie));
    let target = format!("/v1/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(bob.ask(&hub, "DELETE", &target, "").await.status, 404, "nobody else's, whoever asks");
    assert_eq!(status(&hub, &elsewhere).await, 200);
    assert_eq!(ann.ask(&hub, "DELETE", &target, "").await.status, 204);
    assert_eq!((status(&hub, &ann).await, status(&hub, &elsewhere).await), (200, 401));
    assert_eq!(ann.ask(&hub, "DELETE", &target, "").await.status, 404);
    // A token is nobody: it has no session.
    for (method, target) in [("GET", "/v1/session"), ("GET", "/v1/sessions"), ("GET", "/v1/session/preferences")] {
        assert_eq!(code(&hub.native(method, target, "").await), (401, "unauthorized".to_owned()), "{target}");
    }
}

/// Reads on until the stream is over.
async fn ends(stream: &mut TcpStream) {
    let over = async {
        let mut buffer = [0; 4096];
        let mut text = Vec::new();
        loop {
            let read = stream.read(&mut buffer).await.unwrap();
            text.extend_from_slice(&buffer[..read]);
            if read == 0 || text.ends_with(b"0\r\n\r\n") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), over).await.expect("the stream ends");
}

async fn follow(hub: &TestHub, browser: &Browser) -> TcpStream {
    let mut stream = TcpStream::connect(hub.address()).await.unwrap();
    let cookie = format!("docket_session={}", browser.cookie);
    let head = format!("GET /v1/events HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 256];
    let read = stream.read(&mut first).await.unwrap();
    let head = String::from_utf8_lossy(&first[..read]).into_owned();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    stream
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_holds_it() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Viewer).await;
        granted(&hub, "ann", "other", Access::Viewer).await;
        let mut ann = sign_in(&hub, "ann").await;
        let (mut stays, mut out) = (sign_in(&hub, "ann").await, sign_in(&hub, "ann").await);
        let mut open = follow(&hub, &out).await;
        assert_eq!(out.ask(&hub, "DELETE", "/v1/session", "").await.status, 204);
        ends(&mut open).await;
        // Who goes on in another account is shown nothing more of this one.
        let mut open = follow(&hub, &stays).await;
        assert_eq!(stays.ask(&hub, "PATCH", "/v1/session", r#"{"account":"other"}"#).await.status, 200);
        ends(&mut open).await;
        let mut open = follow(&hub, &ann).await;
        assert_eq!(hub.native("PATCH", "/v1/users/ann", r#"{"disabled":true}"#).await.status, 200);
        ends(&mut open).await;
        assert_eq!(ann.get(&hub, "/v1/orders").await.status, 401);
    }
}

#[tokio::test]
async fn what_somebody_likes_is_kept_per_account() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Viewer).await;
        granted(&hub, "ann", "other", Access::Viewer).await;
        person(&hub, "bob", "main", Access::Viewer).await;
        let (mut ann, mut bob) = (sign_in(&hub, "ann").await, sign_in(&hub, "bob").await);
        let likes = json!({"theme": "dark", "columns": ["number", "due"], "odd": "\u{0}\u{1a}é"});
        assert_eq!(ann.get(&hub, "/v1/session/preferences").await.json(), json!({}));
        for _ in 0..2 {
            let put = ann.ask(&hub, "PUT", "/v1/session/preferences", &likes.to_string()).await;
            assert_eq!((put.status, put.json()), (200, likes.clone()));
        }
        assert_eq!(ann.get(&hub, "/v1/session/preferences").await.json(), likes);
        assert_eq!(bob.get(&hub, "/v1/session/preferences").await.json(), json!({}));
        ann.ask(&hub, "PATCH", "/v1/session", r#"{"account":"other"}"#).await;
        assert_eq!(ann.get(&hub, "/v1/session/preferences").await.json(), json!({}));
        for body in ["[]".to_owned(), "7".to_owned(), json!({"a": "x".repeat(64 * 1024)}).to_string()] {
            assert_eq!(ann.ask(&hub, "PUT", "/v1/session/preferences", &body).await.status, 422);
        }
        let broken = ann.ask(&hub, "PUT", "/v1/session/preferences", "{").await;
        assert_eq!(code(&broken), (400, "syntax".to_owned()));
    }
}

#[tokio::test]
async fn sessions_outlive_the_process_and_hold_at_every_hub_of_a_database() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else { return };
    let url = crate::postgres::fresh_database(&server);
    let first = TestHub::start_with(|config| config.database_url.clone_from(&url)).await;
    let second = TestHub::start_with(|config| config.database_url.clone_from(&url)).await;
    person(&first, "ann", "main", Access::Viewer).await;
    let ann = sign_in(&first, "ann").await;
    let until = async |wanted: u16| {
        for _ in 0..100 {
            if status(&second, &ann).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {wanted}");
    };
    until(200).await;
    ann.clone().ask(&first, "DELETE", "/v1/session", "").await;
    until(401).await;
    let ann = sign_in(&first, "ann").await;
    let third = TestHub::start_with(|config| config.database_url.clone_from(&url)).await;
    assert_eq!(status(&third, &ann).await, 200);
    let listed: Value = ann.clone().get(&third, "/v1/sessions").await.json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_outlives_a_restart_and_so_does_when_it_was_used() {
    let data = tempfile::tempdir().unwrap();
    let settings = |config: &mut docket::config::Config| {
        config.data = data.path().to_path_buf();
        config.users.session_idle_minutes = 30;
    };
    let mut hub = TestHub::start_with(settings).await;
    person(&hub, "ann", "main", Access::Viewer).await;
    let (used, idle) = (sign_in(&hub, "ann").await, sign_in(&hub, "ann").await);
    hub.clock.advance_ms(20 * 60_000);
    assert_eq!(status(&hub, &used).await, 200);
    hub.stop().await;
    let hub = TestHub::start_with(settings).await;
    hub.clock.advance_ms(40 * 60_000);
    assert_eq!((status(&hub, &used).await, status(&hub, &idle).await), (200, 401));
}
