//! Which place is meant, and the files there.

use super::*;
use crate::planviewer::address::{House, house};
use crate::planviewer::document;
use crate::planviewer::place::{self, Place, places};
use docket_core::ids::Serial;
use docket_core::order::{Attachment, Body, ChoiceAnswer, Item, Origin, Question};

fn at(address1: &str, address2: &str, postal_code: &str, city: &str) -> Site {
    let fields = Fields { address2: Some(address2.to_owned()), ..address(address1, postal_code, city) };
    site_of(ACCOUNT, &fields).expect("a site")
}

fn address(address1: &str, postal_code: &str, city: &str) -> Fields {
    Fields {
        address1: Some(address1.to_owned()),
        postal_code: Some(postal_code.to_owned()),
        city: Some(city.to_owned()),
        ..Fields::default()
    }
}

#[test]
fn houses_are_compared_by_street_number_and_part() {
    let of = |address1: &str, address2: &str| house(&at(address1, address2, "", "")).expect("a house");
    let house_of = |street: &str, number: &str, part: &str| House {
        street: street.to_owned(),
        number: number.to_owned(),
        part: part.to_owned(),
    };
    assert_eq!(of("Voorbeeldstraat 7", ""), house_of("voorbeeldstraat", "7", ""));
    assert_eq!(of("Voorbeeldstraat 7 A", ""), house_of("voorbeeldstraat", "7", "a"));
    assert_eq!(of("voorbeeldstraat  7a", ""), of("Voorbeeldstraat 7", "A"));
    assert_eq!(of("Voorbeeldstraat 7-2", ""), house_of("voorbeeldstraat", "7", "2"));
    assert_eq!(of("111 East Main", "Apt. 4"), house_of("eastmain", "111", "4"));
    assert_eq!(of("111 East Main Apt 4", ""), of("111 East-Main", "#4"));
    assert_eq!(of("111 East Main", "Unit 4 B"), house_of("eastmain", "111", "4b"));
    assert_eq!(of("12 Unit Street", ""), house_of("unitstreet", "12", ""));
    assert_eq!(house(&at("Landgoed Zypendaal", "", "", "")), None);
    assert_eq!(house(&at("", "Apt 4", "", "")), None);
}

fn work_at(hub: &Hub, fields: &Fields) -> OrderId {
    let command = Command::default().with_fields(fields).with(Field::Service, "Mow");
    match hub.submit(Submission::one(Request::create(command))).remove(0) {
        Outcome::Done(done) => done.order.id,
        other => panic!("{other:?}"),
    }
}

fn found(hub: &Hub, ordered: &Site) -> Vec<Place> {
    let caller = Caller::hub(ACCOUNT);
    places(&hub.ledger, &caller, ordered).now_or_never().expect("at once").expect("no fault")
}

fn labels(hub: &Hub, ordered: &Site) -> Vec<String> {
    found(hub, ordered).into_iter().map(|place| place.label).collect()
}

#[test]
fn a_plain_address_is_one_place_in_all_its_spellings() {
    let hub = Hub::new();
    let plain = site("Utrechtsestraat 61", "6811 LW", "Arnhem");
    assert_eq!(labels(&hub, &plain), ["Utrechtsestraat 61, 6811LW Arnhem"]);
    let other = site("UTRECHTSESTRAAT  61,", "6811LW", "");
    hub.ledger.add_site(other.clone());
    hub.ledger.add_site(site("Utrechtsestraat 61", "6811LW", "Velp"));
    hub.ledger.add_site(site("Utrechtsestraat 63", "6811LW", "Arnhem"));
    let [place] = found(&hub, &plain).try_into().expect("one place");
    assert_eq!(place.sites, [plain.id.expect("an id"), other.id.expect("an id")]);
    let nowhere = site("Landgoed Zypendaal", "6811LW", "Arnhem");
    assert_eq!(found(&hub, &nowhere).len(), 1);
    assert!(found(&hub, &Site::default()).is_empty());
}

#[test]
fn a_house_may_mean_any_of_its_parts() {
    let hub = Hub::new();
    let whole = site("Voorbeeldstraat 2", "3511 AB", "Utrecht");
    work_at(&hub, &address("Voorbeeldstraat 2 a", "3511AB", "Utrecht"));
    // Of two places the ordered one is always one.
    assert_eq!(labels(&hub, &whole), ["Voorbeeldstraat 2, 3511AB Utrecht", "Voorbeeldstraat 2 a, 3511AB Utrecht"]);
    work_at(&hub, &address("Voorbeeldstraat 2-10", "3511AB", "Utrecht"));
    work_at(&hub, &address("Voorbeeldstraat 2-9", "3511AB", "Utrecht"));
    let parts = [
        "Voorbeeldstraat 2 a, 3511AB Utrecht",
        "Voorbeeldstraat 2-9, 3511AB Utrecht",
        "Voorbeeldstraat 2-10, 3511AB Utrecht",
    ];
    assert_eq!(labels(&hub, &whole), parts);
    // Who names the part means it, and a postal code is not needed to find the parts.
    assert_eq!(labels(&hub, &site("Voorbeeldstraat 2a", "3511AB", "Utrecht")).len(), 1);
    assert_eq!(labels(&hub, &site("Voorbeeldstraat 2", "", "Utrecht")), parts);
    // The house itself is a place of its own once something was ordered for it; a document does not count.
    let job = Command::default()
        .with_fields(&address("Voorbeeldstraat 2", "3511 AB", "Utrecht"))
        .with(Field::Service, product("percelenrapport", "", 0).id.to_string());
    hub.submit(Submission::one(Request::create(job)));
    assert_eq!(labels(&hub, &whole), parts);
    work_at(&hub, &address("Voorbeeldstraat 2", "3511 AB", "Utrecht"));
    assert_eq!(labels(&hub, &whole).len(), 4);
}

#[test]
fn the_question_knows_what_each_choice_means() {
    let hub = Hub::new();
    let id = |n: u128| SiteId(Uuid::from_u128(n));
    let ordered = Site { id: Some(id(9)), ..Site::default() };
    let place =
        |label: &str, sites: &[u128]| Place { label: label.to_owned(), sites: sites.iter().map(|&n| id(n)).collect() };
    let asked = place::question(&ordered, &[place("a", &[1, 2]), place("b", &[3])], hub.ledger.now());
    let job = hub.order();
    let order = hub.command(job, Command { put: vec![asked.clone()], ..Command::default() }.moving(Transition::Ask));
    assert_eq!(place::chosen(&order), None);
    let waiting = body(&hub.get(&format!("kik/waiting/{job}")));
    assert_eq!(waiting["locaties"], json!({ "1": "a", "2": "b", "3": "All of them" }));
    for (choice, expected) in [("1", vec![id(1), id(2)]), ("2", vec![id(3)]), ("3", vec![id(9), id(1), id(2), id(3)])] {
        hub.command(job, Command { put: vec![asked.clone()], ..Command::default() }.moving(Transition::Ask));
        assert_eq!(hub.post(&format!("kik/select/{job}"), &json!({ "select": choice })).status, StatusCode::OK);
        let order = hub.ledger.all_orders().into_iter().find(|order| order.id == job).expect("the job");
        assert_eq!(place::chosen(&order), Some(expected));
    }
    let mut broken = asked;
    broken.wire = Some("{".to_owned());
    if let Body::Question(question) = &mut broken.body {
        let (choice, by) = ("1".to_owned(), "x".to_owned());
        question.answer = Some(ChoiceAnswer { choice, by, at: hub.ledger.now() });
    }
    let order = hub.command(job, Command { put: vec![broken], ..Command::default() });
    assert_eq!(place::chosen(&order), None);
}

fn photo(id: &str, when: &str, blob: &str) -> Item {
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let file = Attachment {
        photo: true,
        name: format!("{id}.jpg"),
        media_type: "image/jpeg".to_owned(),
        blob: blob.to_owned(),
        ..Attachment::default()
    };
    Item::new(id, origin, moment(when), file)
}

#[test]
fn documents_are_those_of_the_chosen_place_at_the_time_of_the_result() {
    let hub = Hub::new();
    let own = work_at(&hub, &address("Utrechtsestraat 61", "6811 LW", "Arnhem"));
    let early = photo("early", "2026-01-14T10:00:00Z", "b1");
    hub.command(own, Command { put: vec![early], ..Command::default() });
    let part = work_at(&hub, &address("Utrechtsestraat 61 a", "6811LW", "Arnhem"));
    hub.command(part, Command { put: vec![photo("part", "2026-01-14T11:00:00Z", "b2")], ..Command::default() });
    let job = hub.order();
    let order = hub.ledger.all_orders().into_iter().find(|order| order.id == job).expect("the job");
    let ordered = site_of(ACCOUNT, &order.fields).expect("a site");
    let question = place::question(&ordered, &found(&hub, &ordered), hub.ledger.now());
    hub.command(job, Command { put: vec![question], ..Command::default() }.moving(Transition::Ask));
    hub.post(&format!("kik/select/{job}"), &json!({ "select": 2 }));
    hub.finish(job);
    let names = || {
        let list = body(&hub.get(&format!("documents/list/{job}")));
        let name = |entry: &Json| entry["documentwaardes"]["soortregister"]["waarde"].as_str().map(str::to_owned);
        list.as_array().expect("a list").iter().filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["part.jpg"]);
    hub.command(part, Command { put: vec![photo("late", "2026-01-15T10:00:01Z", "b3")], ..Command::default() });
    assert_eq!(names(), ["part.jpg"]);
}

#[test]
fn a_source_document_is_an_intention_each() {
    let hub = Hub::new();
    hub.ledger.add_service(product(document::SOURCE_DOCUMENT, "Document on file", 3));
    let ask = || {
        let wanted = json!({ "uuids": [arnhem_id().to_string()], "products": [document::SOURCE_DOCUMENT] });
        body(&hub.post("intentions/list", &wanted))[0]["intentions"].clone()
    };
    assert_eq!(ask(), json!([]));
    let work = work_at(&hub, &address("Utrechtsestraat 61", "6811 LW", "Arnhem"));
    let items = vec![photo("a", "2026-01-14T10:00:00Z", "b1"), photo("b", "2026-01-14T11:00:00Z", "b2")];
    hub.command(work, Command { put: items, ..Command::default() });
    let intentions = ask();
    assert_eq!(intentions, ask(), "the same each time");
    let answer = hub.post("jobs/order", &json!({ "uuids": [intentions[1]["uuid"]] }));
    assert_eq!(answer.status, StatusCode::OK, "{}", message(&answer));
    let job = hub.ledger.all_orders().into_iter().next_back().expect("the job");
    let caller = Caller::hub(ACCOUNT);
    let ordered = document::ordered(&hub.ledger, &caller, &job).now_or_never().expect("at once").expect("no fault");
    let ordered = ordered.expect("the document");
    assert_eq!((ordered.order.id, ordered.file.blob.as_str()), (work, "b2"));
    assert_eq!(ordered.identification(), format!("DOCKET.Stuk.{}.2", ordered.order.serial));
    let other = Caller::hub(AccountId(2));
    let foreign = document::ordered(&hub.ledger, &other, &job).now_or_never().expect("at once").expect("no fault");
    assert!(foreign.is_none(), "accounts are walls");
    let report = hub.order();
    let report = hub.ledger.all_orders().into_iter().find(|order| order.id == report).expect("the job");
    let none = document::ordered(&hub.ledger, &caller, &report).now_or_never().expect("at once").expect("no fault");
    assert!(none.is_none() && report.serial > Serial(0));
}

#[test]
fn choices_are_shown_in_the_order_they_are_offered() {
    let hub = Hub::new();
    let job = hub.order();
    let choices = (1..=12).map(|n| docket_core::order::Choice { key: n.to_string(), label: format!("Place {n}") });
    let question = Question { message: "Which?".to_owned(), choices: choices.collect(), answer: None };
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let asked = Item::new("q", origin, hub.ledger.now(), question);
    hub.command(job, Command { put: vec![asked], ..Command::default() }.moving(Transition::Ask));
    let text = String::from_utf8(hub.get(&format!("kik/waiting/{job}")).body.to_vec()).expect("text");
    let at = |key: &str| text.find(&format!("\"{key}\":")).expect("the key");
    assert!(at("1") < at("2") && at("9") < at("10") && at("10") < at("12"), "{text}");
}
