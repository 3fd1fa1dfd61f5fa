//! Planning through the wire.

use super::*;
use proptest::prelude::*;

/// An order so many kilometres north of the equator's beginning.
fn north(km: f64) -> Json {
    json!({"n": "stop", "y": km / 111.195, "x": 0.000_001, "p": {}})
}

impl Desk {
    fn optimize(&self, sid: &str, mut params: Json) -> Json {
        params["itemId"] = RESOURCE.into();
        if params["flags"].is_null() {
            params["flags"] = 0.into();
        }
        self.call(sid, "order/optimize", &params)
    }
}

fn visits(route: &Json) -> Vec<i64> {
    route["orders"]
        .as_array()
        .unwrap_or_else(|| panic!("{route}"))
        .iter()
        .map(|visit| visit["id"].as_i64().unwrap())
        .collect()
}

#[test]
fn orders_in_full_are_put_in_order() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut depot = north(0.1);
    depot["f"] = 4.into();
    let answer =
        desk.optimize(&sid, json!({"orders": [north(30.0), north(10.0), north(20.0), depot], "gis": {"speed": 60}}));
    assert_eq!(visits(&answer["1"]), [3, 1, 2, 0]);
    assert_eq!(answer["success"], 1);
    let second = &answer["1"]["orders"][2];
    assert_eq!(second["ml"], 10_000);
    assert!((second["tm"].as_i64().unwrap() - (START + 1194)).abs() <= 2, "{second}");
    assert!(desk.ledger.all_orders().is_empty(), "nothing is written");
}

#[test]
fn orders_by_id_and_units_where_they_are() {
    let desk = Desk::new();
    let sid = desk.login();
    // The van stands at 53.9, 27.5; the cart was never seen.
    let far = desk.create(&sid, json!({"y": 54.1, "x": 27.5}));
    let near = desk.create(&sid, json!({"y": 53.95, "x": 27.5}));
    let answer = desk.optimize(&sid, json!({"orders": [far, near.to_string()], "units": [VAN]}));
    assert_eq!(visits(&answer["1"]), [1, 0]);
    assert_eq!(answer["1"]["orders"][0]["ml"], 5560);
}

#[test]
fn a_track_comes_when_asked_for() {
    let desk = Desk::new();
    let sid = desk.login();
    let orders = json!([{"y": 38.5, "x": -120.2, "f": 4}, {"y": 40.7, "x": -120.95}]);
    let answer = desk.optimize(&sid, json!({"orders": orders, "gis": {"addPoints": 1, "provider": 2}}));
    assert_eq!(answer["1"]["orders"][1]["p"], "_p~iF~ps|U_ulLnnqC");
    let answer = desk.optimize(&sid, json!({"orders": orders, "addPoints": true}));
    assert_eq!(answer["1"]["orders"][0]["p"], "_p~iF~ps|U");
    let answer = desk.optimize(&sid, json!({"orders": orders, "gis": 0}));
    assert_eq!(answer["1"]["orders"][0].get("p"), None);
}

#[test]
fn windows_count_with_their_flag() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut late = north(10.0);
    (late["tf"], late["tt"]) = ((START + 7200).into(), (START + 9000).into());
    let mut depot = north(0.1);
    depot["f"] = 4.into();
    let orders = json!([depot, late, north(20.0)]);
    assert_eq!(visits(&desk.optimize(&sid, json!({"orders": orders}))["1"]), [0, 1, 2]);
    let answer = desk.optimize(&sid, json!({"orders": orders, "flags": 1, "criterions": {"max_idling": 60}}));
    assert_eq!(answer["success"], 1);
    let at = |answer: &Json, id: i64| {
        let all = answer["1"]["orders"].as_array().unwrap().clone();
        all.into_iter().find(|visit| visit["id"] == id).unwrap()["tm"].as_i64().unwrap()
    };
    assert!((START + 7200..=START + 9000).contains(&at(&answer, 1)), "{answer}");
    let mut over = north(10.0);
    over["tt"] = (START - 1).into();
    let orders = json!([depot, over, north(20.0)]);
    let answer = desk.optimize(&sid, json!({"orders": orders, "flags": 1}));
    assert_eq!((visits(&answer["1"]), &answer["success"]), (vec![0, 2], &json!(0)), "it cannot be reached in time");
    let answer = desk.optimize(&sid, json!({"orders": orders, "flags": 0x81}));
    assert_eq!((visits(&answer["1"]), &answer["success"]), (vec![0, 2], &json!(1)), "it is not asked for");
}

#[test]
fn beyond_the_criteria_a_route_ends_reloads_or_splits() {
    let desk = Desk::new();
    let sid = desk.login();
    let (mut first, mut reload) = (north(0.1), north(2.6));
    (first["f"], reload["f"]) = (4.into(), 0x10.into());
    let orders = json!([first, north(1.0), north(2.0), north(3.0), reload]);
    let ask = |flags: i64| {
        desk.optimize(
            &sid,
            json!({"orders": orders, "warehouses": [4], "flags": flags, "criterions": {"max_order_count": 2}}),
        )
    };
    let ended = ask(0x100);
    assert_eq!((visits(&ended["1"]), &ended["success"]), (vec![0, 1, 2], &json!(0)));
    let reloaded = ask(0x200);
    assert_eq!((visits(&reloaded["1"]), &reloaded["success"]), (vec![0, 1, 2, 4, 3], &json!(1)));
    assert_eq!(reloaded["1"].get("routes"), None);
    let split = ask(0x300);
    let routes: Vec<Vec<i64>> = split["1"]["routes"].as_array().unwrap().iter().map(visits).collect();
    assert_eq!(routes, [vec![0, 1], vec![0, 2, 3]], "the near one apart is the shortest");
    assert_eq!(visits(&split["1"]), [0, 1, 0, 2, 3]);
}

#[test]
fn unlisted_warehouses_of_the_way_are_orders_like_others() {
    let desk = Desk::new();
    let sid = desk.login();
    let (mut first, mut last) = (north(0.1), north(0.5));
    (first["f"], last["f"]) = (4.into(), 8.into());
    let orders = json!([first, north(1.0), north(2.0), last]);
    assert_eq!(visits(&desk.optimize(&sid, json!({"orders": orders}))["1"]), [0, 3, 1, 2]);
    let listed = desk.optimize(&sid, json!({"orders": orders, "warehouses": [3]}));
    assert_eq!(visits(&listed["1"]).last(), Some(&3));
}

#[test]
fn units_without_work_are_left_out_and_the_others_keep_their_number() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut depot = json!({"y": 53.9, "x": 27.5, "f": 4, "p": {"aff": format!("{VAN}")}});
    let order = json!({"y": 53.91, "x": 27.5});
    let answer = desk.optimize(&sid, json!({"orders": [depot, order], "units": [CART, VAN]}));
    assert_eq!(visits(&answer["2"]), [0, 1], "the depot is the van's");
    assert_eq!(answer.get("1"), None);
    depot["p"] = json!({});
    let answer = desk.optimize(&sid, json!({"orders": [depot], "units": [VAN]}));
    assert_eq!(answer, json!({"success": 1}), "nothing but a warehouse is no route");
}

#[test]
fn priorities_and_busy_times_are_kept() {
    let desk = Desk::new();
    let sid = desk.login();
    let orders = json!([north(1.0), north(2.0), north(3.0)]);
    let answer = desk.optimize(&sid, json!({"orders": orders, "unitCount": 2, "priority": {"1": {"2": 0, "0": -1}}}));
    let second = visits(&answer["2"]);
    assert_eq!((second.first(), second.last()), (Some(&2), Some(&0)));
    let busy = json!({"0": [{"tf": START - 10, "tt": START + 3600, "pf": 0, "pt": {"y": 0.5, "x": 0}}]});
    let answer = desk.optimize(&sid, json!({"orders": [north(1.0)], "busyRoutes": busy}));
    assert!(answer["1"]["orders"][0]["tm"].as_i64().unwrap() > START + 3600, "{answer}");
}

#[test]
fn soon_done_shares_the_work() {
    let desk = Desk::new();
    let sid = desk.login();
    let long = |km: f64| {
        let mut order = north(km);
        order["p"] = json!({"ut": 7200});
        order
    };
    let mut depot = north(0.1);
    depot["f"] = 4.into();
    let orders = json!([depot, long(1.0), long(1.1)]);
    let few = desk.optimize(&sid, json!({"orders": orders, "unitCount": 2}));
    assert_eq!((visits(&few["1"]).len(), few.get("2")), (3, None));
    let soon = desk.optimize(&sid, json!({"orders": orders, "unitCount": 2, "flags": 2}));
    assert_eq!((visits(&soon["1"]).len(), visits(&soon["2"]).len()), (2, 2));
}

#[test]
fn what_cannot_be_planned() {
    let desk = Desk::new();
    let sid = desk.login();
    let good = json!({"orders": [north(1.0)], "flags": 0});
    assert_eq!(desk.optimize(&sid, good.clone())["success"], 1);
    for (member, value) in [
        ("flags", json!("all")),
        ("orders", json!([])),
        ("orders", json!({})),
        ("orders", Json::Null),
        ("orders", json!([999_999])),
        ("orders", json!([true])),
        ("orders", json!([{"n": "nowhere"}])),
        ("orders", json!([{"y": 99, "x": 0}])),
        ("units", json!([999])),
        ("units", json!(["van"])),
        ("unitCount", json!(-1)),
        ("unitCount", json!(1_000_000)),
        ("warehouses", json!([7])),
        ("warehouses", json!("0")),
        ("gis", json!([])),
        ("gis", json!({"speed": "fast"})),
        ("criterions", json!([])),
        ("criterions", json!({"max_mileage": -5})),
        ("priority", json!([])),
        ("priority", json!({"0": []})),
        ("priority", json!({"0": {"first": 1}})),
        ("busyRoutes", json!({"0": {}})),
        ("busyRoutes", json!({"0": [{"tf": 1}]})),
        ("busyRoutes", json!(5)),
        ("orders", Json::Array(vec![north(1.0); 1001])),
    ] {
        let mut params = good.clone();
        params[member] = value.clone();
        let answer = desk.optimize(&sid, params);
        assert_eq!((&answer["error"], answer["reason"].is_string()), (&json!(4), true), "{member}: {value} → {answer}");
    }
    assert_eq!(desk.call(&sid, "order/optimize", &json!({"itemId": 1, "orders": [], "flags": 0}))["error"], 7);
}

#[test]
fn permanent_orders_have_times_of_day() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut depot = north(0.1);
    depot["f"] = 4.into();
    // START is ten in the morning UTC; three hours east it is one in the afternoon.
    let mut order = north(10.0);
    (order["f"], order["tz"]) = (0x21.into(), 134_228_528.into());
    (order["tf"], order["tt"]) = ((15 * 3600).into(), (16 * 3600).into());
    let answer = desk.optimize(&sid, json!({"orders": [depot, order], "flags": 0x81}));
    assert_eq!(answer["1"]["orders"][1]["tm"], START.div_euclid(86_400) * 86_400 + 12 * 3600, "{answer}");
    (order["tf"], order["tt"]) = ((8 * 3600).into(), (9 * 3600).into());
    let answer = desk.optimize(&sid, json!({"orders": [depot, order], "flags": 1}));
    assert_eq!(answer["1"]["orders"][1]["tm"], START.div_euclid(86_400) * 86_400 + 29 * 3600, "tomorrow: {answer}");
}

#[test]
fn a_busy_place_is_an_order_in_full_or_by_id_or_by_index() {
    let desk = Desk::new();
    let sid = desk.login();
    // No id is an index at the same time.
    desk.create(&sid, north(1.0));
    let id = desk.create(&sid, json!({"y": 50.0 / 111.195, "x": 0.000_001}));
    let ask = |place: Json| {
        let busy = json!({"0": [{"tf": START, "tt": START + 3600, "pt": place}]});
        desk.optimize(&sid, json!({"orders": [id, north(40.0)], "busyRoutes": busy}))["1"]["orders"][0]["id"].clone()
    };
    assert_eq!(ask(json!(id)), 0, "it is there already");
    assert_eq!(ask(json!(0)), 0);
    assert_eq!(ask(json!(1)), 1);
    assert_eq!(ask(json!({"y": 39.0 / 111.195, "x": 0})), 1);
}

#[test]
fn of_too_many_the_important_ones() {
    let desk = Desk::new();
    let sid = desk.login();
    let mut orders: Vec<Json> = [1.0, 2.0, 30.0].into_iter().map(north).collect();
    orders[2]["p"]["pr"] = 90.into();
    let answer = desk.optimize(&sid, json!({"orders": orders, "flags": 0x100, "criterions": {"max_order_count": 1}}));
    assert_eq!(visits(&answer["1"]), [2]);
    assert_eq!(answer.get("reasons"), None, "nobody asked");
}

#[test]
fn why_an_order_is_on_no_list() {
    let desk = Desk::new();
    let sid = desk.login();
    let (mut late, mut depot) = (north(100.0), north(0.1));
    late["tt"] = (START + 60).into();
    depot["f"] = 4.into();
    let params = json!({"orders": [depot, north(1.0), late], "flags": 1, "reasons": true});
    let answer = desk.optimize(&sid, params);
    let told = answer["reasons"]["2"].as_str().unwrap();
    assert!(told.contains("2026-01-15T10:01:00Z") && told.contains("2026-01-15T11:39:54Z"), "{told}");
    assert_eq!(answer["reasons"].as_object().unwrap().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn no_order_is_lost_or_repeated(places in prop::collection::vec((0.001..1.0, 0.001..1.0), 1..20), units in 1..4_i64, most in 0..6_i64, beyond in 0..4_i64) {
        let desk = Desk::new();
        let sid = desk.login();
        let orders: Vec<Json> = places.iter().map(|(y, x)| json!({"y": y, "x": x})).collect();
        let params = json!({"orders": orders, "unitCount": units, "flags": beyond << 8, "criterions": {"max_order_count": most}});
        let answer = desk.optimize(&sid, params);
        let mut seen: Vec<i64> = answer.as_object().unwrap().values().filter(|unit| unit.is_object()).flat_map(visits).collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), count, "none twice");
        prop_assert_eq!(answer["success"] == 1, count == places.len(), "and whoever is missing is owned up to");
        prop_assert!(count == places.len() || (most > 0 && beyond != 3), "none is missing without a limit");
    }
}
