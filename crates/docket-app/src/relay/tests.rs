//! With a real store, a counterpart on a real socket, a clock that is moved by hand, and a dialect of orders as plain
//! requests.

mod carrier;
mod deliver;
mod meet;
mod page;
mod rule;

use super::resolve::{self, DeliveryId};
use super::{RelayOptions, Relayer};
use crate::clock::SteeredClock;
use crate::hub::{Hub, HubOptions};
use carrier::Counterpart;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, Serial};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Order};
use docket_store::{Delivery, DeliveryQuery, DeliveryStatus, Resolve, StoreOptions};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const SECRET: &str = "very-secret-token";

/// A hub that relays.
struct World {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    account: AccountId,
    relayer: Relayer,
}

impl World {
    async fn open(data: &Path) -> World {
        World::open_at(data, Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()))).await
    }

    async fn open_at(data: &Path, clock: Arc<SteeredClock>) -> World {
        World::open_allowing(data, clock, &["127.0.0.1"]).await
    }

    async fn open_allowing(data: &Path, clock: Arc<SteeredClock>, allow: &[&str]) -> World {
        let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
        let options = HubOptions {
            store: StoreOptions { data: data.to_path_buf(), database_url: None, queue_limit: 64 },
            outside: crate::outside::OutsideOptions { allow, ..Default::default() },
            relay: RelayOptions { speaks: carrier::speaks, ..RelayOptions::beside(data) },
            ..HubOptions::embedded(data, Arc::clone(&clock) as _)
        };
        let hub = Hub::open(options).await.unwrap();
        let account = hub.store().account("main", true).await.unwrap().unwrap();
        hub.refresh_directory().await.unwrap();
        World { relayer: Relayer::new(Arc::clone(&hub)), hub, clock, account }
    }

    async fn connection(&self, name: &str, role: Role, settings: &[(&str, &str)]) -> Arc<Connection> {
        let connection = Connection {
            id: ConnectionId(0),
            account: self.account,
            name: name.to_owned(),
            dialect: "ppw".to_owned(),
            role,
            scope: Scope::Routed,
            enabled: true,
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            created_at: self.hub.now(),
        };
        let made = self.hub.store().add_connection(connection, Vec::new()).await.unwrap();
        let secrets = BTreeMap::from([("token".to_owned(), Some(SECRET.to_owned()))]);
        self.hub.relay().vault().keep(self.hub.store(), &made, &secrets).await.unwrap();
        self.hub.refresh_directory().await.unwrap();
        made
    }

    /// A connection to a counterpart that is polled seldom.
    async fn calling(&self, counterpart: &Counterpart, settings: &[(&str, &str)]) -> Arc<Connection> {
        let url = counterpart.url();
        let mut all = vec![("url", url.as_str()), ("poll_s", "86400"), ("reconcile_s", "0")];
        all.extend(settings);
        self.connection("carrier", Role::Connect, &all).await
    }

    async fn create(&self, command: Command) -> Arc<Order> {
        self.create_by(&Caller::user(self.account, "test"), command).await
    }

    async fn create_by(&self, caller: &Caller, command: Command) -> Arc<Order> {
        let outcome = self.hub.submit(caller, Submission::one(Request::create(command))).await.unwrap().pop();
        match outcome {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("{other:?}"),
        }
    }

    async fn change(&self, caller: &Caller, serial: Serial, command: Command) -> Arc<Order> {
        let request = Request::change(Target::Serial(serial), move |_| Ok(command.clone()));
        match self.hub.submit(caller, Submission::one(request)).await.unwrap().pop() {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("{other:?}"),
        }
    }

    /// An order that is handed to a connection.
    async fn routed(&self, number: &str, to: &Connection) -> Arc<Order> {
        let command = Command { route_to: vec![to.id], ..Command::default() };
        self.create(command.with(Field::Number, number)).await
    }

    /// Lets the worker do all there is to do now.
    async fn settle(&mut self) {
        self.relayer.settle().await;
    }

    /// Lets time pass in steps, and the worker work in each.
    async fn pass(&mut self, seconds: i64, step: i64) {
        for _ in 0..seconds / step {
            self.clock.advance_ms(step * 1000);
            self.settle().await;
        }
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let query = DeliveryQuery { limit: 1000, ..DeliveryQuery::default() };
        let mut all = self.hub.store().deliveries(self.account, &query).await.unwrap();
        all.sort_by_key(|delivery| (delivery.connection, delivery.serial));
        all
    }

    async fn delivery(&self, connection: &Connection, serial: Serial) -> Delivery {
        self.hub.store().delivery(self.account, connection.id, serial).await.unwrap().unwrap()
    }

    async fn stands(&self, connection: &Connection, order: &Order) -> DeliveryStatus {
        self.delivery(connection, order.serial).await.status
    }

    async fn resolve(&self, connection: &Connection, order: &Order, resolve: Resolve) -> resolve::Resolved {
        let id = DeliveryId(connection.id, order.serial);
        resolve::delivery(self.hub.store(), self.account, id, resolve, self.hub.now()).await.unwrap()
    }

    async fn order(&self, serial: Serial) -> Arc<Order> {
        self.hub.order(&Caller::hub(self.account), Target::Serial(serial)).await.unwrap().unwrap()
    }

    async fn close(self) {
        drop(self.relayer);
        self.hub.close().await.unwrap();
    }
}
