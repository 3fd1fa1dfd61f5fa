//! Error codes, and which rejections they stand for.

use super::wire::{Json, Object};
use docket_core::ledger::Fault;
use docket_core::order::Rejection;

/// The marker of a route id that cannot be one; see [`super::wire::Flaw`].
pub(super) const ROUTE_MEMBER: &str = "p.r.id";

/// Why a call failed, in the words of the vendor's table of error codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// 1: there is no such session, or no longer.
    Session,
    /// 2: there is no such service.
    Service,
    /// 4: the input says nothing that can be done, or the order does not allow it.
    Input,
    /// 4 of a call about several orders, and what is wrong.
    Logic(String),
    /// 3: there is no such file.
    File,
    /// 5 of calls about files: there is no such order, or it cannot be done.
    Files,
    /// 6: the route named cannot be brought up to date.
    Route,
    /// 6 of a call with a large answer: it would be too large.
    TooLarge,
    /// 6: the item cannot be made.
    Creation,
    /// 7: no such item, or not one the caller may see.
    Access,
    /// 7 of `order/update`: the resource cannot be had.
    Resource,
    /// 7 of `order/update`: the unit cannot be had.
    Unit,
    /// 8: the token is nobody's.
    Login,
    /// 10: not run, because an earlier call of the batch failed.
    Skipped,
    /// 1002: an item with this unique property exists.
    Unique,
    /// 1004: more messages than one loader holds.
    TooMany,
    /// 1003: too many calls.
    Limit(&'static str),
    /// 5: our fault.
    Fault,
}

impl Error {
    /// 4, with what is wrong.
    pub(super) fn logic(reason: impl Into<String>) -> Error {
        Error::Logic(reason.into())
    }

    /// The number.
    pub(super) const fn code(&self) -> i64 {
        match self {
            Error::Session => 1,
            Error::Service => 2,
            Error::File => 3,
            Error::Input | Error::Logic(_) => 4,
            Error::Fault | Error::Files => 5,
            Error::Route | Error::TooLarge | Error::Creation => 6,
            Error::Access | Error::Resource | Error::Unit => 7,
            Error::Login => 8,
            Error::Skipped => 10,
            Error::Unique => 1002,
            Error::Limit(_) => 1003,
            Error::TooMany => 1004,
        }
    }

    /// The text beside it, where callers are told to look for one.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Error::Resource => Some("RESOURCE"),
            Error::Unit => Some("UNIT"),
            Error::Limit(reason) => Some(reason),
            Error::Logic(reason) => Some(reason),
            Error::File
            | Error::Files
            | Error::Session
            | Error::Service
            | Error::Input
            | Error::Fault
            | Error::Route
            | Error::TooLarge
            | Error::Access
            | Error::Login
            | Error::Creation
            | Error::Unique
            | Error::TooMany
            | Error::Skipped => None,
        }
    }

    /// As it goes over the wire.
    pub(super) fn to_json(&self) -> Json {
        let mut body = Object::new();
        body.insert("error".to_owned(), self.code().into());
        if let Some(reason) = self.reason() {
            body.insert("reason".to_owned(), reason.into());
        }
        Json::Object(body)
    }
}

impl From<Fault> for Error {
    /// A busy hub is a limit: the vendor's own libraries then wait and try again by themselves.
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Busy => Error::Limit("LIMIT api_concurrent"),
            Fault::Store(_) => Error::Fault,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Error {
        match rejection {
            Rejection::Invalid { member, .. } if member == ROUTE_MEMBER => Error::Route,
            Rejection::Forbidden { .. } => Error::Unit,
            Rejection::NotFound
            | Rejection::Missing { .. }
            | Rejection::Invalid { .. }
            | Rejection::Transition { .. }
            | Rejection::Taken { .. }
            | Rejection::Limit { .. }
            | Rejection::Withdrawn => Error::Input,
        }
    }
}
