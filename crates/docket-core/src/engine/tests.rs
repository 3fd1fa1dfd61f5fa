//! The engine with orders of the reference ledger, along recorded tracks.

use super::*;
use crate::completion::flag;
use crate::connection::Caller;
use crate::ids::{AccountId, OrderId, Uuid};
use crate::ledger::{Ledger, Outcome, Request, Submission, Target};
use crate::memory::MemoryLedger;
use crate::order::{Command, Field, Move, Origin, Transition, Value};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const ACCOUNT: AccountId = AccountId(1);
const VAN: UnitId = UnitId(7);
const TRUCK: UnitId = UnitId(8);
/// 2026-01-15T10:00:00Z.
const START: i64 = 1_768_471_200;

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the reference ledger never waits"),
    }
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A ledger and an engine that follows it.
struct Desk {
    ledger: MemoryLedger,
    engine: Engine,
    made: i64,
    options: Options,
}

impl Desk {
    fn new() -> Desk {
        Desk::with(Options::default())
    }

    fn with(options: Options) -> Desk {
        let ledger = MemoryLedger::new(moment(START - 7_200));
        Desk { ledger, engine: Engine::new(options), made: 0, options }
    }

    fn submit(&mut self, request: Request) -> Outcome {
        let caller = Caller::hub(ACCOUNT);
        let outcome = ready(self.ledger.submit(&caller, Submission::one(request))).unwrap().pop().unwrap();
        if let Outcome::Done(done) = &outcome {
            self.engine.watch(&done.order, done.order.state.is_done());
            self.look_up();
        }
        outcome
    }

    /// What the shell does: says what is asked for.
    fn look_up(&mut self) {
        for serial in self.engine.asked() {
            if let Some(order) = self.order(serial) {
                self.engine.watch(&order, order.state.is_done());
            }
        }
    }

    fn order(&self, serial: Serial) -> Option<Arc<Order>> {
        ready(self.ledger.order(&Caller::hub(ACCOUNT), Target::Serial(serial))).unwrap()
    }

    /// A Wialon order at 53.9, 27.5 with a radius of 100 m.
    fn wialon(&mut self, flags: i64, more: impl FnOnce(Command) -> Command) -> Serial {
        let flags = Some(flags).filter(|&flags| flags != 0);
        let command = Command::default()
            .with(Field::Latitude, 53.9)
            .with(Field::Longitude, 27.5)
            .with(Field::RadiusM, 100)
            .with(Field::ExecutionFlags, flags);
        self.create("wialon", more(command))
    }

    fn create(&mut self, dialect: &str, command: Command) -> Serial {
        self.made += 1;
        let id = OrderId(Uuid::from_u128(self.made as u128));
        let on_behalf_of = Some(Origin { connection: None, dialect: dialect.to_owned() });
        let command = Command { identity: Some((id, Some(Serial(self.made)))), on_behalf_of, ..command };
        assert!(matches!(self.submit(Request::create(command)), Outcome::Done(_)));
        Serial(self.made)
    }

    fn change(&mut self, serial: Serial, command: Command) {
        let request = Request::change(Target::Serial(serial), move |_| Ok(command.clone()));
        let outcome = self.submit(request);
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }

    fn take_of(&mut self, unit: UnitId, reading: Reading) -> Vec<(Serial, Event)> {
        let mut decisions = Vec::new();
        self.engine.take(unit, reading, reading.at, &mut decisions);
        self.ledger.set_now(self.ledger.now().max(reading.at));
        let events = decisions.iter().map(|decision| (decision.order, decision.event));
        let events = events.filter(|(_, event)| *event != Event::BecameNext).collect();
        for decision in decisions {
            let witness = Witness {
                author: "Van".to_owned(),
                odometer_km: Some(1234.4),
                defaults: self.options.defaults,
                now: self.ledger.now(),
            };
            let request =
                Request::change(Target::Serial(decision.order), move |order| Ok(decision.command(order, &witness)));
            let outcome = self.submit(request);
            assert!(matches!(outcome, Outcome::Done(_)), "{decision:?}: {outcome:?}");
        }
        events
    }

    fn take(&mut self, reading: Reading) -> Vec<(Serial, Event)> {
        self.take_of(VAN, reading)
    }

    fn drive(&mut self, track: &str) -> Vec<(i64, Serial, Event)> {
        let readings = readings(track);
        let told = readings.into_iter().flat_map(|reading| {
            let events = self.take(reading);
            events.into_iter().map(move |(order, event)| (reading.at.as_second() - START, order, event))
        });
        told.collect()
    }

    /// Wialon's number for where an order stands.
    fn status(&self, serial: Serial) -> i64 {
        let order = self.order(serial).unwrap();
        match order.state {
            State::Received => 0,
            State::Assigned | State::Accepted => 1,
            State::Completed => 2 + i64::from(order.fields.late),
            State::Rejected => 4,
            State::Started => 5,
            other => panic!("{other}"),
        }
    }
}

/// The readings of a track file: time of day, latitude, longitude, speed (`-`: not said).
fn readings(track: &str) -> Vec<Reading> {
    let lines = track.lines().filter(|line| !line.starts_with('#'));
    let read = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        let at = format!("2026-01-15T{}Z", parts[0]).parse().unwrap();
        let place = (parts[1].parse().unwrap(), parts[2].parse().unwrap());
        Reading { at, place, speed_kmh: parts[3].parse().ok() }
    };
    lines.map(read).collect()
}

const PASSING: &str = include_str!("tracks/passing.track");
const VISIT: &str = include_str!("tracks/visit.track");
const JUMP: &str = include_str!("tracks/jump.track");
const EDGE: &str = include_str!("tracks/edge.track");
const PHONE: &str = include_str!("tracks/phone.track");

fn at(second: i64, place: (f64, f64), speed_kmh: f64) -> Reading {
    Reading { at: moment(START + second), place, speed_kmh: Some(speed_kmh) }
}

fn inside(second: i64, speed_kmh: f64) -> Reading {
    at(second, (53.9, 27.5), speed_kmh)
}

fn outside(second: i64) -> Reading {
    at(second, (53.91, 27.5), 40.0)
}

fn for_van(command: Command) -> Command {
    command.with(Field::Unit, VAN.0)
}

const LEFT: Event = Event::Left { was_accepted: false };
const DONE: Event = Event::Completed { came: false };
const DONE_AT_ONCE: Event = Event::Completed { came: true };

#[test]
fn the_table_of_statuses_and_readings() {
    // From which status, by which flags, which reading: which status then.
    let in_fast = |t| inside(t, 40.0);
    let in_still = |t| inside(t, 0.0);
    type Feed<'a> = &'a [&'a dyn Fn(i64) -> Reading];
    let cases: [(i64, Feed<'_>, i64, &str); 17] = [
        (0x0, &[&in_fast], 2, "coming in is enough"),
        (0x0, &[&outside], 1, "out is out"),
        (0x1, &[&in_fast], 5, "it is there"),
        (0x1, &[&in_still], 2, "it stands"),
        (0x1, &[&in_fast, &in_still], 2, "it stands later"),
        (0x1, &[&in_fast, &outside], 1, "it went away"),
        (0x1, &[&in_fast, &outside, &in_still], 2, "it came again"),
        (0x2, &[&in_fast], 5, "it is there"),
        (0x2, &[&in_still], 5, "standing is not leaving"),
        (0x2, &[&in_fast, &outside], 2, "it left"),
        (0x3, &[&in_still], 5, "it stands, and has to leave"),
        (0x3, &[&in_still, &outside], 2, "it stood and left"),
        (0x3, &[&in_fast, &outside], 1, "it left without having stood"),
        (0x3, &[&in_still, &in_fast, &outside], 2, "that it stood is remembered"),
        (0x3, &[&in_fast, &outside, &in_fast, &outside], 1, "nor the second time"),
        (0x3, &[&in_fast, &outside, &in_still, &outside], 2, "the second time it did"),
        (0x2, &[&outside, &outside], 1, "it never came"),
    ];
    for (flags, feed, status, why) in cases {
        let mut desk = Desk::new();
        let order = desk.wialon(flags, for_van);
        for (place, reading) in feed.iter().enumerate() {
            desk.take(reading(60 * place as i64));
        }
        assert_eq!(desk.status(order), status, "flags {flags:#x}: {why}");
    }
}

#[test]
fn statuses_that_readings_do_not_move() {
    for (make, status) in [
        (Command::default(), 0),
        (Command { to: Some(Move::Take(Transition::Reject)), ..for_van(Command::default()) }, 4),
        (Command { to: Some(Move::Take(Transition::Complete)), ..for_van(Command::default()) }, 2),
    ] {
        let mut desk = Desk::new();
        let order = desk.wialon(0, |command| Command { set: [command.set, make.set.clone()].concat(), ..command });
        if let Some(Move::Take(transition)) = make.to {
            desk.change(order, Command::default().moving(transition));
        }
        assert_eq!(desk.status(order), status);
        let before = desk.order(order).unwrap().revision;
        for reading in [inside(0, 40.0), inside(60, 0.0), outside(120)] {
            assert_eq!(desk.take(reading), []);
        }
        assert_eq!(desk.order(order).unwrap().revision, before, "{status}");
    }
}

#[test]
fn what_is_written_on_the_way() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP | flag::EXIT, for_van);
    let told = desk.drive(VISIT);
    assert_eq!(told, [(60, order, Event::Arrived), (350, order, DONE)]);
    let done = desk.order(order).unwrap();
    let fields = &done.fields;
    assert_eq!((done.state, fields.late), (State::Completed, false));
    assert_eq!(fields.arrived_at, Some(moment(START + 60)));
    assert_eq!((fields.departed_at, fields.completed_at), (Some(moment(START + 350)), Some(moment(START + 350))));
    assert_eq!(fields.odometer_km, Some(1234.4));
    let check_ins: Vec<_> = done.check_ins().collect();
    assert_eq!(check_ins.len(), 1);
    let (item, check_in) = check_ins[0];
    assert_eq!((item.author.as_str(), item.at), ("Van", moment(START + 60)));
    assert!((check_in.point.unwrap().latitude - 53.89946).abs() < 1e-4, "{check_in:?}");
    assert!(desk.engine.is_empty());
}

#[test]
fn passing_by_is_an_arrival_and_no_completion() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP, for_van);
    let told: Vec<Event> = desk.drive(PASSING).into_iter().map(|(_, _, event)| event).collect();
    assert_eq!(told, [Event::Arrived, LEFT]);
    let left = desk.order(order).unwrap();
    assert_eq!(left.state, State::Assigned);
    assert!(left.fields.departed_at > left.fields.arrived_at);
    let mut desk = Desk::new();
    let order = desk.wialon(0, for_van);
    assert_eq!(desk.drive(PASSING).len(), 1);
    let done = desk.order(order).unwrap();
    assert_eq!(done.check_ins().count(), 1, "who is done at once has come, too");
    assert_eq!(done.fields.arrived_at, done.fields.completed_at);
}

#[test]
fn who_had_accepted_has_accepted_afterwards() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP, for_van);
    desk.change(order, Command::default().moving(Transition::Accept));
    desk.drive(PASSING);
    assert_eq!(desk.order(order).unwrap().state, State::Accepted);
}

#[test]
fn too_early_does_not_count_and_too_late_is_late() {
    let window = |from: i64, to: i64, early: i64| {
        move |command: Command| {
            for_van(command)
                .with(Field::WindowFrom, moment(START + from))
                .with(Field::WindowTo, moment(START + to))
                .with(Field::EarlyToleranceS, early)
        }
    };
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP, window(100, 200, 30));
    assert_eq!(desk.take(inside(69, 0.0)), []);
    assert_eq!(desk.take(inside(70, 0.0)), [(order, DONE_AT_ONCE)]);
    assert_eq!(desk.status(order), 2);
    for (second, status) in [(200, 2), (201, 3)] {
        let order = desk.wialon(flag::STOP, window(100, 200, 30));
        desk.take(inside(second, 0.0));
        assert_eq!(desk.status(order), status, "at {second}");
    }
    let mut desk = Desk::new();
    let order = desk.wialon(flag::EXIT, window(0, 100, 0));
    desk.take(inside(50, 0.0));
    desk.take(outside(101));
    assert_eq!(desk.status(order), 3, "the reading that completes it decides");
}

#[test]
fn a_radius_of_zero_is_never_and_none_is_the_default() {
    let mut desk = Desk::new();
    let never = desk.wialon(0, |command| for_van(command).with(Field::RadiusM, Value::Null));
    let place = for_van(Command::default()).with(Field::Latitude, 53.9).with(Field::Longitude, 27.5);
    let work = desk.create("ppw", place.clone());
    let near = desk.create("pruvan", place.with(Field::RadiusM, 10));
    let elsewhere = desk.create("ppw", for_van(Command::default()));
    assert_eq!(desk.take(at(0, (53.9005, 27.5), 30.0)), [(work, Event::Arrived)]);
    assert_eq!(desk.status(work), 5);
    assert_eq!(desk.take(at(10, (53.9005, 27.5), 0.0)), [(work, DONE)], "work at places is done by who stops there");
    assert_eq!(desk.take(at(20, (53.90001, 27.5), 0.0)), [(near, DONE_AT_ONCE)]);
    assert_eq!([never, elsewhere].map(|order| desk.status(order)), [1, 1]);
}

#[test]
fn an_order_waits_for_those_it_depends_on() {
    let mut desk = Desk::new();
    let first = desk.wialon(flag::STOP, |command| for_van(command).with(Field::Latitude, 53.95));
    let second = desk
        .wialon(flag::STOP, |command| for_van(command).with(Field::Dependencies, Value::Integers(vec![first.0, 999])));
    assert_eq!(desk.take(inside(0, 0.0)), [(second, Event::Arrived)], "it is there, and may not be completed");
    assert_eq!(desk.take(inside(60, 0.0)), []);
    // Moved on by hand: the next reading that counts decides, and that it stood is remembered.
    desk.change(first, Command::default().moving(Transition::Complete));
    assert_eq!(desk.take(inside(120, 30.0)), [(second, DONE)]);

    let (other, waits) = (desk.wialon(0, |command| command), 1);
    let third = desk.wialon(0, |command| for_van(command).with(Field::Dependencies, Value::Integers(vec![other.0])));
    desk.take(outside(180));
    desk.take(inside(240, 30.0));
    assert_eq!(desk.status(third), 5);
    desk.take(outside(300));
    assert_eq!(desk.status(third), waits, "it went away; what it waited for is still open");
    desk.change(other, Command::default().moving(Transition::Delete));
    assert_eq!(desk.take(inside(360, 30.0)), [(third, DONE_AT_ONCE)], "what is gone is not waited for");
}

#[test]
fn one_reading_does_not_complete_what_waits_for_what_it_completes() {
    let mut desk = Desk::new();
    let first = desk.wialon(flag::STOP, for_van);
    let second =
        desk.wialon(flag::STOP, |command| for_van(command).with(Field::Dependencies, Value::Integers(vec![first.0])));
    assert_eq!(desk.take(inside(0, 0.0)), [(first, DONE_AT_ONCE), (second, Event::Arrived)]);
    assert_eq!(desk.take(inside(60, 0.0)), [(second, DONE)], "that takes a reading of its own");
}

#[test]
fn a_strict_route_goes_one_by_one() {
    let mut desk = Desk::new();
    let stop = |position: i64| {
        move |command: Command| for_van(command).with(Field::RouteId, 5).with(Field::RoutePosition, position)
    };
    let second = desk.wialon(0, stop(1));
    let first = desk.wialon(0, |command| stop(0)(command).with(Field::Latitude, 53.95));
    let single = desk.wialon(flag::EXIT, for_van);
    desk.engine.set_strict(5, true);
    assert_eq!(desk.take(inside(0, 30.0)), [(single, Event::Arrived)], "the second stop is not on yet");
    assert_eq!(desk.take(at(600, (53.95, 27.5), 30.0)), [(single, DONE), (first, DONE_AT_ONCE)]);
    assert_eq!(desk.take(inside(1_200, 30.0)), [(second, DONE_AT_ONCE)]);
    let mut desk = Desk::new();
    let (later, _) = (desk.wialon(0, stop(1)), desk.wialon(0, |command| stop(0)(command).with(Field::Latitude, 53.95)));
    desk.engine.set_all_strict([6]);
    assert_eq!(desk.take(inside(0, 30.0)), [(later, DONE_AT_ONCE)], "any stop of any other route");
}

#[test]
fn a_stop_nobody_has_holds_a_strict_route_up_and_a_rejected_one_does_not() {
    let mut desk = Desk::new();
    desk.engine.set_strict(5, true);
    let first = desk.wialon(0, |command| command.with(Field::RouteId, 5).with(Field::RoutePosition, 0));
    let second = desk.wialon(0, |command| for_van(command).with(Field::RouteId, 5).with(Field::RoutePosition, 1));
    assert_eq!(desk.take(inside(0, 30.0)), []);
    desk.change(first, Command::default().with(Field::Unit, TRUCK.0).moving(Transition::Assign));
    assert_eq!(desk.take(inside(60, 30.0)), [], "the other unit has not been there");
    desk.change(first, Command::default().moving(Transition::Reject));
    assert_eq!(desk.take(inside(120, 30.0)), [(second, DONE_AT_ONCE)]);
}

#[test]
fn permanent_orders_keep_the_hours() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::PERMANENT, |command| {
        for_van(command)
            .with(Field::WindowFrom, moment(12 * 3_600))
            .with(Field::WindowTo, moment(14 * 3_600))
            .with(Field::WindowOffsetS, 7_200)
    });
    assert_eq!(desk.take(inside(-60, 30.0)), [], "it is 11:59 there");
    assert_eq!(desk.take(inside(0, 30.0)), [(order, DONE_AT_ONCE)]);
    assert_eq!(desk.status(order), 2);
    let late = desk.wialon(flag::PERMANENT, |command| {
        for_van(command).with(Field::WindowFrom, moment(3_600)).with(Field::WindowTo, moment(7_200))
    });
    desk.take(inside(60, 30.0));
    assert_eq!(desk.status(late), 3, "it is 10:01 there");
}

#[test]
fn jumps_and_edges_of_recorded_tracks() {
    let mut desk = Desk::new();
    let place = readings(JUMP)[3].place;
    desk.wialon(0, |command| for_van(command).with(Field::Latitude, place.0));
    assert_eq!(desk.drive(JUMP), [], "a reading that errs by kilometres is no visit");
    let mut trusting = Desk::with(Options { jump_kmh: 0.0, ..Options::default() });
    trusting.wialon(0, |command| for_van(command).with(Field::Latitude, place.0));
    assert_eq!(trusting.drive(JUMP).len(), 1);
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP | flag::EXIT, for_van);
    let told = desk.drive(EDGE);
    assert_eq!(told, [(60, order, Event::Arrived), (90, order, DONE)]);
}

#[test]
fn a_phone_that_says_no_speed_stops_by_staying() {
    let mut desk = Desk::new();
    let place = for_van(Command::default()).with(Field::Latitude, 53.9).with(Field::Longitude, 27.5);
    let order = desk.create("ppw", place);
    assert_eq!(desk.drive(PHONE), [(120, order, Event::Arrived), (180, order, DONE)]);
}

#[test]
fn readings_out_of_order_change_nothing() {
    let mut desk = Desk::new();
    let order = desk.wialon(0, for_van);
    desk.take(outside(100));
    assert_eq!(desk.take(inside(50, 0.0)), [], "a black box comes late");
    assert_eq!(desk.take(inside(100, 0.0)), []);
    assert_eq!(desk.status(order), 1);
    assert_eq!(desk.take_of(TRUCK, inside(200, 0.0)), [], "nor does another unit");
    assert_eq!(desk.take(inside(200, 0.0)), [(order, DONE_AT_ONCE)]);
}

#[test]
fn who_changes_an_order_changes_what_readings_mean() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP, for_van);
    assert_eq!(desk.take(inside(0, 30.0)), [(order, Event::Arrived)]);
    desk.change(order, Command::default().with(Field::Title, "Crate"));
    assert_eq!(desk.take(inside(60, 30.0)), [], "it still is there");
    // The place moves away: the unit is not there any more.
    desk.change(order, Command::default().with(Field::Latitude, 53.95));
    assert_eq!(desk.take(inside(120, 0.0)), [(order, LEFT)]);
    desk.change(order, Command::default().with(Field::Latitude, 53.9));
    assert_eq!(desk.take(inside(180, 30.0)), [(order, Event::Arrived)]);
    // Given to another while it is there: from the start.
    let forget = [Field::ArrivedAt, Field::DepartedAt];
    let give = forget.into_iter().fold(Command::default(), |command, field| command.with(field, Value::Null));
    desk.change(order, give.with(Field::Unit, TRUCK.0).moving(Transition::Assign));
    assert_eq!(desk.take(inside(240, 0.0)), []);
    assert_eq!(desk.take_of(TRUCK, inside(240, 0.0)), [(order, DONE_AT_ONCE)]);
}

#[test]
fn a_decision_about_an_order_that_is_another_by_now_does_nothing() {
    let mut desk = Desk::new();
    let order = desk.wialon(0, for_van);
    let mut decisions = Vec::new();
    desk.engine.take(VAN, inside(0, 0.0), moment(START), &mut decisions);
    let decision = *decisions.iter().find(|decision| decision.event == DONE_AT_ONCE).unwrap();
    let now = |desk: &Desk| desk.order(order).unwrap();
    let witness = Witness::default();
    assert_ne!(decision.command(&now(&desk), &witness), Command::default());
    for change in [
        Command::default().with(Field::RadiusM, 50),
        Command::default().with(Field::Unit, TRUCK.0),
        Command::default().moving(Transition::Cancel),
    ] {
        let mut desk = Desk::new();
        let order = desk.wialon(0, for_van);
        desk.change(order, change.clone());
        assert_eq!(decision.command(&desk.order(order).unwrap(), &witness), Command::default(), "{change:?}");
    }
}

#[test]
fn what_was_seen_before_a_restart_is_told_again() {
    let mut desk = Desk::new();
    let order = desk.wialon(flag::STOP | flag::EXIT, for_van);
    let visit = readings(VISIT);
    let (before, after) = visit.split_at(10);
    for reading in before {
        desk.take(*reading);
    }
    assert_eq!(desk.status(order), 5);
    // Another engine over the same ledger.
    desk.engine = Engine::new(desk.options);
    let known = desk.order(order).unwrap();
    desk.engine.watch(&known, false);
    assert_eq!(desk.engine.unknown(), [order]);
    assert_eq!(desk.engine.unknown(), []);
    assert!(!desk.engine.is_inside(order));
    desk.engine.recall(order, before);
    assert!(desk.engine.is_inside(order), "it had come");
    // What was looked at is not looked at again; what was not, is.
    let events: Vec<_> = before.iter().chain(after).flat_map(|reading| desk.take(*reading)).collect();
    assert_eq!(events, [(order, DONE)], "and stood");
    assert_eq!(desk.order(order).unwrap().check_ins().count(), 1);
}

#[test]
fn what_came_in_before_an_order_was_the_units_is_not_about_it() {
    let mut desk = Desk::new();
    desk.ledger.set_now(moment(START));
    let order = desk.wialon(0, |command| command);
    let mut decisions = Vec::new();
    desk.ledger.set_now(moment(START + 60));
    desk.change(order, Command::default().with(Field::Unit, VAN.0).moving(Transition::Assign));
    desk.engine.take(VAN, inside(-10, 0.0), moment(START - 1), &mut decisions);
    assert_eq!(decisions.iter().filter(|decision| decision.event != Event::BecameNext).count(), 0, "nor was it there");
    desk.engine.take_again(VAN, inside(10, 0.0), moment(START + 59), &mut decisions);
    assert_eq!(decisions.iter().filter(|decision| decision.event != Event::BecameNext).count(), 0);
    desk.engine.take_again(VAN, inside(20, 0.0), moment(START + 60), &mut decisions);
    assert_eq!(decisions.last().map(|decision| decision.event), Some(DONE_AT_ONCE));
}

#[test]
fn which_order_is_next() {
    let mut desk = Desk::new();
    let window = |from: i64| move |command: Command| for_van(command).with(Field::WindowFrom, moment(START + from));
    let far = |command: Command| command.with(Field::Latitude, 54.5);
    let (late, early) = (desk.wialon(0, |c| far(window(900)(c))), desk.wialon(0, |c| far(window(600)(c))));
    let next_at = |desk: &Desk, order| desk.order(order).unwrap().fields.next_at;
    assert_eq!([late, early].map(|order| next_at(&desk, order)), [None; 2], "nothing was heard of the unit");
    desk.take(outside(0));
    assert_eq!([late, early].map(|order| next_at(&desk, order)), [None, Some(moment(START))]);
    assert_eq!(desk.engine.next_of(VAN).map(|(order, _)| order), Some(early));
    // A route goes before, its stops by position.
    let stop = |position: i64| {
        move |command: Command| for_van(command).with(Field::RouteId, 5).with(Field::RoutePosition, position)
    };
    let (second, first) = (desk.wialon(0, |c| far(stop(1)(c))), desk.wialon(0, stop(0)));
    desk.take(outside(60));
    assert_eq!(next_at(&desk, first), Some(moment(START + 60)));
    desk.take(inside(120, 30.0));
    assert_eq!(desk.status(first), 2);
    assert_eq!(next_at(&desk, second), Some(moment(START + 120)), "by the very reading that completed the first");
    assert_eq!(next_at(&desk, first), Some(moment(START + 60)), "what is done stays as it is");
}

#[test]
fn orders_come_and_go_and_nothing_is_left_behind() {
    let mut desk = Desk::new();
    let mut orders = Vec::new();
    for turn in 0..50 {
        orders.push(desk.wialon(turn % 4, |command| {
            let dependencies = Value::Integers(vec![turn + 2]);
            for_van(command).with(Field::RouteId, turn % 3 + 1).with(Field::Dependencies, dependencies)
        }));
    }
    desk.take(inside(0, 0.0));
    desk.take(outside(60));
    for order in orders {
        desk.change(order, Command::default().moving(Transition::Delete));
    }
    let engine = &desk.engine;
    assert!(engine.is_empty() && engine.routes.is_empty() && engine.needs.is_empty());
    let unit = &engine.units[0];
    assert!(unit.orders.is_empty() && unit.inside.is_empty());
    assert_eq!(engine.units().count(), 0);
}
