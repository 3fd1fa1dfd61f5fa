//! What came back from the field, through whatever dialect, as items in the shape they are published in.
//!
//! | kept as | item |
//! |---|---|
//! | photo, file | with its file's name and type, stage as `evidenceType`, position and time |
//! | form | survey |
//! | note | `notes` |
//! | check-in | position and time, `evidenceType` Check-In |
//! | charge | survey of the template `charge`: Pruvan knows no prices |
//!
//! An item that was published to us is shown as it was. Questions to the user have no place here.

use super::forms;
use crate::pruvan::wire::{Members, Object, quoted};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::order::{Attachment, Body, Charge, ChargeKind, Form, Item, ItemKind, Note, Order, Point, Stage};
use jiff::tz::Offset;
use std::collections::HashSet;

/// The globally unique serial of an item: its own where it is one. Every submission of a form has another.
fn serial(order: &Order, item: &Item) -> String {
    let submitted = match &item.body {
        Body::Form(form) => form.submitted_at.map(|at| at.to_string()).unwrap_or_default(),
        _ if item.origin.dialect == "pruvan" || Uuid::try_parse(&item.id).is_ok() => return item.id.clone(),
        _ => String::new(),
    };
    let connection = item.origin.connection.map_or_else(String::new, |connection| connection.to_string());
    let name = [item.body.kind().word(), &connection, &item.id, &submitted].join("\u{1f}");
    Uuid::new_v5(&order.id.0, name.as_bytes()).to_string()
}

/// The serial of a photo that an item names.
pub fn serial_of(order: &Order, by: &Item, photo: &str) -> String {
    let own = order.item(ItemKind::Attachment, by.origin.connection, photo);
    let found = own.or_else(|| order.attachments().map(|(item, _)| item).find(|item| item.id == photo));
    found.map_or_else(|| photo.to_owned(), |item| serial(order, item))
}

/// An item as it is published to the system that the order came from; `None` where there is nothing to publish. What another
/// account published goes on under our keys: its own mean nothing there.
pub fn to_originator(order: &Order, item: &Item) -> Option<String> {
    let text = published(order, item)?;
    let said = Members::read(&text);
    let own = envelope(order, item, &item.body);
    let own = own.finish();
    let own = Members::read(&own);
    let mut object = Object::default();
    let is_ours = |name: &str| is_key(name) || name == "pictureId" || name == "uuId";
    for (name, value) in own.iter() {
        let as_said = name == "uuId" || (name == "key4" && value == r#""""#);
        object.raw(name, if as_said { said.get(name).unwrap_or(value) } else { value });
    }
    for (name, value) in said.iter().filter(|(name, _)| !is_ours(name) && own.get(name).is_none()) {
        object.raw(name, value);
    }
    Some(object.finish())
}

/// The members that say which order an item is of.
fn is_key(name: &str) -> bool {
    let numbered = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.parse::<u8>().is_ok());
    numbered("key") || numbered("attribute")
}

/// All items of an order, each the JSON text of what would be published.
pub fn items(order: &Order) -> Vec<String> {
    order.items.iter().filter_map(|item| published(order, item)).collect()
}

fn published(order: &Order, item: &Item) -> Option<String> {
    let own = item.wire.as_deref().filter(|_| item.origin.dialect == "pruvan");
    match (&item.body, own) {
        (Body::Form(form), _) if !is_filled(item, form) => None,
        (Body::Form(form), Some(bag)) => {
            // Another face may have filled it since.
            let said = forms::published(bag);
            let survey = forms::survey_of(item, form, &|photo| serial_of(order, item, photo));
            let mut members = Members::read(&said);
            members.put("survey".into(), survey.into());
            Some(members.text())
        }
        (_, Some(bag)) => Some(bag.to_owned()),
        (Body::Question(_), None) => None,
        (body, None) => {
            let mut object = envelope(order, item, body);
            tell(order, item, body, &mut object);
            Some(object.finish())
        }
    }
}

/// Whether a form says anything that came back. What is to be filled does not, nor do answers sent out for rework.
fn is_filled(item: &Item, form: &Form) -> bool {
    let given = || form.answers.iter().any(|answer| !answer.values.is_empty() || !answer.photos.is_empty());
    form.submitted_at.is_some() || (item.origin.dialect != "pruvan" && given())
}

/// What every item has: serials, keys, address, the order's own attributes.
fn envelope(order: &Order, item: &Item, body: &Body) -> Object {
    let mut object = Object::default();
    object.text("pictureId", &item.place.to_string());
    object.text("uuId", &serial(order, item));
    object.text("key1", &order.id.to_string());
    object.text("key2", &super::face::number(order));
    object.text("key3", "");
    let task = match body {
        Body::Attachment(attachment) => attachment.task.as_deref(),
        Body::Form(form) => form.task.as_deref(),
        Body::Note(_) | Body::CheckIn(_) | Body::Charge(_) | Body::Question(_) => None,
    };
    object.text("key4", task.unwrap_or_default());
    object.text("key5", "");
    let fields = &order.fields;
    let address =
        [&fields.address1, &fields.address2, &fields.city, &fields.region, &fields.postal_code, &fields.country];
    for (n, said) in (1..).zip(address) {
        object.text(&format!("attribute{n}"), said.as_deref().unwrap_or_default());
    }
    let bag = order.wire("pruvan").map(Members::read).unwrap_or_default();
    for n in 7..=30 {
        let name = format!("attribute{n}");
        if let Some(value) = bag.get(&name) {
            object.raw(&name, value);
        }
    }
    object
}

fn tell(order: &Order, item: &Item, body: &Body, object: &mut Object) {
    match body {
        Body::Attachment(attachment) => tell_file(attachment, object),
        Body::Form(form) => {
            object.text("evidenceType", "Survey");
            object.text("template", &format!("docket::{}", forms::template_of(item, form)));
            object.raw("survey", &forms::survey_of(item, form, &|photo| serial_of(order, item, photo)));
            tell_time(form.submitted_at, object);
        }
        Body::Note(note) => {
            object.text("evidenceType", "Note");
            object.text("notes", &note.text);
        }
        Body::CheckIn(check_in) => {
            object.text("evidenceType", "Check-In");
            tell_point(check_in.point.as_ref(), object);
            if let Some(data) = &check_in.data {
                object.raw("parameters", &super::tasks::json(data));
            }
        }
        Body::Charge(charge) => {
            object.text("evidenceType", "Survey");
            object.text("template", "docket::charge");
            object.raw("survey", &charge_survey(order, item, charge));
            object.text("notes", &charge.comment);
        }
        Body::Question(_) => {}
    }
    if !matches!(body, Body::Attachment(_) | Body::Form(_)) {
        tell_time(Some(item.at), object);
    }
    object.text("createdBy", &item.author);
}

fn tell_file(attachment: &Attachment, object: &mut Object) {
    object.text("fileName", &attachment.name);
    let extension = attachment.name.rsplit_once('.').map_or("", |(_, extension)| extension);
    object.text("fileExt", extension);
    object.text("fileType", if attachment.photo { "picture" } else { "file" });
    let evidence = attachment.stage.map_or("", |stage| match stage {
        Stage::Before => "Before",
        Stage::During => "During",
        Stage::After => "After",
    });
    object.text("evidenceType", evidence);
    object.text("notes", &attachment.caption);
    tell_point(attachment.point.as_ref(), object);
    tell_time(attachment.taken_at, object);
}

fn tell_point(point: Option<&Point>, object: &mut Object) {
    let Some(point) = point else { return };
    object.text("gpsLatitude", &point.latitude.to_string());
    object.text("gpsLongitude", &point.longitude.to_string());
    if let Some(accuracy) = point.accuracy_m {
        object.text("gpsAccuracy", &accuracy.to_string());
    }
}

/// As Unix seconds: no page says how an item tells its time, and this leaves no doubt about the zone.
fn tell_time(time: Option<Timestamp>, object: &mut Object) {
    if let Some(time) = time {
        object.text("creationDate", &time.as_second().to_string());
    }
}

fn charge_survey(order: &Order, item: &Item, charge: &Charge) -> String {
    let kind = match charge.kind {
        ChargeKind::Bid => "Bid",
        ChargeKind::Completion => "Completion",
        ChargeKind::Invoice => "Invoice",
    };
    let mut meta = Object::default();
    meta.text("surveyTemplateId", "charge");
    meta.text("version", "1");
    meta.text("name", &format!("{kind} item"));
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let total = charge.quantity.zip(charge.unit_price).map(|(quantity, price)| quantity * price);
    let asked = [
        ("kind", "Kind", Some(kind.to_owned())),
        ("item", "Item", charge.item.clone()),
        ("description", "Description", Some(charge.description.clone())),
        ("quantity", "Quantity", number(charge.quantity)),
        ("unitPrice", "Unit price", number(charge.unit_price)),
        ("total", "Total", number(total)),
    ];
    let answer = |(id, question, answer): (&str, &str, Option<String>)| {
        let mut object = Object::default();
        object.text("id", id);
        object.text("question", question);
        object.text("answerType", "text");
        object.text("answer", &answer?);
        if id == "description" && !charge.photos.is_empty() {
            let photos: Vec<String> =
                charge.photos.iter().map(|photo| quoted(&serial_of(order, item, photo))).collect();
            object.raw("pictures", &format!("[{}]", photos.join(",")));
        }
        Some(object.finish())
    };
    let answers: Vec<String> = asked.into_iter().filter_map(answer).collect();
    let mut survey = Object::default();
    survey.raw("meta", &meta.finish());
    survey.raw("answers", &format!("[{}]", answers.join(",")));
    survey.finish()
}

/// The notes on an order, for whoever goes there: one line each, those that were revised left out, and those that the
/// reader wrote.
pub fn told(order: &Order, to: Option<ConnectionId>) -> Option<String> {
    let revised: HashSet<&str> = order.notes().filter_map(|(_, note)| note.revises.as_deref()).collect();
    let line = |(item, note): (&Item, &Note)| {
        let at = Offset::UTC.to_datetime(item.at);
        let at = at.strftime("%Y-%m-%d %H:%M");
        format!("{at} {}: {}", item.author, note.text)
    };
    let news = |(item, _): &(&Item, &Note)| {
        !revised.contains(item.id.as_str()) && (to.is_none() || item.origin.connection != to)
    };
    let lines: Vec<String> = order.notes().filter(news).map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
