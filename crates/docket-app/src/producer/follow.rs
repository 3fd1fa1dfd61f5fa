//! Reports of field orders that are still being worked on: the job shows the order's tasks as its progress, and goes on
//! when the order is done.
//!
//! A job says which order it means by its dependencies (or as the jobs dialect's intentions name orders). A product may
//! instead say, in its catalogue data, what is to be done: then the job places that order itself, and a client that speaks
//! only the jobs dialect has ordered an inspection:
//!
//! ```json
//! {"field": {"service": "Inspection", "tasks": ["Front", "Rear", "Meters"], "due_in_h": 72, "crew": "Crew 7"}}
//! ```

use super::Subject;
use super::kind::{Kind, is_document};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, site_of};
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Fields, Order, State, Task, Value};
use docket_dialects::planviewer::document;
use jiff::SignedDuration;
use serde::Deserialize;
use std::sync::Arc;

/// What an order placed for a job is derived from.
const PLACED: Uuid = Uuid::from_u128(0x0d6b_5c1e_41f7_4f0a_9a3e_d0c0_e7f1_e1d0);

/// Where the order that a job is about stands.
#[derive(Debug)]
pub enum Standing {
    /// It is being worked on.
    Working(Arc<Order>),
    /// It is done: the report can be made.
    Done(Arc<Order>),
    /// There is none, or it came to nothing; why, for people.
    Nothing(String),
}

/// What a product has done in the field before it is delivered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Work {
    service: String,
    title: String,
    instructions: String,
    tasks: Vec<Step>,
    due_in_h: Option<i64>,
    person: Option<String>,
    crew: Option<String>,
    unit: Option<i64>,
}

/// A task: its name, or more about it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Step {
    Name(String),
    Task {
        name: String,
        #[serde(default)]
        instructions: Option<String>,
    },
}

fn work_of(product: &Service) -> Option<Work> {
    let data: serde_json::Value = serde_json::from_str(product.data.as_deref()?).ok()?;
    serde_json::from_value(data.get("field")?.clone()).ok()
}

/// Whether a product is about one order, that may still be worked on.
pub fn follows(product: &Service) -> bool {
    Kind::of_product(product).subject == Subject::Order || work_of(product).is_some()
}

/// Where the order stands that a job is about.
pub async fn look(
    ledger: &dyn Ledger,
    caller: &Caller,
    job: &Order,
    product: &Service,
    now: Timestamp,
) -> Result<Standing, Fault> {
    let order = match followed(job) {
        Some(serial) => ledger.order(caller, Target::Serial(serial)).await?,
        None => match work_of(product) {
            Some(work) => place(ledger, caller, job, product, (&work, now)).await?,
            None => newest_at(ledger, caller, job).await?,
        },
    };
    Ok(match order {
        Some(order) => standing(order),
        None => Standing::Nothing("there is no order to report on at this place".to_owned()),
    })
}

/// The order a job names.
pub fn followed(job: &Order) -> Option<Serial> {
    job.fields.dependencies.first().map(|&serial| Serial(serial)).or_else(|| document::reported_on(job))
}

/// Where an order stands.
pub fn standing(order: Arc<Order>) -> Standing {
    let number = super::words::number(&order);
    match order.state {
        State::Completed | State::Submitted | State::Invoiced | State::Closed => Standing::Done(order),
        State::Canceled => Standing::Nothing(format!("the order {number} was canceled")),
        State::Failed => Standing::Nothing(format!("the order {number} failed")),
        State::Deleted => Standing::Nothing(format!("the order {number} was deleted")),
        State::Received | State::Assigned | State::Accepted | State::Rejected | State::Started | State::Waiting => {
            Standing::Working(order)
        }
    }
}

/// How many of an order's tasks are done, and how many there are; an order without tasks is one.
pub fn tasks_done(order: &Order) -> (i64, i64) {
    let count = |tasks: usize| i64::try_from(tasks).unwrap_or(i64::MAX);
    let tasks = &order.fields.tasks;
    (count(tasks.iter().filter(|task| task.done).count()), count(tasks.len()).max(1))
}

/// Where a job names no order and its product none: the newest at its place.
async fn newest_at(ledger: &dyn Ledger, caller: &Caller, job: &Order) -> Result<Option<Arc<Order>>, Fault> {
    let Some(site) = site_of(caller.account, &job.fields).and_then(|site| site.id) else { return Ok(None) };
    let services = ledger.services(caller).await?;
    let query = OrderQuery { site: Some(site), newest_first: true, ..OrderQuery::default() };
    let orders = ledger.orders(caller, query).await?.orders;
    Ok(orders.into_iter().find(|order| order.id != job.id && !is_document(&services, order)))
}

/// Places the order that a product's work is done by, once, and notes it in the job.
async fn place(
    ledger: &dyn Ledger,
    caller: &Caller,
    job: &Order,
    product: &Service,
    (work, now): (&Work, Timestamp),
) -> Result<Option<Arc<Order>>, Fault> {
    let id = OrderId(Uuid::new_v5(&PLACED, job.id.to_string().as_bytes()));
    let fields = fields_of(job, product, work, now);
    let request = Request::new(Target::Id(id), move |known| {
        Ok(match known {
            Some(_) => Command::default(),
            None => Command { identity: Some((id, None)), ..Command::default() }.with_fields(&fields),
        })
    });
    let placed = match ledger.submit(caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(done)) => done.order,
        _ => return Ok(None),
    };
    let serial = placed.serial;
    let note = Request::change(Target::Id(job.id), move |_| {
        Ok(Command::default().with(Field::Dependencies, Value::Integers(vec![serial.0])))
    });
    ledger.submit(caller, Submission::one(note)).await?;
    Ok(Some(placed))
}

fn fields_of(job: &Order, product: &Service, work: &Work, now: Timestamp) -> Fields {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let task = |step: &Step| match step {
        Step::Name(name) => Task { name: name.clone(), ..Task::default() },
        Step::Task { name, instructions } => {
            Task { name: name.clone(), instructions: instructions.clone(), ..Task::default() }
        }
    };
    let of = &job.fields;
    Fields {
        title: said(&work.title),
        service: said(&work.service).or_else(|| Some(product.name.clone())),
        instructions: said(&work.instructions),
        tasks: work.tasks.iter().map(task).collect(),
        due: work.due_in_h.and_then(|hours| now.checked_add(SignedDuration::from_hours(hours)).ok()),
        person: work.person.clone(),
        crew: work.crew.clone(),
        unit: work.unit,
        address1: of.address1.clone(),
        address2: of.address2.clone(),
        city: of.city.clone(),
        region: of.region.clone(),
        postal_code: of.postal_code.clone(),
        country: of.country.clone(),
        latitude: of.latitude,
        longitude: of.longitude,
        customer_id: of.customer_id.clone(),
        customer_kind: of.customer_kind.clone(),
        customer_name: of.customer_name.clone(),
        customer_phone: of.customer_phone.clone(),
        customer_email: of.customer_email.clone(),
        ..Fields::default()
    }
}
