//! Reports of orders that the field sent photos, forms and all the rest back for.

use super::*;
use crate::demo::scene::{self, Scene};
use docket_core::order::{ChargeKind, CheckIn, Choice, ChoiceAnswer, Point, Stage};

/// A photo of the field, its bytes in the ledger.
fn photo(ledger: &MemoryLedger, id: &str, scene: Scene, stage: Stage, caption: &str) -> Item {
    let bytes = scene::photo(scene, 11, Some(stage)).expect("painted");
    let blob = ledger.keep_blob(bytes.into()).now_or_never().expect("at once").expect("kept");
    let at = moment("2026-02-03T10:15:00Z");
    let photo = Attachment {
        photo: true,
        name: format!("{id}.jpg"),
        media_type: "image/jpeg".to_owned(),
        blob,
        stage: Some(stage),
        caption: caption.to_owned(),
        taken_at: Some(at),
        point: Some(Point { latitude: 51.984_4, longitude: 5.902_4, accuracy_m: Some(6.0) }),
        ..Attachment::default()
    };
    Item::new(id, Origin::default(), at, photo).by("Crew 7")
}

fn form(at: Timestamp) -> Form {
    let answer = |question: &str, values: &[&str], photos: &[&str]| Answer {
        question: question.to_owned(),
        text: String::new(),
        kind: "choose".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        photos: photos.iter().map(|photo| (*photo).to_owned()).collect(),
    };
    Form {
        name: "Property condition report".to_owned(),
        version: "3".to_owned(),
        submitted_at: Some(at),
        answers: vec![
            answer("Is the property occupied?", &["No"], &[]),
            answer("Which doors were found open?", &["Front door", "Side door"], &["d1", "d2", "gone"]),
            answer(
                "Anything else that the client should know about the state of the house and the yard?",
                &[LONG],
                &[],
            ),
            answer("Yard after the visit", &["Clean"], &["y2"]),
        ],
        ..Form::default()
    }
}

/// A report on orders that the field sent everything back for.
fn worked(with: impl Fn(&MemoryLedger) -> Vec<Item>) -> ReportInput {
    let ledger = MemoryLedger::new(moment("2026-02-01T08:00:00Z"));
    let order = |number: &str, service: &str| {
        let command = Command::default().with_fields(&address()).with(Field::Number, number);
        submit(&ledger, Request::create(command.with(Field::Service, service))).id
    };
    let id = order("WO-77", "Initial secure");
    order("WO-78", "Grass cut");
    ledger.set_now(moment("2026-02-03T10:30:00Z"));
    change(&ledger, id, Command { put: with(&ledger), ..Command::default() }.moving(Transition::Complete));
    let job = submit(&ledger, Request::create(Command::default().with_fields(&address())));
    let (hub, now) = (Caller::hub(ACCOUNT), moment("2026-03-01T08:00:05Z"));
    gather(&ledger, &hub, job, &product(), ledger.all_orders(), now).now_or_never().expect("at once").expect("no fault")
}

fn everything(ledger: &MemoryLedger) -> Vec<Item> {
    let at = moment("2026-02-03T10:20:00Z");
    let item = |id: &str, body: Body| Item::new(id, Origin::default(), at, body).by("Crew 7");
    let charge = |id: &str, kind, description: &str, quantity, unit_price, photos: &[&str]| {
        let photos = photos.iter().map(|photo| (*photo).to_owned()).collect();
        let charge =
            Charge { kind, description: description.to_owned(), quantity, unit_price, photos, ..Charge::default() };
        item(id, charge.into())
    };
    let task = |mut item: Item| {
        if let Body::Attachment(photo) = &mut item.body {
            photo.task = Some("Debris removal".to_owned());
        }
        item
    };
    let file = Attachment {
        name: "key receipt.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size_bytes: 48_200,
        caption: "Signed by the neighbour".to_owned(),
        ..Attachment::default()
    };
    let choices = [("1", "Open it"), ("2", "Leave it")];
    let choices = choices.map(|(key, label)| Choice { key: key.to_owned(), label: label.to_owned() }).to_vec();
    let answer = Some(ChoiceAnswer { choice: "2".to_owned(), by: "user dana".to_owned(), at });
    let site =
        Note { site_wide: true, text: "The gate sticks; lift it while turning the key.".to_owned(), revises: None };
    let point = Some(Point { latitude: 51.984_9, longitude: 5.902_0, accuracy_m: Some(12.0) });
    vec![
        photo(ledger, "d1", Scene::Door, Stage::Before, "Front door, lock forced"),
        photo(
            ledger,
            "d2",
            Scene::Door,
            Stage::After,
            "New lock and knob, keyed to the client's code, lockbox on the \
            rail beside the steps, notice posted at eye height, and a fourth line that is too long",
        ),
        task(photo(ledger, "y1", Scene::Yard, Stage::Before, "Back yard")),
        task(photo(ledger, "y3", Scene::Yard, Stage::During, "")),
        task(photo(ledger, "y2", Scene::Yard, Stage::After, "Back yard, cleared")),
        item("pcr", form(at).into()),
        item("open", Form { name: "Safety checklist".to_owned(), required: true, ..Form::default() }.into()),
        item("gate", site.into()),
        item("in", CheckIn { point, data: None }.into()),
        charge("b1", ChargeKind::Bid, "Replace the side door", Some(1.0), Some(480.0), &["d1"]),
        charge("c1", ChargeKind::Completion, "Lock change", Some(2.0), Some(65.0), &["d2"]),
        charge("c2", ChargeKind::Completion, "Debris removal, cubic yards", Some(6.5), Some(38.0), &["y1", "y2"]),
        charge("c3", ChargeKind::Completion, "Winterization", None, None, &[]),
        charge("i1", ChargeKind::Invoice, "Trip to the dump", Some(1.0), None, &[]),
        charge("i2", ChargeKind::Invoice, "Second trip", None, None, &[]),
        item("shed", Question { message: "The shed is locked as well. Open it?".to_owned(), choices, answer }.into()),
        item("key", file.into()),
    ]
}

#[test]
fn what_the_field_sent_back_is_shown() {
    let input = worked(everything);
    assert_eq!(input.pictures.len(), 5);
    let laid = lay_out(&input).expect("laid out");
    check(&laid);
    let all = texts(&laid).join("\n");
    for expected in [
        "ABOUT THIS PLACE",
        "The gate sticks; lift it while turning the key.",
        "PHOTOS · DEBRIS REMOVAL",
        "Photo 1",
        "Front door, lock forced",
        "51.98440, 5.90240 ±6 m",
        "Property condition report",
        "Front door",
        "Photos 1, 2; not here yet: gone",
        "Required, and not answered yet.",
        "67 m away",
        "377.00",
        "480.00",
        "Total of 3 completion lines, 1",
        "Total of 2 invoice lines, 2",
        "Leave it",
        "key receipt.pdf",
        "application/pdf, 48 KB",
    ] {
        let found = all.to_uppercase().contains(&expected.to_uppercase());
        assert!(found, "{expected} is missing from\n{all}");
    }
    assert!(!all.contains("-0.00"), "lines without a price have no total:\n{all}");
    let images = |blob: Option<&str>| {
        let ops = laid.pages.sheets.iter().flatten().map(|drawn| &drawn.op);
        ops.filter(|op| matches!(op, Op::Image { blob: drawn, .. } if blob.is_none_or(|blob| blob == drawn))).count()
    };
    // Four on the first page, five in the order, three beside answers.
    assert_eq!(images(None), 12);
    let bytes = laid.render().expect("written");
    let pictures = bytes.windows(9).filter(|window| window == b"DCTDecode").count();
    assert_eq!(pictures, 5, "each picture is in the file once");
    if let Ok(path) = std::env::var("DOCKET_REPORT_TO") {
        std::fs::write(format!("{path}.field.pdf"), &bytes).expect("written to disk");
    }
    let json = render(&ReportInput { slug: "site-report-json".to_owned(), ..input }).expect("made");
    let document: serde_json::Value = serde_json::from_slice(&json.bytes).expect("JSON");
    assert_eq!(document["orders"][0]["attachments"][0]["caption"], "Front door, lock forced");
    assert_eq!(document["orders"][0]["forms"][0]["answers"][1]["photos"][2], "gone");
    assert_eq!(document["orders"][0]["charges"].as_array().map(Vec::len), Some(6));
}

#[test]
fn many_photos_fill_many_pages() {
    let many = |ledger: &MemoryLedger| -> Vec<Item> {
        let answer = Answer {
            question: "All".to_owned(),
            photos: (0..90).map(|n| n.to_string()).collect(),
            ..Answer::default()
        };
        let form = Form { name: "All".to_owned(), answers: vec![answer; 12], ..Form::default() };
        let form = Item::new("f", Origin::default(), moment("2026-02-03T10:20:00Z"), form);
        let first = photo(ledger, "0", Scene::Yard, Stage::During, "");
        let photos = (0..90).map(|n: usize| {
            let mut photo = Item { id: n.to_string(), ..first.clone() };
            if let Body::Attachment(attachment) = &mut photo.body {
                attachment.caption = LONG.chars().take(n).collect();
            }
            photo
        });
        photos.chain([form]).collect()
    };
    let laid = lay_out(&worked(many)).expect("laid out");
    check(&laid);
    assert!(laid.pages() > 8, "{}", laid.pages());
}

#[test]
fn photos_keep_the_report_what_it_is() {
    let made = render(&worked(everything)).expect("made");
    assert!(String::from_utf8_lossy(&made.bytes).contains("<pdfaid:part>2"), "it fell back to a plain PDF");
}
