//! Two ledgers facing each other: this dialect's connecting half here, its served half there.

mod day;
mod events;
mod faults;
mod files;
mod orders;
mod units;

use super::super::DIALECT;
use crate::connect::{
    Connect as _, ConnectError, Delivered, Held, Inventory, Loopback, Pulled, REMOTE_KEY, Remote, Transport,
};
use crate::dialect::HubMemory;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, OrderId, UnitId};
use docket_core::ledger::{Ledger as _, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Attachment, Command, Field, Item, Move, Order, Origin, State};
use docket_core::track::Report;
use futures_util::FutureExt;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

const ACCOUNT: AccountId = AccountId(1);
const START: &str = "2026-01-15T10:00:00Z";
const TOKEN: &str = "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffee";
/// Units there.
const VAN: i64 = 3007;
const TRUCK: i64 = 3008;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn connection(number: i64, role: Role, scope: Scope, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account: ACCOUNT,
        name: "fleet".to_owned(),
        dialect: "wialon".to_owned(),
        role,
        scope,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: at("2026-01-15T00:00:00Z"),
    }
}

fn unit(id: i64, name: &str, unique_id: &str) -> Unit {
    let (name, unique_id) = (name.to_owned(), unique_id.to_owned());
    Unit { id: UnitId(id), name, unique_id, created_at: at(START), ..Unit::default() }
}

fn position(at: Timestamp, latitude: f64, longitude: f64) -> Position {
    let (altitude_m, speed_kmh, course) = (Some(200.0), Some(40.0), Some(90.0));
    Position { at, latitude, longitude, altitude_m, speed_kmh, course, satellites: 9 }
}

/// Both sides.
struct Pair {
    here: MemoryLedger,
    there: MemoryLedger,
    connection: Arc<Connection>,
    secrets: BTreeMap<String, String>,
    memory: std::sync::Mutex<Arc<HubMemory>>,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(&[])
    }

    fn with(more: &[(&str, &str)]) -> Pair {
        let (here, there) = (MemoryLedger::new(at(START)), MemoryLedger::new(at(START)));
        let served = connection(1, Role::Serve, Scope::Account, &[("resource_id", "2101"), ("limits", "true")]);
        there.connect(served, &[("token", TOKEN)]);
        there.put_unit(unit(VAN, "Van", "355000000000001"));
        there.put_unit(unit(TRUCK, "Truck", "355000000000002"));
        here.put_unit(unit(9001, "Our van", "355000000000001"));
        let mut settings = vec![("url", "http://fleet.example/")];
        settings.extend_from_slice(more);
        let connection = here.connect(connection(7, Role::Connect, Scope::Routed, &settings), &[]);
        let secrets = BTreeMap::from([("token".to_owned(), TOKEN.to_owned())]);
        Pair { here, there, connection, secrets, memory: std::sync::Mutex::default() }
    }

    fn way(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &self.there, || self.there.now())
    }

    fn on<T>(&self, way: &dyn Transport, ask: impl FnOnce(&Remote<'_>) -> T) -> T {
        let random = || 7;
        let memory = Arc::clone(&self.memory.lock().unwrap());
        ask(&Remote {
            connection: &self.connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.here,
            origin: "http://docket.example",
            now: self.here.now(),
            memory: &memory,
            random: &random,
        })
    }

    fn pull(&self, way: &dyn Transport) -> Result<Pulled, ConnectError> {
        self.on(way, |remote| super::WialonClient.pull(remote).now_or_never().unwrap())
    }

    fn deliver(&self, way: &dyn Transport, order: &Order) -> Result<Delivered, ConnectError> {
        self.on(way, |remote| super::WialonClient.deliver(remote, order).now_or_never().unwrap())
    }

    fn inventory(&self, way: &dyn Transport) -> Result<Inventory, ConnectError> {
        self.on(way, |remote| super::WialonClient.inventory(remote, None).now_or_never().unwrap())
    }

    /// The process ends and another begins.
    fn restart(&self) {
        *self.memory.lock().unwrap() = Arc::default();
    }

    /// A round of pulling with deliveries beside it, all in turns as calls come back.
    fn at_once(&self, way: &dyn Transport, orders: &[Arc<Order>]) {
        let deliver = |order| self.on_async(way, order);
        let deliveries = futures_util::future::join_all(orders.iter().map(|order| deliver(Some(order))));
        let both = futures_util::future::join(deliveries, self.on_async(way, None));
        let mut both = std::pin::pin!(both);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for _ in 0..100_000 {
            if both.as_mut().poll(&mut context).is_ready() {
                return;
            }
        }
        panic!("it does not end");
    }

    async fn on_async(&self, way: &dyn Transport, order: Option<&Arc<Order>>) {
        let random = || 7;
        let memory = Arc::clone(&self.memory.lock().unwrap());
        let remote = Remote {
            connection: &self.connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.here,
            origin: "http://docket.example",
            now: self.here.now(),
            memory: &memory,
            random: &random,
        };
        match order {
            Some(order) => drop(super::WialonClient.deliver(&remote, order).await),
            None => drop(super::WialonClient.pull(&remote).await),
        }
    }

    /// Time goes by on both sides.
    fn pass(&self, seconds: i64) {
        let now = self.here.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.here.set_now(now);
        self.there.set_now(now);
    }

    /// The orders here that the connection is told of.
    fn ours(&self) -> Vec<Arc<Order>> {
        let id = self.connection.id;
        let told = |order: &Arc<Order>| order.origin.connection == Some(id) || order.routed_to.contains(&id);
        self.here.all_orders().into_iter().filter(told).collect()
    }

    /// One round of a worker that tries everything; what went wrong is tried again in the next.
    fn round(&self, way: &dyn Transport) -> Vec<String> {
        self.pass(120);
        let mut wrong = Vec::new();
        for order in self.ours() {
            wrong.extend(self.deliver(way, &order).err().map(|error| error.to_string()));
        }
        match self.pull(way) {
            Ok(pulled) => wrong.extend(pulled.problems),
            Err(error) => wrong.push(error.to_string()),
        }
        wrong
    }

    /// Rounds until nothing is left to say and everything was read anew.
    fn settle(&self, way: &Loopback<'_>) {
        let mut quiet = 0;
        for _ in 0..30 {
            let is_quiet = self.round(way).is_empty() && self.ours().iter().all(|order| self.is_told(way, order));
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet == 7 {
                return;
            }
        }
        panic!("it does not settle: {:?}", self.round(way));
    }

    fn is_told(&self, way: &Loopback<'_>, order: &Order) -> bool {
        way.take_calls();
        self.deliver(way, order).is_ok() && way.take_calls().is_empty()
    }

    fn held(&self, way: &dyn Transport) -> Vec<Held> {
        self.inventory(way).unwrap().orders
    }

    /// Both sides agree on every order, and nothing is there twice.
    #[track_caller]
    fn agree(&self, way: &dyn Transport) {
        for held in self.held(way) {
            assert_eq!(Some(&held.says), held.expected.as_ref(), "order {} {}", held.remote, held.number);
        }
        let ours = self.ours();
        for other in &self.there.all_orders() {
            let is_it = |order: &&Arc<Order>| self.remote_ids(order).contains(&other.serial.0.to_string());
            let same: Vec<_> = ours.iter().filter(is_it).collect();
            if same.is_empty() && other.state == State::Deleted {
                // It was gone before anybody looked.
                continue;
            }
            assert_eq!(same.len(), 1, "{} is there {} times: {other:?}", other.serial, same.len());
            let order = same[0];
            if self.remote_ids(order).last() != Some(&other.serial.0.to_string()) {
                // It was done again.
                assert!(!other.state.is_open(), "{other:?}");
                continue;
            }
            // Nobody there has it who could say no; and what is done here is done, whatever becomes of it there.
            let is_nobodys = matches!(order.state, State::Rejected | State::Failed) && other.fields.unit.is_none();
            let is_removed = order.state.is_done() && other.state == State::Deleted;
            assert!(is_nobodys || is_removed || class(order.state) == class(other.state), "{order:?}\n{other:?}");
            if class(other.state) == "open" {
                assert_eq!(unit_name(&self.here, order), unit_name(&self.there, other), "{order:?}\n{other:?}");
                assert_eq!(files(order), files(other), "{order:?}\n{other:?}");
            }
        }
    }

    fn remote_ids(&self, order: &Order) -> Vec<String> {
        let keys = order.keys.iter().filter(|key| key.connection == self.connection.id && key.namespace == REMOTE_KEY);
        keys.map(|key| key.key.clone()).collect()
    }

    /// The order there that is this one here.
    fn other(&self, order: &Order) -> Arc<Order> {
        let order = now_of(&self.here, order.id);
        let serial = self.remote_ids(&order).pop().unwrap();
        self.there.all_orders().into_iter().find(|other| other.serial.to_string() == serial).unwrap()
    }

    /// The order here that is this one there.
    fn same(&self, there: &Order) -> Arc<Order> {
        let serial = there.serial.to_string();
        self.ours().into_iter().find(|order| self.remote_ids(order).contains(&serial)).unwrap()
    }
}

/// What both sides can know of how an order stands.
fn class(state: State) -> &'static str {
    match state {
        State::Received | State::Assigned | State::Accepted | State::Started | State::Waiting => "open",
        State::Completed | State::Submitted | State::Invoiced | State::Closed => "done",
        State::Rejected | State::Failed | State::Canceled | State::Deleted => "off",
    }
}

/// The unique id of the unit that has it.
fn unit_name(ledger: &MemoryLedger, order: &Order) -> Option<String> {
    let units = ledger.units(&Caller::hub(ACCOUNT)).now_or_never().unwrap().unwrap();
    let unit = order.fields.unit?;
    units.iter().find(|known| known.id.0 == unit).map(|unit| unit.unique_id.clone())
}

/// The contents of its files; of several of one name some are called otherwise there.
fn files(order: &Order) -> Vec<String> {
    let mut files: Vec<_> = order.attachments().map(|(_, file)| file.blob.clone()).collect();
    files.sort();
    files
}

#[track_caller]
fn submit(ledger: &MemoryLedger, caller: &Caller, request: Request) -> Arc<Order> {
    let outcome = ledger.submit(caller, Submission::one(request)).now_or_never().unwrap().unwrap();
    match outcome.into_iter().next().unwrap() {
        Outcome::Done(done) => done.order,
        other => panic!("{other:?}"),
    }
}

fn user() -> Caller {
    Caller::user(ACCOUNT, "desk")
}

#[track_caller]
fn change(ledger: &MemoryLedger, order: OrderId, command: Command) -> Arc<Order> {
    submit(ledger, &user(), Request::change(Target::Id(order), move |_| Ok(command.clone())))
}

#[track_caller]
fn become_state(ledger: &MemoryLedger, order: OrderId, state: State) -> Arc<Order> {
    change(ledger, order, Command { to: Some(Move::Become(state)), ..Command::default() })
}

/// A file by somebody at the desk.
fn attached(ledger: &MemoryLedger, order: OrderId, name: &str, content: &str) -> Arc<Order> {
    let blob = ledger.keep_blob(content.to_owned().into()).now_or_never().unwrap().unwrap();
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let size_bytes = i64::try_from(content.len()).unwrap();
    let file = Attachment {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        size_bytes,
        blob,
        ..Attachment::default()
    };
    let put = vec![Item::new(name, origin, ledger.now(), file)];
    change(ledger, order, Command { put, ..Command::default() })
}

/// An order that somebody there made.
fn theirs(pair: &Pair, name: &str) -> Arc<Order> {
    let command = Command::default()
        .with(Field::Number, name)
        .with(Field::Title, name)
        .with(Field::CustomerName, "Ann Lee")
        .with(Field::Address1, "5 Quay Rd")
        .with(Field::Latitude, 53.9)
        .with(Field::Longitude, 27.5)
        .with(Field::RadiusM, 100_i64);
    submit(&pair.there, &Caller::hub(ACCOUNT), Request::create(command))
}

/// An order of ours that is handed over.
fn handed(pair: &Pair, number: &str) -> Arc<Order> {
    let command = Command { route_to: vec![pair.connection.id], ..Command::default() }
        .with(Field::Number, number)
        .with(Field::Description, "Mow the lawn")
        .with(Field::CustomerPhone, "+31 6 1234")
        .with(Field::Address1, "111 East Main")
        .with(Field::City, "Waco")
        .with(Field::Cost, 20.5);
    submit(&pair.here, &user(), Request::create(command))
}

fn now_of(ledger: &MemoryLedger, order: OrderId) -> Arc<Order> {
    ledger.all_orders().into_iter().find(|known| known.id == order).unwrap()
}

/// A unit there says where it is.
fn says(pair: &Pair, unit: i64, latitude: f64) {
    let now = pair.there.now();
    pair.there.report(UnitId(unit), Report::of(position(now, latitude, 27.5), now));
}
