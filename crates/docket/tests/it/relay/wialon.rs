//! Two hubs facing each other through Wialon, each the client of the other's fleet: orders with files, called off and
//! done, units and where they are, with a bad network between them.

use super::proxy::{Proxy, assert_bad};
use super::two_hubs::{Time, agrees, count, near, until};
use crate::hub::TestHub;
use base64::Engine as _;
use docket_core::catalogue::Unit;
use docket_core::ids::UnitId;
use serde_json::{Value, json};

const ORDERS: usize = 8;

/// Lets a hub call the fleet of another, and hands over what is made there for somebody else.
async fn call(hub: &TestHub, url: &str, token: &str) {
    let set = [("url", url), ("token", token), ("poll_s", "5"), ("reread_s", "20"), ("remote_resource", "fleet")];
    hub.connect_out("wialon", "partner", &set).await;
    let rule = json!({"name": "partner", "to": "partner", "when": "order.origin.dialect == 'native'"});
    assert_eq!(hub.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
}

/// Orders that are handed over, the first few with a file; their ids.
async fn orders(hub: &TestHub, side: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=ORDERS {
        let site = json!({"address1": format!("Quay {number}"), "latitude": 53.9, "longitude": 27.5});
        let order =
            json!({"number": format!("{side} {number}"), "reference": "partner", "site": site, "priority": number});
        let made = hub.native("POST", "/v1/orders", &order.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        if number <= 3 {
            attach(hub, &id, &format!("{side}-{number}.txt")).await;
        }
        ids.push(id);
    }
    ids
}

async fn attach(hub: &TestHub, id: &str, name: &str) {
    let content = base64::engine::general_purpose::STANDARD.encode(format!("content of {name}"));
    let file = json!({"id": name, "name": name, "media_type": "text/plain", "content": content});
    let answer = hub.native("POST", &format!("/v1/orders/{id}/attachments"), &file.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Moves an order on.
async fn moved(hub: &TestHub, id: &str, transition: &str, with: Value) {
    let mut asked = with;
    asked["transition"] = transition.into();
    let answer = hub.native("POST", &format!("/v1/orders/{id}/transitions"), &asked.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A van, as a unit of a hub.
async fn van(hub: &TestHub) -> i64 {
    let store = hub.app().store();
    let account = store.account("main", false).await.unwrap().unwrap();
    let id = store.next_item().await.unwrap();
    let (name, unique_id) = ("Van".to_owned(), "355000000000001".to_owned());
    hub.app().put_unit(account, Unit { id: UnitId(id), name, unique_id, ..Unit::default() }).await.unwrap();
    id
}

async fn listed(hub: &TestHub) -> Value {
    hub.native("GET", "/v1/orders?limit=1000", "").await.json()
}

fn find<'a>(list: &'a Value, title: &str) -> Vec<&'a Value> {
    let is_it = |order: &&Value| order["number"] == title || order["title"] == title;
    list["orders"].as_array().unwrap().iter().filter(is_it).collect()
}

/// Everything a hub handed over is told, or given up in no way.
fn synced(list: &Value) -> bool {
    count(list, "deliveries", |one| one["status"] != "synced") == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fleets_work_for_each_other_whatever_the_network_does() {
    let (mut here, mut there) = (near().await, near().await);
    let mut tokens = Vec::new();
    for hub in [&here, &there] {
        // What is handed over is not shown back, only what the partner brought and what is made for everybody.
        tokens.push(hub.connect("wialon", "fleet", &[("scope", "own")]).await["token"].clone());
    }
    let ways = [Proxy::start(there.address(), 5).await, Proxy::start(here.address(), 6).await];
    call(&here, &ways[0].url(), &tokens[1]).await;
    call(&there, &ways[1].url(), &tokens[0]).await;
    let van = van(&there).await;
    let _time = Time::passes(&[&here, &there]);
    let ours = orders(&here, "here").await;
    orders(&there, "there").await;
    let all = |list: &Value| list["orders"].as_array().unwrap().len() == 2 * ORDERS;
    for hub in [&here, &there] {
        until(hub, "/v1/orders?limit=1000", all).await;
    }
    // The van is a unit here as well, and says where it is.
    let units = until(&here, "/v1/units", |list| list.to_string().contains("355000000000001")).await;
    let own = units["units"].as_array().unwrap().iter().find(|unit| unit["unique_id"] == "355000000000001").unwrap();
    let own_id = own["id"].as_i64().unwrap();
    let at = there.app().now().to_string();
    let position = json!([{"unit": van, "at": at, "latitude": 53.7, "longitude": 27.3, "speed_kmh": 30}]);
    let said = there.native("POST", "/v1/positions", &position.to_string()).await;
    assert!((200..300).contains(&said.status), "{}", said.text());
    until(&here, &format!("/v1/units/{own_id}"), |unit| unit.to_string().contains("53.7")).await;
    // The work is done there: given to the van here, done there; one is called off here.
    moved(&here, &ours[0], "assign", json!({"unit": own_id})).await;
    moved(&here, &ours[1], "cancel", json!({})).await;
    let given = |list: &Value| find(list, "here 1").iter().any(|order| order["unit"] == van);
    let list = until(&there, "/v1/orders?limit=1000", given).await;
    let id = find(&list, "here 1")[0]["id"].as_str().unwrap().to_owned();
    attach(&there, &id, "signed.txt").await;
    moved(&there, &id, "complete", json!({})).await;
    let done = |list: &Value| find(list, "here 1").iter().any(|order| order["status"] == "completed");
    until(&here, "/v1/orders?limit=1000", done).await;
    let files = format!("/v1/orders/{}/attachments", ours[0]);
    let files = until(&here, &files, |list| count(list, "attachments", |_| true) == 2).await;
    assert!(files.to_string().contains("signed.txt"), "{files}");
    ways.iter().for_each(Proxy::heal);
    for hub in [&here, &there] {
        until(hub, "/v1/deliveries?limit=1000", synced).await;
    }
    // Nothing twice, nothing lost; what was called off is not there.
    let (mine, theirs) = (listed(&here).await, listed(&there).await);
    for number in 1..=ORDERS {
        for (list, side) in [(&mine, "here"), (&mine, "there"), (&theirs, "there"), (&theirs, "here")] {
            let is_off = side == "here" && number == 2 && std::ptr::eq(list, &theirs);
            let found = find(list, &format!("{side} {number}"));
            assert_eq!(found.len(), usize::from(!is_off), "{side} {number}: {list}");
        }
    }
    for number in 1..=3 {
        for (hub, list, side) in [(&here, &mine, "there"), (&there, &theirs, "here")] {
            let Some(order) = find(list, &format!("{side} {number}")).first().copied() else { continue };
            let target = format!("/v1/orders/{}/attachments", order["id"].as_str().unwrap());
            let has_file = |list: &Value| list.to_string().contains(&format!("{side}-{number}.txt"));
            until(hub, &target, has_file).await;
        }
    }
    assert_bad(&ways.each_ref());
    agrees(&here, "partner").await;
    agrees(&there, "partner").await;
    here.stop().await;
    there.stop().await;
}
