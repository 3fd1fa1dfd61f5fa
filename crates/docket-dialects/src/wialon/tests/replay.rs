//! Orders completed from stored messages.

use super::*;
use docket_core::track::Report;

impl Desk {
    fn complete(&self, sid: &str, orders: Json) -> Json {
        self.call(sid, "order/complete_from_history", &json!({"itemId": RESOURCE, "orders": orders}))
    }
}

#[test]
fn orders_that_cannot_be_replayed() {
    let desk = Desk::new();
    let sid = desk.login();
    let (bare, held) = (desk.create(&sid, json!({})), desk.create(&sid, json!({"u": VAN})));
    for orders in [
        json!([]),
        json!([bare]),
        json!([held, bare]),
        json!([999_999]),
        json!(["x"]),
        json!({}),
        Json::Null,
        json!(held),
    ] {
        assert_eq!(desk.complete(&sid, orders.clone()), error(4), "{orders}");
    }
    desk.update(&sid, "register", json!({"id": held}));
    assert_eq!(desk.complete(&sid, json!([held])), error(4), "it is in the history");
    assert_eq!(desk.call(&sid, "order/complete_from_history", &json!({"itemId": 1, "orders": [1]}))["error"], 7);
}

#[test]
fn a_position_within_the_radius_completes() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN, "y": 53.9, "x": 27.5, "r": 100, "tf": START - 60, "tt": START + 60}));
    let far = desk.create(&sid, json!({"u": VAN, "y": 50, "x": 27.5, "r": 100, "tf": START - 60}));
    assert_eq!(desk.complete(&sid, json!([far])), json!({"completed": 0}));
    assert_eq!(desk.complete(&sid, json!([far, id])), json!({"completed": 1}));
    let order = desk.listed(&sid, id).unwrap();
    let expected = [("s", 2), ("st", START - 5), ("stt", START - 5), ("sf", 0), ("if", 0)];
    for (member, value) in expected {
        assert_eq!(order[member], value, "{member}");
    }
    assert_eq!(desk.listed(&sid, far).unwrap()["s"], 1);
    assert_eq!(desk.complete(&sid, json!([id])), json!({"completed": 0}), "not during this call");
}

#[test]
fn too_late_is_late_and_too_early_is_not() {
    let desk = Desk::new();
    let sid = desk.login();
    let place = json!({"u": VAN, "y": 53.9, "x": 27.5, "r": 100});
    let with = |tf: i64, tt: i64, trt: i64| {
        let mut members = place.clone();
        (members["tf"], members["tt"], members["trt"]) = (tf.into(), tt.into(), trt.into());
        desk.create(&sid, members)
    };
    let late = with(START - 100, START - 50, 0);
    assert_eq!(desk.complete(&sid, json!([late])), json!({"completed": 1}));
    assert_eq!(desk.listed(&sid, late).unwrap()["s"], 3);
    let early = with(START + 50, START + 100, 0);
    assert_eq!(desk.complete(&sid, json!([early])), json!({"completed": 0}));
    let tolerant = with(START + 50, START + 100, 60);
    assert_eq!(desk.complete(&sid, json!([tolerant])), json!({"completed": 1}));
    let unbounded = with(0, 0, 0);
    assert_eq!(desk.complete(&sid, json!([unbounded])), json!({"completed": 0}), "not before it was there");
}

#[test]
fn what_an_order_waits_for_comes_first() {
    let desk = Desk::new();
    let sid = desk.login();
    let place = json!({"u": VAN, "y": 53.9, "x": 27.5, "r": 100, "tf": START - 60});
    let first = desk.create(&sid, place.clone());
    let mut members = place.clone();
    members["dp"] = json!([first]);
    let second = desk.create(&sid, members);
    assert_eq!(desk.complete(&sid, json!([second])), json!({"completed": 0}));
    assert_eq!(desk.listed(&sid, second).unwrap()["s"], 1);
    assert_eq!(desk.complete(&sid, json!([second, first])), json!({"completed": 1}));
    assert_eq!(desk.listed(&sid, first).unwrap()["s"], 2);
    assert_eq!(desk.listed(&sid, second).unwrap()["s"], 2, "at the moment that freed it");
}

/// What the van says, one after another: seconds after the start, metres north of 50, 10, speed.
fn says(desk: &Desk, row: &[(i64, f64, f64)]) {
    for &(seconds, north_m, speed_kmh) in row {
        let position = Position {
            at: at(START + seconds),
            latitude: 50.0 + north_m / 111_195.0,
            longitude: 10.0,
            altitude_m: Some(0.0),
            speed_kmh: Some(speed_kmh),
            course: Some(0.0),
            satellites: 9,
        };
        // Long after it was: nobody saw it in time.
        desk.ledger.report(UnitId(VAN), Report::of(position, at(START + 900)));
    }
}

#[test]
fn stored_messages_complete_by_the_orders_own_rule() {
    let row = [(10, 500.0, 40.0), (20, 50.0, 10.0), (25, 10.0, 0.0), (30, -500.0, 40.0)];
    for (f, completed, left) in [(0, 20, 0), (1, 25, 0), (2, 30, 30), (3, 30, 30)] {
        let desk = Desk::new();
        let id = desk.create(
            &desk.login(),
            json!({"u": VAN, "f": f, "y": 50, "x": 10, "r": 100, "tf": START, "tt": START + 60}),
        );
        says(&desk, &row);
        desk.ledger.set_now(at(START + 1000));
        let sid = desk.login();
        assert_eq!(desk.complete(&sid, json!([id])), json!({"completed": 1}), "f {f}");
        let order = desk.listed(&sid, id).unwrap();
        let moments = (&order["s"], &order["st"], &order["stt"], &order["dtt"]);
        let left = if left == 0 { 0 } else { START + left };
        assert_eq!(moments, (&json!(2), &json!(START + completed), &json!(START + 20), &json!(left)), "f {f}");
    }
}

#[test]
fn what_is_freed_needs_a_message_of_its_own() {
    let desk = Desk::new();
    let sid = desk.login();
    let at_place = |north_m: f64, dp: Json| json!({"u": VAN, "y": 50.0 + north_m / 111_195.0, "x": 10, "r": 100, "tf": START, "dp": dp});
    let first = desk.create(&sid, at_place(5000.0, json!([])));
    let second = desk.create(&sid, at_place(0.0, json!([first])));
    says(&desk, &[(10, 0.0, 0.0), (20, 5000.0, 0.0), (30, 2000.0, 50.0)]);
    desk.ledger.set_now(at(START + 100));
    assert_eq!(desk.complete(&sid, json!([first, second])), json!({"completed": 1}));
    assert_eq!(desk.listed(&sid, second).unwrap()["s"], 1, "it was there too early");
    says(&desk, &[(40, 10.0, 30.0)]);
    assert_eq!(desk.complete(&sid, json!([second])), json!({"completed": 1}));
    assert_eq!(desk.listed(&sid, second).unwrap()["st"], START + 40);
}
