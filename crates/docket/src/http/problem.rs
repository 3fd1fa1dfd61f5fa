//! Errors of the native API: `application/problem+json`.

use axum::body::Body;
use axum::response::Response;
use docket_app::native::NativeError;
use docket_core::connection::Access;
use docket_core::ledger::Fault;
use docket_core::order::Rejection;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

/// A problem.
#[derive(Debug)]
pub(super) struct Problem {
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    pointer: Option<String>,
    after_s: Option<i64>,
}

/// As it is written.
#[derive(Serialize)]
struct Written<'a> {
    /// The page about it.
    #[serde(rename = "type")]
    page: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Problem {
        Problem { title, status: status.as_u16(), code, detail: detail.into(), pointer: None, after_s: None }
    }

    pub(super) fn at(mut self, pointer: String) -> Problem {
        self.pointer = Some(pointer);
        self
    }

    /// It may be asked again after so many seconds.
    pub(super) fn after(mut self, after_s: i64) -> Problem {
        self.after_s = Some(after_s);
        self
    }

    pub(super) fn unauthorized() -> Problem {
        let detail = "sign in, or give a bearer token; `docket token create NAME` makes one";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated", detail)
    }

    /// A token is nobody.
    pub(super) fn no_session() -> Problem {
        let detail = "this is about who has signed in: sign in with POST /v1/session; a token does not do";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated", detail)
    }

    /// Who asks may not do this.
    pub(super) fn access(has: Access, needs: Access) -> Problem {
        let detail = format!("this needs the role {}; yours is {}", needs.word(), has.word());
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    pub(super) fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "Not found", what)
    }

    /// What is at a path cannot be asked for so.
    pub(super) fn method(method: &Method) -> Problem {
        let detail = format!("{method} is not possible here");
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed", detail)
    }

    pub(super) fn query(name: &str, reason: impl Into<String>) -> Problem {
        let detail = format!("query parameter {name}: {}", reason.into());
        Problem::new(StatusCode::BAD_REQUEST, "invalid_parameter", "Parameter not understood", detail)
    }

    /// More requests than one may make.
    pub(super) fn too_often(retry_after_s: i64) -> Problem {
        let detail = format!("too many requests; come back in {retry_after_s} s");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit", "Too many requests", detail)
    }

    pub(super) fn unread(status: StatusCode, detail: String) -> Problem {
        Problem::new(status, "body", "Body not read", detail)
    }

    pub(super) const fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(super) fn into_response(self) -> Response {
        let status = self.status();
        let written = Written {
            page: format!("/docs/errors/{}", self.code),
            title: self.title,
            status: self.status,
            code: self.code,
            detail: &self.detail,
            pointer: self.pointer.as_deref(),
        };
        let text = serde_json::to_string(&written).unwrap_or_else(|_| "{}".to_owned());
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"docket\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(after_s) = self.after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after_s));
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        let detail = match &fault {
            Fault::Busy => "too much is waiting for the disk; nothing was done, try again",
            Fault::Store(_) => "the ledger failed; the log has the reason under this request's id",
        };
        match fault {
            Fault::Busy => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail),
            Fault::Store(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", detail),
        }
    }
}

impl From<NativeError> for Problem {
    fn from(error: NativeError) -> Problem {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            NativeError::Syntax(detail) => {
                Problem::new(StatusCode::BAD_REQUEST, "syntax", "The body is no JSON", detail)
            }
            NativeError::Invalid { pointer, detail } => {
                Problem::new(unprocessable, "invalid", "A member makes no sense", detail).at(pointer)
            }
            NativeError::KeyReused => Problem::new(
                unprocessable,
                "idempotency_key_reused",
                "Idempotency-Key used for something else",
                "this key was used with another body before; use a new key for another request",
            ),
            NativeError::Outdated => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "outdated",
                "Changed meanwhile",
                "the order is not the one that If-Match names any more; read it and decide anew",
            ),
            NativeError::ClaimLost(why) => {
                Problem::new(StatusCode::CONFLICT, "claim_lost", "The claim holds no longer", why)
            }
            NativeError::NotReady(why) => {
                Problem::new(StatusCode::CONFLICT, "transition", "Not possible from where it stands", why)
            }
            NativeError::Rejected(rejection) => rejected(&rejection),
            NativeError::Fault(fault) => fault.into(),
        }
    }
}

fn rejected(rejection: &Rejection) -> Problem {
    let (status, code, title) = match rejection {
        Rejection::NotFound => (StatusCode::NOT_FOUND, "not_found", "Not found"),
        Rejection::Missing { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "missing", "A member is missing"),
        Rejection::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A member makes no sense"),
        Rejection::Transition { .. } => (StatusCode::CONFLICT, "transition", "Not possible from where it stands"),
        Rejection::Taken { .. } => (StatusCode::CONFLICT, "taken", "Already taken"),
        Rejection::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
        Rejection::Limit { .. } => (StatusCode::TOO_MANY_REQUESTS, "limit", "Over a limit"),
        Rejection::Withdrawn => (StatusCode::CONFLICT, "withdrawn", "Not done"),
    };
    let problem = Problem::new(status, code, title, rejection.to_string());
    match rejection {
        // Members of groups are named with a dot between.
        Rejection::Missing { member } | Rejection::Invalid { member, .. } if is_name(member) => {
            problem.at(format!("/{}", member.replace('.', "/")))
        }
        _ => problem,
    }
}

fn is_name(member: &str) -> bool {
    !member.is_empty() && member.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The words in quotation marks that follow a status.
    fn codes(source: &str) -> impl Iterator<Item = &str> {
        source.split("StatusCode::").skip(1).filter_map(|rest| {
            let (status, rest) = rest.split_once(',')?;
            let code = rest.trim_start().strip_prefix('"')?.split('"').next()?;
            let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            (status.chars().all(|c| c.is_ascii_uppercase() || c == '_') && is_word(code)).then_some(code)
        })
    }

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut used: BTreeSet<String> = BTreeSet::new();
        let files = std::fs::read_dir(here.join("src/http")).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.is_file()) {
            let source = std::fs::read_to_string(file).unwrap();
            used.extend(codes(&source).map(str::to_owned));
        }
        let pages = std::fs::read_dir(here.join("../../docs/errors")).unwrap();
        let pages: BTreeSet<String> =
            pages.map(|page| page.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
        // Said where the status is a variable.
        let elsewhere = ["body", "claim_lost", "idempotency_key_reused", "invalid", "rule"];
        used.extend(elsewhere.map(str::to_owned));
        assert!(used.len() > 20, "{used:?}");
        assert_eq!(used.difference(&pages).collect::<Vec<_>>(), Vec::<&String>::new(), "codes without a page");
        assert_eq!(pages.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "pages without a code");
    }
}
