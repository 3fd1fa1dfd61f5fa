//! The order APIs Docket speaks, one folder each, all with the same files.
//!
//! [`DIALECTS`] is the registry: router, CLI, console, documentation and tests walk it. A sixth dialect adds its
//! folder, `mod acme;` and `&acme::DIALECT` here, its transcripts and its page in `docs/dialects/`.
//!
//! A dialect sees the hub through [`docket_core::ledger::Ledger`] and [`planner::Planner`] only: no store, no socket, no
//! framework.

pub mod connect;
pub mod dialect;
pub mod form;
mod json;
pub mod mews;
pub mod notice;
pub mod planner;
pub mod planviewer;
pub mod ppw;
pub mod pruvan;
pub mod routes;
pub mod transcript;
pub mod wialon;

pub use connect::Connect;
pub use dialect::{Announce, Announcement, Dialect, HubMemory, News, Serve, ServeContext, WireRequest, WireResponse};

/// Every dialect, in the order people are shown them.
pub static DIALECTS: &[&Dialect] =
    &[&ppw::DIALECT, &pruvan::DIALECT, &wialon::DIALECT, &mews::DIALECT, &planviewer::DIALECT];

/// The dialect of an id.
pub fn dialect(id: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|dialect| dialect.id == id)
}
