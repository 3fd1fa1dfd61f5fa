//! Whatever goes wrong with whichever call: in the end both sides agree, and nothing is there twice.

use super::*;
use crate::connect::LoopbackFault as Fault;
use docket_core::order::{Charge, ChargeKind, CheckIn, Form, Point};
use http::StatusCode;

fn kinds() -> Vec<Fault> {
    let busy = br#"{"success":false,"error":true,"return_error_msg":"Busy","result_data":null}"#;
    vec![
        Fault::NotSent,
        Fault::AnswerLost,
        Fault::Twice,
        Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::from_static(busy)),
        Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"<html>oops</html>")),
        Fault::Answer(StatusCode::OK, Bytes::from_static(b"<html>login</html>")),
        Fault::Cut(60),
    ]
}

/// A little of everything, in both directions; how many calls it took.
fn story(faults: Vec<Fault>) -> usize {
    let pair = Pair::new();
    let way = pair.way();
    way.plan(faults);
    let there = theirs(&pair, "WO-1");
    let other = theirs(&pair, "WO-2");
    noted(&pair.there, there.id, "t1", "Lock box is broken");
    photo(&pair.there, there.id, "foh", "front");
    put(&pair.there, there.id, "f", Form { name: "Occupancy".to_owned(), ..Form::default() });
    let mut calls = 0;
    let mut rounds = |count: usize| {
        for _ in 0..count {
            pair.round(&way);
            calls += way.take_calls().len();
        }
    };
    rounds(2);
    if let Some(here) = pair.ours().iter().find(|order| order.fields.number.as_deref() == Some("WO-1")) {
        noted(&pair.here, here.id, "h1", "Grass was high");
        photo(&pair.here, here.id, "after", "green");
        let point = Some(Point { latitude: 30.25, longitude: -97.75, accuracy_m: None });
        put(&pair.here, here.id, "c", CheckIn { point, data: None });
        let kind = ChargeKind::Bid;
        let description = "Trim shrubs".to_owned();
        put(&pair.here, here.id, "b", Charge { kind, description, unit_price: Some(50.0), ..Charge::default() });
        become_state(&pair.here, here.id, State::Completed);
    }
    change(&pair.there, other.id, Command::default().with(Field::City, "Dallas").with(Field::LockCode, "12"));
    rounds(2);
    become_state(&pair.there, other.id, State::Canceled);
    rounds(1);
    pair.settle(&way);
    way.calm();
    assert_eq!(pair.there.all_orders().len(), 2);
    assert_eq!(pair.here.all_orders().len(), 2);
    pair.agree(&way);
    assert_eq!(pair.same(&other).state, State::Canceled);
    let there = now_of(&pair.there, there.id);
    assert_eq!((there.check_ins().count(), there.charges().count(), there.notes().count()), (1, 1, 2));
    let mut answered: Vec<_> = there.acknowledgements.iter().map(|ack| (&ack.transaction, ack.success)).collect();
    answered.dedup();
    assert!(answered.iter().all(|(_, success)| *success), "{answered:?}");
    calls
}

#[test]
fn one_fault_at_every_call() {
    let calls = story(Vec::new());
    assert!(calls > 30, "{calls}");
    for fault in kinds() {
        for call in 0..calls {
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            println!("{fault:?} at {call}");
            story(faults);
        }
    }
}
