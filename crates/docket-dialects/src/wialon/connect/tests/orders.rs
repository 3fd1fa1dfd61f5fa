//! Orders, one thing at a time.

use super::*;

/// Delivers, hears the echo, and has nothing more to say.
#[track_caller]
fn quiet(pair: &Pair, way: &Loopback<'_>) {
    for _ in 0..3 {
        assert_eq!(pair.round(way), Vec::<String>::new());
    }
    for order in pair.ours() {
        assert!(pair.is_told(way, &order), "{:?}", pair.deliver(way, &order));
    }
    pair.agree(way);
}

#[test]
fn an_order_of_ours_goes_over_as_the_page_says() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    let delivered = pair.deliver(&way, &order).unwrap();
    assert!(delivered.summary.starts_with("created as "), "{delivered:?}");
    let calls = way.take_calls();
    let operations: Vec<_> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["token/login", "core/search_items", "order/update"]);
    let other = pair.other(&order);
    assert_eq!(other.fields.title.as_deref(), Some("WO-1"));
    assert_eq!(other.fields.address1.as_deref(), Some("111 East Main, Waco"));
    assert_eq!(other.fields.customer_phone.as_deref(), Some("+31 6 1234"));
    assert_eq!(other.fields.cost, Some(21.0), "costs are whole numbers there");
    assert_eq!(now_of(&pair.here, order.id).fields.cost, Some(20.5));
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.here, order.id).fields.cost, Some(20.5), "and stay what they are here");
    assert_eq!(now_of(&pair.here, order.id).fields.city.as_deref(), Some("Waco"));
}

#[test]
fn what_changes_on_either_side_is_said_on_the_other() {
    let pair = Pair::new();
    let way = pair.way();
    let ours = handed(&pair, "WO-1");
    let there = theirs(&pair, "Crate 7");
    quiet(&pair, &way);
    let copy = pair.same(&there);
    assert_eq!(copy.fields.customer_name.as_deref(), Some("Ann Lee"));
    assert_eq!((copy.fields.latitude, copy.fields.radius_m), (Some(53.9), Some(100)));
    assert_eq!((copy.origin.dialect.as_str(), copy.fields.number.as_deref()), ("wialon", Some("Crate 7")));
    // One part on each side, of both orders, between two rounds.
    for (order, other) in [(ours.id, pair.other(&ours).id), (copy.id, there.id)] {
        change(&pair.here, order, Command::default().with(Field::CustomerEmail, "here@example.com"));
        change(&pair.there, other, Command::default().with(Field::CustomerPhone2, "there"));
    }
    quiet(&pair, &way);
    for (ledger, order) in
        [(&pair.here, ours.id), (&pair.there, pair.other(&ours).id), (&pair.here, copy.id), (&pair.there, there.id)]
    {
        let order = now_of(ledger, order);
        assert_eq!(order.fields.customer_email.as_deref(), Some("here@example.com"), "{order:?}");
        assert_eq!(order.fields.customer_phone2.as_deref(), Some("there"), "{order:?}");
    }
}

#[test]
fn who_has_it_and_how_it_ended_come_back() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    quiet(&pair, &way);
    let other = pair.other(&order).id;
    change(&pair.there, other, Command::default().with(Field::Unit, VAN));
    quiet(&pair, &way);
    let here = now_of(&pair.here, order.id);
    assert_eq!((here.state, here.fields.unit), (State::Assigned, Some(9001)), "matched by unique id");
    become_state(&pair.there, other, State::Started);
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.here, order.id).state, State::Started);
    change(
        &pair.there,
        other,
        Command { to: Some(Move::Become(State::Completed)), ..Command::default() }.with(Field::Late, true),
    );
    quiet(&pair, &way);
    let here = now_of(&pair.here, order.id);
    assert_eq!((here.state, here.fields.late), (State::Completed, true));
    // Its papers go on here; that is nobody's business there.
    become_state(&pair.here, order.id, State::Invoiced);
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.there, other).state, State::Completed);
    assert_eq!(now_of(&pair.here, order.id).state, State::Invoiced);
}

#[test]
fn what_is_done_here_is_confirmed_there() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "Crate 7");
    change(&pair.there, there.id, Command::default().with(Field::Unit, VAN));
    quiet(&pair, &way);
    let copy = pair.same(&there);
    change(
        &pair.here,
        copy.id,
        Command { to: Some(Move::Become(State::Completed)), ..Command::default() }
            .with(Field::CompletionPercent, 80_i64)
            .with(Field::Outcome, "left at the door"),
    );
    quiet(&pair, &way);
    let other = now_of(&pair.there, there.id);
    assert_eq!((other.state, other.fields.completion_percent), (State::Completed, Some(80)));
    assert_eq!(other.fields.outcome.as_deref(), Some("left at the door"));
}

#[test]
fn what_has_no_unit_there_is_said_to_be_done_by_the_one_that_is_named() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "Crate 7");
    quiet(&pair, &way);
    become_state(&pair.here, pair.same(&there).id, State::Completed);
    let error = pair.deliver(&way, &pair.same(&there)).unwrap_err();
    assert!(matches!(&error, ConnectError::Refused(why) if why.contains("default_unit")), "{error:?}");
    let named = Pair::with(&[("default_unit", "Truck")]);
    let way = named.way();
    let there = theirs(&named, "Crate 7");
    quiet(&named, &way);
    become_state(&named.here, named.same(&there).id, State::Completed);
    quiet(&named, &way);
    let other = now_of(&named.there, there.id);
    assert_eq!((other.state, other.fields.unit), (State::Completed, Some(TRUCK)));
    // Of ours nobody there needs to know who did it: it is over.
    let order = handed(&pair, "WO-1");
    let way = pair.way();
    pair.deliver(&way, &order).unwrap();
    become_state(&pair.here, order.id, State::Completed);
    let delivered = pair.deliver(&way, &order).unwrap();
    assert_eq!(delivered.summary, "moved to the history");
    assert_eq!(pair.other(&order).state, State::Closed);
}

#[test]
fn what_is_refused_and_called_off() {
    let pair = Pair::new();
    let way = pair.way();
    let (kept, off) = (theirs(&pair, "Crate 7"), handed(&pair, "WO-1"));
    change(&pair.there, kept.id, Command::default().with(Field::Unit, VAN));
    quiet(&pair, &way);
    let copy = pair.same(&kept);
    become_state(&pair.here, copy.id, State::Rejected);
    become_state(&pair.here, off.id, State::Canceled);
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.there, kept.id).state, State::Rejected);
    assert_eq!(pair.other(&off).state, State::Deleted);
    // Taken up again here.
    change(
        &pair.here,
        copy.id,
        Command { to: Some(Move::Become(State::Assigned)), ..Command::default() }.with(Field::Unit, 9001_i64),
    );
    quiet(&pair, &way);
    let other = now_of(&pair.there, kept.id);
    assert_eq!((other.state, other.fields.unit), (State::Assigned, Some(VAN)));
    // And rejected there: that is not fought over.
    become_state(&pair.there, kept.id, State::Rejected);
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.here, copy.id).state, State::Rejected);
    // What was called off there.
    let gone = theirs(&pair, "Crate 8");
    quiet(&pair, &way);
    become_state(&pair.there, gone.id, State::Deleted);
    quiet(&pair, &way);
    assert_eq!(pair.same(&gone).state, State::Canceled);
}

#[test]
fn what_was_done_is_done_again_as_another_order_there() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    quiet(&pair, &way);
    let first = pair.other(&order);
    change(&pair.there, first.id, Command::default().with(Field::Unit, VAN));
    become_state(&pair.there, first.id, State::Completed);
    quiet(&pair, &way);
    change(
        &pair.here,
        order.id,
        Command { to: Some(Move::Become(State::Received)), ..Command::default() }.with(Field::Rework, true),
    );
    quiet(&pair, &way);
    let second = pair.other(&order);
    assert_ne!(first.id, second.id);
    assert_eq!((now_of(&pair.there, first.id).state, second.state), (State::Closed, State::Received));
    assert_eq!(pair.there.all_orders().len(), 2);
    become_state(&pair.there, second.id, State::Completed);
    quiet(&pair, &way);
    assert_eq!(now_of(&pair.here, order.id).state, State::Completed);
}

#[test]
fn what_left_the_listing_is_what_the_history_says() {
    let pair = Pair::new();
    let way = pair.way();
    let orders = [theirs(&pair, "done"), theirs(&pair, "undone"), theirs(&pair, "unseen")];
    quiet(&pair, &way);
    become_state(&pair.there, orders[0].id, State::Completed);
    // `register` of an order that nobody did.
    for order in &orders[..2] {
        become_state(&pair.there, order.id, State::Closed);
    }
    quiet(&pair, &way);
    assert_eq!(pair.same(&orders[0]).state, State::Completed);
    assert!(pair.same(&orders[1]).state.is_done());
    // It went while nobody looked, and the process ended.
    become_state(&pair.there, orders[2].id, State::Deleted);
    pair.restart();
    quiet(&pair, &way);
    assert_eq!(pair.same(&orders[2]).state, State::Canceled);
    // Of ours somebody else can still do it.
    let order = handed(&pair, "WO-1");
    quiet(&pair, &way);
    become_state(&pair.there, pair.other(&order).id, State::Deleted);
    quiet(&pair, &way);
    let here = now_of(&pair.here, order.id);
    assert_eq!((here.state, here.fields.outcome.as_deref()), (State::Rejected, Some("deleted there")));
}

#[test]
fn an_order_deleted_here_is_forgotten_if_it_was_theirs() {
    let pair = Pair::new();
    let way = pair.way();
    let (there, ours) = (theirs(&pair, "Crate 7"), handed(&pair, "WO-1"));
    quiet(&pair, &way);
    let other = pair.other(&ours).id;
    become_state(&pair.here, pair.same(&there).id, State::Deleted);
    become_state(&pair.here, ours.id, State::Deleted);
    for order in pair.here.all_orders() {
        pair.deliver(&way, &order).unwrap();
    }
    pair.pass(700);
    pair.pull(&way).unwrap();
    assert_eq!(now_of(&pair.there, there.id).state, State::Received);
    assert_eq!(now_of(&pair.there, other).state, State::Deleted);
    assert!(pair.here.all_orders().iter().all(|order| order.state == State::Deleted), "and stays deleted");
}

#[test]
fn dependencies_have_the_numbers_of_each_side() {
    let pair = Pair::new();
    let way = pair.way();
    let (first, second) = (theirs(&pair, "first"), theirs(&pair, "second"));
    // Serials differ.
    handed(&pair, "WO-0");
    change(
        &pair.there,
        second.id,
        Command::default().with(Field::Dependencies, docket_core::order::Value::Integers(vec![first.serial.0])),
    );
    quiet(&pair, &way);
    assert_eq!(pair.same(&second).fields.dependencies, [pair.same(&first).serial.0]);
    let (one, two) = (handed(&pair, "WO-1"), handed(&pair, "WO-2"));
    change(
        &pair.here,
        two.id,
        Command::default().with(Field::Dependencies, docket_core::order::Value::Integers(vec![one.serial.0])),
    );
    quiet(&pair, &way);
    assert_eq!(pair.other(&two).fields.dependencies, [pair.other(&one).serial.0]);
}

#[test]
fn repushing_looks_and_says_everything_anew() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    quiet(&pair, &way);
    change(&pair.there, pair.other(&order).id, Command::default().with(Field::CustomerPhone, "wrong"));
    let connect = super::super::WialonClient;
    pair.on(&way, |remote| remote.renew(&connect, order.serial).now_or_never().unwrap().unwrap());
    pair.deliver(&way, &order).unwrap();
    assert_eq!(pair.other(&order).fields.customer_phone.as_deref(), Some("+31 6 1234"));
    quiet(&pair, &way);
}

#[test]
fn only_those_handed_over_are_followed_where_no_others_are_taken() {
    let pair = Pair::with(&[("take_orders", "false")]);
    let way = pair.way();
    theirs(&pair, "Crate 7");
    let order = handed(&pair, "WO-1");
    pair.round(&way);
    pair.round(&way);
    assert_eq!(pair.here.all_orders().len(), 1);
    become_state(&pair.there, pair.other(&order).id, State::Started);
    pair.round(&way);
    assert_eq!(now_of(&pair.here, order.id).state, State::Started);
    assert_eq!(pair.held(&way).len(), 1);
}
