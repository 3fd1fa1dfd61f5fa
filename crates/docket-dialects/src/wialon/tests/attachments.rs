//! Files of orders.

use super::*;
use docket_core::order::{Attachment, Field, Item, Origin, Transition};
use http::header;

const MULTIPART: &str = "multipart/form-data; boundary=X";

/// One part of a form.
fn part(head: &str, body: &str) -> String {
    format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

fn file(name: &str, media_type: &str, body: &str) -> String {
    format!(
        "--X\r\nContent-Disposition: form-data; name=\"file_upload\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n{body}\r\n"
    )
}

impl Desk {
    fn attach_parts(&self, sid: &str, params: &Json, parts: &[String]) -> Json {
        let body = format!("{}{}--X--\r\n", part("name=\"params\"", &params.to_string()), parts.concat());
        let target = format!("/wialon/ajax.html?svc=order/attach&sid={sid}");
        body_of(&self.send(Method::POST, &target, MULTIPART, body))
    }

    fn attach(&self, sid: &str, id: i64, name: &str, body: &str) -> Json {
        self.attach_parts(
            sid,
            &json!({"itemId": RESOURCE, "id": id, "eventHash": ""}),
            &[file(name, "application/octet-stream", body)],
        )
    }

    fn list(&self, sid: &str, id: i64) -> Json {
        self.call(sid, "order/list_attachments", &json!({"itemId": RESOURCE, "id": id}))
    }

    fn get(&self, sid: &str, id: i64, path: &str) -> WireResponse {
        let params = json!({"itemId": RESOURCE, "id": id, "path": path}).to_string();
        let escaped = percent_encoding::utf8_percent_encode(&params, percent_encoding::NON_ALPHANUMERIC);
        self.send(
            Method::GET,
            &format!("/wialon/ajax.html?svc=order/get_attachment&params={escaped}&sid={sid}"),
            "",
            "",
        )
    }

    fn detach(&self, sid: &str, id: i64, path: &str) -> Json {
        self.call(sid, "order/detach", &json!({"itemId": RESOURCE, "id": id, "path": path}))
    }

    /// A file that came in through another dialect.
    fn put_elsewhere(&self, id: i64, key: &str, name: &str, body: &'static [u8]) {
        let blob = self.ledger.keep_blob(body.into()).now_or_never().unwrap().unwrap();
        let attachment = Attachment {
            name: name.to_owned(),
            media_type: "image/jpeg".to_owned(),
            size_bytes: body.len() as i64,
            blob,
            photo: true,
            ..Attachment::default()
        };
        let origin = Origin { connection: Some(ConnectionId(3)), dialect: "pruvan".to_owned() };
        self.elsewhere(
            id,
            Command { put: vec![Item::new(key, origin, at(START - 50), attachment)], ..Command::default() },
        );
    }
}

fn names(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|file| file["n"].as_str().unwrap()).collect()
}

#[test]
fn a_file_is_attached_listed_fetched_and_detached() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"n": "A"}));
    assert_eq!(desk.list(&sid, id), json!([]));
    assert_eq!(desk.attach(&sid, id, "attachment.txt", "hello"), json!({"error": 0}));
    assert_eq!(desk.list(&sid, id), json!([{"n": "attachment.txt", "s": 5, "ct": START, "mt": START}]));
    let answer = desk.get(&sid, id, "attachment.txt");
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"hello"[..]));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/plain");
    assert_eq!(
        answer.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"attachment.txt\"; filename*=UTF-8''attachment%2Etxt"
    );
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(answer.operation, "order/get_attachment");
    assert_eq!(desk.detach(&sid, id, "attachment.txt"), json!({}));
    assert_eq!(desk.list(&sid, id), json!([]));
    assert_eq!(desk.detach(&sid, id, "attachment.txt"), error(5));
}

#[test]
fn a_file_is_an_attachment_of_the_order() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({"n": "A"}));
    desk.attach_parts(
        &sid,
        &json!({"itemId": RESOURCE, "id": id}),
        &[
            file("Tür.JPG", "", "bytes"),
            file("b.bin", "image/png", "more"),
            file("c.bin", "application/octet-stream", "x"),
        ],
    );
    let order = desk.order(id);
    let all: Vec<(&str, &str, bool)> =
        order.attachments().map(|(_, file)| (file.name.as_str(), file.media_type.as_str(), file.photo)).collect();
    assert_eq!(
        all,
        [("Tür.JPG", "image/jpeg", true), ("b.bin", "image/png", true), ("c.bin", "application/octet-stream", false)]
    );
    let (item, _) = order.attachments().next().unwrap();
    assert_eq!((item.origin.connection, item.author.as_str()), (Some(ConnectionId(1)), "wialon wialon-1"));
}

#[test]
fn the_event_tells_how_it_went() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    let params = json!({"itemId": RESOURCE, "id": id, "eventHash": "jUploadForm1"});
    desk.attach_parts(&sid, &params, &[file("a.txt", "text/plain", "a")]);
    let event = |hash: &str, code: i64| json!({"i": -1, "t": "u", "d": {"hash": hash, "svc_error": code, "svc_result": {"error": code}}});
    assert_eq!(desk.events(&sid), [event("jUploadForm1", 0)]);
    assert!(desk.events(&sid).is_empty());
    // The hash may come as a part of its own, and a failure is told too.
    let params = json!({"itemId": RESOURCE, "id": id});
    assert_eq!(desk.attach_parts(&sid, &params, &[part("name=\"eventHash\"", "two")]), error(4));
    assert_eq!(desk.events(&sid), [event("two", 4)]);
}

#[test]
fn the_same_name_again_takes_its_place() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    desk.attach(&sid, id, "a.txt", "one");
    let revision = desk.order(id).revision;
    desk.attach(&sid, id, "a.txt", "one");
    assert_eq!(desk.order(id).revision, revision, "the same again is no change");
    desk.ledger.set_now(at(START + 9));
    desk.attach(&sid, id, "a.txt", "three");
    assert_eq!(desk.list(&sid, id), json!([{"n": "a.txt", "s": 5, "ct": START, "mt": START + 9}]));
    assert_eq!(&desk.get(&sid, id, "a.txt").body[..], b"three");
}

#[test]
fn files_of_other_systems_are_seen_and_can_be_taken_away() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.foreign(Command::default().with(Field::Number, "B"));
    desk.put_elsewhere(id, "1", "front.jpg", b"one");
    desk.put_elsewhere(id, "2", "front.jpg", b"two");
    desk.put_elsewhere(id, "3", "../../etc/passwd", b"three");
    desk.put_elsewhere(id, "4", "", b"four");
    let list = desk.list(&sid, id);
    assert_eq!(names(&list), ["front.jpg", "front (2).jpg", ".._.._etc_passwd", "file-4"]);
    assert_eq!(list[0]["ct"], START - 50);
    assert_eq!(&desk.get(&sid, id, "front (2).jpg").body[..], b"two");
    assert_eq!(desk.attach(&sid, id, "front.jpg", "ours"), json!({"error": 0}));
    assert_eq!(&desk.get(&sid, id, "front.jpg").body[..], b"ours", "ours goes by that name now");
    assert_eq!(desk.order(id).attachments().count(), 4, "in place of theirs");
    assert_eq!(desk.detach(&sid, id, "file-4"), json!({}));
    assert_eq!(desk.order(id).attachments().count(), 3);
}

#[test]
fn a_new_order_takes_over_files_of_an_old_one() {
    let desk = Desk::new();
    let sid = desk.login();
    let old = desk.create(&sid, json!({}));
    desk.attach(&sid, old, "a.txt", "a");
    desk.attach(&sid, old, "b.txt", "b");
    let new = desk.create(&sid, json!({"oldOrderId": old, "oldOrderFiles": ["b.txt"]}));
    assert_eq!(names(&desk.list(&sid, new)), ["b.txt"]);
    assert_eq!(&desk.get(&sid, new, "b.txt").body[..], b"b");
    assert_eq!(names(&desk.list(&sid, old)), ["a.txt", "b.txt"]);
    for (old, files) in [(old, json!(["none.txt"])), (999_999, json!(["a.txt"]))] {
        assert_eq!(desk.update(&sid, "create", json!({"oldOrderId": old, "oldOrderFiles": files})), error(4));
    }
    assert_eq!(desk.ledger.all_orders().len(), 2);
}

#[test]
fn bad_uploads_are_refused() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    let good = || json!({"itemId": RESOURCE, "id": id});
    let a = file("a.txt", "text/plain", "a");
    assert_eq!(desk.attach_parts(&sid, &good(), &[]), error(4), "no file");
    assert_eq!(
        desk.attach_parts(&sid, &good(), &[a.clone(), file("b.txt", "text/plain", "")]),
        error(4),
        "one is empty"
    );
    for name in ["../a.txt", "a/b", "..", "", "a\\\\b"] {
        assert_eq!(desk.attach_parts(&sid, &good(), &[file(name, "text/plain", "a")]), error(4), "{name}");
    }
    assert_eq!(desk.attach_parts(&sid, &json!({"itemId": 1, "id": id}), std::slice::from_ref(&a))["error"], 7);
    assert_eq!(desk.attach_parts(&sid, &json!({"id": id}), std::slice::from_ref(&a)), error(4));
    assert_eq!(
        desk.attach_parts(&sid, &json!({"itemId": RESOURCE, "id": 999_999}), std::slice::from_ref(&a)),
        error(5)
    );
    assert_eq!(desk.attach_parts("none", &good(), std::slice::from_ref(&a)), error(1));
    desk.update(&sid, "register", json!({"id": id}));
    assert_eq!(desk.attach_parts(&sid, &good(), &[a]), error(5), "it is in the history");
    assert_eq!(desk.order_of_any_state(id).items.len(), 0);
}

#[test]
fn what_cannot_be_had_is_error_3_and_what_cannot_be_named_4() {
    let desk = Desk::new();
    let sid = desk.login();
    let id = desk.create(&sid, json!({}));
    desk.attach(&sid, id, "a.txt", "a");
    for (order, path) in [(id, "b.txt"), (id, "../a.txt"), (id, ""), (999_999, "a.txt")] {
        assert_eq!(body_of(&desk.get(&sid, order, path)), error(3), "{path}");
    }
    let call = |params: Json| desk.call(&sid, "order/get_attachment", &params);
    assert_eq!(call(json!({"itemId": 1, "id": id, "path": "a.txt"})), error(3));
    assert_eq!(call(json!([])), error(3));
    assert_eq!(body_of(&desk.get("none", id, "a.txt")), error(1));
    for path in ["../a.txt", "a/b", ""] {
        assert_eq!(desk.detach(&sid, id, path), error(4), "{path}");
    }
    assert_eq!(desk.list(&sid, 999_999), error(5));
    assert_eq!(desk.detach(&sid, 999_999, "a.txt"), error(5));
    assert_eq!(desk.call(&sid, "order/list_attachments", &json!({"itemId": 1, "id": id}))["error"], 7);
    assert_eq!(desk.call(&sid, "order/detach", &json!({"itemId": 1, "id": id, "path": "a.txt"}))["error"], 7);
    let batch = json!([{"svc": "order/get_attachment", "params": {"itemId": RESOURCE, "id": id, "path": "a.txt"}}]);
    assert_eq!(desk.call(&sid, "core/batch", &batch), json!([error(4)]), "a batch has no place for bytes");
}

#[test]
fn other_accounts_connections_do_not_see_files() {
    let desk = Desk::new();
    let (sid, other) = (desk.login(), desk.login_as("abcdef"));
    let id = desk.create(&sid, json!({}));
    desk.attach(&sid, id, "a.txt", "a");
    let theirs = json!({"itemId": 2102, "id": id});
    assert_eq!(desk.call(&other, "order/list_attachments", &theirs), error(5));
    desk.elsewhere(id, Command::default().moving(Transition::Delete));
    assert_eq!(desk.list(&sid, id), error(5), "files go with their order");
}

impl Desk {
    fn order_of_any_state(&self, id: i64) -> Arc<Order> {
        self.ledger.all_orders().into_iter().find(|order| order.serial.0 == id).expect("it was there")
    }
}
