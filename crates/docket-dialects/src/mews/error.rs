//! Failures, in this dialect's words: `{"Message", "RequestId", "Details"}` with a status code.

use crate::dialect::WireResponse;
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use http::header::{HeaderName, RETRY_AFTER};
use http::{StatusCode, header};
use serde::Serialize;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that names the exchange on every answer, failures included.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Why there is no ordinary answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// No such path, or another method than POST.
    NoSuchOperation,
    /// A documented operation that is not served here.
    NotServed(&'static str),
    /// The body is no strict JSON object.
    Json,
    /// The body is too large.
    TooLarge,
    /// A member is missing, malformed, out of its limits, or names something unknown.
    Invalid(Cow<'static, str>),
    /// A token that nobody has.
    Unknown(&'static str),
    /// Too many requests; the number of seconds until the next one.
    TooMany(i64),
    /// Answering would take too long.
    TooHeavy,
    /// A business rule refuses it; the text is for the end user.
    Refused(String),
    /// The data changed meanwhile.
    Conflict,
    /// Our fault.
    Fault,
}

impl Error {
    /// A bad member.
    pub(super) const fn invalid(member: &'static str) -> Error {
        Error::Invalid(Cow::Borrowed(member))
    }

    fn status(&self) -> StatusCode {
        match self {
            Error::NoSuchOperation | Error::NotServed(_) => StatusCode::NOT_FOUND,
            Error::Json | Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::Unknown(_) => StatusCode::UNAUTHORIZED,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::TooHeavy => StatusCode::REQUEST_TIMEOUT,
            Error::Refused(_) => StatusCode::FORBIDDEN,
            Error::Conflict => StatusCode::CONFLICT,
            Error::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> Cow<'_, str> {
        match self {
            Error::NoSuchOperation => "There is no such operation".into(),
            Error::NotServed(operation) => format!("{operation} is not served here").into(),
            Error::Json => "Invalid JSON".into(),
            Error::TooLarge => "The request body is too large".into(),
            Error::Invalid(member) => format!("Invalid {member}").into(),
            Error::Unknown(token) => format!("Invalid {token}").into(),
            Error::TooMany(_) => "Too many requests".into(),
            Error::TooHeavy => "Transaction has timed out".into(),
            Error::Refused(message) => message.as_str().into(),
            Error::Conflict => "The data changed meanwhile".into(),
            Error::Fault => "Something went wrong on our side".into(),
        }
    }

    /// The answer. Its request id is also that of the header, which the caller adds.
    pub(super) fn render(&self, request_id: &str) -> WireResponse {
        let response = body(self.status(), &self.message(), request_id);
        match self {
            Error::TooMany(seconds) => response.with_header(RETRY_AFTER, &seconds.max(&1).to_string()),
            _ => response,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            // Nothing was done, and the vendor's clients know how to wait.
            Fault::Busy => Error::TooMany(1),
            Fault::Store(_) => Error::Fault,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Error {
        match rejection {
            Rejection::NotFound => Error::invalid("OrderId"),
            Rejection::Missing { member } | Rejection::Invalid { member, .. } => Error::Invalid(member.into()),
            Rejection::Transition { .. } | Rejection::Forbidden { .. } | Rejection::Limit { .. } => {
                Error::Refused(rejection.to_string())
            }
            Rejection::Taken { .. } | Rejection::Withdrawn => Error::Conflict,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    message: &'a str,
    request_id: &'a str,
    details: Option<()>,
}

fn body(status: StatusCode, message: &str, request_id: &str) -> WireResponse {
    let text = serde_json::to_vec(&Body { message, request_id, details: None }).unwrap_or_default();
    WireResponse::new(status, "application/json", text)
}

/// The answer when the hub cut a request short, before it became an exchange. Its request id is a number of its own.
pub(super) fn cut_short(status: StatusCode, message: &str) -> WireResponse {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let request_id = format!("refused-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let response = body(status, message, &request_id).with_header(REQUEST_ID, &request_id);
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            response.with_header(header::RETRY_AFTER, "1")
        }
        _ => response,
    }
}
