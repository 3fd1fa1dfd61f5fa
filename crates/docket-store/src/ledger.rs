//! Orders and journal: writing, loading, listing.

use crate::db::{Weight, pad, placeholders};
use crate::keys::key_hash;
use crate::prepare::{place_of, prepare, sequence_of};
use crate::record::{Card, decode_body, decode_card, decode_order, join_stored, moment};
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Append, Lookup, Store, StoreError, Visibility, select};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Revision, Sequence, Serial};
use docket_core::ledger::{OrderQuery, Page};
use docket_core::order::{Entry, Order};
use docket_core::plan::Loaded;
use docket_core::trace::Trace;
use std::ops::Range;
use std::sync::Arc;

const ORDER_BY_SERIAL: &str =
    "SELECT o.serial, o.account, o.version, o.document, o.extra FROM orders o WHERE o.serial = $1 AND o.account = $2";
const ORDER_BY_ID: &str =
    "SELECT o.serial, o.account, o.version, o.document, o.extra FROM orders o WHERE o.id = $1 AND o.account = $2";
const DOCUMENT: &str = "SELECT version, document, extra FROM orders WHERE id = $1 AND account = $2";
const ORDER_COLUMNS: &str = "o.serial, o.account, o.version, o.document, o.extra";
const DOCUMENT_COLUMNS: &str = "o.serial, o.document";
const CARD_COLUMNS: &str = "o.serial, o.version, o.document, o.extra";
const ORDERS_AT: &str = "SELECT o.serial, o.account, o.version, o.document, o.extra FROM site s \
     JOIN orders o ON o.account = s.account AND o.site = s.no \
     WHERE s.account = $1 AND s.id = $2 ORDER BY o.serial DESC LIMIT $3";
const HISTORY: &str = "WITH RECURSIVE chain (place) AS ( \
     SELECT o.place FROM orders o WHERE o.serial = $1 AND o.account = $2 \
     UNION ALL \
     SELECT j.previous FROM chain c JOIN journal j ON j.place = c.place WHERE j.previous IS NOT NULL) \
     SELECT j.place, j.serial, j.revision, j.order_id, j.at_us, j.at_ns, j.connection, j.exchange, j.actor, \
     j.version, j.body, j.document, j.extra, j.trace, j.sampled FROM chain c JOIN journal j ON j.place = c.place ORDER BY j.place";
const JOURNAL: &str = "SELECT j.place, j.serial, j.revision, j.order_id, j.at_us, j.at_ns, j.connection, j.exchange, \
     j.actor, j.version, j.body, j.document, j.extra, j.trace, j.sampled FROM journal j \
     WHERE j.place > $1 AND j.place < $2 ORDER BY j.place LIMIT $3";
const CAUSED: &str = "SELECT j.place, j.serial, j.revision, j.order_id, j.at_us, j.at_ns, j.connection, j.exchange, \
     j.actor, j.version, j.body, j.document, j.extra, j.trace, j.sampled FROM journal j \
     WHERE j.exchange = $1 AND j.place > $2 AND j.place < $3 ORDER BY j.place LIMIT $4";
const HEAD: &str = "SELECT sequence FROM ledger_head WHERE account = $1";
const COUNT: &str = "UPDATE counter SET value = value + $2 WHERE name = $1 RETURNING value";
const RAISE: &str = "UPDATE counter SET value = $2 WHERE name = $1 AND value < $2";

/// Up to this many orders are looked up where they are asked for.
const POINT_LOOKUPS: usize = 16;

fn decode(row: &mut Row) -> Answer<Arc<Order>> {
    let (account, version) = (AccountId(row.int(1)?), row.int(2)?);
    let (document, extra) = (row.text(3)?, row.text(4)?);
    decode_order(version, account, &document, &extra).map(Arc::new)
}

fn decode_entry(account: AccountId, row: &mut Row) -> Answer<Arc<Entry>> {
    let version = row.int(9)?;
    let mut entry = Entry {
        sequence: Sequence(sequence_of(row.int(0)?)),
        serial: Serial(row.int(1)?),
        revision: Revision(row.int(2)?),
        order: OrderId(row.uuid(3)?),
        at: moment(row.int(4)?, row.int(5)?)?,
        connection: row.maybe_int(6)?.map(ConnectionId),
        exchange: row.maybe_uuid(7)?.map(ExchangeId),
        trace: row.maybe_uuid(13)?.zip(row.maybe_int(14)?).map(|(id, sampled)| Trace { id, sampled: sampled == 1 }),
        actor: row.kept(8)?,
        changes: Vec::new(),
        refused: Vec::new(),
        advisories: Vec::new(),
    };
    let body = row.maybe_text(10)?;
    let created = match row.maybe_text(11)? {
        Some(document) => {
            let extra = row.maybe_text(12)?.unwrap_or_default();
            Some(decode_order(version, account, &document, &extra)?)
        }
        None => None,
    };
    decode_body(version, &mut entry, created, body.as_deref())?;
    Ok(Arc::new(entry))
}

/// Reads many rows off the threads that serve requests.
async fn decode_all<T: Send + 'static>(
    mut rows: Vec<Row>,
    read: impl Fn(&mut Row) -> Answer<T> + Send + 'static,
) -> Answer<Vec<T>> {
    if rows.len() <= POINT_LOOKUPS {
        return rows.iter_mut().map(read).collect();
    }
    let decoded = tokio::task::spawn_blocking(move || rows.iter_mut().map(read).collect());
    decoded.await.map_err(|error| StoreError::Failed(format!("reading was cut short: {error}")))?
}

impl Store {
    // --- numbers
    /// Reserves serials; gaps are fine, repeats are not, on any number of nodes.
    pub async fn reserve_serials(&self, count: i64) -> Answer<Range<i64>> {
        let last = self.count("serial", count.max(0)).await?;
        if last >= Serial::LIMIT {
            return Err(StoreError::Failed("no serials are left".to_owned()));
        }
        Ok(last - count.max(0) + 1..last + 1)
    }

    /// Makes sure that serials below this one are never handed out again (imports, the demo).
    pub async fn raise_serials(&self, beyond: Serial) -> Answer<()> {
        self.db().execute(vec![Stmt::new(RAISE, [Val::kept("serial"), beyond.0.into()])]).await.map(drop)
    }

    /// A number from the hub-wide item counter (units, Wialon resources).
    pub async fn next_item(&self) -> Answer<i64> {
        self.count("item", 1).await
    }

    /// Counts on; answers the last number counted.
    pub(crate) async fn count(&self, name: &str, by: i64) -> Answer<i64> {
        let done = self.db().execute(vec![Stmt::new(COUNT, [Val::kept(name), by.into()])]).await?;
        let row = done.first().and_then(|done| done.rows.first());
        row.ok_or_else(|| StoreError::Failed(format!("there is no counter {name}")))?.int(0)
    }

    // --- the ledger
    /// Commits a planned submission; answers when it is on disk, with the places of its entries.
    pub async fn append(&self, append: Append) -> Answer<Vec<Sequence>> {
        let submission = prepare(append, self.known())?;
        self.db().append(submission).await
    }

    /// Loads what a submission is about. Missing ones are simply absent.
    pub async fn load(&self, account: AccountId, lookup: Lookup) -> Answer<Loaded> {
        let mut loaded = Loaded::default();
        let serials = lookup.serials.iter().map(|serial| Val::Int(serial.0)).collect();
        let ids = lookup.ids.iter().map(|id| Val::from(id.0)).collect();
        let hashes = lookup
            .keys
            .iter()
            .map(|(connection, namespace, key)| Val::Int(key_hash(account, connection.0, namespace, key)))
            .collect();
        let from_key_index = "o.serial IN (SELECT k.serial FROM key_index k WHERE k.hash IN";
        let ways: [(&str, &str, Vec<Val>); 3] =
            [("o.serial IN", "", serials), ("o.id IN", "", ids), (from_key_index, ")", hashes)];
        for (way, end, wanted) in ways {
            for chunk in wanted.chunks(1000) {
                let mut params = chunk.to_vec();
                pad(&mut params);
                let list = placeholders(2, params.len());
                let sql = format!("SELECT {ORDER_COLUMNS} FROM orders o WHERE +o.account = $1 AND {way} ({list}){end}");
                let weight = if chunk.len() <= POINT_LOOKUPS { Weight::Point } else { Weight::Page };
                params.insert(0, account.0.into());
                let rows = self.db().query(weight, sql, params).await?;
                for order in decode_all(rows, decode).await? {
                    loaded.insert(order);
                }
            }
        }
        Ok(loaded)
    }

    /// One order (deleted ones too).
    pub async fn order(&self, account: AccountId, serial: Serial) -> Answer<Option<Arc<Order>>> {
        let row = self.db().point(ORDER_BY_SERIAL, vec![serial.0.into(), account.0.into()]).await?;
        row.map(|mut row| decode(&mut row)).transpose()
    }

    /// One order by id (deleted ones too).
    pub async fn order_by_id(&self, account: AccountId, id: OrderId) -> Answer<Option<Arc<Order>>> {
        let row = self.db().point(ORDER_BY_ID, vec![id.0.into(), account.0.into()]).await?;
        row.map(|mut row| decode(&mut row)).transpose()
    }

    /// One order's native JSON document with the lists of its items, as they lie there.
    pub async fn document(&self, account: AccountId, id: OrderId) -> Answer<Option<String>> {
        let row = self.db().point(DOCUMENT, vec![id.0.into(), account.0.into()]).await?;
        row.map(|mut row| join_stored(row.int(0)?, row.text(1)?, &row.text(2)?)).transpose()
    }

    /// A page of orders; agrees with [`OrderQuery::matches`].
    pub async fn page(&self, account: AccountId, seen: Visibility, query: OrderQuery) -> Answer<Page> {
        let (rows, next) = self.page_rows(account, seen, &query, ORDER_COLUMNS).await?;
        Ok(Page { orders: decode_all(rows, decode).await?, next })
    }

    /// A page of stored native JSON documents, as they are, and where to go on.
    pub async fn page_documents(
        &self,
        account: AccountId,
        seen: Visibility,
        query: OrderQuery,
    ) -> Answer<(Vec<String>, Option<Serial>)> {
        let (rows, next) = self.page_rows(account, seen, &query, DOCUMENT_COLUMNS).await?;
        let documents: Answer<Vec<String>> = rows.into_iter().map(|mut row| row.text(1)).collect();
        Ok((documents?, next))
    }

    /// A page of orders as listings see them.
    pub async fn page_cards(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &OrderQuery,
    ) -> Answer<(Vec<Card>, Option<Serial>)> {
        let (rows, next) = self.page_rows(account, seen, query, CARD_COLUMNS).await?;
        let read = |row: &mut Row| decode_card(row.int(1)?, &row.text(2)?, &row.text(3)?);
        Ok((decode_all(rows, read).await?, next))
    }

    async fn page_rows(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &OrderQuery,
        columns: &str,
    ) -> Answer<(Vec<Row>, Option<Serial>)> {
        let mut few = false;
        if query.ids.is_none()
            && query.number.is_none()
            && let Some(count) = select::count_updated(account, query)
        {
            let rows = self.db().query(Weight::Page, count.sql, count.params).await?;
            few = rows.first().map_or(Ok(0), |row| row.int(0))? <= select::FEW;
        }
        let Some(page) = select::page(self.db().dialect(), account, seen, query, few, columns) else {
            return Ok((Vec::new(), None));
        };
        let mut rows = self.db().query(Weight::Page, page.sql, page.params).await?;
        let limit = query.limit.clamp(1, OrderQuery::LIMIT);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => Some(Serial(last.int(0)?)),
            _ => None,
        };
        Ok((rows, next))
    }

    /// Orders at a site, newest first, at most `limit`.
    pub async fn orders_at(
        &self,
        account: AccountId,
        site: docket_core::ids::SiteId,
        limit: usize,
    ) -> Answer<Vec<Arc<Order>>> {
        let params = vec![account.0.into(), site.0.into(), (limit as i64).into()];
        let rows = self.db().query(Weight::Page, ORDERS_AT.to_owned(), params).await?;
        decode_all(rows, decode).await
    }

    /// All entries of one order, oldest first.
    pub async fn history(&self, account: AccountId, serial: Serial) -> Answer<Vec<Arc<Entry>>> {
        let params = vec![serial.0.into(), account.0.into()];
        let rows = self.db().query(Weight::Page, HISTORY.to_owned(), params).await?;
        decode_all(rows, move |row| decode_entry(account, row)).await
    }

    /// The journal behind a place, oldest first. Never skips, never shows what could roll back.
    pub async fn journal(&self, account: AccountId, after: Sequence, limit: usize) -> Answer<Vec<Arc<Entry>>> {
        let from = place_of(account, after.0.max(0))?;
        let to = place_of(account, 0)?.saturating_add(1 << 40);
        let params = vec![from.into(), to.into(), (limit as i64).into()];
        let rows = self.db().query(Weight::Page, JOURNAL.to_owned(), params).await?;
        decode_all(rows, move |row| decode_entry(account, row)).await
    }

    /// Entries that an exchange caused, in journal order.
    pub async fn caused(&self, account: AccountId, exchange: ExchangeId, limit: usize) -> Answer<Vec<Arc<Entry>>> {
        let from = place_of(account, 0)?;
        let params = vec![exchange.0.into(), from.into(), from.saturating_add(1 << 40).into(), (limit as i64).into()];
        let rows = self.db().query(Weight::Page, CAUSED.to_owned(), params).await?;
        decode_all(rows, move |row| decode_entry(account, row)).await
    }

    /// The last place in the journal.
    pub async fn head(&self, account: AccountId) -> Answer<Sequence> {
        let row = self.db().point(HEAD, vec![account.0.into()]).await?;
        row.map_or(Ok(0), |row| row.int(0)).map(Sequence)
    }
}
