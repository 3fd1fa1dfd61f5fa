//! A document ordered for a house that has several places: the producer asks, the user answers, the document is about
//! the place that was chosen. And the files of a place, listed and ordered as documents.

use crate::hub::{Answer, Credentials, TestHub};
use base64::Engine as _;
use docket_app::{enroll, jobs};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Uuid};
use docket_core::ledger::{Ledger as _, Request, Submission, Target};
use docket_core::order::{Attachment, Command, Item, Origin};
use serde_json::{Value, json};

struct Desk {
    hub: TestHub,
    key: Credentials,
    account: AccountId,
}

impl Desk {
    async fn open() -> Desk {
        Desk::of(TestHub::start().await).await
    }

    async fn of(hub: TestHub) -> Desk {
        let key = hub.connect("planviewer", "desk", &[]).await;
        let account = hub.app().store().account("main", true).await.unwrap().unwrap();
        enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
        Desk { hub, key, account }
    }

    async fn ask(&self, method: &str, target: &str, body: &Value) -> Answer {
        let basic =
            base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.key["key"], self.key["secret"]));
        let basic = format!("Basic {basic}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.hub.request(method, &format!("/product_api/v1/{target}"), &[("authorization", &basic)], body).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &Value::Null).await
    }

    /// Field work at a house in one street; its id.
    async fn work(&self, number: &str, house: &str) -> Uuid {
        let site = json!({"address1": house, "city": "Utrecht", "postal_code": "3511 AB"});
        let answer = self.hub.native("POST", "/v1/orders", &json!({"number": number, "site": site}).to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The intentions of a product at a house.
    async fn intentions(&self, house: &str, product: &str) -> Value {
        let query = json!({"field": {"fields": ["postcode"], "query": "3511AB"}});
        let found = self.ask("POST", "search/structured", &json!({"entity": "adres", "query": query})).await.json();
        let title = format!("{house}, 3511AB Utrecht");
        let hit = found.as_array().unwrap().iter().find(|hit| hit["title"] == title.as_str());
        let uuids = json!([hit.unwrap_or_else(|| panic!("{house}: {found}"))["uuid"]]);
        let listed = self.ask("POST", "intentions/list", &json!({"uuids": uuids, "products": [product]})).await.json();
        listed[0]["intentions"].clone()
    }

    async fn order(&self, intention: &Value) -> String {
        let answer = self.ask("POST", "jobs/order", &json!({"uuids": [intention["uuid"]]})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()[0]["job"]["uuid"].as_str().unwrap().to_owned()
    }

    async fn until(&self, job: &str, status: &str) -> Value {
        for _ in 0..500 {
            let shown = self.get(&format!("jobs/status?uuids%5B%5D={job}")).await.json()[0].clone();
            if shown["status"] == status {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{job} never became {status}: {}", self.get(&format!("jobs/status?uuids={job}")).await.text());
    }

    /// The numbers of the orders a finished report as data is about; the jobs at the same place have none.
    async fn reported(&self, job: &str) -> Vec<String> {
        let report = self.get(&format!("jobs/retrieve/{job}")).await;
        assert_eq!(report.status, 200, "{}", report.text());
        let report = report.json();
        let numbers = report["orders"].as_array().unwrap().iter().map(|order| &order["fields"]["number"]);
        let mut numbers: Vec<String> = numbers.filter_map(|number| number.as_str().map(str::to_owned)).collect();
        numbers.sort();
        numbers
    }
}

const REPORT: &str = "site_report_json";

#[tokio::test]
async fn a_house_of_several_places_makes_the_producer_ask() {
    let desk = Desk::open().await;
    desk.work("WHOLE", "Voorbeeldstraat 7").await;
    desk.work("A-1", "Voorbeeldstraat 7 a").await;
    desk.work("A-2", "Voorbeeldstraat 7a").await;
    desk.work("B-1", "Voorbeeldstraat 7 b").await;
    desk.work("OTHER", "Voorbeeldstraat 8").await;
    let intention = desk.intentions("Voorbeeldstraat 7", REPORT).await[0].clone();

    let mut jobs = Vec::new();
    for _ in 0..4 {
        let job = desk.order(&intention).await;
        let waiting = desk.until(&job, "waiting for user").await;
        assert_eq!(waiting["progress"], json!({"current": 0, "total": 6}));
        let asked = desk.get(&format!("kik/waiting/{job}")).await.json();
        let places = ["Voorbeeldstraat 7, 3511AB Utrecht", "Voorbeeldstraat 7 a, 3511AB Utrecht"];
        assert_eq!((&asked["locaties"]["1"], &asked["locaties"]["4"]), (&json!(places[0]), &json!("All of them")));
        assert!(asked["locaties"]["2"].as_str().unwrap().replace(" a", "a").contains("7a"), "{asked}");
        jobs.push(job);
    }
    let expected = [vec!["WHOLE"], vec!["A-1", "A-2"], vec!["B-1"], vec!["A-1", "A-2", "B-1", "WHOLE"]];
    for (choice, (job, expected)) in (1..).zip(jobs.iter().zip(expected)) {
        let answer = desk.ask("POST", &format!("kik/select/{job}"), &json!({"select": [choice]})).await;
        assert_eq!((answer.status, &answer.json()[0]["status"]), (200, &json!("in_progress")));
        desk.until(job, "finished").await;
        assert_eq!(desk.reported(job).await, expected);
    }
    history(&desk, &jobs[1]).await;

    // Who orders for a part, or for a house without parts, is not asked.
    for (house, expected) in [("Voorbeeldstraat 7 b", vec!["B-1"]), ("Voorbeeldstraat 8", vec!["OTHER"])] {
        let job = desk.order(&desk.intentions(house, REPORT).await[0]).await;
        desk.until(&job, "finished").await;
        assert_eq!(desk.reported(&job).await, expected);
    }
}

/// The job's history tells who asked and who answered, and the answer was counted once.
async fn history(desk: &Desk, job: &str) {
    let again = desk.ask("POST", &format!("kik/select/{job}"), &json!({"select": [1]})).await;
    assert_eq!(again.status, 404);
    let history = desk.hub.native("GET", &format!("/v1/orders/{job}/history"), "").await.json();
    let entries = history["entries"].as_array().cloned().unwrap_or_else(|| history.as_array().unwrap().clone());
    let told: Vec<(&str, &str)> =
        entries.iter().map(|entry| (entry["actor"].as_str().unwrap(), entry["verb"].as_str().unwrap())).collect();
    let asked = told.iter().position(|entry| *entry == ("hub", "waiting")).expect("the question");
    assert_eq!(told[asked + 1], ("planviewer desk", "started"), "{told:?}");
    assert!(entries[asked + 1]["exchange"].is_string());
    assert_eq!(told.iter().filter(|(_, verb)| *verb == "waiting").count(), 1);
}

#[tokio::test]
async fn a_question_nobody_answers_ends_the_job() {
    let desk = Desk::open().await;
    desk.work("A-1", "Voorbeeldstraat 7 a").await;
    desk.work("WHOLE", "Voorbeeldstraat 7").await;
    let intention = desk.intentions("Voorbeeldstraat 7", REPORT).await[0].clone();
    let job = desk.order(&intention).await;
    desk.until(&job, "waiting for user").await;
    let a_day_less = jobs::ANSWER_WITHIN - jiff::SignedDuration::from_hours(24);
    desk.hub.clock.advance_ms(i64::try_from(a_day_less.as_millis()).unwrap());
    jobs::give_up_unanswered(desk.hub.app(), desk.account).await.unwrap();
    desk.until(&job, "waiting for user").await;
    desk.hub.clock.advance_ms(24 * 3_600_000);
    jobs::give_up_unanswered(desk.hub.app(), desk.account).await.unwrap();
    desk.until(&job, "error").await;
    let gone = desk.get(&format!("jobs/retrieve/{job}")).await;
    assert_eq!(gone.status, 404);
    assert!(gone.text().contains("nobody answered"), "{}", gone.text());
    let late = desk.ask("POST", &format!("kik/select/{job}"), &json!({"select": 1})).await;
    assert_eq!(late.status, 404);
}

#[tokio::test]
async fn files_of_a_place_are_documents() {
    let desk = Desk::open().await;
    let work = desk.work("N-1", "Voorbeeldstraat 9").await;
    let hub = desk.hub.app();
    let blob = hub.keep_blob(b"a photo".to_vec()).await.unwrap();
    let file = Attachment {
        photo: true,
        name: "front \"door\".jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 7,
        blob,
        ..Attachment::default()
    };
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let item = Item::new("p1", origin, hub.now(), file);
    let put = Request::change(Target::Id(OrderId(work)), move |_| {
        Ok(Command { put: vec![item.clone()], ..Command::default() })
    });
    hub.submit(&Caller::hub(desk.account), Submission::one(put)).await.unwrap();

    let report = desk.order(&desk.intentions("Voorbeeldstraat 9", REPORT).await[0]).await;
    desk.until(&report, "finished").await;
    let listed = desk.get(&format!("documents/list/{report}")).await.json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["aard"]), (1, &json!("Foto")));

    let intentions = desk.intentions("Voorbeeldstraat 9", "brondocument").await;
    assert_eq!(intentions[0]["properties"]["identificatie"], listed[0]["identificatie"]);
    let job = desk.order(&intentions[0]).await;
    let finished = desk.until(&job, "finished").await;
    assert_eq!(finished["progress"], json!({"current": 1, "total": 1}));
    let photo = desk.get(&format!("jobs/retrieve/{job}")).await;
    assert_eq!(
        (photo.status, photo.body.as_slice(), photo.header("content-type")),
        (200, &b"a photo"[..], "image/jpeg")
    );
    assert_eq!(photo.header("content-disposition"), "attachment; filename=\"front _door_.jpg\"");
}

#[tokio::test]
async fn a_job_is_made_once_and_its_progress_never_goes_back() {
    let desk = Desk::of(TestHub::start_with(|config| config.jobs.step_ms = 15).await).await;
    desk.work("N-1", "Voorbeeldstraat 9").await;
    let job = desk.order(&desk.intentions("Voorbeeldstraat 9", REPORT).await[0]).await;
    desk.until(&job, "finished").await;
    let history = desk.hub.native("GET", &format!("/v1/orders/{job}/history"), "").await.json();
    let changes = history["entries"].as_array().unwrap().iter().flat_map(|entry| entry["changes"].as_array().unwrap());
    let steps = changes.filter(|change| change["field"] == "progress.current").map(|change| change["to"].as_i64());
    assert_eq!(steps.collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6].map(Some));
}

#[tokio::test]
async fn questions_are_put_and_answered_through_the_native_api_too() {
    let desk = Desk::open().await;
    let order = desk.work("N-1", "Voorbeeldstraat 9").await;
    let all = desk.hub.connect("planviewer", "all", &[("scope", "account")]).await;
    let all = Desk { hub: desk.hub, key: all, account: desk.account };
    let ask = |body: Value| {
        let hub = &all.hub;
        async move { hub.native("POST", &format!("/v1/orders/{order}/questions"), &body.to_string()).await }
    };
    let answer = |body: Value| {
        let hub = &all.hub;
        async move { hub.native("POST", &format!("/v1/orders/{order}/answers"), &body.to_string()).await }
    };
    let choices = json!([{"key": "1", "label": "Open it"}, {"key": "2", "label": "Leave it"}]);
    let shed = json!({"id": "shed", "message": "The shed is locked. Open it?", "choices": choices});
    assert_eq!(answer(json!({"choice": "1"})).await.status, 404, "nothing was asked");
    let asked = ask(shed.clone()).await;
    assert_eq!((asked.status, &asked.json()["status"]), (201, &json!("waiting")));
    assert_eq!(ask(shed.clone()).await.status, 200, "put again, it is the same question");
    assert_eq!(ask(json!({"id": "shed", "message": "Another?", "choices": choices})).await.status, 409);
    for bad in [
        json!({}),
        json!({"id": "x", "message": "?", "choices": []}),
        json!({"id": "x", "message": "?", "choices": [choices[0], choices[0]]}),
        json!({"id": "x", "message": " ", "choices": choices}),
        json!({"id": 7, "message": "?", "choices": choices}),
        json!({"id": "x", "message": "?", "choices": choices, "more": 1}),
    ] {
        assert_eq!(ask(bad.clone()).await.status, 422, "{bad}");
    }
    let shown = all.get(&format!("kik/waiting/{order}")).await.json();
    let expected = json!({"locaties": {"1": "Open it", "2": "Leave it"}, "message": "The shed is locked. Open it?"});
    assert_eq!(shown, expected);
    assert_eq!(answer(json!({"choice": "3"})).await.status, 422);
    let answered = answer(json!({"choice": "2"})).await;
    assert_eq!((answered.status, &answered.json()["status"]), (201, &json!("started")));
    let kept = &answered.json()["questions"][0]["answer"];
    assert_eq!((&kept["choice"], &kept["by"]), (&json!("2"), &json!("token test")));
    assert_eq!(answer(json!({"question": "shed", "choice": "2"})).await.status, 200, "given again, it is the same");
    assert_eq!(answer(json!({"question": "shed", "choice": "1"})).await.status, 409);
    assert_eq!(ask(shed).await.status, 200, "what was answered is not asked again");
    assert_eq!(all.ask("POST", &format!("kik/select/{order}"), &json!({"select": 1})).await.status, 404);
    let nowhere = all.hub.native("POST", "/v1/orders/999999/answers", r#"{"choice":"1"}"#).await;
    assert_eq!(nowhere.status, 404);
}
