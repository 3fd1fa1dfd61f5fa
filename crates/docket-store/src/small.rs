//! Small texts, mails owed, leases.

use crate::db::Weight;
use crate::prepare::{holder_number, mail_of};
use crate::record::{micros, moment};
use crate::statements::{READ_RECORD, READ_RECORDS};
use crate::value::{Row, Stmt, Val, unkeep};
use crate::{Answer, OutboxMail, Store};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Uuid};
use docket_core::ledger::Holder;

const OUTBOX: &str = "SELECT id, account, at_us, at_ns, sent_us, sent_ns, attempts, error, document FROM outbox \
     WHERE sent_us IS NULL ORDER BY id LIMIT $1";
const MAIL_SENT: &str =
    "UPDATE outbox SET attempts = attempts + 1, sent_us = $2, sent_ns = $3, error = NULL WHERE id = $1";
const MAIL_FAILED: &str = "UPDATE outbox SET attempts = attempts + 1, error = $2 WHERE id = $1";
const LEASE: &str = "INSERT INTO lease (name, holder, until_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
     WHERE lease.holder = excluded.holder OR lease.until_ms <= $4";

fn mail(row: &mut Row) -> Answer<OutboxMail> {
    let sent_at = match row.maybe_int(4)? {
        Some(us) => Some(moment(us, row.int(5)?)?),
        None => None,
    };
    Ok(OutboxMail {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        at: moment(row.int(2)?, row.int(3)?)?,
        sent_at,
        attempts: row.int(6)?,
        error: row.maybe_text(7)?.map(unkeep),
        mail: mail_of(&row.text(8)?)?,
    })
}

impl Store {
    /// A record.
    pub async fn record(&self, holder: Holder, namespace: &str, key: &str) -> Answer<Option<String>> {
        let params = vec![holder_number(holder).into(), Val::kept(namespace), Val::kept(key)];
        let row = self.db().point(READ_RECORD, params).await?;
        row.map(|mut row| row.kept(0)).transpose()
    }

    /// All records of a namespace, key and value, in the order of their keys' bytes.
    pub async fn records(&self, holder: Holder, namespace: &str) -> Answer<Vec<(String, String)>> {
        let params = vec![holder_number(holder).into(), Val::kept(namespace)];
        let rows = self.db().query(Weight::Page, READ_RECORDS.to_owned(), params).await?;
        let pair = |mut row: Row| Ok((row.kept(0)?, row.kept(1)?));
        let mut records = rows.into_iter().map(pair).collect::<Answer<Vec<(String, String)>>>()?;
        // Databases have orders of their own for texts.
        records.sort_unstable();
        Ok(records)
    }

    /// Mails not yet sent, oldest first.
    pub async fn outbox(&self, limit: usize) -> Answer<Vec<OutboxMail>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.db().query(Weight::Page, OUTBOX.to_owned(), vec![limit.into()]).await?;
        rows.into_iter().map(|mut row| mail(&mut row)).collect()
    }

    /// Notes what became of a mail.
    pub async fn mail_tried(&self, id: i64, at: Timestamp, error: Option<String>) -> Answer<()> {
        let statement = match error {
            Some(error) => Stmt::new(MAIL_FAILED, [id.into(), Val::kept(&error)]),
            None => {
                let (us, ns) = micros(at);
                Stmt::new(MAIL_SENT, [Val::Int(id), us.into(), ns.into()])
            }
        };
        self.db().execute(vec![statement]).await.map(drop)
    }

    /// Takes or renews a lease; `false` when somebody else holds it. `now` is the caller's clock.
    pub async fn lease(&self, name: &str, holder: Uuid, now: Timestamp, for_ms: i64) -> Answer<bool> {
        let now_ms = now.as_millisecond();
        let params = [Val::kept(name), holder.into(), now_ms.saturating_add(for_ms).into(), now_ms.into()];
        let done = self.db().execute(vec![Stmt::new(LEASE, params)]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }
}
