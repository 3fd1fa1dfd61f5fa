//! Facts in, rows out: the statements of the hot path, prepared once.

use crate::StoreError;
use crate::group::{Facts, Group, Head, JournalRow, OrderFact, OrderRow, Wants};
use crate::prepare::Created;
use crate::record::{VERSION, decode_keys};
use crate::sqlite::{failed, numbered};
use crate::statements as sql;
use rusqlite::{Connection, OptionalExtension, Result, Statement, params};

pub(super) struct Hot<'c> {
    pub(super) begin: Statement<'c>,
    pub(super) commit: Statement<'c>,
    pub(super) rollback: Statement<'c>,
    read_head: Statement<'c>,
    write_head: Statement<'c>,
    order_fact: Statement<'c>,
    holders: Statement<'c>,
    read_record: Statement<'c>,
    write_record: Statement<'c>,
    remove_record: Statement<'c>,
    read_site: Statement<'c>,
    add_site: Statement<'c>,
    add_service: Statement<'c>,
    add_customer: Statement<'c>,
    add_order: Statement<'c>,
    change_order: Statement<'c>,
    add_entry: Statement<'c>,
    add_key: Statement<'c>,
    remove_key: Statement<'c>,
    add_route: Statement<'c>,
    add_mail: Statement<'c>,
    count_mails: Statement<'c>,
}

impl<'c> Hot<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> Result<Hot<'c>> {
        let prepare = |text: &str| connection.prepare(&numbered(text));
        Ok(Hot {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            rollback: prepare("ROLLBACK")?,
            read_head: prepare(sql::READ_HEAD)?,
            write_head: prepare(sql::WRITE_HEAD)?,
            order_fact: prepare(sql::ORDER_FACT)?,
            holders: prepare(sql::HOLDERS)?,
            read_record: prepare(sql::READ_RECORD)?,
            write_record: prepare(sql::WRITE_RECORD)?,
            remove_record: prepare(sql::REMOVE_RECORD)?,
            read_site: prepare(sql::READ_SITE)?,
            add_site: prepare(sql::ADD_SITE)?,
            add_service: prepare(sql::ADD_SERVICE)?,
            add_customer: prepare(sql::ADD_CUSTOMER)?,
            add_order: prepare(sql::ADD_ORDER)?,
            change_order: prepare(sql::CHANGE_ORDER)?,
            add_entry: prepare(sql::ADD_ENTRY)?,
            add_key: prepare(sql::ADD_KEY)?,
            remove_key: prepare(sql::REMOVE_KEY)?,
            add_route: prepare(sql::ADD_ROUTE)?,
            add_mail: prepare(sql::ADD_MAIL)?,
            count_mails: prepare(sql::COUNT_MAILS)?,
        })
    }

    /// Reads what a group has to know.
    pub(super) fn facts(&mut self, wants: &Wants<'_>) -> std::result::Result<Facts, StoreError> {
        let mut facts = Facts::default();
        for &account in &wants.accounts {
            let head =
                self.read_head.query_row([account], |row| Ok(Head { sequence: row.get(0)?, sites: row.get(1)? }));
            facts.heads.insert(account, head.optional().map_err(failed)?.unwrap_or_default());
        }
        for &serial in &wants.serials {
            let fact = self.order_fact.query_row([serial], |row| {
                Ok(OrderFact { account: row.get(0)?, revision: row.get(1)?, place: row.get(2)? })
            });
            if let Some(fact) = fact.optional().map_err(failed)? {
                facts.orders.insert(serial, fact);
            }
        }
        for &hash in &wants.hashes {
            let mut found = self.holders.query([hash]).map_err(failed)?;
            while let Some(row) = found.next().map_err(failed)? {
                let (serial, account, version) =
                    (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
                let extra: String = row.get(3).map_err(failed)?;
                facts.holders.entry(hash).or_default().push((serial, account, decode_keys(version, &extra)?));
            }
        }
        for key in &wants.records {
            let value = self.read_record.query_row(params![key.0, key.1, key.2], |row| row.get(0));
            if let Some(value) = value.optional().map_err(failed)? {
                facts.records.insert((*key).clone(), value);
            }
        }
        for (account, id) in &wants.sites {
            let no = self.read_site.query_row(params![account, id.as_bytes()], |row| row.get(0));
            if let Some(no) = no.optional().map_err(failed)? {
                facts.sites.insert((*account, *id), no);
            }
        }
        Ok(facts)
    }

    /// Writes what a group came to.
    pub(super) fn write(&mut self, group: &Group<'_>) -> Result<()> {
        let rows = &group.rows;
        for (account, no, site) in &rows.sites {
            self.add_site.execute(params![account, no, site.id.as_bytes(), site.postal, site.document])?;
        }
        for row in &rows.orders {
            self.write_order(row)?;
        }
        for row in &rows.journal {
            self.write_entry(row)?;
        }
        // In the order of the index, so that neighbours share their pages.
        let mut keys: Vec<(&(i64, i64), &bool)> = rows.keys.iter().collect();
        keys.sort_unstable();
        for ((hash, serial), present) in keys {
            let statement = if *present { &mut self.add_key } else { &mut self.remove_key };
            statement.execute([hash, serial])?;
        }
        for (connection, serial) in &rows.routed {
            self.add_route.execute([connection, serial])?;
        }
        for (account, row) in &rows.services {
            self.add_service.execute(params![account, row.id.as_bytes(), row.ordering, row.document])?;
        }
        for (account, row) in &rows.customers {
            self.add_customer.execute(params![
                account,
                row.id.as_bytes(),
                i64::from(row.is_company),
                row.created_us,
                row.email,
                row.document
            ])?;
        }
        for (key, value) in &rows.records {
            match value {
                Some(value) => self.write_record.execute(params![key.0, key.1, key.2, value])?,
                None => self.remove_record.execute(params![key.0, key.1, key.2])?,
            };
        }
        for row in &rows.mails {
            let id: i64 = self.count_mails.query_row([], |row| row.get(0))?;
            let mail = row.mail;
            let (account, at) = (row.account, row.at);
            self.add_mail.execute(params![id, account, at.0, at.1, mail.channel, mail.until_ms, mail.document])?;
        }
        for (account, head) in group.heads() {
            self.write_head.execute([account, head.sequence, head.sites])?;
        }
        Ok(())
    }

    fn write_order(&mut self, row: &OrderRow<'_>) -> Result<()> {
        let order = row.order;
        if row.stored.is_none() {
            let id: &[u8] = order.id.as_bytes();
            self.add_order.execute(params![
                order.serial,
                row.account,
                id,
                order.revision,
                order.state,
                row.place,
                order.updated.0,
                order.updated.1,
                order.origin,
                order.unit,
                row.site,
                order.service,
                order.number,
                VERSION,
                order.document,
                order.extra,
            ])?;
            return Ok(());
        }
        self.change_order.execute(params![
            order.serial,
            order.revision,
            order.state,
            row.place,
            order.updated.0,
            order.updated.1,
            order.unit,
            row.site,
            order.service,
            order.number,
            VERSION,
            order.document,
            order.extra,
        ])?;
        Ok(())
    }

    fn write_entry(&mut self, row: &JournalRow<'_>) -> Result<()> {
        let entry = row.entry;
        let (document, extra) = match &entry.created {
            Created::No => (None, None),
            Created::Same => (Some(&entry.document), Some(&entry.extra)),
            Created::Other(document, extra) => (Some(document), Some(extra)),
        };
        let id: &[u8] = entry.id.as_bytes();
        let exchange: Option<&[u8]> = entry.exchange.as_ref().map(|id| id.as_bytes().as_slice());
        let trace: Option<&[u8]> = entry.trace.as_ref().map(|id| id.as_bytes().as_slice());
        self.add_entry.execute(params![
            row.place,
            row.previous,
            entry.serial,
            entry.revision,
            id,
            entry.at.0,
            entry.at.1,
            entry.connection,
            exchange,
            entry.actor,
            VERSION,
            entry.body,
            document,
            extra,
            trace,
            entry.sampled,
        ])?;
        Ok(())
    }
}
