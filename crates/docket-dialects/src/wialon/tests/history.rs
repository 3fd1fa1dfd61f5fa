//! The history of orders and routes.

use super::*;
use docket_core::order::{Field, Transition};

impl Desk {
    fn orders_of_history(&self, sid: &str, mut params: Json) -> Json {
        params["itemId"] = RESOURCE.into();
        self.call(sid, "order/get_orders_history", &params)
    }
}

fn found(answer: &Json) -> Vec<i64> {
    assert_eq!(answer["count"], answer["orders"].as_array().unwrap_or_else(|| panic!("{answer}")).len());
    answer["orders"].as_array().unwrap().iter().map(|order| order["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_registered_order_is_shown_as_it_was() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"n": "A", "u": VAN, "p": {"n": "Ann", "x": 1}}));
    desk.ledger.set_now(at(START + 60));
    desk.update(&sid, "confirm", json!({"id": id}));
    let before = desk.listed(&sid, id).unwrap();
    assert_eq!(before["st"], START + 60);
    desk.ledger.set_now(at(START + 90));
    assert_eq!(desk.orders_of_history(&sid, json!({})), json!({"orders": [], "count": 0, "total": 0}));
    desk.update(&sid, "register", json!({"id": id}));
    let mut expected = before;
    expected["rt"] = (START + 90).into();
    assert_eq!(desk.orders_of_history(&sid, json!({})), json!({"orders": [expected], "count": 1, "total": 1}));
}

#[test]
fn what_other_systems_close_and_what_is_old_is_history() {
    let desk = Desk::new();
    let sid = desk.login();
    let closed = desk.foreign(Command::default().with(Field::Title, "closed"));
    let done = desk.foreign(Command::default().with(Field::Title, "done"));
    let open = desk.foreign(Command::default().with(Field::Title, "open"));
    desk.elsewhere(closed, Command::default().moving(Transition::Close));
    desk.elsewhere(done, Command::default().moving(Transition::Complete));
    assert_eq!(found(&desk.orders_of_history(&sid, json!({}))), [closed]);
    desk.ledger.set_now(at(START + 86_401));
    let sid = desk.login();
    let answer = desk.orders_of_history(&sid, json!({}));
    assert_eq!(found(&answer), [closed, done]);
    assert_eq!(answer["orders"][1]["rt"], START + 86_400);
    assert!(!found(&answer).contains(&open));
}

#[test]
fn filters_narrow_what_is_shown_and_intervals_what_is_counted() {
    let desk = Desk::new();
    let sid = desk.login();
    let make = |name: &str, unit: i64, seconds: i64, tf: i64, route: i64| {
        let id = desk
            .create(&sid, json!({"n": name, "u": unit, "tf": tf, "tt": tf + 100, "p": {"r": {"id": route, "i": 0}}}));
        desk.ledger.set_now(at(START + seconds));
        desk.update(&sid, "register", json!({"id": id}));
        id
    };
    let vilnius = make("Vilnius 1", VAN, 10, START + 1000, 5);
    let berlin = make("Berlin 2", CART, 20, START + 2000, 5);
    let minsk = make("Minsk 3", CART, 30, START + 3000, 6);
    let ask = |params: Json| desk.orders_of_history(&sid, params);
    for (params, ids, total) in [
        (json!({"name": "Vil*,Berl*"}), vec![vilnius, berlin], 3),
        (json!({"name": "*3"}), vec![minsk], 3),
        (json!({"name": "Minsk"}), vec![], 3),
        (json!({"unitId": CART}), vec![berlin, minsk], 3),
        (json!({"orderId": minsk}), vec![minsk], 3),
        (json!({"orderUid": berlin.to_string()}), vec![berlin], 3),
        (json!({"orderId": minsk, "orderUid": berlin}), vec![], 3),
        (json!({"routeId": 5}), vec![vilnius, berlin], 3),
        (json!({"ivalFrom": START + 20}), vec![berlin, minsk], 2),
        (json!({"ivalFrom": START + 11, "ivalTo": START + 29}), vec![berlin], 1),
        (json!({"ivalType": 2, "ivalTo": START + 5}), vec![vilnius], 1),
        (json!({"ivalType": 3, "ivalFrom": START + 1500, "ivalTo": START + 2500}), vec![berlin], 1),
        (json!({"ivalType": 4, "ivalFrom": START + 3100, "ivalTo": START + 3100}), vec![minsk], 1),
        (json!({"ivalFrom": START + 20, "unitId": VAN}), vec![], 2),
    ] {
        let answer = ask(params.clone());
        assert_eq!((found(&answer), &answer["total"]), (ids, &json!(total)), "{params}");
    }
    for params in [
        json!({"ivalType": 5}),
        json!({"ivalType": 0}),
        json!({"ivalFrom": "long ago"}),
        json!({"name": []}),
        json!({"unitId": {}}),
    ] {
        assert_eq!(ask(params.clone()), error(4), "{params}");
    }
    assert_eq!(desk.call(&sid, "order/get_orders_history", &json!({"itemId": 1}))["error"], 7);
    assert_eq!(desk.call(&sid, "order/get_orders_history", &json!({})), error(4));
}

#[test]
fn deleted_orders_and_those_of_others_are_no_history() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login_as("abcdef"));
    let gone = desk.create(&sid, json!({}));
    desk.update(&sid, "delete", json!({"id": gone}));
    let id = desk.create(&sid, json!({}));
    desk.update(&sid, "register", json!({"id": id}));
    assert_eq!(found(&desk.orders_of_history(&sid, json!({}))), [id]);
    let theirs = desk.call(&other, "order/get_orders_history", &json!({"itemId": 2102}));
    assert_eq!(theirs, json!({"orders": [], "count": 0, "total": 0}));
}

#[test]
fn long_histories_come_whole() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.fill(1200);
    for order in desk.ledger.all_orders() {
        desk.elsewhere(order.serial.0, Command::default().moving(Transition::Close));
    }
    assert_eq!(found(&desk.orders_of_history(&sid, json!({}))).len(), 1200);
}

/// Registers a route of one order; gives the order.
fn past_route(desk: &Desk, id: i64, name: &str, seconds: i64, tf: i64) -> i64 {
    let answer = desk.route(&desk.login(), "create", json!({"routeId": id, "n": name, "orders": [
        {"id": 0, "callMode": "create", "n": "stop", "u": if id == 1 { VAN } else { CART }, "y": 1.5, "x": 2.5, "tf": tf, "tt": tf + 100},
    ]}));
    desk.ledger.set_now(at(START + seconds));
    desk.route(&desk.login(), "register", json!({"routeId": id, "orders": []}));
    answer["orders"][0]["id"].as_i64().unwrap()
}

#[test]
fn routes_of_the_history_are_found_like_orders() {
    let desk = Desk::new();
    past_route(&desk, 1, "North", 10, START + 1000);
    past_route(&desk, 2, "South", 20, START + 2000);
    // Another month, and an id that comes again.
    past_route(&desk, 1, "North again", 40 * 86_400, START + 3000);
    let sid = desk.login();
    let ask = |mut params: Json| {
        params["itemId"] = RESOURCE.into();
        desk.call(&sid, "order/get_routes_history", &params)
    };
    for (params, names, total) in [
        (json!({}), vec!["North", "South", "North again"], 3),
        (json!({"name": "north*"}), vec!["North", "North again"], 3),
        (json!({"unitId": CART}), vec!["South"], 3),
        (json!({"routeId": 1}), vec!["North", "North again"], 3),
        (json!({"ivalFrom": START + 20, "ivalTo": START + 20}), vec!["South"], 1),
        (json!({"ivalType": 3, "ivalFrom": START + 2000}), vec!["South", "North again"], 2),
        (json!({"ivalType": 4, "ivalTo": START + 1100}), vec!["North"], 1),
        (json!({"ivalType": 2, "ivalTo": START + 10}), vec!["North"], 1),
    ] {
        let answer = ask(params.clone());
        let found: Vec<&str> =
            answer["routes"].as_array().unwrap().iter().map(|route| route["n"].as_str().unwrap()).collect();
        assert_eq!(
            (found.clone(), &answer["total"], &answer["count"]),
            (names, &json!(total), &json!(found.len())),
            "{params}"
        );
    }
    assert_eq!(ask(json!({"ivalType": 9})), error(4));
    assert_eq!(desk.call(&sid, "order/get_routes_history", &json!({"itemId": 1}))["error"], 7);
}

#[test]
fn one_route_comes_with_its_orders_and_points() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = past_route(&desk, 1, "North", 10, START + 1000);
    past_route(&desk, 2, "South", 10, START + 1000);
    let ask = |params: Json| desk.call(&sid, "order/get_route_from_history", &params);
    let whole = json!({"itemId": RESOURCE, "routeId": 1, "timeFrom": START, "timeTo": START + 10});
    let answer = ask(whole.clone());
    assert_eq!((&answer["count"], &answer["total"]), (&json!(1), &json!(2)));
    let route = &answer["routes"][0];
    assert_eq!((&route["orders"][0]["n"], &route["orders"][0]["rt"]), (&json!("stop"), &json!(START + 10)));
    assert_eq!(route["points"], json!([{"uid": id, "y": 1.5, "x": 2.5, "stt": 0, "dtt": 0}]));
    let mut without = whole.clone();
    without["addPoints"] = 0.into();
    assert_eq!(ask(without)["routes"][0].get("points"), None);
    let mut earlier = whole.clone();
    earlier["timeTo"] = (START + 9).into();
    assert_eq!(ask(earlier), json!({"routes": [], "count": 0, "total": 0}));
    for member in ["routeId", "timeFrom", "timeTo"] {
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(member);
        assert_eq!(ask(part), error(4), "{member}");
    }
    assert_eq!(ask(json!({"itemId": 1}))["error"], 7);
}
