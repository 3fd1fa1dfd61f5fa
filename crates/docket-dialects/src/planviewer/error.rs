//! Refusals in Planviewer's words.
//!
//! Documented are the body of 401 (an object) and that of 429 (an array). The others take the shape of 401.

use super::wire;
use crate::dialect::WireResponse;
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use http::{StatusCode, header};

/// Why a request is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// No, wrong or broken credentials.
    Unauthorized,
    /// The request cannot be understood or names what does not exist.
    Invalid(String),
    /// The application does not pay on account.
    PaymentRequired,
    /// The job is another application's.
    Forbidden,
    /// No such path, or no result.
    NotFound(String),
    /// The path takes another method.
    Method(&'static str),
    /// The daily cap and its grace are used up.
    Cap,
    /// The hub cannot take it now.
    Busy,
    /// The hub failed.
    Failed,
}

impl Error {
    /// A 400 that says why.
    pub(super) fn invalid(reason: impl Into<String>) -> Error {
        Error::Invalid(reason.into())
    }

    /// A 404 that says what is not there.
    pub(super) fn not_found(what: impl Into<String>) -> Error {
        Error::NotFound(what.into())
    }

    /// What a refusal by the core is called here.
    pub(super) fn of_rejection(rejection: &Rejection) -> Error {
        match rejection {
            Rejection::NotFound | Rejection::Transition { .. } => {
                Error::not_found("This job is not waiting for an answer")
            }
            Rejection::Forbidden { .. } => Error::Forbidden,
            Rejection::Missing { .. }
            | Rejection::Invalid { .. }
            | Rejection::Taken { .. }
            | Rejection::Limit { .. }
            | Rejection::Withdrawn => Error::Invalid(rejection.to_string()),
        }
    }

    /// As an answer.
    pub(super) fn response(&self) -> WireResponse {
        match self {
            Error::Unauthorized => object(StatusCode::UNAUTHORIZED, "Unauthorized")
                .with_header(header::WWW_AUTHENTICATE, "Basic realm=\"Planviewer\""),
            Error::Invalid(reason) => object(StatusCode::BAD_REQUEST, reason),
            Error::PaymentRequired => {
                object(StatusCode::PAYMENT_REQUIRED, "Payment on account is not enabled for this application")
            }
            Error::Forbidden => object(StatusCode::FORBIDDEN, "This job belongs to another application"),
            Error::NotFound(what) => object(StatusCode::NOT_FOUND, what),
            Error::Method(allow) => {
                object(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").with_header(header::ALLOW, allow)
            }
            Error::Cap => wire::json(StatusCode::TOO_MANY_REQUESTS, &[wire::CapError::default()]),
            Error::Busy => object(StatusCode::SERVICE_UNAVAILABLE, "Too much is going on, try again"),
            Error::Failed => object(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Busy => Error::Busy,
            Fault::Store(_) => Error::Failed,
        }
    }
}

/// The error object of the access keys page, for any status.
pub(super) fn object(status: StatusCode, message: &str) -> WireResponse {
    let error = wire::ErrorDetail { code: status.as_u16(), message };
    wire::json(status, &wire::ErrorBody { error })
}
