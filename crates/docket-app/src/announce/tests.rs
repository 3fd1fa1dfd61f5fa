//! With a real store, a real receiver, a clock that is moved by hand, and a dialect that tells numbers.

use super::{AnnounceOptions, Announcer};
use crate::clock::SteeredClock;
use crate::enroll::{self, Enrollment};
use crate::hub::{Hub, HubOptions};
use docket_core::connection::{Caller, Connection, Role};
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{Fault, Ledger, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, Field};
use docket_dialects::dialect::BoxFuture;
use docket_dialects::{Announce, Announcement, Dialect, News, ServeContext};
use docket_store::StoreOptions;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Posts the numbers of the orders to the URL that the connection's record holds.
struct Numbers;

impl Announce for Numbers {
    fn listens<'a>(&'a self, cx: ServeContext<'a>, connection: &'a Connection) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move { Ok(cx.ledger.record(connection.id.into(), "test", "url").await?.is_some()) })
    }

    fn announce<'a>(
        &'a self,
        cx: ServeContext<'a>,
        connection: &'a Connection,
        news: &'a [News],
    ) -> BoxFuture<'a, Result<Option<Announcement>, Fault>> {
        Box::pin(async move {
            assert!(!news.is_empty());
            let Some(url) = cx.ledger.record(connection.id.into(), "test", "url").await? else { return Ok(None) };
            let numbers = news.iter().filter_map(|news| news.order.fields.number.as_deref());
            let body = numbers.collect::<Vec<_>>().join(" ");
            Ok(Some(Announcement {
                operation: "test",
                method: Method::POST,
                url,
                headers: HeaderMap::new(),
                body: body.into(),
                timeout: Duration::from_secs(2),
                follow_redirects: false,
            }))
        })
    }

    fn retries(&self) -> &'static [Duration] {
        const PAUSES: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(300)];
        PAUSES
    }
}

fn speaks(id: &str) -> Option<(&'static Dialect, &'static dyn Announce)> {
    (id == "ppw").then_some((&docket_dialects::ppw::DIALECT, &Numbers))
}

/// Keeps the bodies it is sent and answers with a status that can be changed; 0 hangs up.
struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    status: Arc<AtomicUsize>,
}

impl Receiver {
    async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let receiver = Receiver { address, seen: Arc::default(), status: Arc::new(AtomicUsize::new(204)) };
        let (seen, status) = (Arc::clone(&receiver.seen), Arc::clone(&receiver.status));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut text = String::new();
                let mut buffer = [0; 4096];
                while let Ok(read) = stream.read(&mut buffer).await {
                    text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                        seen.lock().push(body.to_owned());
                        break;
                    }
                }
                let status = status.load(Ordering::SeqCst);
                if status > 0 {
                    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        receiver
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock())
    }

    fn answer(&self, status: usize) {
        self.status.store(status, Ordering::SeqCst);
    }
}

struct World {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    account: AccountId,
}

async fn open(data: &Path, clock: Arc<SteeredClock>) -> World {
    let store = StoreOptions { data: data.to_path_buf(), database_url: None, queue_limit: 64 };
    let outside = crate::outside::OutsideOptions { allow: vec!["127.0.0.1".parse().unwrap()], ..Default::default() };
    let options = HubOptions { store, outside, ..HubOptions::embedded(data, Arc::clone(&clock) as _) };
    let hub = Hub::open(options).await.unwrap();
    let account = hub.store().account("main", true).await.unwrap().unwrap();
    World { hub, clock, account }
}

fn clock() -> Arc<SteeredClock> {
    Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()))
}

impl World {
    fn announcer(&self) -> Announcer {
        Announcer::speaking(Arc::clone(&self.hub), AnnounceOptions { log: true }, speaks)
    }

    async fn connect(&self, name: &str, scope: &str, receiver: Option<&Receiver>) -> Arc<Connection> {
        let set = [("scope".to_owned(), scope.to_owned())];
        let request =
            Enrollment { dialect: "ppw", name, account: "main", role: Role::Serve, set: &set, base_url: "http://hub" };
        let made = enroll::add(self.hub.store(), request, self.hub.now()).await.unwrap().connection;
        self.hub.refresh_directory().await.unwrap();
        if let Some(receiver) = receiver {
            self.point(&made, receiver).await;
        }
        made
    }

    async fn point(&self, connection: &Connection, receiver: &Receiver) {
        let record = Record {
            holder: connection.id.into(),
            namespace: "test".to_owned(),
            key: "url".to_owned(),
            value: Some(format!("http://{}/push?key=opaque", receiver.address)),
            expected: None,
        };
        let submission = Submission { records: vec![record], ..Submission::default() };
        self.hub.submit(&Caller::hub(self.account), submission).await.unwrap();
    }

    async fn order(&self, caller: &Caller, number: &str) -> Serial {
        let command = Command::default().with(Field::Number, number);
        let outcome = self.hub.submit(caller, Submission::one(Request::create(command))).await.unwrap().remove(0);
        let Outcome::Done(done) = outcome else { panic!("{outcome:?}") };
        done.order.serial
    }

    async fn user(&self, number: &str) {
        self.order(&Caller::user(self.account, "token t"), number).await;
    }
}

/// The wire log, once it has this many.
async fn logged(world: &World, count: usize) -> Vec<docket_store::Exchange> {
    for _ in 0..200 {
        let found = world.hub.store().exchanges(world.account, None, None, 10).await.unwrap();
        if found.len() >= count {
            assert_eq!(found.len(), count);
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the wire log does not have {count} exchanges");
}

/// A beat, and everything that it started.
async fn beat(announcer: &mut Announcer) {
    announcer.beat().await;
    announcer.settle().await;
}

#[tokio::test]
async fn a_beat_is_told_in_one_call_to_whoever_may_see_it() {
    let data = tempfile::tempdir().unwrap();
    let world = open(data.path(), clock()).await;
    let (all, own) = (Receiver::start().await, Receiver::start().await);
    world.user("before").await;
    let whole = world.connect("whole", "account", Some(&all)).await;
    let narrow = world.connect("narrow", "own", Some(&own)).await;
    world.connect("silent", "account", None).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    assert!(all.take().is_empty(), "what was before is not told");
    world.user("1").await;
    world.user("2").await;
    let third = world.order(&Caller::connection(narrow), "3").await;
    world.order(&Caller::connection(whole), "4").await;
    beat(&mut announcer).await;
    assert_eq!(all.take(), ["1 2 3"], "not what it did itself");
    assert!(own.take().is_empty(), "its own order, and its own doing");
    let change = Request::change(Target::Serial(third), |_| Ok(Command::default().with(Field::Title, "x")));
    world.hub.submit(&Caller::user(world.account, "token t"), Submission::one(change)).await.unwrap();
    beat(&mut announcer).await;
    assert_eq!((all.take(), own.take()), (vec!["3".to_owned()], vec!["3".to_owned()]), "a change by somebody else");
    beat(&mut announcer).await;
    assert!(all.take().is_empty() && own.take().is_empty(), "once");
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_and_in_the_end_dropped() {
    let data = tempfile::tempdir().unwrap();
    let world = open(data.path(), clock()).await;
    let receiver = Receiver::start().await;
    world.connect("importer", "account", Some(&receiver)).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    receiver.answer(500);
    world.user("1").await;
    beat(&mut announcer).await;
    assert_eq!(receiver.take(), ["1"]);
    // What happens meanwhile does not wait for it.
    receiver.answer(204);
    world.user("2").await;
    beat(&mut announcer).await;
    assert_eq!(receiver.take(), ["2"]);
    world.clock.advance_ms(59_000);
    beat(&mut announcer).await;
    assert!(receiver.take().is_empty(), "not yet");
    receiver.answer(0);
    world.clock.advance_ms(2_000);
    beat(&mut announcer).await;
    assert_eq!(receiver.take(), ["1"]);
    receiver.answer(503);
    world.clock.advance_ms(301_000);
    beat(&mut announcer).await;
    assert_eq!(receiver.take(), ["1"], "the last attempt");
    world.clock.advance_ms(86_400_000);
    beat(&mut announcer).await;
    assert!(receiver.take().is_empty(), "dropped");
}

#[tokio::test]
async fn what_is_owed_survives_a_restart_and_each_call_is_logged() {
    let data = tempfile::tempdir().unwrap();
    let clock = clock();
    let receiver = Receiver::start().await;
    let world = open(data.path(), Arc::clone(&clock)).await;
    let connection = world.connect("importer", "account", Some(&receiver)).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    receiver.answer(500);
    world.user("1").await;
    beat(&mut announcer).await;
    beat(&mut announcer).await;
    assert_eq!(receiver.take(), ["1"]);
    world.user("2").await;
    world.hub.close().await.unwrap();
    drop((announcer, world));
    receiver.answer(200);
    clock.advance_ms(61_000);
    let world = open(data.path(), clock).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    beat(&mut announcer).await;
    let mut told = receiver.take();
    told.sort();
    assert_eq!(told, ["1", "2"]);
    let logged = logged(&world, 3).await;
    assert!(logged.iter().all(|call| call.connection == Some(connection.id)));
    assert!(logged.iter().all(|call| call.request_line.ends_with("/***?key=***")), "{:?}", logged[0].request_line);
    let mut statuses: Vec<i64> = logged.iter().map(|call| call.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 500]);
    assert_eq!((logged[0].operation.as_str(), logged[0].dialect.as_str()), ("test", "ppw"));
}

#[tokio::test]
async fn one_process_of_two_calls() {
    let data = tempfile::tempdir().unwrap();
    let world = open(data.path(), clock()).await;
    let receiver = Receiver::start().await;
    world.connect("importer", "account", Some(&receiver)).await;
    let other = open(data.path(), Arc::clone(&world.clock)).await;
    let (mut first, mut second) = (world.announcer(), other.announcer());
    beat(&mut first).await;
    beat(&mut second).await;
    for number in ["1", "2"] {
        world.user(number).await;
        beat(&mut second).await;
        beat(&mut first).await;
        assert_eq!(receiver.take(), [number]);
    }
    world.user("3").await;
    // The first one is gone; its lease ends.
    world.clock.advance_ms(31_000);
    beat(&mut second).await;
    beat(&mut second).await;
    let told = receiver.take().join(" ");
    assert!(told.ends_with('3'), "the other goes on where it left off, or a little before: {told}");
}

#[tokio::test]
async fn an_inner_address_is_not_called_and_the_log_says_why() {
    let data = tempfile::tempdir().unwrap();
    let world = open(data.path(), clock()).await;
    let receiver = Receiver::start().await;
    let connection = world.connect("importer", "account", None).await;
    let elsewhere = Receiver { address: "127.0.0.9:80".parse().unwrap(), ..receiver };
    world.point(&connection, &elsewhere).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    world.user("1").await;
    beat(&mut announcer).await;
    let logged = logged(&world, 1).await;
    assert_eq!(logged[0].status, 0);
    assert!(logged[0].response_body.contains("[outside] allow"), "{}", logged[0].response_body);
}

#[tokio::test]
async fn a_backlog_is_told_piece_by_piece_without_waiting_for_beats() {
    let data = tempfile::tempdir().unwrap();
    let world = open(data.path(), clock()).await;
    let receiver = Receiver::start().await;
    world.connect("importer", "account", Some(&receiver)).await;
    let mut announcer = world.announcer();
    beat(&mut announcer).await;
    let numbers: Vec<String> = (0..1_300).map(|n| n.to_string()).collect();
    for some in numbers.chunks(650) {
        let requests =
            some.iter().map(|number| Request::create(Command::default().with(Field::Number, number.clone())));
        let submission = Submission { requests: requests.collect(), ..Submission::default() };
        world.hub.submit(&Caller::user(world.account, "token t"), submission).await.unwrap();
    }
    beat(&mut announcer).await;
    let told = receiver.take();
    assert_eq!(told.len(), 3);
    assert_eq!(told.join(" "), numbers.join(" "));
}
