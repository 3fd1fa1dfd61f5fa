//! The web services a remote system has: Pruvan asks it to validate, asks for its orders, and tells it what the field did.

use super::{names, report, upload};
use crate::dialect::{ServeContext, WireRequest, WireResponse};
use crate::form;
use crate::pruvan::error::{fault_words, json};
use crate::pruvan::map::face;
use crate::pruvan::pushkey;
use crate::pruvan::wire::{Payload, quoted};
use docket_core::connection::Caller;
use docket_core::ledger::{Claim, Fault, OrderQuery, StateSet};
use docket_core::order::State;
use http::{Method, StatusCode, header};
use sha1::{Digest, Sha1};

/// The most orders one answer of `getWorkOrders` holds.
const ORDERS_LIMIT: usize = 100_000;

/// The services, whose answers to refusals differ.
#[derive(Clone, Copy, PartialEq)]
pub enum Service {
    /// Are the credentials right, and where to push to.
    Validate,
    /// Which orders there are.
    GetWorkOrders,
    /// How far the field has come.
    Status,
    /// What the field publishes.
    UploadPictures,
}

impl Service {
    /// From the last part of the path: `validate`, `validate.php`, … The extension is the caller's configuration.
    fn of(path: &str) -> Option<Service> {
        match path.split_once('.').map_or(path, |(name, _)| name) {
            "validate" => Some(Service::Validate),
            "getWorkOrders" => Some(Service::GetWorkOrders),
            "status" => Some(Service::Status),
            "uploadPictures" => Some(Service::UploadPictures),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Service::Validate => "validate",
            Service::GetWorkOrders => "getWorkOrders",
            Service::Status => "status",
            Service::UploadPictures => "uploadPictures",
        }
    }

    const fn refused_credentials(self) -> &'static str {
        match self {
            Service::Validate => "invalid username or password",
            Service::GetWorkOrders | Service::Status | Service::UploadPictures => {
                "invalid username, password, or token"
            }
        }
    }

    /// A refusal in the service's own form.
    pub fn refuse(self, status: StatusCode, reason: &str) -> WireResponse {
        let reason = quoted(reason);
        let body = match self {
            Service::Validate => format!(r#"{{"error":{reason},"validated":false}}"#),
            Service::GetWorkOrders => format!(r#"{{"workOrders":[],"error":{reason}}}"#),
            Service::Status | Service::UploadPictures => format!(r#"{{"status":false,"error":{reason}}}"#),
        };
        json(status, body)
    }

    fn fault(self, fault: &Fault) -> WireResponse {
        self.refuse(StatusCode::SERVICE_UNAVAILABLE, fault_words(fault))
    }
}

pub async fn serve(cx: ServeContext<'_>, path: &str, request: &WireRequest) -> WireResponse {
    let Some(service) = Service::of(path) else {
        return json(StatusCode::NOT_FOUND, r#"{"error":"no such service"}"#.to_owned());
    };
    if request.method != Method::POST {
        return service
            .refuse(StatusCode::METHOD_NOT_ALLOWED, "POST the variable payload")
            .with_header(header::ALLOW, "POST")
            .of(service.name());
    }
    let (payload, text) = match read(request).await {
        Ok(read) => read,
        Err(reason) => return service.refuse(StatusCode::OK, &reason).of(service.name()),
    };
    let caller = match authenticate(cx, &payload).await {
        Ok(Some(caller)) => caller.within(Some(cx.exchange)),
        Ok(None) => return service.refuse(StatusCode::OK, service.refused_credentials()).of(service.name()),
        Err(fault) => return service.fault(&fault).of(service.name()),
    };
    if let Err(fault) = keep_pushkey(cx, &caller, &payload).await {
        return service.fault(&fault).of(service.name());
    }
    let answer = match service {
        Service::Validate => Ok(json(StatusCode::OK, r#"{"error":"","validated":true}"#.to_owned())),
        Service::GetWorkOrders => get_work_orders(cx, &caller, &payload).await,
        Service::Status => report::serve(cx, &caller, &text).await,
        Service::UploadPictures => upload::serve(cx, &caller, request, &text).await,
    };
    answer.unwrap_or_else(|fault| service.fault(&fault)).of(service.name()).to(caller.connection_id())
}

/// What a request that holds no readable payload is told.
pub const FORMAT: &str = "This request is not properly formatted";

async fn read(request: &WireRequest) -> Result<(Payload, String), String> {
    let mut refusal = None;
    for candidate in form::json_candidates(request.header("content-type"), &request.body, "payload").await {
        let text = std::str::from_utf8(&candidate).map_err(|_| FORMAT.to_owned());
        match text.and_then(|text| Ok((Payload::read(text)?, text.to_owned()))) {
            Ok(read) => return Ok(read),
            Err(reason) => {
                refusal.get_or_insert(reason);
            }
        }
    }
    Err(refusal.unwrap_or_else(|| FORMAT.to_owned()))
}

/// The user name with the password's SHA-1; or with the token; or with the password itself as token, which is how
/// public integrations are configured.
async fn authenticate(cx: ServeContext<'_>, payload: &Payload) -> Result<Option<Caller>, Fault> {
    if payload.username.is_empty() {
        return Ok(None);
    }
    let password = payload.password.to_ascii_lowercase();
    let spelled: String = Sha1::digest(payload.token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let attempts = [
        (&payload.password, "password", &password),
        (&payload.token, "token", &payload.token),
        (&payload.token, "password", &spelled),
    ];
    for (presented, kind, value) in attempts {
        if presented.is_empty() {
            continue;
        }
        let claims = [Claim { kind: "username", value: &payload.username }, Claim { kind, value }];
        let known = cx.ledger.authenticate("pruvan", &claims).await?;
        if known.is_some() {
            return Ok(known);
        }
    }
    Ok(None)
}

/// Keeps the push key, so that the connecting half knows where to push. Any call may bring one.
async fn keep_pushkey(cx: ServeContext<'_>, caller: &Caller, payload: &Payload) -> Result<(), Fault> {
    match (&payload.pushkey, &caller.connection) {
        (Some(push_key), Some(connection)) => pushkey::keep(cx.ledger, connection, push_key).await,
        _ => Ok(()),
    }
}

/// All living orders, or those that changed since a moment, deleted ones included: they are news too.
async fn get_work_orders(cx: ServeContext<'_>, caller: &Caller, payload: &Payload) -> Result<WireResponse, Fault> {
    let since = match payload.since() {
        Ok(since) => since,
        Err(reason) => return Ok(Service::GetWorkOrders.refuse(StatusCode::OK, &reason)),
    };
    let states = match since {
        None => StateSet::living(),
        Some(_) => StateSet::of(State::ALL.iter().copied()),
    };
    let names = names(cx, caller).await?;
    let mut query = OrderQuery { states, updated_from: since, ..OrderQuery::default() };
    let mut body = String::from(r#"{"workOrders":["#);
    let mut count = 0;
    loop {
        let page = cx.ledger.orders(caller, query.clone()).await?;
        for order in &page.orders {
            if count > 0 {
                body.push(',');
            }
            body.push_str(&face::order_to_wire(order, &names, caller.connection.as_deref()));
            count += 1;
        }
        match page.next {
            Some(_) if count >= ORDERS_LIMIT => {
                let reason = format!("more than {ORDERS_LIMIT} orders: ask for changes since a timestamp");
                return Ok(Service::GetWorkOrders.refuse(StatusCode::OK, &reason));
            }
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    body.push_str(r#"],"error":""}"#);
    Ok(json(StatusCode::OK, body))
}
