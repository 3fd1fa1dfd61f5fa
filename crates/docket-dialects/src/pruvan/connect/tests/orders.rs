//! What is pushed, and what is not.

use super::*;
use crate::connect::LoopbackFault as Fault;
use docket_core::order::Transition;
use http::StatusCode;
use serde_json::json;

#[test]
fn the_whole_order_is_pushed_once_and_then_what_changed() {
    let pair = Pair::new();
    let (out, _) = (pair.out(), pair.back());
    let order = pair.handed("WO-1");
    let delivered = pair.here.deliver(&out, &order).unwrap();
    assert_eq!((delivered.calls, delivered.summary.as_str()), (1, "pushed as WO-1"));
    let call = out.take_calls().remove(0);
    assert_eq!(call.url, "http://there.example/api/?apiKey=KEY");
    assert_eq!(call.headers["content-type"], "application/x-www-form-urlencoded");
    let wanted = json!({"workOrders": [{
        "workOrderNumber": "WO-1", "address1": "111 East Main", "city": "Round Rock", "state": "TX", "zip": "78664",
        "dueDate": "2026-01-20 1200 +0", "clientStatus": "Order Created", "clientDueDate": "2026-01-20 1200 +0",
        "description": "Grass", "services": [{"serviceName": "Mow"}, {"serviceName": "Edge"}],
        "source_wo_id": order.serial.to_string(), "source_wo_number": "WO-1", "source_wo_provider": "native",
        "attribute30": order.id.to_string(),
    }]});
    assert_eq!(sent(&call, "workOrders"), wanted);
    // Nothing new is nothing to say.
    let order = pair.here.now_of(order.id);
    assert_eq!(pair.here.deliver(&out, &order).unwrap(), Delivered::nothing());
    let order = pair.here.change(order.id, Command::default().with(Field::Instructions, "Mind the dog"));
    assert_eq!(pair.here.deliver(&out, &order).unwrap().summary, "updated WO-1");
    let update = sent(&out.take_calls().remove(0), "workOrders");
    let members = json!({"workOrderNumber": "WO-1", "instructions": "Mind the dog", "clientStatus": "Order Created"});
    assert_eq!(update["workOrders"], json!([members]));
    // What is cleared here is cleared there.
    let order = pair.here.change(order.id, Command::default().with(Field::Instructions, Value::Null));
    pair.here.deliver(&out, &order).unwrap();
    assert_eq!(sent(&out.take_calls().remove(0), "workOrders")["workOrders"][0]["instructions"], "");
    assert_eq!(pair.same(&order).fields.instructions, None);
    // It keeps its number there, whatever it is called here.
    let order = pair.here.change(order.id, Command::default().with(Field::Number, "OTHER"));
    pair.here.deliver(&out, &order).unwrap();
    assert_eq!(pair.there.ledger.all_orders().len(), 1);
    assert_eq!(pair.same(&order).fields.number.as_deref(), Some("WO-1"));
}

#[test]
fn statuses_are_those_the_vendor_advises() {
    let pair = Pair::new();
    let out = pair.out();
    let order = pair.handed_with("WO-1", Command::default().with(Field::Rush, true));
    let push = |order: &Order| {
        pair.here.deliver(&out, order).unwrap();
        let calls = out.take_calls();
        assert!(calls.len() < 2);
        calls.first().map(|call| {
            let order = sent(call, "workOrders")["workOrders"][0].clone();
            (order["status"].as_str().map(str::to_owned), order["clientStatus"].as_str().unwrap().to_owned())
        })
    };
    let said = |status: &str, client: &str| Some((Some(status.to_owned()), client.to_owned()));
    assert_eq!(push(&order), said("rush", "Rush Order"));
    // The crew is done; the desk is not content, twice.
    let finish = |there: &Order| {
        pair.pass(60);
        pair.there.become_state(there.id, State::Completed);
        let there = pair.there.now_of(there.id);
        pair.there.deliver(&pair.back(), &there).unwrap();
        assert_eq!(pair.here.now_of(order.id).state, State::Completed);
    };
    finish(&pair.same(&order));
    for _ in 0..2 {
        let again = Command::default().with(Field::Rework, true).with(Field::Rush, false).moving(Transition::Reopen);
        let order = pair.here.change(order.id, again);
        assert_eq!(push(&order), said("rework", "Rework Required"));
        assert_eq!(push(&pair.here.now_of(order.id)), None, "said once");
        assert!(pair.same(&order).state.is_open() && pair.same(&order).fields.rework);
        finish(&pair.same(&order));
    }
    let order = pair.here.become_state(order.id, State::Closed);
    assert_eq!(push(&order), said("closed", "Order Closed"));
    assert_eq!(pair.same(&order).state, State::Closed);
    let order = pair.here.become_state(order.id, State::Deleted);
    assert_eq!(push(&order), said("canceled", "Order Deleted"));
    // Called off before it was handed over, and deleted.
    let never = pair.handed("WO-2");
    let never = pair.here.become_state(never.id, State::Canceled);
    assert_eq!(push(&never), None);
    // Called off, and after all not.
    let third = pair.handed("WO-3");
    push(&third);
    let third = pair.here.become_state(third.id, State::Canceled);
    assert_eq!(push(&third), said("canceled", "Order Canceled"));
    assert_eq!(pair.same(&third).state, State::Canceled);
    let third = pair.here.change(third.id, Command::default().moving(Transition::Reopen));
    assert_eq!(push(&third), said("unassigned", "Order Created"));
    assert_eq!(pair.same(&third).state, State::Received);
}

#[test]
fn an_external_integration_neither_assigns_nor_brings_back() {
    let pair = Pair::with(&[("mode", "external"), ("send_assignee", "true")], &[("mode", "external")]);
    let out = pair.out();
    let order = pair.handed_with("WO-1", Command::default().with(Field::Person, "Bob"));
    pair.here.deliver(&out, &order).unwrap();
    let pushed = sent(&out.take_calls().remove(0), "workOrders");
    assert!(!names(&pushed["workOrders"][0]).contains("assignedTo"));
    let order = pair.here.become_state(order.id, State::Canceled);
    pair.here.deliver(&out, &order).unwrap();
    let order = pair.here.change(order.id, Command::default().moving(Transition::Reopen));
    let error = pair.here.deliver(&out, &order).unwrap_err();
    assert!(matches!(&error, ConnectError::Refused(why) if why.contains("external")), "{error:?}");
    // An internal one that may, does.
    let pair = Pair::with(&[("send_assignee", "true")], &[]);
    let out = pair.out();
    let order = pair.handed_with("WO-1", Command::default().with(Field::Person, "Bob"));
    pair.here.deliver(&out, &order).unwrap();
    assert_eq!(pair.same(&order).fields.person.as_deref(), Some("Bob"));
    let order = pair.here.change(order.id, Command::default().with(Field::Person, Value::Null));
    pair.here.deliver(&out, &order).unwrap();
    assert_eq!(pair.same(&order).fields.person, None);
}

#[test]
fn two_orders_of_one_number_are_two_orders_there() {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    let first = pair.handed("1001");
    let second = pair.handed_with("1001", Command::default().with(Field::Address2, "Unit 4"));
    for order in [&first, &second] {
        pair.here.deliver(&out, order).unwrap();
    }
    assert_eq!(pair.there.ledger.all_orders().len(), 2);
    let number = format!("1001-{}", second.serial);
    assert_eq!(remote_id(&pair.here, &pair.here.now_of(second.id)), Some(number));
    // Results find theirs.
    for (order, text) in [(&first, "first"), (&second, "second")] {
        let there = pair.same(order);
        pair.there.note(there.id, "n", text);
    }
    pair.settle(&out, &back);
    for (order, text) in [(&first, "first"), (&second, "second")] {
        let order = pair.here.now_of(order.id);
        assert_eq!(order.notes().map(|(_, note)| note.text.as_str()).collect::<Vec<_>>(), [text]);
    }
    pair.agree(&out, &back);
}

#[test]
fn what_may_have_arrived_is_said_again() {
    let pair = Pair::new();
    let out = pair.out();
    let order = pair.handed("WO-1");
    pair.here.deliver(&out, &order).unwrap();
    // It arrives, and nobody knows; then it is taken back here.
    let order = pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    out.plan([Fault::AnswerLost]);
    assert!(pair.here.deliver(&out, &order).is_err());
    assert_eq!(pair.same(&order).fields.reference.as_deref(), Some("R"));
    let order = pair.here.change(order.id, Command::default().with(Field::Reference, Value::Null));
    pair.here.deliver(&out, &order).unwrap();
    assert_eq!(pair.same(&order).fields.reference, None);
    // Called off while nobody knew whether it arrived.
    for (fault, there) in [(Fault::AnswerLost, 2), (Fault::NotSent, 2)] {
        let order = pair.handed(&format!("{fault:?}"));
        out.plan([fault]);
        assert!(pair.here.deliver(&out, &order).is_err());
        let order = pair.here.become_state(order.id, State::Canceled);
        pair.here.deliver(&out, &order).unwrap();
        assert_eq!(pair.there.ledger.all_orders().len(), there, "nothing is made to be called off");
        assert!(pair.find(&order).is_none_or(|there| there.state == State::Canceled));
        out.take_calls();
        assert_eq!(pair.here.deliver(&out, &order).unwrap(), Delivered::nothing());
    }
}

#[test]
fn a_repush_says_everything_again_and_makes_anew_what_was_deleted_there() {
    let pair = Pair::new();
    let out = pair.out();
    let order = pair.handed("WO-1");
    pair.here.deliver(&out, &order).unwrap();
    let first = pair.same(&order);
    pair.there.become_state(first.id, State::Deleted);
    let order = pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    let error = pair.here.deliver(&out, &order).unwrap_err();
    assert!(matches!(&error, ConnectError::Refused(why) if why.contains("a repush makes it anew")), "{error:?}");
    pair.here.on(&out, |remote| {
        remote.renew(&super::super::PruvanClient, order.serial).now_or_never().unwrap().unwrap();
    });
    assert_eq!(pair.here.deliver(&out, &order).unwrap().summary, "pushed as WO-1");
    let living = pair.there.ledger.all_orders();
    assert_eq!(living.iter().filter(|order| order.state != State::Deleted).count(), 1);
    // Repeating it does no harm.
    pair.here.on(&out, |remote| {
        remote.renew(&super::super::PruvanClient, order.serial).now_or_never().unwrap().unwrap();
    });
    assert_eq!(pair.here.deliver(&out, &order).unwrap().summary, "pushed WO-1 again");
    assert_eq!(pair.here.deliver(&out, &order).unwrap(), Delivered::nothing());
}

#[test]
fn an_order_that_nobody_can_push_is_said() {
    let pair = Pair::new();
    let out = pair.out();
    let bare = Command { route_to: vec![pair.here.connection.id], ..Command::default() }.with(Field::Number, "WO-1");
    let order = pair.here.submit(&user(), Request::create(bare));
    let error = pair.here.deliver(&out, &order).unwrap_err();
    let missing = "missing or blank: address1, city, state, zip";
    assert!(matches!(&error, ConnectError::Refused(why) if why.contains(missing)), "{error:?}");
    let order = pair.handed("WO-2");
    let answer = Bytes::from_static(br#"{"response":false,"error":"invalid clientCode"}"#);
    out.plan([Fault::Answer(StatusCode::OK, answer)]);
    assert!(matches!(pair.here.deliver(&out, &order), Err(ConnectError::Denied(_))));
    let without = Side { secrets: BTreeMap::new(), ..Pair::new().here };
    let error = without.deliver(&out, &order).unwrap_err();
    assert!(matches!(&error, ConnectError::Setting(_) | ConnectError::Later { .. }), "{error:?}");
}

#[test]
fn notes_go_as_instructions_and_those_of_the_crew_are_not_sent_back() {
    let pair = Pair::new();
    let (out, back) = (pair.out(), pair.back());
    let order = pair.handed("WO-1");
    let order = pair.here.note(order.id, "h", "The gate is locked");
    pair.here.deliver(&out, &order).unwrap();
    let there = pair.same(&order);
    assert_eq!(there.fields.client_instructions.as_deref(), Some("2026-01-15 10:00 Bob: The gate is locked"));
    pair.there.note(there.id, "t", "The dog bites");
    pair.settle(&out, &back);
    out.take_calls();
    let order = pair.here.change(order.id, Command::default().with(Field::Reference, "R"));
    pair.here.deliver(&out, &order).unwrap();
    let update = sent(&out.take_calls().remove(0), "workOrders");
    let members = ["workOrderNumber", "clientStatus", "reference"];
    assert_eq!(names(&update["workOrders"][0]), members.into_iter().collect());
}
