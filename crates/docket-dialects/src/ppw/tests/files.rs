//! Photos and documents, in and out.

use super::*;
use docket_core::order::{Attachment, Item, Note, Stage};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";

fn multipart(event: &str, data: &Value, file: Option<(&str, &[u8])>) -> Vec<u8> {
    let payload = payload(event, &json!(data.to_string())).to_string();
    let mut body = format!("--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n").into_bytes();
    if let Some((name, bytes)) = file {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--b--\r\n");
    body
}

fn upload(world: &World, data: Value, name: &str, bytes: &[u8]) -> Value {
    let body = multipart("send_file", &data, Some((name, bytes)));
    let response = world.send(Method::POST, "multipart/form-data; boundary=b", body);
    assert_eq!(response.status, StatusCode::OK);
    serde_json::from_slice(&response.body).unwrap()
}

fn files(order: &Order) -> Vec<(&Item, &Attachment)> {
    order.attachments().collect()
}

/// A picture that came another way.
fn picture(id: &str, name: &str, caption: &str) -> Item {
    let file = Attachment {
        photo: true,
        name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 7 * 1024 * 1024 + 100,
        blob: "00ff".to_owned(),
        caption: caption.to_owned(),
        ..Attachment::default()
    };
    Item::new(id, Origin::default(), "2026-01-15T09:00:00Z".parse().unwrap(), file).by("ann")
}

fn put(world: &World, order: &Order, item: Item) {
    world.change(order, Command { put: vec![item], ..Command::default() });
}

#[test]
fn a_file_comes_as_a_part_once() {
    let world = World::new();
    let order = world.create("N-1");
    let data = json!({"dst_report_id": order.serial.to_string(), "file_id": 77, "file_name": "Front.JPG",
                      "file_area": "0", "colour": "red"});
    for _ in 0..2 {
        assert_eq!(upload(&world, data.clone(), "ignored.png", JPEG)["success"], true);
    }
    let kept = world.order(order.serial);
    let [(item, file)] = files(&kept)[..] else { panic!("{:?}", kept.items) };
    assert_eq!((item.id.as_str(), item.author.as_str(), item.origin.connection), ("77", "demo", Some(ConnectionId(1))));
    assert_eq!((file.photo, file.name.as_str(), file.media_type.as_str()), (true, "Front.JPG", "image/jpeg"));
    assert_eq!(
        (file.size_bytes, item.wire.as_deref()),
        (JPEG.len() as i64, Some(r#"{"file_area":"0","colour":"red"}"#))
    );
    assert_eq!(now(world.ledger.blob(&file.blob)).unwrap().as_deref(), Some(JPEG));
    assert_eq!(kept.revision, Revision(2), "the second one changed nothing");
    // Another file under the same id does not take its place.
    upload(&world, data, "ignored.png", b"another");
    assert_eq!(world.order(order.serial).revision, Revision(2));
    // The name of the part stands in, and the extension says whether it is a photo.
    let bare = json!({"dst_report_id": order.serial.0, "file_id": "f-1"});
    assert_eq!(upload(&world, bare, "C:\\reports\\bill.pdf", b"%PDF")["success"], true);
    let kept = world.order(order.serial);
    let (_, file) = files(&kept)[1];
    assert_eq!((file.photo, file.name.as_str(), file.media_type.as_str()), (false, "bill.pdf", "application/pdf"));
}

#[test]
fn a_file_comes_by_url_and_is_fetched_once() {
    let world = World::new();
    let order = world.create("N-1");
    let url = "https://files.example/a/b%20c.jpg?X-Signature=1";
    world.ledger.add_remote(url, "binary/octet-stream", JPEG.to_vec());
    let data = json!({"dst_report_id": order.serial.0, "file_id": "9", "file_area": 0, "s3_url": url,
                      "s3_url_thumb": "https://files.example/t.jpg"});
    world.done("send_file", data.clone());
    let kept = world.order(order.serial);
    let (item, file) = files(&kept)[0];
    assert_eq!((file.name.as_str(), file.media_type.as_str(), file.photo), ("b c.jpg", "image/jpeg", true));
    assert!(item.wire.as_deref().is_none_or(|wire| !wire.contains("files.example")), "a key to the file is not kept");
    // The URL died meanwhile; the file is here.
    let mut again = data.clone();
    again["s3_url"] = json!("https://files.example/gone.jpg");
    assert_eq!(world.done("send_file", again.clone()), Value::Null);
    assert_eq!(world.order(order.serial).revision, Revision(2));
    again["file_id"] = json!("10");
    let said = world.failed("send_file", again);
    assert_eq!(said, "The file could not be fetched: https://files.example/gone.jpg answers nothing.");
}

#[test]
fn files_that_cannot_be_taken_are_refused() {
    let world = World::new();
    let order = world.create("N-1");
    let serial = order.serial.0;
    for (data, said) in [
        (json!({"file_id": "1"}), "dst_report_id is missing."),
        (json!({"dst_report_id": serial}), "file_id is missing."),
        (json!({"dst_report_id": serial, "file_id": "1"}), "Neither a file nor s3_url was sent."),
        (json!({"dst_report_id": serial, "file_id": "x".repeat(300)}), "file_id is too long."),
        (json!({"dst_report_id": serial, "file_id": {"a": 1}}), "file_id is not a text."),
        (
            json!({"dst_report_id": serial, "file_id": "1", "file_area": 2, "s3_url": "https://a/b.jpg"}),
            "file_area is neither 0 nor 1.",
        ),
        (
            json!({"dst_report_id": serial, "file_id": "1", "s3_url": "file:///etc/passwd.txt"}),
            "s3_url is not an http or https URL.",
        ),
        (
            json!({"dst_report_id": serial, "file_id": "1", "file_name": "a.exe", "s3_url": "https://a/b.jpg"}),
            "Files like a.exe are not accepted.",
        ),
        (json!({"dst_report_id": serial, "file_id": "1", "s3_url": "https://a/b"}), "file_name is missing."),
        (
            json!({"dst_report_id": 4711, "file_id": "1", "s3_url": "https://a/b.jpg"}),
            "There is no work order with report_id 4711.",
        ),
    ] {
        assert_eq!(world.failed("send_file", data), said);
    }
    let empty = upload(&world, json!({"dst_report_id": serial, "file_id": "1"}), "a.jpg", b"");
    assert_eq!(failure(&empty), "file is empty.");
    let long = format!("{}.jpg", "x".repeat(300));
    let long = upload(&world, json!({"dst_report_id": serial, "file_id": "1", "file_name": long}), "a.jpg", JPEG);
    assert_eq!(failure(&long), "file_name is too long.");
    let body = multipart("send_file", &json!({"dst_report_id": serial, "file_id": "1"}), None);
    let response = world.send(Method::POST, "multipart/form-data; boundary=b", body);
    let answer: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(failure(&answer), "Neither a file nor s3_url was sent.");
    assert_eq!(world.order(order.serial).revision, Revision(1));
}

#[test]
fn files_of_every_dialect_go_out() {
    let world = World::new();
    let order = world.create("N-1");
    upload(&world, json!({"dst_report_id": order.serial.0, "file_id": "77"}), "own.jpg", JPEG);
    let mut before = picture("uuid-1", "roof.jpg", "the roof");
    if let docket_core::order::Body::Attachment(file) = &mut before.body {
        (file.stage, file.task) = (Some(Stage::Before), Some("Mow".to_owned()));
    }
    put(&world, &order, before);
    let rows = world.done(
        "get_file",
        json!({"report_id": order.serial.0, "module_type": "uploads",
                                             "remote_report_id": "42"}),
    );
    let row = |place: usize, id: i64, name: &str, size: &str, described: &str| {
        json!({
            "remote_report_id": 42, "report_id": order.serial.0, "file_id": id, "file_name": name,
            "file_type": "image/jpeg", "file_size": size, "file_desc": described, "s3_url": rows[place]["s3_url"],
            "s3_url_thumb": rows[place]["s3_url"], "module_type": "uploads", "org_name": "acme", "imported": 1,
        })
    };
    let derived = order.serial.0 * 100_000 + 2;
    let expected = json!([
        row(0, 77, "own.jpg", &JPEG.len().to_string(), ""),
        row(1, derived, "roof.jpg", "7340132", "the roof, before, Mow"),
    ]);
    assert_eq!(rows, expected);
    let kept = world.order(order.serial);
    let link = docket_core::ledger::FileLink {
        blob: files(&kept)[0].1.blob.clone(),
        name: "own.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
    };
    let path = world.ledger.file_url(&link, "2026-01-15T10:30:00Z".parse().unwrap());
    assert_eq!(rows[0]["s3_url"], format!("http://127.0.0.1:8700{path}"), "for half an hour");
    assert_eq!(world.done("get_file", json!({"report_id": order.serial.0, "module_type": "job_notes"})), json!([]));
    for (data, said) in [
        (json!({"report_id": order.serial.0}), "module_type is missing."),
        (json!({"report_id": order.serial.0, "module_type": "pcr"}), "module_type is neither uploads nor job_notes."),
        (json!({"module_type": "uploads"}), "report_id is missing."),
        (json!({"report_id": 4711, "module_type": "uploads"}), "There is no work order with report_id 4711."),
    ] {
        assert_eq!(world.failed("get_file", data), said);
    }
}

#[test]
fn files_go_out_with_an_extension() {
    let world = World::new();
    let order = world.create("N-1");
    for (id, name) in [("1", ""), ("2", "roof"), ("3", "roof.v2")] {
        put(&world, &order, picture(id, name, ""));
    }
    let rows = world.done("get_file", json!({"report_id": order.serial.0, "module_type": "uploads"}));
    let names: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["file_name"].as_str().unwrap()).collect();
    assert_eq!(names, [&format!("{}-.jpg", order.serial), "roof.jpg", "roof.v2.jpg"]);
}

#[test]
fn a_result_is_a_file_too() {
    let world = World::new();
    let order = world.create("N-1");
    world.ledger.add_blob("abcd", b"%PDF-1.7".to_vec());
    let command = Command::default()
        .with(Field::ResultBlob, "abcd")
        .with(Field::ResultName, "report.pdf")
        .with(Field::ResultType, "application/pdf");
    world.change(&order, command);
    let rows = world.done("get_file", json!({"report_id": order.serial.0, "module_type": "uploads"}));
    assert_eq!(
        (&rows[0]["file_id"], &rows[0]["file_name"], &rows[0]["file_size"], &rows[0]["s3_url_thumb"]),
        (&json!(order.serial.0 * 100_000), &json!("report.pdf"), &json!("8"), &json!(""))
    );
}

#[test]
fn attachments_hang_on_notes() {
    let world = World::new();
    let order = world.create("N-1");
    let note = json!({"note_id": "17", "note_type": "wo", "note_text": "See photo", "has_attachments": true});
    world.done("send_notes", json!({"dst_report_id": order.serial.0, "note": [note]}));
    let told = || world.done("get_notes", json!({"report_id": order.serial.0}))[0]["has_attachments"].clone();
    assert_eq!(told(), "False", "as long as there are none");
    let data = json!({"dst_report_id": order.serial.0, "file_id": "5", "note_id": "17"});
    upload(&world, data, "gate.png", JPEG);
    assert_eq!(told(), "True");
    assert_eq!(world.done("get_file", json!({"report_id": order.serial.0, "module_type": "uploads"})), json!([]));
    let rows = world.done("get_file", json!({"report_id": order.serial.0, "module_type": "job_notes"}));
    assert_eq!((&rows[0]["file_id"], &rows[0]["note_id"]), (&json!(5), &json!(17)));
    assert_eq!(rows[0]["module_type"], "job_notes");
    // The same id of another sender's note is another note.
    let other = Item::new("17", Origin::default(), world.ledger.now(), Note { text: "x".into(), ..Note::default() });
    put(&world, &order, other);
    let notes = world.done("get_notes", json!({"report_id": order.serial.0}));
    assert_eq!((&notes[0]["has_attachments"], &notes[1]["has_attachments"]), (&json!("True"), &json!("False")));
}

#[test]
fn the_front_of_the_house() {
    let world = World::new();
    let order = world.create("N-1");
    let has_front = || world.done("get_order", json!({"report_id": order.serial.0}))["has_foh"].clone();
    let ask = json!({"remote_report_id": order.serial.to_string()});
    let none = format!("The work order {} has no front of house photo.", order.serial);
    assert_eq!((has_front(), world.failed("get_foh", ask.clone())), (json!(false), none.clone()));
    // Neither what the importer took itself, nor what shows work.
    upload(&world, json!({"dst_report_id": order.serial.0, "file_id": "1"}), "foh.jpg", JPEG);
    let mut work = picture("1", "work.jpg", "");
    if let docket_core::order::Body::Attachment(file) = &mut work.body {
        file.stage = Some(Stage::After);
    }
    put(&world, &order, work);
    assert_eq!((has_front(), world.failed("get_foh", ask.clone())), (json!(false), none));
    put(&world, &order, picture("2", "street.jpg", ""));
    assert_eq!(has_front(), true);
    let first = world.done("get_foh", ask.clone());
    assert_eq!(first["file_metadata"], json!({"file_size": "7"}));
    put(&world, &order, picture("3", "IMG_7.jpg", "Front of  House"));
    let marked = world.done("get_foh", json!({"report_id": order.serial.0}));
    assert_ne!(marked["s3_url"], first["s3_url"]);
    assert!(marked["s3_url"].as_str().unwrap().starts_with("http://127.0.0.1:8700/"));
    assert_eq!(world.failed("get_foh", json!({})), "remote_report_id is missing.");
    assert_eq!(
        world.failed("get_foh", json!({"remote_report_id": "x"})),
        "remote_report_id is not an unsigned integer."
    );
    let unknown = world.failed("get_foh", json!({"remote_report_id": 4711}));
    assert_eq!(unknown, "There is no work order with report_id 4711.");
}

#[test]
fn numbers_lead_back_to_items() {
    assert_eq!(map::items::place_of("1200003"), Some((Serial(12), 3)));
    assert_eq!(map::items::number(Serial(12), 3), 1_200_003);
    for wrong in ["", "x", "-3", "0", "99999999999999999999"] {
        assert_eq!(map::items::place_of(wrong), None, "{wrong}");
    }
    assert_eq!(map::items::media_type("a.JPEG"), Some("image/jpeg"));
    assert_eq!((map::items::media_type("jpg"), map::items::media_type("a.html")), (None, None));
    assert_eq!(map::items::name_of_url("https://a/b%2Fc.pdf?x=y.z#q"), Some("b/c.pdf".to_owned()));
    assert_eq!(map::items::name_of_url("https://a/b"), None);
}
