//! Asking the index: each condition is a set of serials, and what is asked for is what they have in common.
//!
//! All sets of a question are read by one statement, so that they are of one moment. Moments are compared along their
//! columns, for what is left by then.

use super::column::{self, Column};
use super::set::{Rising, Set};
use super::terms::{self, Term};
use super::{BoardQuery, By, Counts, DEGREE, Listed, OnIt, Part, Place, PointOf, Span};
use crate::db::{Weight, pad, placeholders};
use crate::keys::number_hash;
use crate::value::Val;
use crate::{Answer, Store, StoreError, Visibility};
use docket_core::Timestamp;
use docket_core::ids::AccountId;
use docket_core::order::State;
use std::collections::{BTreeMap, BinaryHeap};

/// The most rows that one word is looked for in. Words that begin alike share theirs, so this is far away.
const ROWS_OF_A_WORD: usize = 60_000;
/// Up to so many chunks of a column are asked for by name.
const FEW_CHUNKS: usize = 256;
/// Serials are below 2^53.
const DIGITS: u32 = 16;

const WITH_NUMBER: &str = "SELECT o.serial FROM orders o WHERE +o.account = $1 AND o.number = $2 \
     AND o.serial IN (SELECT k.serial FROM key_index k WHERE k.hash = $3)";
const AT_SITE: &str = "SELECT o.serial FROM orders o WHERE o.account = $1 \
     AND o.site = (SELECT s.no FROM site s WHERE s.account = $1 AND s.id = $2)";

/// One condition, in sets that were read.
enum Need {
    /// In one of these.
    Any(Vec<usize>),
    /// In none of these.
    No(usize),
    /// A word: as a whole, or in all its parts, or as the beginning of a serial.
    Word { whole: usize, parts: Vec<usize>, serials: Vec<(i64, i64)> },
}

/// What is read for a question.
#[derive(Default)]
struct Plan {
    ranges: Vec<(Term, Term, bool)>,
    states: Vec<(State, usize)>,
    late: Option<usize>,
    needs: Vec<Need>,
}

impl Plan {
    fn range(&mut self, (from, to): (Term, Term), is_bounded: bool) -> usize {
        self.ranges.push((from, to, is_bounded));
        self.ranges.len() - 1
    }

    fn term(&mut self, term: Term) -> usize {
        self.range(terms::alone(term), false)
    }

    fn flag(&mut self, wanted: Option<bool>, term: Term) {
        let Some(wanted) = wanted else { return };
        let at = self.term(term);
        self.needs.push(if wanted { Need::Any(vec![at]) } else { Need::No(at) });
    }

    fn of(seen: Visibility, query: &BoardQuery, with_late: bool) -> Plan {
        let mut plan = Plan::default();
        for state in query.states.states() {
            let at = plan.term(terms::state(state));
            plan.states.push((state, at));
        }
        if with_late || query.late.is_some() {
            plan.late = Some(plan.term(terms::late()));
        }
        let any = |plan: &mut Plan, terms: Vec<Term>| {
            let ranges = terms.into_iter().map(|term| plan.term(term)).collect();
            plan.needs.push(Need::Any(ranges));
        };
        if let Some(terms) = terms::seen_by(seen) {
            any(&mut plan, terms);
        }
        if let Some(services) = &query.services {
            any(&mut plan, services.iter().map(|service| terms::service(service)).collect());
        }
        if let Some(dialect) = &query.dialect {
            any(&mut plan, vec![terms::dialect(dialect)]);
        }
        if let Some(connection) = query.connection {
            any(&mut plan, vec![terms::came_through(connection)]);
        }
        for tag in &query.tags {
            any(&mut plan, vec![terms::tag(tag)]);
        }
        match query.unit {
            None => {}
            Some(OnIt::Unit(unit)) => any(&mut plan, vec![terms::unit(unit.0)]),
            Some(OnIt::Somebody) => plan.flag(Some(true), terms::any_unit()),
            Some(OnIt::Nobody) => plan.flag(Some(false), terms::any_unit()),
        }
        plan.flag(query.rush, terms::rush());
        plan.flag(query.rework, terms::rework());
        for word in &query.words {
            let whole = plan.range(terms::beginning(&word.whole), true);
            let parts = word.parts.iter().map(|part| plan.range(terms::beginning(part), true)).collect();
            let serials = word.digits().map(serials_that_begin).unwrap_or_default();
            plan.needs.push(Need::Word { whole, parts, serials });
        }
        plan
    }

    fn sql(&self) -> String {
        let arm = |(at, (_, _, is_bounded)): (usize, &(Term, Term, bool))| {
            let (from, to) = (2 + at * 2, 3 + at * 2);
            let arm = format!(
                "SELECT CAST({at} AS BIGINT) AS range_no, t.block, t.serials FROM board_term t \
                 WHERE t.account = $1 AND t.term >= ${from} AND t.term < ${to}"
            );
            match is_bounded {
                true => format!("SELECT * FROM ({arm} LIMIT {}) r{at}", ROWS_OF_A_WORD + 1),
                false => arm,
            }
        };
        self.ranges.iter().enumerate().map(arm).collect::<Vec<_>>().join(" UNION ALL ")
    }
}

/// The serials whose digits begin so, as ranges.
fn serials_that_begin(digits: &str) -> Vec<(i64, i64)> {
    let Ok(first) = digits.parse::<i64>() else { return Vec::new() };
    let length = u32::try_from(digits.len()).unwrap_or(DIGITS);
    (0..=DIGITS.saturating_sub(length))
        .map(|more| (first * 10_i64.pow(more), (first + 1) * 10_i64.pow(more) - 1))
        .collect()
}

/// What was found.
struct Found {
    states: Vec<(State, Set)>,
    all: Set,
    /// Completed late, where that was asked for.
    late: Set,
    /// Nothing was left out.
    is_whole: bool,
}

impl Found {
    fn empty() -> Found {
        Found { states: Vec::new(), all: Set::default(), late: Set::default(), is_whole: true }
    }

    /// Those that are open.
    fn open(&self) -> Set {
        let mut open = Set::default();
        self.states.iter().filter(|(state, _)| state.is_open()).for_each(|(_, set)| open.add(set));
        open.keep(&self.all);
        open
    }
}

/// Puts what was read together.
fn combine(plan: Plan, rows: Vec<crate::value::Row>) -> Answer<Found> {
    let mut sets: Vec<Set> = plan.ranges.iter().map(|_| Set::default()).collect();
    let mut counts = vec![0_usize; plan.ranges.len()];
    for mut row in rows {
        let at = usize::try_from(row.int(0)?).unwrap_or(usize::MAX);
        let (block, serials) = (row.int(1)?, row.blob(2)?);
        if let (Some(set), Some(count)) = (sets.get_mut(at), counts.get_mut(at)) {
            set.add_packed(block, &serials);
            *count += 1;
        }
    }
    let bounded = plan.ranges.iter().zip(&counts).filter(|((_, _, is_bounded), _)| *is_bounded);
    let is_whole = bounded.map(|(_, count)| *count).all(|count| count <= ROWS_OF_A_WORD);
    let take = |sets: &mut Vec<Set>, at: usize| sets.get_mut(at).map(std::mem::take).unwrap_or_default();
    let late = plan.late.map(|at| take(&mut sets, at)).unwrap_or_default();
    let states: Vec<(State, Set)> = plan.states.iter().map(|(state, at)| (*state, take(&mut sets, *at))).collect();
    let mut all = Set::default();
    states.iter().for_each(|(_, set)| all.add(set));
    for need in plan.needs {
        match need {
            Need::Any(ranges) => {
                let mut any = Set::default();
                ranges.into_iter().filter_map(|at| sets.get(at)).for_each(|set| any.add(set));
                all.keep(&any);
            }
            Need::No(at) => sets.get(at).into_iter().for_each(|set| all.take(set)),
            Need::Word { whole, parts, serials } => {
                let mut any = take(&mut sets, whole);
                let mut parts = parts.into_iter().map(|at| take(&mut sets, at));
                if let Some(mut every) = parts.next() {
                    parts.for_each(|part| every.keep(&part));
                    any.add(&every);
                }
                any.add(&all.within(&serials));
                all.keep(&any);
            }
        }
    }
    Ok(Found { states, all, late, is_whole })
}

/// A column, for some serials.
struct Numbers {
    chunks: BTreeMap<i64, Vec<u8>>,
}

impl Numbers {
    /// Calls for each of these serials with its number.
    fn each(&self, serials: impl Iterator<Item = i64>, mut call: impl FnMut(i64, Option<i64>)) {
        let mut open: Option<(i64, column::Numbers)> = None;
        for serial in serials {
            let (chunk, at) = column::place_of(serial);
            let numbers = match &open {
                Some((known, numbers)) if *known == chunk => numbers,
                _ => {
                    let none = [None; column::CHUNK as usize];
                    let numbers = self.chunks.get(&chunk).map_or(none, |bytes| column::unpack(bytes));
                    &open.insert((chunk, numbers)).1
                }
            };
            call(serial, numbers.get(at).copied().flatten());
        }
    }

    /// Those of a set whose number is as wanted.
    fn pick(&self, set: &Set, wanted: impl Fn(Option<i64>) -> bool) -> Set {
        let mut picked = Rising::new();
        self.each(set.iter(), |serial, number| {
            if wanted(number) {
                picked.push(serial);
            }
        });
        picked.done()
    }
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_microsecond)
}

fn is_in(span: Span, at: Option<i64>) -> bool {
    at.is_some_and(|at| {
        micros(span.from).is_none_or(|from| at >= from) && micros(span.until).is_none_or(|until| at < until)
    })
}

/// Calculates off the threads that serve requests.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StoreError::Failed(format!("searching broke off: {error}")))
}

impl Store {
    /// A page of the board, as far as the index is.
    pub async fn board(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        part: Part,
        now: Timestamp,
    ) -> Answer<Listed> {
        let found = self.found(account, seen, query, now, false).await?;
        let (places, more) = match part.by {
            By::Serial => off(move || along_serials(&found.all, part)).await?,
            By::Due => self.sorted(account, found.all, Column::Due, part).await?,
            By::Updated => self.sorted(account, found.all, Column::Updated, part).await?,
        };
        let serials: Vec<i64> = places.iter().map(|place| place.serial).collect();
        let mut cards = self.cards(account, &serials).await?;
        // Whoever moved on between both looks is not shown where it was.
        cards.retain(|card| card.state.is_some_and(|state| query.states.contains(state)));
        Ok(Listed { cards, next: places.last().copied().filter(|_| more) })
    }

    /// How many there are in each state, as far as the index is.
    pub async fn board_counts(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
    ) -> Answer<Counts> {
        let found = self.found(account, seen, query, now, false).await?;
        off(move || {
            let count = |state: &State| {
                let set = found.states.iter().find(|(known, _)| known == state);
                (*state, set.map_or(0, |(_, set)| set.count_in(&found.all)))
            };
            Counts { states: State::ALL.iter().map(count).collect(), is_exact: found.is_whole }
        })
        .await
    }

    /// Where they are, the newest first, and whether there are more.
    pub async fn board_points(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
        limit: usize,
    ) -> Answer<(Vec<PointOf>, bool)> {
        let found = self.found(account, seen, query, now, true).await?;
        let late = self.late(account, &found, now).await?;
        let mut columns = Vec::new();
        for column in [Column::Latitude, Column::Longitude, Column::Radius, Column::Unit] {
            columns.push(self.numbers(account, column, &found.all).await?);
        }
        off(move || points(&found, &late, &columns, limit)).await
    }

    /// Reads what a question needs, and puts it together.
    async fn found(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
        with_late: bool,
    ) -> Answer<Found> {
        let plan = Plan::of(seen, query, with_late);
        if plan.states.is_empty() {
            return Ok(Found::empty());
        }
        let sql = plan.sql();
        let mut params: Vec<Val> = vec![account.0.into()];
        params.extend(plan.ranges.iter().flat_map(|(from, to, _)| [from, to]).map(|term| Val::Blob(term.clone())));
        let rows = self.db().query(Weight::Page, sql, params).await?;
        let mut found = off(move || combine(plan, rows)).await??;
        if let Some(number) = &query.number {
            let params = vec![account.0.into(), Val::kept(number), number_hash(account, number).into()];
            found.all.keep(&self.serials(WITH_NUMBER, params).await?);
        }
        if let Some(site) = query.site {
            found.all.keep(&self.serials(AT_SITE, vec![account.0.into(), site.0.into()]).await?);
        }
        if let Some(serials) = &query.serials {
            found.all.keep(&Set::of(serials.iter().copied()));
        }
        if let Some(has_due) = query.has_due {
            let numbers = self.numbers(account, Column::Due, &found.all).await?;
            found = off(move || {
                found.all = numbers.pick(&found.all, |at| at.is_some() == has_due);
                found
            })
            .await?;
        }
        let spans = [(query.due, Column::Due), (query.created, Column::Created), (query.updated, Column::Updated)];
        for (span, column) in spans.into_iter().filter(|(span, _)| !span.is_open()) {
            let numbers = self.numbers(account, column, &found.all).await?;
            found = off(move || {
                found.all = numbers.pick(&found.all, |at| is_in(span, at));
                found
            })
            .await?;
        }
        if let Some(wanted) = query.late {
            let late = self.late(account, &found, now).await?;
            match wanted {
                true => found.all.keep(&late),
                false => found.all.take(&late),
            }
        }
        Ok(found)
    }

    /// Those found that were late, or are by now.
    async fn late(&self, account: AccountId, found: &Found, now: Timestamp) -> Answer<Set> {
        let open = found.open();
        let deadlines = self.numbers(account, Column::Deadline, &open).await?;
        let now = now.as_microsecond();
        let mut late = off(move || deadlines.pick(&open, |at| at.is_some_and(|at| at < now))).await?;
        late.add(&found.late);
        Ok(late)
    }

    async fn serials(&self, sql: &str, params: Vec<Val>) -> Answer<Set> {
        let rows = self.db().query(Weight::Page, sql.to_owned(), params).await?;
        Ok(Set::of(rows.iter().map(|row| row.int(0)).collect::<Answer<Vec<i64>>>()?))
    }

    /// The numbers of a column for a set.
    async fn numbers(&self, account: AccountId, column: Column, set: &Set) -> Answer<Numbers> {
        let chunks = set.chunks(column::CHUNK);
        let (Some(&first), Some(&last)) = (chunks.first(), chunks.last()) else {
            return Ok(Numbers { chunks: BTreeMap::new() });
        };
        let mut params: Vec<Val> = vec![account.0.into(), (column as i64).into()];
        let which = match chunks.len() <= FEW_CHUNKS {
            true => {
                let mut named: Vec<Val> = chunks.into_iter().map(Val::Int).collect();
                pad(&mut named);
                let list = placeholders(3, named.len());
                params.extend(named);
                format!("IN ({list})")
            }
            false => {
                params.extend([Val::Int(first), Val::Int(last)]);
                "BETWEEN $3 AND $4".to_owned()
            }
        };
        let sql = format!("SELECT chunk, numbers FROM board_column WHERE account = $1 AND kind = $2 AND chunk {which}");
        let rows = self.db().query(Weight::Page, sql, params).await?;
        let chunks = rows.into_iter().map(|mut row| Ok((row.int(0)?, row.blob(1)?))).collect::<Answer<_>>()?;
        Ok(Numbers { chunks })
    }

    async fn sorted(&self, account: AccountId, all: Set, by: Column, part: Part) -> Answer<(Vec<Place>, bool)> {
        let numbers = self.numbers(account, by, &all).await?;
        off(move || {
            // The first places, with the last of them on top.
            let mut first: BinaryHeap<(bool, i64, i64)> = BinaryHeap::with_capacity(part.limit + 2);
            let after = part.after.map(|place| key(part, place));
            numbers.each(all.iter(), |serial, at_us| {
                let key = key(part, Place { at_us, serial });
                let is_behind = after.is_none_or(|after| key > after);
                if is_behind && (first.len() <= part.limit || first.peek().is_some_and(|last| key < *last)) {
                    first.push(key);
                    if first.len() > part.limit + 1 {
                        first.pop();
                    }
                }
            });
            let more = first.len() > part.limit;
            let mut keys = first.into_sorted_vec();
            keys.truncate(part.limit);
            (keys.into_iter().map(|key| unkey(part, key)).collect(), more)
        })
        .await
    }
}

fn sign(part: Part) -> i64 {
    if part.is_down { -1 } else { 1 }
}

/// What places are compared by: those without a moment come last.
fn key(part: Part, place: Place) -> (bool, i64, i64) {
    (place.at_us.is_none(), sign(part) * place.at_us.unwrap_or(0), sign(part) * place.serial)
}

fn unkey(part: Part, (is_none, at, serial): (bool, i64, i64)) -> Place {
    Place { at_us: (!is_none).then_some(sign(part) * at), serial: sign(part) * serial }
}

fn along_serials(all: &Set, part: Part) -> (Vec<Place>, bool) {
    let after = part.after.map(|place| place.serial);
    let place = |serial| Place { at_us: None, serial };
    let mut places: Vec<Place> = match part.is_down {
        false => all
            .iter()
            .filter(|serial| after.is_none_or(|after| *serial > after))
            .take(part.limit + 1)
            .map(place)
            .collect(),
        true => {
            let down = all.iter().rev().filter(|serial| after.is_none_or(|after| *serial < after));
            down.take(part.limit + 1).map(place).collect()
        }
    };
    let more = places.len() > part.limit;
    places.truncate(part.limit);
    (places, more)
}

fn points(found: &Found, late: &Set, columns: &[Numbers], limit: usize) -> (Vec<PointOf>, bool) {
    let read = |at: usize, serials: &[i64]| {
        let mut numbers = Vec::with_capacity(serials.len());
        if let Some(column) = columns.get(at) {
            column.each(serials.iter().copied(), |_, number| numbers.push(number));
        }
        numbers
    };
    let serials: Vec<i64> = found.all.iter().rev().collect();
    let (latitudes, longitudes) = (read(0, &serials), read(1, &serials));
    let mut placed: Vec<(i64, f64, f64)> = serials
        .iter()
        .zip(latitudes.into_iter().zip(longitudes))
        .filter_map(|(serial, (latitude, longitude))| {
            Some((*serial, latitude? as f64 / DEGREE, longitude? as f64 / DEGREE))
        })
        .take(limit + 1)
        .collect();
    let more = placed.len() > limit || !found.is_whole;
    placed.truncate(limit);
    let serials: Vec<i64> = placed.iter().map(|(serial, _, _)| *serial).collect();
    let (radii, units) = (read(2, &serials), read(3, &serials));
    let state_of = |serial| found.states.iter().find(|(_, set)| set.contains(serial)).map(|(state, _)| *state);
    let mut points = Vec::with_capacity(placed.len());
    for ((serial, latitude, longitude), (radius_m, unit)) in placed.into_iter().zip(radii.into_iter().zip(units)) {
        let Some(state) = state_of(serial) else { continue };
        points.push(PointOf { serial, latitude, longitude, state, unit, radius_m, is_late: late.contains(serial) });
    }
    (points, more)
}

#[cfg(test)]
mod tests {
    use super::serials_that_begin;

    #[test]
    fn serials_begin_with_digits() {
        let ranges = serials_that_begin("12");
        let begins = |serial: i64| ranges.iter().any(|(first, last)| (*first..=*last).contains(&serial));
        for serial in [1, 12, 13, 119, 120, 129, 130, 1_200, 12_345_678, 1_299_999_999_999_999, 112] {
            assert_eq!(begins(serial), serial.to_string().starts_with("12"), "{serial}");
        }
        assert_eq!(serials_that_begin("9007199254740991"), [(9_007_199_254_740_991, 9_007_199_254_740_991)]);
    }
}
