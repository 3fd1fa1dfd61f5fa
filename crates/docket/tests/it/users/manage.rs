//! Who is made, changed and removed: by administrators through the API, by whoever runs the hub on the command line.

use super::{PASSWORD, code, each, person, sign_in, try_sign_in};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn users_are_made_changed_and_removed() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Admin).await;
        let mut ann = sign_in(&hub, "ann").await;
        for (body, status, wanted) in [
            (json!({"name": "bob", "password": PASSWORD}), 422, "/role"),
            (json!({"name": "bob", "role": "viewer"}), 422, "/password"),
            (json!({"name": "bob", "role": "viewer", "password": "short"}), 422, "/password"),
            (json!({"name": "b b", "role": "viewer", "password": PASSWORD}), 422, "/name"),
            (json!({"name": "hub", "role": "viewer", "password": PASSWORD}), 422, "/name"),
            (json!({"name": "bob", "role": "king", "password": PASSWORD}), 422, "/role"),
            (json!({"name": "ANN", "role": "viewer", "password": PASSWORD}), 409, ""),
        ] {
            let answer = ann.ask(&hub, "POST", "/v1/users", &body.to_string()).await;
            let pointer = answer.json()["pointer"].as_str().unwrap_or_default().to_owned();
            assert_eq!((answer.status, pointer.as_str()), (status, wanted), "{body}: {}", answer.text());
        }
        let body = json!({"name": "Bob@acme.example", "password": PASSWORD, "role": "dispatcher"}).to_string();
        let made = ann.ask(&hub, "POST", "/v1/users", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let shown = json!({"name": "bob@acme.example", "role": "dispatcher", "disabled": false, "totp": false,
            "created_at": "2026-01-15T10:00:00Z", "last_seen_at": null});
        assert_eq!(made.json(), shown);
        hub.clock.advance_ms(5_000);
        let bob = sign_in(&hub, "BOB@acme.example").await;
        let listed = ann.get(&hub, "/v1/users").await.json();
        assert_eq!(listed["users"][1]["last_seen_at"], "2026-01-15T10:00:05Z");
        assert!(!listed.to_string().contains("argon2"));
        let target = "/v1/users/bob%40acme.example";
        let changed = ann.ask(&hub, "PATCH", target, r#"{"role":"integrator"}"#).await;
        assert_eq!((changed.status, &changed.json()["role"]), (200, &json!("integrator")));
        let changed = ann.ask(&hub, "PATCH", target, r#"{"password":"another horse"}"#).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(bob.clone().get(&hub, "/v1/session").await.status, 401, "its sessions end");
        let again = json!({"name": "bob@acme.example", "password": "another horse"});
        let (answer, mut bob) = try_sign_in(&hub, again.clone()).await;
        assert_eq!(answer.status, 201);
        ann.ask(&hub, "PATCH", target, r#"{"disabled":true}"#).await;
        assert_eq!(bob.get(&hub, "/v1/orders").await.status, 401);
        assert_eq!(try_sign_in(&hub, again.clone()).await.0.status, 401);
        ann.ask(&hub, "PATCH", target, r#"{"disabled":false}"#).await;
        let (answer, mut bob) = try_sign_in(&hub, again.clone()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(ann.ask(&hub, "DELETE", target, "").await.status, 204);
        assert_eq!(bob.get(&hub, "/v1/orders").await.status, 401);
        assert_eq!(try_sign_in(&hub, again).await.0.status, 401);
        assert_eq!(ann.ask(&hub, "DELETE", target, "").await.status, 404);
        assert_eq!(ann.ask(&hub, "POST", "/v1/users", &body).await.status, 201, "the name is free again");
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for hub in each().await {
        person(&hub, "ann", "main", Access::Admin).await;
        person(&hub, "bob", "main", Access::Viewer).await;
        person(&hub, "eve", "other", Access::Admin).await;
        let mut ann = sign_in(&hub, "ann").await;
        let last = (409, "last_admin".to_owned());
        for body in [r#"{"role":"viewer"}"#, r#"{"disabled":true}"#] {
            assert_eq!(code(&ann.ask(&hub, "PATCH", "/v1/users/ann", body).await), last, "{body}");
        }
        assert_eq!(code(&ann.ask(&hub, "DELETE", "/v1/users/ann", "").await), last);
        assert_eq!(ann.ask(&hub, "PATCH", "/v1/users/ann", r#"{"role":"admin","disabled":false}"#).await.status, 200);
        // One who may do nothing does not count.
        ann.ask(&hub, "PATCH", "/v1/users/bob", r#"{"role":"admin","disabled":true}"#).await;
        assert_eq!(code(&ann.ask(&hub, "DELETE", "/v1/users/ann", "").await), last);
        assert_eq!(ann.ask(&hub, "PATCH", "/v1/users/bob", r#"{"disabled":false}"#).await.status, 200);
        // Two who remove one another at the same moment do not both succeed.
        let (mut bob, mut ann_too) = (sign_in(&hub, "bob").await, ann.clone());
        let (one, other) = tokio::join!(
            ann_too.ask(&hub, "DELETE", "/v1/users/bob", ""),
            bob.ask(&hub, "DELETE", "/v1/users/ann", "")
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(statuses == [204, 401] || statuses == [204, 409], "{statuses:?}");
    }
}

#[tokio::test]
async fn nobody_changes_its_own_password_without_the_old_one() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Admin).await;
    let mut ann = sign_in(&hub, "ann").await;
    for body in [r#"{"password":"another horse"}"#, r#"{"totp":false}"#] {
        assert_eq!(code(&ann.ask(&hub, "PATCH", "/v1/users/ann", body).await), (403, "forbidden".to_owned()));
    }
    sign_in(&hub, "ann").await;
}

async fn cli(hub: &TestHub, args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket"));
    command.args(args).arg("--data").arg(hub.data());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

async fn done(hub: &TestHub, args: &[&str], input: &str) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let (status, stdout, stderr) = cli(hub, &args, input).await;
    assert_eq!(status, Some(0), "{args:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

async fn lets_in(hub: &TestHub, name: &str, password: &str) -> u16 {
    hub.app().refresh_people().await.unwrap();
    try_sign_in(hub, json!({"name": name, "password": password})).await.0.status
}

#[tokio::test]
async fn whoever_runs_the_hub_sees_to_users_on_the_command_line() {
    let hub = TestHub::start().await;
    let made = done(&hub, &["user", "add", "Ann"], "").await;
    assert_eq!((&made["name"], &made["account"], &made["role"]), (&json!("ann"), &json!("main"), &json!("admin")));
    let password = made["password"].as_str().expect("generated, shown once").to_owned();
    assert_eq!(lets_in(&hub, "ann", &password).await, 201);
    let made = done(&hub, &["user", "add", "bob", "--role", "viewer", "--password-stdin"], "correct horse\n").await;
    assert!(made["password"].is_null(), "a given one is not repeated");
    assert_eq!(lets_in(&hub, "bob", PASSWORD).await, 201);
    done(&hub, &["user", "grant", "bob", "--account", "other", "--role", "admin"], "").await;
    let listed = done(&hub, &["user", "list"], "").await;
    assert_eq!(listed["users"].as_array().unwrap().len(), 2);
    let bob = &listed["users"][1];
    assert_eq!(bob["accounts"][1]["account"], "other");
    assert_eq!((&bob["accounts"][1]["role"], &bob["accounts"][0]["role"]), (&json!("admin"), &json!("viewer")));
    assert!(!listed.to_string().contains("argon2"));
    done(&hub, &["user", "set", "bob", "--role", "dispatcher", "--disabled", "true"], "").await;
    let listed = done(&hub, &["user", "list", "--account", "main"], "").await;
    assert_eq!(listed["users"][1]["accounts"][0]["disabled"], true);
    hub.app().refresh_people().await.unwrap();
    let session = sign_in(&hub, "bob").await;
    assert_eq!(session.clone().get(&hub, "/v1/session").await.json()["account"], "other");
    done(&hub, &["user", "set", "bob", "--password-stdin"], "another horse").await;
    assert_eq!((lets_in(&hub, "bob", PASSWORD).await, lets_in(&hub, "bob", "another horse").await), (401, 201));
    assert_eq!(session.clone().get(&hub, "/v1/session").await.status, 401);
    let given = done(&hub, &["user", "set", "bob", "--generate-password", "--no-totp"], "").await;
    assert_eq!(lets_in(&hub, "bob", given["password"].as_str().unwrap()).await, 201);

    for (args, input, status, word) in [
        (&["user", "add", "ann", "--password-stdin"][..], "correct horse", 1, "taken"),
        (&["user", "add", "b b"], "", 2, "letters"),
        (&["user", "add", "cid", "--role", "king"], "", 2, "viewer"),
        (&["user", "add", "cid", "--password-stdin"], "short", 2, "at least"),
        (&["user", "set", "cid", "--disabled", "true"], "", 1, "no such user"),
        (&["user", "set", "ann"], "", 2, "nothing"),
        (&["user", "set", "ann", "--role", "viewer"], "", 1, "last administrator"),
        (&["user", "remove", "ann"], "", 1, "last administrator"),
        (&["user", "grant", "ann", "--account", "a b", "--role", "viewer"], "", 2, "account"),
    ] {
        let (code, _, stderr) = cli(&hub, args, input).await;
        assert_eq!(code, Some(status), "{args:?}: {stderr}");
        assert!(stderr.contains(word), "{args:?}: {stderr}");
        assert!(!stderr.contains("correct horse"));
    }
    done(&hub, &["user", "remove", "ann", "--force"], "").await;
    assert_eq!(lets_in(&hub, "ann", &password).await, 401);
    done(&hub, &["user", "remove", "bob", "--account", "main"], "").await;
    let listed = done(&hub, &["user", "list"], "").await;
    assert_eq!(listed["users"][0]["accounts"].as_array().unwrap().len(), 1);
    let (_, table, _) = cli(&hub, &["user", "list"], "").await;
    assert!(table.contains("NAME") && table.contains("bob") && table.contains("other"), "{table}");
}
