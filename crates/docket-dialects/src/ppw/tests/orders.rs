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
fn an_order_of_another_dialect_has_every_member() {
    let world = World::new();
    let task = |name: &str, quantity, unit_price, add: Option<&str>| Task {
        name: name.to_owned(),
        quantity,
        unit_price,
        instructions: add.map(str::to_owned),
        ..Task::default()
    };
    let tasks = vec![task("Mow", Some(2.0), Some(12.5), Some("front")), task("Trim", None, None, None)];
    let command = Command::default()
        .with(Field::Number, "N-1")
        .with(Field::Address1, "111 East Main")
        .with(Field::Address2, "Unit 4")
        .with(Field::City, "Round Rock")
        .with(Field::Region, "TX")
        .with(Field::PostalCode, "78664")
        .with(Field::Instructions, "Mow it")
        .with(Field::WorkInfo, "Lockbox 1234")
        .with(Field::Due, "2026-02-03T21:59:00Z".parse::<Timestamp>().unwrap())
        .with(Field::Reference, "L-77")
        .with(Field::Person, "bob")
        .with(Field::Tasks, Held::Tasks(tasks));
    let order = world.submit(&world.other(), Target::New, command);
    let serial = order.serial.to_string();
    let mut whole = world.done("get_order", json!({"report_id": serial}));
    let id = whole.as_object_mut().unwrap().shift_remove("transaction_id").unwrap();
    assert!(Transaction::read(id.as_str().unwrap()).is_some());
    assert_eq!(
        whole,
        json!({
            "wo_number": "N-1", "client_company_alias": "acme", "cust_text": "", "loan_number": "L-77",
            "loan_type_other": "", "date_received": "20260115", "date_due": "20260203", "start_date": "",
            "address": "111 East Main, Unit 4", "city": "Round Rock", "state": "TX", "zip": "78664",
            "comments": "Mow it\nLockbox 1234", "work_type_alias": "Mow", "mortgage_name": "",
            "line_items": [
                {"desc": "Mow", "qty": "2.00", "price": "12.50", "total": "25.00", "add": "front"},
                {"desc": "Trim", "qty": "1.00", "price": "0.00", "total": "0.00", "add": ""},
            ],
            "pcr_forms": [], "ppw_report_id": serial, "import_user_id": null, "key_values": {}, "lot_size": "",
            "lock_code": "", "key_code": "", "broker_name": null, "broker_company": null, "broker_phone": null,
            "broker_email": null, "wo_status": "Unread", "has_foh": false, "vendor_id": "bob",
        })
    );
}

#[test]
fn numbers_can_be_numbers() {
    let world = World::with(&[("numeric_ids", "true"), ("client_company", "Our Bank")]);
    let task = Task { name: "Mow".to_owned(), unit_price: Some(12.5), ..Task::default() };
    let order =
        world.submit(&world.other(), Target::New, Command::default().with(Field::Tasks, Held::Tasks(vec![task])));
    let listed = world.done("get_all_orders", json!({}))[0].clone();
    assert_eq!((&listed["report_id"], &listed["org_wo_num"]), (&json!(order.serial.0), &json!(0)));
    assert_eq!(listed["wo_number"], order.serial.to_string(), "an order without a number goes by its serial");
    let whole = world.done("get_order", json!({"report_id": order.serial.0}));
    assert_eq!(whole["ppw_report_id"], json!(order.serial.0));
    assert_eq!(whole["line_items"][0]["total"], json!(12.5));
    assert_eq!(whole["client_company_alias"], "Our Bank");
}

#[test]
fn what_came_in_this_dialect_goes_out_as_it_came() {
    let world = World::new();
    let sent = json!({
        "wo_number": " GC-4410 ", "client_company_alias": "FNMA West", "cust_text": 77, "loan_number": "",
        "loan_type_other": "FHA", "date_received": "20251224", "date_due": "2026-01-20", "start_date": "",
        "address": "5 Elm Ct", "city": "Austin", "state": "TX", "zip": "78701", "comments": "Gate code 9",
        "work_type_alias": "Grass Cut", "mortgage_name": "Acme Mortgage",
        "line_items": [{"desc": "Mow", "qty": "1", "price": "25.0", "total": "25", "add": "", "own": true}],
        "pcr_forms": [{"pcr_form_id": "3", "form_ver_id": "1", "form_required": "1"}], "import_user_id": "8",
        "key_values": {"bg_checkin_provider": "ags"}, "lot_size": "0.5", "lock_code": "A35", "key_code": "",
        "broker_name": "Ann", "broker_company": null, "broker_phone": "512", "broker_email": "a@b.example",
        "wo_status": "unread", "has_foh": true, "vendor_id": "crew7", "future_member": {"a": [1, 2]},
    });
    let fields = map::order_from_wire(sent.as_object().unwrap());
    let bag = Some((ID.to_owned(), Some(sent.to_string())));
    let command = Command { wire: bag, ..Command::default().with_fields(&fields) };
    let caller = Caller::connection(Arc::clone(&world.importer));
    // A vendor is an assignee: keep the order where its status says it is.
    let order = world.submit(&caller, Target::New, Command { to: Some(Move::Become(State::Received)), ..command });
    let whole = world.done("get_order", json!({"report_id": order.serial.0}));
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&whole[name], value, "{name}");
    }
    let names: Vec<_> = whole.as_object().unwrap().keys().collect();
    assert_eq!(names.last().unwrap().as_str(), "future_member");

    let command = Command::default().with(Field::City, "Round Rock").with(Field::Instructions, "Gate code 8");
    world.change(&order, command.moving(Transition::Start));
    let changed = world.done("get_order", json!({"report_id": order.serial.0}));
    assert_eq!((&changed["city"], &changed["comments"]), (&json!("Round Rock"), &json!("Gate code 8")));
    assert_eq!((&changed["wo_status"], &changed["date_due"]), (&json!("In Field"), &json!("2026-01-20")));
}

/// An order as another PPW Link source would give it, with every member that has a canonical home.
fn seeded(world: &World) -> (Arc<Order>, Value) {
    let sent = json!({
        "wo_number": "GC-1", "client_company_alias": "FNMA", "cust_text": "Ann", "loan_number": "L1",
        "date_due": "2026-01-20", "start_date": "2026-01-18", "address": "5 Elm Ct", "city": "Austin", "state": "TX",
        "zip": "78701", "comments": "Gate code 9", "work_type_alias": "Grass Cut", "lot_size": "0.5",
        "lock_code": "A35", "key_code": "K1", "vendor_id": "crew7", "line_items": [{"desc": "Mow", "qty": 1}],
    });
    let fields = map::order_from_wire(sent.as_object().unwrap());
    let wire = Some((ID.to_owned(), Some(sent.to_string())));
    let command = Command { wire, ..Command::default() }.with_fields(&fields);
    (world.submit(&Caller::connection(Arc::clone(&world.importer)), Target::New, command), sent)
}

#[test]
fn a_spelling_is_shown_only_while_it_means_what_the_order_says() {
    let time: Timestamp = "2026-03-04T00:00:00Z".parse().unwrap();
    let task = Task { name: "Trim".to_owned(), quantity: Some(2.0), unit_price: Some(0.0), ..Task::default() };
    let world = World::new();
    let (order, sent) = seeded(&world);
    let mapped: Vec<Field> = Field::ALL.iter().copied().filter(|f| order.fields.get(*f) != Held::Null).collect();
    assert_eq!(mapped.len(), sent.as_object().unwrap().len());
    for field in mapped {
        let value = match field {
            Field::Due | Field::Start => Held::Time(time),
            Field::Tasks => Held::Tasks(vec![task.clone()]),
            _ => Held::Text("changed".to_owned()),
        };
        for value in [value, Held::Null] {
            let world = World::new();
            let (order, sent) = seeded(&world);
            let before = world.done("get_order", json!({"report_id": order.serial.0}));
            world.change(&order, Command::default().with(field, value.clone()));
            let after = world.done("get_order", json!({"report_id": order.serial.0}));
            let read = map::order_from_wire(after.as_object().unwrap());
            // Names stand in for what an order must have.
            let stands_in = matches!(field, Field::Number | Field::ClientCompany | Field::Service);
            if value != Held::Null || !stands_in {
                assert_eq!(read.get(field), value, "{field:?}: {after}");
            }
            let differs = |name: &&String| before[name.as_str()] != after[name.as_str()];
            assert_eq!(sent.as_object().unwrap().keys().filter(differs).count(), 1, "{field:?}");
        }
    }
}

#[test]
fn windows_and_instructions_of_other_dialects_are_shown() {
    let world = World::new();
    let order = world.create("N-1");
    let moment = |text: &str| text.parse::<Timestamp>().unwrap();
    let command = Command::default()
        .with(Field::WindowFrom, moment("2026-02-01T08:00:00Z"))
        .with(Field::WindowTo, moment("2026-02-02T18:00:00Z"))
        .with(Field::Instructions, "Mow it");
    world.change(&order, command);
    let client = Command::default().with(Field::ClientInstructions, "Ring first").with(Field::WorkInfo, "Box 12");
    world.submit(&world.other(), Target::Serial(order.serial), client);
    let whole = world.done("get_order", json!({"report_id": order.serial.0}));
    assert_eq!((&whole["start_date"], &whole["date_due"]), (&json!("20260201"), &json!("20260202")));
    assert_eq!(whole["comments"], "Mow it\nRing first\nBox 12");
}

#[test]
fn a_seeded_rtv_is_shown_only_while_the_work_is_sent_back() {
    let world = World::new();
    let wire = Some((ID.to_owned(), Some(json!({"wo_status": "RTV"}).to_string())));
    let command = Command { wire, to: Some(Move::Become(State::Waiting)), ..Command::default() };
    let order = world.submit(&world.other(), Target::New, command.with(Field::Rework, true));
    let word = || world.done("get_order", json!({"report_id": order.serial.0}))["wo_status"].clone();
    assert_eq!(word(), "RTV");
    world.change(&order, Command::default().with(Field::Rework, false));
    assert_eq!(word(), "Follow Up");
}

#[test]
fn services_are_named_and_titles_help_out() {
    let world = World::new();
    let service = docket_core::catalogue::Service {
        id: Uuid::from_u128(5),
        slug: "spa".to_owned(),
        name: "Spa".to_owned(),
        kind: docket_core::catalogue::ServiceKind::Additional,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: world.ledger.now(),
        updated_at: world.ledger.now(),
    };
    world.ledger.add_service(service);
    let alias = |command: Command| {
        let order = world.submit(&world.other(), Target::New, command);
        world.done("get_order", json!({"report_id": order.serial.0}))["work_type_alias"].clone()
    };
    assert_eq!(alias(Command::default().with(Field::Service, Uuid::from_u128(5).to_string())), "Spa");
    assert_eq!(alias(Command::default().with(Field::Service, Uuid::from_u128(6).to_string())), "");
    assert_eq!(alias(Command::default().with(Field::Service, "Grass Cut")), "Grass Cut");
    assert_eq!(alias(Command::default().with(Field::Title, "Deliver")), "Deliver");
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

#[test]
fn the_face_is_the_order_as_an_importer_gets_it() {
    let world = World::new();
    let order = world.create("N-1");
    let random = || 7;
    let cx = ServeContext {
        ledger: &world.ledger,
        now: world.ledger.now(),
        exchange: ExchangeId(Uuid::from_u128(1)),
        memory: &world.memory,
        random: &random,
    };
    let user = Caller::user(ACCOUNT, "ann");
    let face: Value = serde_json::from_str(&now(DIALECT.serve.face(cx, &user, &order))).unwrap();
    assert_eq!(face, world.done("get_order", json!({"report_id": order.serial.0})));
}
