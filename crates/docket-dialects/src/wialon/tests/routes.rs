//! Routes: what `order/route_update` does, answers and tells.

use super::*;
use docket_core::order::{Field, Move, State, Transition};
use std::collections::BTreeSet;

const ORDERS: i64 = 0x80001;
const ROUTE: i64 = 1_768_471_200_123;

impl Desk {
    /// `order/route_update` with these members.
    pub(super) fn route(&self, sid: &str, mode: &str, mut members: Json) -> Json {
        members["itemId"] = RESOURCE.into();
        members["callMode"] = mode.into();
        if members["routeId"].is_null() {
            members["routeId"] = ROUTE.into();
        }
        self.call(sid, "order/route_update", &members)
    }

    /// The routes as Wialon lists them.
    fn routes(&self, sid: &str) -> Json {
        let answer = self.call(sid, "core/search_item", &json!({"id": RESOURCE, "flags": 0x80000}));
        answer["item"]["order_routes"].clone()
    }

    fn listed_route(&self, sid: &str) -> Json {
        self.routes(sid)[ROUTE.to_string()].clone()
    }

    /// A route of two new orders for the van; gives their ids.
    pub(super) fn two_stops(&self, sid: &str) -> (i64, i64) {
        let answer = self.route(sid, "create", json!({"n": "North", "f": 1, "exp": 3600, "orders": [
            {"id": 0, "callMode": "create", "n": "A", "u": VAN, "y": 53.9, "x": 27.5, "r": 100, "p": {"r": {"id": ROUTE, "i": 0, "m": 0, "t": 0, "vt": START + 600}}},
            {"id": 0, "callMode": "create", "n": "B", "u": VAN, "y": 53.8, "x": 27.5, "r": 100, "p": {"r": {"id": ROUTE, "i": 1, "m": 11_100, "t": 660, "vt": START + 1500}}},
        ]}));
        let id = |n: usize| answer["orders"][n]["id"].as_i64().unwrap_or_else(|| panic!("not created: {answer}"));
        (id(0), id(1))
    }
}

fn reason(answer: &Json) -> (i64, String) {
    (answer["error"].as_i64().unwrap_or_default(), answer["reason"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_route_is_made_with_its_orders_in_one_go() {
    let desk = Desk::new();
    let sid = desk.login();
    let answer = desk.route(
        &sid,
        "create",
        json!({"n": "North", "orders": [
            {"id": 0, "callMode": "create", "n": "Depot", "f": 4, "u": VAN, "p": {"r": {"id": ROUTE, "i": 0}}},
            {"id": 0, "callMode": "create", "n": "A", "u": VAN, "p": {"r": {"id": ROUTE, "i": 1}}},
        ]}),
    );
    let ids: Vec<i64> = (0..2).map(|n| answer["orders"][n]["id"].as_i64().unwrap()).collect();
    let expected = json!({"orders": [
        {"id": ids[0], "f": 4, "u": VAN, "uid": ids[0], "callMode": "create"},
        {"id": ids[1], "f": 0, "u": VAN, "uid": ids[1], "callMode": "create"},
    ]});
    assert_eq!(answer, expected);
    let order = desk.order(ids[1]);
    assert_eq!((order.fields.route_id, order.fields.route_position), (Some(ROUTE), Some(1)));
    assert_eq!(desk.listed(&sid, ids[1]).unwrap()["p"]["r"], json!({"id": ROUTE, "i": 1}), "as it was sent");
}

#[test]
fn a_route_is_listed_with_state_and_summary() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    let expected = json!({
        "id": ROUTE, "n": "North", "uid": ROUTE, "f": 1, "exp": 3600, "ord": [a, b], "fu": [],
        "st": {"nid": a, "lid": 0, "u": VAN, "s": 0, "sf": 0, "st": 0, "mint": START + 600, "maxt": START + 1500},
        "orders": [a, b],
        "summary": {"countOrders": 2, "mileage": 11_100, "duration": 660, "priceMileage": 0, "priceTotal": 0, "weight": 0, "cost": 0},
    });
    assert_eq!(desk.listed_route(&sid), expected);
}

#[test]
fn what_callers_say_about_a_route_comes_back() {
    let desk = Desk::new();
    let sid = desk.login();
    let summary = json!({"countOrders": 1, "mileage": 4200, "priceMileage": 1.5, "priceTotal": 12, "weight": 3, "cost": 12, "duration": 900});
    desk.route(
        &sid,
        "create",
        json!({"n": "R", "summary": summary, "color": "red", "orders": [{"id": 0, "callMode": "create"}]}),
    );
    let route = desk.listed_route(&sid);
    assert_eq!((&route["summary"], &route["color"]), (&summary, &json!("red")));
    let kept = crate::routes::find(&desk.ledger, AccountId(1), ROUTE).now_or_never().unwrap().unwrap().unwrap().route;
    assert_eq!((kept.distance_m, kept.duration_s, kept.origin), (Some(4200.0), Some(900), Some(ConnectionId(1))));
}

#[test]
fn an_update_keeps_changes_adds_and_takes_away() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    let answer = desk.route(
        &sid,
        "update",
        json!({"n": "South", "orders": [
            {"id": b},
            {"id": 0, "callMode": "create", "n": "C", "u": VAN},
            {"id": a, "callMode": "delete"},
        ]}),
    );
    let c = answer["orders"][1]["id"].as_i64().unwrap();
    let modes: Vec<&str> = (0..3).map(|n| answer["orders"][n]["callMode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["keep", "create", "delete"]);
    let route = desk.listed_route(&sid);
    assert_eq!((&route["ord"], &route["n"], &route["f"]), (&json!([b, c]), &json!("South"), &json!(1)));
    assert!(desk.listed(&sid, a).is_none());
    assert_eq!(desk.order(c).fields.route_position, Some(1));
    let order = desk.listed(&sid, c).unwrap();
    assert_eq!(order["p"]["r"]["id"], ROUTE.to_string(), "a stop says so, though the caller did not");
}

#[test]
fn an_order_can_leave_and_come_back() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    desk.route(&sid, "update", json!({"orders": [{"id": a, "callMode": "update", "p": {"r": null}}, {"id": b}]}));
    assert_eq!(desk.listed_route(&sid)["ord"], json!([b]));
    assert_eq!(desk.listed(&sid, a).unwrap()["p"]["r"], Json::Null);
    // By `order/update` as well, which notes it in the route.
    desk.update(&sid, "update", json!({"id": a, "p": {"r": {"id": ROUTE.to_string(), "i": "5"}}}));
    assert_eq!(desk.listed_route(&sid)["ord"], json!([b, a]));
    let c = desk.create(&sid, json!({"n": "C", "p": {"r": {"id": ROUTE, "i": 0}}}));
    assert_eq!(desk.listed_route(&sid)["ord"], json!([c, b, a]), "in order of their places");
    desk.update(&sid, "delete", json!({"id": b}));
    assert_eq!(desk.listed_route(&sid)["ord"], json!([c, a]));
}

#[test]
fn existing_orders_are_joined_by_assignment_and_by_name() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = (desk.create(&sid, json!({"n": "A"})), desk.foreign(Command::default().with(Field::Number, "B")));
    let answer = desk.route(&sid, "create", json!({"orders": [{"id": a, "u": VAN, "callMode": "assign"}, {"id": b}]}));
    assert_eq!(answer["orders"][0]["u"], VAN);
    assert_eq!(desk.listed_route(&sid)["ord"], json!([a, b]));
    assert_eq!(desk.listed_route(&sid)["st"]["u"], VAN);
    assert_eq!(desk.listed(&sid, b).unwrap()["p"]["r"]["i"], "1");
}

#[test]
fn a_deleted_route_leaves_its_orders() {
    let desk = Desk::new();
    let sid = desk.login();
    let own = desk.create(&sid, json!({"n": "own"}));
    let answer = desk.route(
        &sid,
        "create",
        json!({"orders": [
            {"id": 0, "callMode": "create", "n": "A", "u": VAN}, {"id": own},
            {"id": 0, "callMode": "create", "n": "done", "u": VAN}, {"id": 0, "callMode": "create", "n": "kept"},
        ]}),
    );
    let id = |n: usize| answer["orders"][n]["id"].as_i64().unwrap();
    let (made, done, kept) = (id(0), id(2), id(3));
    desk.update(&sid, "confirm", json!({"id": done}));
    let answer = desk.route(&sid, "delete", json!({"orders": [{"id": kept, "callMode": "update", "n": "kept on"}]}));
    let words: Vec<(i64, &str)> = answer["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["id"].as_i64().unwrap(), line["callMode"].as_str().unwrap()))
        .collect();
    assert_eq!(words, [(kept, "update"), (made, "update"), (own, "update")]);
    assert_eq!(desk.routes(&sid), json!({}));
    for id in [made, own] {
        let order = desk.listed(&sid, id).unwrap();
        assert_eq!(order["p"]["r"], Json::Null, "it is on its own: {order}");
    }
    assert_eq!(desk.listed(&sid, done).unwrap()["s"], 2, "work that was done stays");
    assert_eq!(desk.listed(&sid, kept).unwrap()["n"], "kept on");
}

#[test]
fn a_purged_route_takes_its_orders() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    let own = desk.create(&sid, json!({"n": "own"}));
    desk.update(&sid, "confirm", json!({"id": a}));
    // Whatever else is said of its orders does not matter.
    let answer = desk.route(&sid, "purge", json!({"routeId": Json::Null, "uid": ROUTE, "orders": [{"id": own}]}));
    let words: BTreeSet<(i64, &str)> = answer["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["id"].as_i64().unwrap(), line["callMode"].as_str().unwrap()))
        .collect();
    assert_eq!(words, BTreeSet::from([(a, "delete"), (b, "delete")]));
    assert_eq!(desk.routes(&sid), json!({}));
    assert!(desk.listed(&sid, a).is_none() && desk.listed(&sid, b).is_none());
    assert_eq!(desk.listed(&sid, own).unwrap()["n"], "own");
    assert_eq!(desk.route(&sid, "purge", json!({})), json!({"orders": []}), "it is gone already");
    assert_eq!(reason(&desk.route(&sid, "delete", json!({"orders": []}))).0, 4);
}

#[test]
fn a_registered_route_goes_to_the_history_with_its_orders() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    desk.update(&sid, "confirm", json!({"id": a}));
    let answer = desk.route(&sid, "register", json!({"orders": [{"id": b}]}));
    let lines = answer["orders"].as_array().unwrap();
    assert_eq!(lines.iter().map(|line| line["id"].as_i64().unwrap()).collect::<Vec<_>>(), [b, a]);
    assert!(lines.iter().all(|line| line["callMode"] == "register"));
    assert_eq!(desk.routes(&sid), json!({}));
    assert!(desk.listed(&sid, a).is_none() && desk.listed(&sid, b).is_none());
    let answer = desk.call(&sid, "order/get_routes_history", &json!({"itemId": RESOURCE}));
    assert_eq!((&answer["count"], &answer["total"]), (&json!(1), &json!(1)));
    assert_eq!((&answer["routes"][0]["st"]["s"], &answer["routes"][0]["ord"]), (&json!(1), &json!([a, b])));
    assert_eq!(answer["routes"][0]["rt"], START);
}

#[test]
fn a_permanent_order_stays_when_its_route_goes() {
    let desk = Desk::new();
    let sid = desk.login();
    let daily = desk.create(&sid, json!({"n": "daily", "f": 0x20, "u": VAN}));
    desk.route(&sid, "create", json!({"orders": [{"id": daily}]}));
    desk.route(&sid, "register", json!({"orders": []}));
    let order = desk.listed(&sid, daily).unwrap();
    assert_eq!((&order["s"], &order["u"], &order["p"]["r"]), (&json!(0), &json!(0), &Json::Null));
    let past = desk.call(&sid, "order/get_routes_history", &json!({"itemId": RESOURCE}));
    let copy = past["routes"][0]["ord"][0].as_i64().unwrap();
    assert_ne!(copy, daily, "its copy is in the history");
}

#[test]
fn nothing_is_done_unless_everything_is() {
    let desk = Desk::new();
    let sid = desk.login();
    let done = desk.create(&sid, json!({"u": VAN}));
    desk.update(&sid, "confirm", json!({"id": done}));
    let before = desk.ledger.all_orders();
    for (orders, place) in [
        (json!([{"id": 0, "callMode": "create"}, {"id": 999_999}]), "orders[1]"),
        (json!([{"id": 0, "callMode": "create", "u": 999}]), "orders[0]"),
        (json!([{"id": 0, "callMode": "create"}, {"id": done, "u": CART, "callMode": "assign"}]), "orders[1]"),
        (json!([{"id": 0, "callMode": "create", "tf": "soon"}]), "orders[0]"),
        (json!([{"id": 0, "callMode": "create", "p": {"r": {"id": 77}}}]), "orders[0]"),
        (json!([{"id": 0, "callMode": "create"}, {"id": done, "callMode": "confirm"}]), "orders[1]"),
        (json!([{"id": done, "callMode": "assign"}]), "orders[0]"),
        (json!([{"id": 0, "callMode": "fly"}]), "orders[0]"),
        (json!([[]]), "orders[0]"),
    ] {
        let (code, reason) = reason(&desk.route(&sid, "create", json!({"orders": orders})));
        assert!(code == 4 && reason.starts_with(place), "{orders}: {code} {reason}");
        assert_eq!(desk.ledger.all_orders(), before, "{orders}");
        assert_eq!(desk.routes(&sid), json!({}));
    }
}

#[test]
fn calls_that_say_nothing_useful() {
    let desk = Desk::new();
    let sid = desk.login();
    let call = |params: Json| desk.call(&sid, "order/route_update", &params);
    assert_eq!(call(json!({"routeId": 1, "orders": [], "callMode": "create"})), error(4));
    assert_eq!(
        reason(&call(json!({"itemId": 1, "routeId": 1, "orders": [], "callMode": "create"}))),
        (7, "RESOURCE".to_owned())
    );
    let whole = json!({"itemId": RESOURCE, "routeId": 5, "orders": [], "callMode": "create"});
    for (member, value) in [
        ("callMode", Json::Null),
        ("callMode", json!("paint")),
        ("routeId", json!("north")),
        ("orders", json!({})),
        ("orders", Json::Null),
        ("summary", json!([])),
        ("f", json!(-1)),
        ("n", json!([])),
        ("summary", json!({"mileage": "far"})),
    ] {
        let mut params = whole.clone();
        params[member] = value.clone();
        assert_eq!(reason(&call(params)).0, 4, "{member}: {value}");
    }
    assert_eq!(
        reason(&desk.route(&sid, "update", json!({"orders": []}))),
        (4, "there is no route of this id".to_owned())
    );
    assert_eq!(call(whole.clone()), json!({"orders": []}));
    assert_eq!(reason(&call(whole)), (4, "there is a route of this id".to_owned()));
}

#[test]
fn an_id_may_be_said_as_uid_only() {
    let desk = Desk::new();
    let sid = desk.login();
    let params =
        json!({"itemId": RESOURCE, "uid": 42, "orders": [{"id": 0, "callMode": "create"}], "callMode": "create"});
    desk.call(&sid, "order/route_update", &params);
    assert_eq!(desk.routes(&sid)["42"]["uid"], 42);
}

#[test]
fn routes_of_others_are_not_seen() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login_as("abcdef"));
    desk.two_stops(&sid);
    let answer = desk.call(&other, "core/search_item", &json!({"id": 2102, "flags": 0x80000}));
    assert_eq!(answer["item"]["order_routes"], json!({}));
    let theirs = |mode: &str| json!({"itemId": 2102, "routeId": ROUTE, "orders": [], "callMode": mode});
    for mode in ["update", "delete", "register", "purge"] {
        assert_eq!(reason(&desk.call(&other, "order/route_update", &theirs(mode))).0, 4, "{mode}");
    }
    let joined = json!({"itemId": 2102, "callMode": "create", "p": {"r": {"id": ROUTE, "i": 0}}});
    assert_eq!(desk.call(&other, "order/update", &joined), error(6));
    assert_eq!(desk.listed_route(&sid)["n"], "North");
}

#[test]
fn a_route_follows_its_orders() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    // Sessions end when nobody uses them.
    let state = || desk.listed_route(&desk.login())["st"].clone();
    let arrive = Command { to: Some(Move::Become(State::Started)), ..Command::default() };
    desk.elsewhere(a, arrive.with(Field::ArrivedAt, at(START + 5)));
    assert_eq!((&state()["s"], &state()["nid"], &state()["st"]), (&json!(1), &json!(a), &json!(START + 5)));
    desk.ledger.set_now(at(START + 60));
    desk.update(&desk.login(), "confirm", json!({"id": a}));
    assert_eq!((&state()["s"], &state()["nid"], &state()["lid"]), (&json!(1), &json!(b), &json!(a)));
    desk.ledger.set_now(at(START + 1500 + 3601));
    assert_eq!((&state()["s"], &state()["sf"]), (&json!(1), &json!(0x100)), "it should be over");
    desk.update(&desk.login(), "confirm", json!({"id": b}));
    assert_eq!((&state()["s"], &state()["sf"], &state()["nid"]), (&json!(2), &json!(0), &json!(0)));
    let day = 86_400;
    desk.ledger.set_now(at(START + 1500 + 3601 + day));
    assert_eq!(state()["s"], 2, "a day it is shown");
    desk.ledger.set_now(at(START + 1500 + 3602 + day));
    let sid = desk.login();
    assert_eq!(desk.routes(&sid), json!({}));
    let past = desk.call(&sid, "order/get_routes_history", &json!({"itemId": RESOURCE}));
    assert_eq!(past["routes"][0]["rt"], START + 1500 + 3601 + day);
}

#[test]
fn a_route_of_which_nothing_was_done_is_canceled() {
    let desk = Desk::new();
    let sid = desk.login();
    let (a, b) = desk.two_stops(&sid);
    for id in [a, b] {
        desk.elsewhere(id, Command::default().moving(Transition::Cancel));
    }
    assert_eq!(desk.listed_route(&sid)["st"]["s"], 3);
}

fn told(desk: &Desk, sid: &str) -> Vec<Json> {
    let events = desk.events(sid).into_iter().filter(|event| event["d"].get("order_routesu").is_some());
    events.map(|event| event["d"]["order_routesu"].clone()).collect()
}

#[test]
fn every_change_of_a_route_is_told_once() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.watch(&sid, RESOURCE, ORDERS);
    let (a, _) = desk.two_stops(&sid);
    assert_eq!(told(&desk, &sid), [json!([ROUTE, desk.listed_route(&sid)])]);
    assert!(told(&desk, &sid).is_empty());
    desk.route(&sid, "update", json!({"n": "South", "orders": []}));
    assert_eq!(told(&desk, &sid), [json!([ROUTE, desk.listed_route(&sid)])]);
    desk.update(&sid, "confirm", json!({"id": a}));
    assert_eq!(told(&desk, &sid)[0][1]["st"]["lid"], a, "an order of it changed");
    desk.elsewhere(a, Command::default().with(Field::Description, "of no interest"));
    assert!(told(&desk, &sid).is_empty(), "the route is as it was");
    desk.update(&sid, "update", json!({"id": a, "p": {}}));
    assert_eq!(told(&desk, &sid)[0][1]["ord"].as_array().unwrap().len(), 1, "an order left it");
    desk.route(&sid, "register", json!({"orders": []}));
    assert_eq!(told(&desk, &sid), [json!([ROUTE, null])]);
}

#[test]
fn what_is_there_at_the_beginning_is_no_news() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login());
    desk.two_stops(&sid);
    let watched = desk.watch(&other, RESOURCE, ORDERS);
    assert_eq!(watched[0]["d"]["order_routes"][ROUTE.to_string()]["n"], "North");
    assert!(told(&desk, &other).is_empty());
    desk.route(&sid, "delete", json!({"orders": []}));
    assert_eq!(told(&desk, &other), [json!([ROUTE, null])]);
    assert!(told(&desk, &sid).is_empty(), "it does not watch");
}

#[test]
fn routes_nobody_made_are_virtual() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.two_stops(&sid);
    let call = || desk.call(&sid, "order/list_virtual_order_routes", &json!({"itemId": RESOURCE}));
    assert_eq!(call(), json!({}));
    let b = desk.create(&sid, json!({"p": {"r": {"id": 9, "i": 1}}}));
    let a = desk.create(&sid, json!({"u": VAN, "p": {"r": {"id": 9, "i": 0}}}));
    let virtuals = call();
    assert_eq!(virtuals.as_object().unwrap().len(), 1);
    assert_eq!((&virtuals["9"]["ord"], &virtuals["9"]["st"]["u"]), (&json!([a, b]), &json!(VAN)));
    assert_eq!(desk.call(&sid, "order/list_virtual_order_routes", &json!({"itemId": 1}))["error"], 7);
}

#[test]
fn routes_go_in_batches() {
    let desk = Desk::new();
    let sid = desk.login();
    let one = |id: i64| json!({"svc": "order/route_update", "params": {"itemId": RESOURCE, "routeId": id, "callMode": "create", "orders": [{"id": 0, "callMode": "create"}]}});
    let answer = desk.call(&sid, "core/batch", &json!({"params": [one(1), one(2), one(1)], "flags": 0}));
    assert_eq!((answer[1]["orders"].as_array().unwrap().len(), &answer[2]["error"]), (1, &json!(4)));
    assert_eq!(desk.routes(&sid).as_object().unwrap().len(), 2);
}

#[test]
fn who_may_only_view_plans_but_writes_nothing() {
    let desk = Desk::with(&[("rights", "view")]);
    let sid = desk.login();
    let mine = |svc: &str, mut params: Json| {
        params["itemId"] = RESOURCE.into();
        desk.call(&sid, svc, &params)
    };
    let orders = json!([{"id": 0, "callMode": "create", "y": 1, "x": 1}]);
    for (svc, params) in [
        ("order/route_update", json!({"routeId": 1, "callMode": "create", "orders": orders})),
        ("order/complete_from_history", json!({"orders": [1]})),
        ("order/detach", json!({"id": 1, "path": "a"})),
        ("order/attach", json!({"id": 1})),
    ] {
        assert_eq!(mine(svc, params)["error"], 7, "{svc}");
    }
    assert_eq!(mine("order/optimize", json!({"flags": 0, "orders": orders}))["success"], 1);
    assert_eq!(mine("order/get_routes_history", json!({}))["total"], 0);
    assert_eq!(mine("order/list_virtual_order_routes", json!({})), json!({}));
    assert!(desk.ledger.all_orders().is_empty());
}

#[test]
fn many_old_routes_are_put_away() {
    let desk = Desk::new();
    let sid = desk.login();
    let make = |sid: &str, id: i64| {
        let orders = json!([{"id": 0, "callMode": "create", "u": VAN}]);
        let answer = desk.route(sid, "create", json!({"routeId": id, "n": "old", "orders": orders}));
        answer["orders"][0]["id"].as_i64().unwrap()
    };
    for id in 1..=100 {
        let order = make(&sid, id);
        if id != 50 {
            desk.update(&sid, "confirm", json!({"id": order}));
        }
    }
    let kept = || crate::routes::all(&desk.ledger, AccountId(1)).now_or_never().unwrap().unwrap().len();
    assert_eq!(kept(), 100);
    desk.ledger.set_now(at(START + 86_401));
    let sid = desk.login();
    let past = || desk.call(&sid, "order/get_routes_history", &json!({"itemId": RESOURCE}));
    let before = past();
    assert_eq!((&before["total"], &before["routes"][0]["rt"]), (&json!(99), &json!(START + 86_400)));
    make(&sid, 101);
    assert_eq!(kept(), 2, "one is under way, one is new");
    assert_eq!(past(), before, "and the history is what it was");
}

/// What a dispatcher may do, with small numbers for ids.
#[derive(Clone, Debug)]
enum Act {
    Make(i64, usize),
    Add(i64),
    Take(i64, usize),
    Leave(usize),
    Join(usize, i64),
    Delete(usize),
    Confirm(usize),
    End(i64),
    Register(i64),
}

fn acts() -> impl proptest::strategy::Strategy<Value = Vec<Act>> {
    use proptest::prelude::*;
    let (route, order) = (1..4_i64, 0..12_usize);
    let act = prop_oneof![
        (route.clone(), 0..4_usize).prop_map(|(route, count)| Act::Make(route, count)),
        route.clone().prop_map(Act::Add),
        (route.clone(), order.clone()).prop_map(|(route, order)| Act::Take(route, order)),
        order.clone().prop_map(Act::Leave),
        (order.clone(), route.clone()).prop_map(|(order, route)| Act::Join(order, route)),
        order.clone().prop_map(Act::Delete),
        order.prop_map(Act::Confirm),
        route.clone().prop_map(Act::End),
        route.prop_map(Act::Register),
    ];
    proptest::collection::vec(act, 1..25)
}

/// Does it and says whether it was done.
fn perform(desk: &Desk, sid: &str, act: &Act, made: &mut Vec<i64>) -> bool {
    let new = json!({"id": 0, "callMode": "create", "u": VAN});
    let route =
        |id: i64, mode: &str, orders: Vec<Json>| desk.route(sid, mode, json!({"routeId": id, "orders": orders}));
    let order = |place: usize| made.get(place % made.len().max(1)).copied().unwrap_or(1);
    let answer = match *act {
        Act::Make(id, count) => route(id, "create", vec![new; count]),
        Act::Add(id) => route(id, "update", vec![new]),
        Act::Take(id, place) => route(id, "update", vec![json!({"id": order(place)})]),
        Act::Leave(place) => desk.update(sid, "update", json!({"id": order(place), "p": {}})),
        Act::Join(place, id) => desk.update(sid, "update", json!({"id": order(place), "p": {"r": {"id": id, "i": 9}}})),
        Act::Delete(place) => desk.update(sid, "delete", json!({"id": order(place), "force": 1})),
        Act::Confirm(place) => desk.update(sid, "confirm", json!({"id": order(place)})),
        Act::End(id) => route(id, "delete", vec![]),
        Act::Register(id) => route(id, "register", vec![]),
    };
    let lines = answer["orders"].as_array().cloned().unwrap_or_default();
    made.extend(lines.iter().filter(|line| line["callMode"] == "create").map(|line| line["id"].as_i64().unwrap()));
    answer.get("error").is_none()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]
    /// Whatever is done: a route has exactly the orders that name it, once each, but for those that named it when there was
    /// no such route; and who follows the events knows the same as who reads anew.
    #[test]
    fn routes_and_orders_agree(acts in acts()) {
        let desk = Desk::new();
        let sid = desk.login();
        desk.watch(&sid, RESOURCE, ORDERS);
        let mut made = Vec::new();
        let mut followed = serde_json::Map::new();
        let mut too_early: BTreeSet<(i64, i64)> = BTreeSet::new();
        for act in &acts {
            let before = desk.routes(&sid);
            too_early.extend(naming(&desk).filter(|(_, route)| before.get(route.to_string()).is_none()));
            let is_done = perform(&desk, &sid, act, &mut made);
            let is_there = |id: i64| is_done && before.get(id.to_string()).is_some();
            match *act {
                Act::Join(place, id) | Act::Take(id, place) if is_there(id) => {
                    too_early.remove(&(made.get(place % made.len().max(1)).copied().unwrap_or(1), id));
                }
                _ => {}
            }
            for news in told(&desk, &sid) {
                let id = news[0].to_string();
                if news[1].is_null() { followed.remove(&id); } else { followed.insert(id, news[1].clone()); }
            }
            let routes = desk.routes(&sid);
            proptest::prop_assert_eq!(&Json::Object(followed.clone()), &routes, "after {:?}", act);
            let mut of_routes: Vec<(i64, i64)> = Vec::new();
            for (id, route) in routes.as_object().unwrap() {
                let uids = route["ord"].as_array().unwrap().iter();
                of_routes.extend(uids.map(|uid| (uid.as_i64().unwrap(), id.parse::<i64>().unwrap())));
            }
            of_routes.sort_unstable();
            let all: BTreeSet<(i64, i64)> = naming(&desk).filter(|(_, id)| routes.get(id.to_string()).is_some()).collect();
            let once: BTreeSet<(i64, i64)> = of_routes.iter().copied().collect();
            proptest::prop_assert_eq!(once.len(), of_routes.len(), "none twice, after {:?}", act);
            proptest::prop_assert!(once.is_subset(&all), "after {:?}: {:?} {:?}", act, once, all);
            let missing: BTreeSet<(i64, i64)> = all.difference(&once).copied().collect();
            proptest::prop_assert!(missing.is_subset(&too_early), "after {:?}: {:?}", act, missing);
        }
    }
}

/// Orders that say they are stops, and of which route.
fn naming(desk: &Desk) -> impl Iterator<Item = (i64, i64)> {
    let orders = desk.ledger.all_orders().into_iter().filter(|order| order.state != State::Deleted);
    orders.filter_map(|order| Some((order.serial.0, order.fields.route_id?)))
}
