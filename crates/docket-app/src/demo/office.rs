//! The office of the demo world: orders keep coming from all five origins, are given to units, planned into routes,
//! handed in, invoiced and closed. Calmly, and by the clock: what happens when is the same every time.

use super::city::{distance_km, place};
use super::day::{Plot, Source, advance, arrive, login};
use super::drive::dice;
use super::field::{self, Album};
use super::samples::LAST_SERIAL;
use super::{DemoError, Seeding, routes};
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::order::{Command, Field, Order, State, Transition};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An order comes every so many seconds.
const ARRIVAL_S: i64 = 240;
/// After a pause no more than these come at once.
const MOST_ARRIVALS: i64 = 3;
/// Numbers of orders that come are above those of the days before.
const FIRST_NUMBER: i64 = 10_000;
const NUMBERS: i64 = 90_000;
/// More than this no unit is given at once.
const MOST_OF_UNIT: usize = 4;
/// Orders are planned into a route when a unit has so many, this often.
const FEWEST_OF_ROUTE: usize = 2;
const PLAN_S: i64 = 1_500;
/// Complete when the unit stood there and left again.
const STOP_AND_LEAVE: i64 = 3;
/// Farther from the middle of the city nobody drives.
const CITY_KM: f64 = 60.0;
const MIDDLE: (f64, f64) = (30.2672, -97.7431);
const MINUTE_S: i64 = 60;

/// Which orders come, and how often.
const ORIGINS: [Source; 16] = [
    Source::Pruvan,
    Source::Wialon,
    Source::Ppw,
    Source::Wialon,
    Source::Pruvan,
    Source::Mews,
    Source::Wialon,
    Source::Pruvan,
    Source::Ppw,
    Source::Wialon,
    Source::Pruvan,
    Source::Mews,
    Source::Planviewer,
    Source::Wialon,
    Source::Ppw,
    Source::Pruvan,
];

/// Where an order's work is, if units of the demo drive there.
pub(super) fn place_of(order: &Order) -> Option<(f64, f64)> {
    let place = order.fields.latitude.zip(order.fields.longitude)?;
    (order.serial > LAST_SERIAL && distance_km(place, MIDDLE) < CITY_KM).then_some(place)
}

/// Whether an order is one of the story's. Others are their makers', to whom nobody else does anything.
fn is_ours(order: &Order) -> bool {
    let fields = &order.fields;
    let starts = |text: &Option<String>, with: &str| text.as_ref().is_some_and(|text| text.starts_with(with));
    order.serial > LAST_SERIAL
        && match order.origin.dialect.as_str() {
            "pruvan" => starts(&fields.number, "GC-"),
            "ppw" => starts(&fields.number, "WO-"),
            "wialon" => super::day::GOODS.iter().any(|goods| starts(&fields.title, goods)),
            "mews" => fields.tasks.iter().any(|task| super::day::TREATS.contains(&task.name.as_str())),
            _ => starts(&fields.title, "Drive by, "),
        }
}

/// What the office does to an order next, by how long it has been where it is.
fn due(order: &Order, now: Timestamp) -> Option<Transition> {
    use State as S;
    use Transition as T;
    let patience = |from: i64, to: i64| (from + dice(&[order.serial.0, from], to - from)) * MINUTE_S;
    let (transition, after_s) = match (order.origin.dialect.as_str(), order.state) {
        // The house serves its guests itself.
        ("mews", S::Received) => (T::Start, patience(10, 40)),
        ("mews", S::Started) => (T::Complete, patience(15, 45)),
        ("mews" | "wialon", S::Completed) => (T::Close, patience(90, 180)),
        (_, S::Completed) => (T::Submit, patience(20, 60)),
        (_, S::Submitted) => (T::Invoice, patience(30, 90)),
        (_, S::Invoiced) => (T::Close, patience(60, 180)),
        _ => return None,
    };
    (now.as_second() - order.state_since.as_second() >= after_s).then_some(transition)
}

/// How long an order waits for somebody who gives it to a unit.
fn is_to_be_given(order: &Order, now: Timestamp) -> bool {
    let wait_s = (3 + dice(&[order.serial.0, 1], 12)) * MINUTE_S;
    order.state == State::Received
        && order.fields.unit.is_none()
        && order.origin.dialect != "mews"
        && place_of(order).is_some()
        && now.as_second() - order.state_since.as_second() >= wait_s
}

/// Who works there, and what was done last when.
pub(super) struct Office {
    /// The next arrival, in spans since 1970.
    next_arrival: i64,
    /// When a unit's orders were planned last, in seconds.
    planned_s: BTreeMap<i64, i64>,
}

impl Office {
    pub(super) fn new(now: Timestamp) -> Office {
        Office { next_arrival: now.as_second() / ARRIVAL_S + 1, planned_s: BTreeMap::new() }
    }

    /// Does what is due. `orders` are those that are not closed.
    pub(super) async fn work(
        &mut self,
        seeding: &Seeding<'_>,
        album: &Album,
        orders: &[Arc<Order>],
        units: &[Unit],
    ) -> Result<(), DemoError> {
        let now = seeding.hub.now();
        self.receive(seeding, album, now).await?;
        for order in orders.iter().filter(|order| is_ours(order)) {
            if let Some(transition) = due(order, now) {
                let mut rng = StdRng::seed_from_u64(order.serial.0.unsigned_abs());
                let command = field::told(Command::default(), album, order, (0, now), transition, &mut rng);
                advance(seeding, order.serial, transition, command.moving(transition)).await?;
            }
        }
        self.give(seeding, orders, units, now).await?;
        self.plan(seeding, orders, units, now).await
    }

    /// Orders come in.
    async fn receive(&mut self, seeding: &Seeding<'_>, album: &Album, now: Timestamp) -> Result<(), DemoError> {
        let last = now.as_second() / ARRIVAL_S;
        self.next_arrival = self.next_arrival.max(last - MOST_ARRIVALS + 1);
        while self.next_arrival <= last {
            let arrival = self.next_arrival;
            self.next_arrival += 1;
            let mut rng = StdRng::seed_from_u64(arrival.unsigned_abs());
            let turn = usize::try_from(arrival.rem_euclid(ORIGINS.len() as i64)).unwrap_or_default();
            let source = ORIGINS.get(turn).copied().unwrap_or(Source::Pruvan);
            let number = usize::try_from(FIRST_NUMBER + arrival.rem_euclid(NUMBERS)).unwrap_or_default();
            let plot = Plot::soon(source, number, place(&mut rng), now);
            let session = login(seeding).await?;
            arrive(seeding, &plot, (&session, album), now, &mut rng).await?;
        }
        Ok(())
    }

    /// Gives an order to the unit that has the fewest, the nearest of them.
    async fn give(
        &mut self,
        seeding: &Seeding<'_>,
        orders: &[Arc<Order>],
        units: &[Unit],
        now: Timestamp,
    ) -> Result<(), DemoError> {
        let mut loads: BTreeMap<i64, usize> = units.iter().map(|unit| (unit.id.0, 0)).collect();
        let is_under_way =
            |order: &&Arc<Order>| matches!(order.state, State::Assigned | State::Accepted | State::Started);
        for order in orders.iter().filter(is_under_way) {
            if let Some(load) = order.fields.unit.and_then(|unit| loads.get_mut(&unit)) {
                *load += 1;
            }
        }
        for order in orders.iter().filter(|order| is_ours(order) && is_to_be_given(order, now)) {
            let Some(place) = place_of(order) else { continue };
            let load = |unit: &Unit| loads.get(&unit.id.0).copied().unwrap_or_default();
            let distance = |unit: &Unit| {
                unit.position.map_or(f64::INFINITY, |here| distance_km((here.latitude, here.longitude), place))
            };
            let best = units.iter().min_by(|a, b| load(a).cmp(&load(b)).then(distance(a).total_cmp(&distance(b))));
            let Some(unit) = best.filter(|unit| load(unit) < MOST_OF_UNIT) else { return Ok(()) };
            let mut command = Command::default().moving(Transition::Assign).with(Field::Unit, unit.id.0);
            if order.origin.dialect != "wialon" {
                command = command.with(Field::ExecutionFlags, STOP_AND_LEAVE);
            }
            advance(seeding, order.serial, Transition::Assign, command).await?;
            *loads.entry(unit.id.0).or_default() += 1;
        }
        Ok(())
    }

    /// Plans what a unit has and is in no route yet.
    async fn plan(
        &mut self,
        seeding: &Seeding<'_>,
        orders: &[Arc<Order>],
        units: &[Unit],
        now: Timestamp,
    ) -> Result<(), DemoError> {
        for (index, unit) in units.iter().enumerate() {
            // Not all at the same time.
            let first_s = now.as_second() - dice(&[unit.id.0], PLAN_S);
            let planned_s = *self.planned_s.entry(unit.id.0).or_insert(first_s);
            if now.as_second() - planned_s < PLAN_S {
                continue;
            }
            self.planned_s.insert(unit.id.0, now.as_second());
            let is_wanted = |order: &&Arc<Order>| {
                order.fields.unit == Some(unit.id.0)
                    && order.fields.route_id.is_none()
                    && matches!(order.state, State::Assigned | State::Accepted)
                    && place_of(order).is_some()
                    && is_ours(order)
            };
            let open: Vec<Arc<Order>> = orders.iter().filter(is_wanted).cloned().collect();
            if open.len() >= FEWEST_OF_ROUTE {
                let name = format!("{}, {}", unit.name, now.strftime("%H:%M"));
                routes::plan(seeding, i64::try_from(index).unwrap_or_default(), &name, unit.id.0, &open).await?;
            }
        }
        Ok(())
    }
}
