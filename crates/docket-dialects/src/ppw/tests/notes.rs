//! Notes, out.

use super::*;
use docket_core::order::{Item, Note, Origin};

fn note(id: &str, text: &str, site_wide: bool, at: &str) -> Item {
    let note = Note { site_wide, text: text.to_owned(), revises: None };
    Item::new(id, Origin::default(), at.parse().unwrap(), note).by("XFS")
}

fn add(world: &World, order: &Order, note: Item) {
    world.change(order, Command { put: vec![note], ..Command::default() });
}

#[test]
fn new_notes_go_out_once_acknowledged_never_again() {
    let world = World::new();
    let order = world.create("N-1");
    add(&world, &order, note("17", "Gate is locked", false, "2026-01-15T09:00:00Z"));
    let since = world.at("2026-01-15T11:00:00Z");
    // Written earlier, come in later: what counts is when it came in.
    let uuid = "018f0000-0000-7000-8000-000000000001";
    add(&world, &order, note(uuid, "Beware of the dog", true, "2026-01-14T09:00:00Z"));
    let all = world.done("get_all_notes", json!({}));
    let row = |place: usize, id: &str, kind: &str, text: &str| {
        json!({
            "wo_number": "N-1", "note_id": id, "note_type": kind, "note_text": text, "note_from": "XFS",
            "transaction_id": all[place]["transaction_id"],
        })
    };
    let first = row(0, &(order.serial.0 * 100_000 + 1).to_string(), "wo", "Gate is locked");
    let second = row(1, &(order.serial.0 * 100_000 + 2).to_string(), "prop", "Beware of the dog");
    assert_eq!(all, json!([first, second]));
    assert_eq!(world.done("get_all_notes", json!({"timestamp": since})), json!([second]));
    assert_eq!(world.done("get_all_notes", json!({"timestamp": since + 1})), json!([]));
    world.done("ack_transaction", json!({"transaction_id": all[0]["transaction_id"]}));
    assert_eq!(world.done("get_all_notes", json!({})), json!([second]));
    let kept = world.order(order.serial);
    assert_eq!((kept.acknowledgements.len(), kept.imported_by.len()), (1, 0), "a note is not the order");
}

#[test]
fn a_note_refused_before_its_order_was_there_is_told_again() {
    let world = World::new();
    let order = world.create("N-1");
    add(&world, &order, note("17", "Gate is locked", false, "2026-01-15T09:00:00Z"));
    let all = world.done("get_all_notes", json!({}));
    let refusal =
        json!({"transaction_id": all[0]["transaction_id"], "success": false, "error_msg": "Unknown work order."});
    world.done("ack_transaction", refusal);
    assert_eq!(world.order(order.serial).acknowledgements.len(), 1);
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    assert_eq!(world.done("get_all_notes", json!({})), all);
}

#[test]
fn notes_do_not_go_back_to_their_author() {
    let world = World::new();
    let order = world.create("N-1");
    let own = Caller::connection(Arc::clone(&world.importer));
    let mut notes = vec![note("1", "ours", false, "2026-01-15T09:00:00Z")];
    notes[0].origin = map::items::origin(world.importer.id);
    world.submit(&own, Target::Serial(order.serial), Command { put: notes, ..Command::default() });
    assert_eq!(world.done("get_all_notes", json!({})), json!([]));
}

#[test]
fn the_notes_of_one_order() {
    let world = World::new();
    let order = world.create("N-1");
    assert_eq!(world.done("get_notes", json!({"report_id": order.serial.0})), json!([]));
    assert_eq!(world.done("get_job_notes", json!({"report_id": order.serial.0})), json!([]));
    add(&world, &order, note("17", "Gate is locked", false, "2026-01-15T09:00:00Z"));
    add(&world, &order, note("n-2", "Beware", true, "2026-01-15T09:30:05Z"));
    let rows = world.done("get_notes", json!({"report_id": order.serial.to_string(), "remote_report_id": "42"}));
    let row = |id: i64, kind: &str, text: &str, date: &str| {
        json!({
            "note_id": id, "note_rev": 0, "report_id": order.serial.0, "remote_report_id": 42, "note_type": kind,
            "note_text": text, "insert_by": "XFS", "insert_date": date, "org_name": "acme", "has_attachments": "False",
        })
    };
    let derived = order.serial.0 * 100_000 + 2;
    assert_eq!(
        rows,
        json!([
            row(derived - 1, "wo", "Gate is locked", "2026-01-15 09:00:00"),
            row(derived, "prop", "Beware", "2026-01-15 09:30:05"),
        ])
    );
    let plain = world.done("get_job_notes", json!({"report_id": order.serial.0}));
    assert_eq!(
        plain[1],
        json!({
            "report_id": order.serial.0, "note_id": derived, "note_text": "Beware",
            "insert_date": "2026-01-15 09:30:05", "insert_email": null, "insert_by_name": "XFS", "insert_by": "XFS",
        })
    );
    let wrong = json!({"report_id": order.serial.0, "remote_report_id": "x"});
    assert_eq!(world.failed("get_notes", wrong), "remote_report_id is not an unsigned integer.");
}

fn at(number: &str, street: &str) -> Command {
    Command::default().with(Field::Number, number).with(Field::Address1, street).with(Field::City, "Austin")
}

#[test]
fn what_is_said_of_a_property_is_seen_on_all_its_orders() {
    let world = World::new();
    let first = world.submit(&world.other(), Target::New, at("N-1", "5 Elm Ct"));
    let second = world.submit(&world.other(), Target::New, at("N-2", "5  ELM Ct"));
    let elsewhere = world.submit(&world.other(), Target::New, at("N-3", "6 Elm Ct"));
    let put = vec![
        note("1", "Gate code 9", false, "2026-01-15T09:00:00Z"),
        note("2", "Beware of the dog", true, "2026-01-15T09:01:00Z"),
    ];
    world.change(&first, Command { put, ..Command::default() });
    let texts = |order: &Order| -> Vec<String> {
        let rows = world.done("get_notes", json!({"report_id": order.serial.0}));
        assert!(rows.as_array().unwrap().iter().all(|row| row["report_id"] == order.serial.0));
        rows.as_array().unwrap().iter().map(|row| row["note_text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&first), ["Gate code 9", "Beware of the dog"]);
    assert_eq!(texts(&second), ["Beware of the dog"]);
    assert_eq!(texts(&elsewhere), [""; 0]);
    let plain = world.done("get_job_notes", json!({"report_id": second.serial.0}));
    assert_eq!(plain[0]["note_id"], first.serial.0 * 100_000 + 2);
    let all = world.done("get_all_notes", json!({}));
    assert_eq!(all.as_array().unwrap().len(), 2, "told once, however many orders the property has");
}

#[test]
fn a_new_order_inherits_what_was_said_of_its_property() {
    let world = World::new();
    let old = world.submit(&world.other(), Target::New, at("N-1", "5 Elm Ct"));
    add(&world, &old, note("2", "Beware of the dog", true, "2026-01-15T09:01:00Z"));
    world.change(&old, Command::default().moving(Transition::Close));
    let since = world.at("2026-01-15T11:00:00Z");
    assert_eq!(world.done("get_all_notes", json!({"timestamp": since})), json!([]));
    world.submit(&world.other(), Target::New, at("N-2", "5 Elm Ct"));
    let told = world.done("get_all_notes", json!({"timestamp": since}));
    assert_eq!((&told[0]["wo_number"], &told[0]["note_type"]), (&json!("N-2"), &json!("prop")));
    assert_eq!(world.done("get_all_notes", json!({})), told);
    // A note left since with an order that the importer never had goes to one it knows.
    let since = world.at("2026-01-15T12:00:00Z");
    add(&world, &old, note("3", "The dog moved out", true, "2026-01-15T12:00:00Z"));
    let moved = world.done("get_all_notes", json!({"timestamp": since}));
    assert_eq!((&moved[0]["wo_number"], &moved[0]["note_text"]), (&json!("N-2"), &json!("The dog moved out")));
    world.done("ack_transaction", json!({"transaction_id": told[0]["transaction_id"]}));
    assert_eq!(world.done("get_all_notes", json!({})).as_array().unwrap().len(), 1);
}

#[test]
fn revisions_name_the_note_they_revise() {
    let world = World::new();
    let order = world.create("N-1");
    let sent = json!([
        {"note_id": "17", "note_type": "wo", "note_text": "Locked"},
        {"note_id": "n-18", "note_rev": 17, "note_type": "wo", "note_text": "Unlocked"},
        {"note_id": "19", "note_rev": "4", "note_type": "wo", "note_text": "Revises what is not here"},
        {"note_id": "20", "note_rev": 0, "note_type": "wo", "note_text": "Revises nothing"},
    ]);
    world.done("send_notes", json!({"dst_report_id": order.serial.0, "notes": sent}));
    let rows = world.done("get_notes", json!({"report_id": order.serial.0}));
    let ids: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (row["note_id"].as_i64(), row["note_rev"].as_i64())).collect();
    let derived = order.serial.0 * 100_000 + 2;
    assert_eq!(ids, [(Some(17), Some(0)), (Some(derived), Some(17)), (Some(19), Some(0)), (Some(20), Some(0))]);
    let kept = world.order(order.serial);
    let revises: Vec<_> = kept.notes().map(|(_, note)| note.revises.as_deref()).collect();
    assert_eq!(revises, [None, Some("17"), Some("4"), None]);
}
