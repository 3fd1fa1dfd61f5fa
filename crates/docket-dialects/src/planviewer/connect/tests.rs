//! Two ledgers facing each other: this dialect's connecting half here, its served half there, with a producer that
//! does the jobs; or a counterpart that, as the vendor, knows nothing of keys.

mod answers;
mod faults;
mod orders;

use super::super::DIALECT;
use super::{ACCEPTS, IDEMPOTENCY_KEY, PlanviewerClient};
use crate::connect::{
    Connect as _, ConnectError, Delivered, Held, Incoming, Loopback, Outgoing, Pulled, REMOTE_KEY, Remote, SendError,
    Settled, Transport,
};
use crate::dialect::{BoxFuture, HubMemory};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind, Site, site_of};
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, OrderId, Uuid};
use docket_core::ledger::{Ledger as _, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{
    Body, Choice, ChoiceAnswer, Command, Field, Fields, Item, Order, Origin, Question, State, Transition,
};
use futures_util::FutureExt as _;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const ACCOUNT: AccountId = AccountId(1);
const PRODUCT: &str = "percelenrapport";
const START: &str = "2026-01-15T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn connection(number: i64, role: Role, scope: Scope, settings: &[(&str, &str)]) -> Connection {
    Connection {
        id: ConnectionId(number),
        account: ACCOUNT,
        name: "land".to_owned(),
        dialect: "planviewer".to_owned(),
        role,
        scope,
        enabled: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        created_at: at("2026-01-01T00:00:00Z"),
    }
}

fn product(slug: &str, name: &str) -> Service {
    let at = at("2026-01-01T00:00:00Z");
    Service {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes()),
        slug: slug.to_owned(),
        name: name.to_owned(),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: at,
        updated_at: at,
    }
}

fn address(address1: &str, postal_code: &str, city: &str) -> Fields {
    Fields {
        address1: Some(address1.to_owned()),
        postal_code: Some(postal_code.to_owned()),
        city: Some(city.to_owned()),
        ..Fields::default()
    }
}

fn site(address1: &str, postal_code: &str, city: &str) -> Site {
    site_of(ACCOUNT, &address(address1, postal_code, city)).unwrap()
}

/// Both sides.
struct Pair {
    here: MemoryLedger,
    there: MemoryLedger,
    connection: Arc<Connection>,
    secrets: BTreeMap<String, String>,
    memory: HubMemory,
    random: AtomicU64,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(&[], &[])
    }

    fn with(here_set: &[(&str, &str)], there_set: &[(&str, &str)]) -> Pair {
        let (here, there) = (MemoryLedger::new(at(START)), MemoryLedger::new(at(START)));
        let mut set = vec![("soft_cap", "1000")];
        set.extend_from_slice(there_set);
        let mut served = connection(1, Role::Serve, Scope::Own, &[]);
        served.settings.extend(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        there.connect(served, &[("key", "K"), ("secret", "S:1")]);
        there.add_service(product(PRODUCT, "Percelenrapport"));
        there.add_service(product("koopsomoverzicht", "Koopsomoverzicht"));
        for place in [
            site("Utrechtsestraat 61", "6811 LW", "Arnhem"),
            site("Voorbeeldstraat 2", "3511 AB", "Utrecht"),
            site("Voorbeeldstraat 52", "3511AB", "Utrecht"),
            site("Voorbeeldstraat 7 a", "3511AB", "Utrecht"),
            site("Voorbeeldstraat 7 b", "3511AB", "Utrecht"),
        ] {
            there.add_site(place);
        }
        let mut set = vec![("url", "http://land.example"), ("daily_cap", "0")];
        set.extend_from_slice(here_set);
        let connection = here.connect(connection(7, Role::Connect, Scope::Routed, &set), &[]);
        let secrets = [("key", "K"), ("secret", "S:1")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Pair { here, there, connection, secrets, memory: HubMemory::default(), random: AtomicU64::new(1) }
    }

    fn way(&self) -> Loopback<'_> {
        Loopback::to(&DIALECT, &self.there, || self.there.now())
    }

    fn on<T>(&self, way: &dyn Transport, ask: impl FnOnce(&Remote<'_>) -> T) -> T {
        let random = || u128::from(self.random.fetch_add(1, Ordering::Relaxed));
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
        self.on(way, |remote| PlanviewerClient.pull(remote).now_or_never().unwrap())
    }

    /// Delivers an order as it is now.
    fn deliver(&self, way: &dyn Transport, order: OrderId) -> Result<Delivered, ConnectError> {
        let order = now_of(&self.here, order);
        self.on(way, |remote| PlanviewerClient.deliver(remote, &order).now_or_never().unwrap())
    }

    /// A round of pulling with deliveries beside it, all in turns as calls come back.
    fn at_once(&self, way: &dyn Transport, orders: &[Arc<Order>]) {
        let deliveries = futures_util::future::join_all(orders.iter().map(|order| self.on_async(way, Some(order))));
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
        let random = || u128::from(self.random.fetch_add(1, Ordering::Relaxed));
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
            Some(order) => drop(PlanviewerClient.deliver(&remote, order).await),
            None => drop(PlanviewerClient.pull(&remote).await),
        }
    }

    fn held(&self, way: &dyn Transport) -> Vec<Held> {
        let (mut held, mut after) = (Vec::new(), None);
        loop {
            let page =
                self.on(way, |remote| PlanviewerClient.inventory(remote, after).now_or_never().unwrap()).unwrap();
            held.extend(page.orders);
            after = page.next;
            if after.is_none() {
                return held;
            }
        }
    }

    fn pass(&self, seconds: i64) {
        let now = self.here.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.here.set_now(now);
        self.there.set_now(now);
    }

    /// An order here for a product at an address, handed over.
    fn order(&self, address1: &str, postal_code: &str) -> OrderId {
        let command = Command { route_to: vec![self.connection.id], ..Command::default() }
            .with_fields(&address(address1, postal_code, ""))
            .with(Field::Service, "Percelenrapport");
        submit(&self.here, Request::create(command)).id
    }

    fn job_of(&self, order: OrderId) -> Option<Arc<Order>> {
        let order = now_of(&self.here, order);
        let key = order.keys.iter().find(|key| key.connection == self.connection.id && key.namespace == REMOTE_KEY)?;
        let id = OrderId(Uuid::try_parse(&key.key).ok()?);
        self.there.all_orders().into_iter().find(|job| job.id == id)
    }

    /// Answers the open question of an order, if there is one.
    fn reply(&self, ledger: &MemoryLedger, order: OrderId, choice: &str) -> bool {
        let known = now_of(ledger, order);
        let Some((item, question)) = known.open_question() else { return false };
        let answer = Some(ChoiceAnswer { choice: choice.to_owned(), by: "desk".to_owned(), at: ledger.now() });
        let item = Item { body: Question { answer, ..question.clone() }.into(), ..item.clone() };
        let command = Command { put: vec![item], ..Command::default() };
        let waits = known.state == State::Waiting;
        change(ledger, order, if waits { command.moving(Transition::Resume) } else { command });
        true
    }

    fn progress(&self, job: OrderId, current: i64, total: i64) {
        let command = Command::default().with(Field::ProgressCurrent, current).with(Field::ProgressTotal, total);
        change(&self.there, job, command.moving(Transition::Start));
    }

    /// The job asks which of two is meant.
    fn ask(&self, job: OrderId, id: &str) {
        let choice = |key: &str| Choice { key: key.to_owned(), label: format!("Lot {key}") };
        let question =
            Question { message: "Which lot?".to_owned(), choices: vec![choice("1"), choice("2")], answer: None };
        let item = Item::new(id, Origin { connection: None, dialect: "native".to_owned() }, self.there.now(), question);
        change(&self.there, job, Command { put: vec![item], ..Command::default() }.moving(Transition::Ask));
    }

    fn finish(&self, job: OrderId) {
        let text = format!("%PDF-1.7 {job}");
        let blob = self.there.keep_blob(text.into_bytes().into()).now_or_never().unwrap().unwrap();
        let command = Command::default()
            .with(Field::ResultBlob, blob)
            .with(Field::ResultType, "application/pdf")
            .with(Field::ResultName, "report 1.pdf")
            .moving(Transition::Complete);
        change(&self.there, job, command);
    }

    fn fail(&self, job: OrderId, why: &str) {
        change(&self.there, job, Command::default().with(Field::Outcome, why).moving(Transition::Fail));
    }

    /// Both sides agree, and every order has one job.
    #[track_caller]
    fn agree(&self, way: &dyn Transport) {
        for held in self.held(way) {
            assert_eq!(Some(&held.says), held.expected.as_ref(), "{}", held.number);
        }
        let orders = self.here.all_orders();
        let jobs: Vec<Arc<Order>> = orders.iter().filter_map(|order| self.job_of(order.id)).collect();
        assert_eq!(jobs.len(), self.there.all_orders().len(), "a job was ordered twice");
        for order in &orders {
            let Some(job) = self.job_of(order.id) else { continue };
            if job.state == State::Completed && order.state != State::Canceled {
                assert_eq!(order.state, State::Completed);
                let blob = order.fields.result_blob.as_deref().unwrap();
                let bytes = self.here.blob(blob).now_or_never().unwrap().unwrap().unwrap();
                assert_eq!(bytes, format!("%PDF-1.7 {}", job.id).into_bytes());
            }
            if order.state != State::Canceled {
                assert_eq!(job.state == State::Failed, order.state == State::Failed);
            }
        }
    }
}

/// A counterpart that knows nothing of keys: the vendor's.
struct Vendor<'a>(Loopback<'a>);

impl Transport for Vendor<'_> {
    fn send<'a>(&'a self, mut call: Outgoing) -> BoxFuture<'a, Result<Incoming, SendError>> {
        call.headers.remove(IDEMPOTENCY_KEY);
        Box::pin(async move {
            let mut answer = self.0.send(call).await?;
            answer.headers.remove(ACCEPTS);
            Ok(answer)
        })
    }
}

#[track_caller]
fn submit(ledger: &MemoryLedger, request: Request) -> Arc<Order> {
    let hub = Caller::hub(ACCOUNT);
    let outcome = ledger.submit(&hub, Submission::one(request)).now_or_never().unwrap().unwrap();
    match outcome.into_iter().next().unwrap() {
        Outcome::Done(done) => done.order,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn change(ledger: &MemoryLedger, order: OrderId, command: Command) -> Arc<Order> {
    submit(ledger, Request::change(Target::Id(order), move |_| Ok(command.clone())))
}

fn now_of(ledger: &MemoryLedger, order: OrderId) -> Arc<Order> {
    ledger.all_orders().into_iter().find(|known| known.id == order).unwrap()
}

fn question(order: &Order) -> &Question {
    order.open_question().unwrap().1
}

fn question_of(item: &Item) -> &Question {
    match &item.body {
        Body::Question(question) => question,
        other => panic!("{other:?}"),
    }
}
