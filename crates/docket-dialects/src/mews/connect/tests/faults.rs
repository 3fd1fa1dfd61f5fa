//! Whatever goes wrong with whichever call: in the end both sides agree, and nothing is there twice.

use super::*;
use crate::connect::{LoopbackFault as Fault, Settled};
use bytes::Bytes;
use http::StatusCode;

fn kinds() -> Vec<Fault> {
    vec![
        Fault::NotSent,
        Fault::AnswerLost,
        Fault::Twice,
        Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::from_static(br#"{"Message":"Too many requests"}"#)),
        Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"<html>oops</html>")),
        Fault::Answer(StatusCode::REQUEST_TIMEOUT, Bytes::from_static(br#"{"Message":"Transaction has timed out"}"#)),
        Fault::Cut(40),
    ]
}

/// A little of everything, in both directions; how many calls it took.
fn story(faults: Vec<Fault>) -> usize {
    let pair = Pair::new();
    let way = pair.way();
    way.plan(faults);
    let there = theirs(&pair, SPA, &[("Massage", Some(121.0)), ("Towels", Some(5.0))]);
    noted(&pair.there, there.id, "t1", "Room 12");
    let here = handed(&pair, "WO-1", &[("Massage", None), ("Roses", Some(20.0))]);
    noted(&pair.here, here.id, "h1", "Allergic to nuts");
    let mut calls = 0;
    let mut rounds = |count: usize| {
        for _ in 0..count {
            pair.round(&way);
            calls += way.take_calls().len();
        }
    };
    rounds(2);
    if let Some(copy) = pair.ours().iter().find(|order| order.origin.connection == Some(pair.connection.id)) {
        noted(&pair.here, copy.id, "h2", "The lift is broken");
    }
    noted(&pair.here, here.id, "h1", "Allergic to nuts and milk");
    become_state(&pair.there, there.id, State::Started);
    rounds(2);
    become_state(&pair.here, here.id, State::Canceled);
    become_state(&pair.there, there.id, State::Completed);
    rounds(1);
    pair.settle(&way);
    way.calm();
    assert_eq!(pair.there.all_orders().len(), 2);
    assert_eq!(pair.here.all_orders().len(), 2);
    pair.agree(&way);
    calls
}

#[test]
fn one_fault_at_every_call() {
    let calls = story(Vec::new());
    assert!(calls > 20, "{calls}");
    for fault in kinds() {
        for call in 0..calls {
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            story(faults);
        }
    }
}

#[test]
fn an_order_whose_answer_was_lost_is_looked_for_and_not_added_again() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None)]);
    let calls = |way: &Loopback<'_>| {
        let calls = way.take_calls();
        calls
            .iter()
            .map(|call| call.operation)
            .filter(|name| !name.ends_with("getAll") && *name != "configuration/get")
            .collect::<Vec<_>>()
    };
    // services, configuration, customers, products, then the order.
    way.plan([Fault::None, Fault::None, Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(matches!(pair.deliver(&way, &here), Err(ConnectError::Later { .. })));
    assert_eq!(calls(&way), ["orders/add"]);
    // It may still be on its way: nobody is asked yet.
    pair.pass(30);
    let error = pair.deliver(&way, &here).unwrap_err();
    assert!(matches!(&error, ConnectError::Waiting { after, .. } if after.as_secs() == 60), "{error:?}");
    assert!(way.take_calls().is_empty());
    pair.pass(61);
    let delivered = pair.deliver(&way, &here).unwrap();
    assert!(delivered.summary.starts_with("found as"), "{delivered:?}");
    assert!(calls(&way).is_empty());
    assert_eq!(pair.there.all_orders().len(), 1);
    // A pull finds it as well.
    let second = handed(&pair, "WO-2", &[("Massage", None)]);
    way.plan([Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(pair.deliver(&way, &second).is_err());
    pair.pass(10);
    pair.pull(&way).unwrap();
    assert!(pair.remote_id(&now_of(&pair.here, second.id)).is_some());
    assert_eq!(pair.here.all_orders().len(), 2);
    // What surely never arrived is simply sent again.
    let third = handed(&pair, "WO-3", &[("Massage", None)]);
    way.plan([Fault::None, Fault::None, Fault::NotSent]);
    assert!(pair.deliver(&way, &third).is_err());
    assert!(
        matches!(pair.deliver(&way, &third), Err(ConnectError::Later { .. })) || pair.there.all_orders().len() == 3
    );
    pair.settle(&way);
    assert_eq!(pair.there.all_orders().len(), 3);
    pair.agree(&way);
}

#[test]
fn when_it_cannot_be_looked_up_a_person_decides() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None)]);
    way.plan([Fault::None, Fault::None, Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(pair.deliver(&way, &here).is_err());
    pair.pass(100);
    let denied = Bytes::from_static(br#"{"Message":"Permission denied","RequestId":"r1"}"#);
    way.plan([Fault::Answer(StatusCode::UNAUTHORIZED, denied)]);
    let error = pair.deliver(&way, &here).unwrap_err();
    assert!(
        matches!(&error, ConnectError::Unknown(why) if why.contains("Permission denied (request r1)")),
        "{error:?}"
    );
    assert_eq!(pair.there.all_orders().len(), 1);
    // Somebody looks, and says as which order it is there.
    let id = pair.there.all_orders()[0].id.to_string();
    pair.on(&way, |remote| {
        let mirror = remote.mirror(here.serial).now_or_never().unwrap().unwrap().unwrap();
        let settle = |outcome| super::super::MewsClient.settle(&mirror, &outcome);
        assert_eq!(settle(Settled::Done("no id".to_owned())), None);
        assert!(settle(Settled::NotDone).is_some());
        let mirror = settle(Settled::Done(id)).unwrap();
        remote.keep(here.serial, Some(mirror)).now_or_never().unwrap().unwrap();
    });
    pair.settle(&way);
    assert_eq!(pair.there.all_orders().len(), 1);
    pair.agree(&way);
}
