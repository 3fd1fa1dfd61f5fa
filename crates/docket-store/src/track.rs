//! What units said: reports in blocks, a stretch of one unit's past lying together, but for those of a moment ago
//! ([`recent`]).

mod block;
mod recent;

use crate::db::Weight;
use crate::record::micros;
use crate::value::{Stmt, Val};
use crate::{Answer, Store, StoreError};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, UnitId, Uuid};
use docket_core::track::{Report, ReportQuery};

/// A block covers at most this long, so that a reader knows how far before a moment a block with it may begin.
const SPAN_US: i64 = 60_000_000;
/// At most this many reports of one block.
const MOST_OF_BLOCK: usize = 500;
/// How often reading begins again because somebody folds what is being read.
const ATTEMPTS: usize = 20;
/// Blocks read at once.
const BLOCKS_AT_ONCE: i64 = 500;

pub(crate) const FORGET_UNIT: &str = "DELETE FROM track WHERE unit = $1";
const ADD: &str = "INSERT INTO track (unit, from_us, id, reports) VALUES ($1, $2, $3, $4)";
const OLDEST_FIRST: &str = "SELECT from_us, id, reports FROM track \
     WHERE unit = $1 AND (from_us, id) > ($2, $3) AND from_us <= $4 ORDER BY from_us, id LIMIT $5";
const NEWEST_FIRST: &str = "SELECT from_us, id, reports FROM track \
     WHERE unit = $1 AND (from_us, id) < ($2, $3) AND from_us >= $4 ORDER BY from_us DESC, id DESC LIMIT $5";
const REPLACE: &str = "UPDATE track SET reports = $4 WHERE unit = $1 AND from_us = $2 AND id = $3 AND reports = $5";
const REMOVE: &str = "DELETE FROM track WHERE unit = $1 AND from_us = $2 AND id = $3 AND reports = $4";
const FORGET_BEFORE: &str = "DELETE FROM track WHERE unit = $1 AND from_us < $2";
const UNITS: &str = "SELECT id FROM unit WHERE id > $1 ORDER BY id LIMIT 1000";

/// A block as it lies there.
struct Block {
    from_us: i64,
    id: Uuid,
    bytes: Vec<u8>,
}

/// The earliest moment of a block that may hold this one.
fn earliest(at: Timestamp) -> i64 {
    micros(at).0.saturating_sub(SPAN_US)
}

/// Cuts a unit's reports into blocks.
fn cut(mut reports: Vec<Report>) -> Vec<Vec<Report>> {
    reports.sort_by_key(|report| report.at);
    let mut blocks: Vec<Vec<Report>> = Vec::new();
    for report in reports {
        let fits = |block: &&mut Vec<Report>| {
            block.len() < MOST_OF_BLOCK
                && block.first().is_some_and(|first| micros(report.at).0 - micros(first.at).0 < SPAN_US)
        };
        match blocks.last_mut().filter(fits) {
            Some(block) => block.push(report),
            None => blocks.push(vec![report]),
        }
    }
    blocks
}

impl Store {
    /// A page of blocks, in the direction of the query, behind a place.
    async fn blocks(&self, query: &ReportQuery, behind: (i64, Uuid)) -> Answer<Vec<Block>> {
        let (sql, bound) = match query.newest {
            false => (OLDEST_FIRST, micros(query.until).0),
            true => (NEWEST_FIRST, earliest(query.from)),
        };
        let params = vec![query.unit.0.into(), behind.0.into(), behind.1.into(), bound.into(), BLOCKS_AT_ONCE.into()];
        let rows = self.db().query(Weight::Page, sql.to_owned(), params).await?;
        rows.into_iter()
            .map(|mut row| Ok(Block { from_us: row.int(0)?, id: row.uuid(1)?, bytes: row.blob(2)? }))
            .collect()
    }

    /// What a unit of the account said.
    pub async fn reports(&self, account: AccountId, query: ReportQuery) -> Answer<Vec<Report>> {
        if query.limit == 0 || !self.has_unit(account, query.unit).await? {
            return Ok(Vec::new());
        }
        for _ in 0..ATTEMPTS {
            let (recent, rows) = self.recent(query.unit).await?;
            let found = self.blocks_with(&query, recent).await?;
            // Nothing is missing and nothing is there twice because it was folded between the two.
            if self.are_recent(query.unit, &rows).await? {
                return Ok(found);
            }
        }
        Err(StoreError::Busy)
    }

    /// What blocks say, together with what is not in blocks yet.
    async fn blocks_with(&self, query: &ReportQuery, recent: Vec<Report>) -> Answer<Vec<Report>> {
        let mut behind = match query.newest {
            false => (earliest(query.from), Uuid::nil()),
            true => (micros(query.until).0, Uuid::max()),
        };
        let mut found = query.pick(recent);
        loop {
            let page = self.blocks(query, behind).await?;
            let is_last = page.len() < BLOCKS_AT_ONCE as usize;
            for block in page {
                behind = (block.from_us, block.id);
                found.extend(block::unpack(&block.bytes)?);
            }
            found = query.pick(found);
            let is_full = found.len() >= query.limit.min(ReportQuery::LIMIT);
            // What is yet to be read begins at or behind `behind`, or ends less than a span after it.
            let is_settled = match query.newest {
                false => found.last().is_some_and(|last| micros(last.at).0 < behind.0),
                true => found.first().is_some_and(|first| micros(first.at).0 > behind.0.saturating_add(SPAN_US)),
            };
            if is_last || is_full && is_settled {
                return Ok(found);
            }
        }
    }

    /// Removes one report that is equal to this one; `false` when the unit is not of the account or said no such thing.
    pub async fn remove_report(
        &self,
        account: AccountId,
        unit: UnitId,
        report: &Report,
        id: impl FnMut() -> Uuid,
    ) -> Answer<bool> {
        if !self.has_unit(account, unit).await? {
            return Ok(false);
        }
        self.fold_of(unit, id).await?;
        let query = ReportQuery { unit, from: report.at, until: report.at, newest: false, limit: 1 };
        let mut behind = (earliest(report.at), Uuid::nil());
        loop {
            let page = self.blocks(&query, behind).await?;
            let is_last = page.len() < BLOCKS_AT_ONCE as usize;
            for block in page {
                behind = (block.from_us, block.id);
                let mut kept = block::unpack(&block.bytes)?;
                let Some(place) = kept.iter().position(|known| known == report) else { continue };
                kept.remove(place);
                let key = [unit.0.into(), block.from_us.into(), block.id.into()];
                let statement = match kept.is_empty() {
                    true => Stmt::new(REMOVE, [&key[..], &[Val::Blob(block.bytes)]].concat()),
                    false => Stmt::new(
                        REPLACE,
                        [&key[..], &[Val::Blob(block::pack(&kept)), Val::Blob(block.bytes)]].concat(),
                    ),
                };
                let done = self.db().execute(vec![statement]).await?;
                // Touched by somebody else meanwhile: one of two that remove from one block comes too late.
                return Ok(done.first().is_some_and(|done| done.touched == 1));
            }
            if is_last {
                return Ok(false);
            }
        }
    }

    /// Forgets what units said before a moment; answers how many blocks that were.
    pub async fn forget_reports(&self, before: Timestamp) -> Answer<u64> {
        // A block that begins before may reach beyond: it goes when its last moment is past.
        let (mut last, mut gone, bound) = (0_i64, 0, earliest(before));
        loop {
            let rows = self.db().query(Weight::Page, UNITS.to_owned(), vec![last.into()]).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect::<Answer<_>>()?;
            let Some(&highest) = ids.last() else { return Ok(gone) };
            last = highest;
            let statements = ids.into_iter().map(|id| Stmt::new(FORGET_BEFORE, [Val::Int(id), bound.into()])).collect();
            gone += self.db().execute(statements).await?.iter().map(|done| done.touched).sum::<u64>();
        }
    }
}
