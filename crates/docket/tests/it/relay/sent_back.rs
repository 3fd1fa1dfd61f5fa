//! Three hubs in a row, a source of orders that speaks PPW Link, a Docket between, and the Pruvan account whose crews do the
//! work: what the source calls off and what it sends back to be done again goes all the way there, and the results all the
//! way back.

use super::chain::heal_after;
use super::proxy::assert_bad;
use super::pruvan::{PHOTO, account, behind, connect, is_all_synced, item, orders, with_its_form, work};
use super::two_hubs::{Time, agrees, count, until};
use crate::hub::TestHub;
use docket_core::connection::Role;
use docket_core::order::{
    Answer, Attachment, CheckIn, Command, Field, Item, Move, Note, Order, Point, Stage, State, Transition,
};
use serde_json::{Value, json};

const ORDERS: usize = 4;

fn order(number: usize) -> Value {
    let definition = json!({"questions": [
        {"id": "q1", "text": "Is it vacant?", "options": ["Yes", "No"], "required": true}]});
    json!({
        "number": format!("WO-{number}"), "service": "Grass cut", "due": "2026-01-20T00:00:00Z", "client_company": "Alder",
        "instructions": "Ring first",
        "site": {"address1": format!("{number} East Main"), "city": "Round Rock", "region": "TX", "postal_code": "78664",
                 "lock_code": "4711"},
        "tasks": [{"name": "Mow", "quantity": 1, "unit_price": 25}, {"name": "Edge", "quantity": 1, "unit_price": 5}],
        "notes": [{"id": "n1", "text": "The gate is locked"}],
        "forms": [{"id": "f1", "name": "Occupancy", "required": true, "definition": definition.to_string()}],
    })
}

/// A crew's work on one order, in the account.
async fn do_the_work(hub: &TestHub, order: &Order) {
    let order = with_its_form(hub, order.id).await;
    work(hub, order.id, Command::default().with(Field::Person, "crew 7").moving(Transition::Start)).await;
    let photo = async |name: &str, stage| {
        // Of two files with the same bytes a source may keep one.
        let bytes: Vec<u8> = [PHOTO, name.as_bytes(), order.id.to_string().as_bytes()].concat();
        let size_bytes = bytes.len() as i64;
        let blob = hub.app().keep_blob(bytes).await.unwrap();
        Attachment {
            photo: true,
            name: format!("{name}.jpg"),
            media_type: "image/jpeg".to_owned(),
            size_bytes,
            blob,
            stage: Some(stage),
            task: Some("Mow".to_owned()),
            ..Attachment::default()
        }
    };
    let point = Point { latitude: 30.5, longitude: -97.6, accuracy_m: None };
    let (asked, form) = order.forms().next().expect("the form came along");
    let mut form = form.clone();
    form.submitted_at = Some(hub.app().now());
    let (values, photos) = (vec!["Yes".to_owned()], vec!["after".to_owned()]);
    form.answers = vec![Answer { question: "q1".to_owned(), values, photos, ..Answer::default() }];
    let put = vec![
        item(hub, "before", photo("before", Stage::Before).await),
        item(hub, "there", CheckIn { point: Some(point), data: None }),
        item(hub, "note", Note { text: "The dog is friendly".to_owned(), ..Note::default() }),
        item(hub, "after", photo("after", Stage::After).await),
        Item { body: form.into(), ..asked.clone() },
    ];
    work(hub, order.id, Command { put, ..Command::default() }).await;
    work(hub, order.id, Command::default().moving(Transition::Complete)).await;
}

/// All that the crew brought is at the source, and nothing twice.
fn assert_worked(order: &Order) {
    let number = order.fields.number.clone().unwrap();
    let mut photos: Vec<_> = order.attachments().map(|(_, photo)| (photo.name.as_str(), photo.stage)).collect();
    photos.sort_unstable_by_key(|(name, _)| *name);
    assert_eq!(photos, [("after.jpg", Some(Stage::After)), ("before.jpg", Some(Stage::Before))], "{number}");
    assert_eq!(order.check_ins().count(), 1, "{number}");
    let mut notes: Vec<_> = order.notes().map(|(_, note)| note.text.as_str()).collect();
    notes.sort_unstable();
    assert_eq!(notes, ["The dog is friendly", "The gate is locked"], "{number}");
    let forms: Vec<_> = order.forms().collect();
    assert_eq!(forms.len(), 1, "{number}: the form that asked is the one that is filled");
    let after = order.attachments().find(|(_, photo)| photo.stage == Some(Stage::After)).unwrap().0;
    let answer = &forms[0].1.answers[0];
    assert_eq!((&answer.values, &answer.photos), (&vec!["Yes".to_owned()], &vec![after.id.clone()]), "{number}");
}

fn numbered(orders: &[Order], number: usize) -> Order {
    let number = format!("WO-{number}");
    let found: Vec<_> = orders.iter().filter(|order| order.fields.number.as_ref() == Some(&number)).collect();
    assert_eq!(found.len(), 1, "{number}");
    found[0].clone()
}

fn standing(list: &Value, status: &str) -> usize {
    count(list, "orders", |order| order["status"] == status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_source_calls_off_and_sends_back_reaches_the_crew() {
    let ((mut source, to_source), (mut between, to_between)) = (behind(51).await, behind(53).await);
    let (mut crews, to_crews) = behind(63).await;
    let given = source.connect("ppw", "docket", &[("scope", "account")]).await;
    let set = [
        ("url", to_source.url()),
        ("username", given["username"].clone()),
        ("password", given["password"].clone()),
        ("poll_s", "5".to_owned()),
    ];
    let set: Vec<(&str, &str)> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    between.connect_out("ppw", "source", &set).await;
    let given = connect(&between, Role::Both, "crew", &[("towards", "account"), ("url", &to_crews.url())]).await;
    account(&crews, &to_between, &given).await;
    let rule = json!({"name": "crew", "from": "source", "to": "crew", "when": "order.site.region == 'TX'"});
    assert_eq!(between.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    let _time = Time::passes(&[&source, &between, &crews]);
    for number in 1..=ORDERS {
        let made = source.native("POST", "/v1/orders", &order(number).to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = |list: &Value| list["orders"].as_array().unwrap().len() == ORDERS;
    // An import is a dozen calls, one after another.
    tokio::join!(heal_after(&to_source, 10), until(&between, "/v1/orders?limit=1000", all));
    until(&crews, "/v1/orders?limit=1000", all).await;
    for order in orders(&crews).await {
        let is_whole = |one: &Value| {
            let told = one["client_instructions"].as_str().is_some_and(|text| text.contains("The gate is locked"));
            told && one["forms"].as_array().is_some_and(|forms| forms.len() == 1)
        };
        until(&crews, &format!("/v1/orders/{}", order.id), is_whole).await;
    }
    // One is called off at the source, the others are worked on.
    let off = numbered(&orders(&source).await, 3);
    work(&source, off.id, Command { to: Some(Move::Become(State::Canceled)), ..Command::default() }).await;
    until(&crews, "/v1/orders?limit=1000", |list| standing(list, "canceled") == 1).await;
    for order in orders(&crews).await.iter().filter(|order| order.state.is_open()) {
        do_the_work(&crews, order).await;
    }
    let done = |list: &Value| standing(list, "completed") == ORDERS - 1;
    until(&source, "/v1/orders?limit=1000", done).await;
    for proxy in [&to_source, &to_between, &to_crews] {
        proxy.heal();
    }
    for hub in [&crews, &between] {
        until(hub, "/v1/deliveries?limit=1000", is_all_synced).await;
        assert_eq!(orders(hub).await.len(), ORDERS, "each once");
    }
    // The source sends one back, the crew does it again.
    let again = numbered(&orders(&source).await, 4);
    let rework =
        Command::default().with(Field::Rework, true).with(Field::Outcome, "Edges too").moving(Transition::Reopen);
    work(&source, again.id, rework).await;
    let sent_back =
        |list: &Value| count(list, "orders", |order| order["rework"] == true && order["status"] != "completed") == 1;
    until(&crews, "/v1/orders?limit=1000", sent_back).await;
    let theirs = numbered(&orders(&crews).await, 4);
    work(&crews, theirs.id, Command::default().moving(Transition::Complete)).await;
    until(&source, "/v1/orders?limit=1000", done).await;
    for hub in [&crews, &between] {
        until(hub, "/v1/deliveries?limit=1000", is_all_synced).await;
    }
    for order in orders(&source).await.iter().filter(|order| order.state == State::Completed) {
        assert_worked(order);
    }
    assert_bad(&[&to_source, &to_between, &to_crews]);
    agrees(&crews, "acme").await;
    agrees(&between, "crew").await;
    agrees(&between, "source").await;
    for hub in [&mut source, &mut between, &mut crews] {
        hub.stop().await;
    }
}
