//! Traces on the wire: what a request names, what a call carries, and which trace an exchange is part of until it caused
//! something.

use docket_core::ids::ExchangeId;
pub use docket_core::trace::{Span, Trace};
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Carries it.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// How many exchanges that are part of somebody else's trace are remembered.
const REMEMBERED: usize = 65_536;

/// What a request names: its trace, and the span in it that asks.
pub fn named(headers: &HeaderMap) -> Option<(Trace, u64)> {
    headers.get(TRACEPARENT).and_then(|value| docket_core::trace::named(value.to_str().ok()?))
}

/// The span that answers a request: in the trace that it names, or in the one that its exchange begins.
pub fn answering(headers: &HeaderMap, exchange: ExchangeId, random: u64) -> Span {
    match named(headers) {
        Some((trace, parent)) => Span { parent: Some(parent), ..Span::within(trace, random) },
        None => Span::within(Trace::begun_by(exchange), random),
    }
}

/// Has a call, or an answer, carry a span.
pub fn put(span: Span, headers: &mut HeaderMap) {
    headers.extend(HeaderValue::from_str(&span.to_string()).ok().map(|value| (TRACEPARENT, value)));
}

/// Exchanges whose trace is not their own, the last ones. What they cause is written with it.
#[derive(Default)]
pub struct Traces {
    known: Mutex<(FxHashMap<ExchangeId, Trace>, VecDeque<ExchangeId>)>,
}

impl Traces {
    /// An exchange is part of this trace.
    pub fn note(&self, exchange: ExchangeId, trace: Trace) {
        let (known, order) = &mut *self.known.lock();
        if known.insert(exchange, trace).is_none() {
            order.push_back(exchange);
        }
        if order.len() > REMEMBERED {
            order.pop_front().map(|oldest| known.remove(&oldest));
        }
    }

    pub(crate) fn of(&self, exchange: ExchangeId) -> Option<Trace> {
        self.known.lock().0.get(&exchange).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::ids::Uuid;

    fn exchange(number: u128) -> ExchangeId {
        ExchangeId(Uuid::from_u128(number))
    }

    #[test]
    fn traces_are_taken_and_spans_are_ours() {
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(text).unwrap())]);
            answering(&headers, exchange(7), 9)
        };
        let span = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!((span.parent, span.id), (Some(0xb7ad_6b71_6920_3331), 9));
        let own = of("nothing");
        assert_eq!((own.trace, own.parent), (Trace::begun_by(exchange(7)), None));
        let mut headers = HeaderMap::new();
        put(own, &mut headers);
        assert_eq!(named(&headers), Some((own.trace, 9)));
    }

    #[test]
    fn only_the_last_exchanges_are_remembered() {
        let (traces, trace) = (Traces::default(), Trace::begun_by(exchange(1)));
        for number in 0..=REMEMBERED as u128 {
            traces.note(exchange(number), trace);
            traces.note(exchange(number), trace);
        }
        assert_eq!((traces.of(exchange(0)), traces.of(exchange(1))), (None, Some(trace)));
        assert_eq!(traces.known.lock().0.len(), REMEMBERED);
    }
}
