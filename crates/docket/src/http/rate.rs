//! How many requests each token or session may make, and what is said about it: `RateLimit` and `RateLimit-Policy` as
//! the IETF's HTTP API working group writes them.
//!
//! A bucket is one number: when it will be full again. Taking from it is one compare-and-swap.

use docket_core::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::RwLock;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Over so many maps callers are spread.
const SHARDS: usize = 32;
/// A map that is larger loses the buckets that are full.
const SWEPT_AT: usize = 4_096;
const SECOND_NS: i64 = 1_000_000_000;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

type Shard = RwLock<FxHashMap<u64, Arc<AtomicI64>>>;

/// The buckets of all callers.
pub(crate) struct Rates {
    /// 0: nobody is limited.
    quota: i64,
    window_ns: i64,
    policy: Option<HeaderValue>,
    shards: Vec<Shard>,
}

/// What is left to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// It may go on.
    pub(super) allowed: bool,
    /// So many more at once.
    remaining: i64,
    /// In so many nanoseconds all are there again.
    full_in_ns: i64,
    /// In so many the next one is.
    next_in_ns: i64,
}

impl Rates {
    /// So many requests within so many seconds, each caller; 0 is no limit.
    pub(crate) fn new(quota: u32, window_s: u32) -> Rates {
        let quota = if window_s == 0 { 0 } else { quota };
        Rates {
            quota: i64::from(quota),
            window_ns: i64::from(window_s) * SECOND_NS,
            policy: (quota > 0)
                .then(|| HeaderValue::from_str(&format!("\"caller\";q={quota};w={window_s}")).ok())
                .flatten(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }

    /// Takes one request from a caller's bucket; `None` when there are no limits.
    pub(super) fn take(&self, caller: impl Hash, now: Timestamp) -> Option<Left> {
        if self.quota == 0 {
            return None;
        }
        let key = FxBuildHasher.hash_one(caller);
        let now_ns = i64::try_from(now.as_nanosecond()).unwrap_or_default();
        let shard = self.shards.get(usize::try_from(key >> 59).unwrap_or_default() % SHARDS)?;
        let known = shard.read().get(&key).cloned();
        let bucket = known.unwrap_or_else(|| self.bucket(shard, key, now_ns));
        Some(self.taken(&bucket, now_ns))
    }

    fn bucket(&self, shard: &Shard, key: u64, now_ns: i64) -> Arc<AtomicI64> {
        let mut map = shard.write();
        if map.len() >= SWEPT_AT {
            map.retain(|_, full_at| full_at.load(Ordering::Relaxed) > now_ns);
        }
        Arc::clone(map.entry(key).or_default())
    }

    fn taken(&self, bucket: &AtomicI64, now_ns: i64) -> Left {
        let each_ns = (self.window_ns / self.quota).max(1);
        let mut full_at = bucket.load(Ordering::Relaxed);
        loop {
            let after = full_at.max(now_ns) + each_ns;
            // A bucket that would take longer than the window to fill is empty.
            if after - now_ns > self.window_ns {
                let next_in_ns = after - now_ns - self.window_ns;
                return Left { allowed: false, remaining: 0, full_in_ns: full_at - now_ns, next_in_ns };
            }
            match bucket.compare_exchange_weak(full_at, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let full_in_ns = after - now_ns;
                    // What one takes is rounded; all of them together are not.
                    let free = i128::from(self.window_ns - full_in_ns) * i128::from(self.quota);
                    let remaining = i64::try_from(free / i128::from(self.window_ns)).unwrap_or_default();
                    return Left { allowed: true, remaining, full_in_ns, next_in_ns: 0 };
                }
                Err(other) => full_at = other,
            }
        }
    }

    /// Says how it stands.
    pub(super) fn tell(&self, left: Left, headers: &mut HeaderMap) {
        let Some(policy) = &self.policy else { return };
        headers.insert(POLICY, policy.clone());
        let text = format!("\"caller\";r={};t={}", left.remaining, seconds(left.full_in_ns));
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(RATE_LIMIT, value);
        }
        if !left.allowed {
            headers.insert(http::header::RETRY_AFTER, left.retry_after_s().into());
        }
    }
}

impl Left {
    /// In so many seconds it is worth coming back.
    pub(super) fn retry_after_s(self) -> i64 {
        seconds(self.next_in_ns).max(1)
    }
}

/// Whole seconds, rather too many.
fn seconds(ns: i64) -> i64 {
    ns.max(0) / SECOND_NS + i64::from(ns % SECOND_NS > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + ms).unwrap()
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let rates = Rates::new(10, 5);
        let take = |ms| rates.take(("main", "ci"), at(ms)).unwrap();
        for left in (0..10).rev() {
            let taken = take(0);
            assert_eq!((taken.allowed, taken.remaining), (true, left));
        }
        let refused = take(0);
        assert_eq!((refused.allowed, refused.retry_after_s()), (false, 1));
        assert!(take(500).allowed && !take(500).allowed, "one comes back each half second");
        assert_eq!(take(60_000).remaining, 9, "and never more than all");
        assert!(rates.take(("main", "other"), at(0)).is_some_and(|left| left.remaining == 9), "each has its own");
    }

    #[test]
    fn it_is_said_in_headers() {
        let rates = Rates::new(2, 60);
        let mut headers = HeaderMap::new();
        rates.tell(rates.take(1, at(0)).unwrap(), &mut headers);
        assert_eq!(headers[&RATE_LIMIT], "\"caller\";r=1;t=30");
        assert_eq!(headers[&POLICY], "\"caller\";q=2;w=60");
        rates.take(1, at(0));
        rates.tell(rates.take(1, at(1_000)).unwrap(), &mut headers);
        assert_eq!(
            (&headers[&RATE_LIMIT], &headers["retry-after"]),
            (&"\"caller\";r=0;t=59".parse().unwrap(), &"29".parse().unwrap())
        );
        assert_eq!(Rates::new(0, 60).take(1, at(0)), None);
    }

    #[test]
    fn what_is_left_is_what_was_promised() {
        let rates = Rates::new(600_000, 10);
        assert_eq!(rates.take("x", at(0)).unwrap().remaining, 599_999, "never more than all");
        let allowed = 1 + (0..600_100).filter(|_| rates.take("x", at(0)).unwrap().allowed).count();
        assert!((600_000..=600_030).contains(&allowed), "{allowed}");
    }

    #[test]
    fn many_at_once_get_no_more_than_there_is() {
        let rates = Rates::new(1_000, 3_600);
        let allowed: usize = std::thread::scope(|scope| {
            let count = || (0..600).filter(|_| rates.take("x", at(0)).unwrap().allowed).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(allowed, 1_000);
    }
}
