//! Defaults of a connection: who new orders go to, and the work type they get.

use super::*;
use docket_core::order::{Field, State, Value as Held};

fn hub(work_type: &Value, more: &[(&str, &str)]) -> Hub {
    let text = work_type.to_string();
    let mut settings = vec![("default_work_type", text.as_str())];
    settings.extend(more);
    Hub::new(&settings)
}

fn full() -> Value {
    json!({
        "reference": "WT-9", "description": "Spring cut", "options": ["gate"],
        "workOrderInfo": "Key at desk", "instructions": "Edge too", "clientInstructions": "Be kind",
        "address1": "1 Depot", "city": "Austin", "state": "TX", "zip": "78701", "country": "US",
        "dueDate": "+3", "status": "rush", "assignedTo": "bob",
        "services": [{"serviceName": "Mow", "instructions": "2 in"}, {"serviceName": "Edge"}],
    })
}

#[test]
fn what_is_not_said_is_filled_in() {
    let hub = hub(&full(), &[]);
    let order = hub.take(json!({"workOrderNumber": "A"}));
    let fields = &order.fields;
    let text = |field: Field| match fields.get(field) {
        Held::Text(text) => text,
        other => panic!("{field:?}: {other:?}"),
    };
    assert_eq!(text(Field::Reference), "WT-9");
    assert_eq!(text(Field::Options), r#"["gate"]"#);
    assert_eq!(text(Field::WorkInfo), "Key at desk");
    assert_eq!(text(Field::Address1), "1 Depot");
    assert_eq!(text(Field::Country), "US");
    assert_eq!(text(Field::ClientInstructions), "Be kind");
    assert_eq!(text(Field::Service), "Mow");
    assert_eq!((fields.due, fields.rush), (time("2026-01-18T12:00:00Z"), true));
    assert_eq!((order.state, fields.person.as_deref()), (State::Assigned, Some("bob")));
    let names: Vec<&str> = fields.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["Mow", "Edge"]);
    let face = hub.face(&order);
    assert_eq!((&face["status"], &face["reference"]), (&json!("rush"), &json!("WT-9")));
}

#[test]
fn what_is_said_stays_but_three_members() {
    let hub = hub(&full(), &[]);
    let sent = new_order(
        "A",
        json!({
            "reference": "mine", "description": "mine", "options": ["mine"], "workOrderInfo": "mine",
            "instructions": "mine", "clientInstructions": "mine", "dueDate": "2031-03-02 1200 +0", "status": "rework",
            "assignedTo": "eve", "services": [{"serviceName": "Mow", "instructions": "mine"}],
        }),
    );
    let order = hub.take(sent);
    let face = hub.face(&order);
    let expected = [
        ("reference", json!("WT-9")),
        ("description", json!("Spring cut")),
        ("options", json!(["gate"])),
        ("workOrderInfo", json!("mine")),
        ("instructions", json!("mine")),
        ("clientInstructions", json!("mine")),
        ("dueDate", json!("2031-03-02 1200 +0")),
        ("status", json!("rework")),
        ("assignedTo", json!("eve")),
        ("address1", json!("5 Elm Ct")),
        ("services", json!([{"serviceName": "Mow", "instructions": "mine"}, {"serviceName": "Edge"}])),
    ];
    for (name, value) in expected {
        assert_eq!(face[name], value, "{name}");
    }
    // It makes new orders only.
    let order = hub.take(change("A", json!({"reference": "again", "services": [{"serviceName": "Trim"}]})));
    assert_eq!((order.fields.reference.as_deref(), order.fields.tasks.len()), (Some("again"), 3));
}

#[test]
fn assignees_by_default() {
    let work = json!({"assignedTo": "bob"});
    let person = |hub: &Hub, more: Value| hub.take(new_order("A", more)).fields.person.clone();
    assert_eq!(person(&hub(&work, &[("default_assign_to", "eve")]), json!({})).as_deref(), Some("bob"));
    assert_eq!(person(&hub(&json!({}), &[("default_assign_to", "eve")]), json!({})).as_deref(), Some("eve"));
    let external = hub(&work, &[("mode", "external")]);
    assert_eq!(person(&external, json!({"assignedTo": "ann"})).as_deref(), Some("bob"), "the account's word");
    assert_eq!(person(&hub(&work, &[]), json!({"status": "unassigned"})), None);
    let hub = hub(&json!({"assignedTo": "Van 3"}), &[]);
    hub.ledger.put_unit(unit(3, "Van 3"));
    assert_eq!(hub.take(new_order("A", json!({}))).fields.unit, Some(3));
}

#[test]
fn a_work_type_that_cannot_be_read_stops_no_order() {
    let wrong = [
        json!("text"),
        json!({"workOrderNumber": "A"}),
        json!({"startDate": "2031-03-02"}),
        json!({"colour": "red"}),
        json!({"status": "sleepy"}),
        json!({"dueDate": "+"}),
        json!({"dueDate": "+99999"}),
        json!({"services": [{"instructions": "x"}]}),
    ];
    for work in wrong {
        let hub = hub(&work, &[]);
        let order = hub.take(new_order("A", json!({})));
        let advisory = hub.last_entry(&order).advisories.concat();
        assert!(advisory.starts_with("default_work_type is not applied: "), "{work}: {advisory}");
    }
}
