//! Orders from the first look to the result, on a good day.

use super::*;
use crate::connect::LoopbackFault as Fault;
use http::StatusCode;

#[test]
fn an_order_becomes_a_job_and_its_result_comes_back() {
    let pair = Pair::new();
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    let delivered = pair.deliver(&way, order).unwrap();
    assert_eq!(delivered.calls, 4);
    let job = pair.job_of(order).unwrap();
    assert_eq!(delivered.summary, format!("ordered as job {}", job.id));
    assert_eq!(job.fields.address1.as_deref(), Some("Utrechtsestraat 61"));
    way.take_calls();
    assert_eq!(pair.deliver(&way, order).unwrap(), Delivered::nothing());
    assert!(way.take_calls().is_empty());
    let pulled = pair.pull(&way).unwrap();
    assert_eq!((pulled.seen, pulled.problems.len()), (1, 0));
    assert_eq!(
        (now_of(&pair.here, order).state, now_of(&pair.here, order).fields.progress_total),
        (State::Received, Some(6))
    );
    pair.progress(job.id, 4, 6);
    pair.pull(&way).unwrap();
    let here = now_of(&pair.here, order);
    assert_eq!((here.state, here.fields.progress_current), (State::Started, Some(4)));
    // Progress never goes back, and what says nothing new is no entry.
    pair.progress(job.id, 3, 6);
    assert_eq!(pair.pull(&way).unwrap().changed, 0);
    assert_eq!(now_of(&pair.here, order).fields.progress_current, Some(4));
    pair.finish(job.id);
    pair.pull(&way).unwrap();
    let here = now_of(&pair.here, order);
    assert_eq!((here.state, here.fields.progress_current), (State::Completed, Some(6)));
    assert_eq!(
        (here.fields.result_name.as_deref(), here.fields.result_type.as_deref()),
        (Some("report 1.pdf"), Some("application/pdf"))
    );
    let history = pair.here.history(&Caller::hub(ACCOUNT), here.serial).now_or_never().unwrap().unwrap();
    assert!(history.iter().filter(|entry| entry.connection.is_some()).all(|entry| entry.actor == "planviewer land"));
    assert!(history.last().unwrap().exchange.is_some());
    // It is ended: nobody asks any more.
    way.take_calls();
    assert_eq!(pair.pull(&way).unwrap(), Pulled::default());
    assert!(way.take_calls().is_empty());
    pair.agree(&way);
}

#[test]
fn a_result_can_be_fetched_again() {
    let pair = Pair::new();
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    pair.deliver(&way, order).unwrap();
    pair.finish(pair.job_of(order).unwrap().id);
    pair.pull(&way).unwrap();
    change(&pair.here, order, Command::default().with(Field::ResultBlob, docket_core::order::Value::Null));
    let serial = now_of(&pair.here, order).serial;
    pair.on(&way, |remote| remote.renew(&PlanviewerClient, serial).now_or_never().unwrap()).unwrap();
    pair.deliver(&way, order).unwrap();
    assert_eq!(pair.pull(&way).unwrap().changed, 1);
    assert_eq!(pair.there.all_orders().len(), 1);
    pair.agree(&way);
}

#[test]
fn a_job_that_fails_says_why() {
    let pair = Pair::new();
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    pair.deliver(&way, order).unwrap();
    pair.fail(pair.job_of(order).unwrap().id, "no such lot");
    pair.pull(&way).unwrap();
    let here = now_of(&pair.here, order);
    assert_eq!(here.state, State::Failed);
    assert_eq!(here.fields.outcome.as_deref(), Some("This job did not finish successfully: no such lot"));
    pair.agree(&way);
}

#[test]
fn where_several_places_may_be_meant_the_user_is_asked() {
    let pair = Pair::new();
    let way = pair.way();
    // 52 is found as well when 2 is looked for, and is not meant.
    let two = pair.order("Voorbeeldstraat 2", "3511 ab");
    pair.deliver(&way, two).unwrap();
    assert_eq!(pair.job_of(two).unwrap().fields.address1.as_deref(), Some("Voorbeeldstraat 2"));
    let order = pair.order("Voorbeeldstraat 7", "3511AB");
    assert_eq!(pair.deliver(&way, order).unwrap().summary, "asked which of 2 places is meant");
    let here = now_of(&pair.here, order);
    assert_eq!(here.state, State::Waiting);
    let labels: Vec<&str> = question(&here).choices.iter().map(|choice| choice.label.as_str()).collect();
    let street = "3511AB Utrecht";
    let expected = [format!("Voorbeeldstraat 7 a, {street}"), format!("Voorbeeldstraat 7 b, {street}")];
    assert_eq!(labels, [expected[0].as_str(), expected[1].as_str(), "None of these"]);
    // Until it is answered nothing is ordered, nor asked.
    way.take_calls();
    assert_eq!(pair.deliver(&way, order).unwrap(), Delivered::nothing());
    assert!(way.take_calls().is_empty());
    assert!(pair.reply(&pair.here, order, "2"));
    pair.deliver(&way, order).unwrap();
    assert_eq!(pair.job_of(order).unwrap().fields.address1.as_deref(), Some("Voorbeeldstraat 7 b"));
    let none = pair.order("Voorbeeldstraat 7", "3511AB");
    pair.deliver(&way, none).unwrap();
    assert!(pair.reply(&pair.here, none, "0"));
    assert!(matches!(pair.deliver(&way, none), Err(ConnectError::Refused(_))));
    // Named as it is there nobody is asked.
    let named = pair.order("Voorbeeldstraat 7-A", "3511AB");
    pair.deliver(&way, named).unwrap();
    assert_eq!(pair.job_of(named).unwrap().fields.address1.as_deref(), Some("Voorbeeldstraat 7 a"));
}

#[test]
fn what_a_job_asks_is_asked_here_and_answered_there() {
    let pair = Pair::new();
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    pair.deliver(&way, order).unwrap();
    let job = pair.job_of(order).unwrap().id;
    pair.progress(job, 2, 6);
    pair.ask(job, "q1");
    pair.pull(&way).unwrap();
    let here = now_of(&pair.here, order);
    assert_eq!(
        (here.state, question(&here).message.as_str(), question(&here).choices.len()),
        (State::Waiting, "Which lot?", 2)
    );
    assert_eq!(pair.pull(&way).unwrap().changed, 0);
    assert!(pair.reply(&pair.here, order, "2"));
    assert_eq!(pair.deliver(&way, order).unwrap().summary, "answered 2");
    let answered = pair.there.all_orders().remove(0);
    let (item, _) = answered.questions().next().unwrap();
    assert_eq!(question_of(item).answer.as_ref().unwrap().choice, "2");
    pair.pull(&way).unwrap();
    assert_eq!(now_of(&pair.here, order).state, State::Started);
    // A second question, answered there by somebody else, is gone here.
    pair.ask(job, "q2");
    pair.pull(&way).unwrap();
    assert_eq!(now_of(&pair.here, order).state, State::Waiting);
    assert!(pair.reply(&pair.there, job, "1"));
    pair.pull(&way).unwrap();
    let here = now_of(&pair.here, order);
    assert_eq!((here.state, here.questions().count()), (State::Started, 1));
    pair.finish(job);
    pair.pull(&way).unwrap();
    pair.agree(&way);
}

#[test]
fn what_is_missing_is_said_before_anything_is_ordered() {
    let pair = Pair::new();
    let way = pair.way();
    let refused = |order: OrderId, words: &str| {
        let error = pair.deliver(&way, order).unwrap_err();
        assert!(matches!(&error, ConnectError::Refused(why) if why.contains(words)), "{error:?}");
    };
    refused(pair.order("Utrechtsestraat", "6811LW"), "no house number");
    refused(pair.order("Utrechtsestraat 61", ""), "no postal code");
    refused(pair.order("Nergens 1", "1000AA"), "no place there is Nergens 1, 1000AA");
    let other = pair.order("Utrechtsestraat 61", "6811LW");
    change(&pair.here, other, Command::default().with(Field::Service, "Mow"));
    refused(other, "Mow, which is not sold there: set `product`");
    assert!(pair.there.all_orders().is_empty());
    let pair = Pair::with(&[("product", PRODUCT)], &[]);
    let way = pair.way();
    let other = pair.order("Utrechtsestraat 61", "6811LW");
    change(&pair.here, other, Command::default().with(Field::Service, "Mow"));
    pair.deliver(&way, other).unwrap();
    // What is called off is not ordered.
    let off = pair.order("Utrechtsestraat 61", "6811LW");
    change(&pair.here, off, Command::default().moving(Transition::Cancel));
    assert_eq!(pair.deliver(&way, off).unwrap(), Delivered::nothing());
    assert_eq!(pair.there.all_orders().len(), 1);
}

#[test]
fn payment_and_caps_are_conditions_of_the_account() {
    let pair = Pair::with(&[], &[("payment_on_account", "false")]);
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    assert!(matches!(pair.deliver(&way, order), Err(ConnectError::Refused(why)) if why.contains("payment on account")));
    let pair = Pair::with(&[], &[("soft_cap", "1"), ("grace", "1")]);
    let way = pair.way();
    let orders: Vec<OrderId> = (0..3).map(|_| pair.order("Utrechtsestraat 61", "6811LW")).collect();
    pair.deliver(&way, orders[0]).unwrap();
    pair.deliver(&way, orders[1]).unwrap();
    // Ten in the morning in UTC is eleven in Amsterdam: thirteen hours are left of the day.
    let error = pair.deliver(&way, orders[2]).unwrap_err();
    assert!(
        matches!(&error, ConnectError::Later { after: Some(after), why } if after.as_secs() == 13 * 3600 && why.contains("daily limit")),
        "{error:?}"
    );
    pair.pass(14 * 3600);
    pair.deliver(&way, orders[2]).unwrap();
    // Our own cap is kept without asking.
    let pair = Pair::with(&[("daily_cap", "1")], &[]);
    let way = pair.way();
    let (first, second) = (pair.order("Utrechtsestraat 61", "6811LW"), pair.order("Voorbeeldstraat 2", "3511AB"));
    way.plan([Fault::None, Fault::None, Fault::None, Fault::NotSent]);
    assert!(pair.deliver(&way, first).is_err());
    pair.deliver(&way, first).unwrap();
    assert!(matches!(pair.deliver(&way, second), Err(ConnectError::Later { after: Some(_), .. })));
    pair.pass(14 * 3600);
    pair.deliver(&way, second).unwrap();
    assert_eq!(pair.there.all_orders().len(), 2);
}

#[test]
fn wrong_credentials_are_said() {
    let mut pair = Pair::new();
    pair.secrets.insert("secret".to_owned(), "wrong".to_owned());
    let pair = pair;
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    assert!(matches!(pair.deliver(&way, order), Err(ConnectError::Denied(why)) if why.contains("Unauthorized")));
    let mut pair = Pair::new();
    pair.secrets.remove("key");
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    assert!(matches!(pair.deliver(&way, order), Err(ConnectError::Setting(_))));
}

#[test]
fn one_unknown_job_does_not_hide_the_others() {
    let pair = Pair::new();
    let way = pair.way();
    let orders: Vec<OrderId> = (0..7).map(|_| pair.order("Utrechtsestraat 61", "6811LW")).collect();
    for order in &orders {
        pair.deliver(&way, *order).unwrap();
    }
    let lost = pair.job_of(orders[3]).unwrap().id;
    change(&pair.there, lost, Command::default().moving(Transition::Delete));
    let pulled = pair.pull(&way).unwrap();
    assert_eq!((pulled.seen, pulled.problems.len()), (6, 1), "{:?}", pulled.problems);
    assert_eq!(pair.held(&way).len(), 6);
}

#[test]
fn the_same_key_orders_once() {
    let pair = Pair::new();
    let way = pair.way();
    let order = pair.order("Utrechtsestraat 61", "6811LW");
    way.plan([Fault::None, Fault::None, Fault::None, Fault::Twice]);
    pair.deliver(&way, order).unwrap();
    assert_eq!(pair.there.all_orders().len(), 1);
    // It is counted once as well.
    let day = "2026-01-15";
    let count = pair.there.record(ConnectionId(1).into(), "orders", day).now_or_never().unwrap().unwrap();
    assert_eq!(count.as_deref(), Some("1"));
    let calls = way.take_calls();
    let order = calls.iter().rfind(|call| call.operation == "jobs/order").unwrap();
    let again = way.send(order.clone()).now_or_never().unwrap().unwrap();
    assert_eq!((again.status, pair.there.all_orders().len()), (StatusCode::OK, 1));
}
