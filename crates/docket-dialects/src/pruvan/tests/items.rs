//! Published items: what an order keeps of them, and what is set aside.

use super::*;
use docket_core::ledger::Request;
use docket_core::ledger::Submission;
use docket_core::order::{Attachment, Body, Command, Item, ItemKind, Origin, Stage};
use proptest::prelude::*;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo \x00\x01 \xfe";
const DONE: &str = r#"{"status":true,"error":null}"#;

/// One call of `uploadPictures`, as a multipart body.
pub fn publish(hub: &Hub, item: &Value, file: Option<(&str, &str, &[u8])>) -> WireResponse {
    let mut body =
        format!("--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{}\r\n", signed(item.clone()));
    if let Some((name, media_type, _)) = file {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
        ));
    }
    let mut body = body.into_bytes();
    if let Some((.., bytes)) = file {
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    hub.send("POST", "/pruvan/uploadPictures.php", "multipart/form-data; boundary=b", body)
}

fn photo(more: Value) -> Value {
    let mut item = json!({
        "uuId": "6f1c1e3a-0000-4000-8000-00000000000a", "key1": "p-1", "key2": "A", "key3": "", "key4": "Trim Hedges",
        "key5": "", "attribute1": "5 Elm Ct", "attribute7": "{\"order_id\":7}", "fileName": "front.jpg",
        "fileExt": "jpg", "fileType": "picture", "evidenceType": "Before", "notes": "the front",
        "creationDate": "1393278236", "gpsLatitude": "30.5", "gpsLongitude": "-97.6", "gpsAccuracy": "8",
        "createdBySubUser": "bob", "csrCertifiedTime": "1", "deviceId": "d-1",
    });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

fn only(order: &Order) -> &Item {
    assert_eq!(order.items.len(), 1, "{:?}", order.items);
    &order.items[0]
}

fn aside(hub: &Hub) -> Vec<(String, Value)> {
    let kept = hub.ledger.records(ConnectionId(1).into(), "pruvan_aside").now_or_never().unwrap().unwrap();
    kept.into_iter().map(|(key, value)| (key, serde_json::from_str(&value).unwrap())).collect()
}

#[test]
fn a_photo_is_kept_with_all_it_says() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let response = publish(&hub, &photo(json!({})), Some(("blob", "application/octet-stream", JPEG)));
    assert_eq!((response.status, &response.body[..]), (StatusCode::OK, DONE.as_bytes()));
    assert_eq!((response.operation, response.connection), ("uploadPictures", Some(ConnectionId(1))));
    let order = hub.order("A");
    let item = only(&order);
    assert_eq!((item.id.as_str(), item.author.as_str()), ("6f1c1e3a-0000-4000-8000-00000000000a", "bob"));
    assert_eq!(item.origin, Origin { connection: Some(ConnectionId(1)), dialect: "pruvan".to_owned() });
    let Body::Attachment(kept) = &item.body else { panic!("{item:?}") };
    let blob = hub.ledger.blob(&kept.blob).now_or_never().unwrap().unwrap();
    assert_eq!(blob.as_deref(), Some(JPEG), "byte for byte");
    let point = kept.point.unwrap();
    assert_eq!((point.latitude, point.longitude, point.accuracy_m), (30.5, -97.6, Some(8.0)));
    let expected = Attachment {
        photo: true,
        name: "front.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: JPEG.len() as i64,
        blob: kept.blob.clone(),
        stage: Some(Stage::Before),
        task: Some("Trim Hedges".to_owned()),
        caption: "the front".to_owned(),
        taken_at: time("2014-02-24T21:43:56Z"),
        point: Some(point),
        note: None,
    };
    assert_eq!(*kept, expected);
    let wire: Value = serde_json::from_str(item.wire.as_deref().unwrap()).unwrap();
    assert_eq!(wire, photo(json!({})), "everything but the credentials");
    assert_eq!(hub.face(&order)["items"], json!([photo(json!({}))]), "shown as it was published");
    assert!(aside(&hub).is_empty());
}

#[test]
fn the_same_item_again_is_stored_once() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let file = Some(("front.jpg", "image/jpeg", JPEG));
    for _ in 0..3 {
        assert_eq!(publish(&hub, &photo(json!({})), file).body, DONE);
    }
    let order = hub.order("A");
    assert_eq!((order.revision.0, order.items.len()), (2, 1), "the repeats wrote nothing");
    // The same serial saying something else updates.
    assert_eq!(publish(&hub, &photo(json!({"evidenceType": "AFTER", "notes": ""})), file).body, DONE);
    let order = hub.order("A");
    let Body::Attachment(kept) = &only(&order).body else { panic!() };
    assert_eq!((kept.stage, kept.caption.as_str(), only(&order).place), (Some(Stage::After), "", 1));
    // Other spellings of the serial, and none at all.
    for item in [json!({"uuId": null, "uuid": "second"}), json!({"uuId": "", "pictureId": 17}), json!({"uuId": null})] {
        for _ in 0..2 {
            assert_eq!(publish(&hub, &photo(item.clone()), file).body, DONE);
        }
    }
    let order = hub.order("A");
    assert_eq!(order.items.len(), 4);
    assert_eq!((order.items[1].id.as_str(), order.items[2].id.as_str()), ("second", "17"));
    assert_eq!(order.items[3].id.len(), 40, "known by what it is");
}

#[test]
fn evidence_nobody_knows_is_kept_without_a_stage() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    for (n, evidence) in ["during", "Mould", "Survey", "", "  before "].into_iter().enumerate() {
        let item = photo(json!({"uuId": format!("u{n}"), "evidenceType": evidence}));
        let response = publish(&hub, &item, Some(("x.jpg", "image/jpeg", JPEG)));
        assert_eq!(response.body, DONE, "{evidence}");
        assert!(!response.headers.contains_key("docket-set-aside"));
    }
    let order = hub.order("A");
    let stages: Vec<Option<Stage>> = order.attachments().map(|(_, kept)| kept.stage).collect();
    assert_eq!(stages, [Some(Stage::During), None, None, None, Some(Stage::Before)]);
}

#[test]
fn files_reports_check_ins_and_notes() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let report = json!({"uuId": "r", "key2": "A", "fileName": "report.pdf", "fileType": "report"});
    assert_eq!(publish(&hub, &report, Some(("report.pdf", "", b"%PDF-1.7"))).body, DONE);
    let check_in = json!({"uuId": "c", "key2": "A", "evidenceType": "Check-In", "gpsLatitude": 30.5, "gpsLongitude": -97.6,
        "timestamp": "2014-02-24 21:43:56"});
    assert_eq!(call(&hub, "uploadPictures", &signed(check_in.clone())).body, DONE);
    let note = json!({"uuId": "n", "key2": "A", "notes": "gate was locked"});
    assert_eq!(call(&hub, "uploadPictures", &signed(note)).body, DONE);
    let place = json!({"uuId": "g", "key2": "A", "gpsLatitude": "1", "gpsLongitude": "2"});
    assert_eq!(call(&hub, "uploadPictures", &signed(place)).body, DONE);
    let both = json!({"uuId": "b", "key2": "A", "evidenceType": "check in", "fileType": "picture"});
    assert_eq!(publish(&hub, &both, Some(("me.png", "image/png", b"\x89PNG\r\n\x1a\n"))).body, DONE);
    let order = hub.order("A");
    let kinds: Vec<ItemKind> = order.items.iter().map(Item::kind).collect();
    use ItemKind::{Attachment as File, CheckIn, Note};
    assert_eq!(kinds, [File, CheckIn, Note, CheckIn, File, CheckIn]);
    let (_, pdf) = order.attachments().next().unwrap();
    assert_eq!((pdf.photo, pdf.media_type.as_str(), pdf.size_bytes), (false, "application/pdf", 8));
    let (_, at) = order.check_ins().next().unwrap();
    assert_eq!(at.point.unwrap().latitude, 30.5);
    assert_eq!(serde_json::from_str::<Value>(at.data.as_deref().unwrap()).unwrap(), check_in);
    assert_eq!(order.notes().next().unwrap().1.text, "gate was locked");
}

#[test]
fn videos_are_fetched_and_else_noted() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let uri = "https://videos.example/v/7.mp4?x=1";
    let video = json!({"uuId": "v", "key2": "A", "key4": "Trim Hedges", "videoUri": uri, "notes": "roof", "fileType": "picture"});
    assert_eq!(call(&hub, "uploadPictures", &signed(video.clone())).body, DONE);
    let order = hub.order("A");
    assert_eq!(order.notes().next().unwrap().1.text, format!("roof\nVideo: {uri}"));
    // Published again when it can be had: the note makes way.
    hub.ledger.add_remote(uri, "", &b"\0\0\0\x18ftypmp42"[..]);
    for _ in 0..2 {
        assert_eq!(call(&hub, "uploadPictures", &signed(video.clone())).body, DONE);
    }
    let order = hub.order("A");
    let Body::Attachment(kept) = &only(&order).body else { panic!() };
    assert_eq!((kept.photo, kept.name.as_str(), kept.media_type.as_str()), (false, "7.mp4", "video/mp4"));
    assert_eq!((kept.task.as_deref(), order.revision.0), (Some("Trim Hedges"), 3));
}

#[test]
fn what_nobody_wants_is_set_aside() {
    let hub = Hub::new(&[]);
    hub.take(new_order("GONE", json!({})));
    hub.push(json!([change("GONE", json!({"status": "deleted"}))]));
    hub.take(new_order("A", json!({})));
    let file = Some(("front.jpg", "image/jpeg", JPEG));
    for (number, id) in [("GONE", "u1"), ("NEVER", "u2"), ("GONE", "u1")] {
        let response = publish(&hub, &photo(json!({"key2": number, "uuId": id})), file);
        assert_eq!((response.status, &response.body[..]), (StatusCode::OK, DONE.as_bytes()), "never an error");
        assert_eq!(response.headers["docket-set-aside"], "no such order");
    }
    let response = call(&hub, "uploadPictures", &signed(json!({"uuId": "u3", "key2": "A", "evidenceType": "Mood"})));
    assert_eq!(
        (&response.body[..], &response.headers["docket-set-aside"]),
        (DONE.as_bytes(), &HeaderValue::from_static("nothing in it that an order keeps"))
    );
    let kept = aside(&hub);
    let keys: Vec<&str> = kept.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["uploadPictures:u1", "uploadPictures:u2", "uploadPictures:u3"], "each once");
    assert_eq!((&kept[0].1["why"], &kept[0].1["said"]["key2"]), (&json!("no such order"), &json!("GONE")));
    assert_eq!(kept[0].1["said"]["password"], Value::Null);
    let blob = kept[0].1["file"]["blob"].as_str().unwrap();
    assert_eq!(hub.ledger.blob(blob).now_or_never().unwrap().unwrap().as_deref(), Some(JPEG));
    assert_eq!(hub.order("A").items, []);
}

#[test]
fn no_more_than_so_much_is_set_aside() {
    let hub = Hub::new(&[]);
    for n in 0..503 {
        hub.ledger.set_now(Timestamp::from_second(1_768_471_200 + n).unwrap());
        call(&hub, "uploadPictures", &signed(json!({"uuId": format!("u{n:04}"), "key2": "X", "notes": "n"})));
    }
    let kept = aside(&hub);
    assert_eq!((kept.len(), kept[0].0.as_str()), (500, "uploadPictures:u0003"), "the oldest go first");
}

/// An order that came from elsewhere is found by what `getWorkOrders` said of it.
#[test]
fn orders_are_found_by_what_was_handed_out() {
    let hub = Hub::new(&[]);
    let user = Caller::user(AccountId(1), "token t");
    for command in [Command::default(), Command::default().with(docket_core::order::Field::Number, "N-1")] {
        for _ in 0..2 {
            let create = Submission::one(Request::create(command.clone()));
            hub.ledger.submit(&user, create).now_or_never().unwrap().unwrap();
        }
    }
    let orders = hub.ledger.all_orders();
    let [one, two, first, second] = orders.as_slice() else { panic!() };
    let upload = |uuid: &str, hints: Value| {
        let mut item = json!({"uuId": uuid, "notes": "x"});
        item.as_object_mut().unwrap().extend(hints.as_object().unwrap().clone());
        assert_eq!(call(&hub, "uploadPictures", &signed(item)).body, DONE);
    };
    upload("a", json!({"key2": one.serial.to_string()}));
    upload("b", json!({"key1": two.id.to_string()}));
    upload("c", json!({"key2": "N-1", "attribute30": first.id.to_string()}));
    upload("d", json!({"key2": "N-1"}));
    // Somebody else's attribute finds nothing that has another number.
    upload("e", json!({"key2": "N-1", "attribute30": one.id.to_string(), "key1": "not ours"}));
    // As Pruvan's pages show it.
    upload("f", json!({"key2": "ACME::N-1"}));
    let notes = |order: &Order| {
        let order = hub.ledger.order(&user, Target::Serial(order.serial)).now_or_never().unwrap().unwrap().unwrap();
        order.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>().join("")
    };
    assert_eq!([notes(one), notes(two), notes(first), notes(second)], ["a", "b", "c", "def"]);
}

#[test]
fn bad_uploads_store_nothing() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    let refused = |reason: &str| format!("{{\"status\":false,\"error\":\"{reason}\"}}");
    let format = refused("This request is not properly formatted");
    // A photo whose file got lost has to come again.
    assert_eq!(call(&hub, "uploadPictures", &signed(photo(json!({})))).body, format);
    assert_eq!(publish(&hub, &photo(json!({})), Some(("x.jpg", "image/jpeg", b""))).body, format);
    let long = photo(json!({"uuId": "u".repeat(201)}));
    assert_eq!(publish(&hub, &long, Some(("x", "", JPEG))).body, refused("uuId is too long"));
    let mut stranger = signed(photo(json!({})));
    stranger["username"] = json!("nobody");
    let refusal = refused("invalid username, password, or token");
    assert_eq!(call(&hub, "uploadPictures", &stranger).body, refusal);
    let wide: serde_json::Map<String, Value> = (0..1001).map(|n| (format!("x{n}"), json!(n))).collect();
    let response = call(&hub, "uploadPictures", &signed(Value::Object(wide)));
    assert_eq!(response.body, refused("payload has more than 1000 members"));
    let unsound =
        format!("payload={{\"username\":\"main\",\"password\":\"{PASSWORD}\",\"key2\":\"A\",\"notes\":\"\\ud800\"}}");
    let answer = hub.answer(&hub.send("POST", "/pruvan/uploadPictures", FORM, unsound));
    assert_eq!(answer["status"], false);
    for (content_type, body) in [
        (FORM, "payload={"),
        (FORM, "payload=[1]"),
        (FORM, ""),
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nx\r\n--b--",
        ),
        ("multipart/form-data; boundary=b", "--b\r\nbroken"),
        ("multipart/form-data", "--b\r\n"),
    ] {
        let answer = hub.answer(&hub.send("POST", "/pruvan/uploadPictures", content_type, body));
        assert_eq!(answer["status"], false, "{body}");
        assert!(!answer["error"].as_str().unwrap().is_empty());
    }
    let order = hub.order("A");
    assert_eq!((order.revision.0, order.items.len()), (1, 0));
    assert!(aside(&hub).is_empty());
}

#[test]
fn moments_are_read_in_many_ways() {
    use crate::pruvan::wire::item::moment;
    let same = [
        "1393278236",
        "1393278236000",
        "1393278236.0",
        "2014-02-24T21:43:56Z",
        "2014-02-24T15:43:56-06:00",
        "2014-02-24 21:43:56",
        "2014-02-24T21:43:56",
        "2014-02-24 15:43:56 -0600",
        "2/24/2014 9:43:56 PM",
        "02/24/2014 21:43:56",
    ];
    for text in same {
        assert_eq!(moment(text), time("2014-02-24T21:43:56Z"), "{text}");
    }
    assert_eq!(moment("2014-02-24 2143 +0"), time("2014-02-24T21:43:00Z"));
    for text in ["", "0", "soon", "NaN", "inf", "-5", "1e300", "2014", "99999999999999999999999"] {
        assert_eq!(moment(text), None, "{text}");
    }
}

#[test]
fn file_names_lose_their_folders() {
    let hub = Hub::new(&[]);
    hub.take(new_order("A", json!({})));
    for (n, name) in ["../../etc/passwd", "C:\\photos\\a\u{7}.jpg", "/", ""].into_iter().enumerate() {
        publish(&hub, &json!({"uuId": n, "key2": "A", "fileName": name}), Some(("x/part.jpg", "", JPEG)));
    }
    let order = hub.order("A");
    let names: Vec<&str> = order.attachments().map(|(_, kept)| kept.name.as_str()).collect();
    assert_eq!(names, ["passwd", "a.jpg", "file", "part.jpg"]);
}

#[test]
fn media_types_are_told_by_part_bytes_and_name() {
    use crate::pruvan::wire::item::media_type;
    assert_eq!(media_type(Some("image/png; x=1"), JPEG, None), "image/png");
    assert_eq!(media_type(Some("application/octet-stream"), JPEG, Some("pdf")), "image/jpeg");
    assert_eq!(media_type(Some("a/b\r\nx: y"), b"", Some(".JPG")), "image/jpeg");
    assert_eq!(media_type(None, b"?", None), "application/octet-stream");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever an item says: an answer, and a face that is JSON.
    #[test]
    fn no_item_panics(
        members in prop::collection::vec((
            prop::sample::select(vec![
                "uuId", "key1", "key2", "key4", "attribute30", "fileType", "fileName", "videoUri", "evidenceType",
                "template", "survey", "notes", "creationDate", "timestamp", "gpsLatitude", "gpsLongitude", "createdBy",
            ]),
            prop::sample::select(vec![
                "null", "\"\"", "\"A\"", "1e999", "-0", "1393278236", "[]", "{}", "[[]]", "\"Before\"", "\"\\ud800\"",
                "{\"meta\":{\"surveyTemplateId\":\"t\"},\"answers\":[{\"id\":1,\"answer\":[1,{}],\"pictures\":[[\"12345678\"]]}]}",
                "\"{\\\"answers\\\":[{\\\"type\\\":\\\"section\\\",\\\"answers\\\":[{\\\"id\\\":\\\"q\\\"}]}]}\"", "\"check-in\"",
            ]),
        ), 0..12),
        file in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
    ) {
        let hub = Hub::new(&[]);
        hub.take(new_order("A", json!({})));
        let item: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let payload = format!("{{\"username\":\"main\",\"password\":\"{PASSWORD}\",\"key2\":\"A\",{}}}", item.join(","))
            .replace(",}", "}");
        let mut body = format!("--b\r\ncontent-disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n").into_bytes();
        if let Some(file) = file {
            body.extend_from_slice(b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
            body.extend(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        let response = hub.send("POST", "/pruvan/uploadPictures", "multipart/form-data; boundary=b", body);
        prop_assert!(serde_json::from_slice::<Value>(&response.body).is_ok());
        for order in hub.ledger.all_orders() {
            hub.face(&order);
        }
    }
}
