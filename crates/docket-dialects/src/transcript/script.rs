//! The counterpart of a transcript for a connecting half: takes the calls that are written down, in their order, and
//! answers what is written down.

use super::compare::compare;
use super::pattern::{Variables, substitute};
use super::{Answer, Request};
use crate::connect::{Incoming, Outgoing, SendError, Transport};
use crate::dialect::BoxFuture;
use bytes::Bytes;
use docket_core::ids::{ExchangeId, Uuid};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// The calls that are expected, with what is answered to them.
pub(super) struct Script {
    state: Mutex<State>,
}

struct State {
    left: VecDeque<(Request, Answer)>,
    variables: Variables,
    wrong: Option<(usize, String)>,
    calls: u128,
}

impl Script {
    pub(super) fn new(left: VecDeque<(Request, Answer)>, variables: Variables) -> Script {
        Script { state: Mutex::new(State { left, variables, wrong: None, calls: 0 }) }
    }

    /// What was bound, or what went otherwise than written: the line and the words.
    pub(super) fn end(self) -> Result<Variables, (usize, String)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (state.wrong, state.left.front()) {
            (Some(wrong), _) => Err(wrong),
            (None, Some((request, _))) => Err((request.line, "this call was not made".to_owned())),
            (None, None) => Ok(state.variables),
        }
    }
}

impl State {
    fn take(&mut self, call: &Outgoing) -> Result<Incoming, (usize, String)> {
        let Some((request, answer)) = self.left.pop_front() else {
            return Err((0, format!("a call too many: {} {}", call.method, call.url)));
        };
        let line = request.line;
        self.check(&request, call).map_err(|message| (line, message))?;
        self.answer(&answer).map_err(|message| (answer.line, message))
    }

    fn check(&mut self, request: &Request, call: &Outgoing) -> Result<(), String> {
        let variables = &mut self.variables;
        let uri: Uri = call.url.parse().map_err(|error| format!("{}: {error}", call.url))?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        if request.method != call.method.as_str() {
            return Err(format!("the method is {}", call.method));
        }
        compare(&request.target, target, false, variables).map_err(|message| format!("target {target}: {message}"))?;
        for (name, expected) in &request.headers {
            let actual = call.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("(absent)");
            compare(expected, actual, false, variables).map_err(|message| format!("header {name}: {message}"))?;
        }
        // The parts of a form end their lines as mail does; a transcript does as files do.
        let mut body = String::from_utf8_lossy(&call.body).replace("\r\n", "\n");
        // JSON in a form value may be written as it is rather than as it travels: then every byte of it counts.
        if request.body.contains("={") && !body.contains("={") {
            let fields = crate::form::fields(&call.body);
            let plain: Vec<String> = fields.iter().map(|field| format!("{}={}", field.name, field.text())).collect();
            body = plain.join("&");
        }
        compare(&request.body, &body, false, variables).map_err(|message| format!("{message}; body: {body}"))
    }

    fn answer(&mut self, answer: &Answer) -> Result<Incoming, String> {
        self.calls += 1;
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            let name: HeaderName = name.parse().map_err(|_| format!("{name} is no header"))?;
            let value = substitute(value, &self.variables)?;
            headers.append(name, HeaderValue::from_str(&value).map_err(|error| error.to_string())?);
        }
        Ok(Incoming {
            status: StatusCode::from_u16(answer.status).map_err(|error| error.to_string())?,
            headers,
            body: Bytes::from(substitute(&answer.body, &self.variables)?),
            exchange: ExchangeId(Uuid::from_u128(self.calls)),
        })
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = state.take(&call).map_err(|(line, message)| {
            let words = message.clone();
            state.wrong.get_or_insert((line, message));
            SendError::NotSent(words)
        });
        Box::pin(std::future::ready(taken))
    }
}
