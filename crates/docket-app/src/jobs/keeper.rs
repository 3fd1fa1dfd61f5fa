//! What has to happen to jobs though nobody asks: questions that nobody answers end them, leases that ran out too often
//! end them, orders that are followed wake them, and other hubs' jobs wake those who wait here.

use super::desk::to_do;
use super::ticket::{self, Read, Ticket};
use super::{product, work};
use crate::hub::{Hub, fault};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Sequence, Serial};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Request, StateSet, Submission, Target};
use docket_core::order::{Command, Field, Order, Rejection, State, Transition};
use docket_store::Lookup;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often the heads of the journals are looked at: what other hubs wrote rings no bell here.
const BEAT: Duration = Duration::from_secs(1);
/// Every so many beats tickets are looked through.
const TICKETS_EVERY: u64 = 5;
/// Every so many beats waiting jobs are looked through.
const WAITING_EVERY: u64 = 60;
/// How long a job waits for an answer.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many followed orders are read at once.
const LOOKED_AT: usize = 500;

/// Keeps jobs until the hub stops.
pub(super) async fn run(hub: Arc<Hub>) {
    let mut heads: BTreeMap<AccountId, Sequence> = BTreeMap::new();
    let mut beat: u64 = 0;
    loop {
        for account in hub.accounts() {
            if let Err(fault) = keep(&hub, account, &mut heads, beat).await {
                tracing::warn!(%fault, %account, "jobs could not be looked through");
            }
        }
        beat = beat.wrapping_add(1);
        if !hub.rest(BEAT).await {
            return;
        }
    }
}

async fn keep(
    hub: &Hub,
    account: AccountId,
    heads: &mut BTreeMap<AccountId, Sequence>,
    beat: u64,
) -> Result<(), Fault> {
    let head = hub.head(account).await?;
    let has_moved = heads.insert(account, head) != Some(head);
    if has_moved {
        hub.ring_for_jobs();
    }
    if has_moved || beat.is_multiple_of(TICKETS_EVERY) {
        look_through_tickets(hub, account).await?;
    }
    if beat.is_multiple_of(WAITING_EVERY) {
        give_up_unanswered(hub, account).await?;
    }
    Ok(())
}

/// Ends jobs that were lost too often, puts the tickets of orders away that somebody else ended, and wakes jobs whose
/// followed order has changed.
pub async fn look_through_tickets(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let now = hub.now();
    let tickets = ticket::open(hub, account).await?;
    let followed: Vec<Serial> = tickets.values().filter_map(|read| Some(read.ticket.follows?.serial)).collect();
    let followed = orders(hub, account, followed).await?;
    let lapsed = |read: &Read| read.ticket.held.as_ref().is_some_and(|held| held.until <= now);
    let wanted = tickets.iter().filter(|(_, read)| lapsed(read) || read.ticket.held.is_none());
    let jobs = orders(hub, account, wanted.map(|(serial, _)| *serial).collect()).await?;
    for (serial, job) in jobs {
        let Some(read) = tickets.get(&serial) else { continue };
        if !job.state.is_open() || job.state == State::Failed {
            put_away(hub, account, serial, read).await?;
            continue;
        }
        let mut ticket = read.ticket.clone();
        ticket.lapse(now);
        if to_do().contains(job.state) && ticket.spent >= hub.job_attempts() {
            work::give_up(hub, account, serial, read, &ticket).await?;
        } else if let Some(follows) = ticket.follows
            && followed.get(&follows.serial).is_none_or(|order| order.revision.0 != follows.revision)
        {
            ticket.follows = None;
            wake(hub, account, serial, read, &ticket).await?;
        }
    }
    Ok(())
}

async fn orders(
    hub: &Hub,
    account: AccountId,
    mut serials: Vec<Serial>,
) -> Result<BTreeMap<Serial, Arc<Order>>, Fault> {
    serials.sort_unstable();
    serials.dedup();
    let mut found = BTreeMap::new();
    for serials in serials.chunks(LOOKED_AT) {
        let lookup = Lookup { serials: serials.to_vec(), ..Lookup::default() };
        found.extend(hub.store().load(account, lookup).await.map_err(fault)?.orders);
    }
    Ok(found)
}

async fn put_away(hub: &Hub, account: AccountId, serial: Serial, read: &Read) -> Result<(), Fault> {
    let records = read.put_away(account, serial, &read.ticket);
    hub.submit(&Caller::hub(account), Submission { records, ..Submission::default() }).await.map(drop)
}

async fn wake(hub: &Hub, account: AccountId, serial: Serial, read: &Read, ticket: &Ticket) -> Result<(), Fault> {
    let records = read.replaced(account, serial, ticket);
    hub.submit(&Caller::hub(account), Submission { records, ..Submission::default() }).await?;
    hub.ring_for_jobs();
    Ok(())
}

/// Gives up the jobs whose question was open for too long.
pub async fn give_up_unanswered(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let asked_until = hub.now().checked_sub(ANSWER_WITHIN).unwrap_or(jiff::Timestamp::MIN);
    let is_stale = move |order: &Order| {
        order.state == State::Waiting && order.state_since <= asked_until && order.open_question().is_some()
    };
    let caller = Caller::hub(account);
    for job in waiting(hub, account).await? {
        if !is_stale(&job) {
            continue;
        }
        let request = Request::change(Target::Serial(job.serial), move |order| match is_stale(order) {
            true => Ok(Command::default()
                .with(Field::Outcome, "nobody answered the question within seven days")
                .moving(Transition::Fail)),
            false => Err(Rejection::Withdrawn),
        });
        let ended = hub.submit(&caller, Submission::one(request)).await?;
        if matches!(ended.as_slice(), [Outcome::Done(_)]) {
            tracing::info!(serial = %job.serial, "a job ended because nobody answered its question");
        }
    }
    Ok(())
}

/// The jobs that wait for the user.
async fn waiting(hub: &Hub, account: AccountId) -> Result<Vec<Arc<Order>>, Fault> {
    let catalogue = hub.catalogue(account).await?;
    let services: Vec<String> = product::all(&catalogue).iter().map(|service| service.id.to_string()).collect();
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        OrderQuery { states: StateSet::of([State::Waiting]), services: Some(services), ..OrderQuery::default() };
    let mut jobs = Vec::new();
    loop {
        let page = hub.orders(&Caller::hub(account), query.clone()).await?;
        jobs.extend(page.orders);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(jobs),
        }
    }
}
