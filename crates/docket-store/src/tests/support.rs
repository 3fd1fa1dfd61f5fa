//! A world to test in.

use crate::{Append, Lookup, Store, StoreOptions};
use docket_core::Timestamp;
use docket_core::catalogue::{customer_of, service_of, site_of};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Serial, Uuid};
use docket_core::ledger::{Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Order};
use docket_core::plan::{Loaded, plan};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) const ACCOUNT: AccountId = AccountId(7);

/// A store of its own, thrown away at the end.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: Option<String>,
    folder: tempfile::TempDir,
    clock: AtomicI64,
}

impl World {
    /// One world per backend that can be tested here.
    pub(crate) async fn each() -> Vec<World> {
        let mut worlds = vec![World::open(None).await];
        if let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") {
            worlds.push(World::open(Some(make_database(&server).await)).await);
        }
        worlds
    }

    /// A world on the embedded database.
    pub(crate) async fn embedded() -> World {
        World::open(None).await
    }

    async fn open(url: Option<String>) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), url.clone()).await;
        World { store, url, folder, clock: AtomicI64::new(1_700_000_000_000_000) }
    }

    /// Another handle on the same data, as another process would have.
    pub(crate) async fn another(&self) -> Store {
        open(self.folder.path(), self.url.clone()).await
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The next moment; nobody else gets the same.
    pub(crate) fn tick(&self) -> Timestamp {
        let us = self.clock.fetch_add(1_000_003, Ordering::Relaxed);
        Timestamp::from_nanosecond(i128::from(us) * 1000 + i128::from(us % 7)).unwrap()
    }

    pub(crate) async fn create(&self, caller: &Caller, command: Command) -> Arc<Order> {
        let outcomes = submit(&self.store, caller, Submission::one(Request::create(command)), self.tick()).await;
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("not created: {other:?}"),
        }
    }

    pub(crate) async fn change(&self, caller: &Caller, serial: Serial, command: Command) -> Arc<Order> {
        let request = Request::change(Target::Serial(serial), move |_| Ok(command.clone()));
        let outcomes = submit(&self.store, caller, Submission::one(request), self.tick()).await;
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("not changed: {other:?}"),
        }
    }
}

async fn open(folder: &Path, database_url: Option<String>) -> Store {
    let options = StoreOptions { data: folder.to_owned(), database_url, queue_limit: 4096 };
    Store::open(options).await.unwrap()
}

async fn make_database(server: &str) -> String {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let name = format!("docket_{}", Uuid::new_v4().simple());
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Loads, plans and appends, again when somebody was faster: what the hub does.
pub(crate) async fn submit(store: &Store, caller: &Caller, submission: Submission, now: Timestamp) -> Vec<Outcome> {
    for _ in 0..200 {
        let mut lookup = Lookup::default();
        for request in &submission.requests {
            match &request.target {
                Target::New => {}
                Target::Id(id) => lookup.ids.push(*id),
                Target::Serial(serial) => lookup.serials.push(*serial),
                target => lookup.keys.extend(docket_core::plan::key_of(caller, target)),
            }
            if let Ok(command) = (request.propose)(None) {
                lookup
                    .keys
                    .extend(command.keys.iter().map(|key| (key.connection, key.namespace.clone(), key.key.clone())));
            }
        }
        let loaded = store.load(caller.account, lookup).await.unwrap();
        let mut serials = store.reserve_serials(submission.requests.len() as i64).await.unwrap();
        let mut mint = || (OrderId(Uuid::now_v7()), Serial(serials.next().unwrap()));
        let planned = plan(loaded, &submission, caller, now, &mut mint);
        let names = planned.writes.iter().map(|write| &write.order.fields);
        let append = Append {
            account: caller.account,
            records: submission.records.clone(),
            counters: submission.counters.clone(),
            mails: submission.mails.clone(),
            mailed_at: now,
            services: names.clone().filter_map(|fields| service_of(caller.account, fields, now)).collect(),
            sites: names.clone().filter_map(|fields| site_of(caller.account, fields)).collect(),
            customers: names.filter_map(|fields| customer_of(caller.account, fields, now)).collect(),
            writes: planned.writes,
        };
        match store.append(append).await {
            Ok(_) => return planned.outcomes,
            Err(crate::StoreError::Conflict) => {}
            Err(crate::StoreError::Outdated) => return submission.requests.iter().map(|_| Outcome::Outdated).collect(),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never came through");
}

pub(crate) fn numbered(number: &str) -> Command {
    Command::default().with(Field::Number, number)
}

/// A creation that was planned without looking.
pub(crate) fn blind(command: Command, serial: i64, now: Timestamp) -> Append {
    let mut mint = || (OrderId(Uuid::now_v7()), Serial(serial));
    let submission = Submission::one(Request::create(command));
    let planned = plan(Loaded::default(), &submission, &Caller::hub(ACCOUNT), now, &mut mint);
    Append { account: ACCOUNT, writes: planned.writes, ..Append::default() }
}
