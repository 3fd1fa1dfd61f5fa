//! What the engine decides, and what that asks of an order as it is by then.

use super::is_awaited;
use crate::completion::{Completion, Defaults, Progress, Reading, Rule};
use crate::ids::{Serial, UnitId};
use crate::order::{CheckIn, Command, Field, Item, Move, Order, Origin, Point, State, Transition, Value};
use jiff::Timestamp;

/// Something that a reading decides about an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The order.
    pub order: Serial,
    /// Whose reading.
    pub unit: UnitId,
    /// The reading.
    pub reading: Reading,
    /// The rule it was judged by.
    pub rule: Option<Rule>,
    /// What the unit did there, this reading included.
    pub progress: Progress,
    /// What is decided.
    pub event: Event,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The unit came in.
    Arrived,
    /// The order is done.
    Completed {
        /// By the very reading that shows the unit coming in.
        came: bool,
    },
    /// The unit went away without having done what counts.
    Left {
        /// The assignee had said yes before it came.
        was_accepted: bool,
    },
    /// It is what the unit does next.
    BecameNext,
}

/// What a decision is carried out with.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The unit's name, for people.
    pub author: String,
    /// The unit's mileage counter, if it has one.
    pub odometer_km: Option<f64>,
    /// What holds of orders that do not say it.
    pub defaults: Defaults,
    /// The time.
    pub now: Timestamp,
}

impl Decision {
    /// Whether it still is about this order: the same unit, the same rule, and work is expected of it.
    pub fn holds(&self, order: &Order, defaults: &Defaults) -> bool {
        order.fields.unit == Some(self.unit.0)
            && is_awaited(order.state)
            && (self.event == Event::BecameNext || Rule::of(order, defaults) == self.rule)
    }

    /// What it asks of the order as it is now: nothing where somebody else was faster.
    pub fn command(&self, order: &Order, witness: &Witness) -> Command {
        if !self.holds(order, &witness.defaults) {
            return Command::default();
        }
        match self.event {
            Event::Arrived => self.arrival(order, witness),
            Event::Completed { came } => self.completion(came, witness),
            Event::Left { was_accepted } => self.departure(order, was_accepted),
            Event::BecameNext if order.fields.next_at.is_some() => Command::default(),
            Event::BecameNext => Command::default().with(Field::NextAt, witness.now),
        }
    }

    fn arrival(&self, order: &Order, witness: &Witness) -> Command {
        let fields = &order.fields;
        let is_there = order.state == State::Started && fields.arrived_at.is_some() && fields.departed_at.is_none();
        // Another hub saw it come, or this one did before it was stopped.
        if is_there {
            return Command::default();
        }
        let mut command = Command::default()
            .with(Field::ArrivedAt, fields.arrived_at.unwrap_or(self.reading.at))
            .with(Field::DepartedAt, Value::Null);
        command.put.push(self.check_in(witness));
        command.moving(Transition::Start)
    }

    fn completion(&self, came: bool, witness: &Witness) -> Command {
        let window = self.rule.map(|rule| rule.window).unwrap_or_default();
        let Some(completion) = Completion::of(&self.progress, &window, witness.odometer_km) else {
            return Command::default();
        };
        let mut command = completion.command();
        if came {
            command.put.push(self.check_in(witness));
        }
        command
    }

    fn departure(&self, order: &Order, was_accepted: bool) -> Command {
        if order.state != State::Started {
            return Command::default();
        }
        let mut command = Command::default().with(Field::DepartedAt, self.reading.at);
        command.to = Some(match was_accepted {
            true => Move::Become(State::Accepted),
            false => Move::Take(Transition::Assign),
        });
        command
    }

    /// That the unit came: the same each time it is told.
    fn check_in(&self, witness: &Witness) -> Item {
        let (latitude, longitude) = self.reading.place;
        let point = Some(Point { latitude, longitude, accuracy_m: None });
        let origin = Origin { connection: None, dialect: "native".to_owned() };
        let id = format!("arrival-{}", self.reading.at.as_second());
        Item::new(id, origin, self.reading.at, CheckIn { point, data: None }).by(witness.author.clone())
    }
}
