//! The tables, cell by cell.

use super::super::map::status::{self, ADVICE, Action, Advice, Word};
use super::super::map::{MEMBERS, date};
use super::*;
use docket_core::connection::Mode;
use docket_core::order::State;
use std::fmt::Write as _;

#[test]
fn advice_table() {
    let mut table = String::new();
    let cell = |action, mode, word| match status::advisory(action, mode, word) {
        None => "yes",
        Some(_) => "not advised",
    };
    for (word, ..) in ADVICE {
        let name = word.map_or("(not set)", Word::word);
        let cells = [
            cell(Action::Create, Mode::Internal, *word),
            cell(Action::Create, Mode::External, *word),
            cell(Action::Update, Mode::Internal, *word),
            cell(Action::Update, Mode::External, *word),
        ];
        writeln!(table, "{name}: {}", cells.join(" | ")).unwrap();
    }
    let expected = "\
(not set): yes | yes | yes | yes
unassigned: yes | not advised | yes | not advised
assigned: yes | not advised | yes | not advised
accepted: not advised | not advised | not advised | not advised
rejected: not advised | not advised | not advised | not advised
rush: yes | yes | yes | yes
rework: yes | yes | yes | yes
canceled: not advised | not advised | yes | yes
complete: not advised | not advised | not advised | not advised
invoiced: not advised | not advised | not advised | not advised
submitted: not advised | not advised | not advised | not advised
closed: not advised | not advised | yes | yes
deleted: not advised | not advised | not advised | not advised
";
    assert_eq!(table, expected);
    assert_eq!(ADVICE.len(), Word::ALL.len() + 1);
    let caution = status::advisory(Action::Update, Mode::Internal, Some(Word::Deleted)).unwrap();
    assert!(caution.contains("caution"), "{caution}");
    assert!(ADVICE.iter().all(|(_, create, _)| *create != Advice::Caution));
}

/// Every cell of the advice table through the wire: accepted, and noted where it is not advised.
#[test]
fn advice_is_noted_and_never_refuses() {
    for (mode, name) in [(Mode::Internal, "internal"), (Mode::External, "external")] {
        for (word, ..) in ADVICE {
            let hub = Hub::new(&[("mode", name)]);
            let more = word.map_or(json!({}), |word| json!({"status": word.word()}));
            assert_eq!(hub.push(json!([new_order("A", more.clone())])), counts(1, 0, 0));
            let order = hub.ledger.all_orders().pop().unwrap();
            let expected: Vec<String> = status::advisory(Action::Create, mode, *word).into_iter().collect();
            assert_eq!(hub.last_entry(&order).advisories, expected, "create {word:?} {name}");

            let hub = Hub::new(&[("mode", name)]);
            hub.take(new_order("A", json!({"status": "rush"})));
            let answer = hub.push(json!([change("A", more)]));
            let deleted = u32::from(*word == Some(Word::Deleted));
            assert_eq!(answer, counts(0, 1 - deleted, deleted), "{word:?}");
            let order = hub.ledger.all_orders().pop().unwrap();
            let expected: Vec<String> = status::advisory(Action::Update, mode, *word).into_iter().collect();
            let entry = hub.last_entry(&order);
            if entry.verb() != "created" {
                assert_eq!(entry.advisories, expected, "update {word:?} {name}");
            }
        }
    }
}

#[test]
fn words_there_and_back() {
    for &word in Word::ALL {
        assert_eq!(Word::read(word.word()), Some(word));
        assert_eq!(Word::read(&word.word().to_uppercase()), Some(word));
        if let Some(state) = word.state() {
            assert_eq!(status::of_state(state), word);
        }
        let hub = Hub::new(&[]);
        hub.push(json!([new_order("A", json!({"status": word.word()}))]));
        let order = hub.ledger.all_orders().pop().unwrap();
        assert_eq!(hub.face(&order)["status"], word.word());
        assert_eq!(order.fields.rush, word == Word::Rush);
        assert_eq!(order.fields.rework, word == Word::Rework);
        assert_eq!(order.state, word.state().unwrap_or(State::Received));
    }
    for (alias, word) in [
        ("CANCEL", Word::Canceled),
        ("cancelled", Word::Canceled),
        ("Canceled", Word::Canceled),
        ("Un-assigned", Word::Unassigned),
        ("RUSH", Word::Rush),
    ] {
        assert_eq!(Word::read(alias), Some(word));
    }
    for unknown in ["", "done", "rushed", "in process", "ＲＵＳＨ"] {
        assert_eq!(Word::read(unknown), None);
    }
}

/// From every status to every status by update: the last word is what shows, and a word sent twice changes nothing.
#[test]
fn every_word_after_every_word() {
    for &first in Word::ALL.iter().filter(|word| **word != Word::Deleted) {
        for &second in Word::ALL {
            let hub = Hub::new(&[]);
            hub.take(new_order("A", json!({"status": first.word()})));
            let answer = hub.push(json!([change("A", json!({"status": second.word()}))]));
            let deleted = u32::from(second == Word::Deleted);
            assert_eq!(answer, counts(0, 1 - deleted, deleted));
            let order = hub.ledger.all_orders().pop().unwrap();
            assert_eq!(hub.face(&order)["status"], second.word(), "{first:?} then {second:?}");
            if second != Word::Deleted {
                hub.push(json!([change("A", json!({"status": second.word()}))]));
                assert_eq!(hub.order("A").revision, order.revision, "{first:?} then {second:?} twice");
            }
        }
    }
}

#[test]
fn crosswalk_is_whole_and_true() {
    assert_eq!(DIALECT.statuses.iter().map(|row| row.state).collect::<Vec<_>>(), State::ALL);
    let mut read = 0;
    for row in DIALECT.statuses {
        assert_eq!(row.shown, status::of_state(row.state).word());
        for word in row.read {
            assert_eq!(Word::read(word).and_then(Word::state), Some(row.state), "{word}");
            read += 1;
        }
    }
    assert!(read >= Word::ALL.len() - 2);
    for member in MEMBERS {
        assert!(DIALECT.fields.iter().any(|row| row.member == member.name), "{}", member.name);
    }
}

#[test]
fn states_of_other_dialects_show() {
    let hub = Hub::new(&[]);
    let mut order = (*hub.take(new_order("A", json!({})))).clone();
    let expected = [
        (State::Received, "unassigned", "new"),
        (State::Assigned, "assigned", "new"),
        (State::Accepted, "accepted", "viewed"),
        (State::Rejected, "rejected", "viewed"),
        (State::Started, "assigned", "in process"),
        (State::Waiting, "assigned", "in process"),
        (State::Completed, "complete", "complete"),
        (State::Submitted, "submitted", "complete"),
        (State::Invoiced, "invoiced", "complete"),
        (State::Closed, "closed", "complete"),
        (State::Canceled, "canceled", "updated"),
        (State::Failed, "rejected", "updated"),
        (State::Deleted, "deleted", "updated"),
    ];
    assert_eq!(expected.len(), State::ALL.len());
    for (state, shown, field) in expected {
        order.state = state;
        let face = hub.face(&order);
        assert_eq!((face["status"].as_str(), face["fieldStatus"].as_str()), (Some(shown), Some(field)), "{state}");
        order.fields.rush = true;
        let flagged = if status::is_active(state) { "rush" } else { shown };
        assert_eq!(hub.face(&order)["status"], flagged, "{state} and rush");
        order.fields.rush = false;
    }
}

#[test]
fn dates_in_every_tolerated_spelling() {
    for text in [
        "2020-05-28 1200 +0",
        "2020-05-28 1200  0",
        "2020-05-28 1200 0",
        "2020-05-28 1200+0",
        "2020-05-28 1200",
        "2020-05-28 1200 -0",
        "2020-05-28 1200 +00",
        "2020-05-28 1200 +00:00",
        "2020-05-28 1200 +0000",
        "2020-05-28",
        "2020-05-28 1700 +5",
        "2020-05-28 1700  5",
        "2020-05-28 1700 +05:00",
        "2020-05-28 0700 -5",
        "2020-05-28 0630 -530",
        "2020-05-28 1730 +5:30",
    ] {
        assert_eq!(date::read(text), time("2020-05-28T12:00:00Z"), "{text}");
    }
    for text in [
        "",
        "soon",
        "2020-05-28T12:00:00Z",
        "2020-13-01 1200 +0",
        "2021-02-29 1200 +0",
        "2020-05-28 2400 +0",
        "2020-05-28 1260 +0",
        "2020-05-28 12:00 +0",
        "2020-5-28",
        "2020-05-28 ",
        "2020-05-28 1200 +",
        "2020-05-28 1200 +99",
        "2020-05-28 1200 +5:3",
        "2020-05-28 1200 UTC",
        "20-05-2028 1200 +0",
        "２０２０-05-28",
        "2020-05-28 1200 +0 ",
        "+202-05-28 1200 +0",
        "2020-+5-28 1200 +0",
    ] {
        assert_eq!(date::read(text), None, "{text}");
    }
    let now = "2020-05-28T23:59:59.5Z".parse().unwrap();
    assert_eq!(Some(date::noon(now)), time("2020-05-28T12:00:00Z"));
    assert_eq!(date::write(now), "2020-05-28 2359 +0");
    assert_eq!(date::read(&date::write(now)), Some(date::to_minute(now)));
}

#[test]
fn our_own_failures_are_told_and_retried() {
    use super::super::error::Error;
    use docket_core::ledger::Fault;
    for fault in [Fault::Busy, Fault::Store("disk gone".to_owned())] {
        let response = Error::Fault(fault).response();
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(answer["response"], false);
        assert!(answer["error"].as_str().unwrap().contains("try again") && !answer.to_string().contains("disk"));
    }
    let cut = DIALECT.serve.refuse(StatusCode::PAYLOAD_TOO_LARGE, "body too \"large\"");
    assert_eq!(cut.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(cut.body, r#"{"response":false,"error":"body too \"large\""}"#);
}
