//! Planning through the real hub: by the native API, the command line and Wialon, over straight lines and by road.

use crate::hub::TestHub;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::ids::UnitId;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const DEGREE_M: f64 = 111_195.0;

/// A table service that drives along meridians and parallels at 10 m/s, and answers about so many places at once.
struct Tables {
    url: String,
    most: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Tables {
    async fn start(most: usize) -> Tables {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/osrm/", listener.local_addr().unwrap());
        let (most, asked) = (Arc::new(AtomicUsize::new(most)), Arc::new(Mutex::new(Vec::new())));
        let (limit, log) = (Arc::clone(&most), Arc::clone(&asked));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (limit, log) = (Arc::clone(&limit), Arc::clone(&log));
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (limit, log) = (limit.load(Ordering::Relaxed), Arc::clone(&log));
                    async move {
                        let target = request.uri().to_string();
                        let (status, body) = table(&target, limit);
                        log.lock().unwrap().push(target);
                        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
                        *response.status_mut() = status;
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Tables { url, most, asked, serving }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn table(target: &str, most: usize) -> (StatusCode, Value) {
    let wrong = |code: &str| (StatusCode::BAD_REQUEST, json!({"code": code, "message": "no"}));
    let Some((places, query)) = target.strip_prefix("/osrm/table/v1/driving/").and_then(|rest| rest.split_once('?'))
    else {
        return wrong("InvalidUrl");
    };
    let place = |text: &str| {
        let (x, y) = text.split_once(',').unwrap();
        (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap())
    };
    let places: Vec<(f64, f64)> = places.split(';').map(place).collect();
    if places.len() > most {
        return wrong("TooBig");
    }
    let option = |name: &str| query.split('&').find_map(|part| part.strip_prefix(&format!("{name}=")));
    if option("annotations") != Some("duration,distance") {
        return wrong("InvalidOptions");
    }
    let list = |name: &str| match option(name) {
        None => (0..places.len()).collect(),
        Some(text) => text.split(';').map(|index| index.parse().unwrap()).collect::<Vec<usize>>(),
    };
    let (sources, destinations) = (list("sources"), list("destinations"));
    let metres = |from: usize, to: usize| {
        let ((ax, ay), (bx, by)) = (places[from], places[to]);
        ((ax - bx).abs() + (ay - by).abs()) * DEGREE_M
    };
    let rows = |factor: f64| -> Vec<Vec<f64>> {
        let row = |from: &usize| destinations.iter().map(|to| metres(*from, *to) * factor).collect();
        sources.iter().map(row).collect()
    };
    (StatusCode::OK, json!({"code": "Ok", "distances": rows(1.0), "durations": rows(0.1)}))
}

/// A Wialon client's question, and what it is answered.
async fn optimize(hub: &TestHub, params: Value) -> Value {
    let given = hub.connect("wialon", &format!("desk{}", hub.app().new_id()), &[("scope", "account")]).await;
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let call = async |svc: &str, params: Value, sid: &str| {
        let body = format!("svc={svc}&params={}&sid={sid}", encoded(&params.to_string()));
        hub.post_form("/wialon/ajax.html", &body).await.json()
    };
    let login = call("token/login", json!({ "token": given["token"] }), "").await;
    let mut params = params;
    params["itemId"] = given["resource_id"].parse::<i64>().unwrap().into();
    call("order/optimize", params, login["eid"].as_str().unwrap()).await
}

/// Nine orders on a slanted line: ways along meridians and parallels are twice as long as those along a meridian.
fn slanted(count: i64) -> Vec<Value> {
    (1..=count).map(|n| json!({"y": n as f64 / 100.0, "x": n as f64 / 100.0})).collect()
}

fn leg(answer: &Value, place: usize) -> i64 {
    answer["1"]["orders"][place]["ml"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn ways_are_by_road_where_there_is_a_table_service() {
    let tables = Tables::start(6).await;
    let url = tables.url.clone();
    let hub = TestHub::start_with(|config| {
        config.planning.osrm_url = url;
        config.planning.osrm_table = 6;
    })
    .await;
    let (by_road, straight) = (2_224, 1_573);
    let answer = optimize(&hub, json!({"orders": slanted(9), "flags": 0, "gis": {"provider": 1}})).await;
    assert_eq!((leg(&answer, 1), &answer["success"]), (by_road, &json!(1)));
    let asked = tables.asked();
    assert_eq!(asked.len(), 9, "three by three blocks of three: {asked:?}");
    assert!(
        asked.iter().filter(|target| target.contains("&sources=0;1;2&destinations=3;4;5")).count() == 6,
        "{asked:?}"
    );

    let answer = optimize(&hub, json!({"orders": slanted(5), "flags": 0})).await;
    assert_eq!(leg(&answer, 1), by_road, "maps are what nobody has to ask for");
    assert_eq!(tables.asked().len(), 1, "five fit into one call");

    let answer = optimize(&hub, json!({"orders": slanted(5), "flags": 0, "gis": {"provider": 0}})).await;
    assert_eq!((leg(&answer, 1), tables.asked().len()), (straight, 0));

    // It answers about fewer places than we were told.
    tables.most.store(5, Ordering::Relaxed);
    let answer = optimize(&hub, json!({"orders": slanted(6), "flags": 0})).await;
    assert_eq!(leg(&answer, 1), by_road);

    tables.serving.abort();
    let _ = tables.serving.await;
    let answer = optimize(&hub, json!({"orders": slanted(5), "flags": 0, "reasons": 1})).await;
    assert_eq!(leg(&answer, 1), straight, "it goes on without the service");
    assert!(answer["warning"].as_str().unwrap().contains("no connection"), "{answer}");
    hub_units(&hub, &[("Van", None)]).await;
    let made = json!({"number": "1", "site": {"latitude": 1.0, "longitude": 1.0}}).to_string();
    assert_eq!(hub.native("POST", "/v1/orders", &made).await.status, 201);
    let asked = hub.native("POST", "/v1/plans", "{}").await;
    let plan = ready(&hub, &asked.json()).await;
    assert_eq!(plan["plan"]["by_road"], false);
    assert!(plan["plan"]["warnings"][0].as_str().unwrap().contains("straight lines"), "{plan}");
}

async fn hub_units(hub: &TestHub, units: &[(&str, Option<(f64, f64)>)]) -> Vec<i64> {
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    let mut ids = Vec::new();
    for (name, place) in units {
        let id = hub.app().store().next_item().await.unwrap();
        let position = place.map(|(latitude, longitude)| Position {
            at: hub.app().now(),
            latitude,
            longitude,
            altitude_m: None,
            speed_kmh: Some(0.0),
            course: None,
            satellites: 9,
        });
        let created_at = hub.app().now();
        let unit = Unit { id: UnitId(id), name: (*name).to_owned(), position, created_at, ..Unit::default() };
        hub.app().put_unit(account, unit).await.unwrap();
        ids.push(id);
    }
    ids
}

async fn ready(hub: &TestHub, asked: &Value) -> Value {
    let target = format!("/v1/plans/{}", asked["id"].as_str().unwrap_or_else(|| panic!("{asked}")));
    hub.native_until(&target, |plan| plan["status"] != "searching").await
}

/// Orders on a meridian, and one that has no place.
async fn orders(hub: &TestHub) {
    for (number, north, more) in [
        ("N-1", 0.01, json!({"weight_kg": 60})),
        ("N-2", 0.02, json!({"weight_kg": 60})),
        (
            "N-3",
            0.03,
            json!({"weight_kg": 30, "window": {"from": "2026-01-15T12:00:00Z", "to": "2026-01-15T13:00:00Z"}}),
        ),
        ("N-4", 0.04, json!({"window": {"to": "2026-01-15T10:00:30Z"}})),
    ] {
        let mut order = json!({"number": number, "site": {"latitude": north, "longitude": 0.001}});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = hub.native("POST", "/v1/orders", &order.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    hub.native("POST", "/v1/orders", r#"{"number":"N-5","site":{"city":"Austin"}}"#).await;
    hub.native("POST", "/v1/orders", r#"{"number":"N-6","title":"A document"}"#).await;
    let later =
        r#"{"number":"N-7","site":{"latitude":0.05,"longitude":0.001},"window":{"from":"2026-01-16T12:00:00Z"}}"#;
    hub.native("POST", "/v1/orders", later).await;
}

fn numbers(route: &Value) -> Vec<&str> {
    route["stops"].as_array().unwrap().iter().map(|stop| stop["number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_day_is_planned_and_made_real() {
    let hub = TestHub::start().await;
    let ids = hub_units(&hub, &[("Van", Some((0.0, 0.001))), ("Cart", Some((0.0, 0.001)))]).await;
    orders(&hub).await;
    let changed = hub.native("PATCH", &format!("/v1/units/{}", ids[0]), r#"{"capacity_kg":100}"#).await;
    assert_eq!((changed.status, &changed.json()["capacity_kg"]), (200, &json!(100.0)));
    let listed = hub.native("GET", "/v1/units", "").await.json();
    assert_eq!((listed["units"].as_array().unwrap().len(), &listed["units"][0]["name"]), (2, &json!("Van")));

    let asked = hub.native("POST", "/v1/plans", r#"{"units":["van"],"speed_kmh":60}"#).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert_eq!(asked.header("location"), format!("/v1/plans/{}", asked.json()["id"].as_str().unwrap()));
    let plan = ready(&hub, &asked.json()).await;
    let (route, unserved) = (&plan["plan"]["routes"][0], plan["plan"]["unserved"].as_array().unwrap());
    assert_eq!(numbers(route), ["N-1", "N-3"], "{plan}");
    assert_eq!((&route["unit"], &route["stops"][1]["begins_at"]), (&json!(ids[0]), &json!("2026-01-15T12:00:00Z")));
    let why: Vec<(&str, &str)> =
        unserved.iter().map(|left| (left["number"].as_str().unwrap(), left["code"].as_str().unwrap())).collect();
    assert_eq!(why, [("N-2", "crowded"), ("N-4", "too_late"), ("N-5", "no_place")]);
    assert_eq!(hub.native("GET", "/v1/routes", "").await.json()["routes"], json!([]), "nothing is written yet");

    // Both units, and the objective that shares the work.
    let both = r#"{"speed_kmh":60,"objective":"soonest","orders":["N-1","N-2"],"service_time_s":3600}"#;
    let asked = hub.native("POST", "/v1/plans", both).await.json();
    let plan = ready(&hub, &asked).await;
    assert_eq!(plan["plan"]["routes"].as_array().unwrap().len(), 2, "{plan}");

    let accept = format!("/v1/plans/{}/accept", asked["id"].as_str().unwrap());
    let accepted = hub.native("POST", &accept, "").await;
    assert_eq!((accepted.status, &accepted.json()["status"]), (200, &json!("accepted")), "{}", accepted.text());
    assert_eq!(hub.native("POST", &accept, "").await.json(), accepted.json(), "once");
    let routes = hub.native("GET", "/v1/routes", "").await.json();
    assert_eq!(routes["routes"].as_array().unwrap().len(), 2);
    let route = &routes["routes"][0];
    assert_eq!((&route["id"], &route["status"]), (&accepted.json()["made"][0]["route"], &json!("planned")));
    assert!(route["stops"][0]["visit_at"].is_string() && route["stops"][0]["leg_m"].is_number(), "{route}");
    let order = hub.native("GET", "/v1/orders?number=N-1", "").await.json()["orders"][0].clone();
    assert_eq!((&order["status"], &order["route"]["position"]), (&json!("assigned"), &json!(0)), "{order}");

    // Planned again, the orders leave their routes, which go.
    let again = r#"{"units":["Cart"],"orders":["N-1","N-2"]}"#;
    let asked = hub.native("POST", "/v1/plans", again).await.json();
    ready(&hub, &asked).await;
    let accept = format!("/v1/plans/{}/accept", asked["id"].as_str().unwrap());
    assert_eq!(hub.native("POST", &accept, "").await.status, 200);
    let routes = hub.native("GET", "/v1/routes", "").await.json();
    assert_eq!(routes["routes"].as_array().unwrap().len(), 1, "{routes}");
    assert_eq!(routes["routes"][0]["unit"], ids[1]);
}

#[tokio::test]
async fn plans_that_cannot_be_and_orders_that_moved_on() {
    let hub = TestHub::start().await;
    let wrong = |text: &'static str| (text, 422);
    assert_eq!(hub.native("POST", "/v1/plans", "{}").await.status, 422, "there are no units");
    hub_units(&hub, &[("Van", Some((0.0, 0.001)))]).await;
    orders(&hub).await;
    for (body, status) in [
        wrong(r#"{"orders":["nowhere"]}"#),
        wrong(r#"{"units":["nobody"]}"#),
        wrong(r#"{"status":["completed"]}"#),
        wrong(r#"{"objective":"beauty"}"#),
        wrong(r#"{"to":"2026-01-15T09:00:00Z"}"#),
        wrong(r#"{"speed_kmh":0}"#),
        wrong(r#"{"start":{"latitude":91,"longitude":0}}"#),
        wrong(r#"{"service_time_s":-1}"#),
        wrong(r#"{"colour":"red"}"#),
        ("{", 400),
    ] {
        assert_eq!(hub.native("POST", "/v1/plans", body).await.status, status, "{body}");
    }
    let nobody = "/v1/plans/0198b6c4-0000-7000-8000-000000000000";
    for (method, target) in
        [("GET", nobody.to_owned()), ("DELETE", nobody.to_owned()), ("POST", format!("{nobody}/accept"))]
    {
        assert_eq!(hub.native(method, &target, "").await.status, 404, "{method} {target}");
    }
    for (target, body) in [
        ("/v1/units/1234567", r#"{"capacity_kg":1}"#),
        ("/v1/units/Van", r#"{"capacity_kg":-1}"#),
        ("/v1/units/Van", r#"{"colour":"red"}"#),
        ("/v1/units/Van", r#"{"name":""}"#),
    ] {
        let status = hub.native("PATCH", target, body).await.status;
        assert_eq!(status, if target.ends_with("Van") { 422 } else { 404 }, "{target} {body}");
    }

    let asked = hub.native("POST", "/v1/plans", r#"{"orders":["N-1","N-2"]}"#).await.json();
    ready(&hub, &asked).await;
    let order = hub.native("GET", "/v1/orders?number=N-2", "").await.json()["orders"][0]["id"].clone();
    let account = hub.app().store().account("main", true).await.unwrap().unwrap();
    let caller = docket_core::connection::Caller::hub(account);
    let id = docket_core::ids::OrderId(order.as_str().unwrap().parse().unwrap());
    let cancel = docket_core::ledger::Request::change(docket_core::ledger::Target::Id(id), |_| {
        Ok(docket_core::order::Command::default().moving(docket_core::order::Transition::Cancel))
    });
    use docket_core::ledger::Ledger as _;
    hub.app().submit(&caller, docket_core::ledger::Submission::one(cancel)).await.unwrap();
    let accept = format!("/v1/plans/{}/accept", asked["id"].as_str().unwrap());
    let refused = hub.native("POST", &accept, "").await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.json()["detail"].as_str().unwrap().contains("canceled"), "{}", refused.text());
    let untouched = hub.native("GET", "/v1/orders?number=N-1", "").await.json()["orders"][0].clone();
    assert_eq!(untouched["status"], "received", "all or nothing");
    let canceled = hub.native("DELETE", &format!("/v1/plans/{}", asked["id"].as_str().unwrap()), "").await;
    assert_eq!(canceled.json()["status"], "canceled");
}

/// Many orders, so that a search would go on for as long as it may.
async fn crowd(hub: &TestHub) {
    hub_units(hub, &[("Van", Some((0.0, 0.001)))]).await;
    let order = |n: i64| json!({"number": format!("C-{n}"), "site": {"latitude": (n * 37 % 101) as f64 / 100.0, "longitude": (n * 53 % 97) as f64 / 100.0 + 0.001}});
    let all: Vec<Value> = (0..150).map(order).collect();
    assert_eq!(hub.native("POST", "/v1/orders", &Value::from(all).to_string()).await.status, 201);
}

#[tokio::test]
async fn a_search_ends_with_the_hub_or_when_nobody_wants_it() {
    let mut hub = TestHub::start_with(|config| {
        config.planning.attempts = 0;
        config.planning.at_once = 1;
    })
    .await;
    crowd(&hub).await;
    let body = r#"{"budget_ms":60000,"to":"2026-01-20T10:00:00Z"}"#;
    let first = hub.native("POST", "/v1/plans", body).await.json();
    let target = format!("/v1/plans/{}", first["id"].as_str().unwrap());
    let begun = hub.native_until(&target, |plan| plan["progress"].as_f64().unwrap() > 0.0).await;
    assert_eq!((&begun["status"], &begun["ready_by"]), (&json!("searching"), &json!("2026-01-15T10:01:00Z")));
    // It has the only place; another one gets it when the first is called off.
    let asked = Instant::now();
    let second = hub.native("POST", "/v1/plans", r#"{"budget_ms":300,"orders":["C-1","C-2"]}"#).await.json();
    assert_eq!(hub.native("DELETE", &target, "").await.json()["status"], "canceled");
    assert_eq!(ready(&hub, &second).await["status"], "ready");
    assert!(asked.elapsed() < Duration::from_secs(30), "the first one ended");

    let third = hub.native("POST", "/v1/plans", body).await.json();
    let target = format!("/v1/plans/{}", third["id"].as_str().unwrap());
    hub.native_until(&target, |plan| plan["progress"].as_f64().unwrap() > 0.0).await;
    let stopping = Instant::now();
    hub.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(15), "it took {:?}", stopping.elapsed());
}

#[tokio::test]
async fn the_command_line_plans_a_day() {
    let hub = TestHub::start().await;
    orders(&hub).await;
    // The command line has the real clock: the day is far ahead, and its windows are those of orders without one.
    let output = hub.cli(&["unit", "add", "Van", "capacity_kg=100", "--json"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unit: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&unit["name"], &unit["capacity_kg"]), (&json!("Van"), &json!(100.0)));
    assert_eq!(hub.cli(&["unit", "add", "Van"]).await.status.code(), Some(1));
    assert_eq!(hub.cli(&["unit", "set", "Van", "capacity_kg=much"]).await.status.code(), Some(2));
    assert_eq!(hub.cli(&["unit", "set", "Bus", "capacity_kg=1"]).await.status.code(), Some(1));
    let listed = hub.cli(&["unit", "list"]).await;
    assert!(String::from_utf8_lossy(&listed.stdout).contains("Van"));

    let day = ["--date", "2099-05-01", "--time-budget", "300ms", "--start", "0,0.001", "--zone", "Europe/Amsterdam"];
    let plan = |more: &[&'static str]| [&["plan"], more, &day].concat();
    let shown = hub.cli(&plan(&["N-1", "N-2"])).await;
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    assert!(shown.stderr.is_empty(), "no bar where nobody watches: {}", String::from_utf8_lossy(&shown.stderr));
    for wanted in
        ["Van: 08:00", "N-1", "Not served:", "it could be served alone", "1 of 2 orders", "Nothing is written"]
    {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let planned = hub.cli(&plan(&["N-1", "--json"])).await;
    let planned: Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert_eq!((&planned["applied"], &planned["routes"][0]["stops"][0]["number"]), (&json!(false), &json!("N-1")));
    assert_eq!(hub.native("GET", "/v1/orders?number=N-1", "").await.json()["orders"][0]["status"], "received");

    let applied = hub.cli(&plan(&["N-1", "--apply", "--json"])).await;
    let applied: Value = serde_json::from_slice(&applied.stdout).unwrap();
    let route = applied["made"][0]["route"].as_i64().unwrap();
    let order = hub.native("GET", "/v1/orders?number=N-1", "").await.json()["orders"][0].clone();
    assert_eq!(
        (&order["status"], &order["route"]["id"], &order["unit"]),
        (&json!("assigned"), &json!(route), &unit["id"])
    );
    let listed = hub.native("GET", &format!("/v1/routes/{route}"), "").await.json();
    let visit: Timestamp = listed["stops"][0]["visit_at"].as_str().unwrap().parse().unwrap();
    assert!(visit.to_string().starts_with("2099-05-01T06:0"), "eight in the morning in Amsterdam: {visit}");

    for args in
        [&["N-9"][..], &["--status", "lost"], &["--unit", "Bus"], &["--zone", "Nowhere"], &["--time-budget", "soon"]]
    {
        let args: Vec<&'static str> = args.to_vec();
        let output = hub.cli(&[&["plan"][..], &args].concat()).await;
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
