//! Listings, whole orders, importing, acknowledging.

use super::*;

/// The page's five orders, as the demo seeds them.
fn seed_page(world: &World) {
    let rows = [
        (12_249_320, "import test 3-1", "2272", "6e0fc218-d7c1-480d-82e5-0630d134a483"),
        (12_249_453, "import test 3-5", "2298", "ba1d10ab-fe52-4022-9a7a-f92643f774bb"),
        (12_249_455, "import test 3-6", "2299", "0b85961d-2295-42da-b0c7-36837c4f51e3"),
        (12_249_459, "import test 3-7", "2300", "e69dc54b-c624-4943-bc9d-6bb5fec0ffd2"),
        (12_249_473, "import test 3-7", "2301", "8cefa2e6-2f62-4715-a5df-0a6c8699fb8e"),
    ];
    for (serial, number, org, transaction) in rows {
        let connection = world.importer.id;
        let bag = json!({"transaction_id": transaction, "org_wo_num": org}).to_string();
        let command = Command {
            identity: Some((OrderId(Uuid::from_u128(serial)), Some(Serial(serial as i64)))),
            on_behalf_of: Some(Origin { connection: Some(connection), dialect: ID.to_owned() }),
            wire: Some((ID.to_owned(), Some(bag))),
            keys: vec![ExternalKey { connection, namespace: TRANSACTIONS.to_owned(), key: transaction.to_owned() }],
            ..Command::default().with(Field::Number, number)
        };
        world.submit(&Caller::hub(ACCOUNT), Target::New, command);
    }
}

const PAGE_ANSWER: &str = r#"{"remote_site_id":"1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4","error":false,"success":true,"return_error_msg":null,"result_data":[{"report_id":"12249320","wo_number":"import test 3-1","org_wo_num":"2272","wo_status":"Unread","transaction_id":"6e0fc218-d7c1-480d-82e5-0630d134a483"},{"report_id":"12249453","wo_number":"import test 3-5","org_wo_num":"2298","wo_status":"Unread","transaction_id":"ba1d10ab-fe52-4022-9a7a-f92643f774bb"},{"report_id":"12249455","wo_number":"import test 3-6","org_wo_num":"2299","wo_status":"Unread","transaction_id":"0b85961d-2295-42da-b0c7-36837c4f51e3"},{"report_id":"12249459","wo_number":"import test 3-7","org_wo_num":"2300","wo_status":"Unread","transaction_id":"e69dc54b-c624-4943-bc9d-6bb5fec0ffd2"},{"report_id":"12249473","wo_number":"import test 3-7","org_wo_num":"2301","wo_status":"Unread","transaction_id":"8cefa2e6-2f62-4715-a5df-0a6c8699fb8e"},{"get_all_updates":"1"},{"get_all_notes":"1"}]}"#;

#[test]
fn the_vendors_sample_gets_the_printed_answer() {
    let world = World::with(&[("remote_site_id", "1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4"), ("flags", "always")]);
    seed_page(&world);
    let sample = "payload={\n\"username\": \"demo\",\n\"password\": \"da39a3ee5e6b4b0d3255bfef95601890afd80709\",\n\
                  \"site_id\": \"dcc363d0-8ed1-48a2ba2e-f638275db4f\",\n\"event_name\": \"get_all_orders\",\n\
                  \"event_data\": \"{\\\"timestamp\\\":\\\"1491699142\\\"}\"\n}";
    // curl --data takes the line breaks of a value as they are, and sends this media type.
    let response = world.send(Method::POST, FORM, sample);
    assert_eq!(std::str::from_utf8(&response.body).unwrap(), PAGE_ANSWER);
    let full = world.done("get_all_orders", json!({}));
    assert_eq!(full.as_array().unwrap().len(), 7);
    for listed in &full.as_array().unwrap()[..5] {
        let order = world.done("get_order", json!({"report_id": listed["report_id"]}));
        assert_eq!(order["transaction_id"], listed["transaction_id"]);
        assert_eq!(order["wo_number"], listed["wo_number"]);
        assert_eq!(order["ppw_report_id"], listed["report_id"]);
    }
}

#[test]
fn acknowledgements_of_seeded_ids_find_their_order() {
    let world = World::new();
    seed_page(&world);
    let id = "8cefa2e6-2f62-4715-a5df-0a6c8699fb8e";
    let refusal = json!({"transaction_id": id, "success": false, "error_msg": "Duplicate work order number."});
    assert_eq!(world.done("ack_transaction", refusal.clone()), Value::Null);
    world.done("ack_transaction", refusal);
    world.done("ack_transaction", json!({"transaction_id": id}));
    let order = world.order(Serial(12_249_473));
    assert_eq!(order.acknowledgements.len(), 1);
    let kept = &order.acknowledgements[0];
    assert_eq!((kept.transaction.as_str(), kept.success), (id, false));
    assert_eq!(kept.reason.as_deref(), Some("Duplicate work order number."));
    assert!(order.imported_by.is_empty());
    // Another connection does not know the seeded id, so it is given one that leads back.
    let all = connection(3, ACCOUNT, "all", "ppw", &[]);
    world.ledger.connect(all, &[("username", "all"), ("password", "aa")]);
    let mut asked = payload("get_order", &json!({"report_id": 12_249_473}));
    (asked["username"], asked["password"]) = (json!("all"), json!("AA"));
    let other = world.post(format!("payload={asked}"))["result_data"]["transaction_id"].clone();
    assert!(Transaction::read(other.as_str().unwrap()).is_some());
}

#[test]
fn an_order_goes_from_unread_to_in_field() {
    let world = World::new();
    let order = world.create("N-1");
    let listing = world.done("get_all_orders", json!({}));
    let serial = order.serial.to_string();
    assert_eq!(
        listing,
        json!([{
            "report_id": serial, "wo_number": "N-1", "org_wo_num": "0", "wo_status": "Unread",
            "transaction_id": listing[0]["transaction_id"],
        }])
    );
    let names: Vec<_> = listing[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["report_id", "wo_number", "org_wo_num", "wo_status", "transaction_id"]);
    let whole = world.done("get_order", json!({"report_id": serial, "transaction_id": "tolerated"}));
    assert_eq!(whole["transaction_id"], listing[0]["transaction_id"]);
    assert_eq!(whole["wo_status"], "Unread");
    assert_eq!(world.order(order.serial).revision, Revision(1), "reading writes nothing");

    assert_eq!(world.done("mark_order_imported", json!({"report_id": order.serial.0})), Value::Null);
    let imported = world.order(order.serial);
    assert_eq!((imported.state, imported.fields.crew.as_deref()), (State::Assigned, Some("demo")));
    assert_eq!(imported.imported_by, [world.importer.id]);
    assert_eq!(world.words(json!({})), ["In Field"]);
    assert_eq!(world.done("get_order", json!({"report_id": serial}))["wo_status"], "In Field");
    world.done("mark_order_imported", json!({"report_id": serial}));
    assert_eq!(world.order(order.serial).revision, imported.revision, "saying it twice changes nothing");
}

#[test]
fn a_positive_acknowledgement_imports_too() {
    let world = World::new();
    let order = world.create("N-1");
    let id = world.done("get_all_orders", json!({}))[0]["transaction_id"].clone();
    let upper = id.as_str().unwrap().to_uppercase();
    world.done("ack_transaction", json!({"transaction_id": upper, "success": "true"}));
    world.done("ack_transaction", json!({"transaction_id": id}));
    let kept = world.order(order.serial);
    assert_eq!((kept.imported_by.len(), kept.acknowledgements.len()), (1, 1));
    assert_eq!((kept.state, kept.acknowledgements[0].success), (State::Received, true));
    let again = world.done("get_all_orders", json!({}));
    assert_eq!((&again[0]["wo_status"], &again[0]["transaction_id"]), (&json!("Unread"), &id));
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    assert_eq!(world.words(json!({})), ["In Field"]);
}

#[test]
fn outcomes_are_read_liberally() {
    for (said, success, reason) in [
        (json!({}), true, None),
        (json!({"success": true}), true, None),
        (json!({"success": 1}), true, None),
        (json!({"success": "false"}), false, None),
        (json!({"error": false, "msg": "fine"}), true, Some("fine")),
        (json!({"error": "1", "return_error_msg": "no"}), false, Some("no")),
        (json!({"error": {"code": 1}}), false, None),
        (json!({"status": "Duplicate"}), false, None),
        (json!({"status": "imported"}), true, None),
        (json!({"status": "0"}), false, None),
        (json!({"error_msg": "", "reason": "Closed here"}), false, Some("Closed here")),
        (json!({"success": "", "message": "Closed"}), false, Some("Closed")),
    ] {
        let world = World::new();
        let order = world.create("N-1");
        let mut data = said.clone();
        data["transaction_id"] = world.done("get_all_orders", json!({}))[0]["transaction_id"].clone();
        world.done("ack_transaction", data);
        let kept = &world.order(order.serial).acknowledgements[0];
        assert_eq!((kept.success, kept.reason.as_deref()), (success, reason), "{said}");
    }
}

#[test]
fn acknowledgements_of_nothing_are_answered_and_forgotten() {
    let world = World::new();
    let order = world.create("N-1");
    // The right serial, made for another order.
    let mut stranger = (*order).clone();
    stranger.id = OrderId(Uuid::from_u128(99));
    let forged = Transaction::of(&stranger, transaction::LISTING, 0).text();
    for id in [json!("7be2b0f8-0c0d-4f2e-9a3f-6f5c0f1f2a01"), json!("12345"), json!(12345), json!(forged)] {
        assert_eq!(world.done("ack_transaction", json!({"transaction_id": id})), Value::Null);
    }
    assert_eq!(world.order(order.serial).revision, Revision(1));
    assert_eq!(world.failed("ack_transaction", json!({})), "transaction_id is missing.");
    assert_eq!(world.failed("ack_transaction", json!({"transaction_id": []})), "transaction_id is not a text.");
    let long = "x".repeat(300);
    assert_eq!(world.failed("ack_transaction", json!({"transaction_id": long})), "transaction_id is too long.");
}

#[test]
fn incremental_listings_include_the_second_asked_for() {
    let world = World::new();
    let old = world.create("old");
    let second = world.at("2026-01-15T10:00:05Z");
    world.create("new");
    let numbers = |since: i64| {
        let listing = world.done("get_all_orders", json!({"timestamp": since.to_string()}));
        listing.as_array().unwrap().iter().map(|e| e["wo_number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(second - 60), ["old", "new"]);
    assert_eq!(numbers(second), ["new"]);
    assert!(numbers(second + 1).is_empty());
    world.at("2026-01-15T10:01:00Z");
    world.change(&old, Command::default().with(Field::City, "Austin"));
    assert_eq!(numbers(second + 1), ["old"]);
}

#[test]
fn everything_is_listed_however_many() {
    let world = World::new();
    let caller = world.other();
    let one = |i: usize| Request::create(Command::default().with(Field::Number, format!("N-{i}")));
    let submission = Submission { requests: (0..2345).map(one).collect(), ..Submission::default() };
    now(world.ledger.submit(&caller, submission)).unwrap();
    let listing = world.done("get_all_orders", json!({}));
    let numbers: std::collections::HashSet<_> =
        listing.as_array().unwrap().iter().map(|e| e["wo_number"].to_string()).collect();
    assert_eq!((listing.as_array().unwrap().len(), numbers.len()), (2345, 2345));
}

#[test]
fn flags_go_to_importers_that_introduced_themselves() {
    let flags = json!([{"get_all_updates": "1"}, {"get_all_notes": "1"}]);
    let world = World::new();
    assert_eq!(world.done("get_all_orders", json!({})), json!([]));
    world.done("validate_user", json!({"ppwlink_push": "https://importer.example/p?key=1"}));
    assert_eq!(world.done("get_all_orders", json!({})), flags);
    let mut elsewhere = payload("get_all_orders", &json!({}));
    elsewhere["site_id"] = json!("another installation");
    assert_eq!(world.post(format!("payload={elsewhere}"))["result_data"], json!([]));
    let never = World::with(&[("flags", "never")]);
    never.done("validate_user", json!({}));
    assert_eq!(never.done("get_all_orders", json!({})), json!([]));
    assert_eq!(World::with(&[("flags", "always")]).done("get_all_orders", json!({})), flags);
}

#[test]
fn foreign_orders_are_not_there() {
    let world = World::new();
    let elsewhere = connection(20, AccountId(2), "far", "ppw", &[]);
    let elsewhere = Caller::connection(world.ledger.connect(elsewhere, &[]));
    let order = world.submit(&elsewhere, Target::New, Command::default().with(Field::Number, "X"));
    let own = Connection { scope: Scope::Own, ..connection(21, ACCOUNT, "own", "ppw", &[]) };
    world.ledger.connect(own, &[("username", "own"), ("password", "bb")]);
    let near = world.create("N-1");
    let said = format!("There is no work order with report_id {}.", order.serial);
    for event in ["get_order", "mark_order_imported", "get_notes"] {
        assert_eq!(world.failed(event, json!({"report_id": order.serial.0})), said);
    }
    let id = Transaction::of(&order, transaction::LISTING, 0).text();
    world.done("ack_transaction", json!({"transaction_id": id}));
    assert!(world.order(order.serial).acknowledgements.is_empty());
    let ask = |event: &str, data: Value| {
        let mut asked = payload(event, &data);
        (asked["username"], asked["password"]) = (json!("own"), json!("bb"));
        world.post(format!("payload={asked}"))
    };
    assert_eq!(ask("get_all_orders", json!({}))["result_data"], json!([]));
    assert_eq!(ask("get_order", json!({"report_id": near.serial.0}))["result_data"], Value::Null);
}

#[test]
fn cancellations_are_listed_for_thirty_days() {
    let world = World::new();
    let order = world.create("N-1");
    world.create("N-2");
    let second = world.at("2026-01-16T10:00:00Z");
    world.change(&order, Command::default().moving(Transition::Cancel));
    let rows = world.done("get_cancel_orders", json!({"timestamp": second}));
    assert_eq!(
        rows,
        json!([{
            "report_id": order.serial.to_string(), "wo_number": "N-1", "org_wo_num": "0", "wo_status": "Cancelled",
            "cancel_timestamp": second.to_string(),
        }])
    );
    assert_eq!(world.done("get_cancel_orders", json!({"timestamp": second + 1})), json!([]));
    assert_eq!(world.done("get_pending_cancellations", json!({"timestamp": second})), json!([]));
    for event in ["get_cancel_orders", "get_pending_cancellations"] {
        assert_eq!(world.failed(event, json!({})), "timestamp is missing.");
        assert_eq!(
            world.failed(event, json!({"timestamp": second - 31 * 86_400})),
            "timestamp is more than 30 days ago."
        );
    }
}
