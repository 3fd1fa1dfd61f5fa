//! Looking for news: what is listed, what changed, what was called off, what was noted.

mod details;
mod import;
mod notes;
mod row;
mod update;

use super::DOWN_AFTER;
use super::call::{Client, Failure, rows};
use super::place::{Look, Place, cancellations_since};
use super::push;
use crate::connect::{ConnectError, Pulled, REMOTE_KEY};
use crate::ppw::wire::Members;
use docket_core::Timestamp;
use docket_core::ids::{ExchangeId, Serial};
use docket_core::ledger::{Done, Target};
use docket_core::order::Order;
pub(super) use row::{Listed, Row, is_over};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many orders are taken over in one round.
const IMPORTS: usize = 50;
/// How many problems are told of one round.
const PROBLEMS_LIMIT: usize = 50;

/// A round.
struct Round<'a> {
    client: &'a Client<'a>,
    pulled: Pulled,
    /// How many more orders are taken over.
    room: usize,
    /// The source lists what is to be done, under transaction ids or with flags: it is not PPW.
    is_other: bool,
    /// It says that there are updates, and notes.
    flagged: (bool, bool),
    /// Orders that were created or changed here.
    changed: BTreeSet<Serial>,
    /// Orders that may have more than before.
    touched: BTreeSet<i64>,
}

/// One round of looking for news.
pub(super) async fn pull(client: &Client<'_>) -> Result<Pulled, ConnectError> {
    let now = client.remote.now;
    push::introduce(client).await?;
    let mut place = Place::of(client).await?;
    let mut round = Round {
        client,
        pulled: Pulled::default(),
        room: IMPORTS,
        is_other: false,
        flagged: (false, false),
        changed: BTreeSet::new(),
        touched: BTreeSet::new(),
    };
    let since = place.since();
    let is_full = place.is_full_due(now);
    if place.begun.is_none() {
        place.begun = Some(now);
        place.keep(client).await?;
    }
    if is_full {
        round.list(None).await?;
    }
    if since.is_some() {
        round.list(since).await?;
    }
    if round.pulled.more {
        return Ok(round.pulled());
    }
    round.changes(since, now).await?;
    if round.flagged.1 {
        notes::new(&mut round, since).await?;
    }
    let unread = round.read_touched().await?;
    place.until = Some(now);
    if is_full {
        place.full_at = Some(now);
    }
    place.keep(client).await?;
    unread.map_or_else(|| Ok(round.pulled()), Err)
}

/// The data of an event that asks for what changed since.
pub(super) fn asked(since: Option<Timestamp>) -> Members {
    let mut data = Map::new();
    if let Some(since) = since {
        data.insert("timestamp".to_owned(), since.as_second().to_string().into());
    }
    data
}

/// The order here that is known by its id there.
pub(super) async fn known(client: &Client<'_>, report: i64) -> Result<Option<Arc<Order>>, ConnectError> {
    let target = Target::Key { namespace: REMOTE_KEY.to_owned(), key: report.to_string() };
    Ok(client.remote.ledger.order(&client.remote.caller(), target).await?)
}

/// Orders that a bad line kept from being done: the others are, and what is missing is asked for again.
#[derive(Default)]
struct Missed {
    reports: BTreeSet<i64>,
    numbers: BTreeSet<String>,
    first: Option<ConnectError>,
    in_a_row: usize,
}

impl Missed {
    /// What came of an order; what makes no sense to go on after is an error at once.
    fn note<T>(&mut self, report: i64, came: Result<T, ConnectError>) -> Result<Option<T>, ConnectError> {
        match came {
            Ok(done) => {
                self.in_a_row = 0;
                Ok(Some(done))
            }
            Err(error @ ConnectError::Later { after: None, .. }) if self.in_a_row + 1 < DOWN_AFTER => {
                self.in_a_row += 1;
                self.reports.insert(report);
                self.first.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Round<'_> {
    fn note(&mut self, done: &Done) {
        if done.changed {
            self.changed.insert(done.order.serial);
        }
    }

    fn pulled(self) -> Pulled {
        Pulled { changed: self.changed.len(), ..self.pulled }
    }

    fn problem(&mut self, what: String) {
        if self.pulled.problems.len() < PROBLEMS_LIMIT && !self.pulled.problems.contains(&what) {
            self.pulled.problems.push(what);
        }
    }

    /// A no of the source to one event is told and no reason to stop; anything else is.
    fn tolerate<T>(&mut self, came: Result<T, Failure>) -> Result<Option<T>, ConnectError> {
        match came {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure { error, said_no: true }) => {
                self.problem(error.to_string());
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Lists orders, everything that is open or what changed since, and does what the listing says.
    async fn list(&mut self, since: Option<Timestamp>) -> Result<(), ConnectError> {
        const EVENT: &str = "get_all_orders";
        let answer = self.client.event(EVENT, &asked(since)).await?;
        let exchange = answer.exchange;
        let (listed, odd) = rows(EVENT, answer)?;
        if odd > 0 {
            self.problem(format!("{EVENT}: {odd} entries are no objects"));
        }
        let mut orders = Vec::with_capacity(listed.len());
        for members in &listed {
            match Row::read(members) {
                Row::Updates => self.flagged.0 = true,
                Row::Notes => self.flagged.1 = true,
                Row::Order(listed) => orders.push(*listed),
                Row::Other => {}
            }
        }
        self.is_other |= self.flagged.0 || self.flagged.1 || orders.iter().any(|listed| listed.transaction.is_some());
        self.pulled.seen += orders.len();
        let mut missed = Missed::default();
        for listed in orders {
            // What is told of one order is done in its order, and of two of one number the first is taken over.
            if missed.reports.contains(&listed.report) || missed.numbers.contains(&listed.number) {
                continue;
            }
            let came = self.take(&listed, since.is_none(), exchange).await;
            if missed.note(listed.report, came)?.is_none() {
                missed.numbers.insert(listed.number);
            }
        }
        missed.first.map_or(Ok(()), Err)
    }

    /// What changed about orders that are known, and what was called off, where the listing does not say it.
    async fn changes(&mut self, since: Option<Timestamp>, now: Timestamp) -> Result<(), ConnectError> {
        let is_asked = self.flagged.0 || (!self.is_other && since.is_some());
        if is_asked {
            const EVENT: &str = "get_all_updates";
            let answer = self.client.event(EVENT, &asked(since)).await;
            if let Some(answer) = self.tolerate(answer)? {
                let exchange = answer.exchange;
                self.each(rows(EVENT, answer)?, exchange).await?;
            }
        }
        if let (false, Some(since)) = (self.is_other, since) {
            const EVENT: &str = "get_cancel_orders";
            let since = cancellations_since(since, now);
            let answer = self.client.event(EVENT, &asked(Some(since))).await;
            if let Some(answer) = self.tolerate(answer)? {
                let exchange = answer.exchange;
                self.each(rows(EVENT, answer)?, exchange).await?;
            }
        }
        Ok(())
    }

    async fn each(&mut self, (listed, _): (Vec<Members>, usize), exchange: ExchangeId) -> Result<(), ConnectError> {
        for members in &listed {
            if let Row::Order(listed) = Row::read(members) {
                update::told(self, &listed, exchange).await?;
            }
        }
        Ok(())
    }

    /// Does what one entry of a listing says.
    async fn take(&mut self, listed: &Listed, is_full: bool, exchange: ExchangeId) -> Result<(), ConnectError> {
        let here = known(self.client, listed.report).await?;
        let Some(order) = here else {
            if is_over(&listed.word) {
                return update::told(self, listed, exchange).await;
            }
            import::new(self, listed).await?;
            let is_here = row::is_command(&listed.word) && known(self.client, listed.report).await?.is_some();
            return if is_here { update::told(self, listed, exchange).await } else { Ok(()) };
        };
        if import::finish(self, &order, listed).await? {
            // What is to be done besides is still to be done.
            return if row::is_command(&listed.word) { update::told(self, listed, exchange).await } else { Ok(()) };
        }
        if !is_full {
            self.touched.insert(listed.report);
        }
        // Once answered it is not listed again.
        if is_over(&listed.word) {
            Look::soon(self.client.remote, listed.report).await?;
        }
        update::told(self, listed, exchange).await
    }

    /// Reads what belongs to orders that may have more of it than before. What a bad line kept from being read is read
    /// with the next round; the error says why.
    async fn read_touched(&mut self) -> Result<Option<ConnectError>, ConnectError> {
        let remote = self.client.remote;
        let looks = Look::all(remote).await?;
        let due = looks.iter().filter(|(_, look)| look.after <= remote.now).map(|(report, _)| *report);
        let mut touched = std::mem::take(&mut self.touched);
        touched.extend(due);
        let mut missed = Missed::default();
        for report in touched {
            let came = self.look(report).await;
            match (missed.note(report, came)?, looks.get(&report)) {
                (Some(true), None) => {}
                (Some(true), Some(_)) => Look::done(remote, report).await?,
                (Some(false), look) => look.cloned().unwrap_or_default().later(remote, report).await?,
                (None, _) => Look::soon(remote, report).await?,
            }
        }
        Ok(missed.first)
    }

    /// Reads what belongs to an order; whether all could be had.
    async fn look(&mut self, report: i64) -> Result<bool, ConnectError> {
        let Some(order) = known(self.client, report).await? else { return Ok(true) };
        let _turn = self.client.remote.turn(order.serial).await;
        details::read(self, order.serial, false).await
    }
}

/// The data of an event about one order.
fn about(report: i64, more: &[(&str, Value)]) -> Members {
    let mut data = Map::new();
    data.insert("report_id".to_owned(), report.to_string().into());
    data.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    data
}
