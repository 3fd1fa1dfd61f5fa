//! People, what they may do, and their sessions.

use super::support::World;
use crate::{MemberChange, NewPerson, Offered, Removed, Session, Store, StoreError, Touched};
use docket_core::connection::Access;
use docket_core::ids::{AccountId, Uuid};

const HERE: AccountId = AccountId(7);
const THERE: AccountId = AccountId(8);

fn new(name: &str, access: Access) -> NewPerson {
    NewPerson {
        name: name.to_owned(),
        password: format!("hash of {name}"),
        account: HERE,
        access,
        created_ms: 10,
        only_first: false,
    }
}

async fn add(store: &Store, name: &str, access: Access) -> i64 {
    assert!(store.add_person(new(name, access)).await.unwrap());
    store.person(name).await.unwrap().unwrap().id
}

fn session(number: u8, person: i64, account: AccountId, created_ms: i64) -> Session {
    Session {
        hash: format!("{number:064x}"),
        id: Uuid::from_u128(number.into()),
        person,
        account,
        created_ms,
        seen_ms: created_ms,
        until_ms: created_ms + 1_000,
        address: "192.0.2.1".to_owned(),
        agent: "Test\u{0}".to_owned(),
    }
}

async fn hashes(store: &Store) -> Vec<u128> {
    store.people().await.unwrap().sessions.iter().map(|session| session.id.as_u128()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_is_the_first_once() {
    for world in World::each().await {
        let store = &world.store;
        assert!(!store.has_people().await.unwrap());
        let version = store.people_version().await.unwrap();
        let tries = (0..4).map(|number| {
            store.add_person(NewPerson { only_first: true, ..new(&format!("p{number}"), Access::Admin) })
        });
        let added = futures_util::future::join_all(tries).await;
        assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 1);
        let people = store.people().await.unwrap();
        assert_eq!((people.persons.len(), people.members.len()), (1, 1), "nobody is left over");
        assert_eq!(people.members[0].person, people.persons[0].id);
        assert!(store.people_version().await.unwrap() > version && store.has_people().await.unwrap());
        let name = people.persons[0].name.clone();
        assert!(matches!(store.add_person(new(&name, Access::Viewer)).await, Err(StoreError::Conflict)));
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_keeps_an_administrator() {
    for world in World::each().await {
        let store = &world.store;
        let (ann, bob) = (add(store, "ann", Access::Admin).await, add(store, "bob", Access::Viewer).await);
        let to = |access| MemberChange { access: Some(access), ..MemberChange::default() };
        let off = |disabled| MemberChange { disabled: Some(disabled), ..MemberChange::default() };
        for change in [to(Access::Viewer), off(true)] {
            assert_eq!(store.change_member(ann, HERE, change).await.unwrap(), Removed::LastAdmin);
        }
        assert_eq!(store.remove_member(ann, HERE, false).await.unwrap(), Removed::LastAdmin);
        assert_eq!(store.change_member(ann, HERE, to(Access::Admin)).await.unwrap(), Removed::Done);
        assert_eq!(store.change_member(ann, HERE, off(false)).await.unwrap(), Removed::Done);
        assert_eq!(store.change_member(ann, THERE, off(false)).await.unwrap(), Removed::Nobody);
        // An administrator elsewhere, or one who may do nothing, is none.
        assert!(store.add_member(bob, THERE, Access::Admin, 20).await.unwrap());
        assert!(!store.add_member(bob, THERE, Access::Admin, 20).await.unwrap());
        store.change_member(bob, HERE, MemberChange { disabled: Some(true), ..to(Access::Admin) }).await.unwrap();
        assert_eq!(store.remove_member(ann, HERE, false).await.unwrap(), Removed::LastAdmin);
        store.change_member(bob, HERE, off(false)).await.unwrap();
        // Two who go at the same moment do not both.
        let (one, other) = tokio::join!(store.remove_member(ann, HERE, false), store.remove_member(bob, HERE, false));
        let mut both = [one.unwrap(), other.unwrap()];
        both.sort_by_key(|removed| *removed == Removed::LastAdmin);
        assert_eq!(both, [Removed::Done, Removed::LastAdmin]);
        // Whoever is in no account any more is forgotten, with all that is its.
        let people = store.people().await.unwrap();
        let rest = people.members.iter().find(|member| member.account == HERE).unwrap().person;
        store.put_preferences(rest, HERE, "{}").await.unwrap();
        assert_eq!(store.remove_member(rest, HERE, true).await.unwrap(), Removed::Done);
        assert_eq!(store.preferences(rest, HERE).await.unwrap(), None);
        let left = store.people().await.unwrap();
        let left = (left.persons[0].id, left.persons.len(), left.members[0].account, left.members.len());
        assert_eq!(left, (bob, 1, THERE, 1));
        assert!(store.person("ann").await.unwrap().is_none());
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_move_end_and_are_forgotten() {
    for world in World::each().await {
        let store = &world.store;
        let ann = add(store, "ann", Access::Admin).await;
        let bob = add(store, "bob", Access::Admin).await;
        store.add_member(ann, THERE, Access::Viewer, 20).await.unwrap();
        assert!(store.add_session(session(1, ann, HERE, 100), None, 3).await.unwrap());
        assert!(!store.add_session(session(9, ann, AccountId(9), 100), None, 3).await.unwrap(), "not there");
        assert_eq!(store.people().await.unwrap().sessions, [session(1, ann, HERE, 100)]);
        for number in 2..=4 {
            store.add_session(session(number, ann, HERE, 100 + i64::from(number)), None, 3).await.unwrap();
        }
        store.add_session(session(5, bob, HERE, 100), None, 3).await.unwrap();
        assert_eq!(hashes(store).await, [5, 2, 3, 4], "the oldest of ann's went");
        store.add_session(session(6, ann, HERE, 110), Some(&session(2, ann, HERE, 0).hash), 3).await.unwrap();
        assert_eq!(hashes(store).await, [5, 3, 4, 6]);
        let (old, moved) = (session(3, ann, HERE, 0).hash, "f".repeat(64));
        assert!(!store.move_session(&old, &moved, AccountId(9), 120).await.unwrap());
        assert!(store.move_session(&old, &moved, THERE, 120).await.unwrap());
        assert!(!store.move_session(&old, &moved, HERE, 120).await.unwrap(), "nothing is left of it");
        let known = store.people().await.unwrap().sessions;
        let known = known.iter().find(|known| known.hash == moved).unwrap();
        assert_eq!((known.id, known.account, known.seen_ms), (Uuid::from_u128(3), THERE, 120));
        assert_eq!(store.person("ann").await.unwrap().unwrap().account, Some(THERE));
        assert!(!store.end_session_of(bob, Uuid::from_u128(6)).await.unwrap(), "nobody else's");
        assert!(store.end_session_of(ann, Uuid::from_u128(6)).await.unwrap());
        // Who may do nothing in an account any more has no session there.
        let off = MemberChange { disabled: Some(true), ..MemberChange::default() };
        store.change_member(ann, HERE, off).await.unwrap();
        assert_eq!(hashes(store).await, [5, 3]);
        let touched = Touched { hash: session(5, bob, HERE, 0).hash, person: bob, account: HERE, seen_ms: 500 };
        store.touch_sessions(&[touched.clone(), Touched { seen_ms: 400, ..touched.clone() }]).await.unwrap();
        assert_eq!(store.sessions_seen(450).await.unwrap(), [(touched.hash.clone(), 500)]);
        store.forget_sessions(600, 400).await.unwrap();
        assert_eq!(hashes(store).await, [5], "the other one was not used since");
        store.set_password(bob, "new hash", Some(&touched.hash)).await.unwrap();
        assert_eq!(hashes(store).await, [5]);
        store.set_password(bob, "new hash", None).await.unwrap();
        assert!(hashes(store).await.is_empty());
        assert_eq!(store.person("bob").await.unwrap().unwrap().password, "new hash");
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_confirmed_and_taken_once() {
    for world in World::each().await {
        let store = &world.store;
        let ann = add(store, "ann", Access::Admin).await;
        let offered = |step: i64, codes: &[&str]| Offered {
            sealed: "sealed".to_owned(),
            step,
            recovery: codes.iter().map(|code| (*code).to_owned()).collect(),
        };
        assert!(!store.confirm_totp(ann, offered(1, &["x"])).await.unwrap(), "nothing was offered");
        assert!(store.offer_totp(ann, "another").await.unwrap() && store.offer_totp(ann, "sealed").await.unwrap());
        assert!(store.confirm_totp(ann, offered(5, &["a", "b"])).await.unwrap());
        // The same once more takes nobody's codes away.
        assert!(!store.confirm_totp(ann, offered(5, &["c"])).await.unwrap());
        assert!(!store.offer_totp(ann, "third").await.unwrap());
        let person = store.person("ann").await.unwrap().unwrap();
        assert_eq!((person.totp.as_deref(), person.totp_offered, person.totp_step), (Some("sealed"), None, 5));
        let known = store.people().await.unwrap().persons.remove(0);
        assert_eq!((known.totp, known.recovery_codes), (true, 2));
        for (step, is_new) in [(5, false), (4, false), (6, true), (6, false)] {
            assert_eq!(store.take_totp(ann, step).await.unwrap(), is_new, "{step}");
        }
        for (code, is_there) in [("c", false), ("a", true), ("a", false)] {
            assert_eq!(store.take_recovery(ann, code).await.unwrap(), is_there, "{code}");
        }
        store.remove_totp(ann).await.unwrap();
        let known = store.people().await.unwrap().persons.remove(0);
        assert_eq!((known.totp, known.recovery_codes), (false, 0));
        store.close().await.unwrap();
    }
}
