//! Sources that are not like ours, and answers that are not what they should be.

use super::*;
use crate::connect::{Incoming, Outgoing, SendError};
use crate::dialect::BoxFuture;
use docket_core::ids::{ExchangeId, Uuid};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use std::time::Duration;

/// Answers whatever it is told to.
struct Says<F>(F);

impl<F: Fn(&Outgoing) -> (u16, Vec<u8>) + Send + Sync> Transport for Says<F> {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        let (status, body) = (self.0)(&call);
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("17"));
        let incoming = Incoming { status, headers, body: Bytes::from(body), exchange: ExchangeId(Uuid::nil()) };
        Box::pin(std::future::ready(Ok(incoming)))
    }
}

fn done(data: Value) -> (u16, Vec<u8>) {
    let envelope = json!({
        "remote_site_id": "1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4", "error": false, "success": true,
        "return_error_msg": null, "result_data": data,
    });
    (200, envelope.to_string().into_bytes())
}

fn refuses(why: &str) -> (u16, Vec<u8>) {
    let envelope = json!({"success": false, "return_error_msg": why, "result_data": "", "error": true});
    (200, envelope.to_string().into_bytes())
}

#[test]
fn each_failure_is_what_it_is() {
    let pair = Pair::new();
    let fails = |status: u16, body: &[u8]| {
        let body = body.to_vec();
        pair.pull(&Says(move |_: &Outgoing| (status, body.clone()))).unwrap_err()
    };
    let (_, body) = refuses("Could not validate username and password.");
    let words = "validate_user: Could not validate username and password.";
    assert_eq!(fails(200, &body), ConnectError::Denied(words.to_owned()));
    assert!(matches!(fails(200, br#"{"auth_error":1}"#), ConnectError::Denied(_)));
    assert!(matches!(fails(401, b""), ConnectError::Denied(_)));
    let after = Some(Duration::from_secs(17));
    assert!(matches!(fails(429, b""), ConnectError::Later { after: said, .. } if said == after));
    assert!(matches!(fails(503, &body), ConnectError::Later { after: said, .. } if said == after));
    assert!(matches!(fails(500, b"<h1>no</h1>"), ConnectError::Later { why, .. } if why.contains("<h1>no</h1>")));
    assert!(matches!(fails(404, b""), ConnectError::Refused(_)));
    for odd in ["", "[]", "null", "{}", "{\"success\"", "\u{0}", "{\"result_data\":[]}"] {
        assert!(matches!(fails(200, odd.as_bytes()), ConnectError::Later { .. }), "{odd}");
    }
    let (_, body) = refuses("No such account.");
    assert_eq!(fails(200, &body), ConnectError::Refused("validate_user: No such account.".to_owned()));
}

/// PPW as the source: words, no transactions, no flags.
#[test]
fn ppw_itself_is_asked_for_what_its_listings_leave_out() {
    let pair = Pair::new();
    let state = std::sync::Mutex::new((json!([]), json!([]), json!([])));
    let seen = std::sync::Mutex::new(Vec::new());
    let way = Says(|call: &Outgoing| {
        let payload = payload(call);
        let state = state.lock().unwrap();
        seen.lock().unwrap().push((call.operation, payload["event_data"].clone()));
        match call.operation {
            "get_all_orders" => done(state.0.clone()),
            "get_all_updates" => done(state.1.clone()),
            "get_cancel_orders" => done(state.2.clone()),
            "get_order" => done(json!({
                "wo_number": "GC-1", "client_company_alias": "Alder", "address": "1 A", "city": "Austin",
                "date_due": "20260120", "comments": "Mow", "loan_type_other": "FHA", "line_items": [],
                "pcr_forms": [], "ppw_report_id": "900101", "key_values": [], "wo_status": "In Field",
            })),
            "get_notes" => done(json!([{
                "note_id": 55, "note_rev": 0, "report_id": 900101, "remote_report_id": 1, "note_type": "wo",
                "note_text": "Dog", "insert_by": "bob", "insert_date": "2026-01-14 09:00:00", "org_name": "Alder",
                "has_attachments": "False",
            }])),
            "get_file" => done(json!([])),
            _ => done(Value::Null),
        }
    });
    let row = |word: &str| json!({"report_id": "900101", "wo_number": "GC-1", "org_wo_num": "77", "wo_status": word});
    state.lock().unwrap().0 = json!([row("In Field")]);
    let pulled = pair.pull(&way).unwrap();
    assert!(pulled.problems.is_empty(), "{:?}", pulled.problems);
    let order = pair.ours().remove(0);
    assert_eq!((order.state, order.fields.number.as_deref()), (State::Received, Some("GC-1")));
    let (note, _) = order.notes().next().unwrap();
    assert_eq!((note.id.as_str(), note.author.as_str(), note.at), ("55", "bob", at("2026-01-14T09:00:00Z")));
    let bag: Value = serde_json::from_str(order.wire("ppw").unwrap()).unwrap();
    assert_eq!((&bag["loan_type_other"], &bag["org_wo_num"]), (&json!("FHA"), &json!("77")));
    let names = |seen: &std::sync::Mutex<Vec<(&'static str, Value)>>| {
        std::mem::take(&mut *seen.lock().unwrap()).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert!(!names(&seen).contains(&"ack_transaction"));
    // A member that changed, told for as long as it is asked back to.
    let mut update = row("In Field");
    (update["update_field"], update["update_value"]) = (json!("city"), json!("Dallas"));
    state.lock().unwrap().1 = json!([update]);
    pair.pass(300);
    pair.pull(&way).unwrap();
    let asked = std::mem::take(&mut *seen.lock().unwrap());
    let since = |name: &str| asked.iter().find(|(known, _)| *known == name).unwrap().1["timestamp"].clone();
    // Ten o'clock, less five minutes.
    assert_eq!((since("get_all_orders"), since("get_cancel_orders")), (json!("1768470900"), json!("1768470900")));
    assert_eq!(pair.ours()[0].fields.city.as_deref(), Some("Dallas"));
    change(&pair.here, order.id, Command::default().with(Field::City, "Houston"));
    pair.pass(60);
    pair.pull(&way).unwrap();
    assert_eq!(pair.ours()[0].fields.city.as_deref(), Some("Houston"), "what is not news undoes nothing");
    // Sent back: once, however often it is told.
    become_state(&pair.here, order.id, State::Completed);
    pair.deliver(&way, &pair.ours()[0]).unwrap();
    let mut back = row("RTV");
    back["update_value"] = json!("No photos");
    state.lock().unwrap().1 = json!([back]);
    pair.pass(60);
    pair.pull(&way).unwrap();
    let order = pair.ours().remove(0);
    assert!(order.state.is_open() && order.fields.rework);
    assert_eq!(order.fields.client_instructions.as_deref(), Some("No photos"));
    become_state(&pair.here, order.id, State::Completed);
    pair.pass(60);
    pair.pull(&way).unwrap();
    assert_eq!(pair.ours()[0].state, State::Completed);
    // Called off, and told for thirty days; brought back in between.
    state.lock().unwrap().1 = json!([]);
    let mut off = row("Cancelled");
    off["cancel_timestamp"] = json!("1768472000");
    state.lock().unwrap().2 = json!([off]);
    state.lock().unwrap().0 = json!([]);
    pair.pass(60);
    pair.pull(&way).unwrap();
    assert_eq!(pair.ours()[0].state, State::Canceled);
    state.lock().unwrap().0 = json!([row("In Field")]);
    pair.pass(3600);
    pair.pull(&way).unwrap();
    assert!(pair.ours()[0].state.is_open());
}

#[test]
fn a_source_need_not_know_every_event() {
    let pair = Pair::new();
    let way = Says(|call: &Outgoing| match call.operation {
        "get_all_orders" => done(json!([
            {"report_id": 7, "wo_number": "A", "org_wo_num": 0, "wo_status": "Unread", "transaction_id": "t-7"},
            {"get_all_updates": "0"}, {"get_all_notes": 0}, 5, "x",
        ])),
        "get_order" => done(json!([{"wo_number": "A", "transaction_id": "t-8", "key_values": {}, "has_foh": true}])),
        "ack_transaction" | "validate_user" => done(Value::Null),
        _ => refuses("Unknown event."),
    });
    let pulled = pair.pull(&way).unwrap();
    let told = [
        "get_all_orders: 2 entries are no objects".to_owned(),
        "order A: get_order says transaction t-8, not the listed one".to_owned(),
    ];
    assert_eq!(pulled.problems, told);
    assert_eq!(pair.ours().len(), 1);
    assert_eq!(pair.pull(&way).unwrap().changed, 0);
    // What it says no to is an error of the delivery, in its words.
    let order = pair.ours().remove(0);
    noted(&pair.here, order.id, "n", "Hello");
    assert_eq!(pair.deliver(&way, &order), Err(ConnectError::Refused("send_notes: Unknown event.".to_owned())));
}

#[test]
fn an_order_that_cannot_be_had_does_not_stop_the_others() {
    let pair = Pair::new();
    let way = Says(|call: &Outgoing| match call.operation {
        "get_all_orders" => done(json!([
            {"report_id": "1", "wo_number": "A", "wo_status": "Unread", "transaction_id": "t-1"},
            {"report_id": "2", "wo_number": "B", "wo_status": "Unread", "transaction_id": "t-2"},
            {"report_id": "-3", "wo_number": "C", "wo_status": "Unread", "transaction_id": "t-3"},
        ])),
        "get_order" if payload(call)["event_data"]["report_id"] == "1" => refuses("Gone."),
        "get_order" => done(json!({"wo_number": "B"})),
        "get_notes" | "get_file" => done(json!([])),
        _ => done(Value::Null),
    });
    let pulled = pair.pull(&way).unwrap();
    assert_eq!(pulled.problems, ["get_order: Gone."]);
    assert_eq!(pair.ours()[0].fields.number.as_deref(), Some("B"));
}

/// JSON that knows the members' names and nothing else.
fn any_json() -> impl Strategy<Value = Value> {
    let names = [
        "report_id",
        "wo_number",
        "wo_status",
        "transaction_id",
        "update_field",
        "update_value",
        "get_all_updates",
        "get_all_notes",
        "note_id",
        "note_text",
        "file_id",
        "s3_url",
        "pcr_forms",
        "pcr_form_id",
        "line_items",
        "desc",
        "error",
        "cancel_timestamp",
        "has_foh",
        "city",
        "date_due",
        "key_values",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        Just(json!(1)),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(vec!["1", "Unread", "RTV", "Update", "Cancel", "Complete", "city", "line_items", "A"])
            .prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..8).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_answer_makes_it_panic(bodies in prop::collection::vec(any_json(), 1..6), raw: bool) {
        let pair = Pair::new();
        let there = theirs(&pair, "A");
        pair.pull(&pair.way()).unwrap();
        let order = pair.same(&there);
        noted(&pair.here, order.id, "n", "Hello");
        become_state(&pair.here, order.id, State::Completed);
        let count = std::sync::atomic::AtomicUsize::new(0);
        let says = Says(|_: &Outgoing| {
            let place = count.fetch_add(1, Ordering::Relaxed);
            let body = bodies[place % bodies.len()].clone();
            if raw { (200, body.to_string().into_bytes()) } else { done(body) }
        });
        for _ in 0..3 {
            pair.pass(100);
            let _ = pair.pull(&says);
            let _ = pair.deliver(&says, &order);
            let _ = pair.inventory(&says, Some("0".to_owned()));
        }
    }
}
