//! How an answer differs from the one before.

use super::MASK;
use serde_json::Value;

/// At most so many differences are told.
const MOST: usize = 50;
const QUOTED: usize = 120;

/// What differs; stars are equal to anything.
pub(super) fn differs(was: &str, is: &str) -> Vec<String> {
    let mut told = Vec::new();
    match (serde_json::from_str::<Value>(was), serde_json::from_str::<Value>(is)) {
        (Ok(was), Ok(is)) => compare("", &was, &is, &mut told),
        _ if was == is || same_but_masked(was, is) => {}
        _ => told.push(format!("the body was {}, and is {}", shortened(was), shortened(is))),
    }
    if told.len() > MOST {
        let more = told.len() - MOST;
        told.truncate(MOST);
        told.push(format!("and {more} more differences"));
    }
    told
}

fn compare(at: &str, was: &Value, is: &Value, told: &mut Vec<String>) {
    let place = if at.is_empty() { "the body".to_owned() } else { format!("`{at}`") };
    match (was, is) {
        (Value::Object(before), Value::Object(after)) => {
            let inner = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
            for (name, was) in before {
                match after.get(name) {
                    Some(is) => compare(&inner(name), was, is, told),
                    None => told.push(format!("`{}` was {}, and is absent", inner(name), shown(was))),
                }
            }
            for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                told.push(format!("`{}` was absent, and is {}", inner(name), shown(is)));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for (index, (was, is)) in before.iter().zip(after).enumerate() {
                compare(&format!("{at}[{index}]"), was, is, told);
            }
            if before.len() != after.len() {
                told.push(format!("{place} had {} elements, and has {}", before.len(), after.len()));
            }
        }
        (Value::String(was), Value::String(is)) if same_but_masked(was, is) => {}
        (Value::String(was), _) if was == MASK => {}
        _ if was == is => {}
        _ => told.push(format!("{place} was {}, and is {}", shown(was), shown(is))),
    }
}

/// Equal, where stars stand for anything.
fn same_but_masked(was: &str, is: &str) -> bool {
    let mut parts = was.split(MASK);
    let (first, mut rest) = (parts.next().unwrap_or_default(), is);
    match rest.strip_prefix(first) {
        Some(after) => rest = after,
        None => return false,
    }
    let mut is_masked = false;
    for part in parts {
        is_masked = true;
        match rest.find(part) {
            Some(found) => rest = rest.get(found + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty() || is_masked && was.ends_with(MASK)
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::differs;

    #[test]
    fn differences_are_named_and_stars_are_equal_to_anything() {
        let was = r#"{"a":1,"b":[1,2],"token":"***","gone":null}"#;
        let is = r#"{"a":2,"b":[1],"token":"x","new":true}"#;
        assert_eq!(
            differs(was, is),
            [
                "`a` was 1, and is 2",
                "`b` had 2 elements, and has 1",
                "`gone` was null, and is absent",
                "`new` was absent, and is true"
            ]
        );
        assert!(differs(was, was).is_empty() && differs("a *** c", "a b c").is_empty());
        assert_eq!(differs("a", "b"), ["the body was a, and is b"]);
    }
}
