//! The heart of Docket: what an order is, what may happen to it, who may write what.
//!
//! Everything here is pure. Nothing in this crate knows a wire format, SQL, HTTP, a clock or a source of
//! randomness: time and identities are passed in. The flow of every write, whatever dialect it came through, is
//!
//! ```text
//! Submission ── plan ──► Command ── decide(order, command, standing, now) ──► changes ── apply ──► order
//!                                                                                └──► one journal Entry
//! ```
//!
//! * [`order`]: the canonical order, its fields and owners, its life cycle, `decide` and `apply`.
//! * [`authority`]: ownership rules; a refused write becomes part of the journal, never a lost event.
//! * [`ledger`]: the port through which dialects see the hub.
//! * [`plan`]: turns a submission into journal entries against loaded orders; shared by every ledger.
//! * [`trace`]: which trace a change is part of.
//! * [`track`]: what units said, their position history.
//! * [`route`]: orders planned one after another; [`completion`] follows them.
//! * [`engine`]: what units' readings make of the orders they are assigned to.
//! * [`memory`]: the reference ledger, in memory; the model that real stores are tested against.

pub mod authority;
pub mod catalogue;
pub mod completion;
pub mod connection;
pub mod engine;
pub mod geo;
pub mod ids;
pub mod ledger;
pub mod memory;
pub mod order;
pub mod plan;
pub mod route;
pub mod trace;
pub mod track;

pub use jiff::Timestamp;
