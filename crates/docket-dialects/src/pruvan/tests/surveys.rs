//! Surveys: asked for by services, filled by published items, sent back to be done again.

use super::items::publish;
use super::*;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{Answer, Body, Command, Field, Form, Item, Origin};

const DONE: &str = r#"{"status":true,"error":null}"#;

fn survey(answer: &str, photos: &[&str]) -> Value {
    json!({
        "meta": {"surveyTemplateId": "winterize", "version": 3, "name": "Winterization"},
        "answers": [
            {"id": "q1", "question": "Water off?", "answerType": "yesNo", "answer": answer, "hint": "", "answerOptions": ["yes", "no"],
             "pictures": photos},
            {"id": "q2", "question": "Rooms", "answerType": "checkboxes", "answer": ["bath", "kitchen"]},
            {"type": "section", "id": "s1", "questions": [{"id": "q3", "question": "Pressure", "answerType": "number", "answer": 4.5}]},
        ],
    })
}

fn item(uuid: &str, survey: Value, more: Value) -> Value {
    let mut item = signed(json!({
        "uuId": uuid, "key2": "A", "key4": "Trim Hedges", "evidenceType": "Survey",
        "template": "acct::winterize", "survey": survey,
    }));
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

fn send(hub: &Hub, item: &Value) {
    assert_eq!(call(hub, "uploadPictures", item).body, DONE);
}

fn only_form(order: &Order) -> (&Item, &Form) {
    let forms: Vec<_> = order.forms().collect();
    assert_eq!(forms.len(), 1, "{forms:?}");
    forms[0]
}

#[test]
fn a_survey_is_a_form_with_its_answers() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    send(&hub, &item("s-1", survey("yes", &["photo-0001", "photo-0002"]), json!({"creationDate": "1393278236"})));
    let order = hub.order("A");
    let (kept, form) = only_form(&order);
    let answer = |question: &str, text: &str, kind: &str, values: &[&str], photos: &[&str]| Answer {
        question: question.to_owned(),
        text: text.to_owned(),
        kind: kind.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        photos: photos.iter().map(|photo| (*photo).to_owned()).collect(),
    };
    let expected = Form {
        name: "Winterization".to_owned(),
        template: "winterize".to_owned(),
        version: "3".to_owned(),
        task: Some("Trim Hedges".to_owned()),
        required: false,
        definition: None,
        submitted_at: time("2014-02-24T21:43:56Z"),
        answers: vec![
            answer("q1", "Water off?", "yesNo", &["yes"], &["photo-0001", "photo-0002"]),
            answer("q2", "Rooms", "checkboxes", &["bath", "kitchen"], &[]),
            answer("q3", "Pressure", "number", &["4.5"], &[]),
        ],
    };
    assert_eq!((form, kept.id.as_str()), (&expected, "winterize@Trim Hedges"));
    let shown = hub.face(&order);
    assert_eq!(shown["items"][0]["survey"], survey("yes", &["photo-0001", "photo-0002"]), "kept verbatim");
    assert_eq!(shown["items"][0]["template"], "acct::winterize");
}

#[test]
fn a_survey_as_text_is_the_same() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    send(&hub, &item("s-1", json!(survey("no", &[]).to_string()), json!({})));
    let order = hub.order("A");
    let (_, form) = only_form(&order);
    assert_eq!((form.answers.len(), form.submitted_at), (3, time("2026-01-15T10:00:00Z")));
    // What is no survey is no form, and no reason to fail.
    for (n, wrong) in [json!("text"), json!(5), json!([]), json!({}), json!(null)].into_iter().enumerate() {
        send(&hub, &item(&format!("w{n}"), wrong, json!({"notes": "n"})));
    }
    assert_eq!((hub.order("A").forms().count(), hub.order("A").notes().count()), (1, 5));
}

/// Photos are assigned by the latest survey only, whichever comes first.
#[test]
fn photos_come_before_or_after_and_are_moved_by_a_survey_alone() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let photo = |id: &str| json!({"uuId": id, "key2": "A", "key4": "Trim Hedges", "fileType": "picture", "evidenceType": "Survey"});
    let jpeg: &[u8] = b"\xff\xd8\xff";
    let file = Some(("p.jpg", "image/jpeg", jpeg));
    assert_eq!(publish(&hub, &photo("photo-0001"), file).body, DONE);
    send(&hub, &item("s-1", survey("yes", &["photo-0001", "photo-0002"]), json!({})));
    assert_eq!(publish(&hub, &photo("photo-0002"), file).body, DONE);
    let order = hub.order("A");
    assert_eq!((order.attachments().count(), order.forms().count()), (2, 1));
    // Moved: the same submission published again, alone.
    send(&hub, &item("s-1", survey("yes", &["photo-0002"]), json!({})));
    let order = hub.order("A");
    assert_eq!(only_form(&order).1.answers[0].photos, ["photo-0002"]);
    assert_eq!(order.attachments().count(), 2);
    let revision = order.revision;
    // Everything once more: nothing new.
    hub.ledger.set_now("2026-01-15T12:00:00Z".parse().unwrap());
    send(&hub, &item("s-1", survey("yes", &["photo-0002"]), json!({})));
    assert_eq!(publish(&hub, &photo("photo-0001"), file).body, DONE);
    assert_eq!(hub.order("A").revision, revision);
}

#[test]
fn the_latest_submission_counts_in_whatever_order_they_come() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let values = |hub: &Hub| only_form(&hub.order("A")).1.answers[0].values.clone();
    send(&hub, &item("s-1", survey("first", &[]), json!({})));
    send(&hub, &item("s-2", survey("second", &[]), json!({})));
    assert_eq!(values(&hub), ["second"]);
    // A re-publish sends both again.
    send(&hub, &item("s-1", survey("first", &[]), json!({})));
    assert_eq!(values(&hub), ["second"], "superseded by serial");
    let revision = hub.order("A").revision;
    send(&hub, &item("s-2", survey("second", &[]), json!({})));
    assert_eq!(hub.order("A").revision, revision);
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    send(&hub, &item("s-2", survey("second", &[]), json!({"creationDate": "1393278300"})));
    send(&hub, &item("s-1", survey("first", &[]), json!({"creationDate": "1393278236"})));
    assert_eq!(values(&hub), ["second"], "superseded by time");
    // Another service has a form of its own.
    send(&hub, &item("s-9", survey("other", &[]), json!({"key4": "Mow"})));
    assert_eq!(hub.order("A").forms().count(), 2);
}

#[test]
fn services_ask_for_surveys() {
    let hub = Hub::new(&[]);
    let template = json!({
        "meta": {"surveyTemplateId": "winterize", "version": "3", "name": "Winterization"},
        "questions": [{"id": "q1", "answerType": "yesNo", "question": "Water off?"}],
    });
    for dynamic in [template.clone(), json!(template.to_string())] {
        let number = if dynamic.is_object() { "A" } else { "B" };
        let order = hub.take(new_order(
            number,
            json!({"services": [
                {"serviceName": "Trim Hedges", "surveyDynamic": dynamic, "survey": "winterize"},
                {"serviceName": "Mow", "survey": "lawn"}, {"serviceName": "Plain", "surveyDynamic": "", "survey": null},
            ]}),
        ));
        let forms: Vec<(&str, &str, Option<&str>, bool)> = order
            .forms()
            .map(|(_, form)| (form.name.as_str(), form.template.as_str(), form.task.as_deref(), form.required))
            .collect();
        assert_eq!(
            forms,
            [("Winterization", "winterize", Some("Trim Hedges"), true), ("lawn", "lawn", Some("Mow"), true)]
        );
        let (_, form) = order.forms().next().unwrap();
        assert_eq!(serde_json::from_str::<Value>(form.definition.as_deref().unwrap()).unwrap(), template);
        assert_eq!(hub.face(&order)["services"][0]["surveyDynamic"], dynamic, "shown as it was sent");
        assert!(hub.face(&order).get("items").is_none(), "nothing was published yet");
    }
    // Answers fill it; the definition stays.
    send(&hub, &item("s-1", survey("yes", &[]), json!({})));
    let order = hub.order("A");
    let (_, form) = order.forms().next().unwrap();
    assert_eq!((form.answers.len(), form.definition.is_some(), order.forms().count()), (3, true, 2));
    // Pushed again, with whatever else: nothing is taken from it.
    let order = hub.take(change(
        "A",
        json!({"services": [
            {"serviceName": "Trim Hedges", "surveyDynamic": template}, {"serviceName": "New", "survey": "roof"}
        ]}),
    ));
    assert_eq!(order.forms().next().unwrap().1.answers.len(), 3);
    assert_eq!(order.forms().count(), 3);
}

#[test]
fn auto_admin_off_leaves_surveys_alone() {
    let hub = Hub::new(&[("auto_admin", "off")]);
    hub.take(new_order("A", json!({})));
    let order = hub.take(change("A", json!({"services": [{"serviceName": "Trim Hedges", "survey": "roof"}]})));
    assert_eq!((order.items.len(), order.fields.tasks.len()), (0, 1));
}

/// The received survey goes back unchanged but for what was rejected; the field sends new photos only, and all answers.
#[test]
fn rework_on_the_old_order() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let received = survey("yes", &["photo-0001", "photo-0002"]);
    send(&hub, &item("s-1", received, json!({})));
    hub.push(json!([change("A", json!({"status": "complete"}))]));
    let back = survey("", &["photo-0001"]);
    let order = hub.take(change(
        "A",
        json!({
            "status": "rework", "services": [{"serviceName": "Trim Hedges", "surveyDynamic": back}]
        }),
    ));
    assert!(order.fields.rework);
    let (_, form) = only_form(&order);
    assert_eq!(
        (form.submitted_at, form.answers[1].values.as_slice()),
        (None, &["bath".to_owned(), "kitchen".to_owned()][..])
    );
    assert_eq!(form.answers[0].photos, ["photo-0001"], "the rejected photo is gone");
    assert_eq!(serde_json::from_str::<Value>(form.definition.as_deref().unwrap()).unwrap(), back);
    // Asked again, nothing moves.
    let again = hub.take(change("A", json!({"services": [{"serviceName": "Trim Hedges", "surveyDynamic": back}]})));
    assert_eq!(again.forms().next(), order.forms().next());
    // Re-published: the new photo and the whole answer set.
    let photo = json!({"uuId": "photo-0003", "key2": "A", "fileType": "picture"});
    let jpeg: &[u8] = b"\xff\xd8\xff";
    assert_eq!(publish(&hub, &photo, Some(("3.jpg", "image/jpeg", jpeg))).body, DONE);
    send(&hub, &item("s-2", survey("yes", &["photo-0001", "photo-0003"]), json!({})));
    let order = hub.order("A");
    let (_, form) = only_form(&order);
    assert_eq!(form.answers[0].photos, ["photo-0001", "photo-0003"]);
    assert!(form.submitted_at.is_some());
    // And pushing the same rework again does not undo it.
    let order = hub.take(change("A", json!({"services": [{"serviceName": "Trim Hedges", "surveyDynamic": back}]})));
    assert_eq!(only_form(&order).1.answers[0].photos.len(), 2);
}

#[test]
fn rework_on_a_new_order() {
    let hub = Hub::new(&[]);
    let back = survey("", &["photo-0001"]);
    let order = hub.take(new_order(
        "A-2",
        json!({
            "status": "rework", "services": [{"serviceName": "Trim Hedges", "surveyDynamic": back}]
        }),
    ));
    let (_, form) = only_form(&order);
    assert_eq!((form.answers.len(), form.answers[0].photos.as_slice()), (3, &["photo-0001".to_owned()][..]));
    send(&hub, &item("s-5", survey("yes", &["photo-0001", "photo-0009"]), json!({"key2": "A-2"})));
    assert_eq!(only_form(&hub.order("A-2")).1.answers[0].values, ["yes"]);
}

/// As remote system: an order of our own whose survey came back gets it again, unchanged, when it is to be reworked.
#[test]
fn our_own_rework_sends_the_survey_back() {
    let hub = Hub::new(&[]);
    let user = Caller::user(AccountId(1), "token t");
    let create = Command::default().with(Field::Number, "A").with(Field::Service, "Trim Hedges");
    hub.ledger.submit(&user, Submission::one(Request::create(create))).now_or_never().unwrap().unwrap();
    let list = || {
        let answer = hub.answer(&call(&hub, "getWorkOrders", &signed(json!({"timestamp": null}))));
        answer["workOrders"][0].clone()
    };
    send(&hub, &item("s-1", survey("yes", &["photo-0001"]), json!({})));
    assert_eq!(list()["services"], json!([{"serviceName": "Trim Hedges"}]));
    let serial = hub.ledger.all_orders()[0].serial;
    let rework = Request::change(Target::Serial(serial), |_| Ok(Command::default().with(Field::Rework, true)));
    hub.ledger.submit(&user, Submission::one(rework)).now_or_never().unwrap().unwrap();
    let listed = list();
    assert_eq!(listed["status"], "rework");
    assert_eq!(listed["services"][0]["surveyDynamic"], survey("yes", &["photo-0001"]));
    assert!(listed.get("items").is_none());
}

/// A form that another dialect brought goes to the field as a dynamic survey, and comes back filled.
#[test]
fn forms_from_elsewhere_are_dynamic_surveys() {
    let hub = Hub::new(&[]);
    let user = Caller::user(AccountId(1), "token t");
    let form = Form {
        name: "PCR - Initial".to_owned(),
        task: Some("Inspect".to_owned()),
        answers: vec![Answer {
            question: "17".to_owned(),
            text: "Occupied?".to_owned(),
            kind: "varchar".to_owned(),
            ..Answer::default()
        }],
        ..Form::default()
    };
    let origin = Origin { connection: Some(ConnectionId(9)), dialect: "ppw".to_owned() };
    let mut create = Command::default().with(Field::Number, "A");
    create.set.push((
        Field::Tasks,
        docket_core::order::Value::Tasks(vec![docket_core::order::Task {
            name: "Inspect".to_owned(),
            ..Default::default()
        }]),
    ));
    create.put.push(Item::new("77", origin.clone(), hub.ledger.now(), Body::Form(form)));
    hub.ledger.submit(&user, Submission::one(Request::create(create))).now_or_never().unwrap().unwrap();
    let answer = hub.answer(&call(&hub, "getWorkOrders", &signed(json!({}))));
    let dynamic = answer["workOrders"][0]["services"][0]["surveyDynamic"].clone();
    assert_eq!(dynamic["meta"], json!({"surveyTemplateId": "PCR___Initial", "version": "", "name": "PCR - Initial"}));
    assert_eq!(dynamic["questions"], json!([{"id": "17", "question": "Occupied?", "answerType": "varchar"}]));
    assert!(dynamic.get("answers").is_none());
    let filled = json!({"meta": dynamic["meta"], "answers": [{"id": "17", "answer": "Yes"}]});
    send(&hub, &item("s-1", filled, json!({"key4": "Inspect"})));
    let order = &hub.ledger.all_orders()[0];
    let (kept, form) = only_form(order);
    assert_eq!((&kept.origin, kept.id.as_str()), (&origin, "77"), "the same form, filled");
    assert_eq!(
        (form.answers[0].values.as_slice(), form.answers[0].text.as_str()),
        (&["Yes".to_owned()][..], "Occupied?")
    );
}

/// The questions of a definition are made out where it has some, whatever dialect wrote it.
#[test]
fn definitions_from_elsewhere_are_understood() {
    use crate::pruvan::wire::survey::questions;
    let asked = |definition: Value| -> Vec<String> {
        let questions = questions(&definition.to_string());
        questions.iter().map(|q| format!("{} {} {} {:?}", q.id, q.text, q.kind, q.options)).collect()
    };
    let ppw = json!({"77": {"options_pcr_forms": {"pcr_form_id": "77"}, "pcr_questions": [
        {"pcr_question_id": "1", "question_text": "Occupied?", "question_data_type": "int",
         "options": [{"option_id": "1", "option_text": "Yes"}, {"option_id": "2", "option_text": "No"}]},
    ]}});
    assert_eq!(asked(ppw), [r#"1 Occupied? int ["Yes", "No"]"#]);
    let native = json!({"sections": [{"title": "s", "questions": [{"key": "a", "label": "A", "choices": ["x"]}]}]});
    assert_eq!(asked(native), [r#"a A  ["x"]"#]);
    assert_eq!(asked(json!([{"id": 5, "text": "T", "type": "date"}])), ["5 T date []"]);
    for nothing in [json!({}), json!("x"), json!({"meta": {}}), json!([[], {}]), json!({"questions": "x"})] {
        assert!(asked(nothing).is_empty());
    }
}
