//! What answers mean: the vendor's error codes, and what is no answer of the vendor's.

use crate::connect::{ConnectError, Incoming};
use crate::wialon::wire::{Json, integer, text};
use docket_core::ids::ExchangeId;
use http::StatusCode;
use std::time::Duration;

/// What a limit that was reached is waited for.
const BUSY: Duration = Duration::from_secs(1);

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) error: ConnectError,
    /// It may have been done all the same.
    pub(super) perhaps: bool,
    /// The error code, where one was answered.
    pub(super) code: Option<i64>,
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> ConnectError {
        failure.error
    }
}

impl Failure {
    /// An answer that is not what the vendor documents; what was asked may have been done.
    pub(super) fn odd(operation: &str, why: &str) -> Failure {
        Failure { error: ConnectError::later(format!("{operation}: {why}")), perhaps: true, code: None }
    }
}

/// An answer, and the exchange it came in.
pub(super) struct Answer {
    pub(super) json: Json,
    pub(super) exchange: ExchangeId,
}

/// The error code of an answer that is one.
pub(super) fn error_code(answer: &Incoming) -> Option<i64> {
    let json: Json = serde_json::from_slice(&answer.body).ok()?;
    code_of(&json)
}

fn code_of(json: &Json) -> Option<i64> {
    let error = json.as_object()?.get("error")?;
    integer(error).filter(|&code| code != 0)
}

/// What stands in the place of a file, where that is an error.
pub(super) fn failure_of(answer: &Incoming) -> Option<Failure> {
    error_code(answer)?;
    understand("order/get_attachment", answer).err()
}

/// Whether a code says that the session is over: 1, and 1011 where the address changed too.
pub(super) fn is_over(code: Option<i64>) -> bool {
    matches!(code, Some(1 | 1011))
}

/// What an answer means.
pub(super) fn understand(operation: &'static str, answer: &Incoming) -> Result<Answer, Failure> {
    if answer.status != StatusCode::OK {
        return Err(no_answer(operation, answer));
    }
    match serde_json::from_slice::<Json>(&answer.body) {
        Ok(json) => checked(operation, json).map(|json| Answer { json, exchange: answer.exchange }),
        Err(_) => Err(Failure::odd(operation, &format!("the answer is no JSON: {}", answer.excerpt()))),
    }
}

/// Every answer of the vendor's is 200: this came from something in between.
pub(super) fn no_answer(operation: &str, answer: &Incoming) -> Failure {
    let why = format!("{operation}: answered {}: {}", answer.status, answer.excerpt());
    let later = ConnectError::Later { why: why.clone(), after: answer.retry_after() };
    let (error, perhaps) = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => (later, false),
        StatusCode::REQUEST_TIMEOUT => (later, true),
        status if status.is_client_error() => (ConnectError::Refused(why), false),
        _ => (later, true),
    };
    Failure { error, perhaps, code: None }
}

pub(super) fn checked(operation: &str, json: Json) -> Result<Json, Failure> {
    let Some(code) = code_of(&json) else { return Ok(json) };
    let reason = json.get("reason").and_then(text).filter(|reason| !reason.trim().is_empty());
    let why = match reason {
        Some(reason) => format!("{operation}: error {code}, {}: {reason}", meaning(code)),
        None => format!("{operation}: error {code}, {}", meaning(code)),
    };
    // What may go otherwise the next time, and what was begun all the same.
    let (error, perhaps) = match code {
        1 | 9 | 10 | 1011 => (ConnectError::later(why), false),
        1003 => (ConnectError::Later { why, after: Some(BUSY) }, false),
        5 | 6 | 1005 | -100 | -101 => (ConnectError::later(why), true),
        8 => (ConnectError::Denied(why), false),
        _ => (ConnectError::Refused(why), false),
    };
    Err(Failure { error, perhaps, code: Some(code) })
}

/// A login that is not let in: the token is none, is not yet or no longer good, or its user is disabled.
pub(super) fn denied(Failure { error, perhaps, code }: Failure) -> Failure {
    match (code, error) {
        (Some(4 | 7 | 8 | 1006), ConnectError::Refused(why) | ConnectError::Denied(why)) => {
            Failure { error: ConnectError::Denied(why), perhaps: false, code }
        }
        (_, error) => Failure { error, perhaps, code },
    }
}

/// The vendor's table of error codes, in a few words.
const fn meaning(code: i64) -> &'static str {
    match code {
        1 => "no such session",
        2 => "no such service",
        3 => "no valid result",
        4 => "the input is not accepted",
        5 => "it could not be performed",
        6 => "an unknown error",
        7 => "access is denied",
        8 => "no such user or password",
        9 => "the authorization server cannot be reached",
        10 => "too many calls at once",
        14 => "a matter of billing",
        1001 => "nothing in the interval",
        1002 => "it exists already, or the plan does not allow it",
        1003 => "a limit is reached",
        1004 => "too many messages",
        1005 => "it took too long",
        1006 => "too many tries",
        1011 => "the session is over, or the address changed",
        _ => "an error of a kind that is not known",
    }
}
