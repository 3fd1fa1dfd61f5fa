//! Two hubs facing each other through PPW Link: one is the source of orders, the other imports them, with bad networks
//! between them in both directions.

use super::proxy::assert_bad;
use super::pruvan::{PHOTO, behind_at, is_all_synced, item, orders, with_its_form, work};
use super::two_hubs::{Time, agrees, count, until};
use crate::hub::TestHub;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_core::order::{
    Answer, Attachment, Charge, ChargeKind, CheckIn, Command, Field, Item, Move, Note, Order, Point, Stage, State,
    Transition, Value as Held,
};
use serde_json::{Value, json};

const ORDERS: usize = 8;

/// An order with everything that a source can say of it.
fn order(number: usize) -> Value {
    let definition = json!({"questions": [
        {"id": "q1", "text": "Is it vacant?", "options": ["Yes", "No"], "required": true}]});
    json!({
        "number": format!("WO-{number}"), "service": "Grass cut", "due": "2026-01-20T00:00:00Z", "client_company": "Alder",
        "instructions": "Ring first", "reference": format!("L-{number}"),
        "site": {"address1": format!("{number} East Main"), "city": "Round Rock", "region": "TX", "postal_code": "78664",
                 "lock_code": "4711"},
        "tasks": [{"name": "Mow", "quantity": 1, "unit_price": 25}, {"name": "Edge", "quantity": 1, "unit_price": 5}],
        "notes": [{"id": "n1", "text": "The gate is locked"}],
        "forms": [{"id": "f1", "name": "Occupancy", "required": true, "definition": definition.to_string()}],
        "attachments": [{"id": "p1", "name": "front of house.jpg", "media_type": "image/jpeg", "photo": true,
                         "content": STANDARD.encode(PHOTO)}],
    })
}

/// A day's work on one order.
async fn do_the_work(hub: &TestHub, order: &Order) {
    let order = with_its_form(hub, order.id).await;
    let bytes: Vec<u8> = [PHOTO, order.fields.number.as_deref().unwrap().as_bytes()].concat();
    let size_bytes = bytes.len() as i64;
    let blob = hub.app().keep_blob(bytes).await.unwrap();
    let photo = Attachment {
        photo: true,
        name: "lawn.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes,
        blob,
        stage: Some(Stage::After),
        task: Some("Mow".to_owned()),
        ..Attachment::default()
    };
    let point = Point { latitude: 30.5, longitude: -97.6, accuracy_m: None };
    let bid = Charge {
        kind: ChargeKind::Bid,
        description: "Trim shrubs".to_owned(),
        quantity: Some(3.0),
        unit_price: Some(50.0),
        photos: vec!["after".to_owned()],
        ..Charge::default()
    };
    let (asked, form) = order.forms().next().expect("the form came along");
    let mut form = form.clone();
    form.submitted_at = Some(hub.app().now());
    let (values, photos) = (vec!["Yes".to_owned()], vec!["after".to_owned()]);
    form.answers = vec![Answer { question: "q1".to_owned(), values, photos, ..Answer::default() }];
    let put = vec![
        item(hub, "after", photo),
        item(hub, "there", CheckIn { point: Some(point), data: None }),
        item(hub, "note", Note { text: "The dog is friendly".to_owned(), ..Note::default() }),
        item(hub, "bid", bid),
        Item { body: form.into(), ..asked.clone() },
    ];
    work(hub, order.id, Command { put, ..Command::default() }).await;
    let mut tasks = order.fields.tasks.clone();
    tasks.iter_mut().for_each(|task| task.done = true);
    let done = Command::default().with(Field::Tasks, Held::Tasks(tasks)).moving(Transition::Complete);
    work(hub, order.id, done).await;
}

/// All of it is there, and nothing twice.
fn assert_worked(order: &Order) {
    let number = order.fields.number.clone().unwrap();
    let mut photos: Vec<_> = order.attachments().map(|(_, photo)| (photo.name.as_str(), photo.stage)).collect();
    photos.sort_unstable_by_key(|(name, _)| *name);
    assert_eq!(photos, [("front of house.jpg", None), ("lawn.jpg", Some(Stage::After))], "{number}");
    assert_eq!(order.check_ins().count(), 1, "{number}");
    let mut notes: Vec<_> = order.notes().map(|(_, note)| note.text.as_str()).collect();
    notes.sort_unstable();
    assert_eq!(notes, ["The dog is friendly", "The gate is locked"], "{number}");
    let forms: Vec<_> = order.forms().collect();
    assert_eq!(forms.len(), 1, "{number}: the form that asked is the one that is filled");
    let lawn = order.attachments().find(|(_, photo)| photo.name == "lawn.jpg").unwrap().0;
    assert_eq!(
        (&forms[0].1.answers[0].values, &forms[0].1.answers[0].photos),
        (&vec!["Yes".to_owned()], &vec![lawn.id.clone()])
    );
    assert!(order.fields.tasks.iter().all(|task| task.done), "{number}");
}

/// The order of a number; of two the one that came first.
fn numbered(orders: &[Order], number: usize) -> Order {
    let number = format!("WO-{number}");
    let found = orders.iter().filter(|order| order.fields.number.as_ref() == Some(&number));
    found.min_by_key(|order| order.serial).unwrap_or_else(|| panic!("{number}")).clone()
}

fn standing(list: &Value, status: &str) -> usize {
    count(list, "orders", |order| order["status"] == status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_importer_works_on_orders_of_a_source_and_its_results_come_back() {
    let ((mut source, to_source), (mut here, to_here)) = (behind_at(0.2, 41).await, behind_at(0.2, 43).await);
    let given = source.connect("ppw", "crew", &[("scope", "account")]).await;
    let set = [
        ("url", to_source.url()),
        ("username", given["username"].clone()),
        ("password", given["password"].clone()),
        ("poll_s", "10".to_owned()),
    ];
    let set: Vec<(&str, &str)> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    here.connect_out("ppw", "source", &set).await;
    let _time = Time::passes(&[&source, &here]);
    for number in 1..=ORDERS {
        let made = source.native("POST", "/v1/orders", &order(number).to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    // A number that is taken is refused.
    assert_eq!(source.native("POST", "/v1/orders", &order(1).to_string()).await.status, 201);
    let with_everything = |order: &Value| order["notes"].as_array().is_some_and(|notes| notes.len() == 1);
    let all = |list: &Value| list["orders"].as_array().unwrap().len() == ORDERS;
    until(&here, "/v1/orders?limit=1000", all).await;
    for order in orders(&here).await {
        let target = format!("/v1/orders/{}", order.id);
        let is_whole =
            |one: &Value| with_everything(one) && one["attachments"].as_array().is_some_and(|a| a.len() == 1);
        until(&here, &target, is_whole).await;
    }
    // Something changes, something is called off.
    let theirs = orders(&source).await;
    let changed = numbered(&theirs, 3);
    work(&source, changed.id, Command::default().with(Field::LockCode, "1177").with(Field::Instructions, "Ring twice"))
        .await;
    let off = numbered(&theirs, 7);
    work(&source, off.id, Command { to: Some(Move::Become(State::Canceled)), ..Command::default() }).await;
    let heard = |list: &Value| {
        standing(list, "canceled") == 1 && count(list, "orders", |order| order["instructions"] == "Ring twice") == 1
    };
    until(&here, "/v1/orders?limit=1000", heard).await;
    assert_eq!(numbered(&orders(&here).await, 3).fields.lock_code.as_deref(), Some("1177"));
    for order in orders(&here).await.iter().filter(|order| order.state.is_open()) {
        do_the_work(&here, order).await;
    }
    until(&here, "/v1/deliveries?limit=1000", |list| {
        count(list, "deliveries", |one| one["status"] == "synced") >= ORDERS - 1
    })
    .await;
    let done = |list: &Value| standing(list, "completed") == ORDERS - 1;
    until(&source, "/v1/orders?limit=1000", done).await;
    // The desk is not content with one: it goes back, and is done again.
    let again = numbered(&theirs, 8);
    let rework =
        Command::default().with(Field::Rework, true).with(Field::Outcome, "Edges too").moving(Transition::Reopen);
    work(&source, again.id, rework).await;
    let sent_back = |list: &Value| count(list, "orders", |order| order["client_instructions"] == "Edges too") == 1;
    until(&here, "/v1/orders?limit=1000", sent_back).await;
    let ours = numbered(&orders(&here).await, 8);
    assert!(ours.fields.rework && ours.state.is_open());
    work(&here, ours.id, Command::default().moving(Transition::Complete)).await;
    until(&source, "/v1/orders?limit=1000", done).await;
    to_source.heal();
    to_here.heal();
    until(&here, "/v1/deliveries?limit=1000", is_all_synced).await;
    assert_eq!(orders(&here).await.len(), ORDERS, "each once");
    for order in orders(&source).await.iter().filter(|order| order.state == State::Completed) {
        assert_worked(order);
        assert_eq!(order.charges().filter(|(_, charge)| charge.kind == ChargeKind::Bid).count(), 1);
    }
    let theirs = orders(&source).await;
    assert_eq!(theirs.len(), ORDERS + 1);
    let first = numbered(&theirs, 1);
    let same = |order: &&Order| order.fields.number == first.fields.number && order.id != first.id;
    let refused = theirs.iter().find(same).unwrap();
    assert_eq!((refused.imported_by.len(), refused.acknowledgements.len()), (0, 1), "answered once");
    assert_eq!(refused.acknowledgements[0].reason.as_deref(), Some("Duplicate work order number."));
    assert_bad(&[&to_source, &to_here]);
    // The duplicate is called off; then both sides have the same.
    work(&source, refused.id, Command { to: Some(Move::Become(State::Canceled)), ..Command::default() }).await;
    agrees(&here, "source").await;
    // Neither the password nor the key of the push URL lies open.
    let database = std::fs::read(here.data().join("docket.db")).unwrap();
    let log = std::fs::read(here.data().join("docket.db-wal")).unwrap_or_default();
    let password = given["password"].as_bytes();
    for bytes in [database, log] {
        assert!(!bytes.windows(password.len()).any(|window| window == password));
        for key in [&b"/ppw/push?key="[..], b"push%3Fkey%3D"] {
            let open = bytes.windows(key.len() + 8).filter(|window| window.starts_with(key));
            let open: Vec<_> = open.map(|window| String::from_utf8_lossy(window).into_owned()).collect();
            assert!(open.iter().all(|shown| shown.contains("***")), "{open:?}");
        }
    }
    source.stop().await;
    here.stop().await;
}
