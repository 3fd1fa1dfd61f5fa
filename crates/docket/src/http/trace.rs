//! W3C Trace Context: the trace a request belongs to is taken, and answered with the span that did it.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// Carries it.
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// One piece of work within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The trace.
    pub(super) trace: u128,
    /// What asked for it; none when the trace begins here.
    pub(super) parent: Option<u64>,
    /// This piece.
    pub(super) id: u64,
    flags: u8,
}

impl Span {
    /// A new span in the trace that a request is part of, or in one of its own.
    pub(super) fn of(headers: &HeaderMap, random: u128, id: u64) -> Span {
        let given = headers.get(TRACEPARENT).and_then(|value| read(value.to_str().ok()?));
        // All zeroes are no id.
        let id = id.max(1);
        match given {
            Some((trace, parent, flags)) => Span { trace, parent: Some(parent), id, flags },
            None => Span { trace: random.max(1), parent: None, id, flags: 0 },
        }
    }

    /// As the answer says it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_string()).ok()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.id, self.flags)
    }
}

/// Trace, parent and flags; what does not follow the form is as good as absent.
fn read(text: &str) -> Option<(u128, u64, u8)> {
    let mut parts = text.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    if !is_hex(version, 2) || !is_hex(trace, 32) || !is_hex(parent, 16) || !is_hex(flags, 2) || version == "ff" {
        return None;
    }
    // Later versions may say more; this one does not.
    if version == "00" && parts.next().is_some() {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace > 0)?;
    let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent > 0)?;
    // Of the flags only "sampled" is known.
    Some((trace, parent, u8::from_str_radix(flags, 16).ok()? & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Span {
        let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(text).unwrap())]);
        Span::of(&headers, 7, 9)
    }

    #[test]
    fn traces_are_taken_and_spans_are_ours() {
        let span = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(span.to_string(), "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-01");
        assert_eq!(span.parent, Some(0xb7ad_6b71_6920_3331));
        assert_eq!(of("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more").flags, 1);
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        ] {
            assert_eq!((of(wrong).trace, of(wrong).parent), (7, None), "{wrong}");
        }
    }
}
