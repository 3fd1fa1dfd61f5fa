//! What is owed to the counterparts of connections.

use crate::db::Weight;
use crate::prepare::holder_number;
use crate::statements::WRITE_RECORD;
use crate::value::{Row, Stmt, Val, unkeep};
use crate::{Answer, Store, StoreError};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Sequence, Serial};
use docket_core::ledger::Record;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryStatus {
    /// It waits for its turn.
    Queued,
    /// It is on its way.
    Sending,
    /// The counterpart is in line.
    Synced,
    /// The counterpart does not take it: a person sees to it.
    Error,
    /// It waits for a person: to release it, or to say what became of it.
    Held,
    /// A person gave it up.
    Dropped,
}

impl DeliveryStatus {
    /// All there are.
    pub const ALL: &'static [DeliveryStatus] = &[
        DeliveryStatus::Queued,
        DeliveryStatus::Sending,
        DeliveryStatus::Synced,
        DeliveryStatus::Error,
        DeliveryStatus::Held,
        DeliveryStatus::Dropped,
    ];

    /// The word it is kept and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            DeliveryStatus::Queued => "queued",
            DeliveryStatus::Sending => "sending",
            DeliveryStatus::Synced => "synced",
            DeliveryStatus::Error => "error",
            DeliveryStatus::Held => "held",
            DeliveryStatus::Dropped => "dropped",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<DeliveryStatus> {
        DeliveryStatus::ALL.iter().copied().find(|status| status.word() == word)
    }
}

/// Why a delivery is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// It costs more than is spent without asking.
    Release,
    /// It is not known whether a call that must not be repeated was done.
    Unknown,
}

impl Hold {
    /// The word it is kept and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            Hold::Release => "release",
            Hold::Unknown => "unknown",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Hold> {
        [Hold::Release, Hold::Unknown].into_iter().find(|hold| hold.word() == word)
    }
}

/// One order that is, or was, owed to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The tenant.
    pub account: AccountId,
    /// To whom.
    pub connection: ConnectionId,
    /// Which order.
    pub serial: Serial,
    /// How it stands.
    pub status: DeliveryStatus,
    /// Why it is held.
    pub hold: Option<Hold>,
    /// Since when it is owed, or stands as it does.
    pub since_ms: i64,
    /// When it is tried next.
    pub due_ms: i64,
    /// Attempts since it last worked.
    pub attempts: i64,
    /// The last journal place that concerns it.
    pub wanted: Sequence,
    /// The journal place that the counterpart is in line with.
    pub covered: Sequence,
    /// A person released it.
    pub released: bool,
    /// When it was last tried.
    pub tried_ms: Option<i64>,
    /// What went wrong, in the counterpart's words where it had any.
    pub error: Option<String>,
    /// What the last success came to.
    pub summary: Option<String>,
    /// Everything is to be said anew, not only what changed.
    pub anew: bool,
    /// The last call that was made for it, in the wire log.
    pub exchange: Option<ExchangeId>,
}

/// An order that is owed from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// To whom.
    pub connection: ConnectionId,
    /// Which order.
    pub serial: Serial,
    /// The journal place that makes it so.
    pub wanted: Sequence,
    /// It waits until a person releases it, unless one did before.
    pub needs_release: bool,
}

/// What became of a delivery that was on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The counterpart is in line with this journal place.
    Synced {
        /// What it came to.
        summary: String,
    },
    /// It is tried again.
    Later {
        /// When.
        due_ms: i64,
        /// Why.
        error: String,
        /// Whether this counts as an attempt.
        counts: bool,
    },
    /// The counterpart does not take it.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// What a person does about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// Try again, now.
    Retry,
    /// Say everything again, not only what changed.
    Anew,
    /// Give it up.
    Drop,
    /// Let it go although it costs money.
    Release,
}

/// Which deliveries are listed: those that changed last come first.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    /// Only to this connection.
    pub connection: Option<ConnectionId>,
    /// Only of this order.
    pub serial: Option<Serial>,
    /// Only these.
    pub statuses: Vec<DeliveryStatus>,
    /// Only those behind this one.
    pub after: Option<(i64, ConnectionId, Serial)>,
    /// At most so many.
    pub limit: usize,
}

const COLUMNS: &str = "account, connection, serial, status, reason, since_ms, due_ms, attempts, wanted, covered, \
     released, tried_ms, error, summary, anew, exchange";
/// One that is on its way or waits for a person only learns that there is more; what waits keeps its place.
const OWE: &str = "INSERT INTO delivery (account, connection, serial, status, reason, since_ms, due_ms, attempts, \
     wanted, covered, released, anew, changed_ms) VALUES ($1, $2, $3, $4, $5, $6, $6, 0, $7, 0, 0, 0, $6) \
     ON CONFLICT (connection, serial) DO UPDATE SET changed_ms = excluded.changed_ms, \
     wanted = CASE WHEN excluded.wanted > delivery.wanted THEN excluded.wanted ELSE delivery.wanted END, \
     status = CASE WHEN delivery.status IN ('sending', 'held') THEN delivery.status \
          WHEN delivery.released = 1 OR delivery.covered > 0 THEN 'queued' ELSE excluded.status END, \
     reason = CASE WHEN delivery.status IN ('sending', 'held') THEN delivery.reason \
          WHEN delivery.released = 1 OR delivery.covered > 0 THEN '' ELSE excluded.reason END, \
     since_ms = CASE WHEN delivery.status IN ('sending', 'held', 'queued') THEN delivery.since_ms \
          ELSE excluded.since_ms END, \
     due_ms = CASE WHEN delivery.status IN ('sending', 'held', 'queued') THEN delivery.due_ms \
          ELSE excluded.due_ms END, \
     attempts = CASE WHEN delivery.status IN ('sending', 'held', 'queued') THEN delivery.attempts ELSE 0 END \
     WHERE excluded.wanted > delivery.wanted";
const DUE: &str = "WHERE connection = $1 AND status = 'queued' AND due_ms <= $2 ORDER BY since_ms, serial LIMIT $3";
const CHANGED: &str = "WHERE account = $1 AND changed_ms >= $2 ORDER BY changed_ms DESC, connection, serial LIMIT $3";
const BEGIN: &str = "UPDATE delivery SET status = 'sending', tried_ms = $3, changed_ms = $3 \
     WHERE connection = $1 AND serial = $2 AND status = 'queued' AND wanted = $4";
const RECALL: &str =
    "UPDATE delivery SET status = 'queued', changed_ms = $2 WHERE connection = $1 AND status = 'sending'";
const SYNCED: &str = "UPDATE delivery SET covered = $3, attempts = 0, anew = 0, error = NULL, summary = $4, since_ms = $5, \
     due_ms = $5, changed_ms = $5, status = CASE WHEN wanted > $3 THEN 'queued' ELSE 'synced' END \
     WHERE connection = $1 AND serial = $2 AND status = 'sending'";
const LATER: &str = "UPDATE delivery SET status = 'queued', due_ms = $3, error = $4, attempts = attempts + $5, \
     changed_ms = $6 \
     WHERE connection = $1 AND serial = $2 AND status = 'sending'";
const REFUSED: &str = "UPDATE delivery SET error = $4, attempts = attempts + 1, since_ms = $5, due_ms = $5, \
     changed_ms = $5, status = CASE WHEN wanted > $3 THEN 'queued' ELSE 'error' END \
     WHERE connection = $1 AND serial = $2 AND status = 'sending'";
const UNKNOWN: &str = "UPDATE delivery SET error = $3, attempts = attempts + 1, since_ms = $4, status = 'held', \
     reason = 'unknown', changed_ms = $4 WHERE connection = $1 AND serial = $2 AND status = 'sending'";
const RETRY: &str = "UPDATE delivery SET status = 'queued', reason = '', since_ms = $3, changed_ms = $3, due_ms = 0, attempts = 0 \
     WHERE connection = $1 AND serial = $2 AND status <> 'sending' AND reason <> 'release'";
const ANEW: &str = "UPDATE delivery SET status = 'queued', reason = '', since_ms = $3, changed_ms = $3, due_ms = 0, attempts = 0, \
     anew = 1 WHERE connection = $1 AND serial = $2 AND status NOT IN ('sending', 'held')";
const DROP: &str = "UPDATE delivery SET status = 'dropped', reason = '', since_ms = $3, changed_ms = $3 \
     WHERE connection = $1 AND serial = $2 AND status <> 'synced'";
const RELEASE: &str = "UPDATE delivery SET status = 'queued', reason = '', since_ms = $3, changed_ms = $3, due_ms = 0, attempts = 0, \
     released = 1 WHERE connection = $1 AND serial = $2 AND status = 'held' AND reason = 'release'";
const CALLED: &str = "UPDATE delivery SET exchange = $3 WHERE connection = $1 AND serial = $2";
const COUNTS: &str = "SELECT connection, status, COUNT(*), MIN(since_ms) FROM delivery WHERE account = $1 \
     GROUP BY connection, status";
const ONE: &str = "SELECT account, connection, serial, status, reason, since_ms, due_ms, attempts, wanted, covered, \
     released, tried_ms, error, summary, anew, exchange FROM delivery WHERE connection = $1 AND serial = $2 AND account = $3";

fn delivery(row: &mut Row) -> Answer<Delivery> {
    let status = row.text(3)?;
    let known = DeliveryStatus::from_word(&status);
    Ok(Delivery {
        account: AccountId(row.int(0)?),
        connection: ConnectionId(row.int(1)?),
        serial: Serial(row.int(2)?),
        status: known.ok_or_else(|| StoreError::Failed(format!("a delivery stands as `{status}`")))?,
        hold: Hold::from_word(&row.text(4)?),
        since_ms: row.int(5)?,
        due_ms: row.int(6)?,
        attempts: row.int(7)?,
        wanted: Sequence(row.int(8)?),
        covered: Sequence(row.int(9)?),
        released: row.int(10)? == 1,
        tried_ms: row.maybe_int(11)?,
        error: row.maybe_text(12)?.map(unkeep),
        summary: row.maybe_text(13)?.map(unkeep),
        anew: row.int(14)? == 1,
        exchange: row.maybe_uuid(15)?.map(ExchangeId),
    })
}

fn record(record: &Record) -> Option<Stmt> {
    let value = record.value.as_deref()?;
    let params =
        [holder_number(record.holder).into(), Val::kept(&record.namespace), Val::kept(&record.key), Val::kept(value)];
    Some(Stmt::new(WRITE_RECORD, params))
}

impl Store {
    /// Notes what is owed, and beside it, in the same transaction, how far the journal was followed for it.
    pub async fn owe(&self, account: AccountId, owed: &[Owed], now_ms: i64, place: Option<&Record>) -> Answer<()> {
        let mut statements: Vec<Stmt> = owed
            .iter()
            .map(|owed| {
                let (status, reason) = if owed.needs_release { ("held", "release") } else { ("queued", "") };
                let params = [
                    account.0.into(),
                    owed.connection.0.into(),
                    owed.serial.0.into(),
                    status.to_owned().into(),
                    reason.to_owned().into(),
                    now_ms.into(),
                    owed.wanted.0.into(),
                ];
                Stmt::new(OWE, params)
            })
            .collect();
        statements.extend(place.and_then(record));
        if statements.is_empty() {
            return Ok(());
        }
        self.db().execute(statements).await.map(drop)
    }

    /// What is owed to a connection and due, longest owed first.
    pub async fn due(&self, connection: ConnectionId, now_ms: i64, limit: usize) -> Answer<Vec<Delivery>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!("SELECT {COLUMNS} FROM delivery {DUE}");
        let rows = self.db().query(Weight::Page, sql, vec![connection.0.into(), now_ms.into(), limit.into()]).await?;
        rows.into_iter().map(|mut row| delivery(&mut row)).collect()
    }

    /// Takes deliveries on their way; answers which of them are, for each.
    pub async fn begin_sending(&self, deliveries: &[Delivery], now_ms: i64) -> Answer<Vec<bool>> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        let begin = |delivery: &Delivery| {
            let (connection, serial) = (delivery.connection.0.into(), delivery.serial.0.into());
            Stmt::new(BEGIN, [connection, serial, now_ms.into(), delivery.wanted.0.into()])
        };
        let done = self.db().execute(deliveries.iter().map(begin).collect()).await?;
        Ok(done.iter().map(|done| done.touched == 1).collect())
    }

    /// What was on its way when a process ended waits again.
    pub async fn recall_sending(&self, connection: ConnectionId, now_ms: i64) -> Answer<u64> {
        let done = self.db().execute(vec![Stmt::new(RECALL, [connection.0.into(), now_ms.into()])]).await?;
        Ok(done.first().map_or(0, |done| done.touched))
    }

    /// Notes what became of deliveries that were on their way, as they were taken.
    pub async fn sent(&self, ended: &[(Delivery, Sent)], now_ms: i64) -> Answer<()> {
        let statement = |(delivery, sent): &(Delivery, Sent)| {
            let (connection, serial) = (Val::Int(delivery.connection.0), Val::Int(delivery.serial.0));
            let (wanted, now) = (Val::Int(delivery.wanted.0), Val::Int(now_ms));
            match sent {
                Sent::Synced { summary } => Stmt::new(SYNCED, [connection, serial, wanted, Val::kept(summary), now]),
                Sent::Later { due_ms, error, counts } => {
                    let counted = Val::Int(i64::from(*counts));
                    Stmt::new(LATER, [connection, serial, Val::Int(*due_ms), Val::kept(error), counted, now])
                }
                Sent::Refused(error) => Stmt::new(REFUSED, [connection, serial, wanted, Val::kept(error), now]),
                Sent::Unknown(error) => Stmt::new(UNKNOWN, [connection, serial, Val::kept(error), now]),
            }
        };
        if ended.is_empty() {
            return Ok(());
        }
        let called = ended.iter().filter_map(|(delivery, _)| {
            let exchange = delivery.exchange?.0;
            Some(Stmt::new(CALLED, [delivery.connection.0.into(), delivery.serial.0.into(), exchange.into()]))
        });
        self.db().execute(called.chain(ended.iter().map(statement)).collect()).await.map(drop)
    }

    /// Does what a person wants with a delivery; `false` when it does not stand so that this can be done.
    pub async fn resolve_delivery(
        &self,
        connection: ConnectionId,
        serial: Serial,
        resolve: Resolve,
        now_ms: i64,
    ) -> Answer<bool> {
        let sql = match resolve {
            Resolve::Retry => RETRY,
            Resolve::Anew => ANEW,
            Resolve::Drop => DROP,
            Resolve::Release => RELEASE,
        };
        let statement = Stmt::new(sql, [connection.0.into(), serial.0.into(), now_ms.into()]);
        let done = self.db().execute(vec![statement]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// One delivery.
    pub async fn delivery(
        &self,
        account: AccountId,
        connection: ConnectionId,
        serial: Serial,
    ) -> Answer<Option<Delivery>> {
        let row = self.db().point(ONE, vec![connection.0.into(), serial.0.into(), account.0.into()]).await?;
        row.map(|mut row| delivery(&mut row)).transpose()
    }

    /// Deliveries, those that changed last first.
    pub async fn deliveries(&self, account: AccountId, query: &DeliveryQuery) -> Answer<Vec<Delivery>> {
        let mut params: Vec<Val> = vec![account.0.into()];
        let mut sql = format!("SELECT {COLUMNS} FROM delivery WHERE account = $1");
        let mut bind = |value: Val| {
            params.push(value);
            format!("${}", params.len())
        };
        if let Some(connection) = query.connection {
            sql.push_str(&format!(" AND connection = {}", bind(connection.0.into())));
        }
        if let Some(serial) = query.serial {
            sql.push_str(&format!(" AND serial = {}", bind(serial.0.into())));
        }
        if !query.statuses.is_empty() {
            let words: Vec<String> =
                query.statuses.iter().map(|status| bind(status.word().to_owned().into())).collect();
            sql.push_str(&format!(" AND status IN ({})", words.join(", ")));
        }
        if let Some((since_ms, connection, serial)) = query.after {
            let (since, connection, serial) = (bind(since_ms.into()), bind(connection.0.into()), bind(serial.0.into()));
            sql.push_str(&format!(" AND (since_ms, connection, serial) < ({since}, {connection}, {serial})"));
        }
        let limit = bind(i64::try_from(query.limit).unwrap_or(i64::MAX).into());
        sql.push_str(&format!(" ORDER BY since_ms DESC, connection DESC, serial DESC LIMIT {limit}"));
        let rows = self.db().query(Weight::Page, sql, params).await?;
        rows.into_iter().map(|mut row| delivery(&mut row)).collect()
    }

    /// Deliveries that changed in any way at or after a moment, those that changed last first.
    pub async fn deliveries_changed(&self, account: AccountId, since_ms: i64, limit: usize) -> Answer<Vec<Delivery>> {
        let sql = format!("SELECT {COLUMNS} FROM delivery {CHANGED}");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.db().query(Weight::Page, sql, vec![account.0.into(), since_ms.into(), limit.into()]).await?;
        rows.into_iter().map(|mut row| delivery(&mut row)).collect()
    }

    /// How many deliveries stand how, per connection, and since when the oldest of them does.
    pub async fn delivery_counts(&self, account: AccountId) -> Answer<Vec<(ConnectionId, DeliveryStatus, i64, i64)>> {
        let rows = self.db().query(Weight::Page, COUNTS.to_owned(), vec![account.0.into()]).await?;
        let count = |mut row: Row| {
            let status = DeliveryStatus::from_word(&row.text(1)?);
            let status = status.ok_or_else(|| StoreError::Failed("a delivery stands in no known way".to_owned()))?;
            Ok((ConnectionId(row.int(0)?), status, row.int(2)?, row.int(3)?))
        };
        rows.into_iter().map(count).collect()
    }
}
