//! What comes back from an importer.

use super::*;

#[test]
fn notes_are_kept_once() {
    let world = World::new();
    let order = world.create("N-1");
    let sent = json!({
        "dst_report_id": order.serial.to_string(), "org_name": "Crew Co", "module_type": "job_notes",
        "note": [
            {"note_id": 17, "note_type": "wo", "note_text": "Done – 2 °C",
             "insert_date": "2026-01-15T08:00:00+01:00", "has_attachments": false},
            {"note_id": "18", "note_type": " PROP ", "note_text": "Dog", "insert_date": "2026-01-15 07:30:00",
             "org_name": "Ann", "note_rev": "17", "has_attachments": true},
            {"note_id": "19", "note_type": "wo", "note_text": "Whenever", "insert_date": "yesterday"},
        ],
    });
    for _ in 0..2 {
        assert_eq!(world.done("send_notes", sent.clone()), Value::Null);
    }
    let kept = world.order(order.serial);
    let seen: Vec<_> =
        kept.notes().map(|(i, n)| (i.id.as_str(), n.site_wide, n.text.as_str(), i.author.as_str())).collect();
    assert_eq!(
        seen,
        [("17", false, "Done – 2 °C", "Crew Co"), ("18", true, "Dog", "Ann"), ("19", false, "Whenever", "Crew Co"),]
    );
    let times: Vec<_> = kept.items.iter().map(|note| note.at.to_string()).collect();
    assert_eq!(times, ["2026-01-15T07:00:00Z", "2026-01-15T07:30:00Z", "2026-01-15T10:00:00Z"]);
    assert_eq!(world.done("get_all_notes", json!({})), json!([]), "not back to who sent them");
    assert_eq!(world.done("get_notes", json!({"report_id": order.serial.0})).as_array().unwrap().len(), 3);
    // As the vendor's sample spells it, and a single note.
    let sample =
        json!({"dst_report_id": order.serial.0, "notes": {"note_id": 20, "note_type": "wo", "note_text": "x"}});
    world.done("send_notes", sample);
    assert_eq!(world.order(order.serial).items.len(), 4);
}

#[test]
fn a_note_that_cannot_be_read_stores_none() {
    let world = World::new();
    let order = world.create("N-1");
    let good = json!({"note_id": 1, "note_type": "wo", "note_text": "x"});
    for (bad, said) in [
        (json!({"note_type": "wo", "note_text": "x"}), "note_id is missing."),
        (json!({"note_id": 2, "note_text": "x"}), "note_type is missing."),
        (json!({"note_id": 2, "note_type": "wo", "note_text": " "}), "note_text is missing."),
        (json!({"note_id": 2, "note_type": "all", "note_text": "x"}), "note_type is neither wo nor prop."),
        (json!("x"), "note is not a list of objects."),
    ] {
        let data = json!({"dst_report_id": order.serial.0, "note": [good, bad]});
        assert_eq!(world.failed("send_notes", data), said);
    }
    assert_eq!(world.failed("send_notes", json!({"dst_report_id": order.serial.0})), "note is missing.");
    assert_eq!(world.failed("send_notes", json!({"note": []})), "dst_report_id is missing.");
    let many = vec![good.clone(); 1001];
    let many = json!({"dst_report_id": order.serial.0, "note": many});
    assert_eq!(world.failed("send_notes", many), "note holds more than 1000 entries.");
    let elsewhere = json!({"dst_report_id": 4711, "note": [good]});
    assert_eq!(world.failed("send_notes", elsewhere), "There is no work order with report_id 4711.");
    assert_eq!(world.order(order.serial).revision, Revision(1));
}

#[test]
fn ready_for_office_completes() {
    let world = World::new();
    let order = world.create("N-1");
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    world.at("2026-01-15T15:04:00Z");
    let ready = |status: &str| {
        json!({
            "error": [],
            "cell_updates": [{"report_id": order.serial.to_string(), "cell_id": "wo_status", "new_value": status,
                              "class": "wo_status__ready"}],
            "error_reportid": [], "records_updated": "1", "ready_update": "01-15-2026 03:04 PM by demo",
            "log_code": "00000000-0000-0000-0000-000000000001",
        })
    };
    let data = json!({"dst_report_id": order.serial.to_string()});
    assert_eq!(world.done("send_ready_for_office", data.clone()), ready("Ready for Office"));
    let kept = world.order(order.serial);
    assert_eq!((kept.state, kept.fields.completed_at), (State::Completed, Some(world.ledger.now())));
    assert_eq!(world.done("get_order", json!({"report_id": order.serial.0}))["wo_status"], "Ready for Office");
    assert_eq!(world.done("send_ready_for_office", data.clone()), ready("Ready for Office"));
    assert_eq!(world.order(order.serial).revision, kept.revision);
    let since = json!({"timestamp": world.ledger.now().as_second()});
    assert_eq!(world.done("get_all_updates", since.clone()), json!([]), "it is no news to who did it");
    assert!(world.words(since.clone()).is_empty());
    world.change(&order, Command::default().moving(Transition::Invoice));
    assert_eq!(world.words(since), ["Complete"]);
    assert_eq!(world.done("send_ready_for_office", data), ready("Invoiced"));
}

#[test]
fn a_refusal_is_said_within_success() {
    let world = World::new();
    let order = world.create("N-1");
    world.change(&order, Command::default().moving(Transition::Cancel));
    let answer = world.done("send_ready_for_office", json!({"dst_report_id": order.serial.0}));
    assert_eq!(
        (&answer["error"], &answer["records_updated"], &answer["error_reportid"]),
        (
            &json!(["The work order was not changed: an order that is canceled cannot complete."]),
            &json!("0"),
            &json!([order.serial.to_string()])
        )
    );
    assert_eq!(world.order(order.serial).state, State::Canceled);
    let said = world.failed("send_ready_for_office", json!({"dst_report_id": 4711}));
    assert_eq!(said, "There is no work order with report_id 4711.");
    assert_eq!(world.failed("send_ready_for_office", json!({})), "dst_report_id is missing.");
}

#[test]
fn whatever_is_sent_again_is_kept_once() {
    let world = World::new();
    let task = Task { name: "Mow".to_owned(), ..Task::default() };
    let command = Command::default().with(Field::Number, "N-1").with(Field::Tasks, Held::Tasks(vec![task]));
    let order = world.submit(&world.other(), Target::New, command);
    world.ledger.add_remote("https://a/1.jpg", "", b"x".to_vec());
    let sends = [
        (
            "send_notes",
            json!({"note": [{"note_id": 1, "note_type": "prop", "note_text": "x", "insert_date": "2026-01-15"}]}),
        ),
        ("send_file", json!({"file_id": 7, "file_area": 0, "s3_url": "https://a/1.jpg"})),
        (
            "send_pcr_answers",
            json!({"pcr_form_id": 3, "pcr_form_rows": [{"pcr_question_id": 1, "varchar_value": "x"}]}),
        ),
        (
            "send_photo_flag",
            json!({"pcr_form_id": 3, "question_data": [{"file_id": 7, "pcr_question_id": 1, "work_type": "pc"}]}),
        ),
        (
            "send_bid_comp",
            json!({"dest_invoice_item_id": "1", "remote_id": 5, "qty_bid": "1", "qty_comp": "1",
                                 "photo_flag_data": [{"file_id": 7, "work_type": "c", "stage": "a"}]}),
        ),
        ("bid_comp_confirm", json!({})),
        ("send_contractor_invoice", json!({"invoice_lines": [{"line_id": 1, "quantity": "1", "price": "2.00"}]})),
        ("send_checkin", json!({"checkin_data": {"checkin_ts": "2026-01-15 09:00:00", "gps_lat": 1, "gps_lng": 2}})),
        ("send_ready_for_office", json!({})),
    ];
    for (event, mut data) in sends {
        data["dst_report_id"] = json!(order.serial.to_string());
        let before = world.order(order.serial).revision;
        world.done(event, data.clone());
        let kept = world.order(order.serial);
        assert_eq!(kept.revision, Revision(before.0 + 1), "{event}");
        world.ledger.set_now(world.ledger.now() + std::time::Duration::from_secs(60));
        for _ in 0..2 {
            world.done(event, data.clone());
            assert_eq!(*world.order(order.serial), *kept, "{event}");
        }
    }
    let kept = world.order(order.serial);
    let places: Vec<i64> = kept.items.iter().map(|item| item.place).collect();
    assert_eq!((places, kept.state), (vec![1, 2, 3, 4, 5, 6, 7], State::Completed));
}
