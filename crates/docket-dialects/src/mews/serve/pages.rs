//! Looking through the ledger's orders and customers page by page, with a bound on how far.

use super::Session;
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use docket_core::Timestamp;
use docket_core::catalogue::Customer;
use docket_core::ids::Uuid;
use docket_core::ledger::{CustomerQuery, OrderQuery, StateSet};
use docket_core::order::{Order, State};
use std::sync::Arc;

/// How many pages of the ledger one request may look through.
const MAX_PAGES: usize = 250;
/// The least that is read at once where not every order read is one that was asked for; four times that the next time,
/// and so on.
const MIN_PAGE: usize = 100;

/// Deleted orders are shown too, as canceled ones.
pub(super) fn everything() -> StateSet {
    StateSet::of(State::ALL.iter().copied())
}

/// The pages of a listing, one after the other.
pub(super) struct Pages {
    query: OrderQuery,
    count: usize,
    is_exact: bool,
    turn: usize,
    is_over: bool,
}

/// The pages of a listing of which so many orders are wanted. `is_exact` says that every order read will be one of
/// those, but for rare exceptions.
pub(super) fn in_turn(query: OrderQuery, count: usize, is_exact: bool) -> Pages {
    Pages { query, count, is_exact, turn: 0, is_over: false }
}

impl Pages {
    /// The next page; `None` behind the last.
    pub(super) async fn next(
        &mut self,
        cx: ServeContext<'_>,
        session: &Session,
    ) -> Result<Option<Vec<Arc<Order>>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        if self.turn == MAX_PAGES {
            return Err(Error::TooHeavy);
        }
        self.query.limit = self.count;
        if self.turn > 0 || !self.is_exact {
            let least = MIN_PAGE << (2 * self.turn.min(2));
            self.query.limit = self.count.max(least).min(OrderQuery::LIMIT);
        }
        self.turn += 1;
        let page = cx.ledger.orders(&session.caller, self.query.clone()).await?;
        match page.next {
            Some(next) => self.query.after = Some(next),
            None => self.is_over = true,
        }
        Ok(Some(page.orders))
    }
}

/// A page of customers or companies, filled from as many of the ledger's as it takes.
pub(super) struct OnePage {
    query: CustomerQuery,
    count: usize,
    extra: Option<Customer>,
}

impl OnePage {
    /// Of those that this query asks for.
    pub(super) fn of(query: CustomerQuery, count: usize) -> OnePage {
        OnePage { query, count, extra: None }
    }

    /// Starts behind one.
    pub(super) fn start_behind(&mut self, customer: &Customer) {
        self.query.after = Some((customer.created_at, customer.id));
    }

    /// Whether one stands behind where the page starts.
    pub(super) fn is_behind(&self, customer: &Customer) -> bool {
        self.query.after.is_none_or(|after| place_of(customer) < place(after))
    }

    /// Includes one that the ledger may not have, where it belongs.
    pub(super) fn include(&mut self, customer: Customer) {
        self.extra = Some(customer);
    }

    /// Fills the page.
    pub(super) async fn fill(
        mut self,
        cx: ServeContext<'_>,
        session: &Session,
        admits: impl Fn(&Customer) -> bool,
    ) -> Result<Vec<Customer>, Error> {
        let mut found: Vec<Customer> = Vec::new();
        let mut extra = self.extra.take().filter(|extra| admits(extra));
        for turn in 0..MAX_PAGES {
            self.query.limit = self.count.max(MIN_PAGE << (2 * turn.min(2))).min(OrderQuery::LIMIT);
            let page = cx.ledger.customers(&session.caller, self.query.clone()).await?;
            let is_last = page.len() < self.query.limit;
            self.query.after = page.last().map(|last| (last.created_at, last.id)).or(self.query.after);
            for customer in page {
                match &extra {
                    // The ledger has it after all.
                    Some(known) if known.id == customer.id => extra = None,
                    Some(known) if place_of(&customer) < place_of(known) => found.extend(extra.take()),
                    _ => {}
                }
                if admits(&customer) {
                    found.push(customer);
                }
            }
            if is_last {
                found.extend(extra.take());
            }
            if is_last || found.len() >= self.count {
                found.truncate(self.count);
                return Ok(found);
            }
        }
        Err(Error::TooHeavy)
    }
}

fn place((at, id): (Timestamp, Uuid)) -> (i64, Uuid) {
    (at.as_microsecond(), id)
}

fn place_of(customer: &Customer) -> (i64, Uuid) {
    place((customer.created_at, customer.id))
}
