//! Differences in a person's words.

use serde_json::Value;

/// How long a value is quoted at most.
const QUOTED: usize = 120;

/// A value as it is told.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("the text {}", shortened(&format!("{text:?}"), QUOTED)),
        Value::Number(number) => format!("the number {number}"),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(list) if list.is_empty() => "an empty list".to_owned(),
        Value::Array(list) => {
            format!("a list of {}: {}", list.len(), shortened(&Value::Array(list.clone()).to_string(), QUOTED))
        }
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        object @ Value::Object(_) => format!("an object: {}", shortened(&object.to_string(), QUOTED)),
    }
}

/// A value where its type needs no mention.
pub(super) fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(&format!("{text:?}"), QUOTED),
        other => shortened(&other.to_string(), QUOTED),
    }
}

/// Cut after so many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `1st`, `2nd`, …
pub(super) fn nth(index: usize) -> String {
    let number = index + 1;
    let ending = match (number % 10, number % 100) {
        (1, hundred) if hundred != 11 => "st",
        (2, hundred) if hundred != 12 => "nd",
        (3, hundred) if hundred != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Whether one name was probably meant for the other.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let plain =
        |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let (one, other) = (plain(one), plain(other));
    let longest = one.chars().count().max(other.chars().count());
    one == other || distance(&one, &other) <= if longest >= 6 { 2 } else { usize::from(longest >= 4) }
}

/// How many letters must be changed, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (compared, above) in other.iter().zip(row.windows(2)) {
            let (Some(above_left), Some(above), Some(left)) = (above.first(), above.last(), next.last()) else { break };
            let changed = above_left + usize::from(letter != *compared);
            next.push(changed.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
