//! Events: told once, and what does not say everything.

use super::*;
use crate::connect::LoopbackFault as Fault;
use bytes::Bytes;
use http::StatusCode;

fn operations(way: &Loopback<'_>) -> Vec<&'static str> {
    way.take_calls().iter().map(|call| call.operation).collect()
}

#[test]
fn everything_is_read_once_and_then_what_happened() {
    let pair = Pair::new();
    let way = pair.way();
    let there = theirs(&pair, "Crate 7");
    pair.pull(&way).unwrap();
    assert_eq!(
        operations(&way),
        ["token/login", "core/search_items", "core/update_data_flags", "order/list_attachments"]
    );
    pair.pass(5);
    assert_eq!(pair.pull(&way).unwrap(), Pulled::default());
    assert_eq!(operations(&way), ["avl_evts"]);
    change(&pair.there, there.id, Command::default().with(Field::CustomerName, "Bob"));
    pair.pass(5);
    let pulled = pair.pull(&way).unwrap();
    assert_eq!((pulled.seen, pulled.changed), (1, 1));
    assert_eq!(operations(&way), ["avl_evts", "order/list_attachments"]);
    assert_eq!(pair.same(&there).fields.customer_name.as_deref(), Some("Bob"));
    pair.pass(600);
    pair.pull(&way).unwrap();
    assert!(operations(&way).contains(&"core/update_data_flags"), "in a while everything is read anew");
}

#[test]
fn events_whose_answer_was_lost_are_not_missed() {
    for fault in [
        Fault::AnswerLost,
        Fault::Cut(30),
        Fault::Answer(StatusCode::BAD_GATEWAY, Bytes::from_static(b"bad gateway")),
        Fault::Answer(StatusCode::OK, Bytes::from_static(br#"{"error":1}"#)),
        Fault::Answer(StatusCode::OK, Bytes::from_static(br#"{"tm":1,"events":[{"i":-2,"t":"u","d":{}}]}"#)),
        Fault::Answer(
            StatusCode::OK,
            Bytes::from_static(br#"{"tm":1,"events":[{"i":-5,"t":"u","d":{"a":[],"r":[]}}]}"#),
        ),
    ] {
        let pair = Pair::new();
        let way = pair.way();
        let there = theirs(&pair, "Crate 7");
        pair.pull(&way).unwrap();
        change(&pair.there, there.id, Command::default().with(Field::CustomerName, "Bob"));
        pair.pass(5);
        way.plan([fault.clone()]);
        let _ = pair.pull(&way);
        pair.pass(5);
        pair.pull(&way).unwrap();
        assert_eq!(pair.same(&there).fields.customer_name.as_deref(), Some("Bob"), "{fault:?}");
    }
    // Something in between asked twice: nobody saw the first answer, until everything is read anew.
    let pair = Pair::with(&[("reread_s", "30")]);
    let way = pair.way();
    let there = theirs(&pair, "Crate 7");
    pair.pull(&way).unwrap();
    change(&pair.there, there.id, Command::default().with(Field::CustomerName, "Bob"));
    pair.pass(5);
    way.plan([Fault::Twice]);
    pair.pull(&way).unwrap();
    assert_eq!(pair.same(&there).fields.customer_name.as_deref(), Some("Ann Lee"));
    pair.pass(30);
    pair.pull(&way).unwrap();
    assert_eq!(pair.same(&there).fields.customer_name.as_deref(), Some("Bob"));
}

#[test]
fn no_bytes_of_a_counterpart_do_harm() {
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "7",
        "[null]",
        r#"{"events":7}"#,
        r#"{"events":[7,{"i":2101,"t":"u","d":{"ordersu":7}}]}"#,
        r#"{"events":[{"i":2101,"t":"u","d":{"ordersu":[]}},{"i":3007,"t":"m","d":{"t":"x","pos":[]}}]}"#,
        r#"{"events":[{"i":2101,"t":"u","d":{"ordersu":[14,{"id":14}]}},{"i":2101,"t":"u","d":{"ordersu":[15,{"n":[1],"p":7,"u":{},"s":"x"}]}}]}"#,
        r#"[{"i":2101,"d":{"orders":[]}}]"#,
        r#"[{"i":2101,"d":{"orders":{"1":7,"2":{"id":2,"y":1e999}}}}]"#,
        r#"[[],[],[]]"#,
        r#"{"items":[]}"#,
        r#"{"items":[{}]}"#,
        r#"{"eid":7}"#,
        r#"{"error":"x"}"#,
        r#"{"error":9999}"#,
        r#"[14]"#,
        r#"["x",{}]"#,
    ];
    for calls in 0..6 {
        for body in bodies {
            let pair = Pair::new();
            let way = pair.way();
            let order = handed(&pair, "WO-1");
            attached(&pair.here, order.id, "a.txt", "one");
            let answer = Fault::Answer(StatusCode::OK, Bytes::from_static(body.as_bytes()));
            way.plan((0..calls).map(|_| Fault::None).chain([answer.clone(), answer]));
            let _ = pair.pull(&way);
            let _ = pair.deliver(&way, &order);
            pair.pass(5);
            let _ = pair.pull(&way);
            way.calm();
            let _ = pair.inventory(&way);
            pair.settle(&way);
            // One that was said to be created and is nowhere is taken to be deleted there.
            let expected = usize::from(now_of(&pair.here, order.id).state != State::Rejected);
            assert_eq!(pair.there.all_orders().len(), expected, "{body} at {calls}");
        }
    }
}

#[test]
fn which_resource_is_meant_is_said_where_there_are_several() {
    let several =
        r#"{"items":[{"nm":"A","id":1,"uacl":-1},{"nm":"B","id":2,"uacl":8589934592},{"nm":"C","id":3,"uacl":1}]}"#;
    let pair = Pair::new();
    let way = pair.way();
    way.plan([Fault::None, Fault::Answer(StatusCode::OK, Bytes::from_static(several.as_bytes()))]);
    let error = pair.pull(&way).unwrap_err();
    assert!(matches!(&error, ConnectError::Setting(why) if why.ends_with("A (1), B (2)")), "{error:?}");
    let pair = Pair::with(&[("remote_resource", "nowhere")]);
    let error = pair.pull(&pair.way()).unwrap_err();
    assert!(matches!(&error, ConnectError::Setting(why) if why.contains("nowhere")), "{error:?}");
    let pair = Pair::with(&[("remote_resource", "2101")]);
    pair.pull(&pair.way()).unwrap();
}
