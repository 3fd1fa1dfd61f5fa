//! Members: what is sent comes back, what others change wins.

use super::super::map::{distance_m, zone_offset_s};
use super::super::wire::{ALL_FLAGS, double, flags, integer, text};
use super::*;
use docket_core::order::{Field, Task, Value};

/// The page's listing with values in it, every type as its request listing says.
fn page_sample() -> Json {
    json!({
        "id": 0, "n": "Crate 7", "oldOrderId": 0, "oldOrderFiles": [],
        "p": {
            "n": "Ann Lee", "p": "+15551234", "p2": "+15554321", "e": "ann@example.com", "a": "5 Quay Rd",
            "v": "3", "w": "12", "c": 40, "ut": 300, "t": "van", "d": "fragile", "uic": "D-17", "cid": "C-9",
            "cm": "", "aff": "", "z": "", "ntf": 17, "pr": 50, "tags": [3, 4],
            "r": {"id": "77", "i": "0", "m": "1500", "t": "240", "ndt": 600, "vt": "1768475000"}
        },
        "rp": "_p~iF~ps|U", "f": 1, "tf": 1_768_471_200, "tt": 1_768_482_000, "trt": 600, "r": 100, "y": 53.9,
        "x": 27.5, "u": 0, "ej": {"k": [1, null]}, "tz": 134_228_528, "dp": []
    })
}

/// The answer the page's listing then stands for, members in its order.
fn page_answer(id: i64) -> Json {
    json!({
        "id": id, "n": "Crate 7",
        "p": {
            "n": "Ann Lee", "p": "+15551234", "p2": "+15554321", "e": "ann@example.com", "a": "5 Quay Rd",
            "v": 3, "w": 12, "c": 40, "ut": 300, "t": "van", "d": "fragile", "uic": "D-17", "cid": "C-9", "cm": "",
            "aff": "", "z": "", "ntf": 17, "pr": 50, "tags": [3, 4],
            "r": {"id": "77", "i": "0", "m": "1500", "t": "240", "ndt": 600, "vt": "1768475000"}
        },
        "rp": "_p~iF~ps|U", "f": 1, "tf": 1_768_471_200, "tt": 1_768_482_000, "trt": 600, "uid": id, "r": 100,
        "y": 53.9, "x": 27.5, "u": 0, "s": 0, "sf": 0, "st": START, "tz": 134_228_528, "eta": 0, "rd": 0.0, "cnm": 0,
        "nt": 0, "ds": 0, "dp": [], "stt": 0, "dtt": 0, "if": 0, "ej": {"k": [1, null]}
    })
}

#[test]
fn the_page_sample_is_answered_in_the_page_order() {
    let desk = Desk::new();
    let sid = desk.login();
    let answer = desk.update(&sid, "create", page_sample());
    let id = answer[0].as_i64().unwrap();
    // Texts compare the order of members too.
    assert_eq!(answer.to_string(), json!([id, page_answer(id)]).to_string());
    assert_eq!(desk.listed(&sid, id).unwrap(), page_answer(id));
}

#[test]
fn the_page_sample_reaches_the_canonical_order() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, page_sample());
    let fields = &desk.order(id).fields;
    assert_eq!(fields.title.as_deref(), Some("Crate 7"));
    assert_eq!(fields.number.as_deref(), Some("Crate 7"));
    assert_eq!(fields.customer_name.as_deref(), Some("Ann Lee"));
    assert_eq!(fields.customer_phone2.as_deref(), Some("+15554321"));
    assert_eq!((fields.notice_channels, fields.notice_lead_s), (Some(17), Some(600)));
    assert_eq!(fields.window_offset_s, Some(10_800));
    assert_eq!(fields.address1.as_deref(), Some("5 Quay Rd"));
    assert_eq!((fields.volume, fields.weight_kg, fields.cost), (Some(3.0), Some(12.0), Some(40.0)));
    assert_eq!((fields.service_time_s, fields.priority, fields.radius_m), (Some(300), Some(50), Some(100)));
    assert_eq!(fields.reference.as_deref(), Some("D-17"));
    assert_eq!(fields.tags, ["3", "4"]);
    assert_eq!((fields.route_id, fields.route_position), (Some(77), Some(0)));
    assert_eq!((fields.window_from, fields.window_to), (Some(at(1_768_471_200)), Some(at(1_768_482_000))));
    assert_eq!((fields.due, fields.start), (fields.window_to, fields.window_from));
    assert_eq!((fields.latitude, fields.longitude), (Some(53.9), Some(27.5)));
    assert_eq!((fields.execution_flags, fields.early_tolerance_s), (Some(1), Some(600)));
}

#[test]
fn the_fewest_members_get_the_defaults() {
    let desk = Desk::new();
    let sid = desk.login();
    let answer = desk.update(&sid, "create", json!({}));
    let id = answer[0].as_i64().unwrap();
    let names = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut expected = names(&page_answer(id));
    expected.retain(|name| name != "ej");
    assert_eq!(names(&answer[1]), expected);
    let mut parameters = names(&page_answer(id)["p"]);
    parameters.retain(|name| name != "tags");
    assert_eq!(names(&answer[1]["p"]), parameters);
    assert_eq!(answer[1]["p"]["r"], Json::Null, "no route is null, which is what clients test");
    assert_eq!(answer[1]["s"], 0);
}

#[test]
fn unknown_members_are_kept_and_the_servers_own_are_not_taken() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(
        &sid,
        json!({"n": "A", "uid": 5, "s": 3, "sf": 512, "st": 1, "cnm": 9, "if": 3, "ds": 7,
               "weight": 3, "cargo": {"weight": 3.5, "cost": "9"}, "cf": {"zone": "B"},
               "p": {"rep": true, "criterions": {"max_late": 1}}}),
    );
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!(
        (&order["weight"], &order["cargo"]["cost"], &order["cf"]),
        (&json!(3), &json!("9"), &json!({"zone": "B"}))
    );
    assert_eq!((&order["p"]["rep"], &order["p"]["criterions"]["max_late"]), (&json!(true), &json!(1)));
    for (name, value) in [("uid", id), ("s", 0), ("sf", 0), ("st", START), ("cnm", 0), ("if", 0), ("ds", 0)] {
        assert_eq!(order[name], value, "{name}");
    }
    desk.update(&sid, "update", json!({"id": id, "n": "B"}));
    assert_eq!(desk.listed(&sid, id).unwrap()["cargo"]["cost"], "9", "kept over updates");
}

#[test]
fn numbers_sent_as_text_are_numbers() {
    let desk = Desk::new();
    let sid = desk.login();
    let sent = json!({"u": "", "r": "250", "f": "0x43", "tz": -10_800, "y": "53.5", "x": "27",
                      "p": {"c": "12", "w": "0", "v": "two crates", "ut": "60", "pr": ""}});
    let id = desk.create(&sid, sent);
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!((&order["u"], &order["r"], &order["f"]), (&json!(0), &json!(250), &json!(0x43)));
    assert_eq!((&order["y"], &order["x"]), (&json!(53.5), &json!(27.0)));
    assert_eq!(order["tz"], 4_294_956_496_i64, "signed in, unsigned out");
    let p = &order["p"];
    assert_eq!((&p["c"], &p["w"], &p["ut"], &p["pr"]), (&json!(12), &json!(0), &json!(60), &json!(0)));
    assert_eq!(p["v"], "two crates", "text that is no number stays text");
}

#[test]
fn route_values_keep_their_types() {
    let desk = Desk::new();
    let sid = desk.login();
    for r in [json!({"id": 7, "i": 0, "m": 1, "t": 2, "ndt": 3, "vt": 4}), json!({"id": "7", "i": "0"}), json!(null)] {
        let id = desk.create(&sid, json!({"p": {"r": r}}));
        assert_eq!(desk.listed(&sid, id).unwrap()["p"]["r"], r);
    }
    let id = desk.create(&sid, json!({"p": {"r": {"id": 7, "i": 0, "m": 15}}}));
    desk.elsewhere(id, Command::default().with(Field::RoutePosition, 4));
    let r = json!({"id": "7", "i": "4", "m": 15, "t": "0", "ndt": 0, "vt": "0"});
    assert_eq!(desk.listed(&sid, id).unwrap()["p"]["r"], r, "what others change wins");
    desk.elsewhere(id, Command::default().with(Field::RouteId, Value::Null));
    assert_eq!(desk.listed(&sid, id).unwrap()["p"]["r"], Json::Null);
}

#[test]
fn update_merges_members_and_replaces_parameters_whole() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, page_sample());
    assert_eq!(desk.update(&sid, "update", json!({"id": id, "tt": 1_768_490_000})), json!([id]));
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!(
        (&order["tt"], &order["n"], &order["p"]["n"]),
        (&json!(1_768_490_000), &json!("Crate 7"), &json!("Ann Lee"))
    );
    desk.update(&sid, "update", json!({"id": id, "p": {"n": "Bo"}, "dp": "12", "ej": {}}));
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!((&order["p"]["n"], &order["p"]["a"], &order["p"]["r"]), (&json!("Bo"), &json!(""), &Json::Null));
    assert_eq!((&order["dp"], &order["ej"]), (&json!([12]), &json!({})));
    assert_eq!(desk.order(id).fields.address1, None);
}

#[test]
fn sending_the_whole_order_back_changes_nothing_but_the_bag() {
    let desk = Desk::new();
    let sid = desk.login();
    let task = Task { name: "Mow".to_owned(), ..Task::default() };
    let id = desk.foreign(
        Command::default()
            .with(Field::Number, "TESTPOST")
            .with(Field::Address1, "111 East Main")
            .with(Field::City, "Round Rock")
            .with(Field::Region, "TX")
            .with(Field::PostalCode, "78664")
            .with(Field::Due, at(START + 5000))
            .with(Field::Tasks, Value::Tasks(vec![task]))
            .with(Field::Cost, 12.5),
    );
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!(order["n"], "TESTPOST");
    assert_eq!(order["tt"], START + 5000);
    let p = &order["p"];
    assert_eq!((&p["a"], &p["d"]), (&json!("111 East Main, Round Rock, TX 78664"), &json!("Mow")));
    assert_eq!((&p["cid"], &p["c"]), (&json!("TESTPOST"), &json!(12.5)));
    let before = desk.order(id);
    assert_eq!(desk.update(&sid, "update", order.clone()), json!([id]));
    let after = desk.order(id);
    assert_eq!(before.fields, after.fields);
    assert_eq!(before.state, after.state);
    assert_eq!(desk.listed(&sid, id).unwrap(), order);
}

#[test]
fn a_new_address_line_replaces_the_parts() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.foreign(Command::default().with(Field::Address1, "1 Elm Ct").with(Field::City, "Austin"));
    let mut order = desk.listed(&sid, id).unwrap();
    order["p"]["a"] = "2 Oak St, Dallas".into();
    desk.update(&sid, "update", order);
    let fields = desk.order(id).fields.clone();
    assert_eq!((fields.address1.as_deref(), fields.city), (Some("2 Oak St, Dallas"), None));
}

#[test]
fn what_another_dialect_changes_is_shown() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, page_sample());
    desk.ledger.set_now(at(START + 10));
    let tags = Value::Texts(vec!["5".to_owned(), "vip".to_owned()]);
    desk.elsewhere(
        id,
        Command::default()
            .with(Field::Title, "Crate 8")
            .with(Field::Due, at(START + 9000))
            .with(Field::WeightKg, 1.5)
            .with(Field::Longitude, 28.0)
            .with(Field::Tags, tags)
            .with(Field::CustomerName, Value::Null),
    );
    let order = desk.listed(&sid, id).unwrap();
    assert_eq!((&order["n"], &order["tt"], &order["x"]), (&json!("Crate 8"), &json!(START + 9000), &json!(28.0)));
    let p = &order["p"];
    assert_eq!((&p["w"], &p["n"], &p["v"]), (&json!(1.5), &json!(""), &json!(3)));
    assert_eq!(p["tags"], json!([5, "vip"]));
    // And a later word of ours counts again.
    desk.update(&sid, "update", json!({"id": id, "tt": START + 100}));
    assert_eq!(desk.listed(&sid, id).unwrap()["tt"], START + 100);
    assert_eq!(desk.order(id).fields.due, Some(at(START + 100)));
}

/// Every canonical field that has a member, another value for it, and what the member then is.
fn changes_elsewhere() -> Vec<(Field, Value, &'static str, Json)> {
    let moment = || Value::Time(at(START + 7));
    vec![
        (Field::Title, "T".into(), "/n", json!("T")),
        (Field::CustomerName, "N".into(), "/p/n", json!("N")),
        (Field::CustomerPhone, "1".into(), "/p/p", json!("1")),
        (Field::CustomerPhone2, "2".into(), "/p/p2", json!("2")),
        (Field::CustomerEmail, "e".into(), "/p/e", json!("e")),
        (Field::Address1, "9 A St".into(), "/p/a", json!("9 A St")),
        (Field::Volume, 7.5.into(), "/p/v", json!(7.5)),
        (Field::WeightKg, 8.0.into(), "/p/w", json!(8)),
        (Field::Cost, 9.25.into(), "/p/c", json!(9.25)),
        (Field::ServiceTimeS, 61.into(), "/p/ut", json!(61)),
        (Field::Description, "D".into(), "/p/d", json!("D")),
        (Field::Reference, "R".into(), "/p/uic", json!("R")),
        (Field::Outcome, "O".into(), "/p/cm", json!("O")),
        (Field::Priority, 77.into(), "/p/pr", json!(77)),
        (Field::Tags, Value::Texts(vec!["8".to_owned()]), "/p/tags", json!([8])),
        (Field::RouteId, 70.into(), "/p/r/id", json!("70")),
        (Field::RoutePosition, 71.into(), "/p/r/i", json!("71")),
        (Field::ExecutionFlags, 0x80.into(), "/f", json!(0x80)),
        (Field::WindowFrom, moment(), "/tf", json!(START + 7)),
        (Field::Start, moment(), "/tf", json!(START + 7)),
        (Field::WindowTo, moment(), "/tt", json!(START + 7)),
        (Field::Due, moment(), "/tt", json!(START + 7)),
        (Field::EarlyToleranceS, 62.into(), "/trt", json!(62)),
        (Field::RadiusM, 63.into(), "/r", json!(63)),
        (Field::Latitude, 1.5.into(), "/y", json!(1.5)),
        (Field::Longitude, 2.5.into(), "/x", json!(2.5)),
        (Field::Unit, CART.into(), "/u", json!(CART)),
        (Field::Dependencies, Value::Integers(vec![64]), "/dp", json!([64])),
        (Field::CompletionPercent, 65.into(), "/ds", json!(65)),
        (Field::ArrivedAt, moment(), "/stt", json!(START + 7)),
        (Field::DepartedAt, moment(), "/dtt", json!(START + 7)),
        (Field::Eta, moment(), "/eta", json!(START + 7)),
        (Field::DistanceLeftM, 66.5.into(), "/rd", json!(66.5)),
        (Field::WindowOffsetS, (-18_000).into(), "/tz", json!(0x8800_B9B0_u32)),
        (Field::NoticeChannels, 3.into(), "/p/ntf", json!(3)),
        (Field::NoticeLeadS, 68.into(), "/p/r/ndt", json!(68)),
        (Field::Notified, 0x34.into(), "/if", json!(0x34)),
        (Field::NextAt, moment(), "/nt", json!(START + 7)),
        (Field::OdometerKm, 69.4.into(), "/cnm", json!(69)),
    ]
}

#[test]
fn every_field_that_another_dialect_changes_or_clears_is_shown_alone() {
    for (field, value, member, expected) in changes_elsewhere() {
        let desk = Desk::new();
        let sid = desk.login();
        let mut sample = page_sample();
        sample["u"] = VAN.into();
        let id = desk.create(&sid, sample);
        let before = desk.listed(&sid, id).unwrap();
        desk.ledger.set_now(at(START + 10));
        desk.elsewhere(id, Command::default().with(field, value));
        let mut after = desk.listed(&sid, id).unwrap();
        assert_eq!(after.pointer(member), Some(&expected), "{field:?}");
        // An arrival is also told by the internal flags; nothing else moves along.
        after["if"] = before["if"].clone();
        *after.pointer_mut(member).unwrap() = before.pointer(member).unwrap().clone();
        assert_eq!(after, before, "{field:?}");
        desk.elsewhere(id, Command::default().with(field, Value::Null));
        let cleared = desk.listed(&sid, id).unwrap();
        assert_ne!(cleared.pointer(member), Some(&expected), "{field:?} cleared");
    }
}

#[test]
fn members_of_the_wrong_type_store_nothing() {
    let desk = Desk::new();
    let sid = desk.login();
    for wrong in [
        json!({"n": []}),
        json!({"p": "none"}),
        json!({"p": []}),
        json!({"p": {"n": {}}}),
        json!({"p": {"v": []}}),
        json!({"p": {"c": "cheap"}}),
        json!({"p": {"ut": -1}}),
        json!({"p": {"tags": 3}}),
        json!({"p": {"r": 3}}),
        json!({"p": {"r": {"id": 1, "i": "first"}}}),
        json!({"p": {"ntf": "all"}}),
        json!({"f": "many"}),
        json!({"f": -1}),
        json!({"tf": "soon"}),
        json!({"tt": 9_000_000_000_000_i64}),
        json!({"tt": 1.5}),
        json!({"trt": {}}),
        json!({"r": -5}),
        json!({"y": "north"}),
        json!({"y": 91}),
        json!({"x": -181}),
        json!({"u": "van"}),
        json!({"dp": ["x"]}),
        json!({"dp": {}}),
        json!({"tz": "UTC"}),
        json!({"rp": 1.5e300, "f": []}),
        json!({"id": "first"}),
        json!({"oldOrderId": []}),
        json!({"oldOrderFiles": "a.png"}),
        json!({"oldOrderFiles": [1]}),
    ] {
        assert_eq!(desk.update(&sid, "create", wrong.clone()), error(4), "{wrong}");
    }
    assert!(desk.ledger.all_orders().is_empty());
    let id = desk.create(&sid, json!({"n": "A"}));
    assert_eq!(desk.update(&sid, "update", json!({"id": id, "n": "B", "f": "x"})), error(4));
    assert_eq!(desk.listed(&sid, id).unwrap()["n"], "A");
}

#[test]
fn nowhere_is_zero_zero() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"y": 0, "x": 0}));
    assert_eq!(desk.order(id).fields.latitude, None);
    desk.update(&sid, "update", json!({"id": id, "y": 10}));
    assert_eq!((desk.order(id).fields.latitude, desk.order(id).fields.longitude), (Some(10.0), Some(0.0)));
    desk.update(&sid, "update", json!({"id": id, "y": 0}));
    assert_eq!(desk.order(id).fields.latitude, None);
}

#[test]
fn readers_take_every_spelling() {
    for (given, expected) in [
        (json!(5), Some(5)),
        (json!("5"), Some(5)),
        (json!(" 5 "), Some(5)),
        (json!("0x80001"), Some(524_289)),
        (json!(""), Some(0)),
        (json!(null), Some(0)),
        (json!(5.0), Some(5)),
        (json!("5.0"), Some(5)),
        (json!(5.5), None),
        (json!("0x"), None),
        (json!("0x+5"), None),
        (json!("five"), None),
        (json!([]), None),
        (json!(u64::MAX), Some(i64::MAX)),
    ] {
        assert_eq!(integer(&given), expected, "{given}");
    }
    assert_eq!(double(&json!("1.5")), Some(1.5));
    assert_eq!(double(&json!("inf")), None);
    assert_eq!(double(&json!("NaN")), None);
    assert_eq!(text(&json!(17)), Some("17".to_owned()));
}

#[test]
fn flags_are_wide_and_enormous_ones_mean_all() {
    for given in [
        json!("4611686018427387903"),
        json!(4_611_686_018_427_387_903_i64),
        json!(4_611_686_018_427_388_000_i64),
        json!(1_u64 << 61),
        json!("0x3FFFFFFFFFFFFFFF"),
        json!(u64::MAX),
        json!(-1),
        json!("-1"),
        json!(1e300),
    ] {
        assert_eq!(flags(&given), Some(ALL_FLAGS), "{given}");
    }
    assert_eq!(flags(&json!("524289")), Some(524_289));
    assert_eq!(flags(&json!("0x80001")), Some(524_289));
    assert_eq!(flags(&json!((1_u64 << 61) - 1024)), Some((1 << 61) - 1024));
    assert_eq!(flags(&json!("x")), None);
}

#[test]
fn zones_decode() {
    assert_eq!(zone_offset_s(134_228_528), 10_800);
    assert_eq!(zone_offset_s(0x0800_0000 | 50_400), 50_400);
    assert_eq!(zone_offset_s(0x8800_0000 | (65_536 - 18_000)), -18_000);
    assert_eq!(zone_offset_s(10_801), 10_800, "bit 0 only says that there is no summer time");
    assert_eq!(zone_offset_s(-10_800), -10_800);
    assert_eq!(zone_offset_s(0), 0);
}

#[test]
fn distances_are_great_circles() {
    let one_degree = distance_m((0.0, 0.0), (0.0, 1.0));
    assert!((one_degree - 111_194.93).abs() < 0.01, "{one_degree}");
    assert_eq!(distance_m((53.9, 27.5), (53.9, 27.5)), 0.0);
    assert!((distance_m((90.0, 0.0), (-90.0, 0.0)) - 20_015_086.8).abs() < 0.1);
}
