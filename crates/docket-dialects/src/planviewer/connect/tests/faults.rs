//! Whatever goes wrong with whichever call: in the end both sides agree, and nothing is ordered twice.

use super::*;
use crate::connect::{Dawdling, LoopbackFault as Fault};
use bytes::Bytes;
use http::StatusCode;

fn kinds() -> Vec<Fault> {
    vec![
        Fault::NotSent,
        Fault::AnswerLost,
        Fault::Twice,
        Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
        Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"<html>oops</html>")),
        Fault::Cut(20),
    ]
}

/// A round of a worker: every order is delivered, every job looked at. What may not be repeated is told apart.
fn round(pair: &Pair, way: &dyn Transport) -> usize {
    pair.pass(120);
    let mut unknown = 0;
    for order in pair.here.all_orders() {
        unknown += usize::from(matches!(pair.deliver(way, order.id), Err(ConnectError::Unknown(_))));
    }
    let _ = pair.pull(way);
    unknown
}

/// Two orders, one with a question, both to the end; how many calls it took and what a person had to look at.
fn story(faults: Vec<Fault>, is_vendor: bool) -> (usize, usize) {
    let pair = Pair::new();
    let vendor = Vendor(pair.way());
    let way: &dyn Transport = if is_vendor { &vendor } else { &vendor.0 };
    vendor.0.plan(faults);
    let plain = pair.order("Utrechtsestraat 61", "6811LW");
    let asking = pair.order("Voorbeeldstraat 7", "3511AB");
    let mut unknown = 0;
    for step in 0..14 {
        unknown = round(&pair, way);
        pair.reply(&pair.here, asking, "1");
        for (order, asks) in [(plain, false), (asking, true)] {
            let Some(job) = pair.job_of(order).filter(|job| job.state.is_open() && job.state != State::Waiting) else {
                continue;
            };
            if asks && job.questions().next().is_none() {
                pair.ask(job.id, "q");
            } else if job.state == State::Received {
                pair.progress(job.id, step, 20);
            } else {
                pair.finish(job.id);
            }
        }
    }
    let calls = vendor.0.take_calls().len();
    vendor.0.calm();
    if unknown == 0 {
        pair.agree(way);
        assert_eq!(now_of(&pair.here, plain).state, State::Completed);
        assert_eq!(now_of(&pair.here, asking).state, State::Completed);
    }
    assert!(pair.there.all_orders().len() <= 2, "a job was ordered twice");
    (calls, unknown)
}

#[test]
fn one_fault_at_every_call_of_a_docket() {
    let (calls, _) = story(Vec::new(), false);
    assert!(calls > 15, "{calls}");
    for fault in kinds() {
        for call in 0..calls {
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            assert_eq!(story(faults, false).1, 0, "{fault:?} at {call}");
        }
    }
}

#[test]
fn one_fault_at_every_call_of_the_vendor() {
    let (calls, _) = story(Vec::new(), true);
    let mut unknown = 0;
    // No client can do anything about a call that arrives twice.
    for fault in kinds().into_iter().filter(|fault| *fault != Fault::Twice) {
        for call in 0..calls {
            let mut faults = vec![Fault::None; call];
            faults.push(fault.clone());
            unknown += story(faults, true).1;
        }
    }
    // Two orders, and of each the lost answer, the failure without words and the cut answer.
    assert_eq!(unknown, 6);
}

#[test]
fn what_is_not_known_is_not_ordered_again_until_a_person_says() {
    for settled in [Settled::NotDone, Settled::Done(String::new())] {
        let pair = Pair::new();
        let way = Vendor(pair.way());
        let order = pair.order("Utrechtsestraat 61", "6811LW");
        way.0.plan([Fault::None, Fault::None, Fault::None, Fault::AnswerLost]);
        for _ in 0..3 {
            let error = pair.deliver(&way, order).unwrap_err();
            assert!(matches!(&error, ConnectError::Unknown(why) if why.contains("intention")), "{error:?}");
            pair.pass(86_400);
        }
        assert_eq!(way.0.take_calls().iter().filter(|call| call.operation == "jobs/order").count(), 1);
        assert_eq!(pair.there.all_orders().len(), 1);
        let settled = match settled {
            Settled::Done(_) => Settled::Done(pair.there.all_orders()[0].id.to_string()),
            settled => settled,
        };
        let serial = now_of(&pair.here, order).serial;
        pair.on(&way, |remote| {
            let mirror = remote.mirror(serial).now_or_never().unwrap().unwrap().unwrap();
            assert_eq!(PlanviewerClient.settle(&mirror, &Settled::Done("no id".to_owned())), None);
            let mirror = PlanviewerClient.settle(&mirror, &settled).unwrap();
            assert_eq!(PlanviewerClient.settle(&mirror, &settled), None);
            remote.keep(serial, Some(mirror)).now_or_never().unwrap().unwrap();
        });
        pair.deliver(&way, order).unwrap();
        assert_eq!(pair.there.all_orders().len(), if settled == Settled::NotDone { 2 } else { 1 });
        assert!(pair.job_of(order).is_some());
    }
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn fault(&mut self) -> Fault {
        match self.roll(11) {
            0 => Fault::NotSent,
            1 => Fault::AnswerLost,
            2 => Fault::Twice,
            3 => Fault::Answer(StatusCode::BAD_GATEWAY, Bytes::from_static(b"no")),
            4 => Fault::Cut(self.roll(200)),
            5 => Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
            _ => Fault::None,
        }
    }
}

fn day(seed: u64) {
    let pair = Pair::new();
    let way = pair.way();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let places = [("Utrechtsestraat 61", "6811LW"), ("Voorbeeldstraat 2", "3511AB"), ("Voorbeeldstraat 7", "3511AB")];
    for step in 0..80 {
        way.calm();
        way.plan((0..10).map(|_| dice.fault()).collect::<Vec<_>>());
        let (ours, jobs) = (pair.here.all_orders(), pair.there.all_orders());
        let job = if jobs.is_empty() { None } else { jobs.get(dice.roll(jobs.len())) };
        let open = job.filter(|job| job.state.is_open() && job.state != State::Failed);
        let order = if ours.is_empty() { None } else { ours.get(dice.roll(ours.len())) };
        match (dice.roll(8), open) {
            (0 | 1, _) => {
                let (street, code) = places[dice.roll(places.len())];
                pair.order(street, code);
            }
            (2, Some(job)) if job.state != State::Waiting => pair.progress(job.id, dice.roll(6) as i64, 6),
            (3, Some(job)) if job.state != State::Waiting => pair.ask(job.id, &format!("q{step}")),
            (4, Some(job)) if job.state != State::Waiting => pair.finish(job.id),
            (5, Some(job)) if dice.roll(4) == 0 => pair.fail(job.id, "no such lot"),
            (6, _) if order.is_some_and(|order| order.state.is_open()) && dice.roll(6) == 0 => {
                let id = order.unwrap().id;
                change(&pair.here, id, Command::default().moving(Transition::Cancel));
            }
            _ => {}
        }
        if let Some(order) = order {
            pair.reply(&pair.here, order.id, "1");
            let _ = pair.deliver(&way, order.id);
        }
        pair.pass(dice.roll(60) as i64);
        if dice.roll(3) == 0 {
            let seed = std::sync::Mutex::new(Dice(dice.0));
            let slow = Dawdling::on(&way, move || seed.lock().unwrap().roll(9));
            let some: Vec<_> = pair.here.all_orders().into_iter().rev().take(4).collect();
            pair.at_once(&slow, &some);
        } else if dice.roll(2) == 0 {
            let _ = pair.pull(&way);
        }
    }
    way.calm();
    for _ in 0..12 {
        pair.pass(400);
        for order in pair.here.all_orders() {
            pair.reply(&pair.here, order.id, "1");
            pair.deliver(&way, order.id).unwrap();
        }
        for job in pair.there.all_orders().iter().filter(|job| job.state.is_open() && job.state != State::Failed) {
            if job.state != State::Waiting {
                pair.finish(job.id);
            } else if pair.here.all_orders().iter().all(|order| order.open_question().is_none()) {
                // Nobody is asked here any more about what was called off.
                pair.reply(&pair.there, job.id, "1");
            }
        }
        let problems = pair.pull(&way).unwrap().problems;
        assert!(problems.is_empty(), "{problems:?}");
    }
    pair.agree(&way);
}

#[test]
fn days_of_mixed_changes_end_in_agreement() {
    for seed in 1..=40 {
        println!("seed {seed}");
        day(seed);
    }
}
