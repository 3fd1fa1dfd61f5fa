//! Small texts and leases.

use crate::db::Weight;
use crate::prepare::holder_number;
use crate::statements::{READ_RECORD, READ_RECORDS};
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::ledger::Holder;

const LEASE: &str = "INSERT INTO lease (name, holder, until_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
     WHERE lease.holder = excluded.holder OR lease.until_ms <= $4";

const END: &str = "UPDATE lease SET until_ms = 0 WHERE holder = $1";
const LEAVE_MAILS: &str = "UPDATE outbox SET holder = NULL, held_ms = 0 WHERE status = 0 AND holder = $1";

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

    /// Takes or renews a lease; `false` when somebody else holds it. `now` is the caller's clock.
    pub async fn lease(&self, name: &str, holder: Uuid, now: Timestamp, for_ms: i64) -> Answer<bool> {
        let now_ms = now.as_millisecond();
        let params = [Val::kept(name), holder.into(), now_ms.saturating_add(for_ms).into(), now_ms.into()];
        let done = self.db().execute(vec![Stmt::new(LEASE, params)]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// Ends whatever a process holds that is gone: leases, and messages it was about to send.
    pub async fn end_leases(&self, holder: Uuid) -> Answer<()> {
        let statements = [END, LEAVE_MAILS].map(|sql| Stmt::new(sql, [holder.into()]));
        self.db().execute(statements.into()).await.map(drop)
    }
}
