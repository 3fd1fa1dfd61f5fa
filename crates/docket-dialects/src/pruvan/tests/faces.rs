//! Orders as Pruvan shows them, wherever they came from.

use super::*;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{Command, Field, State, Task, Value as Canonical};
use proptest::prelude::*;

fn native(hub: &Hub, command: Command) -> Arc<Order> {
    let user = Caller::user(AccountId(1), "token t");
    hub.ledger.submit(&user, Submission::one(Request::create(command))).now_or_never().unwrap().unwrap();
    hub.ledger.all_orders().pop().unwrap()
}

fn change_natively(hub: &Hub, order: &Order, command: Command) -> Arc<Order> {
    let user = Caller::user(AccountId(1), "token t");
    let request = Request::change(Target::Serial(order.serial), move |_| Ok(command.clone()));
    hub.ledger.submit(&user, Submission::one(request)).now_or_never().unwrap().unwrap();
    hub.ledger.order(&user, Target::Serial(order.serial)).now_or_never().unwrap().unwrap().unwrap()
}

#[test]
fn every_member_comes_back_as_it_was_sent() {
    let hub = Hub::new(&[]);
    let mut sent = new_order(
        "A",
        json!({
            "address2": "Rear", "country": "US", "workOrderInfo": "lock 1234",
            "assignedTo": "bob", "status": "Assigned",
            "dueDate": "2031-03-02 1200 +5", "clientDueDate": "2031-03-02", "startDate": "2031-03-01 0800 -6",
            "instructions": "<b>now</b>", "clientStatus": "Order Created", "clientInstructions": "ci",
            "description": "d", "reference": 77, "gpsLatitude": "30.5000", "gpsLongitude": -97.678,
            "options": [{"a": 1}, "b"], "source_wo_id": 991, "source_wo_number": "S-1", "source_wo_provider": "src",
            "unheard": {"of": [null, true]}, "nothing": null,
            "services": [{"serviceName": "Mow", "instructions": "i", "options": [1], "survey": "s::2",
                "surveyDynamic": {"meta": {}}, "source_service": "x", "source_service_id": 5}],
        }),
    );
    for n in 7..=30 {
        sent[format!("attribute{n}")] = json!(format!("value {n}"));
    }
    let order = hub.take(sent.clone());
    let face = hub.face(&order);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&face[name], value, "{name}");
    }
    let mut extra: Vec<&String> =
        face.as_object().unwrap().keys().filter(|name| sent.get(name.as_str()).is_none()).collect();
    extra.sort();
    assert_eq!(extra, ["fieldStatus", "key1"]);
    assert_eq!(order.fields.latitude, Some(30.5));
    assert_eq!(order.fields.start, time("2031-03-01T14:00:00Z"));
    // Merged over an update, and nothing lost.
    let order = hub.take(change("A", json!({"attribute7": "new", "another": 1, "clientStatus": "x"})));
    let face = hub.face(&order);
    for (name, value) in sent.as_object().unwrap() {
        if !matches!(name.as_str(), "attribute7" | "clientStatus") {
            assert_eq!(&face[name], value, "{name}");
        }
    }
    assert_eq!((&face["attribute7"], &face["another"]), (&json!("new"), &json!(1)));
}

#[test]
fn what_others_changed_wins_over_what_was_sent() {
    let hub = Hub::new(&[]);
    let order = hub.take(new_order(
        "A",
        json!({"description": "d", "dueDate": "2031-03-02 1200 +5", "gpsLatitude": "1.50", "zip": 78701,
            "options": [1], "status": "RUSH", "reference": "r"}),
    ));
    let due: Timestamp = "2031-04-01T06:30:00Z".parse().unwrap();
    let mow = Task { name: "Mow".to_owned(), instructions: Some("i".to_owned()), ..Task::default() };
    let mut tasks = order.fields.tasks.clone();
    tasks.push(mow);
    let order = change_natively(
        &hub,
        &order,
        Command::default()
            .with(Field::Description, "changed")
            .with(Field::Due, due)
            .with(Field::Latitude, 2.25)
            .with(Field::PostalCode, "00001")
            .with(Field::Options, "{\"x\":1}")
            .with(Field::Rush, false)
            .with(Field::Reference, Canonical::Null)
            .with(Field::Person, "eve")
            .with(Field::Tasks, Canonical::Tasks(tasks)),
    );
    let face = hub.face(&order);
    let expected = [
        ("description", json!("changed")),
        ("dueDate", json!("2031-04-01 0630 +0")),
        ("gpsLatitude", json!("2.25")),
        ("zip", json!("00001")),
        ("options", json!({"x": 1})),
        ("status", json!("assigned")),
        ("reference", json!("")),
        ("assignedTo", json!("eve")),
        ("services", json!([{"serviceName": "Trim Hedges"}, {"serviceName": "Mow", "instructions": "i"}])),
    ];
    for (name, value) in expected {
        assert_eq!(face[name], value, "{name}");
    }
}

#[test]
fn a_spelling_is_shown_only_while_it_means_what_the_order_says() {
    use crate::pruvan::map::{Kind, MEMBERS, read_value};
    let sent = new_order(
        "A",
        json!({"workOrderInfo": "i", "address2": "Rear", "country": "US", "dueDate": "2031-03-02 1200 +5",
            "instructions": "x", "clientStatus": "c", "clientDueDate": "2031-03-02", "clientInstructions": "ci",
            "description": "d", "reference": 77, "gpsLatitude": "30.50", "gpsLongitude": -97.5, "options": [1],
            "startDate": "2031-03-01 0800 -6", "status": "RUSH"}),
    );
    let due: Timestamp = "2031-04-01T06:30:00Z".parse().unwrap();
    for member in MEMBERS {
        let Some(field) = member.field else { continue };
        let value = match member.kind {
            Kind::Text | Kind::Required => Canonical::Text("changed".to_owned()),
            Kind::Date => Canonical::Time(due),
            Kind::Degrees(_) => Canonical::Number(1.25),
            Kind::Json => Canonical::Text("{\"x\":1}".to_owned()),
            Kind::Status | Kind::Assignee | Kind::Services => continue,
        };
        for value in [value, Canonical::Null] {
            let hub = Hub::new(&[]);
            let order = hub.take(sent.clone());
            let before = hub.face(&order);
            let hubs = Caller::hub(AccountId(1));
            let command = Command::default().with(field, value.clone());
            let request = Request::change(Target::Serial(order.serial), move |_| Ok(command.clone()));
            hub.ledger.submit(&hubs, Submission::one(request)).now_or_never().unwrap().unwrap();
            let face = hub.face(&hub.order("A"));
            let differs = |name: &&String| before[name.as_str()] != face[name.as_str()];
            let changed: Vec<&String> = before.as_object().unwrap().keys().filter(differs).collect();
            assert_eq!(changed, [member.name]);
            let said = read_value(member, &face[member.name].to_string()).unwrap().unwrap_or_default();
            if (field, &value) != (Field::Number, &Canonical::Null) {
                assert_eq!(said, value, "{}", member.name);
            }
        }
    }
}

#[test]
fn the_last_assignment_counts_whichever_dialect_made_it() {
    let hub = Hub::new(&[]);
    hub.ledger.put_unit(unit(7, "Van 1"));
    let order = hub.take(new_order("A", json!({"assignedTo": "bob"})));
    let order = change_natively(&hub, &order, Command::default().with(Field::Unit, 7));
    assert_eq!(order.fields.person.as_deref(), Some("bob"), "another dialect leaves it alone");
    assert_eq!(hub.face(&order)["assignedTo"], "Van 1");
    let order = change_natively(&hub, &order, Command::default().with(Field::Unit, Canonical::Null));
    assert_eq!(hub.face(&order)["assignedTo"], "bob");
    let order = change_natively(&hub, &order, Command::default().with(Field::Crew, "north"));
    assert_eq!(hub.face(&order)["assignedTo"], "north");
    let order = hub.take(change("A", json!({"assignedTo": "bob"})));
    assert_eq!((order.fields.crew.as_deref(), &hub.face(&order)["assignedTo"]), (None, &json!("bob")));
}

#[test]
fn orders_from_elsewhere_have_what_pruvan_requires() {
    let hub = Hub::new(&[]);
    let order = native(&hub, Command::default());
    let serial = order.serial.to_string();
    assert_eq!(
        hub.face(&order),
        json!({
            "key1": order.id.to_string(), "workOrderNumber": serial, "address1": "", "city": "", "state": "", "zip": "",
            "assignedTo": null, "status": "unassigned", "clientStatus": "received",
            "services": [{"serviceName": "Work order"}], "fieldStatus": "new",
            "source_wo_id": serial, "source_wo_number": serial, "source_wo_provider": "native",
            "attribute30": order.id.to_string(),
        })
    );
    let until: Timestamp = "2026-05-01T15:00:00Z".parse().unwrap();
    let order = native(
        &hub,
        Command::default()
            .with(Field::Number, "N-1")
            .with(Field::Title, "Storm damage")
            .with(Field::Service, "Inspection")
            .with(Field::WindowTo, until)
            .with(Field::LockCode, "1234")
            .with(Field::KeyCode, "K9")
            .with(Field::Crew, "north")
            .with(Field::City, "Austin"),
    );
    let face = hub.face(&order);
    assert_eq!(order.state, State::Assigned);
    let expected = [
        ("workOrderNumber", json!("N-1")),
        ("source_wo_number", json!("N-1")),
        ("description", json!("Storm damage")),
        ("services", json!([{"serviceName": "Inspection"}])),
        ("dueDate", json!("2026-05-01 1500 +0")),
        ("workOrderInfo", json!("Lock box: 1234; Key: K9")),
        ("assignedTo", json!("north")),
        ("city", json!("Austin")),
        ("status", json!("assigned")),
    ];
    for (name, value) in expected {
        assert_eq!(face[name], value, "{name}");
    }
}

#[test]
fn two_flags_show_the_last_word() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({"status": "rework"})));
    let order = hub.take(change("A", json!({"status": "rush"})));
    assert!(order.fields.rush && order.fields.rework);
    assert_eq!(hub.face(&order)["status"], "rush");
    let order = change_natively(&hub, &order, Command::default().with(Field::Rush, false));
    assert_eq!(hub.face(&order)["status"], "rework");
}

fn some_service() -> impl Strategy<Value = Value> {
    (0_u8..3, prop::option::of(0_u8..3), prop::option::of(".{0,3}")).prop_map(|(name, key, instructions)| {
        let name = format!("s{name}");
        json!({"serviceName": name, "source_service_id": key, "instructions": instructions, "survey": name})
    })
}

fn some_order() -> impl Strategy<Value = Value> {
    let status = prop::sample::select(vec![
        "unassigned",
        "assigned",
        "accepted",
        "rejected",
        "RUSH",
        "rework",
        "CANCEL",
        "complete",
        "invoiced",
        "submitted",
        "closed",
        "",
    ]);
    let member = prop_oneof![
        status.prop_map(|word| ("status", json!(word))),
        prop::sample::select(vec![json!("bob"), json!("eve"), json!(null), json!("")])
            .prop_map(|who| ("assignedTo", who)),
        prop::sample::select(vec!["2031-03-02 1200 +5", "2031-03-02", ""]).prop_map(|date| ("dueDate", json!(date))),
        prop::sample::select(vec![json!("1.50"), json!(2), json!(null)]).prop_map(|angle| ("gpsLatitude", angle)),
        prop::sample::select(vec![json!([1, {"a": null}]), json!("x"), json!(""), json!(7)])
            .prop_map(|any| ("options", any)),
        ".{0,4}".prop_map(|text| ("description", json!(text))),
        ".{0,4}".prop_map(|text| ("clientStatus", json!(text))),
        prop::collection::vec(some_service(), 0..4).prop_map(|services| ("services", json!(services))),
    ];
    prop::collection::vec(member, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever was pushed, pushing back what is shown changes no order: what Pruvan shows is what the order is.
    #[test]
    fn what_is_shown_means_what_is(updates in prop::collection::vec(some_order(), 1..5), auto_admin in any::<bool>()) {
        let hub = Hub::new(&[("auto_admin", if auto_admin { "on" } else { "off" })]);
        hub.take(new_order("A", json!({})));
        for update in updates {
            hub.take(change("A", update));
        }
        let before = hub.order("A");
        let shown = hub.face(&before);
        prop_assert_eq!(shown["services"].as_array().map(Vec::len), Some(before.fields.tasks.len()));
        let after = hub.take(shown);
        prop_assert_eq!(&before.fields, &after.fields);
        prop_assert_eq!(before.state, after.state);
        prop_assert!(hub.last_entry(&after).refused.is_empty() || after.revision == before.revision);
    }
}
