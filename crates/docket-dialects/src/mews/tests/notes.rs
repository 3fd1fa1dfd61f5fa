//! `serviceOrderNotes/*`.

use super::*;
use docket_core::order::{Field, Item, Note, Origin};

fn noted(hub: &Hub, order: OrderId, text: &str) -> Value {
    let body = json!({"ServiceOrderNotes": [{"ServiceOrderId": order.0, "Text": text}]});
    hub.post("serviceOrderNotes/add", body).ok()["ServiceOrderNotes"][0].clone()
}

fn list(hub: &Hub, orders: &[OrderId], body: Value) -> Vec<Value> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let mut whole = json!({"ServiceOrderIds": ids, "Limitation": {"Count": 1000}});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    hub.post("serviceOrderNotes/getAll", whole).ok()["ServiceOrderNotes"].as_array().unwrap().clone()
}

fn texts(notes: &[Value]) -> Vec<&str> {
    notes.iter().map(|note| note["Text"].as_str().unwrap_or("-")).collect()
}

fn order(hub: &Hub) -> OrderId {
    hub.create(Command::default().with(Field::Service, SPA)).id
}

#[test]
fn a_note_is_written_rewritten_and_taken_away() {
    let hub = Hub::new();
    let order = order(&hub);
    let note = noted(&hub, order, "no onions");
    let now = "2026-01-15T10:00:00Z";
    let expected = json!({"Id": note["Id"], "OrderId": order.0, "Text": "no onions", "Type": "General",
        "CreatedUtc": now, "UpdatedUtc": now});
    assert_eq!(note, expected);
    hub.ledger.set_now(at("2026-01-15T10:05:00Z"));
    let update = |text: Value| {
        let update = json!({"ServiceOrderNoteId": note["Id"], "Text": text});
        hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": [update]})).ok()
    };
    // Nothing to change is no change.
    for keep in [json!(null), json!({}), json!({"Value": "no onions"})] {
        assert_eq!(update(keep)["ServiceOrderNotes"][0], expected);
    }
    let changed = update(json!({"Value": "onions"}))["ServiceOrderNotes"][0].clone();
    let expected = json!({"Id": note["Id"], "OrderId": order.0, "Text": "onions", "Type": "General",
        "CreatedUtc": now, "UpdatedUtc": "2026-01-15T10:05:00Z"});
    assert_eq!(changed, expected);
    assert_eq!(list(&hub, &[order], json!({})), [expected]);
    assert_eq!(update(json!({"Value": null}))["ServiceOrderNotes"][0]["Text"], Value::Null);
    let delete = || hub.post("serviceOrderNotes/delete", json!({"ServiceOrderNoteIds": [note["Id"]]}));
    assert_eq!(delete().ok(), json!({}));
    assert!(list(&hub, &[order], json!({})).is_empty());
    delete().fails(400, "Invalid ServiceOrderNoteIds");
    let body = json!({"ServiceOrderNoteUpdates": [{"ServiceOrderNoteId": note["Id"]}]});
    hub.post("serviceOrderNotes/update", body).fails(400, "Invalid ServiceOrderNoteId");
}

#[test]
fn the_same_words_sent_again_are_the_same_note() {
    let hub = Hub::new();
    let order = order(&hub);
    let note = noted(&hub, order, "gate code 1234");
    hub.ledger.set_now(at("2026-01-15T10:05:00Z"));
    assert_eq!(noted(&hub, order, "gate code 1234"), note);
    let twice = json!({"ServiceOrderId": order.0, "Text": "ring twice"});
    let both = hub.post("serviceOrderNotes/add", json!({"ServiceOrderNotes": [twice, twice]})).ok();
    assert_eq!(both["ServiceOrderNotes"][0], both["ServiceOrderNotes"][1]);
    assert_eq!(texts(&list(&hub, &[order], json!({}))), ["ring twice", "gate code 1234"]);
    // Once it says something else, the old words are a new note.
    let update = json!({"ServiceOrderNoteId": note["Id"], "Text": {"Value": "gate code 9999"}});
    hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": [update]})).ok();
    assert_ne!(noted(&hub, order, "gate code 1234")["Id"], note["Id"]);
    assert_eq!(list(&hub, &[order], json!({})).len(), 3);
}

#[test]
fn notes_of_every_origin_are_shown_and_can_be_changed() {
    let hub = Hub::new();
    let order = order(&hub);
    let origin = Origin { connection: Some(ConnectionId(9)), dialect: "ppw".to_owned() };
    let note = Note { text: "dog in yard".to_owned(), site_wide: true, ..Note::default() };
    let item = Item::new("n7", origin, at("2026-01-10T08:00:00Z"), note).by("ppw crew").with_wire(r#"{"note_id":7}"#);
    hub.change(order, Command { put: vec![item], ..Command::default() });
    let shown = list(&hub, &[order], json!({}));
    assert_eq!((texts(&shown), &shown[0]["CreatedUtc"]), (vec!["dog in yard"], &json!("2026-01-10T08:00:00Z")));
    let update = json!({"ServiceOrderNoteId": shown[0]["Id"], "Text": {"Value": "dog is gone"}});
    hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": [update]})).ok();
    let kept = hub.ledger.all_orders()[0].clone();
    let (item, note) = kept.notes().next().unwrap();
    assert_eq!((item.id.as_str(), item.wire.as_deref(), note.site_wide), ("n7", Some(r#"{"note_id":7}"#), true));
    assert_eq!((note.text.as_str(), item.author.as_str()), ("dog is gone", "ppw crew"));
    hub.post("serviceOrderNotes/delete", json!({"ServiceOrderNoteIds": [shown[0]["Id"]]})).ok();
    assert_eq!(hub.ledger.all_orders()[0].notes().count(), 0);
}

#[test]
fn every_filter_and_pages() {
    let hub = Hub::new();
    let orders = [order(&hub), order(&hub)];
    for (number, order) in [0, 1, 0, 1, 0].into_iter().enumerate() {
        hub.ledger.set_now(at(&format!("2026-01-1{}T10:00:00Z", number + 1)));
        noted(&hub, orders[order], &format!("n{number}"));
    }
    let all = list(&hub, &orders, json!({}));
    assert_eq!(texts(&all), ["n4", "n3", "n2", "n1", "n0"]);
    assert_eq!(texts(&list(&hub, &orders[1..], json!({"EnterpriseIds": [ENTERPRISE]}))), ["n3", "n1"]);
    assert_eq!(texts(&list(&hub, &orders, json!({"ServiceOrderNoteIds": [all[1]["Id"], Uuid::nil()]}))), ["n3"]);
    let span = json!({"StartUtc": "2026-01-12T00:00:00Z", "EndUtc": "2026-01-14T00:00:00Z"});
    assert_eq!(texts(&list(&hub, &orders, json!({"UpdatedUtc": span}))), ["n2", "n1"]);
    assert!(list(&hub, &orders, json!({"Types": ["ChannelManager", "SpecialRequest"]})).is_empty());
    assert_eq!(list(&hub, &orders, json!({"Types": ["General"]})).len(), 5);
    let page = |orders: &[OrderId], cursor: &Value| {
        texts(&list(&hub, orders, json!({"Limitation": {"Count": 2, "Cursor": cursor}}))).join(" ")
    };
    assert_eq!(page(&orders, &Value::Null), "n4 n3");
    assert_eq!(page(&orders, &all[1]["Id"]), "n2 n1");
    // A cursor holds when its note is not among those asked for, was rewritten, or is gone.
    assert_eq!(page(&orders[..1], &all[1]["Id"]), "n2 n0");
    let update = json!({"ServiceOrderNoteId": all[3]["Id"], "Text": {"Value": "rewritten"}});
    hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": [update]})).ok();
    assert_eq!(page(&orders, &all[2]["Id"]), "rewritten n0");
    hub.post("serviceOrderNotes/delete", json!({"ServiceOrderNoteIds": [all[3]["Id"], all[1]["Id"]]})).ok();
    assert_eq!(page(&orders, &all[1]["Id"]), "n2 n0");
    assert_eq!(page(&orders, &all[3]["Id"]), "n0");
    for (body, member) in [
        (json!({"ServiceOrderIds": null}), "ServiceOrderIds"),
        (json!({"ServiceOrderIds": []}), "ServiceOrderIds"),
        (json!({"ServiceOrderNoteIds": []}), "ServiceOrderNoteIds"),
        (json!({"Types": ["general"]}), "Types"),
        (json!({"Limitation": {"Count": 1, "Cursor": Uuid::nil()}}), "Cursor"),
        (json!({"Limitation": {"Count": 1, "Cursor": orders[0].0}}), "Cursor"),
        (json!({"EnterpriseIds": [Uuid::nil()]}), "EnterpriseIds"),
    ] {
        let mut whole = json!({"ServiceOrderIds": [orders[0].0], "Limitation": {"Count": 1}});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        hub.post("serviceOrderNotes/getAll", whole).fails(400, &format!("Invalid {member}"));
    }
}

#[test]
fn all_or_nothing_is_written() {
    let hub = Hub::new();
    let order = order(&hub);
    let good = json!({"ServiceOrderId": order.0, "Text": "x"});
    for (bad, member) in [
        (json!({"ServiceOrderId": Uuid::nil(), "Text": "x"}), "ServiceOrderId"),
        (json!({"Text": "x"}), "ServiceOrderId"),
        (json!({"ServiceOrderId": order.0, "Text": ""}), "Text"),
        (json!({"ServiceOrderId": order.0, "Text": 5}), "Text"),
        (json!(5), "ServiceOrderNotes"),
    ] {
        let body = json!({"ServiceOrderNotes": [good, bad]});
        hub.post("serviceOrderNotes/add", body).fails(400, &format!("Invalid {member}"));
    }
    for none in [json!([]), json!(null), json!(vec![good.clone(); 1001])] {
        hub.post("serviceOrderNotes/add", json!({"ServiceOrderNotes": none})).fails(400, "Invalid ServiceOrderNotes");
    }
    assert!(list(&hub, &[order], json!({})).is_empty());
    let note = noted(&hub, order, "kept");
    let ids = json!({"ServiceOrderNoteIds": [note["Id"], Uuid::nil()]});
    hub.post("serviceOrderNotes/delete", ids).fails(400, "Invalid ServiceOrderNoteIds");
    let update =
        json!([{"ServiceOrderNoteId": note["Id"], "Text": {"Value": "new"}}, {"ServiceOrderNoteId": Uuid::nil()}]);
    hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": update}))
        .fails(400, "Invalid ServiceOrderNoteId");
    let wrong = json!([{"ServiceOrderNoteId": note["Id"], "Text": {"Value": 5}}]);
    hub.post("serviceOrderNotes/update", json!({"ServiceOrderNoteUpdates": wrong})).fails(400, "Invalid Text");
    assert_eq!(texts(&list(&hub, &[order], json!({}))), ["kept"]);
}

#[test]
fn a_note_of_orders_add_is_a_note_like_any_other() {
    let hub = Hub::new();
    let order = OrderId(id(hub.post("orders/add", with(smallest(), "Notes", json!("by the window"))).ok()["OrderId"]
        .as_str()
        .unwrap()));
    assert_eq!(texts(&list(&hub, &[order], json!({}))), ["by the window"]);
}
