//! What the field sends back.

use super::*;
use docket_core::order::{Answer, Charge, ChargeKind, CheckIn, Form, Point, Stage};

/// An order that was taken over.
fn taken(pair: &Pair, way: &Loopback<'_>) -> (Arc<Order>, Arc<Order>) {
    let there = theirs(pair, "WO-1");
    pair.settle(way);
    (pair.same(&there), there)
}

#[test]
fn everything_goes_back_once_and_in_order() {
    let pair = Pair::with(&[("confirm_empty", "true")], &[]);
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    noted(&pair.here, here.id, "n", "Grass was high");
    photo(&pair.here, here.id, "after", "green");
    let point = Some(Point { latitude: 30.25, longitude: -97.75, accuracy_m: Some(12.5) });
    put(&pair.here, here.id, "c", CheckIn { point, data: None });
    let bid = Charge {
        kind: ChargeKind::Bid,
        item: Some("Trim".to_owned()),
        description: "Trim shrubs".to_owned(),
        quantity: Some(3.0),
        unit_price: Some(50.0),
        comment: "overgrown".to_owned(),
        photos: vec!["after".to_owned()],
        ..Charge::default()
    };
    put(&pair.here, here.id, "b", bid);
    let line = Charge {
        kind: ChargeKind::Invoice,
        description: "Dump fee".to_owned(),
        quantity: Some(1.0),
        unit_price: Some(80.0),
        comment: "net 30".to_owned(),
        flat_fee: true,
        ..Charge::default()
    };
    put(&pair.here, here.id, "i", line);
    let mut done = here.fields.tasks.clone();
    done[0].done = true;
    change(&pair.here, here.id, Command::default().with(Field::Tasks, Held_::Tasks(done)));
    become_state(&pair.here, here.id, State::Completed);
    let order = now_of(&pair.here, here.id);
    way.take_calls();
    let delivered = pair.deliver(&way, &order).unwrap();
    let expected = "1 note, 1 check-in, 1 photo, 2 bids and completions, 1 invoice line, ready for office";
    assert_eq!(delivered.summary, expected);
    let expected = [
        "send_notes",
        "send_checkin",
        "send_file",
        "get_invoice_items_order",
        "send_bid_comp",
        "send_bid_comp",
        "get_invoice_items_order",
        "send_contractor_invoice",
        "send_ready_for_office",
    ];
    assert_eq!(events(&way), expected);
    let other = now_of(&pair.there, there.id);
    assert_eq!((other.state, notes(&other)), (State::Completed, vec!["Grass was high".to_owned()]));
    assert_eq!(other.notes().next().unwrap().0.author, "Ann");
    let (_, file) = other.attachments().next().unwrap();
    assert_eq!((file.name.as_str(), file.photo, file.stage), ("after.jpg", true, Some(Stage::Before)));
    assert_eq!(other.check_ins().next().unwrap().1.point, point);
    let charges: Vec<_> = other
        .charges()
        .map(|(_, charge)| (charge.kind, charge.item.as_deref(), charge.description.as_str(), charge.unit_price))
        .collect();
    let expected = [
        (ChargeKind::Bid, Some("Trim"), "Trim shrubs", Some(50.0)),
        (ChargeKind::Completion, Some("Mow"), "Mow", None),
        (ChargeKind::Invoice, None, "Dump fee", Some(80.0)),
    ];
    assert_eq!(charges, expected);
    assert_eq!(tasks(&other)[0], ("Mow".to_owned(), true));
    // Nothing of it comes back, and nothing is said again.
    pair.settle(&way);
    let order = now_of(&pair.here, here.id);
    assert_eq!((order.notes().count(), order.attachments().count(), order.charges().count()), (1, 1, 2));
    pair.agree(&way);
}

#[test]
fn every_call_says_what_the_vendor_documents() {
    let pair = Pair::new();
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    noted(&pair.here, here.id, "n", "Grass \"high\" & wet");
    photo(&pair.here, here.id, "after", "green");
    way.take_calls();
    pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap();
    let calls = way.take_calls();
    let site = pair.on(&way, |remote| remote.place("site").now_or_never().unwrap().unwrap().unwrap());
    assert_eq!(docket_core::ids::Uuid::try_parse(&site).unwrap().get_version_num(), 4);
    let call = &calls[0];
    assert_eq!((call.url.as_str(), call.method.as_str()), ("http://source.example/api/link/receiver.php", "POST"));
    assert_eq!(call.headers["content-type"], "application/x-www-form-urlencoded");
    let report = there.serial;
    let first = here.serial.0 * 100_000 + 99_999;
    let data = format!(
        r#"{{\"dst_report_id\":\"{report}\",\"org_name\":\"acme\",\"module_type\":\"job_notes\",\"note\":[{{\"note_id\":\"{first}\",\"note_type\":\"wo\",\"note_text\":\"Grass \\\"high\\\" & wet\",\"insert_date\":\"2026-01-15T10:04:00Z\",\"org_name\":\"Ann\",\"has_attachments\":false}}]}}"#
    );
    let whole = |event: &str, data: &str| {
        format!(
            r#"{{"username":"crew","password":"{HASH}","site_id":"{site}","event_name":"{event}","event_data":"{data}"}}"#
        )
    };
    let text = |call: &crate::connect::Outgoing| String::from_utf8(call.body.to_vec()).unwrap();
    assert!(
        text(call).starts_with("payload=%7B%22username%22%3A%22crew%22%2C%22password%22%3A%22e5e9"),
        "{}",
        text(call)
    );
    assert!(!text(call).contains(['+', '&', ' ']));
    let decoded = |call: &crate::connect::Outgoing| crate::form::fields(&call.body)[0].text().into_owned();
    assert_eq!(decoded(call), whole("send_notes", &data));
    let sent = payload(&calls[1]);
    let url = sent["event_data"]["s3_url"].as_str().unwrap();
    assert!(url.starts_with("http://docket.example/files/"), "{url}");
    let data = format!(
        r#"{{\"dst_report_id\":\"{report}\",\"file_id\":\"{}\",\"file_name\":\"after.jpg\",\"file_area\":\"0\",\"s3_url\":\"{url}\",\"s3_url_thumb\":\"{url}\"}}"#,
        first - 1
    );
    assert_eq!(decoded(&calls[1]), whole("send_file", &data));
}

#[test]
fn a_note_that_says_something_else_is_a_revision() {
    let pair = Pair::new();
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    noted(&pair.here, here.id, "n", "Gate open");
    pair.settle(&way);
    noted(&pair.here, here.id, "n", "Gate shut");
    pair.settle(&way);
    let other = now_of(&pair.there, there.id);
    let all: Vec<_> = other.notes().collect();
    assert_eq!(all.len(), 2);
    assert_eq!((all[1].1.text.as_str(), all[1].1.revises.as_ref()), ("Gate shut", Some(&all[0].0.id)));
    // Here it is one note still.
    assert_eq!(now_of(&pair.here, here.id).notes().count(), 1);
}

#[test]
fn forms_come_with_their_questions_and_go_back_answered() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    let definition = json!({"questions": [
        {"id": "q1", "text": "Is it vacant?", "kind": "select", "options": ["Yes", "No"], "required": true},
        {"id": "q2", "text": "How high?", "kind": "number"},
        {"id": "q3", "text": "What else?", "kind": "textarea"},
        {"id": "q4", "text": "Which hazards?", "kind": "multi", "options": ["Dog", "Pool", "Wires"]},
    ]});
    let form = Form {
        name: "Occupancy".to_owned(),
        required: true,
        definition: Some(definition.to_string()),
        ..Form::default()
    };
    put(&pair.there, there.id, "f", form);
    pair.settle(&way);
    let here = pair.same(&there);
    let (item, form) = here.forms().next().unwrap();
    assert_eq!((form.name.as_str(), form.required, form.submitted_at), ("Occupancy", true, None));
    photo(&pair.here, here.id, "door", "a door");
    // Without its form the order is not taken.
    become_state(&pair.here, here.id, State::Completed);
    let error = pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap_err();
    assert_eq!(error, ConnectError::Refused("not ready for office: The form Occupancy is not answered.".to_owned()));
    let answer = |question: &str, values: &[&str], photos: &[&str]| Answer {
        question: question.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        photos: photos.iter().map(|&photo| photo.to_owned()).collect(),
        ..Answer::default()
    };
    let answers = vec![
        answer("q1", &["Yes"], &["door"]),
        answer("q2", &["12"], &[]),
        answer("q3", &["Nothing"], &[]),
        answer("q4", &["Dog", "Wires"], &[]),
    ];
    let body = Form { answers, submitted_at: Some(pair.here.now()), ..form.clone() };
    let item = Item { body: body.into(), ..item.clone() };
    change(&pair.here, here.id, Command { put: vec![item.clone()], ..Command::default() });
    way.take_calls();
    let delivered = pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap();
    assert_eq!(delivered.summary, "1 form, ready for office");
    let calls = way.take_calls();
    let rows = payload(&calls[0])["event_data"]["pcr_form_rows"].clone();
    let row = |id: &str, kind: &str, value: &str| json!({"pcr_question_id": id, "question_data_type": kind, (format!("{kind}_value")): value});
    let expected = json!([
        row("q1", "int", "1"),
        row("q2", "int", "12"),
        row("q3", "longtext", "Nothing"),
        row("q4", "int", "1"),
        row("q4", "int", "3"),
    ]);
    assert_eq!(rows, expected);
    let flags = &payload(&calls[1])["event_data"]["question_data"];
    assert_eq!((&flags[0]["pcr_question_id"], &flags[0]["work_type"]), (&json!("q1"), &json!("pc")));
    let other = now_of(&pair.there, there.id);
    let (_, answered) = other.forms().next().unwrap();
    assert_eq!(answered.answers[0].values, ["Yes"]);
    assert_eq!(answered.answers[3].values, ["Dog", "Wires"]);
    assert_eq!(answered.answers[0].photos.len(), 1);
    assert_eq!((other.forms().count(), other.state), (1, State::Completed));
    pair.settle(&way);
    pair.agree(&way);
}

#[test]
fn a_form_that_another_system_answered_goes_under_the_id_that_was_asked() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    put(&pair.there, there.id, "f", Form { name: "Occupancy".to_owned(), ..Form::default() });
    pair.settle(&way);
    let here = pair.same(&there);
    let answers = vec![Answer { question: "7".to_owned(), values: vec!["Empty".to_owned()], ..Answer::default() }];
    let submitted_at = Some(pair.here.now());
    put(
        &pair.here,
        here.id,
        "s",
        Form { name: "occupancy".to_owned(), answers: answers.clone(), submitted_at, ..Form::default() },
    );
    put(&pair.here, here.id, "t", Form { name: "Our own".to_owned(), answers, submitted_at, ..Form::default() });
    pair.settle(&way);
    let other = now_of(&pair.there, there.id);
    let answered: Vec<_> = other.forms().map(|(_, form)| (form.name.as_str(), form.answers.len())).collect();
    assert_eq!(answered, [("Occupancy", 1)]);
}

#[test]
fn what_the_source_does_not_take_is_said_and_the_rest_goes() {
    let pair = Pair::new();
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    let blob = pair.here.keep_blob(Bytes::from_static(b"x")).now_or_never().unwrap().unwrap();
    let file = Attachment { name: "tool.exe".to_owned(), blob, ..Attachment::default() };
    put(&pair.here, here.id, "x", file);
    // One that is nowhere to be fetched.
    let gone = Attachment { name: "gone.jpg".to_owned(), blob: "0".repeat(64), ..Attachment::default() };
    put(&pair.here, here.id, "g", gone);
    noted(&pair.here, here.id, "n", "All the same");
    become_state(&pair.here, here.id, State::Completed);
    let deliver = || pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap_err();
    for _ in 0..7 {
        // It may only not have been fetched: it is said again, and ready for office waits.
        assert!(matches!(deliver(), ConnectError::Later { why, .. } if why.starts_with("send_file: ")));
        assert_eq!(now_of(&pair.there, there.id).state, State::Assigned);
    }
    assert!(matches!(deliver(), ConnectError::Refused(why) if why.starts_with("send_file: ")));
    let other = now_of(&pair.there, there.id);
    assert_eq!((notes(&other), other.attachments().count()), (vec!["All the same".to_owned()], 0));
    assert_eq!(other.state, State::Completed);
}

#[test]
fn ready_for_office_is_looked_up_before_it_is_said_again() {
    use crate::connect::LoopbackFault as Fault;
    let pair = Pair::new();
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    become_state(&pair.here, here.id, State::Completed);
    way.plan([Fault::AnswerLost]);
    assert!(pair.deliver(&way, &now_of(&pair.here, here.id)).is_err());
    way.take_calls();
    assert_eq!(pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap().summary, "ready for office");
    assert_eq!(events(&way), ["get_order"]);
    // Sent back before anybody knew that it had arrived.
    let back = |reason: &str| {
        let command =
            Command::default().with(Field::Rework, true).with(Field::Outcome, reason).moving(Transition::Reopen);
        change(&pair.there, there.id, command);
    };
    back("once");
    pair.settle(&way);
    become_state(&pair.here, here.id, State::Completed);
    way.plan([Fault::AnswerLost]);
    assert!(pair.deliver(&way, &now_of(&pair.here, here.id)).is_err());
    pair.pass(5);
    back("twice");
    let error = pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap_err();
    assert!(matches!(&error, ConnectError::Later { why, .. } if why.contains("sent back")), "{error:?}");
    pair.settle(&way);
    assert!(now_of(&pair.here, here.id).state.is_open());
    assert!(now_of(&pair.there, there.id).state.is_open());
}

#[test]
fn said_anew_it_is_said_again_and_nothing_is_twice() {
    let pair = Pair::new();
    let way = pair.way();
    let (here, there) = taken(&pair, &way);
    noted(&pair.here, here.id, "n", "One");
    photo(&pair.here, here.id, "p", "one");
    become_state(&pair.here, here.id, State::Completed);
    pair.settle(&way);
    become_state(&pair.there, there.id, State::Started);
    pair.on(&way, |remote| remote.renew(&super::super::Importer, here.serial).now_or_never().unwrap()).unwrap();
    let order = now_of(&pair.here, here.id);
    assert_eq!(pair.deliver(&way, &order).unwrap().summary, "1 note, 1 photo, ready for office");
    let other = now_of(&pair.there, there.id);
    assert_eq!((other.notes().count(), other.attachments().count(), other.state), (1, 1, State::Completed));
    assert_eq!(pair.deliver(&way, &order).unwrap(), Delivered::nothing());
}
