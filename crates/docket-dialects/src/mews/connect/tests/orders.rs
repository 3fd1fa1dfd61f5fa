//! Orders and what belongs to them, in both directions, on a good day.

use super::*;

#[test]
fn an_order_there_comes_here_with_everything() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, SPA, &[("Massage", Some(121.0)), ("Towels", Some(5.5))]);
    noted(&pair.there, there.id, "n1", "Bring towels");
    pair.pass(10);
    let pulled = pair.pull(&way).unwrap();
    assert_eq!((pulled.seen, pulled.changed, pulled.more), (1, 1, false));
    assert!(pulled.problems.is_empty(), "{:?}", pulled.problems);
    let order = same(&pair, &there);
    let fields = &order.fields;
    assert_eq!(order.origin.dialect, "mews");
    assert_eq!((fields.service.as_deref(), fields.title.as_deref()), (Some("Spa"), Some("Spa")));
    assert_eq!(fields.number, Some(there.serial.to_string()));
    assert_eq!((fields.customer_name.as_deref(), fields.customer_id.as_deref()), (Some("Ann Lee"), Some(ANN)));
    assert_eq!(fields.customer_email.as_deref(), Some("ann@example.com"));
    assert_eq!((order.state, fields.cost), (State::Received, Some(126.5)));
    assert_eq!(texts(&order), ["Bring towels"]);
    let bag: serde_json::Value = serde_json::from_str(order.wire("mews").unwrap()).unwrap();
    assert_eq!((bag["State"].as_str(), bag["Id"].as_str()), (Some("Requested"), Some(&*there.id.to_string())));
    assert!(bag.get("ClientToken").is_none() && bag.get("UpdatedUtc").is_none());
    // The exchange it was learned from is in the journal.
    let history = pair.here.history(&user(), order.serial).now_or_never().unwrap().unwrap();
    assert!(history[0].exchange.is_some());
    assert_eq!(history[0].actor, "mews hotel");
    // Once more: nothing new, and nothing to say back.
    way.take_calls();
    pair.pass(60);
    assert_eq!(pair.pull(&way).unwrap().changed, 0);
    assert_eq!(pair.deliver(&way, &order).unwrap(), Delivered::nothing());
    pair.agree(&way);
}

#[test]
fn what_changes_there_changes_here_and_what_changed_here_stays() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, SPA, &[("Massage", Some(121.0))]);
    pair.settle(&way);
    let here = same(&pair, &there);
    change(
        &pair.here,
        here.id,
        Command::default().with(Field::CustomerPhone, "+31 26 1110167").with(Field::Unit, 9001),
    );
    become_state(&pair.there, there.id, State::Started);
    noted(&pair.there, there.id, "n1", "Room 12");
    pair.settle(&way);
    let here = now_of(&pair.here, here.id);
    assert_eq!((here.state, texts(&here)), (State::Started, vec!["Room 12".to_owned()]));
    assert_eq!(here.fields.customer_phone.as_deref(), Some("+31 26 1110167"));
    noted(&pair.there, there.id, "n1", "Room 13");
    change(
        &pair.there,
        there.id,
        Command::default().with(Field::Tasks, Value::Tasks(vec![task("Massage", Some(121.0)), task("Tea", Some(3.0))])),
    );
    pair.settle(&way);
    let here = now_of(&pair.here, here.id);
    assert_eq!((here.fields.tasks.len(), texts(&here)), (2, vec!["Room 13".to_owned()]));
    // Work goes on here; what is not said there again does not set it back.
    become_state(&pair.here, here.id, State::Submitted);
    noted(&pair.there, there.id, "n2", "Late");
    pair.settle(&way);
    assert_eq!(now_of(&pair.here, here.id).state, State::Submitted);
    become_state(&pair.there, there.id, State::Canceled);
    pair.settle(&way);
    assert_eq!(now_of(&pair.here, here.id).state, State::Canceled);
    become_state(&pair.there, there.id, State::Received);
    pair.settle(&way);
    assert_eq!(now_of(&pair.here, here.id).state, State::Assigned);
    pair.agree(&way);
}

#[test]
fn an_order_here_goes_there_once() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None), ("Roses", Some(20.0))]);
    noted(&pair.here, here.id, "n1", "She is allergic to nuts");
    pair.settle(&way);
    let all = pair.there.all_orders();
    assert_eq!(all.len(), 1);
    let there = &all[0];
    let lines: Vec<_> = there.fields.tasks.iter().map(|task| (task.name.as_str(), task.unit_price)).collect();
    assert_eq!(lines, [("Massage", Some(121.0)), ("Roses", Some(20.0))]);
    assert_eq!(there.fields.service.as_deref(), Some(SPA));
    assert_eq!(there.fields.customer_id.as_deref(), Some(ANN));
    assert_eq!(texts(there), ["She is allergic to nuts", "WO-1"]);
    let here = now_of(&pair.here, here.id);
    assert_eq!(texts(&here), ["She is allergic to nuts"]);
    assert_eq!((here.state, here.fields.cost), (State::Received, None));
    // Its progress there is progress here, and its notes are notes here.
    become_state(&pair.there, there.id, State::Completed);
    noted(&pair.there, there.id, "r1", "Enjoyed it");
    pair.settle(&way);
    let here = now_of(&pair.here, here.id);
    assert_eq!(
        (here.state, texts(&here)),
        (State::Completed, vec!["Enjoyed it".to_owned(), "She is allergic to nuts".to_owned()])
    );
    pair.agree(&way);
}

#[test]
fn notes_are_changed_and_taken_away_in_both_directions() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None)]);
    noted(&pair.here, here.id, "a", "one");
    noted(&pair.here, here.id, "b", "two");
    pair.settle(&way);
    noted(&pair.here, here.id, "a", "one, but better");
    let order = now_of(&pair.here, here.id);
    let two = order.notes().find(|(_, note)| note.text == "two").unwrap().0.reference();
    change(&pair.here, here.id, Command { remove: vec![two], ..Command::default() });
    pair.settle(&way);
    let there = pair.there.all_orders().remove(0);
    assert_eq!(texts(&there), ["WO-1", "one, but better"]);
    // What was said there is rewritten from here, and the other way round.
    noted(&pair.there, there.id, "c", "three");
    pair.settle(&way);
    let order = now_of(&pair.here, here.id);
    let (item, note) = order.notes().find(|(_, note)| note.text == "three").unwrap();
    let body = Note { text: "three, four".to_owned(), ..note.clone() };
    let rewritten = Item { body: body.into(), ..item.clone() };
    change(&pair.here, here.id, Command { put: vec![rewritten], ..Command::default() });
    pair.settle(&way);
    let there = now_of(&pair.there, there.id);
    assert_eq!(texts(&there), ["WO-1", "one, but better", "three, four"]);
    let three = there.notes().find(|(_, note)| note.text == "three, four").unwrap().0.reference();
    change(&pair.there, there.id, Command { remove: vec![three], ..Command::default() });
    pair.settle(&way);
    assert_eq!(texts(&now_of(&pair.here, here.id)), ["one, but better"]);
    pair.agree(&way);
}

#[test]
fn a_delivery_in_the_middle_of_a_pull_is_not_undone() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None)]);
    pair.settle(&way);
    let there = pair.there.all_orders().remove(0);
    noted(&pair.there, there.id, "t", "Room 12");
    noted(&pair.here, here.id, "h", "Allergic");
    pair.pass(60);
    let delivered = std::sync::atomic::AtomicBool::new(false);
    let meddling = super::answers::Says(|call: &crate::connect::Outgoing| {
        let answer = way.send(call.clone()).now_or_never().unwrap().unwrap();
        // The notes of the order were read; now one more is written.
        let is_first = || !delivered.swap(true, std::sync::atomic::Ordering::Relaxed);
        if call.operation == "serviceOrderNotes/getAll" && is_first() {
            pair.deliver(&way, &now_of(&pair.here, here.id)).unwrap();
        }
        (answer.status.as_u16(), answer.body.to_vec())
    });
    pair.pull(&meddling).unwrap();
    assert_eq!(texts(&now_of(&pair.here, here.id)), ["Allergic", "Room 12"]);
    noted(&pair.here, here.id, "h", "Allergic to nuts");
    pair.settle(&way);
    assert_eq!(texts(&now_of(&pair.there, there.id)), ["Allergic to nuts", "Room 12", "WO-1"]);
    pair.agree(&way);
}

#[test]
fn said_anew_it_is_said_again_and_nothing_is_twice() {
    let pair = Pair::new();
    let way = pair.way();
    let here = handed(&pair, "WO-1", &[("Massage", None)]);
    noted(&pair.here, here.id, "h", "Allergic");
    pair.settle(&way);
    let there = pair.there.all_orders().remove(0);
    // Somebody there changed what was said here, and nobody looked.
    let (item, note) = there.notes().find(|(_, note)| note.text == "Allergic").unwrap();
    let body = Note { text: "Not allergic".to_owned(), ..note.clone() };
    change(
        &pair.there,
        there.id,
        Command { put: vec![Item { body: body.into(), ..item.clone() }], ..Command::default() },
    );
    let renew = || pair.on(&way, |remote| remote.renew(&super::super::MewsClient, here.serial).now_or_never().unwrap());
    renew().unwrap();
    let order = now_of(&pair.here, here.id);
    assert_eq!(pair.deliver(&way, &order).unwrap().summary, "1 note changed");
    assert_eq!(texts(&now_of(&pair.there, there.id)), ["Allergic", "WO-1"]);
    assert_eq!(pair.deliver(&way, &order).unwrap(), Delivered::nothing());
    // What is not there yet has nothing to be said again.
    let new = handed(&pair, "WO-2", &[("Massage", None)]);
    pair.on(&way, |remote| remote.renew(&super::super::MewsClient, new.serial).now_or_never().unwrap()).unwrap();
    pair.settle(&way);
    assert_eq!(pair.there.all_orders().len(), 2);
    pair.agree(&way);
}

#[test]
fn cancellations_go_both_ways() {
    let pair = Pair::new();
    let way = pair.way();
    let lines: Vec<(String, Option<f64>)> = (0..23).map(|n| (format!("Line {n}"), Some(1.0))).collect();
    let lines: Vec<(&str, Option<f64>)> = lines.iter().map(|(name, price)| (name.as_str(), *price)).collect();
    let here = handed(&pair, "WO-1", &lines);
    let there = theirs(&pair, BAR, &[("Tea", Some(3.0))]);
    pair.settle(&way);
    become_state(&pair.here, here.id, State::Canceled);
    become_state(&pair.here, same(&pair, &there).id, State::Canceled);
    pair.settle(&way);
    assert!(pair.there.all_orders().iter().all(|order| order.state == State::Canceled));
    pair.agree(&way);
    // What is deleted here is called off there, once.
    let gone = handed(&pair, "WO-2", &[("Massage", None)]);
    pair.settle(&way);
    become_state(&pair.here, gone.id, State::Deleted);
    pair.settle(&way);
    assert!(pair.there.all_orders().iter().all(|order| order.state == State::Canceled));
    // What came from there and is deleted here stays deleted, and is there as it was.
    let kept = theirs(&pair, BAR, &[("Beer", Some(4.0))]);
    pair.settle(&way);
    become_state(&pair.here, same(&pair, &kept).id, State::Deleted);
    noted(&pair.there, kept.id, "n", "Two of them");
    let before = pair.here.all_orders().len();
    pair.settle(&way);
    assert_eq!(pair.here.all_orders().len(), before);
    assert_eq!(now_of(&pair.there, kept.id).state, State::Received);
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    let pair = Pair::new();
    let way = pair.way();
    let refused = |order: &Order, words: &str| {
        let error = pair.deliver(&way, order).unwrap_err();
        assert!(matches!(&error, ConnectError::Refused(why) if why.contains(words)), "{error:?}");
        assert!(pair.there.all_orders().is_empty());
    };
    refused(&handed(&pair, "WO-1", &[("Roses", None)]), "set `product_id`");
    refused(&handed(&pair, "WO-2", &[]), "set `product_id`");
    let elsewhere = handed(&pair, "WO-3", &[("Roses", Some(1.0))]);
    let elsewhere = change(&pair.here, elsewhere.id, Command::default().with(Field::Service, "Mow"));
    refused(&elsewhere, "Mow, which is not sold there: set `service_id`");
    let pair = Pair::with(&[("account_id", ""), ("service_id", BAR)]);
    let way = pair.way();
    let order = handed(&pair, "WO-4", &[("Roses", Some(1.0))]);
    let order = change(&pair.here, order.id, Command::default().with(Field::CustomerEmail, Value::Null));
    let error = pair.deliver(&way, &order).unwrap_err();
    assert!(matches!(&error, ConnectError::Refused(why) if why.contains("Ann Lee")), "{error:?}");
}

#[test]
fn strangers_are_added_where_that_is_wanted() {
    let pair = Pair::with(&[("add_customers", "true"), ("account_id", "")]);
    let way = pair.way();
    let order = handed(&pair, "WO-1", &[("Massage", None)]);
    let bob = Command::default().with(Field::CustomerEmail, "bob@example.com").with(Field::CustomerName, "Bob van Dam");
    change(&pair.here, order.id, bob);
    pair.settle(&way);
    let there = pair.there.all_orders().remove(0);
    assert_eq!(there.fields.customer_name.as_deref(), Some("Bob van Dam"));
}

#[test]
fn long_ago_is_read_in_parts() {
    let pair = Pair::with(&[("since", "2025-01-01")]);
    let way = pair.way();
    for days in [0, 100, 200, 300] {
        pair.there.set_now(at("2025-01-05T00:00:00Z").checked_add(SignedDuration::from_hours(24 * days)).unwrap());
        theirs(&pair, SPA, &[("Massage", None)]);
    }
    pair.there.set_now(at(START));
    let mut rounds = 0;
    while pair.pull(&way).unwrap().more {
        rounds += 1;
        assert!(rounds < 20);
    }
    assert_eq!(pair.ours().len(), 4);
    pair.agree(&way);
}

#[test]
fn a_service_that_is_new_there_is_read_from_when_it_could_have_been() {
    let pair = Pair::new();
    let way = pair.way();
    pair.settle(&way);
    const POOL: &str = "0f515589-99b4-423d-b83a-b237009f0509";
    pair.there.add_service(service(POOL, "Pool", ServiceKind::Additional, None, None));
    pair.pass(60);
    let there = theirs(&pair, POOL, &[("Lane", Some(2.0))]);
    for _ in 0..9 {
        pair.pass(120);
        pair.pull(&way).unwrap();
    }
    assert_eq!(same(&pair, &there).fields.service.as_deref(), Some("Pool"));
}

#[test]
fn a_webhook_lets_the_connection_look() {
    let here = MemoryLedger::new(at(START));
    here.connect(connection(7, Role::Connect, Scope::Routed, &[("webhook_key", "a secret word")]), &[]);
    here.connect(connection(8, Role::Connect, Scope::Routed, &[]), &[]);
    let way = Loopback::to(&DIALECT, &here, || at(START));
    let post = |query: &str| {
        let url = format!("http://docket.example/mews/webhook{query}");
        let call = crate::connect::Outgoing::post("webhook", url, "application/json", r#"{"Events":[]}"#);
        way.send(call).now_or_never().unwrap().unwrap().status.as_u16()
    };
    assert_eq!(post("?key=a%20secret%20word"), 200);
    assert_eq!((post("?key=another"), post(""), post("?key=")), (401, 401, 401));
}
