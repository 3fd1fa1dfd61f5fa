//! Guessing at units' passwords and ids is slowed down, without locking a fleet out.
//!
//! Counted are wrong tries of ten minutes: of one address at one unit, of everybody at one unit, of one address at
//! anything. Many vehicles share one address, so that the last is generous, and who was let in from an address before is
//! asked only about itself: neither a neighbour with a wrong password nor a stranger elsewhere locks it out.

use docket_core::Timestamp;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr};

/// How long a wrong try counts, from the first of a row.
const WINDOW_S: i64 = 600;
/// Wrong tries of one address at one unit.
const MOST_OF_PAIR: u32 = 10;
/// Wrong tries of everybody at one unit.
const MOST_AT_UNIT: u32 = 100;
/// Wrong tries of one address at any unit.
const MOST_OF_PEER: u32 = 10_000;
/// How much is remembered; beyond, what is over goes, and then everything.
const MOST_REMEMBERED: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Pair(IpAddr, u64),
    Unit(u64),
    Peer(IpAddr),
}

#[derive(Default)]
struct State {
    /// How many wrong tries, and since when in seconds.
    wrong: FxHashMap<Key, (u32, i64)>,
    /// Who was let in from where.
    known: FxHashSet<(IpAddr, u64)>,
}

impl State {
    fn count(&self, key: Key, now_s: i64) -> u32 {
        let row = self.wrong.get(&key).filter(|(_, since_s)| now_s - since_s < WINDOW_S);
        row.map_or(0, |(count, _)| *count)
    }

    fn add(&mut self, key: Key, now_s: i64) {
        let row = self.wrong.entry(key).or_insert((0, now_s));
        if now_s - row.1 >= WINDOW_S {
            *row = (0, now_s);
        }
        row.0 = row.0.saturating_add(1);
    }
}

/// Who tried what.
#[derive(Default)]
pub struct Guard {
    state: Mutex<State>,
}

/// The id is only compared.
fn hashed(id: &str) -> u64 {
    let mut hasher = FxHasher::default();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Whoever has one address of a version 6 network has as many as it likes.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

impl Guard {
    /// Whether a try is looked at.
    pub fn admits(&self, peer: IpAddr, id: &str, now: Timestamp) -> bool {
        let (peer, id, now_s) = (network(peer), hashed(id), now.as_second());
        let state = self.state.lock();
        if state.count(Key::Pair(peer, id), now_s) >= MOST_OF_PAIR {
            return false;
        }
        state.known.contains(&(peer, id))
            || state.count(Key::Unit(id), now_s) < MOST_AT_UNIT && state.count(Key::Peer(peer), now_s) < MOST_OF_PEER
    }

    /// The password was wrong. `is_sure`: it really came from there.
    pub fn refused(&self, peer: IpAddr, id: &str, now: Timestamp, is_sure: bool) {
        let (peer, id) = (network(peer), hashed(id));
        let keys = [Key::Pair(peer, id), Key::Unit(id), Key::Peer(peer)];
        self.count(if is_sure { &keys } else { &keys[..2] }, now.as_second());
    }

    /// There is no such unit; that may change any moment.
    pub fn unknown(&self, peer: IpAddr, now: Timestamp) {
        self.count(&[Key::Peer(network(peer))], now.as_second());
    }

    fn count(&self, keys: &[Key], now_s: i64) {
        let mut state = self.state.lock();
        if state.wrong.len() >= MOST_REMEMBERED {
            state.wrong.retain(|_, (_, since_s)| now_s - *since_s < WINDOW_S);
            if state.wrong.len() >= MOST_REMEMBERED {
                state.wrong.clear();
            }
        }
        for key in keys {
            state.add(*key, now_s);
        }
    }

    /// A try was right.
    pub fn welcomed(&self, peer: IpAddr, id: &str) {
        let (peer, id) = (network(peer), hashed(id));
        let mut state = self.state.lock();
        state.wrong.remove(&Key::Pair(peer, id));
        if state.known.len() >= MOST_REMEMBERED {
            state.known.clear();
        }
        state.known.insert((peer, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_768_471_200 + second).unwrap()
    }

    fn wrong(guard: &Guard, peer: IpAddr, id: &str, times: u32) {
        for _ in 0..times {
            guard.refused(peer, id, at(0), true);
        }
    }

    #[test]
    fn one_address_tries_one_unit_ten_times_in_ten_minutes() {
        let guard = Guard::default();
        wrong(&guard, HERE, "van", 9);
        assert!(guard.admits(HERE, "van", at(1)));
        wrong(&guard, HERE, "van", 1);
        assert!(!guard.admits(HERE, "van", at(1)) && !guard.admits(HERE, "van", at(599)));
        assert!(guard.admits(HERE, "cart", at(1)) && guard.admits(THERE, "van", at(1)), "the others go on");
        assert!(guard.admits(HERE, "van", at(600)));
        guard.refused(HERE, "van", at(600), true);
        assert!(guard.admits(HERE, "van", at(601)), "counted anew");
    }

    #[test]
    fn who_was_let_in_is_not_locked_out_by_others() {
        let guard = Guard::default();
        guard.welcomed(HERE, "van");
        for host in 3..=12 {
            wrong(&guard, IpAddr::from([192, 0, 2, host]), "van", 10);
        }
        assert!(!guard.admits(THERE, "van", at(1)), "many guess at the unit");
        for _ in 0..10_000 {
            guard.unknown(HERE, at(0));
        }
        assert!(!guard.admits(HERE, "cart", at(1)), "the address guesses at ids");
        assert!(guard.admits(HERE, "van", at(1)), "but that one is known here");
        wrong(&guard, HERE, "van", 10);
        assert!(!guard.admits(HERE, "van", at(1)), "unless it is wrong itself");
        guard.welcomed(HERE, "van");
        assert!(guard.admits(HERE, "van", at(1)));
    }

    #[test]
    fn a_network_of_version_six_is_one_address() {
        let guard = Guard::default();
        wrong(&guard, "2001:db8::1".parse().unwrap(), "van", 10);
        assert!(!guard.admits("2001:db8::2:1".parse().unwrap(), "van", at(1)));
        assert!(guard.admits("2001:db8:0:1::1".parse().unwrap(), "van", at(1)));
        wrong(&guard, "::ffff:192.0.2.9".parse().unwrap(), "van", 10);
        assert!(!guard.admits("192.0.2.9".parse().unwrap(), "van", at(1)));
    }

    #[test]
    fn memory_is_bounded() {
        let guard = Guard::default();
        for number in 0..u32::try_from(MOST_REMEMBERED).unwrap() {
            guard.refused(IpAddr::from(number.to_be_bytes()), "x", at(0), true);
            guard.welcomed(IpAddr::from(number.to_be_bytes()), "y");
        }
        guard.welcomed(HERE, "z");
        let state = guard.state.lock();
        assert!(state.wrong.len() <= MOST_REMEMBERED + 3 && state.known.len() <= MOST_REMEMBERED);
    }
}
