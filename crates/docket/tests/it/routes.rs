//! Routes and files through the real hub: written by Wialon clients, read by everybody.

use crate::hub::{Credentials, TestHub};
use crate::process::Demo;
use serde_json::{Value, json};

/// A logged-in Wialon client.
struct Client<'a> {
    hub: &'a TestHub,
    resource: i64,
    sid: String,
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Client<'_> {
    async fn login<'a>(hub: &'a TestHub, given: &Credentials) -> Client<'a> {
        let mut client = Client { hub, resource: given["resource_id"].parse().unwrap(), sid: String::new() };
        let answer = client.call("token/login", json!({ "token": given["token"] })).await;
        client.sid = answer["eid"].as_str().unwrap().to_owned();
        client
    }

    async fn call(&self, svc: &str, params: Value) -> Value {
        let body = format!("svc={svc}&params={}&sid={}", encoded(&params.to_string()), self.sid);
        self.hub.post_form("/wialon/ajax.html", &body).await.json()
    }

    async fn order(&self, svc: &str, mut params: Value) -> Value {
        params["itemId"] = self.resource.into();
        self.call(&format!("order/{svc}"), params).await
    }
}

#[tokio::test]
async fn a_route_is_seen_by_those_who_may() {
    let mut hub = TestHub::start().await;
    let (desk, other) =
        (hub.connect("wialon", "desk", &[("scope", "account")]).await, hub.connect("wialon", "own", &[]).await);
    let (desk, other) = (Client::login(&hub, &desk).await, Client::login(&hub, &other).await);
    let stop = |n: i64| json!({"id": 0, "callMode": "create", "n": format!("S{n}"), "y": 50, "x": n, "p": {"r": {"id": 7, "i": n, "m": 100 * n, "vt": 1_768_471_200 + n}}});
    let made = desk
        .order(
            "route_update",
            json!({"routeId": 7, "callMode": "create", "n": "North", "f": 1, "orders": [stop(1), stop(0)]}),
        )
        .await;
    let ids: Vec<i64> = made["orders"].as_array().unwrap().iter().map(|order| order["id"].as_i64().unwrap()).collect();

    let listed = hub.native("GET", "/v1/routes", "").await.json();
    let route = &listed["routes"][0];
    assert_eq!(
        (&route["id"], &route["name"], &route["status"], &route["strict"]),
        (&json!(7), &json!("North"), &json!("planned"), &json!(true))
    );
    let stops: Vec<i64> =
        route["stops"].as_array().unwrap().iter().map(|stop| stop["serial"].as_i64().unwrap()).collect();
    assert_eq!(stops, [ids[1], ids[0]], "in order of their places");
    assert_eq!(
        (&route["stops"][1]["leg_m"], &route["stops"][1]["visit_at"]),
        (&json!(100.0), &json!("2026-01-15T10:00:01Z"))
    );
    assert_eq!(listed["next_cursor"], Value::Null);
    let one = hub.native("GET", "/v1/routes/7", "").await;
    assert_eq!((one.status, &one.json()), (200, route));
    for (target, status) in
        [("/v1/routes/8", 404), ("/v1/routes/x", 404), ("/v1/routes?status=lost", 400), ("/v1/routes?limit=0", 400)]
    {
        assert_eq!(hub.native("GET", target, "").await.status, status, "{target}");
    }
    assert_eq!(hub.native("GET", "/v1/routes?status=completed", "").await.json()["routes"], json!([]));

    let theirs = other.call("core/search_item", json!({"id": other.resource, "flags": 0x80000})).await;
    assert_eq!(theirs["item"]["order_routes"], json!({}));
    assert_eq!(
        other.order("route_update", json!({"routeId": 7, "callMode": "delete", "orders": []})).await["error"],
        4
    );

    // The journal says who made an order a stop; the history keeps the route.
    let order = route["stops"][0]["order"].as_str().unwrap();
    let order = hub.native("GET", &format!("/v1/orders/{order}"), "").await.json();
    assert_eq!((&order["route"]["id"], &order["route"]["position"]), (&json!(7), &json!(0)));
    desk.order("route_update", json!({"routeId": 7, "callMode": "register", "orders": []})).await;
    assert_eq!(hub.native("GET", "/v1/routes", "").await.json()["routes"], json!([]));
    let past = hub.native("GET", "/v1/routes/7", "").await.json();
    assert_eq!((&past["registered_at"], &past["status"]), (&json!("2026-01-15T10:00:00Z"), &json!("planned")));
    hub.stop().await;
}

#[tokio::test]
async fn pages_of_routes_follow_cursors() {
    let mut hub = TestHub::start().await;
    let desk = hub.connect("wialon", "desk", &[]).await;
    let desk = Client::login(&hub, &desk).await;
    let calls: Vec<Value> = (1..=5)
        .map(|id| json!({"svc": "order/route_update", "params": {"itemId": desk.resource, "routeId": id, "callMode": "create", "orders": [{"id": 0, "callMode": "create"}]}}))
        .collect();
    desk.call("core/batch", json!(calls)).await;
    let (mut seen, mut target) = (Vec::new(), "/v1/routes?limit=2".to_owned());
    loop {
        let page = hub.native("GET", &target, "").await.json();
        seen.extend(page["routes"].as_array().unwrap().iter().map(|route| route["id"].as_i64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => target = format!("/v1/routes?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    hub.stop().await;
}

/// Many clients add a stop to one route at once: none is lost, none is told of a success that was none.
#[tokio::test]
async fn racing_updates_lose_nothing() {
    let mut hub = TestHub::start().await;
    let given = hub.connect("wialon", "desk", &[]).await;
    let desk = Client::login(&hub, &given).await;
    desk.order("route_update", json!({"routeId": 7, "callMode": "create", "orders": []})).await;
    let add = |n: i64| {
        let desk = &desk;
        async move {
            // A refusal for want of a quiet moment is asked again, as the vendor's libraries do.
            for _ in 0..50 {
                let orders = json!([{"id": 0, "callMode": "create", "n": format!("S{n}")}]);
                let answer =
                    desk.order("route_update", json!({"routeId": 7, "callMode": "update", "orders": orders})).await;
                if answer["error"] != 1003 {
                    return answer["orders"][0]["id"].as_i64().unwrap_or_else(|| panic!("{answer}"));
                }
            }
            panic!("never a quiet moment");
        }
    };
    let mut made = futures_util::future::join_all((0..12).map(add)).await;
    let route = hub.native("GET", "/v1/routes/7", "").await.json();
    let mut stops: Vec<i64> =
        route["stops"].as_array().unwrap().iter().map(|stop| stop["serial"].as_i64().unwrap()).collect();
    made.sort_unstable();
    stops.sort_unstable();
    assert_eq!(stops, made);
    let all = hub.native("GET", "/v1/orders", "").await.json();
    assert_eq!(all["orders"].as_array().unwrap().len(), 12, "an attempt that was too late left nothing behind");
    hub.stop().await;
}

#[tokio::test]
async fn a_file_is_one_file_whoever_looks() {
    let mut hub = TestHub::start().await;
    let given = hub.connect("wialon", "desk", &[("scope", "account")]).await;
    let desk = Client::login(&hub, &given).await;
    let made = hub.native("POST", "/v1/orders", r#"{"number":"N-1"}"#).await.json();
    let (id, serial) = (made["id"].as_str().unwrap(), &made["serial"]);
    let params = json!({"itemId": desk.resource, "id": serial, "eventHash": "h"});
    let body = format!(
        "--X\r\nContent-Disposition: form-data; name=\"params\"\r\n\r\n{params}\r\n--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"front.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nbytes of it\r\n--X--\r\n"
    );
    let target = format!("/wialon/ajax.html?svc=order/attach&sid={}", desk.sid);
    let answer = hub.request("POST", &target, &[("content-type", "multipart/form-data; boundary=X")], &body).await;
    assert_eq!(answer.json(), json!({"error": 0}));
    let files = hub.native("GET", &format!("/v1/orders/{id}/attachments"), "").await.json().to_string();
    assert!(files.contains("front.jpg") && files.contains("image/jpeg"), "{files}");
    let history = hub.native("GET", &format!("/v1/orders/{id}/history"), "").await.json();
    assert_eq!(
        (&history["entries"][1]["verb"], &history["entries"][1]["actor"]),
        (&json!("attached"), &json!("wialon desk"))
    );
    let params = json!({"itemId": desk.resource, "id": serial, "path": "front.jpg"}).to_string();
    let target = format!("/wialon/ajax.html?svc=order/get_attachment&params={}&sid={}", encoded(&params), desk.sid);
    let file = hub.request("GET", &target, &[], "").await;
    assert_eq!((file.text(), file.header("content-type")), ("bytes of it".to_owned(), "image/jpeg"));
    hub.stop().await;
}

/// The demo's units have routes, and one is in the history.
#[test]
fn the_demo_world_has_routes() {
    let demo = Demo::start();
    let headers = "authorization: Bearer docket-demo-native-token\r\n";
    let (status, body) = crate::process::http(demo.address(), "GET", "/v1/routes", headers, "").unwrap();
    assert_eq!(status, 200, "{body}");
    let listed: Value = serde_json::from_str(&body).unwrap();
    let routes = listed["routes"].as_array().unwrap();
    assert!(routes.len() >= 3, "{} routes", routes.len());
    for route in routes {
        assert!(route["stops"].as_array().unwrap().len() >= 2, "{route}");
        assert!(route["unit"].is_i64() && route["distance_m"].is_number(), "{route}");
    }
}
