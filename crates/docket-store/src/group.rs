//! One group of submissions, settled in memory: which of them hold, and which rows they come to.
//!
//! Both writers work the same way. Inside their transaction, with the heads of the accounts theirs alone, they fetch
//! [`Wants`] as [`Facts`], settle every submission here, write the [`Rows`] that are left, and commit. A submission
//! that does not hold leaves no trace; an order that was changed several times is written once.

use crate::StoreError;
use crate::prepare::{
    CounterRow, CustomerRow, Known, MailRow, NamedRow, Prepared, RecordKey, SiteRef, SiteRow, Submission, place_of,
};
use docket_core::ids::{AccountId, Sequence, Uuid};
use docket_core::order::ExternalKey;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

/// What the writer has to know before it can settle a group.
#[derive(Default)]
pub(crate) struct Wants<'a> {
    /// Accounts whose heads are needed, in order.
    pub(crate) accounts: Vec<i64>,
    /// Orders that are changed.
    pub(crate) serials: Vec<i64>,
    /// Keys that are taken.
    pub(crate) hashes: Vec<i64>,
    /// Records that are compared or count.
    pub(crate) records: Vec<&'a RecordKey>,
    /// Sites that may be new.
    pub(crate) sites: Vec<(i64, Uuid)>,
}

/// The end of an account's journal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Head {
    pub(crate) sequence: i64,
    pub(crate) sites: i64,
}

/// An order as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderFact {
    pub(crate) account: i64,
    pub(crate) revision: i64,
    pub(crate) place: i64,
}

/// What the database says.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) heads: FxHashMap<i64, Head>,
    pub(crate) orders: FxHashMap<i64, OrderFact>,
    /// Orders found under a hash: serial, account, and the keys they really have.
    pub(crate) holders: FxHashMap<i64, Vec<(i64, i64, Vec<ExternalKey>)>>,
    pub(crate) records: FxHashMap<RecordKey, String>,
    pub(crate) sites: FxHashMap<(i64, Uuid), i64>,
}

/// An order to write.
pub(crate) struct OrderRow<'a> {
    /// The revision that is stored now; `None` for a new order.
    pub(crate) stored: Option<i64>,
    pub(crate) account: i64,
    pub(crate) place: i64,
    pub(crate) site: Option<i64>,
    pub(crate) order: &'a Prepared,
}

/// An entry to write.
pub(crate) struct JournalRow<'a> {
    pub(crate) place: i64,
    pub(crate) previous: Option<i64>,
    pub(crate) entry: &'a Prepared,
}

/// A mail to write.
pub(crate) struct OutboxRow<'a> {
    pub(crate) account: i64,
    pub(crate) at: (i64, i64),
    pub(crate) mail: &'a MailRow,
}

/// What is left to write.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    pub(crate) orders: Vec<OrderRow<'a>>,
    pub(crate) journal: Vec<JournalRow<'a>>,
    /// Hash and serial, and whether it is to be there.
    pub(crate) keys: FxHashMap<(i64, i64), bool>,
    pub(crate) routed: Vec<(i64, i64)>,
    pub(crate) sites: Vec<(i64, i64, &'a SiteRow)>,
    pub(crate) services: Vec<(i64, &'a NamedRow)>,
    pub(crate) customers: Vec<(i64, &'a CustomerRow)>,
    /// What each record is after the group; `None` where it is to be gone.
    pub(crate) records: FxHashMap<&'a RecordKey, Option<Cow<'a, str>>>,
    pub(crate) mails: Vec<OutboxRow<'a>>,
}

/// A group being settled.
pub(crate) struct Group<'a> {
    facts: Facts,
    /// Who holds a key after what was settled so far.
    held: FxHashMap<(i64, &'a ExternalKey), Option<i64>>,
    /// Where an order's row is in `rows.orders`.
    written: FxHashMap<i64, usize>,
    pub(crate) rows: Rows<'a>,
}

/// What has to be fetched for these submissions.
pub(crate) fn wants<'a>(submissions: impl Iterator<Item = &'a Submission>) -> Wants<'a> {
    let mut wants = Wants::default();
    for submission in submissions {
        let account = submission.account.0;
        wants.accounts.push(account);
        for write in &submission.writes {
            if write.before.is_some() {
                wants.serials.push(write.serial);
            }
            wants.hashes.extend(write.keys.iter().filter(|change| change.taken).map(|change| change.hash));
        }
        let compared = submission.records.iter().filter(|record| record.expected.is_some());
        wants.records.extend(compared.map(|record| &record.id));
        wants.records.extend(submission.counters.iter().map(|counter| &counter.id));
        wants.sites.extend(submission.sites.iter().map(|site| (account, site.id)));
    }
    for numbers in [&mut wants.accounts, &mut wants.serials, &mut wants.hashes] {
        numbers.sort_unstable();
        numbers.dedup();
    }
    wants.sites.sort_unstable();
    wants.sites.dedup();
    wants.records.sort_unstable();
    wants.records.dedup();
    wants
}

/// What one submission would change, while it is being checked.
#[derive(Default)]
struct Trial<'a> {
    revisions: FxHashMap<i64, i64>,
    held: FxHashMap<&'a ExternalKey, Option<i64>>,
}

impl<'a> Group<'a> {
    pub(crate) fn new(facts: Facts) -> Group<'a> {
        Group { facts, held: FxHashMap::default(), written: FxHashMap::default(), rows: Rows::default() }
    }

    /// Settles one submission: all of it, or an error and nothing.
    pub(crate) fn settle(&mut self, submission: &'a Submission) -> Result<Vec<Sequence>, StoreError> {
        self.check_records(submission)?;
        let head = self.facts.heads.get(&submission.account.0).copied().unwrap_or_default();
        place_of(submission.account, head.sequence + submission.writes.len() as i64)?;
        let mut trial = Trial::default();
        for write in &submission.writes {
            self.check_write(submission.account, write, &mut trial)?;
        }
        self.apply(submission)
    }

    fn check_records(&self, submission: &Submission) -> Result<(), StoreError> {
        for record in &submission.records {
            let Some(expected) = &record.expected else { continue };
            if self.facts.records.get(&record.id) != expected.as_ref() {
                return Err(StoreError::Outdated);
            }
        }
        let passed = |counter: &CounterRow| counter.counter.count(self.counted(counter)).is_none();
        if submission.counters.iter().any(passed) { Err(StoreError::Limit) } else { Ok(()) }
    }

    fn counted(&self, counter: &CounterRow) -> i64 {
        self.facts.records.get(&counter.id).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn check_write(&self, account: AccountId, write: &'a Prepared, trial: &mut Trial<'a>) -> Result<(), StoreError> {
        let fact = self.facts.orders.get(&write.serial);
        let revision = trial.revisions.get(&write.serial).copied().or(fact.map(|fact| fact.revision));
        if revision != write.before || fact.is_some_and(|fact| fact.account != account.0) {
            return Err(StoreError::Conflict);
        }
        trial.revisions.insert(write.serial, write.revision);
        for change in &write.keys {
            if change.taken {
                let holder = match trial.held.get(&change.key) {
                    Some(holder) => *holder,
                    None => self.holder(account, &change.key, change.hash),
                };
                if holder.is_some_and(|holder| holder != write.serial) {
                    return Err(StoreError::Conflict);
                }
            }
            trial.held.insert(&change.key, change.taken.then_some(write.serial));
        }
        Ok(())
    }

    fn holder(&self, account: AccountId, key: &ExternalKey, hash: i64) -> Option<i64> {
        if let Some(holder) = self.held.get(&(account.0, key)) {
            return *holder;
        }
        let candidates = self.facts.holders.get(&hash)?;
        candidates.iter().find(|(_, owner, keys)| *owner == account.0 && keys.contains(key)).map(|found| found.0)
    }

    /// Everything was checked: from here on nothing refuses.
    fn apply(&mut self, submission: &'a Submission) -> Result<Vec<Sequence>, StoreError> {
        let account = submission.account;
        let mut head = self.facts.heads.get(&account.0).copied().unwrap_or_default();
        for site in &submission.sites {
            self.facts.sites.entry((account.0, site.id)).or_insert_with(|| {
                head.sites += 1;
                self.rows.sites.push((account.0, head.sites, site));
                head.sites
            });
        }
        let mut sequences = Vec::with_capacity(submission.writes.len());
        for write in &submission.writes {
            head.sequence += 1;
            sequences.push(Sequence(head.sequence));
            self.apply_write(account.0, place_of(account, head.sequence)?, write);
        }
        for record in &submission.records {
            match &record.value {
                Some(value) => self.facts.records.insert(record.id.clone(), value.clone()),
                None => self.facts.records.remove(&record.id),
            };
            self.rows.records.insert(&record.id, record.value.as_deref().map(Cow::Borrowed));
        }
        let at = submission.mailed_at;
        for counter in &submission.counters {
            let Some((after, due)) = counter.counter.count(self.counted(counter)) else { continue };
            let notice = counter.notice.as_ref().filter(|_| due.is_some());
            self.rows.mails.extend(notice.map(|mail| OutboxRow { account: account.0, at, mail }));
            self.facts.records.insert(counter.id.clone(), after.to_string());
            self.rows.records.insert(&counter.id, Some(Cow::Owned(after.to_string())));
        }
        self.rows.mails.extend(submission.mails.iter().map(|mail| OutboxRow { account: account.0, at, mail }));
        self.rows.services.extend(submission.services.iter().map(|row| (account.0, row)));
        self.rows.customers.extend(submission.customers.iter().map(|row| (account.0, row)));
        self.facts.heads.insert(account.0, head);
        Ok(sequences)
    }

    fn apply_write(&mut self, account: i64, place: i64, write: &'a Prepared) {
        let fact = OrderFact { account, revision: write.revision, place };
        let earlier = self.facts.orders.insert(write.serial, fact);
        self.rows.journal.push(JournalRow { place, previous: earlier.map(|fact| fact.place), entry: write });
        let site = match &write.site {
            SiteRef::None => None,
            SiteRef::Known(no) => Some(*no),
            SiteRef::Named(id) => self.facts.sites.get(&(account, *id)).copied(),
        };
        let stored = match self.written.get(&write.serial).and_then(|&at| self.rows.orders.get(at)) {
            Some(row) => row.stored,
            None => write.before,
        };
        let row = OrderRow { stored, account, place, site, order: write };
        match self.written.get(&write.serial).and_then(|&at| self.rows.orders.get_mut(at)) {
            Some(known) => *known = row,
            None => {
                self.written.insert(write.serial, self.rows.orders.len());
                self.rows.orders.push(row);
            }
        }
        for change in &write.keys {
            self.held.insert((account, &change.key), change.taken.then_some(write.serial));
            self.rows.keys.insert((change.hash, write.serial), change.taken);
        }
        for (hash, taken) in &write.numbers {
            self.rows.keys.insert((*hash, write.serial), *taken);
        }
        self.rows.routed.extend(write.routed.iter().map(|connection| (*connection, write.serial)));
    }

    /// The heads as they are after the group, in order of account.
    pub(crate) fn heads(&self) -> Vec<(i64, Head)> {
        let mut heads: Vec<(i64, Head)> = self.facts.heads.iter().map(|(account, head)| (*account, *head)).collect();
        heads.sort_unstable_by_key(|(account, _)| *account);
        heads
    }

    /// After the commit: what need not be looked for again.
    pub(crate) fn teach(&self, known: &Known) {
        for ((account, id), no) in &self.facts.sites {
            known.add_site(AccountId(*account), *id, *no);
        }
        let services = self.rows.services.iter().map(|(account, row)| (*account, row.id));
        let customers = self.rows.customers.iter().map(|(account, row)| (*account, row.id));
        let fresh: FxHashSet<(i64, Uuid)> = services.chain(customers).collect();
        for (account, id) in fresh {
            known.add(AccountId(account), id);
        }
    }
}
