//! A chain of three: a PPW source, Docket in the middle, a Pruvan account whose crews do the work. Bad networks between
//! all of them.

use super::proxy::{Proxy, assert_bad};
use super::pruvan::{account, behind, connect, do_the_work, is_all_synced, order, orders};
use super::two_hubs::{Time, agrees, count, until};
use docket_core::connection::Role;
use docket_core::order::Stage;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_from_ppw_is_done_by_a_crew_in_pruvan_and_comes_back() {
    const ORDERS: usize = 3;
    let ((mut source, to_source), (mut middle, to_middle), (mut crew, to_crew)) =
        (behind(53).await, behind(59).await, behind(61).await);
    let _time = Time::passes(&[&source, &middle, &crew]);
    link(&source, &to_source, &middle).await;
    let set = [("towards", "account"), ("url", &to_crew.url()), ("poll_s", "5"), ("scope", "routed")];
    let given = connect(&middle, Role::Both, "crew", &set).await;
    account(&crew, &to_middle, &given).await;
    let rule = json!({"name": "field", "from": "source", "to": "crew", "when": "order.open"});
    assert_eq!(middle.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    for number in 1..=ORDERS {
        let mut made = order(number);
        made["client_company"] = json!("Alder Bank");
        let made = source.native("POST", "/v1/orders", &made.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let arrived = |list: &Value| list["orders"].as_array().unwrap().len() == ORDERS;
    // An import is a dozen calls, one after another.
    tokio::join!(heal_after(&to_source, 10), until(&middle, "/v1/orders?limit=1000", arrived));
    until(&crew, "/v1/orders?limit=1000", arrived).await;
    for order in orders(&crew).await {
        do_the_work(&crew, &order).await;
    }
    let done = |list: &Value| {
        count(list, "orders", |order| matches!(order["status"].as_str(), Some("completed" | "submitted"))) == ORDERS
    };
    until(&middle, "/v1/orders?limit=1000", done).await;
    until(&source, "/v1/orders?limit=1000", done).await;
    for proxy in [&to_source, &to_middle, &to_crew] {
        proxy.heal();
    }
    until(&crew, "/v1/deliveries?limit=1000", is_all_synced).await;
    until(&middle, "/v1/deliveries?limit=1000", is_all_synced).await;
    for hub in [&source, &middle, &crew] {
        assert_eq!(orders(hub).await.len(), ORDERS, "each once");
    }
    for order in orders(&source).await {
        let number = order.fields.number.clone().unwrap();
        let notes = |text: &str| order.notes().filter(|(_, note)| note.text.contains(text)).count();
        assert_eq!(notes("The dog is friendly"), 1, "{number}: what the crew noted");
        assert_eq!(notes("The gate is locked"), 1, "{number}: what was noted here did not come back");
        let mut stages: Vec<_> = order.attachments().map(|(_, photo)| (photo.photo, photo.stage)).collect();
        stages.sort_by_key(|(_, stage)| stage.map(|stage| stage != Stage::Before));
        assert_eq!(stages, [(true, Some(Stage::Before)), (true, Some(Stage::After))], "{number}: its photos");
        let forms: Vec<_> = order.forms().collect();
        assert_eq!(forms.len(), 1, "{number}: the form that asked is the one that is filled");
        assert_eq!(forms[0].1.answers.len(), 1, "{number}");
        assert_eq!(order.check_ins().count(), 1, "{number}");
    }
    for (hub, connection) in [(&middle, "source"), (&middle, "crew"), (&crew, "acme")] {
        agrees(hub, connection).await;
    }
    assert_bad(&[&to_source, &to_middle, &to_crew]);
    for hub in [&mut source, &mut middle, &mut crew] {
        hub.stop().await;
    }
}

pub async fn heal_after(proxy: &Proxy, faults: usize) {
    while proxy.faults() < faults {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    proxy.heal();
}

/// The middle imports from the source.
async fn link(source: &crate::hub::TestHub, to_source: &Proxy, middle: &crate::hub::TestHub) {
    let given = source.connect("ppw", "docket", &[("scope", "account")]).await;
    let set = [
        ("url", to_source.url()),
        ("username", given["username"].clone()),
        ("password", given["password"].clone()),
        ("poll_s", "5".to_owned()),
    ];
    let set: Vec<(&str, &str)> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    middle.connect_out("ppw", "source", &set).await;
}
