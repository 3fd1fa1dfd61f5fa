//! Whatever goes wrong with whichever call, in either direction: in the end both sides agree, and nothing is there twice.

use super::*;
use crate::connect::LoopbackFault as Fault;
use http::StatusCode;

pub fn kinds() -> Vec<Fault> {
    vec![
        Fault::NotSent,
        Fault::AnswerLost,
        Fault::Twice,
        Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
        Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"<html>oops</html>")),
        Fault::Answer(StatusCode::OK, Bytes::new()),
        Fault::Cut(12),
    ]
}

/// A little of everything, in both directions; how many calls each way it took.
fn story(out_faults: Vec<Fault>, back_faults: Vec<Fault>) -> (usize, usize) {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    out.plan(out_faults);
    back.plan(back_faults);
    let first = pair.handed("WO-1");
    let second = pair.handed("WO-2");
    let (mut gone, mut came) = (0, 0);
    let mut rounds = |count: usize| {
        for _ in 0..count {
            pair.round(&out, &back);
            gone += out.take_calls().len();
            came += back.take_calls().len();
        }
    };
    rounds(2);
    let work = |order: &Order, step: &dyn Fn(OrderId)| {
        if let Some(there) = pair.find(order) {
            step(there.id);
        }
    };
    work(&first, &|id| {
        pair.there.become_state(id, State::Started);
        pair.there.photo(id, "p1", Stage::Before, b"\xff\xd8\xffone");
        pair.there.note(id, "n1", "Gate was open");
    });
    pair.here.change(first.id, Command::default().with(Field::Instructions, "Ring first"));
    rounds(2);
    work(&first, &|id| {
        pair.there.photo(id, "p2", Stage::After, b"\xff\xd8\xfftwo");
        pair.there.become_state(id, State::Completed);
    });
    pair.here.become_state(second.id, State::Canceled);
    rounds(1);
    pair.settle(&out, &back);
    out.calm();
    back.calm();
    assert_eq!(pair.here.ledger.all_orders().len(), 2);
    assert!(pair.there.ledger.all_orders().len() <= 2);
    pair.agree(&out, &back);
    (gone, came)
}

#[test]
fn one_fault_at_every_call() {
    let (gone, came) = story(Vec::new(), Vec::new());
    assert!(gone > 3 && came > 8, "{gone} {came}");
    for fault in kinds() {
        for call in 0..gone.max(came) {
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            story(faults.clone(), Vec::new());
            story(Vec::new(), faults);
        }
    }
}
