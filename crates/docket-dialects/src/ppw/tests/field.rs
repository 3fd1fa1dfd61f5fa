//! Check-ins, and what an order lacks before it is ready for the office.

use super::*;
use docket_core::order::{Attachment, Form, Item};

#[test]
fn check_ins_are_kept_once() {
    let world = World::new();
    let order = world.create("N-1");
    let one = json!({"bg_check_id": 501, "checkin_ts": "2026-01-15 08:30:00", "gps_lat": "30.2672", "gps_lng": "-97.7431",
                     "gps_accuracy": "12.5", "gps_high_accuracy": "1", "misc_data": ""});
    let anonymous = json!({"bg_check_id": null, "checkin_ts": "2026-01-15 09:00:00", "gps_lat": 30.1, "gps_lng": -97.2,
                           "misc_data": "{\"ags\":{\"id\":7}}"});
    for _ in 0..2 {
        assert_eq!(
            world.done("send_checkin", json!({"dst_report_id": order.serial.0, "checkin_data": one})),
            Value::Null
        );
        let list = json!({"dst_report_id": order.serial.to_string(), "checkin_data": [one, anonymous]});
        assert_eq!(world.done("send_checkin", list), Value::Null);
    }
    let kept = world.order(order.serial);
    let seen: Vec<_> = kept
        .check_ins()
        .map(|(item, check_in)| {
            let at = check_in.point.unwrap();
            (item.id.as_str(), item.at.to_string(), at.latitude, at.longitude, at.accuracy_m, check_in.data.as_deref())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("501", "2026-01-15T08:30:00Z".to_owned(), 30.2672, -97.7431, Some(12.5), None),
            (
                "1768467600@30.1,-97.2",
                "2026-01-15T09:00:00Z".to_owned(),
                30.1,
                -97.2,
                None,
                Some("{\"ags\":{\"id\":7}}")
            ),
        ]
    );
    assert_eq!((kept.revision, kept.state), (Revision(3), State::Received));
    assert!(kept.items[0].wire.as_deref().unwrap().contains("gps_high_accuracy"));
}

#[test]
fn check_ins_that_cannot_be_read_are_refused() {
    let world = World::new();
    let order = world.create("N-1");
    let good = json!({"checkin_ts": "2026-01-15 08:30:00", "gps_lat": "30.2", "gps_lng": "-97.7"});
    let bad = |member: &str, value: Value| {
        let mut wrong = good.clone();
        wrong[member] = value;
        world.failed("send_checkin", json!({"dst_report_id": order.serial.0, "checkin_data": [good, wrong]}))
    };
    assert_eq!(bad("checkin_ts", json!(null)), "checkin_ts is missing.");
    assert_eq!(bad("checkin_ts", json!("noon")), "checkin_ts is not a date and time.");
    assert_eq!(bad("gps_lat", json!("")), "gps_lat is missing.");
    assert_eq!(bad("gps_lat", json!("91")), "gps_lat is out of range.");
    assert_eq!(bad("gps_lng", json!("east")), "gps_lng is not a number.");
    assert_eq!(bad("gps_accuracy", json!("good")), "gps_accuracy is not a number.");
    assert_eq!(bad("bg_check_id", json!([1])), "bg_check_id is not a text.");
    assert_eq!(world.failed("send_checkin", json!({"dst_report_id": order.serial.0})), "checkin_data is missing.");
    let wrong = json!({"dst_report_id": order.serial.0, "checkin_data": "here"});
    assert_eq!(world.failed("send_checkin", wrong), "checkin_data is not a list of objects.");
    let elsewhere = json!({"dst_report_id": 4711, "checkin_data": good});
    assert_eq!(world.failed("send_checkin", elsewhere), "There is no work order with report_id 4711.");
    assert_eq!(world.order(order.serial).revision, Revision(1));
}

fn ready(world: &World, order: &Order) -> (Vec<String>, String) {
    let answer = world.done("send_ready_for_office", json!({"dst_report_id": order.serial.0}));
    let errors: Vec<String> = serde_json::from_value(answer["error"].clone()).unwrap();
    let refused = !errors.is_empty();
    assert_eq!(answer["cell_updates"].as_array().unwrap().is_empty(), refused, "{answer}");
    assert_eq!(answer["error_reportid"].as_array().unwrap().is_empty(), !refused, "{answer}");
    (errors, answer["records_updated"].as_str().unwrap().to_owned())
}

fn form(id: &str, name: &str, required: bool, definition: Option<Value>) -> Item {
    let definition = definition.map(|definition| definition.to_string());
    let form = Form { name: name.to_owned(), required, definition, ..Form::default() };
    Item::new(id, Origin::default(), Timestamp::UNIX_EPOCH, form)
}

#[test]
fn required_forms_and_questions_must_be_answered() {
    let world = World::new();
    let order = world.create("N-1");
    let questions = json!([{"id": "a", "question": "Vacant?", "required": true}, {"id": "b", "required": true}]);
    let put = vec![form("1", "Interior", true, Some(questions)), form("2", "Optional", false, None)];
    world.change(&order, Command { put, ..Command::default() });
    let said = |text: &str| text.to_owned();
    assert_eq!(ready(&world, &order), (vec![said("The form Interior is not answered.")], said("0")));
    assert_eq!(world.order(order.serial).state, State::Received);
    let id = order.serial.0 * 100_000 + 1;
    let answers = |rows: Value| json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": rows});
    for nothing in [json!([]), json!([{"pcr_question_id": "a", "question_data_type": "varchar", "varchar_value": ""}])]
    {
        world.done("send_pcr_answers", answers(nothing));
        assert_eq!(ready(&world, &order), (vec![said("The form Interior is not answered.")], said("0")));
    }
    let row = |question: &str| json!({"pcr_question_id": question, "varchar_value": "x"});
    world.done("send_pcr_answers", answers(json!([row("c")])));
    let lacking =
        vec![said("The form Interior lacks an answer: Vacant?."), said("The form Interior lacks an answer: b.")];
    assert_eq!(ready(&world, &order), (lacking, said("0")));
    world.done("send_pcr_answers", answers(json!([row("a"), row("b")])));
    assert_eq!(ready(&world, &order), (vec![], said("1")));
    assert_eq!(world.order(order.serial).state, State::Completed);
}

#[test]
fn what_another_system_took_for_answered_is_answered() {
    let world = World::new();
    let order = world.create("N-1");
    let mut survey = form("1", "Interior", true, Some(json!([{"id": "a", "required": true}]))).by("bob");
    if let docket_core::order::Body::Form(form) = &mut survey.body {
        form.submitted_at = Some(world.ledger.now());
    }
    world.change(&order, Command { put: vec![survey], ..Command::default() });
    assert_eq!(ready(&world, &order).0, [""; 0]);
}

#[test]
fn a_form_the_order_came_with_is_required_too() {
    let world = World::new();
    let bag = json!({"pcr_forms": [{"pcr_form_id": "5", "form_ver_id": "1", "form_required": "1"},
                                   {"pcr_form_id": "6", "form_ver_id": "1", "form_required": "0"}]});
    let wire = Some((ID.to_owned(), Some(bag.to_string())));
    let order = world.submit(&world.other(), Target::New, Command { wire, ..Command::default() });
    assert_eq!(ready(&world, &order).0, ["The form 5 is not answered."]);
    let rows = json!({"dst_report_id": order.serial.0, "pcr_form_id": "5",
                      "pcr_form_rows": [{"pcr_question_id": "1", "int_value": 1}]});
    world.done("send_pcr_answers", rows);
    assert_eq!(ready(&world, &order).0, [""; 0]);
}

#[test]
fn a_connection_says_what_else_it_needs() {
    let world = World::with(&[("ready_needs", "forms,tasks"), ("ready_photos", "2")]);
    let task = |name: &str| Task { name: name.to_owned(), ..Task::default() };
    let tasks = Held::Tasks(vec![task("Mow"), task("Trim")]);
    let order = world.submit(&world.other(), Target::New, Command::default().with(Field::Tasks, tasks));
    let photos = "Photos required: 2, sent: 0.";
    assert_eq!(ready(&world, &order).0, [photos, "The task Mow is not done.", "The task Trim is not done."]);
    let completion =
        json!({"dst_report_id": order.serial.0, "dest_invoice_item_id": "1", "qty_comp": "1", "remote_id": "1"});
    world.done("send_bid_comp", completion);
    assert_eq!(ready(&world, &order).0, [photos, "The task Trim is not done."]);
    let photo = |id: &str| {
        let file = Attachment { photo: true, ..Attachment::default() };
        Item::new(id, Origin::default(), Timestamp::UNIX_EPOCH, file)
    };
    world.change(&order, Command { put: vec![photo("1"), photo("2")], ..Command::default() });
    assert_eq!(ready(&world, &order).0, ["The task Trim is not done."]);
    world.done("bid_comp_confirm", json!({"dst_report_id": order.serial.0}));
    assert_eq!(ready(&world, &order).0, [""; 0]);
    let lenient = World::with(&[("ready_needs", "nothing")]);
    let order = lenient.create("N-1");
    lenient.change(&order, Command { put: vec![form("1", "Interior", true, None)], ..Command::default() });
    assert_eq!(ready(&lenient, &order).0, [""; 0]);
}

#[test]
fn what_is_further_along_is_not_judged_again() {
    let world = World::new();
    let order = world.create("N-1");
    world.change(&order, Command::default().moving(Transition::Submit));
    world.change(&order, Command { put: vec![form("1", "Interior", true, None)], ..Command::default() });
    assert_eq!(ready(&world, &order), (vec![], "1".to_owned()));
    assert_eq!(world.order(order.serial).state, State::Submitted);
}
