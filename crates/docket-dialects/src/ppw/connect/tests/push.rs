//! The push URL.

use super::*;
use docket_core::ledger::Grant;

fn handed(way: &Loopback<'_>) -> Vec<String> {
    let calls = way.take_calls();
    let introduced = calls.iter().filter(|call| call.operation == "validate_user").map(payload);
    introduced.map(|payload| payload["event_data"]["ppwlink_push"].as_str().unwrap_or("none").to_owned()).collect()
}

#[test]
fn the_source_is_told_where_to_ping() {
    let pair = Pair::new();
    let way = pair.way();
    pair.pull(&way).unwrap();
    let first = handed(&way).remove(0);
    assert!(first.starts_with("http://docket.example/ppw/push?key="), "{first}");
    // Only its hash is kept.
    let key = first.split_once('=').unwrap().1.to_owned();
    assert_eq!(key.len(), 64);
    let kept = pair.here.records(pair.connection.id.into(), crate::connect::PULL).now_or_never().unwrap().unwrap();
    assert!(kept.iter().all(|(_, text)| !text.contains(&key)));
    // Its pings let the connection look for news; others do not.
    let here = Loopback::to(&DIALECT, &pair.here, || pair.here.now());
    let ping = |url: &str| {
        let calls =
            [crate::connect::Outgoing::get("ping", url), crate::connect::Outgoing::post("ping", url, "text/plain", "")];
        calls.map(|call| here.send(call).now_or_never().unwrap().unwrap().status.as_u16())
    };
    assert_eq!(ping(&first), [200, 200]);
    assert_eq!(ping("http://docket.example/ppw/push?key=1"), [404, 404]);
    assert_eq!(ping("http://docket.example/ppw/push"), [404, 404]);
    // It is handed over again when it is lost, and after a day, not in between.
    pair.pass(600);
    pair.pull(&way).unwrap();
    assert!(handed(&way).is_empty());
    let grants = || -> Vec<Grant> { pair.here.grants(pair.connection.id).now_or_never().unwrap().unwrap() };
    pair.here.remove_grant(pair.connection.id, &grants()[0].hash).now_or_never().unwrap().unwrap();
    pair.pull(&way).unwrap();
    let second = handed(&way).remove(0);
    assert_ne!(second, first);
    assert_eq!((ping(&first), ping(&second)), ([404, 404], [200, 200]));
    pair.pass(25 * 3600);
    pair.pull(&way).unwrap();
    let third = handed(&way).remove(0);
    assert_eq!((ping(&second), ping(&third), grants().len()), ([404, 404], [200, 200], 1));
}

#[test]
fn a_url_whose_answer_was_lost_is_replaced() {
    use crate::connect::LoopbackFault as Fault;
    let pair = Pair::new();
    let way = pair.way();
    way.plan([Fault::AnswerLost]);
    assert!(pair.pull(&way).is_err());
    let here = Loopback::to(&DIALECT, &pair.here, || pair.here.now());
    let ping = |url: &str| {
        here.send(crate::connect::Outgoing::get("ping", url)).now_or_never().unwrap().unwrap().status.as_u16()
    };
    let first = handed(&way).remove(0);
    assert_eq!(ping(&first), 200, "the source may have it");
    pair.pull(&way).unwrap();
    let second = handed(&way).remove(0);
    assert_eq!((ping(&first), ping(&second)), (404, 200));
}

#[test]
fn who_wants_no_pings_gets_none() {
    let pair = Pair::with(&[("ping_us", "false")], &[]);
    let way = pair.way();
    pair.pull(&way).unwrap();
    assert_eq!(handed(&way), ["none"]);
    pair.pull(&way).unwrap();
    assert!(handed(&way).is_empty());
    assert!(pair.here.grants(pair.connection.id).now_or_never().unwrap().unwrap().is_empty());
}
