//! What a reading decides: which orders it is about, which of them may be worked on, and which is next.

use super::{Decision, Engine, Event, Stop, Watched, drop_from};
use crate::completion::Reading;
use crate::ids::{Serial, UnitId};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Engine {
    /// Looks at a reading of a unit, which came in at a moment, and adds what it decides.
    pub fn take(&mut self, unit: UnitId, reading: Reading, received_at: Timestamp, decisions: &mut Vec<Decision>) {
        let Some(&slot) = self.unit_slots.get(&unit.0) else { return };
        let limit = self.options.jump_kmh;
        let Some(known) = self.units.get_mut(slot as usize) else { return };
        for reading in known.sieve.take(reading, received_at, limit).readings() {
            self.judge(slot, &reading, received_at, decisions);
        }
    }

    /// The same for a reading that came in a while ago and that nobody looked at then: orders that were given to the
    /// unit since are not meant.
    pub fn take_again(
        &mut self,
        unit: UnitId,
        reading: Reading,
        received_at: Timestamp,
        decisions: &mut Vec<Decision>,
    ) {
        self.is_again = true;
        self.take(unit, reading, received_at, decisions);
        self.is_again = false;
    }

    /// Whether an order was its unit's when a reading came in.
    fn was_given(&self, order: &Watched, received_at: Timestamp) -> bool {
        let is_later = self.is_again && order.given_at.is_some_and(|given_at| given_at > received_at);
        order.made_at <= received_at && !is_later
    }

    fn judge(&mut self, unit_slot: u32, reading: &Reading, received_at: Timestamp, decisions: &mut Vec<Decision>) {
        let Some(unit) = self.units.get(unit_slot as usize) else { return };
        self.near.clear();
        unit.places.near(reading.place, &mut self.near);
        self.near.retain(|slot| !unit.inside.contains(slot));
        self.near.extend_from_slice(&unit.inside);
        if !self.near.is_empty() {
            let (near, before) = (std::mem::take(&mut self.near), decisions.len());
            // Who leaves one place for another leaves first.
            for &slot in near.iter().rev() {
                if self.order(slot).is_some_and(|order| self.was_given(order, received_at)) {
                    self.judge_order(unit_slot, slot, reading, decisions);
                }
            }
            self.near = near;
            // What waited for one of them waits for a reading of its own, too.
            for decision in decisions.get(before..).unwrap_or_default() {
                if matches!(decision.event, Event::Completed { .. }) {
                    self.finish(decision.order);
                }
            }
        }
        if self.units.get(unit_slot as usize).is_some_and(|unit| unit.is_stale) {
            self.tell_next(unit_slot, reading, decisions);
        }
    }

    /// Whether an order is on in its route: only the lowest unfinished stop of a strict one is.
    fn is_on(&self, order: &Watched) -> bool {
        let Some(Stop { route, position }) = order.stop.filter(|stop| self.strict.contains(&stop.route)) else {
            return true;
        };
        let lowest = self.routes.get(&route).and_then(|stops| stops.first());
        lowest.is_none_or(|(lowest, _)| position <= *lowest)
    }

    fn judge_order(&mut self, unit_slot: u32, slot: u32, reading: &Reading, decisions: &mut Vec<Decision>) {
        let Some(order) = self.order(slot) else { return };
        let Some(rule) = order.rule else { return };
        let is_on = self.is_on(order);
        // Who is in goes out, even if another stop is on by now.
        let is_off = !is_on && !order.progress.is_inside;
        if order.is_done || is_off || order.seen_until.is_some_and(|seen| reading.at <= seen) {
            return;
        }
        let is_open = |need: &i64| self.needs.get(need).is_some_and(|need| need.is_open);
        let may_complete = is_on && !order.needs.iter().any(is_open);
        let before = order.progress;
        let after = rule.after(before, reading, may_complete);
        let (serial, was_accepted) = (order.serial, order.was_accepted);
        let Some(order) = self.order_mut(slot) else { return };
        order.progress = after;
        let came = !before.is_inside && after.is_inside;
        let left = before.is_inside && !after.is_inside;
        order.is_done = after.completed_at.is_some();
        let event = match (after.completed_at, came, left) {
            (Some(_), came, _) => Event::Completed { came },
            (None, true, _) => Event::Arrived,
            (None, false, true) => Event::Left { was_accepted },
            (None, false, false) => return,
        };
        let is_done = order.is_done;
        let Some(unit) = self.unit_mut(unit_slot) else { return };
        if came && !is_done {
            unit.inside.push(slot);
        } else if left || is_done {
            drop_from(&mut unit.inside, slot);
        }
        unit.is_stale |= is_done;
        let (order, unit, reading) = (Serial(serial), UnitId(unit.id), *reading);
        decisions.push(Decision { order, unit, reading, rule: Some(rule), progress: after, event });
    }

    /// Those behind a completed order and those that wait for it go on, before it is heard of again.
    fn finish(&mut self, serial: Serial) {
        let slot = self.order_slots.get(&serial.0).copied();
        let stop = slot.and_then(|slot| self.order(slot)).and_then(|order| order.stop);
        self.leave_route(stop, serial.0);
        if let Some(need) = self.needs.get_mut(&serial.0) {
            need.is_open = false;
        }
    }

    /// Which order a unit is to do next.
    ///
    /// Routes go before single orders, the one that begins first before the others, stops by their position; single
    /// orders go by the lower bound of their window.
    pub(super) fn find_next(&self, unit: u32) -> Option<u32> {
        let unit = self.units.get(unit as usize)?;
        let orders = || unit.orders.iter().filter_map(|&slot| Some((slot, self.order(slot)?)));
        let open = || orders().filter(|(_, order)| !order.is_done);
        let bound = |order: &Watched| if order.opens_s > 0 { order.opens_s } else { i64::MAX };
        let begins = |stop: Stop| {
            let of_it = open().filter(|(_, other)| other.stop.is_some_and(|other| other.route == stop.route));
            of_it.map(|(_, other)| bound(other)).min().unwrap_or(i64::MAX)
        };
        let first_stop = open().filter_map(|(slot, order)| Some((slot, order, order.stop?)));
        let first_stop = first_stop.min_by_key(|(_, order, stop)| (stop.position, order.serial));
        // One route is the rule; where there are several, the earliest counts.
        let routes: BTreeSet<i64> = open().filter_map(|(_, order)| Some(order.stop?.route)).collect();
        if routes.len() > 1 {
            let stops = open().filter_map(|(slot, order)| Some((slot, order, order.stop?)));
            let key = |(_, order, stop): &(u32, &Watched, Stop)| (begins(*stop), *stop, order.serial);
            return stops.min_by_key(key).map(|(slot, ..)| slot);
        }
        if let Some((slot, ..)) = first_stop {
            return Some(slot);
        }
        open().min_by_key(|(_, order)| (bound(order), order.serial)).map(|(slot, _)| slot)
    }

    fn tell_next(&mut self, unit_slot: u32, reading: &Reading, decisions: &mut Vec<Decision>) {
        let next = self.find_next(unit_slot);
        let Some(unit) = self.unit_mut(unit_slot) else { return };
        unit.is_stale = false;
        let is_same = unit.next == next;
        unit.next = next;
        let unit = UnitId(unit.id);
        let Some(order) = next.filter(|_| !is_same).and_then(|slot| self.order_mut(slot)) else { return };
        if std::mem::replace(&mut order.was_next, true) {
            return;
        }
        let (rule, progress) = (order.rule, order.progress);
        let order = Serial(order.serial);
        decisions.push(Decision { order, unit, reading: *reading, rule, progress, event: Event::BecameNext });
    }
}
