//! Two hubs facing each other as the two parts of Pruvan's API: a system that orders come from, and the account whose crews
//! work on them, with bad networks between them in both directions.

use super::proxy::{Proxy, assert_bad};
use super::two_hubs::{Time, agrees, count, until};
use crate::hub::{Credentials, TestHub};
use docket_app::enroll::{self, Enrollment};
use docket_core::connection::{Caller, Role};
use docket_core::ids::OrderId;
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{
    Answer, Attachment, Body, CheckIn, Command, Field, Item, Move, Note, Order, Origin, Point, Stage, State, Transition,
};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};

pub const PHOTO: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF a photo";

/// A hub that is reached from outside through a proxy.
pub async fn behind(seed: u64) -> (TestHub, Proxy) {
    behind_at(6.0 / 14.0, seed).await
}

/// The same, with this share of calls going wrong.
pub async fn behind_at(rate: f64, seed: u64) -> (TestHub, Proxy) {
    let listen: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Proxy::start_at(rate, listen, seed).await;
    let hub = TestHub::start_with(|config| {
        config.listen = listen;
        config.public_url = proxy.url();
        config.outside.allow = vec!["127.0.0.1".to_owned()];
    });
    (hub.await, proxy)
}

/// A connection of this role; what it calls with is among the settings.
pub async fn connect(hub: &TestHub, role: Role, name: &str, set: &[(&str, &str)]) -> Credentials {
    let set: Vec<(String, String)> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let request = Enrollment { dialect: "pruvan", name, account: "main", role, set: &set, base_url: &hub.url() };
    let (app, vault) = (hub.app(), hub.app().relay().vault());
    let enrolled = enroll::add_with(app.store(), Some(vault), request, app.now()).await.unwrap();
    app.refresh_directory().await.unwrap();
    enrolled.printed.into_iter().collect()
}

/// The account's connection to the system that orders come from.
pub async fn account(hub: &TestHub, remote: &Proxy, given: &Credentials) {
    let url = format!("{}/pruvan", remote.url());
    let set = [
        ("towards", "remote"),
        ("url", &url),
        ("remote_username", &given["username"]),
        ("remote_password", &given["password"]),
        ("remote_token", &given["token"]),
        ("poll_s", "5"),
    ];
    connect(hub, Role::Both, "acme", &set).await;
}

pub fn order(number: usize) -> Value {
    let definition = json!({"meta": {"surveyTemplateId": "PCR_7", "version": "2", "name": "PCR"},
        "questions": [{"id": "q1", "question": "Lawn mowed?", "answerType": "yesNo"}]});
    json!({
        "number": format!("WO-{number}"), "title": "Grass cut", "due": "2026-01-20T12:00:00Z",
        "instructions": "Ring first",
        "site": {"address1": format!("{number} East Main"), "city": "Round Rock", "region": "TX", "postal_code": "78664"},
        "tasks": [{"name": "Mow"}, {"name": "Edge"}],
        "notes": [{"id": "n1", "text": "The gate is locked"}],
        "forms": [{"id": "f1", "name": "PCR", "template": "PCR_7", "task": "Mow", "required": true,
                   "definition": definition.to_string()}],
    })
}

/// What a crew does to an order, as somebody in the account.
pub async fn work(hub: &TestHub, id: OrderId, command: Command) {
    let account = hub.app().store().account("main", false).await.unwrap().unwrap();
    let request = Request::change(Target::Id(id), move |_| Ok(command.clone()));
    let done = hub.app().submit(&Caller::user(account, "crew 7"), Submission::one(request)).await.unwrap();
    assert!(matches!(done[0], Outcome::Done(_)), "{done:?}");
}

pub async fn orders(hub: &TestHub) -> Vec<Order> {
    let account = hub.app().store().account("main", false).await.unwrap().unwrap();
    let query = docket_core::ledger::OrderQuery::default();
    let page = hub.app().orders(&Caller::hub(account), query).await.unwrap();
    page.orders.iter().map(|order| (**order).clone()).collect()
}

pub fn item(hub: &TestHub, id: &str, body: impl Into<Body>) -> Item {
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    Item::new(id, origin, hub.app().now(), body).by("crew 7")
}

/// The order, once its form has come: what belongs to an order may come after it.
pub async fn with_its_form(hub: &TestHub, id: OrderId) -> Order {
    let has_form = |one: &Value| one["forms"].as_array().is_some_and(|forms| forms.len() == 1);
    until(hub, &format!("/v1/orders/{id}"), has_form).await;
    orders(hub).await.into_iter().find(|order| order.id == id).unwrap()
}

/// A day's work on one order: photos, a note, a check-in, the form, and done.
pub async fn do_the_work(hub: &TestHub, order: &Order) {
    let order = with_its_form(hub, order.id).await;
    work(hub, order.id, Command::default().with(Field::Person, "crew 7").moving(Transition::Start)).await;
    let blob = hub.app().keep_blob(PHOTO.into()).await.unwrap();
    let photo = |stage| Attachment {
        photo: true,
        name: "lawn.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: PHOTO.len() as i64,
        blob: blob.clone(),
        stage: Some(stage),
        task: Some("Mow".to_owned()),
        ..Attachment::default()
    };
    let point = Point { latitude: 30.5, longitude: -97.6, accuracy_m: None };
    let put = vec![
        item(hub, "before", photo(Stage::Before)),
        item(hub, "there", CheckIn { point: Some(point), data: None }),
        item(hub, "note", Note { text: "The dog is friendly".to_owned(), ..Note::default() }),
    ];
    work(hub, order.id, Command { put, ..Command::default() }).await;
    let (asked, form) = order.forms().next().expect("the form came along");
    let mut form = form.clone();
    form.submitted_at = Some(hub.app().now());
    form.answers = vec![Answer {
        question: "q1".to_owned(),
        values: vec!["yes".to_owned()],
        photos: vec!["after".to_owned()],
        ..Answer::default()
    }];
    let put = vec![item(hub, "after", photo(Stage::After)), Item { body: form.into(), ..asked.clone() }];
    work(hub, order.id, Command { put, ..Command::default() }.moving(Transition::Complete)).await;
}

/// All of it is here, and nothing twice.
fn assert_worked(order: &Order) {
    let number = order.fields.number.clone().unwrap();
    let stages: Vec<_> = order.attachments().map(|(_, photo)| (photo.stage, photo.photo)).collect();
    assert_eq!(stages, [(Some(Stage::Before), true), (Some(Stage::After), true)], "{number}");
    assert_eq!(order.check_ins().count(), 1, "{number}");
    assert_eq!(order.notes().filter(|(_, note)| note.text == "The dog is friendly").count(), 1, "{number}");
    let forms: Vec<_> = order.forms().collect();
    assert_eq!(forms.len(), 1, "{number}: the form that asked is the one that is filled");
    let after = order.attachments().find(|(_, photo)| photo.stage == Some(Stage::After)).unwrap().0;
    assert_eq!(forms[0].1.answers[0].values, ["yes"], "{number}");
    assert_eq!(forms[0].1.answers[0].photos, std::slice::from_ref(&after.id), "{number}");
    assert!(order.fields.tasks.iter().all(|task| task.done), "{number}");
}

pub fn is_all_synced(list: &Value) -> bool {
    let is_open = |one: &Value| one["status"] != "synced";
    !list["deliveries"].as_array().unwrap().is_empty() && count(list, "deliveries", is_open) == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crew_works_on_orders_that_were_pushed_and_its_results_come_back() {
    const ORDERS: usize = 8;
    let ((mut here, to_here), (mut there, to_there)) = (behind(23).await, behind(41).await);
    // The account says itself where it is pushed to, when it validates.
    let set = [("towards", "account"), ("url", &to_there.url()), ("poll_s", "5")];
    let given = connect(&here, Role::Both, "crew", &set).await;
    account(&there, &to_here, &given).await;
    let rule = json!({"name": "crew", "to": "crew", "when": "order.origin.dialect == 'native'"});
    assert_eq!(here.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    let _time = Time::passes(&[&here, &there]);
    for number in 1..=ORDERS {
        let made = here.native("POST", "/v1/orders", &order(number).to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = |list: &Value| count(list, "orders", |order| order["instructions"] == "Ring first") == ORDERS;
    until(&there, "/v1/orders?limit=1000", all).await;
    // Some it may have asked for itself; all are pushed.
    let pushed = |list: &Value| count(list, "deliveries", |one| one["status"] == "synced") == ORDERS;
    until(&here, "/v1/deliveries?limit=1000", pushed).await;
    let (canceled, again) = ("WO-7", "WO-8");
    for order in orders(&there).await {
        if order.fields.number.as_deref() != Some(canceled) {
            do_the_work(&there, &order).await;
        }
    }
    let off = orders(&here).await.into_iter().find(|order| order.fields.number.as_deref() == Some(canceled)).unwrap();
    work(&here, off.id, Command { to: Some(Move::Become(State::Canceled)), ..Command::default() }).await;
    let done = |list: &Value| count(list, "orders", |order| order["status"] == "completed") == ORDERS - 1;
    until(&here, "/v1/orders?limit=1000", done).await;
    // The desk is not content with one: it goes back, and is done again.
    let bad = orders(&here).await.into_iter().find(|order| order.fields.number.as_deref() == Some(again)).unwrap();
    let rework =
        Command::default().with(Field::Rework, true).with(Field::Instructions, "Edges too").moving(Transition::Reopen);
    work(&here, bad.id, rework).await;
    let reopened = |list: &Value| {
        count(list, "orders", |order| order["instructions"] == "Edges too" && order["status"] == "assigned") == 1
    };
    until(&there, "/v1/orders?limit=1000", reopened).await;
    let theirs = orders(&there).await.into_iter().find(|order| order.fields.number.as_deref() == Some(again)).unwrap();
    assert!(theirs.fields.rework);
    work(&there, theirs.id, Command::default().moving(Transition::Complete)).await;
    until(&here, "/v1/orders?limit=1000", done).await;
    let called_off = |list: &Value| count(list, "orders", |order| order["status"] == "canceled") == 1;
    until(&there, "/v1/orders?limit=1000", called_off).await;
    to_here.heal();
    to_there.heal();
    for hub in [&here, &there] {
        until(hub, "/v1/deliveries?limit=1000", is_all_synced).await;
        assert_eq!(orders(hub).await.len(), ORDERS, "each once");
    }
    for order in orders(&here).await.iter().filter(|order| order.state != State::Canceled) {
        assert_worked(order);
    }
    assert_bad(&[&to_here, &to_there]);
    agrees(&here, "crew").await;
    agrees(&there, "acme").await;
    // Neither the push key nor what it was made of lies open.
    let database = std::fs::read(here.data().join("docket.db")).unwrap();
    let log = std::fs::read(here.data().join("docket.db-wal")).unwrap_or_default();
    for bytes in [database, log] {
        assert!(!bytes.windows(8).any(|window| window == b"?apiKey=" || window == b"apiKey%3"));
    }
    here.stop().await;
    there.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_asks_for_orders_where_nobody_pushes() {
    const ORDERS: usize = 6;
    let ((mut here, to_here), mut there) =
        (behind(31).await, TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await);
    // Here nobody calls: the account asks, and is pinged.
    let given = here.connect("pruvan", "crew", &[("scope", "account")]).await;
    account(&there, &to_here, &given).await;
    let _time = Time::passes(&[&here, &there]);
    for number in 1..=ORDERS {
        let made = here.native("POST", "/v1/orders", &order(number).to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = |list: &Value| list["orders"].as_array().unwrap().len() == ORDERS;
    until(&there, "/v1/orders?limit=1000", all).await;
    for order in orders(&there).await {
        do_the_work(&there, &order).await;
    }
    let done = |list: &Value| count(list, "orders", |order| order["status"] == "completed") == ORDERS;
    until(&here, "/v1/orders?limit=1000", done).await;
    to_here.heal();
    until(&there, "/v1/deliveries?limit=1000", is_all_synced).await;
    for hub in [&here, &there] {
        assert_eq!(orders(hub).await.len(), ORDERS, "each once");
    }
    for order in &orders(&here).await {
        assert_worked(order);
    }
    assert_bad(&[&to_here]);
    agrees(&there, "acme").await;
    here.stop().await;
    there.stop().await;
}
