//! What the field sends back, through the native API: notes, files, forms, check-ins, charges; files by signed link.

use crate::hub::{Answer, TestHub};
use docket_core::Timestamp;
use docket_core::ledger::{FileLink, Ledger};
use serde_json::{Value, json};

/// The smallest picture there is.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xfc\
    \xcf\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82";
const BASE64_A: &str = "YWJj";

async fn order(hub: &TestHub, body: Value) -> Value {
    let made = hub.native("POST", "/v1/orders", &body.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

async fn post(hub: &TestHub, target: &str, body: Value) -> Answer {
    hub.native("POST", target, &body.to_string()).await
}

async fn upload(hub: &TestHub, target: &str, parts: &[(&str, &str, &[u8])], key: &str) -> Answer {
    let mut body = Vec::new();
    for (head, kind, bytes) in parts {
        body.extend(format!("--b7\r\ncontent-disposition: form-data; {head}\r\n").bytes());
        if !kind.is_empty() {
            body.extend(format!("content-type: {kind}\r\n").bytes());
        }
        body.extend(b"\r\n");
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b7--\r\n");
    let bearer = format!("Bearer {}", hub.token);
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "multipart/form-data; boundary=b7")];
    if !key.is_empty() {
        headers.push(("idempotency-key", key));
    }
    hub.request("POST", target, &headers, body).await
}

async fn get(hub: &TestHub, target: &str, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", hub.token);
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(more);
    hub.request("GET", target, &headers, "").await
}

#[tokio::test]
async fn what_is_said_of_a_file_can_be_changed_and_the_file_stays() {
    let hub = TestHub::start().await;
    let made = order(
        &hub,
        json!({"number": "N-1", "notes": [{"text": "Dog"}], "attachments": [
            {"id": "p1", "name": "a.txt", "media_type": "text/plain", "content": BASE64_A, "caption": "Front", "task": "Mow"},
        ]}),
    )
    .await;
    let (serial, file) = (&made["serial"], made["attachments"][0].clone());
    let target = format!("/v1/orders/{serial}/attachments/{}", file["place"]);
    assert_eq!(hub.native("GET", &target, "").await.json(), file);
    let change = async |body: Value| hub.native("PATCH", &target, &body.to_string()).await;
    let changed = change(json!({"caption": "Rear", "stage": "after", "task": null, "name": "../b.txt"})).await;
    let mut wanted = file.clone();
    (wanted["caption"], wanted["stage"], wanted["name"]) = (json!("Rear"), json!("after"), json!("b.txt"));
    wanted.as_object_mut().unwrap().remove("task");
    assert_eq!((changed.status, changed.json()), (200, wanted.clone()), "{}", changed.text());
    assert_eq!(change(json!({"caption": "Rear"})).await.json(), wanted, "the same again");
    let history = hub.native("GET", &format!("/v1/orders/{serial}/history"), "").await.json();
    let last = history["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["revision"], &last["actor"]), (&json!(2), &json!("token test")), "{history}");
    let content = hub.native("GET", &format!("{target}/content"), "").await;
    assert_eq!((content.status, content.text().as_str()), (200, "abc"));
    let cleared = change(json!({"caption": null})).await.json();
    assert!(cleared.get("caption").is_none() && cleared["stage"] == "after", "{cleared}");
    for (body, pointer) in [
        (json!({}), ""),
        (json!({"name": null}), "/name"),
        (json!({"stage": "later"}), "/stage"),
        (json!({"blob": "0"}), "/blob"),
    ] {
        let refused = change(body.clone()).await;
        assert_eq!((refused.status, refused.json()["pointer"].as_str()), (422, Some(pointer)), "{body}");
    }
    let note = format!("/v1/orders/{serial}/attachments/{}", made["notes"][0]["place"]);
    for missing in [note, format!("/v1/orders/{serial}/attachments/99"), format!("/v1/orders/{serial}/attachments/x")] {
        assert_eq!(hub.native("PATCH", &missing, r#"{"caption":"x"}"#).await.status, 404, "{missing}");
        assert_eq!(hub.native("GET", &missing, "").await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn an_order_may_bring_its_items_along() {
    let hub = TestHub::start().await;
    let choices = json!([{"key": "1", "label": "Yes"}, {"key": "2", "label": "No"}]);
    let made = order(
        &hub,
        json!({
            "number": "N-1",
            "notes": [{"text": "Dog"}, {"id": "gate", "text": "Gate code 4411", "site_wide": true, "author": "Ann"}],
            "attachments": [{"id": "p1", "name": "a.txt", "media_type": "text/plain", "content": BASE64_A}],
            "forms": [{"id": "pcr", "name": "PCR", "answers": [{"question": "1", "values": ["Yes"], "photos": ["p1"]}]}],
            "check_ins": [{"point": {"latitude": 30.2, "longitude": -97.7}}],
            "charges": [{"description": "Board up", "quantity": 2, "unit_price": 40}],
            "questions": [{"id": "q", "message": "Open it?", "choices": choices}],
        }),
    )
    .await;
    assert_eq!(made["status"], "waiting");
    assert_eq!(made["notes"][0]["author"], "token test");
    assert_eq!((&made["notes"][1]["id"], &made["notes"][1]["author"]), (&json!("gate"), &json!("Ann")));
    assert_eq!(made["forms"][0]["submitted_at"], "2026-01-15T10:00:00Z");
    let lists = ["notes", "attachments", "forms", "check_ins", "charges", "questions"];
    let mut places = Vec::new();
    for list in lists {
        let shown = hub.native("GET", &format!("/v1/orders/{}/{list}", made["serial"]), "").await.json();
        assert_eq!(shown, json!({ list: made[list] }));
        places.extend(shown[list].as_array().unwrap().iter().map(|item| item["place"].as_i64().unwrap()));
    }
    places.sort_unstable();
    assert_eq!(places, [1, 2, 3, 4, 5, 6, 7]);
    let place = made["attachments"][0]["place"].as_i64().unwrap();
    let file = get(&hub, &format!("/v1/orders/{}/attachments/{place}/content", made["serial"]), &[]).await;
    assert_eq!((file.status, file.text().as_str()), (200, "abc"));
    let answer = format!("/v1/orders/{}/questions/{}/answer", made["serial"], made["questions"][0]["place"]);
    assert_eq!(post(&hub, &answer, json!({"choice": "3"})).await.status, 422);
    let answered = post(&hub, &answer, json!({"choice": "1"})).await;
    assert_eq!((answered.status, &answered.json()["status"]), (201, &json!("started")));
    assert_eq!(post(&hub, &answer, json!({"choice": "1"})).await.status, 200);
    assert_eq!(post(&hub, &answer, json!({"choice": "2"})).await.status, 409);
    let wrong = post(&hub, "/v1/orders", json!({"number": "2", "attachments": [{"name": "x"}]})).await;
    assert_eq!((wrong.status, &wrong.json()["pointer"]), (422, &json!("/attachments/0/content")));
}

#[tokio::test]
async fn what_is_sent_twice_is_there_once() {
    let hub = TestHub::start().await;
    let id = order(&hub, json!({"number": "N-1"})).await["id"].as_str().unwrap().to_owned();
    let notes = format!("/v1/orders/{id}/notes");
    let note = json!({"id": "n1", "text": "Key is with the neighbor"});
    let first = post(&hub, &notes, note.clone()).await;
    assert_eq!((first.status, &first.json()["place"]), (201, &json!(1)));
    assert_eq!(first.header("location"), notes);
    hub.clock.advance_ms(5_000);
    let again = post(&hub, &notes, note).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.json(), first.json(), "the moment of the first one counts");
    let changed = post(&hub, &notes, json!({"id": "n1", "text": "Key is under the mat"})).await;
    assert_eq!((changed.status, &changed.json()["place"]), (201, &json!(1)));

    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let keyed = async |text: &str| hub.request("POST", &notes, &headers, json!({"text": text}).to_string()).await;
    let (first, again, other) = (keyed("a").await, keyed("a").await, keyed("b").await);
    assert_eq!((first.status, again.status, other.status), (201, 200, 422));
    assert_eq!(other.json()["code"], "idempotency_key_reused");
    assert_eq!(again.json()["id"], first.json()["id"]);
    post(&hub, &notes, json!({"text": "c"})).await;
    post(&hub, &notes, json!({"text": "c"})).await;
    let order = hub.native("GET", &format!("/v1/orders/{id}"), "").await.json();
    let texts: Vec<_> = order["notes"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Key is under the mat", "a", "c", "c"]);
}

#[tokio::test]
async fn every_kind_is_put_and_shown() {
    let hub = TestHub::start().await;
    let id = order(&hub, json!({"number": "N-1"})).await["serial"].to_string();
    for (list, body) in [
        ("forms", json!({"id": "f", "name": "Survey", "definition": {"questions": []}})),
        ("check_ins", json!({"data": "at the gate"})),
        ("charges", json!({"charge": "invoice", "description": "Mow", "unit_price": 25.5, "flat_fee": true})),
    ] {
        let put = post(&hub, &format!("/v1/orders/{id}/{list}"), body).await;
        assert_eq!(put.status, 201, "{}", put.text());
        let shown = hub.native("GET", &format!("/v1/orders/{id}"), "").await.json();
        assert_eq!(shown[list], json!([put.json()]));
    }
    let history = hub.native("GET", &format!("/v1/orders/{id}/history"), "").await.json();
    assert_eq!(history["entries"].as_array().unwrap().len(), 4);
    for (target, body, status) in [
        (format!("/v1/orders/{id}/notes"), "{", 400),
        (format!("/v1/orders/{id}/notes"), "{}", 422),
        (format!("/v1/orders/{id}/attachments"), "{}", 422),
        ("/v1/orders/999999/notes".to_owned(), r#"{"text":"a"}"#, 404),
        ("/v1/orders/999999/attachments".to_owned(), r#"{"content":"YWJj"}"#, 404),
        (format!("/v1/orders/{id}/remarks"), r#"{"text":"a"}"#, 404),
    ] {
        let refused = hub.native("POST", &target, body).await;
        assert_eq!(refused.status, status, "{target} {body}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    let history = hub.native("GET", &format!("/v1/orders/{id}/history"), "").await.json();
    assert_eq!(history["entries"].as_array().unwrap().len(), 4, "what is refused leaves nothing");
}

#[tokio::test]
async fn files_are_uploaded_and_had_again() {
    let hub = TestHub::start().await;
    let id = order(&hub, json!({"number": "N-1"})).await["id"].as_str().unwrap().to_owned();
    let target = format!("/v1/orders/{id}/attachments");
    let about =
        json!({"stage": "before", "caption": "Front", "point": {"latitude": 30.0, "longitude": -97.0}}).to_string();
    let parts: &[(&str, &str, &[u8])] = &[
        ("name=\"attachment\"", "application/json", about.as_bytes()),
        ("name=\"file\"; filename=\"front.png\"", "application/octet-stream", PNG),
    ];
    let first = upload(&hub, &target, parts, "k9").await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = upload(&hub, &target, parts, "k9").await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    let photo = first.json();
    assert_eq!((&photo["name"], &photo["media_type"]), (&json!("front.png"), &json!("image/png")));
    assert_eq!(
        (&photo["photo"], &photo["size_bytes"], &photo["stage"]),
        (&json!(true), &json!(PNG.len()), &json!("before"))
    );
    let content = first.header("location").to_owned();
    let file = get(&hub, &content, &[]).await;
    assert_eq!((file.status, file.body.as_slice(), file.header("content-type")), (200, PNG, "image/png"));
    assert_eq!(file.header("content-disposition"), "inline; filename=\"front.png\"");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let part = get(&hub, &content, &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status, part.text().as_str()), (206, "PNG"));
    assert_eq!(part.header("content-range"), format!("bytes 1-3/{}", PNG.len()));
    assert_eq!(get(&hub, &content, &[("range", "bytes=900-")]).await.status, 416);
    assert_eq!(get(&hub, &content, &[("if-none-match", file.header("etag"))]).await.status, 304);
    assert_eq!(get(&hub, &format!("{target}/7/content"), &[]).await.status, 404);
    assert_eq!(hub.request("GET", &content, &[], "").await.status, 401, "with a token only");
    let two = [parts[1], parts[1]];
    assert_eq!(upload(&hub, &target, &two, "").await.status, 400);
    assert_eq!(upload(&hub, &target, &parts[..1], "").await.status, 400, "no file");
    assert_eq!(upload(&hub, &target, &[("name=\"x\"", "", b"1"), parts[1]], "").await.status, 400);
}

#[tokio::test]
async fn a_signed_link_gives_the_file_to_whoever_has_it() {
    let hub = TestHub::start().await;
    let blob = Ledger::keep_blob(&**hub.app(), bytes::Bytes::from_static(PNG)).await.unwrap();
    let file = FileLink { blob, name: "häuser/front.png".to_owned(), media_type: "image/png".to_owned() };
    let until: Timestamp = "2026-01-15T10:10:00Z".parse().unwrap();
    let link = hub.app().file_url(&file, until);
    let had = hub.request("GET", &link, &[], "").await;
    assert_eq!((had.status, had.body.as_slice()), (200, PNG));
    assert_eq!(had.header("content-type"), "image/png");
    assert_eq!(hub.request("HEAD", &link, &[], "").await.status, 200);
    let forged = hub.request("GET", &link.replace("front", "back"), &[], "").await;
    assert_eq!(forged.status, 403);
    assert!(forged.text().contains("ask for a new one"), "{}", forged.text());
    assert_eq!(hub.request("GET", "/files/x", &[], "").await.status, 404);
    let gone = FileLink { blob: "0".repeat(64), ..file };
    assert_eq!(hub.request("GET", &hub.app().file_url(&gone, until), &[], "").await.status, 404);
    hub.clock.advance_ms(601_000);
    assert_eq!(hub.request("GET", &link, &[], "").await.status, 410);
}
