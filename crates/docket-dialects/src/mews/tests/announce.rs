//! The general webhook.

use super::*;
use crate::dialect::{Announce, Announcement, News};
use crate::mews::announce::GeneralWebhook;
use docket_core::ids::Sequence;
use docket_core::order::{Field, Transition};

const CALLED: &str = "https://hooks.example.com/mews?secret=s";

fn hub(product_orders: bool) -> Hub {
    let told = if product_orders { "true" } else { "false" };
    Hub::with(&[("webhook_url", CALLED), ("webhook_product_orders", told)])
}

fn announced(hub: &Hub) -> Option<Announcement> {
    let random = || 7;
    let cx = ServeContext {
        ledger: &hub.ledger,
        now: hub.ledger.now(),
        exchange: ExchangeId(Uuid::nil()),
        memory: &hub.memory,
        planner: &crate::planner::OnTheSpot,
        random: &random,
    };
    let caller = Caller::hub(ACCOUNT);
    let connection = hub.ledger.connection(&caller, ConnectionId(1)).now_or_never().unwrap().unwrap().unwrap();
    let journal = hub.ledger.journal(ACCOUNT, Sequence(0), 1000).now_or_never().unwrap().unwrap();
    let orders = hub.ledger.all_orders();
    let news = journal.into_iter().map(|entry| {
        let order = orders.iter().find(|order| order.serial == entry.serial).unwrap();
        News { order: Arc::clone(order), entry }
    });
    let news: Vec<News> = news.collect();
    let listens = GeneralWebhook.listens(cx, &connection).now_or_never().unwrap().unwrap();
    let announcement = GeneralWebhook.announce(cx, &connection, &news).now_or_never().unwrap().unwrap();
    assert!(listens || announcement.is_none());
    announcement
}

fn world(hub: &Hub) -> [OrderId; 3] {
    let make = |service: &str| hub.create(Command::default().with(Field::Service, service)).id;
    let orders = [make(STAY), make(SPA), make(STAY)];
    hub.change(orders[0], Command::default().moving(Transition::Start));
    orders
}

#[test]
fn reservations_that_changed_are_told_of_once() {
    let hub = hub(false);
    let [first, _, second] = world(&hub);
    let told = announced(&hub).unwrap();
    assert_eq!((told.url.as_str(), told.method, told.follow_redirects), (CALLED, Method::POST, true));
    assert_eq!(told.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    let event = |order: OrderId| json!({"Discriminator": "ServiceOrderUpdated", "Value": {"Id": order.0}});
    let expected = json!({"EnterpriseId": ENTERPRISE, "IntegrationId": body["IntegrationId"],
        "Events": [event(second), event(first)]});
    assert_eq!(body, expected);
    assert_eq!(GeneralWebhook.retries().iter().map(|pause| pause.as_secs()).collect::<Vec<_>>(), [60, 300, 900]);
    assert_eq!(told.timeout.as_secs(), 5);
}

#[test]
fn product_orders_are_told_of_when_set() {
    let hub = hub(true);
    world(&hub);
    let body: Value = serde_json::from_slice(&announced(&hub).unwrap().body).unwrap();
    assert_eq!(body["Events"].as_array().unwrap().len(), 3);
}

#[test]
fn nothing_is_told_to_nobody_or_of_nothing() {
    let quiet = Hub::new();
    world(&quiet);
    assert_eq!(announced(&quiet), None);
    let hub = hub(false);
    hub.create(Command::default().with(Field::Service, SPA));
    assert_eq!(announced(&hub), None);
}
