//! `jobs/order`: every named intention becomes a job, or none does.
//!
//! The day's count goes up in the same submission, so that no order is placed uncounted and none counted unplaced.
//!
//! The vendor knows no key by which a repeated order is told from a new one. Here an `Idempotency-Key` is heeded: under
//! one key an intention is ordered once, and asking again answers the job that is there.

use super::super::address::site_title;
use super::super::document::{is_order_report, order_named};
use super::super::error::Error;
use super::super::intention::{self, Intention};
use super::super::map::amsterdam_date;
use super::super::wire::{self, Bag};
use super::locations::catalogue;
use super::{Answer, Asker, parse_uuids};
use docket_core::catalogue::{Service, Site};
use docket_core::connection::Connection;
use docket_core::ids::Uuid;
use docket_core::ledger::{Counter, Mail, Outcome, Request, Submission, Target};
use docket_core::order::{Command, ExternalKey, Fields, Order, Rejection};
use http::StatusCode;
use std::sync::Arc;

/// In how many steps the hub's own producer makes a result, and what a job's total is until its producer says.
pub const STEPS: i64 = 6;

/// The namespace of the day counts.
const COUNTS: &str = "orders";

/// What is about to be ordered.
struct Wanted {
    intention: Uuid,
    key: Option<ExternalKey>,
    command: Command,
}

/// The namespace of the keys that orders were placed under.
const KEYS: &str = "idempotency";
/// The longest key.
const KEY_LIMIT: usize = 255;

pub(super) async fn order(asker: &Asker<'_>, body: &[u8], key: &str) -> Answer {
    let request: wire::OrderRequest = wire::parse(body).map_err(Error::Invalid)?;
    if !asker.connection.flag("payment_on_account", true) {
        return Err(Error::PaymentRequired);
    }
    let uuids = parse_uuids(request.uuids.iter().map(String::as_str))?;
    if key.len() > KEY_LIMIT {
        return Err(Error::invalid(format!("Idempotency-Key: at most {KEY_LIMIT} characters")));
    }
    let keys: Vec<Option<ExternalKey>> = uuids.iter().map(|uuid| key_of(asker, key, *uuid)).collect();
    let orders = match placed(asker, &keys).await? {
        Some(orders) => orders,
        None => place(asker, &wanted(asker, &uuids, &keys).await?).await?,
    };
    let answer: Vec<_> = uuids
        .iter()
        .zip(&orders)
        .map(|(uuid, order)| wire::Ordered {
            uuid: uuid.to_string(),
            job: wire::JobUuid { uuid: order.id.to_string() },
        })
        .collect();
    Ok(wire::json(StatusCode::OK, &answer))
}

/// The key of an intention's order, if the caller gave one.
fn key_of(asker: &Asker<'_>, key: &str, intention: Uuid) -> Option<ExternalKey> {
    let key = Some(key.trim()).filter(|key| !key.is_empty())?;
    Some(ExternalKey { connection: asker.connection.id, namespace: KEYS.to_owned(), key: format!("{key} {intention}") })
}

fn target(key: &ExternalKey) -> Target {
    Target::Key { namespace: key.namespace.clone(), key: key.key.clone() }
}

/// The orders that were placed under these keys, when all of them were.
async fn placed(asker: &Asker<'_>, keys: &[Option<ExternalKey>]) -> Result<Option<Vec<Arc<Order>>>, Error> {
    let mut orders = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(key) = key else { return Ok(None) };
        match asker.cx.ledger.order(asker.caller, target(key)).await? {
            Some(order) => orders.push(order),
            None => return Ok(None),
        }
    }
    Ok(Some(orders))
}

/// The commands of the intentions, all or none.
async fn wanted(asker: &Asker<'_>, uuids: &[Uuid], keys: &[Option<ExternalKey>]) -> Result<Vec<Wanted>, Error> {
    let products = catalogue(asker).await?;
    let mut wanted: Vec<Wanted> = Vec::with_capacity(uuids.len());
    for (&uuid, known_by) in uuids.iter().zip(keys) {
        if wanted.iter().any(|known| known.intention == uuid) {
            return Err(Error::invalid(format!("uuids: {uuid} is named twice")));
        }
        let unknown = || Error::invalid(format!("uuids: there is no product intention {uuid}"));
        let key = uuid.hyphenated().to_string();
        let kept = asker.cx.ledger.record(asker.connection.id.into(), intention::NAMESPACE, &key).await?;
        let intention = kept.as_deref().and_then(Intention::parse).ok_or_else(unknown)?;
        if !intention.is_valid(asker.cx.now) {
            return Err(Error::invalid(format!("uuids: the product intention {uuid} has expired, list it again")));
        }
        let product = products.iter().find(|product| product.slug == intention.product).ok_or_else(unknown)?;
        let site = asker.cx.ledger.site(asker.caller, intention.site_id().ok_or_else(unknown)?).await?;
        let command = command(uuid, &intention, product, &site.ok_or_else(unknown)?)?;
        wanted.push(Wanted { intention: uuid, key: known_by.clone(), command });
    }
    Ok(wanted)
}

/// What orders a product at a site.
fn command(uuid: Uuid, intention: &Intention, product: &Service, site: &Site) -> Result<Command, Error> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let fields = Fields {
        title: Some(format!("{}, {}", product.name, site_title(site))),
        service: Some(product.id.to_string()),
        address1: text(&site.address1),
        address2: text(&site.address2),
        city: text(&site.city),
        region: text(&site.region),
        postal_code: text(&site.postal_code),
        country: text(&site.country),
        latitude: site.point.map(|(latitude, _)| latitude),
        longitude: site.point.map(|(_, longitude)| longitude),
        progress_current: Some(0),
        progress_total: Some(STEPS),
        // The report of an order waits for that.
        dependencies: order_named(intention.properties.get())
            .filter(|_| is_order_report(&product.slug))
            .map(|serial| vec![serial.0])
            .unwrap_or_default(),
        ..Fields::default()
    };
    let bag =
        Bag { intention: uuid.to_string(), product: product.slug.clone(), properties: intention.properties.clone() };
    let bag = serde_json::to_string(&bag).map_err(|_| Error::Failed)?;
    let command = Command { wire: Some(("planviewer".to_owned(), Some(bag))), ..Command::default() };
    Ok(command.with_fields(&fields))
}

/// Makes an order; under a key only when there is none of that key.
fn request(wanted: &Wanted) -> Request {
    let command = wanted.command.clone();
    let Some(key) = wanted.key.clone() else { return Request::create(command) };
    Request::new(target(&key), move |order| match order {
        Some(_) => Ok(Command::default()),
        None => Ok(Command { keys: vec![key.clone()], ..command.clone() }),
    })
}

/// Submits the orders, counted.
async fn place(asker: &Asker<'_>, wanted: &[Wanted]) -> Result<Vec<Arc<Order>>, Error> {
    let submission = Submission {
        requests: wanted.iter().map(request).collect(),
        atomic: true,
        counters: vec![counter(asker, wanted.len())],
        ..Submission::default()
    };
    let outcomes = asker.cx.ledger.submit(asker.caller, submission).await?;
    let mut orders = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match outcome {
            Outcome::Done(done) => orders.push(done.order),
            Outcome::Rejected(Rejection::Limit { limit: Counter::LIMIT }) => return Err(Error::Cap),
            Outcome::Rejected(rejection) => return Err(Error::of_rejection(&rejection)),
            Outcome::Outdated => return Err(Error::Busy),
        }
    }
    Ok(orders)
}

/// The day's count with its two thresholds: at the cap a mail is owed, behind the grace nothing is taken.
fn counter(asker: &Asker<'_>, ordered: usize) -> Counter {
    let soft = asker.connection.integer("soft_cap", 10).max(0);
    let limit = soft.saturating_add(asker.connection.integer("grace", 3).max(0));
    let day = amsterdam_date(asker.cx.now).to_string();
    Counter {
        holder: asker.connection.id.into(),
        namespace: COUNTS.to_owned(),
        notice: Some((soft.max(1), warning(asker.connection, &day, soft, limit))),
        key: day,
        add: i64::try_from(ordered).unwrap_or(i64::MAX),
        limit,
    }
}

fn warning(connection: &Connection, day: &str, soft: i64, limit: i64) -> Mail {
    let name = &connection.name;
    Mail {
        connection: Some(connection.id),
        to: connection.setting("email").unwrap_or_default().trim().to_owned(),
        subject: format!("{name} has reached its daily order cap of {soft}"),
        text: format!(
            "The application \"{name}\" has reached its cap: {soft} products ordered on {day}.\n\n\
             It can go on up to {limit} today; what goes beyond that is answered with status 429 and not ordered.\n\n\
             If this is expected, raise the cap: docket connection set {name} soft_cap=NUMBER. It is in force at \
             once.\n"
        ),
        ..Mail::default()
    }
}
