//! Refusals in Pruvan's words: HTTP 200 and an `error` member. Only failures of our own and wrong methods have a
//! status that tells a client without reading on.

use super::wire::quoted;
use crate::dialect::WireResponse;
use docket_core::ledger::Fault;
use docket_core::order::{Move, Rejection};
use http::{StatusCode, header};

/// Why a push or ping as a whole is not done.
#[derive(Debug)]
pub enum Error {
    /// No connection has this push key.
    Key,
    /// Neither GET nor POST.
    Method,
    /// The orders cannot be read.
    Payload(String),
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}

impl Error {
    /// The answer.
    pub fn response(&self) -> WireResponse {
        match self {
            Error::Key => response(StatusCode::OK, "invalid clientCode"),
            Error::Method => response(StatusCode::METHOD_NOT_ALLOWED, "GET refreshes, POST pushes orders")
                .with_header(header::ALLOW, "GET, POST"),
            Error::Payload(reason) => response(StatusCode::OK, reason),
            Error::Fault(fault) => response(StatusCode::SERVICE_UNAVAILABLE, fault_words(fault)),
        }
    }
}

/// A failure of ours, for a stranger to read.
pub fn fault_words(fault: &Fault) -> &'static str {
    match fault {
        Fault::Busy => "busy, try again",
        Fault::Store(_) => "internal error, try again",
    }
}

/// A JSON answer.
pub fn json(status: StatusCode, body: String) -> WireResponse {
    WireResponse::new(status, "application/json", body)
}

/// A refusal of a push or ping.
pub fn response(status: StatusCode, reason: &str) -> WireResponse {
    json(status, format!(r#"{{"response":false,"error":{}}}"#, quoted(reason)))
}

/// Why one order was refused.
pub fn reason(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Missing { member } => format!("missing or blank: {member}"),
        Rejection::Invalid { member, reason } if member.is_empty() => reason.clone(),
        Rejection::Invalid { member, reason } => format!("{member}: {reason}"),
        Rejection::NotFound => "no such order".to_owned(),
        Rejection::Transition { from, asked: Move::Take(transition) } => {
            format!("status: an order that is {from} cannot {transition}")
        }
        Rejection::Transition { from, asked: Move::Become(state) } => {
            format!("status: an order that is {from} cannot become {state}")
        }
        Rejection::Taken { .. } => "workOrderNumber: belongs to another order".to_owned(),
        Rejection::Forbidden { what } => format!("not allowed: {what}"),
        Rejection::Limit { limit } => format!("over the limit of {limit}"),
        Rejection::Withdrawn => "not done, because another order was refused".to_owned(),
    }
}
