//! A ledger on which whoever calls is somebody: the credentials in a logged request are stars, so they are not looked at.

use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site, Unit};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{
    Claim, CustomerQuery, Fetched, FileLink, Grant, Holder, Ledger, OrderQuery, Outcome, Page, Reply, SiteQuery,
    Submission, Target,
};
use docket_core::order::{Entry, Order, Rejection};
use docket_core::track::{Report, ReportQuery};
use std::sync::Arc;

/// A ledger, and who calls.
pub(super) struct Standing<'l> {
    pub(super) ledger: &'l dyn Ledger,
    pub(super) caller: Caller,
}

impl Ledger for Standing<'_> {
    fn authenticate<'a>(&'a self, _dialect: &'a str, _claims: &'a [Claim<'a>]) -> Reply<'a, Option<Caller>> {
        Box::pin(std::future::ready(Ok(Some(self.caller.clone()))))
    }

    fn submit<'a>(&'a self, caller: &'a Caller, submission: Submission) -> Reply<'a, Vec<Outcome>> {
        self.ledger.submit(caller, submission)
    }

    fn order<'a>(&'a self, caller: &'a Caller, target: Target) -> Reply<'a, Option<Arc<Order>>> {
        self.ledger.order(caller, target)
    }

    fn orders<'a>(&'a self, caller: &'a Caller, query: OrderQuery) -> Reply<'a, Page> {
        self.ledger.orders(caller, query)
    }

    fn history<'a>(&'a self, caller: &'a Caller, serial: Serial) -> Reply<'a, Vec<Arc<Entry>>> {
        self.ledger.history(caller, serial)
    }

    fn journal<'a>(&'a self, account: AccountId, after: Sequence, limit: usize) -> Reply<'a, Vec<Arc<Entry>>> {
        self.ledger.journal(account, after, limit)
    }

    fn head(&self, account: AccountId) -> Reply<'_, Sequence> {
        self.ledger.head(account)
    }

    fn services<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Service>>> {
        self.ledger.services(caller)
    }

    fn units<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Unit>>> {
        self.ledger.units(caller)
    }

    fn sites<'a>(&'a self, caller: &'a Caller, query: SiteQuery) -> Reply<'a, Vec<Site>> {
        self.ledger.sites(caller, query)
    }

    fn site<'a>(&'a self, caller: &'a Caller, id: SiteId) -> Reply<'a, Option<Site>> {
        self.ledger.site(caller, id)
    }

    fn customer<'a>(&'a self, caller: &'a Caller, id: Uuid) -> Reply<'a, Option<Customer>> {
        self.ledger.customer(caller, id)
    }

    fn customers<'a>(&'a self, caller: &'a Caller, query: CustomerQuery) -> Reply<'a, Vec<Customer>> {
        self.ledger.customers(caller, query)
    }

    fn put_customer<'a>(&'a self, caller: &'a Caller, customer: Customer) -> Reply<'a, ()> {
        self.ledger.put_customer(caller, customer)
    }

    fn connection<'a>(&'a self, caller: &'a Caller, id: ConnectionId) -> Reply<'a, Option<Arc<Connection>>> {
        self.ledger.connection(caller, id)
    }

    fn record<'a>(&'a self, holder: Holder, namespace: &'a str, key: &'a str) -> Reply<'a, Option<String>> {
        self.ledger.record(holder, namespace, key)
    }

    fn records<'a>(&'a self, holder: Holder, namespace: &'a str) -> Reply<'a, Vec<(String, String)>> {
        self.ledger.records(holder, namespace)
    }

    fn blob<'a>(&'a self, address: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        self.ledger.blob(address)
    }

    fn put_unit<'a>(&'a self, caller: &'a Caller, unit: Unit) -> Reply<'a, Result<Unit, Rejection>> {
        self.ledger.put_unit(caller, unit)
    }

    fn remove_unit<'a>(&'a self, caller: &'a Caller, unit: UnitId) -> Reply<'a, bool> {
        self.ledger.remove_unit(caller, unit)
    }

    fn reports<'a>(&'a self, caller: &'a Caller, query: ReportQuery) -> Reply<'a, Vec<Report>> {
        self.ledger.reports(caller, query)
    }

    fn put_reports<'a>(&'a self, caller: &'a Caller, reports: Vec<(UnitId, Report)>) -> Reply<'a, ()> {
        self.ledger.put_reports(caller, reports)
    }

    fn remove_report<'a>(&'a self, caller: &'a Caller, unit: UnitId, report: Report) -> Reply<'a, bool> {
        self.ledger.remove_report(caller, unit, report)
    }

    fn connections<'a>(&'a self, dialect: &'a str) -> Reply<'a, Vec<Arc<Connection>>> {
        self.ledger.connections(dialect)
    }

    fn grants(&self, connection: ConnectionId) -> Reply<'_, Vec<Grant>> {
        self.ledger.grants(connection)
    }

    fn grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, Option<Grant>> {
        self.ledger.grant(connection, hash)
    }

    fn put_grant(&self, connection: ConnectionId, grant: Grant) -> Reply<'_, ()> {
        self.ledger.put_grant(connection, grant)
    }

    fn remove_grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, bool> {
        self.ledger.remove_grant(connection, hash)
    }

    fn secret<'a>(&'a self, connection: ConnectionId, name: &'a str) -> Reply<'a, Option<String>> {
        self.ledger.secret(connection, name)
    }

    fn keep_secret<'a>(&'a self, connection: ConnectionId, name: &'a str, value: &'a str) -> Reply<'a, ()> {
        self.ledger.keep_secret(connection, name, value)
    }

    fn keep_blob(&self, bytes: Bytes) -> Reply<'_, String> {
        self.ledger.keep_blob(bytes)
    }

    fn fetch<'a>(&'a self, url: &'a str) -> Reply<'a, Result<Fetched, String>> {
        self.ledger.fetch(url)
    }

    fn file_url(&self, file: &FileLink, until: Timestamp) -> String {
        self.ledger.file_url(file, until)
    }

    fn nudge(&self, connection: ConnectionId) {
        self.ledger.nudge(connection)
    }
}
