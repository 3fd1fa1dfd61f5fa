//! `productServiceOrders/getAll`.

use super::*;
use docket_core::order::{Field, Task};

const FIRST: &str = "9e6d4492-315b-4089-b9d6-5b1bd2eddc1b";
const CURSOR: &str = "819e3435-7d5e-441f-bc68-76d89c69b8f5";
const STAY_ONE: &str = "0f515589-99b4-423d-b83a-b237009f0509";
const STAY_TWO: &str = "b7a3f5cb-1e69-4a5f-a069-10f461996d7f";

/// The request as the page prints it.
const SAMPLE_REQUEST: &str = r#"{
"ClientToken": "E0D439EE522F44368DC78E1BFB03710C-D24FB11DBE31D4621C4817E028D9E1D",
"AccessToken": "C66EF7B239D24632943D115EDE9CB810-EA00F8FD8294692C940F6B5A8F9453D",
"Client": "Sample Client 1.0.0",
"ProductServiceOrderIds": [
"9e6d4492-315b-4089-b9d6-5b1bd2eddc1b"
],
"ServiceIds": [
"ae8da28c-e8a4-4141-9df0-8c998976c691",
"6b02d015-47ac-4c41-8e9f-5b4db61d4284"
],
"LinkedReservationIds": [
"0f515589-99b4-423d-b83a-b237009f0509",
"b7a3f5cb-1e69-4a5f-a069-10f461996d7f"
],
"UpdatedUtc": {
"StartUtc": "2023-04-01T00:00:00Z",
"EndUtc": "2023-05-05T00:00:00Z"
},
"States": [
"Confirmed",
"Started"
],
"Limitation": {
"Count": 10,
"Cursor": "819e3435-7d5e-441f-bc68-76d89c69b8f5"
}
}"#;

/// The answer the page prints, without its white space.
const SAMPLE_ANSWER: &str = concat!(
    r#"{"ProductServiceOrders":[{"Id":"9e6d4492-315b-4089-b9d6-5b1bd2eddc1b","#,
    r#""ServiceId":"ae8da28c-e8a4-4141-9df0-8c998976c691","AccountId":"fadd5bb6-b428-45d5-94f8-fd0d89fece6d","#,
    r#""AccountType":"Customer","CreatorProfileId":"3cd637ef-4728-47f9-8fb1-afb900c9cdcf","#,
    r#""UpdaterProfileId":"122fc063-ec6e-4198-b8db-6b168a59ffae","BookerId":"bccdafd1-3e44-439d-861f-341526b597a9","#,
    r#""Number":"52","State":"Confirmed","Origin":"Connector","CommanderOrigin":null,"OriginDetails":null,"#,
    r#""CreatedUtc":"2023-04-23T14:58:02Z","UpdatedUtc":"2023-04-23T14:58:02Z","CancelledUtc":null,"#,
    r#""VoucherId":null,"BusinessSegmentId":null,"LinkedReservationId":"0f515589-99b4-423d-b83a-b237009f0509","#,
    r#""Options":{"OwnerCheckedIn":true,"AllCompanionsCheckedIn":true,"AnyCompanionCheckedIn":true,"#,
    r#""ConnectorCheckIn":true}}],"Cursor":"9e6d4492-315b-4089-b9d6-5b1bd2eddc1b"}"#,
);

fn sample_bag() -> Value {
    json!({
        "CreatorProfileId": "3cd637ef-4728-47f9-8fb1-afb900c9cdcf",
        "UpdaterProfileId": "122fc063-ec6e-4198-b8db-6b168a59ffae",
        "BookerId": "bccdafd1-3e44-439d-861f-341526b597a9",
        "State": "Confirmed",
        "Origin": "Connector",
        "CreatedUtc": "2023-04-23T14:58:02Z",
        "UpdatedUtc": "2023-04-23T14:58:02Z",
        "LinkedReservationId": STAY_ONE,
        "Options": {"OwnerCheckedIn": true, "AllCompanionsCheckedIn": true, "AnyCompanionCheckedIn": true,
            "ConnectorCheckIn": true},
    })
}

fn sample_hub() -> Hub {
    let hub = Hub::new();
    hub.import(FIRST, 52, SPA, sample_bag());
    hub.import(CURSOR, 60, SPA, json!({}));
    hub
}

#[test]
fn the_sample_of_the_page_gets_the_answer_of_the_page() {
    let hub = sample_hub();
    let path = "/api/connector/v1/productServiceOrders/getAll";
    let answer = hub.send(Method::POST, path, &[("content-type", "application/json")], SAMPLE_REQUEST.into());
    assert_eq!(String::from_utf8_lossy(&answer.body), SAMPLE_ANSWER);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.operation, "productServiceOrders/getAll");
}

#[test]
fn a_change_ends_what_the_import_said_of_its_time() {
    let hub = sample_hub();
    hub.change(OrderId(id(FIRST)), Command::default().with(Field::Description, "towels"));
    let shown = &hub.list(json!({"ProductServiceOrderIds": [FIRST]})).ok()["ProductServiceOrders"][0];
    assert_eq!(shown["UpdatedUtc"], "2026-01-15T10:00:00Z");
    assert_ne!(shown["UpdaterProfileId"], "122fc063-ec6e-4198-b8db-6b168a59ffae");
    assert_eq!(shown["CreatorProfileId"], "3cd637ef-4728-47f9-8fb1-afb900c9cdcf");
    assert_eq!(shown["BookerId"], "bccdafd1-3e44-439d-861f-341526b597a9");
}

#[test]
fn an_import_with_its_own_time_is_found_by_it() {
    let hub = Hub::new();
    let moment = at("2023-04-23T14:58:02Z");
    let command = Command { created_at: Some(moment), updated_at: Some(moment), ..Command::default() };
    let order = hub.create(command.with(Field::Service, SPA)).id.0;
    let window = |start: &str, end: &str| json!({"UpdatedUtc": {"StartUtc": start, "EndUtc": end}});
    assert_eq!(hub.ids(window("2023-04-01T00:00:00Z", "2023-05-05T00:00:00Z")), [order]);
    assert!(hub.ids(window("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")).is_empty());
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_until_one_is_empty() {
    let hub = Hub::new();
    let made: Vec<Uuid> =
        (0..5).map(|_| id(hub.post("orders/add", smallest()).ok()["OrderId"].as_str().unwrap())).collect();
    let newest: Vec<Uuid> = made.iter().rev().copied().collect();
    let mut cursor = Value::Null;
    let mut pages = Vec::new();
    loop {
        let page = hub.list(json!({"Limitation": {"Count": 2, "Cursor": cursor}})).ok();
        let orders = page["ProductServiceOrders"].as_array().unwrap();
        let ids: Vec<Uuid> = orders.iter().map(|order| id(order["Id"].as_str().unwrap())).collect();
        cursor = page["Cursor"].clone();
        assert_eq!(cursor, json!(ids.last()));
        if ids.is_empty() {
            break;
        }
        pages.push(ids);
    }
    assert_eq!(pages, [&newest[..2], &newest[2..4], &newest[4..]]);
}

#[test]
fn pages_do_not_shift_while_orders_change_or_go() {
    let hub = Hub::new();
    let made: Vec<Uuid> =
        (0..4).map(|_| id(hub.post("orders/add", smallest()).ok()["OrderId"].as_str().unwrap())).collect();
    let first = hub.ids(json!({"Limitation": {"Count": 2}}));
    assert_eq!(first, [made[3], made[2]]);
    hub.become_state(OrderId(made[0]), State::Started);
    hub.become_state(OrderId(made[2]), State::Deleted);
    hub.post("orders/add", smallest()).ok();
    assert_eq!(hub.ids(json!({"Limitation": {"Count": 2, "Cursor": made[2]}})), [made[1], made[0]]);
    // A cursor that no longer passes the filters is a valid position.
    assert_eq!(hub.ids(json!({"States": ["Confirmed"], "Limitation": {"Count": 9, "Cursor": made[2]}})), [made[1]]);
}

#[test]
fn a_page_is_full_however_many_orders_are_passed_over() {
    let hub = Hub::new();
    let one = hub.import(FIRST, 1, SPA, json!({"LinkedReservationId": STAY_TWO}));
    for serial in 2..2500 {
        hub.import(&Uuid::from_u128(serial as u128).to_string(), serial, SPA, json!({}));
    }
    let found = hub.ids(json!({"LinkedReservationIds": [STAY_TWO, STAY_ONE], "Limitation": {"Count": 3}}));
    assert_eq!(found, [one.id.0]);
    assert_eq!(hub.ids(json!({})).len(), 1000);
}

#[test]
fn filters_narrow_together() {
    let hub = Hub::new();
    let company = Uuid::from_u128(0xc0);
    let one = hub.import(FIRST, 1, SPA, json!({"State": "Confirmed", "LinkedReservationId": STAY_ONE}));
    let two = hub.import(CURSOR, 2, BAR, json!({"State": "Inquired"}));
    hub.change(two.id, Command::default().with(Field::CustomerId, company.to_string()));
    let (one, two) = (one.id.0, two.id.0);
    for (body, expected) in [
        (json!({}), vec![two, one]),
        (json!({"ProductServiceOrderIds": [two, two]}), vec![two]),
        (json!({"ProductServiceOrderIds": [Uuid::from_u128(5)]}), vec![]),
        (json!({"ServiceIds": [SPA]}), vec![one]),
        (json!({"ServiceIds": [BAR.to_uppercase()]}), vec![two]),
        (json!({"AccountIds": [ANN]}), vec![one]),
        (json!({"AccountIds": [company, ANN]}), vec![two, one]),
        (json!({"AccountIds": [Uuid::from_u128(5)]}), vec![]),
        (json!({"LinkedReservationIds": [STAY_ONE]}), vec![one]),
        (json!({"LinkedReservationIds": [STAY_TWO]}), vec![]),
        (json!({"States": ["Inquired"]}), vec![two]),
        (json!({"States": ["Confirmed", "Started"]}), vec![one]),
        (json!({"States": []}), vec![two, one]),
        (json!({"States": ["Requested"]}), vec![]),
        (json!({"EnterpriseIds": [ENTERPRISE]}), vec![two, one]),
        (json!({"EnterpriseIds": null, "AccountIds": null, "UpdatedUtc": null, "States": null}), vec![two, one]),
        (json!({"States": ["Inquired"], "AccountIds": [ANN]}), vec![]),
    ] {
        assert_eq!(hub.ids(body.clone()), expected, "{body}");
    }
}

#[test]
fn intervals_are_half_open_unless_their_ends_are_equal() {
    let hub = Hub::new();
    hub.ledger.set_now(at("2025-02-03T10:00:00.7Z"));
    let order = hub.import(FIRST, 1, SPA, json!({})).id.0;
    let found = |start: &str, end: &str| !hub.ids(json!({"UpdatedUtc": {"StartUtc": start, "EndUtc": end}})).is_empty();
    let named = |start: &str, end: &str| {
        !hub.ids(json!({"ProductServiceOrderIds": [order], "UpdatedUtc": {"StartUtc": start, "EndUtc": end}}))
            .is_empty()
    };
    for (start, end, expected) in [
        ("2025-02-03T10:00:00Z", "2025-02-03T10:00:01Z", true),
        ("2025-02-03T10:00:00Z", "2025-02-03T10:00:00Z", true),
        ("2025-02-03T09:00:00Z", "2025-02-03T10:00:00Z", false),
        ("2025-02-03T10:00:01Z", "2025-02-03T11:00:00Z", false),
        ("2025-02-03T10:00:00.500Z", "2025-02-03T10:00:01Z", true),
        ("2025-02-03T09:00:00Z", "2025-02-03T10:00:00.5Z", false),
        ("2025-02-03T10:00:00.5Z", "2025-02-03T10:00:00.9Z", true),
        ("2025-02-03T11:00:00+01:00", "2025-02-03T11:00:01+01:00", true),
        ("2025-02-03T10:00:00", "2025-02-03T10:00:01", true),
        ("2025-01-03T10:00:00Z", "2025-04-03T10:00:00Z", true),
        ("2024-11-30T00:00:00Z", "2025-02-28T00:00:00Z", true),
    ] {
        assert_eq!(found(start, end), expected, "{start} {end}");
        assert_eq!(named(start, end), expected, "{start} {end}");
    }
    for wrong in [
        json!({"StartUtc": "2025-01-03T10:00:00Z", "EndUtc": "2025-04-03T10:00:01Z"}),
        json!({"StartUtc": "2025-01-03T10:00:00Z", "EndUtc": "2025-01-02T10:00:00Z"}),
        json!({"StartUtc": "2025-01-03T10:00:00Z"}),
        json!({"EndUtc": "2025-01-03T10:00:00Z", "StartUtc": null}),
        json!({"StartUtc": "yesterday", "EndUtc": "2025-01-03T10:00:00Z"}),
        json!({"StartUtc": 1735898400, "EndUtc": 1735898400}),
        json!({}),
        json!([]),
        json!("2025-01-03T10:00:00Z"),
    ] {
        hub.list(json!({"UpdatedUtc": wrong})).fails(400, "Invalid UpdatedUtc");
    }
}

#[test]
fn a_change_through_another_face_is_found_by_its_time() {
    let hub = Hub::new();
    let order = hub.import(FIRST, 1, SPA, json!({}));
    let window = json!({"UpdatedUtc": {"StartUtc": "2026-01-15T11:00:00Z", "EndUtc": "2026-01-15T12:00:00Z"}});
    assert!(hub.ids(window.clone()).is_empty());
    hub.ledger.set_now(at("2026-01-15T11:30:00Z"));
    hub.become_state(order.id, State::Started);
    let shown = &hub.list(window).ok()["ProductServiceOrders"][0];
    assert_eq!((&shown["State"], &shown["UpdatedUtc"]), (&json!("Started"), &json!("2026-01-15T11:30:00Z")));
    assert_eq!(shown["CreatedUtc"], "2026-01-15T10:00:00Z");
}

#[test]
fn a_service_is_found_in_either_case() {
    let hub = Hub::new();
    let order = hub.import(FIRST, 1, &SPA.to_uppercase(), json!({}));
    assert_eq!(hub.ids(json!({"ServiceIds": [SPA]})), [order.id.0]);
}

#[test]
fn limits_and_shapes_are_checked() {
    let hub = Hub::new();
    let many: Vec<Uuid> = (0..1001).map(Uuid::from_u128).collect();
    for member in ["EnterpriseIds", "ProductServiceOrderIds", "ServiceIds", "AccountIds", "LinkedReservationIds"] {
        for wrong in [json!([]), json!(many), json!(SPA), json!(["x"]), json!([7]), json!([null]), json!({})] {
            hub.list(json!({member: wrong})).fails(400, &format!("Invalid {member}"));
        }
    }
    for member in ["ProductServiceOrderIds", "AccountIds", "LinkedReservationIds"] {
        assert!(hub.ids(json!({member: many[..1000]})).is_empty());
    }
    hub.list(json!({"ServiceIds": null})).fails(400, "Invalid ServiceIds");
    for unknown in [Uuid::from_u128(5), id(STAY), id(MASSAGE)] {
        hub.list(json!({"ServiceIds": [SPA, unknown]})).fails(400, "Invalid ServiceIds");
    }
    hub.list(json!({"EnterpriseIds": [ENTERPRISE, Uuid::nil()]})).fails(400, "Invalid EnterpriseIds");
    for wrong in [json!(["Cancelled"]), json!(["confirmed"]), json!([1]), json!("Confirmed"), json!({})] {
        hub.list(json!({"States": wrong})).fails(400, "Invalid States");
    }
    for wrong in [
        json!(null),
        json!(10),
        json!([]),
        json!({}),
        json!({"Count": null}),
        json!({"Count": 0}),
        json!({"Count": -1}),
        json!({"Count": 1001}),
        json!({"Count": "10"}),
        json!({"Count": 1.5}),
        json!({"Count": 99999999999999999999_f64}),
    ] {
        hub.list(json!({"Limitation": wrong})).fails(400, "Invalid Limitation");
    }
    for wrong in [json!("x"), json!(7), json!(Uuid::from_u128(5)), json!("")] {
        hub.list(json!({"Limitation": {"Count": 1, "Cursor": wrong}})).fails(400, "Invalid Cursor");
    }
    hub.list(json!({"Limitation": {"Count": 1000, "Cursor": null}})).ok();
}

#[test]
fn orders_of_every_origin_are_shown_whole() {
    let hub = Hub::new();
    let pruvan = hub.ledger.connect(connection(9, ACCOUNT, "pruvan", &[]), &[]);
    let task = |name: &str| Task { name: name.to_owned(), ..Task::default() };
    let by_word = hub.submit(
        &Caller::connection(pruvan),
        Request::create(
            Command::default()
                .with(Field::Number, "TESTPOST")
                .with(Field::Service, "Grass Cut")
                .with(Field::CustomerName, "Acme")
                .with(Field::CustomerKind, "company"),
        ),
    );
    let by_task = hub.submit(
        &Caller::user(ACCOUNT, "token ci"),
        Request::create(
            Command::default().with(Field::Tasks, docket_core::order::Value::Tasks(vec![task("grass  cut")])),
        ),
    );
    let bare = hub.create(Command::default().with(Field::Tasks, docket_core::order::Value::Tasks(vec![task("Paint")])));
    let by_product = hub.create(Command::default().with(Field::Service, MASSAGE));
    let nowhere = hub.create(Command::default().with(Field::Service, Uuid::from_u128(5).to_string()));
    let stay = hub.create(Command::default().with(Field::Service, STAY));

    let services =
        hub.post("services/getAll", json!({"ServiceType": "Additional", "Limitation": {"Count": 1000}})).ok();
    let services = services["Services"].as_array().unwrap();
    let ids: Vec<&Value> = services.iter().map(|service| &service["Id"]).collect();
    let listed = hub.list(json!({"ServiceIds": ids})).ok();
    let orders = listed["ProductServiceOrders"].as_array().unwrap();
    let of = |order: &Order| orders.iter().find(|shown| shown["Id"] == json!(order.id.0)).unwrap();
    assert_eq!(orders.len(), 5);
    assert!(orders.iter().all(|order| order["Id"] != json!(stay.id.0)));
    let named = |order: &Value| {
        services.iter().find(|service| service["Id"] == order["ServiceId"]).unwrap()["Name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(named(of(&by_word)), "Grass Cut");
    assert_eq!(named(of(&by_task)), "Grass Cut");
    assert_eq!(named(of(&bare)), "General");
    assert_eq!(named(of(&nowhere)), "General");
    assert_eq!(named(of(&by_product)), "Spa");
    assert_eq!(of(&by_word)["AccountType"], "Company");
    assert_eq!(of(&by_word)["Origin"], "Import");
    assert_eq!(of(&by_word)["OriginDetails"], "pruvan main");
    assert_eq!(of(&by_word)["CreatorProfileId"], of(&by_word)["UpdaterProfileId"]);
    assert_eq!(of(&by_task)["Origin"], "Commander");
    assert_eq!(of(&by_word)["Number"], by_word.serial.to_string());
    for order in orders {
        assert_eq!(order.as_object().unwrap().len(), 19);
        assert_eq!(order["CommanderOrigin"], Value::Null);
        for required in ["Id", "ServiceId", "AccountId", "CreatorProfileId", "UpdaterProfileId"] {
            id(order[required].as_str().unwrap());
        }
    }
    // Asking for one service of the ledger's own and for one of ours finds the same orders as before.
    assert_eq!(hub.ids(json!({"ServiceIds": [SPA]})), [by_product.id.0]);
    assert_eq!(hub.ids(json!({"ServiceIds": [of(&bare)["ServiceId"]]})), [nowhere.id.0, bare.id.0]);
    assert_eq!(hub.face(&by_word), *of(&by_word));
}

#[test]
fn words_of_the_bag_that_are_not_listed_are_not_shown() {
    let hub = Hub::new();
    let odd = json!({"State": "Dreaming", "Origin": "Moon", "CommanderOrigin": "Phone", "Number": ""});
    let order = hub.import(FIRST, 7, SPA, odd);
    let shown = hub.face(&order);
    assert_eq!(shown["State"], "Requested");
    assert_eq!(shown["Origin"], "Commander");
    assert_eq!(shown["Number"], "7");
    let phone = json!({"Origin": "Commander", "CommanderOrigin": "Phone", "OriginDetails": "desk", "Number": "1187"});
    let shown = hub.face(&hub.import(CURSOR, 8, SPA, phone));
    assert_eq!((&shown["CommanderOrigin"], &shown["OriginDetails"]), (&json!("Phone"), &json!("desk")));
    assert_eq!(shown["Number"], "1187");
    let broken = hub.import(STAY_ONE, 9, SPA, json!({"BookerId": "nobody", "State": "Inquired"}));
    assert_eq!(hub.face(&broken)["BookerId"], Value::Null);
}

#[test]
fn walls_between_accounts_and_scopes() {
    let hub = sample_hub();
    let other = AccountId(2);
    hub.ledger.connect(connection(2, other, "mews", &[]), &[("access_token", "A2"), ("client_token", "C2")]);
    let narrow = Connection { scope: Scope::Own, ..connection(3, ACCOUNT, "mews", &[]) };
    assert!(settings(&narrow).is_empty());
    hub.ledger.connect(narrow, &[("access_token", "A3"), ("client_token", "C3")]);
    for (access, client) in [("A2", "C2"), ("A3", "C3")] {
        let tokens = json!({"AccessToken": access, "ClientToken": client});
        let mut body = tokens.clone();
        body["ProductServiceOrderIds"] = json!([FIRST]);
        assert!(hub.ids(body).is_empty());
        let mut body = tokens.clone();
        body["Limitation"] = json!({"Count": 1, "Cursor": CURSOR});
        hub.list(body).fails(400, "Invalid Cursor");
        let mut body = tokens;
        body["EnterpriseIds"] = json!([ENTERPRISE]);
        hub.list(body).fails(400, "Invalid EnterpriseIds");
    }
    // Tokens of two connections do not add up.
    hub.list(json!({"AccessToken": "A2", "ClientToken": "C3"})).fails(401, "Invalid ClientToken");
}
