//! Sessions: only the hash is kept of what a browser holds.

use super::{END_OUTSIDE, changed};
use crate::db::Weight;
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store};
use docket_core::ids::{AccountId, Uuid};
use std::fmt;

/// Somebody who has signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Lower-case hexadecimal SHA-256 of what the browser holds.
    pub hash: String,
    /// What it is called; it tells nothing about the former.
    pub id: Uuid,
    /// Who.
    pub person: i64,
    /// Where.
    pub account: AccountId,
    /// Since when.
    pub created_ms: i64,
    /// When it was last used.
    pub seen_ms: i64,
    /// It ends then in any case.
    pub until_ms: i64,
    /// From where.
    pub address: String,
    /// With what.
    pub agent: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Session { id, person, account, .. } = self;
        f.debug_struct("Session")
            .field("id", id)
            .field("person", person)
            .field("account", account)
            .finish_non_exhaustive()
    }
}

/// A session that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which.
    pub hash: String,
    /// Whose.
    pub person: i64,
    /// Where.
    pub account: AccountId,
    /// When.
    pub seen_ms: i64,
}

pub(super) const ALL: &str = "SELECT hash, id, person, account, created_ms, seen_ms, until_ms, address, agent \
     FROM session ORDER BY created_ms, hash";
const ADD: &str = "INSERT INTO session (hash, id, person, account, created_ms, seen_ms, until_ms, address, agent) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const WORKED: &str = "UPDATE person SET account = $2 WHERE id = $1";
/// Only who may still do something there.
const SEEN_THERE: &str = "UPDATE membership SET seen_ms = $3 WHERE person = $1 AND account = $2 AND disabled = 0";
/// The oldest beyond so many.
const TRIM: &str = "DELETE FROM session WHERE person = $1 AND hash IN (SELECT s.hash FROM session s \
     WHERE s.person = $1 ORDER BY s.created_ms DESC, s.hash LIMIT 1000 OFFSET $2)";
const END: &str = "DELETE FROM session WHERE hash = $1";
const END_OF: &str = "DELETE FROM session WHERE person = $1 AND id = $2";
const END_OTHERS: &str = "DELETE FROM session WHERE person = $1 AND hash <> $2";
const MOVE: &str = "UPDATE session SET hash = $2, account = $3, seen_ms = $4 WHERE hash = $1 AND EXISTS \
     (SELECT 1 FROM membership m WHERE m.person = session.person AND m.account = $3 AND m.disabled = 0)";
const MOVED: &str = "UPDATE person SET account = $2 WHERE id = (SELECT s.person FROM session s \
     WHERE s.hash = $1 AND s.account = $2)";
const SEEN: &str = "UPDATE session SET seen_ms = $2 WHERE hash = $1 AND seen_ms < $2";
const SEEN_SINCE: &str = "SELECT hash, seen_ms FROM session WHERE seen_ms >= $1";
const FORGET: &str = "DELETE FROM session WHERE until_ms <= $1 OR seen_ms <= $2";

pub(super) fn session(mut row: Row) -> Answer<Session> {
    Ok(Session {
        hash: row.text(0)?,
        id: row.uuid(1)?,
        person: row.int(2)?,
        account: AccountId(row.int(3)?),
        created_ms: row.int(4)?,
        seen_ms: row.int(5)?,
        until_ms: row.int(6)?,
        address: row.text(7)?,
        agent: row.kept(8)?,
    })
}

pub(super) fn end_others(person: i64, but: Option<&str>) -> Stmt {
    Stmt::new(END_OTHERS, [person.into(), but.unwrap_or_default().to_owned().into()])
}

impl Store {
    /// Somebody signs in; `false` when it may do nothing there any more. The session it had in this browser ends, and
    /// so do the oldest beyond so many.
    pub async fn add_session(&self, session: Session, instead_of: Option<&str>, most: i64) -> Answer<bool> {
        let (person, account, seen_ms) = (session.person, session.account, session.seen_ms);
        let params = [
            session.hash.into(),
            session.id.into(),
            person.into(),
            account.0.into(),
            session.created_ms.into(),
            seen_ms.into(),
            session.until_ms.into(),
            session.address.into(),
            Val::kept(&session.agent),
        ];
        let mut statements = vec![
            changed(),
            Stmt::new(SEEN_THERE, [person.into(), account.0.into(), seen_ms.into()]),
            Stmt::new(ADD, params),
            Stmt::new(END_OUTSIDE, [person.into()]),
            Stmt::new(WORKED, [person.into(), account.0.into()]),
            Stmt::new(TRIM, [person.into(), most.into()]),
        ];
        statements.extend(instead_of.map(|hash| Stmt::new(END, [hash.to_owned().into()])));
        let done = self.db().execute(statements).await?;
        Ok(done.get(1).is_some_and(|done| done.touched == 1))
    }

    /// A session goes on in another account, under another name; `false` when that cannot be.
    pub async fn move_session(&self, hash: &str, to: &str, account: AccountId, now_ms: i64) -> Answer<bool> {
        let params = [hash.to_owned().into(), to.to_owned().into(), account.0.into(), now_ms.into()];
        let moved = Stmt::new(MOVED, [to.to_owned().into(), account.0.into()]);
        let done = self.db().execute(vec![changed(), Stmt::new(MOVE, params), moved]).await?;
        Ok(done.get(1).is_some_and(|done| done.touched == 1))
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: &str) -> Answer<()> {
        self.db().execute(vec![changed(), Stmt::new(END, [hash.to_owned().into()])]).await.map(drop)
    }

    /// Ends a session of somebody by what it is called; `false` when there is none such.
    pub async fn end_session_of(&self, person: i64, id: Uuid) -> Answer<bool> {
        let done = self.db().execute(vec![changed(), Stmt::new(END_OF, [person.into(), id.into()])]).await?;
        Ok(done.get(1).is_some_and(|done| done.touched == 1))
    }

    /// Ends all sessions of somebody, but one.
    pub async fn end_sessions(&self, person: i64, but: Option<&str>) -> Answer<()> {
        self.db().execute(vec![changed(), end_others(person, but)]).await.map(drop)
    }

    /// Notes that sessions were used.
    pub async fn touch_sessions(&self, touched: &[Touched]) -> Answer<()> {
        if touched.is_empty() {
            return Ok(());
        }
        let notes = touched.iter().flat_map(|touched| {
            let there = [touched.person.into(), touched.account.0.into(), touched.seen_ms.into()];
            [Stmt::new(SEEN, [touched.hash.clone().into(), touched.seen_ms.into()]), Stmt::new(SEEN_THERE, there)]
        });
        self.db().execute(notes.collect()).await.map(drop)
    }

    /// Sessions that were used since, by hash, and when.
    pub async fn sessions_seen(&self, since_ms: i64) -> Answer<Vec<(String, i64)>> {
        let rows = self.db().query(Weight::Page, SEEN_SINCE.to_owned(), vec![since_ms.into()]).await?;
        rows.into_iter().map(|mut row| Ok((row.text(0)?, row.int(1)?))).collect()
    }

    /// Forgets sessions that are over: their time, or nobody used them since.
    pub async fn forget_sessions(&self, now_ms: i64, idle_since_ms: i64) -> Answer<()> {
        let statements = vec![changed(), Stmt::new(FORGET, [now_ms.into(), idle_since_ms.into()])];
        self.db().execute(statements).await.map(drop)
    }
}
