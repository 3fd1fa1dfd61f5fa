//! The reference ledger: everything in memory, nothing clever.
//!
//! It is the model that real stores are compared with, and what dialect tests and the benchmarks' floor run on.
//! It keeps the promises of [`Ledger`] except one: it forgets when it is dropped.

use crate::catalogue::{Customer, Position, Service, Site, Unit, customer_of, service_of, site_of};
use crate::connection::{Caller, Connection};
use crate::ids::{AccountId, ConnectionId, OrderId, Sequence, Serial, SiteId, UnitId, Uuid};
use crate::ledger::{
    Claim, Counter, CustomerQuery, Fetched, FileLink, Grant, Holder, Ledger, Mail, OrderQuery, Outcome, Page, Record,
    Reply, SiteQuery, Submission, Target,
};
use crate::order::{Entry, Order, Rejection, State};
use crate::plan::{Loaded, key_of, plan};
use crate::track::{Report, ReportQuery};
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A credential as the reference ledger keeps it: connection, kind, value.
type Credential = (ConnectionId, String, String);

/// Units made here have ids above this.
const FIRST_UNIT: i64 = 9000;

#[derive(Default)]
struct Inner {
    now: Timestamp,
    serial: i64,
    connections: BTreeMap<ConnectionId, Arc<Connection>>,
    credentials: Vec<Credential>,
    orders: BTreeMap<Serial, Arc<Order>>,
    journal: BTreeMap<AccountId, Vec<Arc<Entry>>>,
    services: Vec<Service>,
    units: Vec<Unit>,
    reports: BTreeMap<UnitId, Vec<Report>>,
    grants: BTreeMap<(ConnectionId, String), String>,
    sites: BTreeMap<SiteId, Site>,
    customers: HashMap<Uuid, Customer>,
    records: BTreeMap<(Holder, String, String), String>,
    secrets: BTreeMap<(ConnectionId, String), String>,
    mails: Vec<Mail>,
    blobs: HashMap<String, Vec<u8>>,
    remote: HashMap<String, Fetched>,
}

/// A ledger in memory, with a clock that is set by hand.
#[derive(Default)]
pub struct MemoryLedger {
    state: Mutex<Inner>,
}

impl MemoryLedger {
    /// An empty ledger whose clock stands at `now`.
    pub fn new(now: Timestamp) -> MemoryLedger {
        let ledger = MemoryLedger::default();
        ledger.lock().now = now;
        ledger
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Sets the time.
    pub fn set_now(&self, now: Timestamp) {
        self.lock().now = now;
    }

    /// Adds a connection with its credentials.
    pub fn connect(&self, connection: Connection, credentials: &[(&str, &str)]) -> Arc<Connection> {
        let connection = Arc::new(connection);
        let mut state = self.lock();
        for (kind, value) in credentials {
            state.credentials.push((connection.id, (*kind).to_owned(), (*value).to_owned()));
        }
        state.connections.insert(connection.id, Arc::clone(&connection));
        connection
    }

    /// Takes all credentials of a connection away.
    pub fn revoke(&self, connection: ConnectionId) {
        let mut state = self.lock();
        state.credentials.retain(|(id, _, _)| *id != connection);
        state.grants.retain(|(id, _), _| *id != connection);
    }

    /// Adds a catalogue entry.
    pub fn add_service(&self, service: Service) {
        self.lock().services.push(service);
    }

    /// Adds a unit, or replaces the one with its id.
    pub fn put_unit(&self, unit: Unit) {
        let mut state = self.lock();
        let now = state.now;
        if let Some(position) = unit.position {
            state.reports.entry(unit.id).or_default().push(Report::of(position, now));
        }
        state.units.retain(|known| known.id != unit.id);
        state.units.push(unit);
    }

    /// Takes in what a unit says: it is kept, and the newest position is where the unit is.
    pub fn report(&self, unit: UnitId, report: Report) {
        let mut state = self.lock();
        let is_newer = |known: Option<Position>| known.is_none_or(|known| known.at <= report.at);
        if let Some(found) = state.units.iter_mut().find(|known| known.id == unit)
            && report.position.is_some()
            && is_newer(found.position)
        {
            found.position = report.position;
        }
        state.reports.entry(unit).or_default().push(report);
    }

    /// Adds a customer.
    pub fn add_customer(&self, customer: Customer) {
        self.lock().customers.insert(customer.id, customer);
    }

    /// Adds a site.
    pub fn add_site(&self, site: Site) {
        if let Some(id) = site.id {
            self.lock().sites.insert(id, site);
        }
    }

    /// Adds a blob under an address.
    pub fn add_blob(&self, address: &str, bytes: Vec<u8>) {
        self.lock().blobs.insert(address.to_owned(), bytes);
    }

    /// Puts something at a URL, for [`Ledger::fetch`].
    pub fn add_remote(&self, url: &str, media_type: &str, bytes: impl Into<Bytes>) {
        let fetched = Fetched { bytes: bytes.into(), media_type: media_type.to_owned() };
        self.lock().remote.insert(url.to_owned(), fetched);
    }

    /// The mails owed so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().mails.clone()
    }

    /// Every order there is, deleted ones included.
    pub fn all_orders(&self) -> Vec<Arc<Order>> {
        self.lock().orders.values().cloned().collect()
    }
}

impl Inner {
    fn find(&self, caller: &Caller, target: &Target) -> Option<Arc<Order>> {
        let found = match target {
            Target::New => None,
            Target::Serial(serial) => self.orders.get(serial).cloned(),
            Target::Id(id) => self.by_id(*id),
            Target::Key { .. } | Target::KeyOf { .. } => {
                let (connection, namespace, key) = key_of(caller, target)?;
                self.orders
                    .values()
                    .find(|order| {
                        order.account == caller.account
                            && order.state != State::Deleted
                            && order.keys.iter().any(|kept| {
                                kept.connection == connection && kept.namespace == namespace && kept.key == key
                            })
                    })
                    .cloned()
            }
        };
        found.filter(|order| order.account == caller.account)
    }

    fn by_id(&self, id: OrderId) -> Option<Arc<Order>> {
        self.orders.values().find(|order| order.id == id).cloned()
    }

    fn load_all(&self, account: AccountId) -> Loaded {
        let mut loaded = Loaded::default();
        for order in self.orders.values().filter(|order| order.account == account) {
            loaded.insert(Arc::clone(order));
        }
        loaded
    }

    fn submit(&mut self, caller: &Caller, submission: &Submission) -> Vec<Outcome> {
        if submission.records.iter().any(|record| !self.is_as_expected(record)) {
            return submission.requests.iter().map(|_| Outcome::Outdated).collect();
        }
        let loaded = self.load_all(caller.account);
        let now = self.now;
        let mut serial = self.serial;
        let mut mint = || {
            serial += 1;
            (OrderId(Uuid::now_v7()), Serial(serial))
        };
        let planned = plan(loaded, submission, caller, now, &mut mint);
        self.serial = serial;
        let rejected = planned.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_)));
        if submission.atomic && rejected {
            return planned.outcomes;
        }
        let mut counts = Vec::new();
        for counter in &submission.counters {
            let key = (counter.holder, counter.namespace.clone(), counter.key.clone());
            let before = self.records.get(&key).and_then(|text| text.parse().ok()).unwrap_or(0);
            match counter.count(before) {
                Some((after, mail)) => counts.push((key, after, mail.cloned())),
                None => {
                    let limit = || Outcome::Rejected(Rejection::Limit { limit: Counter::LIMIT });
                    return submission.requests.iter().map(|_| limit()).collect();
                }
            }
        }
        for (key, after, mail) in counts {
            self.records.insert(key, after.to_string());
            self.mails.extend(mail);
        }
        for write in planned.writes {
            let journal = self.journal.entry(caller.account).or_default();
            let mut entry = write.entry;
            entry.sequence = Sequence(journal.len() as i64 + 1);
            journal.push(Arc::new(entry));
            self.serial = self.serial.max(write.order.serial.0);
            self.note_names(&write.order);
            self.orders.insert(write.order.serial, write.order);
        }
        for record in &submission.records {
            let key = (record.holder, record.namespace.clone(), record.key.clone());
            match &record.value {
                Some(value) => self.records.insert(key, value.clone()),
                None => self.records.remove(&key),
            };
        }
        self.mails.extend(submission.mails.iter().cloned());
        planned.outcomes
    }

    fn is_as_expected(&self, record: &Record) -> bool {
        let key = (record.holder, record.namespace.clone(), record.key.clone());
        record.expected.as_ref().is_none_or(|expected| *expected == self.records.get(&key).cloned())
    }

    fn note_names(&mut self, order: &Order) {
        if let Some(site) = site_of(order.account, &order.fields)
            && let Some(id) = site.id
        {
            self.sites.insert(id, site);
        }
        if let Some(service) = service_of(order.account, &order.fields, self.now)
            && !self.services.iter().any(|known| known.id == service.id)
        {
            self.services.push(service);
        }
        if let Some(customer) = customer_of(order.account, &order.fields, self.now) {
            self.customers.entry(customer.id).or_insert(customer);
        }
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> Reply<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Ledger for MemoryLedger {
    fn authenticate<'a>(&'a self, dialect: &'a str, claims: &'a [Claim<'a>]) -> Reply<'a, Option<Caller>> {
        let state = self.lock();
        let found = state
            .connections
            .values()
            .find(|connection| {
                connection.enabled
                    && connection.dialect == dialect
                    && !claims.is_empty()
                    && claims.iter().all(|claim| {
                        let is_granted = claim.kind == Grant::KIND
                            && state.grants.contains_key(&(connection.id, hex::encode(Sha256::digest(claim.value))));
                        is_granted
                            || state.credentials.iter().any(|(id, kind, value)| {
                                *id == connection.id && kind == claim.kind && value == claim.value
                            })
                    })
            })
            .cloned();
        ready(found.map(Caller::connection))
    }

    fn submit<'a>(&'a self, caller: &'a Caller, submission: Submission) -> Reply<'a, Vec<Outcome>> {
        ready(self.lock().submit(caller, &submission))
    }

    fn order<'a>(&'a self, caller: &'a Caller, target: Target) -> Reply<'a, Option<Arc<Order>>> {
        let found = self.lock().find(caller, &target);
        ready(found.filter(|order| order.state != State::Deleted && caller.sees(order)))
    }

    fn orders<'a>(&'a self, caller: &'a Caller, query: OrderQuery) -> Reply<'a, Page> {
        let state = self.lock();
        let limit = query.limit.clamp(1, OrderQuery::LIMIT);
        let wanted =
            |order: &&Arc<Order>| {
                caller.sees(order)
                    && query.matches(order)
                    && query.after.is_none_or(|after| {
                        if query.newest_first { order.serial < after } else { order.serial > after }
                    })
            };
        let mut orders: Vec<Arc<Order>> = if query.newest_first {
            state.orders.values().rev().filter(wanted).take(limit + 1).cloned().collect()
        } else {
            state.orders.values().filter(wanted).take(limit + 1).cloned().collect()
        };
        let more = orders.len() > limit;
        orders.truncate(limit);
        let next = orders.last().filter(|_| more).map(|order| order.serial);
        ready(Page { orders, next })
    }

    fn history<'a>(&'a self, caller: &'a Caller, serial: Serial) -> Reply<'a, Vec<Arc<Entry>>> {
        let state = self.lock();
        let visible = state.orders.get(&serial).is_some_and(|order| caller.sees(order));
        let entries = state.journal.get(&caller.account).map(Vec::as_slice).unwrap_or_default();
        ready(entries.iter().filter(|entry| visible && entry.serial == serial).cloned().collect())
    }

    fn journal<'a>(&'a self, account: AccountId, after: Sequence, limit: usize) -> Reply<'a, Vec<Arc<Entry>>> {
        let state = self.lock();
        let entries = state.journal.get(&account).map(Vec::as_slice).unwrap_or_default();
        ready(entries.iter().filter(|entry| entry.sequence > after).take(limit).cloned().collect())
    }

    fn head(&self, account: AccountId) -> Reply<'_, Sequence> {
        ready(Sequence(self.lock().journal.get(&account).map_or(0, |entries| entries.len() as i64)))
    }

    fn services<'a>(&'a self, _caller: &'a Caller) -> Reply<'a, Arc<Vec<Service>>> {
        ready(Arc::new(self.lock().services.clone()))
    }

    fn units<'a>(&'a self, _caller: &'a Caller) -> Reply<'a, Arc<Vec<Unit>>> {
        ready(Arc::new(self.lock().units.clone()))
    }

    fn sites<'a>(&'a self, _caller: &'a Caller, query: SiteQuery) -> Reply<'a, Vec<Site>> {
        let squash = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        let wanted = query.postal_code.as_deref().map(squash);
        let state = self.lock();
        let sites = state
            .sites
            .iter()
            .filter(|(id, site)| {
                query.after.is_none_or(|after| **id > after)
                    && wanted.as_ref().is_none_or(|wanted| squash(&site.postal_code) == *wanted)
            })
            .take(query.limit)
            .map(|(_, site)| site.clone())
            .collect();
        ready(sites)
    }

    fn site<'a>(&'a self, _caller: &'a Caller, id: SiteId) -> Reply<'a, Option<Site>> {
        ready(self.lock().sites.get(&id).cloned())
    }

    fn customer<'a>(&'a self, _caller: &'a Caller, id: Uuid) -> Reply<'a, Option<Customer>> {
        ready(self.lock().customers.get(&id).cloned())
    }

    fn customers<'a>(&'a self, _caller: &'a Caller, query: CustomerQuery) -> Reply<'a, Vec<Customer>> {
        let state = self.lock();
        let mut found: Vec<Customer> =
            state.customers.values().filter(|customer| query.matches(customer)).cloned().collect();
        found.sort_by_key(|customer| std::cmp::Reverse((customer.created_at.as_microsecond(), customer.id)));
        found.truncate(query.limit.clamp(1, OrderQuery::LIMIT));
        ready(found)
    }

    fn put_customer<'a>(&'a self, _caller: &'a Caller, customer: Customer) -> Reply<'a, ()> {
        self.add_customer(customer);
        ready(())
    }

    fn connection<'a>(&'a self, caller: &'a Caller, id: ConnectionId) -> Reply<'a, Option<Arc<Connection>>> {
        let found = self.lock().connections.get(&id).cloned();
        ready(found.filter(|connection| connection.account == caller.account))
    }

    fn record<'a>(&'a self, holder: Holder, namespace: &'a str, key: &'a str) -> Reply<'a, Option<String>> {
        ready(self.lock().records.get(&(holder, namespace.to_owned(), key.to_owned())).cloned())
    }

    fn records<'a>(&'a self, holder: Holder, namespace: &'a str) -> Reply<'a, Vec<(String, String)>> {
        let state = self.lock();
        let all = state.records.range((holder, namespace.to_owned(), String::new())..);
        let of_it = all.take_while(|((owner, kind, _), _)| *owner == holder && kind == namespace);
        ready(of_it.map(|((_, _, key), value)| (key.clone(), value.clone())).collect())
    }

    fn blob<'a>(&'a self, address: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        ready(self.lock().blobs.get(address).cloned())
    }

    fn put_unit<'a>(&'a self, _caller: &'a Caller, mut unit: Unit) -> Reply<'a, Result<Unit, Rejection>> {
        let mut state = self.lock();
        let is_other = |known: &&Unit| known.id != unit.id && known.unique_id == unit.unique_id;
        if !unit.unique_id.is_empty()
            && let Some(other) = state.units.iter().find(is_other)
        {
            return ready(Err(Rejection::Taken { key: other.unique_id.clone(), by: None }));
        }
        if unit.id.0 == 0 {
            unit.id = UnitId(state.units.iter().map(|known| known.id.0).max().unwrap_or(0).max(FIRST_UNIT) + 1);
            unit.position = None;
            state.units.push(unit.clone());
            return ready(Ok(unit));
        }
        let Some(known) = state.units.iter_mut().find(|known| known.id == unit.id) else {
            return ready(Err(Rejection::NotFound));
        };
        unit.position = known.position;
        *known = unit.clone();
        ready(Ok(unit))
    }

    fn remove_unit<'a>(&'a self, _caller: &'a Caller, unit: UnitId) -> Reply<'a, bool> {
        let mut state = self.lock();
        let before = state.units.len();
        state.units.retain(|known| known.id != unit);
        state.reports.remove(&unit);
        ready(state.units.len() < before)
    }

    fn reports<'a>(&'a self, _caller: &'a Caller, query: ReportQuery) -> Reply<'a, Vec<Report>> {
        let state = self.lock();
        let is_known = state.units.iter().any(|unit| unit.id == query.unit);
        let kept = state.reports.get(&query.unit).filter(|_| is_known).cloned().unwrap_or_default();
        ready(query.pick(kept))
    }

    fn put_reports<'a>(&'a self, _caller: &'a Caller, reports: Vec<(UnitId, Report)>) -> Reply<'a, ()> {
        for (unit, report) in reports {
            let is_known = self.lock().units.iter().any(|known| known.id == unit);
            if is_known {
                self.report(unit, report);
            }
        }
        ready(())
    }

    fn remove_report<'a>(&'a self, _caller: &'a Caller, unit: UnitId, report: Report) -> Reply<'a, bool> {
        let mut state = self.lock();
        let Some(kept) = state.reports.get_mut(&unit) else { return ready(false) };
        let place = kept.iter().position(|known| *known == report);
        ready(place.map(|place| kept.remove(place)).is_some())
    }

    fn connections<'a>(&'a self, dialect: &'a str) -> Reply<'a, Vec<Arc<Connection>>> {
        let state = self.lock();
        let wanted = |connection: &&Arc<Connection>| connection.enabled && connection.dialect == dialect;
        ready(state.connections.values().filter(wanted).cloned().collect())
    }

    fn grants(&self, connection: ConnectionId) -> Reply<'_, Vec<Grant>> {
        let state = self.lock();
        let own = state.grants.iter().filter(|((id, _), _)| *id == connection);
        ready(own.map(|((_, hash), data)| Grant { hash: hash.clone(), data: data.clone() }).collect())
    }

    fn grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, Option<Grant>> {
        let found = self.lock().grants.get(&(connection, hash.to_owned())).cloned();
        ready(found.map(|data| Grant { hash: hash.to_owned(), data }))
    }

    fn put_grant(&self, connection: ConnectionId, grant: Grant) -> Reply<'_, ()> {
        self.lock().grants.insert((connection, grant.hash), grant.data);
        ready(())
    }

    fn remove_grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, bool> {
        ready(self.lock().grants.remove(&(connection, hash.to_owned())).is_some())
    }

    fn secret<'a>(&'a self, connection: ConnectionId, name: &'a str) -> Reply<'a, Option<String>> {
        ready(self.lock().secrets.get(&(connection, name.to_owned())).cloned())
    }

    fn keep_secret<'a>(&'a self, connection: ConnectionId, name: &'a str, value: &'a str) -> Reply<'a, ()> {
        self.lock().secrets.insert((connection, name.to_owned()), value.to_owned());
        ready(())
    }

    fn keep_blob(&self, bytes: Bytes) -> Reply<'_, String> {
        let address = hex::encode(Sha256::digest(&bytes));
        self.lock().blobs.insert(address.clone(), bytes.to_vec());
        ready(address)
    }

    fn fetch<'a>(&'a self, url: &'a str) -> Reply<'a, Result<Fetched, String>> {
        let state = self.lock();
        // What lies at an address without a query lies there whatever is asked.
        let bare = || state.remote.get(url.split('?').next().unwrap_or_default());
        ready(state.remote.get(url).or_else(bare).cloned().ok_or_else(|| format!("{url} answers nothing")))
    }

    fn file_url(&self, file: &FileLink, until: Timestamp) -> String {
        format!("/files/{}/{}?until={}&signature=memory", file.blob, file.name, until.as_second())
    }
}
