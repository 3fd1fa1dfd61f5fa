//! What an importer hears about orders it has.

use super::*;

/// An order that was imported, and a moment after that.
fn imported(world: &World) -> (Arc<Order>, i64) {
    let order = world.create("N-1");
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    let since = world.at("2026-01-15T11:00:00Z");
    (world.order(order.serial), since)
}

fn ack(world: &World, element: &Value) {
    world.done("ack_transaction", json!({"transaction_id": element["transaction_id"]}));
}

#[test]
fn each_changed_member_is_one_update() {
    let world = World::new();
    let (order, since) = imported(&world);
    let due: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let command = Command::default().with(Field::City, "Austin").with(Field::Due, due).with(Field::Title, "unseen");
    world.change(&order, command);
    let updates = world.done("get_all_updates", json!({"timestamp": since.to_string()}));
    let row = |place: usize, member: &str, value: &str| {
        json!({
            "report_id": order.serial.to_string(), "wo_number": "N-1", "org_wo_num": "0", "wo_status": "Update",
            "transaction_id": updates[place]["transaction_id"], "update_field": member, "update_value": value,
        })
    };
    assert_eq!(updates, json!([row(0, "city", "Austin"), row(1, "date_due", "20260201")]));
    assert_ne!(updates[0]["transaction_id"], updates[1]["transaction_id"]);
    for data in [json!({}), json!({"timestamp": since})] {
        assert_eq!(world.done("get_all_orders", data.clone()), updates, "inline, the same objects");
        assert_eq!(world.done("get_all_updates", data), updates);
    }
    assert_eq!(world.done("get_all_updates", json!({"timestamp": since + 1})), json!([]));

    ack(&world, &updates[0]);
    assert_eq!(world.done("get_all_updates", json!({})), json!([row(1, "date_due", "20260201")]));
    ack(&world, &updates[1]);
    assert_eq!(world.done("get_all_updates", json!({})), json!([]));
    assert_eq!(world.words(json!({})), ["In Field"]);
    assert_eq!(world.order(order.serial).acknowledgements.len(), 2);

    world.change(&order, Command::default().with(Field::City, "Round Rock"));
    let again = world.done("get_all_updates", json!({}));
    assert_eq!((again.as_array().unwrap().len(), &again[0]["update_value"]), (1, &json!("Round Rock")));
    assert_ne!(again[0]["transaction_id"], updates[0]["transaction_id"], "a new change, a new id");
}

#[test]
fn every_updatable_member_is_reported() {
    let world = World::new();
    let (order, _) = imported(&world);
    let time: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let task = Task { name: "Mow".to_owned(), ..Task::default() };
    let mut command = Command::default().with(Field::Tasks, Held::Tasks(vec![task]));
    for field in map::UPDATABLE.iter().flat_map(|updatable| updatable.fields) {
        command = match field {
            Field::Tasks => command,
            Field::Due | Field::Start | Field::WindowTo | Field::WindowFrom => command.with(*field, time),
            _ => command.with(*field, format!("new {}", field.name())),
        };
    }
    world.change(&order, command);
    let updates = world.done("get_all_updates", json!({}));
    let whole = world.done("get_order", json!({"report_id": order.serial.0}));
    let mut members: Vec<_> = updates.as_array().unwrap().iter().map(|u| u["update_field"].as_str().unwrap()).collect();
    for update in updates.as_array().unwrap() {
        assert_eq!(update["update_value"], whole[update["update_field"].as_str().unwrap()]);
    }
    assert_eq!(updates[12]["update_value"][0]["desc"], "Mow");
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "address",
            "city",
            "comments",
            "cust_text",
            "date_due",
            "key_code",
            "line_items",
            "loan_number",
            "lock_code",
            "lot_size",
            "start_date",
            "state",
            "vendor_id",
            "zip",
        ]
    );
}

#[test]
fn changes_before_the_import_are_in_the_order_already() {
    let world = World::new();
    let order = world.create("N-1");
    world.change(&order, Command::default().with(Field::City, "Austin"));
    assert_eq!(world.words(json!({})), ["Unread"]);
    assert_eq!(world.done("get_all_updates", json!({})), json!([]));
    world.at("2026-01-15T10:30:00Z");
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    assert_eq!(world.done("get_all_updates", json!({})), json!([]));
    assert_eq!(world.words(json!({})), ["In Field"]);
}

#[test]
fn importers_that_never_say_so_hear_of_changes_unless_they_refused() {
    let world = World::new();
    let order = world.create("N-1");
    let id = world.done("get_all_orders", json!({}))[0]["transaction_id"].clone();
    let since = world.at("2026-01-15T11:00:00Z");
    world.change(&order, Command::default().with(Field::City, "Austin"));
    assert_eq!(world.words(json!({"timestamp": since})), ["Unread"], "until imported it is new");
    let updates = world.done("get_all_updates", json!({"timestamp": since}));
    assert_eq!(updates[0]["update_value"], "Austin");
    world.done("ack_transaction", json!({"transaction_id": id, "success": false, "error_msg": "Duplicate"}));
    assert_eq!(world.done("get_all_updates", json!({"timestamp": since})), json!([]));
    world.change(&order, Command::default().moving(Transition::Cancel));
    assert_eq!(world.done("get_all_orders", json!({"timestamp": since})), json!([]));
}

#[test]
fn what_was_there_from_the_start_is_no_update() {
    let world = World::new();
    let since = world.ledger.now().as_second() - 60;
    let command = Command::default().with(Field::City, "Austin").with(Field::Rework, true);
    let order = world.submit(&world.other(), Target::New, command);
    assert_eq!(world.done("get_all_updates", json!({"timestamp": since})), json!([]));
    world.change(&order, Command::default().with(Field::City, "Round Rock"));
    let updates = world.done("get_all_updates", json!({"timestamp": since}));
    assert_eq!((updates.as_array().unwrap().len(), &updates[0]["update_field"]), (1, &json!("city")));
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    assert_eq!(world.done("get_all_updates", json!({"timestamp": since})), updates);
    assert_eq!(world.done("get_all_updates", json!({})), json!([]), "the import came after it");
}

#[test]
fn work_sent_back_is_rtv_until_acknowledged() {
    let world = World::new();
    let (order, since) = imported(&world);
    world.change(&order, Command::default().with(Field::Rework, true).with(Field::Outcome, "Photos are missing"));
    let listing = world.done("get_all_orders", json!({"timestamp": since}));
    assert_eq!((&listing[0]["wo_status"], &listing[0]["update_value"]), (&json!("RTV"), &json!("Photos are missing")));
    assert_eq!(world.done("get_all_updates", json!({})), listing);
    assert_eq!(world.done("get_order", json!({"report_id": order.serial.0}))["wo_status"], "RTV");
    ack(&world, &listing[0]);
    assert_eq!(world.words(json!({})), ["Follow Up"], "asked once");
    assert_eq!(world.done("get_all_updates", json!({})), json!([]));
    world.change(&order, Command::default().with(Field::Rework, false));
    assert_eq!(world.words(json!({})), ["In Field"]);
    world.change(&order, Command::default().with(Field::Rework, true));
    assert_eq!(world.words(json!({})), ["RTV"], "sent back again");
}

#[test]
fn work_sent_back_twice_is_rtv_twice() {
    let world = World::new();
    let (order, since) = imported(&world);
    world.change(&order, Command::default().with(Field::Rework, true));
    ack(&world, &world.done("get_all_orders", json!({}))[0]);
    world.done("send_ready_for_office", json!({"dst_report_id": order.serial.0}));
    // The mark is still up; what sends the work back now is that the order is opened again.
    let order = world.change(&order, Command::default().with(Field::Rework, true).moving(Transition::Reopen));
    for data in [json!({}), json!({"timestamp": since})] {
        assert_eq!(world.words(data.clone()), ["RTV"], "{data}");
        assert_eq!(world.done("get_all_updates", data)[0]["wo_status"], "RTV");
    }
    ack(&world, &world.done("get_all_updates", json!({}))[0]);
    world.change(&order, Command::default().moving(Transition::Start));
    assert_eq!(world.words(json!({})), ["Follow Up"], "asked once more, and once");
}

#[test]
fn completion_and_cancellation_are_told_until_acknowledged() {
    for (transitions, word) in [
        (vec![Transition::Complete], "Complete"),
        (vec![Transition::Complete, Transition::Submit], "Complete"),
        (vec![Transition::Complete, Transition::Invoice], "Complete"),
        (vec![Transition::Close], "Complete"),
        (vec![Transition::Cancel], "Cancel"),
    ] {
        let world = World::new();
        let (order, since) = imported(&world);
        for transition in transitions {
            world.change(&order, Command::default().moving(transition));
        }
        let listing = world.done("get_all_orders", json!({"timestamp": since}));
        assert_eq!((listing.as_array().unwrap().len(), &listing[0]["wo_status"]), (1, &json!(word)));
        assert_eq!(world.done("get_all_updates", json!({"timestamp": since})), listing);
        assert!(world.words(json!({})).is_empty(), "no longer open");
        ack(&world, &listing[0]);
        assert!(world.words(json!({"timestamp": since})).is_empty());
        world.at("2026-01-15T12:00:00Z");
        world.change(&order, Command::default().moving(Transition::Reopen));
        assert_eq!(world.words(json!({"timestamp": since})), ["In Field"]);
    }
}

#[test]
fn deleted_orders_are_cancelled_for_those_that_have_them_only() {
    let world = World::new();
    let never = world.create("N-0");
    let (order, since) = imported(&world);
    world.change(&never, Command::default().moving(Transition::Delete));
    world.change(&order, Command::default().moving(Transition::Delete));
    let listing = world.done("get_all_orders", json!({"timestamp": since}));
    assert_eq!((listing.as_array().unwrap().len(), &listing[0]["wo_number"]), (1, &json!("N-1")));
    assert_eq!(listing[0]["wo_status"], "Cancel");
    assert_eq!(world.done("get_cancel_orders", json!({"timestamp": since}))[0]["wo_number"], "N-1");
    assert_eq!(
        world.failed("get_order", json!({"report_id": order.serial.0})),
        format!("There is no work order with report_id {}.", order.serial)
    );
    ack(&world, &listing[0]);
}

#[test]
fn cancellation_reaches_clients_that_never_mark_what_they_import() {
    let world = World::new();
    let order = world.create("N-1");
    let since = world.at("2026-01-15T11:00:00Z");
    world.change(&order, Command::default().moving(Transition::Cancel));
    assert_eq!(world.words(json!({"timestamp": since})), ["Cancel"]);
    assert!(world.words(json!({})).is_empty());
}

#[test]
fn states_of_other_dialects_show_as_words() {
    let words = [
        (Transition::Accept, "Accepted"),
        (Transition::Reject, "Rejected"),
        (Transition::Start, "In Field"),
        (Transition::Ask, "Follow Up"),
        (Transition::Fail, "Follow Up"),
    ];
    for (transition, word) in words {
        let world = World::new();
        let order = world.create("N-1");
        world.change(&order, Command::default().moving(transition));
        assert_eq!(world.words(json!({})), ["Unread"], "new to this importer");
        assert_eq!(world.done("get_order", json!({"report_id": order.serial.0}))["wo_status"], word);
        world.done("mark_order_imported", json!({"report_id": order.serial.0}));
        assert_eq!(world.words(json!({})), [word], "importing moves only what was new");
    }
}
