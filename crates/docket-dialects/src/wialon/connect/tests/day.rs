//! A month of mixed changes in both directions over a bad line, by seed.

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
        match self.roll(12) {
            0 => Fault::NotSent,
            1 => Fault::AnswerLost,
            2 => Fault::Twice,
            3 => Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(b"no")),
            4 => Fault::Cut(self.roll(300)),
            5 => {
                Fault::Answer(StatusCode::OK, Bytes::from_static(br#"{"error":1003,"reason":"LIMIT api_concurrent"}"#))
            }
            6 => Fault::Answer(StatusCode::OK, Bytes::from_static(br#"{"error":1}"#)),
            _ => Fault::None,
        }
    }
}

/// Something happens on one side or the other.
fn happen(pair: &Pair, dice: &mut Dice, step: usize) {
    let (ours, there) = (pair.ours(), pair.there.all_orders());
    let open = |orders: &[Arc<Order>]| -> Vec<Arc<Order>> {
        orders.iter().filter(|order| order.state.is_open()).cloned().collect()
    };
    let (ours, there) = (open(&ours), open(&there));
    let texts = [Field::CustomerName, Field::CustomerPhone, Field::Reference, Field::Title];
    let written = Command::default().with(texts[dice.roll(texts.len())], format!("{} {step}", dice.roll(9)));
    match dice.roll(12) {
        0 => drop(theirs(pair, &format!("Crate {step}"))),
        1 => drop(handed(pair, &format!("WO-{step}"))),
        2 | 3 => drop(dice.pick(&there).map(|order| change(&pair.there, order.id, written))),
        4 | 5 => drop(dice.pick(&ours).map(|order| change(&pair.here, order.id, written))),
        6 => {
            let unit = [VAN, TRUCK][dice.roll(2)];
            drop(
                dice.pick(&there)
                    .map(|order| change(&pair.there, order.id, Command::default().with(Field::Unit, unit))),
            );
        }
        7 => drop(
            dice.pick(&ours).map(|order| change(&pair.here, order.id, Command::default().with(Field::Unit, 9001_i64))),
        ),
        8 => {
            let states = [State::Started, State::Completed, State::Completed, State::Rejected, State::Deleted];
            let state = states[dice.roll(states.len())];
            let of = |order: &&Arc<Order>| state == State::Deleted || order.fields.unit.is_some();
            drop(dice.pick(&there).filter(of).map(|order| become_state(&pair.there, order.id, state)));
        }
        9 => {
            let states = [State::Completed, State::Rejected];
            let state = states[dice.roll(states.len())];
            let of = |order: &&Arc<Order>| order.fields.unit.is_some();
            drop(dice.pick(&ours).filter(of).map(|order| become_state(&pair.here, order.id, state)));
        }
        10 => {
            let name = format!("{}.txt", dice.roll(3));
            let (ledger, orders) = if dice.roll(2) == 0 { (&pair.here, &ours) } else { (&pair.there, &there) };
            drop(dice.pick(orders).map(|order| attached(ledger, order.id, &name, &format!("{step}"))));
        }
        _ => says(pair, VAN, 53.0 + dice.roll(100) as f64 / 100.0),
    }
}

/// A month; with deliveries and pulls one after another, or beside each other.
fn month(seed: u64, beside: bool) {
    let pair = Pair::new();
    let way = pair.way();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for step in 0..90 {
        way.calm();
        way.plan((0..12).map(|_| dice.fault()).collect::<Vec<_>>());
        happen(&pair, &mut dice, step);
        // Eight hours, or a moment.
        pair.pass([5, 40, 28_800][dice.roll(3)]);
        if dice.roll(25) == 0 {
            pair.restart();
        }
        if beside && dice.roll(3) == 0 {
            let seed = std::sync::Mutex::new(Dice(dice.0));
            let slow = Dawdling::on(&way, move || seed.lock().unwrap().roll(9));
            let some: Vec<_> = pair.ours().into_iter().rev().take(4).collect();
            pair.at_once(&slow, &some);
        } else if dice.roll(2) == 0 {
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
}

#[test]
fn months_of_mixed_changes_end_in_agreement() {
    for seed in 1..=40 {
        println!("seed {seed}");
        month(seed, false);
    }
}

#[test]
fn deliveries_and_pulls_may_run_beside_each_other() {
    for seed in 1000..=1040 {
        println!("seed {seed}");
        month(seed, true);
    }
}
