//! `token/login` and the other ways into a session.

use super::super::error::Error;
use super::super::wire::{Json, Object, text, truth};
use super::Scope;
use super::items::{self, Items};
use super::session::{Sessions, Token, lock};
use crate::dialect::ServeContext;
use docket_core::connection::Caller;
use serde_json::json;

/// Length of an access token.
const TOKEN_LENGTH: usize = 72;

/// Where the caller came from.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    /// Scheme and host the client used.
    pub origin: &'a str,
    /// Its address.
    pub host: &'a str,
}

fn said(params: &Object, name: &str) -> String {
    params.get(name).and_then(text).unwrap_or_default()
}

/// Nobody has subordinate users here, so acting as one finds none.
fn check_operate_as(params: &Object) -> Result<(), Error> {
    if said(params, "operateAs").is_empty() { Ok(()) } else { Err(Error::Login) }
}

/// `token/login`.
pub(super) async fn token_login(
    cx: ServeContext<'_>,
    client: Client<'_>,
    params: &Object,
) -> Result<(Json, Caller), Error> {
    let token = said(params, "token");
    if token.chars().count() != TOKEN_LENGTH {
        return Err(Error::Input);
    }
    let kept = Token::of(&token);
    let caller = kept.caller(cx).await?.ok_or(Error::Login)?;
    check_operate_as(params)?;
    let sid = cx.memory.get::<Sessions>().begin(cx, caller.clone(), kept);
    let mut answer = answer(cx, client, &caller, &sid);
    if let Some(object) = answer.as_object_mut() {
        object.insert("th".to_owned(), token.into());
    }
    Ok((answer, caller))
}

/// `core/duplicate`: one more session, or the data of this one.
pub(super) fn duplicate(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let Scope { cx, client, caller, session, sid, .. } = scope;
    check_operate_as(params)?;
    if truth(params.get("restore")) {
        return Ok(answer(*cx, *client, caller, sid));
    }
    let sessions = cx.memory.get::<Sessions>();
    let token = lock(session).token.clone();
    let next = sessions.begin(*cx, caller.clone(), token);
    if !truth(params.get("continueCurrentSession")) {
        sessions.end(sid);
    }
    Ok(answer(*cx, *client, caller, &next))
}

/// `core/use_auth_hash`.
pub(super) async fn use_auth_hash(
    cx: ServeContext<'_>,
    client: Client<'_>,
    params: &Object,
) -> Result<(Json, Caller), Error> {
    let hash = said(params, "authHash");
    if hash.is_empty() {
        return Err(Error::Input);
    }
    let sessions = cx.memory.get::<Sessions>();
    let token = sessions.take_over(cx, &hash).ok_or(Error::Login)?;
    let caller = token.caller(cx).await?.ok_or(Error::Login)?;
    check_operate_as(params)?;
    let sid = sessions.begin(cx, caller.clone(), token);
    Ok((answer(cx, client, &caller, &sid), caller))
}

/// Everything clients read from a login, whatever parts they asked for.
fn answer(cx: ServeContext<'_>, client: Client<'_>, caller: &Caller, sid: &str) -> Json {
    let now = cx.now.as_second();
    let items = Items::of(caller);
    let created = caller.connection.as_ref().map_or(now, |connection| connection.created_at.as_second());
    let name = caller.connection.as_ref().map_or("docket", |connection| connection.name.as_str());
    let token = json!({
        "app": name, "ct": created, "at": created, "dur": 0, "fl": -1, "p": "{}", "items": [],
    });
    json!({
        "eid": sid,
        "gis_sid": sid,
        "host": client.host,
        "hw_gw_ip": "",
        "hw_gw_dns": "",
        "au": name,
        "pi": 60,
        "tm": now,
        "wsdk_version": "1.51",
        "api": "wsdk",
        "hl": 1,
        // Another address than the one the client used would make the vendor's own libraries switch to it.
        "base_url": client.origin,
        "gis_render": "",
        "gis_search": "",
        "gis_geocode": "",
        "gis_routing": "",
        "user": {
            "nm": name,
            "cls": items::CLASS_USER,
            "id": items.user,
            "prp": { "tz": "134217728", "language": "en" },
            "crt": items.user,
            "bact": items.resource,
            "fl": 6,
            "hm": "*",
            "uacl": -1,
            "mu": 0,
            "ct": created,
            "ftp": {},
            "ld": now,
            "pfl": 0,
            "ap": { "type": 0, "phone": "" },
            "mapps": {},
            "mappsmax": -1,
        },
        "classes": items::classes(),
        "features": { "unlim": 1, "svcs": { "order": 1 } },
        "token": token.to_string(),
        "th": "",
        "env": {},
    })
}
