//! What comes back: what is published, in which order, and that a listing overwrites nothing.

use super::*;
use crate::connect::LoopbackFault as Fault;
use http::StatusCode;
use serde_json::json;

fn yes() -> Bytes {
    Bytes::from_static(br#"{"status":true,"error":null}"#)
}

/// An order on both sides, with the ways between.
fn begun(pair: &Pair) -> (Arc<Order>, Arc<Order>) {
    let order = pair.handed("WO-1");
    pair.here.deliver(&pair.out(), &order).unwrap();
    let there = pair.same(&order);
    (pair.here.now_of(order.id), there)
}

#[test]
fn items_go_one_by_one_with_their_files_and_the_report_comes_last() {
    let pair = Pair::new();
    let back = pair.back();
    let (order, there) = begun(&pair);
    assert_eq!(pair.there.deliver(&back, &there).unwrap(), Delivered::nothing(), "nobody has begun");
    pair.there.become_state(there.id, State::Started);
    pair.there.photo(there.id, "before", Stage::Before, b"\xff\xd8\xffone");
    pair.there.note(there.id, "n1", "Gate was open");
    let point = Point { latitude: 30.5, longitude: -97.6, accuracy_m: None };
    pair.there.put(there.id, "c1", CheckIn { point: Some(point), data: None });
    let done = pair.there.become_state(there.id, State::Completed);
    let delivered = pair.there.deliver(&back, &done).unwrap();
    assert_eq!((delivered.calls, delivered.summary.as_str()), (4, "3 items published, reported completed"));
    let calls = back.take_calls();
    let made: Vec<&str> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(made, ["uploadPictures", "uploadPictures", "uploadPictures", "status"]);
    let photo = sent(&calls[0], "payload");
    assert_eq!(calls[0].url, "http://here.example/pruvan/uploadPictures");
    for (member, value) in [
        ("username", "docket"),
        ("password", PASSWORD),
        ("token", "TOKEN"),
        ("key1", &there.id.to_string()),
        ("key2", "WO-1"),
        ("key3", ""),
        ("key4", "Mow"),
        ("key5", ""),
        ("attribute1", "111 East Main"),
        ("attribute3", "Round Rock"),
        ("attribute30", &order.id.to_string()),
        ("fileName", "before.jpg"),
        ("fileExt", "jpg"),
        ("fileType", "picture"),
        ("evidenceType", "Before"),
        ("gpsLatitude", "30.5"),
        ("createdBy", "Bob"),
    ] {
        assert_eq!(photo[member], value, "{member}");
    }
    let body = String::from_utf8_lossy(&calls[0].body);
    assert!(body.contains("name=\"file\"; filename=\"before.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"), "{body}");
    let report = sent(&calls[3], "payload");
    let told = &report["workOrders"][0];
    assert_eq!((&told["status"], &told["fieldStatus"]), (&json!("complete"), &json!("complete")));
    assert_eq!((&told["workOrderNumber"], &told["attribute30"]), (&json!("WO-1"), &json!(order.id.to_string())));
    let here = pair.here.now_of(order.id);
    assert_eq!(here.state, State::Completed);
    assert_eq!(said(&here, |_| true), said(&done, |_| true));
    assert!(here.fields.tasks.iter().all(|task| task.done));
    assert_eq!(pair.there.deliver(&back, &done).unwrap(), Delivered::nothing());
}

#[test]
fn forms_go_out_to_be_filled_and_come_back_filled() {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    let definition = json!({"questions": [{"id": "q1", "question": "Lawn mowed?", "answerType": "yesNo"}]}).to_string();
    let form = Form {
        name: "PCR".to_owned(),
        template: "PCR_7".to_owned(),
        task: Some("Mow".to_owned()),
        required: true,
        definition: Some(definition),
        ..Form::default()
    };
    let order = pair.handed("WO-1");
    let order = pair.here.put(order.id, "f1", form);
    pair.here.deliver(&out, &order).unwrap();
    let there = pair.same(&order);
    let (item, asked) = there.forms().next().unwrap();
    assert_eq!(asked.template, "PCR_7");
    let answer = docket_core::order::Answer {
        question: "q1".to_owned(),
        values: vec!["yes".to_owned()],
        photos: vec!["p1".to_owned()],
        ..docket_core::order::Answer::default()
    };
    let filled = Form { submitted_at: Some(pair.there.ledger.now()), answers: vec![answer], ..asked.clone() };
    let filled = Item { body: Body::Form(filled), ..item.clone() };
    pair.there.change(there.id, Command { put: vec![filled], ..Command::default() });
    pair.there.photo(there.id, "p1", Stage::After, b"\xff\xd8\xffp1");
    pair.settle(&out, &back);
    let here = pair.here.now_of(order.id);
    let (_, form) = here.forms().next().unwrap();
    assert_eq!(here.forms().count(), 1, "it fills the form that asked");
    assert_eq!(form.answers[0].values, ["yes"]);
    let photo = here.attachments().next().unwrap().0;
    assert_eq!(form.answers[0].photos.first(), Some(&photo.id), "by the serial it was published under");
    pair.agree(&out, &back);
    // Filled by now, it is not asked for again.
    let here = pair.here.change(here.id, Command::default().with(Field::Reference, "R"));
    out.take_calls();
    pair.here.deliver(&out, &here).unwrap();
    assert_eq!(sent(&out.take_calls()[0], "workOrders")["workOrders"][0].get("services"), None);
}

#[test]
fn what_is_refused_keeps_nothing_else_back_and_what_could_not_be_brought_does() {
    let pair = Pair::new();
    let back = pair.back();
    let (order, there) = begun(&pair);
    pair.there.note(there.id, "n1", "one");
    pair.there.note(there.id, "n2", "two");
    let done = pair.there.become_state(there.id, State::Completed);
    let no = Bytes::from_static(br#"{"status":false,"error":"notes are too long"}"#);
    back.plan([Fault::Answer(StatusCode::OK, no)]);
    let error = pair.there.deliver(&back, &done).unwrap_err();
    assert!(
        matches!(&error, ConnectError::Refused(why) if why.contains("1 of 2 items") && why.contains("too long")),
        "{error:?}"
    );
    assert_eq!(pair.here.now_of(order.id).state, State::Completed, "the report went");
    // Only what is missing goes the next time.
    back.take_calls();
    pair.there.deliver(&back, &done).unwrap();
    assert_eq!(back.take_calls().len(), 1);
    // Nothing overtakes what could not be brought.
    let (order, there) = {
        let second = pair.handed("WO-2");
        pair.here.deliver(&pair.out(), &second).unwrap();
        (second.clone(), pair.same(&second))
    };
    pair.there.note(there.id, "n1", "one");
    let done = pair.there.become_state(there.id, State::Completed);
    back.plan([Fault::NotSent]);
    assert!(matches!(pair.there.deliver(&back, &done), Err(ConnectError::Later { .. })));
    assert!(pair.here.now_of(order.id).state.is_open());
}

#[test]
fn a_system_that_never_says_yes_to_a_report_is_told_three_times() {
    let pair = Pair::new();
    let back = pair.back();
    let (_, there) = begun(&pair);
    let done = pair.there.become_state(there.id, State::Completed);
    let doubt = || {
        let body = br#"{"status":false,"error":{"workOrderNumber":"WO-1","error":"unknown"}}"#;
        Fault::Answer(StatusCode::NOT_ACCEPTABLE, Bytes::from_static(body))
    };
    back.plan([doubt(), doubt(), doubt()]);
    for _ in 0..2 {
        let error = pair.there.deliver(&back, &done).unwrap_err();
        assert!(matches!(&error, ConnectError::Later { why, .. } if why.contains("WO-1: unknown")), "{error:?}");
    }
    let delivered = pair.there.deliver(&back, &done).unwrap();
    assert!(delivered.summary.contains("answered 3 times: WO-1: unknown"), "{delivered:?}");
    assert_eq!(pair.there.deliver(&back, &done).unwrap(), Delivered::nothing());
    // A yes with an error beside it is a yes.
    let (_, there) = {
        let second = pair.handed("WO-2");
        pair.here.deliver(&pair.out(), &second).unwrap();
        (second.clone(), pair.same(&second))
    };
    let done = pair.there.become_state(there.id, State::Completed);
    back.plan([Fault::Answer(StatusCode::OK, yes())]);
    assert_eq!(pair.there.deliver(&back, &done).unwrap().summary, "reported completed");
}

#[test]
fn orders_are_asked_for_where_nobody_pushes() {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    let order = pair.handed_with("WO-1", Command::default().with(Field::Rush, true));
    let over = pair.handed("WO-2");
    pair.here.become_state(over.id, State::Closed);
    let pulled = pair.there.pull(&back).unwrap();
    assert_eq!((pulled.seen, pulled.changed, pulled.problems), (2, 1, Vec::new()));
    let calls = back.take_calls();
    assert_eq!(calls.iter().map(|call| call.operation).collect::<Vec<_>>(), ["validate", "getWorkOrders"]);
    let push_key = sent(&calls[0], "payload")["pushkey"].as_str().unwrap().to_owned();
    assert!(push_key.starts_with("http://there.example/api/?apiKey="), "{push_key}");
    assert_eq!(sent(&calls[1], "payload")["timestamp"], json!(null));
    let there = pair.there.ledger.all_orders().remove(0);
    assert!(there.fields.rush && there.state == State::Received);
    // The next round asks for what changed since, and finds nothing new.
    pair.pass(600);
    let pulled = pair.there.pull(&back).unwrap();
    assert_eq!((pulled.seen, pulled.changed), (2, 0), "five minutes are asked for again");
    assert_eq!(pair.there.pull(&back).unwrap().seen, 0);
    let since = sent(&back.take_calls().remove(0), "payload")["timestamp"].as_i64().unwrap();
    let begun: Timestamp = START.parse().unwrap();
    assert_eq!(since, begun.as_second() - 300);
    // The key that was handed over opens, and a ping is heard.
    let here = pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    assert_eq!(pair.here.deliver(&out, &here).unwrap().summary, "pushed WO-1 again");
    let url = &out.take_calls().remove(0).url;
    assert_eq!(*url, push_key, "the key that was learned is the one that is used");
    assert_eq!(pair.there.ledger.all_orders().len(), 1);
    assert_eq!(pair.there.now_of(there.id).fields.reference.as_deref(), Some("R"));
}

#[test]
fn a_listing_overwrites_nothing_that_was_done_since() {
    let pair = Pair::new();
    let back = pair.back();
    let (order, there) = begun(&pair);
    pair.here.change(order.id, Command::default().with(Field::Instructions, "Theirs"));
    pair.there.pull(&back).unwrap();
    assert_eq!(pair.there.now_of(there.id).fields.instructions.as_deref(), Some("Theirs"));
    // The crew goes on faster than its reports come back as echoes.
    pair.there.change(there.id, Command::default().with(Field::Person, "Bob"));
    let started = pair.there.become_state(there.id, State::Started);
    pair.there.deliver(&back, &started).unwrap();
    pair.there.pull(&back).unwrap();
    let mut tasks = there.fields.tasks.clone();
    tasks[0].instructions = Some("Low".to_owned());
    let ours = Command::default().with(Field::Person, "Eve").with(Field::Instructions, "Ours");
    pair.there.change(there.id, ours.with(Field::Tasks, Value::Tasks(tasks)));
    pair.there.become_state(there.id, State::Completed);
    // What is listed still says Bob, assigned.
    pair.pass(600);
    pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    pair.there.pull(&back).unwrap();
    let now = pair.there.now_of(there.id);
    assert_eq!((now.state, now.fields.person.as_deref()), (State::Completed, Some("Eve")));
    assert_eq!((now.fields.reference.as_deref(), now.fields.instructions.as_deref()), (Some("R"), Some("Ours")));
    assert_eq!(now.fields.tasks[0].instructions.as_deref(), Some("Low"));
    // What was pushed since it was listed is taken back by the next listing that says otherwise.
    pair.here.change(order.id, Command::default().with(Field::Reference, "T"));
    pair.here.deliver(&pair.out(), &pair.here.now_of(order.id)).unwrap();
    assert_eq!(pair.there.now_of(there.id).fields.reference.as_deref(), Some("T"));
    pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    pair.there.pull(&back).unwrap();
    assert_eq!(pair.there.now_of(there.id).fields.reference.as_deref(), Some("R"));
    // What the other side decides counts.
    pair.here.become_state(order.id, State::Canceled);
    pair.pass(600);
    pair.there.pull(&back).unwrap();
    assert_eq!(pair.there.now_of(there.id).state, State::Canceled);
    // An order deleted here stays deleted.
    pair.there.become_state(there.id, State::Deleted);
    pair.here.change(order.id, Command::default().with(Field::Reference, "S"));
    pair.pass(600);
    pair.there.pull(&back).unwrap();
    assert_eq!(pair.there.ledger.all_orders().len(), 1);
}

#[test]
fn wrong_credentials_are_said_and_leave_nothing_open() {
    let (pair, other) = (Pair::new(), Pair::new());
    let back = pair.back();
    let secrets = BTreeMap::from([
        ("remote_username".to_owned(), "docket".to_owned()),
        ("remote_password".to_owned(), "wrong".to_owned()),
    ]);
    let there = Side { secrets, ..other.there };
    let error = there.pull(&back).unwrap_err();
    assert!(matches!(&error, ConnectError::Denied(why) if why.contains("invalid username or password")), "{error:?}");
    let grants = there.ledger.grants(there.connection.id).now_or_never().unwrap().unwrap();
    assert!(grants.is_empty(), "{grants:?}");
    let none = Side { secrets: BTreeMap::new(), ..there };
    assert!(matches!(none.pull(&back), Err(ConnectError::Setting(_))));
}

#[test]
fn a_remote_system_takes_no_orders() {
    let pair = Pair::new();
    let command = Command { route_to: vec![pair.there.connection.id], ..Command::default() }.with(Field::Number, "X");
    let order = pair.there.submit(&user(), Request::create(command));
    assert!(matches!(pair.there.deliver(&pair.back(), &order), Err(ConnectError::Refused(_))));
}

#[test]
fn what_a_crew_of_a_subcontractor_does_goes_on_to_where_the_order_came_from() {
    // A remote system, a Docket between, and the account of a subcontractor.
    let first = Pair::new();
    let own = connection(9, "sub", &[("url", "http://sub.example"), ("towards", "account")]);
    let claims = [("username", "sub"), ("password", PASSWORD), ("token", "SUB")];
    let between = Side::of(Arc::clone(&first.there.ledger), own, &claims, &[("push_key", "SUBKEY")]);
    let own = connection(4, "docket", &[("url", "http://there.example/pruvan"), ("towards", "remote")]);
    let secrets = [("remote_username", "sub"), ("remote_token", "SUB")];
    let sub = Side::new(own, &[("api_key", "SUBKEY")], &secrets);
    let second = Pair { here: between, there: sub };
    let ways = (first.out(), first.back(), second.out(), second.back());
    let order = first.handed("WO-1");
    let remote = json!({"workOrderNumber": "R-1", "address1": "1 A St", "city": "Austin", "state": "TX", "zip": "78701",
        "attribute7": "{\"order_id\":7}", "attribute30": "theirs", "services": [{"serviceName": "Mow"}]});
    let order = {
        // One that the remote system has its own members on.
        first.here.change(order.id, Command::default());
        let text = remote.to_string();
        let wire = Some(("pruvan".to_owned(), Some(text)));
        let command = Command { wire, ..Command::default() }.with(Field::Reference, "R");
        first.here.change(order.id, command)
    };
    first.here.deliver(&ways.0, &order).unwrap();
    let middle = first.same(&order);
    let routed = Command { route_to: vec![second.here.connection.id], ..Command::default() };
    let middle = second.here.change(middle.id, routed);
    second.here.deliver(&ways.2, &middle).unwrap();
    let there = second.same(&middle);
    second.there.photo(there.id, "p1", Stage::After, b"\xff\xd8\xffone");
    let done = second.there.become_state(there.id, State::Completed);
    second.there.deliver(&ways.3, &done).unwrap();
    let middle = first.there.now_of(middle.id);
    assert_eq!((middle.state, middle.attachments().count()), (State::Completed, 1));
    first.there.deliver(&ways.1, &middle).unwrap();
    let upload = sent(&ways.1.take_calls()[0], "payload");
    let (middle_id, known) = (middle.id.to_string(), upload["uuId"].as_str().unwrap());
    assert_eq!((&upload["key1"], &upload["key2"]), (&json!(middle_id), &json!("WO-1")));
    assert_eq!((&upload["key4"], &upload["evidenceType"]), (&json!("Mow"), &json!("After")));
    assert_eq!((&upload["attribute7"], &upload["attribute30"]), (&json!("{\"order_id\":7}"), &json!("theirs")));
    assert_eq!(middle.attachments().next().unwrap().0.id, known, "the same serial all the way");
    let here = first.here.now_of(order.id);
    assert_eq!((here.state, here.attachments().count()), (State::Completed, 1));
}
