//! The one place that reads the clock.

use docket_core::Timestamp;
use parking_lot::Mutex;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time, in whole milliseconds.
    fn now(&self) -> Timestamp;
}

/// Cuts a moment down to whole milliseconds, the precision that everything is kept in.
pub fn whole_millis(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        whole_millis(Timestamp::now())
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct SteeredClock {
    now: Mutex<Timestamp>,
}

impl SteeredClock {
    /// A clock that shows this moment.
    pub fn at(now: Timestamp) -> SteeredClock {
        SteeredClock { now: Mutex::new(whole_millis(now)) }
    }

    /// Moves it.
    pub fn set(&self, now: Timestamp) {
        *self.now.lock() = whole_millis(now);
    }

    /// Moves it on by some milliseconds.
    pub fn advance_ms(&self, millis: i64) {
        let mut now = self.now.lock();
        *now = Timestamp::from_millisecond(now.as_millisecond().saturating_add(millis)).unwrap_or(*now);
    }
}

impl Clock for SteeredClock {
    fn now(&self) -> Timestamp {
        *self.now.lock()
    }
}
