//! How many readings a second the completion engine looks at, on one core: 10,000 units with ten open orders each.
//!
//! ```text
//! cargo run --release -p docket-core --example engine
//! ```
//!
//! Units go straight past their orders, so that most readings decide nothing, as in life; what is done is
//! there to be done again in the next round, which is made so outside the measured time. Beside it stands the floor: the same
//! readings through a hash map of units and one distance each.

#![expect(clippy::print_stdout, reason = "it is there to be read")]

use docket_core::Timestamp;
use docket_core::completion::Reading;
use docket_core::engine::{Engine, Event, Options};
use docket_core::geo::distance_m;
use docket_core::ids::{AccountId, OrderId, Revision, Serial, UnitId, Uuid};
use docket_core::order::{Fields, Order, Origin, State};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

const UNITS: i64 = 10_000;
const ORDERS_EACH: i64 = 10;
const ROUNDS: i64 = 300;
const START: i64 = 1_768_471_200;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap_or_default()
}

fn order(serial: i64, unit: i64, dice: &mut Dice) -> Order {
    let fields = Fields {
        latitude: Some(53.8 + 0.2 * dice.roll()),
        longitude: Some(27.3 + 0.4 * dice.roll()),
        radius_m: Some(100),
        execution_flags: Some([0, 1, 2, 3][(serial % 4) as usize]),
        unit: Some(unit),
        // It is known already when it became the next.
        next_at: Some(moment(0)),
        ..Fields::default()
    };
    Order {
        id: OrderId(Uuid::from_u128(serial as u128)),
        serial: Serial(serial),
        account: AccountId(1),
        origin: Origin { connection: None, dialect: "wialon".to_owned() },
        revision: Revision(1),
        state: State::Assigned,
        state_since: moment(0),
        created_at: moment(0),
        updated_at: moment(0),
        updated_by: String::new(),
        fields,
        wire: BTreeMap::new(),
        written: BTreeMap::new(),
        keys: Vec::new(),
        routed_to: Vec::new(),
        imported_by: Vec::new(),
        acknowledgements: Vec::new(),
        items: Vec::new(),
        item_places: 0,
    }
}

/// A unit that drives from somewhere to somewhere, and again.
struct Drive {
    from: (f64, f64),
    to: (f64, f64),
    phase: f64,
}

impl Drive {
    fn reading(&self, round: i64) -> Reading {
        let lap = (round as f64 / 200.0 + self.phase).fract();
        let along = if lap < 0.5 { 2.0 * lap } else { 2.0 - 2.0 * lap };
        let between = |a: f64, b: f64| a + along * (b - a);
        let place = (between(self.from.0, self.to.0), between(self.from.1, self.to.1));
        Reading { at: moment(30 * round), place, speed_kmh: Some(if round % 20 == 0 { 0.0 } else { 45.0 }) }
    }
}

/// How long this thread was on a processor: on a busy machine the clock on the wall says nothing. Without Linux, that
/// clock.
fn on_processor(begun: Instant) -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = said.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

fn main() {
    let program = Instant::now();
    let mut dice = Dice(7);
    let orders: Vec<Order> =
        (0..UNITS * ORDERS_EACH).map(|serial| order(serial + 1, serial % UNITS + 1, &mut dice)).collect();
    // Each drives from one of its places to another, so that it comes by.
    let place = |index: i64| {
        let fields = &orders[index as usize].fields;
        (fields.latitude.unwrap_or_default(), fields.longitude.unwrap_or_default())
    };
    let drives: Vec<Drive> =
        (0..UNITS).map(|unit| Drive { from: place(unit), to: place(unit + UNITS), phase: dice.roll() }).collect();
    let mut engine = Engine::new(Options::default());
    let begun = on_processor(program);
    orders.iter().for_each(|order| engine.watch(order, false));
    println!("{} open orders of {UNITS} units watched in {:?}", engine.len(), on_processor(program) - begun);
    let (mut took, mut floor, mut decided) = (Duration::ZERO, Duration::ZERO, 0);
    let mut decisions = Vec::new();
    let known: HashMap<i64, (f64, f64)> = (1..=UNITS).map(|unit| (unit, place(unit - 1))).collect();
    let mut sum = 0.0;
    for round in 0..ROUNDS {
        let readings: Vec<(UnitId, Reading)> =
            drives.iter().zip(1..).map(|(drive, unit)| (UnitId(unit), drive.reading(round))).collect();
        let begun = on_processor(program);
        for &(unit, reading) in &readings {
            engine.take(unit, reading, reading.at, &mut decisions);
        }
        took += on_processor(program) - begun;
        let begun = on_processor(program);
        for (unit, reading) in &readings {
            sum += known.get(&unit.0).map_or(0.0, |place| distance_m(*place, reading.place));
        }
        floor += on_processor(program) - begun;
        decided += decisions.len();
        // What is done is there to be done again.
        let done = decisions.drain(..).filter(|decision| matches!(decision.event, Event::Completed { .. }));
        for decision in done {
            if let Some(order) = orders.get((decision.order.0 - 1) as usize) {
                engine.watch(order, false);
            }
        }
    }
    let rate = |time: Duration| (UNITS * ROUNDS) as f64 / time.as_secs_f64();
    println!("{:.0} readings/s, {decided} decisions", rate(took));
    println!("{:.0} readings/s for a hash map and one distance (checked {sum:.0})", rate(floor));
}
