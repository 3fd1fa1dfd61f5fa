//! [`Ledger`], as dialects see the hub.

use super::{Hub, fault, visibility};
use crate::vault::VaultError;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site, Unit};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Sequence, Serial, SiteId, UnitId, Uuid};
use docket_core::ledger::{
    Claim, CustomerQuery, Fault, Fetched, FileLink, Grant, Holder, Ledger, OrderQuery, Outcome, Page, Reply, SiteQuery,
    Submission, Target,
};
use docket_core::order::{Entry, Order, Rejection, State};
use docket_core::plan::key_of;
use docket_core::track::{Report, ReportQuery};
use docket_store::Lookup;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Hub {
    async fn find(&self, caller: &Caller, target: &Target) -> Result<Option<Arc<Order>>, Fault> {
        let found = match target {
            Target::New => None,
            Target::Serial(serial) => self.store.order(caller.account, *serial).await.map_err(fault)?,
            Target::Id(id) => self.store.order_by_id(caller.account, *id).await.map_err(fault)?,
            Target::Key { .. } | Target::KeyOf { .. } => {
                let Some(key) = key_of(caller, target) else { return Ok(None) };
                let lookup = Lookup { keys: vec![key.clone()], ..Lookup::default() };
                let loaded = self.store.load(caller.account, lookup).await.map_err(fault)?;
                loaded.keys.get(&key).and_then(|serial| loaded.orders.get(serial)).cloned()
            }
        };
        Ok(found.filter(|order| caller.sees(order)))
    }
}

impl Ledger for Hub {
    fn authenticate<'a>(&'a self, dialect: &'a str, claims: &'a [Claim<'a>]) -> Reply<'a, Option<Caller>> {
        let found = self.directory().authenticate(dialect, claims);
        Box::pin(std::future::ready(Ok(found)))
    }

    fn submit<'a>(&'a self, caller: &'a Caller, submission: Submission) -> Reply<'a, Vec<Outcome>> {
        Box::pin(self.do_submit(caller, submission))
    }

    fn order<'a>(&'a self, caller: &'a Caller, target: Target) -> Reply<'a, Option<Arc<Order>>> {
        Box::pin(async move {
            let found = self.find(caller, &target).await?;
            Ok(found.filter(|order| order.state != State::Deleted))
        })
    }

    fn orders<'a>(&'a self, caller: &'a Caller, mut query: OrderQuery) -> Reply<'a, Page> {
        query.limit = query.limit.clamp(1, OrderQuery::LIMIT);
        Box::pin(async move {
            if query.updated_from.is_some() || query.updated_before.is_some() {
                self.in_flight.settle().await;
            }
            self.store.page(caller.account, visibility(caller), query).await.map_err(fault)
        })
    }

    fn history<'a>(&'a self, caller: &'a Caller, serial: Serial) -> Reply<'a, Vec<Arc<Entry>>> {
        Box::pin(async move {
            match self.find(caller, &Target::Serial(serial)).await? {
                Some(_) => self.store.history(caller.account, serial).await.map_err(fault),
                None => Ok(Vec::new()),
            }
        })
    }

    fn journal<'a>(&'a self, account: AccountId, after: Sequence, limit: usize) -> Reply<'a, Vec<Arc<Entry>>> {
        Box::pin(async move { self.store.journal(account, after, limit).await.map_err(fault) })
    }

    fn head(&self, account: AccountId) -> Reply<'_, Sequence> {
        Box::pin(async move { self.store.head(account).await.map_err(fault) })
    }

    fn services<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Service>>> {
        Box::pin(self.catalogue(caller.account))
    }

    fn units<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Unit>>> {
        Box::pin(self.units_of(caller.account))
    }

    fn sites<'a>(&'a self, caller: &'a Caller, query: SiteQuery) -> Reply<'a, Vec<Site>> {
        Box::pin(async move { self.store.sites(caller.account, query).await.map_err(fault) })
    }

    fn site<'a>(&'a self, caller: &'a Caller, id: SiteId) -> Reply<'a, Option<Site>> {
        Box::pin(async move { self.store.site(caller.account, id).await.map_err(fault) })
    }

    fn customer<'a>(&'a self, caller: &'a Caller, id: Uuid) -> Reply<'a, Option<Customer>> {
        Box::pin(async move { self.store.customer(caller.account, id).await.map_err(fault) })
    }

    fn customers<'a>(&'a self, caller: &'a Caller, query: CustomerQuery) -> Reply<'a, Vec<Customer>> {
        Box::pin(async move { self.store.customers(caller.account, query).await.map_err(fault) })
    }

    fn put_customer<'a>(&'a self, caller: &'a Caller, customer: Customer) -> Reply<'a, ()> {
        Box::pin(async move { self.store.put_customer(caller.account, customer).await.map_err(fault) })
    }

    fn connection<'a>(&'a self, caller: &'a Caller, id: ConnectionId) -> Reply<'a, Option<Arc<Connection>>> {
        let found = self.directory().connection(id).cloned();
        let found = found.filter(|connection| connection.account == caller.account);
        Box::pin(std::future::ready(Ok(found)))
    }

    fn record<'a>(&'a self, holder: Holder, namespace: &'a str, key: &'a str) -> Reply<'a, Option<String>> {
        Box::pin(async move { self.store.record(holder, namespace, key).await.map_err(fault) })
    }

    fn records<'a>(&'a self, holder: Holder, namespace: &'a str) -> Reply<'a, Vec<(String, String)>> {
        Box::pin(async move { self.store.records(holder, namespace).await.map_err(fault) })
    }

    fn blob<'a>(&'a self, address: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.store.blob(address).await.map_err(fault) })
    }

    fn keep_blob(&self, bytes: Bytes) -> Reply<'_, String> {
        Box::pin(async move { self.store.put_blob(bytes.into()).await.map_err(fault) })
    }

    fn fetch<'a>(&'a self, url: &'a str) -> Reply<'a, Result<Fetched, String>> {
        Box::pin(async move {
            let fetched = self.outside().fetch(url).await;
            Ok(fetched.map(|(bytes, media_type)| Fetched { bytes, media_type }).map_err(|error| error.to_string()))
        })
    }

    fn file_url(&self, file: &FileLink, until: Timestamp) -> String {
        self.signer().link(file, until)
    }

    fn put_unit<'a>(&'a self, caller: &'a Caller, unit: Unit) -> Reply<'a, Result<Unit, Rejection>> {
        Box::pin(self.change_unit(caller, unit))
    }

    fn remove_unit<'a>(&'a self, caller: &'a Caller, unit: UnitId) -> Reply<'a, bool> {
        Box::pin(Hub::remove_unit(self, caller.account, unit))
    }

    fn reports<'a>(&'a self, caller: &'a Caller, query: ReportQuery) -> Reply<'a, Vec<Report>> {
        Box::pin(Hub::reports(self, caller.account, query))
    }

    fn put_reports<'a>(&'a self, caller: &'a Caller, reports: Vec<(UnitId, Report)>) -> Reply<'a, ()> {
        Box::pin(self.put_reports_of(caller.account, reports))
    }

    fn remove_report<'a>(&'a self, caller: &'a Caller, unit: UnitId, report: Report) -> Reply<'a, bool> {
        Box::pin(async move { Hub::remove_report(self, caller.account, unit, &report).await })
    }

    fn connections<'a>(&'a self, dialect: &'a str) -> Reply<'a, Vec<Arc<Connection>>> {
        let directory = self.directory();
        let wanted = |connection: &&Arc<Connection>| connection.enabled && connection.dialect == dialect;
        let found: Vec<Arc<Connection>> = directory.connections().filter(wanted).cloned().collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn grants(&self, connection: ConnectionId) -> Reply<'_, Vec<Grant>> {
        let found: Vec<Grant> = self.directory().grants(connection).cloned().collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, Option<Grant>> {
        let found = self.directory().grants(connection).find(|grant| grant.hash == hash).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn put_grant(&self, connection: ConnectionId, grant: Grant) -> Reply<'_, ()> {
        Box::pin(async move {
            self.store.put_grant(connection, &grant).await.map_err(fault)?;
            self.refresh_directory().await
        })
    }

    fn remove_grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, bool> {
        Box::pin(async move {
            let is_gone = self.store.remove_grant(connection, hash).await.map_err(fault)?;
            self.refresh_directory().await?;
            Ok(is_gone)
        })
    }

    fn secret<'a>(&'a self, connection: ConnectionId, name: &'a str) -> Reply<'a, Option<String>> {
        Box::pin(async move { self.relay().vault().secret(&self.store, connection, name).await.map_err(sealed) })
    }

    fn keep_secret<'a>(&'a self, connection: ConnectionId, name: &'a str, value: &'a str) -> Reply<'a, ()> {
        Box::pin(async move {
            let Some(connection) = self.directory().connection(connection).cloned() else { return Ok(()) };
            let secrets = BTreeMap::from([(name.to_owned(), Some(value.to_owned()))]);
            self.relay().vault().keep(&self.store, &connection, &secrets).await.map_err(sealed)?;
            // What waits for it need not wait for the next beat.
            self.relay().ring();
            Ok(())
        })
    }

    fn nudge(&self, connection: ConnectionId) {
        self.relay().nudge(connection);
    }
}

fn sealed(error: VaultError) -> Fault {
    match error {
        VaultError::Store(error) => fault(error),
        VaultError::Key(what) | VaultError::Broken(what) => {
            tracing::error!(error = what, "a secret can neither be sealed nor opened");
            Fault::Store(what)
        }
    }
}
