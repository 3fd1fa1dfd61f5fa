//! Looking at jobs.

use crate::hub::Hub;
use crate::jobs::desk::to_do;
use crate::jobs::product;
use crate::jobs::ticket::{self, Ticket};
use crate::jobs::work::Made;
use crate::native::target_of;
use crate::producer::follow;
use docket_core::Timestamp;
use docket_core::catalogue::Service;
use docket_core::connection::Caller;
use docket_core::ids::Serial;
use docket_core::ledger::{Fault, Ledger, OrderQuery, StateSet};
use docket_core::order::{Order, State};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// How many pages are looked through for the jobs that are about one order.
const LOOKED: usize = 20;

/// Where a job stands.
fn state_of(order: &Order, ticket: &Ticket, now: Timestamp) -> &'static str {
    match order.state {
        State::Received | State::Assigned | State::Accepted | State::Started => match ticket {
            ticket if ticket.is_held(now) => "claimed",
            ticket if ticket.follows.is_some() => "following",
            ticket if ticket.not_before.is_some_and(|at| at > now) => "delayed",
            _ => "open",
        },
        State::Waiting => "waiting",
        State::Completed | State::Submitted | State::Invoiced | State::Closed => "finished",
        State::Failed | State::Rejected => "failed",
        State::Canceled | State::Deleted => "canceled",
    }
}

/// The states that a word for jobs may mean.
const STATES: &[(&str, &[State])] = &[
    ("open", &[State::Received, State::Assigned, State::Accepted, State::Started]),
    ("claimed", &[State::Received, State::Assigned, State::Accepted, State::Started]),
    ("following", &[State::Received, State::Assigned, State::Accepted, State::Started]),
    ("delayed", &[State::Received, State::Assigned, State::Accepted, State::Started]),
    ("waiting", &[State::Waiting]),
    ("finished", &[State::Completed, State::Submitted, State::Invoiced, State::Closed]),
    ("failed", &[State::Failed, State::Rejected]),
    ("canceled", &[State::Canceled]),
];

pub(super) fn view(
    hub: &Hub,
    order: &Order,
    ticket: &Ticket,
    product: Option<&Service>,
    now: Timestamp,
) -> Map<String, Json> {
    let fields = &order.fields;
    let held = ticket.held.as_ref().filter(|_| order.state.is_open() && order.state != State::Failed);
    let questions: Vec<Json> = order.questions().filter_map(|(item, _)| serde_json::to_value(item).ok()).collect();
    let open_question = order.open_question().filter(|_| order.state == State::Waiting);
    let result = fields.result_blob.as_ref().filter(|_| order.state.is_done()).map(|blob| {
        json!({"name": fields.result_name, "media_type": fields.result_type, "blob": blob,
            "url": format!("/v1/jobs/{}/result", order.id)})
    });
    let shown = json!({
        "id": order.id.to_string(),
        "serial": order.serial.0,
        "title": fields.title,
        "product": product.map(|product| &product.slug),
        "producer": product.map(product::producer_of),
        "state": state_of(order, ticket, now),
        "status": order.state.word(),
        "progress": {"current": fields.progress_current, "total": fields.progress_total},
        "reported": ticket.reported,
        "held_by": held.map(|held| json!({"producer": held.producer, "by": held.by, "since": held.since})),
        "lease_until": held.map(|held| held.until),
        "not_before": ticket.not_before.filter(|&at| at > now),
        "follows": ticket.follows.map(|followed| followed.serial),
        "attempts_spent": ticket.spent,
        "attempts_limit": hub.job_attempts(),
        "last_failure": ticket.last_failure().map(|attempt| json!({"producer": attempt.producer, "by": attempt.by,
            "end": attempt.end, "reason": attempt.reason, "at": attempt.ended_at})),
        "reason": fields.outcome,
        "question": open_question.and_then(|(item, _)| serde_json::to_value(item).ok()),
        "questions": questions,
        "result": result,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    });
    match shown {
        Json::Object(shown) => shown,
        _ => Map::new(),
    }
}

pub(super) fn attempts(ticket: &Ticket) -> Json {
    let shown = ticket.attempts.iter().map(|attempt| {
        json!({"producer": attempt.producer, "by": attempt.by, "since": attempt.since, "ended_at": attempt.ended_at,
            "end": attempt.end, "reason": attempt.reason})
    });
    Json::Array(shown.collect())
}

/// One job: an order for a document.
async fn job(hub: &Hub, caller: &Caller, name: &str) -> Result<Option<(Arc<Order>, Service)>, Fault> {
    let Some(target) = target_of(name) else { return Ok(None) };
    let Some(order) = hub.order(caller, target).await? else { return Ok(None) };
    let catalogue = hub.catalogue(caller.account).await?;
    Ok(product::of_order(&order, &catalogue).cloned().map(|product| (order, product)))
}

/// `GET /v1/jobs/{id}`; with a wait, once its question is answered or the wait is over.
pub async fn show(hub: &Hub, caller: &Caller, name: &str, wait: Duration) -> Result<Option<Json>, Fault> {
    let until = tokio::time::Instant::now() + wait;
    let mut bell = hub.job_bell();
    loop {
        bell.mark_unchanged();
        let Some((order, product)) = job(hub, caller, name).await? else { return Ok(None) };
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        if order.state != State::Waiting || left.is_zero() {
            let ticket = ticket::read(hub, caller.account, order.serial).await?.ticket;
            let mut shown = view(hub, &order, &ticket, Some(&product), hub.now());
            shown.insert("attempts".to_owned(), attempts(&ticket));
            return Ok(Some(Json::Object(shown)));
        }
        tokio::select! {
            _ = bell.changed() => {}
            // When the hub stops, what is known now is the answer.
            _ = hub.rest(left) => {}
        }
        if hub.is_stopping() {
            return job(hub, caller, name).await.map(|found| {
                found.map(|(order, product)| {
                    Json::Object(view(hub, &order, &Ticket::default(), Some(&product), hub.now()))
                })
            });
        }
    }
}

/// Which jobs are listed.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Only in these states.
    pub states: Vec<String>,
    /// Only of this product.
    pub product: Option<String>,
    /// Only of products that this producer makes.
    pub producer: Option<String>,
    /// Only those that are about this order.
    pub follows: Option<Serial>,
    /// Start behind this one.
    pub after: Option<Serial>,
    /// Newest first.
    pub newest_first: bool,
    /// At most this many.
    pub limit: usize,
}

/// Whether a word names a state of jobs.
pub fn is_state(word: &str) -> bool {
    STATES.iter().any(|(known, _)| *known == word)
}

/// The words for the states of jobs.
pub fn states() -> String {
    STATES.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

/// Whether a job is about an order: it names it, or waits for it to change.
fn is_about(job: &Order, ticket: &Ticket, order: Serial) -> bool {
    ticket.follows.is_some_and(|followed| followed.serial == order) || follow::followed(job) == Some(order)
}

/// `GET /v1/jobs`
pub async fn list(hub: &Hub, caller: &Caller, wanted: &Listed) -> Result<Json, Fault> {
    let catalogue = hub.catalogue(caller.account).await?;
    let products = product::all(&catalogue).into_iter().filter(|service| {
        wanted.product.as_ref().is_none_or(|slug| service.slug == *slug)
            && wanted.producer.as_ref().is_none_or(|producer| product::producer_of(service) == *producer)
    });
    let services: Vec<String> = products.map(|service| service.id.to_string()).collect();
    let is_wanted = |state: &str| wanted.states.is_empty() || wanted.states.iter().any(|word| word == state);
    let states = STATES.iter().filter(|(word, _)| is_wanted(word)).flat_map(|(_, states)| states.iter().copied());
    let states = StateSet::of(states);
    let (mut jobs, mut next) = (Vec::new(), None);
    if services.is_empty() {
        return Ok(json!({"jobs": jobs, "next_cursor": Json::Null}));
    }
    let tickets = if states.states().any(|state| to_do().contains(state) || state == State::Waiting) {
        ticket::open(hub, caller.account).await?
    } else {
        Default::default()
    };
    let mut query = OrderQuery {
        states,
        services: Some(services),
        newest_first: wanted.newest_first,
        after: wanted.after,
        // Few of many are about one order.
        limit: if wanted.follows.is_some() { OrderQuery::LIMIT } else { wanted.limit },
        ..OrderQuery::default()
    };
    let now = hub.now();
    let mut looked = 0;
    loop {
        looked += 1;
        let page = hub.orders(caller, query.clone()).await?;
        for order in &page.orders {
            let ticket = tickets.get(&order.serial).map(|read| read.ticket.clone()).unwrap_or_default();
            let is_about = wanted.follows.is_none_or(|followed| is_about(order, &ticket, followed));
            if !is_about || !is_wanted(state_of(order, &ticket, now)) {
                continue;
            }
            if jobs.len() >= wanted.limit {
                // There is one more.
                return Ok(json!({"jobs": jobs, "next_cursor": next}));
            }
            next = Some(order.serial.to_string());
            jobs.push(Json::Object(view(hub, order, &ticket, product::of_order(order, &catalogue), now)));
        }
        match page.next {
            Some(after) if wanted.follows.is_some() && looked >= LOOKED => {
                return Ok(json!({"jobs": jobs, "next_cursor": after.to_string()}));
            }
            Some(after) => query.after = Some(after),
            None => return Ok(json!({"jobs": jobs, "next_cursor": Json::Null})),
        }
    }
}

/// A finished job's file: its blob, name and media type.
pub async fn result(hub: &Hub, caller: &Caller, name: &str) -> Result<Option<Made>, Fault> {
    let Some((order, _)) = job(hub, caller, name).await? else { return Ok(None) };
    let fields = &order.fields;
    let Some(blob) = fields.result_blob.clone().filter(|_| order.state.is_done()) else { return Ok(None) };
    let name = fields.result_name.clone().unwrap_or_default();
    Ok(Some(Made { blob, name, media_type: fields.result_type.clone().unwrap_or_default() }))
}
