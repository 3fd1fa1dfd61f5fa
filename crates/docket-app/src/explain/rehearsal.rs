//! A ledger on which everything can be tried and nothing happens.
//!
//! Reads go to the hub; what would be written is planned as ever, remembered instead of written, and seen by the reads
//! and submissions of the same rehearsal that come after. A listing shows an order that would be changed as it would be,
//! but not one that would be new.

use crate::hub::Hub;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site, Unit};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{
    Claim, Counter, CustomerQuery, Fetched, FileLink, Grant, Holder, Ledger, OrderQuery, Outcome, Page, Reply,
    SiteQuery, Submission, Target,
};
use docket_core::order::{Entry, Order, Rejection, State};
use docket_core::plan::{Planned, key_of};
use docket_core::track::{Report, ReportQuery};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one submission would come to.
pub(super) struct Rehearsed {
    pub(super) planned: Planned,
    pub(super) records: usize,
    pub(super) mails: usize,
}

#[derive(Default)]
struct Ahead {
    caller: Option<Caller>,
    submissions: Vec<Rehearsed>,
    orders: BTreeMap<Serial, Arc<Order>>,
    records: BTreeMap<(Holder, String, String), Option<String>>,
    blobs: BTreeMap<String, Bytes>,
    /// What would be done besides, for people.
    besides: Vec<String>,
}

/// The hub, rehearsing.
pub(super) struct Rehearsal<'h> {
    hub: &'h Hub,
    ahead: Mutex<Ahead>,
}

/// What a rehearsal came to.
pub(super) struct Outcomes {
    pub(super) caller: Option<Caller>,
    pub(super) submissions: Vec<Rehearsed>,
    pub(super) besides: Vec<String>,
}

impl<'h> Rehearsal<'h> {
    pub(super) fn of(hub: &'h Hub) -> Rehearsal<'h> {
        Rehearsal { hub, ahead: Mutex::default() }
    }

    pub(super) fn end(self) -> Outcomes {
        let Ahead { caller, submissions, besides, .. } = self.ahead.into_inner();
        Outcomes { caller, submissions, besides }
    }

    fn besides(&self, what: String) {
        self.ahead.lock().besides.push(what);
    }

    fn seen_by(&self, caller: &Caller) {
        self.ahead.lock().caller.get_or_insert_with(|| caller.clone());
    }

    /// An order as it would be by now, if it was touched.
    fn as_it_would_be(&self, caller: &Caller, target: &Target) -> Option<Arc<Order>> {
        let ahead = self.ahead.lock();
        let orders = ahead.orders.values();
        let found = match target {
            Target::New => None,
            Target::Serial(serial) => ahead.orders.get(serial),
            Target::Id(id) => orders.into_iter().find(|order| order.id == *id),
            Target::Key { .. } | Target::KeyOf { .. } => {
                let (connection, namespace, key) = key_of(caller, target)?;
                orders.into_iter().filter(|order| order.state != State::Deleted).find(|order| {
                    let mut keys = order.keys.iter();
                    keys.any(|known| known.connection == connection && known.namespace == namespace && known.key == key)
                })
            }
        };
        found.filter(|order| caller.sees(order)).cloned()
    }

    /// Whether records are as expected and counts within their limits.
    async fn hindrance(&self, submission: &Submission) -> Result<Option<Outcome>, docket_core::ledger::Fault> {
        for record in &submission.records {
            let Some(expected) = &record.expected else { continue };
            if self.record(record.holder, &record.namespace, &record.key).await? != *expected {
                return Ok(Some(Outcome::Outdated));
            }
        }
        for counter in &submission.counters {
            let kept = self.record(counter.holder, &counter.namespace, &counter.key).await?;
            let before = kept.and_then(|text| text.parse().ok()).unwrap_or(0);
            if counter.count(before).is_none() {
                return Ok(Some(Outcome::Rejected(Rejection::Limit { limit: Counter::LIMIT })));
            }
        }
        Ok(None)
    }

    async fn try_out(
        &self,
        caller: &Caller,
        submission: Submission,
    ) -> Result<Vec<Outcome>, docket_core::ledger::Fault> {
        self.seen_by(caller);
        let ahead: Vec<Arc<Order>> = self.ahead.lock().orders.values().cloned().collect();
        let mut planned = self.hub.rehearse(caller, &submission, &ahead).await?;
        let (mut records, mut mails) = (submission.records.len(), submission.mails.len());
        if let Some(hindrance) = self.hindrance(&submission).await? {
            planned.writes.clear();
            planned.outcomes.fill(hindrance);
            (records, mails) = (0, 0);
        }
        let withdrawn = submission.atomic
            && planned.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_) | Outcome::Outdated));
        if withdrawn {
            (records, mails) = (0, 0);
        }
        let outcomes = planned.outcomes.clone();
        let mut ahead = self.ahead.lock();
        for write in &planned.writes {
            ahead.orders.insert(write.order.serial, Arc::clone(&write.order));
        }
        if records > 0 {
            let kept = submission.records.into_iter();
            ahead.records.extend(kept.map(|record| ((record.holder, record.namespace, record.key), record.value)));
        }
        ahead.submissions.push(Rehearsed { planned, records, mails });
        Ok(outcomes)
    }
}

impl Ledger for Rehearsal<'_> {
    fn authenticate<'a>(&'a self, dialect: &'a str, claims: &'a [Claim<'a>]) -> Reply<'a, Option<Caller>> {
        Box::pin(async move {
            let found = self.hub.authenticate(dialect, claims).await?;
            if let Some(caller) = &found {
                self.seen_by(caller);
            }
            Ok(found)
        })
    }

    fn submit<'a>(&'a self, caller: &'a Caller, submission: Submission) -> Reply<'a, Vec<Outcome>> {
        Box::pin(self.try_out(caller, submission))
    }

    fn order<'a>(&'a self, caller: &'a Caller, target: Target) -> Reply<'a, Option<Arc<Order>>> {
        Box::pin(async move {
            self.seen_by(caller);
            if let Some(order) = self.as_it_would_be(caller, &target) {
                return Ok(Some(order).filter(|order| order.state != State::Deleted));
            }
            self.hub.order(caller, target).await
        })
    }

    fn orders<'a>(&'a self, caller: &'a Caller, query: OrderQuery) -> Reply<'a, Page> {
        Box::pin(async move {
            self.seen_by(caller);
            let mut page = self.hub.orders(caller, query.clone()).await?;
            let ahead = self.ahead.lock();
            for order in &mut page.orders {
                if let Some(would_be) = ahead.orders.get(&order.serial) {
                    *order = Arc::clone(would_be);
                }
            }
            page.orders.retain(|order| query.matches(order));
            Ok(page)
        })
    }

    fn history<'a>(&'a self, caller: &'a Caller, serial: Serial) -> Reply<'a, Vec<Arc<Entry>>> {
        self.hub.history(caller, serial)
    }

    fn journal<'a>(&'a self, account: AccountId, after: Sequence, limit: usize) -> Reply<'a, Vec<Arc<Entry>>> {
        Ledger::journal(self.hub, account, after, limit)
    }

    fn head(&self, account: AccountId) -> Reply<'_, Sequence> {
        self.hub.head(account)
    }

    fn services<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Service>>> {
        self.hub.services(caller)
    }

    fn units<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Unit>>> {
        self.hub.units(caller)
    }

    fn sites<'a>(&'a self, caller: &'a Caller, query: SiteQuery) -> Reply<'a, Vec<Site>> {
        self.hub.sites(caller, query)
    }

    fn site<'a>(&'a self, caller: &'a Caller, id: SiteId) -> Reply<'a, Option<Site>> {
        self.hub.site(caller, id)
    }

    fn customer<'a>(&'a self, caller: &'a Caller, id: Uuid) -> Reply<'a, Option<Customer>> {
        self.hub.customer(caller, id)
    }

    fn customers<'a>(&'a self, caller: &'a Caller, query: CustomerQuery) -> Reply<'a, Vec<Customer>> {
        self.hub.customers(caller, query)
    }

    fn put_customer<'a>(&'a self, _caller: &'a Caller, customer: Customer) -> Reply<'a, ()> {
        self.besides(format!("customer {} would be kept", customer.name));
        Box::pin(std::future::ready(Ok(())))
    }

    fn connection<'a>(&'a self, caller: &'a Caller, id: ConnectionId) -> Reply<'a, Option<Arc<Connection>>> {
        Ledger::connection(self.hub, caller, id)
    }

    fn record<'a>(&'a self, holder: Holder, namespace: &'a str, key: &'a str) -> Reply<'a, Option<String>> {
        let would_be = self.ahead.lock().records.get(&(holder, namespace.to_owned(), key.to_owned())).cloned();
        match would_be {
            Some(value) => Box::pin(std::future::ready(Ok(value))),
            None => self.hub.record(holder, namespace, key),
        }
    }

    fn records<'a>(&'a self, holder: Holder, namespace: &'a str) -> Reply<'a, Vec<(String, String)>> {
        Box::pin(async move {
            let kept = self.hub.records(holder, namespace).await?;
            let mut all: BTreeMap<String, Option<String>> =
                kept.into_iter().map(|(key, value)| (key, Some(value))).collect();
            let ahead = self.ahead.lock();
            let ours = ahead.records.iter().filter(|((of, kind, _), _)| *of == holder && kind == namespace);
            all.extend(ours.map(|((_, _, key), value)| (key.clone(), value.clone())));
            Ok(all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
        })
    }

    fn blob<'a>(&'a self, address: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        let would_be = self.ahead.lock().blobs.get(address).map(|bytes| bytes.to_vec());
        match would_be {
            Some(bytes) => Box::pin(std::future::ready(Ok(Some(bytes)))),
            None => self.hub.blob(address),
        }
    }

    fn put_unit<'a>(&'a self, _caller: &'a Caller, unit: Unit) -> Reply<'a, Result<Unit, Rejection>> {
        self.besides(format!("unit {} would be kept", unit.name));
        Box::pin(std::future::ready(Ok(Ok(unit))))
    }

    fn remove_unit<'a>(&'a self, caller: &'a Caller, unit: UnitId) -> Reply<'a, bool> {
        Box::pin(async move {
            let is_there = self.hub.units(caller).await?.iter().any(|known| known.id == unit);
            if is_there {
                self.besides(format!("unit {unit} would be removed"));
            }
            Ok(is_there)
        })
    }

    fn reports<'a>(&'a self, caller: &'a Caller, query: ReportQuery) -> Reply<'a, Vec<Report>> {
        Ledger::reports(self.hub, caller, query)
    }

    fn put_reports<'a>(&'a self, _caller: &'a Caller, reports: Vec<(UnitId, Report)>) -> Reply<'a, ()> {
        self.besides(format!("{} messages of units would be kept", reports.len()));
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove_report<'a>(&'a self, _caller: &'a Caller, unit: UnitId, _report: Report) -> Reply<'a, bool> {
        self.besides(format!("a message of unit {unit} would be removed"));
        Box::pin(std::future::ready(Ok(true)))
    }

    fn connections<'a>(&'a self, dialect: &'a str) -> Reply<'a, Vec<Arc<Connection>>> {
        self.hub.connections(dialect)
    }

    fn grants(&self, connection: ConnectionId) -> Reply<'_, Vec<Grant>> {
        self.hub.grants(connection)
    }

    fn grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, Option<Grant>> {
        self.hub.grant(connection, hash)
    }

    fn secret<'a>(&'a self, connection: ConnectionId, name: &'a str) -> Reply<'a, Option<String>> {
        self.hub.secret(connection, name)
    }

    fn keep_secret<'a>(&'a self, _connection: ConnectionId, name: &'a str, _value: &'a str) -> Reply<'a, ()> {
        self.besides(format!("`{name}` would be sealed and kept"));
        Box::pin(std::future::ready(Ok(())))
    }

    fn put_grant(&self, _connection: ConnectionId, _grant: Grant) -> Reply<'_, ()> {
        self.besides("a token would be given out or changed".to_owned());
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove_grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, bool> {
        Box::pin(async move {
            let is_there = self.hub.grant(connection, hash).await?.is_some();
            if is_there {
                self.besides("a token would be taken back".to_owned());
            }
            Ok(is_there)
        })
    }

    fn keep_blob(&self, bytes: Bytes) -> Reply<'_, String> {
        let address: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.besides(format!("a file of {} bytes would be kept", bytes.len()));
        self.ahead.lock().blobs.insert(address.clone(), bytes);
        Box::pin(std::future::ready(Ok(address)))
    }

    fn fetch<'a>(&'a self, url: &'a str) -> Reply<'a, Result<Fetched, String>> {
        self.besides("a file was fetched to look at it, as it would be".to_owned());
        self.hub.fetch(url)
    }

    fn file_url(&self, file: &FileLink, until: Timestamp) -> String {
        self.hub.file_url(file, until)
    }
}
