//! Claiming: who wants work is given the oldest jobs that nobody has, or waits until there are some.

use super::product;
use super::ticket::{self, Held, Read, Ticket, later, print_of};
use super::work;
use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::catalogue::Service;
use docket_core::connection::Caller;
use docket_core::ids::Serial;
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Record, Request, StateSet, Submission, Target};
use docket_core::order::{Command, Order, Rejection, State, Transition};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest pause between two looks: what another hub gave back rings no bell here.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a claim is tried when others are faster.
const ATTEMPTS: usize = 24;
/// Counts the claims that were made with a key, so that two hubs do not answer the same key twice.
const TURN: &str = "job.turn";

/// States in which a producer has something to do.
pub fn to_do() -> StateSet {
    StateSet::of([State::Received, State::Assigned, State::Accepted, State::Started])
}

/// An idempotency key, and what was asked with it.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// The key.
    pub key: String,
    /// The body, or whatever tells one request from another.
    pub body: Vec<u8>,
}

/// What a producer wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which producer.
    pub producer: String,
    /// The catalogue entries it makes; see [`product::made_by`].
    pub services: Vec<String>,
    /// How long each sign of life lasts.
    pub lease_ms: i64,
    /// The most jobs.
    pub limit: usize,
    /// Makes the claim safe to send again.
    pub keyed: Option<Keyed>,
}

/// A job that was given out.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What its holder says with everything it says about the job. It is told nowhere else.
    pub claim: String,
    /// The order.
    pub order: Arc<Order>,
    /// What is kept of it.
    pub ticket: Ticket,
    /// What is to be made.
    pub product: Service,
}

/// Why nothing was given out.
#[derive(Debug)]
pub enum ClaimError {
    /// The key was used for another request.
    KeyReused,
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for ClaimError {
    fn from(fault: Fault) -> ClaimError {
        ClaimError::Fault(fault)
    }
}

/// The jobs that were given out, and when there may be more by waiting.
type Round = (Vec<Claimed>, Option<Timestamp>);

/// Claims, and waits up to so long until there is something. Whoever asked may leave meanwhile: then nothing is given out.
pub async fn claim_within(
    hub: &Hub,
    caller: &Caller,
    wanted: &Wanted,
    wait: Duration,
    left: impl Future<Output = ()>,
) -> Result<Vec<Claimed>, ClaimError> {
    let until = Instant::now() + wait;
    let mut bell = hub.job_bell();
    tokio::pin!(left);
    loop {
        bell.mark_unchanged();
        let (claimed, soonest) = claim(hub, caller, wanted).await?;
        let now = Instant::now();
        if !claimed.is_empty() || now >= until {
            return Ok(claimed);
        }
        let pause = pause_until(hub, soonest).min(until - now);
        tokio::select! {
            () = &mut left => return Ok(Vec::new()),
            _ = bell.changed() => {}
            going_on = hub.rest(pause) => if !going_on { return Ok(Vec::new()) },
        }
    }
}

/// How long to wait for a moment, at most until the next look.
pub(super) fn pause_until(hub: &Hub, soonest: Option<Timestamp>) -> Duration {
    let Some(soonest) = soonest else { return LOOK_EVERY };
    let millis = soonest.as_millisecond().saturating_sub(hub.now().as_millisecond()).max(1);
    Duration::from_millis(u64::try_from(millis).unwrap_or(1)).min(LOOK_EVERY)
}

/// Claims what there is now.
pub async fn claim(hub: &Hub, caller: &Caller, wanted: &Wanted) -> Result<Round, ClaimError> {
    // One at a time: claimers that want the same job would only get into each other's way.
    let _turn = hub.job_turn().await;
    for _ in 0..ATTEMPTS {
        match round(hub, caller, wanted).await? {
            Some(round) => return Ok(round),
            None => continue,
        }
    }
    Err(Fault::Busy.into())
}

/// `None` when another hub answered a key meanwhile.
async fn round(hub: &Hub, caller: &Caller, wanted: &Wanted) -> Result<Option<Round>, ClaimError> {
    let now = hub.now();
    let catalogue = hub.catalogue(caller.account).await?;
    let turn = match &wanted.keyed {
        Some(_) => Some(hub.store().record(caller.account.into(), TURN, "").await.map_err(fault)?),
        None => None,
    };
    let tickets = ticket::open(hub, caller.account).await?;
    if let Some(again) = given_before(hub, caller, wanted, &tickets, &catalogue).await? {
        return Ok(Some((again, None)));
    }
    let mut round = Round::default();
    round.1 = tickets.values().filter_map(|read| read.ticket.free_at()).filter(|&at| at > now).min();
    let busy = tickets.values().filter(|read| read.ticket.is_kept_back(now)).count();
    let desk = Desk { hub, caller, wanted, now, turn };
    let mut ready = Vec::new();
    let mut query = OrderQuery {
        states: to_do(),
        services: Some(wanted.services.clone()),
        limit: (wanted.limit + busy).clamp(1, OrderQuery::LIMIT),
        ..OrderQuery::default()
    };
    while !wanted.services.is_empty() && ready.len() + round.0.len() < wanted.limit {
        let page = hub.orders(&Caller::hub(caller.account), query.clone()).await?;
        for order in page.orders {
            let known = tickets.get(&order.serial);
            if ready.len() + round.0.len() >= wanted.limit {
                break;
            }
            if known.is_some_and(|read| read.ticket.is_kept_back(now)) {
                continue;
            }
            let Some(product) = product::of_order(&order, &catalogue) else { continue };
            let Some(one) = desk.prepare(&order, known, product).await? else { continue };
            // What is claimed by a key is given out whole or not at all: who asks again gets the same.
            match wanted.keyed {
                Some(_) => ready.push(one),
                None => round.0.extend(desk.give(vec![one]).await?.unwrap_or_default()),
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    if ready.is_empty() {
        return Ok(Some(round));
    }
    Ok(desk.give(ready).await?.map(|given| (given, round.1)))
}

/// A job that can be given out, and what will be kept of it.
struct Ready {
    serial: Serial,
    read: Read,
    ticket: Ticket,
    claim: String,
    product: Service,
}

struct Desk<'a> {
    hub: &'a Hub,
    caller: &'a Caller,
    wanted: &'a Wanted,
    now: Timestamp,
    /// The count of claims by key as it was read, where there is a key.
    turn: Option<Option<String>>,
}

impl Desk<'_> {
    /// `None` when nobody is to have the job now.
    async fn prepare(&self, order: &Order, known: Option<&Read>, product: &Service) -> Result<Option<Ready>, Fault> {
        let Desk { hub, caller, wanted, now, .. } = *self;
        let read = match known {
            Some(read) => read.clone(),
            None => ticket::read(hub, caller.account, order.serial).await?.afresh(),
        };
        if read.ticket.is_kept_back(now) {
            return Ok(None);
        }
        let mut ticket = read.ticket.clone();
        ticket.lapse(now);
        if ticket.spent >= hub.job_attempts() {
            work::give_up(hub, caller.account, order.serial, &read, &ticket).await?;
            return Ok(None);
        }
        ticket.not_before = None;
        let claim = claim_of(hub, caller, wanted, order.serial);
        ticket.held = Some(Held {
            print: print_of(&claim),
            producer: wanted.producer.clone(),
            by: caller.label.clone(),
            since: now,
            until: later(now, wanted.lease_ms),
            lease_ms: wanted.lease_ms,
            counts: true,
            request: wanted.keyed.as_ref().map(|keyed| request_of(caller, keyed)),
        });
        Ok(Some(Ready { serial: order.serial, read, ticket, claim, product: product.clone() }))
    }

    /// Gives jobs out, all or none; `None` when somebody else was faster.
    async fn give(&self, ready: Vec<Ready>) -> Result<Option<Vec<Claimed>>, Fault> {
        let begin = |one: &Ready| {
            Request::change(Target::Serial(one.serial), |order| match order.state {
                State::Started => Ok(Command::default()),
                state if to_do().contains(state) => Ok(Command::default().moving(Transition::Start)),
                _ => Err(Rejection::Withdrawn),
            })
        };
        let account = self.caller.account;
        let mut records: Vec<Record> =
            ready.iter().flat_map(|one| one.read.replaced(account, one.serial, &one.ticket)).collect();
        records.extend(self.next_turn());
        let requests = ready.iter().map(begin).collect();
        let submission = Submission { requests, atomic: true, records, ..Submission::default() };
        let outcomes = self.hub.submit(self.caller, submission).await?;
        let mut given = Vec::with_capacity(ready.len());
        for (one, outcome) in ready.into_iter().zip(outcomes) {
            let Outcome::Done(done) = outcome else { return Ok(None) };
            let Ready { ticket, claim, product, .. } = one;
            given.push(Claimed { claim, order: done.order, ticket, product });
        }
        Ok(Some(given))
    }

    fn next_turn(&self) -> Option<Record> {
        let read = self.turn.as_ref()?;
        Some(Record {
            holder: self.caller.account.into(),
            namespace: TURN.to_owned(),
            key: String::new(),
            value: Some(advanced(read.as_deref())),
            expected: Some(read.clone()),
        })
    }
}

fn advanced(turn: Option<&str>) -> String {
    let turn: u64 = turn.and_then(|turn| turn.parse().ok()).unwrap_or_default();
    turn.wrapping_add(1).to_string()
}

/// A key and its request, as they are kept.
fn request_of(caller: &Caller, keyed: &Keyed) -> (String, String) {
    let print = |parts: &[&[u8]]| {
        let parts: Vec<String> = parts.iter().map(|part| format!("{}:{}", part.len(), hex::encode(part))).collect();
        print_of(&parts.concat())
    };
    (print(&[caller.label.as_bytes(), keyed.key.as_bytes()]), print(&[&keyed.body]))
}

/// A claim: by chance, or the same again for the same key.
fn claim_of(hub: &Hub, caller: &Caller, wanted: &Wanted, serial: Serial) -> String {
    let bytes: [u8; 16] = match &wanted.keyed {
        None => rand::random(),
        Some(keyed) => {
            let (key, body) = request_of(caller, keyed);
            let account = caller.account.to_string();
            let whole = hub.signer().code(&["job claim", &account, &key, &body, &serial.to_string()]);
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(whole).for_each(|(byte, whole)| *byte = whole);
            bytes
        }
    };
    format!("claim_{}", hex::encode(bytes))
}

/// The jobs that were given out by this key and are still held by it; `None` when there are none.
async fn given_before(
    hub: &Hub,
    caller: &Caller,
    wanted: &Wanted,
    tickets: &BTreeMap<Serial, Read>,
    catalogue: &[Service],
) -> Result<Option<Vec<Claimed>>, ClaimError> {
    let Some(keyed) = &wanted.keyed else { return Ok(None) };
    let (key, body) = request_of(caller, keyed);
    let mut found = Vec::new();
    for (&serial, read) in tickets {
        let Some((known, said)) = read.ticket.held.as_ref().and_then(|held| held.request.as_ref()) else { continue };
        if *known != key {
            continue;
        }
        if *said != body {
            return Err(ClaimError::KeyReused);
        }
        let claim = claim_of(hub, caller, wanted, serial);
        let Some(order) = hub.order(caller, Target::Serial(serial)).await? else { continue };
        if let Some(product) = product::of_order(&order, catalogue) {
            let (ticket, product) = (read.ticket.clone(), product.clone());
            found.push(Claimed { claim, order, ticket, product });
        }
    }
    Ok(if found.is_empty() { None } else { Some(found) })
}
