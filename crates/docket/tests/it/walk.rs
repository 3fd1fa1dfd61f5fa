//! One order, five faces: pushed through Pruvan, listed by PPW, updated and assigned through Wialon, found by Mews, its
//! report ordered and downloaded through Planviewer. Run with `--nocapture` to see its history.

use super::process::{Demo, cli, http};
use base64::Engine as _;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::process::Command;
use std::time::{Duration, Instant};

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "content-type: application/json\r\n";
const NUMBER: &str = "WALK-1";

/// All five vendors' clients, on the connections that see the whole account.
struct Clients {
    demo: Demo,
    sid: String,
}

impl Clients {
    fn start() -> Clients {
        let mut clients = Clients { demo: Demo::start(), sid: String::new() };
        let token = clients.demo.credential("all-wialon", "token");
        let login = clients.wialon("token/login", &json!({ "token": token }));
        clients.sid = login["eid"].as_str().unwrap_or_else(|| panic!("{login}")).to_owned();
        clients
    }

    fn post(&self, target: &str, headers: &str, body: &str) -> Value {
        let (status, body) = http(self.demo.address(), "POST", target, headers, body).expect("an answer");
        assert_eq!(status, 200, "{target}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{target}: {error}: {body}"))
    }

    fn push(&self, order: &Value) -> Value {
        let target = format!("/api/?apiKey={}", self.demo.credential("all-pruvan", "api_key"));
        self.post(&target, FORM, &format!("workOrders={}", json!({ "workOrders": [order] })))
    }

    fn pruvan(&self) -> Value {
        let payload = json!({
            "username": self.demo.credential("all-pruvan", "username"),
            "token": self.demo.credential("all-pruvan", "token"), "timestamp": null
        });
        let answer = self.post("/pruvan/getWorkOrders", FORM, &format!("payload={payload}"));
        find(&answer["workOrders"], |order| order["workOrderNumber"] == NUMBER)
    }

    fn ppw(&self, event: &str, data: &Value) -> Value {
        let password = Sha1::digest(self.demo.credential("all-ppw", "password"));
        let password: String = password.iter().map(|byte| format!("{byte:02x}")).collect();
        let payload = json!({
            "username": self.demo.credential("all-ppw", "username"), "password": password,
            "site_id": "0c5f4f0e-6f0e-4c57-9f2d-1f6d1f4f8a11", "event_name": event, "event_data": data.to_string()
        });
        let answer = self.post("/api/link/receiver.php", FORM, &format!("payload={payload}"));
        assert_eq!(answer["success"], true, "{event}: {answer}");
        answer["result_data"].clone()
    }

    fn ppw_listed(&self) -> Value {
        let rows = self.ppw("get_all_orders", &json!({}));
        find(&rows, |row| row["wo_number"] == NUMBER)
    }

    fn wialon(&self, svc: &str, params: &Value) -> Value {
        let body = format!("svc={svc}&params={params}&sid={}", self.sid);
        self.post("/wialon/ajax.html", FORM, &body)
    }

    fn mews(&self, operation: &str, mut body: Value) -> Value {
        for (member, name) in [("ClientToken", "client_token"), ("AccessToken", "access_token")] {
            body[member] = json!(self.demo.credential("all-mews", name));
        }
        body["Client"] = json!("Walk 1.0");
        self.post(&format!("/api/connector/v1/{operation}"), JSON, &body.to_string())
    }

    fn mews_order(&self, id: &str) -> Value {
        let services =
            self.mews("services/getAll", json!({"ServiceType": "Additional", "Limitation": {"Count": 1000}}));
        let services: Vec<&Value> =
            services["Services"].as_array().expect("services").iter().map(|s| &s["Id"]).collect();
        let body = json!({"ServiceIds": services, "ProductServiceOrderIds": [id], "Limitation": {"Count": 10}});
        let found = self.mews("productServiceOrders/getAll", body);
        find(&found["ProductServiceOrders"], |order| order["Id"] == id)
    }

    fn planviewer(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let key = self.demo.credential("all-planviewer", "key");
        let secret = self.demo.credential("all-planviewer", "secret");
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
        let headers = format!("{JSON}authorization: Basic {basic}\r\n");
        http(self.demo.address(), method, &format!("/product_api/v1/{target}"), &headers, body).expect("an answer")
    }
}

fn find(list: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().find(|row| wanted(row)).unwrap_or_else(|| panic!("not among {} rows", list.len())).clone()
}

#[test]
fn one_order_five_faces() {
    let clients = Clients::start();
    let pushed = clients.push(&json!({
        "workOrderNumber": NUMBER, "address1": "4 Walnut Grove", "city": "Round Rock", "state": "TX", "zip": "78681",
        "clientStatus": "Order Created", "instructions": "Mow & trim – ring first",
        "services": [{"serviceName": "Task-01 Mow Grass"}]
    }));
    assert_eq!(pushed, json!({"response": {"created": 1, "updated": 0, "deleted": 0}, "error": null}));

    // PPW lists it as new.
    let listed = clients.ppw_listed();
    assert_eq!(listed["wo_status"], "Unread");
    let report_id = listed["report_id"].as_str().expect("a report id").to_owned();
    let order = clients.ppw("get_order", &json!({ "report_id": report_id }));
    assert_eq!((&order["address"], &order["zip"]), (&json!("4 Walnut Grove"), &json!("78681")));
    assert_eq!(order["transaction_id"], listed["transaction_id"]);

    // Wialon finds, updates and assigns it, and hears of it.
    let order_id: i64 = report_id.parse().expect("an integer");
    let (resource, unit) = wialon_items(&clients);
    let watch = json!({"spec": [{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}]});
    clients.wialon("core/update_data_flags", &watch);
    let update = json!({"itemId": resource, "id": order_id, "callMode": "update", "tt": 1_968_482_000, "r": 80});
    assert_eq!(clients.wialon("order/update", &update), json!([order_id]));
    let assign = json!({"itemId": resource, "id": order_id, "u": unit, "callMode": "assign"});
    assert_eq!(clients.wialon("order/update", &assign), json!({}));
    let events = clients.post(&format!("/avl_evts?sid={}", clients.sid), "", "");
    let heard = events["events"]
        .as_array()
        .expect("events")
        .iter()
        .any(|event| event["d"]["ordersu"][0] == json!(order_id) && event["d"]["ordersu"][1]["s"] == json!(1));
    assert!(heard, "avl_evts tells of the assignment: {events}");

    // Pruvan shows the assignment at the next read, with everything as it was sent.
    let shown = clients.pruvan();
    assert_eq!((&shown["status"], &shown["instructions"]), (&json!("assigned"), &json!("Mow & trim – ring first")));

    // Mews finds it.
    let id = shown["key1"].as_str().expect("key1 is the order's id").to_owned();
    let found = clients.mews_order(&id);
    assert_eq!((&found["State"], &found["Number"]), (&json!("Confirmed"), &json!(report_id)));

    // Confirmed through Wialon: done in every face.
    let confirm = json!({"itemId": resource, "id": order_id, "callMode": "confirm"});
    assert_eq!(clients.wialon("order/update", &confirm), json!({}));
    assert_eq!(clients.pruvan()["status"], "complete");
    assert_eq!(clients.mews_order(&id)["State"], "Processed");

    report(&clients, &id);
    history(&clients, order_id);
}

fn wialon_items(clients: &Clients) -> (i64, i64) {
    let search = |kind: &str| {
        let spec = json!({"itemsType": kind, "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"});
        let found =
            clients.wialon("core/search_items", &json!({"spec": spec, "force": 1, "flags": 1, "from": 0, "to": 0}));
        found["items"][0]["id"].as_i64().unwrap_or_else(|| panic!("{found}"))
    };
    (search("avl_resource"), search("avl_unit"))
}

/// The report of the order's site, ordered, followed and downloaded through Planviewer.
fn report(clients: &Clients, id: &str) {
    let (_, products) = clients.planviewer("GET", "products/list", "");
    let products: Value = serde_json::from_str(&products).expect("JSON");
    let slugs: Vec<&str> = products.as_array().expect("products").iter().filter_map(|p| p["slug"].as_str()).collect();
    let slug = slugs.iter().find(|slug| !slug.ends_with("json")).expect("a PDF product");
    let query = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "78681"}}});
    let (status, found) = clients.planviewer("POST", "search/structured", &query.to_string());
    assert_eq!(status, 200, "{found}");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let location = find(&found, |hit| hit["title"].as_str().is_some_and(|title| title.contains("Walnut Grove")));
    let body = json!({"uuids": [location["uuid"]], "products": [slug]}).to_string();
    let (_, intentions) = clients.planviewer("POST", "intentions/list", &body);
    let intentions: Value = serde_json::from_str(&intentions).expect("JSON");
    let body = json!({"uuids": [intentions[0]["intentions"][0]["uuid"]]}).to_string();
    let (status, ordered) = clients.planviewer("POST", "jobs/order", &body);
    assert_eq!(status, 200, "{ordered}");
    let ordered: Value = serde_json::from_str(&ordered).expect("JSON");
    let job = ordered[0]["job"]["uuid"].as_str().expect("a job").to_owned();
    let begun = Instant::now();
    loop {
        let (_, status) = clients.planviewer("GET", &format!("jobs/status?uuids%5B%5D={job}"), "");
        let status: Value = serde_json::from_str(&status).expect("JSON");
        match status[0]["status"].as_str() {
            Some("finished") => break assert_eq!(status[0]["progress"]["current"], status[0]["progress"]["total"]),
            Some("initial" | "in_progress") => {}
            other => panic!("{other:?}: {status}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the job does not finish: {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = pdf_text(clients, &job);
    assert!(text.contains(NUMBER) && text.contains("4 Walnut Grove"), "the report tells of the order: {text}");
    // The order itself is a job too, for a client that speaks only that.
    let (status, own) = clients.planviewer("GET", &format!("jobs/status?uuids%5B%5D={id}"), "");
    assert_eq!(status, 200, "{own}");
}

/// Downloads a result through the CLI's sight of the world (curl), since a PDF is no text.
fn pdf_text(clients: &Clients, job: &str) -> String {
    use std::io::{Read as _, Write as _};
    let key = clients.demo.credential("all-planviewer", "key");
    let secret = clients.demo.credential("all-planviewer", "secret");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
    let mut stream = std::net::TcpStream::connect(clients.demo.address()).expect("a connection");
    let request = format!(
        "GET /product_api/v1/jobs/retrieve/{job} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Basic {basic}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let path = std::env::temp_dir().join(format!("docket-walk-{job}.pdf"));
    std::fs::write(&path, &answer[at..]).expect("a file");
    let output =
        Command::new("pdftotext").args(["-layout"]).arg(&path).arg("-").output().expect("pdftotext (poppler-utils)");
    std::fs::remove_file(&path).expect("it was written");
    assert!(output.status.success(), "pdftotext reads the report: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The history tells who did what, and each entry knows its exchange.
fn history(clients: &Clients, serial: i64) {
    let entries = cli(&clients.demo.storage(), &["order", "history", &serial.to_string()]);
    let entries =
        entries.as_array().cloned().unwrap_or_else(|| entries["entries"].as_array().expect("entries").clone());
    let mut told = Vec::new();
    for entry in &entries {
        let (verb, actor) = (entry["verb"].as_str().unwrap_or_default(), entry["actor"].as_str().unwrap_or_default());
        println!("{} {actor:<22} {verb:<10} {} exchange {}", entry["at"], entry["changes"], entry["exchange"]);
        assert!(entry["exchange"].is_string(), "every entry came in an exchange: {entry}");
        told.push((actor.to_owned(), verb.to_owned()));
    }
    let told: Vec<(&str, &str)> = told.iter().map(|(actor, verb)| (actor.as_str(), verb.as_str())).collect();
    assert_eq!(
        told,
        [
            ("pruvan all-pruvan", "created"),
            ("wialon all-wialon", "updated"),
            ("wialon all-wialon", "assigned"),
            ("wialon all-wialon", "completed"),
        ]
    );
}
