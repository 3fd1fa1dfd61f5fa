//! What units say on their own: trackers over Wialon IPS, phones over HTTP.
//!
//! An answer that says that something was taken in is given when it is on disk.

pub mod ips;
pub mod phone;

use crate::hub::Tracker;
use subtle::ConstantTimeEq;

/// Whether this is what the tracker has to present.
fn is_welcome(tracker: &Tracker, password: &str) -> bool {
    tracker.password.is_empty() || bool::from(tracker.password.as_bytes().ct_eq(password.as_bytes()))
}
