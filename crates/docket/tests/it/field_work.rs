//! What the field sends back: through one dialect, seen in every face that has a place for it, and in the report. And
//! sent again, or cut off on the way: kept once. Run with `--nocapture` to read what is seen where.

use super::hub::{Answer, Credentials, TestHub};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket::config::Config;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Two photos of 8 by 6 pixels.
const FRONT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAJklEQVR42mOQ67HBihjketywIqBEAFYElIjCioASKVgRUCIPKwIAcEEv0cIiGkMAAAAASUVORK5CYII=";
const ROOF: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAJklEQVR42mPYYmODFTFssXHDioASAVgRUCIKKwJKpGBFQIk8rAgAZP088e7Z2GgAAAAASUVORK5CYII=";
const SITE: &str = "0c5f4f0e-6f0e-4c57-9f2d-1f6d1f4f8a11";
const NUMBER: &str = "FIELD-1";

fn bytes(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

fn sha1(text: &str) -> String {
    Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn find(list: &Value, wanted: impl Fn(&Value) -> bool) -> &Value {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().find(|row| wanted(row)).unwrap_or_else(|| panic!("not among {list:#?}"))
}

/// A hub with a contractor's PPW, a Pruvan account and somebody who orders reports.
struct World {
    hub: TestHub,
    ppw: Credentials,
    pruvan: Credentials,
    desk: Credentials,
}

impl World {
    async fn start() -> World {
        World::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> World {
        let hub = TestHub::start_with(change).await;
        let whole = [("scope", "account")];
        let ppw = hub.connect("ppw", "contractor", &whole).await;
        let pruvan = hub.connect("pruvan", "crews", &whole).await;
        let desk = hub.connect("planviewer", "desk", &whole).await;
        let account = hub.app().accounts()[0];
        docket_app::enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
        World { hub, ppw, pruvan, desk }
    }

    /// The order, as the native API shows it.
    async fn native(&self) -> Value {
        let listed = self.hub.native("GET", &format!("/v1/orders?number={NUMBER}"), "").await.json();
        let id = listed["orders"][0]["id"].as_str().unwrap().to_owned();
        self.hub.native("GET", &format!("/v1/orders/{id}"), "").await.json()
    }

    /// The order's face in a dialect.
    async fn face(&self, dialect: &str) -> Value {
        let id = self.native().await["id"].as_str().unwrap().to_owned();
        let faces = self.hub.native("GET", &format!("/v1/orders/{id}/faces"), "").await.json();
        let face = faces.get("faces").unwrap_or(&faces)[dialect].clone();
        face.as_str().map_or(face.clone(), |text| serde_json::from_str(text).unwrap())
    }

    fn ppw_payload(&self, event: &str, data: &Value) -> String {
        json!({
            "username": self.ppw["username"], "password": sha1(&self.ppw["password"]), "site_id": SITE,
            "event_name": event, "event_data": data.to_string(),
        })
        .to_string()
    }

    async fn ppw(&self, event: &str, data: Value) -> Value {
        let body = format!("payload={}", self.ppw_payload(event, &data));
        told(event, &self.hub.post_form("/api/link/receiver.php", &body).await)
    }

    async fn ppw_file(&self, data: Value, name: &str, file: &[u8]) -> Value {
        let (kind, body) = multipart(&self.ppw_payload("send_file", &data), Some((name, file)));
        let headers = [("content-type", kind.as_str())];
        told("send_file", &self.hub.request("POST", "/api/link/receiver.php", &headers, body).await)
    }

    fn pruvan_payload(&self, members: &Value) -> String {
        let mut payload = json!({
            "username": self.pruvan["username"], "password": sha1(&self.pruvan["password"]), "token": self.pruvan["token"],
        });
        payload.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        payload.to_string()
    }

    async fn pruvan(&self, service: &str, members: Value) -> Answer {
        let target = format!("/pruvan/{service}");
        self.hub.post_form(&target, &format!("payload={}", self.pruvan_payload(&members))).await
    }

    async fn publish(&self, item: Value, file: Option<(&str, &[u8])>) -> Answer {
        let (kind, body) = multipart(&self.pruvan_payload(&item), file);
        let headers = [("content-type", kind.as_str())];
        let answer = self.hub.request("POST", "/pruvan/uploadPictures", &headers, body).await;
        assert_eq!(answer.json(), json!({"status": true, "error": null}), "{item}");
        answer
    }

    /// What Pruvan imports.
    async fn imported(&self) -> Value {
        let answer = self.pruvan("getWorkOrders", json!({"timestamp": null})).await.json();
        find(&answer["workOrders"], |order| order["workOrderNumber"] == NUMBER).clone()
    }

    async fn desk(&self, target: &str, body: Value) -> Value {
        let basic = self.basic();
        let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
        let target = format!("/product_api/v1/{target}");
        let answer = self.hub.request("POST", &target, &headers, body.to_string()).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.desk["key"], self.desk["secret"])))
    }

    /// A report on the order's site, made and downloaded.
    async fn report(&self, product: &str) -> Answer {
        let query = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "78701"}}});
        let site = self.desk("search/structured", query).await[0]["uuid"].clone();
        let listed = self.desk("intentions/list", json!({"uuids": [site], "products": [product]})).await;
        let ordered = self.desk("jobs/order", json!({"uuids": [listed[0]["intentions"][0]["uuid"]]})).await;
        let job = ordered[0]["job"]["uuid"].as_str().unwrap().to_owned();
        self.hub.native_until(&format!("/v1/orders/{job}"), |order| order["status"] == "completed").await;
        let target = format!("/product_api/v1/jobs/retrieve/{job}");
        let report = self.hub.request("GET", &target, &[("authorization", &self.basic())], "").await;
        assert_eq!(report.status, 200, "{}", report.text());
        report
    }

    /// The text of the report as a PDF.
    async fn report_text(&self) -> String {
        let report = self.report("site_report").await;
        assert!(report.body.starts_with(b"%PDF-"));
        // Pictures stand in the file as they are, whatever else is compressed.
        let is_picture = |window: &[u8]| window == b"/Subtype/Image" || window == b"/Subtype /Image";
        let pictures = [14, 15].iter().any(|length| report.body.windows(*length).any(is_picture));
        assert!(pictures, "the photo is in the report");
        let path = self.hub.data().join("report.pdf");
        std::fs::write(&path, &report.body).unwrap();
        let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
        let read = read.expect("pdftotext (poppler-utils)");
        String::from_utf8_lossy(&read.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// How many items of each kind the order has.
    async fn counts(&self) -> Vec<(&'static str, usize)> {
        let order = self.native().await;
        let count = |kind| (kind, order[kind].as_array().map_or(0, Vec::len));
        ["notes", "attachments", "forms", "check_ins", "charges"].map(count).to_vec()
    }
}

fn told(event: &str, answer: &Answer) -> Value {
    let body = answer.json();
    assert_eq!(body["success"], true, "{event}: {body}");
    body["result_data"].clone()
}

fn multipart(payload: &str, file: Option<(&str, &[u8])>) -> (String, Vec<u8>) {
    let mut body =
        format!("--XX\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n").into_bytes();
    if let Some((name, file)) = file {
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    ("multipart/form-data; boundary=XX".to_owned(), body)
}

fn survey(answer: &str, photos: &[&str]) -> Value {
    json!({
        "meta": {"surveyTemplateId": "winterize", "version": "3", "name": "Winterization"},
        "answers": [
            {"id": "q1", "question": "Is the water off?", "answerType": "yesNo", "answer": answer, "answerOptions": ["yes", "no"],
             "pictures": photos},
            {"id": "q2", "question": "Which rooms?", "answerType": "checkboxes", "answer": ["bath", "kitchen"]},
        ],
    })
}

/// An order of somebody else's system, pushed through Pruvan's front door; it asks for a survey.
async fn pushed(world: &World) {
    let template = json!({
        "meta": {"surveyTemplateId": "winterize", "version": "3", "name": "Winterization"},
        "questions": [{"id": "q1", "question": "Is the water off?", "answerType": "yesNo"}],
    });
    let order = json!({"workOrders": [{
        "workOrderNumber": NUMBER, "address1": "5 Elm Ct", "city": "Austin", "state": "TX", "zip": "78701",
        "clientStatus": "Order Created", "attribute7": "{\"order_id\":7}",
        "services": [{"serviceName": "Tarp roof", "surveyDynamic": template}, {"serviceName": "Mow"}],
    }]});
    let client = world.hub.connect("pruvan", "client", &[]).await;
    let target = format!("/api/?apiKey={}", client["api_key"]);
    let answer = world.hub.post_form(&target, &format!("workOrders={order}")).await.json();
    assert_eq!(answer["response"]["created"], 1, "{answer}");
}

#[tokio::test]
async fn what_ppw_sends_is_seen_everywhere() {
    let world = World::start().await;
    pushed(&world).await;
    let listed = world.ppw("get_all_orders", json!({})).await;
    let report_id = find(&listed, |row| row["wo_number"] == NUMBER)["report_id"].as_str().unwrap().to_owned();
    let order = world.ppw("get_order", json!({"report_id": report_id})).await;
    let form = order["pcr_forms"][0]["pcr_form_id"].as_str().unwrap().to_owned();
    let asked = world.ppw("get_pcr_json", json!({"pcr_form_id": form, "report_id": report_id})).await;
    assert_eq!(asked[&form]["pcr_questions"][0]["question_text"], "Is the water off?", "Pruvan's survey is PPW's form");

    // Everything twice, as after a cut connection.
    for _ in 0..2 {
        let note =
            json!([{"note_id": "31", "note_type": "wo", "note_text": "The gate was locked", "has_attachments": false}]);
        world.ppw("send_notes", json!({"dst_report_id": report_id, "module_type": "job_notes", "note": note})).await;
        let photo = json!({"dst_report_id": report_id, "file_id": "77", "file_name": "front.png", "file_area": "0"});
        world.ppw_file(photo, "front.png", &bytes(FRONT)).await;
        let row = json!([{"pcr_question_id": "q1", "question_data_type": "varchar", "varchar_value": "Yes"}]);
        world
            .ppw("send_pcr_answers", json!({"dst_report_id": report_id, "pcr_form_id": form, "pcr_form_rows": row}))
            .await;
        let flag = json!([{"file_id": "77", "pcr_question_id": "q1", "work_type": "pc"}]);
        world
            .ppw("send_photo_flag", json!({"dst_report_id": report_id, "pcr_form_id": form, "question_data": flag}))
            .await;
        let charge = json!({
            "dst_report_id": report_id, "dest_invoice_item_id": "1", "invoice_item_desc": "Tarp the roof", "remote_id": "r-1",
            "qty_bid": "3.00", "client_price_bid": "50.00", "bid_note": "hole over the porch",
            "photo_flag_data": [{"file_id": "77", "work_type": "b", "stage": "b"}], "total_items": 1, "cur_index": 0,
        });
        world.ppw("send_bid_comp", charge).await;
        let check_in = json!({"bg_check_id": 501, "checkin_ts": "2026-01-15 08:30:00", "gps_lat": "30.2672", "gps_lng": "-97.7431",
            "gps_accuracy": "12.5", "gps_high_accuracy": "1", "misc_data": ""});
        world.ppw("send_checkin", json!({"dst_report_id": report_id, "checkin_data": check_in})).await;
    }
    let once = [("notes", 1), ("attachments", 1), ("forms", 1), ("check_ins", 1), ("charges", 1)];
    assert_eq!(world.counts().await, once);

    // Natively.
    let native = world.native().await;
    assert_eq!(native["notes"][0]["text"], "The gate was locked");
    let photo = &native["attachments"][0];
    assert_eq!(
        (&photo["name"], &photo["stage"], &photo["origin"]["dialect"]),
        (&json!("front.png"), &json!("before"), &json!("ppw"))
    );
    assert_eq!(native["forms"][0]["answers"][0]["values"], json!(["Yes"]));
    assert_eq!(native["check_ins"][0]["point"]["latitude"], 30.2672);
    assert_eq!((&native["charges"][0]["charge"], &native["charges"][0]["unit_price"]), (&json!("bid"), &json!(50.0)));

    // In Pruvan's face: items, each in the shape it would be published in.
    let face = world.face("pruvan").await;
    let items = &face["items"];
    let photo = find(items, |item| item["fileName"] == "front.png");
    assert_eq!(
        (&photo["evidenceType"], &photo["fileType"], &photo["key2"]),
        (&json!("Before"), &json!("picture"), &json!(NUMBER))
    );
    assert_eq!(photo["attribute7"], "{\"order_id\":7}", "the originator's attributes come along");
    assert_eq!(find(items, |item| item["evidenceType"] == "Note")["notes"], "The gate was locked");
    let filled = find(items, |item| item["survey"]["meta"]["surveyTemplateId"] == "winterize");
    let answer = &filled["survey"]["answers"][0];
    assert_eq!((&answer["question"], &answer["answer"]), (&json!("Is the water off?"), &json!("Yes")));
    assert_eq!(answer["pictures"], json!([photo["uuId"]]), "the photo by its serial");
    let check_in = find(items, |item| item["evidenceType"] == "Check-In");
    assert_eq!((&check_in["gpsLatitude"], &check_in["gpsAccuracy"]), (&json!("30.2672"), &json!("12.5")));
    let charge = find(items, |item| item["template"] == "docket::charge");
    let total = find(&charge["survey"]["answers"], |answer| answer["id"] == "total");
    assert_eq!(total["answer"], "150");
    assert_eq!(items.as_array().unwrap().len(), 5);
    // Where the order came from it reads back as it was sent.
    let imported = world.imported().await;
    assert_eq!((&imported["attribute7"], imported.get("items")), (&json!("{\"order_id\":7}"), None));

    seen_in_report(
        &world,
        &[
            "Photo 1 before",
            "Is the water off? Yes Photo 1",
            "The gate was locked",
            "30.26720, -97.74310 ±12 m",
            "Tarp the roof 3 50.00 150.00",
        ],
    )
    .await;
    say("sent through PPW, each twice", &native, items);
}

#[tokio::test]
async fn what_pruvan_sends_is_seen_everywhere() {
    let world = World::start().await;
    let order = json!({"number": NUMBER, "site": {"address1": "5 Elm Ct", "city": "Austin", "region": "TX", "postal_code": "78701"},
        "tasks": [{"name": "Tarp roof"}]});
    let created = world.hub.native("POST", "/v1/orders", &order.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let mark = world.imported().await["attribute30"].clone();
    let item = |more: Value| {
        let mut item = json!({"key1": "4711", "key2": NUMBER, "key4": "Tarp roof", "attribute30": mark, "createdBySubUser": "bob"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    for _ in 0..2 {
        let photo = item(json!({"uuId": "photo-0001", "fileName": "roof.png", "fileExt": "png", "fileType": "picture",
            "evidenceType": "During", "notes": "the hole", "creationDate": "1768467600", "gpsLatitude": "30.2672", "gpsLongitude": "-97.7431"}));
        world.publish(photo, Some(("roof.png", &bytes(ROOF)))).await;
        let filled = item(
            json!({"uuId": "survey-0001", "evidenceType": "Survey", "template": "crews::winterize", "survey": survey("yes", &["photo-0001"])}),
        );
        world.publish(filled, None).await;
        world.publish(item(json!({"uuId": "in-0001", "evidenceType": "Check-In", "gpsLatitude": "30.2672", "gpsLongitude": "-97.7431"})), None).await;
        world.publish(item(json!({"uuId": "note-0001", "notes": "Neighbour has the key"})), None).await;
        let done =
            json!({"workOrders": [{"workOrderNumber": NUMBER, "status": "assigned", "fieldStatus": "complete"}]});
        assert_eq!(world.pruvan("status", done).await.json()["status"], true);
    }
    let once = [("notes", 1), ("attachments", 1), ("forms", 1), ("check_ins", 1), ("charges", 0)];
    assert_eq!(world.counts().await, once);
    let native = world.native().await;
    assert_eq!((&native["status"], &native["attachments"][0]["stage"]), (&json!("completed"), &json!("during")));

    // In PPW.
    let report_id = native["serial"].to_string();
    let files = world.ppw("get_file", json!({"report_id": report_id, "module_type": "uploads"})).await;
    let photo = find(&files, |file| file["file_name"] == "roof.png");
    let url = photo["s3_url"].as_str().unwrap();
    let target = url.strip_prefix(&world.hub.url()).unwrap_or_else(|| panic!("{url}"));
    let fetched = world.hub.request("GET", target, &[], "").await;
    assert_eq!((fetched.status, fetched.body), (200, bytes(ROOF)), "the photo through PPW, byte for byte");
    let notes = world.ppw("get_job_notes", json!({"report_id": report_id})).await;
    assert!(find(&notes, |note| note["note_text"] == "Neighbour has the key")["note_id"].is_i64(), "{notes}");
    let order = world.ppw("get_order", json!({"report_id": report_id})).await;
    let form = order["pcr_forms"][0]["pcr_form_id"].as_str().unwrap().to_owned();
    let asked = world.ppw("get_pcr_json", json!({"pcr_form_id": form, "report_id": report_id})).await;
    assert_eq!(asked[&form]["options_pcr_forms"]["pcr_form_name"], "Winterization");
    assert_eq!(asked[&form]["pcr_questions"][0]["question_text"], "Is the water off?");

    // In Pruvan itself, as it was published.
    let items = world.face("pruvan").await["items"].clone();
    assert_eq!(find(&items, |item| item["uuId"] == "survey-0001")["survey"], survey("yes", &["photo-0001"]));
    seen_in_report(
        &world,
        &[
            "Photo 1 during",
            "the hole",
            "Is the water off? yes Photo 1",
            "Neighbour has the key",
            "30.26720, -97.74310",
        ],
    )
    .await;
    say("published by Pruvan, each twice", &native, &items);
}

#[tokio::test]
async fn what_is_put_natively_is_seen_everywhere() {
    let world = World::start().await;
    pushed(&world).await;
    let id = world.native().await["id"].as_str().unwrap().to_owned();
    let put = async |list: &str, item: Value| {
        let answer = world.hub.native("POST", &format!("/v1/orders/{id}/{list}"), &item.to_string()).await;
        assert!([200, 201].contains(&answer.status), "{list}: {}", answer.text());
    };
    for _ in 0..2 {
        put("notes", json!({"id": "n-1", "text": "Call before you come"})).await;
        let point = json!({"latitude": 30.2672, "longitude": -97.7431});
        let photo = json!({"id": "p-1", "photo": true, "name": "porch.png", "media_type": "image/png", "content": FRONT,
            "stage": "after", "task": "Mow", "caption": "the porch", "point": point});
        put("attachments", photo).await;
        let answer = json!({"question": "q9", "text": "Any damage?", "values": ["none"], "photos": ["p-1"]});
        put("forms", json!({"id": "f-1", "name": "Damage check", "answers": [answer]})).await;
        put("check_ins", json!({"id": "c-1", "point": point})).await;
        let charge =
            json!({"id": "i-1", "charge": "invoice", "description": "Mow the lawn", "quantity": 1, "unit_price": 45});
        put("charges", charge).await;
    }
    let native = world.native().await;
    let counts = world.counts().await;
    assert_eq!(counts, [("notes", 1), ("attachments", 1), ("forms", 2), ("check_ins", 1), ("charges", 1)]);

    // In Pruvan's face.
    let items = world.face("pruvan").await["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 5, "the form that waits to be filled is not among them: {items:#}");
    let photo = find(&items, |item| item["fileName"] == "porch.png");
    assert_eq!(
        (&photo["evidenceType"], &photo["key4"], &photo["notes"]),
        (&json!("After"), &json!("Mow"), &json!("the porch"))
    );
    let filled = find(&items, |item| item["survey"]["meta"]["name"] == "Damage check");
    assert_eq!(filled["survey"]["answers"][0]["pictures"], json!([photo["uuId"]]));
    assert_eq!(find(&items, |item| item["evidenceType"] == "Note")["notes"], "Call before you come");
    let charge = find(&items, |item| item["template"] == "docket::charge");
    assert_eq!(find(&charge["survey"]["answers"], |answer| answer["id"] == "kind")["answer"], "Invoice");

    // In PPW.
    let report_id = native["serial"].to_string();
    let files = world.ppw("get_file", json!({"report_id": report_id, "module_type": "uploads"})).await;
    assert_eq!(find(&files, |file| file["file_name"] == "porch.png")["file_type"], "image/png");
    let notes = world.ppw("get_job_notes", json!({"report_id": report_id})).await;
    find(&notes, |note| note["note_text"] == "Call before you come");
    seen_in_report(
        &world,
        &[
            "Photo 1 after",
            "the porch",
            "Any damage? none Photo 1",
            "Call before you come",
            "Mow the lawn 1 45.00 45.00",
        ],
    )
    .await;
    say("put natively, each twice", &native, &items);
}

/// A crew's phone loses its connection: half a photo, then all of it without waiting for the answer, then again.
#[tokio::test]
async fn an_upload_that_was_cut_off_is_stored_once() {
    let world = World::start().await;
    pushed(&world).await;
    let photo = json!({"uuId": "photo-0001", "key2": NUMBER, "fileName": "roof.png", "fileType": "picture", "evidenceType": "After"});
    let (kind, body) = multipart(&world.pruvan_payload(&photo), Some(("roof.png", &bytes(ROOF))));
    let head = format!(
        "POST /pruvan/uploadPictures HTTP/1.1\r\nhost: hub\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    for cut in [body.len() / 2, body.len() - 1, body.len()] {
        let mut stream = TcpStream::connect(world.hub.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body[..cut]).await.unwrap();
        if cut < body.len() {
            // Half a message is none; whatever is answered, it is not that all is well.
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!String::from_utf8_lossy(&answer).contains("\"status\":true"));
            assert_eq!(world.counts().await[1], ("attachments", 0));
        }
    }
    for _ in 0..3 {
        world.publish(photo.clone(), Some(("roof.png", &bytes(ROOF)))).await;
    }
    assert_eq!(world.counts().await[1], ("attachments", 1));
    let id = world.native().await["id"].as_str().unwrap().to_owned();
    let history = world.hub.native("GET", &format!("/v1/orders/{id}/history"), "").await.json();
    assert_eq!(history["entries"].as_array().unwrap().len(), 2, "created, and one photo: {history:#}");
}

/// What nobody wants is answered with success; the wire log says what became of it, and no secret.
#[tokio::test]
async fn what_is_set_aside_is_told_in_the_wire_log() {
    let world = World::start().await;
    let push_key = "https://direct.example/api/?apiKey=very-secret-key";
    let answer = world.pruvan("validate", json!({"pushkey": push_key})).await;
    assert_eq!(answer.json(), json!({"error": "", "validated": true}));
    let photo = json!({"uuId": "photo-0001", "key2": "NOBODYS", "fileName": "roof.png", "fileType": "picture"});
    let answer = world.publish(photo, Some(("roof.png", &bytes(ROOF)))).await;
    assert_eq!(answer.header("docket-set-aside"), "no such order");
    let kept = world.hub.native_until("/v1/exchanges", |body| {
        body["exchanges"].as_array().unwrap().iter().any(|exchange| exchange["operation"] == "uploadPictures")
    });
    for exchange in kept.await["exchanges"].as_array().unwrap() {
        let target = format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap());
        let text = world.hub.native("GET", &target, "").await.text();
        assert!(!text.contains("very-secret-key"), "the push key is masked: {text}");
        assert!(!text.contains(&world.pruvan["token"]) && !text.contains(&sha1(&world.pruvan["password"])), "{text}");
        if exchange["operation"] == "uploadPictures" {
            assert!(text.contains("docket-set-aside") && text.contains("no such order"), "{text}");
            assert!(text.contains("NOBODYS"), "the item can be read there: {text}");
        }
    }
}

/// Somebody else's web server: tells what it was asked, answers everybody the same.
async fn elsewhere(answer: &'static [u8]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
            let status = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            let _ = stream.write_all(&[status.as_bytes(), answer].concat()).await;
            let _ = tell.send(line);
        }
    });
    (format!("http://{address}"), told)
}

/// `validate` leaves a push key; when somebody else changes an order it is called, and the next import has the change.
#[tokio::test]
async fn the_push_key_is_pinged_and_the_change_imported() {
    let (url, mut asked) = elsewhere(br#"{"response":true,"error":"success"}"#).await;
    let world = World::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let answer = world.pruvan("validate", json!({"pushkey": format!("{url}/api/?apiKey=k")})).await;
    assert_eq!(answer.json()["validated"], true);
    let mut heard = None;
    // What changed before the hub noticed that somebody listens is no news; so it changes until it is.
    for n in 0..20 {
        let order = json!({"number": format!("OTHER-{n}"), "site": {"address1": "5 Elm Ct"}});
        world.hub.native("POST", "/v1/orders", &order.to_string()).await;
        if let Ok(line) = tokio::time::timeout(Duration::from_millis(1500), asked.recv()).await {
            heard = line;
            break;
        }
    }
    assert_eq!(heard.as_deref(), Some("GET /api/?apiKey=k HTTP/1.1"));
    let since = world.hub.app().now().as_second();
    let imported = world.pruvan("getWorkOrders", json!({"timestamp": since})).await.json();
    let order = find(&imported["workOrders"], |order| order["workOrderNumber"] == "OTHER-0");
    assert_eq!(order["address1"], "5 Elm Ct");
    println!("pinged with {heard:?}, then imported {} orders", imported["workOrders"].as_array().unwrap().len());
}

/// A video is named by its address. It is fetched where the operator lets the hub call, and kept like any file.
#[tokio::test]
async fn a_video_is_fetched_from_where_it_lies() {
    let (url, mut asked) = elsewhere(b"\0\0\0\x18ftypmp42 a video").await;
    let video = json!({"uuId": "video-0001", "key2": NUMBER, "videoUri": format!("{url}/v/roof.mp4?sig=1"), "notes": "the roof"});
    let shut = World::start().await;
    pushed(&shut).await;
    shut.publish(video.clone(), None).await;
    let note = shut.native().await["notes"][0]["text"].as_str().unwrap().to_owned();
    assert!(note.starts_with("the roof\nVideo: http://127.0.0.1"), "a private address is not called: {note}");
    assert!(asked.try_recv().is_err());
    let open = World::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    pushed(&open).await;
    for _ in 0..3 {
        open.publish(video.clone(), None).await;
    }
    let native = open.native().await;
    let kept = &native["attachments"][0];
    assert_eq!(
        (&kept["name"], &kept["media_type"], &kept["photo"]),
        (&json!("roof.mp4"), &json!("video/mp4"), &json!(false))
    );
    assert_eq!(native["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(asked.recv().await.unwrap(), "GET /v/roof.mp4?sig=1 HTTP/1.1");
    assert!(asked.try_recv().is_err(), "what is kept is not fetched again");
}

async fn seen_in_report(world: &World, words: &[&str]) {
    let text = world.report_text().await;
    for words in words {
        assert!(text.contains(words), "{words:?} is not in the report: {text}");
    }
    println!("the report of {} characters shows {words:?}", text.len());
}

fn say(what: &str, native: &Value, items: &Value) {
    println!("\n{what}: order {} ({})", native["number"].as_str().unwrap(), native["status"].as_str().unwrap());
    for kind in ["notes", "attachments", "forms", "check_ins", "charges"] {
        for item in native[kind].as_array().into_iter().flatten() {
            let shown = ["text", "name", "description"].iter().find_map(|name| item[*name].as_str()).unwrap_or("");
            let from = item["origin"]["dialect"].as_str().unwrap_or_default();
            println!("  native  {kind:<12} {from:<7} {} {shown}", item["id"]);
        }
    }
    for item in items.as_array().unwrap() {
        let kind = ["evidenceType", "fileType"].iter().find_map(|name| item[*name].as_str()).unwrap_or("");
        let shown = ["notes", "fileName"].iter().find_map(|name| item[*name].as_str().filter(|text| !text.is_empty()));
        println!("  pruvan  {kind:<12} {:<38} {}", item["uuId"].as_str().unwrap(), shown.unwrap_or(""));
    }
}
