//! Two hubs facing each other through a dialect, with a bad network between them.

use super::proxy::{Proxy, assert_bad};
use crate::hub::TestHub;
use docket_app::enroll;
use docket_core::catalogue::{Customer, Service, ServiceKind};
use docket_core::ids::Uuid;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub async fn near() -> TestHub {
    TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await
}

/// Lets the time of hubs pass while something else is waited for: a second in fifty milliseconds.
pub struct Time(tokio::task::JoinHandle<()>);

impl Time {
    pub fn passes(hubs: &[&TestHub]) -> Time {
        let clocks: Vec<_> = hubs.iter().map(|hub| Arc::clone(&hub.clock)).collect();
        Time(tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                clocks.iter().for_each(|clock| clock.advance_ms(1_000));
            }
        }))
    }
}

impl Drop for Time {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub async fn until(hub: &TestHub, target: &str, wished: impl Fn(&Value) -> bool) -> Value {
    // Long: a machine may have much else to do.
    for _ in 0..4_500 {
        let answer = hub.native("GET", target, "").await;
        if answer.status == 200 && wished(&answer.json()) {
            return answer.json();
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let deliveries = hub.native("GET", "/v1/deliveries?limit=100", "").await.text();
    let connections = hub.native("GET", "/v1/connections", "").await.text();
    panic!("{target}: {}\n{deliveries}\n{connections}", hub.native("GET", target, "").await.text());
}

pub fn count(list: &Value, name: &str, is: impl Fn(&Value) -> bool) -> usize {
    list[name].as_array().unwrap().iter().filter(|one| is(one)).count()
}

/// Both sides are compared, and there is nothing to report; what the next poll is yet to bring may show for a while.
pub async fn agrees(hub: &TestHub, connection: &str) {
    let target = format!("/v1/reconcile/{connection}");
    let mut report = hub.native("GET", &target, "").await.json();
    for _ in 0..20 {
        let before = report["compared"].clone();
        assert_eq!(hub.native("POST", &target, "").await.status, 202);
        report =
            until(hub, &target, |report| report["compared"] != before && report["compared"]["ended"].is_string()).await;
        if report["differences"] == json!([]) {
            return;
        }
        // Several polls: a second passes in fifty milliseconds.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("{connection} does not agree: {report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_ordered_once_each_whatever_the_network_does() {
    const ORDERS: usize = 12;
    let (mut here, mut there) = (near().await, TestHub::start().await);
    let land = there.connect("planviewer", "land", &[("soft_cap", "1000")]).await;
    let store = there.app().store();
    let account = store.account("main", false).await.unwrap().unwrap();
    enroll::ensure_products(store, account, there.app().now()).await.unwrap();
    let proxy = Proxy::start(there.address(), 7).await;
    let set = [
        ("url", proxy.url()),
        ("key", land["key"].clone()),
        ("secret", land["secret"].clone()),
        ("product", "site_report".to_owned()),
        ("daily_cap", "0".to_owned()),
        ("poll_s", "5".to_owned()),
        // Whatever is ordered costs money: a person lets it go.
        ("release_above", "0".to_owned()),
    ];
    let set: Vec<(&str, &str)> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    here.connect_out("planviewer", "land", &set).await;
    let rule = json!({"name": "documents", "to": "land", "when": "order.title == 'document'"});
    assert_eq!(here.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    for number in 1..=ORDERS {
        let site = json!({"address1": format!("Voorbeeldstraat {number}"), "postal_code": "3511AB", "city": "Utrecht"});
        let known = json!({"number": format!("known {number}"), "site": site});
        assert_eq!(there.native("POST", "/v1/orders", &known.to_string()).await.status, 201);
        let wanted = json!({"number": format!("D{number}"), "title": "document", "site": site});
        assert_eq!(here.native("POST", "/v1/orders", &wanted.to_string()).await.status, 201);
    }
    let _time = Time::passes(&[&here]);
    let held = |list: &Value| count(list, "deliveries", |one| one["held_for"] == "release") == ORDERS;
    until(&here, "/v1/deliveries?status=held", held).await;
    let placed = there.native("GET", "/v1/orders?limit=1000", "").await.json();
    assert_eq!(count(&placed, "orders", |order| order["origin"]["dialect"] == "planviewer"), 0, "nothing was let go");
    let released = here.cli(&["relay", "release", "--connection", "land"]).await;
    assert!(released.status.success(), "{}", String::from_utf8_lossy(&released.stderr));
    let finished = |list: &Value| {
        count(list, "orders", |order| order["title"] == "document" && order["status"] == "completed") == ORDERS
    };
    let mine = until(&here, "/v1/orders?limit=1000", finished).await;
    let with_file = count(&mine, "orders", |order| order["title"] == "document" && order["result"]["blob"].is_string());
    assert_eq!(with_file, ORDERS, "{mine}");
    proxy.heal();
    let synced = |list: &Value| count(list, "deliveries", |one| one["status"] == "synced") == ORDERS;
    until(&here, "/v1/deliveries?limit=1000", synced).await;
    let placed = there.native("GET", "/v1/orders?limit=1000", "").await.json();
    let jobs = count(&placed, "orders", |order| order["origin"]["dialect"] == "planviewer");
    assert_eq!(jobs, ORDERS, "no document is paid for twice: {placed}");
    assert_bad(&[&proxy]);
    agrees(&here, "land").await;
    here.stop().await;
    there.stop().await;
}

const SPA: &str = "ae8da28c-e8a4-4141-9df0-8c998976c691";
const MASSAGE: &str = "198bc308-c5f2-4a1c-a827-34d99d52f333";
pub const ANN: &str = "fadd5bb6-b428-45d5-94f8-fd0d89fece6d";

/// A hotel with a spa, a massage and a guest.
async fn hotel() -> TestHub {
    let hub = TestHub::start().await;
    furnish(&hub).await;
    hub
}

/// Makes a hub a hotel.
pub async fn furnish(hub: &TestHub) {
    let (store, now) = (hub.app().store(), hub.app().now());
    let account = store.account("main", false).await.unwrap().unwrap();
    let price = r#"{"Price":{"Currency":"EUR","GrossValue":121,"NetValue":100,"TaxCode":"NL-S"}}"#;
    let services = [
        (SPA, "Spa", ServiceKind::Additional, None, None),
        (MASSAGE, "Massage", ServiceKind::Product, Some(SPA), Some(price)),
    ];
    let uuid = |text: &str| Uuid::try_parse(text).unwrap();
    for (ordering, (id, name, kind, parent, data)) in services.into_iter().enumerate() {
        let service = Service {
            id: uuid(id),
            slug: docket_core::catalogue::slug(name),
            name: name.to_owned(),
            kind,
            parent: parent.map(uuid),
            active: true,
            ordering: ordering as i64,
            data: data.map(str::to_owned),
            created_at: now,
            updated_at: now,
        };
        store.put_service(account, service).await.unwrap();
    }
    let ann =
        Customer { id: uuid(ANN), name: "Ann Lee".to_owned(), created_at: now, updated_at: now, ..Customer::default() };
    store.put_customer(account, ann).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_travel_both_ways_and_nothing_twice() {
    const ORDERS: usize = 10;
    let (mut here, mut there) = (near().await, hotel().await);
    let given = there.connect("mews", "docket", &[("scope", "account"), ("rate_limit", "0")]).await;
    let proxy = Proxy::start(there.address(), 11).await;
    let set = [
        ("url", proxy.url()),
        ("client_token", given["client_token"].clone()),
        ("access_token", given["access_token"].clone()),
        ("account_id", ANN.to_owned()),
        ("poll_s", "5".to_owned()),
    ];
    let set: Vec<(&str, &str)> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    here.connect_out("mews", "hotel", &set).await;
    let rule = json!({"name": "spa", "to": "hotel", "when": "order.origin.dialect == 'native'"});
    assert_eq!(here.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    let _time = Time::passes(&[&here, &there]);
    for number in 1..=ORDERS {
        let order = |number: String| json!({"number": number, "service": "Spa", "tasks": [{"name": "Massage"}]});
        let (ours, theirs) = (order(format!("ours {number}")), order(format!("theirs {number}")));
        let made = here.native("POST", "/v1/orders", &ours.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let note = json!({"id": format!("n{number}"), "text": format!("Towels for {number}")});
        let target = format!("/v1/orders/{}/notes", made.json()["id"].as_str().unwrap());
        let noted = here.native("POST", &target, &note.to_string()).await;
        assert_eq!(noted.status, 201, "{}", noted.text());
        let made = there.native("POST", "/v1/orders", &theirs.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = |list: &Value| list["orders"].as_array().unwrap().len() == 2 * ORDERS;
    until(&here, "/v1/orders?limit=1000", all).await;
    until(&there, "/v1/orders?limit=1000", all).await;
    let synced = |list: &Value| count(list, "deliveries", |one| one["status"] == "synced") == ORDERS;
    until(&here, "/v1/deliveries?limit=1000", synced).await;
    proxy.heal();
    let from_here = |order: &Value| order["origin"]["dialect"] == "mews";
    let list = there.native("GET", "/v1/orders?limit=1000", "").await.json();
    assert_eq!(count(&list, "orders", from_here), ORDERS, "each once");
    for order in list["orders"].as_array().unwrap().iter().filter(|order| from_here(order)) {
        let target = format!("/v1/orders/{}/notes", order["id"].as_str().unwrap());
        let has_note = |list: &Value| count(list, "notes", |note| note.to_string().contains("Towels for")) == 1;
        until(&there, &target, has_note).await;
    }
    let list = here.native("GET", "/v1/orders?limit=1000", "").await.json();
    assert_eq!(count(&list, "orders", from_here), ORDERS, "and theirs here, none of them sent back");
    assert_bad(&[&proxy]);
    agrees(&here, "hotel").await;
    here.stop().await;
    there.stop().await;
}
