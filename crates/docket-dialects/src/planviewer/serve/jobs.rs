//! After the order: status, result, questions.

use super::super::document::{self, Document};
use super::super::error::Error;
use super::super::map::{self, Status, extension, header_name, job_status, result_name, status_of};
use super::super::wire;
use super::{Answer, Asker, parse_uuid, parse_uuids};
use crate::dialect::WireResponse;
use crate::form;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Uuid};
use docket_core::ledger::{OrderQuery, Outcome, Request, Submission, Target};
use docket_core::order::{ChoiceAnswer, Command, Item, Order, Question, Rejection, State, Transition};
use http::{HeaderName, StatusCode, header};
use std::collections::HashMap;
use std::sync::Arc;

const CONTENT_TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");

pub(super) async fn status(asker: &Asker<'_>, query: &str) -> Answer {
    let texts: Vec<String> = form::fields(query.as_bytes())
        .iter()
        .filter(|field| is_uuids(&field.name))
        .map(|field| field.text().into_owned())
        .collect();
    let uuids = parse_uuids(texts.iter().map(String::as_str))?;
    let known = jobs(asker, &uuids).await?;
    let mut list = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        let order = known.get(&uuid).ok_or_else(|| Error::invalid(format!("uuids: there is no job {uuid}")))?;
        list.push(job_status(order));
    }
    Ok(wire::json(StatusCode::OK, &list))
}

/// `uuids[]`, `uuids[0]` as the vendor's own client sends it, or plain `uuids`.
fn is_uuids(name: &str) -> bool {
    let Some(index) = name.strip_prefix("uuids") else { return false };
    index.is_empty()
        || index
            .strip_prefix('[')
            .and_then(|index| index.strip_suffix(']'))
            .is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

async fn jobs(asker: &Asker<'_>, uuids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Order>>, Error> {
    let orders = match uuids {
        [uuid] => {
            let order = asker.cx.ledger.order(asker.caller, Target::Id(OrderId(*uuid))).await?;
            order.into_iter().collect()
        }
        _ => {
            let ids = Some(uuids.iter().copied().map(OrderId).collect());
            asker.cx.ledger.orders(asker.caller, OrderQuery { ids, ..OrderQuery::default() }).await?.orders
        }
    };
    Ok(orders.into_iter().map(|order| (order.id.0, order)).collect())
}

/// The job of a path: 404 when there is none, 403 when it is another application's.
async fn job(asker: &Asker<'_>, uuid: &str) -> Result<Arc<Order>, Error> {
    let missing = Error::not_found("There is no such job");
    let Some(id) = parse_uuid(uuid).map(OrderId) else { return Err(missing) };
    if let Some(order) = asker.cx.ledger.order(asker.caller, Target::Id(id)).await? {
        return Ok(order);
    }
    let hub = Caller::hub(asker.caller.account);
    match asker.cx.ledger.order(&hub, Target::Id(id)).await? {
        Some(_) => Err(Error::Forbidden),
        None => Err(missing),
    }
}

pub(super) async fn retrieve(asker: &Asker<'_>, uuid: &str) -> Answer {
    let order = job(asker, uuid).await?;
    let address = order.fields.result_blob.as_deref().filter(|_| status_of(order.state) == Status::Finished);
    let address = address.ok_or_else(|| unfinished(&order))?;
    // A result that was stored and is gone is our failure, not an unfinished job.
    let bytes = asker.cx.ledger.blob(address).await?.ok_or(Error::Failed)?;
    let media_type = order.fields.result_type.as_deref().unwrap_or("application/octet-stream");
    let name = match &order.fields.result_name {
        Some(name) => header_name(name),
        None => {
            let bag = map::bag(&order);
            let slug = bag.as_ref().map_or("report", |bag| bag.product.as_str());
            result_name(&order, slug, extension(media_type))
        }
    };
    let length = bytes.len().to_string();
    Ok(WireResponse::new(StatusCode::OK, "application/octet-stream", bytes)
        .with_header(header::CONTENT_TYPE, media_type)
        .with_header(header::CONTENT_LENGTH, &length)
        .with_header(CONTENT_TRANSFER_ENCODING, "binary")
        .with_header(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\"")))
}

/// What keeps a job's result from being there. A job that failed says why.
fn unfinished(order: &Order) -> Error {
    let reason = order.fields.outcome.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    match reason.filter(|_| status_of(order.state) == Status::Error) {
        Some(reason) => Error::not_found(format!("This job did not finish successfully: {reason}")),
        None => Error::not_found("This job did not finish successfully"),
    }
}

/// The documents linked to a finished job: the files and photos of the orders its result is about, as far as they were
/// there when it was made. What the job's application may see of those orders does not matter: the result tells of them.
pub(super) async fn documents(asker: &Asker<'_>, uuid: &str) -> Answer {
    let order = job(asker, uuid).await?;
    if status_of(order.state) != Status::Finished {
        return Err(unfinished(&order));
    }
    let hub = Caller::hub(asker.caller.account);
    let sites = document::sites_of(asker.cx.ledger, &hub, &order).await?;
    let until = order.fields.completed_at;
    let documents = document::at_sites(asker.cx.ledger, &hub, &sites, until).await?;
    let list: Vec<_> = documents.iter().map(Document::shown).collect();
    Ok(wire::json(StatusCode::OK, &list))
}

/// The question a job waits with.
fn question(order: &Order) -> Option<(&Item, &Question)> {
    if order.state == State::Waiting { order.open_question() } else { None }
}

pub(super) async fn waiting(asker: &Asker<'_>, uuid: &str) -> Answer {
    let order = job(asker, uuid).await?;
    let (_, question) = question(&order).ok_or_else(not_waiting)?;
    Ok(wire::json(StatusCode::OK, &wire::Waiting { locaties: &question.choices, message: &question.message }))
}

fn not_waiting() -> Error {
    Error::not_found("This job is not waiting for an answer")
}

/// The answer is kept with the question, where the producer that asked finds it, and the job goes on. Only the first
/// answer counts: after it the job waits no more.
pub(super) async fn select(asker: &Asker<'_>, uuid: &str, body: &[u8]) -> Answer {
    let order = job(asker, uuid).await?;
    let request: wire::SelectRequest = wire::parse(body).map_err(Error::Invalid)?;
    let choice = request.select.choice().ok_or_else(|| Error::invalid("select: give exactly one choice"))?;
    let (by, at) = (asker.caller.label.clone(), asker.cx.now);
    let request = Request::change(Target::Id(order.id), move |order| {
        let (item, question) = question(order).ok_or(Rejection::NotFound)?;
        if !question.choices.iter().any(|known| known.key == choice) {
            let reason = format!("\"{choice}\" is none of the choices");
            return Err(Rejection::Invalid { member: "select".to_owned(), reason });
        }
        let answer = Some(ChoiceAnswer { choice: choice.clone(), by: by.clone(), at });
        let answered = Item { body: Question { answer, ..question.clone() }.into(), ..item.clone() };
        let command = Command { put: vec![answered], ..Command::default() };
        // Somebody may have asked more; then that is what the job waits for.
        let open = order.questions().filter(|(_, question)| question.answer.is_none()).count();
        Ok(if open > 1 { command } else { command.moving(Transition::Resume) })
    });
    let outcomes = asker.cx.ledger.submit(asker.caller, Submission::one(request)).await?;
    match outcomes.into_iter().next() {
        Some(Outcome::Done(done)) => Ok(wire::json(StatusCode::OK, &[job_status(&done.order)])),
        Some(Outcome::Rejected(rejection)) => Err(Error::of_rejection(&rejection)),
        Some(Outcome::Outdated) | None => Err(Error::Busy),
    }
}
