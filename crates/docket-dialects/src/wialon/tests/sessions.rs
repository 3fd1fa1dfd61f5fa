//! Sessions and batches.

use super::*;

#[test]
fn a_login_answers_what_clients_read() {
    let desk = Desk::new();
    let answer = desk.call("None", "token/login", &json!({"token": token("d0c0e7"), "fl": 1}));
    assert_eq!(answer["eid"].as_str().unwrap().len(), 32);
    assert_eq!(answer["base_url"], "http://127.0.0.1:8700", "or the vendor's libraries go elsewhere");
    let api = answer["api"].as_str().unwrap();
    assert!(answer[format!("{api}_version")].is_string());
    assert_eq!(answer["user"]["cls"], answer["classes"]["user"]);
    assert!(answer["user"]["prp"].is_object() && answer["user"]["id"].is_i64());
    assert_eq!(answer["tm"], START);
    let token: Json = serde_json::from_str(answer["token"].as_str().unwrap()).unwrap();
    assert!(serde_json::from_str::<Json>(token["p"].as_str().unwrap()).unwrap().is_object());
    assert!(answer["host"].is_string() && answer["au"].is_string());
}

#[test]
fn session_words_that_mean_none_do_not_hinder_a_login() {
    let desk = Desk::new();
    for sid in ["None", "null", "", "undefined", "0123"] {
        let answer = desk.call(sid, "token/login", &json!({"token": token("d0c0e7")}));
        assert!(answer["eid"].is_string(), "{sid}");
    }
}

#[test]
fn tokens_that_are_none() {
    let desk = Desk::new();
    for (params, code) in [
        (json!({}), 4),
        (json!({"token": "short"}), 4),
        (json!({"token": 5}), 4),
        (json!({"token": []}), 4),
        (json!({"token": token("d0c0e8")}), 8),
        (json!({"token": token("d0c0e7"), "operateAs": "somebody"}), 8),
    ] {
        assert_eq!(desk.call("", "token/login", &params), error(code), "{params}");
    }
    assert!(desk.call("", "token/login", &json!({"token": token("d0c0e7"), "operateAs": ""}))["eid"].is_string());
}

#[test]
fn services_before_sessions_before_parameters() {
    let desk = Desk::new();
    assert_eq!(desk.call_text("", "order/list", "no json"), error(2));
    assert_eq!(desk.call_text("", "", "{}"), error(2));
    assert_eq!(desk.call_text("", "avl_evts", "{}"), error(2));
    assert_eq!(desk.call_text("nobody", "order/update", "no json"), error(1));
    assert_eq!(desk.call_text("None", "core/logout", "{}"), error(1));
    let sid = desk.login();
    assert_eq!(desk.call_text(&sid, "order/update", "no json"), error(4));
    assert_eq!(desk.call_text(&sid, "order/update", "[]"), error(4));
    assert_eq!(desk.call_text(&sid, "order/list", "{}"), error(2));
    assert_eq!(desk.call_text(&sid, "core/login", "{}"), error(2));
    assert_eq!(desk.call_text(&sid, "order/update", ""), error(4), "no parameters are an empty object");
}

#[test]
fn logout_ends_a_session() {
    let desk = Desk::new();
    let sid = desk.login();
    assert_eq!(desk.call(&sid, "core/logout", &json!({})), json!({"error": 0}));
    assert_eq!(desk.call(&sid, "core/logout", &json!({})), error(1));
    let second = desk.login();
    assert_eq!(desk.call(&second, "core/logout", &json!([])), json!({"error": 0}), "as the Python library sends it");
    assert_eq!(body_of(&desk.send(Method::GET, &format!("/avl_evts?sid={sid}"), "", "")), error(1));
}

#[test]
fn sessions_live_five_minutes_behind_the_last_call() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.ledger.set_now(at(START + 299));
    assert!(desk.events(&sid).is_empty());
    desk.ledger.set_now(at(START + 299 + 299));
    assert!(desk.events(&sid).is_empty());
    desk.ledger.set_now(at(START + 299 + 299 + 300));
    assert_eq!(desk.call(&sid, "core/logout", &json!({})), error(1));
}

#[test]
fn a_disabled_connection_ends_its_sessions() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut off = connection(1, "wialon", Scope::Account, &[("resource_id", "2101")]);
    off.enabled = false;
    desk.ledger.connect(off, &[]);
    assert_eq!(desk.update(&sid, "create", json!({})), error(1));
    assert!(desk.ledger.all_orders().is_empty());
}

#[test]
fn a_session_can_be_doubled_and_handed_over() {
    let desk = Desk::new();
    let sid = desk.login();
    let restored = desk.call(&sid, "core/duplicate", &json!({"restore": 1}));
    assert_eq!(restored["eid"], sid.as_str());
    let params = json!({"operateAs": "", "continueCurrentSession": true});
    let second = desk.call(&sid, "core/duplicate", &params)["eid"].as_str().unwrap().to_owned();
    assert_ne!(second, sid);
    let third = desk.call(&second, "core/duplicate", &json!({}))["eid"].as_str().unwrap().to_owned();
    assert_eq!(desk.call(&second, "core/logout", &json!({})), error(1), "the old one ended");
    assert_eq!(desk.call(&third, "core/duplicate", &json!({"operateAs": "x"})), error(8));
    let hash = desk.call(&sid, "core/create_auth_hash", &json!({}))["authHash"].clone();
    let taken = desk.call("", "core/use_auth_hash", &json!({"authHash": hash}));
    assert!(taken["eid"].is_string());
    assert_eq!(desk.call("", "core/use_auth_hash", &json!({"authHash": hash})), error(8), "once only");
    let hash = desk.call(&sid, "core/create_auth_hash", &json!({}))["authHash"].clone();
    desk.ledger.set_now(at(START + 120));
    assert_eq!(desk.call("", "core/use_auth_hash", &json!({"authHash": hash})), error(8), "two minutes only");
    assert_eq!(desk.call("", "core/use_auth_hash", &json!({})), error(4));
}

#[test]
fn a_batch_runs_one_after_another() {
    let desk = Desk::new();
    let sid = desk.login();
    let calls = json!([
        {"svc": "order/update", "params": {"itemId": RESOURCE, "callMode": "create", "n": "A"}},
        {"svc": "order/update", "params": {"itemId": RESOURCE, "callMode": "assign", "id": 1, "u": VAN}},
        {"svc": "order/update", "params": {"itemId": RESOURCE, "callMode": "assign", "id": 99, "u": VAN}},
        {"svc": "no/such", "params": {}},
        {"svc": "core/logout", "params": {}},
        {"svc": "core/batch", "params": []},
        {"svc": "core/search_item", "params": format!("{{\"id\":{VAN},\"flags\":1}}")},
        17
    ]);
    for params in [calls.clone(), json!({"params": calls.clone()}), json!({"params": calls.clone(), "flags": "0"})] {
        let answer = desk.call(&sid, "core/batch", &params);
        let answers = answer.as_array().unwrap();
        assert_eq!(answers.len(), 8);
        assert_eq!(answers[0][1]["n"], "A");
        assert_eq!((&answers[1], &answers[2], &answers[3]), (&json!({}), &error(4), &error(2)));
        assert_eq!((&answers[4], &answers[5]), (&error(4), &error(4)));
        assert_eq!((&answers[6]["item"]["nm"], &answers[7]), (&json!("Van 12"), &error(4)));
        for answer in answers {
            assert_ne!(answer["error"], 0, "one library takes an error of 0 for a failure");
            assert!(!answer.is_null(), "and another breaks on null");
        }
    }
    let stopped = desk.call(&sid, "core/batch", &json!({"params": calls, "flags": 1}));
    assert_eq!(stopped[2], error(4));
    assert!(stopped.as_array().unwrap()[3..].iter().all(|answer| *answer == error(10)));
}

#[test]
fn batches_are_long_but_not_endless() {
    let desk = Desk::new();
    let sid = desk.login();
    let call = json!({"svc": "core/search_item", "params": {"id": VAN, "flags": 1}});
    let answer = desk.call(&sid, "core/batch", &json!(vec![call.clone(); 1000]));
    assert_eq!(answer.as_array().unwrap().len(), 1000);
    assert_eq!(desk.call(&sid, "core/batch", &json!(vec![call; 1001])), error(4));
    assert_eq!(desk.call(&sid, "core/batch", &json!({})), error(4));
    assert_eq!(desk.call(&sid, "core/batch", &json!([])), json!([]));
    assert_eq!(desk.call("", "core/batch", &json!([])), error(1));
}

#[test]
fn many_logins_end_only_the_sessions_of_who_logs_in() {
    let desk = Desk::new();
    let theirs = desk.login_as("abcdef");
    let first = desk.login();
    desk.ledger.set_now(at(START + 1));
    let last = (0..1001).map(|_| desk.login()).last().unwrap();
    assert_eq!(desk.call(&first, "core/batch", &json!([])), error(1), "the one idle longest made room");
    assert_eq!(desk.call(&last, "core/batch", &json!([])), json!([]));
    assert_eq!(desk.call(&theirs, "core/batch", &json!([])), json!([]));
}

#[test]
fn a_token_that_is_taken_away_ends_its_sessions() {
    let desk = Desk::new();
    let (sid, theirs) = (desk.login(), desk.login_as("abcdef"));
    let hash = desk.call(&sid, "core/create_auth_hash", &json!({}))["authHash"].clone();
    let params = json!({"continueCurrentSession": true});
    let second = desk.call(&sid, "core/duplicate", &params)["eid"].as_str().unwrap().to_owned();
    desk.ledger.revoke(ConnectionId(1));
    assert_eq!(desk.call("", "core/use_auth_hash", &json!({"authHash": hash})), error(8));
    for sid in [sid, second] {
        assert_eq!(body_of(&desk.send(Method::GET, &format!("/avl_evts?sid={sid}"), "", "")), error(1));
    }
    assert!(desk.events(&theirs).is_empty());
}
