//! Who there is and who has signed in, in memory: every request looks here, and the store only when something changed.

use docket_core::Timestamp;
use docket_core::connection::{Access, Caller};
use docket_core::ids::{AccountId, Uuid};
use docket_store::{Known, Member, People, Session, Touched};
use hmac::{Hmac, KeyInit, Mac};
use rustc_hash::FxHashMap;
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A session with when it was last used, here or elsewhere.
struct Kept {
    session: Session,
    seen_ms: AtomicI64,
    /// Up to when that is written down.
    noted_ms: AtomicI64,
}

impl Kept {
    fn ends_ms(&self, idle_ms: i64) -> i64 {
        self.seen_ms.load(Ordering::Relaxed).saturating_add(idle_ms).min(self.session.until_ms)
    }
}

/// Somebody who has signed in.
#[derive(Clone)]
pub struct Signed {
    /// Who.
    pub person: i64,
    /// Its name.
    pub name: String,
    /// Where.
    pub account: AccountId,
    /// What it may do there.
    pub access: Access,
    /// What the session is called.
    pub session: Uuid,
    /// When it ends unless it is used before.
    pub ends_at: Timestamp,
    /// What every request that changes something must say, too.
    pub csrf: String,
    pub(super) hash: String,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("name", &self.name).field("account", &self.account).finish_non_exhaustive()
    }
}

impl Signed {
    /// As a caller of the ledger.
    pub fn caller(&self) -> Caller {
        Caller::user(self.account, self.name.clone())
    }

    /// The hash of what the browser holds; enough to look the session up again, and for nothing else.
    pub fn key(&self) -> &str {
        &self.hash
    }
}

/// Everybody.
#[derive(Default)]
pub struct Index {
    version: i64,
    persons: FxHashMap<i64, Known>,
    members: Vec<Member>,
    sessions: FxHashMap<String, Arc<Kept>>,
}

/// Said with every change by a session: made of what the browser holds, so that it ends with it and is kept nowhere.
fn csrf(token: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(b"docket csrf");
    hex::encode(mac.finalize().into_bytes())
}

impl Index {
    /// Of what the store holds; when sessions were used is known better by the one before.
    pub(super) fn new(version: i64, people: People, before: &Index) -> Index {
        let kept = |session: Session| {
            let known = before.sessions.get(&session.hash);
            let seen_ms = known.map_or(0, |known| known.seen_ms.load(Ordering::Relaxed)).max(session.seen_ms);
            let (seen_ms, noted_ms) = (AtomicI64::new(seen_ms), AtomicI64::new(session.seen_ms));
            (session.hash.clone(), Arc::new(Kept { session, seen_ms, noted_ms }))
        };
        Index {
            version,
            persons: people.persons.into_iter().map(|person| (person.id, person)).collect(),
            members: people.members,
            sessions: people.sessions.into_iter().map(kept).collect(),
        }
    }

    /// The version it was read at.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Somebody by its number.
    pub fn person(&self, id: i64) -> Option<&Known> {
        self.persons.get(&id)
    }

    /// What somebody may do, account by account.
    pub fn memberships(&self, person: i64) -> impl Iterator<Item = &Member> {
        let found = self.members.partition_point(|member| member.person < person);
        self.members.iter().skip(found).take_while(move |member| member.person == person)
    }

    /// Who may do something in an account, or might.
    pub fn members(&self, account: AccountId) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.account == account)
    }

    fn access(&self, person: i64, account: AccountId) -> Option<Access> {
        let mut members = self.memberships(person).filter(|member| member.account == account && !member.disabled);
        members.next().map(|member| member.access)
    }

    fn kept(&self, hash: &str, now_ms: i64, idle_ms: i64) -> Option<&Arc<Kept>> {
        self.sessions.get(hash).filter(|kept| now_ms < kept.ends_ms(idle_ms))
    }

    /// Who has signed in with what a browser holds. That counts as using the session.
    pub(super) fn signed(&self, (token, hash): (&str, String), now: Timestamp, idle_ms: i64) -> Option<Signed> {
        let now_ms = now.as_millisecond();
        let kept = self.kept(&hash, now_ms, idle_ms)?;
        let Session { id, person, account, .. } = kept.session;
        let known = self.persons.get(&person)?;
        let access = self.access(person, account)?;
        kept.seen_ms.fetch_max(now_ms, Ordering::Relaxed);
        Some(Signed {
            person,
            name: known.name.clone(),
            account,
            access,
            session: id,
            ends_at: Timestamp::from_millisecond(kept.ends_ms(idle_ms)).unwrap_or(now),
            csrf: csrf(token),
            hash,
        })
    }

    /// Whether a session still is what it was. Looking does not count as using it.
    pub(super) fn holds(&self, signed: &Signed, now: Timestamp, idle_ms: i64) -> bool {
        let kept = self.kept(&signed.hash, now.as_millisecond(), idle_ms);
        kept.is_some_and(|kept| kept.session.account == signed.account)
            // Who may do less than when it began begins again.
            && self.access(signed.person, signed.account).is_some_and(|access| access >= signed.access)
    }

    /// The sessions of somebody that go on, and when each was last used.
    pub(super) fn of_person(&self, person: i64, now: Timestamp, idle_ms: i64) -> Vec<(Session, i64)> {
        let now_ms = now.as_millisecond();
        let of = self.sessions.values().filter(|kept| kept.session.person == person);
        let going = of.filter(|kept| now_ms < kept.ends_ms(idle_ms));
        let mut all: Vec<(Session, i64)> =
            going.map(|kept| (kept.session.clone(), kept.seen_ms.load(Ordering::Relaxed))).collect();
        all.sort_by_key(|(session, seen_ms)| (std::cmp::Reverse(*seen_ms), session.id));
        all
    }

    /// Sessions whose use is not written down yet.
    pub(super) fn touched(&self, worth_ms: i64) -> Vec<Touched> {
        let used = |kept: &&Arc<Kept>| {
            kept.seen_ms.load(Ordering::Relaxed) - kept.noted_ms.load(Ordering::Relaxed) >= worth_ms
        };
        let told = |kept: &Arc<Kept>| Touched {
            hash: kept.session.hash.clone(),
            person: kept.session.person,
            account: kept.session.account,
            seen_ms: kept.seen_ms.load(Ordering::Relaxed),
        };
        self.sessions.values().filter(used).map(told).collect()
    }

    /// These are written down.
    pub(super) fn noted(&self, touched: &[Touched]) {
        for touched in touched {
            if let Some(kept) = self.sessions.get(&touched.hash) {
                kept.noted_ms.fetch_max(touched.seen_ms, Ordering::Relaxed);
            }
        }
    }

    /// These were used, here or elsewhere.
    pub(super) fn seen(&self, seen: &[(String, i64)]) {
        for (hash, seen_ms) in seen {
            if let Some(kept) = self.sessions.get(hash) {
                kept.seen_ms.fetch_max(*seen_ms, Ordering::Relaxed);
            }
        }
    }

    /// Whether some session is over.
    pub(super) fn has_ended(&self, now_ms: i64, idle_ms: i64) -> bool {
        self.sessions.values().any(|kept| kept.ends_ms(idle_ms) <= now_ms)
    }
}
