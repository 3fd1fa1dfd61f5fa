//! `jobs/order`: every named intention becomes a job, or none does.
//!
//! The day's count is a record of the connection, written with the orders in one submission and only if nobody
//! counted in between. Within one hub a connection's orders wait for each other, so that they do not race for it.

use super::super::address::site_title;
use super::super::error::Error;
use super::super::intention::{self, Intention};
use super::super::map::amsterdam_date;
use super::super::wire::{self, Bag, DayCount};
use super::locations::catalogue;
use super::{Answer, Asker, parse_uuids};
use docket_core::catalogue::{Service, Site};
use docket_core::connection::Connection;
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::ledger::{Mail, Outcome, Record, Request, Submission};
use docket_core::order::{Command, Fields, Order};
use futures_util::lock::Mutex as AsyncMutex;
use http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// In how many steps the hub's own producer makes a result, and what a job's total is until its producer says.
pub const STEPS: i64 = 6;

/// How often an order is tried anew because another node counted in between.
const ATTEMPTS: usize = 16;

/// The namespace of the day counts.
const COUNTS: &str = "orders";

/// One lock per connection, so that a connection's orders take turns.
#[derive(Default)]
struct Turns(Mutex<HashMap<ConnectionId, Arc<AsyncMutex<()>>>>);

impl Turns {
    fn of(&self, connection: ConnectionId) -> Arc<AsyncMutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(connection).or_default())
    }
}

/// What is about to be ordered.
struct Wanted {
    intention: Uuid,
    command: Command,
}

pub(super) async fn order(asker: &Asker<'_>, body: &[u8]) -> Answer {
    let request: wire::OrderRequest = wire::parse(body).map_err(Error::Invalid)?;
    if !asker.connection.flag("payment_on_account", true) {
        return Err(Error::PaymentRequired);
    }
    let uuids = parse_uuids(request.uuids.iter().map(String::as_str))?;
    let wanted = wanted(asker, &uuids).await?;
    let orders = match Cap::of(asker.connection) {
        None => place(asker, &wanted, None).await?.ok_or(Error::Busy)?,
        Some(cap) => {
            let turn = asker.cx.memory.get::<Turns>().of(asker.connection.id);
            let _turn = turn.lock().await;
            place_counted(asker, &wanted, cap).await?
        }
    };
    let answer: Vec<_> = wanted
        .iter()
        .zip(&orders)
        .map(|(wanted, order)| wire::Ordered {
            uuid: wanted.intention.to_string(),
            job: wire::JobUuid { uuid: order.id.to_string() },
        })
        .collect();
    Ok(wire::json(StatusCode::OK, &answer))
}

/// The commands of the intentions, all or none.
async fn wanted(asker: &Asker<'_>, uuids: &[Uuid]) -> Result<Vec<Wanted>, Error> {
    let products = catalogue(asker).await?;
    let mut wanted: Vec<Wanted> = Vec::with_capacity(uuids.len());
    for &uuid in uuids {
        if wanted.iter().any(|known| known.intention == uuid) {
            return Err(Error::invalid(format!("uuids: {uuid} is named twice")));
        }
        let unknown = || Error::invalid(format!("uuids: there is no product intention {uuid}"));
        let key = uuid.hyphenated().to_string();
        let kept = asker.cx.ledger.record(asker.connection.id, intention::NAMESPACE, &key).await?;
        let intention = kept.as_deref().and_then(Intention::parse).ok_or_else(unknown)?;
        if !intention.is_valid(asker.cx.now) {
            return Err(Error::invalid(format!("uuids: the product intention {uuid} has expired, list it again")));
        }
        let product = products.iter().find(|product| product.slug == intention.product).ok_or_else(unknown)?;
        let site = asker.cx.ledger.site(asker.caller, intention.site_id().ok_or_else(unknown)?).await?;
        let command = command(uuid, &intention, product, &site.ok_or_else(unknown)?)?;
        wanted.push(Wanted { intention: uuid, command });
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
        ..Fields::default()
    };
    let bag =
        Bag { intention: uuid.to_string(), product: product.slug.clone(), properties: intention.properties.clone() };
    let bag = serde_json::to_string(&bag).map_err(|_| Error::Failed)?;
    let command = Command { wire: Some(("planviewer".to_owned(), Some(bag))), ..Command::default() };
    Ok(command.with_fields(&fields))
}

/// The two thresholds of a day.
#[derive(Clone, Copy)]
struct Cap {
    soft: i64,
    hard: i64,
}

impl Cap {
    fn of(connection: &Connection) -> Option<Cap> {
        let soft = connection.integer("soft_cap", 10).max(0);
        let grace = connection.integer("grace", 3).max(0);
        (soft > 0).then(|| Cap { soft, hard: soft.saturating_add(grace) })
    }
}

/// Orders and counts, or finds the cap reached.
async fn place_counted(asker: &Asker<'_>, wanted: &[Wanted], cap: Cap) -> Result<Vec<Arc<Order>>, Error> {
    let day = amsterdam_date(asker.cx.now).to_string();
    let ordered = i64::try_from(wanted.len()).unwrap_or(i64::MAX);
    for _ in 0..ATTEMPTS {
        let kept = asker.cx.ledger.record(asker.connection.id, COUNTS, &day).await?;
        let before = kept.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(DayCount::default);
        let count = before.count.saturating_add(ordered);
        if count > cap.hard {
            return Err(Error::Cap);
        }
        let warns = count >= cap.soft && !before.warned;
        let after = DayCount { count, warned: before.warned || warns };
        let record = Record {
            connection: asker.connection.id,
            namespace: COUNTS.to_owned(),
            key: day.clone(),
            value: Some(serde_json::to_string(&after).map_err(|_| Error::Failed)?),
            expected: Some(kept),
        };
        let mail = warns.then(|| warning(asker.connection, &day, count, cap));
        if let Some(orders) = place(asker, wanted, Some((record, mail))).await? {
            return Ok(orders);
        }
    }
    Err(Error::Busy)
}

/// Submits the orders, with the count if there is one. `None`: somebody else counted in between.
async fn place(
    asker: &Asker<'_>,
    wanted: &[Wanted],
    counted: Option<(Record, Option<Mail>)>,
) -> Result<Option<Vec<Arc<Order>>>, Error> {
    let requests = wanted.iter().map(|wanted| Request::create(wanted.command.clone())).collect();
    let (record, mail) = counted.unzip();
    let submission = Submission {
        requests,
        atomic: true,
        records: record.into_iter().collect(),
        mails: mail.flatten().into_iter().collect(),
    };
    let outcomes = asker.cx.ledger.submit(asker.caller, submission).await?;
    let mut orders = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match outcome {
            Outcome::Done(done) => orders.push(done.order),
            Outcome::Rejected(rejection) => return Err(Error::of_rejection(&rejection)),
            Outcome::Outdated => return Ok(None),
        }
    }
    Ok(Some(orders))
}

fn warning(connection: &Connection, day: &str, count: i64, cap: Cap) -> Mail {
    let name = &connection.name;
    let left = cap.hard.saturating_sub(count);
    Mail {
        connection: Some(connection.id),
        to: connection.setting("email").unwrap_or_default().trim().to_owned(),
        subject: format!("{name} has reached its daily order cap of {}", cap.soft),
        text: format!(
            "The application \"{name}\" has ordered {count} products on {day}. Its daily cap is {}.\n\n\
             It can order {left} more today, up to {} in all; what goes beyond that is answered with status 429 and \
             not ordered.\n\n\
             If this is expected, raise the cap: docket connection set {name} soft_cap=NUMBER. It is in force at \
             once.\n",
            cap.soft, cap.hard
        ),
    }
}
