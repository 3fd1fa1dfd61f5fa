//! What a source says of an order, as the ledger holds it: the other direction of [`super::order_to_wire`].
//!
//! What it said last is the order's bag: by that is told what is news, so that what people changed here stays until the
//! source changes it.

use super::{LINE_ITEMS, RTV, UPDATABLE, order_from_wire};
use crate::ppw::wire::{self, Members, text_of};
use crate::ppw::{ID, wire::json};
use docket_core::ids::{ConnectionId, OrderId, Uuid};
use docket_core::order::{Command, Field, Fields, Order, Task, Transition, Value as Held};
use serde_json::Value;

/// What ids of orders that come from a source are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x2f2a_6c1e_8d57_4c0b_9b1c_70a1_55d3_0e64);
/// Members that name things of the source, or are kept as items.
const NOT_KEPT: &[&str] = &["report_id", "ppw_report_id", "transaction_id", "pcr_forms", "org_wo_num"];
/// Members that a source may change and that have no field here.
const BAG_ONLY: &[&str] = &["loan_type_other", "mortgage_name"];

/// The id of the order here that an order of a source becomes: the same however often it is met.
pub(in crate::ppw) fn order_id(connection: ConnectionId, report: i64) -> OrderId {
    OrderId(Uuid::new_v5(&NAMESPACE, format!("{connection}\u{1f}remote\u{1f}{report}").as_bytes()))
}

/// What is kept of an order as it was sent.
pub(in crate::ppw) fn bag_of(sent: &Members, org_wo_num: Option<&str>) -> Members {
    let is_kept = |(name, _): &(&String, &Value)| !NOT_KEPT.contains(&name.as_str());
    let mut bag: Members = sent.iter().filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect();
    // The number at the PPW it came to this source from; 0 says that there is none.
    if let Some(number) = org_wo_num.filter(|number| *number != "0") {
        bag.insert("org_wo_num".to_owned(), number.into());
    }
    bag
}

/// The command that makes an order of one that is new; `company` is the one the import is assigned to.
pub(in crate::ppw) fn creation(id: OrderId, bag: &Members, company: Option<&str>) -> Command {
    let mut fields = order_from_wire(bag);
    if let Some(company) = company {
        fields.client_company = Some(company.to_owned());
    }
    let is_returned = bag.get("wo_status").and_then(text_of).is_some_and(|word| word.trim().eq_ignore_ascii_case(RTV));
    fields.rework = is_returned;
    let command =
        Command { identity: Some((id, None)), wire: Some((ID.to_owned(), Some(json(bag)))), ..Command::default() };
    command.with_fields(&fields)
}

/// What a changed member comes to.
pub(in crate::ppw) enum Update {
    /// No member that can be changed.
    Unknown,
    /// It says what it said before.
    Same,
    /// This.
    Do(Box<Command>),
}

/// What a changed member makes of an order.
pub(in crate::ppw) fn update(order: &Order, member: &str, value: &Value) -> Update {
    let field = UPDATABLE.iter().find(|known| known.member == member).and_then(|known| known.fields.first().copied());
    if field.is_none() && !BAG_ONLY.contains(&member) {
        return Update::Unknown;
    }
    let mut bag = wire::bag(order.wire(ID));
    if same(bag.get(member), value) {
        return Update::Same;
    }
    bag.insert(member.to_owned(), value.clone());
    let mut command = Command { wire: Some((ID.to_owned(), Some(json(&bag)))), ..Command::default() };
    if let Some(field) = field {
        command.set.push((field, said(order, field, member, &bag)));
    }
    // One line there is both lines here.
    if field == Some(Field::Address1) {
        command.set.push((Field::Address2, Held::Null));
    }
    Update::Do(Box::new(command))
}

/// What an order that was read again makes of the one here: what the source changed and nobody heard of, because it was
/// told while the work was handed in.
pub(in crate::ppw) fn refreshed(order: &Order, sent: &Members) -> Option<Command> {
    let known = wire::bag(order.wire(ID));
    let org_wo_num = known.get("org_wo_num").and_then(text_of);
    let bag = bag_of(sent, org_wo_num.as_deref());
    let mut command = Command { wire: Some((ID.to_owned(), Some(json(&bag)))), ..Command::default() };
    let is_news = |member: &str| bag.get(member).is_some_and(|value| !same(known.get(member), value));
    for updatable in UPDATABLE.iter().filter(|updatable| is_news(updatable.member)) {
        let Some(field) = updatable.fields.first().copied() else { continue };
        command.set.push((field, said(order, field, updatable.member, &bag)));
        if field == Field::Address1 {
            command.set.push((Field::Address2, Held::Null));
        }
    }
    let is_other = BAG_ONLY.iter().any(|member| is_news(member));
    (is_other || !command.set.is_empty()).then_some(command)
}

/// What a member says of a field. What was done of tasks stays done where the task stays.
fn said(order: &Order, field: Field, member: &str, bag: &Members) -> Held {
    let fields: Fields = order_from_wire(bag);
    if member != LINE_ITEMS {
        return fields.get(field);
    }
    let mut known: Vec<&Task> = order.fields.tasks.iter().collect();
    let merged = fields.tasks.into_iter().map(|task| {
        let place = known.iter().position(|known| known.name == task.name);
        match place.map(|place| known.remove(place)) {
            Some(known) => Task { done: known.done, key: known.key.clone(), options: known.options.clone(), ..task },
            None => task,
        }
    });
    let merged: Vec<Task> = merged.collect();
    if merged.is_empty() { Held::Null } else { Held::Tasks(merged) }
}

/// Whether a member says the same: a number may be a text, and nothing may be said in several ways.
pub(in crate::ppw) fn same(known: Option<&Value>, value: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::Null => Some(String::new()),
        Value::Array(items) if items.is_empty() => Some(String::new()),
        Value::Array(_) | Value::Object(_) | Value::Bool(_) => None,
        value => text_of(value),
    };
    let known = known.unwrap_or(&Value::Null);
    known == value || plain(known).zip(plain(value)).is_some_and(|(known, value)| known == value)
}

/// An order that is sent back: it is open again, marked as rework, and says why.
pub(in crate::ppw) fn returned(order: &Order, reason: Option<&str>) -> Command {
    let mut command = Command::default().with(Field::Rework, true).with(Field::ClientStatus, RTV);
    if let Some(reason) = reason {
        command = command.with(Field::ClientInstructions, reason);
    }
    use docket_core::order::State;
    let is_worked_on = order.state.is_open() && !matches!(order.state, State::Failed | State::Rejected);
    if is_worked_on { command } else { command.moving(Transition::Reopen) }
}
