//! An order as Pruvan's order object (`getWorkOrders`), wherever it came from.
//!
//! What was sent comes back as it was sent while it still means the same; what changed since, through whatever
//! dialect, is shown as it is now. Orders from elsewhere get what Pruvan requires: a number, an address, a service.

use super::bag::{self, REPORTED_FIELD, REPORTED_STATUS};
use super::status::FieldStatus;
use super::{
    Kind, MEMBERS, Member, date, forms, member_of, outbound, published, read_status, read_value, status, tasks,
};
use crate::pruvan::wire::{self, Members, Object, Scalar};
use docket_core::catalogue::{Service, Unit};
use docket_core::connection::{Connection, Role};
use docket_core::ids::Uuid;
use docket_core::order::{Field, Order, Value};
use std::collections::HashMap;

/// Units by id and by name: a push or a listing may ask for as many as it has orders.
#[derive(Default)]
pub struct Units {
    names: HashMap<i64, String>,
    ids: HashMap<String, i64>,
}

impl Units {
    /// Of these; of two with one name the first counts.
    pub fn of(units: &[Unit]) -> Units {
        let mut known = Units::default();
        for unit in units {
            known.names.insert(unit.id.0, unit.name.clone());
            known.ids.entry(unit.name.clone()).or_insert(unit.id.0);
        }
        known
    }

    /// The unit of a name.
    pub fn id(&self, name: &str) -> Option<i64> {
        self.ids.get(name).copied()
    }
}

/// Names of what orders refer to by id.
#[derive(Default)]
pub struct Names {
    units: Units,
    services: HashMap<Uuid, String>,
}

impl Names {
    /// Of these units and services.
    pub fn of(units: &[Unit], services: &[Service]) -> Names {
        let services = services.iter().map(|service| (service.id, service.name.clone())).collect();
        Names { units: Units::of(units), services }
    }
}

/// Who an order is assigned to, by name.
pub fn assignee(order: &Order, units: &Units) -> Option<String> {
    let fields = &order.fields;
    match order.assignee()? {
        Field::Unit => {
            let id = fields.unit?;
            Some(units.names.get(&id).cloned().unwrap_or_else(|| id.to_string()))
        }
        Field::Crew => fields.crew.clone(),
        _ => fields.person.clone(),
    }
}

/// Who an order is assigned to, by name.
pub fn assigned(order: &Order, names: &Names) -> Option<String> {
    assignee(order, &names.units)
}

/// The order as its order object, with what came back from the field: items in the shape they are published in, under
/// `items`, where there are any. JSON text.
pub fn order_with_items(order: &Order, names: &Names) -> String {
    write(order, names, None, &published::items(order))
}

/// The order as its order object, JSON text, for a counterpart: what it noted itself it is not told, and what
/// it is pushed it hears in the same words.
pub fn order_to_wire(order: &Order, names: &Names, to: Option<&Connection>) -> String {
    write(order, names, to, &[])
}

fn write(order: &Order, names: &Names, to: Option<&Connection>, items: &[String]) -> String {
    let bag = order.wire("pruvan").map(Members::read).unwrap_or_default();
    let mut object = Object::default();
    object.text("key1", &order.id.to_string());
    for (name, value) in bag.iter() {
        match member_of(name) {
            Some(member) if still_says(member, value, order, names) => object.raw(name, value),
            Some(member) => {
                let cleared = if member.kind == Kind::Assignee { "null" } else { "\"\"" };
                let now = current(member, order, names, &bag);
                object.raw(name, now.as_deref().unwrap_or(cleared));
            }
            None if matches!(name, "key1" | "fieldStatus" | REPORTED_STATUS | REPORTED_FIELD) => {}
            None if name == ITEMS && !items.is_empty() => {}
            None => object.raw(name, value),
        }
    }
    for member in MEMBERS.iter().filter(|member| bag.get(member.name).is_none()) {
        match current(member, order, names, &bag).or_else(|| fallback(member, order, to, &bag)) {
            Some(value) => object.raw(member.name, &value),
            None if member.kind == Kind::Required => object.raw(member.name, "\"\""),
            None if member.kind == Kind::Assignee => object.raw(member.name, "null"),
            None => {}
        }
    }
    object.raw("fieldStatus", &field_status(order, &bag));
    if !bag::is_pushed(&bag) {
        object.text("source_wo_id", &order.serial.to_string());
        object.text("source_wo_number", &number(order));
        object.text("source_wo_provider", &order.origin.dialect);
        // Attributes come back with every published item: this one finds the order, whatever its number.
        object.text(MARK, &order.id.to_string());
    }
    if !items.is_empty() {
        object.raw(ITEMS, &format!("[{}]", items.join(",")));
    }
    object.finish()
}

/// Where the face holds what came back from the field. No page knows it; nothing on the wire has it.
pub const ITEMS: &str = "items";

/// The attribute that holds the id of an order from elsewhere.
pub const MARK: &str = "attribute30";

/// How far the field has come: as it said itself, while that still holds. JSON text.
fn field_status(order: &Order, bag: &Members<'_>) -> String {
    let said = bag.get(REPORTED_FIELD).filter(|said| match wire::scalar(said) {
        Scalar::Text(text) => FieldStatus::read(&text).is_some_and(|said| said.fits(order.state)),
        Scalar::Null | Scalar::Other => false,
    });
    said.map_or_else(|| wire::quoted(status::field_status(order.state)), str::to_owned)
}

/// The number an order is known by.
pub fn number(order: &Order) -> String {
    order.fields.number.clone().unwrap_or_else(|| order.serial.to_string())
}

/// Whether what was sent still means what the order is.
fn still_says(member: &Member, value: &str, order: &Order, names: &Names) -> bool {
    match (member.kind, member.field) {
        (Kind::Status, _) => matches!(read_status(value), Ok(Some(word)) if word.shows(order)),
        (Kind::Assignee, _) => {
            let said = match wire::scalar(value) {
                Scalar::Text(name) if !name.trim().is_empty() => Some(name.into_owned()),
                Scalar::Null | Scalar::Text(_) => None,
                Scalar::Other => return false,
            };
            said == assignee(order, &names.units)
        }
        (Kind::Services, _) | (_, None) => false,
        (_, Some(field)) => match read_value(member, value) {
            Ok(said) => said.unwrap_or_default() == order.fields.get(field),
            Err(_) => false,
        },
    }
}

/// A member as the order has it now, JSON text.
fn current(member: &Member, order: &Order, names: &Names, bag: &Members<'_>) -> Option<String> {
    match (member.kind, member.field) {
        (Kind::Status, _) => {
            let words = [bag.get("status"), bag.get(REPORTED_STATUS)].into_iter().flatten();
            let read = words.filter_map(|value| read_status(value).ok().flatten());
            let last = read.into_iter().find(|word| word.shows(order));
            Some(wire::quoted(status::shown(order, last).word()))
        }
        (Kind::Assignee, _) => assignee(order, &names.units).map(|name| wire::quoted(&name)),
        (Kind::Services, _) => Some(services(order, names, bag)),
        (Kind::Json, _) => order.fields.options.as_deref().map(tasks::json),
        (_, Some(Field::Number)) => Some(wire::quoted(&number(order))),
        (_, Some(field)) => match order.fields.get(field) {
            Value::Text(text) => Some(wire::quoted(&text)),
            Value::Time(time) => Some(wire::quoted(&date::write(time))),
            Value::Number(number) => Some(wire::quoted(&number.to_string())),
            Value::Null
            | Value::Integer(_)
            | Value::Flag(_)
            | Value::Texts(_)
            | Value::Integers(_)
            | Value::Tasks(_) => None,
        },
        (_, None) => None,
    }
}

/// The tasks, and with each the survey that is to be filled.
fn services(order: &Order, names: &Names, bag: &Members<'_>) -> String {
    let sent = tasks::write(&order.fields.tasks, bag.get("services"), service_name(order, names));
    let pushed = bag::is_pushed(bag);
    let surveys: Vec<(Option<&str>, String)> = order
        .forms()
        // What a remote system pushed is its own word, until the work is to be done again.
        .filter(|_| !pushed || order.fields.rework)
        .filter_map(|(item, form)| {
            let serial = |photo: &str| published::serial_of(order, item, photo);
            Some((form.task.as_deref(), forms::to_be_filled(order, item, form, &serial)?))
        })
        .collect();
    if surveys.is_empty() { sent } else { tasks::with_surveys(&sent, &surveys) }
}

/// What stands in for a member that an order from elsewhere never had, JSON text.
fn fallback(member: &Member, order: &Order, to: Option<&Connection>, bag: &Members<'_>) -> Option<String> {
    if bag::is_pushed(bag) {
        return None;
    }
    let fields = &order.fields;
    match member.field? {
        Field::Due => fields.window_to.map(|time| wire::quoted(&date::write(time))),
        Field::Start => fields.window_from.map(|time| wire::quoted(&date::write(time))),
        Field::Description => fields.title.as_deref().map(wire::quoted),
        Field::ClientStatus if to.is_some_and(|to| to.role != Role::Serve) => {
            Some(wire::quoted(&outbound::client_status(order)))
        }
        Field::ClientStatus => Some(wire::quoted(order.state.word())),
        Field::WorkInfo => work_info(order).map(|info| wire::quoted(&info)),
        Field::ClientInstructions => published::told(order, to.map(|to| to.id)).map(|told| wire::quoted(&told)),
        _ => None,
    }
}

/// What somebody on the way needs: codes, and whom to call.
fn work_info(order: &Order) -> Option<String> {
    let fields = &order.fields;
    let contact: Vec<&str> = [&fields.customer_name, &fields.customer_phone, &fields.customer_phone2]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    let contact = Some(contact.join(", ")).filter(|contact| !contact.is_empty());
    let told = [("Lock box", &fields.lock_code), ("Key", &fields.key_code), ("Customer", &contact)];
    let told: Vec<String> =
        told.iter().filter_map(|(what, said)| said.as_ref().map(|said| format!("{what}: {said}"))).collect();
    Some(told.join("; ")).filter(|told| !told.is_empty())
}

/// What an order without tasks is about.
fn service_name<'a>(order: &'a Order, names: &'a Names) -> &'a str {
    let named = order.fields.service.as_deref().map(|service| {
        let listed = Uuid::try_parse(service).ok().and_then(|id| names.services.get(&id));
        listed.map_or(service, String::as_str)
    });
    named.or(order.fields.title.as_deref()).filter(|name| !name.trim().is_empty()).unwrap_or("Work order")
}
