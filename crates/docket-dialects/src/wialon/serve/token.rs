//! Tokens: the connection's own, which its operator gives out, and those made with `token/update`.
//!
//! Of neither more than a hash is kept. `token/list` must name what can be deleted, so it names each token by a text of
//! a token's length made of that hash: `token/update` takes it wherever it takes a token, and nobody can log in with it.
//! Only the token a session was begun with is named by itself, for its holder has it anyway.

use super::super::error::Error;
use super::super::map::DIALECT_ID;
use super::super::wire::{Json, Object, integer, seconds, text, truth};
use super::Scope;
use super::items::Items;
use super::rights::{Rights, UNLIMITED};
use super::session::lock;
use crate::dialect::ServeContext;
use docket_core::connection::{Caller, Connection};
use docket_core::ids::ConnectionId;
use docket_core::ledger::{Claim, Grant, Record, Submission};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Length of an access token.
pub(super) const TOKEN_LENGTH: usize = 72;
/// What a token in a list begins with, before its hash.
const HANDLE: &str = "00000000";
/// A token that nobody logged in with for so long is removed.
const UNUSED_S: i64 = 100 * 86_400;
/// How exactly it is noted when a token was last used.
const NOTED_S: i64 = 60;
/// At most this many tokens of one connection.
const MOST_TOKENS: usize = 1000;
/// The longest application name, and text of free parameters.
const LONGEST: usize = 4096;
/// At most this many items in one token.
const MOST_ITEMS: usize = 1000;
/// The namespace of the moments tokens were last used at.
const USED: &str = "wialon.token.used";

/// What is known about a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// Application name.
    pub app: String,
    /// When it was made.
    pub ct: i64,
    /// From when on it is good.
    pub at: i64,
    /// For how many seconds behind that; 0 is for ever.
    pub dur: i64,
    /// Access flags; −1 is everything.
    pub fl: i64,
    /// The only items it shows; all when empty.
    pub items: Vec<i64>,
    /// Free parameters: the text of an object or array.
    pub p: String,
}

impl Default for Known {
    fn default() -> Known {
        Known { app: String::new(), ct: 0, at: 0, dur: 0, fl: -1, items: Vec::new(), p: "{}".to_owned() }
    }
}

impl Known {
    /// The token a connection was made with: everything, for ever.
    fn own(connection: &Connection) -> Known {
        let made = connection.created_at.as_second();
        Known { app: connection.name.clone(), ct: made, at: made, ..Known::default() }
    }

    fn read(grant: &Grant) -> Known {
        // Something unreadable must not open more than it did.
        serde_json::from_str(&grant.data).unwrap_or(Known { fl: 0, ..Known::default() })
    }

    fn is_over(&self, now: i64) -> bool {
        self.dur > 0 && self.at.saturating_add(self.dur) <= now
    }

    /// As a login shows it.
    pub(super) fn to_text(&self) -> String {
        json!({
            "app": self.app, "ct": self.ct, "at": self.at, "dur": self.dur, "fl": self.fl, "p": self.p,
            "items": self.items,
        })
        .to_string()
    }

    /// As `token/update` and `token/list` show it.
    fn to_object(&self, h: &str) -> Object {
        let mut out = Object::new();
        out.insert("h".to_owned(), h.into());
        if let Json::Object(rest) = json!({
            "app": self.app, "at": self.at, "ct": self.ct, "dur": self.dur, "fl": self.fl, "items": self.items,
            "p": self.p,
        }) {
            out.extend(rest);
        }
        out
    }
}

/// Who holds a token, and what it opens.
pub(super) struct Holder {
    pub caller: Caller,
    pub rights: Rights,
    pub known: Known,
}

/// The token a session was begun with, and as whom it acts. Nothing prints it, and it is gone with the session.
///
/// It is needed on every call: once the connection has another token, or is disabled, its sessions are over.
#[derive(Clone)]
pub(super) struct Token {
    text: Arc<str>,
    acts_as: Option<ConnectionId>,
}

fn hash_of(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut out, byte| {
        out.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
        out
    })
}

/// How a list names a token.
fn handle_of(hash: &str) -> String {
    format!("{HANDLE}{hash}")
}

/// The hash a list named, if that is what it is.
fn named(h: &str) -> Option<String> {
    h.strip_prefix(HANDLE).map(str::to_owned)
}

impl Token {
    /// As the caller said it.
    pub(super) fn of(said: &str) -> Token {
        Token { text: said.into(), acts_as: None }
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same token, but as somebody else: a connection that the holder may act as. 8 when it may not.
    pub(super) async fn acting_as(&self, cx: ServeContext<'_>, name: &str) -> Result<Token, Error> {
        if name.is_empty() {
            return Ok(self.clone());
        }
        let holder = Token { text: Arc::clone(&self.text), acts_as: None }.holder(cx).await?.ok_or(Error::Login)?;
        let other = subordinate(cx, &holder.caller, |connection| connection.name == name).await?;
        let acts_as = if other.id == holder.caller.connection_id().unwrap_or_default() { None } else { Some(other.id) };
        Ok(Token { text: Arc::clone(&self.text), acts_as })
    }

    /// Whose it is, now; nobody's when it is over. 7 when it is not yet good.
    pub(super) async fn holder(&self, cx: ServeContext<'_>) -> Result<Option<Holder>, Error> {
        let Some(holder) = self.bare_holder(cx).await? else { return Ok(None) };
        let Some(other) = self.acts_as else { return Ok(Some(holder)) };
        let Ok(other) = subordinate(cx, &holder.caller, |connection| connection.id == other).await else {
            return Ok(None);
        };
        let caller = Caller::connection(other);
        let rights = Rights::new(&caller, holder.known.fl, &holder.known.items);
        Ok(Some(Holder { caller, rights, known: holder.known }))
    }

    async fn bare_holder(&self, cx: ServeContext<'_>) -> Result<Option<Holder>, Error> {
        let who = async |kind| cx.ledger.authenticate(DIALECT_ID, &[Claim { kind, value: &self.text }]).await;
        if let Some(caller) = who("token").await? {
            let known = caller.connection.as_ref().map_or_else(Known::default, |connection| Known::own(connection));
            let rights = Rights::whole(&caller);
            return Ok(Some(Holder { caller, rights, known }));
        }
        let Some(caller) = who(Grant::KIND).await? else { return Ok(None) };
        let connection = caller.connection_id().unwrap_or_default();
        let Some(grant) = cx.ledger.grant(connection, &hash_of(&self.text)).await? else { return Ok(None) };
        let (known, now) = (Known::read(&grant), cx.now.as_second());
        if known.is_over(now) {
            return Ok(None);
        }
        if known.at > now {
            return Err(Error::Access);
        }
        let rights = Rights::new(&caller, known.fl, &known.items);
        Ok(Some(Holder { caller, rights, known }))
    }

    /// Notes that somebody logged in with it. A token that had not been used for too long is removed: 8.
    pub(super) async fn note_use(&self, cx: ServeContext<'_>, caller: &Caller) -> Result<(), Error> {
        let (hash, now) = (hash_of(&self.text), cx.now.as_second());
        let Some(caller) = self.grantor(cx, caller).await? else { return Ok(()) };
        let connection = caller.connection_id().unwrap_or_default();
        let Some(grant) = cx.ledger.grant(connection, &hash).await? else { return Ok(()) };
        let known = Known::read(&grant);
        let used = last_use(cx, connection, &hash).await?;
        if is_forgotten(&known, used, now) {
            remove(cx, &caller, &hash).await?;
            return Err(Error::Login);
        }
        if now - used.unwrap_or(0) >= NOTED_S {
            keep_use(cx, &caller, &hash, Some(now)).await?;
        }
        Ok(())
    }

    /// The connection that gave this token out; it may be another than the one it acts as.
    async fn grantor(&self, cx: ServeContext<'_>, caller: &Caller) -> Result<Option<Caller>, Error> {
        if self.acts_as.is_none() {
            return Ok(Some(caller.clone()));
        }
        Ok(cx.ledger.authenticate(DIALECT_ID, &[Claim { kind: Grant::KIND, value: &self.text }]).await?)
    }
}

/// The connection a caller may act as: itself, or one its setting `operate_as` names.
async fn subordinate(
    cx: ServeContext<'_>,
    caller: &Caller,
    is_wanted: impl Fn(&Connection) -> bool,
) -> Result<Arc<Connection>, Error> {
    let own = caller.connection.as_ref().ok_or(Error::Login)?;
    let allowed = own.setting("operate_as").unwrap_or_default();
    let mut allowed = allowed.split(',').map(str::trim);
    let others = cx.ledger.connections(DIALECT_ID).await?;
    let found =
        others.into_iter().find(|other| other.account == own.account && is_wanted(other)).ok_or(Error::Login)?;
    let may = found.id == own.id || allowed.any(|name| name == "*" || name == found.name);
    if may { Ok(found) } else { Err(Error::Login) }
}

fn is_forgotten(known: &Known, used: Option<i64>, now: i64) -> bool {
    used.unwrap_or(0).max(known.ct).max(known.at).saturating_add(UNUSED_S) <= now
}

async fn last_use(cx: ServeContext<'_>, connection: ConnectionId, hash: &str) -> Result<Option<i64>, Error> {
    let kept = cx.ledger.record(connection.into(), USED, hash).await?;
    Ok(kept.and_then(|text| text.parse().ok()))
}

async fn keep_use(cx: ServeContext<'_>, caller: &Caller, hash: &str, at: Option<i64>) -> Result<(), Error> {
    let holder = caller.connection_id().unwrap_or_default().into();
    let (namespace, key) = (USED.to_owned(), hash.to_owned());
    let record = Record { holder, namespace, key, value: at.map(|at| at.to_string()), expected: None };
    cx.ledger.submit(caller, Submission { records: vec![record], ..Submission::default() }).await?;
    Ok(())
}

async fn remove(cx: ServeContext<'_>, caller: &Caller, hash: &str) -> Result<bool, Error> {
    let is_gone = cx.ledger.remove_grant(caller.connection_id().unwrap_or_default(), hash).await?;
    if is_gone {
        keep_use(cx, caller, hash, None).await?;
    }
    Ok(is_gone)
}

/// Whose tokens a call is about: a user of ours has those of its connection only.
fn check_user(scope: &Scope<'_>, params: &Object) -> Result<(), Error> {
    match params.get("userId").map(|id| integer(id).ok_or(Error::Input)).transpose()? {
        None | Some(0) => Ok(()),
        Some(id) if id == Items::of(&scope.caller).user => Ok(()),
        Some(_) => Err(Error::Access),
    }
}

/// `token/update`.
pub(super) async fn token_update(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    check_user(scope, params)?;
    let connection = scope.caller.connection_id().ok_or(Error::Access)?;
    let mode = params.get("callMode").and_then(Json::as_str).ok_or(Error::Input)?;
    match mode {
        "create" => {
            let now = scope.cx.now.as_second();
            if scope.cx.ledger.grants(connection).await?.len() >= MOST_TOKENS {
                return Err(Error::Limit("LIMIT tokens"));
            }
            let known = change(Known { ct: now, fl: 0, ..Known::default() }, params, now)?;
            let token: String = (0..3).map(|_| format!("{:032x}", (scope.cx.random)())).collect();
            let token = token.get(..TOKEN_LENGTH).ok_or(Error::Fault)?.to_owned();
            keep(scope, connection, hash_of(&token), &known).await?;
            Ok(Json::Object(known.to_object(&token)))
        }
        "update" => {
            let (h, hash, before) = find(scope, connection, params).await?;
            let known = change(before, params, scope.cx.now.as_second())?;
            keep(scope, connection, hash, &known).await?;
            Ok(Json::Object(known.to_object(&h)))
        }
        "delete" if truth(params.get("deleteAll")) => {
            for grant in scope.cx.ledger.grants(connection).await? {
                remove(scope.cx, &scope.caller, &grant.hash).await?;
            }
            Ok(json!({}))
        }
        "delete" => {
            let (h, hash, known) = find(scope, connection, params).await?;
            remove(scope.cx, &scope.caller, &hash).await?;
            Ok(Json::Object(known.to_object(&h)))
        }
        _ => Err(Error::Input),
    }
}

/// The token a call names. The connection's own is the operator's: 7.
async fn find(scope: &Scope<'_>, connection: ConnectionId, params: &Object) -> Result<(String, String, Known), Error> {
    let h = params.get("h").and_then(text).filter(|h| h.chars().count() == TOKEN_LENGTH).ok_or(Error::Input)?;
    for hash in [Some(hash_of(&h)), named(&h)].into_iter().flatten() {
        if let Some(grant) = scope.cx.ledger.grant(connection, &hash).await? {
            return Ok((h, hash, Known::read(&grant)));
        }
    }
    let is_own = own_handle(scope) == h
        || scope
            .cx
            .ledger
            .authenticate(DIALECT_ID, &[Claim { kind: "token", value: &h }])
            .await?
            .is_some_and(|owner| owner.connection_id() == Some(connection));
    Err(if is_own { Error::Access } else { Error::Input })
}

/// How the connection's own token is named to a session that was begun with another one: not by its hash, which only
/// the hub has.
fn own_handle(scope: &Scope<'_>) -> String {
    handle_of(&hash_of(&format!("the token of connection {}", scope.caller.connection_id().unwrap_or_default())))
}

async fn keep(scope: &Scope<'_>, connection: ConnectionId, hash: String, known: &Known) -> Result<(), Error> {
    let data = serde_json::to_string(known).map_err(|_| Error::Fault)?;
    Ok(scope.cx.ledger.put_grant(connection, Grant { hash, data }).await?)
}

/// A token with what a call says about it.
fn change(mut known: Known, params: &Object, now: i64) -> Result<Known, Error> {
    let short = |name: &str| {
        let given = params.get(name).map(|given| text(given).filter(|text| text.len() <= LONGEST).ok_or(Error::Input));
        given.transpose()
    };
    let number = |name: &str| params.get(name).map(|given| seconds(given).ok_or(Error::Input)).transpose();
    known.app = short("app")?.unwrap_or(known.app);
    if let Some(at) = number("at")? {
        known.at = if at == 0 { now } else { at };
    } else if known.at == 0 {
        known.at = now;
    }
    known.dur = number("dur")?.unwrap_or(known.dur);
    if let Some(flags) = params.get("fl") {
        let flags = integer(flags).filter(|flags| (-1..=UNLIMITED).contains(flags)).ok_or(Error::Input)?;
        known.fl = if flags == UNLIMITED { -1 } else { flags };
    }
    if let Some(p) = short("p")? {
        let is_json = serde_json::from_str::<Json>(&p).is_ok_and(|p| p.is_object() || p.is_array());
        known.p = if p.is_empty() { "{}".to_owned() } else { Some(p).filter(|_| is_json).ok_or(Error::Input)? };
    }
    match params.get("items") {
        None | Some(Json::Null) => {}
        Some(Json::Array(items)) if items.len() <= MOST_ITEMS => {
            known.items = items.iter().map(integer).collect::<Option<_>>().ok_or(Error::Input)?;
        }
        Some(_) => return Err(Error::Input),
    }
    Ok(known)
}

/// `token/list`.
pub(super) async fn token_list(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    check_user(scope, params)?;
    let connection = scope.caller.connection.as_ref().ok_or(Error::Access)?;
    let now = scope.cx.now.as_second();
    let session = lock(&scope.session).token.clone();
    let current = hash_of(session.text());
    let own = [Claim { kind: "token", value: session.text() }];
    let is_own = scope.cx.ledger.authenticate(DIALECT_ID, &own).await?.is_some();
    let h = if is_own && session.acts_as.is_none() { session.text().to_owned() } else { own_handle(scope) };
    let mut first = Known::own(connection).to_object(&h);
    first.insert("ll".to_owned(), 0.into());
    let mut listed = vec![Json::Object(first)];
    for grant in scope.cx.ledger.grants(connection.id).await? {
        let known = Known::read(&grant);
        let used = last_use(scope.cx, connection.id, &grant.hash).await?;
        if is_forgotten(&known, used, now) {
            remove(scope.cx, &scope.caller, &grant.hash).await?;
            continue;
        }
        let h = if grant.hash == current { session.text().to_owned() } else { handle_of(&grant.hash) };
        let mut shown = known.to_object(&h);
        shown.insert("ll".to_owned(), used.unwrap_or(0).into());
        listed.push(Json::Object(shown));
    }
    Ok(Json::Array(listed))
}
