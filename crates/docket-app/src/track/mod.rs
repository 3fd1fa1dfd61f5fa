//! What units say on their own: trackers over Wialon IPS, phones over HTTP, batches of the native API.
//!
//! An answer that says that something was taken in is given when it is on disk.

pub mod batch;
mod counts;
mod guard;
pub mod ips;
pub mod phone;
mod phone_json;

use crate::hub::{Hub, Tracker};
pub use counts::Counts;
use docket_core::ledger::Fault;
use guard::Guard;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// What is known of those that come by themselves.
#[derive(Default)]
pub struct Tracking {
    /// What is counted.
    pub counts: Counts,
    guard: Guard,
}

/// What is said to a tracker that says who it is.
enum Heard {
    Welcome(Tracker),
    Unknown,
    WrongPassword,
    /// It, or somebody like it, was wrong too often; what it says now is not looked at.
    TooOften,
}

/// Whether this is what the tracker has to present.
fn is_welcome(tracker: &Tracker, password: &str) -> bool {
    tracker.password.is_empty() || bool::from(tracker.password.as_bytes().ct_eq(password.as_bytes()))
}

/// Who calls itself so over a connection, if that is the password.
async fn heard(hub: &Hub, peer: Option<IpAddr>, id: &str, password: &str) -> Result<Heard, Fault> {
    heard_as(hub, peer, id, id, password).await
}

/// The same of a datagram. Whoever sends one may write any address on it, so that what is wrong with datagrams keeps
/// nobody from connecting.
async fn heard_of_datagram(hub: &Hub, peer: IpAddr, id: &str, password: &str) -> Result<Heard, Fault> {
    heard_as(hub, Some(peer), &format!("datagram {id}"), id, password).await
}

/// `guarded` is what tries are counted under.
async fn heard_as(hub: &Hub, peer: Option<IpAddr>, guarded: &str, id: &str, password: &str) -> Result<Heard, Fault> {
    let (tracking, now) = (&hub.tracking, hub.now());
    if peer.is_some_and(|peer| !tracking.guard.admits(peer, guarded, now)) {
        tracking.counts.refused_limited.add(1);
        return Ok(Heard::TooOften);
    }
    match hub.tracker(id).await? {
        Some(tracker) if is_welcome(&tracker, password) => {
            if let Some(peer) = peer {
                tracking.guard.welcomed(peer, guarded);
            }
            Ok(Heard::Welcome(tracker))
        }
        Some(_) => {
            tracking.counts.refused_password.add(1);
            if let Some(peer) = peer {
                tracking.guard.refused(peer, guarded, now, guarded == id);
            }
            Ok(Heard::WrongPassword)
        }
        None => {
            tracking.counts.refused_unknown.add(1);
            // Nothing is said to a datagram of nobody.
            if let Some(peer) = peer.filter(|_| guarded == id) {
                tracking.guard.unknown(peer, now);
            }
            Ok(Heard::Unknown)
        }
    }
}
