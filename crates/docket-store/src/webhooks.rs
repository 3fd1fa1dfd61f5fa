//! Receivers of webhooks, what could not be sent to them at once, and the last attempts.

use crate::db::Weight;
use crate::value::{Row, Stmt, Val, unkeep};
use crate::{Answer, Store, StoreError};
use docket_core::ids::{AccountId, Sequence, Uuid};

/// How many attempts of each receiver are kept.
pub const ATTEMPTS_KEPT: i64 = 1_000;

/// How a receiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookState {
    /// It is sent what happens.
    Enabled,
    /// A person paused it.
    Paused,
    /// It failed for too long.
    Disabled,
    /// It said that it is gone.
    Gone,
}

impl WebhookState {
    /// All there are.
    pub const ALL: [WebhookState; 4] =
        [WebhookState::Enabled, WebhookState::Paused, WebhookState::Disabled, WebhookState::Gone];

    /// The word it is kept and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            WebhookState::Enabled => "enabled",
            WebhookState::Paused => "paused",
            WebhookState::Disabled => "disabled",
            WebhookState::Gone => "gone",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<WebhookState> {
        WebhookState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// How it goes with a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookHealth {
    /// Since when every attempt failed.
    pub failing_ms: Option<i64>,
    /// How many attempts failed in a row.
    pub failures: i64,
    /// Nothing is sent before.
    pub wait_until_ms: i64,
    /// When an attempt last worked.
    pub succeeded_ms: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// A receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its number; 0 before it is added.
    pub id: i64,
    /// The tenant.
    pub account: AccountId,
    /// Unique within the account.
    pub name: String,
    /// What a person sets, as JSON text.
    pub document: String,
    /// Sealed.
    pub secret: String,
    /// The sealed one before, and until when it is valid.
    pub old_secret: Option<String>,
    /// See there.
    pub old_until_ms: i64,
    /// How it stands.
    pub state: WebhookState,
    /// Since when.
    pub state_ms: i64,
    /// Entries of the journal up to here were sent, or are messages.
    pub place: Sequence,
    /// Moves on with every change by a person.
    pub generation: i64,
    /// How it goes.
    pub health: WebhookHealth,
}

/// A message that was not taken at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Whose.
    pub webhook: i64,
    /// The entry it is about.
    pub place: Sequence,
    /// It was given up.
    pub failed: bool,
    /// Attempts so far.
    pub attempts: i64,
    /// When it was tried first.
    pub first_ms: i64,
    /// When it is tried next.
    pub due_ms: i64,
    /// Why the last attempt failed.
    pub error: String,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAttempt {
    /// Grows with time.
    pub id: Uuid,
    /// When it began.
    pub at_ms: i64,
    /// Which message; `None` is a test.
    pub place: Option<Sequence>,
    /// The message's first, second, …
    pub attempt: i64,
    /// How long it took.
    pub took_ms: i64,
    /// The answer's status; `None` when none came.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub answer: String,
    /// The `traceparent` it was sent with.
    pub traceparent: Option<String>,
}

/// How far sending came.
#[derive(Clone, Debug, Default)]
pub struct WebhookProgress {
    /// The receiver's new place.
    pub place: Sequence,
    /// How it goes.
    pub health: WebhookHealth,
    /// It stands otherwise from now on.
    pub state: Option<WebhookState>,
    /// Messages that wait, or were given up.
    pub put: Vec<WebhookMessage>,
    /// Messages that were taken.
    pub done: Vec<Sequence>,
    /// Attempts made.
    pub attempts: Vec<WebhookAttempt>,
}

/// What a person changes of a receiver.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// What is set.
    pub document: Option<String>,
    /// A new secret; the one before stays valid until then.
    pub secret: Option<(String, i64)>,
    /// How it stands.
    pub state: Option<WebhookState>,
    /// Where it goes on.
    pub place: Option<Sequence>,
    /// These messages are tried at once; given-up ones too.
    pub retry: Vec<Sequence>,
    /// All messages that were given up are tried at once.
    pub retry_failed: bool,
}

const COLUMNS: &str = "id, account, name, document, secret, old_secret, old_until_ms, state, state_ms, place, \
     generation, failing_ms, failures, wait_until_ms, succeeded_ms, error";
const COUNT: &str = "UPDATE counter SET value = value + 1 WHERE name = 'webhook' RETURNING value";
const ADD: &str = "INSERT INTO webhook (id, account, name, document, secret, old_until_ms, state, state_ms, place, \
     generation, failures, wait_until_ms) SELECT c.value, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), \
     CAST($4 AS TEXT), 0, CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), 1, 0, 0 \
     FROM counter c WHERE c.name = 'webhook'";
const REMOVE: [&str; 3] = [
    "DELETE FROM webhook_attempt WHERE webhook = $1",
    "DELETE FROM webhook_message WHERE webhook = $1",
    "DELETE FROM webhook WHERE id = $1",
];
const GENERATION: &str = "UPDATE webhook SET generation = generation + 1 WHERE id = $1";
const SET_DOCUMENT: &str = "UPDATE webhook SET document = $2 WHERE id = $1";
const SET_SECRET: &str = "UPDATE webhook SET old_secret = secret, old_until_ms = $3, secret = $2 WHERE id = $1";
const SET_STATE: &str = "UPDATE webhook SET state = $2, state_ms = $3, failing_ms = NULL, failures = 0, \
     wait_until_ms = 0 WHERE id = $1";
const SET_PLACE: &str = "UPDATE webhook SET place = $2 WHERE id = $1";
const RETRY: &str =
    "UPDATE webhook_message SET failed = 0, attempts = 0, due_ms = $3 WHERE webhook = $1 AND place = $2";
const RETRY_FAILED: &str =
    "UPDATE webhook_message SET failed = 0, attempts = 0, due_ms = $2 WHERE webhook = $1 AND failed = 1";
/// Only who knows of the last change writes: the others read again.
const PROGRESS: &str = "UPDATE webhook SET place = $3, failing_ms = $4, failures = $5, wait_until_ms = $6, \
     succeeded_ms = $7, error = $8, \
     state = CASE WHEN CAST($9 AS TEXT) = '' THEN state ELSE $9 END, state_ms = CASE WHEN CAST($9 AS TEXT) = '' THEN state_ms ELSE $10 END \
     WHERE id = $1 AND generation = $2";
const PUT_MESSAGE: &str = "INSERT INTO webhook_message (webhook, place, failed, attempts, first_ms, due_ms, error) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (webhook, place) DO UPDATE SET failed = excluded.failed, \
     attempts = excluded.attempts, due_ms = excluded.due_ms, error = excluded.error";
const DONE: &str = "DELETE FROM webhook_message WHERE webhook = $1 AND place = $2";
const ADD_ATTEMPT: &str = "INSERT INTO webhook_attempt (webhook, id, at_ms, place, attempt, took_ms, status, error, \
     answer, traceparent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
const TRIM: &str = "DELETE FROM webhook_attempt WHERE webhook = $1 AND id < (SELECT a.id FROM webhook_attempt a \
     WHERE a.webhook = $1 ORDER BY a.id DESC LIMIT 1 OFFSET $2)";
const MESSAGES: &str = "SELECT webhook, place, failed, attempts, first_ms, due_ms, error FROM webhook_message \
     WHERE webhook = $1 AND place > $2 AND failed >= $3 AND failed <= $4 ORDER BY place LIMIT $5";
const COUNTS: &str = "SELECT failed, COUNT(*) FROM webhook_message WHERE webhook = $1 GROUP BY failed";
const ATTEMPTS: &str = "SELECT id, at_ms, place, attempt, took_ms, status, error, answer, traceparent FROM webhook_attempt \
     WHERE webhook = $1 AND id < $2 AND (CAST($3 AS BIGINT) = 0 OR place = $4) AND (CAST($5 AS BIGINT) = 0 OR error IS NOT NULL) \
     ORDER BY id DESC LIMIT $6";

fn webhook(mut row: Row) -> Answer<Webhook> {
    let state = row.text(7)?;
    let known = WebhookState::from_word(&state);
    Ok(Webhook {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        name: row.kept(2)?,
        document: row.kept(3)?,
        secret: row.text(4)?,
        old_secret: row.maybe_text(5)?,
        old_until_ms: row.int(6)?,
        state: known.ok_or_else(|| StoreError::Failed(format!("a webhook stands as `{state}`")))?,
        state_ms: row.int(8)?,
        place: Sequence(row.int(9)?),
        generation: row.int(10)?,
        health: WebhookHealth {
            failing_ms: row.maybe_int(11)?,
            failures: row.int(12)?,
            wait_until_ms: row.int(13)?,
            succeeded_ms: row.maybe_int(14)?,
            error: row.maybe_text(15)?.map(unkeep),
        },
    })
}

fn message(mut row: Row) -> Answer<WebhookMessage> {
    Ok(WebhookMessage {
        webhook: row.int(0)?,
        place: Sequence(row.int(1)?),
        failed: row.int(2)? == 1,
        attempts: row.int(3)?,
        first_ms: row.int(4)?,
        due_ms: row.int(5)?,
        error: row.kept(6)?,
    })
}

fn attempt(mut row: Row) -> Answer<WebhookAttempt> {
    Ok(WebhookAttempt {
        id: row.uuid(0)?,
        at_ms: row.int(1)?,
        place: Some(row.int(2)?).filter(|place| *place > 0).map(Sequence),
        attempt: row.int(3)?,
        took_ms: row.int(4)?,
        status: u16::try_from(row.int(5)?).ok().filter(|status| *status > 0),
        error: row.maybe_text(6)?.map(unkeep),
        answer: row.kept(7)?,
        traceparent: row.maybe_text(8)?,
    })
}

fn add_attempt(webhook: i64, attempt: &WebhookAttempt) -> Stmt {
    let params = [
        webhook.into(),
        attempt.id.into(),
        attempt.at_ms.into(),
        attempt.place.map_or(0, |place| place.0).into(),
        attempt.attempt.into(),
        attempt.took_ms.into(),
        i64::from(attempt.status.unwrap_or_default()).into(),
        attempt.error.as_deref().map(Val::kept).unwrap_or(Val::Null),
        Val::kept(&attempt.answer),
        attempt.traceparent.clone().map_or(Val::Null, Val::Text),
    ];
    Stmt::new(ADD_ATTEMPT, params)
}

fn put_message(message: &WebhookMessage) -> Stmt {
    let params = [
        message.webhook.into(),
        message.place.0.into(),
        i64::from(message.failed).into(),
        message.attempts.into(),
        message.first_ms.into(),
        message.due_ms.into(),
        Val::kept(&message.error),
    ];
    Stmt::new(PUT_MESSAGE, params)
}

impl Store {
    /// Adds a receiver (its number is assigned here); `Conflict` when the name is taken.
    pub async fn add_webhook(&self, webhook: Webhook) -> Answer<Webhook> {
        let params = [
            webhook.account.0.into(),
            Val::kept(&webhook.name),
            Val::kept(&webhook.document),
            webhook.secret.clone().into(),
            webhook.state.word().to_owned().into(),
            webhook.state_ms.into(),
            webhook.place.0.into(),
        ];
        let done = self.db().execute(vec![Stmt::new(COUNT, []), Stmt::new(ADD, params)]).await?;
        let id = done.first().and_then(|done| done.rows.first());
        let id = id.ok_or_else(|| StoreError::Failed("there is no counter for webhooks".to_owned()))?.int(0)?;
        Ok(Webhook { id, generation: 1, ..webhook })
    }

    /// All receivers of an account, or of all accounts.
    pub async fn webhooks(&self, account: Option<AccountId>) -> Answer<Vec<Webhook>> {
        let sql = format!("SELECT {COLUMNS} FROM webhook WHERE CAST($1 AS BIGINT) < 0 OR account = $1 ORDER BY id");
        let params = vec![account.map_or(-1, |account| account.0).into()];
        self.db().query(Weight::Page, sql, params).await?.into_iter().map(webhook).collect()
    }

    /// One of them.
    pub async fn webhook(&self, id: i64) -> Answer<Option<Webhook>> {
        let sql = format!("SELECT {COLUMNS} FROM webhook WHERE id = $1");
        self.db().point(&sql, vec![id.into()]).await?.map(webhook).transpose()
    }

    /// Changes one as a person wants it; `false` when it is gone.
    pub async fn change_webhook(&self, id: i64, change: WebhookChange, now_ms: i64) -> Answer<bool> {
        let mut statements = vec![Stmt::new(GENERATION, [id.into()])];
        if let Some(document) = &change.document {
            statements.push(Stmt::new(SET_DOCUMENT, [id.into(), Val::kept(document)]));
        }
        if let Some((secret, until_ms)) = change.secret {
            statements.push(Stmt::new(SET_SECRET, [id.into(), secret.into(), until_ms.into()]));
        }
        if let Some(state) = change.state {
            statements.push(Stmt::new(SET_STATE, [id.into(), state.word().to_owned().into(), now_ms.into()]));
        }
        if let Some(place) = change.place {
            statements.push(Stmt::new(SET_PLACE, [id.into(), place.0.into()]));
        }
        let retry = |place: &Sequence| Stmt::new(RETRY, [id.into(), place.0.into(), now_ms.into()]);
        statements.extend(change.retry.iter().map(retry));
        if change.retry_failed {
            statements.push(Stmt::new(RETRY_FAILED, [id.into(), now_ms.into()]));
        }
        let done = self.db().execute(statements).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// Removes one with all that belongs to it.
    pub async fn remove_webhook(&self, id: i64) -> Answer<()> {
        self.db().execute(REMOVE.iter().map(|sql| Stmt::new(sql, [id.into()])).collect()).await.map(drop)
    }

    /// Notes how far sending came; `false`, and only the attempts are noted, when a person changed the receiver
    /// meanwhile: it is to be read again.
    pub async fn webhook_progress(&self, webhook: &Webhook, progress: &WebhookProgress, now_ms: i64) -> Answer<bool> {
        let id = webhook.id;
        let health = &progress.health;
        let params = [
            id.into(),
            webhook.generation.into(),
            progress.place.0.into(),
            health.failing_ms.into(),
            health.failures.into(),
            health.wait_until_ms.into(),
            health.succeeded_ms.into(),
            health.error.as_deref().map(Val::kept).unwrap_or(Val::Null),
            progress.state.map_or("", |state| state.word()).to_owned().into(),
            now_ms.into(),
        ];
        // Messages are put whoever changed what: what is sent twice is there once.
        let mut statements: Vec<Stmt> = progress.put.iter().map(put_message).collect();
        statements.extend(progress.done.iter().map(|place| Stmt::new(DONE, [id.into(), place.0.into()])));
        let kept = progress.attempts.len().saturating_sub(usize::try_from(ATTEMPTS_KEPT).unwrap_or_default());
        statements.extend(progress.attempts.iter().skip(kept).map(|attempt| add_attempt(id, attempt)));
        if !progress.attempts.is_empty() {
            statements.push(Stmt::new(TRIM, [id.into(), (ATTEMPTS_KEPT - 1).into()]));
        }
        statements.push(Stmt::new(PROGRESS, params));
        let done = self.db().execute(statements).await?;
        Ok(done.last().is_some_and(|done| done.touched == 1))
    }

    /// Notes an attempt that is no message's.
    pub async fn webhook_tested(&self, webhook: i64, attempt: &WebhookAttempt) -> Answer<()> {
        self.db().execute(vec![add_attempt(webhook, attempt)]).await.map(drop)
    }

    /// Messages that wait (`failed` false), were given up (true), or both, behind a place.
    pub async fn webhook_messages(
        &self,
        webhook: i64,
        failed: Option<bool>,
        after: Sequence,
        limit: usize,
    ) -> Answer<Vec<WebhookMessage>> {
        let (least, most) = failed.map_or((0, 1), |failed| (i64::from(failed), i64::from(failed)));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = vec![webhook.into(), after.0.into(), least.into(), most.into(), limit.into()];
        self.db().query(Weight::Page, MESSAGES.to_owned(), params).await?.into_iter().map(message).collect()
    }

    /// How many messages wait, and how many were given up.
    pub async fn webhook_counts(&self, webhook: i64) -> Answer<(i64, i64)> {
        let mut counts = (0, 0);
        for row in self.db().query(Weight::Page, COUNTS.to_owned(), vec![webhook.into()]).await? {
            match row.int(0)? {
                0 => counts.0 = row.int(1)?,
                _ => counts.1 = row.int(1)?,
            }
        }
        Ok(counts)
    }

    /// Attempts, newest first: of one message, or of all; only those that failed.
    pub async fn webhook_attempts(
        &self,
        webhook: i64,
        of: Option<Sequence>,
        only_failed: bool,
        before: Option<Uuid>,
        limit: usize,
    ) -> Answer<Vec<WebhookAttempt>> {
        let params = vec![
            webhook.into(),
            before.unwrap_or(Uuid::max()).into(),
            i64::from(of.is_some()).into(),
            of.map_or(0, |place| place.0).into(),
            i64::from(only_failed).into(),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
        ];
        self.db().query(Weight::Page, ATTEMPTS.to_owned(), params).await?.into_iter().map(attempt).collect()
    }
}
