//! The whole hub: the real server on a free port, a store of its own, a clock that stands still.

mod cli;
mod dialects;
mod hub;
mod native;
mod running;
