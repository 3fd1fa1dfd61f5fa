//! Orders completed from stored messages.

use super::*;

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
