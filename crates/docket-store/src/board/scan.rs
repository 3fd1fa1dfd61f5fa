//! Looking at one order after the other: what is done while there is no index, and what it must agree with.

use super::{BoardQuery, By, Counts, Listed, Part, Place, PointOf};
use crate::record::Card;
use crate::{Answer, Store, Visibility};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::OrderQuery;
use docket_core::order::State;

/// The most orders that are looked at.
const MOST: usize = 50_000;

impl Store {
    /// A page of the board.
    pub async fn board(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        part: Part,
        now: Timestamp,
    ) -> Answer<Listed> {
        let (mut found, _) = self.scan(account, seen, query, now).await?;
        let place = |card: &Card| Place {
            at_us: match part.by {
                By::Serial => None,
                By::Due => card.due,
                By::Updated => card.updated_at,
            }
            .map(Timestamp::as_microsecond),
            serial: card.serial,
        };
        found.sort_by_key(|card| key(part, place(card)));
        if let Some(after) = part.after {
            found.retain(|card| key(part, place(card)) > key(part, after));
        }
        let next = found.get(part.limit.wrapping_sub(1)).filter(|_| found.len() > part.limit).map(place);
        found.truncate(part.limit);
        Ok(Listed { cards: found, next })
    }

    /// How many there are in each state.
    pub async fn board_counts(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
    ) -> Answer<Counts> {
        let (found, is_exact) = self.scan(account, seen, query, now).await?;
        let count = |state: State| found.iter().filter(|card| card.state == Some(state)).count() as u64;
        Ok(Counts { states: State::ALL.iter().map(|&state| (state, count(state))).collect(), is_exact })
    }

    /// Where they are.
    pub async fn board_points(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
        limit: usize,
    ) -> Answer<(Vec<PointOf>, bool)> {
        let (found, is_exact) = self.scan(account, seen, query, now).await?;
        let mut points: Vec<PointOf> = found.iter().filter_map(|card| PointOf::of(card, now)).collect();
        let more = points.len() > limit || !is_exact;
        points.truncate(limit);
        Ok((points, more))
    }

    async fn scan(
        &self,
        account: AccountId,
        seen: Visibility,
        query: &BoardQuery,
        now: Timestamp,
    ) -> Answer<(Vec<Card>, bool)> {
        let mut wanted = OrderQuery { states: query.states, newest_first: true, ..OrderQuery::default() };
        let (mut found, mut looked_at) = (Vec::new(), 0);
        loop {
            let (cards, next) = self.page_cards(account, seen, &wanted).await?;
            looked_at += cards.len();
            found.extend(cards.into_iter().filter(|card| query.matches(account, card, now)));
            match next {
                None => return Ok((found, true)),
                Some(_) if looked_at >= MOST => return Ok((found, false)),
                Some(next) => wanted.after = Some(Serial(next.0)),
            }
        }
    }
}

fn key(part: Part, place: Place) -> (bool, i64, i64) {
    let sign = if part.is_down { -1 } else { 1 };
    match part.by {
        By::Serial => (false, 0, sign * place.serial),
        By::Due | By::Updated => (place.at_us.is_none(), sign * place.at_us.unwrap_or(0), sign * place.serial),
    }
}
