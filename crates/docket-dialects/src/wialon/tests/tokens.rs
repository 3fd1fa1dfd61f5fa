//! Tokens made through the API.

use super::*;
use docket_core::ledger::Grant;

fn make(desk: &Desk, sid: &str, more: &Json) -> Json {
    let mut params = json!({"callMode": "create", "app": "t", "at": 0, "dur": 0, "fl": -1, "p": "{}", "items": []});
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    desk.call(sid, "token/update", &params)
}

fn enter(desk: &Desk, token: &Json) -> Json {
    desk.call("", "token/login", &json!({ "token": token }))
}

fn eid(answer: &Json) -> String {
    answer["eid"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned()
}

#[test]
fn nothing_kept_of_a_token_lets_anybody_in() {
    let desk = Desk::new();
    let sid = desk.login();
    let made = make(&desk, &sid, &json!({}));
    let h = made["h"].as_str().unwrap();
    assert_eq!((h.len(), h.bytes().all(|byte| byte.is_ascii_hexdigit())), (72, true));
    for grant in desk.ledger.grants(ConnectionId(1)).now_or_never().unwrap().unwrap() {
        assert!(!grant.data.contains(h) && !grant.hash.contains(&h[..64]));
        assert_eq!(enter(&desk, &json!(format!("00000000{}", grant.hash))), error(8));
    }
    assert_eq!(eid(&enter(&desk, &made["h"])).len(), 32);
}

#[test]
fn tokens_are_the_connections_own() {
    let desk = Desk::new();
    let (sid, theirs) = (desk.login(), desk.login_as("abcdef"));
    let made = make(&desk, &sid, &json!({}));
    assert_eq!(desk.call(&theirs, "token/list", &json!({})).as_array().unwrap().len(), 1, "their own");
    let gone = json!({"callMode": "delete", "h": made["h"]});
    assert_eq!(desk.call(&theirs, "token/update", &gone), error(4));
    let other = eid(&enter(&desk, &made["h"]));
    assert_eq!(desk.create(&other, json!({"n": "A"})), 1);
    assert!(desk.listed(&sid, 1).is_some(), "it is the same connection");
    desk.ledger.revoke(ConnectionId(1));
    assert_eq!(desk.update(&other, "create", json!({})), error(1), "new credentials end what was given out");
}

#[test]
fn what_is_kept_damaged_opens_nothing() {
    let desk = Desk::new();
    let sid = desk.login();
    let made = make(&desk, &sid, &json!({}));
    let kept = desk.ledger.grants(ConnectionId(1)).now_or_never().unwrap().unwrap().remove(0);
    for data in ["", "[]", "{\"fl\":\"all\"}"] {
        let damaged = Grant { data: data.to_owned(), ..kept.clone() };
        desk.ledger.put_grant(ConnectionId(1), damaged).now_or_never().unwrap().unwrap();
        let answer = enter(&desk, &made["h"]);
        assert!(answer["error"] == 8 || desk.update(&eid(&answer), "create", json!({})) == error(7), "{answer}");
    }
}

#[test]
fn a_connection_has_a_thousand_tokens() {
    let desk = Desk::new();
    let sid = desk.login();
    for number in 0..1000 {
        let grant = Grant { hash: format!("{number:064x}"), data: "{}".to_owned() };
        desk.ledger.put_grant(ConnectionId(1), grant).now_or_never().unwrap().unwrap();
    }
    assert_eq!(make(&desk, &sid, &json!({})), json!({"error": 1003, "reason": "LIMIT tokens"}));
}

#[test]
fn use_is_noted_once_a_minute_and_keeps_a_token() {
    let desk = Desk::new();
    let sid = desk.login();
    let made = make(&desk, &sid, &json!({}));
    let last = |sid: &str| desk.call(sid, "token/list", &json!({}))[1]["ll"].clone();
    enter(&desk, &made["h"]);
    desk.ledger.set_now(at(START + 59));
    enter(&desk, &made["h"]);
    assert_eq!(last(&sid), START);
    desk.ledger.set_now(at(START + 60));
    enter(&desk, &made["h"]);
    assert_eq!(last(&sid), START + 60);
    let day = 86_400;
    for days in [99, 198, 297] {
        desk.ledger.set_now(at(START + days * day));
        assert!(enter(&desk, &made["h"])["eid"].is_string(), "{days}");
    }
    desk.ledger.set_now(at(START + 398 * day));
    assert_eq!(enter(&desk, &made["h"]), error(8));
}

#[test]
fn who_acts_as_another_is_let_go_with_the_permission() {
    let desk = Desk::with(&[("operate_as", "wialon-2")]);
    let params = json!({"token": token("d0c0e7"), "operateAs": "wialon-2"});
    let sid = eid(&desk.call("", "token/login", &params));
    let shown = desk.call(&sid, "core/search_item", &json!({"id": 2102, "flags": 1}));
    assert_eq!(shown["item"]["nm"], "wialon-2");
    assert_eq!(desk.call(&sid, "token/list", &json!({}))[0]["app"], "wialon-2");
    assert_ne!(desk.call(&sid, "token/list", &json!({}))[0]["h"], token("d0c0e7"), "not the other's own token");
    let hash = desk.call(&sid, "core/create_auth_hash", &json!({}))["authHash"].clone();
    let third = desk.call("", "core/use_auth_hash", &json!({"authHash": hash}));
    assert_eq!(third["au"], "wialon-2", "handed over as who it was");
    desk.ledger.connect(connection(1, "wialon", Scope::Account, &[("resource_id", "2101")]), &[]);
    assert_eq!(desk.call(&sid, "core/batch", &json!([])), error(1));
    assert_eq!(desk.call("", "token/login", &params), error(8));
}

#[test]
fn a_token_put_off_ends_its_sessions() {
    let desk = Desk::new();
    let sid = desk.login();
    let made = make(&desk, &sid, &json!({}));
    let other = eid(&enter(&desk, &made["h"]));
    let later = json!({"callMode": "update", "h": made["h"], "at": START + 1000});
    assert_eq!(desk.call(&sid, "token/update", &later)["at"], START + 1000);
    assert_eq!(desk.call(&other, "core/batch", &json!([])), error(1));
    assert_eq!(enter(&desk, &made["h"]), error(7));
}
