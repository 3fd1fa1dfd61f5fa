//! The planner against a plain verifier, brute force, and hand-made cases.

mod exact;
mod features;
mod make;
mod properties;
mod reasons;
mod verify;
