//! `status`: how far the field has come, said again and again.

use super::*;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{Change, Command, Field, Move, State};

const DONE: &str = r#"{"status":true,"error":null}"#;

fn report(hub: &Hub, orders: Value) -> WireResponse {
    let response = call(hub, "status", &signed(json!({ "workOrders": orders })));
    assert_eq!((response.operation, response.connection), ("status", Some(ConnectionId(1))));
    response
}

/// A native order: the hub is the remote system then.
fn given(hub: &Hub, state: State) -> docket_core::ids::Serial {
    let user = Caller::user(AccountId(1), "token t");
    let mut create = Command::default().with(Field::Number, "A").with(Field::Service, "Mow");
    create.to = Some(Move::Become(state));
    let done = hub.ledger.submit(&user, Submission::one(Request::create(create))).now_or_never().unwrap().unwrap();
    match &done[0] {
        docket_core::ledger::Outcome::Done(done) => done.order.serial,
        other => panic!("{other:?}"),
    }
}

fn state_after(state: State, status: Value, field: Value) -> (State, Arc<Order>) {
    let hub = Hub::new(&[]);
    given(&hub, state);
    let said = json!([{"workOrderNumber": "A", "status": status, "fieldStatus": field}]);
    assert_eq!(report(&hub, said.clone()).body, DONE);
    let order = hub.ledger.all_orders().pop().unwrap();
    assert_eq!(report(&hub, said).body, DONE, "repeated");
    let again = hub.ledger.all_orders().pop().unwrap();
    assert_eq!((again.state, again.revision), (order.state, order.revision), "{status} {field} twice is once");
    (order.state, order)
}

#[test]
fn reports_take_an_order_forward() {
    use State::*;
    let cases = [
        (Received, json!("assigned"), json!("new"), Assigned),
        (Received, json!("unassigned"), json!("New"), Received),
        (Assigned, json!("unassigned"), json!("new"), Assigned),
        (Assigned, json!("accepted"), json!("viewed"), Accepted),
        (Assigned, json!("assigned"), json!("viewed"), Assigned),
        (Assigned, json!("assigned"), json!("In Process"), Started),
        (Accepted, json!("accepted"), json!("in-process"), Started),
        (Rejected, json!("accepted"), json!("viewed"), Accepted),
        (Started, json!("assigned"), json!("new"), Started),
        (Started, json!("rush"), json!("COMPLETE"), Completed),
        (Assigned, json!(null), json!("Completed"), Completed),
        (Assigned, json!("complete"), json!(null), Completed),
        (Assigned, json!("Complete"), json!("in process"), Completed),
        (Waiting, json!("assigned"), json!("in process"), Waiting),
        (Completed, json!("assigned"), json!("in process"), Completed),
        (Completed, json!("submitted"), json!("complete"), Submitted),
        (Submitted, json!("invoiced"), json!("complete"), Invoiced),
        (Invoiced, json!("complete"), json!("complete"), Invoiced),
        (Assigned, json!("closed"), json!("complete"), Closed),
        (Started, json!("rejected"), json!("updated"), Rejected),
        (Started, json!("canceled"), json!("updated"), Canceled),
        (Canceled, json!("assigned"), json!("in process"), Canceled),
        (Closed, json!("cancel"), json!("complete"), Closed),
        (Assigned, json!("deleted"), json!("new"), Assigned),
        (Assigned, json!("what?"), json!("dunno"), Assigned),
        (Assigned, json!(5), json!([]), Assigned),
        (Completed, json!("rush"), json!("new"), Completed),
    ];
    for (before, status, field, after) in cases {
        let (state, _) = state_after(before, status.clone(), field.clone());
        assert_eq!(state, after, "{before}: {status} {field}");
    }
    let (state, order) = state_after(Completed, json!("rework"), json!("new"));
    assert_eq!((state, order.fields.rework), (Received, true));
    let (state, order) = state_after(Started, json!("rework"), json!("complete"));
    assert_eq!((state, order.fields.rework), (Completed, false));
}

#[test]
fn what_cannot_be_done_is_noted() {
    for (before, status, words) in [
        (State::Canceled, "complete", "the field reports complete for an order that is canceled"),
        (State::Assigned, "deleted", "the field system deleted its project"),
    ] {
        let hub = Hub::new(&[]);
        let serial = given(&hub, before);
        assert_eq!(report(&hub, json!([{"workOrderNumber": "A", "status": status}])).body, DONE);
        let history = hub.ledger.history(&hub.caller(), serial).now_or_never().unwrap().unwrap();
        let entry = history.last().unwrap();
        assert!(entry.advisories[0].starts_with(words), "{:?}", entry.advisories);
        assert!(matches!(entry.changes[..], [Change::Wire { .. }]), "what was said is kept");
    }
}

#[test]
fn what_the_field_said_is_shown_while_it_holds() {
    let hub = Hub::new(&[]);
    let serial = given(&hub, State::Assigned);
    let shown = || {
        let answer = hub.answer(&call(&hub, "getWorkOrders", &signed(json!({}))));
        answer["workOrders"][0].clone()
    };
    assert_eq!(shown()["fieldStatus"], "new");
    report(&hub, json!([{"workOrderNumber": "A", "fieldStatus": "Viewed", "status": "assigned"}]));
    let order = shown();
    assert_eq!((&order["fieldStatus"], &order["status"]), (&json!("Viewed"), &json!("assigned")));
    assert_eq!(order["source_wo_provider"], "native", "a report does not make it Pruvan's");
    assert!(order.get("docket.fieldStatus").is_none());
    let user = Caller::user(AccountId(1), "token t");
    let start = Request::change(Target::Serial(serial), |_| {
        Ok(Command::default().moving(docket_core::order::Transition::Start))
    });
    hub.ledger.submit(&user, Submission::one(start)).now_or_never().unwrap().unwrap();
    assert_eq!(shown()["fieldStatus"], "in process");
}

#[test]
fn tasks_progress_and_who() {
    let hub = Hub::new(&[]);
    let user = Caller::user(AccountId(1), "token t");
    let tasks = ["Mow", "Trim"].map(|name| docket_core::order::Task { name: name.to_owned(), ..Default::default() });
    let mut create = Command::default().with(Field::Number, "A");
    create.set.push((Field::Tasks, docket_core::order::Value::Tasks(tasks.to_vec())));
    hub.ledger.submit(&user, Submission::one(Request::create(create))).now_or_never().unwrap().unwrap();
    let services =
        json!([{"serviceName": "Mow", "fieldStatus": "complete"}, {"serviceName": "Trim", "fieldStatus": "new"}]);
    report(
        &hub,
        json!([{"workOrderNumber": "A", "fieldStatus": "in process", "assignedTo": "bob", "services": services}]),
    );
    let order = hub.ledger.all_orders().pop().unwrap();
    assert_eq!((order.state, order.fields.person.as_deref()), (State::Started, Some("bob")));
    assert_eq!((order.fields.tasks[0].done, order.fields.tasks[1].done), (true, false));
    assert_eq!((order.fields.progress_current, order.fields.progress_total), (Some(1), Some(2)));
    report(&hub, json!([{"workOrderNumber": "A", "fieldStatus": "complete", "assignedTo": "eve"}]));
    let order = hub.ledger.all_orders().pop().unwrap();
    assert_eq!((order.fields.progress_current, order.fields.person.as_deref()), (Some(2), Some("bob")));
    assert!(order.fields.completed_at.is_some());
    assert!(order.fields.tasks.iter().all(|task| task.done), "a complete project has no open tasks");
}

/// The same connection may push and report: what is the account's in its push role is not refused aloud.
#[test]
fn an_order_that_was_pushed_is_reported_on() {
    let hub = Hub::new(&[("auto_admin", "off")]);
    hub.take(new_order("A", json!({})));
    assert_eq!(report(&hub, json!([{"workOrderNumber": "A", "fieldStatus": "complete"}])).body, DONE);
    let order = hub.order("A");
    assert_eq!(hub.last_entry(&order).refused[0].rule.word(), "auto_admin_off");
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({"attribute7": "x", "fieldStatus": "viewed"})));
    assert_eq!(report(&hub, json!([{"workOrderNumber": "A", "fieldStatus": "complete"}])).body, DONE);
    let order = hub.order("A");
    assert_eq!(order.state, State::Completed);
    let face = hub.face(&order);
    assert_eq!(
        (&face["status"], &face["fieldStatus"], &face["attribute7"]),
        (&json!("complete"), &json!("complete"), &json!("x"))
    );
}

#[test]
fn one_bad_order_does_not_stop_the_others() {
    let hub = Hub::new(&[]);
    given(&hub, State::Assigned);
    let response = report(&hub, json!([{"status": "complete"}, {"workOrderNumber": "A", "fieldStatus": "complete"}]));
    let answer = hub.answer(&response);
    assert_eq!(
        answer,
        json!({"status": false, "error": {"workOrderNumber": "", "error": "missing or blank: workOrderNumber"}})
    );
    assert_eq!(hub.ledger.all_orders()[0].state, State::Completed);
    let answer = hub.answer(&report(&hub, json!([5, {"status": "x"}])));
    assert_eq!(answer["error"].as_array().map(Vec::len), Some(2));
    // An order nobody knows is accepted and set aside.
    let response = report(&hub, json!([{"workOrderNumber": "GONE", "fieldStatus": "complete"}]));
    assert_eq!(
        (&response.body[..], &response.headers["docket-set-aside"]),
        (DONE.as_bytes(), &HeaderValue::from_static("no such order"))
    );
    let kept = hub.ledger.records(ConnectionId(1).into(), "pruvan_aside").now_or_never().unwrap().unwrap();
    assert_eq!((kept.len(), kept[0].0.as_str()), (1, "status:GONE"));
    for one in [json!({"workOrderNumber": "A"}), json!("[{\"workOrderNumber\":\"A\"}]")] {
        assert_eq!(report(&hub, one).body, DONE, "an order on its own, a list as text");
    }
    let deep = "[".repeat(500);
    for wrong in [json!(null), json!("x"), json!(5), json!(deep)] {
        let answer = hub.answer(&call(&hub, "status", &signed(json!({ "workOrders": wrong }))));
        assert_eq!(answer, json!({"status": false, "error": "workOrders is missing or no array"}));
    }
    let many: Vec<Value> = (0..1001).map(|n| json!({"workOrderNumber": n})).collect();
    assert_eq!(hub.answer(&report(&hub, json!(many)))["status"], false);
    assert_eq!(report(&hub, json!([])).body, DONE);
}
