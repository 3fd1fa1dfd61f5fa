//! Items: searching and showing.

use super::*;
use docket_core::order::Transition;

fn search(desk: &Desk, sid: &str, spec: Json, flags: Json, window: (i64, i64)) -> Json {
    let params = json!({"spec": spec, "force": 1, "flags": flags, "from": window.0, "to": window.1});
    desk.call(sid, "core/search_items", &params)
}

fn spec(kind: &str, property: &str, mask: &str) -> Json {
    json!({"itemsType": kind, "propName": property, "propValueMask": mask, "sortType": "sys_name"})
}

fn names(answer: &Json) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["nm"].as_str().unwrap()).collect()
}

#[test]
fn the_resource_shows_its_orders_keyed_by_id() {
    let desk = Desk::new();
    let sid = desk.login();
    let answer = search(&desk, &sid, spec("avl_resource", "sys_name", "*"), json!(524_289), (0, 0));
    let expected = json!({
        "searchSpec": spec("avl_resource", "sys_name", "*"), "dataFlags": 524_289, "totalItemsCount": 1,
        "indexFrom": 0, "indexTo": 0,
        "items": [{"nm": "Depot North", "cls": 3, "id": RESOURCE, "mu": 0, "uacl": -1, "orders": {}, "order_routes": {}}]
    });
    assert_eq!(answer, expected);
    let id = desk.create(&sid, json!({"n": "A"}));
    let answer = search(&desk, &sid, spec("avl_resource", "sys_name", "*"), json!("0x80001"), (0, 4_294_967_295));
    assert_eq!(answer["items"][0]["orders"][id.to_string()]["n"], "A");
    assert_eq!(answer["items"][0]["orders"].as_object().unwrap().len(), 1);
}

#[test]
fn units_are_found_by_name_id_and_number() {
    let desk = Desk::new();
    let sid = desk.login();
    let find = |property: &str, mask: &str| {
        let answer = search(&desk, &sid, spec("avl_unit", property, mask), json!(1), (0, 0));
        names(&answer).join(",")
    };
    assert_eq!(find("sys_name", "*"), "Cart 1,Van 12");
    assert_eq!(find("sys_name", "van*"), "Van 12");
    assert_eq!(find("sys_name", "*1"), "Cart 1");
    assert_eq!(find("sys_name", "*a*1*"), "Cart 1,Van 12");
    assert_eq!(find("sys_name", "x*|c*"), "Cart 1");
    assert_eq!(find("sys_id", "3007"), "Van 12");
    assert_eq!(find("sys_id", ">3007"), "Cart 1");
    assert_eq!(find("sys_unique_id", "355000000003007"), "Van 12");
    assert_eq!(find("avl_unit", "*"), "Cart 1,Van 12", "a property nobody knows, with the mask for all");
    assert_eq!(find("avl_unit", "x"), "");
    assert_eq!(find("sys_name,sys_id", "*1,>3007"), "Cart 1");
    assert_eq!(find("rel_last_msg_date", ">0"), "Van 12");
}

#[test]
fn criteria_can_be_alternatives_and_order_descends() {
    let desk = Desk::new();
    let sid = desk.login();
    let spec = json!({"itemsType": "avl_unit", "propName": "sys_name,sys_id", "propValueMask": "Van*,3008",
                      "sortType": "!sys_name", "or_logic": 1, "propType": "property", "stale": {}});
    assert_eq!(names(&search(&desk, &sid, spec, json!(1), (0, 0))), ["Van 12", "Cart 1"]);
}

#[test]
fn windows_are_inclusive_and_clamped() {
    let desk = Desk::new();
    let sid = desk.login();
    let window = |from, to| search(&desk, &sid, spec("avl_unit", "sys_name", "*"), json!(1), (from, to));
    assert_eq!(names(&window(1, 0)), ["Van 12"]);
    assert_eq!(names(&window(0, 4_294_967_295)).len(), 2);
    assert_eq!(window(0, 4_294_967_295)["indexTo"], 1);
    assert_eq!(window(0, 1)["totalItemsCount"], 2);
    assert!(names(&window(7, 9)).is_empty());
}

#[test]
fn nothing_found_is_no_error() {
    let desk = Desk::new();
    let sid = desk.login();
    let answer = search(&desk, &sid, spec("avl_unit_group", "sys_name", "*"), json!(1), (0, 0));
    assert_eq!((&answer["totalItemsCount"], &answer["items"]), (&json!(0), &json!([])));
    for wrong in [json!({}), json!({"spec": 5, "flags": 1}), json!({"spec": {"itemsType": "avl_thing"}, "flags": 1})] {
        assert_eq!(desk.call(&sid, "core/search_items", &wrong), error(4), "{wrong}");
    }
    assert_eq!(desk.call(&sid, "core/search_items", &json!({"spec": {"itemsType": "user"}})), error(4), "no flags");
}

#[test]
fn resources_are_found_by_the_names_of_their_orders() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.create(&sid, json!({"n": "Crate 7"}));
    let find = |mask: &str| {
        let mut spec = spec("avl_resource", "orders", mask);
        spec["propType"] = "propitemname".into();
        search(&desk, &sid, spec, json!(1), (0, 0))["totalItemsCount"].clone()
    };
    assert_eq!((find("crate*"), find("box*")), (json!(1), json!(0)));
}

#[test]
fn one_item_by_id() {
    let desk = Desk::new();
    let sid = desk.login();
    let item = |id: i64, flags: Json| desk.call(&sid, "core/search_item", &json!({"id": id, "flags": flags}));
    let van = item(VAN, json!(0x501));
    assert_eq!(van["flags"], 0x501);
    assert_eq!((&van["item"]["nm"], &van["item"]["uid"]), (&json!("Van 12"), &json!("355000000003007")));
    assert_eq!(
        van["item"]["pos"],
        json!({"t": START - 5, "f": 1, "lc": 0, "y": 53.9, "x": 27.5, "z": 200, "s": 0, "c": 0, "sc": 9})
    );
    assert_eq!(van["item"]["lmsg"]["tp"], "ud");
    let cart = item(CART, json!(0x401));
    assert_eq!((&cart["item"]["pos"], &cart["item"]["lmsg"]), (&Json::Null, &Json::Null));
    assert_eq!(item(999, json!(1)), error(7));
    let user = desk.call("", "token/login", &json!({"token": token("d0c0e7")}))["user"]["id"].as_i64().unwrap();
    assert_eq!(item(user, json!(1))["item"]["cls"], 1);
    let all = item(RESOURCE, json!(4_611_686_018_427_388_000_i64));
    assert_eq!(all["flags"], 4_611_686_018_427_387_903_i64);
    assert!(all["item"]["orders"].is_object() && all["item"]["zl"].is_object());
    assert_eq!(desk.call(&sid, "core/search_item", &json!({"flags": 1})), error(4));
}

#[test]
fn each_connection_has_its_own_resource_and_orders() {
    let desk = Desk::new();
    let (all, own) = (desk.login(), desk.login_as("abcdef"));
    let id = desk.create(&all, json!({"n": "A"}));
    let create = json!({"itemId": 2102, "callMode": "create", "n": "B"});
    let mine = desk.call(&own, "order/update", &create)[0].as_i64().unwrap();
    let shown = desk.call(&own, "core/search_item", &json!({"id": 2102, "flags": 0x80001}));
    assert_eq!(shown["item"]["orders"].as_object().unwrap().len(), 1);
    assert_eq!(shown["item"]["nm"], "wialon-2", "the connection's name where none is set");
    assert!(desk.listed(&all, mine).is_some() && desk.listed(&all, id).is_some(), "scope account sees both");
    for mode in ["update", "assign", "delete", "register", "confirm", "reject"] {
        let params = json!({"itemId": 2102, "id": id, "u": VAN, "n": "X", "callMode": mode});
        assert_eq!(desk.call(&own, "order/update", &params), error(4), "{mode} of somebody else's order");
    }
    assert_eq!(desk.call(&own, "core/search_item", &json!({"id": RESOURCE, "flags": 1})), error(7));
    let params = json!({"itemId": RESOURCE, "callMode": "create"});
    assert_eq!(desk.call(&own, "order/update", &params), json!({"error": 7, "reason": "RESOURCE"}));
}

#[test]
fn what_ended_a_day_ago_is_no_longer_listed() {
    let desk = Desk::new();
    let sid = desk.login();
    let done = desk.create(&sid, json!({"u": VAN}));
    let open = desk.create(&sid, json!({}));
    let closed = desk.create(&sid, json!({}));
    desk.update(&sid, "confirm", json!({"id": done}));
    desk.elsewhere(closed, Command::default().moving(Transition::Close));
    assert!(desk.listed(&sid, closed).is_none(), "what another system closed is in the history");
    desk.ledger.set_now(at(START + 86_400));
    let sid = desk.login();
    assert!(desk.listed(&sid, done).is_some());
    desk.ledger.set_now(at(START + 86_401));
    assert!(desk.listed(&sid, done).is_none() && desk.listed(&sid, open).is_some());
}

#[test]
fn listings_go_over_many_pages() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.fill(1200);
    let answer = desk.call(&sid, "core/search_item", &json!({"id": RESOURCE, "flags": 0x80000}));
    assert_eq!(answer["item"]["orders"].as_object().unwrap().len(), 1200);
}

#[test]
fn data_flags_are_set_added_and_removed() {
    let desk = Desk::new();
    let sid = desk.login();
    let change = |spec: Json| desk.call(&sid, "core/update_data_flags", &json!({"spec": [spec]}));
    let answer = change(json!({"type": "id", "data": RESOURCE, "flags": 1, "mode": 0}));
    let base = json!({"nm": "Depot North", "cls": 3, "id": RESOURCE, "mu": 0, "uacl": -1});
    assert_eq!(answer, json!([{"i": RESOURCE, "d": base, "f": 1}]));
    let answer = change(json!({"type": "id", "data": RESOURCE, "flags": "0x80000", "mode": 1}));
    assert_eq!(answer, json!([{"i": RESOURCE, "d": {"orders": {}, "order_routes": {}}, "f": 0x80001}]));
    let answer = change(json!({"type": "id", "data": RESOURCE, "flags": 0x80001, "mode": 0}));
    assert_eq!(answer, json!([{"i": RESOURCE, "d": {}, "f": 0x80001}]), "nothing is new");
    let answer = change(json!({"type": "id", "data": RESOURCE, "flags": 0x80000, "mode": 2}));
    assert_eq!(answer, json!([{"i": RESOURCE, "d": null, "f": 1}]));
    let answer = change(json!({"type": "id", "data": RESOURCE, "flags": 1, "mode": 2}));
    assert_eq!(answer, json!([{"i": RESOURCE, "d": null, "f": 0}]));
    let answer = change(json!({"type": "type", "data": "avl_unit", "flags": 1, "mode": 0}));
    assert_eq!(answer.as_array().unwrap().len(), 2);
    let answer = change(json!({"type": "col", "data": [VAN, 999], "flags": 1025, "mode": 0}));
    assert_eq!(answer.as_array().unwrap().len(), 1, "ids nobody sees are skipped");
    assert_eq!(change(json!({"type": "access", "data": 1, "flags": 1, "mode": 0})), json!([]));
    for wrong in
        [json!({"type": "thing", "data": 1}), json!({"type": "id"}), json!({"type": "col", "data": 5}), json!(5)]
    {
        assert_eq!(change(wrong.clone()), error(4), "{wrong}");
    }
    assert_eq!(desk.call(&sid, "core/update_data_flags", &json!({})), error(4));
}

#[test]
fn items_without_the_base_flag_still_say_which_they_are() {
    let desk = Desk::new();
    let sid = desk.login();
    let found = |flags: i64| search(&desk, &sid, spec("avl_resource", "sys_name", "*"), json!(flags), (0, 0));
    assert_eq!(found(0)["items"], json!([{"id": RESOURCE}]));
    assert_eq!(found(0x80000)["items"], json!([{"id": RESOURCE, "orders": {}, "order_routes": {}}]));
}

#[test]
fn searches_have_bounds() {
    let desk = Desk::new();
    let sid = desk.login();
    let long = spec("avl_resource", &"orders,".repeat(1000), &"x*,".repeat(1000));
    assert_eq!(search(&desk, &sid, long, json!(1), (0, 0)), error(4));
    let masks = spec("avl_resource", "orders", &"x|".repeat(10_000));
    assert_eq!(search(&desk, &sid, masks, json!(1), (0, 0)), error(4));
}

#[test]
fn an_answer_that_would_be_too_large_is_not_given() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.create(&sid, json!({"ej": {"note": "x".repeat(3 << 20)}}));
    let show = json!({"svc": "core/search_item", "params": {"id": RESOURCE, "flags": 0x80000}});
    let batch = |times: usize| desk.call(&sid, "core/batch", &vec![show.clone(); times].into());
    assert_eq!(batch(2).as_array().unwrap().len(), 2);
    assert_eq!(batch(100), error(6));
}

#[test]
fn ids_named_many_times_are_found_each_time() {
    let desk = Desk::new();
    let sid = desk.login();
    let spec = json!([{"type": "col", "data": vec![VAN; 1000], "flags": 1, "mode": 0}]);
    let answer = desk.call(&sid, "core/update_data_flags", &json!({"spec": spec}));
    assert_eq!(answer.as_array().unwrap().len(), 1000);
    assert_eq!((&answer[0]["d"]["nm"], &answer[999]["d"]), (&json!("Van 12"), &json!({})));
}
