//! Two ledgers facing each other, each as server and client: here the system that orders come from, there the account that
//! works on them. Orders are pushed there, results published here.

mod answers;
mod day;
mod faults;
mod orders;
mod results;

use super::super::DIALECT;
use crate::connect::{
    Connect as _, ConnectError, Delivered, Held, Inventory, Loopback, Pulled, REMOTE_KEY, Remote, Transport,
};
use crate::dialect::HubMemory;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, OrderId};
use docket_core::ledger::{Ledger as _, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{
    Attachment, Body, CheckIn, Command, Field, Form, Item, Move, Note, Order, Origin, Point, Stage, State, Task, Value,
};
use futures_util::FutureExt as _;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const ACCOUNT: AccountId = AccountId(1);
const START: &str = "2026-01-15T10:00:00Z";
/// SHA-1 of `secret`.
const PASSWORD: &str = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4";

fn connection(number: i64, name: &str, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account: ACCOUNT,
        name: name.to_owned(),
        dialect: "pruvan".to_owned(),
        role: Role::Both,
        scope: Scope::Routed,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: START.parse().unwrap(),
    }
}

/// One of both: its ledger, its connection to the other, and what it calls that with.
struct Side {
    ledger: Arc<MemoryLedger>,
    connection: Arc<Connection>,
    secrets: BTreeMap<String, String>,
    memory: HubMemory,
    drawn: AtomicU64,
}

impl Side {
    fn new(own: Connection, credentials: &[(&str, &str)], secrets: &[(&str, &str)]) -> Side {
        Side::of(Arc::new(MemoryLedger::new(START.parse().unwrap())), own, credentials, secrets)
    }

    /// One more connection of a ledger.
    fn of(ledger: Arc<MemoryLedger>, own: Connection, credentials: &[(&str, &str)], secrets: &[(&str, &str)]) -> Side {
        let connection = ledger.connect(own, credentials);
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Side { ledger, connection, secrets, memory: HubMemory::default(), drawn: AtomicU64::new(1) }
    }

    fn on<T>(&self, way: &dyn Transport, ask: impl FnOnce(&Remote<'_>) -> T) -> T {
        let random = || u128::from(self.drawn.fetch_add(1, Ordering::Relaxed));
        // What was learned from a `validate` is called with from then on.
        let mut secrets = self.secrets.clone();
        let learned = self.ledger.secret(self.connection.id, "push_key").now_or_never().unwrap().unwrap();
        secrets.extend(learned.map(|key| ("push_key".to_owned(), key)));
        ask(&Remote {
            connection: &self.connection,
            secrets: &secrets,
            transport: way,
            ledger: &*self.ledger,
            origin: "http://there.example",
            now: self.ledger.now(),
            memory: &self.memory,
            random: &random,
        })
    }

    fn pull(&self, way: &dyn Transport) -> Result<Pulled, ConnectError> {
        self.on(way, |remote| super::PruvanClient.pull(remote).now_or_never().unwrap())
    }

    fn deliver(&self, way: &dyn Transport, order: &Order) -> Result<Delivered, ConnectError> {
        self.on(way, |remote| super::PruvanClient.deliver(remote, order).now_or_never().unwrap())
    }

    /// A delivery, or a round of pulling, that others may run beside.
    async fn ask(&self, way: &dyn Transport, order: Option<&Arc<Order>>) {
        let random = || u128::from(self.drawn.fetch_add(1, Ordering::Relaxed));
        let mut secrets = self.secrets.clone();
        let learned = self.ledger.secret(self.connection.id, "push_key").await.unwrap();
        secrets.extend(learned.map(|key| ("push_key".to_owned(), key)));
        let remote = Remote {
            connection: &self.connection,
            secrets: &secrets,
            transport: way,
            ledger: &*self.ledger,
            origin: "http://there.example",
            now: self.ledger.now(),
            memory: &self.memory,
            random: &random,
        };
        match order {
            Some(order) => drop(super::PruvanClient.deliver(&remote, order).await),
            None => drop(super::PruvanClient.pull(&remote).await),
        }
    }

    fn inventory(&self, way: &dyn Transport, after: Option<String>) -> Result<Inventory, ConnectError> {
        self.on(way, |remote| super::PruvanClient.inventory(remote, after).now_or_never().unwrap())
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

    /// The orders that the connection is told of.
    fn told_of(&self) -> Vec<Arc<Order>> {
        let id = self.connection.id;
        let told = |order: &Arc<Order>| order.origin.connection == Some(id) || order.routed_to.contains(&id);
        self.ledger.all_orders().into_iter().filter(told).collect()
    }

    fn now_of(&self, order: OrderId) -> Arc<Order> {
        self.ledger.all_orders().into_iter().find(|known| known.id == order).unwrap()
    }

    fn change(&self, order: OrderId, command: Command) -> Arc<Order> {
        self.submit(&user(), Request::change(Target::Id(order), move |_| Ok(command.clone())))
    }

    fn become_state(&self, order: OrderId, state: State) -> Arc<Order> {
        self.change(order, Command { to: Some(Move::Become(state)), ..Command::default() })
    }

    #[track_caller]
    fn submit(&self, caller: &Caller, request: Request) -> Arc<Order> {
        let outcome = self.ledger.submit(caller, Submission::one(request)).now_or_never().unwrap().unwrap();
        match outcome.into_iter().next().unwrap() {
            Outcome::Done(done) => done.order,
            other => panic!("{other:?}"),
        }
    }

    fn put(&self, order: OrderId, id: &str, body: impl Into<Body>) -> Arc<Order> {
        let origin = Origin { connection: None, dialect: "native".to_owned() };
        let item = Item::new(id, origin, self.ledger.now(), body).by("Bob");
        self.change(order, Command { put: vec![item], ..Command::default() })
    }

    fn note(&self, order: OrderId, id: &str, text: &str) -> Arc<Order> {
        self.put(order, id, Note { text: text.to_owned(), ..Note::default() })
    }

    fn photo(&self, order: OrderId, id: &str, stage: Stage, bytes: &'static [u8]) -> Arc<Order> {
        let blob = self.ledger.keep_blob(Bytes::from_static(bytes)).now_or_never().unwrap().unwrap();
        let photo = Attachment {
            photo: true,
            name: format!("{id}.jpg"),
            media_type: "image/jpeg".to_owned(),
            size_bytes: bytes.len() as i64,
            blob,
            stage: Some(stage),
            task: Some("Mow".to_owned()),
            point: Some(Point { latitude: 30.5, longitude: -97.6, accuracy_m: Some(4.0) }),
            ..Attachment::default()
        };
        self.put(order, id, photo)
    }
}

fn user() -> Caller {
    Caller::user(ACCOUNT, "desk")
}

/// Both sides.
struct Pair {
    here: Side,
    there: Side,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(&[], &[])
    }

    fn with(here: &[(&str, &str)], there: &[(&str, &str)]) -> Pair {
        let mut own = vec![("url", "http://there.example/"), ("towards", "account")];
        own.extend_from_slice(here);
        let claims = [("username", "docket"), ("password", PASSWORD), ("token", "TOKEN")];
        let here = Side::new(connection(7, "crew", &own), &claims, &[("push_key", "KEY")]);
        let mut own = vec![("url", "http://here.example/pruvan"), ("towards", "remote")];
        own.extend_from_slice(there);
        let secrets = [("remote_username", "docket"), ("remote_password", "secret"), ("remote_token", "TOKEN")];
        let there = Side::new(connection(3, "acme", &own), &[("api_key", "KEY")], &secrets);
        Pair { here, there }
    }

    /// From here to there.
    fn out(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &*self.there.ledger, || self.there.ledger.now())
    }

    /// From there to here.
    fn back(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &*self.here.ledger, || self.here.ledger.now())
    }

    /// Time goes by on both sides.
    fn pass(&self, seconds: i64) {
        let now = self.here.ledger.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.here.ledger.set_now(now);
        self.there.ledger.set_now(now);
    }

    /// An order of ours that is handed over.
    fn handed(&self, number: &str) -> Arc<Order> {
        self.handed_with(number, Command::default())
    }

    fn handed_with(&self, number: &str, more: Command) -> Arc<Order> {
        let tasks = ["Mow", "Edge"].map(|name| Task { name: name.to_owned(), ..Task::default() });
        let due: Timestamp = "2026-01-20T12:00:00Z".parse().unwrap();
        let mut command = Command { route_to: vec![self.here.connection.id], ..more }
            .with(Field::Number, number)
            .with(Field::Address1, "111 East Main")
            .with(Field::City, "Round Rock")
            .with(Field::Region, "TX")
            .with(Field::PostalCode, "78664")
            .with(Field::Title, "Grass")
            .with(Field::Tasks, Value::Tasks(tasks.to_vec()));
        command.set.push((Field::Due, Value::Time(due)));
        self.here.submit(&user(), Request::create(command))
    }

    /// The order there that is this one of ours.
    fn same(&self, order: &Order) -> Arc<Order> {
        let found = self.find(order);
        found.unwrap_or_else(|| panic!("order {} is not there", order.serial))
    }

    fn find(&self, order: &Order) -> Option<Arc<Order>> {
        let order = self.here.now_of(order.id);
        // One that was asked for and never pushed has no number of its own there.
        let number = remote_id(&self.here, &order).or_else(|| order.fields.number.clone());
        let is_it = |there: &Arc<Order>| there.fields.number == number;
        self.there.ledger.all_orders().into_iter().find(is_it)
    }

    /// One round of workers on both sides that try everything; what went wrong is tried again in the next.
    fn round(&self, out: &dyn Transport, back: &dyn Transport) -> Vec<String> {
        self.pass(60);
        let mut wrong = Vec::new();
        for (side, way) in [(&self.here, out), (&self.there, back)] {
            for order in side.told_of() {
                wrong.extend(side.deliver(way, &order).err().map(|error| error.to_string()));
            }
            match side.pull(way) {
                Ok(pulled) => wrong.extend(pulled.problems),
                Err(error) => wrong.push(error.to_string()),
            }
        }
        wrong
    }

    /// Deliveries on both sides and a round of pulling, all in turns as calls come back.
    fn at_once(&self, out: &dyn Transport, back: &dyn Transport) {
        let some = |side: &Side| side.told_of().into_iter().rev().take(4).collect::<Vec<_>>();
        let (ours, theirs) = (some(&self.here), some(&self.there));
        let gone = futures_util::future::join_all(ours.iter().map(|order| self.here.ask(out, Some(order))));
        let came = futures_util::future::join_all(theirs.iter().map(|order| self.there.ask(back, Some(order))));
        let mut all = std::pin::pin!(futures_util::future::join3(gone, came, self.there.ask(back, None)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for _ in 0..100_000 {
            if all.as_mut().poll(&mut context).is_ready() {
                return;
            }
        }
        panic!("it does not end");
    }

    /// Rounds until nothing is left to say.
    fn settle(&self, out: &Loopback<'_>, back: &Loopback<'_>) {
        let mut quiet = 0;
        for _ in 0..20 {
            let is_quiet = self.round(out, back).is_empty() && self.is_told(out, back);
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
        panic!("it does not settle: {:?}", self.round(out, back));
    }

    fn is_told(&self, out: &Loopback<'_>, back: &Loopback<'_>) -> bool {
        [(&self.here, out), (&self.there, back)].into_iter().all(|(side, way)| {
            way.take_calls();
            side.told_of().iter().all(|order| side.deliver(way, order).is_ok()) && way.take_calls().is_empty()
        })
    }

    /// Both sides agree on every order, and nothing is there twice.
    #[track_caller]
    fn agree(&self, out: &dyn Transport, back: &dyn Transport) {
        for (side, way) in [(&self.here, out), (&self.there, back)] {
            for held in side.held(way) {
                assert_eq!(Some(&held.says), held.expected.as_ref(), "{} {}", side.connection.name, held.number);
            }
        }
        let ours = self.here.told_of();
        let known: Vec<_> = ours.iter().filter(|order| self.find(order).is_some()).collect();
        assert_eq!(known.len(), self.there.ledger.all_orders().len(), "each is there once");
        for order in known {
            let other = self.same(order);
            assert_eq!(is_over(order), is_over(&other), "{:?} {:?} {}", order.state, other.state, order.serial);
            let (id, of) = (self.here.connection.id, self.there.connection.id);
            let back = |item: &&Item| item.origin.connection == Some(id);
            let gone = |item: &&Item| item.origin.connection != Some(of);
            assert_eq!(said(order, back), said(&other, gone), "order {}", order.serial);
        }
    }
}

fn is_over(order: &Order) -> (bool, bool) {
    let off = matches!(order.state, State::Canceled | State::Deleted);
    (order.state.is_done(), off)
}

fn remote_id(side: &Side, order: &Order) -> Option<String> {
    let mut keys = order.keys.iter().filter(|key| key.connection == side.connection.id);
    keys.find(|key| key.namespace == REMOTE_KEY).map(|key| key.key.clone())
}

/// What the notes and files of an order say.
fn said(order: &Order, which: impl Fn(&&Item) -> bool) -> Vec<String> {
    let words = |item: &Item| match &item.body {
        Body::Note(note) => Some(format!("note {}", note.text)),
        Body::Attachment(file) => Some(format!("file {} {:?} {}", file.name, file.stage, file.blob)),
        Body::CheckIn(check_in) => Some(format!("check-in {:?}", check_in.point.map(|point| point.latitude))),
        Body::Form(_) | Body::Charge(_) | Body::Question(_) => None,
    };
    let mut said: Vec<String> = order.items.iter().filter(which).filter_map(words).collect();
    said.sort();
    said
}

/// The form field of a call, as JSON.
fn sent(call: &crate::connect::Outgoing, field: &str) -> serde_json::Value {
    let content_type = call.headers["content-type"].to_str().unwrap();
    let fields = crate::form::body_fields(content_type, &call.body).now_or_never().unwrap();
    serde_json::from_slice(&crate::form::find(&fields, field).unwrap().value).unwrap()
}

/// The names of the members of an object, in order.
fn names(value: &serde_json::Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
