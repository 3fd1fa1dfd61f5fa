//! Two ledgers facing each other: this dialect's connecting half here, its served half there.

mod answers;
mod faults;
mod field;
mod month;
mod orders;
mod push;

use super::super::DIALECT;
use super::super::map::items;
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
    Attachment, Body, Command, Field, Item, Move, Note, Order, Origin, State, Task, Transition, Value as Held_,
};
use futures_util::FutureExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const ACCOUNT: AccountId = AccountId(1);
const START: &str = "2026-01-15T10:00:00Z";
/// SHA-1 of `secret`.
const HASH: &str = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4";
const THERE: &str = "http://source.example";
const HERE: &str = "http://docket.example";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn connection(number: i64, role: Role, scope: Scope, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account: ACCOUNT,
        name: if role == Role::Serve { "crew" } else { "acme" }.to_owned(),
        dialect: "ppw".to_owned(),
        role,
        scope,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: at("2026-01-15T00:00:00Z"),
    }
}

/// Both sides.
struct Pair {
    here: MemoryLedger,
    there: MemoryLedger,
    connection: Arc<Connection>,
    secrets: BTreeMap<String, String>,
    memory: HubMemory,
    drawn: AtomicU64,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(&[], &[])
    }

    fn with(more: &[(&str, &str)], served: &[(&str, &str)]) -> Pair {
        let (here, there) = (MemoryLedger::new(at(START)), MemoryLedger::new(at(START)));
        there.connect(connection(1, Role::Serve, Scope::Account, served), &[("username", "crew"), ("password", HASH)]);
        let mut settings = vec![("url", "http://source.example/")];
        settings.extend_from_slice(more);
        let connection = here.connect(connection(7, Role::Connect, Scope::Routed, &settings), &[]);
        let secrets = [("username", "crew"), ("password", "secret")];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Pair { here, there, connection, secrets, memory: HubMemory::default(), drawn: AtomicU64::new(1) }
    }

    fn way(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &self.there, || self.there.now())
    }

    /// Files of either side can be fetched by the other.
    fn publish(&self) {
        for (from, to, origin) in [(&self.there, &self.here, THERE), (&self.here, &self.there, HERE)] {
            for order in from.all_orders() {
                for (_, file) in order.attachments() {
                    let bytes = from.blob(&file.blob).now_or_never().unwrap().unwrap().unwrap_or_default();
                    let name = items::named(file, order.serial);
                    to.add_remote(&format!("{origin}/files/{}/{name}", file.blob), "", Bytes::from(bytes));
                }
            }
        }
    }

    fn on<T>(&self, way: &dyn Transport, ask: impl FnOnce(&Remote<'_>) -> T) -> T {
        let random = || u128::from(self.drawn.fetch_add(1, Ordering::Relaxed)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c);
        self.publish();
        ask(&Remote {
            connection: &self.connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.here,
            origin: HERE,
            now: self.here.now(),
            memory: &self.memory,
            random: &random,
        })
    }

    fn pull(&self, way: &dyn Transport) -> Result<Pulled, ConnectError> {
        self.on(way, |remote| super::Importer.pull(remote).now_or_never().unwrap())
    }

    fn deliver(&self, way: &dyn Transport, order: &Order) -> Result<Delivered, ConnectError> {
        self.on(way, |remote| super::Importer.deliver(remote, order).now_or_never().unwrap())
    }

    fn inventory(&self, way: &dyn Transport, after: Option<String>) -> Result<Inventory, ConnectError> {
        self.on(way, |remote| super::Importer.inventory(remote, after).now_or_never().unwrap())
    }

    /// Time goes by on both sides.
    fn pass(&self, seconds: i64) {
        let now = self.here.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.here.set_now(now);
        self.there.set_now(now);
    }

    /// The orders here that came from there.
    fn ours(&self) -> Vec<Arc<Order>> {
        let id = self.connection.id;
        self.here.all_orders().into_iter().filter(|order| order.origin.connection == Some(id)).collect()
    }

    /// One round of a worker that tries everything; what went wrong is tried again in the next.
    fn round(&self, way: &dyn Transport) -> Vec<String> {
        self.pass(120);
        let mut wrong = Vec::new();
        for order in self.ours() {
            wrong.extend(self.deliver(way, &order).err().map(|error| error.to_string()));
        }
        for _ in 0..50 {
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
        let (mut quiet, mut log) = (0, Vec::new());
        for _ in 0..40 {
            let mut wrong = self.round(way);
            wrong.extend(self.ours().iter().filter_map(|order| self.untold(way, order)));
            quiet = if wrong.is_empty() { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
            log.push(wrong);
        }
        let all = |ledger: &MemoryLedger| {
            ledger
                .all_orders()
                .iter()
                .map(|order| format!("{:?}\n{}", order.fields.number, told(ledger, order)))
                .collect::<String>()
        };
        panic!("it does not settle: {log:#?}\nhere\n{}there\n{}", all(&self.here), all(&self.there));
    }

    /// What is still to be said of an order.
    fn untold(&self, way: &Loopback<'_>, order: &Order) -> Option<String> {
        way.take_calls();
        let came = self.deliver(way, order);
        let calls = way.take_calls();
        (came.is_err() || !calls.is_empty()).then(|| format!("{:?}: {came:?}", order.fields.number))
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

    /// The order here that is this one there.
    fn same(&self, there: &Order) -> Arc<Order> {
        let id = there.serial.to_string();
        let is_it = |order: &Arc<Order>| self.report(order).as_ref() == Some(&id);
        self.ours().into_iter().find(is_it).unwrap()
    }

    fn report(&self, order: &Order) -> Option<String> {
        let mut keys = order.keys.iter().filter(|key| key.connection == self.connection.id);
        keys.find(|key| key.namespace == REMOTE_KEY).map(|key| key.key.clone())
    }

    /// Both sides agree on every order, and nothing is there twice.
    #[track_caller]
    fn agree(&self, way: &dyn Transport) {
        for held in self.held(way) {
            assert_eq!(Some(&held.says), held.expected.as_ref(), "order {}", held.number);
        }
        for other in self.there.all_orders().iter().filter(|order| order.state != State::Deleted) {
            let id = other.serial.to_string();
            let same: Vec<_> =
                self.ours().into_iter().filter(|order| self.report(order).as_ref() == Some(&id)).collect();
            if other.state.is_open() {
                assert_eq!(same.len(), 1, "{id} is here {} times", same.len());
            }
            let Some(order) = same.first() else { continue };
            assert_eq!(
                (order.state == State::Canceled, order.state.is_done()),
                (other.state == State::Canceled, other.state.is_done()),
                "here {}, there {}; here\n{}there\n{}",
                order.state,
                other.state,
                told(&self.here, order),
                told(&self.there, other)
            );
            assert_eq!(notes(order), notes(other), "notes of {id}");
            assert_eq!(
                files(order),
                files(other),
                "files of {id}; here\n{}there\n{}",
                told(&self.here, order),
                told(&self.there, other)
            );
            let fields = [Field::Number, Field::City, Field::Instructions, Field::LockCode, Field::Reference];
            // What changes once the work is handed in is not heeded.
            for field in fields.into_iter().filter(|_| other.state.is_open()) {
                assert_eq!(order.fields.get(field), other.fields.get(field), "{} of {id}", field.name());
            }
            assert_eq!(tasks(order), tasks(other));
        }
    }
}

/// What happened to it.
fn told(ledger: &MemoryLedger, order: &Order) -> String {
    let history = ledger.history(&Caller::hub(ACCOUNT), order.serial).now_or_never().unwrap().unwrap();
    let lines = history.iter().map(|entry| format!("{} {} {}\n", entry.at, entry.actor, entry.verb()));
    lines.collect::<String>()
}

/// What its notes say, in order of the words.
fn notes(order: &Order) -> Vec<String> {
    let mut texts: Vec<String> = order.notes().map(|(_, note)| note.text.clone()).collect();
    texts.sort();
    texts
}

/// Its files: name and content.
fn files(order: &Order) -> Vec<(String, String)> {
    let mut files: Vec<_> = order.attachments().map(|(_, file)| (file.name.clone(), file.blob.clone())).collect();
    files.sort();
    files
}

fn tasks(order: &Order) -> Vec<(String, bool)> {
    order.fields.tasks.iter().map(|task| (task.name.clone(), task.done)).collect()
}

#[track_caller]
fn submit(ledger: &MemoryLedger, caller: &Caller, request: Request) -> Arc<Order> {
    let outcome = ledger.submit(caller, Submission::one(request)).now_or_never().unwrap().unwrap();
    match outcome.into_iter().next().unwrap() {
        Outcome::Done(done) => done.order,
        other => panic!("{other:?}"),
    }
}

fn desk() -> Caller {
    Caller::user(ACCOUNT, "desk")
}

fn change(ledger: &MemoryLedger, order: OrderId, command: Command) -> Arc<Order> {
    submit(ledger, &desk(), Request::change(Target::Id(order), move |_| Ok(command.clone())))
}

fn become_state(ledger: &MemoryLedger, order: OrderId, state: State) -> Arc<Order> {
    change(ledger, order, Command { to: Some(Move::Become(state)), ..Command::default() })
}

fn native(id: &str, ledger: &MemoryLedger, body: impl Into<Body>) -> Item {
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    Item::new(id, origin, ledger.now(), body).by("Ann")
}

fn put(ledger: &MemoryLedger, order: OrderId, id: &str, body: impl Into<Body>) -> Arc<Order> {
    change(ledger, order, Command { put: vec![native(id, ledger, body)], ..Command::default() })
}

/// A note by somebody at the desk.
fn noted(ledger: &MemoryLedger, order: OrderId, id: &str, text: &str) -> Arc<Order> {
    put(ledger, order, id, Note { text: text.to_owned(), ..Note::default() })
}

/// A photo.
fn photo(ledger: &MemoryLedger, order: OrderId, id: &str, content: &str) -> Arc<Order> {
    let blob = ledger.keep_blob(Bytes::from(content.to_owned())).now_or_never().unwrap().unwrap();
    let size_bytes = content.len() as i64;
    let (name, media_type) = (format!("{id}.jpg"), "image/jpeg".to_owned());
    put(ledger, order, id, Attachment { photo: true, name, media_type, size_bytes, blob, ..Attachment::default() })
}

fn task(name: &str) -> Task {
    Task { name: name.to_owned(), quantity: Some(1.0), unit_price: Some(25.0), ..Task::default() }
}

/// An order that somebody there made.
fn theirs(pair: &Pair, number: &str) -> Arc<Order> {
    let command = Command::default()
        .with(Field::Number, number)
        .with(Field::ClientCompany, "Alder Bank")
        .with(Field::Service, "Grass cut")
        .with(Field::Address1, "111 East Main")
        .with(Field::City, "Austin")
        .with(Field::Region, "TX")
        .with(Field::Due, at("2026-01-20T00:00:00Z"))
        .with(Field::Instructions, "Mow it")
        .with(Field::Tasks, Held_::Tasks(vec![task("Mow"), task("Trim")]));
    submit(&pair.there, &Caller::hub(ACCOUNT), Request::create(command))
}

fn now_of(ledger: &MemoryLedger, order: OrderId) -> Arc<Order> {
    ledger.all_orders().into_iter().find(|known| known.id == order).unwrap()
}

/// The names of events that were sent, with the order they were about.
fn events(way: &Loopback<'_>) -> Vec<String> {
    way.take_calls().iter().map(|call| call.operation.to_owned()).collect()
}

/// The payload of a call, its data decoded.
fn payload(call: &crate::connect::Outgoing) -> Value {
    let fields = crate::form::fields(&call.body);
    let mut payload: Value = serde_json::from_str(&fields[0].text()).unwrap();
    payload["event_data"] = serde_json::from_str(payload["event_data"].as_str().unwrap()).unwrap();
    payload
}
