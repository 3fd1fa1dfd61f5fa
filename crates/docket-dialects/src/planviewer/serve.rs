//! The served half: name the operation, authenticate, answer.

mod jobs;
mod locations;
mod order;

use super::connect::{ACCEPTS, IDEMPOTENCY_KEY};
use super::error::{self, Error};
use super::{map, wire};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, WireRequest, WireResponse};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::Uuid;
use docket_core::ledger::Claim;
use docket_core::order::Order;
use http::{Method, StatusCode, header};

pub use order::STEPS;

/// How many uuids one request may name.
const UUIDS_LIMIT: usize = 100;

const PREFIX: &str = "/product_api/v1/";

/// Padding is optional: not every caller sends it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The served half.
pub struct Planviewer;

/// What is asked, with what the path says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation<'a> {
    ProductsList,
    SearchStructured,
    IntentionsList,
    JobsOrder,
    JobsStatus,
    JobsRetrieve(&'a str),
    KikWaiting(&'a str),
    KikSelect(&'a str),
    DocumentsList(&'a str),
    DocumentsOrder,
}

impl<'a> Operation<'a> {
    fn of(path: &'a str) -> Option<Operation<'a>> {
        let path = path.strip_prefix(PREFIX)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        Some(match path.splitn(3, '/').collect::<Vec<_>>().as_slice() {
            ["products", "list"] => Operation::ProductsList,
            ["search", "structured"] => Operation::SearchStructured,
            ["intentions", "list"] => Operation::IntentionsList,
            ["jobs", "order"] => Operation::JobsOrder,
            ["jobs", "status"] => Operation::JobsStatus,
            ["jobs", "retrieve", uuid] => Operation::JobsRetrieve(uuid),
            ["kik", "waiting", uuid] => Operation::KikWaiting(uuid),
            ["kik", "select", uuid] => Operation::KikSelect(uuid),
            ["documents", "list", uuid] => Operation::DocumentsList(uuid),
            ["documents", "order"] => Operation::DocumentsOrder,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Operation::ProductsList => "products/list",
            Operation::SearchStructured => "search/structured",
            Operation::IntentionsList => "intentions/list",
            Operation::JobsOrder => "jobs/order",
            Operation::JobsStatus => "jobs/status",
            Operation::JobsRetrieve(_) => "jobs/retrieve",
            Operation::KikWaiting(_) => "kik/waiting",
            Operation::KikSelect(_) => "kik/select",
            Operation::DocumentsList(_) => "documents/list",
            Operation::DocumentsOrder => "documents/order",
        }
    }

    fn method(self) -> Method {
        match self {
            Operation::ProductsList
            | Operation::JobsStatus
            | Operation::JobsRetrieve(_)
            | Operation::KikWaiting(_)
            | Operation::DocumentsList(_) => Method::GET,
            Operation::SearchStructured
            | Operation::IntentionsList
            | Operation::JobsOrder
            | Operation::KikSelect(_)
            | Operation::DocumentsOrder => Method::POST,
        }
    }
}

/// Who asks, through which connection: what every operation but authentication needs.
struct Asker<'a> {
    cx: ServeContext<'a>,
    caller: &'a Caller,
    connection: &'a Connection,
}

type Answer = Result<WireResponse, Error>;

async fn authenticate(cx: ServeContext<'_>, request: &WireRequest) -> Result<Caller, Error> {
    let (key, secret) = credentials(request).ok_or(Error::Unauthorized)?;
    let claims = [Claim { kind: "key", value: &key }, Claim { kind: "secret", value: &secret }];
    let caller = cx.ledger.authenticate("planviewer", &claims).await?.ok_or(Error::Unauthorized)?;
    Ok(caller.within(Some(cx.exchange)))
}

/// Key and secret of HTTP Basic.
fn credentials(request: &WireRequest) -> Option<(String, String)> {
    let (scheme, encoded) = request.header(header::AUTHORIZATION.as_str()).trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}

async fn answer(asker: &Asker<'_>, operation: Operation<'_>, request: &WireRequest) -> Answer {
    match operation {
        Operation::ProductsList => locations::products(asker).await,
        Operation::SearchStructured => locations::search(asker, &request.body).await,
        Operation::IntentionsList => locations::intentions(asker, &request.body).await,
        Operation::JobsOrder => order::order(asker, &request.body, request.header(IDEMPOTENCY_KEY.as_str())).await,
        Operation::JobsStatus => jobs::status(asker, &request.query).await,
        Operation::JobsRetrieve(uuid) => jobs::retrieve(asker, uuid).await,
        Operation::KikWaiting(uuid) => jobs::waiting(asker, uuid).await,
        Operation::KikSelect(uuid) => jobs::select(asker, uuid, &request.body).await,
        Operation::DocumentsList(uuid) => jobs::documents(asker, uuid).await,
        Operation::DocumentsOrder => Err(Error::invalid("Documents are ordered as products, through jobs/order")),
    }
}

/// A uuid as the documentation writes them: 36 characters, in any case.
fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// The uuids of a request: at least one, not too many, all well formed.
fn parse_uuids<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> Result<Vec<Uuid>, Error> {
    match texts.len() {
        0 => return Err(Error::invalid("uuids: give at least one")),
        1..=UUIDS_LIMIT => {}
        _ => return Err(Error::invalid(format!("uuids: give at most {UUIDS_LIMIT}"))),
    }
    texts.map(|text| parse_uuid(text).ok_or_else(|| Error::invalid(format!("uuids: \"{text}\" is no uuid")))).collect()
}

impl Serve for Planviewer {
    fn routes(&self) -> &'static [Route] {
        &[Route("/product_api/v1/{*path}")]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move {
            let operation = Operation::of(&request.path);
            let name = operation.map_or("", Operation::name);
            let caller = match authenticate(cx, &request).await {
                Ok(caller) => caller,
                Err(error) => return error.response().of(name),
            };
            let answered = match (operation, caller.connection.as_deref()) {
                (_, None) => Err(Error::Unauthorized),
                (None, _) => Err(Error::not_found("Not Found")),
                (Some(operation), _) if operation.method() != request.method => {
                    Err(Error::Method(if operation.method() == Method::GET { "GET" } else { "POST" }))
                }
                (Some(operation), Some(connection)) => {
                    answer(&Asker { cx, caller: &caller, connection }, operation, &request).await
                }
            };
            let answer = answered.unwrap_or_else(|error| error.response()).of(name).to(caller.connection_id());
            match operation {
                // So that a client knows before it orders.
                Some(Operation::IntentionsList) => answer.with_header(ACCEPTS, "true"),
                _ => answer,
            }
        })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        error::object(status, message)
    }

    fn face<'a>(&'a self, _cx: ServeContext<'a>, _caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let response = wire::json(StatusCode::OK, &map::job_status(order));
            String::from_utf8_lossy(&response.body).into_owned()
        })
    }
}
