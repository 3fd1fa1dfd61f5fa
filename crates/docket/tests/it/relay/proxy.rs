//! Between two hubs: passes calls on, or does to them what networks do. The fault layer of `docket simulate`.

use docket::faults::{Fault, Faults, Layer};
use http::StatusCode;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// What was tried was tried over bad networks. How many calls a way sees, and so how many go wrong, follows from the
/// pace of the machine: the sum is what can be held.
pub fn assert_bad(ways: &[&Proxy]) {
    let faults: Vec<usize> = ways.iter().map(|way| way.faults()).collect();
    println!("faults: {faults:?}");
    assert!(faults.iter().sum::<usize>() > 10, "the networks were bad: {faults:?}");
}

/// A way to a hub.
pub struct Proxy(Layer);

impl Proxy {
    /// To an address, a really bad one; what goes wrong follows from the seed.
    pub async fn start(to: SocketAddr, seed: u64) -> Proxy {
        Proxy::start_at(6.0 / 14.0, to, seed).await
    }

    /// The same, with this share of calls going wrong.
    pub async fn start_at(rate: f64, to: SocketAddr, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let busy = Fault::Status(StatusCode::INTERNAL_SERVER_ERROR);
        let kinds = vec![Fault::Drop, busy, Fault::Cut, Fault::Truncate, Fault::Duplicate, Fault::Late];
        let late = Duration::from_millis(200);
        let faults = Faults { kinds, rate, seed, late, refuse: None, told: None };
        Proxy(Layer::start(listener, to, faults).unwrap())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// From now on everything is passed on.
    pub fn heal(&self) {
        self.0.heal();
    }

    /// How often something went wrong.
    pub fn faults(&self) -> usize {
        usize::try_from(self.0.met()).unwrap()
    }
}
