//! Terms: what the index knows an order by. Facets (its state, its unit, a label) and words.
//!
//! A word is kept at several lengths: `austin` as `a`, `au`, `aus`, `aust` and `austin`, each length apart from the others.
//! Whoever looks for `aus` reads one term, which all that begins so shares, rather than every word that begins so.

use super::words::LONGEST;
use crate::Visibility;
use crate::record::Card;
use docket_core::ids::ConnectionId;
use docket_core::order::State;
use sha2::{Digest, Sha256};

/// The lengths at which words are kept, in characters. A word is kept up to the first length that takes all of it.
const LENGTHS: [usize; 9] = [1, 2, 3, 4, 6, 9, 12, 16, LONGEST];
/// Longer values of a facet are told apart by a digest.
const VALUE_LIMIT: usize = 48;
/// Behind every text that begins alike: no UTF-8 has this byte.
const BEHIND: u8 = 0xff;

/// A term, as it is kept.
pub(crate) type Term = Vec<u8>;

pub(crate) fn state(state: State) -> Term {
    vec![b's', state as u8]
}

pub(crate) fn dialect(dialect: &str) -> Term {
    valued(b'd', dialect)
}

pub(crate) fn came_through(connection: ConnectionId) -> Term {
    numbered(b'c', connection.0)
}

pub(crate) fn routed_to(connection: ConnectionId) -> Term {
    numbered(b'r', connection.0)
}

pub(crate) fn unit(unit: i64) -> Term {
    numbered(b'u', unit)
}

/// Some unit is on it.
pub(crate) fn any_unit() -> Term {
    b"U".to_vec()
}

pub(crate) fn service(service: &str) -> Term {
    valued(b'v', service)
}

pub(crate) fn tag(tag: &str) -> Term {
    valued(b't', tag)
}

pub(crate) fn rush() -> Term {
    b"fr".to_vec()
}

pub(crate) fn rework() -> Term {
    b"fw".to_vec()
}

/// Completed late.
pub(crate) fn late() -> Term {
    b"fl".to_vec()
}

fn numbered(kind: u8, number: i64) -> Term {
    let mut term = vec![kind];
    term.extend(number.to_be_bytes());
    term
}

fn valued(kind: u8, value: &str) -> Term {
    let mut term = vec![kind];
    match value.len() <= VALUE_LIMIT {
        true => term.extend(value.as_bytes()),
        false => {
            term.push(BEHIND);
            term.extend(Sha256::digest(value.as_bytes()));
        }
    }
    term
}

/// What connections see of an account, as alternatives; none when they see all.
pub(crate) fn seen_by(seen: Visibility) -> Option<Vec<Term>> {
    match seen {
        Visibility::Account => None,
        Visibility::Origin(connection) => Some(vec![came_through(connection)]),
        Visibility::Routed(connection) => Some(vec![came_through(connection), routed_to(connection)]),
    }
}

/// The facets of an order.
pub(crate) fn facets_of(card: &Card) -> Vec<Term> {
    let mut terms = Vec::with_capacity(8);
    terms.extend(card.state.map(state));
    terms.push(dialect(&card.origin.dialect));
    terms.extend(card.origin.connection.map(came_through));
    terms.extend(card.routed_to.iter().copied().map(routed_to));
    terms.extend(card.unit.map(unit));
    terms.extend(card.unit.map(|_| any_unit()));
    terms.extend(card.service.as_deref().map(service));
    terms.extend(card.tags.iter().map(|label| tag(label)));
    terms.extend(card.rush.then(rush));
    terms.extend(card.rework.then(rework));
    terms.extend(card.late.then(late));
    terms
}

fn at_length(level: usize, start: &str) -> Term {
    let mut term = Vec::with_capacity(start.len() + 1);
    // There are nine levels.
    term.push(b'1' + level as u8);
    term.extend(start.as_bytes());
    term
}

/// Calls for every term that a word is kept under.
pub(crate) fn each_of_word(word: &str, mut kept: impl FnMut(Term)) {
    let length = word.chars().count();
    for (level, &most) in LENGTHS.iter().enumerate() {
        let start = match word.char_indices().nth(most) {
            Some((end, _)) => word.get(..end).unwrap_or(word),
            None => word,
        };
        kept(at_length(level, start));
        if most >= length {
            return;
        }
    }
}

/// The terms of all words that begin so: from the first to before the second.
pub(crate) fn beginning(start: &str) -> (Term, Term) {
    let length = start.chars().count();
    let level = LENGTHS.iter().position(|&most| most >= length).unwrap_or(LENGTHS.len() - 1);
    let from = at_length(level, start);
    let mut to = from.clone();
    to.push(BEHIND);
    (from, to)
}

/// One term alone: from it to before what comes next.
pub(crate) fn alone(term: Term) -> (Term, Term) {
    let mut to = term.clone();
    to.push(0);
    (term, to)
}

/// What the index says of one order, as it is kept with it: facets, and words that are not yet cut at lengths.
pub(crate) fn pack(facets: &[Term], words: &[String]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    let mut add = |marked: u8, text: &[u8]| {
        // Facets and words are shorter than this by far.
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        bytes.push(marked);
        bytes.push(length);
        bytes.extend(text.iter().take(usize::from(length)));
    };
    facets.iter().for_each(|facet| add(0, facet));
    words.iter().for_each(|word| add(1, word.as_bytes()));
    bytes
}

/// All terms of what was [`pack`]ed, each once.
pub(crate) fn unpack(mut bytes: &[u8]) -> Vec<Term> {
    let mut terms = Vec::with_capacity(64);
    while let [kind, length, rest @ ..] = bytes {
        let Some((text, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        match (kind, std::str::from_utf8(text)) {
            (1, Ok(word)) => each_of_word(word, |term| terms.push(term)),
            _ => terms.push(text.to_vec()),
        }
        bytes = rest;
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(start: &str, word: &str) -> bool {
        let (from, to) = beginning(start);
        let mut found = false;
        each_of_word(word, |term| found |= term >= from && term < to);
        found
    }

    proptest! {
        #[test]
        fn a_word_is_found_by_its_beginnings_and_by_nothing_else(
            word in "[abä]{1,32}", start in "[abä]{1,32}", length in 1..33_usize,
        ) {
            let beginning: String = word.chars().take(length).collect();
            prop_assert!(finds(&beginning, &word));
            prop_assert_eq!(finds(&start, &word), word.starts_with(&start));
        }

        #[test]
        fn what_is_kept_comes_back(
            facets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..60), 0..5),
            words in proptest::collection::vec("[a-zä]{1,32}", 0..9),
        ) {
            let mut terms = facets.clone();
            words.iter().for_each(|word| each_of_word(word, |term| terms.push(term)));
            terms.sort();
            terms.dedup();
            prop_assert_eq!(unpack(&pack(&facets, &words)), terms);
        }
    }

    #[test]
    fn long_values_stay_apart() {
        let long = "x".repeat(100);
        assert_ne!(service(&long), service(&format!("{long}y")));
        assert!(service(&long).len() < 60);
    }
}
