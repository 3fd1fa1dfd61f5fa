//! Looking for news: what is listed, what changed, what was called off, what was noted.

mod details;
mod import;
mod notes;
mod row;
mod update;

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
const IMPORTS: usize = 100;
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
    round.read_touched().await?;
    place.until = Some(now);
    if is_full {
        place.full_at = Some(now);
    }
    place.keep(client).await?;
    Ok(round.pulled())
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
                Row::Order(listed) => orders.push(listed),
                Row::Other => {}
            }
        }
        self.is_other |= self.flagged.0 || self.flagged.1 || orders.iter().any(|listed| listed.transaction.is_some());
        self.pulled.seen += orders.len();
        for listed in orders {
            self.take(&listed, since.is_none(), exchange).await?;
        }
        Ok(())
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

    /// Reads what belongs to orders that may have more of it than before.
    async fn read_touched(&mut self) -> Result<(), ConnectError> {
        let remote = self.client.remote;
        let looks = Look::all(remote).await?;
        let due = looks.iter().filter(|(_, look)| look.after <= remote.now).map(|(report, _)| *report);
        let mut touched = std::mem::take(&mut self.touched);
        touched.extend(due);
        for report in touched {
            let mut is_whole = true;
            if let Some(order) = known(self.client, report).await? {
                let _turn = remote.turn(order.serial).await;
                is_whole = details::read(self, order.id, order.serial, false).await?;
            }
            match (is_whole, looks.get(&report)) {
                (true, None) => {}
                (true, Some(_)) => Look::done(remote, report).await?,
                (false, look) => look.cloned().unwrap_or_default().later(remote, report).await?,
            }
        }
        Ok(())
    }
}

/// The data of an event about one order.
fn about(report: i64, more: &[(&str, Value)]) -> Members {
    let mut data = Map::new();
    data.insert("report_id".to_owned(), report.to_string().into());
    data.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    data
}
