//! What units said a moment ago, before it is folded into blocks.
//!
//! A block lies among its unit's others, so that keeping one report of each of ten thousand units would write ten
//! thousand places of the database. Therefore reports are kept as they come in, those of all units in one row
//! ([`pack`]), and folded into blocks when enough have come together to be worth it.
//!
//! Units are spread over [`SHARDS`], so that folding is never a long transaction and reading one unit's past looks at
//! few rows. Two hubs that fold the same shard do it one after the other, and the second finds that what it read is
//! gone: then its transaction breaks a rule of the table on purpose.

use super::{SPAN_US, block};
use crate::db::{Weight, pad, placeholders};
use crate::record::micros;
use crate::value::{Stmt, Val};
use crate::{Answer, Store, StoreError};
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::ids::{UnitId, Uuid};
use docket_core::track::Report;
use std::collections::BTreeMap;

/// How many shards there are; the schema has a row for each.
const SHARDS: i64 = 16;
/// A shard is folded when it has so many rows …
const MOST_ROWS: i64 = 256;
/// … or so many bytes …
const MOST_BYTES: i64 = 2 << 20;
/// … or its oldest row is so old.
const OLDEST_US: i64 = SPAN_US;
/// At most this many rows are folded at once.
const ROWS_AT_ONCE: i64 = 1000;
/// How often folding is tried while others fold the same.
const ATTEMPTS: usize = 20;

const VERSION: u8 = 1;
/// Version and number of units.
const HEAD: usize = 5;
/// A unit's id and where its reports end.
const ENTRY: usize = 12;

const ADD: &str = "INSERT INTO track_recent (shard, id, at_us, reports) VALUES ($1, $2, $3, $4)";
const READ: &str = "SELECT id, reports FROM track_recent WHERE shard = $1 ORDER BY id LIMIT $2";
const LEFT: &str = "SELECT id FROM track_recent WHERE shard = $1";
const DUE: &str = "SELECT shard, COUNT(*), SUM(OCTET_LENGTH(reports)), MIN(at_us) FROM track_recent GROUP BY shard";
/// Waits for whoever folds the shard.
const LOCK: &str = "UPDATE track_shard SET fold = 1 WHERE shard = $1";
/// Fails where the row is gone.
const CHECK: &str =
    "UPDATE track_shard SET fold = (SELECT 1 FROM track_recent WHERE shard = $1 AND id = $2) WHERE shard = $1";
const REMOVE: &str = "DELETE FROM track_recent WHERE shard = $1 AND id = $2";

pub(super) fn shard_of(unit: UnitId) -> i64 {
    unit.0.rem_euclid(SHARDS)
}

fn damaged() -> StoreError {
    StoreError::Failed("a row of recent reports cannot be read".to_owned())
}

/// Packs reports of units in order of their ids: which units, where each one's end, then a block of each.
fn pack(units: &[(UnitId, Vec<&Report>)]) -> Vec<u8> {
    let count = units.iter().map(|(_, reports)| reports.len()).sum::<usize>();
    let mut bodies = Vec::with_capacity(count * 40);
    let mut out = Vec::with_capacity(HEAD + units.len() * ENTRY + count * 40);
    out.push(VERSION);
    out.extend(u32::try_from(units.len()).unwrap_or(u32::MAX).to_le_bytes());
    for (unit, reports) in units {
        block::pack_into(&mut bodies, reports.iter().copied());
        out.extend(unit.0.to_le_bytes());
        out.extend(u32::try_from(bodies.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    out.extend(bodies);
    out
}

/// A row as it lies there.
struct Chunk {
    id: Uuid,
    bytes: Vec<u8>,
}

impl Chunk {
    fn entry(&self, index: usize) -> Option<(i64, usize)> {
        let entry = self.bytes.get(HEAD + index * ENTRY..HEAD + (index + 1) * ENTRY)?;
        let (unit, end) = entry.split_first_chunk::<8>()?;
        let end = u32::from_le_bytes(end.try_into().ok()?);
        Some((i64::from_le_bytes(*unit), usize::try_from(end).ok()?))
    }

    /// How many units it has.
    fn count(&self) -> Answer<usize> {
        let (version, rest) = self.bytes.split_first().ok_or_else(damaged)?;
        let count = rest.first_chunk::<4>().ok_or_else(damaged)?;
        let count = usize::try_from(u32::from_le_bytes(*count)).map_err(|_| damaged())?;
        let fits = count.checked_mul(ENTRY).is_some_and(|length| HEAD + length <= self.bytes.len());
        if *version == VERSION && fits { Ok(count) } else { Err(damaged()) }
    }

    fn unit(&self, index: usize) -> Answer<UnitId> {
        self.entry(index).map(|(unit, _)| UnitId(unit)).ok_or_else(damaged)
    }

    /// The block of the unit at a place.
    fn block(&self, index: usize, count: usize) -> Answer<&[u8]> {
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.entry(before).ok_or_else(damaged)?.1,
        };
        let (_, end) = self.entry(index).ok_or_else(damaged)?;
        let bodies = self.bytes.get(HEAD + count * ENTRY..).ok_or_else(damaged)?;
        bodies.get(start..end).ok_or_else(damaged)
    }

    /// The block of a unit, if it has one here.
    fn of(&self, unit: UnitId) -> Answer<Option<&[u8]>> {
        let count = self.count()?;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.unit(middle)?.cmp(&unit) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.block(middle, count).map(Some),
            }
        }
        Ok(None)
    }
}

/// What the rows of a shard hold, unit by unit, oldest row first.
fn gathered(chunks: &[Chunk]) -> Answer<BTreeMap<UnitId, Vec<Report>>> {
    let mut units: BTreeMap<UnitId, Vec<Report>> = BTreeMap::new();
    for chunk in chunks {
        let count = chunk.count()?;
        for index in 0..count {
            let reports = block::unpack(chunk.block(index, count)?)?;
            units.entry(chunk.unit(index)?).or_default().extend(reports);
        }
    }
    Ok(units)
}

impl Store {
    /// Keeps what units said (one transaction). `id` makes new identities that grow.
    pub async fn add_reports(
        &self,
        reports: &[(UnitId, Report)],
        now: Timestamp,
        mut id: impl FnMut() -> Uuid,
    ) -> Answer<()> {
        let mut order: Vec<&(UnitId, Report)> = reports.iter().collect();
        // What a unit said stays in order.
        order.sort_by_key(|(unit, _)| (shard_of(*unit), *unit));
        let mut statements = Vec::new();
        for shard in order.chunk_by(|(a, _), (b, _)| shard_of(*a) == shard_of(*b)) {
            let units = shard.chunk_by(|(a, _), (b, _)| a == b).filter_map(|of_unit| {
                let (unit, _) = of_unit.first()?;
                Some((*unit, of_unit.iter().map(|(_, report)| report).collect()))
            });
            let units: Vec<(UnitId, Vec<&Report>)> = units.collect();
            let Some((first, _)) = units.first() else { continue };
            let params = [shard_of(*first).into(), id().into(), micros(now).0.into(), Val::Blob(pack(&units))];
            statements.push(Stmt::new(ADD, params));
        }
        if statements.is_empty() {
            return Ok(());
        }
        self.db().execute(statements).await.map(drop)
    }

    async fn chunks(&self, shard: i64, limit: i64) -> Answer<Vec<Chunk>> {
        let rows = self.db().query(Weight::Page, READ.to_owned(), vec![shard.into(), limit.into()]).await?;
        rows.into_iter().map(|mut row| Ok(Chunk { id: row.uuid(0)?, bytes: row.blob(1)? })).collect()
    }

    /// What a unit said a moment ago, and the rows that say it.
    pub(super) async fn recent(&self, unit: UnitId) -> Answer<(Vec<Report>, Vec<Uuid>)> {
        let (mut ids, mut reports) = (Vec::new(), Vec::new());
        for chunk in self.chunks(shard_of(unit), i64::MAX).await? {
            if let Some(block) = chunk.of(unit)? {
                reports.extend(block::unpack(block)?);
                ids.push(chunk.id);
            }
        }
        Ok((reports, ids))
    }

    /// Whether these rows are still there: nothing of them was folded meanwhile.
    pub(super) async fn are_recent(&self, unit: UnitId, ids: &[Uuid]) -> Answer<bool> {
        if ids.is_empty() {
            return Ok(true);
        }
        let left = self.db().query(Weight::Page, LEFT.to_owned(), vec![shard_of(unit).into()]).await?;
        let left = left.iter().map(|row| row.uuid(0)).collect::<Answer<Vec<Uuid>>>()?;
        Ok(ids.iter().all(|id| left.contains(id)))
    }

    /// Folds what came together, where it is enough or old enough; answers how many reports that were.
    pub async fn fold_reports(&self, now: Timestamp, mut id: impl FnMut() -> Uuid) -> Answer<usize> {
        let mut folded = 0;
        for row in self.db().query(Weight::Page, DUE.to_owned(), Vec::new()).await? {
            let (shard, rows, bytes, since_us) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
            if rows >= MOST_ROWS || bytes >= MOST_BYTES || micros(now).0 - since_us >= OLDEST_US {
                match self.fold(shard, &mut id).await {
                    // Another hub was faster.
                    Err(StoreError::Conflict) => {}
                    other => folded += other?,
                }
            }
        }
        Ok(folded)
    }

    /// Folds what a unit said, among others.
    pub(super) async fn fold_of(&self, unit: UnitId, mut id: impl FnMut() -> Uuid) -> Answer<()> {
        for _ in 0..ATTEMPTS {
            match self.fold(shard_of(unit), &mut id).await {
                Err(StoreError::Conflict) => {}
                Ok(0) => return Ok(()),
                other => drop(other?),
            }
        }
        Err(StoreError::Busy)
    }

    async fn fold(&self, shard: i64, id: &mut impl FnMut() -> Uuid) -> Answer<usize> {
        let chunks = self.chunks(shard, ROWS_AT_ONCE).await?;
        if chunks.is_empty() {
            return Ok(0);
        }
        let mut statements = vec![Stmt::new(LOCK, [Val::Int(shard)])];
        for chunk in &chunks {
            statements.push(Stmt::new(CHECK, [shard.into(), chunk.id.into()]));
            statements.push(Stmt::new(REMOVE, [shard.into(), chunk.id.into()]));
        }
        let packed = tokio::task::spawn_blocking(move || {
            let units = gathered(&chunks)?;
            let count = units.values().map(Vec::len).sum::<usize>();
            let blocks = units.into_iter().flat_map(|(unit, reports)| {
                let blocks = super::cut(reports);
                blocks.into_iter().map(move |block| {
                    let from_us = block.first().map_or(0, |first| micros(first.at).0);
                    (unit, from_us, block::pack(&block))
                })
            });
            Ok::<_, StoreError>((count, blocks.collect::<Vec<_>>()))
        });
        let (count, blocks) = packed.await.map_err(|error| StoreError::Failed(error.to_string()))??;
        let mut units: Vec<UnitId> = blocks.iter().map(|(unit, ..)| *unit).collect();
        units.dedup();
        let known = self.units_among(units).await?;
        for (unit, from_us, bytes) in blocks {
            // Who was removed meanwhile has no past.
            if known.binary_search(&unit).is_ok() {
                let params = [unit.0.into(), from_us.into(), id().into(), Val::Blob(bytes)];
                statements.push(Stmt::new(super::ADD, params));
            }
        }
        self.db().execute(statements).await?;
        Ok(count)
    }

    /// Those of the units that there are, in order.
    async fn units_among(&self, units: Vec<UnitId>) -> Answer<Vec<UnitId>> {
        let mut known = Vec::with_capacity(units.len());
        for part in units.chunks(1000) {
            let mut ids: Vec<Val> = part.iter().map(|unit| Val::Int(unit.0)).collect();
            pad(&mut ids);
            let sql = format!("SELECT id FROM unit WHERE id IN ({})", placeholders(1, ids.len()));
            let rows = self.db().query(Weight::Page, sql, ids).await?;
            known.extend(rows.iter().map(|row| row.int(0).map(UnitId)).collect::<Answer<Vec<_>>>()?);
        }
        known.sort_unstable();
        Ok(known)
    }

    /// Where units last were by what they said a moment ago, which may be newer than what else is kept of that.
    pub async fn recent_positions(&self) -> Answer<Vec<(UnitId, Position)>> {
        let mut last: BTreeMap<UnitId, Position> = BTreeMap::new();
        for shard in 0..SHARDS {
            let chunks = self.chunks(shard, i64::MAX).await?;
            for (unit, reports) in gathered(&chunks)? {
                let newest = reports.iter().filter_map(|report| report.position).max_by_key(|position| position.at);
                last.extend(newest.map(|position| (unit, position)));
            }
        }
        Ok(last.into_iter().collect())
    }
}
