//! What a submission comes to in rows, worked out on the caller's thread: the writer only compares and binds.

use crate::keys::{hash_of, number_hash};
use crate::record::{entry_body, micros, order_document, order_extra};
use crate::size::Pace;
use crate::value::keep;
use crate::{Append, StoreError};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site, site_of};
use docket_core::ids::{AccountId, Uuid};
use docket_core::ledger::{Counter, Holder, Mail, Record};
use docket_core::order::{Change, Entry, ExternalKey, Field, Order, State, Value};
use docket_core::plan::Write;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

/// How many accounts there can be, and how many entries in each journal: both fit one journal place.
const SEQUENCE_BITS: u32 = 40;
const ACCOUNT_LIMIT: i64 = 1 << (63 - SEQUENCE_BITS);

/// The journal place of an entry.
pub(crate) fn place_of(account: AccountId, sequence: i64) -> Result<i64, StoreError> {
    if !(0..ACCOUNT_LIMIT).contains(&account.0) || !(0..1 << SEQUENCE_BITS).contains(&sequence) {
        return Err(StoreError::Failed("no room in the journal for this account or entry".to_owned()));
    }
    Ok(account.0 << SEQUENCE_BITS | sequence)
}

/// The place in its account's journal.
pub(crate) fn sequence_of(place: i64) -> i64 {
    place & ((1 << SEQUENCE_BITS) - 1)
}

/// Sites, services and customers that are known to be stored already, so that naming them again costs nothing.
/// Bounded: when full, it forgets everything, and the writer looks again.
#[derive(Default)]
pub(crate) struct Known {
    sites: Mutex<FxHashMap<(AccountId, Uuid), i64>>,
    others: Mutex<FxHashSet<(AccountId, Uuid)>>,
    /// How fast the writer is.
    pub(crate) pace: Pace,
}

const KNOWN_LIMIT: usize = 200_000;

impl Known {
    fn site(&self, account: AccountId, id: Uuid) -> Option<i64> {
        self.sites.lock().get(&(account, id)).copied()
    }

    fn has(&self, account: AccountId, id: Uuid) -> bool {
        self.others.lock().contains(&(account, id))
    }

    pub(crate) fn add_site(&self, account: AccountId, id: Uuid, no: i64) {
        let mut sites = self.sites.lock();
        if sites.len() >= KNOWN_LIMIT {
            sites.clear();
        }
        sites.insert((account, id), no);
    }

    pub(crate) fn add(&self, account: AccountId, id: Uuid) {
        let mut others = self.others.lock();
        if others.len() >= KNOWN_LIMIT {
            others.clear();
        }
        others.insert((account, id));
    }
}

/// The site of an order.
pub(crate) enum SiteRef {
    None,
    Known(i64),
    /// The writer looks for it, and adds it where there is none.
    Named(Uuid),
}

/// A site that may be new.
pub(crate) struct SiteRow {
    pub(crate) id: Uuid,
    pub(crate) postal: String,
    pub(crate) document: String,
}

/// A service that may be new.
pub(crate) struct NamedRow {
    pub(crate) id: Uuid,
    pub(crate) ordering: i64,
    pub(crate) document: String,
}

/// A customer that may be new.
pub(crate) struct CustomerRow {
    pub(crate) id: Uuid,
    pub(crate) is_company: bool,
    pub(crate) created_us: i64,
    /// Squashed for comparison; empty where there is none.
    pub(crate) email: String,
    pub(crate) document: String,
}

/// What a journal row says of a creation.
pub(crate) enum Created {
    /// It is none.
    No,
    /// The order as it is written.
    Same,
    /// Another form of it: document and extra.
    Other(String, String),
}

/// A key taken or given back.
pub(crate) struct KeyChange {
    pub(crate) key: ExternalKey,
    pub(crate) hash: i64,
    pub(crate) taken: bool,
}

/// One order with its entry, ready to be bound.
pub(crate) struct Prepared {
    pub(crate) before: Option<i64>,
    pub(crate) serial: i64,
    pub(crate) id: Uuid,
    pub(crate) revision: i64,
    pub(crate) state: i64,
    pub(crate) updated: (i64, i64),
    pub(crate) origin: Option<i64>,
    pub(crate) unit: Option<i64>,
    pub(crate) site: SiteRef,
    pub(crate) service: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) document: String,
    pub(crate) extra: String,
    pub(crate) at: (i64, i64),
    pub(crate) connection: Option<i64>,
    pub(crate) exchange: Option<Uuid>,
    pub(crate) trace: Option<Uuid>,
    pub(crate) sampled: Option<i64>,
    pub(crate) actor: String,
    pub(crate) body: Option<String>,
    pub(crate) created: Created,
    pub(crate) keys: Vec<KeyChange>,
    /// Number hashes that come and go; a number is nobody's alone.
    pub(crate) numbers: Vec<(i64, bool)>,
    pub(crate) routed: Vec<i64>,
}

/// A mail owed.
pub(crate) struct MailRow {
    pub(crate) channel: i64,
    pub(crate) until_ms: Option<i64>,
    pub(crate) document: String,
}

/// Which record: connection, namespace, key.
pub(crate) type RecordKey = (i64, String, String);

/// A record, compared and set.
pub(crate) struct RecordRow {
    pub(crate) id: RecordKey,
    pub(crate) value: Option<String>,
    pub(crate) expected: Option<Option<String>>,
}

/// A record that counts, and what comes of it.
pub(crate) struct CounterRow {
    pub(crate) id: RecordKey,
    pub(crate) counter: Counter,
    pub(crate) notice: Option<MailRow>,
}

/// A submission, ready to be bound.
pub(crate) struct Submission {
    pub(crate) account: AccountId,
    pub(crate) writes: Vec<Prepared>,
    pub(crate) records: Vec<RecordRow>,
    pub(crate) counters: Vec<CounterRow>,
    pub(crate) mails: Vec<MailRow>,
    pub(crate) mailed_at: (i64, i64),
    pub(crate) sites: Vec<SiteRow>,
    pub(crate) services: Vec<NamedRow>,
    pub(crate) customers: Vec<CustomerRow>,
}

/// Works out the rows of a submission.
pub(crate) fn prepare(append: Append, known: &Known) -> Result<Submission, StoreError> {
    let account = append.account;
    place_of(account, 0)?;
    let at = append.writes.first().map_or(append.mailed_at, |write| write.entry.at);
    let mut sites = Vec::new();
    for site in &append.sites {
        add_site(&mut sites, known, account, site);
    }
    let mut writes = Vec::with_capacity(append.writes.len());
    for write in append.writes {
        writes.push(prepare_write(account, write, known, &mut sites)?);
    }
    Ok(Submission {
        account,
        writes,
        records: append.records.into_iter().map(record_row).collect(),
        counters: append.counters.into_iter().map(counter_row).collect(),
        mails: append.mails.iter().map(mail_row).collect(),
        mailed_at: micros(at),
        sites,
        services: append.services.iter().filter(|service| !known.has(account, service.id)).map(service_row).collect(),
        customers: append
            .customers
            .iter()
            .filter(|customer| !known.has(account, customer.id))
            .map(customer_row)
            .collect(),
    })
}

pub(crate) fn service_row(service: &Service) -> NamedRow {
    NamedRow { id: service.id, ordering: service.ordering, document: crate::forms::encode_service(service) }
}

pub(crate) fn customer_row(customer: &Customer) -> CustomerRow {
    CustomerRow {
        id: customer.id,
        is_company: customer.is_company,
        created_us: micros(customer.created_at).0,
        email: customer.email.as_deref().map(squash).unwrap_or_default(),
        document: crate::forms::encode_customer(customer),
    }
}

/// Whose a record is, as stored: an account's number is negative.
pub(crate) fn holder_number(holder: Holder) -> i64 {
    match holder {
        Holder::Connection(connection) => connection.0,
        Holder::Account(account) => -account.0,
    }
}

fn record_key(holder: Holder, namespace: &str, key: &str) -> RecordKey {
    (holder_number(holder), keep(namespace).into_owned(), keep(key).into_owned())
}

fn mail_row(mail: &Mail) -> MailRow {
    MailRow {
        channel: crate::outbox::channel_number(mail.channel),
        until_ms: mail.until.map(Timestamp::as_millisecond),
        document: crate::forms::encode_mail(mail),
    }
}

fn counter_row(counter: Counter) -> CounterRow {
    CounterRow {
        id: record_key(counter.holder, &counter.namespace, &counter.key),
        notice: counter.notice.as_ref().map(|(_, mail)| mail_row(mail)),
        counter,
    }
}

fn record_row(record: Record) -> RecordRow {
    RecordRow {
        id: record_key(record.holder, &record.namespace, &record.key),
        value: record.value.map(|value| keep(&value).into_owned()),
        expected: record.expected.map(|value| value.map(|value| keep(&value).into_owned())),
    }
}

/// A postal code as it is searched: blanks and case do not matter.
pub(crate) fn squash(postal: &str) -> String {
    keep(&postal.split_whitespace().collect::<String>().to_lowercase()).into_owned()
}

fn add_site(sites: &mut Vec<SiteRow>, known: &Known, account: AccountId, site: &Site) -> SiteRef {
    let Some(id) = site.id else { return SiteRef::None };
    if let Some(no) = known.site(account, id.0) {
        return SiteRef::Known(no);
    }
    if !sites.iter().any(|row| row.id == id.0) {
        let document = crate::forms::encode_site(site);
        sites.push(SiteRow { id: id.0, postal: squash(&site.postal_code), document });
    }
    SiteRef::Named(id.0)
}

fn prepare_write(
    account: AccountId,
    write: Write,
    known: &Known,
    sites: &mut Vec<SiteRow>,
) -> Result<Prepared, StoreError> {
    let Write { before, entry, order } = write;
    if order.account != account || entry.serial != order.serial || entry.order != order.id {
        return Err(StoreError::Failed("an entry and its order do not belong together".to_owned()));
    }
    let created = match (before, entry.changes.first()) {
        (None, Some(Change::Created(first))) if **first == *order => Created::Same,
        (None, Some(Change::Created(first))) => Created::Other(order_document(first), order_extra(first)),
        (Some(_), Some(Change::Created(_))) | (None, _) => {
            return Err(StoreError::Failed("an order begins with its creation, once".to_owned()));
        }
        (Some(_), _) => Created::No,
    };
    let site = match site_of(account, &order.fields) {
        Some(site) => add_site(sites, known, account, &site),
        None => SiteRef::None,
    };
    Ok(Prepared {
        before: before.map(|revision| revision.0),
        serial: order.serial.0,
        id: order.id.0,
        revision: order.revision.0,
        state: order.state as i64,
        updated: micros(order.updated_at),
        origin: order.origin.connection.map(|id| id.0),
        unit: order.fields.unit,
        site,
        service: order.fields.service.as_deref().map(|text| keep(text).into_owned()),
        number: order.fields.number.as_deref().map(|text| keep(text).into_owned()),
        document: order_document(&order),
        extra: order_extra(&order),
        at: micros(entry.at),
        connection: entry.connection.map(|id| id.0),
        exchange: entry.exchange.map(|id| id.0),
        trace: entry.trace.map(|trace| trace.id),
        sampled: entry.trace.map(|trace| i64::from(trace.sampled)),
        body: entry_body(&entry),
        created,
        keys: key_changes(account, &entry, &order),
        numbers: number_changes(account, &entry, &order),
        routed: routed_to(&entry, &order),
        actor: match keep(&entry.actor) {
            Cow::Borrowed(_) => entry.actor,
            Cow::Owned(kept) => kept,
        },
    })
}

fn key_changes(account: AccountId, entry: &Entry, order: &Order) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    let mut add = |key: &ExternalKey, taken: bool| {
        changes.push(KeyChange { key: key.clone(), hash: hash_of(account, key), taken });
    };
    for change in &entry.changes {
        match change {
            Change::Created(first) => first.keys.iter().for_each(|key| add(key, true)),
            Change::Keyed(key) => add(key, true),
            Change::Unkeyed(key) => add(key, false),
            _ => {}
        }
    }
    // Two keys may share a place in the index: it stays while one of them is held.
    changes.retain(|change| change.taken || !order.keys.iter().any(|key| hash_of(account, key) == change.hash));
    // Keys are held by living orders only.
    if order.state == State::Deleted {
        changes.retain(|change| !change.taken);
        let left = order.keys.iter().filter(|_| entry.revision.0 > 1);
        changes.extend(left.map(|key| KeyChange { key: key.clone(), hash: hash_of(account, key), taken: false }));
    }
    changes
}

fn number_changes(account: AccountId, entry: &Entry, order: &Order) -> Vec<(i64, bool)> {
    let mut changes = Vec::new();
    let mut add = |number: &str, taken: bool| changes.push((number_hash(account, number), taken));
    for change in &entry.changes {
        match change {
            Change::Created(first) => {
                if let Some(number) = &first.fields.number {
                    add(number, true);
                }
            }
            Change::Set { field: Field::Number, from, to } => {
                if let Value::Text(number) = from {
                    add(number, false);
                }
                if let Value::Text(number) = to {
                    add(number, true);
                }
            }
            _ => {}
        }
    }
    if changes.len() > 2 {
        // Whatever happened in between, it is this number now.
        let now = order.fields.number.as_deref().map(|number| number_hash(account, number));
        for change in &mut changes {
            change.1 = Some(change.0) == now;
        }
    }
    changes
}

fn routed_to(entry: &Entry, order: &Order) -> Vec<i64> {
    let mut routed: Vec<i64> = Vec::new();
    for change in &entry.changes {
        match change {
            Change::Created(_) => routed.extend(order.routed_to.iter().map(|id| id.0)),
            Change::Routed(connection) => routed.push(connection.0),
            _ => {}
        }
    }
    routed.sort_unstable();
    routed.dedup();
    routed
}

/// Mails are documents too.
pub(crate) fn mail_of(document: &str) -> Result<Mail, StoreError> {
    crate::forms::decode_mail(document)
}
