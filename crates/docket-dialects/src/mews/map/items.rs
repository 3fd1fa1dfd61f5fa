//! The lines of an order as order items: what was ordered, and what the field invoiced.
//!
//! An item's id is derived from its order, what the line is called and which of several of that name it is: it stays
//! when lines are moved, dearer or fewer. A line that is canceled leaves the order's tasks and is kept, as it was
//! last shown, in this dialect's bag under `CanceledItems`. When the order as a whole is called off its lines stay and
//! are all shown as canceled.

use super::{Catalogue, View, order_to_wire, part_id};
use crate::mews::wire::{
    Amount, Members, Object, OrderItem, OrderItemData, OrderItemOptions, OrderItemProduct, instant, round, utc, uuid,
};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::order::{Charge, ChargeKind, Order, State, Task};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// The bag's member with the items that were canceled.
pub(super) const CANCELED: &str = "CanceledItems";

/// What items show of the enterprise, and what else they are made of. Owned: a request keeps it until it is done.
#[derive(Clone)]
pub(in crate::mews) struct House {
    /// The enterprise.
    pub(in crate::mews) enterprise: Uuid,
    /// Its currency.
    pub(in crate::mews) currency: String,
    /// It prices gross.
    pub(in crate::mews) gross: bool,
    /// The catalogue.
    pub(in crate::mews) services: Arc<Vec<Service>>,
    /// Names of the connections that orders came from.
    pub(in crate::mews) labels: HashMap<ConnectionId, String>,
}

/// Where an item comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mews) enum Source {
    /// The task of this place.
    Task(usize),
    /// The order as a whole, of which only the cost is known.
    Whole,
    /// An invoiced line.
    Invoice,
    /// A line that is no longer there.
    Gone,
}

/// An item, with what filters look at.
#[derive(Clone, Debug)]
pub(in crate::mews) struct Line {
    /// As it is shown.
    pub(in crate::mews) item: OrderItem,
    /// Where it comes from.
    pub(in crate::mews) source: Source,
    /// When it was ordered.
    pub(in crate::mews) created: Timestamp,
    /// When it last changed.
    pub(in crate::mews) updated: Timestamp,
    /// When it is consumed.
    pub(in crate::mews) consumed: Timestamp,
    /// When it was canceled.
    pub(in crate::mews) canceled: Option<Timestamp>,
    /// When it was closed.
    pub(in crate::mews) closed: Option<Timestamp>,
}

/// What an order asks for or was invoiced, before it is an item.
struct Draft<'a> {
    source: Source,
    key: Option<&'a str>,
    name: &'a str,
    notes: Option<&'a str>,
    quantity: Option<f64>,
    price: Option<f64>,
    sent: Option<Members<'a>>,
}

/// The items of an order, in descending order of id.
pub(in crate::mews) fn items_of(order: &Order, house: &House, catalogue: &mut Catalogue) -> Vec<Line> {
    let view = View::of(order, catalogue);
    let bag = bag_of(order);
    let drafts = drafts(order, bag.members());
    let mut lines: Vec<Line> = canceled(bag.members()).collect();
    let gone: HashSet<Uuid> = lines.iter().map(|line| line.item.id).collect();
    let mut used: HashMap<(bool, Option<&str>, &str), usize> = HashMap::new();
    let frame = Frame::of(order, &view, house, catalogue);
    for draft in &drafts {
        let count = used.entry((draft.source == Source::Invoice, draft.key, draft.name)).or_default();
        let id = loop {
            let id = item_id(order, draft, *count);
            *count += 1;
            if !gone.contains(&id) {
                break id;
            }
        };
        lines.push(frame.line(id, draft, catalogue));
    }
    lines.sort_unstable_by_key(|line| std::cmp::Reverse(line.item.id));
    lines
}

fn item_id(order: &Order, draft: &Draft<'_>, count: usize) -> Uuid {
    let invoiced = if draft.source == Source::Invoice { "invoice" } else { "item" };
    part_id(order, invoiced, &format!("{}\u{1f}{}\u{1f}{count}", draft.key.unwrap_or_default(), draft.name))
}

fn bag_of(order: &Order) -> Object {
    order.wire(super::ID).and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default()
}

fn canceled(bag: Members<'_>) -> impl Iterator<Item = Line> {
    let items = bag.list(CANCELED).iter().filter_map(|item| serde_json::from_value::<OrderItem>(item.clone()).ok());
    items.map(|item| {
        let at = |text: &str| instant(text).unwrap_or_default();
        let maybe = |text: &Option<String>| text.as_deref().and_then(instant);
        Line {
            created: at(&item.created_utc),
            updated: at(&item.updated_utc),
            consumed: at(&item.consumed_utc),
            canceled: maybe(&item.canceled_utc),
            closed: maybe(&item.closed_utc),
            source: Source::Gone,
            item,
        }
    })
}

/// What was ordered, as far as it was invoiced with what was invoiced; then what else was invoiced.
fn drafts<'a>(order: &'a Order, bag: Members<'a>) -> Vec<Draft<'a>> {
    let mut sent = Sent::of(bag);
    let mut drafts: Vec<Draft<'a>> = Vec::with_capacity(order.fields.tasks.len());
    for (place, task) in order.fields.tasks.iter().enumerate() {
        drafts.push(Draft {
            source: Source::Task(place),
            key: task.key.as_deref(),
            name: &task.name,
            notes: task.instructions.as_deref(),
            quantity: task.quantity,
            price: task.unit_price,
            sent: sent.take(task),
        });
    }
    if let (true, Some(cost)) = (drafts.is_empty(), order.fields.cost) {
        let name = order.fields.title.as_deref().or(order.fields.number.as_deref()).unwrap_or(super::GENERAL);
        let (source, price) = (Source::Whole, Some(cost));
        drafts.push(Draft { source, key: None, name, notes: None, quantity: None, price, sent: None });
    }
    let mut charges = order.charges().map(|(_, charge)| charge).filter(|charge| charge.kind == ChargeKind::Invoice);
    if let Some(first) = charges.next() {
        charge(&mut drafts, std::iter::once(first).chain(charges));
    }
    drafts
}

/// Gives lines what was invoiced for them, each once, and adds what was invoiced beside them.
fn charge<'a>(drafts: &mut Vec<Draft<'a>>, charges: impl Iterator<Item = &'a Charge>) {
    let mut by_key: HashMap<&str, VecDeque<usize>> = HashMap::new();
    let mut by_name: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (place, draft) in drafts.iter().enumerate().filter(|(_, draft)| matches!(draft.source, Source::Task(_))) {
        by_name.entry(draft.name).or_default().push_back(place);
        if let Some(key) = draft.key {
            by_key.entry(key).or_default().push_back(place);
        }
    }
    let mut invoiced: HashSet<usize> = HashSet::new();
    let mut next = |places: Option<&mut VecDeque<usize>>| {
        let places = places?;
        while let Some(place) = places.pop_front() {
            if invoiced.insert(place) {
                return Some(place);
            }
        }
        None
    };
    for charge in charges {
        let item = charge.item.as_deref();
        let place = item.and_then(|item| next(by_key.get_mut(item)));
        let place = place.or_else(|| next(by_name.get_mut(charge.description.as_str())));
        match place.and_then(|place| drafts.get_mut(place)) {
            Some(draft) => {
                draft.quantity = charge.quantity;
                draft.price = charge.unit_price.or(draft.price);
            }
            None => drafts.push(Draft {
                source: Source::Invoice,
                key: item,
                name: &charge.description,
                notes: Some(charge.comment.as_str()).filter(|comment| !comment.is_empty()),
                quantity: charge.quantity,
                price: charge.unit_price,
                sent: None,
            }),
        }
    }
}

/// How many lines that are called the same are looked at for one of the right price.
const TWINS: usize = 64;

/// The lines as `orders/add` was sent them, by what their tasks are called: their key, and for ad-hoc lines the name.
struct Sent<'a>(HashMap<(Option<String>, Option<&'a str>), VecDeque<Members<'a>>>);

impl<'a> Sent<'a> {
    fn of(bag: Members<'a>) -> Sent<'a> {
        let mut lines: HashMap<_, VecDeque<Members<'a>>> = HashMap::new();
        let added = bag.object("Added").ok().flatten();
        let list = |name| added.and_then(|added| added.objects(name).ok()).unwrap_or_default();
        for line in list("ProductOrders").into_iter().chain(list("Items")) {
            let own = line.text("ExternalIdentifier").ok().flatten().filter(|key| !key.is_empty());
            let product = line.uuid("ProductId").ok().flatten().map(|id| id.to_string());
            let name = if product.is_some() { None } else { line.text("Name").ok().flatten() };
            lines.entry((own.map(str::to_owned).or(product), name)).or_default().push_back(line);
        }
        Sent(lines)
    }

    /// The line that a task came from: of several that are called so one of its price, or else the first.
    fn take(&mut self, task: &'a Task) -> Option<Members<'a>> {
        for name in [Some(task.name.as_str()), None] {
            let Some(lines) = self.0.get_mut(&(task.key.clone(), name)) else { continue };
            let exact = lines.iter().take(TWINS).position(|line| is_priced(*line, task));
            if let Some(line) = lines.remove(exact.unwrap_or(0)) {
                return Some(line);
            }
        }
        None
    }
}

/// Whether a sent line has the task's price, or none of its own.
fn is_priced(line: Members<'_>, task: &Task) -> bool {
    let Some(amount) = line.object("UnitAmount").ok().flatten() else { return true };
    let number = |name| amount.number(name).ok().flatten();
    number("GrossValue").or(number("NetValue")) == task.unit_price
}

/// What all items of one order share.
struct Frame<'a> {
    house: &'a House,
    item: OrderItem,
    is_stay: bool,
    created: Timestamp,
    updated: Timestamp,
    consumed: Timestamp,
    canceled: Option<Timestamp>,
    closed: Option<Timestamp>,
}

impl<'a> Frame<'a> {
    fn of(order: &Order, view: &View, house: &'a House, catalogue: &Catalogue) -> Frame<'a> {
        let head = order_to_wire(order, view, catalogue.general(), &house.labels);
        let stay = catalogue.stay_of(&order.fields);
        let created = instant(&head.created_utc).unwrap_or(order.created_at);
        let consumed = match stay {
            Some(_) => super::stay_times(order, created).0,
            None => order.fields.due.unwrap_or(created),
        };
        let (mut canceled, mut closed) = (None, None);
        match order.state {
            State::Canceled | State::Failed | State::Deleted => {
                canceled = Some(order.fields.canceled_at.unwrap_or(order.state_since));
            }
            State::Invoiced | State::Closed => closed = Some(order.state_since),
            _ => {}
        }
        let state = if canceled.is_some() {
            "Canceled"
        } else if closed.is_some() {
            "Closed"
        } else {
            "Open"
        };
        let nothing = Amount::of(&house.currency, 0.0, 0.0, &[]);
        let item = OrderItem {
            id: order.id.0,
            enterprise_id: house.enterprise,
            account_id: Some(head.account_id),
            account_type: Some(Cow::Borrowed(head.account_type)),
            service_id: stay.unwrap_or(head.service_id),
            service_order_id: order.id.0,
            notes: None,
            bill_id: None,
            accounting_category_id: None,
            billing_name: None,
            external_identifier: None,
            unit_count: 1,
            unit_amount: nothing.clone(),
            amount: nothing.clone(),
            original_amount: nothing,
            revenue_type: Cow::Borrowed("Additional"),
            creator_profile_id: head.creator_profile_id,
            updater_profile_id: head.updater_profile_id,
            created_utc: utc(created),
            updated_utc: head.updated_utc,
            consumed_utc: utc(consumed),
            canceled_utc: canceled.map(utc),
            closed_utc: closed.map(utc),
            start_utc: None,
            claimed_utc: None,
            accounting_state: Cow::Borrowed(state),
            r#type: Cow::Borrowed("CustomItem"),
            options: OrderItemOptions { canceled_with_reservation: canceled.is_some() && stay.is_some() },
            data: None,
            tax_exemption_reason: None,
            tax_exemption_legal_reference: None,
        };
        Frame { house, item, is_stay: stay.is_some(), created, updated: view.updated, consumed, canceled, closed }
    }

    fn line(&self, id: Uuid, draft: &Draft<'_>, catalogue: &Catalogue) -> Line {
        let text = |name| draft.sent.and_then(|line| line.text(name).ok()?).filter(|text| !text.is_empty());
        let named = draft.sent.and_then(|line| line.uuid("ProductId").ok()?).or_else(|| draft.key.and_then(uuid));
        let product = named.and_then(|id| catalogue.get(id)).filter(|entry| entry.kind == ServiceKind::Product);
        let category = draft.sent.and_then(|line| line.uuid("AccountingCategoryId").ok()?);
        let (unit_count, unit, sum) = self.amounts(draft, product);
        let mut item = OrderItem {
            id,
            notes: draft.notes.map(str::to_owned),
            accounting_category_id: category,
            billing_name: Some(draft.name.to_owned()).filter(|name| !name.is_empty()),
            external_identifier: text("ExternalIdentifier").map(str::to_owned),
            unit_count,
            unit_amount: unit,
            original_amount: sum.clone(),
            amount: sum,
            ..self.item.clone()
        };
        if let Some(product) = product {
            item.r#type = Cow::Borrowed("ProductOrder");
            item.revenue_type = Cow::Borrowed(if self.is_stay { "Product" } else { "Additional" });
            let product_type = Some(Cow::Borrowed("Product"));
            item.data = Some(OrderItemData {
                discriminator: Cow::Borrowed("Product"),
                rebate: None,
                product: Some(OrderItemProduct { product_id: product.id, age_category_id: None, product_type }),
                allowance_discount: None,
                allowance_profits: None,
            });
        }
        Line {
            item,
            source: draft.source,
            created: self.created,
            updated: self.updated,
            consumed: self.consumed,
            canceled: self.canceled,
            closed: self.closed,
        }
    }

    /// How many, what one costs, and what they come to. Rates of taxes are not known here: gross and net differ as they
    /// do in the catalogue's price of the product, or not at all.
    fn amounts(&self, draft: &Draft<'_>, product: Option<&Service>) -> (i32, Amount, Amount) {
        let gross = self.house.gross;
        let own = product.and_then(|product| super::Price::of(product, gross));
        let price = draft.price.or(own.as_ref().map(|own| own.value)).unwrap_or(0.0);
        let sent = draft.sent.and_then(|line| line.object("UnitAmount").ok()?);
        let number = |name| sent.and_then(|amount| amount.number(name).ok()?);
        let told = number(if gross { "GrossValue" } else { "NetValue" }) == Some(price);
        let (currency, codes) = match (sent.filter(|_| told), &own) {
            (Some(sent), _) => {
                let codes = sent.texts("TaxCodes").ok().flatten().unwrap_or_default();
                let currency = sent.text("Currency").ok().flatten().unwrap_or(&self.house.currency);
                (currency, codes.into_iter().map(str::to_owned).collect())
            }
            (None, Some(own)) => (own.currency.as_str(), own.code.iter().cloned().collect()),
            (None, None) => (self.house.currency.as_str(), Vec::new()),
        };
        let ratio = own.as_ref().map_or(1.0, |own| own.ratio);
        // A count on this wire is a whole number; what is none is one piece of everything.
        let whole = |quantity: &f64| quantity.fract() == 0.0 && (1.0..=f64::from(i32::MAX)).contains(quantity);
        let quantity = draft.quantity.unwrap_or(1.0);
        let (count, price) = match Some(quantity).filter(whole) {
            Some(quantity) => (quantity as i32, price),
            None => (1, price * quantity),
        };
        let amount = |value: f64| match gross {
            true => Amount::of(currency, value, value / ratio, &codes),
            false => Amount::of(currency, value * ratio, value, &codes),
        };
        (count, amount(round(price)), amount(round(price * f64::from(count))))
    }
}
