//! On a real store, with a clock that is moved by hand: readings come in as trackers bring them.

use super::{DispatchOptions, Dispatcher, RoadOptions};
use crate::clock::SteeredClock;
use crate::hub::{Hub, HubOptions};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Serial, UnitId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Order, Origin, State, Transition, Value};
use docket_core::route::{Route, Stop};
use docket_core::track::Report;
use docket_dialects::routes::{self, Write};
use docket_store::OutboxQuery;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HERE: (f64, f64) = (53.9, 27.5);
const AWAY: (f64, f64) = (53.91, 27.5);

struct World {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    dispatcher: Option<Dispatcher>,
    account: AccountId,
    van: UnitId,
    data: tempfile::TempDir,
    options: DispatchOptions,
}

async fn open(data: &Path, clock: &Arc<SteeredClock>) -> Arc<Hub> {
    Hub::open(HubOptions::embedded(data, Arc::clone(clock) as _)).await.unwrap()
}

impl World {
    async fn new() -> World {
        World::with(DispatchOptions::default()).await
    }

    async fn with(options: DispatchOptions) -> World {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
        let hub = open(data.path(), &clock).await;
        let account = hub.store().account("main", true).await.unwrap().unwrap();
        hub.refresh_directory().await.unwrap();
        let unit = Unit { name: "Van".to_owned(), odometer_km: Some(1200.0), ..Unit::default() };
        let van = Ledger::put_unit(&*hub, &Caller::user(account, "t"), unit).await.unwrap().unwrap().id;
        let mut world = World { hub, clock, dispatcher: None, account, van, data, options };
        world.start();
        world.beat().await;
        world
    }

    fn start(&mut self) {
        self.dispatcher = Some(Dispatcher::new(Arc::clone(&self.hub), self.options.clone()));
    }

    async fn beat(&mut self) {
        let dispatcher = self.dispatcher.as_mut().unwrap();
        dispatcher.polled_at = None;
        dispatcher.beat().await;
        assert!(!dispatcher.has_failed);
    }

    /// The process is gone without a word; another starts on the same data.
    async fn restart(&mut self) {
        self.dispatcher = None;
        self.hub.close().await.unwrap();
        self.hub = open(self.data.path(), &self.clock).await;
        self.start();
        self.beat().await;
    }

    /// The van says where it is; it is on disk then.
    async fn say(&self, (latitude, longitude): (f64, f64), speed_kmh: f64) {
        let at = self.hub.now();
        let position = Position {
            at,
            latitude,
            longitude,
            altitude_m: None,
            speed_kmh: Some(speed_kmh),
            course: None,
            satellites: 9,
        };
        assert!(self.hub.keep_reports(self.account, [(self.van, Report::of(position, at))]).await);
    }

    /// A minute later the van is somewhere, and that is looked at.
    async fn drive(&mut self, place: (f64, f64), speed_kmh: f64) {
        self.clock.advance_ms(60_000);
        self.say(place, speed_kmh).await;
        self.beat().await;
    }

    async fn submit(&self, request: Request) -> Arc<Order> {
        let outcome = self.hub.submit(&Caller::hub(self.account), Submission::one(request)).await.unwrap().pop();
        match outcome {
            Some(Outcome::Done(done)) => done.order,
            other => panic!("{other:?}"),
        }
    }

    /// A Wialon order at the place, for the van.
    async fn order(&self, flags: i64, more: impl FnOnce(Command) -> Command) -> Serial {
        let command = Command::default()
            .with(Field::Latitude, HERE.0)
            .with(Field::Longitude, HERE.1)
            .with(Field::RadiusM, 100)
            .with(Field::Unit, self.van.0)
            .with(Field::ExecutionFlags, Some(flags).filter(|&flags| flags != 0));
        let on_behalf_of = Some(Origin { connection: None, dialect: "wialon".to_owned() });
        self.submit(Request::create(Command { on_behalf_of, ..more(command) })).await.serial
    }

    async fn change(&self, order: Serial, command: Command) {
        self.submit(Request::change(Target::Serial(order), move |_| Ok(command.clone()))).await;
    }

    async fn seen(&self, order: Serial) -> Arc<Order> {
        self.hub.store().order(self.account, order).await.unwrap().unwrap()
    }

    async fn state(&self, order: Serial) -> State {
        self.seen(order).await.state
    }

    async fn all(&self) -> Vec<Arc<Order>> {
        self.hub.orders(&Caller::hub(self.account), Default::default()).await.unwrap().orders
    }

    /// A route that ends an hour after its last visit, which is now.
    async fn route(&self, id: i64, flags: i64, orders: &[Serial]) {
        let now = self.hub.now();
        let mut stops = Vec::new();
        for (position, &order) in orders.iter().enumerate() {
            let command = Command::default().with(Field::RouteId, id).with(Field::RoutePosition, position as i64);
            self.change(order, command).await;
            stops.push(Stop { visit_at: Some(now), ..Stop::at(self.seen(order).await.id) });
        }
        let route = Route { id, flags, expires_after_s: 3_600, stops, ..Route::default() };
        let mut submission = Submission::default();
        routes::write(&mut submission, self.account, (id, None), &Write::Keep(&route), 1);
        self.hub.submit(&Caller::hub(self.account), submission).await.unwrap();
    }
}

#[tokio::test]
async fn a_unit_comes_stands_and_goes() {
    let mut world = World::new().await;
    let stop = world.order(1, |command| command).await;
    world.drive(AWAY, 40.0).await;
    assert_eq!(world.state(stop).await, State::Assigned);
    world.drive(HERE, 40.0).await;
    let came = world.seen(stop).await;
    assert_eq!((came.state, came.updated_by.as_str()), (State::Started, "dispatch"));
    assert_eq!(came.fields.arrived_at, Some(world.hub.now()));
    world.drive(AWAY, 40.0).await;
    assert_eq!(world.state(stop).await, State::Assigned, "it passed by");
    world.drive(HERE, 0.0).await;
    let done = world.seen(stop).await;
    assert_eq!((done.state, done.fields.late), (State::Completed, false));
    assert_eq!((done.fields.completed_at, done.fields.odometer_km), (Some(world.hub.now()), Some(1200.0)));
    assert_eq!(done.check_ins().count(), 2, "it came twice");
    let late = world
        .order(2, |command| command.with(Field::WindowTo, "2026-01-15T10:00:30Z".parse::<Timestamp>().unwrap()))
        .await;
    world.drive(HERE, 0.0).await;
    world.drive(AWAY, 30.0).await;
    let done = world.seen(late).await;
    assert_eq!((done.state, done.fields.late), (State::Completed, true));
    assert_eq!(done.fields.departed_at, done.fields.completed_at);
}

#[tokio::test]
async fn several_readings_at_once_are_looked_at_in_order() {
    let mut world = World::new().await;
    let order = world.order(3, |command| command).await;
    for (place, speed) in [(AWAY, 40.0), (HERE, 20.0), (HERE, 0.0), (AWAY, 40.0)] {
        world.clock.advance_ms(60_000);
        world.say(place, speed).await;
    }
    world.beat().await;
    let done = world.seen(order).await;
    assert_eq!(done.state, State::Completed);
    let seconds = |at: Option<Timestamp>| at.unwrap().duration_since(world.hub.now()).as_secs();
    assert_eq!(seconds(done.fields.arrived_at), -120);
    let history = world.hub.history(&Caller::hub(world.account), order).await.unwrap();
    let verbs: Vec<&str> = history.iter().map(|entry| entry.verb()).collect();
    assert_eq!(verbs, ["created", "updated", "started", "completed"]);
}

#[tokio::test]
async fn what_others_change_counts_at_the_next_reading() {
    let mut world = World::new().await;
    let first = world.order(1, |command| command.with(Field::Latitude, 53.95)).await;
    let second = world.order(1, |command| command.with(Field::Dependencies, Value::Integers(vec![first.0]))).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(second).await, State::Started, "it waits for the first");
    world.change(first, Command::default().moving(Transition::Complete)).await;
    world.drive(HERE, 10.0).await;
    assert_eq!(world.state(second).await, State::Completed);
    let third = world.order(1, |command| command).await;
    world.change(third, Command::default().with(Field::Unit, Value::Null)).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(third).await, State::Received, "it is nobody's");
    world.change(third, Command::default().with(Field::Unit, world.van.0).moving(Transition::Assign)).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(third).await, State::Completed);
}

#[tokio::test]
async fn strict_routes_are_known_from_their_texts() {
    let mut world = World::new().await;
    let first = world.order(1, |command| command.with(Field::Latitude, 53.92)).await;
    let second = world.order(1, |command| command).await;
    world.route(5, Route::STRICT, &[first, second]).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(second).await, State::Assigned);
    world.restart().await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(second).await, State::Assigned, "nor after a restart");
    world.drive((53.92, 27.5), 0.0).await;
    world.drive(HERE, 0.0).await;
    assert_eq!([world.state(first).await, world.state(second).await], [State::Completed; 2]);
}

#[tokio::test]
async fn what_nobody_looked_at_is_looked_at_after_a_restart() {
    let mut world = World::new().await;
    let both = world.order(3, |command| command).await;
    world.drive(AWAY, 40.0).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(both).await, State::Started);
    let check_ins = world.seen(both).await.check_ins().count();
    // It left while nobody looked; the process dies before it does.
    world.clock.advance_ms(60_000);
    world.say(AWAY, 30.0).await;
    world.restart().await;
    let done = world.seen(both).await;
    assert_eq!(done.state, State::Completed, "that it had stood is known from its readings");
    assert_eq!((done.fields.completed_at, done.check_ins().count()), (Some(world.hub.now()), check_ins));
    let revision = done.revision;
    world.restart().await;
    assert_eq!(world.seen(both).await.revision, revision, "nothing is done twice");
    // A whole visit nobody looked at.
    let other = world.order(3, |command| command).await;
    for (place, speed) in [(HERE, 0.0), (AWAY, 30.0)] {
        world.clock.advance_ms(60_000);
        world.say(place, speed).await;
    }
    world.restart().await;
    assert_eq!(world.state(other).await, State::Completed);
}

#[tokio::test]
async fn a_second_hub_on_the_same_data_goes_on_where_the_first_left() {
    let mut world = World::new().await;
    let both = world.order(3, |command| command).await;
    world.drive(HERE, 0.0).await;
    assert_eq!(world.state(both).await, State::Started);
    // The next reading of the van comes in there.
    let hub = open(world.data.path(), &world.clock).await;
    let mut other = Dispatcher::new(Arc::clone(&hub), world.options.clone());
    hub.refresh_directory().await.unwrap();
    other.beat().await;
    world.clock.advance_ms(60_000);
    let at = hub.now();
    let position = Position {
        at,
        latitude: AWAY.0,
        longitude: AWAY.1,
        altitude_m: None,
        speed_kmh: Some(30.0),
        course: None,
        satellites: 9,
    };
    assert!(hub.keep_reports(world.account, [(world.van, Report::of(position, at))]).await);
    other.beat().await;
    assert_eq!(world.state(both).await, State::Completed);
    world.beat().await;
    assert!(!world.dispatcher.as_ref().unwrap().desks[&world.account].engine.is_about(both), "the first knows, too");
    hub.close().await.unwrap();
}

#[tokio::test]
async fn arrivals_are_estimated_for_who_wants_to_know() {
    let mut world = World::new().await;
    let quiet = world.order(1, |command| command.with(Field::WindowFrom, world.hub.now())).await;
    let wanted = world
        .order(1, |command| command.with(Field::NoticeLeadS, 600).with(Field::RouteId, 3).with(Field::RoutePosition, 0))
        .await;
    world.clock.advance_ms(200_000);
    world.say((53.99, 27.5), 36.0).await;
    world.beat().await;
    world.beat().await;
    world.clock.advance_ms(180_000);
    world.beat().await;
    let fields = &world.seen(wanted).await.fields;
    let left_m = fields.distance_left_m.unwrap();
    assert!((left_m - 10_008.0).abs() < 2.0, "{left_m}");
    let seconds = fields.eta.unwrap().duration_since(world.hub.now()).as_secs();
    assert_eq!(seconds, 1001, "at 36 km/h");
    assert!(fields.next_at.is_some());
    assert_eq!(world.seen(quiet).await.fields.eta, None);
    // Standing in a jam it will go on at the usual speed.
    world.say((53.99, 27.5), 3.0).await;
    world.clock.advance_ms(180_000);
    world.say((53.99, 27.5), 3.0).await;
    world.beat().await;
    let fields = &world.seen(wanted).await.fields;
    assert_eq!(fields.eta.unwrap().duration_since(world.hub.now()).as_secs(), 600);
    // What is done keeps the last estimate.
    world.drive(HERE, 0.0).await;
    let done = world.seen(wanted).await;
    assert_eq!((done.state, done.fields.distance_left_m), (State::Completed, Some(left_m)));
}

#[tokio::test]
async fn people_are_told_once() {
    let mut world = World::new().await;
    let order = world
        .order(1, |command| {
            let told = command.with(Field::CustomerEmail, "ann@example.com").with(Field::NoticeChannels, 0x10);
            told.with(Field::NoticeLeadS, 900).with(Field::NoticeDistanceM, 5_000)
        })
        .await;
    let told = async |world: &World| {
        let mails = world.hub.store().outbox(OutboxQuery { limit: 100, ..OutboxQuery::default() }).await.unwrap().len();
        (world.seen(order).await.fields.notified.unwrap_or(0), mails)
    };
    let round = async |world: &mut World, north: f64| {
        world.clock.advance_ms(180_000);
        world.say((53.9 + north, 27.5), 60.0).await;
        world.beat().await;
    };
    round(&mut world, 0.4).await;
    assert_eq!(told(&world).await, (0, 0), "it is 44 minutes away");
    round(&mut world, 0.12).await;
    assert_eq!(told(&world).await, (0x10, 1), "it is 13 minutes away");
    round(&mut world, 0.1).await;
    assert_eq!(told(&world).await, (0x10, 1));
    round(&mut world, 0.03).await;
    assert_eq!(told(&world).await, (0x30, 2), "it is three kilometres away");
    world.drive(HERE, 40.0).await;
    world.drive(AWAY, 40.0).await;
    assert_eq!(told(&world).await.0, 0x34, "the driver left without the order being done");
    world.drive(HERE, 40.0).await;
    world.drive(AWAY, 40.0).await;
    assert_eq!(told(&world).await, (0x34, 2));
}

#[tokio::test]
async fn who_leaves_the_planned_way_is_told() {
    let mut world = World::new().await;
    let first = world.order(0, |command| command).await;
    let second = world.order(1, |command| command.with(Field::Latitude, 54.1)).await;
    world.route(4, 0, &[first, second]).await;
    world.drive(HERE, 40.0).await;
    let told = async |world: &World| world.seen(second).await.fields.notified.unwrap_or(0);
    world.clock.advance_ms(180_000);
    world.say((54.0, 27.51), 60.0).await;
    world.beat().await;
    assert_eq!(told(&world).await, 0, "a few hundred metres are the width of the town");
    world.clock.advance_ms(180_000);
    world.say((54.0, 27.56), 60.0).await;
    world.beat().await;
    assert_eq!(told(&world).await, 0x2);
}

#[tokio::test]
async fn ways_by_road_come_from_the_server_that_is_configured() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = vec![0; 4096];
        let length = stream.read(&mut read).await.unwrap();
        let body = r#"{"code":"Ok","routes":[{"distance":15000.4,"duration":900.2}],"waypoints":[]}"#;
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&read[..length]).lines().next().unwrap_or_default().to_owned()
    });
    let road = RoadOptions {
        url: format!("http://{address}/"),
        profile: "driving".to_owned(),
        timeout: Duration::from_secs(5),
        authorities: Vec::new(),
    };
    let mut world = World::with(DispatchOptions { road: Some(road), ..DispatchOptions::default() }).await;
    let order = world.order(1, |command| command.with(Field::NoticeDistanceM, 500)).await;
    world.clock.advance_ms(200_000);
    world.say((53.99, 27.5), 36.0).await;
    world.beat().await;
    let asked = server.await.unwrap();
    assert_eq!(asked, "GET /route/v1/driving/27.500000,53.990000;27.500000,53.900000?overview=false HTTP/1.1");
    let fields = &world.seen(order).await.fields;
    assert_eq!(fields.distance_left_m, Some(15_000.0));
    assert_eq!(fields.eta.unwrap().duration_since(world.hub.now()).as_secs(), 900);
    // It is gone: straight lines again.
    world.clock.advance_ms(180_000);
    world.say((53.99, 27.5), 36.0).await;
    world.beat().await;
    let left_m = world.seen(order).await.fields.distance_left_m.unwrap();
    assert!((left_m - 10_008.0).abs() < 2.0, "{left_m}");
}

#[tokio::test]
async fn a_route_whose_time_is_over_ends_by_itself() {
    let mut world = World::new().await;
    let done = world.order(0, |command| command).await;
    let far = |command: Command| command.with(Field::Latitude, 54.5);
    let (plain, keeps) = (world.order(1, far).await, world.order(0x81, far).await);
    let (again, permanent) = (world.order(0x101, far).await, world.order(0x21, far).await);
    let foreign = {
        let command = far(Command::default().with(Field::Unit, world.van.0)).with(Field::Longitude, 27.5);
        let on_behalf_of = Some(Origin { connection: None, dialect: "ppw".to_owned() });
        world.submit(Request::create(Command { on_behalf_of, ..command })).await.serial
    };
    world.route(9, 0, &[done, plain, keeps, again, permanent, foreign]).await;
    world.drive(HERE, 30.0).await;
    assert_eq!(world.state(done).await, State::Completed);
    world.clock.advance_ms(3_500_000);
    world.beat().await;
    assert_eq!(world.state(plain).await, State::Assigned, "not yet");
    world.clock.advance_ms(200_000);
    world.beat().await;
    assert!(routes::find(&*world.hub, world.account, 9).await.unwrap().is_none());
    let now = world.hub.now();
    let history = routes::history(&*world.hub, world.account, now, now).await.unwrap();
    assert_eq!(history.len(), 1);
    let states = [done, plain, keeps, again, permanent, foreign];
    let mut found = Vec::new();
    for order in states {
        found.push(world.state(order).await);
    }
    let expected =
        [State::Completed, State::Rejected, State::Closed, State::Rejected, State::Received, State::Assigned];
    assert_eq!(found, expected);
    assert_eq!(world.seen(foreign).await.fields.route_id, None, "what another system ordered only leaves the route");
    let all = world.all().await;
    let fresh: Vec<_> = all.iter().filter(|order| order.serial.0 > foreign.0).collect();
    let told: Vec<_> = fresh.iter().map(|order| (order.state, order.fields.execution_flags)).collect();
    assert_eq!(told, [(State::Received, Some(0x101)), (State::Rejected, Some(0x21))], "one anew, one for the history");
    assert_eq!((fresh[0].fields.unit, fresh[0].fields.route_id), (None, None));
    assert_eq!(fresh[0].origin.dialect, "wialon");
    world.clock.advance_ms(60_000);
    world.beat().await;
    assert_eq!(world.all().await.len(), all.len(), "it ends once");
}

#[tokio::test]
async fn a_permanent_order_is_ready_again_a_day_after_it_was_done() {
    let mut world = World::new().await;
    let order = world.order(0x20, |command| command).await;
    world.drive(HERE, 30.0).await;
    assert_eq!(world.state(order).await, State::Completed);
    world.clock.advance_ms(86_000_000);
    world.beat().await;
    assert_eq!(world.state(order).await, State::Completed);
    world.clock.advance_ms(1_200_000);
    world.beat().await;
    let ready = world.seen(order).await;
    assert_eq!((ready.state, ready.fields.unit, ready.fields.arrived_at), (State::Received, None, None));
    assert_eq!(world.all().await.len(), 2, "what was done is in the history");
}

#[tokio::test]
async fn accounts_are_walls_for_units_too() {
    let mut world = World::new().await;
    let other = world.hub.store().account("other", true).await.unwrap().unwrap();
    world.hub.refresh_directory().await.unwrap();
    let command = Command::default()
        .with(Field::Latitude, HERE.0)
        .with(Field::Longitude, HERE.1)
        .with(Field::RadiusM, 100)
        .with(Field::Unit, world.van.0);
    let identity = Some((OrderId(Uuid::from_u128(9)), None));
    let create = Request::create(Command { identity, ..command });
    let outcome = world.hub.submit(&Caller::hub(other), Submission::one(create)).await.unwrap().pop();
    let Some(Outcome::Done(made)) = outcome else { panic!("{outcome:?}") };
    world.drive(HERE, 0.0).await;
    world.drive(HERE, 0.0).await;
    let order = world.hub.store().order(other, made.order.serial).await.unwrap().unwrap();
    assert_eq!(order.state, State::Assigned, "another account's unit was there");
}
