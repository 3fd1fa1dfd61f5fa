//! What counterparts answer, and how it is understood.

use super::super::call::{is_yes, words};
use super::*;
use crate::connect::LoopbackFault as Fault;
use http::StatusCode;

#[test]
fn errors_are_read_in_every_shape() {
    let cases = [
        ("null", None),
        (r#""""#, None),
        (r#"" ""#, None),
        ("{}", None),
        (r#""success""#, None),
        (r#""invalid clientCode""#, Some("invalid clientCode")),
        (r#"{"workOrderNumber":"A","error":"no"}"#, Some("A: no")),
        (r#"[{"workOrderNumber":"A","error":"no"},{"workOrderNumber":7,"error":"x"}]"#, Some("A: no; 7: x")),
        ("7", Some("7")),
    ];
    for (error, said) in cases {
        assert_eq!(words(Some(error)).as_deref(), said, "{error}");
    }
    assert_eq!(words(None), None);
    for yes in ["true", r#""true""#, "1", r#""1""#, r#""TRUE""#] {
        assert!(is_yes(Some(yes)), "{yes}");
    }
    for no in [Some("false"), Some(r#""""#), Some("0"), Some("null"), Some("{}"), None] {
        assert!(!is_yes(no), "{no:?}");
    }
}

/// What a delivery makes of an answer to its push.
fn pushed(status: u16, body: &'static str) -> Result<Delivered, ConnectError> {
    let pair = Pair::new();
    let out = pair.out();
    let order = pair.handed("WO-1");
    out.plan([Fault::Answer(StatusCode::from_u16(status).unwrap(), Bytes::from_static(body.as_bytes()))]);
    pair.here.deliver(&out, &order)
}

#[test]
fn answers_to_a_push() {
    let taken = r#"{"response":{"created":1,"updated":0,"deleted":0},"error":null}"#;
    assert!(pushed(200, taken).is_ok());
    assert!(pushed(200, "\u{feff}\n{\"response\":{\"created\":\"0\",\"updated\":\"1\"},\"error\":\"\"}").is_ok());
    let is_later = |result| matches!(result, Err(ConnectError::Later { .. }));
    let is_refused = |result| matches!(result, Err(ConnectError::Refused(_)));
    let is_denied = |result| matches!(result, Err(ConnectError::Denied(_)));
    for (status, body) in [
        (200, ""),
        (200, "<html>oops</html>"),
        (200, r#"{"response":{"created":1,"up"#),
        (200, r#"{"error":null}"#),
        (500, taken),
        (503, r#"{"response":false,"error":"busy, try again"}"#),
        (429, ""),
        (302, ""),
    ] {
        assert!(is_later(pushed(status, body)), "{status} {body}");
    }
    assert!(is_refused(pushed(200, r#"{"response":{"created":0,"updated":0,"deleted":0},"error":"WO-1: no"}"#)));
    assert!(is_refused(pushed(200, r#"{"response":{"created":0,"updated":0,"deleted":0},"error":null}"#)));
    assert!(is_refused(pushed(404, "<html>no such page</html>")));
    assert!(is_denied(pushed(200, r#"{"response":false,"error":"invalid clientCode"}"#)));
    assert!(is_denied(pushed(401, "who are you?")));
}

/// What a pull makes of an answer to `getWorkOrders`.
fn listed(body: &'static str) -> (Result<Pulled, ConnectError>, usize) {
    let pair = Pair::new();
    let back = pair.back();
    back.plan([Fault::None, Fault::Answer(StatusCode::OK, Bytes::from_static(body.as_bytes()))]);
    let pulled = pair.there.pull(&back);
    (pulled, pair.there.ledger.all_orders().len())
}

#[test]
fn answers_to_a_listing() {
    assert_eq!(listed(r#"{"workOrders":null,"error":""}"#).0, Ok(Pulled::default()));
    for broken in [
        r#"{"workOrders":[{"workOrderNumber":"A"#,
        r#"{"workOrders":{},"error":""}"#,
        r#"{"error":""}"#,
        r#"{"workOrders":[],"error":"database is down"}"#,
    ] {
        assert!(matches!(listed(broken).0, Err(ConnectError::Later { .. })), "{broken}");
    }
    let denied = r#"{"workOrders":[],"error":"invalid username, password, or token"}"#;
    assert!(matches!(listed(denied).0, Err(ConnectError::Denied(_))));
    // Numbers for texts, members nobody knows; what is wrong with one does not keep the others.
    let (pulled, orders) = listed(
        r#"{"workOrders":[{"workOrderNumber":4711,"address1":"5 Elm Ct","city":"Austin","state":"TX","zip":78701,
            "services":[{"serviceName":"Trim"}],"xyz":{"a":[1]}},{"workOrderNumber":"NO"},{"address1":"x"},7],"error":""}"#,
    );
    let pulled = pulled.unwrap();
    assert_eq!((pulled.seen, pulled.changed, orders), (4, 1, 1));
    assert_eq!(pulled.problems.len(), 3, "{:?}", pulled.problems);
    assert!(pulled.problems[0].starts_with("NO: missing or blank"), "{:?}", pulled.problems);
}

#[test]
fn services_have_the_extension_that_is_set() {
    let pair = Pair::with(&[], &[("extension", ".php")]);
    let back = pair.back();
    pair.there.pull(&back).unwrap();
    let urls: Vec<String> = back.take_calls().into_iter().map(|call| call.url).collect();
    assert_eq!(urls, ["http://here.example/pruvan/validate.php", "http://here.example/pruvan/getWorkOrders.php"]);
}

#[test]
fn a_push_key_may_be_no_more_than_the_key() {
    let pair = Pair::new();
    let out = pair.out();
    let order = pair.handed("WO-1");
    for (key, url) in [
        ("KEY", "http://there.example/api/?apiKey=KEY"),
        ("https://direct.example/api/?apiKey=KEY", "https://direct.example/api/?apiKey=KEY"),
        ("a b", "http://there.example/api/?apiKey=a%20b"),
    ] {
        pair.here.ledger.keep_secret(pair.here.connection.id, "push_key", key).now_or_never().unwrap().unwrap();
        let _ = pair.here.deliver(&out, &order);
        assert_eq!(out.take_calls()[0].url, url);
        pair.here.change(order.id, Command::default().with(Field::Reference, key));
    }
}

#[test]
fn a_push_key_that_lay_open_is_sealed() {
    let pair = Pair::new();
    let own = &pair.here;
    let record = docket_core::ledger::Record {
        holder: own.connection.id.into(),
        namespace: "pruvan".to_owned(),
        key: "pushkey".to_owned(),
        value: Some("https://old.example/api/?apiKey=k".to_owned()),
        expected: None,
    };
    let submission = Submission { records: vec![record], ..Submission::default() };
    own.ledger.submit(&Caller::hub(ACCOUNT), submission).now_or_never().unwrap().unwrap();
    let kept = crate::pruvan::pushkey::kept(&*own.ledger, &own.connection).now_or_never().unwrap().unwrap();
    assert_eq!(kept.as_deref(), Some("https://old.example/api/?apiKey=k"));
    let open = own.ledger.record(own.connection.id.into(), "pruvan", "pushkey").now_or_never().unwrap().unwrap();
    assert_eq!(open, None);
    let sealed = own.ledger.secret(own.connection.id, "push_key").now_or_never().unwrap().unwrap();
    assert_eq!(sealed, kept);
}
