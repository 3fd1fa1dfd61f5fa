//! Units move, orders complete: readings over real sockets, and what every face says afterwards.

use crate::hub::{Credentials, TestHub};
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, ConnectionId, UnitId};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Order, Origin};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// 2026-01-15T10:00:00Z, when the hub's clock stands.
const START: i64 = 1_768_471_200;

struct World {
    hub: TestHub,
    wialon: Credentials,
    resource: i64,
    van: i64,
    sid: String,
}

impl World {
    async fn new() -> World {
        let hub = TestHub::start_with(|config| config.wialon.ips_listen = "127.0.0.1:0".to_owned()).await;
        let wialon = hub.connect("wialon", "fleet", &[("scope", "account")]).await;
        let account = hub.app().store().account("main", true).await.unwrap().unwrap();
        let van = unit(&hub, account, "Van", "355000000000099").await;
        let resource = wialon["resource_id"].parse().unwrap();
        let mut world = World { hub, wialon, resource, van, sid: String::new() };
        world.sid = world.login().await;
        let watch = json!({"spec": [{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}]});
        world.call("core/update_data_flags", &watch).await;
        world
    }

    async fn login(&self) -> String {
        let params = json!({"token": self.wialon["token"]});
        let answer = self.hub.post_form("/wialon/ajax.html", &format!("svc=token/login&params={params}")).await.json();
        answer["eid"].as_str().unwrap().to_owned()
    }

    async fn call(&self, svc: &str, params: &Value) -> Value {
        let target = format!("/wialon/ajax.html?sid={}", self.sid);
        self.hub.post_form(&target, &format!("svc={svc}&params={params}")).await.json()
    }

    /// An order for the van at 53.9, 27.5.
    async fn order(&self, more: Value) -> i64 {
        let mut params = json!({"itemId": self.resource, "id": 0, "callMode": "create", "n": "Crate", "p": {}, "f": 1,
            "tf": 0, "tt": 0, "trt": 0, "r": 100, "y": 53.9, "x": 27.5, "u": self.van, "dp": []});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let made = self.call("order/update", &params).await;
        made[0].as_i64().unwrap_or_else(|| panic!("{made}"))
    }

    async fn events(&self) -> Value {
        self.hub.request("GET", &format!("/avl_evts?sid={}", self.sid), &[], "").await.json()["events"].clone()
    }

    /// Asks for events until one shows the order with this status.
    async fn told(&self, order: i64, status: i64) -> Value {
        let mut seen = Vec::new();
        for _ in 0..200 {
            for event in self.events().await.as_array().unwrap() {
                let update = &event["d"]["ordersu"];
                if update[0] == order && update[1]["s"] == status {
                    return update[1].clone();
                }
                if update[0] == order {
                    seen.push(update[1]["s"].clone());
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("order {order} never came to {status}, only {seen:?}");
    }

    async fn status(&self, order: i64) -> i64 {
        let item = self.call("core/search_item", &json!({"id": self.resource, "flags": 0x80001})).await;
        item["item"]["orders"][order.to_string()]["s"].as_i64().unwrap_or_else(|| panic!("{item}"))
    }
}

async fn submit(hub: &TestHub, caller: &Caller, request: Request) -> Arc<Order> {
    let outcome = hub.app().submit(caller, Submission::one(request)).await.unwrap().pop();
    let Some(Outcome::Done(done)) = outcome else { panic!("{outcome:?}") };
    done.order
}

async fn unit(hub: &TestHub, account: AccountId, name: &str, unique_id: &str) -> i64 {
    let id = hub.app().store().next_item().await.unwrap();
    let unit = Unit { id: UnitId(id), name: name.to_owned(), unique_id: unique_id.to_owned(), ..Unit::default() };
    hub.app().put_unit(account, unit).await.unwrap();
    id
}

/// A tracker that says where it is, each minute.
struct Tracker {
    stream: BufReader<TcpStream>,
    minute: i64,
}

impl Tracker {
    async fn connect(world: &World) -> Tracker {
        let stream = BufReader::new(TcpStream::connect(world.hub.ips_address()).await.unwrap());
        let mut tracker = Tracker { stream, minute: 0 };
        assert_eq!(tracker.ask("#L#355000000000099;NA\r\n").await, "#AL#1");
        tracker
    }

    async fn ask(&mut self, packet: &str) -> String {
        self.stream.get_mut().write_all(packet.as_bytes()).await.unwrap();
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("an answer").unwrap();
        line.trim_end().to_owned()
    }

    /// North of 53.9 by thousandths of a degree, at a speed. Answers when that was.
    async fn at(&mut self, thousandths: f64, speed_kmh: i64) -> i64 {
        self.minute += 1;
        let minutes = 54.0 + thousandths * 0.06;
        let (hour, minute) = (10 + self.minute / 60, self.minute % 60);
        let packet =
            format!("#SD#150126;{hour:02}{minute:02}00;53{minutes:07.4};N;02730.0000;E;{speed_kmh};0;200;9\r\n");
        assert_eq!(self.ask(&packet).await, "#ASD#1", "{packet}");
        START + 60 * self.minute
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_complete_by_their_flags() {
    let world = World::new().await;
    let mut tracker = Tracker::connect(&world).await;
    let stop = world.order(json!({"n": "Stop"})).await;
    let late = world.order(json!({"n": "Late", "tf": START, "tt": START + 60})).await;
    tracker.at(10.0, 40).await;
    let came = tracker.at(0.2, 40).await;
    let shown = world.told(stop, 5).await;
    assert_eq!((&shown["stt"], &shown["if"], &shown["dtt"]), (&json!(came), &json!(1), &json!(0)), "{shown}");
    let stood = tracker.at(0.1, 0).await;
    let shown = world.told(stop, 2).await;
    assert_eq!((&shown["st"], &shown["stt"], &shown["if"]), (&json!(stood), &json!(came), &json!(0)), "{shown}");
    assert_eq!(world.status(late).await, 3, "after its time it is late");
    let leave = world.order(json!({"n": "Leave", "f": 2})).await;
    tracker.at(0.0, 0).await;
    world.told(leave, 5).await;
    let left = tracker.at(5.0, 30).await;
    let shown = world.told(leave, 2).await;
    assert_eq!((&shown["st"], &shown["dtt"]), (&json!(left), &json!(left)), "{shown}");
    // It only passes by.
    let passed = world.order(json!({"n": "Passed"})).await;
    tracker.at(0.0, 30).await;
    world.told(passed, 5).await;
    tracker.at(-5.0, 30).await;
    world.told(passed, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_wait_for_each_other_and_strict_routes_go_in_order() {
    let world = World::new().await;
    let mut tracker = Tracker::connect(&world).await;
    let first = world.order(json!({"n": "First", "y": 53.92})).await;
    let second = world.order(json!({"n": "Second", "dp": [first]})).await;
    tracker.at(0.0, 0).await;
    world.told(second, 5).await;
    tracker.at(0.0, 0).await;
    tracker.at(20.0, 0).await;
    world.told(first, 2).await;
    assert_eq!(world.status(second).await, 1, "it waited until the van had gone");
    tracker.at(0.0, 0).await;
    world.told(second, 2).await;
    let stop = |name: &str, y: f64| json!({"callMode": "create", "id": 0, "n": name, "p": {}, "f": 1, "r": 100, "y": y, "x": 27.5, "u": world.van});
    let route = json!({"itemId": world.resource, "routeId": 77, "callMode": "create", "n": "Round", "f": 1, "exp": 0,
        "orders": [stop("North", 53.92), stop("South", 53.9)]});
    let made = world.call("order/route_update", &route).await;
    let ids: Vec<i64> = made["orders"].as_array().unwrap().iter().map(|made| made["id"].as_i64().unwrap()).collect();
    tracker.at(0.0, 0).await;
    tracker.at(20.0, 0).await;
    world.told(ids[0], 2).await;
    assert_eq!(world.status(ids[1]).await, 1, "it was there before its turn");
    tracker.at(0.0, 0).await;
    world.told(ids[1], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_completes_an_order_of_another_system() {
    let hub = TestHub::start().await;
    let ppw = hub.connect("ppw", "office", &[("scope", "account")]).await;
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    let phone = unit(&hub, account, "Ann's phone", "ann").await;
    let origin =
        Origin { connection: Some(ConnectionId(ppw["connection_id"].parse().unwrap())), dialect: "ppw".to_owned() };
    let sent = Command { on_behalf_of: Some(origin), ..Command::default() }
        .with(Field::Number, "WO-9")
        .with(Field::Address1, "1 Main")
        .with(Field::City, "Austin")
        .with(Field::Latitude, 30.2672)
        .with(Field::Longitude, -97.7431);
    let order = submit(&hub, &Caller::hub(account), Request::create(sent)).await;
    let (id, target) = (order.id, Target::Id(order.id));
    let given = Request::change(target, move |_| Ok(Command::default().with(Field::Unit, phone)));
    submit(&hub, &Caller::user(account, "dana"), given).await;
    // What changed in the last hour, as PPW lists it: number and status.
    let listing = async || {
        let password: String = Sha1::digest(&ppw["password"]).iter().map(|byte| format!("{byte:02x}")).collect();
        let since = json!({"timestamp": (START - 3_600).to_string()}).to_string();
        let payload = json!({"username": ppw["username"], "password": password, "event_name": "get_all_orders",
            "site_id": "0c5f4f0e-6f0e-4c57-9f2d-1f6d1f4f8a11", "event_data": since});
        let listed = hub.post_form("/api/link/receiver.php", &format!("payload={payload}")).await.json();
        let rows = listed["result_data"].as_array().cloned().unwrap_or_default();
        let rows = rows.into_iter().filter(|row| row["wo_number"].is_string());
        rows.map(|row| (row["wo_number"].clone(), row["wo_status"].clone())).collect::<Vec<_>>()
    };
    let say = async |latitude: f64, speed: f64, minute: i64| {
        let at = START + 60 * minute;
        let query = format!("id=ann&lat={latitude}&lon=-97.7431&timestamp={at}&speed={speed}&batt=80");
        assert_eq!(hub.request("GET", &format!("/osmand?{query}"), &[], "").await.status, 200);
    };
    say(30.28, 20.0, 1).await;
    say(30.2675, 12.0, 2).await;
    hub.native_until(&format!("/v1/orders/{id}"), |order| order["status"] == "started").await;
    say(30.2673, 0.0, 3).await;
    let done = hub.native_until(&format!("/v1/orders/{id}"), |order| order["status"] == "completed").await;
    assert_eq!(done["check_ins"].as_array().map(Vec::len), Some(1), "{done}");
    assert_eq!(listing().await, [(json!("WO-9"), json!("Complete"))]);
}
