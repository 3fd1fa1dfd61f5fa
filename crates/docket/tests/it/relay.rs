//! Two hubs facing each other over real sockets, and the native API and command line of the relay.

mod chain;
mod day;
mod faces;
mod ppw;
mod proxy;
mod pruvan;
mod sent_back;
mod two_hubs;
mod wialon;
