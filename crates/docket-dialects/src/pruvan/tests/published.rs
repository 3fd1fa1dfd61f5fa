//! What other dialects brought, in the shape of published items.

use super::*;
use docket_core::ledger::{Request, Submission};
use docket_core::order::{
    Answer, Attachment, Body, Charge, ChargeKind, CheckIn, Command, Field, Form, Item, Note, Origin, Point, Question,
    Stage,
};

fn ppw(id: &str, body: impl Into<Body>) -> Item {
    let origin = Origin { connection: Some(ConnectionId(7)), dialect: "ppw".to_owned() };
    Item::new(id, origin, "2026-01-14T09:30:00Z".parse().unwrap(), body).by("crew 3").with_wire("{\"ppw\":1}")
}

/// An order with one item of every kind, none of them Pruvan's.
fn order(hub: &Hub) -> Arc<Order> {
    let point = Some(Point { latitude: 30.5, longitude: -97.25, accuracy_m: Some(4.0) });
    let photo = Attachment {
        photo: true,
        name: "roof.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 3,
        blob: "ab".to_owned(),
        stage: Some(Stage::During),
        task: Some("Tarp".to_owned()),
        caption: "hole".to_owned(),
        taken_at: time("2026-01-14T09:00:00Z"),
        point,
        note: None,
    };
    let answer = Answer {
        question: "17".to_owned(),
        text: "Occupied?".to_owned(),
        kind: "varchar".to_owned(),
        values: vec!["Yes".to_owned()],
        photos: vec!["p1".to_owned()],
    };
    let form = Form {
        name: "PCR".to_owned(),
        submitted_at: time("2026-01-14T10:00:00Z"),
        answers: vec![answer],
        ..Form::default()
    };
    let charge = Charge {
        kind: ChargeKind::Bid,
        item: Some("TARP".to_owned()),
        description: "Tarp roof".to_owned(),
        quantity: Some(2.0),
        unit_price: Some(37.5),
        comment: "as seen".to_owned(),
        flat_fee: false,
        photos: vec!["p1".to_owned()],
    };
    let mut create = Command::default().with(Field::Number, "W-1").with(Field::Address1, "5 Elm Ct");
    create.put = vec![
        ppw("p1", photo),
        ppw("n1", Note { site_wide: false, text: "gate locked".to_owned(), revises: None }),
        ppw("f1", form),
        ppw("c1", CheckIn { point, data: Some("{\"radius\":5}".to_owned()) }),
        ppw("b1", charge),
        ppw("q1", Question { message: "Which way?".to_owned(), ..Question::default() }),
        ppw("f2", Form { name: "Not filled".to_owned(), ..Form::default() }),
    ];
    let user = Caller::user(AccountId(1), "token t");
    hub.ledger.submit(&user, Submission::one(Request::create(create))).now_or_never().unwrap().unwrap();
    hub.ledger.all_orders().pop().unwrap()
}

#[test]
fn everything_that_has_a_place_is_shown() {
    let hub = Hub::new(&[]);
    let order = order(&hub);
    let face = hub.face(&order);
    let items = face["items"].as_array().unwrap();
    assert_eq!(items.len(), 5, "{items:?}");
    let serial = items[0]["uuId"].as_str().unwrap().to_owned();
    assert!(Uuid::try_parse(&serial).is_ok(), "globally unique, whatever its own id");
    for item in items {
        assert_eq!((&item["key1"], &item["key2"]), (&json!(order.id.to_string()), &json!("W-1")));
        assert_eq!((&item["attribute1"], &item["createdBy"]), (&json!("5 Elm Ct"), &json!("crew 3")));
        assert!(item.get("ppw").is_none());
    }
    let photo = [
        ("key4", json!("Tarp")),
        ("fileName", json!("roof.jpg")),
        ("fileExt", json!("jpg")),
        ("fileType", json!("picture")),
        ("evidenceType", json!("During")),
        ("notes", json!("hole")),
        ("gpsLatitude", json!("30.5")),
        ("gpsLongitude", json!("-97.25")),
        ("gpsAccuracy", json!("4")),
        ("creationDate", json!("1768381200")),
    ];
    for (name, value) in photo {
        assert_eq!(items[0][name], value, "{name}");
    }
    assert_eq!((&items[1]["evidenceType"], &items[1]["notes"]), (&json!("Note"), &json!("gate locked")));
    let survey = json!({
        "meta": {"surveyTemplateId": "PCR", "version": "", "name": "PCR"},
        "answers": [{"id": "17", "question": "Occupied?", "answerType": "varchar", "answer": "Yes", "pictures": [serial]}],
    });
    assert_eq!(items[2]["survey"], survey);
    assert_eq!((&items[3]["evidenceType"], &items[3]["parameters"]), (&json!("Check-In"), &json!({"radius": 5})));
    let answers: Vec<(&str, &str)> = items[4]["survey"]["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| (answer["question"].as_str().unwrap(), answer["answer"].as_str().unwrap()))
        .collect();
    let expected = [
        ("Kind", "Bid"),
        ("Item", "TARP"),
        ("Description", "Tarp roof"),
        ("Quantity", "2"),
        ("Unit price", "37.5"),
        ("Total", "75"),
    ];
    assert_eq!(answers, expected);
    assert_eq!(items[4]["notes"], "as seen");
    assert_eq!(face["clientInstructions"], "2026-01-14 09:30 crew 3: gate locked");
    assert_eq!(hub.face(&order), face, "the same every time");
}

/// What is shown can be published to another hub, and is the same there.
#[test]
fn what_is_shown_can_be_published() {
    let hub = Hub::new(&[]);
    let face = hub.face(&order(&hub));
    let other = Hub::new(&[]);
    other.take(new_order("W-1", json!({})));
    let bytes: &[u8] = b"\xff\xd8\xff";
    for item in face["items"].as_array().unwrap() {
        let file = item.get("fileName").map(|_| ("roof.jpg", "image/jpeg", bytes));
        let response = super::items::publish(&other, item, file);
        assert_eq!(response.body, r#"{"status":true,"error":null}"#);
        assert!(!response.headers.contains_key("docket-set-aside"), "{item}");
    }
    let order = other.order("W-1");
    let (photo, kept) = order.attachments().next().unwrap();
    assert_eq!(
        (kept.stage, kept.task.as_deref(), kept.taken_at),
        (Some(Stage::During), Some("Tarp"), time("2026-01-14T09:00:00Z"))
    );
    let forms: Vec<&Form> = order.forms().map(|(_, form)| form).collect();
    assert_eq!((forms.len(), forms[0].answers[0].photos.as_slice()), (2, &[photo.id.clone()][..]));
    assert_eq!((order.notes().count(), order.check_ins().count()), (1, 1));
    assert_eq!(other.face(&order)["items"], face["items"]);
}

#[test]
fn a_member_called_items_does_not_hide_them() {
    let hub = Hub::new(&[]);
    let order = hub.take(new_order("A", json!({"items": "mine"})));
    assert_eq!(hub.face(&order)["items"], "mine");
    call(&hub, "uploadPictures", &signed(json!({"uuId": "n", "key2": "A", "notes": "x"})));
    assert_eq!(hub.face(&hub.order("A"))["items"][0]["notes"], "x");
}
