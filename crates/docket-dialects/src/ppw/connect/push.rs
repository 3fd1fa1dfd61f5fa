//! The push URL: handed over with `validate_user`, and called by the source when there is news.
//!
//! The key in it is one more way in ([`Grant`]): only its hash is kept, so that the URL cannot be said again, and a new
//! one is handed over where the old one is lost. The vendor documents neither method nor answer of the call: GET and
//! POST are taken, and answered at once.

use super::PING_US;
use super::call::{Client, hex};
use crate::connect::ConnectError;
use crate::dialect::{ServeContext, WireRequest, WireResponse};
use crate::form;
use docket_core::Timestamp;
use docket_core::ledger::{Claim, Grant};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The path.
pub(in crate::ppw) const PATH: &str = "/ppw/push";
/// What it is called in the wire log.
const OPERATION: &str = "push (received)";
/// Under which name is kept what was handed over.
const HANDED: &str = "push";
/// A source that lost our URL gets it again within so long.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// What was handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Handed {
    /// To whom, and as whom.
    account: String,
    /// Below which address of ours; empty when none was.
    origin: String,
    /// The hash of the key.
    key: String,
    /// When.
    at: Option<Timestamp>,
}

/// Introduces us to the source, where it may not know us.
pub(super) async fn introduce(client: &Client<'_>) -> Result<(), ConnectError> {
    let remote = client.remote;
    let kept = remote.place(HANDED).await?;
    let handed: Handed = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let id = remote.connection.id;
    let origin = if remote.connection.flag(PING_US, true) { remote.origin } else { "" };
    let is_there = origin.is_empty() || remote.ledger.grant(id, &handed.key).await?.is_some();
    let is_fresh = handed.at.is_some_and(|at| remote.now.duration_since(at) < AGAIN);
    if handed.account == client.account() && handed.origin == origin && is_there && is_fresh {
        return Ok(());
    }
    // Keys whose call was never answered are of no use: the source has the last one.
    for grant in remote.ledger.grants(id).await?.into_iter().filter(|grant| grant.hash != handed.key) {
        remote.ledger.remove_grant(id, &grant.hash).await?;
    }
    let (key, data) = match origin.is_empty() {
        true => (String::new(), json!({})),
        false => {
            let key = format!("{:032x}{:032x}", (remote.random)(), (remote.random)());
            let url = format!("{origin}{PATH}?key={key}");
            let hash = hex(&Sha256::digest(&key));
            remote.ledger.put_grant(id, Grant { hash: hash.clone(), data: "{}".to_owned() }).await?;
            (hash, json!({ "ppwlink_push": url }))
        }
    };
    client.event("validate_user", &data).await?;
    if !handed.key.is_empty() && handed.key != key {
        remote.ledger.remove_grant(id, &handed.key).await?;
    }
    let handed = Handed { account: client.account(), origin: origin.to_owned(), key, at: Some(remote.now) };
    Ok(remote.keep_place(HANDED, serde_json::to_string(&handed).ok()).await?)
}

/// Answers a call of the push URL: the connection looks for news at once.
pub(in crate::ppw) async fn receive(cx: ServeContext<'_>, request: &WireRequest) -> WireResponse {
    let answer = |status, text| WireResponse::new(status, "text/plain; charset=utf-8", text).of(OPERATION);
    if request.method != Method::GET && request.method != Method::POST {
        return answer(StatusCode::METHOD_NOT_ALLOWED, "GET or POST\n");
    }
    let fields = form::fields(request.query.as_bytes());
    let key = fields.iter().find(|field| field.name == "key").map(|field| field.text().into_owned());
    let claims = [Claim { kind: Grant::KIND, value: &key.unwrap_or_default() }];
    match cx.ledger.authenticate(crate::ppw::ID, &claims).await {
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, "busy\n"),
        Ok(caller) => match caller.and_then(|caller| caller.connection_id()) {
            Some(connection) => {
                cx.ledger.nudge(connection);
                answer(StatusCode::OK, "OK\n").to(Some(connection))
            }
            None => answer(StatusCode::NOT_FOUND, "unknown key\n"),
        },
    }
}
