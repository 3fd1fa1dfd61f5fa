//! Every rule of jobs, on a real store with a steered clock.

use super::desk::{ClaimError, Claimed, Keyed, Wanted, claim, claim_within};
use super::keeper::look_through_tickets;
use super::ticket::End;
use super::work::{Made, Progress, Retry, WorkError, Worker, shown_next};
use super::{desk::to_do, product, ticket};
use crate::clock::SteeredClock;
use crate::hub::{Hub, HubOptions};
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{
    Choice, ChoiceAnswer, Command, Field, Item, Order, Origin, Question, State, Task, Transition, Value,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

struct Shop {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    account: AccountId,
    caller: Caller,
    data: tempfile::TempDir,
}

async fn open(data: &Path, clock: &Arc<SteeredClock>) -> Arc<Hub> {
    Hub::open(HubOptions::embedded(data, Arc::clone(clock) as _)).await.unwrap()
}

fn service(number: u128, producer: Option<&str>) -> Service {
    Service {
        id: Uuid::from_u128(number),
        slug: format!("product_{number}"),
        name: format!("Product {number}"),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering: 0,
        data: producer.map(|producer| format!("{{\"producer\":\"{producer}\"}}")),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

impl Shop {
    async fn open() -> Shop {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
        let hub = open(data.path(), &clock).await;
        let account = hub.store().account("main", true).await.unwrap().unwrap();
        for service in [service(1, Some("acme")), service(2, Some("acme")), service(3, None)] {
            hub.put_service(account, service).await.unwrap();
        }
        hub.catalogue(account).await.unwrap();
        Shop { hub, clock, account, caller: Caller::user(account, "token ci"), data }
    }

    async fn submit(&self, request: Request) -> Arc<Order> {
        match self.hub.submit(&self.caller, Submission::one(request)).await.unwrap().pop() {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("{other:?}"),
        }
    }

    /// A job for a product.
    async fn order(&self, product: u128) -> Serial {
        let command = Command::default()
            .with(Field::Service, Uuid::from_u128(product).to_string())
            .with(Field::ProgressCurrent, 0)
            .with(Field::ProgressTotal, 6);
        self.submit(Request::create(command)).await.serial
    }

    async fn moved(&self, serial: Serial, transition: Transition) {
        self.submit(Request::change(Target::Serial(serial), move |_| Ok(Command::default().moving(transition)))).await;
    }

    async fn wanted(&self, limit: usize) -> Wanted {
        let services = product::made_by(&self.hub.catalogue(self.account).await.unwrap(), "acme");
        Wanted { producer: "acme".to_owned(), services, lease_ms: 60_000, limit, keyed: None }
    }

    async fn claim_as(&self, by: &str) -> Option<Claimed> {
        let caller = Caller::user(self.account, by);
        claim(&self.hub, &caller, &self.wanted(1).await).await.unwrap().0.pop()
    }

    async fn claim(&self) -> Option<Claimed> {
        self.claim_as("token ci").await
    }

    fn worker<'a>(&'a self, claimed: &'a Claimed) -> Worker<'a> {
        Worker { hub: &self.hub, caller: &self.caller, claim: &claimed.claim }
    }

    async fn shown(&self, serial: Serial) -> Arc<Order> {
        self.hub.order(&self.caller, Target::Serial(serial)).await.unwrap().unwrap()
    }

    /// What the client sees: state and steps.
    async fn face(&self, serial: Serial) -> (State, i64, i64) {
        let order = self.shown(serial).await;
        (order.state, order.fields.progress_current.unwrap(), order.fields.progress_total.unwrap())
    }

    async fn ticket(&self, serial: Serial) -> ticket::Ticket {
        ticket::read(&self.hub, self.account, serial).await.unwrap().ticket
    }

    async fn answer(&self, serial: Serial, choice: &'static str) {
        let request = Request::change(Target::Serial(serial), move |order: &Order| {
            let (item, question) = order.open_question().unwrap();
            let answer = Some(ChoiceAnswer { choice: choice.to_owned(), by: "user".to_owned(), at: item.at });
            let item = Item { body: Question { answer, ..question.clone() }.into(), ..item.clone() };
            Ok(Command { put: vec![item], ..Command::default() }.moving(Transition::Resume))
        });
        self.submit(request).await;
    }
}

fn at(claimed: &Claimed) -> Target {
    Target::Serial(claimed.order.serial)
}

fn steps(current: i64, total: i64) -> Progress {
    Progress { current, total, message: None }
}

fn made(blob: &str) -> Made {
    Made { blob: blob.to_owned(), name: "a.pdf".to_owned(), media_type: "application/pdf".to_owned() }
}

fn question(id: &str) -> Item {
    let choice = |key: &str| Choice { key: key.to_owned(), label: format!("Lot {key}") };
    let body = Question { message: "Which?".to_owned(), choices: vec![choice("1"), choice("2")], answer: None };
    Item::new(id, Origin { connection: None, dialect: "native".to_owned() }, jiff::Timestamp::UNIX_EPOCH, body)
}

fn is_lost<T: std::fmt::Debug>(answer: &Result<T, WorkError>) -> bool {
    matches!(answer, Err(WorkError::Lost(_)))
}

#[test]
fn what_a_client_is_shown_never_goes_back() {
    assert_eq!(shown_next((0, 6), (0, 3)), (0, 3), "what nobody began may turn out shorter");
    assert_eq!(shown_next((0, 6), (2, 40)), (2, 40));
    assert_eq!(shown_next((3, 6), (4, 6)), (4, 6));
    assert_eq!(shown_next((3, 6), (1, 6)), (3, 6), "another producer starts anew");
    assert_eq!(shown_next((3, 6), (1, 2)), (3, 6), "as far, but fewer steps");
    assert_eq!(shown_next((3, 6), (4, 20)), (3, 6), "more steps, but less far");
    assert_eq!(shown_next((3, 6), (10, 20)), (10, 20));
    assert_eq!(shown_next((0, 0), (0, 1)), (0, 1));
    assert_eq!(shown_next((0, 0), (9, 3)), (9, 9), "never more than all");
    assert_eq!(shown_next((i64::MAX, i64::MAX), (i64::MAX - 1, i64::MAX)), (i64::MAX, i64::MAX));
    for shown in (0..5).flat_map(|total| (0..=total).map(move |current| (current, total))) {
        for said in (0..9).flat_map(|total| (0..12).map(move |current| (current, total))) {
            let next = shown_next(shown, said);
            assert!(next.0 >= shown.0 && next.0 <= next.1.max(shown.1), "{shown:?} {said:?} {next:?}");
            assert!(next.0 * shown.1.max(1) >= shown.0 * next.1, "{shown:?} {said:?} {next:?}");
        }
    }
}

#[tokio::test]
async fn the_oldest_job_goes_to_one_producer() {
    let shop = Shop::open().await;
    assert!(shop.claim().await.is_none());
    let (first, second) = (shop.order(1).await, shop.order(2).await);
    shop.order(3).await;
    let claimed = shop.claim().await.unwrap();
    assert_eq!((claimed.order.serial, claimed.product.slug.as_str()), (first, "product_1"));
    assert_eq!(shop.face(first).await, (State::Started, 0, 6));
    assert_eq!(shop.claim_as("token other").await.unwrap().order.serial, second);
    assert!(shop.claim().await.is_none(), "the third is another producer's");
    let mine = Wanted { services: vec![Uuid::from_u128(2).to_string()], ..shop.wanted(9).await };
    shop.order(1).await;
    assert!(claim(&shop.hub, &shop.caller, &mine).await.unwrap().0.is_empty(), "only what was asked for");
}

#[tokio::test]
async fn of_many_claimers_each_job_goes_to_one() {
    let shop = Shop::open().await;
    for _ in 0..10 {
        shop.order(1).await;
    }
    let wanted = shop.wanted(2).await;
    let claiming = (0..20).map(|n| {
        let (hub, wanted, caller) =
            (Arc::clone(&shop.hub), wanted.clone(), Caller::user(shop.account, format!("token {n}")));
        tokio::spawn(async move { claim(&hub, &caller, &wanted).await.unwrap().0 })
    });
    let given = futures_util::future::join_all(claiming).await;
    let mut serials: Vec<Serial> =
        given.into_iter().flat_map(|given| given.unwrap()).map(|claimed| claimed.order.serial).collect();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), 10);
    let entries = shop.hub.journal(shop.account, docket_core::ids::Sequence(0), 100).await.unwrap();
    assert_eq!(entries.len(), 20, "made and begun, once each");
}

#[tokio::test]
async fn a_lost_claim_changes_nothing() {
    let shop = Shop::open().await;
    let serial = shop.order(1).await;
    let first = shop.claim_as("token a").await.unwrap();
    shop.worker(&first).progress(&at(&first), &steps(3, 6)).await.unwrap();
    shop.clock.advance_ms(59_999);
    assert!(shop.claim_as("token b").await.is_none(), "the lease lasts");
    shop.worker(&first).heartbeat(&at(&first)).await.unwrap();
    shop.clock.advance_ms(59_999);
    assert!(shop.claim_as("token b").await.is_none(), "a sign of life renews it");
    shop.clock.advance_ms(1);
    shop.worker(&first).progress(&at(&first), &steps(4, 6)).await.expect("late, and nobody else has it");
    shop.clock.advance_ms(60_000);
    let second = shop.claim_as("token b").await.expect("the lease is over");
    let before = shop.shown(serial).await;
    let worker = shop.worker(&first);
    assert!(is_lost(&worker.heartbeat(&at(&first)).await));
    assert!(is_lost(&worker.progress(&at(&first), &steps(5, 6)).await));
    assert!(is_lost(&worker.ask(&at(&first), &question("q"), false).await));
    assert!(is_lost(&worker.ask(&at(&first), &question("q"), true).await));
    assert!(is_lost(&worker.finish(&at(&first), &made("b")).await));
    assert!(is_lost(&worker.fail(&at(&first), "no", Retry::No).await));
    assert!(is_lost(&worker.release(&at(&first)).await));
    assert!(!worker.holds(&at(&first)).await.unwrap());
    assert_eq!(shop.shown(serial).await, before);
    let forged = Claimed { claim: "claim_0".to_owned(), ..first.clone() };
    assert!(is_lost(&shop.worker(&forged).heartbeat(&at(&forged)).await));
    let ticket = shop.ticket(serial).await;
    assert_eq!((ticket.spent, ticket.held.as_ref().unwrap().by.as_str()), (1, "token b"));
    assert_eq!(ticket.attempts[0].end, End::Lost);
    // The second starts anew, and the client sees no step back.
    for (said, shown) in [((0, 6), (4, 6)), ((3, 6), (4, 6)), ((5, 6), (5, 6))] {
        shop.worker(&second).progress(&at(&second), &steps(said.0, said.1)).await.unwrap();
        assert_eq!(shop.face(serial).await, (State::Started, shown.0, shown.1));
    }
    shop.worker(&second).finish(&at(&second), &made("b")).await.unwrap();
    assert_eq!(shop.face(serial).await, (State::Completed, 6, 6));
}

#[tokio::test]
async fn the_same_again_answers_the_same() {
    let shop = Shop::open().await;
    let serial = shop.order(1).await;
    let claimed = shop.claim().await.unwrap();
    let (worker, job) = (shop.worker(&claimed), at(&claimed));
    for _ in 0..3 {
        worker.progress(&job, &steps(1, 2)).await.unwrap();
    }
    assert_eq!(shop.shown(serial).await.revision.0, 3, "made, begun, one step");
    assert!(!worker.finish(&job, &made("b")).await.unwrap().again);
    let done = shop.shown(serial).await;
    assert_eq!((done.state, done.fields.result_blob.as_deref()), (State::Completed, Some("b")));
    assert!(worker.finish(&job, &made("b")).await.unwrap().again);
    assert!(matches!(worker.finish(&job, &made("c")).await, Err(WorkError::Ended(_))));
    assert!(is_lost(&worker.progress(&job, &steps(2, 2)).await), "what is over is over");
    assert_eq!(shop.shown(serial).await, done);
    assert!(ticket::open(&shop.hub, shop.account).await.unwrap().is_empty(), "its ticket is put away");

    let serial = shop.order(1).await;
    let claimed = shop.claim().await.unwrap();
    let (worker, job) = (shop.worker(&claimed), at(&claimed));
    for again in [false, true] {
        assert_eq!(worker.release(&job).await.unwrap().again, again);
    }
    assert_eq!(shop.ticket(serial).await.spent, 0, "what is given back counts as no attempt");
    let claimed = shop.claim().await.unwrap();
    let (worker, job) = (shop.worker(&claimed), at(&claimed));
    for again in [false, true] {
        assert_eq!(worker.fail(&job, "no such lot", Retry::No).await.unwrap().again, again);
    }
    assert!(matches!(worker.fail(&job, "other words", Retry::No).await, Err(WorkError::Ended(_))));
    let failed = shop.shown(serial).await;
    assert_eq!((failed.state, failed.fields.outcome.as_deref()), (State::Failed, Some("no such lot")));
    assert!(shop.claim().await.is_none());
}

#[tokio::test]
async fn attempts_are_limited() {
    let shop = Shop::open().await;
    shop.hub.limit_job_attempts(3);
    let serial = shop.order(1).await;
    let first = shop.claim().await.unwrap();
    shop.worker(&first).fail(&at(&first), "the source is down", Retry::Later).await.unwrap();
    assert!(shop.claim().await.is_none(), "not at once");
    shop.clock.advance_ms(10_000);
    let second = shop.claim().await.unwrap();
    shop.worker(&second).fail(&at(&second), "still down", Retry::After(1_000)).await.unwrap();
    shop.clock.advance_ms(1_000);
    assert!(shop.claim().await.is_some());
    assert_eq!(shop.shown(serial).await.state, State::Started);
    shop.clock.advance_ms(60_000);
    look_through_tickets(&shop.hub, shop.account).await.unwrap();
    let failed = shop.shown(serial).await;
    assert_eq!(failed.state, State::Failed, "the third was not heard of");
    assert_eq!(
        failed.fields.outcome.as_deref(),
        Some("given up after 3 attempts; the last: nothing was heard of acme for 60 s")
    );
    assert!(shop.claim().await.is_none());

    // The last failure a producer tells of is the reason itself.
    let serial = shop.order(1).await;
    for reason in ["one", "two", "three"] {
        shop.clock.advance_ms(600_000);
        let claimed = shop.claim().await.unwrap();
        shop.worker(&claimed).fail(&at(&claimed), reason, Retry::Later).await.unwrap();
    }
    assert_eq!(shop.shown(serial).await.fields.outcome.as_deref(), Some("three"));

    // Who finds a job that is used up gives it up, too.
    let serial = shop.order(1).await;
    for _ in 0..3 {
        assert!(shop.claim().await.is_some());
        shop.clock.advance_ms(60_000);
    }
    assert!(shop.claim().await.is_none());
    assert_eq!(shop.shown(serial).await.state, State::Failed);

    // Opened again by somebody, it starts anew.
    shop.moved(serial, Transition::Reopen).await;
    let claimed = shop.claim().await.expect("open again");
    assert_eq!((claimed.order.serial, claimed.ticket.spent, claimed.ticket.attempts.len()), (serial, 0, 3));
}

#[tokio::test]
async fn a_question_is_answered_to_whoever_goes_on() {
    let shop = Shop::open().await;
    let serial = shop.order(1).await;
    let claimed = shop.claim().await.unwrap();
    let (worker, job) = (shop.worker(&claimed), at(&claimed));
    worker.progress(&job, &steps(2, 5)).await.unwrap();
    for _ in 0..2 {
        worker.ask(&job, &question("lot"), false).await.unwrap();
    }
    assert_eq!(shop.face(serial).await, (State::Waiting, 2, 5));
    worker.progress(&job, &steps(3, 5)).await.unwrap();
    assert_eq!(shop.face(serial).await, (State::Waiting, 2, 5), "frozen while the user is asked");
    shop.clock.advance_ms(50_000);
    worker.heartbeat(&job).await.unwrap();
    shop.clock.advance_ms(50_000);
    shop.answer(serial, "2").await;
    assert!(shop.claim().await.is_none(), "its holder is there and goes on");
    worker.progress(&job, &steps(3, 5)).await.unwrap();
    assert_eq!(shop.face(serial).await, (State::Started, 3, 5));
    // Another question, and the job is given back with it.
    for again in [false, true] {
        assert_eq!(worker.ask(&job, &question("floor"), true).await.unwrap().again, again);
    }
    assert!(is_lost(&worker.heartbeat(&job).await));
    assert!(shop.claim().await.is_none(), "nobody goes on before it is answered");
    shop.clock.advance_ms(86_400_000);
    shop.answer(serial, "1").await;
    let next = shop.claim_as("token b").await.unwrap();
    let answers: Vec<&str> = next
        .order
        .questions()
        .filter_map(|(_, question)| question.answer.as_ref().map(|answer| answer.choice.as_str()))
        .collect();
    assert_eq!((answers, next.ticket.spent), (vec!["2", "1"], 0));
    // Whoever asks and dies is not blamed; another question of the same name is another.
    shop.worker(&next).ask(&at(&next), &question("roof"), false).await.unwrap();
    let other =
        Item { body: Question { message: "Else?".to_owned(), ..Question::default() }.into(), ..question("roof") };
    assert!(matches!(shop.worker(&next).ask(&at(&next), &other, false).await, Err(WorkError::Rejected(_))));
    shop.answer(serial, "1").await;
    shop.clock.advance_ms(120_000);
    assert_eq!(shop.claim().await.unwrap().ticket.spent, 0);
}

#[tokio::test]
async fn a_claim_with_a_key_can_be_sent_again() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        shop.order(1).await;
    }
    let keyed = |key: &str, body: &str| Some(Keyed { key: key.to_owned(), body: body.as_bytes().to_vec() });
    let wanted = Wanted { keyed: keyed("k", "b"), ..shop.wanted(2).await };
    let claiming = (0..8).map(|_| {
        let (hub, wanted, caller) = (Arc::clone(&shop.hub), wanted.clone(), shop.caller.clone());
        tokio::spawn(async move { claim(&hub, &caller, &wanted).await.unwrap().0 })
    });
    let given: Vec<Vec<(String, Serial)>> = futures_util::future::join_all(claiming)
        .await
        .into_iter()
        .map(|given| given.unwrap().into_iter().map(|claimed| (claimed.claim, claimed.order.serial)).collect())
        .collect();
    assert!(given.iter().all(|one| *one == given[0] && one.len() == 2), "{given:?}");
    let other = Wanted { keyed: keyed("k", "c"), ..wanted.clone() };
    assert!(matches!(claim(&shop.hub, &shop.caller, &other).await, Err(ClaimError::KeyReused)));
    let another = Wanted { keyed: keyed("l", "b"), ..wanted.clone() };
    let more = claim(&shop.hub, &shop.caller, &another).await.unwrap().0;
    assert!(
        more.len() == 2 && more.iter().all(|claimed| given[0].iter().all(|(_, known)| *known != claimed.order.serial))
    );
    let somebody = Caller::user(shop.account, "token else");
    let one = claim(&shop.hub, &somebody, &wanted).await.unwrap().0;
    assert_eq!(one.len(), 1, "a key is its caller's own");
    let worker = Worker { hub: &shop.hub, caller: &shop.caller, claim: &given[0][0].0 };
    worker.finish(&Target::Serial(given[0][0].1), &made("b")).await.expect("the claim that was repeated is good");
}

#[tokio::test]
async fn an_order_that_others_end_is_lost() {
    let shop = Shop::open().await;
    for transition in [Transition::Cancel, Transition::Complete, Transition::Fail, Transition::Delete] {
        let serial = shop.order(1).await;
        let claimed = shop.claim().await.unwrap();
        shop.moved(serial, transition).await;
        let after = shop.worker(&claimed).finish(&at(&claimed), &made("b")).await;
        assert!(is_lost(&after) || matches!(after, Err(WorkError::NotFound)), "{transition}: {after:?}");
        shop.clock.advance_ms(60_000);
        look_through_tickets(&shop.hub, shop.account).await.unwrap();
        assert!(ticket::open(&shop.hub, shop.account).await.unwrap().is_empty(), "{transition}");
    }
}

#[tokio::test]
async fn claims_and_leases_survive_a_restart() {
    let Shop { hub, clock, account, caller, data } = Shop::open().await;
    let shop = Shop { hub, clock, account, caller, data };
    let serial = shop.order(1).await;
    let claimed = shop.claim().await.unwrap();
    shop.worker(&claimed).progress(&at(&claimed), &steps(3, 6)).await.unwrap();
    shop.hub.close().await.unwrap();
    let hub = open(shop.data.path(), &shop.clock).await;
    let shop = Shop { hub, ..shop };
    assert!(shop.claim().await.is_none());
    shop.worker(&claimed).progress(&at(&claimed), &steps(4, 6)).await.unwrap();
    assert_eq!(shop.face(serial).await, (State::Started, 4, 6));
    shop.clock.advance_ms(60_000);
    assert!(shop.claim().await.is_some());
}

#[tokio::test]
async fn who_waits_is_woken() {
    let shop = Arc::new(Shop::open().await);
    let waiting = |left: tokio::sync::oneshot::Receiver<()>| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            let wanted = shop.wanted(1).await;
            let gone = async {
                let _ = left.await;
            };
            claim_within(&shop.hub, &shop.caller, &wanted, Duration::from_secs(3600), gone).await.unwrap().pop()
        })
    };
    let (stays, left) = tokio::sync::oneshot::channel();
    let task = waiting(left);
    tokio::time::sleep(Duration::from_millis(30)).await;
    let serial = shop.order(1).await;
    let woken = tokio::time::timeout(Duration::from_secs(2), task).await.expect("at once").unwrap().unwrap();
    assert_eq!(woken.order.serial, serial);
    drop(stays);
    // What is given back wakes as well.
    let (_stays, left) = tokio::sync::oneshot::channel();
    let task = waiting(left);
    tokio::time::sleep(Duration::from_millis(30)).await;
    shop.worker(&woken).release(&at(&woken)).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(2), task).await.expect("at once").unwrap().is_some());
    // Whoever leaves gets nothing.
    let (stays, left) = tokio::sync::oneshot::channel();
    let task = waiting(left);
    tokio::time::sleep(Duration::from_millis(30)).await;
    drop(stays);
    assert!(tokio::time::timeout(Duration::from_secs(2), task).await.expect("at once").unwrap().is_none());
    let serial = shop.order(1).await;
    assert!(to_do().contains(shop.shown(serial).await.state));
    assert_eq!(shop.shown(serial).await.state, State::Received);
}

#[tokio::test]
async fn a_job_follows_another_order() {
    let shop = Shop::open().await;
    let tasks = |done: usize| {
        let task = |n: usize| Task { name: format!("T{n}"), done: n < done, ..Task::default() };
        Value::Tasks((0..3).map(task).collect())
    };
    let command = Command { set: vec![(Field::Tasks, tasks(0))], ..Command::default() };
    let field = shop.submit(Request::create(command)).await.serial;
    let serial = shop.order(1).await;
    let first = shop.claim().await.unwrap();
    let followed = shop.shown(field).await;
    shop.worker(&first).follow(&at(&first), &followed, &steps(0, 3)).await.unwrap();
    assert_eq!(shop.face(serial).await, (State::Started, 0, 3));
    look_through_tickets(&shop.hub, shop.account).await.unwrap();
    shop.clock.advance_ms(600_000);
    assert!(shop.claim().await.is_none(), "nothing has changed");
    for done in 1..=3 {
        let value = tasks(done);
        shop.submit(Request::change(Target::Serial(field), move |_| {
            Ok(Command { set: vec![(Field::Tasks, value.clone())], ..Command::default() })
        }))
        .await;
        look_through_tickets(&shop.hub, shop.account).await.unwrap();
        let claimed = shop.claim().await.expect("the order has changed");
        let followed = shop.shown(field).await;
        let current = i64::try_from(followed.fields.tasks.iter().filter(|task| task.done).count()).unwrap();
        shop.worker(&claimed).follow(&at(&claimed), &followed, &steps(current, 3)).await.unwrap();
        assert_eq!(shop.face(serial).await, (State::Started, current, 3));
    }
    assert_eq!(shop.ticket(serial).await.spent, 0);
}

#[tokio::test]
async fn products_are_added_and_changed() {
    let shop = Shop::open().await;
    let put = async |slug: &str, said: product::Said| {
        product::put(shop.hub.store(), shop.account, slug, &said, shop.hub.now()).await.unwrap()
    };
    let said =
        product::Said { name: Some("Valuation".to_owned()), producer: Some("acme".to_owned()), ..Default::default() };
    let added = put("valuation", said.clone()).await.unwrap();
    assert!(added.created && added.service.active);
    let again = put("valuation", said).await.unwrap();
    assert!(!again.created && !again.changed && again.service == added.service);
    let off = put("valuation", product::Said { active: Some(false), ..Default::default() }).await.unwrap();
    assert_eq!((off.service.active, product::producer_of(&off.service).as_str()), (false, "acme"));
    for (slug, said, member) in [
        ("Big Report", product::Said { name: Some("x".to_owned()), ..Default::default() }, "slug"),
        ("new", product::Said::default(), "name"),
        (
            "new",
            product::Said { name: Some("x".to_owned()), producer: Some("A b".to_owned()), ..Default::default() },
            "producer",
        ),
    ] {
        assert_eq!(put(slug, said).await.err().unwrap().0, member);
    }
}
