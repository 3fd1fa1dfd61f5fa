//! The refresh ping.

use super::*;
use crate::dialect::{Announcement, News};
use docket_core::order::{Command, Field, Item, Note, Origin};

fn ping(hub: &Hub, entry: &Arc<Entry>, order: &Arc<Order>) -> (bool, Option<Announcement>) {
    let announce = DIALECT.announce.unwrap();
    let news = [News { entry: Arc::clone(entry), order: Arc::clone(order) }];
    let listens = announce.listens(hub.context(), &hub.connection).now_or_never().unwrap().unwrap();
    (listens, announce.announce(hub.context(), &hub.connection, &news).now_or_never().unwrap().unwrap())
}

fn change_of(hub: &Hub, order: &Order, command: Command) -> (Arc<Entry>, Arc<Order>) {
    let user = Caller::user(AccountId(1), "token t");
    let request = docket_core::ledger::Request::change(Target::Serial(order.serial), move |_| Ok(command.clone()));
    hub.ledger.submit(&user, docket_core::ledger::Submission::one(request)).now_or_never().unwrap().unwrap();
    let order = hub.order("A");
    (hub.last_entry(&order), order)
}

#[test]
fn the_push_key_is_pinged_when_an_import_would_show_something() {
    let hub = Hub::new(&[]);
    let order = hub.take(new_order("A", json!({})));
    let created = hub.last_entry(&order);
    assert_eq!(ping(&hub, &created, &order), (false, None), "nobody validated");
    let key = "https://direct.example/api/?apiKey=k";
    call(&hub, "validate", &signed(json!({ "pushkey": key })));
    let (listens, call) = ping(&hub, &created, &order);
    let call = call.unwrap();
    assert!(listens && call.body.is_empty() && call.headers.is_empty());
    assert_eq!((call.method, call.url.as_str(), call.operation), (Method::GET, key, "refresh"));
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let note = Note { text: "x".to_owned(), ..Note::default() };
    let mut noted = Command::default();
    noted.put.push(Item::new("1", origin, hub.ledger.now(), note));
    let cases = [
        (Command::default().with(Field::Person, "bob"), true),
        (Command::default().with(Field::DistanceLeftM, 12.0), false),
        (Command::default().with(Field::ProgressCurrent, 1), false),
        (noted, true),
        (Command::default().moving(docket_core::order::Transition::Start), true),
    ];
    for (command, due) in cases {
        let (entry, order) = change_of(&hub, &order, command.clone());
        assert_eq!(ping(&hub, &entry, &order).1.is_some(), due, "{command:?}");
    }
    assert!(!DIALECT.announce.unwrap().retries().is_empty());
}

#[test]
fn pings_can_be_switched_off_and_need_a_web_address() {
    for (settings, key) in
        [(&[("refresh_ping", "false")][..], "https://a.example/"), (&[], "ftp://a.example/"), (&[], "x")]
    {
        let hub = Hub::new(settings);
        let order = hub.take(new_order("A", json!({})));
        call(&hub, "validate", &signed(json!({ "pushkey": key })));
        assert_eq!(ping(&hub, &hub.last_entry(&order), &order), (false, None), "{key}");
    }
}
