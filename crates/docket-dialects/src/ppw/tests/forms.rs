//! PCR forms: definitions out, answers and photo flags in.

use super::*;
use docket_core::order::{Answer, Form, Item};

/// A form that is to be filled in, with questions as another dialect has them.
fn survey() -> Item {
    let definition = json!({
        "meta": {"surveyTemplateId": "interior", "version": "2", "name": "Interior"},
        "questions": [
            {"id": "q1", "question": "Is it vacant?", "answerType": "yesNo", "required": true},
            {"type": "section", "questions": [
                {"id": "q2", "question": "Damage", "answerType": "multiChoice",
                 "answerOptions": ["Roof", {"label": "Windows"}]},
                {"id": "q3", "question": "Since when", "answerType": "date"},
                {"id": "q4", "question": "Remarks", "answerType": "longText"},
                {"id": "q5", "question": "Rooms", "answerType": "number"},
            ]},
        ],
    });
    let form = Form {
        name: "Interior".to_owned(),
        template: "interior".to_owned(),
        version: "2".to_owned(),
        required: true,
        definition: Some(definition.to_string()),
        ..Form::default()
    };
    Item::new("s-1", Origin::default(), "2026-01-15T09:00:00Z".parse().unwrap(), form)
}

fn with_survey(world: &World) -> (Arc<Order>, String) {
    let order = world.create("N-1");
    world.change(&order, Command { put: vec![survey()], ..Command::default() });
    let form = (order.serial.0 * 100_000 + 1).to_string();
    (order, form)
}

fn row(question: &str, kind: &str, value: &str) -> Value {
    json!({"pcr_question_id": question, "question_data_type": kind, format!("{kind}_value"): value})
}

fn form_of(world: &World, order: &Order) -> (Item, Form) {
    let kept = world.order(order.serial);
    let found = kept.forms().next().map(|(item, form)| (item.clone(), form.clone()));
    found.unwrap()
}

#[test]
fn forms_are_listed_and_defined() {
    let world = World::new();
    let (order, id) = with_survey(&world);
    let listed = world.done("get_order", json!({"report_id": order.serial.0}))["pcr_forms"].clone();
    let expected = json!([{"pcr_form_id": id, "form_id": "", "form_ver_id": "2", "form_required": "1"}]);
    assert_eq!(listed, expected);
    let defined = world.done("get_pcr_json", json!({"pcr_form_id": id, "form_ver_id": "2"}));
    assert_eq!(defined.as_object().unwrap().len(), 1);
    let form = &defined[&id];
    assert_eq!(
        form["options_pcr_forms"],
        json!({"pcr_form_id": id, "form_ver_id": "2", "org_id": "1", "pcr_form_name": "Interior"})
    );
    let options = |texts: &[&str]| -> Value {
        (1..).zip(texts).map(|(id, text): (i32, _)| json!({"option_id": id.to_string(), "option_text": text})).collect()
    };
    let question = |id: &str, text: &str, kind: &str, multiple: bool, required: bool, texts: &[&str]| {
        json!({"pcr_question_id": id, "question_text": text, "question_data_type": kind, "multiple": multiple,
               "required": required, "options": options(texts)})
    };
    assert_eq!(
        form["pcr_questions"],
        json!([
            question("q1", "Is it vacant?", "int", false, true, &["Yes", "No"]),
            question("q2", "Damage", "int", true, false, &["Roof", "Windows"]),
            question("q3", "Since when", "date", false, false, &[]),
            question("q4", "Remarks", "longtext", false, false, &[]),
            question("q5", "Rooms", "int", false, false, &[]),
        ])
    );
    assert_eq!(form["definition"]["meta"]["name"], "Interior");
    for (data, said) in [
        (json!({}), "pcr_form_id is missing."),
        (json!({"pcr_form_id": id, "form_ver_id": "3"}), "form_ver_id is not the version of this form."),
        (json!({"pcr_form_id": "7"}), "There is no PCR form 7."),
        (json!({"pcr_form_id": "abc"}), "There is no PCR form abc."),
        (
            json!({"pcr_form_id": order.serial.0 * 100_000 + 2}),
            &*format!("There is no PCR form {}02.", &id[..id.len() - 2]),
        ),
    ] {
        assert_eq!(world.failed("get_pcr_json", data), said);
    }
}

#[test]
fn answers_of_all_types_are_kept_and_replaced() {
    let world = World::new();
    let (order, id) = with_survey(&world);
    let rows = json!([
        row("q1", "int", "2"), row("q2", "int", "1"), row("q2", "int", "2"), row("q3", "date", "2026-01-02"),
        row("q4", "longtext", "Tree\nfell"), row("q5", "int", "3"), row("x", "varchar", "more"),
        row("y", "decimal", "1.5"), {"pcr_question_id": "z", " varchar_ value": "damaged"}, {"pcr_question_id": 9},
    ]);
    let data = json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": rows});
    world.at("2026-01-15T11:00:00Z");
    assert_eq!(world.done("send_pcr_answers", data.clone()), Value::Null);
    let (item, form) = form_of(&world, &order);
    let answers: Vec<_> = form
        .answers
        .iter()
        .map(|a| (a.question.as_str(), a.text.as_str(), a.kind.as_str(), a.values.join("|")))
        .collect();
    let own = |text: &str| text.to_owned();
    assert_eq!(
        answers,
        [
            ("q1", "Is it vacant?", "int", own("No")),
            ("q2", "Damage", "int", own("Roof|Windows")),
            ("q3", "Since when", "date", own("2026-01-02")),
            ("q4", "Remarks", "longtext", own("Tree\nfell")),
            ("q5", "Rooms", "int", own("3")),
            ("x", "", "varchar", own("more")),
            ("y", "", "decimal", own("1.5")),
            ("z", "", "varchar", own("damaged")),
            ("9", "", "", own("")),
        ]
    );
    let submitted = "2026-01-15T11:00:00Z".parse().unwrap();
    assert_eq!((item.id.as_str(), item.author.as_str(), form.submitted_at), ("s-1", "demo", Some(submitted)));
    assert!(form.definition.is_some() && form.required);
    let revision = world.order(order.serial).revision;
    world.at("2026-01-15T12:00:00Z");
    world.done("send_pcr_answers", data);
    assert_eq!(world.order(order.serial).revision, revision, "the same answers again are no news");
    let fewer = json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": row("q1", "int", "1")});
    world.done("send_pcr_answers", fewer);
    let (_, form) = form_of(&world, &order);
    assert_eq!(form.answers.iter().map(|answer| &answer.values[..]).collect::<Vec<_>>(), [["Yes"]]);
    assert_eq!(form.submitted_at, Some(world.ledger.now()));
}

#[test]
fn a_form_of_the_importers_own() {
    let world = World::new();
    let order = world.create("N-1");
    let data = json!({"dst_report_id": order.serial.0, "pcr_form_id": 31, "pcr_form_rows": [row("7", "varchar", "x")]});
    for _ in 0..2 {
        world.done("send_pcr_answers", data.clone());
    }
    let (item, form) = form_of(&world, &order);
    assert_eq!((item.id.as_str(), item.origin.dialect.as_str(), form.required), ("31", "ppw", false));
    assert_eq!(world.order(order.serial).items.len(), 1);
    let listed = world.done("get_order", json!({"report_id": order.serial.0}))["pcr_forms"].clone();
    assert_eq!(listed, json!([{"pcr_form_id": "31", "form_id": "", "form_ver_id": "1", "form_required": "0"}]));
    let defined = world.done("get_pcr_json", json!({"pcr_form_id": "31", "form_ver_id": "1"}));
    assert_eq!(defined["31"]["pcr_questions"][0]["pcr_question_id"], "7");
    // An order that came with the form says its version and that it is required; the row stays as it came.
    let bag = json!({"pcr_forms": [{"pcr_form_id": 5, "form_ver_id": "8", "form_required": "1", "extra": true}]});
    let wire = Some((ID.to_owned(), Some(bag.to_string())));
    let seeded = world.submit(&world.other(), Target::New, Command { wire, ..Command::default() });
    let rows =
        json!({"dst_report_id": seeded.serial.0, "pcr_form_id": "5", "pcr_form_rows": [row("7", "varchar", "x")]});
    world.done("send_pcr_answers", rows);
    let (_, form) = form_of(&world, &seeded);
    assert_eq!((form.version.as_str(), form.required), ("8", true));
    assert_eq!(world.done("get_order", json!({"report_id": seeded.serial.0}))["pcr_forms"], bag["pcr_forms"]);
}

#[test]
fn a_definition_of_this_dialect_goes_out_as_it_came() {
    let world = World::new();
    let order = world.create("N-1");
    let inner = json!({"options_pcr_forms": {"pcr_form_id": 3}, "questions": {"a": [1]}});
    for (place, definition) in
        [inner.clone(), json!({(order.serial.0 * 100_000 + 2).to_string(): inner})].iter().enumerate()
    {
        let form = Form { definition: Some(definition.to_string()), ..Form::default() };
        let origin = Origin { connection: Some(ConnectionId(77)), dialect: ID.to_owned() };
        let item = Item::new(format!("f{place}"), origin, world.ledger.now(), form);
        world.change(&order, Command { put: vec![item], ..Command::default() });
        let id = (order.serial.0 * 100_000 + 1 + place as i64).to_string();
        let defined = world.done("get_pcr_json", json!({"pcr_form_id": id}));
        assert_eq!(defined, json!({id: inner}));
    }
}

#[test]
fn photos_are_tied_to_questions_before_or_after_the_answers() {
    let world = World::new();
    let (order, id) = with_survey(&world);
    for (file, url) in [("77", "https://a/1.jpg"), ("78", "https://a/2.jpg")] {
        world.ledger.add_remote(url, "", b"x".to_vec());
        world.done("send_file", json!({"dst_report_id": order.serial.0, "file_id": file, "s3_url": url}));
    }
    let flag = |file: &str, question: &str| {
        json!({"dst_report_id": order.serial.0, "pcr_form_id": id,
               "question_data": [{"file_id": file, "pcr_question_id": question, "work_type": " pc"}]})
    };
    world.done("send_photo_flag", flag("77", "q1"));
    assert_eq!(form_of(&world, &order).1.submitted_at, None, "photos are no answers");
    let rows = json!([row("q1", "int", "1"), row("q3", "date", "2026-01-02")]);
    world.done("send_pcr_answers", json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": rows}));
    for _ in 0..2 {
        world.done("send_photo_flag", flag("78", "q1"));
        // By its number in this hub, and for a question that has no answer.
        world.done("send_photo_flag", flag(&(order.serial.0 * 100_000 + 3).to_string(), "q4"));
    }
    let photos = || -> Vec<(String, Vec<String>)> {
        form_of(&world, &order).1.answers.into_iter().map(|answer: Answer| (answer.question, answer.photos)).collect()
    };
    let expected = vec![
        ("q1".to_owned(), vec!["77".to_owned(), "78".to_owned()]),
        ("q3".to_owned(), vec![]),
        ("q4".to_owned(), vec!["78".to_owned()]),
    ];
    assert_eq!(photos(), expected);
    let rows = json!([row("q3", "date", "2026-01-03"), row("q1", "int", "2")]);
    world.done("send_pcr_answers", json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": rows}));
    assert_eq!(
        photos(),
        [expected[1].clone(), expected[0].clone(), expected[2].clone()],
        "new answers, the same photos"
    );
}

#[test]
fn answers_and_flags_that_cannot_be_read_store_nothing() {
    let world = World::new();
    let (order, id) = with_survey(&world);
    let revision = world.order(order.serial).revision;
    let answers = |rows: Value| json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "pcr_form_rows": rows});
    for (data, said) in [
        (json!({"pcr_form_id": "1", "pcr_form_rows": []}), "dst_report_id is missing."),
        (json!({"dst_report_id": order.serial.0, "pcr_form_rows": []}), "pcr_form_id is missing."),
        (json!({"dst_report_id": order.serial.0, "pcr_form_id": id}), "pcr_form_rows is missing."),
        (answers(json!("x")), "pcr_form_rows is not a list of objects."),
        (answers(json!([{"varchar_value": "x"}])), "pcr_question_id is missing."),
        (answers(json!([row("q5", "int", "many")])), "int_value is not a whole number."),
        (answers(json!([row("q3", "date", "01/02/2026")])), "date_value is not a date of the form YYYY-MM-DD."),
        (
            json!({"dst_report_id": 4711, "pcr_form_id": id, "pcr_form_rows": []}),
            "There is no work order with report_id 4711.",
        ),
    ] {
        assert_eq!(world.failed("send_pcr_answers", data), said);
    }
    let flag = |row: Value| json!({"dst_report_id": order.serial.0, "pcr_form_id": id, "question_data": [row]});
    for (data, said) in [
        (json!({"dst_report_id": order.serial.0, "pcr_form_id": id}), "question_data is missing."),
        (flag(json!({"file_id": "1", "pcr_question_id": "q1"})), "work_type is not pc."),
        (flag(json!({"file_id": "1", "pcr_question_id": "q1", "work_type": "b"})), "work_type is not pc."),
        (flag(json!({"pcr_question_id": "q1", "work_type": "pc"})), "file_id is missing."),
        (flag(json!({"file_id": "1", "work_type": "pc"})), "pcr_question_id is missing."),
        (
            flag(json!({"file_id": "1", "pcr_question_id": "q1", "work_type": "pc"})),
            "The work order was not changed: file_id: 1 was not sent before.",
        ),
    ] {
        assert_eq!(world.failed("send_photo_flag", data), said);
    }
    assert_eq!(world.order(order.serial).revision, revision);
}

#[test]
fn definitions_of_every_shape_are_understood() {
    use crate::ppw::map::pcr;
    let asked = |definition: Value| -> Vec<(String, usize)> {
        let form = Form { definition: Some(definition.to_string()), ..Form::default() };
        pcr::questions(&form).into_iter().map(|question| (question.id, question.options.len())).collect()
    };
    let one = |id: &str, options: usize| (id.to_owned(), options);
    assert_eq!(asked(json!([{"id": "a"}, {"question_id": 2, "options": ["x", 1]}])), [one("a", 0), one("2", 2)]);
    let sent_back = json!({"meta": {"id": "m"}, "questions": [{"id": "a"}], "answers": [{"id": "a"}, {"id": "b"}]});
    assert_eq!(asked(sent_back), [one("a", 0)]);
    assert_eq!(asked(json!({"meta": {}, "answers": [{"id": "b", "answers": ["x"]}]})), [one("b", 0)]);
    // What another hub shows of a form.
    let wrapped = json!({"31": {"options_pcr_forms": {"pcr_form_id": "31"}, "pcr_questions": [
        {"pcr_question_id": "q", "options": [{"option_id": "7", "option_text": "Yes"}]}]}});
    assert_eq!(asked(wrapped.clone()), [one("q", 1)]);
    let form = Form { definition: Some(wrapped.to_string()), ..Form::default() };
    assert_eq!(pcr::meaning(&pcr::questions(&form), "q", "7".to_owned()), "Yes");
    let nested = (0..20).fold(json!([{"id": "deep"}]), |inner, _| json!({"sections": [{"questions": inner}]}));
    for definition in [nested, json!(7), json!({"a": 1}), json!([[["x"]]])] {
        assert_eq!(asked(definition), []);
    }
}
