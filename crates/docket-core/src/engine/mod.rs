//! The completion engine: what the readings of units make of the open orders they are assigned to.
//!
//! Pure: orders and readings in, decisions out; no clock, no I/O. An [`Engine`] is one account's.
//!
//! ```text
//! orders as they change ─► watch ┐
//! whether a route is strict ─────┼─► Engine ─► Decision ─► Decision::command(order as it is now) ─► ledger
//! a unit's readings ─────► take ─┘
//! ```
//!
//! What a reading does to an order is [`Rule::after`]; what the engine adds is which orders a reading is about (the
//! places of each unit, sorted), which of them may be worked on now (dependencies, strict routes), what was
//! decided already, and which order is a unit's next. Where nothing is decided, nothing is allocated.
//!
//! A decision is believed until the order says otherwise: whoever submits it hands the outcome back to
//! [`Engine::watch`].

mod decision;
mod judge;
mod places;
mod sieve;
#[cfg(test)]
mod tests;

pub use decision::{Decision, Event, Witness};
pub use sieve::{Counted, Sieve};

use crate::completion::{Defaults, Progress, Reading, Rule};
use crate::ids::{Revision, Serial, UnitId};
use crate::order::{Order, State};
use jiff::Timestamp;
use places::Places;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// How an engine judges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// What holds of orders that do not say it.
    pub defaults: Defaults,
    /// Faster than this nothing goes; 0 believes everything.
    pub jump_kmh: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options { defaults: Defaults::default(), jump_kmh: 700.0 }
    }
}

/// Whether work on an order may begin or end by its unit's readings.
pub(crate) const fn is_awaited(state: State) -> bool {
    matches!(state, State::Assigned | State::Accepted | State::Started)
}

/// Whether an order still holds back those behind it in a strict route.
const fn is_unfinished(state: State) -> bool {
    is_awaited(state) || matches!(state, State::Received | State::Waiting)
}

/// Which stop of a route an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stop {
    route: i64,
    position: i64,
}

/// An open order that readings, or orders behind it, may be about.
#[derive(Clone, Debug)]
struct Watched {
    serial: i64,
    revision: Revision,
    /// The unit's number; `None` for one that is only a stop of a route.
    unit: Option<u32>,
    rule: Option<Rule>,
    progress: Progress,
    stop: Option<Stop>,
    needs: Box<[i64]>,
    /// Lower bound of its window, for which is next.
    opens_s: i64,
    /// It was noted already when it became the next.
    was_next: bool,
    /// The assignee had said yes before it was started.
    was_accepted: bool,
    /// What came in before it was there does not count.
    made_at: Timestamp,
    /// Since when it is as it is, if its unit did not come yet.
    given_at: Option<Timestamp>,
    /// Readings up to this were looked at in an earlier life.
    seen_until: Option<Timestamp>,
    /// What its unit did there is not known: it was started before it was watched.
    is_unknown: bool,
    /// Completed by a decision that was not heard of again yet.
    is_done: bool,
}

/// A unit, its readings and its places.
#[derive(Debug, Default)]
struct Unit {
    id: i64,
    sieve: Sieve,
    places: Places,
    /// Orders whose place it is at.
    inside: Vec<u32>,
    /// All orders it has.
    orders: Vec<u32>,
    next: Option<u32>,
    /// Its orders changed since `next` was looked for.
    is_stale: bool,
}

/// An order that others wait for.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    is_open: bool,
    waiting: u32,
}

/// One account's open orders and units.
#[derive(Debug, Default)]
pub struct Engine {
    options: Options,
    units: Vec<Unit>,
    unit_slots: FxHashMap<i64, u32>,
    orders: Vec<Option<Watched>>,
    free: Vec<u32>,
    order_slots: FxHashMap<i64, u32>,
    /// The unfinished stops of each route, by position and serial.
    routes: FxHashMap<i64, BTreeSet<(i64, i64)>>,
    strict: FxHashSet<i64>,
    needs: FxHashMap<i64, Need>,
    asked: Vec<Serial>,
    unknown: Vec<Serial>,
    /// Readings are looked at again that came in a while ago, when orders may have been other units'.
    is_again: bool,
    /// For each reading anew: the orders it may be about.
    near: Vec<u32>,
}

/// Calls `keep` false for what is not wanted, without keeping the order of the rest.
fn drop_from(list: &mut Vec<u32>, slot: u32) {
    if let Some(at) = list.iter().position(|&known| known == slot) {
        list.swap_remove(at);
    }
}

impl Engine {
    /// Of an account without orders.
    pub fn new(options: Options) -> Engine {
        Engine { options, ..Engine::default() }
    }

    /// How it judges.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// How many orders it watches.
    pub fn len(&self) -> usize {
        self.order_slots.len()
    }

    /// Whether it watches none.
    pub fn is_empty(&self) -> bool {
        self.order_slots.is_empty()
    }

    /// Whether any order it watches is a stop of a route.
    pub fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }

    /// Whether it watches this order, or others wait for it.
    pub fn is_about(&self, serial: Serial) -> bool {
        self.order_slots.contains_key(&serial.0) || self.needs.contains_key(&serial.0)
    }

    /// The units that have orders.
    pub fn units(&self) -> impl Iterator<Item = UnitId> + '_ {
        self.units.iter().filter(|unit| !unit.orders.is_empty()).map(|unit| UnitId(unit.id))
    }

    /// The order a unit is to do next, and the unit's last reading that counted.
    pub fn next_of(&mut self, unit: UnitId) -> Option<(Serial, Option<Reading>)> {
        let slot = *self.unit_slots.get(&unit.0)?;
        let next = self.find_next(slot)?;
        let last = self.units.get(slot as usize).and_then(|unit| unit.sieve.last());
        Some((Serial(self.order(next)?.serial), last))
    }

    /// Whether a unit is at the place of an order, as far as its readings say.
    pub fn is_inside(&self, serial: Serial) -> bool {
        let slot = self.order_slots.get(&serial.0);
        slot.and_then(|&slot| self.order(slot)).is_some_and(|order| order.progress.is_inside)
    }

    fn order(&self, slot: u32) -> Option<&Watched> {
        self.orders.get(slot as usize)?.as_ref()
    }

    fn order_mut(&mut self, slot: u32) -> Option<&mut Watched> {
        self.orders.get_mut(slot as usize)?.as_mut()
    }

    fn unit_mut(&mut self, slot: u32) -> Option<&mut Unit> {
        self.units.get_mut(slot as usize)
    }

    /// Orders that some order waits for and nothing is known of: they count as done until
    /// [`watch`](Engine::watch) is told of them.
    pub fn asked(&mut self) -> Vec<Serial> {
        std::mem::take(&mut self.asked)
    }

    /// Orders that were started before they were watched: what their unit did since it arrived is to be told with
    /// [`recall`](Engine::recall).
    pub fn unknown(&mut self) -> Vec<Serial> {
        let mut unknown = std::mem::take(&mut self.unknown);
        let is_open = |serial: &Serial| {
            let slot = self.order_slots.get(&serial.0);
            slot.and_then(|&slot| self.order(slot)).is_some_and(|order| order.is_unknown)
        };
        unknown.retain(is_open);
        unknown
    }

    /// Whether the stops of a route must be visited one after another.
    pub fn set_strict(&mut self, route: i64, is_strict: bool) {
        if is_strict {
            self.strict.insert(route);
        } else {
            self.strict.remove(&route);
        }
    }

    /// The strict routes are these and no others.
    pub fn set_all_strict(&mut self, routes: impl IntoIterator<Item = i64>) {
        self.strict = routes.into_iter().collect();
    }

    /// Takes an order as it is now. `is_fulfilled` says whether others may rely on it being done.
    pub fn watch(&mut self, order: &Order, is_fulfilled: bool) {
        let serial = order.serial.0;
        let known = self.order_slots.get(&serial).copied();
        let before = known.and_then(|slot| self.order(slot));
        if before.is_some_and(|before| before.revision > order.revision) {
            return;
        }
        if let Some(need) = self.needs.get_mut(&serial) {
            need.is_open = order.state != State::Deleted && !is_fulfilled;
        }
        let fields = &order.fields;
        let stop = fields
            .route_id
            .filter(|_| is_unfinished(order.state))
            .map(|route| Stop { route, position: fields.route_position.unwrap_or(i64::MAX) });
        let unit = fields.unit.filter(|_| is_awaited(order.state));
        if unit.is_none() && stop.is_none() {
            return self.forget(order.serial);
        }
        let unit = unit.map(|unit| self.unit_slot(unit));
        let watched = self.watched(order, unit, stop, before_of(&self.orders, known));
        self.wait_for(&watched.needs);
        let slot = match known {
            Some(slot) => {
                self.detach(slot);
                slot
            }
            None => self.free_slot(serial),
        };
        self.attach(slot, watched);
    }

    /// The order as it is to be watched, with what is known of its unit's visit if it is the same.
    fn watched(&self, order: &Order, unit: Option<u32>, stop: Option<Stop>, before: Option<&Watched>) -> Watched {
        let fields = &order.fields;
        let rule = unit.and_then(|_| Rule::of(order, &self.options.defaults));
        let same = before.filter(|before| before.unit == unit);
        let is_started = order.state == State::Started;
        let mut progress =
            Progress { arrived_at: fields.arrived_at, departed_at: fields.departed_at, ..Progress::default() };
        // Moved on by somebody else, the visit is not what it was: the next reading decides anew.
        if let Some(same) = same.filter(|same| is_started && fields.arrived_at.is_some() && same.progress.is_inside) {
            (progress.is_inside, progress.has_stopped) = (true, same.progress.has_stopped);
        }
        let is_elsewhere = is_started && fields.arrived_at.is_some() && fields.departed_at.is_none();
        let was_told = same.is_some_and(|same| !same.is_unknown && same.progress.arrived_at == fields.arrived_at);
        Watched {
            serial: order.serial.0,
            revision: order.revision,
            unit,
            rule,
            progress,
            stop,
            needs: fields.dependencies.clone().into_boxed_slice(),
            opens_s: rule.map_or(0, |rule| rule.window.from_s),
            was_next: fields.next_at.is_some(),
            was_accepted: order.state == State::Accepted || is_started && same.is_some_and(|same| same.was_accepted),
            made_at: order.created_at,
            given_at: (!is_started).then_some(order.state_since),
            seen_until: fields.arrived_at.max(fields.departed_at),
            is_unknown: rule.is_some() && is_elsewhere && !progress.is_inside && !was_told,
            is_done: false,
        }
    }

    /// Tells what a unit did at an order since it arrived there, oldest first.
    pub fn recall(&mut self, serial: Serial, readings: &[Reading]) {
        let Some(&slot) = self.order_slots.get(&serial.0) else { return };
        let Some(order) = self.order_mut(slot) else { return };
        order.is_unknown = false;
        let (Some(rule), Some(unit), Some(arrived_at)) = (order.rule, order.unit, order.progress.arrived_at) else {
            return;
        };
        let begun = Progress { arrived_at: Some(arrived_at), ..Progress::default() };
        let since = readings.iter().filter(|reading| reading.at >= arrived_at);
        let seen = since.clone().fold(begun, |progress, reading| rule.after(progress, reading, false));
        order.seen_until = since.map(|reading| reading.at).max().max(order.seen_until);
        (order.progress.is_inside, order.progress.has_stopped) = (seen.is_inside, seen.has_stopped);
        let is_inside = seen.is_inside;
        if let Some(unit) = self.unit_mut(unit) {
            drop_from(&mut unit.inside, slot);
            if is_inside {
                unit.inside.push(slot);
            }
        }
    }

    /// Takes a reading of a unit that counted already, so that the next one is judged by it.
    pub fn remember(&mut self, unit: UnitId, reading: Reading) {
        if let Some(&slot) = self.unit_slots.get(&unit.0)
            && let Some(unit) = self.unit_mut(slot)
        {
            unit.sieve.recall(reading);
        }
    }

    /// Stops watching an order.
    pub fn forget(&mut self, serial: Serial) {
        let Some(slot) = self.order_slots.remove(&serial.0) else { return };
        self.detach(slot);
        if let Some(order) = self.orders.get_mut(slot as usize) {
            *order = None;
            self.free.push(slot);
        }
    }

    fn unit_slot(&mut self, id: i64) -> u32 {
        let units = &mut self.units;
        *self.unit_slots.entry(id).or_insert_with(|| {
            units.push(Unit { id, ..Unit::default() });
            slot_of(units.len() - 1)
        })
    }

    fn free_slot(&mut self, serial: i64) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.orders.push(None);
            slot_of(self.orders.len() - 1)
        });
        self.order_slots.insert(serial, slot);
        slot
    }

    /// Takes an order out of everything that leads to it.
    fn detach(&mut self, slot: u32) {
        let Some(order) = self.orders.get(slot as usize).and_then(Option::as_ref) else { return };
        let (serial, stop, unit) = (order.serial, order.stop, order.unit);
        for need in &order.needs {
            if let Some(known) = self.needs.get_mut(need) {
                known.waiting = known.waiting.saturating_sub(1);
                if known.waiting == 0 {
                    self.needs.remove(need);
                }
            }
        }
        self.leave_route(stop, serial);
        if let Some(unit) = unit.and_then(|unit| self.unit_mut(unit)) {
            unit.places.remove(slot);
            drop_from(&mut unit.inside, slot);
            drop_from(&mut unit.orders, slot);
            unit.is_stale = true;
            if unit.next == Some(slot) {
                unit.next = None;
            }
        }
    }

    fn leave_route(&mut self, stop: Option<Stop>, serial: i64) {
        let Some(Stop { route, position }) = stop else { return };
        if let Some(stops) = self.routes.get_mut(&route) {
            stops.remove(&(position, serial));
            if stops.is_empty() {
                self.routes.remove(&route);
            }
        }
    }

    /// One more order waits for these.
    fn wait_for(&mut self, needs: &[i64]) {
        for &need in needs {
            let known = self.needs.entry(need).or_default();
            known.waiting += 1;
            if known.waiting == 1 {
                // Until somebody says what it is, nothing waits for it.
                self.asked.push(Serial(need));
            }
        }
    }

    fn attach(&mut self, slot: u32, order: Watched) {
        let serial = order.serial;
        if let Some(Stop { route, position }) = order.stop {
            self.routes.entry(route).or_default().insert((position, serial));
        }
        if let Some(unit) = order.unit.and_then(|unit| self.units.get_mut(unit as usize)) {
            if let Some(rule) = &order.rule {
                unit.places.insert(slot, rule);
            }
            if order.progress.is_inside {
                unit.inside.push(slot);
            }
            unit.orders.push(slot);
            unit.is_stale = true;
        }
        if order.is_unknown {
            self.unknown.push(Serial(serial));
        }
        if let Some(place) = self.orders.get_mut(slot as usize) {
            *place = Some(order);
        }
    }
}

fn before_of(orders: &[Option<Watched>], slot: Option<u32>) -> Option<&Watched> {
    orders.get(slot? as usize)?.as_ref()
}

/// Slots are counted in 32 bits; nobody has more open orders.
fn slot_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
