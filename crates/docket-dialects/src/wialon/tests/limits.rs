//! Limits: kept where a connection's setting `limits` is on.

use super::*;

fn login(desk: &Desk, of: &str) -> Json {
    desk.call("", "token/login", &json!({"token": token(of)}))
}

fn limit() -> Json {
    json!({"error": 1003, "reason": "LIMIT login"})
}

#[test]
fn an_address_that_fails_too_often_is_shut_out_for_a_minute() {
    let desk = Desk::with(&[("limits", "true")]);
    desk.peer.set(Some([192, 0, 2, 1].into()));
    for _ in 0..10 {
        assert_eq!(login(&desk, "ffffff"), error(8));
    }
    assert_eq!(login(&desk, "ffffff"), limit());
    assert_eq!(login(&desk, "d0c0e7"), limit(), "with a good token too");
    assert_eq!(desk.call("", "core/use_auth_hash", &json!({"authHash": "x"})), limit());
    desk.peer.set(Some([192, 0, 2, 2].into()));
    assert!(login(&desk, "d0c0e7")["eid"].is_string(), "others are not concerned");
    desk.peer.set(Some([192, 0, 2, 1].into()));
    desk.ledger.set_now(at(START + 60));
    assert!(login(&desk, "d0c0e7")["eid"].is_string());
    assert_eq!(login(&desk, "ffffff"), error(8), "counted from nothing again");
}

#[test]
fn failures_spread_over_minutes_shut_nobody_out() {
    let desk = Desk::with(&[("limits", "true")]);
    desk.peer.set(Some([192, 0, 2, 1].into()));
    for minute in 0..5 {
        desk.ledger.set_now(at(START + minute * 60));
        for _ in 0..9 {
            assert_eq!(login(&desk, "ffffff"), error(8));
        }
    }
}

#[test]
fn logins_of_one_address_are_counted() {
    let desk = Desk::with(&[("limits", "true")]);
    desk.peer.set(Some([192, 0, 2, 1].into()));
    for _ in 0..120 {
        assert!(login(&desk, "d0c0e7")["eid"].is_string());
    }
    assert_eq!(login(&desk, "d0c0e7"), limit());
}

#[test]
fn where_no_connection_wants_limits_there_are_none() {
    let desk = Desk::new();
    desk.peer.set(Some([192, 0, 2, 1].into()));
    for _ in 0..30 {
        assert_eq!(login(&desk, "ffffff"), error(8));
    }
    for _ in 0..200 {
        assert!(login(&desk, "d0c0e7")["eid"].is_string());
    }
}
