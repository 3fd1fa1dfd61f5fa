//! Every way real clients lay out a request.

use super::*;

const GET: Method = Method::GET;
const POST: Method = Method::POST;

fn escaped(json: &Json) -> String {
    percent_encoding::utf8_percent_encode(&json.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn new_order() -> Json {
    json!({"itemId": RESOURCE, "id": 0, "callMode": "create", "n": "Crate 7"})
}

fn assert_created(response: &WireResponse) {
    assert_eq!(body_of(response)[1]["n"], "Crate 7");
}

#[test]
fn everything_in_the_body() {
    let desk = Desk::new();
    let login = format!("svc=token%2Flogin&params={}&sid=None", escaped(&json!({"token": token("d0c0e7"), "fl": "2"})));
    let answer = body_of(&desk.send(POST, "/wialon/ajax.html", TYPE, login));
    let sid = answer["eid"].as_str().unwrap();
    let body = format!("svc=order%2Fupdate&params={}&sid={sid}", escaped(&new_order()));
    assert_created(&desk.send(POST, "/wialon/ajax.html", TYPE, body));
}

#[test]
fn everything_in_the_query_raw_with_a_trailing_ampersand() {
    let desk = Desk::new();
    let raw = format!("svc=token/login&sid=&params=%7B%22token%22:%20%22{}%22%7D&", token("d0c0e7"));
    let answer = body_of(&desk.send(POST, &format!("/wialon/ajax.html?{raw}"), "", ""));
    let sid = answer["eid"].as_str().unwrap();
    let raw =
        format!(r#"svc=order/update&sid={sid}&params={{"itemId": {RESOURCE}, "callMode":"create","n":"Crate 7"}}&"#);
    assert_created(&desk.send(POST, &format!("/wialon/ajax.html?{raw}"), "", ""));
    assert_created(&desk.send(GET, &format!("/wialon/ajax.html?{raw}"), "", ""));
}

#[test]
fn service_and_session_in_the_query_parameters_in_the_body() {
    let desk = Desk::new();
    let sid = desk.login();
    let body = format!("params={}", escaped(&new_order()));
    assert_created(&desk.send(POST, &format!("/wialon/ajax.html?svc=order%2Fupdate&sid={sid}"), TYPE, body.clone()));
    assert_created(&desk.send(POST, "/wialon/ajax.html?svc=order/update", TYPE, format!("{body}&sid={sid}")));
}

#[test]
fn the_missing_ampersand_of_the_node_library() {
    let desk = Desk::new();
    let sid = desk.login();
    let body = format!("params={}sid={sid}", escaped(&new_order()));
    assert_created(&desk.send(POST, &format!("/wialon/ajax.html?svc=order%2Fupdate&sid={sid}"), TYPE, body));
}

#[test]
fn unescaped_ampersands_and_garbage_behind_the_json() {
    let desk = Desk::new();
    let sid = desk.login();
    let params = format!(r#"{{"itemId":{RESOURCE},"callMode":"create","n":"Crate 7","p":{{"n":"Lee & Sons"}}}}"#);
    let answer =
        body_of(&desk.send(POST, "/wialon/ajax.html", TYPE, format!("svc=order/update&sid={sid}&params={params}")));
    assert_eq!(answer[1]["p"]["n"], "Lee & Sons");
    let target = format!("/wialon/ajax.html?svc=order/update&sid={sid}&params={params}");
    assert_eq!(body_of(&desk.send(POST, &target, "", ""))[1]["p"]["n"], "Lee & Sons");
    let answer = desk.call_text(&sid, "order/update", &format!("{}, and so on ]]", new_order()));
    assert_eq!(answer[1]["n"], "Crate 7");
}

#[test]
fn multipart_parts() {
    let desk = Desk::new();
    let sid = desk.login();
    let part =
        |name: &str, value: &str| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let parts = [part("svc", "order/update"), part("sid", &sid), part("params", &new_order().to_string())];
    let body = format!("{}--XX--\r\n", parts.concat());
    assert_created(&desk.send(POST, "/wialon/ajax.html", "multipart/form-data; boundary=XX", body));
}

#[test]
fn the_query_names_the_session_and_the_body_the_parameters() {
    let desk = Desk::new();
    let sid = desk.login();
    let target = format!("/wialon/ajax.html?svc=order/update&sid={sid}&params=%7B%7D");
    let body = format!("sid=gone&svc=core/logout&params={}", escaped(&new_order()));
    assert_created(&desk.send(POST, &target, TYPE, body));
}

#[test]
fn scripts_get_their_callback() {
    let desk = Desk::new();
    let sid = desk.login();
    let params = escaped(&json!({"id": VAN, "flags": 1}));
    let target = format!("/wialon/ajax.html?svc=core/search_item&sid={sid}&params={params}&callback=cb.f1");
    let answer = desk.send(GET, &target, "", "");
    assert_eq!(answer.headers["content-type"], "application/javascript");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.starts_with(r#"cb.f1({"item":{"nm":"Van 12""#) && text.ends_with(");"), "{text}");
    let target = format!("/wialon/ajax.html?svc=core/search_item&sid={sid}&params={params}&callback=alert(1)//");
    assert!(body_of(&desk.send(GET, &target, "", ""))["item"].is_object(), "what is no name is ignored");
}

#[test]
fn the_frame_page_is_there() {
    let desk = Desk::new();
    let answer = desk.send(GET, "/wialon/post.html", "", "");
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn events_at_both_addresses_with_the_session_anywhere() {
    let desk = Desk::new();
    let sid = desk.login();
    for path in ["/avl_evts", "/wialon/avl_evts"] {
        let answer = body_of(&desk.send(GET, &format!("{path}?sid={sid}"), "", ""));
        assert_eq!(answer, json!({"tm": START, "events": []}));
        assert_eq!(body_of(&desk.send(POST, path, TYPE, format!("sid={sid}")))["events"], json!([]));
    }
}
