//! What this dialect does to the lines of an order, and to its own bag.

use super::items::{CANCELED, House, Line, Source, items_of};
use super::{Catalogue, ID};
use crate::mews::wire::{OrderItem, round, utc};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::order::{Command, Field, Order, Rejection, Task, Transition, Value};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// Cancels items of an order: those of some lines, or with the last of them the order. Saying it twice is no error.
pub(in crate::mews) fn cancel(
    order: &Order,
    ids: &[Uuid],
    house: &House,
    now: Timestamp,
) -> Result<Command, Rejection> {
    let mut catalogue = Catalogue::of(order.account, Arc::clone(&house.services));
    let lines = items_of(order, house, &mut catalogue);
    let mut leaving: Vec<&Line> = Vec::new();
    for id in ids {
        let line = lines.iter().find(|line| line.item.id == *id).ok_or_else(|| Rejection::Invalid {
            member: "OrderItemIds".to_owned(),
            reason: "no such item".to_owned(),
        })?;
        match (line.item.accounting_state.as_ref(), line.source) {
            ("Canceled", _) => {}
            ("Closed", _) => return Err(forbidden("an order item that is closed cannot be canceled")),
            (_, Source::Invoice) => return Err(forbidden("an order item that was invoiced cannot be canceled")),
            _ if leaving.iter().any(|known| known.item.id == *id) => {}
            _ => leaving.push(line),
        }
    }
    if leaving.is_empty() {
        return Ok(Command::default());
    }
    let open = lines.iter().filter(|line| line.item.accounting_state != "Canceled").count();
    if leaving.len() == open {
        return Ok(Command::default().moving(Transition::Cancel));
    }
    let places: HashSet<usize> = leaving
        .iter()
        .filter_map(|line| match line.source {
            Source::Task(place) => Some(place),
            Source::Whole | Source::Invoice | Source::Gone => None,
        })
        .collect();
    let (gone, rest): (Vec<_>, Vec<_>) =
        order.fields.tasks.iter().cloned().enumerate().partition(|(place, _)| places.contains(place));
    let tasks: Vec<Task> = rest.into_iter().map(|(_, task)| task).collect();
    let price = |task: &Task| Some(task.unit_price? * task.quantity.unwrap_or(1.0));
    let less = gone.iter().map(|(_, task)| price(task)).sum::<Option<f64>>();
    let mut command = Command::default().with(Field::Tasks, Value::Tasks(tasks));
    if let (Some(cost), Some(less)) = (order.fields.cost, less) {
        command = command.with(Field::Cost, round(cost - less));
    }
    let left = leaving.iter().map(|line| OrderItem {
        accounting_state: Cow::Borrowed("Canceled"),
        canceled_utc: Some(utc(now)),
        updated_utc: utc(now),
        ..line.item.clone()
    });
    command.wire = Some((ID.to_owned(), Some(with_canceled(order, left))));
    Ok(command)
}

fn forbidden(what: &str) -> Rejection {
    Rejection::Forbidden { what: what.to_owned() }
}

/// The bag with more canceled items.
fn with_canceled(order: &Order, items: impl Iterator<Item = OrderItem>) -> String {
    edit_bag(order, |bag| {
        let kept = bag.entry(CANCELED).or_insert_with(|| Json::Array(Vec::new()));
        if let Json::Array(kept) = kept {
            kept.extend(items.filter_map(|item| serde_json::to_value(item).ok()));
        }
    })
}

/// The bag's text after a change to its members.
pub(in crate::mews) fn edit_bag(order: &Order, edit: impl FnOnce(&mut Map<String, Json>)) -> String {
    let kept = order.wire(ID).and_then(|text| serde_json::from_str(text).ok());
    let mut bag: Map<String, Json> = kept.unwrap_or_default();
    edit(&mut bag);
    // A map with text keys has no way to fail.
    serde_json::to_string(&bag).unwrap_or_default()
}

/// Adds a line of a product to an order, as it was sent.
pub(in crate::mews) fn add_line(order: &Order, task: &Task, sent: &Map<String, Json>) -> Command {
    let mut tasks = order.fields.tasks.clone();
    tasks.push(task.clone());
    let wire = edit_bag(order, |bag| {
        let added = bag.entry("Added").or_insert_with(|| Json::Object(Map::new()));
        let Json::Object(added) = added else { return };
        let lines = added.entry("ProductOrders").or_insert_with(|| Json::Array(Vec::new()));
        if let Json::Array(lines) = lines {
            lines.push(Json::Object(sent.clone()));
        }
    });
    let cost = task.unit_price.map(|price| price * task.quantity.unwrap_or(1.0));
    let command = Command { wire: Some((ID.to_owned(), Some(wire))), ..Command::default() }
        .with(Field::Tasks, Value::Tasks(tasks));
    match (order.fields.cost, cost) {
        (Some(known), Some(cost)) => command.with(Field::Cost, round(known + cost)),
        (None, Some(cost)) if order.fields.tasks.is_empty() => command.with(Field::Cost, round(cost)),
        _ => command,
    }
}
