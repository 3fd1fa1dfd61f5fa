//! What the hub does.

pub mod producer;
