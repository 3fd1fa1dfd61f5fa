//! Answers that are not what they should be: said in words, never a panic.

use super::*;
use bytes::Bytes;
use docket_core::ids::ExchangeId;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::json;

/// Answers whatever it is told to.
struct Says<F>(F);

impl<F: Fn(&Outgoing) -> (u16, Vec<u8>) + Send + Sync> Transport for Says<F> {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        let (status, body) = (self.0)(&call);
        let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
        let incoming = Incoming { status, headers, body: Bytes::from(body), exchange: ExchangeId(Uuid::nil()) };
        Box::pin(std::future::ready(Ok(incoming)))
    }
}

#[test]
fn each_failure_is_what_it_is() {
    let pair = Pair::new();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    let fails = |status: u16, body: &str| {
        let body = body.as_bytes().to_vec();
        pair.deliver(&Says(move |_: &Outgoing| (status, body.clone())), order).unwrap_err()
    };
    let object = r#"{"error":{"code":403,"message":"Not yours"}}"#;
    assert_eq!(fails(403, object), ConnectError::Refused("products/list: answered 403: Not yours".to_owned()));
    assert!(matches!(fails(401, ""), ConnectError::Denied(_)));
    let array = r#"[{"error":"true","message":"You are trying to order more"}]"#;
    assert!(matches!(fails(429, array), ConnectError::Later { why, after: Some(_) } if why.ends_with("to order more")));
    assert!(matches!(fails(503, "<h1>no</h1>"), ConnectError::Later { why, .. } if why.contains("<h1>no</h1>")));
    for odd in ["", "{}", "null", "[{\"slug\":1}]", "[{\"slug\"", "\u{0}"] {
        assert!(matches!(fails(200, odd), ConnectError::Later { .. }), "{odd}");
    }
}

#[test]
fn an_order_whose_answer_cannot_be_read_is_not_known() {
    let pair = Pair::new();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    let way = pair.way();
    let says = Says(|call: &Outgoing| {
        if call.operation == "jobs/order" {
            return (200, br#"[{"uuid":"x"}]"#.to_vec());
        }
        let answer = way.send(call.clone()).now_or_never().unwrap().unwrap();
        (answer.status.as_u16(), answer.body.to_vec())
    });
    assert!(matches!(pair.deliver(&says, order), Err(ConnectError::Unknown(_))));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names = [
        "slug",
        "name",
        "uuid",
        "title",
        "properties",
        "postcode",
        "huisnummer",
        "intentions",
        "product",
        "job",
        "status",
        "progress",
        "current",
        "total",
        "locaties",
        "message",
        "1",
        "error",
        "score",
    ];
    let words =
        ["percelenrapport", "61", "6811LW", "finished", "waiting for user", "9dee3afd-3079-47e0-91f1-ab6e1d58f11a"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(words.to_vec()).prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..8).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                serde_json::Value::Object(members.collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(
        bodies in prop::collection::vec(any_json(), 1..6),
        status in prop::sample::select(vec![200_u16, 404, 400, 500]),
    ) {
        let pair = Pair::new();
        let way = pair.way();
        let (known, new) = (pair.order("Utrechtsestraat 61", "6811LW"), pair.order("Voorbeeldstraat 7", "3511AB"));
        pair.deliver(&way, known).unwrap();
        let count = std::sync::atomic::AtomicUsize::new(0);
        let says = Says(|_: &Outgoing| {
            let place = count.fetch_add(1, Ordering::Relaxed);
            (status, bodies[place % bodies.len()].to_string().into_bytes())
        });
        for _ in 0..3 {
            pair.pass(1000);
            let _ = pair.pull(&says);
            let _ = pair.deliver(&says, new);
            let _ = pair.deliver(&says, known);
            let _ = pair.on(&says, |remote| PlanviewerClient.inventory(remote, None).now_or_never().unwrap());
        }
    }

    #[test]
    fn no_status_makes_it_panic_or_go_back(current in any::<f64>(), total in any::<f64>(), word in ".{0,12}") {
        let pair = Pair::new();
        let way = pair.way();
        let order = pair.order("Utrechtsestraat 61", "6811LW");
        pair.deliver(&way, order).unwrap();
        let job = pair.job_of(order).unwrap().id;
        pair.progress(job, 2, 6);
        pair.pull(&way).unwrap();
        let body = json!([{"uuid": job.to_string(), "status": word, "progress": {"current": current, "total": total}}]);
        let says = Says(|_: &Outgoing| (200, body.to_string().into_bytes()));
        let _ = pair.pull(&says);
        let fields = now_of(&pair.here, order).fields.clone();
        let (current, total) = (fields.progress_current.unwrap(), fields.progress_total.unwrap());
        prop_assert!(current >= 0 && total >= 1 && current <= total);
    }
}
