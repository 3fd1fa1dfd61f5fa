//! What a counterpart allows, shared by everything that calls it: so many calls at once, so many within a time.
//!
//! Who may not call yet waits, deliveries before polling before reconciling; but who has waited for long goes first,
//! so that a long queue of deliveries does not silence the rest. Windows slide: a call counts until it is as old as
//! its window is long. A counterpart that says "not before" is not called before.

use crate::clock::Clock;
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_dialects::connect::{Budget, settings};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What a call is for; the first come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Something is handed over.
    Deliver,
    /// News are looked for.
    Pull,
    /// What both sides have is compared.
    Reconcile,
}

/// Who waited so long is as urgent as can be.
const PATIENCE_MS: i64 = 20_000;
/// A clock may be steered, so nobody sleeps longer than this before looking at it again.
const LOOK: Duration = Duration::from_millis(200);
/// Nobody waits longer than this for a turn: what is owed waits in the store instead.
pub const LONGEST_WAIT_MS: i64 = 60_000;
/// The longest time that a counterpart can make itself unreachable for by its own word.
const LONGEST_PAUSE_MS: i64 = 3_600_000;

/// A limit, as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which operations count; empty is all.
    pub operations: &'static [&'static str],
    /// How many.
    pub calls: usize,
    /// Within how many milliseconds.
    pub within_ms: i64,
}

/// All limits of a counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once.
    pub at_once: usize,
    /// Calls within times.
    pub windows: Vec<Limit>,
}

impl Limits {
    /// The vendor's, where the connection is not set otherwise.
    pub fn of(connection: &Connection, budget: Budget) -> Limits {
        let given = |name: &str| {
            let setting = settings::setting(name).and_then(|_| connection.setting(name))?;
            setting.parse::<i64>().ok().filter(|number| *number > 0)
        };
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let mut windows: Vec<Limit> = budget
            .windows
            .iter()
            .map(|window| Limit {
                operations: window.operations,
                calls: usize::try_from(window.calls).unwrap_or(usize::MAX),
                within_ms: i64::try_from(window.within.as_millis()).unwrap_or(i64::MAX),
            })
            .collect();
        let general = windows.iter().position(|limit| limit.operations.is_empty());
        match (general.and_then(|at| windows.get_mut(at)), given("calls"), given("within_s")) {
            (Some(limit), calls, within_s) => {
                limit.calls = calls.map_or(limit.calls, count);
                limit.within_ms = within_s.map_or(limit.within_ms, |seconds| seconds.saturating_mul(1000));
            }
            (None, Some(calls), within_s) => {
                let within_ms = within_s.unwrap_or(60).saturating_mul(1000);
                windows.push(Limit { operations: &[], calls: count(calls), within_ms });
            }
            (None, None, _) => {}
        }
        Limits { at_once: given("at_once").map_or(budget.at_once, count).max(1), windows }
    }
}

/// How much of a limit is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The limit.
    pub limit: Limit,
    /// Calls that count at present.
    pub used: usize,
}

struct Waiter {
    ticket: u64,
    purpose: Purpose,
    operation: &'static str,
    since_ms: i64,
}

struct State {
    limits: Limits,
    running: usize,
    /// When the calls began that count, one list per window.
    calls: Vec<VecDeque<i64>>,
    not_before_ms: i64,
    waiting: Vec<Waiter>,
    tickets: u64,
}

/// Shares a counterpart's limits. One per counterpart.
pub struct Governor {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    turn: Notify,
}

/// A call may be made while this lives.
pub struct Turn {
    governor: Arc<Governor>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.governor.state.lock();
        state.running = state.running.saturating_sub(1);
        drop(state);
        self.governor.turn.notify_waiters();
    }
}

/// Leaves the queue, whether a turn came or not.
struct Place<'a> {
    governor: &'a Governor,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.governor.state.lock().waiting.retain(|waiter| waiter.ticket != self.ticket);
        self.governor.turn.notify_waiters();
    }
}

impl State {
    fn forget(&mut self, now_ms: i64) {
        for (calls, limit) in self.calls.iter_mut().zip(&self.limits.windows) {
            // A clock that was set back must not hold calls for ever.
            calls.retain(|at| *at <= now_ms && now_ms.saturating_sub(*at) < limit.within_ms);
        }
    }

    /// In how many milliseconds the windows allow a call; 0 is now.
    fn wait_ms(&self, operation: &str, now_ms: i64) -> i64 {
        let counts = |limit: &Limit| limit.operations.is_empty() || limit.operations.contains(&operation);
        let windows = self.calls.iter().zip(&self.limits.windows).filter(|(_, limit)| counts(limit));
        let waits = windows.map(|(calls, limit)| match calls.len().checked_sub(limit.calls) {
            // With so many more than allowed, as many must have left.
            Some(over) => calls.get(over).map_or(limit.within_ms, |at| at + limit.within_ms - now_ms),
            None => 0,
        });
        waits.fold(self.not_before_ms - now_ms, i64::max).max(0)
    }

    fn urgency(waiter: &Waiter, now_ms: i64) -> (Purpose, u64) {
        let patient = now_ms - waiter.since_ms < PATIENCE_MS;
        (if patient { waiter.purpose } else { Purpose::Deliver }, waiter.ticket)
    }

    /// Whether it is this one's turn: nobody more urgent could go.
    fn is_next(&self, ticket: u64, now_ms: i64) -> bool {
        let Some(own) = self.waiting.iter().find(|waiter| waiter.ticket == ticket) else { return false };
        let own = State::urgency(own, now_ms);
        let before = self.waiting.iter().filter(|other| State::urgency(other, now_ms) < own);
        let mut before = before;
        !before.any(|other| self.wait_ms(other.operation, now_ms) == 0)
    }

    fn begin(&mut self, operation: &str, now_ms: i64) {
        self.running += 1;
        for (calls, limit) in self.calls.iter_mut().zip(&self.limits.windows) {
            if limit.operations.is_empty() || limit.operations.contains(&operation) {
                calls.push_back(now_ms);
            }
        }
    }
}

impl Governor {
    /// With nothing called yet.
    pub fn new(clock: Arc<dyn Clock>, limits: Limits) -> Arc<Governor> {
        let calls = limits.windows.iter().map(|_| VecDeque::new()).collect();
        let state = State { limits, running: 0, calls, not_before_ms: 0, waiting: Vec::new(), tickets: 0 };
        Arc::new(Governor { clock, state: Mutex::new(state), turn: Notify::new() })
    }

    /// Puts other limits in force; calls that were made count on.
    pub fn limit(&self, limits: Limits) {
        let mut state = self.state.lock();
        if state.limits == limits {
            return;
        }
        let old: Vec<(Limit, VecDeque<i64>)> =
            std::mem::take(&mut state.limits.windows).into_iter().zip(std::mem::take(&mut state.calls)).collect();
        let known = |limit: &Limit| old.iter().find(|(old, _)| old.operations == limit.operations);
        state.calls = limits
            .windows
            .iter()
            .map(|limit| known(limit).map(|(_, calls)| calls.clone()).unwrap_or_default())
            .collect();
        state.limits = limits;
        drop(state);
        self.turn.notify_waiters();
    }

    /// Waits for a turn. `Err` says in how many milliseconds there would be one, when that is too long to wait for.
    pub async fn turn(self: &Arc<Governor>, purpose: Purpose, operation: &'static str) -> Result<Turn, i64> {
        let begun_ms = self.now_ms();
        let ticket = {
            let mut state = self.state.lock();
            state.tickets += 1;
            let ticket = state.tickets;
            state.waiting.push(Waiter { ticket, purpose, operation, since_ms: begun_ms });
            ticket
        };
        let _place = Place { governor: self, ticket };
        loop {
            let called = self.turn.notified();
            tokio::pin!(called);
            // From here on no call is missed.
            called.as_mut().enable();
            let wait_ms = {
                let now_ms = self.now_ms();
                let mut state = self.state.lock();
                state.forget(now_ms);
                let wait_ms = state.wait_ms(operation, now_ms);
                if wait_ms == 0 && state.running < state.limits.at_once && state.is_next(ticket, now_ms) {
                    state.begin(operation, now_ms);
                    return Ok(Turn { governor: Arc::clone(self) });
                }
                if wait_ms > LONGEST_WAIT_MS || now_ms - begun_ms > LONGEST_WAIT_MS {
                    return Err(wait_ms);
                }
                wait_ms
            };
            let pause = Duration::from_millis(u64::try_from(wait_ms).unwrap_or_default()).min(LOOK);
            let pause = if pause.is_zero() { LOOK } else { pause };
            // Either way it is looked again.
            let _ = tokio::time::timeout(pause, called).await;
        }
    }

    /// The counterpart wants to be left alone for so long.
    pub fn pause(&self, pause: Duration) {
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX).min(LONGEST_PAUSE_MS);
        let mut state = self.state.lock();
        state.not_before_ms = state.not_before_ms.max(self.clock.now().as_millisecond().saturating_add(pause_ms));
    }

    /// In how many milliseconds a call of this operation could begin; 0 is now.
    pub fn wait_ms(&self, operation: &str) -> i64 {
        let now_ms = self.now_ms();
        let mut state = self.state.lock();
        state.forget(now_ms);
        state.wait_ms(operation, now_ms)
    }

    /// Calls that were made by an earlier process and count still, oldest first.
    pub fn recall(&self, window: usize, calls: &[i64]) {
        if let Some(known) = self.state.lock().calls.get_mut(window).filter(|known| known.is_empty()) {
            known.extend(calls);
        }
    }

    /// The calls that count in a window, oldest first.
    pub fn recorded(&self, window: usize) -> Vec<i64> {
        self.state.lock().calls.get(window).map(|calls| calls.iter().copied().collect()).unwrap_or_default()
    }

    /// The limits in force.
    pub fn limits(&self) -> Limits {
        self.state.lock().limits.clone()
    }

    /// How much is used: calls on their way, and each window.
    pub fn uses(&self) -> (usize, Vec<Use>) {
        let now_ms = self.now_ms();
        let mut state = self.state.lock();
        state.forget(now_ms);
        let windows = state.limits.windows.iter().zip(&state.calls);
        let uses = windows.map(|(limit, calls)| Use { limit: limit.clone(), used: calls.len() }).collect();
        (state.running, uses)
    }

    /// When the counterpart may be called again, if it asked to be left alone.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let not_before_ms = self.state.lock().not_before_ms;
        (not_before_ms > self.now_ms()).then(|| Timestamp::from_millisecond(not_before_ms).ok()).flatten()
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SteeredClock;

    fn world(at_once: usize, windows: Vec<Limit>) -> (Arc<SteeredClock>, Arc<Governor>) {
        let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
        let governor = Governor::new(Arc::clone(&clock) as _, Limits { at_once, windows });
        (clock, governor)
    }

    fn limit(operations: &'static [&'static str], calls: usize, within_s: i64) -> Limit {
        Limit { operations, calls, within_ms: within_s * 1000 }
    }

    #[tokio::test]
    async fn a_window_slides() {
        let (clock, governor) = world(100, vec![limit(&[], 3, 30)]);
        for _ in 0..3 {
            governor.turn(Purpose::Pull, "a").await.map_err(drop).unwrap();
            clock.advance_ms(5_000);
        }
        assert_eq!(governor.wait_ms("a"), 15_000, "the first leaves 30 s after it came");
        clock.advance_ms(15_000);
        governor.turn(Purpose::Pull, "a").await.map_err(drop).unwrap();
        assert_eq!(governor.wait_ms("a"), 5_000, "and then the second");
        assert_eq!(governor.uses().1[0].used, 3);
    }

    #[tokio::test]
    async fn never_more_than_the_windows_allow() {
        let (clock, governor) = world(4, vec![limit(&[], 20, 30), limit(&["slow"], 2, 10)]);
        let done: Arc<Mutex<Vec<(i64, &str)>>> = Arc::default();
        let mut tasks = Vec::new();
        for number in 0..60 {
            let (governor, done, clock) = (Arc::clone(&governor), Arc::clone(&done), Arc::clone(&clock));
            let operation = if number % 6 == 0 { "slow" } else { "fast" };
            tasks.push(tokio::spawn(async move {
                let turn = loop {
                    if let Ok(turn) = governor.turn(Purpose::Deliver, operation).await {
                        break turn;
                    }
                };
                assert!(governor.uses().0 <= 4);
                done.lock().push((clock.now().as_millisecond(), operation));
                tokio::task::yield_now().await;
                drop(turn);
            }));
        }
        while tasks.iter().any(|task| !task.is_finished()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            clock.advance_ms(500);
        }
        let done = done.lock().clone();
        assert_eq!(done.len(), 60);
        for (at, _) in &done {
            let within = |span: i64, of: &dyn Fn(&str) -> bool| {
                done.iter().filter(|(other, operation)| *other > at - span && other <= at && of(operation)).count()
            };
            assert!(within(30_000, &|_| true) <= 20);
            assert!(within(10_000, &|operation| operation == "slow") <= 2);
        }
    }

    #[tokio::test]
    async fn deliveries_go_first_and_nobody_waits_for_ever() {
        let (clock, governor) = world(1, Vec::new());
        let held = governor.turn(Purpose::Deliver, "a").await.map_err(drop).unwrap();
        let order: Arc<Mutex<Vec<Purpose>>> = Arc::default();
        let wait = |purpose: Purpose| {
            let (governor, order) = (Arc::clone(&governor), Arc::clone(&order));
            tokio::spawn(async move {
                let _turn = governor.turn(purpose, "a").await.map_err(drop).unwrap();
                order.lock().push(purpose);
            })
        };
        let mut tasks = Vec::new();
        for purpose in [Purpose::Reconcile, Purpose::Pull, Purpose::Deliver] {
            tasks.push(wait(purpose));
            tokio::task::yield_now().await;
        }
        drop(held);
        for task in tasks.drain(..) {
            task.await.unwrap();
        }
        assert_eq!(*order.lock(), [Purpose::Deliver, Purpose::Pull, Purpose::Reconcile]);
        order.lock().clear();
        let held = governor.turn(Purpose::Deliver, "a").await.map_err(drop).unwrap();
        tasks.push(wait(Purpose::Reconcile));
        tokio::task::yield_now().await;
        clock.advance_ms(PATIENCE_MS);
        tasks.push(wait(Purpose::Deliver));
        tokio::task::yield_now().await;
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock(), [Purpose::Reconcile, Purpose::Deliver]);
    }

    #[tokio::test]
    async fn a_daily_cap_is_not_waited_for() {
        let (clock, governor) = world(2, vec![limit(&["order"], 1, 86_400)]);
        drop(governor.turn(Purpose::Deliver, "order").await.map_err(drop).unwrap());
        assert_eq!(governor.turn(Purpose::Deliver, "order").await.err(), Some(86_400_000));
        assert!(governor.turn(Purpose::Deliver, "status").await.is_ok(), "what is free goes on");
        governor.pause(Duration::from_secs(120));
        assert_eq!(governor.turn(Purpose::Pull, "status").await.err(), Some(120_000));
        clock.advance_ms(120_000);
        assert!(governor.turn(Purpose::Pull, "status").await.is_ok());
        let recorded = governor.recorded(0);
        let again = Governor::new(Arc::clone(&clock) as _, governor.limits());
        again.recall(0, &recorded);
        assert_eq!(again.wait_ms("order"), 86_400_000 - 120_000);
    }
}
