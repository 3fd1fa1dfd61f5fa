//! Accounts are walls for people, too, and roles mean for a session what they mean for a token.

use super::{Browser, code, each, granted, person, sign_in};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::json;

#[tokio::test]
async fn an_administrator_of_one_account_sees_nothing_of_another() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Admin).await;
        person(&hub, "bob", "other", Access::Admin).await;
        person(&hub, "cid", "other", Access::Viewer).await;
        let (mut ann, mut bob) = (sign_in(&hub, "ann").await, sign_in(&hub, "bob").await);
        let order = bob.ask(&hub, "POST", "/v1/orders", r#"{"number":"B-1"}"#).await.json();
        let id = order["id"].as_str().unwrap();
        assert_eq!(ann.get(&hub, "/v1/orders").await.json()["orders"], json!([]));
        assert_eq!(ann.get(&hub, &format!("/v1/orders/{id}")).await.status, 404);
        assert_eq!(ann.get(&hub, &format!("/v1/orders/{id}/history")).await.status, 404);
        assert_eq!(ann.ask(&hub, "PATCH", &format!("/v1/orders/{id}"), r#"{"title":"Mow"}"#).await.status, 404);
        let users = ann.get(&hub, "/v1/users").await;
        assert_eq!(users.json()["users"].as_array().unwrap().len(), 1, "{}", users.text());
        // Their users are as if there were none of that name.
        for (method, body) in
            [("PATCH", r#"{"role":"viewer"}"#), ("PATCH", r#"{"password":"stolen horse"}"#), ("DELETE", "")]
        {
            let theirs = ann.ask(&hub, method, "/v1/users/cid", body).await;
            let nobody = ann.ask(&hub, method, "/v1/users/nobody-at-all", body).await;
            assert_eq!((theirs.status, theirs.text()), (404, nobody.text()), "{method} {body}");
        }
        sign_in(&hub, "cid").await;
        // Nor does it get there by itself, whether there is such an account or not.
        let there = ann.ask(&hub, "PATCH", "/v1/session", r#"{"account":"other"}"#).await;
        let nowhere = ann.ask(&hub, "PATCH", "/v1/session", r#"{"account":"nowhere"}"#).await;
        assert_eq!((there.status, there.text()), (404, nowhere.text()));
        assert_eq!(ann.get(&hub, "/v1/session").await.json()["account"], "main");
    }
}

#[tokio::test]
async fn who_is_in_two_accounts_is_in_one_at_a_time() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Admin).await;
        granted(&hub, "ann", "other", Access::Viewer).await;
        let mut ann = sign_in(&hub, "ann").await;
        let before = ann.clone();
        ann.ask(&hub, "POST", "/v1/orders", r#"{"number":"M-1"}"#).await;
        let there = ann.ask(&hub, "PATCH", "/v1/session", r#"{"account":"other"}"#).await;
        assert_eq!(there.status, 200, "{}", there.text());
        let shown = there.json();
        assert_eq!((&shown["account"], &shown["role"]), (&json!("other"), &json!("viewer")));
        assert_eq!(shown["accounts"], json!([{"name": "main", "role": "admin"}, {"name": "other", "role": "viewer"}]));
        assert_ne!((ann.cookie.as_str(), ann.csrf.as_str()), (before.cookie.as_str(), before.csrf.as_str()));
        assert_eq!(before.clone().get(&hub, "/v1/session").await.status, 401, "the id before is worth nothing");
        assert_eq!(ann.get(&hub, "/v1/orders").await.json()["orders"], json!([]));
        assert_eq!(code(&ann.get(&hub, "/v1/users").await), (403, "forbidden".to_owned()), "only a viewer here");
        assert_eq!(ann.ask(&hub, "POST", "/v1/orders", "{}").await.status, 403);
        // Where it worked last, it begins.
        let mut again = sign_in(&hub, "ann").await;
        assert_eq!(again.get(&hub, "/v1/session").await.json()["account"], "other");
        assert_eq!(again.ask(&hub, "PATCH", "/v1/session", r#"{"account":"main"}"#).await.status, 200);
        assert_eq!(again.get(&hub, "/v1/orders").await.json()["orders"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn whoever_administers_one_account_takes_nobody_over_in_another() {
    let hub = TestHub::start().await;
    person(&hub, "eve", "main", Access::Admin).await;
    person(&hub, "ann", "main", Access::Viewer).await;
    granted(&hub, "ann", "other", Access::Admin).await;
    let mut eve = sign_in(&hub, "eve").await;
    for body in [r#"{"password":"stolen horse"}"#, r#"{"totp":false}"#] {
        assert_eq!(code(&eve.ask(&hub, "PATCH", "/v1/users/ann", body).await), (403, "forbidden".to_owned()));
    }
    // Off is only off here.
    assert_eq!(eve.ask(&hub, "PATCH", "/v1/users/ann", r#"{"disabled":true}"#).await.status, 200);
    let mut ann = sign_in(&hub, "ann").await;
    assert_eq!(ann.get(&hub, "/v1/session").await.json()["accounts"], json!([{"name": "other", "role": "admin"}]));
    // And gone is only gone here.
    assert_eq!(eve.ask(&hub, "DELETE", "/v1/users/ann", "").await.status, 204);
    assert_eq!(ann.get(&hub, "/v1/session").await.status, 200);
    let taken = eve.ask(&hub, "POST", "/v1/users", r#"{"name":"ann","password":"a longer one","role":"viewer"}"#).await;
    assert_eq!(code(&taken), (409, "taken".to_owned()));
}

#[tokio::test]
async fn each_role_may_do_with_a_session_what_it_may_with_a_token() {
    let hub = TestHub::start().await;
    let mut browsers: Vec<Browser> = Vec::new();
    for access in Access::ALL {
        person(&hub, access.word(), "main", access).await;
        browsers.push(sign_in(&hub, access.word()).await);
    }
    let cases = [
        ("GET", "/v1/orders", "", 0),
        ("GET", "/v1/session", "", 0),
        ("GET", "/v1/sessions", "", 0),
        ("PUT", "/v1/session/preferences", "{}", 0),
        ("POST", "/v1/orders", "{", 1),
        ("GET", "/v1/outbox", "", 1),
        ("GET", "/v1/exchanges", "", 2),
        ("POST", "/v1/rules", "{", 2),
        ("GET", "/v1/webhooks", "", 2),
        ("GET", "/v1/tokens", "", 3),
        ("POST", "/v1/tokens", "{", 3),
        ("GET", "/v1/users", "", 3),
        ("POST", "/v1/users", "{", 3),
        ("PATCH", "/v1/users/nobody-at-all", "{}", 3),
        ("DELETE", "/v1/users/nobody-at-all", "", 3),
    ];
    for (method, target, body, first) in cases {
        for (at, browser) in browsers.iter_mut().enumerate() {
            let answer = browser.ask(&hub, method, target, body).await;
            assert_eq!(answer.status == 403, at < first, "{method} {target} as {at}: {}", answer.text());
            assert_ne!(answer.status, 401);
        }
    }
    // What somebody may do changes for its open sessions, too.
    let viewer = &mut browsers[0];
    assert_eq!(hub.native("PATCH", "/v1/users/viewer", r#"{"role":"dispatcher"}"#).await.status, 200);
    assert_eq!(viewer.ask(&hub, "POST", "/v1/orders", r#"{"title":"Mow"}"#).await.status, 201);
    assert_eq!(hub.native("PATCH", "/v1/users/viewer", r#"{"role":"viewer"}"#).await.status, 200);
    assert_eq!(viewer.ask(&hub, "POST", "/v1/orders", r#"{"title":"Mow"}"#).await.status, 403);
}
