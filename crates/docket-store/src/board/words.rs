//! Words: what of an order's texts is found, and what somebody who searches means.
//!
//! Case, accents and punctuation do not matter. `O'Brien-Łódź` is found as `obrien`, `brien`, `lodz`; a number or a
//! postal code as a whole too, however it was spaced (`1012 AB` as `1012ab`).

use crate::record::Card;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut here, in characters, when they are kept and when they are looked for.
pub(crate) const LONGEST: usize = 32;
/// The most words of a search; further ones do not count.
const MOST: usize = 8;
/// The most words kept of one text.
const MOST_OF_A_TEXT: usize = 64;
/// Keys that only we use.
const INTERNAL: &[&str] = &["idempotency"];

/// Letters that have no accent to be taken off.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        _ => return None,
    })
}

/// A text as it is compared: in lower case, without accents.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|&letter| !is_combining_mark(letter)).flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(letters) => folded.push_str(letters),
            None if is_combining_mark(letter) => {}
            None => folded.push(letter),
        }
    }
    Cow::Owned(folded)
}

/// The start of a word that is compared.
fn cut(word: &str) -> &str {
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => word.get(..end).unwrap_or(word),
        None => word,
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).take(LONGEST).collect()
}

/// The parts of a folded text between its punctuation.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).map(cut)
}

/// Calls for every word of a text.
fn each_word(text: &str, is_whole: bool, found: &mut impl FnMut(&str)) {
    let folded = fold(text);
    let mut left = MOST_OF_A_TEXT;
    for chunk in folded.split_whitespace() {
        let mut count = 0;
        for part in parts(chunk) {
            count += 1;
            if left == 0 {
                return;
            }
            left -= 1;
            found(part);
        }
        if count > 1 {
            found(&letters(chunk));
        }
    }
    if is_whole && folded.split_whitespace().nth(1).is_some() {
        let whole = letters(&folded);
        if !whole.is_empty() {
            found(&whole);
        }
    }
}

/// The words an order is found by, each once, in order. Its serial is not among them: it needs no keeping.
pub(crate) fn words_of(card: &Card) -> Vec<String> {
    let mut words = Vec::with_capacity(24);
    let mut add = |word: &str| words.push(word.to_owned());
    let site = &card.site;
    let customer = &card.customer;
    let texts = [
        &card.title,
        &card.client_company,
        &card.person,
        &card.crew,
        &site.address1,
        &site.address2,
        &site.city,
        &site.region,
        &customer.name,
        &customer.email,
    ];
    for text in texts.into_iter().flatten() {
        each_word(text, false, &mut add);
    }
    for text in [&card.number, &card.reference, &site.postal_code].into_iter().flatten() {
        each_word(text, true, &mut add);
    }
    for phone in [&customer.phone, &customer.phone2].into_iter().flatten() {
        let digits = letters(&fold(phone));
        if !digits.is_empty() {
            add(&digits);
        }
    }
    for key in card.keys.iter().filter(|key| !INTERNAL.contains(&key.namespace.as_str())) {
        let whole = letters(&fold(&key.key));
        if !whole.is_empty() {
            add(&whole);
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// One word of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// All of it, without what is between.
    pub(crate) whole: String,
    /// Its parts, where there are several.
    pub(crate) parts: Vec<String>,
}

impl Sought {
    /// The words of a search. Every one of them must be found; what is no letter or digit is none.
    pub fn of(text: &str) -> Vec<Sought> {
        let folded = fold(text);
        let word = |chunk: &str| {
            let mut parts: Vec<String> = parts(chunk).map(str::to_owned).collect();
            parts.sort_unstable();
            parts.dedup();
            let whole = letters(chunk);
            if parts.len() < 2 {
                parts.clear();
            }
            (!whole.is_empty()).then_some(Sought { whole, parts })
        };
        let mut words: Vec<Sought> = folded.split_whitespace().filter_map(word).take(MOST).collect();
        words.dedup();
        words
    }

    /// The word as a serial, or the beginning of one.
    pub(crate) fn digits(&self) -> Option<&str> {
        let is_number = self.whole.bytes().all(|byte| byte.is_ascii_digit()) && !self.whole.starts_with('0');
        (is_number && self.whole.len() <= 16).then_some(self.whole.as_str())
    }

    /// Whether an order with these words is found. What the index must agree with.
    pub(crate) fn is_in(&self, words: &[String], serial: i64) -> bool {
        let begins = |start: &str| {
            let from = words.partition_point(|word| word.as_str() < start);
            words.get(from).is_some_and(|word| word.starts_with(start))
        };
        begins(&self.whole)
            || (!self.parts.is_empty() && self.parts.iter().all(|part| begins(part)))
            || self.digits().is_some_and(|digits| serial.to_string().starts_with(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, true, &mut |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(
            words("Ångström-Straße 12a"),
            ["angstrom", "strasse", "angstromstrasse", "12a", "angstromstrasse12a"]
        );
        assert_eq!(words("Łódź"), ["lodz"]);
        assert_eq!(words("Crème BRÛLÉE"), ["creme", "brulee", "cremebrulee"]);
        assert_eq!(words("İzmir ﬁn"), ["izmir", "fin", "izmirfin"]);
        assert_eq!(words(" -- , "), Vec::<String>::new());
        assert_eq!(words("1012 AB"), ["1012", "ab", "1012ab"]);
        assert_eq!(words(&"x".repeat(99)), ["x".repeat(LONGEST)]);
        assert_eq!(words("東京都 港区"), ["東京都", "港区", "東京都港区"]);
    }

    #[test]
    fn a_word_is_found_by_its_beginning() {
        let card = Card {
            serial: 4711,
            number: Some("WO-2024/00017".to_owned()),
            customer: crate::record::Card::default().customer,
            title: Some("Fix the O'Brien sink".to_owned()),
            ..Card::default()
        };
        let words = words_of(&card);
        let finds = |text: &str| Sought::of(text).iter().all(|word| word.is_in(&words, card.serial));
        for text in
            ["wo", "WO-2024", "wo-2024/00017", "wo202400017", "00017", "obr", "O'Br", "sink fix", "471", "", "the - fi"]
        {
            assert!(finds(text), "{text}");
        }
        for text in ["wo-2025", "17", "ink", "brienx", "4712", "sink faucet"] {
            assert!(!finds(text), "{text}");
        }
    }
}
