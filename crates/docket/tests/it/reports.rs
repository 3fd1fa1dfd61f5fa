//! Reports: made at once for whoever asks, in every format; and ordered through the jobs dialect on an order that is still
//! being worked on, whose tasks then are the job's progress.

use super::hub::{Answer, Credentials, TestHub};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::connection::Caller;
use docket_core::ids::{Serial, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Transition, Value as Kept};
use serde_json::{Value, json};

/// An order with three tasks, names that are not in Latin letters, and a note.
fn order() -> Value {
    json!({
        "number": "R-1", "title": "Κάτοψη", "customer": {"name": "Мария Иванова"},
        "site": {"address1": "12 Elm St", "city": "Austin", "postal_code": "78701", "country": "US",
            "latitude": 30.27, "longitude": -97.74, "radius_m": 150},
        "tasks": [{"name": "Front"}, {"name": "Rear"}, {"name": "=SUM(A1)"}],
        "notes": [{"id": "n", "text": "The gate, \"sticks\""}],
    })
}

fn pdf_text(hub: &TestHub, pdf: &[u8]) -> String {
    assert!(pdf.starts_with(b"%PDF-"));
    let path = hub.data().join("read.pdf");
    std::fs::write(&path, pdf).unwrap();
    let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let read = read.expect("pdftotext (poppler-utils)");
    String::from_utf8_lossy(&read.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn reports_are_made_for_whoever_asks() {
    let hub = TestHub::start().await;
    let made = hub.native("POST", "/v1/orders", &order().to_string()).await.json();
    let target = format!("/v1/orders/{}/report", made["id"].as_str().unwrap());
    let pdf = hub.native("GET", &target, "").await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"));
    assert!(
        pdf.header("content-disposition").contains("order_report_r_1.pdf"),
        "{}",
        pdf.header("content-disposition")
    );
    let text = pdf_text(&hub, &pdf.body);
    for expected in ["R-1", "Κάτοψη", "Мария Иванова", "12 Elm St", "MAP SKETCH", "0/3", "Radius 150 m", "Page 1 of"]
    {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let data = hub.native("GET", &format!("{target}?format=json"), "").await.json();
    assert_eq!(data["order"]["fields"]["number"], "R-1");
    let csv = hub.native("GET", &format!("{target}?format=csv"), "").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let table = csv.text();
    assert!(table.starts_with("\u{feff}section,when_utc,who,"), "{table}");
    assert!(table.contains("\r\ntask,,,\"'=SUM(A1)\",,,open,,,,,\r\n"), "{table}");
    assert!(table.contains("\"The gate, \"\"sticks\"\"\""), "{table}");
    let site = hub.app().orders(&Caller::hub(hub.app().accounts()[0]), Default::default()).await.unwrap();
    let site = docket_core::catalogue::site_id(site.orders[0].account, &site.orders[0].fields).unwrap();
    let table = hub.native("GET", &format!("/v1/sites/{site}/report?format=csv"), "").await.text();
    assert!(table.contains("\r\nR-1,received,") && table.contains(",30.27,-97.74,"), "{table}");
    assert_eq!(hub.native("GET", &format!("/v1/sites/{site}/report"), "").await.status, 200);

    // Nothing happened, so nothing is made again.
    let bearer = format!("Bearer {}", hub.token);
    let known = |tag: String, target: String| {
        let (hub, bearer) = (&hub, bearer.clone());
        async move {
            let headers = [("authorization", bearer.as_str()), ("if-none-match", tag.as_str())];
            hub.request("GET", &target, &headers, "").await
        }
    };
    let tag = pdf.header("etag").to_owned();
    assert_eq!(known(tag.clone(), target.clone()).await.status, 304);
    assert_eq!(known(tag.clone(), format!("{target}?format=csv")).await.status, 200);
    hub.native("POST", "/v1/orders", r#"{"number":"R-2"}"#).await;
    assert_eq!(known(tag, target.clone()).await.status, 200);

    for (target, status) in [
        (format!("{target}?format=docx"), 400),
        ("/v1/orders/77777/report".to_owned(), 404),
        ("/v1/sites/elm/report".to_owned(), 404),
        (format!("/v1/sites/{}/report", Uuid::nil()), 404),
    ] {
        assert_eq!(hub.native("GET", &target, "").await.status, status, "{target}");
    }
}

#[tokio::test]
async fn the_command_line_writes_reports() {
    let hub = TestHub::start().await;
    hub.native("POST", "/v1/orders", &order().to_string()).await;
    let path = hub.data().join("out.csv");
    let path = path.to_str().unwrap();
    let told = hub.cli(&["order", "report", "R-1", "--format", "csv", "--output", path, "--json"]).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let written = std::fs::read(path).unwrap();
    assert_eq!((&told["bytes"], &told["file"]), (&json!(written.len()), &json!(path)));
    let pdf = hub.cli(&["order", "report", "R-1", "--site", "--output", "-"]).await;
    assert!(pdf.stdout.starts_with(b"%PDF-"), "{}", String::from_utf8_lossy(&pdf.stderr));
    assert_eq!(hub.cli(&["order", "report", "nowhere", "--output", "-"]).await.status.code(), Some(1));
}

/// Somebody who speaks only the jobs dialect.
struct Desk {
    hub: TestHub,
    desk: Credentials,
}

impl Desk {
    async fn start() -> Desk {
        let hub = TestHub::start().await;
        let desk = hub.connect("planviewer", "desk", &[("scope", "account")]).await;
        let account = hub.app().accounts()[0];
        docket_app::enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
        Desk { hub, desk }
    }

    async fn ask(&self, method: &str, target: &str, body: Value) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.desk["key"], self.desk["secret"])));
        let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
        let body = if method == "GET" { String::new() } else { body.to_string() };
        self.hub.request(method, &format!("/product_api/v1/{target}"), &headers, body).await
    }

    async fn intentions(&self, product: &str) -> Value {
        let query = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "78701"}}});
        let site = self.ask("POST", "search/structured", query).await.json()[0]["uuid"].clone();
        let listed = self.ask("POST", "intentions/list", json!({"uuids": [site], "products": [product]})).await.json();
        listed[0]["intentions"].clone()
    }

    async fn order(&self, intention: &Value) -> String {
        let ordered = self.ask("POST", "jobs/order", json!({"uuids": [intention["uuid"]]})).await;
        assert_eq!(ordered.status, 200, "{}", ordered.text());
        ordered.json()[0]["job"]["uuid"].as_str().unwrap().to_owned()
    }

    /// Waits until the client is shown this.
    async fn until(&self, job: &str, status: &str, progress: (i64, i64)) {
        let wished = json!({"current": progress.0, "total": progress.1});
        for _ in 0..400 {
            let shown = self.ask("GET", &format!("jobs/status?uuids%5B%5D={job}"), Value::Null).await.json()[0].clone();
            if shown["status"] == status && shown["progress"] == wished {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let shown = self.ask("GET", &format!("jobs/status?uuids%5B%5D={job}"), Value::Null).await;
        panic!("never {status} {wished}: {}", shown.text());
    }

    /// Ticks the first tasks of an order, and maybe moves it.
    async fn tick(&self, serial: Serial, done: usize, moved: Option<Transition>) {
        let request = Request::change(Target::Serial(serial), move |order| {
            let mut tasks = order.fields.tasks.clone();
            tasks.iter_mut().take(done).for_each(|task| task.done = true);
            let command = Command::default().with(Field::Tasks, Kept::Tasks(tasks));
            Ok(moved.map_or(command.clone(), |moved| command.moving(moved)))
        });
        let caller = Caller::hub(self.hub.app().accounts()[0]);
        let outcome = self.hub.app().submit(&caller, Submission::one(request)).await.unwrap().pop();
        assert!(matches!(outcome, Some(Outcome::Done(_))), "{outcome:?}");
    }

    async fn serial(&self, number: &str) -> Serial {
        let listed = self.hub.native("GET", &format!("/v1/orders?number={number}"), "").await.json();
        Serial(listed["orders"][0]["serial"].as_i64().unwrap())
    }
}

#[tokio::test]
async fn an_orders_tasks_are_the_progress_of_its_report() {
    let desk = Desk::start().await;
    desk.hub.native("POST", "/v1/orders", &order().to_string()).await;
    let mut other = order();
    other["number"] = json!("R-0");
    desk.hub.native("POST", "/v1/orders", &other.to_string()).await;
    let listed = desk.intentions("order_report").await;
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "one for each order: {listed}");
    let is_first =
        |intention: &&Value| intention["properties"]["title"].as_str().unwrap().contains("Order report R-1,");
    let first = listed.as_array().unwrap().iter().find(is_first).expect("R-1 is listed").clone();
    let job = desk.order(&first).await;
    let field = desk.serial("R-1").await;
    desk.until(&job, "in_progress", (0, 3)).await;
    desk.tick(field, 1, Some(Transition::Start)).await;
    desk.until(&job, "in_progress", (1, 3)).await;
    desk.tick(field, 2, None).await;
    desk.until(&job, "in_progress", (2, 3)).await;
    // What the other order does is nobody's progress here.
    desk.tick(desk.serial("R-0").await, 3, Some(Transition::Complete)).await;
    desk.tick(field, 3, Some(Transition::Complete)).await;
    desk.until(&job, "finished", (3, 3)).await;
    let file = desk.ask("GET", &format!("jobs/retrieve/{job}"), Value::Null).await;
    let text = pdf_text(&desk.hub, &file.body);
    assert!(text.contains("R-1") && text.contains("3/3") && !text.contains("R-0 "), "{text}");

    // Ordered once it is done, it is made at once; and of an order that was called off there is none.
    let job = desk.order(&first).await;
    desk.until(&job, "finished", (3, 3)).await;
}

#[tokio::test]
async fn an_order_that_is_called_off_has_no_report() {
    let desk = Desk::start().await;
    desk.hub.native("POST", "/v1/orders", &order().to_string()).await;
    let job = desk.order(&desk.intentions("order_report_csv").await[0]).await;
    desk.until(&job, "in_progress", (0, 3)).await;
    desk.tick(desk.serial("R-1").await, 1, Some(Transition::Cancel)).await;
    let failed = desk.hub.native_until(&format!("/v1/orders/{job}"), |order| order["status"] == "failed").await;
    assert!(failed.to_string().contains("the order R-1 was canceled"), "{failed}");
}

#[tokio::test]
async fn who_speaks_only_jobs_orders_an_inspection() {
    let desk = Desk::start().await;
    desk.hub.native("POST", "/v1/orders", &order().to_string()).await;
    let account = desk.hub.app().accounts()[0];
    let now = desk.hub.app().now();
    let work =
        json!({"field": {"service": "Inspection", "tasks": ["Front", {"name": "Rear", "instructions": "All of it"}]}});
    let product = Service {
        id: Uuid::from_u128(77),
        slug: "inspection".to_owned(),
        name: "Inspection".to_owned(),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering: 70,
        data: Some(work.to_string()),
        created_at: now,
        updated_at: now,
    };
    desk.hub.app().put_service(account, product).await.unwrap();
    let job = desk.order(&desk.intentions("inspection").await[0]).await;
    desk.until(&job, "in_progress", (0, 2)).await;
    let listed = desk.hub.native("GET", "/v1/orders", "").await.json();
    let placed: Vec<&Value> =
        listed["orders"].as_array().unwrap().iter().filter(|order| order["service"] == "Inspection").collect();
    assert_eq!(placed.len(), 1, "{listed}");
    assert_eq!((&placed[0]["site"]["address1"], &placed[0]["tasks"][1]["name"]), (&json!("12 Elm St"), &json!("Rear")));
    let serial = Serial(placed[0]["serial"].as_i64().unwrap());
    desk.tick(serial, 1, Some(Transition::Start)).await;
    desk.until(&job, "in_progress", (1, 2)).await;
    desk.tick(serial, 2, Some(Transition::Complete)).await;
    desk.until(&job, "finished", (2, 2)).await;
    let file = desk.ask("GET", &format!("jobs/retrieve/{job}"), Value::Null).await;
    assert!(pdf_text(&desk.hub, &file.body).contains("Inspection"));
}
