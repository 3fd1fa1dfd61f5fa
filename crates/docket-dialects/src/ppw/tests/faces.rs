//! Whole orders, wherever they came from.

use super::*;

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
fn the_face_is_the_order_as_an_importer_gets_it() {
    let world = World::new();
    let order = world.create("N-1");
    let random = || 7;
    let cx = ServeContext {
        ledger: &world.ledger,
        now: world.ledger.now(),
        exchange: ExchangeId(Uuid::from_u128(1)),
        memory: &world.memory,
        planner: &crate::planner::OnTheSpot,
        random: &random,
    };
    let user = Caller::user(ACCOUNT, "ann");
    let face: Value = serde_json::from_str(&now(DIALECT.serve.face(cx, &user, &order))).unwrap();
    let whole = world.done("get_order", json!({"report_id": order.serial.0}));
    assert_eq!(face, whole);
    // What came back from the field stands beside it, under the names of the events that show it.
    let note = docket_core::order::Note { text: "Gate is locked".to_owned(), ..docket_core::order::Note::default() };
    let file = docket_core::order::Attachment { name: "a.jpg".to_owned(), ..docket_core::order::Attachment::default() };
    let item = |body: docket_core::order::Body| {
        docket_core::order::Item::new("1", Origin::default(), world.ledger.now(), body).by("XFS")
    };
    let order = world.change(&order, Command { put: vec![item(note.into()), item(file.into())], ..Command::default() });
    let mut face: Value = serde_json::from_str(&now(DIALECT.serve.face(cx, &user, &order))).unwrap();
    let number = order.serial.0 * 100_000;
    assert_eq!(
        face.as_object_mut().unwrap().shift_remove("get_notes").unwrap(),
        json!([{"note_id": number + 1, "note_type": "wo", "note_text": "Gate is locked", "insert_by": "XFS",
                "insert_date": "2026-01-15 10:00:00"}])
    );
    assert_eq!(
        face.as_object_mut().unwrap().shift_remove("get_file").unwrap(),
        json!([{"file_id": number + 2, "file_name": "a.jpg", "file_type": "", "file_size": "0", "file_desc": "",
                "module_type": "uploads"}])
    );
    assert_eq!(face, whole);
}
