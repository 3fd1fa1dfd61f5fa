//! Status, results, questions.

use super::*;
use docket_core::order::{Choice, Item, Origin, Question};

#[test]
fn status_takes_every_form_of_the_parameter() {
    let hub = Hub::new();
    let (first, second) = (hub.order(), hub.order());
    let one = json!([{ "uuid": first.to_string(), "status": "initial", "progress": { "current": 0, "total": 6 } }]);
    for name in ["uuids%5B%5D", "uuids[]", "uuids%5b0%5d", "uuids[7]", "uuids"] {
        let answer = hub.get(&format!("jobs/status?{name}={first}"));
        assert_eq!((answer.status, body(&answer)), (StatusCode::OK, one.clone()), "{name}");
    }
    let upper = first.to_string().to_uppercase();
    assert_eq!(body(&hub.get(&format!("jobs/status?uuids[]={upper}"))), one);
    let answer = body(&hub.get(&format!("jobs/status?uuids[1]={second}&uuids[0]={first}&other=1&uuids[]={second}")));
    let order: Vec<_> = answer.as_array().expect("a list").iter().map(|entry| entry["uuid"].clone()).collect();
    assert_eq!(order, [json!(second.to_string()), json!(first.to_string()), json!(second.to_string())]);
}

#[test]
fn status_of_anything_unknown_answers_400() {
    let hub = Hub::new();
    let job = hub.order();
    for query in ["", "?", "?uuids[]", "?uuids[]=", "?uuids[]=x", "?uuids[x]=1", "?uuid=1", "?uuids[]=%ff%fe"] {
        assert_eq!(hub.get(&format!("jobs/status{query}")).status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={JOB}")).status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={job}&uuids[]={JOB}")).status, StatusCode::BAD_REQUEST);
    let foreign = hub.as_key("other", "x", Method::GET, &format!("jobs/status?uuids[]={job}"), b"");
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    hub.command(job, Command::default().moving(Transition::Delete));
    assert_eq!(hub.get(&format!("jobs/status?uuids[]={job}")).status, StatusCode::BAD_REQUEST);
    assert_eq!(hub.get(&format!("jobs/retrieve/{job}")).status, StatusCode::NOT_FOUND);
}

#[test]
fn progress_follows_the_state() {
    let hub = Hub::new();
    for &state in State::ALL.iter().filter(|&&state| state != State::Deleted) {
        let job = hub.order();
        let step = Command { to: Some(Move::Become(state)), ..Command::default() };
        hub.command(job, step.with(Field::ProgressCurrent, 2).with(Field::ProgressTotal, 5));
        let entry = &body(&hub.get(&format!("jobs/status?uuids[]={job}")))[0];
        let current = match status_of(state).word() {
            "initial" => 0,
            "finished" => 5,
            _ => 2,
        };
        assert_eq!(entry["status"], status_of(state).word());
        assert_eq!(entry["progress"], json!({ "current": current, "total": 5 }), "{state}");
        hub.ledger.set_now(hub.ledger.now() + jiff::SignedDuration::from_hours(48));
    }
}

#[test]
fn orders_of_other_origins_are_jobs_for_who_sees_the_account() {
    let hub = Hub::new();
    let task = |done| Task { name: "Mow".to_owned(), done, ..Task::default() };
    let command = Command::default()
        .with(Field::Tasks, Value::Tasks(vec![task(true), task(false), task(false)]))
        .moving(Transition::Start);
    let Outcome::Done(done) = hub.submit(Submission::one(Request::create(command))).remove(0) else { panic!() };
    let id = done.order.id;
    let path = format!("jobs/status?uuids[]={id}");
    assert_eq!(hub.get(&path).status, StatusCode::BAD_REQUEST);
    let all = || body(&hub.as_key("all", "y", Method::GET, &path, b""))[0].clone();
    assert_eq!(all()["progress"], json!({ "current": 1, "total": 3 }));
    hub.command(id, Command::default().moving(Transition::Complete));
    assert_eq!(
        all(),
        json!({ "uuid": id.to_string(), "status": "finished", "progress": { "current": 3, "total": 3 } })
    );
    let retrieve = hub.as_key("all", "y", Method::GET, &format!("jobs/retrieve/{id}"), b"");
    assert_eq!(retrieve.status, StatusCode::NOT_FOUND);
    assert_eq!(hub.get(&format!("jobs/retrieve/{id}")).status, StatusCode::FORBIDDEN);
}

#[test]
fn a_finished_job_downloads_with_the_documented_headers() {
    let hub = Hub::new();
    let job = hub.order();
    let path = format!("jobs/retrieve/{job}");
    for state in [State::Received, State::Started, State::Waiting, State::Failed, State::Canceled] {
        hub.command(job, Command { to: Some(Move::Become(state)), ..Command::default() });
        assert_eq!(hub.get(&path).status, StatusCode::NOT_FOUND, "{state}");
    }
    hub.command(job, Command { to: Some(Move::Become(State::Started)), ..Command::default() });
    hub.finish(job);
    let answer = hub.get(&path);
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, &b"%PDF-1.7 bytes"[..]);
    assert_eq!(header(&answer, "content-type"), "application/pdf");
    assert_eq!(header(&answer, "content-length"), "14");
    assert_eq!(header(&answer, "content-transfer-encoding"), "binary");
    assert_eq!(
        header(&answer, "content-disposition"),
        "attachment; filename=\"20260115_test_example_product_utrechtsestraat_61_6811lw_arnhem.pdf\""
    );
    let named = Command::default().with(Field::ResultName, "../a/bé\"c\r\n.pdf");
    hub.command(job, named);
    assert_eq!(header(&hub.get(&path), "content-disposition"), "attachment; filename=\"b__c__.pdf\"");
    assert_eq!(hub.as_key("other", "x", Method::GET, &path, b"").status, StatusCode::FORBIDDEN);
    assert_eq!(body(&hub.get(&format!("documents/list/{job}"))), json!([]));
    for unknown in [JOB, "x", "%00", "a/b"] {
        assert_eq!(hub.get(&format!("jobs/retrieve/{unknown}")).status, StatusCode::NOT_FOUND, "{unknown}");
        assert_eq!(hub.get(&format!("documents/list/{unknown}")).status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[test]
fn a_question_is_shown_answered_once_and_kept() {
    let hub = Hub::new();
    let job = hub.order();
    let (waiting, select) = (format!("kik/waiting/{job}"), format!("kik/select/{job}"));
    assert_eq!(hub.get(&waiting).status, StatusCode::NOT_FOUND);
    assert_eq!(hub.post(&select, &json!({ "select": [1] })).status, StatusCode::NOT_FOUND);
    let choices = json!({ "1": "Utrecht B 210", "2": "Utrecht B 211" });
    let mut asked = 0;
    for answer in [json!({ "select": [2] }), json!({ "select": 2 }), json!({ "select": "2" })] {
        let choice =
            |(key, label): (&String, &Json)| Choice { key: key.clone(), label: label.as_str().unwrap().into() };
        let question = Question {
            message: "Which location is meant?".to_owned(),
            choices: choices.as_object().unwrap().iter().map(choice).collect(),
            answer: None,
        };
        asked += 1;
        let question = Item::new(asked.to_string(), Origin::default(), hub.ledger.now(), question);
        hub.command(job, Command { put: vec![question], ..Command::default() }.moving(Transition::Ask));
        let expected = json!({ "locaties": choices, "message": "Which location is meant?" });
        assert_eq!(body(&hub.get(&waiting)), expected);
        assert_eq!(hub.as_key("other", "x", Method::GET, &waiting, b"").status, StatusCode::FORBIDDEN);
        for bad in [json!({}), json!({ "select": [] }), json!({ "select": [1, 2] }), json!({ "select": 3 }), json!(2)] {
            assert_eq!(hub.post(&select, &bad).status, StatusCode::BAD_REQUEST, "{bad}");
        }
        let done = hub.post(&select, &answer);
        assert_eq!((done.status, &body(&done)[0]["status"]), (StatusCode::OK, &json!("in_progress")));
        assert_eq!(hub.post(&select, &answer).status, StatusCode::NOT_FOUND);
    }
    let order = hub.ledger.all_orders().remove(0);
    let answers: Vec<_> =
        order.questions().map(|(_, question)| question.answer.as_ref().unwrap().choice.as_str()).collect();
    assert_eq!(answers, ["2"; 3]);
}
