//! Two ledgers facing each other: this dialect's connecting half here, its served half there.

mod answers;
mod day;
mod faults;
mod orders;

use super::super::DIALECT;
use crate::connect::{
    Connect as _, ConnectError, Delivered, Held, Inventory, Loopback, Pulled, REMOTE_KEY, Remote, Transport,
};
use crate::dialect::HubMemory;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind, slug};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, OrderId, Uuid};
use docket_core::ledger::{Ledger as _, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{Command, Field, Item, Move, Note, Order, Origin, State, Task, Value};
use futures_util::FutureExt as _;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

const ACCOUNT: AccountId = AccountId(1);
const SPA: &str = "ae8da28c-e8a4-4141-9df0-8c998976c691";
const BAR: &str = "6b02d015-47ac-4c41-8e9f-5b4db61d4284";
const MASSAGE: &str = "198bc308-c5f2-4a1c-a827-34d99d52f333";
const ANN: &str = "fadd5bb6-b428-45d5-94f8-fd0d89fece6d";
const START: &str = "2026-01-15T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn uuid(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap()
}

fn connection(number: i64, role: Role, scope: Scope, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account: ACCOUNT,
        name: "hotel".to_owned(),
        dialect: "mews".to_owned(),
        role,
        scope,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: at("2026-01-15T00:00:00Z"),
    }
}

fn service(id: &str, name: &str, kind: ServiceKind, parent: Option<&str>, data: Option<&str>) -> Service {
    Service {
        id: uuid(id),
        slug: slug(name),
        name: name.to_owned(),
        kind,
        parent: parent.map(uuid),
        active: true,
        ordering: 0,
        data: data.map(str::to_owned),
        created_at: at("2026-01-02T00:00:00Z"),
        updated_at: at("2026-01-02T00:00:00Z"),
    }
}

/// Both sides.
struct Pair {
    here: MemoryLedger,
    there: MemoryLedger,
    connection: Arc<Connection>,
    secrets: BTreeMap<String, String>,
    memory: HubMemory,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(&[])
    }

    fn with(more: &[(&str, &str)]) -> Pair {
        let (here, there) = (MemoryLedger::new(at(START)), MemoryLedger::new(at(START)));
        let served = connection(1, Role::Serve, Scope::Account, &[("rate_limit", "0")]);
        there.connect(served, &[("access_token", "ACCESS"), ("client_token", "CLIENT")]);
        there.add_service(service(SPA, "Spa", ServiceKind::Additional, None, None));
        there.add_service(service(BAR, "Bar", ServiceKind::Additional, None, None));
        let price = r#"{"Price":{"Currency":"EUR","GrossValue":121,"NetValue":100,"TaxCode":"NL-S"}}"#;
        there.add_service(service(MASSAGE, "Massage", ServiceKind::Product, Some(SPA), Some(price)));
        let (name, email) = ("Ann Lee".to_owned(), Some("ann@example.com".to_owned()));
        let since = at("2026-01-03T00:00:00Z");
        let ann = Customer { id: uuid(ANN), name, email, created_at: since, updated_at: since, ..Customer::default() };
        there.add_customer(ann);
        let mut settings = vec![("url", "http://hotel.example/"), ("account_id", ANN)];
        settings.extend_from_slice(more);
        let connection = here.connect(connection(7, Role::Connect, Scope::Routed, &settings), &[]);
        let secrets = [("client_token", "CLIENT"), ("access_token", "ACCESS")];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Pair { here, there, connection, secrets, memory: HubMemory::default() }
    }

    fn way(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &self.there, || self.there.now())
    }

    fn on<T>(&self, way: &dyn Transport, ask: impl FnOnce(&Remote<'_>) -> T) -> T {
        let random = || 7;
        ask(&Remote {
            connection: &self.connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.here,
            origin: "http://docket.example",
            now: self.here.now(),
            memory: &self.memory,
            random: &random,
        })
    }

    fn pull(&self, way: &dyn Transport) -> Result<Pulled, ConnectError> {
        self.on(way, |remote| super::MewsClient.pull(remote).now_or_never().unwrap())
    }

    fn deliver(&self, way: &dyn Transport, order: &Order) -> Result<Delivered, ConnectError> {
        self.on(way, |remote| super::MewsClient.deliver(remote, order).now_or_never().unwrap())
    }

    fn inventory(&self, way: &dyn Transport, after: Option<String>) -> Result<Inventory, ConnectError> {
        self.on(way, |remote| super::MewsClient.inventory(remote, after).now_or_never().unwrap())
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
        let remote = Remote {
            connection: &self.connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.here,
            origin: "http://docket.example",
            now: self.here.now(),
            memory: &self.memory,
            random: &random,
        };
        match order {
            Some(order) => drop(super::MewsClient.deliver(&remote, order).await),
            None => drop(super::MewsClient.pull(&remote).await),
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
        loop {
            match self.pull(way) {
                Ok(pulled) => {
                    wrong.extend(pulled.problems);
                    if !pulled.more {
                        break;
                    }
                }
                Err(error) => {
                    wrong.push(error.to_string());
                    break;
                }
            }
        }
        wrong
    }

    /// Rounds until nothing is left to say.
    fn settle(&self, way: &Loopback<'_>) {
        // What was said last is read a round later: an interval ends before now.
        let mut quiet = 0;
        for _ in 0..15 {
            let is_quiet = self.round(way).is_empty() && self.ours().iter().all(|order| self.is_told(way, order));
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet == 2 {
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
        let (mut held, mut after) = (Vec::new(), None);
        loop {
            let page = self.inventory(way, after).unwrap();
            held.extend(page.orders);
            after = page.next;
            if after.is_none() {
                return held;
            }
        }
    }

    /// Both sides agree on every order, and nothing is there twice.
    #[track_caller]
    fn agree(&self, way: &dyn Transport) {
        for held in self.held(way) {
            assert_eq!(Some(&held.says), held.expected.as_ref(), "order {}", held.number);
        }
        let ours = self.ours();
        let there = self.there.all_orders();
        let living = |order: &&Arc<Order>| self.remote_id(order).is_some();
        assert_eq!(ours.iter().filter(living).count(), there.len(), "{:?}", there);
        for other in &there {
            let same: Vec<_> =
                ours.iter().filter(|order| self.remote_id(order) == Some(other.id.to_string())).collect();
            assert_eq!(same.len(), 1, "{} is there {} times", other.id, same.len());
            let order = same[0];
            assert_eq!(order.state == State::Canceled, other.state == State::Canceled, "{:?} {:?}", order, other);
            let is_theirs = order.origin.connection == Some(self.connection.id);
            assert_eq!(texts(order), texts_but(other, !is_theirs), "order {}", other.id);
            if is_theirs {
                let names = |order: &Order| {
                    let mut names: Vec<_> = order.fields.tasks.iter().map(|task| task.name.clone()).collect();
                    names.sort();
                    names
                };
                assert_eq!(names(order), names(other));
            }
        }
    }

    fn remote_id(&self, order: &Order) -> Option<String> {
        let mut keys = order.keys.iter().filter(|key| key.connection == self.connection.id);
        keys.find(|key| key.namespace == REMOTE_KEY).map(|key| key.key.clone())
    }
}

/// What its notes say, in order of the words.
fn texts(order: &Order) -> Vec<String> {
    let mut texts: Vec<String> = order.notes().map(|(_, note)| note.text.clone()).collect();
    texts.sort();
    texts
}

/// The same, but for the text that went with the order.
fn texts_but(order: &Order, with: bool) -> Vec<String> {
    let mut texts = texts(order);
    if with {
        texts.retain(|text| !text.starts_with("WO-"));
    }
    texts
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

fn change(ledger: &MemoryLedger, order: OrderId, command: Command) -> Arc<Order> {
    submit(ledger, &user(), Request::change(Target::Id(order), move |_| Ok(command.clone())))
}

fn become_state(ledger: &MemoryLedger, order: OrderId, state: State) -> Arc<Order> {
    change(ledger, order, Command { to: Some(Move::Become(state)), ..Command::default() })
}

/// A note by somebody at the desk.
fn noted(ledger: &MemoryLedger, order: OrderId, id: &str, text: &str) -> Arc<Order> {
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let note = Item::new(id, origin, ledger.now(), Note { text: text.to_owned(), ..Note::default() });
    change(ledger, order, Command { put: vec![note], ..Command::default() })
}

fn task(name: &str, price: Option<f64>) -> Task {
    Task { name: name.to_owned(), quantity: Some(1.0), unit_price: price, ..Task::default() }
}

/// An order that somebody there made.
fn theirs(pair: &Pair, service: &str, lines: &[(&str, Option<f64>)]) -> Arc<Order> {
    let tasks = lines.iter().map(|(name, price)| task(name, *price)).collect();
    let command = Command::default()
        .with(Field::Service, service)
        .with(Field::CustomerId, ANN)
        .with(Field::CustomerName, "Ann Lee")
        .with(Field::Tasks, Value::Tasks(tasks));
    submit(&pair.there, &Caller::hub(ACCOUNT), Request::create(command))
}

/// An order of ours that is handed over.
fn handed(pair: &Pair, number: &str, lines: &[(&str, Option<f64>)]) -> Arc<Order> {
    let tasks = lines.iter().map(|(name, price)| task(name, *price)).collect();
    let command = Command { route_to: vec![pair.connection.id], ..Command::default() }
        .with(Field::Number, number)
        .with(Field::Service, "Spa")
        .with(Field::CustomerEmail, "ann@example.com")
        .with(Field::CustomerName, "Ann Lee")
        .with(Field::Tasks, Value::Tasks(tasks));
    submit(&pair.here, &user(), Request::create(command))
}

fn now_of(ledger: &MemoryLedger, order: OrderId) -> Arc<Order> {
    ledger.all_orders().into_iter().find(|known| known.id == order).unwrap()
}

/// The order here that is this one there.
fn same(pair: &Pair, there: &Order) -> Arc<Order> {
    let id = there.id.to_string();
    pair.ours().into_iter().find(|order| pair.remote_id(order).as_ref() == Some(&id)).unwrap()
}
