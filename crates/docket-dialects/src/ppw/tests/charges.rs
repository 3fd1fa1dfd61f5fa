//! Bids, completions, invoice lines.

use super::*;
use docket_core::order::{Charge, ChargeKind, Stage};

fn with_tasks(world: &World) -> Arc<Order> {
    let task = |name: &str, key: Option<&str>| Task {
        name: name.to_owned(),
        key: key.map(str::to_owned),
        quantity: Some(1.0),
        unit_price: Some(5.0),
        ..Task::default()
    };
    let tasks = vec![task("Mow", None), task("Trim", Some("T-9"))];
    let command = Command::default().with(Field::Number, "N-1").with(Field::Tasks, Held::Tasks(tasks));
    world.submit(&world.other(), Target::New, command)
}

fn charges(world: &World, order: &Order) -> Vec<(String, Charge)> {
    world.order(order.serial).charges().map(|(item, charge)| (item.id.clone(), charge.clone())).collect()
}

fn service(id: u128, name: &str, parent: Option<u128>) -> docket_core::catalogue::Service {
    use docket_core::catalogue::ServiceKind;
    docket_core::catalogue::Service {
        id: Uuid::from_u128(id),
        slug: name.to_lowercase(),
        name: name.to_owned(),
        kind: if parent.is_some() { ServiceKind::Product } else { ServiceKind::Additional },
        parent: parent.map(Uuid::from_u128),
        active: true,
        ordering: 0,
        data: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn the_list_of_an_order() {
    let world = World::new();
    let order = with_tasks(&world);
    let list = world.done("get_invoice_items_order", json!({"report_id": order.serial.0}));
    assert_eq!(list, json!({"0": "", "1": "Mow", "2": "Trim", "other": "Other"}));
    let names: Vec<_> = list.as_object().unwrap().keys().collect();
    assert_eq!(names, ["0", "1", "2", "other"], "the order of entries matters to readers");
    for entry in [service(5, "Spa", None), service(6, "Massage", Some(5)), service(7, "Beer", Some(8))] {
        world.ledger.add_service(entry);
    }
    let spa = Command::default().with(Field::Service, Uuid::from_u128(5).to_string());
    let order = world.submit(&world.other(), Target::New, spa);
    let list = world.done("get_invoice_items_order", json!({"report_id": order.serial.0}));
    let (spa, massage) = (Uuid::from_u128(5).to_string(), Uuid::from_u128(6).to_string());
    assert_eq!(list, json!({"0": "", spa: "Spa", massage.clone(): "Massage", "other": "Other"}));
    let bid = json!({"dst_report_id": order.serial.0, "dest_invoice_item_id": massage, "qty_bid": "1", "remote_id": 1});
    world.done("send_bid_comp", bid);
    let (_, charge) = &charges(&world, &order)[0];
    assert_eq!((charge.item.as_deref(), charge.description.as_str()), (Some(massage.as_str()), "Massage"));
    assert_eq!(world.failed("get_invoice_items_order", json!({})), "report_id is missing.");
    let unknown = world.failed("get_invoice_items_order", json!({"report_id": 4711}));
    assert_eq!(unknown, "There is no work order with report_id 4711.");
}

fn item(order: &Order) -> Value {
    json!({
        "dst_report_id": order.serial.to_string(), "dest_invoice_item_id": "2", "src_invoice_item_id": "881",
        "invoice_item_desc": "Trim shrubs", "qty_bid": "3.00", "client_price_bid": "1,050.50", "bid_note": "overgrown",
        "qty_comp": "", "comp_note": "", "photo_flag_data": [{"file_id": "77", "work_type": "b", "stage": "b"}],
        "remote_id": "r-1", "total_items": 2, "cur_index": 1,
    })
}

#[test]
fn bids_and_completions_are_kept_once() {
    let world = World::new();
    let order = with_tasks(&world);
    for _ in 0..2 {
        assert_eq!(world.done("send_bid_comp", item(&order)), Value::Null);
    }
    let kept = charges(&world, &order);
    let bid = Charge {
        kind: ChargeKind::Bid,
        item: Some("T-9".to_owned()),
        description: "Trim shrubs".to_owned(),
        quantity: Some(3.0),
        unit_price: Some(1050.5),
        comment: "overgrown".to_owned(),
        flat_fee: false,
        photos: vec!["77".to_owned()],
    };
    assert_eq!(kept, [("bid:r-1".to_owned(), bid)]);
    assert_eq!(world.order(order.serial).revision, Revision(2));
    assert!(world.order(order.serial).fields.tasks.iter().all(|task| !task.done), "a bid does nothing yet");
    // The photo comes after the bid that shows it.
    world.ledger.add_remote("https://a/1.jpg", "", b"x".to_vec());
    let file = json!({"dst_report_id": order.serial.0, "file_id": 77, "s3_url": "https://a/1.jpg"});
    world.done("send_file", file);
    let stage = || world.order(order.serial).attachments().next().unwrap().1.stage;
    assert_eq!(stage(), Some(Stage::Before));
    // Both in one call, as older senders do; the photo shows the completion.
    let mut both = item(&order);
    both["qty_comp"] = json!(2);
    both["comp_note"] = json!("done");
    both["photo_flag_data"] = json!([{"file_id": 77, "work_type": " C", "stage": "a"}]);
    for _ in 0..2 {
        world.done("send_bid_comp", both.clone());
    }
    let kept = charges(&world, &order);
    assert_eq!(kept.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["bid:r-1", "completion:r-1"]);
    let (bid, completion) = (&kept[0].1, &kept[1].1);
    assert_eq!((bid.photos.len(), completion.photos.len(), completion.quantity), (0, 1, Some(2.0)));
    assert_eq!((completion.unit_price, completion.comment.as_str()), (None, "done"));
    assert_eq!(stage(), Some(Stage::After));
    let kept = world.order(order.serial);
    assert_eq!(kept.attachments().next().unwrap().1.task.as_deref(), Some("Trim"));
    assert_eq!(kept.fields.tasks.iter().map(|task| task.done).collect::<Vec<_>>(), [false, true]);
    // Who has the order is not told that its line items changed, because as line items they did not.
    world
        .ledger
        .connect(connection(3, ACCOUNT, "second", "ppw", &[]), &[("username", "second"), ("password", PASSWORD)]);
    let ask =
        payload("get_all_updates", &json!({"timestamp": "1768400000"})).to_string().replace("\"demo\"", "\"second\"");
    world.post(format!("payload={}", payload_of_second("mark_order_imported", &order)));
    assert_eq!(world.post(format!("payload={ask}"))["result_data"], json!([]));
}

fn payload_of_second(event: &str, order: &Order) -> String {
    payload(event, &json!({"report_id": order.serial.0})).to_string().replace("\"demo\"", "\"second\"")
}

#[test]
fn real_changes_of_line_items_are_told_though_tasks_were_reported_done_since() {
    let world = World::new();
    let order = with_tasks(&world);
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    let mut tasks = order.fields.tasks.clone();
    tasks[0].quantity = Some(4.0);
    world.change(&order, Command::default().with(Field::Tasks, Held::Tasks(tasks.clone())));
    let first = world.done("get_all_updates", json!({}));
    tasks[0].done = true;
    world.change(&order, Command::default().with(Field::Tasks, Held::Tasks(tasks)));
    let second = world.done("get_all_updates", json!({}));
    assert_eq!((first.as_array().unwrap().len(), &first), (1, &second));
    assert_eq!(second[0]["update_value"][0]["qty"], "4.00");
    world.done("ack_transaction", json!({"transaction_id": first[0]["transaction_id"]}));
    assert_eq!(world.done("get_all_updates", json!({})), json!([]));
}

#[test]
fn items_without_an_id_are_told_apart() {
    let world = World::new();
    let order = with_tasks(&world);
    let base = json!({"dst_report_id": order.serial.0, "qty_comp": "1", "invoice_item_desc": "Haul debris"});
    let with = |more: Value| {
        let mut data = base.clone();
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    for more in [
        json!({"src_invoice_item_id": "8", "cur_index": 0}),
        json!({"src_invoice_item_id": "8", "cur_index": 1}),
        json!({"dest_invoice_item_id": "other", "cur_index": 2}),
        json!({}),
    ] {
        for _ in 0..2 {
            world.done("send_bid_comp", with(more.clone()));
        }
    }
    let kept = charges(&world, &order);
    assert_eq!(kept.len(), 4, "{kept:?}");
    assert!(kept.iter().all(|(_, charge)| charge.item.is_none() && charge.description == "Haul debris"));
    // A note alone says which of the two it is.
    world.done("send_bid_comp", json!({"dst_report_id": order.serial.0, "remote_id": 3, "bid_note": "see photos"}));
    assert_eq!(charges(&world, &order)[4].0, "bid:3");
}

#[test]
fn items_that_cannot_be_read_are_refused() {
    let world = World::new();
    let order = with_tasks(&world);
    let bad = |member: &str, value: Value| {
        let mut data = item(&order);
        data[member] = value;
        world.failed("send_bid_comp", data)
    };
    let nothing = json!({"dst_report_id": order.serial.0, "remote_id": 1, "qty_bid": "", "qty_comp": null});
    assert_eq!(world.failed("send_bid_comp", nothing), "qty_bid or qty_comp is missing.");
    assert_eq!(bad("qty_bid", json!("some")), "qty_bid is not a number.");
    assert_eq!(bad("client_price_bid", json!("NaN")), "client_price_bid is not a number.");
    assert_eq!(bad("photo_flag_data", json!("x")), "photo_flag_data is not a list of objects.");
    assert_eq!(bad("photo_flag_data", json!([{"file_id": 1}])), "work_type is neither b nor c.");
    let stage = json!([{"file_id": 1, "work_type": "b", "stage": "x"}]);
    assert_eq!(bad("photo_flag_data", stage), "stage is none of b, i and a.");
    assert_eq!(bad("photo_flag_data", json!([{"work_type": "b"}])), "file_id is missing.");
    assert_eq!(bad("remote_id", json!("x".repeat(256))), "remote_id is too long.");
    assert_eq!(bad("dst_report_id", json!(null)), "dst_report_id is missing.");
    assert_eq!(bad("dst_report_id", json!(4711)), "There is no work order with report_id 4711.");
    assert_eq!(world.order(order.serial).revision, Revision(1));
}

#[test]
fn that_there_is_nothing_is_kept_once() {
    let world = World::new();
    let order = with_tasks(&world);
    for _ in 0..2 {
        assert_eq!(world.done("bid_comp_confirm", json!({"dst_report_id": order.serial.0})), Value::Null);
    }
    let kept = world.order(order.serial);
    assert_eq!((kept.acknowledgements.len(), kept.revision), (1, Revision(2)));
    assert_eq!(world.words(json!({})), ["Unread"], "it is no answer about the order itself");
    assert_eq!(world.failed("bid_comp_confirm", json!({})), "dst_report_id is missing.");
    let unknown = world.failed("bid_comp_confirm", json!({"dst_report_id": 4711}));
    assert_eq!(unknown, "There is no work order with report_id 4711.");
}

#[test]
fn invoice_lines_are_upserted() {
    let world = World::new();
    let order = with_tasks(&world);
    let line = |id: &str, item: &str, quantity: &str, price: &str, described: &str, flat: &str| {
        json!({"line_id": id, "invoice_item_id": item, "quantity": quantity, "price": price, "item_desc": described,
               "flat_fee": flat})
    };
    let invoice = json!({
        "dst_report_id": order.serial.0, "dst_invoice_item_ids": {"11": "1", "12": "***other***"}, "comment": "net 30",
        "invoice_lines": [line("11", "901", "2.00", "10.50", "", "0"), line("12", "902", "1.00", "80.00", "Dump fee", "1")],
    });
    for _ in 0..2 {
        assert_eq!(world.done("send_contractor_invoice", invoice.clone()), Value::Null);
    }
    let kept = charges(&world, &order);
    let seen: Vec<_> = kept
        .iter()
        .map(|(id, c)| (id.as_str(), c.item.as_deref(), c.description.as_str(), c.quantity, c.unit_price, c.flat_fee))
        .collect();
    assert_eq!(
        seen,
        [
            ("line:11", Some("Mow"), "Mow", Some(2.0), Some(10.5), false),
            ("line:12", None, "Dump fee", Some(1.0), Some(80.0), true),
        ]
    );
    assert!(kept.iter().all(|(_, charge)| charge.kind == ChargeKind::Invoice && charge.comment == "net 30"));
    assert_eq!((world.order(order.serial).revision, world.order(order.serial).state), (Revision(2), State::Received));
    // As the vendor's table spells it, one line, updated.
    let again = json!({
        "dst_report_id": order.serial.0, "dst_invoice_item_id": {"11": "2"},
        "invoice_lines": line("11", "901", "3.00", "10.50", "", "0"),
    });
    world.done("send_contractor_invoice", again);
    let kept = charges(&world, &order);
    assert_eq!((kept.len(), kept[0].1.quantity, kept[0].1.item.as_deref()), (2, Some(3.0), Some("T-9")));
    let free = json!({"dst_report_id": order.serial.0, "dst_invoice_item_ids": [],
                      "invoice_lines": [line("13", "other", "1", "2", "Tip", "0")]});
    world.done("send_contractor_invoice", free);
    assert_eq!(charges(&world, &order)[2].1.item, None);
    for (data, said) in [
        (json!({"dst_report_id": order.serial.0}), "invoice_lines is missing."),
        (json!({"dst_report_id": order.serial.0, "invoice_lines": [{"quantity": "1"}]}), "line_id is missing."),
        (
            json!({"dst_report_id": order.serial.0, "invoice_lines": [{"line_id": 1, "price": "much"}]}),
            "price is not a number.",
        ),
        (
            json!({"dst_report_id": 4711, "invoice_lines": [{"line_id": 1}]}),
            "There is no work order with report_id 4711.",
        ),
    ] {
        assert_eq!(world.failed("send_contractor_invoice", data), said);
    }
}
