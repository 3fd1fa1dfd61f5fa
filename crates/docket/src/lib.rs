//! The binary's parts: the HTTP server, the command line, the configuration.
//!
//! No business rule lives here: a handler reads, calls one function of the application, and writes.

pub mod cli;
pub mod config;
pub mod faults;
pub mod http;
pub mod logging;
pub mod run;
pub mod seat;
