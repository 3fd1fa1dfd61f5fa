//! Two hubs facing each other over real sockets, and the native API and command line of the relay.

mod faces;
mod proxy;
mod pruvan;
mod two_hubs;
