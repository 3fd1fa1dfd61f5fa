//! The push ping.

use super::*;
use crate::dialect::{Announcement, News};
use docket_core::ids::Sequence;
use docket_core::order::{Attachment, Item, Note};
use std::time::Duration;

const URL: &str = "https://importer.example/push?key=opaque";

/// What the importer would be told about everything behind a place in the journal.
fn ping(world: &World, after: Sequence) -> Option<Announcement> {
    let entries = now(world.ledger.journal(ACCOUNT, after, 100)).unwrap();
    let news: Vec<News> = entries
        .into_iter()
        .filter(|entry| entry.connection != Some(world.importer.id))
        .map(|entry| News { order: world.order(entry.serial), entry })
        .collect();
    let random = || 7;
    let exchange = ExchangeId(Uuid::from_u128(1));
    let cx = ServeContext {
        ledger: &world.ledger,
        now: world.ledger.now(),
        exchange,
        memory: &world.memory,
        planner: &crate::planner::OnTheSpot,
        random: &random,
    };
    let announce = DIALECT.announce.unwrap();
    let listens = now(announce.listens(cx, &world.importer)).unwrap();
    let made = now(announce.announce(cx, &world.importer, &news)).unwrap();
    assert!(listens || made.is_none());
    made
}

fn head_of(world: &World) -> Sequence {
    now(world.ledger.head(ACCOUNT)).unwrap()
}

/// Whether a change of an order is worth a ping.
fn is_due(world: &World, change: impl FnOnce()) -> bool {
    let before = head_of(world);
    change();
    assert_ne!(before, head_of(world), "something happened");
    ping(world, before).is_some()
}

#[test]
fn whoever_left_a_url_is_pinged() {
    let world = World::new();
    world.create("N-1");
    assert_eq!(ping(&world, Sequence(0)), None, "nobody left one");
    world.done("validate_user", json!({}));
    assert_eq!(ping(&world, Sequence(0)), None);
    world.done("validate_user", json!({"ppwlink_push": "https://old.example/"}));
    world.done("validate_user", json!({"ppwlink_push": URL}));
    world.done("validate_user", json!({}));
    let made = ping(&world, Sequence(0)).unwrap();
    assert_eq!((made.url.as_str(), made.method, made.operation), (URL, Method::GET, "ping"));
    assert!(made.body.is_empty() && made.headers.is_empty());
    // Another installation behind the same user took over.
    let mut other = payload("validate_user", &json!({"ppwlink_push": "https://other.example/"}));
    other["site_id"] = json!("another");
    world.post(format!("payload={other}"));
    assert_eq!(ping(&world, Sequence(0)).unwrap().url, "https://other.example/");
    world.done("validate_user", json!({"ppwlink_push": URL}));
    assert_eq!(ping(&world, Sequence(0)).unwrap().url, URL);
    let pauses = DIALECT.announce.unwrap().retries();
    assert!(pauses.is_sorted() && pauses.iter().all(|pause| *pause >= Duration::from_secs(1)));
}

#[test]
fn wrong_credentials_leave_no_url() {
    let world = World::new();
    let mut wrong = payload("validate_user", &json!({"ppwlink_push": URL}));
    wrong["password"] = json!("0".repeat(40));
    failure(&world.post(format!("payload={wrong}")));
    world.create("N-1");
    assert_eq!(ping(&world, Sequence(0)), None);
}

#[test]
fn what_an_importer_would_fetch_makes_a_ping_due() {
    let world = World::new();
    world.done("validate_user", json!({"ppwlink_push": URL}));
    let order = world.create("N-1");
    world.done("mark_order_imported", json!({"report_id": order.serial.0}));
    let set = |field: Field, value: Held| {
        is_due(&world, || drop(world.change(&order, Command::default().with(field, value))))
    };
    let text = |text: &str| Held::Text(text.to_owned());
    assert!(set(Field::City, text("Austin")));
    assert!(set(Field::Due, Held::Time(world.ledger.now())));
    assert!(!set(Field::Title, text("unseen")) && !set(Field::Unit, Held::Integer(7)));
    assert!(set(Field::Description, text("all there is to say")));
    assert!(set(Field::Instructions, text("Mow")));
    assert!(!set(Field::Description, text("for the staff")), "not shown beside instructions");
    let mow = Task { name: "Mow".to_owned(), ..Task::default() };
    assert!(set(Field::Tasks, Held::Tasks(vec![mow.clone()])));
    assert!(!set(Field::Tasks, Held::Tasks(vec![Task { done: true, ..mow }])));
    assert!(set(Field::Rework, Held::Flag(true)));
    let put =
        |item: Item| is_due(&world, || drop(world.change(&order, Command { put: vec![item], ..Command::default() })));
    let item = |body: docket_core::order::Body| Item::new("1", Origin::default(), world.ledger.now(), body);
    assert!(put(item(Note { text: "x".to_owned(), ..Note::default() }.into())));
    assert!(!put(item(Attachment::default().into())), "files are fetched when somebody looks");
    assert!(is_due(&world, || drop(world.change(&order, Command::default().moving(Transition::Cancel)))));
    assert!(is_due(&world, || drop(world.change(&order, Command::default().moving(Transition::Delete)))));
}

#[test]
fn what_the_importer_does_not_want_or_cannot_have_is_not_told() {
    let world = World::new();
    world.done("validate_user", json!({"ppwlink_push": URL}));
    let order = world.create("N-1");
    let listed = world.done("get_all_orders", json!({}));
    let refusal = json!({"transaction_id": listed[0]["transaction_id"], "success": false, "error_msg": "Duplicate."});
    world.done("ack_transaction", refusal);
    let city = Command::default().with(Field::City, "Austin");
    assert!(!is_due(&world, || drop(world.change(&order, city))), "it refused the order");
    let other = world.create("N-2");
    assert!(!is_due(&world, || drop(world.change(&other, Command::default().moving(Transition::Delete)))));
    let closed = Command { to: Some(Move::Become(State::Closed)), ..Command::default() };
    assert!(!is_due(&world, || drop(world.submit(&world.other(), Target::New, closed))));
}
