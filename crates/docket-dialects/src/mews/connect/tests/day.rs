//! Days of mixed changes in both directions over a bad line, by seed.

use super::*;
use crate::connect::{Dawdling, LoopbackFault as Fault};
use bytes::Bytes;
use http::StatusCode;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.roll(of.len())) }
    }

    fn fault(&mut self) -> Fault {
        match self.roll(10) {
            0 => Fault::NotSent,
            1 => Fault::AnswerLost,
            2 => Fault::Twice,
            3 => Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"no")),
            4 => Fault::Cut(self.roll(300)),
            5 => Fault::Answer(StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
            _ => Fault::None,
        }
    }
}

/// A day; with deliveries and pulls one after another, or beside each other.
fn day(seed: u64, beside: bool) {
    let pair = Pair::new();
    let way = pair.way();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut ordered = 0;
    for step in 0..60 {
        way.calm();
        way.plan((0..12).map(|_| dice.fault()).collect::<Vec<_>>());
        let (ours, there) = (pair.ours(), pair.there.all_orders());
        let open = |order: &&Arc<Order>| order.state.is_open();
        match dice.roll(9) {
            0 => {
                theirs(&pair, if dice.roll(2) == 0 { SPA } else { BAR }, &[("Tea", Some(2.5))]);
            }
            1 => {
                ordered += 1;
                handed(&pair, &format!("WO-{ordered}"), &[("Massage", None), ("Roses", Some(9.0))]);
            }
            2 | 3 => {
                if let Some(order) = dice.pick(&there) {
                    noted(&pair.there, order.id, &format!("t{}", dice.roll(3)), &format!("said there {step}"));
                }
            }
            4 | 5 => {
                if let Some(order) = dice.pick(&ours) {
                    noted(&pair.here, order.id, &format!("h{}", dice.roll(3)), &format!("said here {step}"));
                }
            }
            6 => {
                let open: Vec<_> = there.iter().filter(open).collect();
                if let Some(order) = dice.pick(&open) {
                    let states = [State::Started, State::Waiting, State::Completed, State::Canceled];
                    become_state(&pair.there, order.id, states[dice.roll(states.len())]);
                }
            }
            7 => {
                let open: Vec<_> = ours.iter().filter(open).collect();
                if let Some(order) = dice.pick(&open).filter(|_| dice.roll(3) == 0) {
                    become_state(&pair.here, order.id, State::Canceled);
                }
            }
            _ => {}
        }
        if beside && dice.roll(3) == 0 {
            pair.pass(dice.roll(40) as i64);
            let seed = std::sync::Mutex::new(Dice(dice.0));
            let slow = Dawdling::on(&way, move || seed.lock().unwrap().roll(9));
            let some: Vec<_> = pair.ours().into_iter().rev().take(4).collect();
            pair.at_once(&slow, &some);
        } else if dice.roll(2) == 0 {
            pair.pass(dice.roll(40) as i64);
            let _ = pair.pull(&way);
        } else if let Some(order) = dice.pick(&pair.ours()) {
            let _ = pair.deliver(&way, order);
        }
    }
    way.calm();
    way.plan((0..12).map(|_| dice.fault()).collect::<Vec<_>>());
    pair.settle(&way);
    way.calm();
    pair.agree(&way);
    // Those called off before they were handed over are not there.
    let never = pair.ours().iter().filter(|order| pair.remote_id(order).is_none()).count();
    assert_eq!(pair.here.all_orders().len() - never, pair.there.all_orders().len());
}

#[test]
fn days_of_mixed_changes_end_in_agreement() {
    for seed in 1..=40 {
        println!("seed {seed}");
        day(seed, false);
    }
}

#[test]
fn deliveries_and_pulls_may_run_beside_each_other() {
    for seed in 1000..=1040 {
        println!("seed {seed}");
        day(seed, true);
    }
}
