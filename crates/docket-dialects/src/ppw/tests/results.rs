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
        (&json!(["an order that is canceled cannot complete"]), &json!("0"), &json!([order.serial.to_string()]))
    );
    assert_eq!(world.order(order.serial).state, State::Canceled);
    let said = world.failed("send_ready_for_office", json!({"dst_report_id": 4711}));
    assert_eq!(said, "There is no work order with report_id 4711.");
    assert_eq!(world.failed("send_ready_for_office", json!({})), "dst_report_id is missing.");
}
