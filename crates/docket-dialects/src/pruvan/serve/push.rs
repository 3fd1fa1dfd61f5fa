//! The push URL: POST pushes orders, GET asks for a refresh.

use super::RECORDS;
use crate::dialect::{ServeContext, WireRequest, WireResponse};
use crate::form;
use crate::pruvan::error::{self, Error};
use crate::pruvan::intake;
use crate::pruvan::map::propose::{self, NAMESPACE};
use crate::pruvan::map::{self, Pushed};
use crate::pruvan::wire;
use docket_core::connection::{Caller, Role};
use docket_core::ids::ConnectionId;
use docket_core::ledger::{Claim, Fault, Grant, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Rejection, State};
use http::{Method, StatusCode};
use std::sync::Arc;

pub async fn serve(cx: ServeContext<'_>, request: &WireRequest) -> WireResponse {
    let operation = if request.method == Method::GET { "refresh" } else { "push" };
    if request.method != Method::GET && request.method != Method::POST {
        return Error::Method.response().of(operation);
    }
    let (caller, connection) = match authenticate(cx, request).await {
        Ok(known) => known,
        Err(error) => return error.response().of(operation),
    };
    let answered = match operation {
        "refresh" => refresh(cx, &caller, connection).await,
        _ => push(cx, request, caller, connection).await,
    };
    answered.unwrap_or_else(|error| error.response()).of(operation).to(Some(connection))
}

async fn authenticate(cx: ServeContext<'_>, request: &WireRequest) -> Result<(Caller, ConnectionId), Error> {
    let fields = form::fields(request.query.as_bytes());
    let key = form::find(&fields, "apiKey").map(form::Field::text).unwrap_or_default();
    if key.is_empty() {
        return Err(Error::Key);
    }
    let mut known = cx.ledger.authenticate("pruvan", &[Claim { kind: "api_key", value: &key }]).await?;
    if known.is_none() {
        // The one a connection that calls a remote system handed over when it validated there.
        known = cx.ledger.authenticate("pruvan", &[Claim { kind: Grant::KIND, value: &key }]).await?;
    }
    let caller = known.ok_or(Error::Key)?;
    let connection = caller.connection_id().ok_or(Error::Key)?;
    Ok((caller.within(Some(cx.exchange)), connection))
}

/// Notes that a refresh is wanted. Pings while one is noted are one.
async fn refresh(cx: ServeContext<'_>, caller: &Caller, connection: ConnectionId) -> Result<WireResponse, Error> {
    let wanted = Record {
        holder: connection.into(),
        namespace: RECORDS.to_owned(),
        key: "refresh".to_owned(),
        value: Some(cx.now.as_second().to_string()),
        expected: None,
    };
    cx.ledger.submit(caller, Submission { records: vec![wanted], ..Submission::default() }).await?;
    if caller.connection.as_ref().is_some_and(|known| known.role != Role::Serve) {
        // Whoever asks there for orders does so now.
        cx.ledger.nudge(connection);
    }
    Ok(error::json(StatusCode::OK, r#"{"response":true,"error":"success"}"#.to_owned()))
}

/// One element of a push.
enum Slot {
    /// Refused before anybody was asked: how it is called, why.
    Refused(String, Rejection),
    /// To be asked of the ledger.
    Asked(Arc<Pushed>),
}

async fn push(
    cx: ServeContext<'_>,
    request: &WireRequest,
    caller: Caller,
    connection: ConnectionId,
) -> Result<WireResponse, Error> {
    let slots = read(request).await?;
    let asked = slots.iter().filter_map(|slot| match slot {
        Slot::Asked(pushed) => Some(&**pushed),
        Slot::Refused(..) => None,
    });
    let link = Arc::new(intake::link(cx.ledger, cx.now, caller, connection, asked).await?);
    let requests: Vec<Request> = slots
        .iter()
        .filter_map(|slot| match slot {
            Slot::Refused(..) => None,
            Slot::Asked(pushed) => {
                let target = Target::Key { namespace: NAMESPACE.to_owned(), key: pushed.number.clone() };
                let (pushed, link) = (Arc::clone(pushed), Arc::clone(&link));
                Some(Request::new(target, move |order| propose::propose(&pushed, &link, order)))
            }
        })
        .collect();
    let outcomes = match requests.is_empty() {
        true => Vec::new(),
        false => cx.ledger.submit(&link.caller, Submission { requests, ..Submission::default() }).await?,
    };
    answer(&slots, outcomes)
}

fn answer(slots: &[Slot], outcomes: Vec<Outcome>) -> Result<WireResponse, Error> {
    let (mut created, mut updated, mut deleted) = (0_usize, 0_usize, 0_usize);
    let mut refused: Vec<String> = Vec::new();
    let mut outcomes = outcomes.into_iter();
    for slot in slots {
        let pushed = match slot {
            Slot::Refused(name, why) => {
                refused.push(format!("{name}: {}", error::reason(why)));
                continue;
            }
            Slot::Asked(pushed) => pushed,
        };
        match outcomes.next() {
            Some(Outcome::Done(done)) if done.created => created += 1,
            Some(Outcome::Done(done)) if done.order.state == State::Deleted => deleted += 1,
            Some(Outcome::Done(_)) => updated += 1,
            Some(Outcome::Rejected(why)) => refused.push(format!("{}: {}", pushed.number, error::reason(&why))),
            Some(Outcome::Outdated) | None => return Err(Error::Fault(Fault::Busy)),
        }
    }
    let error = match refused.is_empty() {
        true => "null".to_owned(),
        false => wire::quoted(&refused.join("; ")),
    };
    let body =
        format!(r#"{{"response":{{"created":{created},"updated":{updated},"deleted":{deleted}}},"error":{error}}}"#);
    Ok(error::json(StatusCode::OK, body))
}

async fn read(request: &WireRequest) -> Result<Vec<Slot>, Error> {
    let mut refusal = None;
    let content_type = request.header("content-type");
    for candidate in form::json_candidates(content_type, &request.body, "workOrders").await {
        match read_orders(&candidate) {
            Ok(slots) => return Ok(slots),
            Err(reason) => {
                refusal.get_or_insert(reason);
            }
        }
    }
    Err(Error::Payload(refusal.unwrap_or_else(|| "workOrders is missing".to_owned())))
}

fn read_orders(bytes: &[u8]) -> Result<Vec<Slot>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "workOrders is no UTF-8 text")?;
    if text.trim().is_empty() {
        return Err("workOrders is missing".to_owned());
    }
    let envelope = wire::envelope(text)?;
    let slot = |(at, raw)| match map::order_from_wire(raw, envelope.delicate) {
        Ok(pushed) => Slot::Asked(Arc::new(pushed)),
        Err(refusal) => {
            let name = refusal.number.unwrap_or_else(|| format!("workOrders[{at}]"));
            Slot::Refused(name, refusal.why)
        }
    };
    Ok(envelope.orders.iter().copied().enumerate().map(slot).collect())
}
