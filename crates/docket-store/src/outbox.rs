//! Messages that are owed: taken by one sender at a time, tried, and kept for a while when they ended.
//!
//! A sender claims rows for a short time and claims them again while it is at it. One that dies keeps its rows only
//! until that time is over; so nothing is lost, and nothing is sent by two at once.

use crate::db::Weight;
use crate::prepare::mail_of;
use crate::record::{micros, moment};
use crate::value::{Row, Stmt, Val, unkeep};
use crate::{Answer, Store};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Uuid};
use docket_core::ledger::{Channel, Mail};
use std::collections::BTreeMap;

const DUE: &str = "SELECT id FROM outbox WHERE status = 0 AND channel = $1 AND due_ms <= $2 AND held_ms <= $2 \
     ORDER BY due_ms, id LIMIT $3";
const CLAIM: &str = "UPDATE outbox SET holder = $1, held_ms = $2 \
     WHERE id = $3 AND status = 0 AND due_ms <= $4 AND held_ms <= $4 \
     RETURNING id, account, at_us, at_ns, status, attempts, due_ms, ended_ms, error, until_ms, document";
const HOLD: &str = "UPDATE outbox SET held_ms = $2 WHERE status = 0 AND holder = $1 AND held_ms > 0";
const SENT: &str = "UPDATE outbox SET status = 1, attempts = attempts + 1, sent_us = $2, sent_ns = $3, ended_ms = $4, \
     error = NULL, holder = NULL, held_ms = 0 WHERE id = $1";
const AGAIN: &str = "UPDATE outbox SET attempts = attempts + 1, error = $2, due_ms = $3, holder = NULL, held_ms = 0 \
     WHERE id = $1 AND status = 0";
const FAILED: &str = "UPDATE outbox SET status = 2, attempts = attempts + 1, error = $2, ended_ms = $3, holder = NULL, \
     held_ms = 0 WHERE id = $1 AND status = 0";
const LIST: &str = "SELECT id, account, at_us, at_ns, status, attempts, due_ms, ended_ms, error, until_ms, document \
     FROM outbox \
     WHERE (account = $1 OR $1 < 0) AND (status = $2 OR $2 < 0) AND id < $3 ORDER BY id DESC LIMIT $4";
const COUNTS: &str = "SELECT account, status, COUNT(*) FROM outbox GROUP BY account, status";
const RETRY: &str = "UPDATE outbox SET status = 0, attempts = 0, due_ms = $3, until_ms = NULL, ended_ms = 0 \
     WHERE account = $1 AND id = $2 AND status <> 1";
const RETRY_FAILED: &str = "UPDATE outbox SET status = 0, attempts = 0, due_ms = $2, until_ms = NULL, ended_ms = 0 \
     WHERE account = $1 AND status = 2";
const DROP: &str =
    "UPDATE outbox SET status = 3, ended_ms = $3 WHERE account = $1 AND id = $2 AND (status = 0 OR status = 2)";
const FORGET_ENDED: &str = "DELETE FROM outbox WHERE status <> 0 AND ended_ms < $1";
const FORGET_OWED: &str = "DELETE FROM outbox WHERE status = 0 AND at_us < $1 AND held_ms < $2";

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStatus {
    /// It will be tried, or tried again.
    Queued,
    /// It was handed to a server.
    Sent,
    /// It was given up.
    Failed,
    /// A person gave it up.
    Dropped,
}

impl MailStatus {
    /// All of them, as they are numbered.
    pub const ALL: [MailStatus; 4] = [MailStatus::Queued, MailStatus::Sent, MailStatus::Failed, MailStatus::Dropped];

    /// A word for people.
    pub const fn word(self) -> &'static str {
        match self {
            MailStatus::Queued => "queued",
            MailStatus::Sent => "sent",
            MailStatus::Failed => "failed",
            MailStatus::Dropped => "dropped",
        }
    }

    /// Back from [`MailStatus::word`].
    pub fn from_word(word: &str) -> Option<MailStatus> {
        MailStatus::ALL.into_iter().find(|status| status.word() == word)
    }

    fn from_number(number: i64) -> MailStatus {
        let known = usize::try_from(number).ok().and_then(|at| MailStatus::ALL.get(at).copied());
        known.unwrap_or(MailStatus::Failed)
    }
}

/// A message in the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMail {
    /// Its number.
    pub id: i64,
    /// The tenant.
    pub account: AccountId,
    /// The message.
    pub mail: Mail,
    /// When it was owed.
    pub at: Timestamp,
    /// How it stands.
    pub status: MailStatus,
    /// Attempts so far.
    pub attempts: i64,
    /// When it is tried next; of one that is queued and was tried before.
    pub due_at: Option<Timestamp>,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
    /// The last error.
    pub error: Option<String>,
}

/// Which messages are listed, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutboxQuery {
    /// Of which account; `None` is all.
    pub account: Option<AccountId>,
    /// How they stand.
    pub status: Option<MailStatus>,
    /// Only those with a smaller number.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// A server took it.
    Sent,
    /// It did not work this time.
    Again {
        /// Why.
        error: String,
        /// When it is tried again.
        due: Timestamp,
    },
    /// It will never work.
    Failed {
        /// Why.
        error: String,
    },
}

fn later(ms: i64) -> Answer<Option<Timestamp>> {
    if ms == 0 { Ok(None) } else { moment(ms.saturating_mul(1000), 0).map(Some) }
}

fn mail(mut row: Row) -> Answer<OutboxMail> {
    let until = row.maybe_int(9)?.map(|ms| moment(ms.saturating_mul(1000), 0)).transpose()?;
    Ok(OutboxMail {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        at: moment(row.int(2)?, row.int(3)?)?,
        status: MailStatus::from_number(row.int(4)?),
        attempts: row.int(5)?,
        due_at: later(row.int(6)?)?,
        ended_at: later(row.int(7)?)?,
        error: row.maybe_text(8)?.map(unkeep),
        mail: Mail { until, ..mail_of(&row.text(10)?)? },
    })
}

pub(crate) fn channel_number(channel: Channel) -> i64 {
    match channel {
        Channel::Email => 0,
        Channel::Sms => 1,
    }
}

impl Store {
    /// How many messages of each account stand how, by the word for it.
    pub async fn outbox_counts(&self) -> Answer<BTreeMap<(AccountId, &'static str), i64>> {
        let rows = self.db().query(Weight::Page, COUNTS.to_owned(), Vec::new()).await?;
        let count = |row: Row| {
            let status = MailStatus::from_number(row.int(1)?);
            Ok(((AccountId(row.int(0)?), status.word()), row.int(2)?))
        };
        rows.into_iter().map(count).collect()
    }

    /// Messages, newest first.
    pub async fn outbox(&self, query: OutboxQuery) -> Answer<Vec<OutboxMail>> {
        let status = query.status.map_or(-1, |status| status as i64);
        let params = vec![
            query.account.map_or(-1, |account| account.0).into(),
            status.into(),
            query.before.unwrap_or(i64::MAX).into(),
            i64::try_from(query.limit).unwrap_or(i64::MAX).into(),
        ];
        let rows = self.db().query(Weight::Page, LIST.to_owned(), params).await?;
        rows.into_iter().map(mail).collect()
    }

    /// Takes messages of a channel that are due, oldest first, for so long; nobody else gets them meanwhile.
    pub async fn claim_mails(
        &self,
        channel: Channel,
        holder: Uuid,
        now: Timestamp,
        for_ms: i64,
        limit: usize,
    ) -> Answer<Vec<OutboxMail>> {
        let now_ms = now.as_millisecond();
        let params =
            vec![channel_number(channel).into(), now_ms.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let due = self.db().query(Weight::Page, DUE.to_owned(), params).await?;
        let held = now_ms.saturating_add(for_ms);
        let claim = |row: Row| Ok(Stmt::new(CLAIM, [holder.into(), held.into(), row.int(0)?.into(), now_ms.into()]));
        let claims = due.into_iter().map(claim).collect::<Answer<Vec<Stmt>>>()?;
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.db().execute(claims).await?;
        done.into_iter().flat_map(|done| done.rows).map(mail).collect()
    }

    /// Keeps what this sender has taken for so much longer.
    pub async fn hold_mails(&self, holder: Uuid, now: Timestamp, for_ms: i64) -> Answer<()> {
        let held = now.as_millisecond().saturating_add(for_ms);
        self.db().execute(vec![Stmt::new(HOLD, [holder.into(), held.into()])]).await.map(drop)
    }

    /// Notes what became of a message.
    pub async fn mail_tried(&self, id: i64, at: Timestamp, tried: Tried) -> Answer<()> {
        let at_ms = at.as_millisecond();
        let statement = match tried {
            Tried::Sent => {
                let (us, ns) = micros(at);
                Stmt::new(SENT, [Val::Int(id), us.into(), ns.into(), at_ms.into()])
            }
            Tried::Again { error, due } => {
                Stmt::new(AGAIN, [Val::Int(id), Val::kept(&error), due.as_millisecond().into()])
            }
            Tried::Failed { error } => Stmt::new(FAILED, [Val::Int(id), Val::kept(&error), at_ms.into()]),
        };
        self.db().execute(vec![statement]).await.map(drop)
    }

    /// Has a message that was not sent tried at once, however long ago it was owed; `false` when there is none.
    pub async fn retry_mail(&self, account: AccountId, id: i64, now: Timestamp) -> Answer<bool> {
        let params = [account.0.into(), Val::Int(id), now.as_millisecond().into()];
        self.touched(Stmt::new(RETRY, params)).await.map(|touched| touched == 1)
    }

    /// The same for all that failed; answers how many.
    pub async fn retry_failed_mails(&self, account: AccountId, now: Timestamp) -> Answer<u64> {
        self.touched(Stmt::new(RETRY_FAILED, [Val::Int(account.0), now.as_millisecond().into()])).await
    }

    /// Gives up a message that was not sent; `false` when there is none.
    pub async fn drop_mail(&self, account: AccountId, id: i64, now: Timestamp) -> Answer<bool> {
        let params = [account.0.into(), Val::Int(id), now.as_millisecond().into()];
        self.touched(Stmt::new(DROP, params)).await.map(|touched| touched == 1)
    }

    /// Forgets what ended before then, and what was owed before then and could never be sent; answers how many of each.
    pub async fn forget_mails(&self, before: Timestamp) -> Answer<(u64, u64)> {
        let ended = Stmt::new(FORGET_ENDED, [Val::Int(before.as_millisecond())]);
        let owed = Stmt::new(FORGET_OWED, [Val::Int(micros(before).0), before.as_millisecond().into()]);
        let done = self.db().execute(vec![ended, owed]).await?;
        let touched = |at: usize| done.get(at).map_or(0, |done| done.touched);
        Ok((touched(0), touched(1)))
    }

    async fn touched(&self, statement: Stmt) -> Answer<u64> {
        let done = self.db().execute(vec![statement]).await?;
        Ok(done.first().map_or(0, |done| done.touched))
    }
}
