//! The event stream over real sockets: resumed, filtered, polled, and with clients that do not read.

use crate::hub::TestHub;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(30);

/// One event as a client sees it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Event {
    id: Option<i64>,
    name: String,
    data: Value,
}

/// A client of the stream, as the page on server-sent events describes one.
struct Client {
    stream: TcpStream,
    bytes: Vec<u8>,
    text: String,
    last_id: Option<i64>,
    head: String,
}

impl Client {
    async fn open(hub: &TestHub, token: &str, target: &str, headers: &str) -> Client {
        let mut stream = TcpStream::connect(hub.address()).await.unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Client { stream, bytes: Vec::new(), text: String::new(), last_id: None, head: String::new() }
    }

    async fn follow(hub: &TestHub, query: &str) -> Client {
        Client::open(hub, &hub.token, &format!("/v1/events{query}"), "").await
    }

    /// More text; `false` when the stream is over.
    async fn more(&mut self) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("something in time");
        let Ok(read @ 1..) = read else { return false };
        self.bytes.extend_from_slice(&buffer[..read]);
        if self.head.is_empty() {
            let Some(end) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return true };
            self.head = String::from_utf8_lossy(&self.bytes[..end]).to_ascii_lowercase();
            self.bytes.drain(..end + 4);
        }
        while let Some(line) = self.bytes.windows(2).position(|two| two == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&self.bytes[..line]).unwrap(), 16).unwrap();
            if size == 0 {
                return false;
            }
            if self.bytes.len() < line + 2 + size + 2 {
                break;
            }
            self.text.push_str(std::str::from_utf8(&self.bytes[line + 2..line + 2 + size]).unwrap());
            self.bytes.drain(..line + 2 + size + 2);
        }
        true
    }

    /// The next event; `None` when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let id = field("id:").map(|id| id.parse().unwrap());
                self.last_id = id.or(self.last_id);
                if let Some(data) = field("data:") {
                    let data = serde_json::from_str(data).unwrap();
                    return Some(Event { id, name: field("event:").unwrap_or("message").to_owned(), data });
                }
            } else if !self.more().await {
                return None;
            }
        }
    }

    async fn ids(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.extend(self.next().await.expect("the stream goes on").id);
        }
        ids
    }
}

async fn create(hub: &TestHub, count: usize) -> Vec<Value> {
    let list: Vec<Value> =
        (0..count).map(|n| json!({"number": format!("E-{n}"), "reference": "x".repeat(200)})).collect();
    let made = hub.native("POST", "/v1/orders", &json!(list).to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["orders"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_client_that_was_cut_off_goes_on_where_it_was() {
    let mut hub = TestHub::start().await;
    create(&hub, 10).await;
    let mut new = Client::follow(&hub, "").await;
    assert!(new.more().await);
    assert!(new.head.contains("content-type: text/event-stream") && new.head.contains("cache-control: no-store"));
    assert!(new.text.starts_with(": follows from 10\nretry: 1000\n\n"), "{}", new.text);
    let mut first = Client::follow(&hub, "?after=4").await;
    assert_eq!(first.ids(3).await, [5, 6, 7]);
    drop(first);
    create(&hub, 5).await;
    let headers = "last-event-id: 7\r\n";
    let mut again = Client::open(&hub, &hub.token, "/v1/events?after=4", headers).await;
    assert_eq!(again.ids(8).await, (8..=15).collect::<Vec<_>>());
    assert_eq!(new.ids(5).await, (11..=15).collect::<Vec<_>>(), "who names no place gets what is to come");
    for (query, parameter) in
        [("?after=16", "after"), ("?after=x", "after"), ("?kind=gone", "kind"), ("?since=1", "since")]
    {
        let answer = hub.native("GET", &format!("/v1/events{query}"), "").await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid_parameter")), "{query}");
        assert!(answer.text().contains(&format!("query parameter {parameter}")), "{}", answer.text());
    }
    // A hub that stops ends its streams, and with them itself.
    let stopping = tokio::spawn(async move { hub.stop().await });
    assert_eq!((new.next().await, again.next().await), (None, None));
    tokio::time::timeout(PATIENCE, stopping).await.expect("stops").unwrap();
}

#[tokio::test]
async fn filters_show_what_is_asked_for_and_accounts_are_walls() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    hub.connect_in("other", "pruvan", "theirs", &[]).await;
    let other = docket_app::enroll::add_token(hub.app().store(), "other", "test", hub.app().now()).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    let mut theirs = Client::open(&hub, &other, "/v1/events?after=0", "").await;
    let orders = create(&hub, 3).await;
    let wanted = orders[1]["id"].as_str().unwrap();
    let mut of_order = Client::follow(&hub, &format!("?after=0&order={wanted}")).await;
    let mut notes = Client::follow(&hub, "?after=0&kind=noted").await;
    let mut through = Client::follow(&hub, "?after=0&connection=acme").await;
    for order in &orders {
        let target = format!("/v1/orders/{}/notes", order["id"].as_str().unwrap());
        assert_eq!(hub.native("POST", &target, r#"{"text":"Dog"}"#).await.status, 201);
    }
    let pushed = format!("/api/?apiKey={}", acme["api_key"]);
    let body = concat!(
        "workOrders=%7B%22workOrders%22%3A%5B%7B%22workOrderNumber%22%3A%22P-1%22%2C%22address1%22%3A%22",
        "5%20Elm%22%2C%22city%22%3A%22Austin%22%2C%22state%22%3A%22TX%22%2C%22zip%22%3A%2278664%22%2C%22",
        "services%22%3A%5B%7B%22serviceName%22%3A%22Mow%22%7D%5D%7D%5D%7D"
    );
    let answer = hub.post_form(&pushed, body).await;
    assert!(answer.text().contains("\"created\":1"), "{}", answer.text());
    assert_eq!(of_order.ids(2).await, [2, 5]);
    assert_eq!(notes.ids(3).await, [4, 5, 6]);
    let event = through.next().await.unwrap();
    assert_eq!((event.id, event.name.as_str(), &event.data["seq"]), (Some(7), "created", &json!(7)));
    for query in ["?order=999", "?connection=theirs", "?connection=nobody"] {
        let status = hub.native("GET", &format!("/v1/events{query}"), "").await.status;
        assert!((400..500).contains(&status), "{query}: {status}");
    }
    let answer = hub.request("GET", "/v1/events", &[("authorization", "Bearer nobody")], "").await;
    assert_eq!(answer.status, 401);
    // The other account's first entry is the first thing its stream shows.
    let headers = [("authorization", &*format!("Bearer {other}"))];
    assert_eq!(hub.request("POST", "/v1/orders", &headers, r#"{"number":"theirs"}"#).await.status, 201);
    let event = theirs.next().await.unwrap();
    assert_eq!((event.id, &event.data["seq"]), (Some(1), &json!(1)));
    assert!(event.data.to_string().contains("theirs"));
}

#[tokio::test]
async fn long_polls_answer_when_there_is_something() {
    let hub = TestHub::start().await;
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
    let poll = async |query: &str| {
        let answer = hub.request("GET", &format!("/v1/events{query}"), &headers, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    assert_eq!(poll("").await, json!({"events": [], "after": "0"}));
    let (polled, _) = tokio::join!(poll("?after=0&wait_s=20"), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        create(&hub, 2).await
    });
    assert_eq!(polled["after"], "2");
    let last = &polled["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["id"], &last["data"]["seq"]), (&json!("created"), &json!("2"), &json!(2)));
    assert_eq!(poll("?after=2&wait=1").await, json!({"events": [], "after": "2"}));
    // What passes no filter is behind the place all the same.
    assert_eq!(poll("?after=0&kind=completed").await, json!({"events": [], "after": "2"}));
}

#[tokio::test]
async fn units_jobs_and_deliveries_are_told_as_they_change() {
    let hub = TestHub::start().await;
    hub.connect_out("mews", "hotel", &[("url", "http://127.0.0.1:9"), ("client_token", "c"), ("access_token", "a")])
        .await;
    let product = json!({"name": "Valuation", "producer": "acme"}).to_string();
    let made = hub.native("PUT", "/v1/products/valuation", &product).await.json();
    let mut all = Client::follow(&hub, "?kind=position,job,delivery").await;
    let mut only_jobs = Client::follow(&hub, "?kind=job").await;
    while only_jobs.head.is_empty() || all.head.is_empty() {
        assert!(only_jobs.more().await && all.more().await);
    }
    let unit = docket_core::catalogue::Unit {
        id: docket_core::ids::UnitId(7),
        name: "Van".to_owned(),
        unique_id: "860".to_owned(),
        created_at: hub.app().now(),
        ..Default::default()
    };
    let account = hub.app().accounts()[0];
    hub.app().put_unit(account, unit).await.unwrap();
    let placed = hub.native("POST", "/v1/positions", r#"[{"unit":7,"latitude":53.9,"longitude":27.5}]"#).await;
    assert_eq!(placed.json()["kept"], 1, "{}", placed.text());
    let job = json!({"service": made["service"], "site": {"address1": "5 Elm Ct"}}).to_string();
    let job = hub.native("POST", "/v1/orders", &job).await.json();
    let connection = hub.native("GET", "/v1/connections/hotel", "").await.json()["id"].as_i64().unwrap();
    let owed = docket_store::Owed {
        connection: docket_core::ids::ConnectionId(connection),
        serial: docket_core::ids::Serial(job["serial"].as_i64().unwrap()),
        wanted: docket_core::ids::Sequence(1),
        needs_release: true,
    };
    hub.app().store().owe(account, &[owed], hub.app().now().as_millisecond(), None).await.unwrap();
    let mut seen: std::collections::BTreeMap<String, Value> = Default::default();
    while seen.len() < 3 || seen["position"]["position"].is_null() || seen["job"]["state"] != "open" {
        let event = all.next().await.unwrap();
        assert_eq!(event.id, None, "places are the journal's");
        seen.insert(event.name, event.data);
    }
    assert_eq!((&seen["position"]["unit"], &seen["position"]["position"]["latitude"]), (&json!(7), &json!(53.9)));
    assert_eq!((&seen["job"]["id"], &seen["job"]["state"]), (&job["id"], &json!("open")));
    let delivery = &seen["delivery"];
    assert_eq!((&delivery["connection"], &delivery["status"]), (&json!("hotel"), &json!("held")));
    let named = delivery["id"].as_str().unwrap();
    let read = hub.native("GET", &format!("/v1/deliveries/{named}"), "").await.json();
    assert_eq!(&read, delivery, "as it is read where it lies");
    // Claimed, it is told again.
    let claimed = hub.native("POST", "/v1/jobs/claim", r#"{"producer":"acme"}"#).await;
    assert_eq!(claimed.json()["jobs"].as_array().unwrap().len(), 1, "{}", claimed.text());
    loop {
        let event = only_jobs.next().await.unwrap();
        assert_eq!(event.name, "job");
        if event.data["state"] == "claimed" {
            break;
        }
    }
    // By long poll, with the place it gives: nothing is told twice.
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
    let poll = async |query: String| hub.request("GET", &format!("/v1/events{query}"), &headers, "").await.json();
    let first = poll("?kind=position&wait_s=5".to_owned()).await;
    assert_eq!(first["events"][0]["data"]["unit"], 7, "{first}");
    let place = first["after"].as_str().unwrap();
    let again = poll(format!("?kind=position&wait_s=1&after={place}")).await;
    assert_eq!((again["events"].as_array().unwrap().len(), &again["after"]), (0, &first["after"]), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_delays_nobody_and_misses_nothing() {
    let mut hub = TestHub::start_with(|config| config.limits.streams = 41).await;
    let mut stuck = Vec::new();
    for _ in 0..40 {
        stuck.push(Client::follow(&hub, "?after=0").await);
    }
    let mut quick = Client::follow(&hub, "?after=0").await;
    assert!(quick.more().await);
    let busy = hub.native_until("/v1/orders", |_| hub.app().streams().readers() == 41).await;
    assert!(busy["orders"].is_array());
    let refused = hub.native("GET", "/v1/events", "").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("busy")));
    // Twenty megabytes of events: far more than sockets and windows hold.
    let (rounds, each) = (20, 1_000);
    for round in 1..=rounds {
        create(&hub, each).await;
        let begun = std::time::Instant::now();
        let ids = quick.ids(each).await;
        assert_eq!(ids.last(), Some(&i64::try_from(round * each).unwrap()));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
    for client in &mut stuck[..5] {
        let ids = client.ids(rounds * each).await;
        assert!(ids.iter().copied().eq(1..=i64::try_from(rounds * each).unwrap()));
    }
    drop(stuck);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_hub_on_the_same_database_writes_is_seen() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server");
        return;
    };
    let database = super::postgres::fresh_database(&server);
    let mut here = TestHub::start_with(|config| config.database_url = database.clone()).await;
    let mut there = TestHub::start_with(|config| config.database_url = database).await;
    let mut client = Client::follow(&here, "?after=0").await;
    for round in 0..5 {
        let (ours, theirs) = tokio::join!(create(&here, 20), create(&there, 20));
        assert_eq!(ours.len() + theirs.len(), 40);
        assert_eq!(client.ids(40).await, (round * 40 + 1..=round * 40 + 40).collect::<Vec<_>>());
    }
    here.stop().await;
    there.stop().await;
}
