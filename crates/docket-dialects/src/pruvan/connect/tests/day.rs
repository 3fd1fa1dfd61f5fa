//! Days of mixed changes in both directions over bad lines, by seed.

use super::*;
use crate::connect::{Dawdling, LoopbackFault as Fault};
use docket_core::order::Transition;
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
            4 => Fault::Cut(self.roll(80)),
            _ => Fault::None,
        }
    }
}

/// What somebody at the desk does.
fn at_the_desk(pair: &Pair, dice: &mut Dice, step: usize) {
    let open: Vec<_> = pair.here.told_of().into_iter().filter(|order| order.state.is_open()).collect();
    match dice.roll(6) {
        0 | 1 => {
            let rush = dice.roll(5) == 0;
            pair.handed_with(&format!("WO-{step}"), Command::default().with(Field::Rush, rush));
        }
        2 | 3 => {
            if let Some(order) = dice.pick(&open) {
                let said = format!("said here {step}");
                pair.here.change(order.id, Command::default().with(Field::Instructions, said));
            }
        }
        4 => {
            if let Some(order) = dice.pick(&open).filter(|_| dice.roll(3) == 0) {
                pair.here.become_state(order.id, State::Canceled);
            }
        }
        _ => {
            let done: Vec<_> = pair.here.told_of().into_iter().filter(|order| order.state.is_done()).collect();
            if let Some(order) = dice.pick(&done).filter(|_| dice.roll(3) == 0) {
                let again = Command::default().with(Field::Rework, true).moving(Transition::Reopen);
                pair.here.change(order.id, again);
            }
        }
    }
}

/// What a crew does.
fn in_the_field(pair: &Pair, dice: &mut Dice, step: usize) {
    let open: Vec<_> = pair.there.told_of().into_iter().filter(|order| order.state.is_open()).collect();
    let Some(order) = dice.pick(&open) else { return };
    match dice.roll(6) {
        0 => drop(pair.there.change(order.id, Command::default().with(Field::Person, format!("crew {step}")))),
        1 => drop(pair.there.become_state(order.id, State::Started)),
        2 => drop(pair.there.photo(order.id, &format!("p{step}"), Stage::During, b"\xff\xd8\xffphoto")),
        3 | 4 => drop(pair.there.note(order.id, &format!("n{}", dice.roll(3)), &format!("said there {step}"))),
        _ => drop(pair.there.become_state(order.id, State::Completed)),
    }
}

/// A month; with deliveries and pulls one after another, or beside each other.
fn month(seed: u64, beside: bool) {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for step in 0..120 {
        for way in [&out, &back] {
            way.calm();
            way.plan((0..12).map(|_| dice.fault()).collect::<Vec<_>>());
        }
        at_the_desk(&pair, &mut dice, step);
        in_the_field(&pair, &mut dice, step);
        pair.pass(dice.roll(6 * 3600) as i64);
        let (side, way) = if dice.roll(2) == 0 { (&pair.here, &out) } else { (&pair.there, &back) };
        if beside && dice.roll(2) == 0 {
            let slow = std::sync::Mutex::new(Dice(dice.0));
            let turns = || slow.lock().unwrap().roll(9);
            pair.at_once(&Dawdling::on(&out, turns), &Dawdling::on(&back, turns));
        } else if dice.roll(3) == 0 {
            let _ = side.pull(way);
        } else {
            for order in side.told_of().iter().rev().take(1 + dice.roll(4)) {
                let _ = side.deliver(way, order);
            }
        }
    }
    out.calm();
    back.calm();
    pair.settle(&out, &back);
    pair.agree(&out, &back);
}

#[test]
fn months_of_mixed_changes_end_in_agreement() {
    for seed in 1..=25 {
        println!("seed {seed}");
        month(seed, false);
    }
}

#[test]
fn deliveries_and_pulls_may_run_beside_each_other() {
    for seed in 1000..=1020 {
        println!("seed {seed}");
        month(seed, true);
    }
}
