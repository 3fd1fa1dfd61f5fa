//! Answers that are not what they should be: said in words, never a panic, and nothing is believed of them.

use super::*;
use crate::connect::{Incoming, Outgoing, SendError};
use crate::dialect::BoxFuture;
use bytes::Bytes;
use docket_core::ids::ExchangeId;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

/// Answers whatever it is told to.
pub(super) struct Says<F>(pub(super) F);

impl<F: Fn(&Outgoing) -> (u16, Vec<u8>) + Send + Sync> Transport for Says<F> {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        let (status, body) = (self.0)(&call);
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("Thu, 15 Jan 2026 10:00:17 GMT"));
        let incoming = Incoming { status, headers, body: Bytes::from(body), exchange: ExchangeId(Uuid::nil()) };
        Box::pin(std::future::ready(Ok(incoming)))
    }
}

#[test]
fn each_failure_is_what_it_is() {
    let pair = Pair::new();
    let fails = |status: u16, body: &str| {
        let body = body.as_bytes().to_vec();
        pair.pull(&Says(move |_: &Outgoing| (status, body.clone()))).unwrap_err()
    };
    let body = r#"{"Message":"Invalid AccessToken","RequestId":"6f1f","Details":{"any":[1]}}"#;
    let words = "services/getAll: answered 401: Invalid AccessToken (request 6f1f)";
    assert_eq!(fails(401, body), ConnectError::Denied(words.to_owned()));
    let after = Some(Duration::from_secs(17));
    assert!(matches!(fails(429, body), ConnectError::Later { after: said, .. } if said == after));
    assert!(matches!(fails(500, "<h1>no</h1>"), ConnectError::Later { why, .. } if why.contains("<h1>no</h1>")));
    assert!(matches!(fails(403, body), ConnectError::Refused(_)));
    assert!(matches!(fails(302, ""), ConnectError::Refused(why) if why.contains("302")));
    for odd in ["", "[]", "null", "{\"Services\":{}}", "{\"Services\":null}", "{\"Services\"", "\u{0}"] {
        assert!(matches!(fails(200, odd), ConnectError::Later { .. }), "{odd}");
    }
}

#[test]
fn less_is_asked_for_when_it_is_too_much() {
    let pair = Pair::new();
    for _ in 0..30 {
        theirs(&pair, BAR, &[("Tea", Some(2.0))]);
    }
    pair.pass(1);
    let way = pair.way();
    let heavy = Says(|call: &Outgoing| {
        let body: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
        let count = body["Limitation"]["Count"].as_u64().unwrap_or(0);
        if count > 10 {
            return (408, br#"{"Message":"Transaction has timed out"}"#.to_vec());
        }
        let answer = way.send(call.clone()).now_or_never().unwrap().unwrap();
        (answer.status.as_u16(), answer.body.to_vec())
    });
    for _ in 0..40 {
        pair.pass(10);
        let _ = pair.pull(&heavy);
    }
    assert_eq!(pair.ours().len(), 30);
}

#[test]
fn what_the_tokens_may_not_read_is_left_out_and_said() {
    let pair = Pair::new();
    let there = theirs(&pair, SPA, &[("Massage", None)]);
    noted(&pair.there, there.id, "n", "Room 12");
    pair.pass(1);
    let way = pair.way();
    let narrow = Says(|call: &Outgoing| {
        if !matches!(call.operation, "services/getAll" | "productServiceOrders/getAll") {
            return (401, br#"{"Message":"No permission"}"#.to_vec());
        }
        let answer = way.send(call.clone()).now_or_never().unwrap().unwrap();
        (answer.status.as_u16(), answer.body.to_vec())
    });
    let pulled = pair.pull(&narrow).unwrap();
    assert_eq!((pulled.changed, pulled.problems.len()), (1, 3), "{:?}", pulled.problems);
    let order = same(&pair, &there);
    assert!(order.fields.tasks.is_empty() && order.fields.customer_name.is_none() && texts(&order).is_empty());
    // Once it may be read it is there.
    let there = noted(&pair.there, there.id, "m", "Room 13");
    pair.settle(&way);
    assert_eq!((same(&pair, &there).fields.tasks.len(), texts(&same(&pair, &there)).len()), (1, 2));
}

#[test]
fn unknown_words_and_members_are_kept() {
    let pair = Pair::new();
    let order = json!({
        "Id": "9e6d4492-315b-4089-b9d6-5b1bd2eddc1b", "ServiceId": SPA, "AccountId": ANN, "AccountType": "Club",
        "Number": "52", "State": "Paused", "Origin": "Oracle", "New": {"member": [1, 2]},
        "UpdatedUtc": "2026-01-15T09:59:59Z",
    });
    let says = Says(move |call: &Outgoing| {
        let body = match call.operation {
            "services/getAll" => {
                json!({"Services": [{"Id": SPA, "Names": {"nl-NL": "Bad"}, "Data": null}], "Cursor": null})
            }
            "productServiceOrders/getAll" => json!({"ProductServiceOrders": [order, 7, {"Id": 8}], "Cursor": SPA}),
            _ => json!({}),
        };
        (200, body.to_string().into_bytes())
    });
    let pulled = pair.pull(&says).unwrap();
    assert_eq!((pulled.changed, pulled.problems.len()), (1, 2), "{:?}", pulled.problems);
    let here = pair.ours().remove(0);
    assert_eq!((here.state, here.fields.service.as_deref()), (State::Received, Some("Bad")));
    let bag: serde_json::Value = serde_json::from_str(here.wire("mews").unwrap()).unwrap();
    assert_eq!((&bag["State"], &bag["New"]), (&json!("Paused"), &json!({"member": [1, 2]})));
}

/// JSON that knows the members' names and nothing else.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names = [
        "Services",
        "ProductServiceOrders",
        "OrderItems",
        "ServiceOrderNotes",
        "Customers",
        "Companies",
        "Products",
        "Id",
        "ServiceId",
        "OrderId",
        "ServiceOrderId",
        "Cursor",
        "State",
        "Number",
        "UpdatedUtc",
        "CreatedUtc",
        "Text",
        "Names",
        "Enterprise",
        "Currencies",
        "Pricing",
        "AccountId",
        "AccountType",
        "UnitAmount",
        "UnitCount",
        "ConsumedUtc",
        "Data",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(vec![SPA, BAR, ANN, "2026-01-15T09:59:59Z", "Canceled", "Company"]).prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..8).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                serde_json::Value::Object(members.collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(bodies in prop::collection::vec(any_json(), 1..6), status in prop::sample::select(vec![200_u16, 204, 400, 500])) {
        let pair = Pair::new();
        let order = handed(&pair, "WO-1", &[("Roses", Some(1.0))]);
        let count = std::sync::atomic::AtomicUsize::new(0);
        let says = Says(|_: &Outgoing| {
            let place = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            (status, bodies[place % bodies.len()].to_string().into_bytes())
        });
        for _ in 0..3 {
            pair.pass(100);
            let _ = pair.pull(&says);
            let _ = pair.deliver(&says, &order);
            let _ = pair.inventory(&says, Some("0/".to_owned()));
        }
    }
}
