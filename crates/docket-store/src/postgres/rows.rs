//! Facts in, rows out: as few statements as possible, all of a phase sent before the first is answered.

use super::value::Bind;
use super::{Trouble, perform};
use crate::StoreError;
use crate::db::{pad, placeholders};
use crate::group::{Facts, Group, Head, JournalRow, OrderFact, OrderRow, Wants};
use crate::prepare::Created;
use crate::record::{VERSION, decode_keys};
use crate::statements as sql;
use crate::value::{Done, Row};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use tokio_postgres::{Client, Statement};

const LOCK_HEAD: &str = "SELECT sequence, sites FROM ledger_head WHERE account = $1 FOR UPDATE";
const ADD_HEAD: &str = "INSERT INTO ledger_head (account, sequence, sites) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";
const COUNT_MAILS: &str = "UPDATE counter SET value = value + $1 WHERE name = 'outbox' RETURNING value";

/// How many rows go into one statement: the longest that fits, then the next.
const STRETCHES: [usize; 4] = [64, 16, 4, 1];
/// How many values go into one list.
const LIST: usize = 256;

/// A connection with the statements it has prepared.
pub(super) struct Session {
    pub(super) client: Client,
    prepared: FxHashMap<String, Statement>,
}

/// A statement and its parameters, waiting for its phase.
struct Call<'a> {
    sql: Cow<'static, str>,
    params: Vec<Bind<'a>>,
}

impl<'a> Call<'a> {
    fn new(sql: impl Into<Cow<'static, str>>, params: impl Into<Vec<Bind<'a>>>) -> Call<'a> {
        Call { sql: sql.into(), params: params.into() }
    }
}

/// Splits an insert of one row into what stands before and behind its values.
fn split(insert: &'static str) -> (&'static str, &'static str) {
    let Some((before, values)) = insert.split_once("VALUES") else { return (insert, "") };
    (before, values.split_once(')').map_or("", |(_, behind)| behind))
}

/// Makes inserts of many rows out of the insert of one.
fn stretch<'a>(calls: &mut Vec<Call<'a>>, insert: &'static str, mut rows: &[Vec<Bind<'a>>]) {
    let (before, behind) = split(insert);
    while let Some(first) = rows.first() {
        let count = STRETCHES.into_iter().find(|&count| count <= rows.len()).unwrap_or(1);
        let (now, later) = rows.split_at(count);
        let lists: Vec<String> =
            (0..count).map(|row| format!("({})", placeholders(row * first.len() + 1, first.len()))).collect();
        let sql = format!("{before}VALUES {}{behind}", lists.join(","));
        calls.push(Call::new(sql, now.concat()));
        rows = later;
    }
}

impl Session {
    pub(super) fn new(client: Client) -> Session {
        Session { client, prepared: FxHashMap::default() }
    }

    /// Sends all calls, then reads all answers. They run in their order.
    async fn run(&mut self, calls: &[Call<'_>]) -> Result<Vec<Done>, Trouble> {
        for call in calls {
            if !self.prepared.contains_key(call.sql.as_ref()) {
                let statement = self.client.prepare(&call.sql).await?;
                self.prepared.insert(call.sql.clone().into_owned(), statement);
            }
        }
        let mut running = Vec::with_capacity(calls.len());
        for call in calls {
            let Some(statement) = self.prepared.get(call.sql.as_ref()) else { continue };
            running.push(perform(&self.client, statement, &call.params));
        }
        Ok(futures_util::future::try_join_all(running).await?)
    }

    /// Makes the heads of these accounts, in this order, ours until the end of the transaction.
    pub(super) async fn lock(&mut self, accounts: &[i64]) -> Result<FxHashMap<i64, Head>, Trouble> {
        let mut heads = FxHashMap::default();
        for turn in 0..2 {
            let missing: Vec<i64> = accounts.iter().copied().filter(|id| !heads.contains_key(id)).collect();
            if turn > 0 {
                let adds: Vec<Call<'_>> = missing.iter().map(|&id| Call::new(ADD_HEAD, [id.into()])).collect();
                self.run(&adds).await?;
            }
            let locks: Vec<Call<'_>> = missing.iter().map(|&id| Call::new(LOCK_HEAD, [id.into()])).collect();
            for (id, done) in missing.iter().zip(self.run(&locks).await?) {
                if let Some(row) = done.rows.first() {
                    heads.insert(*id, Head { sequence: row.int(0)?, sites: row.int(1)? });
                }
            }
            if heads.len() == accounts.len() {
                break;
            }
        }
        Ok(heads)
    }

    /// Reads what a group has to know.
    pub(super) async fn facts(&mut self, wants: &Wants<'_>) -> Result<Facts, Trouble> {
        let mut facts = Facts { heads: self.lock(&wants.accounts).await?, ..Facts::default() };
        let mut calls: Vec<Call<'_>> = Vec::new();
        lists(
            &mut calls,
            "SELECT serial, account, revision, place FROM orders WHERE serial IN",
            None,
            wants.serials.iter().map(|&serial| Bind::Int(serial)),
        );
        let orders = calls.len();
        lists(
            &mut calls,
            "SELECT k.hash, o.serial, o.account, o.version, o.extra FROM key_index k \
             JOIN orders o ON o.serial = k.serial WHERE k.hash IN",
            None,
            wants.hashes.iter().map(|&hash| Bind::Int(hash)),
        );
        let holders = calls.len();
        for of_account in wants.sites.chunk_by(|left, right| left.0 == right.0) {
            let account = of_account.first().map(|site| site.0);
            let ids = of_account.iter().map(|(_, id)| Bind::from(id));
            lists(&mut calls, "SELECT account, id, no FROM site WHERE account = $1 AND id IN", account, ids);
        }
        let sites = calls.len();
        for key in &wants.records {
            let params = [key.0.into(), key.1.as_str().into(), key.2.as_str().into()];
            calls.push(Call::new(sql::READ_RECORD, params));
        }
        let done = self.run(&calls).await?;
        for (at, done) in done.into_iter().enumerate() {
            for mut row in done.rows {
                if at < orders {
                    let fact = OrderFact { account: row.int(1)?, revision: row.int(2)?, place: row.int(3)? };
                    facts.orders.insert(row.int(0)?, fact);
                } else if at < holders {
                    add_holder(&mut facts, &mut row)?;
                } else if at < sites {
                    facts.sites.insert((row.int(0)?, row.uuid(1)?), row.int(2)?);
                } else if let Some(key) = wants.records.get(at - sites) {
                    facts.records.insert((*key).clone(), row.text(0)?);
                }
            }
        }
        Ok(facts)
    }

    /// Writes what a group came to.
    pub(super) async fn write(&mut self, group: &Group<'_>) -> Result<(), Trouble> {
        let rows = &group.rows;
        let mail_count = i64::try_from(rows.mails.len()).unwrap_or(i64::MAX);
        let mut mail_id = 0;
        if mail_count > 0 {
            let done = self.run(&[Call::new(COUNT_MAILS, [mail_count.into()])]).await?;
            let row = done.first().and_then(|done| done.rows.first());
            let missing = || Trouble::Store(StoreError::Failed("there is no counter for mails".to_owned()));
            mail_id = row.ok_or_else(missing)?.int(0)? - mail_count;
        }
        let mut calls = Vec::new();
        orders_and_entries(&mut calls, group);
        keys(&mut calls, group);
        let sites: Vec<Vec<Bind<'_>>> = rows
            .sites
            .iter()
            .map(|(account, no, site)| {
                let (postal, document) = (site.postal.as_str(), site.document.as_str());
                vec![(*account).into(), (*no).into(), (&site.id).into(), postal.into(), document.into()]
            })
            .collect();
        stretch(&mut calls, sql::ADD_SITE, &sites);
        for (account, row) in &rows.services {
            let params = [(*account).into(), (&row.id).into(), row.ordering.into(), row.document.as_str().into()];
            calls.push(Call::new(sql::ADD_SERVICE, params));
        }
        for (account, row) in &rows.customers {
            let params = [
                (*account).into(),
                (&row.id).into(),
                i64::from(row.is_company).into(),
                row.created_us.into(),
                row.email.as_str().into(),
                row.document.as_str().into(),
            ];
            calls.push(Call::new(sql::ADD_CUSTOMER, params));
        }
        for (key, value) in &rows.records {
            let mut params: Vec<Bind<'_>> = vec![key.0.into(), key.1.as_str().into(), key.2.as_str().into()];
            match value {
                Some(value) => {
                    params.push(value.as_ref().into());
                    calls.push(Call::new(sql::WRITE_RECORD, params));
                }
                None => calls.push(Call::new(sql::REMOVE_RECORD, params)),
            }
        }
        for row in &rows.mails {
            mail_id += 1;
            let (at, mail) = (row.at, row.mail);
            let params: Vec<Bind<'_>> = vec![
                mail_id.into(),
                row.account.into(),
                at.0.into(),
                at.1.into(),
                mail.channel.into(),
                mail.until_ms.into(),
                mail.document.as_str().into(),
            ];
            calls.push(Call::new(sql::ADD_MAIL, params));
        }
        for (account, head) in group.heads() {
            calls.push(Call::new(sql::WRITE_HEAD, [account.into(), head.sequence.into(), head.sites.into()]));
        }
        self.run(&calls).await.map(drop)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Store(error)
    }
}

/// Calls of one statement that ends in a list, which may be long.
fn lists<'a>(
    calls: &mut Vec<Call<'a>>,
    statement: &'static str,
    account: Option<i64>,
    values: impl Iterator<Item = Bind<'a>>,
) {
    let values: Vec<Bind<'a>> = values.collect();
    for chunk in values.chunks(LIST) {
        let mut list = chunk.to_vec();
        pad(&mut list);
        let mut params: Vec<Bind<'a>> = account.map(Bind::Int).into_iter().collect();
        let sql = format!("{statement} ({})", placeholders(params.len() + 1, list.len()));
        params.extend(list);
        calls.push(Call::new(sql, params));
    }
}

fn add_holder(facts: &mut Facts, row: &mut Row) -> Result<(), StoreError> {
    let (hash, serial, account, version) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
    let keys = decode_keys(version, &row.text(4)?)?;
    facts.holders.entry(hash).or_default().push((serial, account, keys));
    Ok(())
}

fn text(text: &Option<String>) -> Bind<'_> {
    text.as_deref().into()
}

fn new_order<'a>(row: &OrderRow<'a>) -> Vec<Bind<'a>> {
    let order = row.order;
    vec![
        order.serial.into(),
        row.account.into(),
        (&order.id).into(),
        order.revision.into(),
        order.state.into(),
        row.place.into(),
        order.updated.0.into(),
        order.updated.1.into(),
        order.origin.into(),
        order.unit.into(),
        row.site.into(),
        text(&order.service),
        text(&order.number),
        VERSION.into(),
        order.document.as_str().into(),
        order.extra.as_str().into(),
    ]
}

fn changed_order<'a>(row: &OrderRow<'a>) -> Vec<Bind<'a>> {
    let order = row.order;
    vec![
        order.serial.into(),
        order.revision.into(),
        order.state.into(),
        row.place.into(),
        order.updated.0.into(),
        order.updated.1.into(),
        order.unit.into(),
        row.site.into(),
        text(&order.service),
        text(&order.number),
        VERSION.into(),
        order.document.as_str().into(),
        order.extra.as_str().into(),
    ]
}

fn entry<'a>(row: &JournalRow<'a>) -> Vec<Bind<'a>> {
    let entry = row.entry;
    let (document, extra) = match &entry.created {
        Created::No => (Bind::Null, Bind::Null),
        Created::Same => (entry.document.as_str().into(), entry.extra.as_str().into()),
        Created::Other(document, extra) => (document.as_str().into(), extra.as_str().into()),
    };
    vec![
        row.place.into(),
        row.previous.into(),
        entry.serial.into(),
        entry.revision.into(),
        (&entry.id).into(),
        entry.at.0.into(),
        entry.at.1.into(),
        entry.connection.into(),
        entry.exchange.as_ref().into(),
        entry.actor.as_str().into(),
        VERSION.into(),
        text(&entry.body),
        document,
        extra,
        entry.trace.as_ref().into(),
        entry.sampled.into(),
    ]
}

fn orders_and_entries<'a>(calls: &mut Vec<Call<'a>>, group: &Group<'a>) {
    let new: Vec<Vec<Bind<'a>>> = group.rows.orders.iter().filter(|row| row.stored.is_none()).map(new_order).collect();
    stretch(calls, sql::ADD_ORDER, &new);
    for row in group.rows.orders.iter().filter(|row| row.stored.is_some()) {
        calls.push(Call::new(sql::CHANGE_ORDER, changed_order(row)));
    }
    let entries: Vec<Vec<Bind<'a>>> = group.rows.journal.iter().map(entry).collect();
    stretch(calls, sql::ADD_ENTRY, &entries);
}

fn keys<'a>(calls: &mut Vec<Call<'a>>, group: &Group<'a>) {
    let mut added = Vec::new();
    for (&(hash, serial), &present) in &group.rows.keys {
        let params = vec![Bind::Int(hash), Bind::Int(serial)];
        if present {
            added.push(params);
        } else {
            calls.push(Call::new(sql::REMOVE_KEY, params));
        }
    }
    stretch(calls, sql::ADD_KEY, &added);
    let routed: Vec<Vec<Bind<'a>>> =
        group.rows.routed.iter().map(|(connection, serial)| vec![Bind::Int(*connection), Bind::Int(*serial)]).collect();
    stretch(calls, sql::ADD_ROUTE, &routed);
}
