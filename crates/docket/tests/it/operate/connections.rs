//! Connections made, changed, given new credentials and removed over HTTP.

use super::{ask, token};
use crate::hub::TestHub;
use docket::config::Keep;
use docket_core::connection::Access;
use docket_dialects::DIALECTS;
use docket_store::Exchange;
use serde_json::{Value, json};
use std::time::Duration;

const PUSH: &str = r#"workOrders={"workOrders":[{"workOrderNumber":"C-1","address1":"5 Elm Ct","city":"Austin","state":"TX",
    "zip":"78701","services":[{"serviceName":"Mow"}]}]}"#;

fn made(body: &Value) -> &Value {
    &body["credentials"]
}

/// What a push of Pruvan is answered.
async fn pushed(hub: &TestHub, url: &str) -> Value {
    let target = url.strip_prefix(&hub.url()).unwrap_or_else(|| panic!("{url} is not served here"));
    hub.post_form(target, PUSH).await.json()
}

#[tokio::test]
async fn a_connection_says_when_it_was_last_called_through() {
    let mut hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    hub.connect("ppw", "quiet", &[]).await;
    hub.connect_out("mews", "hotel", &[("url", "http://127.0.0.1:9"), ("client_token", "C"), ("access_token", "A")])
        .await;
    let calls = async |name: &str| {
        let shown = hub.native("GET", &format!("/v1/connections/{name}"), "").await.json();
        (shown.get("last_call_at").cloned(), shown.get("calls_last_hour").cloned())
    };
    let never = (Some(Value::Null), Some(json!(0)));
    assert_eq!(calls("acme").await, never);
    hub.post_form("/api/?apiKey=wrong", PUSH).await;
    assert_eq!(calls("acme").await, never, "who was not let in did not call through it");
    let push = format!("/api/?apiKey={}", acme["api_key"]);
    for pause_ms in [1_800_000, 1_000, 0] {
        hub.post_form(&push, PUSH).await;
        hub.clock.advance_ms(pause_ms);
    }
    let last = Some(json!("2026-01-15T10:30:01Z"));
    assert_eq!(calls("acme").await, (last.clone(), Some(json!(3))));
    hub.clock.advance_ms(1_800_000);
    assert_eq!(calls("acme").await, (last.clone(), Some(json!(2))), "the first was more than an hour ago");
    assert_eq!((calls("quiet").await, calls("hotel").await), (never, (None, None)), "nobody calls where we call");
    // It is written down, for other processes and other hubs.
    hub.app().tend_calls().await;
    let directory = hub.app().directory();
    let connection = directory.connections().find(|known| known.name == "acme").unwrap();
    let written = docket_app::calls::written(hub.app().store(), connection).await.unwrap();
    assert_eq!(written.map(|at| json!(at.to_string())), last);
    hub.stop().await;
}

#[tokio::test]
async fn a_connection_works_as_soon_as_it_is_made_and_not_after_it_is_removed() {
    let hub = TestHub::start().await;
    let body = json!({"name": "acme", "dialect": "pruvan", "settings": {"mode": "external", "auto_admin": false}});
    let answer = hub.native("POST", "/v1/connections", &body.to_string()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"), "{}", answer.text());
    assert_eq!(answer.header("location"), "/v1/connections/acme");
    let connection = answer.json();
    assert_eq!(connection["settings"], json!({"auto_admin": "false", "mode": "external"}));
    assert_eq!(
        (&connection["role"], &connection["scope"], &connection["enabled"]),
        (&json!("serve"), &json!("own"), &json!(true))
    );
    let credentials = made(&connection);
    assert_eq!(credentials["url"], hub.url());
    let push = credentials["push_url"].as_str().unwrap().to_owned();
    assert_eq!(pushed(&hub, &push).await["response"]["created"], 1);

    let shown = hub.native("GET", "/v1/connections/acme", "").await.json();
    assert!(shown.get("credentials").is_none(), "shown once: {shown}");

    let (status, body) = ask(&hub, &hub.token, "PATCH", "/v1/connections/acme", r#"{"enabled":false}"#).await;
    assert_eq!((status, &body["enabled"]), (200, &json!(false)));
    assert_ne!(pushed(&hub, &push).await["response"]["updated"], 1, "disabled: nobody gets in");
    let (status, body) = ask(
        &hub,
        &hub.token,
        "PATCH",
        "/v1/connections/acme",
        r#"{"enabled":true,"scope":"account","settings":{"mode":null}}"#,
    )
    .await;
    assert_eq!((status, &body["scope"], &body["settings"]), (200, &json!("account"), &json!({"auto_admin": "false"})));
    assert_eq!(pushed(&hub, &push).await["response"]["updated"], 1);

    let (status, body) = ask(&hub, &hub.token, "POST", "/v1/connections/acme/rotate", "").await;
    assert_eq!(status, 200, "{body}");
    let renewed = made(&body)["push_url"].as_str().unwrap().to_owned();
    assert_ne!(renewed, push);
    assert_ne!(pushed(&hub, &push).await["response"]["updated"], 1, "the old ones ended");
    assert_eq!(pushed(&hub, &renewed).await["response"]["updated"], 1);

    assert_eq!(hub.native("DELETE", "/v1/connections/acme", "").await.status, 204);
    assert_ne!(pushed(&hub, &renewed).await["response"]["updated"], 1);
    assert_eq!(hub.native("GET", "/v1/connections/acme", "").await.status, 404);
    let kept = hub.native("GET", "/v1/orders?number=C-1", "").await.json();
    assert_eq!(kept["orders"].as_array().unwrap().len(), 1, "its orders stay");
}

#[tokio::test]
async fn every_dialect_can_be_served_and_called() {
    let hub = TestHub::start().await;
    let listed = hub.native("GET", "/v1/dialects", "").await.json();
    let dialects = listed["dialects"].as_array().unwrap();
    assert_eq!(dialects.len(), DIALECTS.len());
    for dialect in dialects {
        let id = dialect["id"].as_str().unwrap();
        let made_here = hub.native("POST", "/v1/connections", &json!({"name": id, "dialect": id}).to_string()).await;
        assert_eq!(made_here.status, 201, "{}", made_here.text());
        for credential in dialect["credentials"].as_array().unwrap() {
            let name = credential["name"].as_str().unwrap();
            assert!(!made_here.json()["credentials"][name].is_null(), "{id}: {name}");
        }
        // What the form asks for is all there is to ask.
        let required = |setting: &&Value| setting["required"] == true;
        let mut settings = serde_json::Map::new();
        for setting in dialect["settings"].as_array().unwrap().iter().filter(required) {
            let value = if setting["kind"] == "url" { "http://127.0.0.1:9" } else { "a-secret-of-theirs" };
            settings.insert(setting["name"].as_str().unwrap().to_owned(), value.into());
        }
        let name = format!("to-{id}");
        let body = json!({"name": name, "dialect": id, "role": "connect", "settings": settings, "enabled": false});
        let answer = hub.native("POST", "/v1/connections", &body.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!((&answer.json()["credentials"], &answer.json()["enabled"]), (&json!({}), &json!(false)));
        assert!(!answer.text().contains("a-secret-of-theirs"), "{}", answer.text());
        let rotated = hub.native("POST", &format!("/v1/connections/{name}/rotate"), "").await;
        assert_eq!((rotated.status, &rotated.json()["code"]), (409, &json!("not_serving")));
        let served = dialect["operations"].as_array().unwrap().iter().filter(|one| one["served"] == true).count();
        let called = dialect["operations"].as_array().unwrap().iter().filter(|one| one["connected"] == true).count();
        assert!(served > 4 && called > 4, "{id}: {served} {called}");
    }
    let all = hub.native("GET", "/v1/crosswalk", "").await.json();
    assert_eq!(all["dialects"].as_array().unwrap().len(), DIALECTS.len());
    let one = hub.native("GET", "/v1/crosswalk/mews", "").await.json();
    assert_eq!(one, *all["dialects"].as_array().unwrap().iter().find(|one| one["id"] == "mews").unwrap());
    let printed = hub.cli(&["crosswalk", "mews", "--json"]).await;
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed["dialects"][0], one, "as the command line says it");
    assert_eq!(hub.native("GET", "/v1/crosswalk/acme", "").await.status, 404);
}

#[tokio::test]
async fn what_makes_no_sense_is_pointed_at_and_nothing_is_made() {
    let hub = TestHub::start().await;
    hub.connect("pruvan", "taken", &[]).await;
    let cases = [
        (json!({"name": "a b", "dialect": "ppw"}), 422, "invalid", "/name"),
        (json!({"name": "a", "dialect": "acme"}), 422, "invalid", "/dialect"),
        (json!({"name": "taken", "dialect": "ppw"}), 409, "taken", "/name"),
        (json!({"name": "a", "dialect": "ppw", "settings": {"colour": "red"}}), 422, "invalid", "/settings/colour"),
        (
            json!({"name": "a", "dialect": "mews", "settings": {"rate_limit": -1}}),
            422,
            "invalid",
            "/settings/rate_limit",
        ),
        (
            json!({"name": "a", "dialect": "mews", "settings": {"currency": "euro"}}),
            422,
            "invalid",
            "/settings/currency",
        ),
        (json!({"name": "a", "dialect": "pruvan", "scope": "all"}), 422, "invalid", "/scope"),
        (json!({"name": "a", "dialect": "mews", "role": "connect"}), 422, "missing", "/settings/url"),
        (
            json!({"name": "a", "dialect": "mews", "role": "connect",
                "settings": {"url": "https://m.example", "client_token": "x"}}),
            422,
            "missing",
            "/settings/access_token",
        ),
        (
            json!({"name": "a", "dialect": "mews", "role": "connect",
                "settings": {"url": "m.example", "client_token": "x", "access_token": "y"}}),
            422,
            "invalid",
            "/settings/url",
        ),
        (json!({"name": "a", "dialect": "pruvan", "settings": {"poll_s": 5}}), 422, "invalid", "/settings/poll_s"),
    ];
    for (body, status, code, pointer) in cases {
        let (answered, problem) = ask(&hub, &hub.token, "POST", "/v1/connections", &body.to_string()).await;
        assert_eq!(
            (answered, &problem["code"], &problem["pointer"]),
            (status, &json!(code), &json!(pointer)),
            "{problem}"
        );
        assert!(!problem["detail"].as_str().unwrap().contains("--set"), "no command line here: {problem}");
    }
    let (status, problem) =
        ask(&hub, &hub.token, "PATCH", "/v1/connections/taken", r#"{"settings":{"mode":"up"},"enabled":false}"#).await;
    assert_eq!((status, &problem["pointer"]), (422, &json!("/settings/mode")));
    let (status, problem) =
        ask(&hub, &hub.token, "PATCH", "/v1/connections/taken", r#"{"settings":{"token":"x"}}"#).await;
    assert_eq!((status, &problem["pointer"]), (422, &json!("/settings/token")), "credentials are rotated: {problem}");
    let listed = hub.native("GET", "/v1/connections", "").await.json();
    let names: Vec<&str> =
        listed["connections"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["taken"], "nothing was made");
    assert_eq!(listed["connections"][0]["enabled"], true, "nothing was changed");
    for (method, target) in
        [("PUT", "/v1/connections/taken"), ("GET", "/v1/connections/taken/rotate"), ("POST", "/v1/dialects")]
    {
        assert_eq!(ask(&hub, &hub.token, method, target, "").await.0, 405, "{method} {target}");
    }
}

#[tokio::test]
async fn a_counterparts_secrets_are_kept_taken_back_and_never_shown() {
    let hub = TestHub::start().await;
    let settings = json!({"url": "https://me:hunter2@w.example/?sid=swordfish", "token": "their-token"});
    let body = json!({"name": "fleet", "dialect": "wialon", "role": "connect", "settings": settings});
    let (status, connection) = ask(&hub, &hub.token, "POST", "/v1/connections", &body.to_string()).await;
    assert_eq!((status, &connection["secrets"]), (201, &json!(["token"])), "{connection}");
    assert_eq!(connection["settings"]["url"], "https://***@w.example/?sid=***");
    let (status, problem) =
        ask(&hub, &hub.token, "PATCH", "/v1/connections/fleet", r#"{"settings":{"token":null}}"#).await;
    assert_eq!((status, &problem["pointer"]), (422, &json!("/settings/token")), "it cannot call without: {problem}");
    let set = json!({"settings": {"token": "their-newer-token", "poll_s": 7}}).to_string();
    let (status, connection) = ask(&hub, &hub.token, "PATCH", "/v1/connections/fleet", &set).await;
    assert_eq!((status, &connection["settings"]["poll_s"]), (200, &json!("7")));
    let own = hub.app().directory().connections().find(|known| known.name == "fleet").unwrap().clone();
    let kept = hub.app().relay().vault().secrets(hub.app().store(), own.id).await.unwrap();
    assert_eq!(kept["token"], "their-newer-token");
    // A webhook's key is a setting of Mews, and hidden.
    let body = json!({"name": "hotel", "dialect": "mews", "settings": {"webhook_key": "opensesame"}}).to_string();
    let (status, connection) = ask(&hub, &hub.token, "POST", "/v1/connections", &body).await;
    assert_eq!((status, &connection["settings"]["webhook_key"]), (201, &json!("***")), "{connection}");
}

/// So many logged exchanges that wrote.
async fn posts(hub: &TestHub, wanted: usize) -> Vec<Exchange> {
    let account = hub.app().accounts()[0];
    let mut kept = Vec::new();
    for _ in 0..500 {
        kept = hub.app().store().exchanges(account, None, None, 1_000).await.unwrap();
        kept.retain(|exchange| exchange.request_line.starts_with("POST"));
        if kept.len() == wanted {
            return kept;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} of {wanted} were kept", kept.len());
}

#[tokio::test]
async fn what_is_issued_does_not_reach_the_wire_log() {
    let hub = TestHub::start_with(|config| config.wire_log.keep = Keep::All).await;
    let mut secrets = vec!["opensesame".to_owned(), "their-token-1".to_owned(), "s3cret-of-mine".to_owned()];
    for dialect in DIALECTS {
        let body = json!({"name": dialect.id, "dialect": dialect.id}).to_string();
        let (status, made_here) = ask(&hub, &hub.token, "POST", "/v1/connections", &body).await;
        assert_eq!(status, 201, "{made_here}");
        let (_, renewed) = ask(&hub, &hub.token, "POST", &format!("/v1/connections/{}/rotate", dialect.id), "{}").await;
        for answer in [made_here, renewed] {
            let named = |name: &&str| !["url", "username", "resource_id", "enterprise_id"].contains(name);
            let issued = made(&answer).as_object().unwrap().iter().filter(|(name, _)| named(&name.as_str()));
            // Planviewer's key is the connection's name.
            let hidden = issued.filter(|(_, value)| *value != dialect.id);
            secrets.extend(hidden.map(|(_, value)| value.as_str().unwrap().to_owned()));
        }
    }
    assert!(secrets.len() > 20, "{secrets:?}");
    let given = json!({"name": "given", "dialect": "planviewer", "credentials": {"secret": "s3cret-of-mine"}});
    assert_eq!(ask(&hub, &hub.token, "POST", "/v1/connections", &given.to_string()).await.0, 201);
    let out = json!({"name": "out", "dialect": "wialon", "role": "connect",
        "settings": {"url": "https://w.example", "token": "their-token-1"}});
    assert_eq!(ask(&hub, &hub.token, "POST", "/v1/connections", &out.to_string()).await.0, 201);
    // Refused ones are kept, too.
    let wrong = json!({"name": "x", "dialect": "mews", "settings": {"webhook_key": {"deep": ["opensesame"]}}});
    assert_eq!(ask(&hub, &hub.token, "POST", "/v1/connections", &wrong.to_string()).await.0, 422);
    let (_, token) = ask(&hub, &hub.token, "POST", "/v1/tokens", r#"{"name":"t","role":"viewer"}"#).await;
    secrets.push(token["token"].as_str().unwrap().to_owned());
    let wanted = 2 * DIALECTS.len() + 5;
    let mut seen = 0;
    for exchange in posts(&hub, wanted).await {
        let id = exchange.id.unwrap().to_string();
        let whole = hub.native("GET", &format!("/v1/exchanges/{id}"), "").await.text();
        seen += usize::from(whole.contains("\\\"credentials\\\":***"));
        for secret in &secrets {
            assert!(!whole.contains(secret.as_str()), "{secret} is in {whole}");
        }
    }
    assert_eq!(seen, 2 * DIALECTS.len() + 2, "the answers are there, without what they issued");
}

#[tokio::test]
async fn accounts_are_walls_and_roles_hold() {
    let hub = TestHub::start().await;
    hub.connect("pruvan", "acme", &[]).await;
    let other = token(&hub, "other", Access::Integrator).await;
    for (method, target) in [
        ("GET", "/v1/connections/acme"),
        ("PATCH", "/v1/connections/acme"),
        ("DELETE", "/v1/connections/acme"),
        ("POST", "/v1/connections/acme/rotate"),
    ] {
        assert_eq!(ask(&hub, &other, method, target, "{}").await.0, 404, "{method} {target}");
    }
    // The same name is free over there, and what is made there is there.
    let (status, body) = ask(&hub, &other, "POST", "/v1/connections", r#"{"name":"acme","dialect":"pruvan"}"#).await;
    assert_eq!(status, 201, "{body}");
    let directory = hub.app().directory();
    let owners: Vec<_> =
        directory.connections().filter(|known| known.name == "acme").map(|known| known.account).collect();
    assert_eq!(owners.len(), 2);
    assert_ne!(owners[0], owners[1]);
    let cases = [
        ("GET", "/v1/dialects", "", Access::Viewer),
        ("GET", "/v1/crosswalk", "", Access::Viewer),
        ("GET", "/v1/crosswalk/ppw", "", Access::Viewer),
        ("GET", "/v1/map", "", Access::Viewer),
        ("GET", "/v1/system", "", Access::Viewer),
        ("POST", "/v1/connections", "{", Access::Integrator),
        ("PATCH", "/v1/connections/nobody", "{}", Access::Integrator),
        ("POST", "/v1/connections/nobody/rotate", "{}", Access::Integrator),
        ("DELETE", "/v1/connections/nobody", "", Access::Integrator),
    ];
    for role in Access::ALL {
        let token = token(&hub, "main", role).await;
        for (method, target, body, least) in cases {
            let (status, _) = ask(&hub, &token, method, target, body).await;
            assert_eq!(status == 403, role < least, "{method} {target} as {}: {status}", role.word());
            assert_ne!(status, 401);
        }
    }
    for (method, target, body, _) in cases {
        assert_eq!(hub.request(method, target, &[], body).await.status, 401, "{method} {target}");
    }
}
