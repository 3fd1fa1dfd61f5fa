//! Orders as they come, change, are sent back and end.

use super::*;
use crate::connect::LoopbackFault;

#[test]
fn an_order_there_comes_here_with_everything() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    noted(&pair.there, there.id, "n1", "Gate is locked");
    photo(&pair.there, there.id, "front of house", "front");
    pair.pass(10);
    let pulled = pair.pull(&way).unwrap();
    assert!(pulled.problems.is_empty(), "{:?}", pulled.problems);
    assert_eq!((pulled.seen, pulled.more), (1, false));
    let names = events(&way);
    let expected = [
        "validate_user",
        "get_all_orders",
        "get_order",
        "get_notes",
        "get_file",
        "get_file",
        "get_foh",
        "mark_order_imported",
        "ack_transaction",
        "get_all_updates",
        "get_all_notes",
        "ack_transaction",
    ];
    assert_eq!(names, expected);
    let order = pair.same(&there);
    let fields = &order.fields;
    assert_eq!((order.origin.dialect.as_str(), order.state), ("ppw", State::Received));
    assert_eq!(fields.number.as_deref(), Some("WO-1"));
    assert_eq!((fields.client_company.as_deref(), fields.service.as_deref()), (Some("Alder Bank"), Some("Grass cut")));
    assert_eq!((fields.city.as_deref(), fields.instructions.as_deref()), (Some("Austin"), Some("Mow it")));
    assert_eq!(fields.due, Some(at("2026-01-20T00:00:00Z")));
    assert_eq!(tasks(&order), [("Mow".to_owned(), false), ("Trim".to_owned(), false)]);
    assert_eq!(notes(&order), ["Gate is locked"]);
    assert_eq!(files(&order).len(), 1);
    let history = pair.here.history(&desk(), order.serial).now_or_never().unwrap().unwrap();
    assert!(history[0].exchange.is_some());
    assert_eq!(history[0].actor, "ppw acme");
    // There it is known to be here.
    let there = now_of(&pair.there, there.id);
    assert_eq!((there.imported_by.len(), there.state), (1, State::Assigned));
    // Once more: nothing new, nothing answered again, nothing to say back.
    pair.pass(60);
    assert_eq!(pair.pull(&way).unwrap().changed, 0);
    assert!(!events(&way).contains(&"ack_transaction".to_owned()));
    assert_eq!(pair.deliver(&way, &order).unwrap(), Delivered::nothing());
    pair.agree(&way);
}

#[test]
fn what_changes_there_changes_here_and_what_changed_here_stays() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    pair.settle(&way);
    let here = pair.same(&there);
    change(&pair.here, here.id, Command::default().with(Field::LotSize, "2 acres").with(Field::City, "Houston"));
    let command = Command::default()
        .with(Field::LockCode, "4711")
        .with(Field::Instructions, "Mow it twice")
        .with(Field::Tasks, Held_::Tasks(vec![task("Mow"), task("Haul")]));
    change(&pair.there, there.id, command);
    pair.settle(&way);
    let here = now_of(&pair.here, here.id);
    let fields = &here.fields;
    assert_eq!((fields.lock_code.as_deref(), fields.instructions.as_deref()), (Some("4711"), Some("Mow it twice")));
    assert_eq!((fields.lot_size.as_deref(), fields.city.as_deref()), (Some("2 acres"), Some("Houston")));
    assert_eq!(tasks(&here), [("Mow".to_owned(), false), ("Haul".to_owned(), false)]);
    change(&pair.there, there.id, Command::default().with(Field::City, "Dallas"));
    pair.settle(&way);
    assert_eq!(now_of(&pair.here, here.id).fields.city.as_deref(), Some("Dallas"));
    // Work that was handed in is not changed any more: the source is told so, once.
    become_state(&pair.here, here.id, State::Completed);
    change(&pair.there, there.id, Command::default().with(Field::KeyCode, "K9"));
    way.take_calls();
    pair.pull(&way).unwrap();
    let calls = way.take_calls();
    let acks: Vec<_> = calls.iter().filter(|call| call.operation == "ack_transaction").map(payload).collect();
    assert_eq!(acks.len(), 1);
    assert_eq!(acks[0]["event_data"]["error_msg"], "The work order is Ready for Office here.");
    assert_eq!(acks[0]["event_data"]["success"], false);
    assert_eq!(now_of(&pair.here, here.id).fields.key_code, None);
    assert_eq!(now_of(&pair.there, there.id).acknowledgements.iter().filter(|ack| !ack.success).count(), 1);
}

#[test]
fn the_same_number_twice_is_refused_once() {
    let pair = Pair::new();
    let way = pair.way();
    let first = theirs(&pair, "import test 3-7");
    let second = theirs(&pair, "import test 3-7");
    let pulled = pair.pull(&way).unwrap();
    assert!(pulled.problems[0].contains("has its number"), "{:?}", pulled.problems);
    let calls = way.take_calls();
    let about = |name: &str| -> Vec<Value> {
        calls.iter().filter(|call| call.operation == name).map(|call| payload(call)["event_data"].clone()).collect()
    };
    assert_eq!(about("get_order").len(), 1, "never for a duplicate");
    let acks = about("ack_transaction");
    assert_eq!(acks.len(), 2);
    let said = acks.iter().find(|ack| ack["report_id"] == second.serial.to_string()).unwrap();
    assert_eq!(
        (&said["success"], &said["error"], &said["error_msg"]),
        (&json!(false), &json!(true), &json!("Duplicate work order number."))
    );
    assert_eq!(now_of(&pair.there, second.id).imported_by.len(), 0);
    // The next full listing says it again, and nobody answers.
    pair.pass(25 * 3600);
    pair.pull(&way).unwrap();
    assert!(!events(&way).contains(&"ack_transaction".to_owned()));
    assert_eq!(pair.ours().len(), 1);
    // When the number is free it is taken over.
    become_state(&pair.here, pair.same(&first).id, State::Deleted);
    become_state(&pair.there, first.id, State::Canceled);
    pair.pass(25 * 3600);
    pair.pull(&way).unwrap();
    assert_eq!(pair.same(&second).fields.number.as_deref(), Some("import test 3-7"));
    assert_eq!(now_of(&pair.there, second.id).imported_by.len(), 1);
}

#[test]
fn numbers_are_taken_once_within_the_client_company() {
    let pair = Pair::with(&[("import_company", "Alder")], &[]);
    let way = pair.way();
    let mine = |number: &str, company: &str| {
        let command = Command::default().with(Field::Number, number).with(Field::ClientCompany, company);
        submit(&pair.here, &desk(), Request::create(command));
    };
    mine("WO-1", "Birch");
    mine("WO-2", "alder");
    let (first, second) = (theirs(&pair, "WO-1"), theirs(&pair, "WO-2"));
    pair.pull(&way).unwrap();
    assert_eq!(pair.same(&first).fields.client_company.as_deref(), Some("Alder"));
    assert_eq!(pair.ours().len(), 1);
    let refused = now_of(&pair.there, second.id);
    assert_eq!(refused.acknowledgements[0].reason.as_deref(), Some("Duplicate work order number."));
}

#[test]
fn work_is_sent_back_and_done_again() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    pair.settle(&way);
    let here = pair.same(&there);
    become_state(&pair.here, here.id, State::Completed);
    pair.settle(&way);
    assert_eq!(now_of(&pair.there, there.id).state, State::Completed);
    for reason in ["Shrubs are missing", "Still missing"] {
        let command =
            Command::default().with(Field::Rework, true).with(Field::Outcome, reason).moving(Transition::Reopen);
        change(&pair.there, there.id, command);
        pair.settle(&way);
        let order = now_of(&pair.here, here.id);
        assert!(order.state.is_open() && order.fields.rework, "{}", order.state);
        assert_eq!(order.fields.client_instructions.as_deref(), Some(reason));
        become_state(&pair.here, here.id, State::Completed);
        pair.settle(&way);
        assert_eq!(now_of(&pair.there, there.id).state, State::Completed, "{reason}");
        assert_eq!(now_of(&pair.here, here.id).state, State::Completed);
    }
    pair.agree(&way);
}

/// That an order was sent back is done once, also when the answer to it does not arrive: whoever did the work again
/// meanwhile does not do it a third time.
#[test]
fn what_was_sent_back_is_not_sent_back_again_when_the_answer_is_lost() {
    for fault in [LoopbackFault::NotSent, LoopbackFault::AnswerLost, LoopbackFault::Cut(60)] {
        let mut met = 0;
        for call in 0..8 {
            let pair = Pair::new();
            let way = pair.way();
            let there = theirs(&pair, "WO-1");
            pair.settle(&way);
            let here = pair.same(&there);
            become_state(&pair.here, here.id, State::Completed);
            pair.settle(&way);
            let command = Command::default().with(Field::Rework, true).with(Field::Outcome, "Shrubs");
            change(&pair.there, there.id, command.moving(Transition::Reopen));
            pair.pass(120);
            way.plan(std::iter::repeat_n(LoopbackFault::None, call).chain([fault.clone()]));
            let came = pair.pull(&way);
            way.calm();
            if !now_of(&pair.here, here.id).state.is_open() {
                continue;
            }
            met += usize::from(came.is_err());
            become_state(&pair.here, here.id, State::Completed);
            pair.settle(&way);
            let states = [now_of(&pair.here, here.id).state, now_of(&pair.there, there.id).state];
            assert_eq!(states, [State::Completed; 2], "{fault:?} at {call}");
        }
        assert!(met > 0, "{fault:?} met nothing after the order was opened again");
    }
}

#[test]
fn the_source_calls_off_closes_and_brings_back() {
    let pair = Pair::new();
    let way = pair.way();
    let (off, done) = (theirs(&pair, "WO-1"), theirs(&pair, "WO-2"));
    pair.settle(&way);
    become_state(&pair.there, off.id, State::Canceled);
    become_state(&pair.there, done.id, State::Closed);
    pair.settle(&way);
    assert_eq!((pair.same(&off).state, pair.same(&done).state), (State::Canceled, State::Closed));
    // Nobody says ready for office of what the source closed.
    assert_eq!(pair.untold(&way, &pair.same(&done)), None);
    become_state(&pair.there, off.id, State::Received);
    pair.settle(&way);
    assert!(pair.same(&off).state.is_open());
    become_state(&pair.there, off.id, State::Deleted);
    pair.settle(&way);
    assert_eq!(pair.same(&off).state, State::Canceled);
}

#[test]
fn what_is_deleted_here_stays_deleted() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    pair.settle(&way);
    become_state(&pair.here, pair.same(&there).id, State::Deleted);
    change(&pair.there, there.id, Command::default().with(Field::City, "Dallas"));
    noted(&pair.there, there.id, "n1", "Anybody?");
    pair.pass(25 * 3600);
    way.take_calls();
    pair.pull(&way).unwrap();
    pair.pass(25 * 3600);
    pair.pull(&way).unwrap();
    let names = events(&way);
    assert_eq!(names.iter().filter(|name| *name == "get_order").count(), 1, "{names:?}");
    assert_eq!(pair.here.all_orders().len(), 1);
    let last = now_of(&pair.there, there.id).acknowledgements.last().cloned().unwrap();
    assert!(!last.success, "{last:?}");
}

#[test]
fn notes_of_the_property_and_revisions_come_as_such() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    pair.settle(&way);
    put(&pair.there, there.id, "p", Note { site_wide: true, text: "Dog".to_owned(), revises: None });
    noted(&pair.there, there.id, "n", "Side door");
    pair.settle(&way);
    let order = pair.same(&there);
    let dog = order.notes().find(|(_, note)| note.text == "Dog").unwrap();
    assert!(dog.1.site_wide);
    assert_eq!(dog.0.author, "Ann");
    noted(&pair.there, there.id, "n", "Back door");
    pair.pass(25 * 3600);
    pair.settle(&way);
    // Told by number and by order, a note is one note.
    assert_eq!(pair.same(&there).notes().count(), 2);
}

#[test]
fn many_orders_come_in_several_rounds() {
    let pair = Pair::new();
    let way = pair.way();
    for number in 0..230 {
        theirs(&pair, &format!("WO-{number}"));
    }
    let mut rounds = 1;
    while pair.pull(&way).unwrap().more {
        rounds += 1;
        assert!(rounds < 10);
    }
    assert_eq!((rounds, pair.ours().len()), (5, 230));
    assert_eq!(pair.held(&way).len(), 230);
}

#[test]
fn everything_is_listed_once_a_day() {
    let pair = Pair::new();
    let way = pair.way();
    theirs(&pair, "WO-1");
    let mut full = 0;
    for _ in 0..48 {
        pair.pull(&way).unwrap();
        for call in way.take_calls().iter().filter(|call| call.operation == "get_all_orders") {
            full += usize::from(payload(call)["event_data"] == json!({}));
        }
        pair.pass(3600);
    }
    assert_eq!(full, 2);
}

#[test]
fn what_differs_is_said() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "WO-1");
    pair.settle(&way);
    let unknown = theirs(&pair, "WO-2");
    change(&pair.there, there.id, Command::default().with(Field::City, "Dallas"));
    become_state(&pair.here, pair.same(&there).id, State::Canceled);
    let held = pair.held(&way);
    assert_eq!(held.len(), 2);
    let expected = held[0].expected.clone().unwrap();
    assert_eq!((held[0].says["city"].as_str(), expected["city"].as_str()), ("Dallas", "Austin"));
    assert_eq!((held[0].says["status"].as_str(), expected["status"].as_str()), ("In Field", "Cancelled"));
    assert_eq!((held[1].remote.clone(), &held[1].serial), (unknown.serial.to_string(), &None));
}
