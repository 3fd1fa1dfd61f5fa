//! What can go wrong, in this dialect's words: an envelope that says so, nearly always under HTTP 200.

use super::wire;
use crate::dialect::WireResponse;
use docket_core::ids::Serial;
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use http::StatusCode;
use std::fmt;

/// The media type of every answer.
const JSON: &str = "application/json; charset=utf-8";

/// How much of a caller's own word is repeated to it.
const ECHO_CHARS: usize = 80;

/// Why an event was not done.
#[derive(Debug, PartialEq)]
pub(super) enum Error {
    /// The form variable `payload` cannot be used.
    Payload(&'static str),
    /// No connection has these credentials.
    Credentials,
    /// No event was named.
    NoEvent,
    /// Nobody knows this event.
    UnknownEvent(String),
    /// A required member of the event's data is missing or blank.
    Missing(&'static str),
    /// A member of the event's data cannot be understood.
    Invalid(&'static str, &'static str),
    /// No such order, or not one the caller may see.
    UnknownOrder(Serial),
    /// No such form.
    UnknownForm(String),
    /// The order has no photo of its front.
    NoFront(Serial),
    /// Neither a file nor where it can be fetched.
    NoFile,
    /// Files of this name are not taken.
    FileType(String),
    /// The file could not be fetched, for this reason.
    Fetch(String),
    /// The ledger refused.
    Refused(Rejection),
    /// The hub failed.
    Fault(Fault),
    /// The hub cut the request short.
    Cut(StatusCode, String),
}

impl Error {
    /// A member that cannot be understood.
    pub(super) fn invalid(member: &'static str, reason: &'static str) -> Error {
        Error::Invalid(member, reason)
    }

    fn status(&self) -> StatusCode {
        match self {
            Error::Payload(_)
            | Error::Credentials
            | Error::NoEvent
            | Error::UnknownEvent(_)
            | Error::Missing(_)
            | Error::Invalid(..)
            | Error::UnknownOrder(_)
            | Error::UnknownForm(_)
            | Error::NoFront(_)
            | Error::NoFile
            | Error::FileType(_)
            | Error::Fetch(_)
            | Error::Refused(_) => StatusCode::OK,
            Error::Fault(Fault::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Fault(Fault::Store(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Error::Cut(status, _) => *status,
        }
    }

    /// The whole answer.
    pub(super) fn response(&self, site: &str) -> WireResponse {
        // The only documented failure shows an empty text here; for the rest null says "nothing" more plainly.
        let result_data = if *self == Error::Credentials { "\"\"" } else { "null" };
        WireResponse::new(self.status(), JSON, wire::envelope(site, Some(&self.to_string()), result_data))
    }
}

/// The answer to an event that was done.
pub(super) fn success(site: &str, result_data: &str) -> WireResponse {
    WireResponse::new(StatusCode::OK, JSON, wire::envelope(site, None, result_data))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Payload(reason) => write!(f, "The form variable payload {reason}."),
            // Literal of the vendor's page on validate_user.
            Error::Credentials => f.write_str("Could not validate username and password."),
            Error::NoEvent => f.write_str("event_name is missing."),
            Error::UnknownEvent(name) => {
                write!(f, "Unknown event: {}.", echo(name))
            }
            Error::Missing(member) => write!(f, "{member} is missing."),
            Error::Invalid(member, reason) => write!(f, "{member} {reason}."),
            Error::UnknownOrder(serial) => write!(f, "There is no work order with report_id {serial}."),
            Error::UnknownForm(id) => write!(f, "There is no PCR form {}.", echo(id)),
            Error::NoFront(serial) => write!(f, "The work order {serial} has no front of house photo."),
            Error::NoFile => f.write_str("Neither a file nor s3_url was sent."),
            Error::FileType(name) => write!(f, "Files like {} are not accepted.", echo(name)),
            Error::Fetch(reason) => write!(f, "The file could not be fetched: {}.", reason.trim_end_matches('.')),
            Error::Refused(rejection) => write!(f, "The work order was not changed: {rejection}."),
            Error::Fault(Fault::Busy) => f.write_str("Too much is going on. Please send the event again later."),
            // The reason was logged; it is nothing for strangers.
            Error::Fault(Fault::Store(_)) => f.write_str("The event could not be processed."),
            Error::Cut(_, message) => f.write_str(message),
        }
    }
}

/// A caller's own word, as far as it is repeated to it.
fn echo(word: &str) -> String {
    word.chars().take(ECHO_CHARS).collect()
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}
