//! The planner against a plain verifier, brute force, and hand-made cases.

#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

mod exact;
mod features;
mod make;
mod properties;
mod reasons;
mod verify;
