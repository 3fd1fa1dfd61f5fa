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
    let first = row(0, &format!("{}-17", order.serial), "wo", "Gate is locked");
    let second = row(1, uuid, "prop", "Beware of the dog");
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
    let notes = vec![note("1", "ours", false, "2026-01-15T09:00:00Z")];
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
    let derived = order.serial.0 * 10_000 + 2;
    assert_eq!(
        rows,
        json!([
            row(17, "wo", "Gate is locked", "2026-01-15 09:00:00"),
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
