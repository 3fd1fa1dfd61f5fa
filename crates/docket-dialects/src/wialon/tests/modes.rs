//! Call modes: every cell of the status table.

use super::*;
use docket_core::order::{Field, Move, State};

/// An order that shows this status, with the unit it got there with.
fn order_with_status(desk: &Desk, sid: &str, s: i64) -> i64 {
    let id = desk.create(sid, json!({"n": "A", "tt": START + 60, "u": if s == 0 { 0 } else { VAN }}));
    match s {
        2 => assert_eq!(desk.update(sid, "confirm", json!({"id": id})), json!({})),
        3 => {
            desk.ledger.set_now(at(START + 61));
            assert_eq!(desk.update(sid, "confirm", json!({"id": id})), json!({}));
        }
        4 => assert_eq!(desk.update(sid, "reject", json!({"id": id})), json!({})),
        5 => {
            let arrive = Command { to: Some(Move::Become(State::Started)), ..Command::default() };
            desk.elsewhere(id, arrive.with(Field::ArrivedAt, at(START + 1)));
        }
        _ => {}
    }
    assert_eq!(desk.listed(sid, id).unwrap()["s"], s);
    id
}

/// Runs one mode on an order of each status and compares the status after it; `Err` is the error code.
fn column(mode: &str, members: &Json, expected: [Result<i64, i64>; 6]) {
    for (s, expected) in (0..).zip(expected) {
        let desk = Desk::new();
        let sid = desk.login();
        let id = order_with_status(&desk, &sid, s);
        let mut members = members.clone();
        members["id"] = id.into();
        let answer = desk.update(&sid, mode, members);
        let good = if mode == "update" { json!([id]) } else { json!({}) };
        match expected {
            Ok(after) => {
                assert_eq!(answer, good, "{mode} at status {s}");
                assert_eq!(desk.listed(&sid, id).unwrap()["s"], after, "{mode} at status {s}");
            }
            Err(code) => {
                assert_eq!(answer, error(code), "{mode} at status {s}");
                assert_eq!(desk.listed(&sid, id).unwrap()["s"], s, "{mode} at status {s} changes nothing");
            }
        }
    }
}

#[test]
fn assign_by_status() {
    column("assign", &json!({"u": CART}), [Ok(1), Ok(1), Err(4), Err(4), Ok(1), Ok(1)]);
    column("assign", &json!({"u": VAN}), [Ok(1), Ok(1), Err(4), Err(4), Ok(1), Ok(1)]);
}

#[test]
fn update_of_the_unit_by_status() {
    column("update", &json!({"u": CART}), [Ok(1), Ok(1), Err(4), Err(4), Ok(1), Ok(1)]);
}

#[test]
fn unassign_by_status() {
    column("assign", &json!({"u": 0}), [Ok(0), Ok(0), Err(4), Err(4), Ok(0), Ok(0)]);
    column("update", &json!({"u": ""}), [Ok(0), Ok(0), Err(4), Err(4), Ok(0), Ok(0)]);
}

#[test]
fn reassign_by_status() {
    column("reassign", &json!({"u": CART}), [Err(4), Ok(1), Err(4), Err(4), Ok(1), Ok(1)]);
}

#[test]
fn confirm_by_status() {
    column("confirm", &json!({}), [Err(4), Ok(2), Ok(2), Ok(3), Ok(2), Ok(2)]);
}

#[test]
fn reject_by_status() {
    column("reject", &json!({}), [Err(4), Ok(4), Err(4), Err(4), Ok(4), Ok(4)]);
}

#[test]
fn an_update_without_another_unit_leaves_the_status() {
    column("update", &json!({"n": "B"}), [Ok(0), Ok(1), Ok(2), Ok(3), Ok(4), Ok(5)]);
}

#[test]
fn register_takes_every_status_out_of_the_listing() {
    for s in 0..=5 {
        let desk = Desk::new();
        let sid = desk.login();
        let id = order_with_status(&desk, &sid, s);
        assert_eq!(desk.update(&sid, "register", json!({"id": id})), json!({}));
        assert_eq!(desk.listed(&sid, id), None);
        let order = desk.order(id);
        assert_eq!(order.state, if s == 4 { State::Rejected } else { State::Closed });
        assert_eq!(super::super::face::order_to_wire(&order)["s"], s, "the history keeps the status");
        for mode in ["update", "assign", "register", "reject", "confirm", "delete", "reassign"] {
            assert_eq!(desk.update(&sid, mode, json!({"id": id, "u": VAN})), error(4), "{mode} in the history");
        }
    }
}

#[test]
fn an_order_brought_back_elsewhere_is_listed_again() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    desk.update(&sid, "register", json!({"id": id}));
    desk.elsewhere(id, Command { to: Some(Move::Become(State::Assigned)), ..Command::default() });
    assert_eq!(desk.listed(&sid, id).unwrap()["s"], 1);
}

#[test]
fn a_permanent_order_is_copied_to_the_history_and_reset() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"n": "Daily", "f": 0x20, "tt": 80000, "u": VAN}));
    desk.update(&sid, "confirm", json!({"id": id}));
    assert_eq!(desk.update(&sid, "register", json!({"id": id})), json!({}));
    let again = desk.listed(&sid, id).unwrap();
    assert_eq!((&again["s"], &again["u"], &again["sf"], &again["ds"]), (&json!(0), &json!(0), &json!(0), &json!(0)));
    let all = desk.ledger.all_orders();
    let copy = all.iter().find(|order| order.serial.0 != id).unwrap();
    assert_eq!((copy.state, copy.fields.unit), (State::Closed, Some(VAN)));
    assert_eq!(super::super::face::order_to_wire(copy)["s"], 2);
    assert_eq!(desk.listed(&sid, copy.serial.0), None);
    // And once more, never given to anybody.
    assert_eq!(desk.update(&sid, "register", json!({"id": id})), json!({}));
    assert_eq!(desk.ledger.all_orders().len(), 3);
}

#[test]
fn delete_answers_two_elements_and_is_final() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    assert_eq!(desk.update(&sid, "delete", json!({"id": id})), json!([id, null]));
    assert_eq!(desk.listed(&sid, id), None);
    assert_eq!(desk.update(&sid, "delete", json!({"id": id})), error(4));
}

#[test]
fn an_order_of_a_started_route_is_deleted_by_force_only() {
    let desk = Desk::new();
    let sid = desk.login();
    let first = desk.create(&sid, json!({"u": VAN, "p": {"r": {"id": "9", "i": "0"}}}));
    let second = desk.create(&sid, json!({"u": VAN, "p": {"r": {"id": "9", "i": "1"}}}));
    let spare = desk.create(&sid, json!({"u": VAN, "p": {"r": {"id": "9", "i": "2"}}}));
    assert_eq!(desk.update(&sid, "delete", json!({"id": spare})), json!([spare, null]), "nothing has started yet");
    desk.update(&sid, "confirm", json!({"id": first}));
    assert_eq!(desk.update(&sid, "delete", json!({"id": second})), error(6));
    assert!(desk.listed(&sid, second).is_some());
    assert_eq!(desk.update(&sid, "delete", json!({"id": second, "force": 1})), json!([second, null]));
}

#[test]
fn a_route_id_that_is_none_answers_6() {
    let desk = Desk::new();
    let sid = desk.login();
    let members = json!({"p": {"r": {"id": "north"}}});
    assert_eq!(desk.update(&sid, "create", members.clone()), error(6));
    let id = desk.create(&sid, json!({}));
    let mut members = members;
    members["id"] = id.into();
    assert_eq!(desk.update(&sid, "update", members), error(6));
}

#[test]
fn unknown_units_answer_7_with_a_reason() {
    let desk = Desk::new();
    let sid = desk.login();
    let refused = json!({"error": 7, "reason": "UNIT"});
    assert_eq!(desk.update(&sid, "create", json!({"u": 99})), refused);
    assert_eq!(desk.ledger.all_orders().len(), 0, "nothing is stored");
    let id = desk.create(&sid, json!({"u": VAN}));
    for mode in ["assign", "reassign", "update"] {
        assert_eq!(desk.update(&sid, mode, json!({"id": id, "u": 99})), refused, "{mode}");
        assert_eq!(desk.update(&sid, mode, json!({"id": id, "u": -1})), refused, "{mode}");
    }
    assert_eq!(desk.listed(&sid, id).unwrap()["u"], VAN);
}

#[test]
fn assigning_clears_what_the_former_unit_did() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = order_with_status(&desk, &sid, 5);
    let before = desk.listed(&sid, id).unwrap();
    assert_eq!((&before["stt"], &before["if"]), (&json!(START + 1), &json!(1)));
    desk.update(&sid, "reassign", json!({"id": id, "u": CART}));
    let after = desk.listed(&sid, id).unwrap();
    assert_eq!((&after["stt"], &after["if"], &after["u"]), (&json!(0), &json!(0), &json!(CART)));
}

#[test]
fn status_flags_follow_confirm_and_reject() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    let sf = || desk.listed(&sid, id).unwrap()["sf"].clone();
    assert_eq!(sf(), 0);
    desk.update(&sid, "reject", json!({"id": id, "p": {"cm": "gate shut"}}));
    assert_eq!(sf(), 0x100);
    assert_eq!(desk.listed(&sid, id).unwrap()["p"]["cm"], "gate shut");
    desk.update(&sid, "assign", json!({"id": id, "u": VAN}));
    assert_eq!(sf(), 0);
    assert_eq!(desk.update(&sid, "confirm", json!({"id": id, "confirm": "80", "cm": "left at door"})), json!({}));
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!((&order["sf"], &order["ds"], &order["p"]["cm"]), (&json!(0x200), &json!(80), &json!("left at door")));
}

#[test]
fn an_order_completed_elsewhere_can_still_be_confirmed() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    desk.elsewhere(id, Command::default().moving(docket_core::order::Transition::Complete));
    assert_eq!(desk.listed(&sid, id).unwrap()["sf"], 0);
    desk.ledger.set_now(at(START + 30));
    assert_eq!(desk.update(&sid, "confirm", json!({"id": id})), json!({}));
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!((&order["s"], &order["sf"], &order["st"]), (&json!(2), &json!(0x200), &json!(START)));
}

#[test]
fn confirm_within_the_radius_only() {
    // 0.001 degrees of latitude are about 111 m.
    for (f, r, y, expected) in [
        (0x40, 120, 53.901, json!({})),
        (0x40, 100, 53.901, error(4)),
        (0x40, 0, 53.9, error(4)),
        (0, 100, 53.901, json!({})),
    ] {
        let desk = Desk::new();
        let sid = desk.login();
        let id = desk.create(&sid, json!({"u": VAN, "f": f, "r": r, "y": y, "x": 27.5}));
        assert_eq!(desk.update(&sid, "confirm", json!({"id": id})), expected, "f {f} r {r}");
    }
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": CART, "f": 0x40, "r": 1000, "y": 53.9, "x": 27.5}));
    assert_eq!(desk.update(&sid, "confirm", json!({"id": id})), error(4), "a unit that never reported is nowhere");
}

#[test]
fn confirm_waits_for_dependencies() {
    let desk = Desk::new();
    let sid = desk.login();
    let first = desk.create(&sid, json!({"u": VAN}));
    let second = desk.create(&sid, json!({"u": VAN, "dp": [first.to_string(), 987_654]}));
    assert_eq!(desk.listed(&sid, second).unwrap()["dp"], json!([first, 987_654]));
    assert_eq!(desk.update(&sid, "confirm", json!({"id": second})), error(4));
    desk.update(&sid, "confirm", json!({"id": first}));
    desk.update(&sid, "register", json!({"id": first}));
    assert_eq!(desk.update(&sid, "confirm", json!({"id": second})), json!({}), "done in history counts, unknown too");
}

#[test]
fn a_dependency_registered_undone_still_holds() {
    let desk = Desk::new();
    let sid = desk.login();
    let first = desk.create(&sid, json!({"u": VAN}));
    let second = desk.create(&sid, json!({"u": VAN, "dp": [first]}));
    desk.update(&sid, "register", json!({"id": first}));
    assert_eq!(desk.update(&sid, "confirm", json!({"id": second})), error(4));
}

#[test]
fn late_by_the_upper_bound() {
    for (tt, expected) in [(0, 2), (START - 1, 3), (START, 2), (START + 1, 2)] {
        let desk = Desk::new();
        let sid = desk.login();
        let id = desk.create(&sid, json!({"u": VAN, "tt": tt}));
        desk.update(&sid, "confirm", json!({"id": id}));
        assert_eq!(desk.listed(&sid, id).unwrap()["s"], expected, "tt {tt}");
    }
}

#[test]
fn permanent_orders_are_late_by_the_local_clock() {
    // START is 10:00 UTC, so 13:00 where tz says three hours east.
    for (tt, expected) in [(13 * 3600, 2), (13 * 3600 - 1, 3), (11 * 3600, 3), (14 * 3600, 2)] {
        let desk = Desk::new();
        let sid = desk.login();
        let id = desk.create(&sid, json!({"u": VAN, "f": 0x20, "tt": tt, "tz": 134_228_528}));
        desk.update(&sid, "confirm", json!({"id": id}));
        assert_eq!(desk.listed(&sid, id).unwrap()["s"], expected, "tt {tt}");
    }
}

#[test]
fn a_canceled_order_is_assigned_anew_but_neither_confirmed_nor_rejected() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    desk.elsewhere(id, Command::default().moving(docket_core::order::Transition::Cancel));
    assert_eq!(desk.listed(&sid, id).unwrap()["s"], 4);
    assert_eq!(desk.update(&sid, "confirm", json!({"id": id})), error(4));
    assert_eq!(desk.update(&sid, "reject", json!({"id": id})), error(4));
    assert_eq!(desk.update(&sid, "assign", json!({"id": id, "u": CART})), json!({}));
    assert_eq!(desk.listed(&sid, id).unwrap()["s"], 1);
}

#[test]
fn missing_and_wrong_parts_of_a_call() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    let call = |params: &Json| desk.call(&sid, "order/update", params);
    assert_eq!(call(&json!({"callMode": "create"})), error(4));
    assert_eq!(call(&json!({"itemId": "depot", "callMode": "create"})), error(4));
    assert_eq!(call(&json!({"itemId": RESOURCE})), error(4));
    assert_eq!(call(&json!({"itemId": RESOURCE, "id": id, "callMode": "destroy"})), error(4));
    assert_eq!(call(&json!({"itemId": RESOURCE, "id": id, "callMode": 1})), error(4));
    assert_eq!(call(&json!({"itemId": 5, "callMode": "create"})), json!({"error": 7, "reason": "RESOURCE"}));
    assert_eq!(call(&json!({"itemId": VAN, "callMode": "create"})), json!({"error": 7, "reason": "RESOURCE"}));
    assert_eq!(call(&json!({"itemId": RESOURCE, "id": id, "callMode": "assign"})), error(4), "no unit named");
    assert_eq!(call(&json!({"itemId": RESOURCE, "id": id, "u": [], "callMode": "assign"})), error(4));
    assert_eq!(call(&json!({"itemId": RESOURCE, "id": id, "confirm": "much", "callMode": "confirm"})), error(4));
    for mode in ["update", "delete", "assign", "register", "reject", "confirm", "reassign"] {
        assert_eq!(call(&json!({"itemId": RESOURCE, "id": 77, "u": VAN, "callMode": mode})), error(4), "{mode}");
        assert_eq!(call(&json!({"itemId": RESOURCE, "u": VAN, "callMode": mode})), error(4), "{mode} of none");
    }
    assert_eq!(desk.ledger.all_orders().len(), 1);
}
