//! Trackers over real sockets: what they are answered, and where what they said is read.

use crate::hub::{Credentials, TestHub};
use crate::process::{self, Process};
use docket_core::catalogue::Unit;
use docket_core::ids::{AccountId, UnitId};
use docket_dialects::wialon::ips::checksum;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UdpSocket};

const SHORT: &str = "150126;095500;5354.0;N;02730.0;E;40;90;200;9";

struct World {
    hub: TestHub,
    wialon: Credentials,
    account: AccountId,
    /// `open` has no password, `locked` has `secret`.
    open: i64,
    locked: i64,
}

impl World {
    async fn new() -> World {
        World::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut docket::config::Config)) -> World {
        let hub = TestHub::start_with(|config| {
            config.wialon.ips_listen = "127.0.0.1:0".to_owned();
            change(config);
        })
        .await;
        let wialon = hub.connect("wialon", "fleet", &[]).await;
        let account = hub.app().store().account("main", true).await.unwrap().unwrap();
        let mut ids = Vec::new();
        for (name, unique_id, password) in [("Open", "open", ""), ("Locked", "locked", "secret")] {
            let id = hub.app().store().next_item().await.unwrap();
            let unit = Unit {
                id: UnitId(id),
                name: name.to_owned(),
                unique_id: unique_id.to_owned(),
                password: password.to_owned(),
                ..Unit::default()
            };
            hub.app().put_unit(account, unit).await.unwrap();
            ids.push(id);
        }
        World { hub, wialon, account, open: ids[0], locked: ids[1] }
    }

    async fn connect(&self) -> Tracker {
        Tracker(BufReader::new(TcpStream::connect(self.hub.ips_address()).await.unwrap()))
    }

    async fn device(&self, login: &str) -> Tracker {
        let mut tracker = self.connect().await;
        assert_eq!(tracker.ask(&format!("#L#{login}\r\n")).await, "#AL#1");
        tracker
    }

    async fn session(&self) -> String {
        let params = json!({"token": self.wialon["token"]});
        let answer = self.hub.post_form("/wialon/ajax.html", &format!("svc=token/login&params={params}")).await.json();
        answer["eid"].as_str().unwrap().to_owned()
    }

    async fn call(&self, sid: &str, svc: &str, params: &Value) -> Value {
        let target = format!("/wialon/ajax.html?sid={sid}");
        self.hub.post_form(&target, &format!("svc={svc}&params={params}")).await.json()
    }

    /// What the Wialon API shows of a unit's past.
    async fn messages(&self, unit: i64) -> Value {
        let interval = json!({"itemId": unit, "timeFrom": 0, "timeTo": 2_000_000_000, "flags": 0, "flagsMask": 0,
            "loadCount": 0xffff_ffff_u32});
        self.call(&self.session().await, "messages/load_interval", &interval).await
    }
}

struct Tracker(BufReader<TcpStream>);

impl Tracker {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).await.unwrap();
    }

    async fn heard(&mut self) -> String {
        let mut line = String::new();
        let read = self.0.read_line(&mut line);
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("an answer").unwrap();
        line.strip_suffix("\r\n").map(str::to_owned).unwrap_or(line)
    }

    async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.send(bytes).await;
        self.heard().await
    }

    async fn is_closed(&mut self) -> bool {
        let read = self.0.read_u8();
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("an end").is_err()
    }
}

fn sealed(kind: &str, body: &str) -> String {
    format!("#{kind}#{body}{:04X}\r\n", checksum(body.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracker_reports_and_the_fleet_sees_it() {
    let world = World::new().await;
    let sid = world.session().await;
    let watch = json!({"spec": [{"type": "id", "data": world.open, "flags": 0x401, "mode": 0}]});
    world.call(&sid, "core/update_data_flags", &watch).await;
    let mut tracker = world.device("open;NA").await;
    assert_eq!(tracker.ask(format!("#SD#{SHORT}\r\n")).await, "#ASD#1");
    let events = world.hub.request("GET", &format!("/avl_evts?sid={sid}"), &[], "").await.json();
    let event = &events["events"][0];
    assert_eq!((&event["i"], &event["d"]["pos"]["y"]), (&world.open.into(), &53.9.into()), "{events}");
    assert_eq!((&event["d"]["pos"]["x"], &event["d"]["pos"]["s"]), (&27.5.into(), &40.into()), "{events}");
    let whole = "150126;095600;5355.0;N;02730.0;E;0;0;200;9;1.5;5;2;3.5;AB12;SOS:1:1,fuel:2:40.5";
    assert_eq!(tracker.ask(format!("#D#{whole}\r\n")).await, "#AD#1");
    assert_eq!(tracker.ask(format!("#B#{SHORT}|{whole}|what\r\n")).await, "#AB#2");
    assert_eq!(tracker.ask("#M#on my way\r\n").await, "#AM#1");
    assert_eq!(tracker.ask("#P#\r\n").await, "#AP#");
    assert_eq!(tracker.ask("#SD#150126;096000;5354.0;N;02730.0;E;40;90;200;9\r\n").await, "#ASD#0");
    let found = world.messages(world.open).await;
    assert_eq!(found["count"], 5, "{found}");
    let said = &found["messages"][2];
    assert_eq!((&said["t"], &said["i"], &said["o"]), (&1_768_470_960.into(), &5.into(), &2.into()), "{found}");
    assert_eq!(said["p"], json!({"hdop": 1.5, "adc1": 3.5, "avl_driver": "AB12", "SOS": 1, "fuel": 40.5}));
    assert_eq!(said["f"].as_i64().unwrap() & 0x10, 0x10, "the alarm button");
    let units = world.hub.app().units_of(world.account).await.unwrap();
    let unit = units.iter().find(|unit| unit.id.0 == world.open).unwrap();
    assert_eq!(unit.position.unwrap().latitude, 53.0 + 55.0 / 60.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_version_and_containers() {
    let world = World::new().await;
    let mut tracker = world.connect().await;
    // `#L#2.0;imei;NA;A932`, compressed, of a device nobody knows.
    let sample = "FF1B00780153F65136D233B0CECC4DCDB4F673B476B4343602002FF404E6";
    let sample: Vec<u8> =
        (0..sample.len()).step_by(2).map(|at| u8::from_str_radix(&sample[at..at + 2], 16).unwrap()).collect();
    assert_eq!(tracker.ask(&sample).await, "#AL#0");
    assert!(tracker.is_closed().await);
    let id = UnitId(world.open);
    let unit = Unit { id, name: "Open".to_owned(), unique_id: "imei".to_owned(), ..Unit::default() };
    world.hub.app().put_unit(world.account, unit).await.unwrap();
    let mut tracker = world.connect().await;
    assert_eq!(tracker.ask(&sample).await, "#AL#1");
    assert_eq!(tracker.ask(sealed("SD", &format!("{SHORT};"))).await, "#ASD#1");
    assert_eq!(tracker.ask(format!("#SD#{SHORT};1234\r\n")).await, "#ASD#13");
    assert_eq!(tracker.ask(format!("#B#{SHORT}|{SHORT}|1234\r\n")).await, "#AB#");
    let record = format!("{SHORT};1.0;0;0;;NA;NA;");
    // Several in one go, the last in two pieces.
    let last = sealed("B", &format!("{SHORT}|{SHORT}|"));
    tracker.send(format!("{}{}#P#\r\n{}", sealed("D", &record), sealed("M", "hi;"), &last[..20])).await;
    assert_eq!([tracker.heard().await, tracker.heard().await, tracker.heard().await], ["#AD#1", "#AM#1", "#AP#"]);
    assert_eq!(tracker.ask(&last[20..]).await, "#AB#2");
    assert_eq!(world.messages(world.open).await["count"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_sent_away() {
    let world = World::new().await;
    for (said, answer) in [
        ("#L#locked;wrong\r\n".to_owned(), "#AL#01"),
        ("#L#locked;NA\r\n".to_owned(), "#AL#01"),
        ("#L#nobody;NA\r\n".to_owned(), "#AL#0"),
        ("#L#2.0;locked;secret;0000\r\n".to_owned(), "#AL#10"),
        (format!("#SD#{SHORT}\r\n"), "#AL#0"),
        ("GET / HTTP/1.1\r\n".to_owned(), "#AL#0"),
    ] {
        let mut tracker = world.connect().await;
        assert_eq!(tracker.ask(&said).await, answer, "{said}");
        assert!(tracker.is_closed().await, "{said}");
    }
    let mut endless = world.connect().await;
    endless.send(vec![b'x'; 4096]).await;
    assert!(endless.is_closed().await);
    let mut tracker = world.device("locked;secret").await;
    // Whose password is changed meanwhile is a stranger too.
    let unit = Unit {
        id: UnitId(world.locked),
        unique_id: "locked".to_owned(),
        password: "other".to_owned(),
        ..Unit::default()
    };
    world.hub.app().put_unit(world.account, unit).await.unwrap();
    tracker.send(format!("#SD#{SHORT}\r\n")).await;
    assert!(tracker.is_closed().await);
    assert_eq!(world.messages(world.locked).await["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_kept_and_a_cut_connection_harms_nobody() {
    let mut world = World::with(|config| config.wialon.ips_connections = 2).await;
    let mut cut = world.device("open;NA").await;
    assert_eq!(cut.ask(format!("#SD#{SHORT}\r\n")).await, "#ASD#1");
    cut.send("#SD#150126;0957").await;
    drop(cut);
    let mut first = world.device("open;NA").await;
    let second = world.device("locked;secret").await;
    // The third waits until one leaves.
    let mut third = world.connect().await;
    third.send("#L#open;NA\r\n").await;
    assert_eq!(first.ask("#P#\r\n").await, "#AP#");
    drop(second);
    assert_eq!(third.heard().await, "#AL#1");
    let answers = third.ask(format!("#SD#{SHORT}\r\n#SD#{SHORT}\r\n")).await;
    assert_eq!([answers, third.heard().await], ["#ASD#1", "#ASD#1"]);
    assert_eq!(world.messages(world.open).await["count"], 3);
    world.hub.stop().await;
    assert!(first.is_closed().await && third.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_let_go() {
    let world = World::with(|config| config.wialon.ips_idle_ms = 200).await;
    let (mut silent, mut known) = (world.connect().await, world.device("open;NA").await);
    assert!(silent.is_closed().await && known.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams() {
    let world = World::new().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(world.hub.ips_address()).await.unwrap();
    // Strangers, and units with a password that is not said, hear nothing: the first answer is the next one's.
    socket.send(format!("nobody#SD#{SHORT}\r\n").as_bytes()).await.unwrap();
    socket.send(format!("locked#SD#{SHORT}\r\n").as_bytes()).await.unwrap();
    let second = format!("2.0;open{}", sealed("SD", &format!("{SHORT};")));
    for (packet, answer) in [
        (format!("open#SD#{SHORT}\r\n"), "#ASD#1\r\n"),
        (second, "#ASD#1\r\n"),
        (format!("2.0;open#SD#{SHORT};1\r\n"), "#ASD#13\r\n"),
        (format!("open#B#{SHORT}|{SHORT}\r\n"), "#AB#2\r\n"),
        (format!("locked;secret#SD#{SHORT}\r\n"), "#ASD#1\r\n"),
    ] {
        socket.send(packet.as_bytes()).await.unwrap();
        let mut bytes = [0; 100];
        let heard = tokio::time::timeout(Duration::from_secs(20), socket.recv(&mut bytes)).await.expect("an answer");
        assert_eq!(String::from_utf8_lossy(&bytes[..heard.unwrap()]), answer, "{packet}");
    }
    assert_eq!(world.messages(world.open).await["count"], 4);
    assert_eq!(world.messages(world.locked).await["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn phones() {
    let world = World::new().await;
    let place = "lat=53.9&lon=27.5&timestamp=1768470900&speed=10&bearing=90&altitude=200&accuracy=5&batt=80";
    for (query, status) in [
        (format!("id=open&{place}"), 200),
        (format!("id=locked&{place}"), 401),
        (format!("id=locked&password=secret&{place}"), 200),
        (format!("id=nobody&{place}"), 404),
        ("id=open&lat=95&lon=1".to_owned(), 400),
        (place.to_owned(), 400),
    ] {
        let answer = world.hub.request("GET", &format!("/osmand?{query}"), &[], "").await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    assert_eq!(world.hub.post_form("/osmand", &format!("id=open&{place}")).await.status, 200);
    assert_eq!(world.hub.post_form("/osmand", &"x".repeat(100_000)).await.status, 413);
    let found = world.messages(world.open).await;
    assert_eq!((&found["count"], &found["messages"][0]["pos"]["s"]), (&2.into(), &18.52.into()), "{found}");
    assert_eq!(found["messages"][0]["p"], json!({"accuracy": 5, "batt": 80}));
    assert_eq!(world.messages(world.locked).await["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_that_post_json() {
    let world = World::new().await;
    let coords = json!({"latitude": 53.9, "longitude": 27.5, "accuracy": 5, "speed": 10, "heading": -1});
    let nested = json!({"device_id": "locked", "location": {"timestamp": "2026-01-15T09:55:00Z", "coords": coords}});
    let flat = json!([{"id": "open", "lat": 53.9, "lon": 27.5, "timestamp": 1_768_470_900, "speed": 10},
        {"id": "open", "lat": 99, "lon": 27.5}, {"id": "open", "lat": 53.8, "lon": 27.5, "timestamp": 1_768_470_960}]);
    let headers = [("content-type", "application/json")];
    for (target, body, status) in [
        ("/osmand", &nested, 401),
        ("/osmand?password=secret", &nested, 200),
        ("/osmand", &flat, 200),
        ("/osmand", &json!({"device_id": "nobody", "location": {}}), 404),
        ("/osmand", &json!({"location": {}}), 400),
    ] {
        let answer = world.hub.request("POST", target, &headers, body.to_string()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let found = world.messages(world.open).await;
    assert_eq!((&found["count"], &found["messages"][0]["pos"]["s"]), (&2.into(), &18.52.into()), "{found}");
    let found = world.messages(world.locked).await;
    assert_eq!((&found["count"], &found["messages"][0]["pos"]["s"]), (&1.into(), &36.into()), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    for _ in 0..9 {
        let mut tracker = world.connect().await;
        assert_eq!(tracker.ask("#L#locked;wrong\r\n").await, "#AL#01");
    }
    assert_eq!(world.hub.request("GET", "/osmand?id=locked&password=guess&lat=1&lon=2", &[], "").await.status, 401);
    let right = "/osmand?id=locked&password=secret&lat=1&lon=2";
    assert_eq!(world.hub.request("GET", right, &[], "").await.status, 429, "not even looked at");
    assert_eq!(world.connect().await.ask("#L#locked;secret\r\n").await, "#AL#01");
    world.device("open;NA").await;
    assert_eq!(world.messages(world.locked).await["count"], 0);
    let metrics = world.hub.request("GET", "/metrics", &[], "").await.text();
    for line in [
        "docket_positions_refused_total{reason=\"password\"} 10",
        "docket_positions_refused_total{reason=\"limited\"} 2",
        "docket_tracker_connections_total 11",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_trackers_say_can_be_looked_at() {
    let world = World::with(|config| config.wire_log.trackers = true).await;
    let mut tracker = world.device("locked;secret").await;
    assert_eq!(tracker.ask(format!("#SD#{SHORT}\r\n#P#\r\n")).await, "#ASD#1");
    assert_eq!(tracker.heard().await, "#AP#");
    world.hub.request("GET", "/osmand?id=locked&password=secret&lat=1&lon=2", &[], "").await;
    world.hub.app().exchanges().close().await;
    let mut said = String::new();
    for _ in 0..100 {
        let listed = world.hub.native("GET", "/v1/exchanges", "").await.json();
        said.clear();
        for exchange in listed["exchanges"].as_array().unwrap() {
            let target = format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap());
            said.push_str(&world.hub.native("GET", &target, "").await.text());
        }
        if said.contains("#ASD#1") && said.contains("osmand") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(said.contains("TCP /ips/locked") && said.contains("#L#locked;***") && said.contains("#ASD#1"), "{said}");
    assert!(said.contains("/osmand?id=locked&password=***"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_positions() {
    use std::io::Write as _;
    let world = World::new().await;
    let line = |unit: Value, second: usize| {
        json!({"unit": unit, "at": 1_768_470_000 + second, "latitude": 53.9, "longitude": 27.5}).to_string()
    };
    let lines: Vec<String> = (0..250).map(|second| line("open".into(), second)).collect();
    let answer = world.hub.native("POST", "/v1/positions", &format!("[{}]", lines.join(","))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"kept": 250, "refused": 0, "outcomes": []})));
    let mixed = [line(world.locked.into(), 0), line("nobody".into(), 0), "{".to_owned()].join("\n");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(mixed.as_bytes()).unwrap();
    let bearer = format!("Bearer {}", world.hub.token);
    let headers = [("authorization", bearer.as_str()), ("content-encoding", "gzip")];
    let answer = world.hub.request("POST", "/v1/positions", &headers, packer.finish().unwrap()).await.json();
    assert_eq!((&answer["kept"], &answer["refused"]), (&1.into(), &2.into()), "{answer}");
    let outcomes = [
        (&answer["outcomes"][0]["index"], &answer["outcomes"][0]["code"]),
        (&answer["outcomes"][1]["index"], &answer["outcomes"][1]["code"]),
    ];
    assert_eq!(outcomes, [(&1.into(), &"unknown_unit".into()), (&2.into(), &"syntax".into())]);
    for (body, encoding, status) in
        [("7", "gzip", 400), ("[]", "identity", 400), ("[]", "br", 415), ("[{}]", "identity", 422)]
    {
        let headers = [("authorization", bearer.as_str()), ("content-encoding", encoding)];
        assert_eq!(world.hub.request("POST", "/v1/positions", &headers, body).await.status, status, "{body}");
    }
    assert_eq!(world.hub.native("GET", "/v1/positions", "").await.status, 405);
    assert_eq!(world.hub.request("POST", "/v1/positions", &[], "[]").await.status, 401);
    // Where it was, page by page, and where it is.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let target = format!("/v1/units/{}/positions?from=2026-01-15T09:40:10Z&limit=100{cursor}", world.open);
        let page = world.hub.native("GET", &target, "").await.json();
        seen.extend(page["positions"].as_array().unwrap().iter().map(|at| at["at"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(
        (seen.len(), seen[0].as_str(), seen[239].as_str()),
        (240, "2026-01-15T09:40:10Z", "2026-01-15T09:44:09Z")
    );
    let units = world.hub.native("GET", "/v1/units?unique_id=open", "").await.json();
    assert_eq!(units["units"][0]["position"]["at"], "2026-01-15T09:44:09Z", "{units}");
    assert_eq!(units["units"][0]["position"]["speed_kmh"], Value::Null);
    let unit = world.hub.native("GET", "/v1/units/locked", "").await;
    assert_eq!(unit.json()["has_password"], true);
    assert!(!unit.text().contains("secret"));
    assert_eq!(world.hub.native("GET", "/v1/units/nobody", "").await.status, 404);
    let first = world.hub.native("GET", "/v1/units?limit=1", "").await.json();
    let second = format!("/v1/units?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = world.hub.native("GET", &second, "").await.json();
    assert_eq!((&first["units"][0]["id"], &second["units"][0]["id"]), (&world.open.into(), &world.locked.into()));
    assert_eq!(second["next_cursor"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_moment_skip_nobody() {
    let world = World::new().await;
    let line = |course: usize| {
        json!({"unit": "open", "at": 1_768_470_000, "latitude": 53.9, "longitude": 27.5, "course": course}).to_string()
    };
    let lines: Vec<String> = (0..25).map(line).collect();
    assert_eq!(world.hub.native("POST", "/v1/positions", &lines.join("\n")).await.status, 200);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.hub.native("GET", &format!("/v1/units/open/positions?limit=4{cursor}"), "").await.json();
        seen.extend(page["positions"].as_array().unwrap().iter().map(|at| at["course"].as_f64().unwrap() as usize));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..25).collect::<Vec<_>>());
}

/// A call of the Wialon API of a hub that is a process of its own.
fn wialon(address: SocketAddr, sid: &str, svc: &str, params: &Value) -> Value {
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let body = format!("sid={sid}&svc={svc}&params={params}");
    let (status, said) = process::http(address, "POST", "/wialon/ajax.html", form, &body).expect("an answer");
    assert_eq!(status, 200, "{said}");
    serde_json::from_str(&said).expect("JSON")
}

/// Reports until there is no answer; gives when the answered ones were taken, in seconds of that hour.
fn report_until_cut(address: SocketAddr, hour: usize) -> Vec<usize> {
    use std::io::{BufRead as _, Write as _};
    let stream = std::net::TcpStream::connect(address).expect("a connection");
    let mut stream = std::io::BufReader::new(stream);
    let mut ask = |packet: String| {
        let mut line = String::new();
        let sent = stream.get_mut().write_all(packet.as_bytes());
        sent.and_then(|()| stream.read_line(&mut line)).is_ok().then_some(line)
    };
    assert_eq!(ask("#L#tracker;NA\r\n".to_owned()).as_deref(), Some("#AL#1\r\n"));
    let mut answered = Vec::new();
    for second in 0..3600 {
        let time = format!("{hour:02}{:02}{:02}", second / 60, second % 60);
        if ask(format!("#SD#150125;{time};5354.0;N;02730.0;E;40;90;200;9\r\n")).as_deref() != Some("#ASD#1\r\n") {
            break;
        }
        answered.push(second);
    }
    answered
}

#[test]
fn what_was_answered_survives_a_kill() {
    let data = process::folder("trackers");
    let storage = ["--data".to_owned(), data.display().to_string()];
    let made = process::cli(&storage, &["connection", "add", "wialon", "fleet"]);
    let trackers: SocketAddr = ([127, 0, 0, 1], process::free_port()).into();
    let listen = trackers.to_string();
    let environment = [("DOCKET_WIALON_IPS_LISTEN", listen.as_str())];
    let port = process::free_port();
    let login = |address| {
        let said = wialon(address, "", "token/login", &json!({"token": made["token"]}));
        (said["eid"].as_str().expect("a session").to_owned(), said["user"]["id"].clone())
    };
    let mut running = Process::serve(&storage, port, &environment);
    let (sid, user) = login(running.address);
    let unit = json!({"creatorId": user, "name": "Tracked", "hwTypeId": 9, "dataFlags": 1});
    let unit = wialon(running.address, &sid, "core/create_unit", &unit)["item"]["id"].clone();
    let device = json!({"itemId": unit, "deviceTypeId": 9, "uniqueId": "tracker"});
    assert_eq!(wialon(running.address, &sid, "unit/update_device_type", &device)["uid"], "tracker");
    for round in 0..2 {
        let (mut answered, address) = (Vec::new(), running.address);
        std::thread::scope(|scope| {
            let sending: Vec<_> =
                (0..4).map(|hour| scope.spawn(move || (hour, report_until_cut(trackers, round * 4 + hour)))).collect();
            std::thread::sleep(Duration::from_millis(300));
            running.kill();
            answered.extend(sending.into_iter().map(|sender| sender.join().expect("a tracker")));
        });
        assert!(answered.iter().any(|(_, seconds)| !seconds.is_empty()), "nothing was answered");
        running = Process::serve(&storage, port, &environment);
        assert_eq!(address, running.address);
        let (sid, _) = login(address);
        let interval = json!({"itemId": unit, "timeFrom": 0, "timeTo": 2_000_000_000, "flags": 0, "flagsMask": 0,
            "loadCount": 0xffff_ffff_u32});
        let found = wialon(address, &sid, "messages/load_interval", &interval);
        let kept: HashSet<i64> =
            found["messages"].as_array().expect("messages").iter().filter_map(|said| said["t"].as_i64()).collect();
        for (hour, seconds) in answered {
            for second in seconds {
                let at = 1_736_899_200 + i64::try_from((round * 4 + hour) * 3600 + second).unwrap();
                assert!(kept.contains(&at), "round {round}: {hour}, {second} is missing of {}", kept.len());
            }
        }
    }
    running.kill();
    let _ = std::fs::remove_dir_all(&data);
}
