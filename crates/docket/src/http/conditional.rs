//! Conditional requests (RFC 9110, section 13): what whoever asks has already.

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

/// Whether `If-None-Match` names the tag. Tags are compared weakly: proxies that compress put `W/` before them.
pub(super) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(tag);
    texts(asked, header::IF_NONE_MATCH)
        .flat_map(|text| text.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == wanted)
}

/// Whether a range may be given: what the asker has a part of (`If-Range`) is what there is now. Tags are compared strongly,
/// and a date is never one.
pub(super) fn is_same(asked: &HeaderMap, tag: &str) -> bool {
    asked.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes() && !tag.starts_with("W/"))
}

fn texts(asked: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    asked.get_all(name).into_iter().filter_map(|value: &HeaderValue| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, text)| (name.clone(), HeaderValue::from_static(text))).collect()
    }

    #[test]
    fn tags_are_compared_weakly() {
        let known = |text| is_known(&asked(&[(header::IF_NONE_MATCH, text)]), "\"3\"");
        for text in ["\"3\"", "W/\"3\"", "*", "\"1\", W/\"3\"", " \"3\" "] {
            assert!(known(text), "{text}");
        }
        for text in ["\"4\"", "3", "", "W/\"33\"", "\"*\""] {
            assert!(!known(text), "{text}");
        }
        assert!(is_known(&asked(&[(header::IF_NONE_MATCH, "\"3-pdf\"")]), "W/\"3-pdf\""));
        assert!(!is_known(&HeaderMap::new(), "\"3\""));
    }

    #[test]
    fn a_part_goes_with_the_same_whole_only() {
        let same = |text| is_same(&asked(&[(header::IF_RANGE, text)]), "\"3\"");
        assert!(same("\"3\"") && is_same(&HeaderMap::new(), "\"3\""));
        for text in ["\"4\"", "W/\"3\"", "3", "Sun, 22 Nov 2026 10:00:00 GMT"] {
            assert!(!same(text), "{text}");
        }
    }
}
