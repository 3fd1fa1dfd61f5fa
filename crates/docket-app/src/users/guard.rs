//! Guessing is slowed down: so many wrong tries of one address at one name, of everybody at one name, of one address at
//! anything, and at somebody's codes once the password is known.
//!
//! A try counts when it begins, so that many at once are as many, and is taken back when it is right. Who signed in from
//! an address before is asked only about itself there: neither a colleague behind the same router nor a stranger who
//! guesses at the name locks it out. What is remembered is bounded.

use docket_core::Timestamp;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};

/// How long a wrong try counts, from the first of a row.
const WINDOW_S: i64 = 600;
/// Wrong tries of one address at one name.
const MOST_OF_PAIR: u32 = 10;
/// Wrong tries of everybody at one name.
const MOST_AT_NAME: u32 = 60;
/// Wrong tries of one address at any name.
const MOST_OF_PEER: u32 = 200;
/// Wrong codes, by whoever knows the password: with three codes right of a million, a year of it is a chance of one in four.
const MOST_CODES: u32 = 10;
const CODES_WINDOW_S: i64 = 3_600;
/// How much is remembered; beyond, what is over goes, then what counts little, and then everything.
const MOST_REMEMBERED: usize = 50_000;
/// What counts little.
const LITTLE: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Pair(IpAddr, u64),
    Name(u64),
    Peer(IpAddr),
    Codes(i64),
}

impl Key {
    const fn window_s(self) -> i64 {
        match self {
            Key::Codes(_) => CODES_WINDOW_S,
            _ => WINDOW_S,
        }
    }

    const fn most(self) -> u32 {
        match self {
            Key::Pair(..) => MOST_OF_PAIR,
            Key::Name(_) => MOST_AT_NAME,
            Key::Peer(_) => MOST_OF_PEER,
            Key::Codes(_) => MOST_CODES,
        }
    }
}

#[derive(Default)]
struct State {
    /// How many wrong tries, and since when in seconds.
    wrong: FxHashMap<Key, (u32, i64)>,
    /// Who signed in from where.
    known: FxHashSet<(IpAddr, u64)>,
}

impl State {
    /// How long it is until a try is looked at again.
    fn wait_s(&self, key: Key, now_s: i64) -> Option<i64> {
        let (count, since_s) = self.wrong.get(&key)?;
        let left = since_s + key.window_s() - now_s;
        (*count >= key.most() && left > 0).then_some(left)
    }

    fn add(&mut self, key: Key, now_s: i64) {
        let row = self.wrong.entry(key).or_insert((0, now_s));
        if now_s - row.1 >= key.window_s() {
            *row = (0, now_s);
        }
        row.0 = row.0.saturating_add(1);
    }

    fn take_back(&mut self, key: Key) {
        if let Some(row) = self.wrong.get_mut(&key) {
            row.0 = row.0.saturating_sub(1);
        }
    }

    fn tidy(&mut self, now_s: i64) {
        if self.wrong.len() >= MOST_REMEMBERED {
            self.wrong.retain(|key, (_, since_s)| now_s - *since_s < key.window_s());
        }
        if self.wrong.len() >= MOST_REMEMBERED {
            self.wrong.retain(|_, (count, _)| *count > LITTLE);
        }
        if self.wrong.len() >= MOST_REMEMBERED {
            self.wrong.clear();
        }
    }
}

/// Who tried what.
#[derive(Default)]
pub(super) struct Guard {
    state: Mutex<State>,
    /// Nobody can choose a name that is taken for another.
    hasher: RandomState,
}

/// Whoever has one address of a version 6 network has as many as it likes.
pub fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

impl Guard {
    fn keys(&self, peer: IpAddr, name: &str) -> (IpAddr, u64) {
        (network(peer), self.hasher.hash_one(name))
    }

    /// A try begins, and counts as a wrong one; or it is not looked at, for so many seconds.
    pub(super) fn begin(&self, peer: IpAddr, name: &str, now: Timestamp) -> Result<(), i64> {
        let ((peer, name), now_s) = (self.keys(peer, name), now.as_second());
        let mut state = self.state.lock();
        let is_known = state.known.contains(&(peer, name));
        let all = [Key::Pair(peer, name), Key::Name(name), Key::Peer(peer)];
        let asked = if is_known { &all[..1] } else { &all[..] };
        if let Some(wait_s) = asked.iter().filter_map(|key| state.wait_s(*key, now_s)).max() {
            return Err(wait_s);
        }
        state.tidy(now_s);
        for key in all {
            state.add(key, now_s);
        }
        Ok(())
    }

    /// It was no guess: it is as if it had not been.
    pub(super) fn take_back(&self, peer: IpAddr, name: &str) {
        let (peer, name) = self.keys(peer, name);
        let mut state = self.state.lock();
        for key in [Key::Pair(peer, name), Key::Name(name), Key::Peer(peer)] {
            state.take_back(key);
        }
    }

    /// It was right: who it was is known here from now on.
    pub(super) fn welcome(&self, peer: IpAddr, name: &str) {
        self.take_back(peer, name);
        let (peer, name) = self.keys(peer, name);
        let mut state = self.state.lock();
        state.wrong.remove(&Key::Pair(peer, name));
        if state.known.len() >= MOST_REMEMBERED {
            state.known.clear();
        }
        state.known.insert((peer, name));
    }

    /// A code is tried by somebody who knows the password; as [`Guard::begin`].
    pub(super) fn begin_code(&self, person: i64, now: Timestamp) -> Result<(), i64> {
        let (key, now_s) = (Key::Codes(person), now.as_second());
        let mut state = self.state.lock();
        if let Some(wait_s) = state.wait_s(key, now_s) {
            return Err(wait_s);
        }
        state.tidy(now_s);
        state.add(key, now_s);
        Ok(())
    }

    /// The code was right.
    pub(super) fn right_code(&self, person: i64) {
        self.state.lock().wrong.remove(&Key::Codes(person));
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

    fn wrong(guard: &Guard, peer: IpAddr, name: &str, times: u32) {
        for _ in 0..times {
            guard.begin(peer, name, at(0)).unwrap();
        }
    }

    #[test]
    fn one_address_tries_one_name_ten_times_in_ten_minutes() {
        let guard = Guard::default();
        wrong(&guard, HERE, "ann", 10);
        assert_eq!(guard.begin(HERE, "ann", at(1)), Err(599));
        assert_eq!(guard.begin(HERE, "ann", at(599)), Err(1));
        assert!(guard.begin(HERE, "bob", at(1)).is_ok() && guard.begin(THERE, "ann", at(1)).is_ok());
        assert!(guard.begin(HERE, "ann", at(600)).is_ok(), "counted anew");
    }

    #[test]
    fn right_ones_do_not_count() {
        let guard = Guard::default();
        for _ in 0..1_000 {
            guard.begin(HERE, "ann", at(0)).unwrap();
            guard.welcome(HERE, "ann");
            guard.begin(THERE, "bob", at(0)).unwrap();
            guard.take_back(THERE, "bob");
        }
    }

    #[test]
    fn who_is_known_is_not_locked_out_by_others() {
        let guard = Guard::default();
        guard.begin(HERE, "ann", at(0)).unwrap();
        guard.welcome(HERE, "ann");
        for host in 10..16 {
            wrong(&guard, IpAddr::from([192, 0, 2, host]), "ann", 10);
        }
        assert!(guard.begin(THERE, "ann", at(1)).is_err(), "many guess at the name");
        assert!(guard.begin(HERE, "ann", at(1)).is_ok());
        for number in 0..MOST_OF_PEER {
            if guard.begin(HERE, &format!("name{number}"), at(1)).is_err() {
                break;
            }
        }
        assert!(guard.begin(HERE, "cid", at(1)).is_err(), "the address guesses at names");
        assert!(guard.begin(HERE, "ann", at(1)).is_ok());
        for _ in 0..MOST_OF_PAIR {
            let _ = guard.begin(HERE, "ann", at(1));
        }
        assert!(guard.begin(HERE, "ann", at(1)).is_err(), "unless it is wrong itself");
    }

    #[test]
    fn codes_count_wherever_they_come_from() {
        let guard = Guard::default();
        for _ in 0..MOST_CODES {
            guard.begin_code(1, at(0)).unwrap();
        }
        assert_eq!(guard.begin_code(1, at(10)), Err(CODES_WINDOW_S - 10));
        assert!(guard.begin_code(2, at(10)).is_ok());
        guard.right_code(1);
        assert!(guard.begin_code(1, at(10)).is_ok());
    }

    #[test]
    fn a_network_of_version_six_is_one_address() {
        let guard = Guard::default();
        wrong(&guard, "2001:db8::1".parse().unwrap(), "ann", 10);
        assert!(guard.begin("2001:db8::2:1".parse().unwrap(), "ann", at(1)).is_err());
        assert!(guard.begin("2001:db8:0:1::1".parse().unwrap(), "ann", at(1)).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_what_counts_much_stays_longest() {
        let guard = Guard::default();
        wrong(&guard, HERE, "ann", 10);
        for number in 0..u32::try_from(2 * MOST_REMEMBERED).unwrap() {
            let peer = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
            let _ = guard.begin(peer, &format!("n{number}"), at(1));
            guard.welcome(peer, &format!("n{number}"));
        }
        assert!(guard.begin(HERE, "ann", at(1)).is_err());
        let state = guard.state.lock();
        assert!(state.wrong.len() <= MOST_REMEMBERED + 3 && state.known.len() <= MOST_REMEMBERED);
    }
}
