//! The life cycle, the ownership table and `decide`/`apply`, as properties.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use docket_core::Timestamp;
use docket_core::authority::{Rule, Standing};
use docket_core::connection::{Caller, Connection, Mode, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{
    Charge, ChargeKind, CheckIn, Command, Entry, ExternalKey, Field, Item, ItemKind, Kind, Move, Note, Order, Origin,
    Owner, Point, Rejection, State, Task, Transition, Value,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn now() -> Timestamp {
    "2026-01-15T10:00:00Z".parse().unwrap()
}

/// The reference ledger answers at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the reference ledger never waits"),
    }
}

fn connection(id: i64, dialect: &str, settings: &[(&str, &str)]) -> Caller {
    Caller::connection(Arc::new(Connection {
        id: ConnectionId(id),
        account: AccountId(1),
        name: format!("c{id}"),
        dialect: dialect.to_owned(),
        role: Role::Serve,
        scope: Scope::Account,
        enabled: true,
        settings: settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        created_at: now(),
    }))
}

#[test]
fn the_whole_state_table() {
    let mut table = String::new();
    for &from in State::ALL {
        for &transition in Transition::ALL {
            if let Some(to) = from.after(transition, false) {
                table.push_str(&format!("{:<10} {:<9} -> {to}\n", from.word(), transition.word()));
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_whole_ownership_table() {
    let originator = |auto_admin, mode, executes| Standing::Originator { auto_admin, mode, executes };
    let standings = [
        ("originator", originator(true, Mode::Internal, false)),
        ("originator, auto-admin off", originator(false, Mode::Internal, false)),
        ("originator, external", originator(true, Mode::External, false)),
        ("originator that executes", originator(true, Mode::Internal, true)),
        ("counterpart", Standing::Counterpart),
        ("user", Standing::User),
        ("hub", Standing::Hub),
    ];
    let owners = [Owner::Originator, Owner::Shared, Owner::Assignment, Owner::Executor, Owner::Open];
    let mut table = String::new();
    for (name, standing) in standings {
        for owner in owners {
            let word = |creating| standing.may_write(owner, creating).map_or_else(Rule::word, |()| "yes");
            table.push_str(&format!(
                "{name:<27} {:<11} create {:<14} later {}\n",
                format!("{owner:?}"),
                word(true),
                word(false)
            ));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn words_there_and_back() {
    for &state in State::ALL {
        assert_eq!(State::from_word(state.word()), Some(state));
        if state != State::Deleted {
            let reached = State::Received.after(state.reached_by(), false);
            assert!(reached.is_none_or(|to| to == state), "{state}");
        }
    }
    for &field in Field::ALL {
        assert_eq!(Field::from_name(field.name()), Some(field));
    }
    for &rule in Rule::ALL {
        assert_eq!(Rule::from_word(rule.word()), Some(rule));
    }
}

#[test]
fn every_field_takes_its_own_values_and_no_others() {
    let mut order_fields = docket_core::order::Fields::default();
    for &field in Field::ALL {
        let offered = [
            (Kind::Text, Value::Text("t".into())),
            (Kind::Integer, Value::Integer(7)),
            (Kind::Number, Value::Number(1.5)),
            (Kind::Flag, Value::Flag(true)),
            (Kind::Time, Value::Time(now())),
            (Kind::Texts, Value::Texts(vec!["a".into()])),
            (Kind::Integers, Value::Integers(vec![1])),
            (Kind::Tasks, Value::Tasks(vec![Task { name: "Mow".into(), ..Task::default() }])),
        ];
        for (kind, value) in offered {
            let fits = kind == field.kind() || (field.kind() == Kind::Number && kind == Kind::Integer);
            assert_eq!(
                order_fields.set(field, value),
                fits,
                "{} holds {:?}, offered {kind:?}",
                field.name(),
                field.kind()
            );
        }
        assert!(order_fields.set(field, Value::Null));
        assert_eq!(order_fields.get(field), Value::Null);
    }
}

/// A value that fits a field.
fn value_for(field: Field, seed: u8) -> Value {
    let candidates = [
        Value::Text(format!("text {seed}")),
        Value::Integer(i64::from(seed)),
        Value::Number(f64::from(seed) / 4.0),
        Value::Flag(true),
        Value::Time(Timestamp::from_second(1_700_000_000 + i64::from(seed)).unwrap()),
        Value::Texts(vec![format!("tag {seed}")]),
        Value::Integers(vec![i64::from(seed)]),
        Value::Tasks(vec![Task { name: format!("task {seed}"), ..Task::default() }]),
    ];
    let mut fields = docket_core::order::Fields::default();
    candidates.into_iter().find(|value| fields.set(field, value.clone())).unwrap_or_default()
}

#[derive(Clone, Debug)]
struct Step {
    caller: usize,
    order: usize,
    command: Command,
    new_key: Option<u8>,
}

fn moves() -> impl Strategy<Value = Option<Move>> {
    prop_oneof![
        3 => Just(None),
        3 => (0..Transition::ALL.len()).prop_map(|i| Some(Move::Take(Transition::ALL[i]))),
        1 => (0..State::ALL.len()).prop_map(|i| Some(Move::Become(State::ALL[i]))),
    ]
}

/// One or two items out of few identities, so that they meet.
fn items(seed: u8) -> Vec<Item> {
    let origin = || Origin { connection: Some(ConnectionId(i64::from(seed % 2))), dialect: "ppw".into() };
    let note = Note { text: format!("said {}", seed % 5), ..Note::default() };
    let charge = Charge { kind: ChargeKind::Bid, quantity: Some(f64::from(seed)), ..Charge::default() };
    let mut items = vec![Item::new(format!("{}", seed % 4), origin(), now(), note)];
    if seed.is_multiple_of(2) {
        items.push(Item::new(format!("{}", seed % 4), origin(), now(), charge));
    }
    items
}

fn step() -> impl Strategy<Value = Step> {
    let sets = proptest::collection::vec((0..Field::ALL.len(), any::<u8>()), 0..5);
    (0..6usize, 0..5usize, sets, moves(), proptest::option::of(any::<u8>()), proptest::option::of(0..4u8)).prop_map(
        |(caller, order, sets, to, wire, new_key)| {
            let set = sets.into_iter().map(|(i, seed)| (Field::ALL[i], value_for(Field::ALL[i], seed))).collect();
            let put: Vec<Item> = wire.filter(|seed| seed % 3 == 0).into_iter().flat_map(items).collect();
            let gone = put.iter().filter(|_| wire.is_some_and(|seed| seed % 7 == 0)).map(Item::reference);
            let remove = gone.collect();
            let wire = wire.map(|seed| ("pruvan".to_owned(), Some(format!("{{\"seed\":{seed}}}"))));
            let command = Command { set, to, wire, put, remove, ..Command::default() };
            Step { caller, order, command, new_key }
        },
    )
}

fn callers() -> Vec<Caller> {
    vec![
        connection(1, "pruvan", &[]),
        connection(2, "pruvan", &[("auto_admin", "off"), ("mode", "external")]),
        connection(3, "wialon", &[]),
        connection(4, "ppw", &[]),
        Caller::user(AccountId(1), "token ci"),
        Caller::hub(AccountId(1)),
    ]
}

fn request(step: &Step, caller: &Caller) -> Request {
    let (command, key) = (step.command.clone(), step.new_key);
    let connection = caller.connection_id().unwrap_or_default();
    match key {
        Some(key) => {
            let key = key.to_string();
            let target = Target::Key { namespace: "number".into(), key: key.clone() };
            Request::new(target, move |order| {
                let mut command = command.clone();
                if order.is_none() {
                    command.keys.push(ExternalKey { connection, namespace: "number".into(), key: key.clone() });
                }
                Ok(command)
            })
        }
        None => {
            let target = Target::Serial(Serial(step.order as i64 + 1));
            Request::change(target, move |_| Ok(command.clone()))
        }
    }
}

/// What must hold whatever was done.
fn check(ledger: &MemoryLedger) {
    let journal = ready(ledger.journal(AccountId(1), Sequence(0), usize::MAX)).unwrap();
    let mut by_order: BTreeMap<Serial, Vec<&Entry>> = BTreeMap::new();
    for (index, entry) in journal.iter().enumerate() {
        assert_eq!(entry.sequence, Sequence(index as i64 + 1), "the journal has no gaps");
        by_order.entry(entry.serial).or_default().push(entry);
    }
    let orders = ledger.all_orders();
    assert_eq!(by_order.len(), orders.len());
    let mut active = std::collections::HashMap::new();
    for order in &orders {
        let entries = &by_order[&order.serial];
        let folded = Order::fold(entries.iter().copied()).unwrap();
        assert_eq!(&folded, order.as_ref(), "state is the fold of the journal");
        assert_eq!(order.revision.0 as usize, entries.len());
        for (earlier, later) in entries.iter().zip(entries.iter().skip(1)) {
            assert!(earlier.at <= later.at);
        }
        check_moves(entries);
        if order.state == State::Deleted {
            assert!(order.keys.is_empty());
        }
        for key in &order.keys {
            assert_eq!(active.insert(key.clone(), order.serial), None, "one key, one active order");
        }
        let mut places: Vec<i64> = order.items.iter().map(|item| item.place).collect();
        assert!(places.is_sorted() && places.iter().all(|place| (1..=order.item_places).contains(place)));
        places.dedup();
        assert_eq!(places.len(), order.items.len(), "every item has a place of its own");
        for (at, item) in order.items.iter().enumerate() {
            assert!(!order.items[..at].iter().any(|other| other.is_same(item)), "one identity, one item");
        }
        for &revision in order.written.values() {
            assert!(revision.0 > 1 && revision <= order.revision);
        }
    }
}

/// Every move starts where the order stood, and nothing follows deletion.
fn check_moves(entries: &[&Entry]) {
    use docket_core::order::Change;
    let mut state = None;
    for entry in entries {
        assert_ne!(state, Some(State::Deleted), "nothing happens to a deleted order");
        for change in &entry.changes {
            match change {
                Change::Created(order) => state = Some(order.state),
                Change::Moved { from, to } => {
                    assert_eq!(state, Some(*from));
                    state = Some(*to);
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No sequence of commands, by whomever, reaches a state outside the machine, loses a field or breaks the fold.
    #[test]
    fn any_sequence_of_commands(batches in proptest::collection::vec(
        (proptest::collection::vec(step(), 1..4), any::<bool>()), 1..25,
    )) {
        let ledger = MemoryLedger::new(now());
        let callers = callers();
        for (minute, (steps, atomic)) in batches.iter().enumerate() {
            ledger.set_now(now().checked_add(jiff::SignedDuration::from_mins(minute as i64)).unwrap());
            let caller = &callers[steps[0].caller];
            let before = ledger.all_orders().len();
            let requests = steps.iter().map(|step| request(step, caller)).collect();
            let outcomes = ready(ledger.submit(caller, Submission { requests, atomic: *atomic, ..Submission::default() })).unwrap();
            prop_assert_eq!(outcomes.len(), steps.len());
            if *atomic && outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_))) {
                prop_assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Rejected(_))));
                prop_assert_eq!(ledger.all_orders().len(), before);
            }
            for (step, outcome) in steps.iter().zip(&outcomes) {
                if let (Outcome::Done(done), false) = (outcome, steps.len() > 1) {
                    no_field_is_lost(step, done);
                }
            }
        }
        check(&ledger);
    }
}

/// Every field of a done command is either in the order or recorded as refused.
fn no_field_is_lost(step: &Step, done: &docket_core::ledger::Done) {
    let derived = [Field::CompletedAt, Field::CanceledAt, Field::Late, Field::Unit, Field::Person, Field::Crew];
    for &field in Field::ALL {
        let Some((_, last)) = step.command.set.iter().rev().find(|(set, _)| *set == field) else { continue };
        if derived.contains(&field) {
            continue;
        }
        let refused = done.refused.iter().any(|refused| refused.field == field.name());
        let kept = done.order.fields.get(field);
        let as_number = matches!((&kept, last), (Value::Number(a), Value::Integer(b)) if *a == *b as f64);
        assert!(refused || kept == *last || as_number, "{}: {last:?} became {kept:?}", field.name());
    }
}

fn create(ledger: &MemoryLedger, caller: &Caller, command: Command) -> Arc<Order> {
    let outcomes = ready(ledger.submit(caller, Submission::one(Request::create(command)))).unwrap();
    match outcomes.into_iter().next() {
        Some(Outcome::Done(done)) => done.order,
        other => panic!("{other:?}"),
    }
}

fn change(ledger: &MemoryLedger, caller: &Caller, order: &Order, command: Command) -> Outcome {
    let request = Request::change(Target::Id(order.id), move |_| Ok(command.clone()));
    ready(ledger.submit(caller, Submission::one(request))).unwrap().remove(0)
}

#[test]
fn items_are_put_once_replaced_and_taken_away() {
    let ledger = MemoryLedger::new(now());
    let ppw = connection(4, "ppw", &[]);
    let order = create(&ledger, &ppw, Command::default().with(Field::Number, "I-1"));
    let origin = |id: i64| Origin { connection: Some(ConnectionId(id)), dialect: "ppw".into() };
    let note = |id: &str, from: i64, text: &str| {
        Item::new(id, origin(from), now(), Note { text: text.into(), ..Note::default() })
    };
    let put = |items: Vec<Item>| change(&ledger, &ppw, &order, Command { put: items, ..Command::default() });
    let seen = |order: &Order| -> Vec<(i64, String)> {
        order.notes().map(|(item, note)| (item.place, note.text.clone())).collect()
    };
    let texts = |all: &[(i64, &str)]| all.iter().map(|(place, text)| (*place, (*text).to_owned())).collect::<Vec<_>>();

    // The same id of two senders is two notes; twice in one command is one.
    let Outcome::Done(done) = put(vec![note("7", 4, "a"), note("7", 5, "b"), note("7", 4, "c")]) else { panic!() };
    assert_eq!(seen(&done.order), texts(&[(1, "c"), (2, "b")]));
    // Sent again, at another time: nothing happens.
    let again = Item { at: now() + jiff::SignedDuration::from_hours(1), ..note("7", 4, "c") };
    let Outcome::Done(same) = put(vec![again]) else { panic!() };
    assert!(!same.changed && same.order.revision == done.order.revision);
    // Another text replaces, at the same place, and the journal has both.
    let Outcome::Done(done) = put(vec![note("7", 4, "d")]) else { panic!() };
    assert_eq!(seen(&done.order), texts(&[(1, "d"), (2, "b")]));
    // A place is never given again.
    let remove = vec![note("7", 5, "").reference(), note("unknown", 4, "").reference()];
    let command = Command { remove, put: vec![note("8", 4, "e")], ..Command::default() };
    let Outcome::Done(done) = change(&ledger, &ppw, &order, command) else { panic!() };
    assert_eq!(seen(&done.order), texts(&[(1, "d"), (3, "e")]));
    let Outcome::Done(done) = put(vec![note("7", 5, "f")]) else { panic!() };
    assert_eq!(seen(&done.order), texts(&[(1, "d"), (3, "e"), (4, "f")]));
    assert!(done.order.item(ItemKind::Charge, Some(ConnectionId(5)), "7").is_none(), "another kind is another item");
    check(&ledger);
}

#[test]
fn numbers_that_are_none_and_too_many_items_are_refused() {
    let ledger = MemoryLedger::new(now());
    let ppw = connection(4, "ppw", &[]);
    let order = create(&ledger, &ppw, Command::default().with(Field::Number, "I-1"));
    let put = |put: Vec<Item>| change(&ledger, &ppw, &order, Command { put, ..Command::default() });
    let point = Point { latitude: f64::NAN, longitude: 0.0, accuracy_m: None };
    let bad = Item::new("1", Origin::default(), now(), CheckIn { point: Some(point), data: None });
    assert!(matches!(put(vec![bad]), Outcome::Rejected(Rejection::Invalid { member, .. }) if member == "point"));
    let many = |from: usize, count: usize| -> Vec<Item> {
        (from..from + count).map(|id| Item::new(id.to_string(), Origin::default(), now(), Note::default())).collect()
    };
    assert!(matches!(put(many(0, 10_001)), Outcome::Rejected(Rejection::Limit { .. })));
    assert!(matches!(put(many(0, 1_000)), Outcome::Done(_)));
    assert!(matches!(put(many(1_000, 9_001)), Outcome::Rejected(Rejection::Limit { .. })));
    assert!(matches!(put(many(1_000, 9_000)), Outcome::Done(_)));
    assert!(matches!(put(many(0, 10)), Outcome::Done(done) if !done.changed), "sent again, at the limit");
    check(&ledger);
}

#[test]
fn auto_admin_off_ignores_and_records() {
    let ledger = MemoryLedger::new(now());
    let origin = connection(2, "pruvan", &[("auto_admin", "off")]);
    let order = create(&ledger, &origin, Command::default().with(Field::Description, "first"));
    let command = Command::default()
        .with(Field::Description, "second")
        .with(Field::ClientStatus, "Late")
        .moving(Transition::Close);
    let Outcome::Done(done) = change(&ledger, &origin, &order, command) else { panic!() };
    assert_eq!(done.order.fields.description.as_deref(), Some("first"));
    assert_eq!(done.order.fields.client_status.as_deref(), Some("Late"));
    assert_eq!(done.order.state, State::Received);
    let rules: Vec<(&str, Rule)> = done.refused.iter().map(|r| (r.field.as_str(), r.rule)).collect();
    assert_eq!(rules, [("description", Rule::AutoAdminOff), ("status", Rule::AutoAdminOff)]);
    let history = ready(ledger.history(&origin, order.serial)).unwrap();
    assert_eq!(history[1].refused.len(), 2, "refused writes are kept");
}

#[test]
fn blame_names_the_last_writer() {
    let ledger = MemoryLedger::new(now());
    let origin = connection(1, "pruvan", &[]);
    let wialon = connection(3, "wialon", &[]);
    let order = create(&ledger, &origin, Command::default().with(Field::City, "Austin").with(Field::Title, "a"));
    let Outcome::Done(done) = change(&ledger, &wialon, &order, Command::default().with(Field::Title, "b")) else {
        panic!()
    };
    let history = ready(ledger.history(&origin, order.serial)).unwrap();
    let writer = |field: Field| {
        let revision = done.order.written.get(&field).map_or(1, |revision| revision.0);
        history[revision as usize - 1].actor.clone()
    };
    assert_eq!(writer(Field::City), "pruvan c1");
    assert_eq!(writer(Field::Title), "wialon c3");
}

#[test]
fn what_the_machine_refuses_changes_nothing() {
    let ledger = MemoryLedger::new(now());
    let user = Caller::user(AccountId(1), "token ci");
    let order = create(&ledger, &user, Command::default().moving(Transition::Complete));
    let command = Command::default().with(Field::Title, "x").moving(Transition::Reject);
    let outcome = change(&ledger, &user, &order, command);
    assert!(matches!(outcome, Outcome::Rejected(Rejection::Transition { from: State::Completed, .. })));
    assert_eq!(ready(ledger.history(&user, order.serial)).unwrap().len(), 1);
}

#[test]
fn accounts_are_walls() {
    let ledger = MemoryLedger::new(now());
    let ours = Caller::user(AccountId(1), "token a");
    let theirs = Caller::user(AccountId(2), "token b");
    let order = create(&ledger, &ours, Command::default().with(Field::Number, "N"));
    assert!(ready(ledger.order(&theirs, Target::Id(order.id))).unwrap().is_none());
    assert!(ready(ledger.order(&theirs, Target::Serial(order.serial))).unwrap().is_none());
    let outcome = change(&ledger, &theirs, &order, Command::default().with(Field::Number, "M"));
    assert_eq!(outcome, Outcome::Rejected(Rejection::NotFound));
    assert!(ready(ledger.history(&theirs, order.serial)).unwrap().is_empty());
}

#[test]
fn identities_are_given_once() {
    let ledger = MemoryLedger::new(now());
    let hub = Caller::hub(AccountId(1));
    let id = docket_core::ids::OrderId(Uuid::from_u128(5));
    let command = Command { identity: Some((id, Some(Serial(52)))), ..Command::default() };
    assert_eq!(create(&ledger, &hub, command.clone()).serial, Serial(52));
    let outcomes = ready(ledger.submit(&hub, Submission::one(Request::create(command)))).unwrap();
    assert!(matches!(outcomes[0], Outcome::Rejected(Rejection::Taken { .. })));
    assert_eq!(create(&ledger, &hub, Command::default()).serial, Serial(53));
}

#[test]
fn counts_stop_at_their_limit_and_give_notice_once() {
    use docket_core::ledger::{Counter, Mail};
    let ledger = MemoryLedger::new(now());
    let caller = connection(1, "planviewer", &[]);
    let order = |add: i64| {
        let mail = Mail { connection: Some(ConnectionId(1)), to: "a@example.com".into(), ..Mail::default() };
        let (namespace, key) = ("orders".to_owned(), "2026-01-15".to_owned());
        let notice = Some((3, mail));
        let counter = Counter { holder: ConnectionId(1).into(), namespace, key, add, limit: 5, notice };
        let requests = (0..add).map(|_| Request::create(Command::default())).collect();
        let submission = Submission { requests, counters: vec![counter], ..Submission::default() };
        ready(ledger.submit(&caller, submission)).unwrap().iter().all(|outcome| matches!(outcome, Outcome::Done(_)))
    };
    assert!(order(2));
    assert_eq!(ledger.mails().len(), 0);
    assert!(order(2));
    assert_eq!(ledger.mails().len(), 1, "the third order gives notice");
    assert!(!order(2), "a sixth is refused, whole");
    assert!(order(1));
    assert_eq!((ledger.mails().len(), ledger.all_orders().len()), (1, 5));
}

#[test]
fn completing_after_the_window_is_late_whoever_completes() {
    let ledger = MemoryLedger::new(now());
    let user = Caller::user(AccountId(1), "token ci");
    let late = |end: &str, command: Command| {
        let end: Timestamp = end.parse().unwrap();
        let order = create(&ledger, &user, Command::default().with(Field::WindowTo, end));
        match change(&ledger, &user, &order, command) {
            Outcome::Done(done) => done.order.fields.late,
            other => panic!("{other:?}"),
        }
    };
    let complete = || Command::default().moving(Transition::Complete);
    assert!(late("2026-01-15T09:59:59Z", complete()));
    assert!(!late("2026-01-15T10:00:00Z", complete()), "the last moment is on time");
    assert!(!late("1970-01-01T18:00:00Z", complete()), "a time of day is no moment");
    assert!(!late("2026-01-15T09:59:59Z", complete().with(Field::Late, false)), "who knows better says so");
}
