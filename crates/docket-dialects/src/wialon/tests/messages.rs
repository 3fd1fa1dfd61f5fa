//! Messages of units.

use super::*;
use docket_core::track::Report;

fn report(second: i64, latitude: f64) -> Report {
    let position = unit(VAN, "", Some((latitude, 27.5)), START + second).position.unwrap();
    Report::of(position, at(START + second))
}

fn interval(from: i64, until: i64) -> Json {
    json!({
        "itemId": VAN, "timeFrom": START + from, "timeTo": START + until, "flags": 0, "flagsMask": 65280,
        "loadCount": 0xFFFF_FFFF_u32,
    })
}

fn latitudes(answer: &Json) -> Vec<f64> {
    let messages = answer.get("messages").unwrap_or(answer);
    messages.as_array().unwrap().iter().map(|message| message["pos"]["y"].as_f64().unwrap()).collect()
}

#[test]
fn too_many_messages_are_an_error() {
    let desk = Desk::new();
    let sid = desk.login();
    for second in 1..=100_000 {
        desk.ledger.report(UnitId(VAN), report(second, 53.0));
    }
    let answer = desk.call(&sid, "messages/load_interval", &interval(1, 200_000));
    assert_eq!(answer["count"], 100_000);
    assert_eq!(desk.call(&sid, "messages/load_interval", &interval(-10, 200_000)), error(1004), "one more: its first");
}

#[test]
fn the_last_of_one_moment_are_loaded_again_without_those_left_out() {
    let desk = Desk::new();
    let sid = desk.login();
    for latitude in [1.0, 2.0, 3.0, 4.0] {
        desk.ledger.report(UnitId(VAN), report(10, latitude));
    }
    desk.ledger.report(UnitId(VAN), report(20, 5.0));
    let params = json!({"itemId": VAN, "lastTime": 0, "lastCount": 3, "flags": 0, "flagsMask": 0, "loadCount": 9});
    desk.ledger.set_now(at(START + 60));
    assert_eq!(latitudes(&desk.call(&sid, "messages/load_last", &params)), [3.0, 4.0, 5.0]);
    let all = json!({"indexFrom": 0, "indexTo": 9});
    assert_eq!(latitudes(&desk.call(&sid, "messages/get_messages", &all)), [3.0, 4.0, 5.0]);
    assert_eq!(desk.call(&sid, "messages/delete_message", &json!({"msgIndex": 0})), json!({}));
    assert_eq!(latitudes(&desk.call(&sid, "messages/load_interval", &interval(10, 10))), [1.0, 2.0, 4.0]);
}

#[test]
fn one_session_has_one_loader() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login());
    desk.call(&sid, "messages/load_interval", &interval(-100, 100));
    let all = json!({"indexFrom": 0, "indexTo": 9});
    assert_eq!(latitudes(&desk.call(&sid, "messages/get_messages", &all)), [53.9]);
    assert_eq!(desk.call(&other, "messages/get_messages", &all), error(4), "nothing loaded there");
    desk.call(&sid, "messages/load_interval", &interval(0, 100));
    assert_eq!(desk.call(&sid, "messages/get_messages", &all), json!([]));
}

#[test]
fn parameters_that_are_no_object_are_left_out() {
    let desk = Desk::new();
    let sid = desk.login();
    let odd = Report { parameters: Some("[1".to_owned()), position: None, ..report(5, 0.0) };
    desk.ledger.report(UnitId(CART), odd);
    let mut params = interval(0, 10);
    params["itemId"] = CART.into();
    let answer = desk.call(&sid, "messages/load_interval", &params);
    assert_eq!((&answer["messages"][0]["p"], &answer["messages"][0]["pos"]), (&json!({}), &Json::Null));
}

#[test]
fn a_unit_removed_takes_its_messages_along() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.call(&sid, "messages/load_interval", &interval(-100, 100));
    desk.call(&sid, "item/delete_item", &json!({"itemId": VAN}));
    assert_eq!(desk.call(&sid, "messages/get_messages", &json!({"indexFrom": 0, "indexTo": 9})), json!([]));
    assert_eq!(desk.call(&sid, "messages/delete_message", &json!({"msgIndex": 0})), error(4));
}
