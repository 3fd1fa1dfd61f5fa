//! What the hub does: commands, authentication, jobs, mails, the wire log, the demo world.
//!
//! [`hub::Hub`] is the ledger that dialects and the native API talk to. It plans submissions with the core, commits
//! them through the store, and keeps in memory only what is small and read with every request.
//!
//! ```text
//! submit ─► load targets ─► docket_core::plan ─► Store::append ─► outcomes
//!              ▲                                     │ somebody was faster
//!              └─────────────────────────────────────┘
//! ```
//!
//! No web framework is known here, and no SQL.

pub mod announce;
pub mod backup;
pub mod board;
pub mod calls;
pub mod clock;
pub mod demo;
pub mod directory;
pub mod dispatch;
pub mod enroll;
pub mod exchange;
pub mod explain;
pub mod faces;
pub mod files;
pub mod hub;
pub mod jobs;
pub mod mail;
pub mod native;
pub mod notify;
pub mod outside;
pub mod plan;
pub mod probe;
pub mod producer;
pub mod registry;
pub mod relay;
pub mod replay;
pub mod stream;
pub mod system;
pub mod trace;
pub mod track;
pub mod users;
pub mod vault;
pub mod webhooks;

pub use clock::{Clock, SteeredClock, SystemClock};
pub use hub::{Hub, HubOptions};
