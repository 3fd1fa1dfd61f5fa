//! The wire log: exchanges gathered for a moment, compressed together, written behind everybody's back.
//!
//! Nobody waits for it. What does not fit its queue is dropped and counted; the ledger never depends on it.

mod search;

use crate::db::{Db, Weight};
use crate::forms::{decode_exchange, encode_exchange};
use crate::record::{VERSION, micros};
use crate::value::{Stmt, Val};
use crate::{Answer, Exchange, Store, StoreError};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Uuid};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
pub use search::{ExchangePage, ExchangeQuery, StatusFilter};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How many exchanges may wait.
const QUEUE_LIMIT: usize = 8192;
/// How many bytes of exchanges may wait.
const QUEUE_BYTES: usize = 32 << 20;
/// How many go into one chunk.
const CHUNK_LIMIT: usize = 256;
/// How long the first one of a chunk waits for others.
const CHUNK_WAIT: Duration = Duration::from_millis(200);
/// How many chunks are kept.
const KEEP_CHUNKS: i64 = 4096;
/// How long chunks are kept, in microseconds: 30 days.
const KEEP_US: i64 = 30 * 24 * 3600 * 1_000_000;
/// After so many chunks, old ones are looked for.
const SWEEP_EVERY: i64 = 64;
/// The largest chunk that is read back.
const CHUNK_BYTES: u64 = 256 << 20;
/// Stands for "any connection" in `exchange_in`.
const ANY: i64 = -1;
/// How many chunks are looked at in one go.
const STRIDE: usize = 64;

const ADD_CHUNK: &str = "INSERT INTO exchange_chunk (id, first_id, last_id, last_us, count, version, body, tagged) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1)";
const ADD_TAG: &str = "INSERT INTO exchange_tag (chunk, account, tag) VALUES ($1, $2, $3)";
const ADD_IN: &str = "INSERT INTO exchange_in (account, connection, chunk) VALUES ($1, $2, $3)";
const BOUND: &str = "SELECT last_us FROM exchange_chunk ORDER BY last_id DESC LIMIT 1 OFFSET $1";
const SWEEP_IN: &str =
    "DELETE FROM exchange_in WHERE chunk IN (SELECT c.id FROM exchange_chunk c WHERE c.last_us < $1)";
const SWEEP_TAGS: &str =
    "DELETE FROM exchange_tag WHERE chunk IN (SELECT c.id FROM exchange_chunk c WHERE c.last_us < $1)";
const SWEEP: &str = "DELETE FROM exchange_chunk WHERE last_us < $1";
const CHUNKS: &str = "SELECT c.id, c.last_id FROM exchange_in i JOIN exchange_chunk c ON c.id = i.chunk \
     WHERE i.account = $1 AND i.connection = $2 AND c.first_id < $3 AND c.last_id < $4 \
     ORDER BY c.last_id DESC LIMIT $5";
const CHUNK: &str = "SELECT version, body FROM exchange_chunk WHERE id = $1";
const CHUNKS_WITH: &str = "SELECT id FROM exchange_chunk WHERE last_id >= $1 AND first_id <= $1 \
     ORDER BY last_id LIMIT $2";

enum Message {
    Exchange(Box<Exchange>),
    Flush(oneshot::Sender<()>),
}

/// The near end of the wire log.
pub(crate) struct Log {
    queue: mpsc::Sender<Message>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

fn size(exchange: &Exchange) -> usize {
    size_of::<Exchange>()
        + exchange.request_line.len()
        + exchange.request_headers.len()
        + exchange.request_body.len()
        + exchange.response_headers.len()
        + exchange.response_body.len()
}

impl Log {
    /// Starts the wire log's writer.
    pub(crate) fn start(db: Db) -> Log {
        let (queue, messages) = mpsc::channel(QUEUE_LIMIT);
        let counts = Arc::new(Counts::default());
        let scribe = Scribe { db, messages, counts: Arc::clone(&counts), ids: 0..0, written: 0 };
        tokio::spawn(scribe.run());
        Log { queue, counts }
    }

    fn add(&self, exchange: Exchange) {
        let bytes = size(&exchange);
        let waiting = self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = waiting + bytes <= QUEUE_BYTES && self.queue.try_send(Message::Exchange(Box::new(exchange))).is_ok();
        if !sent {
            self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything logged so far was written, or given up.
    pub(crate) async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        if self.queue.send(Message::Flush(answer)).await.is_ok() {
            // The writer is gone only when the process ends.
            let _ = answered.await;
        }
    }
}

struct Scribe {
    db: Db,
    messages: mpsc::Receiver<Message>,
    counts: Arc<Counts>,
    /// Chunk numbers reserved.
    ids: std::ops::Range<i64>,
    written: i64,
}

/// A chunk to write.
struct Chunk {
    first: Uuid,
    last: Uuid,
    last_us: i64,
    count: usize,
    body: Vec<u8>,
    within: BTreeSet<(i64, i64)>,
    tags: BTreeSet<(i64, String)>,
}

fn pack(exchanges: Vec<Exchange>) -> Answer<Option<Chunk>> {
    let (mut within, mut tags) = (BTreeSet::new(), BTreeSet::new());
    let mut lines: Vec<(Uuid, String)> = Vec::with_capacity(exchanges.len());
    let mut last_us = i64::MIN;
    for exchange in exchanges {
        let account = exchange.account.0;
        let (connection, at) = (exchange.connection, micros(exchange.at).0);
        let own: Vec<String> = search::tags(&exchange).collect();
        if let Some(line) = encode_exchange(exchange) {
            tags.extend(own.into_iter().map(|tag| (account, tag)));
            within.insert((account, ANY));
            within.extend(connection.map(|id| (account, id.0)));
            last_us = last_us.max(at);
            lines.push(line);
        }
    }
    lines.sort_unstable_by_key(|(id, _)| *id);
    let (Some(first), Some(last)) = (lines.first().map(|line| line.0), lines.last().map(|line| line.0)) else {
        return Ok(None);
    };
    let failed = |error| StoreError::Failed(format!("packing exchanges: {error}"));
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    for (_, line) in &lines {
        packer.write_all(line.as_bytes()).and_then(|()| packer.write_all(b"\n")).map_err(failed)?;
    }
    let body = packer.finish().map_err(failed)?;
    Ok(Some(Chunk { first, last, last_us, count: lines.len(), body, within, tags }))
}

fn unpack(version: i64, body: &[u8]) -> Answer<Vec<Exchange>> {
    if version != VERSION {
        return Err(StoreError::Failed("exchanges stored by another version of docket".to_owned()));
    }
    let mut text = String::new();
    DeflateDecoder::new(body)
        .take(CHUNK_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| StoreError::Failed(format!("a stored chunk of exchanges cannot be read: {error}")))?;
    text.lines().map(decode_exchange).collect()
}

impl Scribe {
    async fn run(mut self) {
        loop {
            let mut batch = Vec::new();
            let mut flushes = Vec::new();
            let open = self.gather(&mut batch, &mut flushes).await;
            let bytes = batch.iter().map(size).sum();
            let count = batch.len();
            if count > 0
                && let Err(error) = self.write(batch).await
            {
                self.counts.dropped.fetch_add(count as u64, Ordering::Relaxed);
                tracing::warn!(%error, count, "exchanges were not logged");
            }
            self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
            for flush in flushes {
                let _ = flush.send(());
            }
            if !open {
                return;
            }
        }
    }

    /// Gathers a chunk; `false` when nobody is left to log.
    async fn gather(&mut self, batch: &mut Vec<Exchange>, flushes: &mut Vec<oneshot::Sender<()>>) -> bool {
        let mut deadline = None;
        while batch.len() < CHUNK_LIMIT && flushes.is_empty() {
            let received = match deadline {
                None => self.messages.recv().await,
                Some(deadline) => match tokio::time::timeout_at(deadline, self.messages.recv()).await {
                    Ok(received) => received,
                    Err(_) => return true,
                },
            };
            deadline = deadline.or_else(|| Instant::now().checked_add(CHUNK_WAIT));
            match received {
                Some(Message::Exchange(exchange)) => batch.push(*exchange),
                Some(Message::Flush(answer)) => flushes.push(answer),
                None => return false,
            }
        }
        true
    }

    async fn write(&mut self, batch: Vec<Exchange>) -> Answer<()> {
        let packed = tokio::task::spawn_blocking(move || pack(batch)).await;
        let packed = packed.map_err(|error| StoreError::Failed(format!("packing was cut short: {error}")))?;
        let Some(chunk) = packed? else { return Ok(()) };
        let id = self.next_id().await?;
        let mut statements = vec![Stmt::new(
            ADD_CHUNK,
            [
                Val::Int(id),
                chunk.first.into(),
                chunk.last.into(),
                chunk.last_us.into(),
                (chunk.count as i64).into(),
                VERSION.into(),
                Val::Blob(chunk.body),
            ],
        )];
        for (account, connection) in chunk.within {
            statements.push(Stmt::new(ADD_IN, [Val::Int(account), connection.into(), id.into()]));
        }
        for (account, tag) in chunk.tags {
            statements.push(Stmt::new(ADD_TAG, [Val::Int(id), account.into(), Val::Text(tag)]));
        }
        self.written += 1;
        if self.written % SWEEP_EVERY == 0 {
            let mut bound = chunk.last_us.saturating_sub(KEEP_US);
            if let Some(row) = self.db.point(BOUND, vec![KEEP_CHUNKS.into()]).await? {
                bound = bound.max(row.int(0)?);
            }
            statements.push(Stmt::new(SWEEP_IN, [bound.into()]));
            statements.push(Stmt::new(SWEEP_TAGS, [bound.into()]));
            statements.push(Stmt::new(SWEEP, [bound.into()]));
        }
        self.db.execute(statements).await.map(drop)
    }

    async fn next_id(&mut self) -> Answer<i64> {
        if let Some(id) = self.ids.next() {
            return Ok(id);
        }
        const BLOCK: i64 = 256;
        let count =
            Stmt::new("UPDATE counter SET value = value + $1 WHERE name = 'exchange' RETURNING value", [BLOCK.into()]);
        let done = self.db.execute(vec![count]).await?;
        let row = done.first().and_then(|done| done.rows.first());
        let last = row.ok_or_else(|| StoreError::Failed("there is no counter for exchanges".to_owned()))?.int(0)?;
        self.ids = last - BLOCK + 1..last + 1;
        self.ids.next().ok_or_else(|| StoreError::Failed("no number for a chunk".to_owned()))
    }
}

impl Store {
    /// Queues exchanges for the wire log; written in compressed chunks soon after. Never waits for the disk.
    pub fn log_exchange(&self, exchange: Exchange) {
        self.log().add(exchange);
    }

    /// How many exchanges were not logged, because too many were waiting or the database refused them.
    pub fn exchanges_dropped(&self) -> u64 {
        self.log().counts.dropped.load(Ordering::Relaxed)
    }

    /// The wire log, newest first, optionally of one connection, before an exchange.
    pub async fn exchanges(
        &self,
        account: AccountId,
        connection: Option<ConnectionId>,
        before: Option<ExchangeId>,
        limit: usize,
    ) -> Answer<Vec<Exchange>> {
        let before = before.map_or(Uuid::max(), |before| before.0);
        let mut found: Vec<(Uuid, Exchange)> = Vec::new();
        // Chunks overlap a little in time: one more is needed until it lies wholly behind what was found.
        let mut beyond: Option<Uuid> = None;
        loop {
            let params = vec![
                account.0.into(),
                connection.map_or(ANY, |id| id.0).into(),
                before.into(),
                // No id is above the largest one, so nothing is left out at first.
                beyond.unwrap_or(Uuid::max()).into(),
                (STRIDE as i64).into(),
            ];
            let chunks = self.db().query(Weight::Page, CHUNKS.to_owned(), params).await?;
            let count = chunks.len();
            for chunk in chunks {
                let (id, last) = (chunk.int(0)?, chunk.uuid(1)?);
                let bound = found.get(limit.saturating_sub(1)).map(|(id, _)| *id);
                if limit == 0 || bound.is_some_and(|bound| last < bound) {
                    found.truncate(limit);
                    return Ok(found.into_iter().map(|(_, exchange)| exchange).collect());
                }
                for exchange in self.chunk(id).await? {
                    let Some(ExchangeId(id)) = exchange.id else { continue };
                    let wanted = exchange.account == account
                        && id < before
                        && connection.is_none_or(|connection| exchange.connection == Some(connection));
                    if wanted {
                        found.push((id, exchange));
                    }
                }
                found.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
                beyond = Some(last);
            }
            if count < STRIDE {
                found.truncate(limit);
                return Ok(found.into_iter().map(|(_, exchange)| exchange).collect());
            }
        }
    }

    /// One exchange.
    pub async fn exchange(&self, account: AccountId, id: ExchangeId) -> Answer<Option<Exchange>> {
        let params = vec![id.0.into(), (STRIDE as i64).into()];
        for row in self.db().query(Weight::Page, CHUNKS_WITH.to_owned(), params).await? {
            let found = self.chunk(row.int(0)?).await?;
            let found = found.into_iter().find(|exchange| exchange.id == Some(id) && exchange.account == account);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn chunk(&self, id: i64) -> Answer<Vec<Exchange>> {
        let Some((version, body)) = self.packed(id).await? else { return Ok(Vec::new()) };
        let unpacked = tokio::task::spawn_blocking(move || unpack(version, &body));
        unpacked.await.map_err(|error| StoreError::Failed(format!("reading was cut short: {error}")))?
    }

    async fn packed(&self, id: i64) -> Answer<Option<(i64, Vec<u8>)>> {
        let rows = self.db().query(Weight::Page, CHUNK.to_owned(), vec![id.into()]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some((row.int(0)?, row.blob(1)?)))
    }
}
