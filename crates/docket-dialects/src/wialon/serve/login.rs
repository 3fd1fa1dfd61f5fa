//! `token/login` and the other ways into a session.

use super::super::error::Error;
use super::super::wire::{Json, Object, text, truth};
use super::Scope;
use super::items::{self, Items};
use super::limits::Logins;
use super::session::{Sessions, lock};
use super::token::{Holder, Known, TOKEN_LENGTH, Token};
use crate::dialect::ServeContext;
use docket_core::connection::Caller;
use serde_json::json;

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

/// The one billing service there is; a call may insist on it.
fn check_service(params: &Object) -> Result<(), Error> {
    let service = said(params, "checkService");
    if matches!(service.as_str(), "" | "*") || items::is_service(&service) { Ok(()) } else { Err(Error::Access) }
}

/// Begins a session with a token.
async fn begin(
    cx: ServeContext<'_>,
    client: Client<'_>,
    token: Token,
    params: &Object,
) -> Result<(Json, Caller), Error> {
    let token = token.acting_as(cx, &said(params, "operateAs")).await?;
    let Holder { caller, known, .. } = token.holder(cx).await?.ok_or(Error::Login)?;
    check_service(params)?;
    token.note_use(cx, &caller).await?;
    let sid = cx.memory.get::<Sessions>().begin(cx, caller.clone(), token);
    Ok((answer(cx, client, &caller, &known, &sid), caller))
}

/// `token/login`.
pub(super) async fn token_login(
    cx: ServeContext<'_>,
    client: Client<'_>,
    params: &Object,
) -> Result<(Json, Caller), Error> {
    let logins = cx.memory.get::<Logins>();
    logins.check(cx, client.host).await?;
    let said_token = said(params, "token");
    if said_token.chars().count() != TOKEN_LENGTH {
        return Err(Error::Input);
    }
    let begun = begin(cx, client, Token::of(&said_token), params).await;
    logins.note(cx, client.host, begun.is_ok());
    let (mut answer, caller) = begun?;
    if let Some(object) = answer.as_object_mut() {
        object.insert("th".to_owned(), said_token.into());
    }
    Ok((answer, caller))
}

/// `core/duplicate`: one more session, or the data of this one.
pub(super) async fn duplicate(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let Scope { cx, client, session, sid, .. } = scope;
    let token = lock(session).token.clone();
    if truth(params.get("restore")) {
        let holder = token.holder(*cx).await?.ok_or(Error::Session)?;
        return Ok(answer(*cx, *client, &holder.caller, &holder.known, sid));
    }
    let (answer, _) = begin(*cx, *client, token, params).await?;
    if !truth(params.get("continueCurrentSession")) {
        cx.memory.get::<Sessions>().end(sid);
    }
    Ok(answer)
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
    let logins = cx.memory.get::<Logins>();
    logins.check(cx, client.host).await?;
    let begun = match cx.memory.get::<Sessions>().take_over(cx, &hash) {
        Some(token) => begin(cx, client, token, params).await,
        None => Err(Error::Login),
    };
    logins.note(cx, client.host, begun.is_ok());
    begun
}

/// Everything clients read from a login, whatever parts they asked for.
fn answer(cx: ServeContext<'_>, client: Client<'_>, caller: &Caller, known: &Known, sid: &str) -> Json {
    let now = cx.now.as_second();
    let items = Items::of(caller);
    let created = caller.connection.as_ref().map_or(now, |connection| connection.created_at.as_second());
    let name = caller.connection.as_ref().map_or("docket", |connection| connection.name.as_str());
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
        "token": known.to_text(),
        "th": "",
        "env": {},
    })
}
