//! Orders whose serials are known, in the order of these.

use crate::db::{Weight, pad, placeholders};
use crate::record::{Card, decode_card};
use crate::value::{Row, Val};
use crate::{Answer, Store, StoreError};
use docket_core::ids::AccountId;
use rustc_hash::FxHashMap;

/// How many are asked for at once.
const CHUNK: usize = 1000;

impl Store {
    /// These orders as listings see them. What is not there is left out.
    pub(crate) async fn cards(&self, account: AccountId, serials: &[i64]) -> Answer<Vec<Card>> {
        let columns = "o.serial, o.version, o.document, o.extra";
        self.of_serials(account, serials, columns, |row| decode_card(row.int(1)?, &row.text(2)?, &row.text(3)?)).await
    }

    /// The native JSON documents of these orders, as they lie there. What is not there is left out.
    pub async fn documents(&self, account: AccountId, serials: &[i64]) -> Answer<Vec<String>> {
        self.of_serials(account, serials, "o.serial, o.document", |row| row.text(1)).await
    }

    async fn of_serials<T: Send + 'static>(
        &self,
        account: AccountId,
        serials: &[i64],
        columns: &str,
        read: fn(&mut Row) -> Answer<T>,
    ) -> Answer<Vec<T>> {
        let mut found = FxHashMap::default();
        for chunk in serials.chunks(CHUNK) {
            let mut params: Vec<Val> = chunk.iter().map(|serial| Val::Int(*serial)).collect();
            pad(&mut params);
            let list = placeholders(2, params.len());
            params.insert(0, account.0.into());
            let sql = format!("SELECT {columns} FROM orders o WHERE +o.account = $1 AND o.serial IN ({list})");
            let rows = self.db().query(Weight::Page, sql, params).await?;
            let read = move || rows.into_iter().map(|mut row| Ok((row.int(0)?, read(&mut row)?))).collect();
            let decoded = tokio::task::spawn_blocking(read).await;
            let decoded: Answer<Vec<(i64, T)>> =
                decoded.map_err(|error| StoreError::Failed(format!("reading was cut short: {error}")))?;
            found.extend(decoded?);
        }
        Ok(serials.iter().filter_map(|serial| found.remove(serial)).collect())
    }
}
