//! The served half: names the service, finds the session, calls it, answers.

mod attachments;
mod events;
mod history;
mod items;
mod limits;
mod login;
mod messages;
mod notification;
mod optimize;
mod orders;
mod profile;
mod property;
mod replay;
mod request;
mod revive;
mod rights;
mod route;
mod routes;
mod search;
mod service;
mod services;
mod session;
mod stops;
mod token;
mod units;

use super::error::Error;
use super::face::order_to_wire;
use super::wire::{Json, Object, integer};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, WireRequest, WireResponse};
use crate::form::Field;
use docket_core::connection::Caller;
use docket_core::ids::ConnectionId;
use docket_core::order::Order;
use http::StatusCode;
use login::Client;
use request::Call;
use rights::Rights;
use serde_json::json;
use service::Service;
use services::OrderService;
use session::{Sessions, Shared, lock};
use std::sync::atomic::{AtomicUsize, Ordering};

/// At most this many calls in one batch.
const MOST_CALLS: usize = 1000;
/// At most this many bytes of items in one answer. A hundred thousand orders take half of it.
const MOST_SHOWN: usize = 256 << 20;
/// The vendor's Python library reads the body only when the type is exactly this.
const JSON_TYPE: &str = "application/json";
/// The page that browser libraries open in a hidden frame to call us from.
const POST_PAGE: &str = include_str!("serve/post.html");

/// The served half.
pub struct Wialon;

/// How much may still be shown in an answer.
struct Room(AtomicUsize);

impl Room {
    /// Whether so many bytes can be shown.
    fn has(&self, bytes: usize) -> Result<(), Error> {
        if bytes <= self.0.load(Ordering::Relaxed) { Ok(()) } else { Err(Error::TooLarge) }
    }

    /// Takes them.
    fn take(&self, bytes: usize) -> Result<(), Error> {
        let less = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map(|_| ()).map_err(|_| Error::TooLarge)
    }
}

/// A call with its session.
struct Scope<'a> {
    cx: ServeContext<'a>,
    client: Client<'a>,
    caller: Caller,
    session: Shared,
    sid: &'a str,
    rights: Rights,
    room: Room,
}

impl Scope<'_> {
    /// Whether the session may call this service with these parameters.
    fn check(&self, service: Service, params: &Object) -> Result<(), Error> {
        self.rights.check(service.need())?;
        self.rights.check_items(&self.caller, params)
    }
}

/// What became of a call.
struct Answer {
    operation: &'static str,
    connection: Option<ConnectionId>,
    body: Result<String, Error>,
    /// A file, in place of the body.
    file: Option<WireResponse>,
}

impl Answer {
    fn new(operation: &'static str, connection: Option<ConnectionId>, body: Result<String, Error>) -> Answer {
        Answer { operation, connection, body, file: None }
    }

    fn failed(operation: &'static str, error: Error) -> Answer {
        Answer::new(operation, None, Err(error))
    }
}

impl Serve for Wialon {
    fn routes(&self) -> &'static [Route] {
        &[Route("/wialon/ajax.html"), Route("/avl_evts"), Route("/wialon/avl_evts"), Route("/wialon/post.html")]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move {
            if request.path == "/wialon/post.html" {
                return WireResponse::new(StatusCode::OK, "text/html; charset=utf-8", POST_PAGE).of("post.html");
            }
            let call = Call::read(&request).await;
            let callback = call.callback.clone();
            let answer = run(cx, &request, call).await;
            if let Some(file) = answer.file {
                return file.of(answer.operation).to(answer.connection);
            }
            let body = answer.body.unwrap_or_else(|error| error.to_json().to_string());
            respond(body, callback.as_deref()).of(answer.operation).to(answer.connection)
        })
    }

    fn revive(&self, cx: ServeContext<'_>, caller: &Caller, request: WireRequest) -> WireRequest {
        revive::revive(cx, caller, request)
    }

    fn refuse(&self, status: StatusCode, _message: &str) -> WireResponse {
        let error = match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Error::Limit("LIMIT api_concurrent"),
            status if status.is_client_error() => Error::Input,
            _ => Error::Fault,
        };
        respond(error.to_json().to_string(), None)
    }

    fn face<'a>(&'a self, _cx: ServeContext<'a>, _caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move { order_to_wire(order).to_string() })
    }
}

/// Every answer is 200, errors too.
fn respond(body: String, callback: Option<&str>) -> WireResponse {
    match callback {
        Some(name) => WireResponse::new(StatusCode::OK, "application/javascript", format!("{name}({body});")),
        None => WireResponse::new(StatusCode::OK, JSON_TYPE, body),
    }
}

/// Service, then session, then parameters: the first that is wrong is answered.
async fn run(cx: ServeContext<'_>, request: &WireRequest, call: Call) -> Answer {
    let service = match request.path.ends_with("/avl_evts") {
        true => Service::Events,
        false => match Service::read(&call.svc) {
            Some(service) => service,
            None => return Answer::failed("", Error::Service),
        },
    };
    let operation = service.name();
    let host = request.peer.map(|peer| peer.to_string()).unwrap_or_default();
    let client = Client { origin: &request.origin, host: &host };
    if let Service::Login | Service::UseAuthHash = service {
        let entered = match Call::object(call.params) {
            Ok(params) if service == Service::Login => login::token_login(cx, client, &params).await,
            Ok(params) => login::use_auth_hash(cx, client, &params).await,
            Err(error) => Err(error),
        };
        return match entered {
            Ok((body, caller)) => Answer::new(operation, caller.connection_id(), Ok(body.to_string())),
            Err(error) => Answer::failed(operation, error),
        };
    }
    let (session, caller, rights) = match cx.memory.get::<Sessions>().resume(cx, &call.sid).await {
        Ok(found) => found,
        Err(error) => return Answer::failed(operation, error),
    };
    let connection = caller.connection_id();
    let room = Room(AtomicUsize::new(MOST_SHOWN));
    let running = lock(&session).start_call(service.is_heavy());
    let scope = Scope { cx, client, caller, session, sid: &call.sid, rights, room };
    let body = match service {
        _ if let Err(error) = &running => Err(error.clone()),
        Service::Events => events::avl_evts(&scope).await.map(|events| events.to_string()),
        Service::Batch => batch(&scope, call.params).await,
        Service::Order(OrderService::GetAttachment) => match get_attachment(&scope, call.params).await {
            Ok(file) => return Answer { file: Some(file), ..Answer::new(operation, connection, Ok(String::new())) },
            Err(error) => Err(error),
        },
        Service::Order(OrderService::Attach) => attach(&scope, call.params, &call.form).await,
        _ => one(&scope, service, call.params).await,
    };
    let is_long_texts = lock(&scope.session).long_texts;
    let body = body.map(|body| if is_long_texts { property::with_long_texts(body) } else { body });
    Answer::new(operation, connection, body)
}

async fn get_attachment(scope: &Scope<'_>, params: Option<Json>) -> Result<WireResponse, Error> {
    let params = Call::object(params).map_err(|_| Error::File)?;
    scope.check(Service::Order(OrderService::GetAttachment), &params)?;
    attachments::get(scope, &params).await
}

async fn attach(scope: &Scope<'_>, params: Option<Json>, form: &[Field]) -> Result<String, Error> {
    let params = Call::object(params)?;
    scope.check(Service::Order(OrderService::Attach), &params)?;
    attachments::attach(scope, &params, form).await.map(|answer| answer.to_string())
}

/// One call within a session.
async fn one(scope: &Scope<'_>, service: Service, params: Option<Json>) -> Result<String, Error> {
    let params = Call::object(params)?;
    scope.check(service, &params)?;
    let (cx, caller) = (scope.cx, &scope.caller);
    let answer = match service {
        Service::CreateUnit => return units::create_unit(scope, &params).await,
        Service::CreateResource => units::create_resource(scope, &params).await?,
        Service::DeleteItem => units::delete_item(scope, &params).await?,
        Service::UpdateDeviceType => units::update_device_type(scope, &params).await?,
        Service::UpdateAccessPassword => units::update_access_password(scope, &params).await?,
        Service::UpdateProfileField => profile::update_profile_field(scope, &params).await?,
        Service::CheckUnique => units::check_unique(scope, &params).await?,
        Service::CheckItemsBilling => units::check_items_billing(scope, &params).await?,
        Service::SetSessionProperty => property::set_session_property(scope, &params)?,
        Service::TokenUpdate => token::token_update(scope, &params).await?,
        Service::TokenList => token::token_list(scope, &params).await?,
        Service::LoadInterval => messages::load_interval(scope, &params).await?,
        Service::LoadLast => messages::load_last(scope, &params).await?,
        Service::GetMessages => messages::get_messages(scope, &params).await?,
        Service::Unload => messages::unload(scope),
        Service::DeleteMessage => messages::delete_message(scope, &params).await?,
        Service::GetOrdersNotification => notification::get(scope, &params).await?,
        Service::UpdateOrdersNotification => notification::update(scope, &params).await?,
        Service::SearchItems => return search::search_items(scope, &params).await,
        Service::SearchItem => return search::search_item(scope, &params).await,
        Service::UpdateDataFlags => return search::update_data_flags(scope, &params).await,
        Service::Logout => {
            cx.memory.get::<Sessions>().end(scope.sid);
            json!({ "error": 0 })
        }
        Service::Duplicate => login::duplicate(scope, &params).await?,
        Service::CreateAuthHash => {
            let hash = cx.memory.get::<Sessions>().hand_over(cx, &scope.session)?;
            json!({ "authHash": hash })
        }
        Service::OrderUpdate => orders::order_update(cx, caller, params).await?,
        Service::Order(service) => return service.call(scope, params).await,
        Service::Login | Service::UseAuthHash | Service::Batch | Service::Events => return Err(Error::Input),
    };
    Ok(answer.to_string())
}

/// `core/batch`: one call after another, each seeing what those before it did.
async fn batch(scope: &Scope<'_>, params: Option<Json>) -> Result<String, Error> {
    let (calls, flags) = match params {
        Some(Json::Array(calls)) => (calls, 0),
        Some(Json::Object(mut object)) => {
            let flags = object.get("flags").map_or(Some(0), integer).ok_or(Error::Input)?;
            match object.remove("params") {
                Some(Json::Array(calls)) => (calls, flags),
                _ => return Err(Error::Input),
            }
        }
        _ => return Err(Error::Input),
    };
    if calls.len() > MOST_CALLS {
        return Err(Error::Input);
    }
    let mut answers = Vec::with_capacity(calls.len());
    let mut is_stopped = false;
    for call in calls {
        let answer = if is_stopped { Err(Error::Skipped) } else { batched(scope, call).await };
        if answer == Err(Error::TooLarge) {
            return Err(Error::TooLarge);
        }
        is_stopped |= flags & 1 != 0 && answer.is_err();
        answers.push(answer.unwrap_or_else(|error| error.to_json().to_string()));
    }
    Ok(format!("[{}]", answers.join(",")))
}

async fn batched(scope: &Scope<'_>, call: Json) -> Result<String, Error> {
    let Json::Object(mut call) = call else { return Err(Error::Input) };
    let service = call.get("svc").and_then(Json::as_str).ok_or(Error::Input)?;
    let service = Service::read(service).ok_or(Error::Service)?;
    if service.stands_alone() {
        return Err(Error::Input);
    }
    let params = match call.remove("params") {
        None | Some(Json::Null) => Json::Object(Object::new()),
        Some(Json::String(text)) => super::wire::first_value(text.as_bytes()).ok_or(Error::Input)?,
        Some(params) => params,
    };
    one(scope, service, Some(params)).await
}
