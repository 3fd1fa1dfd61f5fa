//! A request out of the wire log once more: its session is long over, and stars stand where its id was.

use super::session::Sessions;
use super::token::{TOKEN_LENGTH, Token};
use crate::dialect::{ServeContext, WireRequest};
use docket_core::connection::Caller;

/// How a masked session and a masked token stand there, and what comes before what was masked.
const SESSIONS: [&str; 2] = ["sid=***", "sid%3D***"];
const TOKENS: [&str; 2] = ["\"token\":\"***", "%22token%22%3A%22***"];

/// The request within a session of this caller's own, who may all that the connection may.
pub(super) fn revive(cx: ServeContext<'_>, caller: &Caller, mut request: WireRequest) -> WireRequest {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let token = "0".repeat(TOKEN_LENGTH);
    let is_within = SESSIONS.iter().any(|text| request.query.contains(text) || body.contains(text));
    let sid = is_within.then(|| cx.memory.get::<Sessions>().begin(cx, caller.clone(), Token::of(&token)));
    let revived = |text: &str| {
        let mut text = text.to_owned();
        for masked in SESSIONS {
            if let Some(sid) = &sid {
                text = text.replace(masked, &masked.replace("***", sid));
            }
        }
        for masked in TOKENS {
            text = text.replace(masked, &masked.replace("***", &token));
        }
        text
    };
    request.query = revived(&request.query);
    request.body = revived(&body).into();
    request
}
