//! Whatever goes wrong with whichever call: in the end both sides agree, and nothing is there twice.

use super::*;
use crate::connect::{LoopbackFault as Fault, Settled};
use bytes::Bytes;
use http::StatusCode;

fn kinds() -> Vec<Fault> {
    let answer = |status, body: &'static str| Fault::Answer(status, Bytes::from_static(body.as_bytes()));
    vec![
        Fault::NotSent,
        Fault::AnswerLost,
        Fault::Twice,
        answer(StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>"),
        answer(StatusCode::TOO_MANY_REQUESTS, ""),
        // The session is over.
        answer(StatusCode::OK, r#"{"error":1}"#),
        // A limit, a moment's weakness, too slow.
        answer(StatusCode::OK, r#"{"error":1003,"reason":"LIMIT api_concurrent"}"#),
        answer(StatusCode::OK, r#"{"error":6}"#),
        answer(StatusCode::OK, r#"{"error":1005}"#),
        Fault::Cut(40),
    ]
}

/// A little of everything, in both directions; how many calls it took.
fn story(faults: Vec<Fault>) -> usize {
    let pair = Pair::new();
    let way = pair.way();
    way.plan(faults);
    let mut calls = 0;
    let mut rounds = |count: usize| {
        for _ in 0..count {
            pair.round(&way);
            calls += way.take_calls().len();
        }
    };
    let (kept, left) = (theirs(&pair, "Crate 7"), theirs(&pair, "Crate 8"));
    attached(&pair.there, kept.id, "plan.txt", "turn left");
    change(&pair.there, kept.id, Command::default().with(Field::Unit, VAN));
    let (done, off) = (handed(&pair, "WO-1"), handed(&pair, "WO-2"));
    attached(&pair.here, done.id, "photo.txt", "a photo");
    says(&pair, VAN, 53.91);
    rounds(2);
    change(&pair.here, done.id, Command::default().with(Field::Unit, 9001_i64).with(Field::Description, "Mow it all"));
    change(&pair.there, kept.id, Command::default().with(Field::CustomerName, "Bob"));
    become_state(&pair.there, left.id, State::Deleted);
    says(&pair, VAN, 53.92);
    rounds(2);
    if let Some(copy) = pair.ours().iter().find(|order| order.fields.title.as_deref() == Some("Crate 7")) {
        attached(&pair.here, copy.id, "result.txt", "it is done");
        become_state(&pair.here, copy.id, State::Completed);
    }
    become_state(&pair.here, off.id, State::Canceled);
    rounds(1);
    become_state(&pair.here, done.id, State::Completed);
    rounds(1);
    pair.settle(&way);
    way.calm();
    assert_eq!(pair.there.all_orders().len(), 4);
    assert_eq!(pair.here.all_orders().len(), 4);
    pair.agree(&way);
    let kept = now_of(&pair.there, kept.id);
    assert_eq!((kept.state, files(&kept)), (State::Completed, files(&pair.same(&kept))), "{kept:?}");
    let done = now_of(&pair.here, done.id);
    assert_eq!((pair.other(&done).state.is_done(), files(&pair.other(&done))), (true, files(&done)));
    assert_eq!(pair.other(&off).state, State::Deleted);
    calls
}

#[test]
fn one_fault_at_every_call() {
    let calls = story(Vec::new());
    assert!(calls > 15, "{calls}");
    for fault in kinds() {
        for call in 0..calls {
            println!("{fault:?} at call {call}");
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            story(faults);
        }
    }
}

#[test]
fn an_order_whose_answer_was_lost_is_looked_for_and_not_created_again() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1");
    // The login, the resource, then the order.
    way.plan([Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(matches!(pair.deliver(&way, &here), Err(ConnectError::Later { .. })));
    way.take_calls();
    // It may still be on its way: nobody is asked yet.
    pair.pass(30);
    let error = pair.deliver(&way, &here).unwrap_err();
    assert!(matches!(&error, ConnectError::Waiting { after, .. } if after.as_secs() == 60), "{error:?}");
    assert!(way.take_calls().is_empty());
    pair.pass(61);
    let delivered = pair.deliver(&way, &here).unwrap();
    assert!(delivered.summary.starts_with("found as"), "{delivered:?}");
    assert_eq!(pair.there.all_orders().len(), 1);
    // A pull finds it as well.
    let second = handed(&pair, "WO-2");
    way.plan([Fault::AnswerLost]);
    assert!(pair.deliver(&way, &second).is_err());
    pair.pull(&way).unwrap();
    assert_eq!(pair.remote_ids(&now_of(&pair.here, second.id)).len(), 1);
    assert_eq!(pair.here.all_orders().len(), 2);
    // What surely never arrived is simply sent again.
    let third = handed(&pair, "WO-3");
    way.plan([Fault::NotSent]);
    assert!(pair.deliver(&way, &third).is_err());
    assert!(pair.deliver(&way, &third).unwrap().summary.starts_with("created as"));
    // It went to the history before anybody looked.
    let fourth = handed(&pair, "WO-4");
    way.plan([Fault::AnswerLost]);
    assert!(pair.deliver(&way, &fourth).is_err());
    let other =
        pair.there.all_orders().into_iter().find(|other| other.fields.title.as_deref() == Some("WO-4")).unwrap();
    become_state(&pair.there, other.id, State::Closed);
    pair.pass(100);
    let delivered = pair.deliver(&way, &fourth).unwrap();
    assert!(delivered.summary.starts_with("found as"), "{delivered:?}");
    assert_eq!(pair.there.all_orders().len(), 4, "{:?}", pair.deliver(&way, &fourth));
}

#[test]
fn where_marks_do_not_come_back_the_custom_id_says_which_it_is() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1");
    way.plan([Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(pair.deliver(&way, &here).is_err());
    // A counterpart that forgets `ej`.
    let other = pair.there.all_orders()[0].clone();
    let bag = other.wire("wialon").unwrap().replace("\"ej\"", "\"old\"");
    change(&pair.there, other.id, Command { wire: Some(("wialon".to_owned(), Some(bag))), ..Command::default() });
    let mut both = [false, true].into_iter();
    // Once a pull meets it first, once a delivery looks.
    if both.next() == Some(false) {
        pair.pull(&way).unwrap();
        assert_eq!(pair.here.all_orders().len(), 1, "it is not taken for one of theirs");
    }
    let second = handed(&pair, "WO-2");
    way.plan([Fault::AnswerLost]);
    assert!(pair.deliver(&way, &second).is_err());
    let other =
        pair.there.all_orders().into_iter().find(|other| other.fields.title.as_deref() == Some("WO-2")).unwrap();
    let bag = other.wire("wialon").unwrap().replace("\"ej\"", "\"old\"");
    change(&pair.there, other.id, Command { wire: Some(("wialon".to_owned(), Some(bag))), ..Command::default() });
    pair.pass(100);
    assert!(pair.deliver(&way, &second).unwrap().summary.starts_with("found as"));
    assert_eq!(pair.there.all_orders().len(), 2);
}

#[test]
fn when_it_cannot_be_looked_up_a_person_decides() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1");
    way.plan([Fault::None, Fault::None, Fault::AnswerLost]);
    assert!(pair.deliver(&way, &here).is_err());
    pair.pass(100);
    let denied = Bytes::from_static(br#"{"error":7,"reason":"ACCESS"}"#);
    way.plan([Fault::Answer(StatusCode::OK, denied)]);
    let error = pair.deliver(&way, &here).unwrap_err();
    assert!(matches!(&error, ConnectError::Unknown(why) if why.contains("ACCESS")), "{error:?}");
    assert_eq!(pair.there.all_orders().len(), 1);
    // Somebody looks, and says as which order it is there.
    let id = pair.there.all_orders()[0].serial.to_string();
    pair.on(&way, |remote| {
        let mirror = remote.mirror(here.serial).now_or_never().unwrap().unwrap().unwrap();
        let settle = |outcome| super::super::WialonClient.settle(&mirror, &outcome);
        assert_eq!(settle(Settled::Done("no id".to_owned())), None);
        assert!(settle(Settled::NotDone).is_some());
        let mirror = settle(Settled::Done(id)).unwrap();
        remote.keep(here.serial, Some(mirror)).now_or_never().unwrap().unwrap();
    });
    pair.settle(&way);
    assert_eq!(pair.there.all_orders().len(), 1);
    pair.agree(&way);
}

#[test]
fn a_token_that_is_none_is_said_and_a_session_is_begun_once() {
    let pair = Pair::new();
    let way = pair.way();
    pair.pull(&way).unwrap();
    for _ in 0..5 {
        pair.pass(200);
        pair.pull(&way).unwrap();
    }
    let logins = way.take_calls().iter().filter(|call| call.operation == "token/login").count();
    assert_eq!(logins, 1);
    // Nobody called for longer than a session lives: one more, and everything is read anew.
    pair.pass(400);
    theirs(&pair, "Crate 7");
    assert_eq!(pair.pull(&way).unwrap().changed, 1);
    let calls = way.take_calls();
    let operations: Vec<_> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(operations.iter().filter(|name| **name == "token/login").count(), 1, "{operations:?}");
    pair.there.revoke(ConnectionId(1));
    let error = pair.pull(&way).unwrap_err();
    assert!(matches!(&error, ConnectError::Denied(why) if why.contains("error 8")), "{error:?}");
}
