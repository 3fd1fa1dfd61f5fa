//! The served half: name the operation, read the envelope, authenticate, answer.
//!
//! Checks come in this order, and the first that fails answers: path and method, JSON, envelope, tokens, rate limit,
//! shape and limits of the members, scope, business.

pub(super) mod add;
mod companies;
mod customers;
mod enterprise;
mod items;
mod notes;
mod orders;
mod pages;
mod products;
mod rate;
mod services;
mod stays;

use super::OPERATIONS;
use super::connect::webhook;
use super::error::{Error, REQUEST_ID, cut_short};
use super::map::{Catalogue, House, View, derived, enterprise_of, order_to_wire};
use super::wire::{Members, Object};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, Served, WireRequest, WireResponse};
use bytes::Bytes;
use docket_core::catalogue::Service;
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::ledger::{Claim, Outcome};
use docket_core::order::{Order, Rejection};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

const BASE: &str = "/api/connector/v1/";
/// The largest body.
const BODY_LIMIT: usize = 4 << 20;

/// The served half.
pub struct Mews;

impl Serve for Mews {
    fn routes(&self) -> &'static [Route] {
        &[Route("/api/connector/v1/{*path}"), Route(webhook::PATH)]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move {
            if request.path == webhook::PATH {
                return webhook::receive(cx, &request).await;
            }
            answer(cx, request).await
        })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        cut_short(status, message)
    }

    fn face<'a>(&'a self, cx: ServeContext<'a>, caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let services = cx.ledger.services(caller).await.unwrap_or_default();
            let mut catalogue = Catalogue::of(caller.account, services);
            let view = View::of(order, &mut catalogue);
            let mut labels = HashMap::new();
            if name_origin(cx, caller, order, &mut labels).await.is_err() {
                labels.clear();
            }
            let shown = order_to_wire(order, &view, catalogue.general(), &labels);
            serde_json::to_string(&shown).unwrap_or_default()
        })
    }
}

/// An operation that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    ProductServiceOrders,
    AddOrder,
    Services,
    Products,
    Configuration,
    Enterprises,
    OrderItems,
    CancelItems,
    Notes,
    AddNotes,
    UpdateNotes,
    DeleteNotes,
    Reservations,
    ConfirmReservations,
    StartReservation,
    ProcessReservation,
    CancelReservations,
    AddReservationProduct,
    Customers,
    AddCustomer,
    Companies,
    AddCompany,
}

/// What a path names.
struct Named {
    name: &'static str,
    /// `None`: documented but not served.
    operation: Option<Operation>,
    /// Spelled exactly, rather than in another case.
    exact: bool,
}

/// Names the operation of a path.
fn name(path: &str) -> Option<Named> {
    let head = path.get(..BASE.len())?;
    let tail = path.get(BASE.len()..)?;
    let known = OPERATIONS.iter().find(|known| known.name.eq_ignore_ascii_case(tail))?;
    let operation = match known.name {
        "productServiceOrders/getAll" => Some(Operation::ProductServiceOrders),
        "orders/add" => Some(Operation::AddOrder),
        "services/getAll" => Some(Operation::Services),
        "products/getAll" => Some(Operation::Products),
        "configuration/get" => Some(Operation::Configuration),
        "enterprises/getAll" => Some(Operation::Enterprises),
        "orderItems/getAll" => Some(Operation::OrderItems),
        "orderItems/cancel" => Some(Operation::CancelItems),
        "serviceOrderNotes/getAll" => Some(Operation::Notes),
        "serviceOrderNotes/add" => Some(Operation::AddNotes),
        "serviceOrderNotes/update" => Some(Operation::UpdateNotes),
        "serviceOrderNotes/delete" => Some(Operation::DeleteNotes),
        "reservations/getAll/2023-06-06" => Some(Operation::Reservations),
        "reservations/confirm" => Some(Operation::ConfirmReservations),
        "reservations/start" => Some(Operation::StartReservation),
        "reservations/process" => Some(Operation::ProcessReservation),
        "reservations/cancel" => Some(Operation::CancelReservations),
        "reservations/addProduct" => Some(Operation::AddReservationProduct),
        "customers/getAll" => Some(Operation::Customers),
        "customers/add" => Some(Operation::AddCustomer),
        "companies/getAll" => Some(Operation::Companies),
        "companies/add" => Some(Operation::AddCompany),
        // Not everything documented is a path: webhooks and sockets have no `/`.
        other if other.contains('/') && matches!(known.served, Served::No(_)) => None,
        _ => return None,
    };
    let exact = head == BASE && tail == known.name;
    (exact || head.eq_ignore_ascii_case(BASE)).then_some(Named { name: known.name, operation, exact })
}

/// Who asks, through which connection.
struct Session {
    caller: Caller,
    connection: Arc<Connection>,
}

impl Session {
    /// The enterprise that the connection's account is.
    fn enterprise_id(&self) -> Uuid {
        enterprise_of(&self.connection)
    }

    fn is_portfolio(&self) -> bool {
        self.connection.flag("portfolio", false)
    }

    fn currency(&self) -> &str {
        let given = self.connection.setting("currency").unwrap_or_default();
        if is_currency(given) { given } else { "EUR" }
    }

    fn is_gross(&self) -> bool {
        self.connection.setting("pricing") != Some("Net")
    }

    fn editable_history_days(&self) -> i64 {
        self.connection.integer("editable_history_days", 7).clamp(0, 3650)
    }

    /// The chain that the enterprise is of: customers and companies are the chain's.
    fn chain_id(&self) -> Uuid {
        derived(self.connection.account, "chain", "")
    }

    /// `ChainIds` of a read.
    fn check_chains(&self, ids: Option<&[Uuid]>) -> Result<(), Error> {
        let own = self.chain_id();
        match ids {
            Some(ids) if ids.iter().any(|&id| id != own) => Err(Error::invalid("ChainIds")),
            _ => Ok(()),
        }
    }

    /// `EnterpriseId` of a write: a portfolio's token must say it, for any other it does not matter.
    fn check_enterprise(&self, members: Members<'_>) -> Result<(), Error> {
        let named = members.uuid("EnterpriseId")?;
        if self.is_portfolio() && named != Some(self.enterprise_id()) {
            return Err(Error::invalid("EnterpriseId"));
        }
        Ok(())
    }

    /// What order items show of the enterprise.
    fn house(&self, services: Arc<Vec<Service>>) -> House {
        House {
            enterprise: self.enterprise_id(),
            currency: self.currency().to_owned(),
            gross: self.is_gross(),
            services,
            labels: HashMap::new(),
        }
    }

    /// `EnterpriseIds` of a read: only what the token is for may be named.
    fn check_enterprises(&self, ids: Option<&[Uuid]>) -> Result<(), Error> {
        let own = self.enterprise_id();
        match ids {
            Some(ids) if ids.iter().any(|&id| id != own) => Err(Error::invalid("EnterpriseIds")),
            _ => Ok(()),
        }
    }
}

/// An ISO 4217 code, by its looks.
fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// An answer that is none of the failures.
enum Answer {
    /// With this body.
    Json(Bytes),
    /// Nothing to say: an empty page.
    Nothing(Bytes),
}

impl Answer {
    fn of(body: &impl Serialize) -> Result<Answer, Error> {
        Ok(Answer::Json(text(body)?))
    }

    /// Of an operation that has nothing to say, which a client can ask not to be sent.
    fn nothing(body: &impl Serialize) -> Result<Answer, Error> {
        Ok(Answer::Nothing(text(body)?))
    }

    /// Of a page, which a client can ask not to be sent when it is empty.
    fn page(body: &impl Serialize, is_empty: bool) -> Result<Answer, Error> {
        let body = text(body)?;
        Ok(if is_empty { Answer::Nothing(body) } else { Answer::Json(body) })
    }
}

fn text(body: &impl Serialize) -> Result<Bytes, Error> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|_| Error::Fault)
}

/// What is known of a request when it is answered, for the logs.
#[derive(Default)]
struct Trace {
    operation: &'static str,
    connection: Option<ConnectionId>,
}

async fn answer(cx: ServeContext<'_>, request: WireRequest) -> WireResponse {
    let request_id = cx.exchange.to_string();
    let mut trace = Trace::default();
    let response = match handle(cx, &request, &mut trace).await {
        Ok(Answer::Nothing(_)) if wants_minimal(&request.headers) => WireResponse {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            operation: "",
            connection: None,
        },
        Ok(Answer::Json(body) | Answer::Nothing(body)) => WireResponse::new(StatusCode::OK, "application/json", body),
        Err(error) => error.render(&request_id),
    };
    response.with_header(REQUEST_ID, &request_id).of(trace.operation).to(trace.connection)
}

async fn handle(cx: ServeContext<'_>, request: &WireRequest, trace: &mut Trace) -> Result<Answer, Error> {
    let named = name(&request.path).filter(|_| request.method == Method::POST).ok_or(Error::NoSuchOperation)?;
    if named.exact {
        trace.operation = named.name;
    }
    let (session, body) = match open(cx, request).await {
        // In another case the path is wrong, unless the tokens belong to a connection that tolerates it.
        Err(_) if !named.exact => return Err(Error::NoSuchOperation),
        Ok((session, _)) if !named.exact && !session.connection.flag("case_insensitive_paths", false) => {
            return Err(Error::NoSuchOperation);
        }
        opened => opened?,
    };
    trace.operation = named.name;
    trace.connection = Some(session.connection.id);
    rate::admit(cx, &session.connection)?;
    let members = body.members();
    match named.operation {
        Some(Operation::ProductServiceOrders) => orders::get_all(cx, &session, members).await,
        Some(Operation::AddOrder) => add::add(cx, &session, members).await,
        Some(Operation::Services) => services::get_all(cx, &session, members).await,
        Some(Operation::Products) => products::get_all(cx, &session, members).await,
        Some(Operation::Configuration) => enterprise::configuration(cx, &session, members),
        Some(Operation::Enterprises) => enterprise::get_all(&session, members),
        Some(Operation::OrderItems) => items::get_all(cx, &session, members).await,
        Some(Operation::CancelItems) => items::cancel(cx, &session, members).await,
        Some(Operation::Notes) => notes::get_all(cx, &session, members).await,
        Some(Operation::AddNotes) => notes::add(cx, &session, members).await,
        Some(Operation::UpdateNotes) => notes::update(cx, &session, members).await,
        Some(Operation::DeleteNotes) => notes::delete(cx, &session, members).await,
        Some(Operation::Reservations) => stays::get_all(cx, &session, members).await,
        Some(Operation::ConfirmReservations) => stays::confirm(cx, &session, members).await,
        Some(Operation::StartReservation) => stays::start(cx, &session, members).await,
        Some(Operation::ProcessReservation) => stays::process(cx, &session, members).await,
        Some(Operation::CancelReservations) => stays::cancel(cx, &session, members).await,
        Some(Operation::AddReservationProduct) => stays::add_product(cx, &session, members).await,
        Some(Operation::Customers) => customers::get_all(cx, &session, members).await,
        Some(Operation::AddCustomer) => customers::add(cx, &session, members).await,
        Some(Operation::Companies) => companies::get_all(cx, &session, members).await,
        Some(Operation::AddCompany) => companies::add(cx, &session, members).await,
        None => Err(Error::NotServed(named.name)),
    }
}

/// Reads the envelope and finds out whose tokens these are.
async fn open(cx: ServeContext<'_>, request: &WireRequest) -> Result<(Session, Object), Error> {
    if request.body.len() > BODY_LIMIT {
        return Err(Error::TooLarge);
    }
    let mut body = Object::read(&request.body)?;
    let members = body.members();
    let client_token = members.required_text("ClientToken")?;
    let access_token = members.required_text("AccessToken")?;
    members.required_text("Client")?;
    let claims =
        [Claim { kind: "access_token", value: access_token }, Claim { kind: "client_token", value: client_token }];
    let Some(caller) = cx.ledger.authenticate(super::map::ID, &claims).await? else {
        let [access, _] = claims;
        let known = cx.ledger.authenticate(super::map::ID, &[access]).await?;
        return Err(Error::Unknown(if known.is_some() { "ClientToken" } else { "AccessToken" }));
    };
    let Some(connection) = caller.connection.clone() else { return Err(Error::Unknown("AccessToken")) };
    // Whatever is kept of the request, the tokens are not.
    body.forget(super::DIALECT.secrets);
    Ok((Session { caller: caller.within(Some(cx.exchange)), connection }, body))
}

/// The orders that a submission was about, when all of it was done. `member` named those that are not there.
fn all_done(outcomes: Vec<Outcome>, member: &'static str) -> Result<Vec<Arc<Order>>, Error> {
    let mut orders = Vec::with_capacity(outcomes.len());
    let mut withdrawn = false;
    for outcome in outcomes {
        match outcome {
            Outcome::Done(done) => orders.push(done.order),
            // Another part of it was rejected and tells why.
            Outcome::Rejected(Rejection::Withdrawn) => withdrawn = true,
            Outcome::Rejected(Rejection::NotFound) => return Err(Error::invalid(member)),
            Outcome::Rejected(rejection) => return Err(rejection.into()),
            Outcome::Outdated => return Err(Error::Conflict),
        }
    }
    if withdrawn { Err(Error::Conflict) } else { Ok(orders) }
}

/// Whether the client prefers no body to an empty one.
fn wants_minimal(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|value| value.split(',')).any(|preference| {
        let word = preference.split(';').next().unwrap_or_default();
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        name.trim().eq_ignore_ascii_case("return") && value.trim().trim_matches('"').eq_ignore_ascii_case("minimal")
    })
}

/// Learns the name of the connection an order came from.
async fn name_origin(
    cx: ServeContext<'_>,
    caller: &Caller,
    order: &Order,
    labels: &mut HashMap<ConnectionId, String>,
) -> Result<(), Error> {
    let Some(id) = order.origin.connection.filter(|id| !labels.contains_key(id)) else { return Ok(()) };
    if let Some(connection) = cx.ledger.connection(caller, id).await? {
        labels.insert(id, Caller::connection(connection).label);
    }
    Ok(())
}
