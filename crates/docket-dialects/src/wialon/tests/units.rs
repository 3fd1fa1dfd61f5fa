//! Units made, changed and removed; bad input to every service that is not about orders.

use super::*;
use crate::dialect::Served;
use proptest::prelude::*;

#[test]
fn changes_of_a_unit_are_told_once_to_who_watches() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login());
    for (sid, flags) in [(&sid, 0x101), (&other, 0x400)] {
        desk.watch(sid, VAN, flags);
    }
    let params = json!({"itemId": VAN, "deviceTypeId": 9, "uniqueId": "355000000000777"});
    desk.call(&sid, "unit/update_device_type", &params);
    let events = desk.events(&sid);
    assert_eq!((events.len(), &events[0]["d"]["uid"]), (1, &json!("355000000000777")));
    assert!(desk.events(&sid).is_empty());
    assert!(desk.events(&other).is_empty(), "it watches positions");
}

#[test]
fn a_unit_of_an_unnamed_tracker_takes_no_room() {
    let desk = Desk::new();
    let sid = desk.login();
    let user = desk.call("", "token/login", &json!({"token": token("d0c0e7")}))["user"]["id"].clone();
    for name in ["Van 13", "Van 14"] {
        let params = json!({"creatorId": user, "name": name, "hwTypeId": "0", "dataFlags": "0x101"});
        let made = desk.call(&sid, "core/create_unit", &params);
        assert_eq!(
            (&made["item"]["nm"], &made["item"]["hw"], &made["item"]["uid"]),
            (&json!(name), &json!(9), &json!(""))
        );
    }
    let taken = json!({"itemId": CART, "deviceTypeId": 9, "uniqueId": format!("35500000000{VAN}")});
    assert_eq!(desk.call(&sid, "unit/update_device_type", &taken), error(1002));
    let own = json!({"itemId": VAN, "deviceTypeId": 9, "uniqueId": format!("35500000000{VAN}")});
    assert_eq!(desk.call(&sid, "unit/update_device_type", &own)["hw"], 9, "its own id is no other's");
}

#[test]
fn an_order_keeps_the_id_of_a_unit_that_was_removed() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"u": VAN}));
    desk.call(&sid, "item/delete_item", &json!({"itemId": VAN}));
    assert_eq!(desk.listed(&sid, id).unwrap()["u"], VAN);
    assert_eq!(desk.update(&sid, "assign", json!({"id": id, "u": CART})), json!({}));
}

#[test]
fn library_spellings_of_check_items_billing() {
    let desk = Desk::new();
    let sid = desk.login();
    let params = json!({"itemId": [RESOURCE, VAN], "accessType": 0xFFFF, "serviceName": "*"});
    assert_eq!(desk.call(&sid, "core/check_items_billing", &params), json!([RESOURCE, VAN]));
    for params in [json!({}), json!({"items": "x"}), json!({"items": [[]]}), json!({"items": [1], "accessFlags": {}})] {
        assert_eq!(desk.call(&sid, "core/check_items_billing", &params), error(4), "{params}");
    }
}

fn values() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        prop::sample::select(&[0, 1, 2, VAN, CART, RESOURCE, 1_000_000_001, START][..]).prop_map(Json::from),
        prop::sample::select(&["create", "update", "delete", "avl_unit", "Van 12", "long_values", "1", "{}"][..])
            .prop_map(Json::from),
        ".{0,80}".prop_map(Json::from),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(Json::from),
        prop::collection::vec(("[a-z]{1,5}", any::<i64>()), 0..4)
            .prop_map(|members| members.into_iter().map(|(name, value)| (name, Json::from(value))).collect()),
    ]
}

fn members() -> impl Strategy<Value = Json> {
    const NAMES: &[&str] = &[
        "itemId",
        "resourceId",
        "id",
        "u",
        "flags",
        "flagsMask",
        "timeFrom",
        "timeTo",
        "loadCount",
        "lastTime",
        "lastCount",
        "indexFrom",
        "indexTo",
        "msgIndex",
        "callMode",
        "h",
        "app",
        "at",
        "dur",
        "fl",
        "p",
        "items",
        "deleteAll",
        "userId",
        "creatorId",
        "name",
        "hwTypeId",
        "dataFlags",
        "deviceTypeId",
        "uniqueId",
        "accessPassword",
        "type",
        "value",
        "prop_name",
        "prop_value",
        "ordersNotification",
        "spec",
        "operateAs",
        "continueCurrentSession",
        "restore",
        "accessFlags",
        "serviceName",
        "token",
        "authHash",
        "checkService",
    ];
    prop::collection::vec((prop::sample::select(NAMES), values()), 0..10)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_parameters_break_a_service(calls in prop::collection::vec((any::<prop::sample::Index>(), members()), 1..40)) {
        let desk = Desk::new();
        let mut sid = desk.login();
        desk.watch(&sid, VAN, 0x101);
        let served = |operation: &&crate::dialect::Operation| {
            matches!(operation.served, Served::Yes) && operation.name != "avl_evts" && operation.name != "order/get_attachment"
        };
        let names: Vec<&str> = super::super::DIALECT.operations.iter().filter(served).map(|one| one.name).collect();
        for (index, params) in calls {
            let answer = desk.call(&sid, index.get::<&str>(&names), &params);
            prop_assert!(!answer.is_null());
            // A logout or a doubling may have ended the session.
            let told = body_of(&desk.send(Method::GET, &format!("/avl_evts?sid={sid}"), "", ""));
            if told.get("error").is_some() {
                sid = desk.login();
            }
        }
    }
}
