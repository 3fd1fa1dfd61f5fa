//! Events.

use super::*;
use docket_core::order::{Move, State, Transition};

const ORDERS: i64 = 0x80001;

fn order_event(id: i64, order: Json) -> Json {
    json!({"i": RESOURCE, "t": "u", "d": {"ordersu": [id, order]}})
}

#[test]
fn every_change_of_an_order_is_told_once() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.watch(&sid, RESOURCE, ORDERS);
    assert!(desk.events(&sid).is_empty());
    let id = desk.create(&sid, json!({"n": "A"}));
    let told = |desk: &Desk| desk.events(&sid);
    assert_eq!(told(&desk), [order_event(id, desk.listed(&sid, id).unwrap())]);
    assert!(told(&desk).is_empty());
    for (mode, members) in [
        ("update", json!({"id": id, "n": "B"})),
        ("assign", json!({"id": id, "u": VAN})),
        ("reject", json!({"id": id})),
        ("assign", json!({"id": id, "u": CART})),
        ("reassign", json!({"id": id, "u": VAN})),
        ("confirm", json!({"id": id})),
    ] {
        desk.update(&sid, mode, members);
        assert_eq!(told(&desk), [order_event(id, desk.listed(&sid, id).unwrap())], "{mode}");
    }
    desk.update(&sid, "register", json!({"id": id}));
    assert_eq!(told(&desk), [order_event(id, Json::Null)]);
    let id = desk.create(&sid, json!({}));
    told(&desk);
    desk.update(&sid, "delete", json!({"id": id}));
    assert_eq!(told(&desk), [order_event(id, Json::Null)]);
}

#[test]
fn changes_by_other_systems_are_told() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.watch(&sid, RESOURCE, ORDERS);
    let id = desk.foreign(Command::default().with(docket_core::order::Field::Number, "TESTPOST"));
    assert_eq!(desk.events(&sid)[0]["d"]["ordersu"][1]["n"], "TESTPOST");
    desk.elsewhere(id, Command::default().moving(Transition::Complete));
    assert_eq!(desk.events(&sid)[0]["d"]["ordersu"][1]["s"], 2);
    desk.elsewhere(id, Command::default().moving(Transition::Close));
    assert_eq!(desk.events(&sid), [order_event(id, Json::Null)]);
    desk.elsewhere(id, Command { to: Some(Move::Become(State::Received)), ..Command::default() });
    assert_eq!(desk.events(&sid)[0]["d"]["ordersu"][1]["s"], 0, "brought back");
    desk.elsewhere(id, Command::default().moving(Transition::Delete));
    assert_eq!(desk.events(&sid), [order_event(id, Json::Null)]);
}

#[test]
fn several_changes_come_as_one_in_order_of_the_last() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.watch(&sid, RESOURCE, ORDERS);
    let (a, b) = (desk.create(&sid, json!({"n": "A"})), desk.create(&sid, json!({"n": "B"})));
    let gone = desk.create(&sid, json!({}));
    desk.update(&sid, "assign", json!({"id": a, "u": VAN}));
    desk.update(&sid, "delete", json!({"id": gone}));
    let events = desk.events(&sid);
    let ids: Vec<_> = events.iter().map(|event| event["d"]["ordersu"][0].as_i64().unwrap()).collect();
    assert_eq!(ids, [b, a], "what came and went unseen is no news");
    assert_eq!(events[1]["d"]["ordersu"][1]["s"], 1);
}

#[test]
fn a_permanent_order_is_told_reset_and_its_copy_is_not() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"f": 0x20, "u": VAN}));
    desk.watch(&sid, RESOURCE, ORDERS);
    desk.update(&sid, "register", json!({"id": id}));
    assert_eq!(desk.events(&sid), [order_event(id, desk.listed(&sid, id).unwrap())]);
}

#[test]
fn only_what_is_watched_and_visible_is_told() {
    let desk = Desk::new();
    let (all, own) = (desk.login(), desk.login_as("abcdef"));
    desk.watch(&own, 2102, ORDERS);
    desk.create(&all, json!({}));
    assert!(desk.events(&all).is_empty(), "not watched");
    assert!(desk.events(&own).is_empty(), "not visible");
    desk.watch(&all, RESOURCE, ORDERS);
    assert!(desk.events(&all).is_empty(), "what was before the watch came with it");
    desk.create(&all, json!({}));
    desk.call(
        &all,
        "core/update_data_flags",
        &json!({"spec": {"type": "id", "data": RESOURCE, "flags": 1, "mode": 2}}),
    );
    assert!(desk.events(&all).is_empty(), "no longer watched");
}

#[test]
fn many_changes_come_over_several_calls_and_none_is_lost() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.watch(&sid, RESOURCE, ORDERS);
    desk.fill(6000);
    assert_eq!(desk.events(&sid).len(), 5000);
    assert_eq!(desk.events(&sid).len(), 1000);
    assert!(desk.events(&sid).is_empty());
}

#[test]
fn units_tell_their_messages_by_flag() {
    for (flags, kinds) in [(1, ""), (0x401, "um"), (0x10_0001, "m"), (0x40_0001, "u")] {
        let desk = Desk::new();
        let sid = desk.login();
        desk.watch(&sid, VAN, flags);
        assert!(desk.events(&sid).is_empty(), "known already");
        desk.ledger.put_unit(unit(VAN, "Van 12", Some((54.0, 27.6)), START + 1));
        let events = desk.events(&sid);
        let told: String = events.iter().map(|event| event["t"].as_str().unwrap()).collect();
        assert_eq!(told, kinds);
        for event in &events {
            assert_eq!(event["i"], VAN);
            let shown = if event["t"] == "m" { &event["d"] } else { &event["d"]["pos"] };
            assert_eq!(shown["t"], START + 1);
        }
        assert!(desk.events(&sid).is_empty());
    }
}

#[test]
fn the_limit_counts_where_it_is_on() {
    let desk = Desk::with(&[("limits", "true")]);
    let sid = desk.login();
    let poll = || body_of(&desk.send(Method::GET, &format!("/avl_evts?sid={sid}"), "", ""));
    for _ in 0..10 {
        assert!(poll()["events"].is_array());
    }
    assert_eq!(poll(), json!({"error": 1003, "reason": "LIMIT avl_evts"}));
    desk.ledger.set_now(at(START + 10));
    assert!(poll()["events"].is_array());
    let desk = Desk::new();
    let sid = desk.login();
    assert!((0..30).all(|_| desk.events(&sid).is_empty()));
}

#[test]
fn what_ended_a_day_ago_is_told_to_be_gone() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    let touched = desk.create(&sid, json!({"u": VAN}));
    for id in [id, touched] {
        desk.update(&sid, "confirm", json!({"id": id}));
    }
    desk.ledger.set_now(at(START + 86_400 - 100));
    let sid = desk.login();
    desk.update(&sid, "update", json!({"id": touched, "n": "late word"}));
    desk.watch(&sid, RESOURCE, ORDERS);
    desk.ledger.set_now(at(START + 86_400));
    assert!(desk.events(&sid).is_empty() && desk.listed(&sid, id).is_some());
    desk.ledger.set_now(at(START + 86_400 + 60));
    assert_eq!(desk.events(&sid), [order_event(id, Json::Null)]);
    assert!(desk.events(&sid).is_empty(), "once");
    desk.update(&sid, "update", json!({"id": touched, "n": "later word"}));
    assert_eq!(desk.events(&sid), [order_event(touched, Json::Null)], "no longer listed, so it is not told anew");
}

#[test]
fn a_session_that_fell_far_behind_catches_up() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    desk.watch(&sid, RESOURCE, ORDERS);
    for round in 0..30 {
        let requests = (0..500).map(|step| {
            let command = Command::default().with(docket_core::order::Field::Priority, round * 500 + step + 1);
            Request::change(Target::Serial(Serial(id)), move |_| Ok::<_, Rejection>(command.clone()))
        });
        let submission = Submission { requests: requests.collect(), ..Submission::default() };
        desk.ledger.submit(&Caller::hub(AccountId(1)), submission).now_or_never().unwrap().unwrap();
    }
    let events = desk.events(&sid);
    assert_eq!((events.len(), &events[0]["d"]["ordersu"][1]["p"]["pr"]), (1, &json!(15_000)), "all of it, as one");
    assert!(desk.events(&sid).is_empty());
}
