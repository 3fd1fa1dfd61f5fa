//! The status table, there and back.

use super::*;
use crate::mews::map::{STATUSES, Word, states_of};

#[test]
fn the_whole_table() {
    let rows: Vec<(State, &str)> = STATUSES.iter().map(|row| (row.state, row.shown)).collect();
    let code: Vec<(State, &str)> = State::ALL.iter().map(|&state| (state, Word::of(state, None).text())).collect();
    assert_eq!(rows, code, "the crosswalk and the code differ");
    for &word in Word::ALL {
        assert_eq!(Word::from_text(word.text()), Some(word));
        let read: Vec<State> = STATUSES.iter().filter(|row| row.read.contains(&word.text())).map(|r| r.state).collect();
        assert_eq!(read, [word.state()], "{word:?}");
        assert_eq!(Word::of(word.state(), Some(word)), word, "a word that was said is shown again");
    }
    for wrong in ["confirmed", "Cancelled", "", " Confirmed"] {
        assert_eq!(Word::from_text(wrong), None);
    }
}

#[test]
fn the_last_word_holds_while_it_means_the_state() {
    for &state in State::ALL {
        for &last in Word::ALL {
            let expected = if state == last.state() { last } else { Word::of(state, None) };
            assert_eq!(Word::of(state, Some(last)), expected, "{state:?} after {last:?}");
        }
    }
}

#[test]
fn asking_for_words_asks_for_every_state_that_can_show_them() {
    for &word in Word::ALL {
        let set = states_of(&[word]);
        for &state in State::ALL {
            let can = Word::of(state, None) == word || Word::of(state, Some(word)) == word;
            assert_eq!(set.contains(state), can, "{word:?} {state:?}");
        }
    }
    assert_eq!(states_of(Word::ALL).states().count(), State::ALL.len());
    assert_eq!(states_of(&[]).states().count(), 0);
}

#[test]
fn states_of_the_ledger_are_shown_filtered_and_canceled_with_a_date() {
    let hub = Hub::new();
    for (number, &state) in State::ALL.iter().enumerate() {
        let order = hub.create(
            Command { to: Some(Move::Become(state)), ..Command::default() }
                .with(docket_core::order::Field::Service, SPA),
        );
        assert_eq!(order.serial, Serial(number as i64 + 1));
    }
    let listed = hub.list(json!({})).ok();
    let orders = listed["ProductServiceOrders"].as_array().unwrap();
    assert_eq!(orders.len(), State::ALL.len());
    for (order, &state) in orders.iter().rev().zip(State::ALL) {
        assert_eq!(order["State"], Word::of(state, None).text(), "{state:?}");
        assert_eq!(order["State"] == "Canceled", !order["CancelledUtc"].is_null(), "{order}");
    }
    for &word in Word::ALL {
        let listed = hub.list(json!({"States": [word.text()]})).ok();
        let shown = listed["ProductServiceOrders"].as_array().unwrap();
        assert!(shown.iter().all(|order| order["State"] == word.text()));
        let expected = State::ALL.iter().filter(|&&state| Word::of(state, None) == word).count();
        assert_eq!(shown.len(), expected, "{word:?}");
    }
}

#[test]
fn an_order_lives_through_its_words() {
    let hub = Hub::new();
    let order = OrderId(id(hub.post("orders/add", smallest()).ok()["OrderId"].as_str().unwrap()));
    let shown = |hub: &Hub| hub.list(json!({})).ok()["ProductServiceOrders"][0]["State"].clone();
    assert_eq!(shown(&hub), "Confirmed");
    let life = [
        (State::Rejected, "Requested"),
        (State::Received, "Confirmed"),
        (State::Assigned, "Confirmed"),
        (State::Started, "Started"),
        (State::Waiting, "Optional"),
        (State::Completed, "Processed"),
        (State::Closed, "Processed"),
        (State::Canceled, "Canceled"),
        (State::Received, "Confirmed"),
        (State::Deleted, "Canceled"),
    ];
    for (state, word) in life {
        hub.become_state(order, state);
        assert_eq!(shown(&hub), word, "{state:?}");
    }
}
