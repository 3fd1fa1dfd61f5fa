//! What is kept of a job beside its order: who has it and until when, and how it went before.
//!
//! A ticket is a record of the account, compared and written in the transaction that writes the order. So a claim is
//! given to one producer whatever many hubs do at once, and what somebody writes whose claim went to another is
//! refused whole.

use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{Fault, Record};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Tickets of jobs that are being worked on, or were and go on.
const OPEN: &str = "job";
/// Tickets of jobs that ended.
const ENDED: &str = "job.ended";
/// How many ended attempts are remembered.
const REMEMBERED: usize = 20;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The file is there.
    Finished,
    /// The producer gave up.
    Failed,
    /// The producer gave the job back.
    Released,
    /// Nothing was heard until the lease was over, and somebody else took the job.
    Lost,
}

impl End {
    /// For people: `this claim …`.
    pub const fn told(self) -> &'static str {
        match self {
            End::Finished => "finished the job",
            End::Failed => "ended with a failure",
            End::Released => "was given back",
            End::Lost => "was lost: its lease was over and the job went to somebody else",
        }
    }
}

/// Who has a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// SHA-256 of the claim, in hexadecimal.
    pub(super) print: String,
    /// The producer.
    pub producer: String,
    /// Who called for it: `token ci`, `hub`.
    pub by: String,
    /// When it was claimed.
    pub since: Timestamp,
    /// When the lease is over.
    pub until: Timestamp,
    /// How long each sign of life lasts.
    pub(super) lease_ms: i64,
    /// Whether it counts among the attempts that are limited.
    pub(super) counts: bool,
    /// The idempotency key it was claimed with, and what was asked, both hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<(String, String)>,
}

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub(super) print: String,
    /// The producer.
    pub producer: String,
    /// Who called for it.
    pub by: String,
    /// When it was claimed.
    pub since: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub end: End,
    /// Why, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it ended with, hashed: the same again is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<String>,
}

/// What a producer last said about its steps, whatever the client is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Steps done.
    pub current: i64,
    /// Steps in all.
    pub total: i64,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// An order that must change before the job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Which.
    pub serial: Serial,
    /// As it was when the producer looked.
    pub revision: i64,
}

/// What is kept of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// Attempts that failed or were lost.
    pub spent: u32,
    /// Who has it, or had it last and was not heard of since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// Nobody gets it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Nobody gets it before this order changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<Followed>,
    /// What a producer last said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// The attempts that are over, oldest first; the last of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}

/// Where a claim stands.
pub(super) enum Standing<'a> {
    /// It holds the job.
    Holds,
    /// It is over.
    Over(&'a Attempt),
    /// It was never given, or long ago.
    Unknown,
}

impl Ticket {
    /// Whether somebody has the job now.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.held.as_ref().is_some_and(|held| held.until > now)
    }

    /// Whether nobody may have it now, be it to do.
    pub(super) fn is_kept_back(&self, now: Timestamp) -> bool {
        self.is_held(now) || self.follows.is_some() || self.not_before.is_some_and(|at| at > now)
    }

    /// When it can be had by waiting, if it is kept back.
    pub(super) fn free_at(&self) -> Option<Timestamp> {
        let until = self.held.as_ref().map(|held| held.until);
        if self.follows.is_some() { None } else { until.max(self.not_before) }
    }

    pub(super) fn standing(&self, print: &str) -> Standing<'_> {
        if self.held.as_ref().is_some_and(|held| held.print == print) {
            return Standing::Holds;
        }
        self.attempts.iter().rfind(|attempt| attempt.print == print).map_or(Standing::Unknown, Standing::Over)
    }

    /// A sign of life.
    pub(super) fn renew(&mut self, now: Timestamp) {
        if let Some(held) = &mut self.held {
            held.until = held.until.max(later(now, held.lease_ms));
        }
    }

    /// The user was asked: what follows is no failure of whoever asked.
    pub(super) fn forgive(&mut self) {
        if let Some(held) = &mut self.held {
            held.counts = false;
        }
    }

    /// Ends the attempt of whoever has the job.
    pub(super) fn end(&mut self, end: End, at: Timestamp, reason: Option<String>, said: Option<String>) {
        let Some(held) = self.held.take() else { return };
        if held.counts && matches!(end, End::Failed | End::Lost) {
            self.spent = self.spent.saturating_add(1);
        }
        let Held { print, producer, by, since, .. } = held;
        self.attempts.push(Attempt { print, producer, by, since, ended_at: at, end, reason, said });
        let beyond = self.attempts.len().saturating_sub(REMEMBERED);
        self.attempts.drain(..beyond);
    }

    /// Ends the attempt of whoever was not heard of until the lease was over.
    pub(super) fn lapse(&mut self, now: Timestamp) {
        if let Some(held) = self.held.as_ref().filter(|held| held.until <= now) {
            let reason = format!("nothing was heard of {} for {} s", held.producer, held.lease_ms / 1000);
            let until = held.until;
            self.end(End::Lost, until, Some(reason), None);
        }
    }

    /// The last attempt that came to nothing.
    pub fn last_failure(&self) -> Option<&Attempt> {
        self.attempts.iter().rfind(|attempt| matches!(attempt.end, End::Failed | End::Lost))
    }

    fn text(&self) -> Option<String> {
        // A form of texts, numbers and lists does not refuse to be written.
        serde_json::to_string(self).ok()
    }
}

/// So many milliseconds later.
pub(super) fn later(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond().saturating_add(millis)).unwrap_or(Timestamp::MAX)
}

/// What is kept of a claim.
pub(super) fn print_of(claim: &str) -> String {
    hex::encode(Sha256::digest(claim.as_bytes()))
}

/// A ticket as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// The text it was read from; `None` where the job has none that is open.
    text: Option<String>,
    pub(crate) ticket: Ticket,
}

fn parse(serial: &str, text: &str) -> Ticket {
    serde_json::from_str(text).unwrap_or_else(|error| {
        tracing::error!(serial, %error, "what is kept of a job cannot be read; it starts anew");
        Ticket::default()
    })
}

impl Read {
    /// Of an order that is opened again: it starts anew and remembers how it went.
    pub(super) fn afresh(mut self) -> Read {
        if self.text.is_none() {
            self.ticket = Ticket { attempts: std::mem::take(&mut self.ticket.attempts), ..Ticket::default() };
        }
        self
    }

    /// The record that replaces it, if nobody wrote it meanwhile.
    pub(super) fn replaced(&self, account: AccountId, serial: Serial, ticket: &Ticket) -> Vec<Record> {
        vec![record(account, OPEN, serial, ticket.text(), Some(self.text.clone()))]
    }

    /// The records that put it away, if nobody wrote it meanwhile.
    pub(super) fn put_away(&self, account: AccountId, serial: Serial, ticket: &Ticket) -> Vec<Record> {
        vec![
            record(account, OPEN, serial, None, Some(self.text.clone())),
            record(account, ENDED, serial, ticket.text(), None),
        ]
    }
}

fn record(
    account: AccountId,
    namespace: &str,
    serial: Serial,
    value: Option<String>,
    expected: Option<Option<String>>,
) -> Record {
    Record { holder: account.into(), namespace: namespace.to_owned(), key: serial.to_string(), value, expected }
}

/// The ticket of a job: an open one, else that of its end, else an empty one.
pub(crate) async fn read(hub: &Hub, account: AccountId, serial: Serial) -> Result<Read, Fault> {
    let key = serial.to_string();
    if let Some(text) = hub.store().record(account.into(), OPEN, &key).await.map_err(fault)? {
        let ticket = parse(&key, &text);
        return Ok(Read { text: Some(text), ticket });
    }
    let ended = hub.store().record(account.into(), ENDED, &key).await.map_err(fault)?;
    Ok(Read { text: None, ticket: ended.map(|text| parse(&key, &text)).unwrap_or_default() })
}

/// All open tickets.
pub(crate) async fn open(hub: &Hub, account: AccountId) -> Result<BTreeMap<Serial, Read>, Fault> {
    let records = hub.store().records(account.into(), OPEN).await.map_err(fault)?;
    let read = |(key, text): (String, String)| {
        let serial = Serial(key.parse().ok()?);
        let ticket = parse(&key, &text);
        Some((serial, Read { text: Some(text), ticket }))
    };
    Ok(records.into_iter().filter_map(read).collect())
}
