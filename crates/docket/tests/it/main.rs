//! The whole hub: the real server on a free port, a store of its own, a clock that stands still; and the real binary as
//! a process, for what only that can show.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod announce;
mod bad_input;
mod board;
mod cli;
mod clients;
mod conformance;
mod described;
mod dialects;
mod dispatch;
mod events;
mod every_operation;
mod field_work;
mod figures;
mod hub;
mod integrator;
mod items;
mod killed;
mod manners;
mod mews_schema;
mod mews_webhook;
mod native;
mod notices;
mod openapi;
mod operate;
mod parcel;
mod places;
mod plans;
mod postgres;
mod probe;
mod process;
mod producers;
mod relay;
mod replay;
mod reports;
mod resend;
mod routes;
mod running;
mod samples;
mod simulate;
mod tokens;
mod torture;
mod traces;
mod trackers;
mod units;
mod users;
mod walk;
mod webhooks;
mod wire_log;
