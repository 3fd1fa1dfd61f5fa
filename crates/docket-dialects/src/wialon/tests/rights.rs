//! What a token's flags and a connection's rights open, service by service.

use super::*;
use crate::dialect::Served;

/// A session of a new token with these flags.
fn session(desk: &Desk, flags: i64) -> String {
    let sid = desk.login();
    let params = json!({"callMode": "create", "app": "t", "at": 0, "dur": 0, "fl": flags, "p": "{}", "items": []});
    let token = desk.call(&sid, "token/update", &params)["h"].clone();
    desk.call("", "token/login", &json!({ "token": token }))["eid"].as_str().unwrap().to_owned()
}

/// Whether a service answers something else than that it is not allowed.
fn is_open(desk: &Desk, sid: &str, svc: &str) -> bool {
    // Empty parameters are wrong for most, which shows that the door was open.
    let params = json!({"callMode": "none", "indexFrom": 0, "indexTo": 0});
    desk.call(sid, svc, &params)["error"] != 7
}

#[test]
fn flags_open_services() {
    const VIEW: &[&str] = &[
        "messages/load_interval",
        "messages/load_last",
        "messages/get_messages",
        "resource/get_orders_notification",
        "order/get_orders_history",
        "order/get_routes_history",
        "order/get_route_from_history",
        "order/list_virtual_order_routes",
        "order/list_attachments",
        "order/get_attachment",
        "order/optimize",
    ];
    const ORDERS: &[&str] = &[
        "order/update",
        "order/route_update",
        "order/attach",
        "order/detach",
        "order/complete_from_history",
        "resource/update_orders_notification",
    ];
    const CRITICAL: &[&str] = &[
        "core/create_unit",
        "core/create_resource",
        "item/delete_item",
        "unit/update_device_type",
        "unit/update_access_password",
        "messages/delete_message",
    ];
    const TOKENS: &[&str] = &["token/update", "token/list"];
    let desk = Desk::new();
    for (flags, open) in [
        (0, vec![]),
        (0x100, vec![]),
        (0x200, vec![VIEW]),
        (0x800, vec![ORDERS]),
        (0x1000, vec![CRITICAL]),
        (0x2700, vec![VIEW]),
        (0x3F00, vec![VIEW, ORDERS, CRITICAL]),
        (-1, vec![VIEW, ORDERS, CRITICAL, TOKENS]),
        (0xFFFF_FFFF, vec![VIEW, ORDERS, CRITICAL, TOKENS]),
    ] {
        let sid = session(&desk, flags);
        for operation in super::super::DIALECT.operations.iter().filter(|one| matches!(one.served, Served::Yes)) {
            let name = operation.name;
            let is_guarded = [VIEW, ORDERS, CRITICAL, TOKENS].iter().any(|names| names.contains(&name));
            if is_guarded {
                let wanted = open.iter().any(|names| names.contains(&name));
                assert_eq!(is_open(&desk, &sid, name), wanted, "{flags:#x} {name}");
            }
        }
    }
}

#[test]
fn batches_are_no_way_around() {
    let desk = Desk::new();
    let sid = session(&desk, 0x200);
    let calls = json!([
        {"svc": "order/update", "params": {"itemId": RESOURCE, "callMode": "create", "n": "A"}},
        {"svc": "token/list", "params": {}},
        {"svc": "core/search_item", "params": {"id": RESOURCE, "flags": 1}},
    ]);
    let answers = desk.call(&sid, "core/batch", &calls);
    assert_eq!((&answers[0], &answers[1]), (&error(7), &error(7)));
    assert_eq!(answers[2]["item"]["id"], RESOURCE);
    assert!(desk.ledger.all_orders().is_empty());
}

#[test]
fn who_sees_no_orders_is_told_of_none() {
    let desk = Desk::new();
    let (full, blind) = (desk.login(), session(&desk, 0x100));
    desk.watch(&blind, RESOURCE, 0x80001);
    desk.watch(&blind, VAN, 0x401);
    desk.create(&full, json!({"n": "A"}));
    desk.ledger.put_unit(unit(VAN, "Van 12", Some((54.0, 27.6)), START + 1));
    let told: Vec<String> = desk.events(&blind).iter().map(|event| event["i"].to_string()).collect();
    assert_eq!(told, [VAN.to_string(), VAN.to_string()], "positions only");
    let spec = json!({"itemsType": "avl_resource", "propName": "orders", "propValueMask": "A*", "sortType": "",
        "propType": "propitemname"});
    let params = json!({"spec": spec, "force": 1, "flags": 1, "from": 0, "to": 0});
    assert_eq!(desk.call(&blind, "core/search_items", &params)["totalItemsCount"], 0, "nor by their names");
    assert_eq!(desk.call(&full, "core/search_items", &params)["totalItemsCount"], 1);
}

#[test]
fn a_connection_that_only_sees_cannot_give_itself_more() {
    let desk = Desk::with(&[("rights", "view")]);
    let sid = session(&desk, -1);
    assert_eq!(desk.update(&sid, "create", json!({})), error(7));
    assert_eq!(desk.call(&sid, "item/delete_item", &json!({"itemId": VAN})), error(7));
    let shown = desk.call(&sid, "core/search_item", &json!({"id": RESOURCE, "flags": 1}));
    let acl = shown["item"]["uacl"].as_i64().unwrap();
    assert_eq!((acl & 0x2_0000_0000, acl & 0x4_0000_0000), (0x2_0000_0000, 0));
}

#[test]
fn passwords_of_trackers_are_shown_to_who_may_change_them() {
    let desk = Desk::new();
    let sid = desk.login();
    desk.call(&sid, "unit/update_access_password", &json!({"itemId": VAN, "accessPassword": "1234"}));
    let shown =
        |sid: &str| desk.call(sid, "core/search_item", &json!({"id": VAN, "flags": 0x100}))["item"]["psw"].clone();
    assert_eq!((shown(&sid), shown(&session(&desk, 0xA00))), (json!("1234"), json!("")));
}
