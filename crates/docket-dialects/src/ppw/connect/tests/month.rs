//! A month of mixed changes on both sides over a bad line, by seed.

use super::*;
use crate::connect::LoopbackFault as Fault;
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
        match self.roll(12) {
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

fn month(seed: u64) {
    let pair = Pair::new();
    let way = pair.way();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut made = 0;
    // Every five hours something happens, and somebody looks or tells.
    for step in 0..30 * 24 / 5 {
        way.calm();
        way.plan((0..20).map(|_| dice.fault()).collect::<Vec<_>>());
        let (ours, there) = (pair.ours(), pair.there.all_orders());
        let open = |order: &&Arc<Order>| order.state.is_open();
        match dice.roll(11) {
            0 | 1 if made < 12 => {
                made += 1;
                theirs(&pair, &format!("WO-{made}"));
            }
            2 => {
                if let Some(order) = dice.pick(&there).filter(|order| order.state.is_open()) {
                    let city = format!("City {step}");
                    change(&pair.there, order.id, Command::default().with(Field::City, city));
                }
            }
            3 => {
                if let Some(order) = dice.pick(&there).filter(|order| order.state.is_open()) {
                    noted(&pair.there, order.id, &format!("t{step}"), &format!("said there {step}"));
                }
            }
            4 => {
                if let Some(order) = dice.pick(&ours).filter(|order| order.state.is_open()) {
                    noted(&pair.here, order.id, &format!("h{step}"), &format!("said here {step}"));
                }
            }
            5 => {
                if let Some(order) = dice.pick(&ours).filter(|order| order.state.is_open()) {
                    photo(&pair.here, order.id, &format!("p{step}"), &format!("seen here {step}"));
                }
            }
            6 => {
                if let Some(order) = dice.pick(&there).filter(|order| order.state.is_open()) {
                    photo(&pair.there, order.id, &format!("q{step}"), &format!("seen there {step}"));
                }
            }
            7 => {
                let open: Vec<_> = ours.iter().filter(open).collect();
                if let Some(order) = dice.pick(&open) {
                    // Only what was heard of there can be done there.
                    pair.settle_calm(&way);
                    if now_of(&pair.here, order.id).state.is_open() {
                        become_state(&pair.here, order.id, State::Completed);
                    }
                }
            }
            8 => {
                let done: Vec<_> = there.iter().filter(|order| order.state == State::Completed).collect();
                if let Some(order) = dice.pick(&done) {
                    let back = Command::default().with(Field::Rework, true).moving(Transition::Reopen);
                    change(&pair.there, order.id, back.with(Field::Outcome, format!("again {step}")));
                }
            }
            9 => {
                let open: Vec<_> = there.iter().filter(open).collect();
                if let Some(order) = dice.pick(&open).filter(|_| dice_is_low(step)) {
                    become_state(&pair.there, order.id, State::Canceled);
                }
            }
            _ => {}
        }
        pair.pass(5 * 3600);
        if dice.roll(2) == 0 {
            let _ = pair.pull(&way);
        }
        for order in pair.ours() {
            if dice.roll(3) == 0 {
                let _ = pair.deliver(&way, &order);
            }
        }
    }
    pair.settle(&way);
    way.calm();
    pair.agree(&way);
    assert_eq!(pair.here.all_orders().len(), pair.ours().len());
}

fn dice_is_low(step: usize) -> bool {
    step.is_multiple_of(3)
}

impl Pair {
    /// The same on a good line.
    fn settle_calm(&self, way: &Loopback<'_>) {
        way.calm();
        self.settle(way);
    }
}

#[test]
fn months_of_mixed_changes_end_in_agreement() {
    for seed in 1..=25 {
        println!("seed {seed}");
        month(seed);
    }
}
