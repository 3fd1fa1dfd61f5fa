//! Working on a job with a claim: signs of life, progress, questions, the end. Every one of these writes order and
//! ticket in one transaction, and only while the claim holds.

use super::desk::to_do;
use super::ticket::{self, End, Followed, Read, Reported, Standing, Ticket, later, print_of};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Body, Command, Field, Fields, Item, ItemKind, Order, Rejection, State, Transition};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How often a write is tried when order or ticket change meanwhile.
const ATTEMPTS: usize = 24;
/// The pause after the first failure; it doubles with each.
const RETRY_MS: i64 = 10_000;
/// The longest pause after a failure.
const RETRY_LIMIT_MS: i64 = 600_000;

/// Why a job was not written.
#[derive(Debug)]
pub enum WorkError {
    /// There is no such job.
    NotFound,
    /// The claim holds no longer, and why.
    Lost(String),
    /// The claim ended the job with something else.
    Ended(String),
    /// The ledger refused it.
    Rejected(Rejection),
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for WorkError {
    fn from(fault: Fault) -> WorkError {
        WorkError::Fault(fault)
    }
}

/// A job after something was said about it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The order.
    pub order: Arc<Order>,
    /// What is kept of it.
    pub ticket: Ticket,
    /// The same had been said before, and ended the attempt then.
    pub again: bool,
}

/// Steps done, of steps in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub current: i64,
    /// Steps in all.
    pub total: i64,
    /// In words.
    pub message: Option<String>,
}

/// A result file, kept already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Content address of its bytes.
    pub blob: String,
    /// File name; empty lets each face find one.
    pub name: String,
    /// Media type.
    pub media_type: String,
}

/// Whether a job that failed is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It cannot be done.
    No,
    /// After a pause that grows with each failure.
    Later,
    /// After a pause of so many milliseconds.
    After(i64),
}

/// Somebody with a claim.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    /// The hub.
    pub hub: &'a Hub,
    /// Who calls.
    pub caller: &'a Caller,
    /// What it was given with the job.
    pub claim: &'a str,
}

/// States in which a claim can hold: something is to be done, or a question is open.
fn at_work(state: State) -> bool {
    to_do().contains(state) || state == State::Waiting
}

/// The steps a client is shown next. They are replaced only by ones that are no less in count and no less in share, so
/// that a producer that starts anew shows nothing before it is further than the one before it.
pub fn shown_next(shown: (i64, i64), said: (i64, i64)) -> (i64, i64) {
    let wide = |number: i64| i128::from(number.max(0));
    let total = said.1.max(said.0).max(1);
    let said = (said.0.max(0), total);
    let share = wide(said.0) * wide(shown.1.max(1)) >= wide(shown.0) * wide(said.1);
    if said.0 >= shown.0 && share { said } else { shown }
}

/// The steps an order shows.
fn shown(order: &Order) -> (i64, i64) {
    (order.fields.progress_current.unwrap_or(0), order.fields.progress_total.unwrap_or(0))
}

fn stepping(order: &Order, said: (i64, i64)) -> Command {
    // What waits for the user stands still.
    if order.state == State::Waiting {
        return Command::default();
    }
    let (current, total) = shown_next(shown(order), said);
    let fields = Fields { progress_current: Some(current), progress_total: Some(total), ..Fields::default() };
    let command = Command::default().with_fields(&fields);
    // Whoever assigned it meanwhile did not stop it.
    if order.state == State::Started { command } else { command.moving(Transition::Start) }
}

/// What is said to an order when it is written.
type Says = Arc<dyn Fn(&Order) -> Result<Command, Rejection> + Send + Sync>;

/// What a worker does: to the ticket at once, to the order when it is written.
struct Act {
    ticket: Ticket,
    /// The ticket is put away with it.
    ends: bool,
    command: Says,
}

impl Act {
    fn new(ticket: Ticket, command: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static) -> Act {
        Act { ticket, ends: false, command: Arc::new(command) }
    }
}

/// What the same attempt ended with before.
struct Repeat<'a> {
    end: End,
    said: Option<&'a str>,
}

impl Worker<'_> {
    /// A sign of life.
    pub async fn heartbeat(&self, job: &Target) -> Result<Told, WorkError> {
        self.act(job, None, |ticket, _| Ok(Act::new(ticket, |_| Ok(Command::default())))).await
    }

    /// Steps done; a sign of life as well.
    pub async fn progress(&self, job: &Target, progress: &Progress) -> Result<Told, WorkError> {
        let (current, total) = (progress.current, progress.total);
        self.act(job, None, |mut ticket, now| {
            let told =
                |known: &Reported| (known.current, known.total, &known.message) == (current, total, &progress.message);
            if !ticket.reported.as_ref().is_some_and(told) {
                ticket.reported = Some(Reported { current, total, message: progress.message.clone(), at: now });
            }
            Ok(Act::new(ticket, move |order| Ok(stepping(order, (current, total)))))
        })
        .await
    }

    /// Puts a question to the user. The claim goes on holding while there are signs of life, unless the job is given
    /// back at once; then whoever claims it after the answer finds the answer in the order.
    pub async fn ask(&self, job: &Target, question: &Item, give_back: bool) -> Result<Told, WorkError> {
        let repeat = give_back.then_some(Repeat { end: End::Released, said: Some(question.id.as_str()) });
        self.act(job, repeat, |mut ticket, now| {
            ticket.forgive();
            if give_back {
                ticket.end(End::Released, now, None, Some(question.id.clone()));
            }
            let question = question.clone();
            Ok(Act::new(ticket, move |order| asking(order, &question)))
        })
        .await
    }

    /// Finishes with a file.
    pub async fn finish(&self, job: &Target, made: &Made) -> Result<Told, WorkError> {
        let repeat = Repeat { end: End::Finished, said: Some(made.blob.as_str()) };
        self.act(job, Some(repeat), |mut ticket, now| {
            ticket.end(End::Finished, now, None, Some(made.blob.clone()));
            let made = made.clone();
            Ok(Act { ends: true, ..Act::new(ticket, move |order| Ok(finishing(order, &made))) })
        })
        .await
    }

    /// Gives up: for good, or for this time only.
    pub async fn fail(&self, job: &Target, reason: &str, retry: Retry) -> Result<Told, WorkError> {
        let said = hex::encode(Sha256::digest(reason.as_bytes()));
        let repeat = Repeat { end: End::Failed, said: Some(said.as_str()) };
        self.act(job, Some(repeat), |mut ticket, now| {
            ticket.end(End::Failed, now, Some(reason.to_owned()), Some(said.clone()));
            let pause_ms = match retry {
                Retry::Later if ticket.spent < self.hub.job_attempts() => pause_ms(ticket.spent),
                Retry::After(pause_ms) if ticket.spent < self.hub.job_attempts() => pause_ms,
                Retry::Later | Retry::After(_) | Retry::No => {
                    let reason = reason.to_owned();
                    return Ok(Act { ends: true, ..Act::new(ticket, move |_| Ok(failing(&reason))) });
                }
            };
            ticket.not_before = Some(later(now, pause_ms));
            Ok(Act::new(ticket, |_| Ok(Command::default())))
        })
        .await
    }

    /// Gives the job back as if it had not been claimed; what was shown stays.
    pub async fn release(&self, job: &Target) -> Result<Told, WorkError> {
        let repeat = Repeat { end: End::Released, said: None };
        self.act(job, Some(repeat), |mut ticket, now| {
            ticket.end(End::Released, now, None, None);
            Ok(Act::new(ticket, |_| Ok(Command::default())))
        })
        .await
    }

    /// Gives the job back until another order has changed since it was as given here, and says how far it is meanwhile.
    pub async fn follow(&self, job: &Target, followed: &Order, progress: &Progress) -> Result<Told, WorkError> {
        let (current, total) = (progress.current, progress.total);
        let follows = Followed { serial: followed.serial, revision: followed.revision.0 };
        self.act(job, None, |mut ticket, now| {
            ticket.reported = Some(Reported { current, total, message: progress.message.clone(), at: now });
            ticket.end(End::Released, now, None, None);
            ticket.follows = Some(follows);
            Ok(Act::new(ticket, move |order| Ok(stepping(order, (current, total)))))
        })
        .await
    }

    /// Whether the claim holds the job now; what is refused otherwise is refused when it is tried.
    pub async fn holds(&self, job: &Target) -> Result<bool, WorkError> {
        let order = self.hub.order(self.caller, job.clone()).await?.ok_or(WorkError::NotFound)?;
        let read = ticket::read(self.hub, self.caller.account, order.serial).await?;
        Ok(matches!(read.ticket.standing(&print_of(self.claim)), Standing::Holds) && at_work(order.state))
    }

    /// Reads, lets `decide` say what is to be done, and writes; again when somebody else wrote meanwhile.
    async fn act(
        &self,
        job: &Target,
        repeat: Option<Repeat<'_>>,
        decide: impl Fn(Ticket, Timestamp) -> Result<Act, WorkError> + Send,
    ) -> Result<Told, WorkError> {
        let Worker { hub, caller, claim } = *self;
        let print = print_of(claim);
        for _ in 0..ATTEMPTS {
            let order = hub.order(caller, job.clone()).await?.ok_or(WorkError::NotFound)?;
            let read = ticket::read(hub, caller.account, order.serial).await?;
            match read.ticket.standing(&print) {
                Standing::Holds if at_work(order.state) => {}
                Standing::Holds => return Err(gone(order.state)),
                Standing::Unknown => return Err(WorkError::Lost("this claim does not hold the job".to_owned())),
                Standing::Over(attempt) => match &repeat {
                    Some(same) if same.end == attempt.end && same.said == attempt.said.as_deref() => {
                        return Ok(Told { order, ticket: read.ticket, again: true });
                    }
                    Some(same) if same.end == attempt.end && attempt.end != End::Released => {
                        return Err(WorkError::Ended(format!("this claim {} otherwise", attempt.end.told())));
                    }
                    _ => return Err(WorkError::Lost(format!("this claim {}", attempt.end.told()))),
                },
            }
            let now = hub.now();
            let mut ticket = read.ticket.clone();
            ticket.renew(now);
            let act = decide(ticket, now)?;
            if let Some(told) = self.write(&order, &read, act).await? {
                return Ok(told);
            }
        }
        Err(Fault::Busy.into())
    }

    /// `None` when order or ticket are no longer as they were read.
    async fn write(&self, order: &Order, read: &Read, act: Act) -> Result<Option<Told>, WorkError> {
        let Act { ticket, ends, command } = act;
        let records = match ends {
            true => read.put_away(order.account, order.serial, &ticket),
            false => read.replaced(order.account, order.serial, &ticket),
        };
        let is_given_back = ticket.held.is_none() && !ends;
        let request = Request::change(Target::Serial(order.serial), move |order| match at_work(order.state) {
            true => command(order),
            false => Err(Rejection::Withdrawn),
        });
        let submission = Submission { requests: vec![request], atomic: true, records, ..Submission::default() };
        match self.hub.submit(self.caller, submission).await?.pop() {
            Some(Outcome::Done(done)) => {
                if is_given_back {
                    self.hub.ring_for_jobs();
                }
                Ok(Some(Told { order: done.order, ticket, again: false }))
            }
            Some(Outcome::Rejected(Rejection::Withdrawn)) | Some(Outcome::Outdated) | None => Ok(None),
            Some(Outcome::Rejected(rejection)) => Err(WorkError::Rejected(rejection)),
        }
    }
}

fn gone(state: State) -> WorkError {
    WorkError::Lost(match state {
        State::Canceled | State::Deleted => "the order was called off".to_owned(),
        state => format!("the order is {state}: somebody else ended it"),
    })
}

fn pause_ms(spent: u32) -> i64 {
    RETRY_MS.saturating_mul(1 << spent.saturating_sub(1).min(10)).min(RETRY_LIMIT_MS)
}

/// The same question again, answered meanwhile or not, changes nothing.
fn asking(order: &Order, question: &Item) -> Result<Command, Rejection> {
    let of = |item: &Item| match &item.body {
        Body::Question(question) => Some((question.message.clone(), question.choices.clone())),
        _ => None,
    };
    match order.item(ItemKind::Question, None, &question.id) {
        Some(known) if of(known) == of(question) => Ok(Command::default()),
        Some(_) => Err(Rejection::Taken { key: format!("question {}", question.id), by: Some(order.id) }),
        None => Ok(Command { put: vec![question.clone()], ..Command::default() }.moving(Transition::Ask)),
    }
}

fn finishing(order: &Order, made: &Made) -> Command {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let total = shown(order).1.max(1);
    let fields = Fields {
        progress_current: Some(total),
        progress_total: Some(total),
        result_blob: Some(made.blob.clone()),
        result_name: said(&made.name),
        result_type: said(&made.media_type),
        ..Fields::default()
    };
    Command::default().with_fields(&fields).moving(Transition::Complete)
}

fn failing(reason: &str) -> Command {
    Command::default().with(Field::Outcome, reason).moving(Transition::Fail)
}

/// Gives up a job that too many attempts came to nothing at.
pub(super) async fn give_up(
    hub: &Hub,
    account: AccountId,
    serial: Serial,
    read: &Read,
    ticket: &Ticket,
) -> Result<(), Fault> {
    let last = ticket.last_failure().and_then(|attempt| attempt.reason.clone()).unwrap_or_default();
    let reason = format!("given up after {} attempts; the last: {last}", ticket.spent);
    tracing::warn!(%serial, %reason, "a job came to nothing");
    let request = Request::change(Target::Serial(serial), move |order| match to_do().contains(order.state) {
        true => Ok(failing(&reason)),
        false => Err(Rejection::Withdrawn),
    });
    let records = read.put_away(account, serial, ticket);
    let submission = Submission { requests: vec![request], atomic: true, records, ..Submission::default() };
    // Whoever was faster has done it, or goes on with the job.
    hub.submit(&Caller::hub(account), submission).await.map(drop)
}
