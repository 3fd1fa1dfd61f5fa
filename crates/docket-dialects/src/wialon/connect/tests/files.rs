//! Files in both directions.

use super::*;
use docket_core::order::{ItemKind, ItemRef};

fn names(order: &Order) -> Vec<String> {
    order.attachments().map(|(_, file)| file.name.clone()).collect()
}

fn quiet(pair: &Pair, way: &Loopback<'_>) {
    for _ in 0..3 {
        assert_eq!(pair.round(way), Vec::<String>::new());
    }
    assert!(pair.ours().iter().all(|order| pair.is_told(way, order)));
    pair.agree(way);
}

#[test]
fn files_go_both_ways_once() {
    let pair = Pair::new();
    let way = pair.way();
    let (there, ours) = (theirs(&pair, "Crate 7"), handed(&pair, "WO-1"));
    attached(&pair.there, there.id, "plan.txt", "turn left");
    attached(&pair.here, ours.id, "photo.txt", "a photo");
    quiet(&pair, &way);
    let copy = pair.same(&there);
    assert_eq!(names(&copy), ["plan.txt"]);
    let (_, file) = copy.attachments().next().unwrap();
    let bytes = pair.here.blob(&file.blob).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!((bytes.as_slice(), file.media_type.as_str(), file.size_bytes), (&b"turn left"[..], "text/plain", 9));
    assert_eq!(names(&pair.other(&ours)), ["photo.txt"]);
    // The other way round, on the same orders, one of them of a name that is there.
    attached(&pair.here, copy.id, "plan.txt", "turn right");
    attached(&pair.there, pair.other(&ours).id, "answer.txt", "nice");
    quiet(&pair, &way);
    let mut there = names(&now_of(&pair.there, there.id));
    there.sort();
    assert_eq!(there.len(), 2, "{there:?}");
    assert!(there.contains(&"plan.txt".to_owned()), "{there:?}");
    assert_eq!(names(&now_of(&pair.here, ours.id)), ["photo.txt", "answer.txt"]);
}

#[test]
fn what_is_taken_away_is_taken_away_there_and_what_is_written_anew_too() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    attached(&pair.here, order.id, "a.txt", "one");
    attached(&pair.here, order.id, "b.txt", "two");
    quiet(&pair, &way);
    attached(&pair.here, order.id, "a.txt", "one more");
    let gone = ItemRef { kind: ItemKind::Attachment, connection: None, id: "b.txt".to_owned() };
    change(&pair.here, order.id, Command { remove: vec![gone], ..Command::default() });
    quiet(&pair, &way);
    let other = pair.other(&order);
    assert_eq!(names(&other), ["a.txt"]);
    assert_eq!(other.attachments().next().unwrap().1.size_bytes, 8);
    // Taken away there: not attached again, and kept here.
    let (item, _) = other.attachments().next().unwrap();
    change(&pair.there, other.id, Command { remove: vec![item.reference()], ..Command::default() });
    for _ in 0..3 {
        pair.round(&way);
    }
    assert_eq!((names(&pair.other(&order)).len(), names(&now_of(&pair.here, order.id)).len()), (0, 1));
}

#[test]
fn a_file_of_an_awkward_name_or_content() {
    let pair = Pair::new();
    let way = pair.way();
    let (order, there) = (handed(&pair, "WO-1"), theirs(&pair, "Crate 7"));
    attached(&pair.here, order.id, "a/b\\ \"ü\".txt", "--x\r\n--docket-00000000000000000000000000000008--");
    // What looks like an error is a file.
    attached(&pair.there, there.id, "odd.json", r#"{"error":5}"#);
    for _ in 0..3 {
        assert_eq!(pair.round(&way), Vec::<String>::new());
    }
    let other = pair.other(&order);
    assert_eq!(names(&other), ["a_b_ _ü_.txt"]);
    assert_eq!(files(&other), files(&now_of(&pair.here, order.id)));
    assert_eq!(files(&pair.same(&there)), files(&now_of(&pair.there, there.id)));
}
