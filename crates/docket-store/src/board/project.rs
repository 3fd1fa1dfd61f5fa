//! Keeping the index: it follows each account's journal and brings what it says of an order in line with the order as
//! it is by then. Doing that twice does no harm, and doing it late only shows old things.
//!
//! ```text
//! journal ─► which orders changed ─► terms before, terms now ─► blocks and chunks ─► one transaction with the place
//! ```
//!
//! Orders are never kept waiting for this: nothing of it is in the transaction that writes them.

use super::column::{self, Column, Numbers};
use super::{set, terms, words};
use crate::db::{Weight, pad, placeholders};
use crate::prepare::{place_of, sequence_of};
use crate::record::{Card, decode_card};
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store, StoreError};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Sequence};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

const BEGIN: &str = "INSERT INTO board_head (account, place) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const HEAD: &str = "SELECT place FROM board_head WHERE account = $1";
/// Fails where somebody else moved it meanwhile.
const ADVANCE: &str = "UPDATE board_head SET place = CASE WHEN place = $2 THEN CAST($3 AS BIGINT) ELSE NULL END \
     WHERE account = $1";
const NEXT: &str = "SELECT place, serial FROM journal WHERE place > $1 AND place < $2 ORDER BY place LIMIT $3";
const PUT_ORDER: &str = "INSERT INTO board_order (serial, terms) VALUES ($1, $2) \
     ON CONFLICT (serial) DO UPDATE SET terms = excluded.terms";
const PUT_TERM: &str = "INSERT INTO board_term (account, term, block, serials) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (account, term, block) DO UPDATE SET serials = excluded.serials";
const REMOVE_TERM: &str = "DELETE FROM board_term WHERE account = $1 AND term = $2 AND block = $3";
const PUT_COLUMN: &str = "INSERT INTO board_column (account, kind, chunk, numbers) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (account, kind, chunk) DO UPDATE SET numbers = excluded.numbers";
const REMOVE_COLUMN: &str = "DELETE FROM board_column WHERE account = $1 AND kind = $2 AND chunk = $3";

/// How many rows are asked for at once.
const CHUNK: usize = 1000;

/// What one step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    /// How many orders were looked at.
    pub orders: usize,
    /// How many rows were written.
    pub rows: usize,
    /// There is more to do at once.
    pub is_behind: bool,
}

/// What is to be written.
#[derive(Default)]
struct Changes {
    orders: Vec<(i64, Vec<u8>)>,
    /// Places of a term's block, and whether they are to be in it.
    terms: FxHashMap<(i64, terms::Term), Vec<(u16, bool)>>,
    /// Places of a chunk, and what is to be there.
    columns: FxHashMap<(i64, i64), Vec<(usize, Option<i64>)>>,
}

/// Ten-millionths of a degree.
fn degrees(degrees: Option<f64>) -> Option<i64> {
    degrees.filter(|degrees| degrees.abs() <= 360.0).map(|degrees| (degrees * super::DEGREE).round() as i64)
}

fn number(card: &Card, column: Column) -> Option<i64> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    match column {
        Column::Due => micros(card.due),
        Column::Updated => micros(card.updated_at),
        Column::Created => micros(card.created_at),
        Column::Deadline => micros(card.deadline()),
        Column::Latitude => degrees(card.site.latitude),
        Column::Longitude => degrees(card.site.longitude),
        Column::Radius => card.site.radius_m,
        Column::Unit => card.unit,
    }
}

impl Changes {
    fn add(&mut self, card: &Card, before: Option<&[u8]>) {
        let (chunk, at) = column::place_of(card.serial);
        for column in Column::ALL {
            self.columns.entry((column as i64, chunk)).or_default().push((at, number(card, column)));
        }
        let now = terms::pack(&terms::facets_of(card), &words::words_of(card));
        if before == Some(now.as_slice()) {
            return;
        }
        let (block, place) = set::place_of(card.serial);
        let before = before.map(terms::unpack).unwrap_or_default();
        let after = terms::unpack(&now);
        for gone in before.iter().filter(|term| after.binary_search(term).is_err()) {
            self.terms.entry((block, gone.clone())).or_default().push((place, false));
        }
        for term in after {
            if before.binary_search(&term).is_err() {
                self.terms.entry((block, term)).or_default().push((place, true));
            }
        }
        self.orders.push((card.serial, now));
    }
}

/// The places of a block after a change; `None` where nothing changes.
fn changed(stored: &[u8], changes: &mut Vec<(u16, bool)>) -> Option<Vec<u16>> {
    let before = set::unpack(stored);
    changes.sort_unstable();
    let mut after = Vec::with_capacity(before.len() + changes.len());
    let mut known = before.iter().copied().peekable();
    for &(place, is_there) in changes.iter() {
        while let Some(earlier) = known.next_if(|known| *known < place) {
            after.push(earlier);
        }
        let _ = known.next_if_eq(&place);
        if is_there {
            after.push(place);
        }
    }
    after.extend(known);
    (after != before).then_some(after)
}

impl Store {
    /// How far the index of an account is.
    pub async fn board_reached(&self, account: AccountId) -> Answer<Sequence> {
        let row = self.db().point(HEAD, vec![account.0.into()]).await?;
        row.map_or(Ok(Sequence(0)), |row| Ok(Sequence(sequence_of(row.int(0)?))))
    }

    /// Brings the index of an account further, by at most so many entries of its journal. `Conflict` when another hub did at
    /// the same moment: then nothing was done.
    pub async fn index_board(&self, account: AccountId, most: usize) -> Answer<Indexed> {
        let (first, end) = (place_of(account, 0)?, place_of(account, 0)?.saturating_add(1 << 40));
        let known = self.db().point(HEAD, vec![account.0.into()]).await?.map(|row| row.int(0)).transpose()?;
        let from = known.unwrap_or(first);
        let params = vec![from.into(), end.into(), (most.max(1) as i64).into()];
        let entries = self.db().query(Weight::Page, NEXT.to_owned(), params).await?;
        let Some(to) = entries.last().map(|row| row.int(0)).transpose()? else { return Ok(Indexed::default()) };
        let mut serials = entries.iter().map(|row| row.int(1)).collect::<Answer<Vec<i64>>>()?;
        serials.sort_unstable();
        serials.dedup();
        let mut changes = self.board_changes(account, &serials).await?;
        let mut statements = vec![
            Stmt::new(BEGIN, [account.0.into(), first.into()]),
            Stmt::new(ADVANCE, [account.0.into(), from.into(), to.into()]),
        ];
        self.write_terms(account, &mut changes, &mut statements).await?;
        self.write_columns(account, &changes, &mut statements).await?;
        let orders = std::mem::take(&mut changes.orders);
        statements
            .extend(orders.into_iter().map(|(serial, terms)| Stmt::new(PUT_ORDER, [serial.into(), Val::Blob(terms)])));
        let rows = statements.len() - 2;
        self.db().execute(statements).await?;
        Ok(Indexed { orders: serials.len(), rows, is_behind: entries.len() >= most })
    }

    /// What these orders are now, against what the index says of them.
    async fn board_changes(&self, account: AccountId, serials: &[i64]) -> Answer<Changes> {
        let (mut known, mut now) = (FxHashMap::default(), Vec::with_capacity(serials.len()));
        for chunk in serials.chunks(CHUNK) {
            let mut params: Vec<Val> = chunk.iter().map(|serial| Val::Int(*serial)).collect();
            pad(&mut params);
            let list = placeholders(1, params.len());
            let sql = format!("SELECT serial, terms FROM board_order WHERE serial IN ({list})");
            for mut row in self.db().query(Weight::Page, sql, params.clone()).await? {
                known.insert(row.int(0)?, row.blob(1)?);
            }
            let list = placeholders(2, params.len());
            params.insert(0, account.0.into());
            let sql = format!(
                "SELECT o.version, o.document, o.extra FROM orders o WHERE +o.account = $1 AND o.serial IN ({list})"
            );
            now.extend(self.db().query(Weight::Page, sql, params).await?);
        }
        let compare = move || {
            let mut changes = Changes::default();
            for row in &mut now {
                let card = decode_card(row.int(0)?, &row.text(1)?, &row.text(2)?)?;
                changes.add(&card, known.get(&card.serial).map(Vec::as_slice));
            }
            Ok(changes)
        };
        tokio::task::spawn_blocking(compare)
            .await
            .map_err(|error| StoreError::Failed(format!("indexing broke off: {error}")))?
    }

    async fn write_terms(&self, account: AccountId, changes: &mut Changes, out: &mut Vec<Stmt>) -> Answer<()> {
        let mut blocks: BTreeMap<i64, Vec<(terms::Term, Vec<(u16, bool)>)>> = BTreeMap::new();
        for ((block, term), places) in changes.terms.drain() {
            blocks.entry(block).or_default().push((term, places));
        }
        for (block, mut terms) in blocks {
            terms.sort_unstable();
            for chunk in terms.chunks_mut(CHUNK) {
                let mut params: Vec<Val> = chunk.iter().map(|(term, _)| Val::Blob(term.clone())).collect();
                pad(&mut params);
                let list = placeholders(3, params.len());
                params.splice(0..0, [account.0.into(), block.into()]);
                let sql = format!(
                    "SELECT term, serials FROM board_term WHERE account = $1 AND block = $2 AND term IN ({list})"
                );
                let mut stored = FxHashMap::default();
                for mut row in self.db().query(Weight::Page, sql, params).await? {
                    stored.insert(row.blob(0)?, row.blob(1)?);
                }
                for (term, places) in chunk {
                    let before = stored.get(term).map_or(&[][..], Vec::as_slice);
                    let Some(after) = changed(before, places) else { continue };
                    let key = [account.0.into(), Val::Blob(std::mem::take(term)), block.into()];
                    out.push(match after.is_empty() {
                        true => Stmt::new(REMOVE_TERM, key),
                        false => {
                            let mut params = Vec::from(key);
                            params.push(Val::Blob(set::pack(&after)));
                            Stmt::new(PUT_TERM, params)
                        }
                    });
                }
            }
        }
        Ok(())
    }

    async fn write_columns(&self, account: AccountId, changes: &Changes, out: &mut Vec<Stmt>) -> Answer<()> {
        let mut chunks: Vec<i64> = changes.columns.keys().map(|(_, chunk)| *chunk).collect();
        chunks.sort_unstable();
        chunks.dedup();
        let mut stored: FxHashMap<(i64, i64), Numbers> = FxHashMap::default();
        for some in chunks.chunks(CHUNK) {
            let mut params: Vec<Val> = some.iter().map(|chunk| Val::Int(*chunk)).collect();
            pad(&mut params);
            let list = placeholders(2, params.len());
            params.insert(0, account.0.into());
            let kinds: Vec<String> = Column::ALL.iter().map(|column| (*column as i64).to_string()).collect();
            let sql = format!(
                "SELECT kind, chunk, numbers FROM board_column WHERE account = $1 AND kind IN ({}) AND chunk IN ({list})",
                kinds.join(",")
            );
            let read = |mut row: Row| Ok(((row.int(0)?, row.int(1)?), column::unpack(&row.blob(2)?)));
            let rows = self.db().query(Weight::Page, sql, params).await?;
            stored.extend(rows.into_iter().map(read).collect::<Answer<Vec<_>>>()?);
        }
        let mut keys: Vec<&(i64, i64)> = changes.columns.keys().collect();
        keys.sort_unstable();
        for key in keys {
            let before = stored.get(key).copied().unwrap_or([None; column::CHUNK as usize]);
            let mut after = before;
            for &(at, number) in changes.columns.get(key).into_iter().flatten() {
                if let Some(place) = after.get_mut(at) {
                    *place = number;
                }
            }
            if after == before {
                continue;
            }
            let named = [account.0.into(), key.0.into(), key.1.into()];
            out.push(match column::pack(&after) {
                None => Stmt::new(REMOVE_COLUMN, named),
                Some(packed) => {
                    let mut params = Vec::from(named);
                    params.push(Val::Blob(packed));
                    Stmt::new(PUT_COLUMN, params)
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn places_come_and_go(
            before in proptest::collection::btree_set(0..60_u16, 0..40),
            changes in proptest::collection::btree_map(0..60_u16, any::<bool>(), 0..40),
        ) {
            let mut expected: BTreeSet<u16> = before.clone();
            for (place, is_there) in &changes {
                if *is_there { expected.insert(*place); } else { expected.remove(place); }
            }
            let stored = set::pack(&before.iter().copied().collect::<Vec<_>>());
            let after = changed(&stored, &mut changes.into_iter().rev().collect());
            let expected: Vec<u16> = expected.into_iter().collect();
            prop_assert_eq!(after.is_none(), expected == before.into_iter().collect::<Vec<_>>());
            prop_assert!(after.is_none_or(|after| after == expected));
        }
    }
}
