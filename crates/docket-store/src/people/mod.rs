//! People who sign in: who they are, what they may do in which account, their sessions and preferences.
//!
//! Every write of who may sign in first moves a counter on. That tells other processes, and it is one row that all
//! such writes want, so that on PostgreSQL, too, they come one after another: what a statement finds, holds.

mod sessions;

use crate::db::Weight;
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store, StoreError};
use docket_core::connection::Access;
use docket_core::ids::AccountId;
pub use sessions::{Session, Touched};

/// Somebody, with all that signing in needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Its number.
    pub id: i64,
    /// In lower case, unique in the hub.
    pub name: String,
    /// As argon2 writes it.
    pub password: String,
    /// The sealed secret that codes are made with.
    pub totp: Option<String>,
    /// One that is offered, and not confirmed yet.
    pub totp_offered: Option<String>,
    /// The last step whose code was taken.
    pub totp_step: i64,
    /// Where it worked last.
    pub account: Option<AccountId>,
}

/// What everybody may know of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it needs a code, too.
    pub totp: bool,
    /// How many recovery codes it has left.
    pub recovery_codes: i64,
    /// Where it worked last.
    pub account: Option<AccountId>,
}

/// What somebody may do in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: i64,
    /// Where.
    pub account: AccountId,
    /// What.
    pub access: Access,
    /// For the time being nothing.
    pub disabled: bool,
    /// Since when.
    pub created_ms: i64,
    /// When it was last seen there.
    pub seen_ms: Option<i64>,
}

/// Somebody new.
#[derive(Clone)]
pub struct NewPerson {
    /// In lower case.
    pub name: String,
    /// As argon2 writes it.
    pub password: String,
    /// Where.
    pub account: AccountId,
    /// What it may do there.
    pub access: Access,
    /// When.
    pub created_ms: i64,
    /// Only if there is nobody yet.
    pub only_first: bool,
}

/// What changes of a membership.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemberChange {
    /// What it may do.
    pub access: Option<Access>,
    /// Whether that holds.
    pub disabled: Option<bool>,
    /// The account may be left without an administrator.
    pub forced: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Done.
    Done,
    /// There is no such member.
    Nobody,
    /// It is the last administrator of the account.
    LastAdmin,
}

/// A secret that was confirmed.
#[derive(Clone)]
pub struct Offered {
    /// The sealed one that was offered.
    pub sealed: String,
    /// The step of the code that confirmed it.
    pub step: i64,
    /// Hashes of new recovery codes; the old ones go.
    pub recovery: Vec<String>,
}

/// Everybody, without secrets: small, read whole, kept in memory by the app.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Who there is.
    pub persons: Vec<Known>,
    /// What they may do where.
    pub members: Vec<Member>,
    /// Who has signed in.
    pub sessions: Vec<Session>,
}

const VERSION: &str = "SELECT value FROM counter WHERE name = 'people'";
const CHANGED: &str = "UPDATE counter SET value = value + 1 WHERE name = 'people'";
const COUNT: &str = "UPDATE counter SET value = value + 1 WHERE name = 'person' RETURNING value";
const ADD: &str = "INSERT INTO person (id, name, password, totp_step, account, created_ms) \
     SELECT c.value, CAST($1 AS TEXT), CAST($2 AS TEXT), 0, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM counter c \
     WHERE c.name = 'person' AND (CAST($5 AS BIGINT) = 0 OR NOT EXISTS (SELECT 1 FROM person))";
/// Only who was really added.
const ADD_MEMBER: &str = "INSERT INTO membership (person, account, access, disabled, created_ms) \
     SELECT p.id, CAST($1 AS BIGINT), CAST($2 AS TEXT), 0, CAST($3 AS BIGINT) FROM counter c, person p \
     WHERE c.name = 'person' AND p.id = c.value";
const PERSON: &str = "SELECT id, name, password, totp, totp_offered, totp_step, account FROM person WHERE name = $1";
const ANYBODY: &str = "SELECT id FROM person LIMIT 1";
const KNOWN: &str = "SELECT p.id, p.name, CAST(CASE WHEN p.totp IS NULL THEN 0 ELSE 1 END AS BIGINT), \
     (SELECT COUNT(*) FROM recovery r WHERE r.person = p.id), p.account FROM person p ORDER BY p.name";
const MEMBERS: &str =
    "SELECT person, account, access, disabled, created_ms, seen_ms FROM membership ORDER BY person, account";
const GRANT: &str = "INSERT INTO membership (person, account, access, disabled, created_ms) VALUES ($1, $2, $3, 0, $4) \
     ON CONFLICT (person, account) DO NOTHING";
/// What is left may not be an account without an administrator ($5: it may).
const SET_MEMBER: &str = "UPDATE membership SET access = CASE WHEN CAST($3 AS TEXT) = '' THEN access ELSE $3 END, \
     disabled = CASE WHEN CAST($4 AS BIGINT) < 0 THEN disabled ELSE $4 END \
     WHERE person = $1 AND account = $2 AND (CAST($5 AS BIGINT) = 1 OR access <> 'admin' OR disabled = 1 \
     OR (CAST($3 AS TEXT) IN ('', 'admin') AND CAST($4 AS BIGINT) < 1) OR EXISTS (SELECT 1 FROM membership o \
     WHERE o.account = $2 AND o.person <> $1 AND o.access = 'admin' AND o.disabled = 0))";
const REMOVE_MEMBER: &str = "DELETE FROM membership WHERE person = $1 AND account = $2 \
     AND (CAST($3 AS BIGINT) = 1 OR access <> 'admin' OR disabled = 1 OR EXISTS (SELECT 1 FROM membership o \
     WHERE o.account = $2 AND o.person <> $1 AND o.access = 'admin' AND o.disabled = 0))";
const IS_MEMBER: &str = "SELECT person FROM membership WHERE person = $1 AND account = $2";
/// Who may do nothing there any more has no session there.
pub(super) const END_OUTSIDE: &str = "DELETE FROM session WHERE person = $1 AND NOT EXISTS (SELECT 1 FROM membership m \
     WHERE m.person = session.person AND m.account = session.account AND m.disabled = 0)";
const FORGET_LIKES: &str = "DELETE FROM preference WHERE person = $1 AND NOT EXISTS (SELECT 1 FROM membership m \
     WHERE m.person = preference.person AND m.account = preference.account)";
const FORGET_RECOVERY: &str = "DELETE FROM recovery WHERE person = $1 AND NOT EXISTS (SELECT 1 FROM membership m \
     WHERE m.person = recovery.person)";
const FORGET_PERSON: &str = "DELETE FROM person WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM membership m \
     WHERE m.person = person.id)";
const SET_PASSWORD: &str = "UPDATE person SET password = $2 WHERE id = $1";
const OFFER: &str = "UPDATE person SET totp_offered = $2 WHERE id = $1 AND totp IS NULL";
const CONFIRM: &str = "UPDATE person SET totp = totp_offered, totp_offered = NULL, totp_step = $3 \
     WHERE id = $1 AND totp IS NULL AND totp_offered = $2";
const NO_RECOVERY: &str = "DELETE FROM recovery WHERE person = $1";
/// Before the offered secret is confirmed, so that only who confirms it replaces the codes.
const OLD_RECOVERY: &str = "DELETE FROM recovery WHERE person = $1 AND EXISTS (SELECT 1 FROM person p \
     WHERE p.id = $1 AND p.totp IS NULL AND p.totp_offered = $2)";
const ADD_RECOVERY: &str = "INSERT INTO recovery (person, hash) SELECT p.id, CAST($3 AS TEXT) FROM person p \
     WHERE p.id = $1 AND p.totp IS NULL AND p.totp_offered = $2";
const NO_TOTP: &str = "UPDATE person SET totp = NULL, totp_offered = NULL WHERE id = $1";
const TAKE_STEP: &str = "UPDATE person SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
const TAKE_RECOVERY: &str = "DELETE FROM recovery WHERE person = $1 AND hash = $2";
const LIKES: &str = "SELECT document FROM preference WHERE person = $1 AND account = $2";
const PUT_LIKES: &str = "INSERT INTO preference (person, account, document) VALUES ($1, $2, $3) \
     ON CONFLICT (person, account) DO UPDATE SET document = excluded.document";

pub(super) fn changed() -> Stmt {
    Stmt::new(CHANGED, [])
}

fn person(mut row: Row) -> Answer<Person> {
    Ok(Person {
        id: row.int(0)?,
        name: row.kept(1)?,
        password: row.text(2)?,
        totp: row.maybe_text(3)?,
        totp_offered: row.maybe_text(4)?,
        totp_step: row.int(5)?,
        account: row.maybe_int(6)?.map(AccountId),
    })
}

fn known(mut row: Row) -> Answer<Known> {
    Ok(Known {
        id: row.int(0)?,
        name: row.kept(1)?,
        totp: row.int(2)? == 1,
        recovery_codes: row.int(3)?,
        account: row.maybe_int(4)?.map(AccountId),
    })
}

fn member(mut row: Row) -> Answer<Member> {
    let word = row.text(2)?;
    let access = Access::from_word(&word)
        .ok_or_else(|| StoreError::Failed(format!("somebody may do `{word}`, which is not known")))?;
    Ok(Member {
        person: row.int(0)?,
        account: AccountId(row.int(1)?),
        access,
        disabled: row.int(3)? == 1,
        created_ms: row.int(4)?,
        seen_ms: row.maybe_int(5)?,
    })
}

impl Store {
    /// Grows with every change of who may sign in or has, also by other processes. Cheap.
    pub async fn people_version(&self) -> Answer<i64> {
        let row = self.db().point(VERSION, Vec::new()).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Everybody.
    pub async fn people(&self) -> Answer<People> {
        let all = async |sql: &str| self.db().query(Weight::Page, sql.to_owned(), Vec::new()).await;
        Ok(People {
            persons: all(KNOWN).await?.into_iter().map(known).collect::<Answer<_>>()?,
            members: all(MEMBERS).await?.into_iter().map(member).collect::<Answer<_>>()?,
            sessions: all(sessions::ALL).await?.into_iter().map(sessions::session).collect::<Answer<_>>()?,
        })
    }

    /// Whether there is anybody.
    pub async fn has_people(&self) -> Answer<bool> {
        self.db().point(ANYBODY, Vec::new()).await.map(|row| row.is_some())
    }

    /// Somebody, by its name in lower case.
    pub async fn person(&self, name: &str) -> Answer<Option<Person>> {
        self.db().point(PERSON, vec![Val::kept(name)]).await?.map(person).transpose()
    }

    /// Adds somebody; `false` when it was only to be the first, and is not. `Conflict` when the name is taken.
    pub async fn add_person(&self, new: NewPerson) -> Answer<bool> {
        let params = [
            Val::kept(&new.name),
            new.password.into(),
            new.account.0.into(),
            new.created_ms.into(),
            i64::from(new.only_first).into(),
        ];
        let member = [new.account.0.into(), new.access.word().to_owned().into(), new.created_ms.into()];
        let statements = vec![changed(), Stmt::new(COUNT, []), Stmt::new(ADD, params), Stmt::new(ADD_MEMBER, member)];
        let done = self.db().execute(statements).await?;
        Ok(done.get(2).is_some_and(|done| done.touched == 1))
    }

    /// Lets somebody into an account; `false` when it is there already.
    pub async fn add_member(&self, person: i64, account: AccountId, access: Access, now_ms: i64) -> Answer<bool> {
        let params = [person.into(), account.0.into(), access.word().to_owned().into(), now_ms.into()];
        let done = self.db().execute(vec![changed(), Stmt::new(GRANT, params)]).await?;
        Ok(done.get(1).is_some_and(|done| done.touched == 1))
    }

    /// Changes what somebody may do in an account.
    pub async fn change_member(&self, person: i64, account: AccountId, change: MemberChange) -> Answer<Removed> {
        let params = [
            person.into(),
            account.0.into(),
            change.access.map_or("", Access::word).to_owned().into(),
            change.disabled.map_or(-1, i64::from).into(),
            i64::from(change.forced).into(),
        ];
        let statements = vec![changed(), Stmt::new(SET_MEMBER, params), Stmt::new(END_OUTSIDE, [person.into()])];
        self.judged(statements, person, account).await
    }

    /// Takes somebody out of an account. Who is in none any more is forgotten.
    pub async fn remove_member(&self, person: i64, account: AccountId, forced: bool) -> Answer<Removed> {
        let params = [person.into(), account.0.into(), i64::from(forced).into()];
        let mut statements = vec![changed(), Stmt::new(REMOVE_MEMBER, params)];
        let after = [END_OUTSIDE, FORGET_LIKES, FORGET_RECOVERY, FORGET_PERSON];
        statements.extend(after.map(|sql| Stmt::new(sql, [person.into()])));
        self.judged(statements, person, account).await
    }

    async fn judged(&self, statements: Vec<Stmt>, person: i64, account: AccountId) -> Answer<Removed> {
        let done = self.db().execute(statements).await?;
        if done.get(1).is_some_and(|done| done.touched == 1) {
            return Ok(Removed::Done);
        }
        let is_there = self.db().point(IS_MEMBER, vec![person.into(), account.0.into()]).await?.is_some();
        Ok(if is_there { Removed::LastAdmin } else { Removed::Nobody })
    }

    /// Another password; every session but one ends.
    pub async fn set_password(&self, person: i64, password: &str, but: Option<&str>) -> Answer<()> {
        let statements = vec![
            changed(),
            Stmt::new(SET_PASSWORD, [person.into(), password.to_owned().into()]),
            sessions::end_others(person, but),
        ];
        self.db().execute(statements).await.map(drop)
    }

    /// Offers a sealed secret for codes; `false` when there is one already.
    pub async fn offer_totp(&self, person: i64, sealed: &str) -> Answer<bool> {
        let done = self.db().execute(vec![Stmt::new(OFFER, [person.into(), sealed.to_owned().into()])]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// The secret that was offered holds from now on; `false` when another one was meanwhile.
    pub async fn confirm_totp(&self, person: i64, offered: Offered) -> Answer<bool> {
        let sealed = || Val::from(offered.sealed.clone());
        let mut statements = vec![changed(), Stmt::new(OLD_RECOVERY, [person.into(), sealed()])];
        let add = |hash: &String| Stmt::new(ADD_RECOVERY, [person.into(), sealed(), hash.clone().into()]);
        statements.extend(offered.recovery.iter().map(add));
        statements.push(Stmt::new(CONFIRM, [person.into(), sealed(), offered.step.into()]));
        let done = self.db().execute(statements).await?;
        Ok(done.last().is_some_and(|done| done.touched == 1))
    }

    /// No codes are needed any more.
    pub async fn remove_totp(&self, person: i64) -> Answer<()> {
        let statements = vec![changed(), Stmt::new(NO_TOTP, [person.into()]), Stmt::new(NO_RECOVERY, [person.into()])];
        self.db().execute(statements).await.map(drop)
    }

    /// Takes the code of a step; `false` when it, or a later one, was taken before.
    pub async fn take_totp(&self, person: i64, step: i64) -> Answer<bool> {
        let done = self.db().execute(vec![Stmt::new(TAKE_STEP, [person.into(), step.into()])]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// Takes a recovery code; `false` when there is none such.
    pub async fn take_recovery(&self, person: i64, hash: &str) -> Answer<bool> {
        let statement = Stmt::new(TAKE_RECOVERY, [person.into(), hash.to_owned().into()]);
        let done = self.db().execute(vec![changed(), statement]).await?;
        Ok(done.get(1).is_some_and(|done| done.touched == 1))
    }

    /// What a person likes in an account.
    pub async fn preferences(&self, person: i64, account: AccountId) -> Answer<Option<String>> {
        let row = self.db().point(LIKES, vec![person.into(), account.0.into()]).await?;
        row.map(|mut row| row.kept(0)).transpose()
    }

    /// Keeps what a person likes.
    pub async fn put_preferences(&self, person: i64, account: AccountId, document: &str) -> Answer<()> {
        let params = [person.into(), account.0.into(), Val::kept(document)];
        self.db().execute(vec![Stmt::new(PUT_LIKES, params)]).await.map(drop)
    }
}
