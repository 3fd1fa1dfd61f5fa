//! The general webhook, received: `POST /mews/webhook?key=…`. It names orders by id and says nothing of them, so all it
//! does is to let the connection look for news at once.
//!
//! The vendor signs nothing; what tells its calls from others is a secret within the address that is given to its
//! support, here the setting [`KEY`].

use crate::dialect::{ServeContext, WireRequest, WireResponse};
use crate::form;
use docket_core::connection::{Connection, Role};
use http::{Method, StatusCode};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// The path.
pub(in crate::mews) const PATH: &str = "/mews/webhook";
/// The setting with the secret of the address.
pub(in crate::mews) const KEY: &str = "webhook_key";
/// What it is called in the wire log.
const OPERATION: &str = "general webhook (received)";
/// The shortest secret that opens.
const SHORTEST: usize = 8;

/// Answers a call.
pub(in crate::mews) async fn receive(cx: ServeContext<'_>, request: &WireRequest) -> WireResponse {
    let answer = |status| WireResponse::new(status, "application/json", "{}").of(OPERATION);
    if request.method != Method::POST {
        return answer(StatusCode::NOT_FOUND);
    }
    let fields = form::fields(request.query.as_bytes());
    let key = fields.iter().find(|field| field.name == "key").map(|field| field.text().into_owned());
    let connections = match cx.ledger.connections(crate::mews::map::ID).await {
        Ok(connections) => connections,
        Err(_) => return answer(StatusCode::SERVICE_UNAVAILABLE),
    };
    match whose(&connections, key.unwrap_or_default().as_bytes()) {
        Some(connection) => {
            cx.ledger.nudge(connection.id);
            answer(StatusCode::OK).to(Some(connection.id))
        }
        None => answer(StatusCode::UNAUTHORIZED),
    }
}

/// Whose secret it is. Every one is compared, in constant time.
fn whose<'c>(connections: &'c [Arc<Connection>], key: &[u8]) -> Option<&'c Connection> {
    let mut found = None;
    for connection in connections.iter().filter(|connection| connection.role != Role::Serve) {
        let secret = connection.setting(KEY).unwrap_or_default().as_bytes();
        if bool::from(secret.ct_eq(key)) && secret.len() >= SHORTEST {
            found = Some(&**connection);
        }
    }
    found
}
