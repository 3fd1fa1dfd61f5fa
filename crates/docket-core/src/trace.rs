//! Which trace a change is part of, in the sense of W3C Trace Context: <https://www.w3.org/TR/trace-context/>.
//!
//! ```text
//! request, traceparent T ─► entries of the journal ─► webhooks, pings, deliveries: traceparent T, spans of their own
//! ```
//!
//! A request that names no trace begins one that is named like its exchange, so that one can be found by the other.

use crate::ids::{ExchangeId, Sequence, Uuid};
use crate::order::Entry;
use sha2::{Digest, Sha256};
use std::fmt;

/// A trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Which one.
    pub id: Uuid,
    /// Whoever asked records it.
    pub sampled: bool,
}

impl Trace {
    /// The trace of an exchange that named none.
    pub fn begun_by(exchange: ExchangeId) -> Trace {
        Trace { id: exchange.0, sampled: false }
    }

    /// The trace that an entry is part of. Without a request behind it that is one of its own, always the same.
    pub fn of(entry: &Entry) -> Trace {
        let named = entry.trace.or(entry.exchange.map(Trace::begun_by));
        named.unwrap_or_else(|| Trace::of_change(entry.order.0, entry.sequence))
    }

    /// A trace for a change of an order that no request is behind.
    pub fn of_change(order: Uuid, place: Sequence) -> Trace {
        let hash = Sha256::new().chain_update(order.as_bytes()).chain_update(place.0.to_be_bytes()).finalize();
        let id = hash.iter().take(16).fold(0_u128, |id, byte| id << 8 | u128::from(*byte));
        // All zeroes are no id.
        Trace { id: Uuid::from_u128(id.max(1)), sampled: false }
    }

    /// From the text it is shown as.
    pub fn read(text: &str) -> Option<Trace> {
        let (id, flags) = text.split_once('-')?;
        Some(Trace { id: Uuid::try_parse(id).ok()?, sampled: flags == "01" })
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02x}", self.id.simple(), u8::from(self.sampled))
    }
}

/// One piece of work within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace: Trace,
    /// What asked for it; none when the trace begins here.
    pub parent: Option<u64>,
    /// This piece.
    pub id: u64,
}

impl Span {
    /// A new span, begun by nobody; `random` names it.
    pub fn within(trace: Trace, random: u64) -> Span {
        // All zeroes are no id.
        Span { trace, parent: None, id: random.max(1) }
    }
}

/// As the header `traceparent` says it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.trace.id.simple(), self.id, u8::from(self.trace.sampled))
    }
}

/// The trace that a header `traceparent` names, and the span in it that asks. What does not follow the form is as good as
/// absent.
pub fn named(text: &str) -> Option<(Trace, u64)> {
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
    let id = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace > 0)?;
    let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent > 0)?;
    // Of the flags only "sampled" is known.
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    Some((Trace { id: Uuid::from_u128(id), sampled }, parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_read_and_nothing_else() {
        let (trace, parent) = named("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(parent, 0xb7ad_6b71_6920_3331);
        let span = Span::within(trace, 9);
        assert_eq!(span.to_string(), "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-01");
        assert!(named("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more").unwrap().0.sampled);
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_trace_that_was_kept_is_the_same() {
        for sampled in [false, true] {
            let trace = Trace { id: Uuid::from_u128(7), sampled };
            assert_eq!(Trace::read(&trace.to_string()), Some(trace));
        }
        assert_eq!(Trace::read("nothing"), None);
        let (order, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(Trace::of_change(order, Sequence(5)), Trace::of_change(order, Sequence(5)));
        assert_ne!(Trace::of_change(order, Sequence(5)), Trace::of_change(order, Sequence(6)));
        assert_ne!(Trace::of_change(order, Sequence(5)), Trace::of_change(other, Sequence(5)));
    }
}
