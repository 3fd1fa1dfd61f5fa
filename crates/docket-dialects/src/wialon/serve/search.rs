//! `core/search_items`, `core/search_item`, `core/update_data_flags`.

use super::super::error::Error;
use super::super::map::name;
use super::super::wire::{Json, Object, flags, integer, text, truth};
use super::Scope;
use super::events::note_unit;
use super::items::{Catalogue, FLAG_BASE, FLAG_ORDERS, Item, each_order, is_type};
use super::routes::Told;
use super::session::lock;
use docket_core::order::Order;
use std::cmp::Ordering;

/// The property that stands for the names of a resource's orders.
const ORDERS: &str = "orders";
/// At most this many specifications in one call.
const MOST_SPECS: usize = 1000;

/// The longest list of properties or masks.
const LONGEST_SPEC: usize = 4096;

/// What values must look like: `*` stands for anything, `|` separates alternatives, `>`, `<`, `=` compare. Case is
/// ignored.
struct Mask(String);

impl Mask {
    fn read(text: &str) -> Mask {
        Mask(text.trim().to_lowercase())
    }

    fn is_all(&self) -> bool {
        matches!(self.0.as_str(), "*" | "")
    }

    fn fits(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        self.0.split('|').any(|mask| fits_one(&value, mask.trim()))
    }
}

/// Whether a lower-case value fits one lower-case mask.
pub(super) fn fits_one(value: &str, mask: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    for (sign, wanted) in [('>', Ordering::Greater), ('<', Ordering::Less), ('=', Ordering::Equal)] {
        if let Some(bound) = mask.strip_prefix(sign) {
            return match (number(value), number(bound)) {
                (Some(value), Some(bound)) => value.partial_cmp(&bound) == Some(wanted),
                _ => wanted == Ordering::Equal && value == bound.trim(),
            };
        }
    }
    let mut rest = value;
    let parts: Vec<&str> = mask.split('*').collect();
    let Some((last, init)) = parts.split_last() else { return false };
    for (index, part) in init.iter().enumerate() {
        let at = if index == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(at) = at else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if init.is_empty() { value == *last } else { rest.ends_with(last) }
}

/// One criterion: a property and its mask.
struct Criterion {
    property: String,
    mask: Mask,
}

/// The value of a property of an item, if it has that property.
fn property(catalogue: &Catalogue<'_>, item: Item<'_>, name: &str) -> Option<String> {
    match (name, item) {
        ("sys_name", _) => Some(catalogue.name(item).to_owned()),
        ("sys_id", _) => Some(catalogue.id(item).to_string()),
        ("sys_unique_id", Item::Unit(unit)) => Some(unit.unique_id.clone()),
        ("sys_phone_number", Item::Unit(unit)) => Some(unit.phone.clone()),
        ("rel_last_msg_date", Item::Unit(unit)) => {
            Some(unit.position.map_or(0, |position| position.at.as_second()).to_string())
        }
        ("sys_user_creator" | "rel_user_creator_name", _) => Some(catalogue.items.user_name.clone()),
        ("rel_is_account", Item::Resource) => Some("1".to_owned()),
        _ => None,
    }
}

impl Criterion {
    /// Properties and masks go in pairs; a missing mask is the one that everything fits.
    fn read_all(properties: &str, masks: &str) -> Result<Vec<Criterion>, Error> {
        if properties.len() > LONGEST_SPEC || masks.len() > LONGEST_SPEC {
            return Err(Error::Input);
        }
        let masks = masks.split(',').chain(std::iter::repeat("*"));
        let read =
            |(property, mask): (&str, &str)| Criterion { property: property.trim().to_owned(), mask: Mask::read(mask) };
        Ok(properties.split(',').zip(masks).map(read).collect())
    }

    fn is_about_orders(&self) -> bool {
        self.property == ORDERS && !self.mask.is_all()
    }

    /// Whether an item meets it. A property nobody knows is met by the mask that everything meets.
    fn is_met(&self, catalogue: &Catalogue<'_>, item: Item<'_>) -> bool {
        // Several properties joined by `|`: any of them.
        let mut values = self.property.split('|').filter_map(|name| property(catalogue, item, name.trim()));
        self.mask.is_all() || values.any(|value| self.mask.fits(&value))
    }
}

/// Which of these criteria are met by the name of an order, all found out in one go through the orders.
async fn met_by_orders(scope: &Scope<'_>, criteria: &[Criterion]) -> Result<Vec<bool>, Error> {
    let mut met = vec![false; criteria.len()];
    if criteria.iter().any(Criterion::is_about_orders) && scope.rights.views() {
        let look = |order: &Order| {
            for (met, criterion) in met.iter_mut().zip(criteria) {
                *met |= criterion.is_about_orders() && criterion.mask.fits(name(order));
            }
            Ok(())
        };
        each_order(scope, look).await?;
    }
    Ok(met)
}

/// `core/search_items`.
pub(super) async fn search_items(scope: &Scope<'_>, params: &Object) -> Result<String, Error> {
    let spec = params.get("spec").and_then(Json::as_object).ok_or(Error::Input)?;
    let word = |name: &str| spec.get(name).map_or(Some(String::new()), text).ok_or(Error::Input);
    let (kind, sort_by) = (word("itemsType")?, word("sortType")?);
    let criteria = Criterion::read_all(&word("propName")?, &word("propValueMask")?)?;
    let shown = params.get("flags").and_then(flags).ok_or(Error::Input)?;
    let bound = |name: &str| params.get(name).map_or(Some(0), integer).filter(|&n| n >= 0).ok_or(Error::Input);
    let (from, to) = (bound("from")?, bound("to")?);
    if !is_type(&kind) {
        return Err(Error::Input);
    }
    let catalogue = Catalogue::load(scope).await?;
    let met_by_orders =
        if kind == "avl_resource" { met_by_orders(scope, &criteria).await? } else { vec![false; criteria.len()] };
    let is_or = truth(spec.get("or_logic"));
    let is_found = |item: &Item<'_>| {
        let mut met =
            criteria.iter().zip(&met_by_orders).map(|(one, &by_order)| by_order || one.is_met(&catalogue, *item));
        if is_or { met.any(|met| met) } else { met.all(|met| met) }
    };
    let mut found = catalogue.of_type(&kind);
    found.retain(is_found);
    sort(&catalogue, &mut found, &sort_by);
    let total = found.len();
    let last = i64::try_from(total).unwrap_or(i64::MAX) - 1;
    let until = if to == 0 { last } else { to.min(last) };
    let mut items = Vec::new();
    for (index, item) in (0_i64..).zip(&found) {
        if index >= from && index <= until {
            let text = catalogue.show(*item, shown).await?;
            // An item always says which it is.
            let id = catalogue.id(*item);
            items.push(match text.strip_prefix('{') {
                Some("}") if shown & FLAG_BASE == 0 => format!("{{\"id\":{id}}}"),
                Some(rest) if shown & FLAG_BASE == 0 => format!("{{\"id\":{id},{rest}"),
                _ => text,
            });
        }
    }
    Ok(format!(
        r#"{{"searchSpec":{},"dataFlags":{shown},"totalItemsCount":{total},"indexFrom":{},"indexTo":{},"items":[{}]}}"#,
        Json::from(spec.clone()),
        if total == 0 { 0 } else { from },
        if to == 0 || total == 0 { 0 } else { until },
        items.join(","),
    ))
}

fn sort(catalogue: &Catalogue<'_>, items: &mut [Item<'_>], by: &str) {
    let is_descending = by.starts_with('!');
    let by = by.trim_start_matches(['!', '-']);
    items.sort_by(|&a, &b| {
        let order = match by {
            "sys_name" => catalogue.name(a).to_lowercase().cmp(&catalogue.name(b).to_lowercase()),
            "sys_unique_id" | "rel_last_msg_date" => property(catalogue, a, by).cmp(&property(catalogue, b, by)),
            _ => Ordering::Equal,
        };
        let order = order.then_with(|| catalogue.id(a).cmp(&catalogue.id(b)));
        if is_descending { order.reverse() } else { order }
    });
}

/// `core/search_item`.
pub(super) async fn search_item(scope: &Scope<'_>, params: &Object) -> Result<String, Error> {
    let id = params.get("id").and_then(integer).ok_or(Error::Input)?;
    let shown = params.get("flags").and_then(flags).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(scope).await?;
    let item = catalogue.find(id).ok_or(Error::Access)?;
    Ok(format!(r#"{{"item":{},"flags":{shown}}}"#, catalogue.show(item, shown).await?))
}

/// `core/update_data_flags`: what a session watches.
pub(super) async fn update_data_flags(scope: &Scope<'_>, params: &Object) -> Result<String, Error> {
    let specs: Vec<&Object> = match params.get("spec") {
        Some(Json::Array(specs)) => specs.iter().map(Json::as_object).collect::<Option<_>>().ok_or(Error::Input)?,
        Some(Json::Object(spec)) => vec![spec],
        _ => return Err(Error::Input),
    };
    if specs.len() > MOST_SPECS {
        return Err(Error::Input);
    }
    let specs: Vec<Watch> = specs.into_iter().map(Watch::read).collect::<Result<_, _>>()?;
    let catalogue = Catalogue::load(scope).await?;
    let mut answer = Vec::new();
    for spec in specs {
        let items: Vec<Item<'_>> = match &spec.which {
            Which::Ids(ids) => ids.iter().filter_map(|&id| catalogue.find(id)).collect(),
            Which::Type(name) => catalogue.of_type(name),
            Which::Access(is_wanted) => {
                let units = || catalogue.units().iter().map(|unit| unit.id.0).collect();
                lock(&scope.session).known = is_wanted.then(units);
                Vec::new()
            }
        };
        for item in items {
            answer.push(watch(scope, &catalogue, item, &spec).await?);
        }
    }
    Ok(format!("[{}]", answer.join(",")))
}

enum Which {
    Ids(Vec<i64>),
    Type(String),
    /// Whether to tell which items come and go.
    Access(bool),
}

#[derive(Clone, Copy)]
enum Mode {
    Set,
    Add,
    Remove,
}

/// One specification of `core/update_data_flags`.
struct Watch {
    which: Which,
    flags: u64,
    mode: Mode,
}

impl Watch {
    fn read(spec: &Object) -> Result<Watch, Error> {
        let data = spec.get("data").ok_or(Error::Input)?;
        let which = match spec.get("type").and_then(Json::as_str).ok_or(Error::Input)? {
            "id" => Which::Ids(vec![integer(data).ok_or(Error::Input)?]),
            "col" => {
                let ids = data.as_array().ok_or(Error::Input)?;
                Which::Ids(ids.iter().map(integer).collect::<Option<_>>().ok_or(Error::Input)?)
            }
            "type" => Which::Type(data.as_str().filter(|name| is_type(name)).ok_or(Error::Input)?.to_owned()),
            "access" => Which::Access(integer(data).ok_or(Error::Input)? != 0),
            _ => return Err(Error::Input),
        };
        let mode = match spec.get("mode").map_or(Some(0), integer) {
            Some(0) => Mode::Set,
            Some(1) => Mode::Add,
            Some(2) => Mode::Remove,
            _ => return Err(Error::Input),
        };
        let flags = spec.get("flags").map_or(Some(0), flags).ok_or(Error::Input)?;
        Ok(Watch { which, flags, mode })
    }
}

/// Changes what a session watches of one item, and shows what that adds.
async fn watch(scope: &Scope<'_>, catalogue: &Catalogue<'_>, item: Item<'_>, spec: &Watch) -> Result<String, Error> {
    let id = catalogue.id(item);
    let before = lock(&scope.session).watched.get(&id).copied().unwrap_or(0);
    let after = match spec.mode {
        Mode::Set => spec.flags,
        Mode::Add => before | spec.flags,
        Mode::Remove if spec.flags & FLAG_BASE != 0 => 0,
        Mode::Remove => before & !spec.flags,
    };
    let added = after & !before;
    // Where the journal stands before the orders are read: nothing that follows is missed.
    let head = match item {
        Item::Resource if added & FLAG_ORDERS != 0 => Some(scope.cx.ledger.head(scope.caller.account).await?),
        _ => None,
    };
    let told = match head {
        Some(_) => Some(Told::now(scope).await?),
        None => None,
    };
    let data = match spec.mode {
        Mode::Remove => "null".to_owned(),
        Mode::Set | Mode::Add => catalogue.show(item, added).await?,
    };
    let mut open = lock(&scope.session);
    if let Some(head) = head {
        open.cursor = head;
        open.aged = scope.cx.now;
    }
    if let Some(told) = told {
        open.routes = told;
    }
    if after == 0 {
        open.watched.remove(&id);
        open.positions.remove(&id);
        open.properties.remove(&id);
    } else {
        open.watched.insert(id, after);
        if let Item::Unit(unit) = item {
            note_unit(&mut open, unit);
        }
    }
    Ok(format!(r#"{{"i":{id},"d":{data},"f":{after}}}"#))
}
