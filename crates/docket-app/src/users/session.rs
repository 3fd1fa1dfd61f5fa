//! Signing in and out, and the sessions in between.

use super::index::Signed;
use super::{UserError, millis, totp};
use crate::directory::credential_hash;
use crate::hub::Hub;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Uuid};
use docket_store::{Person, Session};
use std::fmt;
use std::net::IpAddr;

/// What a browser holds: so many random bytes.
const TOKEN: usize = 32;
/// Sessions of one person; the oldest beyond them end.
const MOST_SESSIONS: i64 = 50;
/// What is kept of how a program names itself, in characters.
const AGENT_LIMIT: usize = 256;

/// Where a request to sign in comes from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The address.
    pub peer: IpAddr,
    /// What the program calls itself.
    pub agent: &'a str,
    /// The session that the browser has already.
    pub instead_of: Option<&'a Signed>,
}

/// What somebody shows to be let in.
pub struct Proof {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// A code of the app, or a recovery code.
    pub code: Option<String>,
}

/// A session that was just opened, or moved.
pub struct Opened {
    /// What the browser is to hold; kept nowhere else.
    pub token: String,
    /// Who it is.
    pub signed: Signed,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("signed", &self.signed).finish_non_exhaustive()
    }
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Held {
    /// What it is called.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// Since when.
    pub created_ms: i64,
    /// When it was last used.
    pub seen_ms: i64,
    /// From where it was opened.
    pub address: String,
    /// With what.
    pub agent: String,
}

fn token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN]>())
}

impl Hub {
    /// Who has signed in with what a browser holds. That counts as using the session.
    pub fn signed(&self, token: &str) -> Option<Signed> {
        let users = self.users();
        users.index().signed((token, credential_hash(token)), self.now(), millis(users.options.idle))
    }

    /// Whether a session still is what it was. Looking does not count as using it.
    pub fn still_signed(&self, signed: &Signed) -> bool {
        let users = self.users();
        users.index().holds(signed, self.now(), millis(users.options.idle))
    }
}

/// Lets somebody in.
///
/// # Errors
/// [`UserError::Credentials`] whatever of it is wrong, with the same words and after the same time.
pub async fn sign_in(hub: &Hub, proof: Proof, origin: Origin<'_>) -> Result<Opened, UserError> {
    let name = proof.name.to_lowercase();
    let (users, now) = (hub.users(), hub.now());
    users.guard.begin(origin.peer, &name, now).map_err(UserError::Throttled)?;
    let known = hub.store().person(&name).await?;
    let hash = known.as_ref().map(|person| person.password.clone());
    let verified = users.passwords.verify(proof.password, hash).await;
    if verified.is_err() {
        // Not looked at, so no wrong try.
        users.guard.take_back(origin.peer, &name);
    }
    let person = match (verified?, known) {
        (true, Some(person)) => person,
        (_, known) => {
            // An unknown name may be a password that was typed into the wrong place.
            let name = known.as_ref().map(|person| person.name.as_str());
            tracing::info!(address = %origin.peer, name, "refused to sign somebody in");
            return Err(UserError::Credentials);
        }
    };
    hub.refresh_people().await?;
    let account = first_account(hub, &person).ok_or(UserError::Credentials)?;
    if let Some(sealed) = &person.totp {
        let Some(code) = proof.code.filter(|code| !code.trim().is_empty()) else {
            users.guard.take_back(origin.peer, &name);
            return Err(UserError::TotpNeeded);
        };
        check_code(hub, &person, sealed, &code, now).await?;
    }
    users.guard.welcome(origin.peer, &name);
    open(hub, person.id, account, origin).await
}

/// Where somebody works who says nothing about it: where it did last, if it still may.
fn first_account(hub: &Hub, person: &Person) -> Option<AccountId> {
    let index = hub.users().index();
    let may: Vec<AccountId> =
        index.memberships(person.id).filter(|member| !member.disabled).map(|member| member.account).collect();
    let last = person.account.filter(|account| may.contains(account));
    last.or_else(|| may.first().copied())
}

async fn check_code(hub: &Hub, person: &Person, sealed: &str, code: &str, now: Timestamp) -> Result<(), UserError> {
    let guard = &hub.users().guard;
    guard.begin_code(person.id, now).map_err(UserError::Throttled)?;
    let typed = totp::tidied(code);
    let is_right = if totp::is_code(&typed) {
        let secret = hub.relay().vault().open(hub.store(), &totp_place(person.id), sealed).await?;
        match totp::step_of(&secret, &typed, now) {
            // Whoever looked over a shoulder is too late.
            Some(step) => hub.store().take_totp(person.id, step).await?,
            None => false,
        }
    } else {
        hub.store().take_recovery(person.id, &totp::recovery_hash(&typed)).await?
    };
    if !is_right {
        tracing::info!(name = person.name, "a wrong or used code with the right password");
        return Err(UserError::Credentials);
    }
    guard.right_code(person.id);
    Ok(())
}

/// What a secret for codes is sealed for.
pub(super) fn totp_place(person: i64) -> String {
    format!("totp {person}")
}

/// Opens a session: always a new one, whatever the browser had.
pub(super) async fn open(hub: &Hub, person: i64, account: AccountId, origin: Origin<'_>) -> Result<Opened, UserError> {
    let (token, now_ms) = (token(), hub.now().as_millisecond());
    let session = Session {
        hash: credential_hash(&token),
        id: hub.new_id(),
        person,
        account,
        created_ms: now_ms,
        seen_ms: now_ms,
        until_ms: now_ms.saturating_add(millis(hub.users().options.lasts)),
        address: origin.peer.to_canonical().to_string(),
        agent: origin.agent.chars().filter(|letter| !letter.is_control()).take(AGENT_LIMIT).collect(),
    };
    let instead_of = origin.instead_of.map(|signed| signed.hash.as_str());
    if !hub.store().add_session(session, instead_of, MOST_SESSIONS).await? {
        return Err(UserError::Credentials);
    }
    opened(hub, token).await
}

async fn opened(hub: &Hub, token: String) -> Result<Opened, UserError> {
    hub.refresh_people().await?;
    let signed = hub.signed(&token).ok_or(UserError::Credentials)?;
    // An account that another process made may be as new as its users.
    if !hub.directory().accounts().iter().any(|(id, _)| *id == signed.account) {
        hub.refresh_directory().await?;
    }
    tracing::info!(name = signed.name, account = %signed.account, session = %signed.session, "signed in");
    Ok(Opened { token, signed })
}

/// Goes on in another account, under another id.
///
/// # Errors
/// When it has no such account; whether there is one, it is not told.
pub async fn switch(hub: &Hub, signed: &Signed, account: &str) -> Result<Opened, UserError> {
    let nothing = || UserError::NotFound("you have no such account");
    let directory = hub.directory();
    let wanted = directory.accounts().iter().find(|(_, name)| name == account).map(|(id, _)| *id);
    let wanted = wanted.ok_or_else(nothing)?;
    let token = token();
    let hash = credential_hash(&token);
    if !hub.store().move_session(&signed.hash, &hash, wanted, hub.now().as_millisecond()).await? {
        return Err(nothing());
    }
    opened(hub, token).await
}

/// Ends a session.
///
/// # Errors
/// When the store fails.
pub async fn end(hub: &Hub, signed: &Signed) -> Result<(), UserError> {
    hub.store().end_session(&signed.hash).await?;
    hub.refresh_people().await?;
    Ok(())
}

/// Ends one of somebody's sessions by what it is called.
///
/// # Errors
/// When it has none such.
pub async fn end_one(hub: &Hub, signed: &Signed, id: &str) -> Result<(), UserError> {
    let none = UserError::NotFound("you have no such session");
    let Ok(id) = Uuid::try_parse(id) else { return Err(none) };
    if !hub.store().end_session_of(signed.person, id).await? {
        return Err(none);
    }
    hub.refresh_people().await?;
    Ok(())
}

/// Somebody's sessions, the last used first.
pub fn sessions(hub: &Hub, signed: &Signed) -> Vec<Held> {
    let users = hub.users();
    let all = users.index().of_person(signed.person, hub.now(), millis(users.options.idle));
    let shown = |(session, seen_ms): (Session, i64)| Held {
        id: session.id,
        is_current: session.id == signed.session,
        created_ms: session.created_ms,
        seen_ms,
        address: session.address,
        agent: session.agent,
    };
    all.into_iter().map(shown).collect()
}
