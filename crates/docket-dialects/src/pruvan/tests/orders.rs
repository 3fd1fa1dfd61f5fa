//! Creating, updating, owning, assigning and deleting orders.

use super::*;
use docket_core::authority::Rule;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{Command, Field, State, Transition};

fn as_user(hub: &Hub, number: &str, command: Command) {
    let user = Caller::user(AccountId(1), "token t");
    let target = Target::Serial(hub.order(number).serial);
    let submission = Submission::one(Request::change(target, move |_| Ok(command.clone())));
    let outcomes = hub.ledger.submit(&user, submission).now_or_never().unwrap().unwrap();
    assert!(matches!(outcomes[0], docket_core::ledger::Outcome::Done(_)), "{outcomes:?}");
}

#[test]
fn the_pages_samples() {
    let hub = Hub::new(&[]);
    let create = r#"{"workOrders":[{"workOrderNumber":"TESTPOST","address1":"111 East Main ","city":"Round Rock",
        "state":"TX","zip":"78664","workOrderInfo":"Call Office 555-111-2222","clientDueDate":"2020-05-28 1200 +0",
        "clientStatus":"Order Created","dueDate":"2020-05-25 1200 +0",
        "services":[{"serviceName":"Task-01 Mow Grass"}]}]}"#;
    let response = hub.send("POST", "/api/?apiKey=key-main", FORM, format!("workOrders={}", percent(create)));
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.body, r#"{"response":{"created":1,"updated":0,"deleted":0},"error":null}"#);
    let order = hub.order("TESTPOST");
    assert_eq!(order.state, State::Received);
    assert_eq!(order.fields.address1.as_deref(), Some("111 East Main "));
    assert_eq!(order.fields.work_info.as_deref(), Some("Call Office 555-111-2222"));
    assert_eq!(order.fields.due, time("2020-05-25T12:00:00Z"));
    assert_eq!(order.fields.client_due, time("2020-05-28T12:00:00Z"));
    assert_eq!(order.fields.tasks[0].name, "Task-01 Mow Grass");
    // Every member comes back as it was sent.
    let sent: Value = serde_json::from_str(create).unwrap();
    let face = hub.face(&order);
    for (name, value) in sent["workOrders"][0].as_object().unwrap() {
        assert_eq!(&face[name], value, "{name}");
    }
    assert_eq!(face["key1"], order.id.to_string());

    let update = r#"{"workOrders":[{"workOrderNumber":"TESTPOST","clientStatus":"Order Late"}]}"#;
    let response = hub.send("POST", "/api/?apiKey=key-main", FORM, format!("workOrders={}", percent(update)));
    assert_eq!(response.body, r#"{"response":{"created":0,"updated":1,"deleted":0},"error":null}"#);
    assert_eq!(hub.order("TESTPOST").fields.client_status.as_deref(), Some("Order Late"));
    assert_eq!(hub.order("TESTPOST").id, order.id);
}

#[test]
fn batches_are_judged_order_by_order() {
    let hub = Hub::new(&[]);
    hub.take(new_order("OLD", json!({})));
    let answer = hub.push(json!([
        new_order("A", json!({})),
        change("A", json!({"clientStatus": "again"})),
        change("OLD", json!({"status": "deleted"})),
        change("NONE", json!({"clientStatus": "x"})),
        new_order("B", json!({"status": "sleeping"})),
        "C",
        {"address1": "x"},
        new_order("D", json!({"dueDate": "tomorrow", "city": ["x"]})),
        new_order("E", json!({"zip": " ", "services": []})),
        new_order("F", json!({"services": [{"instructions": "x"}]})),
        new_order("G", json!({"services": "mow"})),
        new_order("H", json!({"gpsLatitude": "91"})),
        new_order("I", json!({})),
    ]));
    assert_eq!(answer["response"], json!({"created": 2, "updated": 1, "deleted": 1}));
    let expected = [
        "NONE: missing or blank: address1, city, state, zip, services",
        r#"B: status: "sleeping" is no status known here"#,
        "workOrders[5]: must be an object",
        "workOrders[6]: missing or blank: workOrderNumber",
        r#"D: dueDate: "tomorrow" is no date like 2020-05-28 1200 +0"#,
        "E: missing or blank: zip, services",
        "F: missing or blank: services[0].serviceName",
        "G: services: must be an array",
        r#"H: gpsLatitude: "91" is no angle within 90 degrees"#,
    ];
    let error = answer["error"].as_str().unwrap();
    // The first thing wrong with an order is what is said.
    let said: Vec<&str> = error.split("; ").collect();
    assert_eq!(said.len(), expected.len(), "{error}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(*said == expected || said.starts_with("D: "), "{said} / {expected}");
    }
    assert_eq!(hub.ledger.all_orders().len(), 3);
    assert_eq!(hub.order("A").fields.client_status.as_deref(), Some("again"));
}

#[test]
fn same_again_is_an_update_without_a_trace() {
    let hub = Hub::new(&[]);
    let order = new_order("A", json!({"status": "assigned", "assignedTo": "bob", "dueDate": "2031-03-02 1200 +5"}));
    let first = hub.take(order.clone());
    assert_eq!(hub.push(json!([order])), counts(0, 1, 0));
    assert_eq!(hub.order("A").revision, first.revision);
}

#[test]
fn numbers_are_numbers_or_texts_and_exact() {
    let hub = Hub::new(&[]);
    let mut order = new_order("x", json!({"zip": 78701}));
    order["workOrderNumber"] = json!(4711);
    assert_eq!(hub.push(json!([order])), counts(1, 0, 0));
    let stored = hub.order("4711");
    assert_eq!(stored.fields.postal_code.as_deref(), Some("78701"));
    let face = hub.face(&stored);
    assert_eq!((&face["workOrderNumber"], &face["zip"]), (&json!(4711), &json!(78701)));
    assert_eq!(hub.push(json!([change("4711", json!({"clientStatus": "x"}))])), counts(0, 1, 0));
    assert_eq!(hub.push(json!([new_order("04711", json!({})), new_order("4711 ", json!({}))])), counts(2, 0, 0));
}

#[test]
fn one_number_under_two_connections_is_two_orders() {
    let hub = Hub::new(&[]);
    connect(&hub.ledger, 2, "other", &[]);
    hub.take(new_order("A", json!({})));
    let body = json!({"workOrders": [new_order("A", json!({}))]}).to_string();
    let response = hub.send("POST", "/api/?apiKey=key-other", "application/json", body);
    assert_eq!(hub.answer(&response), counts(1, 0, 0));
    assert_eq!(hub.ledger.all_orders().len(), 2);
}

#[test]
fn deleted_numbers_are_free() {
    let hub = Hub::new(&[]);
    let first = hub.take(new_order("A", json!({})));
    assert_eq!(hub.push(json!([change("A", json!({"status": "DELETED"}))])), counts(0, 0, 1));
    assert!(hub.find("A").is_none());
    // No longer there to be updated, but there to be created.
    let answer = hub.push(json!([change("A", json!({"clientStatus": "x"}))]));
    assert!(answer["error"].as_str().unwrap().starts_with("A: missing"));
    let second = hub.take(new_order("A", json!({})));
    assert_ne!(first.id, second.id);
    // All within one push, too.
    let again = json!([change("A", json!({"status": "deleted"})), new_order("A", json!({}))]);
    assert_eq!(hub.push(again), counts(1, 0, 1));
}

#[test]
fn created_deleted_is_gone_at_once() {
    let hub = Hub::new(&[]);
    assert_eq!(hub.push(json!([new_order("A", json!({"status": "deleted"}))])), counts(1, 0, 0));
    assert!(hub.find("A").is_none());
    hub.take(new_order("A", json!({})));
}

#[test]
fn null_says_nothing_and_blank_clears() {
    let hub = Hub::new(&[]);
    hub.take(new_order(
        "A",
        json!({"reference": "r", "description": "d", "options": ["x"], "startDate": "2030-01-01"}),
    ));
    let update = json!({"reference": null, "description": "", "address1": "", "zip": null, "options": "",
        "services": null, "startDate": "", "status": null});
    assert_eq!(hub.push(json!([change("A", update)])), counts(0, 1, 0));
    let order = hub.order("A");
    assert_eq!(order.fields.reference.as_deref(), Some("r"));
    assert_eq!(order.fields.description, None);
    assert_eq!(order.fields.options, None);
    assert_eq!(order.fields.start, None);
    assert_eq!(order.fields.address1.as_deref(), Some("5 Elm Ct"));
    assert_eq!(order.fields.tasks.len(), 1);
    let face = hub.face(&order);
    assert_eq!((&face["reference"], &face["description"], &face["zip"]), (&json!("r"), &json!(""), &json!("78701")));
    assert_eq!(face["address1"], "5 Elm Ct");
}

#[test]
fn due_defaults_to_noon_today() {
    let hub = Hub::new(&[]);
    let order = hub.take(new_order("A", json!({})));
    assert_eq!(order.fields.due, time("2026-01-15T12:00:00Z"));
    assert_eq!(hub.face(&order)["dueDate"], "2026-01-15 1200 +0");
    assert_eq!(hub.face(&order)["status"], "unassigned");
    // An update that does not name it leaves it.
    hub.ledger.set_now("2026-02-01T10:00:00Z".parse().unwrap());
    assert_eq!(hub.take(change("A", json!({"clientStatus": "x"}))).fields.due, time("2026-01-15T12:00:00Z"));
}

#[test]
fn auto_admin_on_overwrites_what_people_changed() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({"description": "d"})));
    as_user(&hub, "A", Command::default().with(Field::Description, "mine").with(Field::ClientStatus, "mine"));
    let order = hub.order("A");
    assert_eq!(order.fields.description.as_deref(), Some("mine"));
    assert_eq!(order.fields.client_status, None, "people never write what the originator owns");
    assert_eq!(hub.face(&order)["description"], "mine");
    let order = hub.take(change("A", json!({"description": "theirs", "status": "closed"})));
    assert_eq!(order.fields.description.as_deref(), Some("theirs"));
    assert_eq!(order.state, State::Closed);
}

#[test]
fn auto_admin_off_keeps_shared_fields_and_says_so_in_the_journal() {
    let hub = Hub::new(&[("auto_admin", "off")]);
    let all = json!({"description": "d", "reference": "r", "workOrderInfo": "w", "options": [1],
        "instructions": "i", "dueDate": "2031-03-02 1200 +5", "status": "rush", "clientStatus": "c"});
    let created = hub.take(new_order("A", all));
    let update = json!({"description": "D", "reference": "R", "workOrderInfo": "W", "options": [2],
        "instructions": "I", "dueDate": "2032-03-02 1200 +5", "status": "canceled",
        "services": [{"serviceName": "More"}],
        "clientStatus": "C", "clientDueDate": "2031-01-01 0800 +0", "clientInstructions": "CI", "address1": "6 Elm Ct",
        "attribute7": "seven"});
    assert_eq!(hub.push(json!([change("A", update)])), counts(0, 1, 0));
    let order = hub.order("A");
    let entry = hub.last_entry(&order);
    let mut refused: Vec<&str> = entry.refused.iter().map(|refused| refused.field.as_str()).collect();
    refused.sort_unstable();
    let shared = ["description", "due", "instructions", "options", "reference", "status", "tasks", "work_info"];
    assert_eq!(refused, shared);
    assert!(entry.refused.iter().all(|refused| refused.rule == Rule::AutoAdminOff));
    assert_eq!(order.state, State::Received);
    assert_eq!(order.fields.tasks, created.fields.tasks);
    let face = hub.face(&order);
    let expected = [
        ("description", json!("d")),
        ("options", json!([1])),
        ("dueDate", json!("2031-03-02 1200 +5")),
        ("status", json!("rush")),
        ("clientStatus", json!("C")),
        ("clientDueDate", json!("2031-01-01 0800 +0")),
        ("clientInstructions", json!("CI")),
        ("address1", json!("6 Elm Ct")),
        ("attribute7", json!("seven")),
        ("services", json!([{"serviceName": "Trim Hedges"}])),
    ];
    for (name, value) in expected {
        assert_eq!(face[name], value, "{name}");
    }
    // Deleting is a status, and statuses are shared.
    assert_eq!(hub.push(json!([change("A", json!({"status": "deleted"}))])), counts(0, 1, 0));
    assert!(hub.find("A").is_some());
}

#[test]
fn internal_assigns_and_unassigns() {
    let hub = Hub::new(&[]);
    let order = hub.take(new_order("A", json!({"assignedTo": "bob"})));
    assert_eq!((order.state, order.fields.person.as_deref()), (State::Assigned, Some("bob")));
    let order = hub.take(change("A", json!({"assignedTo": "eve", "status": "assigned"})));
    assert_eq!(order.fields.person.as_deref(), Some("eve"));
    let order = hub.take(change("A", json!({"assignedTo": null})));
    assert_eq!((order.state, order.fields.person.as_deref()), (State::Received, None));
    assert_eq!(hub.face(&order)["assignedTo"], Value::Null);
    let order = hub.take(change("A", json!({"assignedTo": "~all~"})));
    assert_eq!(hub.face(&order)["assignedTo"], "~all~");
    let order = hub.take(change("A", json!({"status": "unassigned", "assignedTo": null})));
    assert_eq!((order.state, order.is_assigned()), (State::Received, false));
    // Contradicting oneself is noted.
    let order = hub.take(new_order("B", json!({"status": "unassigned", "assignedTo": "bob"})));
    assert!(!order.is_assigned());
    assert_eq!(hub.last_entry(&order).advisories, ["assignedTo beside status unassigned is ignored"]);
}

#[test]
fn units_are_assigned_by_name() {
    let hub = Hub::new(&[]);
    hub.ledger.put_unit(unit(9, "Van 1"));
    let order = hub.take(new_order("A", json!({"assignedTo": "Van 1"})));
    assert_eq!((order.fields.unit, order.fields.person.as_deref()), (Some(9), None));
    assert_eq!(hub.face(&order)["assignedTo"], "Van 1");
    let order = hub.take(change("A", json!({"assignedTo": "bob"})));
    assert_eq!((order.fields.unit, order.fields.person.as_deref()), (None, Some("bob")));
    as_user(&hub, "A", Command::default().with(Field::Person, Option::<String>::None).with(Field::Unit, 9));
    let order = hub.order("A");
    assert_eq!(hub.face(&order)["assignedTo"], "Van 1");
    assert_eq!(hub.take(change("A", json!({"assignedTo": "Van 1"}))).revision, hub.order("A").revision);
}

#[test]
fn external_never_assigns_and_the_journal_says_so() {
    let hub = Hub::new(&[("mode", "external")]);
    let order = hub.take(new_order("A", json!({"assignedTo": "bob"})));
    assert_eq!((order.state, order.is_assigned()), (State::Received, false));
    let entry = hub.last_entry(&order);
    assert_eq!(entry.refused[0].field, "person");
    assert_eq!(entry.refused[0].rule, Rule::ExternalMode);
    as_user(&hub, "A", Command::default().with(Field::Person, "eve"));
    let order = hub.take(change("A", json!({"assignedTo": "bob"})));
    assert_eq!(hub.face(&order)["assignedTo"], "eve");
    let order = hub.take(change("A", json!({"assignedTo": null})));
    assert_eq!(order.fields.person.as_deref(), Some("eve"));
    assert_eq!(hub.last_entry(&order).refused[0].rule, Rule::ExternalMode);
}

#[test]
fn default_assignee() {
    for mode in ["internal", "external"] {
        let hub = Hub::new(&[("mode", mode), ("default_assign_to", "crew 5")]);
        let order = hub.take(new_order("A", json!({})));
        assert_eq!((order.state, order.fields.person.as_deref()), (State::Assigned, Some("crew 5")), "{mode}");
        let order = hub.take(new_order("B", json!({"assignedTo": "bob"})));
        let expected = if mode == "internal" { "bob" } else { "crew 5" };
        assert_eq!(order.fields.person.as_deref(), Some(expected), "{mode}");
        let order = hub.take(new_order("C", json!({"status": "unassigned"})));
        assert_eq!(order.fields.person, None, "{mode}");
        let order = hub.take(new_order("D", json!({"status": "rush"})));
        assert_eq!((order.state, hub.face(&order)["status"].as_str()), (State::Assigned, Some("rush")));
        // Only new orders are given to it.
        hub.ledger.set_now("2026-01-15T11:00:00Z".parse().unwrap());
        as_user(&hub, "A", Command::default().with(Field::Person, Option::<String>::None));
        assert_eq!(hub.take(change("A", json!({"clientStatus": "x"}))).fields.person, None, "{mode}");
    }
}

#[test]
fn words_that_show_leave_finer_states_alone() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({"status": "assigned", "assignedTo": "bob"})));
    as_user(&hub, "A", Command::default().moving(Transition::Start));
    let order = hub.take(change("A", json!({"status": "assigned", "clientStatus": "x"})));
    assert_eq!(order.state, State::Started);
    assert_eq!(hub.face(&order)["fieldStatus"], "in process");
    let order = hub.take(change("A", json!({"status": "RUSH"})));
    assert_eq!((order.state, order.fields.rush), (State::Started, true));
    assert_eq!(hub.face(&order)["status"], "RUSH");
    let order = hub.take(change("A", json!({"status": "assigned"})));
    assert_eq!((order.state, order.fields.rush), (State::Started, false));
}

#[test]
fn rework_opens_what_was_done() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({"assignedTo": "bob", "status": "complete"})));
    let order = hub.take(change("A", json!({"status": "rework", "clientStatus": "Order updated to Rework"})));
    assert_eq!((order.state, order.fields.rework), (State::Assigned, true));
    assert_eq!(hub.face(&order)["status"], "rework");
    as_user(&hub, "A", Command::default().moving(Transition::Complete));
    assert_eq!(hub.face(&hub.order("A"))["status"], "complete");
}

#[test]
fn services_merge_into_tasks() {
    let hub = Hub::new(&[]);
    let services = json!([
        {"serviceName": "Mow", "source_service_id": 7, "survey": "s::1", "instructions": "short"},
        {"serviceName": "Trim", "options": {"a": [1, 2]}},
        {"serviceName": "Trim"},
    ]);
    hub.take(new_order("A", json!({"services": services})));
    as_user(&hub, "A", Command::default().with(Field::ClientCompany, "x"));
    let update = json!([
        {"source_service_id": "7", "serviceName": "Mow lawn", "instructions": ""},
        {"serviceName": "Trim", "options": "", "attributeX": 1},
        {"serviceName": "Mow", "source_service_id": 8},
        {"serviceName": "Rake"},
    ]);
    let order = hub.take(change("A", json!({"services": update})));
    let tasks: Vec<(&str, Option<&str>)> =
        order.fields.tasks.iter().map(|task| (task.name.as_str(), task.key.as_deref())).collect();
    let expected = [("Mow lawn", Some("7")), ("Trim", None), ("Trim", None), ("Mow", Some("8")), ("Rake", None)];
    assert_eq!(tasks, expected);
    assert!(order.fields.tasks.iter().all(|task| task.instructions.is_none() && task.options.is_none()));
    assert_eq!(order.fields.service.as_deref(), Some("Mow"));
    let shown = json!([
        {"serviceName": "Mow lawn", "source_service_id": "7", "survey": "s::1", "instructions": ""},
        {"serviceName": "Trim", "options": "", "attributeX": 1},
        {"serviceName": "Trim"},
        {"serviceName": "Mow", "source_service_id": 8},
        {"serviceName": "Rake"},
    ]);
    assert_eq!(hub.face(&order)["services"], shown);
    // Nothing is removed by not being mentioned, or by an empty list.
    let again = hub.take(change("A", json!({"services": []})));
    assert_eq!(again.revision, order.revision);
    let answer = hub.push(json!([change("A", json!({"services": [{"source_service_id": "99"}]}))]));
    assert_eq!(answer["error"], "A: missing or blank: services[0].serviceName");
}

#[test]
fn an_update_to_the_minute_keeps_the_seconds() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let exact: Timestamp = "2026-03-01T08:15:30Z".parse().unwrap();
    as_user(&hub, "A", Command::default().with(Field::Due, exact));
    let shown = hub.face(&hub.order("A"))["dueDate"].clone();
    assert_eq!(shown, "2026-03-01 0815 +0");
    assert_eq!(hub.take(change("A", json!({"dueDate": shown}))).fields.due, Some(exact));
}
